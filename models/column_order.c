/* column_order.c: the columns of a table, by their names in the order of another one. */
#include "data.h"

#include "../engine/memory.h"

#include <string.h>

static bool has_same_names(const wg_table *table, const wg_table *like) {
  if (table->columns != like->columns) return false;
  for (int64_t j = 0; j < table->columns; j++)
    if (strcmp(table->column_names[j], like->column_names[j]) != 0) return false;
  return true;
}

/* from[k] is the table's column that is called like the other's column k; of several with one name each is taken once,
 * which `taken` keeps. */
static wg_status find_columns(const wg_table *table, const wg_table *like, int64_t *from, bool *taken,
                              wg_error *error) {
  for (int64_t k = 0; k < like->columns; k++) {
    int64_t j = 0;
    while (j < table->columns && (taken[j] || strcmp(table->column_names[j], like->column_names[k]) != 0)) j++;
    if (j == table->columns)
      return wg_error_set(error, WG_ERROR_DATA, "there is no column '%s'", like->column_names[k]);
    from[k] = j;
    taken[j] = true;
  }
  return WG_OK;
}

/* Takes the columns, which are the table's own; memory has been found for all of it. */
static void take_columns(wg_table *table, int64_t columns, const int64_t *from, const bool *taken, void *features,
                         char **names) {
  const wg_allocator *allocator = &table->allocator;
  size_t size = wg_dtype_size(table->dtype);
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t k = 0; k < columns; k++)
      memcpy((char *)features + (size_t)(i * columns + k) * size,
             (const char *)table->features + (size_t)(i * table->columns + from[k]) * size, size);
  for (int64_t k = 0; k < columns; k++) names[k] = table->column_names[from[k]];
  for (int64_t j = 0; j < table->columns; j++)
    if (!taken[j]) wg_release(allocator, table->column_names[j]);
  wg_release(allocator, table->column_names);
  wg_release(allocator, table->features);
  table->column_names = names;
  table->features = features;
  table->columns = columns;
}

wg_status wg_table_match_columns(wg_table *table, const wg_table *like, wg_error *error) {
  if (!table->column_names || !like->column_names || has_same_names(table, like)) return WG_OK;
  const wg_allocator *allocator = &table->allocator;
  size_t columns = (size_t)like->columns, elements;
  if (!wg_size_multiply((size_t)table->rows, columns, &elements)) return wg_error_memory(error);
  int64_t *from = wg_allocate(allocator, columns, sizeof *from);
  bool *taken = wg_allocate_zeroed(allocator, (size_t)table->columns, sizeof *taken);
  void *features = wg_allocate(allocator, elements, wg_dtype_size(table->dtype));
  char **names = wg_allocate(allocator, columns, sizeof *names);
  wg_status status = WG_OK;
  if (!from || !taken || !features || !names)
    status = wg_error_memory(error);
  else
    status = find_columns(table, like, from, taken, error);
  if (status == WG_OK) {
    take_columns(table, like->columns, from, taken, features, names);
  } else {
    wg_release(allocator, features);
    wg_release(allocator, names);
  }
  wg_release(allocator, from);
  wg_release(allocator, taken);
  return status;
}
