/* fuzz.h: what the fuzz targets share. A target is a function of some bytes that must not crash, hang, leak, or ask for
 * more memory than the bytes can be worth, whatever they are. libFuzzer calls it, or the main of mutate.c. */
#ifndef WG_FUZZ_H
#define WG_FUZZ_H

#include "../../models/bytes.h"
#include "../../models/models.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The program ends unless `holds`, which libFuzzer and mutate.c report with the bytes. */
static inline void require(bool holds) {
  if (!holds) abort();
}

/* Files are read with this limit, and no single allocation may be larger than it by more than a little. */
enum { FUZZ_BYTES_MAX = 1 << 20, FUZZ_ALLOCATION_MAX = 3 << 20 };

static inline void *fuzz_allocate(void *context, size_t size) {
  (void)context;
  require(size <= FUZZ_ALLOCATION_MAX);
  return malloc(size);
}
static inline void fuzz_release(void *context, void *memory) {
  (void)context;
  free(memory);
}
static const wg_allocator fuzz_allocator = {fuzz_allocate, fuzz_release, NULL};

/* A failure has a message, a success has none; and what was made is there or not. */
static inline void require_outcome(wg_status status, const wg_error *error, const void *made) {
  require((status == WG_OK) == (made != NULL));
  require(error->status == status && (status != WG_OK) == (error->message[0] != 0));
  require(status == WG_OK || status == WG_ERROR_DATA || status == WG_ERROR_FILE);
}

/* Features are finite, labels are in range, names are there. Then the table is freed. */
static inline void require_table(wg_table *table) {
  if (!table) return;
  require(table->rows > 0 && table->columns > 0);
  for (int64_t i = 0; i < table->rows; i++) {
    require(table->labels[i] >= 0 && (table->labels[i] < table->classes || table->classes == 0));
    for (int64_t j = 0; j < table->columns; j++) {
      double x = wg_table_feature(table, i, j);
      require(x - x == 0);
    }
  }
  for (int64_t k = 0; table->class_names && k < table->classes; k++) require(table->class_names[k] != NULL);
  for (int64_t k = 0; table->column_names && k < table->columns; k++) require(table->column_names[k] != NULL);
  wg_table_free(table);
}

/* An array made into tables. Then it is freed. */
static inline void require_array(wg_array *array) {
  wg_table *table;
  wg_error error = {WG_OK, ""};
  if (!array) return;
  for (int64_t i = 0; i < array->count; i++) {
    int64_t value = 0;
    double number = wg_array_number(array, i);
    require(!wg_array_integer(array, i, &value) || (double)value == number);
  }
  wg_status status = wg_arrays_table("a", array, NULL, &fuzz_allocator, &table, &error);
  require_outcome(status, &error, table);
  require_table(table);
  error = (wg_error){WG_OK, ""};
  status = wg_array_table("a", array, 0, &fuzz_allocator, &table, &error);
  require_outcome(status, &error, table);
  require_table(table);
  wg_array_free(array);
}

#endif
