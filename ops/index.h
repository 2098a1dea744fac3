/* index.h: what operations with whole numbers as places have in common; for the files of ops/ only. */
#ifndef WG_INDEX_H
#define WG_INDEX_H

#include "axis.h"
#include "rule.h"

/* Fails the draft unless input i is i64. */
static inline bool wg_infer_index(const wg_draft *draft, int i) {
  wg_dtype dtype = draft->inputs[i]->dtype;
  return dtype == WG_I64 || wg_draft_fail(draft, WG_ERROR_DTYPE, "indices are i64, not %s", wg_dtype_text(dtype));
}

/* Fails the draft unless inputs 0 and i have one dtype, of any kind, which becomes the result's. */
static inline bool wg_infer_like(wg_draft *draft, int i) {
  draft->dtype = draft->inputs[0]->dtype;
  if (draft->inputs[i]->dtype == draft->dtype) return true;
  return wg_draft_fail(draft, WG_ERROR_DTYPE, "element types %s and %s differ", wg_dtype_text(draft->dtype),
                       wg_dtype_text(draft->inputs[i]->dtype));
}

/* The failure of a run for an index outside 0 … size − 1, the `at`-th of its tensor in row-major order. */
wg_status wg_index_fail(wg_call *call, const wg_tensor *index, int64_t at, int64_t value, int64_t size);

/* The first index that is outside as such a failure, or WG_OK. With `wrap`, −1 … −size are inside too. */
wg_status wg_index_check(wg_call *call, const wg_tensor *index, int64_t size, bool wrap);

/* A walk over pairs of elements: for each place of `shape`, in row-major order, the element of `part` there, and that of
 * `whole` at the same place but for one axis, along which it is the index that says the place: it has `size` elements
 * there, `step` apart, and stride 0. Strides are in elements; any may be 0. */
typedef struct wg_index_walk {
  wg_shape shape; /* of rank 1 or more */
  int64_t size, step;
  bool wrap; /* −1 … −size count from the end */
  const int64_t *index;
  void *whole, *part;
  int64_t index_stride[WG_RANK_MAX], whole_stride[WG_RANK_MAX], part_stride[WG_RANK_MAX];
  int64_t at, value; /* of the first index that is outside: its place in row-major order, and the index */
} wg_index_walk;

/* What is done with each pair; false where an index is outside, which ends the walk. */
bool wg_index_read(wg_index_walk *walk, wg_dtype dtype);   /* part = whole */
bool wg_index_write(wg_index_walk *walk, wg_dtype dtype);  /* whole = part */
bool wg_index_add_to(wg_index_walk *walk, wg_dtype dtype); /* whole += part */

#endif
