#include "hand_layers.h"
#include "product.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MAX = 4096 };

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
  return complete && net->da && widest <= WIDTH_MAX;
}

void hand_layers_end(hand_layers *net) {
  for (int l = 0; l < net->layers; l++) free(net->a[l]);
  free(net->da);
}

/* Loops over short rows are fast once the compiler knows how long the rows are: those of the workloads. */
#define INLINE static inline __attribute__((always_inline))
#define WITH_WIDTH(n, call)                                                                                            \
  switch (n) {                                                                                                         \
  case 3: {                                                                                                            \
    enum { N = 3 };                                                                                                    \
    call;                                                                                                              \
    break;                                                                                                             \
  }                                                                                                                    \
  case 4: {                                                                                                            \
    enum { N = 4 };                                                                                                    \
    call;                                                                                                              \
    break;                                                                                                             \
  }                                                                                                                    \
  case 10: {                                                                                                           \
    enum { N = 10 };                                                                                                   \
    call;                                                                                                              \
    break;                                                                                                             \
  }                                                                                                                    \
  case 32: {                                                                                                           \
    enum { N = 32 };                                                                                                   \
    call;                                                                                                              \
    break;                                                                                                             \
  }                                                                                                                    \
  default: {                                                                                                           \
    const int N = n;                                                                                                   \
    call;                                                                                                              \
  }                                                                                                                    \
  }

/* ---- Forward ---- */

INLINE void relu_bias(int m, int n, float *restrict z, const float *restrict b) {
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float v = z[(long)i * n + j] + b[j];
      z[(long)i * n + j] = v > 0 ? v : 0;
    }
}

INLINE void sigmoid_bias(int m, int n, float *restrict z, const float *restrict b) {
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) z[(long)i * n + j] = 1 / (1 + expf(-(z[(long)i * n + j] + b[j])));
}

/* ---- The loss: logits become ∂Z = (softmax − Y)/m, whose column sums are the gradient of the bias. Returns Σ J. ---- */

/* Few classes: samples side by side in the lanes of vectors. */
enum { BLOCK = 64, NARROW = 16 };

INLINE float loss_block(int rows, int n, int m, float *restrict z, const float *restrict b, const int64_t *labels,
                        float *restrict db) {
  float t[NARROW][BLOCK], largest[BLOCK], sum[BLOCK], loss = 0;
  for (int i = 0; i < rows; i++) largest[i] = -INFINITY, sum[i] = 0;
  for (int j = 0; j < n; j++)
    for (int i = 0; i < rows; i++) {
      t[j][i] = z[i * n + j] + b[j];
      largest[i] = t[j][i] > largest[i] ? t[j][i] : largest[i];
    }
  for (int i = 0; i < rows; i++) loss += largest[i] - t[labels[i]][i];
  for (int j = 0; j < n; j++)
    for (int i = 0; i < rows; i++) {
      t[j][i] = expf(t[j][i] - largest[i]);
      sum[i] += t[j][i];
    }
  for (int i = 0; i < rows; i++) {
    loss += logf(sum[i]);
    sum[i] = 1 / (sum[i] * (float)m);
  }
  for (int j = 0; j < n; j++) {
    float total = 0;
    for (int i = 0; i < rows; i++) {
      float v = t[j][i] * sum[i] - (labels[i] == j ? 1 / (float)m : 0);
      z[i * n + j] = v;
      total += v;
    }
    db[j] += total;
  }
  return loss;
}

INLINE double loss_narrow(int m, int n, float *restrict z, const float *restrict b, const int64_t *labels,
                          float *restrict db) {
  double loss = 0;
  int i = 0;
  for (; i + BLOCK <= m; i += BLOCK) loss += loss_block(BLOCK, n, m, z + (long)i * n, b, labels + i, db);
  if (i < m) loss += loss_block(m - i, n, m, z + (long)i * n, b, labels + i, db);
  return loss;
}

INLINE double loss_wide(int m, int n, float *restrict z, const float *restrict b, const int64_t *labels,
                        float *restrict db) {
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
    for (int j = 0; j < n; j++) {
      row[j] *= scale;
      db[j] += row[j];
    }
    row[labels[i]] -= 1 / (float)m;
    db[labels[i]] -= 1 / (float)m;
  }
  return loss;
}

/* ---- Backward: A becomes ∂Z, given ∂A, and its columns are summed ---- */

INLINE void relu_back(int m, int n, float *restrict a, const float *restrict da, float *restrict db) {
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float v = a[(long)i * n + j] > 0 ? da[(long)i * n + j] : 0;
      a[(long)i * n + j] = v;
      db[j] += v;
    }
}

INLINE void sigmoid_back(int m, int n, float *restrict a, const float *restrict da, float *restrict db) {
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float y = a[(long)i * n + j], v = da[(long)i * n + j] * y * (1 - y);
      a[(long)i * n + j] = v;
      db[j] += v;
    }
}

/* ---- A step ---- */

static void forward(hand_layers *net, float *db) {
  int m = net->samples, last = net->layers - 1;
  for (int l = 0; l <= last; l++) {
    const float *in = l ? net->a[l - 1] : net->x, *b = net->b[l];
    float *a = net->a[l];
    int n = net->width[l + 1];
    product(false, false, m, n, net->width[l], 1, in, net->w[l], 0, a);
    if (l < last && net->sigmoid) {
      WITH_WIDTH(n, sigmoid_bias(m, N, a, b))
    } else if (l < last) {
      WITH_WIDTH(n, relu_bias(m, N, a, b))
    } else {
      double loss = 0;
      memset(db, 0, (size_t)n * sizeof *db);
      if (n <= NARROW)
        WITH_WIDTH(n, loss = loss_narrow(m, N, a, b, net->labels, db))
      else
        WITH_WIDTH(n, loss = loss_wide(m, N, a, b, net->labels, db))
      net->loss = (float)(loss / m);
    }
  }
}

void hand_layers_step(void *context) {
  hand_layers *net = context;
  float db[WIDTH_MAX];
  int m = net->samples;
  forward(net, db);
  for (int l = net->layers - 1; l >= 0; l--) {
    float *dz = net->a[l];
    int rows = net->width[l], columns = net->width[l + 1];
    if (l || net->dx) product(false, true, m, rows, columns, 1, dz, net->w[l], 0, l ? net->da : net->dx);
    product(true, false, rows, columns, m, -net->rate, l ? net->a[l - 1] : net->x, dz, 1,
            net->w[l]); /* W ← W − α·Aᵀ·∂Z */
    for (int j = 0; j < columns; j++) net->b[l][j] -= net->rate * db[j];
    if (!l) break;
    float *a = net->a[l - 1];
    memset(db, 0, (size_t)rows * sizeof *db);
    if (net->sigmoid)
      WITH_WIDTH(rows, sigmoid_back(m, N, a, net->da, db))
    else
      WITH_WIDTH(rows, relu_back(m, N, a, net->da, db))
  }
}
