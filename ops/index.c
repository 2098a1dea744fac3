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
