/* transpose.c: the last two axes exchanged. */
#include "rule.h"

#include <string.h>

static void swap(int64_t *a, int64_t *b) {
  int64_t kept = *a;
  *a = *b;
  *b = kept;
}

static wg_shape transposed(const wg_shape *shape) {
  wg_shape result = *shape;
  swap(&result.size[result.rank - 1], &result.size[result.rank - 2]);
  return result;
}

static bool transpose_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  if (shape->rank < 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d is below 2: no two axes to exchange", shape->rank);
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = transposed(shape);
  return true;
}

static bool transpose_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  int rank = y->shape->rank;
  out->data = in->data;
  memcpy(out->stride, in->stride, sizeof in->stride);
  swap(&out->stride[rank - 1], &out->stride[rank - 2]);
  return true;
}

static wg_node *transpose_vjp(wg_node *y, wg_node *dy, int i) {
  (void)y, (void)i;
  return wg_transpose(dy);
}

const wg_op wg_op_transpose = {
    .name = "transpose",
    .doc = "xᵀ: exchanges the last two axes, (…,n,k) → (…,k,n). Copies nothing.\n"
           "Errors: rank below 2.",
    .arity = 1,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = transpose_infer,
    .view = transpose_view,
    .vjp = transpose_vjp,
    .notation = {.binds = WG_BINDS_POWER, .unicode = "%+0ᵀ", .ascii = "%+0^T", .latex = "%+0^{\\top}"},
    .samples = (const wg_sample[]){{1, {WG_SAMPLE(-2, 2, 3, 2)}, {{0}}},
                                   {1, {WG_SAMPLE(-2, 2, 1, 4)}, {{0}}},
                                   {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {{0}}},
                                   {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
                                   {0}},
};

/* (xᵀ)ᵀ is x, and a constant of equal elements stays one, so that rules may transpose freely. */
wg_node *wg_transpose(wg_node *x) {
  double value;
  int64_t count;
  if (!wg_node_inert(x) && x->op == &wg_op_transpose) return x->inputs[0];
  if (!wg_node_inert(x) && x->shape->rank >= 2 && wg_node_is_fill(x, &value, &count))
    return wg_reshape(x, transposed(x->shape));
  return wg_apply_1(&wg_op_transpose, x, NULL);
}
