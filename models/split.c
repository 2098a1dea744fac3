/* split.c: a table cut into a training part and a held-out part, or into folds. */
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

wg_table *wg_table_take(const wg_table *table, size_t count, const size_t *rows) {
  const wg_allocator *allocator = &table->allocator;
  wg_table *part = wg_table_new_with(table->dtype, (int64_t)count, table->columns, table->classes, allocator);
  if (!part) return NULL;
  part->channels = table->channels;
  part->height = table->height;
  part->width = table->width;
  size_t row_bytes = (size_t)table->columns * wg_dtype_size(table->dtype);
  const char *from = table->features;
  for (size_t i = 0; i < count; i++) {
    if (row_bytes) memcpy((char *)part->features + i * row_bytes, from + rows[i] * row_bytes, row_bytes);
    part->labels[i] = table->labels[rows[i]];
  }
  bool copied = copy_names(allocator, table->columns, table->column_names, &part->column_names) &&
                copy_names(allocator, table->classes, table->class_names, &part->class_names) &&
                (!table->label_name || (part->label_name = copy_text(allocator, table->label_name)));
  if (copied) return part;
  wg_table_free(part);
  return NULL;
}

/* The rest's rows from the beginning of `chosen`, the held ones from its end, each in the random order. */
static size_t choose(size_t rows, const size_t *order, const bool *held, size_t *chosen) {
  size_t rest_count = 0, held_count = 0;
  for (size_t i = 0; i < rows; i++)
    if (held[order[i]])
      chosen[rows - ++held_count] = order[i];
    else
      chosen[rest_count++] = order[i];
  return rest_count;
}

/* Which rows to hold out, given a random order of all: sets held[], and may use counts[] (one for each class). */
typedef void marking(const wg_table *table, const void *how, const size_t *order, int64_t *counts, bool *held);

static wg_status cut(const wg_table *table, uint64_t seed, marking *mark, const void *how, wg_table **rest,
                     wg_table **held, wg_error *error) {
  for (int64_t i = 0; i < table->rows; i++)
    if (table->labels[i] < 0 || table->labels[i] >= table->classes)
      return wg_error_set(error, WG_ERROR_DATA, "sample %lld has label %lld, of %lld classes", (long long)i + 1,
                          (long long)table->labels[i], (long long)table->classes);

  const wg_allocator *allocator = &table->allocator;
  size_t rows = (size_t)table->rows;
  size_t *order = wg_allocate(allocator, rows, sizeof *order), *chosen = wg_allocate(allocator, rows, sizeof *chosen);
  bool *is_held = wg_allocate(allocator, rows, sizeof *is_held);
  int64_t *counts = wg_allocate_zeroed(allocator, (size_t)table->classes, sizeof *counts);
  if (order && chosen && is_held && counts) {
    wg_random random = wg_random_new(seed, WG_STREAM_SPLIT);
    for (size_t i = 0; i < rows; i++) order[i] = i;
    wg_random_shuffle(&random, rows, order);
    mark(table, how, order, counts, is_held);
    size_t rest_count = choose(rows, order, is_held, chosen);
    *rest = wg_table_take(table, rest_count, chosen);
    *held = wg_table_take(table, rows - rest_count, chosen + rest_count);
  }
  wg_release(allocator, order);
  wg_release(allocator, chosen);
  wg_release(allocator, is_held);
  wg_release(allocator, counts);
  if (*rest && *held) return WG_OK;
  wg_table_free(*rest);
  wg_table_free(*held);
  *rest = *held = NULL;
  return wg_error_memory(error);
}

/* ---- In two ---- */

/* Of each class the rounded fraction, those that come first in the random order. */
static void mark_part(const wg_table *table, const void *how, const size_t *order, int64_t *counts, bool *held) {
  const double *fraction = how;
  for (int64_t i = 0; i < table->rows; i++) counts[table->labels[i]]++;
  for (int64_t c = 0; c < table->classes; c++) counts[c] = (int64_t)floor(*fraction * (double)counts[c] + 0.5);
  for (int64_t i = 0; i < table->rows; i++) held[order[i]] = counts[table->labels[order[i]]]-- > 0;
}

wg_status wg_table_split(const wg_table *table, double fraction, uint64_t seed, wg_table **rest, wg_table **held,
                         wg_error *error) {
  *rest = *held = NULL;
  if (!(fraction >= 0 && fraction <= 1))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the held-out part must be from 0 to 1, not %g", fraction);
  return cut(table, seed, mark_part, &fraction, rest, held, error);
}

/* ---- In folds ---- */

typedef struct fold_choice {
  int64_t folds, fold;
} fold_choice;

/* The samples are dealt out to the folds in turn, those of one class after those of another, each class in the random
 * order. counts[] first becomes the place of each class's first sample in this row. */
static void mark_fold(const wg_table *table, const void *how, const size_t *order, int64_t *counts, bool *held) {
  const fold_choice *choice = how;
  for (int64_t i = 0; i < table->rows; i++) counts[table->labels[i]]++;
  for (int64_t c = 0, place = 0; c < table->classes; c++) {
    int64_t count = counts[c];
    counts[c] = place;
    place += count;
  }
  for (int64_t i = 0; i < table->rows; i++)
    held[order[i]] = counts[table->labels[order[i]]]++ % choice->folds == choice->fold;
}

wg_status wg_table_fold(const wg_table *table, int64_t folds, int64_t fold, uint64_t seed, wg_table **rest,
                        wg_table **held, wg_error *error) {
  const fold_choice choice = {folds, fold};
  *rest = *held = NULL;
  if (folds < 2 || folds > table->rows)
    return wg_error_set(error, WG_ERROR_ARGUMENT,
                        "%lld folds of %lld samples: there must be 2 or more, and a sample "
                        "for each",
                        (long long)folds, (long long)table->rows);
  if (fold < 0 || fold >= folds)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "fold %lld, of the folds 0 to %lld", (long long)fold,
                        (long long)folds - 1);
  return cut(table, seed, mark_fold, &choice, rest, held, error);
}
