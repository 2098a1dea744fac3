/* two_layer.c: net D, two layers with ReLU and softmax cross-entropy, samples as rows: the main example (lecture notes,
 * D), 300×2 → 4 → 3 on the spiral.
 *
 *     Z1 = X·W1 + b1      A1 = max(0, Z1)      Z2 = A1·W2 + b2      A2 = SM(Z2)      J = −(1/m) Σ_i Σ_k y_ik ln a_ik
 *
 * X is (300,2), W1 (2,4), b1 (1,4), Z1 and A1 (300,4), W2 (4,3), b2 (1,3), and Z2, A2, Y are (300,3). */
#include "net.h"

#include "../ops/ops.h"

wg_net_nodes wg_two_layer(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, n = spec->widths[0], h = spec->widths[1], K = spec->widths[2];
  wg_node *X = wg_input(t, "X", spec->dtype, WG_SHAPE(m, n)), *Y = wg_class_targets(t, spec);
  wg_node *W1 = wg_param(t, "W1", spec->dtype, WG_SHAPE(n, h)), *b1 = wg_param(t, "b1", spec->dtype, WG_SHAPE(1, h));
  wg_node *W2 = wg_param(t, "W2", spec->dtype, WG_SHAPE(h, K)), *b2 = wg_param(t, "b2", spec->dtype, WG_SHAPE(1, K));

  wg_node *Z1 = wg_name(wg_add_bias(wg_matmul(X, W1), b1), "Z1");
  wg_node *A1 = wg_name(wg_relu(Z1), "A1");
  wg_node *Z2 = wg_name(wg_add_bias(wg_matmul(A1, W2), b2), "Z2");
  wg_node *A2 = wg_name(wg_softmax(Z2, 1), "A2");
  wg_node *J = wg_name(wg_softmax_cross_entropy(Z2, Y), "J");

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z2, .prediction = A2, .J = J};
}
