#include "predictor.h"

#include "recording.h"

#include "../engine/memory.h"

#include <string.h>

struct wg_predictor {
  wg_allocator allocator;
  wg_recording *recording; /* of `samples` samples */
  const wg_scaler *scaler; /* or NULL */
  int64_t samples, features, answers, classes;
  bool is_sequence;
  double *rows; /* samples×features, scaled; NULL for a language model, whose indices go where the net wants them */
};

static wg_status build(wg_predictor *predictor, const wg_model *model, wg_error *error) {
  wg_status status = wg_recording_new(model, predictor->samples, WG_TO_PREDICT, &predictor->recording, error);
  if (status != WG_OK) return status;
  const wg_net *net = predictor->recording->net;
  predictor->features = wg_net_features(net);
  predictor->answers = wg_net_labels(net);
  predictor->classes = wg_net_classes(net);
  predictor->is_sequence = wg_net_is_sequence(net->spec.kind);
  if (predictor->scaler && (predictor->is_sequence || predictor->scaler->columns != predictor->features))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a scaler of %lld columns, and the net takes %lld",
                        (long long)predictor->scaler->columns, (long long)predictor->features);
  if (predictor->is_sequence) return WG_OK;
  size_t count = (size_t)wg_node_size(net->X);
  predictor->rows = wg_allocate_zeroed(&predictor->allocator, count, sizeof(double));
  return predictor->rows ? WG_OK : wg_error_memory(error);
}

wg_status wg_predictor_new(const wg_model *model, int64_t samples, const wg_scaler *scaler, wg_predictor **predictor,
                           wg_error *error) {
  *predictor = NULL;
  if (samples < 1)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%lld samples cannot be predicted at once", (long long)samples);
  wg_predictor *made = wg_allocate_zeroed(&model->allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  made->allocator = model->allocator;
  made->scaler = scaler;
  made->samples = samples;
  wg_status status = build(made, model, error);
  if (status == WG_OK)
    *predictor = made;
  else
    wg_predictor_free(made);
  return status;
}

void wg_predictor_free(wg_predictor *predictor) {
  if (!predictor) return;
  wg_allocator allocator = predictor->allocator;
  wg_recording_free(predictor->recording);
  wg_release(&allocator, predictor->rows);
  wg_release(&allocator, predictor);
}

int64_t wg_predictor_features(const wg_predictor *predictor) { return predictor->features; }
int64_t wg_predictor_answers(const wg_predictor *predictor) { return predictor->answers; }
int64_t wg_predictor_classes(const wg_predictor *predictor) { return predictor->classes; }

/* ---- A batch ---- */

static double feature_at(wg_dtype dtype, const void *features, int64_t i) {
  return dtype == WG_F32 ? (double)((const float *)features)[i] : ((const double *)features)[i];
}

/* Samples first … first+count−1 as the net's X. What lies behind them stays from earlier ones: no sample's prediction
 * depends on another's. */
static void fill(wg_predictor *predictor, int64_t first, int64_t count, wg_dtype dtype, const void *features) {
  int64_t n = predictor->features;
  wg_recording *recording = predictor->recording;
  if (predictor->is_sequence) {
    memcpy(recording->x, (const int64_t *)features + first * n, (size_t)(count * n) * sizeof(int64_t));
    return;
  }
  const wg_scaler *scaler = predictor->scaler;
  for (int64_t j = 0; j < count; j++)
    for (int64_t i = 0; i < n; i++) {
      double x = feature_at(dtype, features, (first + j) * n + i);
      predictor->rows[j * n + i] = scaler ? (x - scaler->mean[i]) / scaler->deviation[i] : x;
    }
  const wg_table table = {.dtype = WG_F64, .rows = predictor->samples, .columns = n, .features = predictor->rows};
  wg_table_fill(&table, recording->net, NULL, recording->x, NULL);
}

wg_status wg_predictor_run(wg_predictor *predictor, int64_t count, wg_dtype dtype, const void *features,
                           int64_t *labels, double *probabilities, wg_error *error) {
  bool fits = predictor->is_sequence ? dtype == WG_I64 : dtype == WG_F32 || dtype == WG_F64;
  if (!fits)
    return wg_error_set(error, WG_ERROR_DTYPE, "the net takes %s, not %s",
                        predictor->is_sequence ? "i64" : "f32 or f64", wg_dtype_text(dtype));
  int64_t answers = predictor->answers, classes = predictor->classes;
  for (int64_t first = 0; first < count; first += predictor->samples) {
    int64_t here = count - first < predictor->samples ? count - first : predictor->samples;
    fill(predictor, first, here, dtype, features);
    wg_status status = wg_recording_run(predictor->recording, error);
    if (status != WG_OK && predictor->is_sequence) /* no wrong index may stay behind for the next call */
      memset(predictor->recording->x, 0, (size_t)(predictor->samples * predictor->features) * sizeof(int64_t));
    if (status != WG_OK) return status;
    for (int64_t j = 0; j < here * answers; j++) {
      int64_t answer = first * answers + j;
      if (labels) labels[answer] = wg_recording_class(predictor->recording, j);
      for (int64_t k = 0; probabilities && k < classes; k++)
        probabilities[answer * classes + k] = wg_recording_probability(predictor->recording, j, k);
    }
  }
  return WG_OK;
}
