/* check_internal.h: a check's inside, and difference quotients with their uncertainty; for check*.c and witness*.c. */
#ifndef WG_CHECK_INTERNAL_H
#define WG_CHECK_INTERNAL_H

#include "check.h"
#include "plan.h"

struct wg_check {
  wg_allocator allocator;
  wg_status status;
  char message[512];
  size_t count;
  wg_check_entry *entries;
  const wg_check_entry **worst; /* the same, from the worst to the best */
};

/* Orders check->worst. */
void wg_check_sort(wg_check *check);

/* The function under test: a plan whose one output, a scalar f64, depends on the variables below. */
typedef struct wg_probe {
  wg_plan *plan;
  const wg_node *root;
  double base;      /* f at the point */
  double noise;     /* rounding error to expect of one value near the point */
  wg_status status; /* of the first run that failed; values are NaN from then on */
} wg_probe;

/* Values that the plan reads and the check moves: `values` is bound, `original` says where the point is. */
typedef struct wg_variable {
  const wg_node *node;
  const double *original; /* NULL: the function was given no values for it, and needs none */
  double *values;
  size_t count;
} wg_variable;

/* f at the variables' present values. */
double wg_probe_value(wg_probe *probe);

/* Measures probe->noise: the scatter of f over a few points that are much closer together than any step. */
void wg_probe_measure_noise(wg_probe *probe, size_t count, const wg_variable *variables, uint64_t seed);

/* A derivative by differences. */
typedef struct wg_quotient {
  double value;       /* central, signed; NaN where f has no finite values around the point */
  double left, right; /* one-sided */
  double uncertainty; /* of `value`: what truncation and rounding may amount to */
} wg_quotient;

/* ∂f/∂x for the element at `x`, which is moved and put back. The first step is h = step·max(1, |x|); others are tried
 * until the uncertainty is at most accepted·max(floor, |value|), and the most certain quotient is returned. */
wg_quotient wg_quotient_of(wg_probe *probe, double *x, double step, double accepted, double floor);

#endif
