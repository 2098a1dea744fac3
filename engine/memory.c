#include "memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static void *default_allocate(void *context, size_t size) {
  (void)context;
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

typedef struct wg_arena_block {
  struct wg_arena_block *older;
  alignas(max_align_t) unsigned char bytes[];
} wg_arena_block;

void *wg_arena_take(wg_arena *arena, const wg_allocator *allocator, size_t bytes) {
  const size_t unit = alignof(max_align_t);
  if (bytes > PTRDIFF_MAX - unit) return NULL;
  size_t rounded = (bytes + unit - 1) / unit * unit;
  if (!arena->blocks || rounded > arena->size - arena->used) {
    size_t size = arena->size < 2048 ? 4096 : 2 * arena->size;
    if (size < rounded) size = rounded;
    wg_arena_block *block =
        size <= PTRDIFF_MAX - sizeof *block ? wg_allocate(allocator, 1, sizeof *block + size) : NULL;
    if (!block) return NULL;
    block->older = arena->blocks;
    *arena = (wg_arena){.blocks = block, .used = 0, .size = size};
  }
  void *taken = arena->blocks->bytes + arena->used;
  arena->used += rounded;
  return taken;
}

void wg_arena_untake(wg_arena *arena, const void *taken) {
  arena->used = (size_t)((const unsigned char *)taken - arena->blocks->bytes);
}

void wg_arena_free(wg_arena *arena, const wg_allocator *allocator) {
  for (wg_arena_block *block = arena->blocks, *older; block; block = older) {
    older = block->older;
    wg_release(allocator, block);
  }
  *arena = (wg_arena){0};
}
