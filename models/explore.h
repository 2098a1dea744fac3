/* explore.h: a graph as a page: one HTML file, opened from disk in any browser, in which the tape, the reverse sweep and
 * its memo, the derivation, memory, the gradient check and training are followed step by step.
 *
 * The page holds what the engine did, as data: it loads nothing and computes no number of its own. */
#ifndef WG_EXPLORE_H
#define WG_EXPLORE_H

#include "../engine/check.h"
#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A training as the page shows it: the loss over the epochs, and for two features the decision boundary at some. */
typedef struct wg_explore_training wg_explore_training;

/* Trains the model as wg_train_samples does, and keeps a record of it. `table`, which may be NULL, has the samples' features
 * for the picture of the boundary; it must outlive the record, which the caller frees. `options->progress` is called
 * too, some hundred times; `report_every` is chosen here. A loss that is not finite ends the record, which then says so,
 * and is no failure. Errors: those of wg_train_samples, but for that one; *training is NULL then. */
WG_API wg_status wg_explore_train(wg_model *model, const wg_samples *samples, const wg_table *table,
                                  const wg_train_options *options, wg_explore_training **training, wg_error *error);
WG_API void wg_explore_training_free(wg_explore_training *training);

/* Why the record ends early; "" if it does not. Belongs to the record. */
WG_API const char *wg_explore_training_failure(const wg_explore_training *training);

/* Options of a page; all zero means the defaults. */
typedef struct wg_explore_options {
  const char *title;                   /* in the page's head; NULL means the name of the root */
  const char *subtitle;                /* a line below it; may be NULL */
  bool without_check;                  /* leave the gradient check out */
  size_t check_elements;               /* how many elements it tries in all; 0 means 2000, of large graphs fewer */
  uint64_t seed;                       /* … drawn by this seed where they are not all */
  size_t expansion_rules_max;          /* how many rules of the sweep without memo are followed; 0 means 4000 */
  const wg_explore_training *training; /* may be NULL */
  const wg_allocator *allocator;       /* for all that the call needs; NULL means malloc and free */
} wg_explore_options;

/* Writes the page of ∂root/∂wanted[k] at the point that the bindings give, which cover every leaf that the root needs.
 * What else the tape holds up to the root is shown too, without values where its leaves are not bound. The root is a
 * scalar; wanted are inputs, parameters, or any other nodes it is made from, and those that are no leaves are left out
 * of the check. `options` may be NULL. The graph is copied first, so nothing is recorded on its tape.
 *
 * Large tensors are in the page as a corner of their elements and a summary. Errors: WG_ERROR_ARGUMENT (no wanted node,
 * one that the root does not depend on, a root that is no scalar, nodes of two tapes or that a failed call returned),
 * WG_ERROR_UNBOUND, WG_ERROR_DATA (values that an operation cannot take), WG_ERROR_FILE (with the reason),
 * WG_ERROR_MEMORY. */
WG_API wg_status wg_explore_write(const char *path, wg_node *root, size_t count, wg_node *const *wanted,
                                  size_t binding_count, const wg_binding *bindings, const wg_explore_options *options,
                                  wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
