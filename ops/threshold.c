/* threshold.c: x above a threshold, and one value for all others.
 *
 *     y = x where x > threshold, and value elsewhere      ∂x = ∂y ⊙ [x > threshold] */
#include "function.h"

enum { THRESHOLD, VALUE };

/* Asked this way round, a comparison with NaN is false and lets NaN through. */
WG_LOOP_1_WITH_2(threshold, y->attrs[THRESHOLD].number, y->attrs[VALUE].number, x <= p ? q : x)

static wg_node *threshold_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain(dy, wg_greater(x, wg_scalar_like(x, y->attrs[THRESHOLD].number)));
}

const wg_op wg_op_threshold = {
    .name = "threshold",
    .doc = "x where x > threshold and `value` elsewhere, elementwise; both are 0 unless given. NaN stays NaN. At the "
           "threshold the derivative is 0. As torch.nn.functional.threshold.\n"
           "Errors: integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[THRESHOLD] = {.name = "threshold", .kind = WG_ATTR_NUMBER},
                               [VALUE] = {.name = "value", .kind = WG_ATTR_NUMBER},
                               {0}},
    .infer = wg_infer_same,
    .loop = WG_LOOPS(threshold),
    .vjp = threshold_vjp,
    .notation = {.unicode = "threshold(%-0)", .ascii = "threshold(%-0)", .latex = "\\operatorname{threshold}(%-0)"},
    .samples =
        (const wg_sample[]){
            WG_SAMPLES_1(0.1, 2),
            {1, {WG_SAMPLE(0.6, 2, 3, 4)}, {WG_SAMPLE_REAL("threshold", 0.5), WG_SAMPLE_REAL("value", -1)}},
            {1, {WG_SAMPLE(-2, 0.4, 3, 4)}, {WG_SAMPLE_REAL("threshold", 0.5), WG_SAMPLE_REAL("value", -1)}},
            {0},
        },
};

wg_node *wg_threshold(wg_node *x, double threshold, double value) {
  return wg_apply_1(&wg_op_threshold, x,
                    (wg_attr[]){wg_attr_number("threshold", threshold), wg_attr_number("value", value), {0}});
}
