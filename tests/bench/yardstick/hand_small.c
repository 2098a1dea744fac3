#include "hand_small.h"
#include "product.h"
#include <math.h>

void hand_spiral_step(void *context) {
  hand_spiral *net = context;
  float loss = 0, dw1[2][4] = {{0}}, db1[4] = {0}, dw2[4][3] = {{0}}, db2[3] = {0};
  for (int i = 0; i < SMALL_SAMPLES; i++) {
    float x0 = net->x[0][i], x1 = net->x[1][i], a[4], z[3], dz[3];
    for (int j = 0; j < 4; j++) {
      float v = x0 * net->w1[0][j] + x1 * net->w1[1][j] + net->b1[j];
      a[j] = v > 0 ? v : 0;
    }
    for (int k = 0; k < 3; k++)
      z[k] = a[0] * net->w2[0][k] + a[1] * net->w2[1][k] + a[2] * net->w2[2][k] + a[3] * net->w2[3][k] + net->b2[k];
    float largest = fmaxf(z[0], fmaxf(z[1], z[2]));
    float e0 = expf(z[0] - largest), e1 = expf(z[1] - largest), e2 = expf(z[2] - largest), sum = e0 + e1 + e2;
    float y0 = net->y[0][i], y1 = net->y[1][i], y2 = net->y[2][i];
    loss += logf(sum) + largest - (y0 * z[0] + y1 * z[1] + y2 * z[2]);
    float share = 1 / sum;
    dz[0] = e0 * share - y0;
    dz[1] = e1 * share - y1;
    dz[2] = e2 * share - y2;
    for (int k = 0; k < 3; k++) db2[k] += dz[k];
    for (int j = 0; j < 4; j++) {
      float da = dz[0] * net->w2[j][0] + dz[1] * net->w2[j][1] + dz[2] * net->w2[j][2];
      float dv = a[j] > 0 ? da : 0;
      for (int k = 0; k < 3; k++) dw2[j][k] += a[j] * dz[k];
      dw1[0][j] += x0 * dv;
      dw1[1][j] += x1 * dv;
      db1[j] += dv;
    }
  }
  float step = net->rate / SMALL_SAMPLES;
  for (int j = 0; j < 4; j++) {
    for (int k = 0; k < 3; k++) net->w2[j][k] -= step * dw2[j][k];
    net->w1[0][j] -= step * dw1[0][j];
    net->w1[1][j] -= step * dw1[1][j];
    net->b1[j] -= step * db1[j];
  }
  for (int k = 0; k < 3; k++) net->b2[k] -= step * db2[k];
  net->loss = loss / SMALL_SAMPLES;
}

void hand_neuron_step(void *context) {
  hand_neuron *net = context;
  float loss = 0, dw0 = 0, dw1 = 0, dw2 = 0, db = 0;
  for (int i = 0; i < SMALL_SAMPLES; i++) {
    float z = net->w[0] * net->x[0][i] + net->w[1] * net->x[1][i] + net->w[2] * net->x[2][i] + net->b;
    float e = expf(-fabsf(z)), y = net->y[i];
    loss += fmaxf(z, 0) - z * y + logf(1 + e);
    float dz = (z >= 0 ? 1 : e) / (1 + e) - y;
    dw0 += dz * net->x[0][i];
    dw1 += dz * net->x[1][i];
    dw2 += dz * net->x[2][i];
    db += dz;
  }
  float step = net->rate / SMALL_SAMPLES;
  net->w[0] -= step * dw0;
  net->w[1] -= step * dw1;
  net->w[2] -= step * dw2;
  net->b -= step * db;
  net->loss = loss / SMALL_SAMPLES;
}

void hand_neuron_blas_step(void *context) {
  hand_neuron *net = context;
  float z[SMALL_SAMPLES], loss = 0, db = 0;
  product_vector(true, 3, SMALL_SAMPLES, 1, net->x[0], net->w, 0, z);
  for (int i = 0; i < SMALL_SAMPLES; i++) {
    float v = z[i] + net->b, e = expf(-fabsf(v)), y = net->y[i];
    loss += fmaxf(v, 0) - v * y + logf(1 + e);
    z[i] = (v >= 0 ? 1 : e) / (1 + e) - y; /* ∂z·m */
    db += z[i];
  }
  float step = net->rate / SMALL_SAMPLES;
  product_vector(false, 3, SMALL_SAMPLES, -step, net->x[0], z, 1, net->w); /* w ← w − α·x·∂z */
  net->b -= step * db;
  net->loss = loss / SMALL_SAMPLES;
}
