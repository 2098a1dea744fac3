/* draw_series.h: curves over one axis; internal to the library and the program. */
#ifndef WG_DRAW_SERIES_H
#define WG_DRAW_SERIES_H

#include "draw.h"

typedef struct wg_series {
  const char *name;
  size_t count;
  const double *x, *y; /* points with a number that is not finite are left out */
} wg_series;

typedef struct wg_series_labels {
  const char *title, *description, *x, *y; /* the description is for screen readers */
} wg_series_labels;

/* Up to 12 series as SVG, as the drawings of draw.h. Errors: WG_ERROR_MEMORY. */
wg_status wg_draw_series_svg(size_t count, const wg_series *series, const wg_series_labels *labels,
                             const wg_allocator *allocator, wg_drawing **drawing, wg_error *error);

#endif
