/* analysis.h: the parts of `wengert analyze`: what is computed, and how it is shown. */
#ifndef WG_PROGRAM_ANALYSIS_H
#define WG_PROGRAM_ANALYSIS_H

#include "../../engine/text.h"
#include "../draw_analysis.h"
#include "../predictions.h"
#include "model_data.h"

typedef struct analyze_settings {
  model_data_choice data;
  const char *log, *csv, *svg, *html;
  int64_t worst, top, bins;
  bool as_json;
} analyze_settings;

/* Samples of class `label` that are taken for class `taken`. */
typedef struct confusion_pair {
  int64_t label, taken, count;
} confusion_pair;

enum { PAIRS_MAX = 10, NGRAMS = 3 };

typedef struct analysis {
  const terminal *terminal;
  const analyze_settings *settings;
  model_data data;
  wg_predictions *predictions;
  wg_metrics *metrics;
  char *name_memory;
  const char **names; /* of the classes */
  double loss, log_loss, top, brier;
  wg_bin *bins; /* settings->bins of them */
  double calibration_error, calibration_largest;
  int64_t *worst; /* the predictions of the largest loss */
  int64_t worst_count;
  confusion_pair pairs[PAIRS_MAX]; /* the most frequent */
  size_t pair_count;
  bool has_ngrams; /* a text of which a part comes before the one that is judged */
  double ngram_loss[NGRAMS], ngram_smoothing[NGRAMS];
  wg_epoch *epochs; /* of the log */
  size_t epoch_count;
} analysis;

/* Judges the loaded model. EXIT_GOOD, or a message and its exit code; to be given to analysis_free either way. */
int analysis_run(analysis *a);
void analysis_free(analysis *a);

/* The number of prediction i: of its row in the data, or of its character in the text, from 1. */
int64_t analysis_number(const analysis *a, int64_t i);

/* What prediction i was made of, for a line of a table: a text's characters before it, or features; nothing of images.
 * And what that is called. */
void analysis_about(const analysis *a, int64_t i, char *text, size_t size);
const char *analysis_about_title(const analysis *a);

/* ---- Shown ---- */

int analysis_print(const analysis *a);
int analysis_json(const analysis *a);

/* NAME-classes.csv, NAME-confusion.csv and NAME-samples.csv. */
int analysis_csv(const analysis *a, const char *name);

/* A drawing of the analysis: the confusion, scores, calibration, loss, accuracy, the worst samples. */
enum { ANALYSIS_DRAWINGS = 6 };
const char *analysis_drawing_name(int number); /* "confusion" … */

/* Draws number 0 … ANALYSIS_DRAWINGS − 1; *drawing is NULL where there is nothing to draw (no log, no images, too many
 * classes). */
wg_status analysis_draw(const analysis *a, int number, wg_drawing **drawing, wg_error *error);

/* NAME-confusion.svg and so on. */
int analysis_svg(const analysis *a, const char *name);

/* All of it in one page. */
int analysis_html(const analysis *a, const char *path);

/* Writes a text into a file. */
int analysis_write(const analysis *a, const char *path, const wg_text *text);

/* ---- Logs of training ---- */

/* The epochs of a file that train --log has written, in order, those of a resumed training once. EXIT_GOOD, or a message
 * and its exit code; the caller frees *epochs. */
int learning_log_read(const terminal *t, const char *path, wg_epoch **epochs, size_t *count);

#endif
