#include "index.h"

#include <stdio.h>

/* "(2,0)", the place of element number `at` in a shape. */
static void place_text(const wg_shape *shape, int64_t at, char text[WG_SHAPE_TEXT_SIZE]) {
  wg_shape place = {.rank = shape->rank};
  for (int axis = shape->rank - 1; axis >= 0; axis--) {
    place.size[axis] = at % shape->size[axis];
    at /= shape->size[axis];
  }
  wg_shape_text(&place, text);
}

wg_status wg_index_fail(wg_call *call, const wg_tensor *index, int64_t at, int64_t value, int64_t size) {
  char place[WG_SHAPE_TEXT_SIZE];
  place_text(index->shape, at, place);
  if (size == 0)
    return wg_call_fail(call, WG_ERROR_DATA, "index %lld at %s points into nothing", (long long)value, place);
  return wg_call_fail(call, WG_ERROR_DATA, "index %lld at %s is not in 0 … %lld", (long long)value, place,
                      (long long)size - 1);
}

wg_status wg_index_check(wg_call *call, const wg_tensor *index, int64_t size, bool wrap) {
  int64_t count = wg_row_count(index->shape, -1);
  for (int64_t k = 0; k < count; k++) {
    int64_t value = ((const int64_t *)index->data)[wg_row_start(index->shape, index->stride, -1, k)];
    if (value < (wrap ? -size : 0) || value >= size) return wg_index_fail(call, index, k, value, size);
  }
  return WG_OK;
}

/* ---- Walks ---- */

/* One walk for one type: the statement is done for each pair, *w of the whole and *p of the part. */
#define EACH_PAIR(name, type, statement)                                                                               \
  static bool name(wg_index_walk *walk) {                                                                              \
    const wg_shape *shape = &walk->shape;                                                                              \
    const int last = shape->rank - 1;                                                                                  \
    const int64_t size = walk->size, n = shape->size[last], rows = n ? wg_row_count(shape, last) : 0;                  \
    const int64_t i_step = walk->index_stride[last], w_step = walk->whole_stride[last],                                \
                  p_step = walk->part_stride[last];                                                                    \
    for (int64_t r = 0; r < rows; r++) {                                                                               \
      const int64_t *index = walk->index + wg_row_start(shape, walk->index_stride, last, r);                           \
      type *w_row = (type *)walk->whole + wg_row_start(shape, walk->whole_stride, last, r);                            \
      type *p_row = (type *)walk->part + wg_row_start(shape, walk->part_stride, last, r);                              \
      for (int64_t k = 0; k < n; k++) {                                                                                \
        int64_t at = index[k * i_step];                                                                                \
        if (at < 0 && walk->wrap && at >= -size) at += size;                                                           \
        if (at < 0 || at >= size) {                                                                                    \
          walk->at = r * n + k;                                                                                        \
          walk->value = at;                                                                                            \
          return false;                                                                                                \
        }                                                                                                              \
        type *w = w_row + k * w_step + at * walk->step, *p = p_row + k * p_step;                                       \
        statement;                                                                                                     \
      }                                                                                                                \
    }                                                                                                                  \
    return true;                                                                                                       \
  }

/* The walk for each type. */
#define WALK(name, statement)                                                                                          \
  EACH_PAIR(name##_f32, float, statement)                                                                              \
  EACH_PAIR(name##_f64, double, statement)                                                                             \
  EACH_PAIR(name##_i64, int64_t, statement)                                                                            \
  bool wg_index_##name(wg_index_walk *walk, wg_dtype dtype) {                                                          \
    return dtype == WG_F32 ? name##_f32(walk) : dtype == WG_F64 ? name##_f64(walk) : name##_i64(walk);                 \
  }

WALK(read, *p = *w)
WALK(write, *w = *p)
WALK(add_to, *w += *p)
