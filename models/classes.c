/* classes.c: the classes of a table, numbered as they are in another one. */
#include "data.h"

#include "../engine/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_SIZE = 24 };

/* The names of a table's classes, sorted, with their numbers. */
typedef struct class_entry {
  const char *name;
  int64_t number;
} class_entry;

typedef struct class_index {
  int64_t count;
  class_entry *entries;
  char *digits; /* the names of classes without a name, or NULL */
} class_index;

static int by_name(const void *a, const void *b) {
  return strcmp(((const class_entry *)a)->name, ((const class_entry *)b)->name);
}

static void index_clear(class_index *index, const wg_allocator *allocator) {
  wg_release(allocator, index->entries);
  wg_release(allocator, index->digits);
}

static bool index_make(class_index *index, const wg_table *table, const wg_allocator *allocator) {
  size_t count = (size_t)table->classes;
  *index = (class_index){.count = table->classes, .entries = wg_allocate(allocator, count, sizeof *index->entries)};
  if (!table->class_names) index->digits = wg_allocate(allocator, count, DIGITS_SIZE);
  if (!index->entries || (!table->class_names && !index->digits)) return false;
  for (size_t k = 0; k < count; k++) {
    char *digits = index->digits ? index->digits + k * DIGITS_SIZE : NULL;
    if (digits) snprintf(digits, DIGITS_SIZE, "%zu", k);
    index->entries[k] = (class_entry){digits ? digits : table->class_names[k], (int64_t)k};
  }
  return true;
}

static void index_sort(class_index *index) {
  qsort(index->entries, (size_t)index->count, sizeof *index->entries, by_name);
}

/* numbers[k] is the number in `like` of the table's class k; −1 if it has none. */
static bool find_numbers(const wg_table *table, const wg_table *like, const wg_allocator *allocator, int64_t *numbers) {
  class_index own, other = {0};
  bool made = index_make(&own, table, allocator) && index_make(&other, like, allocator);
  if (made) index_sort(&other);
  for (int64_t k = 0; made && k < own.count; k++) {
    const class_entry *found =
        bsearch(&own.entries[k], other.entries, (size_t)other.count, sizeof *other.entries, by_name);
    numbers[k] = found ? found->number : -1;
  }
  index_clear(&own, allocator);
  index_clear(&other, allocator);
  return made;
}

static char **copy_names(const wg_table *like, const wg_allocator *allocator) {
  char **names = wg_allocate_zeroed(allocator, (size_t)like->classes, sizeof *names);
  bool complete = names != NULL;
  for (int64_t k = 0; complete && k < like->classes; k++) {
    size_t size = strlen(like->class_names[k]) + 1;
    names[k] = wg_allocate(allocator, size, 1);
    complete = names[k] != NULL;
    if (complete) memcpy(names[k], like->class_names[k], size);
  }
  if (complete || !names) return names;
  for (int64_t k = 0; k < like->classes; k++) wg_release(allocator, names[k]);
  wg_release(allocator, names);
  return NULL;
}

/* "a, b, c", or as many of them as fit. */
static void list_classes(const wg_table *table, size_t size, char *list) {
  *list = 0;
  for (int64_t k = 0; k < table->classes; k++) {
    char text[WG_CLASS_TEXT_SIZE];
    wg_class_text(table, k, text);
    if (strlen(list) + strlen(text) + 8 > size) {
      strcat(list, " …");
      return;
    }
    strcat(strcat(list, k ? ", " : ""), text);
  }
}

static wg_status check(const wg_table *table, const wg_table *like, const int64_t *numbers, wg_error *error) {
  for (int64_t i = 0; i < table->rows; i++) {
    int64_t label = table->labels[i];
    char text[WG_CLASS_TEXT_SIZE], list[160];
    if (label < 0 || label >= table->classes)
      return wg_error_set(error, WG_ERROR_DATA, "sample %" PRId64 " has label %" PRId64 ", of %" PRId64 " classes",
                          i + 1, label, table->classes);
    if (numbers[label] >= 0) continue;
    list_classes(like, sizeof list, list);
    return wg_error_set(error, WG_ERROR_DATA, "sample %" PRId64 " is of the class '%s', and the known ones are %s",
                        i + 1, wg_class_text(table, label, text), list);
  }
  return WG_OK;
}

wg_status wg_table_match_classes(wg_table *table, const wg_table *like, wg_error *error) {
  const wg_allocator *allocator = &table->allocator;
  int64_t *numbers = wg_allocate(allocator, (size_t)table->classes, sizeof *numbers);
  char **names = NULL;
  bool found = numbers && find_numbers(table, like, allocator, numbers);
  wg_status status = found ? check(table, like, numbers, error) : wg_error_memory(error);
  if (status == WG_OK && like->class_names && !(names = copy_names(like, allocator))) status = wg_error_memory(error);
  if (status == WG_OK) {
    for (int64_t i = 0; i < table->rows; i++) table->labels[i] = numbers[table->labels[i]];
    for (int64_t k = 0; table->class_names && k < table->classes; k++) wg_release(allocator, table->class_names[k]);
    wg_release(allocator, table->class_names);
    table->class_names = names;
    table->classes = like->classes;
  }
  wg_release(allocator, numbers);
  return status;
}
