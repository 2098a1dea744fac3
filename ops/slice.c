/* slice.c: parts of a tensor by start, stop and step, without a copy, and their adjoint.
 *
 *     y_k = x_{start + k·step}      ∂x = ∂y at those places and 0 elsewhere (unslice)
 */
#include "move.h"
#include "view.h"

#include <string.h>

/* The elements start, start + step, … of one axis, `count` of them. */
typedef struct range {
  int64_t start, step, count;
} range;

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

/* Python's rule: negative places count from the end, what lies outside is left out, and `stop` is not included. */
static range range_of(int64_t size, int64_t start, int64_t stop, int64_t step) {
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  start = clamp(start < 0 ? start + size : start, low, high);
  stop = clamp(stop < 0 ? stop + size : stop, low, high);
  step = clamp(step, -size - 1, size + 1); /* no step is longer than the axis */
  int64_t length = step > 0 ? stop - start : start - stop;
  if (length <= 0) return (range){0, 1, 0};
  int64_t count = (length - 1) / (step > 0 ? step : -step) + 1;
  return (range){start, count == 1 ? 1 : step, count};
}

static bool range_whole(range r, int64_t size) { return r.start == 0 && r.step == 1 && r.count == size; }

/* ---- slice ---- */

enum { AXES, STARTS, STOPS, STEPS };

/* The range of each axis of a tensor of that shape; false, with the reason, for lists that do not fit. */
static bool ranges_of(const wg_attr *attrs, const wg_shape *shape, range ranges[WG_RANK_MAX], const char **reason) {
  int count = attrs[STARTS].count;
  const int64_t *axes = attrs[AXES].count ? attrs[AXES].integers : NULL;
  const int64_t *steps = attrs[STEPS].count ? attrs[STEPS].integers : NULL;
  bool named[WG_RANK_MAX] = {false};
  *reason = "the lists of axes, starts, stops and steps differ in length";
  if (attrs[STOPS].count != count || (axes && attrs[AXES].count != count) || (steps && attrs[STEPS].count != count))
    return false;
  for (int axis = 0; axis < shape->rank; axis++) ranges[axis] = (range){0, 1, shape->size[axis]};
  for (int k = 0; k < count; k++) {
    int64_t axis = axes ? wg_axis_wrap(axes[k], shape->rank) : k, step = steps ? steps[k] : 1;
    *reason = "there is no such axis";
    if (axis < 0 || axis >= shape->rank) return false;
    *reason = "an axis is named twice";
    if (named[axis]) return false;
    *reason = "a step is 0";
    if (step == 0) return false;
    named[axis] = true;
    ranges[axis] = range_of(shape->size[axis], attrs[STARTS].integers[k], attrs[STOPS].integers[k], step);
  }
  return true;
}

static bool slice_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  const char *reason;
  range ranges[WG_RANK_MAX];
  if (!ranges_of(draft->attrs, shape, ranges, &reason))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "rank %d: %s", shape->rank, reason);
  draft->dtype = draft->inputs[0]->dtype;
  for (int axis = 0; axis < shape->rank; axis++) draft->shape.size[draft->shape.rank++] = ranges[axis].count;
  return true;
}

static bool slice_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  const char *reason;
  range ranges[WG_RANK_MAX];
  int64_t offset = 0;
  ranges_of(y->attrs, in->shape, ranges, &reason);
  for (int axis = 0; axis < in->shape->rank; axis++) {
    offset += ranges[axis].start * in->stride[axis];
    out->stride[axis] = ranges[axis].step * in->stride[axis];
  }
  out->data = wg_node_size(y) ? wg_view_at(in, offset) : in->data;
  return true;
}

static wg_node *slice_vjp(wg_node *y, wg_node *dy, int i) {
  const wg_shape *shape = y->inputs[i]->shape;
  const char *reason;
  range ranges[WG_RANK_MAX];
  int64_t starts[WG_RANK_MAX], steps[WG_RANK_MAX];
  ranges_of(y->attrs, shape, ranges, &reason);
  for (int axis = 0; axis < shape->rank; axis++) {
    starts[axis] = ranges[axis].start;
    steps[axis] = ranges[axis].step;
  }
  return wg_unslice(dy, *shape, starts, steps);
}

/* x[1:3], x[7:0:-2] and x[:,1:3] as in Python, where the first axis is cut, or the second of two. */
static const char *slice_write(const wg_node *y, wg_script script) {
  const wg_attr *axes = &y->attrs[AXES], *steps = &y->attrs[STEPS];
  (void)script;
  if (y->attrs[STARTS].count != 1) return NULL;
  bool stepped = steps->count && steps->integers[0] != 1;
  int64_t axis = axes->count ? wg_axis_wrap(axes->integers[0], y->shape->rank) : 0;
  if (axis == 0) return stepped ? "%0[%{starts}:%{stops}:%{steps}]" : "%0[%{starts}:%{stops}]";
  if (axis != 1 || y->shape->rank != 2) return NULL;
  return stepped ? "%0[:,%{starts}:%{stops}:%{steps}]" : "%0[:,%{starts}:%{stops}]";
}

static const wg_attr slice_attrs[] = {[AXES] = {.name = "axes", .kind = WG_ATTR_INTEGERS},
                                      [STARTS] = {.name = "starts", .kind = WG_ATTR_INTEGERS},
                                      [STOPS] = {.name = "stops", .kind = WG_ATTR_INTEGERS},
                                      [STEPS] = {.name = "steps", .kind = WG_ATTR_INTEGERS},
                                      {0}};

const wg_op wg_op_slice = {
    .name = "slice",
    .doc =
        "x[start:stop:step] along some axes, as in Python and ONNX: the elements start, start + step, … before stop. "
        "Negative starts and stops count from the end, and what lies outside is left out; INT64_MAX as stop is the "
        "end, and with a negative step INT64_MIN takes the first element too. Without a list of axes the first ones "
        "are meant; without steps, steps of 1. Any dtype; copies nothing.\n"
        "Errors: lists of different lengths, no such axis, an axis named twice, a step of 0.",
    .arity = 1,
    .attrs = slice_attrs,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = slice_infer,
    .view = slice_view,
    .vjp = slice_vjp,
    .notation = {.unicode = "slice_{%{axes}}(%-0, %{starts} : %{stops} : %{steps})",
                 .ascii = "slice_{%{axes}}(%-0, %{starts} : %{stops} : %{steps})",
                 .latex = "\\operatorname{slice}_{%{axes}}(%-0, %{starts} : %{stops} : %{steps})",
                 .write = slice_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("starts", 1), WG_SAMPLE_LIST("stops", 4)}},
            {1,
             {WG_SAMPLE(-2, 2, 3, 7)},
             {WG_SAMPLE_LIST("axes", -1), WG_SAMPLE_LIST("starts", 1), WG_SAMPLE_LIST("stops", -1),
              WG_SAMPLE_LIST("steps", 2)}},
            {1,
             {WG_SAMPLE(-2, 2, 4, 2, 5)},
             {WG_SAMPLE_LIST("axes", 2, 0), WG_SAMPLE_LIST("starts", -1, 1),
              WG_SAMPLE_LIST("stops", INT64_MIN, INT64_MAX), WG_SAMPLE_LIST("steps", -2, 1)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 4, 2)}, {WG_SAMPLE_LIST("starts", 3), WG_SAMPLE_LIST("stops", 1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("starts", 0, 1), WG_SAMPLE_LIST("stops", 2, 3)}},
            {0},
        },
};

/* Records the slice with what each axis comes to, so that equal parts are one node; all of x is x itself. */
static wg_node *slice_record(wg_node *x, const range ranges[WG_RANK_MAX]) {
  int64_t axes[WG_RANK_MAX], starts[WG_RANK_MAX], stops[WG_RANK_MAX], steps[WG_RANK_MAX];
  wg_shape shape = *x->shape;
  int count = 0;
  for (int axis = 0; axis < x->shape->rank; axis++) {
    range r = ranges[axis];
    int64_t size = x->shape->size[axis], last = r.start + (r.count - 1) * r.step;
    if (range_whole(r, size)) continue;
    shape.size[axis] = r.count;
    axes[count] = axis;
    starts[count] = r.start;
    steps[count] = r.step;
    stops[count] = r.count == 0 ? 0 : r.step > 0 ? last + 1 : last > 0 ? last - 1 : -size - 1;
    count++;
  }
  wg_node *fill = wg_view_of_fill(x, &shape);
  if (count == 0 || fill) return count == 0 ? x : fill;
  return wg_apply_1(&wg_op_slice, x,
                    (wg_attr[]){wg_attr_integers("axes", count, axes),
                                wg_attr_integers("starts", count, starts),
                                wg_attr_integers("stops", count, stops),
                                wg_attr_integers("steps", count, steps),
                                {0}});
}

/* axes and steps may be NULL. */
wg_node *wg_slice(wg_node *x, int count, const int64_t *axes, const int64_t *starts, const int64_t *stops,
                  const int64_t *steps) {
  const wg_attr attrs[] = {[AXES] = wg_attr_integers("axes", axes ? count : 0, axes),
                           [STARTS] = wg_attr_integers("starts", count, starts),
                           [STOPS] = wg_attr_integers("stops", count, stops),
                           [STEPS] = wg_attr_integers("steps", steps ? count : 0, steps),
                           {0}};
  const char *reason;
  range ranges[WG_RANK_MAX];
  if (!wg_list_given(count, starts) || !wg_list_given(count, stops))
    return wg_fail(x, WG_ERROR_ARGUMENT, "slice: no lists of %d starts and stops were given", count);
  if (wg_node_inert(x) || !ranges_of(attrs, x->shape, ranges, &reason)) return wg_apply_1(&wg_op_slice, x, attrs);
  return slice_record(x, ranges);
}

/* ---- unslice ---- */

enum { SHAPE, PLACES, STRIDES };

static bool unslice_infer(wg_draft *draft) {
  const wg_attr *sizes = &draft->attrs[SHAPE], *starts = &draft->attrs[PLACES], *steps = &draft->attrs[STRIDES];
  const wg_shape *shape = draft->inputs[0]->shape;
  int64_t elements;
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = wg_shape_of(sizes->count, sizes->integers);
  if (!wg_shape_count(&draft->shape, &elements))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the shape wanted is no valid shape");
  if (shape->rank != draft->shape.rank || starts->count != shape->rank || steps->count != shape->rank)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "shape, starts and steps must have as many numbers as x has axes");
  for (int axis = 0; axis < shape->rank; axis++) {
    int64_t size = draft->shape.size[axis], count = shape->size[axis];
    int64_t start = starts->integers[axis], step = steps->integers[axis];
    if (count == 0) continue;
    bool inside = start >= 0 && start < size && step != 0;
    if (inside && count > 1) {
      int64_t room = step > 0 ? size - 1 - start : start; /* from the first place to the border */
      inside = step > -size && step < size && room / (step > 0 ? step : -step) >= count - 1;
    }
    if (!inside)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "axis %d: x does not fit into %lld places", axis, (long long)size);
  }
  return true;
}

static wg_status unslice(wg_call *call) {
  const wg_tensor *x = &call->in[0];
  const int64_t *starts = call->node->attrs[PLACES].integers, *steps = call->node->attrs[STRIDES].integers;
  int64_t to[WG_RANK_MAX] = {0}, offset = 0;
  wg_tensor_fill(&call->out, 0);
  if (wg_row_count(x->shape, -1) == 0) return WG_OK;
  for (int axis = 0; axis < x->shape->rank; axis++) {
    offset += starts[axis] * call->out.stride[axis];
    to[axis] = x->shape->size[axis] > 1 ? steps[axis] * call->out.stride[axis] : 0;
  }
  wg_move move = wg_move_copy(x->dtype, x->shape, to, x->stride);
  wg_move_run(&move, wg_view_at(&call->out, offset), x->data);
  return WG_OK;
}

static wg_node *unslice_vjp(wg_node *y, wg_node *dy, int i) {
  const wg_shape *shape = y->inputs[i]->shape;
  const int64_t *starts = y->attrs[PLACES].integers, *steps = y->attrs[STRIDES].integers;
  range ranges[WG_RANK_MAX] = {{0, 1, 0}};
  for (int axis = 0; axis < shape->rank; axis++) {
    int64_t count = shape->size[axis];
    ranges[axis] = (range){count ? starts[axis] : 0, count > 1 ? steps[axis] : 1, count};
  }
  return wg_node_inert(dy) ? dy : slice_record(dy, ranges);
}

const wg_op wg_op_unslice = {
    .name = "unslice",
    .doc = "The adjoint of slice: zeros of the given shape, with x at the places start, start + step, … of each axis "
           "(starts and steps have a number for every axis; steps may be negative). Any dtype.\n"
           "Errors: lists that do not fit the rank of x; places outside the shape.",
    .arity = 1,
    .attrs = (const wg_attr[]){[SHAPE] = {.name = "shape", .kind = WG_ATTR_INTEGERS},
                               [PLACES] = {.name = "starts", .kind = WG_ATTR_INTEGERS},
                               [STRIDES] = {.name = "steps", .kind = WG_ATTR_INTEGERS},
                               {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = unslice_infer,
    .kernel = {[WG_F32] = unslice, [WG_F64] = unslice, [WG_I64] = unslice},
    .vjp = unslice_vjp,
    .notation = {.unicode = "unslice(%-0)", .ascii = "unslice(%-0)", .latex = "\\operatorname{unslice}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1,
             {WG_SAMPLE(-2, 2, 2, 3)},
             {WG_SAMPLE_LIST("shape", 5, 3), WG_SAMPLE_LIST("starts", 1, 0), WG_SAMPLE_LIST("steps", 1, 1)}},
            {1,
             {WG_SAMPLE(-2, 2, 3, 2)},
             {WG_SAMPLE_LIST("shape", 6, 5), WG_SAMPLE_LIST("starts", 1, 4), WG_SAMPLE_LIST("steps", 2, -3)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1,
             {WG_SAMPLE(-2, 2, 0, 3)},
             {WG_SAMPLE_LIST("shape", 2, 3), WG_SAMPLE_LIST("starts", 0, 0), WG_SAMPLE_LIST("steps", 1, 1)}},
            {0},
        },
};

wg_node *wg_unslice(wg_node *x, wg_shape shape, const int64_t *starts, const int64_t *steps) {
  int rank = wg_node_shape(x).rank;
  if (shape.rank < 0 || shape.rank > WG_RANK_MAX)
    return wg_fail(x, WG_ERROR_SHAPE, "unslice: the rank wanted is not in 0 … %d", WG_RANK_MAX);
  if (!wg_list_given(rank, starts) || !wg_list_given(rank, steps))
    return wg_fail(x, WG_ERROR_ARGUMENT, "unslice: no lists of %d starts and steps were given", rank);
  if (!wg_node_inert(x) && wg_shape_equal(x->shape, &shape)) {
    bool whole = true;
    for (int axis = 0; axis < rank; axis++) whole = whole && (shape.size[axis] < 2 || steps[axis] == 1);
    if (whole) return x;
  }
  return wg_apply_1(&wg_op_unslice, x,
                    (wg_attr[]){wg_attr_integers("shape", shape.rank, shape.size),
                                wg_attr_integers("starts", rank, starts),
                                wg_attr_integers("steps", rank, steps),
                                {0}});
}
