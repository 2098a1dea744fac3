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

/* A step may write over an input only elementwise, and only one that it reads in just the order in which it writes. */
static inline void assert_may_overwrite(const wg_plan *plan, const wg_step *step, uint32_t input) {
  const wg_node *in = plan->values[input].node, *out = plan->values[step->result].node;
  plan_bytes from = bytes_of(plan, input), to = bytes_of(plan, step->result);
  if (!bytes_overlap(from, to)) return;
  if (!step->in_place || step->kind != WG_STEP_LOOP) fail_msg("%s writes over its input", step->node->op->name);
  assert_true(from.begin == to.begin && from.end == to.end);
  assert_true(wg_shape_equal(in->shape, out->shape) && wg_value_dense(plan, input));
}

static inline void assert_plan_sound(const wg_plan *plan) {
  assert_int_equal(plan->status, WG_OK);
  uint32_t *writer = malloc((plan->bytes + 1) * sizeof *writer); /* step that last wrote this byte */
  for (size_t k = 0; k < plan->bytes; k++) writer[k] = WG_NONE;
  size_t total = 0;
  for (uint32_t number = 0; number < plan->step_count; number++) {
    const wg_step *step = &plan->steps[number];
    plan_bytes to = bytes_of(plan, step->result);
    assert_true(to.end <= plan->bytes);
    assert_int_equal(to.begin % wg_dtype_size(step->node->dtype), 0);
    for (int i = 0; i < step->input_count; i++) {
      assert_untouched(plan, writer, wg_step_input(plan, step, i));
      assert_may_overwrite(plan, step, wg_step_input(plan, step, i));
    }
    for (size_t k = to.begin; k < to.end; k++) writer[k] = number;
    if (step->kind == WG_STEP_KERNEL && step->frame->scratch_bytes) {
      size_t begin = (size_t)((unsigned char *)step->frame->scratch - plan->aligned);
      for (size_t k = begin; k < begin + step->frame->scratch_bytes; k++) {
        assert_true(writer[k] != number || k < to.begin || k >= to.end); /* not what it writes */
        writer[k] = number;
      }
      for (int i = 0; i < step->input_count; i++) {
        plan_bytes from = bytes_of(plan, wg_step_input(plan, step, i));
        assert_false(bytes_overlap(from, (plan_bytes){begin, begin + step->frame->scratch_bytes}));
      }
      total += (step->frame->scratch_bytes + 63) / 64 * 64;
    }
    if (!step->in_place) total += (to.end - to.begin + 63) / 64 * 64;
  }
  for (size_t k = 0; k < plan->output_count; k++) assert_untouched(plan, writer, plan->outputs[k]);
  assert_true(plan->bytes <= total); /* never more than if nothing were shared */
  free(writer);
}

/* Overwrites all values that the plan holds, so that a run that reads what it has not written shows. */
static inline void plan_poison(wg_plan *plan) {
  if (plan->bytes) memset(plan->aligned, 0xFF, plan->bytes);
}

#endif
