/* draw_boundary_text.c: the decision boundary for a terminal. */
#include "draw_text.h"

#include <math.h>

/* A cell of the drawing: the classes of its area (two rows where half blocks can show them), and of a sample in it. */
typedef struct cell {
  int64_t upper, lower;
  int64_t sample; /* −1 if there is none */
} cell;

static int64_t class_at(const wg_boundary *boundary, double x_share, double y_share) {
  int64_t column = (int64_t)(x_share * (double)boundary->width), row = (int64_t)(y_share * (double)boundary->height);
  column = column < boundary->width ? column : boundary->width - 1;
  row = row < boundary->height ? row : boundary->height - 1;
  return boundary->labels[row * boundary->width + column];
}

static void fill_cells(const wg_boundary *boundary, const wg_table *table, int columns, int rows, cell *cells) {
  for (int i = 0; i < rows * columns; i++) {
    int row = i / columns, column = i % columns;
    double x = (column + 0.5) / columns;
    cells[i].upper = class_at(boundary, x, (row + 0.25) / rows);
    cells[i].lower = class_at(boundary, x, (row + 0.75) / rows);
    cells[i].sample = -1;
  }
  for (int64_t i = 0; i < table->rows; i++) {
    double x = wg_draw_share(wg_table_feature(table, i, 0), boundary->x_min, boundary->x_max) * columns;
    double y = wg_draw_share(wg_table_feature(table, i, 1), boundary->y_max, boundary->y_min) * rows;
    if (!(x >= 0 && x < columns && y >= 0 && y < rows)) continue;
    cells[(int)y * columns + (int)x].sample = table->labels[i];
  }
}

static void add_cell(wg_text *text, const wg_terminal *terminal, const cell *shown) {
  if (terminal->color && shown->sample >= 0) {
    wg_draw_colors(text, wg_draw_mark_color(shown->sample), wg_draw_area_color(shown->lower));
    wg_text_add(text, wg_draw_mark(terminal, shown->sample));
  } else if (terminal->color && terminal->unicode) {
    wg_draw_colors(text, wg_draw_area_color(shown->upper), wg_draw_area_color(shown->lower));
    wg_text_add(text, "▀");
  } else if (terminal->color) {
    wg_draw_colors(text, wg_draw_mark_color(shown->lower), wg_draw_area_color(shown->lower));
    wg_text_add(text, " ");
  } else {
    wg_text_add(text, shown->sample >= 0 ? wg_draw_letter(shown->sample) : wg_draw_shade(shown->lower));
  }
}

static void add_row(wg_text *text, const wg_terminal *terminal, int columns, const cell *cells) {
  for (int i = 0; i < columns; i++) add_cell(text, terminal, &cells[i]);
  if (terminal->color) wg_text_add(text, "\x1b[0m");
}

static void add_legend(wg_text *text, const wg_boundary *boundary, const wg_table *table, const wg_terminal *terminal) {
  char name[WG_CLASS_TEXT_SIZE];
  const int shown_most = 26;
  for (int64_t k = 0; k < boundary->classes && k < shown_most; k++) {
    wg_text_add(text, "  ");
    if (terminal->color) {
      const cell one = {k, k, -1}, sample = {k, k, k};
      add_cell(text, terminal, &one);
      add_cell(text, terminal, &sample);
      add_cell(text, terminal, &one);
      wg_text_add(text, "\x1b[0m ");
    } else {
      wg_text_print(text, "%s%s%s ", wg_draw_shade(k), wg_draw_letter(k), wg_draw_shade(k));
    }
    wg_draw_words(text, wg_class_text(table, k, name), terminal->width - 18);
    wg_text_add(text, "\n");
  }
  if (boundary->classes > shown_most)
    wg_text_print(text, "  and %lld more\n", (long long)(boundary->classes - shown_most));
}

/* The features' names under the plot: "x: petal length, y: petal width". */
static void add_axis_names(wg_text *text, const wg_table *table, int width) {
  wg_text_add(text, "  across ");
  int used = wg_draw_words(text, wg_draw_feature(table, 0), (width - 16) / 2);
  wg_text_add(text, ", up ");
  wg_draw_words(text, wg_draw_feature(table, 1), width - 16 - used);
  wg_text_add(text, "\n");
}

wg_status wg_draw_boundary_text(const wg_boundary *boundary, const wg_table *table, const wg_terminal *terminal,
                                wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  wg_terminal used;
  wg_status status = wg_draw_terminal(terminal, &used, error);
  if (status == WG_OK && table->columns != 2)
    status = wg_error_set(error, WG_ERROR_ARGUMENT, "a boundary is drawn for two features, and here are %lld",
                          (long long)table->columns);
  if (status != WG_OK) return status;

  /* Cells of a terminal are about twice as high as wide. */
  int columns = used.width - wg_draw_gutter - 1 < 60 ? used.width - wg_draw_gutter - 1 : 60, rows = columns * 2 / 5;
  rows = rows < 3 ? 3 : rows;
  cell *cells = wg_allocate(&boundary->allocator, (size_t)columns * (size_t)rows, sizeof *cells);
  if (!cells) return wg_error_memory(error);
  fill_cells(boundary, table, columns, rows, cells);

  wg_text text = WG_TEXT_EMPTY(&boundary->allocator);
  for (int row = 0; row < rows; row++) {
    bool labeled = row == 0 || row == rows - 1;
    wg_draw_left_edge(&text, &used, labeled, row == 0 ? boundary->y_max : boundary->y_min);
    add_row(&text, &used, columns, cells + row * columns);
    wg_text_add(&text, "\n");
  }
  wg_draw_bottom_edge(&text, &used, columns, "%.3g", boundary->x_min, boundary->x_max);
  add_axis_names(&text, table, used.width);
  add_legend(&text, boundary, table, &used);
  wg_release(&boundary->allocator, cells);
  return wg_drawing_finish(&text, drawing, error);
}
