/* text_data.c: a text as places in a vocabulary, and its windows as samples. */
#include "text_data.h"

#include "bytes.h"
#include "utf8.h"

#include <math.h>

/* ---- UTF-8 (RFC 3629) ---- */

enum { CODES = 0x110000 };

/* The code point of a valid character of `length` bytes. */
static uint32_t code_point(const char *text, size_t length) {
  const unsigned char *byte = (const unsigned char *)text;
  if (length == 1) return byte[0];
  uint32_t code = byte[0] & (0x7Fu >> length);
  for (size_t i = 1; i < length; i++) code = code << 6 | (byte[i] & 0x3Fu);
  return code;
}

/* Appends a code point's bytes; returns how many. */
static size_t encode(uint32_t code, char *text) {
  size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = length - 1; i > 0; i--, code >>= 6) text[i] = (char)(0x80 | (code & 0x3F));
  text[0] = (char)(lead[length] | code);
  return length;
}

/* ---- Vocabularies ---- */

const char *wg_vocabulary_at(const char *vocabulary, int64_t k, size_t *size) {
  *size = 0;
  if (k < 0) return "";
  for (; *vocabulary; k--) {
    size_t length = wg_utf8_length(vocabulary, strnlen(vocabulary, 4));
    if (length == 0) break;
    *size = length;
    if (k == 0) return vocabulary;
    vocabulary += length;
  }
  *size = 0;
  return "";
}

int64_t wg_vocabulary_count(const char *vocabulary) {
  int64_t count = 0;
  for (; *vocabulary; vocabulary++) count += ((unsigned char)*vocabulary & 0xC0) != 0x80;
  return count;
}

/* What a text is made with. */
typedef struct reading {
  wg_text_data *text;
  uint32_t *place; /* of each code point in the vocabulary, from 1; 0 for none */
  const char *bytes;
  size_t size;
  wg_error *error;
} reading;

/* Marks the characters that come up and counts all; the first that is none fails. */
static wg_status text_survey(const reading *r) {
  for (size_t at = 0; at < r->size;) {
    size_t length = r->bytes[at] ? wg_utf8_length(r->bytes + at, r->size - at) : 0;
    if (length == 0)
      return wg_error_set(r->error, WG_ERROR_DATA, "byte %zu is %s", at + 1,
                          r->bytes[at] ? "no UTF-8" : "zero, which no text has");
    r->place[code_point(r->bytes + at, length)] = 1;
    r->text->length++;
    at += length;
  }
  return WG_OK;
}

/* The vocabulary of the marked characters, by code point. */
static wg_status vocabulary_make(const reading *r) {
  wg_text_data *text = r->text;
  size_t size = 0;
  char bytes[4];
  for (uint32_t code = 0; code < CODES; code++) size += r->place[code] ? encode(code, bytes) : 0;
  text->vocabulary = wg_allocate(&text->allocator, size + 1, 1);
  if (!text->vocabulary) return wg_error_memory(r->error);
  char *end = text->vocabulary;
  for (uint32_t code = 0; code < CODES; code++) {
    if (!r->place[code]) continue;
    end += encode(code, end);
    r->place[code] = (uint32_t)++text->classes;
  }
  *end = 0;
  return WG_OK;
}

/* A vocabulary that was given, instead of the marks. */
static wg_status vocabulary_take(const reading *r, const char *vocabulary) {
  wg_text_data *text = r->text;
  size_t size = strlen(vocabulary);
  memset(r->place, 0, CODES * sizeof *r->place);
  for (size_t at = 0; at < size;) {
    size_t length = wg_utf8_length(vocabulary + at, size - at);
    if (length == 0) return wg_error_set(r->error, WG_ERROR_DATA, "byte %zu of the vocabulary is no UTF-8", at + 1);
    uint32_t *place = &r->place[code_point(vocabulary + at, length)];
    if (*place)
      return wg_error_set(r->error, WG_ERROR_DATA, "the vocabulary has '%.*s' twice", (int)length, vocabulary + at);
    *place = (uint32_t)++text->classes;
    at += length;
  }
  text->vocabulary = wg_allocate(&text->allocator, size + 1, 1);
  if (!text->vocabulary) return wg_error_memory(r->error);
  memcpy(text->vocabulary, vocabulary, size + 1);
  return WG_OK;
}

static wg_status text_translate(const reading *r) {
  wg_text_data *text = r->text;
  text->characters = wg_allocate(&text->allocator, (size_t)text->length, sizeof *text->characters);
  if (!text->characters) return wg_error_memory(r->error);
  uint32_t *next = text->characters;
  for (size_t at = 0; at < r->size;) {
    size_t length = wg_utf8_length(r->bytes + at, r->size - at);
    uint32_t place = r->place[code_point(r->bytes + at, length)];
    if (!place)
      return wg_error_set(r->error, WG_ERROR_DATA, "character %lld, '%.*s', is not in the vocabulary",
                          (long long)(next - text->characters) + 1, (int)length, r->bytes + at);
    *next++ = place - 1;
    at += length;
  }
  return WG_OK;
}

wg_status wg_text_data_new(const char *bytes, size_t size, const char *vocabulary, const wg_allocator *allocator,
                           wg_text_data **text, wg_error *error) {
  if (!allocator) allocator = &wg_allocator_default;
  *text = wg_allocate_zeroed(allocator, 1, sizeof **text);
  if (!*text) return wg_error_memory(error);
  (*text)->allocator = *allocator;
  reading r = {.text = *text, .bytes = bytes, .size = size, .error = error};
  r.place = wg_allocate_zeroed(allocator, CODES, sizeof *r.place);
  wg_status status = r.place ? text_survey(&r) : wg_error_memory(error);
  if (status == WG_OK) status = vocabulary ? vocabulary_take(&r, vocabulary) : vocabulary_make(&r);
  if (status == WG_OK) status = text_translate(&r);
  wg_release(allocator, r.place);
  if (status == WG_OK) return WG_OK;
  wg_text_data_free(*text);
  *text = NULL;
  return status;
}

wg_status wg_text_data_read(const char *path, const char *vocabulary, const wg_allocator *allocator,
                            wg_text_data **text, wg_error *error) {
  wg_bytes bytes = {.allocator = allocator ? allocator : &wg_allocator_default};
  wg_error found = {0};
  *text = NULL;
  wg_status status = wg_bytes_read_unpacked(path, WG_FILE_BYTES_MAX, &bytes, error);
  if (status == WG_OK) {
    status = wg_text_data_new((const char *)bytes.data, bytes.size, vocabulary, allocator, text, &found);
    if (status != WG_OK) wg_error_set(error, status, "%s: %s", path, found.message);
  }
  wg_bytes_free(&bytes);
  return status;
}

void wg_text_data_free(wg_text_data *text) {
  if (!text) return;
  wg_allocator allocator = text->allocator;
  wg_release(&allocator, text->characters);
  wg_release(&allocator, text->vocabulary);
  wg_release(&allocator, text);
}

/* ---- Samples ---- */

void wg_text_split(const wg_text_data *text, double fraction, int64_t steps, uint64_t seed, wg_text_part *rest,
                   wg_text_part *held) {
  int64_t last = (int64_t)llround(fraction * (double)text->length);
  last = last < 0 ? 0 : last > text->length ? text->length : last;
  *rest = (wg_text_part){.text = text, .length = text->length - last, .steps = steps, .seed = seed};
  *held = (wg_text_part){.text = text, .first = text->length - last, .length = last, .steps = steps, .seed = seed};
}

/* Windows of T + 1 characters that share their ends, with room for a beginning in the first T characters: the number
 * is the same in all epochs. */
static int64_t windows_of(const wg_text_part *part) {
  return part->length > part->steps ? (part->length - part->steps) / part->steps : 0;
}

static wg_status text_fits(const wg_samples *samples, const wg_net *net, wg_error *error) {
  const wg_text_part *part = samples->source;
  if (!wg_net_is_sequence(net->spec.kind))
    return wg_error_set(error, WG_ERROR_DATA, "net %s learns from a table, not from a text",
                        wg_net_label(net->spec.kind));
  if (wg_net_features(net) != part->steps)
    return wg_error_set(error, WG_ERROR_DATA, "the text is cut into %lld characters, the net takes %lld",
                        (long long)part->steps, (long long)wg_net_features(net));
  if (wg_net_classes(net) != samples->classes)
    return wg_error_set(error, WG_ERROR_DATA, "the text has %lld different characters, the net tells %lld apart",
                        (long long)samples->classes, (long long)wg_net_classes(net));
  return WG_OK;
}

static void text_fill(const wg_samples *samples, const wg_net *net, int64_t epoch, const size_t *rows, int64_t first,
                      void *x, void *y) {
  const wg_text_part *part = samples->source;
  int64_t T = part->steps, start = part->first;
  if (epoch > 0) {
    wg_random random = wg_random_new(part->seed + (uint64_t)epoch * UINT64_C(0x9e3779b97f4a7c15), WG_STREAM_DATA);
    start += (int64_t)wg_random_below(&random, (uint64_t)T);
  }
  for (int64_t j = 0; j < net->spec.samples; j++) {
    const uint32_t *window = part->text->characters + start + (rows ? (int64_t)rows[j] : first + j) * T;
    for (int64_t t = 0; t < T; t++) {
      ((int64_t *)x)[j * T + t] = window[t];
      if (y) ((int64_t *)y)[j * T + t] = window[t + 1];
    }
  }
}

wg_samples wg_text_samples(const wg_text_part *part) {
  return (wg_samples){.rows = windows_of(part),
                      .classes = part->text->classes,
                      .varies = true,
                      .source = part,
                      .fits = text_fits,
                      .fill = text_fill};
}
