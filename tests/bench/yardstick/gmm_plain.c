/* gmm_plain.c: the Gaussian mixture as the suite's programs have it: point by point, component by component. */
#include "objectives.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct gmm {
  gmm_problem problem;
  const double *theta;
  double constant, value;
  double *diagonal, *sum_q;   /* e^q (K,D), Σ q (K) */
  double *centered, *rotated; /* x − μ and Q·(x − μ) of one point (K,D) */
  double *term;               /* (K) */
  double *gradient;
} gmm;

/* ln Σ e^x; x becomes e^x / Σ e^x. */
static double logsumexp(int64_t n, double *x) {
  double largest = x[0], sum = 0;
  for (int64_t k = 1; k < n; k++) largest = fmax(largest, x[k]);
  for (int64_t k = 0; k < n; k++) sum += x[k] = exp(x[k] - largest);
  for (int64_t k = 0; k < n; k++) x[k] /= sum;
  return largest + log(sum);
}

static void rotate(int64_t D, const double *diagonal, const double *l, const double *x, double *y) {
  for (int64_t r = 0; r < D; r++) y[r] = diagonal[r] * x[r];
  for (int64_t c = 0; c < D; c++)
    for (int64_t r = c + 1; r < D; r++) y[r] += *l++ * x[c];
}

/* What component k, of weight w for this point, adds to the gradient. */
static void component_adds(gmm *g, int64_t k, double w) {
  const int64_t D = g->problem.dimensions, K = g->problem.components, below = gmm_below(&g->problem);
  const double *centered = g->centered + k * D, *rotated = g->rotated + k * D, *diagonal = g->diagonal + k * D;
  const double *l = g->theta + K + K * D + k * (D + below) + D;
  double *d_mu = g->gradient + K + k * D, *d_q = g->gradient + K + K * D + k * (D + below), *d_l = d_q + D;
  g->gradient[k] += w;
  for (int64_t r = 0; r < D; r++) {
    d_mu[r] += w * diagonal[r] * rotated[r];
    d_q[r] += w * (1 - rotated[r] * diagonal[r] * centered[r]);
  }
  for (int64_t c = 0; c < D; c++)
    for (int64_t r = c + 1; r < D; r++) {
      d_mu[c] += w * *l++ * rotated[r];
      *d_l++ -= w * rotated[r] * centered[c];
    }
}

static void point_adds(gmm *g, const double *x) {
  const int64_t D = g->problem.dimensions, K = g->problem.components, below = gmm_below(&g->problem);
  const double *alpha = g->theta, *mu = alpha + K, *triangles = mu + K * D;
  for (int64_t k = 0; k < K; k++) {
    double *centered = g->centered + k * D, *rotated = g->rotated + k * D, square = 0;
    for (int64_t r = 0; r < D; r++) centered[r] = x[r] - mu[k * D + r];
    rotate(D, g->diagonal + k * D, triangles + k * (D + below) + D, centered, rotated);
    for (int64_t r = 0; r < D; r++) square += rotated[r] * rotated[r];
    g->term[k] = alpha[k] + g->sum_q[k] - square / 2;
  }
  g->value += logsumexp(K, g->term);
  for (int64_t k = 0; k < K; k++) component_adds(g, k, g->term[k]);
}

static void prior_adds(gmm *g, int64_t k) {
  const int64_t D = g->problem.dimensions, K = g->problem.components, below = gmm_below(&g->problem);
  const double gamma = g->problem.gamma, m = (double)g->problem.m;
  const double *q = g->theta + K + K * D + k * (D + below), *l = q + D;
  double *d_q = g->gradient + (q - g->theta), *d_l = d_q + D;
  for (int64_t r = 0; r < D; r++) {
    const double square = g->diagonal[k * D + r] * g->diagonal[k * D + r];
    g->value += gamma * gamma / 2 * square - m * q[r];
    d_q[r] += gamma * gamma * square - m;
  }
  for (int64_t i = 0; i < below; i++) {
    g->value += gamma * gamma / 2 * l[i] * l[i];
    d_l[i] += gamma * gamma * l[i];
  }
}

static void gmm_run(void *context) {
  gmm *g = context;
  const int64_t D = g->problem.dimensions, K = g->problem.components, below = gmm_below(&g->problem);
  const double n = (double)g->problem.count;
  memset(g->gradient, 0, (size_t)gmm_size(&g->problem) * sizeof *g->gradient);
  g->value = g->constant;
  for (int64_t k = 0; k < K; k++) {
    const double *q = g->theta + K + K * D + k * (D + below);
    g->sum_q[k] = 0;
    for (int64_t r = 0; r < D; r++) {
      g->sum_q[k] += q[r];
      g->diagonal[k * D + r] = exp(q[r]);
    }
  }
  for (int64_t i = 0; i < g->problem.count; i++) point_adds(g, g->problem.points + i * D);
  memcpy(g->term, g->theta, (size_t)K * sizeof *g->term);
  g->value -= n * logsumexp(K, g->term);
  for (int64_t k = 0; k < K; k++) {
    g->gradient[k] -= n * g->term[k];
    prior_adds(g, k);
  }
}

static void gmm_end(void *context) {
  gmm *g = context;
  free(g->diagonal);
  free(g->gradient);
  free(g);
}

objective gmm_plain(const gmm_problem *problem, const double *theta) {
  const size_t KD = (size_t)(problem->components * problem->dimensions), K = (size_t)problem->components;
  gmm *g = malloc(sizeof *g);
  if (!g) return (objective){0};
  *g = (gmm){.problem = *problem, .theta = theta, .constant = gmm_constant(problem)};
  g->diagonal = malloc((3 * KD + 2 * K) * sizeof(double));
  g->gradient = malloc((size_t)gmm_size(problem) * sizeof(double));
  if (!g->diagonal || !g->gradient) return gmm_end(g), (objective){0};
  g->centered = g->diagonal + KD;
  g->rotated = g->centered + KD;
  g->sum_q = g->rotated + KD;
  g->term = g->sum_q + K;
  return (objective){gmm_run, gmm_end, g, &g->value, g->gradient, NULL};
}
