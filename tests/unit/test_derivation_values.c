/* What a derivation prints is what the engine computes: the ASCII lines of random graphs are read back by a small
 * evaluator of formulas, with nothing but the values of inputs, parameters and named nodes, and every right side has to
 * give the value of the gradient node that its line is about. Parentheses, signs, the order of the lines, the symbols of
 * shared parts and the factors 1/m would all be found out. */
#include "../../engine/derivation.h"
#include "../support.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Matrices, of N × N, 1 × N or 1 × 1, elementwise operations broadcast ---- */

enum { N = 3, SYMBOLS_MAX = 400 };

typedef struct matrix {
  int rows, columns;
  double at[N][N];
} matrix;

typedef double function_2(double a, double b);

static double plus(double a, double b) { return a + b; }
static double minus(double a, double b) { return a - b; }
static double times(double a, double b) { return a * b; }
static double over(double a, double b) { return a / b; }
static double greater(double a, double b) { return a > b; }
static double larger(double a, double b) { return a > b ? a : b; }
static double logistic(double x) { return 1 / (1 + exp(-x)); }

static matrix number(double value) { return (matrix){1, 1, {{value}}}; }

static matrix apply_2(function_2 *f, matrix a, matrix b) {
  matrix c = {a.rows > b.rows ? a.rows : b.rows, a.columns > b.columns ? a.columns : b.columns, {{0}}};
  for (int i = 0; i < c.rows; i++)
    for (int j = 0; j < c.columns; j++)
      c.at[i][j] = f(a.at[a.rows > 1 ? i : 0][a.columns > 1 ? j : 0], b.at[b.rows > 1 ? i : 0][b.columns > 1 ? j : 0]);
  return c;
}

static matrix apply_1(double (*f)(double), matrix a) {
  for (int i = 0; i < a.rows; i++)
    for (int j = 0; j < a.columns; j++) a.at[i][j] = f(a.at[i][j]);
  return a;
}

static matrix product(matrix a, matrix b) {
  matrix c = {a.rows, b.columns, {{0}}};
  assert_int_equal(a.columns, b.rows);
  for (int i = 0; i < a.rows; i++)
    for (int j = 0; j < b.columns; j++)
      for (int k = 0; k < b.rows; k++) c.at[i][j] += a.at[i][k] * b.at[k][j];
  return c;
}

static matrix transposed(matrix a) {
  matrix c = {a.columns, a.rows, {{0}}};
  for (int i = 0; i < a.rows; i++)
    for (int j = 0; j < a.columns; j++) c.at[j][i] = a.at[i][j];
  return c;
}

static matrix sum_rows(matrix a) {
  matrix c = {1, a.columns, {{0}}};
  for (int i = 0; i < a.rows; i++)
    for (int j = 0; j < a.columns; j++) c.at[0][j] += a.at[i][j];
  return c;
}

/* ---- Reading formulas ---- */

typedef struct symbols {
  size_t count;
  char name[SYMBOLS_MAX][24];
  matrix value[SYMBOLS_MAX];
} symbols;

static void symbol_set(symbols *known, const char *name, matrix value) {
  assert_true(known->count < SYMBOLS_MAX);
  snprintf(known->name[known->count], sizeof known->name[0], "%s", name);
  known->value[known->count++] = value;
}

typedef struct reader {
  const symbols *known;
  const char *whole, *at;
} reader;

static matrix read_sum(reader *r);

static bool accept(reader *r, const char *token) {
  size_t length = strlen(token);
  if (strncmp(r->at, token, length) != 0) return false;
  r->at += length;
  return true;
}

static void expect(reader *r, const char *token) {
  if (!accept(r, token)) fail_msg("\"%s\" expected at \"%s\" in \"%s\"", token, r->at, r->whole);
}

static matrix read_call(reader *r, const char *name) {
  matrix argument = read_sum(r);
  if (!strcmp(name, "max")) {
    expect(r, ", ");
    argument = apply_2(larger, argument, read_sum(r));
  }
  expect(r, ")");
  if (!strcmp(name, "tanh")) return apply_1(tanh, argument);
  if (!strcmp(name, "sigmoid")) return apply_1(logistic, argument);
  if (!strcmp(name, "sum_rows")) return sum_rows(argument);
  if (!strcmp(name, "reshape")) return argument;                                         /* () as (1,1) */
  if (!strcmp(name, "broadcast")) return apply_2(plus, argument, (matrix){N, N, {{0}}}); /* all matrices are N × N */
  if (strcmp(name, "max") != 0) fail_msg("unknown function %s in \"%s\"", name, r->whole);
  return argument;
}

static matrix read_name(reader *r) {
  char name[24];
  size_t length = 0;
  while ((isalnum((unsigned char)*r->at) || *r->at == '_') && length + 1 < sizeof name) name[length++] = *r->at++;
  name[length] = 0;
  if (accept(r, "(")) return read_call(r, name);
  for (size_t k = r->known->count; k-- > 0;)
    if (!strcmp(r->known->name[k], name)) return r->known->value[k];
  fail_msg("unknown symbol \"%s\" at \"%s\" in \"%s\"", name, r->at, r->whole);
  return number(NAN);
}

static matrix read_atom(reader *r) {
  if (isdigit((unsigned char)*r->at)) return number(strtod(r->at, (char **)&r->at));
  if (accept(r, "[")) {
    matrix left = read_sum(r);
    expect(r, " > ");
    matrix holds = apply_2(greater, left, read_sum(r));
    expect(r, "]");
    return holds;
  }
  if (!accept(r, "(")) return read_name(r);
  matrix inner = read_sum(r);
  expect(r, ")");
  return inner;
}

static matrix read_power(reader *r) {
  matrix base = read_atom(r);
  while (*r->at == '^')
    if (accept(r, "^T"))
      base = transposed(base);
    else if (accept(r, "^2"))
      base = apply_2(times, base, base);
    else
      fail_msg("unknown exponent at \"%s\" in \"%s\"", r->at, r->whole);
  return base;
}

/* A . B binds tighter than A * B and A / B, and those tighter than A + B. */
static matrix read_chain(reader *r) {
  matrix left = read_power(r);
  while (accept(r, " . ")) left = product(left, read_power(r));
  return left;
}

static matrix read_product(reader *r) {
  matrix left = read_chain(r);
  for (;;)
    if (accept(r, " * "))
      left = apply_2(times, left, read_chain(r));
    else if (accept(r, " / "))
      left = apply_2(over, left, read_chain(r));
    else
      return left;
}

static matrix read_sum(reader *r) {
  bool negative = accept(r, "-");
  matrix left = read_product(r);
  if (negative) left = apply_2(minus, number(0), left);
  for (;;)
    if (accept(r, " + "))
      left = apply_2(plus, left, read_product(r));
    else if (accept(r, " - "))
      left = apply_2(minus, left, read_product(r));
    else
      return left;
}

static matrix evaluate(const symbols *known, const char *formula) {
  reader r = {known, formula, formula};
  matrix value = read_sum(&r);
  if (*r.at) fail_msg("\"%s\" is left over of \"%s\"", r.at, formula);
  return value;
}

/* ---- Random graphs ---- */

typedef struct graph {
  wg_tape *tape;
  wg_node *nodes[64];
  size_t count, leaf_count;
  uint64_t random;
} graph;

static size_t draw(graph *g, size_t below) {
  g->random = g->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (size_t)(g->random >> 33) % below;
}

static wg_node *draw_operand(graph *g) {
  return g->nodes[draw(g, 3) ? g->count - 1 - draw(g, g->count < 4 ? g->count : 4) : draw(g, g->count)];
}

static wg_node *draw_operation(graph *g, wg_node *bias) {
  wg_node *a = draw_operand(g), *b = draw_operand(g);
  switch (draw(g, 14)) {
  case 0:
    return wg_add(a, b);
  case 1:
    return wg_sub(a, b);
  case 2:
    return wg_mul(a, b);
  case 3:
    return wg_div(a, wg_add(wg_square(b), wg_scalar_like(b, 2)));
  case 4:
    return wg_neg(a);
  case 5:
    return wg_scale(a, -0.75);
  case 6:
    return wg_transpose(a);
  case 7:
    return wg_tanh(a);
  case 8:
    return wg_sigmoid(a);
  case 9:
    return wg_relu(a);
  case 10:
    return wg_square(wg_tanh(a));
  case 11:
    return wg_add_bias(a, bias);
  default:
    return wg_matmul(a, b);
  }
}

/* X, Y, W, V, b and `operations` more nodes, of which about every second one has a name. */
static graph graph_new(uint64_t seed, size_t operations) {
  graph g = {.tape = wg_tape_new(), .random = seed};
  const char *const names[] = {"X", "Y", "W", "V"};
  for (int k = 0; k < 4; k++)
    g.nodes[g.count++] =
        k < 2 ? wg_input(g.tape, names[k], WG_F64, WG_SHAPE(N, N)) : wg_param(g.tape, names[k], WG_F64, WG_SHAPE(N, N));
  wg_node *bias = wg_param(g.tape, "b", WG_F64, WG_SHAPE(1, N));
  g.leaf_count = wg_tape_count(g.tape);
  char name[24];
  for (size_t k = 0; k < operations; k++) {
    wg_node *node = draw_operation(&g, bias);
    g.nodes[g.count++] = node;
    snprintf(name, sizeof name, "N%zu", k);
    if (draw(&g, 2) && wg_node_id(node) >= g.leaf_count && !*wg_node_name(node)) wg_name(node, name);
  }
  assert_tape_good(g.tape);
  return g;
}

/* The values of all nodes that have any and are of the sizes that matrices have here. */
static void values_of(const graph *g, size_t count, wg_node *const *nodes, matrix *values) {
  static double memory[8][N * N];
  wg_plan *plan = wg_plan_new(count, nodes);
  for (size_t k = 0; k < g->leaf_count; k++) {
    fill_f64(memory[k], N * N, -1, 1, k + 1);
    assert_int_equal(wg_bind(plan, wg_tape_node(g->tape, k), memory[k]), WG_OK);
  }
  if (wg_run(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  for (size_t k = 0; k < count; k++) {
    wg_shape shape = wg_node_shape(nodes[k]);
    const double *data = wg_data(plan, nodes[k]);
    matrix *value = &values[k];
    *value =
        (matrix){shape.rank > 1 ? (int)shape.size[0] : 1, shape.rank > 0 ? (int)shape.size[shape.rank - 1] : 1, {{0}}};
    for (int i = 0; i < value->rows; i++)
      for (int j = 0; j < value->columns; j++) value->at[i][j] = data[i * value->columns + j];
  }
  wg_plan_free(plan);
}

static void assert_same(const wg_derivation_line *line, matrix actual, matrix expected, double factor) {
  double largest = 0, gap = 0;
  for (int i = 0; i < expected.rows; i++)
    for (int j = 0; j < expected.columns; j++) {
      double value = actual.at[actual.rows > 1 ? i : 0][actual.columns > 1 ? j : 0],
             wanted = expected.at[i][j] * factor;
      if (!isfinite(value)) fail_msg("%s = %s gives %g", line->left, line->right, value);
      largest = fmax(largest, fabs(wanted));
      gap = fmax(gap, fabs(value - wanted));
    }
  if (gap > 1e-9 * fmax(largest, 1e-6)) fail_msg("%s = %s is off by %g of %g", line->left, line->right, gap, largest);
}

/* Evaluates every line of ∂root/∂wrt; returns how many there are. */
static size_t lines_check(const graph *g, wg_node *root, size_t count, wg_node *const *wrt, wg_form form) {
  size_t before = root->id + 1;
  wg_derivation *derivation = wg_derivation_new(root, count, wrt, form, WG_ASCII);
  assert_string_equal(wg_derivation_error(derivation), "");
  size_t line_count = wg_derivation_count(derivation), named = 0;
  wg_node **nodes = calloc(before + line_count, sizeof *nodes);
  matrix *values = calloc(before + line_count, sizeof *values);
  assert_true(nodes && values);
  for (size_t id = 0; id < before; id++)
    if (*wg_node_name(wg_tape_node(g->tape, id))) nodes[named++] = wg_tape_node(g->tape, id);
  for (size_t i = 0; i < line_count; i++)
    nodes[named + i] = wg_tape_node(g->tape, wg_node_id(wg_derivation_at(derivation, i)->adjoint));
  values_of(g, named + line_count, nodes, values);

  static symbols known;
  known.count = 0;
  double m = (double)wg_derivation_samples(derivation);
  symbol_set(&known, "m", number(m));
  for (size_t k = 0; k < named; k++) symbol_set(&known, wg_node_name(nodes[k]), values[k]);
  for (size_t i = 0; i < line_count; i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    matrix value = evaluate(&known, line->right);
    assert_same(line, value, values[named + i], line->power ? m : 1);
    symbol_set(&known, line->left, value);
  }
  free(nodes), free(values);
  wg_derivation_free(derivation);
  return line_count;
}

static size_t graph_check(uint64_t seed, size_t operations, bool twice) {
  graph g = graph_new(seed, operations);
  wg_node *last = g.nodes[g.count - 1], *wrt[] = {g.nodes[2], g.nodes[3], wg_tape_node(g.tape, 4), g.nodes[0]},
          *grad[4];
  wg_node *J = wg_mean_squared_error(last, g.nodes[1]);
  if (seed % 3 == 0) J = wg_add(J, wg_scale(wg_sum_all(wg_square(g.nodes[2])), 0.01));
  if (seed % 5 == 0) J = wg_add(J, wg_scale(wg_sum_all(wg_square(draw_operand(&g))), 0.01));
  if (twice) {
    assert_int_equal(wg_grad(J, 4, wrt, grad), WG_OK);
    J = wg_mean_squared_error(wg_tanh(grad[seed % 2]), g.nodes[1]);
  }
  assert_tape_good(g.tape);
  size_t lines = lines_check(&g, J, 4, wrt, WG_FORM_ENGINE) + lines_check(&g, J, 4, wrt, WG_FORM_LECTURE);
  wg_tape_free(g.tape);
  return lines;
}

static void every_line_has_the_value_of_its_gradient(void **state) {
  (void)state;
  size_t lines = 0;
  for (uint64_t seed = 1; seed <= 400; seed++) lines += graph_check(seed, 4 + seed % 16, false);
  assert_true(lines > 4000); /* the graphs are not trivial */
}

static void so_have_the_lines_of_gradients_of_gradients(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 100; seed++) graph_check(seed, 2 + seed % 6, true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_line_has_the_value_of_its_gradient),
      cmocka_unit_test(so_have_the_lines_of_gradients_of_gradients),
  };
  return RUN_TESTS(tests);
}
