/* leaky_relu.c: rectifiers that let a part of the negative side through.
 *
 *     y = x where x > 0, and slope·x elsewhere      ∂x = ∂y ⊙ (1 where x > 0, and slope elsewhere) */
#include "axis.h"
#include "function.h"

/* ---- leaky_relu: the slope is a number ---- */

enum { SLOPE };

WG_LOOP_1_WITH(leaky_relu, y->attrs[SLOPE].number, x > 0 ? x : p * x)

static wg_node *leaky_relu_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i], *one = wg_scalar_like(x, 1), *slope = wg_scalar_like(x, y->attrs[SLOPE].number);
  return wg_chain(dy, wg_where(wg_greater(x, wg_scalar_like(x, 0)), one, slope));
}

const wg_op wg_op_leaky_relu = {
    .name = "leaky_relu",
    .doc = "x where x > 0 and slope·x elsewhere, elementwise; the slope is 0.01 unless given. NaN stays NaN. At 0 the "
           "derivative is the slope, as that of torch.nn.functional.leaky_relu.\n"
           "Errors: integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[SLOPE] = {.name = "slope", .kind = WG_ATTR_NUMBER, .number = 0.01}, {0}},
    .infer = wg_infer_same,
    .loop = WG_LOOPS(leaky_relu),
    .vjp = leaky_relu_vjp,
    .notation = {.unicode = "leaky_relu(%-0)",
                 .ascii = "leaky_relu(%-0)",
                 .latex = "\\operatorname{leaky\\_relu}(%-0)"},
    .samples =
        (const wg_sample[]){
            WG_SAMPLES_1(0.1, 2),
            WG_SAMPLES_1(-2, -0.1),
            {1, {WG_SAMPLE(-2, -0.1, 3, 4)}, {WG_SAMPLE_REAL("slope", 0.3)}},
            {0},
        },
};

wg_node *wg_leaky_relu(wg_node *x, double slope) {
  return wg_apply_1(&wg_op_leaky_relu, x, (wg_attr[]){wg_attr_number("slope", slope), {0}});
}

/* ---- prelu: the slope is learned ---- */

/* The shape in which the weight broadcasts with x: a scalar, or (C,1,…), which stands at axis 1 of x. */
static wg_shape weight_shape(const wg_node *x, const wg_node *weight) {
  wg_shape shape = {0};
  if (wg_node_size(weight) == 1) return shape;
  for (int axis = 1; axis < x->shape->rank; axis++) shape.size[shape.rank++] = axis == 1 ? x->shape->size[1] : 1;
  return shape;
}

static bool prelu_infer(wg_draft *draft) {
  const wg_node *x = draft->inputs[0], *weight = draft->inputs[1];
  if (!wg_infer_floats(draft)) return false;
  bool one = wg_node_size(weight) == 1 && weight->shape->rank <= 1;
  bool channels = weight->shape->rank == 1 && x->shape->rank > 1 && weight->shape->size[0] == x->shape->size[1];
  draft->shape = *x->shape;
  return one || channels ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "the weight is one number, or one for each channel: axis 1 of x");
}

static wg_node *prelu_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0], *weight = draft->inputs[1];
  wg_node *slope = wg_reshape(weight, weight_shape(x, weight));
  return wg_where(wg_greater(x, wg_scalar_like(x, 0)), x, wg_mul(slope, x));
}

const wg_op wg_op_prelu = {
    .name = "prelu",
    .doc = "x where x > 0 and weight·x elsewhere, for a weight that is learned: one number, () or (1), or one for each "
           "channel, (C) for x (N,C,…). As torch.nn.functional.prelu. Source: He, Zhang, Ren, Sun, \"Delving deep into "
           "rectifiers\", 2015.\n"
           "Errors: a weight of another shape; integers, or two dtypes.",
    .arity = 2,
    .infer = prelu_infer,
    .compose = prelu_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, -0.1, 3, 4), WG_SAMPLE(0.1, 0.5, 4)}, {{0}}},
            {2, {WG_SAMPLE(0.1, 2, 3, 4), WG_SAMPLE(0.1, 0.5, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, -0.1, 2, 3, 2), WG_SAMPLE(0.1, 0.5, 3)}, {{0}}},
            {2, {WG_SAMPLE(-2, -0.1, 3, 4), WG_SAMPLE(0.1, 0.5, 1)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(-2, -0.1), WG_SAMPLE_SCALAR(0.1, 0.5)}, {{0}}},
            {2, {WG_SAMPLE(-2, -0.1, 0, 3), WG_SAMPLE(0.1, 0.5, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_prelu(wg_node *x, wg_node *weight) { return wg_apply_2(&wg_op_prelu, x, weight, NULL); }
