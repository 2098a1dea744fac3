/* study_checkpoint.c: a gradient by checkpointed plans, beside the formulas. */
#include "study_internal.h"

#include <string.h>

/* ---- Formulas ---- */

static uint64_t root_above(uint64_t l) {
  uint64_t root = 1;
  while (root * root < l) root++;
  return root;
}

/* T(l) = ⌊l/2⌋ + T(⌊l/2⌋) + T(⌈l/2⌉) is the number of ones in the binary numbers 0 … l − 1: bit by bit. */
static uint64_t halving_advances(uint64_t l) {
  uint64_t ones = 0;
  for (uint64_t bit = 1; bit < l; bit *= 2) {
    uint64_t rest = l % (2 * bit);
    ones += l / (2 * bit) * bit + (rest > bit ? rest - bit : 0);
  }
  return ones;
}

uint64_t wg_checkpoint_advances(wg_checkpointing policy, uint64_t stages, uint64_t slots) {
  if (stages < 2) return 0;
  uint64_t segment = root_above(stages);
  switch (policy) {
  case WG_CHECKPOINT_SQRT:
    return (stages - 1) / segment * segment;
  case WG_CHECKPOINT_RECURSIVE:
    return halving_advances(stages);
  case WG_CHECKPOINT_BINOMIAL:
    return wg_revolve_advances(stages, slots);
  default:
    return 0;
  }
}

uint64_t wg_checkpoint_values(wg_checkpointing policy, uint64_t stages, uint64_t slots) {
  if (stages < 2) return stages;
  uint64_t segment = root_above(stages), halvings = 0;
  switch (policy) {
  case WG_CHECKPOINT_SQRT:
    return segment + (stages + segment - 1) / segment;
  case WG_CHECKPOINT_RECURSIVE:
    while (UINT64_C(1) << halvings < stages) halvings++;
    return halvings + 1;
  case WG_CHECKPOINT_BINOMIAL:
    return slots < stages ? slots + 1 : stages;
  default:
    return stages - 1;
  }
}

wg_status wg_checkpoint_affordable(wg_checkpointing policy, size_t stages, size_t slots, wg_error *error) {
  bool chosen_later = policy == WG_CHECKPOINT_BINOMIAL && slots == 0;
  uint64_t advances = chosen_later ? 0 : wg_checkpoint_advances(policy, stages, slots);
  if (advances <= WG_CHECKPOINT_ADVANCES_MAX) return WG_OK;
  return wg_error_set(error, WG_ERROR_ARGUMENT,
                      "%zu stages with slots = %zu take %llu advances, more than %d: give more slots or fewer stages",
                      stages, slots, (unsigned long long)advances, WG_CHECKPOINT_ADVANCES_MAX);
}

/* ---- Plans ---- */

static wg_status plan_failure(const wg_plan *plan, wg_error *error) {
  return wg_error_set(error, wg_plan_status(plan), "%s", plan ? wg_plan_error(plan) : "out of memory");
}

/* Binds and runs; what the plan says is the status. */
static wg_status plan_run(const wg_checkpoint_study *study, wg_plan *plan, wg_error *error) {
  wg_status status = wg_plan_status(plan);
  for (size_t k = 0; status == WG_OK && k < study->binding_count; k++)
    status = wg_bind(plan, study->bindings[k].node, study->bindings[k].data);
  if (status == WG_OK) status = wg_run(plan);
  return status == WG_OK ? WG_OK : plan_failure(plan, error);
}

wg_status wg_checkpoint_study_new(wg_checkpoint_study *study, wg_node *root, size_t count, wg_node *const *wrt,
                                  size_t binding_count, const wg_binding *bindings, const wg_allocator *allocator,
                                  wg_error *error) {
  if (!allocator) allocator = &wg_allocator_default;
  *study = (wg_checkpoint_study){
      .output_count = count + 1, .binding_count = binding_count, .bindings = bindings, .allocator = allocator};
  study->outputs = wg_allocate(allocator, count + 1, sizeof *study->outputs);
  if (!study->outputs) return wg_error_memory(error);
  study->outputs[0] = root;
  wg_status status = wg_grad(root, count, wrt, study->outputs + 1);
  if (status != WG_OK) return wg_error_set(error, status, "%s", wg_tape_error(wg_node_tape(root)));
  study->plain = wg_plan_new(study->output_count, study->outputs);
  return plan_run(study, study->plain, error);
}

void wg_checkpoint_study_free(wg_checkpoint_study *study) {
  wg_plan_free(study->plain);
  if (study->allocator) wg_release(study->allocator, study->outputs);
  *study = (wg_checkpoint_study){0};
}

static bool outputs_equal(const wg_checkpoint_study *study, const wg_plan *plan) {
  for (size_t k = 0; k < study->output_count; k++) {
    const wg_node *node = study->outputs[k];
    size_t bytes = (size_t)wg_node_size(node) * wg_dtype_size(wg_node_dtype(node));
    if (memcmp(wg_data(plan, node), wg_data(study->plain, node), bytes) != 0) return false;
  }
  return true;
}

wg_status wg_checkpoint_study_run(const wg_checkpoint_study *study, wg_checkpointing policy, size_t slots,
                                  size_t byte_budget, size_t stages, double (*seconds)(void), wg_checkpoint_row *row,
                                  wg_error *error) {
  *row = (wg_checkpoint_row){0};
  wg_status status = wg_checkpoint_affordable(policy, stages, slots, error);
  if (status != WG_OK) return status;
  const wg_checkpoint_options options = {
      .root = study->outputs[0], .policy = policy, .slots = slots, .byte_budget = byte_budget};
  wg_plan *plan = wg_plan_new_checkpointed(study->output_count, study->outputs, &options, &row->counts);
  status = plan_run(study, plan, error);
  if (status == WG_OK) {
    double start = seconds ? seconds() : 0;
    status = plan_run(study, plan, error);
    row->seconds = seconds ? seconds() - start : 0;
  }
  if (status == WG_OK) {
    size_t used = policy == WG_CHECKPOINT_BINOMIAL ? row->counts.slots : slots;
    row->advances = wg_checkpoint_advances(policy, row->counts.stages, used);
    row->values = wg_checkpoint_values(policy, row->counts.stages, used);
    row->bytes = wg_plan_bytes(plan);
    row->equal = outputs_equal(study, plan);
    if (!wg_plan_alive(plan, study->allocator, &row->alive)) status = wg_error_memory(error);
  }
  wg_plan_free(plan);
  return status;
}
