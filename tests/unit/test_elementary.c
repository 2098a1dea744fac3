/* The vector functions: within 2 ulp of functions of wider numbers, exact at the ends, with fused multiply-add and without; and
 * the same bits wherever an element stands in a loop and however long the loop is. */
#include "../support.h"

#include "../../ops/elementary.h"

#include <float.h>

enum { SAMPLES = 200000, STRIDE = 4099 }; /* of all 2^32 floats every so many */

typedef struct function {
  const char *name;
  float (*narrow)(float, bool);
  double (*wide)(double, bool);
  double (*exact)(double);
  long double (*more_exact)(long double);
  wg_node *(*node)(wg_node *);
  double low, high; /* where most of the f64 samples are */
} function;

static double sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static long double sigmoid_long(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }

static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static long double softplus_long(long double x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }
static float softplus_f32(float x, bool fused) { return (x > 0 ? x : 0) + wg_log1p_exp_f32(-fabsf(x), fused); }
static double softplus_f64(double x, bool fused) { return (x > 0 ? x : 0) + wg_log1p_exp_f64(-fabs(x), fused); }

static const function functions[] = {
    {"erf", wg_erf_f32, wg_erf_f64, erf, erfl, wg_erf, -3, 3},
    {"exp", wg_exp_f32, wg_exp_f64, exp, expl, wg_exp, -750, 711},
    {"expm1", wg_expm1_f32, wg_expm1_f64, expm1, expm1l, wg_expm1, -2, 2},
    {"log", wg_log_f32, wg_log_f64, log, logl, wg_log, 0, 3},
    {"log1p", wg_log1p_f32, wg_log1p_f64, log1p, log1pl, wg_log1p, -1, 2},
    {"sigmoid", wg_sigmoid_f32, wg_sigmoid_f64, sigmoid, sigmoid_long, wg_sigmoid, -40, 40},
    {"softplus", softplus_f32, softplus_f64, softplus, softplus_long, wg_softplus, -40, 40},
    {"tanh", wg_tanh_f32, wg_tanh_f64, tanh, tanhl, wg_tanh, -2, 2},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* |y − exact| in units of the last place of a type with so many digits and so small a least exponent. */
static long double ulps(long double y, long double exact, int digits, int least) {
  int exponent;
  if (isnan(exact)) return isnan(y) ? 0 : (long double)INFINITY;
  if (y == exact) return 0;
  if (isinf(y) || isinf(exact) || isnan(y)) return (long double)INFINITY;
  frexpl(exact, &exponent);
  return fabsl(y - exact) / ldexpl(1, exponent < least ? least - digits : exponent - digits);
}

static void every_float_is_within_2_ulp(void **state) {
  (void)state;
  for (int f = 0; f < FUNCTIONS; f++)
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += STRIDE) {
      const float x = wg_of_bits_f32((uint32_t)bits);
      double exact = functions[f].exact((double)x);
      if ((double)(float)exact != exact && isinf((float)exact)) exact = (double)(float)exact;
      for (int fused = 0; fused <= 1; fused++) {
        const float y = functions[f].narrow(x, fused);
        if (!(ulps((long double)y, (long double)exact, FLT_MANT_DIG, FLT_MIN_EXP) <= 2))
          fail_msg("%s(%a) is %a, expected %a", functions[f].name, (double)x, (double)y, exact);
      }
    }
}

/* Which has no vector form in f64. */
static void erfc_of_every_float_is_within_1_ulp(void **state) {
  (void)state;
  for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += STRIDE)
    for (int fused = 0; fused <= 1; fused++) {
      const float x = wg_of_bits_f32((uint32_t)bits), y = wg_erfc_f32(x, fused);
      const long double exact = erfcl((long double)x);
      if (!(ulps((long double)y, exact, FLT_MANT_DIG, FLT_MIN_EXP) <= 1))
        fail_msg("erfc(%a) is %a, expected %La", (double)x, (double)y, exact);
    }
}

static void doubles_are_within_2_ulp(void **state) {
  (void)state;
  double *x = new_f64(SAMPLES);
  for (int f = 0; f < FUNCTIONS; f++) {
    fill_f64(x, SAMPLES, functions[f].low, functions[f].high, 7);
    for (int k = 0; k < SAMPLES; k++) {
      uint64_t bits = (uint64_t)k * UINT64_C(0x9e3779b97f4a7c15);
      const double at = k % 4 ? x[k] : wg_of_bits_f64(bits);
      long double exact = functions[f].more_exact((long double)at);
      if (isinf((double)exact)) exact = (long double)(double)exact;
      for (int fused = 0; fused <= 1; fused++) {
        const double y = functions[f].wide(at, fused);
        if (!(ulps((long double)y, exact, DBL_MANT_DIG, DBL_MIN_EXP) <= 2.01L))
          fail_msg("%s(%a) is %a, expected %La", functions[f].name, at, y, exact);
      }
    }
  }
  free(x);
}

/* Zeros keep their sign, ends are where they are for the C library, and next to 0 nothing is lost. */
static void special_numbers_are_those_of_the_library(void **state) {
  (void)state;
  const double special[] = {0.0,      -0.0,         INFINITY,     -INFINITY,    NAN,           -1,
                            1,        DBL_MAX,      -DBL_MAX,     DBL_TRUE_MIN, -DBL_TRUE_MIN, FLT_MAX,
                            -FLT_MAX, FLT_TRUE_MIN, -FLT_TRUE_MIN};
  for (int k = 0; k < 2 * FUNCTIONS * (int)(sizeof special / sizeof *special); k++) {
    const function *f = &functions[k / 2 % FUNCTIONS];
    const double x = special[k / 2 / FUNCTIONS], y = f->wide(x, k % 2), expected = f->exact(x);
    const float narrow = f->narrow((float)x, k % 2), narrow_expected = (float)f->exact((double)(float)x);
    const long double most = fabs(x) < 1 ? 0 : 2;
    if (!(ulps((long double)y, (long double)expected, DBL_MANT_DIG, DBL_MIN_EXP) <= most) ||
        (!isnan(expected) && !signbit(y) != !signbit(expected)))
      fail_msg("%s(%g) is %g, expected %g", f->name, x, y, expected);
    if (!(ulps((long double)narrow, (long double)narrow_expected, FLT_MANT_DIG, FLT_MIN_EXP) <= most) ||
        (!isnan(narrow_expected) && !signbit(narrow) != !signbit(narrow_expected)))
      fail_msg("%s(%g) in f32 is %g, expected %g", f->name, x, (double)narrow, (double)narrow_expected);
  }
}

/* The values of a function at n numbers, as a row or as a column of a matrix of two, whose elements are not dense. */
static void run_function(const function *f, wg_dtype dtype, int n, const double *x, bool dense, double *y) {
  enum { MOST = 256 };
  float narrow[MOST];
  wg_tape *tape = wg_tape_new();
  for (int k = 0; k < n; k++) narrow[k] = (float)x[k];
  wg_node *row = wg_constant(tape, dtype, WG_SHAPE(1, n), dtype == WG_F32 ? (const void *)narrow : (const void *)x);
  wg_node *column = wg_select(wg_concat(2, (wg_node *[]){wg_transpose(row), wg_transpose(row)}, 1), 1, 1);
  run_node(f->node(dense ? wg_reshape(row, WG_SHAPE(n)) : column), 0, NULL, y);
  wg_tape_free(tape);
}

/* First, last, in a vector or behind the last one. */
static void an_element_has_the_same_bits_in_loops_of_any_length(void **state) {
  (void)state;
  enum { MOST = 67 };
  double x[MOST], alone[MOST], y[MOST];
  fill_f64(x, MOST, 0.01, 3, 5);
  for (int f = 0; f < FUNCTIONS; f++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (int n = 1; n <= MOST; n++) {
        run_function(&functions[f], dtype, 1, x + n - 1, true, alone + n - 1);
        for (int dense = 0; dense <= 1; dense++) {
          run_function(&functions[f], dtype, n, x, dense, y);
          for (int k = 0; k < n; k++)
            if (y[k] != alone[k]) fail_msg("%s(%a) is %a and %a", functions[f].name, x[k], y[k], alone[k]);
        }
      }
}

/* Wherever it and the remainder are normal numbers. */
static void a_quotient_by_the_reciprocal_is_that_of_the_processor(void **state) {
  (void)state;
  const int64_t counts[] = {1, 2, 3, 5, 7, 10, 75, 128, 255, 300, 1000, 60000, 65535, 65537, (1 << 22) - 1, 1 << 22};
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
    const float p = (float)counts[c], q = (float)(1 / (double)p);
    for (uint64_t bits = 0; bits < UINT64_C(1) << 32; bits += STRIDE) {
      const float x = wg_of_bits_f32((uint32_t)bits), exact = x / p, y = wg_quotient_f32(x, p, q, true);
      if (isnan(exact) ? !isnan(y) : wg_bits_f32(y) != wg_bits_f32(exact) && !(fabsf(exact) < 0x1p-100F))
        fail_msg("%a / %a is %a, expected %a", (double)x, (double)p, (double)y, (double)exact);
      if (fabsf(exact) < 0x1p-100F) assert_true(ulps(y, exact, FLT_MANT_DIG, FLT_MIN_EXP) <= 2);
      assert_true(isnan(exact) || wg_quotient_f32(x, p, q, false) == exact);
    }
    for (int sign = -1; sign <= 1; sign += 2) {
      assert_int_equal(wg_bits_f32(wg_quotient_f32((float)sign * 0.0F, p, q, true)), wg_bits_f32((float)sign * 0.0F));
      assert_true(wg_quotient_f32((float)sign * (float)INFINITY, p, q, true) == (float)sign * (float)INFINITY);
      assert_true(wg_quotient_f64(sign * (double)INFINITY, p, 1 / (double)p, true) == sign * (double)INFINITY);
    }
  }
  double *x = random_f64(SAMPLES, -1, 1, 5), *size = random_f64(SAMPLES, 0, 1, 6);
  for (int i = 0; i < SAMPLES; i++) {
    const double p = 1 + floor(ldexp(size[i], i % 52)), dividend = ldexp(x[i], i % 1024 - 500);
    if (wg_quotient_f64(dividend, p, 1 / p, true) != dividend / p) fail_msg("%a / %a is wrong", dividend, p);
  }
  free(x);
  free(size);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_float_is_within_2_ulp),
      cmocka_unit_test(erfc_of_every_float_is_within_1_ulp),
      cmocka_unit_test(doubles_are_within_2_ulp),
      cmocka_unit_test(special_numbers_are_those_of_the_library),
      cmocka_unit_test(a_quotient_by_the_reciprocal_is_that_of_the_processor),
      cmocka_unit_test(an_element_has_the_same_bits_in_loops_of_any_length),
  };
  return RUN_TESTS(tests);
}
