/* unfold.c: windows that slide along an axis, without a copy, and their sum.
 *
 *     y_{w,k} = x_{w·step + k·dilation}      ∂x_i = Σ ∂y_{w,k} over all (w,k) with w·step + k·dilation = i   (fold)
 *
 * With the windows as a new last axis, a convolution is a matrix product and a pooling is a reduction. */
#include "move.h"
#include "view.h"

enum { AXIS, SIZE, STEP, DILATION };

static int axis_of(const wg_attr *attrs, int rank) { return (int)wg_axis_wrap(attrs[AXIS].integer, rank); }

/* How many windows an axis of `length` elements has, 0 if not one fits; size, step and dilation are 1 or more. */
static int64_t window_count(const wg_attr *attrs, int64_t length) {
  int64_t size = attrs[SIZE].integer, step = attrs[STEP].integer, dilation = attrs[DILATION].integer;
  if (length == 0 || (size - 1) > (length - 1) / dilation) return 0;
  return (length - 1 - (size - 1) * dilation) / step + 1;
}

static bool window_valid(const wg_draft *draft) {
  static const char *const names[] = {[SIZE] = "size", [STEP] = "step", [DILATION] = "dilation"};
  for (int k = SIZE; k <= DILATION; k++)
    if (draft->attrs[k].integer < 1)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the %s is %lld, not 1 or more", names[k],
                           (long long)draft->attrs[k].integer);
  return true;
}

static const wg_attr *window_attrs(wg_attr attrs[6], int64_t axis, int64_t size, int64_t step, int64_t dilation) {
  attrs[AXIS] = wg_attr_integer("axis", axis);
  attrs[SIZE] = wg_attr_integer("size", size);
  attrs[STEP] = wg_attr_integer("step", step);
  attrs[DILATION] = wg_attr_integer("dilation", dilation);
  return attrs;
}

/* ---- unfold ---- */

static bool unfold_infer(wg_draft *draft) {
  int axis;
  const wg_shape *shape = draft->inputs[0]->shape;
  if (!window_valid(draft) || !wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  if (shape->rank == WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would have more than %d axes", WG_RANK_MAX);
  int64_t windows = window_count(draft->attrs, shape->size[axis]);
  if (windows == 0)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "a window of %lld elements does not fit into axis %d",
                         (long long)draft->attrs[SIZE].integer, axis);
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = *shape;
  draft->shape.size[axis] = windows;
  draft->shape.size[draft->shape.rank++] = draft->attrs[SIZE].integer;
  return true;
}

static bool unfold_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  int rank = in->shape->rank, axis = axis_of(y->attrs, rank);
  out->data = in->data;
  for (int k = 0; k < rank; k++) out->stride[k] = in->stride[k];
  out->stride[axis] = in->stride[axis] * y->attrs[STEP].integer;
  out->stride[rank] = in->stride[axis] * y->attrs[DILATION].integer;
  /* of an axis with one place nobody takes a step, and a long one might overflow */
  if (y->shape->size[axis] == 1) out->stride[axis] = in->stride[axis];
  if (y->shape->size[rank] == 1) out->stride[rank] = 1;
  return true;
}

static wg_node *unfold_vjp(wg_node *y, wg_node *dy, int i) {
  const wg_shape *shape = y->inputs[i]->shape;
  int axis = axis_of(y->attrs, shape->rank);
  return wg_fold(dy, axis, shape->size[axis], y->attrs[STEP].integer, y->attrs[DILATION].integer);
}

const wg_op wg_op_unfold = {
    .name = "unfold",
    .doc =
        "Windows of `size` elements along an axis, one beginning every `step` elements, its elements `dilation` apart "
        "(1 by default): the axis of n elements becomes one of (n − dilation·(size − 1) − 1)/step + 1 windows, rounded "
        "down, and their elements are a new last axis. Windows overlap in memory: nothing is copied. As "
        "torch.Tensor.unfold, which has no dilation (torch.nn.functional.unfold is another operation).\n"
        "Errors: no such axis, a window that does not fit, a size, step or dilation below 1.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER},
                               [SIZE] = {.name = "size", .kind = WG_ATTR_INTEGER, .integer = 1},
                               [STEP] = {.name = "step", .kind = WG_ATTR_INTEGER, .integer = 1},
                               [DILATION] = {.name = "dilation", .kind = WG_ATTR_INTEGER, .integer = 1},
                               {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = unfold_infer,
    .view = unfold_view,
    .vjp = unfold_vjp,
    .notation = {.unicode = "unfold(%-0)", .ascii = "unfold(%-0)", .latex = "\\operatorname{unfold}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 7)}, {WG_SAMPLE_NUMBER("size", 3)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 7)},
             {WG_SAMPLE_NUMBER("axis", -1), WG_SAMPLE_NUMBER("size", 2), WG_SAMPLE_NUMBER("step", 2)}},
            {1,
             {WG_SAMPLE(-2, 2, 8, 2)},
             {WG_SAMPLE_NUMBER("size", 3), WG_SAMPLE_NUMBER("step", 2), WG_SAMPLE_NUMBER("dilation", 2)}},
            {1, {WG_SAMPLE(-2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("size", 3)}},
            {1, {WG_SAMPLE(-2, 2, 4, 0)}, {WG_SAMPLE_NUMBER("size", 2)}},
            {0},
        },
};

wg_node *wg_unfold(wg_node *x, int64_t axis, int64_t size, int64_t step, int64_t dilation) {
  wg_attr attrs[6] = {{0}};
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank);
  return wg_apply_1(&wg_op_unfold, x, window_attrs(attrs, axis, size, step, dilation));
}

/* ---- fold ---- */

enum { LENGTH = SIZE };

/* The attributes of the unfold that fold undoes: the size of a window stands in the shape of x. */
static const wg_attr *unfolding(const wg_attr *attrs, const wg_shape *windows, wg_attr result[6]) {
  return window_attrs(result, attrs[AXIS].integer, windows->size[windows->rank - 1], attrs[STEP].integer,
                      attrs[DILATION].integer);
}

static bool fold_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int64_t length = draft->attrs[LENGTH].integer;
  wg_attr attrs[6] = {{0}};
  if (!wg_infer_floats(draft)) return false;
  if (shape->rank < 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "x needs an axis of windows, and a last one of elements");
  for (int k = STEP; k <= DILATION; k++)
    if (draft->attrs[k].integer < 1)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the %s is %lld, not 1 or more", k == STEP ? "step" : "dilation",
                           (long long)draft->attrs[k].integer);
  int64_t named = wg_axis_wrap(draft->attrs[AXIS].integer, shape->rank - 1);
  if (named < 0 || named >= shape->rank - 1)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there is no axis %lld in the result, of rank %d", (long long)named,
                         shape->rank - 1);
  int axis = (int)named;
  if (length < 1 || shape->size[shape->rank - 1] < 1 ||
      window_count(unfolding(draft->attrs, shape, attrs), length) != shape->size[axis])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "%lld elements do not have these %lld windows", (long long)length,
                         (long long)shape->size[axis]);
  draft->shape = *shape;
  draft->shape.rank--;
  draft->shape.size[axis] = length;
  return true;
}

/* Every element is added at its place in its window, window after window. */
static wg_status fold(wg_call *call) {
  const wg_tensor *x = &call->in[0], *y = &call->out;
  const wg_attr *attrs = call->node->attrs;
  int last = x->shape->rank - 1, axis = axis_of(attrs, last);
  int64_t to[WG_RANK_MAX];
  wg_tensor_fill(y, 0);
  for (int k = 0; k < last; k++) to[k] = y->stride[k];
  /* of an axis with one place nobody takes a step, and a long one might overflow */
  to[axis] = x->shape->size[axis] > 1 ? attrs[STEP].integer * y->stride[axis] : 0;
  to[last] = x->shape->size[last] > 1 ? attrs[DILATION].integer * y->stride[axis] : 0;
  wg_move move = wg_move_add(x->dtype, x->shape, to, x->stride);
  wg_move_run(&move, y->data, x->data);
  return WG_OK;
}

static wg_node *fold_vjp(wg_node *y, wg_node *dy, int i) {
  const wg_shape *shape = y->inputs[i]->shape;
  wg_attr attrs[6] = {{0}};
  return wg_apply_1(&wg_op_unfold, dy, unfolding(y->attrs, shape, attrs));
}

const wg_op wg_op_fold = {
    .name = "fold",
    .doc =
        "The adjoint of unfold: windows along an axis, their elements along the last one, are added up into an axis of "
        "`length` elements, where they overlap (overlap-add); places in no window are 0. step and dilation as in "
        "unfold. torch.nn.functional.fold does this for two axes at once.\n"
        "Errors: another number of windows than unfold would make of that length; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER},
                               [LENGTH] = {.name = "length", .kind = WG_ATTR_INTEGER, .integer = 1},
                               [STEP] = {.name = "step", .kind = WG_ATTR_INTEGER, .integer = 1},
                               [DILATION] = {.name = "dilation", .kind = WG_ATTR_INTEGER, .integer = 1},
                               {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = fold_infer,
    .kernel = {[WG_F32] = fold, [WG_F64] = fold},
    .vjp = fold_vjp,
    .notation = {.unicode = "fold(%-0)", .ascii = "fold(%-0)", .latex = "\\operatorname{fold}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_NUMBER("length", 7)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 3, 2)},
             {WG_SAMPLE_NUMBER("axis", -1), WG_SAMPLE_NUMBER("length", 7), WG_SAMPLE_NUMBER("step", 2)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 2, 3)},
             {WG_SAMPLE_NUMBER("length", 8), WG_SAMPLE_NUMBER("step", 2), WG_SAMPLE_NUMBER("dilation", 2)}},
            {1, {WG_SAMPLE(-2, 2, 3, 0, 2)}, {WG_SAMPLE_NUMBER("length", 4)}},
            {0},
        },
};

wg_node *wg_fold(wg_node *x, int64_t axis, int64_t length, int64_t step, int64_t dilation) {
  axis = wg_axis_wrap(axis, wg_node_shape(x).rank - 1);
  return wg_apply_1(&wg_op_fold, x,
                    (wg_attr[]){wg_attr_integer("axis", axis),
                                wg_attr_integer("length", length),
                                wg_attr_integer("step", step),
                                wg_attr_integer("dilation", dilation),
                                {0}});
}
