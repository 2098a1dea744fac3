/* trainer_new.c: a training is made, and freed. */
#include "trainer_internal.h"

#include "../engine/memory.h"

#include <math.h>
#include <string.h>

wg_train_options wg_train_options_default(void) {
  return (wg_train_options){.rate = 1,
                            .epochs = 1000,
                            .seed = 1,
                            .optimizer = wg_optimizer_options_of(WG_OPTIMIZER_SGD),
                            .schedule = wg_schedule_options_of(WG_SCHEDULE_CONSTANT),
                            .average_decay = 0.999};
}

/* ---- Options ---- */

static wg_status check_counts(const wg_train_options *options, wg_error *error) {
  const struct {
    const char *name;
    int64_t value;
  } counts[] = {{"the number of epochs", options->epochs},
                {"the batch size", options->batch},
                {"the number of batches in a step", options->accumulate},
                {"the number of samples to judge", options->judged_max},
                {"the epoch from which weights are averaged", options->average_from}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (counts[i].value < 0)
      return wg_error_set(error, WG_ERROR_ARGUMENT, "%s is %lld", counts[i].name, (long long)counts[i].value);
  return WG_OK;
}

static wg_status check_options(const wg_train_options *options, wg_error *error) {
  if (!(isfinite(options->rate) && options->rate > 0))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the learning rate must be positive, not %g", options->rate);
  if (!(options->clip_value >= 0) || !(options->clip_norm >= 0))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "gradients are clipped to bounds of 0 (none) or more, not %g",
                        options->clip_value >= 0 ? options->clip_norm : options->clip_value);
  return check_counts(options, error);
}

/* ---- What it is made of ---- */

/* Biases and gains are not drawn to zero: they do not make a function steep (Goodfellow, Bengio, Courville, Deep
 * Learning, 2016, 7.1). */
static wg_status optimizer_make(wg_trainer *trainer, wg_error *error) {
  wg_weights *weights = trainer->model->weights;
  const wg_allocator *allocator = &trainer->model->allocator;
  size_t *undecayed = wg_allocate(allocator, weights->count, sizeof *undecayed);
  if (!undecayed) return wg_error_memory(error);
  wg_param_group group = {.params = undecayed, .rate_factor = 1};
  for (size_t k = 0; k < weights->count; k++)
    if (weights->role[k] == WG_ROLE_BIAS || weights->role[k] == WG_ROLE_GAIN) undecayed[group.count++] = k;
  wg_status status = wg_optimizer_new(&trainer->options.optimizer, group.count > 0, &group, weights, allocator,
                                      &trainer->optimizer, error);
  wg_release(allocator, undecayed);
  if (status == WG_OK) wg_optimizer_use_threads(trainer->optimizer, trainer->model->threads);
  return status;
}

static wg_status helpers_make(wg_trainer *trainer, wg_error *error) {
  const wg_train_options *options = &trainer->options;
  wg_weights *weights = trainer->model->weights;
  const wg_allocator *allocator = &trainer->model->allocator;
  wg_status status = optimizer_make(trainer, error);
  wg_schedule_options schedule = options->schedule;
  schedule.rate = options->rate;
  if (status == WG_OK) status = wg_schedule_start(&trainer->schedule, &schedule, error);
  if (status == WG_OK && options->averages)
    status = wg_average_new(options->average, options->average_decay, weights, allocator, &trainer->average, error);
  if (status == WG_OK && options->stops_early)
    status = wg_early_stopping_new(&options->stopping, weights, allocator, &trainer->stopping, error);
  if (status != WG_OK) return status;

  trainer->pointers = wg_allocate_zeroed(allocator, weights->count, sizeof *trainer->pointers);
  if (options->accumulate > 1 || options->clip_value > 0 || options->clip_norm > 0)
    trainer->gradients = wg_gradients_new(weights, allocator);
  else
    return trainer->pointers ? WG_OK : wg_error_memory(error);
  return trainer->pointers && trainer->gradients ? WG_OK : wg_error_memory(error);
}

static wg_status walks_make(wg_trainer *trainer, wg_error *error) {
  const wg_model *model = trainer->model;
  int64_t rows = trainer->training.rows, most = trainer->options.judged_max;
  int64_t judged = most > 0 && most < rows ? most : rows, size = wg_evaluation_size(model);
  wg_status status = wg_walk_start(&trainer->learning, model, rows, trainer->options.batch, WG_TO_LEARN, error);
  if (status == WG_OK) status = wg_walk_start(&trainer->judging, model, judged, size, WG_TO_EVALUATE, error);
  if (status == WG_OK && trainer->has_held)
    status = wg_walk_start(&trainer->judging_held, model, trainer->held.rows, size, WG_TO_EVALUATE, error);
  if (status != WG_OK) return status;

  const wg_allocator *allocator = &model->allocator;
  if (trainer->average) trainer->spare = wg_weights_new(trainer->learning.batch->net, allocator);
  if (judged < rows) trainer->picked = wg_allocate(allocator, (size_t)judged, sizeof *trainer->picked);
  if (trainer->learning.size < rows)
    trainer->order = wg_allocate(allocator, (size_t)rows, sizeof *trainer->order);
  else
    wg_recording_fill(trainer->learning.batch, &trainer->training, 1, NULL, 0); /* the same for every step */
  if ((trainer->average && !trainer->spare) || (judged < rows && !trainer->picked) ||
      (trainer->learning.size < rows && !trainer->order))
    return wg_error_memory(error);
  /* judged·rows may be too large for 64 bits, rows·i/judged is not: rows is that of something in memory */
  for (int64_t i = 0; i < judged && trainer->picked; i++)
    trainer->picked[i] = (size_t)((double)i * (double)rows / (double)judged);
  return WG_OK;
}

static wg_status make(wg_trainer *trainer, wg_error *error) {
  const wg_net net = {.spec = trainer->model->spec}; /* the sizes of a net are in its spec */
  if (trainer->training.rows == 0) return wg_error_set(error, WG_ERROR_DATA, "there are no samples to learn from");
  wg_status status = trainer->training.fits(&trainer->training, &net, error);
  if (status == WG_OK && trainer->has_held) status = trainer->held.fits(&trainer->held, &net, error);
  if (status == WG_OK) status = wg_evaluation_start(&trainer->evaluation, trainer->model, error);
  if (status == WG_OK) status = helpers_make(trainer, error);
  if (status == WG_OK) status = walks_make(trainer, error);
  trainer->figures = (trainer_figures){.loss = NAN, .norm = NAN};
  if (status == WG_OK) trainer->figures.rate = wg_schedule_rate(&trainer->schedule, 0);
  trainer->judged = (wg_epoch){.epoch = -1, .epochs = trainer->options.epochs, .loss = NAN, .accuracy = NAN};
  return status;
}

wg_status wg_trainer_new(wg_model *model, const wg_samples *training, const wg_samples *held,
                         const wg_train_options *options, wg_trainer **trainer, wg_error *error) {
  *trainer = NULL;
  wg_status status = check_options(options, error);
  if (status != WG_OK) return status;
  int64_t steps = wg_trainer_steps(training->rows, options);
  if (steps > 0 && options->epochs > INT64_MAX / steps)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%lld epochs of %lld steps are too many to count",
                        (long long)options->epochs, (long long)steps);
  wg_trainer *made = wg_allocate_zeroed(&model->allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  made->model = model;
  made->training = *training;
  made->has_held = held && held->rows > 0;
  if (made->has_held) made->held = *held;
  made->options = *options;
  status = make(made, error);
  if (status == WG_OK)
    *trainer = made;
  else
    wg_trainer_free(made);
  return status;
}

void wg_trainer_free(wg_trainer *trainer) {
  if (!trainer) return;
  wg_allocator allocator = trainer->model->allocator;
  wg_walk_end(&trainer->learning);
  wg_walk_end(&trainer->judging);
  wg_walk_end(&trainer->judging_held);
  wg_evaluation_clear(&trainer->evaluation);
  wg_optimizer_free(trainer->optimizer);
  wg_average_free(trainer->average);
  wg_early_stopping_free(trainer->stopping);
  wg_gradients_free(trainer->gradients);
  wg_weights_free(trainer->spare);
  wg_release(&allocator, trainer->pointers);
  wg_release(&allocator, trainer->order);
  wg_release(&allocator, trainer->picked);
  wg_release(&allocator, trainer);
}
