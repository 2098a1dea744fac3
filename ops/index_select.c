/* index_select.c: whole slices of a tensor by their places along an axis, and their adjoint.
 *
 *     y_{…,j,…} = x_{…,index_j,…}      ∂x = the slices of ∂y added up at their places (index_add)
 */
#include "index.h"
#include "move.h"
#include "view.h"

enum { AXIS, WRAP };

static int axis_of(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->inputs[0]->shape->rank); }

/* The shape of x with the axis replaced by those of the index. False if these are too many. */
static bool selected_shape(const wg_shape *x, int axis, const wg_shape *index, wg_shape *result) {
  result->rank = 0;
  if (x->rank - 1 + index->rank > WG_RANK_MAX) return false;
  for (int k = 0; k < axis; k++) result->size[result->rank++] = x->size[k];
  for (int k = 0; k < index->rank; k++) result->size[result->rank++] = index->size[k];
  for (int k = axis + 1; k < x->rank; k++) result->size[result->rank++] = x->size[k];
  return true;
}

/* ---- Values ---- */

/* `whole` is the tensor with the axis, `part` the one with the axes of the index in its place. Where the parts of a slice
 * that lie together are long, slices are moved one by one; where not, elements are. */
enum { LONG_SLICE = 8 };

typedef wg_move move_new(wg_dtype dtype, const wg_shape *shape, const int64_t *to_stride, const int64_t *from_stride);

/* The walk over single elements, if that is the way to go. */
static bool by_elements(const wg_call *call, const wg_tensor *whole, const wg_tensor *part, wg_index_walk *walk) {
  const wg_tensor *index = &call->in[1];
  int axis = axis_of(call->node), rank = index->shape->rank;
  int64_t slice = 1;
  for (int k = axis + 1; k < whole->shape->rank; k++) slice *= whole->shape->size[k];
  if (wg_row_count(whole->shape, axis) == 0) return false; /* the walk would look at no index */
  if (slice >= LONG_SLICE || (rank > 1 && !(wg_tensor_dense(index) && wg_tensor_dense(part)))) return false;
  *walk = (wg_index_walk){.shape = *whole->shape, .wrap = call->node->attrs[WRAP].integer != 0};
  walk->shape.size[axis] = wg_row_count(index->shape, -1);
  walk->size = whole->shape->size[axis];
  walk->step = whole->stride[axis];
  walk->index = index->data;
  walk->whole = whole->data;
  walk->part = part->data;
  for (int k = 0; k < whole->shape->rank; k++) {
    if (k == axis) continue;
    walk->whole_stride[k] = whole->stride[k];
    walk->part_stride[k] = part->stride[k < axis ? k : k + rank - 1];
  }
  if (rank > 0) { /* the axes of the index as one */
    walk->index_stride[axis] = rank == 1 ? index->stride[0] : 1;
    walk->part_stride[axis] = rank == 1 ? part->stride[axis] : slice;
  }
  return true;
}

/* For each index, the slice of `whole` there to the slice of `part`, or the other way. */
static wg_status by_slices(wg_call *call, const wg_tensor *whole, const wg_tensor *part, bool to_whole,
                           move_new *move_of) {
  const wg_tensor *index = &call->in[1];
  int axis = axis_of(call->node), rank = index->shape->rank;
  wg_shape slice = {.rank = 0};
  int64_t size = whole->shape->size[axis], count = wg_row_count(index->shape, -1);
  int64_t of_whole[WG_RANK_MAX], of_part[WG_RANK_MAX];
  for (int k = 0; k < whole->shape->rank; k++) {
    if (k == axis) continue;
    of_whole[slice.rank] = whole->stride[k];
    of_part[slice.rank] = part->stride[k < axis ? k : k + rank - 1];
    slice.size[slice.rank++] = whole->shape->size[k];
  }
  wg_move move = move_of(whole->dtype, &slice, to_whole ? of_whole : of_part, to_whole ? of_part : of_whole);
  wg_status status = wg_index_check(call, index, size, call->node->attrs[WRAP].integer != 0);
  for (int64_t k = 0; k < count && status == WG_OK; k++) {
    int64_t at = ((const int64_t *)index->data)[wg_row_start(index->shape, index->stride, -1, k)];
    void *w = wg_view_at(whole, (at < 0 ? at + size : at) * whole->stride[axis]);
    void *p = wg_view_at(part, wg_row_start(index->shape, part->stride + axis, -1, k));
    wg_move_run(&move, to_whole ? w : p, to_whole ? p : w);
  }
  return status;
}

/* The failure for the index at which the walk ended: its places are those of x, with the index along the axis. */
static wg_status outside(wg_call *call, const wg_index_walk *walk) {
  int64_t inner = 1;
  int axis = axis_of(call->node);
  for (int k = axis + 1; k < walk->shape.rank; k++) inner *= walk->shape.size[k];
  return wg_index_fail(call, &call->in[1], walk->at / inner % walk->shape.size[axis], walk->value, walk->size);
}

static wg_status index_select(wg_call *call) {
  const wg_tensor *x = &call->in[0], *y = &call->out;
  wg_index_walk walk;
  if (by_elements(call, x, y, &walk)) return wg_index_read(&walk, x->dtype) ? WG_OK : outside(call, &walk);
  return by_slices(call, x, y, false, wg_move_copy);
}

static wg_status index_add(wg_call *call) {
  const wg_tensor *x = &call->in[0], *source = &call->in[2], *y = &call->out;
  wg_index_walk walk;
  wg_move start = wg_move_copy(x->dtype, x->shape, y->stride, x->stride);
  wg_move_run(&start, y->data, x->data);
  if (by_elements(call, y, source, &walk)) return wg_index_add_to(&walk, x->dtype) ? WG_OK : outside(call, &walk);
  return by_slices(call, y, source, true, wg_move_add);
}

/* ---- index_select ---- */

static bool index_select_infer(wg_draft *draft) {
  int axis;
  draft->dtype = draft->inputs[0]->dtype;
  if (!wg_infer_index(draft, 1) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  return selected_shape(draft->inputs[0]->shape, axis, draft->inputs[1]->shape, &draft->shape) ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would have more than %d axes", WG_RANK_MAX);
}

static wg_node *index_select_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i], *zeros = wg_fill(x->tape, x->dtype, *x->shape, 0);
  return wg_apply(
      &wg_op_index_add, 3, (wg_node *[]){zeros, y->inputs[1], dy},
      (wg_attr[]){wg_attr_integer("axis", axis_of(y)), wg_attr_integer("wrap", y->attrs[WRAP].integer), {0}});
}

static const wg_attr index_attrs[] = {
    [AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER}, [WRAP] = {.name = "wrap", .kind = WG_ATTR_INTEGER}, {0}};

const wg_op wg_op_index_select = {
    .name = "index_select",
    .doc =
        "The slices of x at the places `index` (i64) along an axis; the axes of the index stand in the place of that "
        "axis. For an index (n) as torch.index_select, for one of any shape as ONNX Gather and numpy.take. With "
        "`wrap`, negative indices count from the end; without, as in PyTorch, they are errors.\n"
        "Errors: no such axis, an index that is not i64, more axes than a shape can have; in a run (WG_ERROR_DATA), "
        "an index outside.",
    .arity = 2,
    .attrs = index_attrs,
    .nondifferentiable = 1u << 1,
    .linearity = WG_LINEAR_FIRST,
    .infer = index_select_infer,
    .kernel = {[WG_F32] = index_select, [WG_F64] = index_select, [WG_I64] = index_select},
    .vjp = index_select_vjp,
    .notation = {.unicode = "select_{%{axis}}(%*)",
                 .ascii = "select_{%{axis}}(%*)",
                 .latex = "\\operatorname{select}_{%{axis}}(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 4, 3), WG_SAMPLE_INTEGER(0, 4, 6)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 4, 2, 3)}, {WG_SAMPLE_NUMBER("axis", -1)}},
            {2,
             {WG_SAMPLE(-2, 2, 2, 3, 2), WG_SAMPLE_INTEGER(-3, 3, 4)},
             {WG_SAMPLE_NUMBER("axis", 1), WG_SAMPLE_NUMBER("wrap", 1)}},
            {2, {WG_SAMPLE(-2, 2, 5), {{0, {0}}, 0, 5, true}}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 4, 3), WG_SAMPLE_INTEGER(0, 4, 0)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 4, 0), WG_SAMPLE_INTEGER(0, 4, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_index_select(wg_node *x, int64_t axis, wg_node *index) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_2(&wg_op_index_select, x, index, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}

/* ---- index_add ---- */

static bool index_add_infer(wg_draft *draft) {
  const wg_shape *x = draft->inputs[0]->shape;
  wg_shape selected;
  char text[WG_SHAPE_TEXT_SIZE];
  int axis;
  if (!wg_infer_like(draft, 2) || !wg_infer_index(draft, 1) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis))
    return false;
  if (!selected_shape(x, axis, draft->inputs[1]->shape, &selected))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "x with the index in place of an axis has more than %d axes",
                         WG_RANK_MAX);
  if (!wg_shape_equal(&selected, draft->inputs[2]->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "for this x and index the source has the shape %s",
                         wg_shape_text(&selected, text));
  draft->shape = *x;
  return true;
}

static wg_node *index_add_vjp(wg_node *y, wg_node *dy, int i) {
  if (i == 0) return dy;
  return wg_apply_2(
      &wg_op_index_select, dy, y->inputs[1],
      (wg_attr[]){wg_attr_integer("axis", axis_of(y)), wg_attr_integer("wrap", y->attrs[WRAP].integer), {0}});
}

const wg_op wg_op_index_add = {
    .name = "index_add",
    .doc =
        "x with the slices of `source` added at the places `index` (i64) along an axis; the source has the shape of x "
        "with the axes of the index in place of that axis. Places named twice get both, in the order of the index. "
        "As torch.index_add, with an index of any shape; `wrap` as in index_select. The adjoint of index_select.\n"
        "Errors: no such axis, shapes or dtypes that do not fit; in a run (WG_ERROR_DATA), an index outside.",
    .arity = 3,
    .attrs = index_attrs,
    .nondifferentiable = 1u << 1,
    .infer = index_add_infer,
    .kernel = {[WG_F32] = index_add, [WG_F64] = index_add, [WG_I64] = index_add},
    .vjp = index_add_vjp,
    .notation = {.unicode = "index_add_{%{axis}}(%*)",
                 .ascii = "index_add_{%{axis}}(%*)",
                 .latex = "\\operatorname{indexadd}_{%{axis}}(%*)"},
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 4, 3), WG_SAMPLE_INTEGER(0, 4, 6), WG_SAMPLE(-2, 2, 6, 3)}, {{0}}},
            {3,
             {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(-4, 4, 2, 3), WG_SAMPLE(-2, 2, 3, 2, 3)},
             {WG_SAMPLE_NUMBER("axis", -1), WG_SAMPLE_NUMBER("wrap", 1)}},
            {3, {WG_SAMPLE(-2, 2, 5), {{0, {0}}, 0, 5, true}, WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {3, {WG_SAMPLE(-2, 2, 4, 3), WG_SAMPLE_INTEGER(0, 4, 0), WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_index_add(wg_node *x, int64_t axis, wg_node *index, wg_node *source) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply(&wg_op_index_add, 3, (wg_node *[]){x, index, source},
                  (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}

/* ---- take: places in the flattened tensor ---- */

static bool take_infer(wg_draft *draft) { return wg_infer_index(draft, 1); }

static wg_node *take_compose(const wg_draft *draft) {
  wg_node *flat = wg_flatten(draft->inputs[0], 0, -1);
  return wg_apply_2(&wg_op_index_select, flat, draft->inputs[1], (wg_attr[]){wg_attr_integer("wrap", 1), {0}});
}

const wg_op wg_op_take = {
    .name = "take",
    .doc = "The elements of x, taken as flat in row-major order, at the places `index` (i64), of the index's shape. "
           "Negative indices count from the end. Recorded as index_select. As torch.take.\n"
           "Errors: an index that is not i64; in a run (WG_ERROR_DATA), an index outside.",
    .arity = 2,
    .nondifferentiable = 1u << 1,
    .infer = take_infer,
    .compose = take_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(-12, 12, 5)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 12, 2, 2)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_INTEGER(0, 1, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 12, 0)}, {{0}}},
            {0},
        },
};

wg_node *wg_take(wg_node *x, wg_node *index) { return wg_apply_2(&wg_op_take, x, index, NULL); }

/* ---- embedding: rows of a table ---- */

static bool embedding_infer(wg_draft *draft) {
  const wg_shape *weights = draft->inputs[1]->shape;
  if (!wg_infer_index(draft, 0)) return false;
  return weights->rank == 2 || wg_draft_fail(draft, WG_ERROR_SHAPE, "the weights have rank %d, not 2", weights->rank);
}

static wg_node *embedding_compose(const wg_draft *draft) {
  return wg_index_select(draft->inputs[1], 0, draft->inputs[0]);
}

const wg_op wg_op_embedding = {
    .name = "embedding",
    .doc =
        "For indices (…) of type i64, the rows (…,d) of the weights (n,d). Recorded as index_select; ∂weights adds up "
        "the rows of ∂y. As torch.nn.functional.embedding.\n"
        "Errors: indices that are not i64, weights of another rank; in a run (WG_ERROR_DATA), an index that is not in "
        "0 … n − 1.",
    .arity = 2,
    .nondifferentiable = 1u << 0,
    .infer = embedding_infer,
    .compose = embedding_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE_INTEGER(0, 4, 6), WG_SAMPLE(-2, 2, 4, 3)}, {{0}}},
            {2, {WG_SAMPLE_INTEGER(0, 5, 2, 3), WG_SAMPLE(-2, 2, 5, 2)}, {{0}}},
            {2, {{{0, {0}}, 0, 4, true}, WG_SAMPLE(-2, 2, 4, 3)}, {{0}}},
            {2, {WG_SAMPLE_INTEGER(0, 4, 0), WG_SAMPLE(-2, 2, 4, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_embedding(wg_node *indices, wg_node *weights) {
  return wg_apply_2(&wg_op_embedding, indices, weights, NULL);
}
