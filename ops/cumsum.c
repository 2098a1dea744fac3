/* cumsum.c: running sums, running products, and the recurrence that gives the latter a rule without divisions.
 *
 *     cumsum             y_k = x_0 + … + x_k                ∂x = running sums of ∂y from the other end
 *     linear_recurrence  y_k = a_k·y_{k−1} + b_k            ∂b = s,  s_k = a_{k+1}·s_{k+1} + ∂y_k
 *                        (y_{−1} = 0)                       ∂a_k = s_k·y_{k−1}
 *     cumprod            y_k = x_0 ⋯ x_k, the recurrence with a = x and b = (x_0, 0, 0, …)
 *
 * The adjoint of a linear recurrence is one again, from the other end (Blelloch, Prefix Sums and Their Applications,
 * 1990, 1.4 has it as a scan). So derivatives of any order take linear time and are right where an x_k is 0, at which
 * ∂x_k = Σ_{j≥k} ∂y_j·y_j / x_k is not. */
#include "scan.h"

/* ---- Common ---- */

bool wg_infer_scan(wg_draft *draft) {
  int axis;
  return wg_infer_same(draft) && wg_infer_axis(draft, draft->attrs[WG_SCAN_AXIS].integer, &axis);
}

wg_node *wg_apply_scan(const wg_op *op, int count, wg_node *const *inputs, int64_t axis, bool reverse) {
  axis = wg_axis_wrap(axis, wg_node_shape(inputs[0]).rank);
  return wg_apply(op, count, inputs,
                  (wg_attr[]){wg_attr_integer("axis", axis), wg_attr_integer("reverse", reverse ? 1 : 0), {0}});
}

/* x between borders of `value` along one axis. */
static wg_node *bordered(wg_node *x, int axis, int64_t before, int64_t after, double value) {
  int64_t befores[WG_RANK_MAX] = {before}, afters[WG_RANK_MAX] = {after}; /* of the axis and those after it */
  return wg_pad(x, wg_node_shape(x).rank - axis, befores, afters, value);
}

wg_node *wg_shift(wg_node *x, int axis, bool back, double value) {
  int64_t n = wg_node_shape(x).size[axis];
  if (wg_node_inert(x) || n == 0) return x;
  wg_node *rest = wg_narrow(x, axis, back ? 1 : 0, n - 1);
  return back ? bordered(rest, axis, 0, 1, value) : bordered(rest, axis, 1, 0, value);
}

/* ---- cumsum ---- */

/* Sums are formed in double for both types. From the other end, a row is its last element and a step of −1. */
#define SCANS_OF(type, suffix)                                                                                         \
  static wg_status cumsum_##suffix(wg_call *call) {                                                                    \
    const wg_tensor *x = &call->in[0], *y = &call->out;                                                                \
    int axis = wg_scan_axis(call->node);                                                                               \
    bool reverse = call->node->attrs[WG_SCAN_REVERSE].integer != 0;                                                    \
    int64_t n = y->shape->size[axis], rows = n ? wg_row_count(y->shape, axis) : 0;                                     \
    int64_t first = reverse ? n - 1 : 0, step = reverse ? -1 : 1;                                                      \
    for (int64_t r = 0; r < rows; r++) {                                                                               \
      const type *from = (const type *)x->data + wg_row_start(x->shape, x->stride, axis, r);                           \
      type *to = (type *)y->data + wg_row_start(y->shape, y->stride, axis, r);                                         \
      double sum = 0;                                                                                                  \
      for (int64_t k = 0, at = first; k < n; k++, at += step)                                                          \
        to[at * y->stride[axis]] = (type)(sum += (double)from[at * x->stride[axis]]);                                  \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }                                                                                                                    \
  static wg_status recurrence_##suffix(wg_call *call) {                                                                \
    const wg_tensor *a = &call->in[0], *b = &call->in[1], *y = &call->out;                                             \
    int axis = wg_scan_axis(call->node);                                                                               \
    bool reverse = call->node->attrs[WG_SCAN_REVERSE].integer != 0;                                                    \
    int64_t n = y->shape->size[axis], rows = n ? wg_row_count(y->shape, axis) : 0;                                     \
    int64_t first = reverse ? n - 1 : 0, step = reverse ? -1 : 1;                                                      \
    for (int64_t r = 0; r < rows; r++) {                                                                               \
      const type *factor = (const type *)a->data + wg_row_start(a->shape, a->stride, axis, r);                         \
      const type *term = (const type *)b->data + wg_row_start(b->shape, b->stride, axis, r);                           \
      type *to = (type *)y->data + wg_row_start(y->shape, y->stride, axis, r);                                         \
      double last = (double)term[first * b->stride[axis]];                                                             \
      to[first * y->stride[axis]] = (type)last;                                                                        \
      for (int64_t k = 1, at = first + step; k < n; k++, at += step) {                                                 \
        last = (double)factor[at * a->stride[axis]] * last + (double)term[at * b->stride[axis]];                       \
        to[at * y->stride[axis]] = (type)last;                                                                         \
      }                                                                                                                \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

SCANS_OF(float, f32)
SCANS_OF(double, f64)

static wg_node *cumsum_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_cumsum(dy, wg_scan_axis(y), !y->attrs[WG_SCAN_REVERSE].integer);
}

static const wg_sample samples[] = {
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_NUMBER("axis", 0), WG_SAMPLE_NUMBER("reverse", 1)}},
    {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
    {1, {WG_SAMPLE(-2, 2, 5)}, {WG_SAMPLE_NUMBER("reverse", 1)}},
    {1, {WG_SAMPLE(-2, 2, 2, 1)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 3, 0)}, {{0}}},
    {0},
};

const wg_op wg_op_cumsum = {
    .name = "cumsum",
    .doc = "Running sums along an axis (the last by default; negative counts from there), y_k = x_0 + … + x_k; with "
           "`reverse` from the last element, y_k = x_k + x_{k+1} + …. Of the shape of x. As torch.cumsum.\n"
           "Errors: no such axis; integers.",
    .arity = 1,
    .attrs = WG_SCAN_ATTRS,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = wg_infer_scan,
    .kernel = {[WG_F32] = cumsum_f32, [WG_F64] = cumsum_f64},
    .vjp = cumsum_vjp,
    .notation = {.unicode = "cumsum_{%{axis}}(%-0)",
                 .ascii = "cumsum_{%{axis}}(%-0)",
                 .latex = "\\operatorname{cumsum}_{%{axis}}(%-0)"},
    .samples = samples,
};

wg_node *wg_cumsum(wg_node *x, int64_t axis, bool reverse) {
  return wg_apply_scan(&wg_op_cumsum, 1, (wg_node *[]){x}, axis, reverse);
}

/* ---- linear_recurrence ---- */

static wg_node *recurrence_vjp(wg_node *y, wg_node *dy, int i) {
  int axis = wg_scan_axis(y);
  bool reverse = y->attrs[WG_SCAN_REVERSE].integer != 0;
  wg_node *s = wg_linear_recurrence(wg_shift(y->inputs[0], axis, !reverse, 0), dy, axis, !reverse);
  return i == 1 ? s : wg_mul(s, wg_shift(y, axis, reverse, 0));
}

const wg_op wg_op_linear_recurrence = {
    .name = "linear_recurrence",
    .doc = "y_k = a_k·y_{k−1} + b_k along an axis (the last by default; negative counts from there), with y_{−1} = 0; "
           "with "
           "`reverse` from the last element, y_k = a_k·y_{k+1} + b_k. The first factor has no effect. a, b and y are "
           "of one "
           "shape.\n"
           "Errors: shapes that differ; no such axis; integers.",
    .arity = 2,
    .attrs = WG_SCAN_ATTRS,
    .infer = wg_infer_scan,
    .kernel = {[WG_F32] = recurrence_f32, [WG_F64] = recurrence_f64},
    .vjp = recurrence_vjp,
    .notation = {.unicode = "recurrence_{%{axis}}(%*)",
                 .ascii = "recurrence_{%{axis}}(%*)",
                 .latex = "\\operatorname{recurrence}_{%{axis}}(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {2,
             {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)},
             {WG_SAMPLE_NUMBER("axis", 0), WG_SAMPLE_NUMBER("reverse", 1)}},
            {2, {WG_SAMPLE(-2, 2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_NUMBER("axis", 1)}},
            {2, {WG_SAMPLE(-2, 2, 5), WG_SAMPLE(-2, 2, 5)}, {WG_SAMPLE_NUMBER("reverse", 1)}},
            {2, {WG_SAMPLE(-2, 2, 2, 0), WG_SAMPLE(-2, 2, 2, 0)}, {{0}}},
            {0},
        },
};

wg_node *wg_linear_recurrence(wg_node *a, wg_node *b, int64_t axis, bool reverse) {
  return wg_apply_scan(&wg_op_linear_recurrence, 2, (wg_node *[]){a, b}, axis, reverse);
}

/* ---- cumprod ---- */

static wg_node *cumprod_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int axis = (int)wg_axis_wrap(draft->attrs[WG_SCAN_AXIS].integer, x->shape->rank);
  bool reverse = draft->attrs[WG_SCAN_REVERSE].integer != 0;
  int64_t n = x->shape->size[axis];
  if (n == 0) return x;
  wg_node *first = wg_narrow(x, axis, reverse ? n - 1 : 0, 1);
  wg_node *terms = reverse ? bordered(first, axis, n - 1, 0, 0) : bordered(first, axis, 0, n - 1, 0);
  return wg_linear_recurrence(x, terms, axis, reverse);
}

const wg_op wg_op_cumprod = {
    .name = "cumprod",
    .doc = "Running products along an axis (the last by default; negative counts from there), y_k = x_0 ⋯ x_k; with "
           "`reverse` from the last element, y_k = x_k·x_{k+1} ⋯. Of the shape of x. As torch.cumprod. Recorded as a "
           "linear_recurrence, whose derivatives divide by nothing: they are right at zeros.\n"
           "Errors: no such axis; integers.",
    .arity = 1,
    .attrs = WG_SCAN_ATTRS,
    .infer = wg_infer_scan,
    .compose = cumprod_compose,
    .samples = samples,
};

wg_node *wg_cumprod(wg_node *x, int64_t axis, bool reverse) {
  return wg_apply_scan(&wg_op_cumprod, 1, (wg_node *[]){x}, axis, reverse);
}
