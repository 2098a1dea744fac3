/* zip.h: zip archives in memory, read with every field checked, and written; internal. Of the format (PKWARE, APPNOTE.TXT)
 * it knows what NPZ files need: entries stored or deflated, sizes in ZIP64 fields, no encryption, one disk, and archives
 * below 4 GiB. */
#ifndef WG_ZIP_H
#define WG_ZIP_H

#include "bytes.h"

/* An entry: where its packed bytes lie in the archive. */
typedef struct wg_zip_entry {
  const char *name; /* not ended by a zero */
  size_t name_length;
  size_t header; /* where its local header begins */
  const unsigned char *packed;
  size_t packed_size, size; /* size: unpacked */
  uint32_t crc;
  bool deflated;
} wg_zip_entry;

typedef struct wg_zip {
  const char *name; /* of the file, for messages */
  const unsigned char *bytes;
  size_t size;
  const wg_allocator *allocator;
  size_t count;
  wg_zip_entry *entries; /* in the order of the archive's directory */
} wg_zip;

/* Reads the directory of the archive in `bytes`, which must outlive *zip, and compares it with the headers of all
 * entries. On success the caller ends with wg_zip_close. Errors: WG_ERROR_DATA (fields that disagree or point outside,
 * entries that overlap, two of one name, names that are no text, unpacked sizes that are more than bytes_max together or
 * more than the packed bytes can give, what this reader does not know), WG_ERROR_MEMORY. */
wg_status wg_zip_open(const char *name, const unsigned char *bytes, size_t size, size_t bytes_max,
                      const wg_allocator *allocator, wg_zip *zip, wg_error *error);
void wg_zip_close(wg_zip *zip); /* zeroed is fine */

/* Unpacks an entry onto *unpacked and compares size and checksum. `unpacked` is freed by the caller either way. Errors:
 * WG_ERROR_DATA, WG_ERROR_MEMORY, WG_ERROR_FILE (deflated, and there is no zlib). */
wg_status wg_zip_extract(const wg_zip *zip, const wg_zip_entry *entry, wg_bytes *unpacked, wg_error *error);

/* An archive being written: the entries so far, and their directory. */
typedef struct wg_zip_writer {
  wg_bytes file, directory;
  size_t count;
} wg_zip_writer;

/* Adds an entry. Errors: WG_ERROR_ARGUMENT (65535 entries or 4 GiB), WG_ERROR_MEMORY, WG_ERROR_FILE (to be deflated, and
 * there is no zlib). */
wg_status wg_zip_add(wg_zip_writer *writer, const char *name, const unsigned char *bytes, size_t size, bool deflated,
                     wg_error *error);

/* Ends the archive, which then is writer->file. Errors: WG_ERROR_MEMORY, WG_ERROR_ARGUMENT (4 GiB). */
wg_status wg_zip_finish(wg_zip_writer *writer, wg_error *error);

#endif
