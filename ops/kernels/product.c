/* product.c: the matrix product, compiled once for each level of processors.
 *
 * The blocking is that of Goto & van de Geijn (Anatomy of High-Performance Matrix Multiplication, 2008) and BLIS (Van Zee &
 * van de Geijn, BLIS: A Framework for Rapidly Instantiating BLAS Functionality, 2015), with a and b in each other's roles:
 *
 *     blocks of columns and of INNER k   this part of b is packed into panels, and stays in the second cache
 *       a few rows                       whose elements of a stay in the first cache; read in place if they are few
 *         panels of a few vectors        of columns
 *           a tile                       its sums stay in registers: a vector of b times an element of a at a time
 *
 * Rows are divided evenly among tiles, so that no tile is much smaller than the others: with few sums in registers, a
 * processor waits for each before it can add to it again. For the same reason, panels are wide where rows are few. */
#include "level.h"
#include "unfold.h"

enum {
  TILE_ROWS = 16,
  TILE_ROWS_ONE = REGISTERS == 32 ? 16 : 12,
  ROWS_APART = 3,
  ROW_POINTERS = (TILE_ROWS + ROWS_APART - 1) / ROWS_APART,
  LINE = 8, /* what a column of a copied tile is filled up to; no tile wide enough to be copied has more rows */
  LINES_AT_ONCE = 8, /* columns that are copied for one tile after another, before the next ones */
  INNER_FAR = 128,   /* from so many k on, c is fetched while its sums are formed */
  VECTORS = 8,
  VECTORS_USUAL = REGISTERS == 32 ? 4 : 2,
  TILE_SUMS = REGISTERS == 32 ? 24 : 12,
  ROWS_UNPACKED = 48,       /* up to so many rows, packing b costs more than it gains … */
  ELEMENTS_NEAR = 4096,     /* or if it has no more elements: the first cache holds them */
  COLUMNS_REREAD = 64,      /* beyond so many columns … */
  ELEMENTS_REREAD = 1 << 16 /* … and elements of a, it is copied side by side */
};

/* Tiles whose sums, a line of b and an element of a fit into 16 registers, and those for 32. */
#define TILES_1_TO_3(vectors, TILE) TILE(vectors, 1) TILE(vectors, 2) TILE(vectors, 3)
#define TILES_1_TO_4(vectors, TILE) TILES_1_TO_3(vectors, TILE) TILE(vectors, 4)
#define TILES_1_TO_6(vectors, TILE) TILES_1_TO_4(vectors, TILE) TILE(vectors, 5) TILE(vectors, 6)
#define TILES_1_TO_8(vectors, TILE) TILES_1_TO_6(vectors, TILE) TILE(vectors, 7) TILE(vectors, 8)
#define TILES_1_TO_12(vectors, TILE)                                                                                   \
  TILES_1_TO_8(vectors, TILE) TILE(vectors, 9) TILE(vectors, 10) TILE(vectors, 11) TILE(vectors, 12)
#define TILES_1_TO_16(vectors, TILE)                                                                                   \
  TILES_1_TO_12(vectors, TILE) TILE(vectors, 13) TILE(vectors, 14) TILE(vectors, 15) TILE(vectors, 16)
#if REGISTERS == 32
#define TILES(TILE)                                                                                                    \
  TILES_1_TO_16(1, TILE)                                                                                               \
  TILES_1_TO_12(2, TILE) TILES_1_TO_8(3, TILE) TILES_1_TO_6(4, TILE) TILES_1_TO_3(8, TILE)
#else
#define TILES(TILE) TILES_1_TO_12(1, TILE) TILES_1_TO_6(2, TILE) TILES_1_TO_4(3, TILE) TILES_1_TO_3(4, TILE) TILE(8, 1)
#endif

/* The largest number of rows of tiles that wide; of a single tile of one vector some more, and not of many, because rows
 * that are a power of two apart would be too many for one set of the first cache. */
static inline int64_t tile_rows(int64_t vectors, int64_t rows) {
  static const unsigned char most[VECTORS + 1] = {
      [1] = 12, [2] = TILE_SUMS / 2, [3] = TILE_SUMS / 3, [4] = TILE_SUMS / 4, [8] = TILE_SUMS / 8};
  return vectors == 1 && rows <= TILE_ROWS_ONE ? TILE_ROWS_ONE : most[vectors];
}

/* How many vectors wide the next panel is, where so many columns are left: `most`, until less than two such panels are left,
 * which then share the rest; but if they may have 8, some have 8, because there are no tiles of 5, 6 or 7. */
static inline int64_t panel_vectors(int64_t most, int64_t columns, int64_t lanes) {
  const int64_t left = (columns + lanes - 1) / lanes;
  if (most == VECTORS) return left >= VECTORS ? VECTORS : smaller(left, VECTORS / 2);
  return left >= 2 * most ? most : left > most ? (left + 1) / 2 : left;
}

/* How wide the widest panel is. A tile of 6 rows by 4 vectors takes fewer loads for a multiply-add than one of 12 by 2. */
static inline int64_t vectors_for(int64_t rows, int64_t columns, int64_t lanes) {
  int64_t vectors = VECTORS_USUAL;
  while (vectors < VECTORS && tile_rows(2 * vectors, 2 * TILE_ROWS) >= rows) vectors *= 2;
  return panel_vectors(vectors, columns, lanes);
}

/* Whether tiles go through so many elements of a often enough to copy them side by side. */
static inline bool rereads_a(int64_t rows, int64_t columns, int64_t inner) {
  return columns > COLUMNS_REREAD && rows * inner > ELEMENTS_REREAD;
}

/* n things in as few parts of at most `most` as possible, the first `longer` of which have one more than the others. */
typedef struct parts {
  int64_t count, size, longer;
} parts;

static inline parts parts_of(int64_t n, int64_t most) {
  if (n <= most) return (parts){n > 0, n, 0};
  int64_t count = (n + most - 1) / most;
  return (parts){count, n / count, n % count};
}

static inline int64_t part_size(const parts *all, int64_t number) { return all->size + (number < all->longer); }

/* One tile: corners of a, b and c, and steps in elements. */
typedef struct tile_call {
  int64_t inner;
  const void *a, *b;
  void *c;
  int64_t a_row, a_column, b_row, c_row;
  int64_t last;     /* elements in the last vector of a row */
  const void *term; /* corner of what is added to c at the end; NULL for nothing */
  int64_t term_row, term_column;
  bool first;  /* whether c is written, and not added to */
  bool whole;  /* whether all vectors of b may be read to their end */
  bool narrow; /* whether b has fewer columns than a vector has elements */
} tile_call;

typedef void tile_function(const tile_call *call);

typedef struct block_sizes {
  int64_t first_row, rows, columns, k, vectors;
  const wg_unfolded *a_unfolded;
  void *a_packed; /* room for so many tiles */
  int64_t tiles_packed;
  bool pack_a, pack_b;
  wg_range range;         /* where it begins, and its columns */
  const wg_product *done; /* NULL unless it is the last block of k and somebody wants to know */
} block_sizes;

/* Says that rows of a block are final; `row` counts from its first. */
static void block_done(const block_sizes *block, int64_t row, int64_t rows) {
  wg_range range = block->range;
  range.first_row += row;
  range.end_row = range.first_row + rows;
  block->done->done(block->done->context, &range);
}

#define KERNEL "kernels/product_kernel.h"
#include "../each_float.h"
