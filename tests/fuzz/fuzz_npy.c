/* An array in an NPY file: what is written of it is read again as the same. */
#include "fuzz.h"

#include "../../models/npy_bytes.h"

static void require_same(const wg_array *a, const wg_array *b) {
  require(a->element == b->element && a->rank == b->rank && a->count == b->count);
  for (int axis = 0; axis < a->rank; axis++) require(a->size[axis] == b->size[axis]);
  require(memcmp(a->data, b->data, (size_t)a->count * wg_element_size(a->element)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  wg_array *array, *again;
  wg_error error = {WG_OK, ""};
  wg_status status = wg_npy_parse("a", bytes, size, &fuzz_allocator, &array, &error);
  require_outcome(status, &error, array);
  if (!array) return 0;
  wg_bytes written = {.allocator = &fuzz_allocator};
  require(wg_npy_add(&written, array));
  require(wg_npy_parse("b", written.data, written.size, &fuzz_allocator, &again, NULL) == WG_OK);
  require_same(array, again);
  wg_array_free(again);
  wg_bytes_free(&written);
  require_array(array);
  return 0;
}
