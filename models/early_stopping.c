#include "early_stopping.h"

#include "../engine/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct wg_early_stopping {
  wg_early_stopping_options options;
  double best;
  int64_t best_epoch; /* −1 before there is one */
  int64_t waited;     /* values in turn that were no better */
  wg_weights *weights;
  void **kept; /* the best weights' elements, or NULL if none are to be kept */
  wg_allocator allocator;
};

static wg_status check_options(const wg_early_stopping_options *options, wg_error *error) {
  if (options->patience < 1)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "early stopping: the patience is %lld, and must be 1 or more",
                        (long long)options->patience);
  if (!(options->min_delta >= 0 && isfinite(options->min_delta)))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "early stopping: the least gain is %g, and must be 0 or more",
                        options->min_delta);
  return WG_OK;
}

wg_status wg_early_stopping_new(const wg_early_stopping_options *options, wg_weights *weights,
                                const wg_allocator *allocator, wg_early_stopping **stopping, wg_error *error) {
  *stopping = NULL;
  wg_status status = check_options(options, error);
  if (status != WG_OK) return status;
  if (!allocator) allocator = &wg_allocator_default;
  wg_early_stopping *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  *made = (wg_early_stopping){.options = *options,
                              .best = options->rising ? -INFINITY : INFINITY,
                              .best_epoch = -1,
                              .weights = weights,
                              .allocator = *allocator};
  if (weights) made->kept = wg_allocate_zeroed(allocator, weights->count, sizeof *made->kept);
  bool complete = !weights || made->kept;
  for (size_t k = 0; complete && weights && k < weights->count; k++) {
    made->kept[k] = wg_allocate_zeroed(allocator, (size_t)weights->size[k], wg_dtype_size(weights->dtype));
    complete = made->kept[k] != NULL;
  }
  if (complete)
    *stopping = made;
  else
    wg_early_stopping_free(made);
  return complete ? WG_OK : wg_error_memory(error);
}

void wg_early_stopping_free(wg_early_stopping *stopping) {
  if (!stopping) return;
  wg_allocator allocator = stopping->allocator;
  for (size_t k = 0; stopping->kept && k < stopping->weights->count; k++) wg_release(&allocator, stopping->kept[k]);
  wg_release(&allocator, stopping->kept);
  wg_release(&allocator, stopping);
}

static size_t bytes_of(const wg_weights *weights, size_t k) {
  return (size_t)weights->size[k] * wg_dtype_size(weights->dtype);
}

bool wg_early_stopping_observe(wg_early_stopping *stopping, int64_t epoch, double value) {
  double gain = stopping->options.rising ? value - stopping->best : stopping->best - value;
  if (!(gain > stopping->options.min_delta)) {
    if (stopping->waited < INT64_MAX) stopping->waited++;
    return wg_early_stopping_over(stopping);
  }
  stopping->best = value;
  stopping->best_epoch = epoch;
  stopping->waited = 0;
  for (size_t k = 0; stopping->kept && k < stopping->weights->count; k++)
    memcpy(stopping->kept[k], stopping->weights->data[k], bytes_of(stopping->weights, k));
  return false;
}

double wg_early_stopping_best(const wg_early_stopping *stopping) { return stopping->best; }
int64_t wg_early_stopping_best_epoch(const wg_early_stopping *stopping) { return stopping->best_epoch; }
bool wg_early_stopping_over(const wg_early_stopping *stopping) {
  return stopping->waited >= stopping->options.patience;
}

void wg_early_stopping_restore(const wg_early_stopping *stopping) {
  for (size_t k = 0; stopping->best_epoch >= 0 && stopping->kept && k < stopping->weights->count; k++)
    memcpy(stopping->weights->data[k], stopping->kept[k], bytes_of(stopping->weights, k));
}

/* ---- State: three numbers, and the best of each of the weights ---- */

enum { NUMBERS = 3 };

size_t wg_early_stopping_state_count(const wg_early_stopping *stopping) {
  return NUMBERS + (stopping->kept ? stopping->weights->count : 0);
}

bool wg_early_stopping_state_at(wg_early_stopping *stopping, size_t i, wg_state_array *array) {
  const wg_state_array numbers[NUMBERS] = {{"best", WG_F64, 1, &stopping->best},
                                           {"best_epoch", WG_I64, 1, &stopping->best_epoch},
                                           {"waited", WG_I64, 1, &stopping->waited}};
  if (i >= wg_early_stopping_state_count(stopping)) return false;
  if (i < NUMBERS) {
    *array = numbers[i];
    return true;
  }
  size_t k = i - NUMBERS;
  *array = (wg_state_array){
      .dtype = stopping->weights->dtype, .count = (size_t)stopping->weights->size[k], .data = stopping->kept[k]};
  snprintf(array->name, sizeof array->name, "best.%zu", k);
  return true;
}

wg_status wg_early_stopping_state_check(const wg_early_stopping *stopping, wg_error *error) {
  if (stopping->best_epoch >= -1 && stopping->waited >= 0) return WG_OK;
  return wg_error_set(error, WG_ERROR_DATA, "the state of early stopping is not one: best epoch %lld, waited %lld",
                      (long long)stopping->best_epoch, (long long)stopping->waited);
}
