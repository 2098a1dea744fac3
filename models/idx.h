/* idx.h: arrays in the format of the MNIST files (Y. LeCun, C. Cortes and C. Burges, "The MNIST database"): two zero
 * bytes, the type of the elements, the number of axes, a size of four bytes for each, and the elements, big endian. */
#ifndef WG_IDX_H
#define WG_IDX_H

#include "array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads an array; gzip may have packed the file. A file of more than bytes_max bytes, packed or unpacked, is refused;
 * 0 means 4 GiB. On success *array is the caller's to free; on failure it is NULL and *error says what is wrong.
 * `allocator` NULL means malloc and free, `error` may be NULL.
 * Errors: WG_ERROR_FILE (cannot be opened or read, too large), WG_ERROR_DATA (what it holds), WG_ERROR_MEMORY. */
WG_API wg_status wg_idx_read(const char *path, size_t bytes_max, const wg_allocator *allocator, wg_array **array,
                             wg_error *error);

/* The same from `size` bytes in memory; `name` stands for the file in messages. */
WG_API wg_status wg_idx_parse(const char *name, const void *bytes, size_t size, const wg_allocator *allocator,
                              wg_array **array, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
