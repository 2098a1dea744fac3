/* lerp.c: linear interpolation, recorded as a + weight ⊙ (b − a). */
#include "rule.h"

static wg_node *lerp_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0], *b = draft->inputs[1], *weight = draft->inputs[2];
  return wg_add(a, wg_mul(weight, wg_sub(b, a)));
}

const wg_op wg_op_lerp = {
    .name = "lerp",
    .doc =
        "a + weight ⊙ (b − a), elementwise, with NumPy's broadcasting of all three: a where the weight is 0 and b, up "
        "to rounding, where it is 1; as torch.lerp.\n"
        "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .arity = 3,
    .infer = wg_infer_broadcast,
    .compose = lerp_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(0, 1, 3, 4)}, {{0}}},
            {3, {WG_SAMPLE(-2, 2, 3, 1), WG_SAMPLE(-2, 2, 4), WG_SAMPLE_SCALAR(0, 1)}, {{0}}},
            {3, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE(-1, 2, 2, 3)}, {{0}}},
            {3, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(0, 1)}, {{0}}},
            {3, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 1, 3), WG_SAMPLE_SCALAR(0, 1)}, {{0}}},
            {0},
        },
};

wg_node *wg_lerp(wg_node *a, wg_node *b, wg_node *weight) {
  return wg_apply(&wg_op_lerp, 3, (wg_node *[]){a, b, weight}, NULL);
}
