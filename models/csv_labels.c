#include "csv_labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_integers(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int by_number(const void *a, const void *b) {
  const wg_csv_label *x = a, *y = b;
  int order = compare_integers(x->number, y->number);
  return order ? order : compare_integers(x->row, y->row);
}

static int compare_texts(const wg_csv_field *a, const wg_csv_field *b) {
  size_t shorter = a->length < b->length ? a->length : b->length;
  int order = shorter ? memcmp(a->text, b->text, shorter) : 0;
  return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int by_text(const void *a, const void *b) {
  const wg_csv_label *x = a, *y = b;
  int order = compare_texts(&x->field, &y->field);
  return order ? order : compare_integers(x->row, y->row);
}

/* A class: a run of equal labels in the sorted array. */
typedef struct label_run {
  size_t first, count;
  int64_t row; /* of its first appearance */
} label_run;

static int by_row(const void *a, const void *b) {
  return compare_integers(((const label_run *)a)->row, ((const label_run *)b)->row);
}

static char *class_name(const wg_csv_label *label, bool whole, const wg_allocator *allocator) {
  if (!whole) return wg_csv_copy(&label->field, allocator);
  char *name = wg_allocate(allocator, 24, 1);
  if (name) snprintf(name, 24, "%lld", (long long)label->number);
  return name;
}

static bool starts_run(const wg_csv_label *labels, size_t i, bool whole) {
  if (i == 0) return true;
  return whole ? labels[i].number != labels[i - 1].number : compare_texts(&labels[i].field, &labels[i - 1].field) != 0;
}

bool wg_csv_classify(wg_table *table, size_t count, wg_csv_label *labels, bool whole) {
  const wg_allocator *allocator = &table->allocator;
  qsort(labels, count, sizeof *labels, whole ? by_number : by_text);
  size_t classes = 0;
  for (size_t i = 0; i < count; i++) classes += starts_run(labels, i, whole);
  label_run *runs = wg_allocate(allocator, classes, sizeof *runs);
  table->class_names = wg_allocate_zeroed(allocator, classes, sizeof(char *));
  table->classes = table->class_names ? (int64_t)classes : 0;
  bool complete = runs && table->class_names;

  size_t last = 0;
  for (size_t i = 0; complete && i < count; i++) {
    if (starts_run(labels, i, whole)) runs[last++] = (label_run){.first = i, .row = labels[i].row};
    runs[last - 1].count++;
  }
  if (complete && !whole) qsort(runs, classes, sizeof *runs, by_row);
  for (size_t k = 0; complete && k < classes; k++) {
    for (size_t i = 0; i < runs[k].count; i++) table->labels[labels[runs[k].first + i].row] = (int64_t)k;
    table->class_names[k] = class_name(&labels[runs[k].first], whole, allocator);
    complete = table->class_names[k] != NULL;
  }
  wg_release(allocator, runs);
  return complete;
}
