/* draw_internal.h: what the drawings share; internal. */
#ifndef WG_DRAW_INTERNAL_H
#define WG_DRAW_INTERNAL_H

#include "../engine/text.h"
#include "draw.h"

/* Makes a drawing of the text, which then belongs to it (or is freed on failure). */
wg_status wg_drawing_finish(wg_text *text, wg_drawing **drawing, wg_error *error);

/* A number by a printf format for one double, with a decimal point whatever the locale; returns its length. */
#define WG_DIGITS_SIZE 48
int wg_draw_digits(char digits[WG_DIGITS_SIZE], const char *format, double value);
void wg_draw_number(wg_text *text, const char *format, double value);

/* A time with three digits, in at most 8 columns: "310 ns", "4.2 ms", "1.31 s". What is below 0.1 ns is below every clock's
 * resolution, and is 0. */
char *wg_draw_seconds(char text[WG_DIGITS_SIZE], double seconds);

/* A string of which not all may be printable: bytes that are no characters become '?', and it is cut to `columns` (wide
 * characters count twice) with an ellipsis. Returns the columns it took. */
int wg_draw_words(wg_text *text, const char *string, int columns);
/* The same with & < > " written as XML wants them. */
int wg_draw_xml(wg_text *text, const char *string, int columns);

/* A round step, 1, 2 or 5 times a power of ten, that cuts a range into about `parts`. */
double wg_draw_step(double range, int parts);

/* Where a value lies in a range: 0 … 1 from low to high. */
double wg_draw_share(double value, double low, double high);

/* The range of a feature's finite values, widened where it is empty; false if it is too wide for arithmetic. */
bool wg_draw_range(const wg_table *table, int64_t column, double *low, double *high);

/* The name of a feature of the table: its column's name, or x1, x2 … */
const char *wg_draw_feature(const wg_table *table, int64_t column);

#endif
