/* functions.c: elementwise functions of numbers in the cache, by wengert and as a loop with the C library's vector
 * functions. */
#include "../../../ops/ops.h"
#include "engine_net.h"
#include "hand_functions.h"
#include "workloads.h"
#include <stdlib.h>

enum { ELEMENTS = 4096 };

typedef struct function {
  const hand_function *hand;
  wg_dtype dtype;
  void *x, *y;
  wg_tape *tape;
  wg_plan *plan;
} function;

static wg_node *(*const recorders[FUNCTIONS])(wg_node *x) = {wg_exp, wg_log, wg_tanh, wg_sigmoid, wg_erf};

static function function_start(int number, wg_dtype dtype) {
  const size_t bytes = ELEMENTS * wg_dtype_size(dtype);
  function f = {&hand_functions[number], dtype, lines_new(bytes), lines_new(bytes), wg_tape_new(), NULL};
  wg_random random = wg_random_new(3, WG_STREAM_DATA);
  for (int i = 0; i < ELEMENTS; i++) {
    const double value =
        recorders[number] == wg_log ? 0.01 + 100 * wg_random_uniform(&random) : 10 * wg_random_uniform(&random) - 5;
    if (dtype == WG_F32)
      ((float *)f.x)[i] = (float)value;
    else
      ((double *)f.x)[i] = value;
  }
  wg_node *x = wg_input(f.tape, "x", dtype, WG_SHAPE(ELEMENTS)), *y = recorders[number](x);
  f.plan = wg_plan_new(1, &y);
  wg_bind(f.plan, x, f.x);
  return f;
}

static void function_end(function *f) {
  wg_plan_free(f->plan);
  wg_tape_free(f->tape);
  free(f->x), free(f->y);
}

static void wengert_step(void *context) { wg_run(((function *)context)->plan); }

static void hand_step(void *context) {
  const function *f = context;
  if (f->dtype == WG_F32)
    f->hand->f32(ELEMENTS, f->x, f->y);
  else
    f->hand->f64(ELEMENTS, f->x, f->y);
}

static comparison function_measure(const settings *s, int number, wg_dtype dtype) {
  function f = function_start(number, dtype);
  timings t;
  measure(2, (entrant[]){{&f, hand_step, NULL, NULL}, {&f, wengert_step, NULL, NULL}}, s->seconds / 5, &t);
  function_end(&f);
  return compare(&t, 0, 1);
}

bool functions_run(const settings *s, report *r) {
  static const wg_dtype dtypes[] = {WG_F32, WG_F64};
  if (r->as_json) {
    json_object(&r->json, "functions");
    json_text(&r->json, "title", "functions of 4096 numbers, elements per nanosecond");
    json_array(&r->json, "rows");
  } else {
    printf("\nfunctions  of 4096 numbers, one thread: elements per nanosecond\n"
           "                 f32: wengert    libm  ratio      f64: wengert    libm  ratio\n");
  }
  for (int number = 0; number < FUNCTIONS; number++) {
    if (!r->as_json) printf("  %-10s", hand_functions[number].name);
    for (int k = 0; k < 2; k++) {
      const comparison c = function_measure(s, number, dtypes[k]);
      const double wengert = 1e-9 * ELEMENTS / c.second, hand = 1e-9 * ELEMENTS / c.first;
      if (!r->as_json) {
        printf("%*.2f %7.2f %6.2f", k ? 19 : 17, wengert, hand, c.ratio);
        continue;
      }
      json_object_flat(&r->json, NULL);
      json_text(&r->json, "function", hand_functions[number].name);
      json_text(&r->json, "dtype", k ? "f64" : "f32");
      json_number(&r->json, "elements_per_ns_wengert", wengert);
      json_number(&r->json, "elements_per_ns_libm", hand);
      json_number(&r->json, "ratio", c.ratio);
      json_object_end(&r->json);
    }
    if (!r->as_json) printf("\n");
    fflush(stdout);
  }
  report_workload_end(r);
  return true;
}
