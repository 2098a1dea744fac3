/* study_internal.h: the graphs that the program studies, and what the files about studies share. */
#ifndef WG_STUDY_INTERNAL_H
#define WG_STUDY_INTERNAL_H

#include "../engine/downward.h"
#include "study.h"

/* ---- Graphs ---- */

/* Graphs of one size n, by which the cost of the chain rule grows. */
typedef enum wg_study_kind {
  WG_STUDY_CHAIN,    /* v ← tanh(v), n times, and the derivatives by all n arguments: no node is used twice */
  WG_STUDY_RESIDUAL, /* v ← v + tanh(v), n blocks: v is used twice */
  WG_STUDY_DOUBLING, /* v ← v·v, n times */
  WG_STUDY_LAYERS,   /* net E of n layers, J as a formula of the last A: the lecture's chain */
  WG_STUDY_KIND_COUNT
} wg_study_kind;

enum { WG_STUDY_SIZE_MAX = 2000 };

const char *wg_study_name(wg_study_kind kind);  /* "chain", "residual", "doubling", "layers" */
const char *wg_study_title(wg_study_kind kind); /* "v ← v·v" … */

typedef struct wg_study_graph {
  wg_tape *tape;
  wg_node *root;
  size_t count;
  wg_node **wanted;
  const wg_allocator *allocator;
} wg_study_graph;

/* The graph of size n, 1 … WG_STUDY_SIZE_MAX. Errors: WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. To be freed, also after one.
 * `allocator` must outlive it. */
wg_status wg_study_graph_new(wg_study_graph *graph, wg_study_kind kind, int64_t size, const wg_allocator *allocator,
                             wg_error *error);
void wg_study_graph_free(wg_study_graph *graph);

/* v ← tanh(v), length − 1 times, of `width` elements, and the sum of them: a chain of `length` stages. */
wg_status wg_study_chain_new(wg_study_graph *graph, int64_t length, int64_t width, const wg_allocator *allocator,
                             wg_error *error);

/* What root and wanted nodes are made of, recorded anew on a tape of its own, names included. Errors:
 * WG_ERROR_ARGUMENT (inert nodes, nodes of two tapes), WG_ERROR_MEMORY. */
wg_status wg_study_graph_copy(wg_study_graph *copy, wg_node *root, size_t count, wg_node *const *wanted,
                              const wg_allocator *allocator, wg_error *error);

/* wg_memo_study_new of such a graph. */
wg_status wg_memo_study_of(wg_memo_study *study, wg_study_kind kind, int64_t size, uint64_t rule_budget,
                           double (*seconds)(void), const wg_allocator *allocator, wg_error *error);

/* ---- Counts ---- */

/* The digits and the logarithm; false without memory. */
bool wg_big_count_of(wg_big_count *count, const wg_natural *number, const wg_allocator *allocator);
void wg_big_count_free(wg_big_count *count, const wg_allocator *allocator);

/* Digits of the paths to all nodes together that a study will count: more take gigabytes. */
#define WG_COUNT_DIGITS_MAX 5e8

/* Whether there are at most so many between root and wanted nodes; else WG_ERROR_ARGUMENT, or WG_ERROR_MEMORY. */
wg_status wg_counts_affordable(wg_node *root, size_t count, wg_node *const *wanted, wg_error *error);

/* ---- Operations ---- */

/* How many paths lead from one element of y's i-th input to elements of y: one for elementwise operations, n for the left
 * factor of a product (m,k)·(k,n), m for the right one. False where elements differ in that, or it is not known. */
bool wg_reach(const wg_node *y, int i, uint32_t *reach);

/* Paths from the root to one element of a node, as wg_element_paths: an edge weighs its reach. */
typedef struct wg_element_paths {
  wg_natural paths;
  const wg_node *unlike; /* the consumer whose reach is none, NULL if there is none */
} wg_element_paths;
extern const wg_semiring wg_semiring_elements;

/* What computing y takes, and moves. */
wg_cost wg_work(const wg_node *y);

/* Bytes of it that are read for the i-th input. */
uint64_t wg_work_bytes_read(const wg_node *y, int i);

/* What a step of a plan takes, and moves: that of its node, or copying it. */
wg_cost wg_step_work(const wg_plan_step *step);

/* Whether wg_work has a rule for the operation: it is elementwise or a view, or its kernel is known by name. Of others it
 * counts one operation for each element of the result or of the largest input. */
bool wg_work_known(const wg_op *op);

/* ---- Checkpoints ---- */

/* Whether that takes at most WG_CHECKPOINT_ADVANCES_MAX advances; else WG_ERROR_ARGUMENT. */
wg_status wg_checkpoint_affordable(wg_checkpointing policy, size_t stages, size_t slots, wg_error *error);

/* The formulas: √l stages a segment computed again but for the last; halving; Revolve's t(l, s). */
uint64_t wg_checkpoint_advances(wg_checkpointing policy, uint64_t stages, uint64_t slots);

/* At once: all but the last, which is the root; segments and stages in one, 2√l; log₂ l and the one being computed; the
 * slots and that one. */
uint64_t wg_checkpoint_values(wg_checkpointing policy, uint64_t stages, uint64_t slots);

/* The most bytes of values that are alive at once in a run of the plan; false without memory. */
bool wg_plan_alive(const wg_plan *plan, const wg_allocator *allocator, size_t *bytes);

#endif
