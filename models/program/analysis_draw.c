/* analysis_draw.c: the drawings of an analysis. */
#include "../../engine/memory.h"
#include "../draw_series.h"
#include "analysis.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { DRAW_CONFUSION, DRAW_SCORES, DRAW_CALIBRATION, DRAW_LOSS, DRAW_ACCURACY, DRAW_WORST };

static const char *const names[ANALYSIS_DRAWINGS] = {
    [DRAW_CONFUSION] = "confusion", [DRAW_SCORES] = "scores",     [DRAW_CALIBRATION] = "calibration",
    [DRAW_LOSS] = "loss",           [DRAW_ACCURACY] = "accuracy", [DRAW_WORST] = "worst"};

const char *analysis_drawing_name(int number) { return names[number]; }

/* ---- Learning curves ---- */

static wg_status curves_draw(const analysis *a, bool loss, wg_drawing **drawing, wg_error *error) {
  size_t n = a->epoch_count;
  double *values = wg_allocate(&wg_allocator_default, n, 3 * sizeof *values);
  bool held = false;
  if (!values) return wg_error_memory(error);
  for (size_t i = 0; i < n; i++) {
    const wg_epoch *e = &a->epochs[i];
    values[i] = (double)e->epoch;
    values[n + i] = loss ? e->loss : e->accuracy;
    values[2 * n + i] = loss ? e->held_loss : e->held_accuracy;
    held = held || e->held;
  }
  const wg_series series[] = {{.name = "training", .count = n, .x = values, .y = values + n},
                              {.name = "held out", .count = n, .x = values, .y = values + 2 * n}};
  const wg_series_labels labels = {.title = loss ? "Loss while learning" : "Accuracy while learning",
                                   .description = loss ? "The loss over the epochs" : "The accuracy over the epochs",
                                   .x = {.label = "epoch"},
                                   .y = {.label = loss ? "J" : "accuracy"}};
  wg_status status = wg_draw_series_svg(held ? 2 : 1, series, &labels, NULL, drawing, error);
  free(values);
  return status;
}

/* ---- The worst samples ---- */

/* The pixels of a sample as they came in, made 0 … 1. */
static void pixels_fill(const analysis *a, int64_t row, double *pixels) {
  const wg_table *table = a->data.table;
  const wg_scaler *scaler = a->data.file.scaler;
  double low = 0, high = 1;
  for (int64_t j = 0; j < table->columns; j++) {
    pixels[j] = wg_table_feature(table, row, j);
    if (scaler) pixels[j] = pixels[j] * scaler->deviation[j] + scaler->mean[j];
    low = fmin(low, pixels[j]);
    high = fmax(high, pixels[j]);
  }
  for (int64_t j = 0; j < table->columns; j++) pixels[j] = (pixels[j] - low) / (high - low);
}

static wg_status worst_draw(const analysis *a, wg_drawing **drawing, wg_error *error) {
  enum { LINE = 2 * WG_CLASS_TEXT_SIZE + 8 };
  const wg_table *table = a->data.table;
  const wg_predictions *p = a->predictions;
  size_t count = (size_t)(a->worst_count < WG_PICTURES_MAX ? a->worst_count : WG_PICTURES_MAX), cells = 0;
  bool fits = wg_size_multiply(count, (size_t)table->columns, &cells);
  wg_picture *pictures = wg_allocate(&wg_allocator_default, count, sizeof *pictures);
  double *pixels = fits ? wg_allocate(&wg_allocator_default, cells, sizeof *pixels) : NULL;
  char(*lines)[LINE] = wg_allocate(&wg_allocator_default, 2 * count, LINE);
  wg_status status = pictures && pixels && lines ? WG_OK : wg_error_memory(error);
  for (size_t w = 0; status == WG_OK && w < count; w++) {
    int64_t i = a->worst[w], predicted = p->predicted[i];
    snprintf(lines[2 * w], LINE, "%s → %s", a->names[p->labels[i]], predicted < 0 ? "none" : a->names[predicted]);
    snprintf(lines[2 * w + 1], LINE, "loss %.2f", p->loss[i]);
    pictures[w] =
        (wg_picture){.pixels = pixels + w * (size_t)table->columns, .lines = {lines[2 * w], lines[2 * w + 1]}};
    pixels_fill(a, i, pixels + w * (size_t)table->columns);
  }
  if (status == WG_OK)
    status = wg_draw_pictures_svg(count, pictures, table->channels, table->height, table->width,
                                  "The worst samples: class → taken for", NULL, drawing, error);
  free(pictures);
  free(pixels);
  free(lines);
  return status;
}

/* ---- All ---- */

static bool is_drawn(const analysis *a, int number) {
  const wg_table *table = a->data.table;
  switch (number) {
  case DRAW_CONFUSION:
    return a->metrics->classes <= WG_CONFUSION_CLASSES_MAX;
  case DRAW_SCORES:
    return a->metrics->classes <= WG_SCORES_CLASSES_MAX;
  case DRAW_CALIBRATION:
    return true;
  case DRAW_WORST:
    return table && table->channels > 0 && table->height <= WG_PICTURE_SIDE_MAX &&
           table->width <= WG_PICTURE_SIDE_MAX && a->worst_count > 0;
  default:
    return a->epoch_count > 0;
  }
}

wg_status analysis_draw(const analysis *a, int number, wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  if (!is_drawn(a, number)) return WG_OK;
  switch (number) {
  case DRAW_CONFUSION:
    return wg_draw_confusion_svg(a->metrics, a->names, NULL, drawing, error);
  case DRAW_SCORES:
    return wg_draw_scores_svg(a->metrics, a->names, NULL, drawing, error);
  case DRAW_CALIBRATION:
    return wg_draw_calibration_svg((size_t)a->settings->bins, a->bins, a->calibration_error, NULL, drawing, error);
  case DRAW_WORST:
    return worst_draw(a, drawing, error);
  default:
    return curves_draw(a, number == DRAW_LOSS, drawing, error);
  }
}

int analysis_svg(const analysis *a, const char *name) {
  wg_error error = {0};
  wg_status status = WG_OK;
  for (int number = 0; number < ANALYSIS_DRAWINGS && status == WG_OK; number++) {
    wg_drawing *drawing;
    wg_text path = WG_TEXT_EMPTY(&wg_allocator_default);
    wg_text_print(&path, "%s-%s.svg", name, names[number]);
    status = path.failed ? wg_error_memory(&error) : analysis_draw(a, number, &drawing, &error);
    if (status == WG_OK && drawing) {
      status = wg_drawing_write(drawing, path.data, &error);
      wg_drawing_free(drawing);
    }
    wg_text_free(&path);
  }
  return status == WG_OK ? EXIT_GOOD : failure(a->terminal, status, error.message);
}
