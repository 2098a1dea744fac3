/* view.h: what operations that only look at their input differently have in common; for the files of ops/ only. */
#ifndef WG_VIEW_H
#define WG_VIEW_H

#include "axis.h"
#include "rule.h"

/* The address `elements` elements after the tensor's first. While a plan is made, a tensor has no memory yet and its
 * address is NULL, to which C lets nobody add; so the sum is one of whole numbers. */
static inline void *wg_view_at(const wg_tensor *tensor, int64_t elements) {
  return (void *)((uintptr_t)tensor->data + (uintptr_t)elements * (uintptr_t)wg_dtype_size(tensor->dtype));
}

/* Any view of a constant of equal elements is another one, so a constant adjoint remains one. NULL if x is no such. */
static inline wg_node *wg_view_of_fill(const wg_node *x, const wg_shape *shape) {
  double value;
  int64_t count;
  if (!wg_node_is_fill(x, &value, &count)) return NULL;
  return wg_fill_over(x->tape, x->dtype, *shape, value, count);
}

/* Whether a list of so many numbers was given at all. */
static inline bool wg_list_given(int count, const int64_t *list) { return count == 0 || (count > 0 && list); }

#endif
