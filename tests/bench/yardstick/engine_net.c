#include "engine_net.h"
#include "../../../engine/grad.h"
#include <stdio.h>
#include <stdlib.h>

bool engine_net_start(engine_net *engine, const wg_net_spec *spec, float rate, const void *x, const void *y) {
  *engine = (engine_net){.net = wg_net_new(spec), .rate = rate};
  wg_net *net = engine->net;
  if (wg_net_status(net) != WG_OK) return fprintf(stderr, "%s\n", wg_net_error(net)), false;
  engine->weights = wg_weights_new(net, NULL);
  engine->outputs = calloc(net->param_count + 1, sizeof(wg_node *));
  if (!engine->weights || !engine->outputs) return false;
  engine->outputs[0] = net->J;
  wg_grad(net->J, net->param_count, net->params, engine->outputs + 1);
  engine->plan = wg_plan_new(net->param_count + 1, engine->outputs);
  wg_bind(engine->plan, net->X, x);
  wg_bind(engine->plan, net->Y, y);
  wg_weights_bind(engine->weights, net, engine->plan);
  if (wg_run(engine->plan) == WG_OK) return true;
  fprintf(stderr, "%s\n", wg_plan_error(engine->plan));
  return false;
}

void engine_net_end(engine_net *engine) {
  wg_plan_free(engine->plan);
  wg_weights_free(engine->weights);
  wg_net_free(engine->net);
  free(engine->outputs);
}

void engine_net_step(void *context) {
  engine_net *engine = context;
  wg_run(engine->plan);
  for (size_t k = 0; k < engine->weights->count; k++) {
    const float *gradient = wg_data(engine->plan, engine->outputs[k + 1]);
    float *w = engine->weights->data[k];
    for (int64_t i = 0; i < engine->weights->size[k]; i++) w[i] -= engine->rate * gradient[i];
  }
}

float engine_net_loss(const engine_net *engine) { return *(const float *)wg_data(engine->plan, engine->net->J); }
