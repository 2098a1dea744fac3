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

#endif
