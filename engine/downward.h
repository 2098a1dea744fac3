/* downward.h: the pass of the reverse sweep over other numbers than adjoints; internal to the library and the program.
 *
 * The sweep sums over all paths from the root down to a node the product of what stands on their edges,
 *     value(root) = 1;  value(v) = ⊕ over edges from a consumer y to its input v: value(y) ⊗ weight(edge).
 * That takes no more of ⊕ and ⊗ than the laws of a semiring (⊗ distributes over ⊕), so the same pass counts paths,
 * measures them, or asks whether there is one (F. L. Bauer, "Computational graphs and rounding error", 1974; the algebra:
 * M. Mohri, "Semiring frameworks and algorithms for shortest-distance problems", 2002). */
#ifndef WG_DOWNWARD_H
#define WG_DOWNWARD_H

#include "natural.h"
#include "tape.h"

/* The edge from a consumer to its input; `first` if the consumer is the root. */
typedef struct wg_edge {
  const wg_node *consumer;
  int input;
  bool first;
} wg_edge;

typedef struct wg_semiring {
  size_t size; /* bytes of a value */
  void (*zero)(void *value, const wg_allocator *allocator);
  bool (*one)(void *value); /* from zero to one */
  /* value ← value ⊕ (from ⊗ weight of the edge). False without memory, as `one`. */
  bool (*extend)(void *value, const void *from, const wg_edge *edge);
  void (*release)(void *value);
} wg_semiring;

/* How many paths there are: wg_natural under + and ·, every edge weighs 1. */
extern const wg_semiring wg_semiring_paths;

/* The edges of the longest path: int64_t under max and +, every edge weighs 1; −1 where there is no path. */
extern const wg_semiring wg_semiring_longest;

/* Whether there is a path: bool under or and and. */
extern const wg_semiring wg_semiring_reaches;

/* The chain rule written out path by path, an edge a factor: how many factors and products that are. Numbers of paths
 * with the derivatives of their weights (the "expectation semiring": a product of pairs (p, f) is (p·p', p·f' + f·p')). */
typedef struct wg_expansion {
  wg_natural paths, factors, products;
} wg_expansion;
extern const wg_semiring wg_semiring_expansion;

/* The rules that a sweep without memo applies for a node, as a wg_natural: an edge costs its own rule and again all those
 * of the consumer, value(v) = Σ (1 + value(y)), value(root) = 0. One more is the number of paths from anywhere above. */
extern const wg_semiring wg_semiring_rules;

/* A finished pass. */
typedef struct wg_downward wg_downward;

/* The pass from the root to the wanted nodes, along the edges that have a derivative. NULL without memory or where a
 * node cannot be used, with the failure on the tape. The caller frees it, before the tape. */
wg_downward *wg_downward_new(wg_node *root, size_t count, wg_node *const *wanted, const wg_semiring *semiring);
void wg_downward_free(wg_downward *pass);

/* The value of a node between root and wanted nodes; the semiring's zero for any other. */
const void *wg_downward_at(const wg_downward *pass, const wg_node *node);

#endif
