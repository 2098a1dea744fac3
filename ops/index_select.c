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

/* A slice of x at one place of the axis, and the slice of `selected` (x with the axes of the index in its place) for
 * one index, are of one shape: strides of each along it. */
typedef struct slices {
  wg_shape shape;
  int64_t of_x[WG_RANK_MAX], of_selected[WG_RANK_MAX];
} slices;

static slices slices_of(const wg_tensor *x, int axis, int index_rank, const wg_tensor *selected) {
  slices s = {{0}, {0}, {0}};
  for (int k = 0; k < x->shape->rank; k++) {
    if (k == axis) continue;
    s.of_x[s.shape.rank] = x->stride[k];
    s.of_selected[s.shape.rank] = selected->stride[k < axis ? k : k + index_rank - 1];
    s.shape.size[s.shape.rank++] = x->shape->size[k];
  }
  return s;
}

static int64_t index_at(const wg_tensor *index, int64_t k) {
  return ((const int64_t *)index->data)[wg_row_start(index->shape, index->stride, -1, k)];
}

/* ---- index_select ---- */

static bool index_select_infer(wg_draft *draft) {
  int axis;
  draft->dtype = draft->inputs[0]->dtype;
  if (!wg_infer_index(draft, 1) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  return selected_shape(draft->inputs[0]->shape, axis, draft->inputs[1]->shape, &draft->shape) ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would have more than %d axes", WG_RANK_MAX);
}

static wg_status index_select(wg_call *call) {
  const wg_tensor *x = &call->in[0], *index = &call->in[1], *y = &call->out;
  int axis = axis_of(call->node), rank = index->shape->rank;
  int64_t size = x->shape->size[axis], count = wg_row_count(index->shape, -1);
  wg_status status = wg_index_check(call, index, size, call->node->attrs[WRAP].integer != 0);
  slices s = slices_of(x, axis, rank, y);
  wg_move move = wg_move_copy(x->dtype, &s.shape, s.of_selected, s.of_x);
  for (int64_t k = 0; k < count && status == WG_OK; k++) {
    int64_t at = index_at(index, k);
    if (at < 0) at += size;
    int64_t to = wg_row_start(index->shape, y->stride + axis, -1, k);
    wg_move_run(&move, wg_view_at(y, to), wg_view_at(x, at * x->stride[axis]));
  }
  return status;
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

static wg_status index_add(wg_call *call) {
  const wg_tensor *x = &call->in[0], *index = &call->in[1], *source = &call->in[2], *y = &call->out;
  int axis = axis_of(call->node);
  int64_t size = x->shape->size[axis], count = wg_row_count(index->shape, -1);
  wg_status status = wg_index_check(call, index, size, call->node->attrs[WRAP].integer != 0);
  wg_move start = wg_move_copy(x->dtype, x->shape, y->stride, x->stride);
  wg_move_run(&start, y->data, x->data);
  slices s = slices_of(y, axis, index->shape->rank, source);
  wg_move move = wg_move_add(x->dtype, &s.shape, s.of_x, s.of_selected);
  for (int64_t k = 0; k < count && status == WG_OK; k++) {
    int64_t at = index_at(index, k);
    if (at < 0) at += size;
    int64_t from = wg_row_start(index->shape, source->stride + axis, -1, k);
    wg_move_run(&move, wg_view_at(y, at * y->stride[axis]), wg_view_at(source, from));
  }
  return status;
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
