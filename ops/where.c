/* where.c: a choice between two tensors, element by element.
 *
 *     y = where(mask, a, b)      ∂a = where(mask, ∂y, 0)      ∂b = where(mask, 0, ∂y)
 *
 * It chooses instead of multiplying by the mask, so that NaN or ∞ in the branch not taken is in neither the value nor
 * the gradient. */
#include "loop.h"
#include "rule.h"

WG_LOOP_3(where, mask != 0 ? a : b)

static wg_node *where_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *mask = y->inputs[0], *zero = wg_scalar_like(y, 0);
  return wg_sum_to(i == 1 ? wg_where(mask, dy, zero) : wg_where(mask, zero, dy), y->inputs[i]);
}

const wg_op wg_op_where = {
    .name = "where",
    .doc = "a where the mask is not 0 and b where it is, elementwise, with NumPy's broadcasting of all three; a NaN in "
           "the mask is not 0. No derivative by the mask.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .arity = 3,
    .nondifferentiable = 1u << 0,
    .linearity = WG_LINEAR_REST,
    .infer = wg_infer_broadcast,
    .loop = WG_LOOPS(where),
    .vjp = where_vjp,
    .notation = {.unicode = "where(%*)", .ascii = "where(%*)", .latex = "\\operatorname{where}(%*)"},
    .samples =
        (const wg_sample[]){
            /* A mask drawn from a range is hardly ever 0, so it is 0 as a whole or nowhere. */
            {3, {WG_SAMPLE(0, 0, 3, 4), WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {3, {WG_SAMPLE(1, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {3, {WG_SAMPLE(1, 2, 3, 1), WG_SAMPLE(-2, 2, 4), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {3, {WG_SAMPLE(0, 0, 4), WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE(-2, 2, 3, 1)}, {{0}}},
            {3, {WG_SAMPLE_SCALAR(1, 2), WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {3, {WG_SAMPLE(1, 2, 0, 3), WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(-2, 2, 1, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_where(wg_node *mask, wg_node *a, wg_node *b) {
  return wg_apply(&wg_op_where, 3, (wg_node *[]){mask, a, b}, NULL);
}
