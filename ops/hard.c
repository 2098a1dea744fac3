/* hard.c: sigmoids made of straight lines, which cost no exponential. */
#include "function.h"

/* The derivative of hard_tanh is 0 at both ends, and so are the derivatives of these at ±3. */
static wg_node *hard_sigmoid_of(wg_node *x) {
  wg_node *three = wg_scalar_like(x, 3), *six = wg_scalar_like(x, 6);
  return wg_div(wg_hard_tanh(wg_add(x, three), 0, 6), six);
}

static wg_node *hard_swish_of(wg_node *x) { return wg_mul(x, wg_hard_sigmoid(x)); }

#define THREE_PIECES                                                                                                   \
  (const wg_sample[]) {                                                                                                \
    WG_SAMPLES_1(-2.9, 2.9), WG_SAMPLES_1(3.1, 5), WG_SAMPLES_1(-5, -3.1), { 0 }                                       \
  }

WG_COMPOSITE_1(hard_sigmoid,
               .doc = "min(max(x + 3, 0), 6) / 6, elementwise; at −3 and 3 the derivative is 0. As "
                      "torch.nn.functional.hardsigmoid. Source: Howard et al., \"Searching for MobileNetV3\", 2019.\n"
                      "Errors: integers.",
               .samples = THREE_PIECES)

WG_COMPOSITE_1(hard_swish,
               .doc = "x ⊙ min(max(x + 3, 0), 6) / 6, elementwise; the derivative is 0 at −3 and 1 at 3. As "
                      "torch.nn.functional.hardswish. Source: Howard et al., \"Searching for MobileNetV3\", 2019.\n"
                      "Errors: integers.",
               .samples = THREE_PIECES)
