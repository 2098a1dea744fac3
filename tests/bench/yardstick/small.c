/* small.c: net D and the neuron, beside programs that are written for just their shapes, and with BLAS. */
#include "hand_small.h"
#include "layers.h"
#include "product.h"
#include "workloads.h"
#include <string.h>

/* ---- a ---- */

typedef struct spiral {
  layers both;
  hand_spiral hand;
} spiral;

static void spiral_step(void *context) { hand_spiral_step(&((spiral *)context)->hand); }

static void spiral_prepare(void *context, wg_threads *pool) {
  spiral *job = context;
  (void)pool;
  void *to[] = {job->hand.w1, job->hand.b1, job->hand.w2, job->hand.b2};
  for (size_t k = 0; k < 4; k++) weights_reset(&job->both.engine, k, to[k]);
}

bool spiral_run(const settings *s, report *r) {
  static spiral job;
  const layers_job shape = {SMALL_SAMPLES, 2, {2, 4, 3}, false, 0.5f};
  bool good = layers_start(&job.both, &shape);
  if (good) {
    const samples *data = &job.both.data;
    job.hand.rate = shape.rate;
    for (int i = 0; i < SMALL_SAMPLES; i++) {
      for (int c = 0; c < 2; c++) job.hand.x[c][i] = data->x[2 * i + c];
      for (int k = 0; k < 3; k++) job.hand.y[k][i] = data->labels[i] == k;
    }
    const side specialised = {
        .name = "by hand, specialised", .context = &job, .step = spiral_step, .prepare = spiral_prepare, .goal = 2};
    contest c = {"a",
                 "net D: 300×2 → 4 → 3, relu, all samples",
                 engine_net_side(&job.both.engine),
                 {layers_by_hand(&job.both, 1), specialised},
                 2,
                 0};
    good = same_losses("a", &c.other[0], &job.both.hand.loss, &job.both.engine) &&
           same_losses("a", &c.other[1], &job.hand.loss, &job.both.engine);
    if (good) contest_run(&c, s, r);
  }
  layers_end(&job.both);
  return good;
}

/* ---- b ---- */

typedef struct neuron {
  engine_net engine;
  hand_neuron hand;
} neuron;

static void neuron_step(void *context) { hand_neuron_step(&((neuron *)context)->hand); }
static void neuron_blas_step(void *context) { hand_neuron_blas_step(&((neuron *)context)->hand); }

static void neuron_prepare(void *context, wg_threads *pool) {
  neuron *job = context;
  weights_reset(&job->engine, 0, job->hand.w);
  weights_reset(&job->engine, 1, &job->hand.b);
  product_threads(wg_threads_count(pool));
}

bool neuron_run(const settings *s, report *r) {
  static neuron job;
  const float rate = 0.5f;
  wg_net_spec spec = wg_net_spec_of(WG_NET_NEURON);
  spec.widths = (int64_t[]){3, 1};
  spec.width_count = 2;
  spec.samples = SMALL_SAMPLES;
  spec.dtype = WG_F32;
  samples data = samples_new(SMALL_SAMPLES, 3, 2);
  memcpy(job.hand.x, data.x, sizeof job.hand.x); /* samples are columns */
  for (int i = 0; i < SMALL_SAMPLES; i++) job.hand.y[i] = (float)data.labels[i];
  job.hand.rate = rate;
  bool good = engine_net_start(&job.engine, &spec, WG_INIT_XAVIER, rate, data.x, job.hand.y);
  if (good) {
    const side with_blas = {.name = "by hand, with BLAS",
                            .context = &job,
                            .step = neuron_blas_step,
                            .prepare = neuron_prepare,
                            .threads = true,
                            .goal = 1};
    const side specialised = {
        .name = "by hand, specialised", .context = &job, .step = neuron_step, .prepare = neuron_prepare, .goal = 2};
    contest c = {
        "b", "a neuron: 300×3, sigmoid, all samples", engine_net_side(&job.engine), {with_blas, specialised}, 2, 0};
    good = same_losses("b", &c.other[0], &job.hand.loss, &job.engine) &&
           same_losses("b", &c.other[1], &job.hand.loss, &job.engine);
    if (good) contest_run(&c, s, r);
  }
  engine_net_end(&job.engine);
  samples_free(&data);
  return good;
}
