/* gamma.c: the logarithm of the gamma function, and its derivatives of every order.
 *
 *     y = ln|Γ(x)|        ∂x = ∂y ⊙ ψ(x)
 *     y = ψ(x)            ∂x = ∂y ⊙ ψ'(x)
 *     y = ψ^(n)(x)        ∂x = ∂y ⊙ ψ^(n+1)(x)
 *
 * Numbers and formulas: Abramowitz & Stegun, Handbook of Mathematical Functions, 6.3, 6.4 and 23.1.30. */
#if defined __linux__
#define _DEFAULT_SOURCE /* lgamma_r; NOLINT(bugprone-reserved-identifier): the name is the C library's */
#endif
#include "function.h"

#include <math.h>

/* ---- ψ(x) ---- */

static const double pi = 3.14159265358979323846;

/* For x > 0: by ψ(x) = ψ(x + 1) − 1/x (6.3.5) to where the asymptotic series (6.3.18) has all digits of f64. */
static double digamma_right(double x) {
  double sum = 0;
  for (; x < 10; x += 1) sum -= 1 / x;
  double u = 1 / (x * x);
  double series = 1.0 / 132 - u * (691.0 / 32760 - u / 12);
  series = u * (1.0 / 12 - u * (1.0 / 120 - u * (1.0 / 252 - u * (1.0 / 240 - u * series))));
  return sum + wg_log_f64(x, false) - 1 / (2 * x) - series;
}

/* To the left of 0: ψ(x) = ψ(1 − x) − π·cot(π·x) (6.3.7). The cotangent has period 1, and the distance from the nearest
 * whole number, which is exact, says where in its period x is. */
static double digamma_of(double x) {
  if (x == 0) return copysign(INFINITY, -x);
  if (!(x < 0)) return digamma_right(x);
  double distance = x - rint(x);
  return distance == 0 ? NAN : digamma_right(1 - x) - pi / tan(pi * distance);
}

/* ---- ψ^(n)(x) ---- */

enum { ORDER };
enum { ORDER_MAX = 170 }; /* 171! is larger than any f64 */

/* ζ(s, x) = Σ_{k ≥ 0} (x + k)^(−s), s ≥ 2, for x > 0: the terms up to x + k = 10 + 2·s one by one, and the others by the
 * Euler–Maclaurin formula, whose coefficients are B_2j / (2j)!. */
static double zeta_right(int s, double x) {
  static const double coefficients[] = {
      1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000, 1.0 / 74724249600};
  double sum = 0;
  for (; x < 10 + 2 * s; x += 1) sum += pow(x, -s);
  double power = pow(x, -s), factor = s / x * power;
  sum += pow(x, 1 - s) / (s - 1) + power / 2;
  for (int j = 1; j <= (int)(sizeof coefficients / sizeof *coefficients); j++) {
    sum += coefficients[j - 1] * factor;
    factor *= (s + 2 * j - 1) / x * ((s + 2 * j) / x);
  }
  return sum;
}

/* To the left of 0 the sum has as many terms before its pole as |x|. The sum over all whole k, which has period 1, is
 * taken around the nearest pole instead, less the terms that do not belong: those left of x. */
static double zeta(int s, double x) {
  if (!(x <= 0)) return zeta_right(s, x);
  double distance = x - rint(x), left = zeta_right(s, 1 - distance) - zeta_right(s, 1 - x);
  return pow(distance, -s) + zeta_right(s, 1 + distance) + (s % 2 ? -left : left);
}

/* ψ^(n)(x) = (−1)^(n+1) n! ζ(n + 1, x) (6.4.10) */
static double polygamma_of(int n, double x) {
  if (n == 0) return digamma_of(x);
  return (n % 2 ? 1 : -1) * tgamma(n + 1) * zeta(n + 1, x);
}

/* ---- ln|Γ(x)| ----
 *
 * The C library's lgamma also writes the sign of Γ(x) into a global, which threads would write together; where there is one
 * that writes it elsewhere, it is taken. */

#if defined __linux__
static float log_gamma_f32(float x) {
  int sign;
  return lgammaf_r(x, &sign);
}
static double log_gamma_f64(double x) {
  int sign;
  return lgamma_r(x, &sign);
}
#else
static float log_gamma_f32(float x) { return lgammaf(x); }
static double log_gamma_f64(double x) { return (lgamma)(x); }
#endif

/* ---- Operations ---- */

/* In f32 too, ψ^(n) is computed in f64: sums of reciprocal powers lose digits. */
WG_LOOP_1_OF(float, lgamma_f32, 0, log_gamma_f32(x))
WG_LOOP_1_OF(double, lgamma_f64, 0, log_gamma_f64(x))
WG_LOOP_1_OF(float, digamma_f32, 0, (float)digamma_of((double)x))
WG_LOOP_1_OF(double, digamma_f64, 0, digamma_of(x))
WG_LOOP_1_OF(float, polygamma_f32, y->attrs[ORDER].integer, (float)polygamma_of((int)p, (double)x))
WG_LOOP_1_OF(double, polygamma_f64, y->attrs[ORDER].integer, polygamma_of((int)p, x))

static wg_node *lgamma_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_digamma(y->inputs[i])); }

static wg_node *digamma_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_polygamma(y->inputs[i], 1)); }

static wg_node *polygamma_vjp(wg_node *y, wg_node *dy, int i) {
  return wg_chain(dy, wg_polygamma(y->inputs[i], y->attrs[ORDER].integer + 1));
}

WG_FUNCTION_1(lgamma,
              .doc = "ln|Γ(x)|, elementwise; ∞ at 0, −1, −2 ….\n"
                     "Errors: integers.",
              .vjp = lgamma_vjp,
              .notation = {.unicode = "lnΓ(%-0)", .ascii = "lgamma(%-0)", .latex = "\\ln\\Gamma(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.4, 5), WG_SAMPLES_1(-1.8, -1.2), {0}})

WG_FUNCTION_1(digamma,
              .doc =
                  "ψ(x), the derivative of ln|Γ(x)|, elementwise. As torch.digamma: ∓∞ at ±0, NaN at −1, −2 …, where "
                  "it is −∞ from one side and ∞ from the other. Its error is a few units in the last place of "
                  "max(1, |ψ|). Source: Abramowitz & Stegun 6.3.\n"
                  "Errors: integers.",
              .vjp = digamma_vjp, .notation = {.unicode = "ψ(%-0)", .ascii = "digamma(%-0)", .latex = "\\psi(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.4, 5), WG_SAMPLES_1(-1.8, -1.2), {0}})

static bool polygamma_infer(wg_draft *draft) {
  int64_t n = draft->attrs[ORDER].integer;
  if (n < 0 || n > ORDER_MAX)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the order n is %lld, not in 0 … %d", (long long)n, ORDER_MAX);
  return wg_infer_same(draft);
}

const wg_op wg_op_polygamma = {
    .name = "polygamma",
    .doc = "ψ^(n)(x), the n-th derivative of the digamma function, elementwise, for n from 0 (digamma itself) to 170; "
           "n = 1 is the trigamma function. At 0, −1, −2 … it is ∞ for odd n and, as torch.polygamma, −∞ for even n > "
           "0, where the sign depends on the side. Source: Abramowitz & Stegun 6.4.\n"
           "Errors: an order outside of 0 … 170; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[ORDER] = {.name = "n", .kind = WG_ATTR_INTEGER, .integer = 1}, {0}},
    .infer = polygamma_infer,
    .loop = WG_LOOPS(polygamma),
    .vjp = polygamma_vjp,
    .notation = {.unicode = "ψ^(%{n})(%-0)", .ascii = "polygamma(%{n}, %-0)", .latex = "\\psi^{(%{n})}(%-0)"},
    .samples =
        (const wg_sample[]){
            WG_SAMPLES_1(0.6, 4),
            {1, {WG_SAMPLE(-1.7, -1.3, 3, 4)}, {{.name = "n", .kind = WG_ATTR_INTEGER, .integer = 1}}},
            {1, {WG_SAMPLE(0.6, 4, 5)}, {{.name = "n", .kind = WG_ATTR_INTEGER, .integer = 3}}},
            {1, {WG_SAMPLE(-2.7, -2.3, 5)}, {{.name = "n", .kind = WG_ATTR_INTEGER, .integer = 2}}},
            {1, {WG_SAMPLE(0.6, 4, 5)}, {{.name = "n", .kind = WG_ATTR_INTEGER, .integer = 0}}},
            {0},
        },
};

wg_node *wg_polygamma(wg_node *x, int64_t n) {
  if (n == 0) return wg_digamma(x);
  return wg_apply_1(&wg_op_polygamma, x, (wg_attr[]){wg_attr_integer("n", n), {0}});
}
