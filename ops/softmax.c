/* softmax.c: numbers along an axis as probabilities, and their logarithms.
 *
 *     y_i = SM(x)_i = e^(x_i) / Σ_j e^(x_j)         ∂x = y ⊙ (∂y − Σ_axis (∂y ⊙ y))
 *     y_i = ln SM(x)_i = x_i − ln Σ_j e^(x_j)       ∂x = ∂y − SM(x) ⊙ Σ_axis ∂y
 *
 * The first rule is the Jacobian diag(y) − y·yᵀ, which is symmetric, times ∂y. Both values are computed from
 * x − max x, which changes neither and keeps e^x from overflowing. */
#include "axis.h"
#include "rule.h"

#include <tgmath.h>

enum { AXIS };

static int axis_of(const wg_node *y) { return (int)wg_axis_wrap(y->attrs[AXIS].integer, y->inputs[0]->shape->rank); }

static bool softmax_infer(wg_draft *draft) {
  int axis;
  return wg_infer_same(draft) && wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis);
}

/* ---- Values ---- */

/* One row. Sums are formed in double for both types: they may have many small terms. For the logarithm the largest
 * element is left out of the sum, Σ e^(x_j − max) = 1 + rest, so that ln(1 + rest) is precise where rest is tiny, that
 * is, where the probability is nearly 1. A NaN in the row is in the sum, and so in every result. */
#define SOFTMAX_ROW(type, suffix)                                                                                      \
  static void softmax_row_##suffix(int64_t n, const type *x, int64_t x_step, type *y, int64_t y_step) {                \
    type largest = x[0];                                                                                               \
    double sum = 0;                                                                                                    \
    for (int64_t k = 1; k < n; k++) largest = x[k * x_step] > largest ? x[k * x_step] : largest;                       \
    for (int64_t k = 0; k < n; k++) sum += y[k * y_step] = exp(x[k * x_step] - largest);                               \
    for (int64_t k = 0; k < n; k++) y[k * y_step] = (type)(y[k * y_step] / sum);                                       \
  }                                                                                                                    \
  static void log_softmax_row_##suffix(int64_t n, const type *x, int64_t x_step, type *y, int64_t y_step) {            \
    int64_t at = 0;                                                                                                    \
    double rest = 0;                                                                                                   \
    for (int64_t k = 1; k < n; k++) at = x[k * x_step] > x[at * x_step] ? k : at;                                      \
    const type largest = x[at * x_step];                                                                               \
    for (int64_t k = 0; k < n; k++) rest += k == at ? 0 : exp(x[k * x_step] - largest);                                \
    const type log_sum = (type)log1p(rest);                                                                            \
    for (int64_t k = 0; k < n; k++) y[k * y_step] = (x[k * x_step] - largest) - log_sum;                               \
  }

#define EACH_ROW(name, type, suffix)                                                                                   \
  static wg_status name##_##suffix(wg_call *call) {                                                                    \
    const wg_tensor *x = &call->in[0], *y = &call->out;                                                                \
    int axis = axis_of(call->node);                                                                                    \
    int64_t n = x->shape->size[axis], rows = n ? wg_row_count(x->shape, axis) : 0;                                     \
    for (int64_t r = 0; r < rows; r++) {                                                                               \
      const type *from = (const type *)x->data + wg_row_start(x->shape, x->stride, axis, r);                           \
      type *to = (type *)y->data + wg_row_start(y->shape, y->stride, axis, r);                                         \
      name##_row_##suffix(n, from, x->stride[axis], to, y->stride[axis]);                                              \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

SOFTMAX_ROW(float, f32)
SOFTMAX_ROW(double, f64)
EACH_ROW(softmax, float, f32)
EACH_ROW(softmax, double, f64)
EACH_ROW(log_softmax, float, f32)
EACH_ROW(log_softmax, double, f64)

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
