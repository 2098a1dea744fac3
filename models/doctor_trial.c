/* doctor_trial.c: the first steps of the training that is planned: whether the loss falls, and how large steps are. */
#include "doctor_internal.h"

#include "../engine/anomaly.h"
#include "trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct trial {
  wg_doctor *doctor;
  wg_model *model;
  wg_trainer *trainer;
  int64_t steps, taken;
  double *loss;    /* of each step's batch */
  double *changes; /* (weights, steps): |Δw|/|w| of each step */
  double *before;  /* the weights of one tensor before each step, all one after the other */
} trial;

static double element(const wg_weights *weights, size_t k, int64_t i) {
  return weights->dtype == WG_F32 ? (double)((const float *)weights->data[k])[i]
                                  : ((const double *)weights->data[k])[i];
}

static void remember(const trial *t) {
  const wg_weights *weights = t->model->weights;
  double *before = t->before;
  for (size_t k = 0; k < weights->count; k++)
    for (int64_t i = 0; i < weights->size[k]; i++) *before++ = element(weights, k, i);
}

static void compare(trial *t) {
  const wg_weights *weights = t->model->weights;
  const double *before = t->before;
  for (size_t k = 0; k < weights->count; k++) {
    double size = 0, change = 0;
    for (int64_t i = 0; i < weights->size[k]; i++) {
      double w = *before++, moved = element(weights, k, i) - w;
      size += w * w;
      change += moved * moved;
    }
    t->changes[(int64_t)k * t->steps + t->taken] = sqrt(change / size); /* NaN or ∞ of what is 0 */
  }
}

/* The steps, until there are enough of them or the loss is not finite, which *broken says. */
static wg_status take_steps(trial *t, bool *broken, wg_error *error) {
  while (t->taken < t->steps) {
    wg_trainer_event event;
    remember(t);
    wg_status status = wg_trainer_next(t->trainer, &event, error);
    *broken = status == WG_ERROR_DATA;
    if (status != WG_OK) return *broken ? WG_OK : status;
    if (event == WG_TRAINER_ENDED) return WG_OK;
    if (event != WG_TRAINER_STEPPED) continue;
    compare(t);
    t->loss[t->taken++] = wg_trainer_where(t->trainer).loss;
  }
  return WG_OK;
}

static int by_value(const void *x, const void *y) {
  double a = *(const double *)x, b = *(const double *)y;
  return (a > b) - (a < b);
}

/* Of the finite ones; NaN if there are none. */
static double median(double *values, int64_t count) {
  int64_t finite = 0;
  for (int64_t i = 0; i < count; i++)
    if (isfinite(values[i])) values[finite++] = values[i];
  qsort(values, (size_t)finite, sizeof *values, by_value);
  return finite ? values[finite / 2] : NAN;
}

static double mean(const double *values, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += values[i] / (double)count;
  return sum;
}

/* The means of the first and the last tenth of the steps are compared, since batches differ. */
static void judge_loss(const trial *t, bool broken) {
  wg_doctor *doctor = t->doctor;
  if (broken) {
    wg_anomaly anomaly;
    char text[1024] = "";
    if (wg_anomaly_find(wg_trainer_plan(t->trainer), &anomaly) == WG_OK) wg_anomaly_text(&anomaly, text, sizeof text);
    wg_doctor_add(doctor, WG_SYMPTOM_LOSS_FALLS, WG_SEVERITY_PROBLEM, WG_VARIANT_NONE,
                  "after %lld steps the loss is not finite any more; %s", (long long)t->taken, text);
    return;
  }
  if (t->taken < 2) return;
  int64_t tenth = t->taken / 10 > 0 ? t->taken / 10 : 1;
  double first = mean(t->loss, tenth), last = mean(t->loss + t->taken - tenth, tenth);
  bool risen = last > 1.1 * first, stays = last > 0.99 * first;
  wg_doctor_add(doctor, WG_SYMPTOM_LOSS_FALLS,
                risen   ? WG_SEVERITY_PROBLEM
                : stays ? WG_SEVERITY_NOTE
                        : WG_SEVERITY_GOOD,
                risen ? WG_VARIANT_HIGH : WG_VARIANT_LOW, "in %lld steps the loss went from %.4g to %.4g",
                (long long)t->taken, first, last);
}

static void judge_changes(const trial *t) {
  const wg_weights *weights = t->model->weights;
  const wg_weight_health *least = NULL, *most = NULL;
  for (size_t k = 0; k < weights->count; k++) {
    wg_weight_health *health = &t->doctor->weights[k];
    health->change = median(t->changes + (int64_t)k * t->steps, t->taken);
    bool grows = weights->role[k] == WG_ROLE_MATRIX || weights->role[k] == WG_ROLE_KERNEL;
    if (!grows || !isfinite(health->change)) continue;
    if (!least || health->change < least->change) least = health;
    if (!most || health->change > most->change) most = health;
  }
  if (!least) return;
  bool high = most->change > 0.1, low = most->change < 1e-5, still = most->change == 0;
  char others[96] = "";
  if (most != least) snprintf(others, sizeof others, ", %.60s by %.2g %%", most->name, 100 * most->change);
  wg_doctor_add(t->doctor, WG_SYMPTOM_STEP_SIZE, high || low ? WG_SEVERITY_PROBLEM : WG_SEVERITY_GOOD,
                still ? WG_VARIANT_NONE
                : low ? WG_VARIANT_LOW
                      : WG_VARIANT_HIGH,
                "a step changes %s by %.2g %%%s", least->name, 100 * least->change, others);
}

static wg_status trial_run(trial *t, wg_error *error) {
  const wg_patient *patient = t->doctor->patient;
  const wg_allocator *allocator = &t->doctor->allocator;
  const wg_weights *weights = t->model->weights;
  size_t elements = 0, all;
  for (size_t k = 0; k < weights->count; k++) elements += (size_t)weights->size[k];
  if (!wg_size_multiply(weights->count, (size_t)t->steps, &all)) return wg_error_memory(error);
  t->loss = wg_allocate(allocator, (size_t)t->steps, sizeof(double));
  t->changes = wg_allocate(allocator, all, sizeof(double));
  t->before = wg_allocate(allocator, elements, sizeof(double));
  if (!t->loss || !t->changes || !t->before) return wg_error_memory(error);

  wg_train_options options = patient->options;
  options.averages = options.stops_early = false; /* whose end replaces the weights */
  options.report_every = INT64_MAX;
  options.judged_max = 1;
  options.epochs = options.epochs > t->steps ? options.epochs : t->steps; /* each has a step at least */
  options.progress = NULL;
  wg_status status = wg_trainer_new(t->model, patient->training, NULL, &options, &t->trainer, error);
  if (status != WG_OK) return status;
  bool broken = false;
  status = take_steps(t, &broken, error);
  if (status != WG_OK) return status;
  judge_loss(t, broken);
  judge_changes(t);
  return WG_OK;
}

wg_status wg_doctor_trial(wg_doctor *doctor, wg_model *model, wg_error *error) {
  const wg_patient *patient = doctor->patient;
  bool searches = patient->options.optimizer.kind == WG_OPTIMIZER_LBFGS;
  trial t = {.doctor = doctor, .model = model, .steps = patient->steps > 0 ? patient->steps : searches ? 10 : 100};
  wg_status status = trial_run(&t, error);
  wg_trainer_free(t.trainer);
  wg_release(&doctor->allocator, t.loss);
  wg_release(&doctor->allocator, t.changes);
  wg_release(&doctor->allocator, t.before);
  return status;
}
