/* erf.c: the error function and its complement.
 *
 *     y = erf(x) = 2/√π ∫_0^x e^(−t²) dt     ∂x = ∂y ⊙ 2/√π · e^(−x²)
 *     y = erfc(x) = 1 − erf(x)               ∂x = −∂y ⊙ 2/√π · e^(−x²) */
#include "function.h"

static const double two_over_sqrt_pi = 1.1283791670955126;

WG_LOOP_1(erf, erf(x))
WG_LOOP_1(erfc, erfc(x))

static wg_node *bell(wg_node *x) { return wg_scale(wg_exp(wg_neg(wg_square(x))), two_over_sqrt_pi); }

static wg_node *erf_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, bell(y->inputs[i])); }

static wg_node *erfc_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(wg_neg(dy), bell(y->inputs[i])); }

WG_FUNCTION_1(erf,
              .doc = "The error function, erf(x) = 2/√π ∫_0^x e^(−t²) dt, elementwise; from −1 to 1.\n"
                     "Errors: integers.",
              .vjp = erf_vjp,
              .notation = {.unicode = "erf(%-0)", .ascii = "erf(%-0)", .latex = "\\operatorname{erf}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-2, 2), {0}})

WG_FUNCTION_1(erfc,
              .doc = "erfc(x) = 1 − erf(x), elementwise, to the last digits where it is small (x up to 26 in f64, 10 "
                     "in f32) too.\n"
                     "Errors: integers.",
              .vjp = erfc_vjp,
              .notation = {.unicode = "erfc(%-0)", .ascii = "erfc(%-0)", .latex = "\\operatorname{erfc}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-2, 2), {0}})
