/* net_parts.c: what several nets are made of. */
#include "net_parts.h"

#include "../ops/ops.h"

#include <stdio.h>
#include <string.h>

static const char *const activation_texts[WG_ACTIVATION_COUNT] = {
    [WG_ACTIVATION_RELU] = "relu",
    [WG_ACTIVATION_SIGMOID] = "sigmoid",
    [WG_ACTIVATION_TANH] = "tanh",
    [WG_ACTIVATION_LEAKY_RELU] = "leaky_relu",
    [WG_ACTIVATION_ELU] = "elu",
    [WG_ACTIVATION_GELU] = "gelu",
    [WG_ACTIVATION_GELU_TANH] = "gelu_tanh",
    [WG_ACTIVATION_SILU] = "silu",
};

const char *wg_activation_text(wg_activation activation) {
  return (unsigned)activation < WG_ACTIVATION_COUNT ? activation_texts[activation] : "";
}

bool wg_activation_find(const char *name, wg_activation *activation) {
  for (int i = 0; name && i < WG_ACTIVATION_COUNT; i++) {
    if (strcmp(name, activation_texts[i])) continue;
    *activation = (wg_activation)i;
    return true;
  }
  return false;
}

wg_node *wg_activate(wg_activation activation, wg_node *z) {
  switch (activation) {
  case WG_ACTIVATION_RELU:
    return wg_relu(z);
  case WG_ACTIVATION_SIGMOID:
    return wg_sigmoid(z);
  case WG_ACTIVATION_TANH:
    return wg_tanh(z);
  case WG_ACTIVATION_LEAKY_RELU:
    return wg_leaky_relu(z, 0.01);
  case WG_ACTIVATION_ELU:
    return wg_elu(z, 1);
  case WG_ACTIVATION_GELU:
    return wg_gelu(z, "none");
  case WG_ACTIVATION_GELU_TANH:
    return wg_gelu(z, "tanh");
  case WG_ACTIVATION_SILU:
    return wg_silu(z);
  case WG_ACTIVATION_COUNT:
    break;
  }
  return wg_fail(z, WG_ERROR_ARGUMENT, "unknown activation %d", (int)activation);
}

const char *wg_numbered(char text[WG_NAME_SIZE], const char *letter, size_t layer) {
  snprintf(text, WG_NAME_SIZE, "%s%zu", letter, layer);
  return text;
}

wg_node *wg_class_targets(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, classes = spec->widths[spec->width_count - 1];
  return spec->class_indices ? wg_input(t, "Y", WG_I64, WG_SHAPE(m))
                             : wg_input(t, "Y", spec->dtype, WG_SHAPE(m, classes));
}

wg_node *wg_net_seed(wg_tape *t, const wg_net_spec *spec) {
  return spec->learning && spec->dropout > 0 ? wg_input(t, "seed", WG_I64, WG_SCALAR) : NULL;
}

wg_node *wg_net_drop(const wg_net_spec *spec, wg_node *x, wg_node *seed, int64_t stream) {
  return seed ? wg_dropout(x, seed, spec->dropout, stream) : x;
}

wg_node *wg_net_loss(const wg_net_spec *spec, wg_node *logits, wg_node *targets) {
  bool smoothed = spec->learning && spec->smoothing > 0;
  return wg_name(smoothed ? wg_cross_entropy(logits, targets, NULL, spec->smoothing, WG_MEAN)
                          : wg_softmax_cross_entropy(logits, targets),
                 "J");
}

wg_node *wg_dense(wg_node *x, const char *weight, const char *bias, size_t number, int64_t outputs) {
  wg_tape *t = wg_node_tape(x);
  wg_shape shape = wg_node_shape(x);
  char text[WG_NAME_SIZE];
  int64_t inputs = shape.rank ? shape.size[shape.rank - 1] : 0;
  const char *name = number ? wg_numbered(text, weight, number) : weight;
  wg_node *W = wg_param(t, name, wg_node_dtype(x), WG_SHAPE(inputs, outputs));
  name = number ? wg_numbered(text, bias, number) : bias;
  wg_node *b = wg_param(t, name, wg_node_dtype(x), WG_SHAPE(1, outputs));
  return wg_add_bias(wg_matmul(x, W), b);
}
