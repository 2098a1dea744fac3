/* random_graph.h: random graphs of small tensors, gradients included; graph number k is the same one in every run. */
#ifndef WG_RANDOM_GRAPH_H
#define WG_RANDOM_GRAPH_H

#include "../support.h"

/* ---- Choosing ---- */

static uint64_t random_state;

/* splitmix64, as in support.c */
static uint64_t random_bits(void) {
  uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}
static int below(int n) { return (int)(random_bits() % (uint64_t)n); }
static bool chance(int percent) { return below(100) < percent; }

/* ---- A graph ---- */

enum { NODES_MAX = 256, LEAVES_MAX = 8, RANK = 3 };

typedef struct graph {
  wg_tape *tape;
  wg_dtype dtype;
  int64_t size[RANK]; /* shapes are the last of these sizes, some of them 1 */
  int64_t largest;    /* elements of a node */
  wg_node *nodes[NODES_MAX];
  int count;
  wg_node *leaves[LEAVES_MAX];
  void *data[LEAVES_MAX];
  int leaf_count;
  wg_node *targets; /* one-hot rows, or NULL */
  wg_node *filter;  /* weights of convolutions, or NULL */
} graph;

static wg_node *any(const graph *g) {
  return g->nodes[chance(60) ? g->count - 1 - below(g->count < 6 ? g->count : 6) : below(g->count)];
}

static wg_shape any_shape(const graph *g) {
  wg_shape shape = {.rank = below(RANK + 1)};
  for (int axis = 0; axis < shape.rank; axis++) shape.size[axis] = chance(20) ? 1 : g->size[RANK - shape.rank + axis];
  return shape;
}

/* Keeps a node that can be computed and is small; what the library refuses is forgotten. */
static void keep(graph *g, wg_node *node) {
  wg_tape_clear_error(g->tape);
  if (!wg_node_inert(node) && wg_node_size(node) <= g->largest && g->count < NODES_MAX) g->nodes[g->count++] = node;
}

/* Values between −2 and 2; labels below the last size. */
static void fill_leaf(const graph *g, int k, uint64_t seed) {
  size_t n = (size_t)wg_node_size(g->leaves[k]);
  if (wg_node_dtype(g->leaves[k]) == WG_I64)
    fill_i64(g->data[k], n, 0, g->size[RANK - 1], seed);
  else if (g->dtype == WG_F32)
    fill_f32(g->data[k], n, -2, 2, seed);
  else
    fill_f64(g->data[k], n, -2, 2, seed);
}

static wg_node *add_leaf(graph *g, wg_dtype dtype, wg_shape shape) {
  wg_node *leaf = chance(50) ? wg_input(g->tape, "x", dtype, shape) : wg_param(g->tape, "w", dtype, shape);
  g->leaves[g->leaf_count] = leaf;
  g->data[g->leaf_count] = new_f64((size_t)wg_node_size(leaf));
  fill_leaf(g, g->leaf_count++, random_bits());
  keep(g, leaf);
  return leaf;
}

/* ---- Operations ---- */

/* Running sums of the elements in row-major order: a kernel that wants its input dense, and all its scratch memory. */
static size_t running_sum_scratch(const wg_node *y) { return (size_t)wg_node_size(y) * sizeof(double); }
static wg_status running_sum_f64(wg_call *call) {
  const int64_t n = wg_node_size(call->node);
  double *terms = call->scratch, sum = 0;
  for (int64_t k = 0; k < n; k++) terms[k] = ((const double *)call->in[0].data)[k];
  for (int64_t k = 0; k < n; k++) ((double *)call->out.data)[k] = sum += terms[k];
  return WG_OK;
}
static wg_status running_sum_f32(wg_call *call) {
  const int64_t n = wg_node_size(call->node);
  double *terms = call->scratch, sum = 0;
  for (int64_t k = 0; k < n; k++) terms[k] = (double)((const float *)call->in[0].data)[k];
  for (int64_t k = 0; k < n; k++) ((float *)call->out.data)[k] = (float)(sum += terms[k]);
  return WG_OK;
}
static const wg_op op_running_sum = {.name = "running_sum",
                                     .arity = 1,
                                     .flags = WG_OP_DENSE,
                                     .infer = wg_infer_same,
                                     .kernel = {[WG_F32] = running_sum_f32, [WG_F64] = running_sum_f64},
                                     .scratch = running_sum_scratch};

static wg_node *record_unary(graph *g) {
  static wg_node *(*const functions[])(wg_node *) = {
      wg_neg, wg_tanh, wg_sigmoid, wg_relu, wg_softplus, wg_abs,  wg_erf,   wg_silu,       wg_square,
      wg_exp, wg_log,  wg_sqrt,    wg_sin,  wg_expm1,    wg_sign, wg_floor, wg_reciprocal, wg_probability};
  wg_node *x = any(g);
  switch (below(16)) {
  case 0:
    return wg_scale(x, (double)below(5) - 2);
  case 1:
    return wg_div_count(x, 1 + below(4));
  case 2:
    return wg_power(x, (double)below(4));
  case 3:
    return wg_clamp(x, -1, 1 + below(2));
  default: /* those that grow or have no value everywhere are less frequent */
    return functions[chance(75) ? below(8) : below(18)](x);
  }
}

static wg_node *record_binary(graph *g) {
  static wg_node *(*const functions[])(wg_node *, wg_node *) = {
      wg_add,     wg_sub,     wg_mul,   wg_matmul,       wg_add_bias, wg_div,   wg_greater,   wg_less_equal,
      wg_maximum, wg_minimum, wg_less,  wg_logaddexp,    wg_atan2,    wg_equal, wg_not_equal, wg_bce_logits_terms,
      wg_outer,   wg_matvec,  wg_xlogy, wg_greater_equal};
  wg_node *a = any(g), *b = chance(15) ? a : any(g);
  if (g->targets && chance(15)) return wg_cross_entropy_terms(a, g->targets);
  if (chance(4)) { /* two that a plan may compute in one step */
    keep(g, wg_sigmoid(a));
    return wg_bce_logits_terms(a, b);
  }
  if (chance(10)) return wg_where(any(g), a, b);
  if (chance(5)) return wg_lerp(a, b, any(g));
  if (chance(20)) return chance(50) ? wg_matmul(a, wg_transpose(b)) : wg_matmul(wg_transpose(a), b);
  return functions[chance(80) ? below(5) : below(20)](a, b);
}

static wg_node *record_view(graph *g) {
  wg_node *x = any(g);
  int64_t n = wg_node_size(x);
  wg_shape shape = wg_node_shape(x);
  int64_t axis = shape.rank ? below(shape.rank) : 0, size = shape.rank ? shape.size[axis] : 0;
  switch (below(13)) {
  case 0:
  case 1:
    return wg_transpose(x);
  case 6: /* views with an offset, with a step, and backwards */
    return size ? wg_narrow(x, axis, below((int)size), 1) : x;
  case 7: {
    int64_t start = below(2), stop = size, step = 1 + below(3);
    return size > start ? wg_slice(x, 1, &axis, &start, &stop, &step) : x;
  }
  case 8:
    return shape.rank ? wg_flip(x, 1, &axis) : x;
  case 9:
    return shape.rank ? wg_swap_axes(x, axis, below(shape.rank)) : x;
  case 10: { /* a strided axis of windows that overlap */
    int64_t width = 1 + below(3);
    return size >= width ? wg_unfold(x, axis, width, 1 + below(2), 1) : x;
  }
  case 11:
    return shape.rank == 2 ? wg_diag(x, 0) : wg_unsqueeze(x, axis);
  case 12: {
    int64_t start = size - 1, stop = -size - 1, step = -1 - below(2);
    return size ? wg_slice(x, 1, &axis, &start, &stop, &step) : x;
  }
  case 2:
    return wg_reshape(x, WG_SHAPE(-1));
  case 3:
    return wg_reshape(x, n % 2 ? WG_SHAPE(1, n) : WG_SHAPE(2, -1));
  case 4:
    return wg_reshape(x, any_shape(g));
  default:
    return wg_broadcast_to(x, wg_shape_of(RANK, g->size));
  }
}

static wg_node *record_reduction(graph *g) {
  wg_node *x = any(g);
  int rank = wg_node_shape(x).rank, count = 0;
  int64_t axes[RANK], axis = rank ? below(rank) : 0;
  bool keeps = chance(50);
  for (int a = 0; a < rank && a < RANK; a++)
    if (chance(50)) axes[count++] = a;
  switch (below(14)) {
  case 0:
  case 1:
    return wg_sum(x, count, axes, keeps);
  case 2:
    return wg_mean(x, count, axes, keeps);
  case 3:
    return wg_max(x, axis, keeps);
  case 4:
    return wg_max_mask(x, axis);
  case 5:
    return wg_softmax(x, axis);
  case 6:
    return wg_log_softmax(x, axis);
  case 7:
    return wg_logsumexp(x, count, axes, keeps);
  case 8:
    return wg_cumsum(x, axis, keeps);
  case 9:
    return wg_var(x, count, axes, keeps, 0);
  case 10:
    return wg_amax(x, count, axes, keeps);
  case 11:
    return wg_sort(x, axis, keeps);
  default:
    return wg_apply(&op_running_sum, 1, &x, NULL);
  }
}

/* What puts tensors together, cuts them up, and looks at windows of them. */
static wg_node *record_movement(graph *g) {
  wg_node *x = any(g), *both[] = {x, any(g)};
  const wg_shape shape = wg_node_shape(x);
  const int64_t two[] = {2, 2}, one[] = {1, 1}, none[] = {0, 0}, axis = shape.rank ? below(shape.rank) : 0;
  switch (below(9)) {
  case 0:
    return wg_concat(2, both, axis);
  case 1:
    return wg_stack(2, both, axis);
  case 2:
    return wg_roll(x, 1, one, &axis);
  case 3:
    return shape.rank ? wg_pad(x, shape.rank < 3 ? shape.rank : 2, one, none, (double)below(2)) : x;
  case 4:
    return wg_repeat_interleave(x, 2, axis);
  case 5:
    return wg_max_pool1d(x, two, one, none, one, false);
  case 6:
    return wg_avg_pool1d(x, two, two, none, chance(50), true);
  case 7:
    return wg_tril(x, below(3) - 1);
  default:
    return wg_avg_pool2d(wg_unsqueeze(x, 1), two, one, none, false, true);
  }
}

static wg_node *record_convolution(graph *g) {
  wg_node *x = any(g), *bias = NULL;
  const int64_t one[] = {1, 1}, two[] = {2, 2}, padding[] = {below(2), below(2)};
  if (!g->filter) return x;
  for (int tries = 0; tries < 10 && wg_node_shape(x).rank != 3; tries++) x = any(g);
  switch (below(4)) {
  case 0:
    return wg_conv1d(x, g->filter, bias, chance(50) ? one : two, padding, one, 1);
  case 1:
    return wg_conv2d(wg_unsqueeze(x, 1), wg_unsqueeze(g->filter, 1), bias, one, padding, one, 1);
  case 2:
    return wg_conv_transpose1d(x, wg_swap_axes(g->filter, 0, 1), bias, two, NULL, NULL, 1, NULL);
  default:
    return wg_relu(wg_conv1d(x, g->filter, bias, one, padding, chance(50) ? one : two, 1));
  }
}

static void record_random(graph *g) {
  switch (below(12)) {
  case 0:
  case 1:
  case 2:
    keep(g, record_unary(g));
    break;
  case 3:
  case 4:
  case 5:
    keep(g, record_binary(g));
    break;
  case 6:
  case 7:
    keep(g, record_view(g));
    break;
  case 8:
    keep(g, record_movement(g));
    break;
  case 9:
    keep(g, record_convolution(g));
    break;
  default:
    keep(g, record_reduction(g));
  }
}

/* Adjoints of a random node by some of the others, with or without a seed, and perhaps theirs again. */
static void record_gradient(graph *g) {
  wg_node *root = any(g), *wrt[3], *grad[3] = {NULL};
  int count = 1 + below(3), floats = 0;
  for (int tries = 0; tries < 30 && floats < count; tries++) {
    wrt[floats] = chance(60) ? g->leaves[below(g->leaf_count)] : any(g);
    floats += wg_node_dtype(wrt[floats]) != WG_I64;
  }
  if (wg_node_dtype(root) == WG_I64 || floats == 0) return;
  wg_status status = chance(30) ? wg_vjp(root, wg_tanh(root), (size_t)floats, wrt, grad)
                                : wg_grad(wg_sum_all(root), (size_t)floats, wrt, grad);
  if (status != WG_OK) fail_msg("gradient: %s", wg_tape_error(g->tape));
  for (int k = 0; k < floats; k++) keep(g, grad[k]);
}

/* Steps of gradient descent: w − α·∂w, of the shape of a leaf. */
static void record_step(graph *g) {
  wg_node *leaf = g->leaves[below(g->leaf_count)], *root = any(g), *grad;
  if (wg_node_dtype(leaf) == WG_I64 || wg_node_dtype(root) == WG_I64) return;
  if (wg_grad(wg_sum_all(root), 1, &leaf, &grad) != WG_OK) fail_msg("gradient: %s", wg_tape_error(g->tape));
  keep(g, wg_sub(leaf, wg_scale(grad, 0.125)));
}

/* Mostly of axes up to 5, so that there can be many; one in 64 with longer ones, for tiles and pieces as they really are. */
static graph graph_new(uint64_t number) {
  random_state = number * UINT64_C(0xd1342543de82ef95);
  const bool large = number % 64 == 0;
  graph g = {.tape = wg_tape_new(), .dtype = chance(30) ? WG_F32 : WG_F64, .largest = large ? 120000 : 512};
  for (int axis = 0; axis < RANK; axis++) g.size[axis] = chance(5) ? 0 : 1 + below(5);
  if (large) g.size[0] = 1 + below(8), g.size[1] = 1 + below(50), g.size[2] = 1 + below(300);
  int leaves = 2 + below(3), nodes = 10 + below(large ? 15 : chance(10) ? 140 : 40), gradients = below(3);
  for (int k = 0; k < leaves; k++) add_leaf(&g, g.dtype, any_shape(&g));
  if (g.size[RANK - 1] > 0 && chance(40)) {
    wg_node *labels = add_leaf(&g, WG_I64, WG_SHAPE(g.size[1]));
    keep(&g, g.targets = wg_one_hot(labels, g.size[RANK - 1], g.dtype));
  }
  if (chance(30)) g.filter = add_leaf(&g, g.dtype, WG_SHAPE(1 + below(3), g.size[1], 1 + below(3)));
  if (chance(30)) keep(&g, wg_fill(g.tape, g.dtype, any_shape(&g), (double)below(3)));
  if (chance(30)) {
    double data[4] = {0.5, -1, 0.25, 2};
    keep(&g, wg_constant(g.tape, g.dtype, WG_SHAPE(2, 1), data));
  }
  for (int k = 0; k < nodes; k++) record_random(&g);
  for (int k = 0; k < gradients; k++) record_gradient(&g);
  for (int k = 0; k < 2; k++) record_step(&g);
  for (int k = 0; k < 3; k++) record_random(&g); /* on top of gradients */
  return g;
}

static void graph_free(graph *g) {
  wg_tape_free(g->tape);
  for (int k = 0; k < g->leaf_count; k++) free(g->data[k]);
}

#endif
