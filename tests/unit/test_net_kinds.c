/* The nets cnn, rnn, lstm and transformer against their formulas written out in loops; what learning adds to a net; and
 * with what weights they begin. */
#include "../support.h"

#include "../../models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A net at random weights and samples. */
typedef struct scene {
  wg_net *net;
  wg_weights *weights;
  void *x, *y;
  int64_t seed;
  wg_binding bindings[64];
  size_t count;
} scene;

static scene scene_of(const wg_net_spec *spec, uint64_t seed) {
  scene s = {.net = wg_net_new(spec), .seed = 7};
  if (wg_net_status(s.net) != WG_OK) fail_msg("%s", wg_net_error(s.net));
  s.weights = wg_weights_new(s.net, NULL);
  wg_random random = wg_random_new(seed, WG_STREAM_WEIGHTS);
  wg_weights_init(s.weights, s.net, WG_INIT_XAVIER, &random);
  for (size_t k = 0; k < s.weights->count; k++) /* biases too, off zero */
    for (int64_t i = 0; i < s.weights->size[k]; i++)
      ((double *)s.weights->data[k])[i] += 0.1 * wg_random_normal(&random);
  s.x = new_f64((size_t)wg_node_size(s.net->X));
  s.y = new_f64((size_t)wg_node_size(s.net->Y));
  wg_random_fill(&random, s.net, s.x, s.y);
  s.bindings[s.count++] = (wg_binding){s.net->X, s.x};
  s.bindings[s.count++] = (wg_binding){s.net->Y, s.y};
  for (size_t k = 0; k < s.net->param_count; k++)
    s.bindings[s.count++] = (wg_binding){s.net->params[k], s.weights->data[k]};
  return s;
}

static void scene_run(scene *s, wg_node *node, double *values) {
  size_t count = s->count;
  if (s->net->seed) s->bindings[count++] = (wg_binding){s->net->seed, &s->seed};
  run_node(node, count, s->bindings, values);
}

static double scene_loss(scene *s) {
  double J;
  scene_run(s, s->net->J, &J);
  return J;
}

static void scene_free(scene *s) {
  wg_weights_free(s->weights);
  wg_net_free(s->net);
  free(s->x);
  free(s->y);
}

/* The elements of the parameter of that name. */
static const double *param(const scene *s, const char *name) {
  for (size_t k = 0; k < s->weights->count; k++)
    if (!strcmp(s->weights->name[k], name)) return s->weights->data[k];
  fail_msg("there is no parameter %s", name);
  return NULL;
}

/* ---- Formulas in loops ---- */

/* y = x·W + b for rows of n, with W (n,k). */
static void rows_times(int rows, int n, int k, const double *x, const double *W, const double *b, double *y) {
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < k; j++) {
      y[r * k + j] = b ? b[j] : 0;
      for (int i = 0; i < n; i++) y[r * k + j] += x[r * n + i] * W[i * k + j];
    }
}

static double cross_entropy(int rows, int k, const double *logits, const int64_t *labels) {
  double sum = 0;
  for (int r = 0; r < rows; r++) {
    double total = 0;
    for (int j = 0; j < k; j++) total += exp(logits[r * k + j]);
    sum += log(total) - logits[r * k + labels[r]];
  }
  return sum / rows;
}

static double logistic(double x) { return 1 / (1 + exp(-x)); }

/* ---- cnn ---- */

/* Convolution of (channels,side,side) with a border of 1, relu, and the largest of each 2×2. */
static void convolve_and_pool(int channels, int filters, int side, const double *x, const double *K, const double *b,
                              double *y) {
  int half = side / 2;
  for (int f = 0; f < filters; f++)
    for (int r = 0; r < half * 2; r++)
      for (int c = 0; c < half * 2; c++) {
        double sum = b[f];
        for (int in = 0; in < channels; in++)
          for (int i = -1; i <= 1; i++)
            for (int j = -1; j <= 1; j++)
              if (r + i >= 0 && r + i < side && c + j >= 0 && c + j < side)
                sum += K[((f * channels + in) * 3 + i + 1) * 3 + j + 1] * x[(in * side + r + i) * side + c + j];
        double *out = &y[(f * half + r / 2) * half + c / 2];
        double a = sum > 0 ? sum : 0;
        if ((r % 2 == 0 && c % 2 == 0) || a > *out) *out = a;
      }
}

static void the_convolutional_net_is_its_formula(void **state) {
  (void)state;
  enum { m = 3, side = 9, f1 = 2, f2 = 3, hidden = 5, classes = 4 };
  wg_net_spec spec = wg_net_spec_of(WG_NET_CNN);
  spec.samples = m;
  spec.image[0] = 2;
  spec.image[1] = spec.image[2] = side;
  spec.filters[0] = f1;
  spec.filters[1] = f2;
  spec.widths = (int64_t[]){2 * side * side, hidden, classes};
  spec.class_indices = true;
  scene s = scene_of(&spec, 1);
  double logits[m * classes];
  for (int sample = 0; sample < m; sample++) {
    double p1[f1 * 4 * 4], p2[f2 * 2 * 2], h[hidden];
    const double *x = (const double *)s.x + sample * 2 * side * side;
    convolve_and_pool(2, f1, side, x, param(&s, "K1"), param(&s, "b1"), p1);
    convolve_and_pool(f1, f2, 4, p1, param(&s, "K2"), param(&s, "b2"), p2);
    rows_times(1, f2 * 4, hidden, p2, param(&s, "W3"), param(&s, "b3"), h);
    for (int i = 0; i < hidden; i++) h[i] = h[i] > 0 ? h[i] : 0;
    rows_times(1, hidden, classes, h, param(&s, "W4"), param(&s, "b4"), logits + sample * classes);
  }
  double found[m * classes], J = cross_entropy(m, classes, logits, s.y), loss = scene_loss(&s);
  scene_run(&s, s.net->logits, found);
  assert_close("logits", m * classes, found, logits, 1e-13);
  assert_close("J", 1, &loss, &J, 1e-13);
  scene_free(&s);
}

/* ---- rnn and lstm ---- */

enum { V = 5, H = 4, T = 6, m = 3 };

static const int64_t stacked[] = {V, H, H, V}, single[] = {V, H, V};

static wg_net_spec sequence_spec(wg_net_kind kind) {
  wg_net_spec spec = wg_net_spec_of(kind);
  spec.samples = m;
  spec.steps = T;
  spec.width_count = kind == WG_NET_TRANSFORMER ? 3 : 4;
  spec.widths = kind == WG_NET_TRANSFORMER ? single : stacked;
  spec.blocks = 2;
  return spec;
}

/* a = Wx·x + bx + Wh·h + bh, `rows` numbers. */
static void gates_of(const scene *s, char layer, int rows, const double *x, const double *h, double *a) {
  char name[4] = {0, 0, layer, 0};
  const double *of[4];
  const char *letters[] = {"Wx", "Wh", "bx", "bh"};
  for (int i = 0; i < 4; i++) {
    memcpy(name, letters[i], 2);
    of[i] = param(s, name);
  }
  for (int r = 0; r < rows; r++) {
    a[r] = of[2][r] + of[3][r];
    for (int i = 0; i < H; i++) a[r] += of[0][r * H + i] * x[i] + of[1][r * H + i] * h[i];
  }
}

static void cell(const scene *s, char layer, bool is_lstm, const double *x, double *h, double *c) {
  double a[4 * H];
  gates_of(s, layer, is_lstm ? 4 * H : H, x, h, a);
  for (int i = 0; i < H; i++) {
    if (is_lstm) c[i] = logistic(a[H + i]) * c[i] + logistic(a[i]) * tanh(a[2 * H + i]);
    h[i] = is_lstm ? logistic(a[3 * H + i]) * tanh(c[i]) : tanh(a[i]);
  }
}

static void recurrent_nets_are_their_formulas(void **state) {
  (void)state;
  for (int is_lstm = 0; is_lstm < 2; is_lstm++) {
    wg_net_spec spec = sequence_spec(is_lstm ? WG_NET_LSTM : WG_NET_RNN);
    scene s = scene_of(&spec, 2);
    double logits[m * T * V], found[m * T * V];
    for (int sample = 0; sample < m; sample++) {
      double h[2][H] = {{0}}, c[2][H] = {{0}};
      for (int t = 0; t < T; t++) {
        int64_t character = ((const int64_t *)s.x)[sample * T + t];
        cell(&s, '1', is_lstm, param(&s, "E") + character * H, h[0], c[0]);
        cell(&s, '2', is_lstm, h[0], h[1], c[1]);
        rows_times(1, H, V, h[1], param(&s, "Wy"), param(&s, "by"), logits + (sample * T + t) * V);
      }
    }
    double J = cross_entropy(m * T, V, logits, s.y), loss = scene_loss(&s);
    scene_run(&s, s.net->logits, found);
    assert_close("logits", m * T * V, found, logits, 1e-13);
    assert_close("J", 1, &loss, &J, 1e-13);
    scene_free(&s);
  }
}

/* ---- transformer ---- */

static void norm(const double *x, const double *g, const double *b, double *y) {
  for (int t = 0; t < T; t++) {
    double mean = 0, variance = 0;
    for (int i = 0; i < H; i++) mean += x[t * H + i] / H;
    for (int i = 0; i < H; i++) variance += (x[t * H + i] - mean) * (x[t * H + i] - mean) / H;
    for (int i = 0; i < H; i++) y[t * H + i] = g[i] * (x[t * H + i] - mean) / sqrt(variance + 1e-5) + b[i];
  }
}

/* Two heads of H/2; position t sees 0 … t. */
static void attend(const double *qkv, double *y) {
  enum { d = H / 2 };
  for (int head = 0; head < 2; head++)
    for (int t = 0; t < T; t++) {
      double weight[T], total = 0;
      for (int seen = 0; seen <= t; seen++) {
        double score = 0;
        for (int i = 0; i < d; i++)
          score += qkv[t * 3 * H + head * d + i] * qkv[seen * 3 * H + H + head * d + i] / sqrt(d);
        total += weight[seen] = exp(score);
      }
      for (int i = 0; i < d; i++) {
        y[t * H + head * d + i] = 0;
        for (int seen = 0; seen <= t; seen++)
          y[t * H + head * d + i] += weight[seen] / total * qkv[seen * 3 * H + 2 * H + head * d + i];
      }
    }
}

static const double *block_param(const scene *s, const char *letters, int block) {
  char name[16];
  snprintf(name, sizeof name, "%s%d", letters, block);
  return param(s, name);
}

/* R ← R + Wo·attention(norm R) + bo, then R ← R + Wdown·gelu(Wup·norm R + bup) + bdown. */
static void block_run(const scene *s, int n, double *R) {
  double x[T * H], qkv[T * 3 * H], y[T * H], change[T * H], up[T * 4 * H];
  norm(R, block_param(s, "ga", n), block_param(s, "ba", n), x);
  rows_times(T, H, 3 * H, x, block_param(s, "Wqkv", n), block_param(s, "bqkv", n), qkv);
  attend(qkv, y);
  rows_times(T, H, H, y, block_param(s, "Wo", n), block_param(s, "bo", n), change);
  for (int i = 0; i < T * H; i++) R[i] += change[i];
  norm(R, block_param(s, "gm", n), block_param(s, "bm", n), x);
  rows_times(T, H, 4 * H, x, block_param(s, "Wup", n), block_param(s, "bup", n), up);
  for (int i = 0; i < T * 4 * H; i++)
    up[i] = 0.5 * up[i] * (1 + tanh(sqrt(2 / acos(-1)) * (up[i] + 0.044715 * up[i] * up[i] * up[i])));
  rows_times(T, 4 * H, H, up, block_param(s, "Wdown", n), block_param(s, "bdown", n), change);
  for (int i = 0; i < T * H; i++) R[i] += change[i];
}

static void the_transformer_is_its_formula(void **state) {
  (void)state;
  wg_net_spec spec = sequence_spec(WG_NET_TRANSFORMER);
  scene s = scene_of(&spec, 3);
  double logits[m * T * V], found[m * T * V];
  const double *E = param(&s, "E"), *P = param(&s, "P");
  for (int sample = 0; sample < m; sample++) {
    double R[T * H], x[T * H], transposed[H * V];
    for (int t = 0; t < T; t++)
      for (int i = 0; i < H; i++) R[t * H + i] = E[((const int64_t *)s.x)[sample * T + t] * H + i] + P[t * H + i];
    block_run(&s, 1, R);
    block_run(&s, 2, R);
    norm(R, param(&s, "g"), param(&s, "b"), x);
    for (int v = 0; v < V; v++)
      for (int i = 0; i < H; i++) transposed[i * V + v] = E[v * H + i];
    rows_times(T, H, V, x, transposed, NULL, logits + sample * T * V);
  }
  double J = cross_entropy(m * T, V, logits, s.y), loss = scene_loss(&s);
  scene_run(&s, s.net->logits, found);
  assert_close("logits", m * T * V, found, logits, 1e-12);
  assert_close("J", 1, &loss, &J, 1e-12);
  scene_free(&s);
}

/* ---- All language models ---- */

static const wg_net_kind language_models[] = {WG_NET_RNN, WG_NET_LSTM, WG_NET_TRANSFORMER};

static void no_prediction_sees_what_comes_after_it(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) {
    wg_net_spec spec = sequence_spec(language_models[i]);
    scene s = scene_of(&spec, 4);
    double before[m * T * V], after[m * T * V];
    scene_run(&s, s.net->logits, before);
    int64_t *x = s.x;
    x[T - 2] = (x[T - 2] + 1) % V; /* the last but one character of the first sample */
    scene_run(&s, s.net->logits, after);
    assert_memory_equal(before, after, (T - 2) * V * sizeof(double));
    assert_true(relative_error(V, before + (T - 2) * V, after + (T - 2) * V) > 0);
    assert_true(relative_error(V, before + (T - 1) * V, after + (T - 1) * V) > 0);
    assert_memory_equal(before + T * V, after + T * V, (m - 1) * T * V * sizeof(double)); /* the other samples */
    scene_free(&s);
  }
}

static void an_untrained_transformer_knows_nothing(void **state) {
  (void)state;
  wg_net_spec spec = sequence_spec(WG_NET_TRANSFORMER);
  scene s = scene_of(&spec, 5);
  wg_random random = wg_random_new(5, WG_STREAM_WEIGHTS);
  wg_weights_init(s.weights, s.net, WG_INIT_XAVIER, &random);
  assert_true(fabs(scene_loss(&s) - log(V)) < 0.05);
  scene_free(&s);
}

/* ---- Learning ---- */

static const wg_net_kind regularized[] = {WG_NET_LAYERS, WG_NET_CNN, WG_NET_RNN, WG_NET_LSTM, WG_NET_TRANSFORMER};
enum { REGULARIZED = sizeof regularized / sizeof *regularized };

static void dropout_is_in_the_graph_only_while_learning(void **state) {
  (void)state;
  for (int i = 0; i < REGULARIZED; i++) {
    wg_net_spec spec = wg_net_spec_of(regularized[i]);
    spec.samples = 5;
    scene plain = scene_of(&spec, 6);
    spec.dropout = 0.4;
    scene judging = scene_of(&spec, 6);
    spec.learning = true;
    scene learning = scene_of(&spec, 6);
    assert_null(plain.net->seed);
    assert_null(judging.net->seed);
    assert_int_equal(wg_node_dtype(learning.net->seed), WG_I64);
    assert_int_equal(wg_node_size(learning.net->seed), 1);
    double J = scene_loss(&learning);
    assert_true(scene_loss(&plain) == scene_loss(&judging));
    assert_true(J != scene_loss(&plain));
    assert_true(J == scene_loss(&learning));
    learning.seed = 8;
    assert_true(J != scene_loss(&learning));
    scene_free(&plain);
    scene_free(&judging);
    scene_free(&learning);
  }
}

/* Two layers that share their mask would both miss the same units. */
static void each_place_has_a_mask_of_its_own(void **state) {
  (void)state;
  for (int i = 0; i < REGULARIZED; i++) {
    wg_net_spec spec = wg_net_spec_of(regularized[i]);
    const int64_t deep[] = {wg_net_is_sequence(spec.kind) ? 8 : 64, 8, 8, wg_net_is_sequence(spec.kind) ? 8 : 10};
    spec.width_count = spec.kind == WG_NET_TRANSFORMER ? 3 : 4;
    spec.widths = spec.kind == WG_NET_TRANSFORMER ? (const int64_t[]){8, 8, 8} : deep;
    spec.dropout = 0.5;
    spec.learning = true;
    wg_net *net = wg_net_new(&spec);
    if (wg_net_status(net) != WG_OK) fail_msg("%s", wg_net_error(net));
    int64_t streams = 0;
    size_t masks = 0;
    for (size_t id = 0; id < wg_tape_count(net->tape); id++) {
      const wg_node *node = wg_tape_node(net->tape, id);
      if (strcmp(wg_node_op(node), "dropout_mask")) continue;
      masks++;
      streams |= (int64_t)1 << node->attrs[1].integer;
    }
    size_t different = 0;
    for (; streams; streams &= streams - 1) different++;
    assert_int_equal(masks, spec.kind == WG_NET_TRANSFORMER ? 3 : 2);
    assert_int_equal(different, masks);
    wg_net_free(net);
  }
}

/* J with smoothing ε: (1−ε)·(−ln a_y) + ε·(−Σ_k ln a_k / K), the mean over the samples. */
static void labels_are_smoothed_only_while_learning(void **state) {
  (void)state;
  const double smoothing = 0.2;
  for (int i = 0; i < REGULARIZED; i++) {
    wg_net_spec spec = wg_net_spec_of(regularized[i]);
    spec.class_indices = !wg_net_is_sequence(spec.kind);
    spec.samples = 4;
    scene plain = scene_of(&spec, 7);
    spec.smoothing = smoothing;
    scene judging = scene_of(&spec, 7);
    spec.learning = true;
    scene learning = scene_of(&spec, 7);
    size_t K = (size_t)wg_net_outputs(plain.net), rows = (size_t)wg_node_size(plain.net->prediction) / K;
    double *a = new_f64(rows * K), expected = 0, J = scene_loss(&learning);
    scene_run(&plain, plain.net->prediction, a);
    for (size_t r = 0; r < rows; r++) {
      expected -= (1 - smoothing) * log(a[r * K + (size_t)((const int64_t *)plain.y)[r]]) / (double)rows;
      for (size_t k = 0; k < K; k++) expected -= smoothing / (double)K * log(a[r * K + k]) / (double)rows;
    }
    assert_close("J", 1, &J, &expected, 1e-13);
    assert_true(scene_loss(&plain) == scene_loss(&judging));
    free(a);
    scene_free(&plain);
    scene_free(&judging);
    scene_free(&learning);
  }
}

/* ---- Gradients ---- */

static void assert_gradient(const wg_net_spec *spec, uint64_t seed) {
  scene s = scene_of(spec, seed);
  size_t count = s.count;
  if (s.net->seed) s.bindings[count++] = (wg_binding){s.net->seed, &s.seed};
  wg_check *check = wg_check_gradient(s.net->J, s.net->param_count, s.net->params, count, s.bindings, NULL);
  if (wg_check_verdict(check) != WG_PASS)
    fail_msg("net %s: %s %s", wg_net_name(spec->kind), wg_check_error(check), wg_verdict_text(wg_check_verdict(check)));
  size_t passed = 0;
  for (size_t i = 0; i < wg_check_count(check); i++) passed += wg_check_worst(check, i)->verdict == WG_PASS;
  assert_true(passed * 10 >= wg_check_count(check) * 9);
  wg_check_free(check);
  scene_free(&s);
}

static void the_gradients_agree_with_differences(void **state) {
  (void)state;
  for (int i = 0; i < REGULARIZED; i++)
    for (int learning = 0; learning < 2; learning++) {
      wg_net_spec spec = wg_net_spec_of(regularized[i]);
      const int64_t small[] = {16, 3, 4}, deep[] = {5, 3, 4, 5};
      if (spec.kind == WG_NET_CNN) {
        spec.widths = small;
        spec.filters[0] = 2;
        spec.filters[1] = 3;
      } else if (spec.kind == WG_NET_RNN || spec.kind == WG_NET_LSTM) {
        spec.widths = deep;
        spec.width_count = 4;
      }
      spec.samples = 3;
      spec.learning = learning;
      spec.dropout = 0.3;
      spec.smoothing = 0.1;
      assert_gradient(&spec, 8);
    }
}

static void every_activation_has_its_gradient(void **state) {
  (void)state;
  for (int activation = 0; activation < WG_ACTIVATION_COUNT; activation++) {
    wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
    spec.samples = 5;
    spec.activation = (wg_activation)activation;
    assert_gradient(&spec, 9);
    wg_activation found = WG_ACTIVATION_COUNT;
    assert_true(wg_activation_find(wg_activation_text(spec.activation), &found));
    assert_int_equal(found, activation);
  }
}

/* ---- Weights ---- */

static void parameters_say_their_names_shapes_and_roles(void **state) {
  (void)state;
  const struct {
    wg_net_kind kind;
    const char *text;
  } cases[] = {
      {WG_NET_NEURON, "w(1,2)matrix b(1,1)bias "},
      {WG_NET_LAYERS, "W1(2,16)matrix b1(1,16)bias W2(16,16)matrix b2(1,16)bias W3(16,3)matrix b3(1,3)bias "},
      {WG_NET_CNN, "K1(4,1,3,3)kernel b1(4)bias K2(8,4,3,3)kernel b2(8)bias W3(32,16)matrix b3(1,16)bias "
                   "W4(16,10)matrix b4(1,10)bias "},
      {WG_NET_RNN, "E(8,8)embedding Wx1(8,8)matrix Wh1(8,8)matrix bx1(8)bias bh1(8)bias Wy(8,8)matrix by(1,8)bias "},
      {WG_NET_LSTM,
       "E(8,8)embedding Wx1(32,8)matrix Wh1(32,8)matrix bx1(32)bias bh1(32)bias Wy(8,8)matrix by(1,8)bias "},
      {WG_NET_TRANSFORMER, "E(8,8)embedding P(6,8)embedding ga1(8)gain ba1(8)bias Wqkv1(8,24)matrix bqkv1(1,24)bias "
                           "Wo1(8,8)matrix bo1(1,8)bias gm1(8)gain bm1(8)bias Wup1(8,32)matrix bup1(1,32)bias "
                           "Wdown1(32,8)matrix bdown1(1,8)bias g(8)gain b(8)bias "},
  };
  const char *roles[] = {"matrix", "kernel", "embedding", "bias", "gain"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wg_net_spec spec = wg_net_spec_of(cases[i].kind);
    wg_net *net = wg_net_new(&spec);
    wg_weights *weights = wg_weights_new(net, NULL);
    char text[1024] = "", shape[WG_SHAPE_TEXT_SIZE];
    for (size_t k = 0; k < weights->count; k++) {
      strcat(text, weights->name[k]);
      strcat(text, wg_shape_text(&weights->shape[k], shape));
      strcat(text, roles[weights->role[k]]);
      strcat(text, " ");
    }
    assert_string_equal(text, cases[i].text);
    wg_weights_free(weights);
    wg_net_free(net);
  }
}

/* The mean square of a parameter from `first` on. */
static double mean_square(const wg_weights *weights, const char *name, int64_t first, int64_t count) {
  double sum = 0;
  for (size_t k = 0; k < weights->count; k++)
    for (int64_t i = first; i < first + count && !strcmp(weights->name[k], name); i++)
      sum += ((double *)weights->data[k])[i] * ((double *)weights->data[k])[i];
  return sum / (double)count;
}

static wg_weights *initial_weights(const wg_net_spec *spec, wg_init init) {
  wg_net *net = wg_net_new(spec);
  if (wg_net_status(net) != WG_OK) fail_msg("%s", wg_net_error(net));
  wg_weights *weights = wg_weights_new(net, NULL);
  wg_random random = wg_random_new(11, WG_STREAM_WEIGHTS);
  wg_weights_init(weights, net, init, &random);
  wg_net_free(net);
  return weights;
}

/* The mean of so many squares is within a few percent of the variance. */
static void assert_variance(const wg_weights *weights, const char *name, int64_t first, int64_t count,
                            double expected) {
  double ratio = mean_square(weights, name, first, count) / expected;
  if (!(fabs(ratio - 1) < 0.1)) fail_msg("%s: the variance is %g times what it should be", name, ratio);
}

static void weights_begin_with_the_variance_of_their_fan(void **state) {
  (void)state;
  wg_net_spec cnn = wg_net_spec_of(WG_NET_CNN);
  cnn.kernel = 5;
  cnn.filters[0] = 50;
  cnn.filters[1] = 40;
  cnn.widths = (int64_t[]){64, 30, 10};
  wg_weights *weights = initial_weights(&cnn, WG_INIT_HE);
  assert_variance(weights, "K1", 0, 50 * 25, 2.0 / 25);
  assert_variance(weights, "K2", 0, 40 * 50 * 25, 2.0 / (50 * 25));
  assert_variance(weights, "W3", 0, 160 * 30, 2.0 / 160);
  assert_true(mean_square(weights, "b3", 0, 30) == 0);
  wg_weights_free(weights);

  weights = initial_weights(&cnn, WG_INIT_XAVIER);
  assert_variance(weights, "K2", 0, 40 * 50 * 25, 2.0 / (25 * (50 + 40)));
  wg_weights_free(weights);

  wg_net_spec lstm = wg_net_spec_of(WG_NET_LSTM);
  lstm.width_count = 4;
  lstm.widths = (int64_t[]){30, 80, 50, 30};
  weights = initial_weights(&lstm, WG_INIT_XAVIER);
  for (int gate = 0; gate < 4; gate++) { /* each gate is (50,80), of its own */
    assert_variance(weights, "Wx2", gate * 50 * 80, 50 * 80, 2.0 / (50 + 80));
    assert_variance(weights, "Wh2", gate * 50 * 50, 50 * 50, 2.0 / (50 + 50));
    assert_true(mean_square(weights, "bx2", gate * 50, 50) == (gate == 1));
  }
  assert_true(mean_square(weights, "bh2", 0, 200) == 0);
  assert_variance(weights, "E", 0, 30 * 80, 1);
  assert_variance(weights, "Wy", 0, 50 * 30, 2.0 / (50 + 30));
  wg_weights_free(weights);

  wg_net_spec transformer = wg_net_spec_of(WG_NET_TRANSFORMER);
  transformer.widths = (int64_t[]){30, 64, 30};
  transformer.blocks = 3;
  transformer.steps = 40;
  weights = initial_weights(&transformer, WG_INIT_HE);
  assert_variance(weights, "E", 0, 30 * 64, 0.02 * 0.02);
  assert_variance(weights, "P", 0, 40 * 64, 0.02 * 0.02);
  assert_variance(weights, "Wqkv3", 0, 64 * 192, 2.0 / 64);
  assert_variance(weights, "Wup2", 0, 64 * 256, 2.0 / 64);
  assert_variance(weights, "Wo1", 0, 64 * 64, 2.0 / 64 / 6);
  assert_variance(weights, "Wdown3", 0, 64 * 256, 2.0 / 256 / 6);
  assert_true(mean_square(weights, "gm2", 0, 64) == 1 && mean_square(weights, "bm2", 0, 64) == 0);
  wg_weights_free(weights);
}

/* ---- Bad specs ---- */

static void assert_refused(const wg_net_spec *spec, wg_status status, const char *message) {
  wg_net *net = wg_net_new(spec);
  assert_int_equal(wg_net_status(net), status);
  assert_contains(wg_net_error(net), message);
  wg_net_free(net);
}

static void bad_images_are_refused_with_a_reason(void **state) {
  (void)state;
  wg_net_spec good = wg_net_spec_of(WG_NET_CNN), spec = good;
  spec.widths = (int64_t[]){65, 16, 10};
  assert_refused(&spec, WG_ERROR_SHAPE, "net cnn: 65 numbers are no square image; say its size");
  spec.image[0] = 1, spec.image[1] = 8, spec.image[2] = 8;
  assert_refused(&spec, WG_ERROR_SHAPE, "net cnn: an image of 1×8×8 does not have the 65 numbers of a sample");
  spec.image[0] = spec.image[1] = spec.image[2] = INT64_MAX;
  assert_refused(&spec, WG_ERROR_SHAPE, "does not have the 65 numbers");
  spec = good;
  spec.widths = (int64_t[]){9, 16, 10};
  assert_refused(&spec, WG_ERROR_SHAPE, "net cnn: an image of 3×3 cannot be halved twice");
  spec = good;
  spec.kernel = 4;
  assert_refused(&spec, WG_ERROR_SHAPE, "net cnn: kernels of side 4; it must be odd and 1 or more");
  spec = good;
  spec.filters[1] = 0;
  assert_refused(&spec, WG_ERROR_SHAPE, "net cnn: 4 and 0 filters; they must be 1 or more");
  spec = good;
  spec.filters[0] = spec.filters[1] = INT64_MAX;
  assert_refused(&spec, WG_ERROR_SHAPE, "");
}

static void bad_language_models_are_refused_with_a_reason(void **state) {
  (void)state;
  wg_net_spec good = wg_net_spec_of(WG_NET_TRANSFORMER), spec = good;
  spec.heads = 3;
  assert_refused(&spec, WG_ERROR_SHAPE, "net transformer: 3 heads do not divide a width of 8");
  spec = good;
  spec.blocks = 0;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net transformer: 0 blocks");
  spec = good;
  spec.steps = 0;
  assert_refused(&spec, WG_ERROR_SHAPE, "net transformer: 4 samples of 0 characters");
  spec.steps = INT64_MAX;
  assert_refused(&spec, WG_ERROR_SHAPE, "net transformer: 4 samples of");
  spec = good;
  spec.widths = (int64_t[]){8, 8, 9};
  assert_refused(&spec, WG_ERROR_SHAPE, "net transformer: it reads 8 different characters and writes 9");
  spec.widths = (int64_t[]){8, INT64_MAX - 1, 8};
  assert_refused(&spec, WG_ERROR_SHAPE, "");
  spec = wg_net_spec_of(WG_NET_LSTM);
  spec.width_count = 2;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net lstm has 3 widths or more, not 2");
  spec = wg_net_spec_of(WG_NET_RNN);
  spec.activation = WG_ACTIVATION_GELU;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net rnn: the activation is tanh or relu");
  spec = wg_net_spec_of(WG_NET_LSTM);
  spec.dropout = 1;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "dropout of 1: it must be 0 or more and below 1");
  spec.dropout = 0;
  spec.smoothing = -0.1;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "label smoothing of -0.1: it must be 0 or more and below 1");
  spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.dropout = 0.5;
  assert_refused(&spec, WG_ERROR_ARGUMENT, "net D has no dropout and no label smoothing; net E has");
}

static wg_status record_net(const wg_allocator *allocator, void *context, double *number) {
  wg_net_spec spec = *(const wg_net_spec *)context;
  spec.allocator = allocator;
  wg_net *net = wg_net_new(&spec);
  wg_status status = wg_net_status(net);
  wg_weights *weights = wg_weights_new(net, allocator);
  if (status == WG_OK && !weights) status = WG_ERROR_MEMORY;
  if (status == WG_OK) *number = (double)wg_net_param_elements(net);
  wg_weights_free(weights);
  wg_net_free(net);
  return status;
}

static void recording_survives_every_failed_allocation(void **state) {
  (void)state;
  for (int i = 0; i < REGULARIZED; i++) {
    wg_net_spec spec = wg_net_spec_of(regularized[i]);
    spec.learning = true;
    spec.dropout = 0.1;
    spec.steps = 2;
    assert_survives_failed_allocations(wg_net_name(spec.kind), record_net, &spec);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_convolutional_net_is_its_formula),
      cmocka_unit_test(recurrent_nets_are_their_formulas),
      cmocka_unit_test(the_transformer_is_its_formula),
      cmocka_unit_test(no_prediction_sees_what_comes_after_it),
      cmocka_unit_test(an_untrained_transformer_knows_nothing),
      cmocka_unit_test(dropout_is_in_the_graph_only_while_learning),
      cmocka_unit_test(each_place_has_a_mask_of_its_own),
      cmocka_unit_test(labels_are_smoothed_only_while_learning),
      cmocka_unit_test(the_gradients_agree_with_differences),
      cmocka_unit_test(every_activation_has_its_gradient),
      cmocka_unit_test(parameters_say_their_names_shapes_and_roles),
      cmocka_unit_test(weights_begin_with_the_variance_of_their_fan),
      cmocka_unit_test(bad_images_are_refused_with_a_reason),
      cmocka_unit_test(bad_language_models_are_refused_with_a_reason),
      cmocka_unit_test(recording_survives_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
