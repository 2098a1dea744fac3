/* yardstick.c: whole training steps, forward, backward and update, by hand and by wengert, on the same numbers.
 *
 *   yardstick [--json] [--seconds S] [--threads N] [WORKLOAD ...]
 *
 * Both begin at the same weights and must have the same losses for some steps before anything is measured. */
#include "engine_net.h"
#include "hand_layers.h"
#include "hand_small.h"
#include "measure.h"
#include "objectives.h"
#include "product.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
  bool json, printed;
  double seconds;
  int threads;
} settings;

/* ---- The table ---- */

static void row_print(settings *s, const char *name, const char *hand, comparison c) {
  if (s->json)
    printf(
        "%s\n  {\"workload\": \"%s\", \"hand\": \"%s\", \"threads\": %d, \"hand_seconds\": %.9g, \"wengert_seconds\": "
        "%.9g, \"ratio\": %.4g, \"quartiles\": [%.4g, %.4g]}",
        s->printed ? "," : "", name, hand, s->threads, c.first, c.second, c.ratio, c.low, c.high);
  else
    printf("%-37s %-11s %9.2f µs %9.2f µs %6.2f  (%.2f … %.2f)\n", name, hand, 1e6 * c.first, 1e6 * c.second, c.ratio,
           c.low, c.high);
  fflush(stdout);
  s->printed = true;
}

/* ---- Numbers: the same for both ---- */

typedef struct samples {
  float *x;
  int64_t *labels;
} samples;

static float uniform(wg_random *random) { return (float)(2 * wg_random_uniform(random) - 1); }

static samples samples_new(int rows, int columns, int classes) {
  wg_random random = wg_random_new(7, WG_STREAM_DATA);
  samples made = {malloc((size_t)rows * (size_t)columns * sizeof(float)), malloc((size_t)rows * sizeof(int64_t))};
  for (long i = 0; i < (long)rows * columns; i++) made.x[i] = uniform(&random);
  for (int i = 0; i < rows; i++) made.labels[i] = (int64_t)wg_random_below(&random, (uint64_t)classes);
  return made;
}

static bool same_losses(const char *name, work *hand, void *hand_net, const float *hand_loss, engine_net *engine) {
  for (int step = 0; step < 20; step++) {
    hand(hand_net);
    engine_net_step(engine);
    float loss = engine_net_loss(engine);
    if (fabsf(loss - *hand_loss) <= 2e-4f * (1 + fabsf(loss))) continue;
    fprintf(stderr, "%s: step %d: the loss is %g by hand and %g by wengert\n", name, step, *hand_loss, loss);
    return false;
  }
  return true;
}

/* ---- Nets of layers ---- */

typedef struct layers_workload {
  const char *key, *name;
  int samples, layers, width[HAND_LAYERS_MAX + 1];
  bool sigmoid;
} layers_workload;

static wg_net_spec layers_spec(const layers_workload *job, int64_t *widths) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  for (int l = 0; l <= job->layers; l++) widths[l] = job->width[l];
  spec.width_count = (size_t)job->layers + 1;
  spec.widths = widths;
  spec.samples = job->samples;
  spec.dtype = WG_F32;
  spec.class_indices = true;
  spec.activation = job->sigmoid ? WG_ACTIVATION_SIGMOID : WG_ACTIVATION_RELU;
  return spec;
}

static bool layers_run(settings *s, const layers_workload *job) {
  int64_t widths[HAND_LAYERS_MAX + 1];
  wg_net_spec spec = layers_spec(job, widths);
  samples data = samples_new(job->samples, job->width[0], job->width[job->layers]);
  engine_net engine;
  float rate = 0.01f;
  if (!engine_net_start(&engine, &spec, rate, data.x, data.labels)) return false;
  wg_random random = wg_random_new(1, WG_STREAM_WEIGHTS);
  wg_weights_init(engine.weights, engine.net, job->sigmoid ? WG_INIT_XAVIER : WG_INIT_HE, &random);

  hand_layers hand = {.samples = job->samples, .layers = job->layers, .sigmoid = job->sigmoid, .rate = rate};
  memcpy(hand.width, job->width, sizeof hand.width);
  hand.x = data.x;
  hand.labels = data.labels;
  for (int l = 0; l < job->layers; l++) {
    float **to[2] = {&hand.w[l], &hand.b[l]};
    for (int part = 0; part < 2; part++) {
      size_t k = 2 * (size_t)l + (size_t)part, bytes = (size_t)engine.weights->size[k] * sizeof(float);
      *to[part] = aligned_alloc(64, (bytes + 63) / 64 * 64);
      memcpy(*to[part], engine.weights->data[k], bytes);
    }
  }
  bool good = hand_layers_start(&hand) && same_losses(job->key, hand_layers_step, &hand, &hand.loss, &engine);
  if (good)
    row_print(s, job->name, "with BLAS", measure(hand_layers_step, &hand, engine_net_step, &engine, s->seconds));
  for (int l = 0; l < job->layers; l++) free(hand.w[l]), free(hand.b[l]);
  hand_layers_end(&hand);
  engine_net_end(&engine);
  free(data.x);
  free(data.labels);
  return good;
}

/* ---- Written for their shapes ---- */

static bool spiral_run(settings *s) {
  static hand_spiral hand = {.rate = 0.5f};
  int64_t widths[] = {2, 4, 3};
  layers_workload job = {.samples = SMALL_SAMPLES, .layers = 2, .width = {2, 4, 3}};
  wg_net_spec spec = layers_spec(&job, widths);
  samples data = samples_new(SMALL_SAMPLES, 2, 3);
  engine_net engine;
  if (!engine_net_start(&engine, &spec, hand.rate, data.x, data.labels)) return false;
  wg_random random = wg_random_new(1, WG_STREAM_WEIGHTS);
  wg_weights_init(engine.weights, engine.net, WG_INIT_HE, &random);
  for (int i = 0; i < SMALL_SAMPLES; i++) {
    for (int c = 0; c < 2; c++) hand.x[c][i] = data.x[2 * i + c];
    for (int k = 0; k < 3; k++) hand.y[k][i] = data.labels[i] == k;
  }
  memcpy(hand.w1, engine.weights->data[0], sizeof hand.w1);
  memcpy(hand.w2, engine.weights->data[2], sizeof hand.w2);
  bool good = same_losses("a", hand_spiral_step, &hand, &hand.loss, &engine);
  if (good)
    row_print(s, "a net D, 300×2 → 4 → 3", "specialised",
              measure(hand_spiral_step, &hand, engine_net_step, &engine, s->seconds));
  engine_net_end(&engine);
  free(data.x);
  free(data.labels);
  return good;
}

static bool neuron_run(settings *s) {
  static hand_neuron hand = {.rate = 0.5f};
  wg_net_spec spec = wg_net_spec_of(WG_NET_NEURON);
  spec.widths = (int64_t[]){3, 1};
  spec.width_count = 2;
  spec.samples = SMALL_SAMPLES;
  spec.dtype = WG_F32;
  samples data = samples_new(SMALL_SAMPLES, 3, 2);
  float y[SMALL_SAMPLES]; /* samples are columns: the features lie one array each already */
  memcpy(hand.x, data.x, sizeof hand.x);
  for (int i = 0; i < SMALL_SAMPLES; i++) hand.y[i] = y[i] = (float)data.labels[i];
  engine_net engine;
  if (!engine_net_start(&engine, &spec, hand.rate, data.x, y)) return false;
  wg_random random = wg_random_new(1, WG_STREAM_WEIGHTS);
  wg_weights_init(engine.weights, engine.net, WG_INIT_XAVIER, &random);
  memcpy(hand.w, engine.weights->data[0], sizeof hand.w);
  bool good = same_losses("b", hand_neuron_step, &hand, &hand.loss, &engine);
  if (good)
    row_print(s, "b neuron, 300×3", "specialised",
              measure(hand_neuron_step, &hand, engine_net_step, &engine, s->seconds));
  engine_net_end(&engine);
  free(data.x);
  free(data.labels);
  return good;
}

/* ---- Objectives ---- */

static bool objectives_run(settings *s, const char *key) {
  objectives o;
  if (!objectives_start(&o, key)) return o.absent;
  const objective *hand[] = {&o.plain, &o.fast};
  for (int k = 0; k < 2; k++)
    row_print(s, o.name, k ? "vectors" : "as ADBench",
              measure(hand[k]->run, hand[k]->context, o.engine.run, o.engine.context, s->seconds));
  objectives_end(&o);
  return true;
}

/* ---- Which ---- */

static layers_workload deep_workload(void) {
  layers_workload deep = {
      .key = "e", .name = "e 50 layers of 32×32, batch 64", .samples = 64, .layers = 50, .sigmoid = true};
  for (int l = 0; l <= 50; l++) deep.width[l] = 32;
  return deep;
}

static bool wanted(int argc, char **argv, const char *key) {
  bool any = false;
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] == '-') {
      i += strcmp(argv[i], "--json") != 0;
      continue;
    }
    any = true;
    if (strcmp(argv[i], key) == 0) return true;
  }
  return !any;
}

int main(int argc, char **argv) {
  settings s = {.seconds = 2, .threads = 1};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--json") == 0) s.json = true;
    if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) s.seconds = atof(argv[i + 1]);
    if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) s.threads = atoi(argv[i + 1]);
  }
  const layers_workload layers[] = {
      {"a", "a net D, 300×2 → 4 → 3", SMALL_SAMPLES, 2, {2, 4, 3}, false},
      {"c", "c 784-256-128-10, batch 128", 128, 3, {784, 256, 128, 10}, false},
      {"d", "d 1024-1024-1024-1024-10, batch 512", 512, 4, {1024, 1024, 1024, 1024, 10}, false},
      deep_workload(),
  };
  product_threads(s.threads);
  if (s.json)
    printf("{\"compiler\": \"%s\", \"products_by_hand\": \"%s\", \"rows\": [", __VERSION__, product_name());
  else
    printf(
        "Products by hand: %s\nA whole step, medians; the ratio is of pairs (its quartiles)\n\n%-37s %-11s %12s %12s "
        "%6s\n",
        product_name(), "workload", "by hand", "time", "wengert", "ratio");
  bool good = true;
  if (wanted(argc, argv, "a")) good = spiral_run(&s) && good;
  if (wanted(argc, argv, "b")) good = neuron_run(&s) && good;
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
    if (wanted(argc, argv, layers[i].key)) good = layers_run(&s, &layers[i]) && good;
  if (wanted(argc, argv, "g")) good = objectives_run(&s, "g") && good;
  if (wanted(argc, argv, "h")) good = objectives_run(&s, "h") && good;
  if (s.json) printf("\n]}\n");
  return good ? 0 : 1;
}
