/* weights.c: memory for the parameters of a net. */
#include "net.h"

#include "../engine/memory.h"

#include <string.h>

/* What weights are made of beyond what they show. */
typedef struct whole_weights {
  wg_weights weights; /* first, so that a pointer to it is one to the whole */
  wg_allocator allocator;
} whole_weights;

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
  bool complete = weights->size && weights->data;
  for (size_t k = 0; complete && k < weights->count; k++) {
    weights->size[k] = wg_node_size(net->params[k]);
    weights->data[k] = wg_allocate_zeroed(allocator, (size_t)weights->size[k], wg_dtype_size(weights->dtype));
    complete = weights->data[k] != NULL;
  }
  if (complete) return weights;
  wg_weights_free(weights);
  return NULL;
}

void wg_weights_free(wg_weights *weights) {
  if (!weights) return;
  wg_allocator allocator = ((whole_weights *)weights)->allocator;
  for (size_t k = 0; weights->data && k < weights->count; k++) wg_release(&allocator, weights->data[k]);
  wg_release(&allocator, weights->data);
  wg_release(&allocator, weights->size);
  wg_release(&allocator, weights);
}

void wg_weights_init(wg_weights *weights, const wg_net *net, wg_init init, wg_random *random) {
  /* Parameters come as W1, b1, W2, b2 …; W is (inputs,outputs), or (outputs,inputs) where samples are columns. */
  size_t input_axis = wg_net_samples_are_columns(net) ? 1 : 0;
  for (size_t k = 0; k < weights->count; k++) {
    size_t elements = (size_t)weights->size[k];
    wg_shape shape = wg_node_shape(net->params[k]);
    bool is_bias = k % 2 == 1;
    if (is_bias)
      memset(weights->data[k], 0, elements * wg_dtype_size(weights->dtype));
    else
      wg_init_fill(random, init, shape.size[input_axis], shape.size[1 - input_axis], weights->dtype, elements,
                   weights->data[k]);
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
