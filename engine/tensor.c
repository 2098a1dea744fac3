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

void wg_value_strides(const wg_plan *plan, uint32_t index, const wg_shape *shape, int64_t stride[WG_RANK_MAX]) {
  const wg_tensor tensor = wg_value_tensor(plan, index, NULL);
  const int missing = shape->rank - tensor.shape->rank;
  for (int axis = 0; axis < shape->rank; axis++) {
    const int own = axis - missing;
    stride[axis] = own < 0 || tensor.shape->size[own] == 1 ? 0 : tensor.stride[own];
  }
}

wg_shape wg_value_walk(const wg_plan *plan, uint32_t result) {
  const wg_shape *shape = plan->values[result].node->shape;
  return plan->values[result].by_columns ? (wg_shape){2, {shape->size[1], shape->size[0]}} : *shape;
}

void wg_value_steps(const wg_plan *plan, uint32_t index, uint32_t result, int64_t stride[WG_RANK_MAX]) {
  wg_value_strides(plan, index, plan->values[result].node->shape, stride);
  if (!plan->values[result].by_columns) return;
  const int64_t first = stride[0];
  stride[0] = stride[1];
  stride[1] = first;
}

bool wg_values_alike(const wg_plan *plan, uint32_t a, uint32_t b) {
  const wg_shape *shape = plan->values[a].node->shape;
  if (!wg_shape_equal(shape, plan->values[b].node->shape)) return false;
  if (!plan->values[a].view && !plan->values[b].view) return true;
  const wg_tensor x = wg_value_tensor(plan, a, NULL), y = wg_value_tensor(plan, b, NULL);
  for (int axis = 0; axis < shape->rank; axis++)
    if (shape->size[axis] != 1 && x.stride[axis] != y.stride[axis]) return false;
  return true;
}

int wg_axes_merge(const wg_shape *shape, int count, int64_t *stride, int64_t *size) {
  int rank = 0;
  for (int axis = 0; axis < shape->rank; axis++) {
    if (shape->size[axis] == 1) continue;
    /* Axis a before axis b merges into one when, for every tensor, a step along a is size(b) steps along b. */
    const int64_t *along = stride + axis * count;
    int64_t *before = stride + (rank - 1) * count;
    bool merges = rank > 0;
    for (int i = 0; i < count && merges; i++) merges = before[i] == shape->size[axis] * along[i];
    if (merges)
      size[rank - 1] *= shape->size[axis];
    else
      size[rank++] = shape->size[axis];
    memmove(stride + (rank - 1) * count, along, (size_t)count * sizeof *stride);
  }
  if (rank > 0) return rank;
  size[0] = 1; /* one element */
  for (int i = 0; i < count; i++) stride[i] = 0;
  return 1;
}

const wg_nest *wg_nest_make(wg_plan *plan, uint32_t result, int count, const uint32_t *inputs) {
  const wg_shape *shape = plan->values[result].node->shape;
  int64_t size[WG_RANK_MAX] = {0}, stride[WG_RANK_MAX * WG_LOOP_INPUTS_MAX], n = 0;
  bool alike = wg_shape_count(shape, &n); /* inputs of the result's own shape and layout, the most frequent */
  for (int i = 0; i < count && alike; i++) alike = wg_values_alike(plan, inputs[i], result);
  int rank = 1;
  if (alike) {
    size[0] = n;
    for (int i = 0; i < count; i++) stride[i] = n > 1;
  } else {
    const wg_shape walk = wg_value_walk(plan, result);
    for (int i = 0; i < count; i++) {
      int64_t own[WG_RANK_MAX];
      wg_value_steps(plan, inputs[i], result, own);
      for (int axis = 0; axis < walk.rank; axis++) stride[axis * count + i] = own[axis];
    }
    rank = wg_axes_merge(&walk, count, stride, size);
  }
  const size_t sizes = (size_t)rank, strides = sizes * (size_t)count;
  const wg_nest *last = plan->nests[count]; /* often the same again */
  if (last && last->rank == rank && !memcmp(last->numbers, size, sizes * sizeof *size) &&
      !memcmp(wg_nest_strides(last), stride, strides * sizeof *stride))
    return last;
  wg_nest *nest = wg_arena_take(&plan->arena, plan->allocator, sizeof *nest + (sizes + strides) * sizeof *size);
  if (!nest) return NULL;
  nest->rank = rank;
  memcpy(nest->numbers, size, sizes * sizeof *size);
  memcpy(nest->numbers + rank, stride, strides * sizeof *stride);
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

void wg_nest_run(const wg_nest_job *job, wg_threads *threads, int64_t piece) {
  const int64_t *sizes = job->nest->numbers;
  nest_pieces pieces = {.job = job, .row = 1};
  for (int axis = 1; axis < job->nest->rank; axis++) pieces.row *= sizes[axis];
  pieces.rows = pieces.row > 0 && pieces.row < piece ? piece / pieces.row : 1;
  if (!threads || !pieces.row || sizes[0] <= pieces.rows)
    nest_walk(job, sizes[0], job->out, job->in);
  else
    wg_threads_run(threads, (sizes[0] - 1) / pieces.rows + 1, nest_piece, &pieces);
}
