/* rnn.c: language models with recurrent layers, rnn and lstm: after each character of a text they say how likely each
 * character is to come next.
 *
 *     x_t = row X_t of E      h_t = cell(x_t, h_(t−1))      Z_t = h_t·Wy + by      J = the mean of −ln SM(Z_t)[Y_t]
 *
 * E is (vocabulary, width). Layer l has the weights Wxl, Whl, bxl, bhl of ops/recurrent.c, which gives the formulas of the
 * cells; the states begin with 0 in each sample, and layers stand on each other. X and Y are (m,T), the logits (m·T,
 * vocabulary). Sources: Elman, 1990; Hochreiter, Schmidhuber, 1997; Graves, "Generating sequences with recurrent neural
 * networks", 2013. While learning with dropout, what leaves a layer upwards is masked, and the state is not (Zaremba,
 * Sutskever, Vinyals, 2014). */
#include "net_parts.h"

#include "../ops/ops.h"

/* The outputs (T,m,H) of recurrent layer l for inputs (T,m,I). */
static wg_node *recurrent_layer(const wg_net_spec *spec, wg_node *x, size_t l) {
  wg_tape *t = wg_node_tape(x);
  bool is_lstm = spec->kind == WG_NET_LSTM;
  char name[WG_NAME_SIZE];
  int64_t m = spec->samples, inputs = spec->widths[l == 1 ? 1 : l - 1], width = spec->widths[l];
  int64_t rows = (is_lstm ? 4 : 1) * width;
  wg_node *Wx = wg_param(t, wg_numbered(name, "Wx", l), spec->dtype, WG_SHAPE(rows, inputs));
  wg_node *Wh = wg_param(t, wg_numbered(name, "Wh", l), spec->dtype, WG_SHAPE(rows, width));
  wg_node *bx = wg_param(t, wg_numbered(name, "bx", l), spec->dtype, WG_SHAPE(rows));
  wg_node *bh = wg_param(t, wg_numbered(name, "bh", l), spec->dtype, WG_SHAPE(rows));
  if (!is_lstm) {
    wg_node *start = wg_fill(t, spec->dtype, WG_SHAPE(m, width), 0);
    return wg_rnn(x, start, Wx, Wh, bx, bh, wg_activation_text(spec->activation));
  }
  wg_node *start = wg_fill(t, spec->dtype, WG_SHAPE(2, m, width), 0);
  return wg_select(wg_lstm(x, start, Wx, Wh, bx, bh), 1, 0); /* h of each (h, c) */
}

wg_net_nodes wg_recurrent_net(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, T = spec->steps, V = spec->widths[0];
  size_t L = spec->width_count - 2;
  char name[WG_NAME_SIZE];
  wg_node *X = wg_input(t, "X", WG_I64, WG_SHAPE(m, T)), *Y = wg_input(t, "Y", WG_I64, WG_SHAPE(m, T));
  wg_node *seed = wg_net_seed(t, spec);

  wg_node *E = wg_param(t, "E", spec->dtype, WG_SHAPE(V, spec->widths[1]));
  wg_node *h = wg_embedding(wg_transpose(X), E); /* a step's inputs lie together */
  for (size_t l = 1; l <= L; l++) {
    h = wg_name(recurrent_layer(spec, h, l), wg_numbered(name, "H", l));
    h = wg_net_drop(spec, h, seed, (int64_t)l);
  }
  h = wg_reshape(wg_swap_axes(h, 0, 1), WG_SHAPE(m * T, spec->widths[L]));
  wg_node *Z = wg_name(wg_dense(h, "Wy", "by", 0, V), "Z");
  wg_node *A = wg_name(wg_softmax(Z, 1), "A");
  wg_node *J = wg_net_loss(spec, Z, wg_reshape(Y, WG_SHAPE(m * T)));

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z, .prediction = A, .J = J, .seed = seed};
}
