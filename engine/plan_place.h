/* plan_place.h: places in one allocation for blocks of memory that are needed from one step to another; internal. */
#ifndef WG_PLAN_PLACE_H
#define WG_PLAN_PLACE_H

#include "memory.h"

typedef struct wg_block {
  size_t size, offset;
  uint32_t begin, end; /* the first and the last step that needs it; UINT32_MAX: it is needed after the last one too */
  bool packed;
  size_t best; /* offset, while others are tried */
} wg_block;

typedef struct wg_blocks {
  wg_block *blocks; /* in the order in which they begin */
  size_t count;
  const wg_allocator *allocator;
} wg_blocks;

/* What a block of so many bytes takes: cache lines for what is large, while small values lie close together. */
size_t wg_block_size(size_t bytes);

/* Gives each block its offset, so that no two share a byte at the same step; *end is above all of them. False without
 * memory, or if there is no address for it. */
bool wg_blocks_place(wg_blocks *blocks, size_t step_count, size_t *end);

#endif
