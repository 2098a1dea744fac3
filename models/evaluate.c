/* evaluate.c: a model asked for predictions, and judged by them. */
#include "recording.h"

#include "../engine/memory.h"

#include <math.h>
#include <string.h>

/* Numbers that go in at a time; images and texts are walked in smaller steps than points. */
enum { AT_ONCE = 131072, SAMPLES_MAX = 1024, SAMPLES_MIN = 16 };

int64_t wg_evaluation_size(const wg_model *model) {
  const wg_net net = {.spec = model->spec}; /* the sizes of a net are in its spec */
  int64_t samples = AT_ONCE / wg_net_features(&net) / wg_net_labels(&net);
  return samples > SAMPLES_MAX ? SAMPLES_MAX : samples < SAMPLES_MIN ? SAMPLES_MIN : samples;
}

wg_status wg_predict(const wg_model *model, int64_t count, int64_t columns, const double *features, int64_t *labels,
                     double *probabilities, wg_error *error) {
  const wg_net net = {.spec = model->spec};
  if (wg_net_is_sequence(model->spec.kind))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "net %s takes texts, not points", wg_net_label(model->spec.kind));
  if (count < 0 || columns != wg_net_features(&net))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the points have %lld features, the net takes %lld",
                        (long long)columns, (long long)wg_net_features(&net));
  const wg_table points = {.rows = count, .columns = columns, .dtype = WG_F64, .features = (void *)features};
  const wg_samples samples = wg_table_samples(&points);
  int64_t classes = wg_net_classes(&net);
  wg_walk walk;
  wg_status status = wg_walk_start(&walk, model, count, wg_evaluation_size(model), WG_TO_PREDICT, error);
  for (int64_t first = 0; status == WG_OK && first < count; first += walk.size) {
    wg_recording *recording = wg_walk_at(&walk, first);
    wg_recording_fill(recording, &samples, 0, NULL, first);
    status = wg_recording_run(recording, error);
    for (int64_t j = 0; status == WG_OK && j < recording->net->spec.samples; j++) {
      labels[first + j] = wg_recording_class(recording, j);
      for (int64_t k = 0; probabilities && k < classes; k++)
        probabilities[(first + j) * classes + k] = wg_recording_probability(recording, j, k);
    }
  }
  wg_walk_end(&walk);
  return status;
}

/* ---- Evaluation ---- */

wg_status wg_evaluation_start(wg_evaluation *evaluation, const wg_model *model, wg_error *error) {
  const wg_net net = {.spec = model->spec};
  *evaluation = (wg_evaluation){.classes = wg_net_classes(&net), .allocator = model->allocator};
  size_t cells;
  if (wg_size_multiply((size_t)evaluation->classes, (size_t)evaluation->classes, &cells))
    evaluation->confusion = wg_allocate_zeroed(&model->allocator, cells, sizeof(int64_t));
  return evaluation->confusion ? WG_OK : wg_error_memory(error);
}

void wg_evaluation_clear(wg_evaluation *evaluation) {
  if (evaluation->confusion) wg_release(&evaluation->allocator, evaluation->confusion);
  *evaluation = (wg_evaluation){0};
}

/* Adds what one run found to the evaluation, whose loss is still a sum. */
static void count_results(wg_evaluation *evaluation, const wg_recording *recording) {
  int64_t predictions = wg_recording_predictions(recording);
  evaluation->rows += predictions;
  evaluation->loss += wg_recording_loss(recording) * (double)predictions;
  for (int64_t j = 0; j < predictions; j++) {
    int64_t predicted = wg_recording_class(recording, j), target = wg_recording_target(recording, j);
    if (predicted < 0) continue; /* not a number, and then neither is the loss */
    evaluation->confusion[target * evaluation->classes + predicted]++;
    evaluation->right += predicted == target;
  }
}

wg_status wg_walk_evaluate(const wg_walk *walk, const wg_samples *samples, const size_t *rows,
                           wg_evaluation *evaluation, wg_error *error) {
  int64_t classes = evaluation->classes;
  evaluation->loss = 0;
  evaluation->rows = evaluation->right = 0;
  memset(evaluation->confusion, 0, (size_t)(classes * classes) * sizeof(int64_t));
  for (int64_t first = 0; first < walk->rows; first += walk->size) {
    wg_recording *recording = wg_walk_at(walk, first);
    wg_recording_fill(recording, samples, 0, rows ? rows + first : NULL, first);
    wg_status status = wg_recording_run(recording, error);
    if (status != WG_OK) return status;
    count_results(evaluation, recording);
  }
  evaluation->loss = evaluation->rows ? evaluation->loss / (double)evaluation->rows : NAN;
  evaluation->accuracy = evaluation->rows ? (double)evaluation->right / (double)evaluation->rows : NAN;
  return WG_OK;
}

wg_status wg_evaluate_samples(const wg_model *model, const wg_samples *samples, wg_evaluation *evaluation,
                              wg_error *error) {
  const wg_net net = {.spec = model->spec};
  wg_walk walk = {0};
  *evaluation = (wg_evaluation){0};
  wg_status status = samples->fits(samples, &net, error);
  if (status == WG_OK) status = wg_evaluation_start(evaluation, model, error);
  if (status == WG_OK)
    status = wg_walk_start(&walk, model, samples->rows, wg_evaluation_size(model), WG_TO_EVALUATE, error);
  if (status == WG_OK) status = wg_walk_evaluate(&walk, samples, NULL, evaluation, error);
  if (status == WG_OK && evaluation->rows && !isfinite(evaluation->loss))
    status = wg_error_set(error, WG_ERROR_DATA, "the loss is %g", evaluation->loss);
  wg_walk_end(&walk);
  if (status != WG_OK) wg_evaluation_clear(evaluation);
  return status;
}

wg_status wg_evaluate(const wg_model *model, const wg_table *table, wg_evaluation *evaluation, wg_error *error) {
  const wg_samples samples = wg_table_samples(table);
  return wg_evaluate_samples(model, &samples, evaluation, error);
}
