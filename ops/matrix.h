/* matrix.h: matrices along the last two axes of a strided tensor; for the files of ops/ only. */
#ifndef WG_MATRIX_H
#define WG_MATRIX_H

#include "axis.h"
#include "rule.h"

/* The axes before the last two, along which matrices are numbered row-major. */
static inline wg_shape wg_matrix_lead(const wg_shape *shape) {
  wg_shape lead = *shape;
  lead.rank -= 2;
  return lead;
}

/* Where matrix number `batch` of a tensor begins, whose leading axes are broadcast to `lead`; in elements. */
static inline int64_t wg_matrix_start(const wg_tensor *x, const wg_shape *lead, int64_t batch) {
  int rank = x->shape->rank - 2, missing = lead->rank - rank;
  int64_t stride[WG_RANK_MAX] = {0};
  for (int axis = 0; axis < rank; axis++)
    if (x->shape->size[axis] != 1) stride[missing + axis] = x->stride[axis];
  return wg_row_start(lead, stride, -1, batch);
}

static inline int64_t wg_matrix_rows(const wg_shape *shape) { return shape->size[shape->rank - 2]; }
static inline int64_t wg_matrix_columns(const wg_shape *shape) { return shape->size[shape->rank - 1]; }

/* Fails the draft unless input i has a last axis, or two. */
static inline bool wg_infer_rank(const wg_draft *draft, int i, int rank) {
  if (draft->inputs[i]->shape->rank >= rank) return true;
  return wg_draft_fail(draft, WG_ERROR_SHAPE, "rank %d is below %d", draft->inputs[i]->shape->rank, rank);
}

/* Fails the draft unless input i is a square matrix, or several. */
static inline bool wg_infer_square(const wg_draft *draft, int i) {
  if (!wg_infer_rank(draft, i, 2)) return false;
  int64_t rows = wg_matrix_rows(draft->inputs[i]->shape), columns = wg_matrix_columns(draft->inputs[i]->shape);
  return rows == columns || wg_draft_fail(draft, WG_ERROR_SHAPE, "%lld rows and %lld columns are not square",
                                          (long long)rows, (long long)columns);
}

/* Samples of square matrices that can be inverted. Those of several rows come in a batch, so that a test that repeats
 * the first slice of an input along its first axis repeats a matrix, and not a row of one. */
/* clang-format off */
#define WG_SAMPLES_SQUARE                                                                                              \
  {1, {WG_SAMPLE(-2, 2, 2, 3, 3)}, {{0}}},                                                                             \
  {1, {WG_SAMPLE(0.5, 2, 1, 1)}, {{0}}},                                                                               \
  {1, {WG_SAMPLE(-2, 2, 1, 2, 2, 2)}, {{0}}},                                                                          \
  {1, {WG_SAMPLE(-2, 2, 2, 0, 0)}, {{0}}},                                                                             \
  {1, {WG_SAMPLE(-2, 2, 0, 2, 2)}, {{0}}}
/* clang-format on */

#endif
