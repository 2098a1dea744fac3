/* plan_sound.h: whether a plan keeps every value until its last reader, found out by going through its steps byte by
 * byte, without believing any lifetime that the planner computed. */
#ifndef WG_TEST_PLAN_SOUND_H
#define WG_TEST_PLAN_SOUND_H

#include "support.h"

#include "../engine/plan_internal.h"

#include <string.h>

typedef struct plan_bytes {
  size_t begin, end;
} plan_bytes;

/* Where the memory of a value lies in the plan's allocation; nothing if it lies elsewhere. */
static inline plan_bytes bytes_of(const wg_plan *plan, uint32_t value) {
  const wg_value *home = wg_home_of(plan, value);
  if (home->place != WG_PLACE_PLAN) return (plan_bytes){0, 0};
  const size_t begin = (size_t)(home->data - plan->aligned);
  return (plan_bytes){begin, begin + wg_value_bytes(wg_owner_of(plan, value))};
}

static inline bool bytes_overlap(plan_bytes a, plan_bytes b) { return a.begin < b.end && b.begin < a.end; }

/* The test fails unless the bytes of the value are those that the step writing it has left there. */
static inline void assert_untouched(const wg_plan *plan, const uint32_t *writer, uint32_t value) {
  const wg_value *owner = wg_owner_of(plan, value);
  plan_bytes bytes = bytes_of(plan, value);
  for (size_t k = bytes.begin; k < bytes.end; k++)
    if (writer[k] != owner->born)
      fail_msg("byte %zu of node %zu (%s) was overwritten by step %u before its last reader", k - bytes.begin,
               owner->node->id, owner->node->op->name, writer[k]);
}

/* Whether a step writes to the plan's memory, and where. */
static inline plan_bytes written_by(const wg_plan *plan, const wg_step *step) { return bytes_of(plan, step->result); }

static inline plan_bytes scratch_of(const wg_plan *plan, const wg_step *step) {
  if (step->kind != WG_STEP_KERNEL || !step->frame->scratch_bytes) return (plan_bytes){0, 0};
  const size_t begin = (size_t)((unsigned char *)step->frame->call.scratch - plan->aligned);
  return (plan_bytes){begin, begin + step->frame->scratch_bytes};
}

/* Whether elements of both lie in the same order, none between them. */
static inline bool in_same_order(const wg_plan *plan, uint32_t a, uint32_t b) {
  const wg_tensor x = wg_value_tensor(plan, a, NULL), y = wg_value_tensor(plan, b, NULL);
  if (!wg_shape_equal(x.shape, y.shape)) return false;
  if (wg_value_dense(plan, a) && wg_value_dense(plan, b)) return true;
  const int64_t by_columns[] = {1, x.shape->size[0]};
  return x.shape->rank == 2 && !memcmp(x.stride, by_columns, sizeof by_columns) &&
         !memcmp(y.stride, by_columns, sizeof by_columns);
}

/* A step may write over what itself or another step of its pass reads only elementwise, in just the order in which it is
 * read, and not before it is read. */
static inline void assert_may_overwrite(const wg_plan *plan, uint32_t writer, uint32_t reader, uint32_t input) {
  const wg_step *step = &plan->steps[writer];
  plan_bytes from = bytes_of(plan, input), to = written_by(plan, step);
  if (wg_home_of(plan, step->result)->place == WG_PLACE_BOUND &&
      wg_home_of(plan, step->result) == wg_home_of(plan, input))
    from = to = (plan_bytes){0, 1}; /* memory of the caller's */
  const uint32_t born = wg_owner_of(plan, input)->born;
  if (!bytes_overlap(from, to) || born == writer) return;
  if (step->kind == WG_STEP_KERNEL && born != WG_NOWHERE &&
      born > writer) { /* written over the kernel's result, part by part */
    assert_true(from.begin == to.begin && from.end == to.end);
    return;
  }
  if ((reader == writer && !step->in_place) || step->kind == WG_STEP_KERNEL)
    fail_msg("%s writes over its input", step->node->op->name);
  if (reader < writer && plan->steps[reader].kind == WG_STEP_KERNEL)
    fail_msg("%s writes over what its kernel reads", step->node->op->name);
  if (reader > writer) fail_msg("%s writes over what step %u still reads", step->node->op->name, reader);
  assert_true(from.begin == to.begin && from.end == to.end);
  assert_true(in_same_order(plan, input, step->result));
}

/* The first and the last step of those that run together with this one. */
static inline uint32_t pass_begin(const wg_plan *plan, uint32_t number) {
  const wg_step *step = &plan->steps[number];
  return step->tiled ? step->pass->first : number - (step->kind == WG_STEP_ADDED);
}
static inline uint32_t pass_end(const wg_plan *plan, uint32_t number) {
  const wg_step *step = &plan->steps[number];
  if (step->tiled) return step->pass->end;
  const uint32_t begin = pass_begin(plan, number);
  const wg_step *kernel = &plan->steps[begin];
  if (kernel->kind != WG_STEP_KERNEL) return begin + 1;
  return kernel->frame->epilogue.pass ? kernel->frame->epilogue.pass->end : begin + 1 + (kernel->frame->term != NULL);
}

/* What a step reads is there: written before, by others than those that run together with it, or in its own pass by an
 * earlier step and with elements in the same order. */
static inline void assert_reads(const wg_plan *plan, const uint32_t *writer, uint32_t number, uint32_t input) {
  const wg_value *owner = wg_owner_of(plan, input);
  const uint32_t begin = pass_begin(plan, number), end = pass_end(plan, number);
  if (owner->born != WG_NOWHERE && owner->born >= begin) {
    assert_true(owner->born < number);
    assert_true(in_same_order(plan, input, plan->steps[number].result));
  } else {
    assert_true(owner->place != WG_PLACE_TILE);
    assert_untouched(plan, writer, input);
  }
  for (uint32_t k = begin; k < end; k++) assert_may_overwrite(plan, k, number, input);
  for (uint32_t k = 0; owner->place == WG_PLACE_BOUND && owner->updated && k < begin; k++)
    if (wg_home_of(plan, plan->steps[k].result) == owner)
      fail_msg("step %u reads a leaf that step %u has updated", number, k);
}

static inline void assert_writes(const wg_plan *plan, uint32_t *writer, plan_bytes to, uint32_t number) {
  assert_true(to.end <= plan->bytes);
  const uint32_t begin = pass_begin(plan, number);
  const bool over_kernel = plan->steps[number].in_place && plan->steps[begin].kind == WG_STEP_KERNEL;
  for (size_t k = to.begin; k < to.end; k++) {
    /* nobody else of the same pass, but over the result of the kernel before it, or what that has added */
    assert_true(writer[k] == WG_NOWHERE || writer[k] < begin ||
                (over_kernel && (writer[k] == begin || plan->steps[writer[k]].kind == WG_STEP_ADDED)));
    writer[k] = number;
  }
}

static inline void assert_plan_sound(const wg_plan *plan) {
  assert_int_equal(plan->status, WG_OK);
  uint32_t *writer = malloc((plan->bytes + 1) * sizeof *writer); /* step that last wrote this byte */
  for (size_t k = 0; k < plan->bytes; k++) writer[k] = WG_NOWHERE;
  size_t total = 0;
  for (uint32_t begin = 0, end; begin < plan->step_count; begin = end) {
    end = pass_end(plan, begin);
    for (uint32_t number = begin; number < end; number++) {
      const wg_step *step = &plan->steps[number];
      assert_int_equal(pass_begin(plan, number), begin);
      assert_int_equal(pass_end(plan, number), end);
      for (int i = 0; i < step->input_count; i++) {
        assert_reads(plan, writer, number, wg_step_input(plan, step, i));
        assert_false(bytes_overlap(bytes_of(plan, wg_step_input(plan, step, i)), scratch_of(plan, step)));
      }
    }
    for (uint32_t number = begin; number < end; number++) {
      const wg_step *step = &plan->steps[number];
      plan_bytes to = written_by(plan, step), scratch = scratch_of(plan, step);
      assert_int_equal(to.begin % wg_dtype_size(step->node->dtype), 0);
      assert_writes(plan, writer, to, number);
      assert_writes(plan, writer, scratch, number);
      total += (step->in_place ? 0 : (to.end - to.begin + 63) / 64 * 64) + (scratch.end - scratch.begin + 63) / 64 * 64;
    }
  }
  for (size_t k = 0; k < plan->output_count; k++) assert_untouched(plan, writer, plan->outputs[k]);
  assert_true(plan->bytes <= total); /* never more than if nothing were shared */
  free(writer);
}

/* The largest sum of bytes that are needed at once: results from the step or pass that writes them to the one that reads
 * them last, and scratch memory in between. No plan of these steps in this order can do with less. */
static inline size_t plan_bytes_alive(const wg_plan *plan) {
  size_t *taken = calloc(plan->step_count + 1, 2 * sizeof *taken), *given = taken + plan->step_count + 1;
  size_t alive = 0, most = 0;
  for (uint32_t index = 0; index < plan->value_count; index++) {
    const wg_value *value = &plan->values[index];
    if (value->owner != index || value->home != index || value->place != WG_PLACE_PLAN) continue;
    taken[pass_begin(plan, value->born)] += wg_value_bytes(value);
    if (value->dies != WG_NOWHERE) given[pass_end(plan, value->dies) - 1] += wg_value_bytes(value);
  }
  for (uint32_t number = 0; number < plan->step_count; number++) {
    const plan_bytes scratch = scratch_of(plan, &plan->steps[number]);
    alive += taken[number];
    if (alive + scratch.end - scratch.begin > most) most = alive + scratch.end - scratch.begin;
    alive -= given[number];
  }
  free(taken);
  return most;
}

/* Overwrites all values that the plan holds, so that a run that reads what it has not written shows. */
static inline void plan_poison(wg_plan *plan) {
  if (plan->bytes) memset(plan->aligned, 0xFF, plan->bytes);
}

#endif
