/* lapack.h: factors of a matrix by LAPACK, in a build that has it (Meson's option `lapack`); for the files of ops/ only.
 *
 * LAPACK takes matrices by columns: by rows, its A is our Aᵀ. Nothing here allocates. */
#ifndef WG_LAPACK_H
#define WG_LAPACK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef WG_LAPACK
#include <lapacke.h>

/* Below, a call costs more than it saves; above, the list of exchanges would not fit on the stack. */
enum { WG_LAPACK_LEAST = 64, WG_LAPACK_LARGEST = 8192 };
#define WG_LAPACK_TAKES(n) ((n) >= WG_LAPACK_LEAST && (n) <= WG_LAPACK_LARGEST)

/* The lower triangle of the n×n matrix becomes L with L·Lᵀ = A: by columns it is the upper triangle of Lᵀ. Returns the
 * order of the first leading minor that is not positive, or 0. */
static inline int64_t wg_lapack_cholesky_f32(int64_t n, float *a) {
  return LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)n);
}
static inline int64_t wg_lapack_cholesky_f64(int64_t n, double *a) {
  return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)n);
}

/* Aᵀ becomes (L\U)ᵀ with P·A = L·U; row k changed places with row exchanged[k] − 1, for k = 0, 1 … */
static inline void wg_lapack_lu_f32(int64_t n, float *a, lapack_int *exchanged) {
  LAPACKE_sgetrf_work(LAPACK_COL_MAJOR, (lapack_int)n, (lapack_int)n, a, (lapack_int)n, exchanged);
}
static inline void wg_lapack_lu_f64(int64_t n, double *a, lapack_int *exchanged) {
  LAPACKE_dgetrf_work(LAPACK_COL_MAJOR, (lapack_int)n, (lapack_int)n, a, (lapack_int)n, exchanged);
}
#else
#define WG_LAPACK_TAKES(n) false
#endif

#endif
