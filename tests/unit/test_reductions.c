/* Operations along axes, and changes of shape: sum, mean, max, softmax, reshape, broadcast_to, against plain loops, at
 * extreme numbers, through strided inputs, and what they refuse. */
#include "../support.h"

#include "../../engine/derivation.h"
#include "../../engine/op.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define AXES(...)                                                                                                      \
  (int)COUNT_OF(((const int64_t[]){__VA_ARGS__})), (const int64_t[]) { __VA_ARGS__ }

static wg_node *numbers(wg_tape *tape, wg_dtype dtype, wg_shape shape, const double *values) {
  int64_t n;
  assert_true(wg_shape_count(&shape, &n));
  float *narrow = calloc(n ? (size_t)n : 1, sizeof *narrow);
  assert_non_null(narrow);
  for (int64_t i = 0; i < n; i++) narrow[i] = (float)values[i];
  wg_node *node = wg_constant(tape, dtype, shape, dtype == WG_F32 ? (const void *)narrow : (const void *)values);
  free(narrow);
  return node;
}

static void assert_values(wg_node *node, size_t n, const double *expected, double bound) {
  double *actual = new_f64(n);
  assert_int_equal(wg_node_size(node), n);
  run_node(node, 0, NULL, actual);
  for (size_t i = 0; i < n; i++)
    if (isnan(expected[i]) ? !isnan(actual[i])
                           : !(actual[i] == expected[i] || fabs(actual[i] - expected[i]) <= bound * fabs(expected[i])))
      fail_msg("%s: element %zu is %.17g, expected %.17g", wg_node_op(node), i, actual[i], expected[i]);
  free(actual);
}

static void assert_shape(const wg_node *node, wg_shape expected) {
  char text[WG_SHAPE_TEXT_SIZE], wanted[WG_SHAPE_TEXT_SIZE];
  wg_shape shape = wg_node_shape(node);
  assert_string_equal(wg_shape_text(&shape, text), wg_shape_text(&expected, wanted));
}

static void assert_formula(const wg_node *node, wg_script script, const char *expected) {
  char text[200];
  wg_formula(node, script, text, sizeof text);
  assert_string_equal(text, expected);
}

/* ---- sum ---- */

enum { D0 = 3, D1 = 5, D2 = 2, D3 = 7, ELEMENTS = D0 * D1 * D2 * D3 };

/* Sums over the axes whose bit is set, in long double. */
static size_t plain_sums(const double *x, unsigned summed, double *sums) {
  const int size[] = {D0, D1, D2, D3};
  long double total[ELEMENTS] = {0};
  size_t count = 1;
  for (int axis = 0; axis < 4; axis++)
    if (!(summed >> axis & 1)) count *= (size_t)size[axis];
  for (int i = 0; i < ELEMENTS; i++) {
    const int index[] = {i / (D1 * D2 * D3), i / (D2 * D3) % D1, i / D3 % D2, i % D3};
    int at = 0;
    for (int axis = 0; axis < 4; axis++)
      if (!(summed >> axis & 1)) at = at * size[axis] + index[axis];
    total[at] += x[i];
  }
  for (size_t k = 0; k < count; k++) sums[k] = (double)total[k];
  return count;
}

static int axes_of(unsigned summed, int64_t axes[4]) {
  int count = 0;
  for (int axis = 0; axis < 4; axis++)
    if (summed >> axis & 1) axes[count++] = axis;
  return count;
}

static void a_sum_over_any_axes_is_the_plain_sum_in_both_precisions(void **state) {
  (void)state;
  double x[ELEMENTS], expected[ELEMENTS];
  fill_f64(x, ELEMENTS, 0.5, 2, 1); /* of one sign, so that errors are relative to the sum */
  for (size_t i = 0; i < ELEMENTS; i++) x[i] = (double)(float)x[i];
  for (unsigned summed = 1; summed < 16; summed++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
      wg_tape *tape = wg_tape_new();
      int64_t axes[4];
      int count = axes_of(summed, axes);
      wg_node *leaf = numbers(tape, dtype, WG_SHAPE(D0, D1, D2, D3), x);
      size_t sums = plain_sums(x, summed, expected);
      assert_values(wg_sum(leaf, count, axes, false), sums, expected, dtype == WG_F32 ? 1e-6 : 1e-15);
      assert_values(wg_sum(leaf, count, axes, true), sums, expected, dtype == WG_F32 ? 1e-6 : 1e-15);
      wg_tape_free(tape);
    }
}

/* A transposed leaf has the same numbers at other places in memory. In blocks of 128, of which up to four are added apart. */
static void a_sum_has_the_same_bits_whatever_the_strides(void **state) {
  (void)state;
  enum { MOST = 700, COLUMNS = 21 };
  static const int64_t row_counts[] = {100, 200, 333, 450, 512, MOST};
  static double x[MOST * COLUMNS], turned[MOST * COLUMNS], one[MOST], other[MOST];
  fill_f64(x, COUNT_OF(x), -1, 1, 2);
  for (size_t i = 0; i < COUNT_OF(row_counts); i++) {
    const int64_t rows = row_counts[i];
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = 0; c < COLUMNS; c++) turned[c * rows + r] = x[r * COLUMNS + c];
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (int64_t axis = 0; axis < 3; axis++) { /* 2 stands for both */
        wg_tape *tape = wg_tape_new();
        wg_node *dense = numbers(tape, dtype, WG_SHAPE(rows, COLUMNS), x);
        wg_node *strided = wg_transpose(numbers(tape, dtype, WG_SHAPE(COLUMNS, rows), turned));
        memset(one, 0, sizeof one);
        memset(other, 0, sizeof other);
        run_node(wg_sum(dense, axis < 2, &axis, false), 0, NULL, one);
        run_node(wg_sum(strided, axis < 2, &axis, false), 0, NULL, other);
        assert_memory_equal(one, other, sizeof one);
        wg_tape_free(tape);
      }
  }
}

/* One by one, a million times 0.1f comes to 100958 in f32. */
static void rounding_errors_of_long_sums_stay_small(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double tenth = (double)0.1f, million = 1e6 * tenth;
  wg_node *x = wg_input(tape, "x", WG_F32, WG_SHAPE(1000000));
  float *values = malloc(1000000 * sizeof *values);
  assert_non_null(values);
  for (size_t i = 0; i < 1000000; i++) values[i] = 0.1f;
  double sum = run_scalar(wg_sum_all(x), 1, (wg_binding[]){{x, values}});
  assert_true(fabs(sum - million) <= 1e-6 * million);
  wg_node *columns = wg_reshape(x, WG_SHAPE(-1, 10));
  double sums[10];
  run_node(wg_sum(columns, AXES(0), false), 1, (wg_binding[]){{x, values}}, sums);
  for (int c = 0; c < 10; c++) assert_true(fabs(sums[c] - million / 10) <= 1e-6 * million / 10);
  wg_node *repeated = wg_fill(tape, WG_F32, WG_SHAPE(1000, 1000), 0.1);
  assert_true(fabs(run_scalar(wg_sum_all(repeated), 0, NULL) - million) <= 1e-6 * million);
  free(values);
  wg_tape_free(tape);
}

static void a_sum_of_nothing_is_zero_and_its_mean_is_nan(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(0, 3));
  double none = 0;
  const wg_binding binding = {x, &none};
  double values[3] = {1, 1, 1};
  run_node(wg_sum(x, AXES(0), false), 1, &binding, values);
  for (int c = 0; c < 3; c++) assert_true(values[c] == 0);
  run_node(wg_mean(x, AXES(0), true), 1, &binding, values);
  for (int c = 0; c < 3; c++) assert_true(isnan(values[c]));
  assert_true(run_scalar(wg_sum_all(x), 1, &binding) == 0);
  assert_true(isnan(run_scalar(wg_mean_all(x), 1, &binding)));
  assert_int_equal(wg_node_size(wg_mean(x, AXES(1), false)), 0);
  assert_tape_good(tape);
  wg_tape_free(tape);
}

static void nan_and_infinity_come_through_sums(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double x[] = {1, NAN, INFINITY, 2, 3, -INFINITY, 4, 5, INFINITY};
  wg_node *node = numbers(tape, WG_F64, WG_SHAPE(3, 3), x);
  assert_values(wg_sum(node, AXES(0), false), 3, (double[]){7, NAN, NAN}, 0);
  assert_values(wg_sum(node, AXES(1), false), 3, (double[]){NAN, -INFINITY, INFINITY}, 0);
  wg_tape_free(tape);
}

static void equal_sums_are_one_node(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3, 4));
  assert_ptr_equal(wg_sum(x, AXES(0, 1), false), wg_sum_all(x));
  assert_ptr_equal(wg_sum(x, AXES(-1, -2), false), wg_sum_all(x));
  assert_ptr_equal(wg_sum(x, AXES(-1), true), wg_sum(x, AXES(1), true));
  assert_ptr_not_equal(wg_sum(x, AXES(1), true), wg_sum(x, AXES(1), false));
  assert_ptr_equal(wg_softmax(x, -1), wg_softmax(x, 1));
  assert_ptr_equal(wg_max(x, -2, true), wg_max(x, 0, true));
  wg_tape_free(tape);
}

static void the_mean_is_a_sum_divided_by_a_count(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3, 4)), *mean = wg_mean(x, AXES(0), true), *grad;
  assert_string_equal(wg_node_op(mean), "div_count");
  assert_ptr_equal(wg_node_input(mean, 0), wg_sum(x, AXES(0), true));
  assert_shape(mean, WG_SHAPE(1, 4));
  double value;
  int64_t count;
  wg_grad(wg_mean_all(x), 1, &x, &grad);
  assert_true(wg_node_is_fill(grad, &value, &count)); /* 1/12, everywhere: nothing to compute */
  assert_true(value == 1);
  assert_int_equal(count, 12);
  wg_tape_free(tape);
}

static void axes_that_are_not_there_or_twice_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3, 4));
  assert_true(wg_node_inert(wg_sum(x, AXES(2), false)));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "sum: x (3,4): there is no axis 2 in rank 2");
  wg_sum(x, AXES(-3), false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis -3 in rank 2");
  wg_mean(x, AXES(5), false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "mean: x (3,4): there is no axis 5");
  wg_sum(x, AXES(1, -1), false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 1 is named twice");
  wg_sum(x, AXES(0, 0, 0), false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 0 is named twice");
  wg_sum(x, 9, (const int64_t[9]){0, 1}, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 0 is named twice");
  wg_sum(x, 1, NULL, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "sum: no list of 1 axes");
  wg_mean(x, -1, NULL, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "mean: no list of -1 axes");
  wg_sum(wg_param(tape, "s", WG_F64, WG_SCALAR), AXES(0), false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 0 in rank 0");
  wg_sum_all(wg_input(tape, "n", WG_I64, WG_SHAPE(3)));
  assert_tape_failed(tape, WG_ERROR_DTYPE, "i64");
  assert_true(wg_node_inert(wg_sum(NULL, 0, NULL, false)));
  assert_true(wg_node_inert(wg_mean_all(NULL)));
  wg_softmax(x, 2);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "softmax: x (3,4): there is no axis 2");
  wg_softmax(wg_param(tape, "s", WG_F64, WG_SCALAR), -1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis -1 in rank 0");
  wg_max(x, -3, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis -3");
  wg_tape_free(tape);
}

static void sums_read_as_in_the_lecture(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "Z2", WG_F64, WG_SHAPE(3, 4)), *t = wg_param(tape, "T", WG_F64, WG_SHAPE(2, 3, 4));
  assert_formula(wg_sum(x, AXES(0), true), WG_UNICODE, "Σ_rows Z2");
  assert_formula(wg_sum(x, AXES(1), true), WG_UNICODE, "Σ_cols Z2");
  assert_formula(wg_sum_all(x), WG_UNICODE, "Σ Z2");
  assert_formula(wg_sum(t, AXES(0, 2), true), WG_UNICODE, "Σ_{0,2} T");
  assert_formula(wg_sum(x, AXES(0), true), WG_ASCII, "sum_rows(Z2)");
  assert_formula(wg_sum(wg_add(x, x), AXES(0), true), WG_UNICODE, "Σ_rows (Z2 + Z2)");
  assert_formula(wg_max(x, 1, true), WG_UNICODE, "max_cols(Z2)");
  assert_formula(wg_softmax(x, 1), WG_LATEX, "\\operatorname{SM}(Z_{2})");
  wg_tape_free(tape);
}

/* ---- max ---- */

static void max_takes_the_first_largest_element_and_every_nan(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    double x[] = {1, 5, 5,  NAN, INFINITY, 2, /* row 0 */
                  2, 5, -1, 1,   3,        NAN};
    wg_node *node = numbers(tape, dtype, WG_SHAPE(2, 6), x);
    assert_values(wg_max(node, 0, false), 6, (double[]){2, 5, 5, NAN, INFINITY, NAN}, 0);
    assert_values(wg_max(node, 1, true), 2, (double[]){NAN, NAN}, 0);
    assert_values(wg_max_mask(node, 0), 12, (double[]){0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1}, 0);
    assert_values(wg_max_mask(node, 1), 12, (double[]){0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, 0);
    wg_node *nans = numbers(tape, dtype, WG_SHAPE(2, 3), (double[]){NAN, 1, NAN, 2, NAN, NAN});
    assert_values(wg_max_mask(nans, 1), 6, (double[]){1, 0, 0, 0, 1, 0}, 0);
    double low[] = {-INFINITY, -INFINITY, -1000, -1001};
    wg_node *lowest = numbers(tape, dtype, WG_SHAPE(2, 2), low);
    assert_values(wg_max(lowest, 1, false), 2, (double[]){-INFINITY, -1000}, 0);
    assert_values(wg_max_mask(lowest, 1), 4, (double[]){1, 0, 1, 0}, 0);
    assert_values(wg_max(wg_transpose(lowest), 0, false), 2, (double[]){-INFINITY, -1000}, 0);
    wg_tape_free(tape);
  }
}

static void the_first_of_equal_largest_elements_takes_the_derivative(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double x[] = {3, 7, 7, 1, 1, 1};
  wg_node *node = numbers(tape, WG_F64, WG_SHAPE(2, 3), x), *grad;
  wg_grad(wg_sum_all(wg_max(node, 1, false)), 1, &node, &grad);
  assert_values(grad, 6, (double[]){0, 1, 0, 1, 0, 0}, 0);
  wg_tape_free(tape);
}

static void the_largest_of_nothing_is_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3, 0));
  assert_true(wg_node_inert(wg_max(x, 1, false)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "max: x (3,0): axis 1 is empty");
  assert_int_equal(wg_node_size(wg_max(x, 0, false)), 0);
  assert_tape_good(tape);
  wg_tape_free(tape);
}

/* ---- softmax ---- */

/* By the formula, in long double, whose exponent reaches far enough. */
static void plain_softmax(size_t n, const double *x, double *softmax, double *log_softmax) {
  long double sum = 0;
  for (size_t k = 0; k < n; k++) sum += expl(x[k]);
  for (size_t k = 0; k < n; k++) softmax[k] = (double)(expl(x[k]) / sum);
  for (size_t k = 0; k < n; k++) log_softmax[k] = (double)(x[k] - logl(sum));
}

static void softmax_is_its_formula_along_any_axis_without_overflow(void **state) {
  (void)state;
  double rows[12] = {1, 2, 3, 1000, 999, 998, -1000, -1000.5, -1001, 0.25, 0.25, 0.25};
  double expected[12], expected_log[12], turned[12], expected_turned[12];
  for (int r = 0; r < 12; r += 3) plain_softmax(3, rows + r, expected + r, expected_log + r);
  for (int i = 0; i < 12; i++) turned[i % 3 * 4 + i / 3] = rows[i];
  for (int i = 0; i < 12; i++) expected_turned[i % 3 * 4 + i / 3] = expected[i];
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    double bound = dtype == WG_F32 ? 1e-6 : 1e-14;
    wg_node *x = numbers(tape, dtype, WG_SHAPE(4, 3), rows);
    wg_node *columns = numbers(tape, dtype, WG_SHAPE(3, 4), turned);
    assert_values(wg_softmax(x, 1), 12, expected, bound);
    assert_values(wg_log_softmax(x, -1), 12, expected_log, bound);
    assert_values(wg_softmax(columns, 0), 12, expected_turned, bound);
    assert_values(wg_softmax(wg_transpose(columns), 1), 12, expected, bound);
    assert_values(wg_softmax(wg_transpose(x), 0), 12, expected_turned, bound);
    wg_tape_free(tape);
  }
}

static void softmax_of_far_apart_logits_is_zero_and_one(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double x[] = {1000, -1000, 0, -INFINITY, 0, 0};
  wg_node *node = numbers(tape, WG_F64, WG_SHAPE(2, 3), x);
  assert_values(wg_softmax(node, 1), 6, (double[]){1, 0, 0, 0, 0.5, 0.5}, 0);
  assert_values(wg_log_softmax(node, 1), 6, (double[]){0, -2000, -1000, -INFINITY, -log(2), -log(2)}, 1e-15);
  wg_tape_free(tape);
}

/* ln SM(50, 0)_0 = −ln(1 + e^(−50)) = −1.928749847963918e-22, which 50 − ln(e^50 + 1) would round to 0. */
static void log_softmax_is_precise_where_the_probability_is_nearly_one(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double x[] = {50, 0, -20, 30};
  wg_node *node = numbers(tape, WG_F64, WG_SHAPE(2, 2), x);
  double tiny = -1.928749847963918e-22;
  assert_values(wg_log_softmax(node, 1), 4, (double[]){tiny, -50, -50, tiny}, 1e-15);
  wg_tape_free(tape);
}

static void nan_spoils_its_row_of_a_softmax_and_no_other(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    double x[] = {NAN, 1, 0, NAN, 0, 0, INFINITY, 0, -INFINITY, -INFINITY};
    wg_node *node = numbers(tape, dtype, WG_SHAPE(5, 2), x);
    double expected[] = {NAN, NAN, NAN, NAN, 0.5, 0.5, NAN, NAN, NAN, NAN};
    assert_values(wg_softmax(node, 1), 10, expected, 0);
    double values[10];
    run_node(wg_log_softmax(node, 1), 0, NULL, values);
    for (int i = 0; i < 4; i++) assert_true(isnan(values[i]));
    assert_true(isnan(values[6]) && isnan(values[8]) && isnan(values[9]));
    wg_tape_free(tape);
  }
}

/* Row i of the Jacobian of a = SM(z) is a_i·(e_i − a): diag(a) − a·aᵀ. */
static void the_softmax_jacobian_is_diag_a_minus_a_a_transposed(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const double a[] = {0.7, 0.2, 0.1}, z[] = {log(0.7), log(0.2), log(0.1)};
  wg_node *node = numbers(tape, WG_F64, WG_SHAPE(1, 3), z), *grad;
  for (int i = 0; i < 3; i++) {
    double unit[3] = {0}, expected[3];
    unit[i] = 1;
    for (int k = 0; k < 3; k++) expected[k] = (k == i ? a[i] : 0) - a[i] * a[k];
    wg_vjp(wg_softmax(node, 1), numbers(tape, WG_F64, WG_SHAPE(1, 3), unit), 1, &node, &grad);
    assert_values(grad, 3, expected, 1e-14);
  }
  wg_tape_free(tape);
}

/* ---- reshape and broadcast_to ---- */

static void reshape_keeps_the_order_of_elements_through_views_and_copies(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double x[24], turned[24];
  for (int i = 0; i < 24; i++) x[i] = i;
  for (int i = 0; i < 24; i++) turned[i % 4 * 6 + i / 4] = i; /* (6,4) read by columns */
  wg_node *node = numbers(tape, WG_F64, WG_SHAPE(6, 4), x);
  assert_values(wg_reshape(node, WG_SHAPE(2, -1, 4, 1)), 24, x, 0);
  assert_shape(wg_reshape(node, WG_SHAPE(2, -1, 4, 1)), WG_SHAPE(2, 3, 4, 1));
  assert_values(wg_reshape(wg_transpose(node), WG_SHAPE(24)), 24, turned, 0);
  assert_values(wg_reshape(wg_transpose(node), WG_SHAPE(4, 2, 3)), 24, turned, 0); /* strides can say this one */
  assert_values(wg_reshape(wg_transpose(node), WG_SHAPE(2, 12)), 24, turned, 0);
  wg_node *repeated = wg_broadcast_to(numbers(tape, WG_F64, WG_SHAPE(1, 2), (double[]){5, 6}), WG_SHAPE(3, 2));
  assert_values(wg_reshape(repeated, WG_SHAPE(6)), 6, (double[]){5, 6, 5, 6, 5, 6}, 0);
  assert_values(wg_reshape(repeated, WG_SHAPE(3, 1, 2)), 6, (double[]){5, 6, 5, 6, 5, 6}, 0);
  assert_ptr_equal(wg_reshape(node, WG_SHAPE(6, 4)), node);
  assert_ptr_equal(wg_reshape(node, WG_SHAPE(-1, 4)), node);
  assert_ptr_equal(wg_reshape(node, WG_SHAPE(-1)), wg_reshape(node, WG_SHAPE(24)));
  assert_tape_good(tape);
  wg_tape_free(tape);
}

/* Tensors of random sizes, axes exchanged and repeated, under another shape of as many elements. */
static void any_view_under_any_shape_has_its_elements_in_row_major_order(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 200; seed++) {
    wg_tape *tape = wg_tape_new();
    int64_t draw[4], swap[2];
    double x[81], dense[81], reshaped[81];
    fill_i64(draw, 4, 1, 4, seed);
    fill_i64(swap, 2, 0, 4, seed + 1000);
    fill_f64(x, 81, -1, 1, seed);
    wg_node *view = numbers(tape, WG_F64, WG_SHAPE(draw[0], draw[1], draw[2]), x);
    if (swap[0] & 1) view = wg_transpose(view);
    if (swap[0] & 2)
      view =
          wg_broadcast_to(view, WG_SHAPE(draw[3], draw[0], wg_node_shape(view).size[1], wg_node_shape(view).size[2]));
    if (swap[1] & 1) view = wg_transpose(view);
    int64_t n = wg_node_size(view);
    run_node(view, 0, NULL, dense);
    for (int64_t a = 1; a <= n; a++)
      for (int64_t b = 1; n % a == 0 && b <= n / a; b++) {
        if (n / a % b) continue;
        run_node(wg_reshape(view, WG_SHAPE(a, b, n / a / b)), 0, NULL, reshaped);
        assert_memory_equal(reshaped, dense, (size_t)n * sizeof *dense);
      }
    wg_tape_free(tape);
  }
}

static void shapes_of_another_size_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3, 4)), *empty = wg_param(tape, "e", WG_F64, WG_SHAPE(0, 3));
  assert_true(wg_node_inert(wg_reshape(x, WG_SHAPE(5, 2))));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "reshape: x (3,4): to (5,2): the number of elements differs");
  wg_reshape(x, WG_SHAPE(-1, -1));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "more than one size is −1");
  wg_reshape(x, WG_SHAPE(-1, 5));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "no size fits in the place of −1");
  wg_reshape(x, WG_SHAPE(-2, 6));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "a size is negative");
  wg_reshape(empty, WG_SHAPE(-1, 0));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "no size fits in the place of −1");
  wg_reshape(x, WG_SHAPE(INT64_MAX, INT64_MAX));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "larger than memory can address");
  wg_reshape(x, wg_shape_of(9, (const int64_t[9]){12, 1, 1, 1, 1, 1, 1, 1, 1}));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "reshape: the rank wanted");
  wg_broadcast_to(x, WG_SHAPE(3, 8));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "broadcast_to: x (3,4): does not broadcast to (3,8)");
  wg_broadcast_to(x, WG_SHAPE(4));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "does not broadcast to (4)");
  wg_broadcast_to(wg_param(tape, "r", WG_F64, WG_SHAPE(1)), WG_SHAPE(-1));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "no valid shape");
  wg_broadcast_to(x, wg_shape_of(-1, NULL));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "broadcast_to: the rank wanted");
  assert_true(wg_node_inert(wg_reshape(NULL, WG_SHAPE(1))));
  assert_true(wg_node_inert(wg_broadcast_to(NULL, WG_SHAPE(1))));
  wg_tape_free(tape);
}

static void a_constant_of_equal_elements_stays_one_under_any_shape(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double value;
  int64_t count;
  wg_node *tenth = wg_fill_over(tape, WG_F64, WG_SHAPE(1, 3), 1, 10);
  wg_node *shapes[] = {wg_reshape(tenth, WG_SHAPE(3, 1)), wg_broadcast_to(tenth, WG_SHAPE(5, 3)), wg_transpose(tenth)};
  for (size_t k = 0; k < COUNT_OF(shapes); k++) {
    assert_true(wg_node_is_fill(shapes[k], &value, &count));
    assert_true(value == 1 && count == 10);
  }
  assert_shape(shapes[2], WG_SHAPE(3, 1));
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_sum_over_any_axes_is_the_plain_sum_in_both_precisions),
      cmocka_unit_test(a_sum_has_the_same_bits_whatever_the_strides),
      cmocka_unit_test(rounding_errors_of_long_sums_stay_small),
      cmocka_unit_test(a_sum_of_nothing_is_zero_and_its_mean_is_nan),
      cmocka_unit_test(nan_and_infinity_come_through_sums),
      cmocka_unit_test(equal_sums_are_one_node),
      cmocka_unit_test(the_mean_is_a_sum_divided_by_a_count),
      cmocka_unit_test(axes_that_are_not_there_or_twice_are_refused),
      cmocka_unit_test(sums_read_as_in_the_lecture),
      cmocka_unit_test(max_takes_the_first_largest_element_and_every_nan),
      cmocka_unit_test(the_first_of_equal_largest_elements_takes_the_derivative),
      cmocka_unit_test(the_largest_of_nothing_is_refused),
      cmocka_unit_test(softmax_is_its_formula_along_any_axis_without_overflow),
      cmocka_unit_test(softmax_of_far_apart_logits_is_zero_and_one),
      cmocka_unit_test(log_softmax_is_precise_where_the_probability_is_nearly_one),
      cmocka_unit_test(nan_spoils_its_row_of_a_softmax_and_no_other),
      cmocka_unit_test(the_softmax_jacobian_is_diag_a_minus_a_a_transposed),
      cmocka_unit_test(reshape_keeps_the_order_of_elements_through_views_and_copies),
      cmocka_unit_test(any_view_under_any_shape_has_its_elements_in_row_major_order),
      cmocka_unit_test(shapes_of_another_size_are_refused),
      cmocka_unit_test(a_constant_of_equal_elements_stays_one_under_any_shape),
  };
  return RUN_TESTS(tests);
}
