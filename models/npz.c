#include "npz.h"

#include "npy_bytes.h"
#include "utf8.h"
#include "zip.h"

static const char suffix[] = ".npy";

static bool has_suffix(const wg_zip_entry *entry) {
  size_t length = entry->name_length, tail = sizeof suffix - 1;
  return length > tail && memcmp(entry->name + length - tail, suffix, tail) == 0;
}

static char *array_name(const wg_zip_entry *entry, const wg_allocator *allocator) {
  size_t length = entry->name_length - (sizeof suffix - 1);
  char *name = wg_allocate(allocator, length + 1, 1);
  if (!name) return NULL;
  memcpy(name, entry->name, length);
  name[length] = 0;
  return name;
}

static wg_status read_entry(const wg_zip *zip, const wg_zip_entry *entry, wg_npz *npz, wg_error *error) {
  wg_bytes unpacked = {.allocator = zip->allocator};
  char **name = &npz->names[npz->count];
  if (!has_suffix(entry))
    return wg_error_set(error, WG_ERROR_DATA, "%s: entry %zu is no array, its name does not end in %s", zip->name,
                        npz->count, suffix);
  *name = array_name(entry, zip->allocator);
  if (!*name) return wg_error_memory(error);
  wg_status status = wg_zip_extract(zip, entry, &unpacked, error);
  if (status == WG_OK) {
    wg_error inner = {0};
    status = wg_npy_parse(*name, unpacked.data, unpacked.size, zip->allocator, &npz->arrays[npz->count], &inner);
    if (status != WG_OK) wg_error_set(error, status, "%s: %s", zip->name, inner.message);
  }
  wg_bytes_free(&unpacked);
  return status;
}

static wg_status read_entries(const wg_zip *zip, wg_npz *npz, wg_error *error) {
  npz->names = wg_allocate_zeroed(zip->allocator, zip->count, sizeof *npz->names);
  npz->arrays = wg_allocate_zeroed(zip->allocator, zip->count, sizeof(wg_array *));
  if (!npz->names || !npz->arrays) return wg_error_memory(error);
  for (size_t i = 0; i < zip->count; i++) {
    wg_status status = read_entry(zip, &zip->entries[i], npz, error);
    if (status == WG_OK) {
      npz->count++;
      continue;
    }
    wg_release(zip->allocator, npz->names[i]);
    return status;
  }
  return WG_OK;
}

wg_status wg_npz_parse(const char *name, const void *bytes, size_t size, size_t bytes_max,
                       const wg_allocator *allocator, wg_npz **npz, wg_error *error) {
  if (!allocator) allocator = &wg_allocator_default;
  wg_zip zip = {0};
  *npz = NULL;
  wg_status status = wg_zip_open(name, bytes, size, bytes_max ? bytes_max : WG_FILE_BYTES_MAX, allocator, &zip, error);
  if (status != WG_OK) return status;
  wg_npz *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  status = made ? WG_OK : wg_error_memory(error);
  if (made) {
    made->allocator = *allocator;
    status = read_entries(&zip, made, error);
  }
  wg_zip_close(&zip);
  if (status == WG_OK)
    *npz = made;
  else
    wg_npz_free(made);
  return status;
}

wg_status wg_npz_read(const char *path, size_t bytes_max, const wg_allocator *allocator, wg_npz **npz,
                      wg_error *error) {
  wg_bytes bytes = {.allocator = allocator ? allocator : &wg_allocator_default};
  *npz = NULL;
  wg_status status = wg_bytes_read(path, bytes_max ? bytes_max : WG_FILE_BYTES_MAX, &bytes, error);
  if (status == WG_OK) status = wg_npz_parse(path, bytes.data, bytes.size, bytes_max, allocator, npz, error);
  wg_bytes_free(&bytes);
  return status;
}

void wg_npz_free(wg_npz *npz) {
  if (!npz) return;
  wg_allocator allocator = npz->allocator;
  for (size_t i = 0; i < npz->count; i++) {
    wg_release(&allocator, npz->names[i]);
    wg_array_free(npz->arrays[i]);
  }
  wg_release(&allocator, npz->names);
  wg_release(&allocator, npz->arrays);
  wg_release(&allocator, npz);
}

const wg_array *wg_npz_find(const wg_npz *npz, const char *name) {
  for (size_t i = 0; i < npz->count; i++)
    if (strcmp(npz->names[i], name) == 0) return npz->arrays[i];
  return NULL;
}

/* ---- Writing ---- */

static wg_status check_name(size_t i, const char *const *names, wg_error *error) {
  const char *name = names[i];
  size_t length = strlen(name), taken = 0, next = 1;
  while (next && taken < length) taken += next = wg_utf8_printable(name + taken, length - taken);
  if (length == 0 || !next) return wg_error_set(error, WG_ERROR_ARGUMENT, "array %zu has no name that is text", i);
  for (size_t k = 0; k < i; k++)
    if (strcmp(names[k], name) == 0)
      return wg_error_set(error, WG_ERROR_ARGUMENT, "there are two arrays '%.40s'", name);
  return WG_OK;
}

static wg_status add_array(wg_zip_writer *writer, const char *name, const wg_array *array, bool packed,
                           wg_error *error) {
  wg_bytes entry_name = {.allocator = writer->file.allocator}, bytes = {.allocator = writer->file.allocator};
  bool made = wg_bytes_add(&entry_name, name, strlen(name)) && wg_bytes_add(&entry_name, suffix, sizeof suffix) &&
              wg_npy_add(&bytes, array);
  wg_status status = made ? wg_zip_add(writer, (const char *)entry_name.data, bytes.data, bytes.size, packed, error)
                          : wg_error_memory(error);
  wg_bytes_free(&entry_name);
  wg_bytes_free(&bytes);
  return status;
}

wg_status wg_npz_write(const char *path, size_t count, const char *const *names, const wg_array *const *arrays,
                       bool packed, const wg_allocator *allocator, wg_error *error) {
  if (!allocator) allocator = &wg_allocator_default;
  wg_zip_writer writer = {.file = {.allocator = allocator}, .directory = {.allocator = allocator}};
  wg_status status = WG_OK;
  for (size_t i = 0; status == WG_OK && i < count; i++) {
    status = check_name(i, names, error);
    if (status == WG_OK) status = add_array(&writer, names[i], arrays[i], packed, error);
  }
  if (status == WG_OK) status = wg_zip_finish(&writer, error);
  if (status == WG_OK) status = wg_bytes_write(&writer.file, path, error);
  wg_bytes_free(&writer.file);
  wg_bytes_free(&writer.directory);
  return status;
}
