/* op_call.h: one call of an operation of the table at one of its samples, as it is or enlarged, in f32 or f64. */
#ifndef WG_TEST_OP_CALL_H
#define WG_TEST_OP_CALL_H

#include "support.h"

#include <stdlib.h>

enum { OP_CALL_LEAVES = WG_SAMPLE_INPUTS_MAX + 1 };

typedef struct op_call {
  wg_tape *tape;
  const wg_op *op;
  const wg_sample *sample;
  wg_dtype dtype;
  int input_count, count; /* of the operation; leaves, with the adjoint of y, once it is recorded */
  wg_node *x[OP_CALL_LEAVES];
  double *data[OP_CALL_LEAVES];
  wg_node *y; /* inert if the enlarged shapes do not suit the operation */
} op_call;

/* Records operation `op` at sample number `index` with every axis that is longer than 1 `times` as long. In both dtypes the
 * values are the same, numbers that f32 has; whole numbers for integers. */
static inline op_call op_call_new(const wg_op *op, int index, int64_t times, wg_dtype dtype) {
  op_call call = {.tape = wg_tape_new(),
                  .op = op,
                  .sample = &op->samples[index],
                  .dtype = dtype,
                  .input_count = op->samples[index].input_count,
                  .count = op->samples[index].input_count};
  for (int i = 0; i < call.count; i++) {
    const wg_sample_input *input = &call.sample->inputs[i];
    wg_shape shape = input->shape;
    for (int axis = 0; axis < shape.rank; axis++)
      if (shape.size[axis] > 1) shape.size[axis] *= times;
    call.x[i] = wg_input(call.tape, "x", input->integer ? WG_I64 : dtype, shape);
    const size_t n = (size_t)wg_node_size(call.x[i]);
    const uint64_t seed = (uint64_t)(97 * index + i + 1);
    call.data[i] = new_f64(n);
    if (input->integer) {
      fill_i64((int64_t *)call.data[i], n, (int64_t)input->low, (int64_t)input->high, seed);
      continue;
    }
    float *narrow = (float *)new_f64(n);
    fill_f32(narrow, n, input->low, input->high, seed);
    for (size_t k = 0; k < n; k++)
      if (dtype == WG_F32)
        ((float *)call.data[i])[k] = narrow[k];
      else
        call.data[i][k] = (double)narrow[k];
    free(narrow);
  }
  call.y = wg_apply(op, call.input_count, call.x, call.sample->attrs);
  return call;
}

static inline void op_call_free(op_call *call) {
  for (int i = 0; i < call->count; i++) free(call->data[i]);
  wg_tape_free(call->tape);
}

static inline bool op_call_differentiable(const op_call *call, int i) {
  return !call->sample->inputs[i].integer && !(call->op->nondifferentiable >> i & 1) &&
         wg_node_dtype(call->y) != WG_I64;
}

/* Makes the list of y and what it sends to each of its inputs when its adjoint is `seed`, a leaf with numbers ±1/2 … ±3/2;
 * returns how many nodes. */
enum { OP_CALL_OUTPUTS = 1 + WG_SAMPLE_INPUTS_MAX };
static inline size_t op_call_outputs(op_call *call, wg_node *outputs[OP_CALL_OUTPUTS]) {
  wg_node *wrt[WG_SAMPLE_INPUTS_MAX];
  size_t count = 0;
  outputs[0] = call->y;
  for (int i = 0; i < call->input_count; i++)
    if (op_call_differentiable(call, i)) wrt[count++] = call->x[i];
  if (!count) return 1;
  wg_node *seed = call->x[call->count] = wg_input(call->tape, "s", call->dtype, wg_node_shape(call->y));
  const size_t n = (size_t)wg_node_size(seed);
  double *data = call->data[call->count++] = new_f64(n);
  float *narrow = (float *)new_f64(n);
  fill_f32(narrow, n, 0.5, 1.5, 5);
  for (size_t k = 0; k < n; k++) {
    if (k % 2) narrow[k] = -narrow[k];
    if (call->dtype == WG_F32)
      ((float *)data)[k] = narrow[k];
    else
      data[k] = (double)narrow[k];
  }
  free(narrow);
  wg_vjp(call->y, seed, count, wrt, outputs + 1);
  return 1 + count;
}

#endif
