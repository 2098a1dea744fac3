/* draw_analysis.h: pictures of what a net gets right and wrong; internal to the library and the program.
 *
 * All are self-contained SVG for light and dark pages, as the drawings of draw.h.
 * Errors: WG_ERROR_MEMORY, WG_ERROR_ARGUMENT (nothing to draw, more than there is room for). */
#ifndef WG_DRAW_ANALYSIS_H
#define WG_DRAW_ANALYSIS_H

#include "draw.h"
#include "metrics.h"

/* The confusion matrix as a heat map: a row for each class, shaded by the root of the part of its samples, mistakes in
 * another color and against the largest of them, so that few are seen; with numbers where there is room. `names` has one
 * for each class. */
enum { WG_CONFUSION_CLASSES_MAX = 256 };
wg_status wg_draw_confusion_svg(const wg_metrics *metrics, const char *const *names, const wg_allocator *allocator,
                                wg_drawing **drawing, wg_error *error);

/* Precision, recall and F1 of each class, side by side. */
enum { WG_SCORES_CLASSES_MAX = 256 };
wg_status wg_draw_scores_svg(const wg_metrics *metrics, const char *const *names, const wg_allocator *allocator,
                             wg_drawing **drawing, wg_error *error);

/* The accuracy in each bin of confidence against the diagonal, and how many samples are in it. */
wg_status wg_draw_calibration_svg(size_t count, const wg_bin *bins, double expected, const wg_allocator *allocator,
                                  wg_drawing **drawing, wg_error *error);

/* Pictures of samples, in rows, each with two lines below. */
typedef struct wg_picture {
  const double *pixels; /* channels×height×width, 0 dark (channels 1) or black … 1 */
  const char *lines[2];
} wg_picture;

enum { WG_PICTURES_MAX = 400, WG_PICTURE_SIDE_MAX = 256 };
wg_status wg_draw_pictures_svg(size_t count, const wg_picture *pictures, int64_t channels, int64_t height,
                               int64_t width, const char *title, const wg_allocator *allocator, wg_drawing **drawing,
                               wg_error *error);

#endif
