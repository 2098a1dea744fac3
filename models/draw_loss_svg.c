/* draw_loss_svg.c: the loss over the epochs as SVG. */
#include "svg.h"

#include <math.h>

enum { drawing_width = 760, drawing_height = 430 };

/* Sets the edges of the plot: all epochs, and losses from 0 (or below, if any is) up. */
static bool set_range(wg_svg_plot *plot, size_t count, const wg_epoch *epochs) {
  plot->x_min = count ? (double)epochs[0].epoch : 0;
  plot->x_max = count ? (double)epochs[count - 1].epoch : 1;
  if (!(plot->x_max > plot->x_min)) plot->x_max = plot->x_min + 1;
  for (size_t i = 0; i < count; i++) {
    double loss = epochs[i].loss;
    if (!isfinite(loss)) continue;
    plot->y_max = loss > plot->y_max ? loss : plot->y_max;
    plot->y_min = loss < plot->y_min ? loss : plot->y_min;
  }
  if (!(plot->y_max > plot->y_min)) plot->y_max = plot->y_min + 1;
  plot->y_max += (plot->y_max - plot->y_min) * 0.05;
  return isfinite(plot->y_max - plot->y_min) && plot->y_max - plot->y_min > 1e-300;
}

/* A line through the points; it is broken where the loss is not a number. */
static void add_curve(wg_text *text, const wg_svg_plot *plot, size_t count, const wg_epoch *epochs) {
  bool broken = true;
  wg_text_add(text, "<path class=\"curve\" d=\"");
  for (size_t i = 0; i < count; i++) {
    bool good = isfinite(epochs[i].loss);
    if (good) wg_text_add(text, broken ? "M" : "L");
    if (good) wg_svg_point(text, wg_svg_x(plot, (double)epochs[i].epoch), wg_svg_y(plot, epochs[i].loss));
    broken = !good;
  }
  wg_text_add(text, "\"/>\n");
}

/* "from 1.1 at epoch 0 to 0.31 at epoch 1000" */
static void describe(wg_text *text, size_t count, const wg_epoch *epochs) {
  if (count == 0) {
    wg_text_add(text, "No epochs.");
    return;
  }
  wg_text_add(text, "The loss goes from ");
  wg_draw_number(text, "%.4g", epochs[0].loss);
  wg_text_print(text, " at epoch %lld to ", (long long)epochs[0].epoch);
  wg_draw_number(text, "%.4g", epochs[count - 1].loss);
  wg_text_print(text, " at epoch %lld.", (long long)epochs[count - 1].epoch);
}

wg_status wg_draw_loss_svg(size_t count, const wg_epoch *epochs, const char *title, const wg_allocator *allocator,
                           wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  wg_svg_plot plot = {.left = 80, .top = 50, .width = 640, .height = 310, .x_label = "epoch", .y_label = "loss J"};
  if (!set_range(&plot, count, epochs))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the losses spread too far to be drawn");
  if (!allocator) allocator = &wg_allocator_default;
  wg_text text = WG_TEXT_EMPTY(allocator), description = WG_TEXT_EMPTY(allocator);
  describe(&description, count, epochs);
  wg_svg_open(&text, "loss", drawing_width, drawing_height, title ? title : "Loss", wg_text_string(&description));
  text.failed = text.failed || description.failed;
  wg_text_free(&description);
  wg_svg_axes(&text, &plot);
  add_curve(&text, &plot, count, epochs);
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
