/* gather.c: elements by their places along an axis, each with its own: gather, scatter and scatter_add.
 *
 *     gather       y_ij = x_{index_ij, j}                        ∂x = ∂y added up at those places (scatter_add)
 *     scatter_add  y = x, then y_{index_ij, j} += source_ij      ∂x = ∂y      ∂source = gather(∂y, index)
 *     scatter      y = x, then y_{index_ij, j}  = source_ij      ∂x = ∂y, 0 where overwritten
 *                                                                ∂source = gather(∂y, index), 0 where overwritten again
 *
 * written for axis 0 of a matrix. The index has the rank of x and is no longer than x along the other axes. */
#include "index.h"
#include "move.h"
#include "rule.h"

#include <string.h>

enum { AXIS };

static const wg_attr axis_attrs[] = {[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER}, {0}};

static int axis_of(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->inputs[0]->shape->rank); }

static const wg_attr *attrs_for(int64_t axis, wg_attr attrs[2]) {
  attrs[AXIS] = wg_attr_integer("axis", axis);
  return attrs;
}

/* ---- Shapes ---- */

static bool index_infer(wg_draft *draft) {
  const wg_shape *x = draft->inputs[0]->shape, *index = draft->inputs[1]->shape;
  int axis;
  draft->dtype = draft->inputs[0]->dtype;
  if (!wg_infer_index(draft, 1) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  if (index->rank != x->rank) return wg_draft_fail(draft, WG_ERROR_SHAPE, "the index must have the rank of x");
  for (int k = 0; k < x->rank; k++)
    if (k != axis && index->size[k] > x->size[k])
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "along axis %d the index is longer than x", k);
  return true;
}

static bool gather_infer(wg_draft *draft) {
  if (!index_infer(draft)) return false;
  draft->shape = *draft->inputs[1]->shape;
  return true;
}

static bool scatter_infer(wg_draft *draft) {
  if (!wg_infer_like(draft, 2) || !index_infer(draft)) return false;
  if (!wg_shape_equal(draft->inputs[1]->shape, draft->inputs[2]->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the shapes of index and source differ");
  draft->shape = *draft->inputs[0]->shape;
  return true;
}

/* ---- Values ---- */

/* The walk along the index of the call: `whole` is the tensor into which it points, `part` the one of its own shape. */
static wg_index_walk walk_of(const wg_call *call, const wg_tensor *whole, const wg_tensor *part) {
  const wg_tensor *index = &call->in[1];
  int axis = axis_of(call->node);
  wg_index_walk walk = {.shape = *index->shape, .size = whole->shape->size[axis], .step = whole->stride[axis]};
  walk.index = index->data;
  walk.whole = whole->data;
  walk.part = part->data;
  memcpy(walk.index_stride, index->stride, sizeof walk.index_stride);
  memcpy(walk.whole_stride, whole->stride, sizeof walk.whole_stride);
  memcpy(walk.part_stride, part->stride, sizeof walk.part_stride);
  walk.whole_stride[axis] = 0;
  return walk;
}

static wg_status outside(wg_call *call, const wg_index_walk *walk) {
  return wg_index_fail(call, &call->in[1], walk->at, walk->value, walk->size);
}

static wg_status gather(wg_call *call) {
  wg_index_walk walk = walk_of(call, &call->in[0], &call->out);
  return wg_index_read(&walk, call->out.dtype) ? WG_OK : outside(call, &walk);
}

/* The result begins as x. */
static wg_index_walk scatter_begin(wg_call *call) {
  const wg_tensor *x = &call->in[0], *y = &call->out;
  wg_move start = wg_move_copy(x->dtype, x->shape, y->stride, x->stride);
  wg_move_run(&start, y->data, x->data);
  return walk_of(call, y, &call->in[2]);
}

static wg_status scatter(wg_call *call) {
  wg_index_walk walk = scatter_begin(call);
  return wg_index_write(&walk, call->out.dtype) ? WG_OK : outside(call, &walk);
}

static wg_status scatter_add(wg_call *call) {
  wg_index_walk walk = scatter_begin(call);
  return wg_index_add_to(&walk, call->out.dtype) ? WG_OK : outside(call, &walk);
}

/* ---- gather ---- */

static wg_node *gather_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  return wg_scatter_add(wg_fill(x->tape, x->dtype, *x->shape, 0), axis_of(y), y->inputs[1], dy);
}

const wg_op wg_op_gather = {
    .name = "gather",
    .doc =
        "For each element of `index` (i64), the element of x at that place along the axis and at the same place along "
        "the others: y_ij = x_{index_ij, j} for axis 0. The index has the rank of x and is no longer along the other "
        "axes; the result has its shape. As torch.gather.\n"
        "Errors: no such axis, an index that is not i64 or of another rank or too long; in a run (WG_ERROR_DATA), an "
        "index that is not in 0 … size − 1.",
    .arity = 2,
    .attrs = axis_attrs,
    .nondifferentiable = 1u << 1,
    .linearity = WG_LINEAR_FIRST,
    .infer = gather_infer,
    .kernel = {[WG_F32] = gather, [WG_F64] = gather, [WG_I64] = gather},
    .vjp = gather_vjp,
    .notation = {.unicode = "gather_{%{axis}}(%*)",
                 .ascii = "gather_{%{axis}}(%*)",
                 .latex = "\\operatorname{gather}_{%{axis}}(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 3, 2, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 4, 3, 6)}, {WG_SAMPLE_NUMBER("axis", -1)}},
            {2, {WG_SAMPLE(-2, 2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 3, 1, 2, 3)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {2, {WG_SAMPLE(-2, 2, 5), WG_SAMPLE_INTEGER(0, 5, 7)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 3, 0, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE_INTEGER(0, 3, 0, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {0},
        },
};

wg_node *wg_gather(wg_node *x, int64_t axis, wg_node *index) {
  wg_attr attrs[2] = {{0}};
  return wg_apply_2(&wg_op_gather, x, index, attrs_for(wg_axis_wrap(axis, wg_node_shape(x).rank), attrs));
}

/* ---- scatter_add ---- */

static wg_node *scatter_add_vjp(wg_node *y, wg_node *dy, int i) {
  return i == 0 ? dy : wg_gather(dy, axis_of(y), y->inputs[1]);
}

static const wg_sample scatter_samples[] = {
    {3, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 3, 5, 4), WG_SAMPLE(-2, 2, 5, 4)}, {{0}}},
    {3,
     {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 4, 2, 3), WG_SAMPLE(-2, 2, 2, 3)},
     {WG_SAMPLE_NUMBER("axis", -1)}},
    {3,
     {WG_SAMPLE(-2, 2, 2, 3, 2), WG_SAMPLE_INTEGER(0, 3, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 3, 2)},
     {WG_SAMPLE_NUMBER("axis", 1)}},
    {3, {WG_SAMPLE(-2, 2, 5), WG_SAMPLE_INTEGER(0, 5, 3), WG_SAMPLE(-2, 2, 3)}, {{0}}},
    {3, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 3, 0, 4), WG_SAMPLE(-2, 2, 0, 4)}, {{0}}},
    {0},
};

const wg_op wg_op_scatter_add = {
    .name = "scatter_add",
    .doc =
        "x with each element of `source` added at the place along the axis that `index` (i64, of the source's shape) "
        "says, at the same place along the others: y_{index_ij, j} += source_ij for axis 0. The order of additions is "
        "that of the index. As torch.scatter_add for a source of the shape of the index.\n"
        "Errors: no such axis, shapes or dtypes that do not fit; in a run (WG_ERROR_DATA), an index that is not in "
        "0 … size − 1.",
    .arity = 3,
    .attrs = axis_attrs,
    .nondifferentiable = 1u << 1,
    .infer = scatter_infer,
    .kernel = {[WG_F32] = scatter_add, [WG_F64] = scatter_add, [WG_I64] = scatter_add},
    .vjp = scatter_add_vjp,
    .notation = {.unicode = "scatter_add_{%{axis}}(%*)",
                 .ascii = "scatter_add_{%{axis}}(%*)",
                 .latex = "\\operatorname{scatteradd}_{%{axis}}(%*)"},
    .samples = scatter_samples,
};

wg_node *wg_scatter_add(wg_node *x, int64_t axis, wg_node *index, wg_node *source) {
  wg_attr attrs[2] = {{0}};
  return wg_apply(&wg_op_scatter_add, 3, (wg_node *[]){x, index, source},
                  attrs_for(wg_axis_wrap(axis, wg_node_shape(x).rank), attrs));
}

/* ---- scatter ---- */

/* The mask, in the dtype of the source, of its elements that no later one overwrites: those that find their own number
 * where they have written it. */
static wg_node *remaining(wg_node *y) {
  wg_node *index = y->inputs[1], *source = y->inputs[2];
  int axis = axis_of(y);
  wg_node *numbers = wg_positions(index, axis);
  wg_node *written = wg_scatter(wg_fill(y->tape, WG_I64, *y->shape, 0), axis, index, numbers);
  return wg_index_equal(wg_gather(written, axis, index), numbers, source->dtype);
}

static wg_node *scatter_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *index = y->inputs[1];
  int axis = axis_of(y);
  if (i == 0) return wg_scatter(dy, axis, index, wg_fill(y->tape, y->dtype, *index->shape, 0));
  return wg_where(remaining(y), wg_gather(dy, axis, index), wg_scalar_like(dy, 0));
}

const wg_op wg_op_scatter = {
    .name = "scatter",
    .doc =
        "x with each element of `source` written at the place along the axis that `index` (i64, of the source's "
        "shape) says, at the same place along the others: y_{index_ij, j} = source_ij for axis 0. Where several "
        "elements go to one place, the last remains, and it alone has a derivative. As torch.scatter for a source of "
        "the shape of the index, where which of them remains is not said, and each gets the derivative.\n"
        "Errors: no such axis, shapes or dtypes that do not fit; in a run (WG_ERROR_DATA), an index that is not in "
        "0 … size − 1.",
    .arity = 3,
    .attrs = axis_attrs,
    .nondifferentiable = 1u << 1,
    .infer = scatter_infer,
    .kernel = {[WG_F32] = scatter, [WG_F64] = scatter, [WG_I64] = scatter},
    .vjp = scatter_vjp,
    .notation = {.unicode = "scatter_{%{axis}}(%*)",
                 .ascii = "scatter_{%{axis}}(%*)",
                 .latex = "\\operatorname{scatter}_{%{axis}}(%*)"},
    .samples = scatter_samples,
};

wg_node *wg_scatter(wg_node *x, int64_t axis, wg_node *index, wg_node *source) {
  wg_attr attrs[2] = {{0}};
  return wg_apply(&wg_op_scatter, 3, (wg_node *[]){x, index, source},
                  attrs_for(wg_axis_wrap(axis, wg_node_shape(x).rank), attrs));
}
