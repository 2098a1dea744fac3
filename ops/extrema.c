/* extrema.c: the larger and the smaller of two numbers, element by element. Along an axis of one tensor: max.c.
 *
 *     y = max(a, b)      ∂a = ∂y ⊙ ([a > b] + ½·[a = b])
 *     y = min(a, b)      ∂a = ∂y ⊙ ([a < b] + ½·[a = b])
 *
 * and the same for b, each summed over the axes along which that input was broadcast. Where both are equal, each takes
 * half of the derivative, as in PyTorch. */
#include "function.h"

/* Asked this way round, a NaN on either side comes out. */
WG_LOOP_2(maximum, a > b || isnan(a) ? a : b)
WG_LOOP_2(minimum, a < b || isnan(a) ? a : b)

static wg_node *share(wg_node *dy, wg_node *wins, wg_node *x, wg_node *other) {
  return wg_sum_to(wg_chain(dy, wg_add(wins, wg_scale(wg_equal(x, other), 0.5))), x);
}

static wg_node *maximum_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i], *other = y->inputs[1 - i];
  return share(dy, wg_greater(x, other), x, other);
}

static wg_node *minimum_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i], *other = y->inputs[1 - i];
  return share(dy, wg_less(x, other), x, other);
}

static const wg_sample samples[] = {WG_SAMPLES_2(1, 2, -2, 0.9), WG_SAMPLES_2(-2, 0.9, 1, 2), {0}};

WG_FUNCTION_2(maximum,
              .doc = "The larger of a and b, elementwise, with NumPy's broadcasting; NaN where one of them is. Where "
                     "both are equal, each takes half of the derivative, as in torch.maximum.\n"
                     "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .vjp = maximum_vjp, .notation = {.unicode = "max(%*)", .ascii = "max(%*)", .latex = "\\max(%*)"},
              .samples = samples)

WG_FUNCTION_2(minimum,
              .doc = "The smaller of a and b, elementwise, with NumPy's broadcasting; NaN where one of them is. Where "
                     "both are equal, each takes half of the derivative, as in torch.minimum.\n"
                     "Errors: shapes that do not broadcast together; integers, or two dtypes.",
              .vjp = minimum_vjp, .notation = {.unicode = "min(%*)", .ascii = "min(%*)", .latex = "\\min(%*)"},
              .samples = samples)
