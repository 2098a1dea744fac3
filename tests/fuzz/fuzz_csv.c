/* Comma-separated values, with a label column by number, by name, and without; the last two of the bytes choose. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const char *const labels[] = {NULL, "1", "2", "kind", "0"};
  static const char delimiters[] = {0, ';', '\t', ' '};
  wg_csv_options options = {.allocator = &fuzz_allocator};
  if (size >= 2) {
    options.label = labels[bytes[size - 1] % 5];
    options.unlabeled = bytes[size - 1] % 7 == 3;
    options.delimiter = delimiters[bytes[size - 2] % 4];
  }
  wg_table *table;
  wg_error error = {WG_OK, ""};
  wg_status status = wg_csv_parse("a", (const char *)bytes, size, &options, &table, &error);
  require_outcome(status, &error, table);
  require_table(table);
  return 0;
}
