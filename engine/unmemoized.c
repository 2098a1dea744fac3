/* unmemoized.c: the chain rule without its memo, to measure what the memo saves: each adjoint is formed anew for every
 * consumer that asks for it,
 *     adjoint(v) = Σ over consumers y of v: vjp(y, adjoint(y), v),
 * so a node's rules are applied once for each path from the root. Executed with an explicit stack; counted exactly, and
 * without applying any, by dynamic programming over the same edges. */
#include "region.h"

/* Edge (y, i): the i-th input of y. The edges into node v lie in edges[first[v] … first[v + 1]), latest consumer first:
 * the order in which the sweep with memo adds them, so that the sums are the same nodes. */
typedef struct edge {
  wg_node *consumer;
  int input;
} edge;

typedef struct edge_table {
  size_t *first;
  edge *edges;
} edge_table;

/* Calls once for each edge inside the region, the latest consumer first. */
#define FOR_EACH_EDGE(region, tape, y, i)                                                                              \
  for (size_t id_ = (region)->high + 1; id_-- > (region)->low;)                                                        \
    for (wg_node *y = wg_tape_node(tape, id_); y && wg_region_has(region, y); y = NULL)                                \
      for (int i = 0; i < y->input_count; i++)                                                                         \
        if (wg_region_edge(region, y, i))

static bool edge_table_make(edge_table *table, const wg_region *region, const wg_tape *tape) {
  size_t length = region->high + 1 - region->low, count = 0;
  table->first = wg_allocate_zeroed(&tape->allocator, length + 2, sizeof *table->first);
  if (!table->first) return false;
  FOR_EACH_EDGE(region, tape, y, i) {
    table->first[y->inputs[i]->id - region->low + 2]++;
    count++;
  }
  for (size_t k = 2; k < length + 2; k++) table->first[k] += table->first[k - 1];
  table->edges = wg_allocate(&tape->allocator, count, sizeof *table->edges);
  if (!table->edges) return false;
  FOR_EACH_EDGE(region, tape, y, i)
  table->edges[table->first[y->inputs[i]->id - region->low + 1]++] = (edge){y, i};
  return true;
}

static void edge_table_free(edge_table *table, const wg_tape *tape) {
  wg_release(&tape->allocator, table->edges);
  wg_release(&tape->allocator, table->first);
}

/* One adjoint being formed. */
typedef struct frame {
  wg_node *node, *sum;
  size_t next; /* edge to take next */
} frame;

typedef struct walk {
  const wg_region *region;
  wg_node *root, *seed;
  edge_table table;
  frame *stack;
  size_t depth, capacity;
  uint64_t budget;
  wg_sweep_counts *counts;
  const wg_sweep_options *options;
} walk;

static bool walk_push(walk *w, wg_node *node) {
  frame *stack = wg_grow(wg_tape_allocator(w->root->tape), w->stack, w->depth, &w->capacity, sizeof *stack);
  if (!stack) {
    wg_tape_fail_memory(w->root->tape);
    return false;
  }
  w->stack = stack;
  bool at_root = node == w->root;
  size_t next = w->table.first[node->id - w->region->low + (at_root ? 1 : 0)]; /* the root asks nobody */
  w->stack[w->depth++] = (frame){node, at_root ? w->seed : NULL, next};
  w->counts->visited++;
  return true;
}

/* Adds the contribution of the edge that the frame has just come back from. */
static bool walk_contribute(walk *w, frame *f, wg_node *dy) {
  edge e = w->table.edges[f->next++];
  if (w->counts->rules == w->budget) {
    wg_tape_fail(w->root->tape, WG_ERROR_ARGUMENT, "the sweep without memo needs more than %llu rules",
                 (unsigned long long)w->budget);
    return false;
  }
  w->counts->rules++;
  wg_node *contribution = e.consumer->op->vjp(e.consumer, dy, e.input);
  if (w->options->event)
    w->options->event(w->options->context, &(wg_event){.kind = WG_EVENT_RULE,
                                                       .input = e.input,
                                                       .node = f->node,
                                                       .consumer = e.consumer,
                                                       .contribution = contribution});
  if (f->sum) w->counts->sums++;
  f->sum = f->sum ? wg_accumulate(f->sum, contribution) : contribution;
  return !wg_node_inert(f->sum);
}

/* The adjoint of one node, or NULL. */
static wg_node *walk_adjoint(walk *w, wg_node *wanted) {
  w->depth = 0;
  if (!walk_push(w, wanted)) return NULL;
  for (;;) {
    frame *f = &w->stack[w->depth - 1];
    if (f->next < w->table.first[f->node->id - w->region->low + 1]) {
      if (!walk_push(w, w->table.edges[f->next].consumer)) return NULL;
      continue;
    }
    wg_node *adjoint = f->sum;
    if (w->options->event)
      w->options->event(w->options->context, &(wg_event){.kind = WG_EVENT_DONE, .node = f->node, .adjoint = adjoint});
    if (--w->depth == 0) return adjoint;
    if (!walk_contribute(w, f - 1, adjoint)) return NULL;
  }
}

bool wg_sweep_unmemoized(const wg_region *region, wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt,
                         wg_node **grad, const wg_sweep_options *options, wg_sweep_counts *counts) {
  wg_tape *tape = root->tape;
  walk w = {.region = region,
            .root = root,
            .seed = seed,
            .counts = counts,
            .options = options,
            .budget = options->rule_budget ? options->rule_budget : 1000000};
  bool swept = edge_table_make(&w.table, region, tape);
  if (!swept) wg_tape_fail_memory(tape);
  for (size_t k = 0; swept && k < count; k++) {
    grad[k] =
        wg_region_has(region, wrt[k]) ? walk_adjoint(&w, wrt[k]) : wg_fill(tape, wrt[k]->dtype, *wrt[k]->shape, 0);
    swept = !wg_node_inert(grad[k]);
  }
  wg_release(&tape->allocator, w.stack);
  edge_table_free(&w.table, tape);
  return swept;
}

/* rules(root) = 0;  rules(v) = Σ over edges from a consumer y of v: 1 + rules(y). */
wg_status wg_sweep_rules_without_memo(wg_node *root, size_t count, wg_node *const *wrt, uint64_t *rules) {
  wg_tape *tape = wg_node_tape(root);
  *rules = 0;
  wg_region region = {0};
  if (!wg_nodes_usable(tape, "rules of the root", 1, &root) || !wg_nodes_usable(tape, "rules for", count, wrt))
    return WG_ERROR_ARGUMENT;
  uint64_t *each = NULL;
  if (wg_region_find(&region, root, count, wrt))
    each = wg_allocate_zeroed(&tape->allocator, region.high + 1 - region.low, sizeof *each);
  if (each) {
    FOR_EACH_EDGE(&region, tape, y, i) {
      uint64_t *sum = &each[y->inputs[i]->id - region.low];
      *sum = wg_sum_saturated(*sum, wg_sum_saturated(1, each[y->id - region.low]));
    }
    for (size_t k = 0; k < count; k++)
      if (wg_region_has(&region, wrt[k])) *rules = wg_sum_saturated(*rules, each[wrt[k]->id - region.low]);
  } else {
    wg_tape_fail_memory(tape);
  }
  wg_release(&tape->allocator, each);
  wg_region_free(&region, tape);
  return each ? WG_OK : WG_ERROR_MEMORY;
}
