/* grad.h: reverse-mode differentiation: the sweep over the tape that applies the chain rule, each adjoint formed once.
 *
 * The adjoint of a node v is the derivative of the root by v. It is the sum of what v's consumers send:
 *     adjoint(v) = Σ over consumers y of v:  vjp(y, adjoint(y), v)
 * With the adjoints kept in a memo this is dynamic programming over the graph, linear in its edges (Linnainmaa 1970;
 * Griewank & Walther, Evaluating Derivatives, ch. 3). Without, each is formed anew for every path.
 * Adjoints are nodes of the same tape: they can be printed, planned and differentiated again. */
#ifndef WG_GRAD_H
#define WG_GRAD_H

#include "tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* grad[k] = ∂root/∂wrt[k], for a scalar root. The nodes wrt may be of any kind, intermediates too. A node that the root
 * does not depend on gets zeros (wg_fill). On failure every grad[k] is inert, the tape keeps the message, and the
 * status is returned: WG_ERROR_ARGUMENT (root not scalar, nodes of two tapes, an integer node), WG_ERROR_MEMORY. */
WG_API wg_status wg_grad(wg_node *root, size_t count, wg_node *const *wrt, wg_node **grad);

/* The same for a root of any shape, contracted with a seed of that shape: the vector–Jacobian product seedᵀ·∂root/∂wrt. */
WG_API wg_status wg_vjp(wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt, wg_node **grad);

/* What a sweep did. */
typedef struct wg_sweep_counts {
  uint64_t visited; /* nodes whose adjoint was formed */
  uint64_t rules;   /* local backward rules applied: one for each edge of the graph between root and wrt */
  uint64_t sums;    /* contributions added to one that was there already */
  uint64_t lookups; /* questions to the memo */
  uint64_t hits;    /* … that it could answer */
} wg_sweep_counts;

/* One step of a sweep. */
typedef enum wg_event_kind {
  WG_EVENT_SEED, /* the adjoint of the root is set: node, adjoint */
  WG_EVENT_HIT,  /* the memo knew the adjoint: node, adjoint */
  WG_EVENT_MISS, /* the memo did not know it: node */
  WG_EVENT_RULE, /* consumer's rule sends `contribution` to node, its i-th input */
  WG_EVENT_SUM,  /* the contribution is added to what was there: node, contribution, adjoint so far */
  WG_EVENT_DONE  /* all contributions are in, the memo keeps the adjoint: node, adjoint */
} wg_event_kind;

typedef struct wg_event {
  wg_event_kind kind;
  int input;             /* WG_EVENT_RULE: which input of the consumer */
  wg_node *node;         /* whose adjoint this is about */
  wg_node *consumer;     /* WG_EVENT_RULE */
  wg_node *contribution; /* WG_EVENT_RULE, WG_EVENT_SUM */
  wg_node *adjoint;
} wg_event;

WG_API const char *wg_event_text(wg_event_kind kind); /* "seed", "hit", … */

/* Options of a sweep; all zero is what wg_grad does. */
typedef struct wg_sweep_options {
  wg_node *seed;        /* NULL: one, for a scalar root */
  bool must_reach;      /* a wanted node that the root does not depend on is WG_ERROR_ARGUMENT, instead of zeros */
  bool without_memo;    /* form every adjoint anew for each consumer that asks: exponential in a graph with fan-out */
  uint64_t rule_budget; /* without memo: give up with WG_ERROR_ARGUMENT after so many rules; 0 means 1,000,000 */
  void (*event)(void *context, const wg_event *event); /* told of each step, in order; may be NULL */
  void *context;
} wg_sweep_options;

/* wg_grad with options and counts. `options` and `counts` may be NULL. With and without memo the results are the same
 * nodes, because equal calls are one node. */
WG_API wg_status wg_sweep(wg_node *root, size_t count, wg_node *const *wrt, wg_node **grad,
                          const wg_sweep_options *options, wg_sweep_counts *counts);

/* How many rules a sweep without memo would apply for these nodes, counted exactly by dynamic programming without
 * applying any; UINT64_MAX if it is that or more. */
WG_API wg_status wg_sweep_rules_without_memo(wg_node *root, size_t count, wg_node *const *wrt, uint64_t *rules);

/* The length of the chain rule as a lecture writes it: a factor is ∂u/∂v for two named nodes with nothing named
 * between, as in ∂J/∂W1 = ∂J/∂A2·∂A2/∂Z2·∂Z2/∂A1·∂A1/∂Z1·∂Z1/∂W1, five factors and four products. The root and wrt count
 * as named. A number is UINT64_MAX if it is that or more. */
typedef struct wg_chain_counts {
  uint64_t paths;           /* from the root to the wanted nodes, each a term of its own */
  uint64_t factors;         /* written if every path is written out by itself */
  uint64_t products;        /* … and the products between them */
  uint64_t factors_reused;  /* written if what is there already is used again: each factor once */
  uint64_t products_reused; /* … each applied once to what stands before it; those of the root stand first */
} wg_chain_counts;

/* Counts them for ∂root/∂wrt, without recording anything; root and wrt of any shape. An element wrt[k] that the root does
 * not depend on, or that is the root, adds nothing. Errors: WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. */
WG_API wg_status wg_chain_count(wg_node *root, size_t count, wg_node *const *wrt, wg_chain_counts *counts);

/* The adjoint of `node` that an earlier sweep from `root` (with the seed one) has formed, or NULL. */
WG_API wg_node *wg_adjoint(wg_node *root, wg_node *node);

#ifdef __cplusplus
}
#endif
#endif
