/* hand_small.h: net D and the neuron, written for just these shapes: one pass over the samples, each a lane of a vector. */
#ifndef HAND_SMALL_H
#define HAND_SMALL_H

enum { SMALL_SAMPLES = 300 };

/* Net D, 300×2 → 4 → 3. The features lie one array each. */
typedef struct hand_spiral {
  float x[2][SMALL_SAMPLES], y[3][SMALL_SAMPLES]; /* targets: one-hot */
  float w1[2][4], b1[4], w2[4][3], b2[3];
  float rate, loss;
} hand_spiral;

void hand_spiral_step(void *net);

/* One neuron, 300×3: a = σ(w·x + b), binary cross-entropy. */
typedef struct hand_neuron {
  float x[3][SMALL_SAMPLES], y[SMALL_SAMPLES];
  float w[3], b;
  float rate, loss;
} hand_neuron;

void hand_neuron_step(void *net);
void hand_neuron_blas_step(void *net); /* the same, with products by BLAS */

#endif
