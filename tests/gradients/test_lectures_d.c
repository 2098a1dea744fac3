/* Net D of the lecture, the main example: X·W1 + b1, ReLU, ·W2 + b2, softmax cross-entropy, samples as rows; the seven
 * lines of its derivation, derived by hand. */
#include "lecture.h"

/* m samples, n features, h hidden neurons, k classes. */
typedef struct two_layer {
  size_t m, n, h, k;
  double *X, *Y, *W1, *b1, *W2, *b2;
  int64_t *labels;
  double *Z1, *A1, *Z2, *A2; /* (m,h), (m,h), (m,k), (m,k) */
  wg_net *net;
  wg_binding at[6];
} two_layer;

enum { BINDINGS = 6 };

static void forward(two_layer *c) {
  free(c->Z1), free(c->A1), free(c->Z2), free(c->A2);
  c->Z1 = layer(c->m, c->n, c->h, c->X, c->W1, c->b1);
  c->A1 = new_f64(c->m * c->h);
  for (size_t i = 0; i < c->m * c->h; i++) c->A1[i] = fmax(0, c->Z1[i]);
  c->Z2 = layer(c->m, c->h, c->k, c->A1, c->W2, c->b2);
  c->A2 = softmax_rows(c->m, c->k, c->Z2);
}

static two_layer two_layer_new(size_t m, size_t n, size_t h, size_t k, bool indices, uint64_t seed) {
  two_layer c = {.m = m, .n = n, .h = h, .k = k};
  c.X = random_f64(m * n, -1, 1, seed);
  c.W1 = random_f64(n * h, -1, 1, seed + 1);
  c.b1 = random_f64(h, -0.5, 0.5, seed + 2);
  c.W2 = random_f64(h * k, -1, 1, seed + 3);
  c.b2 = random_f64(k, -0.5, 0.5, seed + 4);
  c.labels = random_labels(m, k, seed + 5);
  c.Y = one_hot_rows(m, k, c.labels);
  forward(&c);
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.samples = (int64_t)m;
  spec.widths = (const int64_t[]){(int64_t)n, (int64_t)h, (int64_t)k};
  spec.class_indices = indices;
  c.net = wg_net_new(&spec);
  if (wg_net_status(c.net) != WG_OK) fail_msg("net D: %s", wg_net_error(c.net));
  const wg_tape *tape = c.net->tape;
  c.at[0] = (wg_binding){c.net->X, c.X};
  c.at[1] = (wg_binding){c.net->Y, indices ? (const void *)c.labels : c.Y};
  c.at[2] = (wg_binding){named(tape, "W1"), c.W1};
  c.at[3] = (wg_binding){named(tape, "b1"), c.b1};
  c.at[4] = (wg_binding){named(tape, "W2"), c.W2};
  c.at[5] = (wg_binding){named(tape, "b2"), c.b2};
  return c;
}

static void two_layer_free(two_layer *c) {
  free(c->X), free(c->Y), free(c->W1), free(c->b1), free(c->W2), free(c->b2), free(c->labels);
  free(c->Z1), free(c->A1), free(c->Z2), free(c->A2);
  wg_net_free(c->net);
}

/* ---- The derivation ---- */

/* The seven lines. The engine has 1/m from the loss on, the hand only at the parameters: ∂Z2, ∂A1 and ∂Z1 of the hand
 * are m times those of the engine, and the others agree. */
static void assert_seven_lines(const two_layer *c) {
  const wg_net *net = c->net;
  const size_t m = c->m, n = c->n, h = c->h, k = c->k;
  const double samples = (double)m;
  double *dZ2 = difference(m * k, c->A2, c->Y);                           /* 1. ∂Z2 = A2 − Y */
  double *dW2 = divided(h * k, product_tn(m, h, k, c->A1, dZ2), samples); /* 2. ∂W2 = A1ᵀ·∂Z2 / m */
  double *db2 = divided(k, sum_rows(m, k, dZ2), samples);                 /* 3. ∂b2 = Σ_rows ∂Z2 / m */
  double *dA1 = product_nt(m, k, h, dZ2, c->W2);                          /* 4. ∂A1 = ∂Z2·W2ᵀ */
  double *dZ1 = new_f64(m * h);                                           /* 5. ∂Z1 = ∂A1 ⊙ [Z1 > 0] */
  for (size_t i = 0; i < m * h; i++) dZ1[i] = c->Z1[i] > 0 ? dA1[i] : 0;
  double *dW1 = divided(n * h, product_tn(m, n, h, c->X, dZ1), samples); /* 6. ∂W1 = Xᵀ·∂Z1 / m */
  double *db1 = divided(h, sum_rows(m, h, dZ1), samples);                /* 7. ∂b1 = Σ_rows ∂Z1 / m */
  double *dX = product_nt(m, h, n, dZ1, c->W1);                          /* and, not asked for there, ∂Z1·W1ᵀ */
  assert_adjoint(net, "Z2", samples, dZ2, BINDINGS, c->at);
  assert_adjoint(net, "W2", 1, dW2, BINDINGS, c->at);
  assert_adjoint(net, "b2", 1, db2, BINDINGS, c->at);
  assert_adjoint(net, "A1", samples, dA1, BINDINGS, c->at);
  assert_adjoint(net, "Z1", samples, dZ1, BINDINGS, c->at);
  assert_adjoint(net, "W1", 1, dW1, BINDINGS, c->at);
  assert_adjoint(net, "b1", 1, db1, BINDINGS, c->at);
  assert_adjoint(net, "X", samples, dX, BINDINGS, c->at);
}

static void assert_forward(const two_layer *c) {
  const double J = cross_entropy(c->m, c->k, c->A2, c->Y);
  assert_value(c->net, "Z1", c->Z1, BINDINGS, c->at);
  assert_value(c->net, "A1", c->A1, BINDINGS, c->at);
  assert_value(c->net, "Z2", c->Z2, BINDINGS, c->at);
  assert_value(c->net, "A2", c->A2, BINDINGS, c->at);
  assert_value(c->net, "J", &J, BINDINGS, c->at);
}

static void the_seven_lines_hold(void **state) {
  (void)state;
  const size_t shapes[][4] = {{300, 2, 4, 3}, {1, 2, 4, 3}, {1, 1, 1, 2},  {5, 1, 4, 3},
                              {64, 2, 4, 2},  {7, 3, 1, 2}, {20, 6, 33, 5}};
  for (size_t s = 0; s < COUNT_OF(shapes); s++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
      two_layer c = two_layer_new(shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3], seed == 2, 10 * seed);
      assert_forward(&c);
      assert_seven_lines(&c);
      two_layer_free(&c);
    }
}

/* ReLU'(0) = 0: samples of zeros and no bias put Z1 exactly on the kink. */
static void on_the_kink_of_relu_the_derivative_is_0(void **state) {
  (void)state;
  two_layer c = two_layer_new(6, 2, 4, 3, false, 1);
  for (int i = 0; i < 4; i++) c.X[i] = 0; /* the first two samples */
  for (int i = 0; i < 4; i++) c.b1[i] = 0;
  forward(&c);
  for (int i = 0; i < 8; i++) assert_true(c.Z1[i] == 0);
  assert_seven_lines(&c);
  double *dZ1 = value_of(adjoint(c.net->J, named(c.net->tape, "Z1")), BINDINGS, c.at);
  double *dA1 = value_of(adjoint(c.net->J, named(c.net->tape, "A1")), BINDINGS, c.at);
  for (int i = 0; i < 8; i++) assert_true(dZ1[i] == 0 && dA1[i] != 0);
  free(dZ1), free(dA1);
  two_layer_free(&c);
}

/* ---- Shapes and numbers of the lecture ---- */

static void the_shapes_are_those_of_the_table(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int64_t rows, columns;
  } table[] = {{"X", 300, 2}, {"W1", 2, 4}, {"b1", 1, 4},   {"Z1", 300, 4}, {"A1", 300, 4},
               {"W2", 4, 3},  {"b2", 1, 3}, {"Z2", 300, 3}, {"A2", 300, 3}, {"Y", 300, 3}};
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_net *net = wg_net_new(&spec);
  for (size_t k = 0; k < COUNT_OF(table); k++)
    assert_shape(named(net->tape, table[k].name), table[k].rows, table[k].columns);
  assert_int_equal(wg_node_shape(net->J).rank, 0);
  for (size_t k = 0; k < COUNT_OF(table); k++) { /* an adjoint has the shape of its node */
    wg_node *node = named(net->tape, table[k].name);
    assert_shape(adjoint(net->J, node), table[k].rows, table[k].columns);
  }
  wg_net_free(net);
}

static void the_net_has_27_parameters(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_net *net = wg_net_new(&spec);
  assert_int_equal(net->param_count, 4);
  assert_int_equal(wg_net_param_elements(net), 27);
  int64_t elements = 0;
  for (size_t id = 0; id < wg_tape_count(net->tape); id++) {
    const wg_node *node = wg_tape_node(net->tape, id);
    if (wg_node_is_param(node)) elements += wg_node_size(node);
  }
  assert_int_equal(elements, 27);
  wg_net_free(net);
}

static void the_rows_of_a2_minus_y_sum_to_0(void **state) {
  (void)state;
  two_layer c = two_layer_new(300, 2, 4, 3, false, 9);
  double *dZ2 = value_of(adjoint(c.net->J, named(c.net->tape, "Z2")), BINDINGS, c.at), *sums = sum_columns(300, 3, dZ2);
  for (int i = 0; i < 300; i++) assert_true(fabs(300 * sums[i]) < 1e-15);
  free(dZ2), free(sums);
  two_layer_free(&c);
}

static void the_loss_at_the_start_is_ln_3(void **state) {
  (void)state;
  two_layer c = two_layer_new(300, 2, 4, 3, false, 2);
  for (int i = 0; i < 8; i++) c.W1[i] *= 0.01;
  for (int i = 0; i < 12; i++) c.W2[i] *= 0.01;
  for (int i = 0; i < 4; i++) c.b1[i] = c.b2[i % 3] = 0;
  assert_true(fabs(run_scalar(c.net->J, BINDINGS, c.at) - log(3)) < 1e-3);
  two_layer_free(&c);
}

/* Steps 4 to 7 reuse ∂Z2, and steps 6 and 7 reuse ∂Z1. */
static void the_sweep_reuses_what_the_hand_reuses(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_net *net = wg_net_new(&spec);
  const wg_tape *tape = net->tape;
  wg_node *dW1 = adjoint(net->J, named(tape, "W1")), *db1 = adjoint(net->J, named(tape, "b1"));
  wg_node *dZ1 = adjoint(net->J, named(tape, "Z1")), *dZ2 = adjoint(net->J, named(tape, "Z2"));
  wg_node *dA1 = adjoint(net->J, named(tape, "A1")), *dW2 = adjoint(net->J, named(tape, "W2"));
  assert_ptr_equal(wg_node_input(dW1, 1), dZ1); /* Xᵀ·∂Z1 */
  assert_ptr_equal(wg_node_input(db1, 0), dZ1); /* Σ_rows ∂Z1 */
  assert_ptr_equal(wg_node_input(dA1, 0), dZ2); /* ∂Z2·W2ᵀ */
  assert_ptr_equal(wg_node_input(dW2, 1), dZ2); /* A1ᵀ·∂Z2 */
  /* and the softmax of the gradient is that of the forward pass */
  const wg_node *below = dZ2;
  while (below && strcmp(wg_node_op(below), "softmax")) below = wg_node_input(below, 0);
  assert_ptr_equal(below, named(tape, "A2"));
  wg_net_free(net);
}

/* ---- Nothing to learn from ---- */

/* The mean of no samples is 0/0, which is visible and no crash. */
static void without_samples_the_loss_is_nan(void **state) {
  (void)state;
  two_layer c = two_layer_new(0, 2, 4, 3, false, 1);
  assert_true(isnan(run_scalar(c.net->J, BINDINGS, c.at)));
  for (size_t k = 0; k < c.net->param_count; k++) {
    double *grad = value_of(adjoint(c.net->J, c.net->params[k]), BINDINGS, c.at);
    for (int64_t i = 0; i < wg_node_size(c.net->params[k]); i++) assert_true(isnan(grad[i]) || grad[i] == 0);
    free(grad);
  }
  two_layer_free(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_seven_lines_hold),
      cmocka_unit_test(on_the_kink_of_relu_the_derivative_is_0),
      cmocka_unit_test(the_shapes_are_those_of_the_table),
      cmocka_unit_test(the_net_has_27_parameters),
      cmocka_unit_test(the_rows_of_a2_minus_y_sum_to_0),
      cmocka_unit_test(the_loss_at_the_start_is_ln_3),
      cmocka_unit_test(the_sweep_reuses_what_the_hand_reuses),
      cmocka_unit_test(without_samples_the_loss_is_nan),
  };
  return RUN_TESTS(tests);
}
