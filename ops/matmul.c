/* matmul.c: the matrix product.
 *
 *     y = a·b      ∂a = ∂y·bᵀ      ∂b = aᵀ·∂y
 *
 * each summed over the leading axes along which that input was broadcast. */
#include "axis.h"
#include "rule.h"

#include <string.h>

/* ---- Shape ---- */

/* The axes before the last two. */
static wg_shape leading(const wg_shape *shape) {
  wg_shape lead = *shape;
  lead.rank -= 2;
  return lead;
}

static bool matmul_infer(wg_draft *draft) {
  const wg_shape *a = draft->inputs[0]->shape, *b = draft->inputs[1]->shape;
  if (!wg_infer_floats(draft)) return false;
  if (a->rank < 2 || b->rank < 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d is below 2", a->rank < 2 ? a->rank : b->rank);
  int64_t rows = a->size[a->rank - 2], inner = a->size[a->rank - 1], columns = b->size[b->rank - 1];
  if (inner != b->size[b->rank - 2])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "inner sizes %lld and %lld differ", (long long)inner,
                         (long long)b->size[b->rank - 2]);
  wg_shape a_lead = leading(a), b_lead = leading(b), lead;
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

#define REAL float
#define NAME(name) name##_f32
#include "matmul_kernel.h"
#undef REAL
#undef NAME
#define REAL double
#define NAME(name) name##_f64
#include "matmul_kernel.h"
#undef REAL
#undef NAME

/* Matrix number `batch` of a tensor whose leading axes are broadcast to `lead`. */
static matrix matrix_at(const wg_tensor *x, const wg_shape *lead, int64_t batch) {
  int rank = x->shape->rank, missing = lead->rank - (rank - 2);
  int64_t stride[WG_RANK_MAX] = {0};
  for (int axis = missing; axis < lead->rank; axis++)
    if (x->shape->size[axis - missing] != 1) stride[axis] = x->stride[axis - missing];
  int64_t start = wg_row_start(lead, stride, -1, batch) * (int64_t)wg_dtype_size(x->dtype);
  return (matrix){(char *)x->data + start, x->stride[rank - 2], x->stride[rank - 1]};
}

static wg_status matmul(wg_call *call) {
  const wg_shape *shape = call->out.shape, *a = call->in[0].shape, lead = leading(shape);
  matmul_sizes sizes = {shape->size[shape->rank - 2], a->size[a->rank - 1], shape->size[shape->rank - 1]};
  int64_t batches = wg_row_count(&lead, -1), matrix_bytes = sizes.rows * sizes.columns;
  matrix_bytes *= (int64_t)wg_dtype_size(call->out.dtype);
  if (matrix_bytes == 0) return WG_OK;
  if (sizes.inner == 0) memset(call->out.data, 0, (size_t)(batches * matrix_bytes));
  for (int64_t batch = 0; batch < batches; batch++) {
    matrix at = matrix_at(&call->in[0], &lead, batch), bt = matrix_at(&call->in[1], &lead, batch);
    matrix ct = {(char *)call->out.data + batch * matrix_bytes, sizes.columns, 1};
    if (call->out.dtype == WG_F32)
      product_f32(&sizes, &at, &bt, &ct);
    else
      product_f64(&sizes, &at, &bt, &ct);
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
