/* adbench_gmm.c: the log posterior of a Gaussian mixture, with a Wishart prior.
 *
 * Q_k is lower triangular, with the diagonal exp q_k and the entries l_k below it, column by column; then
 *
 *     f = −nD/2·ln 2π + Σ_i logsumexp_k(α_k + Σ q_k − ½‖Q_k·(x_i − μ_k)‖²) − n·logsumexp_k(α_k)
 *         + Σ_k (½γ²(‖exp q_k‖² + ‖l_k‖²) − m·Σ q_k) − K·C
 *     C = p·D·(ln γ − ½ ln 2) − logΓ_D(p/2),  p = D + m + 1
 */
#include "adbench.h"

#include <math.h>
#include <stdlib.h>

#define LN_PI 1.1447298858494001741

static int64_t below_diagonal(int64_t dimensions) { return dimensions * (dimensions - 1) / 2; }

int64_t adbench_gmm_size(const adbench_gmm *problem) {
  int64_t D = problem->dimensions;
  return problem->components * (1 + D + D + below_diagonal(D));
}

static wg_node *part(wg_node *theta, int64_t start, wg_shape shape) {
  int64_t size = 1;
  for (int axis = 0; axis < shape.rank; axis++) size *= shape.size[axis];
  return wg_reshape(wg_narrow(theta, 0, start, size), shape);
}

static wg_node *sum_over(wg_node *x, int64_t axis, bool keep) { return wg_sum(x, 1, &axis, keep); }
static wg_node *logsumexp_over(wg_node *x, int64_t axis) { return wg_logsumexp(x, 1, &axis, false); }

/* The transposes of the strictly lower parts of the Q_k, (K,D,D), from their entries l (K, D(D−1)/2): an entry of row r
 * and column c goes to [c,r]. */
static wg_node *lower_transposed(wg_node *l, int64_t K, int64_t D) {
  wg_tape *tape = wg_node_tape(l);
  int64_t count = below_diagonal(D), *place = malloc((size_t)(count ? count : 1) * sizeof *place), k = 0;
  if (!place) return NULL;
  for (int64_t column = 0; column < D; column++)
    for (int64_t row = column + 1; row < D; row++) place[k++] = column * D + row;
  wg_node *places = wg_constant(tape, WG_I64, WG_SHAPE(count), place);
  free(place);
  wg_node *zeros = wg_fill(tape, WG_F64, WG_SHAPE(K, D * D), 0);
  return wg_reshape(wg_index_add(zeros, 1, places, l), WG_SHAPE(K, D, D));
}

/* Σ_i logsumexp_k(α_k + Σ q_k − ½‖Q_k·(x_i − μ_k)‖²) − n·logsumexp_k(α_k) */
static wg_node *log_likelihood(const adbench_gmm *problem, wg_node *alpha, wg_node *mu, wg_node *q, wg_node *l) {
  int64_t D = problem->dimensions, K = problem->components, n = problem->count;
  wg_node *x = wg_constant(wg_node_tape(mu), WG_F64, WG_SHAPE(1, n, D), problem->points);
  wg_node *centered = wg_sub(x, wg_reshape(mu, WG_SHAPE(K, 1, D))); /* (K,n,D) */
  wg_node *scaled = wg_mul(centered, wg_reshape(wg_exp(q), WG_SHAPE(K, 1, D)));
  wg_node *rotated = wg_add(scaled, wg_matmul(centered, lower_transposed(l, K, D))); /* rows (Q_k·(x_i − μ_k))ᵀ */
  wg_node *distance = sum_over(wg_square(rotated), 2, false);                        /* (K,n) */
  wg_node *offset = wg_reshape(wg_add(alpha, sum_over(q, 1, false)), WG_SHAPE(K, 1));
  wg_node *terms = wg_sub(offset, wg_scale(distance, 0.5));
  return wg_sub(wg_sum_all(logsumexp_over(terms, 0)), wg_scale(logsumexp_over(alpha, 0), (double)n));
}

/* Σ_k (½γ²(‖exp q_k‖² + ‖l_k‖²) − m·Σ q_k) */
static wg_node *log_prior(const adbench_gmm *problem, wg_node *q, wg_node *l) {
  double gamma = problem->gamma;
  wg_node *squares = wg_add(wg_sum_all(wg_square(wg_exp(q))), wg_sum_all(wg_square(l)));
  return wg_sub(wg_scale(squares, gamma * gamma / 2), wg_scale(wg_sum_all(q), (double)problem->m));
}

/* logΓ_D(a) = D(D−1)/4·ln π + Σ_{j<D} ln Γ(a − j/2), the multivariate gamma function. */
static double log_gamma_multivariate(double a, int64_t D) {
  double sum = (double)(D * (D - 1)) / 4 * LN_PI;
  for (int64_t j = 0; j < D; j++) sum += lgamma(a - (double)j / 2);
  return sum;
}

/* −nD/2·ln 2π − K·C: what does not depend on θ. */
static double constant_part(const adbench_gmm *problem) {
  double D = (double)problem->dimensions, p = D + (double)problem->m + 1;
  double C = p * D * (log(problem->gamma) - log(2) / 2) - log_gamma_multivariate(p / 2, problem->dimensions);
  return -(double)problem->count * D / 2 * (log(2) + LN_PI) - (double)problem->components * C;
}

adbench_objective adbench_gmm_record(wg_tape *tape, const adbench_gmm *problem) {
  int64_t D = problem->dimensions, K = problem->components, width = D + below_diagonal(D);
  wg_node *theta = wg_param(tape, "θ", WG_F64, WG_SHAPE(adbench_gmm_size(problem)));
  wg_node *alpha = wg_name(part(theta, 0, WG_SHAPE(K)), "α");
  wg_node *mu = wg_name(part(theta, K, WG_SHAPE(K, D)), "μ");
  wg_node *triangles = part(theta, K + K * D, WG_SHAPE(K, width));
  wg_node *q = wg_name(wg_narrow(triangles, 1, 0, D), "q");
  wg_node *l = wg_name(wg_narrow(triangles, 1, D, width - D), "l");
  wg_node *variable = wg_add(log_likelihood(problem, alpha, mu, q, l), log_prior(problem, q, l));
  return (adbench_objective){theta, wg_add(variable, wg_scalar_like(theta, constant_part(problem)))};
}
