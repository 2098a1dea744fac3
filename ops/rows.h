/* rows.h: the rows of a tensor along one of its axes (see axis.h), some at a time and side by side: element k of all of
 * them is a dense stretch, so that what is done to every row becomes vector instructions, whatever the strides. For the
 * files of ops/ only. */
#ifndef WG_ROWS_H
#define WG_ROWS_H

#include "axis.h"
#include "loop.h"

enum {
  WG_ROWS = 32,     /* rows at a time */
  WG_ROW_SHORT = 64 /* elements of a row, at most, for which that is worth copying them */
};

typedef struct wg_rows {
  const wg_tensor *tensor;
  int axis;
  int64_t count, length, step; /* rows; elements of each, and how far they are apart */
  bool even;
  int64_t apart; /* how far from row to row, where that is always the same */
} wg_rows;

/* An axis of −1: rows of one element, all of them. */
static inline wg_rows wg_rows_of(const wg_tensor *tensor, int axis) {
  const wg_shape *shape = tensor->shape;
  wg_rows rows = {.tensor = tensor, .axis = axis, .count = wg_row_count(shape, axis), .even = true};
  rows.length = axis < 0 ? 1 : shape->size[axis];
  rows.step = axis < 0 ? 0 : tensor->stride[axis];
  int64_t below = 1; /* rows that differ in the axes after this one only */
  for (int i = shape->rank; i-- > 0;) {
    if (i == axis || shape->size[i] == 1) continue;
    if (below == 1) rows.apart = tensor->stride[i];
    rows.even = rows.even && tensor->stride[i] == below * rows.apart;
    below *= shape->size[i];
  }
  return rows;
}

/* Where row number `row` begins, in elements. */
static inline int64_t wg_rows_start(const wg_rows *rows, int64_t row) {
  return rows->even ? row * rows->apart : wg_row_start(rows->tensor->shape, rows->tensor->stride, rows->axis, row);
}

/* Whether short rows lie side by side in the tensor, and are enough for WG_ROWS at a time. */
static inline bool wg_rows_beside(const wg_rows *rows) {
  return rows->length <= WG_ROW_SHORT && rows->count >= WG_ROWS && rows->even && rows->apart == 1;
}

/* How many rows from number `first` on are taken together, 0 at the end: longer ones by themselves. Where a few are left over,
 * and rows lie side by side, the last WG_ROWS are taken, some of them once more. */
static inline int64_t wg_rows_some(const wg_rows *rows, int64_t *first) {
  const int64_t left = rows->count - *first;
  if (rows->length > WG_ROW_SHORT) return left > 0;
  if (left >= WG_ROWS) return WG_ROWS;
  if (left == 0 || !wg_rows_beside(rows)) return left;
  *first = rows->count - WG_ROWS;
  return WG_ROWS;
}

/* Rows from number `first` on: element k of row r is at [k·step + r] of what these return. That is the tensor itself where
 * the rows lie so, or there is one only; else `copy`, of WG_ROW_SHORT·WG_ROWS elements, where missing rows repeat the
 * last. `read` fills it, `place` does not, `write` brings it to where it belongs. */
#define WG_ROWS_OF(type, suffix)                                                                                       \
  static inline type *wg_rows_place_##suffix(const wg_rows *rows, int64_t first, int64_t some, type *copy,             \
                                             int64_t *step) {                                                          \
    const bool lie_so = rows->length > WG_ROW_SHORT || (some == WG_ROWS && rows->even && rows->apart == 1);            \
    *step = lie_so ? rows->step : WG_ROWS;                                                                             \
    return lie_so ? (type *)rows->tensor->data + wg_rows_start(rows, first) : copy;                                    \
  }                                                                                                                    \
  static inline const type *wg_rows_read_##suffix(const wg_rows *rows, int64_t first, int64_t some, type *copy,        \
                                                  int64_t *step) {                                                     \
    const type *at = wg_rows_place_##suffix(rows, first, some, copy, step);                                            \
    for (int64_t r = 0; r < some && at == copy; r++) {                                                                 \
      const type *row = (const type *)rows->tensor->data + wg_rows_start(rows, first + r);                             \
      for (int64_t k = 0; k < rows->length; k++) copy[k * WG_ROWS + r] = row[k * rows->step];                          \
    }                                                                                                                  \
    for (int64_t k = 0; k < rows->length && at == copy; k++)                                                           \
      for (int64_t r = some; r < WG_ROWS; r++) copy[k * WG_ROWS + r] = copy[k * WG_ROWS + some - 1];                   \
    return at;                                                                                                         \
  }                                                                                                                    \
  static inline void wg_rows_write_##suffix(const wg_rows *rows, int64_t first, int64_t some, const type *copy,        \
                                            const type *at) {                                                          \
    for (int64_t r = 0; r < some && at == copy; r++) {                                                                 \
      type *row = (type *)rows->tensor->data + wg_rows_start(rows, first + r);                                         \
      for (int64_t k = 0; k < rows->length; k++) row[k * rows->step] = copy[k * WG_ROWS + r];                          \
    }                                                                                                                  \
  }
WG_ROWS_OF(float, f32)
WG_ROWS_OF(double, f64)

/* WG_LEVELS and WG_AT_LEVEL of loop.h, for names that are made by macros. */
#define WG_ROWS_LEVELS(name, parameters, call) WG_LEVELS(name, parameters, call)
#define WG_ROWS_AT_LEVEL(name, n, arguments) WG_AT_LEVEL(name, (int64_t)(n), arguments)

#endif
