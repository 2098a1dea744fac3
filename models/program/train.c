/* wengert train: trains a net on the spiral or on a file, and says what it is worth. */
#include "program.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct train_settings {
  net_choice choice;
  const char *data, *label, *delimiter;
  int64_t points, seed, epochs, batch, every;
  double noise, rate, hold_out;
  int dtype, init;
  bool standardize, as_json;
} train_settings;

typedef struct train_job {
  const terminal *terminal;
  const train_settings *settings;
  wg_net_spec spec;
  wg_table *table, *training, *held; /* held is NULL if no part is held out; training may be table itself */
  wg_model *model;
  int64_t widths[NET_WIDTHS_MAX];
} train_job;

/* ---- Data ---- */

static int delimiter_read(const terminal *t, const char *text, char *delimiter) {
  if (text && strcmp(text, "tab") != 0 && strlen(text) != 1) {
    terminal_message(t, "--delimiter '%s': it must be one character, or the word tab", text);
    return EXIT_USAGE;
  }
  *delimiter = !text ? 0 : strcmp(text, "tab") == 0 ? '\t' : *text;
  return EXIT_GOOD;
}

static int data_load(train_job *job) {
  const train_settings *s = job->settings;
  wg_error error = {0};
  if (s->data) {
    wg_csv_options options = {.label = s->label};
    int code = delimiter_read(job->terminal, s->delimiter, &options.delimiter);
    if (code != EXIT_GOOD) return code;
    wg_status status = wg_csv_read(s->data, &options, &job->table, &error);
    if (status == WG_ERROR_ARGUMENT) {
      terminal_message(job->terminal, "%s", error.message);
      return EXIT_USAGE;
    }
    return status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
  }
  bool one_output = job->spec.kind == WG_NET_NEURON || job->spec.kind == WG_NET_COLUMNS;
  int64_t arms = one_output ? 2 : s->choice.layers ? job->spec.widths[job->spec.width_count - 1] : 3;
  job->table = wg_spiral(arms, s->points, s->noise, (uint64_t)s->seed, NULL);
  return job->table ? EXIT_GOOD : failure(job->terminal, WG_ERROR_MEMORY, NULL);
}

/* Without --layers the net gets the features and classes of the data, and the lecture's hidden layers between. */
static void widths_adapt(train_job *job) {
  wg_net_spec *spec = &job->spec;
  if (job->settings->choice.layers) return;
  for (size_t i = 0; i < spec->width_count; i++) job->widths[i] = spec->widths[i];
  job->widths[0] = job->table->columns;
  bool one_output = spec->kind == WG_NET_NEURON || spec->kind == WG_NET_COLUMNS;
  if (!one_output) job->widths[spec->width_count - 1] = job->table->classes;
  spec->widths = job->widths;
}

static int data_prepare(train_job *job) {
  const train_settings *s = job->settings;
  wg_error error = {0};
  job->training = job->table;
  if (s->hold_out > 0) {
    wg_table *rest = NULL;
    wg_status status = wg_table_split(job->table, s->hold_out, (uint64_t)s->seed, &rest, &job->held, &error);
    if (status != WG_OK) return failure(job->terminal, status, error.message);
    job->training = rest;
    if (job->held->rows == 0 || rest->rows == 0) {
      terminal_message(job->terminal, "--hold-out %g: of %" PRId64 " samples in %" PRId64 " classes that is %s",
                       s->hold_out, job->table->rows, job->table->classes, rest->rows ? "none" : "all");
      return EXIT_USAGE;
    }
  }
  if (!s->standardize) return EXIT_GOOD;
  wg_scaler *scaler = wg_scaler_new(job->training, NULL);
  if (!scaler) return failure(job->terminal, WG_ERROR_MEMORY, NULL);
  wg_scaler_apply(scaler, job->training);
  if (job->held) wg_scaler_apply(scaler, job->held);
  wg_scaler_free(scaler);
  return EXIT_GOOD;
}

/* The net must take the data, before any training: a message that says what to change. */
static int data_fit(train_job *job) {
  wg_error error = {0};
  wg_net *net = NULL;
  wg_net_spec spec = job->spec;
  spec.samples = 1;
  int code = net_record(job->terminal, &spec, &net);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_table_fits(job->table, net, &error);
  wg_net_free(net);
  if (status == WG_OK) return EXIT_GOOD;
  terminal_message(job->terminal, "%s: %s", job->settings->data ? job->settings->data : "the spiral", error.message);
  if (!job->settings->data && job->settings->choice.layers)
    terminal_message(job->terminal, "give your own data, --data FILE, or let the widths begin with 2: --layers 2,16,3");
  return EXIT_DATA;
}

/* ---- Results ---- */

static void parameters_json(json *j, const train_job *job) {
  int64_t parameters = 0;
  for (size_t k = 0; k < job->model->weights->count; k++) parameters += job->model->weights->size[k];
  wg_net_spec spec = job->model->spec;
  spec.samples = job->training->rows;
  net_json(j, &spec, parameters);
}

static void begin_json(json *j, const train_job *job) {
  const train_settings *s = job->settings;
  char name[WG_CLASS_TEXT_SIZE];
  json_object(j, NULL);
  parameters_json(j, job);
  json_text(j, "data", s->data ? s->data : "spiral");
  json_integer(j, "rows", job->table->rows);
  json_integer(j, "features", job->table->columns);
  json_array_flat(j, "classes");
  for (int64_t k = 0; k < job->table->classes; k++) json_text(j, NULL, wg_class_text(job->table, k, name));
  json_array_end(j);
  json_integer(j, "seed", s->seed);
  json_number(j, "rate", s->rate);
  json_integer(j, "batch", s->batch);
  json_boolean(j, "standardize", s->standardize);
  json_number(j, "hold_out", s->hold_out);
  json_array(j, "epochs");
}

static void begin_print(const train_job *job) {
  const train_settings *s = job->settings;
  const terminal *t = job->terminal;
  const wg_net_spec *spec = &job->model->spec;
  net_line(t, spec);
  fprintf(t->out, "Widths ");
  for (size_t i = 0; i < spec->width_count; i++) fprintf(t->out, "%s%" PRId64, i ? ", " : "", spec->widths[i]);
  if (spec->kind == WG_NET_LAYERS) fprintf(t->out, "; %s", wg_activation_text(spec->activation));
  fprintf(t->out, "; %s\n", wg_dtype_text(spec->dtype));
  terminal_paragraph(t, 0, "Data: %s%s; samples %" PRId64 ", features %" PRId64 ", classes %" PRId64,
                     s->data ? s->data : "the spiral", s->standardize ? ", standardized" : "", job->table->rows,
                     job->table->columns, job->table->classes);
  if (job->held)
    fprintf(t->out, "Held out: %" PRId64 ", trained on the other %" PRId64 "\n", job->held->rows, job->training->rows);
  fprintf(t->out, "Rate %g, ", s->rate);
  if (s->batch)
    fprintf(t->out, "batches of %" PRId64, s->batch);
  else
    fprintf(t->out, "all samples in every step");
  fprintf(t->out, ", seed %" PRId64 "\n\n", s->seed);
}

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
  fputc('\n', t->out);
  evaluation_line(t, "Training:", training);
  if (job->held) evaluation_line(t, "Held out:", held);
  fprintf(t->out, "\nConfusion of the %s (rows: the class, columns: what the net says)\n",
          job->held ? "held-out samples" : "training samples");
  return confusion_print(t, job->table, job->held ? held : training);
}

static int results_report(const train_job *job, json *j) {
  wg_evaluation training = {0}, held = {0};
  wg_error error = {0};
  int code = EXIT_GOOD;
  wg_status status = wg_evaluate(job->model, job->training, &training, &error);
  if (status == WG_OK && job->held) status = wg_evaluate(job->model, job->held, &held, &error);
  if (status != WG_OK) {
    code = failure(job->terminal, status, error.message);
  } else if (j) {
    evaluation_json(j, "training", &training);
    if (job->held) evaluation_json(j, "held_out", &held);
  } else {
    code = results_print(job, &training, &held);
  }
  wg_evaluation_clear(&training);
  wg_evaluation_clear(&held);
  return code;
}

/* ---- The job ---- */

static int train_run(train_job *job) {
  const train_settings *s = job->settings;
  json writer = json_new(job->terminal->out), *j = s->as_json ? &writer : NULL;
  wg_error error = {0};
  wg_status status = wg_model_new(&job->spec, (wg_init)s->init, (uint64_t)s->seed, &job->model, &error);
  if (status != WG_OK) return failure(job->terminal, status, error.message);
  epoch_report report = epoch_report_new(job->terminal, j, epoch_report_every(s->every, s->epochs));
  wg_train_options options = {.rate = s->rate,
                              .epochs = s->epochs,
                              .batch = s->batch,
                              .seed = (uint64_t)s->seed,
                              .progress = epoch_report_next,
                              .context = &report,
                              .report_every = epoch_report_interval(&report)};
  if (j)
    begin_json(j, job);
  else
    begin_print(job);
  status = wg_train(job->model, job->training, &options, NULL, &error);
  progress_wipe(&report.bar);
  if (j) json_array_end(j);
  int code = status == WG_OK ? results_report(job, j) : failure(job->terminal, status, error.message);
  if (j && status != WG_OK) json_text(j, "error", error.message);
  if (j) json_object_end(j);
  return code;
}

static int train_job_run(const terminal *t, train_settings *settings) {
  train_job job = {.terminal = t, .settings = settings};
  int code = net_choose(t, &settings->choice, &job.spec);
  if (settings->rate == 0) settings->rate = settings->data ? 0.1 : 1;
  job.spec.dtype = settings->dtype == 0 ? WG_F32 : WG_F64;
  if (code == EXIT_GOOD) code = data_load(&job);
  if (code == EXIT_GOOD) {
    widths_adapt(&job);
    code = data_fit(&job);
  }
  if (code == EXIT_GOOD) code = data_prepare(&job);
  if (code == EXIT_GOOD) code = train_run(&job);
  wg_model_free(job.model);
  if (job.training != job.table) wg_table_free(job.training);
  wg_table_free(job.held);
  wg_table_free(job.table);
  return code;
}

int command_train(terminal *t, int argc, char **argv) {
  train_settings s = {.choice = {.activation = -1}, .points = 100, .noise = 0.2, .seed = 1, .epochs = 1000};
  const option options[] = {
      {"data", OPTION_TEXT, &s.data, "FILE", "comma-separated values, a sample in every line [the spiral]", 0, 0},
      {"label", OPTION_TEXT, &s.label, "COLUMN", "the column of the class, by its name or number [the last]", 0, 0},
      {"delimiter", OPTION_TEXT, &s.delimiter, "C", "what separates the fields, or the word tab [,]", 0, 0},
      {"standardize", OPTION_FLAG, &s.standardize, NULL,
       "scale features to mean 0 and deviation 1 (of the training part)", 0, 0},
      {"hold-out", OPTION_NUMBER, &s.hold_out, "PART", "keep this part of every class, such as 0.2, for testing", 0,
       0.99},
      {"points", OPTION_INTEGER, &s.points, "N", "points of each arm of the spiral", 1, 1e6},
      {"noise", OPTION_NUMBER, &s.noise, "S", "standard deviation of the spiral's angles", 0, 100},
      {"rate", OPTION_NUMBER, &s.rate, "A", "learning rate α in W ← W − α·∂W [1; with --data 0.1]", ABOVE_ZERO, 1e6},
      {"epochs", OPTION_INTEGER, &s.epochs, "N", "passes over the samples", 0, 1e9},
      {"batch", OPTION_INTEGER, &s.batch, "N", "samples in a step; 0 means all of them", 0, 1e9},
      {"dtype", OPTION_CHOICE, &s.dtype, "f32|f64", "numbers of 32 or of 64 bits", 0, 0},
      {"init", OPTION_CHOICE, &s.init, "he|xavier|small", "how weights begin", 0, 0},
      {"every", OPTION_INTEGER, &s.every, "N", EVERY_HELP, 0, 1e9},
      {"seed", OPTION_INTEGER, &s.seed, "N", SEED_HELP, 0, SEED_MAX},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
      NET_OPTIONS(s.choice),
  };
  const command_usage usage = {
      .synopsis = "wengert train NET [options]\n       wengert train --layers 4,16,3 --activation relu --data FILE.csv "
                  "[options]",
      .about = "Trains a net by gradient descent and prints its loss and accuracy as it learns, then what it is "
               "worth, with a table of which classes it takes for which. Without --layers the net gets as many "
               "inputs and outputs as the data has features and classes.",
      .more = "The data may begin with a line of column names. Labels are whole numbers or words.\n"
              "Example:\n  wengert train --layers 4,16,3 --data iris.csv --standardize --hold-out 0.2",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &s.choice.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  return train_job_run(t, &s);
}
