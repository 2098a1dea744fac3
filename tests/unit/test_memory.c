/* Memory: checked sizes, arrays that grow, the arena, and strings that grow. */
#include "../support.h"

#include "../../engine/memory.h"
#include "../../engine/text.h"

#include <string.h>

/* ---- Sizes ---- */

static void sizes_that_overflow_are_refused(void **state) {
  (void)state;
  size_t result;
  assert_true(wg_size_multiply(1 << 20, 1 << 20, &result));
  assert_int_equal(result, (size_t)1 << 40);
  assert_false(wg_size_multiply(SIZE_MAX, 2, &result));
  assert_false(wg_size_multiply((size_t)1 << 32, (size_t)1 << 32, &result));
  assert_true(wg_size_multiply(0, SIZE_MAX, &result));
  assert_int_equal(result, 0);
  assert_true(wg_size_add(SIZE_MAX - 1, 1, &result));
  assert_false(wg_size_add(SIZE_MAX, 1, &result));
}

static void an_allocation_that_overflows_never_reaches_the_allocator(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  assert_null(wg_allocate(&allocator, SIZE_MAX, 2));
  assert_null(wg_allocate(&allocator, (size_t)1 << 63, 1)); /* more than pointers can be apart */
  assert_null(wg_allocate_zeroed(&allocator, SIZE_MAX / 2, 3));
  assert_int_equal(memory.calls, 0);
}

static void zero_bytes_are_a_valid_pointer(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  void *none = wg_allocate(&allocator, 0, 8);
  assert_non_null(none);
  wg_release(&allocator, none);
  wg_release(&allocator, NULL);
  assert_int_equal(memory.live, 0);
}

static void zeroed_memory_is_zero(void **state) {
  (void)state;
  unsigned char *bytes = wg_allocate_zeroed(&wg_allocator_default, 100, 10), zeros[1000] = {0};
  assert_non_null(bytes);
  assert_memory_equal(bytes, zeros, 1000);
  wg_release(&wg_allocator_default, bytes);
}

/* ---- Arrays that grow ---- */

static void a_growing_array_keeps_its_elements(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  int *array = NULL;
  size_t capacity = 0;
  for (size_t count = 0; count < 1000; count++) {
    array = wg_grow(&allocator, array, count, &capacity, sizeof *array);
    assert_non_null(array);
    assert_true(capacity > count);
    array[count] = (int)count;
  }
  for (int i = 0; i < 1000; i++) assert_int_equal(array[i], i);
  assert_int_equal(memory.live, 1);
  assert_true(memory.calls < 20); /* in proportion, not one by one */
  wg_release(&allocator, array);
}

static void a_growing_array_stays_as_it_was_without_memory(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  size_t capacity = 0;
  int *array = wg_grow(&allocator, NULL, 0, &capacity, sizeof *array);
  size_t before = capacity;
  array[0] = 42;
  memory = (failing_memory){.live = 1, .fail = 1, .for_good = true};
  assert_null(wg_grow(&allocator, array, before, &capacity, sizeof *array));
  assert_int_equal(capacity, before);
  assert_int_equal(array[0], 42);
  wg_release(&allocator, array);
}

static void an_array_cannot_grow_beyond_the_address_space(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  size_t capacity = SIZE_MAX - 5; /* half as much again wraps around */
  assert_null(wg_grow(&allocator, NULL, capacity, &capacity, 1));
  assert_int_equal(capacity, SIZE_MAX - 5);
  capacity = (size_t)1 << 60;
  assert_null(wg_grow(&allocator, NULL, capacity, &capacity, 16));
  assert_int_equal(memory.calls, 0);
}

/* ---- Arena ---- */

static void pieces_of_an_arena_are_aligned_apart_and_stay(void **state) {
  (void)state;
  enum { PIECES = 2000 };
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  wg_arena arena = {0};
  unsigned char *piece[PIECES];
  for (int i = 0; i < PIECES; i++) {
    size_t size = (size_t)(i * 37 % 501);
    piece[i] = wg_arena_take(&arena, &allocator, size);
    assert_non_null(piece[i]);
    assert_int_equal((uintptr_t)piece[i] % sizeof(double), 0);
    memset(piece[i], i & 255, size);
  }
  for (int i = 0; i < PIECES; i++)
    for (int k = 0; k < i * 37 % 501; k++) assert_int_equal(piece[i][k], i & 255);
  assert_true(memory.calls < 12); /* half a megabyte in blocks that double from 4096 on */
  wg_arena_free(&arena, &allocator);
  assert_int_equal(memory.live, 0);
  assert_null(arena.blocks);
}

static void an_empty_arena_gives_nothing_as_a_valid_pointer(void **state) {
  (void)state;
  wg_arena arena = {0};
  void *none = wg_arena_take(&arena, &wg_allocator_default, 0);
  assert_non_null(none);
  assert_non_null(arena.blocks);
  wg_arena_free(&arena, &wg_allocator_default);
}

static void a_piece_may_be_larger_than_any_block_so_far(void **state) {
  (void)state;
  wg_arena arena = {0};
  unsigned char *small = wg_arena_take(&arena, &wg_allocator_default, 10);
  memset(small, 7, 10);
  unsigned char *large = wg_arena_take(&arena, &wg_allocator_default, 1000000);
  assert_non_null(large);
  memset(large, 8, 1000000);
  unsigned char *after = wg_arena_take(&arena, &wg_allocator_default, 10);
  memset(after, 9, 10);
  assert_int_equal(small[9], 7);
  assert_int_equal(large[999999], 8);
  wg_arena_free(&arena, &wg_allocator_default);
}

static void an_arena_without_memory_says_so_and_goes_on(void **state) {
  (void)state;
  failing_memory memory = {.fail = 2};
  wg_allocator allocator = failing_allocator(&memory);
  wg_arena arena = {0};
  unsigned char *kept = wg_arena_take(&arena, &allocator, 4000);
  memset(kept, 5, 4000);
  assert_null(wg_arena_take(&arena, &allocator, 4000));
  assert_non_null(wg_arena_take(&arena, &allocator, 4000));
  assert_int_equal(kept[3999], 5);
  assert_null(wg_arena_take(&arena, &allocator, SIZE_MAX));
  assert_null(wg_arena_take(&arena, &allocator, SIZE_MAX - 20));
  assert_null(wg_arena_take(&arena, &allocator, PTRDIFF_MAX - 20));
  wg_arena_free(&arena, &allocator);
  assert_int_equal(memory.live, 0);
}

/* ---- Text ---- */

static void a_text_grows_by_strings_and_formats(void **state) {
  (void)state;
  wg_text text = WG_TEXT_EMPTY(&wg_allocator_default);
  assert_string_equal(wg_text_string(&text), "");
  wg_text_add(&text, "");
  assert_string_equal(text.data, "");
  for (int i = 0; i < 200; i++) wg_text_print(&text, "%d,", i);
  wg_text_add(&text, "end");
  wg_text_add_bytes(&text, "…", 3);
  assert_int_equal(text.length, 10 * 2 + 90 * 3 + 100 * 4 + 3 + 3);
  assert_int_equal(strlen(wg_text_string(&text)), text.length);
  assert_contains(wg_text_string(&text), ",199,end…");
  wg_text_free(&text);
  assert_null(text.data);
}

static void a_text_without_memory_is_empty_and_stays_so(void **state) {
  (void)state;
  failing_memory memory = {.fail = 2};
  wg_allocator allocator = failing_allocator(&memory);
  wg_text text = WG_TEXT_EMPTY(&allocator);
  wg_text_add(&text, "short");
  for (int i = 0; i < 100; i++) wg_text_add(&text, "0123456789");
  assert_true(text.failed);
  assert_string_equal(wg_text_string(&text), "");
  wg_text_free(&text);
  assert_int_equal(memory.live, 0);
}

static void message_of(char *message, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(message, size, format, arguments);
  va_end(arguments);
}

static void a_message_that_is_too_long_ends_with_a_whole_character(void **state) {
  (void)state;
  char message[8];
  message_of(message, sizeof message, "%s", "1234567");
  assert_string_equal(message, "1234567");
  message_of(message, sizeof message, "%s", "12345678");
  assert_string_equal(message, "1234567");
  message_of(message, sizeof message, "%s", "12345∂x"); /* ∂ is three bytes, of which two would fit */
  assert_string_equal(message, "12345");
  message_of(message, sizeof message, "%s", "123456∂x");
  assert_string_equal(message, "123456");
  message_of(message, sizeof message, "%s", "1234ŷ567");
  assert_string_equal(message, "1234ŷ5");
  message_of(message, 1, "%s", "anything");
  assert_string_equal(message, "");
}

static void a_name_is_cut_between_characters(void **state) {
  (void)state;
  assert_int_equal(wg_text_fit("abc", 60), 3);
  assert_int_equal(wg_text_fit("abc", 2), 2);
  assert_int_equal(wg_text_fit("", 60), 0);
  assert_int_equal(wg_text_fit("ab∂", 5), 5);
  assert_int_equal(wg_text_fit("ab∂", 4), 2);
  assert_int_equal(wg_text_fit("ab∂", 3), 2);
  assert_int_equal(wg_text_fit("∂", 2), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_that_overflow_are_refused),
      cmocka_unit_test(an_allocation_that_overflows_never_reaches_the_allocator),
      cmocka_unit_test(zero_bytes_are_a_valid_pointer),
      cmocka_unit_test(zeroed_memory_is_zero),
      cmocka_unit_test(a_growing_array_keeps_its_elements),
      cmocka_unit_test(a_growing_array_stays_as_it_was_without_memory),
      cmocka_unit_test(an_array_cannot_grow_beyond_the_address_space),
      cmocka_unit_test(pieces_of_an_arena_are_aligned_apart_and_stay),
      cmocka_unit_test(an_empty_arena_gives_nothing_as_a_valid_pointer),
      cmocka_unit_test(a_piece_may_be_larger_than_any_block_so_far),
      cmocka_unit_test(an_arena_without_memory_says_so_and_goes_on),
      cmocka_unit_test(a_text_grows_by_strings_and_formats),
      cmocka_unit_test(a_text_without_memory_is_empty_and_stays_so),
      cmocka_unit_test(a_message_that_is_too_long_ends_with_a_whole_character),
      cmocka_unit_test(a_name_is_cut_between_characters),
  };
  return RUN_TESTS(tests);
}
