/* bce.c: binary cross-entropy, of probabilities a or of logits z with a = σ(z), against targets y in [0, 1].
 *
 *     −(y ln a + (1−y) ln(1−a))                     ∂a = −y/a + (1−y)/(1−a)     ∂y = ln(1−a) − ln a
 *     max(z, 0) − z·y + ln(1 + e^(−|z|))            ∂z = σ(z) − y               ∂y = −z
 *
 * The two are the same number. By the chain rule the first gives ∂z = ∂a·a(1−a), which multiplies out to a − y on paper
 * only: where a has been rounded to 1 and y = 0, the factors are ∞ and 0. The second has one rule, and is right there. */
#include "loop.h"
#include "loss.h"

#include <float.h>

/* ---- Probabilities ---- */

/* The probability is moved into [low, high] inside (0, 1), as wg_probability does. */
#define INSIDE(p, low, high) ((p) < (low) ? (low) : (p) > (high) ? (high) : (p))
#define INSIDE_F32(p) INSIDE(p, FLT_MIN, 1 - FLT_EPSILON / 2)
#define INSIDE_F64(p) INSIDE(p, DBL_MIN, 1 - DBL_EPSILON / 2)

WG_LOOP_2_OF(float, bce_terms_f32, -(b *log(INSIDE_F32(a)) + (1 - b) * log1p(-INSIDE_F32(a))))
WG_LOOP_2_OF(double, bce_terms_f64, -(b *log(INSIDE_F64(a)) + (1 - b) * log1p(-INSIDE_F64(a))))

static wg_node *bce_terms_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = wg_probability(y->inputs[0]), *target = y->inputs[1], *one = wg_scalar_like(a, 1);
  wg_node *a_rest = wg_sub(one, a), *target_rest = wg_sub(one, target);
  if (i == 0) return wg_chain(dy, wg_add(wg_div(wg_neg(target), a), wg_div(target_rest, a_rest)));
  return wg_chain(dy, wg_sub(wg_log(a_rest), wg_log(a)));
}

const wg_op wg_op_bce_terms = {
    .name = "bce_terms",
    .doc = "−(y ln a + (1−y) ln(1−a)), elementwise, for probabilities a and targets y in [0, 1] of the same "
           "shape. a = 0 and a = 1 are taken as the nearest numbers inside (0, 1), and so in the derivative −y/a "
           "+ (1−y)/(1−a), which is finite for every a. (PyTorch bounds ln by −100 and the denominator of the "
           "derivative by 1e-12.)\n"
           "Errors: shapes that differ; integers, two dtypes.",
    .arity = 2,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(bce_terms),
    .vjp = bce_terms_vjp,
    .notation = {.unicode = "BCE(%-0, %-1)", .ascii = "BCE(%-0, %-1)", .latex = "\\operatorname{BCE}(%-0, %-1)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(0.1, 0.9, 3, 4), WG_SAMPLE(0.1, 0.9, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(0.1, 0.9), WG_SAMPLE_SCALAR(0.1, 0.9)}, {{0}}},
            {2, {WG_SAMPLE(0.1, 0.9, 0, 3), WG_SAMPLE(0.1, 0.9, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_bce_terms(wg_node *probabilities, wg_node *targets) {
  return wg_apply_2(&wg_op_bce_terms, probabilities, targets, NULL);
}

/* ---- Logits ---- */

#define LOGITS_TERM(z, y) (((z) > 0 ? (z) : 0) - (z) * (y) + log1p_exp(-fabs(z)))

WG_LOOP_2(bce_logits_terms, LOGITS_TERM(a, b))

/* Together with σ(z), whose e^(−|z|) is the same. As WG_LOOP_2, and to two places. */
#define WITH_SIGMOID(type, name)                                                                                       \
  WG_SPECIALIZED void name##_strided(int64_t n, type *out, type *sigmoid, const type *z, const type *y,                \
                                     int64_t z_step, int64_t y_step, bool fused) {                                     \
    WG_INDEPENDENT                                                                                                     \
    for (int64_t k = 0; k < n; k++) {                                                                                  \
      const type x = z[k * z_step];                                                                                    \
      out[k] = LOGITS_TERM(x, y[k * y_step]);                                                                          \
      sigmoid[k] = logistic(x);                                                                                        \
    }                                                                                                                  \
  }                                                                                                                    \
  WG_SPECIALIZED void name##_each(int64_t n, type *out, type *sigmoid, const type *z, const type *y, bool fused) {     \
    const int64_t lanes = (int64_t)WG_LANES(type), whole = n < lanes ? n : n & -lanes, rest = n - whole;               \
    type last[WG_LANES(type)], last_sigmoid[WG_LANES(type)];                                                           \
    for (int64_t lane = 0; rest && lane < lanes; lane++) {                                                             \
      const type x = z[n - lanes + lane];                                                                              \
      last[lane] = LOGITS_TERM(x, y[n - lanes + lane]);                                                                \
      last_sigmoid[lane] = logistic(x);                                                                                \
    }                                                                                                                  \
    name##_strided(whole, out, sigmoid, z, y, 1, 1, fused);                                                            \
    if (!rest) return;                                                                                                 \
    wg_copy_rest(out + whole, last + (lanes - rest), (size_t)rest * sizeof(type));                                     \
    wg_copy_rest(sigmoid + whole, last_sigmoid + (lanes - rest), (size_t)rest * sizeof(type));                         \
  }                                                                                                                    \
  WG_LEVELS_OF(name##_dense, (int64_t n, type * out, type * sigmoid, const type *z, const type *y),                    \
               name##_strided(n, out, sigmoid, z, y, 1, 1, fused), name##_each(n, out, sigmoid, z, y, fused))          \
  WG_LEVELS(name##_apart,                                                                                              \
            (int64_t n, type * out, type * sigmoid, const type *z, const type *y, int64_t z_step, int64_t y_step),     \
            name##_strided(n, out, sigmoid, z, y, z_step, y_step, fused))                                              \
  static void name(const wg_node *node, int64_t n, void *out, const void *const *in, const int64_t *stride) {          \
    type *sigmoid = (type *)in[2];                                                                                     \
    (void)node;                                                                                                        \
    if (stride[0] == 1 && stride[1] == 1)                                                                              \
      WG_AT_BEST_LEVEL(name##_dense, (n, out, sigmoid, in[0], in[1]));                                                 \
    else                                                                                                               \
      WG_AT_BEST_LEVEL(name##_apart, (n, out, sigmoid, in[0], in[1], stride[0], stride[1]));                           \
  }
WITH_SIGMOID(float, terms_and_sigmoid_f32)
WITH_SIGMOID(double, terms_and_sigmoid_f64)

static wg_node *bce_logits_terms_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *z = y->inputs[0], *target = y->inputs[1];
  return wg_chain(dy, i == 0 ? wg_sub(wg_sigmoid(z), target) : wg_neg(z));
}

const wg_op wg_op_bce_logits_terms = {
    .name = "bce_logits_terms",
    .doc = "−(y ln σ(z) + (1−y) ln(1−σ(z))) = max(z, 0) − z·y + ln(1 + e^(−|z|)), elementwise, for logits z and "
           "targets y in [0, 1] of the same shape. Precise and safe from overflow for every finite z.\n"
           "Errors: shapes that differ; integers, two dtypes.",
    .arity = 2,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(bce_logits_terms),
    .twin = &(const wg_twin){.op = &wg_op_sigmoid, .loop = WG_LOOPS(terms_and_sigmoid)},
    .vjp = bce_logits_terms_vjp,
    .notation = {.unicode = "BCE(σ(%-0), %-1)",
                 .ascii = "BCE(sigmoid(%-0), %-1)",
                 .latex = "\\operatorname{BCE}(\\sigma(%-0), %-1)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-3, 3, 3, 4), WG_SAMPLE(0, 1, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(20, 30, 3), WG_SAMPLE(0, 1, 3)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(-3, 3), WG_SAMPLE_SCALAR(0, 1)}, {{0}}},
            {2, {WG_SAMPLE(-3, 3, 0, 3), WG_SAMPLE(0, 1, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_bce_logits_terms(wg_node *logits, wg_node *targets) {
  return wg_apply_2(&wg_op_bce_logits_terms, logits, targets, NULL);
}

/* ---- Their mean, or sum ---- */

static wg_node *binary_cross_entropy_compose(const wg_draft *draft) {
  return wg_loss_reduce(draft, wg_bce_terms(draft->inputs[0], draft->inputs[1]));
}

static wg_node *binary_cross_entropy_logits_compose(const wg_draft *draft) {
  return wg_loss_reduce(draft, wg_bce_logits_terms(draft->inputs[0], draft->inputs[1]));
}

const wg_op wg_op_binary_cross_entropy = {
    .name = "binary_cross_entropy",
    .doc = "bce_terms of probabilities and targets, and their mean over all elements (`reduction` mean, the "
           "default), sum or none.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 2,
    .attrs = wg_loss_attrs,
    .infer = wg_infer_loss,
    .compose = binary_cross_entropy_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(0.1, 0.9, 3, 4), WG_SAMPLE(0.1, 0.9, 3, 4)}, {{0}}},
            {2,
             {WG_SAMPLE(0.1, 0.9, 1, 5), WG_SAMPLE(0.1, 0.9, 1, 5)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "none"}}},
            {2,
             {WG_SAMPLE(0.1, 0.9, 0, 3), WG_SAMPLE(0.1, 0.9, 0, 3)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "sum"}}},
            {0},
        },
};

const wg_op wg_op_binary_cross_entropy_logits = {
    .name = "binary_cross_entropy_logits",
    .doc = "bce_logits_terms of logits and targets, and their mean over all elements (`reduction` mean, the "
           "default), sum or none.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 2,
    .attrs = wg_loss_attrs,
    .infer = wg_infer_loss,
    .compose = binary_cross_entropy_logits_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-3, 3, 3, 4), WG_SAMPLE(0, 1, 3, 4)}, {{0}}},
            {2,
             {WG_SAMPLE(-3, 3, 1, 5), WG_SAMPLE(0, 1, 1, 5)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "none"}}},
            {2,
             {WG_SAMPLE(-3, 3, 0, 3), WG_SAMPLE(0, 1, 0, 3)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "sum"}}},
            {0},
        },
};

wg_node *wg_binary_cross_entropy(wg_node *probabilities, wg_node *targets) {
  return wg_binary_cross_entropy_reduced(probabilities, targets, WG_MEAN);
}

wg_node *wg_binary_cross_entropy_logits(wg_node *logits, wg_node *targets) {
  return wg_binary_cross_entropy_logits_reduced(logits, targets, WG_MEAN);
}

wg_node *wg_binary_cross_entropy_reduced(wg_node *probabilities, wg_node *targets, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_binary_cross_entropy, probabilities, targets, reduction);
}

wg_node *wg_binary_cross_entropy_logits_reduced(wg_node *logits, wg_node *targets, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_binary_cross_entropy_logits, logits, targets, reduction);
}
