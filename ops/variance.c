/* variance.c: variance and standard deviation over some axes, or all. Of n numbers with mean μ
 *
 *     var = Σ (x − μ)² / (n − correction)      std = ‖x − μ‖₂ / √(n − correction)
 *
 * in two passes, which does not cancel (Chan, Golub & LeVeque, Algorithms for Computing the Sample Variance, 1983). */
#include "reduce.h"

#include <math.h>

enum { CORRECTION = WG_REDUCE_MORE };

/* x less its mean, and n − correction, no less than 0. */
static wg_node *centered(const wg_draft *draft, int64_t *freedom) {
  const wg_attr *axes = &draft->attrs[WG_REDUCE_AXES];
  wg_node *x = draft->inputs[0], *mean = wg_mean(x, axes->count, axes->integers, true);
  int64_t means = wg_node_size(mean), n = means > 0 ? wg_node_size(x) / means : 0;
  int64_t correction = draft->attrs[CORRECTION].integer;
  *freedom = correction < n ? n - correction : 0;
  return wg_sub(x, mean);
}

static wg_node *var_compose(const wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[WG_REDUCE_AXES];
  int64_t freedom;
  wg_node *x = centered(draft, &freedom);
  wg_node *sum = wg_sum(wg_square(x), axes->count, axes->integers, draft->attrs[WG_REDUCE_KEEP].integer != 0);
  return freedom > 0 ? wg_div_count(sum, freedom) : wg_div(sum, wg_scalar_like(sum, 0));
}

static wg_node *std_compose(const wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[WG_REDUCE_AXES];
  int64_t freedom;
  wg_node *x = centered(draft, &freedom);
  wg_node *norm = wg_norm(x, 2, axes->count, axes->integers, draft->attrs[WG_REDUCE_KEEP].integer != 0);
  return wg_div(norm, wg_scalar_like(norm, sqrt((double)freedom)));
}

static bool variance_infer(wg_draft *draft) {
  int64_t correction = draft->attrs[CORRECTION].integer;
  if (correction < 0 || correction > INT32_MAX)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the correction %lld is not in 0 … %d", (long long)correction,
                         INT32_MAX);
  return wg_infer_reduction(draft);
}

static const wg_attr attrs[] = {
    WG_REDUCE_ATTRS, [CORRECTION] = {.name = "correction", .kind = WG_ATTR_INTEGER, .integer = 1}, {0}};

static const wg_sample samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
    {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 2, 0), WG_SAMPLE_NUMBER("correction", 0)}},
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", -1), WG_SAMPLE_NUMBER("correction", 2)}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
    {0},
};

const wg_op wg_op_var = {
    .name = "var",
    .doc =
        "Σ (x − mean x)² / (n − correction), the variance of x over the axes given, or all if none is; with `keep` "
        "they remain, of size 1. Axes may be negative. `correction` is 1 by default, for the unbiased estimate from n "
        "samples, and 0 for the second moment. As torch.var: where n ≤ correction the sum is divided by 0, so that "
        "one number has the variance NaN.\n"
        "Errors: a correction below 0; no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = attrs,
    .infer = variance_infer,
    .compose = var_compose,
    .samples = samples,
};

const wg_op wg_op_std = {
    .name = "std",
    .doc = "√(Σ (x − mean x)² / (n − correction)), the standard deviation of x over the axes given, or all if none is; "
           "with `keep` they remain, of size 1. Axes may be negative. `correction` is 1 by default, as in var. Where "
           "it is 0, its derivative counts as 0. As torch.std.\n"
           "Errors: a correction below 0; no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = attrs,
    .infer = variance_infer,
    .compose = std_compose,
    .samples = samples,
};

static wg_node *variance(const wg_op *op, wg_node *x, int count, const int64_t *axes, bool keep, int64_t correction) {
  wg_attr more = wg_attr_integer("correction", correction);
  return wg_apply_reduction(op, x, count, axes, keep, &more);
}

wg_node *wg_var(wg_node *x, int count, const int64_t *axes, bool keep, int64_t correction) {
  return variance(&wg_op_var, x, count, axes, keep, correction);
}

wg_node *wg_std(wg_node *x, int count, const int64_t *axes, bool keep, int64_t correction) {
  return variance(&wg_op_std, x, count, axes, keep, correction);
}
