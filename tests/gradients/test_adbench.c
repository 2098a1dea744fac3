/* Objectives and gradients of the ADBench files against those of the suite's derivatives, which were written by hand, and
 * Hessians of small problems against differences of gradients.
 *
 * The files (gmm_test.txt, .F, .J …) are looked for in the folder adbench/ of WENGERT_DATA, or of shared/data beside the
 * checkout; without them the tests are skipped. */
#include "../../engine/derivative.h"
#include "../data_file.h"
#include "../support.h"
#include "adbench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- Files ---- */

static double *numbers_read(const char *name, const char *ending, size_t *count) {
  double *numbers = data_numbers("adbench", name, ending, count);
  if (!numbers) fail_msg("%s%s cannot be read", name, ending);
  return numbers;
}

/* A problem as it stands in its file: three sizes, θ, and the rest. `gmm` and `lstm` refer to its numbers. */
typedef struct problem {
  const char *name;
  double *numbers;
  const double *theta;
  size_t size; /* of θ */
  adbench_gmm gmm;
  adbench_lstm lstm;
} problem;

static problem gmm_read(const char *name) {
  size_t count;
  problem p = {.name = name, .numbers = numbers_read(name, ".txt", &count)};
  assert_true(count > 5);
  p.gmm = (adbench_gmm){.dimensions = (int64_t)p.numbers[0],
                        .components = (int64_t)p.numbers[1],
                        .count = (int64_t)p.numbers[2],
                        .gamma = p.numbers[count - 2],
                        .m = (int64_t)p.numbers[count - 1]};
  p.size = (size_t)adbench_gmm_size(&p.gmm);
  assert_int_equal(count, 3 + p.size + (size_t)(p.gmm.dimensions * p.gmm.count) + 2);
  p.theta = p.numbers + 3;
  p.gmm.points = p.theta + p.size;
  return p;
}

static problem lstm_read(const char *name) {
  size_t count;
  problem p = {.name = name, .numbers = numbers_read(name, ".txt", &count)};
  assert_true(count > 3);
  p.lstm =
      (adbench_lstm){.layers = (int64_t)p.numbers[0], .length = (int64_t)p.numbers[1], .width = (int64_t)p.numbers[2]};
  p.size = (size_t)adbench_lstm_size(&p.lstm);
  assert_int_equal(count, 3 + p.size + (size_t)((2 * p.lstm.layers + p.lstm.length) * p.lstm.width));
  p.theta = p.numbers + 3;
  p.lstm.state = p.theta + p.size;
  p.lstm.sequence = p.lstm.state + 2 * p.lstm.layers * p.lstm.width;
  return p;
}

/* ---- Objective and gradient ---- */

/* The suite's own measure of agreement. */
static double disagreement(double x, double y) { return fabs(x - y) / fmax(1, fabs(x) + fabs(y)); }

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Every component of what came out agrees with the file; returns the largest disagreement. */
static double assert_as_in_file(const problem *p, const char *ending, size_t n, const double *actual) {
  size_t count;
  double *expected = numbers_read(p->name, ending, &count), largest = 0;
  assert_int_equal(count, n);
  for (size_t i = 0; i < n; i++) {
    double off = disagreement(actual[i], expected[i]);
    if (!(off <= 1e-8)) fail_msg("%s%s: number %zu is %.17g, not %.17g", p->name, ending, i, actual[i], expected[i]);
    largest = fmax(largest, off);
  }
  free(expected);
  return largest;
}

static void assert_objective_and_gradient(problem *p, wg_tape *tape, adbench_objective f, double start) {
  wg_node *grad;
  wg_grad(f.value, 1, &f.theta, &grad);
  assert_tape_good(tape);
  wg_plan *plan = wg_plan_new(2, (wg_node *[]){f.value, grad});
  wg_bind(plan, f.theta, p->theta);
  double recorded = seconds();
  if (wg_run(plan) != WG_OK) fail_msg("%s: %s", p->name, wg_plan_error(plan));
  double run = seconds();
  double off_value = assert_as_in_file(p, ".F", 1, wg_data(plan, f.value));
  double off_grad = assert_as_in_file(p, ".J", p->size, wg_data(plan, grad));
  printf("%s: %zu nodes, recorded and planned in %.3f s, run in %.4f s; objective off by %.1e, gradient by %.1e\n",
         p->name, wg_tape_count(tape), recorded - start, run - recorded, off_value, off_grad);
  wg_plan_free(plan);
  wg_tape_free(tape);
  free(p->numbers);
}

static void gmm_is_as_in_the_file(void **state) {
  problem p = gmm_read(*state);
  double start = seconds();
  wg_tape *tape = wg_tape_new();
  assert_objective_and_gradient(&p, tape, adbench_gmm_record(tape, &p.gmm), start);
}

static void lstm_is_as_in_the_file(void **state) {
  problem p = lstm_read(*state);
  double start = seconds();
  wg_tape *tape = wg_tape_new();
  assert_objective_and_gradient(&p, tape, adbench_lstm_record(tape, &p.lstm), start);
}

/* ---- Hessians ---- */

/* Column j of the Hessian by differences: (∇f(θ + h·e_j) − ∇f(θ − h·e_j)) / 2h. */
static void column_by_differences(const problem *p, wg_plan *plan, const adbench_objective *f, wg_node *grad, size_t j,
                                  double *column) {
  double *at = new_f64(p->size), h = 6e-6 * fmax(1, fabs(p->theta[j]));
  memcpy(at, p->theta, p->size * sizeof *at);
  wg_bind(plan, f->theta, at);
  double high = at[j] = p->theta[j] + h;
  assert_int_equal(wg_run(plan), WG_OK);
  memcpy(column, wg_data(plan, grad), p->size * sizeof *column);
  double low = at[j] = p->theta[j] - h;
  assert_int_equal(wg_run(plan), WG_OK);
  const double *below = wg_data(plan, grad);
  for (size_t i = 0; i < p->size; i++) column[i] = (column[i] - below[i]) / (high - low);
  free(at);
}

static void assert_hessian(problem *p, wg_tape *tape, adbench_objective f) {
  size_t n = p->size;
  wg_node *grad;
  wg_grad(f.value, 1, &f.theta, &grad);
  wg_jacobian *jacobian = wg_jacobian_new(grad, f.theta);
  double *hessian = new_f64(n * n), *column = new_f64(n), largest = 0, scale = 0;
  wg_jacobian_bind(jacobian, f.theta, p->theta);
  if (wg_jacobian_run(jacobian, hessian) != WG_OK) fail_msg("%s: %s", p->name, wg_jacobian_error(jacobian));
  for (size_t i = 0; i < n * n; i++) scale = fmax(scale, fabs(hessian[i]));
  wg_plan *plan = wg_plan_new(1, &grad);
  for (size_t j = 0; j < n; j++) {
    column_by_differences(p, plan, &f, grad, j, column);
    for (size_t i = 0; i < n; i++) {
      double off = fabs(hessian[i * n + j] - column[i]) / scale, skew = fabs(hessian[i * n + j] - hessian[j * n + i]);
      if (!(off <= 1e-8))
        fail_msg("%s: ∂²f/∂θ%zu∂θ%zu is %.17g, by differences %.17g", p->name, i, j, hessian[i * n + j], column[i]);
      if (!(skew <= 1e-12 * scale)) fail_msg("%s: the Hessian is not symmetric at %zu, %zu", p->name, i, j);
      largest = fmax(largest, off);
    }
  }
  printf("%s: Hessian of %zu × %zu, largest element %.3g, off by at most %.1e of it\n", p->name, n, n, scale, largest);
  free(hessian);
  free(column);
  wg_plan_free(plan);
  wg_jacobian_free(jacobian);
  wg_tape_free(tape);
  free(p->numbers);
}

static void hessian_of_a_small_gmm_agrees_with_differences_of_gradients(void **state) {
  (void)state;
  problem p = gmm_read("gmm_test");
  wg_tape *tape = wg_tape_new();
  assert_hessian(&p, tape, adbench_gmm_record(tape, &p.gmm));
}

static void hessian_of_a_short_lstm_agrees_with_differences_of_gradients(void **state) {
  (void)state;
  problem p = lstm_read("lstm_l2_c1024");
  p.lstm.length = 4; /* of the sequence's 1024 characters */
  wg_tape *tape = wg_tape_new();
  assert_hessian(&p, tape, adbench_lstm_record(tape, &p.lstm));
}

int main(void) {
  if (!data_there("adbench", "gmm_test", ".txt")) {
    puts("skipped: adbench/gmm_test.txt is neither in WENGERT_DATA nor in shared/data beside the checkout");
    return 77;
  }
  const struct CMUnitTest tests[] = {
      {"gmm_test is as in the file", gmm_is_as_in_the_file, NULL, NULL, (void *)"gmm_test"},
      {"gmm1k_d2_K5 is as in the file", gmm_is_as_in_the_file, NULL, NULL, (void *)"gmm1k_d2_K5"},
      {"gmm1k_d10_K25 is as in the file", gmm_is_as_in_the_file, NULL, NULL, (void *)"gmm1k_d10_K25"},
      {"lstm_l2_c1024 is as in the file", lstm_is_as_in_the_file, NULL, NULL, (void *)"lstm_l2_c1024"},
      cmocka_unit_test(hessian_of_a_small_gmm_agrees_with_differences_of_gradients),
      cmocka_unit_test(hessian_of_a_short_lstm_agrees_with_differences_of_gradients),
  };
  return RUN_TESTS(tests);
}
