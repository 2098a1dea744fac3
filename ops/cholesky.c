/* cholesky.c: the Cholesky factor, the lower triangular L with L·Lᵀ = A for a symmetric, positive definite A.
 *
 *     P = Φ(Lᵀ·∂L)      S = L⁻ᵀ·P·L⁻¹      ∂A = (S + Sᵀ) / 2
 *
 * where Φ takes the lower triangle and halves the diagonal (Murray, Differentiation of the Cholesky decomposition, 2016,
 * equations 9 and 10). A is read as (A + Aᵀ)/2, of which that is the derivative by each element. */
#include "function.h"
#include "lapack.h"
#include "matrix.h"

#include <math.h>

enum { JITTER };

static bool cholesky_infer(wg_draft *draft) { return wg_infer_square(draft, 0) && wg_infer_same(draft); }

#ifdef WG_LAPACK
#define BY_LAPACK(type, suffix)                                                                                        \
  if (WG_LAPACK_TAKES(n)) {                                                                                            \
    for (int64_t i = 0; i < n; i++)                                                                                    \
      for (int64_t j = 0; j < n; j++)                                                                                  \
        l[i * n + j] = j > i ? 0 : (a[i * row + j * column] + a[j * row + i * column]) / 2;                            \
    for (int64_t i = 0; i < n; i++) l[i * n + i] += (type)jitter;                                                      \
    return wg_lapack_cholesky_##suffix(n, l);                                                                          \
  }
#else
#define BY_LAPACK(type, suffix)
#endif

/* Row by row (Cholesky–Banachiewicz), sums in double for both types. The number of the first leading minor that is not
 * positive, or 0. */
#define FACTOR(type, suffix)                                                                                           \
  static int64_t factor_##suffix(int64_t n, const type *a, int64_t row, int64_t column, double jitter, type *l) {      \
    BY_LAPACK(type, suffix)                                                                                            \
    for (int64_t i = 0; i < n; i++) {                                                                                  \
      for (int64_t j = 0; j <= i; j++) {                                                                               \
        double sum = ((double)a[i * row + j * column] + (double)a[j * row + i * column]) / 2 + (i == j ? jitter : 0);  \
        for (int64_t k = 0; k < j; k++) sum -= (double)l[i * n + k] * (double)l[j * n + k];                            \
        if (i == j && !(sum > 0)) return i + 1;                                                                        \
        l[i * n + j] = (type)(i == j ? sqrt(sum) : sum / (double)l[j * n + j]);                                        \
      }                                                                                                                \
      for (int64_t j = i + 1; j < n; j++) l[i * n + j] = 0;                                                            \
    }                                                                                                                  \
    return 0;                                                                                                          \
  }                                                                                                                    \
  static wg_status cholesky_##suffix(wg_call *call) {                                                                  \
    const wg_tensor *a = &call->in[0];                                                                                 \
    wg_shape lead = wg_matrix_lead(a->shape);                                                                          \
    int64_t n = wg_matrix_rows(a->shape), batches = n ? wg_row_count(&lead, -1) : 0;                                   \
    for (int64_t batch = 0; batch < batches; batch++) {                                                                \
      int64_t minor = factor_##suffix(n, (const type *)a->data + wg_matrix_start(a, &lead, batch),                     \
                                      a->stride[lead.rank], a->stride[lead.rank + 1],                                  \
                                      call->node->attrs[JITTER].number, (type *)call->out.data + batch * n * n);       \
      if (minor)                                                                                                       \
        return wg_call_fail(call, WG_ERROR_DATA,                                                                       \
                            "matrix %lld is not positive definite: its leading minor of order %lld is not positive",   \
                            (long long)batch, (long long)minor);                                                       \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

FACTOR(float, f32)
FACTOR(double, f64)

static wg_node *cholesky_vjp(wg_node *l, wg_node *dl, int i) {
  (void)i;
  wg_node *product = wg_matmul(wg_transpose(l), dl);
  wg_node *p = wg_sub(wg_tril(product, 0), wg_scale(wg_diag_embed(wg_diag(product, 0), 0), 0.5));
  wg_node *left = wg_triangular_solve(l, p, false, true, false);               /* L⁻ᵀ·P */
  wg_node *s = wg_triangular_solve(l, wg_transpose(left), false, true, false); /* its transpose, L⁻ᵀ·(L⁻ᵀ·P)ᵀ = Sᵀ */
  return wg_scale(wg_add(s, wg_transpose(s)), 0.5);
}

const wg_op wg_op_cholesky = {
    .name = "cholesky",
    .doc = "The lower triangular L with positive diagonal and L·Lᵀ = A, for symmetric, positive definite matrices "
           "(…,n,n); with `jitter`, of A + jitter·I. A is read as (A + Aᵀ)/2, and its derivative is symmetric, as that "
           "of torch.linalg.cholesky, which reads the lower triangle alone.\n"
           "Errors: rank below 2, not square; integers; in a run (WG_ERROR_DATA), a matrix that is not positive "
           "definite, or has a NaN.",
    .arity = 1,
    .attrs = (const wg_attr[]){[JITTER] = {.name = "jitter", .kind = WG_ATTR_NUMBER}, {0}},
    .infer = cholesky_infer,
    .kernel = {[WG_F32] = cholesky_f32, [WG_F64] = cholesky_f64},
    .vjp = cholesky_vjp,
    .notation = {.unicode = "chol(%-0)", .ascii = "chol(%-0)", .latex = "\\operatorname{chol}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-1, 1, 3, 3)}, {WG_SAMPLE_REAL("jitter", 5)}},
            {1, {WG_SAMPLE(-1, 1, 2, 2, 2)}, {WG_SAMPLE_REAL("jitter", 4)}},
            {1, {WG_SAMPLE(0.5, 2, 3, 1, 1)}, {{0}}},
            {1, {WG_SAMPLE(-1, 1, 0, 0)}, {{0}}},
            {1, {WG_SAMPLE(-1, 1, 0, 2, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_cholesky(wg_node *x, double jitter) {
  return wg_apply_1(&wg_op_cholesky, x, (wg_attr[]){wg_attr_number("jitter", jitter), {0}});
}
