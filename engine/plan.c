/* plan.c: making a plan: which nodes are needed, which of them are views, and one step for each of the others. */
#include "plan_internal.h"
#include "text.h"

#include <string.h>

wg_status wg_plan_fail(wg_plan *plan, wg_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(plan->message, sizeof plan->message, format, arguments);
  va_end(arguments);
  return plan->status = status;
}

static bool fail_memory(wg_plan *plan) {
  wg_plan_fail(plan, WG_ERROR_MEMORY, "out of memory for a plan of %zu values", plan->value_count);
  return false;
}

/* ---- Values and storages ---- */

size_t wg_plan_value_of(const wg_plan *plan, const wg_node *node) {
  size_t low = 0, high = plan->node_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (plan->values[middle].node->id < node->id)
      low = middle + 1;
    else
      high = middle;
  }
  return low < plan->node_count && plan->values[low].node == node ? low : WG_NOWHERE;
}

static bool storage_add(wg_plan *plan, wg_storage storage, size_t *index) {
  wg_storage *storages =
      wg_grow(plan->allocator, plan->storages, plan->storage_count, &plan->storage_capacity, sizeof *storages);
  if (!storages) return fail_memory(plan);
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

static bool step_add(wg_plan *plan, wg_step step, int input_count, const size_t *inputs) {
  wg_step *steps = wg_grow(plan->allocator, plan->steps, plan->step_count, &plan->step_capacity, sizeof *steps);
  if (!steps) return fail_memory(plan);
  plan->steps = steps;
  step.input_count = input_count;
  step.inputs = wg_arena_take(&plan->arena, plan->allocator, (size_t)input_count * sizeof *inputs);
  step.in = wg_arena_take(&plan->arena, plan->allocator, (size_t)input_count * sizeof *step.in);
  if (!step.inputs || !step.in) return fail_memory(plan);
  memcpy(step.inputs, inputs, (size_t)input_count * sizeof *inputs);
  if (step.kernel) {
    step.dense = wg_arena_take(&plan->arena, plan->allocator, (size_t)input_count * sizeof *step.dense);
    if (!step.dense) return fail_memory(plan);
  } else {
    const wg_tensor *tensors[32];
    for (int i = 0; i < input_count; i++) tensors[i] = &plan->values[inputs[i]].tensor;
    if (!wg_nest_make(&step.nest, &plan->arena, plan->allocator, plan->values[step.result].tensor.shape, input_count,
                      tensors))
      return fail_memory(plan);
  }
  steps[plan->step_count++] = step;
  return true;
}

/* The value, or a dense copy of it (made once, by a step of the plan's own) if it is not dense. */
static bool value_dense(wg_plan *plan, size_t index, size_t *dense) {
  *dense = index;
  if (wg_tensor_dense(&plan->values[index].tensor)) return true;
  *dense = plan->values[index].dense;
  if (*dense != WG_NOWHERE) return true;
  wg_value *values = wg_grow(plan->allocator, plan->values, plan->value_count, &plan->value_capacity, sizeof *values);
  if (!values) return fail_memory(plan);
  plan->values = values;
  wg_value copy = {
      .node = values[index].node, .tensor = values[index].tensor, .source = WG_NOWHERE, .dense = WG_NOWHERE};
  if (!value_stored(plan, &copy, WG_STORAGE_PLAN, NULL)) return false;
  *dense = plan->value_count++;
  plan->values[*dense] = copy;
  plan->values[index].dense = *dense;
  wg_step step = {.node = copy.node, .result = *dense};
  return step_add(plan, step, 1, &index);
}

/* ---- One node ---- */

/* A fill has one element, whatever its shape, seen with strides 0. */
static bool plan_fill(wg_plan *plan, wg_value *value, double number, int64_t count) {
  void *element = wg_arena_take(&plan->arena, plan->allocator, 8);
  if (!element) return fail_memory(plan);
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
    if (!value_dense(plan, source, &source)) return false;
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
  for (int i = 0; i < input_count && (node->op->flags & WG_OP_DENSE); i++)
    if (!value_dense(plan, inputs[i], &inputs[i])) return false;
  return value_stored(plan, &plan->values[index], WG_STORAGE_PLAN, NULL) && step_add(plan, step, input_count, inputs);
}

static bool plan_node(wg_plan *plan, size_t index) {
  wg_value *value = &plan->values[index];
  const wg_node *node = value->node;
  double number;
  int64_t count;
  value->tensor = (wg_tensor){.shape = node->shape, .dtype = node->dtype};
  value->source = value->dense = WG_NOWHERE;
  if (wg_node_is_input(node) || wg_node_is_param(node)) return value_stored(plan, value, WG_STORAGE_BOUND, NULL);
  if (wg_node_is_fill(node, &number, &count)) return plan_fill(plan, value, number, count);
  if (node->op == &wg_op_constant) return value_stored(plan, value, WG_STORAGE_CONSTANT, wg_constant_data(node));

  enum { INPUTS = 32 };
  size_t inputs[INPUTS];
  if (node->input_count > INPUTS) {
    wg_plan_fail(plan, WG_ERROR_ARGUMENT, "%s: more than %d inputs", node->op->name, INPUTS);
    return false;
  }
  for (int i = 0; i < node->input_count; i++) inputs[i] = wg_plan_value_of(plan, node->inputs[i]);
  return node->op->view ? plan_view(plan, index, inputs[0]) : plan_compute(plan, index, node->input_count, inputs);
}

/* ---- All of them ---- */

/* Makes a value for each node that the outputs need, in tape order. */
static bool plan_values(wg_plan *plan, size_t count, wg_node *const *outputs) {
  size_t end = 0;
  for (size_t k = 0; k < count; k++)
    if (outputs[k]->id >= end) end = outputs[k]->id + 1;
  unsigned char *needed = wg_allocate_zeroed(plan->allocator, end, 1);
  if (!needed) return fail_memory(plan);
  for (size_t k = 0; k < count; k++) needed[outputs[k]->id] = 1;
  for (size_t id = end; id-- > 0;) {
    const wg_node *node = wg_tape_node(plan->tape, id);
    plan->node_count += needed[id];
    for (int i = 0; needed[id] && i < node->input_count; i++) needed[node->inputs[i]->id] = 1;
  }
  plan->values = wg_allocate_zeroed(plan->allocator, plan->node_count, sizeof *plan->values);
  plan->value_capacity = plan->value_count = plan->values ? plan->node_count : 0;
  size_t index = 0;
  for (size_t id = 0; plan->values && id < end; id++)
    if (needed[id]) plan->values[index++].node = wg_tape_node(plan->tape, id);
  wg_release(plan->allocator, needed);
  return plan->values || fail_memory(plan);
}

static bool plan_outputs(wg_plan *plan, size_t count, wg_node *const *outputs) {
  plan->outputs = wg_allocate(plan->allocator, count, sizeof *plan->outputs);
  plan->output_nodes = wg_allocate(plan->allocator, count, sizeof *plan->output_nodes);
  if (!plan->outputs || !plan->output_nodes) return fail_memory(plan);
  for (size_t k = 0; k < count; k++) {
    plan->output_nodes[k] = outputs[k];
    if (!value_dense(plan, wg_plan_value_of(plan, outputs[k]), &plan->outputs[k])) return false;
  }
  plan->output_count = count;
  return true;
}

enum { CACHE_LINE = 64 };

static bool plan_memory(wg_plan *plan) {
  wg_plan_live(plan);
  if (!wg_plan_place(plan)) return fail_memory(plan);
  plan->memory =
      plan->bytes <= PTRDIFF_MAX - CACHE_LINE ? wg_allocate(plan->allocator, plan->bytes + CACHE_LINE, 1) : NULL;
  if (!plan->memory) return fail_memory(plan);
  plan->aligned = plan->memory + (CACHE_LINE - (uintptr_t)plan->memory % CACHE_LINE) % CACHE_LINE;
  for (size_t s = 0; s < plan->storage_count; s++) {
    wg_storage *storage = &plan->storages[s];
    if (storage->heir_of != WG_NOWHERE) storage->offset = plan->storages[storage->heir_of].offset;
    if (storage->kind == WG_STORAGE_PLAN) storage->data = plan->aligned + storage->offset;
  }
  return true;
}

wg_plan *wg_plan_new(size_t count, wg_node *const *outputs) {
  wg_tape *tape = NULL;
  for (size_t k = 0; outputs && k < count && !tape; k++) tape = wg_node_tape(outputs[k]);
  const wg_allocator *allocator = wg_tape_allocator(tape);
  wg_plan *plan = wg_allocate_zeroed(allocator, 1, sizeof *plan);
  if (!plan) return NULL;
  plan->tape = tape;
  plan->allocator = allocator;
  if (count && !outputs) wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: the array of %zu outputs is NULL", count);
  for (size_t k = 0; outputs && k < count; k++) {
    if (wg_node_inert(outputs[k])) {
      if (wg_tape_status(tape) != WG_OK && tape)
        wg_plan_fail(plan, tape->status, "%s", tape->message);
      else
        wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: output %zu of %zu is NULL, or comes from a call that failed",
                     k + 1, count);
    } else if (outputs[k]->tape != tape) {
      wg_plan_fail(plan, WG_ERROR_ARGUMENT, "plan: outputs of two tapes");
    }
  }
  if (plan->status != WG_OK) return plan;
  plan->made = plan_values(plan, count, outputs);
  for (size_t index = 0; plan->made && index < plan->node_count; index++) plan->made = plan_node(plan, index);
  plan->made = plan->made && plan_outputs(plan, count, outputs) && plan_memory(plan);
  return plan;
}

void wg_plan_free(wg_plan *plan) {
  if (!plan) return;
  wg_release(plan->allocator, plan->memory);
  wg_release(plan->allocator, plan->outputs);
  wg_release(plan->allocator, plan->output_nodes);
  wg_release(plan->allocator, plan->steps);
  wg_release(plan->allocator, plan->storages);
  wg_release(plan->allocator, plan->values);
  wg_arena_free(&plan->arena, plan->allocator);
  wg_release(plan->allocator, plan);
}

/* ---- What a plan is made of ---- */

wg_status wg_plan_status(const wg_plan *plan) { return plan ? plan->status : WG_ERROR_MEMORY; }
const char *wg_plan_error(const wg_plan *plan) { return plan ? plan->message : "no plan (out of memory)"; }
size_t wg_plan_step_count(const wg_plan *plan) { return plan ? plan->step_count : 0; }
size_t wg_plan_bytes(const wg_plan *plan) { return plan ? plan->bytes : 0; }

bool wg_plan_step_at(const wg_plan *plan, size_t i, wg_plan_step *step) {
  if (i >= wg_plan_step_count(plan)) return false;
  const wg_step *s = &plan->steps[i];
  const wg_storage *storage = wg_storage_of(plan, &plan->values[s->result]);
  *step = (wg_plan_step){.node = s->node,
                         .offset = storage->offset,
                         .bytes = plan->storages[plan->values[s->result].storage].bytes,
                         .in_place = s->in_place,
                         .copy = !s->loop && !s->kernel};
  return true;
}
