/* softmin.c: softmax of −x: the smallest gets the most. */
#include "axis.h"
#include "rule.h"

enum { AXIS };

static bool softmin_infer(wg_draft *draft) {
  int axis;
  return wg_infer_same(draft) && wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis);
}

static wg_node *softmin_compose(const wg_draft *draft) {
  return wg_softmax(wg_neg(draft->inputs[0]), draft->attrs[AXIS].integer);
}

const wg_op wg_op_softmin = {
    .name = "softmin",
    .doc = "softmax(−x) along an axis, the last unless given; as torch.nn.functional.softmin.\n"
           "Errors: no such axis; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1}, {0}},
    .infer = softmin_infer,
    .compose = softmin_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_NUMBER("axis", 0)}},
            {1, {WG_SAMPLE(-2, 2, 5)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_softmin(wg_node *x, int64_t axis) {
  return wg_apply_1(&wg_op_softmin, x, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}
