/* loop.h: the value of an elementwise operation, written as a formula; for the files of ops/ only.
 *
 *     WG_LOOP_1(square, x * x)
 *
 * defines square_f32 and square_f64, two functions of type wg_loop, and `.loop = WG_LOOPS(square)` enters them into the
 * record. In a formula, the inputs are x of one, a and b of two, mask, a and b of three; p is the parameter of
 * WG_LOOP_1_WITH, an attribute of node y as a rule, and p and q are those of WG_LOOP_1_WITH_2. They have the loop's own
 * type, and <tgmath.h> makes exp(x) the function of that type; constants are written as integers, because 0.5 would turn
 * a float into a double.
 *
 * Each loop is compiled for the strides that are frequent (1 dense, 0 a broadcast scalar) and once for any others. */
#ifndef WG_LOOP_H
#define WG_LOOP_H

#include "../engine/op.h"

#include <tgmath.h>

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
  WG_SPECIALIZED void name##_strided(int64_t n, type *out, const type *in, int64_t stride, type p, type q) {           \
    (void)p, (void)q;                                                                                                  \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) {                                                                                  \
      const type x = in[k * stride];                                                                                   \
      out[k] = (formula);                                                                                              \
    }                                                                                                                  \
  }                                                                                                                    \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    const type p = (type)(first), q = (type)(second);                                                                  \
    (void)y;                                                                                                           \
    if (stride[0] == 1)                                                                                                \
      name##_strided(n, out, in[0], 1, p, q);                                                                          \
    else                                                                                                               \
      name##_strided(n, out, in[0], stride[0], p, q);                                                                  \
  }

#define WG_LOOP_2_OF(type, name, formula)                                                                              \
  WG_SPECIALIZED void name##_strided(int64_t n, type *out, const void *const *in, int64_t stride_a,                    \
                                     int64_t stride_b) {                                                               \
    const type *in_a = in[0], *in_b = in[1];                                                                           \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) {                                                                                  \
      const type a = in_a[k * stride_a], b = in_b[k * stride_b];                                                       \
      out[k] = (formula);                                                                                              \
    }                                                                                                                  \
  }                                                                                                                    \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    (void)y;                                                                                                           \
    if (stride[0] == 1 && stride[1] == 1)                                                                              \
      name##_strided(n, out, in, 1, 1);                                                                                \
    else if (stride[0] == 1 && stride[1] == 0)                                                                         \
      name##_strided(n, out, in, 1, 0);                                                                                \
    else if (stride[0] == 0 && stride[1] == 1)                                                                         \
      name##_strided(n, out, in, 0, 1);                                                                                \
    else                                                                                                               \
      name##_strided(n, out, in, stride[0], stride[1]);                                                                \
  }

#define WG_LOOP_3_OF(type, name, formula)                                                                              \
  WG_SPECIALIZED void name##_strided(int64_t n, type *out, const void *const *in, int64_t stride_mask,                 \
                                     int64_t stride_a, int64_t stride_b) {                                             \
    const type *in_mask = in[0], *in_a = in[1], *in_b = in[2];                                                         \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) {                                                                                  \
      const type mask = in_mask[k * stride_mask], a = in_a[k * stride_a], b = in_b[k * stride_b];                      \
      out[k] = (formula);                                                                                              \
    }                                                                                                                  \
  }                                                                                                                    \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    (void)y;                                                                                                           \
    if (stride[0] == 1 && stride[1] == 1 && stride[2] == 1)                                                            \
      name##_strided(n, out, in, 1, 1, 1);                                                                             \
    else if (stride[0] == 1 && stride[1] == 1 && stride[2] == 0)                                                       \
      name##_strided(n, out, in, 1, 1, 0);                                                                             \
    else if (stride[0] == 1 && stride[1] == 0 && stride[2] == 1)                                                       \
      name##_strided(n, out, in, 1, 0, 1);                                                                             \
    else                                                                                                               \
      name##_strided(n, out, in, stride[0], stride[1], stride[2]);                                                     \
  }

#endif
