/* tuning.h: the parts of `wengert tune`: what is searched over, the processes that train, the file of results, the
 * report. */
#ifndef WG_PROGRAM_TUNING_H
#define WG_PROGRAM_TUNING_H

#include "../../engine/memory.h"
#include "../tune.h"
#include "training.h"

typedef struct tune_settings {
  train_settings train;
  option_list grid, random, uniform;     /* rate=0.1,0.3; rate=1e-4..1; dropout=0..0.5 */
  int64_t trials, folds, processes, top; /* 0 for the first two where they were not given */
  int aim;                               /* a wg_tune_aim */
  bool halving, resume, as_json;
  const char *results, *svg;
} tune_settings;

enum { TUNE_AXES_MAX = 3 * OPTION_LIST_MAX };

typedef struct tune_job {
  const terminal *terminal;
  tune_settings *settings; /* what the options point to */
  const command_usage *usage;
  int argc; /* the command line, without the command */
  char **argv;

  wg_tune_search search;
  wg_tune_axis axes[TUNE_AXES_MAX];
  char *texts[TUNE_AXES_MAX]; /* the axes' names and words, cut out of the options */
  const char **words[TUNE_AXES_MAX];

  int64_t samples;      /* that the data has, all parts together */
  uint64_t data_digest; /* of a table's features and labels */
  const char *data_name;

  wg_tune *tune;
  FILE *results;    /* NULL without --results */
  int64_t resumed;  /* trainings whose outcomes stood there already */
  bool interrupted; /* by Ctrl-C */
  char why[200];    /* the first training that failed did so */
} tune_job;

/* ---- What is searched over ---- */

/* Reads --grid, --random and --uniform into the axes, and tries each value on its option. EXIT_GOOD, or EXIT_USAGE after
 * a message. */
int tune_axes_read(tune_job *job);
void tune_axes_free(tune_job *job);

/* Whether argv[at] is an option of the search, not of the trainings, that leaves their outcomes as they are; *count is how
 * many arguments it takes. */
bool tune_is_outside(const tune_job *job, int at, int *count);

/* Sets the options of a trial, as if they had been on the command line. */
bool tune_trial_set(const tune_job *job, const terminal *t, int64_t trial);

/* ---- Trainings ---- */

typedef struct tune_outcome {
  wg_tune_outcome numbers;
  double seconds;
  char why[200]; /* it failed; "" if it did not */
} tune_outcome;

/* Reads the data once, to see that it is there and how much of it, with the options of the first trial. */
int tune_data_look(tune_job *job);

/* Trains once, as the job says, in this process, whose settings are changed by it. Ends early if the process that `parent`
 * was is gone. */
void tune_train(tune_job *job, const wg_tune_job *what, long parent, tune_outcome *outcome);

/* Runs all trainings that are left, several at a time, tells the search of them and writes the results. */
int tune_run(tune_job *job);

/* ---- The file of results ---- */

/* Opens --results; with --resume, tells the search what stands there. */
int tune_results_open(tune_job *job);
int tune_results_add(tune_job *job, const wg_tune_job *what, const tune_outcome *outcome);
int tune_results_close(tune_job *job, int code);

/* ---- The report ---- */

void tune_begin_print(const tune_job *job);
int tune_report(const tune_job *job);

#endif
