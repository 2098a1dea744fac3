/* softmax_kernel.h: the values of softmax and log_softmax for one element type; softmax.c includes it once for each, with
 * REAL and NAME defined. Element k of row r is at [k·step + r]. A NaN in the row is in the sum, and so in every result. */
#include "log_sum_kernel.h"

WG_SPECIALIZED void NAME(softmax_rows)(const int64_t rows, int64_t n, const REAL *x, int64_t x_step, REAL *y,
                                       int64_t y_step, bool fused) {
  REAL largest[WG_ROWS], top[WG_ROWS], rest[WG_ROWS];
  NAME(largest_of)(rows, n, x, x_step, largest);
  NAME(powers_of)(rows, n, x, x_step, largest, n, y, y_step, top, rest, fused);
  NAME(shares_of)(rows, n, top, rest, y, y_step);
}

WG_SPECIALIZED void NAME(log_softmax_rows)(const int64_t rows, int64_t n, const REAL *x, int64_t x_step, REAL *y,
                                           int64_t y_step, bool fused) {
  REAL largest[WG_ROWS], top[WG_ROWS], rest[WG_ROWS], log_sum[WG_ROWS];
  NAME(largest_of)(rows, n, x, x_step, largest);
  NAME(powers_of)(rows, n, x, x_step, largest, n, y, y_step, top, rest, fused);
  NAME(log_of_sum)(rows, top, rest, log_sum, fused);
  for (int64_t k = 0; k < n; k++)
    for (int64_t r = 0; r < rows; r++) y[k * y_step + r] = (x[k * x_step + r] - largest[r]) - log_sum[r];
}

#define EACH_ROW(name)                                                                                                 \
  WG_ROWS_LEVELS(NAME(name##_beside), (int64_t n, const REAL *x, int64_t x_step, REAL *y, int64_t y_step),             \
                 NAME(name##_rows)(WG_ROWS, n, x, x_step, y, y_step, fused))                                           \
  WG_ROWS_LEVELS(NAME(name##_dense), (int64_t n, const REAL *x, REAL *y), NAME(name##_rows)(1, n, x, 1, y, 1, fused))  \
  WG_ROWS_LEVELS(NAME(name##_apart), (int64_t n, const REAL *x, int64_t x_step, REAL *y, int64_t y_step),              \
                 NAME(name##_rows)(1, n, x, x_step, y, y_step, fused))                                                 \
  static wg_status NAME(name)(wg_call * call) {                                                                        \
    const int axis = axis_of(call->node);                                                                              \
    const wg_rows from = wg_rows_of(&call->in[0], axis), to = wg_rows_of(&call->out, axis);                            \
    const int64_t n = from.length;                                                                                     \
    REAL x_copy[WG_ROW_SHORT * WG_ROWS], y_copy[WG_ROW_SHORT * WG_ROWS];                                               \
    for (int64_t first = 0, some; n > 0 && (some = wg_rows_some(&from, &first)) > 0; first += some) {                  \
      int64_t x_step, y_step;                                                                                          \
      const REAL *x = NAME(wg_rows_read)(&from, first, some, x_copy, &x_step);                                         \
      REAL *y = NAME(wg_rows_place)(&to, first, some, y_copy, &y_step);                                                \
      if (n <= WG_ROW_SHORT)                                                                                           \
        WG_ROWS_AT_LEVEL(NAME(name##_beside), WG_ROWS, (n, x, x_step, y, y_step));                                     \
      else if (x_step == 1 && y_step == 1)                                                                             \
        WG_ROWS_AT_LEVEL(NAME(name##_dense), n, (n, x, y));                                                            \
      else                                                                                                             \
        WG_ROWS_AT_LEVEL(NAME(name##_apart), n, (n, x, x_step, y, y_step));                                            \
      NAME(wg_rows_write)(&to, first, some, y_copy, y);                                                                \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

EACH_ROW(softmax)
EACH_ROW(log_softmax)
#undef EACH_ROW
