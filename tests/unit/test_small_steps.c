/* Vectors of any length, and however they lie, have the same bits: steps of one operation that the plan runs itself and those
 * that it calls a loop for; sums and logarithms of sums along rows and columns. */
#include "../../engine/plan_internal.h"
#include "../support.h"

#include <math.h>
#include <string.h>

/* ---- One operation ---- */

enum { MOST = 70 };

typedef wg_node *operation(wg_node *a, wg_node *b);
static wg_node *square_of(wg_node *a, wg_node *b) { return (void)b, wg_square(a); }
static operation *const operations[] = {wg_add, wg_sub, wg_mul, wg_div, square_of, wg_accumulate};
enum { OPERATIONS = sizeof operations / sizeof *operations };

static double by_hand(int number, double a, double b) {
  return number == 0 || number == 5 ? a + b : number == 1 ? a - b : number == 2 ? a * b : number == 3 ? a / b : a * a;
}

/* Runs y with steps that the plan takes itself, or without; all its elements as numbers. How many were taken; those of
 * more than *piece elements, if any, are for threads. */
static int taken(wg_node *y, int64_t most, double *result, int64_t *piece) {
  wg_plan_tuning tuning = wg_plan_tuned;
  tuning.arithmetic = most;
  tuning.fuses = false;
  wg_plan *plan = wg_plan_make(&(wg_goal){.count = 1, .outputs = &y}, NULL, &tuning);
  if (wg_run(plan) != WG_OK) fail_msg("run: %s", wg_plan_error(plan));
  int count = 0;
  *piece = plan->tuning.piece;
  for (size_t k = 0; k < wg_plan_step_count(plan); k++) count += plan->steps[k].arithmetic != 0;
  for (int64_t k = 0; k < wg_node_size(y); k++)
    result[k] = wg_node_dtype(y) == WG_F32 ? (double)((const float *)wg_data(plan, y))[k]
                                           : ((const double *)wg_data(plan, y))[k];
  wg_plan_free(plan);
  return count;
}

static void assert_bits(int64_t n, const double *x, const double *y, const char *what) {
  for (int64_t k = 0; k < n; k++)
    if (memcmp(&x[k], &y[k], sizeof *x) != 0 && !(isnan(x[k]) && isnan(y[k])))
      fail_msg("%s: element %lld of %lld is %a, expected %a", what, (long long)k, (long long)n, x[k], y[k]);
}

static void numbers_fill(double *x, int64_t n, uint64_t seed) {
  const double special[] = {0.0, -0.0, INFINITY, NAN};
  fill_f64(x, (size_t)n, -2, 2, seed);
  for (int64_t k = 0; k < n; k++) x[k] = k % 11 == 3 ? special[k / 11 % 4] : (double)(float)x[k];
}

static wg_node *constant_of(wg_tape *tape, wg_dtype dtype, int64_t n, const double *x) {
  float narrow[MOST];
  for (int64_t k = 0; k < n; k++) narrow[k] = (float)x[k];
  return wg_constant(tape, dtype, WG_SHAPE(n), dtype == WG_F32 ? (const void *)narrow : (const void *)x);
}

/* Both operands of n elements, or either of one that is repeated. */
static void a_step_of_any_length_is_its_operation_on_each_element(void **state) {
  (void)state;
  double a[MOST], b[MOST], y[MOST], expected[MOST];
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (int64_t n = 1; n <= MOST; n++)
      for (int number = 0; number < OPERATIONS; number++)
        for (int ones = 0; ones < (number < 4 ? 3 : 1); ones++) {
          const int64_t a_count = ones == 1 ? 1 : n, b_count = ones == 2 ? 1 : n;
          numbers_fill(a, a_count, 1);
          numbers_fill(b, b_count, 2);
          wg_tape *tape = wg_tape_new();
          wg_node *node =
              operations[number](constant_of(tape, dtype, a_count, a), constant_of(tape, dtype, b_count, b));
          for (int64_t k = 0; k < n; k++) {
            const double result = by_hand(number, a[k % a_count], b[k % b_count]);
            expected[k] = dtype == WG_F32 ? (double)(float)result : result; /* rounded twice, which for these is once */
          }
          int64_t piece;
          const int count = taken(node, MOST, y, &piece);
          assert_int_equal(count, n <= piece);
          assert_bits(n, y, expected, "by the plan");
          assert_int_equal(taken(node, n - 1, y, &piece), 0);
          assert_bits(n, y, expected, "by a loop");
          wg_tape_free(tape);
        }
}

/* Steps that write over what they read, and read what the one before has written. */
static void a_chain_of_steps_has_the_bits_of_its_loops(void **state) {
  (void)state;
  double a[MOST], b[MOST], y[MOST], expected[MOST];
  fill_f64(a, MOST, 1, 2, 3);
  fill_f64(b, MOST, 1, 2, 4);
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (int64_t n = 1; n <= MOST; n++) {
      wg_tape *tape = wg_tape_new();
      wg_node *x = constant_of(tape, dtype, n, a), *z = constant_of(tape, dtype, n, b), *node = x;
      for (int k = 0; k < 5; k++) {
        node = wg_add(wg_mul(node, z), x);
        node = wg_div(wg_sub(wg_scalar_like(x, 3), node), wg_add(z, wg_square(node)));
      }
      int64_t piece;
      const int count = taken(node, MOST, y, &piece);
      assert_true(n <= piece ? count >= 20 : count == 0);
      assert_int_equal(taken(node, 0, expected, &piece), 0);
      assert_bits(n, y, expected, "a chain");
      wg_tape_free(tape);
    }
}

/* ---- Along rows and columns ---- */

/* An operation over an axis of x (rows,columns), and over each column by itself. */
typedef wg_node *reduction(wg_node *x, int64_t axis);
static wg_node *sum_of(wg_node *x, int64_t axis) { return wg_sum(x, 1, &axis, false); }
static wg_node *log_sum_of(wg_node *x, int64_t axis) { return wg_logsumexp(x, 1, &axis, false); }

static void columns_agree(reduction *over, wg_dtype dtype, int64_t rows, int64_t columns, const double *x) {
  const size_t count = (size_t)(rows * columns), size = wg_dtype_size(dtype);
  double *whole = new_f64((size_t)columns), *turned = new_f64((size_t)columns);
  char *numbers = malloc(count * size), *column = malloc((size_t)rows * size);
  for (size_t k = 0; k < count; k++)
    if (dtype == WG_F32)
      ((float *)numbers)[k] = (float)x[k];
    else
      ((double *)numbers)[k] = x[k];
  wg_tape *tape = wg_tape_new();
  wg_node *matrix = wg_constant(tape, dtype, WG_SHAPE(rows, columns), numbers);
  run_node(over(matrix, 0), 0, NULL, whole);
  run_node(over(wg_transpose(matrix), 1), 0, NULL, turned);
  assert_bits(columns, whole, turned, "a matrix and its transpose");
  wg_node *copy =
      wg_add(wg_transpose(matrix), wg_fill(tape, dtype, WG_SHAPE(columns, rows), 0)); /* by rows in memory */
  run_node(over(copy, 1), 0, NULL, turned);
  assert_bits(columns, whole, turned, "columns and rows in memory");
  for (int64_t c = 0; c < columns; c++) {
    double alone;
    for (int64_t r = 0; r < rows; r++)
      memcpy(column + (size_t)r * size, numbers + (size_t)(r * columns + c) * size, size);
    run_node(over(wg_constant(tape, dtype, WG_SHAPE(rows), column), 0), 0, NULL, &alone);
    assert_bits(1, &whole[c], &alone, "a column by itself");
  }
  wg_tape_free(tape);
  free(numbers);
  free(column);
  free(whole);
  free(turned);
}

static const int64_t lengths[] = {1, 7, 8, 14, 127, 128, 129, 300, 1100}, widths[] = {1, 2, 3, 7, 8, 15, 16, 33, 70};
enum { LENGTHS = sizeof lengths / sizeof *lengths, WIDTHS = sizeof widths / sizeof *widths };

static void each_size_agrees(reduction *over, void spoil(int64_t rows, int64_t columns, double *x)) {
  for (int l = 0; l < LENGTHS; l++)
    for (int w = 0; w < WIDTHS; w++) {
      const int64_t rows = lengths[l], columns = widths[w];
      double *x = new_f64((size_t)(rows * columns));
      fill_f64(x, (size_t)(rows * columns), -3, 3, (uint64_t)(rows + columns));
      if (spoil) spoil(rows, columns, x);
      for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) columns_agree(over, dtype, rows, columns, x);
      free(x);
    }
}

static void a_sum_has_the_same_bits_however_its_numbers_lie(void **state) {
  (void)state;
  each_size_agrees(sum_of, NULL);
}

/* Some columns with what the largest number of all is, with its equals, with NaN, or of −∞ alone. */
static void columns_spoil(int64_t rows, int64_t columns, double *x) {
  for (int64_t c = 0; c < columns; c++)
    for (int64_t r = 0; r < rows; r++) {
      if (c % 6 == 1 && r % 50 == 3) x[r * columns + c] = INFINITY;
      if (c % 6 == 2 && r % 60 == 5) x[r * columns + c] = NAN;
      if (c % 6 == 3) x[r * columns + c] = -INFINITY;
      if (c % 6 == 4 && r % 9 < 2) x[r * columns + c] = 5;
    }
}

static void a_logarithm_of_a_sum_has_the_same_bits_however_its_numbers_lie(void **state) {
  (void)state;
  each_size_agrees(log_sum_of, columns_spoil);
}

static void logarithms_of_sums_are_those_of_wider_numbers(void **state) {
  (void)state;
  enum { ROWS = 40, COLUMNS = 19 };
  double x[ROWS * COLUMNS], y[COLUMNS];
  fill_f64(x, ROWS * COLUMNS, -30, 30, 5);
  columns_spoil(ROWS, COLUMNS, x);
  wg_tape *tape = wg_tape_new();
  run_node(log_sum_of(wg_constant(tape, WG_F64, WG_SHAPE(ROWS, COLUMNS), x), 0), 0, NULL, y);
  for (int c = 0; c < COLUMNS; c++) {
    long double sum = 0;
    for (int r = 0; r < ROWS; r++) sum += expl((long double)x[r * COLUMNS + c]);
    const double expected = (double)logl(sum);
    if (isnan(expected) ? !isnan(y[c]) : !(y[c] == expected || fabs(y[c] - expected) <= 1e-15 * fabs(expected)))
      fail_msg("column %d: %.17g, expected %.17g", c, y[c], expected);
  }
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_of_any_length_is_its_operation_on_each_element),
      cmocka_unit_test(a_chain_of_steps_has_the_bits_of_its_loops),
      cmocka_unit_test(a_sum_has_the_same_bits_however_its_numbers_lie),
      cmocka_unit_test(a_logarithm_of_a_sum_has_the_same_bits_however_its_numbers_lie),
      cmocka_unit_test(logarithms_of_sums_are_those_of_wider_numbers),
  };
  return RUN_TESTS(tests);
}
