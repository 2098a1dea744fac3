/* product_kernel.h: the product for one element type; product.c includes it once for each, with REAL and NAME defined. */
#include "unfold_kernel.h"

#define VECTOR NAME(vector)
#define PART NAME(part)
#define LANES LANES_OF(REAL)
#define INNER ((int64_t)(WG_PRODUCT_BLOCK / sizeof(REAL)))

/* ---- A tile ---- */

/* Where the rows of a are, of which each line of b is multiplied by an element. Every third one has a pointer of its own, so that
 * an address is one of them and a simple multiple of a_row; if rows lie `dense`, side by side, a pointer to the first and
 * constants are enough, and address and product are one instruction. */
INLINE void NAME(tile_rows_find)(const int rows, const bool dense, const tile_call *call, const REAL *a[ROW_POINTERS]) {
  UNROLL
  for (int i = 0; i < rows; i += ROWS_APART) {
    if (dense && i > 0) break;
    a[i / ROWS_APART] = (const REAL *)call->a + i * call->a_row;
    __asm__("" : "+r"(a[i / ROWS_APART])); /* or the compiler finds out that they belong together */
  }
}

INLINE void NAME(tile_rows_step)(const int rows, const bool dense, const tile_call *call, const REAL *a[ROW_POINTERS]) {
  UNROLL
  for (int i = 0; i < rows; i += ROWS_APART)
    if (!dense || i == 0) a[i / ROWS_APART] += call->a_column;
}

/* Adds the products of one k. Where a row is not the only one, the line of b is read once. */
INLINE void NAME(tile_add)(const int rows, const bool dense, const int vectors, const REAL *const a[ROW_POINTERS],
                           int64_t a_row, VECTOR line[VECTORS], VECTOR sum[TILE_ROWS][VECTORS]) {
  UNROLL
  for (int v = 0; v < vectors; v++)
    if (rows > 1) HELD(line[v]);
  UNROLL
  for (int i = 0; i < rows; i++) {
    const VECTOR x = NAME(all)(dense ? a[0][i] : a[i / ROWS_APART][i % ROWS_APART * a_row]);
    UNROLL
    for (int v = 0; v < vectors; v++) sum[i][v] = NAME(fused)(x, line[v], sum[i][v]);
  }
}

/* Adds a term: a vector of it to each of the sums, or, where it repeats along rows, an element of it. */
INLINE void NAME(tile_add_term)(const int rows, const int vectors, const tile_call *call, PART last,
                                VECTOR sum[TILE_ROWS][VECTORS]) {
  const REAL *term = call->term;
  const int64_t term_row = call->term_row;
  if (call->term_column) {
    UNROLL
    for (int i = 0; i < rows; i++, term += term_row) {
      UNROLL
      for (int v = 0; v < vectors - 1; v++) sum[i][v] += NAME(load)(term + v * LANES);
      sum[i][vectors - 1] += NAME(load_part)(last, term + (vectors - 1) * LANES);
    }
  } else {
    UNROLL
    for (int i = 0; i < rows; i++, term += term_row) {
      const VECTOR x = NAME(all)(*term);
      UNROLL
      for (int v = 0; v < vectors; v++) sum[i][v] += x;
    }
  }
}

/* `rows` × `vectors` sums over one block of k, in registers; then written to c, or added to what is there. Unless lines of
 * b are whole, their last vector may reach beyond a line, but not beyond the last one; where b is narrower than a vector,
 * beyond none. */
INLINE void NAME(tile)(const int rows, const bool dense, const int vectors, const tile_call *call) {
  const REAL *a[ROW_POINTERS], *b = call->b;
  const int64_t a_row = call->a_row, b_row = call->b_row, end = (vectors - 1) * LANES;
  NAME(tile_rows_find)(rows, dense, call, a);
  const PART last = NAME(part_of)(call->last);
  VECTOR sum[TILE_ROWS][VECTORS] = {{{0}}}, line[VECTORS];
  int64_t k = call->inner;
  const int64_t apart = call->whole ? 0 : vectors == 1 && call->narrow ? k : 1;
  for (int i = 0; k >= INNER_FAR && i < rows; i++)
    for (int v = 0; v < vectors; v++) __builtin_prefetch((REAL *)call->c + i * call->c_row + v * LANES, 1);
  for (; k > apart; k--, b += b_row) {
    UNROLL
    for (int v = 0; v < vectors; v++) line[v] = NAME(load)(b + v * LANES);
    NAME(tile_add)(rows, dense, vectors, a, a_row, line, sum);
    NAME(tile_rows_step)(rows, dense, call, a);
  }
  for (; k > 0; k--, b += b_row) {
    UNROLL
    for (int v = 0; v < vectors - 1; v++) line[v] = NAME(load)(b + v * LANES);
    line[vectors - 1] = NAME(load_part)(last, b + end);
    NAME(tile_add)(rows, dense, vectors, a, a_row, line, sum);
    NAME(tile_rows_step)(rows, dense, call, a);
  }
  REAL *c = call->c;
  const int64_t c_row = call->c_row;
  if (!call->first) {
    UNROLL
    for (int i = 0; i < rows; i++, c += c_row) {
      UNROLL
      for (int v = 0; v < vectors - 1; v++) sum[i][v] += NAME(load)(c + v * LANES);
      sum[i][vectors - 1] += NAME(load_part)(last, c + end);
    }
    c = call->c;
  }
  if (call->term) NAME(tile_add_term)(rows, vectors, call, last, sum);
  UNROLL
  for (int i = 0; i < rows; i++, c += c_row) {
    UNROLL
    for (int v = 0; v < vectors - 1; v++) NAME(store)(c + v * LANES, sum[i][v]);
    NAME(store_part)(last, c + end, sum[i][vectors - 1]);
  }
}

/* Rows of a anywhere, and side by side. */
#define TILE(vectors, rows)                                                                                            \
  static void NAME(tile_##vectors##_##rows)(const tile_call *call) { NAME(tile)(rows, false, vectors, call); }         \
  static void NAME(tile_##vectors##_##rows##_dense)(const tile_call *call) { NAME(tile)(rows, true, vectors, call); }
TILES(TILE)
#undef TILE
#define TILE(vectors, rows) [vectors][rows] = {NAME(tile_##vectors##_##rows), NAME(tile_##vectors##_##rows##_dense)},
static tile_function *const NAME(tiles)[VECTORS + 1][TILE_ROWS + 1][2] = {TILES(TILE)};
#undef TILE

/* ---- Packing ---- */

/* LANES columns of b, which lie `apart` bytes from each other, become a column of vectors. */
static void NAME(pack_whole)(int64_t inner, const REAL *b, int64_t apart, REAL *panel, int64_t to_row) {
  const char *line[QUARTERS];
  for (int q = 0; q < QUARTERS; q++) line[q] = (const char *)b + q * NAME(DEPTH) * apart;
  for (int64_t k = 0; k < inner; k += NAME(DEPTH), panel += NAME(DEPTH) * to_row) {
    NAME(transpose_even)(line, apart, panel, to_row);
    UNROLL
    for (int q = 0; q < QUARTERS; q++) line[q] += NAME(DEPTH) * sizeof(REAL);
  }
}

/* The same of fewer columns: the last one stands for those that are missing. */
static void NAME(pack_part)(int64_t inner, int64_t width, const REAL *b, int64_t apart, REAL *panel, int64_t to_row) {
  int64_t offset[LANES];
  for (int lane = 0; lane < LANES; lane++) offset[lane] = smaller(lane, width - 1) * apart;
  for (int64_t k = 0; k < inner; k += NAME(DEPTH))
    NAME(transpose)((const char *)(b + k), offset, panel + k * to_row, to_row);
}

/* `width` columns of one block of k of b become rows of `vectors` vectors, side by side. */
static void NAME(pack_b)(int64_t inner, int64_t width, int64_t vectors, const REAL *b, int64_t b_row, int64_t b_column,
                         REAL *panel) {
  const int64_t to_row = vectors * LANES, end = to_row - LANES;
  if (b_column == 1) {
    const PART last = NAME(part_of)(width - end);
    for (int64_t k = 0; k < inner; k++, b += b_row, panel += to_row) {
      for (int64_t j = 0; j < end; j += LANES) NAME(store)(panel + j, NAME(load)(b + j));
      NAME(store)(panel + end, NAME(load_part)(last, b + end));
    }
    return;
  }
  const int64_t depth = b_row == 1 ? inner - inner % NAME(DEPTH) : 0, apart = b_column * (int64_t)sizeof(REAL);
  for (int64_t j = 0; j < to_row && depth > 0; j += LANES) {
    if (j + LANES <= width)
      NAME(pack_whole)(depth, b + j * b_column, apart, panel + j, to_row);
    else
      NAME(pack_part)(depth, width - j, b + j * b_column, apart, panel + j, to_row);
  }
  for (int64_t k = depth; k < inner; k++)
    for (int64_t j = 0; j < to_row; j++) panel[k * to_row + j] = j < width ? b[k * b_row + j * b_column] : 0;
}

/* One block of b, from row k and column j, as panels one after the other. */
static void NAME(pack_panels)(const block_sizes *block, const wg_product *p, int64_t k, int64_t j, int64_t inner,
                              REAL *panels) {
  place unfolded_rows[INNER];
  if (p->b_unfolded) rows_of(p->b_unfolded, k, inner, unfolded_rows);
  for (int64_t at = 0, vectors; at < block->columns; at += vectors * LANES) {
    vectors = panel_vectors(block->vectors, block->columns - at, LANES);
    const int64_t width = smaller(vectors * LANES, block->columns - at);
    const REAL *b = NAME(further)(p->b.data, k * p->b.row + (j + at) * p->b.column);
    if (p->b_unfolded)
      NAME(unfold)(p->b_unfolded, inner, unfolded_rows, j + at, width, panels + at * inner, vectors * LANES);
    else
      NAME(pack_b)(inner, width, vectors, b, p->b.row, p->b.column, panels + at * inner);
  }
}

/* Elements of `rows` rows of a for some k; where `more` rows lie side by side, LINE of them is a copy of constant size. */
INLINE void NAME(pack_lines)(int64_t lines, int64_t rows, bool more, const REAL *a, int64_t a_row, int64_t a_column,
                             REAL *to) {
  for (int64_t k = 0; k < lines; k++, a += a_column, to += LINE)
    if (more)
      memcpy(to, a, LINE * sizeof *to);
    else
      for (int64_t i = 0; i < rows; i++) to[i] = a[i * a_row];
}

/* The rows of a that the next tiles need, in one block of k, are copied as they lie: along k if that is dense, for one
 * tile; else along the rows, for up to `most` tiles at once, so that much is read of each line of memory. Returns for how
 * many. */
static int64_t NAME(pack_a)(const parts *tiles, int64_t number, int64_t rows_left, int64_t most, tile_call *call,
                            REAL *copy) {
  const REAL *a = call->a;
  const int64_t rows = part_size(tiles, number);
  call->a = copy;
  if (call->a_column == 1) {
    const int64_t whole = call->inner - call->inner % LANES, to_row = INNER + LANES;
    const PART rest = NAME(part_of)(call->inner % LANES);
    for (int64_t i = 0; i < rows; i++, a += call->a_row) {
      for (int64_t k = 0; k < whole; k += LANES) NAME(store)(copy + i * to_row + k, NAME(load)(a + k));
      NAME(store_part)(rest, copy + i * to_row + whole, NAME(load_part)(rest, a + whole));
    }
    call->a_row = to_row;
    return 1;
  }
  const int64_t count = smaller(most, tiles->count - number);
  for (int64_t k = 0, lines; k < call->inner; k += lines) {
    lines = smaller(LINES_AT_ONCE, call->inner - k);
    const REAL *from = a + k * call->a_column;
    int64_t left = rows_left;
    for (int64_t t = 0, part; t < count; t++, left -= part, from += part * call->a_row) {
      part = part_size(tiles, number + t);
      NAME(pack_lines)
      (lines, part, call->a_row == 1 && left >= LINE, from, call->a_row, call->a_column, copy + (t * INNER + k) * LINE);
    }
  }
  call->a_row = 1, call->a_column = LINE;
  return count;
}

/* ---- The product ---- */

/* A tile's rows in all columns of a block. */
static void NAME(line_of_tiles)(const block_sizes *block, int64_t rows, const REAL *b, REAL *c, const REAL *term,
                                tile_call *tile) {
  for (int64_t j = 0, vectors; j < block->columns; j += vectors * LANES) {
    vectors = panel_vectors(block->vectors, block->columns - j, LANES);
    tile->c = c + j;
    tile->term = NAME(further)(term, j * tile->term_column);
    tile->b = block->pack_b ? b + j * tile->inner : b + j;
    if (block->pack_b) tile->b_row = vectors * LANES;
    tile->last = smaller(LANES, block->columns - j - (vectors - 1) * LANES);
    tile->whole = block->pack_b || tile->last == LANES;
    NAME(tiles)[vectors][rows][tile->a_row == 1](tile);
  }
}

/* One block of rows, columns and k, `tile` being the corners of its operands. */
static void NAME(block_product)(const block_sizes *block, tile_call *tile) {
  const REAL *a = tile->a, *b = tile->b, *term = tile->term;
  REAL *c = tile->c, *copy = block->a_packed;
  place unfolded_rows[TILE_ROWS];
  int64_t row = block->first_row;
  const int64_t a_row = tile->a_row, a_column = tile->a_column,
                most = tile_rows(block->vectors,
                                 block->a_unfolded ? TILE_ROWS + 1 : block->rows); /* windows: room for 12 */
  const parts tiles = parts_of(block->rows, most);
  for (int64_t number = 0, packed; number < tiles.count; number += packed) {
    packed = 1;
    tile->a = a, tile->a_row = a_row, tile->a_column = a_column;
    if (block->a_unfolded) {
      const int64_t rows = part_size(&tiles, number);
      rows_of(block->a_unfolded, row, rows, unfolded_rows);
      NAME(unfold)(block->a_unfolded, rows, unfolded_rows, block->k, tile->inner, copy, INNER + LANES);
      tile->a = copy, tile->a_row = INNER + LANES, tile->a_column = 1;
    } else if (block->pack_a) {
      packed = NAME(pack_a)(&tiles, number, block->first_row + block->rows - row, block->tiles_packed, tile, copy);
    }
    for (int64_t t = 0; t < packed; t++) {
      const int64_t rows = part_size(&tiles, number + t);
      NAME(line_of_tiles)(block, rows, b, c, term, tile);
      if (block->done) block_done(block, row - block->first_row, rows);
      tile->a = (const REAL *)tile->a + INNER * LINE;
      row += rows, a = NAME(further)(a, rows * a_row), c += rows * tile->c_row;
      term = NAME(further)(term, rows * tile->term_row);
    }
  }
}

/* Whether b is packed: unless its lines are dense, and either few rows use them or the first cache holds them. */
static bool NAME(packs_b)(const wg_product *p, int64_t rows) {
  const bool dense = p->b.column == 1 && (p->columns < LANES ? NARROW_LOADS : p->b.row >= p->columns);
  const bool near = p->inner * p->b.row <= ELEMENTS_NEAR;
  return (rows > ROWS_UNPACKED && !near) || !dense || p->b_unfolded;
}

/* A product of a single block, whose rows of a are read in place: the same tiles without the blocks around them, whose
 * making takes as long as a product of 16 rows. */
static void NAME(product_small)(const wg_product *p, const wg_range *range, block_sizes *block, REAL *panels) {
  const REAL *b = NAME(further)(p->b.data, range->first_column * p->b.column);
  tile_call tile;
  tile.inner = p->inner, tile.first = !p->add, tile.narrow = p->columns < LANES;
  tile.a_row = p->a.row, tile.a_column = p->a.column, tile.b_row = p->b.row, tile.c_row = p->c_row;
  tile.term_row = p->term.row, tile.term_column = p->term.column;
  if (block->pack_b) NAME(pack_panels)(block, p, 0, range->first_column, p->inner, panels);
  if (block->pack_b) b = panels;
  const parts tiles = parts_of(block->rows, tile_rows(block->vectors, block->rows));
  for (int64_t number = 0, row = range->first_row, rows; number < tiles.count; number++, row += rows) {
    rows = part_size(&tiles, number);
    tile.a = (const REAL *)p->a.data + row * p->a.row;
    const REAL *term = NAME(further)(p->term.data, row * p->term.row + range->first_column * p->term.column);
    NAME(line_of_tiles)(block, rows, b, (REAL *)p->c + row * p->c_row + range->first_column, term, &tile);
    if (p->done) p->done(p->context, &(wg_range){row, row + rows, range->first_column, range->end_column});
  }
}

static APART void NAME(product_in_blocks)(const wg_product *p, const wg_range *range,
                                          const wg_product_scratch *scratch) {
  const int64_t first = range->first_row, rows = range->end_row - first;
  block_sizes block = {.first_row = p->a_first + first,
                       .rows = rows,
                       .vectors = vectors_for(rows, p->columns, LANES),
                       .a_unfolded = p->a_unfolded,
                       .a_packed = (REAL *)scratch->memory + scratch->columns * INNER,
                       .tiles_packed = scratch->rows / LINE,
                       .pack_b = NAME(packs_b)(p, rows)};
  tile_call tile = {
      .c_row = p->c_row, .term_row = p->term.row, .term_column = p->term.column, .narrow = p->columns < LANES};
  const int64_t columns_at_once = block.pack_b ? scratch->columns : range->end_column;
  for (int64_t j = range->first_column; j < range->end_column; j += columns_at_once)
    for (int64_t k = 0; k < p->inner || k == 0; k += INNER) {
      block.k = k;
      tile.inner = smaller(INNER, p->inner - k), tile.first = k == 0 && !p->add;
      tile.a = NAME(further)(p->a.data, first * p->a.row + k * p->a.column);
      tile.a_row = p->a.row, tile.a_column = p->a.column;
      tile.b = NAME(further)(p->b.data, k * p->b.row + j * p->b.column), tile.b_row = p->b.row;
      tile.c = (REAL *)p->c + first * p->c_row + j;
      const bool last = k + INNER >= p->inner;
      tile.term = last ? NAME(further)(p->term.data, first * p->term.row + j * p->term.column) : NULL;
      block.columns = smaller(columns_at_once, range->end_column - j);
      block.done = last && p->done ? p : NULL;
      block.range = (wg_range){first, first, j, j + block.columns};
      block.pack_a = rereads_a(rows, block.columns, tile.inner);
      if (block.pack_b) {
        NAME(pack_panels)(&block, p, k, j, tile.inner, scratch->memory);
        tile.b = scratch->memory;
      }
      NAME(block_product)(&block, &tile);
    }
}

void WG_LEVEL(NAME(wg_product))(const wg_product *p, const wg_range *range, const wg_product_scratch *scratch) {
  block_sizes block;
  block.rows = range->end_row - range->first_row, block.columns = range->end_column - range->first_column;
  block.vectors = vectors_for(block.rows, p->columns, LANES);
  block.pack_b = NAME(packs_b)(p, block.rows);
  if (p->a_unfolded || p->inner > INNER || (block.pack_b && block.columns > scratch->columns) ||
      rereads_a(block.rows, block.columns, p->inner))
    NAME(product_in_blocks)(p, range, scratch);
  else
    NAME(product_small)(p, range, &block, scratch->memory);
}

#undef VECTOR
#undef PART
#undef LANES
#undef INNER
