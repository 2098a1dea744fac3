/* An array in an IDX file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  wg_array *array;
  wg_error error = {WG_OK, ""};
  wg_status status = wg_idx_parse("a", bytes, size, &fuzz_allocator, &array, &error);
  require_outcome(status, &error, array);
  require_array(array);
  return 0;
}
