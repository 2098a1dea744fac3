#include "hand_layers.h"
#include "product.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool hand_layers_start(hand_layers *net) {
  size_t widest = 0, m = (size_t)net->samples;
  bool complete = true;
  for (int l = 0; l < net->layers; l++) {
    size_t width = (size_t)net->width[l + 1];
    if (width > widest) widest = width;
    net->a[l] = aligned_alloc(64, (m * width * sizeof(float) + 63) / 64 * 64);
    complete = complete && net->a[l];
  }
  net->da = aligned_alloc(64, (m * widest * sizeof(float) + 63) / 64 * 64);
  return complete && net->da;
}

void hand_layers_end(hand_layers *net) {
  for (int l = 0; l < net->layers; l++) free(net->a[l]);
  free(net->da);
}

/* ---- Forward ---- */

static void relu_bias(int m, int n, float *restrict z, const float *restrict b) {
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float v = z[(long)i * n + j] + b[j];
      z[(long)i * n + j] = v > 0 ? v : 0;
    }
}

static void sigmoid_bias(int m, int n, float *restrict z, const float *restrict b) {
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) z[(long)i * n + j] = 1 / (1 + expf(-(z[(long)i * n + j] + b[j])));
}

/* Logits become ∂Z = (softmax − Y)/m in one pass over each row; returns J. */
static float loss_bias(int m, int n, float *restrict z, const float *restrict b, const int64_t *labels) {
  double loss = 0;
  for (int i = 0; i < m; i++) {
    float *row = z + (long)i * n, largest = -INFINITY, sum = 0;
    for (int j = 0; j < n; j++) {
      row[j] += b[j];
      largest = row[j] > largest ? row[j] : largest;
    }
    float chosen = row[labels[i]];
    for (int j = 0; j < n; j++) {
      row[j] = expf(row[j] - largest);
      sum += row[j];
    }
    loss += logf(sum) + largest - chosen;
    float scale = 1 / (sum * (float)m);
    for (int j = 0; j < n; j++) row[j] *= scale;
    row[labels[i]] -= 1 / (float)m;
  }
  return (float)(loss / m);
}

/* ---- Backward ---- */

static void bias_step(int m, int n, const float *restrict dz, float *restrict b, float rate) {
  float sum[4096];
  memset(sum, 0, (size_t)n * sizeof *sum);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) sum[j] += dz[(long)i * n + j];
  for (int j = 0; j < n; j++) b[j] -= rate * sum[j];
}

/* ∂A becomes ∂Z, and takes the place of A. */
static void activation_back(long count, bool sigmoid, float *restrict a, const float *restrict da) {
  if (sigmoid)
    for (long i = 0; i < count; i++) a[i] = da[i] * a[i] * (1 - a[i]);
  else
    for (long i = 0; i < count; i++) a[i] = a[i] > 0 ? da[i] : 0;
}

void hand_layers_step(void *context) {
  hand_layers *net = context;
  int m = net->samples, last = net->layers - 1;
  for (int l = 0; l <= last; l++) {
    const float *in = l ? net->a[l - 1] : net->x;
    int rows = net->width[l], columns = net->width[l + 1];
    product(false, false, m, columns, rows, 1, in, net->w[l], 0, net->a[l]);
    if (l == last)
      net->loss = loss_bias(m, columns, net->a[l], net->b[l], net->labels);
    else if (net->sigmoid)
      sigmoid_bias(m, columns, net->a[l], net->b[l]);
    else
      relu_bias(m, columns, net->a[l], net->b[l]);
  }
  for (int l = last; l >= 0; l--) {
    const float *in = l ? net->a[l - 1] : net->x;
    int rows = net->width[l], columns = net->width[l + 1];
    if (l) product(false, true, m, rows, columns, 1, net->a[l], net->w[l], 0, net->da);
    product(true, false, rows, columns, m, -net->rate, in, net->a[l], 1, net->w[l]); /* W ← W − α·Aᵀ·∂Z */
    bias_step(m, columns, net->a[l], net->b[l], net->rate);
    if (l) activation_back((long)m * rows, net->sigmoid, net->a[l - 1], net->da);
  }
}
