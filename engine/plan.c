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

bool wg_sequence_needed(wg_sequence *sequence, const wg_tape *tape, size_t count, wg_node *const *outputs) {
  enum { NEEDED = 1, LEAF = 2 };
  const wg_allocator *allocator = &tape->allocator;
  *sequence = (wg_sequence){0};
  for (size_t k = 0; k < count; k++)
    if (outputs[k]->id >= sequence->end) sequence->end = outputs[k]->id + 1;
  unsigned char *marks = wg_allocate_zeroed(allocator, sequence->end, 1);
  if (!marks) return false;
  for (size_t k = 0; k < count; k++) marks[outputs[k]->id] = NEEDED;
  for (size_t id = sequence->end; id-- > 0;) {
    if (!marks[id]) continue;
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; i < node->input_count; i++) marks[node->inputs[i]->id] = NEEDED;
    if (is_leaf(node)) marks[id] = LEAF;
    sequence->leaf_count += is_leaf(node);
    sequence->count++;
  }
  sequence->nodes = wg_allocate(allocator, sequence->count, sizeof *sequence->nodes);
  size_t leaves = 0, others = sequence->leaf_count;
  for (size_t id = 0; sequence->nodes && id < sequence->end; id++)
    if (marks[id]) sequence->nodes[marks[id] == LEAF ? leaves++ : others++] = wg_tape_node(tape, id);
  wg_release(allocator, marks);
  return sequence->nodes != NULL;
}

void wg_sequence_free(wg_sequence *sequence, const wg_tape *tape) {
  wg_release(wg_tape_allocator(tape), sequence->nodes);
  *sequence = (wg_sequence){0};
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
    if (!wg_plan_node(plan, (uint32_t)index)) return false;
    plan->latest[sequence->nodes[index]->id] = (uint32_t)index;
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
  for (size_t k = 0; k < count; k++) wg_owner_of(plan, plan->outputs[k])->dies = WG_NOWHERE;
  plan->output_count = count;
  return true;
}

enum { CACHE_LINE = 64 };

/* Takes the one allocation, and turns offsets into addresses. */
static bool plan_memory(wg_plan *plan) {
  plan->in = wg_allocate(plan->allocator, plan->input_count, sizeof *plan->in);
  if (!plan->in) return wg_plan_fail_memory(plan);
  if (!wg_plan_fuse(plan)) return false;
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

const wg_plan_tuning wg_plan_tuned = {
    .fuses = true, .overwrites = true, .few = 2048, .row = 128, .tile = 4096, .tile_small = 256, .piece = 32768};

/* A plan that says whether its outputs can be planned at all. */
static wg_plan *plan_begin(size_t count, wg_node *const *outputs, const wg_plan_tuning *tuning) {
  wg_tape *tape = NULL;
  for (size_t k = 0; outputs && k < count && !tape; k++) tape = wg_node_tape(outputs[k]);
  const wg_allocator *allocator = wg_tape_allocator(tape);
  wg_plan *plan = wg_allocate_zeroed(allocator, 1, sizeof *plan);
  if (!plan) return NULL;
  plan->tape = tape;
  plan->allocator = allocator;
  plan->tuning = *tuning;
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
  wg_plan *plan = plan_begin(count, outputs, &wg_plan_tuned);
  if (plan && plan->status == WG_OK) plan_make(plan, count, outputs, sequence);
  return plan;
}

wg_plan *wg_plan_new(size_t count, wg_node *const *outputs) {
  return wg_plan_new_tuned(count, outputs, &wg_plan_tuned);
}

wg_plan *wg_plan_new_tuned(size_t count, wg_node *const *outputs, const wg_plan_tuning *tuning) {
  wg_plan *plan = plan_begin(count, outputs, tuning);
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
  wg_release(plan->allocator, plan->bound_steps);
  wg_release(plan->allocator, plan->in);
  wg_release(plan->allocator, plan->inputs);
  wg_release(plan->allocator, plan->steps);
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
  const wg_value *result = &plan->values[s->result];
  *step = (wg_plan_step){.node = s->node,
                         .in_place = s->in_place,
                         .copy = s->kind == WG_STEP_COPY,
                         .pass_begin = s->tiled ? s->pass->begin : i,
                         .pass_end = s->tiled ? s->pass->end : i + 1};
  if (result->place != WG_PLACE_PLAN) return true;
  const wg_value *home = wg_home_of(plan, s->result);
  step->offset = (size_t)(home->data - plan->aligned);
  step->last = home->dies == WG_NOWHERE ? SIZE_MAX : home->dies;
  step->bytes = wg_value_bytes(result);
  return true;
}
