/* window.h: windows that slide over the last axes of a tensor, as in convolution and pooling; for the files of ops/ only.
 *
 * Window number p along an axis of n elements holds the elements p·stride + k·dilation − padding for k = 0 … size − 1,
 * of which those outside 0 … n − 1 are the border. */
#ifndef WG_WINDOW_H
#define WG_WINDOW_H

#include "axis.h"
#include "rule.h"

/* One, two or three axes, aligned at the last: those before have windows of size 1, so that a kernel has always three. */
enum { WG_WINDOW_AXES = 3 };
typedef struct wg_windows {
  int64_t size[WG_WINDOW_AXES], stride[WG_WINDOW_AXES], padding[WG_WINDOW_AXES], dilation[WG_WINDOW_AXES];
} wg_windows;

/* Shape rule of the lists of such an operation: each has a number for each of the `axes` axes, or none at all, which
 * means the default; numbers that overflow nothing. Fails the draft
 * if not. `dilation` may be NULL. */
bool wg_infer_windows(const wg_draft *draft, int axes, const wg_attr *size, const wg_attr *stride,
                      const wg_attr *padding, const wg_attr *dilation);

/* The windows of these lists, which a shape rule has seen. */
wg_windows wg_windows_of(int axes, const wg_attr *size, const wg_attr *stride, const wg_attr *padding,
                         const wg_attr *dilation);

/* How many windows there are along one axis of `length` elements, 0 if not one fits. With `ceil` the last one may begin
 * inside and reach over the border. */
int64_t wg_windows_count(const wg_windows *windows, int axis, int64_t length, bool ceil);

/* The last `axes` sizes of a shape aligned at the last of three, 1 before. */
void wg_window_sizes(const wg_shape *shape, int axes, int64_t sizes[WG_WINDOW_AXES]);

/* A list of `axes` numbers as an attribute, or one without numbers (the default) for NULL. */
static inline wg_attr wg_attr_axes(const char *name, int axes, const int64_t *list) {
  return wg_attr_integers(name, list ? axes : 0, list);
}

/* The same list with every number written out, so that equal calls are one node. `axes` beyond three are left to the
 * shape rule. */
wg_attr wg_attr_axes_or(const char *name, int axes, const int64_t *list, int64_t otherwise,
                        int64_t written[WG_WINDOW_AXES]);

/* The number of axes after those of samples and channels, as (N,C,…) has them; 0 where there is none. */
static inline int wg_spatial_axes(const wg_node *x) {
  int rank = wg_node_shape(x).rank;
  return rank > 2 ? rank - 2 : 0;
}

/* Fails the draft unless input 0 is (N,C,…) with 1, 2 or 3 axes after them; or exactly `axes`, unless that is 0. */
bool wg_infer_spatial(const wg_draft *draft, int axes);

/* Fails the draft unless the list asks for 1 window or more along each axis after the channels of x (N,C,…), none of
 * which is empty; the sizes of the result become those of x with the list's. */
bool wg_infer_window_counts(wg_draft *draft, const wg_attr *counts);

#endif
