#include "move.h"

#include <string.h>

#define MOVE_OF(type, suffix)                                                                                          \
  static void copy_##suffix(int64_t n, void *to, int64_t to_step, const void *from, int64_t from_step) {               \
    type *y = to;                                                                                                      \
    const type *x = from;                                                                                              \
    if (to_step == 1 && from_step == 1)                                                                                \
      memcpy(y, x, (size_t)n * sizeof *y);                                                                             \
    else                                                                                                               \
      for (int64_t k = 0; k < n; k++) y[k * to_step] = x[k * from_step];                                               \
  }                                                                                                                    \
  static void add_##suffix(int64_t n, void *to, int64_t to_step, const void *from, int64_t from_step) {                \
    type *y = to;                                                                                                      \
    const type *x = from;                                                                                              \
    if (to_step == 1 && from_step == 1)                                                                                \
      for (int64_t k = 0; k < n; k++) y[k] += x[k];                                                                    \
    else                                                                                                               \
      for (int64_t k = 0; k < n; k++) y[k * to_step] += x[k * from_step];                                              \
  }                                                                                                                    \
  static void fill_##suffix(int64_t n, void *to, double value) {                                                       \
    type *y = to;                                                                                                      \
    for (int64_t k = 0; k < n; k++) y[k] = (type)value;                                                                \
  }

MOVE_OF(float, f32)
MOVE_OF(double, f64)
MOVE_OF(int64_t, i64)

static wg_move_row *const copy_rows[WG_DTYPE_COUNT] = {copy_f32, copy_f64, copy_i64};
static wg_move_row *const add_rows[WG_DTYPE_COUNT] = {add_f32, add_f64, add_i64};

static wg_move move_new(wg_move_row *row, wg_dtype dtype, const wg_shape *shape, const int64_t *to,
                        const int64_t *from) {
  wg_move move = {.row = row, .element = (int64_t)wg_dtype_size(dtype)};
  for (int axis = 0; axis < shape->rank; axis++) {
    int64_t size = shape->size[axis];
    int last = move.rank - 1;
    if (size == 1) continue;
    bool joins = last >= 0 && move.to[last] == size * to[axis] && move.from[last] == size * from[axis];
    if (!joins) move.size[last = move.rank++] = 1;
    move.size[last] *= size;
    move.to[last] = to[axis];
    move.from[last] = from[axis];
  }
  if (move.rank == 0) move.size[move.rank++] = 1; /* one element */
  return move;
}

wg_move wg_move_copy(wg_dtype dtype, const wg_shape *shape, const int64_t *to_stride, const int64_t *from_stride) {
  return move_new(copy_rows[dtype], dtype, shape, to_stride, from_stride);
}

wg_move wg_move_add(wg_dtype dtype, const wg_shape *shape, const int64_t *to_stride, const int64_t *from_stride) {
  return move_new(add_rows[dtype], dtype, shape, to_stride, from_stride);
}

void wg_move_run(const wg_move *move, void *to, const void *from) {
  const int inner = move->rank - 1;
  int64_t index[WG_RANK_MAX] = {0};
  unsigned char *y = to;
  const unsigned char *x = from;
  for (int axis = 0; axis <= inner; axis++)
    if (move->size[axis] == 0) return;
  for (;;) {
    move->row(move->size[inner], y, move->to[inner], x, move->from[inner]);
    int axis = inner - 1;
    while (axis >= 0 && ++index[axis] == move->size[axis]) { /* an odometer: carry to the axis before */
      index[axis] = 0;
      y -= (move->size[axis] - 1) * move->to[axis] * move->element;
      x -= (move->size[axis] - 1) * move->from[axis] * move->element;
      axis--;
    }
    if (axis < 0) return;
    y += move->to[axis] * move->element;
    x += move->from[axis] * move->element;
  }
}

void wg_tensor_fill(const wg_tensor *dense, double value) {
  static void (*const fills[WG_DTYPE_COUNT])(int64_t, void *, double) = {fill_f32, fill_f64, fill_i64};
  int64_t count = 0;
  wg_shape_count(dense->shape, &count);
  fills[dense->dtype](count, dense->data, value);
}
