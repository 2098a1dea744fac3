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

/* Where a value lies in the plan's allocation; nothing if it lies elsewhere. */
static inline plan_bytes bytes_of(const wg_plan *plan, size_t value) {
  const wg_storage *own = &plan->storages[plan->values[value].storage];
  const wg_storage *real = wg_storage_of(plan, &plan->values[value]);
  if (own->kind != WG_STORAGE_PLAN) return (plan_bytes){0, 0};
  return (plan_bytes){real->offset, real->offset + own->bytes};
}

static inline bool bytes_overlap(plan_bytes a, plan_bytes b) { return a.begin < b.end && b.begin < a.end; }

/* The test fails unless the bytes of the value are those that the step writing it has left there. */
static inline void assert_untouched(const wg_plan *plan, const size_t *owner, const size_t *writer, size_t value) {
  plan_bytes bytes = bytes_of(plan, value);
  for (size_t k = bytes.begin; k < bytes.end; k++)
    if (owner[k] != writer[plan->values[value].storage])
      fail_msg("byte %zu of node %zu (%s) was overwritten by step %zu before its last reader", k - bytes.begin,
               plan->values[value].node->id, plan->values[value].node->op->name, owner[k] - 1);
}

/* A step may write over an input only elementwise, and only one that it reads in just the order in which it writes. */
static inline void assert_may_overwrite(const wg_plan *plan, const wg_step *step, size_t input) {
  const wg_tensor *in = &plan->values[input].tensor, *out = &plan->values[step->result].tensor;
  plan_bytes from = bytes_of(plan, input), to = bytes_of(plan, step->result);
  if (!bytes_overlap(from, to)) return;
  if (!step->in_place || !step->loop) fail_msg("%s writes over its input", step->node->op->name);
  assert_true(from.begin == to.begin && from.end == to.end);
  assert_true(wg_shape_equal(in->shape, out->shape) && wg_tensor_dense(in));
}

static inline void assert_plan_sound(const wg_plan *plan) {
  assert_int_equal(plan->status, WG_OK);
  size_t *owner = calloc(plan->bytes + 1, sizeof *owner); /* step that last wrote this byte, plus one */
  size_t *writer = calloc(plan->storage_count + 1, sizeof *writer);
  size_t total = 0;
  for (size_t number = 0; number < plan->step_count; number++) {
    const wg_step *step = &plan->steps[number];
    plan_bytes to = bytes_of(plan, step->result);
    assert_true(to.end <= plan->bytes);
    assert_int_equal(to.begin % wg_dtype_size(step->node->dtype), 0);
    for (int i = 0; i < step->input_count; i++) {
      assert_untouched(plan, owner, writer, step->inputs[i]);
      assert_may_overwrite(plan, step, step->inputs[i]);
    }
    for (size_t k = to.begin; k < to.end; k++) owner[k] = number + 1;
    writer[plan->values[step->result].storage] = number + 1;
    if (!step->in_place) total += (to.end - to.begin + 63) / 64 * 64;
  }
  for (size_t k = 0; k < plan->output_count; k++) assert_untouched(plan, owner, writer, plan->outputs[k]);
  assert_true(plan->bytes <= total); /* never more than if nothing were shared */
  free(owner), free(writer);
}

/* Overwrites all values that the plan holds, so that a run that reads what it has not written shows. */
static inline void plan_poison(wg_plan *plan) {
  if (plan->bytes) memset(plan->aligned, 0xFF, plan->bytes);
}

#endif
