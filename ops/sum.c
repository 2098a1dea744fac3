/* sum.c: the sum over some axes, or all.
 *
 *     y = Σ_axes x      ∂x = ∂y, repeated along the axes summed over
 */
#include "axis.h"
#include "loop.h"
#include "rule.h"

#include <string.h>

enum { AXES, KEEP };

/* ---- Axes ---- */

/* Marks the axes named, or all if none is. False where an axis is named twice: `twice` is the axis. */
static bool axes_mark(const wg_attr *axes, int rank, bool marked[WG_RANK_MAX], int *twice) {
  for (int axis = 0; axis < rank; axis++) marked[axis] = axes->count == 0;
  for (int k = 0; k < axes->count; k++) {
    int axis = (int)wg_axis_wrap(axes->integers[k], rank);
    *twice = axis;
    if (marked[axis]) return false;
    marked[axis] = true;
  }
  return true;
}

bool wg_infer_reduction(wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[AXES];
  const wg_shape *shape = draft->inputs[0]->shape;
  bool summed[WG_RANK_MAX];
  int axis;
  for (int k = 0; k < axes->count; k++)
    if (!wg_infer_axis(draft, axes->integers[k], &axis)) return false;
  if (!axes_mark(axes, shape->rank, summed, &axis))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "axis %d is named twice", axis);
  for (axis = 0; axis < shape->rank; axis++)
    if (!summed[axis] || draft->attrs[KEEP].integer)
      draft->shape.size[draft->shape.rank++] = summed[axis] ? 1 : shape->size[axis];
  return wg_infer_floats(draft);
}

/* ---- Value ---- */

/* Axes of a tensor with neighbours joined where memory allows, so that loops are long. */
typedef struct axes_joined {
  wg_shape shape;
  int64_t stride[WG_RANK_MAX];
} axes_joined;

static void axes_join(axes_joined *axes, int64_t size, int64_t stride) {
  int last = axes->shape.rank - 1;
  if (size == 1) return;
  bool follows = last >= 0 && axes->stride[last] == stride * size;
  if (!follows) axes->shape.size[++last] = 1;
  axes->shape.rank = last + 1;
  axes->shape.size[last] *= size;
  axes->stride[last] = stride;
}

/* The columns of a row of sums lie side by side in the result. Some rows are a piece of work, each of which has at least
 * so many elements to add. */
typedef struct sum_work {
  const wg_call *call;
  axes_joined summed, kept;
  int64_t rows, columns, rows_of_piece;
} sum_work;

enum { PIECE = 1 << 16 };

/* How many pieces there are. */
static int64_t sum_cut(sum_work *work, const wg_call *call) {
  const wg_tensor *in = &call->in[0];
  bool marked[WG_RANK_MAX];
  int twice;
  work->call = call;
  work->summed.shape.rank = work->kept.shape.rank = 0;
  axes_mark(&call->node->attrs[AXES], in->shape->rank, marked, &twice);
  for (int axis = 0; axis < in->shape->rank; axis++)
    axes_join(marked[axis] ? &work->summed : &work->kept, in->shape->size[axis], in->stride[axis]);
  const int last = work->kept.shape.rank - 1;
  work->columns = last >= 0 ? work->kept.shape.size[last] : 1;
  work->rows = wg_row_count(&work->kept.shape, last);
  const int64_t row = work->columns * wg_row_count(&work->summed.shape, -1);
  work->rows_of_piece = work->rows;
  if (work->rows < PIECE && row < PIECE && work->rows * row <= PIECE) return work->rows > 0;
  work->rows_of_piece = row < PIECE ? PIECE / (row > 0 ? row : 1) : 1;
  return work->rows / work->rows_of_piece + (work->rows % work->rows_of_piece != 0);
}

/* WG_LEVELS and WG_AT_LEVEL of loop.h, for names that are made by macros. */
#define LEVELS_OF(name, parameters, call) WG_LEVELS(name, parameters, call)
#define AT_LEVEL(name, n, arguments) WG_AT_LEVEL_OF(name, (int64_t)(n), LANES, arguments)

#define KERNEL "sum_kernel.h"
#include "each_float.h"

/* ---- Rule and notation ---- */

static wg_node *sum_vjp(wg_node *y, wg_node *dy, int i) {
  const wg_shape *shape = y->inputs[i]->shape;
  bool summed[WG_RANK_MAX];
  int axis;
  axes_mark(&y->attrs[AXES], shape->rank, summed, &axis);
  wg_shape kept = *shape;
  for (axis = 0; axis < kept.rank; axis++)
    if (summed[axis]) kept.size[axis] = 1;
  return wg_broadcast_to(wg_reshape(dy, kept), *shape);
}

static const char *sum_write(const wg_node *y, wg_script script) {
  static const char *const all[] = {"Σ %0", "sum(%-0)", "\\sum %0"},
                           *const rows[] = {"Σ_rows %0", "sum_rows(%-0)", "\\sum_{\\text{rows}} %0"},
                           *const columns[] = {"Σ_cols %0", "sum_cols(%-0)", "\\sum_{\\text{cols}} %0"};
  const wg_attr *axes = &y->attrs[AXES];
  int rank = y->inputs[0]->shape->rank;
  if (axes->count == 0 || axes->count == rank) return all[script];
  if (rank != 2) return NULL;
  return wg_axis_wrap(axes->integers[0], rank) == 0 ? rows[script] : columns[script];
}

const wg_op wg_op_sum = {
    .name = "sum",
    .doc = "Σ x over the axes given, or all if none is; with `keep` they remain, of size 1. Axes may be "
           "negative. A sum of nothing is 0. The order of the additions is fixed by the number of elements (see "
           "sum_kernel.h).\n"
           "Errors: no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXES] = {.name = "axes", .kind = WG_ATTR_INTEGERS},
                               [KEEP] = {.name = "keep", .kind = WG_ATTR_INTEGER},
                               {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = wg_infer_reduction,
    .kernel = {[WG_F32] = sum_f32, [WG_F64] = sum_f64},
    .vjp = sum_vjp,
    .notation = {.binds = WG_BINDS_PREFIX,
                 .unicode = "Σ_{%{axes}} %0",
                 .ascii = "sum_{%{axes}}(%-0)",
                 .latex = "\\sum_{%{axes}} %0",
                 .write = sum_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", -1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 1), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 0)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
            {0},
        },
};

/* Axes are recorded counted from the first and in order, and none at all where that means the same, so that equal sums
 * are one node. What is wrong with them is left for the shape rule to say. */
wg_node *wg_sum(wg_node *x, int count, const int64_t *axes, bool keep) {
  int64_t sorted[WG_RANK_MAX];
  if (count < 0 || (count > 0 && !axes))
    return wg_fail(x, WG_ERROR_ARGUMENT, "sum: no list of %d axes was given", count);
  if (!wg_node_inert(x) && count <= x->shape->rank) {
    for (int k = 0; k < count; k++) {
      int64_t axis = wg_axis_wrap(axes[k], x->shape->rank);
      int at = k;
      for (; at > 0 && sorted[at - 1] > axis; at--) sorted[at] = sorted[at - 1];
      sorted[at] = axis;
    }
    axes = sorted;
    bool all = count == x->shape->rank;
    for (int k = 0; k < count; k++) all = all && axes[k] == k;
    if (all) count = 0;
  }
  return wg_apply_1(&wg_op_sum, x,
                    (wg_attr[]){wg_attr_integers("axes", count, axes), wg_attr_integer("keep", keep ? 1 : 0), {0}});
}

wg_node *wg_sum_all(wg_node *x) { return wg_sum(x, 0, NULL, false); }
