/* net_parts.h: what the files of the nets share; internal. */
#ifndef WG_NET_PARTS_H
#define WG_NET_PARTS_H

#include "net.h"

/* A kind of net: what it is called, how it is recorded, and what wg_net_spec_of gives. */
typedef struct net_kind {
  const char *letter, *name, *title;
  wg_net_nodes (*record)(wg_tape *tape, const wg_net_spec *spec);
  bool samples_are_columns, is_sequence;
  int64_t samples;
  size_t width_min, width_max; /* how many widths it may have */
  size_t width_count;
  const int64_t *widths;
} net_kind;

/* NULL if there is no such kind. */
const net_kind *wg_net_kind_of(wg_net_kind kind);

/* Whether this can be recorded, but for sizes that overflow. An image of zeros is filled in. Errors: those of
 * wg_net_new. */
wg_status wg_net_spec_check(wg_net_spec *spec, wg_error *error);

/* A name with its layer's number: "W", 12 → W12. */
enum { WG_NAME_SIZE = 24 };
const char *wg_numbered(char text[WG_NAME_SIZE], const char *letter, size_t layer);

/* The input `seed` where the net has dropout and learns, else NULL. */
wg_node *wg_net_seed(wg_tape *t, const wg_net_spec *spec);

/* Dropout of x, or x itself where the seed is NULL. Each place in the net has a stream of its own. */
wg_node *wg_net_drop(const wg_net_spec *spec, wg_node *x, wg_node *seed, int64_t stream);

/* J: the cross-entropy of the logits, with smoothed targets while learning. */
wg_node *wg_net_loss(const wg_net_spec *spec, wg_node *logits, wg_node *targets);

/* The parameters of a layer, W (inputs,outputs) and b (1,outputs), and x·W + b; `number` 0 leaves the number out. */
wg_node *wg_dense(wg_node *x, const char *weight, const char *bias, size_t number, int64_t outputs);

#endif
