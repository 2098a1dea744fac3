/* narrow.h: c = a·b where c is small and the inner axis long, as in ∂W = Xᵀ·∂Z of a narrow net.
 *
 * Each element of c is a dot product; vectors run along the inner axis. It is the sum of 64 bytes of lanes, lane l being
 * the sum of the products l, l + lanes, l + 2·lanes … in order; lanes are then added in halves. After every
 * WG_NARROW_BLOCK products lanes are added up, and blocks in order. Nothing else has a part in it, as with wg_product. */
#ifndef WG_NARROW_H
#define WG_NARROW_H

#include "product.h"

enum {
  WG_NARROW = 12,        /* rows, and columns, of c at most: wider ones are faster as wg_product */
  WG_NARROW_INNER = 32,  /* products of an element at least */
  WG_NARROW_BLOCK = 2048 /* products of an element before its lanes are added up */
};

static inline bool wg_product_narrow(const wg_product *product) {
  return product->rows <= WG_NARROW && product->columns <= WG_NARROW && product->inner >= WG_NARROW_INNER;
}

/* Computes the product; cannot fail. Neither operand may be unfolded, and `add` must not be set. */
typedef void wg_narrow_kernel(const wg_product *product);

#endif
