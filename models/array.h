/* array.h: arrays of numbers of any type and shape, as files hold them, and tables of samples made of them. */
#ifndef WG_ARRAY_H
#define WG_ARRAY_H

#include "../engine/shape.h"
#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What an element is: a floating-point number, a signed or an unsigned integer, of so many bits. */
typedef enum wg_element {
  WG_ELEMENT_F32,
  WG_ELEMENT_F64,
  WG_ELEMENT_I8,
  WG_ELEMENT_I16,
  WG_ELEMENT_I32,
  WG_ELEMENT_I64,
  WG_ELEMENT_U8,
  WG_ELEMENT_U16,
  WG_ELEMENT_U32,
  WG_ELEMENT_U64,
  WG_ELEMENT_COUNT
} wg_element;

WG_API size_t wg_element_size(wg_element element);      /* bytes; 0 out of range */
WG_API const char *wg_element_text(wg_element element); /* "f32", "u8" …; "" out of range */

/* An array. Fields may be read freely; the elements may be changed. */
typedef struct wg_array {
  wg_element element;
  int rank; /* 0 … WG_RANK_MAX; 0 is a single number */
  int64_t size[WG_RANK_MAX];
  int64_t count; /* of elements, the product of the sizes */
  void *data;    /* row-major (the last index runs fastest), in this machine's order of bytes */
  wg_allocator allocator;
} wg_array;

/* An array of zeros, or NULL without memory, and for an element, a rank or sizes that cannot be. The caller frees it.
 * `allocator` is copied; NULL means malloc and free. */
WG_API wg_array *wg_array_new(wg_element element, int rank, const int64_t *size, const wg_allocator *allocator);
WG_API void wg_array_free(wg_array *array);

/* Element i, 0 … count−1, as a double (integers beyond 2⁵³ are rounded); and as an integer: false, and *value as it
 * was, if it is not a whole number from −2⁶³ to 2⁶³−1. */
WG_API double wg_array_number(const wg_array *array, int64_t i);
WG_API bool wg_array_integer(const wg_array *array, int64_t i, int64_t *value);

/* A table from an array of features, whose first axis counts the samples, and one of labels. `name` stands for the file
 * in messages. The caller frees *table, and still owns the arrays.
 *
 * Features: the axes after the first together make a row. Three axes are gray images (samples, height, width); four are
 * images with channels (samples, channels, height, width), or (samples, height, width, channels) if the last size is
 * 1, 3 or 4 and the second is not; channels come first in the table. Images of bytes become 0 … 1, x/255. The table is
 * of f32 for f32 and for integers of 8 and 16 bits, else of f64.
 *
 * Labels: one integer for each sample, or one-hot rows. Labels from 0 to 65535 are the numbers of the classes; where
 * there are others, class k is the k-th smallest label. NULL means that there are none: then classes is 0.
 *
 * Errors (*table is NULL): WG_ERROR_DATA (shapes that do not fit, no samples or features, a feature that is not
 * finite, a label that is not whole; the message counts samples and features from 1), WG_ERROR_MEMORY. */
WG_API wg_status wg_arrays_table(const char *name, const wg_array *features, const wg_array *labels,
                                 const wg_allocator *allocator, wg_table **table, wg_error *error);

/* The same from one array of two axes that has the labels in the column of that number, from 1; 0 means the last. */
WG_API wg_status wg_array_table(const char *name, const wg_array *array, int64_t label_column,
                                const wg_allocator *allocator, wg_table **table, wg_error *error);

/* Copies of a table's features, (rows, columns) or with the sizes of its images, and of its labels, (rows) of i64; NULL
 * without memory. The caller frees them. */
WG_API wg_array *wg_table_features(const wg_table *table, const wg_allocator *allocator);
WG_API wg_array *wg_table_labels(const wg_table *table, const wg_allocator *allocator);

#ifdef __cplusplus
}
#endif
#endif
