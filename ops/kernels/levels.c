#include "kernels.h"

/* Whether the processor and the operating system can run a level that is built; each needs the one below. */
static inline bool has_avx2(void) {
#ifdef WG_HAVE_AVX2
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

static inline bool has_avx512(void) {
#ifdef WG_HAVE_AVX512
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

const wg_kernels *wg_kernels_here(void) {
#ifdef WG_HAVE_AVX512
  if (has_avx512()) return &wg_kernels_avx512;
#endif
#ifdef WG_HAVE_AVX2
  if (has_avx2()) return &wg_kernels_avx2;
#endif
  return &wg_kernels_baseline;
}

const wg_kernels *wg_kernels_at(int level) {
  const wg_kernels *const levels[] = {&wg_kernels_baseline,
#ifdef WG_HAVE_AVX2
                                      &wg_kernels_avx2,
#endif
#ifdef WG_HAVE_AVX512
                                      &wg_kernels_avx512
#endif
  };
  const int count = 1 + has_avx2() + has_avx512();
  return level >= 0 && level < count ? levels[level] : NULL;
}
