/* witness_nodes.c: which backward rules a graph uses, each distinct one once, and with what values. */
#include "text.h"
#include "witness_internal.h"

#include <string.h>

/* A rule is distinct by operation, attributes and the element types and shapes of its inputs. */
typedef struct use {
  const wg_node *node; /* the first in the order of the tape */
  char *key;
  UT_hash_handle hh;
} use;

typedef struct uses {
  wg_witness *witness;
  wg_region region;
  use *table;   /* uthash, in the order of adding */
  size_t count; /* distinct uses */
  size_t edges; /* inputs that their rules send to */
  size_t inputs;
} uses;

/* ---- Distinct nodes ---- */

static void key_write(wg_text *text, const wg_node *node) {
  wg_text_add_bytes(text, (const char *)&node->op, sizeof node->op);
  for (int i = 0; i < node->input_count; i++) {
    wg_text_add_bytes(text, (const char *)&node->inputs[i]->dtype, sizeof(wg_dtype));
    wg_text_add_bytes(text, (const char *)&node->inputs[i]->shape->rank, sizeof(int));
    for (int axis = 0; axis < node->inputs[i]->shape->rank; axis++)
      wg_text_add_bytes(text, (const char *)&node->inputs[i]->shape->size[axis], sizeof(int64_t));
  }
  for (int i = 0; node->op->attrs && node->op->attrs[i].kind != WG_ATTR_END; i++) {
    const wg_attr *attr = &node->attrs[i];
    const uint64_t bytes = wg_attr_bytes(attr);
    wg_text_add_bytes(text, (const char *)&bytes, sizeof bytes);
    if (bytes) wg_text_add_bytes(text, wg_attr_data(attr), bytes);
  }
}

static bool use_add(uses *all, const wg_node *node) {
  const wg_allocator *hash_allocator = &all->witness->allocator;
  wg_text key = WG_TEXT_EMPTY(hash_allocator);
  key_write(&key, node);
  use *found = NULL;
  if (!key.failed) HASH_FIND(hh, all->table, key.data, key.length, found);
  if (found || key.failed) {
    bool failed = key.failed;
    wg_text_free(&key);
    return !failed;
  }
  bool hash_failed = false;
  use *added = wg_allocate_zeroed(hash_allocator, 1, sizeof *added);
  if (added) {
    *added = (use){.node = node, .key = key.data};
    HASH_ADD_KEYPTR(hh, all->table, added->key, key.length, added);
  }
  if (!added || hash_failed) {
    wg_text_free(&key);
    wg_release(hash_allocator, added);
    return false;
  }
  all->count++;
  all->inputs += (size_t)node->input_count;
  for (int i = 0; i < node->input_count; i++) all->edges += wg_region_edge(&all->region, node, i);
  return true;
}

static bool uses_find(uses *all, const wg_node *root) {
  for (size_t id = all->region.low; id <= all->region.high; id++) {
    const wg_node *node = wg_tape_node(root->tape, id);
    bool sends = false;
    for (int i = 0; wg_region_has(&all->region, node) && i < node->input_count; i++)
      sends = sends || wg_region_edge(&all->region, node, i);
    if (sends && !use_add(all, node)) return false;
  }
  return true;
}

static void uses_free(uses *all, const wg_tape *tape) {
  const wg_allocator *hash_allocator = &all->witness->allocator;
  use *one, *next;
  HASH_ITER(hh, all->table, one, next) {
    HASH_DEL(all->table, one);
    wg_release(hash_allocator, one->key);
    wg_release(hash_allocator, one);
  }
  wg_region_free(&all->region, tape);
}

/* ---- Their values ---- */

/* A plan of all that goes into them. */
static wg_plan *inputs_plan(const uses *all) {
  wg_node **inputs = wg_allocate(&all->witness->allocator, all->inputs, sizeof *inputs);
  size_t count = 0;
  for (const use *one = inputs ? all->table : NULL; one; one = one->hh.next)
    for (int i = 0; i < one->node->input_count; i++) inputs[count++] = one->node->inputs[i];
  wg_plan *plan = inputs ? wg_plan_new(count, inputs) : NULL;
  wg_release(&all->witness->allocator, inputs);
  return plan;
}

static bool use_try(uses *all, const use *one, const wg_plan *plan, const wg_witness_options *options) {
  wg_witness *witness = all->witness;
  const wg_node *node = one->node;
  const void **data = wg_allocate(&witness->allocator, (size_t)node->input_count, sizeof *data);
  bool *wanted = wg_allocate(&witness->allocator, (size_t)node->input_count, sizeof *wanted);
  wg_status status = data && wanted ? WG_OK : WG_ERROR_MEMORY;
  for (int i = 0; status == WG_OK && i < node->input_count; i++) {
    data[i] = wg_data(plan, node->inputs[i]);
    wanted[i] = wg_region_edge(&all->region, node, i);
  }
  if (status == WG_OK)
    status = wg_witness_rule_run(node, wanted, data, &witness->allocator, options->tolerance, options->seed + node->id,
                                 witness->nodes, &witness->node_count);
  wg_release(&witness->allocator, (void *)data);
  wg_release(&witness->allocator, wanted);
  return status == WG_OK || wg_witness_fail_memory(witness);
}

static bool uses_try(uses *all, wg_plan *plan, size_t binding_count, const wg_binding *bindings,
                     const wg_witness_options *options) {
  wg_witness *witness = all->witness;
  witness->nodes = wg_allocate_zeroed(&witness->allocator, all->edges, sizeof *witness->nodes);
  if (!witness->nodes || !plan) return wg_witness_fail_memory(witness);
  wg_status status = wg_plan_status(plan);
  for (size_t i = 0; i < binding_count && status == WG_OK; i++)
    status = wg_bind(plan, bindings[i].node, bindings[i].data);
  if (status == WG_OK) status = wg_run(plan);
  if (status != WG_OK) return wg_witness_fail(witness, status, "%s", wg_plan_error(plan));
  for (const use *one = all->table; one; one = one->hh.next)
    if (!use_try(all, one, plan, options)) return false;
  return true;
}

bool wg_witness_nodes_run(wg_witness *witness, wg_node *root, size_t count, wg_node *const *wrt, size_t binding_count,
                          const wg_binding *bindings, const wg_witness_options *options) {
  uses all = {.witness = witness};
  if (!wg_region_find(&all.region, root, count, wrt)) return wg_witness_fail_memory(witness);
  bool good = all.region.inside ? uses_find(&all, root) || wg_witness_fail_memory(witness) : true;
  if (good && all.count) {
    wg_plan *plan = inputs_plan(&all);
    good = uses_try(&all, plan, binding_count, bindings, options);
    wg_plan_free(plan);
  }
  uses_free(&all, root->tape);
  return good;
}
