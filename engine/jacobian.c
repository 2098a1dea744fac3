/* jacobian.c: Jacobians by rows, as nodes or as numbers. */
#include "derivative.h"
#include "plan.h"
#include "tape_internal.h"
#include "text.h"

#include <string.h>

/* Writes the number one, in that element type. */
static void one_write(wg_dtype dtype, void *element) {
  if (dtype == WG_F32)
    *(float *)element = 1;
  else
    *(double *)element = 1;
}

wg_node *wg_jacobian_row(wg_node *y, int64_t element, wg_node *x) {
  wg_tape *tape = wg_node_tape(y);
  char text[WG_NODE_TEXT_SIZE];
  if (wg_node_inert(y) || wg_node_inert(x) || y->dtype == WG_I64) {
    wg_node *row = wg_tape_inert(tape);
    wg_grad(y, 1, &x, &row); /* says what is wrong */
    return wg_tape_inert(tape);
  }
  if (element < 0 || element >= wg_node_size(y))
    return wg_fail(y, WG_ERROR_ARGUMENT, "Jacobian of %s: there is no element %lld", wg_node_text(y, text),
                   (long long)element);
  size_t size = wg_dtype_size(y->dtype);
  unsigned char *basis = wg_allocate_zeroed(&tape->allocator, (size_t)wg_node_size(y), size);
  if (!basis) {
    wg_tape_fail_memory(tape);
    return wg_tape_inert(tape);
  }
  one_write(y->dtype, basis + (size_t)element * size);
  wg_node *row;
  wg_vjp(y, wg_constant(tape, y->dtype, *y->shape, basis), 1, &x, &row);
  wg_release(&tape->allocator, basis);
  return row;
}

struct wg_jacobian {
  const wg_allocator *allocator;
  wg_plan *plan;
  wg_node *seed, *row;
  unsigned char *basis; /* the seed's memory */
  size_t rows, size;    /* of y; bytes of one of its elements */
  wg_status status;
  char message[512];
};

static void jacobian_fail(wg_jacobian *jacobian, wg_status status, const char *message) {
  jacobian->status = status;
  strncpy(jacobian->message, message, sizeof jacobian->message - 1);
}

wg_jacobian *wg_jacobian_new(wg_node *y, wg_node *x) {
  wg_tape *tape = wg_node_tape(y);
  const wg_allocator *allocator = wg_tape_allocator(tape);
  wg_jacobian *jacobian = wg_allocate_zeroed(allocator, 1, sizeof *jacobian);
  if (!jacobian) return NULL;
  jacobian->allocator = allocator;
  if (wg_node_inert(y) || wg_node_inert(x)) {
    jacobian_fail(jacobian, WG_ERROR_ARGUMENT, "Jacobian: a node is NULL, or comes from a call that failed");
    return jacobian;
  }
  jacobian->rows = (size_t)wg_node_size(y);
  jacobian->size = wg_dtype_size(y->dtype);
  jacobian->seed = wg_input(tape, NULL, y->dtype, *y->shape);
  if (wg_vjp(y, jacobian->seed, 1, &x, &jacobian->row) != WG_OK) {
    jacobian_fail(jacobian, wg_tape_status(tape), wg_tape_error(tape));
    return jacobian;
  }
  jacobian->basis = wg_allocate_zeroed(allocator, jacobian->rows, jacobian->size);
  jacobian->plan = wg_plan_new(1, &jacobian->row);
  if (!jacobian->basis || wg_plan_status(jacobian->plan) != WG_OK)
    jacobian_fail(jacobian, WG_ERROR_MEMORY, "out of memory for a Jacobian");
  else
    wg_bind(jacobian->plan, jacobian->seed, jacobian->basis);
  return jacobian;
}

void wg_jacobian_free(wg_jacobian *jacobian) {
  if (!jacobian) return;
  wg_plan_free(jacobian->plan);
  wg_release(jacobian->allocator, jacobian->basis);
  wg_release(jacobian->allocator, jacobian);
}

wg_status wg_jacobian_status(const wg_jacobian *jacobian) { return jacobian ? jacobian->status : WG_ERROR_MEMORY; }

const char *wg_jacobian_error(const wg_jacobian *jacobian) {
  return jacobian ? jacobian->message : "no Jacobian (out of memory)";
}

wg_status wg_jacobian_bind(wg_jacobian *jacobian, const wg_node *leaf, const void *data) {
  if (!jacobian || !jacobian->plan || !jacobian->basis) return wg_jacobian_status(jacobian);
  wg_status status = wg_bind(jacobian->plan, leaf, data);
  if (status != WG_OK) jacobian_fail(jacobian, status, wg_plan_error(jacobian->plan));
  return status;
}

wg_status wg_jacobian_run(wg_jacobian *jacobian, void *values) {
  if (!jacobian || !jacobian->plan || !jacobian->basis) return wg_jacobian_status(jacobian);
  size_t row_bytes = (size_t)wg_node_size(jacobian->row) * wg_dtype_size(jacobian->row->dtype);
  jacobian->status = WG_OK;
  for (size_t i = 0; i < jacobian->rows; i++) {
    unsigned char *element = jacobian->basis + i * jacobian->size;
    one_write(jacobian->seed->dtype, element);
    wg_status status = wg_run(jacobian->plan);
    memset(element, 0, jacobian->size);
    if (status != WG_OK) {
      jacobian_fail(jacobian, status, wg_plan_error(jacobian->plan));
      return status;
    }
    if (row_bytes) memcpy((unsigned char *)values + i * row_bytes, wg_data(jacobian->plan, jacobian->row), row_bytes);
  }
  return WG_OK;
}
