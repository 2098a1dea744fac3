/* safetensors.h: named tensors and texts in a file, which other tools read and write too.
 *
 * The format (github.com/huggingface/safetensors): 8 bytes N, little-endian; N bytes of JSON in UTF-8, which may end in
 * spaces; then the elements of all tensors, little-endian and row-major, without holes. The JSON is an object:
 *
 *     {"__metadata__": {"key": "text", …}, "name": {"dtype": "F32", "shape": [2,4], "data_offsets": [0,32]}, …}
 *
 * A file is taken only if all of this holds for every byte of it; the JSON has at most 100 MB, as the format asks.
 * Reading needs the library jansson; a wengert that was built without it writes files only, and says so. */
#ifndef WG_SAFETENSORS_H
#define WG_SAFETENSORS_H

#include "../engine/shape.h"
#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Element types of the format. Written are WG_STORED_F32, WG_STORED_F64 and WG_STORED_I64. */
typedef enum wg_stored_dtype {
  WG_STORED_BOOL,
  WG_STORED_U8,
  WG_STORED_I8,
  WG_STORED_U16,
  WG_STORED_I16,
  WG_STORED_U32,
  WG_STORED_I32,
  WG_STORED_U64,
  WG_STORED_I64,
  WG_STORED_F16,  /* IEEE 754 binary16 */
  WG_STORED_BF16, /* the upper half of an F32 */
  WG_STORED_F32,
  WG_STORED_F64,
  WG_STORED_DTYPE_COUNT
} wg_stored_dtype;

WG_API size_t wg_stored_dtype_size(wg_stored_dtype dtype);      /* bytes of one element; 0 out of range */
WG_API const char *wg_stored_dtype_text(wg_stored_dtype dtype); /* "F32", "BF16"; "" out of range */

/* One tensor of a file. */
typedef struct wg_stored_tensor {
  const char *name;
  wg_stored_dtype dtype;
  wg_shape shape;
  int64_t count;    /* elements */
  const void *data; /* as they stand in the file: little-endian, not aligned; see wg_stored_copy */
} wg_stored_tensor;

/* What a file holds, or is to hold. */
typedef struct wg_safetensors wg_safetensors;

/* Reads a file, all of it, into memory. On success *file is the caller's to free; on failure it is NULL, and *error says
 * what is wrong. `bytes_max`: refuse larger files; 0 means 4 GiB. `allocator` is copied; NULL means malloc and free;
 * jansson takes from malloc what it needs for the JSON. Errors: WG_ERROR_FILE (cannot be read, too large; or this
 * wengert cannot read any), WG_ERROR_DATA (what the file holds), WG_ERROR_MEMORY. */
WG_API wg_status wg_safetensors_read(const char *path, size_t bytes_max, const wg_allocator *allocator,
                                     wg_safetensors **file, wg_error *error);

/* The same from `size` bytes in memory, which must outlive the file; `name` stands for the file in messages. */
WG_API wg_status wg_safetensors_parse(const char *name, const void *bytes, size_t size, const wg_allocator *allocator,
                                      wg_safetensors **file, wg_error *error);

/* Without tensors and texts; NULL without memory. */
WG_API wg_safetensors *wg_safetensors_new(const wg_allocator *allocator);
WG_API void wg_safetensors_free(wg_safetensors *file);

/* True if this wengert can read files: if it was built with jansson. */
WG_API bool wg_safetensors_readable(void);

/* ---- What it holds ---- */

WG_API size_t wg_safetensors_count(const wg_safetensors *file);
WG_API const wg_stored_tensor *wg_safetensors_at(const wg_safetensors *file, size_t i); /* by their place in the file */
WG_API const wg_stored_tensor *wg_safetensors_find(const wg_safetensors *file, const char *name); /* NULL if none */
WG_API const char *wg_safetensors_text(const wg_safetensors *file, const char *key);              /* NULL if none */

/* The elements of a tensor into aligned memory for tensor->count of `dtype`. To f32 and f64 goes every type, rounded to
 * the nearest; to i64 booleans and integers. Errors: WG_ERROR_DTYPE (floating numbers to i64), WG_ERROR_DATA (a U64
 * beyond i64). */
WG_API wg_status wg_stored_copy(const wg_stored_tensor *tensor, wg_dtype dtype, void *elements, wg_error *error);

/* ---- Writing ---- */

/* One more tensor or text, in a file that was made, not read. Elements stay the caller's and must be there until the file
 * is written or freed. Names, keys and texts are UTF-8; a name or key must be new, and __metadata__ is no name of a
 * tensor. The first failure stays with the file and is what wg_safetensors_write returns: WG_ERROR_MEMORY,
 * WG_ERROR_ARGUMENT, WG_ERROR_SHAPE, WG_ERROR_DTYPE. */
WG_API wg_status wg_safetensors_add(wg_safetensors *file, const char *name, wg_dtype dtype, wg_shape shape,
                                    const void *elements);
WG_API wg_status wg_safetensors_add_text(wg_safetensors *file, const char *key, const char *text);

/* Writes the file: the tensors with the widest elements first, then by name, all aligned. What was at `path` before is
 * there, whole, until the new file is complete and on the disk. Errors: WG_ERROR_FILE, WG_ERROR_MEMORY, and what
 * wg_safetensors_add returned. */
WG_API wg_status wg_safetensors_write(wg_safetensors *file, const char *path, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
