/* matmul_kernel.h: c = a·b for one element type; matmul.c includes it once for each, with REAL and NAME defined.
 *
 * An element of c adds a[i,k]·b[k,j] in the order of k, in tiles of INNER whose sums are then added in order. That
 * depends on the inner size alone, so (a·b)ᵀ and bᵀ·aᵀ have the same bits.
 *
 * Tiles of a and b are first copied onto the stack, whatever their strides (Goto & van de Geijn, Anatomy of
 * High-Performance Matrix Multiplication, 2008), into panels of PANEL_ROWS rows of a and LANES columns of b, filled up
 * with zeros. So the innermost loops have fixed lengths, unit strides, and sums that stay in registers. */

#ifndef WG_MATMUL_KERNEL_H
#define WG_MATMUL_KERNEL_H

/* A matrix in memory: its first element, and how far the next row and the next column are, in elements. */
typedef struct matrix {
  void *data;
  int64_t row, column;
} matrix;

typedef struct matmul_sizes {
  int64_t rows, inner, columns; /* (rows,inner)·(inner,columns) */
} matmul_sizes;

enum { PANEL_ROWS = 4, ROWS = 64, INNER = 128 };

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
#endif

#define LANES ((int)(32 / sizeof(REAL)))

/* `lines` rows of a (or columns of b), each of `inner` elements, into panels of `width` lines: panel[k·width + line]. */
static inline void NAME(pack)(int width, int64_t lines, int64_t line_step, int64_t inner, int64_t inner_step,
                              const REAL *x, REAL *panel) {
  for (; lines > 0; lines -= width, x += width * line_step, panel += width * inner) {
    if (lines >= width) {
      for (int64_t k = 0; k < inner; k++)
        for (int line = 0; line < width; line++) panel[k * width + line] = x[k * inner_step + line * line_step];
    } else {
      memset(panel, 0, (size_t)(width * inner) * sizeof *panel);
      for (int64_t k = 0; k < inner; k++)
        for (int64_t line = 0; line < lines; line++) panel[k * width + line] = x[k * inner_step + line * line_step];
    }
  }
}

/* One panel of a times one of b. */
static inline void NAME(panel_product)(int64_t inner, const REAL *a, const REAL *b, REAL product[PANEL_ROWS][LANES]) {
  REAL sum[PANEL_ROWS][LANES] = {{0}};
  for (int64_t k = 0; k < inner; k++, a += PANEL_ROWS, b += LANES)
    for (int i = 0; i < PANEL_ROWS; i++)
      for (int j = 0; j < LANES; j++) sum[i][j] += a[i] * b[j];
  memcpy(product, sum, sizeof sum);
}

/* Adds the present part of a product of panels to c, or writes it there. */
static inline void NAME(store)(REAL product[PANEL_ROWS][LANES], int64_t rows, int64_t columns, bool first, REAL *c,
                               int64_t c_row) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) c[i * c_row + j] = first ? product[i][j] : c[i * c_row + j] + product[i][j];
}

/* c = a·b; the columns of c lie side by side. */
static void NAME(product)(const matmul_sizes *n, const matrix *a, const matrix *b, const matrix *c) {
  REAL a_panels[ROWS * INNER], b_panel[INNER * LANES], product[PANEL_ROWS][LANES];
  const REAL *a_data = a->data, *b_data = b->data;
  for (int64_t k = 0; k < n->inner; k += INNER)
    for (int64_t i = 0; i < n->rows; i += ROWS) {
      int64_t inner = smaller(INNER, n->inner - k), rows = smaller(ROWS, n->rows - i);
      const REAL *a_tile = a_data + i * a->row + k * a->column;
      NAME(pack)(PANEL_ROWS, rows, a->row, inner, a->column, a_tile, a_panels);
      for (int64_t j = 0; j < n->columns; j += LANES) {
        int64_t columns = smaller(LANES, n->columns - j);
        const REAL *b_tile = b_data + k * b->row + j * b->column;
        NAME(pack)(LANES, columns, b->column, inner, b->row, b_tile, b_panel);
        for (int64_t p = 0; p < rows; p += PANEL_ROWS) {
          NAME(panel_product)(inner, a_panels + p * inner, b_panel, product);
          REAL *corner = (REAL *)c->data + (i + p) * c->row + j;
          NAME(store)(product, smaller(PANEL_ROWS, rows - p), columns, k == 0, corner, c->row);
        }
      }
    }
}

#undef LANES
