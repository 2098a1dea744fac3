/* options.h: the command line, read by a table that also writes the help. */
#ifndef WG_PROGRAM_OPTIONS_H
#define WG_PROGRAM_OPTIONS_H

#include "terminal.h"

typedef enum option_kind {
  OPTION_FLAG,    /* bool: --json */
  OPTION_TEXT,    /* const char *: --svg FILE */
  OPTION_INTEGER, /* int64_t, within low … high */
  OPTION_NUMBER,  /* double, within low … high; a low of ABOVE_ZERO asks for more than 0 */
  OPTION_CHOICE,  /* int, the place of the word in `value`: "engine|lecture" */
  OPTION_LIST,    /* option_list: may be given several times */
  OPTION_HEADING  /* no option: a line of the help, `help`, above those that follow */
} option_kind;

#define ABOVE_ZERO 2.2250738585072014e-308

enum { OPTION_LIST_MAX = 16 };

typedef struct option_list {
  size_t count;
  const char *texts[OPTION_LIST_MAX];
} option_list;

#define OPTIONS_UNDER(title)                                                                                           \
  { "", OPTION_HEADING, NULL, NULL, title, 0, 0 }

typedef struct option {
  const char *name;
  option_kind kind;
  void *target;      /* what is there before is the default, and the help prints it */
  const char *value; /* what the value is called in the help; the words of a choice */
  const char *help;
  double low, high;
} option;

/* One command's usage. `synopsis`, `about` and `more` may have several lines. */
typedef struct command_usage {
  const char *synopsis; /* "wengert derive NET [options]" */
  const char *about;    /* what it does, before the options */
  const char *more;     /* after them: examples, notes */
  const option *options;
  size_t option_count;
  int argument_max; /* how many arguments besides options it takes */
  bool takes_net;   /* the help lists the nets */
} command_usage;

typedef enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG } options_result;

/* Reads argv[0 … argc−1] (without the command) into the targets, arguments that are no options into `arguments`
 * (NULL where there are fewer than argument_max). -o is --output, where there is such an option. --help and --color are
 * understood everywhere: the help is printed (OPTIONS_HELP), the terminal set. OPTIONS_WRONG after a message about what
 * is wrong. */
options_result options_read(terminal *t, const command_usage *usage, int argc, char **argv, const char **arguments);

/* The option of that name, or NULL; and a value for it, as if it had been on the command line. A flag is "on" or
 * "off". OPTIONS_WRONG after a message. */
const option *option_named(const command_usage *usage, const char *name);
options_result option_set(const terminal *t, const command_usage *usage, const char *name, const char *value);

void usage_print(const terminal *t, const command_usage *usage);

/* The last line of a usage message: where the help is. Returns OPTIONS_WRONG. */
options_result usage_hint(const terminal *t);

/* The word of `count` that is nearest to what was typed, or NULL if none is near. */
const char *word_nearest(const char *typed, size_t count, const char *const *words);

/* Whole numbers and numbers, complete and finite; false if the text is anything else. */
bool text_integer(const char *text, int64_t *value);
bool text_number(const char *text, double *value);

#endif
