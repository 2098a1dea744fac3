/* What gzip has packed: an IDX file, or any other. */
#include "fuzz.h"

#include "../../models/compress.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  wg_bytes unpacked = {.allocator = &fuzz_allocator};
  wg_error error = {WG_OK, ""};
  wg_array *array = NULL;
  if (!wg_is_gzip(bytes, size)) return -1;
  wg_status status = wg_gunzip("a", bytes, size, FUZZ_BYTES_MAX, &unpacked, &error);
  require(error.status == status && unpacked.size <= FUZZ_BYTES_MAX + 1);
  if (status == WG_OK) {
    require(unpacked.size <= FUZZ_BYTES_MAX);
    status = wg_idx_parse("a", unpacked.data, unpacked.size, &fuzz_allocator, &array, &error);
    require_outcome(status, &error, array);
    require_array(array);
  }
  wg_bytes_free(&unpacked);
  return 0;
}
