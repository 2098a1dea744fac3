/* One recorded tape, plans of it in several threads at once, and one plan with a pool of threads: the same bits as in one
 * thread after the other. */
#include "../support.h"

#include <float.h>
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

/* ---- One plan, and a pool of threads for its steps ---- */

typedef struct tally {
  int64_t count;
  int *runs; /* of each piece */
  wg_threads *threads;
} tally;

static void count_piece(void *context, int64_t piece) {
  tally *t = context;
  if (piece >= 0 && piece < t->count) t->runs[piece]++;
}

static void every_piece_runs_once(void **state) {
  (void)state;
  static const int64_t counts[] = {0, 1, 2, 3, 100, 1000};
  int runs[1000];
  for (int threads = 0; threads <= 5; threads++) {
    wg_threads *pool = threads ? wg_threads_new(threads) : NULL;
    for (int round = 0; round < 600; round++) {
      tally t = {.count = counts[round % 6], .runs = runs};
      memset(runs, 0, sizeof runs);
      wg_threads_run(pool, t.count, count_piece, &t);
      for (int64_t k = 0; k < 1000; k++) assert_int_equal(runs[k], k < t.count);
    }
    wg_threads_free(pool);
  }
}

/* Work inside a piece finds the pool taken, and is done at once. */
static void count_pieces_inside(void *context, int64_t piece) {
  tally *t = context, inner = {.count = 10, .runs = t->runs + 10 * piece};
  wg_threads_run(t->threads, 10, count_piece, &inner);
}

static void pieces_may_have_pieces(void **state) {
  (void)state;
  int runs[200] = {0};
  wg_threads *pool = wg_threads_new(3);
  wg_threads_run(pool, 20, count_pieces_inside, &(tally){.threads = pool, .runs = runs});
  for (int k = 0; k < 200; k++) assert_int_equal(runs[k], 1);
  wg_threads_free(pool);
}

static void a_pool_has_at_least_the_callers_thread(void **state) {
  (void)state;
  wg_threads *pool = wg_threads_new(-3), *pair = wg_threads_new(2);
  assert_int_equal(wg_threads_count(pool), 1);
  assert_in_range(wg_threads_count(pair), 1, 2);
  assert_int_equal(wg_threads_count(NULL), 1);
  wg_threads_free(pool), wg_threads_free(pair), wg_threads_free(NULL);
}

enum { OUTPUTS_MAX = 8 };

/* The plan's values with pools of some sizes against those without. */
static void assert_same_bits_with_threads(wg_plan *plan, int count, wg_node *const *outputs) {
  static const int counts[] = {1, 2, 3, 8};
  double *expected[OUTPUTS_MAX];
  for (int t = -1; t < 4; t++) {
    wg_threads *pool = t < 0 ? NULL : wg_threads_new(counts[t]);
    wg_plan_use_threads(plan, pool);
    assert_int_equal(wg_run(plan), WG_OK);
    for (int k = 0; k < count; k++) {
      size_t bytes = (size_t)wg_node_size(outputs[k]) * sizeof(double);
      if (t < 0) expected[k] = memcpy(new_f64((size_t)wg_node_size(outputs[k])), wg_data(plan, outputs[k]), bytes);
      assert_memory_equal(wg_data(plan, outputs[k]), expected[k], bytes);
    }
    wg_plan_use_threads(plan, NULL);
    wg_threads_free(pool);
  }
  for (int k = 0; k < count; k++) free(expected[k]);
}

enum { ROWS = 700, COLUMNS = 150 };

/* Large enough for several pieces: dense, rows and columns broadcast, transposed; and reductions. */
static void results_do_not_depend_on_the_number_of_threads(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(ROWS, COLUMNS)),
          *b = wg_param(tape, "b", WG_F64, WG_SHAPE(COLUMNS));
  wg_node *c = wg_param(tape, "c", WG_F64, WG_SHAPE(ROWS, 1)),
          *w = wg_param(tape, "w", WG_F64, WG_SHAPE(COLUMNS, ROWS));
  wg_node *y = wg_mul(wg_tanh(wg_add(wg_mul(x, c), b)), wg_transpose(w)), *grad[3];
  wg_node *J = wg_mean_all(wg_square(wg_matmul(y, w)));
  wg_grad(J, 3, (wg_node *[]){b, c, w}, grad);
  assert_tape_good(tape);
  wg_node *outputs[] = {J, y, grad[0], grad[1], grad[2]};
  wg_plan *plan = wg_plan_new(5, outputs);
  double *data[4];
  wg_node *leaves[] = {x, b, c, w};
  for (int k = 0; k < 4; k++) {
    data[k] = random_f64((size_t)wg_node_size(leaves[k]), -1, 1, (uint64_t)k + 1);
    wg_bind(plan, leaves[k], data[k]);
  }
  assert_same_bits_with_threads(plan, 5, outputs);
  for (int k = 0; k < 4; k++) free(data[k]);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* Several samples or taps in each piece, with a border in memory and, where the image is large, without. */
static void convolutions_do_not_depend_on_the_number_of_threads(void **state) {
  (void)state;
  static const int64_t samples[] = {70, 1}, size[] = {20, 260};
  for (int k = 0; k < 2; k++) {
    wg_tape *tape = wg_tape_new();
    wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(samples[k], 4, size[k], size[k]));
    wg_node *w = wg_param(tape, "w", WG_F64, WG_SHAPE(6, 4, 3, 3)), *grad[2];
    wg_node *y = wg_convolve(x, w, NULL, (int64_t[]){1, 1}, NULL, 1);
    wg_grad(wg_sum_all(wg_square(y)), 2, (wg_node *[]){x, w}, grad);
    assert_tape_good(tape);
    wg_node *outputs[] = {y, grad[0], grad[1]};
    wg_plan *plan = wg_plan_new(3, outputs);
    double *data = random_f64((size_t)wg_node_size(x), -1, 1, 8), weights[6 * 4 * 3 * 3];
    fill_f64(weights, 6 * 4 * 3 * 3, -1, 1, 9);
    wg_bind(plan, x, data);
    wg_bind(plan, w, weights);
    assert_same_bits_with_threads(plan, 3, outputs);
    free(data);
    wg_plan_free(plan);
    wg_tape_free(tape);
  }
}

/* Half the smallest normal number is a denormal, and twice that the smallest normal number again, or 0. */
static void denormals_are_zeros_in_all_threads_if_asked(void **state) {
  (void)state;
  enum { LARGE = 100000 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(LARGE)), *half = wg_scale(x, 0.5), *sum = wg_sum_all(half);
  double *data = new_f64(LARGE);
  for (int k = 0; k < LARGE; k++) data[k] = DBL_MIN;
  wg_plan *plan = wg_plan_new(2, (wg_node *[]){half, sum});
  wg_threads *pool = wg_threads_new(3);
  wg_plan_use_threads(plan, pool);
  wg_bind(plan, x, data);
  assert_int_equal(wg_run(plan), WG_OK);
  for (int k = 0; k < LARGE; k++) assert_true(((const double *)wg_data(plan, half))[k] == DBL_MIN / 2);
  if (wg_plan_flush_denormals(plan, true)) {
    assert_int_equal(wg_run(plan), WG_OK);
    for (int k = 0; k < LARGE; k++) assert_true(((const double *)wg_data(plan, half))[k] == 0);
    assert_true(*(const double *)wg_data(plan, sum) == 0);
    volatile double small = DBL_MIN;
    assert_true(small / 2 > 0); /* for the plan alone */
    assert_true(wg_plan_flush_denormals(plan, false));
    assert_int_equal(wg_run(plan), WG_OK);
    assert_true(*(const double *)wg_data(plan, sum) > DBL_MIN);
  }
  assert_false(wg_plan_flush_denormals(NULL, true));
  wg_plan_free(plan);
  wg_threads_free(pool);
  free(data);
  wg_tape_free(tape);
}

/* Two plans in two threads, one pool: whoever finds it taken works alone. */
typedef struct sharer {
  wg_tape *tape;
  wg_node *x, *y;
  wg_threads *pool;
  const double *data;
  double sum;
} sharer;

static void *run_sharing(void *argument) {
  sharer *s = argument;
  wg_plan *plan = wg_plan_new(1, &s->y);
  wg_plan_use_threads(plan, s->pool);
  wg_bind(plan, s->x, s->data);
  for (int run = 0; run < 20; run++)
    if (wg_run(plan) == WG_OK) s->sum += *(const double *)wg_data(plan, s->y);
  wg_plan_free(plan);
  return NULL;
}

static void plans_in_several_threads_share_a_pool(void **state) {
  (void)state;
  enum { LARGE = 200000 };
  wg_tape *tape = wg_tape_new();
  double *data = random_f64(LARGE, -1, 1, 5);
  sharer s = {.tape = tape, .x = wg_input(tape, "x", WG_F64, WG_SHAPE(LARGE)), .data = data};
  s.y = wg_sum_all(wg_exp(s.x));
  sharer alone = s, sharers[THREADS];
  run_sharing(&alone);
  s.pool = wg_threads_new(3);
  pthread_t threads[THREADS];
  for (int t = 0; t < THREADS; t++) {
    sharers[t] = s;
    assert_int_equal(pthread_create(&threads[t], NULL, run_sharing, &sharers[t]), 0);
  }
  for (int t = 0; t < THREADS; t++) assert_int_equal(pthread_join(threads[t], NULL), 0);
  for (int t = 0; t < THREADS; t++) assert_true(sharers[t].sum == alone.sum);
  wg_threads_free(s.pool);
  free(data);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plans_of_one_tape_run_in_several_threads),
      cmocka_unit_test(tapes_are_recorded_in_several_threads),
      cmocka_unit_test(every_piece_runs_once),
      cmocka_unit_test(pieces_may_have_pieces),
      cmocka_unit_test(a_pool_has_at_least_the_callers_thread),
      cmocka_unit_test(results_do_not_depend_on_the_number_of_threads),
      cmocka_unit_test(convolutions_do_not_depend_on_the_number_of_threads),
      cmocka_unit_test(denormals_are_zeros_in_all_threads_if_asked),
      cmocka_unit_test(plans_in_several_threads_share_a_pool),
  };
  return RUN_TESTS(tests);
}
