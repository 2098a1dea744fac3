/* predictions.c: a model asked about samples, a batch at a time, and its logits turned into probabilities and losses. */
#include "predictions.h"

#include "../engine/memory.h"
#include "recording.h"

#include <math.h>

/* A net that takes one batch, and its logits. */
typedef struct asking {
  wg_net *net;
  wg_plan *plan;
  void *x, *y;
} asking;

static wg_status asking_start(asking *a, const wg_model *model, int64_t samples, wg_error *error) {
  const wg_allocator *allocator = &model->allocator;
  wg_net_spec spec = model->spec;
  spec.samples = samples;
  spec.learning = false;
  spec.class_indices = !wg_net_samples_are_columns(&(wg_net){.spec = spec}); /* Y is then the labels themselves */
  spec.allocator = allocator;
  a->net = wg_net_new(&spec);
  wg_status status = wg_net_status(a->net);
  if (status != WG_OK) return wg_error_set(error, status, "%s", wg_net_error(a->net));
  const wg_net *net = a->net;
  a->plan = wg_plan_new(1, &net->logits);
  a->x = wg_allocate(allocator, (size_t)wg_node_size(net->X), wg_dtype_size(wg_node_dtype(net->X)));
  a->y = wg_allocate(allocator, (size_t)wg_node_size(net->Y), wg_dtype_size(wg_node_dtype(net->Y)));
  if (!a->x || !a->y) return wg_error_memory(error);
  status = wg_plan_status(a->plan);
  if (status == WG_OK) status = wg_bind(a->plan, net->X, a->x);
  if (status == WG_OK) status = wg_weights_bind(model->weights, net, a->plan);
  return status == WG_OK ? WG_OK
                         : wg_error_set(error, status, "%s", a->plan ? wg_plan_error(a->plan) : "out of memory");
}

static void asking_end(asking *a, const wg_allocator *allocator) {
  wg_plan_free(a->plan);
  wg_net_free(a->net);
  wg_release(allocator, a->x);
  wg_release(allocator, a->y);
}

static double element(wg_dtype dtype, const void *data, int64_t i) {
  return dtype == WG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

/* ---- From logits to probabilities and losses ---- */

/* z → SM(z) in place, and −ln SM(z)_label. */
static double softmax_loss(int64_t classes, double *z, int64_t label) {
  double largest = z[0], total = 0;
  for (int64_t k = 1; k < classes; k++) largest = fmax(largest, z[k]);
  double own = z[label] - largest;
  for (int64_t k = 0; k < classes; k++) total += z[k] = exp(z[k] - largest);
  for (int64_t k = 0; k < classes; k++) z[k] /= total;
  return log(total) - own;
}

/* ln(1 + eᶻ). */
static double softplus(double z) { return fmax(z, 0) + log1p(exp(-fabs(z))); }
static double logistic(double z) { return z < 0 ? exp(z) / (1 + exp(z)) : 1 / (1 + exp(-z)); }

/* z → σ(z) in place for each output, and the mean of the binary cross-entropies. */
static double sigmoid_loss(int64_t outputs, double *z, int64_t label) {
  double sum = 0;
  for (int64_t k = 0; k < outputs; k++) {
    sum += softplus(label == k ? -z[k] : z[k]);
    z[k] = logistic(z[k]);
  }
  return sum / (double)outputs;
}

static int64_t likeliest(const double *p, int64_t classes) {
  int64_t best = 0;
  for (int64_t k = 0; k < classes; k++) {
    if (isnan(p[k])) return -1;
    if (p[k] > p[best]) best = k;
  }
  return best;
}

/* Prediction j of the batch, which is row `row` of all. */
static void take(const asking *a, int64_t j, wg_predictions *all, int64_t row) {
  const wg_net *net = a->net;
  const void *logits = wg_data(a->plan, net->logits);
  int64_t m = net->spec.samples, outputs = wg_net_outputs(net), label = 0;
  wg_dtype dtype = net->spec.dtype;
  bool columns = wg_net_samples_are_columns(net);
  double *p = all->probabilities + row * all->classes;
  for (int64_t k = 0; k < outputs; k++) p[k] = element(dtype, logits, columns ? k * m + j : j * outputs + k);
  if (!columns) {
    label = ((const int64_t *)a->y)[j];
    all->loss[row] = softmax_loss(outputs, p, label);
  } else if (outputs == 1) { /* the probability of class 1 */
    label = element(dtype, a->y, j) != 0;
    all->loss[row] = softplus(label ? -p[0] : p[0]);
    double z = p[0];
    p[0] = logistic(-z);
    p[1] = logistic(z);
  } else {
    while (label < outputs - 1 && element(dtype, a->y, label * m + j) == 0) label++;
    all->loss[row] = sigmoid_loss(outputs, p, label);
  }
  all->labels[row] = label;
  all->predicted[row] = likeliest(p, all->classes);
}

/* ---- All samples ---- */

static bool predictions_allocate(wg_predictions *all) {
  size_t rows = (size_t)all->rows, cells;
  if (!wg_size_multiply(rows, (size_t)all->classes, &cells)) return false;
  all->labels = wg_allocate(&all->allocator, rows, sizeof *all->labels);
  all->predicted = wg_allocate(&all->allocator, rows, sizeof *all->predicted);
  all->probabilities = wg_allocate(&all->allocator, cells, sizeof *all->probabilities);
  all->loss = wg_allocate(&all->allocator, rows, sizeof *all->loss);
  return all->labels && all->predicted && all->probabilities && all->loss;
}

/* The samples from `first` on, as many as the net takes at once. */
static wg_status ask(const asking *a, const wg_samples *samples, int64_t first, wg_predictions *all, wg_error *error) {
  int64_t answers = a->net->spec.samples * wg_net_labels(a->net);
  samples->fill(samples, a->net, 0, NULL, first, a->x, a->y);
  wg_status status = wg_run(a->plan);
  if (status != WG_OK) return wg_error_set(error, status, "%s", wg_plan_error(a->plan));
  for (int64_t j = 0; j < answers; j++) take(a, j, all, first * wg_net_labels(a->net) + j);
  return WG_OK;
}

static wg_status ask_all(const wg_model *model, const wg_samples *samples, wg_predictions *all, wg_error *error) {
  int64_t size = wg_evaluation_size(model), rest = samples->rows % size, full = samples->rows - rest;
  asking batch = {0}, last = {0};
  wg_status status = full ? asking_start(&batch, model, size, error) : WG_OK;
  if (status == WG_OK && rest) status = asking_start(&last, model, rest, error);
  for (int64_t first = 0; status == WG_OK && first < full; first += size)
    status = ask(&batch, samples, first, all, error);
  if (status == WG_OK && rest) status = ask(&last, samples, full, all, error);
  asking_end(&batch, &model->allocator);
  asking_end(&last, &model->allocator);
  return status;
}

wg_status wg_predictions_new(const wg_model *model, const wg_samples *samples, wg_predictions **predictions,
                             wg_error *error) {
  const wg_net net = {.spec = model->spec};
  *predictions = NULL;
  wg_status status = samples->fits(samples, &net, error);
  if (status != WG_OK) return status;
  wg_predictions *all = wg_allocate_zeroed(&model->allocator, 1, sizeof *all);
  if (!all) return wg_error_memory(error);
  *all = (wg_predictions){
      .rows = samples->rows * wg_net_labels(&net), .classes = wg_net_classes(&net), .allocator = model->allocator};
  status = predictions_allocate(all) ? ask_all(model, samples, all, error) : wg_error_memory(error);
  if (status == WG_OK)
    *predictions = all;
  else
    wg_predictions_free(all);
  return status;
}

void wg_predictions_free(wg_predictions *predictions) {
  if (!predictions) return;
  wg_allocator allocator = predictions->allocator;
  wg_release(&allocator, predictions->labels);
  wg_release(&allocator, predictions->predicted);
  wg_release(&allocator, predictions->probabilities);
  wg_release(&allocator, predictions->loss);
  wg_release(&allocator, predictions);
}
