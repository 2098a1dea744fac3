/* draw_series_svg.c: curves over one axis as SVG, each with its own mark and dashes and a line in the legend. */
#include "draw_series.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>

enum { drawing_width = 760, drawing_height = 430, legend_left = 540, name_columns = 24 };

static void widen(double value, double *low, double *high) {
  if (!isfinite(value)) return;
  if (value < *low) *low = value;
  if (value > *high) *high = value;
}

/* Numbers begin at 0, powers anywhere; a margin keeps marks off the frame. */
static void set_range(const wg_axis *axis, double *low, double *high) {
  if (!(*high >= *low)) *low = *high = 0;
  if (axis->names) {
    *low = -0.5;
    *high = (double)axis->name_count - 0.5;
    return;
  }
  if (!axis->powers && *low > 0) *low = 0;
  if (axis->most > 0 && *high > axis->most) *high = axis->most;
  if (*high == *low) *high += 1;
  double margin = (*high - *low) * 0.06;
  *high += margin;
  if (axis->powers) *low -= margin;
}

static void set_ranges(wg_svg_plot *plot, size_t count, const wg_series *series, const wg_series_labels *labels) {
  plot->x_min = plot->y_min = INFINITY;
  plot->x_max = plot->y_max = -INFINITY;
  for (size_t s = 0; s < count; s++)
    for (size_t i = 0; i < series[s].count; i++) {
      if (!isfinite(series[s].x[i]) || !isfinite(series[s].y[i])) continue;
      widen(series[s].x[i], &plot->x_min, &plot->x_max);
      widen(series[s].y[i], &plot->y_min, &plot->y_max);
    }
  set_range(&labels->x, &plot->x_min, &plot->x_max);
  set_range(&labels->y, &plot->y_min, &plot->y_max);
}

/* ---- Axes ---- */

/* 10 to that power: "0.01", "1", "1000", "10⁴". */
static char *power_text(int power, char text[WG_DIGITS_SIZE]) {
  static const char *const superscripts[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  if (power >= -3 && power <= 3) {
    wg_draw_digits(text, "%.6g", pow(10, power));
    return text;
  }
  int digits = power < 0 ? -power : power, divisor = 1;
  size_t length = (size_t)snprintf(text, WG_DIGITS_SIZE, "10%s", power < 0 ? "⁻" : "");
  while (digits / divisor >= 10) divisor *= 10;
  for (; divisor && length + 4 < WG_DIGITS_SIZE; divisor /= 10)
    length += (size_t)snprintf(text + length, WG_DIGITS_SIZE - length, "%s", superscripts[digits / divisor % 10]);
  return text;
}

void wg_svg_powers(wg_text *text, const wg_svg_plot *plot, bool upright) {
  double low = upright ? plot->y_min : plot->x_min, high = upright ? plot->y_max : plot->x_max;
  char label[WG_DIGITS_SIZE];
  double step = ceil((high - low) / 8);
  for (double power = ceil(low / step) * step; power <= high; power += step)
    wg_svg_tick(text, plot, upright, power, power_text((int)power, label));
  if (high - low > 2.5) return;
  for (double power = floor(low); power <= high; power++)
    for (int leading = 2; leading <= 5; leading += 3) {
      double value = power + log10(leading);
      if (value < low || value > high) continue;
      wg_draw_digits(label, "%.6g", leading * pow(10, power));
      wg_svg_tick(text, plot, upright, value, label);
    }
}

static void add_ticks(wg_text *text, const wg_svg_plot *plot, const wg_axis *axis, bool upright) {
  if (axis->powers) {
    wg_svg_powers(text, plot, upright);
    return;
  }
  for (size_t k = 0; axis->names && k < axis->name_count; k++)
    wg_svg_tick(text, plot, upright, (double)k, axis->names[k]);
  if (!axis->names) wg_svg_ticks(text, plot, upright);
}

/* ---- Curves ---- */

static bool point_good(const wg_series *series, size_t i) { return isfinite(series->x[i]) && isfinite(series->y[i]); }

/* A line through the points, broken at those that are not finite. */
static void add_line(wg_text *text, const wg_svg_plot *plot, const wg_series *series, size_t number) {
  bool broken = true;
  wg_text_print(text, "<path class=\"line line%zu\" clip-path=\"url(#wg-series-plot)\" d=\"", number % wg_svg_colors);
  for (size_t i = 0; i < series->count; i++) {
    bool good = point_good(series, i);
    if (good) {
      wg_text_add(text, broken ? "M" : "L");
      wg_svg_point(text, wg_svg_x(plot, series->x[i]), wg_svg_y(plot, series->y[i]));
    }
    broken = !good;
  }
  wg_text_add(text, "\"/>\n");
}

/* Marks without lines stand side by side, where they would hide each other. */
static double mark_x(const wg_svg_plot *plot, const wg_series *series, size_t i, double shift) {
  return wg_svg_x(plot, series->x[i]) + shift;
}

static void add_marks(wg_text *text, const wg_svg_plot *plot, const wg_series *series, size_t number, double shift) {
  wg_text_print(text, "<path class=\"mark%zu halo\" d=\"", number % wg_svg_colors);
  for (size_t i = 0; i < series->count; i++)
    if (point_good(series, i) && series->y[i] <= plot->y_max)
      wg_svg_mark(text, (int64_t)number, mark_x(plot, series, i, shift), wg_svg_y(plot, series->y[i]));
  wg_text_add(text, "\"/>\n");
}

static void add_notes(wg_text *text, const wg_svg_plot *plot, const wg_series *series, double shift) {
  for (size_t i = 0; series->notes && i < series->count; i++) {
    if (!point_good(series, i) || series->y[i] > plot->y_max) continue;
    wg_text_add(text, "<text class=\"note\" x=\"");
    wg_svg_pixel(text, mark_x(plot, series, i, shift) + 9);
    wg_text_add(text, "\" y=\"");
    wg_svg_pixel(text, wg_svg_y(plot, series->y[i]) - 3);
    wg_text_add(text, "\">");
    wg_draw_xml(text, series->notes[i], 12);
    wg_text_add(text, "</text>\n");
  }
}

static void add_legend(wg_text *text, size_t number, const char *name, bool line) {
  double y = 70 + 24 * (double)number;
  if (line)
    wg_text_print(text, "<path class=\"line line%zu\" d=\"M%d %.0fh34\"/>\n", number % wg_svg_colors, legend_left,
                  y - 5);
  wg_text_print(text, "<path class=\"mark%zu halo\" d=\"", number % wg_svg_colors);
  wg_svg_mark(text, (int64_t)number, legend_left + 17, y - 5);
  wg_text_print(text, "\"/>\n<text x=\"%d\" y=\"%.0f\">", legend_left + 42, y);
  wg_draw_xml(text, name, name_columns);
  wg_text_add(text, "</text>\n");
}

wg_status wg_draw_series_svg(size_t count, const wg_series *series, const wg_series_labels *labels,
                             const wg_allocator *allocator, wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  wg_svg_plot plot = {
      .left = 80, .top = 50, .width = 440, .height = 310, .x_label = labels->x.label, .y_label = labels->y.label};
  set_ranges(&plot, count, series, labels);
  wg_text text = WG_TEXT_EMPTY(allocator ? allocator : &wg_allocator_default);
  wg_svg_open(&text, "series", drawing_width, drawing_height, labels->title, labels->description);
  wg_svg_line_style(&text);
  wg_text_print(&text,
                "<clipPath id=\"wg-series-plot\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>\n",
                (int)plot.left, (int)plot.top, (int)plot.width, (int)plot.height);
  wg_svg_frame(&text, &plot);
  add_ticks(&text, &plot, &labels->x, false);
  add_ticks(&text, &plot, &labels->y, true);
  for (size_t s = 0; s < count; s++)
    if (!labels->points) add_line(&text, &plot, &series[s], s);
  for (size_t s = 0; s < count; s++) {
    double shift = labels->points ? 12 * ((double)s - (double)(count - 1) / 2) : 0;
    add_marks(&text, &plot, &series[s], s, shift);
    add_notes(&text, &plot, &series[s], shift);
    add_legend(&text, s, series[s].name, !labels->points);
  }
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
