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

#include <string.h>

/* ---- Hash values ---- */

/* Everything said so far, and one number more (multiplication by 2^64 over the golden ratio). */
static inline uint64_t wg_hash_mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
  return hash ^ hash >> 32;
}

static inline uint64_t wg_hash_bytes(uint64_t hash, const void *data, size_t count) {
  const unsigned char *bytes = data;
  uint64_t value;
  hash = wg_hash_mix(hash, count);
  for (; count >= sizeof value; count -= sizeof value, bytes += sizeof value) {
    memcpy(&value, bytes, sizeof value);
    hash = wg_hash_mix(hash, value);
  }
  for (value = 0; count > 0; count--) value = value << 8 | bytes[count - 1];
  return wg_hash_mix(hash, value);
}

#endif
