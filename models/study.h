/* study.h: what the chain rule's cache saves, counted and executed; internal to the library and the program. */
#ifndef WG_STUDY_H
#define WG_STUDY_H

#include "../engine/check.h"
#include "../engine/checkpoint.h"
#include "../engine/downward.h"
#include "../engine/grad.h"
#include "error.h"

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

/* One graph, swept with memo and without. */
typedef struct wg_memo_study {
  wg_sweep_counts with, without; /* `without` is zero where it was not executed */
  bool executed;                 /* the sweep without memo was within the budget */
  bool equal;                    /* … and gave the same gradient nodes */
  double with_seconds, without_seconds;
  wg_natural rules;             /* that the sweep without memo applies, counted by dynamic programming */
  wg_natural paths;             /* from the root to the wanted nodes */
  wg_natural factors, products; /* of the chain rule, written out path by path */
  uint64_t factors_reused, products_reused;
} wg_memo_study;

/* Sweeps over recordings of their own, executed without memo if that takes at most `rule_budget` rules. `seconds` is a
 * clock. Factors are edges; those of WG_STUDY_LAYERS lead from named node to named node (wg_chain_count). Errors as
 * wg_study_graph_new. To be freed, also after one. */
wg_status wg_memo_study_new(wg_memo_study *study, wg_study_kind kind, int64_t size, uint64_t rule_budget,
                            double (*seconds)(void), const wg_allocator *allocator, wg_error *error);
void wg_memo_study_free(wg_memo_study *study);

/* ---- Paths ---- */

/* How many paths lead from the root to one element of a node, element by element: wg_natural. An edge weighs as many
 * elements of the consumer as one element of its input reaches: one for elementwise operations, n for the left factor of
 * a product (m,k)·(k,n), m for the right one. For operations whose elements all reach alike many, as those of the nets. */
extern const wg_semiring wg_semiring_elements;

/* What the passes say of one node. */
typedef struct wg_path_study {
  const wg_node *node;
  bool reaches;
  int64_t longest;            /* in edges; −1 if there is no path */
  wg_natural paths, elements; /* from the root to the node, and to one element of it */
} wg_path_study;

/* Fills studies[k] for the nodes of one tape. Errors: WG_ERROR_MEMORY, WG_ERROR_ARGUMENT. To be freed, also after one. */
wg_status wg_path_study_new(wg_path_study *studies, wg_node *root, size_t count, wg_node *const *nodes,
                            const wg_allocator *allocator, wg_error *error);
void wg_path_study_free(wg_path_study *studies, size_t count);

/* ---- Checkpoints ---- */

/* A gradient to be computed by checkpointed plans: outputs are the root and then the gradients. */
typedef struct wg_checkpoint_study {
  wg_plan *plain; /* keeps everything; has been run */
  size_t output_count, binding_count;
  wg_node **outputs;
  const wg_binding *bindings; /* the caller's */
  const wg_allocator *allocator;
} wg_checkpoint_study;

/* What one checkpointed plan did, beside what theory says. */
typedef struct wg_checkpoint_row {
  wg_checkpoint_counts counts;
  uint64_t advances; /* by the formula of the policy */
  uint64_t values;   /* that theory keeps at once, of a chain whose stages all make one value */
  size_t bytes;      /* wg_plan_bytes */
  double seconds;    /* of one run */
  bool equal;        /* all outputs have the same bits as without checkpoints */
} wg_checkpoint_row;

enum { WG_CHECKPOINT_ADVANCES_MAX = 2000000 }; /* a plan has a step for each */

/* Records the gradients, plans them without checkpoints, and runs that. `bindings` must outlive it. Errors:
 * WG_ERROR_ARGUMENT, WG_ERROR_UNBOUND, WG_ERROR_DATA, WG_ERROR_MEMORY. To be freed before the tape, also after one. */
wg_status wg_checkpoint_study_new(wg_checkpoint_study *study, wg_node *root, size_t count, wg_node *const *wrt,
                                  size_t binding_count, const wg_binding *bindings, const wg_allocator *allocator,
                                  wg_error *error);
void wg_checkpoint_study_free(wg_checkpoint_study *study);

/* Plans, runs and compares. `stages`: how many there are, as known from an earlier row, or 0. Errors: as above;
 * WG_ERROR_ARGUMENT also for no slots, too small a budget, and more than WG_CHECKPOINT_ADVANCES_MAX advances. */
wg_status wg_checkpoint_study_run(const wg_checkpoint_study *study, wg_checkpointing policy, size_t slots,
                                  size_t byte_budget, size_t stages, double (*seconds)(void), wg_checkpoint_row *row,
                                  wg_error *error);

/* Whether that takes at most WG_CHECKPOINT_ADVANCES_MAX advances; else WG_ERROR_ARGUMENT. */
wg_status wg_checkpoint_affordable(wg_checkpointing policy, size_t stages, size_t slots, wg_error *error);

/* The formulas: √l stages a segment computed again but for the last; halving; Revolve's t(l, s). */
uint64_t wg_checkpoint_advances(wg_checkpointing policy, uint64_t stages, uint64_t slots);

/* At once: all but the last, which is the root; segments and stages in one, 2√l; log₂ l and the one being computed; the
 * slots and that one. */
uint64_t wg_checkpoint_values(wg_checkpointing policy, uint64_t stages, uint64_t slots);

/* v ← tanh(v), length − 1 times, of `width` elements, and the sum of them: a chain of `length` stages. */
wg_status wg_study_chain_new(wg_study_graph *graph, int64_t length, int64_t width, const wg_allocator *allocator,
                             wg_error *error);

/* ---- Costs ---- */

/* What a plan does. A product (m,k)·(k,n) takes m·k·n multiply-adds, which count as operations too; any other step takes
 * one operation for each element of its result or of its largest input. Bytes are those of all results and inputs. */
typedef struct wg_cost {
  uint64_t steps, multiply_adds, operations, bytes; /* UINT64_MAX if it is that or more */
} wg_cost;

typedef enum wg_cost_mode {
  WG_COST_FORWARD, /* f alone */
  WG_COST_REVERSE, /* f and its gradient, by the reverse sweep */
  WG_COST_TANGENT, /* f and its derivative in one direction, in forward mode (wg_jvp) */
  WG_COST_MODES
} wg_cost_mode;

typedef struct wg_cost_line {
  const char *op;
  wg_cost cost[WG_COST_MODES];
} wg_cost_line;

typedef struct wg_cost_study {
  size_t count;
  wg_cost_line *lines; /* by operation, in the order in which the plans meet them */
  wg_cost total[WG_COST_MODES];
  double seconds[WG_COST_MODES]; /* of the fastest of several runs */
  int64_t elements;              /* of all the variables: directions of forward mode */
  const wg_allocator *allocator;
} wg_cost_study;

/* Records and plans all modes for a scalar root, in f64, and runs them. `seed` may be NULL, for 1. `bindings` has all leaves,
 * the seed too. Errors: WG_ERROR_ARGUMENT, WG_ERROR_UNBOUND, WG_ERROR_DATA, WG_ERROR_MEMORY. To be freed, also after
 * one. */
wg_status wg_cost_study_new(wg_cost_study *study, wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt,
                            size_t binding_count, const wg_binding *bindings, double (*seconds)(void),
                            const wg_allocator *allocator, wg_error *error);
void wg_cost_study_free(wg_cost_study *study);

/* `times` runs of it: forward mode for a whole gradient, or central differences. */
wg_cost wg_cost_times(wg_cost cost, uint64_t times);

#endif
