#include "options.h"
#include "../net.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { USAGE_WIDTH = 80 };

/* ---- Near words ---- */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Edits that turn a into b: insertion, deletion, substitution, and exchange of neighbors (Damerau's distance). */
static size_t edit_distance(const char *a, const char *b) {
  enum { LONGEST = 40 };
  size_t d[LONGEST + 1][LONGEST + 1], rows = strlen(a), columns = strlen(b);
  if (rows > LONGEST || columns > LONGEST) return SIZE_MAX;
  for (size_t i = 0; i <= rows; i++) {
    for (size_t k = 0; k <= columns; k++) {
      if (i == 0 || k == 0) {
        d[i][k] = i + k;
        continue;
      }
      size_t different = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[k - 1]);
      d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1, d[i - 1][k - 1] + different);
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
    }
  }
  return d[rows][columns];
}

const char *word_nearest(const char *typed, size_t count, const char *const *words) {
  const char *nearest = NULL;
  size_t length = strlen(typed), limit = length < 4 ? 1 : length < 8 ? 2 : 3, best = limit + 1;
  for (size_t i = 0; i < count; i++) {
    size_t distance = edit_distance(typed, words[i]);
    if (length >= 3 && strncasecmp(typed, words[i], length) == 0) distance = 1;
    if (distance < best) {
      best = distance;
      nearest = words[i];
    }
  }
  return nearest;
}

/* ---- Values ---- */

bool text_integer(const char *text, int64_t *value) {
  char *end;
  errno = 0;
  intmax_t number = strtoimax(text, &end, 10);
  if (end == text || *end || isspace((unsigned char)*text) || errno == ERANGE) return false;
  if (number < INT64_MIN || number > INT64_MAX) return false;
  *value = (int64_t)number;
  return true;
}

bool text_number(const char *text, double *value) {
  char *end;
  double number = strtod(text, &end);
  if (end == text || *end || isspace((unsigned char)*text) || !isfinite(number)) return false;
  *value = number;
  return true;
}

/* The place of a word in "engine|lecture", any case; −1 if it is none of them. */
static int choice_find(const char *words, const char *typed) {
  size_t wanted = strlen(typed);
  for (int place = 0;; place++) {
    size_t length = strcspn(words, "|");
    if (length == wanted && strncasecmp(words, typed, length) == 0) return place;
    words += length;
    if (!*words) return -1;
    words++;
  }
}

static options_result range_complain(const terminal *t, const option *o, const char *typed) {
  if (o->low == ABOVE_ZERO)
    terminal_message(t, "--%s %s: it must be above 0 and at most %.15g", o->name, typed, o->high);
  else
    terminal_message(t, "--%s %s: it must be from %.16g to %.16g", o->name, typed, o->low, o->high);
  return usage_hint(t);
}

static options_result value_read(const terminal *t, const option *o, const char *typed) {
  if (o->kind == OPTION_TEXT) {
    *(const char **)o->target = typed;
  } else if (o->kind == OPTION_LIST) {
    option_list *list = o->target;
    if (list->count == OPTION_LIST_MAX) {
      terminal_message(t, "--%s may be given %d times", o->name, OPTION_LIST_MAX);
      return usage_hint(t);
    }
    list->texts[list->count++] = typed;
  } else if (o->kind == OPTION_INTEGER) {
    int64_t value;
    if (!text_integer(typed, &value)) {
      if (errno == ERANGE) return range_complain(t, o, typed);
      terminal_message(t, "--%s '%s': this is not a whole number", o->name, typed);
      return usage_hint(t);
    }
    if ((double)value < o->low || (double)value > o->high) return range_complain(t, o, typed);
    *(int64_t *)o->target = value;
  } else if (o->kind == OPTION_NUMBER) {
    double value;
    if (!text_number(typed, &value)) {
      terminal_message(t, "--%s '%s': this is not a number", o->name, typed);
      return usage_hint(t);
    }
    if (!(value >= o->low && value <= o->high)) return range_complain(t, o, typed);
    *(double *)o->target = value;
  } else {
    int place = choice_find(o->value, typed);
    if (place < 0) {
      terminal_message(t, "--%s '%s': it must be one of %s", o->name, typed, o->value);
      return usage_hint(t);
    }
    *(int *)o->target = place;
  }
  return OPTIONS_RUN;
}

/* ---- Reading ---- */

options_result usage_hint(const terminal *t) {
  fprintf(t->messages, "Try '%s --help'.\n", t->command);
  return OPTIONS_WRONG;
}

static const option *option_find(const command_usage *usage, const char *name, size_t length) {
  for (size_t i = 0; i < usage->option_count; i++)
    if (length > 0 && strlen(usage->options[i].name) == length && strncmp(usage->options[i].name, name, length) == 0)
      return &usage->options[i];
  return NULL;
}

static options_result option_unknown(const terminal *t, const command_usage *usage, const char *typed, size_t length) {
  enum { WORDS_MAX = 100 };
  const char *words[WORDS_MAX] = {"help", "color"};
  size_t count = 2;
  char name[64];
  for (size_t i = 0; i < usage->option_count && count < WORDS_MAX; i++) words[count++] = usage->options[i].name;
  snprintf(name, sizeof name, "%.*s", (int)length, typed);
  const char *nearest = word_nearest(name, count, words);
  if (nearest)
    terminal_message(t, "unknown option --%s; did you mean --%s?", name, nearest);
  else
    terminal_message(t, "unknown option --%s", name);
  return usage_hint(t);
}

const option *option_named(const command_usage *usage, const char *name) {
  const option *o = option_find(usage, name, strlen(name));
  return o && o->kind != OPTION_HEADING ? o : NULL;
}

options_result option_set(const terminal *t, const command_usage *usage, const char *name, const char *value) {
  const option *o = option_named(usage, name);
  if (!o) return option_unknown(t, usage, name, strlen(name));
  if (o->kind != OPTION_FLAG) return value_read(t, o, value);
  bool on = strcmp(value, "on") == 0;
  if (!on && strcmp(value, "off") != 0) {
    terminal_message(t, "--%s is on or off, not '%s'", o->name, value);
    return usage_hint(t);
  }
  *(bool *)o->target = on;
  return OPTIONS_RUN;
}

/* Reads the option at argv[*at]: "name", what is behind its two dashes, with its value behind "=" or in the next word. */
static options_result option_read(terminal *t, const command_usage *usage, const char *name, int argc, char **argv,
                                  int *at) {
  int color = -1;
  const option color_option = {"color", OPTION_CHOICE, &color, COLOR_CHOICES, "", 0, 0};
  const char *equals = strchr(name, '=');
  size_t length = strcspn(name, "=");
  const option *o = length == 5 && strncmp(name, "color", 5) == 0 ? &color_option : option_find(usage, name, length);
  if (!o) return option_unknown(t, usage, name, length);
  if (o->kind == OPTION_FLAG) {
    if (equals) {
      terminal_message(t, "--%s takes no value", o->name);
      return usage_hint(t);
    }
    *(bool *)o->target = true;
    return OPTIONS_RUN;
  }
  if (!equals && *at + 1 >= argc) {
    terminal_message(t, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    return usage_hint(t);
  }
  options_result result = value_read(t, o, equals ? equals + 1 : argv[++*at]);
  if (color >= 0) terminal_set_color(t, (color_choice)color);
  return result;
}

/* What is behind the dashes of an option, of which "-o" is --output as in other programs; NULL if the word is no option. */
static const char *option_name(const command_usage *usage, const char *word) {
  if (strncmp(word, "--", 2) == 0) return word + 2;
  return strcmp(word, "-o") == 0 && option_named(usage, "output") ? "output" : NULL;
}

static bool help_wanted(const char *word) {
  return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0;
}

options_result options_read(terminal *t, const command_usage *usage, int argc, char **argv, const char **arguments) {
  int count = 0;
  bool ended = false;
  for (int i = 0; i < usage->argument_max; i++) arguments[i] = NULL;
  for (int i = 0; i < argc; i++) {
    if (!ended && help_wanted(argv[i])) {
      usage_print(t, usage);
      return OPTIONS_HELP;
    }
    if (!ended && strcmp(argv[i], "--") == 0) {
      ended = true;
    } else if (!ended && option_name(usage, argv[i])) {
      if (option_read(t, usage, option_name(usage, argv[i]), argc, argv, &i) != OPTIONS_RUN) return OPTIONS_WRONG;
    } else if (!ended && argv[i][0] == '-' && argv[i][1]) {
      terminal_message(t, "unknown option %s; options have two dashes: --name", argv[i]);
      return usage_hint(t);
    } else if (count < usage->argument_max) {
      arguments[count++] = argv[i];
    } else {
      terminal_message(t, "one argument too many: '%s'", argv[i]);
      return usage_hint(t);
    }
  }
  return OPTIONS_RUN;
}

/* ---- Help ---- */

static void default_print(const option *o, char *text, size_t size) {
  text[0] = 0;
  if (strchr(o->help, '[')) return; /* the help says it itself */
  if (o->kind == OPTION_INTEGER) {
    snprintf(text, size, " [%" PRId64 "]", *(const int64_t *)o->target);
  } else if (o->kind == OPTION_NUMBER) {
    snprintf(text, size, " [%.6g]", *(const double *)o->target);
  } else if (o->kind == OPTION_TEXT && *(const char *const *)o->target) {
    snprintf(text, size, " [%s]", *(const char *const *)o->target);
  } else if (o->kind == OPTION_CHOICE && *(const int *)o->target >= 0) {
    const char *word = o->value;
    for (int i = *(const int *)o->target; i > 0; i--) word = strchr(word, '|') + 1;
    snprintf(text, size, " [%.*s]", (int)strcspn(word, "|"), word);
  }
}

/* The words of a choice, on as many lines as they take; returns the column after them. */
static int value_print(const terminal *t, int column, const char *value) {
  enum { INDENT = 4 };
  while (*value) {
    int length = (int)strcspn(value, "|");
    length += value[length] == '|';
    if (column + length > USAGE_WIDTH) column = fprintf(t->out, "\n%*s", INDENT, "") - 1;
    column += fprintf(t->out, "%.*s", length, value);
    value += length;
  }
  return column;
}

static void option_print(const terminal *t, const option *o) {
  enum { COLUMN = 26 };
  char text[1024], standard[256];
  if (o->kind == OPTION_HEADING) {
    fprintf(t->out, "\n %s%s%s\n", terminal_style(t, STYLE_STRONG), o->help, terminal_style(t, STYLE_PLAIN));
    return;
  }
  default_print(o, standard, sizeof standard);
  snprintf(text, sizeof text, "%s%s\n", o->help, standard);
  int column = fprintf(t->out, "  --%s%s", o->name, o->value ? " " : "");
  if (o->value) column = value_print(t, column, o->value);
  if (column > COLUMN - 2) column = fprintf(t->out, "\n") - 1;
  fprintf(t->out, "%*s", COLUMN - column, "");
  text_wrap(t->out, USAGE_WIDTH, COLUMN, text);
}

static void usage_title(const terminal *t, const char *title, const char *rest) {
  fprintf(t->out, "%s%s%s%s", terminal_style(t, STYLE_STRONG), title, terminal_style(t, STYLE_PLAIN), rest);
}

static void net_print(const terminal *t, wg_net_kind kind) {
  int column = fprintf(t->out, "  %1s  %-12s", wg_net_letter(kind), wg_net_name(kind));
  text_wrap(t->out, USAGE_WIDTH, column, wg_net_title(kind));
  fputc('\n', t->out);
}

void usage_print(const terminal *t, const command_usage *usage) {
  int color = COLOR_AUTO;
  const option color_option = {"color", OPTION_CHOICE, &color, COLOR_CHOICES, "escape codes in the output", 0, 0};
  const option help_option = {"help", OPTION_FLAG, NULL, NULL, "this text", 0, 0};
  usage_title(t, "Usage: ", usage->synopsis);
  fputs("\n\n", t->out);
  text_wrap(t->out, USAGE_WIDTH, 0, usage->about);
  if (usage->takes_net) {
    usage_title(t, "\n\nNET", ", a letter or a name:\n");
    for (int kind = 0; kind < WG_NET_KIND_COUNT; kind++) net_print(t, (wg_net_kind)kind);
  } else {
    fputs("\n\n", t->out);
  }
  usage_title(t, usage->takes_net ? "\nOptions" : "Options", " (defaults in brackets):\n");
  for (size_t i = 0; i < usage->option_count; i++) option_print(t, &usage->options[i]);
  option_print(t, &color_option);
  option_print(t, &help_option);
  fputc('\n', t->out);
  text_wrap(t->out, USAGE_WIDTH, 0, usage->more);
  fputc('\n', t->out);
}
