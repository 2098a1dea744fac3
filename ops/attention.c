/* attention.c: scaled dot-product attention, softmax(q·kᵀ·scale)·v, recorded as just that. */
#include "layer.h"

#include <math.h>

enum { QUERY, KEY, VALUE, MASK, INPUTS };
enum { CAUSAL, ADDITIVE, SCALE };

static bool attention_infer(wg_draft *draft) {
  if (!wg_infer_layer(draft, MASK, INPUTS)) return false;
  const wg_shape *q = draft->inputs[QUERY]->shape, *k = draft->inputs[KEY]->shape, *v = draft->inputs[VALUE]->shape;
  if (q->rank < 2 || k->rank < 2 || v->rank < 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "queries, keys and values are (…,L,E), (…,S,E) and (…,S,F)");
  if (q->size[q->rank - 1] != k->size[k->rank - 1])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "queries of %lld numbers do not meet keys of %lld",
                         (long long)q->size[q->rank - 1], (long long)k->size[k->rank - 1]);
  if (k->size[k->rank - 2] != v->size[v->rank - 2])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "there are %lld keys and %lld values", (long long)k->size[k->rank - 2],
                         (long long)v->size[v->rank - 2]);
  return isfinite(draft->attrs[SCALE].number) || wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the scale is not finite");
}

/* 1 where the query comes no earlier than the key, for the last two axes of the scores. */
static wg_node *causal_mask(wg_node *scores) {
  wg_shape shape = wg_node_shape(scores);
  if (shape.rank < 2) return scores; /* inert */
  int64_t queries = shape.size[shape.rank - 2], keys = shape.size[shape.rank - 1];
  wg_node *rows = wg_arange(scores->tape, scores->dtype, 0, (double)queries, 1);
  return wg_greater_equal(wg_reshape(rows, WG_SHAPE(queries, 1)),
                          wg_arange(scores->tape, scores->dtype, 0, (double)keys, 1));
}

/* Softmax along the last axis of the scores that take part, and 0 for the others; all 0 where none takes part. What
 * takes no part is set far below any score, so that its exponential is exactly 0, yet no infinity comes up. */
static wg_node *masked_softmax(wg_node *scores, wg_node *mask) {
  if (!mask) return wg_softmax(scores, -1);
  wg_node *lowest = wg_scalar_like(scores, -1e30);
  return wg_where(mask, wg_softmax(wg_where(mask, scores, lowest), -1), wg_scalar_like(scores, 0));
}

static wg_node *attention_compose(const wg_draft *draft) {
  wg_node *q = draft->inputs[QUERY], *mask = wg_input_at(draft, MASK);
  int64_t size = q->shape->size[q->shape->rank - 1];
  double scale = draft->attrs[SCALE].number;
  if (scale == 0) scale = size ? 1 / sqrt((double)size) : 1;
  wg_node *scores = wg_matmul(wg_scale(q, scale), wg_transpose(draft->inputs[KEY]));
  if (mask && draft->attrs[ADDITIVE].integer) {
    scores = wg_add(scores, mask);
    mask = NULL;
  }
  if (draft->attrs[CAUSAL].integer) {
    wg_node *causal = causal_mask(scores);
    mask = mask ? wg_logical_and(mask, causal) : causal;
  }
  return wg_matmul(masked_softmax(scores, mask), draft->inputs[VALUE]);
}

const wg_op wg_op_scaled_dot_product_attention = {
    .name = "scaled_dot_product_attention",
    .doc =
        "softmax(scale·q·kᵀ)·v for queries (…,L,E), keys (…,S,E) and values (…,S,F), (…,L,F); leading axes broadcast, "
        "and `scale` is 1/√E unless given (0 means that). A mask, if given, broadcasts to (…,L,S): keys take part "
        "where "
        "it is not 0; with `additive` it is added to the scaled scores instead (as a bias with a derivative). With "
        "`causal`, query i sees keys 0 … i only, beside what the mask says. A query that sees no key gets 0. As "
        "torch.nn.functional.scaled_dot_product_attention (whose boolean masks are masks here, and whose masks of "
        "numbers are additive ones); dropout is not included. Source: Vaswani and others, 2017.\n"
        "Errors: shapes that do not fit, a scale that is not finite; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = (const wg_attr[]){[CAUSAL] = {.name = "causal", .kind = WG_ATTR_INTEGER},
                               [ADDITIVE] = {.name = "additive", .kind = WG_ATTR_INTEGER},
                               [SCALE] = {.name = "scale", .kind = WG_ATTR_NUMBER},
                               {0}},
    .infer = attention_infer,
    .compose = attention_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 3, 3), WG_SAMPLE(-2, 2, 3, 2)}, {{0}}},
            {3,
             {WG_SAMPLE(-2, 2, 2, 2, 2), WG_SAMPLE(-2, 2, 2, 2), WG_SAMPLE(-2, 2, 2, 2, 2)},
             {WG_SAMPLE_NUMBER("causal", 1), {.name = "scale", .kind = WG_ATTR_NUMBER, .number = 0.3}}},
            {4,
             {WG_SAMPLE(-2, 2, 2, 2), WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(1, 2, 3)},
             {WG_SAMPLE_NUMBER("causal", 1)}},
            {4,
             {WG_SAMPLE(-2, 2, 2, 2), WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 2, 3)},
             {WG_SAMPLE_NUMBER("additive", 1)}},
            {3, {WG_SAMPLE(-2, 2, 0, 2), WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-2, 2, 3, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_scaled_dot_product_attention(wg_node *query, wg_node *key, wg_node *value, wg_node *mask, bool additive,
                                         bool causal, double scale) {
  return wg_apply_present(&wg_op_scaled_dot_product_attention, MASK, INPUTS, (wg_node *[]){query, key, value, mask},
                          (wg_attr[]){wg_attr_integer("causal", causal ? 1 : 0),
                                      wg_attr_integer("additive", additive ? 1 : 0),
                                      wg_attr_number("scale", scale),
                                      {0}});
}
