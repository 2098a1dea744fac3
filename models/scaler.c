#include "data.h"

#include "../engine/memory.h"

#include <math.h>

wg_scaler *wg_scaler_new(const wg_table *table, const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  wg_scaler *scaler = wg_allocate_zeroed(allocator, 1, sizeof *scaler);
  if (!scaler) return NULL;
  size_t columns = (size_t)table->columns;
  scaler->allocator = *allocator;
  scaler->columns = table->columns;
  scaler->mean = wg_allocate_zeroed(allocator, columns, sizeof(double));
  scaler->deviation = wg_allocate_zeroed(allocator, columns, sizeof(double));
  if (!scaler->mean || !scaler->deviation) {
    wg_scaler_free(scaler);
    return NULL;
  }
  double m = (double)table->rows;
  for (size_t j = 0; j < columns; j++) {
    /* Two passes: Σ(x − mean)² stays exact where Σx² − m·mean² cancels. */
    const double *x = table->features + j;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < table->rows; i++) sum += x[(size_t)i * columns];
    double mean = m > 0 ? sum / m : 0;
    for (int64_t i = 0; i < table->rows; i++) {
      double distance = x[(size_t)i * columns] - mean;
      squares += distance * distance;
    }
    scaler->mean[j] = mean;
    scaler->deviation[j] = squares > 0 ? sqrt(squares / m) : 1;
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
    for (int64_t j = 0; j < table->columns; j++) {
      double *x = &table->features[i * table->columns + j];
      *x = (*x - scaler->mean[j]) / scaler->deviation[j];
    }
  return WG_OK;
}
