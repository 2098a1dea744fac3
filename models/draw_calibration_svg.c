/* draw_calibration_svg.c: how right a net is against how sure it is, as SVG. */
#include "draw_analysis.h"
#include "svg.h"

#include <inttypes.h>
#include <math.h>

enum { plot_left = 80, plot_top = 56, plot_side = 340, counts_top = plot_top + plot_side + 70, counts_height = 70 };

static void add_bar(wg_text *text, const char *look, double left, double top, double width, double height) {
  wg_text_print(text, "<rect class=\"%s\" x=\"", look);
  wg_svg_pixel(text, left);
  wg_text_add(text, "\" y=\"");
  wg_svg_pixel(text, top);
  wg_text_add(text, "\" width=\"");
  wg_svg_pixel(text, width);
  wg_text_add(text, "\" height=\"");
  wg_svg_pixel(text, height);
  wg_text_add(text, "\"/>\n");
}

/* A bar up to the accuracy, and a mark where the confidence is: on the diagonal if the two agree. */
static void add_bins(wg_text *text, const wg_svg_plot *plot, size_t count, const wg_bin *bins) {
  double bottom = wg_svg_y(plot, 0);
  for (size_t b = 0; b < count; b++) {
    if (!bins[b].count) continue;
    double left = wg_svg_x(plot, bins[b].low) + 1, right = wg_svg_x(plot, bins[b].high) - 1;
    double top = wg_svg_y(plot, bins[b].accuracy);
    add_bar(text, "area0", left, top, right - left, bottom - top);
  }
  wg_text_add(text, "<path class=\"tick\" stroke-dasharray=\"5 4\" d=\"M");
  wg_svg_point(text, wg_svg_x(plot, 0), wg_svg_y(plot, 0));
  wg_text_add(text, "L");
  wg_svg_point(text, wg_svg_x(plot, 1), wg_svg_y(plot, 1));
  wg_text_add(text, "\"/>\n");
  for (size_t b = 0; b < count; b++) {
    if (!bins[b].count) continue;
    wg_text_add(text, "<path class=\"mark0 halo\" d=\"");
    wg_svg_mark(text, 0, wg_svg_x(plot, bins[b].confidence), wg_svg_y(plot, bins[b].accuracy));
    wg_text_add(text, "\"/>\n");
  }
}

static void add_counts(wg_text *text, size_t count, const wg_bin *bins) {
  wg_svg_plot plot = {.left = plot_left, .top = counts_top, .width = plot_side, .height = counts_height, .x_max = 1};
  int64_t most = 1;
  for (size_t b = 0; b < count; b++) most = bins[b].count > most ? bins[b].count : most;
  plot.y_max = 1;
  plot.x_label = "largest probability";
  plot.y_label = "samples";
  wg_svg_frame(text, &plot);
  wg_svg_ticks(text, &plot, false);
  for (size_t b = 0; b < count; b++) {
    if (!bins[b].count) continue;
    double left = wg_svg_x(&plot, bins[b].low) + 1, right = wg_svg_x(&plot, bins[b].high) - 1;
    double height = counts_height * 0.72 * (double)bins[b].count / (double)most, bottom = counts_top + counts_height;
    add_bar(text, "area7", left, bottom - height, right - left, height);
    wg_text_print(text, "<text style=\"font-size:%dpx\" text-anchor=\"middle\" x=\"", count > 12 ? 9 : 11);
    wg_svg_pixel(text, (left + right) / 2);
    wg_text_add(text, "\" y=\"");
    wg_svg_pixel(text, bottom - height - 4);
    wg_text_print(text, "\">%" PRId64 "</text>\n", bins[b].count);
  }
}

wg_status wg_draw_calibration_svg(size_t count, const wg_bin *bins, double expected, const wg_allocator *allocator,
                                  wg_drawing **drawing, wg_error *error) {
  wg_svg_plot plot = {.left = plot_left, .top = plot_top, .width = plot_side, .height = plot_side, .x_max = 1};
  char digits[WG_DIGITS_SIZE];
  *drawing = NULL;
  plot.y_max = 1;
  plot.x_label = "";
  plot.y_label = "accuracy";
  wg_text text = WG_TEXT_EMPTY(allocator ? allocator : &wg_allocator_default);
  wg_svg_open(&text, "calibration", plot_left + plot_side + 40, counts_top + counts_height + 60, "Calibration",
              "Accuracy in each bin of the largest probability, against the diagonal where they agree, and how many "
              "samples are in each bin.");
  wg_svg_axes(&text, &plot);
  add_bins(&text, &plot, count, bins);
  wg_draw_digits(digits, "%.4f", expected);
  wg_text_print(&text, "<text x=\"%d\" y=\"%d\">expected error %s</text>\n", plot_left + 14, plot_top + 26, digits);
  add_counts(&text, count, bins);
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
