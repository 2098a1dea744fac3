/* images.c: a net like LeNet-5 on a batch of 64 images, by hand and by wengert. */
#include "engine_net.h"
#include "hand_images.h"
#include "product.h"
#include "workloads.h"
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 64, DENSE_LAYERS = 3 };

typedef struct images {
  samples data;
  engine_net engine;
  hand_images hand;
} images;

static void by_hand_step(void *context) { hand_images_step(&((images *)context)->hand); }

static void by_hand_prepare(void *context, wg_threads *pool) {
  images *both = context;
  hand_images *hand = &both->hand;
  void *to[] = {hand->k1, hand->b1, hand->k2, hand->b2};
  for (size_t k = 0; k < 4; k++) weights_reset(&both->engine, k, to[k]);
  for (size_t l = 0; l < DENSE_LAYERS; l++) {
    weights_reset(&both->engine, 4 + 2 * l, hand->dense.w[l]);
    weights_reset(&both->engine, 5 + 2 * l, hand->dense.b[l]);
  }
  product_threads(wg_threads_count(pool));
}

static bool images_start(images *both) {
  const int64_t widths[] = {SIZE_1 * SIZE_1, 120, 84, 10};
  wg_net_spec spec = wg_net_spec_of(WG_NET_CNN);
  spec.width_count = DENSE_LAYERS + 1;
  spec.widths = widths;
  spec.samples = SAMPLES;
  spec.dtype = WG_F32;
  spec.class_indices = true;
  spec.filters[0] = FILTERS_1, spec.filters[1] = FILTERS_2, spec.kernel = 5;
  const float rate = 0.01f;
  both->data = samples_new(SAMPLES, (int)widths[0], (int)widths[DENSE_LAYERS]);
  if (!engine_net_start(&both->engine, &spec, WG_INIT_HE, rate, both->data.x, both->data.labels)) return false;
  both->hand = (hand_images){.samples = SAMPLES,
                             .rate = rate,
                             .x = both->data.x,
                             .dense = {.samples = SAMPLES,
                                       .layers = DENSE_LAYERS,
                                       .width = {FEATURES, 120, 84, 10},
                                       .rate = rate,
                                       .labels = both->data.labels}};
  for (size_t l = 0; l < DENSE_LAYERS; l++) {
    both->hand.dense.w[l] = first_weights(&both->engine, 4 + 2 * l);
    both->hand.dense.b[l] = first_weights(&both->engine, 5 + 2 * l);
  }
  return hand_images_start(&both->hand);
}

bool images_run(const settings *s, report *r) {
  static images both;
  bool good = images_start(&both);
  if (good) {
    const side by_hand = {
        .name = "by hand, specialised", .context = &both, .step = by_hand_step, .prepare = by_hand_prepare};
    const contest c = {"f",
                       "like LeNet-5: 28×28, 6 and 16 filters 5×5, 120-84-10, batch 64",
                       engine_net_side(&both.engine),
                       {by_hand},
                       1,
                       0};
    good = same_losses("f", &by_hand, &both.hand.dense.loss, &both.engine);
    if (good) contest_run(&c, s, r);
  }
  for (int l = 0; l < DENSE_LAYERS; l++) free(both.hand.dense.w[l]), free(both.hand.dense.b[l]);
  hand_images_end(&both.hand);
  engine_net_end(&both.engine);
  samples_free(&both.data);
  return good;
}
