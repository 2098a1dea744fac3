/* wengert bench: where a training step of a net spends its time on this machine, and what keeps it from being faster. */
#include "bench.h"
#include "../../engine/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Sums ---- */

void bench_sum_add(bench_sum *sum, const wg_profile_line *line) {
  sum->cost.steps += line->cost.steps;
  sum->cost.multiply_adds += line->cost.multiply_adds;
  sum->cost.operations += line->cost.operations;
  sum->cost.bytes += line->cost.bytes;
  sum->seconds += line->time.fastest;
  sum->steps += line->end - line->begin;
  sum->lines++;
}

bench_sum bench_sum_of(const bench *b, wg_phase phase, int64_t layer) {
  bench_sum sum = {0};
  for (size_t i = 0; i < b->profile.count; i++) {
    const wg_profile_line *line = &b->profile.lines[i];
    if ((phase == WG_PHASE_COUNT || line->phase == phase) && (layer < 0 || line->layer == layer))
      bench_sum_add(&sum, line);
  }
  return sum;
}

int64_t bench_layers(const bench *b) {
  int64_t most = 0;
  for (size_t i = 0; i < b->profile.count; i++)
    if (b->profile.lines[i].layer > most) most = b->profile.lines[i].layer;
  return most;
}

char *bench_layer_text(wg_phase phase, int64_t layer, char text[32]) {
  if (layer > 0)
    snprintf(text, 32, "layer %" PRId64, layer);
  else
    snprintf(text, 32, "%s", phase == WG_PHASE_UPDATE ? "others" : "loss");
  return text;
}

/* ---- Measuring ---- */

static int run_failed(const bench *b, wg_status status) {
  return failure(b->terminal, status, wg_plan_error(b->step.plan));
}

/* Runs the plan for so many seconds, three times at least. */
static wg_status runs(bench *b, double seconds, uint64_t *count, double *fastest, double *total) {
  double begin = clock_seconds(), now = begin;
  *count = 0;
  *total = *fastest = 0;
  while (*count < 3 || now - begin < seconds) {
    double start = clock_seconds();
    wg_status status = wg_run(b->step.plan);
    if (status != WG_OK) return status;
    now = clock_seconds();
    if (*count == 0 || now - start < *fastest) *fastest = now - start;
    *total += now - start;
    ++*count;
  }
  return WG_OK;
}

static double loss_of(const bench_step *step) {
  const void *data = wg_data(step->plan, step->net->J);
  return step->net->spec.dtype == WG_F32 ? (double)*(const float *)data : *(const double *)data;
}

/* Half of the time without a clock in the step, half with. */
static int measure(bench *b) {
  double seconds = b->settings->seconds, total, fastest;
  uint64_t count;
  wg_error error = {0};
  wg_status status =
      runs(b, seconds / 20, &count, &fastest, &total); /* so that memory is there, and the clock rate up */
  if (status == WG_OK) status = runs(b, seconds / 2, &b->runs, &b->fastest, &total);
  b->mean = total / (double)(b->runs ? b->runs : 1);
  if (status == WG_OK) status = wg_plan_profile_start(b->step.plan, clock_seconds);
  if (status == WG_OK) status = runs(b, seconds / 2, &count, &fastest, &total);
  if (status != WG_OK) return run_failed(b, status);
  wg_plan_profile_stop(b->step.plan);
  b->loss = loss_of(&b->step);
  status = wg_profile_new(&b->profile, b->step.plan, &b->step.parts, NULL, &error);
  if (status != WG_OK) return failure(b->terminal, status, error.message);
  b->total = bench_sum_of(b, WG_PHASE_COUNT, -1).seconds;
  b->labels = wg_allocate(&wg_allocator_default, b->profile.count, sizeof *b->labels);
  if (!b->labels) return failure(b->terminal, WG_ERROR_MEMORY, NULL);
  for (size_t i = 0; i < b->profile.count; i++) bench_label_of(b->step.plan, &b->profile.lines[i], b->labels[i]);
  return EXIT_GOOD;
}

/* ---- Reports ---- */

static int draw(const bench *b) {
  if (!b->settings->output) return EXIT_GOOD;
  wg_drawing *drawing = NULL;
  wg_error error = {0};
  char title[96];
  const char **labels = wg_allocate(&wg_allocator_default, b->profile.count, sizeof *labels);
  if (!labels) return failure(b->terminal, WG_ERROR_MEMORY, NULL);
  for (size_t i = 0; i < b->profile.count; i++) labels[i] = b->labels[i];
  snprintf(title, sizeof title, "A step of net %s, %" PRId64 " samples", wg_net_label(b->step.net->spec.kind),
           b->step.net->spec.samples);
  wg_status status = wg_draw_profile_svg(&b->profile, labels, &b->machine.rates, title, NULL, &drawing, &error);
  if (status == WG_OK) status = wg_drawing_write(drawing, b->settings->output, &error);
  wg_drawing_free(drawing);
  free(labels);
  return status == WG_OK ? EXIT_GOOD : failure(b->terminal, status, error.message);
}

static int report(const bench *b) {
  int code = EXIT_GOOD;
  if (b->settings->as_json)
    bench_json(b);
  else
    code = bench_print(b);
  return code == EXIT_GOOD ? draw(b) : code;
}

/* ---- The command ---- */

enum { RANDOM_SAMPLES = 128 };

#define MACHINE_SECONDS 0.15 /* for a look at the machine, of which there are two */

/* A cnn gets as many inputs as its images have pixels. */
static void image_adapt(const bench_settings *s, wg_net_spec *spec, int64_t *widths) {
  if (spec->kind != WG_NET_CNN || !s->net.image || s->net.layers) return;
  memcpy(widths, spec->widths, spec->width_count * sizeof *widths);
  const wg_shape image = WG_SHAPE(spec->image[0], spec->image[1], spec->image[2]);
  if (wg_shape_count(&image, &widths[0])) spec->widths = widths;
}

/* Samples of --data, or as many random ones; spec->samples is how many a step takes. */
static int samples_load(const terminal *t, const bench_settings *s, wg_net_spec *spec, data_parts *parts, bool *found) {
  spec->samples = s->batch ? s->batch : RANDOM_SAMPLES;
  *found = s->data.data != NULL;
  if (!*found) {
    image_adapt(s, spec, parts->widths);
    return EXIT_GOOD;
  }
  int code = data_load(t, &s->data, &s->net, (uint64_t)s->seed, spec, parts);
  if (code != EXIT_GOOD) return code;
  if (s->batch <= parts->training.rows) {
    spec->samples = s->batch ? s->batch : parts->training.rows;
    return EXIT_GOOD;
  }
  terminal_message(t, "--batch %" PRId64 ": %s has %" PRId64 " samples", s->batch, parts->name, parts->training.rows);
  return EXIT_USAGE;
}

static int bench_run(const terminal *t, const bench_settings *s) {
  bench b = {.terminal = t, .settings = s, .data = "random numbers"};
  wg_net_spec spec;
  data_parts parts = {0};
  bool found = false;
  wg_threads *threads = NULL;
  const double limit = s->seconds < MACHINE_SECONDS ? s->seconds : MACHINE_SECONDS;
  int code = net_choose(t, (net_choice *)&s->net, &spec);
  spec.dtype = s->dtype == 0 ? WG_F32 : WG_F64;
  if (code == EXIT_GOOD) code = samples_load(t, s, &spec, &parts, &found);
  if (code == EXIT_GOOD) {
    threads = wg_threads_new((int)s->threads);
    if (!threads) code = failure(t, WG_ERROR_MEMORY, NULL);
  }
  b.threads = wg_threads_count(threads);
  if (found) b.data = parts.name;
  if (code == EXIT_GOOD) code = bench_step_new(&b.step, t, s, &spec, found ? &parts.training : NULL, threads);
  if (code == EXIT_GOOD) code = bench_machine_measure(t, spec.dtype, threads, limit, &b.machine);
  if (code == EXIT_GOOD) code = measure(&b);
  if (code == EXIT_GOOD && limit >= MACHINE_SECONDS)
    code = bench_machine_measure(t, spec.dtype, threads, limit, &b.machine);
  if (code == EXIT_GOOD) code = report(&b);
  wg_profile_free(&b.profile);
  free(b.labels);
  bench_step_free(&b.step);
  wg_threads_free(threads);
  data_free(&parts);
  return code;
}

int command_bench(terminal *t, int argc, char **argv) {
  bench_settings s = {
      .net = {.activation = -1}, .data = DATA_CHOICE_DEFAULT, .seed = 1, .threads = 1, .seconds = 1, .least = 0.5};
  const option options[] = {
      {"batch", OPTION_INTEGER, &s.batch, "N", "samples in a step; 0 means all of --data, or 128 random ones", 0, 1e9},
      {"threads", OPTION_INTEGER, &s.threads, "N", "that work together", 1, WG_THREADS_MAX},
      {"seconds", OPTION_NUMBER, &s.seconds, "S", "how long to measure", 0, 1e5},
      {"least", OPTION_NUMBER, &s.least, "P", "lines of less than P % of the step are added up", 0, 100},
      {"output", OPTION_TEXT, &s.output, "FILE", "also draws it into this SVG file; also -o FILE", 0, 0},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
      OPTIONS_UNDER("Net:"),
      NET_OPTIONS(s.net),
      {"init", OPTION_CHOICE, &s.init, INIT_CHOICES, "how weights begin", 0, 0},
      {"dtype", OPTION_CHOICE, &s.dtype, "f32|f64", "numbers of 32 or of 64 bits", 0, 0},
      {"seed", OPTION_INTEGER, &s.seed, "N", SEED_HELP, 0, SEED_MAX},
      OPTIONS_UNDER("Data:"),
      DATA_OPTIONS(s.data),
      AUGMENTATION_OPTIONS(s.data),
      OPTIONS_UNDER("General:"),
  };
  const command_usage usage = {
      .synopsis = "wengert bench NET [options]\n       wengert bench --layers 784,256,10 --batch 128 [options]",
      .about =
          "Measures a training step of a net on this machine: loss, gradients and updates in one plan. Says of every "
          "operation what part of the step it takes, how fast it computes and moves bytes, which part that is of "
          "what the machine can do, and what holds it up: computing, memory, or the overhead of small steps. "
          "Without --data the samples are random.",
      .more = "Examples:\n  wengert bench --layers 784,256,128,10 --batch 128\n"
              "  wengert bench cnn --image 1x28x28 --threads 2 -o step.svg",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &s.net.name);
  return read == OPTIONS_RUN ? bench_run(t, &s) : read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
}
