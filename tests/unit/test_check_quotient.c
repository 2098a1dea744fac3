/* What difference quotients can tell: the gradient check sees kinks, leaves those beside the point behind, and knows when
 * rounding hides the derivative. */
#include "check_scene.h"

#include <math.h>

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

/* 1 − (1 − 1e-12·x): over any step the value changes by less than its rounding, or by a few units of it. */
static void a_derivative_finer_than_the_value_resolves_does_not_fail(void **state) {
  (void)state;
  scene s = scene_new(WG_SCALAR);
  double x = 0.4;
  wg_node *one = wg_scalar_like(s.x, 1);
  assert_verdict(&s, check_at(&s, wg_sub(one, wg_sub(one, wg_scale(s.x, 1e-12))), &x, NULL), WG_UNRESOLVED);
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

/* 1 + Σ 1e-5·eˣ: over the first step, 6e-6, the rounding of f makes the slope uncertain by about 1e-10. */
static void a_small_slope_on_a_large_value_is_resolved_by_wider_steps(void **state) {
  (void)state;
  scene s = scene_new(WG_SHAPE(20));
  double x[20], claim[20];
  fill_f64(x, 20, -1, 1, 8);
  for (int i = 0; i < 20; i++) claim[i] = 1e-5 * exp(x[i]) * (i == 7 ? 1 + 1e-4 : 1);
  wg_node *root = wg_add(wg_scalar_like(s.x, 1), wg_scale(wg_sum_all(wg_exp(s.x)), 1e-5));
  wg_check *check = check_claim(&s, root, x, claim);
  assert_good(check);
  assert_int_equal(wg_check_count_of(check, WG_PASS), 19);
  assert_int_equal(wg_check_worst(check, 0)->index, 7);
  assert_verdict(&s, check, WG_FAIL);
}

/* 1e4 + max(0, x) at 1e-4: rounding asks for wider steps than 6e-6, and the widest, 4e-4, reaches over the kink. */
static void a_wider_step_over_a_kink_is_not_preferred(void **state) {
  (void)state;
  scene s = scene_new(WG_SCALAR);
  double x = 1e-4;
  assert_verdict(&s, check_at(&s, wg_add(wg_relu(s.x), wg_scalar_like(s.x, 1e4)), &x, NULL), WG_PASS);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(at_a_kink_of_relu_the_verdict_is_kink),
      cmocka_unit_test(a_kink_is_told_from_a_zero_slope_even_if_the_central_difference_agrees),
      cmocka_unit_test(a_kink_on_a_curve_is_seen),
      cmocka_unit_test(a_gradient_outside_the_one_sided_slopes_fails_at_a_kink),
      cmocka_unit_test(a_kink_beside_the_point_is_left_behind_by_smaller_steps),
      cmocka_unit_test(a_strong_curvature_is_no_kink),
      cmocka_unit_test(a_tiny_derivative_beside_large_ones_does_not_fail_by_rounding),
      cmocka_unit_test(a_wrong_derivative_fails_even_if_it_is_small_beside_others),
      cmocka_unit_test(where_rounding_hides_the_function_the_verdict_is_unresolved),
      cmocka_unit_test(a_derivative_finer_than_the_value_resolves_does_not_fail),
      cmocka_unit_test(a_step_function_steeper_than_any_step_is_not_called_right),
      cmocka_unit_test(large_and_small_points_are_checked_alike),
      cmocka_unit_test(a_small_slope_on_a_large_value_is_resolved_by_wider_steps),
      cmocka_unit_test(a_wider_step_over_a_kink_is_not_preferred),
      cmocka_unit_test(the_quotient_is_over_the_steps_that_x_really_makes),
  };
  return RUN_TESTS(tests);
}
