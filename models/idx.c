#include "idx.h"

#include "bytes.h"

/* The third byte of a file. */
static bool find_element(unsigned char code, wg_element *element) {
  static const struct {
    unsigned char code;
    wg_element element;
  } codes[] = {{0x08, WG_ELEMENT_U8},  {0x09, WG_ELEMENT_I8},  {0x0B, WG_ELEMENT_I16},
               {0x0C, WG_ELEMENT_I32}, {0x0D, WG_ELEMENT_F32}, {0x0E, WG_ELEMENT_F64}};
  for (size_t k = 0; k < sizeof codes / sizeof *codes; k++)
    if (codes[k].code == code) {
      *element = codes[k].element;
      return true;
    }
  return false;
}

wg_status wg_idx_parse(const char *name, const void *bytes, size_t size, const wg_allocator *allocator,
                       wg_array **array, wg_error *error) {
  const unsigned char *file = bytes;
  wg_element element;
  *array = NULL;
  if (size < 4 || file[0] != 0 || file[1] != 0 || !find_element(file[2], &element))
    return wg_error_set(error, WG_ERROR_DATA, "%s: is not an IDX file", name);
  int rank = file[3];
  size_t start = 4 + 4 * (size_t)rank, expected = wg_element_size(element);
  if (rank > WG_RANK_MAX)
    return wg_error_set(error, WG_ERROR_DATA, "%s: the array has more than %d axes", name, WG_RANK_MAX);
  if (size < start) return wg_error_set(error, WG_ERROR_DATA, "%s: the file ends inside its sizes", name);
  int64_t sizes[WG_RANK_MAX];
  bool counted = true, empty = false;
  for (int axis = 0; axis < rank; axis++) {
    sizes[axis] = wg_load_32_big(file + 4 + 4 * axis);
    empty = empty || sizes[axis] == 0;
  }
  for (int axis = 0; axis < rank && !empty; axis++)
    counted = counted && wg_size_multiply(expected, (size_t)sizes[axis], &expected);
  if (!counted || (empty ? 0 : expected) != size - start)
    return wg_error_set(error, WG_ERROR_DATA, "%s: the sizes do not fit the %zu bytes that follow them", name,
                        size - start);
  wg_array *made = wg_array_new(element, rank, sizes, allocator);
  if (!made) return wg_error_memory(error);
  if (size > start) memcpy(made->data, file + start, size - start);
  if (!wg_big_endian()) wg_bytes_swap(made->data, (size_t)made->count, wg_element_size(element));
  *array = made;
  return WG_OK;
}

wg_status wg_idx_read(const char *path, size_t bytes_max, const wg_allocator *allocator, wg_array **array,
                      wg_error *error) {
  wg_bytes bytes = {.allocator = allocator ? allocator : &wg_allocator_default};
  *array = NULL;
  wg_status status = wg_bytes_read_unpacked(path, bytes_max ? bytes_max : WG_FILE_BYTES_MAX, &bytes, error);
  if (status == WG_OK) status = wg_idx_parse(path, bytes.data, bytes.size, allocator, array, error);
  wg_bytes_free(&bytes);
  return status;
}
