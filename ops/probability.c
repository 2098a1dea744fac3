/* probability.c: the nearest number strictly between 0 and 1.
 *
 *     y = min(max(x, low), high)      ∂x = ∂y ⊙ [x > 0] ⊙ [x < 1]
 *
 * low is the smallest normal number of the dtype and high the largest number below 1. A probability that has been
 * rounded to 0 or 1 then has a finite logarithm and its complement is not 0; all others between are left as they are,
 * and numbers below low, which have lost digits already, become low. */
#include "loop.h"
#include "rule.h"

#include <float.h>

/* p is the largest number below 1. Asked this way round, both comparisons let NaN through. */
WG_LOOP_1_OF(float, probability_f32, 1 - FLT_EPSILON / 2, (x < FLT_MIN) ? FLT_MIN : (x > p) ? p : x)
WG_LOOP_1_OF(double, probability_f64, 1 - DBL_EPSILON / 2, (x < DBL_MIN) ? DBL_MIN : (x > p) ? p : x)

static wg_node *probability_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  wg_node *above = wg_greater(x, wg_scalar_like(x, 0)), *below = wg_less(x, wg_scalar_like(x, 1));
  return wg_chain(dy, wg_mul(above, below));
}

const wg_op wg_op_probability = {
    .name = "probability",
    .doc = "x, moved into the open interval (0, 1) where it is not: at most 1 − ε/2 and at least the smallest normal "
           "number of the dtype; NaN stays NaN. The derivative is 1 inside (0, 1) and 0 elsewhere.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(probability),
    .vjp = probability_vjp,
    /* A formula does not show it. */
    .notation = {.unicode = "%0", .ascii = "%0", .latex = "%0"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(0.1, 0.9, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(1.1, 2, 2, 3)}, {{0}}},
            {1, {WG_SAMPLE(-2, -0.1, 2, 3)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(0.1, 0.9)}, {{0}}},
            {1, {WG_SAMPLE(0.1, 0.9, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_probability(wg_node *x) { return wg_apply_1(&wg_op_probability, x, NULL); }
