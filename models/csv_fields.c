#include "csv_fields.h"

#include "utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

wg_csv_cursor wg_csv_start(const char *name, const char *text, size_t size, char delimiter,
                           const wg_allocator *allocator) {
  bool marked = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
  return (wg_csv_cursor){.name = name,
                         .text = text,
                         .size = size,
                         .at = marked ? 3 : 0,
                         .line = 1,
                         .row = 1,
                         .delimiter = delimiter,
                         .allocator = allocator};
}

wg_csv_cursor wg_csv_again(const wg_csv_cursor *cursor) {
  wg_csv_cursor again = *cursor;
  again.fields = NULL;
  again.count = again.capacity = 0;
  return again;
}

void wg_csv_stop(wg_csv_cursor *cursor) {
  wg_release(cursor->allocator, cursor->fields);
  cursor->fields = NULL;
  cursor->count = cursor->capacity = 0;
}

/* ---- Records ---- */

static bool at_line_end(const wg_csv_cursor *cursor) {
  return cursor->at >= cursor->size || cursor->text[cursor->at] == '\n' || cursor->text[cursor->at] == '\r';
}

static bool is_blank(const wg_csv_cursor *cursor, char c) { return (c == ' ' || c == '\t') && c != cursor->delimiter; }

static void skip_blanks(wg_csv_cursor *cursor) {
  while (cursor->at < cursor->size && is_blank(cursor, cursor->text[cursor->at])) cursor->at++;
}

/* Over LF, CRLF or CR. */
static void skip_line_end(wg_csv_cursor *cursor) {
  if (cursor->at >= cursor->size) return;
  bool carriage = cursor->text[cursor->at++] == '\r';
  if (carriage && cursor->at < cursor->size && cursor->text[cursor->at] == '\n') cursor->at++;
  cursor->line++;
}

static wg_status fail(const wg_csv_cursor *cursor, const char *what, wg_error *error) {
  return wg_error_set(error, WG_ERROR_DATA, "%s: row %lld, column %zu: %s", cursor->name, (long long)cursor->row,
                      cursor->count + 1, what);
}

static wg_status read_quoted(wg_csv_cursor *cursor, wg_csv_field *field, wg_error *error) {
  size_t start = ++cursor->at;
  *field = (wg_csv_field){.text = cursor->text + start, .quoted = true};
  for (;; cursor->at++) {
    if (cursor->at >= cursor->size) return fail(cursor, "the quote is never closed", error);
    if (cursor->text[cursor->at] != '"') continue;
    if (cursor->at + 1 >= cursor->size || cursor->text[cursor->at + 1] != '"') break;
    field->doubled = true;
    cursor->at++;
  }
  field->length = cursor->at - start;
  cursor->at++;
  skip_blanks(cursor);
  if (!at_line_end(cursor) && cursor->text[cursor->at] != cursor->delimiter)
    return fail(cursor, "there is text after the closing quote", error);
  return WG_OK;
}

static void read_plain(wg_csv_cursor *cursor, wg_csv_field *field) {
  size_t start = cursor->at, end = start;
  for (; !at_line_end(cursor) && cursor->text[cursor->at] != cursor->delimiter; cursor->at++)
    if (!is_blank(cursor, cursor->text[cursor->at])) end = cursor->at + 1;
  *field = (wg_csv_field){.text = cursor->text + start, .length = end - start};
}

/* Names go to terminals and into drawings, so they must be text, without control characters. */
static wg_status check_text(const wg_csv_cursor *cursor, const wg_csv_field *field, wg_error *error) {
  for (size_t i = 0, length; i < field->length; i += length) {
    length = wg_utf8_length(field->text + i, field->length - i);
    if (length == 0) return fail(cursor, "the bytes are not text in UTF-8", error);
    if (!wg_utf8_printable(field->text + i, length))
      return fail(cursor, "there is a control character in the field", error);
  }
  return WG_OK;
}

static wg_status read_field(wg_csv_cursor *cursor, wg_error *error) {
  wg_csv_field *fields =
      wg_grow(cursor->allocator, cursor->fields, cursor->count, &cursor->capacity, sizeof *cursor->fields);
  if (!fields) return wg_error_memory(error);
  cursor->fields = fields;
  wg_csv_field *field = &fields[cursor->count];
  skip_blanks(cursor);
  wg_status status = WG_OK;
  if (!at_line_end(cursor) && cursor->text[cursor->at] == '"')
    status = read_quoted(cursor, field, error);
  else
    read_plain(cursor, field);
  if (status == WG_OK) status = check_text(cursor, field, error);
  if (status == WG_OK) cursor->count++;
  return status;
}

wg_status wg_csv_next(wg_csv_cursor *cursor, bool *found, wg_error *error) {
  *found = false;
  cursor->count = 0;
  for (skip_blanks(cursor); at_line_end(cursor); skip_blanks(cursor)) { /* a blank line */
    if (cursor->at >= cursor->size) return WG_OK;
    skip_line_end(cursor);
  }
  cursor->row = cursor->line;
  for (;;) {
    wg_status status = read_field(cursor, error);
    if (status != WG_OK) return status;
    if (at_line_end(cursor)) break;
    cursor->at++; /* the delimiter */
  }
  skip_line_end(cursor);
  *found = true;
  return WG_OK;
}

/* ---- Fields ---- */

static size_t count_digits(const char *text, size_t length) {
  size_t digits = 0;
  while (digits < length && text[digits] >= '0' && text[digits] <= '9') digits++;
  return digits;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or after the point. */
static bool is_decimal(const char *text, size_t length) {
  size_t at = length > 0 && (text[0] == '+' || text[0] == '-');
  size_t whole = count_digits(text + at, length - at), fraction = 0;
  at += whole;
  if (at < length && text[at] == '.') {
    fraction = count_digits(text + at + 1, length - at - 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return false;
  if (at < length && (text[at] == 'e' || text[at] == 'E')) {
    at++;
    at += at < length && (text[at] == '+' || text[at] == '-');
    size_t exponent = count_digits(text + at, length - at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == length;
}

static bool equals_ignoring_case(const char *text, size_t length, const char *word) {
  if (strlen(word) != length) return false;
  for (size_t i = 0; i < length; i++)
    if ((text[i] | 0x20) != word[i]) return false;
  return true;
}

/* NaN and infinity as programs write them: nan, -inf, Infinity … */
static bool is_named_number(const char *text, size_t length) {
  size_t sign = length > 0 && (text[0] == '+' || text[0] == '-');
  static const char *const words[] = {"nan", "inf", "infinity"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (equals_ignoring_case(text + sign, length - sign, words[i])) return true;
  return false;
}

/* strtod reads the decimal point of the program's locale, so the field's point is turned into that. */
wg_csv_kind wg_csv_number(const wg_csv_field *field, double *value) {
  if (is_named_number(field->text, field->length)) return WG_CSV_INFINITE;
  char copy[512], half[16];
  if (!is_decimal(field->text, field->length) || field->length + sizeof half > sizeof copy) return WG_CSV_TEXT;
  int half_length = snprintf(half, sizeof half, "%.1f", 0.5); /* "0.5": what is between the digits is the point */
  if (half_length < 3 || half_length >= (int)sizeof half) return WG_CSV_TEXT;
  size_t length = 0;
  for (size_t i = 0; i < field->length; i++) {
    if (field->text[i] != '.') copy[length++] = field->text[i];
    for (int k = 1; field->text[i] == '.' && k < half_length - 1; k++) copy[length++] = half[k];
  }
  copy[length] = 0;
  *value = strtod(copy, NULL);
  return isfinite(*value) ? WG_CSV_NUMBER : WG_CSV_INFINITE;
}

bool wg_csv_whole(const wg_csv_field *field, int64_t *value) {
  double number;
  if (wg_csv_number(field, &number) != WG_CSV_NUMBER || fabs(number) > 0x1p53 || number != floor(number)) return false;
  *value = (int64_t)number;
  return true;
}

char *wg_csv_copy(const wg_csv_field *field, const wg_allocator *allocator) {
  char *copy = wg_allocate(allocator, field->length + 1, 1);
  if (!copy) return NULL;
  size_t length = 0;
  for (size_t i = 0; i < field->length; i++) {
    copy[length++] = field->text[i];
    if (field->doubled && field->text[i] == '"') i++; /* its twin */
  }
  copy[length] = 0;
  return copy;
}

const char *wg_csv_show(const wg_csv_field *field, char shown[WG_CSV_SHOWN_SIZE]) {
  size_t length = 0;
  while (length < field->length) { /* whole characters, as far as there is room for them and the ellipsis */
    size_t next = wg_utf8_length(field->text + length, field->length - length);
    if (next == 0 || length + next > WG_CSV_SHOWN_SIZE - 4) break;
    length += next;
  }
  memcpy(shown, field->text, length);
  strcpy(shown + length, length < field->length ? "…" : "");
  return shown;
}
