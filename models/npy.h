/* npy.h: one array in a file as NumPy writes it (NEP 1; format versions 1, 2 and 3), checked and bounded. */
#ifndef WG_NPY_H
#define WG_NPY_H

#include "array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads f4, f8, i1 … i8, u1 … u8 and booleans (as u8), of either order of bytes and either order of elements; gzip may
 * have packed the file. A file of more than bytes_max bytes, packed or unpacked, is refused; 0 means 4 GiB. On success
 * *array is the caller's to free; on failure it is NULL and *error says what is wrong. `allocator` NULL means malloc
 * and free, `error` may be NULL.
 * Errors: WG_ERROR_FILE (cannot be opened or read, too large), WG_ERROR_DATA (what it holds), WG_ERROR_MEMORY. */
WG_API wg_status wg_npy_read(const char *path, size_t bytes_max, const wg_allocator *allocator, wg_array **array,
                             wg_error *error);

/* The same from `size` bytes in memory; `name` stands for the file in messages. */
WG_API wg_status wg_npy_parse(const char *name, const void *bytes, size_t size, const wg_allocator *allocator,
                              wg_array **array, wg_error *error);

/* Writes the array, little endian, in C order. Errors: WG_ERROR_FILE, WG_ERROR_MEMORY. */
WG_API wg_status wg_npy_write(const char *path, const wg_array *array, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
