/* numbers.h: constants and expectations written as lists of numbers, on one tape for each test. */
#ifndef WG_TEST_NUMBERS_H
#define WG_TEST_NUMBERS_H

#include "../support.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define VALUES(...)                                                                                                    \
  COUNT_OF(((const double[]){__VA_ARGS__})), (const double[]) { __VA_ARGS__ }

static wg_tape *tape; /* of the test that runs */

static int setup(void **state) {
  (void)state;
  tape = wg_tape_new();
  return tape ? 0 : 1;
}

static int teardown(void **state) {
  (void)state;
  wg_tape_free(tape);
  return 0;
}

static wg_node *numbers(wg_shape shape, const double *values) { return wg_constant(tape, WG_F64, shape, values); }

#define VECTOR(...) numbers(WG_SHAPE(COUNT_OF(((const double[]){__VA_ARGS__}))), (const double[]){__VA_ARGS__})
#define MATRIX(rows, columns, ...) numbers(WG_SHAPE(rows, columns), (const double[]){__VA_ARGS__})

#endif
