/* neuron.c: net A, one neuron: logistic regression (lecture notes, A).
 *
 *     z = w·x + b      a = σ(z)      J = −(y ln a + (1−y) ln(1−a)), the mean over m samples
 *
 * x (n,m) holds samples as columns, w is (1,n), b (1,1), and z, a, y are (1,m). There are two ways to write the loss,
 * and both give ∂z = a − y: from the probability a, where the chain rule multiplies ∂a = −y/a + (1−y)/(1−a) with
 * σ'(z) = a(1−a); and from the logit z, where one rule has the product already, and stays exact where a rounds to 1. */
#include "net.h"

#include "../ops/ops.h"

wg_net_nodes wg_neuron(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, n = spec->widths[0];
  wg_node *x = wg_input(t, "x", spec->dtype, WG_SHAPE(n, m));
  wg_node *y = wg_input(t, "y", spec->dtype, WG_SHAPE(1, m));
  wg_node *w = wg_param(t, "w", spec->dtype, WG_SHAPE(1, n));
  wg_node *b = wg_param(t, "b", spec->dtype, WG_SHAPE(1, 1));

  wg_node *z = wg_name(wg_add_bias(wg_matmul(w, x), b), "z");
  wg_node *a = wg_name(wg_sigmoid(z), "a");
  wg_node *J = spec->unfused ? wg_binary_cross_entropy(a, y) : wg_binary_cross_entropy_logits(z, y);

  return (wg_net_nodes){.X = x, .Y = y, .logits = z, .prediction = a, .J = wg_name(J, "J")};
}
