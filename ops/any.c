/* any.c: whether any element over some axes is not 0, and whether all are.
 *
 *     any x = [Σ [x ≠ 0] ≠ 0]      all x = [Σ [x = 0] = 0]
 */
#include "reduce.h"

static wg_node *any_compose(const wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[WG_REDUCE_AXES];
  wg_node *x = draft->inputs[0], *zero = wg_scalar_like(x, 0);
  bool keep = draft->attrs[WG_REDUCE_KEEP].integer != 0;
  return wg_not_equal(wg_sum(wg_not_equal(x, zero), axes->count, axes->integers, keep), zero);
}

static wg_node *all_compose(const wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[WG_REDUCE_AXES];
  wg_node *x = draft->inputs[0], *zero = wg_scalar_like(x, 0);
  bool keep = draft->attrs[WG_REDUCE_KEEP].integer != 0;
  return wg_equal(wg_sum(wg_equal(x, zero), axes->count, axes->integers, keep), zero);
}

static const wg_attr attrs[] = {WG_REDUCE_ATTRS, {0}};

static const wg_sample samples[] = {
    {1, {WG_SAMPLE(0.5, 2, 3, 4)}, {{0}}},
    {1, {WG_SAMPLE(0, 0, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
    {1, {WG_SAMPLE(0.5, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0)}},
    {1, {WG_SAMPLE_SCALAR(0.5, 2)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 0)}},
    {0},
};

const wg_op wg_op_any = {
    .name = "any",
    .doc = "1 where any element of x over the axes given, or all if none is, is not 0, else 0, in the dtype of x; with "
           "`keep` the axes remain, of size 1. NaN is not 0; of nothing, none is. As torch.any. No derivative.\n"
           "Errors: no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = wg_infer_reduction,
    .compose = any_compose,
    .samples = samples,
};

const wg_op wg_op_all = {
    .name = "all",
    .doc =
        "1 where all elements of x over the axes given, or all if none is, are not 0, else 0, in the dtype of x; with "
        "`keep` the axes remain, of size 1. NaN is not 0; of nothing, all are. As torch.all. No derivative.\n"
        "Errors: no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = wg_infer_reduction,
    .compose = all_compose,
    .samples = samples,
};

wg_node *wg_any(wg_node *x, int count, const int64_t *axes, bool keep) {
  return wg_apply_reduction(&wg_op_any, x, count, axes, keep, NULL);
}

wg_node *wg_all(wg_node *x, int count, const int64_t *axes, bool keep) {
  return wg_apply_reduction(&wg_op_all, x, count, axes, keep, NULL);
}
