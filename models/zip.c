#include "zip.h"

#include "compress.h"
#include "utf8.h"

#include "../engine/text.h"

#include <stdlib.h>

enum {
  LOCAL_SIZE = 30,     /* bytes of an entry's header without name and extra fields */
  DIRECTORY_SIZE = 46, /* … of its record in the directory */
  END_SIZE = 22,       /* … of the end of the directory */
  STORED = 0,
  DEFLATED = 8,
  FLAG_ENCRYPTED = 1,
  FLAG_SIZES_LATER = 8, /* the header has zeros, as the sizes were not known when it was written */
  FLAG_UTF8 = 0x800,
  ZIP64_FIELD = 1
};
#define LOCAL_MARK UINT32_C(0x04034b50)
#define DIRECTORY_MARK UINT32_C(0x02014b50)
#define END_MARK UINT32_C(0x06054b50)
#define IN_ZIP64 UINT32_C(0xffffffff) /* a size that stands in a ZIP64 field */

static wg_status fail(const wg_zip *zip, const char *what, wg_error *error) {
  return wg_error_set(error, WG_ERROR_DATA, "%s: %s", zip->name, what);
}

static wg_status fail_entry(const wg_zip *zip, const wg_zip_entry *entry, const char *what, wg_error *error) {
  int length = entry->name_length < 40 ? (int)entry->name_length : wg_text_fit(entry->name, 40);
  return wg_error_set(error, WG_ERROR_DATA, "%s: '%.*s': %s", zip->name, length, entry->name, what);
}

/* ---- The directory ---- */

/* What the header of an entry and its record in the directory both say. */
typedef struct entry_record {
  unsigned flags, method;
  uint32_t crc;
  uint64_t packed, size;
} entry_record;

/* Sizes that do not fit 32 bits, and those of NumPy, stand in an extra field: unpacked first. */
static bool resolve_sizes(const unsigned char *extra, size_t length, entry_record *record) {
  if (record->size != IN_ZIP64 && record->packed != IN_ZIP64) return true;
  while (length >= 4) {
    size_t field = wg_load_16(extra + 2);
    if (field > length - 4) return false;
    const unsigned char *at = extra + 4, *end = at + field;
    if (wg_load_16(extra) == ZIP64_FIELD) {
      if (record->size == IN_ZIP64) {
        if (end - at < 8) return false;
        record->size = wg_load_64(at);
        at += 8;
      }
      if (record->packed == IN_ZIP64) {
        if (end - at < 8) return false;
        record->packed = wg_load_64(at);
      }
      return true;
    }
    extra = end;
    length -= 4 + field;
  }
  return false;
}

/* Where the directory lies. The end of it is the last thing in the file, but for a comment of a known length. */
static wg_status find_directory(const wg_zip *zip, size_t *start, size_t *end, size_t *count, wg_error *error) {
  size_t at = zip->size;
  for (size_t comment = 0; comment <= 65535 && comment + END_SIZE <= zip->size; comment++) {
    size_t place = zip->size - END_SIZE - comment;
    if (wg_load_32(zip->bytes + place) != END_MARK || wg_load_16(zip->bytes + place + 20) != comment) continue;
    at = place;
    break;
  }
  if (at == zip->size) return fail(zip, "is not a zip archive, or its end is missing", error);
  const unsigned char *record = zip->bytes + at;
  size_t entries = wg_load_16(record + 10), size = wg_load_32(record + 12), offset = wg_load_32(record + 16);
  if (wg_load_16(record + 4) != 0 || wg_load_16(record + 6) != 0 || wg_load_16(record + 8) != entries)
    return fail(zip, "is a part of a zip archive on several disks", error);
  if (entries == 0xffff || size == IN_ZIP64 || offset == IN_ZIP64)
    return fail(zip, "zip archives of 4 GiB or 65535 entries are not read", error);
  if (offset > at || size != at - offset) return fail(zip, "its directory is not where it should be", error);
  if (entries > size / DIRECTORY_SIZE) return fail(zip, "its directory is damaged", error);
  *start = offset;
  *end = at;
  *count = entries;
  return WG_OK;
}

static wg_status check_name(const wg_zip *zip, const wg_zip_entry *entry, wg_error *error) {
  for (size_t i = 0, length; i < entry->name_length; i += length) {
    length = wg_utf8_printable(entry->name + i, entry->name_length - i);
    if (length == 0) return fail(zip, "the name of an entry is not text", error);
  }
  return entry->name_length ? WG_OK : fail(zip, "an entry has no name", error);
}

/* Compares an entry's own header with the directory, and finds its bytes, which must lie before the directory. */
static wg_status check_header(const wg_zip *zip, size_t directory, const entry_record *expected, wg_zip_entry *entry,
                              wg_error *error) {
  const char *outside = "its header or its bytes lie outside of the archive", *differs = "its header says other things";
  if (entry->header > directory || directory - entry->header < LOCAL_SIZE)
    return fail_entry(zip, entry, outside, error);
  size_t left = directory - entry->header;
  const unsigned char *header = zip->bytes + entry->header;
  if (wg_load_32(header) != LOCAL_MARK) return fail_entry(zip, entry, "there is no header where it should be", error);
  size_t name_length = wg_load_16(header + 26), extra_length = wg_load_16(header + 28);
  if (left - LOCAL_SIZE < name_length + extra_length) return fail_entry(zip, entry, outside, error);
  left -= LOCAL_SIZE + name_length + extra_length;
  entry_record own = {.flags = wg_load_16(header + 6),
                      .method = wg_load_16(header + 8),
                      .crc = wg_load_32(header + 14),
                      .packed = wg_load_32(header + 18),
                      .size = wg_load_32(header + 22)};
  bool later = (own.flags & FLAG_SIZES_LATER) != 0;
  if (!resolve_sizes(header + LOCAL_SIZE + name_length, extra_length, &own) && !later)
    return fail_entry(zip, entry, "its ZIP64 sizes are missing", error);
  if (own.flags != expected->flags || own.method != expected->method || name_length != entry->name_length ||
      memcmp(header + LOCAL_SIZE, entry->name, name_length) != 0)
    return fail_entry(zip, entry, differs, error);
  if (!later && (own.crc != expected->crc || own.packed != expected->packed || own.size != expected->size))
    return fail_entry(zip, entry, differs, error);
  if (expected->packed > left) return fail_entry(zip, entry, outside, error);
  entry->packed = header + LOCAL_SIZE + name_length + extra_length;
  return WG_OK;
}

/* One record of the directory, at `at`; *length is how many bytes it takes. */
static wg_status read_record(const wg_zip *zip, size_t directory, size_t at, size_t end, wg_zip_entry *entry,
                             size_t *length, wg_error *error) {
  const unsigned char *record = zip->bytes + at;
  if (end - at < DIRECTORY_SIZE || wg_load_32(record) != DIRECTORY_MARK)
    return fail(zip, "its directory is damaged", error);
  size_t name_length = wg_load_16(record + 28), extra_length = wg_load_16(record + 30);
  *length = DIRECTORY_SIZE + name_length + extra_length + wg_load_16(record + 32);
  if (*length > end - at) return fail(zip, "its directory is damaged", error);
  entry_record said = {.flags = wg_load_16(record + 8),
                       .method = wg_load_16(record + 10),
                       .crc = wg_load_32(record + 16),
                       .packed = wg_load_32(record + 20),
                       .size = wg_load_32(record + 24)};
  *entry = (wg_zip_entry){.name = (const char *)record + DIRECTORY_SIZE,
                          .name_length = name_length,
                          .header = wg_load_32(record + 42),
                          .crc = said.crc,
                          .deflated = said.method == DEFLATED};
  wg_status status = check_name(zip, entry, error);
  if (status != WG_OK) return status;
  if (!resolve_sizes(record + DIRECTORY_SIZE + name_length, extra_length, &said))
    return fail_entry(zip, entry, "its ZIP64 sizes are missing", error);
  if (said.flags & FLAG_ENCRYPTED) return fail_entry(zip, entry, "is encrypted", error);
  if (said.method != STORED && said.method != DEFLATED)
    return fail_entry(zip, entry, "is packed by a method other than deflate", error);
  status = check_header(zip, directory, &said, entry, error);
  if (status != WG_OK) return status;
  entry->packed_size = (size_t)said.packed; /* fits: it lies inside the file */
  if (entry->deflated ? said.size / WG_INFLATE_FACTOR_MAX > said.packed : said.size != said.packed)
    return fail_entry(zip, entry, "it cannot have the size that it claims", error);
  if (said.size > SIZE_MAX) return fail_entry(zip, entry, "it is too large", error);
  entry->size = (size_t)said.size;
  return WG_OK;
}

/* ---- The archive as a whole ---- */

static int by_name(const void *a, const void *b) {
  const wg_zip_entry *x = *(const wg_zip_entry *const *)a, *y = *(const wg_zip_entry *const *)b;
  size_t shorter = x->name_length < y->name_length ? x->name_length : y->name_length;
  int order = memcmp(x->name, y->name, shorter);
  return order ? order : (x->name_length > y->name_length) - (x->name_length < y->name_length);
}

static int by_place(const void *a, const void *b) {
  const wg_zip_entry *x = *(const wg_zip_entry *const *)a, *y = *(const wg_zip_entry *const *)b;
  return (x->header > y->header) - (x->header < y->header);
}

static wg_status check_together(const wg_zip *zip, size_t bytes_max, const wg_zip_entry **order, wg_error *error) {
  size_t total = 0;
  for (size_t i = 0; i < zip->count; i++) {
    order[i] = &zip->entries[i];
    if (!wg_size_add(total, order[i]->size, &total) || total > bytes_max)
      return wg_error_set(error, WG_ERROR_DATA, "%s: unpacked it is larger than %zu bytes", zip->name, bytes_max);
  }
  qsort(order, zip->count, sizeof *order, by_place);
  for (size_t i = 1; i < zip->count; i++)
    if (zip->bytes + order[i]->header < order[i - 1]->packed + order[i - 1]->packed_size)
      return fail_entry(zip, order[i], "it overlaps another entry", error);
  qsort(order, zip->count, sizeof *order, by_name);
  for (size_t i = 1; i < zip->count; i++)
    if (by_name(&order[i - 1], &order[i]) == 0) return fail_entry(zip, order[i], "there are two of that name", error);
  return WG_OK;
}

wg_status wg_zip_open(const char *name, const unsigned char *bytes, size_t size, size_t bytes_max,
                      const wg_allocator *allocator, wg_zip *zip, wg_error *error) {
  size_t start = 0, end = 0, count = 0;
  *zip = (wg_zip){.name = name, .bytes = bytes, .size = size, .allocator = allocator};
  wg_status status = find_directory(zip, &start, &end, &count, error);
  if (status != WG_OK) return status;
  zip->entries = wg_allocate_zeroed(allocator, count, sizeof *zip->entries);
  const wg_zip_entry **order = wg_allocate(allocator, count, sizeof *order);
  if (!zip->entries || !order) status = wg_error_memory(error);
  size_t at = start, length = 0;
  for (; status == WG_OK && zip->count < count; at += length) {
    status = read_record(zip, start, at, end, &zip->entries[zip->count], &length, error);
    if (status == WG_OK) zip->count++;
  }
  if (status == WG_OK && at != end) status = fail(zip, "its directory is damaged", error);
  if (status == WG_OK) status = check_together(zip, bytes_max, order, error);
  wg_release(allocator, order);
  if (status != WG_OK) wg_zip_close(zip);
  return status;
}

void wg_zip_close(wg_zip *zip) {
  if (zip->entries) wg_release(zip->allocator, zip->entries);
  zip->entries = NULL;
  zip->count = 0;
}

wg_status wg_zip_extract(const wg_zip *zip, const wg_zip_entry *entry, wg_bytes *unpacked, wg_error *error) {
  if (!wg_bytes_reserve(unpacked, entry->size)) return wg_error_memory(error);
  unsigned char *bytes = unpacked->data + unpacked->size;
  wg_status status = WG_OK;
  if (entry->deflated)
    status = wg_inflate(zip->name, entry->packed, entry->packed_size, bytes, entry->size, unpacked->allocator, error);
  else if (entry->size)
    memcpy(bytes, entry->packed, entry->size);
  if (status != WG_OK) return status;
  unpacked->size += entry->size;
  return wg_crc32(bytes, entry->size) == entry->crc ? WG_OK : fail_entry(zip, entry, "its checksum is wrong", error);
}
