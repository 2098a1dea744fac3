/* plan.c: making a plan, and what it is made of. */
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

uint32_t wg_plan_leaf(const wg_plan *plan, const wg_node *leaf) {
  size_t low = 0, high = plan->leaf_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (plan->values[middle].node->id < leaf->id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < plan->leaf_count && plan->values[low].node == leaf ? (uint32_t)low : WG_NOWHERE;
}

/* Room for a value, a step and its inputs for each entry, so that these arrays seldom grow. */
static bool plan_room(wg_plan *plan, const wg_sequence *sequence) {
  const size_t step_count = sequence->count - sequence->leaf_count;
  size_t input_count = 0;
  for (size_t k = 0; k < sequence->count; k++) input_count += (size_t)sequence->nodes[k]->input_count;
  if (sequence->count >= WG_NOWHERE || input_count >= WG_NOWHERE) return wg_plan_fail_memory(plan);
  plan->latest = wg_allocate(plan->allocator, sequence->end, sizeof *plan->latest);
  plan->values = wg_allocate(plan->allocator, sequence->count, sizeof *plan->values);
  plan->steps = wg_allocate(plan->allocator, step_count, sizeof *plan->steps);
  plan->inputs = wg_allocate(plan->allocator, input_count, sizeof *plan->inputs);
  if (!plan->latest || !plan->values || !plan->steps || !plan->inputs) return wg_plan_fail_memory(plan);
  plan->value_capacity = sequence->count;
  plan->step_capacity = step_count;
  plan->input_capacity = input_count;
  return true;
}

/* One value for each entry of the sequence. A node that stands there twice is computed twice, and is read where it was
 * computed last. */
static bool plan_values(wg_plan *plan, const wg_sequence *sequence) {
  if (!plan_room(plan, sequence)) return false;
  plan->value_count = plan->node_count = sequence->count;
  plan->leaf_count = sequence->leaf_count;
  for (size_t index = 0; index < sequence->count; index++)
    plan->values[index] = (wg_value){.node = sequence->nodes[index]};
  for (size_t index = 0; index < sequence->count; index++) {
    uint32_t *latest = &plan->latest[sequence->nodes[index]->id];
    *latest = (uint32_t)index;
    if (!wg_plan_node(plan, (uint32_t)index)) return false;
    if (index < sequence->leaf_count && wg_plan_by_columns(plan, sequence->nodes[index]) &&
        !wg_plan_value_copy(plan, (uint32_t)index, true, latest))
      return false;
  }
  return true;
}

static bool plan_outputs(wg_plan *plan, const wg_goal *goal) {
  plan->outputs = wg_allocate(plan->allocator, goal->count, sizeof *plan->outputs);
  plan->output_nodes = wg_allocate(plan->allocator, goal->count, sizeof *plan->output_nodes);
  if (!plan->outputs || !plan->output_nodes) return wg_plan_fail_memory(plan);
  for (size_t k = 0; k < goal->count; k++) {
    plan->output_nodes[k] = goal->outputs[k];
    if (!wg_plan_value_dense(plan, plan->latest[goal->outputs[k]->id], &plan->outputs[k])) return false;
  }
  for (size_t k = 0; k < goal->count; k++) wg_owner_of(plan, plan->outputs[k])->dies = WG_NOWHERE;
  plan->output_count = goal->count;
  return true;
}

enum { CACHE_LINE = 64 };

/* Takes the one allocation, and turns offsets into addresses. */
static bool plan_memory(wg_plan *plan) {
  plan->in = wg_allocate(plan->allocator, plan->input_count, sizeof *plan->in);
  if (!plan->in) return wg_plan_fail_memory(plan);
  if (!wg_plan_terms(plan) || !wg_plan_fuse(plan)) return false;
  wg_plan_epilogues(plan);
  wg_plan_arithmetic(plan);
  wg_plan_live(plan);
  if (!wg_plan_place(plan)) return wg_plan_fail_memory(plan);
  plan->memory =
      plan->bytes <= PTRDIFF_MAX - CACHE_LINE ? wg_allocate(plan->allocator, plan->bytes + CACHE_LINE, 1) : NULL;
  if (!plan->memory) return wg_plan_fail_memory(plan);
  plan->aligned = plan->memory + (CACHE_LINE - (uintptr_t)plan->memory % CACHE_LINE) % CACHE_LINE;
  for (size_t k = 0; k < plan->value_count; k++) {
    wg_value *value = &plan->values[k];
    if (value->owner == k && value->home == k && value->place == WG_PLACE_PLAN)
      value->data = plan->aligned + value->offset;
  }
  return wg_plan_resolve_all(plan);
}

const wg_plan_tuning wg_plan_tuned = {.fuses = true,
                                      .overwrites = true,
                                      .epilogues = true,
                                      .terms = true,
                                      .few = 2048,
                                      .row = 128,
                                      .tile = 4096,
                                      .tile_small = 256,
                                      .piece = 32768,
                                      .columns = 15,
                                      .column = 32,
                                      .arithmetic = 1024};

static bool outputs_valid(wg_plan *plan, const wg_goal *goal) {
  if (goal->count && !goal->outputs)
    wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: the array of %zu outputs is NULL", goal->count);
  for (size_t k = 0; k < goal->count && plan->status == WG_OK; k++) {
    if (wg_node_inert(goal->outputs[k])) {
      if (wg_tape_status(plan->tape) != WG_OK && plan->tape)
        wg_plan_fail(plan, plan->tape->status, "%s", plan->tape->message);
      else
        wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: output %zu of %zu is NULL, or comes from a call that failed",
                     k + 1, goal->count);
    } else if (goal->outputs[k]->tape != plan->tape) {
      wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: outputs of two tapes");
    }
  }
  return plan->status == WG_OK;
}

static wg_tape *tape_of(const wg_goal *goal) {
  wg_tape *tape = NULL;
  for (size_t k = 0; goal->outputs && k < goal->count && !tape; k++) tape = wg_node_tape(goal->outputs[k]);
  for (size_t k = 0; goal->updates && k < goal->update_count && !tape; k++) tape = wg_node_tape(goal->updates[k].value);
  return tape;
}

wg_plan *wg_plan_make(const wg_goal *goal, const wg_sequence *sequence, const wg_plan_tuning *tuning) {
  wg_tape *tape = tape_of(goal);
  const wg_allocator *allocator = wg_tape_allocator(tape);
  wg_plan *plan = wg_allocate_zeroed(allocator, 1, sizeof *plan);
  if (!plan) return NULL;
  plan->tape = tape;
  plan->allocator = allocator;
  plan->tuning = *tuning;
  if (!outputs_valid(plan, goal) || !wg_plan_updates_valid(plan, goal)) return plan;
  wg_sequence needed = {0};
  if (!sequence && tape && !wg_sequence_needed(&needed, tape, goal)) {
    wg_plan_fail_memory(plan);
  } else {
    if (!sequence) sequence = &needed;
    plan->made = wg_plan_layouts(plan, sequence, goal) && plan_values(plan, sequence) && plan_outputs(plan, goal) &&
                 wg_plan_updates(plan, goal) && plan_memory(plan);
    wg_release(plan->allocator, plan->latest);
    wg_release(plan->allocator, plan->layouts);
    plan->latest = NULL;
    plan->layouts = NULL;
  }
  wg_sequence_free(&needed, tape);
  return plan;
}

wg_plan *wg_plan_new(size_t count, wg_node *const *outputs) {
  return wg_plan_make(&(wg_goal){.count = count, .outputs = outputs}, NULL, &wg_plan_tuned);
}

wg_plan *wg_plan_new_updating(size_t count, wg_node *const *outputs, size_t update_count,
                              const wg_leaf_update *updates) {
  return wg_plan_make(&(wg_goal){count, outputs, update_count, updates}, NULL, &wg_plan_tuned);
}

void wg_plan_free(wg_plan *plan) {
  if (!plan) return;
  wg_release(plan->allocator, plan->memory);
  wg_release(plan->allocator, plan->outputs);
  wg_release(plan->allocator, plan->output_nodes);
  wg_release(plan->allocator, plan->bound_steps);
  wg_release(plan->allocator, plan->in);
  wg_release(plan->allocator, plan->inputs);
  wg_release(plan->allocator, plan->steps);
  wg_release(plan->allocator, plan->values);
  wg_release(plan->allocator, plan->times);
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
  const wg_value *result = &plan->values[s->result];
  *step = (wg_plan_step){.node = s->node,
                         .in_place = s->in_place,
                         .copy = s->kind == WG_STEP_COPY,
                         .pass_begin = wg_steps_begin(plan, (uint32_t)i),
                         .pass_end = wg_steps_end(plan, (uint32_t)i)};
  const wg_value *home = wg_home_of(plan, s->result);
  step->updates = home->place == WG_PLACE_BOUND ? home->node : NULL;
  if (home->place != WG_PLACE_PLAN) return true;
  step->offset = (size_t)(home->data - plan->aligned);
  step->last = home->dies == WG_NOWHERE ? SIZE_MAX : home->dies;
  step->bytes = wg_value_bytes(result);
  return true;
}
