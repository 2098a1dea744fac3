/* expm1.c: e^x − 1 and ln(1 + x), exact where x is small and e^x or 1 + x would lose its digits.
 *
 *     y = e^x − 1        ∂x = ∂y ⊙ e^x
 *     y = ln(1 + x)      ∂x = ∂y / (1 + x) */
#include "function.h"

WG_LOOP_1(expm1, expm1(x))
WG_LOOP_1(log1p, log1p(x))

/* Not y + 1, which has lost its digits where e^x is small. */
static wg_node *expm1_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_exp(y->inputs[i])); }

static wg_node *log1p_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain_over(dy, wg_add(wg_scalar_like(x, 1), x));
}

WG_FUNCTION_1(expm1,
              .doc = "e^x − 1, elementwise, to the last digits for small x too; −1 far below 0.\n"
                     "Errors: integers.",
              .vjp = expm1_vjp,
              .notation = {.unicode = "expm1(%-0)", .ascii = "expm1(%-0)", .latex = "\\operatorname{expm1}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-2, 2), {0}})

WG_FUNCTION_1(log1p,
              .doc = "ln(1 + x), elementwise, to the last digits for small x too; −∞ at −1 and NaN below.\n"
                     "Errors: integers.",
              .vjp = log1p_vjp,
              .notation = {.unicode = "log1p(%-0)", .ascii = "log1p(%-0)", .latex = "\\operatorname{log1p}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-0.6, 3), {0}})
