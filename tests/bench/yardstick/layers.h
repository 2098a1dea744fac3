/* layers.h: nets of layers, trained by hand with BLAS and by wengert. */
#ifndef LAYERS_H
#define LAYERS_H

#include "engine_net.h"
#include "hand_layers.h"

typedef struct layers_job {
  int samples, layers, width[HAND_LAYERS_MAX + 1];
  bool sigmoid;
  float rate;
} layers_job;

/* Both, ready for their first step. */
typedef struct layers {
  samples data;
  engine_net engine;
  hand_layers hand;
} layers;

bool layers_start(layers *both, const layers_job *job);
void layers_end(layers *both);
side layers_by_hand(layers *both, double goal);

#endif
