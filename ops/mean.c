/* mean.c: the mean over some axes, or all. It is recorded as a sum divided by the number of elements, so that the 1/m
 * of a loss stands in the graph as such and can be moved from the loss to the parameters. */
#include "axis.h"
#include "rule.h"

#include <math.h>

enum { AXES, KEEP };

static wg_node *mean_compose(const wg_draft *draft) {
  const wg_attr *axes = &draft->attrs[AXES];
  wg_node *x = draft->inputs[0], *sum = wg_sum(x, axes->count, axes->integers, draft->attrs[KEEP].integer != 0);
  int64_t means = wg_node_size(sum);
  if (wg_node_inert(sum) || means == 0) return sum;
  int64_t count = wg_node_size(x) / means;
  if (count == 0) return wg_scale(sum, NAN); /* the mean of nothing is 0/0 */
  return count == 1 ? sum : wg_div_count(sum, count);
}

const wg_op wg_op_mean = {
    .name = "mean",
    .doc = "The mean of x over the axes given, or all if none is; with `keep` they remain, of size 1. Axes may "
           "be negative. Recorded as sum(x) / count. The mean of nothing is NaN, as in NumPy and PyTorch.\n"
           "Errors: no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXES] = {.name = "axes", .kind = WG_ATTR_INTEGERS},
                               [KEEP] = {.name = "keep", .kind = WG_ATTR_INTEGER},
                               {0}},
    .infer = wg_infer_reduction,
    .compose = mean_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", 0, -1)}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
            {0},
        },
};

wg_node *wg_mean(wg_node *x, int count, const int64_t *axes, bool keep) {
  if (count < 0 || (count > 0 && !axes))
    return wg_fail(x, WG_ERROR_ARGUMENT, "mean: no list of %d axes was given", count);
  return wg_apply_1(&wg_op_mean, x,
                    (wg_attr[]){wg_attr_integers("axes", count, axes), wg_attr_integer("keep", keep ? 1 : 0), {0}});
}

wg_node *wg_mean_all(wg_node *x) { return wg_mean(x, 0, NULL, false); }
