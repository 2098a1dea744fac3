/* sweep_graphs.h: graphs to sweep over. */
#ifndef WG_SWEEP_GRAPHS_H
#define WG_SWEEP_GRAPHS_H

#include "../support.h"

static inline wg_node *scalar_param(wg_tape *tape, const char *name) { return wg_param(tape, name, WG_F64, WG_SCALAR); }

static inline wg_sweep_counts sweep(wg_node *root, size_t count, wg_node *const *wrt, wg_node **grad,
                                    const wg_sweep_options *options) {
  wg_sweep_counts counts;
  if (wg_sweep(root, count, wrt, grad, options, &counts) != WG_OK) fail_msg("%s", wg_tape_error(wg_node_tape(root)));
  return counts;
}

/* v ← v·v, n times. */
static inline wg_node *doubling_chain(wg_node *v, int n) {
  for (int i = 0; i < n; i++) v = wg_mul(v, v);
  return v;
}

/* v ← v + tanh(v), `blocks` times: residual blocks. */
static inline wg_node *residual_chain(wg_node *v, int blocks) {
  for (int i = 0; i < blocks; i++) v = wg_add(v, wg_tanh(v));
  return v;
}

/* A net of two layers: J = mean((relu(X·W1 + b1)·W2 + b2)²), in params W1, b1, W2, b2. */
typedef struct net {
  wg_tape *tape;
  wg_node *X, *Z1, *A1, *Z2, *J, *params[4];
} net;

static inline net net_new(void) {
  net n = {.tape = wg_tape_new()};
  n.X = wg_input(n.tape, "X", WG_F64, WG_SHAPE(5, 2));
  n.params[0] = wg_param(n.tape, "W1", WG_F64, WG_SHAPE(2, 4));
  n.params[1] = wg_param(n.tape, "b1", WG_F64, WG_SHAPE(1, 4));
  n.params[2] = wg_param(n.tape, "W2", WG_F64, WG_SHAPE(4, 3));
  n.params[3] = wg_param(n.tape, "b2", WG_F64, WG_SHAPE(1, 3));
  n.Z1 = wg_add_bias(wg_matmul(n.X, n.params[0]), n.params[1]);
  n.A1 = wg_relu(n.Z1);
  n.Z2 = wg_add_bias(wg_matmul(n.A1, n.params[2]), n.params[3]);
  n.J = wg_mean_all(wg_square(n.Z2));
  assert_tape_good(n.tape);
  return n;
}

#endif
