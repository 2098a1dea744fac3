/* softmax.c: numbers along an axis as probabilities, and their logarithms.
 *
 *     y_i = SM(x)_i = e^(x_i) / Σ_j e^(x_j)         ∂x = y ⊙ (∂y − Σ_axis (∂y ⊙ y))
 *     y_i = ln SM(x)_i = x_i − ln Σ_j e^(x_j)       ∂x = ∂y − SM(x) ⊙ Σ_axis ∂y
 *
 * The first rule is the Jacobian diag(y) − y·yᵀ, which is symmetric, times ∂y. Both values are computed from
 * x − max x, which changes neither and keeps e^x from overflowing. */
#include "loop.h"
#include "rows.h"
#include "rule.h"

enum { AXIS };

static int axis_of(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->inputs[0]->shape->rank); }

static bool softmax_infer(wg_draft *draft) {
  int axis;
  return wg_infer_same(draft) && wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis);
}

/* ---- Values ---- */

#define KERNEL "softmax_kernel.h"
#include "each_float.h"

/* ---- Rules ---- */

static wg_node *softmax_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  int64_t axis = axis_of(y);
  return wg_mul(y, wg_sub(dy, wg_sum(wg_chain(dy, y), 1, &axis, true)));
}

static wg_node *log_softmax_vjp(wg_node *y, wg_node *dy, int i) {
  int64_t axis = axis_of(y);
  return wg_sub(dy, wg_mul(wg_softmax(y->inputs[i], axis), wg_sum(dy, 1, &axis, true)));
}

/* ---- Records ---- */

static const wg_attr axis_attrs[] = {[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1}, {0}};

static const wg_sample samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_NUMBER("axis", 0)}},
    {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
    {1, {WG_SAMPLE(-2, 2, 5)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 2, 1)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 3, 0)}, {{0}}},
    {0},
};

const wg_op wg_op_softmax = {
    .name = "softmax",
    .doc = "SM(x)_i = e^(x_i) / Σ_j e^(x_j) along an axis (the last by default; negative counts from there): "
           "positive numbers whose sum is 1, of the shape of x. Safe from overflow; −∞ gives 0; a row with NaN, "
           "with +∞ or of −∞ alone gives NaN.\n"
           "Errors: no such axis; integers.",
    .arity = 1,
    .flags = WG_OP_COLUMNS,
    .attrs = axis_attrs,
    .infer = softmax_infer,
    .kernel = {[WG_F32] = softmax_f32, [WG_F64] = softmax_f64},
    .vjp = softmax_vjp,
    .notation = {.unicode = "SM(%-0)", .ascii = "SM(%-0)", .latex = "\\operatorname{SM}(%-0)"},
    .samples = samples,
};

const wg_op wg_op_log_softmax = {
    .name = "log_softmax",
    .doc = "ln SM(x)_i = x_i − ln Σ_j e^(x_j) along an axis (the last by default; negative counts from there), "
           "of the shape of x. Safe from overflow, and precise where the probability is nearly 1.\n"
           "Errors: no such axis; integers.",
    .arity = 1,
    .flags = WG_OP_COLUMNS,
    .attrs = axis_attrs,
    .infer = softmax_infer,
    .kernel = {[WG_F32] = log_softmax_f32, [WG_F64] = log_softmax_f64},
    .vjp = log_softmax_vjp,
    .notation = {.binds = WG_BINDS_PREFIX,
                 .unicode = "ln SM(%-0)",
                 .ascii = "ln SM(%-0)",
                 .latex = "\\ln \\operatorname{SM}(%-0)"},
    .samples = samples,
};

wg_node *wg_softmax(wg_node *logits, int64_t axis) {
  axis = wg_axis_wrap(axis, wg_node_shape(logits).rank);
  return wg_apply_1(&wg_op_softmax, logits, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}

wg_node *wg_log_softmax(wg_node *logits, int64_t axis) {
  axis = wg_axis_wrap(axis, wg_node_shape(logits).rank);
  return wg_apply_1(&wg_op_log_softmax, logits, (wg_attr[]){wg_attr_integer("axis", axis), {0}});
}
