/* Plans: what is a step and what is none, whose memory is shared with whom, and what a run gives. */
#include "../plan_sound.h"

#include "../../engine/checkpoint.h"

#include <math.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static wg_plan *plan_of(size_t count, wg_node *const *outputs) {
  for (size_t k = 0; k < count; k++) assert_tape_good(wg_node_tape(outputs[k]));
  wg_plan *plan = wg_plan_new(count, outputs);
  if (wg_plan_status(plan) != WG_OK) fail_msg("plan: %s", wg_plan_error(plan));
  assert_plan_sound(plan);
  return plan;
}

static void bind_all(wg_plan *plan, size_t count, const wg_binding *bindings) {
  for (size_t k = 0; k < count; k++) assert_int_equal(wg_bind(plan, bindings[k].node, bindings[k].data), WG_OK);
}

/* Runs over memory that holds nothing of use. */
static void run(wg_plan *plan) {
  plan_poison(plan);
  if (wg_run(plan) != WG_OK) fail_msg("run: %s", wg_plan_error(plan));
}

static void assert_values(const wg_plan *plan, const wg_node *node, size_t count, const double *expected) {
  const double *values = wg_data(plan, node);
  assert_non_null(values);
  for (size_t k = 0; k < count; k++)
    if (values[k] != expected[k]) fail_msg("element %zu is %.17g, expected %.17g", k, values[k], expected[k]);
}
#define ASSERT_VALUES(plan, node, ...)                                                                                 \
  assert_values(plan, node, COUNT_OF(((double[]){__VA_ARGS__})), (const double[]){__VA_ARGS__})

/* ---- Steps ---- */

static void a_plan_computes_only_what_its_outputs_need(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3)), *unused = wg_input(tape, "unused", WG_F64, WG_SHAPE(3));
  wg_exp(unused);
  wg_node *y = wg_neg(wg_square(x));
  wg_sub(y, unused);
  wg_plan *plan = plan_of(1, &y);
  assert_int_equal(wg_plan_step_count(plan), 2);
  wg_plan_step step;
  assert_true(wg_plan_step_at(plan, 0, &step));
  assert_string_equal(wg_node_op(step.node), "square");
  assert_true(wg_plan_step_at(plan, 1, &step));
  assert_ptr_equal(step.node, y);
  assert_false(wg_plan_step_at(plan, 2, &step));
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, 2, 3}});
  run(plan);
  ASSERT_VALUES(plan, y, -1, -4, -9);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void views_are_not_copied(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 3));
  wg_node *view =
      wg_transpose(wg_reshape(wg_broadcast_to(wg_reshape(x, WG_SHAPE(2, 1, 3)), WG_SHAPE(2, 4, 3)), WG_SHAPE(2, 4, 3)));
  wg_node *y = wg_neg(view); /* (2,3,4) */
  wg_plan *plan = plan_of(1, &y);
  assert_int_equal(wg_plan_step_count(plan), 1);
  assert_int_equal(wg_plan_bytes(plan), 24 * sizeof(double));
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, 2, 3, 4, 5, 6}});
  run(plan);
  ASSERT_VALUES(plan, y, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -3, -3, -4, -4, -4, -4, -5, -5, -5, -5, -6, -6, -6,
                -6);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void a_product_with_a_transpose_copies_nothing(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 3)), *y = wg_matmul(x, wg_transpose(x));
  wg_plan *plan = plan_of(1, &y);
  assert_int_equal(wg_plan_step_count(plan), 1);
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, 2, 3, 4, 5, 6}});
  run(plan);
  ASSERT_VALUES(plan, y, 14, 32, 32, 77);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* Σ in[k]·10^k of dense inputs of up to ten elements, so that their order is seen. */
static wg_status digits_kernel(wg_call *call) {
  double sum = 0, power = 1;
  assert_true(wg_tensor_dense(&call->in[0]));
  for (int64_t k = 0; k < wg_node_size(call->node->inputs[0]); k++, power *= 10)
    sum += power * ((const double *)call->in[0].data)[k];
  *(double *)call->out.data = sum;
  return WG_OK;
}
static bool digits_infer(wg_draft *draft) { return wg_infer_floats(draft); }
static const wg_op op_digits = {
    .name = "digits", .arity = 1, .flags = WG_OP_DENSE, .infer = digits_infer, .kernel = {[WG_F64] = digits_kernel}};

static void a_kernel_that_wants_dense_inputs_gets_one_copy_of_a_view(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 2)), *view = wg_transpose(x);
  wg_node *of_x = wg_apply(&op_digits, 1, &x, NULL), *of_view = wg_apply(&op_digits, 1, &view, NULL);
  wg_node *flat = wg_reshape(view, WG_SHAPE(4)), *of_flat = wg_apply(&op_digits, 1, &flat, NULL);
  wg_plan *plan = plan_of(4, (wg_node *[]){of_x, of_view, of_flat, view});
  size_t copies = 0;
  for (size_t i = 0; i < wg_plan_step_count(plan); i++) {
    wg_plan_step step;
    wg_plan_step_at(plan, i, &step);
    copies += step.copy;
    if (step.copy) assert_ptr_equal(step.node, view);
  }
  assert_int_equal(copies, 1); /* for the kernel, the reshape and the output together */
  assert_int_equal(wg_plan_step_count(plan), 4);
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, 2, 3, 4}});
  run(plan);
  ASSERT_VALUES(plan, of_x, 4321);
  ASSERT_VALUES(plan, of_view, 4231);
  ASSERT_VALUES(plan, of_flat, 4231);
  ASSERT_VALUES(plan, view, 1, 3, 2, 4);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void a_constant_of_equal_elements_takes_no_memory_but_as_an_output(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 2)), *half = wg_fill_over(tape, WG_F64, WG_SHAPE(2, 2), 1, 2);
  wg_node *y = wg_mul(half, x), *kept = wg_fill(tape, WG_F64, WG_SHAPE(3), 7);
  wg_plan *plan = plan_of(1, &y);
  assert_int_equal(wg_plan_step_count(plan), 1);
  assert_int_equal(wg_plan_bytes(plan), 4 * sizeof(double));
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, 2, 3, 4}});
  run(plan);
  ASSERT_VALUES(plan, y, 0.5, 1, 1.5, 2);
  wg_plan_free(plan);
  plan = plan_of(1, &kept);
  run(plan);
  ASSERT_VALUES(plan, kept, 7, 7, 7);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ---- Memory ---- */

static void an_elementwise_chain_runs_in_one_buffer(void **state) {
  (void)state;
  enum { N = 1000 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(N)), *y = x;
  for (int i = 0; i < 50; i++) y = wg_scale(wg_neg(y), -0.5);
  wg_plan *plan = plan_of(1, &y);
  assert_int_equal(wg_plan_step_count(plan), 100);
  assert_true(wg_plan_bytes(plan) <= N * sizeof(double) + 64);
  wg_plan_step step;
  wg_plan_step_at(plan, 0, &step);
  assert_false(step.in_place); /* the caller's x is only read */
  for (size_t i = 1; i < 100; i++) assert_true(wg_plan_step_at(plan, i, &step) && step.in_place);
  double *values = random_f64(N, -1, 1, 1);
  bind_all(plan, 1, &(wg_binding){x, values});
  run(plan);
  const double *result = wg_data(plan, y);
  for (int i = 0; i < N; i++) assert_true(result[i] == ldexp(values[i], -50));
  wg_plan_free(plan);
  free(values);
  wg_tape_free(tape);
}

static void a_chain_of_products_needs_two_buffers(void **state) {
  (void)state;
  enum { N = 32 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(N, N)), *y = x;
  for (int i = 0; i < 30; i++) y = wg_matmul(y, x);
  wg_plan *plan = plan_of(1, &y);
  assert_true(wg_plan_bytes(plan) <= 2 * N * N * sizeof(double) + 64);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* The forward values live until the backward pass has used them: about 2L buffers, not the 3L and more of all steps. */
static void a_gradient_keeps_what_it_needs_and_no_more(void **state) {
  (void)state;
  enum { N = 64, L = 40 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(N)), *y = x, *grad;
  for (int l = 0; l < L; l++) y = wg_sigmoid(wg_mul(y, y));
  wg_grad(wg_sum_all(y), 1, &x, &grad);
  wg_plan *plan = plan_of(1, &grad);
  size_t all = 0;
  for (size_t i = 0; i < wg_plan_step_count(plan); i++) {
    wg_plan_step step;
    wg_plan_step_at(plan, i, &step);
    all += step.bytes;
  }
  assert_true(wg_plan_bytes(plan) <= (2 * L + 6) * N * sizeof(double));
  assert_true(all > 2 * wg_plan_bytes(plan));
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void outputs_stay_valid_however_many_there_are(void **state) {
  (void)state;
  enum { L = 20 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *y[L + 1] = {x};
  for (int l = 0; l < L; l++) y[l + 1] = wg_add(y[l], x);
  wg_plan *plan = plan_of(L + 1, y);
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, -3}});
  run(plan);
  for (int l = 0; l <= L; l++) ASSERT_VALUES(plan, y[l], l + 1, -3 * (l + 1));
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void running_allocates_nothing_and_freeing_gives_all_back(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  wg_tape *tape = wg_tape_new_with(&allocator);
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(8, 8)), *grad;
  wg_node *y = wg_mean_all(wg_softmax(wg_matmul(x, wg_transpose(wg_tanh(x))), 1));
  wg_grad(y, 1, &x, &grad);
  size_t live = memory.live;
  wg_plan *plan = plan_of(2, (wg_node *[]){y, grad});
  assert_true(memory.live > live);
  double *values = random_f64(64, -1, 1, 1);
  size_t calls = memory.calls;
  bind_all(plan, 1, &(wg_binding){x, values});
  for (int i = 0; i < 3; i++) run(plan);
  assert_int_equal(memory.calls, calls);
  wg_plan_free(plan);
  assert_int_equal(memory.live, live);
  wg_tape_free(tape);
  assert_int_equal(memory.live, 0);
  free(values);
}

/* ---- Working in place ---- */

/* e^x is not needed after the sum, and yet no place of it may be written before its mirror image was read. */
static void a_matrix_plus_its_transpose_is_not_computed_in_place(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3, 3)), *e = wg_square(x);
  wg_node *y = wg_sub(e, wg_transpose(e)), *z = wg_sub(wg_transpose(e), e);
  wg_plan *plan = plan_of(1, &y), *mirrored = plan_of(1, &z);
  const wg_binding binding = {x, (double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}};
  bind_all(plan, 1, &binding);
  bind_all(mirrored, 1, &binding);
  run(plan);
  run(mirrored);
  ASSERT_VALUES(plan, y, 0, -12, -40, 12, 0, -28, 40, 28, 0);
  ASSERT_VALUES(mirrored, z, 0, 12, 40, -12, 0, 28, -40, -28, 0);
  wg_plan_free(plan);
  wg_plan_free(mirrored);
  wg_tape_free(tape);
}

static void a_square_is_computed_in_place(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3)), *e = wg_neg(x), *y = wg_mul(e, e);
  wg_plan *plan = plan_of(1, &y);
  wg_plan_step step;
  assert_true(wg_plan_step_at(plan, 1, &step) && step.in_place);
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, 2, 3}});
  run(plan);
  ASSERT_VALUES(plan, y, 1, 4, 9);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void an_input_that_is_broadcast_is_not_written_over(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(1, 3)), *e = wg_neg(x);
  wg_node *y = wg_add(e, wg_reshape(e, WG_SHAPE(3, 1)));                        /* (3,3) */
  wg_node *z = wg_mul(wg_reshape(e, WG_SHAPE(3)), e);                           /* (1,3), as many bytes */
  wg_node *w = wg_where(wg_less(e, wg_scalar_like(e, -1)), y, wg_transpose(y)); /* y twice, once mirrored */
  wg_plan *plan = plan_of(1, &w), *other = plan_of(1, &z);
  const wg_binding binding = {x, (double[]){1, 2, 3}};
  bind_all(plan, 1, &binding);
  bind_all(other, 1, &binding);
  run(plan);
  run(other);
  ASSERT_VALUES(plan, w, -2, -3, -4, -3, -4, -5, -4, -5, -6);
  ASSERT_VALUES(other, z, 1, 4, 9);
  wg_plan_free(plan);
  wg_plan_free(other);
  wg_tape_free(tape);
}

/* f32 → f64: twice the bytes, so element k would lie over elements of the input that are not read yet. */
static void widen_f32(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {
  (void)y;
  for (int64_t k = 0; k < n; k++) ((double *)out)[k] = (double)((const float *)in[0])[k * stride[0]];
}
static bool widen_infer(wg_draft *draft) {
  draft->dtype = WG_F64;
  draft->shape = *draft->inputs[0]->shape;
  return true;
}
static const wg_op op_widen = {.name = "widen", .arity = 1, .infer = widen_infer, .loop = {[WG_F32] = widen_f32}};

static void a_result_of_larger_elements_is_not_computed_in_place(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F32, WG_SHAPE(5)), *e = wg_neg(x), *y = wg_apply(&op_widen, 1, &e, NULL);
  wg_plan *plan = plan_of(1, &y);
  bind_all(plan, 1, &(wg_binding){x, (float[]){1, 2, 3, 4, 5}});
  run(plan);
  ASSERT_VALUES(plan, y, -1, -2, -3, -4, -5);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void what_is_read_later_is_not_written_over(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *e = wg_neg(x), *view = wg_reshape(e, WG_SHAPE(2, 1));
  wg_node *y = wg_square(e), *z = wg_matmul(view, wg_transpose(view)), *w = wg_add(z, y);
  wg_plan *plan = plan_of(1, &w);
  bind_all(plan, 1, &(wg_binding){x, (double[]){2, 3}});
  run(plan);
  ASSERT_VALUES(plan, w, 8, 15, 10, 18);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void an_output_is_not_written_over(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *e = wg_neg(x), *y = wg_square(e);
  wg_node *view = wg_reshape(e, WG_SHAPE(1, 2)), *outputs[] = {y, view};
  wg_plan *plan = plan_of(2, outputs);
  bind_all(plan, 1, &(wg_binding){x, (double[]){2, 3}});
  run(plan);
  ASSERT_VALUES(plan, y, 4, 9);
  ASSERT_VALUES(plan, view, -2, -3);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void the_callers_memory_and_constants_are_only_read(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const double data[] = {1, 2};
  double mine[] = {3, 4};
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *k = wg_constant(tape, WG_F64, WG_SHAPE(2), data);
  wg_node *y = wg_neg(wg_add(x, k)), *z = wg_neg(k), *w = wg_neg(x);
  wg_plan *plan = plan_of(3, (wg_node *[]){y, z, w});
  bind_all(plan, 1, &(wg_binding){x, mine});
  for (int i = 0; i < 2; i++) {
    run(plan);
    ASSERT_VALUES(plan, y, -4, -6);
    ASSERT_VALUES(plan, z, -1, -2);
    ASSERT_VALUES(plan, w, -3, -4);
    assert_true(mine[0] == 3 && mine[1] == 4);
  }
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ---- What outputs may be ---- */

static void an_output_may_be_a_leaf_a_view_or_a_constant(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const double data[] = {5, 6};
  double memory[] = {1, 2, 3, 4};
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 2)), *flat = wg_reshape(x, WG_SHAPE(4)),
          *turned = wg_transpose(x);
  wg_node *wide = wg_broadcast_to(wg_reshape(x, WG_SHAPE(1, 4)), WG_SHAPE(2, 4));
  wg_node *k = wg_constant(tape, WG_F64, WG_SHAPE(2), data), *scalar = wg_fill(tape, WG_F64, WG_SCALAR, 7);
  wg_plan *plan = plan_of(6, (wg_node *[]){x, flat, turned, wide, k, scalar});
  assert_int_equal(wg_plan_step_count(plan), 2); /* copies of the transpose and of the broadcast */
  bind_all(plan, 1, &(wg_binding){x, memory});
  run(plan);
  assert_ptr_equal(wg_data(plan, x), memory);
  ASSERT_VALUES(plan, flat, 1, 2, 3, 4);
  ASSERT_VALUES(plan, turned, 1, 3, 2, 4);
  ASSERT_VALUES(plan, wide, 1, 2, 3, 4, 1, 2, 3, 4);
  ASSERT_VALUES(plan, k, 5, 6);
  ASSERT_VALUES(plan, scalar, 7);
  memory[1] = 20;
  run(plan);
  ASSERT_VALUES(plan, turned, 1, 3, 20, 4);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void an_output_may_be_named_twice(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(1, 2)), *y = wg_square(x),
          *turned = wg_transpose(wg_broadcast_to(y, WG_SHAPE(2, 2)));
  wg_plan *plan = plan_of(5, (wg_node *[]){y, turned, y, turned, y});
  assert_int_equal(wg_plan_step_count(plan), 2);
  bind_all(plan, 1, &(wg_binding){x, (double[]){2, 3}});
  run(plan);
  ASSERT_VALUES(plan, y, 4, 9);
  ASSERT_VALUES(plan, turned, 4, 4, 9, 9);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void a_plan_may_have_no_outputs(void **state) {
  (void)state;
  wg_plan *plan = wg_plan_new(0, NULL);
  assert_int_equal(wg_plan_status(plan), WG_OK);
  assert_int_equal(wg_run(plan), WG_OK);
  assert_int_equal(wg_plan_step_count(plan), 0);
  wg_plan_free(plan);
}

static void tensors_of_no_elements_run(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(0, 3)), *w = wg_param(tape, "w", WG_F64, WG_SHAPE(3, 2)), *grad;
  wg_node *product = wg_matmul(x, w), *turned = wg_transpose(wg_exp(product)), *sum = wg_sum_all(turned);
  wg_node *inner = wg_matmul(wg_transpose(x), x); /* (3,0)·(0,3): sums of nothing */
  wg_grad(sum, 1, &w, &grad);
  wg_plan *plan = plan_of(6, (wg_node *[]){x, product, turned, sum, inner, grad});
  bind_all(plan, 1, &(wg_binding){w, (double[6]){1, 2, 3, 4, 5, 6}});
  assert_int_equal(wg_run(plan), WG_OK); /* x needs no memory: it has no elements */
  bind_all(plan, 1, &(wg_binding){x, NULL});
  run(plan);
  ASSERT_VALUES(plan, sum, 0);
  ASSERT_VALUES(plan, inner, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  ASSERT_VALUES(plan, grad, 0, 0, 0, 0, 0, 0);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* 2^40 rows of nothing are nothing, and take no time. */
static void many_rows_of_no_elements_take_no_time(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(INT64_C(1) << 40, 0)),
          *row = wg_input(tape, "r", WG_F64, WG_SHAPE(1, 0));
  wg_node *y = wg_add(wg_exp(x), row), *turned = wg_transpose(y);
  wg_plan *plan = plan_of(2, (wg_node *[]){y, turned});
  wg_threads *pool = wg_threads_new(2);
  run(plan);
  wg_plan_use_threads(plan, pool);
  run(plan);
  wg_plan_free(plan);
  wg_threads_free(pool);
  wg_tape_free(tape);
}

/* ---- Binding ---- */

static void changed_values_and_other_memory_change_the_results(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *w = wg_param(tape, "w", WG_F64, WG_SHAPE(2));
  wg_node *y = wg_mul(wg_neg(x), w), *view = wg_reshape(x, WG_SHAPE(2, 1)), *dot = wg_matmul(wg_transpose(view), view);
  wg_plan *plan = plan_of(2, (wg_node *[]){y, dot});
  double first[] = {1, 2}, second[] = {10, 20}, weights[] = {3, 4};
  bind_all(plan, 2, (wg_binding[]){{x, first}, {w, weights}});
  run(plan);
  ASSERT_VALUES(plan, y, -3, -8);
  ASSERT_VALUES(plan, dot, 5);
  first[0] = 5;
  run(plan);
  ASSERT_VALUES(plan, y, -15, -8);
  ASSERT_VALUES(plan, dot, 29);
  bind_all(plan, 1, &(wg_binding){x, second});
  run(plan);
  ASSERT_VALUES(plan, y, -30, -80);
  ASSERT_VALUES(plan, dot, 500);
  bind_all(plan, 1, &(wg_binding){w, second}); /* one memory for both */
  run(plan);
  ASSERT_VALUES(plan, y, -100, -400);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void binding_a_leaf_that_the_plan_does_not_need_changes_nothing(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *unused = wg_param(tape, "w", WG_F64, WG_SHAPE(100));
  wg_node *y = wg_neg(x);
  wg_plan *plan = plan_of(1, &y);
  wg_node *later = wg_input(tape, "later", WG_F64, WG_SHAPE(2)); /* recorded after the plan was made */
  bind_all(plan, 3, (wg_binding[]){{x, (double[]){1, 2}}, {unused, (double[]){1}}, {later, (double[]){8, 9}}});
  run(plan);
  ASSERT_VALUES(plan, y, -1, -2);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void several_plans_of_one_tape_do_not_disturb_each_other(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2)), *y = wg_square(x);
  wg_plan *plan = plan_of(1, &y);
  for (int i = 0; i < 1000; i++) y = wg_neg(y); /* recording goes on */
  wg_plan *later = plan_of(1, &y);
  bind_all(plan, 1, &(wg_binding){x, (double[]){1, 2}});
  bind_all(later, 1, &(wg_binding){x, (double[]){3, 4}});
  run(plan);
  run(later);
  ASSERT_VALUES(plan, wg_tape_node(tape, 1), 1, 4);
  ASSERT_VALUES(later, y, 9, 16);
  wg_plan_free(plan);
  run(later);
  ASSERT_VALUES(later, y, 9, 16);
  wg_plan_free(later);
  wg_tape_free(tape);
}

/* A net with all kinds of values, run twice with data of different size in between: nothing of a run is left for the
 * next. */
static void a_run_leaves_nothing_behind_for_the_next(void **state) {
  (void)state;
  enum { M = 7, N = 3, K = 4 };
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(M, N)), *Y = wg_input(tape, "Y", WG_I64, WG_SHAPE(M));
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(N, K)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, K));
  wg_node *Z = wg_add_bias(wg_matmul(X, W), b), *J = wg_softmax_cross_entropy(wg_tanh(Z), Y), *grad[3];
  wg_grad(J, 3, (wg_node *[]){W, b, X}, grad);
  wg_node *outputs[] = {J, grad[0], grad[1], grad[2]};
  wg_plan *plan = plan_of(4, outputs), *fresh = plan_of(4, outputs);
  int64_t labels[M], others[M];
  double x[M * N], w[N * K], bias[K], huge[M * N];
  fill_f64(x, M * N, -1, 1, 1), fill_f64(w, N * K, -1, 1, 2), fill_f64(bias, K, -1, 1, 3);
  fill_i64(labels, M, 0, K, 4), fill_i64(others, M, 0, K, 5);
  for (int i = 0; i < M * N; i++) huge[i] = i % 3 ? 1e300 : NAN;
  const wg_binding bindings[] = {{X, x}, {Y, labels}, {W, w}, {b, bias}};
  bind_all(plan, 4, bindings);
  bind_all(fresh, 4, bindings);
  bind_all(plan, 2, (wg_binding[]){{X, huge}, {Y, others}});
  run(plan);
  bind_all(plan, 2, bindings);
  assert_int_equal(wg_run(plan), WG_OK);
  run(fresh);
  for (size_t k = 0; k < COUNT_OF(outputs); k++)
    assert_memory_equal(wg_data(plan, outputs[k]), wg_data(fresh, outputs[k]),
                        (size_t)wg_node_size(outputs[k]) * sizeof(double));
  wg_plan_free(plan);
  wg_plan_free(fresh);
  wg_tape_free(tape);
}

/* ---- Memory ---- */

static void assert_little_more_than_alive(const char *what, wg_plan *plan) {
  if (wg_plan_status(plan) != WG_OK) fail_msg("%s: %s", what, wg_plan_error(plan));
  assert_plan_sound(plan);
  const double bytes = (double)wg_plan_bytes(plan), alive = (double)plan_bytes_alive(plan);
  if (!(bytes <= 1.05 * alive)) fail_msg("%s: %.0f bytes, and at most %.0f are alive at once", what, bytes, alive);
  wg_plan_free(plan);
}

/* A net of layers of these widths, its gradients, and its plan with all as outputs or as updates. */
static void assert_net_takes_little(const char *what, int layers, const int64_t *widths, int64_t samples) {
  enum { LAYERS_MAX = 50 };
  wg_tape *tape = wg_tape_new();
  wg_node *A = wg_input(tape, "X", WG_F32, WG_SHAPE(samples, widths[0])), *params[2 * LAYERS_MAX];
  wg_node *outputs[1 + 2 * LAYERS_MAX], *Y = wg_input(tape, "Y", WG_I64, WG_SHAPE(samples));
  wg_leaf_update updates[2 * LAYERS_MAX];
  size_t count = 0;
  for (int l = 0; l < layers; l++) {
    wg_node *W = params[count++] = wg_param(tape, "W", WG_F32, WG_SHAPE(widths[l], widths[l + 1]));
    wg_node *b = params[count++] = wg_param(tape, "b", WG_F32, WG_SHAPE(1, widths[l + 1]));
    A = wg_add_bias(wg_matmul(A, W), b);
    if (l + 1 < layers) A = l % 2 ? wg_sigmoid(A) : wg_relu(A);
  }
  outputs[0] = wg_softmax_cross_entropy(A, Y);
  wg_grad(outputs[0], count, params, outputs + 1);
  for (size_t k = 0; k < count; k++)
    updates[k] = (wg_leaf_update){params[k], wg_sub(params[k], wg_scale(outputs[1 + k], 0.1))};
  assert_tape_good(tape);
  assert_little_more_than_alive(what, wg_plan_new(1 + count, outputs));
  assert_little_more_than_alive(what, wg_plan_new_updating(1, outputs, count, updates));
  for (int policy = WG_CHECKPOINT_SQRT; policy <= WG_CHECKPOINT_BINOMIAL; policy++) {
    const wg_checkpoint_options options = {.root = outputs[0], .policy = (wg_checkpointing)policy, .slots = 3};
    assert_little_more_than_alive(what, wg_plan_new_checkpointed(1 + count, outputs, &options, NULL));
  }
  wg_tape_free(tape);
}

static void a_plan_takes_little_more_than_what_is_alive_at_once(void **state) {
  (void)state;
  int64_t alike[51];
  for (int i = 0; i < 51; i++) alike[i] = 32;
  assert_net_takes_little("net D", 2, (int64_t[]){2, 4, 3}, 300);
  assert_net_takes_little("784-256-128-10", 3, (int64_t[]){784, 256, 128, 10}, 128);
  assert_net_takes_little("1024-1024-1024-1024-10", 4, (int64_t[]){1024, 1024, 1024, 1024, 10}, 512);
  assert_net_takes_little("50 layers of 32", 50, alike, 64);
  assert_net_takes_little("uneven", 6, (int64_t[]){100, 700, 33, 511, 64, 900, 10}, 77);
}

/* ---- Passes ---- */

enum { MANY = 10000 };

static wg_plan_step step_at(const wg_plan *plan, size_t i) {
  wg_plan_step step;
  assert_true(wg_plan_step_at(plan, i, &step));
  return step;
}

static void a_chain_over_many_elements_is_one_pass_and_only_its_result_needs_memory(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(MANY)), *y = wg_neg(wg_square(wg_add(wg_mul(x, x), x)));
  wg_plan *plan = plan_of(1, &y);
  assert_int_equal(wg_plan_step_count(plan), 4);
  for (size_t i = 0; i < 4; i++) {
    wg_plan_step step = step_at(plan, i);
    assert_int_equal(step.pass_begin, 0);
    assert_int_equal(step.pass_end, 4);
    assert_int_equal(step.bytes, i < 3 ? 0 : MANY * sizeof(double));
  }
  assert_int_equal(wg_plan_bytes(plan), MANY * sizeof(double));
  double *data = random_f64(MANY, -2, 2, 1);
  bind_all(plan, 1, &(wg_binding){x, data});
  run(plan);
  for (int i = 0; i < MANY; i++) {
    double sum = data[i] * data[i] + data[i];
    assert_true(((const double *)wg_data(plan, y))[i] == -(sum * sum));
  }
  free(data);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void what_others_read_leaves_the_pass_for_memory(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(MANY)), *a = wg_square(x), *b = wg_neg(a), *c = wg_add(a, b);
  wg_plan *plan = plan_of(2, (wg_node *[]){wg_sum_all(a), c});
  assert_int_equal(step_at(plan, 0).pass_end, 3);
  assert_true(step_at(plan, 0).bytes > 0);  /* the sum reads it */
  assert_true(step_at(plan, 1).bytes == 0); /* only the pass does */
  assert_true(step_at(plan, 2).bytes > 0);  /* an output */
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void steps_that_have_nothing_in_common_are_no_pass(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(MANY)), *y = wg_input(tape, "y", WG_F64, WG_SHAPE(MANY));
  wg_plan *plan = plan_of(3, (wg_node *[]){wg_square(x), wg_square(y), wg_exp(y)});
  assert_int_equal(step_at(plan, 0).pass_end, 1);
  assert_int_equal(step_at(plan, 1).pass_begin, 1); /* these read the same */
  assert_int_equal(step_at(plan, 1).pass_end, 3);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* b is a row, and yᵀ is read in another order than it is written: the pass ends before. */
static void a_pass_ends_where_elements_are_read_in_another_order(void **state) {
  (void)state;
  enum { N = 100 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(N, N)), *b = wg_input(tape, "b", WG_F64, WG_SHAPE(N));
  wg_node *y = wg_square(wg_add(x, b)), *z = wg_neg(wg_add(y, wg_transpose(y)));
  wg_plan *plan = plan_of(1, &z);
  assert_int_equal(wg_plan_step_count(plan), 4);
  assert_int_equal(step_at(plan, 0).pass_end, 2);
  assert_int_equal(step_at(plan, 2).pass_begin, 2);
  double *xs = random_f64(N * N, -2, 2, 1), *bs = random_f64(N, -2, 2, 2);
  bind_all(plan, 2, (wg_binding[]){{x, xs}, {b, bs}});
  run(plan);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double p = xs[i * N + j] + bs[j], q = xs[j * N + i] + bs[i];
      assert_true(((const double *)wg_data(plan, z))[i * N + j] == -(p * p + q * q));
    }
  free(xs), free(bs);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ---- What follows a product ---- */

enum { ROWS = 70, INNER = 9, COLUMNS = 150 };

/* relu(a·b + c), a and b of integers: whatever the order of a sum, it has no rounding. */
static void what_follows_a_product_runs_on_its_rows(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_input(tape, "a", WG_F64, WG_SHAPE(ROWS, INNER)),
          *b = wg_input(tape, "b", WG_F64, WG_SHAPE(INNER, COLUMNS)),
          *c = wg_input(tape, "c", WG_F64, WG_SHAPE(COLUMNS));
  wg_node *y = wg_relu(wg_add(wg_matmul(a, b), c));
  wg_plan *plan = plan_of(1, &y);
  assert_int_equal(wg_plan_step_count(plan), 3);
  assert_int_equal(step_at(plan, 0).pass_end, 3);
  assert_int_equal(step_at(plan, 2).pass_begin, 0);
  double as[ROWS * INNER], bs[INNER * COLUMNS], cs[COLUMNS];
  for (int k = 0; k < ROWS * INNER; k++) as[k] = k * 7 % 13 - 6;
  for (int k = 0; k < INNER * COLUMNS; k++) bs[k] = k * 5 % 11 - 5;
  for (int k = 0; k < COLUMNS; k++) cs[k] = k % 20 - 10;
  bind_all(plan, 3, (wg_binding[]){{a, as}, {b, bs}, {c, cs}});
  run(plan);
  const double *values = wg_data(plan, y);
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < COLUMNS; j++) {
      double sum = cs[j];
      for (int k = 0; k < INNER; k++) sum += as[i * INNER + k] * bs[k * COLUMNS + j];
      assert_true(values[i * COLUMNS + j] == (sum > 0 ? sum : 0));
    }
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ⌊x⌋·⌊x⌋ needs ⌊x⌋ until its last row is done, so what follows may not be written there; nor may x be updated by rows. */
static void what_a_product_reads_is_not_written_by_what_follows(void **state) {
  (void)state;
  enum { N = 150 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(N, N)), *a = wg_floor(x), *y = wg_matmul(a, a);
  wg_node *z = wg_add(wg_neg(wg_mul(y, a)), y), *square = wg_matmul(x, x);
  double *xs = new_f64(N * N), *expected = new_f64(N * N);
  for (int k = 0; k < N * N; k++) xs[k] = k * 7 % 13 - 6;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double sum = 0;
      for (int k = 0; k < N; k++) sum += xs[i * N + k] * xs[k * N + j];
      expected[i * N + j] = sum - sum * xs[i * N + j];
    }
  wg_plan *plan = plan_of(1, &z);
  assert_int_equal(step_at(plan, 1).pass_end, 5);
  bind_all(plan, 1, &(wg_binding){x, xs});
  run(plan);
  assert_memory_equal(wg_data(plan, z), expected, N * N * sizeof *xs);
  wg_plan_free(plan);

  const wg_leaf_update update = {x, wg_sub(square, wg_mul(square, x))};
  plan = wg_plan_new_updating(0, NULL, 1, &update);
  assert_plan_sound(plan);
  assert_int_equal(step_at(plan, 0).pass_end, 1);
  assert_int_equal(wg_bind_updated(plan, x, xs), WG_OK);
  run(plan);
  assert_memory_equal(xs, expected, N * N * sizeof *xs);
  wg_plan_free(plan);
  free(xs), free(expected);
  wg_tape_free(tape);
}

/* ---- Length ---- */

static void a_chain_of_a_million_nodes_is_differentiated_and_runs(void **state) {
  (void)state;
  enum { N = 1000000 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SCALAR), *y = x, *grad;
  for (int i = 1; i < N; i++) y = i % 2 ? wg_scale(y, 2) : wg_scale(y, -0.5);
  assert_int_equal(wg_grad(y, 1, &x, &grad), WG_OK);
  wg_node *outputs[] = {y, grad};
  wg_plan *plan = wg_plan_new(2, outputs);
  assert_int_equal(wg_plan_status(plan), WG_OK);
  assert_true(wg_plan_bytes(plan) <= 1024);
  bind_all(plan, 1, &(wg_binding){x, &(double){3}});
  assert_int_equal(wg_run(plan), WG_OK);
  /* 500000 factors of 2 and 499999 of −1/2 */
  ASSERT_VALUES(plan, y, -6);
  ASSERT_VALUES(plan, grad, -2);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plan_computes_only_what_its_outputs_need),
      cmocka_unit_test(views_are_not_copied),
      cmocka_unit_test(a_product_with_a_transpose_copies_nothing),
      cmocka_unit_test(a_kernel_that_wants_dense_inputs_gets_one_copy_of_a_view),
      cmocka_unit_test(a_constant_of_equal_elements_takes_no_memory_but_as_an_output),
      cmocka_unit_test(an_elementwise_chain_runs_in_one_buffer),
      cmocka_unit_test(a_chain_of_products_needs_two_buffers),
      cmocka_unit_test(a_gradient_keeps_what_it_needs_and_no_more),
      cmocka_unit_test(outputs_stay_valid_however_many_there_are),
      cmocka_unit_test(running_allocates_nothing_and_freeing_gives_all_back),
      cmocka_unit_test(a_matrix_plus_its_transpose_is_not_computed_in_place),
      cmocka_unit_test(a_square_is_computed_in_place),
      cmocka_unit_test(an_input_that_is_broadcast_is_not_written_over),
      cmocka_unit_test(a_result_of_larger_elements_is_not_computed_in_place),
      cmocka_unit_test(what_is_read_later_is_not_written_over),
      cmocka_unit_test(an_output_is_not_written_over),
      cmocka_unit_test(the_callers_memory_and_constants_are_only_read),
      cmocka_unit_test(an_output_may_be_a_leaf_a_view_or_a_constant),
      cmocka_unit_test(an_output_may_be_named_twice),
      cmocka_unit_test(a_plan_may_have_no_outputs),
      cmocka_unit_test(tensors_of_no_elements_run),
      cmocka_unit_test(many_rows_of_no_elements_take_no_time),
      cmocka_unit_test(changed_values_and_other_memory_change_the_results),
      cmocka_unit_test(binding_a_leaf_that_the_plan_does_not_need_changes_nothing),
      cmocka_unit_test(several_plans_of_one_tape_do_not_disturb_each_other),
      cmocka_unit_test(a_run_leaves_nothing_behind_for_the_next),
      cmocka_unit_test(a_plan_takes_little_more_than_what_is_alive_at_once),
      cmocka_unit_test(a_chain_over_many_elements_is_one_pass_and_only_its_result_needs_memory),
      cmocka_unit_test(what_others_read_leaves_the_pass_for_memory),
      cmocka_unit_test(steps_that_have_nothing_in_common_are_no_pass),
      cmocka_unit_test(a_pass_ends_where_elements_are_read_in_another_order),
      cmocka_unit_test(what_follows_a_product_runs_on_its_rows),
      cmocka_unit_test(what_a_product_reads_is_not_written_by_what_follows),
      cmocka_unit_test(a_chain_of_a_million_nodes_is_differentiated_and_runs),
  };
  return RUN_TESTS(tests);
}
