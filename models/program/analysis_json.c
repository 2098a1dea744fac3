/* analysis_json.c: an analysis as JSON, and as files of comma-separated values. */
#include "analysis.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

static void scores_json(json *j, const char *key, const char *name, int64_t support, int64_t predicted,
                        wg_scores scores) {
  json_object_flat(j, key);
  if (name) {
    json_text(j, "class", name);
    json_integer(j, "samples", support);
    json_integer(j, "predicted", predicted);
  }
  json_number(j, "precision", scores.precision);
  json_number(j, "recall", scores.recall);
  json_number(j, "f1", scores.f1);
  json_object_end(j);
}

static void summary_json(json *j, const analysis *a) {
  const wg_metrics *m = a->metrics;
  json_integer(j, "rows", m->rows);
  json_integer(j, "right", m->right);
  json_number(j, "accuracy", m->accuracy);
  json_number(j, "balanced_accuracy", m->balanced);
  json_integer(j, "k", a->settings->top);
  json_number(j, "top_k", a->top);
  json_number(j, "loss", a->loss);
  json_number(j, "log_loss", a->log_loss);
  json_number(j, "brier", a->brier);
  json_number(j, "ece", a->calibration_error);
  json_number(j, "mce", a->calibration_largest);
  json_number(j, "kappa", m->kappa);
  json_number(j, "mcc", m->mcc);
  if (!a->has_ngrams) return;
  json_array(j, "ngrams");
  for (int n = 1; n <= NGRAMS; n++) {
    json_object_flat(j, NULL);
    json_integer(j, "n", n);
    json_number(j, "loss", a->ngram_loss[n - 1]);
    json_number(j, "k", a->ngram_smoothing[n - 1]);
    json_object_end(j);
  }
  json_array_end(j);
}

static void classes_json(json *j, const analysis *a) {
  const wg_metrics *m = a->metrics;
  scores_json(j, "macro", NULL, 0, 0, m->macro);
  scores_json(j, "weighted", NULL, 0, 0, m->weighted);
  scores_json(j, "micro", NULL, 0, 0, m->micro);
  json_array(j, "classes");
  for (int64_t k = 0; k < m->classes; k++)
    scores_json(j, NULL, a->names[k], m->support[k], m->predicted[k], m->of_class[k]);
  json_array_end(j);
  json_array(j, "confusion");
  for (int64_t i = 0; i < m->classes; i++) {
    json_array_flat(j, NULL);
    for (int64_t k = 0; k < m->classes; k++) json_integer(j, NULL, m->confusion[i * m->classes + k]);
    json_array_end(j);
  }
  json_array_end(j);
  json_array(j, "confused");
  for (size_t i = 0; i < a->pair_count; i++) {
    json_object_flat(j, NULL);
    json_text(j, "class", a->names[a->pairs[i].label]);
    json_text(j, "taken_for", a->names[a->pairs[i].taken]);
    json_integer(j, "count", a->pairs[i].count);
    json_object_end(j);
  }
  json_array_end(j);
}

static void calibration_json(json *j, const analysis *a) {
  json_array(j, "calibration");
  for (int64_t b = 0; b < a->settings->bins; b++) {
    json_object_flat(j, NULL);
    json_number(j, "low", a->bins[b].low);
    json_number(j, "high", a->bins[b].high);
    json_integer(j, "count", a->bins[b].count);
    json_number(j, "confidence", a->bins[b].confidence);
    json_number(j, "accuracy", a->bins[b].accuracy);
    json_object_end(j);
  }
  json_array_end(j);
}

static const char *predicted_name(const analysis *a, int64_t i) {
  int64_t predicted = a->predictions->predicted[i];
  return predicted < 0 ? NULL : a->names[predicted];
}

/* What the class that was predicted is said to have; NaN where none was. */
static double confidence_of(const analysis *a, int64_t i) {
  const wg_predictions *p = a->predictions;
  return p->predicted[i] < 0 ? NAN : p->probabilities[i * p->classes + p->predicted[i]];
}

static void worst_json(json *j, const analysis *a) {
  char about[256];
  json_array(j, "worst");
  for (int64_t w = 0; w < a->worst_count; w++) {
    int64_t i = a->worst[w];
    analysis_about(a, i, about, sizeof about);
    json_object_flat(j, NULL);
    json_integer(j, "sample", analysis_number(a, i));
    json_text(j, "class", a->names[a->predictions->labels[i]]);
    json_text(j, "predicted", predicted_name(a, i));
    json_number(j, "probability", confidence_of(a, i));
    json_number(j, "loss", a->predictions->loss[i]);
    json_text(j, "about", about);
    json_object_end(j);
  }
  json_array_end(j);
}

static void learning_json(json *j, const analysis *a) {
  if (a->epoch_count == 0) return;
  json_array(j, "epochs");
  for (size_t i = 0; i < a->epoch_count; i++) {
    const wg_epoch *e = &a->epochs[i];
    json_object_flat(j, NULL);
    json_integer(j, "epoch", e->epoch);
    json_number(j, "loss", e->loss);
    json_number(j, "accuracy", e->accuracy);
    if (e->held) {
      json_number(j, "held_loss", e->held_loss);
      json_number(j, "held_accuracy", e->held_accuracy);
    }
    json_object_end(j);
  }
  json_array_end(j);
}

int analysis_json(const analysis *a) {
  const wg_model *model = a->data.file.model;
  int64_t parameters = 0;
  for (size_t k = 0; k < model->weights->count; k++) parameters += model->weights->size[k];
  json writer = json_new(a->terminal->out), *j = &writer;
  wg_net_spec spec = model->spec;
  spec.samples = a->data.samples.rows;
  json_object(j, NULL);
  net_json(j, &spec, parameters);
  json_text(j, "model", a->settings->data.model);
  json_text(j, "data", a->data.name);
  summary_json(j, a);
  classes_json(j, a);
  calibration_json(j, a);
  worst_json(j, a);
  learning_json(j, a);
  json_object_end(j);
  return EXIT_GOOD;
}

/* ---- Comma-separated values (RFC 4180) ---- */

static void field_add(wg_text *text, const char *value) {
  if (!value) return;
  if (!strpbrk(value, ",\"\r\n")) {
    wg_text_add(text, value);
    return;
  }
  wg_text_add(text, "\"");
  for (; *value; value++) {
    if (*value == '"') wg_text_add(text, "\"");
    wg_text_add_bytes(text, value, 1);
  }
  wg_text_add(text, "\"");
}

/* A number in as many digits as read back the same; empty for what is none. */
static void number_field(wg_text *text, double value) {
  char digits[40];
  wg_text_add(text, ",");
  if (isnan(value)) return;
  for (int count = 6; count <= 17; count++) {
    snprintf(digits, sizeof digits, "%.*g", count, value);
    if (strtod(digits, NULL) == value) break;
  }
  wg_text_add(text, digits);
}

static void classes_csv(wg_text *text, const analysis *a) {
  const wg_metrics *m = a->metrics;
  wg_text_add(text, "class,samples,predicted,precision,recall,f1\n");
  for (int64_t k = 0; k < m->classes; k++) {
    field_add(text, a->names[k]);
    wg_text_print(text, ",%" PRId64 ",%" PRId64, m->support[k], m->predicted[k]);
    number_field(text, m->of_class[k].precision);
    number_field(text, m->of_class[k].recall);
    number_field(text, m->of_class[k].f1);
    wg_text_add(text, "\n");
  }
}

static void confusion_csv(wg_text *text, const analysis *a) {
  const wg_metrics *m = a->metrics;
  wg_text_add(text, "class");
  for (int64_t k = 0; k < m->classes; k++) {
    wg_text_add(text, ",");
    field_add(text, a->names[k]);
  }
  wg_text_add(text, "\n");
  for (int64_t i = 0; i < m->classes; i++) {
    field_add(text, a->names[i]);
    for (int64_t k = 0; k < m->classes; k++) wg_text_print(text, ",%" PRId64, m->confusion[i * m->classes + k]);
    wg_text_add(text, "\n");
  }
}

static void samples_csv(wg_text *text, const analysis *a) {
  const wg_predictions *p = a->predictions;
  wg_text_add(text, "sample,class,predicted,probability,loss\n");
  for (int64_t i = 0; i < p->rows; i++) {
    wg_text_print(text, "%" PRId64 ",", analysis_number(a, i));
    field_add(text, a->names[p->labels[i]]);
    wg_text_add(text, ",");
    field_add(text, predicted_name(a, i));
    number_field(text, confidence_of(a, i));
    number_field(text, p->loss[i]);
    wg_text_add(text, "\n");
  }
}

int analysis_csv(const analysis *a, const char *name) {
  static const struct {
    const char *ending;
    void (*write)(wg_text *text, const analysis *a);
  } files[] = {{"-classes.csv", classes_csv}, {"-confusion.csv", confusion_csv}, {"-samples.csv", samples_csv}};
  int code = EXIT_GOOD;
  for (size_t i = 0; i < sizeof files / sizeof *files && code == EXIT_GOOD; i++) {
    wg_text path = WG_TEXT_EMPTY(&wg_allocator_default), text = WG_TEXT_EMPTY(&wg_allocator_default);
    wg_text_add(&path, name);
    wg_text_add(&path, files[i].ending);
    files[i].write(&text, a);
    code = path.failed ? failure(a->terminal, WG_ERROR_MEMORY, NULL) : analysis_write(a, path.data, &text);
    wg_text_free(&path);
    wg_text_free(&text);
  }
  return code;
}
