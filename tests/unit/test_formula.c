/* Names, numbers and formulas of single nodes, in three scripts. */
#include "../../engine/formula.h"
#include "../support.h"

#include <math.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void assert_formula(const wg_node *node, wg_script script, const char *expected) {
  char text[400];
  assert_int_equal(wg_formula(node, script, text, sizeof text), strlen(expected));
  assert_string_equal(text, expected);
}

static void assert_symbol(const wg_node *node, const char *unicode, const char *ascii, const char *latex) {
  const char *const expected[] = {unicode, ascii, latex};
  char text[100];
  for (int script = WG_UNICODE; script <= WG_LATEX; script++) {
    assert_int_equal(wg_symbol(node, (wg_script)script, text, sizeof text), strlen(expected[script]));
    assert_string_equal(text, expected[script]);
  }
}

/* ---- Symbols ---- */

static void names_in_three_scripts(void **state) {
  (void)state;
  static const struct {
    const char *name, *ascii, *latex;
  } names[] = {
      {"X", "X", "X"},
      {"Z1", "Z1", "Z_{1}"},
      {"W12", "W12", "W_{12}"},
      {"W₁₂", "W12", "W_{12}"},
      {"ŷ", "yhat", "\\hat{y}"},
      {"y\u0302", "yhat", "\\hat{y}"},
      {"ŷ2", "yhat2", "\\hat{y}_{2}"},
      {"x̄", "xbar", "\\bar{x}"},
      {"ñ", "ntilde", "\\tilde{n}"},
      {"λ", "lambda", "\\lambda"},
      {"ε", "epsilon", "\\varepsilon"},
      {"θ̂", "thetahat", "\\hat{\\theta }"},
      {"∂W1", "dW1", "\\partial W_{1}"},
      {"∂", "d", "\\partial "},
      {"loss", "loss", "\\mathrm{loss}"},
      {"W_out", "W_out", "W_{\\mathrm{out}}"},
      {"W_i", "W_i", "W_{i}"},
      {"W_12", "W_12", "W_{12}"},
      {"dense1.W_h2", "dense1.W_h2", "\\mathrm{dense1.W}_{\\mathrm{h2}}"},
      {"a_b_c", "a_b_c", "a_{\\mathrm{b\\_c}}"},
      {"100%", "100%", "\\mathrm{100\\%}"},
      {"a b", "a b", "\\mathrm{a\\ b}"},
      {"{x}", "{x}", "\\mathrm{\\{x\\}}"},
      {"x~y^\\", "x~y^\\", "\\mathrm{x\\sim y\\wedge \\backslash}"},
  };
  wg_tape *tape = wg_tape_new();
  for (size_t i = 0; i < COUNT_OF(names); i++)
    assert_symbol(wg_param(tape, names[i].name, WG_F64, WG_SCALAR), names[i].name, names[i].ascii, names[i].latex);
  wg_tape_free(tape);
}

static void no_name_can_tamper_with_a_terminal(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  assert_symbol(wg_param(tape, "a\x1b[31m\n", WG_F64, WG_SCALAR), "a\uFFFD[31m\uFFFD", "a?[31m?", "\\mathrm{a?[31m?}");
  assert_symbol(wg_param(tape, "\xff\xc0\xafz\xe2\x88", WG_F64, WG_SCALAR), "\uFFFD\uFFFD\uFFFDz\uFFFD", "???z?",
                "\\mathrm{???z?}");
  assert_symbol(wg_param(tape, "\xed\xa0\x80", WG_F64, WG_SCALAR), "\uFFFD", "?", "?"); /* a surrogate */
  assert_symbol(wg_param(tape, "a\u202Eb\xc2\x9b", WG_F64, WG_SCALAR), "a\uFFFDb\uFFFD", "a?b?", "\\mathrm{a?b?}");
  wg_tape_free(tape);
}

static void nodes_without_a_name_have_their_place(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, NULL, WG_F64, WG_SHAPE(2)), *y = wg_exp(x);
  wg_node *c = wg_constant(tape, WG_F64, WG_SHAPE(2), (double[]){1, 2});
  assert_symbol(x, "v0", "v0", "v_{0}");
  assert_symbol(y, "v1", "v1", "v_{1}");
  assert_symbol(c, "c2", "c2", "c_{2}");
  assert_symbol(wg_name(y, ""), "v1", "v1", "v_{1}");
  assert_symbol(NULL, "?", "?", "?");
  wg_tape_free(tape);
}

static void numbers_have_the_fewest_digits(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *unicode, *ascii, *latex;
  } numbers[] = {
      {0, "0", "0", "0"},
      {1, "1", "1", "1"},
      {-3, "−3", "-3", "-3"},
      {0.001, "0.001", "0.001", "0.001"},
      {3 * 0.1, "0.3", "0.3", "0.3"},
      {1.0 / 3, "0.3333333333333333", "0.3333333333333333", "0.3333333333333333"},
      {1e-5, "1e-5", "1e-5", "10^{-5}"},
      {-2.5e20, "−2.5e20", "-2.5e20", "-2.5 \\cdot 10^{20}"},
      {123456789, "123456789", "123456789", "123456789"},
      {100000, "100000", "100000", "100000"},
      {5e-324, "5e-324", "5e-324", "5 \\cdot 10^{-324}"},
      {INFINITY, "∞", "inf", "\\infty"},
      {-INFINITY, "−∞", "-inf", "-\\infty"},
      {NAN, "nan", "nan", "\\mathrm{nan}"},
  };
  wg_tape *tape = wg_tape_new();
  for (size_t i = 0; i < COUNT_OF(numbers); i++)
    assert_symbol(wg_fill(tape, WG_F64, WG_SHAPE(2, 2), numbers[i].value), numbers[i].unicode, numbers[i].ascii,
                  numbers[i].latex);
  assert_symbol(wg_fill(tape, WG_F32, WG_SCALAR, (double)0.1f), "0.1", "0.1", "0.1");
  assert_symbol(wg_fill_over(tape, WG_F64, WG_SCALAR, 2, 300), "2 / 300", "2 / 300", "\\frac{2}{300}");
  wg_tape_free(tape);
}

static void widths_are_those_of_a_terminal(void **state) {
  (void)state;
  assert_int_equal(wg_text_width(""), 0);
  assert_int_equal(wg_text_width("A1ᵀ·∂Z2 / m"), 11);
  assert_int_equal(wg_text_width("ŷ y\u0302"), 3);
  assert_int_equal(wg_text_width("日本"), 4);
  assert_int_equal(wg_text_width("𝟏"), 1);
  assert_int_equal(wg_text_width("\xff"), 1);
}

/* ---- Formulas ---- */

static void a_formula_goes_down_to_the_names(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(300, 2)), *W1 = wg_param(tape, "W1", WG_F64, WG_SHAPE(2, 4));
  wg_node *b1 = wg_param(tape, "b1", WG_F64, WG_SHAPE(1, 4));
  wg_node *Z1 = wg_name(wg_add_bias(wg_matmul(X, W1), b1), "Z1"), *A1 = wg_name(wg_relu(Z1), "A1");
  assert_formula(Z1, WG_UNICODE, "X·W1 + b1");
  assert_formula(Z1, WG_ASCII, "X . W1 + b1");
  assert_formula(Z1, WG_LATEX, "X W_{1} + b_{1}");
  assert_formula(A1, WG_UNICODE, "max(0, Z1)");
  assert_formula(X, WG_UNICODE, "X");
  assert_formula(wg_mean_all(wg_square(A1)), WG_UNICODE, "Σ A1² / 1200");
  assert_formula(wg_fill(tape, WG_F64, WG_SCALAR, 0.5), WG_UNICODE, "0.5");
  wg_tape_free(tape);
}

static void parentheses_stand_where_they_are_needed(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_shape shape = WG_SHAPE(3, 3);
  wg_node *A = wg_param(tape, "A", WG_F64, shape), *B = wg_param(tape, "B", WG_F64, shape);
  wg_node *C = wg_param(tape, "C", WG_F64, shape);
  assert_formula(wg_mul(wg_matmul(A, B), C), WG_UNICODE, "A·B ⊙ C");
  assert_formula(wg_mul(A, wg_matmul(B, C)), WG_UNICODE, "A ⊙ B·C");
  assert_formula(wg_matmul(A, wg_mul(B, C)), WG_UNICODE, "A·(B ⊙ C)");
  assert_formula(wg_matmul(wg_mul(A, B), C), WG_UNICODE, "(A ⊙ B)·C");
  assert_formula(wg_matmul(A, wg_scale(B, 2)), WG_UNICODE, "A·(2·B)");
  assert_formula(wg_matmul(wg_matmul(A, B), C), WG_UNICODE, "A·B·C");
  assert_formula(wg_transpose(wg_matmul(A, B)), WG_UNICODE, "(A·B)ᵀ");
  assert_formula(wg_square(wg_transpose(A)), WG_LATEX, "(A^{\\top})^{2}");
  assert_formula(wg_sub(A, wg_sub(B, C)), WG_UNICODE, "A − (B − C)");
  assert_formula(wg_sub(wg_sub(A, B), C), WG_UNICODE, "A − B − C");
  assert_formula(wg_mul(wg_add(A, B), C), WG_UNICODE, "(A + B) ⊙ C");
  assert_formula(wg_div(A, wg_mul(B, C)), WG_UNICODE, "A / (B ⊙ C)");
  assert_formula(wg_div(wg_add(A, B), C), WG_LATEX, "\\frac{A + B}{C}");
  wg_tape_free(tape);
}

static void two_signs_in_a_row_become_one(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_shape shape = WG_SHAPE(3, 3);
  wg_node *A = wg_param(tape, "A", WG_F64, shape), *B = wg_param(tape, "B", WG_F64, shape);
  assert_formula(wg_add(A, wg_neg(B)), WG_UNICODE, "A − B");
  assert_formula(wg_add(A, wg_neg(B)), WG_ASCII, "A - B");
  assert_formula(wg_add(A, wg_neg(B)), WG_LATEX, "A - B");
  assert_formula(wg_sub(A, wg_scale(B, -2)), WG_UNICODE, "A + 2·B");
  assert_formula(wg_sub(A, wg_scale(B, -2)), WG_ASCII, "A + 2 * B");
  assert_formula(wg_add(A, wg_add(wg_neg(B), A)), WG_UNICODE, "A − B + A");
  assert_formula(wg_sub(A, wg_add(wg_neg(B), A)), WG_UNICODE, "A − (−B + A)");
  assert_formula(wg_mul(A, wg_neg(B)), WG_UNICODE, "A ⊙ (−B)");
  assert_formula(wg_mul(wg_neg(A), B), WG_UNICODE, "−A ⊙ B");
  assert_formula(wg_matmul(wg_neg(A), B), WG_UNICODE, "(−A)·B");
  assert_formula(wg_exp(wg_neg(A)), WG_UNICODE, "exp(−A)");
  assert_formula(wg_add(A, wg_fill(tape, WG_F64, WG_SCALAR, -1)), WG_UNICODE, "A − 1");
  assert_formula(wg_square(wg_neg(A)), WG_UNICODE, "(−A)²");
  wg_tape_free(tape);
}

static void what_is_used_twice_or_lies_deep_is_not_written_out(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *v = x;
  wg_node *twice = wg_exp(wg_neg(x)); /* v1, v2 */
  assert_formula(wg_mul(twice, wg_add(twice, x)), WG_UNICODE, "v2 ⊙ (v2 + x)");
  wg_node *small = wg_neg(x);
  assert_formula(wg_add(small, wg_exp(small)), WG_UNICODE, "−x + exp(−x)");
  for (int k = 0; k < 30; k++) v = wg_tanh(v);
  char text[400];
  assert_in_range(wg_formula(v, WG_UNICODE, text, sizeof text), 10, 100);
  for (int k = 0; k < 100; k++) v = wg_mul(v, v);
  assert_in_range(wg_formula(v, WG_UNICODE, text, sizeof text), 10, 100);
  wg_tape_free(tape);
}

static void a_seed_used_as_a_number_is_written_as_one(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SCALAR), *y = wg_sigmoid(x), *dx;
  wg_name(y, "y");
  wg_grad(y, 1, &x, &dx);
  wg_name(wg_adjoint(y, y), "∂y");
  assert_formula(wg_sub(wg_adjoint(y, y), x), WG_UNICODE, "1 − x");
  assert_symbol(wg_adjoint(y, y), "∂y", "dy", "\\partial y");
  wg_node *half = wg_fill(tape, WG_F64, WG_SCALAR, 0.5);
  wg_name(half, "η");
  assert_formula(wg_mul(half, x), WG_UNICODE, "η·x");
  wg_tape_free(tape);
}

static void a_short_buffer_gets_whole_characters(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "λλ", WG_F64, WG_SHAPE(2)), *y = wg_square(x); /* λλ², of 2 + 2 + 2 bytes */
  char text[8];
  static const char *const expected[] = {NULL, "", "", "λ", "λ", "λλ", "λλ", "λλ²"};
  for (size_t size = 1; size <= 7; size++) {
    memset(text, '#', sizeof text);
    assert_int_equal(wg_formula(y, WG_UNICODE, text, size), 6);
    assert_string_equal(text, expected[size]);
    assert_true(size == 8 || text[size] == '#');
  }
  assert_int_equal(wg_formula(y, WG_UNICODE, NULL, 0), 6);
  assert_int_equal(wg_symbol(x, WG_UNICODE, NULL, 0), 4);
  wg_tape_free(tape);
}

/* ---- Operations with little notation, or none ---- */

static wg_node *record(const wg_op *op, wg_node *a, wg_node *b, const wg_attr *attrs) {
  return wg_apply(op, 2, (wg_node *[]){a, b}, attrs);
}

static void an_operation_without_notation_is_a_call(void **state) {
  (void)state;
  static const wg_op plain = {.name = "cross_mix", .arity = 2, .infer = wg_infer_same};
  static const wg_op ascii_only = {
      .name = "o", .arity = 2, .infer = wg_infer_same, .notation = {.ascii = "%0 @ %1", .binds = WG_BINDS_SUM}};
  static const wg_attr attrs[] = {{.name = "axes", .kind = WG_ATTR_INTEGERS},
                                  {.name = "p", .kind = WG_ATTR_NUMBER, .number = 0.25},
                                  {.name = "mode", .kind = WG_ATTR_TEXT, .text = "a_b"},
                                  {.name = "k", .kind = WG_ATTR_INTEGER, .integer = -7},
                                  {0}};
  static const wg_op fields = {
      .name = "f",
      .arity = 2,
      .attrs = attrs,
      .infer = wg_infer_same,
      .notation = {.unicode = "%{axes}|%{p}|%{mode}|%{k}|%{none}|%%|%*|%9", .latex = "%{mode}%"}};
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2));
  wg_node *sum = wg_add(a, b);
  assert_formula(record(&plain, sum, b, NULL), WG_UNICODE, "cross_mix(a + b, b)");
  assert_formula(record(&plain, sum, b, NULL), WG_LATEX, "\\operatorname{cross\\_mix}(a + b, b)");
  assert_formula(wg_mul(record(&plain, a, b, NULL), b), WG_ASCII, "cross_mix(a, b) * b");
  assert_formula(record(&ascii_only, sum, b, NULL), WG_UNICODE, "a + b @ b");
  assert_formula(wg_mul(record(&ascii_only, a, b, NULL), b), WG_UNICODE, "(a @ b) ⊙ b");
  assert_formula(wg_mul(record(&ascii_only, a, b, NULL), b), WG_LATEX, "\\operatorname{o}(a, b) \\odot b");
  wg_node *y = record(&fields, sum, b, (wg_attr[]){wg_attr_integers("axes", 2, (int64_t[]){0, 1}), {0}});
  assert_tape_good(tape);
  assert_formula(y, WG_UNICODE, "0,1|0.25|a_b|−7||%|a + b, b|");
  assert_formula(y, WG_LATEX, "a_{b}");
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_in_three_scripts),
      cmocka_unit_test(no_name_can_tamper_with_a_terminal),
      cmocka_unit_test(nodes_without_a_name_have_their_place),
      cmocka_unit_test(numbers_have_the_fewest_digits),
      cmocka_unit_test(widths_are_those_of_a_terminal),
      cmocka_unit_test(a_formula_goes_down_to_the_names),
      cmocka_unit_test(parentheses_stand_where_they_are_needed),
      cmocka_unit_test(two_signs_in_a_row_become_one),
      cmocka_unit_test(what_is_used_twice_or_lies_deep_is_not_written_out),
      cmocka_unit_test(a_seed_used_as_a_number_is_written_as_one),
      cmocka_unit_test(a_short_buffer_gets_whole_characters),
      cmocka_unit_test(an_operation_without_notation_is_a_call),
  };
  return RUN_TESTS(tests);
}
