/* softsign.c: a sigmoid without exponentials.
 *
 *     y = x / (1 + |x|)      ∂x = ∂y / (1 + |x|)² */
#include "function.h"

WG_LOOP_1(softsign, x / (1 + fabs(x)))

static wg_node *softsign_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_chain_over(dy, wg_square(wg_add(wg_scalar_like(x, 1), wg_abs(x))));
}

WG_FUNCTION_1(softsign,
              .doc = "x / (1 + |x|), elementwise, from −1 to 1; NaN at ±∞. As torch.nn.functional.softsign.\n"
                     "Errors: integers.",
              .vjp = softsign_vjp,
              .notation = {.unicode = "softsign(%-0)",
                           .ascii = "softsign(%-0)",
                           .latex = "\\operatorname{softsign}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(0.1, 3), WG_SAMPLES_1(-3, -0.1), {0}})
