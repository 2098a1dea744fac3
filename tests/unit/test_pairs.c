/* Values and derivatives of the functions of two elements, against plain C and long double, with their conventions where
 * there is more than one. */
#include "functions.h"

/* ---- Values ---- */

static long double expected_pow(long double a, long double b) { return powl(a, b); }
static long double expected_hypot(long double a, long double b) { return hypotl(a, b); }
static long double expected_atan2(long double a, long double b) { return atan2l(a, b); }
static long double expected_fmod(long double a, long double b) { return fmodl(a, b); }
static long double expected_xlogy(long double a, long double b) { return a == 0 && !isnan(b) ? 0 : a * logl(b); }
static long double expected_maximum(long double a, long double b) { return isnan(a) || isnan(b) ? NAN : fmaxl(a, b); }
static long double expected_minimum(long double a, long double b) { return isnan(a) || isnan(b) ? NAN : fminl(a, b); }

/* The larger one is taken out of the sum, so that a small sum e^0 + e^(−20) keeps the digits of its logarithm. */
static long double expected_logaddexp(long double a, long double b) {
  long double larger = expected_maximum(a, b), smaller = expected_minimum(a, b);
  return isinf(larger) || isnan(larger) ? larger : larger + log1pl(expl(smaller - larger));
}

static const struct {
  const char *name;
  function_2 *f;
  long double (*expected)(long double a, long double b);
} functions[] = {
    {"pow", wg_pow, expected_pow},
    {"hypot", wg_hypot, expected_hypot},
    {"atan2", wg_atan2, expected_atan2},
    {"fmod", wg_fmod, expected_fmod},
    {"xlogy", wg_xlogy, expected_xlogy},
    {"logaddexp", wg_logaddexp, expected_logaddexp},
    {"maximum", wg_maximum, expected_maximum},
    {"minimum", wg_minimum, expected_minimum},
};

static void functions_agree_with_long_double_at_extreme_pairs(void **state) {
  (void)state;
  enum { N = COUNT_OF(extremes) };
  for (int dtype = WG_F32; dtype <= WG_F64; dtype++) {
    double memory[N], y[N * N];
    numbers_write((wg_dtype)dtype, N, extremes, memory);
    for (size_t f = 0; f < COUNT_OF(functions); f++) {
      wg_tape *tape = wg_tape_new();
      wg_node *a = wg_param(tape, "a", (wg_dtype)dtype, WG_SHAPE(N, 1));
      wg_node *b = wg_param(tape, "b", (wg_dtype)dtype, WG_SHAPE(N));
      run_node(functions[f].f(a, b), 2, (wg_binding[]){{a, memory}, {b, memory}}, y);
      for (int i = 0; i < N * N; i++) {
        double left = extremes[i / N], right = extremes[i % N];
        if (dtype == WG_F32) left = (double)(float)left, right = (double)(float)right;
        double expected = (double)functions[f].expected(left, right);
        if (dtype == WG_F32) expected = (double)(float)expected;
        /* the exponential in logaddexp has the error of its argument, the difference */
        double gap = fabs(left - right), units = functions[f].f == wg_logaddexp && isfinite(gap) ? 4 + gap : 4;
        assert_number_within(units, functions[f].name, left, y[i], expected, (wg_dtype)dtype);
      }
      wg_tape_free(tape);
    }
  }
}

static void a_second_power_is_the_exact_square(void **state) {
  (void)state;
  enum { N = 20000 }; /* C's pow misses about one in a thousand by a digit */
  double *x = random_f64(N, -4, 4, 5), *two = random_f64(N, 2, 2, 1), *y = new_f64(N), *by_x = new_f64(N),
         *by_two = new_f64(N);
  run_2(wg_pow, WG_F64, N, x, two, y, by_x, by_two);
  for (int i = 0; i < N; i++) assert_true(y[i] == x[i] * x[i] && by_x[i] == 2 * x[i]);
  free(x), free(two), free(y), free(by_x), free(by_two);
}

/* ---- Derivatives ---- */

static void derivatives_are_those_of_the_calculus_book(void **state) {
  (void)state;
  enum { N = 40 };
  double *as = random_f64(N, 0.1, 3, 1), *bs = random_f64(N, -3, 3, 2), *positive = random_f64(N, 0.1, 3, 3);
  double y[N], by_a[N], by_b[N];
#define CHECK(f, second, expected_by_a, expected_by_b)                                                                 \
  do {                                                                                                                 \
    run_2(wg_##f, WG_F64, N, as, second, y, by_a, by_b);                                                               \
    for (int i = 0; i < N; i++) {                                                                                      \
      double a = as[i], b = second[i];                                                                                 \
      assert_number_within(16, #f ", by the first", a, by_a[i], expected_by_a, WG_F64);                                \
      assert_number_within(16, #f ", by the second", b, by_b[i], expected_by_b, WG_F64);                               \
    }                                                                                                                  \
  } while (0)
  CHECK(pow, bs, b * pow(a, b - 1), pow(a, b) * log(a));
  CHECK(hypot, bs, a / sqrt(a * a + b * b), b / sqrt(a * a + b * b));
  CHECK(atan2, bs, b / (a * a + b * b), -a / (a * a + b * b));
  CHECK(xlogy, positive, log(b), a / b);
  CHECK(logaddexp, bs, exp(a) / (exp(a) + exp(b)), exp(b) / (exp(a) + exp(b)));
  CHECK(maximum, bs, a > b, a < b);
  CHECK(minimum, bs, a<b, a> b);
  CHECK(fmod, bs, 1, -trunc(a / b));
  CHECK(remainder, bs, 1, -floor(a / b));
#undef CHECK
  free(as), free(bs), free(positive);
}

/* The derivatives at these points are what PyTorch 2.13 gives. */
static void pow_has_derivatives_at_zero(void **state) {
  (void)state;
  const point_2 points[] = {
      {0, 0, 1, 0, 0},
      {0, 1, 0, 1, 0},
      {0, 2, 0, 0, 0},
      {0, 0.5, 0, INFINITY, 0},
      {0, -1, INFINITY, -INFINITY, -INFINITY},
      {-2, 2, 4, -4, NAN},
      {-2, 0, 1, 0, NAN},
      {-2, 0.5, NAN, NAN, NAN},
      {INFINITY, 0, 1, 0, INFINITY},
      {-7, 3, -343, 147, NAN},
  };
  assert_points_2("pow", wg_pow, COUNT_OF(points), points);
}

/* For a = 0 and b = 3: ∂²/∂a² = 6a, ∂²/∂a∂b and ∂²/∂b² are limits, all 0; for b = 2 the first is 2. The mixed one of a^0
 * is 1/a. */
static void pow_has_second_derivatives_at_zero(void **state) {
  (void)state;
  const struct {
    double a, b, aa, ab, bb;
  } rows[] = {{0, 3, 0, 0, 0}, {0, 2, 2, 0, 0}, {0.5, 0, 0, 2, 0.48045301391820142 /* ln² 2 */}};
  for (size_t i = 0; i < COUNT_OF(rows); i++) {
    wg_tape *tape = wg_tape_new();
    wg_node *x[] = {wg_param(tape, "a", WG_F64, WG_SCALAR), wg_param(tape, "b", WG_F64, WG_SCALAR)}, *first[2],
            *by_a[2], *by_b[2];
    wg_grad(wg_pow(x[0], x[1]), 2, x, first);
    wg_grad(first[0], 2, x, by_a);
    wg_grad(first[1], 2, x, by_b);
    assert_tape_good(tape);
    const wg_binding at[] = {{x[0], &rows[i].a}, {x[1], &rows[i].b}};
    assert_number("∂²/∂a²", rows[i].b, run_scalar(by_a[0], 2, at), rows[i].aa);
    assert_number("∂²/∂a∂b", rows[i].b, run_scalar(by_a[1], 2, at), rows[i].ab);
    assert_number("∂²/∂b∂a", rows[i].b, run_scalar(by_b[0], 2, at), rows[i].ab);
    assert_number("∂²/∂b²", rows[i].b, run_scalar(by_b[1], 2, at), rows[i].bb);
    wg_tape_free(tape);
  }
}

static void xlogy_is_nothing_for_nothing(void **state) {
  (void)state;
  const point_2 points[] = {
      {0, 0, 0, 0, NAN},
      {0, -1, 0, 0, -0.0},
      {0, INFINITY, 0, INFINITY, 0},
      {0, NAN, NAN, NAN, NAN},
      {2, 0, -INFINITY, -INFINITY, INFINITY},
      {2, -1, NAN, NAN, -2},
      {NAN, 1, NAN, 0, NAN},
  };
  assert_points_2("xlogy", wg_xlogy, COUNT_OF(points), points);
}

static void the_origin_has_an_angle_with_derivatives_and_a_length_without(void **state) {
  (void)state;
  const point_2 angles[] = {{0, 0, 0, 0, 0}, {0, 2, 0, 0.5, 0}, {2, 0, atan2(2, 0), 0, -0.5}};
  const point_2 lengths[] = {{0, 0, 0, NAN, NAN}, {0, -2, 2, 0, -1}, {INFINITY, 1, INFINITY, NAN, 0}};
  assert_points_2("atan2", wg_atan2, COUNT_OF(angles), angles);
  assert_points_2("hypot", wg_hypot, COUNT_OF(lengths), lengths);
  const double tiny = 1e-300;
  double y, by_a, by_b;
  run_2(wg_atan2, WG_F64, 1, &tiny, &tiny, &y, &by_a, &by_b); /* whose squares would be 0 */
  assert_number("atan2", tiny, by_a, 5e299);
  run_2(wg_hypot, WG_F64, 1, &(double){3e300}, &(double){4e300}, &y, &by_a, &by_b);
  assert_number("hypot", 3e300, y, 5e300);
  assert_number("hypot", 3e300, by_a, 0.6);
}

static void logaddexp_takes_infinities(void **state) {
  (void)state;
  const point_2 points[] = {
      {INFINITY, 0, INFINITY, 1, 0},         {-INFINITY, 3, 3, 0, 1},   {-INFINITY, -INFINITY, -INFINITY, NAN, NAN},
      {INFINITY, -INFINITY, INFINITY, 1, 0}, {1000, -1000, 1000, 1, 0}, {NAN, INFINITY, NAN, NAN, NAN}};
  assert_points_2("logaddexp", wg_logaddexp, COUNT_OF(points), points);
}

static void equal_numbers_share_the_derivative_of_an_extremum(void **state) {
  (void)state;
  const point_2 larger[] = {{1, 1, 1, 0.5, 0.5}, {0, -0.0, 0, 0.5, 0.5},
                            {2, 1, 2, 1, 0},     {INFINITY, INFINITY, INFINITY, 0.5, 0.5},
                            {NAN, 1, NAN, 0, 0}, {1, NAN, NAN, 0, 0}};
  const point_2 smaller[] = {
      {1, 1, 1, 0.5, 0.5}, {2, 1, 1, 0, 1}, {-INFINITY, 3, -INFINITY, 1, 0}, {NAN, 1, NAN, 0, 0}, {1, NAN, NAN, 0, 0}};
  assert_points_2("maximum", wg_maximum, COUNT_OF(larger), larger);
  assert_points_2("minimum", wg_minimum, COUNT_OF(smaller), smaller);
}

/* ---- Remainders ---- */

static void remainders_take_the_sign_of_the_divisor_or_of_what_is_divided(void **state) {
  (void)state;
  const point_2 of_c[] = {{7, 3, 1, 1, -2}, {-7, 3, -1, 1, 2},      {7, -3, 1, 1, 2},    {-7, -3, -1, 1, -2},
                          {6, 3, 0, 1, -2}, {5, INFINITY, 5, 1, 0}, {1, 0, NAN, 1, NAN}, {INFINITY, 1, NAN, 1, NAN}};
  const point_2 of_python[] = {{7, 3, 1, 1, -2},    {-7, 3, 2, 1, 3},          {7, -3, -2, 1, 3},
                               {-7, -3, -1, 1, -2}, {6, -3, 0, 1, 2},          {5, INFINITY, 5, 1, 0},
                               {1, 0, NAN, 1, NAN}, {INFINITY, 1, NAN, 1, NAN}};
  assert_points_2("fmod", wg_fmod, COUNT_OF(of_c), of_c);
  assert_points_2("remainder", wg_remainder, COUNT_OF(of_python), of_python);
  const double rest = -1e-200, divisor = 3e-200; /* whose product is no longer a number below 0 */
  double y, by_a, by_b;
  run_2(wg_remainder, WG_F64, 1, &rest, &divisor, &y, &by_a, &by_b);
  assert_number("remainder", rest, y, 2e-200);
}

/* 0.1 is a little more than 1/10, so it fits nine times into 1, though 1/0.1 rounds to 10. */
static void the_quotient_fits_the_remainder(void **state) {
  (void)state;
  const double one = 1, tenth = 0.1;
  double y, by_a, by_b;
  run_2(wg_fmod, WG_F64, 1, &one, &tenth, &y, &by_a, &by_b);
  assert_true(y == 0.09999999999999995 && by_a == 1 && by_b == -9);
  run_2(wg_remainder, WG_F64, 1, &one, &tenth, &y, &by_a, &by_b);
  assert_true(y == 0.09999999999999995 && by_a == 1 && by_b == -9);
}

/* ---- Masks, interpolation ---- */

static void masks_are_joined_as_truth_values(void **state) {
  (void)state;
  const double a[] = {0, 0, 2, -1, NAN, -0.0}, b[] = {0, 3, 0, 1, 0, NAN};
  double y[6], by_a[6], by_b[6];
  run_2(wg_logical_and, WG_F64, 6, a, b, y, by_a, by_b);
  assert_close("and", 6, y, (double[]){0, 0, 0, 1, 0, 0}, 0);
  run_2(wg_logical_or, WG_F64, 6, a, b, y, by_a, by_b);
  assert_close("or", 6, y, (double[]){0, 1, 1, 1, 1, 1}, 0);
  run_2(wg_logical_xor, WG_F64, 6, a, b, y, by_a, by_b);
  assert_close("xor", 6, y, (double[]){0, 1, 1, 0, 1, 1}, 0);
  assert_close("no derivative", 6, by_a, (double[6]){0}, 0);
}

static void lerp_goes_from_a_to_b(void **state) {
  (void)state;
  const double a[] = {1, 2, 3}, b[] = {5}, weight[] = {0, 0.25, 1};
  double y[3], by_weight[3];
  wg_tape *tape = wg_tape_new();
  wg_node *A = wg_param(tape, "A", WG_F64, WG_SHAPE(3)), *B = wg_param(tape, "B", WG_F64, WG_SCALAR);
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(3)), *node = wg_lerp(A, B, W), *grad;
  wg_grad(wg_sum_all(node), 1, &W, &grad);
  assert_tape_good(tape);
  const wg_binding values[] = {{A, a}, {B, b}, {W, weight}};
  run_node(node, 3, values, y);
  run_node(grad, 3, values, by_weight);
  assert_close("lerp", 3, y, (double[]){1, 2.75, 5}, 0);
  assert_close("by the weight", 3, by_weight, (double[]){4, 3, 2}, 0);
  wg_tape_free(tape);
}

/* ---- Shapes, errors ---- */

static void what_was_broadcast_gets_the_sum_of_its_uses(void **state) {
  (void)state;
  const double a[] = {1, 2, 3, 4, 5, 6}, b[] = {2, 3, 0.5};
  double by_b[3], expected[3] = {0};
  wg_tape *tape = wg_tape_new();
  wg_node *A = wg_param(tape, "A", WG_F64, WG_SHAPE(2, 3)), *B = wg_param(tape, "B", WG_F64, WG_SHAPE(3)), *grad;
  wg_grad(wg_sum_all(wg_pow(A, B)), 1, &B, &grad);
  assert_tape_good(tape);
  run_node(grad, 2, (wg_binding[]){{A, a}, {B, b}}, by_b);
  for (int i = 0; i < 6; i++) expected[i % 3] += pow(a[i], b[i % 3]) * log(a[i]);
  assert_close("∂B", 3, by_b, expected, 1e-15);
  wg_tape_free(tape);
}

static void what_does_not_fit_is_refused_with_a_message(void **state) {
  (void)state;
  static const char *const names[] = {"pow",       "xlogy",   "logaddexp", "atan2",       "hypot",      "fmod",
                                      "remainder", "maximum", "minimum",   "logical_and", "logical_or", "logical_xor"};
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3)), *y = wg_param(tape, "Y", WG_F64, WG_SHAPE(2, 4));
  wg_node *single = wg_param(tape, "S", WG_F32, WG_SHAPE(2, 3)), *labels = wg_input(tape, "L", WG_I64, WG_SHAPE(2, 3));
  for (size_t f = 0; f < COUNT_OF(names); f++) {
    const wg_op *op = wg_op_find(names[f]);
    assert_true(wg_node_inert(wg_apply(op, 2, (wg_node *[]){x, y}, NULL)));
    assert_tape_failed(tape, WG_ERROR_SHAPE, names[f]);
    assert_true(wg_node_inert(wg_apply(op, 2, (wg_node *[]){x, single}, NULL)));
    assert_tape_failed(tape, WG_ERROR_DTYPE, names[f]);
    assert_true(wg_node_inert(wg_apply(op, 2, (wg_node *[]){labels, labels}, NULL)));
    assert_tape_failed(tape, WG_ERROR_DTYPE, names[f]);
  }
  assert_true(wg_node_inert(wg_lerp(x, x, y)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "lerp");
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(functions_agree_with_long_double_at_extreme_pairs),
      cmocka_unit_test(a_second_power_is_the_exact_square),
      cmocka_unit_test(derivatives_are_those_of_the_calculus_book),
      cmocka_unit_test(pow_has_derivatives_at_zero),
      cmocka_unit_test(pow_has_second_derivatives_at_zero),
      cmocka_unit_test(xlogy_is_nothing_for_nothing),
      cmocka_unit_test(the_origin_has_an_angle_with_derivatives_and_a_length_without),
      cmocka_unit_test(logaddexp_takes_infinities),
      cmocka_unit_test(equal_numbers_share_the_derivative_of_an_extremum),
      cmocka_unit_test(remainders_take_the_sign_of_the_divisor_or_of_what_is_divided),
      cmocka_unit_test(the_quotient_fits_the_remainder),
      cmocka_unit_test(masks_are_joined_as_truth_values),
      cmocka_unit_test(lerp_goes_from_a_to_b),
      cmocka_unit_test(what_was_broadcast_gets_the_sum_of_its_uses),
      cmocka_unit_test(what_does_not_fit_is_refused_with_a_message),
  };
  return RUN_TESTS(tests);
}
