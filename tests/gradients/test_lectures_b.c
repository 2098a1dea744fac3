/* Net B of the lecture, one layer and K classes: Z = X·W + b, A = SM(Z), cross-entropy, and its derivatives by hand. */
#include "lecture.h"

/* ---- The net ---- */

typedef struct classifier {
  size_t m, n, k;
  double *X, *W, *b, *Y, *Z, *A;
  int64_t *labels;
} classifier;

static classifier classifier_new(size_t m, size_t n, size_t k, uint64_t seed) {
  classifier c = {.m = m, .n = n, .k = k};
  c.X = random_f64(m * n, -2, 2, seed);
  c.W = random_f64(n * k, -1, 1, seed + 1);
  c.b = random_f64(k, -1, 1, seed + 2);
  c.labels = random_labels(m, k, seed + 3);
  c.Y = one_hot_rows(m, k, c.labels);
  c.Z = layer(m, n, k, c.X, c.W, c.b);
  c.A = softmax_rows(m, k, c.Z);
  return c;
}

static void classifier_free(classifier *c) {
  free(c->X), free(c->W), free(c->b), free(c->Y), free(c->Z), free(c->A), free(c->labels);
}

static void check(size_t m, size_t n, size_t k, bool indices, uint64_t seed) {
  classifier c = classifier_new(m, n, k, seed);
  wg_net_spec spec = wg_net_spec_of(WG_NET_SOFTMAX);
  spec.samples = (int64_t)m;
  spec.widths = (const int64_t[]){(int64_t)n, (int64_t)k};
  spec.class_indices = indices;
  wg_net *net = wg_net_new(&spec);
  if (wg_net_status(net) != WG_OK) fail_msg("net B: %s", wg_net_error(net));
  const wg_binding bindings[] = {{net->X, c.X},
                                 {net->Y, indices ? (const void *)c.labels : c.Y},
                                 {named(net->tape, "W"), c.W},
                                 {named(net->tape, "b"), c.b}};
  const double J = cross_entropy(m, k, c.A, c.Y), samples = (double)m;
  assert_value(net, "Z", c.Z, 4, bindings);
  assert_value(net, "A", c.A, 4, bindings);
  assert_value(net, "J", &J, 4, bindings);
  double *dZ = difference(m * k, c.A, c.Y);                                                        /* A − Y */
  assert_adjoint(net, "W", 1, divided(n * k, product_tn(m, n, k, c.X, dZ), samples), 4, bindings); /* Xᵀ(A−Y)/m */
  assert_adjoint(net, "b", 1, divided(k, sum_rows(m, k, dZ), samples), 4, bindings); /* Σ_rows (A−Y)/m */
  assert_adjoint(net, "X", samples, product_nt(m, k, n, dZ, c.W), 4, bindings);      /* (A−Y)·Wᵀ */
  assert_adjoint(net, "Z", samples, dZ, 4, bindings);
  wg_net_free(net);
  classifier_free(&c);
}

static void the_gradients_are_those_derived_by_hand(void **state) {
  (void)state;
  const size_t shapes[][3] = {{1, 1, 2}, {1, 2, 3}, {5, 3, 2}, {4, 1, 3}, {300, 2, 3}, {17, 6, 9}};
  for (size_t s = 0; s < COUNT_OF(shapes); s++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
      check(shapes[s][0], shapes[s][1], shapes[s][2], false, 10 * seed);
      check(shapes[s][0], shapes[s][1], shapes[s][2], true, 10 * seed);
    }
}

/* Written out as softmax, logarithm and sum, where the whole Jacobian takes part, A − Y comes out too. */
static void softmax_and_cross_entropy_apart_collapse_to_a_minus_y(void **state) {
  (void)state;
  enum { M = 7, K = 4 };
  classifier c = classifier_new(M, 3, K, 42);
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_input(tape, "Z", WG_F64, WG_SHAPE(M, K)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(M, K));
  wg_node *sum = wg_sum_all(wg_mul(Y, wg_log(wg_softmax(Z, 1)))), *J = wg_neg(wg_div_count(sum, M));
  const wg_binding bindings[] = {{Z, c.Z}, {Y, c.Y}};
  double *engine = value_of(adjoint(J, Z), 2, bindings), *hand = divided(M * K, difference(M * K, c.A, c.Y), M);
  assert_close("∂Z", M * K, engine, hand, LECTURE_BOUND);
  free(engine), free(hand);
  wg_tape_free(tape);
  classifier_free(&c);
}

/* W ← W − α·∂W, b ← b − α·∂b, as graph code. */
static void the_update_is_a_step_against_the_gradient(void **state) {
  (void)state;
  enum { M = 9, N = 2, K = 3 };
  const double rate = 0.25;
  classifier c = classifier_new(M, N, K, 7);
  wg_net *net = net_of(WG_NET_SOFTMAX, M, 2, (const int64_t[]){N, K});
  wg_node *W = named(net->tape, "W"), *b = named(net->tape, "b");
  const wg_binding bindings[] = {{net->X, c.X}, {net->Y, c.Y}, {W, c.W}, {b, c.b}};
  double *dZ = difference(M * K, c.A, c.Y), *dW = product_tn(M, N, K, c.X, dZ), *db = sum_rows(M, K, dZ);
  for (int i = 0; i < N * K; i++) dW[i] = c.W[i] - rate * dW[i] / M;
  for (int i = 0; i < K; i++) db[i] = c.b[i] - rate * db[i] / M;
  double *new_W = value_of(wg_sub(W, wg_scale(adjoint(net->J, W), rate)), 4, bindings);
  double *new_b = value_of(wg_sub(b, wg_scale(adjoint(net->J, b), rate)), 4, bindings);
  assert_close("W − α·∂W", N * K, new_W, dW, LECTURE_BOUND);
  assert_close("b − α·∂b", K, new_b, db, LECTURE_BOUND);
  free(dZ), free(dW), free(db), free(new_W), free(new_b);
  wg_net_free(net);
  classifier_free(&c);
}

/* ---- The lecture's numbers ---- */

/* a = (0.7, 0.2, 0.1), y = (1, 0, 0): ∂z = (−0.3, 0.2, 0.1), J = 0.356675. */
static void the_example_of_the_lecture(void **state) {
  (void)state;
  const double z[] = {log(0.7), log(0.2), log(0.1)}, y[] = {1, 0, 0}, expected[] = {-0.3, 0.2, 0.1};
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_input(tape, "z", WG_F64, WG_SHAPE(1, 3)), *Y = wg_input(tape, "y", WG_F64, WG_SHAPE(1, 3));
  wg_node *J = wg_softmax_cross_entropy(Z, Y);
  const wg_binding bindings[] = {{Z, z}, {Y, y}};
  double *dz = value_of(adjoint(J, Z), 2, bindings), loss = run_scalar(J, 2, bindings);
  assert_close("∂z", 3, dz, expected, LECTURE_BOUND);
  assert_true(fabs(loss - 0.356675) < 5e-7);
  assert_true(fabs(loss - -log(0.7)) < 1e-15);
  free(dz);
  wg_tape_free(tape);
}

/* For K = 2, SM(z)_A = 1/(1 + e^(z_B − z_A)) = σ(z_A − z_B). */
static void softmax_of_two_classes_is_sigma_of_the_difference(void **state) {
  (void)state;
  const double z[][2] = {{0, 0}, {1, -1}, {-3, 2}, {20, 19.5}, {700, -700}, {-1000, 1000}, {1000, 999}};
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_input(tape, "z", WG_F64, WG_SHAPE(1, 2)), *A = wg_softmax(Z, 1);
  for (size_t k = 0; k < COUNT_OF(z); k++) {
    const wg_binding binding = {Z, z[k]};
    double *a = value_of(A, 1, &binding), expected[] = {sigmoid(z[k][0] - z[k][1]), sigmoid(z[k][1] - z[k][0])};
    assert_close("SM(z)", 2, a, expected, 1e-15);
    free(a);
  }
  wg_tape_free(tape);
}

/* Row i of the Jacobian is the vector–Jacobian product with e_i: diag(a) − a·aᵀ. */
static void the_softmax_jacobian_is_diag_a_minus_a_a_transposed(void **state) {
  (void)state;
  enum { K = 5 };
  double *z = random_f64(K, -2, 2, 3), *a = softmax_rows(1, K, z), expected[K * K], jacobian[K * K];
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_input(tape, "z", WG_F64, WG_SHAPE(K)), *seed = wg_input(tape, "e", WG_F64, WG_SHAPE(K)), *row;
  assert_int_equal(wg_vjp(wg_softmax(Z, 0), seed, 1, &Z, &row), WG_OK);
  for (int i = 0; i < K; i++) {
    double unit[K] = {0};
    unit[i] = 1;
    const wg_binding bindings[] = {{Z, z}, {seed, unit}};
    run_node(row, 2, bindings, jacobian + i * K);
    for (int j = 0; j < K; j++) expected[i * K + j] = (i == j ? a[i] : 0) - a[i] * a[j];
  }
  assert_close("∂a/∂z", K * K, jacobian, expected, LECTURE_BOUND);
  free(z), free(a);
  wg_tape_free(tape);
}

static void softmax_does_not_overflow_at_a_thousand(void **state) {
  (void)state;
  const double z[] = {1000, 0, -1000}, y[] = {0, 1, 0}, probabilities[] = {1, 0, 0}, expected[] = {1, -1, 0};
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_input(tape, "z", WG_F64, WG_SHAPE(1, 3)), *Y = wg_input(tape, "y", WG_F64, WG_SHAPE(1, 3));
  wg_node *J = wg_softmax_cross_entropy(Z, Y);
  const wg_binding bindings[] = {{Z, z}, {Y, y}};
  double *a = value_of(wg_softmax(Z, 1), 2, bindings), *dz = value_of(adjoint(J, Z), 2, bindings);
  assert_memory_equal(a, probabilities, sizeof probabilities);
  assert_memory_equal(dz, expected, sizeof expected);
  assert_true(run_scalar(J, 2, bindings) == 1000);
  free(a), free(dz);
  wg_tape_free(tape);
}

/* At the start, with small weights, every class is as likely as the others, and the loss is ln K. */
static void the_loss_at_the_start_is_ln_k(void **state) {
  (void)state;
  for (size_t k = 2; k <= 10; k++) {
    classifier c = classifier_new(50, 2, k, k);
    wg_net *net = net_of(WG_NET_SOFTMAX, 50, 2, (const int64_t[]){2, (int64_t)k});
    const wg_binding bindings[] = {{net->X, c.X}, {net->Y, c.Y}, {net->params[0], c.W}, {net->params[1], c.b}};
    memset(c.W, 0, 2 * k * sizeof *c.W);
    memset(c.b, 0, k * sizeof *c.b);
    assert_true(fabs(run_scalar(net->J, 4, bindings) / log((double)k) - 1) < 1e-14);
    fill_f64(c.W, 2 * k, -0.01, 0.01, k);
    assert_true(fabs(run_scalar(net->J, 4, bindings) / log((double)k) - 1) < 0.03);
    wg_net_free(net);
    classifier_free(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_gradients_are_those_derived_by_hand),
      cmocka_unit_test(softmax_and_cross_entropy_apart_collapse_to_a_minus_y),
      cmocka_unit_test(the_update_is_a_step_against_the_gradient),
      cmocka_unit_test(the_example_of_the_lecture),
      cmocka_unit_test(softmax_of_two_classes_is_sigma_of_the_difference),
      cmocka_unit_test(the_softmax_jacobian_is_diag_a_minus_a_a_transposed),
      cmocka_unit_test(softmax_does_not_overflow_at_a_thousand),
      cmocka_unit_test(the_loss_at_the_start_is_ln_k),
  };
  return RUN_TESTS(tests);
}
