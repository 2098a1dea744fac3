/* explore_copy.c: the part of a tape up to a root, recorded anew on another tape.
 *
 * Equal calls are one node, so the copy has the same nodes under the same numbers, and no memo of earlier sweeps. */
#include "explore_internal.h"

#include "../engine/formula.h"
#include "../engine/tape_internal.h"

enum { ATTRS_MAX = 17 };

static wg_node *copy_leaf(wg_tape *tape, const wg_node *node) {
  double value;
  int64_t count;
  if (wg_node_is_input(node)) return wg_input(tape, node->name, node->dtype, *node->shape);
  if (wg_node_is_param(node)) return wg_param(tape, node->name, node->dtype, *node->shape);
  if (wg_node_is_fill(node, &value, &count)) return wg_fill_over(tape, node->dtype, *node->shape, value, count);
  return wg_constant(tape, node->dtype, *node->shape, wg_constant_data(node));
}

static wg_node *copy_operation(wg_exploration *e, const wg_node *node) {
  wg_attr attrs[ATTRS_MAX] = {{0}};
  int count = 0;
  for (const wg_attr *a = node->op->attrs; a && a->kind != WG_ATTR_END && count < ATTRS_MAX - 1; a++, count++)
    attrs[count] = node->attrs[count];
  wg_node **inputs = wg_allocate(e->allocator, (size_t)node->input_count, sizeof *inputs);
  if (!inputs) {
    wg_tape_fail_memory(e->tape);
    return wg_tape_inert(e->tape);
  }
  for (int i = 0; i < node->input_count; i++) inputs[i] = wg_tape_node(e->tape, node->inputs[i]->id);
  wg_node *copy = wg_apply(node->op, node->input_count, inputs, attrs);
  wg_release(e->allocator, inputs);
  return copy;
}

static bool copy_nodes(wg_exploration *e, const wg_node *root) {
  for (size_t id = 0; id <= root->id; id++) {
    const wg_node *node = wg_tape_node(root->tape, id);
    wg_node *copy = wg_node_is_leaf(node) ? copy_leaf(e->tape, node) : copy_operation(e, node);
    if (wg_node_inert(copy)) return false;
    if (copy->id != id) {
      wg_tape_fail(e->tape, WG_ERROR_ARGUMENT, "explore: %s cannot be recorded a second time", node->op->name);
      return false;
    }
    if (node->name && !wg_node_is_leaf(node)) wg_name(copy, node->name);
  }
  return wg_tape_status(e->tape) == WG_OK;
}

/* The node of the copy, or NULL for one of another tape, or after the root. */
static wg_node *copy_of(const wg_exploration *e, const wg_node *root, const wg_node *node) {
  if (wg_node_inert(node) || node->tape != root->tape || node->id > root->id) return NULL;
  return wg_tape_node(e->tape, node->id);
}

static bool depends_on(const wg_node *root, size_t count, wg_node *const *wanted, bool *needed) {
  needed[root->id] = true;
  for (size_t id = root->id + 1; id-- > 0;) {
    const wg_node *node = wg_tape_node(root->tape, id);
    for (int i = 0; needed[id] && i < node->input_count; i++) needed[node->inputs[i]->id] = true;
  }
  bool any = false;
  for (size_t k = 0; k < count; k++) any = any || needed[wanted[k]->id];
  return any;
}

/* Which nodes can be computed: those whose leaves are all bound. */
static wg_status find_bound(wg_exploration *e, const bool *needed) {
  for (size_t k = 0; k < e->binding_count; k++) e->bound[e->bindings[k].node->id] = true;
  for (size_t id = 0; id < e->forward; id++) {
    const wg_node *node = wg_tape_node(e->tape, id);
    char text[WG_NODE_TEXT_SIZE];
    bool given = wg_node_is_input(node) || wg_node_is_param(node);
    if (!given) e->bound[id] = true;
    for (int i = 0; i < node->input_count; i++) e->bound[id] = e->bound[id] && e->bound[node->inputs[i]->id];
    if (given && needed[id] && !e->bound[id])
      return wg_error_set(e->error, WG_ERROR_UNBOUND, "explore: %s %s has no values: give it a binding", node->op->name,
                          wg_node_text(node, text));
  }
  return WG_OK;
}

static wg_status copy_bindings(wg_exploration *e, const wg_node *root, size_t count, const wg_binding *bindings) {
  for (size_t k = 0; k < count; k++) {
    const wg_node *node = bindings[k].node;
    if (wg_node_inert(node) || node->tape != root->tape || !(wg_node_is_input(node) || wg_node_is_param(node)))
      return wg_error_set(e->error, WG_ERROR_ARGUMENT,
                          "explore: binding %zu of %zu is not an input or parameter of the root's tape", k + 1, count);
    wg_node *copy = copy_of(e, root, node);
    if (copy && (bindings[k].data || wg_node_size(node) == 0))
      e->bindings[e->binding_count++] = (wg_binding){copy, bindings[k].data};
  }
  return WG_OK;
}

static wg_status copy_wanted(wg_exploration *e, const wg_node *root, size_t count, wg_node *const *wanted) {
  for (size_t k = 0; k < count; k++) {
    e->wanted[k] = copy_of(e, root, wanted[k]);
    if (!e->wanted[k])
      return wg_error_set(e->error, WG_ERROR_ARGUMENT,
                          "explore: wanted node %zu of %zu does not stand before the root on its tape", k + 1, count);
  }
  e->count = count;
  return WG_OK;
}

wg_status wg_explore_tape_failure(wg_exploration *e) {
  wg_status status = wg_tape_status(e->tape);
  return wg_error_set(e->error, status == WG_OK ? WG_ERROR_MEMORY : status, "%s",
                      status == WG_OK ? "out of memory" : wg_tape_error(e->tape));
}

static wg_status check_arguments(wg_exploration *e, const wg_node *root, size_t count, wg_node *const *wanted) {
  if (wg_node_inert(root)) {
    bool failed = root && root->tape && wg_tape_status(root->tape) != WG_OK;
    return wg_error_set(e->error, failed ? wg_tape_status(root->tape) : WG_ERROR_ARGUMENT, "explore: %s",
                        failed ? wg_tape_error(root->tape) : "the root is NULL, or comes from a call that failed");
  }
  if (!count || !wanted) return wg_error_set(e->error, WG_ERROR_ARGUMENT, "explore: no node is wanted");
  return WG_OK;
}

wg_status wg_explore_copy(wg_exploration *e, wg_node *root, size_t count, wg_node *const *wanted, size_t binding_count,
                          const wg_binding *bindings) {
  wg_status status = check_arguments(e, root, count, wanted);
  if (status != WG_OK) return status;
  e->tape = wg_tape_new_with(e->allocator);
  e->forward = root->id + 1;
  e->wanted = wg_allocate(e->allocator, count, sizeof *e->wanted);
  e->grad = wg_allocate(e->allocator, count, sizeof *e->grad);
  e->bindings = wg_allocate(e->allocator, bindings ? binding_count : 0, sizeof *e->bindings);
  e->bound = wg_allocate_zeroed(e->allocator, e->forward, sizeof *e->bound);
  bool *needed = wg_allocate_zeroed(e->allocator, e->forward, sizeof *needed);
  bool made = e->tape && e->wanted && e->grad && e->bindings && e->bound && needed;
  if (!made)
    status = wg_error_memory(e->error);
  else if (!copy_nodes(e, root))
    status = wg_explore_tape_failure(e);
  else
    status = copy_bindings(e, root, bindings ? binding_count : 0, bindings);
  if (status == WG_OK) {
    e->root = wg_tape_node(e->tape, root->id);
    status = copy_wanted(e, root, count, wanted);
  }
  if (status == WG_OK && !depends_on(e->root, count, e->wanted, needed))
    status = wg_error_set(e->error, WG_ERROR_ARGUMENT, "explore: the root depends on none of the wanted nodes");
  if (status == WG_OK) status = find_bound(e, needed);
  wg_release(e->allocator, needed);
  return status;
}
