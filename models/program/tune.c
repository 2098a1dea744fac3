/* wengert tune: trains with many options, and says which are the best. */
#include "tuning.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- The search ---- */

static int usage_complain(const tune_job *job, const char *what) {
  terminal_message(job->terminal, "%s", what);
  usage_hint(job->terminal);
  return EXIT_USAGE;
}

/* What a trial is judged by: folds of all data, or the part that --hold-out or --test name. */
static int folds_choose(tune_job *job) {
  tune_settings *s = job->settings;
  const data_choice *data = &s->train.data;
  wg_net_kind kind = WG_NET_LAYERS;
  bool named = s->train.net.name && wg_net_find(s->train.net.name, &kind), parts = data->test || data->hold_out > 0;
  if (data->fold) return usage_complain(job, "--fold is for train; here --folds N says how many there are");
  if (parts && s->folds > 0)
    return usage_complain(job, "--test and --hold-out say what is held out: then there are no --folds");
  if (named && wg_net_is_sequence(kind) && !parts)
    return usage_complain(job, "a text is not cut into folds: say how much of it is held out, such as --hold-out 0.1");
  job->search.folds = parts ? 1 : s->folds > 0 ? s->folds : 5;
  if (!parts && job->search.folds < 2) return usage_complain(job, "--folds: there must be 2 or more");
  return EXIT_GOOD;
}

static int search_choose(tune_job *job) {
  const tune_settings *s = job->settings;
  wg_error error = {0};
  bool random = false, epochs = false;
  for (size_t i = 0; i < job->search.axis_count; i++) {
    random = random || job->axes[i].random;
    epochs = epochs || strcmp(job->axes[i].name, "epochs") == 0;
  }
  if (epochs && s->halving)
    return usage_complain(job, "--halving chooses the epochs itself, which cannot be searched over then");
  if (!random && s->trials > 0)
    return usage_complain(job, "--trials is how often --random and --uniform draw; a --grid has as many as it has");
  job->search.axes = job->axes;
  job->search.draws = s->trials > 0 ? s->trials : random ? 20 : 1;
  job->search.seed = (uint64_t)s->train.seed;
  job->search.aim = (wg_tune_aim)s->aim;
  job->search.halves = s->halving;
  job->search.epochs = s->train.learn.epochs > 0 ? s->train.learn.epochs : 1;
  return wg_tune_check(&job->search, &error) == WG_OK ? EXIT_GOOD : usage_complain(job, error.message);
}

static int processes_choose(tune_job *job) {
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  if (job->settings->processes == 0) job->settings->processes = processors < 1 ? 1 : processors > 64 ? 64 : processors;
  return EXIT_GOOD;
}

/* ---- The job ---- */

static int interrupted_say(const tune_job *job) {
  const terminal *t = job->terminal;
  terminal_message(t, "interrupted after %" PRId64 " of %" PRId64 " trainings", wg_tune_told(job->tune),
                   wg_tune_jobs(job->tune));
  if (job->results)
    fprintf(t->messages, "They stand in %s; the same command with --resume goes on.\n", job->settings->results);
  else
    fprintf(t->messages, "With --results FILE it could go on from here another time.\n");
  return EXIT_INTERRUPTED;
}

static int search_run(tune_job *job) {
  wg_error error = {0};
  wg_status status = wg_tune_new(&job->search, NULL, &job->tune, &error);
  if (status != WG_OK) return failure(job->terminal, status, error.message);
  int code = tune_results_open(job);
  if (code == EXIT_GOOD && !job->settings->as_json) tune_begin_print(job);
  if (code == EXIT_GOOD) code = tune_run(job);
  if (code == EXIT_GOOD && job->interrupted) code = interrupted_say(job);
  if (code == EXIT_GOOD) code = tune_report(job);
  return tune_results_close(job, code);
}

static int tune_job_run(tune_job *job) {
  int code = EXIT_GOOD;
  if (job->settings->resume && !job->settings->results)
    code = usage_complain(job, "--resume goes on with a file of results: say which, --results FILE");
  if (code == EXIT_GOOD) code = tune_axes_read(job);
  if (code == EXIT_GOOD) code = folds_choose(job);
  if (code == EXIT_GOOD) code = search_choose(job);
  if (code == EXIT_GOOD) code = processes_choose(job);
  if (code == EXIT_GOOD) code = tune_data_look(job);
  if (code == EXIT_GOOD) code = search_run(job);
  wg_tune_free(job->tune);
  tune_axes_free(job);
  return code;
}

int command_tune(terminal *t, int argc, char **argv) {
  tune_settings s = {
      .train = {.net = {.activation = -1}, .data = DATA_CHOICE_DEFAULT, .learn = LEARN_CHOICE_DEFAULT, .seed = 1},
      .top = 10};
  const option options[] = {
      OPTIONS_UNDER("Search:"),
      {"grid", OPTION_LIST, &s.grid, "OPTION=A,B", "try each of these values, with all values of other grids", 0, 0},
      {"random", OPTION_LIST, &s.random, "OPTION=L..H", "draw from a range, its logarithm evenly; or A,B: of words", 0,
       0},
      {"uniform", OPTION_LIST, &s.uniform, "OPTION=L..H", "draw from a range evenly", 0, 0},
      {"trials", OPTION_INTEGER, &s.trials, "N", "draw so often, for every point of the grid [20]", 1, 1e6},
      {"folds", OPTION_INTEGER, &s.folds, "N", "judge over N folds [5; 1 with --test or --hold-out]", 1, 1e6},
      {"by", OPTION_CHOICE, &s.aim, "accuracy|loss", "what is good, on held-out samples", 0, 0},
      {"halving", OPTION_FLAG, &s.halving, NULL,
       "train all trials for a part of the epochs, the better half for twice as many, and so on", 0, 0},
      {"processes", OPTION_INTEGER, &s.processes, "N", "how many train at a time [as many as there are processors]", 1,
       256},
      {"results", OPTION_TEXT, &s.results, "FILE", "keep what came out of each training, as lines of JSON", 0, 0},
      {"resume", OPTION_FLAG, &s.resume, NULL, "go on with the results that are there", 0, 0},
      {"top", OPTION_INTEGER, &s.top, "N", "trials in the table", 1, 1e6},
      {"svg", OPTION_TEXT, &s.svg, "FILE", "draw all trials", 0, 0},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
      OPTIONS_UNDER("Data, as for train:"),
      DATA_OPTIONS(s.train.data),
      AUGMENTATION_OPTIONS(s.train.data),
      OPTIONS_UNDER("Net, as for train:"),
      NET_OPTIONS(s.train.net),
      {"init", OPTION_CHOICE, &s.train.init, INIT_CHOICES, "how weights begin", 0, 0},
      {"dtype", OPTION_CHOICE, &s.train.dtype, "f32|f64", "numbers of 32 or of 64 bits", 0, 0},
      {"seed", OPTION_INTEGER, &s.train.seed, "N", SEED_HELP, 0, SEED_MAX},
      OPTIONS_UNDER("Learning, as for train:"),
      LEARN_OPTIONS(s.train.learn),
      OPTIONS_UNDER("General:"),
  };
  const command_usage usage = {
      .synopsis = "wengert tune NET --grid OPTION=A,B --random OPTION=L..H [options]",
      .about =
          "Trains a net again and again with other options, several at a time, and says with which it is best on "
          "samples that it has not learned from. All options of train can be searched over, and given a fixed value.",
      .more =
          "Words that have commas themselves are separated by semicolons: --grid 'hidden=16;32,32'. Flags are on or "
          "off.\nExamples:\n"
          "  wengert tune E --data iris.csv --standardize --optimizer adam \\\n      --random rate=1e-4..1\n"
          "  wengert tune E --data digits.csv --grid hidden=32,64 --random rate=1e-4..0.1 \\\n"
          "      --trials 16 --halving --results digits.jsonl",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &s.train.net.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  tune_job job = {.terminal = t, .settings = &s, .usage = &usage, .argc = argc, .argv = argv};
  return tune_job_run(&job);
}
