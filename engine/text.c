#include "text.h"

#include <stdio.h>
#include <string.h>

/* Makes room for `more` characters and the closing zero. */
static bool text_reserve(wg_text *text, size_t more) {
  size_t needed;
  if (text->failed || !wg_size_add(text->length, more, &needed) || !wg_size_add(needed, 1, &needed)) {
    text->failed = true;
    return false;
  }
  if (needed <= text->capacity) return true;
  size_t capacity = text->capacity < 64 ? 64 : 2 * text->capacity;
  if (capacity < needed) capacity = needed;
  char *data = wg_allocate(text->allocator, capacity, 1);
  if (!data) {
    text->failed = true;
    return false;
  }
  if (text->length) memcpy(data, text->data, text->length);
  wg_release(text->allocator, text->data);
  text->data = data;
  text->capacity = capacity;
  return true;
}

void wg_text_add_bytes(wg_text *text, const char *bytes, size_t length) {
  if (!text_reserve(text, length)) return;
  if (length) memcpy(text->data + text->length, bytes, length);
  text->length += length;
  text->data[text->length] = 0;
}

void wg_text_add(wg_text *text, const char *string) { wg_text_add_bytes(text, string, strlen(string)); }

void wg_text_print(wg_text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0) text->failed = true;
  if (length < 0 || !text_reserve(text, (size_t)length)) return;
  va_start(arguments, format);
  vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  text->length += (size_t)length;
}

void wg_text_free(wg_text *text) {
  wg_release(text->allocator, text->data);
  *text = WG_TEXT_EMPTY(text->allocator);
}

const char *wg_text_string(const wg_text *text) { return text->data && !text->failed ? text->data : ""; }

int wg_text_fit(const char *string, int limit) {
  int length = 0;
  while (length < limit && string[length]) length++;
  while (length > 0 && ((unsigned char)string[length] & 0xC0) == 0x80) length--;
  return length;
}

void wg_message_print(char *message, size_t size, const char *format, va_list arguments) {
  if (!size) return;
  int length = vsnprintf(message, size, format, arguments);
  if (length < 0) message[0] = 0;
  if (length < 0 || (size_t)length < size) return;
  size_t end = size - 1;
  while (end > 0 && ((unsigned char)message[end - 1] & 0xC0) == 0x80) end--; /* bytes inside a character */
  if (end > 0 && ((unsigned char)message[end - 1] & 0xC0) == 0xC0) end--;    /* its first byte */
  message[end] = 0;
}
