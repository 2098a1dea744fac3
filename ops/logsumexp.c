/* logsumexp.c: ln Σ e^x over some axes, or all.
 *
 *     y = ln Σ_axes e^x      ∂x = ∂y ⊙ e^(x − y)
 */
#include "reduce.h"

#include <math.h>

/* With the largest element left out of the sum, Σ e^(x − max) = 1 + rest, nothing overflows and ln(1 + rest) is precise
 * where the others are far below. In double for both types. */
#define LOGSUMEXP_GROUP(type, suffix)                                                                                  \
  static double logsumexp_group_##suffix(const wg_node *y, const wg_groups *groups, const type *x) {                   \
    double largest = -(double)INFINITY, rest = 0;                                                                      \
    int64_t at = 0;                                                                                                    \
    (void)y;                                                                                                           \
    for (int64_t k = 0; k < groups->size; k++) {                                                                       \
      const double next = (double)x[wg_group_at(groups, k)];                                                           \
      if (isnan(next)) return next;                                                                                    \
      if (next > largest) largest = next, at = k;                                                                      \
    }                                                                                                                  \
    if (isinf(largest)) return largest;                                                                                \
    for (int64_t k = 0; k < groups->size; k++)                                                                         \
      if (k != at) rest += exp((double)x[wg_group_at(groups, k)] - largest);                                           \
    return largest + log1p(rest);                                                                                      \
  }

LOGSUMEXP_GROUP(float, f32)
LOGSUMEXP_GROUP(double, f64)
WG_REDUCTIONS(logsumexp)

/* Where y is −∞ all x are, and e^(x − 0) is 0 as well. */
static wg_node *logsumexp_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *kept = wg_reduction_kept(y, y);
  wg_node *finite = wg_where(wg_equal(kept, wg_scalar_like(y, -(double)INFINITY)), wg_scalar_like(y, 0), kept);
  return wg_chain(wg_reduction_kept(y, dy), wg_exp(wg_sub(y->inputs[i], finite)));
}

static const char *logsumexp_write(const wg_node *y, wg_script script) {
  static const char *const all[] = {"ln Σ e^(%-0)", "ln sum e^(%-0)", "\\ln \\sum e^{%-0}"};
  return y->attrs[WG_REDUCE_AXES].count ? NULL : all[script];
}

const wg_op wg_op_logsumexp = {
    .name = "logsumexp",
    .doc = "ln Σ e^x over the axes given, or all if none is; with `keep` they remain, of size 1. Axes may be negative. "
           "Safe from overflow; elements of −∞ add nothing, and nothing or −∞ alone gives −∞, with derivative 0. As "
           "torch.logsumexp.\n"
           "Errors: no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){WG_REDUCE_ATTRS, {0}},
    .infer = wg_infer_reduction,
    .kernel = {[WG_F32] = logsumexp_f32, [WG_F64] = logsumexp_f64},
    .vjp = logsumexp_vjp,
    .notation = {.binds = WG_BINDS_PREFIX,
                 .unicode = "ln Σ_{%{axes}} e^(%-0)",
                 .ascii = "ln sum_{%{axes}} e^(%-0)",
                 .latex = "\\ln \\sum_{%{axes}} e^{%-0}",
                 .write = logsumexp_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
            {0},
        },
};

wg_node *wg_logsumexp(wg_node *x, int count, const int64_t *axes, bool keep) {
  return wg_apply_reduction(&wg_op_logsumexp, x, count, axes, keep, NULL);
}
