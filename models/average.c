#include "average.h"

#include "../engine/memory.h"
#include "../ops/loop.h"

#include <stdio.h>
#include <string.h>

struct wg_average {
  wg_average_kind kind;
  double decay;
  int64_t count;
  const wg_weights *weights;
  wg_weights own; /* the same, but with memory of its own for the elements */
  wg_allocator allocator;
};

static const char *const kind_texts[WG_AVERAGE_KIND_COUNT] = {"ema", "swa"};

const char *wg_average_text(wg_average_kind kind) {
  return (unsigned)kind < WG_AVERAGE_KIND_COUNT ? kind_texts[kind] : "";
}

bool wg_average_find(const char *name, wg_average_kind *kind) {
  for (int i = 0; name && i < WG_AVERAGE_KIND_COUNT; i++) {
    if (strcmp(name, kind_texts[i])) continue;
    *kind = (wg_average_kind)i;
    return true;
  }
  return false;
}

wg_status wg_average_new(wg_average_kind kind, double decay, const wg_weights *weights, const wg_allocator *allocator,
                         wg_average **average, wg_error *error) {
  *average = NULL;
  if ((unsigned)kind >= WG_AVERAGE_KIND_COUNT)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "unknown kind of average: %d", (int)kind);
  if (kind == WG_AVERAGE_EMA && !(decay >= 0 && decay < 1))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the decay of an average must be from 0 to below 1, not %g", decay);
  if (!allocator) allocator = &wg_allocator_default;
  wg_average *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  *made = (wg_average){.kind = kind, .decay = decay, .weights = weights, .own = *weights, .allocator = *allocator};
  made->own.data = wg_allocate_zeroed(allocator, weights->count, sizeof *made->own.data);
  bool complete = made->own.data != NULL;
  for (size_t k = 0; complete && k < weights->count; k++) {
    made->own.data[k] = wg_allocate_zeroed(allocator, (size_t)weights->size[k], wg_dtype_size(weights->dtype));
    complete = made->own.data[k] != NULL;
  }
  if (complete)
    *average = made;
  else
    wg_average_free(made);
  return complete ? WG_OK : wg_error_memory(error);
}

void wg_average_free(wg_average *average) {
  if (!average) return;
  wg_allocator allocator = average->allocator;
  for (size_t k = 0; average->own.data && k < average->own.count; k++) wg_release(&allocator, average->own.data[k]);
  wg_release(&allocator, average->own.data);
  wg_release(&allocator, average);
}

/* a ← a + share·(w − a) */
#define APPROACH(real, suffix)                                                                                         \
  WG_SPECIALIZED void approach_any_##suffix(int64_t n, real share, const real *restrict w, real *restrict a) {         \
    for (int64_t i = 0; i < n; i++) a[i] += share * (w[i] - a[i]);                                                     \
  }                                                                                                                    \
  WG_LEVELS(approach_##suffix, (int64_t n, real share, const real *w, real *a), approach_any_##suffix(n, share, w, a))
APPROACH(float, f32)
APPROACH(double, f64)

static void copy(const wg_weights *from, const wg_weights *to) {
  for (size_t k = 0; k < from->count; k++)
    memcpy(to->data[k], from->data[k], (size_t)from->size[k] * wg_dtype_size(from->dtype));
}

void wg_average_update(wg_average *average) {
  const wg_weights *weights = average->weights;
  int64_t before = average->count++;
  if (before == 0) {
    copy(weights, &average->own);
    return;
  }
  double share = average->kind == WG_AVERAGE_EMA ? 1 - average->decay : 1 / ((double)before + 1);
  for (size_t k = 0; k < weights->count; k++) {
    const int64_t n = weights->size[k];
    const void *w = weights->data[k];
    void *a = average->own.data[k];
    if (weights->dtype == WG_F32)
      WG_AT_LEVEL(approach_f32, n, (n, (float)share, w, a));
    else
      WG_AT_LEVEL(approach_f64, n, (n, share, w, a));
  }
}

int64_t wg_average_count(const wg_average *average) { return average->count; }

const wg_weights *wg_average_weights(const wg_average *average) {
  return average->count ? &average->own : average->weights;
}

void wg_average_apply(const wg_average *average) {
  if (average->count) copy(&average->own, average->weights);
}

/* ---- State: the count, and the average of each of the weights ---- */

size_t wg_average_state_count(const wg_average *average) { return 1 + average->own.count; }

bool wg_average_state_at(wg_average *average, size_t i, wg_state_array *array) {
  if (i >= wg_average_state_count(average)) return false;
  if (i == 0) {
    *array = (wg_state_array){.name = "count", .dtype = WG_I64, .count = 1, .data = &average->count};
    return true;
  }
  size_t k = i - 1;
  *array = (wg_state_array){
      .dtype = average->own.dtype, .count = (size_t)average->own.size[k], .data = average->own.data[k]};
  snprintf(array->name, sizeof array->name, "average.%zu", k);
  return true;
}

wg_status wg_average_state_check(const wg_average *average, wg_error *error) {
  if (average->count >= 0 && average->count < INT64_MAX) return WG_OK;
  return wg_error_set(error, WG_ERROR_DATA, "the state of the average is one of %lld", (long long)average->count);
}
