/* Values and derivatives of the elementwise operations, against plain C, at ordinary and at extreme numbers. */
#include "../../engine/derivation.h"
#include "../support.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef wg_node *function_1(wg_node *x);
typedef wg_node *function_2(wg_node *a, wg_node *b);

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Far out, next to nothing, on the kinks, and what is no number. */
static const double extremes[] = {0,     -0.0,  1,     -1,      0.5,      -0.5,      2,        -3,        20,    -20,
                                  88,    -88,   709,   -709,    1000,     -1000,     1e-300,   -1e-300,   1e300, 1e-17,
                                  1e-30, 1e-10, -1e-8, DBL_MIN, 4.9e-324, -4.9e-324, INFINITY, -INFINITY, NAN};

/* ---- Running one operation ---- */

/* A parameter of n numbers, rounded to the dtype; `memory` holds them as long as plans run. */
static wg_binding vector(wg_tape *tape, wg_dtype dtype, size_t n, const double *values, void *memory) {
  for (size_t i = 0; i < n; i++)
    if (dtype == WG_F32)
      ((float *)memory)[i] = (float)values[i];
    else
      ((double *)memory)[i] = values[i];
  return (wg_binding){wg_param(tape, "x", dtype, WG_SHAPE((int64_t)n)), memory};
}

/* y = f(x), and dy/dx where `slope` is not NULL, and d²y/dx² where `curvature` is not. */
static void run_1(function_1 *f, wg_dtype dtype, size_t n, const double *x, double *y, double *slope,
                  double *curvature) {
  wg_tape *tape = wg_tape_new();
  double *memory = new_f64(n), *ones_memory = new_f64(n), *ones = new_f64(n);
  for (size_t i = 0; i < n; i++) ones[i] = 1;
  wg_binding at = vector(tape, dtype, n, x, memory), seed = vector(tape, dtype, n, ones, ones_memory);
  wg_binding both[] = {at, seed};
  wg_node *value = f(at.node), *first, *second;
  wg_vjp(value, seed.node, 1, &at.node, &first);
  assert_tape_good(tape);
  run_node(value, 2, both, y);
  if (slope) run_node(first, 2, both, slope);
  if (curvature) {
    wg_vjp(first, seed.node, 1, &at.node, &second);
    assert_tape_good(tape);
    run_node(second, 2, both, curvature);
  }
  wg_tape_free(tape);
  free(memory), free(ones_memory), free(ones);
}

/* Equal up to a few units in the last place; NaN equals NaN, and what is below the normal numbers equals 0. */
static void assert_number(const char *what, double x, double actual, double expected, wg_dtype dtype) {
  double epsilon = dtype == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  double smallest = dtype == WG_F32 ? (double)FLT_MIN : DBL_MIN;
  if (isnan(expected) ? isnan(actual) : actual == expected) return;
  if (fabs(actual - expected) <= fmax(smallest, 4 * epsilon * fabs(expected))) return;
  fail_msg("%s at %.17g is %.17g, expected %.17g", what, x, actual, expected);
}

/* ---- Functions of one element ---- */

static long double expected_exp(long double x) { return expl(x); }
static long double expected_log(long double x) { return logl(x); }
static long double expected_sqrt(long double x) { return sqrtl(x); }
static long double expected_square(long double x) { return x * x; }
static long double expected_tanh(long double x) { return tanhl(x); }
static long double expected_relu(long double x) { return isnan(x) ? x : fmaxl(x, 0); }
static long double expected_neg(long double x) { return 0 - x; }
/* A long double's exponent reaches to e^11356, so the formulas of the lecture need no care here. */
static long double expected_sigmoid(long double x) { return 1 / (1 + expl(-x)); }
static long double expected_softplus(long double x) { return x > 11000 ? x : log1pl(expl(x)); }

static const struct {
  const char *name;
  function_1 *f;
  long double (*expected)(long double x);
} functions[] = {
    {"exp", wg_exp, expected_exp},
    {"log", wg_log, expected_log},
    {"sqrt", wg_sqrt, expected_sqrt},
    {"square", wg_square, expected_square},
    {"tanh", wg_tanh, expected_tanh},
    {"relu", wg_relu, expected_relu},
    {"neg", wg_neg, expected_neg},
    {"sigmoid", wg_sigmoid, expected_sigmoid},
    {"softplus", wg_softplus, expected_softplus},
};

static void functions_agree_with_long_double_at_extreme_numbers(void **state) {
  (void)state;
  double y[COUNT_OF(extremes)];
  for (size_t f = 0; f < COUNT_OF(functions); f++) {
    run_1(functions[f].f, WG_F64, COUNT_OF(extremes), extremes, y, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(extremes); i++)
      assert_number(functions[f].name, extremes[i], y[i], (double)functions[f].expected(extremes[i]), WG_F64);
  }
}

static void functions_agree_in_f32_too(void **state) {
  (void)state;
  double y[COUNT_OF(extremes)];
  for (size_t f = 0; f < COUNT_OF(functions); f++) {
    run_1(functions[f].f, WG_F32, COUNT_OF(extremes), extremes, y, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(extremes); i++) {
      float x = (float)extremes[i];
      double expected = (double)(float)functions[f].expected((long double)x);
      assert_number(functions[f].name, (double)x, y[i], expected, WG_F32);
    }
  }
}

static void derivatives_are_those_of_the_calculus_book(void **state) {
  (void)state;
  enum { N = 5 };
  const double x[N] = {0.25, 0.5, 1, 1.75, 3};
  double y[N], slope[N], curvature[N];
#define CHECK(f, first, second)                                                                                        \
  do {                                                                                                                 \
    run_1(wg_##f, WG_F64, N, x, y, slope, curvature);                                                                  \
    for (int i = 0; i < N; i++) {                                                                                      \
      double t = x[i];                                                                                                 \
      assert_close(#f "'", 1, &slope[i], &(double){first}, 1e-14);                                                     \
      assert_close(#f "''", 1, &curvature[i], &(double){second}, 1e-14);                                               \
    }                                                                                                                  \
  } while (0)
  CHECK(exp, exp(t), exp(t));
  CHECK(log, 1 / t, -1 / (t * t));
  CHECK(sqrt, 0.5 / sqrt(t), -0.25 / (t * sqrt(t)));
  CHECK(square, 2 * t, 2);
  CHECK(tanh, 1 / (cosh(t) * cosh(t)), -2 * tanh(t) / (cosh(t) * cosh(t)));
  CHECK(sigmoid, exp(-t) / pow(1 + exp(-t), 2), -exp(-t) * (1 - exp(-t)) / pow(1 + exp(-t), 3));
  CHECK(softplus, 1 / (1 + exp(-t)), exp(-t) / pow(1 + exp(-t), 2));
#undef CHECK
}

static void sigmoid_and_softplus_are_stable_to_the_second_derivative(void **state) {
  (void)state;
  const double x[] = {1000, -1000, 40, -40, INFINITY, -INFINITY};
  double y[6], slope[6], curvature[6];
  run_1(wg_sigmoid, WG_F64, 6, x, y, slope, curvature);
  const double sigmoid[] = {1, 0, 1, 4.248354255291589e-18, 1, 0}; /* e^(−40) */
  for (int i = 0; i < 6; i++) assert_number("sigmoid", x[i], y[i], sigmoid[i], WG_F64);
  const double sigmoid_slope[] = {0, 0, 0, 4.248354255291589e-18, 0, 0};
  for (int i = 0; i < 6; i++) assert_number("sigmoid'", x[i], slope[i], sigmoid_slope[i], WG_F64);
  for (int i = 0; i < 6; i++) assert_number("sigmoid''", x[i], curvature[i], sigmoid_slope[i], WG_F64);

  run_1(wg_softplus, WG_F64, 6, x, y, slope, curvature);
  for (int i = 0; i < 6; i++) assert_number("softplus'", x[i], slope[i], sigmoid[i], WG_F64);
  for (int i = 0; i < 6; i++) assert_number("softplus''", x[i], curvature[i], sigmoid_slope[i], WG_F64);
}

static void tanh_is_flat_far_out(void **state) {
  (void)state;
  const double x[] = {1000, -1000, INFINITY, -INFINITY};
  double y[4], slope[4], curvature[4];
  run_1(wg_tanh, WG_F64, 4, x, y, slope, curvature);
  for (int i = 0; i < 4; i++) assert_true(y[i] == (x[i] > 0 ? 1 : -1) && slope[i] == 0 && curvature[i] == 0);
}

static void relu_lets_nan_through_and_has_no_slope_at_zero(void **state) {
  (void)state;
  const double x[] = {-2, -0.0, 0, 4.9e-324, 3, NAN};
  double y[6], slope[6], curvature[6];
  run_1(wg_relu, WG_F64, 6, x, y, slope, curvature);
  const double value[] = {0, 0, 0, 4.9e-324, 3}, derivative[] = {0, 0, 0, 1, 1};
  for (int i = 0; i < 5; i++) assert_true(y[i] == value[i] && slope[i] == derivative[i] && curvature[i] == 0);
  assert_true(isnan(y[5]));
}

static void relu_sends_the_adjoint_on_where_its_input_is_positive(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(4)), *dy = wg_input(tape, "dy", WG_F64, WG_SHAPE(4)), *dx;
  wg_vjp(wg_relu(x), dy, 1, &x, &dx);
  assert_ptr_equal(dx, wg_mul(dy, wg_greater(x, wg_scalar_like(x, 0))));
  wg_tape_free(tape);
}

/* ---- power, scale, division by a count ---- */

static double power_exponent;
static wg_node *power_of(wg_node *x) { return wg_power(x, power_exponent); }

static void power_is_as_in_c(void **state) {
  (void)state;
  const double exponents[] = {0, 1, 2, 3, -1, -2, 0.5, -0.5, 2.5, 1000, -1000};
  double y[COUNT_OF(extremes)];
  for (size_t k = 0; k < COUNT_OF(exponents); k++) {
    power_exponent = exponents[k];
    run_1(power_of, WG_F64, COUNT_OF(extremes), extremes, y, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(extremes); i++)
      assert_number("power", extremes[i], y[i], pow(extremes[i], exponents[k]), WG_F64);
    run_1(power_of, WG_F32, COUNT_OF(extremes), extremes, y, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(extremes); i++) {
      float x = (float)extremes[i];
      assert_number("power", (double)x, y[i], (double)powf(x, (float)exponents[k]), WG_F32);
    }
  }
}

static void small_powers_have_exact_derivatives_at_zero(void **state) {
  (void)state;
  const double x[] = {0, -0.0, 3, -0.1};
  const struct {
    double exponent, value[4], slope[4], curvature[4];
  } rows[] = {
      {0, {1, 1, 1, 1}, {0, 0, 0, 0}, {0, 0, 0, 0}},
      {1, {0, 0, 3, -0.1}, {1, 1, 1, 1}, {0, 0, 0, 0}},
      {2, {0, 0, 9, 0.1 * 0.1}, {0, 0, 6, -0.2}, {2, 2, 2, 2}},
      {3, {0, 0, 27, -0.1 * 0.1 * 0.1}, {0, 0, 27, 3 * (0.1 * 0.1)}, {0, 0, 18, -0.6}},
  };
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    double y[4], slope[4], curvature[4];
    power_exponent = rows[k].exponent;
    run_1(power_of, WG_F64, 4, x, y, slope, curvature);
    for (int i = 0; i < 4; i++) {
      assert_number("power", x[i], y[i], rows[k].value[i], WG_F64);
      assert_number("power'", x[i], slope[i], rows[k].slope[i], WG_F64);
      assert_number("power''", x[i], curvature[i], rows[k].curvature[i], WG_F64);
      if (rows[k].exponent <= 2) assert_true(y[i] == rows[k].value[i] && slope[i] == rows[k].slope[i]);
    }
  }
}

static void a_second_power_is_the_exact_square(void **state) {
  (void)state;
  enum { N = 20000 }; /* pow misses about one in a thousand by a digit */
  double *x = random_f64(N, -4, 4, 5), *y = new_f64(N);
  power_exponent = 2;
  run_1(power_of, WG_F64, N, x, y, NULL, NULL);
  for (int i = 0; i < N; i++) assert_true(y[i] == x[i] * x[i]);
  free(x), free(y);
}

static double scale_factor;
static wg_node *scaled(wg_node *x) { return wg_scale(x, scale_factor); }
static wg_node *third(wg_node *x) { return wg_div_count(x, 3); }

static void scale_and_div_count_are_one_rounded_operation(void **state) {
  (void)state;
  double y[COUNT_OF(extremes)], slope[COUNT_OF(extremes)];
  scale_factor = -0.1;
  run_1(scaled, WG_F64, COUNT_OF(extremes), extremes, y, slope, NULL);
  for (size_t i = 0; i < COUNT_OF(extremes); i++) {
    assert_true(isnan(extremes[i]) ? isnan(y[i]) : y[i] == -0.1 * extremes[i]);
    assert_true(slope[i] == -0.1);
  }
  run_1(wg_neg, WG_F64, COUNT_OF(extremes), extremes, y, slope, NULL);
  for (size_t i = 0; i < COUNT_OF(extremes); i++) assert_true(slope[i] == -1);
  run_1(third, WG_F64, COUNT_OF(extremes), extremes, y, slope, NULL);
  for (size_t i = 0; i < COUNT_OF(extremes); i++) {
    assert_true(isnan(extremes[i]) ? isnan(y[i]) : y[i] == extremes[i] / 3);
    assert_true(slope[i] == 1.0 / 3);
  }
  run_1(scaled, WG_F32, COUNT_OF(extremes), extremes, y, NULL, NULL);
  for (size_t i = 0; i < COUNT_OF(extremes); i++) {
    float product = -0.1f * (float)extremes[i];
    assert_true(isnan(product) ? isnan(y[i]) : y[i] == (double)product);
  }
}

static void a_number_times_a_fill_is_a_fill(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_shape shape = WG_SHAPE(2, 3);
  wg_node *seven = wg_fill(tape, WG_F32, shape, 7);
  assert_ptr_equal(wg_scale(seven, 3), wg_fill(tape, WG_F32, shape, 21));
  assert_ptr_equal(wg_neg(seven), wg_fill(tape, WG_F32, shape, -7));
  assert_ptr_equal(wg_div_count(wg_div_count(seven, 5), 4), wg_fill_over(tape, WG_F32, shape, 7, 20));
  wg_node *most = wg_fill_over(tape, WG_F32, shape, 7, INT64_MAX / 2);
  assert_string_equal(wg_node_op(wg_div_count(most, 3)), "div_count"); /* the counts' product would overflow */
  assert_tape_good(tape);
  wg_tape_free(tape);
}

/* ---- Two inputs: broadcasting and strides ---- */

static double plain_add(double a, double b) { return a + b; }
static double plain_sub(double a, double b) { return a - b; }
static double plain_mul(double a, double b) { return a * b; }
static double plain_div(double a, double b) { return a / b; }

static const struct {
  const char *name;
  function_2 *f;
  double (*expected)(double a, double b);
} arithmetic[] = {
    {"add", wg_add, plain_add}, {"sub", wg_sub, plain_sub}, {"mul", wg_mul, plain_mul}, {"div", wg_div, plain_div}};

/* f of a (rows,1), (1,columns) or (rows,columns) and the same for b, each from its own memory or through a transpose;
 * and expected, by two plain loops. */
static void check_2(size_t f, wg_dtype dtype, int64_t rows, int64_t columns, wg_shape a_shape, wg_shape b_shape,
                    bool transposed) {
  double a[64], b[64], a_memory[64], b_memory[64], y[64];
  wg_tape *tape = wg_tape_new();
  fill_f64(a, 64, 0.5, 2, 1);
  fill_f64(b, 64, -2, -0.5, 2);
  for (int i = 0; dtype == WG_F32 && i < 64; i++) {
    ((float *)a_memory)[i] = (float)a[i];
    ((float *)b_memory)[i] = (float)b[i];
    a[i] = (double)(float)a[i];
    b[i] = (double)(float)b[i];
  }
  if (dtype == WG_F64) memcpy(a_memory, a, sizeof a), memcpy(b_memory, b, sizeof b);
  wg_shape stored = transposed ? WG_SHAPE(a_shape.size[1], a_shape.size[0]) : a_shape;
  wg_node *A = wg_param(tape, "A", dtype, stored), *B = wg_param(tape, "B", dtype, b_shape);
  wg_node *node = arithmetic[f].f(transposed ? wg_transpose(A) : A, B);
  assert_tape_good(tape);
  wg_shape whole = wg_node_shape(node), expected_shape = WG_SHAPE(rows, columns);
  assert_true(wg_shape_equal(&whole, &expected_shape));
  run_node(node, 2, (wg_binding[]){{A, a_memory}, {B, b_memory}}, y);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      int64_t ai = a_shape.size[0] == 1 ? 0 : i, aj = a_shape.size[1] == 1 ? 0 : j;
      int64_t bi = b_shape.size[0] == 1 ? 0 : i, bj = b_shape.size[1] == 1 ? 0 : j;
      double left = a[transposed ? aj * a_shape.size[0] + ai : ai * a_shape.size[1] + aj];
      double right = b[bi * b_shape.size[1] + bj], expected = arithmetic[f].expected(left, right);
      if (dtype == WG_F32) expected = (double)(float)expected; /* exact: 53 ≥ 2·24 + 2 digits round twice as once */
      if (y[i * columns + j] != expected)
        fail_msg("%s (%d,%d) is %.17g, expected %.17g", arithmetic[f].name, (int)i, (int)j, y[i * columns + j],
                 expected);
    }
  wg_tape_free(tape);
}

static void arithmetic_broadcasts_over_every_stride(void **state) {
  (void)state;
  const int64_t m = 3, n = 5;
  const wg_shape shapes[] = {WG_SHAPE(m, n), WG_SHAPE(1, n), WG_SHAPE(m, 1), WG_SHAPE(1, 1)};
  for (size_t f = 0; f < COUNT_OF(arithmetic); f++)
    for (int dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
          for (int transposed = 0; transposed < 2; transposed++) {
            wg_shape whole;
            assert_true(wg_shape_broadcast(&shapes[i], &shapes[j], &whole));
            check_2(f, (wg_dtype)dtype, whole.size[0], whole.size[1], shapes[i], shapes[j], transposed);
          }
}

static void functions_follow_the_strides_of_views(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, 4, 5, 6}, column[] = {7, 8};
  double y[6];
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3)), *C = wg_param(tape, "C", WG_F64, WG_SHAPE(2, 1));
  run_node(wg_neg(wg_transpose(X)), 1, &(wg_binding){X, x}, y);
  assert_close("transposed", 6, y, (double[]){-1, -4, -2, -5, -3, -6}, 0);
  run_node(wg_neg(wg_broadcast_to(C, WG_SHAPE(2, 3))), 1, &(wg_binding){C, column}, y);
  assert_close("column", 6, y, (double[]){-7, -7, -7, -8, -8, -8}, 0);
  wg_tape_free(tape);
}

static void a_long_chain_of_steps_in_place_stays_right(void **state) {
  (void)state;
  enum { N = 1000 };
  double *x = random_f64(N, -1, 1, 3), *y = new_f64(N), *expected = new_f64(N);
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(N)), *Y = X;
  memcpy(expected, x, N * sizeof *x);
  for (int step = 0; step < 20; step++) {
    Y = wg_sub(wg_square(Y), wg_mul(wg_scale(Y, 0.5), X));
    for (int i = 0; i < N; i++) expected[i] = expected[i] * expected[i] - 0.5 * expected[i] * x[i];
  }
  run_node(Y, 1, &(wg_binding){X, x}, y);
  assert_close("chain", N, y, expected, 0);
  wg_tape_free(tape);
  free(x), free(y), free(expected);
}

static wg_node *times_itself(wg_node *x) { return wg_mul(x, x); }
static wg_node *over_itself(wg_node *x) { return wg_div(x, x); }
static wg_node *minus_itself(wg_node *x) { return wg_sub(x, x); }

static void both_inputs_may_be_the_same_node(void **state) {
  (void)state;
  const double x[] = {3, -0.5, 1e-3};
  double y[3], slope[3], curvature[3];
  run_1(times_itself, WG_F64, 3, x, y, slope, curvature);
  for (int i = 0; i < 3; i++) assert_true(y[i] == x[i] * x[i] && slope[i] == 2 * x[i] && curvature[i] == 2);
  run_1(over_itself, WG_F64, 3, x, y, slope, curvature);
  for (int i = 0; i < 3; i++) assert_true(y[i] == 1 && slope[i] == 0);
  run_1(minus_itself, WG_F64, 3, x, y, slope, curvature);
  for (int i = 0; i < 3; i++) assert_true(y[i] == 0 && slope[i] == 0 && curvature[i] == 0);
}

static void broadcast_inputs_get_the_sum_of_what_they_were_used_for(void **state) {
  (void)state;
  const double a[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20, 30}, c[] = {2};
  double da[6], db[3], dc[1];
  wg_tape *tape = wg_tape_new();
  wg_node *A = wg_param(tape, "A", WG_F64, WG_SHAPE(2, 3)), *B = wg_param(tape, "B", WG_F64, WG_SHAPE(3));
  wg_node *C = wg_param(tape, "C", WG_F64, WG_SCALAR), *grad[3];
  wg_grad(wg_sum_all(wg_div(wg_mul(A, B), C)), 3, (wg_node *[]){A, B, C}, grad);
  assert_tape_good(tape);
  wg_binding values[] = {{A, a}, {B, b}, {C, c}};
  run_node(grad[0], 3, values, da);
  run_node(grad[1], 3, values, db);
  run_node(grad[2], 3, values, dc);
  /* by hand: b/c in each row; column sums of a over c; −Σ a·b / c² = −(50 + 140 + 270) / 4 */
  assert_close("∂A", 6, da, (double[]){5, 10, 15, 5, 10, 15}, 1e-15);
  assert_close("∂B", 3, db, (double[]){2.5, 3.5, 4.5}, 1e-15);
  assert_close("∂C", 1, dc, (double[]){-115}, 1e-15);
  wg_tape_free(tape);
}

/* ---- add_bias ---- */

static wg_shape bias_result(int x_rank, const int64_t *x, int bias_rank, const int64_t *bias, wg_tape *tape) {
  return wg_node_shape(wg_add_bias(wg_param(tape, "X", WG_F64, wg_shape_of(x_rank, x)),
                                   wg_param(tape, "b", WG_F64, wg_shape_of(bias_rank, bias))));
}

static void a_bias_is_a_row_or_a_column_of_its_left_side(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const int64_t x[] = {3, 4}, row[] = {1, 4}, column[] = {3, 1};
  wg_shape whole = WG_SHAPE(3, 4), shape;
  shape = bias_result(2, x, 2, row, tape), assert_true(wg_shape_equal(&shape, &whole));
  shape = bias_result(2, x, 1, row + 1, tape), assert_true(wg_shape_equal(&shape, &whole));
  shape = bias_result(2, x, 2, column, tape), assert_true(wg_shape_equal(&shape, &whole));
  assert_tape_good(tape);
  wg_tape_free(tape);
}

static void a_bias_never_enlarges_its_left_side(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const int64_t x[] = {1, 4}, deep[] = {1, 3, 4};
  bias_result(2, x, 2, (int64_t[]){3, 4}, tape);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "add_bias: X (1,4) + b (3,4): the bias of samples in rows is (1,4) or (4)");
  bias_result(2, (int64_t[]){3, 4}, 1, (int64_t[]){3}, tape);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "of samples in columns (3,1)");
  bias_result(2, x, 3, deep, tape);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "add_bias");
  bias_result(3, deep, 1, (int64_t[]){3}, tape);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "does not broadcast");
  wg_tape_free(tape);
}

static void the_gradient_of_a_bias_sums_over_the_samples(void **state) {
  (void)state;
  const double x[6] = {0}, row[3] = {0}, column[2] = {0}, dy[] = {1, 2, 3, 4, 5, 6};
  double d[3];
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3)), *DY = wg_input(tape, "∂Y", WG_F64, WG_SHAPE(2, 3));
  wg_node *R = wg_param(tape, "r", WG_F64, WG_SHAPE(1, 3)), *C = wg_param(tape, "c", WG_F64, WG_SHAPE(2, 1)), *grad;
  wg_binding values[] = {{X, x}, {R, row}, {C, column}, {DY, dy}};
  wg_vjp(wg_add_bias(X, R), DY, 1, &R, &grad);
  run_node(grad, 4, values, d);
  assert_close("row", 3, d, (double[]){5, 7, 9}, 0);
  wg_vjp(wg_add_bias(X, C), DY, 1, &C, &grad);
  run_node(grad, 4, values, d);
  assert_close("column", 2, d, (double[]){6, 15}, 0);
  wg_tape_free(tape);
}

/* ---- Masks, where, probability ---- */

static void masks_compare_as_c_does(void **state) {
  (void)state;
  const double numbers[] = {-INFINITY, -1, -0.0, 0, 4.9e-324, 1, INFINITY, NAN};
  enum { N = 8 };
  function_2 *const masks[] = {wg_greater, wg_greater_equal, wg_less, wg_less_equal, wg_equal, wg_not_equal};
  for (int m = 0; m < 6; m++) {
    double mask[N * N];
    wg_tape *tape = wg_tape_new();
    wg_node *A = wg_param(tape, "A", WG_F64, WG_SHAPE(N, 1)), *B = wg_param(tape, "B", WG_F64, WG_SHAPE(N));
    run_node(masks[m](A, B), 2, (wg_binding[]){{A, numbers}, {B, numbers}}, mask);
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        double a = numbers[i], b = numbers[j];
        const bool holds[] = {a > b, a >= b, a < b, a <= b, a == b, a != b};
        assert_true(mask[i * N + j] == (holds[m] ? 1 : 0));
      }
    wg_tape_free(tape);
  }
}

static void a_mask_has_no_derivative_and_the_dtype_of_what_it_compares(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F32, WG_SHAPE(3)), *zero = wg_scalar_like(x, 0), *grad;
  assert_int_equal(wg_node_dtype(wg_greater(x, zero)), WG_F32);
  wg_grad(wg_sum_all(wg_greater(x, zero)), 1, &x, &grad);
  assert_tape_good(tape);
  assert_ptr_equal(grad, wg_fill(tape, WG_F32, WG_SHAPE(3), 0));
  wg_tape_free(tape);
}

static void where_keeps_the_other_branch_out_of_value_and_gradient(void **state) {
  (void)state;
  const double mask[] = {1, 0, -2, 0, NAN}, a[] = {1, NAN, 3, INFINITY, 5}, b[] = {NAN, 20, INFINITY, 40, 50};
  const double dy[] = {100, NAN, 300, INFINITY, 500};
  double y[5], da[5], db[5];
  wg_tape *tape = wg_tape_new();
  wg_shape shape = WG_SHAPE(5);
  wg_node *M = wg_input(tape, "M", WG_F64, shape), *A = wg_param(tape, "A", WG_F64, shape);
  wg_node *B = wg_param(tape, "B", WG_F64, shape), *DY = wg_input(tape, "∂Y", WG_F64, shape), *grad[2];
  wg_node *Y = wg_where(M, A, B);
  wg_vjp(Y, DY, 2, (wg_node *[]){A, B}, grad);
  assert_tape_good(tape);
  wg_binding values[] = {{M, mask}, {A, a}, {B, b}, {DY, dy}};
  run_node(Y, 4, values, y);
  run_node(grad[0], 4, values, da);
  run_node(grad[1], 4, values, db);
  assert_close("y", 5, y, (double[]){1, 20, 3, 40, 5}, 0); /* a NaN in the mask is not 0 */
  assert_close("∂A", 5, da, (double[]){100, 0, 300, 0, 500}, 0);
  assert_true(db[0] == 0 && isnan(db[1]) && db[2] == 0 && db[3] == INFINITY && db[4] == 0);
  wg_tape_free(tape);
}

static void where_broadcasts_all_three(void **state) {
  (void)state;
  const double mask[] = {1, 0}, a[] = {1, 2, 3}, b[] = {7}, ones[] = {1, 1, 1, 1, 1, 1};
  double y[6], da[3], db[1];
  wg_tape *tape = wg_tape_new();
  wg_node *M = wg_input(tape, "M", WG_F64, WG_SHAPE(2, 1)), *A = wg_param(tape, "A", WG_F64, WG_SHAPE(3));
  wg_node *B = wg_param(tape, "B", WG_F64, WG_SCALAR), *DY = wg_input(tape, "∂Y", WG_F64, WG_SHAPE(2, 3)), *grad[2];
  wg_node *Y = wg_where(M, A, B);
  wg_vjp(Y, DY, 2, (wg_node *[]){A, B}, grad);
  wg_binding values[] = {{M, mask}, {A, a}, {B, b}, {DY, ones}};
  run_node(Y, 4, values, y);
  run_node(grad[0], 4, values, da);
  run_node(grad[1], 4, values, db);
  assert_close("y", 6, y, (double[]){1, 2, 3, 7, 7, 7}, 0);
  assert_close("∂A", 3, da, (double[]){1, 1, 1}, 0);
  assert_close("∂B", 1, db, (double[]){3}, 0);
  wg_tape_free(tape);
}

static void probability_moves_only_what_is_outside(void **state) {
  (void)state;
  const double x[] = {0, -1, -INFINITY, 1, 2, INFINITY, 0.25, 1e-300, 1 - 0x1p-53, NAN};
  const double expected[] = {DBL_MIN,     DBL_MIN, DBL_MIN, 1 - 0x1p-53, 1 - 0x1p-53,
                             1 - 0x1p-53, 0.25,    1e-300,  1 - 0x1p-53};
  const double derivative[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 0};
  double y[10], slope[10];
  run_1(wg_probability, WG_F64, 10, x, y, slope, NULL);
  for (int i = 0; i < 9; i++) assert_true(y[i] == expected[i]);
  for (int i = 0; i < 10; i++) assert_true(slope[i] == derivative[i]);
  assert_true(isnan(y[9]));

  const double float_x[] = {0, 1, 0.25, 2};
  run_1(wg_probability, WG_F32, 4, float_x, y, slope, NULL);
  assert_true(y[0] == 0x1p-126 && y[1] == 1 - 0x1p-24 && y[2] == 0.25 && y[3] == 1 - 0x1p-24);
}

/* ---- Notation ---- */

static void assert_formula(const wg_node *node, const char *unicode, const char *ascii, const char *latex) {
  char text[200];
  const char *const expected[] = {unicode, ascii, latex};
  for (int script = WG_UNICODE; script <= WG_LATEX; script++) {
    wg_formula(node, (wg_script)script, text, sizeof text);
    assert_string_equal(text, expected[script]);
  }
}

static void formulas_read_as_in_the_lecture(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_shape shape = WG_SHAPE(3, 4);
  wg_node *Z = wg_input(tape, "Z", WG_F64, shape), *Y = wg_input(tape, "Y", WG_F64, shape);
  wg_node *b = wg_input(tape, "b", WG_F64, WG_SHAPE(1, 4)), *w = wg_input(tape, "w", WG_F64, WG_SCALAR);
  assert_formula(wg_sub(Z, wg_sub(Y, Z)), "Z − (Y − Z)", "Z - (Y - Z)", "Z - (Y - Z)");
  assert_formula(wg_mul(wg_add(Z, Y), Y), "(Z + Y) ⊙ Y", "(Z + Y) * Y", "(Z + Y) \\odot Y");
  assert_formula(wg_mul(w, Z), "w·Z", "w * Z", "w \\cdot Z");
  assert_formula(wg_mul(w, w), "w·w", "w * w", "w \\cdot w");
  assert_formula(wg_div(wg_neg(Y), wg_mul(Z, Y)), "−Y / (Z ⊙ Y)", "-Y / (Z * Y)", "\\frac{-Y}{Z \\odot Y}");
  assert_formula(wg_add_bias(Z, b), "Z + b", "Z + b", "Z + b");
  assert_formula(wg_scale(wg_sub(Z, Y), 0.5), "0.5·(Z − Y)", "0.5 * (Z - Y)", "0.5 \\cdot (Z - Y)");
  assert_formula(wg_scale(Z, -1), "−Z", "-Z", "-Z");
  assert_formula(wg_div_count(wg_sub(Z, Y), 3), "(Z − Y) / 3", "(Z - Y) / 3", "\\frac{Z - Y}{3}");
  assert_formula(wg_exp(wg_neg(Z)), "exp(−Z)", "exp(-Z)", "\\exp(-Z)");
  assert_formula(wg_log(Z), "ln(Z)", "ln(Z)", "\\ln(Z)");
  assert_formula(wg_sqrt(Z), "√(Z)", "sqrt(Z)", "\\sqrt{Z}");
  assert_formula(wg_square(wg_square(Z)), "(Z²)²", "(Z^2)^2", "(Z^{2})^{2}");
  assert_formula(wg_power(Z, 3), "Z^3", "Z^3", "Z^{3}");
  assert_formula(wg_power(Z, -1), "Z^(−1)", "Z^(-1)", "Z^{-1}");
  assert_formula(wg_relu(Z), "max(0, Z)", "max(0, Z)", "\\max(0, Z)");
  assert_formula(wg_sigmoid(Z), "σ(Z)", "sigmoid(Z)", "\\sigma(Z)");
  assert_formula(wg_tanh(Z), "tanh(Z)", "tanh(Z)", "\\tanh(Z)");
  assert_formula(wg_greater_equal(Z, wg_scalar_like(Z, 0)), "[Z ≥ 0]", "[Z >= 0]", "[Z \\geq 0]");
  assert_formula(wg_where(Z, Z, Y), "where(Z, Z, Y)", "where(Z, Z, Y)", "\\operatorname{where}(Z, Z, Y)");
  assert_formula(wg_div(Y, wg_probability(Z)), "Y / Z", "Y / Z", "\\frac{Y}{Z}");
  wg_tape_free(tape);
}

static void rules_read_as_in_the_lecture(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_param(tape, "Z1", WG_F64, WG_SHAPE(3, 4)), *d = wg_input(tape, "D", WG_F64, WG_SHAPE(3, 4)), *dZ;
  wg_vjp(wg_relu(Z), d, 1, &Z, &dZ);
  assert_formula(dZ, "D ⊙ [Z1 > 0]", "D * [Z1 > 0]", "D \\odot [Z_{1} > 0]");
  wg_vjp(wg_name(wg_sigmoid(Z), "A1"), d, 1, &Z, &dZ);
  assert_formula(dZ, "D ⊙ A1 ⊙ (1 − A1)", "D * A1 * (1 - A1)", "D \\odot A_{1} \\odot (1 - A_{1})");
  wg_tape_free(tape);
}

/* ---- Shapes without elements, errors ---- */

static void every_operation_takes_tensors_without_elements(void **state) {
  (void)state;
  double y[3];
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(0, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, 3)), *grad;
  const double bias[] = {1, 2, 3};
  wg_node *sum = wg_add_bias(wg_sub(wg_add(x, b), b), b);
  sum = wg_where(wg_not_equal(x, b), wg_mul(sum, b), wg_div(sum, b));
  for (size_t f = 0; f < COUNT_OF(functions); f++) sum = functions[f].f(sum);
  sum = wg_probability(wg_power(wg_div_count(wg_scale(sum, 3), 7), 1.5));
  assert_int_equal(wg_node_size(sum), 0);
  run_node(sum, 2, (wg_binding[]){{x, NULL}, {b, bias}}, y);
  wg_grad(wg_sum_all(sum), 1, &b, &grad);
  assert_tape_good(tape);
  run_node(grad, 2, (wg_binding[]){{x, NULL}, {b, bias}}, y);
  assert_close("∂b", 3, y, (double[]){0, 0, 0}, 0);
  wg_tape_free(tape);
}

static void what_does_not_fit_is_refused_with_a_message(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3)), *y = wg_param(tape, "Y", WG_F64, WG_SHAPE(2, 4));
  wg_node *single = wg_param(tape, "S", WG_F32, WG_SHAPE(2, 3)), *labels = wg_input(tape, "L", WG_I64, WG_SHAPE(2, 3));
  assert_true(wg_node_inert(wg_mul(x, y)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "mul: X (2,3) ⊙ Y (2,4): ");
  wg_add(x, single);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "add: X (2,3) + S (2,3): ");
  wg_where(x, x, y);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "where: ");
  for (size_t f = 0; f < COUNT_OF(functions); f++) {
    assert_true(wg_node_inert(functions[f].f(labels)));
    assert_tape_failed(tape, WG_ERROR_DTYPE, functions[f].name);
  }
  wg_scale(wg_fill(tape, WG_I64, WG_SCALAR, 1), 0.5);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "scale");
  wg_div_count(x, 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "div_count: X (2,3): the count is 0");
  wg_div_count(wg_scalar_like(x, 1), -3);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the count is -3");
  wg_tape_free(tape);
}

static void an_operation_found_by_name_takes_its_attributes_by_name(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2));
  wg_attr factor[] = {wg_attr_number("factor", 3), {0}}, wrong[] = {wg_attr_number("exponent", 3), {0}};
  assert_ptr_equal(wg_apply(wg_op_find("scale"), 1, &x, factor), wg_scale(x, 3));
  wg_apply(wg_op_find("scale"), 1, &x, wrong);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "exponent");
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(functions_agree_with_long_double_at_extreme_numbers),
      cmocka_unit_test(functions_agree_in_f32_too),
      cmocka_unit_test(derivatives_are_those_of_the_calculus_book),
      cmocka_unit_test(sigmoid_and_softplus_are_stable_to_the_second_derivative),
      cmocka_unit_test(tanh_is_flat_far_out),
      cmocka_unit_test(relu_lets_nan_through_and_has_no_slope_at_zero),
      cmocka_unit_test(relu_sends_the_adjoint_on_where_its_input_is_positive),
      cmocka_unit_test(power_is_as_in_c),
      cmocka_unit_test(small_powers_have_exact_derivatives_at_zero),
      cmocka_unit_test(a_second_power_is_the_exact_square),
      cmocka_unit_test(scale_and_div_count_are_one_rounded_operation),
      cmocka_unit_test(a_number_times_a_fill_is_a_fill),
      cmocka_unit_test(arithmetic_broadcasts_over_every_stride),
      cmocka_unit_test(functions_follow_the_strides_of_views),
      cmocka_unit_test(a_long_chain_of_steps_in_place_stays_right),
      cmocka_unit_test(both_inputs_may_be_the_same_node),
      cmocka_unit_test(broadcast_inputs_get_the_sum_of_what_they_were_used_for),
      cmocka_unit_test(a_bias_is_a_row_or_a_column_of_its_left_side),
      cmocka_unit_test(a_bias_never_enlarges_its_left_side),
      cmocka_unit_test(the_gradient_of_a_bias_sums_over_the_samples),
      cmocka_unit_test(masks_compare_as_c_does),
      cmocka_unit_test(a_mask_has_no_derivative_and_the_dtype_of_what_it_compares),
      cmocka_unit_test(where_keeps_the_other_branch_out_of_value_and_gradient),
      cmocka_unit_test(where_broadcasts_all_three),
      cmocka_unit_test(probability_moves_only_what_is_outside),
      cmocka_unit_test(formulas_read_as_in_the_lecture),
      cmocka_unit_test(rules_read_as_in_the_lecture),
      cmocka_unit_test(every_operation_takes_tensors_without_elements),
      cmocka_unit_test(what_does_not_fit_is_refused_with_a_message),
      cmocka_unit_test(an_operation_found_by_name_takes_its_attributes_by_name),
  };
  return RUN_TESTS(tests);
}
