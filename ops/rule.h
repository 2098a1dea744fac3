/* rule.h: what backward rules have in common; for the files of ops/ only. */
#ifndef WG_RULE_H
#define WG_RULE_H

#include "ops.h"

#define WG_OP(name, parameters) extern const wg_op wg_op_##name;
#include "table.h"
#undef WG_OP

/* dy ⊙ local: a cotangent times a local derivative, shapes broadcast. A constant dy (the seed 1, or the 1/m of a mean)
 * is not multiplied in as a tensor: 1 is left out, 1/m divides; so ∂Z prints as (A − Y) / m. */
wg_node *wg_chain(wg_node *dy, wg_node *local);

/* dy / divisor, in the same way: for dy = 1/m, (1 / divisor) / m. */
wg_node *wg_chain_over(wg_node *dy, wg_node *divisor);

/* Undoes broadcasting: sums dy over the axes along which an input of the shape of `x` was broadcast, to x's shape. */
wg_node *wg_sum_to(wg_node *dy, const wg_node *x);

/* The record of a function of one element, y = f(x). */
static inline wg_node *wg_apply_1(const wg_op *op, wg_node *x, const wg_attr *attrs) {
  return wg_apply(op, 1, (wg_node *[]){x}, attrs);
}
static inline wg_node *wg_apply_2(const wg_op *op, wg_node *a, wg_node *b, const wg_attr *attrs) {
  return wg_apply(op, 2, (wg_node *[]){a, b}, attrs);
}

#endif
