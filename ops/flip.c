/* flip.c: axes in the opposite direction, without a copy, and elements moved round in a ring.
 *
 *     y_i = x_{n−1−i}      ∂x = ∂y flipped back
 */
#include "view.h"

enum { AXES };

/* Marks the axes named, or all if none is; false where one is not there or named twice. */
static bool flipped_axes(const wg_attr *axes, int rank, bool flipped[WG_RANK_MAX], const char **reason) {
  for (int axis = 0; axis < rank; axis++) flipped[axis] = axes->count == 0;
  for (int k = 0; k < axes->count; k++) {
    int64_t axis = wg_axis_wrap(axes->integers[k], rank);
    *reason = "the list names an axis that is not there";
    if (axis < 0 || axis >= rank) return false;
    *reason = "the list names an axis twice";
    if (flipped[axis]) return false;
    flipped[axis] = true;
  }
  return true;
}

static bool flip_infer(wg_draft *draft) {
  bool flipped[WG_RANK_MAX];
  const char *reason;
  int rank = draft->inputs[0]->shape->rank;
  if (!flipped_axes(&draft->attrs[AXES], rank, flipped, &reason))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "rank %d: %s", rank, reason);
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = *draft->inputs[0]->shape;
  return true;
}

static bool flip_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  bool flipped[WG_RANK_MAX];
  const char *reason;
  int64_t offset = 0;
  flipped_axes(&y->attrs[AXES], y->shape->rank, flipped, &reason);
  for (int axis = 0; axis < y->shape->rank; axis++) {
    out->stride[axis] = flipped[axis] ? -in->stride[axis] : in->stride[axis];
    if (flipped[axis]) offset += (y->shape->size[axis] - 1) * in->stride[axis];
  }
  out->data = wg_node_size(y) ? wg_view_at(in, offset) : in->data;
  return true;
}

static wg_node *flip_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_flip(dy, y->attrs[AXES].count, y->attrs[AXES].integers);
}

const wg_op wg_op_flip = {
    .name = "flip",
    .doc = "x with the order of its elements reversed along some axes, all if none is given. Negative axes count from "
           "the last. Any dtype; copies nothing. As torch.flip, which flips nothing if no axis is given.\n"
           "Errors: no such axis, an axis named twice.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXES] = {.name = "axes", .kind = WG_ATTR_INTEGERS}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = flip_infer,
    .view = flip_view,
    .vjp = flip_vjp,
    .notation = {.unicode = "flip(%-0)", .ascii = "flip(%-0)", .latex = "\\operatorname{flip}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 0)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_LIST("axes", -1, 0)}},
            {1, {WG_SAMPLE(-2, 2, 5)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

/* Recorded with the axes that have something to flip, in order; twice the same is x again. */
wg_node *wg_flip(wg_node *x, int count, const int64_t *axes) {
  if (!wg_list_given(count, axes)) return wg_fail(x, WG_ERROR_ARGUMENT, "flip: no list of %d axes was given", count);
  wg_attr list = wg_attr_integers("axes", count, axes);
  bool flipped[WG_RANK_MAX], before[WG_RANK_MAX] = {false}, same = true;
  const char *reason;
  int rank = wg_node_shape(x).rank;
  if (wg_node_inert(x) || !flipped_axes(&list, rank, flipped, &reason))
    return wg_apply_1(&wg_op_flip, x, (wg_attr[]){list, {0}});
  wg_node *fill = wg_view_of_fill(x, x->shape);
  if (fill) return x;
  if (x->op == &wg_op_flip) flipped_axes(&x->attrs[AXES], rank, before, &reason);
  int64_t wanted[WG_RANK_MAX];
  int wanted_count = 0;
  for (int axis = 0; axis < rank; axis++) {
    flipped[axis] = flipped[axis] && x->shape->size[axis] > 1;
    if (flipped[axis]) wanted[wanted_count++] = axis;
    same = same && flipped[axis] == before[axis];
  }
  if (wanted_count == 0) return x;
  if (same) return x->inputs[0];
  return wg_apply_1(&wg_op_flip, x, (wg_attr[]){wg_attr_integers("axes", wanted_count, wanted), {0}});
}

/* ---- roll ---- */

enum { SHIFTS, ROLLED };

static bool roll_infer(wg_draft *draft) {
  const wg_attr *shifts = &draft->attrs[SHIFTS], *axes = &draft->attrs[ROLLED];
  int axis;
  if (axes->count == 0 && shifts->count != 1)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "without axes there is one shift, not %d", shifts->count);
  if (axes->count && axes->count != shifts->count)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%d shifts for %d axes", shifts->count, axes->count);
  for (int k = 0; k < axes->count; k++)
    if (!wg_infer_axis(draft, axes->integers[k], &axis)) return false;
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = *draft->inputs[0]->shape;
  return true;
}

static wg_node *rolled(wg_node *x, int64_t axis, int64_t shift) {
  if (wg_node_inert(x)) return x;
  axis = wg_axis_wrap(axis, x->shape->rank);
  int64_t size = x->shape->size[axis];
  shift = size ? shift % size : 0;
  if (shift < 0) shift += size;
  if (shift == 0) return x;
  return wg_concat(2, (wg_node *[]){wg_narrow(x, axis, size - shift, shift), wg_narrow(x, axis, 0, size - shift)},
                   axis);
}

static wg_node *roll_compose(const wg_draft *draft) {
  const wg_attr *shifts = &draft->attrs[SHIFTS], *axes = &draft->attrs[ROLLED];
  wg_node *x = draft->inputs[0];
  if (axes->count == 0) return wg_reshape(rolled(wg_flatten(x, 0, -1), 0, shifts->integers[0]), draft->shape);
  for (int k = 0; k < axes->count; k++) x = rolled(x, axes->integers[k], shifts->integers[k]);
  return x;
}

const wg_op wg_op_roll = {
    .name = "roll",
    .doc =
        "x with its elements moved on by shifts[k] places along axes[k], those that leave at the end coming in at the "
        "beginning; negative shifts move back. Without axes the one shift is along the flattened x. Recorded as "
        "concat. As torch.roll.\n"
        "Errors: no such axis, another number of shifts than of axes.",
    .arity = 1,
    .attrs = (const wg_attr[]){[SHIFTS] = {.name = "shifts", .kind = WG_ATTR_INTEGERS},
                               [ROLLED] = {.name = "axes", .kind = WG_ATTR_INTEGERS},
                               {0}},
    .infer = roll_infer,
    .compose = roll_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("shifts", 1), WG_SAMPLE_LIST("axes", 0)}},
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("shifts", 2, -5), WG_SAMPLE_LIST("axes", 0, -1)}},
            {1, {WG_SAMPLE(-2, 2, 3, 2)}, {WG_SAMPLE_LIST("shifts", 4)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("shifts", 1), WG_SAMPLE_LIST("axes", 0)}},
            {0},
        },
};

wg_node *wg_roll(wg_node *x, int count, const int64_t *shifts, const int64_t *axes) {
  if (!wg_list_given(count, shifts))
    return wg_fail(x, WG_ERROR_ARGUMENT, "roll: no list of %d shifts was given", count);
  return wg_apply_1(
      &wg_op_roll, x,
      (wg_attr[]){wg_attr_integers("shifts", count, shifts), wg_attr_integers("axes", axes ? count : 0, axes), {0}});
}
