/* sample_layout.h: where the numbers of a sample stand in a net's X and Y; internal. */
#ifndef WG_SAMPLE_LAYOUT_H
#define WG_SAMPLE_LAYOUT_H

#include "samples.h"

/* Feature i of sample j in x. */
void wg_sample_feature(const wg_net *net, int64_t j, int64_t i, double value, void *x);

/* The target of sample j in y: its class index, or 1 at its class and 0 elsewhere; where there is one output, it is the
 * probability of class 1. */
void wg_sample_target(const wg_net *net, int64_t j, int64_t label, void *y);

#endif
