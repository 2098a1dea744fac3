#include "recording.h"

#include "../engine/grad.h"
#include "../engine/memory.h"

static wg_status plan_net(wg_recording *recording, wg_error *error) {
  wg_net *net = recording->net;
  size_t grad_count = recording->purpose == WG_TO_LEARN ? net->param_count : 0;
  wg_node **outputs = wg_allocate(&recording->allocator, grad_count + 2, sizeof *outputs);
  if (!outputs) return wg_error_memory(error);

  size_t count = 0;
  if (recording->purpose != WG_TO_PREDICT) outputs[count++] = net->J;
  if (recording->purpose != WG_TO_LEARN) outputs[count++] = net->prediction;
  recording->parts.forward_end = wg_tape_count(net->tape);
  wg_status status = grad_count ? wg_grad(net->J, grad_count, net->params, recording->grad) : WG_OK;
  recording->parts.reverse_end = wg_tape_count(net->tape);
  for (size_t k = 0; k < grad_count; k++) outputs[count++] = recording->grad[k];
  if (status == WG_OK) recording->plan = wg_plan_new(count, outputs);
  wg_release(&recording->allocator, outputs);
  if (status != WG_OK) return wg_error_set(error, status, "%s", wg_tape_error(net->tape));
  if (wg_plan_status(recording->plan) == WG_OK) return WG_OK;
  return wg_error_set(error, wg_plan_status(recording->plan), "%s",
                      recording->plan ? wg_plan_error(recording->plan) : "out of memory");
}

static wg_status allocate_input(wg_recording *recording, const wg_node *input, void **memory, wg_error *error) {
  *memory = wg_allocate_zeroed(&recording->allocator, (size_t)wg_node_size(input), wg_dtype_size(wg_node_dtype(input)));
  if (!*memory) return wg_error_memory(error);
  wg_status status = wg_bind(recording->plan, input, *memory);
  return status == WG_OK ? WG_OK : wg_error_set(error, status, "%s", wg_plan_error(recording->plan));
}

static wg_status bind_seed(wg_recording *recording, wg_error *error) {
  const wg_node *seed = recording->net->seed;
  wg_status status = seed ? wg_bind(recording->plan, seed, &recording->seed) : WG_OK;
  return status == WG_OK ? WG_OK : wg_error_set(error, status, "%s", wg_plan_error(recording->plan));
}

static wg_status record(wg_recording *recording, const wg_model *model, int64_t samples, wg_error *error) {
  wg_net_spec spec = model->spec;
  spec.samples = samples;
  spec.learning = recording->purpose == WG_TO_LEARN;
  spec.allocator = &recording->allocator;
  recording->net = wg_net_new(&spec);
  wg_net *net = recording->net;
  if (wg_net_status(net) != WG_OK) return wg_error_set(error, wg_net_status(net), "%s", wg_net_error(net));
  recording->grad = wg_allocate_zeroed(&recording->allocator, net->param_count, sizeof *recording->grad);
  if (!recording->grad) return wg_error_memory(error);

  wg_status status = plan_net(recording, error);
  if (status == WG_OK) wg_plan_use_threads(recording->plan, model->threads);
  if (status == WG_OK) status = allocate_input(recording, net->X, &recording->x, error);
  if (status == WG_OK) status = allocate_input(recording, net->Y, &recording->y, error);
  if (status == WG_OK) status = bind_seed(recording, error);
  if (status != WG_OK) return status;
  status = wg_weights_bind(model->weights, net, recording->plan);
  return status == WG_OK ? WG_OK : wg_error_set(error, status, "the weights do not fit the net");
}

wg_status wg_recording_new(const wg_model *model, int64_t samples, wg_purpose purpose, wg_recording **recording,
                           wg_error *error) {
  *recording = NULL;
  wg_recording *made = wg_allocate_zeroed(&model->allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  made->purpose = purpose;
  made->allocator = model->allocator;
  wg_status status = record(made, model, samples, error);
  if (status == WG_OK)
    *recording = made;
  else
    wg_recording_free(made);
  return status;
}

void wg_recording_free(wg_recording *recording) {
  if (!recording) return;
  wg_allocator allocator = recording->allocator;
  wg_plan_free(recording->plan);
  wg_net_free(recording->net);
  wg_release(&allocator, recording->grad);
  wg_release(&allocator, recording->x);
  wg_release(&allocator, recording->y);
  wg_release(&allocator, recording);
}

void wg_recording_fill(wg_recording *recording, const wg_samples *samples, int64_t epoch, const size_t *rows,
                       int64_t first) {
  void *y = recording->purpose == WG_TO_PREDICT ? NULL : recording->y;
  samples->fill(samples, recording->net, epoch, rows, first, recording->x, y);
}

wg_status wg_recording_run(wg_recording *recording, wg_error *error) {
  wg_status status = wg_run(recording->plan);
  return status == WG_OK ? WG_OK : wg_error_set(error, status, "%s", wg_plan_error(recording->plan));
}

/* ---- Results ---- */

static double element(wg_dtype dtype, const void *data, int64_t i) {
  return dtype == WG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

int64_t wg_recording_predictions(const wg_recording *recording) {
  return recording->net->spec.samples * wg_net_labels(recording->net);
}

double wg_recording_loss(const wg_recording *recording) {
  const wg_net *net = recording->net;
  return element(net->spec.dtype, wg_data(recording->plan, net->J), 0);
}

double wg_recording_probability(const wg_recording *recording, int64_t j, int64_t class_index) {
  const wg_net *net = recording->net;
  int64_t m = net->spec.samples, outputs = wg_net_outputs(net);
  const void *data = wg_data(recording->plan, net->prediction);
  if (outputs < wg_net_classes(net)) { /* one output: the probability of class 1 */
    double p = element(net->spec.dtype, data, j);
    return class_index == 1 ? p : 1 - p;
  }
  int64_t i = wg_net_samples_are_columns(net) ? class_index * m + j : j * outputs + class_index;
  return element(net->spec.dtype, data, i);
}

int64_t wg_recording_class(const wg_recording *recording, int64_t j) {
  int64_t likeliest = 0;
  double largest = wg_recording_probability(recording, j, 0);
  for (int64_t k = 0; k < wg_net_classes(recording->net); k++) {
    double p = wg_recording_probability(recording, j, k);
    if (p != p) return -1;
    if (p <= largest) continue;
    largest = p;
    likeliest = k;
  }
  return likeliest;
}

int64_t wg_recording_target(const wg_recording *recording, int64_t j) {
  const wg_net *net = recording->net;
  if (wg_node_dtype(net->Y) == WG_I64) return ((const int64_t *)recording->y)[j];
  int64_t m = net->spec.samples, outputs = wg_net_outputs(net), target = 0;
  if (outputs < wg_net_classes(net)) return element(net->spec.dtype, recording->y, j) != 0;
  bool columns = wg_net_samples_are_columns(net);
  while (target < outputs - 1 &&
         element(net->spec.dtype, recording->y, columns ? target * m + j : j * outputs + target) == 0)
    target++;
  return target;
}

/* ---- Walks ---- */

wg_status wg_walk_start(wg_walk *walk, const wg_model *model, int64_t rows, int64_t size, wg_purpose purpose,
                        wg_error *error) {
  *walk = (wg_walk){.rows = rows, .size = size > 0 && size < rows ? size : rows};
  if (rows == 0) return WG_OK;
  wg_status status = wg_recording_new(model, walk->size, purpose, &walk->batch, error);
  if (status == WG_OK && rows % walk->size)
    status = wg_recording_new(model, rows % walk->size, purpose, &walk->last, error);
  if (status != WG_OK) wg_walk_end(walk);
  return status;
}

void wg_walk_end(wg_walk *walk) {
  wg_recording_free(walk->batch);
  wg_recording_free(walk->last);
  walk->batch = walk->last = NULL;
}

wg_recording *wg_walk_at(const wg_walk *walk, int64_t first) {
  return walk->rows - first < walk->size ? walk->last : walk->batch;
}
