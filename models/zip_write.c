/* zip_write.c: a zip archive in memory, entry by entry, the same bytes for the same entries. */
#include "compress.h"
#include "zip.h"

static wg_status fail_large(wg_error *error) {
  return wg_error_set(error, WG_ERROR_ARGUMENT, "zip archives of 4 GiB or 65535 entries are not written");
}

/* 26 bytes that an entry's header and its record in the directory share: version needed, flags, method, time (midnight
 * of January 1st, 1980, the format's first), checksum, sizes, lengths of the name and of extra fields. */
static void describe(unsigned char at[26], const char *name, uint32_t crc, size_t packed, size_t size, bool deflated) {
  bool plain = true;
  for (const char *c = name; *c; c++) plain = plain && !((unsigned char)*c & 0x80);
  wg_store_16(at, 20);
  wg_store_16(at + 2, plain ? 0 : 0x800); /* the name is in UTF-8 */
  wg_store_16(at + 4, deflated ? 8 : 0);
  wg_store_32(at + 6, UINT32_C(0x00210000));
  wg_store_32(at + 10, crc);
  wg_store_32(at + 14, (uint32_t)packed);
  wg_store_32(at + 18, (uint32_t)size);
  wg_store_16(at + 22, (uint16_t)strlen(name));
  wg_store_16(at + 24, 0);
}

static bool add_entry(wg_zip_writer *writer, const char *name, const unsigned char shared[26],
                      const unsigned char *packed, size_t packed_size) {
  const unsigned char local[4] = {'P', 'K', 3, 4}, central[6] = {'P', 'K', 1, 2, 20, 0};
  unsigned char rest[14] = {0}; /* no comment, disk 0, no attributes, the place of the header */
  size_t length = strlen(name), place = writer->file.size;
  wg_store_32(rest + 10, (uint32_t)place);
  return wg_bytes_add(&writer->file, local, sizeof local) && wg_bytes_add(&writer->file, shared, 26) &&
         wg_bytes_add(&writer->file, name, length) && wg_bytes_add(&writer->file, packed, packed_size) &&
         wg_bytes_add(&writer->directory, central, sizeof central) && wg_bytes_add(&writer->directory, shared, 26) &&
         wg_bytes_add(&writer->directory, rest, sizeof rest) && wg_bytes_add(&writer->directory, name, length);
}

wg_status wg_zip_add(wg_zip_writer *writer, const char *name, const unsigned char *bytes, size_t size, bool deflated,
                     wg_error *error) {
  wg_bytes packed = {.allocator = writer->file.allocator};
  if (deflated) {
    wg_status status = wg_deflate(bytes, size, &packed, error);
    if (status != WG_OK) {
      wg_bytes_free(&packed);
      return status;
    }
  }
  size_t packed_size = deflated ? packed.size : size, length = strlen(name);
  wg_status status = WG_OK;
  uint64_t end = (uint64_t)writer->file.size + 30 + length + packed_size;
  if (size >= UINT32_MAX || end >= UINT32_MAX || length > 65535 || writer->count >= 65534) {
    status = fail_large(error);
  } else {
    unsigned char shared[26];
    describe(shared, name, wg_crc32(bytes, size), packed_size, size, deflated);
    if (!add_entry(writer, name, shared, deflated ? packed.data : bytes, packed_size)) status = wg_error_memory(error);
    writer->count++;
  }
  wg_bytes_free(&packed);
  return status;
}

wg_status wg_zip_finish(wg_zip_writer *writer, wg_error *error) {
  unsigned char end[22] = {'P', 'K', 5, 6};
  size_t place = writer->file.size;
  if (place >= UINT32_MAX || writer->directory.size >= UINT32_MAX - place) return fail_large(error);
  wg_store_16(end + 8, (uint16_t)writer->count);
  wg_store_16(end + 10, (uint16_t)writer->count);
  wg_store_32(end + 12, (uint32_t)writer->directory.size);
  wg_store_32(end + 16, (uint32_t)place);
  bool added = wg_bytes_add(&writer->file, writer->directory.data, writer->directory.size) &&
               wg_bytes_add(&writer->file, end, sizeof end);
  return added ? WG_OK : wg_error_memory(error);
}
