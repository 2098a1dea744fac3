/* matmul.c: the matrix product.
 *
 *     y = a·b      ∂a = ∂y·bᵀ      ∂b = aᵀ·∂y
 *
 * each summed over the leading axes along which that input was broadcast. */
#include "kernels/kernels.h"
#include "matrix.h"

/* ---- Shape ---- */

static bool matmul_infer(wg_draft *draft) {
  const wg_shape *a = draft->inputs[0]->shape, *b = draft->inputs[1]->shape;
  if (!wg_infer_floats(draft)) return false;
  if (a->rank < 2 || b->rank < 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d is below 2", a->rank < 2 ? a->rank : b->rank);
  int64_t rows = a->size[a->rank - 2], inner = a->size[a->rank - 1], columns = b->size[b->rank - 1];
  if (inner != b->size[b->rank - 2])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "inner sizes %lld and %lld differ", (long long)inner,
                         (long long)b->size[b->rank - 2]);
  wg_shape a_lead = wg_matrix_lead(a), b_lead = wg_matrix_lead(b), lead;
  char a_text[WG_SHAPE_TEXT_SIZE], b_text[WG_SHAPE_TEXT_SIZE];
  if (!wg_shape_broadcast(&a_lead, &b_lead, &lead))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "leading sizes %s and %s do not broadcast",
                         wg_shape_text(&a_lead, a_text), wg_shape_text(&b_lead, b_text));
  lead.size[lead.rank++] = rows;
  lead.size[lead.rank++] = columns;
  draft->shape = lead;
  return true;
}

/* ---- Value ---- */

/* Matrix number `batch` of a tensor whose leading axes are broadcast to `lead`. */
static wg_matrix matrix_at(const wg_tensor *x, const wg_shape *lead, int64_t batch) {
  int64_t start = wg_matrix_start(x, lead, batch) * (int64_t)wg_dtype_size(x->dtype);
  int rank = x->shape->rank;
  return (wg_matrix){(char *)x->data + start, x->stride[rank - 2], x->stride[rank - 1]};
}

/* Both operands are read with the strides they come with, so that a transposed one is not copied. */
static wg_status matmul(wg_call *call) {
  enum { COLUMNS = 64 };
  _Alignas(64) char scratch[COLUMNS * WG_PRODUCT_BLOCK];
  const wg_shape *shape = call->out.shape, lead = wg_matrix_lead(shape);
  const wg_kernels *kernels = wg_kernels_here();
  wg_product_kernel *kernel = call->out.dtype == WG_F32 ? kernels->product_f32 : kernels->product_f64;
  wg_product product = {.rows = wg_matrix_rows(shape),
                        .inner = wg_matrix_columns(call->in[0].shape),
                        .columns = wg_matrix_columns(shape),
                        .c_row = wg_matrix_columns(shape)};
  int64_t batches = wg_row_count(&lead, -1), bytes = product.rows * product.columns;
  bytes *= (int64_t)wg_dtype_size(call->out.dtype);
  const wg_range range = wg_product_range(&product);
  for (int64_t batch = 0; batch < batches && bytes > 0; batch++) {
    product.a = matrix_at(&call->in[0], &lead, batch);
    product.b = matrix_at(&call->in[1], &lead, batch);
    product.c = (char *)call->out.data + batch * bytes;
    kernel(&product, &range, scratch, COLUMNS);
  }
  return WG_OK;
}

/* ---- Rule and notation ---- */

static wg_node *matmul_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1];
  if (i == 0) return wg_sum_to(wg_matmul(dy, wg_transpose(b)), a);
  return wg_sum_to(wg_matmul(wg_transpose(a), dy), b);
}

/* Products in a row are read from the left; an elementwise product or a quotient inside gets parentheses. */
static const char *matmul_write(const wg_node *y, wg_script script) {
  static const char *const chain[] = {"%0·%+1", "%0 . %+1", "%0 %+1"}, *const apart[] = {"%+0·%+1", "%+0 . %+1",
                                                                                         "%+0 %+1"};
  return (y->inputs[0]->op == y->op ? chain : apart)[script];
}

const wg_op wg_op_matmul = {
    .name = "matmul",
    .doc = "a·b, the matrix product of the last two axes, (…,n,k)·(…,k,m) → (…,n,m); leading axes broadcast as "
           "in NumPy. An inner size of 0 gives zeros.\n"
           "Errors: a rank below 2; inner sizes that differ; leading axes that do not broadcast; integers, two "
           "dtypes.",
    .arity = 2,
    .linearity = WG_LINEAR_EACH,
    .infer = matmul_infer,
    .kernel = {[WG_F32] = matmul, [WG_F64] = matmul},
    .vjp = matmul_vjp,
    .notation =
        {.binds = WG_BINDS_PRODUCT, .unicode = "%0·%+1", .ascii = "%0 . %+1", .latex = "%0 %+1", .write = matmul_write},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 1, 5), WG_SAMPLE(-2, 2, 5, 1)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 5, 9), WG_SAMPLE(-2, 2, 9, 5)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 1, 3, 2), WG_SAMPLE(-2, 2, 3, 2, 1)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 2), WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 0), WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_matmul(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_matmul, a, b, NULL); }
