/* plan.h: from nodes to numbers. A plan is made once for a set of outputs and run many times.
 *
 * Planning keeps the nodes that the outputs need, in tape order; turns views (transpose, reshape, broadcast) into
 * strides; gives each value a place in one allocation, shared by values that are not alive at the same time; chooses for
 * every step the function that computes it; and lets elementwise steps run together, so that what only they need never
 * leaves the cache. Running is a loop over the steps and allocates nothing.
 * A plan is for one thread at a time; several plans of one tape may run in several threads. */
#ifndef WG_PLAN_H
#define WG_PLAN_H

#include "tape.h"
#include "threads.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wg_plan wg_plan;

/* A plan for these nodes of one tape, or NULL without memory for the plan itself. Other failures (an inert output, with
 * the tape's message; nodes of two tapes; no memory for the values) stay on the plan: wg_plan_status, wg_plan_error,
 * and every wg_run returns them. The tape must outlive the plan; recording on it may go on. The caller frees it. */
WG_API wg_plan *wg_plan_new(size_t count, wg_node *const *outputs);
WG_API void wg_plan_free(wg_plan *plan);

/* An update: once a run has computed `value`, the memory of `leaf`, an input or parameter of the same shape and element type,
 * holds it. */
typedef struct wg_leaf_update {
  wg_node *leaf, *value;
} wg_leaf_update;

/* As wg_plan_new, for a plan that makes these updates too: W ← W − α·∂W with the step W − α·∂W recorded as graph code. All
 * values, outputs too, are those for what the leaves held before the run. What only updates need is computed as early as
 * possible, and written without a copy where nobody reads the old value later. Two updates of one leaf, or of anything
 * but a leaf: WG_ERROR_ARGUMENT; other shapes or element types: WG_ERROR_SHAPE. */
WG_API wg_plan *wg_plan_new_updating(size_t count, wg_node *const *outputs, size_t update_count,
                                     const wg_leaf_update *updates);

/* The first failure of the plan, or what the last wg_run returned. For NULL: WG_ERROR_MEMORY. */
WG_API wg_status wg_plan_status(const wg_plan *plan);
WG_API const char *wg_plan_error(const wg_plan *plan);

/* Binds an input or parameter to memory of the caller's: row-major, of the node's dtype and shape, valid and aligned
 * for its type as long as the plan runs, and only read. A node that the plan does not need is accepted and ignored.
 * Errors: WG_ERROR_ARGUMENT (not an input or parameter of the plan's tape, NULL for a tensor that has elements). */
WG_API wg_status wg_bind(wg_plan *plan, const wg_node *leaf, const void *data);

/* The same for a leaf that the plan updates, whose memory it writes. No other leaf may have memory in common with it
 * (WG_ERROR_ARGUMENT from wg_run). Any leaf of the plan's tape is accepted; wg_bind accepts all but those. */
WG_API wg_status wg_bind_updated(wg_plan *plan, const wg_node *leaf, void *data);

/* Lends a pool of threads to the runs of the plan; NULL, as in the beginning, for none. The pool must outlive the plan, or
 * its last run with it. Results have the same bits with any pool. */
WG_API void wg_plan_use_threads(wg_plan *plan, wg_threads *threads);

/* Whether runs take denormal numbers (below 1.2e−38 in f32, 2.2e−308 in f64) for zero, operands and results, in all their
 * threads. They do not unless asked: that is IEEE 754. A net that has converged may be full of such numbers, and many
 * processors are several times slower at them. False if this processor cannot, or for NULL; then nothing changes. */
WG_API bool wg_plan_flush_denormals(wg_plan *plan, bool flushes);

/* Computes all outputs and makes all updates. Errors: WG_ERROR_UNBOUND, WG_ERROR_DATA (a label out of range …); the message
 * names the node. A run that fails with WG_ERROR_DATA may have made some of its updates. */
WG_API wg_status wg_run(wg_plan *plan);

/* The values of an output after a run: row-major, valid until the next run or wg_plan_free. An output that is a leaf, or the
 * new value of one, lies in the caller's memory. NULL if `node` is not one of the plan's outputs. */
WG_API const void *wg_data(const wg_plan *plan, const wg_node *node);

/* What the plan is made of. */
WG_API size_t wg_plan_step_count(const wg_plan *plan); /* steps that compute something; views and leaves are none */
WG_API size_t wg_plan_bytes(const wg_plan *plan);      /* size of the one allocation that holds all values */

typedef struct wg_plan_step {
  const wg_node *node;
  size_t offset, bytes;        /* where its value lies in that allocation; 0 bytes if it never leaves the cache */
  size_t last;                 /* the last step that reads this place, before others may have it; SIZE_MAX: it holds an
                                  output */
  bool in_place;               /* it overwrites one of its inputs, which nobody needs any more */
  bool copy;                   /* the plan's own: it makes `node` dense, or writes it to where it is needed so */
  size_t pass_begin, pass_end; /* steps pass_begin … pass_end − 1 run together, part by part, this one among them */
  const wg_node *updates;      /* leaf whose memory it writes, instead of the plan's; NULL for none */
} wg_plan_step;

/* Step i of wg_plan_step_count, in the order of running. False out of range. */
WG_API bool wg_plan_step_at(const wg_plan *plan, size_t i, wg_plan_step *step);

#ifdef __cplusplus
}
#endif
#endif
