/* study_copy.c: a graph recorded anew on a tape of its own, so that it can be swept without a trace, and again. */
#include "../engine/tape_internal.h"
#include "study_internal.h"

/* Marks what the marked nodes are made of. */
static void ancestors_mark(const wg_tape *tape, size_t end, unsigned char *needed) {
  for (size_t id = end; id-- > 0;) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; needed[id] && i < node->input_count; i++) needed[node->inputs[i]->id] = 1;
  }
}

static wg_node *leaf_copy(wg_tape *tape, const wg_node *leaf) {
  double value;
  int64_t count;
  if (wg_node_is_fill(leaf, &value, &count)) return wg_fill_over(tape, leaf->dtype, *leaf->shape, value, count);
  if (wg_node_is_param(leaf)) return wg_param(tape, NULL, leaf->dtype, *leaf->shape);
  if (wg_node_is_input(leaf)) return wg_input(tape, NULL, leaf->dtype, *leaf->shape);
  return wg_constant(tape, leaf->dtype, *leaf->shape, wg_constant_data(leaf));
}

/* The declared attributes as a list for wg_apply: `list` has room for all and the end. */
static const wg_attr *attrs_of(const wg_node *node, wg_attr *list, size_t most) {
  size_t count = 0;
  for (const wg_attr *attr = node->op->attrs; attr && attr->kind != WG_ATTR_END && count + 1 < most; attr++) {
    list[count] = node->attrs[count];
    count++;
  }
  list[count] = (wg_attr){0};
  return list;
}

/* `copies` by number on the old tape; `inputs` has room for those of any node. */
static wg_node *node_copy(wg_tape *tape, const wg_node *node, wg_node *const *copies, wg_node **inputs) {
  wg_attr attrs[32];
  if (node->input_count == 0) return leaf_copy(tape, node);
  for (int i = 0; i < node->input_count; i++) inputs[i] = copies[node->inputs[i]->id];
  return wg_apply(node->op, node->input_count, inputs, attrs_of(node, attrs, sizeof attrs / sizeof *attrs));
}

static void nodes_copy(wg_study_graph *copy, const wg_tape *tape, size_t end, const unsigned char *needed,
                       wg_node **copies, wg_node **inputs) {
  for (size_t id = 0; id < end && wg_tape_status(copy->tape) == WG_OK; id++) {
    const wg_node *node = wg_tape_node(tape, id);
    if (!needed[id]) continue;
    copies[id] = node_copy(copy->tape, node, copies, inputs);
    if (node->name) wg_name(copies[id], node->name);
  }
}

static wg_status arguments_check(wg_node *root, size_t count, wg_node *const *wanted, size_t *end, wg_error *error) {
  *end = wg_node_inert(root) ? 0 : root->id + 1;
  for (size_t k = 0; *end && k < count; k++) {
    if (wg_node_inert(wanted[k]) || wanted[k]->tape != root->tape) *end = 0;
    if (*end && wanted[k]->id >= *end) *end = wanted[k]->id + 1;
  }
  return *end ? WG_OK : wg_error_set(error, WG_ERROR_ARGUMENT, "root and wanted nodes are not of one tape, or inert");
}

static int inputs_most(const wg_tape *tape, size_t end) {
  int most = 1;
  for (size_t id = 0; id < end; id++)
    if (wg_tape_node(tape, id)->input_count > most) most = wg_tape_node(tape, id)->input_count;
  return most;
}

wg_status wg_study_graph_copy(wg_study_graph *copy, wg_node *root, size_t count, wg_node *const *wanted,
                              const wg_allocator *allocator, wg_error *error) {
  size_t end;
  *copy = (wg_study_graph){.allocator = allocator};
  wg_status status = arguments_check(root, count, wanted, &end, error);
  if (status != WG_OK) return status;
  const wg_tape *tape = root->tape;
  unsigned char *needed = wg_allocate_zeroed(allocator, end, 1);
  wg_node **copies = wg_allocate_zeroed(allocator, end, sizeof *copies);
  wg_node **inputs = wg_allocate(allocator, (size_t)inputs_most(tape, end), sizeof *inputs);
  copy->tape = wg_tape_new_with(allocator);
  copy->wanted = wg_allocate(allocator, count, sizeof *copy->wanted);
  if (needed && copies && inputs && copy->tape && copy->wanted) {
    needed[root->id] = 1;
    for (size_t k = 0; k < count; k++) needed[wanted[k]->id] = 1;
    ancestors_mark(tape, end, needed);
    nodes_copy(copy, tape, end, needed, copies, inputs);
    copy->root = copies[root->id];
    for (; copy->count < count; copy->count++) copy->wanted[copy->count] = copies[wanted[copy->count]->id];
    status = wg_tape_status(copy->tape);
    if (status != WG_OK) wg_error_set(error, status, "%s", wg_tape_error(copy->tape));
  } else {
    status = wg_error_memory(error);
  }
  wg_release(allocator, inputs);
  wg_release(allocator, copies);
  wg_release(allocator, needed);
  return status;
}
