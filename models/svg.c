#include "svg.h"

#include <math.h>

/* Colors of the classes: an area and the marks upon it, which differ by 3:1 in contrast or more (WCAG 2.2, 1.4.11), on
 * light and on dark pages. */
static const struct {
  const char *area, *mark, *dark_area, *dark_mark;
} palette[wg_svg_colors] = {
    {"#cfe3f6", "#0b5599", "#12324d", "#7cc0ff"}, {"#fbdcc8", "#a83c08", "#4a2412", "#ffa477"},
    {"#cdebd5", "#17693a", "#123d26", "#74dd97"}, {"#e8daf4", "#71379a", "#35214b", "#d6adf7"},
    {"#f3e7b9", "#6e5200", "#3f3510", "#e8c95a"}, {"#c6ecee", "#006670", "#0b3c41", "#62d8e1"},
    {"#f9d6e7", "#9c1f63", "#4a1c35", "#ff97c7"}, {"#dfe2e6", "#444a52", "#33373d", "#c9ced6"},
};

/* Each mark as relative path data around its center, of about equal area. */
static const struct {
  const char *name, *path;
} shapes[wg_svg_shapes] = {
    {"circle", "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"},
    {"square", "m-3.6-3.6h7.2v7.2h-7.2z"},
    {"triangle", "m0-4.8l4.6 8h-9.2z"},
    {"diamond", "m0-5l5 5l-5 5l-5-5z"},
    {"plus", "m-1.5-4.6h3v3.1h3.1v3h-3.1v3.1h-3v-3.1h-3.1v-3h3.1z"},
    {"triangle pointing down", "m0 4.8l4.6-8h-9.2z"},
    {"cross",
     "m-4.4-2.3l2.1-2.1l2.3 2.3l2.3-2.3l2.1 2.1l-2.3 2.3l2.3 2.3l-2.1 2.1l-2.3-2.3l-2.3 2.3l-2.1-2.1l2.3-2.3z"},
    {"hexagon", "m-2.5-4.3h5l2.5 4.3l-2.5 4.3h-5l-2.5-4.3z"},
};

/* The shapes go round once more with every round of colors, moved by one, so 64 classes look different. */
static int shape_of(int64_t label) { return (int)((label + label / wg_svg_colors) % wg_svg_shapes); }

const char *wg_svg_mark_name(int64_t label) { return shapes[shape_of(label)].name; }

void wg_svg_mark(wg_text *text, int64_t label, double x, double y) {
  wg_text_add(text, "M");
  wg_svg_point(text, x, y);
  wg_text_add(text, shapes[shape_of(label)].path);
}

static void add_style(wg_text *text) {
  wg_text_add(text, "<style>\n"
                    "text{font:14px system-ui,sans-serif;fill:#1b1f24}.title{font-size:17px;font-weight:600}\n"
                    ".page{fill:#fff}.frame,.tick{stroke:#59616b;fill:none}.edge{stroke:#1b1f24;fill:none}\n"
                    ".curve{stroke:#0b5599;stroke-width:2;fill:none}.halo{stroke:#fff;stroke-width:1}\n");
  for (int k = 0; k < wg_svg_colors; k++)
    wg_text_print(text, ".area%d{fill:%s}.mark%d{fill:%s}\n", k, palette[k].area, k, palette[k].mark);
  wg_text_add(text, "@media(prefers-color-scheme:dark){\n"
                    "text{fill:#e8eaed}.page{fill:#15181c}.frame,.tick{stroke:#9aa3ad}.edge{stroke:#e8eaed}\n"
                    ".curve{stroke:#7cc0ff}.halo{stroke:#15181c}\n");
  for (int k = 0; k < wg_svg_colors; k++)
    wg_text_print(text, ".area%d{fill:%s}.mark%d{fill:%s}\n", k, palette[k].dark_area, k, palette[k].dark_mark);
  wg_text_add(text, "}\n</style>\n");
}

void wg_svg_open(wg_text *text, const char *name, int width, int height, const char *title, const char *description) {
  wg_text_print(
      text,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
      "aria-labelledby=\"wg-%s-title wg-%s-desc\">\n<title id=\"wg-%s-title\">",
      width, height, width, height, name, name, name);
  wg_draw_xml(text, title, 200);
  wg_text_print(text, "</title>\n<desc id=\"wg-%s-desc\">", name);
  wg_draw_xml(text, description, 2000);
  wg_text_add(text, "</desc>\n");
  add_style(text);
  wg_text_print(text, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n<text class=\"title\" x=\"20\" y=\"30\">",
                width, height);
  wg_draw_xml(text, title, width / 10);
  wg_text_add(text, "</text>\n");
}

void wg_svg_close(wg_text *text) { wg_text_add(text, "</svg>\n"); }

/* ---- Places ---- */

double wg_svg_x(const wg_svg_plot *plot, double x) {
  return plot->left + plot->width * wg_draw_share(x, plot->x_min, plot->x_max);
}

double wg_svg_y(const wg_svg_plot *plot, double y) {
  return plot->top + plot->height * wg_draw_share(y, plot->y_max, plot->y_min);
}

void wg_svg_pixel(wg_text *text, double pixel) { wg_draw_number(text, "%.1f", pixel); }

void wg_svg_point(wg_text *text, double x, double y) {
  wg_svg_pixel(text, x);
  wg_text_add(text, " ");
  wg_svg_pixel(text, y);
}

/* ---- Axes ---- */

static void add_text(wg_text *text, const char *anchor, double x, double y) {
  wg_text_print(text, "<text text-anchor=\"%s\" x=\"", anchor);
  wg_svg_pixel(text, x);
  wg_text_add(text, "\" y=\"");
  wg_svg_pixel(text, y);
  wg_text_add(text, "\">");
}

static void add_tick(wg_text *text, double x, double y, const char *line) {
  wg_text_add(text, "<path class=\"tick\" d=\"M");
  wg_svg_point(text, x, y);
  wg_text_print(text, "%s\"/>\n", line);
}

/* The k-th multiple of the step; 0 without the rounding of its neighbors. */
static double tick_value(double first, int k, double step) {
  double value = (first + k) * step;
  return fabs(value) < step / 2 ? 0 : value;
}

void wg_svg_tick(wg_text *text, const wg_svg_plot *plot, bool upright, double value, const char *label) {
  if (upright) {
    double y = wg_svg_y(plot, value);
    add_tick(text, plot->left, y, "h-5");
    add_text(text, "end", plot->left - 9, y + 5);
  } else {
    double x = wg_svg_x(plot, value), bottom = plot->top + plot->height;
    add_tick(text, x, bottom, "v5");
    add_text(text, "middle", x, bottom + 20);
  }
  wg_draw_xml(text, label, 24);
  wg_text_add(text, "</text>\n");
}

void wg_svg_ticks(wg_text *text, const wg_svg_plot *plot, bool upright) {
  double low = upright ? plot->y_min : plot->x_min, high = upright ? plot->y_max : plot->x_max;
  double step = wg_draw_step(high - low, 6), first = ceil(low / step);
  for (int k = 0; k < 16 && tick_value(first, k, step) <= high; k++) {
    char digits[WG_DIGITS_SIZE];
    wg_draw_digits(digits, "%.6g", tick_value(first, k, step));
    wg_svg_tick(text, plot, upright, tick_value(first, k, step), digits);
  }
}

void wg_svg_frame(wg_text *text, const wg_svg_plot *plot) {
  double bottom = plot->top + plot->height, middle = plot->left + plot->width / 2;
  wg_text_add(text, "<path class=\"frame\" d=\"M");
  wg_svg_point(text, plot->left, plot->top);
  wg_text_print(text, "h%dv%dh-%dz\"/>\n", (int)plot->width, (int)plot->height, (int)plot->width);
  add_text(text, "middle", middle, bottom + 44);
  wg_draw_xml(text, plot->x_label, 50);
  wg_text_add(text, "</text>\n<text text-anchor=\"middle\" transform=\"translate(22 ");
  wg_svg_pixel(text, plot->top + plot->height / 2);
  wg_text_add(text, ")rotate(-90)\">");
  wg_draw_xml(text, plot->y_label, 50);
  wg_text_add(text, "</text>\n");
}

void wg_svg_axes(wg_text *text, const wg_svg_plot *plot) {
  wg_svg_frame(text, plot);
  wg_svg_ticks(text, plot, false);
  wg_svg_ticks(text, plot, true);
}

/* ---- Lines ---- */

/* Each color has its own dashes, so that lines differ without color too. */
void wg_svg_line_style(wg_text *text) {
  static const char *const dashes[] = {"none", "7 3", "2 3", "9 3 2 3"};
  wg_text_add(text, "<style>\n.line{fill:none;stroke-width:2}.note{font-size:12px}\n");
  for (int k = 0; k < wg_svg_colors; k++)
    wg_text_print(text, ".line%d{stroke:%s;stroke-dasharray:%s}\n", k, palette[k].mark, dashes[k % 4]);
  wg_text_add(text, "@media(prefers-color-scheme:dark){\n");
  for (int k = 0; k < wg_svg_colors; k++) wg_text_print(text, ".line%d{stroke:%s}\n", k, palette[k].dark_mark);
  wg_text_add(text, "}\n</style>\n");
}
