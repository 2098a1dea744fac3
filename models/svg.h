/* svg.h: the frame of a chart in SVG: head, style, axes; internal. */
#ifndef WG_SVG_H
#define WG_SVG_H

#include "draw_internal.h"

/* Colors and shapes repeat after so many classes. */
enum { wg_svg_colors = 8, wg_svg_shapes = 8 };

/* The plot: its place in the drawing, in pixels, and the values at its edges. */
typedef struct wg_svg_plot {
  double left, top, width, height;
  double x_min, x_max, y_min, y_max;
  const char *x_label, *y_label;
} wg_svg_plot;

/* The beginning: size, title and description for screen readers (`name` makes their ids), style, title line. */
void wg_svg_open(wg_text *text, const char *name, int width, int height, const char *title, const char *description);
void wg_svg_close(wg_text *text);

/* Frame, ticks, numbers and labels; */
void wg_svg_axes(wg_text *text, const wg_svg_plot *plot);
/* or one by one: frame and labels; ticks at round numbers, of the upright axis or the other; a tick of the caller's. */
void wg_svg_frame(wg_text *text, const wg_svg_plot *plot);
void wg_svg_ticks(wg_text *text, const wg_svg_plot *plot, bool upright);
void wg_svg_tick(wg_text *text, const wg_svg_plot *plot, bool upright, double value, const char *label);
/* Ticks of an axis whose values are logarithms to the base 10: powers of ten; where there are few, 2 and 5 times them. */
void wg_svg_powers(wg_text *text, const wg_svg_plot *plot, bool upright);

/* The classes line0 … line7 (with line) for curves in the colors of the marks, and note for small text. */
void wg_svg_line_style(wg_text *text);

/* Pixels of values. */
double wg_svg_x(const wg_svg_plot *plot, double x);
double wg_svg_y(const wg_svg_plot *plot, double y);

/* A pixel coordinate, and " x y" of two. */
void wg_svg_pixel(wg_text *text, double pixel);
void wg_svg_point(wg_text *text, double x, double y);

/* The mark of a class as part of a path's data, around a point; and what it is called. */
void wg_svg_mark(wg_text *text, int64_t label, double x, double y);
const char *wg_svg_mark_name(int64_t label);

#endif
