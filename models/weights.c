/* weights.c: memory for the parameters of a net, and what they begin with. */
#include "net.h"

#include "../engine/memory.h"

#include <math.h>
#include <string.h>

/* What weights are made of beyond what they show. */
typedef struct whole_weights {
  wg_weights weights; /* first, so that a pointer to it is one to the whole */
  wg_allocator allocator;
} whole_weights;

static wg_role role_of(const char *name) {
  switch (name[0]) {
  case 'K':
    return WG_ROLE_KERNEL;
  case 'E':
  case 'P':
    return WG_ROLE_EMBEDDING;
  case 'b':
    return WG_ROLE_BIAS;
  case 'g':
    return WG_ROLE_GAIN;
  default:
    return WG_ROLE_MATRIX;
  }
}

/* Memory for parameter k and its name. False without. */
static bool weights_allocate(wg_weights *weights, const wg_allocator *allocator, size_t k, const wg_node *param) {
  size_t name_size = strlen(wg_node_name(param)) + 1;
  weights->size[k] = wg_node_size(param);
  weights->shape[k] = wg_node_shape(param);
  weights->role[k] = role_of(wg_node_name(param));
  weights->data[k] = wg_allocate_zeroed(allocator, (size_t)weights->size[k], wg_dtype_size(weights->dtype));
  weights->name[k] = wg_allocate(allocator, name_size, 1);
  if (!weights->data[k] || !weights->name[k]) return false;
  memcpy(weights->name[k], wg_node_name(param), name_size);
  return true;
}

wg_weights *wg_weights_new(const wg_net *net, const wg_allocator *allocator) {
  if (wg_net_status(net) != WG_OK) return NULL;
  if (!allocator) allocator = &wg_allocator_default;
  whole_weights *whole = wg_allocate_zeroed(allocator, 1, sizeof *whole);
  if (!whole) return NULL;
  whole->allocator = *allocator;
  wg_weights *weights = &whole->weights;
  weights->dtype = net->spec.dtype;
  weights->count = net->param_count;
  weights->size = wg_allocate_zeroed(allocator, net->param_count, sizeof *weights->size);
  weights->data = wg_allocate_zeroed(allocator, net->param_count, sizeof *weights->data);
  weights->name = wg_allocate_zeroed(allocator, net->param_count, sizeof *weights->name);
  weights->shape = wg_allocate_zeroed(allocator, net->param_count, sizeof *weights->shape);
  weights->role = wg_allocate_zeroed(allocator, net->param_count, sizeof *weights->role);
  bool complete = weights->size && weights->data && weights->name && weights->shape && weights->role;
  for (size_t k = 0; complete && k < weights->count; k++)
    complete = weights_allocate(weights, allocator, k, net->params[k]);
  if (complete) return weights;
  wg_weights_free(weights);
  return NULL;
}

void wg_weights_free(wg_weights *weights) {
  if (!weights) return;
  wg_allocator allocator = ((whole_weights *)weights)->allocator;
  for (size_t k = 0; weights->data && k < weights->count; k++) wg_release(&allocator, weights->data[k]);
  for (size_t k = 0; weights->name && k < weights->count; k++) wg_release(&allocator, weights->name[k]);
  wg_release(&allocator, weights->data);
  wg_release(&allocator, weights->name);
  wg_release(&allocator, weights->size);
  wg_release(&allocator, weights->shape);
  wg_release(&allocator, weights->role);
  wg_release(&allocator, weights);
}

/* ---- Initial values ---- */

static void *element(const wg_weights *weights, size_t k, int64_t i) {
  return (char *)weights->data[k] + (size_t)i * wg_dtype_size(weights->dtype);
}

static double value_of(const wg_weights *weights, size_t k, int64_t i) {
  return weights->dtype == WG_F32 ? (double)*(float *)element(weights, k, i) : *(double *)element(weights, k, i);
}

static void value_set(const wg_weights *weights, size_t k, int64_t i, double value) {
  if (weights->dtype == WG_F32)
    *(float *)element(weights, k, i) = (float)value;
  else
    *(double *)element(weights, k, i) = value;
}

static bool is_recurrent(const wg_net *net) { return net->spec.kind == WG_NET_RNN || net->spec.kind == WG_NET_LSTM; }

/* W is (inputs,outputs), but (outputs,inputs) where samples are columns and in recurrent cells, where the gates lie one
 * below another; each is a matrix of its own. */
static void matrix_init(wg_weights *weights, const wg_net *net, size_t k, wg_init init, wg_random *random) {
  const wg_shape *shape = &weights->shape[k];
  bool is_cell = is_recurrent(net) && (weights->name[k][1] == 'x' || weights->name[k][1] == 'h');
  int64_t gates = is_cell && net->spec.kind == WG_NET_LSTM ? 4 : 1;
  int64_t rows = shape->size[0] / gates, columns = shape->size[1];
  bool inputs_are_columns = is_cell || wg_net_samples_are_columns(net);
  int64_t fan_in = inputs_are_columns ? columns : rows, fan_out = inputs_are_columns ? rows : columns;
  for (int64_t gate = 0; gate < gates; gate++)
    wg_init_fill(random, init, fan_in, fan_out, rows, columns, weights->dtype,
                 element(weights, k, gate * rows * columns));
}

/* A kernel (filters,channels,height,width) reaches `channels`·height·width inputs, and each input as many outputs. */
static void kernel_init(wg_weights *weights, size_t k, wg_init init, wg_random *random) {
  const int64_t *size = weights->shape[k].size;
  int64_t window = size[2] * size[3];
  wg_init_fill(random, init, size[1] * window, size[0] * window, size[0], size[1] * window, weights->dtype,
               weights->data[k]);
}

static void embedding_init(wg_weights *weights, const wg_net *net, size_t k, wg_random *random) {
  double deviation = net->spec.kind == WG_NET_TRANSFORMER ? 0.02 : 1;
  for (int64_t i = 0; i < weights->size[k]; i++) value_set(weights, k, i, deviation * wg_random_normal(random));
}

/* 1 for the forget gates of lstm, the second of the four, once: in the bias beside x. */
static void bias_init(wg_weights *weights, const wg_net *net, size_t k) {
  bool is_gates = net->spec.kind == WG_NET_LSTM && weights->name[k][1] == 'x';
  int64_t width = weights->size[k] / 4;
  for (int64_t i = 0; i < weights->size[k]; i++) value_set(weights, k, i, is_gates && i / width == 1 ? 1 : 0);
}

/* In transformer, what each block adds to the residual stream comes out of Wo and Wdown. */
static void residual_scale(wg_weights *weights, const wg_net *net, size_t k) {
  const char *name = weights->name[k];
  if (net->spec.kind != WG_NET_TRANSFORMER || (strncmp(name, "Wo", 2) && strncmp(name, "Wdown", 5))) return;
  double factor = 1 / sqrt(2 * (double)net->spec.blocks);
  for (int64_t i = 0; i < weights->size[k]; i++) value_set(weights, k, i, factor * value_of(weights, k, i));
}

void wg_weights_init(wg_weights *weights, const wg_net *net, wg_init init, wg_random *random) {
  for (size_t k = 0; k < weights->count; k++) {
    switch (weights->role[k]) {
    case WG_ROLE_MATRIX:
      matrix_init(weights, net, k, init, random);
      residual_scale(weights, net, k);
      break;
    case WG_ROLE_KERNEL:
      kernel_init(weights, k, init, random);
      break;
    case WG_ROLE_EMBEDDING:
      embedding_init(weights, net, k, random);
      break;
    case WG_ROLE_BIAS:
      bias_init(weights, net, k);
      break;
    case WG_ROLE_GAIN:
      for (int64_t i = 0; i < weights->size[k]; i++) value_set(weights, k, i, 1);
      break;
    }
  }
}

wg_status wg_weights_bind(const wg_weights *weights, const wg_net *net, wg_plan *plan) {
  if (weights->count != net->param_count || weights->dtype != net->spec.dtype) return WG_ERROR_ARGUMENT;
  for (size_t k = 0; k < weights->count; k++) {
    if (weights->size[k] != wg_node_size(net->params[k])) return WG_ERROR_ARGUMENT;
    wg_status status = wg_bind(plan, net->params[k], weights->data[k]);
    if (status != WG_OK) return status;
  }
  return WG_OK;
}
