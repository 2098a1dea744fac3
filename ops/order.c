/* order.c: the order of the elements along an axis: places (i64), sorted values, and the k largest.
 *
 *     sort(x) = gather(x, argsort(x))      topk(x, k) = gather(x, the first k of argsort(x, descending))
 *
 * So the adjoint of sort puts ∂y back to where each element came from (scatter_add, the rule of gather). */
#include "axis.h"
#include "rule.h"

#include <math.h>

enum { AXIS, KEEP, DESCENDING = 1, K = 1, LARGEST };

static int axis_of(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->inputs[0]->shape->rank); }

#define KERNEL "order_kernel.h"
#include "each_float.h"

/* ---- argmax and argmin ---- */

static bool extreme_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int axis;
  if (!wg_infer_floats(draft) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  if (shape->size[axis] == 0)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d is empty: nothing has no place", axis);
  draft->dtype = WG_I64;
  draft->shape = wg_shape_reduced(shape, axis, draft->attrs[KEEP].integer != 0);
  return true;
}

static const wg_attr extreme_attrs[] = {[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1},
                                        [KEEP] = {.name = "keep", .kind = WG_ATTR_INTEGER},
                                        {0}};

static const wg_sample extreme_samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 4, 3)}, {WG_SAMPLE_NUMBER("axis", 0), WG_SAMPLE_NUMBER("keep", 1)}},
    {1, {WG_SAMPLE(-2, 2, 5)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("axis", 1)}},
    {0},
};

const wg_op wg_op_argmax = {
    .name = "argmax",
    .doc =
        "The place (i64) of the largest element of x along an axis (the last by default; negative counts from there), "
        "the first of several; with `keep` the axis remains, of size 1. That of the first NaN where there is one. As "
        "torch.argmax along an axis. No derivative.\n"
        "Errors: no such axis; an axis of size 0; integers.",
    .arity = 1,
    .attrs = extreme_attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = extreme_infer,
    .kernel = {[WG_F32] = argmax_f32, [WG_F64] = argmax_f64},
    .notation = {.unicode = "argmax_{%{axis}}(%-0)",
                 .ascii = "argmax_{%{axis}}(%-0)",
                 .latex = "\\operatorname{argmax}_{%{axis}}(%-0)"},
    .samples = extreme_samples,
};

const wg_op wg_op_argmin = {
    .name = "argmin",
    .doc =
        "The place (i64) of the smallest element of x along an axis (the last by default; negative counts from "
        "there), the first of several; with `keep` the axis remains, of size 1. That of the first NaN where there is "
        "one. As torch.argmin along an axis. No derivative.\n"
        "Errors: no such axis; an axis of size 0; integers.",
    .arity = 1,
    .attrs = extreme_attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = extreme_infer,
    .kernel = {[WG_F32] = argmin_f32, [WG_F64] = argmin_f64},
    .notation = {.unicode = "argmin_{%{axis}}(%-0)",
                 .ascii = "argmin_{%{axis}}(%-0)",
                 .latex = "\\operatorname{argmin}_{%{axis}}(%-0)"},
    .samples = extreme_samples,
};

static wg_node *extreme(const wg_op *op, wg_node *x, int64_t axis, bool keep) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(op, x, (wg_attr[]){wg_attr_integer("axis", axis), wg_attr_integer("keep", keep ? 1 : 0), {0}});
}

wg_node *wg_argmax(wg_node *x, int64_t axis, bool keep) { return extreme(&wg_op_argmax, x, axis, keep); }
wg_node *wg_argmin(wg_node *x, int64_t axis, bool keep) { return extreme(&wg_op_argmin, x, axis, keep); }

/* ---- argsort and sort ---- */

static bool sort_infer(wg_draft *draft) {
  int axis;
  return wg_infer_same(draft) && wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis);
}

static bool argsort_infer(wg_draft *draft) {
  if (!sort_infer(draft)) return false;
  draft->dtype = WG_I64;
  return true;
}

static wg_node *sort_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int64_t axis = wg_axis_wrap(draft->attrs[AXIS].integer, x->shape->rank);
  return wg_gather(x, axis, wg_argsort(x, axis, draft->attrs[DESCENDING].integer != 0));
}

static const wg_attr sort_attrs[] = {[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1},
                                     [DESCENDING] = {.name = "descending", .kind = WG_ATTR_INTEGER},
                                     {0}};

static const wg_sample sort_samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_NUMBER("axis", 0), WG_SAMPLE_NUMBER("descending", 1)}},
    {1, {WG_SAMPLE(-2, 2, 2, 4, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
    {1, {WG_SAMPLE(-2, 2, 7)}, {WG_SAMPLE_NUMBER("descending", 1)}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("axis", 0)}},
    {0},
};

const wg_op wg_op_argsort = {
    .name = "argsort",
    .doc = "The places (i64) that put x into ascending order along an axis (the last by default; negative counts from "
           "there), or with `descending` into descending order: gather(x, axis, argsort(x)) is sorted. Equal elements "
           "keep their order, and NaN counts as the greatest, as in torch.argsort(stable=True). No derivative.\n"
           "Errors: no such axis; integers.",
    .arity = 1,
    .attrs = sort_attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = argsort_infer,
    .kernel = {[WG_F32] = argsort_f32, [WG_F64] = argsort_f64},
    .notation = {.unicode = "argsort_{%{axis}}(%-0)",
                 .ascii = "argsort_{%{axis}}(%-0)",
                 .latex = "\\operatorname{argsort}_{%{axis}}(%-0)"},
    .samples = sort_samples,
};

const wg_op wg_op_sort = {
    .name = "sort",
    .doc =
        "x in ascending order along an axis (the last by default; negative counts from there), or with `descending` in "
        "descending order; NaN counts as the greatest. The values of torch.sort(stable=True). Recorded as gather and "
        "argsort.\n"
        "Errors: no such axis; integers.",
    .arity = 1,
    .attrs = sort_attrs,
    .infer = sort_infer,
    .compose = sort_compose,
    .samples = sort_samples,
};

static wg_node *sorted(const wg_op *op, wg_node *x, int64_t axis, bool descending) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(op, x,
                    (wg_attr[]){wg_attr_integer("axis", axis), wg_attr_integer("descending", descending ? 1 : 0), {0}});
}

wg_node *wg_argsort(wg_node *x, int64_t axis, bool descending) { return sorted(&wg_op_argsort, x, axis, descending); }
wg_node *wg_sort(wg_node *x, int64_t axis, bool descending) { return sorted(&wg_op_sort, x, axis, descending); }

/* ---- argtopk and topk ---- */

static bool topk_infer(wg_draft *draft) {
  int64_t k = draft->attrs[K].integer;
  int axis;
  if (!wg_infer_floats(draft) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  int64_t size = draft->inputs[0]->shape->size[axis];
  if (k < 0 || k > size)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "k is %lld, not in 0 … %lld, the size of axis %d", (long long)k,
                         (long long)size, axis);
  draft->shape = *draft->inputs[0]->shape;
  draft->shape.size[axis] = k;
  return true;
}

static wg_node *argtopk_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int64_t axis = wg_axis_wrap(draft->attrs[AXIS].integer, x->shape->rank);
  return wg_narrow(wg_argsort(x, axis, draft->attrs[LARGEST].integer != 0), axis, 0, draft->attrs[K].integer);
}

static wg_node *topk_compose(const wg_draft *draft) {
  int64_t axis = wg_axis_wrap(draft->attrs[AXIS].integer, draft->inputs[0]->shape->rank);
  return wg_gather(draft->inputs[0], axis, argtopk_compose(draft));
}

static const wg_attr topk_attrs[] = {[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1},
                                     [K] = {.name = "k", .kind = WG_ATTR_INTEGER, .integer = 1},
                                     [LARGEST] = {.name = "largest", .kind = WG_ATTR_INTEGER, .integer = 1},
                                     {0}};

static const wg_sample topk_samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_NUMBER("k", 2)}},
    {1,
     {WG_SAMPLE(-2, 2, 5, 3)},
     {WG_SAMPLE_NUMBER("axis", 0), WG_SAMPLE_NUMBER("k", 3), WG_SAMPLE_NUMBER("largest", 0)}},
    {1, {WG_SAMPLE(-2, 2, 2, 4, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
    {1, {WG_SAMPLE(-2, 2, 3)}, {WG_SAMPLE_NUMBER("k", 0)}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("k", 2)}},
    {0},
};

const wg_op wg_op_argtopk = {
    .name = "argtopk",
    .doc =
        "The places (i64) of the k largest elements of x along an axis (the last by default; negative counts from "
        "there), the largest first; with `largest` 0 of the k smallest, the smallest first. Equal elements keep their "
        "order, and NaN counts as the greatest. The indices of torch.topk. Recorded as argsort and narrow.\n"
        "Errors: no such axis; a k that is not in 0 … its size; integers.",
    .arity = 1,
    .attrs = topk_attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = topk_infer,
    .compose = argtopk_compose,
    .samples = topk_samples,
};

const wg_op wg_op_topk = {
    .name = "topk",
    .doc = "The k largest elements of x along an axis (the last by default; negative counts from there), the largest "
           "first; with `largest` 0 the k smallest, the smallest first. NaN counts as the greatest. The values of "
           "torch.topk. Recorded as gather and argsort.\n"
           "Errors: no such axis; a k that is not in 0 … its size; integers.",
    .arity = 1,
    .attrs = topk_attrs,
    .infer = topk_infer,
    .compose = topk_compose,
    .samples = topk_samples,
};

static wg_node *top(const wg_op *op, wg_node *x, int64_t k, int64_t axis, bool largest) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(
      op, x,
      (wg_attr[]){
          wg_attr_integer("axis", axis), wg_attr_integer("k", k), wg_attr_integer("largest", largest ? 1 : 0), {0}});
}

wg_node *wg_argtopk(wg_node *x, int64_t k, int64_t axis, bool largest) {
  return top(&wg_op_argtopk, x, k, axis, largest);
}
wg_node *wg_topk(wg_node *x, int64_t k, int64_t axis, bool largest) { return top(&wg_op_topk, x, k, axis, largest); }
