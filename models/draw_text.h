/* draw_text.h: what drawings for a terminal share; internal. */
#ifndef WG_DRAW_TEXT_H
#define WG_DRAW_TEXT_H

#include "draw_internal.h"

/* Columns left of the plot: a number of 8 and the edge. */
enum { wg_draw_gutter = 10 };

/* The caller's terminal with its defaults filled in. Errors: WG_ERROR_ARGUMENT (width). */
wg_status wg_draw_terminal(const wg_terminal *terminal, wg_terminal *used, wg_error *error);

/* Colors of the 256-color palette: bright marks on dark areas, whatever the terminal's own colors. */
void wg_draw_colors(wg_text *text, int foreground, int background);
int wg_draw_area_color(int64_t label);
int wg_draw_mark_color(int64_t label);

/* One column for a sample of a class: a mark of a shape, or a letter where there are no shapes. '?' for no class. */
const char *wg_draw_mark(const wg_terminal *terminal, int64_t label);
const char *wg_draw_letter(int64_t label);
/* One column for the area of a class, without color. */
const char *wg_draw_shade(int64_t label);

/* The gutter of a row, with a number if it is labeled; and the line under the plot with numbers (by a
 * printf format of at most 15 characters) at its ends. */
void wg_draw_left_edge(wg_text *text, const wg_terminal *terminal, bool labeled, double value);
void wg_draw_bottom_edge(wg_text *text, const wg_terminal *terminal, int columns, const char *format, double low,
                         double high);

#endif
