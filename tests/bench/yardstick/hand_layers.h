/* hand_layers.h: a step of stochastic gradient descent for a net of layers, as one writes it by hand: gradients derived on
 * paper, no graph, nothing allocated, elementwise work in fused loops, products by BLAS. */
#ifndef HAND_LAYERS_H
#define HAND_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

enum { HAND_LAYERS_MAX = 64 };

typedef struct hand_layers {
  int samples, layers;            /* layers of weights */
  int width[HAND_LAYERS_MAX + 1]; /* features, hidden, classes */
  bool sigmoid;                   /* otherwise relu */
  float rate;
  const float *x;        /* (samples, width[0]) */
  const int64_t *labels; /* (samples) */
  float *w[HAND_LAYERS_MAX], *b[HAND_LAYERS_MAX];
  float *a[HAND_LAYERS_MAX]; /* activations of each layer; the last one becomes ∂Z */
  float *da;                 /* room for the largest ∂A */
  float *dx;                 /* where ∂X goes; NULL if nobody wants it */
  float loss;                /* J before the step */
} hand_layers;

/* Allocates the activations and room; false without memory. x, labels, w and b are the caller's. */
bool hand_layers_start(hand_layers *net);
void hand_layers_end(hand_layers *net);

void hand_layers_step(void *net); /* a work of measure.h */

#endif
