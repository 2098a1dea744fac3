/* Derivatives of several outputs, in forward mode, and of higher order, against hand derivations and differences. */
#include "../support.h"

#include "../../engine/derivative.h"

#include <math.h>
#include <string.h>

/* A small net with fan-out, f: (2,3) → (2,2), f = tanh(X·W) ⊙ (X·W) + X·W. */
typedef struct net {
  wg_tape *tape;
  wg_node *X, *W, *Y;
  double x[6], w[6];
  wg_binding bindings[2];
} net;

static net net_new(uint64_t seed) {
  net n = {.tape = wg_tape_new()};
  n.X = wg_input(n.tape, "X", WG_F64, WG_SHAPE(2, 3));
  n.W = wg_param(n.tape, "W", WG_F64, WG_SHAPE(3, 2));
  wg_node *Z = wg_matmul(n.X, n.W);
  n.Y = wg_add(wg_mul(wg_tanh(Z), Z), Z);
  fill_f64(n.x, 6, -1, 1, seed);
  fill_f64(n.w, 6, -1, 1, seed + 1);
  return n;
}

static void run_at(net *n, wg_node *node, double *values) {
  run_node(node, 2, (wg_binding[]){{n->X, n->x}, {n->W, n->w}}, values);
}

/* dY/dZ elementwise: tanh z + z (1 − tanh² z) + 1. */
static double slope(double z) { return tanh(z) + z * (1 - tanh(z) * tanh(z)) + 1; }

static double z_at(const net *n, int i, int j) {
  double z = 0;
  for (int k = 0; k < 3; k++) z += n->x[3 * i + k] * n->w[2 * k + j];
  return z;
}

static void test_jvp_is_the_derivative_along_the_tangents(void **state) {
  (void)state;
  net n = net_new(1);
  double tx[6], tw[6], expected[4], actual[4];
  fill_f64(tx, 6, -1, 1, 5);
  fill_f64(tw, 6, -1, 1, 6);
  wg_node *tangents[] = {wg_constant(n.tape, WG_F64, WG_SHAPE(2, 3), tx),
                         wg_constant(n.tape, WG_F64, WG_SHAPE(3, 2), tw)};
  wg_node *wrt[] = {n.X, n.W}, *result;
  assert_int_equal(wg_jvp(1, &n.Y, 2, wrt, tangents, &result), WG_OK);
  run_at(&n, result, actual);
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) {
      double dz = 0;
      for (int k = 0; k < 3; k++) dz += tx[3 * i + k] * n.w[2 * k + j] + n.x[3 * i + k] * tw[2 * k + j];
      expected[2 * i + j] = slope(z_at(&n, i, j)) * dz;
    }
  assert_close("J·ẋ", 4, actual, expected, 1e-14);
  wg_tape_free(n.tape);
}

static void test_jvp_and_vjp_are_transposes(void **state) {
  (void)state;
  net n = net_new(3);
  double tw[6], seed[4], forward[4], reverse[6];
  fill_f64(tw, 6, -1, 1, 7);
  fill_f64(seed, 4, -1, 1, 8);
  wg_node *tangent = wg_constant(n.tape, WG_F64, WG_SHAPE(3, 2), tw), *result, *grad;
  assert_int_equal(wg_jvp(1, &n.Y, 1, &n.W, &tangent, &result), WG_OK);
  assert_int_equal(wg_vjp(n.Y, wg_constant(n.tape, WG_F64, WG_SHAPE(2, 2), seed), 1, &n.W, &grad), WG_OK);
  run_at(&n, result, forward);
  run_at(&n, grad, reverse);
  double left = 0, right = 0;
  for (int i = 0; i < 4; i++) left += seed[i] * forward[i];
  for (int i = 0; i < 6; i++) right += reverse[i] * tw[i];
  assert_true(fabs(left - right) <= 1e-14 * fabs(left));
  wg_tape_free(n.tape);
}

static void test_jvp_of_an_output_asked_for_twice_is_not_doubled(void **state) {
  (void)state;
  net n = net_new(4);
  double tw[6], once[4], twice[4];
  fill_f64(tw, 6, -1, 1, 7);
  wg_node *tangent = wg_constant(n.tape, WG_F64, WG_SHAPE(3, 2), tw), *one, *two[2];
  wg_node *outputs[] = {n.Y, n.Y};
  assert_int_equal(wg_jvp(1, &n.Y, 1, &n.W, &tangent, &one), WG_OK);
  assert_int_equal(wg_jvp(2, outputs, 1, &n.W, &tangent, two), WG_OK);
  run_at(&n, one, once);
  run_at(&n, two[1], twice);
  assert_close("the same output twice", 4, twice, once, 0);
  wg_tape_free(n.tape);
}

static void test_jvp_twice_records_nothing_new(void **state) {
  (void)state;
  net n = net_new(4);
  double tw[6] = {1, 2, 3, 4, 5, 6};
  wg_node *tangent = wg_constant(n.tape, WG_F64, WG_SHAPE(3, 2), tw), *first, *second;
  wg_jvp(1, &n.Y, 1, &n.W, &tangent, &first);
  size_t count = wg_tape_count(n.tape);
  wg_jvp(1, &n.Y, 1, &n.W, &tangent, &second);
  assert_ptr_equal(first, second);
  assert_int_equal(wg_tape_count(n.tape), count);
  wg_tape_free(n.tape);
}

static void test_jvp_of_an_independent_output_is_a_known_zero(void **state) {
  (void)state;
  net n = net_new(4);
  wg_node *other = wg_param(n.tape, "other", WG_F64, WG_SHAPE(2)), *result;
  wg_node *tangent = wg_fill(n.tape, WG_F64, WG_SHAPE(2), 1);
  assert_int_equal(wg_jvp(1, &n.Y, 1, &other, &tangent, &result), WG_OK);
  assert_true(wg_node_is_zero(result));
  wg_tape_free(n.tape);
}

static void test_several_outputs_add_their_gradients(void **state) {
  (void)state;
  net n = net_new(9);
  wg_node *J1 = wg_sum_all(wg_square(n.Y)), *J2 = wg_sum_all(wg_exp(n.X)), *J3 = wg_mean_all(n.Y);
  wg_node *outputs[] = {J1, J2, J3}, *wrt[] = {n.X, n.W}, *together[2], *apart[3][2];
  wg_node *seeds[] = {NULL, wg_scalar_like(J2, 2), wg_scalar_like(J3, -3)};
  assert_int_equal(wg_vjp_several(3, outputs, seeds, 2, wrt, together), WG_OK);
  for (int j = 0; j < 3; j++) assert_int_equal(wg_grad(outputs[j], 2, wrt, apart[j]), WG_OK);
  static const double factors[] = {1, 2, -3};
  for (int k = 0; k < 2; k++) {
    double actual[6], expected[6] = {0}, part[6];
    run_at(&n, together[k], actual);
    for (int j = 0; j < 3; j++) {
      run_at(&n, apart[j][k], part);
      for (int i = 0; i < 6; i++) expected[i] += factors[j] * part[i];
    }
    assert_close("Σ_j seed_j·∂J_j", 6, actual, expected, 1e-14);
  }
  wg_tape_free(n.tape);
}

/* One output an ancestor of another: its seed and what comes back through the other are added. */
static void test_an_output_may_be_part_of_another(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SCALAR), *y = wg_square(x), *z = wg_exp(y), *grad;
  double value = 0.5;
  assert_int_equal(wg_vjp_several(2, (wg_node *[]){y, z}, NULL, 1, &x, &grad), WG_OK);
  double expected = 2 * value + exp(value * value) * 2 * value;
  assert_true(fabs(run_scalar(grad, 1, (wg_binding[]){{x, &value}}) - expected) < 1e-14);
  wg_tape_free(t);
}

/* f = Σ (a·w)² over w (3): ∇f = 2 w a², H = 2 diag(a²). */
static void test_hvp_of_a_quadratic_is_its_matrix_times_the_vector(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  double a[3] = {1, -2, 3}, w[3] = {0.1, 0.2, 0.3}, v[3] = {1, 10, 100}, actual[3], expected[3];
  wg_node *W = wg_param(t, "w", WG_F64, WG_SHAPE(3)), *A = wg_constant(t, WG_F64, WG_SHAPE(3), a), *result;
  wg_node *f = wg_sum_all(wg_square(wg_mul(A, W))), *V = wg_constant(t, WG_F64, WG_SHAPE(3), v);
  assert_int_equal(wg_hvp(f, 1, &W, &V, &result), WG_OK);
  run_node(result, 1, (wg_binding[]){{W, w}}, actual);
  for (int i = 0; i < 3; i++) expected[i] = 2 * a[i] * a[i] * v[i];
  assert_close("H·v", 3, actual, expected, 1e-15);
  wg_tape_free(t);
}

/* The softmax's Jacobian is diag(a) − a·aᵀ. */
static void test_jacobian_of_softmax(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *z = wg_input(t, "z", WG_F64, WG_SHAPE(3)), *a = wg_softmax(z, -1);
  double point[3] = {1, 2, 0.5}, p[3], expected[9], actual[9], row[3], total = 0;
  for (int i = 0; i < 3; i++) total += p[i] = exp(point[i]);
  for (int i = 0; i < 3; i++) p[i] /= total;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) expected[3 * i + j] = (i == j) * p[i] - p[i] * p[j];
  wg_jacobian *jacobian = wg_jacobian_new(a, z);
  assert_int_equal(wg_jacobian_bind(jacobian, z, point), WG_OK);
  assert_int_equal(wg_jacobian_run(jacobian, actual), WG_OK);
  assert_close("diag(a) − a·aᵀ", 9, actual, expected, 1e-14);
  wg_jacobian_free(jacobian);
  run_node(wg_jacobian_row(a, 1, z), 1, (wg_binding[]){{z, point}}, row);
  assert_close("its row 1", 3, row, expected + 3, 1e-14);
  wg_tape_free(t);
}

/* f = x²y + e^(xy): H by hand. */
static void test_hessian_is_the_jacobian_of_the_gradient(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *v = wg_param(t, "v", WG_F64, WG_SHAPE(2)), *grad;
  double at[2] = {0.7, -0.4}, pick_x[2] = {1, 0}, pick_y[2] = {0, 1}, actual[4];
  wg_node *x = wg_sum_all(wg_mul(v, wg_constant(t, WG_F64, WG_SHAPE(2), pick_x)));
  wg_node *y = wg_sum_all(wg_mul(v, wg_constant(t, WG_F64, WG_SHAPE(2), pick_y)));
  wg_grad(wg_add(wg_mul(wg_square(x), y), wg_exp(wg_mul(x, y))), 1, &v, &grad);
  wg_jacobian *hessian = wg_jacobian_new(grad, v);
  wg_jacobian_bind(hessian, v, at);
  assert_int_equal(wg_jacobian_run(hessian, actual), WG_OK);
  double e = exp(at[0] * at[1]), off = 2 * at[0] + e + at[0] * at[1] * e;
  double expected[4] = {2 * at[1] + at[1] * at[1] * e, off, off, at[0] * at[0] * e};
  assert_close("H", 4, actual, expected, 1e-14);
  wg_jacobian_free(hessian);
  wg_tape_free(t);
}

/* Closed forms: ln x has (−1)^(n−1) (n−1)!/xⁿ; 1/x has (−1)ⁿ n!/x^(n+1); e^(2x) has 2ⁿ e^(2x). tanh has, with t = tanh x,
 * t' = 1 − t², t'' = −2t + 2t³, t''' = −2 + 8t² − 6t⁴, … each the last one's derivative by t times (1 − t²). */
static void test_derivatives_up_to_the_sixth(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SCALAR);
  wg_node *f[] = {wg_log(x), wg_div(wg_scalar_like(x, 1), x), wg_exp(wg_scale(x, 2)), wg_tanh(x)};
  double at = 0.8, factorial = 1, tanh_polynomial[9] = {0, 1};
  for (int order = 1; order <= 6; order++) {
    factorial *= order;
    double next[9] = {0}, tanh_value = 0;
    for (int k = 1; k < 8; k++) {
      next[k - 1] += k * tanh_polynomial[k];
      next[k + 1] -= k * tanh_polynomial[k];
    }
    memcpy(tanh_polynomial, next, sizeof next);
    for (int k = 8; k >= 0; k--) tanh_value = tanh_value * tanh(at) + tanh_polynomial[k];
    double sign = order % 2 ? -1 : 1;
    double expected[] = {-sign * factorial / order / pow(at, order), sign * factorial / pow(at, order + 1),
                         pow(2, order) * exp(2 * at), tanh_value};
    for (int i = 0; i < 4; i++) {
      assert_int_equal(wg_grad(f[i], 1, &x, &f[i]), WG_OK);
      double actual = run_scalar(f[i], 1, (wg_binding[]){{x, &at}});
      if (!(fabs(actual - expected[i]) <= 1e-11 * fabs(expected[i])))
        fail_msg("function %d, order %d: %.17g, not %.17g", i, order, actual, expected[i]);
    }
  }
  wg_tape_free(t);
}

/* Forward over forward over reverse, and reverse over forward: all third derivatives of e^(2x) are 8 e^(2x). */
static void test_modes_nest_in_any_order(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *x = wg_param(t, "x", WG_F64, WG_SCALAR), *one = wg_scalar_like(x, 1), *f = wg_exp(wg_scale(x, 2));
  wg_node *rff = f, *frf = f, *fff = f;
  wg_grad(rff, 1, &x, &rff), wg_jvp(1, &rff, 1, &x, &one, &rff), wg_jvp(1, &rff, 1, &x, &one, &rff);
  wg_jvp(1, &frf, 1, &x, &one, &frf), wg_grad(frf, 1, &x, &frf), wg_jvp(1, &frf, 1, &x, &one, &frf);
  for (int k = 0; k < 3; k++) wg_jvp(1, &fff, 1, &x, &one, &fff);
  assert_tape_good(t);
  double at = 0.3, expected = 8 * exp(2 * at);
  wg_node *all[] = {rff, frf, fff};
  for (int k = 0; k < 3; k++) {
    double actual = run_scalar(all[k], 1, (wg_binding[]){{x, &at}});
    assert_true(fabs(actual - expected) < 1e-13 * expected);
  }
  wg_tape_free(t);
}

static void test_an_unreachable_parameter_can_be_an_error(void **state) {
  (void)state;
  net n = net_new(1);
  wg_node *other = wg_param(n.tape, "other", WG_F64, WG_SHAPE(2)), *J = wg_sum_all(n.Y), *grad;
  assert_int_equal(wg_grad(J, 1, &other, &grad), WG_OK);
  assert_true(wg_node_is_zero(grad));
  wg_sweep_options strict = {.must_reach = true};
  assert_int_equal(wg_sweep(J, 1, &other, &grad, &strict, NULL), WG_ERROR_ARGUMENT);
  assert_tape_failed(n.tape, WG_ERROR_ARGUMENT, "other (2)");
  assert_int_equal(wg_sweep(J, 1, &n.W, &grad, &strict, NULL), WG_OK);
  wg_tape_free(n.tape);
}

static void test_what_does_not_fit_is_refused(void **state) {
  (void)state;
  net n = net_new(1);
  wg_node *wrong = wg_fill(n.tape, WG_F64, WG_SHAPE(5), 1), *result;
  assert_int_not_equal(wg_jvp(1, &n.Y, 1, &n.W, &wrong, &result), WG_OK);
  assert_true(wg_node_inert(result));
  assert_tape_failed(n.tape, WG_ERROR_SHAPE, "(5)");
  assert_int_not_equal(wg_vjp_several(1, &n.Y, NULL, 1, &n.W, &result), WG_OK);
  assert_tape_failed(n.tape, WG_ERROR_ARGUMENT, "needs a seed");
  assert_int_not_equal(wg_vjp_several(0, NULL, NULL, 1, &n.W, &result), WG_OK);
  assert_true(wg_node_inert(wg_jacobian_row(n.Y, 4, n.W)));
  assert_tape_failed(n.tape, WG_ERROR_ARGUMENT, "no element 4");
  assert_int_not_equal(wg_hvp(n.Y, 1, &n.W, &n.W, &result), WG_OK);
  assert_tape_failed(n.tape, WG_ERROR_ARGUMENT, "not a scalar");
  wg_jacobian *jacobian = wg_jacobian_new(NULL, n.W);
  assert_int_equal(wg_jacobian_status(jacobian), WG_ERROR_ARGUMENT);
  wg_jacobian_free(jacobian);
  wg_tape_free(n.tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_jvp_is_the_derivative_along_the_tangents),
      cmocka_unit_test(test_jvp_and_vjp_are_transposes),
      cmocka_unit_test(test_jvp_of_an_output_asked_for_twice_is_not_doubled),
      cmocka_unit_test(test_jvp_twice_records_nothing_new),
      cmocka_unit_test(test_jvp_of_an_independent_output_is_a_known_zero),
      cmocka_unit_test(test_several_outputs_add_their_gradients),
      cmocka_unit_test(test_an_output_may_be_part_of_another),
      cmocka_unit_test(test_hvp_of_a_quadratic_is_its_matrix_times_the_vector),
      cmocka_unit_test(test_jacobian_of_softmax),
      cmocka_unit_test(test_hessian_is_the_jacobian_of_the_gradient),
      cmocka_unit_test(test_derivatives_up_to_the_sixth),
      cmocka_unit_test(test_modes_nest_in_any_order),
      cmocka_unit_test(test_an_unreachable_parameter_can_be_an_error),
      cmocka_unit_test(test_what_does_not_fit_is_refused),
  };
  return RUN_TESTS(tests);
}
