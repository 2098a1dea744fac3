/* explore_json.h: JSON (RFC 8259) into a string, such as may stand inside an HTML page; internal.
 *
 * Keys are NULL inside arrays and for the outermost value. Every '<' is written as \u003c, so that no string of the data
 * can end the element that holds it, and bytes that are no UTF-8 become U+FFFD. */
#ifndef WG_EXPLORE_JSON_H
#define WG_EXPLORE_JSON_H

#include "../engine/text.h"

typedef struct wg_json {
  wg_text text; /* keeps the first failed allocation */
  bool filled;  /* the open object or array has a member already */
} wg_json;

void wg_json_open(wg_json *json, const char *key, char bracket);
void wg_json_close(wg_json *json, char bracket);

void wg_json_text(wg_json *json, const char *key, const char *value); /* NULL is written as null */
void wg_json_integer(wg_json *json, const char *key, int64_t value);
void wg_json_count(wg_json *json, const char *key, uint64_t value);
void wg_json_boolean(wg_json *json, const char *key, bool value);

/* With the fewest digits that read back as the same number of that type. What JSON has no number for is a string:
 * "NaN", "Infinity", "-Infinity". */
void wg_json_number(wg_json *json, const char *key, double value);
void wg_json_number_of(wg_json *json, wg_dtype dtype, double value);

#endif
