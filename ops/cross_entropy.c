/* cross_entropy.c: the cross-entropy of softmax probabilities a = SM(z) against targets y.
 *
 *     H = −Σ_k y_k ln a_k = Σ_k y_k (ln Σ_j e^(z_j) − z_k)      ∂z = a − y
 *
 * one number for each row of z along the last axis. The rule holds because Σ_k y_k = 1: the softmax Jacobian
 * diag(a) − a·aᵀ times −y/a is a·Σ_k y_k − y. So targets are class indices, or rows whose sum is 1, which is checked. */
#include "labels.h"
#include "loss.h"

/* ---- Shape ---- */

static bool targets_infer(wg_draft *draft) {
  const wg_node *logits = draft->inputs[0], *targets = draft->inputs[1];
  char want[WG_SHAPE_TEXT_SIZE];
  draft->dtype = logits->dtype;
  if (targets->dtype != WG_I64 && !wg_infer_floats(draft)) return false;
  if (logits->dtype == WG_I64) return wg_draft_fail(draft, WG_ERROR_DTYPE, "logits are f32 or f64, not i64");
  int last = logits->shape->rank - 1;
  if (last < 0) return wg_draft_fail(draft, WG_ERROR_SHAPE, "logits need an axis of classes");
  if (logits->shape->size[last] == 0) return wg_draft_fail(draft, WG_ERROR_SHAPE, "there are no classes");
  draft->shape = wg_shape_reduced(logits->shape, last, false);
  if (targets->dtype == WG_I64 && !wg_shape_equal(targets->shape, &draft->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "class indices for these logits have the shape %s",
                         wg_shape_text(&draft->shape, want));
  if (targets->dtype != WG_I64 && !wg_shape_equal(targets->shape, logits->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "probabilities as targets have the shape of the logits");
  return true;
}

/* ---- Value ---- */

/* How far from 1 a row of probabilities may sum: as far as rounding takes it, in the type and in files of text. */
static const double sum_tolerance_f32 = 1e-3, sum_tolerance_f64 = 1e-6;

#define KERNEL "cross_entropy_kernel.h"
#include "each_float.h"

/* ---- Rule ---- */

static wg_node *cross_entropy_terms_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  wg_node *logits = y->inputs[0], *targets = y->inputs[1];
  int last = logits->shape->rank - 1;
  if (targets->dtype == WG_I64) targets = wg_one_hot(targets, logits->shape->size[last], logits->dtype);
  return wg_chain(wg_reshape(dy, wg_shape_reduced(logits->shape, last, true)),
                  wg_sub(wg_softmax(logits, last), targets));
}

/* The softmax of the same rows. */
static bool softmax_fits(const wg_node *y, const wg_node *softmax) {
  const int rank = y->inputs[0]->shape->rank;
  return wg_axis_wrap(softmax->attrs[0].integer, rank) == rank - 1;
}

const wg_op wg_op_cross_entropy_terms = {
    .name = "cross_entropy_terms",
    .doc = "H = −Σ_k y_k ln SM(z)_k for each row of the logits z (…,K) along the last axis; of the shape (…). "
           "Targets y are class indices of type i64 and shape (…), or probabilities of the shape of z whose rows "
           "sum to 1. A target of 0 counts 0, even where the logit is −∞. Safe from overflow, and precise where "
           "the loss is small. Targets have no derivative: they are constants here.\n"
           "Errors: shapes or dtypes that do not fit; in a run (WG_ERROR_DATA), a label that is not in 0 … K − "
           "1, or a row of targets whose sum is not 1 (to 1e-6 in f64, 1e-3 in f32); a NaN there makes that term "
           "NaN.",
    .arity = 2,
    .nondifferentiable = 1u << 1,
    .infer = targets_infer,
    .kernel = {[WG_F32] = cross_entropy_terms_f32, [WG_F64] = cross_entropy_terms_f64},
    .twin = &(const wg_twin){.op = &wg_op_softmax, .fits = softmax_fits},
    .vjp = cross_entropy_terms_vjp,
    .notation = {.unicode = "CE(SM(%-0), %-1)",
                 .ascii = "CE(SM(%-0), %-1)",
                 .latex = "\\operatorname{CE}(\\operatorname{SM}(%-0), %-1)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 5, 3), WG_SAMPLE_INTEGER(0, 3, 5)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 4), {{0, {0}}, 0, 4, true}}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 4, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 1), WG_SAMPLE_INTEGER(0, 1, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE_INTEGER(0, 3, 0)}, {{0}}},
            {0},
        },
};

wg_node *wg_cross_entropy_terms(wg_node *logits, wg_node *targets) {
  return wg_apply_2(&wg_op_cross_entropy_terms, logits, targets, NULL);
}

/* ---- Their mean, or sum ---- */

static bool softmax_cross_entropy_infer(wg_draft *draft) {
  return wg_infer_loss_reduction(draft) && targets_infer(draft);
}

static wg_node *softmax_cross_entropy_compose(const wg_draft *draft) {
  return wg_loss_reduce(draft, wg_cross_entropy_terms(draft->inputs[0], draft->inputs[1]));
}

const wg_op wg_op_softmax_cross_entropy = {
    .name = "softmax_cross_entropy",
    .doc = "cross_entropy_terms of logits (…,K) and targets, and their mean (`reduction` mean, the default: over "
           "the m rows, J = −(1/m) Σ_i Σ_k y_ik ln a_ik), sum or none.\n"
           "Errors: those of cross_entropy_terms; an unknown reduction.",
    .arity = 2,
    .attrs = wg_loss_attrs,
    .nondifferentiable = 1u << 1,
    .infer = softmax_cross_entropy_infer,
    .compose = softmax_cross_entropy_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 5, 3), WG_SAMPLE_INTEGER(0, 3, 5)}, {{0}}},
            {2,
             {WG_SAMPLE(-2, 2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 4, 2, 3)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "sum"}}},
            {2,
             {WG_SAMPLE(-2, 2, 1, 3), WG_SAMPLE_INTEGER(0, 3, 1)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "none"}}},
            {2,
             {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE_INTEGER(0, 3, 0)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "sum"}}},
            {0},
        },
};

wg_node *wg_softmax_cross_entropy(wg_node *logits, wg_node *targets) {
  return wg_softmax_cross_entropy_reduced(logits, targets, WG_MEAN);
}

wg_node *wg_softmax_cross_entropy_reduced(wg_node *logits, wg_node *targets, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_softmax_cross_entropy, logits, targets, reduction);
}
