/* plan_cache.h: plans found again by the structure of what they compute, for programs that record a graph for each step.
 *
 * Two graphs have the same structure if the nodes that their outputs and updates need are, one after the other, the same
 * operations on the same inputs with the same attributes, constants, shapes and element types. Names do not matter, nor
 * what else is on their tapes. */
#ifndef WG_PLAN_CACHE_H
#define WG_PLAN_CACHE_H

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wg_plan_cache wg_plan_cache;

/* An empty cache that keeps up to `limit` plans (0: any number), dropping the one that was not asked for for the longest
 * time. NULL without memory. The caller frees it. `allocator` is copied; NULL means malloc and free. */
WG_API wg_plan_cache *wg_plan_cache_new(size_t limit, const wg_allocator *allocator);
WG_API void wg_plan_cache_free(wg_plan_cache *cache);

/* As wg_plan_new_updating, but the plan belongs to the cache and may have served a graph of the same structure before: then
 * it has the threads it was lent and the memory it had, and now binds the leaves and gives the outputs of this graph;
 * none of its leaves is bound. It may be used until the next call, or as long as the cache drops no plan, and needs no
 * tape any more once its leaves are bound. Its steps name nodes of a tape of its own. */
WG_API wg_plan *wg_plan_cache_get(wg_plan_cache *cache, size_t count, wg_node *const *outputs, size_t update_count,
                                  const wg_leaf_update *updates);

/* How many plans it holds, and how many calls of wg_plan_cache_get found one. 0 for NULL. */
WG_API size_t wg_plan_cache_count(const wg_plan_cache *cache);
WG_API size_t wg_plan_cache_hits(const wg_plan_cache *cache);

#ifdef __cplusplus
}
#endif
#endif
