/* plan.c: making a plan: which nodes are needed, in which order they are computed, and where their values lie. */
#include "plan_internal.h"
#include "text.h"

#include <string.h>

wg_status wg_plan_fail(wg_plan *plan, wg_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(plan->message, sizeof plan->message, format, arguments);
  va_end(arguments);
  return plan->status = status;
}

void wg_plan_refuse(wg_plan *plan, wg_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(plan->message, sizeof plan->message, format, arguments);
  va_end(arguments);
  plan->status = status;
  plan->made = false;
}

bool wg_plan_fail_memory(wg_plan *plan) {
  wg_plan_fail(plan, WG_ERROR_MEMORY, "out of memory for a plan of %zu values", plan->value_count);
  return false;
}

/* ---- Leaves, then the other nodes in the order of a sequence ---- */

static bool is_leaf(const wg_node *node) { return node->input_count == 0; }

size_t wg_plan_leaf(const wg_plan *plan, const wg_node *leaf) {
  size_t low = 0, high = plan->leaf_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (plan->values[middle].node->id < leaf->id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < plan->leaf_count && plan->values[low].node == leaf ? low : WG_NOWHERE;
}

bool wg_sequence_needed(wg_sequence *sequence, const wg_tape *tape, size_t count, wg_node *const *outputs) {
  size_t end = 0, needed_count = 0;
  *sequence = (wg_sequence){0};
  for (size_t k = 0; k < count; k++)
    if (outputs[k]->id >= end) end = outputs[k]->id + 1;
  unsigned char *needed = wg_allocate_zeroed(&tape->allocator, end, 1);
  if (!needed) return false;
  for (size_t k = 0; k < count; k++) needed[outputs[k]->id] = 1;
  for (size_t id = end; id-- > 0;) {
    const wg_node *node = wg_tape_node(tape, id);
    needed_count += needed[id];
    for (int i = 0; needed[id] && i < node->input_count; i++) needed[node->inputs[i]->id] = 1;
  }
  sequence->nodes = wg_allocate(&tape->allocator, needed_count, sizeof *sequence->nodes);
  for (int leaves = 1; sequence->nodes && leaves >= 0; leaves--) {
    for (size_t id = 0; id < end; id++)
      if (needed[id] && is_leaf(wg_tape_node(tape, id)) == leaves)
        sequence->nodes[sequence->count++] = wg_tape_node(tape, id);
    if (leaves) sequence->leaf_count = sequence->count;
  }
  sequence->end = end;
  wg_release(&tape->allocator, needed);
  return sequence->nodes != NULL;
}

void wg_sequence_free(wg_sequence *sequence, const wg_tape *tape) {
  wg_release(wg_tape_allocator(tape), sequence->nodes);
  *sequence = (wg_sequence){0};
}

/* One value for each entry of the sequence. A node that stands there twice is computed twice, and is read where it was
 * computed last. */
static bool plan_values(wg_plan *plan, const wg_sequence *sequence) {
  plan->latest = wg_allocate(plan->allocator, sequence->end, sizeof *plan->latest);
  plan->values = wg_allocate_zeroed(plan->allocator, sequence->count, sizeof *plan->values);
  plan->value_capacity = plan->value_count = plan->values ? sequence->count : 0;
  plan->node_count = sequence->count;
  plan->leaf_count = sequence->leaf_count;
  if (!plan->latest || !plan->values) return wg_plan_fail_memory(plan);
  for (size_t index = 0; index < sequence->count; index++) plan->values[index].node = sequence->nodes[index];
  for (size_t index = 0; index < sequence->count; index++) {
    if (!wg_plan_node(plan, index)) return false;
    plan->latest[sequence->nodes[index]->id] = index;
  }
  return true;
}

static bool plan_outputs(wg_plan *plan, size_t count, wg_node *const *outputs) {
  plan->outputs = wg_allocate(plan->allocator, count, sizeof *plan->outputs);
  plan->output_nodes = wg_allocate(plan->allocator, count, sizeof *plan->output_nodes);
  if (!plan->outputs || !plan->output_nodes) return wg_plan_fail_memory(plan);
  for (size_t k = 0; k < count; k++) {
    plan->output_nodes[k] = outputs[k];
    if (!wg_plan_value_dense(plan, plan->latest[outputs[k]->id], &plan->outputs[k])) return false;
  }
  plan->output_count = count;
  return true;
}

enum { CACHE_LINE = 64 };

static bool plan_memory(wg_plan *plan) {
  wg_plan_live(plan);
  if (!wg_plan_place(plan)) return wg_plan_fail_memory(plan);
  plan->memory =
      plan->bytes <= PTRDIFF_MAX - CACHE_LINE ? wg_allocate(plan->allocator, plan->bytes + CACHE_LINE, 1) : NULL;
  if (!plan->memory) return wg_plan_fail_memory(plan);
  plan->aligned = plan->memory + (CACHE_LINE - (uintptr_t)plan->memory % CACHE_LINE) % CACHE_LINE;
  for (size_t s = 0; s < plan->storage_count; s++) {
    wg_storage *storage = &plan->storages[s];
    if (storage->heir_of != WG_NOWHERE) storage->offset = plan->storages[storage->heir_of].offset;
    if (storage->kind == WG_STORAGE_PLAN) storage->data = plan->aligned + storage->offset;
  }
  return true;
}

/* A plan that says whether its outputs can be planned at all. */
static wg_plan *plan_begin(size_t count, wg_node *const *outputs) {
  wg_tape *tape = NULL;
  for (size_t k = 0; outputs && k < count && !tape; k++) tape = wg_node_tape(outputs[k]);
  const wg_allocator *allocator = wg_tape_allocator(tape);
  wg_plan *plan = wg_allocate_zeroed(allocator, 1, sizeof *plan);
  if (!plan) return NULL;
  plan->tape = tape;
  plan->allocator = allocator;
  if (count && !outputs) wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: the array of %zu outputs is NULL", count);
  for (size_t k = 0; outputs && k < count && plan->status == WG_OK; k++) {
    if (wg_node_inert(outputs[k])) {
      if (wg_tape_status(tape) != WG_OK && tape)
        wg_plan_fail(plan, tape->status, "%s", tape->message);
      else
        wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: output %zu of %zu is NULL, or comes from a call that failed",
                     k + 1, count);
    } else if (outputs[k]->tape != tape) {
      wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: outputs of two tapes");
    }
  }
  return plan;
}

static void plan_make(wg_plan *plan, size_t count, wg_node *const *outputs, const wg_sequence *sequence) {
  plan->made = plan_values(plan, sequence) && plan_outputs(plan, count, outputs) && plan_memory(plan);
  wg_release(plan->allocator, plan->latest);
  plan->latest = NULL;
}

wg_plan *wg_plan_new_sequence(size_t count, wg_node *const *outputs, const wg_sequence *sequence) {
  wg_plan *plan = plan_begin(count, outputs);
  if (plan && plan->status == WG_OK) plan_make(plan, count, outputs, sequence);
  return plan;
}

wg_plan *wg_plan_new(size_t count, wg_node *const *outputs) {
  wg_plan *plan = plan_begin(count, outputs);
  if (!plan || plan->status != WG_OK) return plan;
  wg_sequence sequence = {0};
  if (!count || wg_sequence_needed(&sequence, plan->tape, count, outputs))
    plan_make(plan, count, outputs, &sequence);
  else
    wg_plan_fail_memory(plan);
  if (count) wg_sequence_free(&sequence, plan->tape);
  return plan;
}

void wg_plan_free(wg_plan *plan) {
  if (!plan) return;
  wg_release(plan->allocator, plan->memory);
  wg_release(plan->allocator, plan->outputs);
  wg_release(plan->allocator, plan->output_nodes);
  wg_release(plan->allocator, plan->steps);
  wg_release(plan->allocator, plan->storages);
  wg_release(plan->allocator, plan->values);
  wg_arena_free(&plan->arena, plan->allocator);
  wg_release(plan->allocator, plan);
}

/* ---- What a plan is made of ---- */

wg_status wg_plan_status(const wg_plan *plan) { return plan ? plan->status : WG_ERROR_MEMORY; }
const char *wg_plan_error(const wg_plan *plan) { return plan ? plan->message : "no plan (out of memory)"; }
size_t wg_plan_step_count(const wg_plan *plan) { return plan ? plan->step_count : 0; }
size_t wg_plan_bytes(const wg_plan *plan) { return plan ? plan->bytes : 0; }

bool wg_plan_step_at(const wg_plan *plan, size_t i, wg_plan_step *step) {
  if (i >= wg_plan_step_count(plan)) return false;
  const wg_step *s = &plan->steps[i];
  const wg_storage *storage = wg_storage_of(plan, &plan->values[s->result]);
  *step = (wg_plan_step){.node = s->node,
                         .offset = storage->offset,
                         .last = storage->dies,
                         .bytes = plan->storages[plan->values[s->result].storage].bytes,
                         .in_place = s->in_place,
                         .copy = !s->loop && !s->kernel};
  return true;
}
