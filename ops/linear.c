/* linear.c: the fully connected layer, y = x·Wᵀ + b, recorded as just that. */
#include "layer.h"

enum { X, WEIGHT, BIAS, INPUTS };

static bool linear_infer(wg_draft *draft) {
  if (!wg_infer_layer(draft, BIAS, INPUTS)) return false;
  const wg_shape *x = draft->inputs[X]->shape, *weight = draft->inputs[WEIGHT]->shape;
  if (weight->rank != 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the weights have rank %d, not the 2 of (outputs,inputs)",
                         weight->rank);
  if (x->rank < 1 || x->size[x->rank - 1] != weight->size[1])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the last axis of x must have the %lld inputs of the weights",
                         (long long)weight->size[1]);
  return wg_infer_shape_of(draft, BIAS, "the bias", WG_SHAPE(weight->size[0]));
}

static wg_node *linear_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[X], *weight = draft->inputs[WEIGHT], *bias = wg_input_at(draft, BIAS);
  bool vector = x->shape->rank == 1;
  if (vector) x = wg_reshape(x, WG_SHAPE(1, x->shape->size[0]));
  wg_node *y = wg_matmul(x, wg_transpose(weight));
  if (vector) y = wg_reshape(y, WG_SHAPE(weight->shape->size[0]));
  return bias ? wg_add(y, bias) : y;
}

const wg_op wg_op_linear = {
    .name = "linear",
    .doc = "x·Wᵀ + b for x (…,I), W (O,I) and, if given, b (O); the result is (…,O). Recorded as matmul and add. As "
           "torch.nn.functional.linear.\n"
           "Errors: shapes that do not fit; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .infer = linear_infer,
    .compose = linear_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 4, 3), WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
            {3, {WG_SAMPLE(-2, 2, 3), WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 2)}, {{0}}},
            {3, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_linear(wg_node *x, wg_node *weight, wg_node *bias) {
  return wg_apply_present(&wg_op_linear, BIAS, INPUTS, (wg_node *[]){x, weight, bias}, NULL);
}
