/* checkpoint_internal.h: what the files about checkpointing share. */
#ifndef WG_CHECKPOINT_INTERNAL_H
#define WG_CHECKPOINT_INTERNAL_H

#include "checkpoint.h"
#include "plan_internal.h"

/* How many of `stages` ≥ 2 stages to advance before the next checkpoint, with `slots` slots left. */
uint64_t wg_revolve_split(uint64_t stages, uint64_t slots);

/* The forward part in stages, and for each stage the nodes of the backward part that read it and nothing earlier. */
typedef struct wg_stages {
  const wg_node **forward;  /* without leaves, in tape order */
  const wg_node **backward; /* by stage, the last stage first, and in tape order within one */
  size_t *forward_begin;    /* forward_begin[t] … forward_begin[t + 1] − 1 is stage t */
  size_t *backward_begin;   /* backward_begin[t] … are those of stage t; it ends where stage t − 1 begins */
  size_t *backward_end;
  size_t count; /* stages */
} wg_stages;

/* Cuts what `needed` holds (leaves first, then the rest) into stages; false without memory. */
bool wg_stages_make(wg_stages *stages, const wg_tape *tape, const wg_sequence *needed, const wg_node *root);
void wg_stages_free(wg_stages *stages, const wg_tape *tape);

#endif
