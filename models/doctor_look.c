/* doctor_look.c: the inside of a net: its hidden values, units and gradients, layer by layer. */
#include "doctor_internal.h"

#include "../engine/grad.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_SAMPLES = 256 };

/* ---- Which values are looked at ---- */

/* Marks the nodes that `node` needs, by id. */
static void mark_needed(const wg_node *node, unsigned char *needed) {
  const wg_tape *tape = wg_node_tape(node);
  needed[wg_node_id(node)] = 1;
  for (size_t id = wg_node_id(node) + 1; id-- > 0;) {
    const wg_node *consumer = wg_tape_node(tape, id);
    for (int i = 0; needed[id] && i < wg_node_input_count(consumer); i++)
      needed[wg_node_id(wg_node_input(consumer, i))] = 1;
  }
}

/* The layers have names: A1, A2 …, the states H1 of recurrent cells, S1 and R1 of the residual stream. What stands inside
 * the blocks of transformer has none, but may be an activation. */
static bool is_layer(const wg_net *net, const wg_node *node) {
  char letter = wg_node_name(node)[0];
  if (node == net->prediction) return false;
  if (letter) return strchr("AHRS", letter) != NULL;
  bool recurrent = net->spec.kind == WG_NET_RNN || net->spec.kind == WG_NET_LSTM;
  return !recurrent && strcmp(wg_node_op(node), wg_activation_text(net->spec.activation)) == 0;
}

static wg_bounds bounds_of(const wg_net *net, const wg_node *node) {
  const char *op = wg_node_op(node);
  if (net->spec.kind == WG_NET_RNN) op = wg_activation_text(net->spec.activation);
  if (strcmp(op, "relu") == 0) return WG_FROM_0;
  if (strcmp(op, "sigmoid") == 0) return WG_BETWEEN_0_1;
  if (strcmp(op, "tanh") == 0) return WG_BETWEEN_1_1;
  return WG_UNBOUNDED;
}

/* Samples are the first axis, or the last in nets A and C; of recurrent states (T,m,H) and of images (m,C,h,w). */
static int unit_axis_of(const wg_net *net, const wg_node *node) {
  int rank = wg_node_shape(node).rank;
  if (wg_net_samples_are_columns(net)) return 0;
  return rank == 3 ? 2 : 1;
}

static wg_status find_layers(wg_look *look, wg_error *error) {
  const wg_net *net = look->net;
  const wg_allocator *allocator = &look->doctor->allocator;
  size_t end = wg_node_id(net->logits);
  unsigned char *needed = wg_allocate_zeroed(allocator, end + 1, 1);
  look->layers = wg_allocate_zeroed(allocator, end + 1, sizeof *look->layers);
  if (needed && look->layers) {
    mark_needed(net->logits, needed);
    for (size_t id = 0; id < end; id++) {
      wg_node *node = wg_tape_node(net->tape, id);
      if (needed[id] && is_layer(net, node))
        look->layers[look->layer_count++] =
            (wg_hidden){.node = node, .bounds = bounds_of(net, node), .unit_axis = unit_axis_of(net, node)};
    }
  }
  wg_release(allocator, needed);
  return needed && look->layers ? WG_OK : wg_error_memory(error);
}

/* ---- Recording ---- */

/* The sweep to the params and the layers, and a plan of J, all gradients and all layers. */
static wg_status plan_all(wg_look *look, wg_error *error) {
  const wg_net *net = look->net;
  const wg_allocator *allocator = &look->doctor->allocator;
  size_t wanted = net->param_count + look->layer_count, count = 1 + wanted + look->layer_count;
  wg_node **outputs = wg_allocate(allocator, count, sizeof *outputs);
  wg_node **wrt = wg_allocate(allocator, wanted, sizeof *wrt);
  look->grad = wg_allocate(allocator, wanted, sizeof *look->grad);
  wg_status status = outputs && wrt && look->grad ? WG_OK : wg_error_memory(error);
  if (status == WG_OK) {
    for (size_t k = 0; k < wanted; k++)
      wrt[k] = k < net->param_count ? net->params[k] : look->layers[k - net->param_count].node;
    status = wg_grad(net->J, wanted, wrt, look->grad);
    if (status != WG_OK) wg_error_set(error, status, "%s", wg_tape_error(net->tape));
  }
  if (status == WG_OK) {
    outputs[0] = net->J;
    for (size_t k = 0; k < wanted; k++) outputs[1 + k] = look->grad[k];
    for (size_t l = 0; l < look->layer_count; l++) {
      look->layers[l].adjoint = look->grad[net->param_count + l];
      outputs[1 + wanted + l] = look->layers[l].node;
    }
    look->plan = wg_plan_new(count, outputs);
    status = wg_plan_status(look->plan);
    if (status != WG_OK) wg_error_set(error, status, "%s", look->plan ? wg_plan_error(look->plan) : "out of memory");
  }
  wg_release(allocator, outputs);
  wg_release(allocator, wrt);
  return status;
}

static wg_status lay_out(wg_look *look, const wg_model *model, wg_error *error) {
  const wg_net *net = look->net;
  const wg_samples *samples = look->doctor->patient->training;
  size_t rows[LOOK_SAMPLES];
  look->x =
      wg_allocate_zeroed(&look->doctor->allocator, (size_t)wg_node_size(net->X), wg_dtype_size(wg_node_dtype(net->X)));
  look->y =
      wg_allocate_zeroed(&look->doctor->allocator, (size_t)wg_node_size(net->Y), wg_dtype_size(wg_node_dtype(net->Y)));
  if (!look->x || !look->y) return wg_error_memory(error);
  wg_pick(look->doctor->patient->seed, (size_t)samples->rows, (size_t)net->spec.samples, rows);
  samples->fill(samples, net, 0, rows, 0, look->x, look->y);
  wg_status status = wg_bind(look->plan, net->X, look->x);
  if (status == WG_OK) status = wg_bind(look->plan, net->Y, look->y);
  if (status == WG_OK) status = wg_weights_bind(model->weights, net, look->plan);
  return status == WG_OK ? WG_OK : wg_error_set(error, status, "%s", wg_plan_error(look->plan));
}

wg_status wg_look_new(wg_doctor *doctor, const wg_model *model, wg_look **look, wg_error *error) {
  *look = NULL;
  wg_look *made = wg_allocate_zeroed(&doctor->allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  made->doctor = doctor;
  made->model = model;
  wg_net_spec spec = model->spec;
  int64_t rows = doctor->patient->training->rows;
  spec.samples = rows < LOOK_SAMPLES ? rows : LOOK_SAMPLES;
  spec.learning = false;
  spec.allocator = &doctor->allocator;
  made->net = wg_net_new(&spec);
  wg_status status = wg_net_status(made->net);
  if (status != WG_OK) wg_error_set(error, status, "%s", wg_net_error(made->net));
  if (status == WG_OK) status = find_layers(made, error);
  if (status == WG_OK) status = plan_all(made, error);
  if (status == WG_OK) status = lay_out(made, model, error);
  if (status == WG_OK)
    *look = made;
  else
    wg_look_free(made);
  return status;
}

void wg_look_free(wg_look *look) {
  if (!look) return;
  wg_allocator allocator = look->doctor->allocator;
  wg_plan_free(look->plan);
  wg_net_free(look->net);
  wg_release(&allocator, look->grad);
  wg_release(&allocator, look->layers);
  wg_release(&allocator, look->x);
  wg_release(&allocator, look->y);
  wg_release(&allocator, look);
}

/* ---- Measuring ---- */

static double element(wg_dtype dtype, const void *data, int64_t i) {
  return dtype == WG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

/* √(mean of squares) of a node of the plan; 0 of nothing. */
static double size_of(const wg_look *look, const wg_node *node) {
  const void *data = wg_data(look->plan, node);
  int64_t n = wg_node_size(node);
  double squares = 0;
  for (int64_t i = 0; i < n; i++) {
    double value = element(wg_node_dtype(node), data, i);
    squares += value * value / (double)n;
  }
  return sqrt(squares);
}

static bool is_saturated(wg_bounds of, double value) {
  if (of == WG_BETWEEN_0_1) return value < 0.01 || value > 0.99;
  return of == WG_BETWEEN_1_1 && fabs(value) > 0.99;
}

typedef struct layer_seen {
  int64_t units, dead;
  double spread, saturated;
} layer_seen;

/* Unit by unit over all other axes. */
static layer_seen look_at_units(const wg_look *look, const wg_hidden *layer) {
  wg_shape shape = wg_node_shape(layer->node);
  const void *data = wg_data(look->plan, layer->node);
  int64_t units = shape.size[layer->unit_axis], inner = 1;
  for (int axis = layer->unit_axis + 1; axis < shape.rank; axis++) inner *= shape.size[axis];
  int64_t outer = wg_node_size(layer->node) / (units * inner);
  double n = (double)(outer * inner), variance = 0, saturated = 0;
  layer_seen seen = {.units = units};
  for (int64_t u = 0; u < units; u++) {
    double sum = 0, squares = 0;
    bool dead = layer->bounds == WG_FROM_0;
    for (int64_t i = 0; i < outer * inner; i++) {
      double value = element(wg_node_dtype(layer->node), data, (i / inner * units + u) * inner + i % inner);
      sum += value / n;
      squares += value * value / n;
      saturated += is_saturated(layer->bounds, value);
      dead = dead && value == 0;
    }
    variance += fmax(squares - sum * sum, 0) / (double)units;
    seen.dead += dead;
  }
  seen.spread = sqrt(variance);
  seen.saturated = saturated / (n * (double)units);
  return seen;
}

static void measure_weights(wg_look *look) {
  wg_doctor *doctor = look->doctor;
  const wg_weights *weights = look->model->weights;
  for (size_t k = 0; k < weights->count; k++) {
    double squares = 0;
    for (int64_t i = 0; i < weights->size[k]; i++) {
      double w = element(weights->dtype, weights->data[k], i);
      squares += w * w / (double)weights->size[k];
    }
    doctor->weights[k] = (wg_weight_health){.name = wg_doctor_copy(doctor, weights->name[k]),
                                            .size = sqrt(squares),
                                            .gradient = size_of(look, look->grad[k]),
                                            .change = NAN};
  }
}

static char *layer_name(wg_doctor *doctor, const wg_node *node) {
  char name[64];
  if (*wg_node_name(node)) return wg_doctor_copy(doctor, wg_node_name(node));
  snprintf(name, sizeof name, "%.40s v%zu", wg_node_op(node), wg_node_id(node));
  return wg_doctor_copy(doctor, name);
}

void wg_look_measure(wg_look *look) {
  wg_doctor *doctor = look->doctor;
  wg_weight_health *weights = wg_doctor_take(doctor, look->net->param_count, sizeof *weights);
  wg_layer_health *layers = wg_doctor_take(doctor, look->layer_count, sizeof *layers);
  if (!weights || !layers) return;
  doctor->weights = weights;
  doctor->weight_count = look->net->param_count;
  doctor->layers = layers;
  doctor->layer_count = look->layer_count;
  measure_weights(look);
  for (size_t l = 0; l < look->layer_count; l++) {
    const wg_hidden *layer = &look->layers[l];
    layer_seen seen = look_at_units(look, layer);
    layers[l] = (wg_layer_health){.name = layer_name(doctor, layer->node),
                                  .size = size_of(look, layer->node),
                                  .spread = seen.spread,
                                  .gradient = size_of(look, layer->adjoint),
                                  .units = seen.units,
                                  .dead = seen.dead,
                                  .dead_later = seen.dead,
                                  .saturated = seen.saturated,
                                  .saturated_later = seen.saturated};
  }
}

void wg_look_measure_later(wg_look *look) {
  for (size_t l = 0; l < look->doctor->layer_count; l++) {
    layer_seen seen = look_at_units(look, &look->layers[l]);
    look->doctor->layers[l].dead_later = seen.dead;
    look->doctor->layers[l].saturated_later = seen.saturated;
  }
}

wg_status wg_look_run(wg_look *look, double *loss, wg_error *error) {
  wg_status status = wg_run(look->plan);
  if (status != WG_OK) return wg_error_set(error, status, "%s", wg_plan_error(look->plan));
  *loss = element(wg_node_dtype(look->net->J), wg_data(look->plan, look->net->J), 0);
  return WG_OK;
}
