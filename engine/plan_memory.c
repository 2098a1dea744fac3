/* plan_memory.c: lifetimes of the values, and their places in the plan's one allocation. */
#include "plan_internal.h"
#include "plan_place.h"

/* ---- Lifetimes ---- */

bool wg_step_reads(const wg_plan *plan, const wg_step *step, const wg_value *home) {
  for (int i = 0; i < step->input_count; i++)
    if (wg_home_of(plan, wg_step_input(plan, step, i)) == home) return true;
  return false;
}

bool wg_step_reads_alike(const wg_plan *plan, const wg_step *step, const wg_value *home, const wg_value *result) {
  for (int i = 0; i < step->input_count; i++) {
    const uint32_t index = wg_step_input(plan, step, i);
    if (wg_home_of(plan, index) != home) continue;
    if (!wg_values_alike(plan, index, (uint32_t)(result - plan->values)) ||
        wg_dtype_size(plan->values[index].node->dtype) != wg_dtype_size(result->node->dtype))
      return false;
  }
  return true;
}

/* An elementwise step may write its result over input i when no later step reads that memory and it is read in no other
 * order: element k is read just before element k is written. Of steps that run together, that goes for all up to
 * this one. */
static bool overwrites(const wg_plan *plan, uint32_t number, int i) {
  const wg_step *step = &plan->steps[number];
  const wg_value *result = &plan->values[step->result], *home = wg_home_of(plan, wg_step_input(plan, step, i));
  if (home->place != WG_PLACE_PLAN || home->dies != number || wg_value_bytes(home) != wg_value_bytes(result))
    return false;
  const uint32_t first = wg_steps_begin(plan, number);
  for (uint32_t k = first; k <= number; k++)
    if ((plan->steps[k].kind == WG_STEP_KERNEL && wg_step_reads(plan, &plan->steps[k], home)) ||
        !wg_step_reads_alike(plan, &plan->steps[k], home, result))
      return false;
  return true;
}

void wg_plan_live(wg_plan *plan) {
  for (uint32_t number = 0; plan->tuning.overwrites && number < plan->step_count; number++) {
    wg_step *step = &plan->steps[number];
    wg_value *result = &plan->values[step->result];
    if (step->kind != WG_STEP_LOOP || wg_home_of(plan, step->result)->place != WG_PLACE_PLAN) continue;
    for (int i = 0; i < step->input_count && !step->in_place; i++) {
      if (!overwrites(plan, number, i)) continue;
      wg_value *home = wg_home_of(plan, wg_step_input(plan, step, i));
      result->home = (uint32_t)(home - plan->values);
      home->dies = result->dies;
      step->in_place = true;
    }
  }
}

/* ---- Places ---- */

/* The last of the steps that run together: they write all their results before they give anything back. */
static uint32_t last_together(const wg_plan *plan, uint32_t number) {
  return number == WG_NOWHERE ? number : wg_steps_end(plan, number) - 1;
}

/* What a step needs besides its inputs: memory for its result, unless that lies elsewhere, and scratch memory. Without
 * elements there is none. */
static bool has_block(const wg_plan *plan, const wg_step *step) {
  const wg_value *result = &plan->values[step->result];
  return result->home == step->result && result->place == WG_PLACE_PLAN && wg_value_bytes(result) > 0;
}
static bool has_scratch(const wg_step *step) { return step->kind == WG_STEP_KERNEL && step->frame->scratch_bytes > 0; }

static void blocks_collect(const wg_plan *plan, wg_blocks *blocks) {
  for (uint32_t number = 0; number < plan->step_count; number++) {
    const wg_step *step = &plan->steps[number];
    const wg_value *result = &plan->values[step->result];
    if (has_block(plan, step))
      blocks->blocks[blocks->count++] = (wg_block){.size = wg_block_size(wg_value_bytes(result)),
                                                   .begin = wg_steps_begin(plan, number),
                                                   .end = last_together(plan, result->dies)};
    if (has_scratch(step))
      blocks->blocks[blocks->count++] = (wg_block){
          .size = wg_block_size(step->frame->scratch_bytes), .begin = number, .end = last_together(plan, number)};
  }
}

static void offsets_set(wg_plan *plan, const wg_blocks *blocks) {
  const wg_block *block = blocks->blocks;
  for (uint32_t number = 0; number < plan->step_count; number++) {
    const wg_step *step = &plan->steps[number];
    if (has_block(plan, step)) plan->values[step->result].offset = block++->offset;
    if (has_scratch(step)) step->frame->scratch_offset = block++->offset;
  }
}

bool wg_plan_place(wg_plan *plan) {
  wg_blocks blocks = {.allocator = plan->allocator};
  size_t count = 0;
  for (size_t k = 0; k < plan->step_count; k++)
    count += has_block(plan, &plan->steps[k]) + (size_t)has_scratch(&plan->steps[k]);
  blocks.blocks = wg_allocate(plan->allocator, count, sizeof *blocks.blocks);
  if (!blocks.blocks) return false;
  blocks_collect(plan, &blocks);
  const bool placed = wg_blocks_place(&blocks, plan->step_count, &plan->bytes);
  if (placed) offsets_set(plan, &blocks);
  wg_release(plan->allocator, blocks.blocks);
  return placed;
}
