#include "rule.h"

/* Whether dy is value/count everywhere, and its product with `local` is of local's shape. */
static bool is_factor(const wg_node *dy, const wg_node *local, double *value, int64_t *count) {
  wg_shape shape;
  if (wg_node_inert(dy) || wg_node_inert(local) || !wg_node_is_fill(dy, value, count)) return false;
  return wg_shape_broadcast(dy->shape, local->shape, &shape) && wg_shape_equal(&shape, local->shape);
}

wg_node *wg_chain(wg_node *dy, wg_node *local) {
  double value;
  int64_t count;
  if (!is_factor(dy, local, &value, &count)) return wg_mul(dy, local);
  wg_node *product = value == 1 ? local : wg_scale(local, value);
  return count == 1 ? product : wg_div_count(product, count);
}

wg_node *wg_chain_over(wg_node *dy, wg_node *divisor) {
  double value;
  int64_t count;
  if (!is_factor(dy, divisor, &value, &count)) return wg_div(dy, divisor);
  wg_node *quotient = wg_div(wg_scalar_like(divisor, value), divisor);
  return count == 1 ? quotient : wg_div_count(quotient, count);
}

wg_node *wg_sum_to(wg_node *dy, const wg_node *x) {
  if (wg_node_inert(dy) || wg_shape_equal(dy->shape, x->shape)) return dy;
  int64_t axes[WG_RANK_MAX];
  int count = 0, lead = dy->shape->rank - x->shape->rank;
  for (int axis = 0; axis < dy->shape->rank; axis++)
    if (axis < lead || (x->shape->size[axis - lead] == 1 && dy->shape->size[axis] != 1)) axes[count++] = axis;
  wg_node *sum = count ? wg_sum(dy, count, axes, true) : dy;
  return wg_reshape(sum, *x->shape);
}
