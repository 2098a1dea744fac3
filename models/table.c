#include "data.h"

#include "../engine/text.h"

#include <inttypes.h>

wg_table *wg_table_new(int64_t rows, int64_t columns, int64_t classes, const wg_allocator *allocator) {
  return wg_table_new_with(WG_F64, rows, columns, classes, allocator);
}

wg_table *wg_table_new_with(wg_dtype dtype, int64_t rows, int64_t columns, int64_t classes,
                            const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  size_t elements;
  if (dtype != WG_F32 && dtype != WG_F64) return NULL;
  if (rows < 0 || columns < 0 || classes < 0 || !wg_size_multiply((size_t)rows, (size_t)columns, &elements))
    return NULL;
  wg_table *table = wg_allocate_zeroed(allocator, 1, sizeof *table);
  if (!table) return NULL;
  table->allocator = *allocator;
  table->rows = rows;
  table->columns = columns;
  table->classes = classes;
  table->dtype = dtype;
  table->features = wg_allocate_zeroed(allocator, elements, wg_dtype_size(dtype));
  table->labels = wg_allocate_zeroed(allocator, (size_t)rows, sizeof(int64_t));
  if (table->features && table->labels) return table;
  wg_table_free(table);
  return NULL;
}

static void free_names(const wg_allocator *allocator, int64_t count, char **names) {
  for (int64_t i = 0; names && i < count; i++) wg_release(allocator, names[i]);
  wg_release(allocator, names);
}

void wg_table_free(wg_table *table) {
  if (!table) return;
  wg_allocator allocator = table->allocator;
  free_names(&allocator, table->columns, table->column_names);
  free_names(&allocator, table->classes, table->class_names);
  wg_release(&allocator, table->label_name);
  wg_release(&allocator, table->labels);
  wg_release(&allocator, table->features);
  wg_release(&allocator, table);
}

double wg_table_feature(const wg_table *table, int64_t row, int64_t column) {
  int64_t i = row * table->columns + column;
  return table->dtype == WG_F32 ? (double)((const float *)table->features)[i] : ((const double *)table->features)[i];
}

void wg_table_set_feature(wg_table *table, int64_t row, int64_t column, double value) {
  int64_t i = row * table->columns + column;
  if (table->dtype == WG_F32)
    ((float *)table->features)[i] = (float)value;
  else
    ((double *)table->features)[i] = value;
}

static void print_into(char *text, size_t size, const char *format, ...) WG_PRINTF(3, 4);
static void print_into(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(text, size, format, arguments);
  va_end(arguments);
}

const char *wg_class_text(const wg_table *table, int64_t label, char text[WG_CLASS_TEXT_SIZE]) {
  const char *name = NULL;
  if (table->class_names && label >= 0 && label < table->classes) name = table->class_names[label];
  if (name)
    print_into(text, WG_CLASS_TEXT_SIZE, "%s", name);
  else
    print_into(text, WG_CLASS_TEXT_SIZE, "%" PRId64, label);
  return text;
}
