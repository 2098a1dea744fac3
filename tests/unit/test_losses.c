/* The losses: values against their formulas in long double, gradients against the hand-derived ones and central
 * differences, logits of ±1000, targets that are none, and how the gradients read. */
#include "../support.h"

#include "../../engine/derivation.h"
#include "../../engine/op.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

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

static wg_node *labels_of(wg_tape *tape, wg_shape shape, const int64_t *labels) {
  return wg_constant(tape, WG_I64, shape, labels);
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

/* The run of the node fails for its values, with this message. */
static void assert_run_fails(wg_node *node, const char *part) {
  wg_plan *plan = wg_plan_new(1, &node);
  assert_int_equal(wg_plan_status(plan), WG_OK);
  assert_int_equal(wg_run(plan), WG_ERROR_DATA);
  assert_contains(wg_plan_error(plan), part);
  wg_plan_free(plan);
}

static void assert_formula(const wg_node *node, wg_script script, const char *expected) {
  char text[200];
  wg_formula(node, script, text, sizeof text);
  assert_string_equal(text, expected);
}

/* All derivatives of root by x agree with central differences. */
static void assert_differences_agree(wg_node *root, wg_node *x, size_t binding_count, const wg_binding *bindings) {
  assert_tape_good(wg_node_tape(root));
  wg_check *check = wg_check_gradient(root, 1, &x, binding_count, bindings, NULL);
  if (wg_check_status(check) != WG_OK) fail_msg("%s", wg_check_error(check));
  assert_int_equal(wg_check_count_of(check, WG_PASS), wg_node_size(x));
  wg_check_free(check);
}

/* ---- Cross-entropy of K classes ---- */

/* −Σ_k y_k ln SM(z)_k by the formula; the exponent of a long double reaches far enough for ±1000. */
static double plain_cross_entropy(size_t classes, const double *z, const double *y) {
  long double sum = 0, loss = 0;
  for (size_t k = 0; k < classes; k++) sum += expl(z[k]);
  for (size_t k = 0; k < classes; k++)
    if (y[k] != 0) loss -= y[k] * (z[k] - logl(sum));
  return (double)loss;
}

static const double logits[] = {1, 2, 3, 0.5, -1, 0.25, 1000, -1000, 0, -1000, 1000, 999, 0, 0, 0};
static const double targets[] = {0.7, 0.2, 0.1, 0, 1, 0, 0, 1, 0, 0.5, 0, 0.5, 0.25, 0.25, 0.5};
enum { ROWS = 5, CLASSES = 3 };

static void cross_entropy_is_its_formula_for_probabilities_in_both_precisions(void **state) {
  (void)state;
  double expected[ROWS], mean = 0, sum = 0;
  for (int r = 0; r < ROWS; r++)
    sum += expected[r] = plain_cross_entropy(CLASSES, logits + r * CLASSES, targets + r * CLASSES);
  mean = sum / ROWS;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    double bound = dtype == WG_F32 ? 1e-6 : 1e-14;
    wg_node *z = numbers(tape, dtype, WG_SHAPE(ROWS, CLASSES), logits);
    wg_node *y = numbers(tape, dtype, WG_SHAPE(ROWS, CLASSES), targets);
    assert_values(wg_cross_entropy_terms(z, y), ROWS, expected, bound);
    assert_values(wg_softmax_cross_entropy_reduced(z, y, WG_NONE), ROWS, expected, bound);
    assert_values(wg_softmax_cross_entropy_reduced(z, y, WG_SUM), 1, &sum, bound);
    assert_values(wg_softmax_cross_entropy(z, y), 1, &mean, bound);
    wg_tape_free(tape);
  }
}

static void class_indices_are_worth_their_one_hot_rows(void **state) {
  (void)state;
  static const int64_t classes[ROWS] = {2, 0, 1, 1, 2};
  double rows[ROWS * CLASSES] = {0}, expected[ROWS];
  for (int r = 0; r < ROWS; r++) rows[r * CLASSES + classes[r]] = 1;
  for (int r = 0; r < ROWS; r++) expected[r] = plain_cross_entropy(CLASSES, logits + r * CLASSES, rows + r * CLASSES);
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    wg_node *z = numbers(tape, dtype, WG_SHAPE(ROWS, CLASSES), logits);
    wg_node *indices = labels_of(tape, WG_SHAPE(ROWS), classes), *one_hot = wg_one_hot(indices, CLASSES, dtype);
    assert_int_equal(wg_node_dtype(one_hot), dtype);
    assert_values(one_hot, ROWS * CLASSES, rows, 0);
    assert_values(wg_cross_entropy_terms(z, indices), ROWS, expected, dtype == WG_F32 ? 1e-6 : 1e-14);
    assert_values(wg_cross_entropy_terms(z, one_hot), ROWS, expected, dtype == WG_F32 ? 1e-6 : 1e-14);
    wg_tape_free(tape);
  }
}

/* a = (0.7, 0.2, 0.1), y = (1, 0, 0): J = −ln 0.7 = 0.356675, ∂z = (−0.3, 0.2, 0.1). */
static void the_numbers_of_the_lecture_come_out(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = numbers(tape, WG_F64, WG_SHAPE(1, 3), (double[]){log(0.7), log(0.2), log(0.1)}), *grad;
  wg_node *y = numbers(tape, WG_F64, WG_SHAPE(1, 3), (double[]){1, 0, 0}), *J = wg_softmax_cross_entropy(z, y);
  wg_grad(J, 1, &z, &grad);
  double loss = run_scalar(J, 0, NULL);
  assert_true(fabs(loss - 0.356675) < 5e-7);
  assert_values(grad, 3, (double[]){-0.3, 0.2, 0.1}, 1e-15);
  wg_tape_free(tape);
}

static void the_loss_of_equal_logits_is_ln_K(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_fill(tape, WG_F64, WG_SHAPE(4, 10), 0);
  double expected = log(10);
  assert_values(wg_softmax_cross_entropy(z, labels_of(tape, WG_SHAPE(4), (int64_t[]){0, 3, 9, 5})), 1, &expected,
                1e-15);
  wg_tape_free(tape);
}

/* ln(1 + e^(−50)) = 1.928749847963918e-22. */
static void a_nearly_certain_prediction_has_a_small_loss_and_not_none(void **state) {
  (void)state;
  double expected = 1.928749847963918e-22;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    double bound = dtype == WG_F32 ? 1e-6 : 1e-15;
    wg_node *z = numbers(tape, dtype, WG_SHAPE(1, 2), (double[]){50, 0});
    assert_values(wg_cross_entropy_terms(z, labels_of(tape, WG_SHAPE(1), (int64_t[]){0})), 1, &expected, bound);
    wg_node *logit = wg_fill(tape, dtype, WG_SHAPE(1), 50), *one = wg_fill(tape, dtype, WG_SHAPE(1), 1);
    assert_values(wg_bce_logits_terms(logit, one), 1, &expected, bound);
    wg_tape_free(tape);
  }
}

static void the_gradient_is_a_minus_y_over_m_also_at_a_thousand(void **state) {
  (void)state;
  double expected[ROWS * CLASSES];
  for (int r = 0; r < ROWS; r++) {
    long double sum = 0;
    for (int k = 0; k < CLASSES; k++) sum += expl(logits[r * CLASSES + k]);
    for (int k = r * CLASSES; k < (r + 1) * CLASSES; k++)
      expected[k] = ((double)(expl(logits[k]) / sum) - targets[k]) / ROWS;
  }
  wg_tape *tape = wg_tape_new();
  wg_node *z = numbers(tape, WG_F64, WG_SHAPE(ROWS, CLASSES), logits), *grad;
  wg_node *y = numbers(tape, WG_F64, WG_SHAPE(ROWS, CLASSES), targets);
  wg_grad(wg_softmax_cross_entropy(z, y), 1, &z, &grad);
  double actual[ROWS * CLASSES];
  run_node(grad, 0, NULL, actual);
  for (size_t i = 0; i < COUNT_OF(actual); i++) assert_true(fabs(actual[i] - expected[i]) <= 1e-16);
  wg_tape_free(tape);
}

/* Random rows of probabilities in three axes; first derivative, and the derivative of its weighted sum. */
static void first_and_second_derivatives_for_probabilities_agree_with_differences(void **state) {
  (void)state;
  enum { N = 2 * 3 * 4 };
  double z_values[N], y_values[N], w_values[N], terms_weights[2 * 3];
  fill_f64(z_values, N, -2, 2, 1);
  fill_f64(y_values, N, 0, 1, 2);
  fill_f64(w_values, N, -1, 1, 3);
  fill_f64(terms_weights, 6, 0.5, 1.5, 4);
  for (int r = 0; r < N; r += 4) {
    double sum = y_values[r] + y_values[r + 1] + y_values[r + 2] + y_values[r + 3];
    for (int k = r; k < r + 4; k++) y_values[k] /= sum;
  }
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_param(tape, "z", WG_F64, WG_SHAPE(2, 3, 4)), *y = wg_input(tape, "y", WG_F64, WG_SHAPE(2, 3, 4));
  wg_node *w = numbers(tape, WG_F64, WG_SHAPE(2, 3, 4), w_values), *grad;
  wg_node *v = numbers(tape, WG_F64, WG_SHAPE(2, 3), terms_weights);
  const wg_binding bindings[] = {{z, z_values}, {y, y_values}};
  wg_node *weighted = wg_sum_all(wg_mul(wg_cross_entropy_terms(z, y), v));
  assert_differences_agree(weighted, z, 2, bindings);
  wg_grad(weighted, 1, &z, &grad);
  assert_differences_agree(wg_sum_all(wg_mul(grad, w)), z, 2, bindings);
  wg_node *mean = wg_softmax_cross_entropy(z, y);
  assert_differences_agree(mean, z, 2, bindings);
  wg_grad(mean, 1, &z, &grad);
  assert_differences_agree(wg_sum_all(wg_mul(grad, w)), z, 2, bindings);
  wg_tape_free(tape);
}

static void transposed_and_repeated_inputs_change_nothing(void **state) {
  (void)state;
  double turned_z[ROWS * CLASSES], turned_y[ROWS * CLASSES], expected[ROWS], same[ROWS];
  for (int i = 0; i < ROWS * CLASSES; i++) {
    turned_z[i % CLASSES * ROWS + i / CLASSES] = logits[i];
    turned_y[i % CLASSES * ROWS + i / CLASSES] = targets[i];
  }
  for (int r = 0; r < ROWS; r++)
    expected[r] = plain_cross_entropy(CLASSES, logits + r * CLASSES, targets + r * CLASSES);
  for (int r = 0; r < ROWS; r++) same[r] = plain_cross_entropy(CLASSES, logits + r * CLASSES, targets);
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_transpose(numbers(tape, WG_F64, WG_SHAPE(CLASSES, ROWS), turned_z));
  wg_node *y = wg_transpose(numbers(tape, WG_F64, WG_SHAPE(CLASSES, ROWS), turned_y));
  assert_values(wg_cross_entropy_terms(z, y), ROWS, expected, 1e-14);
  wg_node *row = wg_broadcast_to(numbers(tape, WG_F64, WG_SHAPE(1, CLASSES), targets), WG_SHAPE(ROWS, CLASSES));
  assert_values(wg_cross_entropy_terms(z, row), ROWS, same, 1e-14);
  /* one label for all rows, and labels as the transpose of labels */
  wg_node *label = wg_broadcast_to(labels_of(tape, WG_SHAPE(1), (int64_t[]){1}), WG_SHAPE(ROWS));
  wg_node *ones = labels_of(tape, WG_SHAPE(ROWS), (int64_t[]){1, 1, 1, 1, 1});
  double one[ROWS], other[ROWS];
  run_node(wg_cross_entropy_terms(z, label), 0, NULL, one);
  run_node(wg_cross_entropy_terms(z, ones), 0, NULL, other);
  assert_memory_equal(one, other, sizeof one);
  wg_node *square = wg_transpose(labels_of(tape, WG_SHAPE(2, 2), (int64_t[]){0, 1, 2, 1}));
  assert_values(wg_one_hot(square, 3, WG_F64), 12, (double[]){1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0}, 0);
  wg_tape_free(tape);
}

static void a_target_of_zero_counts_nothing_even_at_minus_infinity(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = numbers(tape, WG_F64, WG_SHAPE(2, 3), (double[]){0, -INFINITY, 0, 0, -INFINITY, 0});
  wg_node *y = numbers(tape, WG_F64, WG_SHAPE(2, 3), (double[]){0.5, 0, 0.5, 0.5, 0.5, 0});
  assert_values(wg_cross_entropy_terms(z, y), 2, (double[]){log(2), INFINITY}, 1e-15);
  wg_tape_free(tape);
}

static void nan_in_logits_or_targets_makes_its_term_nan(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = numbers(tape, WG_F64, WG_SHAPE(4, 2), (double[]){0, 0, NAN, 0, 0, NAN, 0, 0});
  wg_node *y = numbers(tape, WG_F64, WG_SHAPE(4, 2), (double[]){1, 0, 0, 1, 1, 0, NAN, 0});
  assert_values(wg_cross_entropy_terms(z, y), 4, (double[]){log(2), NAN, NAN, NAN}, 1e-15);
  wg_node *labels = labels_of(tape, WG_SHAPE(4), (int64_t[]){0, 1, 0, 0});
  assert_values(wg_cross_entropy_terms(z, labels), 4, (double[]){log(2), NAN, NAN, log(2)}, 1e-15);
  assert_true(isnan(run_scalar(wg_softmax_cross_entropy(z, labels), 0, NULL)));
  wg_tape_free(tape);
}

static void labels_out_of_range_are_named(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_fill(tape, WG_F64, WG_SHAPE(4, 3), 0);
  wg_node *high = labels_of(tape, WG_SHAPE(4), (int64_t[]){0, 1, 7, 2});
  wg_node *next = labels_of(tape, WG_SHAPE(4), (int64_t[]){0, 1, 2, 3});
  wg_node *low = labels_of(tape, WG_SHAPE(4), (int64_t[]){0, -1, 0, 2});
  assert_run_fails(wg_softmax_cross_entropy(z, high), "label 7 at index 2 is not in 0 … 2");
  assert_run_fails(wg_softmax_cross_entropy(z, low), "label -1 at index 1 is not in 0 … 2");
  assert_run_fails(wg_softmax_cross_entropy(z, next), "label 3 at index 3 is not in 0 … 2");
  assert_run_fails(wg_one_hot(next, 3, WG_F64), "label 3 at index 3 is not in 0 … 2");
  assert_run_fails(wg_name(wg_one_hot(high, 3, WG_F64), "Y"), "one_hot Y: label 7 at index 2 is not in 0 … 2");
  assert_tape_good(tape);
  wg_tape_free(tape);
}

static void rows_of_targets_that_do_not_sum_to_one_are_named(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    wg_node *z = wg_fill(tape, dtype, WG_SHAPE(3, 2), 0);
    wg_node *y = numbers(tape, dtype, WG_SHAPE(3, 2), (double[]){1, 0, 0.5, 0.5, 0.5, 0.25});
    assert_run_fails(wg_softmax_cross_entropy(z, y), "the targets of row 2 sum to 0.75, not to 1");
    wg_node *nearly = numbers(tape, dtype, WG_SHAPE(3, 2), (double[]){1 + 1e-7, 0, 0.5, 0.5 - 1e-7, 0.3, 0.7});
    assert_true(isfinite(run_scalar(wg_softmax_cross_entropy(z, nearly), 0, NULL)));
    wg_tape_free(tape);
  }
}

static void shapes_of_targets_that_do_not_fit_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_param(tape, "Z2", WG_F64, WG_SHAPE(300, 3));
  assert_true(wg_node_inert(wg_softmax_cross_entropy(z, wg_input(tape, "Y", WG_F64, WG_SHAPE(300, 4)))));
  assert_tape_failed(tape, WG_ERROR_SHAPE,
                     "softmax_cross_entropy: Z2 (300,3), Y (300,4): probabilities as targets have the shape of the "
                     "logits");
  wg_cross_entropy_terms(z, wg_input(tape, "Y", WG_I64, WG_SHAPE(300, 1)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "class indices for these logits have the shape (300)");
  wg_softmax_cross_entropy(z, wg_input(tape, "Y", WG_F32, WG_SHAPE(300, 3)));
  assert_tape_failed(tape, WG_ERROR_DTYPE, "f64 and f32");
  wg_softmax_cross_entropy(wg_input(tape, "n", WG_I64, WG_SHAPE(2, 3)), wg_input(tape, "l", WG_I64, WG_SHAPE(2)));
  assert_tape_failed(tape, WG_ERROR_DTYPE, "i64");
  wg_softmax_cross_entropy(wg_param(tape, "s", WG_F64, WG_SCALAR), wg_param(tape, "t", WG_F64, WG_SCALAR));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "logits need an axis of classes");
  wg_softmax_cross_entropy(wg_param(tape, "s", WG_F64, WG_SHAPE(2, 0)), wg_param(tape, "t", WG_F64, WG_SHAPE(2, 0)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "there are no classes");
  wg_one_hot(z, 3, WG_F64);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "labels are i64, not f64");
  wg_node *labels = wg_input(tape, "l", WG_I64, WG_SHAPE(2));
  wg_one_hot(labels, 0, WG_F64);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the number of classes is 0");
  wg_one_hot(labels, 3, WG_I64);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "'i64' is not f32 or f64");
  wg_one_hot(labels, 3, (wg_dtype)77);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "is not f32 or f64");
  wg_one_hot(wg_input(tape, "l", WG_I64, WG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)), 3, WG_F64);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "more than 8 axes");
  wg_mean_squared_error(z, wg_param(tape, "t", WG_F64, WG_SHAPE(300, 1)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "mean_squared_error: Z2 (300,3), t (300,1): the shapes differ");
  wg_binary_cross_entropy_logits(z, wg_param(tape, "t", WG_F64, WG_SHAPE(3)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the shapes differ");
  assert_true(wg_node_inert(wg_softmax_cross_entropy(NULL, NULL)));
  wg_tape_free(tape);
}

static void an_unknown_reduction_is_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *both[] = {wg_param(tape, "a", WG_F64, WG_SHAPE(2, 3)), wg_param(tape, "b", WG_F64, WG_SHAPE(2, 3))};
  static const char *const losses[] = {"softmax_cross_entropy", "binary_cross_entropy", "binary_cross_entropy_logits",
                                       "mean_squared_error"};
  for (size_t i = 0; i < COUNT_OF(losses); i++) {
    wg_apply(wg_op_find(losses[i]), 2, both, (wg_attr[]){wg_attr_text("reduction", "median"), {0}});
    assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the reduction 'median' is not mean, sum or none");
  }
  wg_mean_squared_error_reduced(both[0], both[1], (wg_reduction)9);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "is not mean, sum or none");
  assert_ptr_equal(wg_apply(wg_op_find("mean_squared_error"), 2, both, NULL), wg_mean_squared_error(both[0], both[1]));
  wg_tape_free(tape);
}

static void the_mean_loss_of_no_samples_is_nan_and_their_sum_is_zero(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_fill(tape, WG_F64, WG_SHAPE(0, 3), 0), *y = wg_constant(tape, WG_I64, WG_SHAPE(0), NULL);
  assert_true(isnan(run_scalar(wg_softmax_cross_entropy(z, y), 0, NULL)));
  assert_true(run_scalar(wg_softmax_cross_entropy_reduced(z, y, WG_SUM), 0, NULL) == 0);
  assert_true(isnan(run_scalar(wg_mean_squared_error(z, z), 0, NULL)));
  wg_tape_free(tape);
}

static void the_gradient_by_the_logits_reads_as_in_the_lecture(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_param(tape, "Z2", WG_F64, WG_SHAPE(300, 3)), *y = wg_input(tape, "Y", WG_F64, WG_SHAPE(300, 3)),
          *grad;
  wg_node *a = wg_name(wg_softmax(z, 1), "A2");
  wg_grad(wg_softmax_cross_entropy(z, y), 1, &z, &grad);
  assert_ptr_equal(wg_node_input(wg_node_input(grad, 0), 0), a); /* the softmax of the model is that of the rule */
  assert_formula(wg_node_input(grad, 0), WG_UNICODE, "A2 − Y");
  assert_string_equal(wg_node_op(grad), "div_count");
  wg_node *logit = wg_param(tape, "z", WG_F64, WG_SCALAR), *label = wg_input(tape, "y", WG_F64, WG_SCALAR);
  wg_name(wg_sigmoid(logit), "ŷ");
  wg_grad(wg_bce_logits_terms(logit, label), 1, &logit, &grad);
  assert_formula(grad, WG_UNICODE, "ŷ − y");
  wg_node *p = wg_param(tape, "a", WG_F64, WG_SCALAR);
  wg_grad(wg_bce_terms(p, label), 1, &p, &grad);
  assert_formula(grad, WG_UNICODE, "−y / a + (1 − y) / (1 − a)");
  wg_tape_free(tape);
}

/* ---- Binary cross-entropy ---- */

static long double plain_bce_of_logit(long double z, long double y) {
  return y * log1pl(expl(-z)) + (1 - y) * log1pl(expl(z));
}

static void binary_cross_entropy_of_logits_is_its_formula_at_any_size(void **state) {
  (void)state;
  const double z[] = {0, 1, -1, 40, -40, 40, -40, 1000, -1000, 1000, -1000, 3},
               y[] = {0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0.3};
  double expected[12], slope[12], actual[12];
  for (int i = 0; i < 12; i++) expected[i] = (double)plain_bce_of_logit(z[i], y[i]);
  for (int i = 0; i < 12; i++) slope[i] = (double)(1 / (1 + expl(-z[i])) - y[i]);
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    double bound = dtype == WG_F32 ? 1e-6 : 1e-15;
    wg_node *logit = numbers(tape, dtype, WG_SHAPE(12), z), *target = numbers(tape, dtype, WG_SHAPE(12), y), *grad;
    wg_node *J = wg_binary_cross_entropy_logits_reduced(logit, target, WG_SUM);
    run_node(wg_bce_logits_terms(logit, target), 0, NULL, actual);
    for (int i = 0; i < 12; i++)
      if (!(fabs(actual[i] - expected[i]) <= bound * fabs(expected[i]) + (dtype == WG_F32 ? 1e-38 : 0)))
        fail_msg("z = %g, y = %g: %.17g, expected %.17g", z[i], y[i], actual[i], expected[i]);
    wg_grad(J, 1, &logit, &grad);
    run_node(grad, 0, NULL, actual);
    for (int i = 0; i < 12; i++) assert_true(fabs(actual[i] - slope[i]) <= bound);
    wg_tape_free(tape);
  }
}

/* At z = 40, y = 0 the derivative is σ(40) − 0 = 1. Of σ and BCE on probabilities the factors are 1/(1−a), where a has
 * been rounded to 1, and a(1−a), which is 0. */
static void at_z_40_the_fused_derivative_is_one_and_the_unfused_is_a_number(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (double z = -1000; z <= 1000; z += 40)
      for (double y = 0; y <= 1; y++) {
        wg_tape *tape = wg_tape_new();
        wg_node *logit = wg_name(numbers(tape, dtype, WG_SHAPE(1), &z), "z"), *grad;
        wg_node *target = numbers(tape, dtype, WG_SHAPE(1), &y);
        wg_grad(wg_binary_cross_entropy_logits(logit, target), 1, &logit, &grad);
        if (z == 40 && y == 0) assert_true(run_scalar(grad, 0, NULL) == 1);
        wg_node *J = wg_binary_cross_entropy(wg_sigmoid(logit), target);
        wg_grad(J, 1, &logit, &grad);
        assert_true(isfinite(run_scalar(J, 0, NULL)));
        assert_true(isfinite(run_scalar(grad, 0, NULL)));
        wg_tape_free(tape);
      }
}

static void binary_cross_entropy_of_probabilities_is_its_formula(void **state) {
  (void)state;
  const double a[] = {0.5, 0.9, 0.1, 1e-300, 1e-12, 0.25, 0.75}, y[] = {0, 1, 0, 1, 0, 0.25, 0.5};
  double expected[7], by_a[7], by_y[7], mean = 0;
  for (int i = 0; i < 7; i++) {
    expected[i] = (double)-(y[i] * logl(a[i]) + (1 - y[i]) * log1pl(-(long double)a[i]));
    by_a[i] = -y[i] / a[i] + (1 - y[i]) / (1 - a[i]);
    by_y[i] = (double)(log1pl(-(long double)a[i]) - logl(a[i]));
    mean += expected[i] / 7;
  }
  wg_tape *tape = wg_tape_new();
  wg_node *p = numbers(tape, WG_F64, WG_SHAPE(7), a), *target = numbers(tape, WG_F64, WG_SHAPE(7), y), *grad[2];
  assert_values(wg_bce_terms(p, target), 7, expected, 1e-15);
  assert_values(wg_binary_cross_entropy(p, target), 1, &mean, 1e-15);
  wg_grad(wg_binary_cross_entropy_reduced(p, target, WG_SUM), 2, (wg_node *[]){p, target}, grad);
  assert_values(grad[0], 7, by_a, 1e-15);
  assert_values(grad[1], 7, by_y, 1e-15);
  wg_tape_free(tape);
}

/* −ln(1−a) at a = 1 with y = 0 is that of the largest number below 1, −ln(ε/2), and −ln a at 0 that of the smallest
 * normal number. Where the target says 0 and 1 rightly, the loss is that of being off by as little. */
static void probabilities_of_zero_and_one_have_a_finite_loss(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *p = numbers(tape, WG_F64, WG_SHAPE(4), (double[]){1, 0, 1, 0});
  wg_node *y = numbers(tape, WG_F64, WG_SHAPE(4), (double[]){0, 1, 1, 0});
  const double expected[] = {-log(DBL_EPSILON / 2), -log(DBL_MIN), DBL_EPSILON / 2, DBL_MIN};
  assert_values(wg_bce_terms(p, y), 4, expected, 1e-15);
  wg_node *narrow = numbers(tape, WG_F32, WG_SHAPE(2), (double[]){1, 0});
  wg_node *wrong = numbers(tape, WG_F32, WG_SHAPE(2), (double[]){0, 1});
  const double narrow_expected[] = {-log((double)FLT_EPSILON / 2), -log((double)FLT_MIN)};
  assert_values(wg_bce_terms(narrow, wrong), 2, narrow_expected, 1e-7);
  wg_tape_free(tape);
}

static void nan_stays_nan_in_every_loss(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    wg_node *x = numbers(tape, dtype, WG_SHAPE(3), (double[]){NAN, 0.5, 0.5});
    wg_node *y = numbers(tape, dtype, WG_SHAPE(3), (double[]){0, NAN, 0});
    wg_node *losses[] = {wg_bce_terms(x, y), wg_bce_logits_terms(x, y), wg_mean_squared_error_reduced(x, y, WG_NONE)};
    for (size_t i = 0; i < COUNT_OF(losses); i++) {
      double values[3];
      run_node(losses[i], 0, NULL, values);
      assert_true(isnan(values[0]) && isnan(values[1]) && isfinite(values[2]));
    }
    wg_tape_free(tape);
  }
}

/* ---- Mean squared error ---- */

static void the_mean_squared_error_and_its_gradient_are_their_formulas(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 0, 3.5, 4, 5, -1};
  wg_tape *tape = wg_tape_new();
  wg_node *a = numbers(tape, WG_F64, WG_SHAPE(2, 3), x), *b = numbers(tape, WG_F64, WG_SHAPE(2, 3), y), *grad[2];
  double terms[] = {0, 4, 0.25, 0, 0, 49}, sum = 53.25, mean = 53.25 / 6, by_a[6], by_b[6];
  for (int i = 0; i < 6; i++) by_a[i] = 2 * (x[i] - y[i]) / 6, by_b[i] = -by_a[i];
  assert_values(wg_mean_squared_error_reduced(a, b, WG_NONE), 6, terms, 0);
  assert_values(wg_mean_squared_error_reduced(a, b, WG_SUM), 1, &sum, 1e-15);
  wg_node *J = wg_mean_squared_error(a, b);
  assert_values(J, 1, &mean, 1e-15);
  wg_grad(J, 2, (wg_node *[]){a, b}, grad);
  assert_values(grad[0], 6, by_a, 1e-15);
  assert_values(grad[1], 6, by_b, 1e-15);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cross_entropy_is_its_formula_for_probabilities_in_both_precisions),
      cmocka_unit_test(class_indices_are_worth_their_one_hot_rows),
      cmocka_unit_test(the_numbers_of_the_lecture_come_out),
      cmocka_unit_test(the_loss_of_equal_logits_is_ln_K),
      cmocka_unit_test(a_nearly_certain_prediction_has_a_small_loss_and_not_none),
      cmocka_unit_test(the_gradient_is_a_minus_y_over_m_also_at_a_thousand),
      cmocka_unit_test(first_and_second_derivatives_for_probabilities_agree_with_differences),
      cmocka_unit_test(transposed_and_repeated_inputs_change_nothing),
      cmocka_unit_test(a_target_of_zero_counts_nothing_even_at_minus_infinity),
      cmocka_unit_test(nan_in_logits_or_targets_makes_its_term_nan),
      cmocka_unit_test(labels_out_of_range_are_named),
      cmocka_unit_test(rows_of_targets_that_do_not_sum_to_one_are_named),
      cmocka_unit_test(shapes_of_targets_that_do_not_fit_are_refused),
      cmocka_unit_test(an_unknown_reduction_is_refused),
      cmocka_unit_test(the_mean_loss_of_no_samples_is_nan_and_their_sum_is_zero),
      cmocka_unit_test(the_gradient_by_the_logits_reads_as_in_the_lecture),
      cmocka_unit_test(binary_cross_entropy_of_logits_is_its_formula_at_any_size),
      cmocka_unit_test(at_z_40_the_fused_derivative_is_one_and_the_unfused_is_a_number),
      cmocka_unit_test(binary_cross_entropy_of_probabilities_is_its_formula),
      cmocka_unit_test(probabilities_of_zero_and_one_have_a_finite_loss),
      cmocka_unit_test(nan_stays_nan_in_every_loss),
      cmocka_unit_test(the_mean_squared_error_and_its_gradient_are_their_formulas),
  };
  return RUN_TESTS(tests);
}
