/* study_alive.c: how many bytes of values a plan has to hold at once, whatever place it gives them. */
#include "study_internal.h"

bool wg_plan_alive(const wg_plan *plan, const wg_allocator *allocator, size_t *bytes) {
  size_t count = wg_plan_step_count(plan), alive = 0;
  size_t *closing = wg_allocate_zeroed(allocator, count, sizeof *closing); /* bytes read for the last time by a step */
  wg_plan_step step;
  *bytes = 0;
  for (size_t k = 0; closing && wg_plan_step_at(plan, k, &step); k++) {
    if (!step.in_place) { /* else it has the place of its input, which closes with it */
      alive += step.bytes;
      if (step.last < count) closing[step.last] += step.bytes;
    }
    if (alive > *bytes) *bytes = alive;
    alive -= closing[k];
  }
  wg_release(allocator, closing);
  return closing;
}
