/* npz.h: arrays with names in one file, a zip archive of NPY files as numpy.savez writes it, checked and bounded. */
#ifndef WG_NPZ_H
#define WG_NPZ_H

#include "npy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The arrays of a file, in its order. */
typedef struct wg_npz {
  size_t count;
  char **names; /* without the ".npy" that they have in the archive; no two are equal */
  wg_array **arrays;
  wg_allocator allocator;
} wg_npz;

/* Reads all arrays. A file of more than bytes_max bytes, packed or unpacked, is refused; 0 means 4 GiB. On success *npz is
 * the caller's to free; on failure it is NULL and *error says what is wrong. `allocator` NULL means malloc and free,
 * `error` may be NULL. Errors: WG_ERROR_FILE (cannot be opened or read, too large; has compressed arrays, and there is
 * no zlib), WG_ERROR_DATA (what the file holds), WG_ERROR_MEMORY. */
WG_API wg_status wg_npz_read(const char *path, size_t bytes_max, const wg_allocator *allocator, wg_npz **npz,
                             wg_error *error);

/* The same from `size` bytes in memory; `name` stands for the file in messages. */
WG_API wg_status wg_npz_parse(const char *name, const void *bytes, size_t size, size_t bytes_max,
                              const wg_allocator *allocator, wg_npz **npz, wg_error *error);
WG_API void wg_npz_free(wg_npz *npz);

/* The array of that name, or NULL. */
WG_API const wg_array *wg_npz_find(const wg_npz *npz, const char *name);

/* Writes `count` arrays, compressed if `packed` says so. Errors: WG_ERROR_ARGUMENT (a name that is empty, is there twice
 * or is no text; 4 GiB or more), WG_ERROR_FILE (cannot be written; to be packed, and there is no zlib), WG_ERROR_MEMORY.
 * `allocator` NULL means malloc and free. */
WG_API wg_status wg_npz_write(const char *path, size_t count, const char *const *names, const wg_array *const *arrays,
                              bool packed, const wg_allocator *allocator, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
