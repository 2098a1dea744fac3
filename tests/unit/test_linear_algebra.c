/* Linear algebra, against hand calculation and plain C: products, einsum, diagonals and triangles, factors, systems of
 * equations and determinants; their derivatives, and what they refuse. */
#include "numbers.h"

#include "../../engine/op.h"

#include <math.h>
#include <string.h>

static void assert_near(wg_node *node, size_t n, const double *expected, double bound) {
  double *actual = new_f64(n);
  assert_tape_good(tape);
  assert_int_equal(wg_node_size(node), n);
  run_node(node, 0, NULL, actual);
  for (size_t i = 0; i < n; i++)
    if (isnan(expected[i]) ? !isnan(actual[i]) : !(actual[i] == expected[i] || fabs(actual[i] - expected[i]) <= bound))
      fail_msg("%s: element %zu is %.17g, expected %.17g", wg_node_op(node), i, actual[i], expected[i]);
  free(actual);
}

static void assert_values(wg_node *node, size_t n, const double *expected) { assert_near(node, n, expected, 1e-14); }

static void assert_shape(const wg_node *node, wg_shape expected) {
  char text[WG_SHAPE_TEXT_SIZE], wanted[WG_SHAPE_TEXT_SIZE];
  wg_shape shape = wg_node_shape(node);
  assert_string_equal(wg_shape_text(&shape, text), wg_shape_text(&expected, wanted));
}

/* ---- Products ---- */

static void products_of_vectors_follow_their_formulas(void **state) {
  (void)state;
  wg_node *a = VECTOR(1, 2, 3), *b = VECTOR(4, 5, 6), *m = MATRIX(2, 3, 1, 0, 2, -1, 3, 1);
  assert_values(wg_dot(a, b), VALUES(32));
  assert_values(wg_outer(a, VECTOR(1, 10)), VALUES(1, 10, 2, 20, 3, 30));
  assert_values(wg_matvec(m, a), VALUES(7, 8));
  assert_values(wg_vecmat(VECTOR(2, 1), m), VALUES(1, 3, 5));
  assert_shape(wg_matvec(wg_fill(tape, WG_F64, WG_SHAPE(4, 1, 2, 3), 1), wg_fill(tape, WG_F64, WG_SHAPE(5, 3), 1)),
               WG_SHAPE(4, 5, 2));
  assert_shape(wg_vecmat(wg_fill(tape, WG_F64, WG_SHAPE(5, 2), 1), wg_fill(tape, WG_F64, WG_SHAPE(4, 1, 2, 3), 1)),
               WG_SHAPE(4, 5, 3));
}

/* ((1,2),(3,4)) ⊗ ((0,5),(6,7)), the example of the definition. */
static void the_kronecker_product_is_made_of_blocks(void **state) {
  (void)state;
  assert_values(wg_kron(MATRIX(2, 2, 1, 2, 3, 4), MATRIX(2, 2, 0, 5, 6, 7)),
                VALUES(0, 5, 0, 10, 6, 7, 12, 14, 0, 15, 0, 20, 18, 21, 24, 28));
  assert_values(wg_kron(VECTOR(1, 2), MATRIX(2, 1, 3, 4)), VALUES(3, 6, 4, 8));
}

static void products_refuse_what_does_not_fit(void **state) {
  (void)state;
  wg_node *v = wg_input(tape, "v", WG_F64, WG_SHAPE(3)), *m = wg_input(tape, "m", WG_F64, WG_SHAPE(2, 3));
  wg_dot(v, wg_fill(tape, WG_F64, WG_SHAPE(2), 1));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the lengths 3 and 2 differ");
  wg_outer(v, m);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "rank 2 is not 1: two vectors are wanted");
  wg_vecmat(v, m);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "inner sizes 3 and 2 differ");
  wg_matvec(v, v);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "rank 1 is below 2");
}

/* ---- einsum ---- */

static wg_node *einsum_1(const char *equation, wg_node *a) { return wg_einsum(equation, 1, (wg_node *[]){a}); }
static wg_node *einsum_2(const char *equation, wg_node *a, wg_node *b) {
  return wg_einsum(equation, 2, (wg_node *[]){a, b});
}

static void einsum_writes_the_known_operations(void **state) {
  (void)state;
  wg_node *a = MATRIX(2, 3, 1, 2, 3, 4, 5, 6), *b = MATRIX(3, 2, 1, 0, 2, -1, 0, 3), *s = MATRIX(2, 2, 1, 2, 3, 4);
  assert_values(einsum_2("ij,jk->ik", a, b), VALUES(5, 7, 14, 13));
  assert_values(einsum_2("ij,jk->ki", a, b), VALUES(5, 14, 7, 13));
  assert_values(einsum_2("ij,jk", a, b), VALUES(5, 7, 14, 13));
  assert_values(einsum_2("ba,cb", a, b), VALUES(1, -2, 12, 2, -1, 15, 3, 0, 18)); /* ac: Σ_b a_ba·b_cb */
  assert_values(einsum_1("ij->ji", a), VALUES(1, 4, 2, 5, 3, 6));
  assert_values(einsum_1("ij->j", a), VALUES(5, 7, 9));
  assert_values(einsum_1("ij->", a), VALUES(21));
  assert_values(einsum_1("ii->i", s), VALUES(1, 4));
  assert_values(einsum_1("ii", s), VALUES(5));
  assert_values(einsum_2("ij,ij->ij", s, s), VALUES(1, 4, 9, 16));
  assert_values(einsum_2("ij,ij->", s, s), VALUES(30));
  assert_values(einsum_2("i , j -> ij", VECTOR(1, 2), VECTOR(3, 4)), VALUES(3, 4, 6, 8));
  assert_values(einsum_2("ij,k->k", s, VECTOR(1, 2)), VALUES(10, 20));
}

/* y_lda = Σ_{b,c} x_abc·y_cdb·z_la, by loops. */
static void einsum_of_three_operands_is_the_sum_by_loops(void **state) {
  (void)state;
  enum { A = 2, B = 3, C = 4, D = 2, L = 3 };
  double x[A][B][C], y[C][D][B], z[L][A], expected[L * D * A] = {0};
  fill_f64(&x[0][0][0], A * B * C, -1, 1, 1);
  fill_f64(&y[0][0][0], C * D * B, -1, 1, 2);
  fill_f64(&z[0][0], L * A, -1, 1, 3);
  for (int l = 0; l < L; l++)
    for (int d = 0; d < D; d++)
      for (int a = 0; a < A; a++)
        for (int b = 0; b < B; b++)
          for (int c = 0; c < C; c++) expected[(l * D + d) * A + a] += x[a][b][c] * y[c][d][b] * z[l][a];
  wg_node *operands[] = {numbers(WG_SHAPE(A, B, C), &x[0][0][0]), numbers(WG_SHAPE(C, D, B), &y[0][0][0]),
                         numbers(WG_SHAPE(L, A), &z[0][0])};
  assert_values(wg_einsum("abc,cdb,la->lda", 3, operands), COUNT_OF(expected), expected);
}

static void einsum_says_what_is_wrong_with_an_equation(void **state) {
  (void)state;
  static const struct {
    const char *equation, *message;
    wg_status status;
  } cases[] = {
      {"ij,jk->i1", "'ij,jk->i1': indices are letters", WG_ERROR_ARGUMENT},
      {"ij,jk-ik", "after the operands comes ->", WG_ERROR_ARGUMENT},
      {"ij,jk->ik,j", "there is one result", WG_ERROR_ARGUMENT},
      {"ij,jk->ii", "an index occurs twice in the result", WG_ERROR_ARGUMENT},
      {"ij,jk->il", "an index of the result is in no operand", WG_ERROR_ARGUMENT},
      {"ij->ij", "has 1 operands, not 2", WG_ERROR_ARGUMENT},
      {"ijk,jk->ik", "gives operand 0 3 indices, and it has rank 2", WG_ERROR_SHAPE},
      {"ij,ik->jk", "index i has the sizes 2 and 3", WG_ERROR_SHAPE},
      {"abcdefghi,jk->", "too many indices", WG_ERROR_ARGUMENT},
      {",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", "too many operands", WG_ERROR_ARGUMENT},
  };
  wg_node *a = wg_input(tape, "a", WG_F64, WG_SHAPE(2, 3)), *b = wg_input(tape, "b", WG_F64, WG_SHAPE(3, 4));
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    einsum_2(cases[i].equation, a, b);
    assert_tape_failed(tape, cases[i].status, cases[i].message);
  }
  wg_node *wide = wg_fill(tape, WG_F64, WG_SHAPE(1, 1, 1, 1, 1), 1);
  einsum_2("abcde,fghij->", wide, wide); /* summed before they meet */
  assert_tape_good(tape);
  wg_einsum("abcde,fghij,abcdefgh->ij", 3,
            (wg_node *[]){wide, wide, wg_fill(tape, WG_F64, WG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1), 1)});
  assert_tape_failed(tape, WG_ERROR_SHAPE, "more than 8 axes");
}

/* ---- Diagonals and triangles ---- */

static void diagonals_are_taken_and_given_back(void **state) {
  (void)state;
  wg_node *x = MATRIX(2, 3, 1, 2, 3, 4, 5, 6);
  assert_values(wg_diag(x, 0), VALUES(1, 5));
  assert_values(wg_diag(x, 1), VALUES(2, 6));
  assert_values(wg_diag(x, -1), VALUES(4));
  assert_values(wg_diag(wg_transpose(x), 1), VALUES(4));
  assert_int_equal(wg_node_size(wg_diag(x, 3)), 0);
  assert_int_equal(wg_node_size(wg_diag(x, INT64_MIN)), 0);
  assert_values(wg_trace(x), VALUES(6));
  assert_values(wg_diag_embed(VECTOR(7, 8), 0), VALUES(7, 0, 0, 8));
  assert_values(wg_diag_embed(VECTOR(7), 1), VALUES(0, 7, 0, 0));
  assert_values(wg_diag_embed(VECTOR(7), -1), VALUES(0, 0, 7, 0));
  assert_values(wg_diag(wg_diag_embed(VECTOR(7, 8, 9), -2), -2), VALUES(7, 8, 9));
  wg_diag_embed(VECTOR(7), INT64_MIN);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "larger than any matrix");
  wg_diag(VECTOR(7), 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "rank 1 is below 2");
}

static void triangles_replace_what_is_outside(void **state) {
  (void)state;
  const double nan = (double)NAN;
  wg_node *x = MATRIX(2, 3, 1, 2, 3, 4, 5, 6);
  assert_values(wg_tril(x, 0), VALUES(1, 0, 0, 4, 5, 0));
  assert_values(wg_tril(x, -1), VALUES(0, 0, 0, 4, 0, 0));
  assert_values(wg_triu(x, 1), VALUES(0, 2, 3, 0, 0, 6));
  assert_values(wg_triu(x, -5), VALUES(1, 2, 3, 4, 5, 6));
  assert_values(wg_triu(wg_transpose(x), 0), VALUES(1, 4, 0, 5, 0, 0));
  assert_values(wg_tril(MATRIX(2, 2, 1, nan, nan, 2), 0), VALUES(1, 0, nan, 2));
}

/* ---- Factors and systems ---- */

/* ((2,·),(3,4)): x₀ = 4/2, x₁ = (14 − 3·2)/4. */
static void triangular_systems_read_their_triangle_alone(void **state) {
  (void)state;
  const double nan = (double)NAN;
  wg_node *lower = MATRIX(2, 2, 2, nan, 3, 4), *upper = MATRIX(2, 2, 2, 3, nan, 4), *b = MATRIX(2, 1, 4, 14);
  assert_values(wg_triangular_solve(lower, b, false, false, false), VALUES(2, 2));
  assert_values(wg_triangular_solve(upper, b, true, true, false), VALUES(2, 2));
  assert_values(wg_triangular_solve(upper, b, true, false, false), VALUES(-3.25, 3.5));
  assert_values(wg_triangular_solve(lower, b, false, true, false), VALUES(-3.25, 3.5));
  assert_values(wg_triangular_solve(MATRIX(2, 2, nan, nan, 3, nan), b, false, false, true), VALUES(4, 2));
  wg_triangular_solve(lower, VECTOR(1, 2), false, false, false);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "rank 1 is below 2");
  wg_triangular_solve(MATRIX(1, 2, 1, 2), b, false, false, false);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "1 rows and 2 columns are not square");
  wg_triangular_solve(lower, MATRIX(3, 1, 1, 2, 3), false, false, false);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "2 equations and 3 rows of right-hand sides differ");
}

/* The example of Wikipedia's article on the decomposition: ((4,12,−16),(12,37,−43),(−16,−43,98)). */
static void the_cholesky_factor_is_the_published_one(void **state) {
  (void)state;
  wg_node *a = MATRIX(3, 3, 4, 12, -16, 12, 37, -43, -16, -43, 98);
  assert_values(wg_cholesky(a, 0), VALUES(2, 0, 0, 6, 1, 0, -8, 5, 3));
  assert_values(wg_cholesky(MATRIX(1, 1, 7), 2), VALUES(3));
}

static void a_matrix_that_is_not_positive_definite_is_refused(void **state) {
  (void)state;
  wg_node *y = wg_cholesky(numbers(WG_SHAPE(2, 2, 2), (double[]){1, 0, 0, 1, 1, 2, 2, 1}), 0);
  wg_plan *plan = wg_plan_new(1, &y);
  assert_int_equal(wg_run(plan), WG_ERROR_DATA);
  assert_contains(wg_plan_error(plan), "matrix 1 is not positive definite: its leading minor of order 2");
  wg_plan_free(plan);
  y = wg_cholesky(MATRIX(1, 1, (double)NAN), 0);
  plan = wg_plan_new(1, &y);
  assert_int_equal(wg_run(plan), WG_ERROR_DATA);
  wg_plan_free(plan);
}

/* A needs both rows exchanged: P·A = ((3,4),(1,2)), L = ((1,0),(1/3,1)), U = ((3,4),(0,2/3)). */
static void the_factors_hold_the_permutation_with_its_sign(void **state) {
  (void)state;
  assert_values(wg_lu(MATRIX(2, 2, 1, 2, 3, 4)), VALUES(3, 4, 1.0 / 3, 2.0 / 3, -2, -1));
  assert_values(wg_lu(MATRIX(2, 2, 2, 0, 1, 1)), VALUES(2, 0, 0.5, 1, 1, 2));
}

static void systems_are_solved_whatever_needs_exchanging(void **state) {
  (void)state;
  wg_node *a = MATRIX(3, 3, 0, 2, 1, 1, 0, 0, 3, 0, 1); /* x = (1,2,3): 7, 1, 6 */
  assert_values(wg_solve(a, VECTOR(7, 1, 6)), VALUES(1, 2, 3));
  assert_values(wg_solve(a, MATRIX(3, 2, 7, 2, 1, 0, 6, 0)), VALUES(1, 0, 2, 1, 3, 0));
  assert_values(wg_inverse(MATRIX(2, 2, 4, 7, 2, 6)), VALUES(0.6, -0.7, -0.2, 0.4));
  wg_node *batch = numbers(WG_SHAPE(2, 2, 2), (double[]){2, 0, 0, 4, 0, 1, 1, 0});
  assert_values(wg_inverse(batch), VALUES(0.5, 0, 0, 0.25, 0, 1, 1, 0));
  assert_values(wg_solve(batch, VECTOR(2, 4)), VALUES(1, 1, 4, 2));
  wg_solve(a, VECTOR(1, 2));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "3 equations and 2 right-hand sides differ");
  wg_inverse(MATRIX(1, 2, 1, 2));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "inverse: v");
}

static void a_random_system_is_solved_in_both_precisions(void **state) {
  (void)state;
  enum { N = 20 };
  double a[N * N], x[N], b[N] = {0};
  fill_f64(a, N * N, -1, 1, 5);
  fill_f64(x, N, -1, 1, 6);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) b[i] += a[i * N + j] * x[j];
  wg_node *wide = numbers(WG_SHAPE(N, N), a), *right = numbers(WG_SHAPE(N), b);
  assert_near(wg_solve(wide, right), N, x, 1e-12);
  assert_near(wg_solve(wg_cast(wide, WG_F32), wg_cast(right, WG_F32)), N, x, 1e-3);
}

static void a_singular_matrix_has_no_inverse_and_the_determinant_zero(void **state) {
  (void)state;
  wg_node *a = MATRIX(2, 2, 1, 2, 2, 4);
  double inverse[4];
  run_node(wg_inverse(a), 0, NULL, inverse);
  for (int k = 0; k < 4; k++) assert_false(isfinite(inverse[k]));
  assert_values(wg_det(a), VALUES(0));
  assert_values(wg_det_sign(a), VALUES(0));
  assert_values(wg_log_abs_det(a), VALUES(-(double)INFINITY));
  assert_values(wg_logdet(a), VALUES(-(double)INFINITY));
}

static void determinants_follow_their_formulas(void **state) {
  (void)state;
  wg_node *a = numbers(WG_SHAPE(2, 2, 2), (double[]){1, 2, 3, 4, 3, 1, 1, 2});
  assert_values(wg_det(a), VALUES(-2, 5));
  assert_values(wg_det_sign(a), VALUES(-1, 1));
  assert_values(wg_log_abs_det(a), VALUES(log(2), log(5)));
  assert_values(wg_logdet(a), VALUES((double)NAN, log(5)));
  assert_values(wg_det(MATRIX(3, 3, 0, 0, 2, 3, 0, 0, 0, 5, 0)), VALUES(30)); /* an even permutation */
  wg_node *small = wg_diag_embed(wg_fill(tape, WG_F64, WG_SHAPE(400), 0.1), 0);
  assert_near(wg_log_abs_det(small), VALUES(-400 * log(10)), 1e-11);
  assert_values(wg_det(wg_fill(tape, WG_F64, WG_SHAPE(3, 0, 0), 1)), VALUES(1, 1, 1));
}

/* ∂ det A = det A·A⁻ᵀ, and ∂ ln |det A| = A⁻ᵀ: of ((1,2),(3,4)) with det −2, A⁻¹ = ((−2,1),(1.5,−0.5)). */
static void the_derivatives_of_determinants_are_jacobis(void **state) {
  (void)state;
  wg_node *a = wg_input(tape, "A", WG_F64, WG_SHAPE(2, 2)), *grad[2];
  const wg_binding binding = {a, (double[]){1, 2, 3, 4}};
  wg_grad(wg_det(a), 1, &a, &grad[0]);
  wg_grad(wg_log_abs_det(a), 1, &a, &grad[1]);
  assert_tape_good(tape);
  double actual[4];
  run_node(grad[0], 1, &binding, actual);
  assert_close("det", 4, actual, (double[]){4, -3, -2, 1}, 1e-14);
  run_node(grad[1], 1, &binding, actual);
  assert_close("ln |det|", 4, actual, (double[]){-2, 1.5, 1, -0.5}, 1e-14);
}

/* A = ((a,b),(b,c)) has l₀₀ = √a, l₁₀ = b/√a, l₁₁ = √(c − b²/a). For L = ((2,0),(1,3)), that is a = 4, b = 2, c = 10,
 * ∂l₁₁/∂(a,b,c) = (b²/a², −2b/a, 1) / (2·l₁₁), the middle one shared by both elements b. */
static void the_derivative_of_the_cholesky_factor_is_symmetric(void **state) {
  (void)state;
  wg_node *a = wg_input(tape, "A", WG_F64, WG_SHAPE(2, 2)), *grad;
  wg_grad(wg_select(wg_diag(wg_cholesky(a, 0), 0), 0, 1), 1, &a, &grad);
  assert_tape_good(tape);
  double actual[4];
  run_node(grad, 1, (wg_binding[]){{a, (double[]){4, 2, 2, 10}}}, actual);
  assert_close("cholesky", 4, actual, (double[]){0.25 / 6, -0.5 / 6, -0.5 / 6, 1.0 / 6}, 1e-14);
}

static void one_factorization_serves_all_that_is_made_of_a_matrix(void **state) {
  (void)state;
  wg_node *a = wg_input(tape, "A", WG_F64, WG_SHAPE(3, 3)), *b = wg_input(tape, "b", WG_F64, WG_SHAPE(3));
  wg_solve(a, b);
  wg_det(a);
  wg_logdet(a);
  wg_inverse(a);
  assert_tape_good(tape);
  int factorizations = 0;
  for (size_t id = 0; id < wg_tape_count(tape); id++)
    factorizations += !strcmp(wg_node_op(wg_tape_node(tape, id)), "lu");
  assert_int_equal(factorizations, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* ---- Matrices large enough for LAPACK, in a build that has it ---- */

enum { LARGE = 100 };

/* Elements of node minus expected; the largest. */
static double largest_difference(wg_node *node, const double *expected) {
  size_t n = (size_t)wg_node_size(node);
  double *actual = new_f64(n), largest = 0;
  assert_tape_good(tape);
  run_node(node, 0, NULL, actual);
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(actual[i] - expected[i]));
  free(actual);
  return largest;
}

static void large_systems_are_solved(void **state) {
  (void)state;
  double *a = random_f64(LARGE * LARGE, -1, 1, 5), *b = random_f64(LARGE * 2, -1, 1, 6);
  wg_node *A = numbers(WG_SHAPE(LARGE, LARGE), a), *B = numbers(WG_SHAPE(LARGE, 2), b);
  assert_true(largest_difference(wg_matmul(A, wg_solve(A, B)), b) < 1e-10);
  assert_true(largest_difference(wg_matmul(wg_transpose(A), wg_solve(wg_transpose(A), B)), b) < 1e-10);
  free(a), free(b);
}

static void large_matrices_have_their_cholesky_factor(void **state) {
  (void)state;
  double *m = random_f64(LARGE * LARGE, -1, 1, 7), *a = new_f64(LARGE * LARGE);
  for (int i = 0; i < LARGE; i++)
    for (int j = 0; j < LARGE; j++) {
      a[i * LARGE + j] = i == j;
      for (int k = 0; k < LARGE; k++) a[i * LARGE + j] += m[i * LARGE + k] * m[j * LARGE + k];
    }
  wg_node *L = wg_cholesky(numbers(WG_SHAPE(LARGE, LARGE), a), 0);
  assert_true(largest_difference(wg_matmul(L, wg_transpose(L)), a) < 1e-11);
  double *upper = new_f64(LARGE * LARGE);
  memset(upper, 0, LARGE * LARGE * sizeof *upper);
  assert_true(largest_difference(wg_triu(L, 1), upper) == 0);
  free(m), free(a), free(upper);
}

/* Rows in the cycles (0 1 … 98)(99): 98 exchanges, an even permutation; one exchange more is odd. */
static void determinants_of_large_permutations_are_their_signs(void **state) {
  (void)state;
  double *a = new_f64(LARGE * LARGE);
  for (int odd = 0; odd < 2; odd++) {
    memset(a, 0, LARGE * LARGE * sizeof *a);
    for (int i = 0; i < LARGE; i++) {
      int column = i < 98 ? i + 1 : i == 98 ? 0 : 99;
      if (odd && column < 2) column = 1 - column;
      a[i * LARGE + column] = 1;
    }
    assert_true(run_scalar(wg_det(numbers(WG_SHAPE(LARGE, LARGE), a)), 0, NULL) == (odd ? -1 : 1));
  }
  free(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(products_of_vectors_follow_their_formulas),
      TEST(the_kronecker_product_is_made_of_blocks),
      TEST(products_refuse_what_does_not_fit),
      TEST(einsum_writes_the_known_operations),
      TEST(einsum_of_three_operands_is_the_sum_by_loops),
      TEST(einsum_says_what_is_wrong_with_an_equation),
      TEST(diagonals_are_taken_and_given_back),
      TEST(triangles_replace_what_is_outside),
      TEST(triangular_systems_read_their_triangle_alone),
      TEST(the_cholesky_factor_is_the_published_one),
      TEST(a_matrix_that_is_not_positive_definite_is_refused),
      TEST(the_factors_hold_the_permutation_with_its_sign),
      TEST(systems_are_solved_whatever_needs_exchanging),
      TEST(a_random_system_is_solved_in_both_precisions),
      TEST(a_singular_matrix_has_no_inverse_and_the_determinant_zero),
      TEST(determinants_follow_their_formulas),
      TEST(the_derivatives_of_determinants_are_jacobis),
      TEST(the_derivative_of_the_cholesky_factor_is_symmetric),
      TEST(one_factorization_serves_all_that_is_made_of_a_matrix),
      TEST(large_systems_are_solved),
      TEST(large_matrices_have_their_cholesky_factor),
      TEST(determinants_of_large_permutations_are_their_signs),
  };
  return RUN_TESTS(tests);
}
