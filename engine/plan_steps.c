/* plan_steps.c: one node of a plan: a leaf, a view, or a step that computes it. */
#include "plan_internal.h"

#include <string.h>

/* ---- Values ---- */

wg_tensor wg_value_tensor(const wg_plan *plan, uint32_t index, const void *begin) {
  const wg_value *value = &plan->values[index];
  wg_tensor tensor = {.shape = value->node->shape, .dtype = value->node->dtype};
  if (value->view)
    memcpy(tensor.stride, value->view->stride, (size_t)tensor.shape->rank * sizeof *tensor.stride);
  else
    wg_strides_dense(tensor.shape, tensor.stride);
  tensor.data = (void *)((uintptr_t)begin + (value->view ? value->view->offset : 0));
  return tensor;
}

bool wg_value_dense(const wg_plan *plan, uint32_t index) {
  if (!plan->values[index].view) return true;
  const wg_tensor tensor = wg_value_tensor(plan, index, NULL);
  return wg_tensor_dense(&tensor);
}

/* Makes the value one with elements of its own. */
static void value_own(wg_plan *plan, uint32_t index, wg_place place, const void *data) {
  wg_value *value = &plan->values[index];
  value->owner = value->home = index;
  value->born = WG_NOWHERE;
  value->dies = 0;
  value->place = place;
  value->by_columns = false;
  value->data = (unsigned char *)data;
}

/* Makes the value a look at the elements of another, or at its own with strides that are not dense. */
static bool value_look(wg_plan *plan, uint32_t index, uint32_t owner, const wg_tensor *tensor) {
  wg_value *value = &plan->values[index];
  value->owner = owner;
  if (!tensor->data && wg_tensor_dense(tensor)) return true;
  const size_t strides = (size_t)tensor->shape->rank * sizeof(int64_t);
  value->view = wg_arena_take(&plan->arena, plan->allocator, sizeof *value->view + strides);
  if (!value->view) return wg_plan_fail_memory(plan);
  *value->view = (wg_view){.offset = (uintptr_t)tensor->data, .dense = WG_NOWHERE};
  memcpy(value->view->stride, tensor->stride, strides);
  return true;
}

/* Lets a value with two axes lie column after column. */
static bool value_turn(wg_plan *plan, uint32_t index) {
  const wg_node *node = plan->values[index].node;
  plan->values[index].by_columns = true;
  return value_look(plan, index, index,
                    &(wg_tensor){.shape = node->shape, .dtype = node->dtype, .stride = {1, node->shape->size[0]}});
}

/* ---- Steps ---- */

static bool frame_make(wg_plan *plan, wg_step *step) {
  const size_t count = (size_t)step->input_count;
  wg_frame *frame = wg_arena_take(&plan->arena, plan->allocator, sizeof *frame + count * sizeof *frame->in);
  if (!frame) return wg_plan_fail_memory(plan);
  *frame = (wg_frame){.scratch_bytes = step->node->op->scratch ? step->node->op->scratch(step->node) : 0};
  frame->call = (wg_call){.node = step->node,
                          .out = wg_value_tensor(plan, step->result, NULL),
                          .in = frame->in,
                          .twin = wg_step_has_twin(step) ? frame->in + count - 1 : NULL,
                          .message = plan->message,
                          .message_size = sizeof plan->message};
  for (int i = 0; i < step->input_count; i++) frame->in[i] = wg_value_tensor(plan, wg_step_input(plan, step, i), NULL);
  step->frame = frame;
  return true;
}

/* Adds a step that reads the values which stand last in plan->inputs, `count` of them. */
static bool step_add(wg_plan *plan, wg_step step, int count) {
  wg_step *steps = wg_grow(plan->allocator, plan->steps, plan->step_count, &plan->step_capacity, sizeof *steps);
  if (!steps) return wg_plan_fail_memory(plan);
  plan->steps = steps;
  step.input_count = count;
  step.input_begin = (uint32_t)plan->input_count - (uint32_t)count;
  if (step.kind == WG_STEP_KERNEL) {
    if (!frame_make(plan, &step)) return false;
  } else {
    step.nest = wg_nest_make(plan, step.result, count, plan->inputs + step.input_begin);
    if (!step.nest) return wg_plan_fail_memory(plan);
  }
  const uint32_t number = (uint32_t)plan->step_count;
  for (int i = 0; i < count; i++) {
    wg_value *owner = wg_owner_of(plan, wg_step_input(plan, &step, i));
    if (owner->dies != WG_NOWHERE) owner->dies = number;
  }
  plan->values[step.result].born = plan->values[step.result].dies = number;
  steps[plan->step_count++] = step;
  return true;
}

static bool input_add(wg_plan *plan, uint32_t value) {
  uint32_t *inputs = plan->input_count < WG_NOWHERE ? wg_grow(plan->allocator, plan->inputs, plan->input_count,
                                                              &plan->input_capacity, sizeof *inputs)
                                                    : NULL;
  if (!inputs) return wg_plan_fail_memory(plan);
  plan->inputs = inputs;
  inputs[plan->input_count++] = value;
  return true;
}

bool wg_plan_value_copy(wg_plan *plan, uint32_t index, bool by_columns, uint32_t *copy) {
  wg_value *values = plan->value_count < WG_NOWHERE ? wg_grow(plan->allocator, plan->values, plan->value_count,
                                                              &plan->value_capacity, sizeof *values)
                                                    : NULL;
  if (!values) return wg_plan_fail_memory(plan);
  plan->values = values;
  *copy = (uint32_t)plan->value_count++;
  values[*copy] = (wg_value){.node = values[index].node};
  value_own(plan, *copy, WG_PLACE_PLAN, NULL);
  if (by_columns && !value_turn(plan, *copy)) return false;
  wg_step step = {.node = values[index].node, .result = *copy, .kind = WG_STEP_COPY};
  step.loop = wg_copy_loop(wg_dtype_size(step.node->dtype));
  return input_add(plan, index) && step_add(plan, step, 1);
}

bool wg_plan_value_dense(wg_plan *plan, uint32_t index, uint32_t *dense) {
  *dense = index;
  if (wg_value_dense(plan, index)) return true;
  *dense = plan->values[index].view->dense;
  if (*dense != WG_NOWHERE) return true;
  if (!wg_plan_value_copy(plan, index, false, dense)) return false;
  plan->values[index].view->dense = *dense;
  return true;
}

/* ---- One node ---- */

/* A fill has one element, whatever its shape, seen with strides 0. */
static bool plan_fill(wg_plan *plan, uint32_t index, double number, int64_t count) {
  const wg_node *node = plan->values[index].node;
  void *element = wg_arena_take(&plan->arena, plan->allocator, 8);
  if (!element) return wg_plan_fail_memory(plan);
  switch (node->dtype) {
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
  value_own(plan, index, WG_PLACE_CONSTANT, element);
  return value_look(plan, index, index, &(wg_tensor){.shape = node->shape, .dtype = node->dtype});
}

static bool plan_view(wg_plan *plan, uint32_t index, uint32_t source) {
  const wg_node *node = plan->values[index].node;
  wg_tensor in = wg_value_tensor(plan, source, NULL), out = {.shape = node->shape, .dtype = node->dtype};
  if (!node->op->view(node, &in, &out)) {
    if (!wg_plan_value_dense(plan, source, &source)) return false;
    in = wg_value_tensor(plan, source, NULL);
    out = (wg_tensor){.shape = node->shape, .dtype = node->dtype};
    if (!node->op->view(node, &in, &out)) {
      wg_plan_fail(plan, WG_ERROR_ARGUMENT, "%s: its view rule refuses a dense tensor", node->op->name);
      return false;
    }
  }
  return value_look(plan, index, plan->values[source].owner, &out);
}

/* ---- Twins ---- */

static void nothing_loop(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {
  (void)y, (void)n, (void)out, (void)in, (void)stride;
}
static wg_status nothing_kernel(wg_call *call) { return (void)call, WG_OK; }

/* Whether the last step computes the twin of a node; of those that are elementwise, in the same order. */
static bool follows_twin(const wg_plan *plan, const wg_node *node) {
  if (!node->op->twin || !plan->step_count || node->input_count == WG_LOOP_INPUTS_MAX) return false;
  const wg_step *last = &plan->steps[plan->step_count - 1];
  if (last->kind == WG_STEP_COPY || !wg_is_twin(node, last->node)) return false;
  return last->kind == WG_STEP_KERNEL || wg_plan_by_columns(plan, last->node) == wg_plan_by_columns(plan, node);
}

/* The twin's step stays where it is and does nothing; for lifetimes and addresses, this one reads what it writes. */
static bool twin_join(wg_plan *plan, wg_step *step) {
  wg_step *twin = &plan->steps[plan->step_count - 1];
  if (step->kind == WG_STEP_KERNEL) {
    twin->kernel = nothing_kernel;
  } else {
    twin->loop = nothing_loop;
    step->loop = step->node->op->twin->loop[step->node->inputs[0]->dtype];
  }
  return input_add(plan, twin->result);
}

static bool plan_compute(wg_plan *plan, uint32_t index) {
  const wg_node *node = plan->values[index].node;
  const wg_dtype dtype = node->inputs[0]->dtype;
  wg_step step = {.node = node, .result = index, .loop = node->op->loop[dtype]};
  if (!step.loop) {
    step.kind = WG_STEP_KERNEL;
    step.kernel = node->op->kernel[dtype];
  }
  if (step.kind == WG_STEP_KERNEL && !step.kernel) {
    wg_plan_fail(plan, WG_ERROR_DTYPE, "%s: has no values for %s", node->op->name, wg_dtype_text(dtype));
    return false;
  }
  if (step.kind == WG_STEP_LOOP && node->input_count > WG_LOOP_INPUTS_MAX) {
    wg_plan_fail(plan, WG_ERROR_ARGUMENT, "%s: more than %d inputs of a loop", node->op->name, WG_LOOP_INPUTS_MAX);
    return false;
  }
  const bool dense = node->op->flags & WG_OP_DENSE, twin = !dense && follows_twin(plan, node);
  for (int i = 0; i < node->input_count && dense; i++) /* their copies are steps before this one */
    if (!wg_plan_value_dense(plan, plan->latest[node->inputs[i]->id], &(uint32_t){0})) return false;
  for (int i = 0; i < node->input_count; i++) {
    uint32_t input = plan->latest[node->inputs[i]->id];
    if (dense && !wg_plan_value_dense(plan, input, &input)) return false;
    if (!input_add(plan, input)) return false;
  }
  if (twin && !twin_join(plan, &step)) return false;
  value_own(plan, index, WG_PLACE_PLAN, NULL);
  if (wg_plan_by_columns(plan, node) && !value_turn(plan, index)) return false;
  return step_add(plan, step, node->input_count + twin);
}

bool wg_plan_node(wg_plan *plan, uint32_t index) {
  const wg_node *node = plan->values[index].node;
  double number;
  int64_t count;
  if (wg_node_is_input(node) || wg_node_is_param(node))
    value_own(plan, index, WG_PLACE_BOUND, NULL);
  else if (wg_node_is_fill(node, &number, &count))
    return plan_fill(plan, index, number, count);
  else if (node->op == &wg_op_constant)
    value_own(plan, index, WG_PLACE_CONSTANT, wg_constant_data(node));
  else if (node->op->view)
    return plan_view(plan, index, plan->latest[node->inputs[0]->id]);
  else
    return plan_compute(plan, index);
  return true;
}
