/* permute.c: the axes in another order, without a copy.
 *
 *     y_{i(axes)} = x_i      ∂x = ∂y with the axes put back
 */
#include "view.h"

enum { AXES };

/* Where each axis of the result comes from; false, with the reason, if the list names no permutation. */
static bool permutation(const wg_attr *axes, int rank, int from[WG_RANK_MAX], const char **reason) {
  bool named[WG_RANK_MAX] = {false};
  *reason = "the list must name every axis";
  if (axes->count != rank) return false;
  for (int k = 0; k < rank; k++) {
    int64_t axis = wg_axis_wrap(axes->integers[k], rank);
    *reason = "the list names an axis that is not there";
    if (axis < 0 || axis >= rank) return false;
    *reason = "the list names an axis twice";
    if (named[axis]) return false;
    named[axis] = true;
    from[k] = (int)axis;
  }
  return true;
}

static bool permute_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  const char *reason;
  int from[WG_RANK_MAX];
  if (!permutation(&draft->attrs[AXES], shape->rank, from, &reason))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "rank %d: %s once", shape->rank, reason);
  draft->dtype = draft->inputs[0]->dtype;
  for (int k = 0; k < shape->rank; k++) draft->shape.size[draft->shape.rank++] = shape->size[from[k]];
  return true;
}

static bool permute_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  out->data = in->data;
  for (int k = 0; k < y->shape->rank; k++)
    out->stride[k] = in->stride[wg_axis_wrap(y->attrs[AXES].integers[k], y->shape->rank)];
  return true;
}

static wg_node *permute_vjp(wg_node *y, wg_node *dy, int i) {
  int64_t back[WG_RANK_MAX] = {0};
  int rank = y->shape->rank;
  (void)i;
  for (int k = 0; k < rank; k++) back[wg_axis_wrap(y->attrs[AXES].integers[k], rank)] = k;
  return wg_permute(dy, rank, back);
}

const wg_op wg_op_permute = {
    .name = "permute",
    .doc = "x with its axes in another order: axis k of the result is axis axes[k] of x. Negative axes count from the "
           "last. Copies nothing. As torch.permute.\n"
           "Errors: a list that does not name every axis once.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXES] = {.name = "axes", .kind = WG_ATTR_INTEGERS}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = permute_infer,
    .view = permute_view,
    .vjp = permute_vjp,
    .notation = {.unicode = "permute_{%{axes}}(%-0)",
                 .ascii = "permute_{%{axes}}(%-0)",
                 .latex = "\\operatorname{permute}_{%{axes}}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 1, 0)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0, 1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 1, 2)}, {WG_SAMPLE_LIST("axes", -1, 1, 0, 2)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3, 2)}, {WG_SAMPLE_LIST("axes", 1, 0, 2)}},
            {0},
        },
};

/* A permutation of a permutation is one; the one that exchanges the last two axes is the transpose, and the one that
 * changes nothing is x. */
wg_node *wg_permute(wg_node *x, int count, const int64_t *axes) {
  if (!wg_list_given(count, axes)) return wg_fail(x, WG_ERROR_ARGUMENT, "permute: no list of %d axes was given", count);
  int rank = wg_node_shape(x).rank, from[WG_RANK_MAX];
  const char *reason;
  wg_attr list = wg_attr_integers("axes", count, axes);
  if (wg_node_inert(x) || !permutation(&list, rank, from, &reason))
    return wg_apply_1(&wg_op_permute, x, (wg_attr[]){list, {0}});
  bool outer = x->op == &wg_op_permute, same = true, transposes = rank >= 2;
  int64_t wanted[WG_RANK_MAX];
  wg_shape shape = {.rank = rank};
  for (int k = 0; k < rank; k++) {
    shape.size[k] = x->shape->size[from[k]];
    wanted[k] = outer ? wg_axis_wrap(x->attrs[AXES].integers[from[k]], rank) : from[k];
    same = same && wanted[k] == k;
    transposes = transposes && wanted[k] == (k < rank - 2 ? k : 2 * rank - 3 - k);
  }
  if (outer) x = x->inputs[0];
  if (same) return x;
  if (transposes) return wg_transpose(x);
  wg_node *fill = wg_view_of_fill(x, &shape);
  return fill ? fill : wg_apply_1(&wg_op_permute, x, (wg_attr[]){wg_attr_integers("axes", rank, wanted), {0}});
}

/* ---- Two frequent ones by name ---- */

enum { FIRST, SECOND };

static bool two_axes_infer(wg_draft *draft) {
  int axis;
  draft->dtype = draft->inputs[0]->dtype;
  return wg_infer_axis(draft, draft->attrs[FIRST].integer, &axis) &&
         wg_infer_axis(draft, draft->attrs[SECOND].integer, &axis);
}

static wg_node *swap_axes_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int rank = x->shape->rank;
  int64_t axes[WG_RANK_MAX], first = wg_axis_wrap(draft->attrs[FIRST].integer, rank),
                             second = wg_axis_wrap(draft->attrs[SECOND].integer, rank);
  for (int k = 0; k < rank; k++) axes[k] = k == first ? second : k == second ? first : k;
  return wg_permute(x, rank, axes);
}

const wg_op wg_op_swap_axes = {
    .name = "swap_axes",
    .doc = "x with two axes exchanged, as torch.transpose; negative axes count from the last. Recorded as permute.\n"
           "Errors: no such axis.",
    .arity = 1,
    .attrs = (const wg_attr[]){[FIRST] = {.name = "first", .kind = WG_ATTR_INTEGER, .integer = -2},
                               [SECOND] = {.name = "second", .kind = WG_ATTR_INTEGER, .integer = -1},
                               {0}},
    .infer = two_axes_infer,
    .compose = swap_axes_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_NUMBER("first", 0), WG_SAMPLE_NUMBER("second", -1)}},
            {1, {WG_SAMPLE(-2, 2, 5)}, {WG_SAMPLE_NUMBER("first", 0), WG_SAMPLE_NUMBER("second", 0)}},
            {1, {WG_SAMPLE(-2, 2, 2, 0, 4)}, {WG_SAMPLE_NUMBER("first", 0), WG_SAMPLE_NUMBER("second", 1)}},
            {0},
        },
};

wg_node *wg_swap_axes(wg_node *x, int64_t first, int64_t second) {
  return wg_apply_1(&wg_op_swap_axes, x,
                    (wg_attr[]){wg_attr_integer("first", first), wg_attr_integer("second", second), {0}});
}

static wg_node *move_axis_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int rank = x->shape->rank, from = (int)wg_axis_wrap(draft->attrs[FIRST].integer, rank),
      to = (int)wg_axis_wrap(draft->attrs[SECOND].integer, rank);
  int64_t axes[WG_RANK_MAX];
  for (int k = 0, next = 0; k < rank; k++) {
    if (next == from) next++;
    axes[k] = k == to ? from : next++;
  }
  return wg_permute(x, rank, axes);
}

const wg_op wg_op_move_axis = {
    .name = "move_axis",
    .doc = "x with one axis moved to another place, the others in their order, as torch.movedim; negative axes count "
           "from the last. Recorded as permute.\n"
           "Errors: no such axis.",
    .arity = 1,
    .attrs = (const wg_attr[]){[FIRST] = {.name = "from", .kind = WG_ATTR_INTEGER},
                               [SECOND] = {.name = "to", .kind = WG_ATTR_INTEGER, .integer = -1},
                               {0}},
    .infer = two_axes_infer,
    .compose = move_axis_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_NUMBER("from", 2), WG_SAMPLE_NUMBER("to", 0)}},
            {1, {WG_SAMPLE(-2, 2, 2, 1, 3, 2)}, {WG_SAMPLE_NUMBER("from", 1), WG_SAMPLE_NUMBER("to", -2)}},
            {1, {WG_SAMPLE(-2, 2, 5)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 0, 4)}, {WG_SAMPLE_NUMBER("from", 1), WG_SAMPLE_NUMBER("to", 0)}},
            {0},
        },
};

wg_node *wg_move_axis(wg_node *x, int64_t from, int64_t to) {
  return wg_apply_1(&wg_op_move_axis, x, (wg_attr[]){wg_attr_integer("from", from), wg_attr_integer("to", to), {0}});
}
