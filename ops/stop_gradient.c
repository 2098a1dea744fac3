/* stop_gradient.c: x itself, which derivatives take for a constant. */
#include "rule.h"

#include <string.h>

static bool stop_gradient_infer(wg_draft *draft) {
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = *draft->inputs[0]->shape;
  return true;
}

static bool stop_gradient_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  (void)y;
  out->data = in->data;
  memcpy(out->stride, in->stride, sizeof out->stride);
  return true;
}

const wg_op wg_op_stop_gradient = {
    .name = "stop_gradient",
    .doc = "x itself, through which no derivative goes: whatever x was made of, it counts as a constant; torch.Tensor."
           "detach. It copies nothing.\n"
           "So x·stop_gradient(x) has the value x² and the derivative x, not 2·x. A target that the net itself makes "
           "stays fixed in the loss (z − stop_gradient(target))². And x + stop_gradient(round(x) − x) has the value "
           "round(x) and the derivative 1: a straight-through estimate of a step.\n"
           "Errors: none; any dtype.",
    .arity = 1,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = stop_gradient_infer,
    .view = stop_gradient_view,
    .notation = {.unicode = "stop_gradient(%-0)",
                 .ascii = "stop_gradient(%-0)",
                 .latex = "\\operatorname{stop\\_gradient}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_stop_gradient(wg_node *x) { return wg_apply_1(&wg_op_stop_gradient, x, NULL); }
