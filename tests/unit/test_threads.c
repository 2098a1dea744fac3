/* One recorded tape, plans of it in several threads at once: the same bits as in one thread after the other. */
#include "../support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, RUNS = 60, M = 40, N = 5, H = 7, K = 3, OUTPUTS = 5, PARAMS = 4 };

/* ---- A net, its gradients, and a little more: read by all threads ---- */

typedef struct scene {
  wg_tape *tape;
  wg_node *X, *Y, *params[PARAMS], *outputs[OUTPUTS];
} scene;

static scene scene_new(void) {
  scene c = {.tape = wg_tape_new()};
  c.X = wg_input(c.tape, "X", WG_F64, WG_SHAPE(M, N));
  c.Y = wg_input(c.tape, "Y", WG_I64, WG_SHAPE(M));
  wg_node *W1 = c.params[0] = wg_param(c.tape, "W1", WG_F64, WG_SHAPE(N, H));
  wg_node *b1 = c.params[1] = wg_param(c.tape, "b1", WG_F64, WG_SHAPE(1, H));
  wg_node *W2 = c.params[2] = wg_param(c.tape, "W2", WG_F64, WG_SHAPE(H, K));
  wg_node *b2 = c.params[3] = wg_param(c.tape, "b2", WG_F64, WG_SHAPE(1, K));
  wg_node *A1 = wg_tanh(wg_add_bias(wg_matmul(c.X, W1), b1));
  wg_node *J = wg_softmax_cross_entropy(wg_add_bias(wg_matmul(A1, W2), b2), c.Y);
  c.outputs[0] = wg_name(J, "J");
  wg_grad(J, PARAMS, c.params, c.outputs + 1);
  assert_tape_good(c.tape);
  return c;
}

static size_t elements(const scene *c) {
  size_t sum = 0;
  for (int k = 0; k < OUTPUTS; k++) sum += (size_t)wg_node_size(c->outputs[k]);
  return sum;
}

/* ---- One thread's work: a plan of its own for each run, with data of its own ---- */

typedef struct worker {
  const scene *scene;
  uint64_t seed;
  double *results; /* RUNS times all outputs, one after the other */
  const char *failure;
} worker;

/* Makes a plan, runs it on the data of that seed, and appends the outputs. Does not assert: that is not for threads. */
static const char *work_once(const scene *c, uint64_t seed, double **results) {
  double x[M * N], values[PARAMS][N * H + H * K];
  int64_t y[M];
  wg_plan *plan = wg_plan_new(OUTPUTS, c->outputs);
  fill_f64(x, M * N, -1, 1, seed);
  fill_i64(y, M, 0, K, seed);
  if (seed % 7 == 0) y[seed % M] = K; /* now and then a label that fails the first run */
  wg_bind(plan, c->X, x);
  wg_bind(plan, c->Y, y);
  for (int k = 0; k < PARAMS; k++) {
    fill_f64(values[k], (size_t)wg_node_size(c->params[k]), -1, 1, seed + (uint64_t)k);
    wg_bind(plan, c->params[k], values[k]);
  }
  const char *failure = NULL;
  if (seed % 7 == 0 && wg_run(plan) != WG_ERROR_DATA) failure = "a bad label was accepted";
  y[seed % M] = 0;
  if (wg_run(plan) != WG_OK) failure = "a run failed";
  for (int k = 0; k < OUTPUTS && !failure; k++) {
    size_t n = (size_t)wg_node_size(c->outputs[k]);
    memcpy(*results, wg_data(plan, c->outputs[k]), n * sizeof **results);
    *results += n;
  }
  wg_plan_free(plan);
  return failure;
}

static void *work(void *argument) {
  worker *w = argument;
  double *results = w->results;
  for (uint64_t run = 0; run < RUNS && !w->failure; run++) w->failure = work_once(w->scene, w->seed + run, &results);
  return NULL;
}

static worker worker_new(const scene *c, int thread) {
  return (worker){.scene = c, .seed = (uint64_t)(100 * thread + 1), .results = new_f64(RUNS * elements(c))};
}

/* ---- Tests ---- */

static void plans_of_one_tape_run_in_several_threads(void **state) {
  (void)state;
  scene c = scene_new();
  worker parallel[THREADS], serial;
  pthread_t threads[THREADS];
  for (int t = 0; t < THREADS; t++) {
    parallel[t] = worker_new(&c, t);
    assert_int_equal(pthread_create(&threads[t], NULL, work, &parallel[t]), 0);
  }
  for (int t = 0; t < THREADS; t++) assert_int_equal(pthread_join(threads[t], NULL), 0);
  for (int t = 0; t < THREADS; t++) {
    serial = worker_new(&c, t);
    work(&serial);
    if (parallel[t].failure || serial.failure)
      fail_msg("%s", parallel[t].failure ? parallel[t].failure : serial.failure);
    assert_memory_equal(parallel[t].results, serial.results, RUNS * elements(&c) * sizeof(double));
    free(parallel[t].results), free(serial.results);
  }
  wg_tape_free(c.tape);
}

/* A tape is recorded by one thread at a time, and tapes know nothing of each other. */
static void *record_own_tape(void *argument) {
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SCALAR), *y = x, *grad;
  for (int i = 0; i < 2000; i++) y = i % 2 ? wg_neg(y) : wg_scale(y, -1);
  wg_add(x, wg_input(tape, "bad", WG_F32, WG_SCALAR)); /* errors are a tape's own, too */
  bool good = wg_grad(y, 1, &x, &grad) == WG_OK && wg_tape_status(tape) == WG_ERROR_DTYPE;
  wg_plan *plan = wg_plan_new(1, &grad);
  wg_bind(plan, x, &(double){2});
  good = good && wg_run(plan) == WG_OK && *(const double *)wg_data(plan, grad) == 1;
  wg_plan_free(plan);
  wg_tape_free(tape);
  *(bool *)argument = good;
  return NULL;
}

static void tapes_are_recorded_in_several_threads(void **state) {
  (void)state;
  pthread_t threads[THREADS];
  bool good[THREADS] = {false};
  for (int t = 0; t < THREADS; t++) assert_int_equal(pthread_create(&threads[t], NULL, record_own_tape, &good[t]), 0);
  for (int t = 0; t < THREADS; t++) assert_int_equal(pthread_join(threads[t], NULL), 0);
  for (int t = 0; t < THREADS; t++) assert_true(good[t]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plans_of_one_tape_run_in_several_threads),
      cmocka_unit_test(tapes_are_recorded_in_several_threads),
  };
  return RUN_TESTS(tests);
}
