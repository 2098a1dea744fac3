/* margin.c: losses that ask for a margin. y is +1 or −1, the sign that x, or the difference of two scores, should have.
 *
 *     hinge             max(0, 1 − y·x)
 *     soft margin       ln(1 + e^(−y·x))
 *     hinge embedding   x where y = 1, max(0, margin − x) where y = −1
 *     margin ranking    max(0, margin − y·(a − b))
 *     triplet           max(0, ‖anchor − positive‖ − ‖anchor − negative‖ + margin)
 *     cosine embedding  1 − cos(a, b) where y = 1, max(0, cos(a, b) − margin) where y = −1
 *
 * y is multiplied with, or chooses between two formulas; where it chooses, it has no derivative. */
#include "function.h"
#include "loss.h"

enum { REDUCTION, MARGIN };

/* a where y = 1, else b. */
static wg_node *by_sign(wg_node *signs, wg_node *a, wg_node *b) {
  return wg_where(wg_greater(signs, wg_scalar_like(signs, 0)), a, b);
}

static const wg_attr margin_0_attrs[] = {
    [REDUCTION] = WG_LOSS_REDUCTION, [MARGIN] = {.name = "margin", .kind = WG_ATTR_NUMBER, .number = 0}, {0}};
static const wg_attr margin_1_attrs[] = {
    [REDUCTION] = WG_LOSS_REDUCTION, [MARGIN] = {.name = "margin", .kind = WG_ATTR_NUMBER, .number = 1}, {0}};

static wg_node *apply_margin(const wg_op *op, int count, wg_node *const *inputs, double margin,
                             wg_reduction reduction) {
  return wg_apply(
      op, count, inputs,
      (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)), wg_attr_number("margin", margin), {0}});
}

/* ---- Of one score ---- */

static wg_node *hinge_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0], *y = draft->inputs[1];
  return wg_loss_reduce(draft, wg_relu(wg_sub(wg_scalar_like(x, 1), wg_mul(y, x))));
}

const wg_op wg_op_hinge_loss = {
    .name = "hinge_loss",
    .doc = "max(0, 1 − y·x) for scores x and signs y = ±1 of one shape, and its mean over all elements (`reduction` "
           "mean, the default), sum or none: the loss of support vector machines.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.\n"
           "Source: C. Cortes and V. Vapnik, Support-vector networks, 1995.",
    .arity = 2,
    .attrs = wg_loss_attrs,
    .infer = wg_infer_loss,
    .compose = hinge_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 0.9, 3, 4), WG_SAMPLE(1, 1, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(1.1, 2, 5), WG_SAMPLE(1, 1, 5)}, {WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE_SCALAR(-0.5, 2), WG_SAMPLE_SCALAR(-1, -1)}, {WG_SAMPLE_REDUCTION("none")}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(1, 1, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_hinge_loss(wg_node *x, wg_node *signs, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_hinge_loss, x, signs, reduction);
}

static wg_node *soft_margin_compose(const wg_draft *draft) {
  return wg_loss_reduce(draft, wg_softplus(wg_neg(wg_mul(draft->inputs[1], draft->inputs[0]))));
}

const wg_op wg_op_soft_margin_loss = {
    .name = "soft_margin_loss",
    .doc = "ln(1 + e^(−y·x)) for scores x and signs y = ±1 of one shape, without overflow, and its mean over all "
           "elements (`reduction` mean, the default), sum or none, as PyTorch's soft_margin_loss.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 2,
    .attrs = wg_loss_attrs,
    .infer = wg_infer_loss,
    .compose = soft_margin_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(1, 1, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 5), WG_SAMPLE(-1, -1, 5)}, {WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-1, -1)}, {WG_SAMPLE_REDUCTION("none")}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(1, 1, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_soft_margin_loss(wg_node *x, wg_node *signs, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_soft_margin_loss, x, signs, reduction);
}

static wg_node *hinge_embedding_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0], *margin = wg_scalar_like(x, draft->attrs[MARGIN].number);
  return wg_loss_reduce(draft, by_sign(draft->inputs[1], x, wg_relu(wg_sub(margin, x))));
}

const wg_op wg_op_hinge_embedding_loss = {
    .name = "hinge_embedding_loss",
    .doc = "For distances x and signs y of one shape: x where y = 1, max(0, margin − x) where y = −1 (margin 1 by "
           "default), and the mean over all elements (`reduction` mean, the default), sum or none, as PyTorch's "
           "hinge_embedding_loss.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 2,
    .attrs = margin_1_attrs,
    .nondifferentiable = 1u << 1,
    .infer = wg_infer_loss,
    .compose = hinge_embedding_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(1, 1, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(0, 0.9, 5), WG_SAMPLE(-1, -1, 5)}, {WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE(0, 1.9, 5), WG_SAMPLE(-1, -1, 5)}, {WG_SAMPLE_REAL("margin", 2)}},
            {2, {WG_SAMPLE_SCALAR(1.1, 2), WG_SAMPLE_SCALAR(-1, -1)}, {WG_SAMPLE_REDUCTION("none")}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(1, 1, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_hinge_embedding_loss(wg_node *x, wg_node *signs, double margin, wg_reduction reduction) {
  return apply_margin(&wg_op_hinge_embedding_loss, 2, (wg_node *[]){x, signs}, margin, reduction);
}

/* ---- Of two scores ---- */

static wg_node *margin_ranking_compose(const wg_draft *draft) {
  wg_node *a = draft->inputs[0], *b = draft->inputs[1], *y = draft->inputs[2];
  wg_node *margin = wg_scalar_like(a, draft->attrs[MARGIN].number);
  return wg_loss_reduce(draft, wg_relu(wg_sub(margin, wg_mul(y, wg_sub(a, b)))));
}

const wg_op wg_op_margin_ranking_loss = {
    .name = "margin_ranking_loss",
    .doc = "max(0, margin − y·(a − b)) for scores a and b of one shape and signs y: a should be the larger where y = 1 "
           "(margin 0 by default); and the mean over all elements (`reduction` mean, the default), sum or none, as "
           "PyTorch's margin_ranking_loss.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 3,
    .attrs = margin_0_attrs,
    .infer = wg_infer_loss,
    .compose = margin_ranking_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, -1, 3, 4), WG_SAMPLE(0, 1, 3, 4), WG_SAMPLE(1, 1, 3, 4)}, {{0}}},
            {3,
             {WG_SAMPLE(-2, -1, 5), WG_SAMPLE(0, 1, 5), WG_SAMPLE(-1, -1, 5)},
             {WG_SAMPLE_REAL("margin", 4), WG_SAMPLE_REDUCTION("sum")}},
            {3,
             {WG_SAMPLE_SCALAR(-2, -1), WG_SAMPLE_SCALAR(0, 1), WG_SAMPLE_SCALAR(-1, -1)},
             {WG_SAMPLE_REDUCTION("none")}},
            {3, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(1, 1, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_margin_ranking_loss(wg_node *a, wg_node *b, wg_node *signs, double margin, wg_reduction reduction) {
  return apply_margin(&wg_op_margin_ranking_loss, 3, (wg_node *[]){a, b, signs}, margin, reduction);
}

/* ---- Of vectors, along the last axis ---- */

static bool vectors_infer(wg_draft *draft, int vectors) {
  const wg_shape *shape = draft->inputs[0]->shape;
  if (!wg_infer_loss_reduction(draft) || !wg_infer_floats(draft)) return false;
  for (int i = 1; i < vectors; i++)
    if (!wg_shape_equal(shape, draft->inputs[i]->shape))
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "the shapes of the vectors differ");
  if (shape->rank < 1) return wg_draft_fail(draft, WG_ERROR_SHAPE, "vectors need an axis");
  draft->shape = wg_shape_reduced(shape, shape->rank - 1, false);
  return true;
}

static bool triplet_infer(wg_draft *draft) { return vectors_infer(draft, 3); }

/* ‖a − b‖ along the last axis; PyTorch adds 1e-6 to each difference, which keeps the root from being 0. */
static wg_node *distance(wg_node *a, wg_node *b) {
  int64_t last = -1;
  wg_node *d = wg_add(wg_sub(a, b), wg_scalar_like(a, 1e-6));
  return wg_sqrt(wg_sum(wg_square(d), 1, &last, false));
}

static wg_node *triplet_compose(const wg_draft *draft) {
  wg_node *anchor = draft->inputs[0], *margin = wg_scalar_like(anchor, draft->attrs[MARGIN].number);
  wg_node *gap = wg_sub(distance(anchor, draft->inputs[1]), distance(anchor, draft->inputs[2]));
  return wg_loss_reduce(draft, wg_relu(wg_add(gap, margin)));
}

const wg_op wg_op_triplet_margin_loss = {
    .name = "triplet_margin_loss",
    .doc =
        "max(0, ‖anchor − positive‖ − ‖anchor − negative‖ + margin) for vectors (…,D) along the last axis (margin 1 by "
        "default), of the shape (…), and its mean (`reduction` mean, the default), sum or none, as PyTorch's "
        "triplet_margin_loss with p = 2; as there, 1e-6 is added to each difference.\n"
        "Errors: shapes that differ, or without an axis; an unknown reduction; integers, two dtypes.\n"
        "Source: V. Balntas et al., Learning local feature descriptors with triplets, 2016.",
    .arity = 3,
    .attrs = margin_1_attrs,
    .infer = triplet_infer,
    .compose = triplet_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-1, 1, 3, 4), WG_SAMPLE(2, 3, 3, 4), WG_SAMPLE(-1, 1, 3, 4)}, {{0}}},
            {3,
             {WG_SAMPLE(-1, 1, 2, 3, 2), WG_SAMPLE(-1, 1, 2, 3, 2), WG_SAMPLE(1, 2, 2, 3, 2)},
             {WG_SAMPLE_REAL("margin", 9), WG_SAMPLE_REDUCTION("none")}},
            {3, {WG_SAMPLE(-1, 1, 4), WG_SAMPLE(-1, 1, 4), WG_SAMPLE(8, 9, 4)}, {WG_SAMPLE_REDUCTION("sum")}},
            {3, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(1, 1, 0, 3)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_triplet_margin_loss(wg_node *anchor, wg_node *positive, wg_node *negative, double margin,
                                wg_reduction reduction) {
  return apply_margin(&wg_op_triplet_margin_loss, 3, (wg_node *[]){anchor, positive, negative}, margin, reduction);
}

static bool cosine_embedding_infer(wg_draft *draft) {
  if (!vectors_infer(draft, 2)) return false;
  if (!wg_shape_equal(draft->inputs[2]->shape, &draft->shape))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "there must be one sign for each pair of vectors");
  return true;
}

/* a·b / √((‖a‖² + ε)(‖b‖² + ε)) along the last axis, with PyTorch's ε = 1e-12. */
static wg_node *cosine(wg_node *a, wg_node *b) {
  int64_t last = -1;
  wg_node *epsilon = wg_scalar_like(a, 1e-12);
  wg_node *a_size = wg_add(wg_sum(wg_square(a), 1, &last, false), epsilon);
  wg_node *b_size = wg_add(wg_sum(wg_square(b), 1, &last, false), epsilon);
  return wg_div(wg_sum(wg_mul(a, b), 1, &last, false), wg_sqrt(wg_mul(a_size, b_size)));
}

static wg_node *cosine_embedding_compose(const wg_draft *draft) {
  wg_node *c = cosine(draft->inputs[0], draft->inputs[1]);
  wg_node *margin = wg_scalar_like(c, draft->attrs[MARGIN].number);
  return wg_loss_reduce(draft, by_sign(draft->inputs[2], wg_sub(wg_scalar_like(c, 1), c), wg_relu(wg_sub(c, margin))));
}

const wg_op wg_op_cosine_embedding_loss = {
    .name = "cosine_embedding_loss",
    .doc =
        "For vectors a, b (…,D) along the last axis and signs y (…): 1 − cos(a, b) where y = 1, max(0, cos(a, b) − "
        "margin) where y = −1 (margin 0 by default); of the shape (…), and its mean (`reduction` mean, the default), "
        "sum or none, as PyTorch's cosine_embedding_loss.\n"
        "Errors: shapes that do not fit; an unknown reduction; integers, two dtypes.",
    .arity = 3,
    .attrs = margin_0_attrs,
    .nondifferentiable = 1u << 2,
    .infer = cosine_embedding_infer,
    .compose = cosine_embedding_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-1, 1, 3, 4), WG_SAMPLE(-1, 1, 3, 4), WG_SAMPLE(1, 1, 3)}, {{0}}},
            {3,
             {WG_SAMPLE(0.5, 1, 3, 4), WG_SAMPLE(0.5, 1, 3, 4), WG_SAMPLE(-1, -1, 3)},
             {WG_SAMPLE_REAL("margin", 0.2), WG_SAMPLE_REDUCTION("none")}},
            {3, {WG_SAMPLE(0.5, 1, 4), WG_SAMPLE(0.5, 1, 4), WG_SAMPLE_SCALAR(-1, -1)}, {WG_SAMPLE_REDUCTION("sum")}},
            {3, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(1, 1, 0)}, {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_cosine_embedding_loss(wg_node *a, wg_node *b, wg_node *signs, double margin, wg_reduction reduction) {
  return apply_margin(&wg_op_cosine_embedding_loss, 3, (wg_node *[]){a, b, signs}, margin, reduction);
}
