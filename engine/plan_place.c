/* plan_place.c: places in one allocation for blocks of memory that are needed from one step to another.
 *
 * Two ways: in the order of the steps, each block into the free piece that fits it best, which is fast and seldom wastes
 * anything where sizes repeat; and all lifetimes at once, the largest blocks first, each into the lowest gap among those
 * that it meets in time. The second fragments less, and its time grows with the square of the number of blocks; so it
 * is tried where the first leaves something to gain, and for the largest blocks only. */
#include "plan_place.h"

#include <stdlib.h>
#include <string.h>

/* Offsets are multiples of 64, or of the size itself where that is a smaller power of two. */
static size_t offset_padded(size_t offset, size_t size) {
  size_t unit = size < 64 ? size & (~size + 1) : 64;
  return (offset + unit - 1) / unit * unit;
}

size_t wg_block_size(size_t bytes) {
  if (bytes > PTRDIFF_MAX - 64) return bytes; /* more than there is */
  const size_t unit = bytes > 64 ? 64 : bytes > 8 ? 16 : 8;
  return (bytes + unit - 1) / unit * unit;
}

/* ---- In the order of the steps ---- */

typedef struct piece {
  size_t offset, size;
} piece;

typedef struct free_list {
  piece *pieces; /* by offset, no two adjacent */
  size_t count, capacity;
  size_t end; /* of all memory given out so far */
  const wg_allocator *allocator;
} free_list;

static bool piece_insert(free_list *list, size_t at, piece new_piece) {
  piece *pieces = wg_grow(list->allocator, list->pieces, list->count, &list->capacity, sizeof *pieces);
  if (!pieces) return false;
  list->pieces = pieces;
  memmove(pieces + at + 1, pieces + at, (list->count - at) * sizeof *pieces);
  pieces[at] = new_piece;
  list->count++;
  return true;
}

static void piece_remove(free_list *list, size_t at) {
  list->count--;
  memmove(list->pieces + at, list->pieces + at + 1, (list->count - at) * sizeof *list->pieces);
}

/* The number of pieces that begin before the offset. */
static size_t pieces_before(const free_list *list, size_t offset) {
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (list->pieces[middle].offset < offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool give_back(free_list *list, piece back) {
  size_t at = pieces_before(list, back.offset);
  if (at < list->count && back.offset + back.size == list->pieces[at].offset) {
    back.size += list->pieces[at].size;
    piece_remove(list, at);
  }
  if (at > 0 && list->pieces[at - 1].offset + list->pieces[at - 1].size == back.offset) {
    list->pieces[at - 1].size += back.size;
    return true;
  }
  return piece_insert(list, at, back);
}

static bool take(free_list *list, size_t size, size_t *offset) {
  size_t best = SIZE_MAX, waste = SIZE_MAX;
  for (size_t at = 0; at < list->count && waste > 0; at++) {
    piece p = list->pieces[at];
    size_t skip = offset_padded(p.offset, size) - p.offset;
    if (p.size < skip || p.size - skip < size || p.size - size >= waste) continue;
    best = at;
    waste = p.size - size;
  }
  if (best == SIZE_MAX) {
    /* Beyond all memory so far; a free piece at its end is grown. */
    bool grows = list->count && list->pieces[list->count - 1].offset + list->pieces[list->count - 1].size == list->end;
    size_t begin = grows ? list->pieces[list->count - 1].offset : list->end;
    size_t start = offset_padded(begin, size), end;
    if (!wg_size_add(start, size, &end) || end > PTRDIFF_MAX) return false;
    if (grows) piece_remove(list, list->count - 1);
    list->end = end;
    *offset = start;
    return start == begin || piece_insert(list, list->count, (piece){begin, start - begin});
  }
  piece p = list->pieces[best];
  *offset = offset_padded(p.offset, size);
  piece_remove(list, best);
  size_t before = *offset - p.offset, after = p.size - before - size;
  if (after && !piece_insert(list, best, (piece){*offset + size, after})) return false;
  return !before || piece_insert(list, best, (piece){p.offset, before});
}

/* The blocks from `first` on that are not `apart`, at offsets from `base` on; *end is where they end. ends[step] is the
 * first block that ends there, next[block] another one. */
static bool place_in_order(wg_blocks *blocks, size_t base, const uint32_t *ends, const uint32_t *next, size_t *end) {
  free_list list = {.end = base, .allocator = blocks->allocator};
  uint32_t step = 0;
  bool placed = true;
  for (size_t k = 0; placed && k < blocks->count; k++) {
    wg_block *block = &blocks->blocks[k];
    for (; placed && step < block->begin; step++)
      for (uint32_t old = ends[step]; placed && old != UINT32_MAX; old = next[old])
        if (!blocks->blocks[old].packed)
          placed = give_back(&list, (piece){blocks->blocks[old].offset, blocks->blocks[old].size});
    if (placed && !block->packed) placed = take(&list, block->size, &block->offset);
  }
  wg_release(blocks->allocator, list.pieces);
  *end = list.end;
  return placed;
}

/* ---- All lifetimes at once ---- */

enum {
  PACKED_MAX = 2048, /* blocks */
  MOVES = 1000,      /* that are tried … */
  WORK = 4000000     /* … as long as no more pairs of blocks are looked at, which takes some milliseconds */
};

static int largest_first(const void *a, const void *b) {
  const wg_block *x = *(wg_block *const *)a, *y = *(wg_block *const *)b;
  if (x->size != y->size) return x->size < y->size ? 1 : -1;
  return (x > y) - (x < y);
}

/* Gives each block in turn the smallest gap that holds it between those that it meets; `placed` is by offset. Returns
 * where they end. */
static size_t pack(wg_block **order, size_t count, wg_block **placed) {
  size_t end = 0;
  for (size_t k = 0; k < count; k++) {
    wg_block *block = order[k];
    size_t top = 0, best = SIZE_MAX, least = SIZE_MAX; /* top: end of the blocks met so far */
    for (size_t i = 0; i < k && least > 0; i++) {
      const wg_block *other = placed[i];
      if (other->end < block->begin || block->end < other->begin) continue;
      const size_t start = offset_padded(top, block->size);
      if (other->offset >= start + block->size && other->offset - start - block->size < least) {
        best = start;
        least = other->offset - start - block->size;
      }
      if (other->offset + other->size > top) top = other->offset + other->size;
    }
    block->offset = best != SIZE_MAX ? best : offset_padded(top, block->size);
    if (block->offset + block->size > end) end = block->offset + block->size;
    size_t at = k;
    for (; at > 0 && placed[at - 1]->offset > block->offset; at--) placed[at] = placed[at - 1];
    placed[at] = block;
  }
  return end;
}

static void order_move(wg_block **order, size_t from, size_t to) {
  wg_block *moved = order[from];
  if (from < to)
    memmove(order + from, order + from + 1, (to - from) * sizeof *order);
  else
    memmove(order + to + 1, order + to, (from - to) * sizeof *order);
  order[to] = moved;
}

/* Packs in this order, then with one block after the other moved to another place in it: a move that does not make the
 * whole larger stays. Until the end is near `least`, or work enough is done. The moves are drawn, always the same ones. */
static size_t pack_well(wg_block **order, size_t count, wg_block **placed, size_t least) {
  size_t best = pack(order, count, placed), from = 0, to = 0;
  for (size_t k = 0; k < count; k++) order[k]->best = order[k]->offset;
  uint64_t random = 1;
  for (size_t move = 0; move < MOVES && move * count * count < WORK && best > least + least / 64; move++) {
    random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth, MMIX */
    from = (size_t)(random >> 33) % count;
    random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    to = (size_t)(random >> 33) % count;
    order_move(order, from, to);
    const size_t end = pack(order, count, placed);
    for (size_t k = 0; end < best && k < count; k++) order[k]->best = order[k]->offset;
    if (end > best) order_move(order, to, from);
    if (end < best) best = end;
  }
  for (size_t k = 0; k < count; k++) order[k]->offset = order[k]->best;
  return best;
}

/* Packs the largest blocks, and places the others behind them in the order of the steps. */
static bool place_packed(wg_blocks *blocks, const uint32_t *ends, const uint32_t *next, size_t least, size_t *end) {
  wg_block **order = wg_allocate(blocks->allocator, blocks->count, 2 * sizeof(wg_block *));
  if (!order) return false;
  for (size_t k = 0; k < blocks->count; k++) order[k] = &blocks->blocks[k];
  qsort(order, blocks->count, sizeof *order, largest_first);
  const size_t count = blocks->count < PACKED_MAX ? blocks->count : PACKED_MAX;
  for (size_t k = 0; k < count; k++) order[k]->packed = true;
  const size_t packed = pack_well(order, count, order + blocks->count, least);
  wg_release(blocks->allocator, order);
  return place_in_order(blocks, packed, ends, next, end);
}

/* ---- The better of the two ---- */

/* The largest sum of blocks that are needed at once. */
static size_t alive_most(const wg_blocks *blocks, const uint32_t *ends, const uint32_t *next) {
  size_t alive = 0, most = 0;
  uint32_t step = 0;
  for (size_t k = 0; k < blocks->count; k++) {
    for (; step < blocks->blocks[k].begin; step++)
      for (uint32_t old = ends[step]; old != UINT32_MAX; old = next[old]) alive -= blocks->blocks[old].size;
    alive += blocks->blocks[k].size;
    if (alive > most) most = alive;
  }
  return most;
}

bool wg_blocks_place(wg_blocks *blocks, size_t step_count, size_t *end) {
  *end = 0;
  if (!blocks->count) return true;
  uint32_t *ends = wg_allocate(blocks->allocator, step_count + blocks->count, sizeof *ends);
  if (!ends) return false;
  uint32_t *next = ends + step_count;
  for (size_t k = 0; k < step_count; k++) ends[k] = UINT32_MAX;
  for (size_t k = 0; k < blocks->count; k++) {
    blocks->blocks[k].packed = false;
    if (blocks->blocks[k].end == UINT32_MAX) continue;
    next[k] = ends[blocks->blocks[k].end];
    ends[blocks->blocks[k].end] = (uint32_t)k;
  }
  bool placed = place_in_order(blocks, 0, ends, next, end);
  const size_t in_order = *end, least = placed ? alive_most(blocks, ends, next) : 0;
  const bool no_overflow = in_order < PTRDIFF_MAX / 2 / blocks->count; /* of all sizes together, as no one is larger */
  if (placed && in_order > least + least / 64 && no_overflow) {
    placed = place_packed(blocks, ends, next, least, end);
    if (placed && *end > in_order) {
      for (size_t k = 0; k < blocks->count; k++) blocks->blocks[k].packed = false;
      placed = place_in_order(blocks, 0, ends, next, end);
    }
  }
  wg_release(blocks->allocator, ends);
  return placed;
}
