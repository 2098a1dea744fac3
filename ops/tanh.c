/* tanh.c: the hyperbolic tangent.
 *
 *     y = tanh(x)      ∂x = ∂y ⊙ (1 − y²) */
#include "loop.h"
#include "rule.h"

WG_LOOP_1(tanh, tanh(x))

static wg_node *tanh_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain(dy, wg_sub(wg_scalar_like(y, 1), wg_square(y)));
}

const wg_op wg_op_tanh = {
    .name = "tanh",
    .doc = "tanh(x) = (e^x − e^(−x)) / (e^x + e^(−x)), elementwise, without overflow for any x.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(tanh),
    .vjp = tanh_vjp,
    .notation = {.unicode = "tanh(%-0)", .ascii = "tanh(%-0)", .latex = "\\tanh(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_tanh(wg_node *x) { return wg_apply_1(&wg_op_tanh, x, NULL); }
