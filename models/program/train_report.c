/* train_report.c: what is said while a training runs: on the terminal, as JSON, and in the log. */
#include "training.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- The beginning ---- */

static void begin_json(json *j, const train_job *job) {
  const train_settings *s = job->settings;
  const data_parts *parts = &job->parts;
  char name[WG_CLASS_TEXT_SIZE];
  int64_t parameters = 0;
  for (size_t k = 0; k < job->model->weights->count; k++) parameters += job->model->weights->size[k];
  wg_net_spec spec = job->model->spec;
  spec.samples = parts->training.rows;
  json_object(j, NULL);
  net_json(j, &spec, parameters);
  json_text(j, "data", s->data.data ? s->data.data : "spiral");
  if (parts->table) {
    json_integer(j, "rows", parts->table->rows);
    json_integer(j, "features", parts->table->columns);
    json_array_flat(j, "classes");
    for (int64_t k = 0; k < parts->table->classes; k++) json_text(j, NULL, wg_class_text(parts->table, k, name));
    json_array_end(j);
  }
  json_integer(j, "seed", s->seed);
  json_text(j, "optimizer", wg_optimizer_text(&job->options.optimizer));
  json_number(j, "rate", job->options.rate);
  json_text(j, "schedule", wg_schedule_text(job->options.schedule.kind));
  json_integer(j, "batch", s->learn.batch);
  json_boolean(j, "standardize", s->data.standardize);
  json_number(j, "hold_out", s->data.hold_out);
  if (job->resumed_step >= 0) json_integer(j, "resumed_at_step", job->resumed_step);
}

static void rate_print(const train_job *job) {
  const terminal *t = job->terminal;
  const wg_train_options *o = &job->options;
  const char *optimizer = wg_optimizer_text(&o->optimizer);
  if (strcmp(optimizer, "sgd") != 0) fprintf(t->out, "Optimizer %s, rate %g, ", optimizer, o->rate);
  if (strcmp(optimizer, "sgd") == 0) fprintf(t->out, "Rate %g, ", o->rate);
  if (o->schedule.kind != WG_SCHEDULE_CONSTANT) fprintf(t->out, "%s, ", wg_schedule_text(o->schedule.kind));
  if (o->batch)
    fprintf(t->out, "batches of %" PRId64, o->batch);
  else
    fprintf(t->out, "all samples in every step");
  fprintf(t->out, ", seed %" PRId64 "\n", job->settings->seed);
}

static void begin_print(const train_job *job) {
  const terminal *t = job->terminal;
  const wg_net_spec *spec = &job->model->spec;
  const data_parts *parts = &job->parts;
  net_line(t, spec);
  fprintf(t->out, "Widths ");
  for (size_t i = 0; i < spec->width_count; i++) fprintf(t->out, "%s%" PRId64, i ? ", " : "", spec->widths[i]);
  if (spec->kind == WG_NET_LAYERS) fprintf(t->out, "; %s", wg_activation_text(spec->activation));
  fprintf(t->out, "; %s\n", wg_dtype_text(spec->dtype));
  if (parts->table)
    terminal_paragraph(t, 0, "Data: %s%s; samples %" PRId64 ", features %" PRId64 ", classes %" PRId64, parts->name,
                       job->settings->data.standardize ? ", standardized" : "", parts->table->rows,
                       parts->table->columns, parts->table->classes);
  if (parts->text)
    terminal_paragraph(t, 0, "Text: %s; characters %" PRId64 ", different ones %" PRId64 ", samples of %" PRId64,
                       parts->name, parts->text->length, parts->text->classes, spec->steps);
  if (parts->has_held && job->settings->data.test)
    fprintf(t->out, "Held out: %" PRId64 " samples of %s\n", parts->held.rows, job->settings->data.test);
  else if (parts->has_held)
    fprintf(t->out, "Held out: %" PRId64 ", trained on the other %" PRId64 "\n", parts->held.rows,
            parts->training.rows);
  rate_print(job);
  if (job->resumed_step >= 0) {
    wg_trainer_progress at = wg_trainer_where(job->trainer);
    fprintf(t->out, "Goes on after epoch %" PRId64 ", step %" PRId64 "\n", at.epoch, at.step);
  }
  fputc('\n', t->out);
}

static int log_open(train_report *report) {
  const train_job *job = report->job;
  const char *path = job->settings->log;
  if (!path) return EXIT_GOOD;
  report->log = fopen(path, job->resumed_step >= 0 ? "a" : "w");
  if (report->log) return EXIT_GOOD;
  terminal_message(job->terminal, "%s: cannot be written: %s", path, strerror(errno));
  return EXIT_DATA;
}

int train_report_begin(train_report *report, const train_job *job, json *j) {
  const train_settings *s = job->settings;
  *report = (train_report){.job = job, .json = j, .started = clock_seconds()};
  report->epochs = epoch_report_new(job->terminal, j, epoch_report_every(s->every, s->learn.epochs));
  report->started_step = wg_trainer_where(job->trainer).step;
  int code = log_open(report);
  if (code != EXIT_GOOD) return code;
  if (j) {
    begin_json(j, job);
    json_array(j, "epochs");
  } else if (!s->json_lines) {
    begin_print(job);
  }
  return EXIT_GOOD;
}

/* ---- While it runs ---- */

/* "12 s", "3 min", "2 h 5 min" */
static void duration_text(double seconds, char *text, size_t size) {
  int64_t whole = seconds < 1e9 ? (int64_t)(seconds + 0.5) : (int64_t)1e9;
  if (whole < 100)
    snprintf(text, size, "%" PRId64 " s", whole);
  else if (whole < 6000)
    snprintf(text, size, "%" PRId64 " min", (whole + 30) / 60);
  else
    snprintf(text, size, "%" PRId64 " h %" PRId64 " min", whole / 3600, whole % 3600 / 60);
}

void train_report_step(train_report *report) {
  if (!report->job->terminal->progress) return;
  wg_trainer_progress at = wg_trainer_where(report->job->trainer);
  double elapsed = clock_seconds() - report->started, done = (double)(at.step - report->started_step);
  char left[32], note[96];
  duration_text(done > 0 ? elapsed / done * (double)(at.steps - at.step) : 0, left, sizeof left);
  snprintf(note, sizeof note, "epoch %" PRId64 ", loss %.4f, %s left", at.samples > 0 ? at.epoch + 1 : at.epoch,
           at.loss, left);
  progress_show(&report->epochs.bar, (double)at.step / (double)(at.steps > 0 ? at.steps : 1), note);
}

static void epoch_line(const train_report *report, const wg_epoch *epoch, FILE *stream) {
  json line = json_new(stream), *j = &line;
  json_object_flat(j, NULL);
  json_integer(j, "epoch", epoch->epoch);
  json_integer(j, "steps", epoch->steps);
  json_number(j, "seconds", clock_seconds() - report->started);
  json_number(j, "rate", epoch->rate);
  json_number(j, "loss", epoch->loss);
  json_number(j, "accuracy", epoch->accuracy);
  if (epoch->epoch > 0) json_number(j, "running_loss", epoch->running_loss);
  if (epoch->held) {
    json_number(j, "held_loss", epoch->held_loss);
    json_number(j, "held_accuracy", epoch->held_accuracy);
  }
  json_object_end(j);
  fflush(stream);
}

bool train_report_epoch(train_report *report) {
  const wg_epoch *epoch = wg_trainer_epoch(report->job->trainer);
  FILE *out = report->job->terminal->out;
  if (report->log) epoch_line(report, epoch, report->log);
  if (!report->job->settings->json_lines) return epoch_report_next(&report->epochs, epoch);
  progress_wipe(&report->epochs.bar);
  epoch_line(report, epoch, out);
  return !ferror(out);
}

int train_report_end(train_report *report, int code) {
  progress_wipe(&report->epochs.bar);
  if (report->json) json_array_end(report->json);
  if (!report->log) return code;
  bool failed = ferror(report->log) != 0;
  failed = fclose(report->log) != 0 || failed;
  if (!failed || code != EXIT_GOOD) return code;
  terminal_message(report->job->terminal, "%s: the log could not be written whole", report->job->settings->log);
  return EXIT_DATA;
}
