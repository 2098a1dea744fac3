/* logaddexp.c: the sum of two numbers that are known by their logarithms.
 *
 *     y = ln(e^a + e^b)      ∂a = ∂y ⊙ σ(a − b)      ∂b = ∂y ⊙ σ(b − a)
 *
 * each summed over the axes along which that input was broadcast. */
#include "function.h"

/* max(a, b) + ln(1 + e^(−|a − b|)), where nothing overflows; two equal infinities have no difference. */
WG_LOOP_2(logaddexp, (a > b ? a : b) + log1p_exp(a == b ? 0 : -fabs(a - b)))

static wg_node *logaddexp_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i], *other = y->inputs[1 - i];
  return wg_sum_to(wg_chain(dy, wg_sigmoid(wg_sub(x, other))), x);
}

WG_FUNCTION_2(logaddexp,
              .doc = "ln(e^a + e^b), elementwise, with NumPy's broadcasting, and without overflow for any a and b.\n"
                     "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .vjp = logaddexp_vjp,
              .notation = {.unicode = "logaddexp(%*)",
                           .ascii = "logaddexp(%*)",
                           .latex = "\\operatorname{logaddexp}(%*)"},
              .samples = (const wg_sample[]){WG_SAMPLES_2(-2, 2, -2, 2), {0}})
