/* sigmoid.c: the logistic function and its antiderivative, softplus.
 *
 *     y = σ(x) = 1 / (1 + e^(−x))       ∂x = ∂y ⊙ y ⊙ (1 − y)
 *     y = softplus(x) = ln(1 + e^x)     ∂x = ∂y ⊙ σ(x) */
#include "loop.h"
#include "rule.h"

/* ---- σ(x) ---- */

WG_LOOP_1(sigmoid, logistic(x))

static wg_node *sigmoid_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain(dy, wg_mul(y, wg_sub(wg_scalar_like(y, 1), y)));
}

const wg_op wg_op_sigmoid = {
    .name = "sigmoid",
    .doc = "σ(x) = 1 / (1 + e^(−x)), elementwise; from 0 to 1 for any x.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(sigmoid),
    .vjp = sigmoid_vjp,
    .notation = {.unicode = "σ(%-0)", .ascii = "sigmoid(%-0)", .latex = "\\sigma(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-3, 3, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-3, 3)}, {{0}}},
            {1, {WG_SAMPLE(-3, 3, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_sigmoid(wg_node *x) { return wg_apply_1(&wg_op_sigmoid, x, NULL); }

/* ---- softplus(x) ---- */

/* ln(1 + e^x) = max(x, 0) + ln(1 + e^(−|x|)), where nothing overflows. */
WG_LOOP_1(softplus, (x > 0 ? x : 0) + log1p_exp(-fabs(x)))

static wg_node *softplus_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_sigmoid(y->inputs[i])); }

const wg_op wg_op_softplus = {
    .name = "softplus",
    .doc = "softplus(x) = ln(1 + e^x), elementwise, without overflow for any x.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(softplus),
    .vjp = softplus_vjp,
    .notation = {.unicode = "softplus(%-0)", .ascii = "softplus(%-0)", .latex = "\\operatorname{softplus}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-3, 3, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-3, 3)}, {{0}}},
            {1, {WG_SAMPLE(-3, 3, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_softplus(wg_node *x) { return wg_apply_1(&wg_op_softplus, x, NULL); }
