#include "data.h"

#include "../engine/memory.h"

#include <math.h>

/* A scaler of zeros. */
static wg_scaler *new_scaler(int64_t columns, const wg_allocator *allocator) {
  if (columns < 0) return NULL;
  if (!allocator) allocator = &wg_allocator_default;
  wg_scaler *scaler = wg_allocate_zeroed(allocator, 1, sizeof *scaler);
  if (!scaler) return NULL;
  scaler->allocator = *allocator;
  scaler->columns = columns;
  scaler->mean = wg_allocate_zeroed(allocator, (size_t)columns, sizeof(double));
  scaler->deviation = wg_allocate_zeroed(allocator, (size_t)columns, sizeof(double));
  if (scaler->mean && scaler->deviation) return scaler;
  wg_scaler_free(scaler);
  return NULL;
}

/* Adjacent features that share mean and deviation: the pixels of a channel. */
static int64_t group_size(const wg_table *table) {
  int64_t area = table->height * table->width;
  return table->channels > 0 && area > 0 && table->channels * area == table->columns ? area : 1;
}

/* Sums over `rows` samples become means; those of a group become the mean of the group. */
static void average_groups(double *numbers, int64_t columns, int64_t group, int64_t rows) {
  for (int64_t first = 0; first < columns; first += group) {
    double sum = 0;
    for (int64_t j = first; j < first + group; j++) sum += numbers[j];
    for (int64_t j = first; j < first + group; j++) numbers[j] = rows > 0 ? sum / ((double)rows * (double)group) : 0;
  }
}

wg_scaler *wg_scaler_new(const wg_table *table, const wg_allocator *allocator) {
  wg_scaler *scaler = new_scaler(table->columns, allocator);
  if (!scaler) return NULL;
  double *mean = scaler->mean, *deviation = scaler->deviation;
  int64_t group = group_size(table);
  /* Two passes: Σ(x − mean)² stays exact where Σx² − m·mean² cancels. */
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t j = 0; j < table->columns; j++) mean[j] += wg_table_feature(table, i, j);
  average_groups(mean, table->columns, group, table->rows);
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t j = 0; j < table->columns; j++) {
      double distance = wg_table_feature(table, i, j) - mean[j];
      deviation[j] += distance * distance;
    }
  average_groups(deviation, table->columns, group, table->rows);
  for (int64_t j = 0; j < table->columns; j++) deviation[j] = deviation[j] > 0 ? sqrt(deviation[j]) : 1;
  return scaler;
}

wg_scaler *wg_scaler_of(int64_t columns, const double *mean, const double *deviation, const wg_allocator *allocator) {
  wg_scaler *scaler = new_scaler(columns, allocator);
  for (int64_t j = 0; scaler && j < columns; j++) {
    scaler->mean[j] = mean[j];
    scaler->deviation[j] = deviation[j];
  }
  return scaler;
}

void wg_scaler_free(wg_scaler *scaler) {
  if (!scaler) return;
  wg_allocator allocator = scaler->allocator;
  wg_release(&allocator, scaler->mean);
  wg_release(&allocator, scaler->deviation);
  wg_release(&allocator, scaler);
}

wg_status wg_scaler_apply(const wg_scaler *scaler, wg_table *table) {
  if (scaler->columns != table->columns) return WG_ERROR_ARGUMENT;
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t j = 0; j < table->columns; j++)
      wg_table_set_feature(table, i, j, (wg_table_feature(table, i, j) - scaler->mean[j]) / scaler->deviation[j]);
  return WG_OK;
}
