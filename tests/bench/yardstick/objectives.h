/* objectives.h: two problems of the ADBench suite, an objective and its gradient: by hand, and by wengert.
 *
 *   g  the log posterior of a Gaussian mixture, 1000 points in 10 dimensions, 25 components
 *   h  the loss of a recurrent net with diagonal weights, two layers of 14, 1024 steps
 *
 * Source: F. Šrajer, Z. Kukelova, A. Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some
 * problems in computer vision and machine learning, Optimization Methods and Software 33, 2018. */
#ifndef OBJECTIVES_H
#define OBJECTIVES_H

#include "../../../engine/threads.h"
#include "measure.h"
#include <stdbool.h>
#include <stdint.h>

/* θ is, one after the other, α (K), μ (K,D) and, for each k, the D numbers q and the D(D−1)/2 numbers l of its lower
 * triangular matrix Q, which has the diagonal e^q and the entries l below it, column by column:
 *
 *     f = −nD/2·ln 2π + Σ_i logsumexp_k(α_k + Σ q_k − ½‖Q_k·(x_i − μ_k)‖²) − n·logsumexp_k(α_k)
 *         + Σ_k (½γ²(‖e^q_k‖² + ‖l_k‖²) − m·Σ q_k) − K·C */
typedef struct gmm_problem {
  int64_t dimensions, components, count, m;
  double gamma;
  const double *points; /* (n,D) */
} gmm_problem;

double gmm_constant(const gmm_problem *problem); /* −nD/2·ln 2π − K·C */
static inline int64_t gmm_below(const gmm_problem *problem) {
  return problem->dimensions * (problem->dimensions - 1) / 2;
}
static inline int64_t gmm_size(const gmm_problem *problem) {
  return problem->components * (1 + 2 * problem->dimensions + gmm_below(problem));
}

/* θ is, one after the other, for each layer a row of the weights and a row of the biases of the forget, in, out and change
 * gates (4b each), then the input weights, the output weights and the output bias (b each). For each t, from x = s_t⊙w_in,
 * every layer does
 *
 *     f = σ(x⊙w_f + b_f)   i = σ(h⊙w_i + b_i)   o = σ(x⊙w_o + b_o)   g = tanh(h⊙w_g + b_g)
 *     cell ← cell⊙f + i⊙g      h ← o⊙tanh(cell)      x ← h
 *
 * then y = x⊙w_out + b_out, and the total gains s_{t+1}·(y − ln(2 + Σ e^y)). The objective is −total / ((c−1)·b). */
typedef struct lstm_problem {
  int64_t layers, length, width;
  const double *state;    /* (2·layers,b): hidden and cell state of each layer */
  const double *sequence; /* (length,b) */
} lstm_problem;

static inline int64_t lstm_size(const lstm_problem *problem) { return (8 * problem->layers + 3) * problem->width; }

/* One way of computing value and gradient at θ: each `run` does so once. */
typedef struct objective {
  work *run, *end; /* `end` frees what the context holds */
  void *context;   /* NULL: it could not be made, and a message says why */
  const double *value, *gradient;
  void (*use)(void *context, wg_threads *threads); /* with those threads from now on, or NULL; by hand there are none */
} objective;

/* As in the suite's own programs: loops over components and points, or over time, with the C library's functions. */
objective gmm_plain(const gmm_problem *problem, const double *theta);
objective lstm_plain(const lstm_problem *problem, const double *theta);

/* As fast as they could be written, for vectors of many points, or of all numbers of a layer. */
objective gmm_fast(const gmm_problem *problem, const double *theta);
objective lstm_fast(const lstm_problem *problem, const double *theta);

/* As graph code. */
objective gmm_engine(const gmm_problem *problem, const double *theta);
objective lstm_engine(const lstm_problem *problem, const double *theta);

/* Workload "g" or "h", made in all three ways and run once each: false after a message where one cannot be made or has not
 * the values of the suite's files. Without the files, which are looked for in the folder adbench/ of WENGERT_DATA or of
 * shared/data beside the checkout, there is a message too, and `absent` is true. */
typedef struct objectives {
  const char *name;
  objective plain, fast, engine;
  double *numbers; /* of the file */
  bool absent;
} objectives;
bool objectives_start(objectives *o, const char *key);
void objectives_end(objectives *o);

#endif
