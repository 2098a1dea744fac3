/* convolve_kernel.h: the three values of convolve.c for one element type; convolve.c includes it once for each, with REAL
 * and NAME defined.
 *
 * All three are one walk over the triples (element of x, weight, element of y) of the sum; they differ in which of the
 * three is summed up, and that stands in the innermost loop, a row of y along its last axis. */

/* One weight and a row of n elements of y, with the elements of x under them, `step` apart. */
typedef void NAME(row)(int64_t n, REAL *x, int64_t step, REAL *weight, REAL *y);

static void NAME(row_of_y)(int64_t n, REAL *x, int64_t step, REAL *weight, REAL *y) {
  const REAL w = *weight;
  for (int64_t p = 0; p < n; p++) y[p] += w * x[p * step];
}

static void NAME(row_of_x)(int64_t n, REAL *x, int64_t step, REAL *weight, REAL *y) {
  const REAL w = *weight;
  for (int64_t p = 0; p < n; p++) x[p * step] += w * y[p];
}

static void NAME(row_of_weight)(int64_t n, REAL *x, int64_t step, REAL *weight, REAL *y) {
  REAL sum = 0;
  for (int64_t p = 0; p < n; p++) sum += x[p * step] * y[p];
  *weight += sum;
}

/* One weight and one channel of x and of y. */
static void NAME(each_row)(const geometry *g, const int64_t tap[3], REAL *x, REAL *weight, REAL *y, NAME(row) * row) {
  range r[3];
  for (int axis = 0; axis < 3; axis++) {
    r[axis] = range_under(g, axis, tap[axis]);
    if (r[axis].count <= 0) return;
  }
  const int64_t *stride = g->windows.stride;
  for (int64_t i = 0; i < r[0].count; i++)
    for (int64_t j = 0; j < r[1].count; j++) {
      int64_t x_row = (r[0].x + i * stride[0]) * g->x[1] + r[1].x + j * stride[1];
      int64_t y_row = (r[0].y + i) * g->y[1] + r[1].y + j;
      row(r[2].count, x + x_row * g->x[2] + r[2].x, stride[2], weight, y + y_row * g->y[2] + r[2].y);
    }
}

/* Every weight between one channel of x and one of y, in row-major order. */
static void NAME(each_weight)(const geometry *g, REAL *x, REAL *weight, REAL *y, NAME(row) * row) {
  int64_t tap[3];
  for (tap[0] = 0; tap[0] < g->windows.size[0]; tap[0]++)
    for (tap[1] = 0; tap[1] < g->windows.size[1]; tap[1]++)
      for (tap[2] = 0; tap[2] < g->windows.size[2]; tap[2]++) NAME(each_row)(g, tap, x, weight++, y, row);
}

/* Every channel of y with every channel of x in its group, for every sample. */
static void NAME(each_channel)(const geometry *g, void *x, void *weight, void *y, NAME(row) * row) {
  int64_t x_size = volume(g->x), y_size = volume(g->y), taps = volume(g->windows.size);
  for (int64_t n = 0; n < g->samples; n++)
    for (int64_t to = 0; to < g->groups * g->outputs; to++)
      for (int64_t from = 0; from < g->inputs; from++) {
        int64_t channel = to / g->outputs * g->inputs + from;
        NAME(each_weight)
        (g, (REAL *)x + (n * g->groups * g->inputs + channel) * x_size, (REAL *)weight + (to * g->inputs + from) * taps,
         (REAL *)y + (n * g->groups * g->outputs + to) * y_size, row);
      }
}

static wg_status NAME(convolve)(wg_call *call) {
  const wg_tensor *x = &call->in[0], *weight = &call->in[1], *y = &call->out;
  geometry g = geometry_of(call->node->attrs, x->shape, weight->shape, y->shape);
  wg_tensor_fill(y, 0);
  NAME(each_channel)(&g, x->data, weight->data, y->data, NAME(row_of_y));
  return WG_OK;
}

static wg_status NAME(convolve_transpose)(wg_call *call) {
  const wg_tensor *y = &call->in[0], *weight = &call->in[1], *x = &call->out;
  geometry g = geometry_of(call->node->attrs, x->shape, weight->shape, y->shape);
  wg_tensor_fill(x, 0);
  NAME(each_channel)(&g, x->data, weight->data, y->data, NAME(row_of_x));
  return WG_OK;
}

static wg_status NAME(convolve_weight)(wg_call *call) {
  const wg_tensor *x = &call->in[0], *y = &call->in[1], *weight = &call->out;
  geometry g = geometry_of(call->node->attrs, x->shape, weight->shape, y->shape);
  wg_tensor_fill(weight, 0);
  NAME(each_channel)(&g, x->data, weight->data, y->data, NAME(row_of_weight));
  return WG_OK;
}
