/* exp.c: exponential and natural logarithm.
 *
 *     y = exp(x)      ∂x = ∂y ⊙ y
 *     y = ln(x)       ∂x = ∂y / x */
#include "loop.h"
#include "rule.h"

/* ---- exp(x) ---- */

WG_LOOP_1(exp, exp(x))

static wg_node *exp_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain(dy, y);
}

const wg_op wg_op_exp = {
    .name = "exp",
    .doc = "exp(x) = e^x, elementwise; ∞ beyond about 709.78 in f64 and 88.72 in f32, and 0 at the other end.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(exp),
    .vjp = exp_vjp,
    .notation = {.unicode = "exp(%-0)", .ascii = "exp(%-0)", .latex = "\\exp(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_exp(wg_node *x) { return wg_apply_1(&wg_op_exp, x, NULL); }

/* ---- ln(x) ---- */

WG_LOOP_1(log, log(x))

static wg_node *log_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain_over(dy, y->inputs[i]); }

const wg_op wg_op_log = {
    .name = "log",
    .doc = "ln(x), the natural logarithm, elementwise; −∞ at 0 and NaN below.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(log),
    .vjp = log_vjp,
    .notation = {.unicode = "ln(%-0)", .ascii = "ln(%-0)", .latex = "\\ln(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(0.3, 3, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(0.3, 3)}, {{0}}},
            {1, {WG_SAMPLE(0.3, 3, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_log(wg_node *x) { return wg_apply_1(&wg_op_log, x, NULL); }
