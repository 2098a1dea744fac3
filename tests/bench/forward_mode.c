/* What the directions of differentiation cost: a value alone, with its derivative along one direction (wg_jvp, two reverse
 * sweeps), with its gradient (wg_grad), and with a Hessian–vector product (wg_hvp). Measured in turns, as medians of the
 * ratios to the value alone. The net has layers of 64×64 with tanh, on 256 samples. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wengert.h>

enum { SAMPLES = 256, WIDTH = 64, LAYERS = 4, KINDS = 4, ROUNDS = 41 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double values[SAMPLES * WIDTH];

static wg_plan *plan_of(size_t count, wg_node *const *outputs, size_t leaves, wg_node *const *leaf) {
  wg_plan *plan = wg_plan_new(count, outputs);
  for (size_t k = 0; k < leaves; k++) wg_bind(plan, leaf[k], values);
  if (wg_run(plan) != WG_OK) fprintf(stderr, "%s\n", wg_plan_error(plan));
  return plan;
}

int main(void) {
  for (int i = 0; i < SAMPLES * WIDTH; i++) values[i] = (double)(i * 7919 % 1000) / 4000 - 0.125;
  wg_tape *t = wg_tape_new();
  wg_node *W[LAYERS], *leaf[LAYERS + 1], *grad[LAYERS + 1], *second[LAYERS + 1], *tangent;
  wg_node *A = leaf[LAYERS] = wg_input(t, "X", WG_F64, WG_SHAPE(SAMPLES, WIDTH));
  for (int l = 0; l < LAYERS; l++) {
    W[l] = leaf[l] = wg_param(t, NULL, WG_F64, WG_SHAPE(WIDTH, WIDTH));
    A = wg_tanh(wg_matmul(A, W[l]));
  }
  wg_node *J = wg_mean_all(wg_square(A));
  grad[0] = second[0] = J;
  wg_jvp(1, &J, LAYERS, W, W, &tangent);
  wg_grad(J, LAYERS, W, grad + 1);
  wg_hvp(J, LAYERS, W, W, second + 1);
  if (wg_tape_status(t) != WG_OK) {
    fprintf(stderr, "%s\n", wg_tape_error(t));
    return 1;
  }
  static const char *const names[KINDS] = {"value", "value and J·v", "value and gradient", "value and H·v"};
  wg_plan *plans[KINDS] = {plan_of(1, &J, LAYERS + 1, leaf), plan_of(2, (wg_node *[]){J, tangent}, LAYERS + 1, leaf),
                           plan_of(LAYERS + 1, grad, LAYERS + 1, leaf), plan_of(LAYERS + 1, second, LAYERS + 1, leaf)};
  static double ratio[KINDS][ROUNDS];
  double value_best = 1e9;
  for (int round = 0; round < ROUNDS; round++) {
    double taken[KINDS];
    for (int k = 0; k < KINDS; k++) {
      double start = now();
      wg_run(plans[k]);
      taken[k] = now() - start;
    }
    if (taken[0] < value_best) value_best = taken[0];
    for (int k = 0; k < KINDS; k++) ratio[k][round] = taken[k] / taken[0];
  }
  printf("%-20s %.2f ms, %zu steps\n", names[0], value_best * 1e3, wg_plan_step_count(plans[0]));
  for (int k = 1; k < KINDS; k++) {
    qsort(ratio[k], ROUNDS, sizeof(double), ascending);
    printf("%-20s %.2f × the value, %zu steps\n", names[k], ratio[k][ROUNDS / 2], wg_plan_step_count(plans[k]));
  }
  for (int k = 0; k < KINDS; k++) wg_plan_free(plans[k]);
  wg_tape_free(t);
  return 0;
}
