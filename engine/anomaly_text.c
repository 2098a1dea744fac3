/* anomaly_text.c: an anomaly in words. */
#include "anomaly.h"

#include "derivation.h"
#include "tape_internal.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

enum { SYMBOL_SIZE = 64, INDICES_SIZE = WG_SHAPE_TEXT_SIZE, WHOLE_SIZE = 4096 };

/* Text that is added to as far as it fits. */
typedef struct line {
  char *text;
  size_t size;
} line;

static void add(line *l, const char *format, ...) WG_PRINTF(2, 3);
static void add(line *l, const char *format, ...) {
  if (l->size == 0) return;
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(l->text, l->size, format, arguments);
  va_end(arguments);
  while (*l->text) {
    l->text++;
    l->size--;
  }
}

/* "(12,0)" for element `index`, row-major. */
static const char *indices_text(const wg_node *node, int64_t index, char text[INDICES_SIZE]) {
  wg_shape indices = *node->shape;
  for (int axis = indices.rank - 1; axis >= 0; axis--) {
    indices.size[axis] = index % node->shape->size[axis];
    index /= node->shape->size[axis];
  }
  return wg_shape_text(&indices, text);
}

static void add_input(line *l, const wg_anomaly_input *input) {
  char text[WG_NODE_TEXT_SIZE];
  bool same = input->least == input->greatest && input->not_finite == 0;
  add(l, "%s", wg_node_text(input->node, text));
  if (same) add(l, " is %.6g", input->least);
  if (!same && input->index >= 0) add(l, " is %.6g there%s", input->element, isnan(input->least) ? "" : ", and");
  if (!same && !isnan(input->least)) add(l, " goes from %.6g to %.6g", input->least, input->greatest);
  if (input->not_finite)
    add(l, ", and %lld of %lld are not finite", (long long)input->not_finite, (long long)wg_node_size(input->node));
}

static void add_place(line *l, const wg_anomaly *anomaly) {
  char symbol[SYMBOL_SIZE];
  if (!anomaly->backward) {
    add(l, "forward: ");
    return;
  }
  add(l, "backward");
  if (anomaly->adjoint_of) {
    wg_symbol(anomaly->adjoint_of, WG_UNICODE, symbol, sizeof symbol);
    add(l, ", %s∂%s", anomaly->is_adjoint ? "" : "on the way to ", symbol);
  }
  add(l, ": ");
}

static void add_anomaly(line *l, const wg_anomaly *anomaly) {
  char node_text[WG_NODE_TEXT_SIZE], indices[INDICES_SIZE];
  const wg_node *node = anomaly->node;
  add_place(l, anomaly);
  add(l, "%s %s, element %s is %g; %lld of %lld %s not finite.", node->op->name, wg_node_text(node, node_text),
      indices_text(node, anomaly->index, indices), isnan(anomaly->value) ? NAN : anomaly->value,
      (long long)anomaly->not_finite, (long long)wg_node_size(node), anomaly->not_finite == 1 ? "is" : "are");
  int shown = anomaly->input_count < WG_ANOMALY_INPUTS_MAX ? anomaly->input_count : WG_ANOMALY_INPUTS_MAX;
  for (int i = 0; i < shown; i++) {
    if (i && anomaly->inputs[i].node == anomaly->inputs[i - 1].node) continue;
    add(l, i ? "; " : anomaly->input_count == 1 ? " Its input " : " Of its inputs ");
    add_input(l, &anomaly->inputs[i]);
  }
  if (shown) add(l, shown < anomaly->input_count ? " …" : ".");
  if (anomaly->nan_node)
    add(l, " The first NaN is in %s %s, element %s.", anomaly->nan_node->op->name,
        wg_node_text(anomaly->nan_node, node_text), indices_text(anomaly->nan_node, anomaly->nan_index, indices));
}

char *wg_anomaly_text(const wg_anomaly *anomaly, char *text, size_t size) {
  char whole[WHOLE_SIZE] = "all values are finite";
  line l = {whole, sizeof whole};
  if (anomaly->node) add_anomaly(&l, anomaly);
  if (size) snprintf(text, size, "%.*s", wg_text_fit(whole, (int)(size < WHOLE_SIZE ? size - 1 : WHOLE_SIZE)), whole);
  return text;
}
