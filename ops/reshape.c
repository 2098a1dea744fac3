/* reshape.c: the same elements in row-major order, under another shape. */
#include "axis.h"
#include "rule.h"

#include <string.h>

/* Replaces the size −1 of `to` by what is left for it. False with the reason where `to` is no shape of so many. */
static bool resolve(const wg_shape *from, wg_shape *to, const char **reason) {
  int64_t count = 0, others;
  int open = -1;
  wg_shape_count(from, &count);
  for (int axis = 0; axis < to->rank; axis++) {
    if (to->size[axis] >= 0) continue;
    *reason = to->size[axis] < -1 ? "a size is negative" : "more than one size is −1";
    if (to->size[axis] < -1 || open >= 0) return false;
    open = axis;
  }
  wg_shape rest = *to;
  if (open >= 0) rest.size[open] = 1;
  *reason = "the shape wanted is larger than memory can address";
  if (!wg_shape_count(&rest, &others)) return false;
  *reason = open < 0 ? "the number of elements differs" : "no size fits in the place of −1";
  if (open < 0) return count == others;
  if (others == 0 || count % others != 0) return false;
  to->size[open] = count / others;
  return true;
}

static bool reshape_infer(wg_draft *draft) {
  const wg_attr *sizes = &draft->attrs[0];
  char text[WG_SHAPE_TEXT_SIZE];
  const char *reason;
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = wg_shape_of(sizes->count, sizes->integers);
  if (draft->shape.rank < 0)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the rank wanted is not in 0 … %d", WG_RANK_MAX);
  if (resolve(draft->inputs[0]->shape, &draft->shape, &reason)) return true;
  draft->shape = wg_shape_of(sizes->count, sizes->integers);
  return wg_draft_fail(draft, WG_ERROR_SHAPE, "to %s: %s", wg_shape_text(&draft->shape, text), reason);
}

/* Walks both shapes from the last axis. Axes of `in` that follow each other in memory form one run, and the axes of
 * `out` must each lie within one run. */
static bool reshape_view(const wg_node *y, const wg_tensor *in, wg_tensor *out) {
  const int64_t *size = in->shape->size;
  int64_t left = 1, step = 0; /* of the present run: elements not yet used, and the stride of the next axis in it */
  int from = in->shape->rank - 1;
  out->data = in->data;
  memset(out->stride, 0, sizeof out->stride);
  if (wg_node_size(y) == 0) return true;
  for (int to = y->shape->rank - 1; to >= 0; to--) {
    if (y->shape->size[to] == 1) continue;
    while (from >= 0 && (size[from] == 1 || left == 1 || in->stride[from] == step * left)) {
      if (left == 1 && size[from] != 1) step = in->stride[from];
      left *= size[from--];
    }
    if (left % y->shape->size[to] != 0) return false;
    out->stride[to] = step;
    step *= y->shape->size[to];
    left /= y->shape->size[to];
  }
  return true;
}

static wg_node *reshape_vjp(wg_node *y, wg_node *dy, int i) { return wg_reshape(dy, *y->inputs[i]->shape); }

/* Where only sizes of 1 come or go, a formula need not speak of it: a bias (n) is Σ_rows ∂Z like a bias (1,n). */
static const char *reshape_write(const wg_node *y, wg_script script) {
  const wg_shape *from = y->inputs[0]->shape, *to = y->shape;
  int a = 0, b = 0;
  (void)script;
  for (;;) {
    while (a < from->rank && from->size[a] == 1) a++;
    while (b < to->rank && to->size[b] == 1) b++;
    if (a == from->rank || b == to->rank) return a == from->rank && b == to->rank ? "%0" : NULL;
    if (from->size[a++] != to->size[b++]) return NULL;
  }
}

const wg_op wg_op_reshape = {
    .name = "reshape",
    .doc = "x under another shape of as many elements, row-major. One size may be −1: what is left for it. "
           "Copies nothing where strides can say it.\n"
           "Errors: another number of elements, two sizes of −1.",
    .arity = 1,
    .attrs = (const wg_attr[]){{.name = "shape", .kind = WG_ATTR_INTEGERS}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = reshape_infer,
    .view = reshape_view,
    .vjp = reshape_vjp,
    .notation = {.unicode = "reshape(%-0)",
                 .ascii = "reshape(%-0)",
                 .latex = "\\operatorname{reshape}(%-0)",
                 .write = reshape_write},
    .samples = (const wg_sample[]){{1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("shape", 2, 6)}},
                                   {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_LIST("shape", -1, 2)}},
                                   {1, {WG_SAMPLE(-2, 2, 1)}, {{.name = "shape", .kind = WG_ATTR_INTEGERS}}},
                                   {1, {WG_SAMPLE_SCALAR(-2, 2)}, {WG_SAMPLE_LIST("shape", 1, 1)}},
                                   {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("shape", 3, 0, 2)}},
                                   {0}},
};

/* To the shape it has already, x is returned; a constant of equal elements becomes one of that shape. */
wg_node *wg_reshape(wg_node *x, wg_shape shape) {
  double value;
  int64_t count;
  const char *reason;
  if (shape.rank < 0 || shape.rank > WG_RANK_MAX)
    return wg_fail(x, WG_ERROR_SHAPE, "reshape: the rank wanted is not in 0 … %d", WG_RANK_MAX);
  wg_shape resolved = shape;
  if (!wg_node_inert(x) && resolve(x->shape, &resolved, &reason)) {
    if (wg_shape_equal(x->shape, &resolved)) return x;
    if (wg_node_is_fill(x, &value, &count)) return wg_fill_over(x->tape, x->dtype, resolved, value, count);
    shape = resolved;
  }
  return wg_apply_1(&wg_op_reshape, x, (wg_attr[]){wg_attr_integers("shape", shape.rank, shape.size), {0}});
}
