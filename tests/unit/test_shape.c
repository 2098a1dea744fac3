/* Shapes: their limits, their text, and broadcasting held against NumPy's rule. */
#include "../support.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static int64_t count_of(wg_shape shape) {
  int64_t count = -1;
  return wg_shape_count(&shape, &count) ? count : -1;
}

/* ---- Making and counting ---- */

static void a_shape_has_at_most_eight_sizes(void **state) {
  (void)state;
  const int64_t sizes[9] = {2, 1, 2, 1, 2, 1, 2, 1, 2};
  assert_int_equal(wg_shape_of(0, NULL).rank, 0);
  assert_int_equal(wg_shape_of(WG_RANK_MAX, sizes).rank, WG_RANK_MAX);
  assert_int_equal(count_of(wg_shape_of(WG_RANK_MAX, sizes)), 16);
  assert_int_equal(wg_shape_of(9, sizes).rank, -1);
  assert_int_equal(wg_shape_of(-1, sizes).rank, -1);
  assert_int_equal(wg_shape_of(2, NULL).rank, -1);
  assert_int_equal(count_of(wg_shape_of(9, sizes)), -1);
}

static void the_number_of_elements_is_the_product_of_the_sizes(void **state) {
  (void)state;
  assert_int_equal(count_of(WG_SCALAR), 1);
  assert_int_equal(count_of(WG_SHAPE(7)), 7);
  assert_int_equal(count_of(WG_SHAPE(300, 2)), 600);
  assert_int_equal(count_of(WG_SHAPE(2, 3, 4, 5)), 120);
}

static void a_size_may_be_zero_and_none_is_negative(void **state) {
  (void)state;
  assert_int_equal(count_of(WG_SHAPE(0)), 0);
  assert_int_equal(count_of(WG_SHAPE(5, 0, 3)), 0);
  assert_int_equal(count_of(WG_SHAPE(-1)), -1);
  assert_int_equal(count_of(WG_SHAPE(0, -1)), -1);
  assert_int_equal(count_of(WG_SHAPE(-1, 0)), -1);
  assert_int_equal(count_of(WG_SHAPE(-3, -3)), -1);
  assert_int_equal(count_of(WG_SHAPE(INT64_MIN)), -1);
}

static void a_tensor_never_takes_more_than_half_the_address_space(void **state) {
  (void)state;
  const int64_t most = PTRDIFF_MAX / 8; /* elements of eight bytes */
  assert_int_equal(count_of(WG_SHAPE(most)), most);
  assert_int_equal(count_of(WG_SHAPE(most + 1)), -1);
  assert_int_equal(count_of(WG_SHAPE(INT64_C(1) << 30, INT64_C(1) << 29)), INT64_C(1) << 59);
  assert_int_equal(count_of(WG_SHAPE(INT64_C(1) << 30, INT64_C(1) << 30)), -1);
  assert_int_equal(count_of(WG_SHAPE(INT64_MAX, INT64_MAX, INT64_MAX)), -1);
  /* 2^32·2^32 is 0 in 64 bits */
  assert_int_equal(count_of(WG_SHAPE(INT64_C(1) << 32, INT64_C(1) << 32)), -1);
}

static void a_zero_does_not_hide_sizes_that_overflow(void **state) {
  (void)state;
  assert_int_equal(count_of(WG_SHAPE(0, INT64_C(1) << 40, INT64_C(1) << 40)), -1);
  assert_int_equal(count_of(WG_SHAPE(INT64_C(1) << 40, INT64_C(1) << 40, 0)), -1);
  assert_int_equal(count_of(WG_SHAPE(INT64_C(1) << 40, 0)), 0);
}

static void shapes_are_equal_if_all_sizes_are(void **state) {
  (void)state;
  wg_shape a = WG_SHAPE(2, 3), b = WG_SHAPE(2, 3), c = WG_SHAPE(3, 2), d = WG_SHAPE(2, 3, 1), scalar = WG_SCALAR;
  assert_true(wg_shape_equal(&a, &b));
  assert_false(wg_shape_equal(&a, &c));
  assert_false(wg_shape_equal(&a, &d));
  assert_true(wg_shape_equal(&scalar, &scalar));
  b.size[5] = 77; /* beyond the rank */
  assert_true(wg_shape_equal(&a, &b));
}

static void an_invalid_rank_equals_nothing_and_broadcasts_with_nothing(void **state) {
  (void)state;
  wg_shape good = WG_SHAPE(1), result, bad[] = {{.rank = -1}, {.rank = 9}, {.rank = 1 << 20}};
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    assert_int_equal(count_of(bad[i]), -1);
    assert_false(wg_shape_equal(&bad[i], &bad[i]));
    assert_false(wg_shape_broadcast(&good, &bad[i], &result));
    assert_false(wg_shape_broadcast(&bad[i], &good, &result));
  }
}

/* ---- Text ---- */

static void a_shape_prints_as_its_sizes_in_parentheses(void **state) {
  (void)state;
  char text[WG_SHAPE_TEXT_SIZE];
  wg_shape matrix = WG_SHAPE(300, 2), vector = WG_SHAPE(4), scalar = WG_SCALAR;
  assert_string_equal(wg_shape_text(&matrix, text), "(300,2)");
  assert_string_equal(wg_shape_text(&vector, text), "(4)");
  assert_string_equal(wg_shape_text(&scalar, text), "()");
}

static void the_longest_text_of_a_shape_fits_the_buffer(void **state) {
  (void)state;
  char text[WG_SHAPE_TEXT_SIZE + 1];
  memset(text, 'x', sizeof text);
  wg_shape wide = {.rank = WG_RANK_MAX};
  for (int axis = 0; axis < WG_RANK_MAX; axis++) wide.size[axis] = INT64_MIN;
  wg_shape_text(&wide, text);
  assert_int_equal(text[WG_SHAPE_TEXT_SIZE], 'x');
  assert_int_equal(text[strlen(text) - 1], ')');
  assert_int_equal(strlen(text), 2 + 8 * strlen("-9223372036854775808") + 7);
}

/* ---- Broadcasting ---- */

/* The examples of NumPy's user guide, "Broadcasting"; a result of rank −1 says that they do not fit. */
static void broadcasting_agrees_with_numpys_user_guide(void **state) {
  (void)state;
  const struct {
    wg_shape a, b, result;
  } table[] = {
      {WG_SHAPE(256, 256, 3), WG_SHAPE(3), WG_SHAPE(256, 256, 3)},
      {WG_SHAPE(8, 1, 6, 1), WG_SHAPE(7, 1, 5), WG_SHAPE(8, 7, 6, 5)},
      {WG_SHAPE(5, 4), WG_SHAPE(1), WG_SHAPE(5, 4)},
      {WG_SHAPE(5, 4), WG_SHAPE(4), WG_SHAPE(5, 4)},
      {WG_SHAPE(15, 3, 5), WG_SHAPE(15, 1, 5), WG_SHAPE(15, 3, 5)},
      {WG_SHAPE(15, 3, 5), WG_SHAPE(3, 5), WG_SHAPE(15, 3, 5)},
      {WG_SHAPE(15, 3, 5), WG_SHAPE(3, 1), WG_SHAPE(15, 3, 5)},
      {WG_SHAPE(4, 1), WG_SHAPE(3), WG_SHAPE(4, 3)},
      {WG_SCALAR, WG_SHAPE(2, 2), WG_SHAPE(2, 2)},
      {WG_SCALAR, WG_SCALAR, WG_SCALAR},
      {WG_SHAPE(3), WG_SHAPE(4), {.rank = -1}},
      {WG_SHAPE(2, 1), WG_SHAPE(8, 4, 3), {.rank = -1}},
      /* strict: 6 is a multiple of 3, and that is not enough */
      {WG_SHAPE(6), WG_SHAPE(3), {.rank = -1}},
      {WG_SHAPE(300, 4), WG_SHAPE(300), {.rank = -1}},
      /* nothing is a size like any other */
      {WG_SHAPE(0), WG_SHAPE(1), WG_SHAPE(0)},
      {WG_SHAPE(0), WG_SHAPE(0), WG_SHAPE(0)},
      {WG_SHAPE(0), WG_SHAPE(3), {.rank = -1}},
      {WG_SHAPE(0, 1), WG_SHAPE(5), WG_SHAPE(0, 5)},
  };
  for (size_t i = 0; i < COUNT_OF(table); i++) {
    wg_shape result, swapped;
    bool fits = wg_shape_broadcast(&table[i].a, &table[i].b, &result);
    assert_int_equal(fits, table[i].result.rank >= 0);
    assert_int_equal(wg_shape_broadcast(&table[i].b, &table[i].a, &swapped), fits);
    if (!fits) continue;
    assert_true(wg_shape_equal(&result, &table[i].result));
    assert_true(wg_shape_equal(&swapped, &table[i].result));
  }
}

/* The shape number k of those with up to three sizes, each 0 … 3. */
static wg_shape shape_number(int k) {
  wg_shape shape = {.rank = k % 4};
  for (int axis = 0; axis < shape.rank; axis++) shape.size[axis] = k >> (2 + 2 * axis) & 3;
  return shape;
}

/* Stated otherwise: fill both up with sizes of 1 in front; then, in each column, the sizes other than 1 are all equal,
 * and the result has that size, or 1 if there is none. */
static void broadcasting_fills_up_with_ones_in_front(void **state) {
  (void)state;
  for (int k = 0; k < 256 * 256; k++) {
    wg_shape pair[2] = {shape_number(k & 255), shape_number(k >> 8)}, result = {.rank = 0};
    int rank = pair[0].rank > pair[1].rank ? pair[0].rank : pair[1].rank;
    int64_t column[3] = {1, 1, 1};
    bool fits = true;
    for (int which = 0; which < 2; which++)
      for (int axis = 0; axis < pair[which].rank; axis++) {
        int64_t size = pair[which].size[axis], *wide = &column[axis + rank - pair[which].rank];
        if (size == 1) continue;
        if (*wide != 1 && *wide != size) fits = false;
        *wide = size;
      }
    assert_int_equal(wg_shape_broadcast(&pair[0], &pair[1], &result), fits);
    if (!fits) continue;
    wg_shape expected = wg_shape_of(rank, column);
    assert_true(wg_shape_equal(&result, &expected));
  }
}

static void the_result_of_broadcasting_may_be_an_operand(void **state) {
  (void)state;
  wg_shape a = WG_SHAPE(3, 1), b = WG_SHAPE(2, 1, 4), expected = WG_SHAPE(2, 3, 4);
  assert_true(wg_shape_broadcast(&a, &b, &a));
  assert_true(wg_shape_equal(&a, &expected));
  wg_shape c = WG_SHAPE(3, 1);
  assert_true(wg_shape_broadcast(&c, &b, &b));
  assert_true(wg_shape_equal(&b, &expected));
}

/* ---- Element types and statuses ---- */

static void element_types_have_a_size_and_a_name(void **state) {
  (void)state;
  assert_int_equal(wg_dtype_size(WG_F32), 4);
  assert_int_equal(wg_dtype_size(WG_F64), 8);
  assert_int_equal(wg_dtype_size(WG_I64), 8);
  assert_int_equal(wg_dtype_size((wg_dtype)99), 0);
  assert_string_equal(wg_dtype_text(WG_F32), "f32");
  assert_string_equal(wg_dtype_text(WG_F64), "f64");
  assert_string_equal(wg_dtype_text(WG_I64), "i64");
  assert_non_null(wg_dtype_text((wg_dtype)99));
}

static void every_status_has_words_of_its_own(void **state) {
  (void)state;
  for (int a = WG_OK; a <= WG_ERROR_FILE + 1; a++) {
    assert_non_null(wg_status_text((wg_status)a));
    for (int b = WG_OK; b < a; b++) assert_string_not_equal(wg_status_text((wg_status)a), wg_status_text((wg_status)b));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_shape_has_at_most_eight_sizes),
      cmocka_unit_test(the_number_of_elements_is_the_product_of_the_sizes),
      cmocka_unit_test(a_size_may_be_zero_and_none_is_negative),
      cmocka_unit_test(a_tensor_never_takes_more_than_half_the_address_space),
      cmocka_unit_test(a_zero_does_not_hide_sizes_that_overflow),
      cmocka_unit_test(shapes_are_equal_if_all_sizes_are),
      cmocka_unit_test(an_invalid_rank_equals_nothing_and_broadcasts_with_nothing),
      cmocka_unit_test(a_shape_prints_as_its_sizes_in_parentheses),
      cmocka_unit_test(the_longest_text_of_a_shape_fits_the_buffer),
      cmocka_unit_test(broadcasting_agrees_with_numpys_user_guide),
      cmocka_unit_test(broadcasting_fills_up_with_ones_in_front),
      cmocka_unit_test(the_result_of_broadcasting_may_be_an_operand),
      cmocka_unit_test(element_types_have_a_size_and_a_name),
      cmocka_unit_test(every_status_has_words_of_its_own),
  };
  return RUN_TESTS(tests);
}
