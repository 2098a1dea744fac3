/* accumulate.c: the sum of an adjoint's contributions, y = a + b of equal shapes. The chain rule itself needs it, so it
 * is the engine's own. */
#include "tape_internal.h"

/* Sums of dense tensors, which most are, become vector instructions; `sum` may be the memory of one of them. */
#if defined __GNUC__ && !defined __clang__
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif
#define ACCUMULATE(type, name)                                                                                         \
  static void name(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {             \
    (void)y;                                                                                                           \
    const type *a = in[0], *b = in[1];                                                                                 \
    type *sum = out;                                                                                                   \
    if (stride[0] == 1 && stride[1] == 1) {                                                                            \
      INDEPENDENT                                                                                                      \
      for (int64_t k = 0; k < n; k++) sum[k] = a[k] + b[k];                                                            \
    } else {                                                                                                           \
      for (int64_t k = 0; k < n; k++) sum[k] = a[k * stride[0]] + b[k * stride[1]];                                    \
    }                                                                                                                  \
  }

ACCUMULATE(float, accumulate_f32)
ACCUMULATE(double, accumulate_f64)

static wg_node *accumulate_vjp(wg_node *y, wg_node *dy, int i) {
  (void)y, (void)i;
  return dy;
}

const wg_op wg_op_accumulate = {
    .name = "accumulate",
    .doc = "a + b for equal shapes: the sum of two contributions to an adjoint.",
    .arity = 2,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = wg_infer_same,
    .loop = {[WG_F32] = accumulate_f32, [WG_F64] = accumulate_f64},
    .arithmetic = WG_ARITHMETIC_ADDS,
    .vjp = accumulate_vjp,
    .notation = {.binds = WG_BINDS_SUM, .unicode = "%0 + %1", .ascii = "%0 + %1", .latex = "%0 + %1"},
};

wg_node *wg_accumulate(wg_node *sum, wg_node *contribution) {
  return wg_apply(&wg_op_accumulate, 2, (wg_node *[]){sum, contribution}, NULL);
}
