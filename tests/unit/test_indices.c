/* Elements by whole numbers: gather, scatter, scatter_add, index_select, index_add, take, embedding, against plain loops,
 * with places named twice, through strided indices, with indices outside; positions, index_equal and masked_fill. */
#include "../support.h"

#include "../../engine/op.h"

#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static wg_node *whole(wg_tape *tape, wg_shape shape, const int64_t *values) {
  return wg_constant(tape, WG_I64, shape, values);
}
#define WHOLE(tape, shape, ...) whole(tape, shape, (const int64_t[]){__VA_ARGS__})

/* Numbers in any type: those given are whole, or the type is f64. */
static wg_node *numbers(wg_tape *tape, wg_dtype dtype, wg_shape shape, const double *values) {
  return wg_cast(wg_constant(tape, WG_F64, shape, values), dtype);
}
#define NUMBERS(tape, dtype, shape, ...) numbers(tape, dtype, shape, (const double[]){__VA_ARGS__})

static void assert_node(wg_node *node, wg_shape shape, const double *expected) {
  char text[WG_SHAPE_TEXT_SIZE], wanted[WG_SHAPE_TEXT_SIZE];
  wg_shape actual_shape = wg_node_shape(node);
  assert_tape_good(wg_node_tape(node));
  assert_string_equal(wg_shape_text(&actual_shape, text), wg_shape_text(&shape, wanted));
  int64_t n = wg_node_size(node);
  double *actual = new_f64((size_t)n);
  run_node(node, 0, NULL, actual);
  for (int64_t i = 0; i < n; i++)
    if (isnan(expected[i]) ? !isnan(actual[i]) : actual[i] != expected[i])
      fail_msg("%s: element %d is %g, expected %g", wg_node_op(node), (int)i, actual[i], expected[i]);
  free(actual);
}
#define ASSERT_NODE(node, shape, ...) assert_node(node, shape, (const double[]){__VA_ARGS__})

/* What dy of whole numbers sends to x. */
static wg_node *pulled_back(wg_node *y, wg_node *x, const double *dy) {
  wg_node *grad;
  assert_int_equal(wg_vjp(y, wg_constant(wg_node_tape(y), WG_F64, wg_node_shape(y), dy), 1, &x, &grad), WG_OK);
  return grad;
}
#define PULLED_BACK(y, x, ...) pulled_back(y, x, (const double[]){__VA_ARGS__})

#define FOR_EACH_DTYPE for (wg_dtype dtype = WG_F32; dtype < WG_DTYPE_COUNT; dtype++)

/* ---- By hand ---- */

static void gather_takes_each_element_from_its_own_place(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = NUMBERS(tape, dtype, WG_SHAPE(2, 3), 0, 1, 2, 3, 4, 5);
    ASSERT_NODE(wg_gather(x, 1, WHOLE(tape, WG_SHAPE(2, 2), 2, 0, 1, 1)), WG_SHAPE(2, 2), 2, 0, 4, 4);
    ASSERT_NODE(wg_gather(x, -2, WHOLE(tape, WG_SHAPE(1, 3), 1, 0, 1)), WG_SHAPE(1, 3), 3, 1, 5);
    ASSERT_NODE(wg_gather(x, 1, WHOLE(tape, WG_SHAPE(1, 4), 2, 1, 0, 2)), WG_SHAPE(1, 4), 2, 1, 0, 2);
    ASSERT_NODE(wg_gather(x, 0, whole(tape, WG_SHAPE(0, 3), (int64_t[1]){0})), WG_SHAPE(0, 3), 0);
    wg_tape_free(tape);
  }
}

static void scatter_writes_and_scatter_add_adds(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = NUMBERS(tape, dtype, WG_SHAPE(2, 3), 10, 11, 12, 13, 14, 15);
    wg_node *source = NUMBERS(tape, dtype, WG_SHAPE(2, 2), 1, 2, 3, 4), *i = WHOLE(tape, WG_SHAPE(2, 2), 2, 0, 1, 1);
    ASSERT_NODE(wg_scatter_add(x, 1, i, source), WG_SHAPE(2, 3), 12, 11, 13, 13, 21, 15);
    ASSERT_NODE(wg_scatter(x, 1, i, source), WG_SHAPE(2, 3), 2, 11, 1, 13, 4, 15); /* 4 comes after 3 */
    wg_node *rows = WHOLE(tape, WG_SHAPE(2, 2), 1, 0, 1, 1);
    ASSERT_NODE(wg_scatter_add(x, 0, rows, source), WG_SHAPE(2, 3), 10, 13, 12, 17, 18, 15);
    ASSERT_NODE(wg_scatter(x, 0, rows, source), WG_SHAPE(2, 3), 10, 2, 12, 3, 4, 15);
    wg_tape_free(tape);
  }
}

static void index_select_takes_whole_slices(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = NUMBERS(tape, dtype, WG_SHAPE(3, 2), 0, 1, 2, 3, 4, 5);
    wg_node *i = WHOLE(tape, WG_SHAPE(4), 2, 0, 2, 1), *square = WHOLE(tape, WG_SHAPE(2, 2), 1, 0, 0, 1);
    ASSERT_NODE(wg_index_select(x, 0, i), WG_SHAPE(4, 2), 4, 5, 0, 1, 4, 5, 2, 3);
    ASSERT_NODE(wg_index_select(x, -1, square), WG_SHAPE(3, 2, 2), 1, 0, 0, 1, 3, 2, 2, 3, 5, 4, 4, 5);
    ASSERT_NODE(wg_index_select(x, 0, wg_fill(tape, WG_I64, WG_SCALAR, 1)), WG_SHAPE(2), 2, 3);
    ASSERT_NODE(wg_take(x, WHOLE(tape, WG_SHAPE(2, 2), -1, 0, 3, -6)), WG_SHAPE(2, 2), 5, 0, 3, 0);
    ASSERT_NODE(wg_embedding(square, x), WG_SHAPE(2, 2, 2), 2, 3, 0, 1, 0, 1, 2, 3);
    wg_node *source = NUMBERS(tape, dtype, WG_SHAPE(4, 2), 1, 2, 3, 4, 5, 6, 7, 8);
    ASSERT_NODE(wg_index_add(x, 0, i, source), WG_SHAPE(3, 2), 3, 5, 9, 11, 10, 13);
    wg_tape_free(tape);
  }
}

static void adjoints_add_up_where_a_place_is_named_twice(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2, 3)), *v = wg_param(tape, "v", WG_F64, WG_SHAPE(3)),
          *s = wg_param(tape, "s", WG_F64, WG_SHAPE(4)), *i = WHOLE(tape, WG_SHAPE(4), 2, 0, 2, 2);
  ASSERT_NODE(PULLED_BACK(wg_gather(x, 1, WHOLE(tape, WG_SHAPE(2, 2), 2, 2, 1, 0)), x, 1, 2, 3, 4), WG_SHAPE(2, 3), 0,
              0, 3, 4, 3, 0);
  ASSERT_NODE(PULLED_BACK(wg_index_select(v, 0, i), v, 1, 2, 3, 4), WG_SHAPE(3), 2, 0, 8);
  ASSERT_NODE(PULLED_BACK(wg_take(v, WHOLE(tape, WG_SHAPE(3), -1, 2, 0)), v, 1, 2, 4), WG_SHAPE(3), 4, 0, 3);
  ASSERT_NODE(PULLED_BACK(wg_index_add(v, 0, i, s), s, 1, 2, 3), WG_SHAPE(4), 3, 1, 3, 3);
  ASSERT_NODE(PULLED_BACK(wg_index_add(v, 0, i, s), v, 1, 2, 3), WG_SHAPE(3), 1, 2, 3);
  ASSERT_NODE(PULLED_BACK(wg_scatter_add(v, 0, i, s), s, 1, 2, 3), WG_SHAPE(4), 3, 1, 3, 3);
  wg_node *table = wg_param(tape, "E", WG_F64, WG_SHAPE(3, 2));
  ASSERT_NODE(PULLED_BACK(wg_embedding(i, table), table, 1, 2, 3, 4, 5, 6, 7, 8), WG_SHAPE(3, 2), 3, 4, 0, 0, 13, 16);
  wg_tape_free(tape);
}

/* v[2] is written by s_0, s_2 and s_3 in this order: only s_3 is in the result, and x no more. */
static void what_scatter_overwrites_has_no_derivative(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *v = wg_param(tape, "v", WG_F64, WG_SHAPE(3)), *s = wg_param(tape, "s", WG_F64, WG_SHAPE(4));
  wg_node *y = wg_scatter(v, 0, WHOLE(tape, WG_SHAPE(4), 2, 0, 2, 2), s);
  ASSERT_NODE(PULLED_BACK(y, v, 1, 2, 3), WG_SHAPE(3), 0, 2, 0);
  ASSERT_NODE(PULLED_BACK(y, s, 1, 2, NAN), WG_SHAPE(4), 0, 1, 0, NAN);
  wg_tape_free(tape);
}

/* ---- Against plain loops ---- */

/* gather, scatter_add and scatter of (4,5,6) by an index (3,5,4), or as long as it likes along the axis. */
static void elements_by_index_agree_with_plain_loops_along_every_axis(void **state) {
  (void)state;
  enum { A = 4, B = 5, C = 6, MAX = 7 * 7 * 7 };
  static double x[A * B * C], source[MAX], gathered[MAX], added[A * B * C], written[A * B * C];
  static int64_t index[MAX];
  fill_f64(x, COUNT_OF(x), -2, 2, 1);
  for (int axis = 0; axis < 3; axis++) {
    const int64_t size[] = {A, B, C};
    int64_t n[] = {3, 5, 4};
    n[axis] = 7;
    size_t count = (size_t)(n[0] * n[1] * n[2]);
    fill_i64(index, count, 0, size[axis], 3 + (uint64_t)axis);
    fill_f64(source, count, -2, 2, 4);
    memcpy(added, x, sizeof x);
    memcpy(written, x, sizeof x);
    for (int64_t k = 0; k < (int64_t)count; k++) {
      int64_t at[] = {k / (n[1] * n[2]), k / n[2] % n[1], k % n[2]};
      at[axis] = index[k];
      int64_t place = (at[0] * B + at[1]) * C + at[2];
      gathered[k] = x[place];
      added[place] += source[k];
      written[place] = source[k];
    }
    wg_tape *tape = wg_tape_new();
    wg_shape shape = wg_shape_of(3, n);
    wg_node *i = whole(tape, shape, index), *leaf = wg_constant(tape, WG_F64, WG_SHAPE(A, B, C), x);
    wg_node *s = wg_constant(tape, WG_F64, shape, source);
    assert_node(wg_gather(leaf, axis, i), shape, gathered);
    assert_node(wg_scatter_add(leaf, axis, i, s), WG_SHAPE(A, B, C), added);
    assert_node(wg_scatter(leaf, axis, i, s), WG_SHAPE(A, B, C), written);
    wg_tape_free(tape);
  }
}

/* Slices (4,·,c) of the middle axis, by an index of two axes; short slices and long ones are moved differently. */
static void slices_by_index_agree_with_plain_loops(void **state) {
  (void)state;
  enum { A = 4, B = 5, C = 20, P = 3, Q = 7 };
  static double x[A * B * C], source[A * P * Q * C], selected[A * P * Q * C], added[A * B * C];
  static int64_t index[P * Q];
  fill_f64(x, COUNT_OF(x), -2, 2, 1);
  fill_f64(source, COUNT_OF(source), -2, 2, 2);
  fill_i64(index, COUNT_OF(index), 0, B, 3);
  for (int c = 1; c <= C; c += 19) {
    memcpy(added, x, sizeof x);
    for (int p = 0; p < P * Q; p++)
      for (int a = 0; a < A; a++)
        for (int k = 0; k < c; k++) {
          selected[(a * P * Q + p) * c + k] = x[(a * B + (int)index[p]) * c + k];
          added[(a * B + (int)index[p]) * c + k] += source[(a * P * Q + p) * c + k];
        }
    wg_tape *tape = wg_tape_new();
    wg_node *i = whole(tape, WG_SHAPE(P, Q), index), *leaf = wg_constant(tape, WG_F64, WG_SHAPE(A, B, c), x);
    wg_node *slices = wg_constant(tape, WG_F64, WG_SHAPE(A, P, Q, c), source);
    assert_node(wg_index_select(leaf, 1, i), WG_SHAPE(A, P, Q, c), selected);
    assert_node(wg_index_add(leaf, 1, i, slices), WG_SHAPE(A, B, c), added);
    wg_tape_free(tape);
  }
}

/* The same numbers as indices, sources and targets that are transposed, flipped or broadcast in memory. */
static void strides_change_nothing(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x =
      wg_permute(NUMBERS(tape, WG_F64, WG_SHAPE(3, 2), 0, 3, 1, 4, 2, 5), 2, (int64_t[]){1, 0}); /* 0 1 2, 3 4 5 */
  wg_node *i = wg_transpose(WHOLE(tape, WG_SHAPE(2, 2), 2, 1, 0, 1));                            /* 2 0, 1 1 */
  wg_node *source = wg_flip(NUMBERS(tape, WG_F64, WG_SHAPE(2, 2), 4, 3, 2, 1), 0, NULL);         /* 1 2, 3 4 */
  ASSERT_NODE(wg_gather(x, 1, i), WG_SHAPE(2, 2), 2, 0, 4, 4);
  ASSERT_NODE(wg_scatter_add(x, 1, i, source), WG_SHAPE(2, 3), 2, 1, 3, 3, 11, 5);
  ASSERT_NODE(wg_scatter(x, 1, i, source), WG_SHAPE(2, 3), 2, 1, 1, 3, 4, 5);
  ASSERT_NODE(wg_index_select(x, 1, i), WG_SHAPE(2, 2, 2), 2, 0, 1, 1, 5, 3, 4, 4);
  ASSERT_NODE(wg_index_add(x, 0, wg_flip(WHOLE(tape, WG_SHAPE(2), 0, 1), 0, NULL),
                           wg_broadcast_to(wg_select(x, 0, 1), WG_SHAPE(2, 3))),
              WG_SHAPE(2, 3), 3, 5, 7, 6, 8, 10);
  wg_node *columns = wg_broadcast_to(wg_reshape(WHOLE(tape, WG_SHAPE(2), 2, 0), WG_SHAPE(2, 1)), WG_SHAPE(2, 3));
  ASSERT_NODE(wg_gather(x, 1, columns), WG_SHAPE(2, 3), 2, 2, 2, 3, 3, 3);
  wg_tape_free(tape);
}

static void a_label_picks_its_column(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = NUMBERS(tape, WG_F64, WG_SHAPE(3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  wg_node *labels = WHOLE(tape, WG_SHAPE(3), 3, 0, 2);
  wg_node *picked = wg_squeeze(wg_gather(x, 1, wg_unsqueeze(labels, 1)), 0, NULL);
  ASSERT_NODE(picked, WG_SHAPE(3), 3, 4, 10);
  wg_node *hot = wg_one_hot(labels, 4, WG_F64), *by_mask = wg_sum(wg_mul(x, hot), 1, (int64_t[]){1}, false);
  ASSERT_NODE(by_mask, WG_SHAPE(3), 3, 4, 10);
  wg_tape_free(tape);
}

/* ---- positions, masks ---- */

static void positions_count_along_an_axis(void **state) {
  (void)state;
  FOR_EACH_DTYPE {
    wg_tape *tape = wg_tape_new();
    wg_node *x = wg_fill(tape, dtype, WG_SHAPE(2, 3), 7);
    assert_int_equal(wg_node_dtype(wg_positions(x, 0)), WG_I64);
    ASSERT_NODE(wg_positions(x, 0), WG_SHAPE(2, 3), 0, 0, 0, 1, 1, 1);
    ASSERT_NODE(wg_positions(x, -1), WG_SHAPE(2, 3), 0, 1, 2, 0, 1, 2);
    wg_tape_free(tape);
  }
}

static void whole_numbers_compare_exactly(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_tape *tape = wg_tape_new();
    wg_node *a = WHOLE(tape, WG_SHAPE(2, 2), 1, 2, INT64_MAX, INT64_MIN),
            *b = WHOLE(tape, WG_SHAPE(2), INT64_MAX - 1, 2);
    assert_int_equal(wg_node_dtype(wg_index_equal(a, b, dtype)), dtype);
    ASSERT_NODE(wg_index_equal(a, b, dtype), WG_SHAPE(2, 2), 0, 1, 0, 0);
    ASSERT_NODE(wg_index_equal(a, a, dtype), WG_SHAPE(2, 2), 1, 1, 1, 1);
    wg_tape_free(tape);
  }
}

static void a_mask_puts_one_value(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2, 2)), *mask = NUMBERS(tape, WG_F64, WG_SHAPE(2), 0, 1);
  wg_node *constant = NUMBERS(tape, WG_F64, WG_SHAPE(2, 2), 1, NAN, INFINITY, 4);
  ASSERT_NODE(wg_masked_fill(constant, mask, -INFINITY), WG_SHAPE(2, 2), 1, -INFINITY, INFINITY, -INFINITY);
  wg_node *grad;
  wg_vjp(wg_masked_fill(x, mask, -INFINITY), wg_fill(tape, WG_F64, WG_SHAPE(2, 2), 3), 1, &x, &grad);
  const double at[] = {1, 2, 3, 4};
  double values[4];
  run_node(grad, 1, &(wg_binding){x, at}, values);
  assert_memory_equal(values, ((double[]){3, 0, 3, 0}), sizeof values);
  wg_masked_fill(mask, x, 0);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the mask does not broadcast to the shape of x");
  wg_tape_free(tape);
}

/* NaN and infinities are moved like any number. */
static void numbers_that_are_not_finite_stay_where_they_are(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = NUMBERS(tape, WG_F64, WG_SHAPE(3), NAN, INFINITY, 1), *i = WHOLE(tape, WG_SHAPE(4), 2, 1, 0, 1);
  wg_node *s = NUMBERS(tape, WG_F64, WG_SHAPE(4), 1, 2, 3, -INFINITY);
  ASSERT_NODE(wg_gather(x, 0, i), WG_SHAPE(4), 1, INFINITY, NAN, INFINITY);
  ASSERT_NODE(wg_index_select(x, 0, i), WG_SHAPE(4), 1, INFINITY, NAN, INFINITY);
  ASSERT_NODE(wg_scatter(x, 0, i, s), WG_SHAPE(3), 3, -INFINITY, 1);
  ASSERT_NODE(wg_scatter_add(x, 0, i, s), WG_SHAPE(3), NAN, NAN, 2);
  wg_tape_free(tape);
}

/* ---- What is refused ---- */

static void assert_run_fails(wg_node *node, const char *part) {
  assert_tape_good(wg_node_tape(node));
  wg_plan *plan = wg_plan_new(1, &node);
  assert_int_equal(wg_plan_status(plan), WG_OK);
  assert_int_equal(wg_run(plan), WG_ERROR_DATA);
  assert_contains(wg_plan_error(plan), part);
  wg_plan_free(plan);
}

static void an_index_outside_is_reported_with_its_value_and_place(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = NUMBERS(tape, WG_F64, WG_SHAPE(2, 3), 0, 1, 2, 3, 4, 5);
  wg_node *high = WHOLE(tape, WG_SHAPE(2, 2), 0, 1, 2, 3), *low = WHOLE(tape, WG_SHAPE(2, 2), 0, -1, 0, 0);
  wg_node *source = wg_fill(tape, WG_F64, WG_SHAPE(2, 2), 1);
  assert_run_fails(wg_gather(x, 1, high), "gather: index 3 at (1,1) is not in 0 … 2");
  assert_run_fails(wg_gather(x, 0, high), "index 2 at (1,0) is not in 0 … 1");
  assert_run_fails(wg_gather(x, 1, low), "index -1 at (0,1) is not in 0 … 2");
  assert_run_fails(wg_name(wg_scatter_add(x, 1, high, source), "y"), "scatter_add y: index 3 at (1,1) is not in 0 … 2");
  assert_run_fails(wg_scatter(x, 1, low, source), "scatter: index -1 at (0,1)");
  assert_run_fails(wg_index_select(x, 0, high), "index_select: index 2 at (1,0) is not in 0 … 1");
  assert_run_fails(wg_index_select(x, 1, low), "index -1 at (0,1)");
  assert_run_fails(wg_index_add(x, 1, high, wg_fill(tape, WG_F64, WG_SHAPE(2, 2, 2), 1)),
                   "index_add: index 3 at (1,1)");
  assert_run_fails(wg_embedding(high, x), "index 2 at (1,0) is not in 0 … 1");
  assert_run_fails(wg_take(x, WHOLE(tape, WG_SHAPE(2), -6, 6)), "index 6 at (1) is not in 0 … 5");
  assert_run_fails(wg_take(x, WHOLE(tape, WG_SHAPE(2), -7, 6)), "index -7 at (0)");
  assert_run_fails(wg_take(x, wg_fill(tape, WG_I64, WG_SCALAR, (double)(1LL << 40))), "index 1099511627776 at ()");
  wg_node *cube = wg_fill(tape, WG_F64, WG_SHAPE(4, 3, 2), 1), *row = WHOLE(tape, WG_SHAPE(5), 0, 7, 0, 0, 0);
  assert_run_fails(wg_index_select(cube, 1, row), "index 7 at (1) is not in 0 … 2");
  wg_node *wide = wg_fill(tape, WG_F64, WG_SHAPE(3, 20), 1);
  assert_run_fails(wg_index_select(wide, 0, high), "index 3 at (1,1) is not in 0 … 2");
  assert_run_fails(wg_index_select(wide, 1, wg_narrow(low, 0, 0, 1)), "index -1 at (0,1) is not in 0 … 19");
  wg_node *empty = wg_fill(tape, WG_F64, WG_SHAPE(0, 3, 2), 1); /* wrong even where nothing is moved */
  assert_run_fails(wg_index_select(empty, 1, row), "index 7 at (1) is not in 0 … 2");
  wg_node *none = whole(tape, WG_SHAPE(1), (int64_t[]){0});
  assert_run_fails(wg_take(wg_fill(tape, WG_F64, WG_SHAPE(0), 1), none), "index 0 at (0) points into nothing");
  wg_tape_free(tape);
}

static void shapes_and_types_that_do_not_fit_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2, 3)), *i = wg_input(tape, "i", WG_I64, WG_SHAPE(2, 2)),
          *v = wg_input(tape, "v", WG_I64, WG_SHAPE(4)), *z = wg_input(tape, "z", WG_F32, WG_SHAPE(2, 2));
  wg_gather(x, 1, x);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "gather: x (2,3), x (2,3): indices are i64, not f64");
  wg_gather(x, 1, v);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the index must have the rank of x");
  wg_gather(x, 2, i);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 2");
  wg_gather(wg_narrow(x, 1, 0, 1), 0, i);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "along axis 1 the index is longer than x");
  wg_scatter(x, 1, i, x);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the shapes of index and source differ");
  wg_scatter_add(x, 1, i, z);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "element types f64 and f32 differ");
  wg_index_select(x, 0, z);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "indices are i64, not f32");
  wg_index_select(wg_input(tape, NULL, WG_F64, WG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)), 0, i);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the result would have more than 8 axes");
  wg_index_add(x, 0, v, x);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "for this x and index the source has the shape (4,3)");
  wg_take(x, x);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "indices are i64");
  wg_embedding(i, wg_sum_all(x));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the weights have rank 0, not 2");
  wg_positions(wg_sum_all(x), 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis 0 in rank 0");
  wg_index_equal(i, z, WG_F64);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "indices are i64, not f32");
  wg_index_equal(i, v, WG_F64);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "the shapes do not broadcast");
  wg_index_equal(i, i, WG_I64);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "the dtype 'i64' is not f32 or f64");
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gather_takes_each_element_from_its_own_place),
      cmocka_unit_test(scatter_writes_and_scatter_add_adds),
      cmocka_unit_test(index_select_takes_whole_slices),
      cmocka_unit_test(adjoints_add_up_where_a_place_is_named_twice),
      cmocka_unit_test(what_scatter_overwrites_has_no_derivative),
      cmocka_unit_test(elements_by_index_agree_with_plain_loops_along_every_axis),
      cmocka_unit_test(slices_by_index_agree_with_plain_loops),
      cmocka_unit_test(strides_change_nothing),
      cmocka_unit_test(a_label_picks_its_column),
      cmocka_unit_test(positions_count_along_an_axis),
      cmocka_unit_test(whole_numbers_compare_exactly),
      cmocka_unit_test(a_mask_puts_one_value),
      cmocka_unit_test(numbers_that_are_not_finite_stay_where_they_are),
      cmocka_unit_test(an_index_outside_is_reported_with_its_value_and_place),
      cmocka_unit_test(shapes_and_types_that_do_not_fit_are_refused),
  };
  return RUN_TESTS(tests);
}
