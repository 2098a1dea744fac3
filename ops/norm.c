/* norm.c: normalization of a group of elements by their own mean and variance,
 *
 *     x̂ = (x − μ) / √(σ² + ε),   μ = mean x,   σ² = mean (x − μ)²,   y = γ ⊙ x̂ + β
 *
 * recorded as just that. The layers differ in which elements make a group. */
#include "layer.h"

enum { X, WEIGHT, BIAS, INPUTS };

/* x − μ over these axes, divided by √(σ² + ε). */
static wg_node *standardized(wg_node *x, int count, const int64_t *axes, double epsilon) {
  wg_node *centered = wg_sub(x, wg_mean(x, count, axes, true));
  wg_node *variance = wg_mean(wg_square(centered), count, axes, true);
  return wg_mul(centered, wg_rsqrt(wg_add(variance, wg_scalar_like(x, epsilon))));
}

/* γ ⊙ x + β, of which both or β may be NULL; with one number for each channel, or of the shape of the last axes. */
static wg_node *scaled(wg_node *x, wg_node *weight, wg_node *bias, bool channels) {
  if (weight) x = wg_mul(x, channels ? wg_along_channels(weight, x) : weight);
  if (bias) x = wg_add(x, channels ? wg_along_channels(bias, x) : bias);
  return x;
}

/* Records a layer with weights and bias, either of which may be NULL. A bias without weights goes with weights of 1. */
static wg_node *norm(const wg_op *op, wg_node *x, wg_node *weight, wg_node *bias, const wg_attr *attrs) {
  if (!weight && bias) weight = wg_fill(wg_node_tape(bias), wg_node_dtype(bias), wg_node_shape(bias), 1);
  return wg_apply_present(op, WEIGHT, INPUTS, (wg_node *[]){x, weight, bias}, attrs);
}

static bool epsilon_infer(const wg_draft *draft, double epsilon) {
  return epsilon >= 0 || wg_draft_fail(draft, WG_ERROR_ARGUMENT, "an epsilon of %g is not 0 or more", epsilon);
}

/* (N,C,…) with weights and bias (C), inputs number `from` and the next. */
static bool channels_infer(const wg_draft *draft, int from) {
  const wg_shape *x = draft->inputs[X]->shape;
  if (x->rank < 2) return wg_draft_fail(draft, WG_ERROR_SHAPE, "x has rank %d, below that of (N,C,…)", x->rank);
  return wg_infer_shape_of(draft, from, "the weight", WG_SHAPE(x->size[1])) &&
         wg_infer_shape_of(draft, from + 1, "the bias", WG_SHAPE(x->size[1]));
}

/* ---- batch_norm ---- */

enum { EPSILON };
static const wg_attr epsilon_attrs[] = {[EPSILON] = {.name = "epsilon", .kind = WG_ATTR_NUMBER, .number = 1e-5}, {0}};

#define SAMPLE_EPSILON(value)                                                                                          \
  { .name = "epsilon", .kind = WG_ATTR_NUMBER, .number = (value) }

static bool batch_norm_infer(wg_draft *draft) {
  return wg_infer_layer(draft, WEIGHT, INPUTS) && epsilon_infer(draft, draft->attrs[EPSILON].number) &&
         channels_infer(draft, WEIGHT);
}

static wg_node *batch_norm_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[X];
  int64_t axes[WG_RANK_MAX];
  int count = 0;
  for (int axis = 0; axis < x->shape->rank; axis++)
    if (axis != 1) axes[count++] = axis;
  wg_node *normal = standardized(x, count, axes, draft->attrs[EPSILON].number);
  return scaled(normal, wg_input_at(draft, WEIGHT), wg_input_at(draft, BIAS), true);
}

const wg_op wg_op_batch_norm = {
    .name = "batch_norm",
    .doc = "x (N,C,…) normalized channel by channel, over all samples and places: γ·(x − μ)/√(σ² + ε) + β with γ and β "
           "(C) "
           "if given, and σ² divided by the number of elements, not by one less; ε is 1e-5 unless given. As "
           "torch.nn.functional.batch_norm with training=True, which refuses one element for each channel (here that "
           "gives β). What a program keeps for batch_norm_inference it can record itself: mean(x) over the axes but 1, "
           "kept, is the node that is in the graph already. Source: Ioffe, Szegedy, 2015.\n"
           "Errors: a rank below 2, weights that are not (C), a negative epsilon; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = epsilon_attrs,
    .infer = batch_norm_infer,
    .compose = batch_norm_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 4, 2), WG_SAMPLE(-2, 2, 2), WG_SAMPLE(-2, 2, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2)}, {SAMPLE_EPSILON(0.1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 1, 2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 3, 0)}, {{0}}},
            {0},
        },
};

wg_node *wg_batch_norm(wg_node *x, wg_node *weight, wg_node *bias, double epsilon) {
  return norm(&wg_op_batch_norm, x, weight, bias, (wg_attr[]){wg_attr_number("epsilon", epsilon), {0}});
}

/* ---- batch_norm_inference ---- */

enum { MEAN = 1, VARIANCE, GIVEN_WEIGHT, GIVEN_BIAS, GIVEN_INPUTS };

static bool batch_norm_inference_infer(wg_draft *draft) {
  return wg_infer_layer(draft, GIVEN_WEIGHT, GIVEN_INPUTS) && epsilon_infer(draft, draft->attrs[EPSILON].number) &&
         channels_infer(draft, GIVEN_WEIGHT) &&
         wg_infer_shape_of(draft, MEAN, "the mean", WG_SHAPE(draft->inputs[X]->shape->size[1])) &&
         wg_infer_shape_of(draft, VARIANCE, "the variance", WG_SHAPE(draft->inputs[X]->shape->size[1]));
}

static wg_node *batch_norm_inference_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[X];
  wg_node *variance = wg_add(draft->inputs[VARIANCE], wg_scalar_like(x, draft->attrs[EPSILON].number));
  wg_node *normal =
      wg_mul(wg_sub(x, wg_along_channels(draft->inputs[MEAN], x)), wg_along_channels(wg_rsqrt(variance), x));
  return scaled(normal, wg_input_at(draft, GIVEN_WEIGHT), wg_input_at(draft, GIVEN_BIAS), true);
}

const wg_op wg_op_batch_norm_inference = {
    .name = "batch_norm_inference",
    .doc = "γ·(x − μ)/√(σ² + ε) + β for x (N,C,…) with the mean, variance and, if given, γ and β of each channel, all "
           "(C). ε is 1e-5 unless given. As torch.nn.functional.batch_norm with training=False.\n"
           "Errors: a rank below 2, inputs that are not (C), a negative epsilon; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = epsilon_attrs,
    .infer = batch_norm_inference_infer,
    .compose = batch_norm_inference_compose,
    .samples =
        (const wg_sample[]){
            {5,
             {WG_SAMPLE(-2, 2, 2, 2, 2), WG_SAMPLE(-1, 1, 2), WG_SAMPLE(0.5, 2, 2), WG_SAMPLE(-2, 2, 2),
              WG_SAMPLE(-2, 2, 2)},
             {{0}}},
            {3, {WG_SAMPLE(-2, 2, 3, 2), WG_SAMPLE(-1, 1, 2), WG_SAMPLE(0.5, 2, 2)}, {SAMPLE_EPSILON(0.1)}},
            {3, {WG_SAMPLE(-2, 2, 0, 2), WG_SAMPLE(-1, 1, 2), WG_SAMPLE(0.5, 2, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_batch_norm_inference(wg_node *x, wg_node *mean, wg_node *variance, wg_node *weight, wg_node *bias,
                                 double epsilon) {
  if (!weight && bias) weight = wg_fill(wg_node_tape(bias), wg_node_dtype(bias), wg_node_shape(bias), 1);
  return wg_apply_present(&wg_op_batch_norm_inference, GIVEN_WEIGHT, GIVEN_INPUTS,
                          (wg_node *[]){x, mean, variance, weight, bias},
                          (wg_attr[]){wg_attr_number("epsilon", epsilon), {0}});
}

/* ---- group_norm and instance_norm ---- */

enum { GROUPS = EPSILON + 1 };

/* Each sample's channels in groups, whose elements lie side by side. */
static wg_node *grouped(wg_node *x, int64_t groups, double epsilon) {
  int64_t last = 2;
  const wg_shape *shape = x->shape;
  wg_node *rows = wg_flatten(wg_unsqueeze(x, 2), 2, -1);
  if (groups != shape->size[1]) {
    wg_shape sizes = {.rank = 3, .size = {shape->size[0], groups, wg_row_count(shape, -1)}};
    if (sizes.size[2]) sizes.size[2] /= shape->size[0] * groups;
    rows = wg_reshape(x, sizes);
  }
  return wg_reshape(standardized(rows, 1, &last, epsilon), *shape);
}

static bool group_norm_infer(wg_draft *draft) {
  int64_t groups = draft->attrs[GROUPS].integer;
  if (!wg_infer_layer(draft, WEIGHT, INPUTS) || !epsilon_infer(draft, draft->attrs[EPSILON].number) ||
      !channels_infer(draft, WEIGHT))
    return false;
  int64_t channels = draft->inputs[X]->shape->size[1];
  return (groups >= 1 && channels % groups == 0) ||
         wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%lld groups do not divide %lld channels", (long long)groups,
                       (long long)channels);
}

static wg_node *group_norm_compose(const wg_draft *draft) {
  wg_node *normal = grouped(draft->inputs[X], draft->attrs[GROUPS].integer, draft->attrs[EPSILON].number);
  return scaled(normal, wg_input_at(draft, WEIGHT), wg_input_at(draft, BIAS), true);
}

const wg_op wg_op_group_norm = {
    .name = "group_norm",
    .doc = "x (N,C,…) normalized over each group of C/groups channels and all places, sample by sample: γ·(x − μ)/√(σ² "
           "+ ε) + β with γ and β (C) if given; ε is 1e-5 unless given. As torch.nn.functional.group_norm. Source: Wu, "
           "He, 2018.\n"
           "Errors: a rank below 2, groups that do not divide the channels, weights that are not (C), a negative "
           "epsilon; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = (const wg_attr[]){[EPSILON] = {.name = "epsilon", .kind = WG_ATTR_NUMBER, .number = 1e-5},
                               [GROUPS] = {.name = "groups", .kind = WG_ATTR_INTEGER, .integer = 1},
                               {0}},
    .infer = group_norm_infer,
    .compose = group_norm_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 2, 4, 2), WG_SAMPLE(-2, 2, 4), WG_SAMPLE(-2, 2, 4)}, {WG_SAMPLE_NUMBER("groups", 2)}},
            {1, {WG_SAMPLE(-2, 2, 2, 4)}, {SAMPLE_EPSILON(0.1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 4, 2)}, {WG_SAMPLE_NUMBER("groups", 2)}},
            {0},
        },
};

wg_node *wg_group_norm(wg_node *x, int64_t groups, wg_node *weight, wg_node *bias, double epsilon) {
  return norm(&wg_op_group_norm, x, weight, bias,
              (wg_attr[]){wg_attr_number("epsilon", epsilon), wg_attr_integer("groups", groups), {0}});
}

static bool instance_norm_infer(wg_draft *draft) {
  if (!batch_norm_infer(draft)) return false;
  return draft->inputs[X]->shape->rank >= 3 ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "x has rank 2: one element is nothing to normalize");
}

static wg_node *instance_norm_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[X];
  wg_node *normal = grouped(x, x->shape->size[1], draft->attrs[EPSILON].number);
  return scaled(normal, wg_input_at(draft, WEIGHT), wg_input_at(draft, BIAS), true);
}

const wg_op wg_op_instance_norm = {
    .name = "instance_norm",
    .doc = "x (N,C,…) normalized over the places of each channel of each sample: γ·(x − μ)/√(σ² + ε) + β with γ and β "
           "(C) if given; ε is 1e-5 unless given. As torch.nn.functional.instance_norm. Source: Ulyanov, Vedaldi, "
           "Lempitsky, 2016.\n"
           "Errors: a rank below 3, weights that are not (C), a negative epsilon; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = epsilon_attrs,
    .infer = instance_norm_infer,
    .compose = instance_norm_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 2, 2, 4), WG_SAMPLE(-2, 2, 2), WG_SAMPLE(-2, 2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 1, 2, 2, 2)}, {SAMPLE_EPSILON(0.1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 2, 2)}, {{0}}},
            {0},
        },
};

wg_node *wg_instance_norm(wg_node *x, wg_node *weight, wg_node *bias, double epsilon) {
  return norm(&wg_op_instance_norm, x, weight, bias, (wg_attr[]){wg_attr_number("epsilon", epsilon), {0}});
}

/* ---- layer_norm and rms_norm ---- */

enum { AXES = EPSILON + 1 };
static const wg_attr last_axes_attrs[] = {[EPSILON] = {.name = "epsilon", .kind = WG_ATTR_NUMBER, .number = 1e-5},
                                          [AXES] = {.name = "axes", .kind = WG_ATTR_INTEGER, .integer = 1},
                                          {0}};

static bool last_axes_infer(wg_draft *draft, int inputs) {
  int64_t axes = draft->attrs[AXES].integer;
  if (!wg_infer_layer(draft, WEIGHT, inputs) || !epsilon_infer(draft, draft->attrs[EPSILON].number)) return false;
  const wg_shape *x = draft->inputs[X]->shape;
  if (axes < 1 || axes > x->rank)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "rank %d has no %lld last axes", x->rank, (long long)axes);
  wg_shape last = wg_shape_of((int)axes, &x->size[x->rank - axes]);
  return wg_infer_shape_of(draft, WEIGHT, "the weight", last) && wg_infer_shape_of(draft, BIAS, "the bias", last);
}

/* The attribute's number of last axes, as a list. */
static int last_axes(const wg_draft *draft, int64_t axes[WG_RANK_MAX]) {
  int count = (int)draft->attrs[AXES].integer;
  for (int k = 0; k < count; k++) axes[k] = draft->inputs[X]->shape->rank - count + k;
  return count;
}

static bool layer_norm_infer(wg_draft *draft) { return last_axes_infer(draft, INPUTS); }

static wg_node *layer_norm_compose(const wg_draft *draft) {
  int64_t axes[WG_RANK_MAX];
  int count = last_axes(draft, axes);
  wg_node *normal = standardized(draft->inputs[X], count, axes, draft->attrs[EPSILON].number);
  return scaled(normal, wg_input_at(draft, WEIGHT), wg_input_at(draft, BIAS), false);
}

const wg_op wg_op_layer_norm = {
    .name = "layer_norm",
    .doc = "x normalized over its last `axes` axes (1 unless given): γ·(x − μ)/√(σ² + ε) + β with γ and β of the shape "
           "of these axes, if given; ε is 1e-5 unless given. As torch.nn.functional.layer_norm, which takes the sizes "
           "of these axes instead of their number. Source: Ba, Kiros, Hinton, 2016.\n"
           "Errors: no such axes, weights of another shape, a negative epsilon; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = last_axes_attrs,
    .infer = layer_norm_infer,
    .compose = layer_norm_compose,
    .samples =
        (const wg_sample[]){
            {3, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 4), WG_SAMPLE(-2, 2, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_NUMBER("axes", 2)}},
            {1, {WG_SAMPLE(-2, 2, 1, 4)}, {SAMPLE_EPSILON(0.1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 4)}, {{0}}},
            {0},
        },
};

wg_node *wg_layer_norm(wg_node *x, int64_t axes, wg_node *weight, wg_node *bias, double epsilon) {
  return norm(&wg_op_layer_norm, x, weight, bias,
              (wg_attr[]){wg_attr_number("epsilon", epsilon), wg_attr_integer("axes", axes), {0}});
}

static bool rms_norm_infer(wg_draft *draft) { return last_axes_infer(draft, BIAS); }

static wg_node *rms_norm_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[X];
  int64_t axes[WG_RANK_MAX];
  int count = last_axes(draft, axes);
  wg_node *square = wg_mean(wg_square(x), count, axes, true);
  wg_node *normal = wg_mul(x, wg_rsqrt(wg_add(square, wg_scalar_like(x, draft->attrs[EPSILON].number))));
  return scaled(normal, wg_input_at(draft, WEIGHT), NULL, false);
}

const wg_op wg_op_rms_norm = {
    .name = "rms_norm",
    .doc = "γ·x/√(mean x² + ε) over the last `axes` axes of x (1 unless given), with γ of the shape of these axes, if "
           "given; ε is 1e-5 unless given. As torch.nn.functional.rms_norm, whose ε is the machine's unless given. "
           "Source: Zhang, Sennrich, 2019.\n"
           "Errors: no such axes, weights of another shape, a negative epsilon; integers, two dtypes.",
    .arity = WG_VARIADIC,
    .attrs = last_axes_attrs,
    .infer = rms_norm_infer,
    .compose = rms_norm_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 3)}, {WG_SAMPLE_NUMBER("axes", 2)}},
            {1, {WG_SAMPLE(-2, 2, 1, 4)}, {SAMPLE_EPSILON(0.1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 4)}, {{0}}},
            {0},
        },
};

wg_node *wg_rms_norm(wg_node *x, int64_t axes, wg_node *weight, double epsilon) {
  return wg_apply_present(&wg_op_rms_norm, WEIGHT, BIAS, (wg_node *[]){x, weight},
                          (wg_attr[]){wg_attr_number("epsilon", epsilon), wg_attr_integer("axes", axes), {0}});
}
