#include "compress.h"

bool wg_is_gzip(const unsigned char *bytes, size_t size) { return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

#ifdef WG_ZLIB
#include <limits.h>
#include <zlib.h>

bool wg_has_zlib(void) { return true; }

static void *take(void *allocator, unsigned count, unsigned size) { return wg_allocate(allocator, count, size); }
static void give_back(void *allocator, void *memory) { wg_release(allocator, memory); }

static z_stream new_stream(const wg_allocator *allocator) {
  return (z_stream){.zalloc = take, .zfree = give_back, .opaque = (void *)allocator};
}

/* zlib counts in 32 bits: at most so many bytes are shown to it at once. */
static unsigned share_of(size_t left) { return left < UINT_MAX / 2 ? (unsigned)left : UINT_MAX / 2; }

static wg_status fail_damaged(const char *name, const z_stream *stream, wg_error *error) {
  return wg_error_set(error, WG_ERROR_DATA, "%s: the compressed data is damaged (%s)", name,
                      stream->msg ? stream->msg : "bad stream");
}

static wg_status fail_truncated(const char *name, wg_error *error) {
  return wg_error_set(error, WG_ERROR_DATA, "%s: the compressed data ends too early", name);
}

/* One step of unpacking what is left of `packed` onto `unpacked`, to at most one byte more than bytes_max. */
static int gunzip_step(z_stream *stream, const unsigned char *packed, size_t size, size_t *used, size_t bytes_max,
                       wg_bytes *unpacked) {
  size_t room = unpacked->capacity - unpacked->size;
  if (room - 1 > bytes_max - unpacked->size) room = bytes_max - unpacked->size + 1;
  stream->next_in = (unsigned char *)packed + *used;
  stream->avail_in = share_of(size - *used);
  stream->next_out = unpacked->data + unpacked->size;
  stream->avail_out = share_of(room);
  int code = inflate(stream, Z_NO_FLUSH);
  *used = (size_t)(stream->next_in - packed);
  unpacked->size = (size_t)(stream->next_out - unpacked->data);
  return code;
}

static wg_status gunzip_all(z_stream *stream, const char *name, const unsigned char *packed, size_t size,
                            size_t bytes_max, wg_bytes *unpacked, wg_error *error) {
  size_t used = 0;
  for (;;) {
    if (unpacked->size == unpacked->capacity && !wg_bytes_reserve(unpacked, 65536)) return wg_error_memory(error);
    int code = gunzip_step(stream, packed, size, &used, bytes_max, unpacked);
    if (unpacked->size > bytes_max)
      return wg_error_set(error, WG_ERROR_DATA, "%s: unpacked it is larger than %zu bytes", name, bytes_max);
    if (code == Z_MEM_ERROR) return wg_error_memory(error);
    if (code == Z_OK || (code == Z_BUF_ERROR && used < size)) continue;
    if (code == Z_BUF_ERROR) return fail_truncated(name, error);
    if (code != Z_STREAM_END) return fail_damaged(name, stream, error);
    if (used == size) return WG_OK;
    if (!wg_is_gzip(packed + used, size - used))
      return wg_error_set(error, WG_ERROR_DATA, "%s: something else follows the compressed data", name);
    inflateReset(stream);
  }
}

wg_status wg_gunzip(const char *name, const unsigned char *packed, size_t size, size_t bytes_max, wg_bytes *unpacked,
                    wg_error *error) {
  /* The last four bytes tell the size of the last member; what is told is only believed as far as it can be true. */
  size_t told = size >= 18 ? wg_load_32(packed + size - 4) : 0;
  if (told / WG_INFLATE_FACTOR_MAX <= size && told <= bytes_max && !wg_bytes_reserve(unpacked, told + 1))
    return wg_error_memory(error);
  z_stream stream = new_stream(unpacked->allocator);
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return wg_error_memory(error); /* 16: a gzip header */
  wg_status status = gunzip_all(&stream, name, packed, size, bytes_max, unpacked, error);
  inflateEnd(&stream);
  return status;
}

wg_status wg_inflate(const char *name, const unsigned char *packed, size_t size, unsigned char *unpacked,
                     size_t unpacked_size, const wg_allocator *allocator, wg_error *error) {
  z_stream stream = new_stream(allocator);
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return wg_error_memory(error); /* −: no header */
  unsigned char spare; /* one byte more than there should be, to see that it stays empty */
  size_t used = 0, made = 0;
  int code = Z_OK;
  bool more = false;
  while (code == Z_OK && !more) {
    bool full = made == unpacked_size;
    stream.next_in = (unsigned char *)packed + used;
    stream.avail_in = share_of(size - used);
    stream.next_out = full ? &spare : unpacked + made;
    stream.avail_out = full ? 1 : share_of(unpacked_size - made);
    unsigned room = stream.avail_out;
    code = inflate(&stream, Z_NO_FLUSH);
    used = (size_t)(stream.next_in - packed);
    more = full && stream.avail_out == 0;
    if (!full) made += room - stream.avail_out;
  }
  wg_status status = WG_OK;
  if (code == Z_MEM_ERROR)
    status = wg_error_memory(error);
  else if (code == Z_BUF_ERROR)
    status = fail_truncated(name, error);
  else if (code != Z_OK && code != Z_STREAM_END)
    status = fail_damaged(name, &stream, error);
  else if (more || made != unpacked_size || used != size)
    status = wg_error_set(error, WG_ERROR_DATA, "%s: unpacked it has another size than the file says", name);
  inflateEnd(&stream);
  return status;
}

wg_status wg_deflate(const unsigned char *bytes, size_t size, wg_bytes *packed, wg_error *error) {
  z_stream stream = new_stream(packed->allocator);
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return wg_error_memory(error);
  size_t used = 0;
  int code = Z_OK;
  while (code == Z_OK) {
    if (packed->size == packed->capacity && !wg_bytes_reserve(packed, 65536)) break;
    unsigned share = share_of(size - used);
    stream.next_in = (unsigned char *)bytes + used;
    stream.avail_in = share;
    stream.next_out = packed->data + packed->size;
    stream.avail_out = share_of(packed->capacity - packed->size);
    code = deflate(&stream, share == size - used ? Z_FINISH : Z_NO_FLUSH);
    used += share - stream.avail_in;
    packed->size = (size_t)(stream.next_out - packed->data);
  }
  deflateEnd(&stream);
  return code == Z_STREAM_END ? WG_OK : wg_error_memory(error);
}

uint32_t wg_crc32(const unsigned char *bytes, size_t size) {
  unsigned long crc = crc32(0, NULL, 0);
  for (size_t used = 0; used < size; used += share_of(size - used))
    crc = crc32(crc, bytes + used, share_of(size - used));
  return (uint32_t)crc;
}

#else

bool wg_has_zlib(void) { return false; }

static wg_status fail_without(const char *name, wg_error *error) {
  return wg_error_set(error, WG_ERROR_FILE, "%s: is compressed, and wengert was built without zlib", name);
}

wg_status wg_gunzip(const char *name, const unsigned char *packed, size_t size, size_t bytes_max, wg_bytes *unpacked,
                    wg_error *error) {
  (void)packed, (void)size, (void)bytes_max, (void)unpacked;
  return fail_without(name, error);
}

wg_status wg_inflate(const char *name, const unsigned char *packed, size_t size, unsigned char *unpacked,
                     size_t unpacked_size, const wg_allocator *allocator, wg_error *error) {
  (void)packed, (void)size, (void)unpacked, (void)unpacked_size, (void)allocator;
  return fail_without(name, error);
}

wg_status wg_deflate(const unsigned char *bytes, size_t size, wg_bytes *packed, wg_error *error) {
  (void)bytes, (void)size, (void)packed;
  return wg_error_set(error, WG_ERROR_FILE, "compression is not possible: wengert was built without zlib");
}

/* Bit by bit, by the polynomial x³² + x²⁶ + x²³ + x²² + x¹⁶ + x¹² + x¹¹ + x¹⁰ + x⁸ + x⁷ + x⁵ + x⁴ + x² + x + 1. */
uint32_t wg_crc32(const unsigned char *bytes, size_t size) {
  uint32_t crc = ~UINT32_C(0);
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (UINT32_C(0xedb88320) & -(crc & 1));
  }
  return ~crc;
}

#endif
