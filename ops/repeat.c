/* repeat.c: copies of a tensor side by side, or of each element. All are recorded as reshape and broadcast_to, so the
 * adjoint is a sum over the copies. */
#include "view.h"

enum { REPEATS };

/* ---- tile and repeat ---- */

/* The sizes of x, counted from the last axis, times the numbers given; what is missing of either counts as 1. */
static bool tile_infer(wg_draft *draft) {
  const wg_attr *repeats = &draft->attrs[REPEATS];
  const wg_shape *shape = draft->inputs[0]->shape;
  int rank = repeats->count > shape->rank ? repeats->count : shape->rank;
  if (rank > WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would have more than %d axes", WG_RANK_MAX);
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape.rank = rank;
  for (int axis = 0; axis < rank; axis++) {
    int own = axis - (rank - shape->rank), given = axis - (rank - repeats->count);
    int64_t size = own < 0 ? 1 : shape->size[own], times = given < 0 ? 1 : repeats->integers[given];
    if (times < 0) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "a number of repeats is negative");
    if (size > 0 && times > INT64_MAX / size)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would be larger than memory can address");
    draft->shape.size[axis] = size * times;
  }
  return true;
}

/* (before, 1, after) → (before, times, after), under the shape wanted. */
static wg_node *repeated(wg_node *x, int64_t before, int64_t times, int64_t after, wg_shape shape) {
  wg_node *copies = wg_broadcast_to(wg_reshape(x, WG_SHAPE(before, 1, after)), WG_SHAPE(before, times, after));
  return wg_reshape(copies, shape);
}

/* Axis by axis, from the last: so every copy but the last is of a smaller tensor, and no rank is above three. */
static wg_node *tile_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  wg_shape shape = {.rank = draft->shape.rank};
  int64_t count, after = 1;
  if (!wg_shape_count(&draft->shape, &count))
    return wg_fail(x, WG_ERROR_SHAPE, "%s: the result would be larger than memory can address", draft->op->name);
  int lead = draft->shape.rank - x->shape->rank, given = draft->shape.rank - draft->attrs[REPEATS].count;
  for (int axis = 0; axis < shape.rank; axis++) shape.size[axis] = axis < lead ? 1 : x->shape->size[axis - lead];
  x = wg_reshape(x, shape);
  for (int axis = shape.rank - 1; axis >= 0 && !wg_node_inert(x); axis--) {
    int64_t times = axis < given ? 1 : draft->attrs[REPEATS].integers[axis - given], before = 1;
    after *= shape.size[axis];
    for (int k = 0; k < axis; k++) before *= shape.size[k];
    shape.size[axis] *= times;
    if (times != 1) x = repeated(x, before, times, after, shape);
    after *= times;
  }
  return x;
}

static const wg_attr repeats_attrs[] = {[REPEATS] = {.name = "repeats", .kind = WG_ATTR_INTEGERS}, {0}};

const wg_op wg_op_tile = {
    .name = "tile",
    .doc =
        "x repeated as a whole, repeats[k] times along each axis. A list shorter than the rank is of the last axes, a "
        "longer one makes new first axes. Recorded as reshape and broadcast_to. As torch.tile and numpy.tile.\n"
        "Errors: negative numbers, too many axes.",
    .arity = 1,
    .attrs = repeats_attrs,
    .infer = tile_infer,
    .compose = tile_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_LIST("repeats", 2, 3)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_LIST("repeats", 2)}},
            {1, {WG_SAMPLE(-2, 2, 3)}, {WG_SAMPLE_LIST("repeats", 2, 1, 2)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {WG_SAMPLE_LIST("repeats", 3)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_LIST("repeats", 2, 0)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("repeats", 2, 2)}},
            {0},
        },
};

wg_node *wg_tile(wg_node *x, int count, const int64_t *repeats) {
  if (!wg_list_given(count, repeats))
    return wg_fail(x, WG_ERROR_ARGUMENT, "tile: no list of %d numbers was given", count);
  return wg_apply_1(&wg_op_tile, x, (wg_attr[]){wg_attr_integers("repeats", count, repeats), {0}});
}

static bool repeat_infer(wg_draft *draft) {
  if (draft->attrs[REPEATS].count < draft->inputs[0]->shape->rank)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%d numbers for %d axes: there must be one for each",
                         draft->attrs[REPEATS].count, draft->inputs[0]->shape->rank);
  return tile_infer(draft);
}

const wg_op wg_op_repeat = {
    .name = "repeat",
    .doc = "tile with a number for every axis, or more for new first axes. As torch.Tensor.repeat; numpy.repeat is "
           "repeat_interleave here.\n"
           "Errors: fewer numbers than axes, negative numbers, too many axes.",
    .arity = 1,
    .attrs = repeats_attrs,
    .infer = repeat_infer,
    .compose = tile_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_LIST("repeats", 1, 2)}},
            {1, {WG_SAMPLE(-2, 2, 3)}, {WG_SAMPLE_LIST("repeats", 4, 2)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("repeats", 2, 2)}},
            {0},
        },
};

wg_node *wg_repeat(wg_node *x, int count, const int64_t *repeats) {
  if (!wg_list_given(count, repeats))
    return wg_fail(x, WG_ERROR_ARGUMENT, "repeat: no list of %d numbers was given", count);
  return wg_apply_1(&wg_op_repeat, x, (wg_attr[]){wg_attr_integers("repeats", count, repeats), {0}});
}

/* ---- repeat_interleave ---- */

enum { TIMES, AXIS };

static bool repeat_interleave_infer(wg_draft *draft) {
  int64_t times = draft->attrs[TIMES].integer;
  int axis;
  if (!wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = *draft->inputs[0]->shape;
  int64_t size = draft->shape.size[axis];
  if (times < 0) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the number of repeats is negative");
  draft->shape.size[axis] = size > 0 && times > INT64_MAX / size ? -1 : size * times;
  int64_t count;
  return wg_shape_count(&draft->shape, &count) ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would be larger than memory can address");
}

static wg_node *repeat_interleave_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int rank = x->shape->rank, axis = (int)wg_axis_wrap(draft->attrs[AXIS].integer, rank);
  int64_t before = 1, after = 1;
  for (int k = 0; k <= axis; k++) before *= x->shape->size[k];
  for (int k = axis + 1; k < rank; k++) after *= x->shape->size[k];
  return repeated(x, before, draft->attrs[TIMES].integer, after, draft->shape);
}

const wg_op wg_op_repeat_interleave = {
    .name = "repeat_interleave",
    .doc = "Each element of x repeated `times` times beside itself along an axis: a a b b. Recorded as reshape and "
           "broadcast_to. As torch.repeat_interleave and numpy.repeat with one number and an axis.\n"
           "Errors: no such axis, a negative number.",
    .arity = 1,
    .attrs = (const wg_attr[]){[TIMES] = {.name = "times", .kind = WG_ATTR_INTEGER, .integer = 1},
                               [AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER},
                               {0}},
    .infer = repeat_interleave_infer,
    .compose = repeat_interleave_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("times", 2)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("times", 3), WG_SAMPLE_NUMBER("axis", -2)}},
            {1, {WG_SAMPLE(-2, 2, 4)}, {WG_SAMPLE_NUMBER("times", 1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("times", 2), WG_SAMPLE_NUMBER("axis", 1)}},
            {0},
        },
};

wg_node *wg_repeat_interleave(wg_node *x, int64_t times, int64_t axis) {
  return wg_apply_1(&wg_op_repeat_interleave, x,
                    (wg_attr[]){wg_attr_integer("times", times), wg_attr_integer("axis", axis), {0}});
}

/* ---- meshgrid ---- */

enum { WHICH };

static bool meshgrid_infer(wg_draft *draft) {
  int64_t which = draft->attrs[WHICH].integer;
  draft->dtype = draft->inputs[0]->dtype;
  if (draft->input_count > WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the grid would have more than %d axes", WG_RANK_MAX);
  for (int i = 0; i < draft->input_count; i++) {
    if (draft->inputs[i]->shape->rank != 1)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "input %d has rank %d, not 1", i, draft->inputs[i]->shape->rank);
    draft->shape.size[draft->shape.rank++] = draft->inputs[i]->shape->size[0];
  }
  return (which >= 0 && which < draft->input_count) ||
         wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there is no input %lld", (long long)which);
}

static wg_node *meshgrid_compose(const wg_draft *draft) {
  int which = (int)draft->attrs[WHICH].integer;
  wg_shape shape = {.rank = draft->shape.rank};
  for (int axis = 0; axis < shape.rank; axis++) shape.size[axis] = axis == which ? draft->shape.size[axis] : 1;
  return wg_broadcast_to(wg_reshape(draft->inputs[which], shape), draft->shape);
}

const wg_op wg_op_meshgrid = {
    .name = "meshgrid",
    .doc =
        "One coordinate of the grid over the inputs (n_0), (n_1), …: of shape (n_0,n_1,…), with input number `which` "
        "along axis number `which` and the same along the others. Copies nothing; recorded as reshape and "
        "broadcast_to. As torch.meshgrid(…, indexing='ij')[which].\n"
        "Errors: inputs that are not of rank 1, more of them than a shape can have axes, no such input.",
    .arity = WG_VARIADIC,
    .attrs = (const wg_attr[]){[WHICH] = {.name = "which", .kind = WG_ATTR_INTEGER}, {0}},
    .infer = meshgrid_infer,
    .compose = meshgrid_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 4)}, {{0}}},
            {3, {WG_SAMPLE(-2, 2, 2), WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 4)}, {WG_SAMPLE_NUMBER("which", 1)}},
            {2, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 0)}, {WG_SAMPLE_NUMBER("which", 0)}},
            {0},
        },
};

wg_node *wg_meshgrid(int count, wg_node *const *inputs, int64_t which) {
  return wg_apply(&wg_op_meshgrid, count, inputs, (wg_attr[]){wg_attr_integer("which", which), {0}});
}
