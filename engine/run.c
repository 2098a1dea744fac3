/* run.c: binding memory to a plan and running it. */
#include "plan_internal.h"

wg_status wg_bind(wg_plan *plan, const wg_node *leaf, const void *data) {
  if (!plan) return WG_ERROR_MEMORY;
  if (!plan->made) return plan->status;
  char text[WG_NODE_TEXT_SIZE];
  if (wg_node_inert(leaf) || leaf->tape != plan->tape || !(wg_node_is_input(leaf) || wg_node_is_param(leaf)))
    return wg_plan_fail(plan, WG_ERROR_ARGUMENT, "bind: %s is not an input or parameter of the plan's tape",
                        wg_node_inert(leaf) ? "the node" : wg_node_text(leaf, text));
  if (!data && wg_node_size(leaf) > 0)
    return wg_plan_fail(plan, WG_ERROR_ARGUMENT, "bind: the memory for %s is NULL", wg_node_text(leaf, text));
  size_t index = wg_plan_leaf(plan, leaf);
  if (index == WG_NOWHERE) return WG_OK;
  plan->storages[plan->values[index].storage].data = (unsigned char *)data;
  plan->resolved = false;
  return WG_OK;
}

void wg_plan_use_threads(wg_plan *plan, wg_threads *threads) {
  if (plan) plan->threads = threads;
}

/* Where the elements of a leaf without elements lie, bound or not, so that every tensor has an address to count from. */
static const double no_elements = 0;

/* Points every tensor and step to its memory: views follow what they are views of. */
static wg_status plan_resolve(wg_plan *plan) {
  for (size_t index = 0; index < plan->value_count; index++) {
    wg_value *value = &plan->values[index];
    if (value->source != WG_NOWHERE) continue;
    const wg_storage *storage = wg_storage_of(plan, value);
    value->tensor.data = storage->data || storage->bytes ? storage->data : (void *)&no_elements;
    if (storage->kind == WG_STORAGE_BOUND && !storage->data && storage->bytes > 0) {
      char text[WG_NODE_TEXT_SIZE];
      return wg_plan_fail(plan, WG_ERROR_UNBOUND, "run: %s %s has no memory: bind it first (wg_bind)",
                          value->node->op->name, wg_node_text(value->node, text));
    }
  }
  for (size_t index = 0; index < plan->node_count; index++) {
    wg_value *value = &plan->values[index];
    if (value->source != WG_NOWHERE)
      value->node->op->view(value->node, &plan->values[value->source].tensor, &value->tensor);
  }
  for (size_t number = 0; number < plan->step_count; number++) {
    wg_step *step = &plan->steps[number];
    step->out = plan->values[step->result].tensor.data;
    for (int i = 0; i < step->input_count; i++) {
      step->in[i] = plan->values[step->inputs[i]].tensor.data;
      if (step->kernel) step->dense[i] = plan->values[step->inputs[i]].tensor;
    }
  }
  plan->resolved = true;
  return WG_OK;
}

static wg_status step_run(wg_plan *plan, const wg_step *step) {
  const wg_tensor *out = &plan->values[step->result].tensor;
  if (step->kernel) {
    wg_call call = {.node = step->node,
                    .out = *out,
                    .in = step->dense,
                    .threads = plan->threads,
                    .message = plan->message,
                    .message_size = sizeof plan->message};
    return step->kernel(&call);
  }
  wg_nest_job job = {.nest = &step->nest,
                     .loop = step->loop ? step->loop : wg_copy_loop(wg_dtype_size(out->dtype)),
                     .node = step->node,
                     .count = step->input_count,
                     .out_size = wg_dtype_size(out->dtype),
                     .out = step->out,
                     .in = step->in};
  for (int i = 0; i < job.count; i++) job.in_size[i] = wg_dtype_size(plan->values[step->inputs[i]].tensor.dtype);
  wg_nest_run(&job, plan->threads);
  return WG_OK;
}

wg_status wg_run(wg_plan *plan) {
  if (!plan) return WG_ERROR_MEMORY;
  if (!plan->made) return plan->status;
  plan->message[0] = 0;
  plan->status = plan->resolved ? WG_OK : plan_resolve(plan);
  for (size_t number = 0; plan->status == WG_OK && number < plan->step_count; number++)
    plan->status = step_run(plan, &plan->steps[number]);
  return plan->status;
}

const void *wg_data(const wg_plan *plan, const wg_node *node) {
  for (size_t k = 0; plan && node && k < plan->output_count; k++)
    if (plan->output_nodes[k] == node) return plan->values[plan->outputs[k]].tensor.data;
  return NULL;
}
