/* triangle.c: the lower and the upper triangle of a matrix.
 *
 *     tril  y_ij = x_ij for j − i ≤ diagonal, else 0      ∂x = tril(∂y)
 *     triu  y_ij = x_ij for j − i ≥ diagonal, else 0      ∂x = triu(∂y)
 *
 * What is outside is replaced and not multiplied by 0, so that NaN and ∞ there do not matter. */
#include "matrix.h"

enum { DIAGONAL };

static bool triangle_infer(wg_draft *draft) { return wg_infer_rank(draft, 0, 2) && wg_infer_same(draft); }

#define TRIANGLE_OF(name, comparison, type, suffix)                                                                    \
  static wg_status name##_##suffix(wg_call *call) {                                                                    \
    const wg_tensor *x = &call->in[0], *y = &call->out;                                                                \
    int last = x->shape->rank - 1;                                                                                     \
    int64_t n = wg_matrix_rows(x->shape), m = wg_matrix_columns(x->shape), rows = wg_row_count(x->shape, last);        \
    int64_t diagonal = call->node->attrs[DIAGONAL].integer;                                                            \
    for (int64_t r = 0; r < rows; r++) {                                                                               \
      const type *from = (const type *)x->data + wg_row_start(x->shape, x->stride, last, r);                           \
      type *to = (type *)y->data + wg_row_start(y->shape, y->stride, last, r);                                         \
      for (int64_t j = 0; j < m; j++) to[j] = j - r % n comparison diagonal ? from[j * x->stride[last]] : 0;           \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

TRIANGLE_OF(tril, <=, float, f32)
TRIANGLE_OF(tril, <=, double, f64)
TRIANGLE_OF(triu, >=, float, f32)
TRIANGLE_OF(triu, >=, double, f64)

static wg_node *tril_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_tril(dy, y->attrs[DIAGONAL].integer);
}

static wg_node *triu_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_triu(dy, y->attrs[DIAGONAL].integer);
}

static const wg_attr attrs[] = {[DIAGONAL] = {.name = "diagonal", .kind = WG_ATTR_INTEGER}, {0}};

static const wg_sample samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 3)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 3, 5)}, {WG_SAMPLE_NUMBER("diagonal", 1)}},
    {1, {WG_SAMPLE(-2, 2, 2, 4, 2)}, {WG_SAMPLE_NUMBER("diagonal", -1)}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
    {0},
};

const wg_op wg_op_tril = {
    .name = "tril",
    .doc =
        "The lower triangle of the last two axes: x_ij for j − i ≤ `diagonal` (0 by default), and 0 elsewhere; of the "
        "shape of x. As torch.tril.\n"
        "Errors: rank below 2; integers.",
    .arity = 1,
    .attrs = attrs,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = triangle_infer,
    .kernel = {[WG_F32] = tril_f32, [WG_F64] = tril_f64},
    .vjp = tril_vjp,
    .notation = {.unicode = "tril(%-0)", .ascii = "tril(%-0)", .latex = "\\operatorname{tril}(%-0)"},
    .samples = samples,
};

const wg_op wg_op_triu = {
    .name = "triu",
    .doc =
        "The upper triangle of the last two axes: x_ij for j − i ≥ `diagonal` (0 by default), and 0 elsewhere; of the "
        "shape of x. As torch.triu.\n"
        "Errors: rank below 2; integers.",
    .arity = 1,
    .attrs = attrs,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = triangle_infer,
    .kernel = {[WG_F32] = triu_f32, [WG_F64] = triu_f64},
    .vjp = triu_vjp,
    .notation = {.unicode = "triu(%-0)", .ascii = "triu(%-0)", .latex = "\\operatorname{triu}(%-0)"},
    .samples = samples,
};

wg_node *wg_tril(wg_node *x, int64_t diagonal) {
  return wg_apply_1(&wg_op_tril, x, (wg_attr[]){wg_attr_integer("diagonal", diagonal), {0}});
}

wg_node *wg_triu(wg_node *x, int64_t diagonal) {
  return wg_apply_1(&wg_op_triu, x, (wg_attr[]){wg_attr_integer("diagonal", diagonal), {0}});
}
