/* The plan cache: a graph that is recorded again finds the plan of the first. */
#include "../support.h"

#include "../../engine/plan_cache.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static wg_plan *get(wg_plan_cache *cache, size_t count, wg_node *const *outputs, size_t update_count,
                    const wg_leaf_update *updates) {
  wg_plan *plan = wg_plan_cache_get(cache, count, outputs, update_count, updates);
  if (wg_plan_status(plan) != WG_OK) fail_msg("plan: %s", wg_plan_error(plan));
  return plan;
}

static double value_of(wg_plan *plan, const wg_node *node) {
  if (wg_run(plan) != WG_OK) fail_msg("run: %s", wg_plan_error(plan));
  return *(const double *)wg_data(plan, node);
}

/* ---- A net that is recorded for every step ---- */

enum { N = 3, H = 5, K = 2, PARAMS = 4 };

typedef struct step {
  wg_tape *tape;
  wg_node *X, *Y, *params[PARAMS], *J;
  wg_leaf_update updates[PARAMS];
} step;

static step step_record(int64_t samples) {
  step s = {.tape = wg_tape_new()};
  s.X = wg_input(s.tape, "X", WG_F64, WG_SHAPE(samples, N));
  s.Y = wg_input(s.tape, "Y", WG_I64, WG_SHAPE(samples));
  s.params[0] = wg_param(s.tape, "W1", WG_F64, WG_SHAPE(N, H));
  s.params[1] = wg_param(s.tape, "b1", WG_F64, WG_SHAPE(1, H));
  s.params[2] = wg_param(s.tape, "W2", WG_F64, WG_SHAPE(H, K));
  s.params[3] = wg_param(s.tape, "b2", WG_F64, WG_SHAPE(1, K));
  wg_node *A = wg_tanh(wg_add_bias(wg_matmul(s.X, s.params[0]), s.params[1])), *grad[PARAMS];
  s.J = wg_softmax_cross_entropy(wg_add_bias(wg_matmul(A, s.params[2]), s.params[3]), s.Y);
  wg_grad(s.J, PARAMS, s.params, grad);
  for (int k = 0; k < PARAMS; k++)
    s.updates[k] = (wg_leaf_update){s.params[k], wg_sub(s.params[k], wg_scale(grad[k], 0.3))};
  assert_tape_good(s.tape);
  return s;
}

typedef struct weights {
  double x[8 * N], values[PARAMS][H * N];
  int64_t y[8];
} weights;

static weights weights_new(void) {
  weights w;
  fill_f64(w.x, 8 * N, -1, 1, 1);
  fill_i64(w.y, 8, 0, K, 2);
  for (int k = 0; k < PARAMS; k++) fill_f64(w.values[k], H * N, -1, 1, (uint64_t)k + 3);
  return w;
}

static void step_bind(const step *s, wg_plan *plan, weights *w) {
  wg_bind(plan, s->X, w->x);
  wg_bind(plan, s->Y, w->y);
  for (int k = 0; k < PARAMS; k++) wg_bind_updated(plan, s->params[k], w->values[k]);
}

/* Batches of 8 and 5 samples in turn: two plans, each made once. */
static void a_loop_that_records_each_step_learns_as_one_that_plans_once(void **state) {
  (void)state;
  enum { STEPS = 20 };
  const int64_t samples[] = {8, 5};
  weights once = weights_new(), again = weights_new();
  step fixed[] = {step_record(8), step_record(5)};
  wg_plan *plans[] = {wg_plan_new_updating(1, &fixed[0].J, PARAMS, fixed[0].updates),
                      wg_plan_new_updating(1, &fixed[1].J, PARAMS, fixed[1].updates)};
  wg_plan_cache *cache = wg_plan_cache_new(0, NULL);
  for (int i = 0; i < STEPS; i++) {
    step_bind(&fixed[i % 2], plans[i % 2], &once);
    double expected = value_of(plans[i % 2], fixed[i % 2].J);
    step s = step_record(samples[i % 2]);
    wg_plan *plan = get(cache, 1, &s.J, PARAMS, s.updates);
    step_bind(&s, plan, &again);
    assert_true(value_of(plan, s.J) == expected);
    wg_tape_free(s.tape);
  }
  assert_memory_equal(&once, &again, sizeof once);
  assert_int_equal(wg_plan_cache_count(cache), 2);
  assert_int_equal(wg_plan_cache_hits(cache), STEPS - 2);
  wg_plan_cache_free(cache);
  for (int k = 0; k < 2; k++) {
    wg_plan_free(plans[k]);
    wg_tape_free(fixed[k].tape);
  }
}

/* What a step costs that records its graph anew, beside one that makes its plan anew, and one that does neither. */
static void what_a_step_costs_that_records_its_graph_anew(void **state) {
  (void)state;
  enum { STEPS = 300, KINDS = 3 };
  static const char *const kinds[KINDS] = {"planned once", "recorded anew, plan found", "recorded and planned anew"};
  wg_plan_cache *cache = wg_plan_cache_new(0, NULL);
  weights w = weights_new();
  step fixed = step_record(8);
  wg_plan *fixed_plan = wg_plan_new_updating(1, &fixed.J, PARAMS, fixed.updates);
  step_bind(&fixed, fixed_plan, &w);
  for (int kind = 0; kind < KINDS; kind++) {
    clock_t start = clock();
    for (int i = 0; i < STEPS; i++) {
      if (kind == 0) {
        value_of(fixed_plan, fixed.J);
        continue;
      }
      step s = step_record(8);
      wg_plan *plan =
          kind == 1 ? get(cache, 1, &s.J, PARAMS, s.updates) : wg_plan_new_updating(1, &s.J, PARAMS, s.updates);
      step_bind(&s, plan, &w);
      value_of(plan, s.J);
      if (kind == 2) wg_plan_free(plan);
      wg_tape_free(s.tape);
    }
    print_message("%s: %.1f µs a step of %zu nodes\n", kinds[kind],
                  (double)(clock() - start) / CLOCKS_PER_SEC * 1e6 / STEPS, wg_tape_count(fixed.tape));
  }
  assert_int_equal(wg_plan_cache_hits(cache), STEPS - 1);
  wg_plan_cache_free(cache);
  wg_plan_free(fixed_plan);
  wg_tape_free(fixed.tape);
}

/* ---- What makes two graphs the same ---- */

typedef wg_node *record(wg_tape *tape);

#define X(tape) wg_input(tape, "x", WG_F64, WG_SHAPE(2))

static wg_node *plain(wg_tape *t) { return wg_sum_all(wg_scale(X(t), 2)); }
static wg_node *same_but_names_and_others(wg_tape *t) {
  wg_node *unused = wg_exp(wg_param(t, "w", WG_F64, WG_SCALAR)), *y = wg_name(wg_scale(X(t), 2), "y");
  wg_neg(unused);
  return wg_sum_all(wg_name(y, "z"));
}
static wg_node *other_attribute(wg_tape *t) { return wg_sum_all(wg_scale(X(t), 3)); }
static wg_node *other_operation(wg_tape *t) { return wg_sum_all(wg_power(X(t), 2)); }
static wg_node *other_shape(wg_tape *t) { return wg_sum_all(wg_scale(wg_input(t, "x", WG_F64, WG_SHAPE(3)), 2)); }
static wg_node *other_leaf(wg_tape *t) { return wg_sum_all(wg_scale(wg_param(t, "x", WG_F64, WG_SHAPE(2)), 2)); }
static wg_node *constant(wg_tape *t) {
  return wg_sum_all(wg_mul(X(t), wg_constant(t, WG_F64, WG_SHAPE(2), (double[]){1, 2})));
}
static wg_node *other_constant(wg_tape *t) {
  return wg_sum_all(wg_mul(X(t), wg_constant(t, WG_F64, WG_SHAPE(2), (double[]){1, 3})));
}
static wg_node *of_one_leaf(wg_tape *t) {
  wg_node *x = X(t);
  X(t);
  return wg_sum_all(wg_sub(wg_exp(x), x));
}
static wg_node *of_two_leaves(wg_tape *t) {
  wg_node *x = X(t);
  return wg_sum_all(wg_sub(wg_exp(x), X(t)));
}

static void names_and_other_nodes_do_not_count_and_all_else_does(void **state) {
  (void)state;
  static record *const records[] = {plain,    other_attribute, other_operation, other_shape,  other_leaf,
                                    constant, other_constant,  of_one_leaf,     of_two_leaves};
  enum { COUNT = sizeof records / sizeof *records };
  wg_plan_cache *cache = wg_plan_cache_new(0, NULL);
  for (int round = 0; round < 2; round++)
    for (size_t k = 0; k < COUNT; k++) {
      wg_tape *tape = wg_tape_new();
      wg_node *y = records[k](tape);
      get(cache, 1, &y, 0, NULL);
      wg_tape_free(tape);
      assert_int_equal(wg_plan_cache_hits(cache), round ? k + 1 : 0);
    }
  assert_int_equal(wg_plan_cache_count(cache), COUNT);
  wg_tape *tape = wg_tape_new();
  wg_node *y = same_but_names_and_others(tape);
  wg_plan *plan = get(cache, 1, &y, 0, NULL);
  assert_int_equal(wg_plan_cache_hits(cache), COUNT + 1);
  wg_bind(plan, wg_tape_find(tape, "x"), (double[]){1, 2});
  assert_true(value_of(plan, y) == 6);
  /* two outputs, or an update, are another goal */
  get(cache, 2, (wg_node *[]){y, y}, 0, NULL);
  wg_node *x = wg_tape_find(tape, "x");
  get(cache, 1, &y, 1, (wg_leaf_update[]){{x, wg_scale(x, 2)}});
  assert_int_equal(wg_plan_cache_count(cache), COUNT + 2);
  wg_tape_free(tape);
  wg_plan_cache_free(cache);
}

static void a_plan_found_has_nothing_bound(void **state) {
  (void)state;
  wg_plan_cache *cache = wg_plan_cache_new(0, NULL);
  for (int i = 0; i < 2; i++) {
    wg_tape *tape = wg_tape_new();
    wg_node *x = X(tape), *y = wg_sum_all(wg_log(x));
    wg_plan *plan = get(cache, 1, &y, 0, NULL);
    assert_int_equal(wg_run(plan), WG_ERROR_UNBOUND);
    assert_contains(wg_plan_error(plan), "input x (2)");
    wg_bind(plan, x, (double[]){1, 1});
    assert_true(value_of(plan, y) == 0);
    wg_tape_free(tape);
    assert_int_equal(wg_run(plan), WG_OK); /* it needs the tape no more */
  }
  wg_plan_cache_free(cache);
}

static void a_full_cache_drops_the_plan_that_was_not_asked_for_for_the_longest_time(void **state) {
  (void)state;
  wg_plan_cache *cache = wg_plan_cache_new(2, NULL);
  static const int64_t sizes[] = {1, 2, 1, 3, 1, 2}; /* 3 drops 2, then 2 drops 3 */
  static const size_t hits[] = {0, 0, 1, 1, 2, 2};
  for (int i = 0; i < 6; i++) {
    wg_tape *tape = wg_tape_new();
    wg_node *y = wg_neg(wg_input(tape, "x", WG_F64, WG_SHAPE(sizes[i])));
    get(cache, 1, &y, 0, NULL);
    wg_tape_free(tape);
    assert_int_equal(wg_plan_cache_hits(cache), hits[i]);
    assert_true(wg_plan_cache_count(cache) <= 2);
  }
  wg_plan_cache_free(cache);
}

static void what_cannot_be_planned_is_refused_as_ever(void **state) {
  (void)state;
  wg_plan_cache *cache = wg_plan_cache_new(0, NULL);
  wg_tape *tape = wg_tape_new(), *other = wg_tape_new();
  wg_node *x = X(tape), *foreign = X(other), *bad = wg_add(x, wg_input(tape, "z", WG_F64, WG_SHAPE(3)));
  wg_plan *plan = wg_plan_cache_get(cache, 1, &bad, 0, NULL);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_SHAPE);
  assert_contains(wg_plan_error(plan), "do not broadcast");
  assert_int_equal(wg_run(plan), WG_ERROR_SHAPE);
  plan = wg_plan_cache_get(cache, 2, (wg_node *[]){x, foreign}, 0, NULL);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_ARGUMENT);
  plan = wg_plan_cache_get(cache, 1, &x, 1, (wg_leaf_update[]){{x, wg_sum_all(x)}});
  assert_int_equal(wg_plan_status(plan), WG_ERROR_SHAPE);
  assert_contains(wg_plan_error(plan), "update of x (2)");
  plan = wg_plan_cache_get(cache, 1, NULL, 0, NULL);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_plan_cache_count(cache), 0);
  assert_int_equal(wg_run(get(cache, 0, NULL, 0, NULL)), WG_OK); /* nothing can be planned */
  wg_tape_free(tape), wg_tape_free(other);
  wg_plan_cache_free(cache);
  assert_null(wg_plan_cache_get(NULL, 1, &x, 0, NULL));
  assert_int_equal(wg_plan_cache_count(NULL) + wg_plan_cache_hits(NULL), 0);
  wg_plan_cache_free(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_loop_that_records_each_step_learns_as_one_that_plans_once),
      cmocka_unit_test(what_a_step_costs_that_records_its_graph_anew),
      cmocka_unit_test(names_and_other_nodes_do_not_count_and_all_else_does),
      cmocka_unit_test(a_plan_found_has_nothing_bound),
      cmocka_unit_test(a_full_cache_drops_the_plan_that_was_not_asked_for_for_the_longest_time),
      cmocka_unit_test(what_cannot_be_planned_is_refused_as_ever),
  };
  return RUN_TESTS(tests);
}
