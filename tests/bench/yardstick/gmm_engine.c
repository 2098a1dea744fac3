/* gmm_engine.c: the Gaussian mixture as graph code.
 *
 * With X̃ the points as columns above a row of ones, (D+1,n), and Q̃_k the matrix Q_k beside the column −Q_k·μ_k, one product
 * of all Q̃ (K·D, D+1) and X̃ has all Q_k·(x_i − μ_k); its transpose in the gradient is one as well. */
#include "objectives.h"

#include "../../../engine/derivative.h"
#include "../../../engine/plan.h"
#include "../../../ops/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALPHA, MU, TRIANGLES, LEAVES };

typedef struct gmm {
  wg_tape *tape;
  wg_plan *plan;
  double *points; /* X̃ */
  wg_node *leaf[LEAVES], *gradient[LEAVES], *value;
  double result, *whole_gradient;
} gmm;

/* The lower triangular matrices Q_k with diagonal e^q and the entries l below it, column by column. */
static wg_node *lower(wg_node *q, wg_node *l, int64_t K, int64_t D) {
  wg_tape *tape = wg_node_tape(q);
  int64_t place[1024], count = 0;
  for (int64_t c = 0; c < D; c++) place[count++] = c * D + c;
  for (int64_t c = 0; c < D; c++)
    for (int64_t r = c + 1; r < D; r++) place[count++] = r * D + c;
  wg_node *places = wg_constant(tape, WG_I64, WG_SHAPE(count), place);
  wg_node *zeros = wg_fill(tape, WG_F64, WG_SHAPE(K, D * D), 0);
  wg_node *entries = wg_concat(2, (wg_node *[]){wg_exp(q), l}, 1);
  return wg_reshape(wg_index_add(zeros, 1, places, entries), WG_SHAPE(K, D, D));
}

static wg_node *record(gmm *g, const gmm_problem *problem) {
  const int64_t D = problem->dimensions, K = problem->components, n = problem->count, below = gmm_below(problem);
  wg_node *alpha = g->leaf[ALPHA] = wg_param(g->tape, "α", WG_F64, WG_SHAPE(K));
  wg_node *mu = g->leaf[MU] = wg_param(g->tape, "μ", WG_F64, WG_SHAPE(K, D));
  wg_node *triangles = g->leaf[TRIANGLES] = wg_param(g->tape, "Q", WG_F64, WG_SHAPE(K, D + below));
  wg_node *q = wg_narrow(triangles, 1, 0, D), *l = wg_narrow(triangles, 1, D, below);
  wg_node *x = wg_constant(g->tape, WG_F64, WG_SHAPE(D + 1, n), g->points);

  /* Σ_i logsumexp_k(α_k + Σ q_k − ½‖Q_k·(x_i − μ_k)‖²) */
  wg_node *Q = lower(q, l, K, D);
  wg_node *shift = wg_neg(wg_matmul(Q, wg_reshape(mu, WG_SHAPE(K, D, 1))));
  wg_node *beside = wg_reshape(wg_concat(2, (wg_node *[]){Q, shift}, 2), WG_SHAPE(K * D, D + 1));
  wg_node *rotated = wg_reshape(wg_matmul(beside, x), WG_SHAPE(K, D, n));
  wg_node *distance = wg_sum(wg_square(rotated), 1, (int64_t[]){1}, false);
  wg_node *sum_q = wg_sum(q, 1, (int64_t[]){1}, false);
  wg_node *terms = wg_sub(wg_reshape(wg_add(alpha, sum_q), WG_SHAPE(K, 1)), wg_scale(distance, 0.5));
  wg_node *likelihood = wg_sum_all(wg_logsumexp(terms, 1, (int64_t[]){0}, false));

  /* n·logsumexp_k(α_k), and the prior Σ_k (½γ²(‖e^q_k‖² + ‖l_k‖²) − m·Σ q_k) */
  wg_node *weights = wg_scale(wg_logsumexp(alpha, 0, NULL, false), (double)n);
  wg_node *squares = wg_scale(wg_sum_all(wg_square(Q)), problem->gamma * problem->gamma / 2);
  wg_node *prior = wg_sub(squares, wg_scale(wg_sum_all(sum_q), (double)problem->m));
  return wg_add(wg_sub(likelihood, weights), wg_add(prior, wg_scalar_like(prior, gmm_constant(problem))));
}

static void gmm_run(void *context) {
  gmm *g = context;
  if (wg_run(g->plan) != WG_OK) return;
  g->result = *(const double *)wg_data(g->plan, g->value);
  double *to = g->whole_gradient;
  for (int k = 0; k < LEAVES; k++) {
    const size_t size = (size_t)wg_node_size(g->leaf[k]);
    memcpy(to, wg_data(g->plan, g->gradient[k]), size * sizeof *to);
    to += size;
  }
}

static void gmm_use(void *context, wg_threads *threads) {
  gmm *g = context;
  wg_plan_use_threads(g->plan, threads);
}

static void gmm_end(void *context) {
  gmm *g = context;
  wg_plan_free(g->plan);
  wg_tape_free(g->tape);
  free(g->points);
  free(g->whole_gradient);
  free(g);
}

objective gmm_engine(const gmm_problem *problem, const double *theta) {
  const int64_t D = problem->dimensions, K = problem->components, n = problem->count;
  gmm *g = calloc(1, sizeof *g);
  if (!g) return (objective){0};
  g->tape = wg_tape_new();
  g->points = malloc((size_t)((D + 1) * n) * sizeof(double));
  g->whole_gradient = malloc((size_t)gmm_size(problem) * sizeof(double));
  if (!g->points || !g->whole_gradient) return gmm_end(g), (objective){0};
  for (int64_t i = 0; i < n; i++) {
    for (int64_t r = 0; r < D; r++) g->points[r * n + i] = problem->points[i * D + r];
    g->points[D * n + i] = 1;
  }

  g->value = record(g, problem);
  wg_grad(g->value, LEAVES, g->leaf, g->gradient);
  wg_node *outputs[] = {g->value, g->gradient[ALPHA], g->gradient[MU], g->gradient[TRIANGLES]};
  g->plan = wg_plan_new(1 + LEAVES, outputs);
  wg_bind(g->plan, g->leaf[ALPHA], theta);
  wg_bind(g->plan, g->leaf[MU], theta + K);
  wg_bind(g->plan, g->leaf[TRIANGLES], theta + K + K * D);
  if (wg_run(g->plan) != WG_OK) {
    fprintf(stderr, "gmm: %s\n", wg_plan_error(g->plan));
    return gmm_end(g), (objective){0};
  }
  return (objective){gmm_run, gmm_end, g, &g->result, g->whole_gradient, gmm_use};
}
