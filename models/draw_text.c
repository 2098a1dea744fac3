#include "draw_text.h"

wg_status wg_draw_terminal(const wg_terminal *terminal, wg_terminal *used, wg_error *error) {
  *used = terminal ? *terminal : (wg_terminal){0};
  if (used->width == 0) used->width = 80;
  if (used->width >= 20 && used->width <= 200) return WG_OK;
  return wg_error_set(error, WG_ERROR_ARGUMENT, "a terminal of %d columns; drawings need 20 to 200", used->width);
}

/* ---- Classes ---- */

static const struct {
  int area, mark;
  const char *shape;
} classes[] = {{17, 117, "●"}, {52, 216, "■"}, {22, 120, "▲"}, {53, 183, "◆"},
               {58, 229, "+"}, {23, 87, "▼"},  {89, 218, "x"}, {236, 255, "o"}};

static size_t class_of(int64_t label) { return (size_t)label % (sizeof classes / sizeof *classes); }

void wg_draw_colors(wg_text *text, int foreground, int background) {
  wg_text_print(text, "\x1b[38;5;%d;48;5;%dm", foreground, background);
}

int wg_draw_area_color(int64_t label) { return label < 0 ? 16 : classes[class_of(label)].area; }
int wg_draw_mark_color(int64_t label) { return label < 0 ? 231 : classes[class_of(label)].mark; }

const char *wg_draw_letter(int64_t label) {
  static const char letters[26][2] = {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
                                      "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z"};
  return label < 0 ? "?" : letters[label % 26];
}

const char *wg_draw_shade(int64_t label) {
  static const char shades[8][2] = {".", ":", "-", "+", "=", "~", "'", "*"};
  return label < 0 ? "?" : shades[label % 8];
}

const char *wg_draw_mark(const wg_terminal *terminal, int64_t label) {
  if (!terminal->unicode || label < 0) return wg_draw_letter(label);
  return classes[class_of(label)].shape;
}

/* ---- Edges ---- */

void wg_draw_left_edge(wg_text *text, const wg_terminal *terminal, bool labeled, double value) {
  char number[WG_DIGITS_SIZE] = "";
  if (labeled && wg_draw_digits(number, "%.3g", value) >= wg_draw_gutter) wg_draw_digits(number, "%.2g", value);
  wg_text_print(text, "%*s%s", wg_draw_gutter - 1, number, terminal->unicode ? "│" : "|");
}

void wg_draw_bottom_edge(wg_text *text, const wg_terminal *terminal, int columns, const char *format, double low,
                         double high) {
  char left[WG_DIGITS_SIZE], right[WG_DIGITS_SIZE];
  int left_length = wg_draw_digits(left, format, low), right_length = wg_draw_digits(right, format, high);
  wg_text_print(text, "%*s%s", wg_draw_gutter - 1, "", terminal->unicode ? "└" : "+");
  for (int i = 0; i < columns; i++) wg_text_add(text, terminal->unicode ? "─" : "-");
  bool fit = left_length + right_length < columns;
  int indent = left_length <= columns ? wg_draw_gutter : wg_draw_gutter + columns - left_length;
  wg_text_print(text, "\n%*s%s%s", indent, "", left, fit ? "" : "\n");
  wg_text_print(text, "%*s\n", fit ? columns - left_length : wg_draw_gutter + columns, right);
}
