/* Products whose result is small and whose inner axis is long, and those of a matrix and a vector, on every level: against loops
 * in long double that go the other way, and with bits that depend on the numbers and their order alone. */
#include "operand.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const int64_t inner_sizes[] = {32, 33, 40, 47, 48, 255, 300, 511, 513, 2048, 2049, 4100};

enum { LONGEST = 130 }; /* rows or columns of c */

static void narrow(const wg_kernels *kernels, wg_dtype dtype, const wg_product *product) {
  const bool single = dtype == WG_F32;
  const wg_range all = wg_product_range(product);
  wg_product_kernel *kernel = single ? kernels->narrow_f32 : kernels->narrow_f64;
  assert_true(wg_product_narrow(product) || wg_product_line(product));
  if (!wg_product_narrow(product)) kernel = single ? kernels->line_f32 : kernels->line_f64;
  kernel(product, &all, NULL);
}

/* Lanes are added 64 bytes at a time, so that the error grows with a part of the inner size only; and what lies between the rows
 * of c stays as it is. */
static void assert_narrow(const wg_kernels *kernels, wg_dtype dtype, int64_t rows, int64_t inner, int64_t columns,
                          int a_layout, int b_layout) {
  operand a = operand_new(dtype, rows, inner, a_layout, 1), b = operand_new(dtype, inner, columns, b_layout, 2);
  double c[2 * LONGEST];
  assert_true(rows * (columns + 1) <= 2 * LONGEST);
  memset(c, 255, sizeof c);
  narrow(kernels, dtype, &(wg_product){rows, inner, columns, a.matrix, b.matrix, c, columns + 1});
  const double epsilon = dtype == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  for (int64_t i = 0; i < rows; i++) {
    if (i + 1 < rows) assert_true(isnan(element_at(dtype, c, i * (columns + 1) + columns)));
    for (int64_t j = 0; j < columns; j++) {
      long double sum = 0, size = 0;
      for (int64_t k = inner; k-- > 0;) {
        const long double term = (long double)a.values[i * inner + k] * b.values[k * columns + j];
        sum += term;
        size += fabsl(term);
      }
      const double got = element_at(dtype, c, i * (columns + 1) + j),
                   bound = (double)(inner / 8 + 8) * epsilon * (double)size;
      if (!(fabs(got - (double)sum) <= bound))
        fail_msg("%s, %s, (%d,%d)·(%d,%d), layouts %d and %d: element %d,%d is %.17g, expected %.17Lg", kernels->level,
                 wg_dtype_text(dtype), (int)rows, (int)inner, (int)inner, (int)columns, a_layout, b_layout, (int)i,
                 (int)j, got, sum);
    }
  }
  operand_free(&a), operand_free(&b);
}

static void a_narrow_product_is_the_sum_of_products_in_all_sizes_and_layouts(void **state) {
  (void)state;
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
      for (int64_t rows = 1; rows <= WG_NARROW; rows++)
        for (int64_t columns = 1; columns <= WG_NARROW; columns++)
          for (int layout = 0; layout < LAYOUTS; layout++)
            assert_narrow(kernels, dtype, rows, inner_sizes[(rows + columns) % 6], columns, layout,
                          (int)(rows % LAYOUTS));
      for (size_t s = 0; s < COUNT_OF(inner_sizes); s++)
        for (int a = 0; a < LAYOUTS; a++)
          for (int b = 0; b < LAYOUTS; b++) assert_narrow(kernels, dtype, 5, inner_sizes[s], 3, a, b);
    }
}

static void a_matrix_times_a_vector_is_the_sum_of_products_in_all_sizes_and_layouts(void **state) {
  (void)state;
  static const int64_t sizes[] = {13, 15, 16, 17, 31, 32, 48, 63, 64, 65, LONGEST}; /* around those of vectors */
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
      for (size_t n = 0; n < COUNT_OF(sizes); n++)
        for (int a = 0; a < LAYOUTS; a++)
          for (int b = 0; b < LAYOUTS; b++) {
            const int64_t inner = WG_LINE_INNER + (int64_t)n;
            assert_narrow(kernels, dtype, sizes[n], inner, 1, a, b);
            assert_narrow(kernels, dtype, 1, inner, sizes[n], a, b);
            if (n == 3) assert_narrow(kernels, dtype, 1, 2 * WG_NARROW_BLOCK + 4, sizes[n], a, b);
          }
}

/* A range of a row, in every layout of the matrix, is what the whole row has there. */
static void a_matrix_times_a_vector_cut_into_ranges_has_the_same_bits(void **state) {
  (void)state;
  enum { INNER = 300 };
  static const int64_t cut[] = {0, 1, 20, 84, LONGEST};
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++)
    for (int layout = 0; layout < LAYOUTS; layout++) {
      operand a = operand_new(WG_F32, 1, INNER, BY_ROWS, 3), b = operand_new(WG_F32, INNER, LONGEST, layout, 4);
      float whole[LONGEST], parts[LONGEST];
      wg_product product = {1, INNER, LONGEST, a.matrix, b.matrix, whole, LONGEST};
      narrow(kernels, WG_F32, &product);
      product.c = parts;
      for (size_t k = 0; k + 1 < COUNT_OF(cut); k++)
        kernels->line_f32(&product, &(wg_range){0, 1, cut[k], cut[k + 1]}, NULL);
      assert_memory_equal(parts, whole, sizeof whole);
      operand_free(&a), operand_free(&b);
    }
}

/* c, and cᵀ = bᵀ·aᵀ, for these layouts. */
static void narrow_both_ways(const wg_kernels *kernels, wg_dtype dtype, int64_t rows, int64_t inner, int64_t columns,
                             int layout, double *c, double *c_turned) {
  operand a = operand_new(dtype, rows, inner, layout, 3),
          b = operand_new(dtype, inner, columns, ROWS_FAR_APART - layout, 4);
  double turned[LONGEST];
  const wg_matrix a_turned = {a.matrix.data, a.matrix.column, a.matrix.row};
  const wg_matrix b_turned = {b.matrix.data, b.matrix.column, b.matrix.row};
  narrow(kernels, dtype, &(wg_product){rows, inner, columns, a.matrix, b.matrix, c, columns});
  narrow(kernels, dtype, &(wg_product){columns, inner, rows, b_turned, a_turned, turned, rows});
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++)
      if (dtype == WG_F32)
        ((float *)c_turned)[i * columns + j] = ((float *)turned)[j * rows + i];
      else
        c_turned[i * columns + j] = turned[j * rows + i];
  operand_free(&a), operand_free(&b);
}

static void assert_same_bits(int64_t rows, int64_t columns) {
  const wg_kernels *kernels;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (size_t s = rows > 1 ? 0 : 5; s < COUNT_OF(inner_sizes); s++) {
      double c[LONGEST], c_turned[LONGEST], first[2][LONGEST]; /* without fused multiply-add, and with it */
      const size_t bytes = (size_t)(rows * columns) * wg_dtype_size(dtype);
      for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++)
        for (int layout = 0; layout <= ROWS_FAR_APART; layout++) { /* those that hold the same numbers */
          narrow_both_ways(kernels, dtype, rows, inner_sizes[s], columns, layout, c, c_turned);
          if (level < 2 && layout == 0) memcpy(first[level], c, bytes);
          assert_memory_equal(c, first[level > 0], bytes);
          assert_memory_equal(c_turned, c, bytes);
        }
    }
}

static void layouts_turning_and_levels_with_fused_multiply_add_have_the_same_bits(void **state) {
  (void)state;
  assert_same_bits(7, 5);
  assert_same_bits(1, 77);
}

/* 0·NaN and 0·∞ are NaN, and stay in the row and the column that they belong to. */
static void nan_and_infinity_reach_their_row_and_column_and_no_other(void **state) {
  (void)state;
  enum { ROWS = 6, INNER = 301, COLUMNS = 7 };
  const wg_kernels *kernels;
  for (int level = 0; (kernels = wg_kernels_at(level)) != NULL; level++) {
    static float a[ROWS * INNER], b[INNER * COLUMNS], c[ROWS * COLUMNS];
    a[2 * INNER + 300] = NAN;
    b[3 * COLUMNS + 6] = INFINITY;
    narrow(kernels, WG_F32, &(wg_product){ROWS, INNER, COLUMNS, {a, INNER, 1}, {b, COLUMNS, 1}, c, COLUMNS});
    for (int i = 0; i < ROWS; i++)
      for (int j = 0; j < COLUMNS; j++) assert_int_equal(isnan(c[i * COLUMNS + j]), i == 2 || j == 6);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_narrow_product_is_the_sum_of_products_in_all_sizes_and_layouts),
      cmocka_unit_test(a_matrix_times_a_vector_is_the_sum_of_products_in_all_sizes_and_layouts),
      cmocka_unit_test(a_matrix_times_a_vector_cut_into_ranges_has_the_same_bits),
      cmocka_unit_test(layouts_turning_and_levels_with_fused_multiply_add_have_the_same_bits),
      cmocka_unit_test(nan_and_infinity_reach_their_row_and_column_and_no_other),
  };
  return RUN_TESTS(tests);
}
