/* draw_boundary_svg.c: the decision boundary as SVG. */
#include "svg.h"

#include <math.h>

enum { drawing_width = 760, drawing_height = 580, plot_size = 460, legend_left = 570, legend_rows = 18 };

static int64_t class_at(const wg_boundary *boundary, int64_t row, int64_t column) {
  return boundary->labels[row * boundary->width + column];
}

/* The area of one class: a path of one rectangle for each run of cells in a row. */
static void add_area(wg_text *text, const wg_boundary *boundary, const wg_svg_plot *plot, int64_t label) {
  double cell_width = plot->width / (double)boundary->width, cell_height = plot->height / (double)boundary->height;
  bool any = false;
  for (int64_t row = 0; row < boundary->height; row++)
    for (int64_t column = 0, run; column < boundary->width; column += run) {
      bool inside = class_at(boundary, row, column) == label;
      for (run = 1; column + run < boundary->width; run++)
        if ((class_at(boundary, row, column + run) == label) != inside) break;
      if (!inside) continue;
      if (!any) wg_text_print(text, "<path class=\"area%d\" d=\"", (int)(label % wg_svg_colors));
      any = true;
      double left = plot->left + (double)column * cell_width, top = plot->top + (double)row * cell_height;
      wg_text_add(text, "M");
      wg_svg_point(text, left, top);
      wg_text_add(text, "H");
      wg_svg_pixel(text, left + (double)run * cell_width);
      wg_text_add(text, "V");
      wg_svg_pixel(text, top + cell_height);
      wg_text_add(text, "H");
      wg_svg_pixel(text, left);
      wg_text_add(text, "z");
    }
  if (any) wg_text_add(text, "\"/>\n");
}

/* Lines between cells of different classes, so that areas can be told apart without color. */
static void add_edges(wg_text *text, const wg_boundary *boundary, const wg_svg_plot *plot) {
  double cell_width = plot->width / (double)boundary->width, cell_height = plot->height / (double)boundary->height;
  wg_text_add(text, "<path class=\"edge\" d=\"");
  for (int64_t row = 0; row < boundary->height; row++)
    for (int64_t column = 0; column < boundary->width; column++) {
      int64_t label = class_at(boundary, row, column);
      double right = plot->left + (double)(column + 1) * cell_width,
             bottom = plot->top + (double)(row + 1) * cell_height;
      if (column + 1 < boundary->width && class_at(boundary, row, column + 1) != label) {
        wg_text_add(text, "M");
        wg_svg_point(text, right, bottom - cell_height);
        wg_text_add(text, "V");
        wg_svg_pixel(text, bottom);
      }
      if (row + 1 < boundary->height && class_at(boundary, row + 1, column) != label) {
        wg_text_add(text, "M");
        wg_svg_point(text, right - cell_width, bottom);
        wg_text_add(text, "H");
        wg_svg_pixel(text, right);
      }
    }
  wg_text_add(text, "\"/>\n");
}

/* The samples of one class as one path of marks. */
static void add_samples(wg_text *text, const wg_table *table, const wg_svg_plot *plot, int64_t label) {
  bool any = false;
  for (int64_t i = 0; i < table->rows; i++) {
    double x = wg_table_feature(table, i, 0), y = wg_table_feature(table, i, 1);
    bool inside = x >= plot->x_min && x <= plot->x_max && y >= plot->y_min && y <= plot->y_max;
    if (table->labels[i] != label || !inside) continue;
    if (!any) wg_text_print(text, "<path class=\"halo mark%d\" d=\"", (int)(label % wg_svg_colors));
    any = true;
    wg_svg_mark(text, label, wg_svg_x(plot, x), wg_svg_y(plot, y));
  }
  if (any) wg_text_add(text, "\"/>\n");
}

static void add_legend(wg_text *text, const wg_boundary *boundary, const wg_table *table) {
  char name[WG_CLASS_TEXT_SIZE];
  int64_t shown = boundary->classes <= legend_rows ? boundary->classes : legend_rows - 1;
  wg_text_print(text, "<text x=\"%d\" y=\"64\">", legend_left - 12);
  wg_draw_xml(text, table->label_name ? table->label_name : "class", 22);
  wg_text_add(text, "</text>\n");
  for (int64_t k = 0; k < shown; k++) {
    int y = 90 + 25 * (int)k, color = (int)(k % wg_svg_colors);
    wg_text_print(
        text, "<rect class=\"area%d\" x=\"%d\" y=\"%d\" width=\"24\" height=\"20\"/><path class=\"halo mark%d\" d=\"",
        color, legend_left - 12, y - 10, color);
    wg_svg_mark(text, k, legend_left, y);
    wg_text_print(text, "\"/><text x=\"%d\" y=\"%d\">", legend_left + 20, y + 5);
    wg_draw_xml(text, wg_class_text(table, k, name), 20);
    wg_text_add(text, "</text>\n");
  }
  if (shown < boundary->classes)
    wg_text_print(text, "<text x=\"%d\" y=\"%d\">and %lld more</text>\n", legend_left + 20, 95 + 25 * (int)shown,
                  (long long)(boundary->classes - shown));
}

/* What the drawing shows, in words. */
static void describe(wg_text *text, const wg_boundary *boundary, const wg_table *table) {
  char name[WG_CLASS_TEXT_SIZE];
  wg_text_print(text, "The areas that a model gives to each of %lld classes, over ", (long long)boundary->classes);
  wg_draw_words(text, wg_draw_feature(table, 0), 40);
  wg_text_add(text, " from ");
  wg_draw_number(text, "%.3g", boundary->x_min);
  wg_text_add(text, " to ");
  wg_draw_number(text, "%.3g", boundary->x_max);
  wg_text_add(text, " and ");
  wg_draw_words(text, wg_draw_feature(table, 1), 40);
  wg_text_add(text, " from ");
  wg_draw_number(text, "%.3g", boundary->y_min);
  wg_text_add(text, " to ");
  wg_draw_number(text, "%.3g", boundary->y_max);
  wg_text_print(text, ", with %lld samples as marks:", (long long)table->rows);
  for (int64_t k = 0; k < boundary->classes && k < legend_rows; k++) {
    wg_text_add(text, k ? ", " : " ");
    wg_draw_words(text, wg_class_text(table, k, name), 40);
    wg_text_print(text, " by a %s", wg_svg_mark_name(k));
  }
  wg_text_add(text, ".");
}

wg_status wg_draw_boundary_svg(const wg_boundary *boundary, const wg_table *table, const char *title,
                               wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  if (table->columns != 2)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a boundary is drawn for two features, and here are %lld",
                        (long long)table->columns);
  const wg_svg_plot plot = {.left = 80,
                            .top = 50,
                            .width = plot_size,
                            .height = plot_size,
                            .x_min = boundary->x_min,
                            .x_max = boundary->x_max,
                            .y_min = boundary->y_min,
                            .y_max = boundary->y_max,
                            .x_label = wg_draw_feature(table, 0),
                            .y_label = wg_draw_feature(table, 1)};
  wg_text text = WG_TEXT_EMPTY(&boundary->allocator), description = WG_TEXT_EMPTY(&boundary->allocator);
  describe(&description, boundary, table);
  wg_svg_open(&text, "boundary", drawing_width, drawing_height, title ? title : "Decision boundary",
              wg_text_string(&description));
  text.failed = text.failed || description.failed;
  wg_text_free(&description);

  wg_text_add(&text, "<g shape-rendering=\"crispEdges\">\n");
  for (int64_t k = 0; k < boundary->classes; k++) add_area(&text, boundary, &plot, k);
  wg_text_add(&text, "</g>\n");
  add_edges(&text, boundary, &plot);
  for (int64_t k = 0; k < boundary->classes; k++) add_samples(&text, table, &plot, k);
  wg_svg_axes(&text, &plot);
  add_legend(&text, boundary, table);
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
