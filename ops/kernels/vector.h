/* vector.h: vectors as wide as the registers of the level that a kernel is compiled for, by the extension that GCC and
 * clang share, and the little that this extension lacks: part of a vector in and out of memory, and transposing.
 * For the files of this folder only. */
#ifndef WG_VECTOR_H
#define WG_VECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* Before a loop of constant length over registers, so that each has a name of its own. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#if defined __AVX512F__
#include <immintrin.h>
#define INTEL(name) _mm512_##name
#define REGISTERS 32
enum { VECTOR_BYTES = 64 };
#elif defined __AVX2__
#include <immintrin.h>
#define INTEL(name) _mm256_##name
#define REGISTERS 16
enum { VECTOR_BYTES = 32 };
#elif defined __SSE2__
#include <emmintrin.h>
#define INTEL(name) _mm_##name
#define REGISTERS 16
enum { VECTOR_BYTES = 16 };
#else
#define REGISTERS 32 /* NEON; elsewhere the compiler makes the best of it */
enum { VECTOR_BYTES = 16 };
#endif

#define LANES_OF(type) ((int)(VECTOR_BYTES / sizeof(type)))
#define VECTOR_OF(type, suffix)                                                                                        \
  typedef type vector_##suffix __attribute__((vector_size(VECTOR_BYTES)));                                             \
  typedef type unaligned_##suffix __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(type)), may_alias));        \
  INLINE vector_##suffix load_##suffix(const type *x) { return *(const unaligned_##suffix *)x; }                       \
  INLINE void store_##suffix(type *x, vector_##suffix v) { *(unaligned_##suffix *)x = v; }

VECTOR_OF(float, f32)
VECTOR_OF(double, f64)

/* ---- The first elements of a vector: memory behind them is not touched ---- */

#if defined __AVX512F__
#define NARROW_LOADS true /* a load of a part is as fast as a whole one */
typedef __mmask16 part_f32;
typedef __mmask8 part_f64;
INLINE part_f32 part_of_f32(int64_t count) { return (part_f32)((1U << count) - 1); }
INLINE part_f64 part_of_f64(int64_t count) { return (part_f64)((1U << count) - 1); }
INLINE vector_f32 load_part_f32(part_f32 part, const float *x) { return _mm512_maskz_loadu_ps(part, x); }
INLINE vector_f64 load_part_f64(part_f64 part, const double *x) { return _mm512_maskz_loadu_pd(part, x); }
INLINE void store_part_f32(part_f32 part, float *x, vector_f32 v) { _mm512_mask_storeu_ps(x, part, v); }
INLINE void store_part_f64(part_f64 part, double *x, vector_f64 v) { _mm512_mask_storeu_pd(x, part, v); }
#elif defined __AVX2__
#define NARROW_LOADS true
typedef __m256i part_f32, part_f64;
INLINE __m256i part_of_f32(int64_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE __m256i part_of_f64(int64_t count) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}
INLINE vector_f32 load_part_f32(__m256i part, const float *x) { return _mm256_maskload_ps(x, part); }
INLINE vector_f64 load_part_f64(__m256i part, const double *x) { return _mm256_maskload_pd(x, part); }
INLINE void store_part_f32(__m256i part, float *x, vector_f32 v) { _mm256_maskstore_ps(x, part, v); }
INLINE void store_part_f64(__m256i part, double *x, vector_f64 v) { _mm256_maskstore_pd(x, part, v); }
#else
#define NARROW_LOADS false
#define PART_OF(type, suffix)                                                                                          \
  typedef int64_t part_##suffix;                                                                                       \
  INLINE int64_t part_of_##suffix(int64_t count) { return count; }                                                     \
  INLINE vector_##suffix load_part_##suffix(int64_t part, const type *x) {                                             \
    vector_##suffix v = {0};                                                                                           \
    if (part == LANES_OF(type)) return load_##suffix(x);                                                               \
    for (int64_t lane = 0; lane < part; lane++) v[lane] = x[lane];                                                     \
    return v;                                                                                                          \
  }                                                                                                                    \
  INLINE void store_part_##suffix(int64_t part, type *x, vector_##suffix v) {                                          \
    if (part == LANES_OF(type))                                                                                        \
      store_##suffix(x, v);                                                                                            \
    else                                                                                                               \
      for (int64_t lane = 0; lane < part; lane++) x[lane] = v[lane];                                                   \
  }
PART_OF(float, f32)
PART_OF(double, f64)
#endif

/* ---- Transposing ----
 *
 * A block of LANES lines of DEPTH elements, lines `step` apart, becomes DEPTH vectors `to_step` apart: 16 bytes of every
 * line fill the lanes of registers, inside of which the elements then change places. */

enum { DEPTH_f32 = 4, DEPTH_f64 = 2 };

#ifdef INTEL
/* 16 bytes from each of x, x + step, x + 2·step … */
#if defined __AVX512F__
INLINE __m512 quarters(const float *x, int64_t step) {
  __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(x));
  v = _mm512_insertf32x4(v, _mm_loadu_ps(x + step), 1);
  v = _mm512_insertf32x4(v, _mm_loadu_ps(x + 2 * step), 2);
  return _mm512_insertf32x4(v, _mm_loadu_ps(x + 3 * step), 3);
}
#elif defined __AVX2__
INLINE __m256 quarters(const float *x, int64_t step) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(x)), _mm_loadu_ps(x + step), 1);
}
#else
INLINE __m128 quarters(const float *x, int64_t step) { return (void)step, _mm_loadu_ps(x); }
#endif

INLINE void transpose_f32(const float *x, int64_t step, float *to, int64_t to_step) {
  vector_f32 a = quarters(x, 4 * step), b = quarters(x + step, 4 * step), c = quarters(x + 2 * step, 4 * step),
             d = quarters(x + 3 * step, 4 * step);
  vector_f64 ab = (vector_f64)INTEL(unpacklo_ps)(a, b), cd = (vector_f64)INTEL(unpacklo_ps)(c, d);
  store_f32(to, (vector_f32)INTEL(unpacklo_pd)(ab, cd));
  store_f32(to + to_step, (vector_f32)INTEL(unpackhi_pd)(ab, cd));
  ab = (vector_f64)INTEL(unpackhi_ps)(a, b), cd = (vector_f64)INTEL(unpackhi_ps)(c, d);
  store_f32(to + 2 * to_step, (vector_f32)INTEL(unpacklo_pd)(ab, cd));
  store_f32(to + 3 * to_step, (vector_f32)INTEL(unpackhi_pd)(ab, cd));
}

INLINE void transpose_f64(const double *x, int64_t step, double *to, int64_t to_step) {
  vector_f64 a = (vector_f64)quarters((const float *)x, 4 * step),
             b = (vector_f64)quarters((const float *)(x + step), 4 * step);
  store_f64(to, INTEL(unpacklo_pd)(a, b));
  store_f64(to + to_step, INTEL(unpackhi_pd)(a, b));
}
#else
#define TRANSPOSE_OF(type, suffix)                                                                                     \
  INLINE void transpose_##suffix(const type *x, int64_t step, type *to, int64_t to_step) {                             \
    for (int line = 0; line < LANES_OF(type); line++)                                                                  \
      for (int k = 0; k < DEPTH_##suffix; k++) to[k * to_step + line] = x[line * step + k];                            \
  }
TRANSPOSE_OF(float, f32)
TRANSPOSE_OF(double, f64)
#endif

#endif
