/* root.c: reciprocal, reciprocal square root, and cube root.
 *
 *     y = 1/x       ∂x = −∂y ⊙ y²
 *     y = 1/√x      ∂x = −½ ∂y ⊙ y³
 *     y = ∛x        ∂x = ∂y / (3·y²) */
#include "function.h"

WG_LOOP_1(reciprocal, 1 / x)
WG_LOOP_1(rsqrt, 1 / sqrt(x))
WG_LOOP_1(cbrt, cbrt(x))

static wg_node *reciprocal_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain(wg_neg(dy), wg_square(y));
}

static wg_node *rsqrt_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain(dy, wg_scale(wg_power(y, 3), -0.5));
}

static wg_node *cbrt_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain_over(dy, wg_scale(wg_square(y), 3));
}

WG_FUNCTION_1(
    reciprocal,
    .doc = "1/x, elementwise; ±∞ at ±0.\n"
           "Errors: integers.",
    .vjp = reciprocal_vjp,
    .notation = {.binds = WG_BINDS_PRODUCT, .unicode = "1 / %+0", .ascii = "1 / %+0", .latex = "\\frac{1}{%-0}"},
    .samples = (const wg_sample[]){WG_SAMPLES_1(0.4, 3), WG_SAMPLES_1(-3, -0.4), {0}})

WG_FUNCTION_1(rsqrt,
              .doc = "1/√x, elementwise; ∞ at 0 and NaN below.\n"
                     "Errors: integers.",
              .vjp = rsqrt_vjp,
              .notation = {.binds = WG_BINDS_PRODUCT,
                           .unicode = "1 / √(%-0)",
                           .ascii = "1 / sqrt(%-0)",
                           .latex = "\\frac{1}{\\sqrt{%-0}}"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.3, 3), {0}})

WG_FUNCTION_1(cbrt,
              .doc = "∛x, the real cube root, elementwise, for negative x too. At 0 the derivative is ∞.\n"
                     "Errors: integers.",
              .vjp = cbrt_vjp, .notation = {.unicode = "∛(%-0)", .ascii = "cbrt(%-0)", .latex = "\\sqrt[3]{%-0}"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.3, 3), WG_SAMPLES_1(-3, -0.3), {0}})
