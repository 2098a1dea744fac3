/* lstm_fast.c: the recurrent net for layers of up to 16 numbers, which are always taken together, as vectors: every loop has
 * 16 rounds, and the compiler has vector versions of exp and tanh. Sums of gradients stay in the cache. */
#include "objectives.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 16, LAYERS = 2, FORGET = 0, IN, OUT, CHANGE, GATES };

typedef struct row {
  _Alignas(64) double at[WIDTH];
} row;

/* What one step of one layer leaves for the way back. */
typedef struct kept {
  row gate[GATES], cell, cell_tanh, hidden;
} kept;

typedef struct lstm {
  lstm_problem problem;
  const double *theta;
  double value, *gradient;
  row weight[LAYERS][GATES], bias[LAYERS][GATES], w_in, w_out, b_out;
  row d_weight[LAYERS][GATES], d_bias[LAYERS][GATES], d_w_in, d_w_out, d_b_out;
  row d_hidden[LAYERS], d_cell[LAYERS];
  kept (*kept)[LAYERS]; /* (length); number 0 is the state before the first step */
  row *sequence, *y, *input;
} lstm;

#define EACH(k) for (int k = 0; k < WIDTH; k++)

static void layer_forward(const lstm *n, int layer, const row *x, const kept *before, kept *after) {
  const row *w = n->weight[layer], *bias = n->bias[layer];
  row sum[GATES];
  EACH(k) sum[FORGET].at[k] = -(x->at[k] * w[FORGET].at[k] + bias[FORGET].at[k]);
  EACH(k) sum[IN].at[k] = -(before->hidden.at[k] * w[IN].at[k] + bias[IN].at[k]);
  EACH(k) sum[OUT].at[k] = -(x->at[k] * w[OUT].at[k] + bias[OUT].at[k]);
  EACH(k) sum[CHANGE].at[k] = before->hidden.at[k] * w[CHANGE].at[k] + bias[CHANGE].at[k];
  EACH(k) after->gate[FORGET].at[k] = 1 / (1 + exp(sum[FORGET].at[k]));
  EACH(k) after->gate[IN].at[k] = 1 / (1 + exp(sum[IN].at[k]));
  EACH(k) after->gate[OUT].at[k] = 1 / (1 + exp(sum[OUT].at[k]));
  EACH(k) after->gate[CHANGE].at[k] = tanh(sum[CHANGE].at[k]);
  EACH(k)
  after->cell.at[k] =
      before->cell.at[k] * after->gate[FORGET].at[k] + after->gate[IN].at[k] * after->gate[CHANGE].at[k];
  EACH(k) after->cell_tanh.at[k] = tanh(after->cell.at[k]);
  EACH(k) after->hidden.at[k] = after->gate[OUT].at[k] * after->cell_tanh.at[k];
}

/* `d_x` holds the adjoint of what the layer gave out, then that of what went in. */
static void layer_backward(lstm *n, int layer, const row *x, const kept *before, const kept *after, row *d_x) {
  const row *w = n->weight[layer], *gate = after->gate;
  row *d_weight = n->d_weight[layer], *d_bias = n->d_bias[layer], *d_hidden = &n->d_hidden[layer],
      *d_cell = &n->d_cell[layer];
  EACH(k) {
    const double f = gate[FORGET].at[k], i = gate[IN].at[k], o = gate[OUT].at[k], g = gate[CHANGE].at[k];
    const double c_tanh = after->cell_tanh.at[k], d_h = d_hidden->at[k] + d_x->at[k];
    const double d_c = d_cell->at[k] + d_h * o * (1 - c_tanh * c_tanh);
    const double d_f = d_c * before->cell.at[k] * f * (1 - f), d_i = d_c * g * i * (1 - i);
    const double d_o = d_h * c_tanh * o * (1 - o), d_g = d_c * i * (1 - g * g);
    d_weight[FORGET].at[k] += d_f * x->at[k];
    d_weight[IN].at[k] += d_i * before->hidden.at[k];
    d_weight[OUT].at[k] += d_o * x->at[k];
    d_weight[CHANGE].at[k] += d_g * before->hidden.at[k];
    d_bias[FORGET].at[k] += d_f;
    d_bias[IN].at[k] += d_i;
    d_bias[OUT].at[k] += d_o;
    d_bias[CHANGE].at[k] += d_g;
    d_cell->at[k] = d_c * f;
    d_hidden->at[k] = d_i * w[IN].at[k] + d_g * w[CHANGE].at[k];
    d_x->at[k] = d_f * w[FORGET].at[k] + d_o * w[OUT].at[k];
  }
}

/* y becomes e^y / (2 + Σ e^y). */
static double output_forward(const lstm *n, const row *x, const row *next, row *y) {
  row power;
  double sum = 2, gain = 0, nexts = 0;
  EACH(k) power.at[k] = exp(y->at[k] = x->at[k] * n->w_out.at[k] + n->b_out.at[k]);
  for (int64_t k = n->problem.width; k < WIDTH; k++) power.at[k] = 0;
  EACH(k) sum += power.at[k];
  EACH(k) gain += next->at[k] * y->at[k];
  EACH(k) nexts += next->at[k];
  EACH(k) y->at[k] = power.at[k] / sum;
  return gain - nexts * log(sum);
}

static void output_backward(lstm *n, const row *x, const row *next, const row *y, double scale, row *d_x) {
  double sum = 0;
  EACH(k) sum += next->at[k];
  EACH(k) {
    const double d_y = scale * (next->at[k] - sum * y->at[k]);
    n->d_w_out.at[k] += d_y * x->at[k];
    n->d_b_out.at[k] += d_y;
    d_x->at[k] = d_y * n->w_out.at[k];
  }
}

static void gradient_write(lstm *n) {
  const int64_t b = n->problem.width;
  const row *from[] = {n->d_weight[0], n->d_bias[0], n->d_weight[1], n->d_bias[1]};
  double *to = n->gradient;
  for (int part = 0; part < 2 * LAYERS; part++)
    for (int gate = 0; gate < GATES; gate++, to += b) memcpy(to, from[part][gate].at, (size_t)b * sizeof *to);
  memcpy(to, n->d_w_in.at, (size_t)b * sizeof *to);
  memcpy(to + b, n->d_w_out.at, (size_t)b * sizeof *to);
  memcpy(to + 2 * b, n->d_b_out.at, (size_t)b * sizeof *to);
}

static void lstm_run(void *context) {
  lstm *n = context;
  const int64_t steps = n->problem.length - 1;
  const double scale = -1 / (double)(steps * n->problem.width);
  double total = 0;
  memset(n->d_weight, 0, (size_t)((char *)(n->d_cell + LAYERS) - (char *)n->d_weight));
  for (int64_t t = 0; t < steps; t++) {
    const row *x = &n->input[t];
    EACH(k) n->input[t].at[k] = n->sequence[t].at[k] * n->w_in.at[k];
    for (int layer = 0; layer < LAYERS; layer++) {
      layer_forward(n, layer, x, &n->kept[t][layer], &n->kept[t + 1][layer]);
      x = &n->kept[t + 1][layer].hidden;
    }
    total += output_forward(n, x, &n->sequence[t + 1], &n->y[t]);
  }
  n->value = total * scale;
  for (int64_t t = steps; t-- > 0;) {
    row d_x;
    output_backward(n, &n->kept[t + 1][LAYERS - 1].hidden, &n->sequence[t + 1], &n->y[t], scale, &d_x);
    for (int layer = LAYERS; layer-- > 0;)
      layer_backward(n, layer, layer ? &n->kept[t + 1][layer - 1].hidden : &n->input[t], &n->kept[t][layer],
                     &n->kept[t + 1][layer], &d_x);
    EACH(k) n->d_w_in.at[k] += d_x.at[k] * n->sequence[t].at[k];
  }
  gradient_write(n);
}

static void lstm_end(void *context) {
  lstm *n = context;
  free(n->gradient);
  free(n->kept);
  free(n->sequence);
  free(n);
}

static void row_read(row *to, const double *from, int64_t b) { memcpy(to->at, from, (size_t)b * sizeof *from); }

static void parameters_read(lstm *n) {
  const int64_t b = n->problem.width;
  for (int layer = 0; layer < LAYERS; layer++) {
    for (int gate = 0; gate < GATES; gate++) {
      row_read(&n->weight[layer][gate], n->theta + (8 * layer + gate) * b, b);
      row_read(&n->bias[layer][gate], n->theta + (8 * layer + 4 + gate) * b, b);
    }
    row_read(&n->kept[0][layer].hidden, n->problem.state + 2 * layer * b, b);
    row_read(&n->kept[0][layer].cell, n->problem.state + (2 * layer + 1) * b, b);
  }
  row_read(&n->w_in, n->theta + 8 * LAYERS * b, b);
  row_read(&n->w_out, n->theta + (8 * LAYERS + 1) * b, b);
  row_read(&n->b_out, n->theta + (8 * LAYERS + 2) * b, b);
  for (int64_t t = 0; t < n->problem.length; t++) row_read(&n->sequence[t], n->problem.sequence + t * b, b);
}

objective lstm_fast(const lstm_problem *problem, const double *theta) {
  const size_t length = (size_t)problem->length;
  if (problem->layers != LAYERS || problem->width > WIDTH) {
    fprintf(stderr, "lstm: written for %d layers of up to %d numbers\n", LAYERS, WIDTH);
    return (objective){0};
  }
  lstm *n = aligned_alloc(64, sizeof *n);
  if (!n) return (objective){0};
  memset(n, 0, sizeof *n);
  n->problem = *problem;
  n->theta = theta;
  n->gradient = malloc((size_t)lstm_size(problem) * sizeof(double));
  n->kept = aligned_alloc(64, length * sizeof *n->kept);
  n->sequence = aligned_alloc(64, 3 * length * sizeof *n->sequence);
  if (!n->gradient || !n->kept || !n->sequence) return lstm_end(n), (objective){0};
  memset(n->kept, 0, length * sizeof *n->kept);
  memset(n->sequence, 0, 3 * length * sizeof *n->sequence);
  n->y = n->sequence + length;
  n->input = n->y + length;
  parameters_read(n);
  return (objective){lstm_run, lstm_end, n, &n->value, n->gradient, NULL};
}
