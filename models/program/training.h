/* training.h: the parts of `wengert train`: the job, what it says while it runs, its snapshots, its results. */
#ifndef WG_PROGRAM_TRAINING_H
#define WG_PROGRAM_TRAINING_H

#include "../snapshot.h"
#include "data_choice.h"
#include "learn_choice.h"

typedef struct train_settings {
  net_choice net;
  data_choice data;
  learn_choice learn;
  int64_t seed, every, keep, threads; /* keep: −1 if not given */
  int dtype, init;
  bool as_json, json_lines, resume, anomaly, profile;
  double snapshot_every; /* seconds; −1 if not given */
  const char *save, *snapshot, *log;
} train_settings;

typedef struct train_job {
  const terminal *terminal;
  const train_settings *settings;
  wg_net_spec spec;
  data_parts parts;
  wg_train_options options;
  wg_threads *threads;
  wg_model *model;
  wg_trainer *trainer;
  wg_snapshot *snapshots;  /* NULL without --snapshot */
  wg_model_file file;      /* what a model file of this training holds; owns nothing */
  wg_error error;          /* what ended the training */
  int64_t resumed_step;    /* where it went on; −1 for a training from the start */
  double learn_seconds;    /* that the training took */
  double snapshot_seconds; /* … and of these writing snapshots */
} train_job;

/* ---- What is said while it runs ---- */

typedef struct train_report {
  const train_job *job;
  epoch_report epochs;
  json *json;     /* of --json, or NULL */
  FILE *log;      /* of --log, or NULL */
  double started; /* clock_seconds */
  int64_t started_step;
} train_report;

/* Opens the log. The report begins with what is trained on what. */
int train_report_begin(train_report *report, const train_job *job, json *j);
void train_report_step(train_report *report);
bool train_report_epoch(train_report *report); /* false if nobody reads any more */

/* Closes the log; a full disk is an error. `code` is how the training ended, and returned if it is not good. */
int train_report_end(train_report *report, int code);

/* ---- Snapshots ---- */

/* Registers all that the training remembers, and with --resume goes on from the newest snapshot. */
int train_snapshots_begin(train_job *job);

/* Saves one now. */
int train_snapshot_save(train_job *job);

/* ---- Results ---- */

/* Judges the trained model on all samples and prints it, adds it to the open JSON object, or writes it as a line. */
int train_results_report(const train_job *job, json *j);

/* With --profile: prints where the time of the training went, or adds it to the open JSON object. */
int train_profile_report(const train_job *job, json *j);

#endif
