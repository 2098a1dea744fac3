/* doctor_learning.c: whether the net can learn: its gradient against differences, and twenty samples by heart. */
#include "doctor_internal.h"

#include <math.h>

/* ---- The gradient ---- */

enum { CHECKED_SAMPLES = 3, CHECKED_ELEMENTS = 3 };

void wg_doctor_judge_gradient(wg_doctor *doctor, const wg_check *check) {
  size_t count = wg_check_count(check), wrong = wg_check_count_of(check, WG_FAIL);
  if (count == 0) return;
  const wg_check_entry *worst = wg_check_worst(check, 0);
  if (wrong)
    wg_doctor_add(doctor, WG_SYMPTOM_GRADIENT_WRONG, WG_SEVERITY_PROBLEM, WG_VARIANT_ONLY,
                  "%zu of %zu elements are not what central differences say; element %lld of %s is %.6g, not %.6g",
                  wrong, count, (long long)worst->index, wg_node_name(worst->node), worst->reverse, worst->difference);
  else if (wg_check_count_of(check, WG_PASS) > 0)
    wg_doctor_add(doctor, WG_SYMPTOM_GRADIENT_WRONG, WG_SEVERITY_GOOD, WG_VARIANT_ONLY,
                  "%zu elements of the gradient are what central differences say, to %.1g",
                  wg_check_count_of(check, WG_PASS), wg_check_error_max(check));
}

/* Values for all leaves of the net: a few samples, and weights as they begin. */
static wg_status check_net(wg_doctor *doctor, const wg_net *net, const wg_weights *weights, wg_error *error) {
  const wg_samples *samples = doctor->patient->training;
  const wg_allocator *allocator = &doctor->allocator;
  int64_t seed = 1;
  size_t rows[CHECKED_SAMPLES], count = 0;
  void *x = wg_allocate_zeroed(allocator, (size_t)wg_node_size(net->X), sizeof(double));
  void *y = wg_allocate_zeroed(allocator, (size_t)wg_node_size(net->Y), sizeof(double));
  wg_binding *bindings = wg_allocate(allocator, net->param_count + 3, sizeof *bindings);
  wg_status status = x && y && bindings ? WG_OK : wg_error_memory(error);
  if (status == WG_OK) {
    wg_pick(doctor->patient->seed, (size_t)samples->rows, (size_t)net->spec.samples, rows);
    samples->fill(samples, net, 0, rows, 0, x, y);
    bindings[count++] = (wg_binding){net->X, x};
    bindings[count++] = (wg_binding){net->Y, y};
    if (net->seed) bindings[count++] = (wg_binding){net->seed, &seed};
    for (size_t k = 0; k < net->param_count; k++) bindings[count++] = (wg_binding){net->params[k], weights->data[k]};
    const wg_check_options options = {.samples = CHECKED_ELEMENTS, .seed = doctor->patient->seed};
    wg_check *check = wg_check_gradient(net->J, net->param_count, net->params, count, bindings, &options);
    status = wg_check_status(check);
    if (status == WG_OK)
      wg_doctor_judge_gradient(doctor, check);
    else
      wg_error_set(error, status, "%s", check ? wg_check_error(check) : "out of memory");
    wg_check_free(check);
  }
  wg_release(allocator, x);
  wg_release(allocator, y);
  wg_release(allocator, bindings);
  return status;
}

wg_status wg_doctor_gradient(wg_doctor *doctor, wg_error *error) {
  wg_net_spec spec = doctor->patient->spec;
  int64_t rows = doctor->patient->training->rows;
  spec.dtype = WG_F64;
  spec.samples = rows < CHECKED_SAMPLES ? rows : CHECKED_SAMPLES;
  spec.learning = true;
  spec.allocator = &doctor->allocator;
  wg_net *net = wg_net_new(&spec);
  wg_status status = wg_net_status(net);
  if (status != WG_OK) wg_error_set(error, status, "%s", wg_net_error(net));
  wg_weights *weights = status == WG_OK ? wg_weights_new(net, &doctor->allocator) : NULL;
  if (status == WG_OK && !weights) status = wg_error_memory(error);
  if (status == WG_OK) {
    wg_random random = wg_random_new(doctor->patient->seed, WG_STREAM_WEIGHTS);
    wg_weights_init(weights, net, doctor->patient->init, &random);
    status = check_net(doctor, net, weights, error);
  }
  wg_weights_free(weights);
  wg_net_free(net);
  return status;
}

/* ---- Twenty samples by heart ---- */

enum { TWENTY = 20, HEART_STEPS = 400, HEART_EVERY = 20 };

/* Right about all of them, or of texts, whose first characters nobody can know, a loss that is far below ln K. */
static bool by_heart(const wg_net_spec *spec, const wg_epoch *epoch, int64_t classes) {
  if (wg_net_is_sequence(spec->kind)) return epoch->loss < 0.5 * log((double)classes);
  return epoch->accuracy == 1 && epoch->loss < 0.2;
}

typedef struct heart {
  wg_model *model;
  int64_t classes, steps;
  wg_epoch last;
  bool learned;
} heart;

static bool heart_progress(void *context, const wg_epoch *epoch) {
  heart *h = context;
  h->last = *epoch;
  h->steps = epoch->steps;
  h->learned = by_heart(&h->model->spec, epoch, h->classes);
  return !h->learned;
}

/* Tries with Adam at one rate; a loss that is not finite is no success. */
static wg_status try_heart(const wg_doctor *doctor, const wg_samples *samples, double rate, heart *h, wg_error *error) {
  wg_net_spec spec = doctor->patient->spec;
  spec.dropout = spec.smoothing = 0;
  spec.allocator = &doctor->allocator;
  wg_status status = wg_model_new(&spec, doctor->patient->init, doctor->patient->seed, &h->model, error);
  if (status != WG_OK) return status;
  wg_train_options options = wg_train_options_default();
  options.optimizer = wg_optimizer_options_of(WG_OPTIMIZER_ADAM);
  options.rate = rate;
  options.epochs = HEART_STEPS;
  options.report_every = HEART_EVERY;
  options.progress = heart_progress;
  options.context = h;
  status = wg_train_samples(h->model, samples, NULL, &options, NULL, error);
  wg_model_free(h->model);
  return status == WG_ERROR_DATA ? WG_OK : status;
}

static bool has_hidden_layers(const wg_doctor *doctor) { return doctor->layer_count > 0; }

wg_status wg_doctor_twenty(wg_doctor *doctor, wg_error *error) {
  const wg_samples *training = doctor->patient->training;
  const wg_net net = {.spec = doctor->patient->spec};
  size_t rows[TWENTY], count = training->rows < TWENTY ? (size_t)training->rows : TWENTY;
  wg_pick(doctor->patient->seed, (size_t)training->rows, count, rows);
  const wg_picked picked = {training, count, rows};
  wg_samples samples = wg_picked_samples(&picked);
  const double rates[] = {0.01, 0.001, 0.1};
  heart h = {.classes = wg_net_classes(&net)};
  for (size_t r = 0; r < 3 && !h.learned; r++) {
    wg_status status = try_heart(doctor, &samples, rates[r], &h, error);
    if (status != WG_OK) return status;
  }
  bool linear = !has_hidden_layers(doctor);
  if (h.learned)
    wg_doctor_add(doctor, WG_SYMPTOM_TWENTY_SAMPLES, WG_SEVERITY_GOOD, WG_VARIANT_ONLY,
                  "%zu samples are learned by heart in %lld steps", count, (long long)h.steps);
  else
    wg_doctor_add(doctor, WG_SYMPTOM_TWENTY_SAMPLES, linear ? WG_SEVERITY_NOTE : WG_SEVERITY_PROBLEM,
                  linear ? WG_VARIANT_LOW : WG_VARIANT_HIGH,
                  "%zu samples are not learned by heart in %d steps: loss %.3g, %.0f %% right", count, HEART_STEPS,
                  h.last.loss, 100 * h.last.accuracy);
  return WG_OK;
}
