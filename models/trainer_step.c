/* trainer_step.c: one step: the gradients of its batches, averaged and clipped, and what the optimizer makes of them. */
#include "trainer_internal.h"

#include <math.h>

wg_random wg_trainer_random(const wg_trainer *trainer, int64_t number) {
  /* an odd multiple of 2⁶⁴/φ leads every number somewhere else (Knuth, TAOCP 3, 6.4) */
  return wg_random_new(trainer->options.seed + (uint64_t)number * UINT64_C(0x9e3779b97f4a7c15), WG_STREAM_BATCHES);
}

wg_status wg_trainer_fail_loss(const wg_trainer *trainer, int64_t epoch, double loss, wg_error *error) {
  return wg_error_set(error, WG_ERROR_DATA, "epoch %lld: the loss is %g; try a learning rate smaller than %g",
                      (long long)epoch, isnan(loss) ? NAN : loss, /* no -nan */
                      trainer->options.rate);
}

/* The batches of a step: from at.first on, at most `accumulate` of them. */
typedef struct step_batches {
  wg_trainer *trainer;
  int64_t first, end;
} step_batches;

static bool all_finite(wg_dtype dtype, int64_t count, const void *data) {
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(dtype == WG_F32 ? ((const float *)data)[i] : ((const double *)data)[i])) return false;
  return true;
}

static wg_status look_at_gradients(const wg_trainer *trainer, wg_error *error) {
  const wg_weights *weights = trainer->model->weights;
  for (size_t k = 0; k < weights->count; k++)
    if (!all_finite(weights->dtype, weights->size[k], trainer->pointers[k]))
      return wg_error_set(error, WG_ERROR_DATA, "epoch %lld: the loss is finite, but its gradient by %s is not",
                          (long long)trainer->at.epoch + 1, weights->name[k]);
  return WG_OK;
}

/* Runs the batch that begins at sample `first`; its gradients lie at trainer->pointers then. */
static wg_status batch_run(wg_trainer *trainer, int64_t first, double *loss, wg_error *error) {
  wg_recording *recording = trainer->met = wg_walk_at(&trainer->learning, first);
  const double begin = wg_trainer_clock(trainer);
  if (trainer->order || trainer->training.varies)
    wg_recording_fill(recording, &trainer->training, trainer->at.epoch + 1,
                      trainer->order ? trainer->order + first : NULL, first);
  const double filled = wg_trainer_clock(trainer);
  wg_random random = wg_trainer_random(trainer, trainer->at.step);
  recording->seed = (int64_t)(wg_random_next(&random) >> 1) ^ first; /* another mask for each batch of the step */
  wg_status status = wg_recording_run(recording, error);
  trainer->times.data += filled - begin;
  trainer->times.gradient += wg_trainer_clock(trainer) - filled;
  trainer->times.batches++;
  if (status != WG_OK) return status;
  *loss = wg_recording_loss(recording);
  for (size_t k = 0; k < trainer->model->weights->count; k++)
    trainer->pointers[k] = wg_data(recording->plan, recording->grad[k]);
  return trainer->options.watches && isfinite(*loss) ? look_at_gradients(trainer, error) : WG_OK;
}

static wg_status clip(wg_trainer *trainer, wg_gradients *gradients) {
  const wg_train_options *options = &trainer->options;
  if (options->clip_value > 0) wg_clip_value(gradients, options->clip_value);
  if (options->clip_norm > 0) trainer->figures.norm = wg_clip_norm(gradients, options->clip_norm);
  return WG_OK;
}

/* The optimizer asks: the loss and its gradient at the weights as they are, over all batches of the step. */
static wg_status evaluate(void *context, double *loss, const void *const **gradients, wg_error *error) {
  const step_batches *batches = context;
  wg_trainer *trainer = batches->trainer;
  double all = (double)(batches->end - batches->first);
  *loss = 0;
  if (trainer->gradients) wg_gradients_zero(trainer->gradients);
  for (int64_t first = batches->first; first < batches->end; first += trainer->learning.size) {
    double batch_loss;
    wg_status status = batch_run(trainer, first, &batch_loss, error);
    if (status != WG_OK) return status;
    double part = (double)wg_walk_at(&trainer->learning, first)->net->spec.samples / all;
    *loss += part * batch_loss;
    if (trainer->gradients) wg_gradients_add(trainer->gradients, trainer->pointers, part);
  }
  /* L-BFGS takes a loss that is not finite for a step too far; the others would step into it */
  if (!isfinite(*loss) && !wg_optimizer_evaluates(trainer->optimizer))
    return wg_trainer_fail_loss(trainer, trainer->at.epoch + 1, *loss, error);
  *gradients = trainer->pointers;
  if (!trainer->gradients) return WG_OK;
  *gradients = (const void *const *)trainer->gradients->data;
  return clip(trainer, trainer->gradients);
}

wg_status wg_trainer_step(wg_trainer *trainer, wg_error *error) {
  const wg_train_options *options = &trainer->options;
  int64_t rows = trainer->learning.rows, left = rows - trainer->at.first;
  int64_t group = options->accumulate > 0 ? options->accumulate : 1;
  int64_t size = left / trainer->learning.size < group ? left : group * trainer->learning.size;
  step_batches batches = {trainer, trainer->at.first, trainer->at.first + size};
  wg_evaluator evaluator = {evaluate, &batches};
  double loss = NAN;

  trainer->figures.rate = wg_schedule_rate(&trainer->schedule, trainer->at.step);
  wg_status status = wg_optimizer_step_by(trainer->optimizer, &evaluator, trainer->figures.rate, &loss, error);
  if (status != WG_OK) return status;
  trainer->figures.loss = loss;
  trainer->figures.loss_sum += loss * (double)size;
  trainer->figures.weight += (double)size;
  trainer->at.first += size;
  if (!isfinite(loss)) return wg_trainer_fail_loss(trainer, trainer->at.epoch + 1, loss, error);
  if (trainer->average && options->average == WG_AVERAGE_EMA && trainer->at.epoch >= options->average_from)
    wg_average_update(trainer->average);
  return WG_OK;
}
