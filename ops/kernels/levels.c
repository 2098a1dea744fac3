#include "kernels.h"

enum { LEVELS = 3 };

/* The levels that are built and that the processor and the operating system can run, the lowest first; how many. */
static int levels_here(const wg_kernels *levels[LEVELS]) {
  int count = 0;
  levels[count++] = &wg_kernels_baseline;
#ifdef WG_HAVE_AVX2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    levels[count++] = &wg_kernels_avx2;
  else
    return count;
#endif
#ifdef WG_HAVE_AVX512
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    levels[count++] = &wg_kernels_avx512;
#endif
  return count;
}

const wg_kernels *wg_kernels_here(void) {
  const wg_kernels *levels[LEVELS];
  return levels[levels_here(levels) - 1];
}

const wg_kernels *wg_kernels_at(int level) {
  const wg_kernels *levels[LEVELS];
  return level >= 0 && level < levels_here(levels) ? levels[level] : NULL;
}
