/* text.h: a string that grows; internal to the library and the program. */
#ifndef WG_TEXT_H
#define WG_TEXT_H

#include "memory.h"
#include <stdarg.h>

/* Made by WG_TEXT_EMPTY(allocator); `data` is always a string once wg_text_add was called. The first failed allocation
 * is kept in `failed`, later calls do nothing, and the caller looks once at the end. */
typedef struct wg_text {
  const wg_allocator *allocator;
  char *data; /* NULL while nothing was added */
  size_t length, capacity;
  bool failed;
} wg_text;

#define WG_TEXT_EMPTY(memory) ((wg_text){.allocator = (memory)})

void wg_text_add(wg_text *text, const char *string);
void wg_text_add_bytes(wg_text *text, const char *bytes, size_t length);
void wg_text_print(wg_text *text, const char *format, ...) WG_PRINTF(2, 3);
void wg_text_free(wg_text *text);

/* The string so far, "" if empty or failed. */
const char *wg_text_string(const wg_text *text);

/* The bytes of `string` that fit in `limit` without cutting a character of UTF-8; for "%.*s". */
int wg_text_fit(const char *string, int limit);

/* A message into a fixed buffer, cut at a character boundary of UTF-8 if it is too long. */
void wg_message_print(char *message, size_t size, const char *format, va_list arguments);

#endif
