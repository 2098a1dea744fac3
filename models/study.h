/* study.h: the chain rule's cache studied on a graph: what the memo saves, how many paths there are, what a gradient
 * costs, and what recomputation gives back of the memory. Everything is counted exactly, and executed where that ends.
 *
 * Graphs are only read, except by wg_cost_study_new and wg_checkpoint_study_new, which record derivatives on their tape.
 * `seconds` is a clock of the caller's that only runs forward; where it is NULL no time is taken. `allocator` must outlive
 * the study; NULL means malloc and free. Every study is to be given to its _free, also after a failure. */
#ifndef WG_STUDY_H
#define WG_STUDY_H

#include "../engine/check.h"
#include "../engine/checkpoint.h"
#include "../engine/grad.h"
#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A count of any size, exact: its decimal digits; and its logarithm to the base 2, −∞ for 0. */
typedef struct wg_big_count {
  char *digits;
  double log2;
} wg_big_count;

/* ---- Memo ---- */

/* One wanted node. */
typedef struct wg_memo_line {
  const wg_node *node;
  wg_big_count paths; /* from the root */
  wg_big_count rules; /* that the sweep without memo applies for it */
  uint64_t rules_new; /* that the sweep with memo applies for it after the wanted nodes before it */
} wg_memo_line;

/* A graph swept with memo and without. */
typedef struct wg_memo_study {
  wg_sweep_counts with, without; /* `without` is zero where it was not executed */
  bool executed;                 /* the sweep without memo was within the budget */
  bool equal;                    /* … and gave the same gradient nodes */
  double with_seconds, without_seconds;
  wg_big_count rules; /* that the sweep without memo applies, counted by dynamic programming */
  wg_big_count paths; /* from the root to the wanted nodes */

  /* The chain rule written out, path by path, with an edge of the graph as a factor; and with each factor once. */
  wg_big_count factors, products;
  uint64_t factors_reused, products_reused;
  wg_chain_counts named; /* the same with factors that lead from named node to named node */

  size_t count;
  wg_memo_line *lines; /* in the order of the wanted nodes */
  const wg_allocator *allocator;
} wg_memo_study;

/* Studies ∂root/∂wanted on copies of the graph. The sweep without memo is executed if it takes at most `rule_budget`
 * rules; else they are only counted. Times are of the fastest of several sweeps. Errors: WG_ERROR_ARGUMENT (a root that
 * is not scalar, nodes of two tapes, more than 5e8 digits in the numbers of paths), WG_ERROR_DTYPE, WG_ERROR_MEMORY. */
WG_API wg_status wg_memo_study_new(wg_memo_study *study, wg_node *root, size_t count, wg_node *const *wanted,
                                   uint64_t rule_budget, double (*seconds)(void), const wg_allocator *allocator,
                                   wg_error *error);
WG_API void wg_memo_study_free(wg_memo_study *study);

/* ---- Paths ---- */

/* The paths from the root to one node. */
typedef struct wg_path_study {
  const wg_node *node;
  bool reaches;
  int64_t longest;       /* in edges; −1 if there is no path */
  wg_big_count paths;    /* to the node */
  wg_big_count elements; /* to one element of it, from element to element; digits NULL where elements are not alike */
  const wg_node *unlike; /* then the consumer that some elements of its input reach on more paths than others */
  const wg_allocator *allocator;
} wg_path_study;

/* Fills studies[k] for the nodes of one tape. Errors: WG_ERROR_ARGUMENT (nodes of two tapes, more than 5e8 digits in
 * the numbers of paths), WG_ERROR_MEMORY. */
WG_API wg_status wg_path_study_new(wg_path_study *studies, wg_node *root, size_t count, wg_node *const *nodes,
                                   const wg_allocator *allocator, wg_error *error);
WG_API void wg_path_study_free(wg_path_study *studies, size_t count);

/* The nodes of a longest path, from the root to the node of a study that `reaches`, into path[0 … longest]; of several,
 * the one that runs along the earliest consumers. Errors: WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. */
WG_API wg_status wg_longest_path(wg_node *root, const wg_path_study *study, const wg_node **path, wg_error *error);

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
  size_t alive;      /* bytes of the values that somebody will still read, at the step where they are most */
  size_t bytes;      /* wg_plan_bytes: what the plan takes to hold them */
  double seconds;    /* of one run */
  bool equal;        /* all outputs have the same bits as without checkpoints */
} wg_checkpoint_row;

enum {
  WG_CHECKPOINT_ADVANCES_MAX = 2000000 /* a plan has a step for each */
};

/* Records the gradients, plans them without checkpoints, and runs that. `bindings` must outlive it. Errors:
 * WG_ERROR_ARGUMENT, WG_ERROR_UNBOUND, WG_ERROR_DATA, WG_ERROR_MEMORY. To be freed before the tape. */
WG_API wg_status wg_checkpoint_study_new(wg_checkpoint_study *study, wg_node *root, size_t count, wg_node *const *wrt,
                                         size_t binding_count, const wg_binding *bindings,
                                         const wg_allocator *allocator, wg_error *error);
WG_API void wg_checkpoint_study_free(wg_checkpoint_study *study);

/* Plans, runs and compares. `slots` and `byte_budget` as in wg_checkpoint_options; `stages`: how many there are, as known
 * from an earlier row, or 0. Errors: as above; WG_ERROR_ARGUMENT also for no slots, too small a budget, and more than
 * WG_CHECKPOINT_ADVANCES_MAX advances. */
WG_API wg_status wg_checkpoint_study_run(const wg_checkpoint_study *study, wg_checkpointing policy, size_t slots,
                                         size_t byte_budget, size_t stages, double (*seconds)(void),
                                         wg_checkpoint_row *row, wg_error *error);

/* ---- Costs ---- */

/* What a plan does. An operation is one multiply-add, one elementary function of numbers, one comparison, or one number
 * moved. Bytes are those of all results and of all that is read for them. UINT64_MAX is that or more. */
typedef struct wg_cost {
  uint64_t steps, multiply_adds, operations, bytes;
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
  double seconds[WG_COST_MODES]; /* of the fastest of several runs, taken in turn */
  int64_t elements;              /* of all the variables: directions of forward mode */
  const wg_allocator *allocator;
} wg_cost_study;

/* Records and plans all modes for a scalar root, in f64, and runs them. `seed` may be NULL, for 1. `bindings` has all
 * leaves, the seed too. Errors: WG_ERROR_ARGUMENT, WG_ERROR_UNBOUND, WG_ERROR_DATA, WG_ERROR_MEMORY. */
WG_API wg_status wg_cost_study_new(wg_cost_study *study, wg_node *root, wg_node *seed, size_t count,
                                   wg_node *const *wrt, size_t binding_count, const wg_binding *bindings,
                                   double (*seconds)(void), const wg_allocator *allocator, wg_error *error);
WG_API void wg_cost_study_free(wg_cost_study *study);

/* `times` runs of it: forward mode for a whole gradient, or central differences. */
WG_API wg_cost wg_cost_times(wg_cost cost, uint64_t times);

#ifdef __cplusplus
}
#endif
#endif
