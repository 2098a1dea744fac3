/* ln|Γ| and its derivatives: against closed forms (Abramowitz & Stegun 6.3, 6.4), the recurrence, and the C library. */
#include "functions.h"

static const double pi = 3.14159265358979323846, euler = 0.57721566490153286061, catalan = 0.91596559417721901505,
                    zeta_3 = 1.2020569031595942854, zeta_21 = 1.0000004769329867878;

static int64_t order;
static wg_node *polygamma_of(wg_node *x) { return wg_polygamma(x, order); }

static double polygamma_at(int64_t n, double x) {
  double y;
  order = n;
  run_1(polygamma_of, WG_F64, 1, &x, 0, (double *[ORDERS_MAX]){&y});
  return y;
}

static void lgamma_agrees_with_long_double(void **state) {
  (void)state;
  double y[COUNT_OF(extremes)];
  run_1(wg_lgamma, WG_F64, COUNT_OF(extremes), extremes, 0, (double *[ORDERS_MAX]){y});
  for (size_t i = 0; i < COUNT_OF(extremes); i++)
    assert_number("lgamma", extremes[i], y[i], (double)lgammal(extremes[i]));
  run_1(wg_lgamma, WG_F32, COUNT_OF(extremes), extremes, 0, (double *[ORDERS_MAX]){y});
  for (size_t i = 0; i < COUNT_OF(extremes); i++) {
    float x = (float)extremes[i];
    assert_number_within(4, "lgamma", (double)x, y[i], (double)(float)lgammal((long double)x), WG_F32);
  }
}

static void digamma_has_its_closed_forms(void **state) {
  (void)state;
  const struct {
    double x, psi;
  } rows[] = {
      {1, -euler},
      {2, 1 - euler},
      {10, 7129.0 / 2520 - euler}, /* the ninth harmonic number */
      {0.5, -euler - 2 * log(2)},
      {0.25, -euler - pi / 2 - 3 * log(2)},
      {0.75, -euler + pi / 2 - 3 * log(2)},
      {1.0 / 3, -euler - pi / (2 * sqrt(3)) - 1.5 * log(3)},
      {-0.5, 2 - euler - 2 * log(2)},
      {-1.5, 2 + 2.0 / 3 - euler - 2 * log(2)},
      {1e10, log(1e10) - 0.5e-10},
      {1e300, log(1e300)},
      {1e-300, -1e300},
      {-1e-300, 1e300},
      {1e-9, -1e9 - euler},
  };
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    double y, x = rows[i].x, psi = polygamma_at(0, x);
    if (!(fabs(psi - rows[i].psi) <= 4 * DBL_EPSILON * fmax(1, fabs(rows[i].psi))))
      fail_msg("digamma at %g is %.17g, expected %.17g", x, psi, rows[i].psi);
    if (fabs(x) < 1e30 && fabs(x) > 1e-30) {
      run_1(wg_digamma, WG_F32, 1, &x, 0, (double *[ORDERS_MAX]){&y});
      assert_number_within(8, "digamma", x, y, rows[i].psi, WG_F32);
    }
  }
  assert_true(fabs(polygamma_at(0, 1.4616321449683623)) < 1e-15); /* where Γ is least */
}

static void polygamma_has_its_closed_forms(void **state) {
  (void)state;
  const struct {
    int64_t n;
    double x, psi;
  } rows[] = {
      {1, 1, pi * pi / 6},
      {1, 2, pi * pi / 6 - 1},
      {1, 0.5, pi * pi / 2},
      {1, 0.25, pi * pi + 8 * catalan},
      {1, -0.5, pi * pi / 2 + 4},
      {1, 1e10, 1e-10 + 0.5e-20},
      {1, 1e-100, 1e200},
      {2, 1, -2 * zeta_3},
      {2, 0.5, -14 * zeta_3},
      {2, -0.5, 16 - 14 * zeta_3}, /* ψ''(x) = ψ''(x + 1) − 2/x³ */
      {3, 1, pi * pi * pi * pi / 15},
      {3, 0.5, pi * pi * pi * pi},
      {3, -0.5, pi * pi * pi * pi + 96},
      {5, 1, 120 * pow(pi, 6) / 945},
      {20, 1, -2432902008176640000 * zeta_21},
      /* where the asymptotic series begins; computed with 40 digits by mpmath 1.3 */
      {1, 14, 0.0740402686640103368},
      {20, 52, -7.01602214687377426e-18},
      {170, 1, -7.257415615307998967e306},            /* −170!, for ζ(171) is 1 */
      {170, 2, -7.257415615307998967e306 * 0x1p-171}, /* ζ(171) − 1 */
  };
  for (size_t i = 0; i < COUNT_OF(rows); i++)
    assert_number_within(16, "polygamma", rows[i].x, polygamma_at(rows[i].n, rows[i].x), rows[i].psi, WG_F64);
}

/* ψ^(n)(x) = ψ^(n)(x + N) − (−1)^n n! Σ_{k < N} (x + k)^(−n−1), summed in long double, from far left of all poles. */
static void far_left_the_recurrence_holds(void **state) {
  (void)state;
  const double starts[] = {-999.7, -1000.25, -37.5, -3.0001};
  for (size_t i = 0; i < COUNT_OF(starts); i++)
    for (int n = 0; n <= 5; n++) {
      long double sum = 0, x = starts[i];
      double right = starts[i] + 1002;
      for (int k = 1001; k >= 0; k--) sum += powl(x + k, -n - 1);
      double actual = polygamma_at(n, starts[i]);
      double expected = polygamma_at(n, right) - (n % 2 ? -1 : 1) * tgamma(n + 1) * (double)sum;
      /* halfway between two poles, large terms may cancel */
      double largest = fmax(fabs(expected), tgamma(n + 1) * exp2(n + 1));
      if (!(fabs(actual - expected) <= 1e-14 * largest))
        fail_msg("polygamma %d at %g is %.17g, expected %.17g", n, starts[i], actual, expected);
    }
}

static void poles_and_infinities_are_as_documented(void **state) {
  (void)state;
  assert_exactly("digamma", 0, polygamma_at(0, 0), -INFINITY);
  assert_exactly("digamma", -0.0, polygamma_at(0, -0.0), INFINITY);
  assert_exactly("digamma", -3, polygamma_at(0, -3), NAN);
  assert_exactly("digamma", -1e300, polygamma_at(0, -1e300), NAN);
  assert_exactly("digamma", INFINITY, polygamma_at(0, INFINITY), INFINITY);
  for (int64_t n = 1; n <= 4; n++) {
    assert_exactly("polygamma", 0, polygamma_at(n, 0), n % 2 ? INFINITY : -INFINITY);
    assert_exactly("polygamma", -7, polygamma_at(n, -7), n % 2 ? INFINITY : -INFINITY);
    assert_exactly("polygamma", INFINITY, polygamma_at(n, INFINITY), 0);
  }
  for (int64_t n = 0; n <= 4; n++) {
    assert_exactly("polygamma", -INFINITY, polygamma_at(n, -INFINITY), NAN);
    assert_exactly("polygamma", NAN, polygamma_at(n, NAN), NAN);
  }
}

static void lgamma_has_derivatives_of_every_order(void **state) {
  (void)state;
  double out[7];
  run_1(wg_lgamma, WG_F64, 1, (double[]){1}, 6,
        (double *[ORDERS_MAX]){&out[0], &out[1], &out[2], &out[3], &out[4], &out[5], &out[6]});
  const double expected[] = {0,
                             -euler,
                             pi * pi / 6,
                             -2 * zeta_3,
                             pi * pi * pi * pi / 15,
                             -24 * 1.0369277551433699263,
                             120 * pow(pi, 6) / 945}; /* (−1)^k (k − 1)! ζ(k) */
  for (int k = 0; k <= 6; k++) assert_number_within(16, "lgamma, derivative", k, out[k], expected[k], WG_F64);
}

static void an_order_that_does_not_exist_is_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *grad;
  assert_true(wg_node_inert(wg_polygamma(x, -1)));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "polygamma: x (3): the order n is -1, not in 0 … 170");
  assert_true(wg_node_inert(wg_polygamma(x, 171)));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the order n is 171");
  wg_grad(wg_sum_all(wg_polygamma(x, 170)), 1, &x, &grad);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the order n is 171");
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lgamma_agrees_with_long_double),
      cmocka_unit_test(digamma_has_its_closed_forms),
      cmocka_unit_test(polygamma_has_its_closed_forms),
      cmocka_unit_test(far_left_the_recurrence_holds),
      cmocka_unit_test(poles_and_infinities_are_as_documented),
      cmocka_unit_test(lgamma_has_derivatives_of_every_order),
      cmocka_unit_test(an_order_that_does_not_exist_is_refused),
  };
  return RUN_TESTS(tests);
}
