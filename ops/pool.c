#include "pool.h"

wg_windows wg_pool_windows(const wg_attr *attrs, int axes, const wg_attr *dilation) {
  const wg_attr *stride = &attrs[attrs[WG_POOL_STRIDE].count ? WG_POOL_STRIDE : WG_POOL_SIZE];
  return wg_windows_of(axes, &attrs[WG_POOL_SIZE], stride, &attrs[WG_POOL_PADDING], dilation);
}

bool wg_infer_pool(wg_draft *draft, int axes, const wg_attr *dilation) {
  const wg_attr *attrs = draft->attrs;
  const wg_shape *x = draft->inputs[0]->shape;
  if (!wg_infer_floats(draft) || !wg_infer_spatial(draft, axes)) return false;
  axes = x->rank - 2;
  if (attrs[WG_POOL_SIZE].count == 0)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "no size of the windows was given");
  if (!wg_infer_windows(draft, axes, &attrs[WG_POOL_SIZE], &attrs[WG_POOL_STRIDE], &attrs[WG_POOL_PADDING], dilation))
    return false;
  wg_windows windows = wg_pool_windows(attrs, axes, dilation);
  draft->shape = *x;
  for (int axis = 2; axis < x->rank; axis++) {
    int k = axis - 2 + WG_WINDOW_AXES - axes;
    int64_t size = x->size[axis], padding = windows.padding[k];
    if (padding > windows.size[k] / 2)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "a padding of %lld is more than half a window of %lld",
                           (long long)padding, (long long)windows.size[k]);
    draft->shape.size[axis] = wg_windows_count(&windows, k, size, attrs[WG_POOL_CEIL].integer != 0);
    if (draft->shape.size[axis] < 1 || size < 1)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "a window of %lld does not fit into axis %d of %lld with its border",
                           (long long)windows.size[k], axis, (long long)size);
    if (padding > 0 && windows.dilation[k] > size)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "with a dilation of %lld there are windows outside of axis %d",
                           (long long)windows.dilation[k], axis);
  }
  return true;
}
