/* The tape as a table and as JSON. */
#include "../../engine/memory.h"
#include "../../engine/op.h"
#include "program.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOL_SIZE = 128, FORMULA_SIZE = 512 };

/* Notes that `adjoint` is the adjoint of `node`, unless it is that of another already, and names it. */
static void adjoint_note(tape_view *view, const wg_node *node, wg_node *adjoint, wg_script script) {
  char symbol[SYMBOL_SIZE], name[SYMBOL_SIZE + 8];
  size_t id = wg_node_id(adjoint);
  if (!adjoint || id < view->forward || id >= view->count || view->of[id]) return;
  view->of[id] = node;
  wg_symbol(node, script, symbol, sizeof symbol);
  snprintf(name, sizeof name, "%s%s", script == WG_ASCII ? "d" : "∂", symbol);
  wg_name(adjoint, name);
}

wg_status tape_view_new(tape_view *view, const wg_net *net, bool gradient, wg_script script) {
  wg_tape *tape = net->tape;
  *view = (tape_view){.net = net, .count = wg_tape_count(tape), .forward = wg_tape_count(tape)};
  wg_node **grad = gradient ? wg_allocate(&wg_allocator_default, net->param_count, sizeof *grad) : NULL;
  if (gradient && !grad) return WG_ERROR_MEMORY;
  wg_status status = gradient ? wg_grad(net->J, net->param_count, net->params, grad) : WG_OK;
  free(grad);
  if (status != WG_OK) return status;
  view->count = wg_tape_count(tape);
  view->of = wg_allocate_zeroed(&wg_allocator_default, view->count, sizeof *view->of);
  if (!view->of) return WG_ERROR_MEMORY;
  /* A node that is the adjoint of several is shown as that of the last one that has a name: ∂z, and not ∂b. */
  for (int named = 1; gradient && named >= 0; named--) {
    for (size_t id = view->forward; id-- > 0;) {
      wg_node *node = wg_tape_node(tape, id);
      if ((*wg_node_name(node) != 0) == named) adjoint_note(view, node, wg_adjoint(net->J, node), script);
    }
  }
  return wg_tape_status(tape);
}

void tape_view_free(tape_view *view) {
  free(view->of);
  view->of = NULL;
}

const char *tape_view_kind(const wg_node *node) {
  if (wg_node_is_input(node)) return "input";
  if (wg_node_is_param(node)) return "parameter";
  return wg_node_input_count(node) == 0 ? "constant" : "operation";
}

/* A constant without a name has its value as its symbol. */
static bool shows_value(const wg_node *node) {
  double value;
  int64_t count;
  return !*wg_node_name(node) && wg_node_is_fill(node, &value, &count);
}

static void inputs_text(const wg_node *node, wg_script script, char *text, size_t size) {
  size_t length = 0;
  text[0] = 0;
  for (int i = 0; i < wg_node_input_count(node) && length + 3 < size; i++) {
    length += (size_t)snprintf(text + length, size - length, "%s", i ? ", " : "");
    length += wg_symbol(wg_node_input(node, i), script, text + length, size - length);
  }
}

/* The value of a constant that is the same everywhere; the formula of any other node; nothing for inputs. */
static void formula_text(const wg_node *node, wg_script script, char *text, size_t size) {
  double value;
  int64_t count;
  text[0] = 0;
  bool fill = wg_node_is_fill(node, &value, &count);
  if (fill && count == 1)
    snprintf(text, size, "%g", value);
  else if (fill)
    snprintf(text, size, "%g / %" PRId64, value, count);
  else if (wg_node_input_count(node) > 0)
    wg_formula(node, script, text, size);
}

int tape_print_table(const terminal *t, const tape_view *view, wg_script script) {
  char symbol[SYMBOL_SIZE], inputs[SYMBOL_SIZE], formula[FORMULA_SIZE], shape_text[WG_SHAPE_TEXT_SIZE];
  text_table rows = text_table_new("rlllll");
  text_table_titles(&rows, "id|name|operation|inputs|shape|formula");
  for (size_t id = 0; id < view->count; id++) {
    const wg_node *node = wg_tape_node(view->net->tape, id);
    wg_shape shape = wg_node_shape(node);
    wg_symbol(node, script, symbol, sizeof symbol);
    inputs_text(node, script, inputs, sizeof inputs);
    formula_text(node, script, formula, sizeof formula);
    text_table_add(&rows, STYLE_QUIET, "%zu", id);
    text_table_add(&rows, view->of[id] ? STYLE_DOUBT : STYLE_STRONG, "%s", shows_value(node) ? "" : symbol);
    text_table_add(&rows, STYLE_PLAIN, "%s", wg_node_op(node));
    text_table_add(&rows, STYLE_PLAIN, "%s", inputs);
    text_table_add(&rows, STYLE_PLAIN, "%s", wg_shape_text(&shape, shape_text));
    text_table_add(&rows, STYLE_PLAIN, "%s", formula);
  }
  bool printed = text_table_print(&rows, t);
  text_table_free(&rows);
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

/* ---- JSON ---- */

static void attributes_json(json *j, const wg_node *node) {
  json_object_flat(j, "attributes");
  const wg_attr *declared = node->op->attrs;
  for (int i = 0; declared && declared[i].kind != WG_ATTR_END; i++) {
    const wg_attr *a = &node->attrs[i];
    if (a->kind == WG_ATTR_INTEGER) json_integer(j, a->name, a->integer);
    if (a->kind == WG_ATTR_NUMBER) json_number(j, a->name, a->number);
    if (a->kind == WG_ATTR_TEXT) json_text(j, a->name, a->text);
    if (a->kind != WG_ATTR_INTEGERS) continue;
    json_array_flat(j, a->name);
    for (int k = 0; k < a->count; k++) json_integer(j, NULL, a->integers[k]);
    json_array_end(j);
  }
  json_object_end(j);
}

void tape_print_json(json *j, const char *key, const tape_view *view, wg_script script) {
  char symbol[SYMBOL_SIZE], formula[FORMULA_SIZE];
  json_array(j, key);
  for (size_t id = 0; id < view->count; id++) {
    const wg_node *node = wg_tape_node(view->net->tape, id);
    wg_shape shape = wg_node_shape(node);
    wg_symbol(node, script, symbol, sizeof symbol);
    formula_text(node, script, formula, sizeof formula);
    json_object_flat(j, NULL);
    json_count(j, "id", id);
    json_text(j, "name", shows_value(node) ? NULL : symbol);
    json_text(j, "op", wg_node_op(node));
    json_text(j, "kind", tape_view_kind(node));
    json_text(j, "pass", id < view->forward ? "forward" : "gradient");
    json_array_flat(j, "inputs");
    for (int i = 0; i < wg_node_input_count(node); i++) json_count(j, NULL, wg_node_id(wg_node_input(node, i)));
    json_array_end(j);
    attributes_json(j, node);
    json_text(j, "dtype", wg_dtype_text(wg_node_dtype(node)));
    json_array_flat(j, "shape");
    for (int i = 0; i < shape.rank; i++) json_integer(j, NULL, shape.size[i]);
    json_array_end(j);
    json_text(j, "formula", formula);
    if (view->of[id]) json_count(j, "adjoint_of", wg_node_id(view->of[id]));
    json_object_end(j);
  }
  json_array_end(j);
}
