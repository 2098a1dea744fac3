/* lstm_engine.c: the recurrent net as graph code: a node for each operation of each step, as one writes it down. */
#include "objectives.h"

#include "../../../engine/derivative.h"
#include "../../../engine/plan.h"
#include "../../../ops/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORGET, IN, OUT, CHANGE };
enum { LAYERS_MOST = 8 };

typedef struct lstm {
  wg_tape *tape;
  wg_plan *plan;
  wg_node *theta, *gradient, *value;
  double result, *whole_gradient;
  size_t size;
} lstm;

typedef struct layer {
  wg_node *weights, *biases; /* of the four gates, (4,b) */
  wg_node *hidden, *cell;    /* (b) */
} layer;

static wg_node *gate(const layer *of, int number, wg_node *x) {
  return wg_add(wg_mul(x, wg_select(of->weights, 0, number)), wg_select(of->biases, 0, number));
}

/* One step of a layer: its state moves on, and its new hidden state is returned. */
static wg_node *layer_step(layer *of, wg_node *x) {
  wg_node *f = wg_sigmoid(gate(of, FORGET, x)), *i = wg_sigmoid(gate(of, IN, of->hidden));
  wg_node *o = wg_sigmoid(gate(of, OUT, x)), *g = wg_tanh(gate(of, CHANGE, of->hidden));
  of->cell = wg_add(wg_mul(of->cell, f), wg_mul(i, g));
  of->hidden = wg_mul(o, wg_tanh(of->cell));
  return of->hidden;
}

static wg_node *record(lstm *n, const lstm_problem *problem) {
  const int64_t b = problem->width, rows = 8 * problem->layers;
  n->theta = wg_param(n->tape, "θ", WG_F64, WG_SHAPE(rows + 3, b));
  wg_node *w_in = wg_select(n->theta, 0, rows), *w_out = wg_select(n->theta, 0, rows + 1),
          *b_out = wg_select(n->theta, 0, rows + 2);
  layer layers[LAYERS_MOST];
  for (int64_t j = 0; j < problem->layers; j++)
    layers[j] = (layer){.weights = wg_narrow(n->theta, 0, 8 * j, 4),
                        .biases = wg_narrow(n->theta, 0, 8 * j + 4, 4),
                        .hidden = wg_constant(n->tape, WG_F64, WG_SHAPE(b), problem->state + 2 * j * b),
                        .cell = wg_constant(n->tape, WG_F64, WG_SHAPE(b), problem->state + (2 * j + 1) * b)};
  wg_node *total = wg_scalar_like(n->theta, 0);
  for (int64_t t = 0; t + 1 < problem->length; t++) {
    wg_node *s = wg_constant(n->tape, WG_F64, WG_SHAPE(b), problem->sequence + t * b);
    wg_node *next = wg_constant(n->tape, WG_F64, WG_SHAPE(b), problem->sequence + (t + 1) * b);
    wg_node *x = wg_mul(s, w_in);
    for (int64_t j = 0; j < problem->layers; j++) x = layer_step(&layers[j], x);
    wg_node *y = wg_add(wg_mul(x, w_out), b_out);
    wg_node *log_sum = wg_log(wg_add(wg_scalar_like(y, 2), wg_sum_all(wg_exp(y))));
    total = wg_add(total, wg_sum_all(wg_mul(next, wg_sub(y, log_sum))));
  }
  return wg_div_count(wg_neg(total), (problem->length - 1) * b);
}

static void lstm_run(void *context) {
  lstm *n = context;
  if (wg_run(n->plan) != WG_OK) return;
  n->result = *(const double *)wg_data(n->plan, n->value);
  memcpy(n->whole_gradient, wg_data(n->plan, n->gradient), n->size * sizeof(double));
}

static void lstm_use(void *context, wg_threads *threads) {
  lstm *n = context;
  wg_plan_use_threads(n->plan, threads);
}

static void lstm_end(void *context) {
  lstm *n = context;
  wg_plan_free(n->plan);
  wg_tape_free(n->tape);
  free(n->whole_gradient);
  free(n);
}

objective lstm_engine(const lstm_problem *problem, const double *theta) {
  lstm *n = problem->layers <= LAYERS_MOST ? calloc(1, sizeof *n) : NULL;
  if (!n) return (objective){0};
  n->tape = wg_tape_new();
  n->size = (size_t)lstm_size(problem);
  n->whole_gradient = malloc(n->size * sizeof(double));
  if (!n->whole_gradient) return lstm_end(n), (objective){0};
  n->value = record(n, problem);
  wg_grad(n->value, 1, &n->theta, &n->gradient);
  n->plan = wg_plan_new(2, (wg_node *[]){n->value, n->gradient});
  wg_bind(n->plan, n->theta, theta);
  if (wg_run(n->plan) != WG_OK) {
    fprintf(stderr, "lstm: %s\n", wg_plan_error(n->plan));
    return lstm_end(n), (objective){0};
  }
  return (objective){lstm_run, lstm_end, n, &n->result, n->whole_gradient, lstm_use};
}
