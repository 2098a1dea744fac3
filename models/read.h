/* read.h: a table by the name of a file, whatever its format, or of a set that is made. */
#ifndef WG_READ_H
#define WG_READ_H

#include "made.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Options of reading; all zero means the defaults. */
typedef struct wg_read_options {
  /* Where the labels are. CSV: a column, by its header or its number from 1; NPY: a column by its number; NULL means the
   * last one. NPZ: the array of that name; NULL means y, Y, labels, label, target or targets. */
  const char *label;
  const char *label_file; /* IDX, NPY: the file of the labels; NULL: IDX has it beside, by the usual names */
  bool unlabeled;         /* there are none, all numbers are features: the table has no classes, and labels are 0 */
  /* Of two parts that a source may have, the one for testing: t10k-… in a folder, x_test and y_test in an NPZ file, and
   * of a made set other points. Other sources have one part, which is read either way. */
  bool test;
  const wg_table *like;        /* order the columns and number the classes as in this table
                                  (wg_table_match_columns, wg_table_match_classes), or NULL */
  char delimiter;              /* CSV: 0 means a comma */
  size_t bytes_max;            /* refuse files that are larger, packed or unpacked; 0 means 4 GiB, CSV 1 GiB */
  const wg_made_options *made; /* NULL: wg_made_options_of the set; `test` in it comes from here */
  const wg_allocator *allocator;
} wg_read_options;

/* Reads a table. `name` is that of a made set (made.h; write ./moons for a file of that name), of a folder with the MNIST
 * files, or of a file. What a file is, is told by its first bytes: IDX, NPY, NPZ, else CSV; gzip may have packed it.
 *
 * IDX: an array of features, and a file of labels; train-images-idx3-ubyte has train-labels-idx1-ubyte beside it, with .gz
 * or without. NPY: features with labels in a column, or in a file of their own. NPZ: features are the array x, X,
 * features, data or images, labels see above; x_train and y_train if there is none. How arrays become a table, and bytes
 * numbers from 0 to 1, says wg_arrays_table.
 *
 * On success *table is the caller's to free; on failure it is NULL and *error says what is wrong and where. Errors:
 * WG_ERROR_FILE (a file is missing or cannot be read, is too large, is packed and there is no zlib), WG_ERROR_DATA (what
 * it holds), WG_ERROR_MEMORY, WG_ERROR_ARGUMENT (options). `options` and `error` may be NULL. */
WG_API wg_status wg_table_read(const char *name, const wg_read_options *options, wg_table **table, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
