/* engine_net.h: training steps by wengert: a net of models/, its gradients, and W ← W − α·∂W, all in one plan. */
#ifndef ENGINE_NET_H
#define ENGINE_NET_H

#include "../../../models/models.h"
#include "contest.h"

enum { ENGINE_PARAMS_MAX = 128 };

typedef struct engine_net {
  wg_net *net;
  wg_node *gradients[ENGINE_PARAMS_MAX];
  wg_plan *plan;
  wg_weights *weights;             /* what every turn begins with */
  void *values[ENGINE_PARAMS_MAX]; /* what the steps change */
} engine_net;

/* Records, draws the first weights and plans; x and y are bound as they are. False after a message. */
bool engine_net_start(engine_net *engine, const wg_net_spec *spec, wg_init init, float rate, const void *x,
                      const void *y);
void engine_net_end(engine_net *engine);

void engine_net_step(void *engine);
void engine_net_prepare(void *engine, wg_threads *pool);
float engine_net_loss(const engine_net *engine); /* J before the last step */

/* The first weights of parameter k, copied to new memory aligned to 64 bytes; and copied again. */
float *first_weights(const engine_net *engine, size_t k);
void weights_reset(const engine_net *engine, size_t k, void *to);

/* Twenty steps of both: whether they have the same losses. If not, there is a message. */
bool same_losses(const char *name, const side *hand, const float *hand_loss, engine_net *engine);

side engine_net_side(engine_net *engine);

/* Memory aligned to 64 bytes; ends the program where there is none. */
void *lines_new(size_t bytes);

/* Numbers for samples: uniform in −1 … 1, and labels. */
typedef struct samples {
  float *x;
  int64_t *labels;
} samples;

samples samples_new(int rows, int columns, int classes);
void samples_free(samples *made);

#endif
