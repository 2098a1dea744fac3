/* data.h: tables of labeled samples: standardized, split, and laid out for a net. They are read from files or made
 * (read.h, csv.h, array.h, made.h). */
#ifndef WG_DATA_H
#define WG_DATA_H

#include "error.h"
#include "net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A table of labeled samples. Fields may be read freely; features and labels may be changed. */
typedef struct wg_table {
  int64_t rows, columns;           /* samples, features */
  int64_t classes;                 /* labels are 0 … classes−1 */
  wg_dtype dtype;                  /* of the features: WG_F64 or WG_F32 */
  void *features;                  /* rows×columns, row-major; all finite where they come from a file */
  int64_t *labels;                 /* rows */
  int64_t channels, height, width; /* a row is such an image, channel by channel, line by line; zeros if it is none */
  char **column_names;             /* columns of them, or NULL if the source had none */
  char **class_names;              /* classes of them, or NULL */
  char *label_name;                /* the header of the label column, or NULL */
  wg_allocator allocator;
} wg_table;

/* A table of zeros without names, or NULL without memory, for negative sizes, for sizes that overflow and for a dtype
 * of integers. The caller frees it. `allocator` is copied; NULL means malloc and free. wg_table_new makes one of f64. */
WG_API wg_table *wg_table_new(int64_t rows, int64_t columns, int64_t classes, const wg_allocator *allocator);
WG_API wg_table *wg_table_new_with(wg_dtype dtype, int64_t rows, int64_t columns, int64_t classes,
                                   const wg_allocator *allocator);
WG_API void wg_table_free(wg_table *table);

/* One feature, which must be inside the table: read, and set (rounded to the table's dtype). */
WG_API double wg_table_feature(const wg_table *table, int64_t row, int64_t column);
WG_API void wg_table_set_feature(wg_table *table, int64_t row, int64_t column, double value);

/* The name of a class as the source has it, or its number, written into `text`. Returns `text`. */
#define WG_CLASS_TEXT_SIZE 64
WG_API const char *wg_class_text(const wg_table *table, int64_t label, char text[WG_CLASS_TEXT_SIZE]);

/* A new table of `count` rows of a table, in the order of rows[]; NULL without memory. The caller frees it. */
WG_API wg_table *wg_table_take(const wg_table *table, size_t count, const size_t *rows);

/* Numbers the classes of a table as they are in another one, by their names (a class without a name is called by its
 * number), so that they mean the same to a net. Errors (the table is as it was): WG_ERROR_DATA (a sample's class is not
 * among those of `like`; the message counts samples from 1), WG_ERROR_MEMORY. */
WG_API wg_status wg_table_match_classes(wg_table *table, const wg_table *like, wg_error *error);

/* Brings the columns of a table into the order of another one, by their names; columns that the other one does not have
 * are left out. Nothing happens where one of them has no names. Errors (the table is as it was): WG_ERROR_DATA (a column
 * is missing), WG_ERROR_MEMORY. */
WG_API wg_status wg_table_match_columns(wg_table *table, const wg_table *like, wg_error *error);

/* The spiral: `arms` classes of `points` points each in the plane. Point i of arm k has radius r = i/(points−1) and
 * angle θ from 4k to 4(k+1), evenly spaced, plus N(0, noise²); it lies at (r·sin θ, r·cos θ). The lecture's set is 3
 * arms of 100 points with noise 0.2. NULL without memory or with a negative number of arms or points. The caller
 * frees it. */
WG_API wg_table *wg_spiral(int64_t arms, int64_t points, double noise, uint64_t seed, const wg_allocator *allocator);

/* Cuts a table in two, in random order by seed: *held gets the rounded `fraction` (0 … 1) of each class, so that both
 * parts have the classes in proportion; *rest gets the others. The caller frees both, and still owns `table`.
 * Errors (both NULL then): WG_ERROR_ARGUMENT (fraction), WG_ERROR_DATA (a label out of range), WG_ERROR_MEMORY. */
WG_API wg_status wg_table_split(const wg_table *table, double fraction, uint64_t seed, wg_table **rest, wg_table **held,
                                wg_error *error);

/* Part `fold` (0 … folds−1) of a table cut into `folds` parts, in random order by seed: *held gets that part, *rest all
 * others. The parts differ by one sample at most, and so do they in the samples of each class; over all folds each
 * sample is held once. The caller frees both, and still owns `table`.
 * Errors (both NULL then): WG_ERROR_ARGUMENT (fewer than 2 folds, more than rows, a fold out of range), WG_ERROR_DATA (a
 * label out of range), WG_ERROR_MEMORY. */
WG_API wg_status wg_table_fold(const wg_table *table, int64_t folds, int64_t fold, uint64_t seed, wg_table **rest,
                               wg_table **held, wg_error *error);

/* Mean and standard deviation of each feature; of images, those of all pixels of the channel. */
typedef struct wg_scaler {
  int64_t columns;
  double *mean, *deviation; /* a constant feature has deviation 1, so that it becomes 0 */
  wg_allocator allocator;
} wg_scaler;

/* Fits a scaler to a table (the training part alone, so that nothing is learned from the held-out part); NULL without
 * memory. A table without rows gives mean 0 and deviation 1. The caller frees it. */
WG_API wg_scaler *wg_scaler_new(const wg_table *table, const wg_allocator *allocator);

/* A scaler of these numbers, which are copied; NULL without memory and for a negative number of columns. */
WG_API wg_scaler *wg_scaler_of(int64_t columns, const double *mean, const double *deviation,
                               const wg_allocator *allocator);
WG_API void wg_scaler_free(wg_scaler *scaler);

/* Replaces every feature x by (x − mean) / deviation. Errors: WG_ERROR_ARGUMENT (another number of columns). */
WG_API wg_status wg_scaler_apply(const wg_scaler *scaler, wg_table *table);

/* Whether this table can be fed to a net of these widths: the number of features, of classes, labels in range, features
 * finite in the net's dtype. Errors: WG_ERROR_DATA. */
WG_API wg_status wg_table_fits(const wg_table *table, const wg_net *net, wg_error *error);

/* Lays samples out for the net's X and Y, in its dtype and orientation: sample j is row rows[j] of the table, or row j
 * where rows is NULL. x has room for X's elements; y for Y's, or is NULL. Targets are class indices, one-hot
 * vectors, or for one output 0 and 1. Rows and labels must be in range (wg_table_fits). */
WG_API void wg_table_fill(const wg_table *table, const wg_net *net, const size_t *rows, void *x, void *y);

/* Random samples and labels for a net of any kind: features N(0, 1), labels evenly drawn. For checking gradients, where
 * there is no data. */
WG_API void wg_random_fill(wg_random *random, const wg_net *net, void *x, void *y);

#ifdef __cplusplus
}
#endif
#endif
