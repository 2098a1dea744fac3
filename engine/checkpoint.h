/* checkpoint.h: plans that compute values again instead of keeping them.
 *
 * The reverse sweep reads the forward values in reverse order, so all of them wait in memory for it. A checkpointed plan
 * keeps some, and computes the others again from the nearest one kept. The forward part is cut into stages wherever as few
 * values as possible cross; the values that cross a cut are a checkpoint. Results have the same bits as without. */
#ifndef WG_CHECKPOINT_H
#define WG_CHECKPOINT_H

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wg_checkpointing {
  WG_CHECKPOINT_ALL,       /* keep everything: what wg_plan_new does */
  WG_CHECKPOINT_SQRT,      /* √l segments of √l stages, each computed again once (Chen et al. 2016) */
  WG_CHECKPOINT_RECURSIVE, /* halve: log₂ l checkpoints, every stage computed again up to log₂ l times */
  WG_CHECKPOINT_BINOMIAL   /* the fewest recomputations for `slots` checkpoints (Griewank & Walther 2000, Revolve) */
} wg_checkpointing;

typedef struct wg_checkpoint_options {
  wg_node *root; /* the loss: what it depends on is the forward part */
  wg_checkpointing policy;
  size_t slots;       /* binomial: checkpoints held at once, the inputs of the first stage among them; 1 or more */
  size_t byte_budget; /* if not 0: wg_plan_bytes may be at most this; binomial then takes as many slots as fit */
} wg_checkpoint_options;

/* What was done. */
typedef struct wg_checkpoint_counts {
  size_t stages;     /* of the forward part */
  size_t slots;      /* binomial: those used */
  size_t advances;   /* stages computed only to get to a later one: Revolve's t(l, s) */
  size_t recomputed; /* steps computed more than once, each time but the first */
} wg_checkpoint_counts;

/* A plan for these outputs: the loss, its gradients, or both. `counts` may be NULL. As wg_plan_new; also
 * WG_ERROR_ARGUMENT without a root, without slots, or for a budget that no number of slots can meet. */
WG_API wg_plan *wg_plan_new_checkpointed(size_t count, wg_node *const *outputs, const wg_checkpoint_options *options,
                                         wg_checkpoint_counts *counts);

/* t(l, s) = r·l − β(s+1, r−1), where β(s, r) = C(s+r, s) and r is the least with β(s, r) ≥ l: the fewest advances for l
 * stages with s slots. UINT64_MAX if it is that or more; 0 for l = 0; s = 0 counts as 1. */
WG_API uint64_t wg_revolve_advances(uint64_t stages, uint64_t slots);

#ifdef __cplusplus
}
#endif
#endif
