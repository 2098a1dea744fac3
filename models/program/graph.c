/* wengert graph: the tape of a net as a table, in Graphviz's language, or as JSON. */
#include "../../engine/memory.h"
#include "program.h"
#include <stdlib.h>
#include <string.h>

/* ---- DOT ---- */

/* A string of the DOT language: quotes and backslashes escaped, so that any name may stand in it. */
static void dot_text(FILE *out, const char *text) {
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') fputc('\\', out);
    fputc((unsigned char)*text < ' ' ? '?' : *text, out);
  }
}

/* Shape tells what a node is, and so does color: nothing hangs on color alone. */
static const char *dot_look(const tape_view *view, const wg_node *node) {
  if (wg_node_id(node) >= view->forward) return "shape=hexagon, style=\"filled,dashed\", fillcolor=\"#fde8c8\"";
  if (node == view->net->J) return "shape=doubleoctagon, style=filled, fillcolor=\"#f6d5e5\"";
  if (wg_node_is_input(node)) return "shape=parallelogram, style=filled, fillcolor=\"#d9ead3\"";
  if (wg_node_is_param(node)) return "shape=box, style=filled, fillcolor=\"#cfe2f3\"";
  if (wg_node_input_count(node) == 0) return "shape=plaintext";
  return "shape=ellipse, style=filled, fillcolor=\"#ffffff\"";
}

static void dot_node(FILE *out, const tape_view *view, const wg_node *node, wg_script script) {
  char symbol[128], shape_text[WG_SHAPE_TEXT_SIZE];
  wg_shape shape = wg_node_shape(node);
  bool leaf = wg_node_input_count(node) == 0;
  wg_symbol(node, script, symbol, sizeof symbol);
  fprintf(out, "  v%zu [label=\"", wg_node_id(node));
  dot_text(out, symbol);
  if (!leaf) fprintf(out, "\\n%s", wg_node_op(node));
  fprintf(out, "\\n%s\", %s];\n", wg_shape_text(&shape, shape_text), dot_look(view, node));
}

static int layer_below_inputs(const wg_node *node, const int *layers) {
  int layer = wg_node_input_count(node) > 0 ? 1 : 0;
  for (int i = 0; i < wg_node_input_count(node); i++) {
    int input = layers[wg_node_id(wg_node_input(node, i))];
    if (layer < input + 1) layer = input + 1;
  }
  return layer;
}

/* The layer of every node, from the top; returns the lowest. Forward operations stand below their inputs, and leaves just
 * above their first consumer. An adjoint stands beside its node, so that the gradient runs back up, and what else the
 * sweep records beside its consumer. */
static int layers_find(const tape_view *view, int *layers) {
  const wg_tape *tape = view->net->tape;
  int lowest = 0;
  for (size_t id = 0; id < view->forward; id++) {
    layers[id] = layer_below_inputs(wg_tape_node(tape, id), layers);
    if (layers[id] > lowest) lowest = layers[id];
  }
  for (size_t id = view->forward; id-- > 0;) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; i < wg_node_input_count(node); i++) {
      const wg_node *input = wg_node_input(node, i);
      if (wg_node_input_count(input) == 0) layers[wg_node_id(input)] = layers[id] - 1;
    }
  }
  for (size_t id = view->forward; id < view->count; id++)
    layers[id] = view->of[id] ? layers[wg_node_id(view->of[id])] : lowest;
  for (size_t id = view->count; id-- > view->forward;) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; i < wg_node_input_count(node); i++) {
      size_t input = wg_node_id(wg_node_input(node, i));
      if (input >= view->forward && !view->of[input]) layers[input] = layers[id];
    }
  }
  return lowest;
}

static void dot_ranks(FILE *out, const tape_view *view, const int *layers, int lowest) {
  for (int layer = 0; layer <= lowest; layer++) {
    fputs("  { rank=same;", out);
    for (size_t id = 0; id < view->count; id++)
      if (layers[id] == layer) fprintf(out, " v%zu;", id);
    fputs(" }\n", out);
  }
}

static void dot_print(FILE *out, const tape_view *view, int *layers, wg_script script) {
  fputs("digraph \"", out);
  dot_text(out, wg_net_name(view->net->spec.kind));
  fputs("\" {\n  rankdir=TB;\n  node [fontname=\"sans-serif\", fontsize=11];\n  edge [arrowsize=0.7];\n", out);
  for (size_t id = 0; id < view->count; id++) dot_node(out, view, wg_tape_node(view->net->tape, id), script);
  for (size_t id = 0; id < view->count; id++) {
    const wg_node *node = wg_tape_node(view->net->tape, id);
    const char *look = id < view->forward ? "" : " [style=dashed, constraint=false]";
    for (int i = 0; i < wg_node_input_count(node); i++)
      fprintf(out, "  v%zu -> v%zu%s;\n", wg_node_id(wg_node_input(node, i)), id, look);
  }
  dot_ranks(out, view, layers, layers_find(view, layers));
  fputs("}\n", out);
}

/* ---- The command ---- */

typedef enum graph_format { GRAPH_TABLE, GRAPH_DOT, GRAPH_JSON } graph_format;

static int view_print(const terminal *t, const tape_view *view, graph_format format, wg_script script) {
  if (format == GRAPH_TABLE) return tape_print_table(t, view, script);
  if (format == GRAPH_DOT) {
    int *layers = wg_allocate(&wg_allocator_default, view->count, sizeof *layers);
    if (!layers) return failure(t, WG_ERROR_MEMORY, NULL);
    dot_print(t->out, view, layers, script);
    free(layers);
    return EXIT_GOOD;
  }
  json j = json_new(t->out);
  json_object(&j, NULL);
  net_json(&j, &view->net->spec, wg_net_param_elements(view->net));
  json_count(&j, "loss", wg_node_id(view->net->J));
  tape_print_json(&j, "nodes", view, script);
  json_object_end(&j);
  return EXIT_GOOD;
}

int command_graph(terminal *t, int argc, char **argv) {
  net_choice choice = {.activation = -1};
  int format = GRAPH_TABLE, script = WG_UNICODE;
  bool grad = false, as_json = false;
  const option options[] = {
      {"format", OPTION_CHOICE, &format, "table|dot|json",
       "dot is for Graphviz: wengert graph D --format dot | dot -Tsvg", 0, 0},
      {"grad", OPTION_FLAG, &grad, NULL, "with the nodes that the reverse sweep records", 0, 0},
      {"json", OPTION_FLAG, &as_json, NULL, "the same as --format json", 0, 0},
      {"script", OPTION_CHOICE, &script, "unicode|ascii", "how formulas are written", 0, 0},
      NET_OPTIONS(choice),
      SAMPLES_OPTION(choice),
  };
  const command_usage usage = {
      .synopsis = "wengert graph NET [options]\n       wengert graph --layers 4,16,3 [options]",
      .about = "Prints the tape of a net: every recorded operation with its inputs, shape and formula.",
      .more = "In the DOT form inputs are parallelograms, parameters boxes, operations ellipses, the loss a double "
              "octagon, and what the sweep records dashed hexagons.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  wg_net_spec spec;
  wg_net *net = NULL;
  tape_view view = {0};
  int code = net_choose(t, &choice, &spec);
  spec.learning = true; /* with dropout, if there is any */
  if (code == EXIT_GOOD) code = net_record(t, &spec, &net);
  if (code == EXIT_GOOD) {
    wg_status status = tape_view_new(&view, net, grad, (wg_script)script);
    code = status == WG_OK ? view_print(t, &view, as_json ? GRAPH_JSON : (graph_format)format, (wg_script)script)
                           : failure(t, status, wg_tape_error(net->tape));
  }
  tape_view_free(&view);
  wg_net_free(net);
  return code;
}
