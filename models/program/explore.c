/* wengert explore: a net as a page to explore in a browser. */
#include "../../engine/text.h"
#include "../explore.h"
#include "data_choice.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct explore_settings {
  net_choice net;
  data_choice data;
  const char *output;
  int64_t seed, epochs, batch, elements;
  double rate;
  bool no_check, as_json;
} explore_settings;

typedef struct explore_job {
  const terminal *terminal;
  const explore_settings *settings;
  wg_net_spec spec;
  data_parts parts;
  bool has_data; /* or the net is shown at random samples, and not trained */
  wg_net *net;
  net_point point;
  wg_model *model;
  wg_explore_training *training;
  progress bar;
} explore_job;

/* ---- The net and its data ---- */

/* The spiral is for nets of two features, what --data names for any. */
static bool wants_data(const explore_settings *settings, const wg_net_spec *spec) {
  if (settings->data.data) return true;
  return spec->kind <= WG_NET_LAYERS && (spec->widths[0] == 2 || !settings->net.layers);
}

enum { SAMPLES_MAX = 300 }; /* of a table of one's own, unless --samples says more */

static int net_make(explore_job *job) {
  const explore_settings *s = job->settings;
  job->has_data = wants_data(s, &job->spec);
  int code = EXIT_GOOD;
  if (job->has_data) code = data_load(job->terminal, &s->data, &s->net, (uint64_t)s->seed, &job->spec, &job->parts);
  if (code != EXIT_GOOD) return code;
  if (job->has_data) {
    int64_t rows = job->parts.training.rows, most = s->net.samples ? s->net.samples : SAMPLES_MAX;
    job->spec.samples = rows < most ? rows : most;
  }
  wg_net_spec spec = job->spec;
  spec.learning = true; /* with dropout, if there is any */
  return net_record(job->terminal, &spec, &job->net);
}

static int point_make(explore_job *job) {
  wg_status status = net_point_new(&job->point, job->net, NULL, (uint64_t)job->settings->seed);
  if (status != WG_OK) return failure(job->terminal, status, NULL);
  if (job->has_data) job->parts.plain.fill(&job->parts.plain, job->net, 0, NULL, 0, job->point.x, job->point.y);
  return EXIT_GOOD;
}

/* ---- Training, from the weights that the page shows ---- */

static bool bar_next(void *context, const wg_epoch *epoch) {
  explore_job *job = context;
  char note[64];
  snprintf(note, sizeof note, "epoch %" PRId64 ", loss %.4f", epoch->epoch, epoch->loss);
  progress_show(&job->bar, epoch->epochs ? (double)epoch->epoch / (double)epoch->epochs : 1, note);
  return true;
}

/* A thousand, or fewer for a net that learns many numbers. */
static int64_t epochs_of(const explore_job *job) {
  if (job->settings->epochs >= 0) return job->settings->epochs;
  int64_t parameters = wg_net_param_elements(job->net);
  return parameters < 10000 ? 1000 : parameters < 500000 ? 10000000 / parameters : 20;
}

static int train(explore_job *job) {
  const explore_settings *s = job->settings;
  int64_t epochs = epochs_of(job);
  if (!job->has_data || epochs == 0) return EXIT_GOOD;
  wg_error error = {0};
  wg_status status = wg_model_new(&job->spec, WG_INIT_HE, (uint64_t)s->seed, &job->model, &error);
  if (status != WG_OK) return failure(job->terminal, status, error.message);
  wg_weights *weights = job->model->weights;
  for (size_t k = 0; k < weights->count; k++)
    if (weights->size[k])
      memcpy(weights->data[k], job->point.weights->data[k], (size_t)weights->size[k] * sizeof(double));
  wg_train_options options = wg_train_options_default();
  options.rate = s->rate > 0 ? s->rate : s->data.data ? 0.1 : 1;
  options.epochs = epochs;
  options.batch = s->batch;
  options.seed = (uint64_t)s->seed;
  options.progress = bar_next;
  options.context = job;
  status =
      wg_explore_train(job->model, &job->parts.training, job->parts.training_table, &options, &job->training, &error);
  progress_wipe(&job->bar);
  return status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
}

/* ---- The page ---- */

static int64_t file_size(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 ? (int64_t)about.st_size : 0;
}

static void report(const explore_job *job) {
  const terminal *t = job->terminal;
  const char *path = job->settings->output;
  if (job->settings->as_json) {
    json j = json_new(t->out);
    json_object(&j, NULL);
    net_json(&j, &job->net->spec, wg_net_param_elements(job->net));
    json_text(&j, "data", job->has_data ? job->parts.name : "random");
    json_integer(&j, "seed", job->settings->seed);
    json_text(&j, "file", path);
    json_integer(&j, "bytes", file_size(path));
    json_object_end(&j);
    return;
  }
  net_line(t, &job->net->spec);
  terminal_paragraph(t, 0, "Written: %s, %.0f kB. Open it in a browser; press ? there for its keys.", path,
                     (double)file_size(path) / 1000);
}

static int page_write(explore_job *job) {
  const explore_settings *s = job->settings;
  const wg_net_spec *spec = &job->net->spec;
  wg_text title = WG_TEXT_EMPTY(&wg_allocator_default), subtitle = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_text_print(&title, "Net %s", wg_net_label(spec->kind));
  wg_text_print(&subtitle, "%s; m = %" PRId64 ", %s", wg_net_title(spec->kind), spec->samples,
                job->has_data ? job->parts.name : "random samples");
  const wg_explore_options options = {.title = wg_text_string(&title),
                                      .subtitle = wg_text_string(&subtitle),
                                      .without_check = s->no_check,
                                      .check_elements = (size_t)s->elements,
                                      .seed = (uint64_t)s->seed,
                                      .training = job->training};
  wg_error error = {0};
  wg_status status = wg_explore_write(s->output, job->net->J, job->net->param_count, job->net->params, job->point.count,
                                      job->point.bindings, &options, &error);
  wg_text_free(&title);
  wg_text_free(&subtitle);
  if (status != WG_OK) return failure(job->terminal, status, error.message);
  const char *ended = wg_explore_training_failure(job->training);
  if (*ended) terminal_message(job->terminal, "the training that the page shows ended early: %s", ended);
  report(job);
  return EXIT_GOOD;
}

static int explore(explore_job *job) {
  int code = net_make(job);
  if (code == EXIT_GOOD) code = point_make(job);
  if (code == EXIT_GOOD) code = train(job);
  if (code == EXIT_GOOD) code = page_write(job);
  wg_explore_training_free(job->training);
  wg_model_free(job->model);
  net_point_free(&job->point);
  wg_net_free(job->net);
  data_free(&job->parts);
  return code;
}

/* ---- The command ---- */

static int settings_run(const terminal *t, explore_settings *settings) {
  explore_job job = {.terminal = t, .settings = settings, .bar = {.terminal = t, .label = "training"}};
  int code = net_choose(t, &settings->net, &job.spec);
  return code == EXIT_GOOD ? explore(&job) : code;
}

int command_explore(terminal *t, int argc, char **argv) {
  explore_settings s = {.net = {.activation = -1},
                        .data = DATA_CHOICE_DEFAULT,
                        .output = "wengert-explore.html",
                        .seed = 1,
                        .epochs = -1};
  const option options[] = {
      {"output", OPTION_TEXT, &s.output, "FILE", "where the page is written; also -o FILE", 0, 0},
      {"no-check", OPTION_FLAG, &s.no_check, NULL, "leave the gradient check out", 0, 0},
      {"elements", OPTION_INTEGER, &s.elements, "N",
       "how many elements it tries, of all parameters together; 0: enough", 0, 1e9},
      {"epochs", OPTION_INTEGER, &s.epochs, "N", "passes of the training; 0 leaves it out [1000, of a large net fewer]",
       0, 1e9},
      {"rate", OPTION_NUMBER, &s.rate, "A", "learning rate α in W ← W − α·∂W [1; with --data 0.1]", ABOVE_ZERO, 1e6},
      {"batch", OPTION_INTEGER, &s.batch, "N", "samples in a step; 0 means all of them", 0, 1e9},
      {"seed", OPTION_INTEGER, &s.seed, "N", SEED_HELP, 0, SEED_MAX},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
      NET_OPTIONS(s.net),
      SAMPLES_OPTION(s.net),
      DATA_OPTIONS(s.data),
  };
  const command_usage usage = {
      .synopsis = "wengert explore NET [options]\n       wengert explore --layers 2,16,3 -o net.html [options]",
      .about =
          "Writes a page for a browser, in one file, that follows a net step by step: the tape as a graph and as a "
          "list, the sweep's bookkeeping, what its memo saves, the derivation, memory with checkpoints, the "
          "gradient check, and the training. The page loads nothing, and its numbers are those of this program.",
      .more = "Example:\n  wengert explore D -o net.html",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &s.net.name);
  return read == OPTIONS_RUN ? settings_run(t, &s) : read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
}
