/* plain.h: a tape evaluated without any plan: one node after the other, each into memory of its own, row-major, from inputs
 * that are row-major; what is broadcast is written out. */
#ifndef WG_TEST_PLAIN_H
#define WG_TEST_PLAIN_H

#include "support.h"

#include "../engine/tape_internal.h"

#include <stdlib.h>
#include <string.h>

static inline size_t plain_bytes(const wg_node *node) {
  return (size_t)wg_node_size(node) * wg_dtype_size(wg_node_dtype(node));
}

static inline wg_tensor plain_tensor(const wg_node *node, void *data) {
  wg_tensor tensor = {.data = data, .shape = node->shape, .dtype = node->dtype};
  wg_strides_dense(tensor.shape, tensor.stride);
  return tensor;
}

/* Element k in row-major order of a tensor seen with a shape that it broadcasts to. */
static inline const void *plain_element(const wg_tensor *tensor, const wg_shape *shape, int64_t k) {
  int64_t at = 0;
  for (int axis = shape->rank; axis-- > 0; k /= shape->size[axis]) {
    const int own = axis - (shape->rank - tensor->shape->rank);
    if (own >= 0 && tensor->shape->size[own] != 1) at += k % shape->size[axis] * tensor->stride[own];
  }
  return (const char *)tensor->data + at * (int64_t)wg_dtype_size(tensor->dtype);
}

/* The elements of a tensor in row-major order of `shape`, in new memory. */
static inline void *plain_written_out(const wg_tensor *tensor, const wg_shape *shape) {
  const size_t size = wg_dtype_size(tensor->dtype);
  int64_t n = 1;
  for (int axis = 0; axis < shape->rank; axis++) n *= shape->size[axis];
  char *elements = (char *)new_f64((size_t)n);
  for (int64_t k = 0; k < n; k++) memcpy(elements + (size_t)k * size, plain_element(tensor, shape, k), size);
  return elements;
}

static inline void plain_loop(const wg_node *node, const wg_tensor *in, void *out) {
  const void *dense[WG_LOOP_INPUTS_MAX];
  int64_t stride[WG_LOOP_INPUTS_MAX];
  for (int i = 0; i < node->input_count; i++) {
    dense[i] = plain_written_out(&in[i], node->shape);
    stride[i] = 1;
  }
  node->op->loop[in[0].dtype](node, wg_node_size(node), out, dense, stride);
  for (int i = 0; i < node->input_count; i++) free((void *)dense[i]);
}

static inline void plain_kernel(const wg_node *node, const wg_tensor *in, void *out) {
  char message[512] = "";
  const size_t scratch = node->op->scratch ? node->op->scratch(node) : 0;
  wg_call call = {.node = node,
                  .out = plain_tensor(node, out),
                  .in = in,
                  .scratch = scratch ? aligned_alloc(64, (scratch + 63) / 64 * 64) : NULL,
                  .message = message,
                  .message_size = sizeof message};
  if (scratch) memset(call.scratch, 0xFF, scratch);
  if (node->op->kernel[in[0].dtype](&call) != WG_OK) fail_msg("node %zu by itself: %s", node->id, message);
  free(call.scratch);
}

/* The value of one node in new memory; values[id] are those of the nodes before it. For a leaf: NULL. */
static inline void *plain_value(const wg_node *node, void *const *values) {
  double number;
  int64_t count;
  wg_tensor in[32];
  if (wg_node_is_input(node) || wg_node_is_param(node)) return NULL;
  void *out = new_f64((size_t)wg_node_size(node));
  memset(out, 0xFF, plain_bytes(node));
  if (wg_node_is_fill(node, &number, &count)) {
    for (int64_t k = 0; k < wg_node_size(node); k++)
      if (node->dtype == WG_F32)
        ((float *)out)[k] = (float)(number / (double)count);
      else if (node->dtype == WG_F64)
        ((double *)out)[k] = number / (double)count;
      else
        ((int64_t *)out)[k] = (int64_t)number / count;
    return out;
  }
  if (node->op == &wg_op_constant) return memcpy(out, wg_constant_data(node), plain_bytes(node));
  assert_in_range(node->input_count, 1, 32);
  for (int i = 0; i < node->input_count; i++) in[i] = plain_tensor(node->inputs[i], values[node->inputs[i]->id]);
  if (node->op->view) {
    wg_tensor seen = {.shape = node->shape, .dtype = node->dtype};
    assert_true(node->op->view(node, in, &seen));
    free(out);
    out = plain_written_out(&seen, node->shape);
  } else if (node->op->loop[in[0].dtype]) {
    plain_loop(node, in, out);
  } else {
    plain_kernel(node, in, out);
  }
  return out;
}

#endif
