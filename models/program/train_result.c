/* train_result.c: what a trained net is worth. */
#include "training.h"
#include <inttypes.h>
#include <string.h>

static int confusion_print(const terminal *t, const wg_table *table, const wg_evaluation *result) {
  enum { CLASSES_MAX = TEXT_TABLE_COLUMNS_MAX - 2 };
  char name[WG_CLASS_TEXT_SIZE], alignment[TEXT_TABLE_COLUMNS_MAX + 1] = "l";
  if (result->classes > CLASSES_MAX) {
    fprintf(t->out, "(%" PRId64 " classes are too many for a table; --json has it.)\n", result->classes);
    return EXIT_GOOD;
  }
  for (int64_t k = 0; k <= result->classes; k++) strcat(alignment, "r");
  text_table rows = text_table_new(alignment);
  text_table_add(&rows, STYLE_PLAIN, "%s", "");
  for (int64_t k = 0; k < result->classes; k++) text_table_add(&rows, STYLE_QUIET, "%s", wg_class_text(table, k, name));
  text_table_add(&rows, STYLE_QUIET, "right");
  for (int64_t i = 0; i < result->classes; i++) {
    int64_t all = 0;
    text_table_add(&rows, STYLE_QUIET, "%s", wg_class_text(table, i, name));
    for (int64_t k = 0; k < result->classes; k++) {
      int64_t count = result->confusion[i * result->classes + k];
      text_style look = i == k ? STYLE_GOOD : count ? STYLE_BAD : STYLE_QUIET;
      text_table_add(&rows, look, "%" PRId64, count);
      all += count;
    }
    int64_t right = result->confusion[i * result->classes + i];
    if (all)
      text_table_add(&rows, STYLE_PLAIN, "%.1f %%", 100 * (double)right / (double)all);
    else
      text_table_add(&rows, STYLE_PLAIN, "none");
  }
  bool printed = text_table_print(&rows, t);
  text_table_free(&rows);
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

static void evaluation_json(json *j, const char *key, const wg_evaluation *result) {
  json_object(j, key);
  json_integer(j, "rows", result->rows);
  json_integer(j, "right", result->right);
  json_number(j, "loss", result->loss);
  json_number(j, "accuracy", result->accuracy);
  json_array(j, "confusion");
  for (int64_t i = 0; i < result->classes; i++) {
    json_array_flat(j, NULL);
    for (int64_t k = 0; k < result->classes; k++) json_integer(j, NULL, result->confusion[i * result->classes + k]);
    json_array_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

static void evaluation_line(const terminal *t, const char *title, const wg_evaluation *result) {
  fprintf(t->out, "%-9s loss %.6f, %" PRId64 " of %" PRId64 " right (%.1f %%)\n", title, result->loss, result->right,
          result->rows, 100 * result->accuracy);
}

static int results_print(const train_job *job, const wg_evaluation *training, const wg_evaluation *held) {
  const terminal *t = job->terminal;
  wg_trainer_progress at = wg_trainer_where(job->trainer);
  fputc('\n', t->out);
  if (at.best_epoch >= 0)
    fprintf(t->out, "%s after epoch %" PRId64 "; the best weights are those of epoch %" PRId64 "\n",
            at.stopped_early ? "Stopped early," : "Ended", at.epoch, at.best_epoch);
  evaluation_line(t, "Training:", training);
  if (job->parts.has_held) evaluation_line(t, "Held out:", held);
  if (!job->parts.table) return EXIT_GOOD; /* a text's characters are no classes to look at one by one */
  fprintf(t->out, "\nConfusion of the %s (rows: the class, columns: what the net says)\n",
          job->parts.has_held ? "held-out samples" : "training samples");
  return confusion_print(t, job->parts.table, job->parts.has_held ? held : training);
}

static int results_line(const train_job *job, const wg_evaluation *training, const wg_evaluation *held) {
  json line = json_new(job->terminal->out);
  json_object_flat(&line, NULL);
  evaluation_json(&line, "training", training);
  if (job->parts.has_held) evaluation_json(&line, "held_out", held);
  int code = job->settings->profile ? train_profile_report(job, &line) : EXIT_GOOD;
  json_object_end(&line);
  return code;
}

int train_results_report(const train_job *job, json *j) {
  wg_evaluation training = {0}, held = {0};
  wg_error error = {0};
  int code = EXIT_GOOD;
  wg_status status = wg_evaluate_samples(job->model, &job->parts.plain, &training, &error);
  if (status == WG_OK && job->parts.has_held) status = wg_evaluate_samples(job->model, &job->parts.held, &held, &error);
  if (status != WG_OK) {
    code = failure(job->terminal, status, error.message);
  } else if (j) {
    evaluation_json(j, "training", &training);
    if (job->parts.has_held) evaluation_json(j, "held_out", &held);
  } else if (job->settings->json_lines) {
    code = results_line(job, &training, &held);
  } else {
    code = results_print(job, &training, &held);
  }
  wg_evaluation_clear(&training);
  wg_evaluation_clear(&held);
  return code;
}
