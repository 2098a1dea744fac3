/* transformer.c: a small decoder-only language model, defined as GPT-2 is (Radford, Wu, Child, Luan, Amodei, Sutskever,
 * "Language models are unsupervised multitask learners", 2019; attention: Vaswani et al., 2017).
 *
 *     R0 = E[X] + P                                    the residual stream: characters, and where they stand
 *     S  = R + Attention(Norm(R))      R' = S + MLP(Norm(S))                        in each block
 *     Z  = Norm(R)·Eᵀ                                  the logits, with the same E as at the start
 *
 *     Attention: (Q,K,V) = x·Wqkv + bqkv, cut into heads; SM(Q·Kᵀ/√width of a head)·V, where position t sees 0 … t;
 *     heads put together again, ·Wo + bo.      MLP: f(x·Wup + bup)·Wdown + bdown, four times as wide between.
 *     Norm(x) = g ⊙ (x − mean)/√(variance + ε) + b for each character.
 *
 * X and Y are (m,T), E (vocabulary, width), P (T, width), R (m,T,width), kept as (m·T,width); Z is (m·T,vocabulary). While
 * learning, dropout stands where GPT-2 has it, but for the attention weights. */
#include "net_parts.h"

#include "../ops/ops.h"

static wg_node *norm(wg_node *x, const char *gain, const char *bias, size_t block) {
  wg_tape *t = wg_node_tape(x);
  char name[WG_NAME_SIZE];
  int64_t width = wg_node_shape(x).size[1];
  wg_node *g = wg_param(t, block ? wg_numbered(name, gain, block) : gain, wg_node_dtype(x), WG_SHAPE(width));
  wg_node *b = wg_param(t, block ? wg_numbered(name, bias, block) : bias, wg_node_dtype(x), WG_SHAPE(width));
  return wg_layer_norm(x, 1, g, b, 1e-5);
}

/* One of Q, K, V, which lie side by side in (m·T, 3·width), as (m,heads,T,width/heads). */
static wg_node *heads_of(const wg_net_spec *spec, wg_node *qkv, int64_t piece) {
  int64_t m = spec->samples, T = spec->steps, width = spec->widths[1], heads = spec->heads;
  wg_node *part = wg_narrow(qkv, 1, piece * width, width);
  return wg_swap_axes(wg_reshape(part, WG_SHAPE(m, T, heads, width / heads)), 1, 2);
}

static wg_node *attention(const wg_net_spec *spec, wg_node *x, size_t block) {
  int64_t m = spec->samples, T = spec->steps, width = spec->widths[1];
  wg_node *qkv = wg_dense(x, "Wqkv", "bqkv", block, 3 * width);
  wg_node *y = wg_scaled_dot_product_attention(heads_of(spec, qkv, 0), heads_of(spec, qkv, 1), heads_of(spec, qkv, 2),
                                               NULL, false, true, 0);
  return wg_dense(wg_reshape(wg_swap_axes(y, 1, 2), WG_SHAPE(m * T, width)), "Wo", "bo", block, width);
}

static wg_node *mlp(const wg_net_spec *spec, wg_node *x, size_t block) {
  int64_t width = spec->widths[1];
  wg_node *hidden = wg_activate(spec->activation, wg_dense(x, "Wup", "bup", block, 4 * width));
  return wg_dense(hidden, "Wdown", "bdown", block, width);
}

wg_net_nodes wg_transformer(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, T = spec->steps, V = spec->widths[0], width = spec->widths[1];
  char name[WG_NAME_SIZE];
  wg_node *X = wg_input(t, "X", WG_I64, WG_SHAPE(m, T)), *Y = wg_input(t, "Y", WG_I64, WG_SHAPE(m, T));
  wg_node *seed = wg_net_seed(t, spec);
  int64_t stream = 0;

  wg_node *E = wg_param(t, "E", spec->dtype, WG_SHAPE(V, width));
  wg_node *P = wg_param(t, "P", spec->dtype, WG_SHAPE(T, width));
  wg_node *R = wg_reshape(wg_add(wg_embedding(X, E), P), WG_SHAPE(m * T, width));
  R = wg_net_drop(spec, R, seed, ++stream);
  for (size_t n = 1; n <= (size_t)spec->blocks; n++) {
    wg_node *change = attention(spec, norm(R, "ga", "ba", n), n);
    wg_node *S = wg_name(wg_add(R, wg_net_drop(spec, change, seed, ++stream)), wg_numbered(name, "S", n));
    change = mlp(spec, norm(S, "gm", "bm", n), n);
    R = wg_name(wg_add(S, wg_net_drop(spec, change, seed, ++stream)), wg_numbered(name, "R", n));
  }
  wg_node *Z = wg_name(wg_matmul(norm(R, "g", "b", 0), wg_transpose(E)), "Z");
  wg_node *A = wg_name(wg_softmax(Z, 1), "A");
  wg_node *J = wg_net_loss(spec, Z, wg_reshape(Y, WG_SHAPE(m * T)));

  return (wg_net_nodes){.X = X, .Y = Y, .logits = Z, .prediction = A, .J = J, .seed = seed};
}
