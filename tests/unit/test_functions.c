/* Values and derivatives of the functions of one element, against plain C and long double, at ordinary and at extreme
 * numbers. */
#include "../../engine/derivation.h"
#include "functions.h"

/* ---- The C math library ---- */

static const long double pi = 3.14159265358979323846264338328L;

#define SLOPE(name, formula)                                                                                           \
  static long double name##_slope(long double x) { return formula; }
SLOPE(expm1, expl(x))
SLOPE(log1p, 1 / (1 + x))
SLOPE(exp2, logl(2) * exp2l(x))
SLOPE(log2, 1 / (x * logl(2)))
SLOPE(log10, 1 / (x * logl(10)))
SLOPE(reciprocal, -1 / (x * x))
SLOPE(rsqrt, -powl(1 / sqrtl(x), 3) / 2)
SLOPE(cbrt, 1 / (3 * cbrtl(x) * cbrtl(x)))
SLOPE(sin, cosl(x))
SLOPE(cos, -sinl(x))
SLOPE(tan, 1 / (cosl(x) * cosl(x)))
SLOPE(asin, 1 / sqrtl(1 - x * x))
SLOPE(acos, -1 / sqrtl(1 - x * x))
SLOPE(atan, 1 / (1 + x * x))
SLOPE(sinh, coshl(x))
SLOPE(cosh, sinhl(x))
SLOPE(asinh, 1 / sqrtl(x * x + 1))
SLOPE(acosh, 1 / sqrtl(x * x - 1))
SLOPE(atanh, 1 / (1 - x * x))
SLOPE(erf, 2 / sqrtl(pi) * expl(-x * x))
SLOPE(erfc, -2 / sqrtl(pi) * expl(-x * x))
SLOPE(abs, x<0 ? -1 : x> 0)

static long double reciprocall(long double x) { return 1 / x; }
static long double rsqrtl(long double x) { return 1 / sqrtl(x); }

#define ENTRY(name)                                                                                                    \
  { #name, wg_##name, name##l, name##_slope }
static const struct {
  const char *name;
  function_1 *f;
  long double (*expected)(long double x), (*slope)(long double x);
} functions[] = {
    ENTRY(expm1), ENTRY(log1p),
    ENTRY(exp2),  ENTRY(log2),
    ENTRY(log10), ENTRY(reciprocal),
    ENTRY(rsqrt), ENTRY(cbrt),
    ENTRY(sin),   ENTRY(cos),
    ENTRY(tan),   ENTRY(asin),
    ENTRY(acos),  ENTRY(atan),
    ENTRY(sinh),  ENTRY(cosh),
    ENTRY(asinh), ENTRY(acosh),
    ENTRY(atanh), ENTRY(erf),
    ENTRY(erfc),  {"abs", wg_abs, fabsl, abs_slope},
};

static void functions_agree_with_long_double_at_extreme_numbers(void **state) {
  (void)state;
  double y[COUNT_OF(extremes)];
  for (size_t f = 0; f < COUNT_OF(functions); f++) {
    run_1(functions[f].f, WG_F64, COUNT_OF(extremes), extremes, 0, (double *[ORDERS_MAX]){y});
    for (size_t i = 0; i < COUNT_OF(extremes); i++)
      assert_number(functions[f].name, extremes[i], y[i], (double)functions[f].expected(extremes[i]));
  }
}

static void functions_agree_in_f32_too(void **state) {
  (void)state;
  double y[COUNT_OF(extremes)];
  for (size_t f = 0; f < COUNT_OF(functions); f++) {
    run_1(functions[f].f, WG_F32, COUNT_OF(extremes), extremes, 0, (double *[ORDERS_MAX]){y});
    for (size_t i = 0; i < COUNT_OF(extremes); i++) {
      float x = (float)extremes[i];
      double expected = (double)(float)functions[f].expected((long double)x);
      assert_number_within(4, functions[f].name, (double)x, y[i], expected, WG_F32);
    }
  }
}

static void derivatives_agree_with_long_double(void **state) {
  (void)state;
  double y[ORDINARY], slope[ORDINARY];
  for (size_t f = 0; f < COUNT_OF(functions); f++) {
    run_1(functions[f].f, WG_F64, ORDINARY, extremes, 1, (double *[ORDERS_MAX]){y, slope});
    for (int i = 0; i < ORDINARY; i++) {
      /* exp(−x²) has the error of x², which is x² units large */
      double units = extremes[i] * extremes[i] < 1000 ? 8 + extremes[i] * extremes[i] : 8;
      assert_number_within(units, functions[f].name, extremes[i], slope[i], (double)functions[f].slope(extremes[i]),
                           WG_F64);
    }
  }
}

static void small_differences_keep_their_digits(void **state) {
  (void)state;
  const double x[] = {1e-20, -40};
  double y[2], slope[2];
  run_1(wg_expm1, WG_F64, 2, x, 1, (double *[ORDERS_MAX]){y, slope});
  assert_true(y[0] == 1e-20);
  assert_number("expm1'", -40, slope[1], 4.248354255291589e-18); /* e^(−40); expm1(−40) + 1 is 0 */
  run_1(wg_log1p, WG_F64, 1, x, 0, (double *[ORDERS_MAX]){y});
  assert_true(y[0] == 1e-20);
  run_1(wg_erfc, WG_F64, 1, (double[]){10}, 0, (double *[ORDERS_MAX]){y});
  assert_number("erfc", 10, y[0], 2.088487583762544757e-45);
}

static wg_node *sine_of_cube(wg_node *x) { return wg_sin(wg_power(x, 3)); }

static void derivatives_of_higher_order_are_those_of_the_calculus_book(void **state) {
  (void)state;
  double out[7];
  double *const orders[ORDERS_MAX] = {&out[0], &out[1], &out[2], &out[3], &out[4], &out[5], &out[6]};
  const double x = 0.75;
  run_1(wg_sin, WG_F64, 1, &x, 6, orders);
  const double circle[] = {sin(x), cos(x), -sin(x), -cos(x), sin(x), cos(x), -sin(x)};
  for (int k = 0; k <= 6; k++) assert_number("sin, derivative", k, out[k], circle[k]);
  run_1(wg_reciprocal, WG_F64, 1, &x, 6, orders);
  for (int k = 0; k <= 6; k++) /* (−1)^k k! x^(−k−1) */
    assert_number_within(16, "1/x, derivative", k, out[k], (k % 2 ? -1 : 1) * tgamma(k + 1) * pow(x, -k - 1), WG_F64);
  run_1(wg_exp2, WG_F64, 1, &x, 6, orders);
  for (int k = 0; k <= 6; k++) assert_number_within(16, "2^x, derivative", k, out[k], pow(log(2), k) * exp2(x), WG_F64);
  run_1(wg_atan, WG_F64, 1, &x, 3, orders);
  double u = 1 + x * x;
  assert_number_within(16, "atan''", x, out[2], -2 * x / (u * u), WG_F64);
  assert_number_within(16, "atan'''", x, out[3], (6 * x * x - 2) / (u * u * u), WG_F64);
  run_1(sine_of_cube, WG_F64, 1, &x, 2, orders);
  double cube = x * x * x;
  assert_number_within(16, "sin(x³)''", x, out[2], 6 * x * cos(cube) - 9 * cube * x * sin(cube), WG_F64);
}

/* ---- Kinks and poles ---- */

static void abs_has_no_slope_at_zero_and_sign_none_anywhere(void **state) {
  (void)state;
  const point_1 absolute[] = {
      {0, 0, 0}, {-0.0, 0, 0}, {4.9e-324, 4.9e-324, 1}, {-2, 2, -1}, {-INFINITY, INFINITY, -1}, {NAN, NAN, NAN}};
  const point_1 sign[] = {{0, 0, 0}, {3, 1, 0}, {-4.9e-324, -1, 0}, {INFINITY, 1, 0}, {NAN, NAN, 0}};
  assert_points_1("abs", wg_abs, COUNT_OF(absolute), absolute);
  assert_points_1("sign", wg_sign, COUNT_OF(sign), sign);
}

static void rounding_takes_halves_to_the_even_number(void **state) {
  (void)state;
  const double x[] = {0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2251799813685249.5, 1e300, 0.7, -0.7};
  const double even[] = {0, 2, 2, 0, -2, -2, 0, 2251799813685250, 1e300, 1, -1};
  const double down[] = {0, 1, 2, -1, -2, -3, 0, 2251799813685249, 1e300, 0, -1};
  const double up[] = {1, 2, 3, 0, -1, -2, 1, 2251799813685250, 1e300, 1, 0};
  const double inward[] = {0, 1, 2, 0, -1, -2, 0, 2251799813685249, 1e300, 0, 0};
  for (size_t i = 0; i < COUNT_OF(x); i++) {
    assert_points_1("round", wg_round, 1, &(point_1){x[i], even[i], 0});
    assert_points_1("floor", wg_floor, 1, &(point_1){x[i], down[i], 0});
    assert_points_1("ceil", wg_ceil, 1, &(point_1){x[i], up[i], 0});
    assert_points_1("trunc", wg_trunc, 1, &(point_1){x[i], inward[i], 0});
  }
  function_1 *const all[] = {wg_round, wg_floor, wg_ceil, wg_trunc};
  for (int f = 0; f < 4; f++)
    assert_points_1("rounding", all[f], 3,
                    (point_1[]){{INFINITY, INFINITY, 0}, {-INFINITY, -INFINITY, 0}, {NAN, NAN, 0}});
}

static wg_node *between(wg_node *x) { return wg_clamp(x, -1, 2); }
static wg_node *at_least(wg_node *x) { return wg_clamp(x, -1, INFINITY); }
static wg_node *at_most(wg_node *x) { return wg_clamp(x, -INFINITY, 2); }
static wg_node *crossed(wg_node *x) { return wg_clamp(x, 2, -1); }

static void clamp_has_its_slope_at_both_ends(void **state) {
  (void)state;
  const point_1 both[] = {{-1.5, -1, 0}, {-1, -1, 1},      {0, 0, 1},    {2, 2, 1},
                          {2.5, 2, 0},   {INFINITY, 2, 0}, {NAN, NAN, 0}};
  const point_1 low[] = {{-1.5, -1, 0}, {-1, -1, 1}, {2.5, 2.5, 1}, {INFINITY, INFINITY, 1}};
  const point_1 high[] = {{-INFINITY, -INFINITY, 1}, {2, 2, 1}, {2.5, 2, 0}};
  const point_1 none[] = {{-3, -1, 0}, {0, -1, 0}, {3, -1, 0}};
  assert_points_1("clamp", between, COUNT_OF(both), both);
  assert_points_1("clamp from below", at_least, COUNT_OF(low), low);
  assert_points_1("clamp from above", at_most, COUNT_OF(high), high);
  assert_points_1("clamp with low > high", crossed, COUNT_OF(none), none);
}

static void roots_and_logarithms_end_in_poles(void **state) {
  (void)state;
  assert_points_1("reciprocal", wg_reciprocal, 3,
                  (point_1[]){{0, INFINITY, -INFINITY}, {-0.0, -INFINITY, -INFINITY}, {INFINITY, 0, 0}});
  assert_points_1("rsqrt", wg_rsqrt, 2, (point_1[]){{0, INFINITY, -INFINITY}, {-1, NAN, NAN}});
  assert_points_1("cbrt", wg_cbrt, 2, (point_1[]){{0, 0, INFINITY}, {-8, -2, 1.0 / 12}});
  assert_points_1("log1p", wg_log1p, 1, (point_1[]){{-1, -INFINITY, INFINITY}});
  assert_points_1("log2", wg_log2, 1, (point_1[]){{0, -INFINITY, INFINITY}});
  assert_points_1("asin", wg_asin, 1, (point_1[]){{1, asin(1), INFINITY}});
  assert_points_1("acosh", wg_acosh, 1, (point_1[]){{1, 0, INFINITY}});
  assert_points_1("atanh", wg_atanh, 1, (point_1[]){{1, INFINITY, INFINITY}});
}

/* ---- Masks ---- */

static void masks_tell_what_is_no_number(void **state) {
  (void)state;
  const double x[] = {0, 1e300, INFINITY, -INFINITY, NAN, 4.9e-324};
  const double nan[] = {0, 0, 0, 0, 1, 0}, infinite[] = {0, 0, 1, 1, 0, 0}, finite[] = {1, 1, 0, 0, 0, 1};
  double y[6];
  for (int dtype = WG_F32; dtype <= WG_F64; dtype++) {
    const double values[] = {x[0], dtype == WG_F32 ? 1e30 : x[1], x[2], x[3], x[4], dtype == WG_F32 ? 1e-40 : x[5]};
    run_1(wg_is_nan, (wg_dtype)dtype, 6, values, 0, (double *[ORDERS_MAX]){y});
    assert_memory_equal(y, nan, sizeof y);
    run_1(wg_is_inf, (wg_dtype)dtype, 6, values, 0, (double *[ORDERS_MAX]){y});
    assert_memory_equal(y, infinite, sizeof y);
    run_1(wg_is_finite, (wg_dtype)dtype, 6, values, 0, (double *[ORDERS_MAX]){y});
    assert_memory_equal(y, finite, sizeof y);
  }
  assert_points_1("not", wg_logical_not, 4, (point_1[]){{0, 1, 0}, {-0.0, 1, 0}, {0.5, 0, 0}, {NAN, 0, 0}});
}

/* ---- stop_gradient ---- */

static wg_node *half_of_square(wg_node *x) { return wg_mul(x, wg_stop_gradient(x)); }
static wg_node *straight_through(wg_node *x) { return wg_add(x, wg_stop_gradient(wg_sub(wg_round(x), x))); }

static void stop_gradient_makes_a_constant_of_what_it_is_given(void **state) {
  (void)state;
  const double x[] = {3, -0.7};
  double y[2], slope[2], curvature[2];
  run_1(half_of_square, WG_F64, 2, x, 2, (double *[ORDERS_MAX]){y, slope, curvature});
  assert_close("x·stop(x)", 2, y, (double[]){9, 0.49}, 1e-15);
  assert_close("its derivative", 2, slope, x, 0);
  assert_close("and the second", 2, curvature, (double[]){0, 0}, 0); /* the first is stop(x) */
  run_1(straight_through, WG_F64, 2, x, 1, (double *[ORDERS_MAX]){y, slope});
  assert_close("rounded", 2, y, (double[]){3, -1}, 1e-15);
  assert_close("straight through", 2, slope, (double[]){1, 1}, 0);
}

static void stop_gradient_copies_nothing_and_takes_integers(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const double x[] = {1, 2, 3, 4, 5, 6};
  const int64_t labels[] = {7, 8};
  double y[6];
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3)), *L = wg_input(tape, "L", WG_I64, WG_SHAPE(2));
  wg_node *stopped = wg_stop_gradient(wg_transpose(X)), *grad;
  run_node(stopped, 1, &(wg_binding){X, x}, y);
  assert_close("transposed", 6, y, (double[]){1, 4, 2, 5, 3, 6}, 0);
  run_node(wg_stop_gradient(L), 1, &(wg_binding){L, labels}, y);
  assert_close("labels", 2, y, (double[]){7, 8}, 0);
  wg_plan *plan = wg_plan_new(1, (wg_node *[]){wg_neg(stopped)});
  assert_int_equal(wg_plan_step_count(plan), 1);
  wg_plan_free(plan);
  wg_grad(wg_sum_all(stopped), 1, &X, &grad);
  assert_ptr_equal(grad, wg_fill(tape, WG_F64, WG_SHAPE(2, 3), 0));
  assert_tape_good(tape);
  wg_tape_free(tape);
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

static void formulas_read_as_in_the_calculus_book(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_param(tape, "Z", WG_F64, WG_SHAPE(3, 4)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(3, 4));
  assert_formula(wg_mul(Y, wg_reciprocal(wg_add(Z, Y))), "Y ⊙ 1 / (Z + Y)", "Y * 1 / (Z + Y)",
                 "Y \\odot \\frac{1}{Z + Y}");
  assert_formula(wg_exp2(wg_neg(Z)), "2^(−Z)", "2^(-Z)", "2^{-Z}");
  assert_formula(wg_pow(wg_add(Z, Y), wg_pow(Z, Y)), "(Z + Y)^(Z^Y)", "(Z + Y)^(Z^Y)", "(Z + Y)^{Z^{Y}}");
  assert_formula(wg_abs(wg_sub(Z, Y)), "|Z − Y|", "|Z - Y|", "\\lvert Z - Y \\rvert");
  assert_formula(wg_floor(Z), "⌊Z⌋", "floor(Z)", "\\lfloor Z \\rfloor");
  assert_formula(wg_asin(Z), "arcsin(Z)", "asin(Z)", "\\arcsin(Z)");
  assert_formula(wg_polygamma(Z, 2), "ψ^(2)(Z)", "polygamma(2, Z)", "\\psi^{(2)}(Z)");
  assert_formula(wg_clamp(Z, -1, 2), "min(max(Z, −1), 2)", "min(max(Z, -1), 2)", "\\min(\\max(Z, -1), 2)");
  assert_formula(wg_clamp(Z, -INFINITY, 2), "min(Z, 2)", "min(Z, 2)", "\\min(Z, 2)");
  assert_formula(wg_clamp(Z, 0, INFINITY), "max(Z, 0)", "max(Z, 0)", "\\max(Z, 0)");
  assert_formula(wg_logical_not(wg_logical_and(Z, Y)), "¬[Z ∧ Y]", "not [Z and Y]", "\\lnot [Z \\land Y]");
  assert_formula(wg_xlogy(Y, Z), "Y ⊙ ln(Z)", "Y * ln(Z)", "Y \\odot \\ln(Z)");
  wg_tape_free(tape);
}

static void a_mean_divides_last(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_param(tape, "Z", WG_F64, WG_SHAPE(3, 4)), *grad;
  wg_grad(wg_mean_all(wg_log(Z)), 1, &Z, &grad);
  assert_formula(grad, "1 / Z / 12", "1 / Z / 12", "\\frac{\\frac{1}{Z}}{12}");
  wg_grad(wg_neg(wg_mean_all(wg_atan(Z))), 1, &Z, &grad);
  assert_formula(grad, "−1 / (1 + Z²) / 12", "-1 / (1 + Z^2) / 12", "\\frac{\\frac{-1}{1 + Z^{2}}}{12}");
  assert_tape_good(tape);
  wg_tape_free(tape);
}

/* ---- Errors ---- */

static const char *const names[] = {"expm1",  "log1p",   "exp2",      "log2",   "log10",  "reciprocal", "rsqrt",
                                    "cbrt",   "sin",     "cos",       "tan",    "asin",   "acos",       "atan",
                                    "sinh",   "cosh",    "asinh",     "acosh",  "atanh",  "erf",        "erfc",
                                    "lgamma", "digamma", "polygamma", "abs",    "sign",   "floor",      "ceil",
                                    "trunc",  "round",   "clamp",     "is_nan", "is_inf", "is_finite",  "logical_not"};

static void every_function_refuses_integers(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *labels = wg_input(tape, "L", WG_I64, WG_SHAPE(2, 3));
  for (size_t f = 0; f < COUNT_OF(names); f++) {
    assert_true(wg_node_inert(wg_apply(wg_op_find(names[f]), 1, &labels, NULL)));
    assert_tape_failed(tape, WG_ERROR_DTYPE, names[f]);
  }
  wg_tape_free(tape);
}

static void bounds_that_are_no_numbers_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3));
  assert_true(wg_node_inert(wg_clamp(x, NAN, 1)));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "clamp: X (2,3): a bound is NaN");
  assert_true(wg_node_inert(wg_clamp(x, 0, NAN)));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "a bound is NaN");
  wg_tape_free(tape);
}

static void equal_calls_are_one_node(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2));
  assert_ptr_equal(wg_sin(x), wg_apply(wg_op_find("sin"), 1, &x, NULL));
  assert_ptr_equal(wg_polygamma(x, 0), wg_digamma(x));
  assert_ptr_equal(wg_polygamma(x, 1), wg_apply(wg_op_find("polygamma"), 1, &x, NULL));
  assert_ptr_equal(wg_clamp(x, -INFINITY, INFINITY), wg_apply(wg_op_find("clamp"), 1, &x, NULL));
  assert_ptr_equal(wg_stop_gradient(x), wg_stop_gradient(x));
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(functions_agree_with_long_double_at_extreme_numbers),
      cmocka_unit_test(functions_agree_in_f32_too),
      cmocka_unit_test(derivatives_agree_with_long_double),
      cmocka_unit_test(small_differences_keep_their_digits),
      cmocka_unit_test(derivatives_of_higher_order_are_those_of_the_calculus_book),
      cmocka_unit_test(abs_has_no_slope_at_zero_and_sign_none_anywhere),
      cmocka_unit_test(rounding_takes_halves_to_the_even_number),
      cmocka_unit_test(clamp_has_its_slope_at_both_ends),
      cmocka_unit_test(roots_and_logarithms_end_in_poles),
      cmocka_unit_test(masks_tell_what_is_no_number),
      cmocka_unit_test(stop_gradient_makes_a_constant_of_what_it_is_given),
      cmocka_unit_test(stop_gradient_copies_nothing_and_takes_integers),
      cmocka_unit_test(formulas_read_as_in_the_calculus_book),
      cmocka_unit_test(a_mean_divides_last),
      cmocka_unit_test(every_function_refuses_integers),
      cmocka_unit_test(bounds_that_are_no_numbers_are_refused),
      cmocka_unit_test(equal_calls_are_one_node),
  };
  return RUN_TESTS(tests);
}
