/* csv.h: tables of labeled samples from files of comma-separated values (RFC 4180), every field checked, and written.
 *
 * The first line is one of three, found out by looking:
 *   names      sepal,petal,species                 at least one feature field is not a number
 *   counts     150,4,setosa,versicolor,virginica   rows, feature columns, class names; labels are then 0, 1, 2
 *   data       5.1,3.5,setosa                      anything else
 * Fields may be quoted ("a, ""b"" c"), lines end in LF or CRLF, a byte order mark and blank lines are skipped. Features
 * are finite decimal numbers with a point, whatever the locale. Labels are whole numbers (then class k is the k-th
 * smallest of them) or text (then classes come in the order of first appearance). gzip may have packed the file. */
#ifndef WG_CSV_H
#define WG_CSV_H

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Options of reading; all zero means the defaults. */
typedef struct wg_csv_options {
  const char *label;             /* the label column: a header name, or a number from 1; NULL means the last column */
  bool unlabeled;                /* every column is a feature: there are no classes, and labels are 0 */
  char delimiter;                /* 0 means a comma */
  size_t bytes_max;              /* refuse files that are larger, packed or unpacked; 0 means 1 GiB */
  const wg_allocator *allocator; /* copied; NULL means malloc and free */
} wg_csv_options;

/* Reads a table from a file. On success *table is the caller's to free; on failure it is NULL, and *error says what is
 * wrong and where: "iris.csv: row 3, column 2: 'abc' is not a number". Rows count from 1, the first line of the file.
 * Errors: WG_ERROR_FILE (cannot be opened or read, too large), WG_ERROR_DATA (what the file holds), WG_ERROR_MEMORY,
 * WG_ERROR_ARGUMENT (options). `options` and `error` may be NULL. */
WG_API wg_status wg_csv_read(const char *path, const wg_csv_options *options, wg_table **table, wg_error *error);

/* The same from `size` bytes in memory; `name` stands for the file in messages. */
WG_API wg_status wg_csv_parse(const char *name, const char *text, size_t size, const wg_csv_options *options,
                              wg_table **table, wg_error *error);

/* Writes a table: names in the first line if the columns have any, features with as many digits as tell them apart from
 * all other numbers of the table's dtype, then the class as text, or as its number; no classes, no such column. What
 * wg_csv_read makes of it has the same numbers; classes may be numbered in another order. Errors: WG_ERROR_FILE,
 * WG_ERROR_MEMORY. */
WG_API wg_status wg_csv_write(const char *path, const wg_table *table, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
