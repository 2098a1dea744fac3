/* vector.h: vectors as wide as the registers of the level that a kernel is compiled for, by the extension that GCC and
 * clang share, and the little that this extension lacks: part of a vector in and out of memory, and transposing.
 * For the files of this folder only. */
#ifndef WG_VECTOR_H
#define WG_VECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define APART __attribute__((noinline))

/* Before a loop of constant length over registers, so that each has a name of its own. With the checks of a sanitizer, hundreds
 * of tiles would take clang minutes: then one does for all. */
#if !defined __clang__
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")
#elif __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define INLINE static inline
#define UNROLL
#else
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#endif

/* Holds a vector in a register: GCC would rather read it from memory again for each of its uses. */
#if defined __GNUC__ && defined __AVX512F__
#define HELD(vector) __asm__("" : "+v"(vector))
#elif defined __GNUC__ && defined __SSE2__
#define HELD(vector) __asm__("" : "+x"(vector))
#else
#define HELD(vector) (void)0
#endif

INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* What is `elements` further on than x; a matrix that is nowhere, unfolded or not wanted, stays there. */
INLINE const float *further_f32(const void *x, int64_t elements) { return x ? (const float *)x + elements : NULL; }
INLINE const double *further_f64(const void *x, int64_t elements) { return x ? (const double *)x + elements : NULL; }

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
#ifdef __ARM_NEON
#include <arm_neon.h>
#endif
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

/* ---- x·y + z ----
 *
 * Rounded once where the level has an instruction for it, and twice where not. A compiler that is left to fuse it does so
 * in one copy of a loop and not in another, and then bits would depend on which part of a result is computed where. */

#if defined __FMA__
INLINE vector_f32 fused_f32(vector_f32 x, vector_f32 y, vector_f32 z) { return INTEL(fmadd_ps)(x, y, z); }
INLINE vector_f64 fused_f64(vector_f64 x, vector_f64 y, vector_f64 z) { return INTEL(fmadd_pd)(x, y, z); }
#elif defined __ARM_NEON && defined __aarch64__
INLINE vector_f32 fused_f32(vector_f32 x, vector_f32 y, vector_f32 z) {
  return (vector_f32)vfmaq_f32((float32x4_t)z, (float32x4_t)x, (float32x4_t)y);
}
INLINE vector_f64 fused_f64(vector_f64 x, vector_f64 y, vector_f64 z) {
  return (vector_f64)vfmaq_f64((float64x2_t)z, (float64x2_t)x, (float64x2_t)y);
}
#else
INLINE vector_f32 fused_f32(vector_f32 x, vector_f32 y, vector_f32 z) { return x * y + z; }
INLINE vector_f64 fused_f64(vector_f64 x, vector_f64 y, vector_f64 z) { return x * y + z; }
#endif

/* x in every lane */
INLINE vector_f32 all_f32(float x) { return x - (vector_f32){0}; }
INLINE vector_f64 all_f64(double x) { return x - (vector_f64){0}; }

/* ---- Some elements of a vector: memory around them is not touched ----
 *
 * A part is the first `count` elements, or those from number `first` up to `end`; what is not loaded is 0. */

#if defined __AVX512F__
#define NARROW_LOADS true /* a load of a part is as fast as a whole one */
typedef __mmask16 part_f32;
typedef __mmask8 part_f64;
INLINE part_f32 part_of_f32(int64_t count) { return (part_f32)((1U << count) - 1); }
INLINE part_f64 part_of_f64(int64_t count) { return (part_f64)((1U << count) - 1); }
INLINE part_f32 part_between_f32(int64_t first, int64_t end) { return (part_f32)((1U << end) - (1U << first)); }
INLINE part_f64 part_between_f64(int64_t first, int64_t end) { return (part_f64)((1U << end) - (1U << first)); }
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
INLINE __m256i part_between_f32(int64_t first, int64_t end) {
  return _mm256_andnot_si256(part_of_f32(first), part_of_f32(end));
}
INLINE __m256i part_between_f64(int64_t first, int64_t end) {
  return _mm256_andnot_si256(part_of_f64(first), part_of_f64(end));
}
INLINE vector_f32 load_part_f32(__m256i part, const float *x) { return _mm256_maskload_ps(x, part); }
INLINE vector_f64 load_part_f64(__m256i part, const double *x) { return _mm256_maskload_pd(x, part); }
INLINE void store_part_f32(__m256i part, float *x, vector_f32 v) { _mm256_maskstore_ps(x, part, v); }
INLINE void store_part_f64(__m256i part, double *x, vector_f64 v) { _mm256_maskstore_pd(x, part, v); }
#else
#define NARROW_LOADS false
#define PART_OF(type, suffix)                                                                                          \
  typedef struct part_##suffix {                                                                                       \
    int64_t first, end;                                                                                                \
  } part_##suffix;                                                                                                     \
  INLINE part_##suffix part_of_##suffix(int64_t count) { return (part_##suffix){0, count}; }                           \
  INLINE part_##suffix part_between_##suffix(int64_t first, int64_t end) { return (part_##suffix){first, end}; }       \
  INLINE vector_##suffix load_part_##suffix(part_##suffix part, const type *x) {                                       \
    vector_##suffix v = {0};                                                                                           \
    if (part.end - part.first == LANES_OF(type)) return load_##suffix(x);                                              \
    for (int64_t lane = part.first; lane < part.end; lane++) v[lane] = x[lane];                                        \
    return v;                                                                                                          \
  }                                                                                                                    \
  INLINE void store_part_##suffix(part_##suffix part, type *x, vector_##suffix v) {                                    \
    if (part.end - part.first == LANES_OF(type))                                                                       \
      store_##suffix(x, v);                                                                                            \
    else                                                                                                               \
      for (int64_t lane = part.first; lane < part.end; lane++) x[lane] = v[lane];                                      \
  }
PART_OF(float, f32)
PART_OF(double, f64)
#endif

/* ---- Transposing ----
 *
 * DEPTH elements of each of LANES lines become DEPTH vectors `to_step` apart: 16 bytes of every line fill the quarters of
 * registers, inside of which the elements then change places. Lines begin at x + offset[line] bytes; or, which takes fewer
 * registers for addresses, line q·DEPTH + i at x[q] + i·apart. */

enum { DEPTH_f32 = 4, DEPTH_f64 = 2, QUARTERS = VECTOR_BYTES / 16 };

#ifdef INTEL
/* 16 bytes from each of as many places as a vector has quarters. */
#if defined __AVX512F__
INLINE vector_f32 joined(__m128 a, const char *b, const char *c, const char *d) {
  __m512 v = _mm512_insertf32x4(_mm512_castps128_ps512(a), _mm_loadu_ps((const float *)b), 1);
  v = _mm512_insertf32x4(v, _mm_loadu_ps((const float *)c), 2);
  return _mm512_insertf32x4(v, _mm_loadu_ps((const float *)d), 3);
}
#elif defined __AVX2__
INLINE vector_f32 joined(__m128 a, const char *b, const char *c, const char *d) {
  return (void)c, (void)d, _mm256_insertf128_ps(_mm256_castps128_ps256(a), _mm_loadu_ps((const float *)b), 1);
}
#else
INLINE vector_f32 joined(__m128 a, const char *b, const char *c, const char *d) { return (void)b, (void)c, (void)d, a; }
#endif

INLINE vector_f32 quarters(const char *x, const int64_t *offset, int depth) {
  return joined(_mm_loadu_ps((const float *)(x + offset[0])), x + offset[QUARTERS > 1 ? depth : 0],
                x + offset[QUARTERS > 2 ? 2 * depth : 0], x + offset[QUARTERS > 2 ? 3 * depth : 0]);
}
INLINE vector_f32 quarters_even(const char *const *x, int64_t offset) {
  return joined(_mm_loadu_ps((const float *)(x[0] + offset)), x[QUARTERS > 1] + offset,
                x[QUARTERS > 2 ? 2 : 0] + offset, x[QUARTERS > 2 ? 3 : 0] + offset);
}

INLINE void mix_f32(vector_f32 a, vector_f32 b, vector_f32 c, vector_f32 d, float *to, int64_t to_step) {
  vector_f64 ab = (vector_f64)INTEL(unpacklo_ps)(a, b), cd = (vector_f64)INTEL(unpacklo_ps)(c, d);
  store_f32(to, (vector_f32)INTEL(unpacklo_pd)(ab, cd));
  store_f32(to + to_step, (vector_f32)INTEL(unpackhi_pd)(ab, cd));
  ab = (vector_f64)INTEL(unpackhi_ps)(a, b), cd = (vector_f64)INTEL(unpackhi_ps)(c, d);
  store_f32(to + 2 * to_step, (vector_f32)INTEL(unpacklo_pd)(ab, cd));
  store_f32(to + 3 * to_step, (vector_f32)INTEL(unpackhi_pd)(ab, cd));
}
INLINE void transpose_f32(const char *x, const int64_t *offset, float *to, int64_t to_step) {
  mix_f32(quarters(x, offset, 4), quarters(x, offset + 1, 4), quarters(x, offset + 2, 4), quarters(x, offset + 3, 4),
          to, to_step);
}
INLINE void transpose_even_f32(const char *const *x, int64_t apart, float *to, int64_t to_step) {
  mix_f32(quarters_even(x, 0), quarters_even(x, apart), quarters_even(x, 2 * apart), quarters_even(x, 3 * apart), to,
          to_step);
}

INLINE void mix_f64(vector_f64 a, vector_f64 b, double *to, int64_t to_step) {
  store_f64(to, INTEL(unpacklo_pd)(a, b));
  store_f64(to + to_step, INTEL(unpackhi_pd)(a, b));
}
INLINE void transpose_f64(const char *x, const int64_t *offset, double *to, int64_t to_step) {
  mix_f64((vector_f64)quarters(x, offset, 2), (vector_f64)quarters(x, offset + 1, 2), to, to_step);
}
INLINE void transpose_even_f64(const char *const *x, int64_t apart, double *to, int64_t to_step) {
  mix_f64((vector_f64)quarters_even(x, 0), (vector_f64)quarters_even(x, apart), to, to_step);
}
#else
#define TRANSPOSE_OF(type, suffix)                                                                                     \
  INLINE void transpose_##suffix(const char *x, const int64_t *offset, type *to, int64_t to_step) {                    \
    for (int line = 0; line < LANES_OF(type); line++)                                                                  \
      for (int k = 0; k < DEPTH_##suffix; k++) to[k * to_step + line] = ((const type *)(x + offset[line]))[k];         \
  }                                                                                                                    \
  INLINE void transpose_even_##suffix(const char *const *x, int64_t apart, type *to, int64_t to_step) {                \
    for (int line = 0; line < LANES_OF(type); line++)                                                                  \
      for (int k = 0; k < DEPTH_##suffix; k++)                                                                         \
        to[k * to_step + line] = ((const type *)(x[line / DEPTH_##suffix] + line % DEPTH_##suffix * apart))[k];        \
  }
TRANSPOSE_OF(float, f32)
TRANSPOSE_OF(double, f64)
#endif

#endif
