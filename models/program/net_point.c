#include "../../engine/memory.h"
#include "program.h"
#include <inttypes.h>
#include <stdlib.h>

static void biases_fill(const wg_net *net, wg_weights *weights, wg_random *random) {
  for (size_t k = 0; k < net->param_count; k++) {
    double *data = weights->data[k];
    bool is_constant = weights->role[k] == WG_ROLE_BIAS || weights->role[k] == WG_ROLE_GAIN;
    for (int64_t i = 0; is_constant && i < weights->size[k]; i++) data[i] += 0.1 * wg_random_normal(random);
  }
}

static void *room_for(const wg_node *node) {
  return wg_allocate(&wg_allocator_default, (size_t)wg_node_size(node), wg_dtype_size(wg_node_dtype(node)));
}

wg_status net_point_new(net_point *point, const wg_net *net, const wg_table *table, uint64_t seed) {
  wg_random weights_random = wg_random_new(seed, WG_STREAM_WEIGHTS), data_random = wg_random_new(seed, WG_STREAM_DATA);
  *point = (net_point){.x = room_for(net->X), .y = room_for(net->Y), .weights = wg_weights_new(net, NULL)};
  point->count = net->param_count + 2;
  if (net->seed) {
    point->seed = room_for(net->seed);
    if (!point->seed) return WG_ERROR_MEMORY;
    *point->seed = (int64_t)(seed >> 1);
    point->count++;
  }
  point->bindings = wg_allocate(&wg_allocator_default, point->count, sizeof *point->bindings);
  if (!point->x || !point->y || !point->weights || !point->bindings) return WG_ERROR_MEMORY;
  if (table)
    wg_table_fill(table, net, NULL, point->x, point->y);
  else
    wg_random_fill(&data_random, net, point->x, point->y);
  wg_weights_init(point->weights, net, WG_INIT_HE, &weights_random);
  biases_fill(net, point->weights, &weights_random);
  point->bindings[0] = (wg_binding){net->X, point->x};
  point->bindings[1] = (wg_binding){net->Y, point->y};
  for (size_t k = 0; k < net->param_count; k++)
    point->bindings[k + 2] = (wg_binding){net->params[k], point->weights->data[k]};
  if (net->seed) point->bindings[point->count - 1] = (wg_binding){net->seed, point->seed};
  return WG_OK;
}

void net_point_free(net_point *point) {
  free(point->x);
  free(point->y);
  free(point->seed);
  free(point->bindings);
  wg_weights_free(point->weights);
  *point = (net_point){0};
}

void element_text(const wg_node *node, int64_t index, char *text, size_t size) {
  wg_shape shape = wg_node_shape(node);
  int64_t at[WG_RANK_MAX];
  for (int axis = shape.rank - 1; axis >= 0; axis--) {
    int64_t length = shape.size[axis] > 0 ? shape.size[axis] : 1;
    at[axis] = index % length;
    index /= length;
  }
  int used = snprintf(text, size, "%s[", wg_node_name(node));
  for (int axis = 0; axis < shape.rank && used >= 0 && (size_t)used < size; axis++)
    used += snprintf(text + used, size - (size_t)used, "%s%" PRId64, axis ? "," : "", at[axis]);
  if (used >= 0 && (size_t)used < size) snprintf(text + used, size - (size_t)used, "]");
}
