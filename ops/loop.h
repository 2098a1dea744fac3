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
 * Each loop is compiled for the strides that are frequent (1 dense, 0 a broadcast scalar), for each level of processors. What
 * has other strides is made dense first (loop.c). So an element has the same bits wherever it stands, for any n. */
#ifndef WG_LOOP_H
#define WG_LOOP_H

#include "../engine/op.h"
#include "elementary.h"

#include <tgmath.h>

/* In place of the C library's, which cannot become vector instructions. `fused`, a name that is in scope wherever they are
 * called, says whether the level that is compiled has fused multiply-add. So their bits depend on it, and whoever calls
 * them does so at the level of the processor, however few the elements. */
#undef exp
#undef expm1
#undef log
#undef log1p
#undef tanh
#undef erf
#undef erfc
#define exp(x) _Generic((x), float : wg_exp_f32, default : wg_exp_f64)(x, fused)
#define expm1(x) _Generic((x), float : wg_expm1_f32, default : wg_expm1_f64)(x, fused)
#define log(x) _Generic((x), float : wg_log_f32, default : wg_log_f64)(x, fused)
#define log1p(x) _Generic((x), float : wg_log1p_f32, default : wg_log1p_f64)(x, fused)
#define tanh(x) _Generic((x), float : wg_tanh_f32, default : wg_tanh_f64)(x, fused)
#define erf(x) _Generic((x), float : wg_erf_f32, default : wg_erf_f64)(x, fused)
#define erfc(x) _Generic((x), float : wg_erfc_f32, default : wg_erfc_f64)(x, fused)
#define logistic(x) _Generic((x), float : wg_sigmoid_f32, default : wg_sigmoid_f64)(x, fused)
#define log1p_exp(x) _Generic((x), float : wg_log1p_exp_f32, default : wg_log1p_exp_f64)(x, fused) /* for x ≤ 0 */
#define log1p_above(x)                                                                                                 \
  _Generic((x), float : wg_log1p_within_f32, default : wg_log1p_within_f64)(x, fused) /* for x ≥ 0 */
#define quotient_by(x, p, q) _Generic((x), float : wg_quotient_f32, default : wg_quotient_f64)(x, p, q, fused)
#define exp_below(x) _Generic((x), float : wg_exp_below_f32, default : wg_exp_below_f64)(x, fused) /* for x ≤ 0 */

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

/* WG_EACH(type, n, out, k, f(k), loop) computes out[k] = f(k) for all k < n by `loop`, which does so for the first `whole`, a
 * multiple of what a vector holds. A rest that fills none is computed as a vector too, together with elements before it,
 * first of all, while nothing has been written over an input; if there are such. It is written in halves, quarters … of a
 * vector, because memory that was just written is read fastest by those who read the same parts. */
#define WG_EACH(type, n, out, k, element, loop)                                                                        \
  do {                                                                                                                 \
    const int64_t lanes = (int64_t)WG_LANES(type), whole = (n) & -lanes, rest = (n)-whole;                             \
    type last[WG_LANES(type)];                                                                                         \
    if ((n) < lanes) {                                                                                                 \
      for (int64_t k = 0; k < (n); k++) (out)[k] = element;                                                            \
      break;                                                                                                           \
    }                                                                                                                  \
    if (rest)                                                                                                          \
      for (int64_t lane = 0; lane < lanes; lane++) {                                                                   \
        const int64_t k = (n)-lanes + lane;                                                                            \
        last[lane] = element;                                                                                          \
      }                                                                                                                \
    loop;                                                                                                              \
    if (rest) wg_copy_rest((out) + whole, last + (lanes - rest), (size_t)rest * sizeof(type));                         \
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
 * those processors; in the call, `fused` says whether they have fused multiply-add. WG_AT_BEST_LEVEL(f, (n, …)) calls the best
 * that this processor has, WG_AT_LEVEL(f, n, (n, …)) does so if n elements are worth asking. With _OF, the higher levels call
 * something else, and `least` elements are worth asking. */
#define WG_LEVELS(name, parameters, call) WG_LEVELS_OF(name, parameters, call, call)
#define WG_AT_LEVEL(name, n, arguments) WG_AT_LEVEL_OF(name, n, WG_WORTH_ASKING, arguments)
#define WG_AT_LEVEL_OF(name, n, least, arguments)                                                                      \
  do {                                                                                                                 \
    if ((n) < (least))                                                                                                 \
      name##_baseline arguments;                                                                                       \
    else                                                                                                               \
      WG_AT_BEST_LEVEL(name, arguments);                                                                               \
  } while (0)
enum { WG_WORTH_ASKING = 16 };

#if defined __FMA__ || defined __ARM_FEATURE_FMA
enum { WG_BASELINE_FUSED = 1 };
#else
enum { WG_BASELINE_FUSED = 0 };
#endif
#define WG_LEVEL_OF(name, attributes, has_fused, parameters, call)                                                     \
  attributes static void name parameters {                                                                             \
    enum { fused = has_fused };                                                                                        \
    call;                                                                                                              \
  }
#define WG_AVX2 __attribute__((target("avx2,fma")))
#if defined WG_HAVE_AVX512 && defined WG_HAVE_AVX2 && !defined __clang__
#define WG_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma,prefer-vector-width=512")))
#elif defined WG_HAVE_AVX512 && defined WG_HAVE_AVX2
#define WG_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma")))
#endif
#ifdef WG_AVX512
#define WG_LEVELS_OF(name, parameters, call, vectors)                                                                  \
  WG_LEVEL_OF(name##_baseline, , WG_BASELINE_FUSED, parameters, call)                                                  \
  WG_LEVEL_OF(name##_avx2, WG_AVX2, 1, parameters, vectors)                                                            \
  WG_LEVEL_OF(name##_avx512, WG_AVX512, 1, parameters, vectors)
#define WG_AT_BEST_LEVEL(name, arguments)                                                                              \
  do {                                                                                                                 \
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&                                    \
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512f"))                                       \
      name##_avx512 arguments;                                                                                         \
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))                                          \
      name##_avx2 arguments;                                                                                           \
    else                                                                                                               \
      name##_baseline arguments;                                                                                       \
  } while (0)
#elif defined WG_HAVE_AVX2
#define WG_LEVELS_OF(name, parameters, call, vectors)                                                                  \
  WG_LEVEL_OF(name##_baseline, , WG_BASELINE_FUSED, parameters, call)                                                  \
  WG_LEVEL_OF(name##_avx2, WG_AVX2, 1, parameters, vectors)
#define WG_AT_BEST_LEVEL(name, arguments)                                                                              \
  do {                                                                                                                 \
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))                                               \
      name##_avx2 arguments;                                                                                           \
    else                                                                                                               \
      name##_baseline arguments;                                                                                       \
  } while (0)
#else
#define WG_LEVELS_OF(name, parameters, call, vectors)                                                                  \
  WG_LEVEL_OF(name##_baseline, , WG_BASELINE_FUSED, parameters, call)
#define WG_AT_BEST_LEVEL(name, arguments) name##_baseline arguments
#endif

/* Calls a loop for some elements at a time of inputs made dense. `size`: bytes of an element. */
void wg_loop_made_dense(wg_loop *loop, size_t size, int inputs, const wg_node *y, int64_t n, void *out,
                        const void *const *in, const int64_t *stride);

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
  WG_SPECIALIZED type name##_of(type x, type p, type q, bool fused) {                                                  \
    return (void)p, (void)q, (void)fused, (type)(formula);                                                             \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_all(int64_t n, type *out, const type *in, type p, type q, bool fused) {                   \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) out[k] = name##_of(in[k], p, q, fused);                                            \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_each(int64_t n, type *out, const type *in, type p, type q, bool fused) {                  \
    WG_EACH(type, n, out, k, name##_of(in[k], p, q, fused), name##_all(whole, out, in, p, q, fused));                  \
  }                                                                                                                    \
  WG_LEVELS_OF(name##_dense, (int64_t n, type * out, const type *in, type p, type q),                                  \
               name##_all(n, out, in, p, q, fused), name##_each(n, out, in, p, q, fused))                              \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    const bool fused = false; /* a parameter is the same at every level */                                             \
    const type p = (type)(first), q = (type)(second);                                                                  \
    (void)fused;                                                                                                       \
    if (stride[0] == 1 || n <= 1)                                                                                      \
      WG_AT_BEST_LEVEL(name##_dense, (n, out, in[0], p, q));                                                           \
    else                                                                                                               \
      wg_loop_made_dense(name, sizeof(type), 1, y, n, out, in, stride);                                                \
  }

/* An operand that is repeated is read once: `out` does not touch it, which the compiler could not know. */
#define WG_LOOP_2_OF(type, name, formula)                                                                              \
  WG_SPECIALIZED type name##_of(type a, type b, bool fused) { return (void)fused, (type)(formula); }                   \
  WG_SPECIALIZED void name##_all(int64_t n, type *out, const void *const *in, int64_t stride_a, int64_t stride_b,      \
                                 bool fused) {                                                                         \
    const type *in_a = in[0], *in_b = in[1], first_a = n > 0 ? in_a[0] : 0, first_b = n > 0 ? in_b[0] : 0;             \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++)                                                                                    \
      out[k] = name##_of(stride_a ? in_a[k] : first_a, stride_b ? in_b[k] : first_b, fused);                           \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_each(int64_t n, type *out, const void *const *in, int64_t stride_a, int64_t stride_b,     \
                                  bool fused) {                                                                        \
    const type *a = in[0], *b = in[1];                                                                                 \
    WG_EACH(type, n, out, k, name##_of(a[k * stride_a], b[k * stride_b], fused),                                       \
            name##_all(whole, out, in, stride_a, stride_b, fused));                                                    \
  }                                                                                                                    \
  WG_LEVELS_OF(name##_dense, (int64_t n, type * out, const void *const *in), name##_all(n, out, in, 1, 1, fused),      \
               name##_each(n, out, in, 1, 1, fused))                                                                   \
  WG_LEVELS_OF(name##_by_scalar, (int64_t n, type * out, const void *const *in), name##_all(n, out, in, 1, 0, fused),  \
               name##_each(n, out, in, 1, 0, fused))                                                                   \
  WG_LEVELS_OF(name##_of_scalar, (int64_t n, type * out, const void *const *in), name##_all(n, out, in, 0, 1, fused),  \
               name##_each(n, out, in, 0, 1, fused))                                                                   \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    if ((stride[0] == 1 && stride[1] == 1) || n <= 1)                                                                  \
      WG_AT_BEST_LEVEL(name##_dense, (n, out, in));                                                                    \
    else if (stride[0] == 1 && stride[1] == 0)                                                                         \
      WG_AT_BEST_LEVEL(name##_by_scalar, (n, out, in));                                                                \
    else if (stride[0] == 0 && stride[1] == 1)                                                                         \
      WG_AT_BEST_LEVEL(name##_of_scalar, (n, out, in));                                                                \
    else                                                                                                               \
      wg_loop_made_dense(name, sizeof(type), 2, y, n, out, in, stride);                                                \
  }

#define WG_LOOP_3_OF(type, name, formula)                                                                              \
  WG_SPECIALIZED type name##_of(type mask, type a, type b, bool fused) { return (void)fused, (type)(formula); }        \
  WG_SPECIALIZED void name##_all(int64_t n, type *out, const void *const *in, int64_t stride_a, int64_t stride_b,      \
                                 bool fused) {                                                                         \
    const type *in_mask = in[0], *in_a = in[1], *in_b = in[2];                                                         \
    const type first_a = n > 0 ? in_a[0] : 0, first_b = n > 0 ? in_b[0] : 0;                                           \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++)                                                                                    \
      out[k] = name##_of(in_mask[k], stride_a ? in_a[k] : first_a, stride_b ? in_b[k] : first_b, fused);               \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_each(int64_t n, type *out, const void *const *in, int64_t stride_a, int64_t stride_b,     \
                                  bool fused) {                                                                        \
    const type *mask = in[0], *a = in[1], *b = in[2];                                                                  \
    WG_EACH(type, n, out, k, name##_of(mask[k], a[k * stride_a], b[k * stride_b], fused),                              \
            name##_all(whole, out, in, stride_a, stride_b, fused));                                                    \
  }                                                                                                                    \
  WG_LEVELS_OF(name##_dense, (int64_t n, type * out, const void *const *in), name##_all(n, out, in, 1, 1, fused),      \
               name##_each(n, out, in, 1, 1, fused))                                                                   \
  WG_LEVELS_OF(name##_or_scalar, (int64_t n, type * out, const void *const *in), name##_all(n, out, in, 1, 0, fused),  \
               name##_each(n, out, in, 1, 0, fused))                                                                   \
  WG_LEVELS_OF(name##_of_scalar, (int64_t n, type * out, const void *const *in), name##_all(n, out, in, 0, 1, fused),  \
               name##_each(n, out, in, 0, 1, fused))                                                                   \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    if ((stride[0] == 1 && stride[1] == 1 && stride[2] == 1) || n <= 1)                                                \
      WG_AT_BEST_LEVEL(name##_dense, (n, out, in));                                                                    \
    else if (stride[0] == 1 && stride[1] == 1 && stride[2] == 0)                                                       \
      WG_AT_BEST_LEVEL(name##_or_scalar, (n, out, in));                                                                \
    else if (stride[0] == 1 && stride[1] == 0 && stride[2] == 1)                                                       \
      WG_AT_BEST_LEVEL(name##_of_scalar, (n, out, in));                                                                \
    else                                                                                                               \
      wg_loop_made_dense(name, sizeof(type), 3, y, n, out, in, stride);                                                \
  }

#endif
