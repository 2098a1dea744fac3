/* Reductions, running sums and products, and order, against hand calculation and plain C: values, derivatives at zeros,
 * ties and kinks, extreme numbers, and what they refuse. */
#include "numbers.h"

#include "../../engine/op.h"

#include <math.h>
#include <string.h>

#define AXES(...)                                                                                                      \
  (int)COUNT_OF(((const int64_t[]){__VA_ARGS__})), (const int64_t[]) { __VA_ARGS__ }
#define ALL 0, NULL

static void assert_values(wg_node *node, size_t n, const double *expected) {
  double *actual = new_f64(n);
  assert_tape_good(tape);
  assert_int_equal(wg_node_size(node), n);
  run_node(node, 0, NULL, actual);
  for (size_t i = 0; i < n; i++)
    if (isnan(expected[i]) ? !isnan(actual[i])
                           : !(actual[i] == expected[i] || fabs(actual[i] - expected[i]) <= 4e-15 * fabs(expected[i])))
      fail_msg("%s: element %zu is %.17g, expected %.17g", wg_node_op(node), i, actual[i], expected[i]);
  free(actual);
}

/* The derivative of Σ y by x at these values of x, f recorded with x as an input. */
typedef wg_node *function(wg_node *x);

static void assert_gradient(function *f, wg_shape shape, const double *x, size_t n, const double *expected) {
  wg_node *leaf = wg_input(tape, "x", WG_F64, shape), *grad;
  double *actual = new_f64(n);
  wg_grad(wg_sum_all(f(leaf)), 1, &leaf, &grad);
  assert_tape_good(tape);
  assert_int_equal(wg_node_size(grad), n);
  run_node(grad, 1, (wg_binding[]){{leaf, x}}, actual);
  for (size_t i = 0; i < n; i++)
    if (isnan(expected[i]) ? !isnan(actual[i]) : !(fabs(actual[i] - expected[i]) <= 1e-13 * fabs(expected[i])))
      fail_msg("derivative %zu is %.17g, expected %.17g", i, actual[i], expected[i]);
  free(actual);
}

#define GRADIENT(f, ...)                                                                                               \
  (f), WG_SHAPE(COUNT_OF(((const double[]){__VA_ARGS__}))), (const double[]) { __VA_ARGS__ }

/* ---- prod, cumsum, cumprod ---- */

static wg_node *prod_of(wg_node *x) { return wg_prod(x, ALL, false); }
static wg_node *cumprod_of(wg_node *x) { return wg_cumprod(x, 0, false); }
static wg_node *cumprod_back_of(wg_node *x) { return wg_cumprod(x, 0, true); }

static void a_product_over_axes_is_that_of_the_elements(void **state) {
  (void)state;
  wg_node *x = numbers(WG_SHAPE(2, 3), (double[]){1, 2, 3, 4, 5, 6});
  assert_values(wg_prod(x, ALL, false), VALUES(720));
  assert_values(wg_prod(x, AXES(0), false), VALUES(4, 10, 18));
  assert_values(wg_prod(x, AXES(-1), true), VALUES(6, 120));
  assert_values(wg_prod(wg_transpose(x), AXES(0), false), VALUES(6, 120));
  assert_values(wg_prod(wg_fill(tape, WG_F64, WG_SHAPE(0), 5), ALL, false), VALUES(1));
  assert_ptr_equal(wg_prod(x, AXES(1, 0), false), wg_prod(x, ALL, false));
  assert_ptr_equal(wg_prod(x, AXES(-1), false), wg_prod(x, AXES(1), false));
}

/* ∂(x₀·x₁·x₂)/∂x₀ = x₁·x₂, which y/x₀ would make 0/0. */
static void the_derivative_of_a_product_is_right_at_zeros(void **state) {
  (void)state;
  assert_gradient(GRADIENT(prod_of, 2, 3, 5), VALUES(15, 10, 6));
  assert_gradient(GRADIENT(prod_of, 2, 0, 5), VALUES(0, 10, 0));
  assert_gradient(GRADIENT(prod_of, 0, 3, 0), VALUES(0, 0, 0));
}

/* The second derivative by x₀ and x₁ of x₀·x₁·x₂ is x₂, also at x₀ = x₁ = 0. */
static void the_second_derivative_of_a_product_is_right_at_zeros(void **state) {
  (void)state;
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3)), *grad, *second;
  wg_grad(wg_prod(x, ALL, false), 1, &x, &grad);
  wg_grad(wg_select(grad, 0, 0), 1, &x, &second);
  assert_tape_good(tape);
  double values[3];
  run_node(second, 1, (wg_binding[]){{x, (double[]){0, 0, 7}}}, values);
  assert_true(values[0] == 0 && values[1] == 7 && values[2] == 0);
}

static void running_sums_and_products_go_both_ways(void **state) {
  (void)state;
  wg_node *x = numbers(WG_SHAPE(2, 3), (double[]){1, 2, 3, 4, 5, 6});
  assert_values(wg_cumsum(x, 1, false), VALUES(1, 3, 6, 4, 9, 15));
  assert_values(wg_cumsum(x, 1, true), VALUES(6, 5, 3, 15, 11, 6));
  assert_values(wg_cumsum(x, 0, false), VALUES(1, 2, 3, 5, 7, 9));
  assert_values(wg_cumprod(x, -1, false), VALUES(1, 2, 6, 4, 20, 120));
  assert_values(wg_cumprod(x, -1, true), VALUES(6, 6, 3, 120, 30, 6));
  assert_values(wg_cumprod(x, 0, true), VALUES(4, 10, 18, 4, 5, 6));
}

/* y = (a, ab, abc): ∂a = 1 + b + bc, ∂b = a + ac, ∂c = ab. */
static void the_derivative_of_a_running_product_is_right_at_zeros(void **state) {
  (void)state;
  assert_gradient(GRADIENT(cumprod_of, 2, 3, 5), VALUES(19, 12, 6));
  assert_gradient(GRADIENT(cumprod_of, 2, 0, 5), VALUES(1, 12, 0));
  assert_gradient(GRADIENT(cumprod_back_of, 5, 0, 2), VALUES(0, 12, 1));
}

/* y₀ = b₀, y₁ = a₁·b₀ + b₁, y₂ = a₂·y₁ + b₂ with a = (9,2,3), b = (1,4,5): 1, 6, 23. */
static void a_linear_recurrence_follows_its_formula(void **state) {
  (void)state;
  wg_node *a = VECTOR(9, 2, 3), *b = VECTOR(1, 4, 5);
  assert_values(wg_linear_recurrence(a, b, 0, false), VALUES(1, 6, 23));
  assert_values(wg_linear_recurrence(a, b, 0, true), VALUES(127, 14, 5));
}

/* ---- Extremes ---- */

static wg_node *amax_of(wg_node *x) { return wg_amax(x, ALL, false); }
static wg_node *amin_of(wg_node *x) { return wg_amin(x, ALL, false); }
static wg_node *min_of(wg_node *x) { return wg_min(x, 0, false); }

static void extremes_share_the_derivative_as_pytorch_does(void **state) {
  (void)state;
  wg_node *x = numbers(WG_SHAPE(2, 3), (double[]){1, -2, 3, 4, 5, -6});
  assert_values(wg_amax(x, ALL, false), VALUES(5));
  assert_values(wg_amax(x, AXES(0), false), VALUES(4, 5, 3));
  assert_values(wg_amin(x, AXES(1), true), VALUES(-2, -6));
  assert_values(wg_min(x, 0, false), VALUES(1, -2, -6));
  assert_gradient(GRADIENT(amax_of, 3, 1, 3, 2), VALUES(0.5, 0, 0.5, 0));
  assert_gradient(GRADIENT(amin_of, 3, 1, 1, 1), VALUES(0, 1.0 / 3, 1.0 / 3, 1.0 / 3));
  assert_gradient(GRADIENT(min_of, 3, 1, 1, 2), VALUES(0, 1, 0, 0)); /* the first */
}

static void nan_is_in_every_reduction(void **state) {
  (void)state;
  wg_node *x = VECTOR(1, (double)NAN, (double)INFINITY, -(double)INFINITY);
  wg_node *results[] = {
      wg_amax(x, ALL, false),      wg_amin(x, ALL, false),   wg_min(x, 0, false),
      wg_logsumexp(x, ALL, false), wg_prod(x, ALL, false),   wg_norm(x, 2, ALL, false),
      wg_var(x, ALL, false, 1),    wg_std(x, ALL, false, 1), wg_norm(x, (double)INFINITY, ALL, false)};
  for (size_t i = 0; i < COUNT_OF(results); i++) assert_values(results[i], VALUES((double)NAN));
  assert_values(wg_any(x, ALL, false), VALUES(1));
  assert_values(wg_all(x, ALL, false), VALUES(1));
}

static void extremes_of_nothing_are_refused(void **state) {
  (void)state;
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(0, 3));
  wg_amax(x, AXES(0), false);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "amax: x (0,3): axis 0 is empty");
  wg_amin(x, ALL, false);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "axis 0 is empty");
  wg_min(x, 0, false);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "axis 0 is empty");
  wg_argmax(x, 0, false);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "argmax: x (0,3): axis 0 is empty");
  assert_int_equal(wg_node_size(wg_amax(x, AXES(1), false)), 0);
  assert_tape_good(tape);
}

/* ---- Variance and norms ---- */

static wg_node *std_of(wg_node *x) { return wg_std(x, ALL, false, 1); }
static wg_node *norm_of(wg_node *x) { return wg_norm(x, 2, ALL, false); }
static wg_node *norm_1_of(wg_node *x) { return wg_norm(x, 1, ALL, false); }
static wg_node *norm_3_of(wg_node *x) { return wg_norm(x, 3, ALL, false); }
static wg_node *norm_inf_of(wg_node *x) { return wg_norm(x, (double)INFINITY, ALL, false); }

/* 2, 4, 4, 4, 5, 5, 7, 9 have the mean 5 and squares of distances that sum to 32. */
static void variances_divide_by_the_degrees_of_freedom(void **state) {
  (void)state;
  wg_node *x = VECTOR(2, 4, 4, 4, 5, 5, 7, 9);
  assert_values(wg_var(x, ALL, false, 1), VALUES(32.0 / 7));
  assert_values(wg_var(x, ALL, false, 0), VALUES(4));
  assert_values(wg_std(x, ALL, true, 0), VALUES(2));
  assert_values(wg_std(x, ALL, true, 4), VALUES(sqrt(8)));
  assert_values(wg_var(VECTOR(3), ALL, false, 1), VALUES((double)NAN));
  assert_values(wg_var(wg_add(x, wg_scalar_like(x, 1e9)), ALL, false, 0), VALUES(4)); /* no cancellation */
  assert_gradient(GRADIENT(std_of, 1, 3), VALUES(-1 / sqrt(2), 1 / sqrt(2)));
  assert_gradient(GRADIENT(std_of, 3, 3, 3), VALUES(0, 0, 0));
  wg_var(x, ALL, false, -1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the correction -1 is not in 0");
}

static void norms_follow_their_formulas(void **state) {
  (void)state;
  wg_node *x = numbers(WG_SHAPE(2, 2), (double[]){3, -4, -1, 0});
  assert_values(wg_norm(x, 2, AXES(1), false), VALUES(5, 1));
  assert_values(wg_norm(x, 1, ALL, false), VALUES(8));
  assert_values(wg_norm(x, (double)INFINITY, AXES(0), true), VALUES(3, 4));
  assert_values(wg_norm(x, 3, AXES(1), false), VALUES(cbrt(27 + 64), 1));
  wg_norm(x, 0.5, ALL, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "p is 0.5");
  wg_norm(x, (double)NAN, ALL, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "a norm has p of 1 or more");
}

static void norms_neither_overflow_nor_vanish(void **state) {
  (void)state;
  assert_values(wg_norm(VECTOR(3e300, 4e300), 2, ALL, false), VALUES(5e300));
  assert_values(wg_norm(VECTOR(3e-300, -4e-300), 2, ALL, false), VALUES(5e-300));
  assert_values(wg_norm(VECTOR(1e308, 1e-308), 3, ALL, false), VALUES(1e308));
  assert_values(wg_norm(VECTOR(1, -(double)INFINITY), 2, ALL, false), VALUES((double)INFINITY));
  assert_values(wg_norm(wg_fill(tape, WG_F64, WG_SHAPE(0), 1), 2, ALL, false), VALUES(0));
}

static void the_derivative_of_a_norm_at_zero_is_zero(void **state) {
  (void)state;
  assert_gradient(GRADIENT(norm_of, 3, -4), VALUES(0.6, -0.8));
  assert_gradient(GRADIENT(norm_of, 0, 0), VALUES(0, 0));
  assert_gradient(GRADIENT(norm_3_of, 0, 0), VALUES(0, 0));
  assert_gradient(GRADIENT(norm_1_of, 2, 0, -3), VALUES(1, 0, -1));
  assert_gradient(GRADIENT(norm_inf_of, 2, -3, 3, 0), VALUES(0, -0.5, 0.5, 0));
  assert_gradient(GRADIENT(norm_inf_of, 0, 0), VALUES(0, 0));
}

static void the_second_derivative_of_a_norm_at_zero_is_zero_too(void **state) {
  (void)state;
  for (double p = 2; p <= 3; p++) {
    wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *grad, *second;
    wg_grad(wg_norm(x, p, ALL, false), 1, &x, &grad);
    wg_grad(wg_select(grad, 0, 0), 1, &x, &second);
    assert_tape_good(tape);
    double values[2];
    run_node(second, 1, (wg_binding[]){{x, (double[]){0, 0}}}, values);
    assert_true(values[0] == 0 && values[1] == 0);
  }
}

/* ---- logsumexp ---- */

static wg_node *logsumexp_of(wg_node *x) { return wg_logsumexp(x, ALL, false); }

static void logsumexp_is_stable(void **state) {
  (void)state;
  const double infinity = (double)INFINITY;
  assert_values(wg_logsumexp(VECTOR(0, 0, 0), ALL, false), VALUES(log(3)));
  assert_values(wg_logsumexp(VECTOR(1000, 1000), ALL, false), VALUES(1000 + log(2)));
  assert_values(wg_logsumexp(VECTOR(-1000, -1000), ALL, false), VALUES(-1000 + log(2)));
  assert_values(wg_logsumexp(VECTOR(0, -40), ALL, false), VALUES(exp(-40)));
  assert_values(wg_logsumexp(VECTOR(-infinity, 2), ALL, false), VALUES(2));
  assert_values(wg_logsumexp(VECTOR(-infinity, -infinity), ALL, false), VALUES(-infinity));
  assert_values(wg_logsumexp(VECTOR(infinity, infinity), ALL, false), VALUES(infinity));
  assert_values(wg_logsumexp(VECTOR(-infinity, (double)NAN), ALL, false), VALUES((double)NAN));
  assert_values(wg_logsumexp(wg_fill(tape, WG_F64, WG_SHAPE(0), 1), ALL, false), VALUES(-infinity));
  assert_gradient(GRADIENT(logsumexp_of, 1000, 1000), VALUES(0.5, 0.5));
  assert_gradient(GRADIENT(logsumexp_of, -infinity, 2), VALUES(0, 1));
  assert_gradient(GRADIENT(logsumexp_of, -infinity, -infinity), VALUES(0, 0));
}

/* ---- any and all ---- */

static void any_and_all_ask_for_elements_that_are_not_zero(void **state) {
  (void)state;
  wg_node *x = numbers(WG_SHAPE(3, 2), (double[]){0, 0, 0, 1, 2, -3});
  assert_values(wg_any(x, AXES(1), false), VALUES(0, 1, 1));
  assert_values(wg_all(x, AXES(1), true), VALUES(0, 0, 1));
  assert_values(wg_any(x, ALL, false), VALUES(1));
  assert_values(wg_all(x, ALL, false), VALUES(0));
  wg_node *nothing = wg_fill(tape, WG_F64, WG_SHAPE(0), 1);
  assert_values(wg_any(nothing, ALL, false), VALUES(0));
  assert_values(wg_all(nothing, ALL, false), VALUES(1));
}

/* ---- Order ---- */

static void the_place_of_an_extreme_is_the_first(void **state) {
  (void)state;
  wg_node *x = numbers(WG_SHAPE(2, 4), (double[]){1, 3, 3, 0, -1, -2, 5, -2});
  assert_values(wg_argmax(x, 1, false), VALUES(1, 2));
  assert_values(wg_argmin(x, -1, true), VALUES(3, 1));
  assert_values(wg_argmax(x, 0, false), VALUES(0, 0, 1, 0));
  assert_int_equal(wg_node_dtype(wg_argmax(x, 0, false)), WG_I64);
  assert_values(wg_argmax(VECTOR(1, (double)NAN, 9, (double)NAN), 0, false), VALUES(1));
  assert_values(wg_argmin(VECTOR(1, (double)NAN, -9, (double)NAN), 0, false), VALUES(1));
}

static void sorting_is_stable_and_puts_nan_where_the_greatest_is(void **state) {
  (void)state;
  const double nan = (double)NAN, infinity = (double)INFINITY;
  wg_node *x = VECTOR(2, nan, 1, 2, -infinity, 1, infinity);
  assert_values(wg_argsort(x, 0, false), VALUES(4, 2, 5, 0, 3, 6, 1));
  assert_values(wg_argsort(x, 0, true), VALUES(1, 6, 0, 3, 2, 5, 4));
  assert_values(wg_sort(x, 0, false), VALUES(-infinity, 1, 1, 2, 2, infinity, nan));
  wg_node *m = numbers(WG_SHAPE(2, 3), (double[]){3, 1, 2, 0, 5, 4});
  assert_values(wg_sort(m, 0, false), VALUES(0, 1, 2, 3, 5, 4));
  assert_values(wg_sort(wg_transpose(m), 1, true), VALUES(3, 0, 5, 1, 4, 2));
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void a_long_row_is_sorted_as_qsort_does(void **state) {
  (void)state;
  enum { N = 1237 };
  double x[N];
  fill_f64(x, N, -1, 1, 3);
  for (int k = 0; k < N; k++) x[k] = (double)(float)x[k];
  wg_node *wide = wg_sort(numbers(WG_SHAPE(N), x), 0, false), *narrow = wg_cast(numbers(WG_SHAPE(N), x), WG_F32);
  qsort(x, N, sizeof *x, by_value);
  assert_values(wide, N, x);
  assert_values(wg_sort(narrow, 0, false), N, x);
}

static wg_node *sorted_weighted(wg_node *x) { return wg_mul(wg_sort(x, 0, false), VECTOR(1, 10, 100)); }
static wg_node *top_2_weighted(wg_node *x) { return wg_mul(wg_topk(x, 2, 0, true), VECTOR(1, 10)); }

static void the_derivative_of_an_order_goes_back_to_where_the_elements_came_from(void **state) {
  (void)state;
  assert_gradient(GRADIENT(sorted_weighted, 5, -1, 2), VALUES(100, 1, 10));
  assert_gradient(GRADIENT(top_2_weighted, 5, -1, 2), VALUES(1, 0, 10));
}

static void topk_takes_the_first_of_the_order(void **state) {
  (void)state;
  wg_node *x = numbers(WG_SHAPE(2, 4), (double[]){1, 3, 3, 0, -1, -2, 5, -2});
  assert_values(wg_topk(x, 2, 1, true), VALUES(3, 3, 5, -1));
  assert_values(wg_argtopk(x, 2, 1, true), VALUES(1, 2, 2, 0));
  assert_values(wg_topk(x, 1, 0, false), VALUES(-1, -2, 3, -2));
  wg_topk(x, 5, 1, true);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "(2,4): k is 5, not in 0 … 4, the size of axis 1");
}

static void wrong_axes_are_named(void **state) {
  (void)state;
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 3)), *whole = wg_input(tape, "i", WG_I64, WG_SHAPE(2));
  wg_prod(x, AXES(2), false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "prod: x (2,3): there is no axis 2");
  wg_norm(x, 2, AXES(1, -1), false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 1 is named twice");
  wg_logsumexp(x, 3, NULL, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "no list of 3 axes");
  wg_cumsum(x, -3, false);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis -3");
  wg_sort(whole, 0, false);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "sort");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_product_over_axes_is_that_of_the_elements),
      TEST(the_derivative_of_a_product_is_right_at_zeros),
      TEST(the_second_derivative_of_a_product_is_right_at_zeros),
      TEST(running_sums_and_products_go_both_ways),
      TEST(the_derivative_of_a_running_product_is_right_at_zeros),
      TEST(a_linear_recurrence_follows_its_formula),
      TEST(extremes_share_the_derivative_as_pytorch_does),
      TEST(nan_is_in_every_reduction),
      TEST(extremes_of_nothing_are_refused),
      TEST(variances_divide_by_the_degrees_of_freedom),
      TEST(norms_follow_their_formulas),
      TEST(norms_neither_overflow_nor_vanish),
      TEST(the_derivative_of_a_norm_at_zero_is_zero),
      TEST(the_second_derivative_of_a_norm_at_zero_is_zero_too),
      TEST(logsumexp_is_stable),
      TEST(any_and_all_ask_for_elements_that_are_not_zero),
      TEST(the_place_of_an_extreme_is_the_first),
      TEST(sorting_is_stable_and_puts_nan_where_the_greatest_is),
      TEST(a_long_row_is_sorted_as_qsort_does),
      TEST(the_derivative_of_an_order_goes_back_to_where_the_elements_came_from),
      TEST(topk_takes_the_first_of_the_order),
      TEST(wrong_axes_are_named),
  };
  return RUN_TESTS(tests);
}
