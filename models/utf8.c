#include "utf8.h"

#include <stdbool.h>

size_t wg_utf8_length(const char *text, size_t size) {
  const unsigned char *byte = (const unsigned char *)text;
  if (size == 0) return 0;
  if (byte[0] < 0x80) return 1;
  size_t length = 0;
  if (byte[0] >= 0xC2 && byte[0] < 0xE0)
    length = 2;
  else if (byte[0] >= 0xE0 && byte[0] < 0xF0)
    length = 3;
  else if (byte[0] >= 0xF0 && byte[0] < 0xF5)
    length = 4;
  if (length == 0 || length > size) return 0;
  for (size_t i = 1; i < length; i++)
    if ((byte[i] & 0xC0) != 0x80) return 0;
  bool overlong = (byte[0] == 0xE0 && byte[1] < 0xA0) || (byte[0] == 0xF0 && byte[1] < 0x90);
  bool surrogate = byte[0] == 0xED && byte[1] >= 0xA0, beyond = byte[0] == 0xF4 && byte[1] >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

size_t wg_utf8_printable(const char *text, size_t size) {
  const unsigned char *byte = (const unsigned char *)text;
  size_t length = wg_utf8_length(text, size);
  bool control = length == 1 && (byte[0] < 0x20 || byte[0] == 0x7F);
  bool high_control = length == 2 && byte[0] == 0xC2 && byte[1] < 0xA0;
  return control || high_control ? 0 : length;
}
