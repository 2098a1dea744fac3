/* adbench_lstm.c: the loss of the next character under long short-term memory with diagonal weights.
 *
 * For each t < c − 1, from x = s_t ⊙ w_in, every layer does
 *
 *     f = σ(x⊙w_f + b_f)   i = σ(h⊙w_i + b_i)   o = σ(x⊙w_o + b_o)   g = tanh(h⊙w_g + b_g)
 *     cell ← cell⊙f + i⊙g      h ← o⊙tanh(cell)      x ← h
 *
 * then y = x⊙w_out + b_out, and the total gains s_{t+1}·(y − ln(2 + Σ e^y)); the 2 belongs to the suite's definition.
 * The objective is −total / ((c−1)·b). */
#include "adbench.h"

enum { LAYERS_MAX = 8 };

enum { FORGET, IN, OUT, CHANGE }; /* the gates, in the order of the file */

typedef struct lstm_layer {
  wg_node *weights, *biases; /* of the four gates, (4,b) */
  wg_node *hidden, *cell;    /* (b) */
} lstm_layer;

int64_t adbench_lstm_size(const adbench_lstm *problem) { return (8 * problem->layers + 3) * problem->width; }

static wg_node *gate_input(const lstm_layer *layer, int gate, wg_node *x) {
  return wg_add(wg_mul(x, wg_select(layer->weights, 0, gate)), wg_select(layer->biases, 0, gate));
}

/* One step of a layer: its state moves on, and its new hidden state is returned. */
static wg_node *layer_step(lstm_layer *layer, wg_node *x) {
  wg_node *forget = wg_sigmoid(gate_input(layer, FORGET, x));
  wg_node *in = wg_sigmoid(gate_input(layer, IN, layer->hidden));
  wg_node *out = wg_sigmoid(gate_input(layer, OUT, x));
  wg_node *change = wg_tanh(gate_input(layer, CHANGE, layer->hidden));
  layer->cell = wg_add(wg_mul(layer->cell, forget), wg_mul(in, change));
  layer->hidden = wg_mul(out, wg_tanh(layer->cell));
  return layer->hidden;
}

/* s·(y − ln(2 + Σ e^y)) */
static wg_node *gain(wg_node *y, wg_node *next) {
  wg_node *log_sum = wg_log(wg_add(wg_scalar_like(y, 2), wg_sum_all(wg_exp(y))));
  return wg_sum_all(wg_mul(next, wg_sub(y, log_sum)));
}

adbench_objective adbench_lstm_record(wg_tape *tape, const adbench_lstm *problem) {
  int64_t b = problem->width, rows = 8 * problem->layers;
  wg_node *theta = wg_param(tape, "θ", WG_F64, WG_SHAPE(adbench_lstm_size(problem)));
  wg_node *numbers = wg_reshape(theta, WG_SHAPE(rows + 3, b));
  wg_node *w_in = wg_name(wg_select(numbers, 0, rows), "w_in"),
          *w_out = wg_name(wg_select(numbers, 0, rows + 1), "w_out"),
          *b_out = wg_name(wg_select(numbers, 0, rows + 2), "b_out");
  if (problem->layers > LAYERS_MAX) return (adbench_objective){theta, NULL};

  lstm_layer layers[LAYERS_MAX];
  for (int64_t j = 0; j < problem->layers; j++)
    layers[j] = (lstm_layer){.weights = wg_narrow(numbers, 0, 8 * j, 4),
                             .biases = wg_narrow(numbers, 0, 8 * j + 4, 4),
                             .hidden = wg_constant(tape, WG_F64, WG_SHAPE(b), problem->state + 2 * j * b),
                             .cell = wg_constant(tape, WG_F64, WG_SHAPE(b), problem->state + (2 * j + 1) * b)};

  wg_node *total = wg_scalar_like(theta, 0);
  for (int64_t t = 0; t + 1 < problem->length; t++) {
    wg_node *s = wg_constant(tape, WG_F64, WG_SHAPE(b), problem->sequence + t * b);
    wg_node *next = wg_constant(tape, WG_F64, WG_SHAPE(b), problem->sequence + (t + 1) * b);
    wg_node *x = wg_mul(s, w_in);
    for (int64_t j = 0; j < problem->layers; j++) x = layer_step(&layers[j], x);
    total = wg_add(total, gain(wg_add(wg_mul(x, w_out), b_out), next));
  }
  return (adbench_objective){theta, wg_div_count(wg_neg(total), (problem->length - 1) * b)};
}
