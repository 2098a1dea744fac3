/* compress.h: what gzip and zip pack, unpacked and packed by zlib; internal. Without zlib in the build, the functions
 * that need it say so: WG_ERROR_FILE. */
#ifndef WG_COMPRESS_H
#define WG_COMPRESS_H

#include "bytes.h"

bool wg_has_zlib(void);

/* Whether bytes begin as a gzip file does (RFC 1952). */
bool wg_is_gzip(const unsigned char *bytes, size_t size);

/* Unpacks a whole gzip file, of one member or several, onto *unpacked, which is freed by the caller either way. `name`
 * stands for the file in messages. Errors: WG_ERROR_DATA (truncated, damaged, followed by something else, more than
 * bytes_max bytes unpacked), WG_ERROR_MEMORY, WG_ERROR_FILE (no zlib). */
wg_status wg_gunzip(const char *name, const unsigned char *packed, size_t size, size_t bytes_max, wg_bytes *unpacked,
                    wg_error *error);

/* A deflated stream cannot grow by more than this factor: 258 bytes from 2 bits, and a little more. */
enum { WG_INFLATE_FACTOR_MAX = 1032 };

/* Unpacks a deflated stream (RFC 1951), all of `packed`, into exactly unpacked_size bytes. Errors: WG_ERROR_DATA,
 * WG_ERROR_MEMORY, WG_ERROR_FILE (no zlib). */
wg_status wg_inflate(const char *name, const unsigned char *packed, size_t size, unsigned char *unpacked,
                     size_t unpacked_size, const wg_allocator *allocator, wg_error *error);

/* Packs bytes by deflate, onto *packed. Errors: WG_ERROR_MEMORY, WG_ERROR_FILE (no zlib). */
wg_status wg_deflate(const unsigned char *bytes, size_t size, wg_bytes *packed, wg_error *error);

/* The checksum of gzip and zip (ISO 3309). */
uint32_t wg_crc32(const unsigned char *bytes, size_t size);

#endif
