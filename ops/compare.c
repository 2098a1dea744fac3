/* compare.c: masks, [a > b] and its five relatives: 1 where the comparison holds and 0 elsewhere.
 *
 * A mask is constant between the kinks, so it has no derivative by its inputs, by definition. */
#include "loop.h"
#include "rule.h"

static const wg_sample samples[] = {
    {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
    {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 4)}, {{0}}},
    {2, {WG_SAMPLE(-2, 2, 3, 1), WG_SAMPLE(-2, 2, 1, 4)}, {{0}}},
    {2, {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
    {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
    {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
    {0},
};

/* One comparison: its name, C's operator, and its sign in formulas. */
#define WG_COMPARISON(word, operator, sign, ascii_sign, latex_sign)                                                    \
  WG_LOOP_2(word, a operator b)                                                                                        \
  const wg_op wg_op_##word = {                                                                                         \
      .name = #word,                                                                                                   \
      .doc = "[a " sign " b]: 1 where it holds and 0 elsewhere, in the dtype of the inputs, elementwise, with "        \
             "NumPy's broadcasting. NaN is unequal to everything and neither greater nor less, as in IEEE 754. No "    \
             "derivatives.\n"                                                                                          \
             "Errors: shapes that do not broadcast together; integers, or two dtypes.",                                \
      .arity = 2,                                                                                                      \
      .nondifferentiable = WG_ALL_INPUTS,                                                                              \
      .infer = wg_infer_broadcast,                                                                                     \
      .loop = WG_LOOPS(word),                                                                                          \
      .notation = {.unicode = "[%-0 " sign " %-1]",                                                                    \
                   .ascii = "[%-0 " ascii_sign " %-1]",                                                                \
                   .latex = "[%-0 " latex_sign " %-1]"},                                                               \
      .samples = samples,                                                                                              \
  };                                                                                                                   \
  wg_node *wg_##word(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_##word, a, b, NULL); }

WG_COMPARISON(greater, >, ">", ">", ">")
WG_COMPARISON(greater_equal, >=, "≥", ">=", "\\geq")
WG_COMPARISON(less, <, "<", "<", "<")
WG_COMPARISON(less_equal, <=, "≤", "<=", "\\leq")
WG_COMPARISON(equal, ==, "=", "=", "=")
WG_COMPARISON(not_equal, !=, "≠", "!=", "\\neq")
