/* kernels.h: the kernels that are compiled once for each level of processors, and which of them to use here.
 *
 * Levels are what Meson builds for the kind of processor: on x86-64 baseline (SSE2), avx2 (with FMA) and avx512; elsewhere
 * baseline alone, which on 64-bit ARM means NEON. Its option `processor` leaves out those above the one named. */
#ifndef WG_KERNELS_H
#define WG_KERNELS_H

#include "narrow.h"

/* Does nothing but so many rounds of multiply-adds in registers, the most that the processor can do. Returns how many
 * operations that were (a multiply-add is two); *sum gets a number that depends on all of them. */
typedef double wg_peak_kernel(int64_t rounds, double *sum);

typedef struct wg_kernels {
  const char *level;
  wg_product_kernel *product_f32, *product_f64, *narrow_f32, *narrow_f64, *line_f32, *line_f64;
  wg_fold_kernel *fold_f32, *fold_f64;
  wg_peak_kernel *peak_f32, *peak_f64;
} wg_kernels;

extern const wg_kernels wg_kernels_baseline, wg_kernels_avx2, wg_kernels_avx512;

/* The kernels for this processor. Costs a few comparisons. */
const wg_kernels *wg_kernels_here(void);

/* Those of level number 0, 1 … that this processor can run, the lowest first; NULL beyond the last. */
const wg_kernels *wg_kernels_at(int level);

#endif
