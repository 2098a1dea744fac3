/* csv_write.c: a table as comma-separated values. */
#include "csv.h"
#include "csv_fields.h"
#include "draw_internal.h"
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fewest digits that give the same number back. */
static void add_number(wg_text *text, wg_dtype dtype, double value) {
  int digits = dtype == WG_F32 ? 6 : 15, most = dtype == WG_F32 ? 9 : 17;
  char format[16], number[WG_DIGITS_SIZE];
  for (;; digits++) {
    snprintf(format, sizeof format, "%%.%dg", digits);
    snprintf(number, sizeof number, format, value);
    double read = dtype == WG_F32 ? (double)strtof(number, NULL) : strtod(number, NULL);
    if (digits == most || read == value) break;
  }
  wg_draw_number(text, format, value);
}

/* A name that could be read as something else stands in quotes, and quotes in it are doubled. */
static void add_name(wg_text *text, const char *name) {
  const wg_csv_field field = {.text = name, .length = strlen(name)};
  double number;
  int64_t whole;
  bool blank = field.length == 0 || strchr(" \t", name[0]) || strchr(" \t", name[field.length - 1]);
  bool numeric = wg_csv_number(&field, &number) != WG_CSV_TEXT && !wg_csv_whole(&field, &whole);
  if (!blank && !numeric && !strpbrk(name, ",\"\r\n")) {
    wg_text_add(text, name);
    return;
  }
  wg_text_add(text, "\"");
  for (const char *c = name; *c; c++) {
    if (*c == '"') wg_text_add(text, "\"");
    wg_text_add_bytes(text, c, 1);
  }
  wg_text_add(text, "\"");
}

static void add_names(wg_text *text, const wg_table *table) {
  for (int64_t j = 0; j < table->columns; j++) {
    if (j) wg_text_add(text, ",");
    add_name(text, table->column_names[j]);
  }
  if (table->classes > 0) {
    wg_text_add(text, ",");
    add_name(text, table->label_name ? table->label_name : "class");
  }
  wg_text_add(text, "\n");
}

static void add_row(wg_text *text, const wg_table *table, int64_t row) {
  for (int64_t j = 0; j < table->columns; j++) {
    if (j) wg_text_add(text, ",");
    add_number(text, table->dtype, wg_table_feature(table, row, j));
  }
  int64_t label = table->labels[row];
  if (table->classes > 0) wg_text_add(text, ",");
  if (table->classes > 0 && table->class_names && label >= 0 && label < table->classes)
    add_name(text, table->class_names[label]);
  else if (table->classes > 0)
    wg_text_print(text, "%lld", (long long)label);
  wg_text_add(text, "\n");
}

wg_status wg_csv_write(const char *path, const wg_table *table, wg_error *error) {
  wg_file_writer *writer;
  wg_status status = wg_file_writer_new(path, NULL, &wg_file_system_default, &table->allocator, &writer, error);
  if (status != WG_OK) return status;
  for (int64_t i = table->column_names ? -1 : 0; status == WG_OK && i < table->rows; i++) {
    wg_text line = WG_TEXT_EMPTY(&table->allocator);
    if (i < 0)
      add_names(&line, table);
    else
      add_row(&line, table, i);
    if (line.failed)
      status = wg_error_memory(error);
    else
      wg_file_writer_add(writer, line.data, line.length);
    wg_text_free(&line);
  }
  if (status == WG_OK) status = wg_file_writer_finish(writer, error);
  wg_file_writer_free(writer);
  return status;
}
