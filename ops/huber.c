/* huber.c: losses of a difference d = x − target that grow like |d|: the absolute error, and two that are smooth at 0.
 *
 *     l1         |d|
 *     huber      d²/2 where |d| ≤ δ, and δ(|d| − δ/2) beyond     (P. J. Huber, 1964)
 *     smooth l1  huber with δ = β, divided by β
 *
 * Their derivatives by x are sign d, and d cut off at ±δ. */
#include "function.h"
#include "loss.h"

enum { REDUCTION, DELTA };

static wg_node *difference(const wg_draft *draft) { return wg_sub(draft->inputs[0], draft->inputs[1]); }

/* d²/2 or δ(|d| − δ/2), for δ > 0. */
static wg_node *huber_terms(wg_node *d, double delta) {
  wg_node *size = wg_abs(d), *inside = wg_less_equal(size, wg_scalar_like(d, delta));
  wg_node *parabola = wg_scale(wg_square(d), 0.5);
  wg_node *line = wg_scale(wg_sub(size, wg_scalar_like(d, delta / 2)), delta);
  return wg_where(inside, parabola, line);
}

/* ---- |d| ---- */

static wg_node *l1_compose(const wg_draft *draft) { return wg_loss_reduce(draft, wg_abs(difference(draft))); }

const wg_op wg_op_l1_loss = {
    .name = "l1_loss",
    .doc = "|x − target|, and its mean over all elements (`reduction` mean, the default), sum or none, as PyTorch's "
           "l1_loss. The derivative at 0 counts as 0. The shapes must be equal.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 2,
    .attrs = wg_loss_attrs,
    .infer = wg_infer_loss,
    .compose = l1_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(1, 2, 3, 4), WG_SAMPLE(-1, 0.9, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, -1, 5), WG_SAMPLE(-0.9, 1, 5)}, {WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE_SCALAR(1, 2), WG_SAMPLE_SCALAR(-1, 0)}, {WG_SAMPLE_REDUCTION("none")}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_l1_loss(wg_node *x, wg_node *targets, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_l1_loss, x, targets, reduction);
}

/* ---- Huber ---- */

static bool huber_infer(wg_draft *draft) {
  double delta = draft->attrs[DELTA].number;
  if (!(delta > 0)) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "delta is %g, not above 0", delta);
  return wg_infer_loss(draft);
}

static wg_node *huber_compose(const wg_draft *draft) {
  return wg_loss_reduce(draft, huber_terms(difference(draft), draft->attrs[DELTA].number));
}

const wg_op wg_op_huber_loss = {
    .name = "huber_loss",
    .doc =
        "d²/2 where |d| ≤ δ and δ(|d| − δ/2) beyond, for d = x − target and δ > 0 (default 1), and the mean over all "
        "elements (`reduction` mean, the default), sum or none, as PyTorch's huber_loss. The shapes must be equal.\n"
        "Errors: δ that is not above 0; shapes that differ; an unknown reduction; integers, two dtypes.\n"
        "Source: P. J. Huber, Robust estimation of a location parameter, 1964.",
    .arity = 2,
    .attrs =
        (const wg_attr[]){
            [REDUCTION] = WG_LOSS_REDUCTION, [DELTA] = {.name = "delta", .kind = WG_ATTR_NUMBER, .number = 1}, {0}},
    .infer = huber_infer,
    .compose = huber_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-0.2, 0.2, 3, 4), WG_SAMPLE(-0.2, 0.2, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(2, 3, 5), WG_SAMPLE(-1, 0, 5)}, {WG_SAMPLE_REAL("delta", 1.5)}},
            {2, {WG_SAMPLE(-3, -2, 2, 3), WG_SAMPLE(0, 1, 2, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE_SCALAR(0, 0.3), WG_SAMPLE_SCALAR(0, 0.3)}, {WG_SAMPLE_REDUCTION("none")}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_huber_loss(wg_node *x, wg_node *targets, double delta, wg_reduction reduction) {
  return wg_apply_2(
      &wg_op_huber_loss, x, targets,
      (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)), wg_attr_number("delta", delta), {0}});
}

/* ---- Smooth l1 ---- */

static bool smooth_l1_infer(wg_draft *draft) {
  double beta = draft->attrs[DELTA].number;
  if (!(beta >= 0)) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "beta is %g, not 0 or above", beta);
  return wg_infer_loss(draft);
}

static wg_node *smooth_l1_compose(const wg_draft *draft) {
  double beta = draft->attrs[DELTA].number;
  wg_node *d = difference(draft);
  return wg_loss_reduce(draft, beta == 0 ? wg_abs(d) : wg_scale(huber_terms(d, beta), 1 / beta));
}

const wg_op wg_op_smooth_l1_loss = {
    .name = "smooth_l1_loss",
    .doc = "d²/2β where |d| ≤ β and |d| − β/2 beyond, for d = x − target and β ≥ 0 (default 1; 0 is the l1 loss), and "
           "the mean over all elements (`reduction` mean, the default), sum or none, as PyTorch's smooth_l1_loss. The "
           "shapes must be equal.\n"
           "Errors: β below 0; shapes that differ; an unknown reduction; integers, two dtypes.\n"
           "Source: R. Girshick, Fast R-CNN, 2015.",
    .arity = 2,
    .attrs =
        (const wg_attr[]){
            [REDUCTION] = WG_LOSS_REDUCTION, [DELTA] = {.name = "beta", .kind = WG_ATTR_NUMBER, .number = 1}, {0}},
    .infer = smooth_l1_infer,
    .compose = smooth_l1_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-0.2, 0.2, 3, 4), WG_SAMPLE(-0.2, 0.2, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(2, 3, 5), WG_SAMPLE(-1, 0, 5)}, {WG_SAMPLE_REAL("beta", 0.5)}},
            {2, {WG_SAMPLE(2, 3, 2, 3), WG_SAMPLE(0, 1, 2, 3)}, {WG_SAMPLE_REAL("beta", 0)}},
            {2, {WG_SAMPLE_SCALAR(0, 0.3), WG_SAMPLE_SCALAR(0, 0.3)}, {WG_SAMPLE_REDUCTION("none")}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_smooth_l1_loss(wg_node *x, wg_node *targets, double beta, wg_reduction reduction) {
  return wg_apply_2(
      &wg_op_smooth_l1_loss, x, targets,
      (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)), wg_attr_number("beta", beta), {0}});
}
