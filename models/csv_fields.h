/* csv_fields.h: the text of a CSV file as records of fields; internal. */
#ifndef WG_CSV_FIELDS_H
#define WG_CSV_FIELDS_H

#include "../engine/memory.h"
#include "error.h"

/* A field: a part of the file's text, without blanks or quotes around it. */
typedef struct wg_csv_field {
  const char *text;
  size_t length;
  bool quoted, doubled; /* doubled: it has quotes inside, each written twice */
} wg_csv_field;

/* A place in a file, and the record read last. A copy reads on from there, with its own `fields` set to none. */
typedef struct wg_csv_cursor {
  const char *name; /* of the file, for messages */
  const char *text;
  size_t size, at;
  int64_t line, row; /* the line at `at`, and the one on which the record began; from 1 */
  char delimiter;
  const wg_allocator *allocator;
  wg_csv_field *fields;
  size_t count, capacity;
} wg_csv_cursor;

/* The beginning of a file, after a byte order mark. */
wg_csv_cursor wg_csv_start(const char *name, const char *text, size_t size, char delimiter,
                           const wg_allocator *allocator);

/* Reads the next record that is not blank into cursor->fields. *found is false at the end of the file. Errors:
 * WG_ERROR_DATA (a quote without end, text after a closing quote, bytes that no text has), WG_ERROR_MEMORY. */
wg_status wg_csv_next(wg_csv_cursor *cursor, bool *found, wg_error *error);

/* A cursor at the same place, without a record, to be finished with wg_csv_stop; and the end of either. */
wg_csv_cursor wg_csv_again(const wg_csv_cursor *cursor);
void wg_csv_stop(wg_csv_cursor *cursor);

typedef enum wg_csv_kind { WG_CSV_NUMBER, WG_CSV_INFINITE, WG_CSV_TEXT } wg_csv_kind;

/* What a field holds: a finite decimal number (then *value), one that is NaN or out of range, or other text. */
wg_csv_kind wg_csv_number(const wg_csv_field *field, double *value);

/* Whether it is a whole number of at most 2⁵³. */
bool wg_csv_whole(const wg_csv_field *field, int64_t *value);

/* A copy of the field's text, doubled quotes made single, ended by a zero; NULL without memory. The caller frees it. */
char *wg_csv_copy(const wg_csv_field *field, const wg_allocator *allocator);

/* The field for a message: cut to fit, with control characters as '?'. Returns `shown`. */
#define WG_CSV_SHOWN_SIZE 48
const char *wg_csv_show(const wg_csv_field *field, char shown[WG_CSV_SHOWN_SIZE]);

#endif
