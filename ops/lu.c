/* lu.c: the factors of a square matrix with its rows exchanged, and what is made of them: the solution of linear
 * systems, the inverse and the determinant.
 *
 *     P·A = L·U, L with ones on its diagonal and U upper triangular (Gaussian elimination with partial pivoting)
 *     ∂A = Pᵀ·L⁻ᵀ·(tril₋₁(Lᵀ·∂L) + triu(∂U·Uᵀ))·U⁻ᵀ
 *
 * From L⁻¹·P·dA·U⁻¹ = L⁻¹·dL + dU·U⁻¹, the first term strictly lower and the second upper triangular (de Hoog, Anderssen
 * & Lukas, Differentiation of matrix functionals using triangular factorization, 2011).
 *
 * Both factors are one node, of a row more than A: L below the diagonal and U from there up in the first n rows; in the
 * last one, at i, the number from 1 of the row of A that is row i of P·A, negative if P is an odd permutation. */
#include "lapack.h"
#include "matrix.h"
#include "move.h"

#include <math.h>

/* ---- lu ---- */

static bool lu_infer(wg_draft *draft) {
  if (!wg_infer_square(draft, 0) || !wg_infer_same(draft)) return false;
  draft->shape.size[draft->shape.rank - 2]++;
  return true;
}

#ifdef WG_LAPACK
/* f is the copy of A; its last row takes the numbers of the rows, exchanged as the rows were. */
#define BY_LAPACK(type, suffix)                                                                                        \
  static void transpose_##suffix(int64_t n, type *f) {                                                                 \
    for (int64_t i = 0; i < n; i++)                                                                                    \
      for (int64_t j = 0; j < i; j++) {                                                                                \
        const type kept = f[i * n + j];                                                                                \
        f[i * n + j] = f[j * n + i];                                                                                   \
        f[j * n + i] = kept;                                                                                           \
      }                                                                                                                \
  }                                                                                                                    \
  static bool by_lapack_##suffix(int64_t n, type *f) {                                                                 \
    lapack_int exchanged[WG_LAPACK_LARGEST];                                                                           \
    type *number = f + n * n;                                                                                          \
    bool odd = false;                                                                                                  \
    if (!WG_LAPACK_TAKES(n)) return false;                                                                             \
    transpose_##suffix(n, f);                                                                                          \
    wg_lapack_lu_##suffix(n, f, exchanged);                                                                            \
    transpose_##suffix(n, f);                                                                                          \
    for (int64_t i = 0; i < n; i++) number[i] = (type)(i + 1);                                                         \
    for (int64_t k = 0; k < n; k++) {                                                                                  \
      const type kept = number[k];                                                                                     \
      number[k] = number[exchanged[k] - 1];                                                                            \
      number[exchanged[k] - 1] = kept;                                                                                 \
      odd = odd != (exchanged[k] != k + 1);                                                                            \
    }                                                                                                                  \
    for (int64_t i = 0; i < n && odd; i++) number[i] = -number[i];                                                     \
    return true;                                                                                                       \
  }
#else
#define BY_LAPACK(type, suffix)                                                                                        \
  static bool by_lapack_##suffix(int64_t n, type *f) {                                                                 \
    (void)n, (void)f;                                                                                                  \
    return false;                                                                                                      \
  }
#endif

BY_LAPACK(float, f32)
BY_LAPACK(double, f64)

/* Row `row` of an n×n matrix and its entry in the last row change places with row k. */
#define FACTORS(type, suffix)                                                                                          \
  static void exchange_##suffix(int64_t n, type *f, int64_t k, int64_t row) {                                          \
    for (int64_t j = 0; j < n; j++) {                                                                                  \
      const type kept = f[k * n + j];                                                                                  \
      f[k * n + j] = f[row * n + j];                                                                                   \
      f[row * n + j] = kept;                                                                                           \
    }                                                                                                                  \
    const type number = f[n * n + k];                                                                                  \
    f[n * n + k] = f[n * n + row];                                                                                     \
    f[n * n + row] = number;                                                                                           \
  }                                                                                                                    \
  static void eliminate_##suffix(int64_t n, type *f) {                                                                 \
    bool odd = false;                                                                                                  \
    for (int64_t i = 0; i < n; i++) f[n * n + i] = (type)(i + 1);                                                      \
    for (int64_t k = 0; k < n; k++) {                                                                                  \
      int64_t pivot = k;                                                                                               \
      for (int64_t i = k + 1; i < n; i++)                                                                              \
        if (fabs((double)f[i * n + k]) > fabs((double)f[pivot * n + k])) pivot = i;                                    \
      if (pivot != k) {                                                                                                \
        exchange_##suffix(n, f, k, pivot);                                                                             \
        odd = !odd;                                                                                                    \
      }                                                                                                                \
      for (int64_t i = k + 1; i < n && f[k * n + k] != 0; i++) {                                                       \
        const type factor = f[i * n + k] /= f[k * n + k];                                                              \
        for (int64_t j = k + 1; j < n; j++) f[i * n + j] -= factor * f[k * n + j];                                     \
      }                                                                                                                \
    }                                                                                                                  \
    for (int64_t i = 0; i < n && odd; i++) f[n * n + i] = -f[n * n + i];                                               \
  }                                                                                                                    \
  static wg_status lu_##suffix(wg_call *call) {                                                                        \
    const wg_tensor *a = &call->in[0];                                                                                 \
    wg_shape lead = wg_matrix_lead(a->shape);                                                                          \
    int64_t n = wg_matrix_rows(a->shape), batches = n ? wg_row_count(&lead, -1) : 0;                                   \
    wg_shape one = {2, {n, n}};                                                                                        \
    wg_move copy = wg_move_copy(a->dtype, &one, (int64_t[WG_RANK_MAX]){n, 1}, a->stride + lead.rank);                  \
    for (int64_t batch = 0; batch < batches; batch++) {                                                                \
      type *f = (type *)call->out.data + batch * (n + 1) * n;                                                          \
      wg_move_run(&copy, f, (const type *)a->data + wg_matrix_start(a, &lead, batch));                                 \
      if (!by_lapack_##suffix(n, f)) eliminate_##suffix(n, f);                                                         \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

FACTORS(float, f32)
FACTORS(double, f64)

/* The factors without the last row; and the last row. */
static wg_node *factors_of(wg_node *lu) {
  if (wg_node_inert(lu)) return lu;
  return wg_narrow(lu, -2, 0, wg_node_shape(lu).size[wg_node_shape(lu).rank - 1]);
}
static wg_node *numbers_of(wg_node *lu) { return wg_narrow(lu, -2, -1, 1); }

/* For each row of P·A its place in A, repeated along rows of the shape of `like`, as gather wants it. */
static wg_node *places_of(wg_node *lu, const wg_node *like) {
  wg_node *numbers = wg_abs(numbers_of(lu));
  wg_node *places = wg_cast(wg_sub(numbers, wg_scalar_like(numbers, 1)), WG_I64);
  return wg_broadcast_to(wg_transpose(places), wg_node_shape(like));
}

static wg_node *lu_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[i], *f = factors_of(y), *df = factors_of(dy);
  if (wg_node_inert(df)) return df;
  if (wg_node_size(a) == 0) return wg_fill(a->tape, a->dtype, *a->shape, 0);
  wg_node *l = wg_tril(f, -1), *dl = wg_tril(df, -1); /* l is L without its ones */
  wg_node *lower = wg_tril(wg_add(dl, wg_matmul(wg_transpose(l), dl)), -1);
  wg_node *upper = wg_triu(wg_matmul(wg_triu(df, 0), wg_transpose(wg_triu(f, 0))), 0);
  wg_node *left = wg_triangular_solve(f, wg_add(lower, upper), false, true, true);
  wg_node *both = wg_transpose(wg_triangular_solve(f, wg_transpose(left), true, false, false)); /* left·U⁻ᵀ */
  wg_node *zeros = wg_fill(a->tape, a->dtype, *a->shape, 0);
  return wg_scatter_add(zeros, a->shape->rank - 2, places_of(y, a), both);
}

const wg_op wg_op_lu = {
    .name = "lu",
    .doc = "The factors of P·A = L·U by Gaussian elimination with partial pivoting, (…,n,n) → (…,n+1,n): L, whose "
           "diagonal is 1, below the diagonal, and U from there up; in the last row the permutation, at i the number "
           "from 1 of the row of A that comes to row i, negative if it is odd. As torch.linalg.lu_factor, but for the "
           "permutation. A singular matrix has factors too, with a 0 on U's diagonal, and no derivative (NaN or ∞).\n"
           "Errors: rank below 2, not square; integers.",
    .arity = 1,
    .infer = lu_infer,
    .kernel = {[WG_F32] = lu_f32, [WG_F64] = lu_f64},
    .vjp = lu_vjp,
    .notation = {.unicode = "LU(%-0)", .ascii = "LU(%-0)", .latex = "\\operatorname{LU}(%-0)"},
    .samples = (const wg_sample[]){WG_SAMPLES_SQUARE, {0}},
};

wg_node *wg_lu(wg_node *a) { return wg_apply_1(&wg_op_lu, a, NULL); }

/* ---- solve ---- */

static bool solve_infer(wg_draft *draft) {
  if (!wg_infer_floats(draft) || !wg_infer_square(draft, 0) || !wg_infer_rank(draft, 1, 1)) return false;
  const wg_shape *a = draft->inputs[0]->shape, *b = draft->inputs[1]->shape;
  int64_t equations = wg_matrix_rows(a), rows = b->size[b->rank > 1 ? b->rank - 2 : 0];
  return equations == rows || wg_draft_fail(draft, WG_ERROR_SHAPE, "%lld equations and %lld right-hand sides differ",
                                            (long long)equations, (long long)rows);
}

static wg_node *solve_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0], *b = draft->inputs[1];
  bool vector = b->shape->rank == 1;
  if (vector) b = wg_reshape(b, WG_SHAPE(b->shape->size[0], 1));
  if (wg_node_inert(b)) return b;
  wg_shape a_lead = wg_matrix_lead(a->shape), b_lead = wg_matrix_lead(b->shape), shape;
  if (!wg_shape_broadcast(&a_lead, &b_lead, &shape))
    return wg_fail(b, WG_ERROR_SHAPE, "solve: the leading axes of matrices and right-hand sides do not broadcast");
  shape.size[shape.rank++] = wg_matrix_rows(b->shape);
  shape.size[shape.rank++] = wg_matrix_columns(b->shape);
  wg_node *lu = wg_lu(a), *f = factors_of(lu);
  b = wg_broadcast_to(b, shape);
  wg_node *permuted = wg_gather(b, shape.rank - 2, places_of(lu, b));
  wg_node *x = wg_triangular_solve(f, wg_triangular_solve(f, permuted, false, false, true), true, false, false);
  if (!vector) return x;
  shape.rank--;
  return wg_reshape(x, shape);
}

const wg_op wg_op_solve = {
    .name = "solve",
    .doc =
        "X with A·X = B, (…,n,n) and (…,n,m) → (…,n,m), or (n) → (…,n) for one vector; leading axes broadcast. As "
        "torch.linalg.solve, but that a singular matrix gives ∞ or NaN. Recorded as lu and triangular_solve, so that "
        "one factorization serves all that is made of A.\n"
        "Errors: A not square, sizes that do not fit; integers, two dtypes.",
    .arity = 2,
    .infer = solve_infer,
    .compose = solve_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 2, 3, 3), WG_SAMPLE(-2, 2, 2, 3, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 1, 3, 3), WG_SAMPLE(-2, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 1, 2, 2), WG_SAMPLE(-2, 2, 3, 2, 1)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 2, 2), WG_SAMPLE(-2, 2, 2, 2, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 0), WG_SAMPLE(-2, 2, 0, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 1, 2, 2), WG_SAMPLE(-2, 2, 2, 0)}, {{0}}},
            {0},
        },
};

wg_node *wg_solve(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_solve, a, b, NULL); }

/* ---- inverse ---- */

static bool inverse_infer(wg_draft *draft) { return wg_infer_square(draft, 0) && wg_infer_floats(draft); }

static wg_node *inverse_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0];
  int64_t n = wg_matrix_rows(a->shape);
  return wg_solve(a, wg_eye(a->tape, a->dtype, n, n));
}

const wg_op wg_op_inverse = {
    .name = "inverse",
    .doc =
        "A⁻¹ of square matrices (…,n,n), as torch.linalg.inv, but that a singular matrix gives ∞ or NaN. Recorded as "
        "solve(A, I); to multiply with it, solve is faster and more accurate.\n"
        "Errors: rank below 2, not square; integers.",
    .arity = 1,
    .infer = inverse_infer,
    .compose = inverse_compose,
    .samples = (const wg_sample[]){WG_SAMPLES_SQUARE, {0}},
};

wg_node *wg_inverse(wg_node *a) { return wg_apply_1(&wg_op_inverse, a, NULL); }

/* ---- Determinants ---- */

static const int64_t last[] = {-1};

/* 1 or −1, the sign of the permutation, (…) for matrices (…,n,n) with n > 0. */
static wg_node *permutation_sign(wg_node *lu) {
  wg_shape shape = wg_node_shape(lu);
  if (wg_node_inert(lu)) return lu;
  shape.rank -= 2;
  return wg_reshape(wg_narrow(wg_sign(numbers_of(lu)), -1, 0, 1), shape);
}

/* `value` for each matrix, which has no elements. */
static wg_node *of_nothing(const wg_node *a, double value) {
  return wg_fill(a->tape, a->dtype, wg_matrix_lead(a->shape), value);
}

static wg_node *det_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0];
  if (wg_matrix_rows(a->shape) == 0) return of_nothing(a, 1);
  wg_node *lu = wg_lu(a);
  return wg_mul(permutation_sign(lu), wg_prod(wg_diag(factors_of(lu), 0), 1, last, false));
}

static wg_node *det_sign_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0];
  if (wg_matrix_rows(a->shape) == 0) return of_nothing(a, 1);
  wg_node *lu = wg_lu(a);
  return wg_mul(permutation_sign(lu), wg_prod(wg_sign(wg_diag(factors_of(lu), 0)), 1, last, false));
}

static wg_node *log_abs_det_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0];
  if (wg_matrix_rows(a->shape) == 0) return of_nothing(a, 0);
  return wg_sum(wg_log(wg_abs(wg_diag(factors_of(wg_lu(a)), 0))), 1, last, false);
}

/* ln of the sign is 0, or NaN where the determinant is negative. */
static wg_node *logdet_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0];
  return wg_add(wg_log_abs_det(a), wg_log(wg_det_sign(a)));
}

const wg_op wg_op_det = {
    .name = "det",
    .doc = "The determinant of square matrices, (…,n,n) → (…), as torch.linalg.det; 1 for n = 0. The derivative, "
           "det A·A⁻ᵀ, is NaN or ∞ where A is singular, which that of PyTorch is not. It overflows soon: see "
           "log_abs_det. Recorded as the product of the diagonal of lu.\n"
           "Errors: rank below 2, not square; integers.",
    .arity = 1,
    .infer = inverse_infer,
    .compose = det_compose,
    .samples = (const wg_sample[]){WG_SAMPLES_SQUARE, {0}},
};

const wg_op wg_op_det_sign = {
    .name = "det_sign",
    .doc = "The sign of the determinant of square matrices, (…,n,n) → (…): 1, −1, or 0 if A is singular; the first of "
           "torch.linalg.slogdet. No derivative.\n"
           "Errors: rank below 2, not square; integers.",
    .arity = 1,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = inverse_infer,
    .compose = det_sign_compose,
    .samples = (const wg_sample[]){WG_SAMPLES_SQUARE, {0}},
};

const wg_op wg_op_log_abs_det = {
    .name = "log_abs_det",
    .doc = "ln |det A| of square matrices, (…,n,n) → (…), which does not overflow as det does; −∞ if A is singular, 0 "
           "for n = 0; the second of torch.linalg.slogdet. The derivative is A⁻ᵀ. Recorded as the sum of ln |u_ii| "
           "of lu.\n"
           "Errors: rank below 2, not square; integers.",
    .arity = 1,
    .infer = inverse_infer,
    .compose = log_abs_det_compose,
    .samples = (const wg_sample[]){WG_SAMPLES_SQUARE, {0}},
};

const wg_op wg_op_logdet = {
    .name = "logdet",
    .doc = "ln det A of square matrices, (…,n,n) → (…): NaN where the determinant is negative and −∞ where it is 0, as "
           "torch.logdet. Recorded as log_abs_det + ln det_sign.\n"
           "Errors: rank below 2, not square; integers.",
    .arity = 1,
    .infer = inverse_infer,
    .compose = logdet_compose,
    .samples = (const wg_sample[]){{1, {WG_SAMPLE(0.5, 2, 1, 1)}, {{0}}},
                                   {1, {WG_SAMPLE(0.5, 2, 3, 1, 1)}, {{0}}},
                                   {1, {WG_SAMPLE(-2, 2, 2, 0, 0)}, {{0}}},
                                   {0}},
};

wg_node *wg_det(wg_node *a) { return wg_apply_1(&wg_op_det, a, NULL); }
wg_node *wg_det_sign(wg_node *a) { return wg_apply_1(&wg_op_det_sign, a, NULL); }
wg_node *wg_log_abs_det(wg_node *a) { return wg_apply_1(&wg_op_log_abs_det, a, NULL); }
wg_node *wg_logdet(wg_node *a) { return wg_apply_1(&wg_op_logdet, a, NULL); }
