/* plan_steps.c: one node of a plan: a leaf, a view, or a step that computes it. */
#include "plan_internal.h"

#include <string.h>

/* ---- Values and storages ---- */

static bool storage_add(wg_plan *plan, wg_storage storage, size_t *index) {
  wg_storage *storages =
      wg_grow(plan->allocator, plan->storages, plan->storage_count, &plan->storage_capacity, sizeof *storages);
  if (!storages) return wg_plan_fail_memory(plan);
  plan->storages = storages;
  storage.heir_of = WG_NOWHERE;
  *index = plan->storage_count++;
  storages[*index] = storage;
  return true;
}

/* Gives a value its own elements. */
static bool value_stored(wg_plan *plan, wg_value *value, wg_storage_kind kind, const void *data) {
  int64_t count = 0;
  wg_shape_count(value->tensor.shape, &count);
  wg_strides_dense(value->tensor.shape, value->tensor.stride);
  value->tensor.data = (void *)data;
  size_t bytes = (size_t)count * wg_dtype_size(value->tensor.dtype);
  return storage_add(plan, (wg_storage){.kind = kind, .data = (void *)data, .bytes = bytes}, &value->storage);
}

/* Adds a step that reads these values; `inputs` lies in the plan's arena. */
static bool step_add(wg_plan *plan, wg_step step, int input_count, size_t *inputs) {
  wg_step *steps = wg_grow(plan->allocator, plan->steps, plan->step_count, &plan->step_capacity, sizeof *steps);
  if (!steps) return wg_plan_fail_memory(plan);
  plan->steps = steps;
  step.input_count = input_count;
  step.inputs = inputs;
  step.in = wg_arena_take(&plan->arena, plan->allocator, (size_t)input_count * sizeof *step.in);
  if (!step.in) return wg_plan_fail_memory(plan);
  if (step.kernel) {
    step.dense = wg_arena_take(&plan->arena, plan->allocator, (size_t)input_count * sizeof *step.dense);
    if (!step.dense) return wg_plan_fail_memory(plan);
  } else {
    const wg_tensor *tensors[WG_LOOP_INPUTS_MAX];
    for (int i = 0; i < input_count; i++) tensors[i] = &plan->values[inputs[i]].tensor;
    if (!wg_nest_make(&step.nest, &plan->arena, plan->allocator, plan->values[step.result].tensor.shape, input_count,
                      tensors))
      return wg_plan_fail_memory(plan);
  }
  steps[plan->step_count++] = step;
  return true;
}

bool wg_plan_value_dense(wg_plan *plan, size_t index, size_t *dense) {
  *dense = index;
  if (wg_tensor_dense(&plan->values[index].tensor)) return true;
  *dense = plan->values[index].dense;
  if (*dense != WG_NOWHERE) return true;
  wg_value *values = wg_grow(plan->allocator, plan->values, plan->value_count, &plan->value_capacity, sizeof *values);
  if (!values) return wg_plan_fail_memory(plan);
  plan->values = values;
  wg_value copy = {
      .node = values[index].node, .tensor = values[index].tensor, .source = WG_NOWHERE, .dense = WG_NOWHERE};
  if (!value_stored(plan, &copy, WG_STORAGE_PLAN, NULL)) return false;
  *dense = plan->value_count++;
  plan->values[*dense] = copy;
  plan->values[index].dense = *dense;
  size_t *inputs = wg_arena_take(&plan->arena, plan->allocator, sizeof *inputs);
  if (!inputs) return wg_plan_fail_memory(plan);
  inputs[0] = index;
  return step_add(plan, (wg_step){.node = copy.node, .result = *dense}, 1, inputs);
}

/* ---- One node ---- */

/* A fill has one element, whatever its shape, seen with strides 0. */
static bool plan_fill(wg_plan *plan, wg_value *value, double number, int64_t count) {
  void *element = wg_arena_take(&plan->arena, plan->allocator, 8);
  if (!element) return wg_plan_fail_memory(plan);
  switch (value->node->dtype) {
  case WG_F32:
    *(float *)element = (float)(number / (double)count);
    break;
  case WG_I64:
    *(int64_t *)element = (int64_t)number / count;
    break;
  default:
    *(double *)element = number / (double)count;
    break;
  }
  if (!value_stored(plan, value, WG_STORAGE_CONSTANT, element)) return false;
  memset(value->tensor.stride, 0, sizeof value->tensor.stride);
  return true;
}

static bool plan_view(wg_plan *plan, size_t index, size_t source) {
  const wg_node *node = plan->values[index].node;
  wg_tensor out = plan->values[index].tensor;
  if (!node->op->view(node, &plan->values[source].tensor, &out)) {
    if (!wg_plan_value_dense(plan, source, &source)) return false;
    out = plan->values[index].tensor;
    if (!node->op->view(node, &plan->values[source].tensor, &out)) {
      wg_plan_fail(plan, WG_ERROR_ARGUMENT, "%s: its view rule refuses a dense tensor", node->op->name);
      return false;
    }
  }
  wg_value *value = &plan->values[index];
  value->tensor = out;
  value->source = source;
  value->storage = plan->values[source].storage;
  return true;
}

static bool plan_compute(wg_plan *plan, size_t index, int input_count, size_t *inputs) {
  const wg_node *node = plan->values[index].node;
  wg_dtype dtype = node->inputs[0]->dtype;
  wg_step step = {.node = node, .result = index, .loop = node->op->loop[dtype], .kernel = node->op->kernel[dtype]};
  if (!step.loop && !step.kernel) {
    wg_plan_fail(plan, WG_ERROR_DTYPE, "%s: has no values for %s", node->op->name, wg_dtype_text(dtype));
    return false;
  }
  if (step.loop && input_count > WG_LOOP_INPUTS_MAX) {
    wg_plan_fail(plan, WG_ERROR_ARGUMENT, "%s: more than %d inputs of a loop", node->op->name, WG_LOOP_INPUTS_MAX);
    return false;
  }
  for (int i = 0; i < input_count && (node->op->flags & WG_OP_DENSE); i++)
    if (!wg_plan_value_dense(plan, inputs[i], &inputs[i])) return false;
  return value_stored(plan, &plan->values[index], WG_STORAGE_PLAN, NULL) && step_add(plan, step, input_count, inputs);
}

bool wg_plan_node(wg_plan *plan, size_t index) {
  wg_value *value = &plan->values[index];
  const wg_node *node = value->node;
  double number;
  int64_t count;
  value->tensor = (wg_tensor){.shape = node->shape, .dtype = node->dtype};
  value->source = value->dense = WG_NOWHERE;
  if (wg_node_is_input(node) || wg_node_is_param(node)) return value_stored(plan, value, WG_STORAGE_BOUND, NULL);
  if (wg_node_is_fill(node, &number, &count)) return plan_fill(plan, value, number, count);
  if (node->op == &wg_op_constant) return value_stored(plan, value, WG_STORAGE_CONSTANT, wg_constant_data(node));

  size_t *inputs = wg_arena_take(&plan->arena, plan->allocator, (size_t)node->input_count * sizeof *inputs);
  if (!inputs) return wg_plan_fail_memory(plan);
  for (int i = 0; i < node->input_count; i++) inputs[i] = plan->latest[node->inputs[i]->id];
  return node->op->view ? plan_view(plan, index, inputs[0]) : plan_compute(plan, index, node->input_count, inputs);
}
