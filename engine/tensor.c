/* tensor.c: strides, and walking strided tensors as nested loops. */
#include "plan_internal.h"

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

bool wg_nest_make(wg_nest *nest, wg_arena *arena, const wg_allocator *allocator, const wg_shape *shape, int count,
                  const wg_tensor *const *inputs) {
  int rank = shape->rank > 0 ? shape->rank : 1;
  *nest = (wg_nest){.rank = 0};
  nest->size = wg_arena_take(arena, allocator, (size_t)rank * sizeof(int64_t) * (1 + (size_t)count));
  if (!nest->size) return false;
  nest->stride = nest->size + rank;
  for (int axis = 0; axis < shape->rank; axis++) {
    if (shape->size[axis] == 1) continue;
    /* Axis a before axis b merges into one when, for every input, a step along a is size(b) steps along b. */
    int64_t *before = nest->rank ? nest->stride + (nest->rank - 1) * count : NULL;
    bool merges = nest->rank > 0;
    for (int i = 0; i < count && merges; i++)
      merges = before[i] == shape->size[axis] * stride_along(inputs[i], shape, axis);
    if (merges)
      nest->size[nest->rank - 1] *= shape->size[axis];
    else
      nest->size[nest->rank++] = shape->size[axis];
    for (int i = 0; i < count; i++) nest->stride[(nest->rank - 1) * count + i] = stride_along(inputs[i], shape, axis);
  }
  if (nest->rank == 0) { /* one element */
    nest->size[nest->rank++] = 1;
    for (int i = 0; i < count; i++) nest->stride[i] = 0;
  }
  return true;
}

static void nest_walk(const wg_nest_job *job) {
  const wg_nest *nest = job->nest;
  const int outer = nest->rank - 1, count = job->count;
  const int64_t n = nest->size[outer];
  const int64_t *innermost = nest->stride + outer * count;
  if (outer == 0) {
    job->loop(job->node, n, job->out, job->in, innermost);
    return;
  }
  const void *at[WG_LOOP_INPUTS_MAX];
  int64_t index[WG_RANK_MAX] = {0};
  for (int i = 0; i < count; i++) at[i] = job->in[i];
  for (int axis = 0; axis <= outer; axis++)
    if (nest->size[axis] == 0) return;
  for (unsigned char *to = job->out;; to += (size_t)n * job->out_size) {
    job->loop(job->node, n, to, at, innermost);
    int axis = outer - 1;
    while (axis >= 0 && ++index[axis] == nest->size[axis]) { /* an odometer: carry to the axis before */
      index[axis] = 0;
      for (int i = 0; i < count; i++)
        at[i] = (const unsigned char *)at[i] -
                (nest->size[axis] - 1) * nest->stride[axis * count + i] * (int64_t)job->in_size[i];
      axis--;
    }
    if (axis < 0) return;
    for (int i = 0; i < count; i++)
      at[i] = (const unsigned char *)at[i] + nest->stride[axis * count + i] * (int64_t)job->in_size[i];
  }
}

/* Elements that are worth a piece of their own. */
enum { PIECE = 32768 };

typedef struct nest_pieces {
  const wg_nest_job *job;
  int64_t row;  /* elements of one step along the first axis */
  int64_t rows; /* steps along it in each piece but the last */
} nest_pieces;

static void nest_piece(void *context, int64_t piece) {
  const nest_pieces *pieces = context;
  const wg_nest *whole = pieces->job->nest;
  wg_nest_job job = *pieces->job;
  int64_t size[WG_RANK_MAX], first = piece * pieces->rows;
  const void *at[WG_LOOP_INPUTS_MAX];
  for (int axis = 1; axis < whole->rank; axis++) size[axis] = whole->size[axis];
  size[0] = pieces->rows < whole->size[0] - first ? pieces->rows : whole->size[0] - first;
  for (int i = 0; i < job.count; i++)
    at[i] = (const unsigned char *)job.in[i] + first * whole->stride[i] * (int64_t)job.in_size[i];
  job.nest = &(wg_nest){.rank = whole->rank, .size = size, .stride = whole->stride};
  job.out = (unsigned char *)job.out + (size_t)(first * pieces->row) * job.out_size;
  job.in = at;
  nest_walk(&job);
}

void wg_nest_run(const wg_nest_job *job, wg_threads *threads) {
  nest_pieces pieces = {.job = job, .row = 1};
  for (int axis = 1; axis < job->nest->rank; axis++) pieces.row *= job->nest->size[axis];
  pieces.rows = pieces.row > 0 && pieces.row < PIECE ? PIECE / pieces.row : 1;
  if (!threads || job->nest->size[0] <= pieces.rows)
    nest_walk(job);
  else
    wg_threads_run(threads, (job->nest->size[0] - 1) / pieces.rows + 1, nest_piece, &pieces);
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
