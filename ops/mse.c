/* mse.c: the mean squared error, (1/n) Σ (x − y)² over all n elements. */
#include "loss.h"

static wg_node *mean_squared_error_compose(const wg_draft *draft) {
  return wg_loss_reduce(draft, wg_square(wg_sub(draft->inputs[0], draft->inputs[1])));
}

const wg_op wg_op_mean_squared_error = {
    .name = "mean_squared_error",
    .doc = "(x − y)², and its mean over all elements (`reduction` mean, the default), sum or none. The shapes "
           "must be equal: (n) against (n,1) would broadcast to all n² differences.\n"
           "Errors: shapes that differ; an unknown reduction; integers, two dtypes.",
    .arity = 2,
    .attrs = wg_loss_attrs,
    .infer = wg_infer_loss,
    .compose = mean_squared_error_compose,
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {2,
             {WG_SAMPLE(-2, 2, 5), WG_SAMPLE(-2, 2, 5)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "sum"}}},
            {2,
             {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 3)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "none"}}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {2,
             {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3)},
             {{.name = "reduction", .kind = WG_ATTR_TEXT, .text = "sum"}}},
            {0},
        },
};

wg_node *wg_mean_squared_error(wg_node *x, wg_node *targets) {
  return wg_mean_squared_error_reduced(x, targets, WG_MEAN);
}

wg_node *wg_mean_squared_error_reduced(wg_node *x, wg_node *targets, wg_reduction reduction) {
  return wg_loss_apply(&wg_op_mean_squared_error, x, targets, reduction);
}
