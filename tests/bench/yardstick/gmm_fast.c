/* gmm_fast.c: the Gaussian mixture in 10 dimensions, 32 points at a time: what a block needs stays in the cache, every number
 * is a vector of points, and sums over points stay vectors until the end. */
#include "objectives.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { D = 10, BELOW = D * (D - 1) / 2, K_MOST = 32, LANES = 8, VECTORS = 4, POINTS = LANES * VECTORS };
enum { SUMS = 2 * D + BELOW + 1 }; /* of one component: by μ, Q's diagonal, l and α */
enum { BY_L = 2 * D, BY_ALPHA = BY_L + BELOW };

typedef double vector __attribute__((vector_size(LANES * sizeof(double))));
typedef vector vectors[VECTORS];

typedef struct gmm {
  gmm_problem problem;
  const double *theta;
  double constant, value, *gradient;
  double diagonal[K_MOST][D], sum_q[K_MOST];
  int64_t blocks;
  vectors *points; /* block by block, (D) */
  vectors rotated[K_MOST][D], term[K_MOST];
  vector sum[K_MOST][SUMS], value_sum;
} gmm;

/* The terms of all components for one block: α + Σ q − ½‖Q·(x − μ)‖². */
static void terms_find(gmm *g, vectors *x) {
  const int64_t K = g->problem.components;
  const double *alpha = g->theta, *mu = alpha + K, *triangles = mu + K * D;
  for (int64_t k = 0; k < K; k++) {
    const double *l = triangles + k * (D + BELOW) + D;
    for (int v = 0; v < VECTORS; v++) {
      vector centered[D], rotated[D], square = {0};
      for (int r = 0; r < D; r++) {
        centered[r] = x[r][v] - mu[k * D + r];
        rotated[r] = g->diagonal[k][r] * centered[r];
      }
      for (int c = 0, at = 0; c < D; c++)
        for (int r = c + 1; r < D; r++) rotated[r] += l[at++] * centered[c];
      for (int r = 0; r < D; r++) {
        g->rotated[k][r][v] = rotated[r];
        square += rotated[r] * rotated[r];
      }
      g->term[k][v] = alpha[k] + g->sum_q[k] - square / 2;
    }
  }
}

/* Terms become weights; returns the sum of ln Σ e^term. Points behind the last one have no weight. */
static void weights_find(gmm *g, int64_t count) {
  const int64_t K = g->problem.components;
  double largest[POINTS], sum[POINTS] = {0}, log_sum[POINTS], (*term)[POINTS] = (double(*)[POINTS])g->term;
  memcpy(largest, term[0], sizeof largest);
  for (int64_t k = 1; k < K; k++)
    for (int i = 0; i < POINTS; i++) largest[i] = term[k][i] > largest[i] ? term[k][i] : largest[i];
  for (int64_t k = 0; k < K; k++)
    for (int i = 0; i < POINTS; i++) {
      term[k][i] = exp(term[k][i] - largest[i]);
      sum[i] += term[k][i];
    }
  for (int i = 0; i < POINTS; i++) {
    log_sum[i] = largest[i] + log(sum[i]);
    sum[i] = 1 / sum[i];
  }
  for (int i = (int)count; i < POINTS; i++) log_sum[i] = sum[i] = 0;
  for (int64_t k = 0; k < K; k++)
    for (int i = 0; i < POINTS; i++) term[k][i] *= sum[i];
  for (int i = 0; i < POINTS; i++) g->value += log_sum[i];
}

/* What the block adds to the sums; those by μ without Qᵀ, which comes at the end. */
static void sums_add(gmm *g, vectors *x) {
  const int64_t K = g->problem.components;
  const double *mu = g->theta + K;
  for (int64_t k = 0; k < K; k++) {
    vector *sum = g->sum[k], centered[D][VECTORS];
    for (int c = 0; c < D; c++)
      for (int v = 0; v < VECTORS; v++) centered[c][v] = x[c][v] - mu[k * D + c];
    for (int v = 0; v < VECTORS; v++) sum[BY_ALPHA] += g->term[k][v];
    for (int r = 0; r < D; r++) {
      vector weighted[VECTORS], total = sum[r];
      for (int v = 0; v < VECTORS; v++) {
        weighted[v] = g->term[k][v] * g->rotated[k][r][v];
        total += weighted[v];
      }
      sum[r] = total;
      vector *by_l = sum + BY_L + r * (r - 1) / 2; /* row by row */
      for (int c = 0; c <= r; c++) {
        vector *to = c < r ? &by_l[c] : &sum[D + r];
        total = *to;
        for (int v = 0; v < VECTORS; v++) total += weighted[v] * centered[c][v];
        *to = total;
      }
    }
  }
}

static double total_of(const vector *v) {
  double sum = 0;
  for (int i = 0; i < LANES; i++) sum += (*v)[i];
  return sum;
}

static void component_end(gmm *g, int64_t k) {
  const int64_t K = g->problem.components;
  const double gamma = g->problem.gamma, m = (double)g->problem.m;
  const double *q = g->theta + K + K * D + k * (D + BELOW), *l = q + D;
  double *d_mu = g->gradient + K + k * D, *d_q = g->gradient + (q - g->theta), *d_l = d_q + D, by_rotated[D];
  const double weight = total_of(&g->sum[k][BY_ALPHA]);
  g->gradient[k] = weight;
  for (int r = 0; r < D; r++) {
    const double diagonal = g->diagonal[k][r], square = diagonal * diagonal;
    by_rotated[r] = total_of(&g->sum[k][r]);
    d_mu[r] = diagonal * by_rotated[r];
    d_q[r] = weight - diagonal * total_of(&g->sum[k][D + r]) + gamma * gamma * square - m;
    g->value += gamma * gamma / 2 * square - m * q[r];
  }
  for (int c = 0, at = 0; c < D; c++)
    for (int r = c + 1; r < D; r++, at++) {
      d_mu[c] += l[at] * by_rotated[r];
      d_l[at] = gamma * gamma * l[at] - total_of(&g->sum[k][BY_L + r * (r - 1) / 2 + c]);
      g->value += gamma * gamma / 2 * l[at] * l[at];
    }
}

static void gmm_run(void *context) {
  gmm *g = context;
  const int64_t K = g->problem.components;
  const double n = (double)g->problem.count;
  double largest = g->theta[0], sum = 0;
  memset(g->sum, 0, sizeof g->sum);
  g->value = g->constant;
  for (int64_t k = 0; k < K; k++) {
    const double *q = g->theta + K + K * D + k * (D + BELOW);
    g->sum_q[k] = 0;
    for (int r = 0; r < D; r++) {
      g->sum_q[k] += q[r];
      g->diagonal[k][r] = exp(q[r]);
    }
    if (g->theta[k] > largest) largest = g->theta[k];
  }
  for (int64_t block = 0; block < g->blocks; block++) {
    const int64_t left = g->problem.count - block * POINTS;
    terms_find(g, g->points + block * D);
    weights_find(g, left < POINTS ? left : POINTS);
    sums_add(g, g->points + block * D);
  }
  for (int64_t k = 0; k < K; k++) sum += exp(g->theta[k] - largest);
  g->value -= n * (largest + log(sum));
  for (int64_t k = 0; k < K; k++) {
    component_end(g, k);
    g->gradient[k] -= n * exp(g->theta[k] - largest) / sum;
  }
}

static void gmm_end(void *context) {
  gmm *g = context;
  free(g->points);
  free(g->gradient);
  free(g);
}

objective gmm_fast(const gmm_problem *problem, const double *theta) {
  if (problem->dimensions != D || problem->components > K_MOST) {
    fprintf(stderr, "gmm: written for %d dimensions and up to %d components\n", D, K_MOST);
    return (objective){0};
  }
  gmm *g = aligned_alloc(64, sizeof *g);
  if (!g) return (objective){0};
  memset(g, 0, sizeof *g);
  g->problem = *problem;
  g->theta = theta;
  g->constant = gmm_constant(problem);
  g->blocks = (problem->count - 1) / POINTS + 1;
  g->points = aligned_alloc(64, (size_t)g->blocks * D * sizeof *g->points);
  g->gradient = malloc((size_t)gmm_size(problem) * sizeof(double));
  if (!g->points || !g->gradient) return gmm_end(g), (objective){0};
  for (int64_t i = 0; i < g->blocks * POINTS; i++)
    for (int r = 0; r < D; r++)
      g->points[i / POINTS * D + r][i % POINTS / LANES][i % LANES] =
          i < problem->count ? problem->points[i * D + r] : 0;
  return (objective){gmm_run, gmm_end, g, &g->value, g->gradient, NULL};
}
