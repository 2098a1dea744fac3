/* explore_tape.c: the nodes of the tape and their values at the given point. */
#include "explore_internal.h"

#include "../engine/formula.h"
#include "../engine/plan.h"
#include "../engine/tape_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { SYMBOL_SIZE = 128, FORMULA_SIZE = 512 };

/* ---- Adjoints ---- */

static void write_symbol(wg_exploration *e, const wg_node *node, char symbol[SYMBOL_SIZE]) {
  symbol[0] = 0;
  if (!wg_symbol(node, WG_UNICODE, symbol, SYMBOL_SIZE)) e->json.text.failed = true; /* there is always one */
}

/* "∂Z2" for the adjoint of Z2. */
enum { NAME_SIZE = SYMBOL_SIZE + 8 };
static void write_name(wg_exploration *e, const wg_node *node, char name[NAME_SIZE]) {
  char symbol[SYMBOL_SIZE];
  write_symbol(e, node, symbol);
  snprintf(name, NAME_SIZE, "∂%s", symbol);
}

/* Notes the adjoint of a node, unless it is that of another already, and names it. Not so a constant: it is the same node
 * wherever the number is needed, and no formula should have ∂J for 1. */
static void note_adjoint(wg_exploration *e, wg_node *node) {
  char name[NAME_SIZE];
  wg_node *adjoint = wg_adjoint(e->root, node);
  if (!adjoint || adjoint->id < e->forward || adjoint->id >= e->length || e->adjoint_of[adjoint->id]) return;
  e->adjoint_of[adjoint->id] = node;
  write_name(e, node, name);
  if (!wg_node_is_leaf(adjoint)) wg_name(adjoint, name);
}

/* A node that is the adjoint of several is called that of the last one that has a name: ∂z, and not ∂b. */
static wg_status find_adjoints(wg_exploration *e) {
  e->length = wg_tape_count(e->tape);
  e->adjoint_of = wg_allocate_zeroed(e->allocator, e->length, sizeof *e->adjoint_of);
  if (!e->adjoint_of) return wg_error_memory(e->error);
  for (int named = 1; named >= 0; named--) {
    for (size_t id = e->forward; id-- > 0;) {
      wg_node *node = wg_tape_node(e->tape, id);
      if ((*wg_node_name(node) != 0) == named) note_adjoint(e, node);
    }
  }
  return wg_tape_status(e->tape) == WG_OK ? WG_OK : wg_explore_tape_failure(e);
}

/* ---- Nodes ---- */

static const char *kind_of(const wg_node *node) {
  if (wg_node_is_input(node)) return "input";
  if (wg_node_is_param(node)) return "parameter";
  return wg_node_is_leaf(node) ? "constant" : "operation";
}

/* The value of a constant that is the same everywhere; the formula of any other node; nothing for inputs. */
static void write_formula(wg_exploration *e, const wg_node *node, char text[FORMULA_SIZE]) {
  double value;
  int64_t count;
  text[0] = 0;
  bool fill = wg_node_is_fill(node, &value, &count);
  if (fill && count == 1)
    snprintf(text, FORMULA_SIZE, "%g", value);
  else if (fill)
    snprintf(text, FORMULA_SIZE, "%g / %" PRId64, value, count);
  else if (!wg_node_is_leaf(node) && !wg_formula(node, WG_UNICODE, text, FORMULA_SIZE))
    e->json.text.failed = true;
}

static void write_node(wg_exploration *e, const wg_node *node) {
  char name[NAME_SIZE], formula[FORMULA_SIZE];
  const wg_node *subject = e->adjoint_of[node->id];
  wg_json *json = &e->json;
  if (subject)
    write_name(e, subject, name);
  else
    write_symbol(e, node, name);
  write_formula(e, node, formula);
  wg_json_open(json, NULL, '{');
  wg_json_text(json, "name", name);
  wg_json_text(json, "op", node->op->name);
  wg_json_text(json, "kind", kind_of(node));
  wg_json_open(json, "inputs", '[');
  for (int i = 0; i < node->input_count; i++) wg_explore_id(e, NULL, node->inputs[i]);
  wg_json_close(json, ']');
  wg_json_open(json, "shape", '[');
  for (int i = 0; i < node->shape->rank; i++) wg_json_integer(json, NULL, node->shape->size[i]);
  wg_json_close(json, ']');
  wg_json_text(json, "dtype", wg_dtype_text(node->dtype));
  wg_json_text(json, "formula", formula);
  if (*wg_node_name(node)) wg_json_boolean(json, "named", true);
  if (subject) wg_explore_id(e, "adjoint_of", subject);
  wg_json_close(json, '}');
}

/* ---- Values ---- */

/* So many numbers a page has of all tensors together, and of each at least and at most. */
enum { NUMBERS_MAX = 100000, EACH_LEAST = 8, EACH_MOST = 64, SIDE_MAX = 8 };

static double element_of(const wg_node *node, const void *data, size_t i) {
  switch (node->dtype) {
  case WG_F32:
    return (double)((const float *)data)[i];
  case WG_I64:
    return (double)((const int64_t *)data)[i];
  default:
    return ((const double *)data)[i];
  }
}

/* Least, greatest, mean and Euclidean norm. What is no number makes mean and norm NaN, and is counted. */
static void write_summary(wg_exploration *e, const wg_node *node, const void *data, size_t count) {
  double least = INFINITY, greatest = -INFINITY, sum = 0, squares = 0;
  size_t nan = 0;
  for (size_t i = 0; i < count; i++) {
    double x = element_of(node, data, i);
    nan += isnan(x) != 0;
    least = x < least ? x : least;
    greatest = x > greatest ? x : greatest;
    sum += x;
    squares += x * x;
  }
  bool any = count > nan;
  wg_json_number(&e->json, "min", any ? least : NAN);
  wg_json_number(&e->json, "max", any ? greatest : NAN);
  wg_json_number(&e->json, "mean", sum / (double)count);
  wg_json_number(&e->json, "norm", sqrt(squares));
  if (nan) wg_json_count(&e->json, "nan", nan);
}

/* The size of the corner that is shown: rows and columns of the last two axes, the first of all others. */
static void corner_of(const wg_node *node, size_t most, size_t *rows, size_t *columns) {
  int rank = node->shape->rank;
  size_t height = rank > 1 ? (size_t)node->shape->size[rank - 2] : 1;
  size_t width = rank > 0 ? (size_t)node->shape->size[rank - 1] : 1, widest = rank > 1 ? SIDE_MAX : most;
  bool small = width && height <= most / width; /* small ones are there in full */
  *columns = small || width <= widest ? width : widest;
  if (*columns > most) *columns = most;
  size_t room = *columns ? most / *columns : 1;
  if (!small && room > SIDE_MAX) room = SIDE_MAX;
  *rows = height < room ? height : room;
}

static void write_corner(wg_exploration *e, const wg_node *node, const void *data, size_t most) {
  size_t rows, columns, rank = (size_t)node->shape->rank;
  size_t stride = rank > 0 ? (size_t)node->shape->size[rank - 1] : 1;
  corner_of(node, most, &rows, &columns);
  wg_json_count(&e->json, "rows", rows);
  wg_json_count(&e->json, "columns", columns);
  wg_json_open(&e->json, "corner", '[');
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++)
      wg_json_number_of(&e->json, node->dtype, element_of(node, data, r * stride + c));
  wg_json_close(&e->json, ']');
}

static void write_value(wg_exploration *e, const wg_node *node, const void *data, size_t most) {
  size_t count = (size_t)wg_node_size(node);
  if (!data) {
    wg_json_text(&e->json, NULL, NULL);
    return;
  }
  wg_json_open(&e->json, NULL, '{');
  wg_json_count(&e->json, "count", count);
  if (count > 0) write_corner(e, node, data, most);
  if (count > 0) write_summary(e, node, data, count);
  wg_json_close(&e->json, '}');
}

wg_plan *wg_explore_run(wg_exploration *e, wg_plan *plan, wg_status *status) {
  *status = wg_plan_status(plan);
  for (size_t k = 0; *status == WG_OK && k < e->binding_count; k++)
    *status = wg_bind(plan, e->bindings[k].node, e->bindings[k].data);
  if (*status == WG_OK) *status = wg_run(plan);
  if (*status == WG_OK) return plan;
  wg_error_set(e->error, *status, "%s", wg_plan_error(plan));
  wg_plan_free(plan);
  return NULL;
}

static bool is_bound(const wg_exploration *e, size_t id) { return id >= e->forward || e->bound[id]; }

/* All nodes that can be computed, by one plan. */
static wg_status write_values(wg_exploration *e) {
  wg_node **outputs = wg_allocate(e->allocator, e->length, sizeof *outputs);
  if (!outputs) return wg_error_memory(e->error);
  size_t count = 0;
  for (size_t id = 0; id < e->length; id++)
    if (is_bound(e, id)) outputs[count++] = wg_tape_node(e->tape, id);
  wg_status status;
  wg_plan *plan = wg_explore_run(e, wg_plan_new(count, outputs), &status);
  wg_release(e->allocator, outputs);
  if (!plan) return status;
  size_t most = NUMBERS_MAX / e->length;
  most = most < EACH_LEAST ? EACH_LEAST : most > EACH_MOST ? EACH_MOST : most;
  wg_json_open(&e->json, "values", '[');
  for (size_t id = 0; id < e->length; id++) {
    const wg_node *node = wg_tape_node(e->tape, id);
    write_value(e, node, wg_data(plan, node), most);
  }
  wg_json_close(&e->json, ']');
  wg_plan_free(plan);
  return WG_OK;
}

wg_status wg_explore_tape_write(wg_exploration *e) {
  wg_status status = find_adjoints(e);
  if (status != WG_OK) return status;
  wg_explore_id(e, "root", e->root);
  wg_json_count(&e->json, "forward", e->forward);
  wg_json_open(&e->json, "wanted", '[');
  for (size_t k = 0; k < e->count; k++) wg_explore_id(e, NULL, e->wanted[k]);
  wg_json_close(&e->json, ']');
  wg_json_open(&e->json, "nodes", '[');
  for (size_t id = 0; id < e->length; id++) write_node(e, wg_tape_node(e->tape, id));
  wg_json_close(&e->json, ']');
  return write_values(e);
}
