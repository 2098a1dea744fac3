#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* splitmix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", 2014). */
static uint64_t random_next(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static double random_between(uint64_t *state, double low, double high) {
  return low + (high - low) * ((double)(random_next(state) >> 11) * 0x1p-53);
}

void fill_f64(double *values, size_t n, double low, double high, uint64_t seed) {
  for (size_t i = 0; i < n; i++) values[i] = random_between(&seed, low, high);
}

void fill_f32(float *values, size_t n, double low, double high, uint64_t seed) {
  for (size_t i = 0; i < n; i++) values[i] = (float)random_between(&seed, low, high);
}

void fill_i64(int64_t *values, size_t n, int64_t low, int64_t high, uint64_t seed) {
  for (size_t i = 0; i < n; i++) values[i] = low + (int64_t)(random_next(&seed) % (uint64_t)(high - low));
}

double *new_f64(size_t n) {
  double *values = calloc(n ? n : 1, sizeof *values);
  assert_non_null(values);
  return values;
}

double *random_f64(size_t n, double low, double high, uint64_t seed) {
  double *values = new_f64(n);
  fill_f64(values, n, low, high, seed);
  return values;
}

double relative_error(size_t n, const double *a, const double *b) {
  double gap = 0, scale = 0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(a[i]) || isnan(b[i])) return NAN;
    if (a[i] == b[i]) { /* infinities too */
      if (isfinite(a[i])) scale = fmax(scale, fabs(a[i]));
      continue;
    }
    gap = fmax(gap, fabs(a[i] - b[i]));
    scale = fmax(scale, fmax(fabs(a[i]), fabs(b[i])));
  }
  return gap == 0 ? 0 : isinf(gap) ? gap : gap / scale;
}

void assert_close(const char *what, size_t n, const double *actual, const double *expected, double bound) {
  double error = relative_error(n, actual, expected);
  if (error <= bound) return;
  size_t worst = 0;
  for (size_t i = 0; i < n; i++) {
    double gap = fabs(actual[i] - expected[i]);
    if (isnan(gap)) worst = i;
    if (isnan(gap)) break;
    if (gap > fabs(actual[worst] - expected[worst])) worst = i;
  }
  fail_msg("%s: relative error %.3g > %.3g; worst at element %zu of %zu: %.17g, expected %.17g", what, error, bound,
           worst, n, actual[worst], expected[worst]);
}

static double element(const void *data, wg_dtype dtype, size_t i) {
  if (dtype == WG_F64) return ((const double *)data)[i];
  if (dtype == WG_F32) return (double)((const float *)data)[i];
  return (double)((const int64_t *)data)[i];
}

void run_node(wg_node *node, size_t binding_count, const wg_binding *bindings, double *values) {
  wg_plan *plan = wg_plan_new(1, &node);
  if (wg_plan_status(plan) != WG_OK) fail_msg("plan: %s", wg_plan_error(plan));
  for (size_t i = 0; i < binding_count; i++)
    if (wg_bind(plan, bindings[i].node, bindings[i].data) != WG_OK) fail_msg("bind: %s", wg_plan_error(plan));
  if (wg_run(plan) != WG_OK) fail_msg("run: %s", wg_plan_error(plan));
  const void *data = wg_data(plan, node);
  size_t n = (size_t)wg_node_size(node);
  if (n) assert_non_null(data);
  for (size_t i = 0; i < n; i++) values[i] = element(data, wg_node_dtype(node), i);
  wg_plan_free(plan);
}

double run_scalar(wg_node *node, size_t binding_count, const wg_binding *bindings) {
  double value;
  assert_int_equal(wg_node_size(node), 1);
  run_node(node, binding_count, bindings, &value);
  return value;
}

void assert_tape_good(const wg_tape *tape) {
  if (wg_tape_status(tape) != WG_OK) fail_msg("tape: %s", wg_tape_error(tape));
}

void assert_contains(const char *text, const char *part) {
  if (!strstr(text, part)) fail_msg("\"%s\" should contain \"%s\"", text, part);
}

void assert_tape_failed(wg_tape *tape, wg_status status, const char *part) {
  if (wg_tape_status(tape) != status)
    fail_msg("status \"%s\" (%s), expected \"%s\"", wg_status_text(wg_tape_status(tape)), wg_tape_error(tape),
             wg_status_text(status));
  assert_contains(wg_tape_error(tape), part);
  wg_tape_clear_error(tape);
}

static void *failing_allocate(void *context, size_t size) {
  failing_memory *memory = context;
  memory->calls++;
  bool fails = memory->fail && (memory->for_good ? memory->calls >= memory->fail : memory->calls == memory->fail);
  void *result = fails ? NULL : malloc(size ? size : 1);
  if (fails) memory->failed++;
  if (result) memory->live++;
  return result;
}

static void failing_release(void *context, void *allocation) {
  failing_memory *memory = context;
  assert_non_null(allocation);
  assert_true(memory->live > 0);
  memory->live--;
  free(allocation);
}

wg_allocator failing_allocator(failing_memory *memory) {
  return (wg_allocator){failing_allocate, failing_release, memory};
}

static void assert_survives(const char *what, attempt *run, void *context, double expected, failing_memory memory) {
  const size_t failing = memory.fail;
  wg_allocator allocator = failing_allocator(&memory);
  double number = NAN;
  wg_status status = run(&allocator, context, &number);
  const char *how = memory.for_good ? "for good" : "once";
  if (status != (memory.failed ? WG_ERROR_MEMORY : WG_OK))
    fail_msg("%s: allocation %zu failed %s, and the status is \"%s\"", what, failing, how, wg_status_text(status));
  if (status == WG_OK && number != expected) fail_msg("%s: %g instead of %g", what, number, expected);
  if (memory.live) fail_msg("%s: allocation %zu failed %s, and %zu were not released", what, failing, how, memory.live);
}

size_t assert_survives_failed_allocations(const char *what, attempt *run, void *context) {
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  double expected = NAN;
  wg_status status = run(&allocator, context, &expected);
  if (status != WG_OK || isnan(expected)) fail_msg("%s: \"%s\", %g", what, wg_status_text(status), expected);
  if (memory.live) fail_msg("%s: %zu allocations were not released", what, memory.live);
  assert_true(memory.calls > 0);
  for (size_t n = 1; n <= memory.calls; n++)
    for (int for_good = 0; for_good < 2; for_good++)
      assert_survives(what, run, context, expected, (failing_memory){.fail = n, .for_good = for_good});
  return memory.calls;
}

typedef struct tape_context {
  const char *what;
  tape_attempt *run;
  void *context;
  double expected;
} tape_context;

static wg_status attempt_with_tape(const wg_allocator *allocator, void *context, double *number) {
  tape_context *with = context;
  failing_memory *memory = allocator->context;
  wg_tape *tape = wg_tape_new_with(allocator);
  wg_status status = with->run(tape, with->context, number);
  if (isnan(with->expected)) with->expected = *number; /* the first try, when nothing fails */
  if (tape && memory->failed) {
    memory->fail = 0;
    wg_tape_clear_error(tape);
    double again = NAN;
    wg_status status_again = with->run(tape, with->context, &again);
    if (status_again != WG_OK || again != with->expected)
      fail_msg("%s: done again after a failed allocation: \"%s\" (%s), %.17g instead of %.17g", with->what,
               wg_status_text(status_again), wg_tape_error(tape), again, with->expected);
  }
  wg_tape_free(tape);
  return status;
}

size_t assert_tape_survives_failed_allocations(const char *what, tape_attempt *run, void *context) {
  tape_context with = {what, run, context, NAN};
  return assert_survives_failed_allocations(what, attempt_with_tape, &with);
}
