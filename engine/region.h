/* region.h: the part of the tape that a sweep has to visit: the nodes on a path from the root down to a wanted node. */
#ifndef WG_REGION_H
#define WG_REGION_H

#include "grad.h"
#include "tape_internal.h"

typedef struct wg_region {
  size_t low, high;      /* numbers of the first and the last node of interest */
  unsigned char *inside; /* inside[id − low]: on a path between the root and a wanted node, both included */
} wg_region;

/* The region for these wanted nodes; false without memory. A root that reaches none of them has an empty region. */
bool wg_region_find(wg_region *region, wg_node *root, size_t count, wg_node *const *wanted);
void wg_region_free(wg_region *region, const wg_tape *tape);

static inline bool wg_region_has(const wg_region *region, const wg_node *node) {
  return node->id >= region->low && node->id <= region->high && region->inside[node->id - region->low];
}

/* Whether y sends something to its i-th input that the sweep wants. */
static inline bool wg_region_edge(const wg_region *region, const wg_node *y, int i) {
  return wg_region_has(region, y->inputs[i]) && wg_node_differentiable(y, i);
}

static inline uint64_t wg_sum_saturated(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

/* Checks what all sweeps ask of their arguments and gives the seed (one, unless the caller has one), or NULL with the
 * failure on the tape. */
wg_node *wg_sweep_seed(wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt);

/* The sweep without memo (unmemoized.c); false with the failure on the tape. */
bool wg_sweep_unmemoized(const wg_region *region, wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt,
                         wg_node **grad, const wg_sweep_options *options, wg_sweep_counts *counts);

#endif
