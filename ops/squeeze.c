/* squeeze.c: axes of size 1 taken away and put in, axes joined, and repeated by a list of sizes. All are recorded as
 * reshape or broadcast_to. */
#include "view.h"

/* ---- squeeze ---- */

enum { AXES };

static bool squeeze_infer(wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[AXES];
  const wg_shape *shape = draft->inputs[0]->shape;
  bool goes[WG_RANK_MAX];
  int axis;
  for (axis = 0; axis < shape->rank; axis++) goes[axis] = axes->count == 0 && shape->size[axis] == 1;
  for (int k = 0; k < axes->count; k++) {
    if (!wg_infer_axis(draft, axes->integers[k], &axis)) return false;
    if (shape->size[axis] != 1)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d has size %lld, not 1", axis, (long long)shape->size[axis]);
    goes[axis] = true;
  }
  draft->dtype = draft->inputs[0]->dtype;
  for (axis = 0; axis < shape->rank; axis++)
    if (!goes[axis]) draft->shape.size[draft->shape.rank++] = shape->size[axis];
  return true;
}

static wg_node *reshape_compose(const wg_draft *draft) { return wg_reshape(draft->inputs[0], draft->shape); }

const wg_op wg_op_squeeze = {
    .name = "squeeze",
    .doc = "x without the axes named, which have size 1; without all axes of size 1 if none is named. Recorded as "
           "reshape. As torch.squeeze, but naming an axis of another size is an error, as in NumPy and ONNX.\n"
           "Errors: no such axis, an axis whose size is not 1.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXES] = {.name = "axes", .kind = WG_ATTR_INTEGERS}, {0}},
    .infer = squeeze_infer,
    .compose = reshape_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 1, 3, 1, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 3, 1, 1)}, {WG_SAMPLE_LIST("axes", -1)}},
            {1, {WG_SAMPLE(-2, 2, 1, 1)}, {WG_SAMPLE_LIST("axes", 1, 0)}},
            {1, {WG_SAMPLE(-2, 2, 1, 0)}, {WG_SAMPLE_LIST("axes", 0)}},
            {0},
        },
};

wg_node *wg_squeeze(wg_node *x, int count, const int64_t *axes) {
  if (!wg_list_given(count, axes)) return wg_fail(x, WG_ERROR_ARGUMENT, "squeeze: no list of %d axes was given", count);
  return wg_apply_1(&wg_op_squeeze, x, (wg_attr[]){wg_attr_integers("axes", count, axes), {0}});
}

/* ---- unsqueeze ---- */

enum { AXIS };

static bool unsqueeze_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int64_t axis = wg_axis_wrap(draft->attrs[AXIS].integer, shape->rank + 1);
  if (shape->rank == WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would have more than %d axes", WG_RANK_MAX);
  if (axis < 0 || axis > shape->rank)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there is no axis %lld in the result, of rank %d", (long long)axis,
                         shape->rank + 1);
  draft->dtype = draft->inputs[0]->dtype;
  for (int from = 0; from <= shape->rank; from++) {
    if (from == axis) draft->shape.size[draft->shape.rank++] = 1;
    if (from < shape->rank) draft->shape.size[draft->shape.rank++] = shape->size[from];
  }
  return true;
}

const wg_op wg_op_unsqueeze = {
    .name = "unsqueeze",
    .doc = "x with a new axis of size 1 at that place of the result; a negative axis counts from the result's last. "
           "Recorded as reshape. As torch.unsqueeze.\n"
           "Errors: no such axis, more axes than a shape can have.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER}, {0}},
    .infer = unsqueeze_infer,
    .compose = reshape_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("axis", -1)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {WG_SAMPLE_NUMBER("axis", 0)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {0},
        },
};

wg_node *wg_unsqueeze(wg_node *x, int64_t axis) {
  return wg_apply_1(&wg_op_unsqueeze, x, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}

/* ---- flatten ---- */

enum { FIRST, LAST };

static bool flatten_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int first = 0, last = -1;
  draft->dtype = draft->inputs[0]->dtype;
  if (shape->rank == 0) {
    draft->shape = WG_SHAPE(1);
    return true;
  }
  if (!wg_infer_axis(draft, draft->attrs[FIRST].integer, &first) ||
      !wg_infer_axis(draft, draft->attrs[LAST].integer, &last))
    return false;
  if (first > last)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the first axis, %d, comes after the last, %d", first, last);
  int64_t joined = 1;
  for (int axis = first; axis <= last; axis++) joined *= shape->size[axis];
  for (int axis = 0; axis < shape->rank; axis++)
    if (axis <= first || axis > last)
      draft->shape.size[draft->shape.rank++] = axis == first ? joined : shape->size[axis];
  return true;
}

const wg_op wg_op_flatten = {
    .name = "flatten",
    .doc = "x with the axes from `first` to `last` (0 and −1 by default: all) joined into one; a scalar becomes (1). "
           "Recorded as reshape. As torch.flatten.\n"
           "Errors: no such axis, first after last.",
    .arity = 1,
    .attrs = (const wg_attr[]){[FIRST] = {.name = "first", .kind = WG_ATTR_INTEGER},
                               [LAST] = {.name = "last", .kind = WG_ATTR_INTEGER, .integer = -1},
                               {0}},
    .infer = flatten_infer,
    .compose = reshape_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("first", 1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("first", 0), WG_SAMPLE_NUMBER("last", -2)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("first", 1)}},
            {0},
        },
};

wg_node *wg_flatten(wg_node *x, int64_t first, int64_t last) {
  return wg_apply_1(&wg_op_flatten, x,
                    (wg_attr[]){wg_attr_integer("first", first), wg_attr_integer("last", last), {0}});
}

/* ---- expand ---- */

enum { SHAPE };

static bool expand_infer(wg_draft *draft) {
  const wg_attr *sizes = &draft->attrs[SHAPE];
  const wg_shape *shape = draft->inputs[0]->shape;
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = wg_shape_of(sizes->count, sizes->integers);
  if (draft->shape.rank < shape->rank)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "%d sizes: not in %d … %d", sizes->count, shape->rank, WG_RANK_MAX);
  int lead = draft->shape.rank - shape->rank;
  for (int axis = 0; axis < draft->shape.rank; axis++) {
    if (draft->shape.size[axis] != -1) continue;
    if (axis < lead) return wg_draft_fail(draft, WG_ERROR_SHAPE, "size −1 for axis %d, which x does not have", axis);
    draft->shape.size[axis] = shape->size[axis - lead];
  }
  return true;
}

static wg_node *expand_compose(const wg_draft *draft) { return wg_broadcast_to(draft->inputs[0], draft->shape); }

const wg_op wg_op_expand = {
    .name = "expand",
    .doc = "x repeated along new axes and axes of size 1 to the sizes given; −1 keeps a size. Copies nothing. Recorded "
           "as broadcast_to. As torch.Tensor.expand.\n"
           "Errors: sizes that x does not broadcast to, −1 for a new axis.",
    .arity = 1,
    .attrs = (const wg_attr[]){[SHAPE] = {.name = "shape", .kind = WG_ATTR_INTEGERS}, {0}},
    .infer = expand_infer,
    .compose = expand_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 1)}, {WG_SAMPLE_LIST("shape", -1, 4)}},
            {1, {WG_SAMPLE(-2, 2, 3)}, {WG_SAMPLE_LIST("shape", 2, -1)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {WG_SAMPLE_LIST("shape", 2, 2)}},
            {1, {WG_SAMPLE(-2, 2, 0, 1)}, {WG_SAMPLE_LIST("shape", -1, 3)}},
            {0},
        },
};

wg_node *wg_expand(wg_node *x, wg_shape shape) {
  if (shape.rank < 0 || shape.rank > WG_RANK_MAX)
    return wg_fail(x, WG_ERROR_SHAPE, "expand: the rank wanted is not in 0 … %d", WG_RANK_MAX);
  return wg_apply_1(&wg_op_expand, x, (wg_attr[]){wg_attr_integers("shape", shape.rank, shape.size), {0}});
}
