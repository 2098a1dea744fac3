/* Where the largest element of each window is, against a walk over every window, one after the other: wide rows and narrow
 * ones, windows in part outside, ties and NaN. */
#include "../../models/random.h"
#include "../support.h"

#include <math.h>
#include <stdlib.h>

enum { PLANES = 3, SIDE_MOST = 150 };

typedef struct window {
  int64_t height, width, size[2], stride[2], padding[2], dilation[2];
  bool ceil;
} window;

/* Whole numbers, so that there are many ties, and a NaN now and then. */
static double value_drawn(wg_random *random) {
  return wg_random_below(random, 40) == 0 ? (double)NAN : (double)wg_random_below(random, 5) - 2;
}

static double get(const void *x, wg_dtype dtype, int64_t at) {
  return dtype == WG_F32 ? (double)((const float *)x)[at] : ((const double *)x)[at];
}

/* The first largest element of one window, or the first NaN. */
static int64_t largest(const window *w, const void *x, wg_dtype dtype, int64_t row, int64_t column) {
  int64_t at = -1;
  for (int64_t i = 0; i < w->size[0]; i++)
    for (int64_t j = 0; j < w->size[1]; j++) {
      const int64_t r = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
      const int64_t c = column * w->stride[1] - w->padding[1] + j * w->dilation[1];
      if (r < 0 || r >= w->height || c < 0 || c >= w->width) continue;
      const double next = get(x, dtype, r * w->width + c), best = at < 0 ? -INFINITY : get(x, dtype, at);
      if (at < 0 || (!isnan(best) && (isnan(next) || next > best))) at = r * w->width + c;
    }
  return at;
}

static void assert_pooled(const window *w, wg_dtype dtype) {
  static double memory[PLANES * SIDE_MOST * SIDE_MOST];
  wg_random random = wg_random_new((uint64_t)(w->height * 1000 + w->width), WG_STREAM_DATA);
  for (int64_t k = 0; k < PLANES * w->height * w->width; k++)
    if (dtype == WG_F32)
      ((float *)memory)[k] = (float)value_drawn(&random);
    else
      memory[k] = value_drawn(&random);
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", dtype, WG_SHAPE(1, PLANES, w->height, w->width));
  wg_node *y = wg_max_pool_index(x, w->size, w->stride, w->padding, w->dilation, w->ceil);
  assert_tape_good(tape);
  wg_plan *plan = wg_plan_new(1, &y);
  assert_int_equal(wg_bind(plan, x, memory), WG_OK);
  assert_int_equal(wg_run(plan), WG_OK);
  const int64_t *index = wg_data(plan, y), rows = wg_node_shape(y).size[2], columns = wg_node_shape(y).size[3];
  for (int64_t plane = 0; plane < PLANES; plane++) {
    const unsigned char *at =
        (const unsigned char *)memory + (size_t)(plane * w->height * w->width) * wg_dtype_size(dtype);
    for (int64_t row = 0; row < rows; row++)
      for (int64_t column = 0; column < columns; column++)
        assert_int_equal(*index++, largest(w, at, dtype, row, column));
  }
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void the_largest_element_of_each_window_is_found(void **state) {
  (void)state;
  const int64_t widths[] = {2, 5, 17, 28, 64, 131, SIDE_MOST};
  for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
    for (int64_t size = 1; size <= 3; size++)
      for (int64_t stride = 1; stride <= 3; stride++)
        for (int64_t padding = 0; padding <= size / 2; padding++)
          for (int64_t dilation = 1; dilation <= 2; dilation++) {
            const int64_t width = widths[k], height = 6 + width % 3;
            if ((size - 1) * dilation + 1 > width) continue;
            const window w = {height,        width,      {2, size}, {2, stride}, {padding && 1, padding},
                              {1, dilation}, stride == 2};
            assert_pooled(&w, WG_F32);
            assert_pooled(&w, WG_F64);
          }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_largest_element_of_each_window_is_found)};
  return RUN_TESTS(tests);
}
