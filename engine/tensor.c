/* tensor.c: strides, and walking strided tensors as nested loops. */
#include "plan_internal.h"

#include <string.h>

void wg_strides_dense(const wg_shape *shape, int64_t stride[WG_RANK_MAX]) {
  int64_t product = 1;
  for (int axis = shape->rank; axis-- > 0;) {
    stride[axis] = product;
    if (shape->size[axis] > 0) product *= shape->size[axis];
  }
}

bool wg_tensor_dense(const wg_tensor *tensor) {
  int64_t dense[WG_RANK_MAX];
  wg_strides_dense(tensor->shape, dense);
  for (int axis = 0; axis < tensor->shape->rank; axis++)
    if (tensor->shape->size[axis] == 0) return true;
  for (int axis = 0; axis < tensor->shape->rank; axis++)
    if (tensor->shape->size[axis] != 1 && tensor->stride[axis] != dense[axis]) return false;
  return true;
}

/* The stride of an input along an axis of the (wider) result: 0 where it is broadcast. */
static int64_t stride_along(const wg_tensor *input, const wg_shape *shape, int axis) {
  int own = axis - (shape->rank - input->shape->rank);
  return own < 0 || input->shape->size[own] == 1 ? 0 : input->stride[own];
}

/* Axes as they are found, with the strides of all inputs along each. */
typedef struct axes {
  int rank;
  int64_t size[WG_RANK_MAX], stride[WG_RANK_MAX][WG_LOOP_INPUTS_MAX];
} axes;

/* Axis a before axis b merges into one when, for every input, a step along a is size(b) steps along b. */
static void axes_add(axes *found, int64_t size, int count, const int64_t *stride) {
  if (size == 1) return;
  bool merges = found->rank > 0;
  for (int i = 0; i < count && merges; i++) merges = found->stride[found->rank - 1][i] == size * stride[i];
  if (merges)
    found->size[found->rank - 1] *= size;
  else
    found->size[found->rank++] = size;
  for (int i = 0; i < count; i++) found->stride[found->rank - 1][i] = stride[i];
}

/* Dense inputs of the result's own shape, the most frequent, are one axis from the first element to the last. */
static void axes_find(const wg_plan *plan, const wg_shape *shape, int count, const uint32_t *inputs, axes *found) {
  wg_tensor tensors[WG_LOOP_INPUTS_MAX];
  int64_t stride[WG_LOOP_INPUTS_MAX], n;
  bool alike = wg_shape_count(shape, &n);
  for (int i = 0; i < count; i++) {
    const wg_value *value = &plan->values[inputs[i]];
    alike = alike && !value->view && wg_shape_equal(value->node->shape, shape);
    stride[i] = 1;
  }
  found->rank = 0;
  if (alike) {
    axes_add(found, n, count, stride);
  } else {
    for (int i = 0; i < count; i++) tensors[i] = wg_value_tensor(plan, inputs[i], NULL);
    for (int axis = 0; axis < shape->rank; axis++) {
      for (int i = 0; i < count; i++) stride[i] = stride_along(&tensors[i], shape, axis);
      axes_add(found, shape->size[axis], count, stride);
    }
  }
  if (found->rank > 0) return;
  found->rank = 1; /* one element */
  found->size[0] = 1;
  for (int i = 0; i < count; i++) found->stride[0][i] = 0;
}

const wg_nest *wg_nest_make(wg_plan *plan, const wg_shape *shape, int count, const uint32_t *inputs) {
  axes found;
  axes_find(plan, shape, count, inputs, &found);
  int64_t numbers[WG_RANK_MAX * (1 + WG_LOOP_INPUTS_MAX)];
  size_t length = 0;
  for (int axis = 0; axis < found.rank; axis++) numbers[length++] = found.size[axis];
  for (int axis = 0; axis < found.rank; axis++)
    for (int i = 0; i < count; i++) numbers[length++] = found.stride[axis][i];

  const wg_nest *last = plan->nests[count]; /* often the same again */
  if (last && last->rank == found.rank && !memcmp(last->numbers, numbers, length * sizeof *numbers)) return last;
  wg_nest *nest = wg_arena_take(&plan->arena, plan->allocator, sizeof *nest + length * sizeof *numbers);
  if (!nest) return NULL;
  nest->rank = found.rank;
  memcpy(nest->numbers, numbers, length * sizeof *numbers);
  return plan->nests[count] = nest;
}

/* Part of a nest: its first axis is `size` long instead. */
static void nest_walk(const wg_nest_job *job, int64_t size, void *out, const void *const *in) {
  const int outer = job->nest->rank - 1, count = job->count;
  const int64_t *sizes = job->nest->numbers, *strides = wg_nest_strides(job->nest);
  const int64_t n = outer > 0 ? sizes[outer] : size, *innermost = strides + outer * count;
  if (outer == 0) {
    job->loop(job->node, n, out, in, innermost);
    return;
  }
  const void *at[WG_LOOP_INPUTS_MAX];
  int64_t index[WG_RANK_MAX] = {0};
  for (int i = 0; i < count; i++) at[i] = in[i];
  for (int axis = 0; axis <= outer; axis++)
    if (sizes[axis] == 0) return;
  for (unsigned char *to = out;; to += (size_t)n * job->out_size) {
    job->loop(job->node, n, to, at, innermost);
    int axis = outer - 1;
    while (axis >= 0 && ++index[axis] == (axis > 0 ? sizes[axis] : size)) { /* an odometer: carry to the axis before */
      for (int i = 0; i < count; i++)
        at[i] = (const unsigned char *)at[i] - (index[axis] - 1) * strides[axis * count + i] * (int64_t)job->in_size[i];
      index[axis--] = 0;
    }
    if (axis < 0) return;
    for (int i = 0; i < count; i++)
      at[i] = (const unsigned char *)at[i] + strides[axis * count + i] * (int64_t)job->in_size[i];
  }
}

typedef struct nest_pieces {
  const wg_nest_job *job;
  int64_t row;  /* elements of one step along the first axis */
  int64_t rows; /* steps along it in each piece but the last */
} nest_pieces;

static void nest_piece(void *context, int64_t piece) {
  const nest_pieces *pieces = context;
  const wg_nest_job *job = pieces->job;
  const int64_t first = piece * pieces->rows, left = job->nest->numbers[0] - first;
  const void *at[WG_LOOP_INPUTS_MAX];
  for (int i = 0; i < job->count; i++)
    at[i] = (const unsigned char *)job->in[i] + first * wg_nest_strides(job->nest)[i] * (int64_t)job->in_size[i];
  nest_walk(job, pieces->rows < left ? pieces->rows : left,
            (unsigned char *)job->out + (size_t)(first * pieces->row) * job->out_size, at);
}

void wg_nest_run(const wg_nest_job *job, wg_threads *threads) {
  const int64_t *sizes = job->nest->numbers;
  nest_pieces pieces = {.job = job, .row = 1};
  for (int axis = 1; axis < job->nest->rank; axis++) pieces.row *= sizes[axis];
  pieces.rows = pieces.row > 0 && pieces.row < WG_PIECE ? WG_PIECE / pieces.row : 1;
  if (!threads || sizes[0] <= pieces.rows)
    nest_walk(job, sizes[0], job->out, job->in);
  else
    wg_threads_run(threads, (sizes[0] - 1) / pieces.rows + 1, nest_piece, &pieces);
}

static void copy_4(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {
  (void)y;
  const uint32_t *from = in[0];
  uint32_t *to = out;
  for (int64_t k = 0; k < n; k++) to[k] = from[k * stride[0]];
}

static void copy_8(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {
  (void)y;
  const uint64_t *from = in[0];
  uint64_t *to = out;
  for (int64_t k = 0; k < n; k++) to[k] = from[k * stride[0]];
}

wg_loop *wg_copy_loop(size_t size) { return size == 4 ? copy_4 : copy_8; }
