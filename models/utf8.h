/* utf8.h: characters in bytes that came from outside; internal. */
#ifndef WG_UTF8_H
#define WG_UTF8_H

#include <stddef.h>

/* The length in bytes of the UTF-8 character (RFC 3629) at `text`, of which `size` bytes are there; 0 if it is none. */
size_t wg_utf8_length(const char *text, size_t size);

/* The same, but 0 for control characters too (U+0000 … U+001F, U+007F … U+009F). */
size_t wg_utf8_printable(const char *text, size_t size);

#endif
