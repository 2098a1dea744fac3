/* Sums that a matrix product writes in place of its result: the kernels of every level, and which plans have them. A term added
 * within the product has the bits of one that is added afterwards. */
#include "operand.h"

#include "../plan_sound.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- Kernels ---- */

enum { SCRATCH_COLUMNS = 64, SCRATCH_ROWS = 48 };

static void multiply(const wg_kernels *kernels, wg_dtype dtype, const wg_product *product) {
  const bool single = dtype == WG_F32;
  const wg_range all = wg_product_range(product);
  wg_product_scratch scratch = {.columns = SCRATCH_COLUMNS, .rows = SCRATCH_ROWS};
  scratch.memory = aligned_alloc(64, wg_product_scratch_bytes(scratch.columns, scratch.rows));
  assert_non_null(scratch.memory);
  (single ? kernels->product_f32 : kernels->product_f64)(product, &all, &scratch);
  free(scratch.memory);
}

static void multiply_narrow(const wg_kernels *kernels, wg_dtype dtype, const wg_product *product) {
  const bool single = dtype == WG_F32, narrow = wg_product_narrow(product);
  const wg_range all = wg_product_range(product);
  assert_true(narrow || wg_product_line(product));
  (narrow   ? single ? kernels->narrow_f32 : kernels->narrow_f64
   : single ? kernels->line_f32
            : kernels->line_f64)(product, &all, NULL);
}

/* The sum of two numbers of the type. */
static double added(wg_dtype dtype, double a, double b) {
  return dtype == WG_F32 ? (double)((float)a + (float)b) : a + b;
}

/* `repeats`: bit 0 along columns, bit 1 along rows. */
static void assert_term(void (*run)(const wg_kernels *, wg_dtype, const wg_product *), const wg_kernels *kernels,
                        wg_dtype dtype, const int64_t size[3], int repeats) {
  enum { MOST = 30000 };
  static double without[MOST], with[MOST];
  const int64_t rows = size[0], inner = size[1], columns = size[2];
  assert_true(rows * columns <= MOST);
  operand a = operand_new(dtype, rows, inner, BY_ROWS, 1), b = operand_new(dtype, inner, columns, BY_ROWS, 2);
  operand term = operand_new(dtype, repeats & 2 ? 1 : rows, repeats & 1 ? 1 : columns, ROWS_FAR_APART, 3);
  wg_product product = {rows, inner, columns, a.matrix, b.matrix, without, columns};
  run(kernels, dtype, &product);
  product.c = with;
  product.term = term.matrix;
  if (repeats & 1) product.term.column = 0;
  if (repeats & 2) product.term.row = 0;
  run(kernels, dtype, &product);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      const int64_t at = (repeats & 2 ? 0 : i) * (repeats & 1 ? 1 : columns) + (repeats & 1 ? 0 : j);
      const double expected = added(dtype, element_at(dtype, without, i * columns + j), term.values[at]);
      if (!(element_at(dtype, with, i * columns + j) == expected))
        fail_msg("%s, %s, (%d,%d)·(%d,%d), repeats %d: element %d,%d is %.17g, expected %.17g", kernels->level,
                 wg_dtype_text(dtype), (int)rows, (int)inner, (int)inner, (int)columns, repeats, (int)i, (int)j,
                 element_at(dtype, with, i * columns + j), expected);
    }
  operand_free(&a), operand_free(&b), operand_free(&term);
}

static void a_kernel_adds_a_term_to_the_whole_sum_and_once(void **state) {
  (void)state;
  /* tiles of all widths, several blocks of k, none, and matrices that are packed */
  static const int64_t sizes[][3] = {{1, 3, 300}, {4, 2, 300},   {3, 4, 37},     {5, 0, 3},     {6, 16, 16},
                                     {7, 9, 5},   {25, 300, 70}, {49, 257, 130}, {130, 600, 70}};
  static const int64_t narrow[][3] = {{3, 40, 4}, {12, 2100, 12}, {1, 70, 130}, {130, 2100, 1}};
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (int repeats = 0; repeats < 4; repeats++) {
        for (size_t s = 0; s < COUNT_OF(sizes); s++) assert_term(multiply, kernels, dtype, sizes[s], repeats);
        for (size_t s = 0; s < COUNT_OF(narrow); s++) assert_term(multiply_narrow, kernels, dtype, narrow[s], repeats);
      }
}

/* ---- Plans ---- */

static size_t terms_of(const wg_plan *plan) {
  size_t count = 0;
  for (size_t k = 0; k < plan->step_count; k++) count += plan->steps[k].kind == WG_STEP_ADDED;
  return count;
}

/* A plan after a run with all leaves bound to numbers, each at its own place in `numbers`. */
static wg_plan *plan_run(wg_node *output, const wg_plan_tuning *tuning, wg_threads *threads) {
  enum { MOST = 200000 };
  static float numbers[MOST];
  wg_plan *plan = wg_plan_make(&(wg_goal){.count = 1, .outputs = &output}, NULL, tuning);
  fill_f32(numbers, MOST, -1, 1, 5);
  size_t first = 0;
  for (size_t id = 0; id < wg_tape_count(wg_node_tape(output)); id++) {
    const wg_node *node = wg_tape_node(wg_node_tape(output), id);
    if (!wg_node_is_input(node)) continue;
    assert_int_equal(wg_bind(plan, node, numbers + first), WG_OK);
    first += (size_t)wg_node_size(node);
    assert_true(first <= MOST);
  }
  wg_plan_use_threads(plan, threads);
  plan_poison(plan);
  if (wg_run(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  return plan;
}

/* So many sums are written by products, and nobody can tell by the numbers. */
static void assert_terms(wg_node *output, size_t expected) {
  assert_tape_good(wg_node_tape(output));
  wg_threads *threads = wg_threads_new(3);
  wg_plan_tuning none = wg_plan_tuned;
  none.terms = false;
  wg_plan *plain = plan_run(output, &none, NULL), *joined = plan_run(output, &wg_plan_tuned, NULL),
          *in_threads = plan_run(output, &wg_plan_tuned, threads);
  assert_int_equal(terms_of(plain), 0);
  assert_int_equal(terms_of(joined), expected);
  assert_plan_sound(joined);
  const size_t bytes = (size_t)wg_node_size(output) * sizeof(float);
  assert_memory_equal(wg_data(plain, output), wg_data(joined, output), bytes);
  assert_memory_equal(wg_data(plain, output), wg_data(in_threads, output), bytes);
  wg_plan_free(plain), wg_plan_free(joined), wg_plan_free(in_threads);
  wg_threads_free(threads);
}

static wg_node *leaf(wg_tape *tape, int64_t rows, int64_t columns) {
  return wg_input(tape, NULL, WG_F32, WG_SHAPE(rows, columns));
}

static void biases_and_other_products_are_added_within_a_product(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *number = wg_exp(leaf(tape, 1, 1)), *product = wg_matmul(leaf(tape, 40, 30), leaf(tape, 30, 20));
  assert_terms(wg_add_bias(product, leaf(tape, 1, 20)), 1);
  assert_terms(wg_add_bias(product, leaf(tape, 40, 1)), 1);
  assert_terms(wg_add(leaf(tape, 40, 20), product), 1);
  assert_terms(wg_add(product, number), 1);
  wg_node *recurrent =
      wg_add(wg_matmul(leaf(tape, 14, 14), leaf(tape, 14, 1)), wg_matmul(leaf(tape, 14, 9), leaf(tape, 9, 1)));
  assert_terms(wg_tanh(wg_add_bias(recurrent, leaf(tape, 14, 1))), 1);
  wg_tape_free(tape);
}

static void a_bias_is_added_to_columns_of_samples_and_to_each_of_several_matrices(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *narrow = wg_add_bias(wg_matmul(leaf(tape, 300, 2), leaf(tape, 2, 4)), leaf(tape, 1, 4));
  assert_terms(wg_sum_all(wg_relu(narrow)), 1);
  wg_node *batch =
      wg_matmul(wg_input(tape, NULL, WG_F32, WG_SHAPE(5, 7, 6)), wg_input(tape, NULL, WG_F32, WG_SHAPE(6, 9)));
  assert_terms(wg_add_bias(batch, leaf(tape, 1, 9)), 1);
  assert_terms(wg_add(batch, wg_input(tape, NULL, WG_F32, WG_SHAPE(5, 7, 9))), 1);
  assert_terms(wg_add(batch, wg_input(tape, NULL, WG_F32, WG_SHAPE(5, 1, 1))), 1);
  wg_tape_free(tape);
}

/* A bias, then a pass that runs on parts of the sum. */
static void what_follows_a_bias_runs_while_it_is_in_the_cache(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *layer = wg_relu(wg_add_bias(wg_matmul(leaf(tape, 130, 300), leaf(tape, 300, 256)), leaf(tape, 1, 256)));
  assert_terms(layer, 1);
  wg_plan *plan = plan_run(layer, &wg_plan_tuned, NULL);
  wg_plan_step first, last;
  assert_int_equal(wg_plan_step_count(plan), 3);
  assert_true(wg_plan_step_at(plan, 0, &first) && wg_plan_step_at(plan, 2, &last));
  assert_int_equal(first.pass_end, 3);
  assert_int_equal(last.pass_begin, 0);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* B ← relu(X·W + B upside down): rows of B are added after others of it have new values, unless the product is done first. */
static void what_is_added_in_another_order_is_not_written_over_meanwhile(void **state) {
  (void)state;
  enum { ROWS = 130, COLUMNS = 130 };
  static float x[ROWS], w[COLUMNS], b[2][ROWS * COLUMNS];
  wg_tape *tape = wg_tape_new();
  wg_node *X = leaf(tape, ROWS, 1), *W = leaf(tape, 1, COLUMNS), *B = leaf(tape, ROWS, COLUMNS);
  wg_node *flipped = wg_flip(B, 1, (const int64_t[]){0});
  const wg_leaf_update update = {B, wg_relu(wg_add(wg_matmul(X, W), flipped))};
  assert_tape_good(tape);
  fill_f32(x, ROWS, -1, 1, 1), fill_f32(w, COLUMNS, -1, 1, 2);
  for (int terms = 0; terms < 2; terms++) {
    wg_plan_tuning tuning = wg_plan_tuned;
    tuning.terms = terms;
    wg_plan *plan = wg_plan_make(&(wg_goal){.update_count = 1, .updates = &update}, NULL, &tuning);
    assert_int_equal(terms_of(plan), terms);
    fill_f32(b[terms], ROWS * COLUMNS, -1, 1, 3);
    wg_bind(plan, X, x), wg_bind(plan, W, w), wg_bind_updated(plan, B, b[terms]);
    assert_int_equal(wg_run(plan), WG_OK);
    assert_plan_sound(plan);
    wg_plan_free(plan);
  }
  assert_memory_equal(b[0], b[1], sizeof b[0]);
  wg_tape_free(tape);
}

static void a_sum_stands_by_itself_where_the_product_is_read_by_others_or_the_term_lies_across(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *product = wg_matmul(leaf(tape, 40, 30), leaf(tape, 30, 20)), *bias = leaf(tape, 1, 20);
  assert_terms(wg_mul(wg_add_bias(product, bias), product), 0);
  assert_terms(wg_add(product, product), 0);
  assert_terms(wg_add(product, wg_transpose(leaf(tape, 20, 40))), 0);
  assert_terms(wg_sub(product, bias), 0);
  assert_terms(wg_add(wg_transpose(product), leaf(tape, 20, 40)), 0);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_kernel_adds_a_term_to_the_whole_sum_and_once),
      cmocka_unit_test(biases_and_other_products_are_added_within_a_product),
      cmocka_unit_test(a_bias_is_added_to_columns_of_samples_and_to_each_of_several_matrices),
      cmocka_unit_test(what_follows_a_bias_runs_while_it_is_in_the_cache),
      cmocka_unit_test(what_is_added_in_another_order_is_not_written_over_meanwhile),
      cmocka_unit_test(a_sum_stands_by_itself_where_the_product_is_read_by_others_or_the_term_lies_across),
  };
  return RUN_TESTS(tests);
}
