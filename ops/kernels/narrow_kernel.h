/* narrow_kernel.h: the narrow product for one element type; narrow.c includes it once for each, with REAL and NAME
 * defined. */

#define VECTOR NAME(vector)
#define LANES LANES_OF(REAL)
#define SUM_LANES ((int)(LANE_BYTES / sizeof(REAL)))
#define PIECE ((int64_t)(PIECE_BYTES / sizeof(REAL)))

/* ---- Tiles ---- */

/* The lanes of the sum of row i and column j are VECTORs number SUM_AT(i, j) + 0 … PARTS − 1. */
#define SUM_AT(i, j) (((i)*WG_NARROW + (j)) * PARTS)

/* Adds SUM_LANES products, or only `some`, to each sum of a tile. */
INLINE void NAME(products_add)(const int rows, const int columns, const bool whole, const REAL *const *a,
                               const REAL *const *b, int64_t k, int64_t some, VECTOR sum[TILE][TILE][PARTS]) {
  UNROLL
  for (int p = 0; p < PARTS; p++, k += LANES, some -= LANES) {
    const NAME(part) part = NAME(part_of)(some < 0 ? 0 : smaller(some, LANES));
    VECTOR line[TILE];
    UNROLL
    for (int j = 0; j < columns; j++) {
      line[j] = whole ? NAME(load)(b[j] + k) : NAME(load_part)(part, b[j] + k);
      HELD(line[j]);
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
      VECTOR x = whole ? NAME(load)(a[i] + k) : NAME(load_part)(part, a[i] + k);
      HELD(x);
      UNROLL
      for (int j = 0; j < columns; j++) sum[i][j][p] = NAME(fused)(x, line[j], sum[i][j][p]);
    }
  }
}

/* Adds n products to each sum of a tile, or begins with them. */
INLINE void NAME(narrow_tile)(const int rows, const int columns, bool begins, const REAL *const *a,
                              const REAL *const *b, int64_t n, VECTOR *sums) {
  VECTOR sum[TILE][TILE][PARTS] = {{{{0}}}};
  if (!begins) {
    UNROLL
    for (int i = 0; i < rows; i++) {
      UNROLL
      for (int j = 0; j < columns; j++) {
        UNROLL
        for (int p = 0; p < PARTS; p++) sum[i][j][p] = sums[SUM_AT(i, j) + p];
      }
    }
  }
  int64_t k = 0;
  for (; k + SUM_LANES <= n; k += SUM_LANES) NAME(products_add)(rows, columns, true, a, b, k, SUM_LANES, sum);
  if (k < n) NAME(products_add)(rows, columns, false, a, b, k, n - k, sum);
  UNROLL
  for (int i = 0; i < rows; i++) {
    UNROLL
    for (int j = 0; j < columns; j++) {
      UNROLL
      for (int p = 0; p < PARTS; p++) sums[SUM_AT(i, j) + p] = sum[i][j][p];
    }
  }
}

typedef void NAME(narrow_tile_function)(bool begins, const REAL *const *a, const REAL *const *b, int64_t n,
                                        VECTOR *sums);
#define TILE_OF(rows, columns)                                                                                         \
  static void NAME(narrow_tile_##rows##_##columns)(bool begins, const REAL *const *a, const REAL *const *b, int64_t n, \
                                                   VECTOR *sums) {                                                     \
    NAME(narrow_tile)(rows, columns, begins, a, b, n, sums);                                                           \
  }
TILES(TILE_OF)
#undef TILE_OF
#define TILE_OF(rows, columns) [rows][columns] = NAME(narrow_tile_##rows##_##columns),
static NAME(narrow_tile_function) *const NAME(narrow_tiles)[TILE + 1][TILE + 1] = {TILES(TILE_OF)};
#undef TILE_OF

/* ---- The product ---- */

/* Elements k … k + n − 1 of the lines of an operand, `apart` from line to line, each dense: where they are, or a copy. */
typedef struct NAME(lines) {
  const REAL *at[WG_NARROW];
  REAL copy[WG_NARROW][PIECE];
} NAME(lines);

static void NAME(lines_read)(NAME(lines) * lines, int64_t count, const REAL *x, int64_t apart, int64_t step,
                             int64_t n) {
  for (int64_t i = 0; i < count; i++) lines->at[i] = step == 1 ? x + i * apart : lines->copy[i];
  if (step == 1) return;
  for (int64_t i = 0; i < count; i++) {
    const REAL *from = x + i * apart;
    REAL *to = lines->copy[i];
    for (int64_t k = 0; k < n; k++) to[k] = from[k * step];
  }
}

/* Lanes added in halves: l + 8, then l + 4 … */
INLINE REAL NAME(lanes_add)(const VECTOR lanes[PARTS]) {
  REAL lane[SUM_LANES];
  UNROLL
  for (int p = 0; p < PARTS; p++) NAME(store)(lane + p * LANES, lanes[p]);
  UNROLL
  for (int half = SUM_LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return lane[0];
}

void WG_LEVEL(NAME(wg_narrow))(const wg_product *p, const wg_range *range, const wg_product_scratch *scratch) {
  (void)scratch;
  VECTOR sums[SUM_AT(WG_NARROW, 0)];
  NAME(lines) a, b;
  for (int64_t k = 0, n; k < p->inner; k += n) {
    n = smaller(PIECE, p->inner - k);
    NAME(lines_read)(&a, p->rows, (const REAL *)p->a.data + k * p->a.column, p->a.row, p->a.column, n);
    NAME(lines_read)(&b, p->columns, (const REAL *)p->b.data + k * p->b.row, p->b.column, p->b.row, n);
    for (int64_t i = 0; i < p->rows; i += TILE)
      for (int64_t j = 0; j < p->columns; j += TILE) {
        const int64_t rows = smaller(TILE, p->rows - i), columns = smaller(TILE, p->columns - j);
        NAME(narrow_tiles)[rows][columns](k % WG_NARROW_BLOCK == 0, a.at + i, b.at + j, n, sums + SUM_AT(i, j));
      }
    if ((k + n) % WG_NARROW_BLOCK != 0 && k + n < p->inner) continue;
    for (int64_t i = 0; i < p->rows; i++)
      for (int64_t j = 0; j < p->columns; j++) {
        REAL *c = (REAL *)p->c + i * p->c_row + j;
        const REAL sum = NAME(lanes_add)(sums + SUM_AT(i, j));
        *c = k < WG_NARROW_BLOCK ? sum : *c + sum;
        if (p->term.data && k + n == p->inner) *c += ((const REAL *)p->term.data)[i * p->term.row + j * p->term.column];
      }
  }
  if (p->done) p->done(p->context, range);
}

#undef VECTOR
#undef LANES
#undef SUM_LANES
#undef PIECE
#undef SUM_AT
