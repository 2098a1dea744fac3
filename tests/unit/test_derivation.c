/* The printed derivations, line by line, against the lecture notes and against derivations made by hand. */
#include "../../engine/derivation.h"
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct expected_line {
  const char *left, *right, *shapes;
} expected_line;

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define NODES(...)                                                                                                     \
  COUNT_OF(((wg_node *[]){__VA_ARGS__})), (wg_node *[]) { __VA_ARGS__ }
#define LINES(...)                                                                                                     \
  COUNT_OF(((expected_line[]){__VA_ARGS__})), (const expected_line[]) { __VA_ARGS__ }

static void assert_derivation(wg_node *root, size_t count, wg_node *const *wrt, wg_form form, wg_script script,
                              size_t line_count, const expected_line *lines) {
  assert_tape_good(wg_node_tape(root));
  wg_derivation *derivation = wg_derivation_new(root, count, wrt, form, script);
  assert_string_equal(wg_derivation_error(derivation), "");
  assert_int_equal(wg_derivation_status(derivation), WG_OK);
  for (size_t i = 0; i < line_count && i < wg_derivation_count(derivation); i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    assert_string_equal(line->left, lines[i].left);
    assert_string_equal(line->right, lines[i].right);
    if (lines[i].shapes) assert_string_equal(line->shapes, lines[i].shapes);
  }
  assert_int_equal(wg_derivation_count(derivation), line_count);
  assert_null(wg_derivation_at(derivation, line_count));
  wg_derivation_free(derivation);
}

static int64_t samples_of(wg_node *root, size_t count, wg_node *const *wrt) {
  wg_derivation *derivation = wg_derivation_new(root, count, wrt, WG_FORM_LECTURE, WG_UNICODE);
  int64_t samples = wg_derivation_samples(derivation);
  wg_derivation_free(derivation);
  return samples;
}

/* ---- Net D ---- */

typedef struct two_layers {
  wg_tape *tape;
  wg_node *X, *Y, *W1, *b1, *W2, *b2, *Z1, *A1, *Z2, *A2, *J;
} two_layers;

static two_layers net_d(void) {
  two_layers n = {.tape = wg_tape_new()};
  n.X = wg_input(n.tape, "X", WG_F64, WG_SHAPE(300, 2));
  n.Y = wg_input(n.tape, "Y", WG_F64, WG_SHAPE(300, 3));
  n.W1 = wg_param(n.tape, "W1", WG_F64, WG_SHAPE(2, 4));
  n.b1 = wg_param(n.tape, "b1", WG_F64, WG_SHAPE(1, 4));
  n.W2 = wg_param(n.tape, "W2", WG_F64, WG_SHAPE(4, 3));
  n.b2 = wg_param(n.tape, "b2", WG_F64, WG_SHAPE(1, 3));
  n.Z1 = wg_name(wg_add_bias(wg_matmul(n.X, n.W1), n.b1), "Z1");
  n.A1 = wg_name(wg_relu(n.Z1), "A1");
  n.Z2 = wg_name(wg_add_bias(wg_matmul(n.A1, n.W2), n.b2), "Z2");
  n.A2 = wg_name(wg_softmax(n.Z2, -1), "A2");
  n.J = wg_name(wg_softmax_cross_entropy(n.Z2, n.Y), "J");
  return n;
}

static void net_d_reads_as_the_lecture_line_for_line(void **state) {
  (void)state;
  two_layers n = net_d();
  assert_derivation(n.J, NODES(n.W1, n.b1, n.W2, n.b2), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z2", "A2 − Y", "(300,3)"},                     //
                          {"∂W2", "A1ᵀ·∂Z2 / m", "(4,300)(300,3) → (4,3)"}, //
                          {"∂b2", "Σ_rows ∂Z2 / m", "(1,3)"},               //
                          {"∂A1", "∂Z2·W2ᵀ", "(300,3)(3,4) → (300,4)"},     //
                          {"∂Z1", "∂A1 ⊙ [Z1 > 0]", "(300,4)"},             //
                          {"∂W1", "Xᵀ·∂Z1 / m", "(2,300)(300,4) → (2,4)"},  //
                          {"∂b1", "Σ_rows ∂Z1 / m", "(1,4)"}));
  assert_int_equal(samples_of(n.J, NODES(n.W1, n.b1, n.W2, n.b2)), 300);
  wg_tape_free(n.tape);
}

static void the_engine_form_has_the_mean_from_the_loss_on(void **state) {
  (void)state;
  two_layers n = net_d();
  assert_derivation(n.J, NODES(n.W1, n.b1, n.W2, n.b2), WG_FORM_ENGINE, WG_UNICODE,
                    LINES({"∂Z2", "(A2 − Y) / m", "(300,3)"},           //
                          {"∂W2", "A1ᵀ·∂Z2", "(4,300)(300,3) → (4,3)"}, //
                          {"∂b2", "Σ_rows ∂Z2", "(1,3)"},               //
                          {"∂A1", "∂Z2·W2ᵀ", "(300,3)(3,4) → (300,4)"}, //
                          {"∂Z1", "∂A1 ⊙ [Z1 > 0]", "(300,4)"},         //
                          {"∂W1", "Xᵀ·∂Z1", "(2,300)(300,4) → (2,4)"},  //
                          {"∂b1", "Σ_rows ∂Z1", "(1,4)"}));
  wg_tape_free(n.tape);
}

static void net_d_in_ascii(void **state) {
  (void)state;
  two_layers n = net_d();
  assert_derivation(n.J, NODES(n.W1, n.b1, n.W2, n.b2), WG_FORM_LECTURE, WG_ASCII,
                    LINES({"dZ2", "A2 - Y", "(300,3)"},                         //
                          {"dW2", "A1^T . dZ2 / m", "(4,300)(300,3) -> (4,3)"}, //
                          {"db2", "sum_rows(dZ2) / m", "(1,3)"},                //
                          {"dA1", "dZ2 . W2^T", "(300,3)(3,4) -> (300,4)"},     //
                          {"dZ1", "dA1 * [Z1 > 0]", "(300,4)"},                 //
                          {"dW1", "X^T . dZ1 / m", "(2,300)(300,4) -> (2,4)"},  //
                          {"db1", "sum_rows(dZ1) / m", "(1,4)"}));
  assert_derivation(n.J, NODES(n.W2), WG_FORM_ENGINE, WG_ASCII,
                    LINES({"dZ2", "(A2 - Y) / m", "(300,3)"}, {"dW2", "A1^T . dZ2", "(4,300)(300,3) -> (4,3)"}));
  wg_tape_free(n.tape);
}

static void net_d_in_latex(void **state) {
  (void)state;
  two_layers n = net_d();
  assert_derivation(
      n.J, NODES(n.W1, n.b1, n.W2, n.b2), WG_FORM_LECTURE, WG_LATEX,
      LINES({"\\partial Z_{2}", "A_{2} - Y", "(300,3)"},                                                  //
            {"\\partial W_{2}", "\\frac{A_{1}^{\\top} \\partial Z_{2}}{m}", "(4,300)(300,3) \\to (4,3)"}, //
            {"\\partial b_{2}", "\\frac{\\sum_{\\text{rows}} \\partial Z_{2}}{m}", "(1,3)"},              //
            {"\\partial A_{1}", "\\partial Z_{2} W_{2}^{\\top}", "(300,3)(3,4) \\to (300,4)"},            //
            {"\\partial Z_{1}", "\\partial A_{1} \\odot [Z_{1} > 0]", "(300,4)"},                         //
            {"\\partial W_{1}", "\\frac{X^{\\top} \\partial Z_{1}}{m}", "(2,300)(300,4) \\to (2,4)"},     //
            {"\\partial b_{1}", "\\frac{\\sum_{\\text{rows}} \\partial Z_{1}}{m}", "(1,4)"}));
  assert_derivation(n.J, NODES(n.b2), WG_FORM_ENGINE, WG_LATEX,
                    LINES({"\\partial Z_{2}", "\\frac{A_{2} - Y}{m}", NULL},
                          {"\\partial b_{2}", "\\sum_{\\text{rows}} \\partial Z_{2}", NULL}));
  wg_tape_free(n.tape);
}

static void lines_say_what_they_print_and_what_they_stand_for(void **state) {
  (void)state;
  two_layers n = net_d();
  wg_node *wrt[] = {n.W1, n.b1, n.W2, n.b2}, *grad[4];
  const wg_node *nodes[] = {n.Z2, n.W2, n.b2, n.A1, n.Z1, n.W1, n.b1};
  assert_int_equal(wg_grad(n.J, 4, wrt, grad), WG_OK);
  for (int form = WG_FORM_ENGINE; form <= WG_FORM_LECTURE; form++) {
    wg_derivation *derivation = wg_derivation_new(n.J, 4, wrt, (wg_form)form, WG_UNICODE);
    for (size_t i = 0; i < COUNT_OF(nodes); i++) {
      const wg_derivation_line *line = wg_derivation_at(derivation, i);
      assert_ptr_equal(line->node, nodes[i]);
      assert_ptr_equal(line->adjoint, wg_adjoint(n.J, wg_tape_node(n.tape, nodes[i]->id)));
      assert_int_equal(line->power, form == WG_FORM_LECTURE && !wg_node_is_param(nodes[i]));
    }
    wg_derivation_free(derivation);
  }
  wg_tape_free(n.tape);
}

/* ---- The other nets of the lecture ---- */

static void net_a_by_the_chain_of_three_factors(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *w = wg_param(tape, "w", WG_F64, WG_SCALAR), *x = wg_input(tape, "x", WG_F64, WG_SCALAR);
  wg_node *b = wg_param(tape, "b", WG_F64, WG_SCALAR), *y = wg_input(tape, "y", WG_F64, WG_SCALAR);
  wg_node *z = wg_name(wg_add(wg_mul(w, x), b), "z"), *a = wg_name(wg_sigmoid(z), "a");
  wg_node *unfused = wg_binary_cross_entropy(a, y), *fused = wg_binary_cross_entropy_logits(z, y);
  assert_derivation(unfused, NODES(w, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂a", "−y / a + (1 − y) / (1 − a)", "()"}, {"∂z", "∂a·a·(1 − a)", "()"},
                          {"∂w", "∂z·x", "()"}, {"∂b", "∂z", "()"}));
  assert_derivation(unfused, NODES(w, b), WG_FORM_LECTURE, WG_LATEX,
                    LINES({"\\partial a", "\\frac{-y}{a} + \\frac{1 - y}{1 - a}", "()"},
                          {"\\partial z", "\\partial a \\cdot a \\cdot (1 - a)", "()"},
                          {"\\partial w", "\\partial z \\cdot x", "()"}, {"\\partial b", "\\partial z", "()"}));
  assert_derivation(fused, NODES(w, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂z", "a − y", "()"}, {"∂w", "∂z·x", "()"}, {"∂b", "∂z", "()"}));
  assert_derivation(fused, NODES(w, b), WG_FORM_ENGINE, WG_ASCII,
                    LINES({"dz", "a - y", "()"}, {"dw", "dz * x", "()"}, {"db", "dz", "()"}));
  assert_int_equal(samples_of(fused, NODES(w, b)), 0);
  wg_tape_free(tape);
}

static void net_b_needs_no_line_for_what_is_one_operation(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(300, 2)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(300, 3));
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(2, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, 3));
  wg_node *Z = wg_add_bias(wg_matmul(X, W), b);
  wg_name(wg_softmax(Z, -1), "A");
  wg_node *J = wg_softmax_cross_entropy(Z, Y);
  assert_derivation(J, NODES(W, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂W", "Xᵀ·(A − Y) / m", "(2,300)(300,3) → (2,3)"}, {"∂b", "Σ_rows (A − Y) / m", "(1,3)"}));
  wg_name(Z, "Z");
  assert_derivation(J, NODES(W, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z", "A − Y", "(300,3)"}, {"∂W", "Xᵀ·∂Z / m", "(2,300)(300,3) → (2,3)"},
                          {"∂b", "Σ_rows ∂Z / m", "(1,3)"}));
  wg_tape_free(tape);
}

typedef struct columns_net {
  wg_tape *tape;
  wg_node *wrt[4], *Z2, *Y;
} columns_net;

static columns_net net_c(bool hidden_named) {
  columns_net n = {.tape = wg_tape_new()};
  wg_node *X = wg_input(n.tape, "X", WG_F64, WG_SHAPE(2, 50));
  n.Y = wg_input(n.tape, "Y", WG_F64, WG_SHAPE(1, 50));
  wg_node *W1 = n.wrt[0] = wg_param(n.tape, "W1", WG_F64, WG_SHAPE(4, 2));
  wg_node *b1 = n.wrt[1] = wg_param(n.tape, "b1", WG_F64, WG_SHAPE(4, 1));
  wg_node *W2 = n.wrt[2] = wg_param(n.tape, "W2", WG_F64, WG_SHAPE(1, 4));
  wg_node *b2 = n.wrt[3] = wg_param(n.tape, "b2", WG_F64, WG_SHAPE(1, 1));
  wg_node *Z1 = wg_name(wg_add_bias(wg_matmul(W1, X), b1), "Z1"), *A1 = wg_sigmoid(Z1);
  if (hidden_named) wg_name(A1, "A1");
  n.Z2 = wg_name(wg_add_bias(wg_matmul(W2, A1), b2), "Z2");
  wg_name(wg_sigmoid(n.Z2), "ŷ");
  return n;
}

static void net_c_reads_as_the_lecture_with_samples_in_columns(void **state) {
  (void)state;
  columns_net n = net_c(true);
  wg_node *J = wg_binary_cross_entropy_logits(n.Z2, n.Y);
  assert_derivation(J, 4, n.wrt, WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z2", "ŷ − Y", "(1,50)"},                     //
                          {"∂W2", "∂Z2·A1ᵀ / m", "(1,50)(50,4) → (1,4)"}, //
                          {"∂b2", "Σ_cols ∂Z2 / m", "(1,1)"},             //
                          {"∂A1", "W2ᵀ·∂Z2", "(4,1)(1,50) → (4,50)"},     //
                          {"∂Z1", "∂A1 ⊙ A1 ⊙ (1 − A1)", "(4,50)"},       //
                          {"∂W1", "∂Z1·Xᵀ / m", "(4,50)(50,2) → (4,2)"},  //
                          {"∂b1", "Σ_cols ∂Z1 / m", "(4,1)"}));
  assert_derivation(J, NODES(n.wrt[2]), WG_FORM_LECTURE, WG_LATEX,
                    LINES({"\\partial Z_{2}", "\\hat{y} - Y", "(1,50)"},
                          {"\\partial W_{2}", "\\frac{\\partial Z_{2} A_{1}^{\\top}}{m}", NULL}));
  assert_derivation(J, NODES(n.wrt[2]), WG_FORM_ENGINE, WG_ASCII,
                    LINES({"dZ2", "(yhat - Y) / m", NULL}, {"dW2", "dZ2 . A1^T", NULL}));
  wg_tape_free(n.tape);
}

static void what_has_no_name_is_written_out(void **state) {
  (void)state;
  columns_net n = net_c(false);
  assert_derivation(wg_binary_cross_entropy_logits(n.Z2, n.Y), NODES(n.wrt[0]), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z2", "ŷ − Y", "(1,50)"}, {"∂Z1", "W2ᵀ·∂Z2 ⊙ σ(Z1) ⊙ (1 − σ(Z1))", "(4,50)"},
                          {"∂W1", "∂Z1·Xᵀ / m", "(4,50)(50,2) → (4,2)"}));
  wg_tape_free(n.tape);
}

static void a_net_of_fifty_layers_reads_layer_by_layer(void **state) {
  (void)state;
  enum { LAYERS = 50 };
  wg_tape *tape = wg_tape_new();
  wg_node *A = wg_input(tape, "A0", WG_F64, WG_SHAPE(7, 3)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(7, 3)), *Z = A;
  wg_node *wrt[2 * LAYERS];
  char name[16], text[4 * LAYERS][2][64];
  for (int k = 1; k <= LAYERS; k++) {
    snprintf(name, sizeof name, "W%d", k);
    wrt[2 * k - 2] = wg_param(tape, name, WG_F64, WG_SHAPE(3, 3));
    snprintf(name, sizeof name, "b%d", k);
    wrt[2 * k - 1] = wg_param(tape, name, WG_F64, WG_SHAPE(1, 3));
    snprintf(name, sizeof name, "Z%d", k);
    Z = wg_name(wg_add_bias(wg_matmul(A, wrt[2 * k - 2]), wrt[2 * k - 1]), name);
    snprintf(name, sizeof name, "A%d", k);
    A = wg_name(k < LAYERS ? wg_relu(Z) : wg_softmax(Z, -1), name);
  }
  expected_line lines[4 * LAYERS];
  int count = 0;
  for (int k = LAYERS; k >= 1; k--) {
    if (k < LAYERS) {
      snprintf(text[count][0], 64, "∂A%d", k), snprintf(text[count++][1], 64, "∂Z%d·W%dᵀ", k + 1, k + 1);
      snprintf(text[count][0], 64, "∂Z%d", k), snprintf(text[count++][1], 64, "∂A%d ⊙ [Z%d > 0]", k, k);
    } else {
      snprintf(text[count][0], 64, "∂Z%d", k), snprintf(text[count++][1], 64, "A%d − Y", k);
    }
    snprintf(text[count][0], 64, "∂W%d", k), snprintf(text[count++][1], 64, "A%dᵀ·∂Z%d / m", k - 1, k);
    snprintf(text[count][0], 64, "∂b%d", k), snprintf(text[count++][1], 64, "Σ_rows ∂Z%d / m", k);
  }
  for (int i = 0; i < count; i++) lines[i] = (expected_line){text[i][0], text[i][1], NULL};
  assert_int_equal(count, 4 * LAYERS - 1); /* the lecture's count of factors with reuse, 4L − 1 products */
  assert_derivation(wg_softmax_cross_entropy(Z, Y), 2 * LAYERS, wrt, WG_FORM_LECTURE, WG_UNICODE, (size_t)count, lines);
  wg_tape_free(tape);
}

/* ---- Graphs of any form ---- */

static void a_residual_block_adds_what_comes_over_both_ways(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(8, 4)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(8, 4));
  wg_node *V = wg_param(tape, "V", WG_F64, WG_SHAPE(4, 4)), *W = wg_param(tape, "W", WG_F64, WG_SHAPE(4, 4));
  wg_node *H = wg_name(wg_matmul(X, V), "H"), *Z = wg_name(wg_matmul(H, W), "Z");
  wg_node *F = wg_name(wg_relu(Z), "F"), *R = wg_name(wg_add(H, F), "R");
  assert_derivation(wg_softmax_cross_entropy(R, Y), NODES(V, W), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂R", "SM(R) − Y", "(8,4)"}, {"∂F", "∂R", "(8,4)"}, {"∂Z", "∂R ⊙ [Z > 0]", "(8,4)"},
                          {"∂W", "Hᵀ·∂Z / m", "(4,8)(8,4) → (4,4)"}, {"∂H", "∂R + ∂Z·Wᵀ", "(8,4)"},
                          {"∂V", "Xᵀ·∂H / m", "(4,8)(8,4) → (4,4)"}));
  wg_tape_free(tape);
}

static void a_shared_parameter_stands_where_its_last_part_is_formed(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(8, 4)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(8, 4));
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(4, 4)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, 4));
  wg_node *Z1 = wg_name(wg_matmul(X, W), "Z1"), *Z2 = wg_name(wg_add_bias(wg_matmul(Z1, W), b), "Z2");
  wg_name(wg_softmax(Z2, -1), "A");
  wg_node *J = wg_softmax_cross_entropy(Z2, Y);
  assert_derivation(J, NODES(W, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z2", "A − Y", NULL}, {"∂b", "Σ_rows ∂Z2 / m", NULL}, {"∂Z1", "∂Z2·Wᵀ", NULL},
                          {"∂W", "(Z1ᵀ·∂Z2 + Xᵀ·∂Z1) / m", "(4,4)"}));
  assert_derivation(
      J, NODES(W), WG_FORM_LECTURE, WG_LATEX,
      LINES({"\\partial Z_{2}", "A - Y", NULL}, {"\\partial Z_{1}", "\\partial Z_{2} W^{\\top}", NULL},
            {"\\partial W", "\\frac{Z_{1}^{\\top} \\partial Z_{2} + X^{\\top} \\partial Z_{1}}{m}", NULL}));
  wg_tape_free(tape);
}

/* X·W has no name and is part of two formulas; ∂W is complete after that of P, the one further from the loss. */
static void a_part_of_two_formulas_belongs_to_the_earlier_one(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(8, 4)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(8, 4));
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(4, 4)), *V = wg_param(tape, "V", WG_F64, WG_SHAPE(4, 4));
  wg_node *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, 4)), *XW = wg_matmul(X, W);
  wg_node *P = wg_name(wg_add_bias(XW, b), "P"), *Q = wg_name(wg_matmul(XW, V), "Q");
  wg_node *Z = wg_name(wg_mul(P, Q), "Z");
  wg_name(wg_softmax(Z, -1), "A");
  assert_derivation(wg_softmax_cross_entropy(Z, Y), NODES(W, V, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z", "A − Y", NULL}, {"∂Q", "∂Z ⊙ P", NULL}, {"∂V", "(X·W)ᵀ·∂Q / m", NULL},
                          {"∂P", "∂Z ⊙ Q", NULL}, {"∂W", "Xᵀ·(∂Q·Vᵀ + ∂P) / m", NULL}, {"∂b", "Σ_rows ∂P / m", NULL}));
  wg_tape_free(tape);
}

static void a_regularizer_stays_outside_the_mean(void **state) {
  (void)state;
  two_layers n = net_d();
  wg_node *penalty = wg_scale(wg_sum_all(wg_mul(n.W2, n.W2)), 0.001);
  wg_node *L = wg_name(wg_add(penalty, n.J), "L");
  assert_derivation(
      L, NODES(n.W2), WG_FORM_LECTURE, WG_UNICODE,
      LINES({"∂J", "1", "()"}, {"∂Z2", "A2 − Y", "(300,3)"}, {"∂W2", "0.001·W2 + 0.001·W2 + A1ᵀ·∂Z2 / m", "(4,3)"}));
  assert_derivation(
      L, NODES(n.W2), WG_FORM_ENGINE, WG_UNICODE,
      LINES({"∂J", "1", "()"}, {"∂Z2", "(A2 − Y) / m", "(300,3)"}, {"∂W2", "0.001·W2 + 0.001·W2 + A1ᵀ·∂Z2", "(4,3)"}));
  assert_int_equal(samples_of(L, NODES(n.W2)), 300);
  wg_tape_free(n.tape);
}

static void m_counts_samples_and_not_weights(void **state) {
  (void)state;
  two_layers n = net_d();
  wg_node *L = wg_add(n.J, wg_mean_all(wg_mul(n.W2, n.W2)));
  assert_int_equal(samples_of(L, NODES(n.W2)), 300);
  assert_derivation(
      L, NODES(n.W2), WG_FORM_LECTURE, WG_UNICODE,
      LINES({"∂J", "1", NULL}, {"∂Z2", "A2 − Y", NULL}, {"∂W2", "W2 / 12 + W2 / 12 + A1ᵀ·∂Z2 / m", NULL}));
  wg_tape_free(n.tape);
}

/* A term without 1/m in the middle: from there on the lines are the adjoints themselves. */
static void a_penalty_on_activations_keeps_the_mean_where_it_is(void **state) {
  (void)state;
  two_layers n = net_d();
  wg_node *L = wg_add(n.J, wg_sum_all(wg_mul(n.A1, n.Y = wg_input(n.tape, "P", WG_F64, WG_SHAPE(300, 4)))));
  wg_node *wrt[] = {n.W1};
  assert_derivation(L, 1, wrt, WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂J", "1", NULL}, {"∂Z2", "A2 − Y", NULL}, {"∂A1", "P + ∂Z2·W2ᵀ / m", "(300,4)"},
                          {"∂Z1", "∂A1 ⊙ [Z1 > 0]", NULL}, {"∂W1", "Xᵀ·∂Z1", NULL}));
  wg_derivation *derivation = wg_derivation_new(L, 1, wrt, WG_FORM_LECTURE, WG_UNICODE);
  const int powers[] = {0, 1, 0, 0, 0};
  for (size_t i = 0; i < COUNT_OF(powers); i++) assert_int_equal(wg_derivation_at(derivation, i)->power, powers[i]);
  wg_derivation_free(derivation);
  wg_tape_free(n.tape);
}

static void two_means_give_m_squared(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(5)), *w = wg_param(tape, "w", WG_F64, WG_SHAPE(5));
  wg_node *mean = wg_mean_all(wg_mul(w, x)), *J = wg_mul(mean, wg_mean_all(x));
  assert_derivation(J, NODES(w), WG_FORM_LECTURE, WG_ASCII, LINES({"dw", "broadcast(sum(x)) * x / m^2", "(5)"}));
  wg_tape_free(tape);
}

/* g is an adjoint with its 1/m; in a denominator, a mask or a function the factor cannot move out. */
static void a_mean_inside_stays_inside(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(5)), *w = wg_param(tape, "w", WG_F64, WG_SHAPE(5)), *g;
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(5)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(5));
  assert_int_equal(wg_grad(wg_mean_all(wg_mul(w, x)), 1, &w, &g), WG_OK); /* x / m */
  wg_node *J = wg_mean_all(wg_add(wg_div(a, g), wg_mul(wg_exp(g), b)));
  assert_derivation(J, NODES(a, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂a", "1 / (x / m) / m", NULL}, {"∂b", "exp(x / m) / m", NULL}));
  assert_derivation(wg_mean_all(wg_mul(wg_where(g, a, b), x)), NODES(a), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂a", "where(x / m, x, 0) / m", NULL}));
  wg_tape_free(tape);
}

static void a_choice_lets_the_mean_out(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(5)), *a = wg_param(tape, "a", WG_F64, WG_SHAPE(5));
  wg_node *b = wg_param(tape, "b", WG_F64, WG_SHAPE(5)), *h = wg_name(wg_where(x, a, b), "h");
  assert_derivation(
      wg_mean_all(wg_square(h)), NODES(a, b), WG_FORM_LECTURE, WG_UNICODE,
      LINES({"∂h", "2·h", NULL}, {"∂a", "where(x, ∂h, 0) / m", NULL}, {"∂b", "where(x, 0, ∂h) / m", NULL}));
  wg_tape_free(tape);
}

/* z = Σ x², ∂x = 2·x =: g, and the square of its length again: ∂(g·g) is ∂g = 2·g, ∂x = 2·∂g. */
static void the_gradient_of_a_gradient(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *g;
  assert_int_equal(wg_grad(wg_sum_all(wg_square(x)), 1, &x, &g), WG_OK);
  wg_name(g, "g");
  assert_derivation(wg_sum_all(wg_square(g)), 1, &x, WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂g", "2·g", "(3)"}, {"∂x", "2·∂g", "(3)"}));
  wg_tape_free(tape);
}

static void a_shared_part_without_a_name_is_defined_before_it_is_used(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(6, 2)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(6, 3));
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(2, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, 3));
  wg_node *Z = wg_add_bias(wg_matmul(X, W), b), *A = wg_name(wg_tanh(Z), "A");
  wg_name(wg_softmax(A, -1), "P");
  char v[32], dv[64], W_right[96], b_right[96];
  snprintf(v, sizeof v, "v%zu", Z->id), snprintf(dv, sizeof dv, "∂%s", v);
  snprintf(W_right, sizeof W_right, "Xᵀ·%s / m", dv), snprintf(b_right, sizeof b_right, "Σ_rows %s / m", dv);
  assert_derivation(wg_softmax_cross_entropy(A, Y), NODES(W, b), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂A", "P − Y", NULL}, {v, "X·W + b", "(6,3)"}, {dv, "∂A ⊙ (1 − A²)", "(6,3)"},
                          {"∂W", W_right, "(2,6)(6,3) → (2,3)"}, {"∂b", b_right, "(1,3)"}));
  wg_tape_free(tape);
}

static void what_the_root_does_not_need_has_derivative_zero(void **state) {
  (void)state;
  two_layers n = net_d();
  wg_node *q = wg_param(n.tape, "q", WG_F64, WG_SHAPE(2)), *late = wg_param(n.tape, "r", WG_F64, WG_SCALAR);
  assert_derivation(
      n.J, NODES(q, n.b2, q, n.b2, late), WG_FORM_LECTURE, WG_UNICODE,
      LINES({"∂Z2", "A2 − Y", NULL}, {"∂b2", "Σ_rows ∂Z2 / m", NULL}, {"∂q", "0", "(2)"}, {"∂r", "0", "()"}));
  assert_derivation(n.J, NODES(n.J, n.Z2), WG_FORM_ENGINE, WG_UNICODE,
                    LINES({"∂J", "1", "()"}, {"∂Z2", "(A2 − Y) / m", NULL}));
  assert_derivation(late, NODES(n.J, late), WG_FORM_ENGINE, WG_UNICODE, LINES({"∂r", "1", "()"}, {"∂J", "0", "()"}));
  wg_tape_free(n.tape);
}

static void an_input_may_be_asked_for(void **state) {
  (void)state;
  two_layers n = net_d();
  assert_derivation(n.J, NODES(n.X), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z2", "A2 − Y", NULL}, {"∂A1", "∂Z2·W2ᵀ", NULL}, {"∂Z1", "∂A1 ⊙ [Z1 > 0]", NULL},
                          {"∂X", "∂Z1·W1ᵀ / m", "(300,4)(4,2) → (300,2)"}));
  wg_tape_free(n.tape);
}

/* A leaf whose adjoint is that of the intermediate: the leaf has its 1/m. */
static void an_equal_adjoint_is_not_written_twice(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(6, 3)), *B = wg_param(tape, "B", WG_F64, WG_SHAPE(6, 3));
  wg_node *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(6, 3)), *Z = wg_name(wg_sub(X, B), "Z");
  wg_name(wg_softmax(Z, -1), "P");
  wg_node *J = wg_softmax_cross_entropy(Z, Y);
  assert_derivation(J, NODES(X, B), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"∂Z", "P − Y", "(6,3)"}, {"∂X", "∂Z / m", "(6,3)"}, {"∂B", "−∂Z / m", "(6,3)"}));
  assert_derivation(J, NODES(X, B), WG_FORM_ENGINE, WG_UNICODE,
                    LINES({"∂Z", "(P − Y) / m", "(6,3)"}, {"∂X", "∂Z", "(6,3)"}, {"∂B", "−∂Z", "(6,3)"}));
  wg_tape_free(tape);
}

static void a_part_of_the_forward_pass_keeps_its_own_symbol(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *y = wg_param(tape, "y", WG_F64, WG_SHAPE(3));
  wg_node *f = wg_exp(wg_neg(x)), *z = wg_name(wg_square(y), "z"); /* f is v3 */
  assert_int_equal(f->id, 3);
  assert_derivation(
      wg_sum_all(wg_mul(z, f)), NODES(x, y), WG_FORM_LECTURE, WG_UNICODE,
      LINES({"v3", "exp(−x)", "(3)"}, {"∂x", "−z ⊙ v3", "(3)"}, {"∂z", "v3", "(3)"}, {"∂y", "v3 ⊙ 2·y", "(3)"}));
  wg_tape_free(tape);
}

/* The second root's sweep finds gradient nodes that are older than it; they read as those of the first. */
static void a_second_loss_reads_like_the_first(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(6, 2)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(6, 3));
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(2, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(1, 3)), *grad[2];
  wg_node *Z = wg_add_bias(wg_matmul(X, W), b), *A = wg_name(wg_tanh(Z), "A"); /* Z is v5 */
  assert_int_equal(Z->id, 5);
  wg_name(wg_softmax(A, -1), "P");
  wg_node *J = wg_softmax_cross_entropy(A, Y);
  const expected_line first[] = {{"∂A", "P − Y", NULL},
                                 {"v5", "X·W + b", NULL},
                                 {"∂v5", "∂A ⊙ (1 − A²)", NULL},
                                 {"∂W", "Xᵀ·∂v5 / m", NULL},
                                 {"∂b", "Σ_rows ∂v5 / m", NULL}};
  assert_derivation(J, NODES(W, b), WG_FORM_LECTURE, WG_UNICODE, 5, first);
  assert_int_equal(wg_grad(J, 2, (wg_node *[]){W, b}, grad), WG_OK);
  wg_node *L = wg_add(J, wg_sum_all(wg_mul(X, X)));
  assert_derivation(L, NODES(W, b), WG_FORM_LECTURE, WG_UNICODE, 5, first);
  wg_tape_free(tape);
}

static void names_given_after_the_root_get_lines(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(6, 3)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(6, 3));
  wg_node *B = wg_param(tape, "B", WG_F64, WG_SHAPE(6, 3)), *Z = wg_name(wg_add(X, B), "Z"), *grad;
  wg_node *J = wg_softmax_cross_entropy(Z, Y);
  wg_name(wg_softmax(Z, -1), "P");
  assert_int_equal(wg_grad(J, 1, &B, &grad), WG_OK);
  wg_name(grad, "dB"); /* what it is called in the derivation is ∂Z */
  char P[64];
  wg_formula(wg_tape_find(tape, "P"), WG_UNICODE, P, sizeof P);
  assert_derivation(J, NODES(B), WG_FORM_LECTURE, WG_UNICODE,
                    LINES({"P", P, "(6,3)"}, {"∂Z", "P − Y", "(6,3)"}, {"∂B", "∂Z / m", "(6,3)"}));
  wg_tape_free(tape);
}

static void a_name_that_several_nodes_have_gets_their_places(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *h1 = wg_name(wg_neg(x), "h"), *h2 = wg_name(wg_exp(h1), "h");
  assert_int_equal(h1->id, 1);
  assert_int_equal(h2->id, 2);
  wg_node *J = wg_sum_all(wg_mul(h2, x));
  assert_derivation(J, NODES(x), WG_FORM_ENGINE, WG_UNICODE,
                    LINES({"∂h⁽²⁾", "x", "(3)"}, {"∂h⁽¹⁾", "x ⊙ h⁽²⁾", "(3)"}, {"∂x", "h⁽²⁾ − ∂h⁽¹⁾", "(3)"}));
  assert_derivation(J, NODES(x), WG_FORM_ENGINE, WG_ASCII,
                    LINES({"dh@2", "x", "(3)"}, {"dh@1", "x * h@2", "(3)"}, {"dx", "h@2 - dh@1", "(3)"}));
  assert_derivation(J, NODES(x), WG_FORM_ENGINE, WG_LATEX,
                    LINES({"\\partial {h^{(2)}}", "x", "(3)"}, {"\\partial {h^{(1)}}", "x \\odot {h^{(2)}}", "(3)"},
                          {"\\partial x", "{h^{(2)}} - \\partial {h^{(1)}}", "(3)"}));
  wg_tape_free(tape);
}

static void a_node_called_m_keeps_its_letter(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(5)), *m = wg_param(tape, "m", WG_F64, WG_SHAPE(5));
  wg_node *J = wg_mean_all(wg_mul(x, wg_exp(m)));
  assert_int_equal(samples_of(J, NODES(m)), 0);
  assert_derivation(J, NODES(m), WG_FORM_LECTURE, WG_UNICODE, LINES({"∂m", "x / 5 ⊙ exp(m)", "(5)"}));
  wg_tape_free(tape);
}

static void a_constant_beside_a_matrix_product_is_the_matrix_of_ones(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(6, 2)), *w = wg_param(tape, "w", WG_F64, WG_SHAPE(2, 1));
  wg_node *mean = wg_mean_all(wg_matmul(X, w)), *sum = wg_scale(wg_sum_all(wg_matmul(X, w)), -0.5);
  assert_derivation(mean, NODES(w), WG_FORM_LECTURE, WG_UNICODE, LINES({"∂w", "Xᵀ·𝟏 / m", "(2,6)(6,1) → (2,1)"}));
  assert_derivation(mean, NODES(w), WG_FORM_ENGINE, WG_UNICODE, LINES({"∂w", "Xᵀ·(𝟏 / m)", "(2,6)(6,1) → (2,1)"}));
  assert_derivation(mean, NODES(w), WG_FORM_ENGINE, WG_ASCII, LINES({"dw", "X^T . (ones / m)", NULL}));
  assert_derivation(sum, NODES(w), WG_FORM_ENGINE, WG_ASCII, LINES({"dw", "X^T . (-0.5 * ones)", NULL}));
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(1, 2));
  assert_derivation(wg_sum_all(wg_matmul(x, w)), NODES(w), WG_FORM_ENGINE, WG_UNICODE,
                    LINES({"∂w", "xᵀ·1", "(2,1)(1,1) → (2,1)"}));
  wg_tape_free(tape);
}

/* ---- Size ---- */

/* Every v12 and ∂v12 on a right side is on the left of an earlier line. Returns the length of all texts together. */
static size_t assert_symbols_defined(const wg_derivation *derivation, size_t tape_count) {
  unsigned char *defined = calloc(tape_count, 2);
  assert_non_null(defined);
  size_t length = 0;
  for (size_t i = 0; i < wg_derivation_count(derivation); i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    for (const char *s = line->right; (s = strchr(s, 'v')) != NULL; s++) {
      bool adjoint = s > line->right && s[-1] == 'd';
      if (!defined[2 * strtoull(s + 1, NULL, 10) + adjoint]) fail_msg("%s = %s: %s", line->left, line->right, s);
    }
    const char *v = strchr(line->left, 'v');
    if (v) defined[2 * strtoull(v + 1, NULL, 10) + (v > line->left)] = 1;
    length += strlen(line->left) + strlen(line->right) + strlen(line->shapes);
    if (strlen(line->right) > 300) fail_msg("a line of %zu characters", strlen(line->right));
  }
  free(defined);
  return length;
}

static void assert_size(wg_tape *tape, wg_node *root, wg_node *x, size_t lines_max, size_t length_max) {
  wg_derivation *derivation = wg_derivation_new(root, 1, &x, WG_FORM_LECTURE, WG_ASCII);
  assert_int_equal(wg_derivation_status(derivation), WG_OK);
  size_t length = assert_symbols_defined(derivation, wg_tape_count(tape));
  if (length > length_max) fail_msg("%zu characters, more than %zu", length, length_max);
  if (wg_derivation_count(derivation) > lines_max) fail_msg("%zu lines", wg_derivation_count(derivation));
  const wg_derivation_line *last = wg_derivation_at(derivation, wg_derivation_count(derivation) - 1);
  assert_string_equal(last->left, "dx");
  wg_derivation_free(derivation);
}

/* v ← v ⊙ v has 2^n paths; what is printed is linear in n. */
static void a_doubling_chain_prints_linearly(void **state) {
  (void)state;
  enum { STEPS = 10000 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *v = x, *u = x;
  for (int k = 0; k < STEPS; k++) v = wg_mul(v, v);
  assert_size(tape, wg_sum_all(v), x, 2 * STEPS, 80 * STEPS);
  for (int k = 0; k < STEPS; k++) u = wg_add(u, u);
  assert_size(tape, wg_sum_all(wg_exp(u)), x, 3 * STEPS, 80 * STEPS);
  wg_tape_free(tape);
}

static void a_long_chain_without_names_prints_linearly(void **state) {
  (void)state;
  enum { STEPS = 100000 };
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *v = x;
  for (int k = 0; k < STEPS; k++) v = wg_tanh(v);
  assert_size(tape, wg_mean_all(v), x, STEPS, 80 * STEPS);
  wg_tape_free(tape);
}

/* ---- Failures ---- */

static void failures_are_the_derivations_status(void **state) {
  (void)state;
  two_layers n = net_d();
  wg_derivation *derivation = wg_derivation_new(n.Z2, 1, &n.W1, WG_FORM_LECTURE, WG_UNICODE);
  assert_int_equal(wg_derivation_status(derivation), WG_ERROR_ARGUMENT);
  assert_contains(wg_derivation_error(derivation), "Z2 (300,3)");
  assert_int_equal(wg_derivation_count(derivation), 0);
  assert_null(wg_derivation_at(derivation, 0));
  wg_derivation_free(derivation);
  wg_tape_clear_error(n.tape);
  derivation = wg_derivation_new(NULL, 0, NULL, WG_FORM_LECTURE, WG_UNICODE);
  assert_int_not_equal(wg_derivation_status(derivation), WG_OK);
  wg_derivation_free(derivation);
  assert_derivation(n.J, 0, NULL, WG_FORM_LECTURE, WG_UNICODE, 0, NULL);
  assert_int_equal(wg_derivation_status(NULL), WG_ERROR_MEMORY);
  assert_int_equal(wg_derivation_count(NULL), 0);
  assert_int_equal(wg_derivation_samples(NULL), 0);
  wg_derivation_free(NULL);
  wg_tape_free(n.tape);
}

/* A net in which every kind of line occurs, on a tape with that allocator; NULL if there was no memory. */
static wg_derivation *derive_with(const wg_allocator *allocator, wg_tape **tape) {
  wg_tape *t = *tape = wg_tape_new_with(allocator);
  wg_node *X = wg_input(t, "X", WG_F64, WG_SHAPE(6, 2)), *W = wg_param(t, "W", WG_F64, WG_SHAPE(2, 2));
  wg_node *b = wg_param(t, "b", WG_F64, WG_SHAPE(1, 2)), *h = wg_name(wg_add_bias(wg_matmul(X, W), b), "h"), *v = h;
  for (int k = 0; k < 12; k++) v = wg_tanh(v);
  wg_node *wrt[] = {W, b};
  return wg_derivation_new(wg_mean_all(wg_name(v, "h")), 2, wrt, WG_FORM_LECTURE, WG_LATEX);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  failing_memory whole = {0};
  wg_allocator allocator = failing_allocator(&whole);
  wg_tape *tape;
  wg_derivation *derivation = derive_with(&allocator, &tape);
  assert_int_equal(wg_derivation_status(derivation), WG_OK);
  const size_t count = wg_derivation_count(derivation);
  wg_derivation_free(derivation);
  wg_tape_free(tape);
  for (size_t fail = 1; fail <= whole.calls; fail++) {
    failing_memory memory = {.fail = fail, .for_good = fail % 2};
    allocator = failing_allocator(&memory);
    derivation = derive_with(&allocator, &tape);
    if (wg_derivation_status(derivation) == WG_OK)
      assert_int_equal(wg_derivation_count(derivation), count);
    else if (derivation)
      assert_int_equal(wg_derivation_count(derivation), 0);
    wg_derivation_free(derivation);
    wg_tape_free(tape);
    assert_int_equal(memory.live, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(net_d_reads_as_the_lecture_line_for_line),
      cmocka_unit_test(the_engine_form_has_the_mean_from_the_loss_on),
      cmocka_unit_test(net_d_in_ascii),
      cmocka_unit_test(net_d_in_latex),
      cmocka_unit_test(lines_say_what_they_print_and_what_they_stand_for),
      cmocka_unit_test(net_a_by_the_chain_of_three_factors),
      cmocka_unit_test(net_b_needs_no_line_for_what_is_one_operation),
      cmocka_unit_test(net_c_reads_as_the_lecture_with_samples_in_columns),
      cmocka_unit_test(what_has_no_name_is_written_out),
      cmocka_unit_test(a_net_of_fifty_layers_reads_layer_by_layer),
      cmocka_unit_test(a_residual_block_adds_what_comes_over_both_ways),
      cmocka_unit_test(a_shared_parameter_stands_where_its_last_part_is_formed),
      cmocka_unit_test(a_part_of_two_formulas_belongs_to_the_earlier_one),
      cmocka_unit_test(a_regularizer_stays_outside_the_mean),
      cmocka_unit_test(m_counts_samples_and_not_weights),
      cmocka_unit_test(a_penalty_on_activations_keeps_the_mean_where_it_is),
      cmocka_unit_test(two_means_give_m_squared),
      cmocka_unit_test(a_mean_inside_stays_inside),
      cmocka_unit_test(a_choice_lets_the_mean_out),
      cmocka_unit_test(the_gradient_of_a_gradient),
      cmocka_unit_test(a_shared_part_without_a_name_is_defined_before_it_is_used),
      cmocka_unit_test(what_the_root_does_not_need_has_derivative_zero),
      cmocka_unit_test(an_input_may_be_asked_for),
      cmocka_unit_test(an_equal_adjoint_is_not_written_twice),
      cmocka_unit_test(a_part_of_the_forward_pass_keeps_its_own_symbol),
      cmocka_unit_test(a_second_loss_reads_like_the_first),
      cmocka_unit_test(names_given_after_the_root_get_lines),
      cmocka_unit_test(a_name_that_several_nodes_have_gets_their_places),
      cmocka_unit_test(a_node_called_m_keeps_its_letter),
      cmocka_unit_test(a_constant_beside_a_matrix_product_is_the_matrix_of_ones),
      cmocka_unit_test(a_doubling_chain_prints_linearly),
      cmocka_unit_test(a_long_chain_without_names_prints_linearly),
      cmocka_unit_test(failures_are_the_derivations_status),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return RUN_TESTS(tests);
}
