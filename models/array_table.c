/* array_table.c: tables of samples made of arrays, and the arrays of a table. */
#include "array.h"

#include "../engine/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Labels up to here are the numbers of their classes. */
enum { CLASS_NUMBER_MAX = 65535 };

typedef struct table_job {
  const char *name;
  const wg_allocator *allocator;
  wg_error *error;
  wg_table *table;
} table_job;

/* ---- Features ---- */

static bool few(int64_t channels) { return channels == 1 || channels == 3 || channels == 4; }
static bool channels_last(const wg_array *array) {
  return array->rank == 4 && few(array->size[3]) && !few(array->size[1]);
}

static bool narrow(wg_element element) {
  return element == WG_ELEMENT_F32 || element == WG_ELEMENT_I8 || element == WG_ELEMENT_U8 ||
         element == WG_ELEMENT_I16 || element == WG_ELEMENT_U16;
}

static void take_image_sizes(const wg_array *array, wg_table *sizes) {
  if (array->rank == 3) {
    sizes->channels = 1;
    sizes->height = array->size[1];
    sizes->width = array->size[2];
  } else if (array->rank == 4) {
    bool last = channels_last(array);
    sizes->channels = array->size[last ? 3 : 1];
    sizes->height = array->size[last ? 1 : 2];
    sizes->width = array->size[last ? 2 : 3];
  }
}

/* Column j of a row, from the elements of that row. Channels that come last are put first. */
static int64_t place(const wg_array *array, const wg_table *table, int64_t j) {
  if (!channels_last(array)) return j;
  int64_t area = table->height * table->width;
  return j % area * table->channels + j / area;
}

static wg_status fail_feature(table_job *job, int64_t row, int64_t column, double value) {
  return wg_error_set(job->error, WG_ERROR_DATA,
                      "%s: sample %" PRId64 ", feature %" PRId64 ": %g is not a finite number", job->name, row + 1,
                      column + 1, value);
}

static wg_status take_features(table_job *job, const wg_array *array, int64_t skipped_column) {
  bool skips = skipped_column >= 0;
  int64_t rows = array->size[0], elements = rows ? array->count / rows : 0;
  if (rows == 0) return wg_error_set(job->error, WG_ERROR_DATA, "%s: there are no samples", job->name);
  if (elements == 0) return wg_error_set(job->error, WG_ERROR_DATA, "%s: the samples have no features", job->name);
  wg_table *table =
      wg_table_new_with(narrow(array->element) ? WG_F32 : WG_F64, rows, elements - skips, 0, job->allocator);
  if (!table) return wg_error_memory(job->error);
  job->table = table;
  take_image_sizes(array, table);
  double unit = array->element == WG_ELEMENT_U8 && array->rank >= 3 ? 255 : 1;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < table->columns; j++) {
      int64_t element = place(array, table, j);
      if (skips && element >= skipped_column) element++;
      double x = wg_array_number(array, i * elements + element) / unit;
      if (!isfinite(x)) return fail_feature(job, i, element, x);
      wg_table_set_feature(table, i, j, x);
    }
  return WG_OK;
}

/* ---- Labels ---- */

typedef struct ranked_label {
  int64_t value, row;
} ranked_label;

static int by_value(const void *a, const void *b) {
  const ranked_label *x = a, *y = b;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  return (x->row > y->row) - (x->row < y->row);
}

/* Labels that are no numbers of classes: class k is the k-th smallest, named by its number. */
static wg_status rank_labels(table_job *job) {
  wg_table *table = job->table;
  size_t rows = (size_t)table->rows;
  ranked_label *ranked = wg_allocate(job->allocator, rows, sizeof *ranked);
  if (!ranked) return wg_error_memory(job->error);
  for (size_t i = 0; i < rows; i++) ranked[i] = (ranked_label){table->labels[i], (int64_t)i};
  qsort(ranked, rows, sizeof *ranked, by_value);
  int64_t classes = 0;
  for (size_t i = 0; i < rows; i++) {
    if (i == 0 || ranked[i].value != ranked[i - 1].value) classes++;
    table->labels[ranked[i].row] = classes - 1;
  }
  table->class_names = wg_allocate_zeroed(job->allocator, (size_t)classes, sizeof(char *));
  bool complete = table->class_names != NULL;
  table->classes = complete ? classes : 0;
  for (size_t i = 0; complete && i < rows; i++) {
    char **name = &table->class_names[table->labels[ranked[i].row]];
    if (*name) continue;
    *name = wg_allocate(job->allocator, 24, 1);
    complete = *name != NULL;
    if (complete) snprintf(*name, 24, "%" PRId64, ranked[i].value);
  }
  wg_release(job->allocator, ranked);
  return complete ? WG_OK : wg_error_memory(job->error);
}

/* The table's labels hold the numbers as they were read. */
static wg_status number_classes(table_job *job) {
  wg_table *table = job->table;
  int64_t largest = -1;
  for (int64_t i = 0; i < table->rows; i++) {
    if (table->labels[i] < 0 || table->labels[i] > CLASS_NUMBER_MAX) return rank_labels(job);
    if (table->labels[i] > largest) largest = table->labels[i];
  }
  table->classes = largest + 1;
  return WG_OK;
}

/* Row i of one-hot rows: where its single 1 is; −1 if it is none. */
static int64_t hot(const wg_array *labels, int64_t i) {
  int64_t found = -1, columns = labels->size[1];
  for (int64_t k = 0; k < columns; k++) {
    double value = wg_array_number(labels, i * columns + k);
    if (value == 0) continue;
    if (value != 1 || found >= 0) return -1;
    found = k;
  }
  return found;
}

static wg_status take_labels(table_job *job, const wg_array *labels, int64_t stride, int64_t offset) {
  wg_table *table = job->table;
  for (int64_t i = 0; i < table->rows; i++)
    if (!wg_array_integer(labels, i * stride + offset, &table->labels[i]))
      return wg_error_set(job->error, WG_ERROR_DATA, "%s: sample %" PRId64 ": the label %g is not a whole number",
                          job->name, i + 1, wg_array_number(labels, i * stride + offset));
  return number_classes(job);
}

static wg_status take_hot_labels(table_job *job, const wg_array *labels) {
  wg_table *table = job->table;
  for (int64_t i = 0; i < table->rows; i++) {
    table->labels[i] = hot(labels, i);
    if (table->labels[i] < 0)
      return wg_error_set(job->error, WG_ERROR_DATA,
                          "%s: sample %" PRId64 ": its labels are not a single 1 among zeros", job->name, i + 1);
  }
  table->classes = labels->size[1];
  return WG_OK;
}

static wg_status check_labels(table_job *job, const wg_array *features, const wg_array *labels) {
  if (labels->rank != 1 && labels->rank != 2)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: the labels have %d axes, and should have one", job->name,
                        labels->rank);
  if (labels->size[0] != features->size[0])
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: %" PRId64 " samples, but %" PRId64 " labels", job->name,
                        features->size[0], labels->size[0]);
  return WG_OK;
}

/* ---- Tables ---- */

static wg_status finish(table_job *job, wg_status status, wg_table **table) {
  if (status == WG_OK)
    *table = job->table;
  else
    wg_table_free(job->table);
  return status;
}

wg_status wg_arrays_table(const char *name, const wg_array *features, const wg_array *labels,
                          const wg_allocator *allocator, wg_table **table, wg_error *error) {
  *table = NULL;
  table_job job = {name, allocator ? allocator : &wg_allocator_default, error, NULL};
  if (features->rank < 1) return wg_error_set(error, WG_ERROR_DATA, "%s: a single number is no table of samples", name);
  wg_status status = labels ? check_labels(&job, features, labels) : WG_OK;
  if (status == WG_OK) status = take_features(&job, features, -1);
  if (status == WG_OK && labels && labels->rank == 2 && labels->size[1] != 1)
    status = take_hot_labels(&job, labels);
  else if (status == WG_OK && labels)
    status = take_labels(&job, labels, 1, 0);
  return finish(&job, status, table);
}

wg_status wg_array_table(const char *name, const wg_array *array, int64_t label_column, const wg_allocator *allocator,
                         wg_table **table, wg_error *error) {
  *table = NULL;
  table_job job = {name, allocator ? allocator : &wg_allocator_default, error, NULL};
  if (array->rank != 2)
    return wg_error_set(error, WG_ERROR_DATA, "%s: the array has %d axes; with labels in a column it has two", name,
                        array->rank);
  int64_t columns = array->size[1], label = label_column == 0 ? columns - 1 : label_column - 1;
  if (columns < 2)
    return wg_error_set(error, WG_ERROR_DATA, "%s: a label and at least one feature need two columns or more", name);
  if (label < 0 || label >= columns)
    return wg_error_set(error, WG_ERROR_DATA,
                        "%s: there is no column %" PRId64 " to take labels from, of %" PRId64 " columns", name,
                        label_column, columns);
  wg_status status = take_features(&job, array, label);
  if (status == WG_OK) status = take_labels(&job, array, columns, label);
  return finish(&job, status, table);
}

wg_array *wg_table_features(const wg_table *table, const wg_allocator *allocator) {
  bool image = table->channels > 0, gray = table->channels == 1;
  int64_t sizes[4] = {table->rows, table->columns};
  if (image) {
    sizes[1] = gray ? table->height : table->channels;
    sizes[2] = gray ? table->width : table->height;
    sizes[3] = table->width;
  }
  wg_element element = table->dtype == WG_F32 ? WG_ELEMENT_F32 : WG_ELEMENT_F64;
  wg_array *array = wg_array_new(element, image ? gray ? 3 : 4 : 2, sizes, allocator);
  if (array && array->count) memcpy(array->data, table->features, (size_t)array->count * wg_element_size(element));
  return array;
}

wg_array *wg_table_labels(const wg_table *table, const wg_allocator *allocator) {
  wg_array *array = wg_array_new(WG_ELEMENT_I64, 1, &table->rows, allocator);
  if (array && array->count) memcpy(array->data, table->labels, (size_t)array->count * sizeof(int64_t));
  return array;
}
