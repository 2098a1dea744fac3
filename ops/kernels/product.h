/* product.h: c = a·b for matrices in memory, by the widest vectors that the processor has.
 *
 * An element of c is the sum over k of a[i,k]·b[k,j] in the order of k, in blocks of 1 KB whose sums are then added in
 * order. Nothing else has a part in it: not the other sizes, strides, the place in c, nor how c is cut into ranges. So
 * (a·b)ᵀ and bᵀ·aᵀ have the same bits, as has a range computed by itself. On processors with fused multiply-add every
 * product enters the sum unrounded; these all agree with each other, and the others with each other. */
#ifndef WG_PRODUCT_H
#define WG_PRODUCT_H

#include "../../engine/base.h"

/* Numbers 0, 1 … of the points of a grid with four axes, in row-major order, and how far they are apart. */
enum { WG_GRID_AXES = 4 };
typedef struct wg_grid {
  int64_t size[WG_GRID_AXES], step[WG_GRID_AXES];
} wg_grid;

/* A matrix made of windows over a dense tensor: element (r,j) is that at start + row r + column j, or 0 where that is
 * outside. With channels as the first axis, this is what a convolution multiplies its weights by (im2col): a row for each
 * weight, a column for each place. */
typedef struct wg_unfolded {
  const void *data;
  int64_t size[WG_GRID_AXES], start[WG_GRID_AXES];
  wg_grid rows, columns;
} wg_unfolded;

/* A matrix in memory: its first element, and how far the next row and the next column are, in elements. */
typedef struct wg_matrix {
  const void *data;
  int64_t row, column;
} wg_matrix;

/* Rows first_row … end_row − 1 of c in columns first_column … end_column − 1, and nothing else of c. */
typedef struct wg_range {
  int64_t first_row, end_row, first_column, end_column;
} wg_range;

/* c (rows,columns) = a (rows,inner) · b (inner,columns), or c + a·b. The columns of c lie side by side, its rows c_row
 * apart. */
typedef struct wg_product {
  int64_t rows, inner, columns;
  wg_matrix a, b;
  void *c;
  int64_t c_row;
  bool add;                                           /* whether c + a·b */
  wg_matrix term;                                     /* added when all else is; NULL for none; `column` is 0 or 1 */
  const wg_unfolded *a_unfolded, *b_unfolded;         /* instead of a and b, unless NULL */
  int64_t a_first;                                    /* the row of a_unfolded that is the first of a */
  void (*done)(void *context, const wg_range *range); /* told of every part of c that is final; NULL for nobody */
  void *context;
} wg_product;

static inline wg_range wg_product_range(const wg_product *product) {
  return (wg_range){0, product->rows, 0, product->columns};
}

/* Bytes of one block of k along one row of a or column of b. */
enum { WG_PRODUCT_BLOCK = 1024 };

/* Memory that a product works in, aligned to 64 bytes: for one block of `columns` columns of b, a multiple of 64, and
 * behind it of `rows` rows of a, a multiple of 16. Up to 512 columns, and up to 256 rows where a lies transposed: the more
 * the better. */
typedef struct wg_product_scratch {
  void *memory;
  int64_t columns, rows;
} wg_product_scratch;

static inline size_t wg_product_scratch_bytes(int64_t columns, int64_t rows) {
  return (size_t)(columns + rows) * WG_PRODUCT_BLOCK;
}

/* As much as a small product needs, on the stack. */
enum { WG_PRODUCT_COLUMNS = 64, WG_PRODUCT_ROWS = 16 };
typedef struct wg_product_stack {
  _Alignas(64) char memory[(WG_PRODUCT_COLUMNS + WG_PRODUCT_ROWS) * WG_PRODUCT_BLOCK];
} wg_product_stack;

/* Computes a range of a product; cannot fail. */
typedef void wg_product_kernel(const wg_product *product, const wg_range *range, const wg_product_scratch *scratch);

/* The adjoint of unfolding: adds the elements of a range of the matrix, whose first is at `matrix` and whose rows are
 * `row_step` apart, to where they are from in the dense tensor `to`; those from outside are left out. In a fixed order. */
typedef void wg_fold_kernel(const wg_unfolded *unfolded, const wg_range *range, const void *matrix, int64_t row_step,
                            void *to);

#endif
