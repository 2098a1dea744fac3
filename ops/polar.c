/* polar.c: length and angle of the vector whose sides are b, to the right, and a, upwards.
 *
 *     y = √(a² + b²)       ∂a = ∂y ⊙ a / y                ∂b = ∂y ⊙ b / y
 *     y = angle(b, a)      ∂a = ∂y ⊙ b / r / r            ∂b = −∂y ⊙ a / r / r      r = √(a² + b²)
 *
 * each summed over the axes along which that input was broadcast. */
#include "function.h"

WG_LOOP_2(hypot, hypot(a, b))
WG_LOOP_2(atan2, atan2(a, b))

static wg_node *hypot_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *side = y->inputs[i];
  return wg_sum_to(wg_chain(dy, wg_div(side, y)), side);
}

/* At a = b = 0, where there is no derivative, r counts as 1: so it is 0/1. */
static wg_node *atan2_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1], *zero = wg_scalar_like(y, 0), *one = wg_scalar_like(y, 1);
  wg_node *origin = wg_logical_and(wg_equal(a, zero), wg_equal(b, zero));
  wg_node *r = wg_hypot(wg_where(origin, one, a), b);
  if (i == 0) return wg_sum_to(wg_chain(dy, wg_div(wg_div(b, r), r)), a);
  return wg_sum_to(wg_chain(wg_neg(dy), wg_div(wg_div(a, r), r)), b);
}

WG_FUNCTION_2(
    hypot,
    .doc = "√(a² + b²), elementwise, with NumPy's broadcasting, and without overflow on the way. At a = b = 0 "
           "the derivatives are NaN, as those of torch.hypot.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .vjp = hypot_vjp, .notation = {.unicode = "hypot(%*)", .ascii = "hypot(%*)", .latex = "\\operatorname{hypot}(%*)"},
    .samples = (const wg_sample[]){WG_SAMPLES_2(0.5, 2, -2, -0.5), {0}})

WG_FUNCTION_2(
    atan2,
    .doc = "The angle in [−π, π] from the direction (1, 0) to (b, a), elementwise, with NumPy's broadcasting: "
           "arctan(a / b) in the right quadrant, as C's atan2(a, b). At a = b = 0 the derivatives are 0, as "
           "those of torch.atan2.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .vjp = atan2_vjp, .notation = {.unicode = "atan2(%*)", .ascii = "atan2(%*)", .latex = "\\operatorname{atan2}(%*)"},
    .samples = (const wg_sample[]){WG_SAMPLES_2(0.5, 2, -2, 2), {0}})
