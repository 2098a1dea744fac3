/* masked_fill.c: one value wherever a mask says so. */
#include "rule.h"

enum { VALUE };

static bool masked_fill_infer(wg_draft *draft) {
  const wg_node *x = draft->inputs[0], *mask = draft->inputs[1];
  if (!wg_infer_floats(draft)) return false;
  return (wg_shape_broadcast(x->shape, mask->shape, &draft->shape) && wg_shape_equal(&draft->shape, x->shape)) ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "the mask does not broadcast to the shape of x");
}

static wg_node *masked_fill_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  return wg_where(draft->inputs[1], wg_scalar_like(x, draft->attrs[VALUE].number), x);
}

const wg_op wg_op_masked_fill = {
    .name = "masked_fill",
    .doc =
        "`value` (±∞ is fine) where the mask is not 0, and x elsewhere; the mask broadcasts to the shape of x and has "
        "no derivative. Recorded as where. As torch.Tensor.masked_fill. (What torch.masked_select gives has a shape "
        "that depends on values, so there is no such operation here: a product with the mask, or where, goes before "
        "a sum.)\n"
        "Errors: a mask that does not broadcast to exactly the shape of x; integers, or two dtypes.",
    .arity = 2,
    .attrs = (const wg_attr[]){[VALUE] = {.name = "value", .kind = WG_ATTR_NUMBER}, {0}},
    .nondifferentiable = 1u << 1,
    .infer = masked_fill_infer,
    .compose = masked_fill_compose,
    .samples =
        (const wg_sample[]){
            /* A mask drawn from a range is hardly ever 0, so it is 0 as a whole or nowhere. */
            {2,
             {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(0, 0, 3, 4)},
             {{.name = "value", .kind = WG_ATTR_NUMBER, .number = 7}}},
            {2,
             {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(1, 2, 4)},
             {{.name = "value", .kind = WG_ATTR_NUMBER, .number = -3}}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(0, 0)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 4), WG_SAMPLE(1, 2, 1, 4)}, {{0}}},
            {0},
        },
};

wg_node *wg_masked_fill(wg_node *x, wg_node *mask, double value) {
  return wg_apply_2(&wg_op_masked_fill, x, mask, (wg_attr[]){wg_attr_number("value", value), {0}});
}
