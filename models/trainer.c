/* trainer.c: a training as a machine that stands between two steps, at the beginning or end of an epoch, or at its end. */
#include "trainer_internal.h"

#include "../engine/denormals.h"
#include "../engine/memory.h"

#include <math.h>
#include <string.h>

int64_t wg_trainer_steps(int64_t rows, const wg_train_options *options) {
  if (rows <= 0 || options->batch < 0 || options->accumulate < 0) return 0;
  int64_t batch = options->batch > 0 && options->batch < rows ? options->batch : rows;
  int64_t group = options->accumulate > 0 ? options->accumulate : 1;
  int64_t batches = (rows - 1) / batch + 1;
  return (batches - 1) / group + 1;
}

void wg_trainer_shuffle(wg_trainer *trainer) {
  if (!trainer->order) return;
  int64_t rows = trainer->learning.rows;
  for (int64_t i = 0; i < rows; i++) trainer->order[i] = (size_t)i;
  wg_random random = wg_trainer_random(trainer, trainer->at.epoch + 1);
  wg_random_shuffle(&random, (size_t)rows, trainer->order);
}

/* ---- Judging ---- */

static void weights_copy(void *const *to, void *const *from, const wg_weights *weights) {
  for (size_t k = 0; k < weights->count; k++)
    memcpy(to[k], from[k], (size_t)weights->size[k] * wg_dtype_size(weights->dtype));
}

static bool averages_now(const wg_trainer *trainer) {
  return trainer->average && wg_average_count(trainer->average) > 0;
}

/* Judges the weights that are in place, and tells those who watch. */
static wg_status judge_weights(wg_trainer *trainer, wg_error *error) {
  wg_epoch *now = &trainer->judged;
  wg_evaluation *evaluation = &trainer->evaluation;
  wg_status status = wg_walk_evaluate(&trainer->judging, &trainer->training, trainer->picked, evaluation, error);
  if (status != WG_OK) return status;
  if (!isfinite(evaluation->loss)) return wg_trainer_fail_loss(trainer, trainer->at.epoch, evaluation->loss, error);
  now->loss = evaluation->loss;
  now->accuracy = evaluation->accuracy;
  now->held = trainer->has_held;
  now->held_loss = now->held_accuracy = NAN;
  if (trainer->has_held) {
    status = wg_walk_evaluate(&trainer->judging_held, &trainer->held, NULL, evaluation, error);
    if (status != WG_OK) return status;
    now->held_loss = evaluation->loss;
    now->held_accuracy = evaluation->accuracy;
  }
  double loss = trainer->has_held ? now->held_loss : now->loss;
  double accuracy = trainer->has_held ? now->held_accuracy : now->accuracy;
  if (trainer->at.epoch > 0) wg_schedule_observe(&trainer->schedule, loss);
  if (trainer->stopping)
    wg_early_stopping_observe(trainer->stopping, trainer->at.epoch, trainer->options.stopping.rising ? accuracy : loss);
  return WG_OK;
}

static wg_status judge(wg_trainer *trainer, wg_error *error) {
  wg_epoch *now = &trainer->judged;
  *now = (wg_epoch){.epoch = trainer->at.epoch, .epochs = trainer->options.epochs, .steps = trainer->at.step};
  now->running_loss = trainer->figures.weight > 0 ? trainer->figures.loss_sum / trainer->figures.weight : NAN;
  now->rate = trainer->figures.rate;
  wg_weights *weights = trainer->model->weights;
  bool average = averages_now(trainer);
  if (average) {
    weights_copy(trainer->spare->data, weights->data, weights);
    wg_average_apply(trainer->average);
  }
  wg_status status = judge_weights(trainer, error);
  if (average) weights_copy(weights->data, trainer->spare->data, weights);
  return status;
}

static bool judgement_due(const wg_trainer *trainer) {
  const wg_train_options *options = &trainer->options;
  int64_t every = options->report_every > 0 ? options->report_every : 1, epoch = trainer->at.epoch;
  return trainer->stopping || options->schedule.kind == WG_SCHEDULE_PLATEAU || epoch % every == 0 ||
         epoch == options->epochs;
}

/* ---- The next thing ---- */

static void end(wg_trainer *trainer) {
  if (trainer->stopping)
    wg_early_stopping_restore(trainer->stopping);
  else if (averages_now(trainer))
    wg_average_apply(trainer->average);
  trainer->at.phase = PHASE_ENDED;
}

static bool is_over(const wg_trainer *trainer) {
  return trainer->at.epoch >= trainer->options.epochs ||
         (trainer->stopping && wg_early_stopping_over(trainer->stopping));
}

/* An epoch is behind us, or the start is. */
static wg_status arrive(wg_trainer *trainer, wg_trainer_event *event, wg_error *error) {
  bool due = judgement_due(trainer);
  const double begin = wg_trainer_clock(trainer);
  wg_status status = due ? judge(trainer, error) : WG_OK;
  trainer->times.judging += wg_trainer_clock(trainer) - begin;
  trainer->times.judgements += due;
  if (status != WG_OK) return status;
  *event = WG_TRAINER_JUDGED;
  trainer->at.phase = PHASE_BETWEEN;
  return due ? WG_OK : wg_trainer_next(trainer, event, error);
}

static wg_status step_on(wg_trainer *trainer, wg_trainer_event *event, wg_error *error) {
  if (trainer->at.first == 0) {
    wg_trainer_shuffle(trainer);
    trainer->figures.loss_sum = trainer->figures.weight = 0;
  }
  wg_status status = wg_trainer_step(trainer, error);
  if (status != WG_OK) return status;
  trainer->at.step++;
  *event = WG_TRAINER_STEPPED;
  if (trainer->at.first < trainer->learning.rows) return WG_OK;
  trainer->at.first = 0;
  trainer->at.epoch++;
  trainer->at.phase = PHASE_ARRIVED;
  if (trainer->average && trainer->options.average == WG_AVERAGE_SWA &&
      trainer->at.epoch >= trainer->options.average_from)
    wg_average_update(trainer->average);
  return WG_OK;
}

/* A step, without denormals unless they are wanted; and the time of what it does beside its batches. */
static wg_status step(wg_trainer *trainer, wg_trainer_event *event, wg_error *error) {
  wg_trainer_times *times = &trainer->times;
  const double begin = wg_trainer_clock(trainer), batches = times->data + times->gradient;
  const bool flushes = !trainer->options.denormals;
  const wg_denormals before = flushes ? wg_denormals_flushed() : (wg_denormals){0};
  wg_status status = step_on(trainer, event, error);
  if (flushes) wg_denormals_restore(before);
  times->update += wg_trainer_clock(trainer) - begin - (times->data + times->gradient - batches);
  times->steps++;
  return status;
}

wg_status wg_trainer_next(wg_trainer *trainer, wg_trainer_event *event, wg_error *error) {
  *event = WG_TRAINER_ENDED;
  switch (trainer->at.phase) {
  case PHASE_ARRIVED:
    return arrive(trainer, event, error);
  case PHASE_BETWEEN:
    if (!is_over(trainer)) return step(trainer, event, error);
    end(trainer);
    return WG_OK;
  default:
    return WG_OK;
  }
}

/* ---- What it says of itself ---- */

const wg_epoch *wg_trainer_epoch(const wg_trainer *trainer) { return &trainer->judged; }

wg_plan *wg_trainer_plan(const wg_trainer *trainer) { return trainer->met ? trainer->met->plan : NULL; }

wg_trainer_progress wg_trainer_where(const wg_trainer *trainer) {
  const wg_train_options *options = &trainer->options;
  return (wg_trainer_progress){
      .epoch = trainer->at.epoch,
      .epochs = options->epochs,
      .step = trainer->at.step,
      .steps = options->epochs * wg_trainer_steps(trainer->training.rows, options),
      .samples = trainer->at.first,
      .epoch_samples = trainer->training.rows,
      .loss = trainer->figures.loss,
      .gradient_norm = trainer->figures.norm,
      .rate = trainer->figures.rate,
      .stopped_early = trainer->at.phase == PHASE_ENDED && trainer->at.epoch < options->epochs,
      .best_epoch = trainer->stopping ? wg_early_stopping_best_epoch(trainer->stopping) : -1,
  };
}
