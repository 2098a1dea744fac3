/* columns.c: net C, two layers with sigmoid and binary cross-entropy, samples as columns (lecture notes, C).
 *
 *     Z1 = W1·X + b1      A1 = σ(Z1)      Z2 = W2·A1 + b2      ŷ = σ(Z2)      J = −mean(Y ln ŷ + (1−Y) ln(1−ŷ))
 *
 * X is (d,m), W1 (h,d), b1 (h,1), Z1 and A1 (h,m), W2 (k,h), b2 (k,1), and Z2, ŷ, Y are (k,m). The same net with
 * samples as rows has every matrix transposed, and so every gradient. */
#include "net.h"

#include "../ops/ops.h"

wg_net_nodes wg_columns(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, d = spec->widths[0], h = spec->widths[1], k = spec->widths[2];
  wg_node *X = wg_input(t, "X", spec->dtype, WG_SHAPE(d, m)), *Y = wg_input(t, "Y", spec->dtype, WG_SHAPE(k, m));
  wg_node *W1 = wg_param(t, "W1", spec->dtype, WG_SHAPE(h, d)), *b1 = wg_param(t, "b1", spec->dtype, WG_SHAPE(h, 1));
  wg_node *W2 = wg_param(t, "W2", spec->dtype, WG_SHAPE(k, h)), *b2 = wg_param(t, "b2", spec->dtype, WG_SHAPE(k, 1));

  wg_node *Z1 = wg_name(wg_add_bias(wg_matmul(W1, X), b1), "Z1");
  wg_node *A1 = wg_name(wg_sigmoid(Z1), "A1");
  wg_node *Z2 = wg_name(wg_add_bias(wg_matmul(W2, A1), b2), "Z2");
  wg_node *prediction = wg_name(wg_sigmoid(Z2), "ŷ");
  wg_node *J = wg_name(wg_binary_cross_entropy_logits(Z2, Y), "J");

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z2, .prediction = prediction, .J = J};
}
