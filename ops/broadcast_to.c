/* broadcast_to.c: a tensor repeated along new axes and axes of size 1, without a copy. */
#include "axis.h"
#include "rule.h"

static bool fits(const wg_shape *from, const wg_shape *to) {
  wg_shape wide;
  return wg_shape_broadcast(from, to, &wide) && wg_shape_equal(&wide, to);
}

static bool broadcast_to_infer(wg_draft *draft) {
  const wg_attr *sizes = &draft->attrs[0];
  const wg_shape *from = draft->inputs[0]->shape;
  char text[WG_SHAPE_TEXT_SIZE];
  int64_t count;
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = wg_shape_of(sizes->count, sizes->integers);
  if (!wg_shape_count(&draft->shape, &count))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the shape wanted is no valid shape");
  if (!fits(from, &draft->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE,
                         "does not broadcast to %s: sizes must be equal or 1, from the last axis",
                         wg_shape_text(&draft->shape, text));
  return true;
}

static bool broadcast_to_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  int lead = y->shape->rank - in->shape->rank;
  out->data = in->data;
  for (int axis = 0; axis < y->shape->rank; axis++)
    out->stride[axis] = axis < lead || in->shape->size[axis - lead] == 1 ? 0 : in->stride[axis - lead];
  return true;
}

static wg_node *broadcast_to_vjp(wg_node *y, wg_node *dy, int i) { return wg_sum_to(dy, y->inputs[i]); }

const wg_op wg_op_broadcast_to = {
    .name = "broadcast_to",
    .doc = "x repeated to `shape` by NumPy's rule: aligned at the last axis, sizes of 1 and missing axes repeat. "
           "Copies nothing.\n"
           "Errors: a shape that x does not broadcast to.",
    .arity = 1,
    .attrs = (const wg_attr[]){{.name = "shape", .kind = WG_ATTR_INTEGERS}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = broadcast_to_infer,
    .view = broadcast_to_view,
    .vjp = broadcast_to_vjp,
    .notation = {.unicode = "broadcast(%-0)", .ascii = "broadcast(%-0)", .latex = "\\operatorname{broadcast}(%-0)"},
    .samples = (const wg_sample[]){{1, {WG_SAMPLE(-2, 2, 1, 3)}, {WG_SAMPLE_LIST("shape", 4, 3)}},
                                   {1, {WG_SAMPLE(-2, 2, 3)}, {WG_SAMPLE_LIST("shape", 2, 4, 3)}},
                                   {1, {WG_SAMPLE(-2, 2, 2, 1, 2)}, {WG_SAMPLE_LIST("shape", 2, 3, 2)}},
                                   {1, {WG_SAMPLE_SCALAR(-2, 2)}, {WG_SAMPLE_LIST("shape", 2, 2)}},
                                   {1, {WG_SAMPLE(-2, 2, 1, 3)}, {WG_SAMPLE_LIST("shape", 0, 3)}},
                                   {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("shape", 2, 0, 3)}},
                                   {0}},
};

/* To the shape it has already, x is returned; a constant of equal elements becomes one of that shape. */
wg_node *wg_broadcast_to(wg_node *x, wg_shape shape) {
  double value;
  int64_t count;
  if (shape.rank < 0 || shape.rank > WG_RANK_MAX)
    return wg_fail(x, WG_ERROR_SHAPE, "broadcast_to: the rank wanted is not in 0 … %d", WG_RANK_MAX);
  if (!wg_node_inert(x) && wg_shape_equal(x->shape, &shape)) return x;
  if (!wg_node_inert(x) && wg_node_is_fill(x, &value, &count) && fits(x->shape, &shape))
    return wg_fill_over(x->tape, x->dtype, shape, value, count);
  return wg_apply_1(&wg_op_broadcast_to, x, (wg_attr[]){wg_attr_integers("shape", shape.rank, shape.size), {0}});
}
