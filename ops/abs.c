/* abs.c: absolute value and sign.
 *
 *     y = |x|      ∂x = ∂y ⊙ sign(x) */
#include "function.h"

WG_LOOP_1(abs, fabs(x))
WG_LOOP_1(sign, x > 0 ? 1 : x < 0 ? -1 : x) /* 0, −0 and NaN are left */

static wg_node *abs_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_sign(y->inputs[i])); }

WG_FUNCTION_1(abs,
              .doc = "|x|, elementwise. Where there is no derivative, at 0, it counts as 0, as that of torch.abs.\n"
                     "Errors: integers.",
              .vjp = abs_vjp, .notation = {.unicode = "|%-0|", .ascii = "|%-0|", .latex = "\\lvert %-0 \\rvert"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.1, 2), WG_SAMPLES_1(-2, -0.1), {0}})

WG_FUNCTION_1(sign,
              .doc =
                  "1 for x > 0, −1 for x < 0, and 0 at 0, elementwise; NaN stays NaN, which torch.sign turns into 0. "
                  "No derivative.\n"
                  "Errors: integers.",
              .nondifferentiable = WG_ALL_INPUTS,
              .notation = {.unicode = "sign(%-0)", .ascii = "sign(%-0)", .latex = "\\operatorname{sign}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.1, 2), WG_SAMPLES_1(-2, -0.1), {0}})
