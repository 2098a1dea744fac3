/* adbench.h: two problems of the ADBench suite as graph code: a Gaussian mixture, and a recurrent net.
 *
 * Source: F. Šrajer, Z. Kukelova, A. Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some
 * problems in computer vision and machine learning, Optimization Methods and Software 33, 2018. */
#ifndef WG_TEST_ADBENCH_H
#define WG_TEST_ADBENCH_H

#include "../../ops/ops.h"

/* A recorded objective: the scalar `value` as a function of all parameters, one leaf of rank 1. */
typedef struct adbench_objective {
  wg_node *theta, *value;
} adbench_objective;

/* The log posterior of n points in D dimensions under a mixture of K Gaussians with a Wishart prior. θ is, one after the
 * other, α (K), μ (K,D) and, for each k, the D numbers q and D(D−1)/2 numbers l of its triangular matrix. */
typedef struct adbench_gmm {
  int64_t dimensions, components, count;
  const double *points; /* (n,D) */
  double gamma;         /* of the prior, and */
  int64_t m;
} adbench_gmm;

int64_t adbench_gmm_size(const adbench_gmm *problem); /* of θ */
adbench_objective adbench_gmm_record(wg_tape *tape, const adbench_gmm *problem);

/* The loss of predicting the next of `length` characters of b numbers, with `layers` cells whose weights are diagonal.
 * θ is, one after the other, for each layer a row of the weights and a row of the biases of the forget, in, out and
 * change gates (4b each), then the input weights, the output weights and the output bias (b each). */
typedef struct adbench_lstm {
  int64_t layers, length, width;
  const double *state;    /* (2·layers,b): hidden and cell state of each layer */
  const double *sequence; /* (length,b) */
} adbench_lstm;

int64_t adbench_lstm_size(const adbench_lstm *problem);
adbench_objective adbench_lstm_record(wg_tape *tape, const adbench_lstm *problem);

#endif
