#include "text_table.h"
#include "../../engine/text.h"
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, GAP = 2, LAST_LEAST = 12, TEXT_SIZE = 1024 };

text_table text_table_new(const char *alignment) {
  return (text_table){.alignment = alignment, .columns = (int)strlen(alignment)};
}

void text_table_free(text_table *cells) {
  for (size_t i = 0; i < cells->count; i++) free(cells->cells[i].text);
  free(cells->cells);
  *cells = (text_table){.alignment = cells->alignment, .columns = cells->columns};
}

static void cell_add(text_table *cells, text_style look, const char *text) {
  if (cells->failed) return;
  text_table_cell *moved = wg_grow(&wg_allocator_default, cells->cells, cells->count, &cells->capacity, sizeof *moved);
  size_t size = strlen(text) + 1;
  char *copy = moved ? malloc(size) : NULL;
  if (moved) cells->cells = moved;
  if (!copy) {
    cells->failed = true;
    return;
  }
  memcpy(copy, text, size);
  cells->cells[cells->count++] = (text_table_cell){copy, look};
}

void text_table_add(text_table *cells, text_style look, const char *format, ...) {
  char text[TEXT_SIZE];
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(text, sizeof text, format, arguments);
  va_end(arguments);
  cell_add(cells, look, text);
}

void text_table_titles(text_table *cells, const char *titles) {
  for (const char *at = titles;; at++) {
    size_t length = strcspn(at, "|");
    text_table_add(cells, STYLE_QUIET, "%.*s", (int)length, at);
    at += length;
    if (!*at) return;
  }
}

/* One cell, filled up with spaces unless it ends the line; then it is broken into lines if it must be. */
static void cell_print(const terminal *t, const text_table_cell *cell, int column, int width, bool right, bool last) {
  int space = width - text_width(cell->text);
  if (right && space > 0) fprintf(t->out, "%*s", space, "");
  if (cell->look) fputs(terminal_style(t, cell->look), t->out);
  if (last && space < 0)
    text_wrap(t->out, column + width, column, cell->text);
  else
    fputs(cell->text, t->out);
  if (cell->look) fputs(terminal_style(t, STYLE_PLAIN), t->out);
  if (!right && !last && space > 0) fprintf(t->out, "%*s", space, "");
}

/* Widths of the columns that fit the terminal: the last one gives way. */
static void widths_measure(const text_table *cells, const terminal *t, int widths[TEXT_TABLE_COLUMNS_MAX]) {
  int total = INDENT - GAP, last = cells->columns - 1;
  for (size_t i = 0; i < cells->count; i++) {
    int column = (int)(i % (size_t)cells->columns), width = text_width(cells->cells[i].text);
    if (width > widths[column]) widths[column] = width;
  }
  for (int i = 0; i < cells->columns; i++) total += widths[i] + GAP;
  int excess = total - t->width;
  if (!t->screen || excess <= 0) return;
  int room = widths[last] - excess;
  if (room < LAST_LEAST) room = widths[last] < LAST_LEAST ? widths[last] : LAST_LEAST;
  widths[last] = room;
}

bool text_table_print(const text_table *cells, const terminal *t) {
  int widths[TEXT_TABLE_COLUMNS_MAX] = {0};
  if (cells->failed) return false;
  widths_measure(cells, t, widths);
  size_t columns = (size_t)cells->columns;
  for (size_t row = 0; row + columns <= cells->count; row += columns) {
    /* Empty cells at the end of a row print nothing, not even the spaces before them. */
    int used = cells->columns;
    while (used > 0 && !*cells->cells[row + (size_t)used - 1].text) used--;
    fprintf(t->out, "%*s", used ? INDENT : 0, "");
    int column = INDENT;
    for (int i = 0; i < used; i++) {
      if (i) fprintf(t->out, "%*s", GAP, "");
      cell_print(t, &cells->cells[row + (size_t)i], column, widths[i], cells->alignment[i] == 'r', i == used - 1);
      column += widths[i] + GAP;
    }
    fputc('\n', t->out);
  }
  return true;
}
