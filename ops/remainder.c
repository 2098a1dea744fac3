/* remainder.c: what is left of a division by a whole quotient q.
 *
 *     y = a − q·b      ∂a = ∂y      ∂b = −q·∂y
 *
 * each summed over the axes along which that input was broadcast; q is a / b rounded down (remainder) or towards 0
 * (fmod). Where y jumps, at whole a / b, the derivatives are those of the side that the value belongs to. */
#include "function.h"

WG_LOOP_2(fmod, fmod(a, b))

/* fmod has the sign of a; where that is not the sign of b, one b more is left. */
static inline float signed_f32(float rest, float b) { return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest; }
static inline double signed_f64(double rest, double b) { return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest; }
WG_LOOP_2_OF(float, remainder_f32, signed_f32(fmod(a, b), b))
WG_LOOP_2_OF(double, remainder_f64, signed_f64(fmod(a, b), b))

/* q comes from y, which is exact: a / b, rounded to an f64 or f32, may already be the next whole number. */
static wg_node *remainder_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1];
  if (i == 0) return wg_sum_to(dy, a);
  return wg_sum_to(wg_chain(wg_neg(dy), wg_round(wg_div(wg_sub(a, y), b))), b);
}

WG_FUNCTION_2(
    fmod,
    .doc = "What is left of a when b is subtracted as often as fits, elementwise, with NumPy's broadcasting; it "
           "has the sign of a, as C's fmod and torch.fmod: fmod(−7, 3) is −1. NaN for b = 0. The quotient is "
           "constant between its steps.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .vjp = remainder_vjp, .notation = {.unicode = "fmod(%*)", .ascii = "fmod(%*)", .latex = "\\operatorname{fmod}(%*)"},
    .samples = (const wg_sample[]){WG_SAMPLES_2(2.1, 2.9, 0.97, 1.03),
                                   {2, {WG_SAMPLE(-2.9, -2.1, 3, 4), WG_SAMPLE(0.97, 1.03, 3, 4)}, {{0}}},
                                   {0}})

WG_FUNCTION_2(
    remainder,
    .doc = "a mod b = a − ⌊a / b⌋·b, elementwise, with NumPy's broadcasting; it has the sign of b, as Python's "
           "% and torch.remainder (C's function of that name is another): −7 mod 3 is 2. NaN for b = 0. The "
           "quotient is constant between its steps.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .vjp = remainder_vjp, .notation = {.unicode = "mod(%*)", .ascii = "mod(%*)", .latex = "\\operatorname{mod}(%*)"},
    .samples = (const wg_sample[]){WG_SAMPLES_2(2.1, 2.9, 0.97, 1.03),
                                   {2, {WG_SAMPLE(-2.9, -2.1, 3, 4), WG_SAMPLE(0.97, 1.03, 3, 4)}, {{0}}},
                                   {2, {WG_SAMPLE(2.1, 2.9, 3, 4), WG_SAMPLE(-1.03, -0.97, 3, 4)}, {{0}}},
                                   {0}})
