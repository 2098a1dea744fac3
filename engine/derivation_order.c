/* derivation_order.c: which nodes get a line in a derivation, and in which order.
 *
 * A node with a line is a named one between the root and what is asked for, or one that is asked for. Its formula
 * reaches down to the next such nodes. The sweep runs through the tape backwards, so after the line of V come those of
 * the leaves in V's formula: nothing is added to their adjoints any more, unless an earlier formula has them too. */
#include "formula.h"
#include "region.h"

#include <string.h>

typedef struct order {
  const wg_allocator *allocator;
  wg_node *root, *seed;
  wg_region region;
  bool *wanted; /* wanted[id − low]: asked for */
  size_t *
      owner; /* the earliest node with a line whose formula this node is in, as id + 1; the node itself if it has one */
  size_t *place; /* where its line stands, plus 1; 0 for none. Of other nodes: whether they were seen */
  wg_target *targets;
  size_t count, capacity;
  wg_node **stack;
  size_t depth, stack_capacity;
} order;

static size_t at(const order *o, const wg_node *node) { return node->id - o->region.low; }

static bool has_line(const order *o, const wg_node *node) {
  bool named = node->name && *node->name && node != o->root;
  return wg_region_has(&o->region, node) && (named || o->wanted[at(o, node)]);
}

static bool target_add(order *o, wg_node *node, wg_node *adjoint) {
  wg_target *targets = wg_grow(o->allocator, o->targets, o->count, &o->capacity, sizeof *targets);
  if (!targets) return false;
  o->targets = targets;
  o->targets[o->count++] = (wg_target){node, adjoint};
  return true;
}

static bool line_add(order *o, wg_node *node) {
  size_t *place = &o->place[at(o, node)];
  if (*place) o->targets[*place - 1].node = NULL; /* it has more contributions than seemed: the line moves down */
  if (!target_add(o, node, wg_memo_find(o->root->tape, (wg_memo_key){o->root, o->seed, node}))) return false;
  *place = o->count;
  return true;
}

static bool push(order *o, wg_node *node) {
  wg_node **stack = wg_grow(o->allocator, o->stack, o->depth, &o->stack_capacity, sizeof *stack);
  if (!stack) return false;
  o->stack = stack;
  o->stack[o->depth++] = node;
  return true;
}

static bool push_inputs(order *o, const wg_node *node) {
  for (int i = node->input_count; i-- > 0;)
    if (wg_region_edge(&o->region, node, i) && !push(o, node->inputs[i])) return false;
  return true;
}

/* Walks the formula of V from left to right and adds the lines of the leaves in it. */
static bool leaves_add(order *o, const wg_node *V) {
  size_t first = o->count;
  bool good = push_inputs(o, V);
  while (good && o->depth > 0) {
    wg_node *node = o->stack[--o->depth];
    size_t *place = &o->place[at(o, node)];
    if (has_line(o, node)) {
      if (wg_node_is_leaf(node) && *place <= first) good = line_add(o, node);
    } else if (o->owner[at(o, node)] == V->id + 1 && !*place) {
      *place = 1;
      good = push_inputs(o, node);
    }
  }
  return good;
}

/* The nodes in reverse tape order; each tells its inputs in whose formula they are. */
static bool lines_add(order *o) {
  const wg_tape *tape = o->root->tape;
  for (size_t id = o->region.high + 1; id-- > o->region.low;) {
    wg_node *node = wg_tape_node(tape, id);
    if (!wg_region_has(&o->region, node)) continue;
    size_t *owner = &o->owner[at(o, node)];
    if (has_line(o, node) || node == o->root) *owner = id + 1;
    for (int i = 0; i < node->input_count; i++) {
      if (!wg_region_edge(&o->region, node, i)) continue;
      size_t *inner = &o->owner[at(o, node->inputs[i])];
      if (!*inner || *owner < *inner) *inner = *owner;
    }
  }
  for (size_t id = o->region.high + 1; id-- > o->region.low;) {
    wg_node *node = wg_tape_node(tape, id);
    if (!has_line(o, node) && node != o->root) continue;
    if (wg_node_is_leaf(node) && node != o->root) continue;
    if (has_line(o, node) && !line_add(o, node)) return false;
    if (!leaves_add(o, node)) return false;
  }
  return true;
}

/* Nodes asked for that the root does not depend on: their derivative is 0. */
static bool others_add(order *o, size_t count, wg_node *const *wrt, wg_node *const *grad) {
  for (size_t k = 0; k < count; k++) {
    bool again = wg_region_has(&o->region, wrt[k]);
    for (size_t earlier = 0; earlier < k && !again; earlier++) again = wrt[earlier] == wrt[k];
    if (!again && !target_add(o, wrt[k], grad[k])) return false;
  }
  return true;
}

static bool order_find(order *o, size_t count, wg_node *const *wrt, wg_node *const *grad) {
  size_t length = o->region.high + 1 - o->region.low;
  o->wanted = wg_allocate_zeroed(o->allocator, length, sizeof *o->wanted);
  o->owner = wg_allocate_zeroed(o->allocator, length, sizeof *o->owner);
  o->place = wg_allocate_zeroed(o->allocator, length, sizeof *o->place);
  if (!o->wanted || !o->owner || !o->place) return false;
  for (size_t k = 0; k < count; k++)
    if (wg_region_has(&o->region, wrt[k])) o->wanted[at(o, wrt[k])] = true;
  if (!lines_add(o) || !others_add(o, count, wrt, grad)) return false;
  size_t kept = 0;
  for (size_t k = 0; k < o->count; k++)
    if (o->targets[k].node) o->targets[kept++] = o->targets[k];
  o->count = kept;
  for (size_t k = 0; k < kept; k++)
    if (!o->targets[k].adjoint) return false;
  return true;
}

bool wg_derivation_order(wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt, wg_node *const *grad,
                         wg_target **targets, size_t *target_count) {
  order o = {.allocator = wg_tape_allocator(root->tape), .root = root, .seed = seed};
  bool good = wg_region_find(&o.region, root, count, wrt) && order_find(&o, count, wrt, grad);
  wg_region_free(&o.region, root->tape);
  wg_release(o.allocator, o.wanted);
  wg_release(o.allocator, o.owner);
  wg_release(o.allocator, o.place);
  wg_release(o.allocator, o.stack);
  if (!good) wg_release(o.allocator, o.targets);
  *targets = good ? o.targets : NULL;
  *target_count = good ? o.count : 0;
  return good;
}
