/* The gradient check says what is true of a gradient: right, wrong, at a kink, or not to be told. */
#include "../support.h"

#include <math.h>
#include <string.h>

/* ---- One function of one parameter x ---- */

typedef struct scene {
  wg_tape *tape;
  wg_node *x;
} scene;

static scene scene_new(wg_shape shape) {
  wg_tape *tape = wg_tape_new();
  return (scene){tape, wg_param(tape, "x", WG_F64, shape)};
}

static wg_check *check_at(scene *s, wg_node *root, const double *values, const wg_check_options *options) {
  return wg_check_gradient(root, 1, &s->x, 1, &(wg_binding){s->x, values}, options);
}

/* Against a gradient that the test brings. */
static wg_check *check_claim(scene *s, wg_node *root, const double *values, const double *claim) {
  wg_node *grad = wg_constant(s->tape, WG_F64, wg_node_shape(s->x), claim);
  return wg_check_against(root, 1, &s->x, &grad, 1, &(wg_binding){s->x, values}, NULL);
}

static void assert_good(const wg_check *check) {
  if (wg_check_status(check) != WG_OK) fail_msg("check: %s", wg_check_error(check));
}

static void assert_verdict(scene *s, wg_check *check, wg_verdict verdict) {
  assert_good(check);
  const wg_check_entry *worst = wg_check_worst(check, 0);
  if (wg_check_verdict(check) != verdict)
    fail_msg("%s instead of %s: reverse %.17g, difference %.17g, left %.17g, right %.17g, error %g",
             wg_verdict_text(wg_check_verdict(check)), wg_verdict_text(verdict), worst->reverse, worst->difference,
             worst->left, worst->right, worst->error);
  wg_check_free(check);
  wg_tape_free(s->tape);
}

/* ---- Right and wrong ---- */

static void a_right_gradient_passes_with_a_small_error(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(2, 3));
  double x[6];
  fill_f64(x, 6, -2, 2, 1);
  wg_node *root = wg_sum_all(wg_mul(wg_exp(s.x), wg_sigmoid(s.x)));
  wg_check *check = check_at(&s, root, x, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count(check), 6);
  assert_int_equal(wg_check_count_of(check, WG_PASS), 6);
  assert_true(wg_check_error_max(check) < 1e-8);
  for (size_t i = 0; i < 6; i++) { /* d/dx eˣ·σ(x) = eˣ·σ·(2 − σ) */
    const wg_check_entry *entry = wg_check_entry_at(check, i);
    double a = 1 / (1 + exp(-x[i])), exact = exp(x[i]) * a * (2 - a);
    assert_ptr_equal(entry->node, s.x);
    assert_int_equal(entry->index, i);
    assert_true(fabs(entry->reverse - exact) <= 1e-14 * fabs(exact));
    assert_true(fabs(entry->difference - exact) <= 1e-8 * fabs(exact));
    assert_true(fabs(entry->left - exact) <= 1e-7 * fabs(exact));
    assert_true(fabs(entry->right - exact) <= 1e-7 * fabs(exact));
  }
  assert_verdict(&s, check, WG_PASS);
}

static void a_gradient_of_the_wrong_sign_fails(void **state) {
  (void)state;
  scene s = scene_new(WG_SCALAR);
  double x = 1.5, claim = -3;
  assert_verdict(&s, check_claim(&s, wg_square(s.x), &x, &claim), WG_FAIL);
}

static void a_gradient_off_by_three_millionths_fails_and_by_a_third_of_one_passes(void **state) {
  (void)state;
  double x = 1.5, off = 3 * (1 + 3e-6), near = 3 * (1 + 3e-7);
  scene s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_claim(&s, wg_square(s.x), &x, &off), WG_FAIL);
  s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_claim(&s, wg_square(s.x), &x, &near), WG_PASS);
}

static void a_gradient_of_zeros_fails(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(3));
  double x[] = {1, 2, 3}, claim[3] = {0};
  assert_verdict(&s, check_claim(&s, wg_sum_all(wg_square(s.x)), x, claim), WG_FAIL);
}

static void not_a_number_fails_wherever_it_comes_from(void **state) {
  (void)state;
  double nan = NAN, infinity = INFINITY, one = 1, below = -1, edge = 0;
  scene s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_claim(&s, wg_square(s.x), &one, &nan), WG_FAIL);
  s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_claim(&s, wg_square(s.x), &one, &infinity), WG_FAIL);
  s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_at(&s, wg_square(s.x), &nan, NULL), WG_FAIL);
  s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_at(&s, wg_log(s.x), &below, NULL), WG_FAIL);
  s = scene_new(WG_SCALAR); /* √x has no values to the left of 0 */
  assert_verdict(&s, check_claim(&s, wg_sqrt(s.x), &edge, &one), WG_FAIL);
}

static void not_a_number_is_the_worst_error(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(3));
  double x[] = {1, 2, 3}, claim[] = {2, NAN, 60};
  wg_check *check = check_claim(&s, wg_sum_all(wg_square(s.x)), x, claim);
  assert_good(check);
  assert_true(isnan(wg_check_error_max(check)));
  assert_int_equal(wg_check_worst(check, 0)->index, 1);
  assert_int_equal(wg_check_worst(check, 1)->index, 2);
  assert_int_equal(wg_check_worst(check, 2)->index, 0);
  assert_null(wg_check_worst(check, 3));
  assert_null(wg_check_entry_at(check, 3));
  assert_int_equal(wg_check_count_of(check, WG_FAIL), 2);
  assert_verdict(&s, check, WG_FAIL);
}

/* ---- Kinks ---- */

static wg_node *absolute(wg_node *x) { return wg_add(wg_relu(x), wg_relu(wg_neg(x))); }

static void at_a_kink_of_relu_the_verdict_is_kink(void **state) {
  (void)state;
  scene s = scene_new(WG_SCALAR);
  double x = 0;
  wg_check *check = check_at(&s, wg_relu(s.x), &x, NULL);
  assert_good(check);
  assert_true(fabs(wg_check_entry_at(check, 0)->left) < 1e-9);
  assert_true(fabs(wg_check_entry_at(check, 0)->right - 1) < 1e-9);
  assert_verdict(&s, check, WG_KINK);
}

static void a_kink_is_told_from_a_zero_slope_even_if_the_central_difference_agrees(void **state) {
  (void)state;
  scene s = scene_new(WG_SCALAR);
  double x = 0;
  assert_verdict(&s, check_at(&s, absolute(s.x), &x, NULL), WG_KINK);
}

static void a_kink_on_a_curve_is_seen(void **state) {
  (void)state; /* 100·eˣ + max(0, x − shift), at the kink: slopes of 100·eˣ and one more */
  scene s = scene_new(WG_SHAPE(2));
  double x[] = {0, 0.25}, shift[] = {0, 0.25};
  wg_node *moved = wg_sub(s.x, wg_constant(s.tape, WG_F64, WG_SHAPE(2), shift));
  wg_node *root = wg_sum_all(wg_add(wg_scale(wg_exp(s.x), 100), wg_relu(moved)));
  wg_check *check = check_at(&s, root, x, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count_of(check, WG_KINK), 2);
  assert_verdict(&s, check, WG_KINK);
}

static void a_gradient_outside_the_one_sided_slopes_fails_at_a_kink(void **state) {
  (void)state;
  double x = 0, above = 1.01, below = -0.01, between = 0.3;
  scene s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_claim(&s, wg_relu(s.x), &x, &above), WG_FAIL);
  s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_claim(&s, wg_relu(s.x), &x, &below), WG_FAIL);
  s = scene_new(WG_SCALAR);
  assert_verdict(&s, check_claim(&s, wg_relu(s.x), &x, &between), WG_KINK);
}

/* The step is 6e-6, so all of these have the kink within it. */
static void a_kink_beside_the_point_is_left_behind_by_smaller_steps(void **state) {
  (void)state;
  const double beside[] = {5e-6, -5e-6, 2e-6, -2e-6, 3e-7, -3e-7, 2e-8, -2e-8};
  for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
    scene s = scene_new(WG_SCALAR);
    assert_verdict(&s, check_at(&s, wg_relu(s.x), &beside[i], NULL), WG_PASS);
    s = scene_new(WG_SCALAR);
    double wrong = beside[i] > 0 ? 0 : 1;
    assert_verdict(&s, check_claim(&s, wg_relu(s.x), &beside[i], &wrong), WG_FAIL);
  }
}

static void a_strong_curvature_is_no_kink(void **state) {
  (void)state; /* log at 1e-3: f″ = −1e6, f‴ = 2e9; at 1e-5 the first step even leaves the domain */
  const double at[] = {1e-3, 1e-4, 1e-5, 3e-6};
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
    scene s = scene_new(WG_SCALAR);
    assert_verdict(&s, check_at(&s, wg_log(s.x), &at[i], NULL), WG_PASS);
  }
}

/* ---- Noise ---- */

static void a_tiny_derivative_beside_large_ones_does_not_fail_by_rounding(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(3));
  double x[] = {0.3, 0.7, -0.2}, weight[] = {1, 1e-7, -1e-12};
  wg_node *root = wg_sum_all(wg_mul(wg_exp(s.x), wg_constant(s.tape, WG_F64, WG_SHAPE(3), weight)));
  wg_check *check = check_at(&s, root, x, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count_of(check, WG_PASS), 3);
  assert_verdict(&s, check, WG_PASS);
}

static void a_wrong_derivative_fails_even_if_it_is_small_beside_others(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(2));
  double x[] = {0.3, 0.7}, weight[] = {1, 1e-4}, claim[] = {exp(0.3), -1e-4 * exp(0.7)};
  wg_node *root = wg_sum_all(wg_mul(wg_exp(s.x), wg_constant(s.tape, WG_F64, WG_SHAPE(2), weight)));
  wg_check *check = check_claim(&s, root, x, claim);
  assert_good(check);
  assert_int_equal(wg_check_entry_at(check, 0)->verdict, WG_PASS);
  assert_int_equal(wg_check_entry_at(check, 1)->verdict, WG_FAIL);
  assert_verdict(&s, check, WG_FAIL);
}

/* 1e10 + x rounds to multiples of 2e-6, about the step: no difference quotient can see x² behind it. */
static void where_rounding_hides_the_function_the_verdict_is_unresolved(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(4));
  double x[] = {0.3, 0.7, -0.2, 1.1};
  wg_node *large = wg_scalar_like(s.x, 1e10);
  wg_node *root = wg_sum_all(wg_sub(wg_add(wg_square(s.x), large), large));
  wg_check *check = check_at(&s, root, x, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count_of(check, WG_FAIL), 0);
  assert_int_equal(wg_check_count_of(check, WG_UNRESOLVED), 4);
  assert_verdict(&s, check, WG_UNRESOLVED);
}

static void a_step_function_steeper_than_any_step_is_not_called_right(void **state) {
  (void)state; /* σ(1e10·x): the slope 2.5e9 lives on a width of 1e-10 */
  scene s = scene_new(WG_SCALAR);
  double x = 0;
  wg_check *check = check_at(&s, wg_sigmoid(wg_scale(s.x, 1e10)), &x, NULL);
  assert_good(check);
  assert_int_not_equal(wg_check_verdict(check), WG_PASS);
  wg_check_free(check);
  wg_tape_free(s.tape);
}

static void large_and_small_points_are_checked_alike(void **state) {
  (void)state;
  const double at[] = {1e-300, 1e-9, 1e-3, 1, 1e3, 1e6, 1e12, 1e100, -1e100};
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
    scene s = scene_new(WG_SCALAR);
    assert_verdict(&s, check_at(&s, wg_scale(s.x, 3), &at[i], NULL), WG_PASS);
    s = scene_new(WG_SCALAR);
    double wrong = -3;
    assert_verdict(&s, check_claim(&s, wg_scale(s.x, 3), &at[i], &wrong), WG_FAIL);
  }
}

/* 4·x is exact, so its quotient is 4 to the last bit, if it is taken over the steps that x makes after rounding. */
static void the_quotient_is_over_the_steps_that_x_really_makes(void **state) {
  (void)state;
  scene s = scene_new(WG_SCALAR);
  double x = 1.1;
  wg_check *check = check_at(&s, wg_scale(s.x, 4), &x, NULL);
  assert_good(check);
  assert_true(wg_check_entry_at(check, 0)->difference == 4);
  assert_true(wg_check_entry_at(check, 0)->left == 4);
  assert_true(wg_check_entry_at(check, 0)->right == 4);
  assert_verdict(&s, check, WG_PASS);
}

/* ---- Which elements ---- */

static void a_sample_takes_so_many_elements_of_each_parameter_and_none_twice(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *wrt[] = {wg_param(tape, "a", WG_F64, WG_SHAPE(10, 10)), wg_param(tape, "b", WG_F64, WG_SHAPE(3))};
  double *a = random_f64(100, -1, 1, 1), *b = random_f64(3, -1, 1, 2);
  wg_binding bindings[] = {{wrt[0], a}, {wrt[1], b}};
  wg_node *root = wg_add(wg_sum_all(wg_square(wrt[0])), wg_sum_all(wg_exp(wrt[1])));
  size_t tried[100] = {0}, different = 0;
  int64_t first[7] = {0};
  for (uint64_t seed = 0; seed < 200; seed++) {
    wg_check *check = wg_check_gradient(root, 2, wrt, 2, bindings, &(wg_check_options){.samples = 7, .seed = seed});
    assert_good(check);
    assert_int_equal(wg_check_count(check), 7 + 3);
    for (size_t i = 0; i < 7; i++) {
      const wg_check_entry *entry = wg_check_entry_at(check, i);
      assert_ptr_equal(entry->node, wrt[0]);
      assert_true(entry->index >= 0 && entry->index < 100);
      if (i) assert_true(entry->index > wg_check_entry_at(check, i - 1)->index);
      tried[entry->index]++;
      if (seed == 0) first[i] = entry->index;
      if (seed > 0) different += entry->index != first[i];
    }
    for (size_t i = 0; i < 3; i++) assert_int_equal(wg_check_entry_at(check, 7 + i)->index, i);
    assert_int_equal(wg_check_verdict(check), WG_PASS);
    wg_check_free(check);
  }
  assert_true(different > 1000);
  /* 1400 draws over 100 elements: 14 each, with a deviation of about 3.6 */
  for (size_t i = 0; i < 100; i++) assert_in_range(tried[i], 1, 30);
  free(a);
  free(b);
  wg_tape_free(tape);
}

static void the_same_seed_tries_the_same_elements(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(50));
  double *x = random_f64(50, -1, 1, 3);
  wg_node *root = wg_sum_all(wg_square(s.x));
  wg_check_options options = {.samples = 5, .seed = 42};
  wg_check *one = check_at(&s, root, x, &options), *other = check_at(&s, root, x, &options);
  for (size_t i = 0; i < 5; i++)
    assert_memory_equal(wg_check_entry_at(one, i), wg_check_entry_at(other, i), sizeof(wg_check_entry));
  wg_check_free(one);
  wg_check_free(other);
  free(x);
  wg_tape_free(s.tape);
}

static void a_parameter_without_elements_or_without_effect_passes(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SCALAR), *empty = wg_param(tape, "empty", WG_F64, WG_SHAPE(0, 3));
  wg_node *idle = wg_param(tape, "idle", WG_F64, WG_SHAPE(2)), *unbound = wg_param(tape, "unbound", WG_F64, WG_SCALAR);
  wg_node *root = wg_add(wg_square(x), wg_sum_all(empty)), *wrt[] = {empty, idle, x, unbound};
  double at = 2, idle_at[] = {1, 2};
  wg_binding bindings[] = {{x, &at}, {idle, idle_at}, {empty, NULL}};
  wg_check *check = wg_check_gradient(root, 4, wrt, 3, bindings, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count(check), 4);
  assert_int_equal(wg_check_count_of(check, WG_PASS), 4);
  assert_true(wg_check_entry_at(check, 0)->difference == 0 && wg_check_entry_at(check, 0)->error == 0);
  wg_check_free(check);

  check = wg_check_gradient(root, 1, &empty, 3, bindings, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count(check), 0);
  assert_int_equal(wg_check_verdict(check), WG_PASS);
  assert_true(wg_check_error_max(check) == 0);
  wg_check_free(check);
  wg_tape_free(tape);
}

static void a_parameter_may_be_given_twice(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *y = wg_param(tape, "y", WG_F64, WG_SHAPE(2));
  double x_at[] = {1, 2}, y_at[] = {3, -1};
  wg_binding bindings[] = {{x, x_at}, {y, y_at}};
  wg_node *root = wg_sum_all(wg_mul(x, wg_mul(y, x))), *wrt[] = {x, y, x};
  wg_check *check = wg_check_gradient(root, 3, wrt, 2, bindings, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count_of(check, WG_PASS), 6);
  for (size_t i = 0; i < 2; i++) {
    const wg_check_entry *once = wg_check_entry_at(check, i), *again = wg_check_entry_at(check, 4 + i);
    assert_true(once->reverse == again->reverse && once->difference == again->difference);
  }
  wg_check_free(check);
  wg_tape_free(tape);
}

/* Here ∂x is y itself and ∂y is x itself, so that the gradients lie in the memory that the check moves. */
static void gradients_that_are_other_parameters_are_read_unmoved(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *wrt[] = {wg_param(tape, "x", WG_F64, WG_SHAPE(2)), wg_param(tape, "y", WG_F64, WG_SHAPE(2))};
  double x[] = {1, 2}, y[] = {3, -1};
  wg_binding bindings[] = {{wrt[0], x}, {wrt[1], y}};
  wg_check *check = wg_check_gradient(wg_sum_all(wg_mul(wrt[0], wrt[1])), 2, wrt, 2, bindings, NULL);
  assert_good(check);
  for (size_t i = 0; i < 2; i++) {
    assert_true(wg_check_entry_at(check, i)->reverse == y[i]);
    assert_true(wg_check_entry_at(check, 2 + i)->reverse == x[i]);
  }
  assert_int_equal(wg_check_count_of(check, WG_PASS), 4);
  assert_true(x[0] == 1 && x[1] == 2 && y[0] == 3 && y[1] == -1);
  wg_check_free(check);
  wg_tape_free(tape);
}

static void inputs_and_labels_that_are_not_tried_are_just_bound(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_input(tape, "Z", WG_F64, WG_SHAPE(2, 3)), *labels = wg_input(tape, "y", WG_I64, WG_SHAPE(2));
  double z_at[] = {1, 2, 3, -1, 0, 1};
  int64_t label[] = {2, 0};
  wg_binding bindings[] = {{z, z_at}, {labels, label}};
  wg_check *check = wg_check_gradient(wg_softmax_cross_entropy(z, labels), 1, &z, 2, bindings, NULL);
  assert_good(check);
  assert_int_equal(wg_check_count_of(check, WG_PASS), 6);
  wg_check_free(check);
  wg_tape_free(tape);
}

/* ---- Order ---- */

static void the_worst_come_first(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(5));
  double x[] = {1, 1, 1, 1, 1}, claim[] = {2, 2.2, 2, 1, 2.0002};
  wg_check *check = check_claim(&s, wg_sum_all(wg_square(s.x)), x, claim);
  assert_good(check);
  const int64_t order[] = {3, 1, 4};
  for (size_t rank = 0; rank < 3; rank++) assert_int_equal(wg_check_worst(check, rank)->index, order[rank]);
  for (size_t rank = 1; rank < 5; rank++)
    assert_true(wg_check_worst(check, rank)->error <= wg_check_worst(check, rank - 1)->error);
  assert_true(fabs(wg_check_error_max(check) - 0.5) < 1e-9);
  assert_verdict(&s, check, WG_FAIL);
}

static void a_failure_comes_before_a_kink_of_larger_error(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(2));
  double x[] = {0, 1}, claim[] = {0, 1.001};
  wg_check *check = check_claim(&s, wg_sum_all(wg_relu(s.x)), x, claim);
  assert_good(check);
  assert_int_equal(wg_check_worst(check, 0)->index, 1);
  assert_int_equal(wg_check_worst(check, 1)->verdict, WG_KINK);
  assert_true(wg_check_error_max(check) < 0.002);
  assert_verdict(&s, check, WG_FAIL);
}

/* ---- What cannot be checked ---- */

static void assert_refused(wg_check *check, wg_status status, const char *part) {
  assert_non_null(check);
  assert_int_equal(wg_check_status(check), status);
  assert_contains(wg_check_error(check), part);
  assert_int_equal(wg_check_count(check), 0);
  assert_int_equal(wg_check_verdict(check), WG_FAIL);
  assert_null(wg_check_worst(check, 0));
  wg_check_free(check);
}

static void what_cannot_be_checked_is_refused_with_a_reason(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new(), *other_tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *y = wg_param(tape, "y", WG_F64, WG_SCALAR);
  wg_node *single = wg_param(tape, "W", WG_F32, WG_SCALAR), *stranger = wg_param(other_tape, "s", WG_F64, WG_SCALAR);
  wg_node *square = wg_square(x), *root = wg_sum_all(square), *nothing = NULL;
  double at[] = {1, 2};
  float single_at = 1;
  wg_binding bindings[] = {{x, at}, {single, &single_at}};

  assert_refused(wg_check_gradient(wg_square(single), 1, &single, 2, bindings, NULL), WG_ERROR_DTYPE, "WG_F64");
  assert_refused(wg_check_gradient(root, 1, &single, 2, bindings, NULL), WG_ERROR_DTYPE, "W () is f32");
  assert_refused(wg_check_gradient(square, 1, &x, 2, bindings, NULL), WG_ERROR_ARGUMENT, "not a scalar");
  assert_refused(wg_check_gradient(root, 1, &square, 2, bindings, NULL), WG_ERROR_ARGUMENT, "no input or parameter");
  assert_refused(wg_check_gradient(root, 1, &stranger, 2, bindings, NULL), WG_ERROR_ARGUMENT, "another tape");
  assert_refused(wg_check_gradient(root, 1, &nothing, 2, bindings, NULL), WG_ERROR_ARGUMENT, "NULL");
  assert_refused(wg_check_gradient(NULL, 1, &x, 2, bindings, NULL), WG_ERROR_ARGUMENT, "NULL");
  assert_refused(wg_check_gradient(root, 1, NULL, 2, bindings, NULL), WG_ERROR_ARGUMENT, "NULL");
  assert_refused(wg_check_gradient(root, 1, &x, 2, NULL, NULL), WG_ERROR_ARGUMENT, "NULL");
  assert_refused(wg_check_against(root, 1, &x, NULL, 2, bindings, NULL), WG_ERROR_ARGUMENT, "NULL");
  assert_refused(wg_check_against(root, 1, &x, &root, 2, bindings, NULL), WG_ERROR_SHAPE, "another shape");
  assert_refused(wg_check_gradient(root, 1, &x, 0, NULL, NULL), WG_ERROR_UNBOUND, "x");
  assert_refused(wg_check_gradient(wg_add(root, y), 1, &x, 2, bindings, NULL), WG_ERROR_UNBOUND, "y");
  assert_refused(wg_check_gradient(root, 1, &x, 2, bindings, &(wg_check_options){.step = -1}), WG_ERROR_ARGUMENT,
                 "step");
  assert_refused(wg_check_gradient(root, 1, &x, 2, bindings, &(wg_check_options){.tolerance = NAN}), WG_ERROR_ARGUMENT,
                 "tolerance");
  assert_tape_good(tape);

  wg_node *failed = wg_matmul(x, x);
  assert_refused(wg_check_gradient(failed, 1, &x, 2, bindings, NULL), wg_tape_status(tape), "matmul");

  assert_int_equal(wg_check_status(NULL), WG_ERROR_MEMORY);
  assert_int_equal(wg_check_verdict(NULL), WG_FAIL);
  assert_int_equal(wg_check_count(NULL), 0);
  wg_check_free(NULL);
  wg_tape_free(tape);
  wg_tape_free(other_tape);
}

static void a_label_out_of_range_is_reported(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_param(tape, "Z", WG_F64, WG_SHAPE(1, 3)), *labels = wg_input(tape, "y", WG_I64, WG_SHAPE(1));
  double z_at[] = {1, 2, 3};
  int64_t label[] = {3};
  wg_binding bindings[] = {{z, z_at}, {labels, label}};
  wg_node *root = wg_softmax_cross_entropy(z, labels);
  assert_refused(wg_check_gradient(root, 1, &z, 2, bindings, NULL), WG_ERROR_DATA, "3");
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_right_gradient_passes_with_a_small_error),
      cmocka_unit_test(a_gradient_of_the_wrong_sign_fails),
      cmocka_unit_test(a_gradient_off_by_three_millionths_fails_and_by_a_third_of_one_passes),
      cmocka_unit_test(a_gradient_of_zeros_fails),
      cmocka_unit_test(not_a_number_fails_wherever_it_comes_from),
      cmocka_unit_test(not_a_number_is_the_worst_error),
      cmocka_unit_test(at_a_kink_of_relu_the_verdict_is_kink),
      cmocka_unit_test(a_kink_is_told_from_a_zero_slope_even_if_the_central_difference_agrees),
      cmocka_unit_test(a_kink_on_a_curve_is_seen),
      cmocka_unit_test(a_gradient_outside_the_one_sided_slopes_fails_at_a_kink),
      cmocka_unit_test(a_kink_beside_the_point_is_left_behind_by_smaller_steps),
      cmocka_unit_test(a_strong_curvature_is_no_kink),
      cmocka_unit_test(a_tiny_derivative_beside_large_ones_does_not_fail_by_rounding),
      cmocka_unit_test(a_wrong_derivative_fails_even_if_it_is_small_beside_others),
      cmocka_unit_test(where_rounding_hides_the_function_the_verdict_is_unresolved),
      cmocka_unit_test(a_step_function_steeper_than_any_step_is_not_called_right),
      cmocka_unit_test(large_and_small_points_are_checked_alike),
      cmocka_unit_test(the_quotient_is_over_the_steps_that_x_really_makes),
      cmocka_unit_test(a_sample_takes_so_many_elements_of_each_parameter_and_none_twice),
      cmocka_unit_test(the_same_seed_tries_the_same_elements),
      cmocka_unit_test(a_parameter_without_elements_or_without_effect_passes),
      cmocka_unit_test(a_parameter_may_be_given_twice),
      cmocka_unit_test(gradients_that_are_other_parameters_are_read_unmoved),
      cmocka_unit_test(inputs_and_labels_that_are_not_tried_are_just_bound),
      cmocka_unit_test(the_worst_come_first),
      cmocka_unit_test(a_failure_comes_before_a_kink_of_larger_error),
      cmocka_unit_test(what_cannot_be_checked_is_refused_with_a_reason),
      cmocka_unit_test(a_label_out_of_range_is_reported),
  };
  return RUN_TESTS(tests);
}
