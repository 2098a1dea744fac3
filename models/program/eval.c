/* wengert eval: what a trained net is worth on samples whose classes are known, in few lines. */
#include "../../engine/memory.h"
#include "../metrics.h"
#include "model_data.h"
#include <inttypes.h>
#include <math.h>

typedef struct eval_settings {
  model_data_choice data;
  double at_least;
  bool as_json;
} eval_settings;

typedef struct eval_job {
  const terminal *terminal;
  const eval_settings *settings;
  model_data data;
  wg_evaluation evaluation;
  wg_metrics *metrics;
} eval_job;

/* Precision, recall and F1, from the counts of the confusion: its samples, in an order of their own. */
static wg_status measure(eval_job *job, wg_error *error) {
  const wg_evaluation *e = &job->evaluation;
  int64_t *labels = wg_allocate(&wg_allocator_default, (size_t)e->rows, sizeof *labels), rows = 0;
  int64_t *predicted = wg_allocate(&wg_allocator_default, (size_t)e->rows, sizeof *predicted);
  wg_status status = labels && predicted ? WG_OK : wg_error_memory(error);
  for (int64_t i = 0; status == WG_OK && i < e->classes * e->classes; i++)
    for (int64_t n = 0; n < e->confusion[i]; n++, rows++) {
      labels[rows] = i / e->classes;
      predicted[rows] = i % e->classes;
    }
  if (status == WG_OK)
    status = wg_metrics_new(rows, e->classes, labels, predicted, WG_ZERO_DIVISION_NAN, NULL, &job->metrics, error);
  wg_release(&wg_allocator_default, labels);
  wg_release(&wg_allocator_default, predicted);
  return status;
}

/* ---- Text ---- */

static void score_add(text_table *rows, double score) {
  if (isnan(score))
    text_table_add(rows, STYLE_QUIET, "none");
  else
    text_table_add(rows, STYLE_PLAIN, "%.4f", score);
}

static void scores_add(text_table *rows, const char *name, int64_t samples, const wg_scores *scores) {
  text_table_add(rows, STYLE_QUIET, "%s", name);
  text_table_add(rows, STYLE_PLAIN, "%" PRId64, samples);
  score_add(rows, scores->precision);
  score_add(rows, scores->recall);
  score_add(rows, scores->f1);
}

static int classes_print(const eval_job *job) {
  const wg_metrics *m = job->metrics;
  char name[WG_CLASS_TEXT_SIZE];
  text_table rows = text_table_new("lrrrr");
  text_table_titles(&rows, "class|samples|precision|recall|F1");
  for (int64_t k = 0; k < m->classes; k++)
    scores_add(&rows, model_data_class(&job->data, k, name), m->support[k], &m->of_class[k]);
  scores_add(&rows, "mean", m->rows, &m->macro);
  scores_add(&rows, "weighted", m->rows, &m->weighted);
  bool printed = text_table_print(&rows, job->terminal);
  text_table_free(&rows);
  return printed ? EXIT_GOOD : failure(job->terminal, WG_ERROR_MEMORY, NULL);
}

static int eval_print(const eval_job *job) {
  const terminal *t = job->terminal;
  const wg_evaluation *e = &job->evaluation;
  net_line(t, &job->data.file.model->spec);
  terminal_paragraph(t, 0, "Data: %s; %s %" PRId64, job->data.name, job->data.text ? "characters" : "samples", e->rows);
  if (job->data.text)
    fprintf(t->out, "Loss %.4f nats for each character: %.4f bits, perplexity %.3f\n", e->loss, e->loss / log(2),
            exp(e->loss));
  else
    fprintf(t->out, "Loss %.6f\n", e->loss);
  fprintf(t->out, "Right %" PRId64 " of %" PRId64 ": %.2f %%\n", e->right, e->rows, 100 * e->accuracy);
  return job->data.text ? EXIT_GOOD : classes_print(job);
}

/* ---- JSON ---- */

static void scores_json(json *j, const char *key, const char *name, int64_t samples, const wg_scores *scores) {
  json_object_flat(j, key);
  if (name) json_text(j, "class", name);
  if (name) json_integer(j, "samples", samples);
  json_number(j, "precision", scores->precision);
  json_number(j, "recall", scores->recall);
  json_number(j, "f1", scores->f1);
  json_object_end(j);
}

static void eval_json(const eval_job *job) {
  const wg_evaluation *e = &job->evaluation;
  const wg_metrics *m = job->metrics;
  char name[WG_CLASS_TEXT_SIZE];
  json writer = json_new(job->terminal->out), *j = &writer;
  json_object(j, NULL);
  json_text(j, "model", job->settings->data.model);
  json_text(j, "data", job->data.name);
  json_integer(j, "rows", e->rows);
  json_integer(j, "right", e->right);
  json_number(j, "loss", e->loss);
  json_number(j, "accuracy", e->accuracy);
  json_number(j, "balanced_accuracy", m->balanced);
  scores_json(j, "macro", NULL, 0, &m->macro);
  scores_json(j, "weighted", NULL, 0, &m->weighted);
  json_array(j, "classes");
  for (int64_t k = 0; k < m->classes; k++)
    scores_json(j, NULL, model_data_class(&job->data, k, name), m->support[k], &m->of_class[k]);
  json_array_end(j);
  json_array(j, "confusion");
  for (int64_t i = 0; i < m->classes; i++) {
    json_array_flat(j, NULL);
    for (int64_t k = 0; k < m->classes; k++) json_integer(j, NULL, m->confusion[i * m->classes + k]);
    json_array_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

/* ---- The job ---- */

static int eval_run(eval_job *job) {
  const eval_settings *s = job->settings;
  wg_error error = {0};
  int code = model_data_load(job->terminal, &s->data, &job->data);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_evaluate_samples(job->data.file.model, &job->data.samples, &job->evaluation, &error);
  if (status == WG_OK) status = measure(job, &error);
  if (status != WG_OK) return failure(job->terminal, status, error.message);
  if (s->as_json)
    eval_json(job);
  else
    code = eval_print(job);
  if (code != EXIT_GOOD || job->evaluation.accuracy >= s->at_least) return code;
  terminal_message(job->terminal, "the accuracy is %.6g, and --at-least asks for %.6g", job->evaluation.accuracy,
                   s->at_least);
  return EXIT_CHECK;
}

int command_eval(terminal *t, int argc, char **argv) {
  eval_settings s = {.data = MODEL_DATA_DEFAULT};
  const option options[] = {
      OPTIONS_UNDER("Data:"),
      MODEL_DATA_OPTIONS(s.data),
      OPTIONS_UNDER("Result:"),
      {"at-least", OPTION_NUMBER, &s.at_least, "PART",
       "end with code 1 if the accuracy is less than this, such as 0.98", 0, 1},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
      OPTIONS_UNDER("General:"),
  };
  const command_usage usage = {
      .synopsis = "wengert eval MODEL --data FILE [options]\n       wengert eval MODEL --test FILE [options]",
      .about = "Says in few lines what a trained net is worth on samples whose classes are known: its loss, and how "
               "many it gets right of each class. 'wengert analyze' says more.",
      .more =
          "MODEL is a file that train --save has written, or a snapshot.\n"
          "Example:\n  wengert train E --data iris.csv --hold-out 0.3 --standardize \\\n      --save iris.safetensors\n"
          "  wengert eval iris.safetensors --data iris.csv --hold-out 0.3 --at-least 0.9",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1};
  options_result read = options_read(t, &usage, argc, argv, &s.data.model);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  eval_job job = {.terminal = t, .settings = &s};
  int code = eval_run(&job);
  wg_metrics_free(job.metrics);
  wg_evaluation_clear(&job.evaluation);
  model_data_free(&job.data);
  return code;
}
