/* move.h: copying or adding one strided tensor into another, or into a part of it; for the files of ops/ only. */
#ifndef WG_MOVE_H
#define WG_MOVE_H

#include "../engine/op.h"

/* One row: to[k·to_step] = from[k·from_step], or +=, for n elements. */
typedef void wg_move_row(int64_t n, void *to, int64_t to_step, const void *from, int64_t from_step);

/* The walk over two tensors of one shape, axes joined where both allow; made once, run for any two addresses. */
typedef struct wg_move {
  wg_move_row *row;
  int64_t element; /* bytes */
  int rank;        /* 1 or more */
  int64_t size[WG_RANK_MAX], to[WG_RANK_MAX], from[WG_RANK_MAX];
} wg_move;

/* Strides in elements, as in a wg_tensor. */
wg_move wg_move_copy(wg_dtype dtype, const wg_shape *shape, const int64_t *to_stride, const int64_t *from_stride);
wg_move wg_move_add(wg_dtype dtype, const wg_shape *shape, const int64_t *to_stride, const int64_t *from_stride);

/* Elements are visited in row-major order. The two must not overlap; places of `to` may coincide where elements are
 * added, those of one row apart. */
void wg_move_run(const wg_move *move, void *to, const void *from);

/* Every element of a dense tensor becomes `value`, rounded to its type. */
void wg_tensor_fill(const wg_tensor *dense, double value);

#endif
