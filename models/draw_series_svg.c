/* draw_series_svg.c: curves over one axis as SVG, each with its own mark and a line in the legend. */
#include "draw_series.h"
#include "svg.h"

#include <math.h>

enum { drawing_width = 760, drawing_height = 430, legend_left = 540, name_columns = 24 };

static void widen(double value, double *low, double *high) {
  if (!isfinite(value)) return;
  if (value < *low) *low = value;
  if (value > *high) *high = value;
}

/* The edges of the plot: all finite points, and 0 below them. */
static void set_range(wg_svg_plot *plot, size_t count, const wg_series *series) {
  plot->x_min = plot->x_max = count && series[0].count ? series[0].x[0] : 0;
  for (size_t s = 0; s < count; s++)
    for (size_t i = 0; i < series[s].count; i++) {
      widen(series[s].x[i], &plot->x_min, &plot->x_max);
      widen(series[s].y[i], &plot->y_min, &plot->y_max);
    }
  if (!(plot->x_max > plot->x_min)) plot->x_max = plot->x_min + 1;
  if (!(plot->y_max > plot->y_min)) plot->y_max = plot->y_min + 1;
  plot->y_max += (plot->y_max - plot->y_min) * 0.05;
}

/* A line through the points, broken at those that are not finite, and the marks upon it. */
static void add_series(wg_text *text, const wg_svg_plot *plot, const wg_series *series, size_t number) {
  for (int marks = 0; marks < 2; marks++) {
    bool broken = true;
    if (marks)
      wg_text_print(text, "<path class=\"mark%zu halo\" d=\"", number % wg_svg_colors);
    else
      wg_text_add(text, "<path class=\"tick\" d=\"");
    for (size_t i = 0; i < series->count; i++) {
      bool good = isfinite(series->x[i]) && isfinite(series->y[i]);
      double x = wg_svg_x(plot, series->x[i]), y = wg_svg_y(plot, series->y[i]);
      if (good && marks) wg_svg_mark(text, (int64_t)number, x, y);
      if (good && !marks) wg_text_add(text, broken ? "M" : "L");
      if (good && !marks) wg_svg_point(text, x, y);
      broken = !good;
    }
    wg_text_add(text, "\"/>\n");
  }
}

static void add_legend(wg_text *text, size_t number, const char *name) {
  double y = 70 + 24 * (double)number;
  wg_text_print(text, "<path class=\"mark%zu halo\" d=\"", number % wg_svg_colors);
  wg_svg_mark(text, (int64_t)number, legend_left, y - 5);
  wg_text_print(text, "\"/>\n<text x=\"%d\" y=\"%.0f\">", legend_left + 14, y);
  wg_draw_xml(text, name, name_columns);
  wg_text_add(text, "</text>\n");
}

wg_status wg_draw_series_svg(size_t count, const wg_series *series, const wg_series_labels *labels,
                             const wg_allocator *allocator, wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  wg_svg_plot plot = {.left = 80, .top = 50, .width = 440, .height = 310, .x_label = labels->x, .y_label = labels->y};
  set_range(&plot, count, series);
  wg_text text = WG_TEXT_EMPTY(allocator ? allocator : &wg_allocator_default);
  wg_svg_open(&text, "series", drawing_width, drawing_height, labels->title, labels->description);
  wg_svg_axes(&text, &plot);
  for (size_t s = 0; s < count; s++) {
    add_series(&text, &plot, &series[s], s);
    add_legend(&text, s, series[s].name);
  }
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
