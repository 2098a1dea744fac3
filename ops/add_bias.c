/* add_bias.c: the b in X·W + b.
 *
 *     y = x + bias      ∂x = ∂y      ∂bias = Σ over the axes along which the bias was broadcast, ∂y
 *
 * With samples as rows the bias (1,n) or (n) repeats in every row of x (m,n), and ∂bias sums over rows; with samples as
 * columns the bias (k,1) repeats in every column of x (k,m), and ∂bias sums over columns. */
#include "loop.h"
#include "rule.h"

/* As add, but only the bias is broadcast: a bias that would enlarge x is a mistake in the shapes. */
static bool add_bias_infer(wg_draft *draft) {
  if (!wg_infer_floats(draft)) return false;
  const wg_shape *x = draft->inputs[0]->shape, *bias = draft->inputs[1]->shape;
  if (wg_shape_broadcast(x, bias, &draft->shape) && wg_shape_equal(&draft->shape, x)) return true;
  if (x->rank != 2) return wg_draft_fail(draft, WG_ERROR_SHAPE, "the bias does not broadcast to the shape of x");
  long long rows = (long long)x->size[0], columns = (long long)x->size[1];
  return wg_draft_fail(draft, WG_ERROR_SHAPE,
                       "the bias of samples in rows is (1,%lld) or (%lld), of samples in columns (%lld,1)", columns,
                       columns, rows);
}

WG_LOOP_2(add_bias, a + b)

static wg_node *add_bias_vjp(wg_node *y, wg_node *dy, int i) { return wg_sum_to(dy, y->inputs[i]); }

const wg_op wg_op_add_bias = {
    .name = "add_bias",
    .doc =
        "x + bias, where the bias is broadcast to the shape of x: for x (m,n), a bias (1,n) or (n) is added to every "
        "row and a bias (m,1) to every column.\n"
        "Errors: a bias that does not broadcast to exactly the shape of x; integers, or two dtypes.",
    .arity = 2,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = add_bias_infer,
    .loop = WG_LOOPS(add_bias),
    .arithmetic = WG_ARITHMETIC_ADDS,
    .vjp = add_bias_vjp,
    .notation = {.binds = WG_BINDS_SUM, .unicode = "%0 + %1", .ascii = "%0 + %1", .latex = "%0 + %1"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 1, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 1)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 1, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_add_bias(wg_node *x, wg_node *bias) { return wg_apply_2(&wg_op_add_bias, x, bias, NULL); }
