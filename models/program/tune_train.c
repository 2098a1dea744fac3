/* tune_train.c: one training of a search, in a process of its own. */
#include "tuning.h"
#include "../file.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything that a training is made of; freed whatever became of it. */
typedef struct tune_trial {
  wg_net_spec spec;
  data_parts parts;
  wg_train_options options;
  wg_model *model;
  wg_trainer *trainer;
  wg_evaluation evaluation;
} tune_trial;

static void trial_free(tune_trial *trial) {
  wg_trainer_free(trial->trainer);
  wg_evaluation_clear(&trial->evaluation);
  wg_model_free(trial->model);
  data_free(&trial->parts);
}

static int trial_read(const terminal *t, train_settings *s, tune_trial *trial) {
  int code = net_choose(t, &s->net, &trial->spec);
  trial->spec.dtype = s->dtype == 0 ? WG_F32 : WG_F64;
  if (code == EXIT_GOOD) code = data_load(t, &s->data, &s->net, (uint64_t)s->seed, &trial->spec, &trial->parts);
  if (code != EXIT_GOOD) return code;
  code = learn_options(t, &s->learn, trial->parts.training.rows, s->data.data ? 0.1 : 1, &trial->options);
  trial->options.seed = (uint64_t)s->seed;
  trial->options.report_every = s->learn.epochs > 0 ? s->learn.epochs : 1; /* only the end counts */
  return code;
}

static wg_status trial_learn(const train_settings *s, tune_trial *trial, long parent, wg_error *error) {
  wg_trainer_event event = WG_TRAINER_STEPPED;
  wg_status status = wg_model_new(&trial->spec, (wg_init)s->init, (uint64_t)s->seed, &trial->model, error);
  if (status == WG_OK)
    status = wg_trainer_new(trial->model, &trial->parts.training, trial->parts.has_held ? &trial->parts.held : NULL,
                            &trial->options, &trial->trainer, error);
  while (status == WG_OK && event != WG_TRAINER_ENDED) {
    if ((long)getppid() != parent) _exit(EXIT_INTERRUPTED); /* nobody waits for this any more */
    status = wg_trainer_next(trial->trainer, &event, error);
  }
  if (status == WG_OK) status = wg_evaluate_samples(trial->model, &trial->parts.held, &trial->evaluation, error);
  return status;
}

/* The first line of a message, without the command that it begins with. */
static void line_take(const char *message, const char *command, char *why, size_t size) {
  size_t skipped = strlen(command);
  if (strncmp(message, command, skipped) == 0 && strncmp(message + skipped, ": ", 2) == 0) message += skipped + 2;
  snprintf(why, size, "%.*s", (int)strcspn(message, "\n"), message);
}

void tune_train(tune_job *job, const wg_tune_job *what, long parent, tune_outcome *outcome) {
  train_settings *s = &job->settings->train;
  char *said = NULL, fold[48];
  size_t said_size = 0;
  double started = clock_seconds();
  terminal quiet = *job->terminal;
  tune_trial trial = {.spec = {0}};
  wg_error error = {0};
  *outcome = (tune_outcome){.numbers = {.failed = true, .loss = NAN, .accuracy = NAN}};
  quiet.progress = false;
  quiet.messages = open_memstream(&said, &said_size);
  if (!quiet.messages) return;

  s->learn.epochs = what->epochs;
  if (job->search.folds > 1) {
    snprintf(fold, sizeof fold, "%" PRId64 "/%" PRId64, what->fold + 1, job->search.folds);
    s->data.fold = fold;
  }
  bool set = tune_trial_set(job, &quiet, what->trial);
  int code = set ? trial_read(&quiet, s, &trial) : EXIT_USAGE;
  wg_status status = code == EXIT_GOOD ? trial_learn(s, &trial, parent, &error) : WG_ERROR_ARGUMENT;
  if (status == WG_OK)
    outcome->numbers = (wg_tune_outcome){false, trial.evaluation.loss, trial.evaluation.accuracy};
  else if (code == EXIT_GOOD)
    fprintf(quiet.messages, "%s", *error.message ? error.message : wg_status_text(status));
  fclose(quiet.messages);
  if (status != WG_OK && said) line_take(said, quiet.command, outcome->why, sizeof outcome->why);
  if (status != WG_OK && !*outcome->why) strcpy(outcome->why, "no memory");
  free(said);
  outcome->seconds = clock_seconds() - started;
  trial_free(&trial);
}

/* ---- A look at the data ---- */

static uint64_t table_digest(const wg_table *table) {
  size_t bytes = (size_t)(table->rows * table->columns) * wg_dtype_size(table->dtype);
  uint64_t digests[] = {wg_digest_of(table->features, bytes),
                        wg_digest_of(table->labels, (size_t)table->rows * sizeof *table->labels)};
  return wg_digest_of(digests, sizeof digests);
}

int tune_data_look(tune_job *job) {
  tune_settings saved = *job->settings;
  tune_trial trial = {.spec = {0}};
  char fold[48];
  if (job->search.folds > 1) {
    snprintf(fold, sizeof fold, "1/%" PRId64, job->search.folds);
    job->settings->train.data.fold = fold;
  }
  bool set = tune_trial_set(job, job->terminal, 0);
  int code = set ? trial_read(job->terminal, &job->settings->train, &trial) : EXIT_USAGE;
  if (code == EXIT_GOOD) {
    const data_parts *parts = &trial.parts;
    job->samples = parts->training.rows + (parts->has_held ? parts->held.rows : 0);
    job->data_digest = parts->table ? table_digest(parts->table) : 0;
    job->data_name = parts->name;
  }
  trial_free(&trial);
  *job->settings = saved;
  return code;
}
