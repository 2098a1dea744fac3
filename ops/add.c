/* add.c: sum and difference.
 *
 *     y = a + b      ∂a = ∂y      ∂b = ∂y
 *     y = a − b      ∂a = ∂y      ∂b = −∂y
 *
 * each summed over the axes along which that input was broadcast. */
#include "loop.h"
#include "rule.h"

static const wg_sample samples[] = {
    {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 1, 4)}, {{0}}},
    {2, {WG_SAMPLE(-2, 2, 3, 1), WG_SAMPLE(-2, 2, 4)}, {{0}}},
    {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
    {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
    {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 1, 3)}, {{0}}},
    {0},
};

/* ---- a + b ---- */

WG_LOOP_2(add, a + b)

static wg_node *add_vjp(wg_node *y, wg_node *dy, int i) { return wg_sum_to(dy, y->inputs[i]); }

const wg_op wg_op_add = {
    .name = "add",
    .doc = "a + b, elementwise, with NumPy's broadcasting: shapes are aligned at their last axis, and sizes are equal "
           "or 1.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .arity = 2,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = wg_infer_broadcast,
    .loop = WG_LOOPS(add),
    .arithmetic = WG_ARITHMETIC_ADDS,
    .vjp = add_vjp,
    .notation = {.binds = WG_BINDS_SUM, .unicode = "%0 + %1", .ascii = "%0 + %1", .latex = "%0 + %1"},
    .samples = samples,
};

wg_node *wg_add(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_add, a, b, NULL); }

/* ---- a − b ---- */

WG_LOOP_2(sub, a - b)

static wg_node *sub_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *sum = wg_sum_to(dy, y->inputs[i]);
  return i == 0 ? sum : wg_neg(sum);
}

const wg_op wg_op_sub = {
    .name = "sub",
    .doc = "a − b, elementwise, with NumPy's broadcasting.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .arity = 2,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = wg_infer_broadcast,
    .loop = WG_LOOPS(sub),
    .arithmetic = WG_ARITHMETIC_SUBTRACTS,
    .vjp = sub_vjp,
    .notation = {.binds = WG_BINDS_SUM, .unicode = "%0 − %+1", .ascii = "%0 - %+1", .latex = "%0 - %+1"},
    .samples = samples,
};

wg_node *wg_sub(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_sub, a, b, NULL); }
