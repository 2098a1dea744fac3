/* Bad input gets a clear error, and everything is still usable afterwards: the tape, its nodes, and its plans. */
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A tape with nodes as the lecture has them, and some that do not fit. */
typedef struct scene {
  wg_tape *tape, *other;
  wg_node *X, *W1, *W2, *b, *s, *f32, *labels, *foreign;
} scene;

static int set_up(void **state) {
  scene *c = malloc(sizeof *c);
  c->tape = wg_tape_new();
  c->other = wg_tape_new();
  c->X = wg_input(c->tape, "X", WG_F64, WG_SHAPE(300, 2));
  c->W1 = wg_param(c->tape, "W1", WG_F64, WG_SHAPE(3, 4));
  c->W2 = wg_param(c->tape, "W2", WG_F64, WG_SHAPE(2, 4));
  c->b = wg_param(c->tape, "b", WG_F64, WG_SHAPE(4));
  c->s = wg_param(c->tape, "s", WG_F64, WG_SCALAR);
  c->f32 = wg_input(c->tape, "F", WG_F32, WG_SHAPE(300, 2));
  c->labels = wg_input(c->tape, "labels", WG_I64, WG_SHAPE(300));
  c->foreign = wg_input(c->other, "foreign", WG_F64, WG_SHAPE(300, 2));
  *state = c;
  return wg_tape_status(c->tape) == WG_OK ? 0 : -1;
}

static int tear_down(void **state) {
  scene *c = *state;
  wg_tape_free(c->tape);
  wg_tape_free(c->other);
  free(c);
  return 0;
}

/* The tape records, differentiates, plans and runs: (s³)' = 3s² at s = 2. */
static void assert_usable(scene *c) {
  wg_node *grad;
  assert_tape_good(c->tape);
  assert_int_equal(wg_grad(wg_mul(c->s, wg_square(c->s)), 1, &c->s, &grad), WG_OK);
  assert_tape_good(c->tape);
  const wg_binding binding = {c->s, &(double){2}};
  assert_true(run_scalar(grad, 1, &binding) == 12);
}

/* The call gives an inert node and just this error, records nothing, and leaves everything usable. */
static void refused(scene *c, wg_node *result, wg_status status, const char *message) {
  assert_true(wg_node_inert(result));
  assert_int_equal(wg_tape_status(c->tape), status);
  assert_string_equal(wg_tape_error(c->tape), message);
  wg_tape_clear_error(c->tape);
  assert_usable(c);
}

static void grad_refused(scene *c, wg_node *root, wg_node *seed, wg_node *wrt, wg_status status, const char *message) {
  wg_node *nodes[] = {c->s, wrt}, *grad[] = {c->s, c->s};
  wg_status result = seed ? wg_vjp(root, seed, 2, nodes, grad) : wg_grad(root, 2, nodes, grad);
  assert_int_equal(result, status);
  assert_true(wg_node_inert(grad[0])); /* all of them, or none */
  refused(c, grad[1], status, message);
}

/* ---- Shapes ---- */

static void shapes_that_do_not_fit(void **state) {
  scene *c = *state;
  const wg_status shape = WG_ERROR_SHAPE;
  refused(c, wg_matmul(c->X, c->W1), shape, "matmul: X (300,2) · W1 (3,4): inner sizes 2 and 3 differ");
  refused(c, wg_matmul(c->X, c->b), shape, "matmul: X (300,2) · b (4): rank 1 is below 2");
  refused(c, wg_add(c->X, c->W1), shape,
          "add: X (300,2) + W1 (3,4): the shapes do not broadcast: sizes must be equal or 1, from the last axis");
  /* strict: 300 is a multiple of 3 */
  wg_node *three = wg_input(c->tape, "three", WG_F64, WG_SHAPE(3, 2));
  refused(c, wg_mul(c->X, three), shape,
          "mul: X (300,2) ⊙ three (3,2): the shapes do not broadcast: sizes must be equal or 1, from the last axis");
  refused(c, wg_add_bias(c->X, c->b), shape,
          "add_bias: X (300,2) + b (4): the bias of samples in rows is (1,2) or (2), of samples in columns (300,1)");
  refused(c, wg_transpose(c->b), shape, "transpose: b (4): rank 1 is below 2: no two axes to exchange");
  refused(c, wg_reshape(c->X, WG_SHAPE(7, 100)), shape,
          "reshape: X (300,2): to (7,100): the number of elements differs");
  refused(c, wg_reshape(c->X, WG_SHAPE(-1, 7)), shape,
          "reshape: X (300,2): to (-1,7): no size fits in the place of −1");
}

static void an_unnamed_node_is_called_by_its_place_on_the_tape(void **state) {
  scene *c = *state;
  wg_node *unnamed = wg_relu(c->X);
  char expected[100];
  snprintf(expected, sizeof expected, "matmul: v%zu (300,2) · W1 (3,4): inner sizes 2 and 3 differ",
           wg_node_id(unnamed));
  refused(c, wg_matmul(unnamed, c->W1), WG_ERROR_SHAPE, expected);
}

static void axes_that_are_not_there(void **state) {
  scene *c = *state;
  const wg_status argument = WG_ERROR_ARGUMENT;
  refused(c, wg_softmax(c->X, 2), argument, "softmax: X (300,2): there is no axis 2 in rank 2");
  refused(c, wg_softmax(c->X, -3), argument, "softmax: X (300,2): there is no axis -3 in rank 2");
  refused(c, wg_softmax(c->s, 0), argument, "softmax: s (): there is no axis 0 in rank 0");
  refused(c, wg_sum(c->X, 1, (int64_t[]){5}, true), argument, "sum: X (300,2): there is no axis 5 in rank 2");
  refused(c, wg_sum(c->X, 2, (int64_t[]){1, -1}, true), argument, "sum: X (300,2): axis 1 is named twice");
  assert_true(wg_node_inert(wg_mean(c->X, 1, (int64_t[]){INT64_MIN}, true)));
  assert_tape_failed(c->tape, argument, "there is no axis -9223372036854775808 in rank 2");
}

static void ranks_over_the_limit(void **state) {
  scene *c = *state;
  const int64_t ones[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  const wg_status shape = WG_ERROR_SHAPE;
  refused(c, wg_input(c->tape, "deep", WG_F64, wg_shape_of(9, ones)), shape, "input deep: the rank is not in 0 … 8");
  refused(c, wg_param(c->tape, NULL, WG_F64, (wg_shape){.rank = 100}), shape,
          "param (no name): the rank is not in 0 … 8");
  refused(c, wg_fill(c->tape, WG_F64, (wg_shape){.rank = -5}, 0), shape, "fill (no name): the rank is not in 0 … 8");
  refused(c, wg_reshape(c->s, wg_shape_of(9, ones)), shape, "reshape: the rank wanted is not in 0 … 8");
  refused(c, wg_broadcast_to(c->s, (wg_shape){.rank = 9}), shape, "broadcast_to: the rank wanted is not in 0 … 8");
  wg_node *labels = wg_input(c->tape, "y", WG_I64, wg_shape_of(8, ones));
  refused(c, wg_one_hot(labels, 3, WG_F64), shape,
          "one_hot: y (1,1,1,1,1,1,1,1): the result would have more than 8 axes");
}

static void sizes_that_are_negative_or_overflow(void **state) {
  scene *c = *state;
  const int64_t large = INT64_C(1) << 31;
  const wg_status shape = WG_ERROR_SHAPE;
  refused(c, wg_input(c->tape, "X", WG_F64, WG_SHAPE(3, -2)), shape,
          "input X: (3,-2) has a negative size or is larger than memory can address");
  refused(c, wg_param(c->tape, "W", WG_F32, WG_SHAPE(large, large)), shape,
          "param W: (2147483648,2147483648) has a negative size or is larger than memory can address");
  refused(c, wg_constant(c->tape, WG_F64, WG_SHAPE(INT64_MAX), NULL), shape,
          "constant (no name): (9223372036854775807) has a negative size or is larger than memory can address");
  /* each fits, and the result would not */
  wg_node *column = wg_input(c->tape, "column", WG_F64, WG_SHAPE(large, 1));
  wg_node *row = wg_input(c->tape, "row", WG_F64, WG_SHAPE(1, large));
  refused(c, wg_mul(column, row), shape,
          "mul: column (2147483648,1) ⊙ row (1,2147483648): the result would be larger than memory can address");
  assert_true(wg_node_inert(wg_matmul(column, row)));
  assert_tape_failed(c->tape, shape, "larger than memory can address");
  assert_true(wg_node_inert(wg_broadcast_to(column, WG_SHAPE(large, large))));
  assert_tape_failed(c->tape, shape, "broadcast_to: column (2147483648,1)");
}

static void *allocate_small(void *context, size_t size) {
  (void)context;
  return size <= (size_t)1 << 20 ? malloc(size) : NULL;
}
static void release_small(void *context, void *memory) {
  (void)context;
  free(memory);
}

static void a_plan_too_large_for_the_machine_says_so(void **state) {
  (void)state;
  scene c = {.tape = wg_tape_new_with(&(wg_allocator){allocate_small, release_small, NULL})};
  c.s = wg_param(c.tape, "s", WG_F64, WG_SCALAR);
  wg_node *wide = wg_exp(wg_broadcast_to(c.s, WG_SHAPE(INT64_C(1) << 50)));
  assert_tape_good(c.tape);
  wg_plan *plan = wg_plan_new(1, &wide);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_MEMORY);
  assert_contains(wg_plan_error(plan), "out of memory");
  assert_int_equal(wg_bind(plan, c.s, &(double){1}), WG_ERROR_MEMORY);
  assert_int_equal(wg_run(plan), WG_ERROR_MEMORY);
  wg_plan_free(plan);
  assert_usable(&c);
  wg_tape_free(c.tape);
}

/* ---- Element types ---- */

static void mixed_element_types(void **state) {
  scene *c = *state;
  const wg_status dtype = WG_ERROR_DTYPE;
  refused(c, wg_add(c->X, c->f32), dtype, "add: X (300,2) + F (300,2): element types f64 and f32 differ");
  refused(c, wg_matmul(c->f32, c->W2), dtype, "matmul: F (300,2) · W2 (2,4): element types f32 and f64 differ");
  refused(c, wg_relu(c->labels), dtype, "relu: labels (300): needs f32 or f64, not i64");
  refused(c, wg_add(c->labels, c->labels), dtype, "add: labels (300) + labels (300): needs f32 or f64, not i64");
  refused(c, wg_one_hot(c->b, 3, WG_F64), dtype, "one_hot: b (4): labels are i64, not f64");
  refused(c, wg_input(c->tape, "X", WG_DTYPE_COUNT, WG_SCALAR), dtype, "input X: there is no element type 3");
  refused(c, wg_fill(c->tape, (wg_dtype)-1, WG_SCALAR, 0), dtype, "fill (no name): there is no element type -1");
}

static void integers_that_are_none(void **state) {
  scene *c = *state;
  const double none[] = {0.5, NAN, INFINITY, -INFINITY, 1e300, 0x1p63};
  for (size_t i = 0; i < COUNT_OF(none); i++) {
    assert_true(wg_node_inert(wg_fill(c->tape, WG_I64, WG_SHAPE(2), none[i])));
    assert_tape_failed(c->tape, WG_ERROR_ARGUMENT, "is no whole number that an i64 can hold");
  }
  assert_false(wg_node_inert(wg_fill(c->tape, WG_I64, WG_SHAPE(2), -0x1p63)));
  refused(c, wg_fill_over(c->tape, WG_F64, WG_SCALAR, 1, 0), WG_ERROR_ARGUMENT, "fill: the count 0 is below 1");
  refused(c, wg_constant(c->tape, WG_F64, WG_SHAPE(3), NULL), WG_ERROR_ARGUMENT, "constant: data is NULL");
}

/* ---- Arguments ---- */

static void nodes_of_two_tapes(void **state) {
  scene *c = *state;
  refused(c, wg_add(c->X, c->foreign), WG_ERROR_ARGUMENT,
          "add: X (300,2) + foreign (300,2): these are nodes of two tapes");
  assert_int_equal(wg_tape_status(c->other), WG_OK);
  grad_refused(c, c->s, NULL, c->foreign, WG_ERROR_ARGUMENT, "gradient by: nodes of two tapes");
  grad_refused(c, c->X, c->foreign, c->s, WG_ERROR_ARGUMENT, "gradient with the seed: nodes of two tapes");
  assert_null(wg_adjoint(c->s, c->foreign));

  wg_plan *plan = wg_plan_new(2, (wg_node *[]){c->X, c->foreign});
  assert_int_equal(wg_plan_status(plan), WG_ERROR_ARGUMENT);
  assert_string_equal(wg_plan_error(plan), "plan: outputs of two tapes");
  wg_plan_free(plan);
}

static void attributes_that_are_unknown_or_of_another_kind(void **state) {
  scene *c = *state;
  const wg_op *sum = wg_op_find("sum"), *scale = wg_op_find("scale"), *loss = wg_op_find("softmax_cross_entropy");
  const wg_status argument = WG_ERROR_ARGUMENT;
  wg_node *both[] = {c->X, c->X};
#define APPLY(op, count, inputs, ...) wg_apply(op, count, inputs, (wg_attr[]){__VA_ARGS__, {0}})
  refused(c, APPLY(sum, 1, &c->X, wg_attr_integer("axis", 1)), argument,
          "sum: X (300,2): there is no attribute 'axis'");
  refused(c, APPLY(wg_op_find("relu"), 1, &c->X, wg_attr_number("alpha", 1)), argument,
          "relu: X (300,2): there is no attribute 'alpha'");
  refused(c, APPLY(sum, 1, &c->X, wg_attr_integer("axes", 1)), argument,
          "sum: X (300,2): attribute 'axes' is of another kind");
  refused(c, APPLY(sum, 1, &c->X, wg_attr_number("keep", 1)), argument,
          "sum: X (300,2): attribute 'keep' is of another kind");
  refused(c, APPLY(sum, 1, &c->X, wg_attr_integers("axes", -1, NULL)), argument,
          "sum: X (300,2): attribute 'axes' is of another kind");
  refused(c, APPLY(sum, 1, &c->X, wg_attr_integers("axes", 2, NULL)), argument,
          "sum: X (300,2): attribute 'axes' is of another kind");
  refused(c, APPLY(scale, 1, &c->X, wg_attr_text("factor", "2")), argument,
          "scale: X (300,2): attribute 'factor' is of another kind");
  refused(c, APPLY(loss, 2, both, wg_attr_text("reduction", NULL)), argument,
          "softmax_cross_entropy: X (300,2), X (300,2): attribute 'reduction' is of another kind");
  refused(c, APPLY(loss, 2, both, wg_attr_text("reduction", "median")), argument,
          "softmax_cross_entropy: X (300,2), X (300,2): the reduction 'median' is not mean, sum or none");
  refused(c, APPLY(sum, 1, &c->X, (wg_attr){.kind = WG_ATTR_INTEGER}), argument,
          "sum: X (300,2): there is no attribute ''");
}

static void another_number_of_inputs(void **state) {
  scene *c = *state;
  wg_node *three[] = {c->X, c->X, c->X};
  refused(c, wg_apply(wg_op_find("relu"), 2, three, NULL), WG_ERROR_ARGUMENT,
          "relu: X (300,2), X (300,2): takes 1 inputs, not 2");
  refused(c, wg_apply(wg_op_find("add"), 3, three, NULL), WG_ERROR_ARGUMENT,
          "add: X (300,2) + X (300,2) + X (300,2): takes 2 inputs, not 3");
  assert_true(wg_node_inert(wg_apply(wg_op_find("relu"), 0, three, NULL)));
  assert_true(wg_node_inert(wg_apply(wg_op_find("relu"), -1, three, NULL)));
  assert_null(wg_op_find("matmull"));
  assert_null(wg_op_find(NULL));
  assert_null(wg_op_at(wg_op_count()));
}

static void a_long_name_is_cut_between_characters(void **state) {
  scene *c = *state;
  char name[200] = "";
  for (int i = 0; i < 40; i++) strcat(name, "∂");
  wg_node *node = wg_input(c->tape, name, WG_F64, WG_SHAPE(9));
  assert_string_equal(wg_node_name(node), name);
  wg_add(node, c->b);
  name[60] = 0; /* twenty of three bytes each */
  char expected[300];
  snprintf(expected, sizeof expected, "add: %s (9) + b (4): ", name);
  assert_tape_failed(c->tape, WG_ERROR_SHAPE, expected);
}

static bool infer_nothing_fits(wg_draft *draft) { return wg_draft_fail(draft, WG_ERROR_SHAPE, "%s", "nothing fits"); }

static void messages_of_long_names_and_shapes_fit_their_place(void **state) {
  scene *c = *state;
  char name[2000];
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = 0;
  wg_shape wide = {.rank = 8};
  for (int axis = 0; axis < 7; axis++) wide.size[axis] = 1;
  wide.size[7] = INT64_C(100000000000000000);
  wg_node *inputs[6];
  for (int i = 0; i < 6; i++) inputs[i] = wg_input(c->tape, name, WG_F64, wide);
  const wg_op op = {.name = name, .arity = WG_VARIADIC, .infer = infer_nothing_fits};
  assert_true(wg_node_inert(wg_apply(&op, 6, inputs, NULL)));
  assert_tape_failed(c->tape, WG_ERROR_SHAPE, "…: nothing fits");
  assert_usable(c);
}

/* ---- Gradients ---- */

static void gradients_that_are_none(void **state) {
  scene *c = *state;
  wg_node *XW = wg_name(wg_matmul(c->X, c->W2), "XW");
  grad_refused(c, XW, NULL, c->W2, WG_ERROR_ARGUMENT,
               "gradient of XW (300,4): it is not a scalar, so it needs a seed (wg_vjp)");
  grad_refused(c, XW, c->X, c->W2, WG_ERROR_SHAPE,
               "gradient of XW (300,4): the seed X (300,2) is of another shape or element type");
  grad_refused(c, c->X, c->f32, c->X, WG_ERROR_SHAPE,
               "gradient of X (300,2): the seed F (300,2) is of another shape or element type");
  grad_refused(c, c->s, NULL, c->labels, WG_ERROR_DTYPE, "gradient by labels (300): integers have no derivative");
  wg_node *label = wg_input(c->tape, "label", WG_I64, WG_SCALAR);
  grad_refused(c, label, NULL, c->s, WG_ERROR_DTYPE, "gradient of label (): integers have no derivative");
  grad_refused(c, c->s, NULL, NULL, WG_ERROR_ARGUMENT,
               "gradient by: node 2 of 2 comes from a call that failed, or is NULL");
  uint64_t rules;
  wg_chain_counts counts;
  assert_int_equal(wg_sweep_rules_without_memo(c->s, 1, &c->foreign, &rules), WG_ERROR_ARGUMENT);
  wg_tape_clear_error(c->tape);
  assert_int_equal(wg_chain_count(c->s, 1, &c->foreign, &counts), WG_ERROR_ARGUMENT);
  wg_tape_clear_error(c->tape);
  assert_usable(c);
}

static wg_node *vjp_nothing(wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return NULL;
}
static wg_node *vjp_of_another_shape(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_sum_all(wg_mul(dy, y));
}
static wg_node *foreign_node;
static wg_node *vjp_of_another_tape(wg_node *y, wg_node *dy, int i) {
  (void)y, (void)dy, (void)i;
  return foreign_node;
}

static void a_backward_rule_that_sends_the_wrong_thing_is_named(void **state) {
  scene *c = *state;
  wg_op op = {.name = "mine", .arity = 1, .infer = wg_infer_same, .vjp = vjp_nothing};
  wg_node *root = wg_sum_all(wg_apply(&op, 1, &c->X, NULL)), *grad;
  assert_int_equal(wg_grad(root, 1, &c->X, &grad), WG_ERROR_ARGUMENT);
  refused(c, grad, WG_ERROR_ARGUMENT, "mine: its backward rule gives nothing for input 0");
  op.vjp = vjp_of_another_shape;
  assert_int_equal(wg_grad(root, 1, &c->X, &grad), WG_ERROR_SHAPE);
  assert_tape_failed(c->tape, WG_ERROR_SHAPE, "mine: its backward rule sends v");
  op.vjp = vjp_of_another_tape;
  foreign_node = c->foreign;
  assert_int_equal(wg_grad(root, 1, &c->X, &grad), WG_ERROR_ARGUMENT);
  assert_tape_failed(c->tape, WG_ERROR_ARGUMENT, "mine: nodes of two tapes");
  assert_usable(c);
}

/* The budget is enough for the derivative by u = v·v, two rules, and not for that by v, six: neither is given. */
static void a_sweep_that_gives_up_gives_nothing(void **state) {
  scene *c = *state;
  wg_node *u = wg_mul(c->s, c->s), *root = wg_mul(u, u), *wrt[] = {u, c->s}, *grad[2];
  wg_sweep_options options = {.without_memo = true, .rule_budget = 7};
  assert_int_equal(wg_sweep(root, 2, wrt, grad, &options, NULL), WG_ERROR_ARGUMENT);
  assert_true(wg_node_inert(grad[0]));
  refused(c, grad[1], WG_ERROR_ARGUMENT, "the sweep without memo needs more than 7 rules");
  options.rule_budget = 8;
  assert_int_equal(wg_sweep(root, 2, wrt, grad, &options, NULL), WG_OK);
  assert_usable(c);
}

/* ---- Running ---- */

static void labels_out_of_range(void **state) {
  scene *c = *state;
  wg_node *logits = wg_input(c->tape, "Z", WG_F64, WG_SHAPE(4, 3)), *y = wg_input(c->tape, "y", WG_I64, WG_SHAPE(4));
  wg_node *loss = wg_name(wg_softmax_cross_entropy(logits, y), "J"), *grad;
  wg_grad(loss, 1, &logits, &grad);
  assert_tape_good(c->tape);
  const double zeros[12] = {0};
  int64_t labels[4] = {0, 1, 2, 0};
  wg_plan *plan = wg_plan_new(2, (wg_node *[]){loss, grad});
  wg_bind(plan, logits, zeros);
  wg_bind(plan, y, labels);
  const int64_t bad[] = {3, -1, 100, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    labels[2] = bad[i];
    assert_int_equal(wg_run(plan), WG_ERROR_DATA);
    assert_int_equal(wg_plan_status(plan), WG_ERROR_DATA);
    char expected[100];
    snprintf(expected, sizeof expected, "label %lld", (long long)bad[i]);
    assert_contains(wg_plan_error(plan), expected);
    assert_contains(wg_plan_error(plan), "2"); /* where it is */
    labels[2] = 2;
    assert_int_equal(wg_run(plan), WG_OK);
    assert_string_equal(wg_plan_error(plan), "");
    assert_true(fabs(*(const double *)wg_data(plan, loss) - log(3)) < 1e-15);
  }
  wg_plan_free(plan);
  assert_usable(c);
}

/* One NaN in the data is seen in every loss and in every gradient that depends on it. */
static void nan_in_the_data_is_never_hidden(void **state) {
  scene *c = *state;
  wg_node *X = wg_input(c->tape, "X", WG_F64, WG_SHAPE(4, 2)), *W = wg_param(c->tape, "W", WG_F64, WG_SHAPE(2, 3));
  wg_node *Y = wg_input(c->tape, "Y", WG_F64, WG_SHAPE(4, 3));
  wg_node *Z = wg_matmul(X, W), *probability = wg_sigmoid(Z), *grad;
  wg_node *losses[] = {wg_softmax_cross_entropy(Z, Y),
                       wg_binary_cross_entropy(probability, Y),
                       wg_binary_cross_entropy_logits(Z, Y),
                       wg_mean_squared_error(Z, Y),
                       wg_mean_all(wg_relu(Z)),
                       wg_sum_all(wg_max(Z, 1, false)),
                       wg_sum_all(wg_max(Z, 0, false)),
                       wg_sum_all(wg_softplus(wg_tanh(Z))),
                       wg_sum_all(wg_mul(wg_log_softmax(Z, 1), Y)),
                       wg_sum_all(wg_mul(wg_softmax(Z, 0), Y))};
  double x[8], w[6], y[12] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0}, dW[6];
  fill_f64(x, 8, -1, 1, 1);
  fill_f64(w, 6, -1, 1, 2);
  const wg_binding bindings[] = {{X, x}, {W, w}, {Y, y}};
  for (size_t k = 0; k < COUNT_OF(losses); k++) {
    wg_grad(losses[k], 1, &W, &grad);
    assert_tape_good(c->tape);
    x[5] = 0.25;
    assert_true(isfinite(run_scalar(losses[k], 3, bindings)));
    x[5] = NAN;
    if (!isnan(run_scalar(losses[k], 3, bindings))) fail_msg("loss %zu hides a NaN", k);
    /* relu's mask is 0 at NaN, but W's gradient is X^T times it, and X has the NaN */
    run_node(grad, 3, bindings, dW);
    bool seen = false;
    for (int i = 0; i < 6; i++) seen = seen || isnan(dW[i]);
    if (!seen) fail_msg("the gradient of loss %zu hides a NaN", k);
  }
}

static void a_plan_whose_leaf_has_no_memory(void **state) {
  scene *c = *state;
  wg_node *XW = wg_matmul(c->X, c->W2);
  double *x = random_f64(600, -1, 1, 1), *w = random_f64(8, -1, 1, 2);
  wg_plan *plan = wg_plan_new(1, &XW);
  assert_int_equal(wg_run(plan), WG_ERROR_UNBOUND);
  assert_string_equal(wg_plan_error(plan), "run: input X (300,2) has no memory: bind it first (wg_bind)");
  assert_int_equal(wg_bind(plan, c->X, x), WG_OK);
  assert_int_equal(wg_run(plan), WG_ERROR_UNBOUND);
  assert_string_equal(wg_plan_error(plan), "run: param W2 (2,4) has no memory: bind it first (wg_bind)");
  assert_int_equal(wg_bind(plan, c->W2, w), WG_OK);
  assert_int_equal(wg_run(plan), WG_OK);
  wg_plan_free(plan);
  free(x), free(w);
}

static void bindings_that_are_none(void **state) {
  scene *c = *state;
  wg_node *y = wg_name(wg_square(c->s), "y");
  wg_plan *plan = wg_plan_new(1, &y);
  double value = 3;
  assert_int_equal(wg_bind(plan, c->s, &value), WG_OK);
  assert_int_equal(wg_bind(plan, y, &value), WG_ERROR_ARGUMENT);
  assert_string_equal(wg_plan_error(plan), "bind: y () is not an input or parameter of the plan's tape");
  assert_int_equal(wg_bind(plan, c->foreign, &value), WG_ERROR_ARGUMENT);
  assert_string_equal(wg_plan_error(plan), "bind: foreign (300,2) is not an input or parameter of the plan's tape");
  assert_int_equal(wg_bind(plan, NULL, &value), WG_ERROR_ARGUMENT);
  assert_string_equal(wg_plan_error(plan), "bind: the node is not an input or parameter of the plan's tape");
  assert_int_equal(wg_bind(plan, c->s, NULL), WG_ERROR_ARGUMENT);
  assert_string_equal(wg_plan_error(plan), "bind: the memory for s () is NULL");
  assert_int_equal(wg_run(plan), WG_OK); /* with what was bound before */
  assert_true(*(const double *)wg_data(plan, y) == 9);
  assert_null(wg_data(plan, c->s));
  assert_null(wg_data(plan, NULL));
  wg_plan_free(plan);
}

static void plans_for_nothing_usable(void **state) {
  scene *c = *state;
  wg_node *inert = wg_matmul(c->X, c->W1), *null = NULL;
  wg_plan *plan = wg_plan_new(2, (wg_node *[]){c->X, inert});
  assert_int_equal(wg_plan_status(plan), WG_ERROR_SHAPE);
  assert_string_equal(wg_plan_error(plan), "matmul: X (300,2) · W1 (3,4): inner sizes 2 and 3 differ");
  assert_int_equal(wg_run(plan), WG_ERROR_SHAPE);
  assert_int_equal(wg_bind(plan, c->X, &(double){1}), WG_ERROR_SHAPE);
  assert_null(wg_data(plan, c->X));
  assert_int_equal(wg_plan_step_count(plan), 0);
  assert_int_equal(wg_plan_bytes(plan), 0);
  wg_plan_free(plan);

  wg_tape_clear_error(c->tape);
  plan = wg_plan_new(1, &null);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_ARGUMENT);
  assert_string_equal(wg_plan_error(plan), "plan: output 1 of 1 is NULL, or comes from a call that failed");
  wg_plan_free(plan);
  plan = wg_plan_new(3, (wg_node *[]){c->X, NULL, c->foreign});
  assert_string_equal(wg_plan_error(plan),
                      "plan: output 2 of 3 is NULL, or comes from a call that failed"); /* the first */
  wg_plan_free(plan);
  plan = wg_plan_new(3, NULL);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_ARGUMENT);
  wg_plan_free(plan);

  wg_plan_step step;
  assert_int_equal(wg_plan_status(NULL), WG_ERROR_MEMORY);
  assert_non_null(wg_plan_error(NULL));
  assert_int_equal(wg_bind(NULL, c->X, &step), WG_ERROR_MEMORY);
  assert_int_equal(wg_run(NULL), WG_ERROR_MEMORY);
  assert_null(wg_data(NULL, c->X));
  assert_int_equal(wg_plan_step_count(NULL), 0);
  assert_false(wg_plan_step_at(NULL, 0, &step));
  wg_plan_free(NULL);
  assert_usable(c);
}

static void values_of_an_unsupported_element_type(void **state) {
  scene *c = *state;
  const wg_op op = {.name = "mine", .arity = 1, .infer = wg_infer_same};
  wg_node *y = wg_apply(&op, 1, &c->s, NULL);
  wg_plan *plan = wg_plan_new(1, &y);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_DTYPE);
  assert_string_equal(wg_plan_error(plan), "mine: has no values for f64");
  wg_plan_free(plan);
}

int main(void) {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(shapes_that_do_not_fit),
      TEST(an_unnamed_node_is_called_by_its_place_on_the_tape),
      TEST(axes_that_are_not_there),
      TEST(ranks_over_the_limit),
      TEST(sizes_that_are_negative_or_overflow),
      cmocka_unit_test(a_plan_too_large_for_the_machine_says_so),
      TEST(mixed_element_types),
      TEST(integers_that_are_none),
      TEST(nodes_of_two_tapes),
      TEST(attributes_that_are_unknown_or_of_another_kind),
      TEST(another_number_of_inputs),
      TEST(a_long_name_is_cut_between_characters),
      TEST(messages_of_long_names_and_shapes_fit_their_place),
      TEST(gradients_that_are_none),
      TEST(a_backward_rule_that_sends_the_wrong_thing_is_named),
      TEST(a_sweep_that_gives_up_gives_nothing),
      TEST(labels_out_of_range),
      TEST(nan_in_the_data_is_never_hidden),
      TEST(a_plan_whose_leaf_has_no_memory),
      TEST(bindings_that_are_none),
      TEST(plans_for_nothing_usable),
      TEST(values_of_an_unsupported_element_type),
  };
  return RUN_TESTS(tests);
}
