/* engine_net.h: the same steps by wengert: a net of models/, its gradients, a plan, and W ← W − α·∂W. */
#ifndef ENGINE_NET_H
#define ENGINE_NET_H

#include "../../../models/models.h"

typedef struct engine_net {
  wg_net *net;
  wg_node **outputs; /* J, then the gradients */
  wg_plan *plan;
  wg_weights *weights;
  float rate;
} engine_net;

/* Records and plans; x and y are bound as they are. False after a message. */
bool engine_net_start(engine_net *engine, const wg_net_spec *spec, float rate, const void *x, const void *y);
void engine_net_end(engine_net *engine);

void engine_net_step(void *engine);              /* a work of measure.h */
float engine_net_loss(const engine_net *engine); /* J before the last step */

#endif
