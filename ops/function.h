/* function.h: the records of elementwise operations without attributes; for the files of ops/ only.
 *
 *     WG_FUNCTION_1(sin, .doc = …, .vjp = …, .notation = …, .samples = …)
 *
 * defines the record of y = sin(x) and the function wg_sin, for loops that WG_LOOP_1(sin, …) has defined before. */
#ifndef WG_FUNCTION_H
#define WG_FUNCTION_H

#include "loop.h"
#include "rule.h"

/* y = f(x), of the shape and dtype of x. */
#define WG_FUNCTION_1(word, ...)                                                                                       \
  const wg_op wg_op_##word = {.name = #word, .arity = 1, .infer = wg_infer_same, .loop = WG_LOOPS(word), __VA_ARGS__}; \
  wg_node *wg_##word(wg_node *x) { return wg_apply_1(&wg_op_##word, x, NULL); }

/* y = f(a, b), with NumPy's broadcasting. */
#define WG_FUNCTION_2(word, ...)                                                                                       \
  const wg_op wg_op_##word = {                                                                                         \
      .name = #word, .arity = 2, .infer = wg_infer_broadcast, .loop = WG_LOOPS(word), __VA_ARGS__};                    \
  wg_node *wg_##word(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_##word, a, b, NULL); }

/* y = f(x), recorded as other operations by word_of(x); of the shape and dtype of x. */
#define WG_COMPOSITE_1(word, ...)                                                                                      \
  static wg_node *word##_compose(const wg_draft *draft) { return word##_of(draft->inputs[0]); }                        \
  const wg_op wg_op_##word = {                                                                                         \
      .name = #word, .arity = 1, .infer = wg_infer_same, .compose = word##_compose, __VA_ARGS__};                      \
  wg_node *wg_##word(wg_node *x) { return wg_apply_1(&wg_op_##word, x, NULL); }

/* ---- Samples ---- */

/* clang-format off */

/* Of one input, drawn from one range: a matrix, a scalar and a matrix without elements. */
#define WG_SAMPLES_1(low, high)                                                                                        \
  {1, {WG_SAMPLE(low, high, 3, 4)}, {{0}}},                                                                            \
  {1, {WG_SAMPLE_SCALAR(low, high)}, {{0}}},                                                                           \
  {1, {WG_SAMPLE(low, high, 0, 3)}, {{0}}}

/* Of two inputs, each drawn from its own range: equal shapes, and every way to broadcast. */
#define WG_SAMPLES_2(low_a, high_a, low_b, high_b)                                                                     \
  {2, {WG_SAMPLE(low_a, high_a, 3, 4), WG_SAMPLE(low_b, high_b, 3, 4)}, {{0}}},                                        \
  {2, {WG_SAMPLE(low_a, high_a, 3, 4), WG_SAMPLE(low_b, high_b, 4)}, {{0}}},                                           \
  {2, {WG_SAMPLE(low_a, high_a, 3, 1), WG_SAMPLE(low_b, high_b, 2, 1, 4)}, {{0}}},                                     \
  {2, {WG_SAMPLE_SCALAR(low_a, high_a), WG_SAMPLE(low_b, high_b, 2, 3)}, {{0}}},                                       \
  {2, {WG_SAMPLE_SCALAR(low_a, high_a), WG_SAMPLE_SCALAR(low_b, high_b)}, {{0}}},                                      \
  {2, {WG_SAMPLE(low_a, high_a, 0, 3), WG_SAMPLE(low_b, high_b, 1, 3)}, {{0}}}

/* clang-format on */

/* A real number as an attribute of a sample: WG_SAMPLE_REAL("slope", 0.2). */
#define WG_SAMPLE_REAL(label, value)                                                                                   \
  { .name = (label), .kind = WG_ATTR_NUMBER, .number = (value) }

#endif
