#include "gradients.h"

#include "../engine/memory.h"

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

/* ---- For one element type ---- */

static void add_f32(int64_t n, float factor, const float *restrict from, float *restrict to) {
  for (int64_t i = 0; i < n; i++) to[i] += factor * from[i];
}

static void add_f64(int64_t n, double factor, const double *restrict from, double *restrict to) {
  for (int64_t i = 0; i < n; i++) to[i] += factor * from[i];
}

static void clip_f32(int64_t n, float limit, float *g) {
  for (int64_t i = 0; i < n; i++) g[i] = g[i] > limit ? limit : g[i] < -limit ? -limit : g[i];
}

static void clip_f64(int64_t n, double limit, double *g) {
  for (int64_t i = 0; i < n; i++) g[i] = g[i] > limit ? limit : g[i] < -limit ? -limit : g[i];
}

static void scale_f32(int64_t n, float factor, float *g) {
  for (int64_t i = 0; i < n; i++) g[i] *= factor;
}

static void scale_f64(int64_t n, double factor, double *g) {
  for (int64_t i = 0; i < n; i++) g[i] *= factor;
}

/* Σ(g·factor)², as 8 interleaved sums, in an order that depends on n alone. */
enum { LANES = 8 };

static double lanes_sum(const double lane[LANES]) {
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static double squares_f32(int64_t n, double factor, const float *g) {
  double lane[LANES] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) lane[j] += (g[i + j] * factor) * (g[i + j] * factor);
  for (int j = 0; i + j < n; j++) lane[j] += (g[i + j] * factor) * (g[i + j] * factor);
  return lanes_sum(lane);
}

static double squares_f64(int64_t n, double factor, const double *g) {
  double lane[LANES] = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++) lane[j] += (g[i + j] * factor) * (g[i + j] * factor);
  for (int j = 0; i + j < n; j++) lane[j] += (g[i + j] * factor) * (g[i + j] * factor);
  return lanes_sum(lane);
}

/* ---- All of them ---- */

void wg_gradients_add(wg_gradients *gradients, const void *const *from, double factor) {
  for (size_t k = 0; k < gradients->count; k++) {
    if (!from[k]) continue;
    if (gradients->dtype == WG_F32)
      add_f32(gradients->size[k], (float)factor, from[k], gradients->data[k]);
    else
      add_f64(gradients->size[k], factor, from[k], gradients->data[k]);
  }
}

void wg_clip_value(wg_gradients *gradients, double limit) {
  for (size_t k = 0; k < gradients->count; k++)
    if (gradients->dtype == WG_F32)
      clip_f32(gradients->size[k], (float)limit, gradients->data[k]);
    else
      clip_f64(gradients->size[k], limit, gradients->data[k]);
}

static double squares(const wg_gradients *gradients, double factor) {
  double sum = 0;
  for (size_t k = 0; k < gradients->count; k++)
    sum += gradients->dtype == WG_F32 ? squares_f32(gradients->size[k], factor, gradients->data[k])
                                      : squares_f64(gradients->size[k], factor, gradients->data[k]);
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
  for (size_t k = 0; k < gradients->count; k++)
    if (gradients->dtype == WG_F32)
      scale_f32(gradients->size[k], (float)factor, gradients->data[k]);
    else
      scale_f64(gradients->size[k], factor, gradients->data[k]);
  return norm;
}
