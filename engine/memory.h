/* memory.h: allocation with checked sizes, and an arena; internal to the library. */
#ifndef WG_MEMORY_H
#define WG_MEMORY_H

#include "base.h"

/* malloc and free, as an allocator. */
extern const wg_allocator wg_allocator_default;

/* count·size bytes, or NULL if that overflows or there is no memory. Zero bytes give a valid pointer. */
void *wg_allocate(const wg_allocator *allocator, size_t count, size_t size);
void *wg_allocate_zeroed(const wg_allocator *allocator, size_t count, size_t size);
void wg_release(const wg_allocator *allocator, void *memory); /* NULL is fine */

/* Makes room for one more element in a growing array of `count` elements of `size` bytes: returns the array, moved if
 * need be and then with *capacity raised, or NULL, with the old array as it was. */
void *wg_grow(const wg_allocator *allocator, void *array, size_t count, size_t *capacity, size_t size);

/* An arena: memory in blocks that double in size, given back all at once. Zeroed means empty. */
typedef struct wg_arena {
  struct wg_arena_block *blocks;
  size_t used, size; /* of the newest block */
} wg_arena;

/* `bytes` aligned for pointers, integers and doubles, or NULL. Lives until wg_arena_free. */
void *wg_arena_take(wg_arena *arena, const wg_allocator *allocator, size_t bytes);
void wg_arena_free(wg_arena *arena, const wg_allocator *allocator);

/* a·b and a+b into *result; false on overflow. */
static inline bool wg_size_multiply(size_t a, size_t b, size_t *result) {
#if defined __GNUC__
  return !__builtin_mul_overflow(a, b, result);
#else
  *result = a * b;
  return a == 0 || b <= SIZE_MAX / a;
#endif
}
static inline bool wg_size_add(size_t a, size_t b, size_t *result) {
  *result = a + b;
  return *result >= a;
}

#endif
