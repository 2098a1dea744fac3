/* constants.c: tensors that are known when they are recorded: numbers in a row, and the unit matrix. */
#include "../engine/tape_internal.h"
#include "ops.h"

#include <math.h>

/* The value of element number k. */
typedef double element(int64_t k, const double *of);

/* A constant of that shape, by its elements; whole numbers, where i64 is asked for. */
static wg_node *constant(wg_tape *tape, const char *name, wg_dtype dtype, wg_shape shape, element *value,
                         const double *of) {
  const wg_allocator *allocator = wg_tape_allocator(tape);
  int64_t count = 0;
  size_t size = wg_dtype_size(dtype);
  /* what is wrong with shape or type is said by wg_fill */
  if (!size || !wg_shape_count(&shape, &count)) return wg_fill(tape, dtype, shape, 0);
  void *data = wg_allocate(allocator, (size_t)count, size);
  bool whole = true;
  for (int64_t k = 0; data && k < count; k++) {
    double x = value(k, of);
    if (dtype == WG_F32)
      ((float *)data)[k] = (float)x;
    else if (dtype == WG_F64)
      ((double *)data)[k] = x;
    else if (x >= -0x1p63 && x < 0x1p63 && x == trunc(x))
      ((int64_t *)data)[k] = (int64_t)x;
    else
      whole = false;
    if (!whole) break;
  }
  wg_node *node = wg_tape_inert(tape);
  if (!data)
    wg_tape_fail_memory(tape);
  else if (!whole)
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "%s: there are numbers that an i64 cannot hold", name);
  else
    node = wg_constant(tape, dtype, shape, data);
  wg_release(allocator, data);
  return node;
}

enum { START, STEP, STOP, COUNT };

static double arange_element(int64_t k, const double *of) { return of[START] + (double)k * of[STEP]; }

wg_node *wg_arange(wg_tape *tape, wg_dtype dtype, double start, double stop, double step) {
  double steps = (stop - start) / step;
  if (!(steps >= 0 && steps <= 0x1p53) || !isfinite(step)) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "arange: no steps of %g lead from %g to %g", step, start, stop);
    return wg_tape_inert(tape);
  }
  return constant(tape, "arange", dtype, WG_SHAPE((int64_t)ceil(steps)), arange_element, (double[]){start, step});
}

/* From both ends to the middle, so that both are met exactly. */
static double linspace_element(int64_t k, const double *of) {
  double step = of[COUNT] > 1 ? (of[STOP] - of[START]) / (of[COUNT] - 1) : 0;
  return (double)k < of[COUNT] / 2 ? of[START] + (double)k * step : of[STOP] - (of[COUNT] - 1 - (double)k) * step;
}

wg_node *wg_linspace(wg_tape *tape, wg_dtype dtype, double first, double last, int64_t count) {
  return constant(tape, "linspace", dtype, WG_SHAPE(count), linspace_element,
                  (double[]){[START] = first, [STOP] = last, [COUNT] = (double)count});
}

static double eye_element(int64_t k, const double *of) {
  int64_t columns = (int64_t)of[COUNT];
  return k / columns == k % columns;
}

wg_node *wg_eye(wg_tape *tape, wg_dtype dtype, int64_t rows, int64_t columns) {
  return constant(tape, "eye", dtype, WG_SHAPE(rows, columns), eye_element, (double[]){[COUNT] = (double)columns});
}
