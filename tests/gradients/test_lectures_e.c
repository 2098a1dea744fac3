/* Net E of the lecture: any number of layers with ReLU, sigmoid or tanh between them, its derivatives by a loop over the
 * layers, and the length of its chain rule with and without reuse. */
#include "lecture.h"

enum { LAYERS_MAX = 100 };

/* L layers; everything of layer l is at index l, and A[0] is X. */
typedef struct layers {
  size_t m, L;
  int64_t widths[LAYERS_MAX + 1];
  wg_activation activation;
  double *W[LAYERS_MAX + 1], *b[LAYERS_MAX + 1], *Z[LAYERS_MAX + 1], *A[LAYERS_MAX + 1];
  double *Y;
  wg_net *net;
  wg_binding *at;
  size_t bindings;
} layers;

static wg_node *numbered(const layers *c, const char *letter, size_t l) {
  char name[24];
  snprintf(name, sizeof name, "%s%zu", letter, l);
  return named(c->net->tape, name);
}

static double activated(wg_activation activation, double z) {
  return activation == WG_ACTIVATION_RELU ? fmax(0, z) : activation == WG_ACTIVATION_TANH ? tanh(z) : sigmoid(z);
}

/* f'(z), by z and a = f(z). */
static double slope(wg_activation activation, double z, double a) {
  return activation == WG_ACTIVATION_RELU   ? (z > 0 ? 1 : 0)
         : activation == WG_ACTIVATION_TANH ? 1 - a * a
                                            : a * (1 - a);
}

static size_t width(const layers *c, size_t l) { return (size_t)c->widths[l]; }

static layers layers_new(size_t m, size_t L, const int64_t *widths, wg_activation activation, uint64_t seed) {
  layers c = {.m = m, .L = L, .activation = activation};
  memcpy(c.widths, widths, (L + 1) * sizeof *widths);
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.samples = (int64_t)m;
  spec.width_count = L + 1;
  spec.widths = widths;
  spec.activation = activation;
  c.net = wg_net_new(&spec);
  if (wg_net_status(c.net) != WG_OK) fail_msg("net E: %s", wg_net_error(c.net));
  int64_t *labels = random_labels(m, width(&c, L), seed);
  c.Y = one_hot_rows(m, width(&c, L), labels);
  free(labels);
  c.A[0] = random_f64(m * width(&c, 0), -1, 1, seed + 1);
  c.at = calloc(2 * L + 2, sizeof *c.at);
  c.at[c.bindings++] = (wg_binding){c.net->X, c.A[0]};
  c.at[c.bindings++] = (wg_binding){c.net->Y, c.Y};
  for (size_t l = 1; l <= L; l++) {
    size_t in = width(&c, l - 1), out = width(&c, l);
    double wide = sqrt(6 / (double)in); /* He's bound, which keeps many layers alive */
    c.W[l] = random_f64(in * out, -wide, wide, seed + 2 * l);
    c.b[l] = random_f64(out, -0.1, 0.1, seed + 2 * l + 1);
    c.at[c.bindings++] = (wg_binding){numbered(&c, "W", l), c.W[l]};
    c.at[c.bindings++] = (wg_binding){numbered(&c, "b", l), c.b[l]};
    c.Z[l] = layer(m, in, out, c.A[l - 1], c.W[l], c.b[l]);
    if (l == L) c.A[l] = softmax_rows(m, out, c.Z[l]);
    if (l == L) break;
    c.A[l] = new_f64(m * out);
    for (size_t i = 0; i < m * out; i++) c.A[l][i] = activated(activation, c.Z[l][i]);
  }
  return c;
}

static void layers_free(layers *c) {
  for (size_t l = 0; l <= c->L; l++) free(c->W[l]), free(c->b[l]), free(c->Z[l]), free(c->A[l]);
  free(c->Y), free(c->at);
  wg_net_free(c->net);
}

/* assert_adjoint for a name with the layer's number. */
static void assert_layer(const layers *c, const char *letter, size_t l, double factor, double *hand) {
  assert_adjoint(c->net, wg_node_name(numbered(c, letter, l)), factor, hand, c->bindings, c->at);
}

static void check(size_t m, size_t L, const int64_t *widths, wg_activation activation, uint64_t seed) {
  layers c = layers_new(m, L, widths, activation, seed);
  const double samples = (double)m, J = cross_entropy(m, width(&c, L), c.A[L], c.Y);
  assert_value(c.net, "J", &J, c.bindings, c.at);
  double *dZ = difference(m * width(&c, L), c.A[L], c.Y); /* ∂ZL = AL − Y */
  for (size_t l = L; l > 0; l--) {
    size_t in = width(&c, l - 1), out = width(&c, l);
    assert_layer(&c, "W", l, 1, divided(in * out, product_tn(m, in, out, c.A[l - 1], dZ), samples)); /* A(l−1)ᵀ·∂Zl/m */
    assert_layer(&c, "b", l, 1, divided(out, sum_rows(m, out, dZ), samples)); /* Σ_rows ∂Zl/m */
    double *dA = product_nt(m, out, in, dZ, c.W[l]);                          /* ∂Zl·Wlᵀ */
    assert_layer(&c, "Z", l, samples, dZ);
    if (l == 1) {
      assert_adjoint(c.net, "X", samples, dA, c.bindings, c.at);
      break;
    }
    dZ = new_f64(m * in); /* ∂A(l−1) ⊙ f'(Z(l−1)) */
    for (size_t i = 0; i < m * in; i++) dZ[i] = dA[i] * slope(activation, c.Z[l - 1][i], c.A[l - 1][i]);
    assert_layer(&c, "A", l - 1, samples, dA);
  }
  layers_free(&c);
}

static void all_layers_have_the_gradients_of_the_loop(void **state) {
  (void)state;
  const wg_activation all[] = {WG_ACTIVATION_RELU, WG_ACTIVATION_SIGMOID, WG_ACTIVATION_TANH};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    for (uint64_t seed = 1; seed <= 2; seed++) {
      check(20, 1, (const int64_t[]){2, 3}, all[k], 100 * seed);
      check(300, 2, (const int64_t[]){2, 4, 3}, all[k], 100 * seed);
      check(1, 3, (const int64_t[]){4, 7, 5, 2}, all[k], 100 * seed);
      check(9, 4, (const int64_t[]){1, 3, 1, 6, 3}, all[k], 100 * seed);
    }
}

static void fifty_layers_have_them_too(void **state) {
  (void)state;
  int64_t widths[51];
  for (int l = 0; l <= 50; l++) widths[l] = 5 + l % 3;
  check(8, 50, widths, WG_ACTIVATION_RELU, 1);
  check(8, 50, widths, WG_ACTIVATION_SIGMOID, 2);
  check(8, 50, widths, WG_ACTIVATION_TANH, 3);
  check(1, 50, widths, WG_ACTIVATION_TANH, 4);
}

/* Net D is net E with the widths 2, 4, 3 and ReLU: the same bits. */
static void with_two_layers_it_is_net_d(void **state) {
  (void)state;
  const int64_t widths[] = {2, 4, 3};
  layers c = layers_new(300, 2, widths, WG_ACTIVATION_RELU, 1);
  wg_net *d = net_of(WG_NET_SPIRAL, 300, 3, widths);
  wg_binding at[6];
  assert_int_equal(c.bindings, 6);
  for (int k = 0; k < 6; k++) at[k] = (wg_binding){named(d->tape, wg_node_name(c.at[k].node)), c.at[k].data};
  for (int k = 0; k < 6; k++) {
    double *by_e = value_of(adjoint(c.net->J, c.at[k].node), 6, c.at);
    double *by_d = value_of(adjoint(d->J, at[k].node), 6, at);
    assert_memory_equal(by_e, by_d, (size_t)wg_node_size(at[k].node) * sizeof *by_d);
    free(by_e), free(by_d);
  }
  wg_net_free(d);
  layers_free(&c);
}

static void without_samples_the_gradients_are_no_crash(void **state) {
  (void)state;
  layers c = layers_new(0, 3, (const int64_t[]){2, 4, 4, 3}, WG_ACTIVATION_TANH, 1);
  assert_true(isnan(run_scalar(c.net->J, c.bindings, c.at)));
  for (size_t k = 0; k < c.net->param_count; k++) free(value_of(adjoint(c.net->J, c.net->params[k]), c.bindings, c.at));
  layers_free(&c);
}

/* ---- The length of the chain rule ---- */

/* The net as the lecture writes its chains: J as a formula of AL, so that ∂J/∂AL·∂AL/∂ZL are two factors. */
static wg_node *record_in_full(wg_tape *t, size_t L, wg_node **params) {
  char name[24];
  wg_node *A = wg_input(t, "X", WG_F64, WG_SHAPE(5, 3)), *Y = wg_input(t, "Y", WG_F64, WG_SHAPE(5, 3));
  for (size_t l = 1; l <= L; l++) {
    wg_node *W = params[2 * l - 2] = wg_param(t, "W", WG_F64, WG_SHAPE(3, 3));
    wg_node *b = params[2 * l - 1] = wg_param(t, "b", WG_F64, WG_SHAPE(1, 3));
    snprintf(name, sizeof name, "Z%zu", l);
    wg_node *Z = wg_name(wg_add_bias(wg_matmul(A, W), b), name);
    snprintf(name, sizeof name, "A%zu", l);
    A = wg_name(l < L ? wg_relu(Z) : wg_softmax(Z, 1), name);
  }
  return wg_name(wg_neg(wg_div_count(wg_sum_all(wg_mul(Y, wg_log(A))), 5)), "J");
}

static wg_chain_counts chain_of(wg_node *root, size_t count, wg_node *const *wrt) {
  wg_chain_counts counts;
  size_t nodes = wg_tape_count(wg_node_tape(root));
  assert_int_equal(wg_chain_count(root, count, wrt, &counts), WG_OK);
  assert_int_equal(wg_tape_count(wg_node_tape(root)), nodes); /* counting records nothing */
  return counts;
}

/* Without reuse 2L² + 4L factors and 2L(L+1) products; with reuse 4L and 4L − 1. */
static void the_chain_rule_has_the_length_that_the_lecture_counts(void **state) {
  (void)state;
  wg_node *params[2 * LAYERS_MAX];
  for (size_t L = 1; L <= LAYERS_MAX; L++) {
    wg_tape *tape = wg_tape_new();
    wg_node *J = record_in_full(tape, L, params);
    assert_tape_good(tape);
    wg_chain_counts counts = chain_of(J, 2 * L, params);
    assert_int_equal(counts.paths, 2 * L);
    assert_int_equal(counts.factors, 2 * L * L + 4 * L);
    assert_int_equal(counts.products, 2 * L * (L + 1));
    assert_int_equal(counts.factors_reused, 4 * L);
    assert_int_equal(counts.products_reused, 4 * L - 1);
    wg_tape_free(tape);
  }
}

static void for_two_and_a_hundred_layers_these_are_its_numbers(void **state) {
  (void)state;
  static const uint64_t expected[][5] = {{2, 16, 12, 8, 7}, {100, 20400, 20200, 400, 399}};
  wg_node *params[2 * LAYERS_MAX];
  for (size_t k = 0; k < COUNT_OF(expected); k++) {
    wg_tape *tape = wg_tape_new();
    wg_node *J = record_in_full(tape, expected[k][0], params);
    wg_chain_counts counts = chain_of(J, 2 * expected[k][0], params);
    assert_int_equal(counts.factors, expected[k][1]);
    assert_int_equal(counts.products, expected[k][2]);
    assert_int_equal(counts.factors_reused, expected[k][3]);
    assert_int_equal(counts.products_reused, expected[k][4]);
    wg_tape_free(tape);
  }
}

/* ∂J/∂W1 of two layers: ∂J/∂A2·∂A2/∂Z2·∂Z2/∂A1·∂A1/∂Z1·∂Z1/∂W1. */
static void the_full_chain_to_w1_has_five_factors(void **state) {
  (void)state;
  wg_node *params[4];
  wg_tape *tape = wg_tape_new();
  wg_node *J = record_in_full(tape, 2, params);
  wg_chain_counts counts = chain_of(J, 1, params);
  assert_int_equal(counts.paths, 1);
  assert_int_equal(counts.factors, 5);
  assert_int_equal(counts.products, 4);
  assert_int_equal(counts.factors_reused, 5);
  wg_tape_free(tape);
}

/* With the fused loss ∂J/∂ZL is one factor: each chain has one factor and one product less. */
static void the_fused_loss_makes_every_chain_one_factor_shorter(void **state) {
  (void)state;
  for (size_t L = 1; L <= 20; L++) {
    int64_t widths[21];
    for (size_t l = 0; l <= L; l++) widths[l] = 3;
    wg_net *net = net_of(WG_NET_LAYERS, 5, L + 1, widths);
    wg_chain_counts counts = chain_of(net->J, net->param_count, net->params);
    assert_int_equal(counts.factors, 2 * L * L + 2 * L);
    assert_int_equal(counts.products, 2 * L * L);
    assert_int_equal(counts.factors_reused, 4 * L - 1);
    assert_int_equal(counts.products_reused, 4 * L - 2);
    wg_net_free(net);
  }
}

/* A residual block x + f(x) has two ways through, one factor and two factors long: 2^L paths of 3L/2 factors on average,
 * where reuse writes three factors for each block. */
static void residual_blocks_double_the_paths(void **state) {
  (void)state;
  enum { L = 100 };
  wg_tape *tape = wg_tape_new();
  wg_node *x[L + 1] = {wg_name(wg_input(tape, "x", WG_F64, WG_SCALAR), "x0")};
  for (int l = 0; l < L; l++) x[l + 1] = wg_name(wg_add(x[l], wg_name(wg_tanh(x[l]), "f")), "x");
  for (unsigned l = 1; l <= L; l++) {
    wg_chain_counts counts = chain_of(x[l], 1, x);
    assert_int_equal(counts.factors_reused, 3 * l);
    assert_int_equal(counts.products_reused, 3 * l - 2);
    if (l > 50) continue;
    assert_int_equal(counts.paths, UINT64_C(1) << l);
    assert_int_equal(counts.factors, (UINT64_C(1) << l) / 2 * 3 * l);
    assert_int_equal(counts.products, (UINT64_C(1) << l) / 2 * 3 * l - (UINT64_C(1) << l));
  }
  wg_chain_counts counts = chain_of(x[L], 1, x);
  assert_true(counts.paths == UINT64_MAX && counts.factors == UINT64_MAX && counts.products == UINT64_MAX);
  wg_tape_free(tape);
}

/* Between named nodes a factor is one, however many operations or ways it takes. */
static void unnamed_nodes_are_part_of_a_factor(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SCALAR), *other = wg_input(tape, "other", WG_F64, WG_SCALAR);
  wg_node *u = wg_exp(wg_square(x)), *y = wg_mul(wg_add(u, wg_mul(u, u)), wg_neg(u)), *wrt[] = {x, other, y};
  wg_chain_counts counts = chain_of(y, 3, wrt);
  assert_true(counts.paths == 1 && counts.factors == 1 && counts.products == 0);
  assert_true(counts.factors_reused == 1 && counts.products_reused == 0);
  wg_name(u, "u");
  counts = chain_of(y, 3, wrt);
  assert_true(counts.paths == 1 && counts.factors == 2 && counts.products == 1);
  counts = chain_of(y, 1, &other);
  assert_true(counts.paths == 0 && counts.factors == 0 && counts.factors_reused == 0);
  counts = chain_of(x, 1, &y); /* y comes after x */
  assert_true(counts.paths == 0 && counts.factors == 0 && counts.factors_reused == 0);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_layers_have_the_gradients_of_the_loop),
      cmocka_unit_test(fifty_layers_have_them_too),
      cmocka_unit_test(with_two_layers_it_is_net_d),
      cmocka_unit_test(without_samples_the_gradients_are_no_crash),
      cmocka_unit_test(the_chain_rule_has_the_length_that_the_lecture_counts),
      cmocka_unit_test(for_two_and_a_hundred_layers_these_are_its_numbers),
      cmocka_unit_test(the_full_chain_to_w1_has_five_factors),
      cmocka_unit_test(the_fused_loss_makes_every_chain_one_factor_shorter),
      cmocka_unit_test(residual_blocks_double_the_paths),
      cmocka_unit_test(unnamed_nodes_are_part_of_a_factor),
  };
  return RUN_TESTS(tests);
}
