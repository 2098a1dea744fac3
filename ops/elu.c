/* elu.c: exponential linear units: x where x > 0, and elsewhere
 *
 *     elu    y = α·(e^x − 1)          ∂x = ∂y ⊙ α·e^x
 *     celu   y = α·(e^(x/α) − 1)      ∂x = ∂y ⊙ e^(x/α)
 *     selu   y = λ·elu(x) for one fixed λ and α */
#include "function.h"

#include <math.h>

enum { ALPHA };

/* What the exponential is taken of. A large x does not get there: the exponential would be ∞, which where() keeps out of
 * the value and the derivative, but its own derivative, 0·∞, is NaN. */
static wg_node *below_zero(wg_node *x) { return wg_clamp(x, -INFINITY, 0); }

static wg_node *one_above_zero(wg_node *x, wg_node *otherwise) {
  return wg_where(wg_greater(x, wg_scalar_like(x, 0)), wg_scalar_like(x, 1), otherwise);
}

/* ---- elu ---- */

WG_LOOP_1_WITH(elu, y->attrs[ALPHA].number, x > 0 ? x : p * expm1(x))

static wg_node *elu_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain(dy, one_above_zero(x, wg_scale(wg_exp(below_zero(x)), y->attrs[ALPHA].number)));
}

const wg_op wg_op_elu = {
    .name = "elu",
    .doc = "x where x > 0 and α·(e^x − 1) elsewhere, elementwise; `alpha` is 1 unless given. At 0 the derivative is α, "
           "as that of torch.nn.functional.elu. Source: Clevert, Unterthiner, Hochreiter, \"Fast and accurate deep "
           "network learning by exponential linear units\", 2016.\n"
           "Errors: integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[ALPHA] = {.name = "alpha", .kind = WG_ATTR_NUMBER, .number = 1}, {0}},
    .infer = wg_infer_same,
    .loop = WG_LOOPS(elu),
    .vjp = elu_vjp,
    .notation = {.unicode = "elu(%-0)", .ascii = "elu(%-0)", .latex = "\\operatorname{elu}(%-0)"},
    .samples =
        (const wg_sample[]){
            WG_SAMPLES_1(0.1, 2),
            WG_SAMPLES_1(-3, -0.1),
            {1, {WG_SAMPLE(-3, -0.1, 3, 4)}, {WG_SAMPLE_REAL("alpha", 0.7)}},
            {0},
        },
};

wg_node *wg_elu(wg_node *x, double alpha) {
  return wg_apply_1(&wg_op_elu, x, (wg_attr[]){wg_attr_number("alpha", alpha), {0}});
}

/* ---- celu ---- */

WG_LOOP_1_WITH(celu, y->attrs[ALPHA].number, x > 0 ? x : p * expm1(x / p))

static wg_node *celu_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain(dy, one_above_zero(x, wg_exp(wg_scale(below_zero(x), 1 / y->attrs[ALPHA].number))));
}

static bool celu_infer(wg_draft *draft) {
  double alpha = draft->attrs[ALPHA].number;
  if (!(alpha > 0)) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "alpha is %g, not above 0", alpha);
  return wg_infer_same(draft);
}

const wg_op wg_op_celu = {
    .name = "celu",
    .doc = "x where x > 0 and α·(e^(x/α) − 1) elsewhere, elementwise, whose slope has no step at 0 for any `alpha` (1 "
           "unless given). As torch.nn.functional.celu for α > 0. Source: Barron, \"Continuously differentiable "
           "exponential linear units\", 2017.\n"
           "Errors: an alpha that is not above 0; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[ALPHA] = {.name = "alpha", .kind = WG_ATTR_NUMBER, .number = 1}, {0}},
    .infer = celu_infer,
    .loop = WG_LOOPS(celu),
    .vjp = celu_vjp,
    .notation = {.unicode = "celu(%-0)", .ascii = "celu(%-0)", .latex = "\\operatorname{celu}(%-0)"},
    .samples =
        (const wg_sample[]){
            WG_SAMPLES_1(0.1, 2),
            WG_SAMPLES_1(-3, -0.1),
            {1, {WG_SAMPLE(-3, -0.1, 3, 4)}, {WG_SAMPLE_REAL("alpha", 2)}},
            {0},
        },
};

wg_node *wg_celu(wg_node *x, double alpha) {
  return wg_apply_1(&wg_op_celu, x, (wg_attr[]){wg_attr_number("alpha", alpha), {0}});
}

/* ---- selu ---- */

/* The numbers for which outputs keep mean 0 and variance 1. */
static wg_node *selu_of(wg_node *x) { return wg_scale(wg_elu(x, 1.6732632423543772848), 1.0507009873554804934); }

WG_COMPOSITE_1(selu,
               .doc = "λ·elu(x) with λ = 1.0507009873554805 and α = 1.6732632423543772, elementwise; as "
                      "torch.nn.functional.selu. Source: Klambauer, Unterthiner, Mayr, Hochreiter, \"Self-normalizing "
                      "neural networks\", 2017.\n"
                      "Errors: integers.",
               .samples = (const wg_sample[]){WG_SAMPLES_1(0.1, 2), WG_SAMPLES_1(-3, -0.1), {0}})
