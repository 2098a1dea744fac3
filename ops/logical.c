/* logical.c: masks made of masks. What is not 0 counts as true, NaN too, as in where and in PyTorch. */
#include "function.h"

WG_LOOP_1(logical_not, x == 0)
WG_LOOP_2(logical_and, a != 0 && b != 0)
WG_LOOP_2(logical_or, a != 0 || b != 0)
WG_LOOP_2(logical_xor, (a != 0) != (b != 0))

/* Numbers drawn from a range are hardly ever 0, so an input is 0 as a whole or nowhere. */
static const wg_sample samples_1[] = {WG_SAMPLES_1(1, 2), WG_SAMPLES_1(0, 0), {0}};
static const wg_sample samples_2[] = {
    WG_SAMPLES_2(1, 2, 1, 2), WG_SAMPLES_2(1, 2, 0, 0), WG_SAMPLES_2(0, 0, 0, 0), {0}};

WG_FUNCTION_1(logical_not,
              .doc = "1 where x is 0 and 0 elsewhere (NaN is not 0), in the dtype of x, elementwise. No derivative.\n"
                     "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.binds = WG_BINDS_PREFIX, .unicode = "¬%0", .ascii = "not %0", .latex = "\\lnot %0"},
              .samples = samples_1)

WG_FUNCTION_2(logical_and,
              .doc = "1 where neither a nor b is 0, and 0 elsewhere (NaN is not 0), in the dtype of the inputs, "
                     "elementwise, with NumPy's broadcasting. No derivatives.\n"
                     "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "[%-0 ∧ %-1]", .ascii = "[%-0 and %-1]", .latex = "[%-0 \\land %-1]"},
              .samples = samples_2)

WG_FUNCTION_2(logical_or,
              .doc = "1 where a or b or both are not 0, and 0 elsewhere (NaN is not 0), in the dtype of the inputs, "
                     "elementwise, with NumPy's broadcasting. No derivatives.\n"
                     "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "[%-0 ∨ %-1]", .ascii = "[%-0 or %-1]", .latex = "[%-0 \\lor %-1]"},
              .samples = samples_2)

WG_FUNCTION_2(logical_xor,
              .doc =
                  "1 where one of a and b is 0 and the other is not, and 0 elsewhere (NaN is not 0), in the dtype of "
                  "the inputs, elementwise, with NumPy's broadcasting. No derivatives.\n"
                  "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "[%-0 ⊻ %-1]", .ascii = "[%-0 xor %-1]", .latex = "[%-0 \\veebar %-1]"},
              .samples = samples_2)
