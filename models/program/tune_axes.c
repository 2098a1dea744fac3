/* tune_axes.c: --grid, --random and --uniform: options of the training, and the values that they are to have. */
#include "tuning.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int complain(const tune_job *job, const char *kind, const char *given, const char *what) {
  terminal_message(job->terminal, "--%s %s: %s", kind, given, what);
  usage_hint(job->terminal);
  return EXIT_USAGE;
}

static char *text_copy(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = wg_allocate(&wg_allocator_default, size, 1);
  if (copy) memcpy(copy, text, size);
  return copy;
}

/* ---- Options of the search ---- */

/* Those that say how it is run and shown, and not what is trained. */
bool tune_is_outside(const tune_job *job, int at, int *count) {
  static const char *const outside[] = {"results", "resume", "processes", "top", "svg", "json", "color"};
  const char *name = job->argv[at];
  if (strncmp(name, "--", 2) != 0) return false;
  size_t length = strcspn(name + 2, "=");
  for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
    if (strlen(outside[i]) != length || strncmp(name + 2, outside[i], length) != 0) continue;
    bool flag = strcmp(outside[i], "resume") == 0 || strcmp(outside[i], "json") == 0;
    *count = flag || name[2 + length] ? 1 : 2;
    return true;
  }
  return false;
}

/* Those that cannot be searched over. */
static bool is_fixed(const char *name) {
  static const char *const fixed[] = {"grid",    "random", "uniform",   "trials", "folds", "by",       "halving",
                                      "test",    "fold",   "data",      "label",  "seed",  "hold-out", "label-file",
                                      "results", "resume", "processes", "top",    "svg",   "json",     "delimiter"};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
    if (strcmp(name, fixed[i]) == 0) return true;
  return false;
}

/* Whether the option is on the command line too. */
static bool is_given(const tune_job *job, const char *name) {
  size_t length = strlen(name);
  for (int i = 0; i < job->argc; i++) {
    const char *word = job->argv[i];
    if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, length) == 0 &&
        (!word[2 + length] || word[2 + length] == '='))
      return true;
  }
  return false;
}

/* ---- Values ---- */

/* Cuts "0.1,0.3" into words, at semicolons if there are any. */
static int words_cut(tune_job *job, size_t at, char *text) {
  wg_tune_axis *axis = &job->axes[at];
  char separator = strchr(text, ';') ? ';' : ',';
  size_t count = 1;
  for (const char *c = text; *c; c++) count += *c == separator;
  job->words[at] = wg_allocate(&wg_allocator_default, count, sizeof(char *));
  if (!job->words[at]) return failure(job->terminal, WG_ERROR_MEMORY, NULL);
  axis->count = 0;
  for (char *word = text; word;) {
    char *end = strchr(word, separator);
    job->words[at][axis->count++] = word;
    if (end) *end = 0;
    word = end ? end + 1 : NULL;
  }
  axis->words = job->words[at];
  return EXIT_GOOD;
}

/* "1e-4..1" */
static bool range_read(char *text, double *low, double *high, bool *whole) {
  int64_t from, to;
  char *dots = strstr(text, "..");
  if (!dots) return false;
  *dots = 0;
  bool read = text_number(text, low) && text_number(dots + 2, high);
  *whole = text_integer(text, &from) && text_integer(dots + 2, &to);
  *dots = '.';
  return read;
}

/* Tries a value on its option, and leaves the option as it was. */
static int value_try(tune_job *job, const char *name, const char *value) {
  tune_settings saved = *job->settings;
  options_result result = option_set(job->terminal, job->usage, name, value);
  *job->settings = saved;
  return result == OPTIONS_RUN ? EXIT_GOOD : EXIT_USAGE;
}

static int values_try(tune_job *job, const wg_tune_axis *axis) {
  int code = EXIT_GOOD;
  for (size_t i = 0; code == EXIT_GOOD && i < axis->count; i++) code = value_try(job, axis->name, axis->words[i]);
  for (int end = 0; code == EXIT_GOOD && axis->count == 0 && end < 2; end++) {
    char text[40];
    snprintf(text, sizeof text, axis->whole ? "%.0f" : "%.17g", end ? axis->high : axis->low);
    code = value_try(job, axis->name, text);
  }
  return code;
}

/* ---- Axes ---- */

static int range_axis(tune_job *job, const char *kind, const char *given, const option *o, char *text,
                      wg_tune_axis *axis) {
  bool whole;
  if (!range_read(text, &axis->low, &axis->high, &whole))
    return complain(job, kind, given, "a range is two numbers with two dots between, such as 1e-4..1");
  axis->whole = o->kind == OPTION_INTEGER || o->kind == OPTION_TEXT;
  if (o->kind != OPTION_INTEGER && o->kind != OPTION_NUMBER && !(o->kind == OPTION_TEXT && whole))
    return complain(job, kind, given, "this option takes no numbers of a range; give words, with commas between");
  if (!axis->even && axis->low <= 0)
    return complain(job, kind, given,
                    "a range that begins at 0 or below has no logarithms to be drawn from; see --uniform");
  return EXIT_GOOD;
}

static int axis_read(tune_job *job, const char *kind, const char *given) {
  size_t at = job->search.axis_count;
  wg_tune_axis *axis = &job->axes[at];
  char *text = job->texts[at] = text_copy(given), *equals = text ? strchr(text, '=') : NULL;
  if (!text) return failure(job->terminal, WG_ERROR_MEMORY, NULL);
  job->search.axis_count++;
  bool grid = strcmp(kind, "grid") == 0;
  if (!equals || equals == text || !equals[1])
    return complain(job, kind, given,
                    grid ? "it must be an option and its values, such as rate=0.1,0.3"
                         : "it must be an option and a range, such as rate=1e-4..1");
  *equals = 0;
  *axis = (wg_tune_axis){.name = text, .random = !grid, .even = strcmp(kind, "uniform") == 0};
  const option *o = option_named(job->usage, text);
  if (!o) return option_set(job->terminal, job->usage, text, "") == OPTIONS_RUN ? EXIT_GOOD : EXIT_USAGE;
  if (is_fixed(text)) return complain(job, kind, given, "that option is the same in all trials");
  if (is_given(job, text)) return complain(job, kind, given, "that option has a value already");
  bool range = axis->random && (axis->even || strstr(equals + 1, ".."));
  int code = range ? range_axis(job, kind, given, o, equals + 1, axis) : words_cut(job, at, equals + 1);
  return code == EXIT_GOOD ? values_try(job, axis) : code;
}

int tune_axes_read(tune_job *job) {
  const tune_settings *s = job->settings;
  const option_list *const lists[] = {&s->grid, &s->random, &s->uniform};
  static const char *const kinds[] = {"grid", "random", "uniform"};
  int code = EXIT_GOOD;
  for (int k = 0; k < 3; k++)
    for (size_t i = 0; code == EXIT_GOOD && i < lists[k]->count; i++)
      code = axis_read(job, kinds[k], lists[k]->texts[i]);
  if (code != EXIT_GOOD || job->search.axis_count > 0) return code;
  terminal_message(job->terminal, "say what to search over: --grid rate=0.1,0.3 or --random rate=1e-4..1");
  usage_hint(job->terminal);
  return EXIT_USAGE;
}

void tune_axes_free(tune_job *job) {
  for (size_t i = 0; i < TUNE_AXES_MAX; i++) {
    wg_release(&wg_allocator_default, job->texts[i]);
    wg_release(&wg_allocator_default, (void *)job->words[i]);
  }
}

bool tune_trial_set(const tune_job *job, const terminal *t, int64_t trial) {
  static char texts[TUNE_AXES_MAX][WG_TUNE_VALUE_SIZE]; /* the options keep pointing to them */
  for (size_t i = 0; i < job->search.axis_count; i++) {
    const char *value = wg_tune_value(&job->search, trial, i, texts[i]);
    if (option_set(t, job->usage, job->axes[i].name, value) != OPTIONS_RUN) return false;
  }
  return true;
}
