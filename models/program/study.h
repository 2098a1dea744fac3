/* study.h: what the topics of `wengert study` share. */
#ifndef WG_PROGRAM_STUDY_H
#define WG_PROGRAM_STUDY_H

#include "../draw_series.h"
#include "../study.h"
#include "program.h"

/* The topics, each in the file of its name: as the commands. */
int study_memo(terminal *t, int argc, char **argv);
int study_paths(terminal *t, int argc, char **argv);
int study_checkpoint(terminal *t, int argc, char **argv);
int study_cost(terminal *t, int argc, char **argv);
int study_order(terminal *t, int argc, char **argv);

#define SVG_OPTION(target)                                                                                             \
  { "svg", OPTION_TEXT, &(target), "FILE", "also draws it into this file", 0, 0 }
#define STUDY_JSON_OPTION(target)                                                                                      \
  { "json", OPTION_FLAG, &(target), NULL, JSON_HELP, 0, 0 }

/* A message for a failure in *error, and its exit code; sizes come from the command line, so it is they that are wrong. */
int study_failure(const terminal *t, wg_status status, const wg_error *error);

/* Draws the series into the file, unless it is NULL. */
int study_draw(const terminal *t, const char *file, size_t count, const wg_series *series,
               const wg_series_labels *labels);

enum { NATURAL_TEXT_SIZE = 40 };

/* A number in at most 13 digits, or "1.27e30": the first three, rounded, and the power of ten. */
char *natural_short(const wg_natural *number, char text[NATURAL_TEXT_SIZE]);

/* All its digits as a string. False without memory. */
bool natural_json(json *j, const char *key, const wg_natural *number);

/* Reads whole numbers of 1 or more, separated by commas; at most `most` of them. EXIT_USAGE after a message. */
int study_numbers(const terminal *t, const char *name, const char *text, size_t most, int64_t *numbers, size_t *count);

/* "310 ns", "4.20 ms", "1.31 s". */
char *seconds_text(double seconds, char text[32]);

#endif
