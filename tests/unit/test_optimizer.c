/* Optimizers: steps against values worked out by hand, what they minimize, what they refuse, and their state. The
 * trajectories of all of them over many steps are compared with another library in tests/peers/. */
#include "../support.h"

#include "../../models/optimizer.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Two tensors of weights, of 3 and 2 elements, and an empty one between them ---- */

enum { COUNT = 3, SIZE = 3 };

typedef struct fixture {
  wg_weights weights;
  int64_t size[COUNT];
  void *data[COUNT];
  double w64[COUNT][SIZE], g64[COUNT][SIZE];
  float w32[COUNT][SIZE], g32[COUNT][SIZE];
  const void *gradients[COUNT];
  wg_optimizer *optimizer;
} fixture;

static void fill(fixture *f, wg_dtype dtype) {
  *f = (fixture){.size = {3, 0, 2}};
  f->weights = (wg_weights){.dtype = dtype, .count = COUNT, .size = f->size, .data = f->data};
  for (size_t k = 0; k < COUNT; k++) {
    f->data[k] = dtype == WG_F32 ? (void *)f->w32[k] : f->w64[k];
    f->gradients[k] = dtype == WG_F32 ? (void *)f->g32[k] : f->g64[k];
  }
}

static void make(fixture *f, const wg_optimizer_options *options, size_t groups, const wg_param_group *group) {
  wg_error error;
  if (wg_optimizer_new(options, groups, group, &f->weights, NULL, &f->optimizer, &error) != WG_OK)
    fail_msg("%s", error.message);
}

static wg_optimizer_options named(const char *name) {
  wg_optimizer_options options;
  assert_true(wg_optimizer_find(name, &options));
  return options;
}

/* One weight with the gradients given, one a step; the weight after the last. */
static double after(const wg_optimizer_options *options, double rate, double w, size_t steps, const double *gradients) {
  fixture f;
  fill(&f, WG_F64);
  f.w64[2][1] = w;
  make(&f, options, 0, NULL);
  for (size_t t = 0; t < steps; t++) {
    f.g64[2][1] = gradients[t];
    assert_int_equal(wg_optimizer_step(f.optimizer, f.gradients, rate), WG_OK);
  }
  assert_int_equal(wg_optimizer_steps(f.optimizer), steps);
  wg_optimizer_free(f.optimizer);
  return f.w64[2][1];
}

#define AFTER(options, rate, w, ...)                                                                                   \
  after(options, rate, w, sizeof((const double[]){__VA_ARGS__}) / sizeof(double), (const double[]){__VA_ARGS__})

static void assert_near(double actual, double expected) {
  if (!(fabs(actual - expected) <= 1e-14 * fmax(1, fabs(expected)))) fail_msg("%.17g, not %.17g", actual, expected);
}

/* ---- Steps by hand ---- */

static void gradient_descent_goes_against_the_gradient(void **state) {
  (void)state;
  wg_optimizer_options o = named("sgd");
  assert_near(AFTER(&o, 0.1, 1, 0.5), 0.95);
  assert_near(AFTER(&o, 0.1, 1, 0.5, -2), 1.15);
}

static void momentum_adds_up_gradients(void **state) {
  (void)state;
  wg_optimizer_options o = named("momentum");
  /* v: 2, then 0.9·2 + 1 = 2.8, then 0.9·2.8 − 4 = −1.48 */
  assert_near(AFTER(&o, 0.1, 0, 2, 1, -4), -0.1 * (2 + 2.8 - 1.48));
  o.dampening = 0.5;
  /* the first is taken whole: v: 2, 0.9·2 + 0.5·1 = 2.3 */
  assert_near(AFTER(&o, 0.1, 0, 2, 1), -0.1 * (2 + 2.3));
}

static void nesterov_looks_ahead(void **state) {
  (void)state;
  wg_optimizer_options o = named("nesterov");
  /* v: 2, 2.8; g + 0.9·v: 3.8, 3.52 */
  assert_near(AFTER(&o, 0.1, 0, 2, 1), -0.1 * (3.8 + 3.52));
}

static void adagrad_divides_by_all_that_came_before(void **state) {
  (void)state;
  wg_optimizer_options o = named("adagrad");
  o.epsilon = 0;
  assert_near(AFTER(&o, 0.1, 1, 3), 0.9);                    /* 3/√9 */
  assert_near(AFTER(&o, 0.1, 1, 3, 4), 0.9 - 0.1 * 4 / 5.0); /* √(9 + 16) */
  o.epsilon = 1;
  assert_near(AFTER(&o, 0.1, 1, 3), 1 - 0.1 * 3 / 4.0); /* ε is added to the root */
}

static void rmsprop_divides_by_the_recent_size(void **state) {
  (void)state;
  wg_optimizer_options o = named("rmsprop");
  o.alpha = 0.75;
  o.epsilon = 0;
  assert_near(AFTER(&o, 0.1, 1, 3), 1 - 0.1 * 2);                           /* s = 9/4, u = 3/1.5 */
  assert_near(AFTER(&o, 0.1, 1, 3, 3), 1 - 0.1 * (2 + 3 / sqrt(63 / 16.))); /* s = 27/16 + 36/16 */
  o.momentum = 0.5;
  assert_near(AFTER(&o, 0.1, 1, 3, 3), 1 - 0.1 * (2 + (1 + 3 / sqrt(63 / 16.))));
  o.momentum = 0;
  o.centered = true;
  assert_near(AFTER(&o, 0.1, 1, 4), 1 - 0.1 * 4 / sqrt(4 - 1)); /* s = 4, a = 1 */
}

static void adam_corrects_its_means(void **state) {
  (void)state;
  wg_optimizer_options o = named("adam");
  o.epsilon = 0;
  assert_near(AFTER(&o, 0.001, 1, 50), 0.999); /* m̂ = g, ŝ = g²: a step of α, however large the gradient */
  assert_near(AFTER(&o, 0.001, 1, -1e-3), 1.001);
  /* 1, then −1: m = 0.9·0.1 − 0.1 = −0.01, m̂ = −0.01/0.19; ŝ = 1 both times */
  assert_near(AFTER(&o, 0.001, 1, 1, -1), 1 - 0.001 + 0.001 / 19);
  o.beta1 = 0;
  o.beta2 = 0.5;
  /* 4, then 2: s = 8, then 4 + 2 = 6; ŝ = 16, then 6/0.75 = 8 */
  assert_near(AFTER(&o, 0.1, 1, 4, 2), 1 - 0.1 * (1 + 2 / sqrt(8)));
  o.amsgrad = true; /* the largest s stays 8, and 8/0.75 is what is divided by */
  assert_near(AFTER(&o, 0.1, 1, 4, 2), 1 - 0.1 * (1 + 2 / sqrt(8 / 0.75)));
}

static void lion_goes_by_the_sign(void **state) {
  (void)state;
  wg_optimizer_options o = named("lion");
  assert_near(AFTER(&o, 0.01, 1, 1000), 0.99);
  /* 100, then −1: m = 1, c = 0.9 − 0.1 > 0, and m = 0.99 − 0.01; then −20: c = 0.882 − 2 < 0 */
  assert_near(AFTER(&o, 0.01, 1, 100, -1), 0.98);
  assert_near(AFTER(&o, 0.01, 1, 100, -1, -20), 0.99);
  assert_near(AFTER(&o, 0.01, 1, 0), 1);
}

/* ---- Decay, l1, groups ---- */

static void coupled_decay_is_part_of_the_gradient(void **state) {
  (void)state;
  wg_optimizer_options o = named("sgd");
  o.decay = 0.5;
  assert_near(AFTER(&o, 0.1, 4, 1), 4 - 0.1 * (1 + 2));
  o.l1 = 0.25;
  assert_near(AFTER(&o, 0.1, 4, 1), 4 - 0.1 * (1 + 2 + 0.25));
  assert_near(AFTER(&o, 0.1, -4, 1), -4 - 0.1 * (1 - 2 - 0.25));
  assert_near(AFTER(&o, 0.1, 0, 0), 0);
  wg_optimizer_options adam = named("adam");
  adam.decay = 1;
  adam.epsilon = 0;
  assert_near(AFTER(&adam, 0.1, 4, 0), 3.9); /* divided by its own size like any gradient */
}

static void decoupled_decay_multiplies_the_weight(void **state) {
  (void)state;
  wg_optimizer_options o = named("adamw");
  o.epsilon = 0;
  o.decay = 0.5;
  assert_near(AFTER(&o, 0.1, 4, 3), 4 * 0.95 - 0.1);
  wg_optimizer_options lion = named("lion");
  lion.decay = 0.5;
  assert_near(AFTER(&lion, 0.1, 4, 3), 4 * 0.95 - 0.1);
  wg_optimizer_options sgd = named("sgd");
  sgd.decoupled = true;
  sgd.decay = 0.5;
  assert_near(AFTER(&sgd, 0.1, 4, 3), 4 * 0.95 - 0.3);
}

static void decoupled_l1_makes_weights_exactly_zero(void **state) {
  (void)state;
  wg_optimizer_options o = named("sgd");
  o.decoupled = true;
  o.l1 = 2;
  assert_near(AFTER(&o, 0.1, 1, 1), 1 - 0.1 - 0.2);
  assert_near(AFTER(&o, 0.1, -1, 1), -1 - 0.1 + 0.2);
  assert_true(AFTER(&o, 0.1, 0.25, 1) == 0); /* 0.25 − 0.1 is within ±0.2 */
  assert_true(AFTER(&o, 0.1, -0.05, 1) == 0);
  assert_true(isnan(AFTER(&o, 0.1, NAN, 1)));
}

static void a_group_has_its_own_rate_and_decay(void **state) {
  (void)state;
  fixture f;
  fill(&f, WG_F64);
  wg_optimizer_options o = named("sgd");
  o.decay = 0.5;
  const size_t member = 0;
  const wg_param_group group = {.count = 1, .params = &member, .rate_factor = 0.1};
  make(&f, &o, 1, &group);
  for (int i = 0; i < 2; i++) f.w64[0][i] = f.w64[2][i] = 1, f.g64[0][i] = f.g64[2][i] = 2;
  assert_int_equal(wg_optimizer_step(f.optimizer, f.gradients, 0.1), WG_OK);
  assert_near(f.w64[0][1], 1 - 0.01 * 2);
  assert_near(f.w64[2][1], 1 - 0.1 * 2.5);
  f.gradients[2] = NULL; /* is left alone */
  assert_int_equal(wg_optimizer_step(f.optimizer, f.gradients, 0.1), WG_OK);
  assert_near(f.w64[0][1], 1 - 0.02 * 2);
  assert_near(f.w64[2][1], 0.75);
  wg_optimizer_free(f.optimizer);
}

/* ---- Every kind ---- */

static void drive(fixture *f, int64_t steps, double phase) {
  for (int64_t t = 0; t < steps; t++) {
    for (size_t k = 0; k < COUNT; k++)
      for (size_t i = 0; i < SIZE; i++) {
        double g = sin(phase + (double)t * 0.7 + (double)(k * 3 + i));
        f->g64[k][i] = g;
        f->g32[k][i] = (float)g;
      }
    if (wg_optimizer_evaluates(f->optimizer)) fail_msg("not by gradients");
    assert_int_equal(wg_optimizer_step(f->optimizer, f->gradients, 0.01), WG_OK);
  }
}

/* The variants whose loops differ. */
static size_t variants(wg_optimizer_options *all) {
  size_t n = 0;
  for (size_t i = 0; wg_optimizer_name_at(i); i++) {
    wg_optimizer_options o = named(wg_optimizer_name_at(i));
    if (o.kind == WG_OPTIMIZER_LBFGS) continue;
    all[n++] = o;
    o.decay = 0.1;
    o.l1 = 0.01;
    all[n++] = o;
    o.centered = o.kind == WG_OPTIMIZER_RMSPROP;
    o.amsgrad = o.kind == WG_OPTIMIZER_ADAM || o.kind == WG_OPTIMIZER_ADAMW;
    if (o.centered || o.amsgrad) all[n++] = o;
    if (o.kind != WG_OPTIMIZER_RMSPROP) continue;
    o.momentum = 0.5;
    all[n++] = o;
    o.centered = false;
    all[n++] = o;
  }
  return n;
}

static void f32_follows_f64(void **state) {
  (void)state;
  wg_optimizer_options all[32];
  size_t count = variants(all);
  for (size_t v = 0; v < count; v++) {
    fixture small, large;
    fill(&small, WG_F32);
    fill(&large, WG_F64);
    make(&small, &all[v], 0, NULL);
    make(&large, &all[v], 0, NULL);
    small.w32[0][1] = 0.5F;
    large.w64[0][1] = 0.5;
    drive(&small, 31, 0.3);
    drive(&large, 31, 0.3);
    for (size_t k = 0; k < COUNT; k++)
      for (int64_t i = 0; i < small.size[k]; i++)
        if (!(fabs((double)small.w32[k][i] - large.w64[k][i]) <= 1e-5))
          fail_msg("%s: %g in f32, %g in f64", wg_optimizer_text(&all[v]), (double)small.w32[k][i], large.w64[k][i]);
    assert_true(large.w64[0][1] != 0.5);
    assert_true(small.w32[2][2] == 0 && large.w64[2][2] == 0); /* beyond the tensor */
    wg_optimizer_free(small.optimizer);
    wg_optimizer_free(large.optimizer);
  }
}

static void a_gradient_that_is_no_number_is_not_hidden(void **state) {
  (void)state;
  wg_optimizer_options all[32];
  size_t count = variants(all);
  for (size_t v = 0; v < count; v++)
    for (int large = 0; large < 2; large++) {
      fixture f;
      fill(&f, large ? WG_F64 : WG_F32);
      make(&f, &all[v], 0, NULL);
      drive(&f, 3, 0);
      f.g64[0][2] = NAN;
      f.g32[0][2] = NAN;
      assert_int_equal(wg_optimizer_step(f.optimizer, f.gradients, 0.01), WG_OK);
      if (!isnan(large ? f.w64[0][2] : (double)f.w32[0][2])) fail_msg("%s hides NaN", wg_optimizer_text(&all[v]));
      assert_true(isfinite(large ? f.w64[0][1] : (double)f.w32[0][1]));
      drive(&f, 3, 0); /* and stays */
      assert_true(isnan(large ? f.w64[0][2] : (double)f.w32[0][2]));
      wg_optimizer_free(f.optimizer);
    }
}

/* Copies the whole state of one optimizer to another, array by array and by name. */
static void carry_state(wg_optimizer *from, wg_optimizer *to) {
  assert_int_equal(wg_optimizer_state_count(from), wg_optimizer_state_count(to));
  for (size_t i = 0; i < wg_optimizer_state_count(from); i++) {
    wg_state_array a, b;
    assert_true(wg_optimizer_state_at(from, i, &a) && wg_optimizer_state_at(to, i, &b));
    assert_string_equal(a.name, b.name);
    assert_true(a.dtype == b.dtype && a.count == b.count && a.data != b.data);
    memcpy(b.data, a.data, a.count * wg_dtype_size(a.dtype));
    for (size_t j = 0; j < i; j++) {
      wg_state_array other;
      assert_true(wg_optimizer_state_at(from, j, &other));
      assert_string_not_equal(other.name, a.name);
    }
  }
  wg_error error;
  if (wg_optimizer_state_check(to, &error) != WG_OK) fail_msg("%s", error.message);
}

static void a_restored_state_goes_on_with_the_same_bits(void **state) {
  (void)state;
  wg_optimizer_options all[32];
  size_t count = variants(all);
  for (size_t v = 0; v < count; v++) {
    fixture whole, resumed;
    fill(&whole, WG_F64);
    fill(&resumed, WG_F64);
    make(&whole, &all[v], 0, NULL);
    make(&resumed, &all[v], 0, NULL);
    drive(&whole, 7, 0.1);
    memcpy(resumed.w64, whole.w64, sizeof whole.w64);
    carry_state(whole.optimizer, resumed.optimizer);
    drive(&whole, 7, 0.9);
    drive(&resumed, 7, 0.9);
    assert_memory_equal(whole.w64, resumed.w64, sizeof whole.w64);
    wg_state_array array;
    assert_false(wg_optimizer_state_at(whole.optimizer, wg_optimizer_state_count(whole.optimizer), &array));
    wg_optimizer_free(whole.optimizer);
    wg_optimizer_free(resumed.optimizer);
  }
}

/* ---- L-BFGS ---- */

typedef struct problem {
  fixture f;
  int64_t evaluations, fail_at; /* the evaluation that fails; 0 for none */
  double wall;                  /* the loss is NaN where a weight is larger; 0 for none */
  int64_t beyond;               /* how often it was */
} problem;

/* Rosenbrock's function 100·(y − x²)² + (1 − x)², of the two elements of the last tensor; least at (1, 1). Elements of
 * the first tensor have a parabola each, least at 2. */
static wg_status rosenbrock(void *context, double *loss, const void *const **gradients, wg_error *error) {
  problem *p = context;
  fixture *f = &p->f;
  if (++p->evaluations == p->fail_at) return wg_error_set(error, WG_ERROR_DATA, "told to fail");
  double x = f->w64[2][0], y = f->w64[2][1];
  *loss = 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x);
  f->g64[2][0] = -400 * x * (y - x * x) - 2 * (1 - x);
  f->g64[2][1] = 200 * (y - x * x);
  for (int i = 0; i < 3; i++) {
    double d = f->w64[0][i] - 2;
    *loss += 0.5 * (i + 1) * d * d;
    f->g64[0][i] = (i + 1) * d;
    if (p->wall > 0 && f->w64[0][i] > p->wall) *loss = NAN;
  }
  if (p->wall > 0 && fabs(x) > p->wall) *loss = NAN;
  p->beyond += isnan(*loss);
  *gradients = f->gradients;
  return WG_OK;
}

static void begin(problem *p, const wg_optimizer_options *options) {
  *p = (problem){0};
  fill(&p->f, WG_F64);
  p->f.w64[2][0] = -1.2;
  p->f.w64[2][1] = 1;
  make(&p->f, options, 0, NULL);
}

static wg_status go(problem *p, double rate, double *loss) {
  return wg_optimizer_step_by(p->f.optimizer, &(wg_evaluator){rosenbrock, p}, rate, loss, NULL);
}

static void lbfgs_finds_the_end_of_the_valley(void **state) {
  (void)state;
  wg_optimizer_options o = named("lbfgs");
  problem p;
  begin(&p, &o);
  double loss = 0;
  assert_true(wg_optimizer_evaluates(p.f.optimizer));
  for (int step = 0; step < 8; step++) assert_int_equal(go(&p, 1, &loss), WG_OK);
  assert_true(loss < 1e-12);
  assert_true(fabs(p.f.w64[2][0] - 1) < 1e-6 && fabs(p.f.w64[2][1] - 1) < 1e-6);
  for (int i = 0; i < 3; i++) assert_true(fabs(p.f.w64[0][i] - 2) < 1e-6);
  assert_true(p.evaluations < 200); /* gradient descent needs thousands */
  assert_int_equal(wg_optimizer_steps(p.f.optimizer), 8);
  wg_optimizer_free(p.f.optimizer);
}

static void lbfgs_takes_decay_into_the_loss(void **state) {
  (void)state;
  wg_optimizer_options o = named("lbfgs");
  o.decay = 1;
  problem p;
  begin(&p, &o);
  double loss;
  assert_int_equal(go(&p, 1, &loss), WG_OK);
  /* at the start: 100·(1 − 1.44)² + 2.2² + ½·4·(1 + 2 + 3) + ½·(1.44 + 1) */
  assert_near(loss, 19.36 + 4.84 + 12 + 1.22);
  for (int step = 0; step < 8; step++) assert_int_equal(go(&p, 1, &loss), WG_OK);
  for (int i = 0; i < 3; i++) assert_true(fabs(p.f.w64[0][i] - 2. * (i + 1) / (i + 2)) < 1e-5); /* n(w − 2) + w = 0 */
  wg_optimizer_free(p.f.optimizer);
}

static void lbfgs_stays_where_the_loss_is_a_number(void **state) {
  (void)state;
  wg_optimizer_options o = named("lbfgs");
  problem p;
  begin(&p, &o);
  p.wall = 2.5;
  double loss = 0;
  for (int step = 0; step < 8; step++) assert_int_equal(go(&p, step ? 1 : 10, &loss), WG_OK);
  assert_true(loss < 1e-10);
  assert_true(p.beyond > 0); /* it had looked there */
  p.wall = 0.5;
  double before[SIZE];
  memcpy(before, p.f.w64[2], sizeof before);
  assert_int_equal(go(&p, 1, &loss), WG_ERROR_DATA); /* it is NaN where it begins */
  assert_memory_equal(before, p.f.w64[2], sizeof before);
  wg_optimizer_free(p.f.optimizer);
}

static void lbfgs_leaves_weights_of_a_failed_evaluation_where_they_were(void **state) {
  (void)state;
  for (int search = 0; search < WG_LINE_SEARCH_COUNT; search++) {
    wg_optimizer_options o = named("lbfgs");
    o.iterations = 1;
    o.evaluations = 10;
    o.line_search = (wg_line_search)search;
    problem p;
    begin(&p, &o);
    assert_int_equal(go(&p, 0.001, NULL), WG_OK);
    double before[COUNT][SIZE];
    memcpy(before, p.f.w64, sizeof before);
    p.fail_at = p.evaluations + (search == WG_LINE_SEARCH_WOLFE ? 2 : 1);
    assert_int_equal(go(&p, 0.001, NULL), WG_ERROR_DATA);
    assert_memory_equal(before, p.f.w64, sizeof before);
    assert_int_equal(go(&p, 0.001, NULL), WG_OK);
    wg_optimizer_free(p.f.optimizer);
  }
}

static void lbfgs_goes_on_with_the_same_bits_from_its_state(void **state) {
  (void)state;
  for (int search = 0; search < WG_LINE_SEARCH_COUNT; search++) {
    wg_optimizer_options o = named("lbfgs");
    o.history = 3;
    o.iterations = 3;
    o.line_search = (wg_line_search)search;
    double rate = search == WG_LINE_SEARCH_WOLFE ? 1 : 0.05;
    problem whole, resumed;
    begin(&whole, &o);
    begin(&resumed, &o);
    for (int step = 0; step < 3; step++) assert_int_equal(go(&whole, rate, NULL), WG_OK);
    memcpy(resumed.f.w64, whole.f.w64, sizeof whole.f.w64);
    carry_state(whole.f.optimizer, resumed.f.optimizer);
    for (int step = 0; step < 3; step++) {
      assert_int_equal(go(&whole, rate, NULL), WG_OK);
      assert_int_equal(go(&resumed, rate, NULL), WG_OK);
    }
    assert_memory_equal(whole.f.w64, resumed.f.w64, sizeof whole.f.w64);
    wg_optimizer_free(whole.f.optimizer);
    wg_optimizer_free(resumed.f.optimizer);
  }
}

static void a_state_out_of_range_is_refused(void **state) {
  (void)state;
  wg_optimizer_options o = named("lbfgs");
  problem p;
  begin(&p, &o);
  const struct {
    const char *name;
    int64_t bad;
  } wrong[] = {{"steps", -1},  {"iterations", -1},   {"evaluations", INT64_MAX},
               {"pairs", -1},  {"pairs", 11},        {"oldest", -1},
               {"oldest", 10}, {"steps", INT64_MAX}, {"iterations", INT64_MAX}};
  for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
    wg_state_array array;
    size_t i = 0;
    while (wg_optimizer_state_at(p.f.optimizer, i, &array) && strcmp(array.name, wrong[w].name)) i++;
    assert_true(i < wg_optimizer_state_count(p.f.optimizer));
    *(int64_t *)array.data = wrong[w].bad;
    assert_int_equal(wg_optimizer_state_check(p.f.optimizer, NULL), WG_ERROR_DATA);
    *(int64_t *)array.data = 0;
    assert_int_equal(wg_optimizer_state_check(p.f.optimizer, NULL), WG_OK);
  }
  wg_optimizer_free(p.f.optimizer);
}

static void any_kind_steps_by_an_evaluator(void **state) {
  (void)state;
  wg_optimizer_options o = named("adam");
  problem p;
  begin(&p, &o);
  double first, last = 0;
  assert_int_equal(go(&p, 0.01, &first), WG_OK);
  for (int step = 0; step < 4000; step++) assert_int_equal(go(&p, 0.01, &last), WG_OK);
  assert_near(first, 19.36 + 4.84 + 12);
  assert_true(last < 1e-4 && p.evaluations == 4001);
  p.fail_at = 4002;
  assert_int_equal(go(&p, 0.01, &last), WG_ERROR_DATA);
  wg_optimizer_free(p.f.optimizer);

  o = named("lbfgs");
  begin(&p, &o);
  assert_int_equal(wg_optimizer_step(p.f.optimizer, p.f.gradients, 1), WG_ERROR_ARGUMENT);
  wg_optimizer_free(p.f.optimizer);
}

/* ---- Names and options ---- */

static void names_are_found_again(void **state) {
  (void)state;
  size_t count = 0;
  for (; wg_optimizer_name_at(count); count++) {
    wg_optimizer_options options = named(wg_optimizer_name_at(count));
    assert_string_equal(wg_optimizer_text(&options), wg_optimizer_name_at(count));
    assert_true(wg_optimizer_rate_of(options.kind) > 0);
  }
  assert_int_equal(count, 9);
  wg_optimizer_options options;
  assert_false(wg_optimizer_find("Adam", &options));
  assert_false(wg_optimizer_find(NULL, &options));
  options.kind = WG_OPTIMIZER_KIND_COUNT;
  assert_string_equal(wg_optimizer_text(&options), "");
  for (int i = 0; i < WG_LINE_SEARCH_COUNT; i++) {
    wg_line_search found;
    assert_true(wg_line_search_find(wg_line_search_text((wg_line_search)i), &found) && (int)found == i);
  }
  wg_line_search search;
  assert_false(wg_line_search_find("armijo", &search));
}

static void refuse(const wg_optimizer_options *options, const char *part) {
  fixture f;
  fill(&f, WG_F64);
  wg_error error = {0};
  assert_int_equal(wg_optimizer_new(options, 0, NULL, &f.weights, NULL, &f.optimizer, &error), WG_ERROR_ARGUMENT);
  assert_null(f.optimizer);
  assert_int_equal(error.status, WG_ERROR_ARGUMENT);
  assert_contains(error.message, part);
}

#define REFUSE(name, part, ...)                                                                                        \
  do {                                                                                                                 \
    wg_optimizer_options o = named(name);                                                                              \
    __VA_ARGS__;                                                                                                       \
    refuse(&o, part);                                                                                                  \
  } while (0)

static void options_out_of_range_are_refused_with_the_reason(void **state) {
  (void)state;
  REFUSE("sgd", "unknown kind", o.kind = (wg_optimizer_kind)99);
  REFUSE("sgd", "decay must be a number from 0 on, not -1", o.decay = -1);
  REFUSE("sgd", "decay", o.decay = NAN);
  REFUSE("sgd", "decay", o.decay = INFINITY);
  REFUSE("sgd", "momentum must be from 0 to below 1, not 1", o.momentum = 1);
  REFUSE("momentum", "dampening must be from 0 to 1, not 1.5", o.dampening = 1.5);
  REFUSE("sgd", "nesterov needs a momentum", o.nesterov = true);
  REFUSE("nesterov", "no dampening", o.dampening = 0.1);
  REFUSE("adam", "adam has no momentum", o.momentum = 0.9);
  REFUSE("adam", "adam has no nesterov", o.nesterov = true);
  REFUSE("adam", "adam has no centered", o.centered = true);
  REFUSE("sgd", "sgd has no amsgrad", o.amsgrad = true);
  REFUSE("sgd", "sgd has no beta1", o.beta1 = 0.9);
  REFUSE("adam", "beta2 must be from 0 to below 1, not -0.1", o.beta2 = -0.1);
  REFUSE("adam", "epsilon", o.epsilon = -1);
  REFUSE("rmsprop", "alpha", o.alpha = 1);
  REFUSE("adamw", "choose adam", o.decoupled = false);
  REFUSE("lbfgs", "decoupled", o.decoupled = true);
  REFUSE("lbfgs", "lbfgs has no l1", o.l1 = 1);
  REFUSE("lbfgs", "history must be from 1 to 1000, not 0", o.history = 0);
  REFUSE("lbfgs", "history", o.history = 1001);
  REFUSE("lbfgs", "iterations must be 1 or more, not 0", o.iterations = 0);
  REFUSE("lbfgs", "evaluations", o.evaluations = -1);
  REFUSE("lbfgs", "unknown line search", o.line_search = (wg_line_search)7);
  REFUSE("lbfgs", "tolerance_change", o.tolerance_change = NAN);
  REFUSE("adam", "adam has no history", o.history = 3);
}

static void groups_out_of_range_are_refused_with_the_reason(void **state) {
  (void)state;
  const size_t params[] = {0, 2}, beyond[] = {3};
  const struct {
    wg_param_group group[2];
    size_t count;
    const char *name, *part;
  } wrong[] = {
      {{{2, params, 1, 0, 0}, {1, params + 1, 1, 0, 0}}, 2, "sgd", "group 2: weights 2 are in a group already"},
      {{{1, beyond, 1, 0, 0}}, 1, "sgd", "group 1: there are weights 0 to 2, not 3"},
      {{{1, params, -1, 0, 0}}, 1, "sgd", "factor of the rate is -1"},
      {{{1, params, 1, -1, 0}}, 1, "sgd", "decay is -1"},
      {{{1, params, 1, 0, NAN}}, 1, "sgd", "l1 is nan"},
      {{{1, params, 0.5, 0, 0}}, 1, "lbfgs", "one rate, not 0.5"},
      {{{1, params, 1, 0, 1}}, 1, "lbfgs", "no l1"},
  };
  for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
    fixture f;
    fill(&f, WG_F64);
    wg_optimizer_options o = named(wrong[w].name);
    wg_error error = {0};
    assert_int_equal(wg_optimizer_new(&o, wrong[w].count, wrong[w].group, &f.weights, NULL, &f.optimizer, &error),
                     WG_ERROR_ARGUMENT);
    assert_null(f.optimizer);
    assert_contains(error.message, wrong[w].part);
  }
  fixture f;
  fill(&f, WG_I64);
  wg_optimizer_options o = named("sgd");
  assert_int_equal(wg_optimizer_new(&o, 0, NULL, &f.weights, NULL, &f.optimizer, NULL), WG_ERROR_DTYPE);
}

/* ---- Long tensors, which take vector instructions ---- */

enum { LONG = 1003 };

typedef struct many {
  wg_weights weights;
  int64_t size[LONG];
  void *data[LONG];
  const void *gradients[LONG];
  double w[LONG], g[LONG]; /* of either element type */
} many;

/* LONG elements as one tensor, or each as one of its own. */
static void many_fill(many *m, wg_dtype dtype, bool apart) {
  double values[LONG], slopes[LONG];
  fill_f64(values, LONG, -1, 1, 1);
  fill_f64(slopes, LONG, -1, 1, 2);
  values[5] = slopes[7] = 0;
  m->weights = (wg_weights){.dtype = dtype, .count = apart ? LONG : 1, .size = m->size, .data = m->data};
  for (size_t i = 0; i < LONG; i++) {
    float *w32 = (float *)m->w + i, *g32 = (float *)m->g + i;
    if (dtype == WG_F32) *w32 = (float)values[i], *g32 = (float)slopes[i];
    if (dtype == WG_F64) m->w[i] = values[i], m->g[i] = slopes[i];
    m->data[i] = dtype == WG_F32 ? (void *)w32 : &m->w[i];
    m->gradients[i] = dtype == WG_F32 ? (const void *)g32 : &m->g[i];
    m->size[i] = apart ? 1 : LONG;
  }
}

static void an_element_takes_the_same_step_alone_as_among_many(void **state) {
  (void)state;
  static many together, apart;
  int tried = 0;
  for (size_t k = 0; wg_optimizer_name_at(k); k++)
    for (int dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (int decoupled = 0; decoupled < 2; decoupled++) {
        wg_optimizer_options options = named(wg_optimizer_name_at(k));
        if (options.kind == WG_OPTIMIZER_LBFGS) continue;
        options.decay = 0.01;
        options.l1 = 0.02;
        options.decoupled = decoupled;
        memset(&together, 0, sizeof together);
        memset(&apart, 0, sizeof apart);
        many_fill(&together, (wg_dtype)dtype, false);
        many_fill(&apart, (wg_dtype)dtype, true);
        wg_optimizer *one, *other;
        if (wg_optimizer_new(&options, 0, NULL, &together.weights, NULL, &one, NULL) != WG_OK)
          continue; /* no such decay */
        tried++;
        assert_int_equal(wg_optimizer_new(&options, 0, NULL, &apart.weights, NULL, &other, NULL), WG_OK);
        for (int step = 0; step < 3; step++) {
          wg_optimizer_step(one, together.gradients, 0.01);
          wg_optimizer_step(other, apart.gradients, 0.01);
        }
        if (memcmp(together.w, apart.w, sizeof together.w)) fail_msg("%s differs", wg_optimizer_name_at(k));
        wg_optimizer_free(one);
        wg_optimizer_free(other);
      }
  assert_true(tried >= 2 * 8); /* every kind but L-BFGS, for both element types */
}

static void threads_change_no_bit(void **state) {
  (void)state;
  enum { N = 100001 };
  const wg_optimizer_options options = named("adam");
  wg_threads *threads = wg_threads_new(3);
  double *w[2], *g = random_f64(N, -1, 1, 2);
  for (int k = 0; k < 2; k++) {
    int64_t size[] = {N};
    void *data[] = {w[k] = random_f64(N, -1, 1, 1)};
    const void *gradients[] = {g};
    wg_weights weights = {.dtype = WG_F64, .count = 1, .size = size, .data = data};
    wg_optimizer *optimizer;
    assert_int_equal(wg_optimizer_new(&options, 0, NULL, &weights, NULL, &optimizer, NULL), WG_OK);
    wg_optimizer_use_threads(optimizer, k ? threads : NULL);
    for (int step = 0; step < 3; step++) wg_optimizer_step(optimizer, gradients, 0.01);
    wg_optimizer_free(optimizer);
  }
  assert_memory_equal(w[0], w[1], N * sizeof *w[0]);
  wg_threads_free(threads);
  free(w[0]);
  free(w[1]);
  free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradient_descent_goes_against_the_gradient),
      cmocka_unit_test(momentum_adds_up_gradients),
      cmocka_unit_test(nesterov_looks_ahead),
      cmocka_unit_test(adagrad_divides_by_all_that_came_before),
      cmocka_unit_test(rmsprop_divides_by_the_recent_size),
      cmocka_unit_test(adam_corrects_its_means),
      cmocka_unit_test(lion_goes_by_the_sign),
      cmocka_unit_test(coupled_decay_is_part_of_the_gradient),
      cmocka_unit_test(decoupled_decay_multiplies_the_weight),
      cmocka_unit_test(decoupled_l1_makes_weights_exactly_zero),
      cmocka_unit_test(a_group_has_its_own_rate_and_decay),
      cmocka_unit_test(f32_follows_f64),
      cmocka_unit_test(a_gradient_that_is_no_number_is_not_hidden),
      cmocka_unit_test(a_restored_state_goes_on_with_the_same_bits),
      cmocka_unit_test(lbfgs_finds_the_end_of_the_valley),
      cmocka_unit_test(lbfgs_takes_decay_into_the_loss),
      cmocka_unit_test(lbfgs_stays_where_the_loss_is_a_number),
      cmocka_unit_test(lbfgs_leaves_weights_of_a_failed_evaluation_where_they_were),
      cmocka_unit_test(lbfgs_goes_on_with_the_same_bits_from_its_state),
      cmocka_unit_test(a_state_out_of_range_is_refused),
      cmocka_unit_test(any_kind_steps_by_an_evaluator),
      cmocka_unit_test(names_are_found_again),
      cmocka_unit_test(options_out_of_range_are_refused_with_the_reason),
      cmocka_unit_test(groups_out_of_range_are_refused_with_the_reason),
      cmocka_unit_test(an_element_takes_the_same_step_alone_as_among_many),
      cmocka_unit_test(threads_change_no_bit),
  };
  return RUN_TESTS(tests);
}
