/* hand_images.h: training steps of a net like LeNet-5, written for just its shapes: convolutions as loops over registers,
 * bias, relu and pooling while their results are in the cache, dense layers by BLAS.
 *
 *     28×28 → 6 filters 5×5 → relu → 2×2 max → 14×14 → 16 filters 5×5 → relu → 2×2 max → 7×7 → 120 → 84 → 10
 *
 * A border of two zeros keeps the size in both convolutions. */
#ifndef HAND_IMAGES_H
#define HAND_IMAGES_H

#include "hand_layers.h"

enum {
  TAPS = 25, /* of a filter 5×5 */
  FILTERS_1 = 6,
  SIZE_1 = 28,
  FILTERS_2 = 16,
  SIZE_2 = 14,
  SIZE_3 = 7,
  FEATURES = FILTERS_2 * SIZE_3 * SIZE_3,
  INPUTS_2 = FILTERS_1 * TAPS, /* of an element of the second convolution */
};

typedef struct hand_images {
  int samples;
  float rate;
  const float *x; /* (samples, 28·28) */
  float k1[FILTERS_1][TAPS], b1[FILTERS_1], k2[FILTERS_2][INPUTS_2], b2[FILTERS_2];
  hand_layers dense;
  struct hand_image *images; /* what is kept of each */
} hand_images;

/* Allocates; false without memory. x, and labels and weights of `dense`, are the caller's. */
bool hand_images_start(hand_images *net);
void hand_images_end(hand_images *net);

void hand_images_step(void *net); /* a work of measure.h */

#endif
