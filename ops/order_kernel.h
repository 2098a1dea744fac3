/* order_kernel.h: places in the order of values, for one element type; order.c includes it once for each, with REAL and
 * NAME defined. NaN counts as greater than all numbers. */

/* Whether x[a] is less than x[b]. */
static inline bool NAME(less)(const REAL *x, int64_t step, int64_t a, int64_t b) {
  const REAL first = x[a * step], second = x[b * step];
  return isnan(second) ? !isnan(first) : first < second;
}

/* Whether place a stands before place b: by value, and equal values in the order of their places. */
static inline bool NAME(before)(const REAL *x, int64_t step, bool descending, int64_t a, int64_t b) {
  if (descending ? NAME(less)(x, step, b, a) : NAME(less)(x, step, a, b)) return true;
  if (descending ? NAME(less)(x, step, a, b) : NAME(less)(x, step, b, a)) return false;
  return a < b;
}

/* Lets the place at `root` of the heap sink below those that stand after it (Floyd, Treesort 3, 1964). */
static void NAME(sink)(const REAL *x, int64_t x_step, bool descending, int64_t root, int64_t n, int64_t *place,
                       int64_t step) {
  const int64_t sinking = place[root * step];
  while (root < n / 2) {
    int64_t child = 2 * root + 1;
    if (child + 1 < n && NAME(before)(x, x_step, descending, place[child * step], place[(child + 1) * step])) child++;
    if (!NAME(before)(x, x_step, descending, sinking, place[child * step])) break;
    place[root * step] = place[child * step];
    root = child;
  }
  place[root * step] = sinking;
}

/* Heapsort: it needs no memory beside its result, which a kernel has not. The order has no equals, so it is stable. */
static void NAME(argsort_row)(const REAL *x, int64_t x_step, bool descending, int64_t n, int64_t *place, int64_t step) {
  for (int64_t k = 0; k < n; k++) place[k * step] = k;
  for (int64_t root = n / 2; root-- > 0;) NAME(sink)(x, x_step, descending, root, n, place, step);
  for (int64_t end = n - 1; end > 0; end--) {
    int64_t last = place[0];
    place[0] = place[end * step];
    place[end * step] = last;
    NAME(sink)(x, x_step, descending, 0, end, place, step);
  }
}

static wg_status NAME(argsort)(wg_call *call) {
  const wg_tensor *x = &call->in[0], *y = &call->out;
  int axis = axis_of(call->node);
  bool descending = call->node->attrs[DESCENDING].integer != 0;
  int64_t n = x->shape->size[axis], rows = n ? wg_row_count(x->shape, axis) : 0;
  for (int64_t r = 0; r < rows; r++) {
    const REAL *row = (const REAL *)x->data + wg_row_start(x->shape, x->stride, axis, r);
    int64_t *places = (int64_t *)y->data + wg_row_start(y->shape, y->stride, axis, r);
    NAME(argsort_row)(row, x->stride[axis], descending, n, places, y->stride[axis]);
  }
  return WG_OK;
}

/* The first place of the largest element, or of the smallest, and of the first NaN for both. */
static void NAME(extreme)(wg_call *call, bool smallest) {
  const wg_tensor *x = &call->in[0];
  int axis = axis_of(call->node);
  int64_t n = x->shape->size[axis], step = x->stride[axis], rows = wg_row_count(x->shape, axis),
          *place = call->out.data;
  for (int64_t r = 0; r < rows; r++) {
    const REAL *row = (const REAL *)x->data + wg_row_start(x->shape, x->stride, axis, r);
    int64_t at = 0;
    for (int64_t k = 1; k < n && !isnan(row[at * step]); k++)
      if (isnan(row[k * step]) || (smallest ? row[k * step] < row[at * step] : row[k * step] > row[at * step])) at = k;
    place[r] = at;
  }
}

static wg_status NAME(argmax)(wg_call *call) {
  NAME(extreme)(call, false);
  return WG_OK;
}

static wg_status NAME(argmin)(wg_call *call) {
  NAME(extreme)(call, true);
  return WG_OK;
}
