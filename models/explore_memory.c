/* explore_memory.c: where the plans of a gradient keep their values, with all kept and with checkpoints.
 *
 * Every plan is made, run, and compared bit by bit with the first, which keeps everything. A step is written as the
 * numbers
 *     node, offset, bytes, last, in place (0 or 1), bytes alive after it;
 * its place is taken until step `last`, or for good (WG_EXPLORE_NONE). A step in place has that of its input. */
#include "explore_internal.h"

#include "../engine/checkpoint.h"

#include <string.h>

/* How many steps the page has of all plans together, and of one at most; and how many numbers of slots. */
enum { STEPS_MAX = 80000, STEPS_OF_ONE_MAX = 25000, SLOTS_MAX = 40 };

typedef struct memory_study {
  wg_exploration *e;
  wg_node **outputs;
  size_t output_count;
  wg_plan *plain;
  size_t steps; /* written so far */
  size_t left_out;
} memory_study;

/* ---- One plan ---- */

/* alive[i]: the bytes taken while step i runs. A place opens with the step that writes it first. */
static bool find_alive(const wg_exploration *e, const wg_plan *plan, size_t *alive) {
  size_t count = wg_plan_step_count(plan), open = 0;
  size_t *closing = wg_allocate_zeroed(e->allocator, count, sizeof *closing);
  if (!closing) return false;
  wg_plan_step step;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) {
    if (!step.in_place) {
      open += step.bytes;
      if (step.last < count) closing[step.last] += step.bytes;
    }
    alive[i] = open;
    open -= closing[i];
  }
  wg_release(e->allocator, closing);
  return true;
}

static bool write_steps(wg_exploration *e, const wg_plan *plan) {
  size_t *alive = wg_allocate(e->allocator, wg_plan_step_count(plan), sizeof *alive);
  if (!alive || !find_alive(e, plan, alive)) {
    wg_release(e->allocator, alive);
    return false;
  }
  wg_plan_step step;
  wg_json_open(&e->json, "steps", '[');
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) {
    wg_json_open(&e->json, NULL, '[');
    wg_explore_id(e, NULL, step.node);
    wg_json_count(&e->json, NULL, step.offset);
    wg_json_count(&e->json, NULL, step.bytes);
    size_t last = step.last < i ? i : step.last; /* a value of a tile has no place at all */
    wg_json_integer(&e->json, NULL, last == SIZE_MAX ? WG_EXPLORE_NONE : (int64_t)last);
    wg_json_integer(&e->json, NULL, step.in_place);
    wg_json_count(&e->json, NULL, alive[i]);
    wg_json_close(&e->json, ']');
  }
  wg_json_close(&e->json, ']');
  wg_release(e->allocator, alive);
  return true;
}

static bool same_bits(const memory_study *study, const wg_plan *plan) {
  for (size_t k = 0; k < study->output_count; k++) {
    const wg_node *node = study->outputs[k];
    size_t bytes = (size_t)wg_node_size(node) * wg_dtype_size(wg_node_dtype(node));
    if (bytes && memcmp(wg_data(plan, node), wg_data(study->plain, node), bytes) != 0) return false;
  }
  return true;
}

static bool write_plan(memory_study *study, const wg_plan *plan, const char *policy, bool slots,
                       const wg_checkpoint_counts *counts) {
  wg_json *json = &study->e->json;
  wg_json_open(json, NULL, '{');
  wg_json_text(json, "policy", policy);
  if (slots) wg_json_count(json, "slots", counts->slots);
  wg_json_count(json, "stages", counts->stages);
  wg_json_count(json, "advances", counts->advances);
  if (slots) wg_json_count(json, "formula", wg_revolve_advances(counts->stages, counts->slots));
  wg_json_count(json, "recomputed", counts->recomputed);
  wg_json_count(json, "bytes", wg_plan_bytes(plan));
  wg_json_boolean(json, "same_bits", same_bits(study, plan));
  bool written = write_steps(study->e, plan);
  wg_json_close(json, '}');
  study->steps += wg_plan_step_count(plan);
  return written;
}

/* ---- All of them ---- */

static bool too_long(const memory_study *study, size_t steps) {
  return steps > STEPS_OF_ONE_MAX || study->steps + steps > STEPS_MAX;
}

/* Makes, runs and writes one; the number of stages becomes known in *stages. Left out if it is too long for a page. */
static wg_status try_policy(memory_study *study, wg_checkpointing policy, const char *name, size_t slots,
                            size_t *stages) {
  wg_exploration *e = study->e;
  wg_checkpoint_counts counts;
  const wg_checkpoint_options options = {.root = e->root, .policy = policy, .slots = slots};
  wg_plan *plan = wg_plan_new_checkpointed(study->output_count, study->outputs, &options, &counts);
  *stages = counts.stages;
  if (wg_plan_status(plan) == WG_OK && too_long(study, wg_plan_step_count(plan))) {
    study->left_out++;
    wg_plan_free(plan);
    return WG_OK;
  }
  wg_status status;
  plan = wg_explore_run(e, plan, &status);
  if (!plan) return status;
  bool written = write_plan(study, plan, name, policy == WG_CHECKPOINT_BINOMIAL, &counts);
  wg_plan_free(plan);
  return written ? WG_OK : wg_error_memory(e->error);
}

/* 1, 2, 3 … 12, then in steps of a fifth; doubled each time where a plan is so long that there is room for a few only. */
static size_t slots_after(size_t slots, size_t steps) {
  if (steps > STEPS_MAX / 16) return 2 * slots;
  return slots < 12 ? slots + 1 : slots + slots / 5;
}

static wg_status write_slots(memory_study *study, size_t stages) {
  size_t plain = wg_plan_step_count(study->plain), ignored, tried = 0;
  for (size_t slots = 1; slots < stages && tried < SLOTS_MAX; slots = slots_after(slots, plain), tried++) {
    uint64_t advances = wg_revolve_advances(stages, slots);
    if (advances > STEPS_OF_ONE_MAX || too_long(study, plain + (size_t)advances)) {
      study->left_out++;
      continue;
    }
    wg_status status = try_policy(study, WG_CHECKPOINT_BINOMIAL, "binomial", slots, &ignored);
    if (status != WG_OK) return status;
  }
  return WG_OK;
}

static wg_status write_all(memory_study *study) {
  size_t stages = 0;
  wg_status status = try_policy(study, WG_CHECKPOINT_ALL, "all", 0, &stages);
  if (status == WG_OK) status = try_policy(study, WG_CHECKPOINT_SQRT, "sqrt", 0, &stages);
  if (status == WG_OK) status = try_policy(study, WG_CHECKPOINT_RECURSIVE, "recursive", 0, &stages);
  return status == WG_OK ? write_slots(study, stages) : status;
}

static size_t bytes_of(const wg_node *node) { return (size_t)wg_node_size(node) * wg_dtype_size(wg_node_dtype(node)); }

wg_status wg_explore_memory_write(wg_exploration *e) {
  memory_study study = {.e = e, .output_count = e->count + 1};
  study.outputs = wg_allocate(e->allocator, study.output_count, sizeof *study.outputs);
  if (!study.outputs) return wg_error_memory(e->error);
  study.outputs[0] = e->root;
  for (size_t k = 0; k < e->count; k++) study.outputs[k + 1] = e->grad[k];
  size_t leaves = 0;
  for (size_t k = 0; k < e->binding_count; k++) leaves += bytes_of(e->bindings[k].node);
  wg_status status;
  study.plain = wg_explore_run(e, wg_plan_new(study.output_count, study.outputs), &status);
  if (study.plain) {
    wg_json_open(&e->json, "memory", '{');
    wg_json_count(&e->json, "leaf_bytes", leaves);
    wg_json_open(&e->json, "plans", '[');
    status = write_all(&study);
    wg_json_close(&e->json, ']');
    wg_json_count(&e->json, "left_out", study.left_out);
    wg_json_close(&e->json, '}');
  }
  wg_plan_free(study.plain);
  wg_release(e->allocator, study.outputs);
  return status;
}
