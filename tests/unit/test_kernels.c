/* The kernels of every level that this processor can run: the matrix product against plain loops in long double, and that
 * its bits depend on nothing but the numbers and the inner size. */
#include "operand.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { SCRATCH_COLUMNS = 128, SCRATCH_ROWS = 48 };

/* ---- Products ---- */

/* Computes the range; everything else in c stays as it is. */
static void run_product(const wg_kernels *kernels, wg_dtype dtype, const wg_product *product, const wg_range *range) {
  wg_product_scratch scratch = {.columns = SCRATCH_COLUMNS, .rows = SCRATCH_ROWS};
  scratch.memory = aligned_alloc(64, wg_product_scratch_bytes(scratch.columns, scratch.rows));
  assert_non_null(scratch.memory);
  (dtype == WG_F32 ? kernels->product_f32 : kernels->product_f64)(product, range, &scratch);
  free(scratch.memory);
}

/* Every element within n·ε·Σ|a||b| of the sum in long double, n the inner size: the bound for any order of the sum. */
static void assert_product(const wg_kernels *kernels, wg_dtype dtype, int64_t rows, int64_t inner, int64_t columns,
                           int a_layout, int b_layout) {
  operand a = operand_new(dtype, rows, inner, a_layout, 1), b = operand_new(dtype, inner, columns, b_layout, 2);
  void *c = malloc((size_t)(rows * columns) * wg_dtype_size(dtype) + 1);
  assert_non_null(c);
  memset(c, 255, (size_t)(rows * columns) * wg_dtype_size(dtype));
  wg_product product = {rows, inner, columns, a.matrix, b.matrix, c, columns};
  wg_range all = wg_product_range(&product);
  run_product(kernels, dtype, &product, &all);
  const double epsilon = dtype == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) {
      long double sum = 0, size = 0;
      for (int64_t k = 0; k < inner; k++) {
        const long double term = (long double)a.values[i * inner + k] * b.values[k * columns + j];
        sum += term;
        size += fabsl(term);
      }
      const double got = element_at(dtype, c, i * columns + j), bound = (double)(inner + 1) * epsilon * (double)size;
      if (!(fabs(got - (double)sum) <= bound))
        fail_msg("%s, %s, (%d,%d)·(%d,%d), layouts %d and %d: element %d,%d is %.17g, expected %.17Lg", kernels->level,
                 wg_dtype_text(dtype), (int)rows, (int)inner, (int)inner, (int)columns, a_layout, b_layout, (int)i,
                 (int)j, got, sum);
    }
  operand_free(&a), operand_free(&b), free(c);
}

static void every_level_multiplies_matrices_of_all_sizes_and_layouts(void **state) {
  (void)state;
  /* around the sizes of tiles, vectors, and blocks of k; the last one is copied side by side before it is multiplied */
  static const int64_t sizes[][3] = {{1, 1, 1},     {1, 5, 1},     {2, 3, 4},     {5, 0, 3},     {6, 16, 16},
                                     {7, 9, 17},    {12, 4, 33},   {13, 33, 64},  {1, 40, 65},   {3, 20, 130},
                                     {25, 130, 9},  {50, 19, 70},  {49, 257, 40}, {30, 513, 35}, {130, 300, 130},
                                     {190, 50, 70}, {530, 130, 70}};
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (size_t s = 0; s < COUNT_OF(sizes); s++)
        for (int a = 0; a < LAYOUTS; a++)
          for (int b = 0; b < LAYOUTS; b++)
            if (s + 5 < COUNT_OF(sizes) || a < 2 || b < 2)
              assert_product(kernels, dtype, sizes[s][0], sizes[s][1], sizes[s][2], a, b);
}

/* The kernels of this level, of the whole product at once, against any cut of it. */
static void assert_cut_has_the_same_bits(const wg_kernels *kernels, wg_dtype dtype, int b_layout) {
  enum { ROWS = 61, INNER = 400, COLUMNS = 83 };
  static const int64_t row_cut[] = {0, 1, 13, 60, ROWS}, column_cut[] = {0, 3, 35, 83};
  operand a = operand_new(dtype, ROWS, INNER, BY_ROWS, 3), b = operand_new(dtype, INNER, COLUMNS, b_layout, 4);
  static double whole[ROWS * COLUMNS], cut[ROWS * COLUMNS];
  wg_product product = {ROWS, INNER, COLUMNS, a.matrix, b.matrix, whole, COLUMNS};
  wg_range range = wg_product_range(&product);
  run_product(kernels, dtype, &product, &range);
  product.c = cut;
  for (size_t r = 0; r + 1 < COUNT_OF(row_cut); r++)
    for (size_t s = 0; s + 1 < COUNT_OF(column_cut); s++) {
      range = (wg_range){row_cut[r], row_cut[r + 1], column_cut[s], column_cut[s + 1]};
      run_product(kernels, dtype, &product, &range);
    }
  assert_memory_equal(whole, cut, ROWS * COLUMNS * wg_dtype_size(dtype));
  operand_free(&a), operand_free(&b);
}

static void a_product_cut_into_ranges_has_the_same_bits(void **state) {
  (void)state;
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (int layout = 0; layout < LAYOUTS; layout++) assert_cut_has_the_same_bits(kernels, dtype, layout);
}

static void levels_with_fused_multiply_add_have_the_same_bits(void **state) {
  (void)state;
  enum { ROWS = 37, INNER = 601, COLUMNS = 29 };
  const wg_kernels *one = wg_kernels_at(1), *other = wg_kernels_at(2);
  if (!one || !other) skip();
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    operand a = operand_new(dtype, ROWS, INNER, BY_COLUMNS, 5), b = operand_new(dtype, INNER, COLUMNS, BY_ROWS, 6);
    double c[2][ROWS * COLUMNS];
    for (int k = 0; k < 2; k++) {
      wg_product product = {ROWS, INNER, COLUMNS, a.matrix, b.matrix, c[k], COLUMNS};
      wg_range all = wg_product_range(&product);
      run_product(k == 0 ? one : other, dtype, &product, &all);
    }
    assert_memory_equal(c[0], c[1], ROWS * COLUMNS * wg_dtype_size(dtype));
    operand_free(&a), operand_free(&b);
  }
}

/* 0·NaN and 0·∞ are NaN, and stay in the row and the column that they belong to. */
static void nan_and_infinity_reach_their_row_and_column_and_no_other(void **state) {
  (void)state;
  enum { ROWS = 50, INNER = 20, COLUMNS = 21 };
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++) {
    static float a[ROWS * INNER], b[INNER * COLUMNS], c[ROWS * COLUMNS];
    a[17 * INNER + 19] = NAN;
    b[3 * COLUMNS + 20] = INFINITY;
    wg_product product = {ROWS, INNER, COLUMNS, {a, INNER, 1}, {b, COLUMNS, 1}, c, COLUMNS};
    wg_range all = wg_product_range(&product);
    run_product(kernels, WG_F32, &product, &all);
    for (int i = 0; i < ROWS; i++)
      for (int j = 0; j < COLUMNS; j++) assert_int_equal(isnan(c[i * COLUMNS + j]), i == 17 || j == 20);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_level_multiplies_matrices_of_all_sizes_and_layouts),
      cmocka_unit_test(a_product_cut_into_ranges_has_the_same_bits),
      cmocka_unit_test(levels_with_fused_multiply_add_have_the_same_bits),
      cmocka_unit_test(nan_and_infinity_reach_their_row_and_column_and_no_other),
  };
  return RUN_TESTS(tests);
}
