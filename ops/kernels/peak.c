/* peak.c: the most multiply-adds that the processor can do: in registers alone, as many sums at a time as there are
 * registers to keep the units busy. What a program's rate is a share of. */
#include "kernels.h"
#include "level.h"
#include "vector.h"

enum { SUMS = REGISTERS == 32 ? 24 : 12 };

/* s ← s/2 + 1, which tends to 2, in each lane of each of the sums, `rounds` times. */
#define PEAK(type, suffix)                                                                                             \
  double WG_LEVEL(wg_peak_##suffix)(int64_t rounds, double *sum) {                                                     \
    const volatile type half = (type)0.5, one = 1;                                                                     \
    const vector_##suffix factor = all_##suffix(half), term = all_##suffix(one);                                       \
    vector_##suffix sums[SUMS], total = {0};                                                                           \
    UNROLL                                                                                                             \
    for (int k = 0; k < SUMS; k++) sums[k] = total + term * (type)k;                                                   \
    for (int64_t round = 0; round < rounds; round++) {                                                                 \
      UNROLL                                                                                                           \
      for (int k = 0; k < SUMS; k++) sums[k] = fused_##suffix(sums[k], factor, term);                                  \
    }                                                                                                                  \
    UNROLL                                                                                                             \
    for (int k = 0; k < SUMS; k++) total += sums[k];                                                                   \
    *sum = (double)total[0];                                                                                           \
    return 2.0 * SUMS * LANES_OF(type) * (double)rounds;                                                               \
  }
PEAK(float, f32)
PEAK(double, f64)
