/* vector_norm.c: the p-norm over some axes, or all.
 *
 *     ‖x‖_p = (Σ |x|^p)^(1/p)      ∂x = ∂y ⊙ sign(x) ⊙ (|x| / y)^(p−1)
 *     ‖x‖_1 = Σ |x|                ∂x = ∂y ⊙ sign(x)
 *     ‖x‖_2 = √(Σ x²)              ∂x = ∂y ⊙ x / y
 *     ‖x‖_∞ = max |x|              ∂x = ∂y ⊙ sign(x) ⊙ [|x| = y] / (number of elements with |x| = y)
 *
 * Where y = 0, all x are 0 and there is no derivative; it counts as 0, as that of torch.linalg.vector_norm does. */
#include "function.h"
#include "reduce.h"

#include <math.h>

enum { P = WG_REDUCE_MORE };

static bool norm_infer(wg_draft *draft) {
  double p = draft->attrs[P].number;
  if (!(p >= 1)) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "p is %g: a norm has p of 1 or more, or infinity", p);
  return wg_infer_reduction(draft);
}

/* Elements are divided by a power of two of the order of the largest, so that no power of them overflows or vanishes,
 * and no digit is lost. In double for both types. */
#define NORM_GROUP(type, suffix)                                                                                       \
  static double norm_group_##suffix(const wg_node *y, const wg_groups *groups, const type *x) {                        \
    double p = y->attrs[P].number, largest = 0, sum = 0;                                                               \
    for (int64_t k = 0; k < groups->size; k++) {                                                                       \
      double next = fabs((double)x[wg_group_at(groups, k)]);                                                           \
      if (isnan(next)) return next;                                                                                    \
      largest = next > largest ? next : largest;                                                                       \
    }                                                                                                                  \
    if (largest == 0 || isinf(largest) || isinf(p)) return largest;                                                    \
    double scale = ldexp(1, ilogb(largest));                                                                           \
    for (int64_t k = 0; k < groups->size; k++) {                                                                       \
      double next = fabs((double)x[wg_group_at(groups, k)]) / scale;                                                   \
      sum += p == 1 ? next : p == 2 ? next * next : pow(next, p);                                                      \
    }                                                                                                                  \
    return scale * (p == 1 ? sum : p == 2 ? sqrt(sum) : pow(sum, 1 / p));                                              \
  }

NORM_GROUP(float, f32)
NORM_GROUP(double, f64)
WG_REDUCTIONS(norm)

/* What y sends to x for ∂y = 1. Where y = 0 it is divided by ∞ instead, so that derivatives of all orders are 0. */
static wg_node *norm_slope(wg_node *y, wg_node *x) {
  const wg_attr *axes = &y->attrs[WG_REDUCE_AXES];
  double p = y->attrs[P].number;
  wg_node *kept = wg_reduction_kept(y, y), *zero = wg_scalar_like(y, 0);
  if (p == 1) return wg_sign(x);
  if (isinf(p)) {
    wg_node *mask = wg_equal(wg_abs(x), kept);
    return wg_div(wg_mul(wg_sign(x), mask), wg_sum(mask, axes->count, axes->integers, true));
  }
  wg_node *divisor = wg_where(wg_not_equal(kept, zero), kept, wg_scalar_like(y, (double)INFINITY));
  if (p == 2) return wg_div(x, divisor);
  /* below 2, one x_k = 0 must not make the other second derivatives 0·∞; from 2 on, powers must not overflow */
  wg_node *power = p < 2 ? wg_div(wg_power(wg_abs(x), p - 1), wg_power(divisor, p - 1))
                         : wg_power(wg_div(wg_abs(x), divisor), p - 1);
  return wg_mul(wg_sign(x), power);
}

static wg_node *norm_vjp(wg_node *y, wg_node *dy, int i) {
  return wg_chain(wg_reduction_kept(y, dy), norm_slope(y, y->inputs[i]));
}

static const char *norm_write(const wg_node *y, wg_script script) {
  static const char *const infinite[] = {"‖%-0‖_∞", "norm_inf(%-0)", "\\lVert %-0 \\rVert_{\\infty}"};
  return isinf(y->attrs[P].number) ? infinite[script] : NULL;
}

const wg_op wg_op_norm = {
    .name = "norm",
    .doc = "‖x‖_p = (Σ |x|^p)^(1/p) over the axes given, or all if none is, for p of 1 or more (2 by default) or "
           "infinity, then max |x|; with `keep` the axes remain, of size 1. Axes may be negative. Safe from overflow; "
           "a norm of nothing is 0. At 0 the derivative counts as 0, and for p = ∞ elements that are equally large "
           "share it evenly. As torch.linalg.vector_norm, which takes p below 1 too.\n"
           "Errors: p below 1 or NaN; no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){WG_REDUCE_ATTRS, [P] = {.name = "p", .kind = WG_ATTR_NUMBER, .number = 2}, {0}},
    .infer = norm_infer,
    .kernel = {[WG_F32] = norm_f32, [WG_F64] = norm_f64},
    .vjp = norm_vjp,
    .notation = {.unicode = "‖%-0‖_%{p}",
                 .ascii = "norm_%{p}(%-0)",
                 .latex = "\\lVert %-0 \\rVert_{%{p}}",
                 .write = norm_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(0.1, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0), WG_SAMPLE_REAL("p", 1)}},
            {1, {WG_SAMPLE(-2, -0.1, 3, 4)}, {WG_SAMPLE_LIST("axes", -1), WG_SAMPLE_REAL("p", 1)}},
            {1, {WG_SAMPLE(0.5, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 1), WG_SAMPLE_REAL("p", 3)}},
            {1, {WG_SAMPLE(-2, -0.5, 3, 2)}, {WG_SAMPLE_LIST("axes", 1), WG_SAMPLE_REAL("p", 1.5)}},
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 1), WG_SAMPLE_REAL("p", (double)INFINITY)}},
            {1, {WG_SAMPLE_SCALAR(0.5, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
            {0},
        },
};

wg_node *wg_norm(wg_node *x, double p, int count, const int64_t *axes, bool keep) {
  wg_attr more = wg_attr_number("p", p);
  return wg_apply_reduction(&wg_op_norm, x, count, axes, keep, &more);
}
