/* operand.h: matrices in memory as the kernels' tests multiply them, in seven layouts. */
#ifndef WG_TEST_OPERAND_H
#define WG_TEST_OPERAND_H

#include "../../ops/kernels/kernels.h"
#include "../support.h"

#include <math.h>

/* In memory of its own, which ends where the last element does, so that a sanitizer sees every read beyond; between the
 * elements is NaN, so that one that is read is seen in the result. */
typedef struct operand {
  double *values; /* row-major, and numbers of f32 */
  void *memory;
  wg_matrix matrix;
} operand;

typedef enum operand_layout {
  BY_ROWS,
  BY_COLUMNS,
  UPSIDE_DOWN,
  EVERY_SECOND_COLUMN,
  EVERY_SECOND_ROW, /* by columns */
  ROWS_FAR_APART,
  ONE_ROW_REPEATED,
  LAYOUTS
} operand_layout;

static inline double element_at(wg_dtype dtype, const void *data, int64_t at) {
  return dtype == WG_F32 ? (double)((const float *)data)[at] : ((const double *)data)[at];
}

static inline void element_set(wg_dtype dtype, void *data, int64_t at, double value) {
  if (dtype == WG_F32)
    ((float *)data)[at] = (float)value;
  else
    ((double *)data)[at] = value;
}

static inline operand operand_new(wg_dtype dtype, int64_t rows, int64_t columns, operand_layout layout, uint64_t seed) {
  const int64_t strides[LAYOUTS][2] = {{columns, 1},  {1, rows},        {-columns, 1}, {2 * columns, 2},
                                       {2, 2 * rows}, {columns + 5, 1}, {0, 1}};
  const int64_t row = strides[layout][0], column = strides[layout][1];
  const int64_t across = rows > 0 ? (rows - 1) * row : 0, along = columns > 0 ? (columns - 1) * column : 0;
  const int64_t count = (across < 0 ? -across : across) + along + 1, first = across < 0 ? -across : 0;
  const size_t size = wg_dtype_size(dtype);
  operand x = {random_f64((size_t)(rows * columns), -1, 1, seed), malloc((size_t)count * size), {NULL, row, column}};
  assert_non_null(x.memory);
  for (int64_t i = 0; i < count; i++) element_set(dtype, x.memory, i, (double)NAN);
  x.matrix.data = (char *)x.memory + (size_t)first * size;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      double *value = &x.values[i * columns + j];
      *value = (double)(float)(row == 0 ? x.values[j] : *value);
      element_set(dtype, x.memory, first + i * row + j * column, *value);
    }
  return x;
}

static inline void operand_free(operand *x) {
  free(x->values);
  free(x->memory);
}

#endif
