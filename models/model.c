/* model.c: a net with weights: made, asked for predictions, evaluated. */
#include "recording.h"

#include "../engine/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

wg_status wg_model_new(const wg_net_spec *spec, wg_init init, uint64_t seed, wg_model **model, wg_error *error) {
  *model = NULL;
  wg_net_spec small = *spec;
  small.samples = 1;
  wg_net *net = wg_net_new(&small);
  wg_status status = wg_net_status(net);
  if (status != WG_OK) {
    wg_error_set(error, status, "%s", wg_net_error(net));
    wg_net_free(net);
    return status;
  }
  const wg_allocator *allocator = spec->allocator ? spec->allocator : &wg_allocator_default;
  size_t width_count = net->spec.width_count;
  wg_model *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  wg_weights *weights = wg_weights_new(net, allocator);
  int64_t *widths = wg_allocate(allocator, width_count, sizeof *widths);
  bool complete = made && weights && widths;
  if (complete) {
    memcpy(widths, net->spec.widths, width_count * sizeof *widths);
    *made = (wg_model){.spec = net->spec, .weights = weights, .allocator = *allocator};
    made->spec.widths = widths;
    wg_random random = wg_random_new(seed, WG_STREAM_WEIGHTS);
    wg_weights_init(weights, net, init, &random);
    *model = made;
  } else {
    wg_weights_free(weights);
    wg_release(allocator, widths);
    wg_release(allocator, made);
  }
  wg_net_free(net);
  return complete ? WG_OK : wg_error_memory(error);
}

void wg_model_free(wg_model *model) {
  if (!model) return;
  wg_allocator allocator = model->allocator;
  wg_weights_free(model->weights);
  wg_release(&allocator, (void *)model->spec.widths);
  wg_release(&allocator, model);
}

wg_status wg_predict(const wg_model *model, int64_t count, int64_t columns, const double *features, int64_t *labels,
                     double *probabilities, wg_error *error) {
  if (count < 0 || columns != model->spec.widths[0])
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the points have %lld features, the net takes %lld",
                        (long long)columns, (long long)model->spec.widths[0]);
  const wg_table points = {.rows = count, .columns = columns, .features = (double *)features};
  wg_walk walk;
  wg_status status = wg_walk_start(&walk, model, count, wg_evaluation_size, WG_TO_PREDICT, error);
  for (int64_t first = 0; status == WG_OK && first < count; first += walk.size) {
    wg_recording *recording = wg_walk_at(&walk, first);
    wg_recording_fill(recording, &points, first, NULL);
    status = wg_recording_run(recording, error);
    int64_t classes = wg_net_classes(recording->net);
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

wg_status wg_evaluation_start(wg_evaluation *evaluation, const wg_model *model, const wg_table *table,
                              wg_error *error) {
  const wg_net net = {.spec = model->spec}; /* the sizes of a net are in its spec */
  *evaluation = (wg_evaluation){.rows = table->rows, .classes = wg_net_classes(&net), .allocator = model->allocator};
  wg_status status = wg_table_fits(table, &net, error);
  if (status != WG_OK) return status;
  for (int64_t i = 0; i < table->rows * table->columns; i++) {
    double x = table->features[i];
    if (!isfinite(x) || (model->spec.dtype == WG_F32 && fabs(x) > FLT_MAX))
      return wg_error_set(error, WG_ERROR_DATA, "sample %lld, feature %lld: %g is not a finite %s number",
                          (long long)(i / table->columns), (long long)(i % table->columns), x,
                          wg_dtype_text(model->spec.dtype));
  }
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
static void count_results(wg_evaluation *evaluation, const wg_recording *recording, const int64_t *labels) {
  int64_t samples = recording->net->spec.samples;
  evaluation->loss += wg_recording_loss(recording) * (double)samples;
  for (int64_t j = 0; j < samples; j++) {
    int64_t predicted = wg_recording_class(recording, j);
    if (predicted < 0) continue; /* not a number, and then neither is the loss */
    evaluation->confusion[labels[j] * evaluation->classes + predicted]++;
    evaluation->right += predicted == labels[j];
  }
}

wg_status wg_walk_evaluate(const wg_walk *walk, const wg_table *table, wg_evaluation *evaluation, wg_error *error) {
  int64_t classes = evaluation->classes;
  evaluation->loss = 0;
  evaluation->right = 0;
  memset(evaluation->confusion, 0, (size_t)(classes * classes) * sizeof(int64_t));
  for (int64_t first = 0; first < table->rows; first += walk->size) {
    wg_recording *recording = wg_walk_at(walk, first);
    wg_recording_fill(recording, table, first, NULL);
    wg_status status = wg_recording_run(recording, error);
    if (status != WG_OK) return status;
    count_results(evaluation, recording, table->labels + first);
  }
  evaluation->loss = table->rows ? evaluation->loss / (double)table->rows : NAN;
  evaluation->accuracy = table->rows ? (double)evaluation->right / (double)table->rows : NAN;
  return WG_OK;
}

wg_status wg_evaluate(const wg_model *model, const wg_table *table, wg_evaluation *evaluation, wg_error *error) {
  wg_walk walk = {0};
  wg_status status = wg_evaluation_start(evaluation, model, table, error);
  if (status == WG_OK) status = wg_walk_start(&walk, model, table->rows, wg_evaluation_size, WG_TO_EVALUATE, error);
  if (status == WG_OK) status = wg_walk_evaluate(&walk, table, evaluation, error);
  if (status == WG_OK && table->rows && !isfinite(evaluation->loss))
    status = wg_error_set(error, WG_ERROR_DATA, "the loss is %g", evaluation->loss);
  wg_walk_end(&walk);
  if (status != WG_OK) wg_evaluation_clear(evaluation);
  return status;
}
