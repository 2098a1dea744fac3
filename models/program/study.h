/* study.h: what the topics of `wengert study` share. */
#ifndef WG_PROGRAM_STUDY_H
#define WG_PROGRAM_STUDY_H

#include "../draw_series.h"
#include "../study_internal.h"
#include "program.h"

/* The topics, each in the file of its name: as the commands. */
int study_memo(terminal *t, int argc, char **argv);
int study_paths(terminal *t, int argc, char **argv);
int study_checkpoint(terminal *t, int argc, char **argv);
int study_cost(terminal *t, int argc, char **argv);
int study_order(terminal *t, int argc, char **argv);

/* Whether a net was asked for at all. */
bool is_net(const net_choice *choice);

#define SVG_OPTION(target)                                                                                             \
  { "svg", OPTION_TEXT, &(target), "FILE", "also draws it into this file", 0, 0 }
#define STUDY_JSON_OPTION(target)                                                                                      \
  { "json", OPTION_FLAG, &(target), NULL, JSON_HELP, 0, 0 }

enum { BIG_COUNT_TEXT_SIZE = 40 };

/* ---- memo ---- */

typedef struct memo_choice {
  net_choice net;
  int graph; /* 0: all; or 1 + a wg_study_kind */
  int64_t largest, budget;
  const char *svg;
  bool json;
} memo_choice;

/* The study of one net (study_memo_net.c). */
int memo_net(const terminal *t, memo_choice *choice);

/* A sweep without memo that gives another gradient is an error of the program's own: whether none was seen; and the
 * message, with its exit code. */
bool memo_equal(const wg_memo_study *study);
int memo_differs(const terminal *t);

/* ---- paths ---- */

typedef struct paths_choice {
  net_choice net;
  const char *of, *svg;
  bool json;
} paths_choice;

/* The study of one node or element (study_paths_of.c). */
int paths_of_one(const terminal *t, const paths_choice *choice, const wg_net *net);

/* "1234", or "–" where elements are not alike; null for it in JSON; why it is so, if it is anywhere. */
const char *elements_text(const wg_path_study *study, char text[BIG_COUNT_TEXT_SIZE]);
void elements_json(json *j, const wg_path_study *study);
void paths_note(const terminal *t, size_t count, const wg_path_study *studies);

/* Paths against the distance from the loss. */
int paths_draw(const terminal *t, const char *file, size_t count, const wg_path_study *studies, const char *title);

/* ---- What the topics share ---- */

/* A message for a failure in *error, and its exit code; sizes come from the command line, so it is they that are wrong. */
int study_failure(const terminal *t, wg_status status, const wg_error *error);

/* What a study that runs a graph lets its values take; and the refusal beyond. */
#define STUDY_BYTES_MAX 4e9
int too_large(const terminal *t);

/* net_record, refused where the values of its nodes take more. */
int net_record_small(const terminal *t, const wg_net_spec *spec, wg_net **net);

/* Draws the series into the file, unless it is NULL. */
int study_draw(const terminal *t, const char *file, size_t count, const wg_series *series,
               const wg_series_labels *labels);

/* A number in at most 13 digits, or "1.27e30": the first three, rounded, and the power of ten. */
char *big_count_text(const wg_big_count *count, char text[BIG_COUNT_TEXT_SIZE]);

/* The same for a count that ends where 64 bits do. */
char *count_text(uint64_t count, char text[BIG_COUNT_TEXT_SIZE]);

/* Prints a table and frees it; an exit code. */
int table_finish(const terminal *t, text_table *lines);

/* Reads whole numbers of 1 or more, separated by commas; at most `most` of them. EXIT_USAGE after a message. */
int study_numbers(const terminal *t, const char *name, const char *text, size_t most, int64_t *numbers, size_t *count);

/* "99 B", "20.5 kB", "1.3 MB". */
char *bytes_text(uint64_t bytes, char text[32]);

#endif
