/* Changes of shape and tensors put together: permute, squeeze, slice, flip, unfold, concat, pad, tile and their like,
 * against examples by hand and plain index arithmetic; random chains of views against the same chain on plain arrays;
 * what they refuse. */
#include "../support.h"

#include "../../engine/derivation.h"
#include "../../engine/derivative.h"
#include "../../engine/op.h"

#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define LIST(...)                                                                                                      \
  (int)COUNT_OF(((const int64_t[]){__VA_ARGS__})), (const int64_t[]) { __VA_ARGS__ }
#define NUMBERS(...)                                                                                                   \
  (const int64_t[]) { __VA_ARGS__ }

static int64_t elements(wg_shape shape) {
  int64_t n;
  assert_true(wg_shape_count(&shape, &n));
  return n;
}

/* 0, 1, 2 … in that shape. */
static wg_node *counting(wg_tape *tape, wg_dtype dtype, wg_shape shape) {
  int64_t n = elements(shape);
  return wg_reshape(wg_arange(tape, dtype, 0, (double)n, 1), shape);
}

static void assert_node(const wg_node *node, wg_shape shape, const double *expected) {
  char text[WG_SHAPE_TEXT_SIZE], wanted[WG_SHAPE_TEXT_SIZE];
  wg_shape actual_shape = wg_node_shape(node);
  assert_tape_good(wg_node_tape(node));
  assert_string_equal(wg_shape_text(&actual_shape, text), wg_shape_text(&shape, wanted));
  size_t n = (size_t)elements(shape);
  double *actual = new_f64(n);
  run_node((wg_node *)node, 0, NULL, actual);
  for (size_t i = 0; i < n; i++)
    if (actual[i] != expected[i])
      fail_msg("%s: element %zu is %g, expected %g", wg_node_op(node), i, actual[i], expected[i]);
  free(actual);
}

#define ASSERT_NODE(node, shape, ...) assert_node(node, shape, (const double[]){__VA_ARGS__})

static void assert_formula(const wg_node *node, wg_script script, const char *expected) {
  char text[200];
  wg_formula(node, script, text, sizeof text);
  assert_string_equal(text, expected);
}

/* Does the same for each dtype. */
#define FOR_EACH_DTYPE for (wg_dtype dtype = WG_F32; dtype < WG_DTYPE_COUNT; dtype++)

/* ---- By hand ---- */

static void axes_come_in_the_order_named(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = counting(tape, dtype, WG_SHAPE(2, 3, 2));
    ASSERT_NODE(wg_permute(x, LIST(2, 0, 1)), WG_SHAPE(2, 2, 3), 0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11);
    ASSERT_NODE(wg_permute(x, LIST(1, -1, 0)), WG_SHAPE(3, 2, 2), 0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11);
    ASSERT_NODE(wg_swap_axes(x, 0, -1), WG_SHAPE(2, 3, 2), 0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11);
    ASSERT_NODE(wg_move_axis(x, 1, 0), WG_SHAPE(3, 2, 2), 0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11);
    wg_tape_free(tape);
  }
}

static void axes_of_size_one_come_and_go(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = counting(tape, WG_F64, WG_SHAPE(1, 3, 1));
  ASSERT_NODE(wg_squeeze(x, 0, NULL), WG_SHAPE(3), 0, 1, 2);
  ASSERT_NODE(wg_squeeze(x, LIST(-1)), WG_SHAPE(1, 3), 0, 1, 2);
  ASSERT_NODE(wg_squeeze(x, LIST(2, 0)), WG_SHAPE(3), 0, 1, 2);
  ASSERT_NODE(wg_unsqueeze(x, -1), WG_SHAPE(1, 3, 1, 1), 0, 1, 2);
  ASSERT_NODE(wg_unsqueeze(x, 1), WG_SHAPE(1, 1, 3, 1), 0, 1, 2);
  ASSERT_NODE(wg_flatten(x, 0, -1), WG_SHAPE(3), 0, 1, 2);
  ASSERT_NODE(wg_flatten(counting(tape, WG_F64, WG_SHAPE(2, 1, 2)), 1, 2), WG_SHAPE(2, 2), 0, 1, 2, 3);
  ASSERT_NODE(wg_flatten(wg_fill(tape, WG_F64, WG_SCALAR, 7), 0, -1), WG_SHAPE(1), 7);
  ASSERT_NODE(wg_expand(x, WG_SHAPE(-1, -1, 2)), WG_SHAPE(1, 3, 2), 0, 0, 1, 1, 2, 2);
  ASSERT_NODE(wg_expand(wg_squeeze(x, 0, NULL), WG_SHAPE(2, -1)), WG_SHAPE(2, 3), 0, 1, 2, 0, 1, 2);
  wg_tape_free(tape);
}

static void slices_follow_python(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = counting(tape, dtype, WG_SHAPE(7)), *y = counting(tape, dtype, WG_SHAPE(3, 4));
    ASSERT_NODE(wg_slice(x, 1, NULL, NUMBERS(1), NUMBERS(5), NUMBERS(2)), WG_SHAPE(2), 1, 3);
    ASSERT_NODE(wg_slice(x, 1, NULL, NUMBERS(-3), NUMBERS(INT64_MAX), NULL), WG_SHAPE(3), 4, 5, 6);
    ASSERT_NODE(wg_slice(x, 1, NULL, NUMBERS(INT64_MAX), NUMBERS(INT64_MIN), NUMBERS(-3)), WG_SHAPE(3), 6, 3, 0);
    ASSERT_NODE(wg_slice(x, 1, NULL, NUMBERS(5), NUMBERS(1), NUMBERS(-2)), WG_SHAPE(2), 5, 3);
    ASSERT_NODE(wg_slice(x, 1, NULL, NUMBERS(6), NUMBERS(0), NUMBERS(INT64_MIN)), WG_SHAPE(1), 6);
    ASSERT_NODE(wg_slice(x, 1, NULL, NUMBERS(3), NUMBERS(3), NULL), WG_SHAPE(0), 0);
    ASSERT_NODE(wg_slice(y, 2, NUMBERS(-1, 0), NUMBERS(3, 1), NUMBERS(INT64_MIN, 3), NUMBERS(-2, 1)), WG_SHAPE(2, 2), 7,
                5, 11, 9);
    ASSERT_NODE(wg_narrow(y, 1, -3, 2), WG_SHAPE(3, 2), 1, 2, 5, 6, 9, 10);
    ASSERT_NODE(wg_select(y, 0, -2), WG_SHAPE(4), 4, 5, 6, 7);
    ASSERT_NODE(wg_select(y, 1, 3), WG_SHAPE(3), 3, 7, 11);
    ASSERT_NODE(wg_select(x, 0, 2), WG_SCALAR, 2);
    ASSERT_NODE(wg_split(x, 3, 0, 0), WG_SHAPE(3), 0, 1, 2);
    ASSERT_NODE(wg_split(x, 3, 0, 2), WG_SHAPE(1), 6);
    ASSERT_NODE(wg_split(x, 3, 0, -2), WG_SHAPE(3), 3, 4, 5);
    ASSERT_NODE(wg_chunk(x, 3, 0, 0), WG_SHAPE(3), 0, 1, 2);
    ASSERT_NODE(wg_chunk(x, 3, 0, 2), WG_SHAPE(1), 6);
    ASSERT_NODE(wg_chunk(y, 2, 1, 1), WG_SHAPE(3, 2), 2, 3, 6, 7, 10, 11);
    wg_tape_free(tape);
  }
}

static void what_a_slice_leaves_out_is_zero_in_its_adjoint(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = counting(tape, WG_F64, WG_SHAPE(2, 2));
  ASSERT_NODE(wg_unslice(x, WG_SHAPE(3, 4), NUMBERS(0, 3), NUMBERS(2, -2)), WG_SHAPE(3, 4), 0, 1, 0, 0, 0, 0, 0, 0, 0,
              3, 0, 2);
  wg_node *leaf = wg_param(tape, "x", WG_F64, WG_SHAPE(5)), *grad;
  wg_node *part = wg_slice(leaf, 1, NULL, NUMBERS(3), NUMBERS(0), NUMBERS(-2));
  wg_vjp(part, wg_constant(tape, WG_F64, WG_SHAPE(2), (double[]){7, 9}), 1, &leaf, &grad);
  ASSERT_NODE(grad, WG_SHAPE(5), 0, 9, 0, 7, 0);
  wg_tape_free(tape);
}

static void flips_and_rolls_turn_tensors_round(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = counting(tape, dtype, WG_SHAPE(2, 3));
    ASSERT_NODE(wg_flip(x, LIST(1)), WG_SHAPE(2, 3), 2, 1, 0, 5, 4, 3);
    ASSERT_NODE(wg_flip(x, LIST(-2)), WG_SHAPE(2, 3), 3, 4, 5, 0, 1, 2);
    ASSERT_NODE(wg_flip(x, 0, NULL), WG_SHAPE(2, 3), 5, 4, 3, 2, 1, 0);
    ASSERT_NODE(wg_roll(x, LIST(1), NUMBERS(1)), WG_SHAPE(2, 3), 2, 0, 1, 5, 3, 4);
    ASSERT_NODE(wg_roll(x, LIST(1, -4), NUMBERS(0, 1)), WG_SHAPE(2, 3), 4, 5, 3, 1, 2, 0);
    ASSERT_NODE(wg_roll(x, LIST(-2), NULL), WG_SHAPE(2, 3), 2, 3, 4, 5, 0, 1);
    wg_tape_free(tape);
  }
}

static void windows_overlap_and_fold_adds_them_up(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = counting(tape, WG_F64, WG_SHAPE(6)), *rows = counting(tape, WG_I64, WG_SHAPE(3, 2));
  ASSERT_NODE(wg_unfold(x, 0, 3, 1, 1), WG_SHAPE(4, 3), 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5);
  ASSERT_NODE(wg_unfold(x, 0, 2, 3, 2), WG_SHAPE(2, 2), 0, 2, 3, 5);
  ASSERT_NODE(wg_unfold(x, -1, 6, INT64_MAX, 1), WG_SHAPE(1, 6), 0, 1, 2, 3, 4, 5);
  ASSERT_NODE(wg_unfold(rows, 0, 2, 1, 1), WG_SHAPE(2, 2, 2), 0, 2, 1, 3, 2, 4, 3, 5);
  wg_node *windows = wg_fill(tape, WG_F64, WG_SHAPE(4, 3), 1);
  ASSERT_NODE(wg_fold(windows, 0, 6, 1, 1), WG_SHAPE(6), 1, 2, 3, 3, 2, 1);
  ASSERT_NODE(wg_fold(wg_unfold(x, 0, 2, 2, 2), 0, 6, 2, 2), WG_SHAPE(6), 0, 0, 4, 0, 4, 0);
  wg_tape_free(tape);
}

static void tensors_are_put_one_after_another_or_side_by_side(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *a = counting(tape, dtype, WG_SHAPE(2, 2)), *b = wg_transpose(a);
    ASSERT_NODE(wg_concat(2, (wg_node *[]){a, b}, 0), WG_SHAPE(4, 2), 0, 1, 2, 3, 0, 2, 1, 3);
    ASSERT_NODE(wg_concat(2, (wg_node *[]){a, b}, -1), WG_SHAPE(2, 4), 0, 1, 0, 2, 2, 3, 1, 3);
    ASSERT_NODE(wg_stack(2, (wg_node *[]){a, b}, 0), WG_SHAPE(2, 2, 2), 0, 1, 2, 3, 0, 2, 1, 3);
    ASSERT_NODE(wg_stack(2, (wg_node *[]){a, b}, 1), WG_SHAPE(2, 2, 2), 0, 1, 0, 2, 2, 3, 1, 3);
    ASSERT_NODE(wg_stack(2, (wg_node *[]){a, b}, -1), WG_SHAPE(2, 2, 2), 0, 0, 1, 2, 2, 1, 3, 3);
    wg_tape_free(tape);
  }
}

/* Every input gets its own part of the adjoint back; a thousand of them are no more trouble than two. */
static void a_thousand_tensors_can_be_put_together_and_differentiated(void **state) {
  (void)state;
  enum { N = 1000 };
  wg_tape *tape = wg_tape_new();
  static wg_node *x[N], *grad[N];
  static wg_binding bindings[N];
  static double values[N], together[N];
  for (int i = 0; i < N; i++) {
    values[i] = i;
    x[i] = wg_param(tape, NULL, WG_F64, WG_SHAPE(1));
    bindings[i] = (wg_binding){x[i], &values[i]};
  }
  wg_node *y = wg_concat(N, x, 0), *z = wg_stack(N, x, 0);
  run_node(y, N, bindings, together);
  assert_memory_equal(values, together, sizeof values);
  wg_vjp(y, wg_reshape(wg_square(z), WG_SHAPE(N)), N, x, grad);
  for (int i = 0; i < N; i += 333) assert_true(run_scalar(grad[i], N, bindings) == (double)i * i);
  wg_tape_free(tape);
}

static void borders_are_filled_or_mirrored_or_repeated(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = counting(tape, WG_F64, WG_SHAPE(4)), *y = counting(tape, WG_F64, WG_SHAPE(2, 2));
  ASSERT_NODE(wg_pad(x, LIST(2), NUMBERS(1), 9), WG_SHAPE(7), 9, 9, 0, 1, 2, 3, 9);
  ASSERT_NODE(wg_pad(x, LIST(-1), NUMBERS(2), -INFINITY), WG_SHAPE(5), 1, 2, 3, -INFINITY, -INFINITY);
  ASSERT_NODE(wg_pad(x, LIST(-1), NUMBERS(-2), 9), WG_SHAPE(1), 1);
  ASSERT_NODE(wg_pad(x, LIST(-6), NUMBERS(5), 9), WG_SHAPE(3), 9, 9, 9);
  ASSERT_NODE(wg_pad(y, LIST(1, 0), NUMBERS(0, 1), 0), WG_SHAPE(3, 3), 0, 0, 0, 0, 1, 0, 2, 3, 0);
  ASSERT_NODE(wg_pad(y, LIST(1), NUMBERS(0), 0), WG_SHAPE(2, 3), 0, 0, 1, 0, 2, 3);
  ASSERT_NODE(wg_pad_reflect(x, LIST(3), NUMBERS(2)), WG_SHAPE(9), 3, 2, 1, 0, 1, 2, 3, 2, 1);
  ASSERT_NODE(wg_pad_replicate(x, LIST(2), NUMBERS(3)), WG_SHAPE(9), 0, 0, 0, 1, 2, 3, 3, 3, 3);
  ASSERT_NODE(wg_pad_circular(x, LIST(2), NUMBERS(4)), WG_SHAPE(10), 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  ASSERT_NODE(wg_pad_reflect(y, LIST(1, 1), NUMBERS(0, 0)), WG_SHAPE(3, 3), 3, 2, 3, 1, 0, 1, 3, 2, 3);
  wg_tape_free(tape);
}

static void copies_stand_side_by_side(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = counting(tape, dtype, WG_SHAPE(2, 2)), *v = counting(tape, dtype, WG_SHAPE(2));
    ASSERT_NODE(wg_tile(x, LIST(2)), WG_SHAPE(2, 4), 0, 1, 0, 1, 2, 3, 2, 3);
    ASSERT_NODE(wg_tile(x, LIST(2, 1)), WG_SHAPE(4, 2), 0, 1, 2, 3, 0, 1, 2, 3);
    ASSERT_NODE(wg_tile(v, LIST(2, 1, 2)), WG_SHAPE(2, 1, 4), 0, 1, 0, 1, 0, 1, 0, 1);
    ASSERT_NODE(wg_tile(v, LIST(0)), WG_SHAPE(0), 0);
    ASSERT_NODE(wg_repeat(v, LIST(2, 2)), WG_SHAPE(2, 4), 0, 1, 0, 1, 0, 1, 0, 1);
    ASSERT_NODE(wg_repeat_interleave(x, 2, 0), WG_SHAPE(4, 2), 0, 1, 0, 1, 2, 3, 2, 3);
    ASSERT_NODE(wg_repeat_interleave(x, 2, -1), WG_SHAPE(2, 4), 0, 0, 1, 1, 2, 2, 3, 3);
    wg_node *two[] = {v, counting(tape, dtype, WG_SHAPE(3))};
    ASSERT_NODE(wg_meshgrid(2, two, 0), WG_SHAPE(2, 3), 0, 0, 0, 1, 1, 1);
    ASSERT_NODE(wg_meshgrid(2, two, 1), WG_SHAPE(2, 3), 0, 1, 2, 0, 1, 2);
    wg_tape_free(tape);
  }
}

static void constants_are_what_their_names_say(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  FOR_EACH_DTYPE {
    ASSERT_NODE(wg_arange(tape, dtype, 2, 9, 3), WG_SHAPE(3), 2, 5, 8);
    ASSERT_NODE(wg_arange(tape, dtype, 2, -1, -1), WG_SHAPE(3), 2, 1, 0);
    ASSERT_NODE(wg_arange(tape, dtype, 3, 3, 1), WG_SHAPE(0), 0);
    ASSERT_NODE(wg_linspace(tape, dtype, 4, -4, 5), WG_SHAPE(5), 4, 2, 0, -2, -4);
    ASSERT_NODE(wg_linspace(tape, dtype, 4, 9, 1), WG_SHAPE(1), 4);
    ASSERT_NODE(wg_eye(tape, dtype, 2, 3), WG_SHAPE(2, 3), 1, 0, 0, 0, 1, 0);
    ASSERT_NODE(wg_eye(tape, dtype, 2, 0), WG_SHAPE(2, 0), 0);
  }
  ASSERT_NODE(wg_arange(tape, WG_F64, 0, 1, 0.25), WG_SHAPE(4), 0, 0.25, 0.5, 0.75);
  double parts[50]; /* 49·(1/49) is not 1 */
  run_node(wg_linspace(tape, WG_F64, 0, 1, 50), 0, NULL, parts);
  assert_true(parts[0] == 0 && parts[49] == 1);
  for (int k = 0; k < 50; k++) assert_true(fabs(parts[k] - k / 49.0) < 1e-15);
  assert_ptr_equal(wg_eye(tape, WG_F64, 3, 3), wg_eye(tape, WG_F64, 3, 3));
  wg_tape_free(tape);
}

static void element_types_are_converted_as_c_does(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_constant(tape, WG_F64, WG_SHAPE(4), (double[]){-1.75, 0.1, 2.5, 16777217});
  ASSERT_NODE(wg_cast(x, WG_I64), WG_SHAPE(4), -1, 0, 2, 16777217);
  ASSERT_NODE(wg_cast(x, WG_F32), WG_SHAPE(4), -1.75, (double)0.1f, 2.5, 16777216);
  ASSERT_NODE(wg_cast(wg_cast(x, WG_I64), WG_F32), WG_SHAPE(4), -1, 0, 2, 16777216);
  assert_ptr_equal(wg_cast(x, WG_F64), x);
  wg_tape_free(tape);
}

/* J = Σ f64(f32(x))² has ∂x = 2·f32(x), and that in f32 is exact. */
static void derivatives_pass_from_one_precision_to_the_other(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *grad, *second;
  const double at[] = {0.1, -3};
  wg_node *narrow = wg_cast(x, WG_F32);
  assert_int_equal(wg_grad(wg_sum_all(wg_square(narrow)), 1, &x, &grad), WG_OK);
  assert_int_equal(wg_node_dtype(grad), WG_F64);
  double values[2];
  run_node(grad, 1, &(wg_binding){x, at}, values);
  assert_true(values[0] == 2 * (double)0.1f && values[1] == -6);
  assert_int_equal(wg_grad(wg_sum_all(grad), 1, &x, &second), WG_OK);
  run_node(second, 1, &(wg_binding){x, at}, values);
  assert_true(values[0] == 2 && values[1] == 2);
  wg_tape_free(tape);
}

static void a_number_that_no_integer_holds_is_reported(void **state) {
  (void)state;
  const double numbers[] = {NAN, INFINITY, 0x1p63, -0x1.1p63};
  for (size_t i = 0; i < COUNT_OF(numbers); i++) {
    wg_tape *tape = wg_tape_new();
    wg_node *whole = wg_cast(wg_constant(tape, WG_F64, WG_SHAPE(2), (double[]){1, numbers[i]}), WG_I64);
    wg_plan *plan = wg_plan_new(1, &whole);
    assert_int_equal(wg_run(plan), WG_ERROR_DATA);
    assert_contains(wg_plan_error(plan), "at index 1 is no number that an i64 can hold");
    wg_plan_free(plan);
    wg_tape_free(tape);
  }
}

/* ---- Chains of views, against plain arrays ---- */

enum { ELEMENTS_MAX = 4000 };

/* A tensor as a list of elements of the leaf, by number. */
typedef struct plain {
  wg_shape shape;
  int element[ELEMENTS_MAX];
} plain;

static int64_t at(const wg_shape *shape, const int64_t *index) {
  int64_t place = 0;
  for (int axis = 0; axis < shape->rank; axis++) place = place * shape->size[axis] + index[axis];
  return place;
}

static void index_of(const wg_shape *shape, int64_t place, int64_t *index) {
  for (int axis = shape->rank - 1; axis >= 0; axis--) {
    index[axis] = place % shape->size[axis];
    place /= shape->size[axis];
  }
}

/* One random view of node and plain alike; the plain one by the definition of each. */
static wg_node *view(wg_node *node, plain *x, uint64_t seed) {
  int64_t random[6], index[WG_RANK_MAX + 1], from[WG_RANK_MAX + 1];
  fill_i64(random, 6, 0, 1000, seed);
  const plain old = *x;
  int rank = old.shape.rank, axis = (int)(random[1] % (rank ? rank : 1)), kind = rank ? (int)(random[0] % 7) : 6;
  int64_t size = rank ? old.shape.size[axis] : 1, start = 0, step = 1, dilation = 1, order[WG_RANK_MAX];
  for (int k = 0; k < rank; k++) order[k] = (k + 1 + random[2]) % rank;
  switch (kind) {
  case 0: { /* a slice of at least one element, in either direction */
    start = random[2] % size;
    step = random[3] % 2 ? 1 + random[4] % 3 : -1 - random[4] % 3;
    int64_t stop = step > 0 ? INT64_MAX : INT64_MIN;
    x->shape.size[axis] = step > 0 ? (size - 1 - start) / step + 1 : start / -step + 1;
    node = wg_slice(node, 1, NUMBERS(axis), &start, &stop, &step);
    break;
  }
  case 1:
    node = wg_flip(node, LIST(axis));
    break;
  case 2:
    for (int k = 0; k < rank; k++) x->shape.size[k] = old.shape.size[order[k]];
    node = wg_permute(node, rank, order);
    break;
  case 3: { /* windows */
    if (rank == WG_RANK_MAX) return node;
    int64_t length = 1 + random[2] % size;
    step = 1 + random[3] % 2;
    dilation = length > 1 ? 1 + random[4] % ((size - 1) / (length - 1)) : 1;
    x->shape.size[axis] = (size - 1 - (length - 1) * dilation) / step + 1;
    x->shape.size[x->shape.rank++] = length;
    if (elements(x->shape) > ELEMENTS_MAX) {
      x->shape = old.shape;
      return node;
    }
    node = wg_unfold(node, axis, length, step, dilation);
    break;
  }
  case 4: /* one place */
    start = random[2] % size;
    x->shape.rank--;
    for (int k = axis; k < x->shape.rank; k++) x->shape.size[k] = old.shape.size[k + 1];
    node = wg_select(node, axis, start);
    break;
  case 5: /* two axes joined; reshape copies where strides cannot say it */
    if (axis + 1 >= rank) return node;
    x->shape.rank--;
    x->shape.size[axis] *= old.shape.size[axis + 1];
    for (int k = axis + 1; k < x->shape.rank; k++) x->shape.size[k] = old.shape.size[k + 1];
    return wg_flatten(node, axis, axis + 1);
  default: /* repeated along a new first axis */
    if (rank == WG_RANK_MAX || 2 * elements(old.shape) > ELEMENTS_MAX) return node;
    x->shape.rank++;
    x->shape.size[0] = 2;
    for (int k = 0; k < rank; k++) x->shape.size[k + 1] = old.shape.size[k];
    node = wg_broadcast_to(node, x->shape);
  }
  for (int64_t place = 0; place < elements(x->shape); place++) {
    index_of(&x->shape, place, index);
    memcpy(from, index, sizeof index);
    if (kind == 0) from[axis] = start + index[axis] * step;
    if (kind == 1) from[axis] = size - 1 - index[axis];
    if (kind == 2)
      for (int k = 0; k < rank; k++) from[order[k]] = index[k];
    if (kind == 3) from[axis] = index[axis] * step + index[rank] * dilation;
    if (kind == 4)
      for (int k = rank - 1; k >= axis; k--) from[k] = k == axis ? start : index[k - 1];
    if (kind == 6)
      for (int k = 0; k < rank; k++) from[k] = index[k + 1];
    x->element[place] = old.element[at(&old.shape, from)];
  }
  return node;
}

/* The value is the elements named, and the adjoint of a leaf's element is the sum over all places that name it: both are
 * sums of whole numbers, so exact. The chain is also followed by an operation that reads its strides. */
static void any_chain_of_views_is_the_chain_on_plain_arrays(void **state) {
  (void)state;
  static plain x;
  static double leaf_values[120], actual[ELEMENTS_MAX], seed_values[ELEMENTS_MAX], expected[120], grad_values[120];
  for (uint64_t chain = 0; chain < 400; chain++) {
    wg_tape *tape = wg_tape_new();
    wg_dtype dtype = chain % 2 ? WG_F32 : WG_F64;
    x.shape = WG_SHAPE(4, 5, 6);
    for (int i = 0; i < 120; i++) leaf_values[i] = x.element[i] = i;
    wg_node *leaf = wg_cast(wg_input(tape, "x", WG_F64, x.shape), dtype), *node = leaf, *grad;
    for (uint64_t k = 0; k < 1 + chain % 7; k++) node = view(node, &x, 1000 * chain + k);
    assert_tape_good(tape);
    wg_shape shape = wg_node_shape(node);
    assert_true(wg_shape_equal(&shape, &x.shape));
    const wg_binding binding = {wg_tape_find(tape, "x"), leaf_values};
    size_t n = (size_t)elements(shape);
    run_node(chain % 3 ? node : wg_neg(wg_neg(node)), 1, &binding, actual);
    memset(expected, 0, sizeof expected);
    for (size_t i = 0; i < n; i++) {
      if (actual[i] != x.element[i])
        fail_msg("chain %d: element %zu is %g, not %d", (int)chain, i, actual[i], x.element[i]);
      seed_values[i] = (double)(i % 17) - 8;
      expected[x.element[i]] += seed_values[i];
    }
    wg_vjp(node, wg_cast(wg_constant(tape, WG_F64, shape, seed_values), dtype), 1, &leaf, &grad);
    run_node(grad, 1, &binding, grad_values);
    assert_memory_equal(grad_values, expected, sizeof expected);
    wg_tape_free(tape);
  }
}

/* ---- Equal calls are one node ---- */

static void equal_parts_are_one_node_however_they_are_named(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(4, 6)), *part = wg_narrow(x, 1, 4, 2);
  assert_ptr_equal(wg_slice(x, 1, NUMBERS(-1), NUMBERS(-2), NUMBERS(100), NULL), part);
  assert_ptr_equal(wg_slice(x, 2, NULL, NUMBERS(0, 4), NUMBERS(4, 6), NULL), part);
  assert_ptr_equal(wg_split(x, 2, 1, -1), part);
  assert_ptr_equal(wg_chunk(x, 3, 1, 2), part);
  assert_ptr_equal(wg_narrow(x, 0, 0, 4), x);
  assert_ptr_equal(wg_pad(x, LIST(-4), NUMBERS(0), 0), part);
  assert_ptr_equal(wg_concat(2, (wg_node *[]){x, x}, -1), wg_concat(2, (wg_node *[]){x, x}, 1));
  assert_ptr_equal(wg_stack(2, (wg_node *[]){x, x}, -1), wg_stack(2, (wg_node *[]){x, x}, 2));
  assert_ptr_equal(wg_unfold(x, -1, 2, 1, 1), wg_unfold(x, 1, 2, 1, 1));
  wg_tape_free(tape);
}

static void views_of_views_are_put_together(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 3, 4));
  assert_ptr_equal(wg_permute(wg_permute(x, LIST(1, 2, 0)), LIST(2, 0, 1)), x);
  assert_ptr_equal(wg_permute(wg_permute(x, LIST(1, 2, 0)), LIST(1, 0, 2)), wg_permute(x, LIST(2, 1, 0)));
  assert_ptr_equal(wg_permute(x, LIST(0, 2, 1)), wg_transpose(x));
  assert_ptr_equal(wg_permute(x, LIST(0, -2, -1)), x);
  assert_ptr_equal(wg_flip(wg_flip(x, LIST(2, 0)), LIST(0, -1)), x);
  assert_ptr_equal(wg_flip(x, LIST(1, 2)), wg_flip(x, LIST(-1, -2)));
  wg_tape_free(tape);
}

static void a_constant_of_equal_elements_remains_one(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_fill(tape, WG_F64, WG_SHAPE(2, 3, 4), 5);
  wg_node *views[] = {wg_permute(x, LIST(2, 0, 1)),
                      wg_narrow(x, 1, 1, 1),
                      wg_select(x, 0, 1),
                      wg_flip(x, LIST(0)),
                      wg_squeeze(wg_unsqueeze(x, 0), 0, NULL),
                      wg_flatten(x, 0, -1),
                      wg_cast(x, WG_F32)};
  double value;
  int64_t count;
  for (size_t i = 0; i < COUNT_OF(views); i++) {
    assert_true(wg_node_is_fill(views[i], &value, &count));
    assert_true(value == 5);
  }
  wg_tape_free(tape);
}

static void parts_print_as_in_python(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "X", WG_F64, WG_SHAPE(4, 6)), *v = wg_input(tape, "V", WG_F64, WG_SHAPE(2, 4, 6));
  assert_formula(wg_narrow(x, 0, 1, 2), WG_UNICODE, "X[1:3]");
  assert_formula(wg_narrow(x, 1, 4, 2), WG_ASCII, "X[:,4:6]");
  assert_formula(wg_narrow(wg_add(x, wg_exp(x)), 0, 0, 2), WG_UNICODE, "(X + exp(X))[0:2]");
  assert_formula(wg_slice(x, 1, NULL, NUMBERS(3), NUMBERS(0), NUMBERS(-2)), WG_ASCII, "X[3:0:-2]");
  assert_formula(wg_narrow(v, 2, 1, 3), WG_ASCII, "slice_{2}(V, 1 : 4 : 1)");
  assert_formula(wg_permute(v, LIST(2, 0, 1)), WG_UNICODE, "permute_{2,0,1}(V)");
  assert_formula(wg_concat(2, (wg_node *[]){x, x}, 0), WG_LATEX, "\\operatorname{concat}(X, X)");
  wg_tape_free(tape);
}

/* ---- What is refused ---- */

static void lists_and_axes_that_do_not_fit_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3, 4)), *i = wg_input(tape, "i", WG_I64, WG_SHAPE(3));
  assert_true(wg_node_inert(wg_permute(x, LIST(0, 0))));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "permute: x (3,4): rank 2: the list names an axis twice");
  wg_permute(x, LIST(0, 1, 2));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the list must name every axis");
  wg_permute(x, LIST(0, 2));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "an axis that is not there");
  wg_permute(x, 2, NULL);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "no list of 2 axes was given");
  wg_squeeze(x, LIST(1));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "axis 1 has size 4, not 1");
  wg_unsqueeze(x, 3);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 3 in the result, of rank 3");
  wg_unsqueeze(wg_input(tape, NULL, WG_F64, WG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)), 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "more than 8 axes");
  wg_flatten(x, 1, 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the first axis, 1, comes after the last, 0");
  wg_expand(x, WG_SHAPE(-1, 3, 4));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "size −1 for axis 0, which x does not have");
  wg_expand(x, WG_SHAPE(3, 5));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "does not broadcast to (3,5)");
  wg_expand(x, WG_SHAPE(4));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "1 sizes: not in 2 … 8");
  wg_flip(x, LIST(2));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "an axis that is not there");
  wg_roll(x, LIST(1, 2), NUMBERS(0, 5));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 5 in rank 2");
  wg_roll(x, LIST(1, 2), NULL);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "without axes there is one shift, not 2");
  wg_meshgrid(2, (wg_node *[]){x, x}, 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "input 0 has rank 2, not 1");
  wg_cast(i, WG_DTYPE_COUNT);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "not f32, f64 or i64");
  wg_tape_free(tape);
}

static void parts_that_are_not_there_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3, 4));
  wg_slice(x, 1, NUMBERS(2), NUMBERS(0), NUMBERS(1), NULL);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "slice: x (3,4): rank 2: there is no such axis");
  wg_slice(x, 2, NUMBERS(0, -2), NUMBERS(0, 0), NUMBERS(1, 1), NULL);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "an axis is named twice");
  wg_slice(x, 1, NULL, NUMBERS(0), NUMBERS(1), NUMBERS(0));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "a step is 0");
  wg_slice(x, 1, NULL, NULL, NUMBERS(1), NULL);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "no lists of 1 starts and stops");
  const wg_attr uneven[] = {wg_attr_integers("starts", 1, NUMBERS(0)), {0}};
  wg_apply(wg_op_find("slice"), 1, &x, uneven);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "differ in length");
  wg_narrow(x, 1, 2, 3);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 1 has no 3 elements from place 2 on");
  wg_narrow(x, 1, -5, 1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 1 has no 1 elements from place -5 on");
  wg_narrow(x, 1, INT64_MAX, INT64_MAX);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "elements from place");
  wg_select(x, 0, 3);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 0 of size 3 has no place 3");
  wg_split(x, 2, 0, 2);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there are 2 pieces, and none of number 2");
  wg_split(x, 0, 0, 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the size of a piece is 0");
  wg_chunk(x, -1, 0, 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the number of chunks is -1");
  wg_chunk(wg_input(tape, NULL, WG_F64, WG_SHAPE(5)), 4, 0, 3); /* 2 + 2 + 1: as in PyTorch, three pieces */
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there are 3 pieces");
  wg_unslice(x, WG_SHAPE(4, 4), NUMBERS(2, 0), NUMBERS(1, 1));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 0: x does not fit into 4 places");
  wg_unslice(x, WG_SHAPE(9, 4), NUMBERS(INT64_MIN, 0), NUMBERS(INT64_MIN, 1));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "axis 0: x does not fit into 9 places");
  wg_unfold(x, 0, 4, 1, 1);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "a window of 4 elements does not fit into axis 0");
  wg_unfold(x, 1, 3, 1, INT64_MAX);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "a window of 3 elements does not fit into axis 1");
  wg_unfold(x, 1, 1, 0, 1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "the step is 0");
  wg_fold(x, 0, 5, 1, 1);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "5 elements do not have these 3 windows");
  wg_fold(x, 1, 6, 1, 1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 1 in the result, of rank 1");
  wg_tape_free(tape);
}

static void tensors_and_borders_that_do_not_fit_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3, 4)), *y = wg_input(tape, "y", WG_F64, WG_SHAPE(2, 4)),
          *z = wg_input(tape, "z", WG_F32, WG_SHAPE(3, 4)), *i = wg_input(tape, "i", WG_I64, WG_SHAPE(3));
  wg_concat(2, (wg_node *[]){x, y}, 1);
  assert_tape_failed(tape, WG_ERROR_SHAPE,
                     "concat: x (3,4), y (2,4): input 1 differs from input 0 in more than the size");
  wg_concat(2, (wg_node *[]){x, z}, 1);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "element types f64 and f32 differ");
  wg_concat(2, (wg_node *[]){wg_sum_all(x), wg_sum_all(x)}, 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "scalars have no axis");
  wg_concat(1, &x, 2);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 2");
  assert_true(wg_node_inert(wg_concat(0, NULL, 0)));
  wg_stack(2, (wg_node *[]){x, y}, 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the shapes of inputs 0 and 1 differ");
  wg_stack(1, &x, 3);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 3 in the result");
  wg_pad(x, LIST(-2), NUMBERS(-3), 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "leave less than nothing of axis 1");
  wg_pad(x, LIST(1, 1, 1), NUMBERS(1, 1, 1), 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there are more borders than axes");
  wg_pad(x, LIST(INT64_MAX), NUMBERS(INT64_MAX), 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "a border is larger than memory can address");
  wg_pad(x, LIST(INT64_MAX / 8), NUMBERS(0), 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "larger than memory can address");
  wg_pad(i, LIST(1), NUMBERS(1), 0);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "needs f32 or f64, not i64");
  wg_pad_reflect(x, LIST(4), NUMBERS(0));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "axis 1 of size 4 has too few elements for a border of 4");
  wg_pad_circular(x, LIST(5), NUMBERS(0));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "too few elements for a border of 5");
  wg_pad_replicate(wg_input(tape, NULL, WG_F64, WG_SHAPE(0)), LIST(1), NUMBERS(0));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "axis 0 of size 0 has too few elements");
  wg_pad_reflect(x, LIST(-1), NUMBERS(0));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "a border is negative");
  wg_tile(x, LIST(INT64_MAX, 2));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "larger than memory can address");
  wg_tile(x, LIST(-1));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "a number of repeats is negative");
  wg_repeat(x, LIST(2));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "1 numbers for 2 axes");
  wg_repeat_interleave(x, INT64_MAX, 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "larger than memory can address");
  wg_arange(tape, WG_F64, 0, 1, -1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "arange: no steps of -1 lead from 0 to 1");
  wg_arange(tape, WG_F64, 0, 1, 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "no steps of 0");
  wg_arange(tape, WG_I64, 0, 1, 0.5);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "that an i64 cannot hold");
  wg_linspace(tape, WG_F64, 0, 1, -1);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "negative size");
  wg_eye(tape, WG_F64, INT64_MAX, INT64_MAX);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "larger than memory can address");
  wg_tape_free(tape);
}

static wg_status make_constants(wg_tape *tape, void *context, double *number) {
  (void)context;
  wg_node *sum = wg_add(wg_sum_all(wg_arange(tape, WG_F64, 0, 100, 1)), wg_sum_all(wg_eye(tape, WG_F64, 20, 20)));
  *number = (double)wg_node_id(sum);
  return wg_tape_status(tape);
}

static void constants_survive_failed_allocations(void **state) {
  (void)state;
  assert_true(assert_tape_survives_failed_allocations("constants", make_constants, NULL) > 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(axes_come_in_the_order_named),
      cmocka_unit_test(axes_of_size_one_come_and_go),
      cmocka_unit_test(slices_follow_python),
      cmocka_unit_test(what_a_slice_leaves_out_is_zero_in_its_adjoint),
      cmocka_unit_test(flips_and_rolls_turn_tensors_round),
      cmocka_unit_test(windows_overlap_and_fold_adds_them_up),
      cmocka_unit_test(tensors_are_put_one_after_another_or_side_by_side),
      cmocka_unit_test(a_thousand_tensors_can_be_put_together_and_differentiated),
      cmocka_unit_test(borders_are_filled_or_mirrored_or_repeated),
      cmocka_unit_test(copies_stand_side_by_side),
      cmocka_unit_test(constants_are_what_their_names_say),
      cmocka_unit_test(element_types_are_converted_as_c_does),
      cmocka_unit_test(derivatives_pass_from_one_precision_to_the_other),
      cmocka_unit_test(a_number_that_no_integer_holds_is_reported),
      cmocka_unit_test(any_chain_of_views_is_the_chain_on_plain_arrays),
      cmocka_unit_test(equal_parts_are_one_node_however_they_are_named),
      cmocka_unit_test(views_of_views_are_put_together),
      cmocka_unit_test(a_constant_of_equal_elements_remains_one),
      cmocka_unit_test(parts_print_as_in_python),
      cmocka_unit_test(lists_and_axes_that_do_not_fit_are_refused),
      cmocka_unit_test(parts_that_are_not_there_are_refused),
      cmocka_unit_test(tensors_and_borders_that_do_not_fit_are_refused),
      cmocka_unit_test(constants_survive_failed_allocations),
  };
  return RUN_TESTS(tests);
}
