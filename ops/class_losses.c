/* class_losses.c: cross-entropy with all that PyTorch's has: class weights, an ignored label, label smoothing.
 *
 * Class k of K has the weight w_k, 1 without weights. For labels y, with smoothing ε, the loss of one sample is
 *
 *     −Σ_k q_k w_k ln SM(z)_k,   q = (1 − ε)·e_y + ε/K,
 *
 * where e_y is the row with 1 at y; 0 for an ignored sample. The mean divides by the sum of the weights w_y of the samples
 * that count. For probabilities as targets q = (1 − ε)·y + ε/K, and the mean divides by the number of samples.
 *
 * softmax_cross_entropy (cross_entropy.c) is the one to train with where nothing of this is needed. */
#include "function.h"
#include "loss.h"

#include <string.h>

/* ---- Labels as rows ---- */

enum { CLASSES, DTYPE, IGNORED };

static bool label_rows_infer(wg_draft *draft) {
  const wg_node *labels = draft->inputs[0];
  const char *dtype = draft->attrs[DTYPE].text;
  if (labels->dtype != WG_I64)
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "labels are i64, not %s", wg_dtype_text(labels->dtype));
  if (strcmp(dtype, "f32") && strcmp(dtype, "f64"))
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "the dtype '%.20s' is not f32 or f64", dtype);
  if (draft->attrs[CLASSES].integer < 1 || labels->shape->rank == WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "%lld classes do not fit", (long long)draft->attrs[CLASSES].integer);
  draft->dtype = strcmp(dtype, "f32") ? WG_F64 : WG_F32;
  draft->shape = *labels->shape;
  draft->shape.size[draft->shape.rank++] = draft->attrs[CLASSES].integer;
  return true;
}

static wg_status label_rows(wg_call *call) {
  const wg_tensor *labels = &call->in[0];
  int64_t classes = call->node->attrs[CLASSES].integer, ignored = call->node->attrs[IGNORED].integer;
  int64_t count = wg_row_count(labels->shape, -1);
  if (count > 0) memset(call->out.data, 0, (size_t)(count * classes) * wg_dtype_size(call->out.dtype));
  for (int64_t k = 0; k < count; k++) {
    int64_t label = ((const int64_t *)labels->data)[wg_row_start(labels->shape, labels->stride, -1, k)];
    if (label == ignored) continue;
    if (label < 0 || label >= classes)
      return wg_call_fail(call, WG_ERROR_DATA, "label %lld at index %lld is neither in 0 … %lld nor the ignored %lld",
                          (long long)label, (long long)k, (long long)classes - 1, (long long)ignored);
    if (call->out.dtype == WG_F32)
      ((float *)call->out.data)[k * classes + label] = 1;
    else
      ((double *)call->out.data)[k * classes + label] = 1;
  }
  return WG_OK;
}

const wg_op wg_op_label_rows = {
    .name = "label_rows",
    .doc = "one_hot with an ignored label (−100 by default, as PyTorch's ignore_index), whose rows are all 0: for "
           "labels (…) of type i64, rows (…,classes) of the dtype f32 or f64. It has no derivative.\n"
           "Errors: labels that are not i64; fewer than one class; an unknown dtype; in a run, a label that is neither "
           "in 0 … classes − 1 nor the ignored one (WG_ERROR_DATA).",
    .arity = 1,
    .attrs = (const wg_attr[]){[CLASSES] = {.name = "classes", .kind = WG_ATTR_INTEGER},
                               [DTYPE] = {.name = "dtype", .kind = WG_ATTR_TEXT, .text = "f64"},
                               [IGNORED] = {.name = "ignored", .kind = WG_ATTR_INTEGER, .integer = -100},
                               {0}},
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = label_rows_infer,
    .kernel = {[WG_I64] = label_rows},
    .notation = {.unicode = "rows(%-0)", .ascii = "rows(%-0)", .latex = "\\operatorname{rows}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE_INTEGER(0, 3, 5)}, {WG_SAMPLE_NUMBER("classes", 3)}},
            {1, {WG_SAMPLE_INTEGER(-1, 4, 2, 3)}, {WG_SAMPLE_NUMBER("classes", 4), WG_SAMPLE_NUMBER("ignored", -1)}},
            {1, {WG_SAMPLE_INTEGER(0, 3, 0)}, {WG_SAMPLE_NUMBER("classes", 3)}},
            {0},
        },
};

wg_node *wg_label_rows(wg_node *labels, int64_t classes, wg_dtype dtype, int64_t ignored) {
  return wg_apply_1(&wg_op_label_rows, labels,
                    (wg_attr[]){wg_attr_integer("classes", classes),
                                wg_attr_text("dtype", wg_dtype_text(dtype)),
                                wg_attr_integer("ignored", ignored),
                                {0}});
}

/* ---- Shapes ---- */

enum { REDUCTION, SMOOTHING, IGNORED_LABEL };

/* Inputs: scores (…,K), then labels (…) or, if `rows` may be, rows (…,K), then perhaps class weights (K). */
static bool classes_infer(wg_draft *draft, bool rows) {
  const wg_node *scores = draft->inputs[0], *targets = draft->inputs[1];
  int last = scores->shape->rank - 1;
  if (draft->input_count < 2 || draft->input_count > 3)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "takes scores, targets and perhaps class weights");
  if (!wg_infer_loss_reduction(draft)) return false;
  if (scores->dtype == WG_I64 || (targets->dtype != WG_I64 && (!rows || targets->dtype != scores->dtype)))
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "scores are f32 or f64, and targets %s",
                         rows ? "i64 or the same" : "i64");
  if (last < 0 || scores->shape->size[last] == 0)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "scores need an axis of classes, their last");
  wg_shape samples = wg_shape_reduced(scores->shape, last, false);
  if (!wg_shape_equal(targets->shape, targets->dtype == WG_I64 ? &samples : scores->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "there must be one target for each row of scores");
  if (draft->input_count == 3) {
    const wg_node *weights = draft->inputs[2];
    if (weights->dtype != scores->dtype)
      return wg_draft_fail(draft, WG_ERROR_DTYPE, "class weights are %s as the scores", wg_dtype_text(scores->dtype));
    if (weights->shape->rank != 1 || weights->shape->size[0] != scores->shape->size[last])
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "there must be one weight for each class");
  }
  draft->dtype = scores->dtype;
  draft->shape = samples;
  return true;
}

static wg_node *sum_classes(wg_node *x) {
  int64_t last = -1;
  return wg_sum(x, 1, &last, false);
}

/* Σ_k q_k x_k, where a q of 0 counts 0 even beside an x that is not finite, which then counts as 0: so that the
 * derivative by q is x_k also where q_k is 0. */
static wg_node *expectation(wg_node *q, wg_node *x) {
  wg_node *zero = wg_scalar_like(x, 0);
  wg_node *left_out = wg_logical_and(wg_equal(q, zero), wg_logical_not(wg_is_finite(x)));
  return sum_classes(wg_mul(q, wg_where(left_out, zero, x)));
}

/* Σ terms / Σ counts: the mean of the samples that count. */
static wg_node *weighted_reduce(const wg_draft *draft, wg_node *terms, wg_node *counts) {
  if (!counts || strcmp(draft->attrs[REDUCTION].text, "mean")) return wg_loss_reduce(draft, terms);
  return wg_div(wg_sum_all(terms), wg_sum_all(counts));
}

/* ---- Negative log-likelihood ---- */

static bool nll_infer(wg_draft *draft) { return classes_infer(draft, false); }

static wg_node *nll_of(const wg_draft *draft, wg_node *log_probabilities, int64_t ignored) {
  wg_node *weights = draft->input_count == 3 ? draft->inputs[2] : NULL;
  int64_t classes = log_probabilities->shape->size[log_probabilities->shape->rank - 1];
  wg_node *q = wg_label_rows(draft->inputs[1], classes, log_probabilities->dtype, ignored);
  if (weights) q = wg_mul(q, weights);
  return weighted_reduce(draft, wg_neg(expectation(q, log_probabilities)), sum_classes(q));
}

static wg_node *nll_compose(const wg_draft *draft) { return nll_of(draft, draft->inputs[0], draft->attrs[1].integer); }

const wg_op wg_op_nll_loss = {
    .name = "nll_loss",
    .doc = "−w_y ln p_y for log-probabilities (…,K), labels y (…) and perhaps class weights w (K), 0 for the label "
           "`ignored` (−100 by default); of the shape (…); and the mean (`reduction` mean, the default: divided by the "
           "weights of the samples that count), sum or none, as PyTorch's nll_loss with the classes along the last "
           "axis. Labels have no derivative, weights have one (in PyTorch they have none).\n"
           "Errors: shapes or dtypes that do not fit; an unknown reduction; in a run, a label out of range.",
    .arity = WG_VARIADIC,
    .attrs = (const wg_attr[]){[REDUCTION] = WG_LOSS_REDUCTION,
                               {.name = "ignored", .kind = WG_ATTR_INTEGER, .integer = -100},
                               {0}},
    .nondifferentiable = 1u << 1,
    .infer = nll_infer,
    .compose = nll_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-3, -0.1, 5, 3), WG_SAMPLE_INTEGER(0, 3, 5)}, {{0}}},
            {2,
             {WG_SAMPLE(-3, -0.1, 2, 3, 4), WG_SAMPLE_INTEGER(0, 4, 2, 3)},
             {WG_SAMPLE_REDUCTION("none"), WG_SAMPLE_NUMBER("ignored", 0)}},
            {3, {WG_SAMPLE(-3, -0.1, 5, 3), WG_SAMPLE_INTEGER(0, 3, 5), WG_SAMPLE(0.5, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE(-3, -0.1, 0, 3), WG_SAMPLE_INTEGER(0, 3, 0)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_nll_loss(wg_node *log_probabilities, wg_node *labels, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_nll_loss, log_probabilities, labels, reduction);
}

/* ---- Cross-entropy ---- */

static bool cross_entropy_infer(wg_draft *draft) {
  double smoothing = draft->attrs[SMOOTHING].number;
  if (!(smoothing >= 0 && smoothing <= 1))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the label smoothing %g is not in 0 … 1", smoothing);
  return classes_infer(draft, true);
}

static wg_node *cross_entropy_compose(const wg_draft *draft) {
  wg_node *z = draft->inputs[0], *targets = draft->inputs[1],
          *weights = draft->input_count == 3 ? draft->inputs[2] : NULL;
  double smoothing = draft->attrs[SMOOTHING].number;
  wg_node *log_probabilities = wg_log_softmax(z, -1), *q = targets, *counted = NULL, *counts = NULL;
  int64_t classes = z->shape->size[z->shape->rank - 1], last = -1;
  if (targets->dtype == WG_I64) {
    q = wg_label_rows(targets, classes, z->dtype, draft->attrs[IGNORED_LABEL].integer);
    counted = wg_sum(q, 1, &last, true); /* 1, and 0 for an ignored sample */
    counts = sum_classes(weights ? wg_mul(q, weights) : q);
  }
  if (smoothing > 0) {
    wg_node *even = wg_scalar_like(z, smoothing / (double)classes);
    q = wg_add(wg_scale(q, 1 - smoothing), counted ? wg_mul(even, counted) : even);
  }
  if (weights) q = wg_mul(q, weights);
  return weighted_reduce(draft, wg_neg(expectation(q, log_probabilities)), counts);
}

const wg_op wg_op_cross_entropy = {
    .name = "cross_entropy",
    .doc =
        "−Σ_k q_k w_k ln SM(z)_k for logits z (…,K) and targets: labels y (…) of type i64, q = (1 − ε)·e_y + ε/K with "
        "the label smoothing ε (`smoothing`, 0 by default) and 0 for the label `ignored` (−100 by default); or "
        "probabilities y (…,K), q = (1 − ε)·y + ε/K. Class weights w (K) are an optional third input. Of the shape "
        "(…), and the mean (`reduction` mean, the default: divided by the weights w_y of the samples that count, or "
        "for probabilities by their number), sum or none, as PyTorch's cross_entropy with the classes along the "
        "last axis. Labels have no derivative.\n"
        "Errors: shapes or dtypes that do not fit; a smoothing not in 0 … 1; an unknown reduction; in a run, a label "
        "out of range.\n"
        "Source of label smoothing: C. Szegedy et al., Rethinking the Inception architecture, 2016.",
    .arity = WG_VARIADIC,
    .attrs = (const wg_attr[]){[REDUCTION] = WG_LOSS_REDUCTION,
                               [SMOOTHING] = {.name = "smoothing", .kind = WG_ATTR_NUMBER},
                               [IGNORED_LABEL] = {.name = "ignored", .kind = WG_ATTR_INTEGER, .integer = -100},
                               {0}},
    .infer = cross_entropy_infer,
    .compose = cross_entropy_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 5, 3), WG_SAMPLE_INTEGER(0, 3, 5)}, {{0}}},
            {2,
             {WG_SAMPLE(-2, 2, 2, 3, 4), WG_SAMPLE_INTEGER(0, 4, 2, 3)},
             {WG_SAMPLE_REDUCTION("none"), WG_SAMPLE_NUMBER("ignored", 0), WG_SAMPLE_REAL("smoothing", 0.1)}},
            {2, {WG_SAMPLE(-2, 2, 5, 3), WG_SAMPLE(0.1, 0.9, 5, 3)}, {WG_SAMPLE_REAL("smoothing", 0.2)}},
            {3,
             {WG_SAMPLE(-2, 2, 5, 3), WG_SAMPLE_INTEGER(0, 3, 5), WG_SAMPLE(0.5, 2, 3)},
             {WG_SAMPLE_REAL("smoothing", 0.1)}},
            {3,
             {WG_SAMPLE(-2, 2, 5, 3), WG_SAMPLE(0.1, 0.9, 5, 3), WG_SAMPLE(0.5, 2, 3)},
             {WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE_INTEGER(0, 3, 0)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

/* `weights` may be NULL. */
wg_node *wg_cross_entropy(wg_node *logits, wg_node *targets, wg_node *weights, double smoothing,
                          wg_reduction reduction) {
  return wg_apply(&wg_op_cross_entropy, weights ? 3 : 2, (wg_node *[]){logits, targets, weights},
                  (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)),
                              wg_attr_number("smoothing", smoothing),
                              {0}});
}

/* ---- Binary cross-entropy with a weight for the positive class ---- */

/* −(p y ln σ(z) + (1 − y) ln σ(−z)) = (1 − y) z + (1 + (p − 1) y) softplus(−z) */
static wg_node *bce_weighted_compose(const wg_draft *draft) {
  wg_node *z = draft->inputs[0], *y = draft->inputs[1], *p = draft->inputs[2], *one = wg_scalar_like(z, 1);
  wg_node *factor = wg_add(one, wg_mul(wg_sub(p, one), y));
  wg_node *terms = wg_add(wg_mul(wg_sub(one, y), z), wg_mul(factor, wg_softplus(wg_neg(z))));
  return wg_loss_reduce(draft, terms);
}

const wg_op wg_op_bce_logits_weighted = {
    .name = "bce_logits_weighted",
    .doc =
        "−(p y ln σ(z) + (1 − y) ln(1 − σ(z))) for logits z, targets y and weights p of the positive class, which "
        "broadcast together, without overflow; and the mean over all elements (`reduction` mean, the default), sum or "
        "none, as PyTorch's binary_cross_entropy_with_logits with pos_weight.\n"
        "Errors: shapes that do not broadcast; an unknown reduction; integers, two dtypes.",
    .arity = 3,
    .attrs = wg_loss_attrs,
    .infer = wg_infer_loss_broadcast,
    .compose = bce_weighted_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(0, 1, 3, 4), WG_SAMPLE(0.5, 3, 4)}, {{0}}},
            {3, {WG_SAMPLE(-2, 2, 5), WG_SAMPLE(0, 1, 5), WG_SAMPLE_SCALAR(0.5, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {3,
             {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(0, 1), WG_SAMPLE_SCALAR(0.5, 3)},
             {WG_SAMPLE_REDUCTION("none")}},
            {3,
             {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(0, 1, 0, 3), WG_SAMPLE_SCALAR(0.5, 3)},
             {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_bce_logits_weighted(wg_node *logits, wg_node *targets, wg_node *positive_weight, wg_reduction reduction) {
  return wg_apply(&wg_op_bce_logits_weighted, 3, (wg_node *[]){logits, targets, positive_weight},
                  (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)), {0}});
}
