/* rounding.c: whole numbers near x. They are constant between their steps, so they have no derivative, by definition. */
#include "function.h"

WG_LOOP_1(floor, floor(x))
WG_LOOP_1(ceil, ceil(x))
WG_LOOP_1(trunc, trunc(x))
WG_LOOP_1(round, rint(x))

static const wg_sample samples[] = {WG_SAMPLES_1(-4, 4), {0}};

WG_FUNCTION_1(floor,
              .doc = "⌊x⌋, the largest whole number ≤ x, elementwise. No derivative.\n"
                     "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "⌊%-0⌋", .ascii = "floor(%-0)", .latex = "\\lfloor %-0 \\rfloor"},
              .samples = samples)

WG_FUNCTION_1(ceil,
              .doc = "⌈x⌉, the smallest whole number ≥ x, elementwise. No derivative.\n"
                     "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "⌈%-0⌉", .ascii = "ceil(%-0)", .latex = "\\lceil %-0 \\rceil"},
              .samples = samples)

WG_FUNCTION_1(trunc,
              .doc = "x without its fraction: the nearest whole number that is not farther from 0, elementwise. No "
                     "derivative.\n"
                     "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "trunc(%-0)", .ascii = "trunc(%-0)", .latex = "\\operatorname{trunc}(%-0)"},
              .samples = samples)

WG_FUNCTION_1(round,
              .doc =
                  "The whole number nearest to x, elementwise; halves go to the even one (0.5 to 0, 1.5 to 2), as in "
                  "torch.round and IEEE 754, unlike C's round. No derivative.\n"
                  "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "round(%-0)", .ascii = "round(%-0)", .latex = "\\operatorname{round}(%-0)"},
              .samples = samples)
