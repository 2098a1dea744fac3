/* bytes.h: files as bytes in memory, and the numbers in them; internal. */
#ifndef WG_BYTES_H
#define WG_BYTES_H

#include "../engine/memory.h"
#include "error.h"

#include <string.h>

/* Bytes that grow. Zeroed but for the allocator means none. */
typedef struct wg_bytes {
  const wg_allocator *allocator;
  unsigned char *data; /* NULL while there are none */
  size_t size, capacity;
} wg_bytes;

void wg_bytes_free(wg_bytes *bytes); /* zeroed is fine, and so is twice */

/* Makes room for `more` bytes after those that are there; false without memory. */
bool wg_bytes_reserve(wg_bytes *bytes, size_t more);
bool wg_bytes_add(wg_bytes *bytes, const void *data, size_t size);

/* The files that a reader takes are no larger than this, packed or unpacked, unless its options say otherwise. */
#define WG_FILE_BYTES_MAX (sizeof(size_t) > 4 ? (size_t)1 << 32 : (size_t)1 << 30)

/* Reads a whole file, which may be a pipe. Errors: WG_ERROR_FILE (cannot be opened or read, more than bytes_max bytes),
 * WG_ERROR_MEMORY. `bytes` is freed by the caller either way. */
wg_status wg_bytes_read(const char *path, size_t bytes_max, wg_bytes *bytes, wg_error *error);

/* The same, and what gzip has packed is unpacked, whatever the file's name. More errors: those of wg_gunzip. */
wg_status wg_bytes_read_unpacked(const char *path, size_t bytes_max, wg_bytes *bytes, wg_error *error);

/* Writes a file of these bytes, or replaces it at once (file.h). Errors: WG_ERROR_FILE, WG_ERROR_MEMORY. */
wg_status wg_bytes_write(const wg_bytes *bytes, const char *path, wg_error *error);

/* Reverses the order of the bytes of each of `count` numbers of `size` bytes. */
void wg_bytes_swap(void *data, size_t count, size_t size);
bool wg_big_endian(void); /* this machine */

/* Unsigned numbers at a place in memory, whatever the machine's own order of bytes. */
static inline uint16_t wg_load_16(const unsigned char *at) { return (uint16_t)(at[0] | at[1] << 8); }
static inline uint32_t wg_load_32(const unsigned char *at) {
  return wg_load_16(at) | (uint32_t)wg_load_16(at + 2) << 16;
}
static inline uint64_t wg_load_64(const unsigned char *at) {
  return wg_load_32(at) | (uint64_t)wg_load_32(at + 4) << 32;
}
static inline uint32_t wg_load_32_big(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
static inline void wg_store_16(unsigned char *at, uint16_t value) {
  at[0] = (unsigned char)(value & 0xff);
  at[1] = (unsigned char)(value >> 8);
}
static inline void wg_store_32(unsigned char *at, uint32_t value) {
  wg_store_16(at, (uint16_t)(value & 0xffff));
  wg_store_16(at + 2, (uint16_t)(value >> 16));
}

#endif
