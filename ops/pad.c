/* pad.c: a border around a tensor: of one value, or of the tensor's own elements.
 *
 *     y = v v x_0 … x_n v      ∂x = the middle of ∂y
 *
 * A negative border takes elements away, so the adjoint of a border of b is one of −b. */
#include "move.h"
#include "view.h"

enum { BEFORE, AFTER, VALUE };

/* Far more than any axis, and small enough that sums of a few such numbers do not overflow. */
#define BORDER_MAX (INT64_MAX / 8)

/* The borders of each axis; the lists are of the last axes. */
static bool borders_of(const wg_attr *attrs, int rank, int64_t before[WG_RANK_MAX], int64_t after[WG_RANK_MAX],
                       const char **reason) {
  int count = attrs[BEFORE].count, lead = rank - count;
  *reason = "the lists of borders before and after differ in length";
  if (attrs[AFTER].count != count) return false;
  *reason = "there are more borders than axes";
  if (lead < 0) return false;
  for (int axis = 0; axis < rank; axis++) {
    before[axis] = axis < lead ? 0 : attrs[BEFORE].integers[axis - lead];
    after[axis] = axis < lead ? 0 : attrs[AFTER].integers[axis - lead];
    *reason = "a border is larger than memory can address";
    if (before[axis] > BORDER_MAX || before[axis] < -BORDER_MAX || after[axis] > BORDER_MAX ||
        after[axis] < -BORDER_MAX)
      return false;
  }
  return true;
}

/* ---- of one value ---- */

static bool pad_infer(wg_draft *draft) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int64_t before[WG_RANK_MAX], after[WG_RANK_MAX];
  const char *reason;
  if (!borders_of(draft->attrs, shape->rank, before, after, &reason))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "rank %d: %s", shape->rank, reason);
  if (!wg_infer_floats(draft)) return false;
  draft->shape = *shape;
  for (int axis = 0; axis < shape->rank; axis++) {
    draft->shape.size[axis] += before[axis] + after[axis];
    if (draft->shape.size[axis] < 0)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "the borders %lld and %lld leave less than nothing of axis %d",
                           (long long)before[axis], (long long)after[axis], axis);
  }
  return true;
}

static wg_status pad(wg_call *call) {
  const wg_tensor *x = &call->in[0], *y = &call->out;
  int64_t before[WG_RANK_MAX], after[WG_RANK_MAX], to = 0, from = 0;
  const char *reason;
  wg_shape common = *x->shape; /* the part of x that is in y */
  wg_tensor_fill(y, call->node->attrs[VALUE].number);
  borders_of(call->node->attrs, x->shape->rank, before, after, &reason);
  for (int axis = 0; axis < x->shape->rank; axis++) {
    int64_t first = before[axis] < 0 ? -before[axis] : 0,
            end = x->shape->size[axis] + (after[axis] < 0 ? after[axis] : 0);
    common.size[axis] = end > first ? end - first : 0;
    if (common.size[axis] == 0) return WG_OK;
    from += first * x->stride[axis];
    to += (first + before[axis]) * y->stride[axis];
  }
  wg_move move = wg_move_copy(x->dtype, &common, y->stride, x->stride);
  wg_move_run(&move, wg_view_at(y, to), wg_view_at(x, from));
  return WG_OK;
}

static wg_node *pad_vjp(wg_node *y, wg_node *dy, int i) {
  int64_t before[WG_RANK_MAX], after[WG_RANK_MAX];
  const char *reason;
  int rank = y->shape->rank;
  (void)i;
  borders_of(y->attrs, rank, before, after, &reason);
  for (int axis = 0; axis < rank; axis++) {
    before[axis] = -before[axis];
    after[axis] = -after[axis];
  }
  return wg_pad(dy, rank, before, after, 0);
}

const wg_op wg_op_pad = {
    .name = "pad",
    .doc = "x with a border of `value` (0 by default; ±∞ is fine) along its last axes: before[k] elements before and "
           "after[k] after; the lists are in the order of the axes and say nothing of those before. A negative border "
           "takes elements away. As torch.nn.functional.pad with mode constant, which names the last axis first.\n"
           "Errors: lists of different lengths or longer than the rank; borders that take away more than there is; "
           "integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[BEFORE] = {.name = "before", .kind = WG_ATTR_INTEGERS},
                               [AFTER] = {.name = "after", .kind = WG_ATTR_INTEGERS},
                               [VALUE] = {.name = "value", .kind = WG_ATTR_NUMBER},
                               {0}},
    .infer = pad_infer,
    .kernel = {[WG_F32] = pad, [WG_F64] = pad},
    .vjp = pad_vjp,
    .notation = {.unicode = "pad(%-0)", .ascii = "pad(%-0)", .latex = "\\operatorname{pad}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_LIST("before", 1, 0), WG_SAMPLE_LIST("after", 2, 1)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 3)},
             {WG_SAMPLE_LIST("before", 1),
              WG_SAMPLE_LIST("after", 0),
              {.name = "value", .kind = WG_ATTR_NUMBER, .number = 1.5}}},
            {1, {WG_SAMPLE(-2, 2, 5, 2, 3)}, {WG_SAMPLE_LIST("before", -1, 2, 1), WG_SAMPLE_LIST("after", 2, -1, -1)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 2)}, {WG_SAMPLE_LIST("before", 1, 1), WG_SAMPLE_LIST("after", 1, 0)}},
            {0},
        },
};

/* Nothing but elements taken away is a slice, which copies nothing; no border at all is x itself. */
wg_node *wg_pad(wg_node *x, int count, const int64_t *before, const int64_t *after, double value) {
  if (!wg_list_given(count, before) || !wg_list_given(count, after))
    return wg_fail(x, WG_ERROR_ARGUMENT, "pad: no lists of %d borders were given", count);
  const wg_attr attrs[] = {wg_attr_integers("before", count, before),
                           wg_attr_integers("after", count, after),
                           wg_attr_number("value", value),
                           {0}};
  int64_t starts[WG_RANK_MAX], stops[WG_RANK_MAX], fore[WG_RANK_MAX], aft[WG_RANK_MAX];
  const char *reason;
  int rank = wg_node_shape(x).rank;
  if (wg_node_inert(x) || !borders_of(attrs, rank, fore, aft, &reason)) return wg_apply_1(&wg_op_pad, x, attrs);
  bool takes = true;
  for (int axis = 0; axis < rank; axis++) {
    int64_t size = x->shape->size[axis];
    takes = takes && fore[axis] <= 0 && aft[axis] <= 0 && fore[axis] + aft[axis] + size >= 0;
    starts[axis] = -fore[axis];
    stops[axis] = size + aft[axis];
  }
  if (takes && x->dtype != WG_I64) return wg_slice(x, rank, NULL, starts, stops, NULL);
  return wg_apply_1(&wg_op_pad, x,
                    (wg_attr[]){wg_attr_integers("before", rank, fore),
                                wg_attr_integers("after", rank, aft),
                                wg_attr_number("value", value),
                                {0}});
}

/* ---- of the tensor's own elements ---- */

/* The border of `length` elements before (or after) x along an axis. */
typedef wg_node *border(wg_node *x, int64_t axis, int64_t length, bool after);

static wg_node *reflection(wg_node *x, int64_t axis, int64_t length, bool after) {
  int64_t size = x->shape->size[axis];
  return wg_flip(wg_narrow(x, axis, after ? size - 1 - length : 1, length), 1, &axis);
}

static wg_node *replication(wg_node *x, int64_t axis, int64_t length, bool after) {
  wg_shape shape = *x->shape;
  shape.size[axis] = length;
  return wg_broadcast_to(wg_narrow(x, axis, after ? x->shape->size[axis] - 1 : 0, 1), shape);
}

static wg_node *continuation(wg_node *x, int64_t axis, int64_t length, bool after) {
  return wg_narrow(x, axis, after ? 0 : x->shape->size[axis] - length, length);
}

/* x between its borders, axis by axis, so that corners come from both. */
static wg_node *bordered(const wg_draft *draft, border *border_of) {
  wg_node *x = draft->inputs[0];
  int64_t before[WG_RANK_MAX], after[WG_RANK_MAX];
  const char *reason;
  borders_of(draft->attrs, x->shape->rank, before, after, &reason);
  for (int axis = 0; axis < draft->shape.rank && !wg_node_inert(x); axis++) {
    wg_node *parts[3];
    int count = 0;
    if (before[axis]) parts[count++] = border_of(x, axis, before[axis], false);
    parts[count++] = x;
    if (after[axis]) parts[count++] = border_of(x, axis, after[axis], true);
    if (count > 1) x = wg_concat(count, parts, axis);
  }
  return x;
}

/* Borders of 0 or more, of at most size − spare elements of each axis. */
static bool border_infer(wg_draft *draft, int64_t spare, bool bounded) {
  const wg_shape *shape = draft->inputs[0]->shape;
  int64_t before[WG_RANK_MAX], after[WG_RANK_MAX];
  const char *reason;
  if (!borders_of(draft->attrs, shape->rank, before, after, &reason))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "rank %d: %s", shape->rank, reason);
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = *shape;
  for (int axis = 0; axis < shape->rank; axis++) {
    int64_t longest = before[axis] > after[axis] ? before[axis] : after[axis], size = shape->size[axis];
    if (before[axis] < 0 || after[axis] < 0)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "axis %d: a border is negative", axis);
    if (longest > 0 && (size == 0 || (bounded && longest > size - spare)))
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d of size %lld has too few elements for a border of %lld",
                           axis, (long long)size, (long long)longest);
    draft->shape.size[axis] += before[axis] + after[axis];
  }
  return true;
}

static bool reflect_infer(wg_draft *draft) { return border_infer(draft, 1, true); }
static bool replicate_infer(wg_draft *draft) { return border_infer(draft, 0, false); }
static bool circular_infer(wg_draft *draft) { return border_infer(draft, 0, true); }
static wg_node *reflect_compose(const wg_draft *draft) { return bordered(draft, reflection); }
static wg_node *replicate_compose(const wg_draft *draft) { return bordered(draft, replication); }
static wg_node *circular_compose(const wg_draft *draft) { return bordered(draft, continuation); }

static const wg_attr border_attrs[] = {[BEFORE] = {.name = "before", .kind = WG_ATTR_INTEGERS},
                                       [AFTER] = {.name = "after", .kind = WG_ATTR_INTEGERS},
                                       {0}};

static const wg_sample border_samples[] = {
    {1, {WG_SAMPLE(-2, 2, 5)}, {WG_SAMPLE_LIST("before", 2), WG_SAMPLE_LIST("after", 3)}},
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("before", 2, 1), WG_SAMPLE_LIST("after", 1, 3)}},
    {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_LIST("before", 0, 1), WG_SAMPLE_LIST("after", 2, 0)}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("before", 1), WG_SAMPLE_LIST("after", 2)}},
    {0},
};

/* One kind of border: its name, what it does, and what is too long for it. */
#define PAD_WITH(name_, does, limit)                                                                                   \
  const wg_op wg_op_pad_##name_ = {                                                                                    \
      .name = "pad_" #name_,                                                                                           \
      .doc = "x with a border along its last axes, before[k] elements before and after[k] after, " does                \
             "; lists as in pad, borders of 0 or more. Recorded as concat. As torch.nn.functional.pad, which names "   \
             "the last axis first.\n"                                                                                  \
             "Errors: lists of different lengths or longer than the rank; negative borders; " limit ".",               \
      .arity = 1,                                                                                                      \
      .attrs = border_attrs,                                                                                           \
      .infer = name_##_infer,                                                                                          \
      .compose = name_##_compose,                                                                                      \
      .samples = border_samples,                                                                                       \
  };                                                                                                                   \
  wg_node *wg_pad_##name_(wg_node *x, int count, const int64_t *before, const int64_t *after) {                        \
    if (!wg_list_given(count, before) || !wg_list_given(count, after))                                                 \
      return wg_fail(x, WG_ERROR_ARGUMENT, "pad_" #name_ ": no lists of %d borders were given", count);                \
    return wg_apply_1(                                                                                                 \
        &wg_op_pad_##name_, x,                                                                                         \
        (wg_attr[]){wg_attr_integers("before", count, before), wg_attr_integers("after", count, after), {0}});         \
  }

PAD_WITH(reflect,
         "mirrored at the first and last element, which is not repeated (b a | a b c | … as c b | a b c | b a)",
         "a border as long as the axis or longer")
PAD_WITH(replicate, "the first and the last element repeated (a a | a b c | c c)", "an axis without elements")
PAD_WITH(circular, "continued from the other end (b c | a b c | a b)", "a border longer than the axis")
