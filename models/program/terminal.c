#include "terminal.h"
#include "../../engine/text.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_LEAST = 40, WIDTH_READABLE = 80 };

static int screen_width(void) {
  struct winsize size;
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return WIDTH_DEFAULT;
  return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

static bool screen_capable(int descriptor) {
  const char *kind = getenv("TERM");
  return isatty(descriptor) && kind && *kind && strcmp(kind, "dumb") != 0;
}

terminal terminal_new(void) {
  terminal t = {.out = stdout, .messages = stderr, .command = "wengert", .width = screen_width()};
  t.screen = isatty(STDOUT_FILENO);
  t.progress = screen_capable(STDERR_FILENO);
  terminal_set_color(&t, COLOR_AUTO);
  return t;
}

void terminal_set_color(terminal *t, color_choice choice) {
  const char *refused = getenv("NO_COLOR");
  bool wanted = choice == COLOR_ALWAYS || (choice == COLOR_AUTO && !(refused && *refused));
  t->color = wanted && (choice == COLOR_ALWAYS || screen_capable(STDOUT_FILENO));
  t->message_color = wanted && (choice == COLOR_ALWAYS || screen_capable(STDERR_FILENO));
}

const char *terminal_style(const terminal *t, text_style look) {
  static const char *const codes[] = {
      [STYLE_PLAIN] = "\033[0m", [STYLE_HEADING] = "\033[1;36m", [STYLE_STRONG] = "\033[1m", [STYLE_QUIET] = "\033[2m",
      [STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[1;31m",     [STYLE_DOUBT] = "\033[33m"};
  return t->color ? codes[look] : "";
}

/* ---- Characters ---- */

uint32_t text_character(const char *text, int *length) {
  const unsigned char *s = (const unsigned char *)text;
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  *length = s[0] ? 1 : 0;
  if (s[0] < 0x80) return s[0];
  int bytes = s[0] >= 0xF0 && s[0] < 0xF8 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC0 ? 2 : 1;
  if (bytes == 1 || s[0] >= 0xF8) return 0xFFFD;
  uint32_t character = s[0] & (0xFFu >> (bytes + 1));
  for (int i = 1; i < bytes; i++) {
    if ((s[i] & 0xC0) != 0x80) return 0xFFFD;
    character = character << 6 | (s[i] & 0x3Fu);
  }
  bool surrogate = character >= 0xD800 && character < 0xE000;
  if (character < least[bytes] || character > 0x10FFFF || surrogate) return 0xFFFD;
  *length = bytes;
  return character;
}

int text_character_width(uint32_t character) {
  /* Combining marks and joiners, then the wide blocks of Unicode's East Asian Width (annex 11), in coarse ranges. */
  static const uint32_t none[][2] = {{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
  static const uint32_t wide[][2] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                                     {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    if (character >= none[i][0] && character <= none[i][1]) return 0;
  for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
    if (character >= wide[i][0] && character <= wide[i][1]) return 2;
  return 1;
}

int text_width(const char *text) {
  int width = 0, length = 0;
  for (;; text += length) {
    uint32_t character = text_character(text, &length);
    if (length == 0) return width;
    width += text_character_width(character);
  }
}

/* ---- Paragraphs ---- */

static int word_bytes(const char *text) { return (int)strcspn(text, " \n"); }

static int word_width(const char *text, int bytes) {
  int width = 0, length = 0;
  for (int at = 0; at < bytes; at += length) width += text_character_width(text_character(text + at, &length));
  return width;
}

void text_wrap(FILE *stream, int width, int indent, const char *text) {
  int column = indent;
  while (*text) {
    if (*text == '\n') {
      fputc('\n', stream);
      text++;
      if (*text && *text != '\n') fprintf(stream, "%*s", indent, "");
      column = indent;
      continue;
    }
    int spaces = (int)strspn(text, " "), bytes = word_bytes(text + spaces), needed = word_width(text + spaces, bytes);
    text += spaces;
    if (column > indent && column + spaces + needed > width) {
      fprintf(stream, "\n%*s", indent, "");
      column = indent;
      spaces = 0;
    }
    fprintf(stream, "%*s%.*s", spaces, "", bytes, text);
    column += spaces + needed;
    text += bytes;
  }
}

/* Control characters, of a file's name or a field in it, could give the terminal orders. */
static void text_disarm(char *text) {
  for (; *text; text++)
    if (((unsigned char)*text < ' ' && *text != '\n') || *text == 0x7F) *text = '?';
}

static void paragraph(const terminal *t, int indent, const char *format, va_list arguments) {
  char text[4096];
  wg_message_print(text, sizeof text, format, arguments);
  text_disarm(text);
  fprintf(t->out, "%*s", indent, "");
  text_wrap(t->out, t->width < WIDTH_READABLE ? t->width : WIDTH_READABLE, indent, text);
  fputc('\n', t->out);
}

void terminal_paragraph(const terminal *t, int indent, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  paragraph(t, indent, format, arguments);
  va_end(arguments);
}

void terminal_heading(const terminal *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(t->out, "\n%s", terminal_style(t, STYLE_HEADING));
  vfprintf(t->out, format, arguments);
  fprintf(t->out, "%s\n", terminal_style(t, STYLE_PLAIN));
  va_end(arguments);
}

void terminal_message(const terminal *t, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(text, sizeof text, format, arguments);
  va_end(arguments);
  text_disarm(text);
  fflush(t->out);
  fprintf(t->messages, "%s%s:%s ", t->message_color ? "\033[1m" : "", t->command, t->message_color ? "\033[0m" : "");
  fprintf(t->messages, "%s\n", text);
}

/* ---- Progress ---- */

double clock_seconds(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_show(progress *bar, double done, const char *note) {
  enum { CELLS = 30 };
  const terminal *t = bar->terminal;
  double now = t->progress ? clock_seconds() : 0;
  if (!t->progress || now - bar->last < 0.1) return;
  bar->last = now;
  int full = (int)(done * CELLS);
  fflush(t->out);
  fprintf(t->messages, "\r\033[K%s [", bar->label);
  for (int i = 0; i < CELLS; i++) fputc(i < full ? '#' : '.', t->messages);
  fprintf(t->messages, "] %3d %%  %s", (int)(100 * done), note);
  fflush(t->messages);
}

void progress_wipe(progress *bar) {
  if (bar->last == 0) return;
  fputs("\r\033[K", bar->terminal->messages);
  fflush(bar->terminal->messages);
  bar->last = 0;
}
