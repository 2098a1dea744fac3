/* wengert train: trains a net on a made set or on a file, saves it, and says
 * what it is worth. */
#include "../../engine/anomaly.h"
#include "../../engine/memory.h"
#include "../file.h"
#include "training.h"
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>

/* ---- Being interrupted ---- */

/* A signal can tell the program nothing but through a variable like this. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number) { interrupted = signal_number; }

/* The first Ctrl-C ends the training in good order, a second one ends the
 * program. */
static void interrupts_catch(void) {
  struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
  interrupted = 0;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static int interrupted_say(const train_job *job) {
  const terminal *t = job->terminal;
  wg_trainer_progress at = wg_trainer_where(job->trainer);
  terminal_message(t, "interrupted after step %" PRId64 " of %" PRId64, at.step, at.steps);
  if (job->snapshots)
    fprintf(t->messages, "Saved as %s; the same command with --resume goes on.\n", wg_snapshot_file(job->snapshots));
  else
    fprintf(t->messages, "With --snapshot NAME it could go on from here another time.\n");
  return EXIT_INTERRUPTED;
}

/* ---- The job ---- */

/* What ended the training, and with --anomaly where it comes from. */
static int learning_failed(const train_job *job, wg_status status) {
  const terminal *t = job->terminal;
  wg_anomaly anomaly;
  char text[1024];
  int code = failure(t, status, job->error.message);
  if (status != WG_ERROR_DATA || !wg_trainer_plan(job->trainer)) return code;
  if (!job->settings->anomaly) {
    fprintf(t->messages, "With --anomaly it says where the first number that is not finite comes from.\n");
  } else if (wg_anomaly_find(wg_trainer_plan(job->trainer), &anomaly) == WG_OK) {
    text_wrap(t->messages, 80, 0, wg_anomaly_text(&anomaly, text, sizeof text));
    fputc('\n', t->messages);
  }
  return code;
}

/* Whether it has come through its last epoch. After that its weights may become its best or averaged ones, from which it
 * could not go on. */
static bool is_complete(const train_job *job, wg_trainer_event event) {
  return event == WG_TRAINER_JUDGED && wg_trainer_epoch(job->trainer)->epoch == job->options.epochs;
}

static int snapshot_save(train_job *job) {
  double begin = clock_seconds();
  int code = train_snapshot_save(job);
  job->snapshot_seconds += clock_seconds() - begin;
  return code;
}

static int learn(train_job *job, train_report *report) {
  wg_trainer_event event = WG_TRAINER_STEPPED;
  double saved = clock_seconds();
  double interval = job->settings->snapshot_every < 0 ? 30 : job->settings->snapshot_every;
  int code = EXIT_GOOD;
  bool fresh = false, read = true; /* something happened since the last snapshot; somebody reads what is printed */
  while (code == EXIT_GOOD && read && !interrupted) {
    wg_status status = wg_trainer_next(job->trainer, &event, &job->error);
    if (status != WG_OK) return learning_failed(job, status);
    if (event == WG_TRAINER_ENDED) return EXIT_GOOD;
    if (event == WG_TRAINER_JUDGED) read = train_report_epoch(report);
    if (event == WG_TRAINER_STEPPED) train_report_step(report);
    fresh = true;
    if (clock_seconds() - saved < interval && !is_complete(job, event)) continue;
    code = snapshot_save(job);
    saved = clock_seconds();
    fresh = false;
  }
  if (code == EXIT_GOOD && fresh) code = snapshot_save(job);
  return code == EXIT_GOOD && interrupted ? interrupted_say(job) : code;
}

static int model_save(const train_job *job) {
  const char *path = job->settings->save;
  wg_error error = {0};
  wg_status status = path ? wg_model_save(path, &job->file, &error) : WG_OK;
  return status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
}

/* Whether the file of --save can be made, before the hours of training that it is for. */
static int model_save_try(const train_job *job) {
  wg_file_writer *writer = NULL;
  wg_error error = {0};
  wg_status status = WG_OK;
  if (job->settings->save)
    status = wg_file_writer_new(job->settings->save, NULL, NULL, &wg_allocator_default, &writer, &error);
  wg_file_writer_free(writer);
  return status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
}

static int train_prepare(train_job *job) {
  const train_settings *s = job->settings;
  wg_error error = {0};
  int code = model_save_try(job);
  if (code == EXIT_GOOD) code = net_choose(job->terminal, (net_choice *)&s->net, &job->spec);
  job->spec.dtype = s->dtype == 0 ? WG_F32 : WG_F64;
  if (code == EXIT_GOOD) code = data_load(job->terminal, &s->data, &s->net, (uint64_t)s->seed, &job->spec, &job->parts);
  if (code == EXIT_GOOD)
    code = learn_options(job->terminal, &s->learn, job->parts.training.rows, s->data.data ? 0.1 : 1, &job->options);
  if (code != EXIT_GOOD) return code;
  job->options.seed = (uint64_t)s->seed;
  job->options.watches = s->anomaly;
  wg_status status = wg_model_new(&job->spec, (wg_init)s->init, (uint64_t)s->seed, &job->model, &error);
  if (status != WG_OK) return failure(job->terminal, status, error.message);
  job->threads = wg_threads_new((int)s->threads);
  if (!job->threads) return failure(job->terminal, WG_ERROR_MEMORY, NULL);
  job->model->threads = job->threads;
  epoch_report plan = epoch_report_new(job->terminal, NULL, epoch_report_every(s->every, s->learn.epochs));
  job->options.report_every = epoch_report_interval(&plan);
  status = wg_trainer_new(job->model, &job->parts.training, job->parts.has_held ? &job->parts.held : NULL,
                          &job->options, &job->trainer, &error);
  if (status == WG_ERROR_ARGUMENT) {
    terminal_message(job->terminal, "%s", error.message);
    return EXIT_USAGE;
  }
  if (status == WG_OK && s->profile) status = wg_trainer_profile(job->trainer, clock_seconds, &error);
  if (status != WG_OK) return failure(job->terminal, status, error.message);
  job->file = (wg_model_file){.model = job->model,
                              .data = job->parts.table,
                              .scaler = job->parts.scaler,
                              .vocabulary = job->parts.text ? job->parts.text->vocabulary : NULL};
  return train_snapshots_begin(job);
}

static int train_run(train_job *job) {
  json writer = json_new(job->terminal->out), *j = job->settings->as_json ? &writer : NULL;
  train_report report;
  int code = train_report_begin(&report, job, j);
  if (code != EXIT_GOOD) return code;
  interrupts_catch();
  double begin = clock_seconds();
  code = learn(job, &report);
  job->learn_seconds = clock_seconds() - begin;
  code = train_report_end(&report, code);
  if (code == EXIT_GOOD) code = model_save(job);
  if (code == EXIT_GOOD) code = train_results_report(job, j);
  if (code == EXIT_GOOD && job->settings->profile && !job->settings->json_lines) code = train_profile_report(job, j);
  if (j) {
    if (code != EXIT_GOOD) json_text(j, "error", "the training did not come to its end");
    json_object_end(j);
  }
  return code;
}

static int train_job_run(const terminal *t, const train_settings *settings) {
  train_job job = {.terminal = t, .settings = settings};
  int code = train_prepare(&job);
  if (code == EXIT_GOOD) code = train_run(&job);
  wg_snapshot_free(job.snapshots);
  wg_trainer_free(job.trainer);
  wg_model_free(job.model);
  wg_threads_free(job.threads);
  data_free(&job.parts);
  return code;
}

int command_train(terminal *t, int argc, char **argv) {
  train_settings s = {.net = {.activation = -1},
                      .data = DATA_CHOICE_DEFAULT,
                      .learn = LEARN_CHOICE_DEFAULT,
                      .seed = 1,
                      .keep = -1,
                      .snapshot_every = -1};
  const option options[] = {
      OPTIONS_UNDER("Data:"),
      DATA_OPTIONS(s.data),
      AUGMENTATION_OPTIONS(s.data),
      OPTIONS_UNDER("Net:"),
      NET_OPTIONS(s.net),
      {"init", OPTION_CHOICE, &s.init, INIT_CHOICES, "how weights begin", 0, 0},
      {"dtype", OPTION_CHOICE, &s.dtype, "f32|f64", "numbers of 32 or of 64 bits", 0, 0},
      {"seed", OPTION_INTEGER, &s.seed, "N", SEED_HELP, 0, SEED_MAX},
      {"threads", OPTION_INTEGER, &s.threads, "N", "that work together; the results are the same", 1, WG_THREADS_MAX},
      OPTIONS_UNDER("Learning:"),
      LEARN_OPTIONS(s.learn),
      OPTIONS_UNDER("Files and reports:"),
      {"save", OPTION_TEXT, &s.save, "FILE", "write the trained net, as safetensors", 0, 0},
      {"snapshot", OPTION_TEXT, &s.snapshot, "NAME", "keep the state of the training as NAME-STEP.safetensors", 0, 0},
      {"snapshot-every", OPTION_NUMBER, &s.snapshot_every, "S", "so many seconds; 0 means after every step [30]", 0,
       1e9},
      {"keep", OPTION_INTEGER, &s.keep, "N", "the newest snapshots to keep [3]", 1, 1e6},
      {"resume", OPTION_FLAG, &s.resume, NULL, "go on from the newest snapshot", 0, 0},
      {"log", OPTION_TEXT, &s.log, "FILE", "a line of JSON for every epoch that is judged", 0, 0},
      {"anomaly", OPTION_FLAG, &s.anomaly, NULL, "look at every gradient; say where NaN or infinity comes from", 0, 0},
      {"every", OPTION_INTEGER, &s.every, "N", EVERY_HELP, 0, 1e9},
      {"profile", OPTION_FLAG, &s.profile, NULL, "say at the end where the time went", 0, 0},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
      {"json-lines", OPTION_FLAG, &s.json_lines, NULL, "JSON as it goes: a line for every epoch, and one at the end", 0,
       0},
      OPTIONS_UNDER("General:"),
  };
  const command_usage usage = {.synopsis = "wengert train NET [options]\n       wengert train --layers "
                                           "4,16,3 --activation relu --data FILE.csv "
                                           "[options]",
                               .about = "Trains a net and prints its loss and accuracy as it learns, "
                                        "then what it is worth, with a table of "
                                        "which classes it takes for which. Without --layers the net "
                                        "gets as many inputs and outputs as the "
                                        "data has features and classes. Ctrl-C ends it in good order.",
                               .more = "The data may begin with a line of column names. Labels are "
                                       "whole numbers or words.\n"
                                       "Examples:\n"
                                       "  wengert train --layers 4,16,3 --data iris.csv --standardize "
                                       "--hold-out 0.2\n"
                                       "  wengert train E --hidden 64,64 --optimizer adam --epochs 200 "
                                       "\\\n      --save net.safetensors",
                               .options = options,
                               .option_count = sizeof options / sizeof *options,
                               .argument_max = 1,
                               .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &s.net.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  return train_job_run(t, &s);
}
