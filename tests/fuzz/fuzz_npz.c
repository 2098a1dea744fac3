/* Arrays in an NPZ file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  wg_npz *npz;
  wg_error error = {WG_OK, ""};
  wg_status status = wg_npz_parse("a", bytes, size, FUZZ_BYTES_MAX, &fuzz_allocator, &npz, &error);
  require_outcome(status, &error, npz);
  for (size_t i = 0; npz && i < npz->count; i++) {
    require(wg_npz_find(npz, npz->names[i]) == npz->arrays[i]);
    for (int64_t k = 0; k < npz->arrays[i]->count; k++) (void)wg_array_number(npz->arrays[i], k);
  }
  wg_npz_free(npz);
  return 0;
}
