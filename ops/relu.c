/* relu.c: the rectified linear unit.
 *
 *     y = max(0, x)      ∂x = ∂y ⊙ [x > 0] */
#include "loop.h"
#include "rule.h"

/* Asked this way round, a comparison with NaN is false and lets NaN through. */
WG_LOOP_1(relu, x <= 0 ? 0 : x)

static wg_node *relu_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain(dy, wg_greater(x, wg_scalar_like(x, 0)));
}

const wg_op wg_op_relu = {
    .name = "relu",
    .doc = "max(0, x), elementwise; NaN stays NaN. Where there is no derivative, at 0, it counts as 0.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(relu),
    .vjp = relu_vjp,
    .notation = {.unicode = "max(0, %-0)", .ascii = "max(0, %-0)", .latex = "\\max(0, %-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(0.1, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, -0.1, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(0.1, 2)}, {{0}}},
            {1, {WG_SAMPLE(0.1, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_relu(wg_node *x) { return wg_apply_1(&wg_op_relu, x, NULL); }
