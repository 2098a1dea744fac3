/* plan_updates.c: what a plan writes into the memory of leaves.
 *
 * A step that computes the new value of a leaf writes it there at once if nobody reads the old one later. Otherwise the new
 * value waits in the plan's memory and is copied when all steps have run. */
#include "plan_internal.h"

#include <string.h>

/* Whether step `born` may write the value where the leaf lies: the old one was read before, or is read by that step in
 * the order in which it writes. */
static bool writes_at_once(const wg_plan *plan, uint32_t index, uint32_t leaf) {
  const wg_value *value = &plan->values[index], *old = &plan->values[leaf];
  if (value->owner != index || value->home != index || value->place != WG_PLACE_PLAN) return false;
  if (old->dies == WG_NOWHERE || old->dies > value->born) return false;
  const wg_step *step = &plan->steps[value->born];
  return step->kind == WG_STEP_LOOP ? wg_step_reads_alike(plan, step, old, value) : old->dies < value->born;
}

/* The value to be written for update k: dense, and none that lies in memory which another update writes. */
static bool value_apart(wg_plan *plan, const wg_leaf_update *update, uint32_t *index) {
  *index = plan->latest[update->value->id];
  const wg_value *owner = wg_owner_of(plan, *index);
  if (owner->place == WG_PLACE_BOUND && owner->updated) return wg_plan_value_copy(plan, *index, false, index);
  return wg_plan_value_dense(plan, *index, index);
}

static bool value_write(wg_plan *plan, uint32_t index, uint32_t leaf) {
  const bool at_once = writes_at_once(plan, index, leaf);
  if (!at_once && !wg_plan_value_copy(plan, index, false, &index)) return false;
  wg_value *value = &plan->values[index];
  value->home = leaf;
  value->dies = WG_NOWHERE;
  plan->steps[value->born].in_place = at_once && plan->values[leaf].dies == value->born;
  return true;
}

bool wg_plan_updates(wg_plan *plan, const wg_goal *goal) {
  if (!goal->update_count) return true;
  uint32_t *values = wg_allocate(plan->allocator, goal->update_count, sizeof *values);
  if (!values) return wg_plan_fail_memory(plan);
  bool made = true;
  for (size_t k = 0; k < goal->update_count; k++)
    plan->values[wg_plan_leaf(plan, goal->updates[k].leaf)].updated = true;
  for (size_t k = 0; made && k < goal->update_count; k++) made = value_apart(plan, &goal->updates[k], &values[k]);
  for (size_t k = 0; made && k < goal->update_count; k++)
    made = value_write(plan, values[k], wg_plan_leaf(plan, goal->updates[k].leaf));
  wg_release(plan->allocator, values);
  return made;
}

/* ---- What can be updated ---- */

static bool update_valid(wg_plan *plan, const wg_leaf_update *update, size_t k, size_t count) {
  char leaf[WG_NODE_TEXT_SIZE], value[WG_NODE_TEXT_SIZE];
  if (wg_node_inert(update->leaf) || wg_node_inert(update->value)) {
    if (plan->tape && plan->tape->status != WG_OK)
      wg_plan_fail(plan, plan->tape->status, "%s", plan->tape->message);
    else
      wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: update %zu of %zu has a node that is NULL, or of a call that failed",
                   k + 1, count);
  } else if (update->leaf->tape != plan->tape || update->value->tape != plan->tape) {
    wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: updates of two tapes");
  } else if (!wg_node_is_input(update->leaf) && !wg_node_is_param(update->leaf)) {
    wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: update of %s, which is no input or parameter",
                 wg_node_text(update->leaf, leaf));
  } else if (update->leaf->dtype != update->value->dtype ||
             !wg_shape_equal(update->leaf->shape, update->value->shape)) {
    wg_plan_fail(plan, WG_ERROR_SHAPE, "plan: update of %s by %s: shapes or element types differ",
                 wg_node_text(update->leaf, leaf), wg_node_text(update->value, value));
  } else {
    return true;
  }
  return false;
}

bool wg_plan_updates_valid(wg_plan *plan, const wg_goal *goal) {
  char leaf[WG_NODE_TEXT_SIZE];
  if (goal->update_count && !goal->updates) {
    wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: the array of %zu updates is NULL", goal->update_count);
    return false;
  }
  for (size_t k = 0; k < goal->update_count; k++) {
    if (!update_valid(plan, &goal->updates[k], k, goal->update_count)) return false;
    for (size_t other = 0; other < k; other++)
      if (goal->updates[other].leaf == goal->updates[k].leaf) {
        wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: two updates of %s", wg_node_text(goal->updates[k].leaf, leaf));
        return false;
      }
  }
  return true;
}
