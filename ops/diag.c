/* diag.c: the diagonal of a matrix, a matrix of which that is the diagonal, and the trace.
 *
 *     diag        y_i = x_ii                    ∂x = diag_embed(∂y)
 *     diag_embed  y_ii = x_i, else 0            ∂x = diag(∂y)
 *     trace       y = Σ x_ii
 *
 * `offset` k means the diagonal x_{i,i+k}: above the main one for k > 0, below for k < 0. */
#include "matrix.h"
#include "move.h"
#include "view.h"

enum { OFFSET, ROWS, COLUMNS };

/* How many elements a diagonal has. */
static int64_t diagonal_length(int64_t rows, int64_t columns, int64_t offset) {
  int64_t down = offset < 0 ? rows + offset : rows, right = offset > 0 ? columns - offset : columns;
  int64_t length = down < right ? down : right;
  return length > 0 ? length : 0;
}

/* The place of its first element, which must be there. */
static int64_t diagonal_start(int64_t offset, int64_t row_stride, int64_t column_stride) {
  return offset < 0 ? -offset * row_stride : offset * column_stride;
}

/* ---- diag ---- */

static bool diag_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  if (!wg_infer_rank(draft, 0, 2)) return false;
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = wg_matrix_lead(shape);
  draft->shape.size[draft->shape.rank++] =
      diagonal_length(wg_matrix_rows(shape), wg_matrix_columns(shape), draft->attrs[OFFSET].integer);
  return true;
}

static bool diag_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  int last = y->shape->rank - 1;
  for (int axis = 0; axis < last; axis++) out->stride[axis] = in->stride[axis];
  out->stride[last] = in->stride[last] + in->stride[last + 1];
  out->data = in->data;
  if (y->shape->size[last] > 0)
    out->data = wg_view_at(in, diagonal_start(y->attrs[OFFSET].integer, in->stride[last], in->stride[last + 1]));
  return true;
}

static wg_node *diag_vjp(wg_node *y, wg_node *dy, int i) {
  const wg_shape *shape = y->inputs[i]->shape;
  return wg_apply_1(&wg_op_diag_embed, dy,
                    (wg_attr[]){y->attrs[OFFSET],
                                wg_attr_integer("rows", wg_matrix_rows(shape)),
                                wg_attr_integer("columns", wg_matrix_columns(shape)),
                                {0}});
}

const wg_op wg_op_diag = {
    .name = "diag",
    .doc = "The diagonal of the last two axes, y_i = x_{i,i+offset}, (…,n,m) → (…,k) for its k elements, none if the "
           "offset is outside. Copies nothing. As torch.diagonal of the last two axes.\n"
           "Errors: rank below 2.",
    .arity = 1,
    .attrs = (const wg_attr[]){[OFFSET] = {.name = "offset", .kind = WG_ATTR_INTEGER}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = diag_infer,
    .view = diag_view,
    .vjp = diag_vjp,
    .notation = {.unicode = "diag(%-0)", .ascii = "diag(%-0)", .latex = "\\operatorname{diag}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 3)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 3, 5)}, {WG_SAMPLE_NUMBER("offset", 1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 4, 2)}, {WG_SAMPLE_NUMBER("offset", -1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 2)}, {WG_SAMPLE_NUMBER("offset", 3)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_diag(wg_node *x, int64_t offset) {
  return wg_apply_1(&wg_op_diag, x, (wg_attr[]){wg_attr_integer("offset", offset), {0}});
}

/* ---- diag_embed ---- */

static bool diag_embed_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int64_t offset = draft->attrs[OFFSET].integer, rows = draft->attrs[ROWS].integer,
          columns = draft->attrs[COLUMNS].integer;
  if (!wg_infer_floats(draft) || !wg_infer_rank(draft, 0, 1)) return false;
  if (shape->rank == WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d leaves no axis for the columns", shape->rank);
  int64_t length = shape->size[shape->rank - 1], most = INT64_MAX / 2;
  if (offset > most || offset < -most)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the offset %lld is larger than any matrix", (long long)offset);
  draft->shape = *shape;
  draft->shape.size[draft->shape.rank++] = 0;
  int64_t side = length + (offset < 0 ? -offset : offset);
  if (rows < 0) rows = side;
  if (columns < 0) columns = side;
  if (diagonal_length(rows, columns, offset) != length)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "a matrix (%lld,%lld) has another diagonal", (long long)rows,
                         (long long)columns);
  draft->shape.size[draft->shape.rank - 2] = rows;
  draft->shape.size[draft->shape.rank - 1] = columns;
  return true;
}

static wg_status diag_embed(wg_call *call) {
  const wg_tensor *x = &call->in[0], *y = &call->out;
  int last = x->shape->rank - 1;
  wg_tensor diagonal = *y;
  diagonal.stride[last] = y->stride[last] + y->stride[last + 1];
  wg_tensor_fill(y, 0);
  if (wg_row_count(x->shape, -1) == 0) return WG_OK;
  diagonal.data =
      wg_view_at(y, diagonal_start(call->node->attrs[OFFSET].integer, y->stride[last], y->stride[last + 1]));
  wg_move move = wg_move_copy(x->dtype, x->shape, diagonal.stride, x->stride);
  wg_move_run(&move, diagonal.data, x->data);
  return WG_OK;
}

static wg_node *diag_embed_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_diag(dy, y->attrs[OFFSET].integer);
}

const wg_op wg_op_diag_embed = {
    .name = "diag_embed",
    .doc =
        "Matrices with x on the diagonal, y_{i,i+offset} = x_i, and 0 elsewhere, (…,k) → (…,rows,columns); by default "
        "square and just large enough, as torch.diag_embed.\n"
        "Errors: rank 0 or of the most axes, a diagonal of another length; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[OFFSET] = {.name = "offset", .kind = WG_ATTR_INTEGER},
                               [ROWS] = {.name = "rows", .kind = WG_ATTR_INTEGER, .integer = -1},
                               [COLUMNS] = {.name = "columns", .kind = WG_ATTR_INTEGER, .integer = -1},
                               {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = diag_embed_infer,
    .kernel = {[WG_F32] = diag_embed, [WG_F64] = diag_embed},
    .vjp = diag_embed_vjp,
    .notation = {.unicode = "Diag(%-0)", .ascii = "Diag(%-0)", .latex = "\\operatorname{Diag}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_NUMBER("offset", 2)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 3)},
             {WG_SAMPLE_NUMBER("offset", -1), WG_SAMPLE_NUMBER("rows", 4), WG_SAMPLE_NUMBER("columns", 6)}},
            {1, {WG_SAMPLE(-2, 2, 0)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_diag_embed(wg_node *x, int64_t offset) {
  return wg_apply_1(&wg_op_diag_embed, x, (wg_attr[]){wg_attr_integer("offset", offset), {0}});
}

/* ---- trace ---- */

static bool trace_infer(wg_draft *draft) { return wg_infer_rank(draft, 0, 2) && wg_infer_floats(draft); }

static wg_node *trace_compose(const wg_draft *draft) {
  return wg_sum(wg_diag(draft->inputs[0], 0), 1, (int64_t[]){-1}, false);
}

const wg_op wg_op_trace = {
    .name = "trace",
    .doc = "Σ x_ii, the trace of the last two axes, (…,n,m) → (…), as torch.trace of a matrix. Recorded as the sum of "
           "diag.\n"
           "Errors: rank below 2; integers.",
    .arity = 1,
    .infer = trace_infer,
    .compose = trace_compose,
    .samples = (const wg_sample[]){{1, {WG_SAMPLE(-2, 2, 3, 3)}, {{0}}},
                                   {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {{0}}},
                                   {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
                                   {0}},
};

wg_node *wg_trace(wg_node *x) { return wg_apply_1(&wg_op_trace, x, NULL); }
