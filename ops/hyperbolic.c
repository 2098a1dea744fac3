/* hyperbolic.c: the hyperbolic functions and their inverses; tanh is in tanh.c.
 *
 *     y = sinh x     ∂x = ∂y ⊙ cosh x         y = arsinh x     ∂x = ∂y / √(x² + 1)
 *     y = cosh x     ∂x = ∂y ⊙ sinh x         y = arcosh x     ∂x = ∂y / √(x² − 1)
 *                                             y = artanh x     ∂x = ∂y / (1 − x²) */
#include "function.h"

/* ---- sinh, cosh ---- */

WG_LOOP_1(sinh, sinh(x))
WG_LOOP_1(cosh, cosh(x))

static wg_node *sinh_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_cosh(y->inputs[i])); }

static wg_node *cosh_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_sinh(y->inputs[i])); }

WG_FUNCTION_1(sinh,
              .doc = "sinh(x) = (e^x − e^(−x)) / 2, elementwise; ±∞ beyond about ±710.48 in f64 and ±89.42 in f32.\n"
                     "Errors: integers.",
              .vjp = sinh_vjp, .notation = {.unicode = "sinh(%-0)", .ascii = "sinh(%-0)", .latex = "\\sinh(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-2, 2), {0}})

WG_FUNCTION_1(cosh,
              .doc = "cosh(x) = (e^x + e^(−x)) / 2, elementwise; ∞ beyond about ±710.48 in f64 and ±89.42 in f32.\n"
                     "Errors: integers.",
              .vjp = cosh_vjp, .notation = {.unicode = "cosh(%-0)", .ascii = "cosh(%-0)", .latex = "\\cosh(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-2, 2), {0}})

/* ---- arsinh, arcosh, artanh ---- */

WG_LOOP_1(asinh, asinh(x))
WG_LOOP_1(acosh, acosh(x))
WG_LOOP_1(atanh, atanh(x))

static wg_node *asinh_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain_over(dy, wg_sqrt(wg_add(wg_square(x), wg_scalar_like(x, 1))));
}

static wg_node *acosh_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain_over(dy, wg_sqrt(wg_sub(wg_square(x), wg_scalar_like(x, 1))));
}

static wg_node *atanh_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain_over(dy, wg_sub(wg_scalar_like(x, 1), wg_square(x)));
}

WG_FUNCTION_1(asinh,
              .doc = "arsinh(x), the number whose sinh is x, elementwise.\n"
                     "Errors: integers.",
              .vjp = asinh_vjp,
              .notation = {.unicode = "arsinh(%-0)", .ascii = "asinh(%-0)", .latex = "\\operatorname{arsinh}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-3, 3), {0}})

WG_FUNCTION_1(acosh,
              .doc = "arcosh(x), the number ≥ 0 whose cosh is x, elementwise; NaN below 1. At 1 the derivative is ∞.\n"
                     "Errors: integers.",
              .vjp = acosh_vjp,
              .notation = {.unicode = "arcosh(%-0)", .ascii = "acosh(%-0)", .latex = "\\operatorname{arcosh}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(1.3, 4), {0}})

WG_FUNCTION_1(atanh,
              .doc = "artanh(x), the number whose tanh is x, elementwise; ±∞ at ±1 and NaN beyond.\n"
                     "Errors: integers.",
              .vjp = atanh_vjp,
              .notation = {.unicode = "artanh(%-0)", .ascii = "atanh(%-0)", .latex = "\\operatorname{artanh}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-0.8, 0.8), {0}})
