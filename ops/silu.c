/* silu.c: smooth activations made of the logistic function. */
#include "function.h"

static wg_node *silu_of(wg_node *x) { return wg_mul(x, wg_sigmoid(x)); }

WG_COMPOSITE_1(silu,
               .doc = "x ⊙ σ(x), elementwise, also called swish; as torch.nn.functional.silu. Source: Elfwing, Uchibe, "
                      "Doya, \"Sigmoid-weighted linear units\", 2017.\n"
                      "Errors: integers.",
               .samples = (const wg_sample[]){WG_SAMPLES_1(-3, 3), {0}})

static wg_node *mish_of(wg_node *x) { return wg_mul(x, wg_tanh(wg_softplus(x))); }

WG_COMPOSITE_1(mish,
               .doc = "x ⊙ tanh(ln(1 + e^x)), elementwise; as torch.nn.functional.mish. Source: Misra, \"Mish: a self "
                      "regularized non-monotonic activation function\", 2019.\n"
                      "Errors: integers.",
               .samples = (const wg_sample[]){WG_SAMPLES_1(-3, 3), {0}})

static wg_node *log_sigmoid_of(wg_node *x) { return wg_neg(wg_softplus(wg_neg(x))); }

WG_COMPOSITE_1(log_sigmoid,
               .doc = "ln σ(x) = −ln(1 + e^(−x)), elementwise, without overflow for any x; as "
                      "torch.nn.functional.logsigmoid.\n"
                      "Errors: integers.",
               .samples = (const wg_sample[]){WG_SAMPLES_1(-3, 3), {0}})
