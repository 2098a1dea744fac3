/* explore_internal.h: what the files explore*.c share; internal.
 *
 * Each wg_explore_…_write adds one member, or a few, to the open object of the page's data. The format is described in
 * explore/data.js, which reads it. */
#ifndef WG_EXPLORE_INTERNAL_H
#define WG_EXPLORE_INTERNAL_H

#include "../engine/derivation.h"
#include "../engine/grad.h"
#include "explore.h"
#include "explore_json.h"

enum { WG_EXPLORE_NONE = -1 }; /* in the data: no such node */

/* A page being made. The graph is a copy on a tape of its own, so that sweeping and naming leave the caller's alone. */
typedef struct wg_exploration {
  const wg_allocator *allocator;
  const wg_explore_options *options;
  wg_tape *tape;
  wg_node *root, **wanted, **grad;
  size_t count;
  wg_binding *bindings; /* of the copy's leaves; the data is the caller's */
  size_t binding_count;
  size_t forward;             /* nodes up to the root; the others are the sweep's */
  size_t length;              /* all nodes */
  const wg_node **adjoint_of; /* by the number of a node: whose adjoint it is, or NULL */
  bool *bound;                /* by the number of a node up to the root: it can be computed */
  wg_json json;
  wg_error *error;
} wg_exploration;

/* Copies the graph and checks the arguments (explore_copy.c). */
wg_status wg_explore_copy(wg_exploration *e, wg_node *root, size_t count, wg_node *const *wanted, size_t binding_count,
                          const wg_binding *bindings);

/* Sweeps with memo and, within bounds, without: "sweep" and "expansion" (explore_sweep.c). Records the gradients. */
wg_status wg_explore_sweep_write(wg_exploration *e);

/* "derivation" (explore_derivation.c). */
wg_status wg_explore_derivation_write(wg_exploration *e);

/* Names the adjoints, so that formulas read as in a lecture; then "nodes" and "values" (explore_tape.c). */
wg_status wg_explore_tape_write(wg_exploration *e);

/* "memory" (explore_memory.c). */
wg_status wg_explore_memory_write(wg_exploration *e);

/* "check" (explore_check.c). */
wg_status wg_explore_check_write(wg_exploration *e);

/* "training" (explore_training.c). */
wg_status wg_explore_training_write(wg_exploration *e);

/* The tape's failure, as the page's. */
wg_status wg_explore_tape_failure(wg_exploration *e);

/* The number of a node, for the data; WG_EXPLORE_NONE for NULL. */
void wg_explore_id(wg_exploration *e, const char *key, const wg_node *node);

/* A plan for the outputs, bound and run; NULL and the failure in *status if that cannot be. The caller frees it. */
struct wg_plan *wg_explore_run(wg_exploration *e, struct wg_plan *plan, wg_status *status);

/* The page around the data, made of the files in explore/ when the library is built. */
extern const unsigned char wg_explore_page_head[], wg_explore_page_tail[];
extern const size_t wg_explore_page_head_size, wg_explore_page_tail_size;

#endif
