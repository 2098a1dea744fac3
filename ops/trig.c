/* trig.c: the trigonometric functions, of angles in radians, and their inverses.
 *
 *     y = sin x     ∂x = ∂y ⊙ cos x           y = arcsin x     ∂x = ∂y / √(1 − x²)
 *     y = cos x     ∂x = −∂y ⊙ sin x          y = arccos x     ∂x = −∂y / √(1 − x²)
 *     y = tan x     ∂x = ∂y ⊙ (1 + y²)        y = arctan x     ∂x = ∂y / (1 + x²) */
#include "function.h"

/* ---- Functions of an angle ---- */

WG_LOOP_1(sin, sin(x))
WG_LOOP_1(cos, cos(x))
WG_LOOP_1(tan, tan(x))

static wg_node *sin_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_cos(y->inputs[i])); }

static wg_node *cos_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(wg_neg(dy), wg_sin(y->inputs[i])); }

static wg_node *tan_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain(dy, wg_add(wg_scalar_like(y, 1), wg_square(y)));
}

WG_FUNCTION_1(sin,
              .doc = "sin(x), x in radians, elementwise; NaN at ±∞.\n"
                     "Errors: integers.",
              .vjp = sin_vjp, .notation = {.unicode = "sin(%-0)", .ascii = "sin(%-0)", .latex = "\\sin(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-4, 4), {0}})

WG_FUNCTION_1(cos,
              .doc = "cos(x), x in radians, elementwise; NaN at ±∞.\n"
                     "Errors: integers.",
              .vjp = cos_vjp, .notation = {.unicode = "cos(%-0)", .ascii = "cos(%-0)", .latex = "\\cos(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-4, 4), {0}})

WG_FUNCTION_1(tan,
              .doc = "tan(x), x in radians, elementwise; NaN at ±∞.\n"
                     "Errors: integers.",
              .vjp = tan_vjp, .notation = {.unicode = "tan(%-0)", .ascii = "tan(%-0)", .latex = "\\tan(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-1.2, 1.2), WG_SAMPLES_1(2, 4), {0}})

/* ---- Angles ---- */

WG_LOOP_1(asin, asin(x))
WG_LOOP_1(acos, acos(x))
WG_LOOP_1(atan, atan(x))

static wg_node *one_minus_square(wg_node *x) { return wg_sub(wg_scalar_like(x, 1), wg_square(x)); }

static wg_node *asin_vjp(wg_node *y, wg_node *dy, int i) {
  return wg_chain_over(dy, wg_sqrt(one_minus_square(y->inputs[i])));
}

static wg_node *acos_vjp(wg_node *y, wg_node *dy, int i) {
  return wg_chain_over(wg_neg(dy), wg_sqrt(one_minus_square(y->inputs[i])));
}

static wg_node *atan_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain_over(dy, wg_add(wg_scalar_like(x, 1), wg_square(x)));
}

WG_FUNCTION_1(asin,
              .doc = "arcsin(x), the angle in [−π/2, π/2] whose sine is x, elementwise; NaN outside of [−1, 1]. At ±1 "
                     "the derivative is ∞.\n"
                     "Errors: integers.",
              .vjp = asin_vjp, .notation = {.unicode = "arcsin(%-0)", .ascii = "asin(%-0)", .latex = "\\arcsin(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-0.8, 0.8), {0}})

WG_FUNCTION_1(acos,
              .doc = "arccos(x), the angle in [0, π] whose cosine is x, elementwise; NaN outside of [−1, 1]. At ±1 the "
                     "derivative is −∞.\n"
                     "Errors: integers.",
              .vjp = acos_vjp, .notation = {.unicode = "arccos(%-0)", .ascii = "acos(%-0)", .latex = "\\arccos(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-0.8, 0.8), {0}})

WG_FUNCTION_1(atan,
              .doc = "arctan(x), the angle in [−π/2, π/2] whose tangent is x, elementwise; ±π/2 at ±∞.\n"
                     "Errors: integers.",
              .vjp = atan_vjp, .notation = {.unicode = "arctan(%-0)", .ascii = "atan(%-0)", .latex = "\\arctan(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-3, 3), {0}})
