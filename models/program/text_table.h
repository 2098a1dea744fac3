/* text_table.h: rows of cells, printed in columns that line up; UTF-8 is measured in columns of the screen. */
#ifndef WG_PROGRAM_TEXT_TABLE_H
#define WG_PROGRAM_TEXT_TABLE_H

#include "terminal.h"

typedef struct text_table_cell {
  char *text;
  text_style look;
} text_table_cell;

enum { TEXT_TABLE_COLUMNS_MAX = 32 };

typedef struct text_table {
  const char *alignment; /* one letter a column: l or r */
  int columns;
  text_table_cell *cells; /* row by row */
  size_t count, capacity;
  bool failed; /* there was no memory; the table then prints nothing */
} text_table;

/* A table with that alignment, which must outlive it; at most TEXT_TABLE_COLUMNS_MAX letters. */
text_table text_table_new(const char *alignment);
void text_table_free(text_table *cells);

/* Adds the next cell, from left to right, row after row. */
void text_table_add(text_table *cells, text_style look, const char *format, ...) WG_PRINTF(3, 4);

/* A row of titles, separated by '|': "id|name|op". */
void text_table_titles(text_table *cells, const char *titles);

/* Prints all rows, set in by two columns, with two between columns. Where they are wider than a terminal, the last
 * column is broken into lines; elsewhere, in files and pipes, a row is a line. Returns false if there was no memory. */
bool text_table_print(const text_table *cells, const terminal *t);

#endif
