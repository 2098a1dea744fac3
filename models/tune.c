/* tune.c: the trials of a search. */
#include "tune.h"

#include "draw_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS_MAX = 1000000 };

/* ---- Searches that can be ---- */

static wg_status check_range(const wg_tune_axis *axis, wg_error *error) {
  if (!isfinite(axis->low) || !isfinite(axis->high) || !(axis->low < axis->high))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s: from %g to %g is no range", axis->name, axis->low, axis->high);
  if (!axis->even && axis->low <= 0)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s: a range that begins at %g has no logarithms", axis->name,
                        axis->low);
  if (axis->whole && (fabs(axis->low) > 0x1p53 || fabs(axis->high) > 0x1p53 || ceil(axis->low) > floor(axis->high)))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s: there are no whole numbers from %g to %g", axis->name, axis->low,
                        axis->high);
  return WG_OK;
}

static wg_status check_axis(const wg_tune_search *search, size_t at, wg_error *error) {
  const wg_tune_axis *axis = &search->axes[at];
  for (size_t k = 0; k < at; k++)
    if (strcmp(search->axes[k].name, axis->name) == 0)
      return wg_error_set(error, WG_ERROR_ARGUMENT, "%s is searched over twice", axis->name);
  if (axis->count > 0) return WG_OK;
  if (!axis->random) return wg_error_set(error, WG_ERROR_ARGUMENT, "%s has no values", axis->name);
  return check_range(axis, error);
}

static wg_status check_counts(const wg_tune_search *search, wg_error *error) {
  if (search->axis_count == 0) return wg_error_set(error, WG_ERROR_ARGUMENT, "there is nothing to search over");
  if (search->folds < 1 || search->epochs < 1)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%lld folds of %lld epochs: there must be 1 or more",
                        (long long)search->folds, (long long)search->epochs);
  double trials = (double)search->draws;
  for (size_t i = 0; i < search->axis_count; i++)
    if (!search->axes[i].random) trials *= (double)search->axes[i].count;
  if (search->draws < 1 || trials > TRIALS_MAX || trials * (double)search->folds > TRIALS_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT,
                        "%g trials of %lld folds: there must be 1 or more, and a million at most", trials,
                        (long long)search->folds);
  return WG_OK;
}

wg_status wg_tune_check(const wg_tune_search *search, wg_error *error) {
  bool random = false;
  wg_status status = check_counts(search, error);
  for (size_t i = 0; status == WG_OK && i < search->axis_count; i++) {
    status = check_axis(search, i, error);
    random = random || search->axes[i].random;
  }
  if (status == WG_OK && !random && search->draws > 1)
    status = wg_error_set(error, WG_ERROR_ARGUMENT, "nothing is random, so each trial would be run %lld times",
                          (long long)search->draws);
  return status;
}

/* ---- Trials ---- */

static int64_t grid_points(const wg_tune_search *search) {
  int64_t points = 1;
  for (size_t i = 0; i < search->axis_count; i++)
    if (!search->axes[i].random) points *= (int64_t)search->axes[i].count;
  return points;
}

int64_t wg_tune_trials(const wg_tune_search *search) { return grid_points(search) * search->draws; }

int wg_tune_rungs(const wg_tune_search *search) {
  int rungs = 1;
  int64_t trials = wg_tune_trials(search), epochs = search->epochs;
  for (; search->halves && trials > 1 && epochs > 1; trials = (trials + 1) / 2, epochs /= 2) rungs++;
  return rungs;
}

int64_t wg_tune_rung_trials(const wg_tune_search *search, int rung) {
  int64_t trials = wg_tune_trials(search);
  for (int r = 0; r < rung; r++) trials = (trials + 1) / 2;
  return trials;
}

int64_t wg_tune_rung_epochs(const wg_tune_search *search, int rung) {
  int64_t epochs = search->epochs;
  for (int r = wg_tune_rungs(search) - 1; r > rung; r--) epochs /= 2;
  return epochs;
}

/* The place of a trial on the grid: of the axes, the last one runs fastest; draws run slowest of all. */
static size_t grid_place(const wg_tune_search *search, int64_t trial, size_t axis) {
  int64_t point = trial % grid_points(search);
  for (size_t i = search->axis_count; --i > axis;)
    if (!search->axes[i].random) point /= (int64_t)search->axes[i].count;
  return (size_t)(point % (int64_t)search->axes[axis].count);
}

/* The number that this trial draws for this axis, from 0 to 1. */
static double drawn(const wg_tune_search *search, int64_t trial, size_t axis) {
  wg_random random = wg_random_new(search->seed + (uint64_t)trial * UINT64_C(0x9e3779b97f4a7c15), WG_STREAM_TUNE);
  for (size_t i = 0; i < axis; i++) wg_random_next(&random);
  return wg_random_uniform(&random);
}

static double number_in(const wg_tune_axis *axis, double share) {
  double low = axis->low, high = axis->high;
  if (axis->whole) {
    low = ceil(low);
    high = floor(high);
    /* every whole number stands for what is rounded to it, so that the ends are as likely as the others */
    double from = low - 0.5, to = high + 0.5;
    double number = axis->even ? from + share * (to - from) : exp(log(from) + share * (log(to) - log(from)));
    number = floor(number + 0.5);
    return number < low ? low : number > high ? high : number;
  }
  return axis->even ? low + share * (high - low) : exp(log(low) + share * (log(high) - log(low)));
}

static void write_number(const wg_tune_axis *axis, double number, char text[WG_TUNE_VALUE_SIZE]) {
  char digits[WG_DIGITS_SIZE];
  wg_draw_digits(digits, axis->whole ? "%.0f" : "%.4g", number);
  double rounded = strtod(digits, NULL);
  if (!axis->whole && (rounded < axis->low || rounded > axis->high)) wg_draw_digits(digits, "%.17g", number);
  strncpy(text, digits, WG_TUNE_VALUE_SIZE - 1);
  text[WG_TUNE_VALUE_SIZE - 1] = 0;
}

const char *wg_tune_value(const wg_tune_search *search, int64_t trial, size_t axis, char text[WG_TUNE_VALUE_SIZE]) {
  const wg_tune_axis *a = &search->axes[axis];
  if (!a->random) return a->words[grid_place(search, trial, axis)];
  double share = drawn(search, trial, axis);
  if (a->count) return a->words[(size_t)(share * (double)a->count)];
  write_number(a, number_in(a, share), text);
  return text;
}
