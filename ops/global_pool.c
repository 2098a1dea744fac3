/* global_pool.c: one number for each sample and channel: the mean of its plane, or its largest element. */
#include "rule.h"

static bool global_infer(wg_draft *draft) {
  const wg_shape *x = draft->inputs[0]->shape;
  if (x->rank >= 3) return wg_infer_floats(draft);
  return wg_draft_fail(draft, WG_ERROR_SHAPE, "x has rank %d, below that of (N,C,…)", x->rank);
}

/* (N,C) as (N,C,1,…), of the rank of x. */
static wg_node *as_planes(wg_node *y, const wg_node *x) {
  wg_shape shape = *x->shape;
  for (int axis = 2; axis < shape.rank; axis++) shape.size[axis] = 1;
  return wg_reshape(y, shape);
}

static wg_node *global_avg_pool_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  int64_t last = 2;
  return as_planes(wg_mean(wg_flatten(x, 2, -1), 1, &last, false), x);
}

static wg_node *global_max_pool_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  return as_planes(wg_max(wg_flatten(x, 2, -1), 2, false), x);
}

static const wg_sample global_samples[] = {
    {1, {WG_SAMPLE(-2, 2, 2, 2, 3)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 1, 2, 2, 3)}, {{0}}},
    {1, {WG_SAMPLE(-2, 2, 0, 2, 3)}, {{0}}},
    {0},
};

const wg_op wg_op_global_avg_pool = {
    .name = "global_avg_pool",
    .doc = "The mean over all axes after the channels, which remain, of size 1: (N,C,…) → (N,C,1,…). As ONNX's "
           "GlobalAveragePool, and as adaptive_avg_pool2d with one window. NaN where there are no elements.\n"
           "Errors: a rank below 3; integers.",
    .arity = 1,
    .infer = global_infer,
    .compose = global_avg_pool_compose,
    .samples = global_samples,
};

wg_node *wg_global_avg_pool(wg_node *x) { return wg_apply_1(&wg_op_global_avg_pool, x, NULL); }

const wg_op wg_op_global_max_pool = {
    .name = "global_max_pool",
    .doc = "The largest element over all axes after the channels, which remain, of size 1: (N,C,…) → (N,C,1,…); NaN "
           "and ties as in max. As ONNX's GlobalMaxPool, and as adaptive_max_pool2d with one window.\n"
           "Errors: a rank below 3, planes without elements; integers.",
    .arity = 1,
    .infer = global_infer,
    .compose = global_max_pool_compose,
    .samples = global_samples,
};

wg_node *wg_global_max_pool(wg_node *x) { return wg_apply_1(&wg_op_global_max_pool, x, NULL); }
