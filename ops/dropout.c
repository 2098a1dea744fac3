/* dropout.c: elements left out at random, the same ones for the same seed.
 *
 *     y = x ⊙ mask,   mask = 0 with probability p and 1/(1 − p) otherwise, so that the expected value is x
 *
 * The seed is a node, so that its value can change from step to step while graph and plan remain. Element number k of the
 * mask depends on the seed, the stream and k alone (a counter-based generator), and so on no order of work. */
#include "axis.h"
#include "rule.h"

enum { LIKE, SEED };
enum { P, STREAM };

static const wg_attr dropout_attrs[] = {[P] = {.name = "p", .kind = WG_ATTR_NUMBER, .number = 0.5},
                                        [STREAM] = {.name = "stream", .kind = WG_ATTR_INTEGER},
                                        {0}};

/* The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014), whose
 * k-th output is mix(start + k·γ). */
static const uint64_t gamma_step = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static bool dropout_infer(wg_draft *draft) {
  const wg_node *x = draft->inputs[LIKE], *seed = draft->inputs[SEED];
  double p = draft->attrs[P].number;
  if (x->dtype == WG_I64) return wg_draft_fail(draft, WG_ERROR_DTYPE, "x is f32 or f64, not i64");
  if (seed->dtype != WG_I64 || seed->shape->rank != 0)
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "the seed is a scalar of type i64");
  if (!(p >= 0 && p <= 1)) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "a probability of %g is not in 0 … 1", p);
  draft->dtype = x->dtype;
  draft->shape = *x->shape;
  return true;
}

static wg_status dropout_mask(wg_call *call) {
  double p = call->node->attrs[P].number, kept = p < 1 ? 1 / (1 - p) : 0;
  uint64_t seed = (uint64_t) * (const int64_t *)call->in[SEED].data;
  uint64_t start = mix(mix(seed + gamma_step) + (uint64_t)call->node->attrs[STREAM].integer * gamma_step);
  int64_t count = wg_row_count(call->out.shape, -1);
  for (int64_t k = 0; k < count; k++) {
    double uniform = (double)(mix(start + ((uint64_t)k + 1) * gamma_step) >> 11) * 0x1p-53;
    double value = uniform < p ? 0 : kept;
    if (call->out.dtype == WG_F32)
      ((float *)call->out.data)[k] = (float)value;
    else
      ((double *)call->out.data)[k] = value;
  }
  return WG_OK;
}

#define DROPOUT_SAMPLES                                                                                                \
  (const wg_sample[]) {                                                                                                \
    {2, {WG_SAMPLE(-2, 2, 3, 4), {{0, {0}}, 0, 9, true}}, {{0}}},                                                      \
        {2,                                                                                                            \
         {WG_SAMPLE(-2, 2, 2, 5), {{0, {0}}, 0, 9, true}},                                                             \
         {{.name = "p", .kind = WG_ATTR_NUMBER, .number = 0.2}, WG_SAMPLE_NUMBER("stream", 3)}},                       \
        {2, {WG_SAMPLE_SCALAR(-2, 2), {{0, {0}}, 0, 9, true}}, {{.name = "p", .kind = WG_ATTR_NUMBER, .number = 0}}},  \
        {2, {WG_SAMPLE(-2, 2, 0, 3), {{0, {0}}, 0, 9, true}}, {{0}}}, {                                                \
      0                                                                                                                \
    }                                                                                                                  \
  }

const wg_op wg_op_dropout_mask = {
    .name = "dropout_mask",
    .doc = "The mask of dropout: of the shape and dtype of x, whose values do not matter; 0 with probability p (1/2 "
           "unless given) and 1/(1 − p) otherwise, independently, determined by the seed (a scalar of type i64), the "
           "`stream` (0 unless given) and the place of the element. f32 and f64 have the same zeros. It has no "
           "derivative.\n"
           "Errors: a seed of another type or shape, a p outside 0 … 1; integers.",
    .arity = 2,
    .attrs = dropout_attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = dropout_infer,
    .kernel = {[WG_F32] = dropout_mask, [WG_F64] = dropout_mask},
    .notation = {.unicode = "mask(%-1)", .ascii = "mask(%-1)", .latex = "\\operatorname{mask}(%-1)"},
    .samples = DROPOUT_SAMPLES,
};

wg_node *wg_dropout_mask(wg_node *x, wg_node *seed, double p, int64_t stream) {
  return wg_apply_2(&wg_op_dropout_mask, x, seed,
                    (wg_attr[]){wg_attr_number("p", p), wg_attr_integer("stream", stream), {0}});
}

static wg_node *dropout_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[LIKE];
  return wg_mul(x, wg_dropout_mask(x, draft->inputs[SEED], draft->attrs[P].number, draft->attrs[STREAM].integer));
}

const wg_op wg_op_dropout = {
    .name = "dropout",
    .doc = "x with each element 0 with probability p (1/2 unless given) and divided by 1 − p otherwise: x ⊙ "
           "dropout_mask. The seed is a scalar of type i64, an input to which each training step binds another number; "
           "the same seed gives the same zeros on every machine and with any number of threads. Layers that share a "
           "seed get a `stream` each, any number of their own, or elements at the same place share their fate. As "
           "torch.nn.functional.dropout in training, with other random numbers; for inference, leave it out. Source: "
           "Srivastava and others, 2014.\n"
           "Errors: a seed of another type or shape, a p outside 0 … 1; integers.",
    .arity = 2,
    .attrs = dropout_attrs,
    .nondifferentiable = 1u << SEED,
    .infer = dropout_infer,
    .compose = dropout_compose,
    .samples = DROPOUT_SAMPLES,
};

wg_node *wg_dropout(wg_node *x, wg_node *seed, double p, int64_t stream) {
  return wg_apply_2(&wg_op_dropout, x, seed,
                    (wg_attr[]){wg_attr_number("p", p), wg_attr_integer("stream", stream), {0}});
}
