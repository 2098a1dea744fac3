/* draw_loss_text.c: the loss over the epochs for a terminal: a column of blocks for each part of the epochs. */
#include "draw_text.h"

#include <math.h>

enum { plot_rows = 12, eighths = 8 };

/* The largest finite loss in the part of the epochs that column i of `columns` stands for; NaN if there is none. */
static double column_loss(size_t count, const wg_epoch *epochs, int i, int columns) {
  size_t first = (size_t)((double)i / columns * (double)count),
         end = (size_t)((double)(i + 1) / columns * (double)count);
  double largest = NAN;
  for (size_t k = first; k < (end > first ? end : first + 1) && k < count; k++)
    if (isfinite(epochs[k].loss) && !(epochs[k].loss <= largest)) largest = epochs[k].loss;
  return largest;
}

static const char *block(const wg_terminal *terminal, int filled) {
  static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (filled <= 0) return " ";
  if (!terminal->unicode) return filled >= eighths / 2 ? "#" : filled >= 2 ? "." : " ";
  return blocks[filled < eighths ? filled : eighths];
}

/* How many eighths of a row are filled in this row (0 is the lowest) for a loss. */
static int filled_in_row(double loss, double top, int row) {
  if (!isfinite(loss)) return 0;
  double height = loss / top * plot_rows * eighths;
  return (int)fmin(fmax(height - row * eighths + 0.5, 0), eighths);
}

wg_status wg_draw_loss_text(size_t count, const wg_epoch *epochs, const wg_terminal *terminal,
                            const wg_allocator *allocator, wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  wg_terminal used;
  wg_status status = wg_draw_terminal(terminal, &used, error);
  if (status != WG_OK) return status;
  if (!allocator) allocator = &wg_allocator_default;

  double losses[200], top = 0;
  int columns = used.width - wg_draw_gutter - 1 < 60 ? used.width - wg_draw_gutter - 1 : 60;
  for (int i = 0; i < columns; i++) {
    losses[i] = column_loss(count, epochs, i, columns);
    if (losses[i] > top) top = losses[i];
  }
  if (!(top > 0)) top = 1;

  wg_text text = WG_TEXT_EMPTY(allocator);
  for (int row = plot_rows - 1; row >= 0; row--) {
    bool labeled = row == plot_rows - 1 || row == 0;
    wg_draw_left_edge(&text, &used, labeled, row == 0 ? 0 : top);
    if (used.color) wg_text_add(&text, "\x1b[36m");
    for (int i = 0; i < columns; i++) wg_text_add(&text, block(&used, filled_in_row(losses[i], top, row)));
    wg_text_add(&text, used.color ? "\x1b[0m\n" : "\n");
  }
  wg_draw_bottom_edge(&text, &used, columns, "%.8g", count ? (double)epochs[0].epoch : 0,
                      count ? (double)epochs[count - 1].epoch : 0);
  bool wide = used.width >= 50;
  wg_text_add(&text, wide ? "  across epoch, up loss J" : "  across epoch, up J");
  if (count) {
    wg_text_add(&text, wide ? ", at the end " : "\n  last ");
    wg_draw_number(&text, "%.3g", epochs[count - 1].loss);
  }
  wg_text_add(&text, "\n");
  return wg_drawing_finish(&text, drawing, error);
}
