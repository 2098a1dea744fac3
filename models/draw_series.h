/* draw_series.h: curves over one axis; internal to the library and the program. */
#ifndef WG_DRAW_SERIES_H
#define WG_DRAW_SERIES_H

#include "draw.h"

typedef struct wg_series {
  const char *name;
  size_t count;
  const double *x, *y;      /* points with a number that is not finite are left out */
  const char *const *notes; /* short texts beside the points; NULL for none */
} wg_series;

typedef struct wg_axis {
  const char *label;
  bool powers;              /* values are logarithms to the base 10, and the ticks say 1, 10, 100, 10⁴ … */
  const char *const *names; /* ticks at 0, 1, 2 … with these names instead of numbers, `name_count` of them; or NULL */
  size_t name_count;
  double most; /* if not 0: points above leave the drawing */
} wg_axis;

typedef struct wg_series_labels {
  const char *title, *description; /* the description is for screen readers */
  wg_axis x, y;
  bool points; /* marks alone, without lines between them */
} wg_series_labels;

/* Up to 12 series as SVG, as the drawings of draw.h. Errors: WG_ERROR_MEMORY. */
wg_status wg_draw_series_svg(size_t count, const wg_series *series, const wg_series_labels *labels,
                             const wg_allocator *allocator, wg_drawing **drawing, wg_error *error);

#endif
