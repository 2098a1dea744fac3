/* narrow.h: c = a·b where the inner axis is long and c is small, as in ∂W = Xᵀ·∂Z of a narrow net, or c is one row or column,
 * the product of a matrix and a vector.
 *
 * Each element of c is a dot product. It is the sum of 64 bytes of lanes, lane l being the sum of the products l, l + lanes,
 * l + 2·lanes … in order; lanes are then added in halves. After every WG_NARROW_BLOCK products lanes are added up, and
 * blocks in order. Nothing else has a part in it, as with wg_product. */
#ifndef WG_NARROW_H
#define WG_NARROW_H

#include "product.h"

enum {
  WG_NARROW = 12,        /* rows, and columns, of c at most: wider ones are faster as wg_product */
  WG_NARROW_INNER = 32,  /* products of an element at least */
  WG_LINE_INNER = 64,    /* … where c is one row or column: with fewer, adding up lanes costs more than it gains */
  WG_NARROW_BLOCK = 2048 /* products of an element before its lanes are added up */
};

/* Whether c is small (wg_narrow computes it); and if it is not, whether it is one row or column (wg_line). Both compute what
 * wg_product would, the first one always all of it; neither operand may be unfolded, and `add` must not be set. */
static inline bool wg_product_narrow(const wg_product *product) {
  return product->rows <= WG_NARROW && product->columns <= WG_NARROW && product->inner >= WG_NARROW_INNER;
}
static inline bool wg_product_line(const wg_product *product) {
  return (product->rows == 1 || product->columns == 1) && product->inner >= WG_LINE_INNER;
}

#endif
