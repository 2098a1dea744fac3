/* positions.c: the place of each element along an axis, as a whole number, and the mask of equal whole numbers. */
#include "axis.h"
#include "index.h"
#include "rule.h"

#include <string.h>

/* ---- positions ---- */

enum { AXIS };

static bool positions_infer(wg_draft *draft) {
  int axis;
  draft->dtype = WG_I64;
  draft->shape = *draft->inputs[0]->shape;
  return wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis);
}

static wg_status positions(wg_call *call) {
  const wg_tensor *y = &call->out;
  int axis = (int)wg_axis_wrap(call->node->attrs[AXIS].integer, y->shape->rank);
  int64_t n = y->shape->size[axis], rows = n ? wg_row_count(y->shape, axis) : 0;
  for (int64_t r = 0; r < rows; r++) {
    int64_t *row = (int64_t *)y->data + wg_row_start(y->shape, y->stride, axis, r);
    for (int64_t k = 0; k < n; k++) row[k * y->stride[axis]] = k;
  }
  return WG_OK;
}

const wg_op wg_op_positions = {
    .name = "positions",
    .doc =
        "The place of each element of x along an axis: y_ij = i for axis 0 and j for axis 1; of type i64 and the shape "
        "of x, whose values do not matter.\n"
        "Errors: no such axis.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER}, {0}},
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = positions_infer,
    .kernel = {[WG_F32] = positions, [WG_F64] = positions, [WG_I64] = positions},
    .notation = {.unicode = "positions_{%{axis}}(%-0)",
                 .ascii = "positions_{%{axis}}(%-0)",
                 .latex = "\\operatorname{positions}_{%{axis}}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE_INTEGER(0, 9, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_INTEGER(0, 9, 3, 4)}, {WG_SAMPLE_NUMBER("axis", -1)}},
            {1, {WG_SAMPLE_INTEGER(0, 9, 0, 4)}, {{0}}},
            {0},
        },
};

wg_node *wg_positions(wg_node *x, int64_t axis) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(&wg_op_positions, x, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}

/* ---- index_equal ---- */

enum { DTYPE };

static bool index_equal_infer(wg_draft *draft) {
  const char *text = draft->attrs[DTYPE].text;
  draft->dtype = !strcmp(text, "f32") ? WG_F32 : WG_F64;
  if (draft->dtype == WG_F64 && strcmp(text, "f64"))
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "the dtype '%.20s' is not f32 or f64", text);
  if (!wg_infer_index(draft, 0) || !wg_infer_index(draft, 1)) return false;
  return wg_shape_broadcast(draft->inputs[0]->shape, draft->inputs[1]->shape, &draft->shape) ||
         wg_draft_fail(draft, WG_ERROR_SHAPE,
                       "the shapes do not broadcast: sizes must be equal or 1, from the last axis");
}

static void index_equal(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {
  const int64_t *a = in[0], *b = in[1];
  if (y->dtype == WG_F32)
    for (int64_t k = 0; k < n; k++) ((float *)out)[k] = a[k * stride[0]] == b[k * stride[1]];
  else
    for (int64_t k = 0; k < n; k++) ((double *)out)[k] = a[k * stride[0]] == b[k * stride[1]];
}

const wg_op wg_op_index_equal = {
    .name = "index_equal",
    .doc = "[a = b] of whole numbers (i64): 1 where it holds and 0 elsewhere, in the dtype f32 or f64 (the default), "
           "elementwise, with NumPy's broadcasting; a mask of labels or places.\n"
           "Errors: inputs that are not i64; shapes that do not broadcast together; an unknown dtype.",
    .arity = 2,
    .attrs = (const wg_attr[]){[DTYPE] = {.name = "dtype", .kind = WG_ATTR_TEXT, .text = "f64"}, {0}},
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = index_equal_infer,
    .loop = {[WG_I64] = index_equal},
    .notation = {.unicode = "[%-0 = %-1]", .ascii = "[%-0 = %-1]", .latex = "[%-0 = %-1]"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE_INTEGER(0, 3, 3, 4), WG_SAMPLE_INTEGER(0, 3, 3, 4)}, {{0}}},
            {2,
             {WG_SAMPLE_INTEGER(0, 3, 3, 1), WG_SAMPLE_INTEGER(0, 3, 4)},
             {{.name = "dtype", .kind = WG_ATTR_TEXT, .text = "f32"}}},
            {2, {WG_SAMPLE_INTEGER(0, 3, 5), {{0, {0}}, 1, 2, true}}, {{0}}},
            {2, {WG_SAMPLE_INTEGER(0, 3, 0, 4), WG_SAMPLE_INTEGER(0, 3, 4)}, {{0}}},
            {0},
        },
};

wg_node *wg_index_equal(wg_node *a, wg_node *b, wg_dtype dtype) {
  return wg_apply_2(&wg_op_index_equal, a, b, (wg_attr[]){wg_attr_text("dtype", wg_dtype_text(dtype)), {0}});
}
