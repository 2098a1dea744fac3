#include "bytes.h"

#include "compress.h"
#include "file.h"

#include <errno.h>
#include <stdio.h>

void wg_bytes_free(wg_bytes *bytes) {
  if (bytes->data) wg_release(bytes->allocator, bytes->data);
  bytes->data = NULL;
  bytes->size = bytes->capacity = 0;
}

bool wg_bytes_reserve(wg_bytes *bytes, size_t more) {
  size_t needed;
  if (!wg_size_add(bytes->size, more, &needed)) return false;
  if (needed <= bytes->capacity && bytes->data) return true;
  size_t doubled = bytes->capacity <= SIZE_MAX / 2 ? 2 * bytes->capacity : SIZE_MAX;
  size_t capacity = needed > doubled ? needed : doubled;
  unsigned char *moved = wg_allocate(bytes->allocator, capacity, 1);
  if (!moved) return false;
  if (bytes->size) memcpy(moved, bytes->data, bytes->size);
  if (bytes->data) wg_release(bytes->allocator, bytes->data);
  bytes->data = moved;
  bytes->capacity = capacity;
  return true;
}

bool wg_bytes_add(wg_bytes *bytes, const void *data, size_t size) {
  if (!wg_bytes_reserve(bytes, size)) return false;
  if (size) memcpy(bytes->data + bytes->size, data, size);
  bytes->size += size;
  return true;
}

/* ---- Files ---- */

static wg_status read_stream(FILE *stream, const char *path, size_t bytes_max, wg_bytes *bytes, wg_error *error) {
  for (;;) {
    if (bytes->size == bytes->capacity && !wg_bytes_reserve(bytes, 65536)) return wg_error_memory(error);
    errno = 0;
    size_t got = fread(bytes->data + bytes->size, 1, bytes->capacity - bytes->size, stream);
    bytes->size += got;
    if (bytes->size > bytes_max)
      return wg_error_set(error, WG_ERROR_FILE, "%s: the file is larger than %zu bytes", path, bytes_max);
    if (ferror(stream)) return wg_error_set(error, WG_ERROR_FILE, "%s: cannot be read: %s", path, strerror(errno));
    if (got == 0) return WG_OK;
  }
}

wg_status wg_bytes_read(const char *path, size_t bytes_max, wg_bytes *bytes, wg_error *error) {
  FILE *stream = fopen(path, "rb");
  if (!stream) return wg_error_set(error, WG_ERROR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
  wg_status status = read_stream(stream, path, bytes_max, bytes, error);
  fclose(stream);
  return status;
}

wg_status wg_bytes_read_unpacked(const char *path, size_t bytes_max, wg_bytes *bytes, wg_error *error) {
  wg_status status = wg_bytes_read(path, bytes_max, bytes, error);
  if (status != WG_OK || !wg_is_gzip(bytes->data, bytes->size)) return status;
  wg_bytes unpacked = {.allocator = bytes->allocator};
  status = wg_gunzip(path, bytes->data, bytes->size, bytes_max, &unpacked, error);
  wg_bytes_free(bytes);
  *bytes = unpacked;
  return status;
}

wg_status wg_bytes_write(const wg_bytes *bytes, const char *path, wg_error *error) {
  wg_file_writer *writer;
  wg_status status = wg_file_writer_new(path, NULL, &wg_file_system_default, bytes->allocator, &writer, error);
  if (status != WG_OK) return status;
  wg_file_writer_add(writer, bytes->data, bytes->size);
  status = wg_file_writer_finish(writer, error);
  wg_file_writer_free(writer);
  return status;
}

/* ---- Numbers ---- */

bool wg_big_endian(void) {
  const uint16_t one = 1;
  unsigned char first;
  memcpy(&first, &one, 1);
  return first == 0;
}

void wg_bytes_swap(void *data, size_t count, size_t size) {
  unsigned char *number = data;
  for (size_t i = 0; i < count; i++, number += size)
    for (size_t k = 0; k < size / 2; k++) {
      unsigned char byte = number[k];
      number[k] = number[size - 1 - k];
      number[size - 1 - k] = byte;
    }
}
