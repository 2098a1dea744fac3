/* utf8.c: texts as characters: how wide they are, what a terminal should not get, and where they may be cut. */
#include "formula.h"

#include <string.h>

/* How many bytes follow this one in its character; −1 if no character begins with it. */
static int bytes_after(unsigned char first) {
  if (first < 0x80) return 0;
  if (first < 0xC2 || first > 0xF4) return -1;
  return first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
}

const char *wg_character_read(const char *s, uint32_t *code) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  const unsigned char *byte = (const unsigned char *)s;
  int after = bytes_after(byte[0]), i = 1;
  uint32_t c = after > 0 ? byte[0] & (0x3Fu >> after) : byte[0];
  while (i <= after && (byte[i] & 0xC0) == 0x80) c = c << 6 | (byte[i++] & 0x3F);
  bool surrogate = c >= 0xD800 && c <= 0xDFFF;
  bool valid = i == after + 1 && c >= least[after] && c <= 0x10FFFF && !surrogate;
  *code = valid ? c : WG_REPLACEMENT;
  return s + i;
}

bool wg_character_unprintable(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static bool is_combining(uint32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE00 && c <= 0xFE0F) ||
         (c >= 0x200B && c <= 0x200F);
}

static bool is_wide(uint32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

size_t wg_text_width(const char *utf8) {
  size_t width = 0;
  for (uint32_t c; *utf8;) {
    utf8 = wg_character_read(utf8, &c);
    width += is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
  }
  return width;
}

const char *wg_text_take(wg_text *text, wg_arena *arena) {
  char *copy = text->failed ? NULL : wg_arena_take(arena, text->allocator, text->length + 1);
  if (copy) memcpy(copy, wg_text_string(text), text->length + 1);
  text->length = 0;
  if (text->data) text->data[0] = 0;
  return copy;
}

size_t wg_text_copy(const wg_text *text, char *copy, size_t size) {
  const char *string = wg_text_string(text);
  size_t length = text->failed ? 0 : text->length, cut = length < size ? length : size - 1;
  if (!size) return length;
  while (cut > 0 && cut < length && ((unsigned char)string[cut] & 0xC0) == 0x80) cut--;
  memcpy(copy, string, cut);
  copy[cut] = 0;
  return length;
}
