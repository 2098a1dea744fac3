/* chain_counts.c: how long the chain rule is when it is written out by hand, factor by factor between named nodes. */
#include "region.h"

/* What is known of one node of the region. */
typedef struct chain {
  uint64_t paths, factors; /* from the root to this named node: paths, and their lengths summed */
  size_t seen_from;        /* the named node whose walk was here last, plus one; 0 for none */
  bool named;
} chain;

typedef struct chains {
  const wg_region *region;
  const wg_tape *tape;
  size_t root;
  chain *at;     /* at[id − low] */
  size_t *stack; /* nodes whose inputs a walk has yet to look at */
  wg_chain_counts *counts;
} chains;

/* Walks down from the named node u through nodes without a name. Every named v that it meets is one edge u → v, the
 * factor ∂u/∂v, however many ways lead there. */
static void chains_from(chains *c, size_t u) {
  const chain *from = &c->at[u - c->region->low];
  size_t depth = 0;
  c->stack[depth++] = u;
  while (depth > 0) {
    const wg_node *node = wg_tape_node(c->tape, c->stack[--depth]);
    for (int i = 0; i < node->input_count; i++) {
      if (!wg_region_edge(c->region, node, i)) continue;
      size_t v = node->inputs[i]->id;
      chain *to = &c->at[v - c->region->low];
      if (to->seen_from == u + 1) continue;
      to->seen_from = u + 1;
      if (!to->named) {
        c->stack[depth++] = v;
        continue;
      }
      to->paths = wg_sum_saturated(to->paths, from->paths);
      to->factors = wg_sum_saturated(to->factors, wg_sum_saturated(from->factors, from->paths));
      c->counts->factors_reused++;
      if (u != c->root) c->counts->products_reused++;
    }
  }
}

static void chains_count(chains *c, size_t count, wg_node *const *wrt) {
  const wg_region *region = c->region;
  for (size_t id = region->low; id <= region->high; id++)
    c->at[id - region->low].named = wg_tape_node(c->tape, id)->name;
  for (size_t k = 0; k < count; k++)
    if (wg_region_has(region, wrt[k])) c->at[wrt[k]->id - region->low].named = true;
  c->at[c->root - region->low] = (chain){.paths = 1, .named = true};
  for (size_t id = region->high + 1; id-- > region->low;)
    if (region->inside[id - region->low] && c->at[id - region->low].named) chains_from(c, id);

  for (size_t k = 0; k < count; k++) {
    if (!wg_region_has(region, wrt[k]) || wrt[k]->id == c->root) continue;
    const chain *wanted = &c->at[wrt[k]->id - region->low];
    c->counts->paths = wg_sum_saturated(c->counts->paths, wanted->paths);
    c->counts->factors = wg_sum_saturated(c->counts->factors, wanted->factors);
    /* A path of n factors is written with n − 1 products. */
    uint64_t products = wanted->factors == UINT64_MAX ? UINT64_MAX : wanted->factors - wanted->paths;
    c->counts->products = wg_sum_saturated(c->counts->products, products);
  }
}

wg_status wg_chain_count(wg_node *root, size_t count, wg_node *const *wrt, wg_chain_counts *counts) {
  wg_tape *tape = wg_node_tape(root);
  *counts = (wg_chain_counts){0};
  if (!wg_nodes_usable(tape, "chain from the root", 1, &root) || !wg_nodes_usable(tape, "chain to", count, wrt))
    return WG_ERROR_ARGUMENT;
  wg_region region = {0};
  chains c = {.region = &region, .tape = tape, .root = root->id, .counts = counts};
  if (wg_region_find(&region, root, count, wrt)) {
    size_t length = region.high + 1 - region.low;
    c.at = wg_allocate_zeroed(&tape->allocator, length, sizeof *c.at);
    c.stack = wg_allocate(&tape->allocator, length, sizeof *c.stack);
    if (c.at && c.stack && length) chains_count(&c, count, wrt);
  }
  bool counted = c.at && c.stack;
  if (!counted) wg_tape_fail_memory(tape);
  wg_release(&tape->allocator, c.at);
  wg_release(&tape->allocator, c.stack);
  wg_region_free(&region, tape);
  return counted ? WG_OK : WG_ERROR_MEMORY;
}
