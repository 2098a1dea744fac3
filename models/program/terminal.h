/* terminal.h: where the program writes: data to standard output, messages and the progress bar to standard error,
 * with colors and a width that suit what is at the other end. */
#ifndef WG_PROGRAM_TERMINAL_H
#define WG_PROGRAM_TERMINAL_H

#include "../../engine/base.h"
#include <stdio.h>

typedef struct terminal {
  FILE *out, *messages;
  const char *command; /* "wengert lecture", which begins every message */
  int width;           /* columns of standard output; 80 where it is not a terminal */
  bool screen;         /* standard output is a terminal, so that long lines are broken to its width */
  bool color;          /* escape codes on standard output */
  bool message_color;  /* … and on standard error */
  bool progress;       /* standard error is a terminal that a bar can be drawn on */
} terminal;

typedef enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color_choice;
#define COLOR_CHOICES "auto|always|never"

terminal terminal_new(void);

/* auto: escape codes go to terminals only, and nowhere if NO_COLOR is set and not empty (no-color.org). */
void terminal_set_color(terminal *t, color_choice choice);

typedef enum text_style {
  STYLE_PLAIN,
  STYLE_HEADING,
  STYLE_STRONG,
  STYLE_QUIET,
  STYLE_GOOD,
  STYLE_BAD,
  STYLE_DOUBT
} text_style;

/* The escape code that begins a style on standard output; "" without color. STYLE_PLAIN ends any other. */
const char *terminal_style(const terminal *t, text_style look);

/* "\n1  THE TAPE\n": a heading, after an empty line. */
void terminal_heading(const terminal *t, const char *format, ...) WG_PRINTF(2, 3);

/* A paragraph on standard output, broken into lines of at most the terminal's width (80 if it is wider) and set in by
 * `indent` columns. A newline in the text ends a line. */
void terminal_paragraph(const terminal *t, int indent, const char *format, ...) WG_PRINTF(3, 4);

/* Breaks a text into lines of at most `width` columns, on any stream. The cursor is in column `indent` already, where
 * the other lines begin too; it stays behind the last word. */
void text_wrap(FILE *stream, int width, int indent, const char *text);

/* "wengert lecture: message" on standard error. */
void terminal_message(const terminal *t, const char *format, ...) WG_PRINTF(2, 3);

/* Draws the bar anew, at most ten times a second; and wipes it. Nothing where standard error is no terminal. */
typedef struct progress {
  const terminal *terminal;
  const char *label;
  double last; /* when it was drawn, in seconds; 0 if it is not on the screen */
} progress;

void progress_show(progress *bar, double done, const char *note);
void progress_wipe(progress *bar);

/* Columns that a UTF-8 string takes on a screen: combining marks take none, East Asian wide characters two. */
int text_width(const char *text);

/* One character of UTF-8: its code point, and the number of its bytes in *length. A byte that begins no valid
 * character counts as U+FFFD, one byte long. *length is 0 at the end of the string. */
uint32_t text_character(const char *text, int *length);

/* How many columns a character takes: 0, 1 or 2. */
int text_character_width(uint32_t character);

/* Seconds on a clock that only runs forward. */
double clock_seconds(void);

#endif
