/* amax.c: the largest and the smallest element over some axes, or all.
 *
 *     y = max_axes x      ∂x = ∂y ⊙ [x = y] / (number of elements of the group that are equal to y)
 *     min x = −max(−x)
 *
 * So elements that are equally large share the derivative evenly, as those of torch.amax do; those of max and min, along
 * one axis, do not (max.c). */
#include "reduce.h"

#include <math.h>

/* The largest element, or the first NaN. */
#define AMAX_GROUP(type, suffix)                                                                                       \
  static type amax_group_##suffix(const wg_node *y, const wg_groups *groups, const type *x) {                          \
    type largest = x[0];                                                                                               \
    (void)y;                                                                                                           \
    for (int64_t k = 1; k < groups->size && !isnan(largest); k++) {                                                    \
      const type next = x[wg_group_at(groups, k)];                                                                     \
      if (next > largest || isnan(next)) largest = next;                                                               \
    }                                                                                                                  \
    return largest;                                                                                                    \
  }

AMAX_GROUP(float, f32)
AMAX_GROUP(double, f64)
WG_REDUCTIONS(amax)

static wg_node *amax_vjp(wg_node *y, wg_node *dy, int i) {
  const wg_attr *axes = &y->attrs[WG_REDUCE_AXES];
  wg_node *mask = wg_equal(y->inputs[i], wg_reduction_kept(y, y));
  wg_node *share = wg_div(mask, wg_sum(mask, axes->count, axes->integers, true));
  return wg_chain(wg_reduction_kept(y, dy), share);
}

static const char *amax_write(const wg_node *y, wg_script script) {
  static const char *const all[] = {"max(%-0)", "max(%-0)", "\\max(%-0)"};
  return y->attrs[WG_REDUCE_AXES].count ? NULL : all[script];
}

static const wg_sample samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", -1)}},
    {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0)}},
    {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
    {0},
};

const wg_op wg_op_amax = {
    .name = "amax",
    .doc = "The largest element of x over the axes given, or all if none is; with `keep` they remain, of size 1. Axes "
           "may be negative. NaN where there is one. Elements that are equally large share the derivative evenly. As "
           "torch.amax.\n"
           "Errors: no such axis; an axis named twice; a largest element of nothing; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){WG_REDUCE_ATTRS, {0}},
    .infer = wg_infer_reduction_of_some,
    .kernel = {[WG_F32] = amax_f32, [WG_F64] = amax_f64},
    .vjp = amax_vjp,
    .notation = {.unicode = "max_{%{axes}}(%-0)",
                 .ascii = "max_{%{axes}}(%-0)",
                 .latex = "\\max_{%{axes}}(%-0)",
                 .write = amax_write},
    .samples = samples,
};

wg_node *wg_amax(wg_node *x, int count, const int64_t *axes, bool keep) {
  return wg_apply_reduction(&wg_op_amax, x, count, axes, keep, NULL);
}

static wg_node *amin_compose(const wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[WG_REDUCE_AXES];
  bool keep = draft->attrs[WG_REDUCE_KEEP].integer != 0;
  return wg_neg(wg_amax(wg_neg(draft->inputs[0]), axes->count, axes->integers, keep));
}

const wg_op wg_op_amin = {
    .name = "amin",
    .doc = "The smallest element of x over the axes given, or all if none is; with `keep` they remain, of size 1. Axes "
           "may be negative. NaN where there is one. Elements that are equally small share the derivative evenly. As "
           "torch.amin. Recorded as −amax(−x).\n"
           "Errors: no such axis; an axis named twice; a smallest element of nothing; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){WG_REDUCE_ATTRS, {0}},
    .infer = wg_infer_reduction_of_some,
    .compose = amin_compose,
    .samples = samples,
};

wg_node *wg_amin(wg_node *x, int count, const int64_t *axes, bool keep) {
  return wg_apply_reduction(&wg_op_amin, x, count, axes, keep, NULL);
}

/* ---- min: along one axis ---- */

enum { AXIS, KEEP };

static wg_node *min_compose(const wg_draft *draft) {
  return wg_neg(wg_max(wg_neg(draft->inputs[0]), draft->attrs[AXIS].integer, draft->attrs[KEEP].integer != 0));
}

const wg_op wg_op_min = {
    .name = "min",
    .doc =
        "The smallest element of x along an axis, which may be negative (counted from the last); with `keep` the axis "
        "remains, of size 1. NaN where there is one. Where several are smallest, the first takes the derivative. "
        "Recorded as −max(−x).\n"
        "Errors: no such axis; an axis of size 0; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1},
                               [KEEP] = {.name = "keep", .kind = WG_ATTR_INTEGER},
                               {0}},
    .compose = min_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 4, 3)}, {WG_SAMPLE_NUMBER("axis", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {0},
        },
};

wg_node *wg_min(wg_node *x, int64_t axis, bool keep) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(&wg_op_min, x,
                    (wg_attr[]){wg_attr_integer("axis", axis), wg_attr_integer("keep", keep ? 1 : 0), {0}});
}
