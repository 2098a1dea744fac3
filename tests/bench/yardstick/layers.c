#include "layers.h"
#include "product.h"
#include "workloads.h"
#include <stdlib.h>
#include <string.h>

static wg_net_spec layers_spec(const layers_job *job, int64_t *widths) {
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

bool layers_start(layers *both, const layers_job *job) {
  int64_t widths[HAND_LAYERS_MAX + 1];
  const wg_net_spec spec = layers_spec(job, widths);
  hand_layers *hand = &both->hand;
  both->data = samples_new(job->samples, job->width[0], job->width[job->layers]);
  if (!engine_net_start(&both->engine, &spec, job->sigmoid ? WG_INIT_XAVIER : WG_INIT_HE, job->rate, both->data.x,
                        both->data.labels))
    return false;
  *hand = (hand_layers){.samples = job->samples,
                        .layers = job->layers,
                        .sigmoid = job->sigmoid,
                        .rate = job->rate,
                        .x = both->data.x,
                        .labels = both->data.labels};
  memcpy(hand->width, job->width, sizeof hand->width);
  for (int l = 0; l < job->layers; l++) {
    hand->w[l] = first_weights(&both->engine, 2 * (size_t)l);
    hand->b[l] = first_weights(&both->engine, 2 * (size_t)l + 1);
  }
  return hand_layers_start(hand);
}

void layers_end(layers *both) {
  for (int l = 0; l < both->hand.layers; l++) free(both->hand.w[l]), free(both->hand.b[l]);
  hand_layers_end(&both->hand);
  engine_net_end(&both->engine);
  samples_free(&both->data);
}

static void by_hand_step(void *context) { hand_layers_step(&((layers *)context)->hand); }

static void by_hand_prepare(void *context, wg_threads *pool) {
  layers *both = context;
  for (int l = 0; l < both->hand.layers; l++) {
    weights_reset(&both->engine, 2 * (size_t)l, both->hand.w[l]);
    weights_reset(&both->engine, 2 * (size_t)l + 1, both->hand.b[l]);
  }
  product_threads(wg_threads_count(pool));
}

side layers_by_hand(layers *both, double goal) {
  return (side){.name = "by hand, with BLAS",
                .context = both,
                .step = by_hand_step,
                .prepare = by_hand_prepare,
                .threads = true,
                .goal = goal};
}

static bool layers_run(const settings *s, report *r, const char *key, const char *title, const layers_job *job,
                       double goal, double threads_goal) {
  layers both = {0};
  bool good = layers_start(&both, job);
  if (good) {
    contest c = {key, title, engine_net_side(&both.engine), {layers_by_hand(&both, goal)}, 1, threads_goal};
    good = same_losses(key, &c.other[0], &both.hand.loss, &both.engine);
    if (good) contest_run(&c, s, r);
  }
  layers_end(&both);
  return good;
}

bool c_run(const settings *s, report *r) {
  const layers_job job = {128, 3, {784, 256, 128, 10}, false, 0.01f};
  return layers_run(s, r, "c", "784-256-128-10, relu, batch 128", &job, 1.05, 0);
}

bool d_run(const settings *s, report *r) {
  const layers_job job = {512, 4, {1024, 1024, 1024, 1024, 10}, false, 0.01f};
  return layers_run(s, r, "d", "1024-1024-1024-1024-10, relu, batch 512", &job, 1.05, 1 / 1.8);
}

bool e_run(const settings *s, report *r) {
  layers_job job = {64, 50, {0}, true, 0.01f};
  for (int l = 0; l <= 50; l++) job.width[l] = 32;
  return layers_run(s, r, "e", "50 layers of 32×32, sigmoid, batch 64", &job, 1.10, 0);
}
