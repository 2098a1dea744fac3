/* classify.c: masks of what is not an ordinary number: 1 where it holds and 0 elsewhere. */
#include "function.h"

WG_LOOP_1(is_nan, x != x)
WG_LOOP_1(is_inf, fabs(x) == INFINITY)
WG_LOOP_1(is_finite, fabs(x) < INFINITY)

static const wg_sample samples[] = {WG_SAMPLES_1(-2, 2), {0}};

WG_FUNCTION_1(is_nan,
              .doc = "1 where x is NaN and 0 elsewhere, in the dtype of x, elementwise. No derivative.\n"
                     "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "[%-0 is NaN]", .ascii = "[%-0 is NaN]", .latex = "[%-0 \\text{ is NaN}]"},
              .samples = samples)

WG_FUNCTION_1(is_inf,
              .doc = "1 where x is ∞ or −∞ and 0 elsewhere, in the dtype of x, elementwise. No derivative.\n"
                     "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "[%-0 is ±∞]",
                           .ascii = "[%-0 is inf]",
                           .latex = "[%-0 \\text{ is } \\pm\\infty]"},
              .samples = samples)

WG_FUNCTION_1(is_finite,
              .doc = "1 where x is neither NaN nor ±∞ and 0 elsewhere, in the dtype of x, elementwise. No derivative.\n"
                     "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "[%-0 is finite]",
                           .ascii = "[%-0 is finite]",
                           .latex = "[%-0 \\text{ is finite}]"},
              .samples = samples)
