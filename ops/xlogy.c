/* xlogy.c: a number times a logarithm, the term of an entropy.
 *
 *     y = a ⊙ ln(b), and 0 where a = 0      ∂a = ∂y ⊙ ln(b)      ∂b = ∂y ⊙ a / b
 *
 * each summed over the axes along which that input was broadcast. */
#include "function.h"

WG_LOOP_2(xlogy, a == 0 && !isnan(b) ? 0 : a * log(b))

/* Where a = 0 and b ≤ 0, y is 0 by definition and ln(b) no number; there b counts as 1, so that ∂a is 0. */
static wg_node *xlogy_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1], *zero = wg_scalar_like(y, 0), *one = wg_scalar_like(y, 1);
  if (i == 1) return wg_sum_to(wg_chain(dy, wg_div(a, b)), b);
  wg_node *by_definition = wg_logical_and(wg_equal(a, zero), wg_less_equal(b, zero));
  return wg_sum_to(wg_chain(dy, wg_log(wg_where(by_definition, one, b))), a);
}

WG_FUNCTION_2(xlogy,
              .doc = "a ⊙ ln(b), elementwise, with NumPy's broadcasting, and 0 where a = 0 and b is not NaN, even if "
                     "ln(b) is no number; as torch.xlogy. There the derivative by a is 0 if b ≤ 0.\n"
                     "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .linearity = WG_LINEAR_FIRST, .vjp = xlogy_vjp,
              .notation = {.binds = WG_BINDS_PRODUCT,
                           .unicode = "%0 ⊙ ln(%-1)",
                           .ascii = "%0 * ln(%-1)",
                           .latex = "%0 \\odot \\ln(%-1)"},
              .samples = (const wg_sample[]){WG_SAMPLES_2(-2, 2, 0.3, 3), {0}})
