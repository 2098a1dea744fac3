/* triangular_solve.c: the solution of T·X = B for a triangular T, which is a triangle of A or its transpose.
 *
 *     X = T⁻¹·B      ∂B = T⁻ᵀ·∂X      ∂T = −∂B·Xᵀ, of which the triangle counts
 *
 * (Giles, Collected Matrix Derivative Results for Forward and Reverse Mode Algorithmic Differentiation, 2008.) */
#include "matrix.h"
#include "move.h"

enum { UPPER, TRANSPOSED, UNIT };

static bool triangular_solve_infer(wg_draft *draft) {
  const wg_shape *a = draft->inputs[0]->shape, *b = draft->inputs[1]->shape;
  if (!wg_infer_floats(draft) || !wg_infer_square(draft, 0) || !wg_infer_rank(draft, 1, 2)) return false;
  if (wg_matrix_rows(a) != wg_matrix_rows(b))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "%lld equations and %lld rows of right-hand sides differ",
                         (long long)wg_matrix_rows(a), (long long)wg_matrix_rows(b));
  wg_shape a_lead = wg_matrix_lead(a), b_lead = wg_matrix_lead(b);
  char a_text[WG_SHAPE_TEXT_SIZE], b_text[WG_SHAPE_TEXT_SIZE];
  if (!wg_shape_broadcast(&a_lead, &b_lead, &draft->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "leading sizes %s and %s do not broadcast",
                         wg_shape_text(&a_lead, a_text), wg_shape_text(&b_lead, b_text));
  draft->shape.size[draft->shape.rank++] = wg_matrix_rows(b);
  draft->shape.size[draft->shape.rank++] = wg_matrix_columns(b);
  return true;
}

/* One system, in place of its right-hand sides x (n,m): row by row, x_i = (x_i − Σ t_ij·x_j) / t_ii over the rows j
 * that are known, from the first row if T is lower and from the last if it is upper. */
#define SUBSTITUTE(type, suffix)                                                                                       \
  static void substitute_##suffix(int64_t n, int64_t m, const type *t, int64_t row, int64_t column, bool upper,        \
                                  bool unit, type *x) {                                                                \
    for (int64_t done = 0; done < n; done++) {                                                                         \
      int64_t i = upper ? n - 1 - done : done;                                                                         \
      type *xi = x + i * m;                                                                                            \
      for (int64_t k = 0; k < done; k++) {                                                                             \
        int64_t j = upper ? n - 1 - k : k;                                                                             \
        const type factor = t[i * row + j * column], *xj = x + j * m;                                                  \
        for (int64_t c = 0; c < m; c++) xi[c] -= factor * xj[c];                                                       \
      }                                                                                                                \
      for (int64_t c = 0; c < m && !unit; c++) xi[c] /= t[i * row + i * column];                                       \
    }                                                                                                                  \
  }                                                                                                                    \
  static wg_status triangular_solve_##suffix(wg_call *call) {                                                          \
    const wg_tensor *a = &call->in[0], *b = &call->in[1], *x = &call->out;                                             \
    const wg_attr *attrs = call->node->attrs;                                                                          \
    wg_shape lead = wg_matrix_lead(x->shape), one = {2, {wg_matrix_rows(x->shape), wg_matrix_columns(x->shape)}};      \
    int64_t n = one.size[0], m = one.size[1], batches = n && m ? wg_row_count(&lead, -1) : 0;                          \
    int64_t row = a->stride[a->shape->rank - 2], column = a->stride[a->shape->rank - 1];                               \
    bool transposed = attrs[TRANSPOSED].integer != 0, upper = (attrs[UPPER].integer != 0) != transposed;               \
    wg_move copy = wg_move_copy(x->dtype, &one, x->stride + lead.rank, b->stride + b->shape->rank - 2);                \
    for (int64_t batch = 0; batch < batches; batch++) {                                                                \
      type *to = (type *)x->data + batch * n * m;                                                                      \
      const type *t = (const type *)a->data + wg_matrix_start(a, &lead, batch);                                        \
      wg_move_run(&copy, to, (const type *)b->data + wg_matrix_start(b, &lead, batch));                                \
      substitute_##suffix(n, m, t, transposed ? column : row, transposed ? row : column, upper,                        \
                          attrs[UNIT].integer != 0, to);                                                               \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

SUBSTITUTE(float, f32)
SUBSTITUTE(double, f64)

static wg_node *triangular_solve_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1];
  bool upper = y->attrs[UPPER].integer, transposed = y->attrs[TRANSPOSED].integer, unit = y->attrs[UNIT].integer;
  wg_node *db = wg_triangular_solve(a, dy, upper, !transposed, unit);
  if (i == 1) return wg_sum_to(db, b);
  wg_node *da = transposed ? wg_matmul(y, wg_transpose(db)) : wg_matmul(db, wg_transpose(y));
  return wg_sum_to(wg_neg(upper ? wg_triu(da, unit) : wg_tril(da, unit ? -1 : 0)), a);
}

static const char *triangular_solve_write(const wg_node *y, wg_script script) {
  static const char *const forms[2][2][3] = {
      {{"tril(%-0)⁻¹·%+1", "inv(tril(%-0)) . %+1", "\\operatorname{tril}(%-0)^{-1} %+1"},
       {"tril(%-0)⁻ᵀ·%+1", "inv(tril(%-0)^T) . %+1", "\\operatorname{tril}(%-0)^{-\\top} %+1"}},
      {{"triu(%-0)⁻¹·%+1", "inv(triu(%-0)) . %+1", "\\operatorname{triu}(%-0)^{-1} %+1"},
       {"triu(%-0)⁻ᵀ·%+1", "inv(triu(%-0)^T) . %+1", "\\operatorname{triu}(%-0)^{-\\top} %+1"}}};
  return forms[y->attrs[UPPER].integer != 0][y->attrs[TRANSPOSED].integer != 0][script];
}

const wg_op wg_op_triangular_solve = {
    .name = "triangular_solve",
    .doc =
        "X with T·X = B, (…,n,n) and (…,n,m) → (…,n,m), where T is the lower triangle of A, or with `upper` the upper "
        "one, and with `transposed` its transpose; with `unit` its diagonal counts as 1. The rest of A is not read. "
        "Leading axes broadcast. A 0 on the diagonal divides by 0. As torch.linalg.solve_triangular; the transpose "
        "is taken after the triangle.\n"
        "Errors: ranks below 2, A not square, sizes that do not fit; integers, two dtypes.",
    .arity = 2,
    .attrs = (const wg_attr[]){[UPPER] = {.name = "upper", .kind = WG_ATTR_INTEGER},
                               [TRANSPOSED] = {.name = "transposed", .kind = WG_ATTR_INTEGER},
                               [UNIT] = {.name = "unit", .kind = WG_ATTR_INTEGER},
                               {0}},
    .infer = triangular_solve_infer,
    .kernel = {[WG_F32] = triangular_solve_f32, [WG_F64] = triangular_solve_f64},
    .vjp = triangular_solve_vjp,
    .notation = {.binds = WG_BINDS_PRODUCT, .write = triangular_solve_write},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(1, 2, 3, 3), WG_SAMPLE(-2, 2, 3, 2)}, {{0}}},
            {2, {WG_SAMPLE(1, 2, 3, 3), WG_SAMPLE(-2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("upper", 1)}},
            {2, {WG_SAMPLE(1, 2, 3, 3), WG_SAMPLE(-2, 2, 3, 1)}, {WG_SAMPLE_NUMBER("transposed", 1)}},
            {2,
             {WG_SAMPLE(1, 2, 2, 2, 2), WG_SAMPLE(-2, 2, 2, 3)},
             {WG_SAMPLE_NUMBER("upper", 1), WG_SAMPLE_NUMBER("transposed", 1)}},
            {2, {WG_SAMPLE(-1, 1, 3, 3), WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("unit", 1)}},
            {2,
             {WG_SAMPLE(-1, 1, 3, 3), WG_SAMPLE(-2, 2, 3, 3)},
             {WG_SAMPLE_NUMBER("upper", 1), WG_SAMPLE_NUMBER("unit", 1)}},
            {2, {WG_SAMPLE(1, 2, 0, 0), WG_SAMPLE(-2, 2, 0, 2)}, {{0}}},
            {2, {WG_SAMPLE(1, 2, 0, 2, 2), WG_SAMPLE(-2, 2, 2, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_triangular_solve(wg_node *a, wg_node *b, bool upper, bool transposed, bool unit) {
  return wg_apply_2(&wg_op_triangular_solve, a, b,
                    (wg_attr[]){wg_attr_integer("upper", upper ? 1 : 0),
                                wg_attr_integer("transposed", transposed ? 1 : 0),
                                wg_attr_integer("unit", unit ? 1 : 0),
                                {0}});
}
