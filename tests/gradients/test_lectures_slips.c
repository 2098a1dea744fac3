/* Slips that appear in notes like these: for each, the right form passes the gradient check and the wrong one does not,
 * or cannot even be written down. */
#include "lecture.h"

/* ---- Net D with the adjoints that the slips are about ---- */

typedef struct notes {
  int64_t m;
  wg_net *net;
  wg_node *X, *W1, *b1, *W2, *b2, *Z1, *A1, *Z2;
  wg_node *dW1, *db1, *dZ1, *dA1, *dZ2; /* the engine's, with 1/m in each */
  double *data[6];
  wg_binding at[6];
} notes;

static notes notes_new(int64_t m, int64_t n, int64_t h, int64_t k) {
  notes c = {.m = m, .net = net_of(WG_NET_SPIRAL, m, 3, (const int64_t[]){n, h, k})};
  const wg_tape *tape = c.net->tape;
  wg_node *leaves[] = {c.X = c.net->X,           c.net->Y,
                       c.W1 = named(tape, "W1"), c.b1 = named(tape, "b1"),
                       c.W2 = named(tape, "W2"), c.b2 = named(tape, "b2")};
  c.Z1 = named(tape, "Z1"), c.A1 = named(tape, "A1"), c.Z2 = named(tape, "Z2");
  for (size_t i = 0; i < 6; i++) {
    c.data[i] = random_f64((size_t)wg_node_size(leaves[i]), -1, 1, 77 + i);
    c.at[i] = (wg_binding){leaves[i], c.data[i]};
  }
  int64_t *labels = random_labels((size_t)m, (size_t)k, 5);
  double *y = one_hot_rows((size_t)m, (size_t)k, labels);
  memcpy(c.data[1], y, (size_t)(m * k) * sizeof *y);
  free(labels), free(y);
  c.dW1 = adjoint(c.net->J, c.W1), c.db1 = adjoint(c.net->J, c.b1), c.dZ1 = adjoint(c.net->J, c.Z1);
  c.dA1 = adjoint(c.net->J, c.A1), c.dZ2 = adjoint(c.net->J, c.Z2);
  return c;
}

static void notes_free(notes *c) {
  for (size_t i = 0; i < 6; i++) free(c->data[i]);
  wg_net_free(c->net);
}

/* What the gradient check, which knows only the loss, says of this derivative by that parameter. */
static wg_verdict verdict_on(const notes *c, wg_node *param, wg_node *grad) {
  wg_check *check = wg_check_against(c->net->J, 1, &param, &grad, 6, c->at, NULL);
  if (wg_check_status(check) != WG_OK) fail_msg("check: %s", wg_check_error(check));
  wg_verdict verdict = wg_check_verdict(check);
  wg_check_free(check);
  return verdict;
}

static double *values_of(const notes *c, wg_node *node) { return value_of(node, 6, c->at); }

/* ---- ∂W1 = Xᵀ·∂Z1 without /m while the others have it ---- */

static void without_1_over_m_the_step_is_300_times_too_large(void **state) {
  (void)state;
  notes c = notes_new(300, 2, 4, 3);
  wg_node *hand_dZ1 = wg_scale(c.dZ1, 300); /* the hand's ∂Z1, which has no 1/m yet */
  wg_node *wrong = wg_matmul(wg_transpose(c.X), hand_dZ1), *right = wg_div_count(wrong, 300);
  assert_int_equal(verdict_on(&c, c.W1, right), WG_PASS);
  assert_int_equal(verdict_on(&c, c.W1, wrong), WG_FAIL);
  double *good = values_of(&c, c.dW1), *bad = values_of(&c, wrong);
  for (int i = 0; i < 8; i++) assert_true(fabs(bad[i] / good[i] - 300) < 300 * LECTURE_BOUND);
  free(good), free(bad);
  notes_free(&c);
}

/* And 1/m is there once: the engine's ∂Z1 has it already. */
static void with_1_over_m_twice_it_is_wrong_too(void **state) {
  (void)state;
  notes c = notes_new(30, 2, 4, 3);
  assert_int_equal(verdict_on(&c, c.W1, wg_matmul(wg_transpose(c.X), c.dZ1)), WG_PASS);
  assert_int_equal(verdict_on(&c, c.W1, wg_div_count(wg_matmul(wg_transpose(c.X), c.dZ1), 30)), WG_FAIL);
  notes_free(&c);
}

/* ---- ∂b = mean over axis 1 ---- */

static void a_mean_over_axis_1_gives_300_zeros(void **state) {
  (void)state;
  notes c = notes_new(300, 2, 4, 3);
  const int64_t axis[] = {0, 1};
  wg_node *right = wg_sum(c.dZ2, 1, &axis[0], true), *wrong = wg_mean(wg_scale(c.dZ2, 300), 1, &axis[1], true);
  assert_int_equal(verdict_on(&c, c.b2, right), WG_PASS);
  assert_shape(right, 1, 3);
  assert_shape(wrong, 300, 1); /* not even the shape of b2 */
  double *zeros = values_of(&c, wrong), *good = values_of(&c, right);
  for (int i = 0; i < 300; i++) assert_true(fabs(zeros[i]) < 1e-15);
  for (int i = 0; i < 3; i++) assert_true(fabs(good[i]) > 1e-3);
  wg_check *check = wg_check_against(c.net->J, 1, &c.b2, &wrong, 6, c.at, NULL);
  assert_int_equal(wg_check_status(check), WG_ERROR_SHAPE);
  wg_check_free(check);
  free(zeros), free(good);
  notes_free(&c);
}

/* ---- (A2−Y)·W2, ∂Z1·X ---- */

static void the_shapes_decide_where_the_transpose_belongs(void **state) {
  (void)state;
  notes c = notes_new(300, 2, 4, 3);
  wg_tape *tape = c.net->tape;
  assert_true(wg_node_inert(wg_matmul(wg_name(c.dZ2, "∂Z2"), c.W2)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "matmul: ∂Z2 (300,3) · W2 (4,3): inner sizes 3 and 4 differ");
  assert_true(wg_node_inert(wg_matmul(wg_name(c.dZ1, "∂Z1"), c.X)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "matmul: ∂Z1 (300,4) · X (300,2): inner sizes 4 and 300 differ");
  assert_shape(wg_matmul(c.dZ2, wg_transpose(c.W2)), 300, 4);
  assert_shape(wg_matmul(wg_transpose(c.X), c.dZ1), 2, 4);
  notes_free(&c);
}

/* Where all is square the wrong products fit, and are wrong. */
static void where_the_shapes_cannot_decide_the_numbers_do(void **state) {
  (void)state;
  notes c = notes_new(3, 3, 3, 3);
  wg_node *right = wg_matmul(c.dZ2, wg_transpose(c.W2)), *wrong = wg_matmul(c.dZ2, c.W2);
  wg_node *mask = wg_greater(c.Z1, wg_scalar_like(c.Z1, 0)), *turned = wg_transpose(c.X);
  assert_int_equal(verdict_on(&c, c.W1, wg_matmul(turned, wg_mul(right, mask))), WG_PASS);
  assert_int_equal(verdict_on(&c, c.W1, wg_matmul(turned, wg_mul(wrong, mask))), WG_FAIL);
  assert_int_equal(verdict_on(&c, c.W1, wg_matmul(c.dZ1, c.X)), WG_FAIL);
  notes_free(&c);
}

/* ---- ∂Z1[Z1 < 0] = 0 ---- */

/* A sample of zeros with no bias has Z1 = 0: ReLU'(0) = 0 there, and masking Z1 < 0 alone lets ∂A1 through. */
static void the_mask_is_where_z_is_not_above_0(void **state) {
  (void)state;
  notes c = notes_new(5, 2, 4, 3);
  memset(c.data[0], 0, 2 * sizeof(double));
  memset(c.data[3], 0, 4 * sizeof(double));
  wg_node *zero = wg_scalar_like(c.Z1, 0);
  wg_node *below = wg_where(wg_less(c.Z1, zero), zero, c.dA1),
          *not_above = wg_where(wg_less_equal(c.Z1, zero), zero, c.dA1);
  double *engine = values_of(&c, c.dZ1), *right = values_of(&c, not_above), *wrong = values_of(&c, below);
  for (int i = 0; i < 20; i++) assert_true(engine[i] == right[i]);
  for (int i = 0; i < 4; i++) assert_true(engine[i] == 0 && wrong[i] != 0);
  for (int i = 4; i < 20; i++) assert_true(engine[i] == wrong[i]);
  free(engine), free(right), free(wrong);
  notes_free(&c);
}

/* ---- J = Σ y ln ŷ ---- */

static void the_loss_has_a_minus_and_1_over_m(void **state) {
  (void)state;
  enum { M = 30 };
  notes c = notes_new(M, 2, 4, 3);
  wg_node *wrong = wg_sum_all(wg_mul(c.net->Y, wg_log(c.net->prediction)));
  double J = run_scalar(c.net->J, 6, c.at), slip = run_scalar(wrong, 6, c.at);
  assert_true(fabs(slip / J + M) < M * LECTURE_BOUND); /* −m times the loss */
  assert_true(J > 0 && slip < 0);
  assert_int_equal(verdict_on(&c, c.W1, adjoint(wg_neg(wg_div_count(wrong, M)), c.W1)), WG_PASS);
  assert_int_equal(verdict_on(&c, c.W1, adjoint(wrong, c.W1)), WG_FAIL);
  /* a step against its derivative is a step away from the minimum */
  double *step = values_of(&c, wg_sub(c.W1, wg_scale(adjoint(wrong, c.W1), 1e-3)));
  memcpy(c.data[2], step, 8 * sizeof *step);
  assert_true(run_scalar(c.net->J, 6, c.at) > J);
  free(step);
  notes_free(&c);
}

/* ---- "softmax is like a sigmoid, hence a − y" ---- */

static void softmax_is_not_a_sigmoid_for_each_class(void **state) {
  (void)state;
  enum { K = 3 };
  const double z[K] = {log(0.7), log(0.2), log(0.1)}, a[K] = {0.7, 0.2, 0.1}, y[K] = {1, 0, 0}, dy[K] = {3, -1, 2};
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_input(tape, "z", WG_F64, WG_SHAPE(K)), *Y = wg_input(tape, "y", WG_F64, WG_SHAPE(K)), *grad;
  wg_node *A = wg_softmax(Z, 0);
  const wg_binding at[] = {{Z, z}, {Y, y}};

  /* with the derivative a(1−a) of a sigmoid, −y/a ⊙ a(1−a) is −y(1−a): nothing for the other classes */
  double *dz = value_of(adjoint(wg_neg(wg_sum_all(wg_mul(Y, wg_log(A)))), Z), 2, at);
  double collapsed[K], like_a_sigmoid[K];
  for (int i = 0; i < K; i++) {
    collapsed[i] = a[i] - y[i];
    like_a_sigmoid[i] = -y[i] / a[i] * a[i] * (1 - a[i]);
  }
  assert_close("a − y", K, dz, collapsed, LECTURE_BOUND);
  assert_true(like_a_sigmoid[1] == 0 && like_a_sigmoid[2] == 0);
  assert_true(relative_error(K, dz, like_a_sigmoid) > 0.5);
  free(dz);

  /* the Jacobian is diag(a) − a·aᵀ, for whatever comes after the softmax */
  wg_node *seed = wg_constant(tape, WG_F64, WG_SHAPE(K), dy);
  assert_int_equal(wg_vjp(A, seed, 1, &Z, &grad), WG_OK);
  double *engine = value_of(grad, 2, at), full[K], diagonal[K], dot = 0;
  for (int i = 0; i < K; i++) dot += a[i] * dy[i];
  for (int i = 0; i < K; i++) full[i] = a[i] * dy[i] - a[i] * dot;
  for (int i = 0; i < K; i++) diagonal[i] = a[i] * (1 - a[i]) * dy[i];
  assert_close("(diag(a) − a·aᵀ)·∂a", K, engine, full, LECTURE_BOUND);
  assert_true(relative_error(K, engine, diagonal) > 0.1);
  free(engine);

  /* a − y needs the cross-entropy: with half the squared error it is something else */
  wg_node *squares = wg_scale(wg_sum_all(wg_square(wg_sub(A, Y))), 0.5);
  engine = value_of(adjoint(squares, Z), 2, at);
  assert_true(relative_error(K, engine, collapsed) > 0.1);
  free(engine);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_1_over_m_the_step_is_300_times_too_large),
      cmocka_unit_test(with_1_over_m_twice_it_is_wrong_too),
      cmocka_unit_test(a_mean_over_axis_1_gives_300_zeros),
      cmocka_unit_test(the_shapes_decide_where_the_transpose_belongs),
      cmocka_unit_test(where_the_shapes_cannot_decide_the_numbers_do),
      cmocka_unit_test(the_mask_is_where_z_is_not_above_0),
      cmocka_unit_test(the_loss_has_a_minus_and_1_over_m),
      cmocka_unit_test(softmax_is_not_a_sigmoid_for_each_class),
  };
  return RUN_TESTS(tests);
}
