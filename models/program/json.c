#include "json.h"
#include "terminal.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

json json_new(FILE *out) { return (json){.out = out}; }

static void line_begin(const json *j) { fprintf(j->out, "\n%*s", 2 * j->depth, ""); }

static void string_write(FILE *out, const char *text) {
  int length = 0;
  fputc('"', out);
  for (;; text += length) {
    uint32_t character = text_character(text, &length);
    if (length == 0) break;
    if (character == '"' || character == '\\')
      fprintf(out, "\\%c", (int)character);
    else if (character < 0x20 || character == 0x7F || character == 0xFFFD)
      fprintf(out, "\\u%04x", (unsigned)character);
    else
      fprintf(out, "%.*s", length, text);
  }
  fputc('"', out);
}

/* What comes before a value: the comma after the one before it, the line, the key. */
static void member_begin(json *j, const char *key) {
  if (j->depth > 0) {
    bool flat = j->flat[j->depth];
    if (j->filled[j->depth]) fputs(flat ? ", " : ",", j->out);
    if (!flat) line_begin(j);
    j->filled[j->depth] = true;
  }
  if (!key) return;
  string_write(j->out, key);
  fputs(": ", j->out);
}

static void nest(json *j, const char *key, char bracket, bool flat) {
  member_begin(j, key);
  fputc(bracket, j->out);
  bool inherited = j->flat[j->depth];
  j->depth++;
  j->filled[j->depth] = false;
  j->flat[j->depth] = flat || inherited;
}

static void unnest(json *j, char bracket) {
  bool filled = j->filled[j->depth], flat = j->flat[j->depth];
  j->flat[j->depth] = false;
  j->depth--;
  if (filled && !flat) line_begin(j);
  fputc(bracket, j->out);
  if (j->depth == 0) fputc('\n', j->out);
}

void json_object(json *j, const char *key) { nest(j, key, '{', false); }
void json_object_flat(json *j, const char *key) { nest(j, key, '{', true); }
void json_object_end(json *j) { unnest(j, '}'); }
void json_array(json *j, const char *key) { nest(j, key, '[', false); }
void json_array_flat(json *j, const char *key) { nest(j, key, '[', true); }
void json_array_end(json *j) { unnest(j, ']'); }

void json_text(json *j, const char *key, const char *value) {
  member_begin(j, key);
  if (value)
    string_write(j->out, value);
  else
    fputs("null", j->out);
}

void json_integer(json *j, const char *key, int64_t value) {
  member_begin(j, key);
  fprintf(j->out, "%" PRId64, value);
}

void json_count(json *j, const char *key, uint64_t value) {
  member_begin(j, key);
  fprintf(j->out, "%" PRIu64, value);
}

void json_number(json *j, const char *key, double value) {
  char text[40];
  member_begin(j, key);
  if (!isfinite(value)) {
    fputs(isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"", j->out);
    return;
  }
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  fputs(text, j->out);
}

void json_boolean(json *j, const char *key, bool value) {
  member_begin(j, key);
  fputs(value ? "true" : "false", j->out);
}

void json_null(json *j, const char *key) {
  member_begin(j, key);
  fputs("null", j->out);
}
