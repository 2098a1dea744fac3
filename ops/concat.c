/* concat.c: tensors one after another along an axis that they have, or side by side along a new one.
 *
 *     y = [x_0, x_1, …]      ∂x_i = the part of ∂y where x_i is
 */
#include "move.h"
#include "view.h"

#include <string.h>

enum { AXIS };

static const wg_attr axis_attrs[] = {[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER}, {0}};

static bool one_dtype(wg_draft *draft) {
  draft->dtype = draft->inputs[0]->dtype;
  for (int i = 1; i < draft->input_count; i++)
    if (draft->inputs[i]->dtype != draft->dtype)
      return wg_draft_fail(draft, WG_ERROR_DTYPE, "element types %s and %s differ", wg_dtype_text(draft->dtype),
                           wg_dtype_text(draft->inputs[i]->dtype));
  return true;
}

/* ---- concat ---- */

static bool concat_infer(wg_draft *draft) {
  int axis;
  if (!one_dtype(draft)) return false;
  draft->shape = *draft->inputs[0]->shape;
  if (draft->shape.rank == 0) return wg_draft_fail(draft, WG_ERROR_SHAPE, "scalars have no axis: stack makes one");
  if (!wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  for (int i = 1; i < draft->input_count; i++) {
    wg_shape shape = *draft->inputs[i]->shape;
    int64_t size = axis < shape.rank ? shape.size[axis] : 0, sum = draft->shape.size[axis];
    if (axis < shape.rank) shape.size[axis] = sum;
    if (!wg_shape_equal(&shape, &draft->shape))
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "input %d differs from input 0 in more than the size of axis %d", i,
                           axis);
    if (size > INT64_MAX - sum) return wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d would be too long", axis);
    draft->shape.size[axis] = sum + size;
  }
  return true;
}

static int concat_axis(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->shape->rank); }

static wg_status concat(wg_call *call) {
  int axis = concat_axis(call->node);
  int64_t offset = 0;
  for (int i = 0; i < call->node->input_count; i++) {
    const wg_tensor *x = &call->in[i];
    wg_move move = wg_move_copy(x->dtype, x->shape, call->out.stride, x->stride);
    wg_move_run(&move, wg_view_at(&call->out, offset * call->out.stride[axis]), x->data);
    offset += x->shape->size[axis];
  }
  return WG_OK;
}

static wg_node *concat_vjp(wg_node *y, wg_node *dy, int i) {
  int axis = concat_axis(y);
  int64_t offset = 0;
  for (int k = 0; k < i; k++) offset += y->inputs[k]->shape->size[axis];
  return wg_narrow(dy, axis, offset, y->inputs[i]->shape->size[axis]);
}

const wg_op wg_op_concat = {
    .name = "concat",
    .doc = "The inputs one after another along an axis: shapes that are equal but for the size of that axis, which is "
           "summed. Negative axes count from the last. Any dtype, as torch.cat.\n"
           "Errors: other sizes or ranks that differ, two dtypes, no such axis, scalars.",
    .arity = WG_VARIADIC,
    .attrs = axis_attrs,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = concat_infer,
    .kernel = {[WG_F32] = concat, [WG_F64] = concat, [WG_I64] = concat},
    .vjp = concat_vjp,
    .notation = {.unicode = "concat(%*)", .ascii = "concat(%*)", .latex = "\\operatorname{concat}(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 2, 4)}, {{0}}},
            {3,
             {WG_SAMPLE(-2, 2, 3, 1), WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 2)},
             {WG_SAMPLE_NUMBER("axis", -1)}},
            {2, {WG_SAMPLE(-2, 2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {1, {WG_SAMPLE(-2, 2, 5)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {0},
        },
};

wg_node *wg_concat(int count, wg_node *const *inputs, int64_t axis) {
  if (count > 0 && inputs) axis = wg_axis_wrap(axis, wg_node_shape(inputs[0]).rank);
  return wg_apply(&wg_op_concat, count, inputs, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}

/* ---- stack ---- */

static int stack_axis(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->shape->rank); }

static bool stack_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int64_t axis = wg_axis_wrap(draft->attrs[AXIS].integer, shape->rank + 1);
  if (!one_dtype(draft)) return false;
  for (int i = 1; i < draft->input_count; i++)
    if (!wg_shape_equal(shape, draft->inputs[i]->shape))
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "the shapes of inputs 0 and %d differ", i);
  if (shape->rank == WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would have more than %d axes", WG_RANK_MAX);
  if (axis < 0 || axis > shape->rank)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there is no axis %lld in the result, of rank %d", (long long)axis,
                         shape->rank + 1);
  for (int from = 0; from <= shape->rank; from++) {
    if (from == axis) draft->shape.size[draft->shape.rank++] = draft->input_count;
    if (from < shape->rank) draft->shape.size[draft->shape.rank++] = shape->size[from];
  }
  return true;
}

static wg_status stack(wg_call *call) {
  int axis = stack_axis(call->node), rank = call->out.shape->rank;
  int64_t to[WG_RANK_MAX] = {0};
  for (int from = 0; from < rank - 1; from++) to[from] = call->out.stride[from < axis ? from : from + 1];
  for (int i = 0; i < call->node->input_count; i++) {
    const wg_tensor *x = &call->in[i];
    wg_move move = wg_move_copy(x->dtype, x->shape, to, x->stride);
    wg_move_run(&move, wg_view_at(&call->out, i * call->out.stride[axis]), x->data);
  }
  return WG_OK;
}

static wg_node *stack_vjp(wg_node *y, wg_node *dy, int i) { return wg_select(dy, stack_axis(y), i); }

const wg_op wg_op_stack = {
    .name = "stack",
    .doc =
        "The inputs, of one shape, side by side along a new axis at that place of the result; a negative axis counts "
        "from the result's last. Any dtype, as torch.stack.\n"
        "Errors: shapes or dtypes that differ, no such axis, more axes than a shape can have.",
    .arity = WG_VARIADIC,
    .attrs = axis_attrs,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = stack_infer,
    .kernel = {[WG_F32] = stack, [WG_F64] = stack, [WG_I64] = stack},
    .vjp = stack_vjp,
    .notation = {.unicode = "stack(%*)", .ascii = "stack(%*)", .latex = "\\operatorname{stack}(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {3,
             {WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 3, 2)},
             {WG_SAMPLE_NUMBER("axis", -1)}},
            {2, {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_stack(int count, wg_node *const *inputs, int64_t axis) {
  if (count > 0 && inputs) axis = wg_axis_wrap(axis, wg_node_shape(inputs[0]).rank + 1);
  return wg_apply(&wg_op_stack, count, inputs, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}
