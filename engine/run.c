/* run.c: binding memory to a plan and running it. */
#include "denormals.h"
#include "plan_internal.h"

static wg_status bind(wg_plan *plan, const wg_node *leaf, const void *data, bool to_write) {
  if (!plan) return WG_ERROR_MEMORY;
  if (!plan->made) return plan->status;
  char text[WG_NODE_TEXT_SIZE];
  if (wg_node_inert(leaf) || leaf->tape != plan->tape || !(wg_node_is_input(leaf) || wg_node_is_param(leaf)))
    return wg_plan_fail(plan, WG_ERROR_ARGUMENT, "bind: %s is not an input or parameter of the plan's tape",
                        wg_node_inert(leaf) ? "the node" : wg_node_text(leaf, text));
  if (!data && wg_node_size(leaf) > 0)
    return wg_plan_fail(plan, WG_ERROR_ARGUMENT, "bind: the memory for %s is NULL", wg_node_text(leaf, text));
  const uint32_t index = wg_plan_leaf(plan, leaf);
  if (index == WG_NOWHERE) return WG_OK;
  wg_value *value = &plan->values[index];
  if (value->updated && !to_write)
    return wg_plan_fail(plan, WG_ERROR_ARGUMENT, "bind: the plan updates %s: give it memory to write (wg_bind_updated)",
                        wg_node_text(leaf, text));
  value->data = (unsigned char *)data;
  value->moved = true;
  plan->resolved = false;
  return WG_OK;
}

wg_status wg_bind(wg_plan *plan, const wg_node *leaf, const void *data) { return bind(plan, leaf, data, false); }

wg_status wg_bind_updated(wg_plan *plan, const wg_node *leaf, void *data) { return bind(plan, leaf, data, true); }

void wg_plan_use_threads(wg_plan *plan, wg_threads *threads) {
  if (plan) plan->threads = threads;
}

bool wg_plan_flush_denormals(wg_plan *plan, bool flushes) {
  if (!plan || !WG_DENORMALS_FLUSH) return false;
  plan->flushes = flushes;
  return true;
}

/* ---- Resolving ---- */

/* Where the elements of a leaf without elements lie, bound or not, so that every tensor has an address to count from. */
static const double no_elements = 0;

static const void *value_begin(const wg_plan *plan, uint32_t value) {
  const unsigned char *data = wg_home_of(plan, value)->data;
  return data ? (const void *)data : (const void *)&no_elements;
}

/* Where the value's own first element lies. */
static void *value_at(const wg_plan *plan, uint32_t value) {
  const wg_view *view = plan->values[value].view;
  return (void *)((uintptr_t)value_begin(plan, value) + (view ? view->offset : 0));
}

static void step_resolve(const wg_plan *plan, wg_step *step) {
  step->out = value_at(plan, step->result);
  for (int i = 0; i < step->input_count; i++) {
    const uint32_t input = wg_step_input(plan, step, i);
    plan->in[step->input_begin + (uint32_t)i] = value_at(plan, input);
    if (step->kind == WG_STEP_KERNEL) step->frame->in[i].data = value_at(plan, input);
  }
  if (step->kind == WG_STEP_KERNEL) step->frame->call.out.data = step->out;
  if (step->kind == WG_STEP_ADDED) step[-1].frame->term->data = value_at(plan, wg_step_term(plan, step));
}

static bool touches_bound(const wg_plan *plan, const wg_step *step) {
  if (wg_home_of(plan, step->result)->place == WG_PLACE_BOUND) return true;
  for (int i = 0; i < step->input_count; i++)
    if (wg_home_of(plan, wg_step_input(plan, step, i))->place == WG_PLACE_BOUND) return true;
  return false;
}

bool wg_plan_resolve_all(wg_plan *plan) {
  size_t count = 0;
  for (size_t k = 0; k < plan->step_count; k++) {
    wg_step *step = &plan->steps[k];
    if (step->kind == WG_STEP_KERNEL && step->frame->scratch_bytes)
      step->frame->call.scratch = plan->aligned + step->frame->scratch_offset;
    step_resolve(plan, step);
    count += touches_bound(plan, step);
  }
  plan->bound_steps = wg_allocate(plan->allocator, count, sizeof *plan->bound_steps);
  if (!plan->bound_steps) return wg_plan_fail_memory(plan);
  for (size_t k = 0; k < plan->step_count; k++)
    if (touches_bound(plan, &plan->steps[k])) plan->bound_steps[plan->bound_step_count++] = (uint32_t)k;
  return true;
}

/* Memory that the plan writes belongs to one leaf alone. */
static wg_status leaf_apart(wg_plan *plan, uint32_t index) {
  const wg_value *leaf = &plan->values[index];
  const size_t bytes = wg_value_bytes(leaf);
  for (uint32_t k = 0; k < plan->leaf_count; k++) {
    const wg_value *other = &plan->values[k];
    if (k == index || other->place != WG_PLACE_BOUND || !(leaf->updated || other->updated)) continue;
    const uintptr_t begin = (uintptr_t)leaf->data, other_begin = (uintptr_t)other->data;
    if (begin >= other_begin + wg_value_bytes(other) || other_begin >= begin + bytes) continue;
    char text[WG_NODE_TEXT_SIZE], other_text[WG_NODE_TEXT_SIZE];
    return wg_plan_fail(plan, WG_ERROR_ARGUMENT, "run: %s and %s share memory that the plan writes",
                        wg_node_text(leaf->node, text), wg_node_text(other->node, other_text));
  }
  return WG_OK;
}

/* Points the steps that read or write the caller's memory to where it is now. */
static wg_status plan_resolve(wg_plan *plan) {
  bool updates = false;
  for (size_t index = 0; index < plan->leaf_count; index++) {
    const wg_value *value = &plan->values[index];
    updates = updates || value->updated;
    if (value->place == WG_PLACE_BOUND && !value->data && wg_value_bytes(value) > 0) {
      char text[WG_NODE_TEXT_SIZE];
      return wg_plan_fail(plan, WG_ERROR_UNBOUND, "run: %s %s has no memory: bind it first (%s)", value->node->op->name,
                          wg_node_text(value->node, text), value->updated ? "wg_bind_updated" : "wg_bind");
    }
  }
  for (uint32_t index = 0; index < plan->leaf_count; index++) {
    if (updates && plan->values[index].moved && leaf_apart(plan, index) != WG_OK) return plan->status;
    plan->values[index].moved = false;
  }
  for (size_t k = 0; k < plan->bound_step_count; k++) step_resolve(plan, &plan->steps[plan->bound_steps[k]]);
  plan->resolved = true;
  return WG_OK;
}

/* ---- Running ---- */

static wg_status kernel_run(wg_plan *plan, const wg_step *step) {
  step->frame->call.threads = plan->threads;
  return step->kernel(&step->frame->call);
}

static void loop_run(const wg_plan *plan, const wg_step *step) {
  const wg_node *result = plan->values[step->result].node;
  wg_nest_job job = {.nest = step->nest,
                     .loop = step->loop,
                     .node = step->node,
                     .count = step->input_count,
                     .out_size = wg_dtype_size(result->dtype),
                     .out = step->out,
                     .in = plan->in + step->input_begin};
  for (int i = 0; i < job.count; i++)
    job.in_size[i] = wg_dtype_size(plan->values[wg_step_input(plan, step, i)].node->dtype);
  wg_nest_run(&job, plan->threads, plan->tuning.piece);
}

/* Steps first … last − 1, which neither begin nor end inside of a pass. */
static wg_status steps_run(wg_plan *plan, size_t first, size_t last) {
  wg_status status = WG_OK;
  const wg_step *const end = plan->steps + last;
  for (const wg_step *step = plan->steps + first; status == WG_OK && step < end; step++) {
    if (step->arithmetic) {
      step = wg_arithmetic_run(plan, step, end) - 1;
    } else if (step->kind == WG_STEP_KERNEL) {
      status = kernel_run(plan, step);
      if (step->frame->epilogue.pass)
        step = plan->steps + step->frame->epilogue.pass->end - 1;
      else if (step->frame->term)
        step++;
    } else if (step->tiled) {
      wg_pass_run(plan, step->pass);
      step = plan->steps + step->pass->end - 1;
    } else if (step->nest->rank == 1 && step->nest->numbers[0] <= plan->tuning.piece) { /* most of a small graph */
      step->loop(step->node, step->nest->numbers[0], step->out, plan->in + step->input_begin,
                 wg_nest_strides(step->nest));
    } else if (step->kind != WG_STEP_COPY || !wg_columns_copy(plan, step)) {
      loop_run(plan, step);
    }
  }
  return status;
}

static wg_status all_run(wg_plan *plan) {
  return wg_plan_takes_times(plan) ? wg_plan_run_timed(plan, steps_run) : steps_run(plan, 0, plan->step_count);
}

wg_status wg_run(wg_plan *plan) {
  if (!plan) return WG_ERROR_MEMORY;
  if (!plan->made) return plan->status;
  plan->message[0] = 0;
  plan->status = plan->resolved ? WG_OK : plan_resolve(plan);
  if (plan->status != WG_OK) return plan->status;
  if (!plan->flushes) return plan->status = all_run(plan);
  const wg_denormals denormals = wg_denormals_flushed();
  plan->status = all_run(plan);
  wg_denormals_restore(denormals);
  return plan->status;
}

const void *wg_data(const wg_plan *plan, const wg_node *node) {
  for (size_t k = 0; plan && plan->made && node && k < plan->output_count; k++)
    if (plan->output_nodes[k] == node) return value_at(plan, plan->outputs[k]);
  return NULL;
}
