/* draw.h: pictures of training: the decision boundary and the loss curve, as SVG and as text for a terminal. */
#ifndef WG_DRAW_H
#define WG_DRAW_H

#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A finished drawing: text, in UTF-8 (plain ASCII where asked for). */
typedef struct wg_drawing wg_drawing;

WG_API const char *wg_drawing_text(const wg_drawing *drawing); /* ended by a zero; "" for NULL */
WG_API size_t wg_drawing_size(const wg_drawing *drawing);      /* bytes, without the zero */
WG_API void wg_drawing_free(wg_drawing *drawing);

/* Writes the drawing into a file, replacing what it held. Errors: WG_ERROR_FILE, with a message that names the file and
 * the reason: cannot be opened, disk full. */
WG_API wg_status wg_drawing_write(const wg_drawing *drawing, const char *path, wg_error *error);

/* How text for a terminal may look. */
typedef struct wg_terminal {
  int width;    /* columns, 20 … 200; 0 means 80 */
  bool unicode; /* blocks and marks beyond ASCII */
  bool color;   /* ANSI escape sequences */
} wg_terminal;

/* The classes that a model of two features predicts on a grid of width×height points over the table's range (and a
 * margin): the background of a drawing. The caller frees it. */
typedef struct wg_boundary {
  int64_t width, height;
  double x_min, x_max, y_min, y_max;
  int64_t classes;
  int64_t *labels; /* height×width, the row of the largest y first */
  wg_allocator allocator;
} wg_boundary;

/* Errors: WG_ERROR_ARGUMENT (a model or table of other than two features; a grid beyond 1 … 1000), what wg_predict
 * reports, WG_ERROR_MEMORY. */
WG_API wg_status wg_boundary_new(const wg_model *model, const wg_table *table, int64_t width, int64_t height,
                                 wg_boundary **boundary, wg_error *error);
WG_API void wg_boundary_free(wg_boundary *boundary);

/* The boundary with the table's samples on it, self-contained SVG with title and description for screen readers;
 * classes differ in color and in the shape of their marks, colors suit light and dark pages. Errors of all drawings
 * (*drawing is NULL then): WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. */
WG_API wg_status wg_draw_boundary_svg(const wg_boundary *boundary, const wg_table *table, const char *title,
                                      wg_drawing **drawing, wg_error *error);

/* The same for a terminal: the area of each class in its own color or character, samples as marks or letters, and a
 * legend. The grid of the boundary is sampled to fit, whatever its size; lines end in a newline. */
WG_API wg_status wg_draw_boundary_text(const wg_boundary *boundary, const wg_table *table, const wg_terminal *terminal,
                                       wg_drawing **drawing, wg_error *error);

/* The loss over the epochs, from `count` reports in order (those of wg_train). */
WG_API wg_status wg_draw_loss_svg(size_t count, const wg_epoch *epochs, const char *title,
                                  const wg_allocator *allocator, wg_drawing **drawing, wg_error *error);
WG_API wg_status wg_draw_loss_text(size_t count, const wg_epoch *epochs, const wg_terminal *terminal,
                                   const wg_allocator *allocator, wg_drawing **drawing, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
