/* likelihood.c: negative log-likelihoods of distributions whose parameters a net puts out, and a divergence.
 *
 *     gaussian   ½ (ln v + (x − t)²/v)          [+ ½ ln 2π]               x the mean, v the variance
 *     poisson    e^x − t·x,  or  x − t ln x     [+ t ln t − t + ½ ln 2πt]  x the log rate, or the rate
 *     kl         t (ln t − x),  or  e^t (t − x)                           x, and perhaps t, log-probabilities
 *
 * Brackets hold what does not depend on x, which `full` adds. */
#include "function.h"
#include "loss.h"

/* Below it a variance, or a rate under a logarithm, counts as this: PyTorch's default. */
static const double gaussian_smallest = 1e-6, poisson_shift = 1e-8;
static const double ln_2_pi = 1.8378770664093454836;

/* ---- Gaussian ---- */

enum { REDUCTION, FULL, LOG_INPUT };

static wg_node *gaussian_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0], *t = draft->inputs[1];
  wg_node *v = wg_maximum(draft->inputs[2], wg_scalar_like(x, gaussian_smallest));
  wg_node *terms = wg_scale(wg_add(wg_log(v), wg_div(wg_square(wg_sub(x, t)), v)), 0.5);
  if (draft->attrs[FULL].integer) terms = wg_add(terms, wg_scalar_like(x, ln_2_pi / 2));
  return wg_loss_reduce(draft, terms);
}

const wg_op wg_op_gaussian_nll_loss = {
    .name = "gaussian_nll_loss",
    .doc =
        "½ (ln v + (x − t)²/v) for means x, targets t and variances v, which broadcast together; with `full` also "
        "½ ln 2π; and the mean over all elements (`reduction` mean, the default), sum or none, as PyTorch's "
        "gaussian_nll_loss. A variance below 1e-6 counts as that, and then has the derivative 0 (in PyTorch it keeps "
        "that of 1e-6).\n"
        "Errors: shapes that do not broadcast; an unknown reduction; integers, two dtypes.\n"
        "Source: D. Nix and A. Weigend, Estimating the mean and variance of the target distribution, 1994.",
    .arity = 3,
    .attrs =
        (const wg_attr[]){[REDUCTION] = WG_LOSS_REDUCTION, [FULL] = {.name = "full", .kind = WG_ATTR_INTEGER}, {0}},
    .infer = wg_infer_loss_broadcast,
    .compose = gaussian_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(0.5, 2, 3, 4)}, {{0}}},
            {3,
             {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(0.5, 2, 3, 1)},
             {WG_SAMPLE_NUMBER("full", 1), WG_SAMPLE_REDUCTION("sum")}},
            {3,
             {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(0.5, 2)},
             {WG_SAMPLE_REDUCTION("none")}},
            {3,
             {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(0.5, 2, 0, 3)},
             {WG_SAMPLE_REDUCTION("sum")}},
            {0},
        },
};

wg_node *wg_gaussian_nll_loss(wg_node *x, wg_node *targets, wg_node *variance, bool full, wg_reduction reduction) {
  return wg_apply(
      &wg_op_gaussian_nll_loss, 3, (wg_node *[]){x, targets, variance},
      (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)), wg_attr_integer("full", full), {0}});
}

/* ---- Poisson ---- */

/* Stirling's approximation of ln t!, for counts above 1. */
static wg_node *stirling(wg_node *t) {
  wg_node *one = wg_scalar_like(t, 1), *many = wg_greater(t, one), *safe = wg_where(many, t, one);
  wg_node *log_t = wg_log(safe);
  wg_node *half_log = wg_scale(wg_add(log_t, wg_scalar_like(t, ln_2_pi)), 0.5);
  return wg_where(many, wg_add(wg_sub(wg_mul(safe, log_t), safe), half_log), wg_scalar_like(t, 0));
}

static wg_node *poisson_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0], *t = draft->inputs[1];
  wg_node *terms = draft->attrs[LOG_INPUT].integer
                       ? wg_sub(wg_exp(x), wg_mul(t, x))
                       : wg_sub(x, wg_mul(t, wg_log(wg_add(x, wg_scalar_like(x, poisson_shift)))));
  if (draft->attrs[FULL].integer) terms = wg_add(terms, stirling(t));
  return wg_loss_reduce(draft, terms);
}

const wg_op wg_op_poisson_nll_loss = {
    .name = "poisson_nll_loss",
    .doc =
        "For targets t ≥ 0, counts: e^x − t·x for logarithms x of rates (`log_input` 1, the default), or x − t ln(x + "
        "1e-8) for rates x (`log_input` 0); with `full` also Stirling's t ln t − t + ½ ln 2πt where t > 1; and the "
        "mean over all elements (`reduction` mean, the default), sum or none, as PyTorch's poisson_nll_loss (whose "
        "derivative by a target of 0 is NaN with `full`). The shapes must be equal.\n"
        "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 2,
    .attrs = (const wg_attr[]){[REDUCTION] = WG_LOSS_REDUCTION,
                               [FULL] = {.name = "full", .kind = WG_ATTR_INTEGER},
                               [LOG_INPUT] = {.name = "log_input", .kind = WG_ATTR_INTEGER, .integer = 1},
                               {0}},
    .infer = wg_infer_loss,
    .compose = poisson_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(2, 5, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(0.5, 3, 5), WG_SAMPLE(1.5, 4, 5)}, {WG_SAMPLE_NUMBER("log_input", 0)}},
            {2, {WG_SAMPLE(-2, 2, 5), WG_SAMPLE(1.5, 4, 5)}, {WG_SAMPLE_NUMBER("full", 1), WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(0, 1)}, {WG_SAMPLE_NUMBER("full", 1)}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(0, 2, 0, 3)}, {WG_SAMPLE_REDUCTION("none")}},
            {0},
        },
};

wg_node *wg_poisson_nll_loss(wg_node *x, wg_node *targets, bool log_input, bool full, wg_reduction reduction) {
  return wg_apply_2(&wg_op_poisson_nll_loss, x, targets,
                    (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)),
                                wg_attr_integer("full", full),
                                wg_attr_integer("log_input", log_input),
                                {0}});
}

/* ---- Kullback–Leibler divergence ---- */

enum { LOG_TARGETS = 1 };

static wg_node *kl_div_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0], *t = draft->inputs[1];
  wg_node *terms =
      draft->attrs[LOG_TARGETS].integer ? wg_mul(wg_exp(t), wg_sub(t, x)) : wg_sub(wg_xlogy(t, t), wg_mul(t, x));
  return wg_loss_reduce(draft, terms);
}

const wg_op wg_op_kl_div_loss = {
    .name = "kl_div_loss",
    .doc = "t (ln t − x) for log-probabilities x and probabilities t, where t = 0 counts 0; or e^t (t − x) for "
           "log-probabilities t (`log_targets` 1); and the mean over all elements (`reduction` mean, the default), sum "
           "or none, as PyTorch's kl_div. The divergence of a batch of distributions is the sum, divided by their "
           "number. The shapes must be equal.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.\n"
           "Source: S. Kullback and R. A. Leibler, On information and sufficiency, 1951.",
    .arity = 2,
    .attrs =
        (const wg_attr[]){
            [REDUCTION] = WG_LOSS_REDUCTION, [LOG_TARGETS] = {.name = "log_targets", .kind = WG_ATTR_INTEGER}, {0}},
    .infer = wg_infer_loss,
    .compose = kl_div_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-3, -0.1, 3, 4), WG_SAMPLE(0.1, 0.9, 3, 4)}, {{0}}},
            {2,
             {WG_SAMPLE(-3, -0.1, 5), WG_SAMPLE(-3, -0.1, 5)},
             {WG_SAMPLE_NUMBER("log_targets", 1), WG_SAMPLE_REDUCTION("sum")}},
            {2, {WG_SAMPLE_SCALAR(-3, -0.1), WG_SAMPLE_SCALAR(0.1, 0.9)}, {WG_SAMPLE_REDUCTION("none")}},
            {2, {WG_SAMPLE(-3, -0.1, 0, 3), WG_SAMPLE(0.1, 0.9, 0, 3)}, {WG_SAMPLE_REDUCTION("none")}},
            {0},
        },
};

wg_node *wg_kl_div_loss(wg_node *log_probabilities, wg_node *targets, bool log_targets, wg_reduction reduction) {
  return wg_apply_2(&wg_op_kl_div_loss, log_probabilities, targets,
                    (wg_attr[]){wg_attr_text("reduction", wg_reduction_text(reduction)),
                                wg_attr_integer("log_targets", log_targets),
                                {0}});
}
