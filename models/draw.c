#include "draw_internal.h"

#include "utf8.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Drawings ---- */

struct wg_drawing {
  wg_text text;
  wg_allocator allocator;
};

wg_status wg_drawing_finish(wg_text *text, wg_drawing **drawing, wg_error *error) {
  wg_drawing *made = text->failed ? NULL : wg_allocate_zeroed(text->allocator, 1, sizeof *made);
  *drawing = made;
  if (!made) {
    wg_text_free(text);
    return wg_error_memory(error);
  }
  made->allocator = *text->allocator;
  made->text = *text;
  made->text.allocator = &made->allocator;
  return WG_OK;
}

const char *wg_drawing_text(const wg_drawing *drawing) { return drawing ? wg_text_string(&drawing->text) : ""; }
size_t wg_drawing_size(const wg_drawing *drawing) { return drawing ? drawing->text.length : 0; }

void wg_drawing_free(wg_drawing *drawing) {
  if (!drawing) return;
  wg_allocator allocator = drawing->allocator;
  wg_text_free(&drawing->text);
  wg_release(&allocator, drawing);
}

wg_status wg_drawing_write(const wg_drawing *drawing, const char *path, wg_error *error) {
  FILE *file = fopen(path, "wb");
  if (!file) return wg_error_set(error, WG_ERROR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
  size_t size = wg_drawing_size(drawing);
  errno = 0;
  bool written = fwrite(wg_drawing_text(drawing), 1, size, file) == size && fflush(file) == 0;
  int reason = errno;
  bool closed = fclose(file) == 0; /* a network file system may find out only now that it is full */
  if (written && !closed) reason = errno;
  if (written && closed) return WG_OK;
  return wg_error_set(error, WG_ERROR_FILE, "%s: cannot be written: %s", path, strerror(reason));
}

/* ---- Text ---- */

int wg_draw_digits(char digits[WG_DIGITS_SIZE], const char *format, double value) {
  char number[WG_DIGITS_SIZE];
  int length = 0;
  snprintf(number, sizeof number, format, value);
  for (const char *c = number; *c; c++) {
    bool usual = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || *c == '-' || *c == '+';
    if (usual)
      digits[length++] = *c;
    else if (length == 0 || digits[length - 1] != '.')
      digits[length++] = '.'; /* a point of several bytes, once */
  }
  digits[length] = 0;
  return length;
}

void wg_draw_number(wg_text *text, const char *format, double value) {
  char digits[WG_DIGITS_SIZE];
  wg_draw_digits(digits, format, value);
  wg_text_add(text, digits);
}

char *wg_draw_seconds(char text[WG_DIGITS_SIZE], double seconds) {
  static const struct {
    double unit;
    const char *name;
  } units[] = {{1, " s"}, {1e-3, " ms"}, {1e-6, " µs"}, {1e-9, " ns"}};
  const double size = fabs(seconds);
  int i = 0;
  while (i < 3 && size < 0.9995 * units[i].unit) i++; /* from there on it is 1 of this unit, not 1e+03 of the next */
  const bool whole = size >= 999.5 && size < 99999.5;
  wg_draw_digits(text, whole ? "%.0f" : "%.3g", size < 1e-10 ? 0 : seconds / units[i].unit);
  return strcat(text, units[i].name);
}

static void add_character(wg_text *text, const char *character, size_t length, bool xml) {
  if (length == 0)
    wg_text_add(text, "?");
  else if (xml && *character == '&')
    wg_text_add(text, "&amp;");
  else if (xml && *character == '<')
    wg_text_add(text, "&lt;");
  else if (xml && *character == '>')
    wg_text_add(text, "&gt;");
  else if (xml && *character == '"')
    wg_text_add(text, "&quot;");
  else
    wg_text_add_bytes(text, character, length);
}

/* Wide characters (Chinese, Japanese, Korean, emoji) have three bytes or more; so have narrow ones, which then count
 * too much, and no line gets too long. */
static int character_columns(size_t length) { return length >= 3 ? 2 : 1; }

static int add_words(wg_text *text, const char *string, int columns, bool xml) {
  size_t size = strlen(string);
  int total = 0, used = 0;
  for (size_t i = 0, length; i < size; i += length ? length : 1) {
    length = wg_utf8_printable(string + i, size - i);
    total += character_columns(length);
  }
  bool cut = total > columns;
  for (size_t i = 0, length; i < size; i += length ? length : 1) {
    length = wg_utf8_printable(string + i, size - i);
    if (used + character_columns(length) > (cut ? columns - 1 : columns)) break;
    used += character_columns(length);
    add_character(text, string + i, length, xml);
  }
  if (cut) wg_text_add(text, xml ? "…" : "~");
  return used + cut;
}

int wg_draw_words(wg_text *text, const char *string, int columns) { return add_words(text, string, columns, false); }
int wg_draw_xml(wg_text *text, const char *string, int columns) { return add_words(text, string, columns, true); }

/* ---- Scales ---- */

double wg_draw_step(double range, int parts) {
  double rough = range / parts, power = pow(10, floor(log10(rough))), leading = rough / power;
  return power * (leading < 1.5 ? 1 : leading < 3.5 ? 2 : leading < 7.5 ? 5 : 10);
}

double wg_draw_share(double value, double low, double high) { return (value - low) / (high - low); }

bool wg_draw_range(const wg_table *table, int64_t column, double *low, double *high) {
  *low = INFINITY;
  *high = -INFINITY;
  for (int64_t i = 0; i < table->rows; i++) {
    double value = wg_table_feature(table, i, column);
    if (!isfinite(value)) continue;
    *low = value < *low ? value : *low;
    *high = value > *high ? value : *high;
  }
  if (*low > *high) { /* no values */
    *low = -1;
    *high = 1;
  }
  double least = fabs(*low) * 1e-6 + 1e-300; /* ticks must differ in the digits that are printed */
  if (*high - *low < least) {
    double half = *low == 0 ? 1 : fabs(*low) / 2;
    *low -= half;
    *high += half;
  }
  return isfinite(*high - *low) && fabs(*high) < 1e300 && fabs(*low) < 1e300;
}

const char *wg_draw_feature(const wg_table *table, int64_t column) {
  if (table->column_names) return table->column_names[column];
  return column == 0 ? "x1" : "x2";
}

/* ---- The boundary ---- */

static double grid_point(double low, double high, int64_t i, int64_t count) {
  return low + (high - low) * ((double)i + 0.5) / (double)count; /* the middle of cell i */
}

wg_status wg_boundary_new(const wg_model *model, const wg_table *table, int64_t width, int64_t height,
                          wg_boundary **boundary, wg_error *error) {
  *boundary = NULL;
  if (table->columns != 2 || model->spec.widths[0] != 2)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a boundary is drawn for two features, and here are %lld",
                        (long long)(table->columns != 2 ? table->columns : model->spec.widths[0]));
  if (width < 1 || width > 1000 || height < 1 || height > 1000)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a grid of %lld×%lld cells; each side must be 1 to 1000",
                        (long long)width, (long long)height);
  double range[4];
  if (!wg_draw_range(table, 0, &range[0], &range[1]) || !wg_draw_range(table, 1, &range[2], &range[3]))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the features spread too far to be drawn");
  double x_margin = (range[1] - range[0]) * 0.08, y_margin = (range[3] - range[2]) * 0.08;

  const wg_allocator *allocator = &model->allocator;
  const wg_net net = {.spec = model->spec}; /* the sizes of a net are in its spec */
  wg_boundary *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  int64_t *labels = wg_allocate(allocator, (size_t)(width * height), sizeof *labels);
  double *points = wg_allocate(allocator, (size_t)(width * height) * 2, sizeof *points);
  wg_status status = made && labels && points ? WG_OK : wg_error_memory(error);
  if (status == WG_OK) {
    *made = (wg_boundary){width,
                          height,
                          range[0] - x_margin,
                          range[1] + x_margin,
                          range[2] - y_margin,
                          range[3] + y_margin,
                          wg_net_classes(&net),
                          labels,
                          *allocator};
    for (int64_t i = 0; i < width * height; i++) {
      points[2 * i] = grid_point(made->x_min, made->x_max, i % width, width);
      points[2 * i + 1] = grid_point(made->y_max, made->y_min, i / width, height);
    }
    status = wg_predict(model, width * height, 2, points, labels, NULL, error);
  }
  wg_release(allocator, points);
  if (status == WG_OK) *boundary = made;
  if (status == WG_OK) return WG_OK;
  wg_release(allocator, labels);
  wg_release(allocator, made);
  return status;
}

void wg_boundary_free(wg_boundary *boundary) {
  if (!boundary) return;
  wg_allocator allocator = boundary->allocator;
  wg_release(&allocator, boundary->labels);
  wg_release(&allocator, boundary);
}
