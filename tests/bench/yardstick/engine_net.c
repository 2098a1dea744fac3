#include "engine_net.h"
#include "../../../engine/grad.h"
#include "../../../ops/ops.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t bytes_of(const engine_net *engine, size_t k) { return (size_t)engine->weights->size[k] * sizeof(float); }

/* A plan that gives J, computes the gradients, and makes the step. */
static wg_plan *training_plan(engine_net *engine, float rate) {
  wg_net *net = engine->net;
  wg_leaf_update updates[ENGINE_PARAMS_MAX];
  wg_grad(net->J, net->param_count, net->params, engine->gradients);
  for (size_t k = 0; k < net->param_count; k++) {
    wg_node *W = net->params[k];
    updates[k] = (wg_leaf_update){W, wg_sub(W, wg_scale(engine->gradients[k], (double)rate))};
  }
  return wg_plan_new_updating(1, &net->J, net->param_count, updates);
}

bool engine_net_start(engine_net *engine, const wg_net_spec *spec, wg_init init, float rate, const void *x,
                      const void *y) {
  *engine = (engine_net){.net = wg_net_new(spec)};
  wg_net *net = engine->net;
  if (wg_net_status(net) != WG_OK) return fprintf(stderr, "%s\n", wg_net_error(net)), false;
  if (net->param_count > ENGINE_PARAMS_MAX) return fprintf(stderr, "too many parameters\n"), false;
  engine->weights = wg_weights_new(net, NULL);
  if (!engine->weights) return false;
  wg_random random = wg_random_new(1, WG_STREAM_WEIGHTS);
  wg_weights_init(engine->weights, net, init, &random);
  engine->plan = training_plan(engine, rate);
  wg_bind(engine->plan, net->X, x);
  wg_bind(engine->plan, net->Y, y);
  for (size_t k = 0; k < net->param_count; k++) {
    engine->values[k] = first_weights(engine, k);
    wg_bind_updated(engine->plan, net->params[k], engine->values[k]);
  }
  if (wg_run(engine->plan) == WG_OK) return engine_net_prepare(engine, NULL), true;
  fprintf(stderr, "%s\n", wg_plan_error(engine->plan));
  return false;
}

void engine_net_end(engine_net *engine) {
  wg_plan_free(engine->plan);
  wg_weights_free(engine->weights);
  for (size_t k = 0; k < ENGINE_PARAMS_MAX; k++) free(engine->values[k]);
  wg_net_free(engine->net);
}

void engine_net_step(void *context) { wg_run(((engine_net *)context)->plan); }

void engine_net_prepare(void *context, wg_threads *pool) {
  engine_net *engine = context;
  for (size_t k = 0; k < engine->weights->count; k++) weights_reset(engine, k, engine->values[k]);
  wg_plan_use_threads(engine->plan, pool);
}

float engine_net_loss(const engine_net *engine) { return *(const float *)wg_data(engine->plan, engine->net->J); }

float *first_weights(const engine_net *engine, size_t k) {
  float *made = lines_new(bytes_of(engine, k));
  weights_reset(engine, k, made);
  return made;
}

void weights_reset(const engine_net *engine, size_t k, void *to) {
  memcpy(to, engine->weights->data[k], bytes_of(engine, k));
}

bool same_losses(const char *name, const side *hand, const float *hand_loss, engine_net *engine) {
  engine_net_prepare(engine, NULL);
  hand->prepare(hand->context, NULL);
  for (int step = 0; step < 20; step++) {
    hand->step(hand->context);
    engine_net_step(engine);
    float loss = engine_net_loss(engine);
    if (fabsf(loss - *hand_loss) <= 2e-4f * (1 + fabsf(loss))) continue;
    fprintf(stderr, "%s, %s: in step %d the loss is %g by hand and %g by wengert\n", name, hand->name, step,
            (double)*hand_loss, (double)loss);
    return false;
  }
  return true;
}

side engine_net_side(engine_net *engine) {
  return (side){
      .name = "wengert", .context = engine, .step = engine_net_step, .prepare = engine_net_prepare, .threads = true};
}

void *lines_new(size_t bytes) {
  void *made = aligned_alloc(64, (bytes + 64) / 64 * 64);
  if (made) return made;
  fprintf(stderr, "no memory\n");
  exit(1);
}

samples samples_new(int rows, int columns, int classes) {
  wg_random random = wg_random_new(7, WG_STREAM_DATA);
  samples made = {lines_new((size_t)rows * (size_t)columns * sizeof(float)), lines_new((size_t)rows * sizeof(int64_t))};
  for (long i = 0; i < (long)rows * columns; i++) made.x[i] = (float)(2 * wg_random_uniform(&random) - 1);
  for (int i = 0; i < rows; i++) made.labels[i] = (int64_t)wg_random_below(&random, (uint64_t)classes);
  return made;
}

void samples_free(samples *made) {
  free(made->x);
  free(made->labels);
}
