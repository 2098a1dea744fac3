/* doctor.c: an examination: what is looked at, and the list of what was found. */
#include "doctor_internal.h"

#include <math.h>
#include <string.h>

/* ---- Findings ---- */

void *wg_doctor_take(wg_doctor *doctor, size_t count, size_t size) {
  size_t bytes;
  void *taken = wg_size_multiply(count, size, &bytes) ? wg_arena_take(&doctor->arena, &doctor->allocator, bytes) : NULL;
  if (taken)
    memset(taken, 0, bytes);
  else
    doctor->failed = true;
  return taken;
}

char *wg_doctor_copy(wg_doctor *doctor, const char *text) {
  char *copy = wg_doctor_take(doctor, strlen(text) + 1, 1);
  return copy ? strcpy(copy, text) : NULL;
}

size_t wg_doctor_count(const wg_doctor *doctor) { return doctor->finding_count; }

const wg_finding *wg_doctor_at(const wg_doctor *doctor, size_t i) {
  return i < doctor->finding_count ? &doctor->findings[i] : NULL;
}

const wg_finding *wg_doctor_find(const wg_doctor *doctor, wg_symptom symptom) {
  for (size_t i = 0; i < doctor->finding_count; i++)
    if (doctor->findings[i].symptom == symptom) return &doctor->findings[i];
  return NULL;
}

wg_severity wg_doctor_worst(const wg_doctor *doctor) {
  wg_severity worst = WG_SEVERITY_GOOD;
  for (size_t i = 0; i < doctor->finding_count; i++)
    if (doctor->findings[i].severity > worst) worst = doctor->findings[i].severity;
  return worst;
}

const wg_weight_health *wg_doctor_weight(const wg_doctor *doctor, size_t i) {
  return i < doctor->weight_count ? &doctor->weights[i] : NULL;
}

const wg_layer_health *wg_doctor_layer(const wg_doctor *doctor, size_t i) {
  return i < doctor->layer_count ? &doctor->layers[i] : NULL;
}

/* ---- Picked samples ---- */

static wg_status picked_fits(const wg_samples *samples, const wg_net *net, wg_error *error) {
  const wg_picked *picked = samples->source;
  return picked->of->fits(picked->of, net, error);
}

static void picked_fill(const wg_samples *samples, const wg_net *net, int64_t epoch, const size_t *rows, int64_t first,
                        void *x, void *y) {
  const wg_picked *picked = samples->source;
  size_t chosen[256];
  (void)epoch;
  /* a net takes as many as there are, at most so many */
  for (int64_t j = 0; j < net->spec.samples; j++) chosen[j] = picked->rows[rows ? rows[j] : (size_t)(first + j)];
  picked->of->fill(picked->of, net, 0, chosen, 0, x, y);
}

wg_samples wg_picked_samples(const wg_picked *picked) {
  return (wg_samples){.rows = (int64_t)picked->count,
                      .classes = picked->of->classes,
                      .source = picked,
                      .fits = picked_fits,
                      .fill = picked_fill};
}

void wg_pick(uint64_t seed, size_t total, size_t count, size_t *rows) {
  wg_random random = wg_random_new(seed, WG_STREAM_SPLIT);
  for (size_t j = 0; j < count; j++) {
    size_t first = (size_t)((double)j * (double)total / (double)count);
    size_t end = (size_t)((double)(j + 1) * (double)total / (double)count);
    rows[j] = first + (size_t)wg_random_below(&random, end - first);
  }
}

/* ---- The examination ---- */

static wg_status examine_data(wg_doctor *doctor, wg_error *error) {
  if (!doctor->patient->training_table) return WG_OK;
  wg_status status = wg_doctor_classes(doctor, error);
  if (status == WG_OK) wg_doctor_features(doctor);
  return status == WG_OK ? wg_doctor_duplicates(doctor, error) : status;
}

/* The net at the start, whether it can learn, and what its first steps do. */
static wg_status examine_learning(wg_doctor *doctor, wg_look *look, wg_model *model, wg_error *error) {
  double loss;
  wg_look_measure(look);
  wg_doctor_judge_start(look);
  wg_status status = wg_doctor_gradient(doctor, error);
  if (status == WG_OK) status = wg_doctor_twenty(doctor, error);
  if (status == WG_OK && !doctor->failed) status = wg_doctor_trial(doctor, model, error);
  if (status == WG_OK) status = wg_look_run(look, &loss, error);
  if (status != WG_OK || doctor->failed || !isfinite(loss)) return status;
  wg_look_measure_later(look);
  wg_doctor_judge_later(look);
  return WG_OK;
}

/* Where the first loss is not a number, nothing else can be said. */
static wg_status examine_net(wg_doctor *doctor, wg_model *model, wg_error *error) {
  wg_look *look;
  double loss;
  wg_status status = wg_look_new(doctor, model, &look, error);
  if (status == WG_OK) status = wg_look_run(look, &loss, error);
  if (status == WG_OK) wg_doctor_judge_loss(look, loss);
  if (status == WG_OK && isfinite(loss)) status = examine_learning(doctor, look, model, error);
  wg_look_free(look);
  return status;
}

static wg_status examine(wg_doctor *doctor, wg_error *error) {
  const wg_patient *patient = doctor->patient;
  wg_net_spec spec = patient->spec;
  spec.allocator = &doctor->allocator;
  wg_model *model;
  wg_status status = wg_model_new(&spec, patient->init, patient->seed, &model, error);
  if (status != WG_OK) return status;
  const wg_net net = {.spec = model->spec};
  status = patient->training->fits(patient->training, &net, error);
  if (status == WG_OK && patient->held) status = patient->held->fits(patient->held, &net, error);
  if (status == WG_OK && patient->training->rows == 0)
    status = wg_error_set(error, WG_ERROR_DATA, "there are no samples to learn from");
  if (status == WG_OK) status = examine_data(doctor, error);
  if (status == WG_OK) status = examine_net(doctor, model, error);
  wg_model_free(model);
  return status == WG_OK && doctor->failed ? wg_error_memory(error) : status;
}

wg_status wg_doctor_new(const wg_patient *patient, const wg_allocator *allocator, wg_doctor **doctor, wg_error *error) {
  *doctor = NULL;
  if (!allocator) allocator = &wg_allocator_default;
  wg_doctor *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  made->allocator = *allocator;
  made->patient = patient;
  wg_status status = examine(made, error);
  made->patient = NULL;
  if (status == WG_OK)
    *doctor = made;
  else
    wg_doctor_free(made);
  return status;
}

void wg_doctor_free(wg_doctor *doctor) {
  if (!doctor) return;
  wg_allocator allocator = doctor->allocator;
  wg_arena_free(&doctor->arena, &allocator);
  wg_release(&allocator, doctor);
}
