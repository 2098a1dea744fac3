/* embed.c: run while the library is built. Puts the page of the explorer together and writes it as C:
 *
 *     embed OUTPUT.c page.html page.css FIRST.js …
 *
 * In page.html stand {{style}} and {{script}}, where those files come; {{style-hash}} and {{script-hash}}, where the
 * SHA-256 of what came stands in the content security policy, so that nothing else may run; and {{data}}, where the page
 * is cut into a head and a tail. The scripts become one, inside one function. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text ---- */

typedef struct text {
  char *bytes;
  size_t length, capacity;
} text;

static void die(const char *what, const char *name) {
  fprintf(stderr, "embed: %s: %s\n", name, what);
  exit(1);
}

static void text_add(text *t, const char *bytes, size_t length) {
  if (t->length + length + 1 > t->capacity) {
    t->capacity = 2 * (t->length + length + 1);
    t->bytes = realloc(t->bytes, t->capacity);
    if (!t->bytes) die("no memory", "text");
  }
  memcpy(t->bytes + t->length, bytes, length);
  t->length += length;
  t->bytes[t->length] = 0;
}

static void text_add_string(text *t, const char *string) { text_add(t, string, strlen(string)); }

static void text_add_file(text *t, const char *name) {
  char bytes[65536];
  FILE *file = fopen(name, "rb");
  if (!file) die("cannot be opened", name);
  for (size_t length; (length = fread(bytes, 1, sizeof bytes, file)) > 0;) text_add(t, bytes, length);
  if (ferror(file)) die("cannot be read", name);
  fclose(file);
}

/* ---- SHA-256 (FIPS 180-4) ---- */

/* The constants are the first 32 bits of the fractions of square and cube roots of primes, and a double has more. */
static uint32_t fraction_bits(double root) { return (uint32_t)(uint64_t)(root * 4294967296.0); }

static bool is_prime(int n) {
  for (int d = 2; d * d <= n; d++)
    if (n % d == 0) return false;
  return true;
}

static uint32_t rotate(uint32_t x, int by) { return x >> by | x << (32 - by); }

static void sha256_block(uint32_t state[8], const uint32_t constants[64], const unsigned char block[64]) {
  uint32_t w[64], s[8];
  for (int t = 0; t < 16; t++)
    w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 | (uint32_t)block[4 * t + 2] << 8 |
           block[4 * t + 3];
  for (int t = 16; t < 64; t++) {
    uint32_t a = w[t - 15], b = w[t - 2];
    w[t] = w[t - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[t - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  memcpy(s, state, sizeof s);
  for (int t = 0; t < 64; t++) {
    uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]), majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice + constants[t] + w[t];
    uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
    memmove(s + 1, s, 7 * sizeof *s);
    s[0] = first + second;
    s[4] += first;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

static void sha256(const text *message, unsigned char digest[32]) {
  uint32_t state[8], constants[64];
  for (int prime = 2, k = 0; k < 64; prime++) {
    if (!is_prime(prime)) continue;
    if (k < 8) state[k] = fraction_bits(sqrt(prime));
    constants[k++] = fraction_bits(cbrt(prime));
  }
  text padded = {0};
  text_add(&padded, message->bytes, message->length);
  text_add(&padded, "\x80", 1);
  while (padded.length % 64 != 56) text_add(&padded, "", 1);
  for (int i = 7; i >= 0; i--) {
    char byte = (char)((uint64_t)message->length * 8 >> (8 * i) & 0xFF);
    text_add(&padded, &byte, 1);
  }
  for (size_t at = 0; at < padded.length; at += 64)
    sha256_block(state, constants, (const unsigned char *)padded.bytes + at);
  free(padded.bytes);
  for (int i = 0; i < 32; i++) digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
}

/* "sha256-…" in base64, as a content security policy has it. */
static void text_add_hash(text *t, const text *message) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned char digest[33] = {0};
  sha256(message, digest);
  text_add_string(t, "sha256-");
  for (int i = 0; i < 33; i += 3) {
    uint32_t group = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | (i + 2 < 33 ? digest[i + 2] : 0);
    for (int k = 3; k >= 0; k--) text_add(t, i == 30 && k == 0 ? "=" : &letters[group >> (6 * k) & 63], 1);
  }
}

/* ---- The page ---- */

static void write_array(FILE *out, const char *name, const char *bytes, size_t length) {
  fprintf(out, "const unsigned char %s[] = {", name);
  for (size_t i = 0; i < length; i++) fprintf(out, "%s%u,", i % 24 ? "" : "\n", (unsigned)(unsigned char)bytes[i]);
  fprintf(out, "0};\nconst size_t %s_size = %zu;\n", name, length);
}

static void write_source(const char *name, const text *page, size_t cut, size_t go_on) {
  FILE *out = fopen(name, "wb");
  if (!out) die("cannot be opened", name);
  fputs("/* Made by embed.c of the files in models/explore. */\n#include <stddef.h>\n"
        "extern const unsigned char wg_explore_page_head[], wg_explore_page_tail[];\n"
        "extern const size_t wg_explore_page_head_size, wg_explore_page_tail_size;\n",
        out);
  write_array(out, "wg_explore_page_head", page->bytes, cut);
  write_array(out, "wg_explore_page_tail", page->bytes + go_on, page->length - go_on);
  if (ferror(out) || fclose(out) != 0) die("cannot be written", name);
}

typedef struct part {
  const char *mark;
  const text *value;
} part;

/* The template with each mark replaced. */
static text page_fill(const text *template, size_t count, const part *parts) {
  text page = {0};
  for (const char *at = template->bytes; *at;) {
    size_t k = 0;
    while (k < count && strncmp(at, parts[k].mark, strlen(parts[k].mark)) != 0) k++;
    if (k < count)
      text_add(&page, parts[k].value->bytes, parts[k].value->length);
    else
      text_add(&page, at, 1);
    at += k < count ? strlen(parts[k].mark) : 1;
  }
  return page;
}

int main(int argc, char **argv) {
  if (argc < 5) die("needs OUTPUT.c page.html page.css FIRST.js …", "usage");
  text template = {0}, style = {0}, script = {0}, style_hash = {0}, script_hash = {0};
  text_add_file(&template, argv[2]);
  text_add_file(&style, argv[3]);
  text_add_string(&script, "(() => {\n'use strict';\n");
  for (int i = 4; i < argc; i++) text_add_file(&script, argv[i]);
  text_add_string(&script, "})();\n");
  text_add_hash(&style_hash, &style);
  text_add_hash(&script_hash, &script);
  const part parts[] = {{"{{style}}", &style},
                        {"{{script}}", &script},
                        {"{{style-hash}}", &style_hash},
                        {"{{script-hash}}", &script_hash}};
  text page = page_fill(&template, sizeof parts / sizeof *parts, parts);
  const char *mark = "{{data}}", *cut = strstr(page.bytes, mark);
  if (!cut) die("has no {{data}}", argv[2]);
  if (strstr(script.bytes, "</script") || strstr(style.bytes, "</style")) die("a file ends its element", argv[2]);
  write_source(argv[1], &page, (size_t)(cut - page.bytes), (size_t)(cut - page.bytes) + strlen(mark));
  free(page.bytes);
  free(template.bytes);
  free(style.bytes);
  free(script.bytes);
  free(style_hash.bytes);
  free(script_hash.bytes);
  return 0;
}
