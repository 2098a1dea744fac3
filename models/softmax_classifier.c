/* softmax_classifier.c: net B, one layer and K classes (lecture notes, B).
 *
 *     Z = X·W + b      A = SM(Z)      J = −(1/m) Σ_i Σ_k y_ik ln a_ik
 *
 * X (m,n) holds samples as rows, W is (n,K), b (1,K), and Z, A, Y are (m,K). The loss is taken on the logits Z, so it
 * needs no exponential of a large number; A stands beside it, for predictions and for ∂Z = A − Y. */
#include "net.h"

#include "../ops/ops.h"

wg_net_nodes wg_softmax_classifier(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, n = spec->widths[0], K = spec->widths[1];
  wg_node *X = wg_input(t, "X", spec->dtype, WG_SHAPE(m, n));
  wg_node *Y = wg_class_targets(t, spec);
  wg_node *W = wg_param(t, "W", spec->dtype, WG_SHAPE(n, K));
  wg_node *b = wg_param(t, "b", spec->dtype, WG_SHAPE(1, K));

  wg_node *Z = wg_name(wg_add_bias(wg_matmul(X, W), b), "Z");
  wg_node *A = wg_name(wg_softmax(Z, 1), "A");
  wg_node *J = wg_name(wg_softmax_cross_entropy(Z, Y), "J");

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z, .prediction = A, .J = J};
}
