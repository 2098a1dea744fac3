/* split.c: a table cut into a training part and a held-out part. */
#include "data.h"

#include "../engine/memory.h"

#include <math.h>
#include <string.h>

static char *copy_text(const wg_allocator *allocator, const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = wg_allocate(allocator, size, 1);
  if (copy) memcpy(copy, text, size);
  return copy;
}

static bool copy_names(const wg_allocator *allocator, int64_t count, char *const *names, char ***copies) {
  if (!names) return true;
  *copies = wg_allocate_zeroed(allocator, (size_t)count, sizeof(char *));
  if (!*copies) return false;
  for (int64_t i = 0; i < count; i++)
    if (!((*copies)[i] = copy_text(allocator, names[i]))) return false;
  return true;
}

/* A new table of these rows of `table`, with its names; NULL without memory. */
static wg_table *take_rows(const wg_table *table, size_t count, const size_t *rows) {
  const wg_allocator *allocator = &table->allocator;
  wg_table *part = wg_table_new((int64_t)count, table->columns, table->classes, allocator);
  if (!part) return NULL;
  size_t columns = (size_t)table->columns;
  for (size_t i = 0; i < count; i++) {
    if (columns) memcpy(part->features + i * columns, table->features + rows[i] * columns, columns * sizeof(double));
    part->labels[i] = table->labels[rows[i]];
  }
  bool copied = copy_names(allocator, table->columns, table->column_names, &part->column_names) &&
                copy_names(allocator, table->classes, table->class_names, &part->class_names) &&
                (!table->label_name || (part->label_name = copy_text(allocator, table->label_name)));
  if (copied) return part;
  wg_table_free(part);
  return NULL;
}

/* Marks the rows to hold out: of each class the rounded fraction, those that come first in the random order. */
static void mark_held(const wg_table *table, double fraction, const size_t *order, int64_t *quota, bool *held) {
  for (int64_t c = 0; c < table->classes; c++) quota[c] = 0;
  for (int64_t i = 0; i < table->rows; i++) quota[table->labels[i]]++;
  for (int64_t c = 0; c < table->classes; c++) quota[c] = (int64_t)floor(fraction * (double)quota[c] + 0.5);
  for (int64_t i = 0; i < table->rows; i++) held[order[i]] = quota[table->labels[order[i]]]-- > 0;
}

wg_status wg_table_split(const wg_table *table, double fraction, uint64_t seed, wg_table **rest, wg_table **held,
                         wg_error *error) {
  *rest = *held = NULL;
  if (!(fraction >= 0 && fraction <= 1))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the held-out part must be from 0 to 1, not %g", fraction);
  for (int64_t i = 0; i < table->rows; i++)
    if (table->labels[i] < 0 || table->labels[i] >= table->classes)
      return wg_error_set(error, WG_ERROR_DATA, "sample %lld has label %lld, of %lld classes", (long long)i,
                          (long long)table->labels[i], (long long)table->classes);

  const wg_allocator *allocator = &table->allocator;
  size_t rows = (size_t)table->rows;
  size_t *order = wg_allocate(allocator, rows, sizeof *order), *chosen = wg_allocate(allocator, rows, sizeof *chosen);
  bool *is_held = wg_allocate(allocator, rows, sizeof *is_held);
  int64_t *quota = wg_allocate(allocator, (size_t)table->classes, sizeof *quota);
  if (order && chosen && is_held && quota) {
    wg_random random = wg_random_new(seed, WG_STREAM_SPLIT);
    for (size_t i = 0; i < rows; i++) order[i] = i;
    wg_random_shuffle(&random, rows, order);
    mark_held(table, fraction, order, quota, is_held);
    size_t rest_count = 0, held_count = 0; /* `chosen` fills from both ends */
    for (size_t i = 0; i < rows; i++)
      if (is_held[order[i]])
        chosen[rows - ++held_count] = order[i];
      else
        chosen[rest_count++] = order[i];
    *rest = take_rows(table, rest_count, chosen);
    *held = take_rows(table, held_count, chosen + rest_count);
  }
  wg_release(allocator, order);
  wg_release(allocator, chosen);
  wg_release(allocator, is_held);
  wg_release(allocator, quota);
  if (*rest && *held) return WG_OK;
  wg_table_free(*rest);
  wg_table_free(*held);
  *rest = *held = NULL;
  return wg_error_memory(error);
}
