/* The gradient check says what is true of a gradient: right or wrong, element by element, the worst first; or why it
 * cannot say. */
#include "check_scene.h"

#include <math.h>

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
