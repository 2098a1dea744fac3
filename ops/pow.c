/* pow.c: a power whose exponent is a tensor too; for a constant one see power.c.
 *
 *     y = a^b      ∂a = ∂y ⊙ b ⊙ a^(b−1)      ∂b = ∂y ⊙ y ⊙ ln(a)
 *
 * each summed over the axes along which that input was broadcast. At a = 0 two factors may be 0·∞ where the derivative
 * is 0: then the base counts as 1, which makes it 0·1 and leaves no ∞ behind for higher derivatives. */
#include "function.h"

/* pow is off in the last digit of one square in a thousand, as in power.c, which has the same numbers. */
WG_LOOP_2(pow, b == 2 ? (a * a) : pow(a, b))

static wg_node *base_unless(wg_node *exception, wg_node *a) {
  return wg_where(wg_logical_and(wg_equal(a, wg_scalar_like(a, 0)), exception), wg_scalar_like(a, 1), a);
}

static wg_node *pow_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1], *zero = wg_scalar_like(y, 0), *one = wg_scalar_like(y, 1);
  if (i == 1) return wg_sum_to(wg_chain(dy, wg_mul(y, wg_log(base_unless(wg_greater_equal(b, zero), a)))), b);
  return wg_sum_to(wg_chain(dy, wg_mul(b, wg_pow(base_unless(wg_equal(b, zero), a), wg_sub(b, one)))), a);
}

WG_FUNCTION_2(pow,
              .doc = "a^b, elementwise, with NumPy's broadcasting; as C's pow: a^0 is 1 for every a, 0 to a negative "
                     "exponent is ∞, and a negative a to a fraction is NaN. As torch.pow, at a = 0 the derivative by a "
                     "is 0 for b = 0, and the derivative by b is 0 for b ≥ 0; for a negative a, that by b is NaN.\n"
                     "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .vjp = pow_vjp,
              .notation = {.binds = WG_BINDS_POWER, .unicode = "%+0^%+1", .ascii = "%+0^%+1", .latex = "%+0^{%-1}"},
              .samples = (const wg_sample[]){WG_SAMPLES_2(0.3, 2, -2, 2), {0}})
