/* Functions of one number at every one of the 2^32 floats, against the C library in double precision: the worst error in units
 * in the last place, the float at which, and how many results are not the nearest float.
 * Usage: every_float [FUNCTION …]; some minutes each. Not part of any test run. */
#include "../../engine/plan.h"
#include "../../ops/ops.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- What they are, in double precision ---- */

static double sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double softplus(double x) { return x != x ? x : fmax(x, 0) + log1p(exp(-fabs(x))); }
static double log_sigmoid(double x) { return -softplus(-x); }
static double silu(double x) { return x == -INFINITY ? 0 : x * sigmoid(x); }
static double gelu(double x) { return x == -INFINITY ? 0 : x / 2 * erfc(-x / sqrt(2)); }
static double reciprocal(double x) { return 1 / x; }
static double rsqrt(double x) { return 1 / sqrt(x); }
/* x³/3 − 2x⁵/15 + 17x⁷/315 − 62x⁹/2835 near 0, where the difference loses digits in double precision too */
static double tanh_shrink(double x) {
  const double s = x * x;
  return fabs(x) < 0.02 ? x * s * (1.0 / 3 - s * (2.0 / 15 - s * (17.0 / 315 - s * (62.0 / 2835)))) : x - tanh(x);
}

static const struct {
  const char *name;
  double (*exact)(double x);
} functions[] = {
    {"exp", exp},
    {"expm1", expm1},
    {"exp2", exp2},
    {"log", log},
    {"log1p", log1p},
    {"log2", log2},
    {"log10", log10},
    {"tanh", tanh},
    {"sigmoid", sigmoid},
    {"erf", erf},
    {"erfc", erfc},
    {"softplus", softplus},
    {"silu", silu},
    {"gelu", gelu},
    {"log_sigmoid", log_sigmoid},
    {"sqrt", sqrt},
    {"rsqrt", rsqrt},
    {"reciprocal", reciprocal},
    {"cbrt", cbrt},
    {"sinh", sinh},
    {"cosh", cosh},
    {"asinh", asinh},
    {"acosh", acosh},
    {"atanh", atanh},
    {"sin", sin},
    {"cos", cos},
    {"tan", tan},
    {"asin", asin},
    {"acos", acos},
    {"atan", atan},
    {"tanh_shrink", tanh_shrink},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* ---- Errors ---- */

/* The distance of the floats around y. */
static double ulp_at(double y) {
  const double size = fabs(y) < (double)FLT_MIN ? (double)FLT_MIN : fabs(y);
  return ldexp(1, ilogb(size) - 23);
}

/* In ulp, where `got` is not the float nearest to exact; INFINITY if one of them is NaN or infinite and the other is not. */
static double error_of(float got, double exact) {
  const bool finite = isfinite(got) && fabs(exact) < 0x1.ffffffp127; /* what is beyond rounds to infinity */
  return finite ? fabs((double)got - exact) / ulp_at(exact) : INFINITY;
}

enum { BLOCK = 1 << 16 };

static float x[BLOCK];

static int function_check(const char *name, double (*exact)(double x)) {
  wg_tape *tape = wg_tape_new();
  wg_node *in = wg_input(tape, "x", WG_F32, WG_SHAPE(BLOCK)), *out = wg_apply(wg_op_find(name), 1, &in, NULL);
  wg_plan *plan = wg_plan_new(1, &out);
  double worst = 0.5;
  float worst_at = 0, worst_got = 0;
  uint64_t not_nearest = 0;
  const clock_t begin = clock();
  wg_bind(plan, in, x);
  for (uint64_t first = 0; first < UINT64_C(1) << 32; first += BLOCK) {
    for (uint32_t k = 0; k < BLOCK; k++) memcpy(&x[k], &(uint32_t){(uint32_t)first + k}, sizeof *x);
    if (wg_run(plan) != WG_OK) {
      fprintf(stderr, "%s: %s\n", name, wg_plan_error(plan));
      return 1;
    }
    const float *y = wg_data(plan, out);
    for (int k = 0; k < BLOCK; k++) {
      const double right = exact((double)x[k]);
      const float nearest = (float)right;
      if (y[k] == nearest || (isnan(y[k]) && isnan(nearest))) continue;
      const double error = error_of(y[k], right);
      not_nearest++;
      if (error > worst) worst = error, worst_at = x[k], worst_got = y[k];
    }
  }
  printf("%-12s %7.3f ulp at %-16a is %-16a %6.3f %% not the nearest %5.0f s\n", name, worst, (double)worst_at,
         (double)worst_got, 100 * (double)not_nearest / 0x1p32, (double)(clock() - begin) / CLOCKS_PER_SEC);
  fflush(stdout);
  wg_plan_free(plan);
  wg_tape_free(tape);
  return 0;
}

int main(int argc, char **argv) {
  int failed = 0;
  for (int f = 0; f < FUNCTIONS; f++) {
    bool asked = argc < 2;
    for (int k = 1; k < argc; k++) asked = asked || !strcmp(argv[k], functions[f].name);
    if (asked) failed |= function_check(functions[f].name, functions[f].exact);
  }
  return failed;
}
