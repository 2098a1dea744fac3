/* The tape: what is one node and what is two, names, order, addresses, and nodes that stand for failed calls. */
#include "../../engine/tape_internal.h"
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A tape with x (2,3), y (2,3) and a scalar s. */
typedef struct scene {
  wg_tape *tape;
  wg_node *x, *y, *s;
} scene;

static int set_up(void **state) {
  scene *c = malloc(sizeof *c);
  c->tape = wg_tape_new();
  c->x = wg_input(c->tape, "x", WG_F64, WG_SHAPE(2, 3));
  c->y = wg_param(c->tape, "y", WG_F64, WG_SHAPE(2, 3));
  c->s = wg_param(c->tape, "s", WG_F64, WG_SCALAR);
  *state = c;
  return wg_tape_status(c->tape) == WG_OK ? 0 : -1;
}

static int tear_down(void **state) {
  scene *c = *state;
  wg_tape_free(c->tape);
  free(c);
  return 0;
}

/* ---- Equal calls are one node ---- */

static void equal_calls_are_one_node(void **state) {
  scene *c = *state;
  wg_node *sum = wg_add(c->x, c->y);
  size_t count = wg_tape_count(c->tape);
  assert_ptr_equal(wg_add(c->x, c->y), sum);
  assert_ptr_equal(wg_relu(sum), wg_relu(wg_add(c->x, c->y)));
  assert_int_equal(wg_tape_count(c->tape), count + 1);
  assert_tape_good(c->tape);
}

/* However many calls have an input in common, and whichever of two inputs is the newer one. */
static void equal_calls_are_one_node_among_many(void **state) {
  (void)state;
  enum { N = 60 };
  wg_tape *tape = wg_tape_new();
  wg_node *a[N], *b[N], *scaled[N * N], *product[N * N];
  for (int i = 0; i < N; i++) a[i] = wg_param(tape, NULL, WG_F64, WG_SCALAR);
  for (int i = 0; i < N; i++) b[i] = wg_tanh(a[i]);
  for (int i = 0; i < N * N; i++) scaled[i] = wg_scale(b[0], i + 2);
  for (int i = 0; i < N * N; i++) product[i] = wg_mul(i % 2 ? b[i / N] : a[i / N], b[i % N]);
  const size_t count = wg_tape_count(tape);
  assert_int_equal(count, 2 * N + 2 * N * N);
  for (int i = N * N; i-- > 0;) assert_ptr_equal(wg_scale(b[0], i + 2), scaled[i]);
  for (int i = 0; i < N * N; i++) assert_ptr_equal(wg_mul(i % 2 ? b[i / N] : a[i / N], b[i % N]), product[i]);
  for (int i = N; i-- > 0;) assert_ptr_equal(wg_tanh(a[i]), b[i]);
  assert_int_equal(wg_tape_count(tape), count);
  wg_tape_free(tape);
}

static size_t list_length(const wg_record *latest) {
  size_t length = 0;
  for (; latest; latest = latest->before) length++;
  return length;
}

/* So that recording one more costs the same whether it is the tenth or the millionth. */
static void a_node_that_many_read_is_not_looked_for_among_all_of_them(void **state) {
  (void)state;
  enum { READERS = 1000, FEW = 16 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SCALAR);
  for (int i = 0; i < READERS; i++) wg_scale(x, i + 2);
  assert_int_equal(wg_tape_count(tape), 1 + READERS);
  assert_in_range(list_length(((wg_record *)x)->latest), 1, FEW);
  assert_in_range(HASH_COUNT(tape->interned), READERS - FEW, READERS);
  wg_intern_list *list, *next;
  HASH_ITER(hh, tape->interned, list, next) assert_int_equal(list_length(list->latest), 1);
  wg_tape_free(tape);
}

static void other_operations_inputs_or_orders_are_other_nodes(void **state) {
  scene *c = *state;
  wg_node *sum = wg_add(c->x, c->y);
  assert_ptr_not_equal(sum, wg_add(c->y, c->x));
  assert_ptr_not_equal(sum, wg_mul(c->x, c->y));
  assert_ptr_not_equal(sum, wg_add(c->x, c->x));
  assert_ptr_not_equal(sum, wg_add_bias(c->x, c->y));
}

static void attributes_belong_to_the_call(void **state) {
  scene *c = *state;
  int64_t first = 0, second = 1;
  assert_ptr_equal(wg_scale(c->x, 2.5), wg_scale(c->x, 2.5));
  assert_ptr_not_equal(wg_scale(c->x, 2.5), wg_scale(c->x, 3));
  assert_ptr_not_equal(wg_scale(c->x, 0.0), wg_scale(c->x, -0.0));
  assert_ptr_equal(wg_sum(c->x, 1, &first, false), wg_sum(c->x, 1, &first, false));
  assert_ptr_not_equal(wg_sum(c->x, 1, &first, false), wg_sum(c->x, 1, &second, false));
  assert_ptr_not_equal(wg_sum(c->x, 1, &first, false), wg_sum(c->x, 1, &first, true));
  assert_ptr_not_equal(wg_reshape(c->x, WG_SHAPE(6)), wg_reshape(c->x, WG_SHAPE(3, 2)));
  assert_ptr_not_equal(wg_reshape(c->x, WG_SHAPE(6)), wg_reshape(c->x, WG_SHAPE(6, 1)));
  assert_tape_good(c->tape);
}

static void attributes_may_be_left_out_or_come_in_any_order(void **state) {
  scene *c = *state;
  const wg_op *sum = wg_op_find("sum"), *scale = wg_op_find("scale");
  const int64_t axis = 1;
  wg_attr axes = wg_attr_integers("axes", 1, &axis), keep = wg_attr_integer("keep", 1);
  wg_node *node = wg_apply(sum, 1, &c->x, (wg_attr[]){axes, keep, {0}});
  assert_ptr_equal(wg_apply(sum, 1, &c->x, (wg_attr[]){keep, axes, {0}}), node);
  assert_ptr_equal(wg_apply(sum, 1, &c->x, (wg_attr[]){wg_attr_integer("keep", 0), axes, keep, {0}}), node);
  assert_ptr_equal(wg_apply(sum, 1, &c->x, NULL),
                   wg_apply(sum, 1, &c->x, (wg_attr[]){wg_attr_integer("keep", 0), {0}}));
  /* a whole number is a number too */
  assert_ptr_equal(wg_apply(scale, 1, &c->x, (wg_attr[]){wg_attr_integer("factor", 2), {0}}),
                   wg_apply(scale, 1, &c->x, (wg_attr[]){wg_attr_number("factor", 2), {0}}));
  assert_tape_good(c->tape);
}

static void attributes_are_copied(void **state) {
  scene *c = *state;
  int64_t axis = 0;
  char text[] = "sum";
  wg_node *sum = wg_sum(c->x, 1, &axis, true);
  wg_node *logits[] = {c->x, c->y};
  wg_node *loss =
      wg_apply(wg_op_find("softmax_cross_entropy"), 2, logits, (wg_attr[]){wg_attr_text("reduction", text), {0}});
  axis = 1;
  strcpy(text, "bad");
  wg_shape shape = wg_node_shape(sum);
  assert_int_equal(shape.size[0], 1);
  assert_int_equal(sum->attrs[0].integers[0], 0);
  assert_false(wg_node_inert(loss));
  axis = 0;
  assert_ptr_equal(wg_sum(c->x, 1, &axis, true), sum);
}

static void inputs_and_parameters_are_never_one_node(void **state) {
  scene *c = *state;
  wg_node *a = wg_input(c->tape, "a", WG_F64, WG_SHAPE(2, 3)), *same = wg_input(c->tape, "a", WG_F64, WG_SHAPE(2, 3));
  wg_node *p = wg_param(c->tape, NULL, WG_F64, WG_SCALAR), *q = wg_param(c->tape, NULL, WG_F64, WG_SCALAR);
  assert_ptr_not_equal(a, same);
  assert_ptr_not_equal(p, q);
  assert_ptr_not_equal(wg_relu(a), wg_relu(same));
  assert_true(wg_node_is_input(a) && !wg_node_is_param(a));
  assert_true(wg_node_is_param(p) && !wg_node_is_input(p));
}

static const wg_op op_noise = {.name = "noise", .arity = 1, .flags = WG_OP_IMPURE, .infer = wg_infer_same};

static void impure_calls_are_never_one_node(void **state) {
  scene *c = *state;
  wg_node *first = wg_apply(&op_noise, 1, &c->x, NULL), *second = wg_apply(&op_noise, 1, &c->x, NULL);
  assert_false(wg_node_inert(first));
  assert_ptr_not_equal(first, second);
}

static void equal_constants_are_one_node(void **state) {
  scene *c = *state;
  double data[] = {1, 2, 3, 4, 5, 6};
  wg_node *constant = wg_constant(c->tape, WG_F64, WG_SHAPE(2, 3), data);
  assert_ptr_equal(wg_constant(c->tape, WG_F64, WG_SHAPE(2, 3), (double[]){1, 2, 3, 4, 5, 6}), constant);
  assert_ptr_not_equal(wg_constant(c->tape, WG_F64, WG_SHAPE(3, 2), data), constant);
  assert_ptr_not_equal(wg_constant(c->tape, WG_F64, WG_SHAPE(6), data), constant);
  assert_ptr_not_equal(wg_constant(c->tape, WG_I64, WG_SHAPE(2, 3), data), constant); /* the same bytes */
  assert_ptr_not_equal(wg_constant(c->tape, WG_F64, WG_SHAPE(2, 3), (double[]){1, 2, 3, 4, 5, 7}), constant);
  assert_false(wg_node_inert(wg_constant(c->tape, WG_F32, WG_SHAPE(0, 3), NULL)));
  assert_tape_good(c->tape);
}

static void a_constant_keeps_its_own_copy_of_the_data(void **state) {
  scene *c = *state;
  double data[] = {1, 2}, values[2];
  wg_node *constant = wg_constant(c->tape, WG_F64, WG_SHAPE(2), data);
  data[0] = 77;
  run_node(constant, 0, NULL, values);
  assert_true(values[0] == 1 && values[1] == 2);
  assert_ptr_not_equal(wg_constant(c->tape, WG_F64, WG_SHAPE(2), data), constant);
}

static void fills_are_told_apart_by_value_count_shape_and_type(void **state) {
  scene *c = *state;
  wg_node *fill = wg_fill(c->tape, WG_F64, WG_SHAPE(2), 1);
  assert_ptr_equal(wg_fill_over(c->tape, WG_F64, WG_SHAPE(2), 1, 1), fill);
  assert_ptr_not_equal(wg_fill_over(c->tape, WG_F64, WG_SHAPE(2), 1, 300), fill);
  assert_ptr_not_equal(wg_fill_over(c->tape, WG_F64, WG_SHAPE(2), 3, 3), fill); /* prints as 3/3 */
  assert_ptr_not_equal(wg_fill(c->tape, WG_F32, WG_SHAPE(2), 1), fill);
  assert_ptr_not_equal(wg_fill(c->tape, WG_F64, WG_SHAPE(1, 2), 1), fill);
  assert_ptr_not_equal(wg_fill(c->tape, WG_F64, WG_SHAPE(2), 0), wg_fill(c->tape, WG_F64, WG_SHAPE(2), -0.0));
  assert_ptr_equal(wg_fill(c->tape, WG_F64, WG_SHAPE(2), NAN), wg_fill(c->tape, WG_F64, WG_SHAPE(2), NAN));
  assert_ptr_equal(wg_scalar_like(c->x, 2), wg_fill(c->tape, WG_F64, WG_SCALAR, 2));

  double value;
  int64_t count;
  assert_true(wg_node_is_fill(wg_fill_over(c->tape, WG_F64, WG_SHAPE(2), 1, 300), &value, &count));
  assert_true(value == 1 && count == 300);
  assert_false(wg_node_is_fill(c->x, &value, &count));
  assert_false(wg_node_is_fill(NULL, &value, &count));
}

/* ---- Names ---- */

static void a_name_is_copied_and_a_later_one_replaces_it(void **state) {
  scene *c = *state;
  char name[] = "Z1";
  wg_node *node = wg_name(wg_relu(c->x), name);
  strcpy(name, "??");
  assert_string_equal(wg_node_name(node), "Z1");
  wg_name(node, "A1");
  assert_string_equal(wg_node_name(node), "A1");
  assert_null(wg_tape_find(c->tape, "Z1"));
  assert_ptr_equal(wg_tape_find(c->tape, "A1"), node);
  assert_ptr_equal(wg_name(node, NULL), node);
  assert_string_equal(wg_node_name(node), "A1");
}

static void the_most_recent_node_of_a_name_is_found(void **state) {
  scene *c = *state;
  wg_name(wg_relu(c->x), "twice");
  wg_node *later = wg_name(wg_tanh(c->x), "twice");
  assert_ptr_equal(wg_tape_find(c->tape, "twice"), later);
  assert_ptr_equal(wg_tape_find(c->tape, "x"), c->x);
  assert_null(wg_tape_find(c->tape, "nobody"));
  assert_null(wg_tape_find(c->tape, NULL));
  assert_null(wg_tape_find(NULL, "x"));
}

static void a_name_is_no_part_of_what_makes_nodes_equal(void **state) {
  scene *c = *state;
  wg_node *node = wg_name(wg_relu(c->x), "first");
  assert_ptr_equal(wg_name(wg_relu(c->x), "second"), node);
  assert_string_equal(wg_node_name(node), "second");
}

/* ---- What a node is ---- */

static void a_node_says_what_it_is(void **state) {
  scene *c = *state;
  wg_node *product = wg_name(wg_matmul(c->x, wg_transpose(c->y)), "P");
  wg_shape shape = wg_node_shape(product);
  assert_string_equal(wg_node_op(product), "matmul");
  assert_string_equal(wg_node_name(product), "P");
  assert_int_equal(shape.rank, 2);
  assert_true(shape.size[0] == 2 && shape.size[1] == 2);
  assert_int_equal(wg_node_size(product), 4);
  assert_int_equal(wg_node_dtype(product), WG_F64);
  assert_int_equal(wg_node_input_count(product), 2);
  assert_ptr_equal(wg_node_input(product, 0), c->x);
  assert_string_equal(wg_node_op(wg_node_input(product, 1)), "transpose");
  assert_null(wg_node_input(product, 2));
  assert_null(wg_node_input(product, -1));
  assert_ptr_equal(wg_node_tape(product), c->tape);
  assert_ptr_equal(wg_tape_node(c->tape, wg_node_id(product)), product);
  assert_string_equal(wg_node_name(wg_node_input(product, 1)), "");
  assert_int_equal(wg_node_size(c->s), 1);
}

/* What all functions say of a node that stands for a failed call, or of NULL. */
static void assert_says_nothing(wg_node *node) {
  double value;
  int64_t count;
  assert_true(wg_node_inert(node));
  assert_true(wg_node_id(node) == SIZE_MAX);
  assert_string_equal(wg_node_name(node), "");
  assert_string_equal(wg_node_op(node), "");
  assert_int_equal(wg_node_shape(node).rank, 0);
  assert_int_equal(wg_node_input_count(node), 0);
  assert_null(wg_node_input(node, 0));
  assert_false(wg_node_is_input(node));
  assert_false(wg_node_is_param(node));
  assert_false(wg_node_differentiable(node, 0));
  assert_false(wg_node_is_fill(node, &value, &count));
  assert_int_equal(wg_node_size(node), 1);
  assert_int_equal(wg_node_dtype(node), WG_F64);
}

static void an_inert_node_and_null_answer_everything(void **state) {
  scene *c = *state;
  assert_says_nothing(NULL);
  assert_null(wg_node_tape(NULL));
  wg_node *inert = wg_add(c->x, wg_input(c->tape, "w", WG_F64, WG_SHAPE(7)));
  assert_says_nothing(inert);
  assert_ptr_equal(wg_node_tape(inert), c->tape);
  assert_ptr_equal(wg_name(inert, "named"), inert);
  assert_string_equal(wg_node_name(inert), "");
}

/* ---- Failures stay quiet ---- */

static void calls_on_an_inert_node_are_no_ops(void **state) {
  scene *c = *state;
  wg_node *inert = wg_matmul(c->x, c->y);
  assert_true(wg_node_inert(inert));
  size_t count = wg_tape_count(c->tape);
  char message[512];
  snprintf(message, sizeof message, "%s", wg_tape_error(c->tape));
  wg_node *loss = wg_mean_all(wg_mul(wg_relu(wg_add(inert, c->x)), wg_sigmoid(inert)));
  loss = wg_sub(c->x, wg_reshape(wg_transpose(loss), WG_SHAPE(2, 3)));
  assert_true(wg_node_inert(wg_softmax_cross_entropy(wg_softmax(loss, 1), c->y)));
  assert_true(wg_node_inert(wg_scalar_like(loss, 1)));
  assert_int_equal(wg_tape_count(c->tape), count);
  assert_string_equal(wg_tape_error(c->tape), message);
}

static void the_first_error_stays_until_it_is_cleared(void **state) {
  scene *c = *state;
  assert_int_equal(wg_tape_status(c->tape), WG_OK);
  assert_string_equal(wg_tape_error(c->tape), "");
  wg_matmul(c->x, c->y);
  wg_input(c->tape, "bad", (wg_dtype)7, WG_SCALAR);
  wg_input(c->tape, "bad", WG_F64, WG_SHAPE(-1));
  assert_tape_failed(c->tape, WG_ERROR_SHAPE, "matmul: x (2,3) · y (2,3): inner sizes 3 and 2 differ");
  assert_int_equal(wg_tape_status(c->tape), WG_OK);
  assert_string_equal(wg_tape_error(c->tape), "");
  wg_input(c->tape, "bad", (wg_dtype)7, WG_SCALAR);
  assert_tape_failed(c->tape, WG_ERROR_DTYPE, "input bad");
}

static void calls_on_other_nodes_go_on_working(void **state) {
  scene *c = *state;
  wg_matmul(c->x, c->y);
  wg_node *sum = wg_add(c->x, c->y), *grad;
  assert_false(wg_node_inert(sum));
  assert_int_equal(wg_grad(wg_sum_all(sum), 1, &c->x, &grad), WG_OK);
  assert_false(wg_node_inert(grad));
  assert_int_equal(wg_tape_status(c->tape), WG_ERROR_SHAPE);
}

static void a_null_tape_gives_inert_nodes(void **state) {
  (void)state;
  assert_int_equal(wg_tape_status(NULL), WG_ERROR_MEMORY);
  assert_true(wg_tape_error(NULL)[0] != 0);
  wg_tape_clear_error(NULL);
  assert_int_equal(wg_tape_count(NULL), 0);
  assert_null(wg_tape_node(NULL, 0));
  wg_node *x = wg_input(NULL, "x", WG_F64, WG_SHAPE(2)), *w = wg_param(NULL, "w", WG_F64, WG_SHAPE(2));
  assert_says_nothing(x);
  assert_says_nothing(w);
  assert_says_nothing(wg_constant(NULL, WG_F64, WG_SCALAR, &(double){1}));
  assert_says_nothing(wg_fill(NULL, WG_F64, WG_SCALAR, 1));
  assert_says_nothing(wg_add(x, w));
  assert_says_nothing(wg_name(x, "y"));
  wg_tape_free(NULL);
}

/* Each call of the table with NULL for all of its inputs, and with NULL for one of them. */
static void every_operation_takes_null_and_gives_an_inert_node(void **state) {
  scene *c = *state;
  for (size_t k = 0; k < wg_op_count(); k++) {
    const wg_op *op = wg_op_at(k);
    int count = op->arity == WG_VARIADIC ? 2 : op->arity;
    for (int hole = -1; hole < count; hole++) {
      wg_node *inputs[8] = {NULL};
      for (int i = 0; i < count; i++) inputs[i] = hole < 0 || hole == i ? NULL : c->x;
      assert_true(wg_node_inert(wg_apply(op, count, inputs, NULL)));
    }
    assert_true(wg_node_inert(wg_apply(op, count, NULL, NULL)));
  }
  wg_tape_clear_error(c->tape);
  wg_node *null = NULL, *grad = c->x;
  assert_true(wg_node_inert(wg_add(NULL, c->x)));
  assert_tape_failed(c->tape, WG_ERROR_ARGUMENT, "add: input 0 is NULL");
  assert_true(wg_node_inert(wg_softmax(NULL, -1)));
  assert_true(wg_node_inert(wg_reshape(NULL, WG_SHAPE(2))));
  assert_true(wg_node_inert(wg_sum_all(NULL)));
  assert_true(wg_node_inert(wg_one_hot(NULL, 3, WG_F64)));
  assert_true(wg_node_inert(wg_scalar_like(NULL, 1)));
  assert_true(wg_node_inert(wg_apply(NULL, 1, &c->x, NULL)));
  assert_tape_failed(c->tape, WG_ERROR_ARGUMENT, "no such operation");
  assert_int_not_equal(wg_grad(NULL, 1, &c->x, &grad), WG_OK);
  assert_true(wg_node_inert(grad));
  assert_int_not_equal(wg_grad(c->s, 1, &null, &grad), WG_OK);
  assert_true(wg_node_inert(grad));
  assert_tape_failed(c->tape, WG_ERROR_ARGUMENT, "node 1 of 1");
  assert_int_equal(wg_grad(c->s, 1, NULL, &grad), WG_ERROR_ARGUMENT);
  wg_tape_clear_error(c->tape);
  assert_int_equal(wg_grad(c->s, 1, &c->x, NULL), WG_ERROR_ARGUMENT);
  wg_tape_clear_error(c->tape);
  assert_null(wg_adjoint(NULL, c->x));
  assert_null(wg_adjoint(c->s, NULL));
}

/* ---- Order and addresses ---- */

static void every_node_comes_after_its_inputs(void **state) {
  scene *c = *state;
  wg_node *wrt[] = {c->x, c->y}, *grad[2];
  wg_node *loss = wg_softmax_cross_entropy(wg_mul(c->x, wg_exp(c->y)), wg_softmax(c->y, 1));
  wg_grad(loss, 2, wrt, grad);
  wg_grad(wg_sum_all(grad[0]), 2, wrt, grad);
  assert_tape_good(c->tape);
  assert_true(wg_tape_count(c->tape) > 30);
  for (size_t id = 0; id < wg_tape_count(c->tape); id++) {
    wg_node *node = wg_tape_node(c->tape, id);
    assert_int_equal(wg_node_id(node), id);
    for (int i = 0; i < wg_node_input_count(node); i++) assert_true(wg_node_id(wg_node_input(node, i)) < id);
  }
  assert_null(wg_tape_node(c->tape, wg_tape_count(c->tape)));
}

static void recording_only_appends(void **state) {
  scene *c = *state;
  wg_node *loss = wg_mean_all(wg_square(wg_sub(wg_tanh(c->x), c->y))), *grad;
  size_t count = wg_tape_count(c->tape);
  wg_node *before = calloc(count, sizeof *before);
  for (size_t id = 0; id < count; id++) before[id] = *wg_tape_node(c->tape, id);
  wg_grad(loss, 1, &c->x, &grad);
  wg_grad(wg_sum_all(grad), 1, &c->y, &grad);
  assert_true(wg_tape_count(c->tape) > count);
  for (size_t id = 0; id < count; id++)
    assert_memory_equal(wg_tape_node(c->tape, id), &before[id], offsetof(wg_node, dtype) + sizeof(wg_dtype));
  free(before);
}

static void a_million_nodes_keep_their_addresses(void **state) {
  (void)state;
  enum { N = 1000000 };
  wg_tape *tape = wg_tape_new();
  wg_node **address = malloc(N * sizeof *address);
  assert_non_null(address);
  wg_node *node = address[0] = wg_input(tape, "x", WG_F64, WG_SCALAR);
  for (size_t id = 1; id < N; id++) node = address[id] = wg_neg(node);
  assert_tape_good(tape);
  assert_int_equal(wg_tape_count(tape), N);
  for (size_t id = 0; id < N; id++) {
    if (wg_tape_node(tape, id) != address[id] || address[id]->id != id) fail_msg("node %zu has moved", id);
    if (id > 0 && wg_node_input(address[id], 0) != address[id - 1]) fail_msg("node %zu has another input", id);
  }
  wg_tape_free(tape);
  free(address);
}

static void a_tape_gives_back_all_its_memory(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  wg_tape *tape = wg_tape_new_with(&allocator);
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(10, 10)), *y = x, *grad;
  for (int i = 0; i < 500; i++) y = wg_mul(y, wg_sigmoid(y));
  wg_grad(wg_sum_all(y), 1, &x, &grad);
  assert_tape_good(tape);
  assert_true(memory.live > 0);
  wg_tape_free(tape);
  assert_int_equal(memory.live, 0);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(equal_calls_are_one_node),
      TEST(equal_calls_are_one_node_among_many),
      TEST(a_node_that_many_read_is_not_looked_for_among_all_of_them),
      TEST(other_operations_inputs_or_orders_are_other_nodes),
      TEST(attributes_belong_to_the_call),
      TEST(attributes_may_be_left_out_or_come_in_any_order),
      TEST(attributes_are_copied),
      TEST(inputs_and_parameters_are_never_one_node),
      TEST(impure_calls_are_never_one_node),
      TEST(equal_constants_are_one_node),
      TEST(a_constant_keeps_its_own_copy_of_the_data),
      TEST(fills_are_told_apart_by_value_count_shape_and_type),
      TEST(a_name_is_copied_and_a_later_one_replaces_it),
      TEST(the_most_recent_node_of_a_name_is_found),
      TEST(a_name_is_no_part_of_what_makes_nodes_equal),
      TEST(a_node_says_what_it_is),
      TEST(an_inert_node_and_null_answer_everything),
      TEST(calls_on_an_inert_node_are_no_ops),
      TEST(the_first_error_stays_until_it_is_cleared),
      TEST(calls_on_other_nodes_go_on_working),
      cmocka_unit_test(a_null_tape_gives_inert_nodes),
      TEST(every_operation_takes_null_and_gives_an_inert_node),
      TEST(every_node_comes_after_its_inputs),
      TEST(recording_only_appends),
      cmocka_unit_test(a_million_nodes_keep_their_addresses),
      cmocka_unit_test(a_tape_gives_back_all_its_memory),
  };
  return RUN_TESTS(tests);
}
