/* plan_epilogue.c: which passes run on each part of a kernel's result, while it is in the cache.
 *
 * A matrix product writes its result a few rows at a time. What follows from it element by element, such as a bias and an
 * activation, or the update of a weight by its gradient, need not wait until all of it is done: the kernel says which part
 * is final (wg_call_done), and the pass behind it runs on that part. So these steps run together, in one step of time: what
 * any of them reads from outside stays in its place until all are done. The pass must
 *   read the kernel's result element by element, in the order in which it is written,
 *   walk through its elements along rows, or as one row (run_pass.c), without gathering any, and rows be long,
 *   write nothing that the kernel reads; what it adds, only element by element. */
#include "plan_internal.h"

/* `sum`: what the kernel writes instead of its result (plan_terms.c), or the kernel itself. */
static bool follows(const wg_plan *plan, const wg_step *kernel, const wg_step *sum, const wg_pass *pass) {
  const wg_value *result = &plan->values[sum->result];
  bool linked = false;
  for (uint32_t number = pass->begin; number < pass->end; number++) {
    const wg_step *step = &plan->steps[number];
    const wg_value *home = wg_home_of(plan, step->result);
    if (wg_step_reads(plan, kernel, home) || !wg_step_reads_alike(plan, sum, home, &plan->values[step->result]))
      return false;
    for (int i = 0; i < step->input_count; i++) {
      const uint32_t input = wg_step_input(plan, step, i);
      if (wg_owner_of(plan, input) != result) continue;
      if (!wg_value_dense(plan, input) || !wg_shape_equal(plan->values[input].node->shape, step->node->shape))
        return false;
      linked = true;
    }
  }
  return linked;
}

static bool walks_along(const wg_plan *plan, uint32_t written, const wg_pass *pass) {
  const wg_shape *shape = plan->values[written].node->shape;
  if (pass->gather_count > 0 || shape->rank < 2 || !wg_value_dense(plan, written)) return false;
  if (!wg_shape_equal(shape, plan->values[plan->steps[pass->begin].result].node->shape)) return false;
  if (shape->size[shape->rank - 1] < plan->tuning.row) return false;
  return pass->rank == 1 || (pass->rank == 2 && pass->size[1] == shape->size[shape->rank - 1]);
}

void wg_plan_epilogues(wg_plan *plan) {
  for (uint32_t number = 0; plan->tuning.epilogues && number + 1 < plan->step_count; number++) {
    const wg_step *kernel = &plan->steps[number];
    if (kernel->kind != WG_STEP_KERNEL || !(kernel->node->op->flags & WG_OP_TELLS)) continue;
    const wg_step *sum = kernel + (kernel->frame->term != NULL), *next = sum + 1;
    if (next == plan->steps + plan->step_count || !next->tiled) continue;
    wg_pass *pass = (wg_pass *)next->pass;
    if (!walks_along(plan, sum->result, pass) || !follows(plan, kernel, sum, pass)) continue;
    kernel->frame->epilogue = (wg_epilogue){plan, pass};
    kernel->frame->call.epilogue = &kernel->frame->epilogue;
    pass->first = number;
  }
}

/* ---- Steps that run together ---- */

static const wg_pass *pass_of(const wg_step *step) {
  if (step->kind == WG_STEP_ADDED) step--;
  if (step->kind == WG_STEP_KERNEL) return step->frame->epilogue.pass;
  return step->tiled ? step->pass : NULL;
}

/* Whether the step runs with the one before it, as a twin does or a sum that a kernel has written, and neither is in a pass. */
static bool with_last(const wg_plan *plan, uint32_t number) {
  const wg_step *step = &plan->steps[number];
  return number < plan->step_count && (wg_step_has_twin(step) || step->kind == WG_STEP_ADDED) && !pass_of(step) &&
         !pass_of(step - 1);
}

uint32_t wg_steps_begin(const wg_plan *plan, uint32_t number) {
  const wg_pass *pass = pass_of(&plan->steps[number]);
  return pass ? pass->first : number - with_last(plan, number);
}

uint32_t wg_steps_end(const wg_plan *plan, uint32_t number) {
  const wg_pass *pass = pass_of(&plan->steps[number]);
  return pass ? pass->end : number + 1 + with_last(plan, number + 1);
}

/* ---- Running ---- */

void wg_call_done(const wg_call *call, int64_t first_row, int64_t end_row, int64_t first_column, int64_t end_column) {
  if (!call->epilogue) return;
  const wg_shape *shape = call->out.shape;
  wg_pass_run_part(call->epilogue, shape->size[shape->rank - 1], first_row, end_row, first_column, end_column);
}
