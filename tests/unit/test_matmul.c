/* The matrix product and its operands: values against three plain loops, the order of its sums, what it refuses, and
 * the formulas of its gradient. */
#include "../support.h"

#include "../../engine/derivation.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- Values ---- */

/* A constant of the dtype whose elements are those numbers. */
static wg_node *constant(wg_tape *tape, wg_dtype dtype, wg_shape shape, const double *values) {
  int64_t n;
  assert_true(wg_shape_count(&shape, &n));
  float *narrow = calloc(n ? (size_t)n : 1, sizeof *narrow);
  assert_non_null(narrow);
  for (int64_t i = 0; i < n; i++) narrow[i] = (float)values[i];
  wg_node *node = wg_constant(tape, dtype, shape, dtype == WG_F32 ? (const void *)narrow : (const void *)values);
  free(narrow);
  return node;
}

/* A matrix of the shape (rows,columns): a constant, or the transpose of one. `values` gets its elements, row-major. */
static wg_node *operand(wg_tape *tape, wg_dtype dtype, int64_t rows, int64_t columns, bool transposed, uint64_t seed,
                        double *values) {
  size_t n = (size_t)(rows * columns);
  double *stored = new_f64(n);
  fill_f64(values, n, -1, 1, seed);
  for (size_t i = 0; i < n; i++) values[i] = (double)(float)values[i];
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < columns; c++) stored[transposed ? c * rows + r : r * columns + c] = values[r * columns + c];
  wg_node *node = constant(tape, dtype, transposed ? WG_SHAPE(columns, rows) : WG_SHAPE(rows, columns), stored);
  free(stored);
  return transposed ? wg_transpose(node) : node;
}

/* Every element within n·ε·Σ|a||b| of the sum in long double, n the inner size: the bound for any order. */
static void assert_product(wg_node *node, const double *a, const double *b, int64_t rows, int64_t inner,
                           int64_t columns) {
  double *c = new_f64((size_t)(rows * columns)),
         epsilon = wg_node_dtype(node) == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  run_node(node, 0, NULL, c);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      long double sum = 0, size = 0;
      for (int64_t k = 0; k < inner; k++) {
        long double term = (long double)a[i * inner + k] * b[k * columns + j];
        sum += term;
        size += fabsl(term);
      }
      double bound = (double)(inner + 1) * epsilon * (double)size;
      if (!(fabs(c[i * columns + j] - (double)sum) <= bound))
        fail_msg("(%d,%d)(%d,%d): element %d,%d is %.17g, expected %.17Lg", (int)rows, (int)inner, (int)inner,
                 (int)columns, (int)i, (int)j, c[i * columns + j], sum);
    }
  free(c);
}

static void a_product_is_the_sum_of_products_in_all_sizes_layouts_and_precisions(void **state) {
  (void)state;
  static const int64_t sizes[][3] = {{1, 1, 1}, {1, 5, 1},   {4, 8, 4},    {3, 2, 5},    {5, 9, 9},
                                     {8, 1, 8}, {300, 2, 4}, {4, 300, 3},  {64, 128, 8}, {65, 129, 9},
                                     {7, 0, 5}, {2, 257, 3}, {130, 40, 17}};
  for (size_t s = 0; s < COUNT_OF(sizes); s++)
    for (int layout = 0; layout < 4; layout++)
      for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
        int64_t rows = sizes[s][0], inner = sizes[s][1], columns = sizes[s][2];
        wg_tape *tape = wg_tape_new();
        double *a = new_f64((size_t)(rows * inner)), *b = new_f64((size_t)(inner * columns));
        wg_node *left = operand(tape, dtype, rows, inner, layout & 1, 1, a);
        wg_node *right = operand(tape, dtype, inner, columns, layout & 2, 2, b);
        wg_node *product = wg_matmul(left, right);
        assert_tape_good(tape);
        assert_product(product, a, b, rows, inner, columns);
        free(a), free(b);
        wg_tape_free(tape);
      }
}

static void the_transpose_of_a_product_has_the_bits_of_the_product_of_transposes(void **state) {
  (void)state;
  enum { ROWS = 37, INNER = 301, COLUMNS = 11 };
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    static double a[ROWS * INNER], b[INNER * COLUMNS], one[ROWS * COLUMNS], other[ROWS * COLUMNS];
    wg_node *left = operand(tape, dtype, ROWS, INNER, false, 3, a);
    wg_node *right = operand(tape, dtype, INNER, COLUMNS, false, 4, b);
    run_node(wg_transpose(wg_matmul(left, right)), 0, NULL, one);
    run_node(wg_matmul(wg_transpose(right), wg_transpose(left)), 0, NULL, other);
    assert_memory_equal(one, other, sizeof one);
    wg_tape_free(tape);
  }
}

static void leading_axes_broadcast(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  static double a[2 * 1 * 3 * 4], b[5 * 4 * 2], c[2 * 5 * 3 * 2];
  fill_f64(a, COUNT_OF(a), -1, 1, 5);
  fill_f64(b, COUNT_OF(b), -1, 1, 6);
  wg_node *product =
      wg_matmul(constant(tape, WG_F64, WG_SHAPE(2, 1, 3, 4), a), constant(tape, WG_F64, WG_SHAPE(5, 4, 2), b));
  wg_shape shape = wg_node_shape(product), expected = WG_SHAPE(2, 5, 3, 2);
  assert_true(wg_shape_equal(&shape, &expected));
  run_node(product, 0, NULL, c);
  for (int p = 0; p < 2; p++)
    for (int q = 0; q < 5; q++)
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++) {
          double sum = 0;
          for (int k = 0; k < 4; k++) sum += a[(p * 3 + i) * 4 + k] * b[(q * 4 + k) * 2 + j];
          double got = c[((p * 5 + q) * 3 + i) * 2 + j];
          assert_close("element", 1, &got, &sum, 1e-14);
        }
  wg_tape_free(tape);
}

static void an_operand_repeated_by_broadcasting_is_read_in_place(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double row[3] = {1, 2, 3}, b[6] = {1, 0, 0, 1, 1, 1}, c[8];
  wg_node *repeated = wg_broadcast_to(constant(tape, WG_F64, WG_SHAPE(1, 3), row), WG_SHAPE(4, 3));
  run_node(wg_matmul(repeated, constant(tape, WG_F64, WG_SHAPE(3, 2), b)), 0, NULL, c);
  for (int i = 0; i < 4; i++) {
    assert_true(c[2 * i] == 4);
    assert_true(c[2 * i + 1] == 5);
  }
  wg_tape_free(tape);
}

static void an_inner_size_of_zero_gives_zeros(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double c[2 * 3 * 4];
  for (size_t i = 0; i < COUNT_OF(c); i++) c[i] = NAN;
  wg_node *product = wg_matmul(wg_fill(tape, WG_F64, WG_SHAPE(2, 3, 0), 1), wg_fill(tape, WG_F64, WG_SHAPE(0, 4), 1));
  run_node(product, 0, NULL, c);
  for (size_t i = 0; i < COUNT_OF(c); i++) assert_true(c[i] == 0);
  wg_tape_free(tape);
}

/* 0·NaN and 0·∞ are NaN, and stay in the rows and columns they belong to, whatever a tile is filled up with. */
static void nan_and_infinity_reach_their_row_and_column_and_no_other(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    double a[5 * 3] = {0}, b[3 * 6] = {0}, c[5 * 6];
    a[2 * 3 + 1] = NAN;
    b[1 * 6 + 5] = INFINITY;
    run_node(wg_matmul(constant(tape, dtype, WG_SHAPE(5, 3), a), constant(tape, dtype, WG_SHAPE(3, 6), b)), 0, NULL, c);
    for (int i = 0; i < 5; i++)
      for (int j = 0; j < 6; j++) assert_int_equal(isnan(c[i * 6 + j]), i == 2 || j == 5);
    wg_tape_free(tape);
  }
}

/* ---- Errors ---- */

static void shapes_that_do_not_fit_are_named(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(300, 2)), *W = wg_param(tape, "W1", WG_F64, WG_SHAPE(3, 4));
  assert_true(wg_node_inert(wg_matmul(X, W)));
  assert_string_equal(wg_tape_error(tape), "matmul: X (300,2) · W1 (3,4): inner sizes 2 and 3 differ");
  assert_tape_failed(tape, WG_ERROR_SHAPE, "inner sizes");
  wg_matmul(X, wg_param(tape, "v", WG_F64, WG_SHAPE(2)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "v (2): rank 1 is below 2");
  wg_matmul(wg_param(tape, "P", WG_F64, WG_SHAPE(5, 3, 2)), wg_param(tape, "Q", WG_F64, WG_SHAPE(4, 2, 3)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "leading sizes (5) and (4) do not broadcast");
  wg_matmul(X, wg_param(tape, "F", WG_F32, WG_SHAPE(2, 3)));
  assert_tape_failed(tape, WG_ERROR_DTYPE, "f64 and f32");
  wg_matmul(wg_input(tape, "N", WG_I64, WG_SHAPE(2, 2)), wg_input(tape, "M", WG_I64, WG_SHAPE(2, 2)));
  assert_tape_failed(tape, WG_ERROR_DTYPE, "i64");
  wg_transpose(wg_param(tape, "v", WG_F64, WG_SHAPE(2)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "transpose: v (2): rank 1 is below 2");
  wg_transpose(NULL);
  wg_matmul(NULL, X);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "matmul: input 0 is NULL");
  wg_tape_free(tape);
}

static void a_product_too_large_to_address_is_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  int64_t huge = INT64_C(1) << 40;
  wg_matmul(wg_param(tape, "a", WG_F64, WG_SHAPE(huge, 1)), wg_param(tape, "b", WG_F64, WG_SHAPE(1, huge)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "larger than memory can address");
  wg_tape_free(tape);
}

/* ---- The gradient ---- */

static void assert_formula(const wg_node *node, wg_script script, const char *expected) {
  char text[200];
  wg_formula(node, script, text, sizeof text);
  assert_string_equal(text, expected);
}

static void the_gradient_reads_as_in_the_lecture(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *A = wg_param(tape, "A1", WG_F64, WG_SHAPE(300, 4)), *W = wg_param(tape, "W2", WG_F64, WG_SHAPE(4, 3));
  wg_node *seed = wg_input(tape, "S", WG_F64, WG_SHAPE(300, 3)), *grad[2];
  wg_vjp(wg_matmul(A, W), seed, 2, (wg_node *[]){A, W}, grad);
  assert_tape_good(tape);
  assert_formula(grad[0], WG_UNICODE, "S·W2ᵀ");
  assert_formula(grad[1], WG_UNICODE, "A1ᵀ·S");
  assert_formula(grad[1], WG_ASCII, "A1^T . S");
  wg_tape_free(tape);
}

static void parentheses_say_what_is_multiplied_first(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2, 2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2, 2)),
          *c = wg_param(tape, "c", WG_F64, WG_SHAPE(2, 2));
  assert_formula(wg_matmul(wg_matmul(a, b), c), WG_UNICODE, "a·b·c");
  assert_formula(wg_matmul(a, wg_matmul(b, c)), WG_UNICODE, "a·(b·c)");
  assert_formula(wg_matmul(wg_mul(a, b), c), WG_UNICODE, "(a ⊙ b)·c");
  assert_formula(wg_matmul(a, wg_mul(b, c)), WG_UNICODE, "a·(b ⊙ c)");
  assert_formula(wg_mul(wg_matmul(a, b), c), WG_UNICODE, "a·b ⊙ c");
  assert_formula(wg_matmul(a, wg_add(b, c)), WG_UNICODE, "a·(b + c)");
  assert_formula(wg_transpose(wg_matmul(a, b)), WG_UNICODE, "(a·b)ᵀ");
  wg_tape_free(tape);
}

static void transposing_twice_is_the_node_itself_and_copies_nothing(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(3, 2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(3, 4));
  assert_ptr_equal(wg_transpose(wg_transpose(a)), a);
  wg_node *product = wg_matmul(wg_transpose(a), b);
  wg_plan *plan = wg_plan_new(1, &product);
  assert_int_equal(wg_plan_status(plan), WG_OK);
  assert_int_equal(wg_plan_step_count(plan), 1);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_product_is_the_sum_of_products_in_all_sizes_layouts_and_precisions),
      cmocka_unit_test(the_transpose_of_a_product_has_the_bits_of_the_product_of_transposes),
      cmocka_unit_test(leading_axes_broadcast),
      cmocka_unit_test(an_operand_repeated_by_broadcasting_is_read_in_place),
      cmocka_unit_test(an_inner_size_of_zero_gives_zeros),
      cmocka_unit_test(nan_and_infinity_reach_their_row_and_column_and_no_other),
      cmocka_unit_test(shapes_that_do_not_fit_are_named),
      cmocka_unit_test(a_product_too_large_to_address_is_refused),
      cmocka_unit_test(the_gradient_reads_as_in_the_lecture),
      cmocka_unit_test(parentheses_say_what_is_multiplied_first),
      cmocka_unit_test(transposing_twice_is_the_node_itself_and_copies_nothing),
  };
  return RUN_TESTS(tests);
}
