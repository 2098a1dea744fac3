#include "window.h"

/* Sizes, strides, borders and dilations below 2³¹, of axes below 2⁶², so that no sum of them overflows. */
#define STEP_MAX INT64_C(2147483647)
#define LENGTH_MAX (INT64_C(1) << 62)

static bool infer_list(const wg_draft *draft, int axes, const wg_attr *list, int64_t least) {
  if (!list || list->count == 0) return true;
  if (list->count != axes)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%d axes, but %d numbers as %s", axes, list->count, list->name);
  for (int k = 0; k < axes; k++)
    if (list->integers[k] < least || list->integers[k] > STEP_MAX)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%s %lld is not in %lld … 2^31 − 1", list->name,
                           (long long)list->integers[k], (long long)least);
  return true;
}

bool wg_infer_windows(const wg_draft *draft, int axes, const wg_attr *size, const wg_attr *stride,
                      const wg_attr *padding, const wg_attr *dilation) {
  return infer_list(draft, axes, size, 1) && infer_list(draft, axes, stride, 1) &&
         infer_list(draft, axes, padding, 0) && infer_list(draft, axes, dilation, 1);
}

static int64_t number(const wg_attr *list, int k, int64_t otherwise) {
  return list && list->count && k >= 0 ? list->integers[k] : otherwise;
}

wg_windows wg_windows_of(int axes, const wg_attr *size, const wg_attr *stride, const wg_attr *padding,
                         const wg_attr *dilation) {
  wg_windows windows;
  for (int axis = 0; axis < WG_WINDOW_AXES; axis++) {
    int k = axis - (WG_WINDOW_AXES - axes);
    windows.size[axis] = number(size, k, 1);
    windows.stride[axis] = number(stride, k, 1);
    windows.padding[axis] = number(padding, k, 0);
    windows.dilation[axis] = number(dilation, k, 1);
  }
  return windows;
}

int64_t wg_windows_count(const wg_windows *windows, int axis, int64_t length, bool ceil) {
  int64_t stride = windows->stride[axis], padding = windows->padding[axis];
  if (length > LENGTH_MAX || windows->size[axis] > STEP_MAX) return 0;
  int64_t steps = length + 2 * padding - windows->dilation[axis] * (windows->size[axis] - 1) - 1;
  if (steps < 0) return 0;
  int64_t last = (ceil ? steps + stride - 1 : steps) / stride;
  if (ceil && last * stride >= length + padding) last--;
  return last + 1;
}

void wg_window_sizes(const wg_shape *shape, int axes, int64_t sizes[WG_WINDOW_AXES]) {
  for (int axis = 0; axis < WG_WINDOW_AXES; axis++) {
    int k = axis - (WG_WINDOW_AXES - axes);
    sizes[axis] = k >= 0 ? shape->size[shape->rank - axes + k] : 1;
  }
}

wg_attr wg_attr_axes_or(const char *name, int axes, const int64_t *list, int64_t otherwise,
                        int64_t written[WG_WINDOW_AXES]) {
  if (axes > WG_WINDOW_AXES) axes = WG_WINDOW_AXES;
  for (int k = 0; k < axes; k++) written[k] = list ? list[k] : otherwise;
  return wg_attr_integers(name, axes, written);
}

bool wg_infer_spatial(const wg_draft *draft, int axes) {
  int rank = draft->inputs[0]->shape->rank;
  if (axes ? rank == axes + 2 : rank >= 3 && rank <= WG_WINDOW_AXES + 2) return true;
  if (axes)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "x has rank %d, not the %d of (N,C,…) with %d more axes", rank,
                         axes + 2, axes);
  return wg_draft_fail(draft, WG_ERROR_SHAPE, "x has rank %d, not that of (N,C,…) with 1, 2 or 3 more axes", rank);
}

bool wg_infer_window_counts(wg_draft *draft, const wg_attr *counts) {
  const wg_shape *x = draft->inputs[0]->shape;
  int axes = x->rank - 2;
  if (counts->count == 0) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the list of %s was not given", counts->name);
  if (!infer_list(draft, axes, counts, 1)) return false;
  draft->shape = *x;
  for (int axis = 2; axis < x->rank; axis++) {
    if (x->size[axis] < 1 || x->size[axis] > STEP_MAX)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d of %lld elements is outside 1 … 2^31 − 1", axis,
                           (long long)x->size[axis]);
    draft->shape.size[axis] = counts->integers[axis - 2];
  }
  return true;
}
