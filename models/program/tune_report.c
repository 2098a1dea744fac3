/* tune_report.c: what a search found: the best trials as a table, all of them as JSON and as a drawing. */
#include "tuning.h"
#include "../draw_tune.h"
#include "../file.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Before ---- */

static void axis_print(const terminal *t, const wg_tune_axis *axis, bool first) {
  fprintf(t->out, "%s%s ", first ? "" : "; ", axis->name);
  for (size_t k = 0; k < axis->count; k++) fprintf(t->out, "%s%s", k ? ", " : "", axis->words[k]);
  if (axis->count == 0) fprintf(t->out, "%g to %g%s", axis->low, axis->high, axis->even ? ", evenly" : "");
  if (axis->count && axis->random) fprintf(t->out, ", at random");
}

void tune_begin_print(const tune_job *job) {
  const terminal *t = job->terminal;
  const wg_tune_search *search = &job->search;
  int rungs = wg_tune_rungs(search);
  terminal_paragraph(t, 0, "Data: %s; samples %" PRId64, job->data_name, job->samples);
  fprintf(t->out, "Search: ");
  for (size_t i = 0; i < search->axis_count; i++) axis_print(t, &search->axes[i], i == 0);
  fprintf(t->out, "\nTrials %" PRId64, wg_tune_trials(search));
  if (search->folds > 1) fprintf(t->out, ", each over %" PRId64 " folds", search->folds);
  fprintf(t->out, "; epochs %" PRId64 "\n", wg_tune_rung_epochs(search, 0));
  for (int rung = 1; rung < rungs; rung++)
    fprintf(t->out, "%s %" PRId64 " for %" PRId64 "%s", rung == 1 ? "  then the best" : ",",
            wg_tune_rung_trials(search, rung), wg_tune_rung_epochs(search, rung), rung + 1 == rungs ? "\n" : "");
  if (job->resumed) fprintf(t->out, "Trainings that were there already: %" PRId64 "\n", job->resumed);
  fputc('\n', t->out);
  fflush(t->out);
}

/* ---- The command of the best ---- */

/* A word as a shell takes it. */
static void word_add(FILE *out, const char *word) {
  bool plain = *word != 0;
  for (const char *c = word; *c; c++)
    plain = plain && (strchr("+-./:=_,%@", *c) || (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
                      (*c >= 'a' && *c <= 'z'));
  if (plain) {
    fprintf(out, " %s", word);
    return;
  }
  fputs(" '", out);
  for (const char *c = word; *c; c++) fputs(*c == '\'' ? "'\\''" : (char[]){*c, 0}, out);
  fputc('\'', out);
}

/* Whether argv[at] says what is searched and how, and so is nothing for train. */
static bool is_search(const tune_job *job, int at, int *count) {
  static const char *const names[] = {"grid", "random", "uniform", "trials", "folds", "by", "halving"};
  const char *name = job->argv[at];
  if (tune_is_outside(job, at, count)) return true;
  if (strncmp(name, "--", 2) != 0) return false;
  size_t length = strcspn(name + 2, "=");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strlen(names[i]) != length || strncmp(name + 2, names[i], length) != 0) continue;
    *count = strcmp(names[i], "halving") == 0 || name[2 + length] ? 1 : 2;
    return true;
  }
  return false;
}

static void command_write(const tune_job *job, int64_t trial, FILE *out) {
  fputs("wengert train", out);
  for (int i = 0, count = 0; i < job->argc; i += count) {
    count = 1;
    if (!is_search(job, i, &count)) word_add(out, job->argv[i]);
  }
  for (size_t i = 0; i < job->search.axis_count; i++) {
    const char *name = job->axes[i].name;
    char text[WG_TUNE_VALUE_SIZE];
    const char *value = wg_tune_value(&job->search, trial, i, text);
    bool flag = option_named(job->usage, name)->kind == OPTION_FLAG;
    if (flag && strcmp(value, "on") != 0) continue;
    fprintf(out, " --%s", name);
    if (!flag) word_add(out, value);
  }
}

/* The command as one string, which the caller frees; NULL without memory. */
static char *command_of(const tune_job *job, int64_t trial) {
  char *command = NULL;
  size_t size = 0;
  FILE *words = open_memstream(&command, &size);
  if (words) command_write(job, trial, words);
  if (words && fclose(words) == 0) return command;
  free(command);
  return NULL;
}

/* In lines of the width of a terminal, broken before options in the way of the shell. */
static int command_print(const tune_job *job, int64_t trial) {
  enum { WIDTH = 78 };
  const terminal *t = job->terminal;
  char *command = command_of(job, trial);
  if (!command) return failure(t, WG_ERROR_MEMORY, NULL);
  int column = fprintf(t->out, " ");
  for (const char *part = command; *part;) {
    const char *next = strstr(part + 1, " --");
    int length = next ? (int)(next - part) : (int)strlen(part);
    if (part > command && column + length > WIDTH) column = fprintf(t->out, " \\\n   ") - 3;
    column += fprintf(t->out, part > command ? "%.*s" : " %.*s", length, part);
    part += length;
  }
  fputc('\n', t->out);
  free(command);
  return EXIT_GOOD;
}

/* ---- A table ---- */

static void figure_add(text_table *rows, const char *format, double value) {
  if (isfinite(value))
    text_table_add(rows, STYLE_PLAIN, format, value);
  else
    text_table_add(rows, STYLE_QUIET, "-");
}

static void trial_add(const tune_job *job, text_table *rows, const wg_tune_standing *s, bool best) {
  char text[WG_TUNE_VALUE_SIZE];
  text_table_add(rows, best ? STYLE_GOOD : STYLE_PLAIN, "%" PRId64, s->trial + 1);
  for (size_t i = 0; i < job->search.axis_count; i++)
    text_table_add(rows, best ? STYLE_GOOD : STYLE_PLAIN, "%s", wg_tune_value(&job->search, s->trial, i, text));
  text_table_add(rows, STYLE_PLAIN, "%" PRId64, s->epochs);
  if (s->failed)
    text_table_add(rows, STYLE_BAD, "failed");
  else
    figure_add(rows, "%.2f %%", 100 * s->accuracy);
  figure_add(rows, "± %.2f", s->failed ? NAN : 100 * s->accuracy_deviation);
  figure_add(rows, fabs(s->loss) < 1000 ? "%#.4g" : "%.4g", s->loss); /* as many digits, also where they are zeros */
  figure_add(rows, s->loss_deviation < 10 ? "± %#.2g" : "± %.2g", s->failed ? NAN : s->loss_deviation);
}

static int table_print(const tune_job *job, const wg_tune_standing *standings, int64_t shown) {
  char alignment[TUNE_AXES_MAX + 8] = "r";
  const size_t axes = job->search.axis_count;
  for (size_t i = 0; i < axes; i++) strcat(alignment, "l");
  strcat(alignment, "rrrrr");
  if (strlen(alignment) > TEXT_TABLE_COLUMNS_MAX) {
    fprintf(job->terminal->out, "(%zu options are too many for a table; --json has them.)\n", axes);
    return EXIT_GOOD;
  }
  text_table rows = text_table_new(alignment);
  text_table_titles(&rows, "trial");
  for (size_t i = 0; i < axes; i++) text_table_titles(&rows, job->axes[i].name);
  text_table_titles(&rows, "epochs|accuracy||loss|");
  for (int64_t i = 0; i < shown; i++) trial_add(job, &rows, &standings[i], i == 0 && !standings[0].failed);
  bool printed = text_table_print(&rows, job->terminal);
  text_table_free(&rows);
  return printed ? EXIT_GOOD : failure(job->terminal, WG_ERROR_MEMORY, NULL);
}

static int report_print(const tune_job *job, const wg_tune_standing *standings) {
  const terminal *t = job->terminal;
  int64_t trials = wg_tune_trials(&job->search), shown = job->settings->top, failed = 0;
  if (shown > trials) shown = trials;
  for (int64_t i = 0; i < trials; i++) failed += standings[i].failed;
  int code = table_print(job, standings, shown);
  if (shown < trials)
    fprintf(t->out, "  … and %" PRId64 " more; --top %" PRId64 " shows all\n", trials - shown, trials);
  if (failed)
    terminal_paragraph(t, 0, "\n%" PRId64 " failed%s%s", failed, *job->why ? ", the first for this reason: " : "",
                       job->why);
  if (standings[0].failed) return code;
  fprintf(t->out, "\nThe best, to be trained on all data:\n");
  return code == EXIT_GOOD ? command_print(job, standings[0].trial) : code;
}

/* ---- JSON ---- */

static void axes_json(const tune_job *job, json *j) {
  json_array(j, "options");
  for (size_t i = 0; i < job->search.axis_count; i++) {
    const wg_tune_axis *axis = &job->axes[i];
    json_object_flat(j, NULL);
    json_text(j, "name", axis->name);
    json_text(j, "values", !axis->random ? "grid" : axis->count || !axis->even ? "random" : "uniform");
    if (axis->count == 0) {
      json_number(j, "low", axis->low);
      json_number(j, "high", axis->high);
    } else {
      json_array_flat(j, "words");
      for (size_t k = 0; k < axis->count; k++) json_text(j, NULL, axis->words[k]);
      json_array_end(j);
    }
    json_object_end(j);
  }
  json_array_end(j);
}

static void rungs_json(const tune_job *job, json *j) {
  json_array(j, "rungs");
  for (int rung = 0; rung < wg_tune_rungs(&job->search); rung++) {
    json_object_flat(j, NULL);
    json_integer(j, "epochs", wg_tune_rung_epochs(&job->search, rung));
    json_integer(j, "trials", wg_tune_rung_trials(&job->search, rung));
    json_object_end(j);
  }
  json_array_end(j);
}

static void trial_json(const tune_job *job, json *j, const wg_tune_standing *s) {
  char text[WG_TUNE_VALUE_SIZE];
  json_object_flat(j, NULL);
  json_integer(j, "trial", s->trial + 1);
  json_object_flat(j, "options");
  for (size_t i = 0; i < job->search.axis_count; i++)
    json_text(j, job->axes[i].name, wg_tune_value(&job->search, s->trial, i, text));
  json_object_end(j);
  json_integer(j, "rung", s->rung + 1);
  json_integer(j, "epochs", s->epochs);
  json_boolean(j, "failed", s->failed);
  if (!s->failed) {
    json_number(j, "accuracy", s->accuracy);
    json_number(j, "accuracy_deviation", s->accuracy_deviation);
    json_number(j, "loss", s->loss);
    json_number(j, "loss_deviation", s->loss_deviation);
  }
  json_object_end(j);
}

static int report_json(const tune_job *job, const wg_tune_standing *standings) {
  json writer = json_new(job->terminal->out), *j = &writer;
  char *command = command_of(job, standings[0].trial);
  if (!command) return failure(job->terminal, WG_ERROR_MEMORY, NULL);
  json_object(j, NULL);
  json_text(j, "data", job->data_name);
  json_integer(j, "samples", job->samples);
  json_integer(j, "seed", job->settings->train.seed);
  json_integer(j, "folds", job->search.folds);
  json_text(j, "by", job->search.aim == WG_TUNE_LOSS ? "loss" : "accuracy");
  axes_json(job, j);
  rungs_json(job, j);
  json_integer(j, "resumed", job->resumed);
  json_array(j, "trials");
  for (int64_t i = 0; i < wg_tune_trials(&job->search); i++) trial_json(job, j, &standings[i]);
  json_array_end(j);
  if (!standings[0].failed) json_text(j, "best", command);
  json_object_end(j);
  free(command);
  return EXIT_GOOD;
}

/* ---- All ---- */

static int drawing_write(const tune_job *job, const wg_tune_standing *standings) {
  wg_drawing *drawing = NULL;
  wg_error error = {0};
  char title[200];
  if (!job->settings->svg) return EXIT_GOOD;
  snprintf(title, sizeof title, "Trials on %.150s", wg_file_name(job->data_name));
  wg_status status =
      wg_draw_tune_svg(&job->search, wg_tune_trials(&job->search), standings, title, NULL, &drawing, &error);
  if (status == WG_OK) status = wg_drawing_write(drawing, job->settings->svg, &error);
  wg_drawing_free(drawing);
  return status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
}

int tune_report(const tune_job *job) {
  size_t trials = (size_t)wg_tune_trials(&job->search);
  wg_tune_standing *standings = wg_allocate(&wg_allocator_default, trials, sizeof *standings);
  if (!standings) return failure(job->terminal, WG_ERROR_MEMORY, NULL);
  wg_tune_ranking(job->tune, standings);
  int code = job->settings->as_json ? report_json(job, standings) : report_print(job, standings);
  if (code == EXIT_GOOD) code = drawing_write(job, standings);
  if (code == EXIT_GOOD && standings[0].failed) {
    terminal_message(job->terminal, "all trials failed%s%s", *job->why ? "; the first: " : "", job->why);
    code = EXIT_DATA;
  }
  wg_release(&wg_allocator_default, standings);
  return code;
}
