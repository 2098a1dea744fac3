/* gelu.c: the Gaussian error linear unit, x times the probability that a normal variable is below x.
 *
 *     y = x ⊙ Φ(x) = ½·x ⊙ erfc(−x/√2)                       approximate = none
 *     y ≈ ½·x ⊙ (1 + tanh(√(2/π)·(x + 0.044715·x³)))         approximate = tanh
 *       = x ⊙ σ(√(8/π)·(x + 0.044715·x³))
 *
 * Both are recorded in the form that keeps its digits for x far below 0, where 1 + erf and 1 + tanh would lose them. */
#include "function.h"

#include <string.h>

enum { APPROXIMATE };

static const double sqrt_half = 0.70710678118654752, sqrt_8_over_pi = 1.5957691216057308;

static bool gelu_infer(wg_draft *draft) {
  const char *form = draft->attrs[APPROXIMATE].text;
  if (strcmp(form, "none") && strcmp(form, "tanh"))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "approximate is '%.40s', not none or tanh", form);
  return wg_infer_same(draft);
}

static wg_node *gelu_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  if (!strcmp(draft->attrs[APPROXIMATE].text, "none"))
    return wg_scale(wg_mul(x, wg_erfc(wg_scale(x, -sqrt_half))), 0.5);
  return wg_mul(x, wg_sigmoid(wg_scale(wg_add(x, wg_scale(wg_power(x, 3), 0.044715)), sqrt_8_over_pi)));
}

const wg_op wg_op_gelu = {
    .name = "gelu",
    .doc = "x ⊙ Φ(x), elementwise, Φ being the standard normal distribution; with `approximate` tanh (none is the "
           "default) ½·x ⊙ (1 + tanh(√(2/π)·(x + 0.044715·x³))). As torch.nn.functional.gelu. Source: Hendrycks, "
           "Gimpel, \"Gaussian error linear units\", 2016.\n"
           "Errors: another approximate; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[APPROXIMATE] = {.name = "approximate", .kind = WG_ATTR_TEXT, .text = "none"}, {0}},
    .infer = gelu_infer,
    .compose = gelu_compose,
    .samples =
        (const wg_sample[]){
            WG_SAMPLES_1(-3, 3),
            {1, {WG_SAMPLE(-3, 3, 3, 4)}, {{.name = "approximate", .kind = WG_ATTR_TEXT, .text = "tanh"}}},
            {1, {WG_SAMPLE_SCALAR(-3, 3)}, {{.name = "approximate", .kind = WG_ATTR_TEXT, .text = "tanh"}}},
            {0},
        },
};

wg_node *wg_gelu(wg_node *x, const char *approximate) {
  return wg_apply_1(&wg_op_gelu, x, (wg_attr[]){wg_attr_text("approximate", approximate), {0}});
}
