/* glu.c: the gated linear unit: one half of x, each element let through as far as its partner in the other half says. */
#include "axis.h"
#include "rule.h"

enum { AXIS };

static bool glu_infer(wg_draft *draft) {
  int axis;
  if (!wg_infer_same(draft) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  int64_t size = draft->shape.size[axis];
  return size % 2 == 0 ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d is %lld long, which has no halves", axis, (long long)size);
}

static wg_node *glu_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int64_t axis = wg_axis_wrap(draft->attrs[AXIS].integer, x->shape->rank), half = x->shape->size[axis] / 2;
  return wg_mul(wg_narrow(x, axis, 0, half), wg_sigmoid(wg_narrow(x, axis, half, half)));
}

const wg_op wg_op_glu = {
    .name = "glu",
    .doc =
        "a ⊙ σ(b) for x whose halves along an axis, the last unless given, are a and b; so that axis is half as long. "
        "As torch.nn.functional.glu. Source: Dauphin, Fan, Auli, Grangier, \"Language modeling with gated "
        "convolutional networks\", 2017.\n"
        "Errors: no such axis, or one of odd size; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1}, {0}},
    .infer = glu_infer,
    .compose = glu_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 4, 3)}, {WG_SAMPLE_NUMBER("axis", 0)}},
            {1, {WG_SAMPLE(-2, 2, 2, 6, 2)}, {WG_SAMPLE_NUMBER("axis", -2)}},
            {1, {WG_SAMPLE(-2, 2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 3, 0)}, {{0}}},
            {0},
        },
};

wg_node *wg_glu(wg_node *x, int64_t axis) {
  return wg_apply_1(&wg_op_glu, x, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}
