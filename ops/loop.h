/* loop.h: the value of an elementwise operation, written as a formula; for the files of ops/, and for loops elsewhere that are
 * to be compiled for each level of processors.
 *
 *     WG_LOOP_1(square, x * x)
 *
 * defines square_f32 and square_f64, two functions of type wg_loop, and `.loop = WG_LOOPS(square)` enters them into the
 * record. In a formula, the inputs are x of one, a and b of two, mask, a and b of three; p is the parameter of
 * WG_LOOP_1_WITH, an attribute of node y as a rule, and p and q are those of WG_LOOP_1_WITH_2. They have the loop's own
 * type, and <tgmath.h> makes exp(x) the function of that type; constants are written as integers, because 0.5 would turn
 * a float into a double.
 *
 * Each loop is compiled for the strides that are frequent (1 dense, 0 a broadcast scalar), and these for each level of
 * processors; and once for any other strides. It has the same bits in every one. */
#ifndef WG_LOOP_H
#define WG_LOOP_H

#include "../engine/op.h"
#include "elementary.h"

#include <tgmath.h>

/* In place of the C library's, which cannot become vector instructions. */
#undef exp
#undef expm1
#undef log
#undef log1p
#undef tanh
#undef erf
#undef erfc
#define exp(x) _Generic((x), float : wg_exp_f32, default : wg_exp_f64)(x)
#define expm1(x) _Generic((x), float : wg_expm1_f32, default : wg_expm1_f64)(x)
#define log(x) _Generic((x), float : wg_log_f32, default : wg_log_f64)(x)
#define log1p(x) _Generic((x), float : wg_log1p_f32, default : wg_log1p_f64)(x)
#define tanh(x) _Generic((x), float : wg_tanh_f32, default : wg_tanh_f64)(x)
#define erf(x) _Generic((x), float : wg_erf_f32, default : wg_erf_f64)(x)
#define erfc(x) _Generic((x), float : wg_erfc_f32, default : (erfc))(x) /* in f64 the library's, which is more exact */
#define logistic(x) _Generic((x), float : wg_sigmoid_f32, default : wg_sigmoid_f64)(x)

/* Before a for: its rounds are independent. `out` is the memory of a dense input or touches none, so element k is read
 * by round k only; GCC could not know, and would take the slow way whenever a step works in place. */
#if defined __GNUC__ && !defined __clang__
#define WG_INDEPENDENT _Pragma("GCC ivdep")
#else
#define WG_INDEPENDENT
#endif

/* A function whose every call is compiled by itself, for the strides given there. */
#if defined __GNUC__
#define WG_SPECIALIZED static inline __attribute__((always_inline))
#else
#define WG_SPECIALIZED static inline
#endif

/* out[k] = (formula) for k from 0 to n − 1, in whole vectors. A rest that fills none is computed as a vector too, together
 * with elements before it, first of all, while nothing has been written over an input. It is written in halves, quarters
 * … of a vector, because memory that was just written is read fastest by those who read the same parts. */
#define WG_EACH(type, n, out, k, formula)                                                                              \
  do {                                                                                                                 \
    const uint64_t lanes = WG_LANES(type), whole = (uint64_t)(n) & ~(lanes - 1), rest = (uint64_t)(n)-whole;           \
    type last[WG_LANES(type)];                                                                                         \
    if (rest)                                                                                                          \
      for (uint64_t lane = 0; lane < lanes; lane++) {                                                                  \
        const uint64_t k = (uint64_t)(n)-lanes + lane;                                                                 \
        last[lane] = (type)(formula);                                                                                  \
      }                                                                                                                \
    WG_INDEPENDENT                                                                                                     \
    for (uint64_t k = 0; k < whole; k++) (out)[k] = (type)(formula);                                                   \
    if (rest) wg_copy_rest((out) + whole, last + (lanes - rest), rest * sizeof(type));                                 \
  } while (0)

/* Copies some bytes, less than 64 and a multiple of 4. */
WG_SPECIALIZED void wg_copy_rest(void *to, const void *from, size_t bytes) {
  for (size_t part = 32; part >= 4; part /= 2)
    if (bytes & part) {
      memcpy(to, from, part);
      to = (char *)to + part;
      from = (const char *)from + part;
    }
}

/* Elements of 64 bytes: as many as a loop for one of the higher levels has at least. */
#define WG_LANES(type) (64 / sizeof(type))

/* WG_LEVELS(f, (int n, …), f_inlined(n, …)) defines f_baseline and, where Meson says so, f_avx2 and f_avx512, each compiled for
 * those processors; WG_AT_LEVEL(f, n, (n, …)) calls the best that this processor has, if n elements are worth asking. With
 * _OF, the higher levels call something else, and `least` elements are worth asking. */
#define WG_LEVELS(name, parameters, call) WG_LEVELS_OF(name, parameters, call, call)
#define WG_AT_LEVEL(name, n, arguments) WG_AT_LEVEL_OF(name, n, WG_WORTH_ASKING, arguments)
enum { WG_WORTH_ASKING = 16 };

#define WG_LEVEL_OF(name, attributes, parameters, call)                                                                \
  attributes static void name parameters { call; }
#if defined WG_HAVE_AVX512 && defined WG_HAVE_AVX2 && !defined __clang__
#define WG_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")))
#elif defined WG_HAVE_AVX512 && defined WG_HAVE_AVX2
#define WG_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))
#endif
#ifdef WG_AVX512
#define WG_LEVELS_OF(name, parameters, call, vectors)                                                                  \
  WG_LEVEL_OF(name##_baseline, , parameters, call)                                                                     \
  WG_LEVEL_OF(name##_avx2, __attribute__((target("avx2"))), parameters, vectors)                                       \
  WG_LEVEL_OF(name##_avx512, WG_AVX512, parameters, vectors)
#define WG_AT_LEVEL_OF(name, n, least, arguments)                                                                      \
  do {                                                                                                                 \
    if ((n) >= (least) && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&                  \
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512f"))                                       \
      name##_avx512 arguments;                                                                                         \
    else if ((n) >= (least) && __builtin_cpu_supports("avx2"))                                                         \
      name##_avx2 arguments;                                                                                           \
    else                                                                                                               \
      name##_baseline arguments;                                                                                       \
  } while (0)
#elif defined WG_HAVE_AVX2
#define WG_LEVELS_OF(name, parameters, call, vectors)                                                                  \
  WG_LEVEL_OF(name##_baseline, , parameters, call)                                                                     \
  WG_LEVEL_OF(name##_avx2, __attribute__((target("avx2"))), parameters, vectors)
#define WG_AT_LEVEL_OF(name, n, least, arguments)                                                                      \
  do {                                                                                                                 \
    if ((n) >= (least) && __builtin_cpu_supports("avx2"))                                                              \
      name##_avx2 arguments;                                                                                           \
    else                                                                                                               \
      name##_baseline arguments;                                                                                       \
  } while (0)
#else
#define WG_LEVELS_OF(name, parameters, call, vectors) WG_LEVEL_OF(name##_baseline, , parameters, call)
#define WG_AT_LEVEL_OF(name, n, least, arguments) name##_baseline arguments
#endif

#define WG_LOOPS(name)                                                                                                 \
  { [WG_F32] = name##_f32, [WG_F64] = name##_f64 }

#define WG_LOOP_1(name, formula) WG_LOOP_1_WITH(name, 0, formula)
#define WG_LOOP_1_WITH(name, parameter, formula)                                                                       \
  WG_LOOP_1_OF(float, name##_f32, parameter, formula)                                                                  \
  WG_LOOP_1_OF(double, name##_f64, parameter, formula)
#define WG_LOOP_1_WITH_2(name, first, second, formula)                                                                 \
  WG_LOOP_1_OF_2(float, name##_f32, first, second, formula)                                                            \
  WG_LOOP_1_OF_2(double, name##_f64, first, second, formula)
#define WG_LOOP_2(name, formula)                                                                                       \
  WG_LOOP_2_OF(float, name##_f32, formula)                                                                             \
  WG_LOOP_2_OF(double, name##_f64, formula)
#define WG_LOOP_3(name, formula)                                                                                       \
  WG_LOOP_3_OF(float, name##_f32, formula)                                                                             \
  WG_LOOP_3_OF(double, name##_f64, formula)

#define WG_LOOP_1_OF(type, name, parameter, formula) WG_LOOP_1_OF_2(type, name, parameter, 0, formula)
#define WG_LOOP_1_OF_2(type, name, first, second, formula)                                                             \
  WG_SPECIALIZED type name##_of(type x, type p, type q) { return (void)p, (void)q, (type)(formula); }                  \
  WG_SPECIALIZED void name##_strided(int64_t n, type *out, const type *in, int64_t stride, type p, type q) {           \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) out[k] = name##_of(in[k * stride], p, q);                                          \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_each(int64_t n, type *out, const type *in, type p, type q) {                              \
    WG_EACH(type, n, out, k, name##_of(in[k], p, q));                                                                  \
  }                                                                                                                    \
  WG_LEVELS_OF(name##_dense, (int64_t n, type * out, const type *in, type p, type q),                                  \
               name##_strided(n, out, in, 1, p, q), name##_each(n, out, in, p, q))                                     \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    const type p = (type)(first), q = (type)(second);                                                                  \
    (void)y;                                                                                                           \
    if (stride[0] == 1)                                                                                                \
      WG_AT_LEVEL_OF(name##_dense, n, (int64_t)WG_LANES(type), (n, out, in[0], p, q));                                 \
    else                                                                                                               \
      name##_strided(n, out, in[0], stride[0], p, q);                                                                  \
  }

#define WG_LOOP_2_OF(type, name, formula)                                                                              \
  WG_SPECIALIZED type name##_of(type a, type b) { return (type)(formula); }                                            \
  WG_SPECIALIZED void name##_strided(int64_t n, type *out, const void *const *in, int64_t stride_a,                    \
                                     int64_t stride_b) {                                                               \
    const type *a = in[0], *b = in[1];                                                                                 \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) out[k] = name##_of(a[k * stride_a], b[k * stride_b]);                              \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_each(int64_t n, type *out, const void *const *in, uint64_t stride_a, uint64_t stride_b) { \
    const type *a = in[0], *b = in[1];                                                                                 \
    WG_EACH(type, n, out, k, name##_of(a[k * stride_a], b[k * stride_b]));                                             \
  }                                                                                                                    \
  WG_LEVELS_OF(name##_dense, (int64_t n, type * out, const void *const *in), name##_strided(n, out, in, 1, 1),         \
               name##_each(n, out, in, 1, 1))                                                                          \
  WG_LEVELS_OF(name##_by_scalar, (int64_t n, type * out, const void *const *in), name##_strided(n, out, in, 1, 0),     \
               name##_each(n, out, in, 1, 0))                                                                          \
  WG_LEVELS_OF(name##_of_scalar, (int64_t n, type * out, const void *const *in), name##_strided(n, out, in, 0, 1),     \
               name##_each(n, out, in, 0, 1))                                                                          \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    (void)y;                                                                                                           \
    if (stride[0] == 1 && stride[1] == 1)                                                                              \
      WG_AT_LEVEL_OF(name##_dense, n, (int64_t)WG_LANES(type), (n, out, in));                                          \
    else if (stride[0] == 1 && stride[1] == 0)                                                                         \
      WG_AT_LEVEL_OF(name##_by_scalar, n, (int64_t)WG_LANES(type), (n, out, in));                                      \
    else if (stride[0] == 0 && stride[1] == 1)                                                                         \
      WG_AT_LEVEL_OF(name##_of_scalar, n, (int64_t)WG_LANES(type), (n, out, in));                                      \
    else                                                                                                               \
      name##_strided(n, out, in, stride[0], stride[1]);                                                                \
  }

#define WG_LOOP_3_OF(type, name, formula)                                                                              \
  WG_SPECIALIZED type name##_of(type mask, type a, type b) { return (type)(formula); }                                 \
  WG_SPECIALIZED void name##_strided(int64_t n, type *out, const void *const *in, int64_t stride_mask,                 \
                                     int64_t stride_a, int64_t stride_b) {                                             \
    const type *mask = in[0], *a = in[1], *b = in[2];                                                                  \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) out[k] = name##_of(mask[k * stride_mask], a[k * stride_a], b[k * stride_b]);       \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_each(int64_t n, type *out, const void *const *in, uint64_t stride_mask,                   \
                                  uint64_t stride_a, uint64_t stride_b) {                                              \
    const type *mask = in[0], *a = in[1], *b = in[2];                                                                  \
    WG_EACH(type, n, out, k, name##_of(mask[k * stride_mask], a[k * stride_a], b[k * stride_b]));                      \
  }                                                                                                                    \
  WG_LEVELS_OF(name##_dense, (int64_t n, type * out, const void *const *in), name##_strided(n, out, in, 1, 1, 1),      \
               name##_each(n, out, in, 1, 1, 1))                                                                       \
  WG_LEVELS_OF(name##_or_scalar, (int64_t n, type * out, const void *const *in), name##_strided(n, out, in, 1, 1, 0),  \
               name##_each(n, out, in, 1, 1, 0))                                                                       \
  WG_LEVELS_OF(name##_of_scalar, (int64_t n, type * out, const void *const *in), name##_strided(n, out, in, 1, 0, 1),  \
               name##_each(n, out, in, 1, 0, 1))                                                                       \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    (void)y;                                                                                                           \
    if (stride[0] == 1 && stride[1] == 1 && stride[2] == 1)                                                            \
      WG_AT_LEVEL_OF(name##_dense, n, (int64_t)WG_LANES(type), (n, out, in));                                          \
    else if (stride[0] == 1 && stride[1] == 1 && stride[2] == 0)                                                       \
      WG_AT_LEVEL_OF(name##_or_scalar, n, (int64_t)WG_LANES(type), (n, out, in));                                      \
    else if (stride[0] == 1 && stride[1] == 0 && stride[2] == 1)                                                       \
      WG_AT_LEVEL_OF(name##_of_scalar, n, (int64_t)WG_LANES(type), (n, out, in));                                      \
    else                                                                                                               \
      name##_strided(n, out, in, stride[0], stride[1], stride[2]);                                                     \
  }

#endif
