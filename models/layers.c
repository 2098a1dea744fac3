/* layers.c: net E, any number of layers, samples as rows (lecture notes, E).
 *
 *     A0 = X      Zl = A(l−1)·Wl + bl      Al = f(Zl)      for l = 1 … L, with f = relu, sigmoid or tanh,
 *     and for the last layer the softmax, whose cross-entropy with Y is J.
 *
 * Wl is (widths[l−1], widths[l]), bl (1, widths[l]), and Zl, Al are (m, widths[l]). */
#include "net.h"

#include "../ops/ops.h"

#include <stdio.h>

/* A name with its layer's number: "W", 12 → W12. */
static const char *numbered(char text[24], const char *letter, size_t layer) {
  snprintf(text, 24, "%s%zu", letter, layer);
  return text;
}

static wg_node *activate(wg_activation activation, wg_node *Z) {
  switch (activation) {
  case WG_ACTIVATION_RELU:
    return wg_relu(Z);
  case WG_ACTIVATION_SIGMOID:
    return wg_sigmoid(Z);
  case WG_ACTIVATION_TANH:
    return wg_tanh(Z);
  }
  return wg_fail(Z, WG_ERROR_ARGUMENT, "unknown activation %d", (int)activation);
}

wg_net_nodes wg_layers(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples;
  size_t L = spec->width_count - 1;
  char name[24];
  wg_node *X = wg_input(t, "X", spec->dtype, WG_SHAPE(m, spec->widths[0])), *Y = wg_class_targets(t, spec);

  wg_node *A = X, *Z = NULL;
  for (size_t l = 1; l <= L; l++) {
    int64_t inputs = spec->widths[l - 1], outputs = spec->widths[l];
    wg_node *W = wg_param(t, numbered(name, "W", l), spec->dtype, WG_SHAPE(inputs, outputs));
    wg_node *b = wg_param(t, numbered(name, "b", l), spec->dtype, WG_SHAPE(1, outputs));
    Z = wg_name(wg_add_bias(wg_matmul(A, W), b), numbered(name, "Z", l));
    A = wg_name(l < L ? activate(spec->activation, Z) : wg_softmax(Z, 1), numbered(name, "A", l));
  }
  wg_node *J = wg_name(wg_softmax_cross_entropy(Z, Y), "J");

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z, .prediction = A, .J = J};
}
