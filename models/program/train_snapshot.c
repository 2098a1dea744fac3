/* train_snapshot.c: the training in files, so that it goes on after the machine died. */
#include "../file.h"
#include "training.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void skipped_say(void *context, const char *why) {
  const train_job *job = context;
  terminal_message(job->terminal, "skipped a snapshot: %s", why);
}

typedef struct number_text {
  char digits[32];
} number_text;

/* As few digits as tell the number from all others. */
static number_text number_of(double value) {
  number_text text;
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text.digits, sizeof text.digits, "%.*g", digits, value);
    if (strtod(text.digits, NULL) == value) break;
  }
  return text;
}

static void table_register(wg_snapshot *s, const char *name, const wg_table *table) {
  size_t bytes = (size_t)(table->rows * table->columns) * wg_dtype_size(table->dtype);
  wg_snapshot_setting(s, name, "%" PRId64 " samples, %016" PRIx64, table->rows, wg_digest_of(table->features, bytes));
}

static void data_register(const train_job *job) {
  const data_parts *parts = &job->parts;
  wg_snapshot *s = job->snapshots;
  if (parts->text)
    wg_snapshot_setting(s, "text", "%" PRId64 " characters, %016" PRIx64 ", %" PRId64 " to learn from",
                        parts->text->length,
                        wg_digest_of(parts->text->characters, (size_t)parts->text->length * sizeof(uint32_t)),
                        parts->text_parts[0].length);
  if (parts->training_table) table_register(s, "data", parts->training_table);
  if (parts->held_table) table_register(s, "held-out data", parts->held_table);
}

/* What the two halves of a training must have in common for it to be one. The number of epochs may grow. */
static void settings_register(train_job *job) {
  const wg_train_options *o = &job->options;
  const wg_optimizer_options *u = &o->optimizer;
  const wg_schedule_options *c = &o->schedule;
  wg_snapshot *s = job->snapshots;
  data_register(job);
  wg_snapshot_setting(s, "seed", "%" PRIu64, o->seed);
  wg_snapshot_setting(s, "rate", "%s", number_of(o->rate).digits);
  wg_snapshot_setting(s, "batch", "%" PRId64, o->batch);
  wg_snapshot_setting(s, "accumulate", "%" PRId64, o->accumulate);
  wg_snapshot_setting(s, "optimizer", "%s momentum %s beta %s %s", wg_optimizer_text(u), number_of(u->momentum).digits,
                      number_of(u->beta1).digits, number_of(u->beta2).digits);
  wg_snapshot_setting(s, "decay", "%s l1 %s%s", number_of(u->decay).digits, number_of(u->l1).digits,
                      u->decoupled ? " decoupled" : "");
  wg_snapshot_setting(s, "schedule", "%s warmup %" PRId64 " period %" PRId64 " factor %s", wg_schedule_text(c->kind),
                      c->warmup, c->kind == WG_SCHEDULE_CONSTANT || c->kind == WG_SCHEDULE_PLATEAU ? 0 : c->period,
                      number_of(c->factor).digits);
  wg_snapshot_setting(s, "clip", "%s %s", number_of(o->clip_norm).digits, number_of(o->clip_value).digits);
  wg_snapshot_setting(s, "average", "%s %s from %" PRId64, o->averages ? wg_average_text(o->average) : "none",
                      number_of(o->average_decay).digits, o->average_from);
  wg_snapshot_setting(s, "patience", "%" PRId64 " min-delta %s%s", o->stops_early ? o->stopping.patience : -1,
                      number_of(o->stopping.min_delta).digits, o->stopping.rising ? " of the accuracy" : "");
  wg_snapshot_setting(s, "augmentation", "shift %" PRId64 "%s", job->settings->data.shift,
                      job->settings->data.flip ? " flip" : "");
  wg_snapshot_setting(s, "regularization", "dropout %s smoothing %s", number_of(job->spec.dropout).digits,
                      number_of(job->spec.smoothing).digits);
}

/* The weights are registered with the model, which makes every snapshot a model file too. */
static void state_register(train_job *job) {
  static const char weights[] = "weights.";
  wg_state_array array;
  wg_snapshot_model(job->snapshots, &job->file);
  for (size_t i = 0; wg_trainer_state_at(job->trainer, i, &array); i++)
    if (strncmp(array.name, weights, sizeof weights - 1) != 0) wg_snapshot_array(job->snapshots, "training", &array);
}

static int resume(train_job *job) {
  const terminal *t = job->terminal;
  wg_error error = {0};
  int64_t number = -1;
  wg_status status = wg_snapshot_load(job->snapshots, skipped_say, job, &number, &error);
  if (status == WG_OK && number >= 0) status = wg_trainer_state_check(job->trainer, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  if (number >= 0)
    job->resumed_step = wg_trainer_where(job->trainer).step;
  else
    terminal_message(t, "there is no snapshot %s yet; beginning at the start", job->settings->snapshot);
  return EXIT_GOOD;
}

int train_snapshots_begin(train_job *job) {
  const terminal *t = job->terminal;
  const train_settings *s = job->settings;
  job->resumed_step = -1;
  if (!s->snapshot && (s->resume || s->keep >= 0 || s->snapshot_every >= 0)) {
    terminal_message(t, "--%s is about snapshots: say where they are, --snapshot NAME",
                     s->resume      ? "resume"
                     : s->keep >= 0 ? "keep"
                                    : "snapshot-every");
    return EXIT_USAGE;
  }
  if (!s->snapshot) return EXIT_GOOD;
  wg_error error = {0};
  wg_snapshot_options options = {.path = s->snapshot, .keep = s->keep < 0 ? 3 : s->keep};
  wg_status status = wg_snapshot_new(&options, &job->snapshots, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  settings_register(job);
  state_register(job);
  if (s->resume) return resume(job);
  size_t count = 0;
  status = wg_snapshot_count(job->snapshots, &count, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  if (count == 0) return EXIT_GOOD;
  terminal_message(t, "%s has %zu snapshot%s of another training; go on with it, --resume, or take another name",
                   s->snapshot, count, count == 1 ? "" : "s");
  return EXIT_USAGE;
}

int train_snapshot_save(train_job *job) {
  if (!job->snapshots) return EXIT_GOOD;
  wg_error error = {0};
  wg_status status = wg_snapshot_save(job->snapshots, wg_trainer_where(job->trainer).step, &error);
  return status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
}
