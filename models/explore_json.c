#include "explore_json.h"

#include "utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_character(wg_text *text, const char *character, size_t length) {
  unsigned char first = (unsigned char)*character;
  if (length == 0)
    wg_text_add(text, "\\ufffd");
  else if (first == '"' || first == '\\')
    wg_text_print(text, "\\%c", first);
  else if (first < 0x20 || first == 0x7F || first == '<' || first == '>' || first == '&')
    wg_text_print(text, "\\u%04x", first);
  else
    wg_text_add_bytes(text, character, length);
}

static void write_string(wg_text *text, const char *string) {
  size_t size = strlen(string);
  wg_text_add(text, "\"");
  for (size_t i = 0, length; i < size; i += length ? length : 1) {
    length = wg_utf8_length(string + i, size - i);
    write_character(text, string + i, length);
  }
  wg_text_add(text, "\"");
}

static void begin_member(wg_json *json, const char *key) {
  if (json->filled) wg_text_add(&json->text, ",");
  json->filled = true;
  if (!key) return;
  write_string(&json->text, key);
  wg_text_add(&json->text, ":");
}

void wg_json_open(wg_json *json, const char *key, char bracket) {
  begin_member(json, key);
  wg_text_add_bytes(&json->text, &bracket, 1);
  json->filled = false;
}

void wg_json_close(wg_json *json, char bracket) {
  wg_text_add_bytes(&json->text, &bracket, 1);
  json->filled = true;
}

void wg_json_text(wg_json *json, const char *key, const char *value) {
  begin_member(json, key);
  if (value)
    write_string(&json->text, value);
  else
    wg_text_add(&json->text, "null");
}

void wg_json_integer(wg_json *json, const char *key, int64_t value) {
  begin_member(json, key);
  wg_text_print(&json->text, "%" PRId64, value);
}

void wg_json_count(wg_json *json, const char *key, uint64_t value) {
  begin_member(json, key);
  wg_text_print(&json->text, "%" PRIu64, value);
}

void wg_json_boolean(wg_json *json, const char *key, bool value) {
  begin_member(json, key);
  wg_text_add(&json->text, value ? "true" : "false");
}

static bool reads_back(const char *digits, bool single, double value) {
  return single ? (double)strtof(digits, NULL) == value : strtod(digits, NULL) == value;
}

/* In JSON the decimal point is a point, whatever the locale that printed the number. */
static void write_number(wg_text *text, bool single, double value) {
  char digits[48];
  int most = single ? 9 : 17;
  for (int count = single ? 6 : 15; count <= most; count++) {
    snprintf(digits, sizeof digits, "%.*g", count, value);
    if (reads_back(digits, single, value)) break;
  }
  bool pointed = false;
  for (const char *c = digits; *c; c++) {
    bool plain = (*c >= '0' && *c <= '9') || *c == '-' || *c == '+' || *c == 'e';
    if (plain)
      wg_text_add_bytes(text, c, 1);
    else if (!pointed)
      wg_text_add(text, ".");
    pointed = pointed || !plain;
  }
}

static void write_value(wg_text *text, bool single, double value) {
  if (isfinite(value))
    write_number(text, single, value);
  else
    wg_text_add(text, isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

void wg_json_number(wg_json *json, const char *key, double value) {
  begin_member(json, key);
  write_value(&json->text, false, value);
}

void wg_json_number_of(wg_json *json, wg_dtype dtype, double value) {
  begin_member(json, NULL);
  write_value(&json->text, dtype == WG_F32, value);
}
