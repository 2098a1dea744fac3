/* functions.h: functions of one element and of two, run with their derivatives; for the tests of elementwise operations. */
#ifndef WG_TEST_FUNCTIONS_H
#define WG_TEST_FUNCTIONS_H

#include "../support.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

typedef wg_node *function_1(wg_node *x);
typedef wg_node *function_2(wg_node *a, wg_node *b);

/* ---- Numbers ---- */

/* Far out, next to nothing, on the kinks, and what is no number; the first ORDINARY of them are finite and at most 1000,
 * so that their squares are ordinary numbers too. */
enum { ORDINARY = 20 };
static const double extremes[] = {0,       -0.0,     1,         -1,       0.5,       -0.5,    2,     -3,
                                  20,      -20,      88,        -88,      709,       -709,    1000,  -1000,
                                  1e-17,   1e-10,    -1e-8,     1e-4,     1e-300,    -1e-300, 1e300, 1e-30,
                                  DBL_MIN, 4.9e-324, -4.9e-324, INFINITY, -INFINITY, NAN};

/* Equal up to `units` in the last place; NaN equals NaN, and what is below the normal numbers equals 0. */
static inline void assert_number_within(double units, const char *what, double x, double actual, double expected,
                                        wg_dtype dtype) {
  double epsilon = dtype == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  double smallest = dtype == WG_F32 ? (double)FLT_MIN : DBL_MIN;
  if (isnan(expected) ? isnan(actual) : actual == expected) return;
  if (fabs(actual - expected) <= fmax(smallest, units * epsilon * fabs(expected)) && !isinf(expected)) return;
  fail_msg("%s at %.17g is %.17g, expected %.17g", what, x, actual, expected);
}

static inline void assert_number(const char *what, double x, double actual, double expected) {
  assert_number_within(4, what, x, actual, expected, WG_F64);
}

/* Exactly that number, or NaN where that is expected. */
static inline void assert_exactly(const char *what, double x, double actual, double expected) {
  if (isnan(expected) ? !isnan(actual) : actual != expected)
    fail_msg("%s at %.17g is %.17g, expected %.17g", what, x, actual, expected);
}

/* ---- Running ---- */

static inline void numbers_write(wg_dtype dtype, size_t n, const double *numbers, void *memory) {
  if (dtype == WG_F64)
    memcpy(memory, numbers, n * sizeof *numbers);
  else
    for (size_t i = 0; i < n; i++) ((float *)memory)[i] = (float)numbers[i];
}

enum { ORDERS_MAX = 8 };

/* f and its derivatives up to `order` at n numbers, each of which goes through f by itself: out[k] is the k-th. */
static inline void run_1(function_1 *f, wg_dtype dtype, size_t n, const double *x, int order,
                         double *const out[ORDERS_MAX]) {
  wg_tape *tape = wg_tape_new();
  double *memory = new_f64(n);
  numbers_write(dtype, n, x, memory);
  wg_node *at = wg_param(tape, "x", dtype, WG_SHAPE((int64_t)n)), *derivative = f(at);
  wg_node *ones = wg_fill(tape, dtype, WG_SHAPE((int64_t)n), 1);
  for (int k = 0; k <= order; k++) {
    if (k) wg_vjp(derivative, ones, 1, &at, &derivative);
    assert_tape_good(tape);
    run_node(derivative, 1, &(wg_binding){at, memory}, out[k]);
  }
  wg_tape_free(tape);
  free(memory);
}

/* f(a, b), ∂f/∂a and ∂f/∂b at n pairs of numbers. */
static inline void run_2(function_2 *f, wg_dtype dtype, size_t n, const double *a, const double *b, double *y,
                         double *by_a, double *by_b) {
  wg_tape *tape = wg_tape_new();
  double *memory_a = new_f64(n), *memory_b = new_f64(n);
  numbers_write(dtype, n, a, memory_a), numbers_write(dtype, n, b, memory_b);
  wg_shape shape = WG_SHAPE((int64_t)n);
  wg_node *both[] = {wg_param(tape, "a", dtype, shape), wg_param(tape, "b", dtype, shape)}, *grad[2];
  wg_node *value = f(both[0], both[1]);
  wg_vjp(value, wg_fill(tape, dtype, shape, 1), 2, both, grad);
  assert_tape_good(tape);
  wg_binding bindings[] = {{both[0], memory_a}, {both[1], memory_b}};
  run_node(value, 2, bindings, y);
  run_node(grad[0], 2, bindings, by_a);
  run_node(grad[1], 2, bindings, by_b);
  wg_tape_free(tape);
  free(memory_a), free(memory_b);
}

/* f at one point, with its derivatives, in a table of what is expected. */
typedef struct point_1 {
  double x, y, slope;
} point_1;

static inline void assert_points_1(const char *what, function_1 *f, size_t n, const point_1 *points) {
  for (size_t i = 0; i < n; i++) {
    double y, slope;
    run_1(f, WG_F64, 1, &points[i].x, 1, (double *[ORDERS_MAX]){&y, &slope});
    assert_exactly(what, points[i].x, y, points[i].y);
    assert_exactly("its derivative", points[i].x, slope, points[i].slope);
  }
}

typedef struct point_2 {
  double a, b, y, by_a, by_b;
} point_2;

static inline void assert_points_2(const char *what, function_2 *f, size_t n, const point_2 *points) {
  for (size_t i = 0; i < n; i++) {
    const point_2 *p = &points[i];
    double y, by_a, by_b;
    run_2(f, WG_F64, 1, &p->a, &p->b, &y, &by_a, &by_b);
    const double actual[] = {y, by_a, by_b}, expected[] = {p->y, p->by_a, p->by_b};
    for (int k = 0; k < 3; k++)
      if (isnan(expected[k]) ? !isnan(actual[k]) : actual[k] != expected[k])
        fail_msg("%s(%g, %g), %s: %.17g, expected %.17g", what, p->a, p->b,
                 k == 0   ? "value"
                 : k == 1 ? "derivative by the first"
                          : "derivative by the second",
                 actual[k], expected[k]);
  }
}

#endif
