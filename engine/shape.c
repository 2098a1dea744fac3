#include "shape.h"

#include <stdio.h>

const char *wg_status_text(wg_status status) {
  switch (status) {
  case WG_OK:
    return "ok";
  case WG_ERROR_MEMORY:
    return "out of memory";
  case WG_ERROR_SHAPE:
    return "shapes do not fit";
  case WG_ERROR_DTYPE:
    return "element types do not fit";
  case WG_ERROR_ARGUMENT:
    return "an argument is invalid";
  case WG_ERROR_UNBOUND:
    return "an input or parameter has no memory";
  case WG_ERROR_DATA:
    return "a value is invalid";
  case WG_ERROR_FILE:
    return "a file cannot be used";
  }
  return "unknown status";
}

size_t wg_dtype_size(wg_dtype dtype) {
  switch (dtype) {
  case WG_F32:
    return sizeof(float);
  case WG_F64:
    return sizeof(double);
  case WG_I64:
    return sizeof(int64_t);
  case WG_DTYPE_COUNT:
    break;
  }
  return 0;
}

const char *wg_dtype_text(wg_dtype dtype) {
  switch (dtype) {
  case WG_F32:
    return "f32";
  case WG_F64:
    return "f64";
  case WG_I64:
    return "i64";
  case WG_DTYPE_COUNT:
    break;
  }
  return "?";
}

wg_shape wg_shape_of(int rank, const int64_t *sizes) {
  wg_shape shape = {.rank = rank};
  if (rank < 0 || rank > WG_RANK_MAX || (rank > 0 && !sizes)) return (wg_shape){.rank = -1};
  for (int axis = 0; axis < rank; axis++) shape.size[axis] = sizes[axis];
  return shape;
}

static bool rank_valid(const wg_shape *shape) { return shape->rank >= 0 && shape->rank <= WG_RANK_MAX; }

bool wg_shape_equal(const wg_shape *a, const wg_shape *b) {
  if (a->rank != b->rank || !rank_valid(a)) return false;
  for (int axis = 0; axis < a->rank; axis++)
    if (a->size[axis] != b->size[axis]) return false;
  return true;
}

/* Half the address space in elements of 8 bytes, the largest. */
#define COUNT_MAX (PTRDIFF_MAX / 8)

bool wg_shape_count(const wg_shape *shape, int64_t *count) {
  if (!rank_valid(shape)) return false;
  /* The sizes other than 0 must have a product within the limit too, so that strides never overflow. */
  int64_t product = 1;
  bool empty = false;
  for (int axis = 0; axis < shape->rank; axis++) {
    int64_t size = shape->size[axis];
    if (size < 0) return false;
    if (size == 0) empty = true;
    if (size > 0 && product > COUNT_MAX / size) return false;
    if (size > 0) product *= size;
  }
  *count = empty ? 0 : product;
  return true;
}

bool wg_shape_broadcast(const wg_shape *a, const wg_shape *b, wg_shape *result) {
  if (!rank_valid(a) || !rank_valid(b)) return false;
  if (wg_shape_equal(a, b)) {
    if (result != a) *result = *a;
    return true;
  }
  wg_shape wide = {.rank = a->rank > b->rank ? a->rank : b->rank};
  for (int back = 1; back <= wide.rank; back++) { /* the axis counted from the last */
    int64_t size_a = back <= a->rank ? a->size[a->rank - back] : 1;
    int64_t size_b = back <= b->rank ? b->size[b->rank - back] : 1;
    if (size_a != size_b && size_a != 1 && size_b != 1) return false;
    wide.size[wide.rank - back] = size_a == 1 ? size_b : size_a;
  }
  *result = wide;
  return true;
}

char *wg_shape_text(const wg_shape *shape, char text[WG_SHAPE_TEXT_SIZE]) {
  int length = snprintf(text, WG_SHAPE_TEXT_SIZE, "(");
  for (int axis = 0; axis < shape->rank && axis < WG_RANK_MAX; axis++)
    length += snprintf(text + length, WG_SHAPE_TEXT_SIZE - (size_t)length, "%s%lld", axis ? "," : "",
                       (long long)shape->size[axis]);
  snprintf(text + length, WG_SHAPE_TEXT_SIZE - (size_t)length, ")");
  return text;
}
