/* analysis.c: computes what `wengert analyze` shows. */
#include "analysis.h"
#include "../../engine/memory.h"
#include "../bytes.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Names ---- */

static bool names_make(analysis *a) {
  int64_t classes = a->predictions->classes;
  a->name_memory = wg_allocate(&wg_allocator_default, (size_t)classes, WG_CLASS_TEXT_SIZE);
  a->names = wg_allocate(&wg_allocator_default, (size_t)classes, sizeof *a->names);
  for (int64_t k = 0; a->name_memory && a->names && k < classes; k++)
    a->names[k] = model_data_class(&a->data, k, a->name_memory + k * WG_CLASS_TEXT_SIZE);
  return a->name_memory && a->names;
}

/* ---- Numbers ---- */

static wg_status probabilities_judge(analysis *a, wg_error *error) {
  const wg_predictions *p = a->predictions;
  const analyze_settings *s = a->settings;
  a->loss = 0;
  for (int64_t i = 0; i < p->rows; i++) a->loss += p->loss[i];
  a->loss /= (double)p->rows;
  a->bins = wg_allocate(&wg_allocator_default, (size_t)s->bins, sizeof *a->bins);
  a->worst = wg_allocate(&wg_allocator_default, (size_t)s->worst, sizeof *a->worst);
  if (!a->bins || !a->worst) return wg_error_memory(error);
  wg_status status = wg_top_k(p->rows, p->classes, p->labels, p->probabilities, s->top, &a->top, error);
  if (status == WG_OK) status = wg_log_loss(p->rows, p->classes, p->labels, p->probabilities, &a->log_loss, error);
  if (status == WG_OK) status = wg_brier(p->rows, p->classes, p->labels, p->probabilities, &a->brier, error);
  if (status == WG_OK)
    status = wg_calibration(p->rows, p->classes, p->labels, p->probabilities, s->bins, a->bins, &a->calibration_error,
                            &a->calibration_largest, error);
  return status == WG_OK ? wg_largest(p->rows, p->loss, s->worst, a->worst, &a->worst_count, error) : status;
}

/* Puts a pair into its place among the most frequent so far; of equally frequent ones the earlier stays first. */
static void pair_add(analysis *a, confusion_pair pair) {
  size_t at = a->pair_count;
  while (at > 0 && a->pairs[at - 1].count < pair.count) at--;
  if (at == PAIRS_MAX) return;
  size_t last = a->pair_count < PAIRS_MAX ? a->pair_count : PAIRS_MAX - 1;
  memmove(&a->pairs[at + 1], &a->pairs[at], (last - at) * sizeof pair);
  a->pairs[at] = pair;
  a->pair_count = last + 1;
}

static void pairs_find(analysis *a) {
  const wg_metrics *m = a->metrics;
  for (int64_t i = 0; i < m->classes; i++)
    for (int64_t k = 0; k < m->classes; k++) {
      int64_t count = m->confusion[i * m->classes + k];
      if (i != k && count > 0) pair_add(a, (confusion_pair){i, k, count});
    }
}

/* What n-grams counted before the judged part predict of the same characters, each with the smoothing that suits it best. */
static wg_status ngrams_judge(analysis *a, wg_error *error) {
  static const double smoothings[] = {1, 0.1, 0.01, 0.001};
  const model_data *d = &a->data;
  a->has_ngrams = d->text && d->counted.length >= 2;
  for (int n = 1; a->has_ngrams && n <= NGRAMS; n++)
    for (size_t i = 0; i < sizeof smoothings / sizeof *smoothings; i++) {
      double loss, k = smoothings[i];
      wg_status status = wg_ngram_loss(&d->counted, n, k, d->judged.first + 1, a->predictions->rows, &loss, error);
      if (status != WG_OK) return status;
      if (i > 0 && loss >= a->ngram_loss[n - 1]) continue;
      a->ngram_loss[n - 1] = loss;
      a->ngram_smoothing[n - 1] = k;
    }
  return WG_OK;
}

int analysis_run(analysis *a) {
  const terminal *t = a->terminal;
  wg_error error = {0};
  int code = model_data_load(t, &a->settings->data, &a->data);
  if (code == EXIT_GOOD && a->settings->log) code = learning_log_read(t, a->settings->log, &a->epochs, &a->epoch_count);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_predictions_new(a->data.file.model, &a->data.samples, &a->predictions, &error);
  const wg_predictions *p = a->predictions;
  if (status == WG_OK)
    status =
        wg_metrics_new(p->rows, p->classes, p->labels, p->predicted, WG_ZERO_DIVISION_NAN, NULL, &a->metrics, &error);
  if (status == WG_OK && !names_make(a)) status = wg_error_memory(&error);
  if (status == WG_OK) status = probabilities_judge(a, &error);
  if (status == WG_OK) status = ngrams_judge(a, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  pairs_find(a);
  return EXIT_GOOD;
}

void analysis_free(analysis *a) {
  wg_predictions_free(a->predictions);
  wg_metrics_free(a->metrics);
  model_data_free(&a->data);
  free(a->name_memory);
  free(a->names);
  free(a->bins);
  free(a->worst);
  free(a->epochs);
}

int analysis_write(const analysis *a, const char *path, const wg_text *text) {
  wg_error error = {0};
  wg_bytes bytes = {.allocator = &wg_allocator_default, .data = (unsigned char *)text->data, .size = text->length};
  wg_status status = text->failed ? wg_error_memory(&error) : wg_bytes_write(&bytes, path, &error);
  return status == WG_OK ? EXIT_GOOD : failure(a->terminal, status, error.message);
}

/* ---- One prediction ---- */

int64_t analysis_number(const analysis *a, int64_t i) {
  return 1 + (a->data.text ? a->data.judged.first + 1 + i : i); /* windows lie one behind another */
}

/* The characters before a place, and the one there in brackets: "of the gra[d]". */
static void context_write(const analysis *a, int64_t place, char *text, size_t size) {
  enum { BEFORE = 24 };
  char name[WG_CLASS_TEXT_SIZE];
  int64_t first = place > BEFORE ? place - BEFORE : 0;
  size_t used = 0;
  text[0] = 0;
  for (int64_t i = first; i <= place && used + WG_CLASS_TEXT_SIZE + 4 < size; i++) {
    const char *character = model_data_class(&a->data, a->data.text->characters[i], name);
    bool space = !strcmp(character, "␣") && i < place;
    used += (size_t)snprintf(text + used, size - used, i == place ? "[%s]" : "%s", space ? " " : character);
  }
}

static void features_write(const analysis *a, int64_t row, char *text, size_t size) {
  enum { SHOWN = 4 };
  const wg_table *table = a->data.table;
  const wg_scaler *scaler = a->data.file.scaler;
  size_t used = 0;
  text[0] = 0;
  if (table->channels > 0) return; /* pixels tell nothing */
  for (int64_t j = 0; j < table->columns && j < SHOWN; j++) {
    double x = wg_table_feature(table, row, j);
    if (scaler) x = x * scaler->deviation[j] + scaler->mean[j];
    int added = snprintf(text + used, size - used, "%s%.4g", j ? ", " : "", x);
    used += added > 0 && used + (size_t)added < size ? (size_t)added : 0;
  }
  if (table->columns > SHOWN) snprintf(text + used, size - used, " …");
}

void analysis_about(const analysis *a, int64_t i, char *text, size_t size) {
  if (a->data.text)
    context_write(a, analysis_number(a, i) - 1, text, size);
  else
    features_write(a, i, text, size);
}

const char *analysis_about_title(const analysis *a) {
  return a->data.text ? "after" : a->data.table->channels > 0 ? "" : "features";
}
