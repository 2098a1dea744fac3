/* exp2.c: powers of 2, and logarithms to base 2 and 10.
 *
 *     y = 2^x          ∂x = ln 2 · ∂y ⊙ y
 *     y = log₂(x)      ∂x = ∂y / (ln 2 · x)
 *     y = log₁₀(x)     ∂x = ∂y / (ln 10 · x) */
#include "function.h"

static const double log_of_2 = 0.69314718055994531, log_of_10 = 2.302585092994045684;

WG_LOOP_1(exp2, exp2(x))
WG_LOOP_1(log2, log2(x))
WG_LOOP_1(log10, log10(x))

static wg_node *exp2_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain(dy, wg_scale(y, log_of_2));
}

static wg_node *log2_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain_over(dy, wg_scale(y->inputs[i], log_of_2)); }

static wg_node *log10_vjp(wg_node *y, wg_node *dy, int i) {
  return wg_chain_over(dy, wg_scale(y->inputs[i], log_of_10));
}

WG_FUNCTION_1(exp2,
              .doc = "2^x, elementwise; ∞ from 1024 on in f64 and from 128 on in f32.\n"
                     "Errors: integers.",
              .vjp = exp2_vjp,
              .notation = {.binds = WG_BINDS_POWER, .unicode = "2^%+0", .ascii = "2^%+0", .latex = "2^{%-0}"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-3, 3), {0}})

WG_FUNCTION_1(log2,
              .doc = "log₂(x), the logarithm to base 2, elementwise; −∞ at 0 and NaN below.\n"
                     "Errors: integers.",
              .vjp = log2_vjp, .notation = {.unicode = "log₂(%-0)", .ascii = "log2(%-0)", .latex = "\\log_{2}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.3, 3), {0}})

WG_FUNCTION_1(log10,
              .doc = "log₁₀(x), the logarithm to base 10, elementwise; −∞ at 0 and NaN below.\n"
                     "Errors: integers.",
              .vjp = log10_vjp,
              .notation = {.unicode = "log₁₀(%-0)", .ascii = "log10(%-0)", .latex = "\\log_{10}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.3, 3), {0}})
