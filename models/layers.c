/* layers.c: net E, any number of layers, samples as rows (lecture notes, E).
 *
 *     A0 = X      Zl = A(l−1)·Wl + bl      Al = f(Zl)      for l = 1 … L, with f = relu, sigmoid, tanh …,
 *     and for the last layer the softmax, whose cross-entropy with Y is J.
 *
 * Wl is (widths[l−1], widths[l]), bl (1, widths[l]), and Zl, Al are (m, widths[l]). While learning with dropout, layer
 * l + 1 gets Al ⊙ mask. */
#include "net_parts.h"

#include "../ops/ops.h"

wg_net_nodes wg_layers(wg_tape *t, const wg_net_spec *spec) {
  size_t L = spec->width_count - 1;
  char name[WG_NAME_SIZE];
  wg_node *X = wg_input(t, "X", spec->dtype, WG_SHAPE(spec->samples, spec->widths[0]));
  wg_node *Y = wg_class_targets(t, spec), *seed = wg_net_seed(t, spec);

  wg_node *input = X, *Z = NULL, *A = NULL;
  for (size_t l = 1; l <= L; l++) {
    Z = wg_name(wg_dense(input, "W", "b", l, spec->widths[l]), wg_numbered(name, "Z", l));
    A = wg_name(l < L ? wg_activate(spec->activation, Z) : wg_softmax(Z, 1), wg_numbered(name, "A", l));
    input = l < L ? wg_net_drop(spec, A, seed, (int64_t)l) : A;
  }
  wg_node *J = wg_net_loss(spec, Z, Y);

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z, .prediction = A, .J = J, .seed = seed};
}
