#include "reduce.h"

void wg_reduction_axes(const wg_node *y, bool reduced[WG_RANK_MAX]) {
  const wg_attr *axes = &y->attrs[WG_REDUCE_AXES];
  int rank = y->inputs[0]->shape->rank;
  for (int axis = 0; axis < rank; axis++) reduced[axis] = axes->count == 0;
  for (int k = 0; k < axes->count; k++) reduced[wg_axis_wrap(axes->integers[k], rank)] = true;
}

wg_groups wg_groups_of(const wg_node *y, const wg_tensor *x) {
  wg_groups groups = {0};
  bool reduced[WG_RANK_MAX];
  wg_reduction_axes(y, reduced);
  for (int axis = 0; axis < x->shape->rank; axis++) {
    wg_shape *shape = reduced[axis] ? &groups.reduced : &groups.kept;
    (reduced[axis] ? groups.reduced_stride : groups.kept_stride)[shape->rank] = x->stride[axis];
    shape->size[shape->rank++] = x->shape->size[axis];
  }
  groups.count = wg_row_count(&groups.kept, -1);
  groups.size = wg_row_count(&groups.reduced, -1);
  return groups;
}

wg_node *wg_reduction_kept(const wg_node *y, wg_node *like_y) {
  wg_shape kept = *y->inputs[0]->shape;
  bool reduced[WG_RANK_MAX];
  wg_reduction_axes(y, reduced);
  for (int axis = 0; axis < kept.rank; axis++)
    if (reduced[axis]) kept.size[axis] = 1;
  return wg_reshape(like_y, kept);
}

bool wg_infer_reduction_of_some(wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[WG_REDUCE_AXES];
  const wg_shape *shape = draft->inputs[0]->shape;
  if (!wg_infer_reduction(draft)) return false;
  for (int k = 0; k < (axes->count ? axes->count : shape->rank); k++) {
    int64_t axis = axes->count ? wg_axis_wrap(axes->integers[k], shape->rank) : k;
    if (shape->size[axis] == 0)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %lld is empty: nothing has no such value", (long long)axis);
  }
  return true;
}

wg_node *wg_apply_reduction(const wg_op *op, wg_node *x, int count, const int64_t *axes, bool keep,
                            const wg_attr *more) {
  int64_t sorted[WG_RANK_MAX];
  if (count < 0 || (count > 0 && !axes))
    return wg_fail(x, WG_ERROR_ARGUMENT, "%s: no list of %d axes was given", op->name, count);
  if (!wg_node_inert(x) && count <= x->shape->rank) {
    bool all = count == x->shape->rank;
    for (int k = 0; k < count; k++) {
      int64_t axis = wg_axis_wrap(axes[k], x->shape->rank);
      int at = k;
      for (; at > 0 && sorted[at - 1] > axis; at--) sorted[at] = sorted[at - 1];
      sorted[at] = axis;
    }
    axes = sorted;
    for (int k = 0; k < count; k++) all = all && sorted[k] == k;
    if (all) count = 0; /* a list with a mistake in it stays, for the shape rule to say */
  }
  wg_attr attrs[] = {wg_attr_integers("axes", count, axes), wg_attr_integer("keep", keep ? 1 : 0), {0}, {0}};
  if (more) attrs[WG_REDUCE_MORE] = *more;
  return wg_apply_1(op, x, attrs);
}
