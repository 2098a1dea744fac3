/* Net C of the lecture, two layers with sigmoid and binary cross-entropy and samples as columns, and its derivatives by
 * hand; and the same net with samples as rows, whose gradients are the transposes. */
#include "lecture.h"

/* Sizes: d features, h hidden, k outputs, m samples. X (d,m), W1 (h,d), b1 (h,1), W2 (k,h), b2 (k,1), Y (k,m). */
typedef struct columns {
  size_t m, d, h, k;
  double *X, *Y, *W1, *b1, *W2, *b2;
  double *Z1, *A1, *Z2, *prediction; /* (h,m), (h,m), (k,m), (k,m) */
  double J;
} columns;

/* w·x + b for samples as columns: (r,n)·(n,m) + (r,1). */
static double *column_layer(size_t r, size_t n, size_t m, const double *w, const double *x, const double *b) {
  double *z = product(r, n, m, w, x);
  for (size_t i = 0; i < r * m; i++) z[i] += b[i / m];
  return z;
}

static double *sigmoids(size_t n, const double *z) {
  double *a = new_f64(n);
  for (size_t i = 0; i < n; i++) a[i] = sigmoid(z[i]);
  return a;
}

static columns columns_new(size_t m, size_t d, size_t h, size_t k, uint64_t seed) {
  columns c = {.m = m, .d = d, .h = h, .k = k};
  c.X = random_f64(d * m, -2, 2, seed);
  c.Y = random_f64(k * m, 0, 1, seed + 1);
  for (size_t i = 0; i < k * m; i += 2) c.Y[i] = c.Y[i] < 0.5 ? 0 : 1;
  c.W1 = random_f64(h * d, -1, 1, seed + 2);
  c.b1 = random_f64(h, -1, 1, seed + 3);
  c.W2 = random_f64(k * h, -1, 1, seed + 4);
  c.b2 = random_f64(k, -1, 1, seed + 5);
  c.Z1 = column_layer(h, d, m, c.W1, c.X, c.b1);
  c.A1 = sigmoids(h * m, c.Z1);
  c.Z2 = column_layer(k, h, m, c.W2, c.A1, c.b2);
  c.prediction = sigmoids(k * m, c.Z2);
  for (size_t i = 0; i < k * m; i++)
    c.J -= (c.Y[i] * log(c.prediction[i]) + (1 - c.Y[i]) * log(1 - c.prediction[i])) / (double)(k * m);
  return c;
}

static void columns_free(columns *c) {
  free(c->X), free(c->Y), free(c->W1), free(c->b1), free(c->W2), free(c->b2);
  free(c->Z1), free(c->A1), free(c->Z2), free(c->prediction);
}

enum { BINDINGS = 6 };
static void columns_bind(const columns *c, const wg_net *net, wg_binding bindings[BINDINGS]) {
  bindings[0] = (wg_binding){net->X, c->X};
  bindings[1] = (wg_binding){net->Y, c->Y};
  bindings[2] = (wg_binding){named(net->tape, "W1"), c->W1};
  bindings[3] = (wg_binding){named(net->tape, "b1"), c->b1};
  bindings[4] = (wg_binding){named(net->tape, "W2"), c->W2};
  bindings[5] = (wg_binding){named(net->tape, "b2"), c->b2};
}

static void check(size_t m, size_t d, size_t h, size_t k, uint64_t seed) {
  columns c = columns_new(m, d, h, k, seed);
  wg_net *net = net_of(WG_NET_COLUMNS, (int64_t)m, 3, (const int64_t[]){(int64_t)d, (int64_t)h, (int64_t)k});
  wg_binding at[BINDINGS];
  columns_bind(&c, net, at);
  assert_value(net, "Z1", c.Z1, BINDINGS, at);
  assert_value(net, "A1", c.A1, BINDINGS, at);
  assert_value(net, "Z2", c.Z2, BINDINGS, at);
  assert_value(net, "ŷ", c.prediction, BINDINGS, at);
  assert_value(net, "J", &c.J, BINDINGS, at);

  const double count = (double)(m * k);               /* the lecture has one output, k = 1, and m for this */
  double *dZ2 = difference(k * m, c.prediction, c.Y); /* ŷ − Y */
  double *dA1 = product_tn(k, h, m, c.W2, dZ2);       /* W2ᵀ·∂Z2 */
  double *dZ1 = new_f64(h * m);                       /* W2ᵀ·∂Z2 ⊙ A1 ⊙ (1−A1) */
  for (size_t i = 0; i < h * m; i++) dZ1[i] = dA1[i] * c.A1[i] * (1 - c.A1[i]);
  assert_adjoint(net, "W2", 1, divided(k * h, product_nt(k, m, h, dZ2, c.A1), count), BINDINGS, at); /* ∂Z2·A1ᵀ/m */
  assert_adjoint(net, "b2", 1, divided(k, sum_columns(k, m, dZ2), count), BINDINGS, at); /* Σ_cols ∂Z2/m */
  assert_adjoint(net, "W1", 1, divided(h * d, product_nt(h, m, d, dZ1, c.X), count), BINDINGS, at); /* ∂Z1·Xᵀ/m */
  assert_adjoint(net, "b1", 1, divided(h, sum_columns(h, m, dZ1), count), BINDINGS, at); /* Σ_cols ∂Z1/m */
  assert_adjoint(net, "Z2", count, dZ2, BINDINGS, at);
  assert_adjoint(net, "A1", count, dA1, BINDINGS, at);
  assert_adjoint(net, "Z1", count, dZ1, BINDINGS, at);
  wg_net_free(net);
  columns_free(&c);
}

static void the_gradients_are_those_derived_by_hand(void **state) {
  (void)state;
  const size_t shapes[][4] = {{1, 2, 4, 1}, {1, 1, 1, 1}, {200, 2, 4, 1}, {6, 1, 3, 1}, {33, 5, 2, 1}, {10, 3, 4, 2}};
  for (size_t s = 0; s < COUNT_OF(shapes); s++)
    for (uint64_t seed = 1; seed <= 3; seed++) check(shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3], 10 * seed);
}

/* W1, b1, W2, b2 ← minus α times the derivative: after all four, computed from the old values, the loss is smaller. */
static void the_four_updates_make_the_loss_smaller(void **state) {
  (void)state;
  columns c = columns_new(50, 2, 4, 1, 3);
  wg_net *net = net_of(WG_NET_COLUMNS, 50, 3, (const int64_t[]){2, 4, 1});
  wg_binding at[BINDINGS];
  columns_bind(&c, net, at);
  double *params[] = {c.W1, c.b1, c.W2, c.b2}, *updated[4], before = run_scalar(net->J, BINDINGS, at);
  assert_int_equal(net->param_count, 4);
  for (size_t k = 0; k < 4; k++)
    updated[k] = value_of(wg_sub(net->params[k], wg_scale(adjoint(net->J, net->params[k]), 0.1)), BINDINGS, at);
  for (size_t k = 0; k < 4; k++) memcpy(params[k], updated[k], (size_t)wg_node_size(net->params[k]) * sizeof(double));
  assert_true(run_scalar(net->J, BINDINGS, at) < before);
  for (size_t k = 0; k < 4; k++) free(updated[k]);
  wg_net_free(net);
  columns_free(&c);
}

static void b_is_a_column_that_is_broadcast_over_columns(void **state) {
  (void)state;
  wg_net *net = net_of(WG_NET_COLUMNS, 200, 3, (const int64_t[]){2, 4, 1});
  assert_shape(net->X, 2, 200);
  assert_shape(named(net->tape, "W1"), 4, 2);
  assert_shape(named(net->tape, "b1"), 4, 1);
  assert_shape(named(net->tape, "Z1"), 4, 200);
  assert_shape(named(net->tape, "W2"), 1, 4);
  assert_shape(named(net->tape, "b2"), 1, 1);
  assert_shape(named(net->tape, "ŷ"), 1, 200);
  for (size_t k = 0; k < net->param_count; k++) {
    wg_shape param = wg_node_shape(net->params[k]), grad = wg_node_shape(adjoint(net->J, net->params[k]));
    assert_true(wg_shape_equal(&param, &grad));
  }
  wg_net_free(net);
}

/* ---- The same net with samples as rows ---- */

static wg_node *row_net(wg_tape *t, const columns *c) {
  const int64_t m = (int64_t)c->m, d = (int64_t)c->d, h = (int64_t)c->h, k = (int64_t)c->k;
  wg_node *X = wg_input(t, "X", WG_F64, WG_SHAPE(m, d)), *Y = wg_input(t, "Y", WG_F64, WG_SHAPE(m, k));
  wg_node *W1 = wg_param(t, "W1", WG_F64, WG_SHAPE(d, h)), *b1 = wg_param(t, "b1", WG_F64, WG_SHAPE(1, h));
  wg_node *W2 = wg_param(t, "W2", WG_F64, WG_SHAPE(h, k)), *b2 = wg_param(t, "b2", WG_F64, WG_SHAPE(1, k));
  wg_node *Z1 = wg_name(wg_add_bias(wg_matmul(X, W1), b1), "Z1");
  wg_node *A1 = wg_name(wg_sigmoid(Z1), "A1");
  wg_node *Z2 = wg_name(wg_add_bias(wg_matmul(A1, W2), b2), "Z2");
  return wg_name(wg_binary_cross_entropy_logits(Z2, Y), "J");
}

/* Not about equal: the same bits, at the transposed places. */
static void assert_transposed(const char *name, wg_node *column_node, const wg_binding *column_at, wg_node *row_node,
                              const wg_binding *row_at) {
  wg_shape shape = wg_node_shape(column_node);
  assert_shape(row_node, shape.size[1], shape.size[0]);
  size_t rows = (size_t)shape.size[0], cols = (size_t)shape.size[1];
  double *by_columns = value_of(column_node, BINDINGS, column_at), *by_rows = value_of(row_node, BINDINGS, row_at);
  double *turned = transposed(rows, cols, by_columns);
  if (memcmp(turned, by_rows, rows * cols * sizeof *turned))
    fail_msg("%s of the rows is not exactly the transpose of that of the columns", name);
  free(by_columns), free(by_rows), free(turned);
}

static void with_samples_as_rows_all_gradients_are_transposed(void **state) {
  (void)state;
  static const char *const names[] = {"W1", "b1", "W2", "b2", "Z1", "A1", "Z2", "X"};
  const size_t shapes[][4] = {{200, 2, 4, 1}, {1, 2, 4, 1}, {150, 3, 7, 1}, {77, 4, 5, 3}, {300, 140, 9, 2}};
  for (size_t s = 0; s < COUNT_OF(shapes); s++) {
    columns c = columns_new(shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3], 5 + s);
    wg_net *net = net_of(WG_NET_COLUMNS, (int64_t)c.m, 3, (const int64_t[]){(int64_t)c.d, (int64_t)c.h, (int64_t)c.k});
    wg_tape *tape = wg_tape_new();
    wg_node *J = row_net(tape, &c);
    assert_tape_good(tape);
    wg_binding column_at[BINDINGS], row_at[BINDINGS];
    columns_bind(&c, net, column_at);
    double *turned[BINDINGS];
    for (int i = 0; i < BINDINGS; i++) {
      wg_shape shape = wg_node_shape(column_at[i].node);
      turned[i] = transposed((size_t)shape.size[0], (size_t)shape.size[1], column_at[i].data);
      row_at[i] = (wg_binding){named(tape, wg_node_name(column_at[i].node)), turned[i]};
    }
    for (size_t k = 0; k < COUNT_OF(names); k++)
      assert_transposed(names[k], adjoint(net->J, named(net->tape, names[k])), column_at,
                        adjoint(J, named(tape, names[k])), row_at);
    for (int i = 0; i < BINDINGS; i++) free(turned[i]);
    wg_tape_free(tape);
    wg_net_free(net);
    columns_free(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_gradients_are_those_derived_by_hand),
      cmocka_unit_test(the_four_updates_make_the_loss_smaller),
      cmocka_unit_test(b_is_a_column_that_is_broadcast_over_columns),
      cmocka_unit_test(with_samples_as_rows_all_gradients_are_transposed),
  };
  return RUN_TESTS(tests);
}
