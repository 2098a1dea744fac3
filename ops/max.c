/* max.c: the largest element along an axis, and the mask of where it is.
 *
 *     y = max_axis x      ∂x = ∂y ⊙ max_mask(x)
 *
 * Where several elements are equally large, the first takes the whole derivative (as torch.max with an axis does). */
#include "axis.h"
#include "rule.h"

#include <math.h>

enum { AXIS, KEEP };

static int axis_of(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->inputs[0]->shape->rank); }

/* ---- Shape ---- */

static bool axis_infer(wg_draft *draft, int *axis) {
  const wg_shape *shape = draft->inputs[0]->shape;
  if (!wg_infer_floats(draft) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, axis)) return false;
  return shape->size[*axis] > 0 || wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d is empty: nothing is largest", *axis);
}

static bool max_infer(wg_draft *draft) {
  int axis;
  if (!axis_infer(draft, &axis)) return false;
  draft->shape = wg_shape_reduced(draft->inputs[0]->shape, axis, draft->attrs[KEEP].integer != 0);
  return true;
}

static bool max_mask_infer(wg_draft *draft) {
  int axis;
  if (!axis_infer(draft, &axis)) return false;
  draft->shape = *draft->inputs[0]->shape;
  return true;
}

/* ---- Values ---- */

/* max_at is the place of the first largest element of a row, or of the first NaN. max writes the element there, one for
 * each row; max_mask writes 1 there and 0 elsewhere, rows of the same shape as those of x. */
#define MAX_OF(type, suffix)                                                                                           \
  static int64_t max_at_##suffix(int64_t n, const type *x, int64_t step) {                                             \
    int64_t at = 0;                                                                                                    \
    for (int64_t k = 1; k < n && !isnan(x[at * step]); k++)                                                            \
      if (x[k * step] > x[at * step] || isnan(x[k * step])) at = k;                                                    \
    return at;                                                                                                         \
  }                                                                                                                    \
  static wg_status max_##suffix(wg_call *call) {                                                                       \
    const wg_tensor *x = &call->in[0];                                                                                 \
    int axis = axis_of(call->node);                                                                                    \
    int64_t n = x->shape->size[axis], step = x->stride[axis], rows = wg_row_count(x->shape, axis);                     \
    type *largest = call->out.data;                                                                                    \
    for (int64_t r = 0; r < rows; r++) {                                                                               \
      const type *row = (const type *)x->data + wg_row_start(x->shape, x->stride, axis, r);                            \
      largest[r] = row[max_at_##suffix(n, row, step) * step];                                                          \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }                                                                                                                    \
  static wg_status max_mask_##suffix(wg_call *call) {                                                                  \
    const wg_tensor *x = &call->in[0], *out = &call->out;                                                              \
    int axis = axis_of(call->node);                                                                                    \
    int64_t n = x->shape->size[axis], step = x->stride[axis], rows = wg_row_count(x->shape, axis);                     \
    for (int64_t r = 0; r < rows; r++) {                                                                               \
      const type *row = (const type *)x->data + wg_row_start(x->shape, x->stride, axis, r);                            \
      type *mask = (type *)out->data + wg_row_start(out->shape, out->stride, axis, r);                                 \
      int64_t at = max_at_##suffix(n, row, step);                                                                      \
      for (int64_t k = 0; k < n; k++) mask[k * out->stride[axis]] = k == at;                                           \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

MAX_OF(float, f32)
MAX_OF(double, f64)

/* ---- max ---- */

static wg_node *max_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  int axis = axis_of(y);
  return wg_chain(wg_reshape(dy, wg_shape_reduced(x->shape, axis, true)), wg_max_mask(x, axis));
}

static const char *max_write(const wg_node *y, wg_script script) {
  static const char *const whole[] = {"max(%-0)", "max(%-0)", "\\max(%-0)"},
                           *const rows[] = {"max_rows(%-0)", "max_rows(%-0)", "\\max_{\\text{rows}}(%-0)"},
                           *const columns[] = {"max_cols(%-0)", "max_cols(%-0)", "\\max_{\\text{cols}}(%-0)"};
  int rank = y->inputs[0]->shape->rank;
  if (rank == 1) return whole[script];
  if (rank != 2) return NULL;
  return (axis_of(y) == 0 ? rows : columns)[script];
}

const wg_op wg_op_max = {
    .name = "max",
    .doc = "The largest element of x along an axis, which may be negative (counted from the last); with `keep` "
           "the axis remains, of size 1. NaN where there is one. Where several are largest, the first takes the "
           "derivative.\n"
           "Errors: no such axis; an axis of size 0; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1},
                               [KEEP] = {.name = "keep", .kind = WG_ATTR_INTEGER},
                               {0}},
    .infer = max_infer,
    .kernel = {[WG_F32] = max_f32, [WG_F64] = max_f64},
    .vjp = max_vjp,
    .notation = {.unicode = "max_{%{axis}}(%-0)",
                 .ascii = "max_{%{axis}}(%-0)",
                 .latex = "\\max_{%{axis}}(%-0)",
                 .write = max_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 4, 3)}, {WG_SAMPLE_NUMBER("axis", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {1, {WG_SAMPLE(-2, 2, 5)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {0},
        },
};

wg_node *wg_max(wg_node *x, int64_t axis, bool keep) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(&wg_op_max, x,
                    (wg_attr[]){wg_attr_integer("axis", axis), wg_attr_integer("keep", keep ? 1 : 0), {0}});
}

/* ---- max_mask ---- */

static const char *max_mask_write(const wg_node *y, wg_script script) {
  static const char *const whole[] = {"[%-0 = max]", "[%-0 = max]", "[%-0 = \\max]"},
                           *const rows[] = {"[%-0 = max_rows]", "[%-0 = max_rows]", "[%-0 = \\max_{\\text{rows}}]"},
                           *const columns[] = {"[%-0 = max_cols]", "[%-0 = max_cols]", "[%-0 = \\max_{\\text{cols}}]"};
  int rank = y->inputs[0]->shape->rank;
  if (rank == 1) return whole[script];
  if (rank != 2) return NULL;
  return (axis_of(y) == 0 ? rows : columns)[script];
}

const wg_op wg_op_max_mask = {
    .name = "max_mask",
    .doc = "1 at the first largest element of x along an axis (at the first NaN, if there is one), and 0 "
           "elsewhere; of the shape and dtype of x. It has no derivative.\n"
           "Errors: no such axis; an axis of size 0; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1}, {0}},
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = max_mask_infer,
    .kernel = {[WG_F32] = max_mask_f32, [WG_F64] = max_mask_f64},
    .notation = {.unicode = "[%-0 = max_{%{axis}}]",
                 .ascii = "[%-0 = max_{%{axis}}]",
                 .latex = "[%-0 = \\max_{%{axis}}]",
                 .write = max_mask_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("axis", 0)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {0},
        },
};

wg_node *wg_max_mask(wg_node *x, int64_t axis) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(&wg_op_max_mask, x, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}
