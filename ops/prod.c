/* prod.c: the product over some axes, or all.
 *
 *     y = Π_axes x      ∂x_k = ∂y ⊙ Π_{j<k} x_j ⊙ Π_{j>k} x_j
 *
 * The product of the others is formed from running products on both sides, not as y / x_k, so that it is right at
 * zeros, and so are its derivatives. */
#include "reduce.h"
#include "scan.h"

/* Products are formed in double for both types. */
#define PROD_GROUP(type, suffix)                                                                                       \
  static double prod_group_##suffix(const wg_node *y, const wg_groups *groups, const type *x) {                        \
    double product = 1;                                                                                                \
    (void)y;                                                                                                           \
    for (int64_t k = 0; k < groups->size; k++) product *= (double)x[wg_group_at(groups, k)];                           \
    return product;                                                                                                    \
  }

PROD_GROUP(float, f32)
PROD_GROUP(double, f64)
WG_REDUCTIONS(prod)

/* For each element of x, the product of the others in its group, of the shape of x: with the axes reduced over last and
 * as one axis, along which the running products stop one element before. */
static wg_node *product_of_others(const wg_node *y) {
  wg_node *x = y->inputs[0];
  wg_shape moved = {.rank = x->shape->rank}, rows = {0};
  int64_t order[WG_RANK_MAX] = {0}, back[WG_RANK_MAX] = {0}, size = 1;
  bool reduced[WG_RANK_MAX];
  int at = 0;
  wg_reduction_axes(y, reduced);
  for (int last = 0; last < 2; last++)
    for (int axis = 0; axis < moved.rank; axis++) {
      if (reduced[axis] != last) continue;
      order[at] = axis;
      back[axis] = at;
      moved.size[at++] = x->shape->size[axis];
      if (last)
        size *= x->shape->size[axis];
      else
        rows.size[rows.rank++] = x->shape->size[axis];
    }
  int axis = rows.rank;
  rows.size[rows.rank++] = size;
  wg_node *row = wg_reshape(wg_permute(x, moved.rank, order), rows);
  wg_node *before = wg_shift(wg_cumprod(row, axis, false), axis, false, 1);
  wg_node *after = wg_shift(wg_cumprod(row, axis, true), axis, true, 1);
  return wg_permute(wg_reshape(wg_mul(before, after), moved), moved.rank, back);
}

static wg_node *prod_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  if (wg_node_size(x) == 0) return wg_fill(x->tape, x->dtype, *x->shape, 0);
  return wg_chain(wg_reduction_kept(y, dy), product_of_others(y));
}

static const char *prod_write(const wg_node *y, wg_script script) {
  static const char *const all[] = {"Π %0", "prod(%-0)", "\\prod %0"};
  return y->attrs[WG_REDUCE_AXES].count ? NULL : all[script];
}

const wg_op wg_op_prod = {
    .name = "prod",
    .doc = "Π x over the axes given, or all if none is; with `keep` they remain, of size 1. Axes may be negative. A "
           "product of nothing is 1. Derivatives are right where elements are 0. As torch.prod.\n"
           "Errors: no such axis; an axis named twice; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){WG_REDUCE_ATTRS, {0}},
    .infer = wg_infer_reduction,
    .kernel = {[WG_F32] = prod_f32, [WG_F64] = prod_f64},
    .vjp = prod_vjp,
    .notation = {.binds = WG_BINDS_PREFIX,
                 .unicode = "Π_{%{axes}} %0",
                 .ascii = "prod_{%{axes}}(%-0)",
                 .latex = "\\prod_{%{axes}} %0",
                 .write = prod_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 3, 2)}, {WG_SAMPLE_LIST("axes", 0), WG_SAMPLE_NUMBER("keep", 1)}},
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {WG_SAMPLE_LIST("axes", -1)}},
            {1, {WG_SAMPLE(-2, 2, 2, 3, 2)}, {WG_SAMPLE_LIST("axes", 2, 0)}},
            {1, {WG_SAMPLE(0, 0, 2, 3)}, {WG_SAMPLE_LIST("axes", 1)}}, /* zeros */
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 0)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_LIST("axes", 1)}},
            {0},
        },
};

wg_node *wg_prod(wg_node *x, int count, const int64_t *axes, bool keep) {
  return wg_apply_reduction(&wg_op_prod, x, count, axes, keep, NULL);
}
