#include "array.h"

#include "../engine/memory.h"

#include <math.h>

static const struct {
  size_t size;
  const char *text;
} elements[WG_ELEMENT_COUNT] = {
    [WG_ELEMENT_F32] = {4, "f32"}, [WG_ELEMENT_F64] = {8, "f64"}, [WG_ELEMENT_I8] = {1, "i8"},
    [WG_ELEMENT_I16] = {2, "i16"}, [WG_ELEMENT_I32] = {4, "i32"}, [WG_ELEMENT_I64] = {8, "i64"},
    [WG_ELEMENT_U8] = {1, "u8"},   [WG_ELEMENT_U16] = {2, "u16"}, [WG_ELEMENT_U32] = {4, "u32"},
    [WG_ELEMENT_U64] = {8, "u64"},
};

static bool valid(wg_element element) { return (unsigned)element < WG_ELEMENT_COUNT; }
size_t wg_element_size(wg_element element) { return valid(element) ? elements[element].size : 0; }
const char *wg_element_text(wg_element element) { return valid(element) ? elements[element].text : ""; }

/* The product of the sizes; false if it is negative or too large to count. */
static bool count_elements(int rank, const int64_t *size, int64_t *count) {
  bool empty = false;
  size_t product = 1;
  for (int axis = 0; axis < rank; axis++) {
    if (size[axis] < 0) return false;
    empty = empty || size[axis] == 0;
  }
  for (int axis = 0; axis < rank && !empty; axis++)
    if (!wg_size_multiply(product, (size_t)size[axis], &product) || product > PTRDIFF_MAX) return false;
  *count = empty ? 0 : (int64_t)product;
  return true;
}

wg_array *wg_array_new(wg_element element, int rank, const int64_t *size, const wg_allocator *allocator) {
  int64_t count;
  if (!allocator) allocator = &wg_allocator_default;
  if (!valid(element) || rank < 0 || rank > WG_RANK_MAX || !count_elements(rank, size, &count)) return NULL;
  wg_array *array = wg_allocate_zeroed(allocator, 1, sizeof *array);
  if (!array) return NULL;
  *array = (wg_array){.element = element, .rank = rank, .count = count, .allocator = *allocator};
  for (int axis = 0; axis < rank; axis++) array->size[axis] = size[axis];
  array->data = wg_allocate_zeroed(allocator, (size_t)count, wg_element_size(element));
  if (array->data) return array;
  wg_array_free(array);
  return NULL;
}

void wg_array_free(wg_array *array) {
  if (!array) return;
  wg_allocator allocator = array->allocator;
  wg_release(&allocator, array->data);
  wg_release(&allocator, array);
}

double wg_array_number(const wg_array *array, int64_t i) {
  switch (array->element) {
  case WG_ELEMENT_F32:
    return (double)((const float *)array->data)[i];
  case WG_ELEMENT_F64:
    return ((const double *)array->data)[i];
  case WG_ELEMENT_I8:
    return ((const int8_t *)array->data)[i];
  case WG_ELEMENT_I16:
    return ((const int16_t *)array->data)[i];
  case WG_ELEMENT_I32:
    return ((const int32_t *)array->data)[i];
  case WG_ELEMENT_I64:
    return (double)((const int64_t *)array->data)[i];
  case WG_ELEMENT_U8:
    return ((const uint8_t *)array->data)[i];
  case WG_ELEMENT_U16:
    return ((const uint16_t *)array->data)[i];
  case WG_ELEMENT_U32:
    return ((const uint32_t *)array->data)[i];
  case WG_ELEMENT_U64:
    return (double)((const uint64_t *)array->data)[i];
  case WG_ELEMENT_COUNT:
    break;
  }
  return NAN;
}

bool wg_array_integer(const wg_array *array, int64_t i, int64_t *value) {
  if (array->element == WG_ELEMENT_I64) {
    *value = ((const int64_t *)array->data)[i];
    return true;
  }
  if (array->element == WG_ELEMENT_U64) {
    uint64_t wide = ((const uint64_t *)array->data)[i];
    if (wide <= INT64_MAX) *value = (int64_t)wide;
    return wide <= INT64_MAX;
  }
  double number = wg_array_number(array, i);
  if (!(number >= -0x1p63 && number < 0x1p63) || number != floor(number)) return false;
  *value = (int64_t)number;
  return true;
}
