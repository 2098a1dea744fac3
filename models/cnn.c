/* cnn.c: a convolutional net for images, after LeNet-5 (LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied
 * to document recognition", Proc. IEEE 86(11), 1998), with relu for its scaled tanh and largest elements for its sums.
 *
 *     P0 = X      Zl = Kl ∗ P(l−1) + bl      Al = f(Zl)      Pl = the largest of each 2×2 of Al      for l = 1, 2
 *     then layers as in net E, on the elements of P2, numbered on from 3.
 *
 * A row of X is an image, channel by channel, row by row. Kl is (filters, channels, side, side); a border of zeros, side/2
 * wide, keeps the image's size, which each pooling halves (rounded down): 28×28 → 14×14 → 7×7. */
#include "net_parts.h"

#include "../ops/ops.h"

/* One convolution, f, and pooling. */
static wg_node *convolutional_layer(const wg_net_spec *spec, wg_node *P, size_t l) {
  wg_tape *t = wg_node_tape(P);
  char name[WG_NAME_SIZE];
  int64_t channels = l == 1 ? spec->image[0] : spec->filters[l - 2], filters = spec->filters[l - 1];
  int64_t side = spec->kernel, border = side / 2;
  wg_node *K = wg_param(t, wg_numbered(name, "K", l), spec->dtype, WG_SHAPE(filters, channels, side, side));
  wg_node *b = wg_param(t, wg_numbered(name, "b", l), spec->dtype, WG_SHAPE(filters));
  wg_node *Z = wg_conv2d(P, K, b, NULL, (int64_t[]){border, border}, NULL, 1);
  wg_node *A = wg_activate(spec->activation, wg_name(Z, wg_numbered(name, "Z", l)));
  wg_node *pooled = wg_max_pool2d(wg_name(A, wg_numbered(name, "A", l)), (int64_t[]){2, 2}, NULL, NULL, NULL, false);
  return wg_name(pooled, wg_numbered(name, "P", l));
}

wg_net_nodes wg_cnn(wg_tape *t, const wg_net_spec *spec) {
  const int64_t *image = spec->image;
  size_t L = spec->width_count - 1;
  char name[WG_NAME_SIZE];
  wg_node *X = wg_input(t, "X", spec->dtype, WG_SHAPE(spec->samples, spec->widths[0]));
  wg_node *Y = wg_class_targets(t, spec), *seed = wg_net_seed(t, spec);

  wg_node *P = wg_reshape(X, WG_SHAPE(spec->samples, image[0], image[1], image[2]));
  P = convolutional_layer(spec, P, 1);
  P = convolutional_layer(spec, P, 2);

  wg_node *input = wg_flatten(P, 1, -1), *Z = NULL, *A = NULL;
  for (size_t l = 1; l <= L; l++) {
    Z = wg_name(wg_dense(input, "W", "b", l + 2, spec->widths[l]), wg_numbered(name, "Z", l + 2));
    A = wg_name(l < L ? wg_activate(spec->activation, Z) : wg_softmax(Z, 1), wg_numbered(name, "A", l + 2));
    input = l < L ? wg_net_drop(spec, A, seed, (int64_t)l) : A;
  }
  wg_node *J = wg_net_loss(spec, Z, Y);

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z, .prediction = A, .J = J, .seed = seed};
}
