/* plan_terms.c: which kernels add to their result before they write it.
 *
 * A matrix product has a sum at hand when it writes it, and where a bias is added to all of them, it may do so then: by
 * itself, the addition would read and write everything once more. What is added may be any tensor, such as another product.
 * The kernel then writes the sum, in the place of its own result, and the step that stands for the addition does nothing; the
 * two run together. A sum is rounded as often as without, so the bits are the same. The addition must
 *   come right behind the kernel, and be the only one who reads its result,
 *   add something that lies as the kernel wants it (WG_OP_ADDS),
 *   be free to write anywhere. */
#include "plan_internal.h"

/* What is added to the kernel's result by the step behind it; WG_NOWHERE if that is no such step. */
static uint32_t term_find(const wg_plan *plan, const wg_step *kernel, const wg_step *sum) {
  if (kernel->kind != WG_STEP_KERNEL || !(kernel->node->op->flags & WG_OP_ADDS)) return WG_NOWHERE;
  if (sum->kind != WG_STEP_LOOP || sum->node->op->arithmetic != WG_ARITHMETIC_ADDS) return WG_NOWHERE;
  const uint32_t a = wg_step_input(plan, sum, 0), b = wg_step_input(plan, sum, 1);
  if ((a == kernel->result) == (b == kernel->result)) return WG_NOWHERE;
  const uint32_t term = a == kernel->result ? b : a;
  return wg_owner_of(plan, term) == &plan->values[kernel->result] ? WG_NOWHERE : term;
}

static bool alone(const wg_plan *plan, const wg_step *kernel, const wg_step *sum) {
  const wg_value *result = &plan->values[kernel->result], *written = &plan->values[sum->result];
  return result->dies == written->born && written->home == sum->result && written->place == WG_PLACE_PLAN &&
         wg_values_alike(plan, kernel->result, sum->result);
}

/* The term as the kernel sees it; NULL if it does not lie as it should, and then `status` stays, or without memory. */
static wg_tensor *term_make(wg_plan *plan, const wg_step *kernel, uint32_t term) {
  const wg_value *result = &plan->values[kernel->result];
  const wg_shape *shape = result->node->shape;
  wg_tensor tensor = {.shape = shape, .dtype = result->node->dtype};
  wg_value_strides(plan, term, shape, tensor.stride);
  const int64_t along = tensor.stride[shape->rank - (result->by_columns ? 2 : 1)];
  if (along != 0 && along != 1) return NULL;
  wg_tensor *made = wg_arena_take(&plan->arena, plan->allocator, sizeof *made);
  if (made)
    *made = tensor;
  else
    wg_plan_fail_memory(plan);
  return made;
}

bool wg_plan_terms(wg_plan *plan) {
  for (size_t k = 0; plan->tuning.terms && k + 1 < plan->step_count; k++) {
    const wg_step *kernel = &plan->steps[k];
    wg_step *sum = &plan->steps[k + 1];
    const uint32_t term = term_find(plan, kernel, sum);
    if (term == WG_NOWHERE || !alone(plan, kernel, sum)) continue;
    wg_tensor *tensor = term_make(plan, kernel, term);
    if (!tensor && plan->status != WG_OK) return false;
    if (!tensor) continue;
    kernel->frame->term = tensor;
    kernel->frame->call.term = tensor;
    sum->kind = WG_STEP_ADDED;
    sum->in_place = true;
    plan->values[sum->result].home = kernel->result;
    plan->values[kernel->result].dies = plan->values[sum->result].dies;
  }
  return true;
}
