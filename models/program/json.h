/* json.h: writes JSON (RFC 8259) as it goes, with commas and indentation, up to JSON_DEPTH_MAX − 1 levels deep.
 * Keys are NULL inside arrays and for the outermost value. */
#ifndef WG_PROGRAM_JSON_H
#define WG_PROGRAM_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH_MAX = 16 };

typedef struct json {
  FILE *out;
  int depth;
  bool filled[JSON_DEPTH_MAX]; /* whether the open object or array of that depth has a member already */
  bool flat[JSON_DEPTH_MAX];   /* whether its members stand on one line */
} json;

json json_new(FILE *out);

void json_object(json *j, const char *key);      /* opens an object */
void json_object_flat(json *j, const char *key); /* … written on one line */
void json_object_end(json *j);
void json_array(json *j, const char *key); /* opens an array */
void json_array_flat(json *j, const char *key);
void json_array_end(json *j);

/* Bytes that are no UTF-8 become U+FFFD. NULL is written as null. */
void json_text(json *j, const char *key, const char *value);
void json_integer(json *j, const char *key, int64_t value);
void json_count(json *j, const char *key, uint64_t value);
/* With the fewest digits that read back as the same number. What JSON has no number for is a string: "NaN",
 * "Infinity", "-Infinity". */
void json_number(json *j, const char *key, double value);
void json_boolean(json *j, const char *key, bool value);
void json_null(json *j, const char *key);

#endif
