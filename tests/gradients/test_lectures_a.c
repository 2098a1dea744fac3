/* Net A of the lecture, one neuron: z = w·x + b, a = σ(z), J = −(y ln a + (1−y) ln(1−a)), and its derivatives by hand. */
#include "lecture.h"

/* ---- One neuron, m samples as columns ---- */

typedef struct neuron {
  size_t m, n;
  double *x, *y, *w, *b; /* x (n,m), y (1,m), w (1,n), b (1,1) */
  double *z, *a;         /* (1,m) */
  double J;
  wg_net *net;
  wg_binding bindings[4];
} neuron;

static neuron neuron_new(size_t m, size_t n, bool unfused, uint64_t seed) {
  neuron c = {.m = m, .n = n};
  c.x = random_f64(n * m, -2, 2, seed);
  c.y = random_f64(m, 0, 1, seed + 1);
  c.w = random_f64(n, -1, 1, seed + 2);
  c.b = random_f64(1, -1, 1, seed + 3);
  for (size_t j = 0; j < m; j += 2) c.y[j] = j % 4 ? 1 : 0; /* classes, and between them probabilities */
  c.z = product(1, n, m, c.w, c.x);
  c.a = new_f64(m);
  for (size_t j = 0; j < m; j++) {
    c.z[j] += c.b[0];
    c.a[j] = sigmoid(c.z[j]);
    c.J -= (c.y[j] * log(c.a[j]) + (1 - c.y[j]) * log(1 - c.a[j])) / (double)m;
  }
  wg_net_spec spec = wg_net_spec_of(WG_NET_NEURON);
  spec.samples = (int64_t)m;
  spec.widths = (const int64_t[]){(int64_t)n, 1};
  spec.unfused = unfused;
  c.net = wg_net_new(&spec);
  if (wg_net_status(c.net) != WG_OK) fail_msg("net A: %s", wg_net_error(c.net));
  const wg_tape *tape = c.net->tape;
  c.bindings[0] = (wg_binding){named(tape, "x"), c.x};
  c.bindings[1] = (wg_binding){named(tape, "y"), c.y};
  c.bindings[2] = (wg_binding){named(tape, "w"), c.w};
  c.bindings[3] = (wg_binding){named(tape, "b"), c.b};
  return c;
}

static void neuron_free(neuron *c) {
  free(c->x), free(c->y), free(c->w), free(c->b), free(c->z), free(c->a);
  wg_net_free(c->net);
}

static void check(size_t m, size_t n, bool unfused, uint64_t seed) {
  neuron c = neuron_new(m, n, unfused, seed);
  const double samples = (double)m;
  assert_value(c.net, "z", c.z, 4, c.bindings);
  assert_value(c.net, "a", c.a, 4, c.bindings);
  assert_value(c.net, "J", &c.J, 4, c.bindings);

  if (unfused) { /* ∂J/∂a = −y/a + (1−y)/(1−a) */
    double *da = new_f64(m);
    for (size_t j = 0; j < m; j++) da[j] = -c.y[j] / c.a[j] + (1 - c.y[j]) / (1 - c.a[j]);
    assert_adjoint(c.net, "a", samples, da, 4, c.bindings);
  }
  double *dz = difference(m, c.a, c.y);                           /* ∂J/∂z = a − y */
  double *dw = divided(n, product_nt(1, m, n, dz, c.x), samples); /* ∂w = (a−y)·x, the mean of it */
  double *db = divided(1, sum_columns(1, m, dz), samples);        /* ∂b = a − y, the mean of it */
  assert_adjoint(c.net, "w", 1, dw, 4, c.bindings);
  assert_adjoint(c.net, "b", 1, db, 4, c.bindings);
  assert_adjoint(c.net, "z", samples, dz, 4, c.bindings);
  neuron_free(&c);
}

static void both_ways_to_write_it_give_the_derivatives_by_hand(void **state) {
  (void)state;
  const size_t shapes[][2] = {{1, 1}, {1, 2}, {1, 7}, {2, 1}, {10, 3}, {300, 2}};
  for (size_t s = 0; s < COUNT_OF(shapes); s++)
    for (uint64_t seed = 1; seed <= 5; seed++) {
      check(shapes[s][0], shapes[s][1], false, 10 * seed);
      check(shapes[s][0], shapes[s][1], true, 10 * seed);
    }
}

/* The first notes have one sample and numbers for it: x = 2, w = 0.5, b = −1 make z = 0, a = 1/2. */
static void one_sample_by_head(void **state) {
  (void)state;
  for (int unfused = 0; unfused < 2; unfused++) {
    neuron c = neuron_new(1, 1, unfused, 1);
    c.x[0] = 2, c.w[0] = 0.5, c.b[0] = -1, c.y[0] = 1;
    assert_true(fabs(run_scalar(c.net->J, 4, c.bindings) - log(2)) < 1e-15);
    double *dw = value_of(adjoint(c.net->J, named(c.net->tape, "w")), 4, c.bindings);
    double *db = value_of(adjoint(c.net->J, named(c.net->tape, "b")), 4, c.bindings);
    assert_true(fabs(dw[0] - -1) < 1e-15 && fabs(db[0] - -0.5) < 1e-15);
    free(dw), free(db);
    neuron_free(&c);
  }
}

/* ---- Pieces of it ---- */

/* σ'(z) = e^(−z) / (1 + e^(−z))² = a(1−a): the second form and the engine agree with the first. */
static void the_derivative_of_sigma_has_both_forms(void **state) {
  (void)state;
  enum { N = 41 };
  wg_tape *tape = wg_tape_new();
  wg_node *z = wg_input(tape, "z", WG_F64, WG_SHAPE(N)), *slope = adjoint(wg_sum_all(wg_sigmoid(z)), z);
  double at[N], first[N], second[N];
  for (int i = 0; i < N; i++) {
    at[i] = (i - N / 2) / 4.0;
    first[i] = exp(-at[i]) / ((1 + exp(-at[i])) * (1 + exp(-at[i])));
    second[i] = sigmoid(at[i]) * (1 - sigmoid(at[i]));
  }
  double *engine = value_of(slope, 1, &(wg_binding){z, at});
  assert_close("e^(−z)/(1+e^(−z))²", N, engine, first, LECTURE_BOUND);
  assert_close("a(1−a)", N, engine, second, LECTURE_BOUND);
  free(engine);
  wg_tape_free(tape);
}

/* ∂J/∂z and J at one z and y, of the net with that loss. */
static void at_logit(double z, double y, bool unfused, double *dz, double *J) {
  neuron c = neuron_new(1, 1, unfused, 1);
  c.x[0] = 1, c.w[0] = z, c.b[0] = 0, c.y[0] = y;
  *J = run_scalar(c.net->J, 4, c.bindings);
  double *slope = value_of(adjoint(c.net->J, named(c.net->tape, "z")), 4, c.bindings);
  *dz = slope[0];
  free(slope);
  neuron_free(&c);
}

/* a = σ(40) rounds to 1, so that by the chain rule ∂a = 1/(1−a) is 1/0 and σ' = a(1−a) is 0. */
static void at_40_the_fused_loss_gives_1_and_the_pair_no_nan(void **state) {
  (void)state;
  double dz, J;
  assert_true(sigmoid(40) == 1);
  at_logit(40, 0, false, &dz, &J);
  assert_true(dz == 1);
  assert_true(J == 40);
  at_logit(40, 0, true, &dz, &J);
  assert_true(isfinite(dz) && isfinite(J));
  at_logit(-40, 1, false, &dz, &J);
  assert_true(dz == sigmoid(-40) - 1);
  assert_true(J == 40);
  at_logit(-40, 1, true, &dz, &J);
  assert_true(isfinite(dz) && isfinite(J));
}

static void losses_are_stable_at_plus_and_minus_a_thousand(void **state) {
  (void)state;
  double dz, J;
  for (int sign = -1; sign <= 1; sign += 2)
    for (int y = 0; y <= 1; y++) {
      const double z = sign * 1000.0, a = sign > 0 ? 1 : 0;
      at_logit(z, y, false, &dz, &J);
      assert_true(dz == a - y);
      assert_true(J == (a == y ? 0 : 1000));
      at_logit(z, y, true, &dz, &J);
      assert_true(isfinite(dz) && isfinite(J));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_ways_to_write_it_give_the_derivatives_by_hand),
      cmocka_unit_test(one_sample_by_head),
      cmocka_unit_test(the_derivative_of_sigma_has_both_forms),
      cmocka_unit_test(at_40_the_fused_loss_gives_1_and_the_pair_no_nan),
      cmocka_unit_test(losses_are_stable_at_plus_and_minus_a_thousand),
  };
  return RUN_TESTS(tests);
}
