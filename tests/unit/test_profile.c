/* Profiles: what a plan's steps take, by a clock that the test turns, and what they compute and move, counted by hand. */
#include "../support.h"

#include "../../models/profile.h"

#include <math.h>
#include <string.h>

/* ---- A clock that moves on by a tick at each reading ---- */

static double now, tick;

static double clock_read(void) {
  now += tick;
  return now;
}

static void start(wg_plan *plan, double reading) {
  tick = reading;
  assert_int_equal(wg_plan_profile_start(plan, clock_read), WG_OK);
}

/* ---- A graph: y = Σ tanh(X·W)², with its gradient and a step ---- */

enum { ROWS = 300, INNER = 20, COLUMNS = 50 };

typedef struct graph {
  wg_tape *tape;
  wg_node *X, *W, *y, *grad;
  size_t forward_end, reverse_end;
  wg_leaf_update update;
  wg_plan *plan;
  double *x, *w;
} graph;

static graph graph_new(void) {
  graph g = {.tape = wg_tape_new()};
  g.X = wg_input(g.tape, "X", WG_F64, WG_SHAPE(ROWS, INNER));
  g.W = wg_param(g.tape, "W", WG_F64, WG_SHAPE(INNER, COLUMNS));
  g.y = wg_sum_all(wg_square(wg_tanh(wg_matmul(g.X, g.W))));
  g.forward_end = wg_tape_count(g.tape);
  assert_int_equal(wg_grad(g.y, 1, &g.W, &g.grad), WG_OK);
  g.reverse_end = wg_tape_count(g.tape);
  g.update = (wg_leaf_update){g.W, wg_sub(g.W, wg_scale(g.grad, 0.001))};
  g.plan = wg_plan_new_updating(1, &g.y, 1, &g.update);
  assert_int_equal(wg_plan_status(g.plan), WG_OK);
  g.x = random_f64(ROWS * INNER, -1, 1, 1);
  g.w = random_f64(INNER * COLUMNS, -1, 1, 2);
  assert_int_equal(wg_bind(g.plan, g.X, g.x), WG_OK);
  assert_int_equal(wg_bind_updated(g.plan, g.W, g.w), WG_OK);
  return g;
}

static void graph_free(graph *g) {
  wg_plan_free(g->plan);
  wg_tape_free(g->tape);
  free(g->x);
  free(g->w);
}

static double graph_run(graph *g) {
  assert_int_equal(wg_run(g->plan), WG_OK);
  return *(const double *)wg_data(g->plan, g->y);
}

/* ---- Times ---- */

static void a_step_takes_what_the_clock_says_less_the_reading_of_it(void **state) {
  (void)state;
  graph g = graph_new();
  wg_plan_step step;
  wg_step_time time;
  start(g.plan, 1);
  for (int run = 0; run < 3; run++) {
    tick = run == 1 ? 3 : 5;
    graph_run(&g);
  }
  size_t units = 0;
  for (size_t i = 0; wg_plan_step_at(g.plan, i, &step); i = step.pass_end, units++)
    for (size_t k = i; k < step.pass_end; k++) {
      assert_true(wg_plan_profile_at(g.plan, k, &time));
      assert_int_equal(time.runs, 3);
      assert_true(time.seconds == 4 + 2 + 4);
      assert_true(time.fastest == 2);
    }
  assert_true(units > 3 && units < wg_plan_step_count(g.plan)); /* some run together */
  assert_false(wg_plan_profile_at(g.plan, wg_plan_step_count(g.plan), &time));
  graph_free(&g);
}

static void figures_stay_after_the_end_and_go_with_a_new_start(void **state) {
  (void)state;
  graph g = graph_new();
  wg_step_time time;
  assert_false(wg_plan_profile_at(g.plan, 0, &time));
  start(g.plan, 0);
  graph_run(&g);
  wg_plan_profile_stop(g.plan);
  const double stopped = now;
  graph_run(&g);
  assert_true(now == stopped);
  assert_true(wg_plan_profile_at(g.plan, 0, &time));
  assert_int_equal(time.runs, 1);
  start(g.plan, 0);
  assert_true(wg_plan_profile_at(g.plan, 0, &time));
  assert_int_equal(time.runs, 0);
  graph_free(&g);
}

static void taking_times_changes_no_bit(void **state) {
  (void)state;
  graph with = graph_new(), without = graph_new();
  start(with.plan, 1);
  for (int run = 0; run < 5; run++) {
    double a = graph_run(&with), b = graph_run(&without);
    assert_memory_equal(&a, &b, sizeof a);
  }
  assert_memory_equal(with.w, without.w, INNER * COLUMNS * sizeof *with.w);
  graph_free(&with);
  graph_free(&without);
}

static void a_run_that_fails_counts_the_steps_it_came_through(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const double z[] = {1, 2, 3, 4};
  const int64_t labels[] = {0, 7};
  wg_node *Z = wg_input(tape, "Z", WG_F64, WG_SHAPE(2, 2)), *Y = wg_input(tape, "Y", WG_I64, WG_SHAPE(2));
  wg_node *outputs[] = {wg_matmul(Z, Z), wg_softmax_cross_entropy(wg_matmul(Z, Z), Y)};
  wg_plan *plan = wg_plan_new(2, outputs);
  wg_plan_step step;
  wg_step_time time;
  wg_bind(plan, Z, z);
  wg_bind(plan, Y, labels);
  start(plan, 1);
  assert_int_equal(wg_run(plan), WG_ERROR_DATA);
  bool failed = false;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i = step.pass_end) {
    wg_plan_profile_at(plan, i, &time);
    assert_int_equal(time.runs, strcmp(wg_node_op(step.node), "matmul") == 0 ? 1 : 0);
    failed = failed || time.runs == 0;
  }
  assert_true(failed);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void a_plan_without_clock_is_refused(void **state) {
  (void)state;
  graph g = graph_new();
  assert_int_equal(wg_plan_profile_start(g.plan, NULL), WG_ERROR_ARGUMENT);
  assert_contains(wg_plan_error(g.plan), "clock");
  assert_int_equal(wg_plan_profile_start(NULL, clock_read), WG_ERROR_MEMORY);
  wg_plan_profile_stop(NULL);
  wg_node *none = NULL;
  wg_plan *failed = wg_plan_new(1, &none);
  assert_int_equal(wg_plan_profile_start(failed, clock_read), WG_ERROR_ARGUMENT);
  wg_plan_free(failed);
  graph_free(&g);
}

/* ---- What is computed and moved ---- */

static wg_profile profile_of(const graph *g) {
  wg_profile profile;
  const wg_tape_parts parts = {.forward_end = g->forward_end, .reverse_end = g->reverse_end};
  assert_int_equal(wg_profile_new(&profile, g->plan, &parts, NULL, NULL), WG_OK);
  return profile;
}

static void lines_are_the_steps_of_the_plan_in_order(void **state) {
  (void)state;
  graph g = graph_new();
  wg_profile profile = profile_of(&g);
  size_t next = 0;
  for (size_t i = 0; i < profile.count; i++) {
    assert_int_equal(profile.lines[i].begin, next);
    assert_true(profile.lines[i].end > next);
    next = profile.lines[i].end;
    assert_int_equal(profile.lines[i].time.runs, 0);
  }
  assert_int_equal(next, wg_plan_step_count(g.plan));
  wg_profile_free(&profile);
  graph_free(&g);
}

/* X·W takes m·k·n multiply-adds, as does Xᵀ·∂ for ∂W; W − 0.001·∂W takes two operations for each element. */
static void phases_compute_what_is_counted_by_hand(void **state) {
  (void)state;
  graph g = graph_new();
  wg_profile profile = profile_of(&g);
  uint64_t multiply_adds[WG_PHASE_COUNT] = {0}, operations[WG_PHASE_COUNT] = {0};
  for (size_t i = 0; i < profile.count; i++) {
    multiply_adds[profile.lines[i].phase] += profile.lines[i].cost.multiply_adds;
    operations[profile.lines[i].phase] += profile.lines[i].cost.operations;
  }
  const uint64_t product = ROWS * INNER * COLUMNS, elements = ROWS * COLUMNS;
  assert_int_equal(multiply_adds[WG_PHASE_FORWARD], product);
  assert_int_equal(multiply_adds[WG_PHASE_REVERSE], product);
  assert_int_equal(multiply_adds[WG_PHASE_UPDATE], 0);
  assert_int_equal(operations[WG_PHASE_FORWARD], product + 3 * elements); /* tanh, square, sum */
  assert_int_equal(operations[WG_PHASE_UPDATE], 2 * INNER * COLUMNS);
  const wg_cost one = {.operations = product + 3 * elements, .multiply_adds = product};
  assert_true(wg_cost_flops(&one) == 2.0 * (double)product + 3.0 * (double)elements);
  wg_profile_free(&profile);
  graph_free(&g);
}

/* √(|x| + 1) runs as one: x is read and the root written, and what is between stays in the cache. */
static void what_stays_in_the_cache_is_not_moved(void **state) {
  (void)state;
  enum { N = 100000 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(N)), *y = wg_abs(x);
  y = wg_sqrt(wg_add(y, wg_add(y, x)));
  wg_plan *plan = wg_plan_new(1, &y);
  const wg_tape_parts parts = {.forward_end = wg_tape_count(tape)};
  wg_profile profile;
  assert_int_equal(wg_profile_new(&profile, plan, &parts, NULL, NULL), WG_OK);
  assert_int_equal(profile.count, 1);
  assert_int_equal(profile.lines[0].cost.steps, 4);
  assert_int_equal(profile.lines[0].cost.operations, 4 * N);
  assert_int_equal(profile.lines[0].cost.bytes, 2 * N * sizeof(double));
  assert_int_equal(profile.lines[0].phase, WG_PHASE_FORWARD);
  wg_profile_free(&profile);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void layers_are_those_that_were_told(void **state) {
  (void)state;
  graph g = graph_new();
  int64_t layers[64];
  for (size_t id = 0; id < 64; id++) layers[id] = 100 + (int64_t)id;
  const wg_tape_parts parts = {g.forward_end, g.reverse_end, layers, g.reverse_end};
  wg_profile profile;
  assert_int_equal(wg_profile_new(&profile, g.plan, &parts, NULL, NULL), WG_OK);
  for (size_t i = 0; i < profile.count; i++) {
    const wg_profile_line *line = &profile.lines[i];
    if (line->phase == WG_PHASE_UPDATE)
      assert_int_equal(line->layer, 0); /* beyond those that have one */
    else if (!line->lead.copy)
      assert_int_equal(line->layer, 100 + (int64_t)wg_node_id(line->lead.node));
  }
  wg_profile_free(&profile);
  graph_free(&g);
}

/* ---- Bounds ---- */

static void assert_bound(wg_cost cost, size_t steps, double seconds, wg_bound bound, double share) {
  const wg_machine machine = {.flops = 100e9, .bytes = 10e9, .step = 10e-9};
  double actual;
  const wg_bound found = wg_bound_of(&machine, &cost, steps, seconds, &actual);
  if (found != bound) fail_msg("bound by %s instead of %s", wg_bound_text(found), wg_bound_text(bound));
  if (fabs(actual - share) > 1e-12) fail_msg("share %g instead of %g", actual, share);
}

static void the_bound_is_what_takes_the_largest_part_of_the_time(void **state) {
  (void)state;
  const wg_cost product = {.operations = 1000000, .multiply_adds = 1000000, .bytes = 100000};
  assert_bound(product, 1, 25e-6, WG_BOUND_COMPUTE, 0.8); /* 2e6 / 100e9 = 20 µs of 25 */
  const wg_cost copy = {.operations = 1000, .bytes = 100000};
  assert_bound(copy, 1, 20e-6, WG_BOUND_MEMORY, 0.5); /* 10 µs of 20 */
  assert_bound(copy, 1, 5e-6, WG_BOUND_CACHE, 1);     /* faster than memory */
  assert_bound(copy, 100, 100e-6, WG_BOUND_NONE, 0.1);
  const wg_cost scalar = {.operations = 1, .bytes = 16};
  assert_bound(scalar, 1, 12.5e-9, WG_BOUND_OVERHEAD, 0.8);
  assert_bound(scalar, 1, 0, WG_BOUND_OVERHEAD, 1);
  assert_string_equal(wg_bound_text(WG_BOUND_COUNT), "");
  assert_string_equal(wg_phase_text(WG_PHASE_COUNT), "");
}

/* ---- The drawing ---- */

static void a_drawing_has_a_box_for_every_line(void **state) {
  (void)state;
  graph g = graph_new();
  start(g.plan, 0);
  tick = 1;
  graph_run(&g);
  wg_profile profile = profile_of(&g);
  const char *labels[32];
  for (size_t i = 0; i < profile.count; i++) labels[i] = "a < b";
  const wg_machine machine = {1, 1, 1};
  wg_drawing *drawing;
  assert_int_equal(wg_draw_profile_svg(&profile, labels, &machine, "Title & more", NULL, &drawing, NULL), WG_OK);
  const char *text = wg_drawing_text(drawing);
  size_t boxes = 0;
  for (const char *at = strstr(text, "<g><title>a &lt; b: 1 s"); at; at = strstr(at + 1, "<g><title>a &lt; b: 1 s"))
    boxes++;
  assert_int_equal(boxes, profile.count);
  assert_contains(text, "Title &amp; more");
  assert_contains(text, "prefers-color-scheme:dark");
  wg_drawing_free(drawing);
  wg_profile_free(&profile);
  graph_free(&g);
}

/* ---- Without memory ---- */

static wg_status profiled(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  const double values[] = {1, 2};
  wg_tape *tape = wg_tape_new_with(allocator);
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *y = wg_sum_all(wg_square(x));
  wg_plan *plan = wg_plan_new(1, &y);
  wg_profile profile = {0};
  wg_drawing *drawing = NULL;
  const char *labels[] = {"a", "b", "c", "d"};
  const wg_tape_parts parts = {0};
  const wg_machine machine = {1, 1, 1};
  tick = 1;
  wg_status status = wg_tape_status(tape);
  if (status == WG_OK) status = wg_plan_status(plan);
  if (status == WG_OK) status = wg_bind(plan, x, values);
  if (status == WG_OK) status = wg_plan_profile_start(plan, clock_read);
  if (status == WG_OK) status = wg_run(plan);
  if (status == WG_OK) status = wg_profile_new(&profile, plan, &parts, allocator, NULL);
  if (status == WG_OK) status = wg_draw_profile_svg(&profile, labels, &machine, "t", allocator, &drawing, NULL);
  if (status == WG_OK) *number = (double)profile.count + *(const double *)wg_data(plan, y);
  wg_drawing_free(drawing);
  wg_profile_free(&profile);
  wg_plan_free(plan);
  wg_tape_free(tape);
  return status;
}

static void no_memory_is_an_error_like_any_other(void **state) {
  (void)state;
  assert_survives_failed_allocations("a profile", profiled, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_takes_what_the_clock_says_less_the_reading_of_it),
      cmocka_unit_test(figures_stay_after_the_end_and_go_with_a_new_start),
      cmocka_unit_test(taking_times_changes_no_bit),
      cmocka_unit_test(a_run_that_fails_counts_the_steps_it_came_through),
      cmocka_unit_test(a_plan_without_clock_is_refused),
      cmocka_unit_test(lines_are_the_steps_of_the_plan_in_order),
      cmocka_unit_test(phases_compute_what_is_counted_by_hand),
      cmocka_unit_test(what_stays_in_the_cache_is_not_moved),
      cmocka_unit_test(layers_are_those_that_were_told),
      cmocka_unit_test(the_bound_is_what_takes_the_largest_part_of_the_time),
      cmocka_unit_test(a_drawing_has_a_box_for_every_line),
      cmocka_unit_test(no_memory_is_an_error_like_any_other),
  };
  return RUN_TESTS(tests);
}
