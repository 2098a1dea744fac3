#include "gradients.h"

#include "../engine/memory.h"
#include "../ops/loop.h"

#include <math.h>
#include <string.h>

/* What gradients are made of beyond what they show. */
typedef struct whole_gradients {
  wg_gradients gradients; /* first, so that a pointer to it is one to the whole */
  wg_allocator allocator;
} whole_gradients;

wg_gradients *wg_gradients_new(const wg_weights *weights, const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  whole_gradients *whole = wg_allocate_zeroed(allocator, 1, sizeof *whole);
  if (!whole) return NULL;
  whole->allocator = *allocator;
  wg_gradients *gradients = &whole->gradients;
  gradients->dtype = weights->dtype;
  gradients->count = weights->count;
  gradients->size = wg_allocate(allocator, weights->count, sizeof *gradients->size);
  gradients->data = wg_allocate_zeroed(allocator, weights->count, sizeof *gradients->data);
  bool complete = gradients->size && gradients->data;
  for (size_t k = 0; complete && k < weights->count; k++) {
    gradients->size[k] = weights->size[k];
    gradients->data[k] = wg_allocate_zeroed(allocator, (size_t)weights->size[k], wg_dtype_size(weights->dtype));
    complete = gradients->data[k] != NULL;
  }
  if (complete) return gradients;
  wg_gradients_free(gradients);
  return NULL;
}

void wg_gradients_free(wg_gradients *gradients) {
  if (!gradients) return;
  wg_allocator allocator = ((whole_gradients *)gradients)->allocator;
  for (size_t k = 0; gradients->data && k < gradients->count; k++) wg_release(&allocator, gradients->data[k]);
  wg_release(&allocator, gradients->data);
  wg_release(&allocator, gradients->size);
  wg_release(&allocator, gradients);
}

void wg_gradients_zero(wg_gradients *gradients) {
  for (size_t k = 0; k < gradients->count; k++)
    memset(gradients->data[k], 0, (size_t)gradients->size[k] * wg_dtype_size(gradients->dtype));
}

/* ---- For one element type, for each level of processors, with the same bits ---- */

/* Σ(g·factor)² is formed as 8 interleaved sums, in an order that depends on n alone. */
enum { LANES = 8 };

static double lanes_sum(const double lane[LANES]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

#define GRADIENTS(real, suffix)                                                                                        \
  WG_SPECIALIZED void add_any_##suffix(int64_t n, real factor, const real *restrict from, real *restrict to) {         \
    for (int64_t i = 0; i < n; i++) to[i] += factor * from[i];                                                         \
  }                                                                                                                    \
  WG_SPECIALIZED void clip_any_##suffix(int64_t n, real limit, real *g) {                                              \
    for (int64_t i = 0; i < n; i++) g[i] = g[i] > limit ? limit : g[i] < -limit ? -limit : g[i];                       \
  }                                                                                                                    \
  WG_SPECIALIZED void scale_any_##suffix(int64_t n, real factor, real *g) {                                            \
    for (int64_t i = 0; i < n; i++) g[i] *= factor;                                                                    \
  }                                                                                                                    \
  WG_SPECIALIZED void squares_any_##suffix(int64_t n, double factor, const real *g, double *sum) {                     \
    double lane[LANES] = {0};                                                                                          \
    int64_t i = 0;                                                                                                     \
    for (; i + LANES <= n; i += LANES)                                                                                 \
      for (int j = 0; j < LANES; j++) lane[j] += (g[i + j] * factor) * (g[i + j] * factor);                            \
    for (int j = 0; i + j < n; j++) lane[j] += (g[i + j] * factor) * (g[i + j] * factor);                              \
    *sum += lanes_sum(lane);                                                                                           \
  }                                                                                                                    \
  WG_LEVELS(add_##suffix, (int64_t n, real factor, const real *from, real *to), add_any_##suffix(n, factor, from, to)) \
  WG_LEVELS(clip_##suffix, (int64_t n, real limit, real * g), clip_any_##suffix(n, limit, g))                          \
  WG_LEVELS(scale_##suffix, (int64_t n, real factor, real * g), scale_any_##suffix(n, factor, g))                      \
  WG_LEVELS(squares_##suffix, (int64_t n, double factor, const real *g, double *sum),                                  \
            squares_any_##suffix(n, factor, g, sum))

GRADIENTS(float, f32)
GRADIENTS(double, f64)

/* The function of the gradients' element type, at the level of this processor. */
#define OF_TYPE(name, dtype, n, f32_arguments, f64_arguments)                                                          \
  do {                                                                                                                 \
    if ((dtype) == WG_F32)                                                                                             \
      WG_AT_LEVEL(name##_f32, n, f32_arguments);                                                                       \
    else                                                                                                               \
      WG_AT_LEVEL(name##_f64, n, f64_arguments);                                                                       \
  } while (0)

/* ---- All of them ---- */

void wg_gradients_add(wg_gradients *gradients, const void *const *from, double factor) {
  for (size_t k = 0; k < gradients->count; k++) {
    const int64_t n = gradients->size[k];
    void *to = gradients->data[k];
    if (from[k]) OF_TYPE(add, gradients->dtype, n, (n, (float)factor, from[k], to), (n, factor, from[k], to));
  }
}

void wg_clip_value(wg_gradients *gradients, double limit) {
  for (size_t k = 0; k < gradients->count; k++) {
    const int64_t n = gradients->size[k];
    void *g = gradients->data[k];
    OF_TYPE(clip, gradients->dtype, n, (n, (float)limit, g), (n, limit, g));
  }
}

static double squares(const wg_gradients *gradients, double factor) {
  double sum = 0;
  for (size_t k = 0; k < gradients->count; k++) {
    const int64_t n = gradients->size[k];
    const void *g = gradients->data[k];
    OF_TYPE(squares, gradients->dtype, n, (n, factor, g, &sum), (n, factor, g, &sum));
  }
  return sum;
}

double wg_gradients_norm(const wg_gradients *gradients) {
  double sum = squares(gradients, 1);
  if (sum > 0x1p-900 && sum < 0x1p900) return sqrt(sum);
  /* squares out of range: those of smaller or larger numbers say whether it was that, or NaN, infinity or 0 */
  double factor = sum > 1 ? 0x1p-600 : 0x1p900;
  return sqrt(squares(gradients, factor)) / factor;
}

double wg_clip_norm(wg_gradients *gradients, double limit) {
  double norm = wg_gradients_norm(gradients);
  double factor = limit / (norm + 1e-6);
  if (factor >= 1) return norm;
  for (size_t k = 0; k < gradients->count; k++) {
    const int64_t n = gradients->size[k];
    void *g = gradients->data[k];
    OF_TYPE(scale, gradients->dtype, n, (n, (float)factor, g), (n, factor, g));
  }
  return norm;
}
