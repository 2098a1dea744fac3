/* lstm_plain.c: the recurrent net as the suite's programs have it: step by step, number by number. */
#include "objectives.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FORGET, IN, OUT, CHANGE, GATES };

/* What one step of one layer leaves for the way back, all (b). */
enum { CELL = GATES, CELL_TANH, HIDDEN, KEPT };

typedef struct lstm {
  lstm_problem problem;
  const double *theta;
  double value, *gradient;
  double *kept;    /* (length, layers, KEPT, b); step 0 is the state before the first */
  double *y;       /* (length, b): softmax-like e^y / (2 + Σ e^y), then */
  double *inputs;  /* (length, b): s⊙w_in */
  double *adjoint; /* (layers, 2, b): of hidden and cell state; then of x (b) */
} lstm;

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double *kept_of(const lstm *n, int64_t t, int64_t layer, int what) {
  return n->kept + ((t * n->problem.layers + layer) * KEPT + what) * n->problem.width;
}

static void layer_forward(lstm *n, int64_t t, int64_t layer, const double *x) {
  const int64_t b = n->problem.width;
  const double *w = n->theta + 8 * layer * b, *bias = w + 4 * b;
  const double *hidden = kept_of(n, t, layer, HIDDEN), *cell = kept_of(n, t, layer, CELL);
  double *to = kept_of(n, t + 1, layer, 0);
  for (int64_t k = 0; k < b; k++) {
    const double f = sigmoid(x[k] * w[FORGET * b + k] + bias[FORGET * b + k]);
    const double i = sigmoid(hidden[k] * w[IN * b + k] + bias[IN * b + k]);
    const double o = sigmoid(x[k] * w[OUT * b + k] + bias[OUT * b + k]);
    const double g = tanh(hidden[k] * w[CHANGE * b + k] + bias[CHANGE * b + k]);
    const double c = cell[k] * f + i * g, c_tanh = tanh(c);
    to[FORGET * b + k] = f;
    to[IN * b + k] = i;
    to[OUT * b + k] = o;
    to[CHANGE * b + k] = g;
    to[CELL * b + k] = c;
    to[CELL_TANH * b + k] = c_tanh;
    to[HIDDEN * b + k] = o * c_tanh;
  }
}

/* `d_x` holds the adjoint of what the layer gave out, then that of what went in. */
static void layer_backward(lstm *n, int64_t t, int64_t layer, const double *x, double *d_x) {
  const int64_t b = n->problem.width;
  const double *w = n->theta + 8 * layer * b, *kept = kept_of(n, t + 1, layer, 0);
  const double *hidden = kept_of(n, t, layer, HIDDEN), *cell = kept_of(n, t, layer, CELL);
  double *d_w = n->gradient + 8 * layer * b, *d_bias = d_w + 4 * b;
  double *d_hidden = n->adjoint + 2 * layer * b, *d_cell = d_hidden + b;
  for (int64_t k = 0; k < b; k++) {
    const double f = kept[FORGET * b + k], i = kept[IN * b + k], o = kept[OUT * b + k], g = kept[CHANGE * b + k];
    const double c_tanh = kept[CELL_TANH * b + k], d_h = d_hidden[k] + d_x[k];
    const double d_c = d_cell[k] + d_h * o * (1 - c_tanh * c_tanh);
    const double d_f = d_c * cell[k] * f * (1 - f), d_i = d_c * g * i * (1 - i), d_o = d_h * c_tanh * o * (1 - o),
                 d_g = d_c * i * (1 - g * g);
    d_w[FORGET * b + k] += d_f * x[k];
    d_w[IN * b + k] += d_i * hidden[k];
    d_w[OUT * b + k] += d_o * x[k];
    d_w[CHANGE * b + k] += d_g * hidden[k];
    d_bias[FORGET * b + k] += d_f;
    d_bias[IN * b + k] += d_i;
    d_bias[OUT * b + k] += d_o;
    d_bias[CHANGE * b + k] += d_g;
    d_cell[k] = d_c * f;
    d_hidden[k] = d_i * w[IN * b + k] + d_g * w[CHANGE * b + k];
    d_x[k] = d_f * w[FORGET * b + k] + d_o * w[OUT * b + k];
  }
}

static double output_forward(lstm *n, int64_t t, const double *x) {
  const int64_t b = n->problem.width;
  const double *w = n->theta + (8 * n->problem.layers + 1) * b, *bias = w + b;
  const double *next = n->problem.sequence + (t + 1) * b;
  double *y = n->y + t * b, sum = 2, gain = 0;
  for (int64_t k = 0; k < b; k++) {
    y[k] = x[k] * w[k] + bias[k];
    sum += exp(y[k]);
  }
  const double log_sum = log(sum);
  for (int64_t k = 0; k < b; k++) {
    gain += next[k] * (y[k] - log_sum);
    y[k] = exp(y[k]) / sum;
  }
  return gain;
}

static void output_backward(lstm *n, int64_t t, const double *x, double scale, double *d_x) {
  const int64_t b = n->problem.width;
  const double *w = n->theta + (8 * n->problem.layers + 1) * b, *next = n->problem.sequence + (t + 1) * b;
  double *d_w = n->gradient + (8 * n->problem.layers + 1) * b, *d_bias = d_w + b, *y = n->y + t * b, sum = 0;
  for (int64_t k = 0; k < b; k++) sum += next[k];
  for (int64_t k = 0; k < b; k++) {
    const double d_y = scale * (next[k] - sum * y[k]);
    d_w[k] += d_y * x[k];
    d_bias[k] += d_y;
    d_x[k] = d_y * w[k];
  }
}

static void lstm_run(void *context) {
  lstm *n = context;
  const int64_t b = n->problem.width, layers = n->problem.layers, steps = n->problem.length - 1;
  const double *w_in = n->theta + 8 * layers * b, scale = -1 / (double)(steps * b);
  double *d_w_in = n->gradient + 8 * layers * b, *d_x = n->adjoint + 2 * layers * b, total = 0;
  memset(n->gradient, 0, (size_t)lstm_size(&n->problem) * sizeof *n->gradient);
  memset(n->adjoint, 0, (size_t)((2 * layers + 1) * b) * sizeof *n->adjoint);
  for (int64_t t = 0; t < steps; t++) {
    const double *x = n->inputs + t * b;
    for (int64_t k = 0; k < b; k++) n->inputs[t * b + k] = n->problem.sequence[t * b + k] * w_in[k];
    for (int64_t layer = 0; layer < layers; layer++, x = kept_of(n, t + 1, layer - 1, HIDDEN))
      layer_forward(n, t, layer, x);
    total += output_forward(n, t, x);
  }
  n->value = total * scale;
  for (int64_t t = steps; t-- > 0;) {
    output_backward(n, t, kept_of(n, t + 1, layers - 1, HIDDEN), scale, d_x);
    for (int64_t layer = layers; layer-- > 0;)
      layer_backward(n, t, layer, layer ? kept_of(n, t + 1, layer - 1, HIDDEN) : n->inputs + t * b, d_x);
    for (int64_t k = 0; k < b; k++) d_w_in[k] += d_x[k] * n->problem.sequence[t * b + k];
  }
}

static void lstm_end(void *context) {
  lstm *n = context;
  free(n->gradient);
  free(n->kept);
  free(n);
}

objective lstm_plain(const lstm_problem *problem, const double *theta) {
  const size_t b = (size_t)problem->width, layers = (size_t)problem->layers, length = (size_t)problem->length;
  lstm *n = malloc(sizeof *n);
  if (!n) return (objective){0};
  *n = (lstm){.problem = *problem, .theta = theta};
  n->gradient = malloc((size_t)lstm_size(problem) * sizeof(double));
  n->kept = malloc((length * layers * KEPT + 2 * length + 2 * layers + 1) * b * sizeof(double));
  if (!n->gradient || !n->kept) return lstm_end(n), (objective){0};
  n->y = n->kept + length * layers * KEPT * b;
  n->inputs = n->y + length * b;
  n->adjoint = n->inputs + length * b;
  for (int64_t layer = 0; layer < problem->layers; layer++) {
    memcpy(kept_of(n, 0, layer, HIDDEN), problem->state + 2 * layer * problem->width, b * sizeof(double));
    memcpy(kept_of(n, 0, layer, CELL), problem->state + (2 * layer + 1) * problem->width, b * sizeof(double));
  }
  return (objective){lstm_run, lstm_end, n, &n->value, n->gradient, NULL};
}
