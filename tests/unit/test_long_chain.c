/* Graphs may be long: nothing recurs over them, and nothing is quadratic. */
#include "sweep_graphs.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static double seconds_since(clock_t start) { return (double)(clock() - start) / CLOCKS_PER_SEC; }

typedef struct heap {
  size_t now, most;
} heap;

static void *heap_allocate(void *context, size_t size) {
  heap *h = context;
  size_t *memory = malloc(size + 16);
  if (!memory) return NULL;
  *memory = size;
  h->now += size;
  if (h->now > h->most) h->most = h->now;
  return (char *)memory + 16;
}

static void heap_release(void *context, void *memory) {
  heap *h = context;
  size_t *begin = (size_t *)((char *)memory - 16);
  h->now -= *begin;
  free(begin);
}

/* v ← v·c, n times: ∂x = cⁿ and ∂c = n·cⁿ⁻¹·x, a sum of n contributions. */
static void assert_chain(int n, size_t count) {
  heap h = {0};
  wg_tape *tape = wg_tape_new_with(&(wg_allocator){heap_allocate, heap_release, &h});
  wg_node *wrt[] = {scalar_param(tape, "x"), scalar_param(tape, "c")}, *v = wrt[0], *grad[2];
  clock_t start = clock();
  for (int i = 0; i < n; i++) v = wg_mul(v, wrt[1]);
  assert_tape_good(tape);
  double recorded = seconds_since(start);

  start = clock();
  wg_sweep_counts counts = sweep(v, count, wrt, grad, NULL);
  double swept = seconds_since(start);
  assert_int_equal(counts.rules, (size_t)n * count);
  assert_int_equal(counts.sums, count == 2 ? n - 1 : 0);
  assert_int_equal(counts.visited, (size_t)n + count);

  start = clock();
  double x = 2, c = 1 + 1e-6, power = exp(n * log1p(1e-6)); /* c is 1 + 1e-6 to 1e-16, so its power is right to 1e-10 */
  wg_node *outputs[] = {v, grad[0], count == 2 ? grad[1] : grad[0]};
  wg_plan *plan = wg_plan_new(3, outputs);
  wg_bind(plan, wrt[0], &x);
  wg_bind(plan, wrt[1], &c);
  double planned = seconds_since(start);
  start = clock();
  if (wg_run(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  double ran = seconds_since(start);
  assert_true(fabs(*(const double *)wg_data(plan, v) / (x * power) - 1) < 1e-9);
  assert_true(fabs(*(const double *)wg_data(plan, grad[0]) / power - 1) < 1e-9);
  if (count == 2) assert_true(fabs(*(const double *)wg_data(plan, grad[1]) / (n * power / c * x) - 1) < 1e-9);

  printf("%zu nodes: record %.2f s, sweep %.2f s, plan %.2f s, run %.2f s; at most %.0f MB\n", wg_tape_count(tape),
         recorded, swept, planned, ran, (double)h.most / 1e6);
  wg_plan_free(plan);
  wg_tape_free(tape);
  assert_int_equal(h.now, 0);
}

static void a_chain_of_a_million_nodes_records_sweeps_and_runs(void **state) {
  (void)state;
  assert_chain(1000000, 1);
}

static void a_parameter_with_a_hundred_thousand_consumers_gets_the_sum_of_them_all(void **state) {
  (void)state;
  assert_chain(100000, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_chain_of_a_million_nodes_records_sweeps_and_runs),
      cmocka_unit_test(a_parameter_with_a_hundred_thousand_consumers_gets_the_sum_of_them_all),
  };
  return RUN_TESTS(tests);
}
