/* Elementwise chains: fused into one pass over memory, step by step, and written by hand as one loop. In turns, as medians
 * of the ratios to the loop by hand.
 *
 * chain    z = relu(x·y + x) − x·x, n elements
 * adam     m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  p − α·m̂ / (√v̂ + ε), n elements, three results
 * bias     relu(x + b) for rows of 4, 32 and 512 elements, b a row */
#include "../../engine/plan_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wengert.h>

enum { ROUNDS = 31, INPUTS = 4 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static float *memory[2 * INPUTS]; /* of inputs, then of results by hand */

typedef struct work {
  const char *name;
  void (*by_hand)(int64_t n, int64_t row);
  int (*record)(wg_tape *tape, int64_t n, int64_t row, wg_node **inputs, wg_node **outputs); /* number of outputs */
} work;

/* ---- chain ---- */

static void chain_by_hand(int64_t n, int64_t row) {
  (void)row;
  const float *x = memory[0], *y = memory[1];
  float *z = memory[INPUTS];
  for (int64_t k = 0; k < n; k++) {
    float r = x[k] * y[k] + x[k];
    z[k] = (r > 0 ? r : 0) - x[k] * x[k];
  }
}

static int chain_record(wg_tape *tape, int64_t n, int64_t row, wg_node **in, wg_node **out) {
  (void)row;
  for (int i = 0; i < 2; i++) in[i] = wg_input(tape, NULL, WG_F32, WG_SHAPE(n));
  out[0] = wg_sub(wg_relu(wg_add(wg_mul(in[0], in[1]), in[0])), wg_mul(in[0], in[0]));
  return 1;
}

/* ---- adam ---- */

static void adam_by_hand(int64_t n, int64_t row) {
  (void)row;
  const float *g = memory[0], *m = memory[1], *v = memory[2], *p = memory[3];
  float *m_new = memory[INPUTS], *v_new = memory[INPUTS + 1], *p_new = memory[INPUTS + 2];
  for (int64_t k = 0; k < n; k++) {
    m_new[k] = 0.9F * m[k] + 0.1F * g[k];
    v_new[k] = 0.999F * v[k] + 0.001F * (g[k] * g[k]);
    p_new[k] = p[k] - 0.001F * (m_new[k] / (sqrtf(v_new[k]) + 1e-8F));
  }
}

static int adam_record(wg_tape *tape, int64_t n, int64_t row, wg_node **in, wg_node **out) {
  (void)row;
  for (int i = 0; i < 4; i++) in[i] = wg_input(tape, NULL, WG_F32, WG_SHAPE(n));
  wg_node *g = in[0], *epsilon = wg_fill(tape, WG_F32, WG_SCALAR, 1e-8);
  out[0] = wg_add(wg_scale(in[1], 0.9), wg_scale(g, 0.1));
  out[1] = wg_add(wg_scale(in[2], 0.999), wg_scale(wg_mul(g, g), 0.001));
  out[2] = wg_sub(in[3], wg_scale(wg_div(out[0], wg_add(wg_sqrt(out[1]), epsilon)), 0.001));
  return 3;
}

/* ---- bias ---- */

static void bias_by_hand(int64_t n, int64_t row) {
  const float *x = memory[0], *b = memory[1];
  float *y = memory[INPUTS];
  for (int64_t i = 0; i < n; i += row)
    for (int64_t k = 0; k < row; k++) {
      float r = x[i + k] + b[k];
      y[i + k] = r > 0 ? r : 0;
    }
}

static int bias_record(wg_tape *tape, int64_t n, int64_t row, wg_node **in, wg_node **out) {
  in[0] = wg_input(tape, NULL, WG_F32, WG_SHAPE(n / row, row));
  in[1] = wg_input(tape, NULL, WG_F32, WG_SHAPE(1, row));
  out[0] = wg_relu(wg_add_bias(in[0], in[1]));
  return 1;
}

/* ---- Measuring ---- */

static wg_plan *plan_of(int count, wg_node *const *outputs, wg_node *const *inputs, bool fuses) {
  wg_plan_tuning tuning = wg_plan_tuned;
  tuning.fuses = fuses;
  wg_plan *plan = wg_plan_make(&(wg_goal){.count = (size_t)count, .outputs = outputs}, NULL, &tuning);
  for (int i = 0; i < INPUTS && inputs[i]; i++) wg_bind(plan, inputs[i], memory[i]);
  return plan;
}

static double largest_difference(int count, wg_node *const *outputs, const wg_plan *plan) {
  double largest = 0;
  for (int k = 0; k < count; k++)
    for (int64_t i = 0; i < wg_node_size(outputs[k]); i++) {
      double difference = fabs((double)((const float *)wg_data(plan, outputs[k]))[i] - (double)memory[INPUTS + k][i]);
      if (difference > largest) largest = difference;
    }
  return largest;
}

static int measure(const work *w, int64_t n, int64_t row) {
  wg_tape *tape = wg_tape_new();
  wg_node *inputs[INPUTS] = {NULL}, *outputs[INPUTS];
  int count = w->record(tape, n, row, inputs, outputs);
  wg_plan *plans[2] = {plan_of(count, outputs, inputs, true), plan_of(count, outputs, inputs, false)};
  static double ratio[2][ROUNDS];
  double least = 1e9;
  int repeats = (int)(1 + 2000000 / n);
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    for (int i = 0; i < repeats; i++) w->by_hand(n, row);
    double by_hand = (now() - start) / repeats;
    if (by_hand < least) least = by_hand;
    for (int k = 0; k < 2; k++) {
      start = now();
      for (int i = 0; i < repeats; i++)
        if (wg_run(plans[k]) != WG_OK) return 1;
      ratio[k][round] = (now() - start) / repeats / by_hand;
    }
  }
  for (int k = 0; k < 2; k++) qsort(ratio[k], ROUNDS, sizeof(double), ascending);
  double wrong = largest_difference(count, outputs, plans[0]);
  printf("%-6s %8lld %4lld  by hand %8.2f µs   fused %5.2f ×, %7zu bytes   step by step %5.2f ×, %8zu bytes\n", w->name,
         (long long)n, (long long)row, least * 1e6, ratio[0][ROUNDS / 2], wg_plan_bytes(plans[0]), ratio[1][ROUNDS / 2],
         wg_plan_bytes(plans[1]));
  for (int k = 0; k < 2; k++) wg_plan_free(plans[k]);
  wg_tape_free(tape);
  return wrong > 1e-5;
}

int main(void) {
  enum { MOST = 1 << 22 };
  static const work works[] = {
      {"chain", chain_by_hand, chain_record}, {"adam", adam_by_hand, adam_record}, {"bias", bias_by_hand, bias_record}};
  static const int64_t sizes[] = {1200, 1 << 13, 1 << 17, 1 << 20, MOST}, rows[] = {4, 32, 512};
  for (int k = 0; k < 2 * INPUTS; k++) {
    memory[k] = malloc(MOST * sizeof(float));
    if (!memory[k]) return 1;
    for (int i = 0; i < MOST; i++) memory[k][i] = (float)((i % 1000 * 7919 + k * 104729) % 1000) / 1000 + 0.1F;
  }
  int failed = 0;
  for (int w = 0; w < 2; w++)
    for (int i = 0; i < 5; i++) failed |= measure(&works[w], sizes[i], 1);
  for (int r = 0; r < 3; r++)
    for (int i = 0; i < 5; i++) failed |= measure(&works[2], sizes[i] / rows[r] * rows[r], rows[r]);
  for (int k = 0; k < 2 * INPUTS; k++) free(memory[k]);
  return failed;
}
