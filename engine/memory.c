#if defined __linux__
#define _DEFAULT_SOURCE /* madvise; NOLINT(bugprone-reserved-identifier): the name is the C library's */
#endif
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#if defined __linux__
#include <sys/mman.h>
#endif

/* What is large lies on huge pages where the system has them for the asking: it is gone through from one end to the
 * other, or jumped about in, and either way looking up where small pages are costs more than reading them. */
static void *default_allocate(void *context, size_t size) {
  (void)context;
#if defined __linux__ && defined MADV_HUGEPAGE
  const size_t page = (size_t)1 << 21;
  void *memory;
  if (size >= 2 * page && size < PTRDIFF_MAX - page) {
    if (posix_memalign(&memory, page, size)) return NULL;
    madvise(memory, size / page * page, MADV_HUGEPAGE);
    return memory;
  }
#endif
  return malloc(size);
}

static void default_release(void *context, void *memory) {
  (void)context;
  free(memory);
}

const wg_allocator wg_allocator_default = {default_allocate, default_release, NULL};

void *wg_allocate(const wg_allocator *allocator, size_t count, size_t size) {
  size_t bytes;
  if (!wg_size_multiply(count, size, &bytes) || bytes > PTRDIFF_MAX) return NULL;
  return allocator->allocate(allocator->context, bytes ? bytes : 1);
}

void *wg_allocate_zeroed(const wg_allocator *allocator, size_t count, size_t size) {
  void *memory = wg_allocate(allocator, count, size);
  if (memory) memset(memory, 0, count * size);
  return memory;
}

void wg_release(const wg_allocator *allocator, void *memory) {
  if (memory) allocator->release(allocator->context, memory);
}

void *wg_grow(const wg_allocator *allocator, void *array, size_t count, size_t *capacity, size_t size) {
  if (count < *capacity) return array;
  size_t larger = *capacity < 8 ? 8 : *capacity + *capacity / 2;
  void *moved = larger > *capacity ? wg_allocate(allocator, larger, size) : NULL;
  if (!moved) return NULL;
  if (count) memcpy(moved, array, count * size);
  wg_release(allocator, array);
  *capacity = larger;
  return moved;
}

/* ---- Arena ---- */

/* What everything in an arena is aligned for. */
typedef union unit {
  void *pointer;
  int64_t integer;
  double number;
} unit;

typedef struct wg_arena_block {
  struct wg_arena_block *older;
  unit units[];
} wg_arena_block;

void *wg_arena_take(wg_arena *arena, const wg_allocator *allocator, size_t bytes) {
  if (bytes > PTRDIFF_MAX - sizeof(unit)) return NULL;
  size_t rounded = (bytes + sizeof(unit) - 1) / sizeof(unit) * sizeof(unit);
  if (!arena->blocks || rounded > arena->size - arena->used) {
    size_t size = arena->size < 2048 ? 4096 : 2 * arena->size;
    if (size < rounded) size = rounded;
    wg_arena_block *block =
        size <= PTRDIFF_MAX - sizeof *block ? wg_allocate(allocator, 1, sizeof *block + size) : NULL;
    if (!block) return NULL;
    block->older = arena->blocks;
    *arena = (wg_arena){.blocks = block, .used = 0, .size = size};
  }
  void *taken = (unsigned char *)arena->blocks->units + arena->used;
  arena->used += rounded;
  return taken;
}

void wg_arena_free(wg_arena *arena, const wg_allocator *allocator) {
  for (wg_arena_block *block = arena->blocks, *older; block; block = older) {
    older = block->older;
    wg_release(allocator, block);
  }
  *arena = (wg_arena){0};
}
