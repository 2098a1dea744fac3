/* hash.h: uthash with the library's allocator, and with failed allocations reported instead of fatal.
 *
 * A function that adds to or clears a table declares, for uthash's macros,
 *     const wg_allocator *hash_allocator   where buckets come from, and
 *     bool hash_failed = false             set when an add could not be done and was rolled back. */
#ifndef WG_HASH_H
#define WG_HASH_H

#include "memory.h"

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) wg_allocate(hash_allocator, 1, size)
#define uthash_free(memory, size) wg_release(hash_allocator, memory)
#define uthash_nonfatal_oom(element) (hash_failed = true)
#include <uthash.h>

#endif
