/* What --spoil does to a gradient. */
#include "../../ops/ops.h"
#include "checking.h"
#include <inttypes.h>
#include <string.h>

/* The adjoint of what the parameter is broadcast into, or NULL. */
static wg_node *adjoint_broadcast(wg_node *root, const wg_node *param) {
  wg_tape *tape = wg_node_tape(root);
  for (size_t id = wg_node_id(param) + 1; id <= wg_node_id(root); id++) {
    wg_node *node = wg_tape_node(tape, id);
    bool consumes = false;
    for (int i = 0; i < wg_node_input_count(node); i++) consumes = consumes || wg_node_input(node, i) == param;
    wg_node *adjoint = consumes ? wg_adjoint(root, node) : NULL;
    if (adjoint && wg_node_size(adjoint) > wg_node_size(param)) return adjoint;
  }
  return NULL;
}

/* What the first sample alone sends: the sum over the axes of broadcasting is left out. */
static wg_node *one_sample(wg_node *root, const wg_node *param) {
  wg_node *adjoint = adjoint_broadcast(root, param);
  wg_shape shape = wg_node_shape(param), of = wg_node_shape(adjoint);
  for (int axis = 0; adjoint && axis < of.rank; axis++) {
    int own = axis - (of.rank - shape.rank);
    if (own < 0 || shape.size[own] == 1) adjoint = wg_narrow(adjoint, axis, 0, 1);
  }
  return adjoint ? wg_reshape(adjoint, shape) : NULL;
}

static wg_node *first_row(wg_node *grad) {
  wg_shape shape = wg_node_shape(grad);
  return wg_pad(wg_narrow(grad, 0, 0, 1), 2, (int64_t[]){0, 0}, (int64_t[]){shape.size[0] - 1, 0}, 0);
}

/* The gradient with the mistake; NULL where the parameter is too small for it. */
static wg_node *spoiled(const wg_net *net, wg_node *root, const wg_node *param, wg_node *grad, check_mistake mistake) {
  wg_shape shape = wg_node_shape(grad);
  switch (mistake) {
  case MISTAKE_THOUSANDTH:
    return wg_scale(grad, 1.001);
  case MISTAKE_SIGN:
    return wg_neg(grad);
  case MISTAKE_DOUBLE:
    return wg_scale(grad, 2);
  case MISTAKE_ZERO:
    return wg_scale(grad, 0);
  case MISTAKE_ROWS:
    return shape.rank == 2 && shape.size[0] > 1 && shape.size[1] > 1 ? first_row(grad) : one_sample(root, param);
  case MISTAKE_TRANSPOSE:
    return shape.rank == 2 && shape.size[0] > 1 && shape.size[1] > 1 ? wg_reshape(wg_transpose(grad), shape) : NULL;
  case MISTAKE_MISSING_M:
    return wg_scale(grad, (double)net->spec.samples);
  }
  return NULL;
}

int gradient_spoil(const terminal *t, const wg_net *net, wg_node *root, const check_settings *settings,
                   wg_node **grad) {
  for (size_t k = 0; k < net->param_count; k++) {
    if (strcmp(wg_node_name(net->params[k]), settings->spoil) != 0) continue;
    check_mistake mistake = settings->mistake < 0 ? MISTAKE_THOUSANDTH : (check_mistake)settings->mistake;
    wg_node *wrong = spoiled(net, root, net->params[k], grad[k], mistake);
    if (wrong) grad[k] = wrong;
    if (wrong) return EXIT_GOOD;
    wg_shape shape = wg_node_shape(net->params[k]);
    char text[WG_SHAPE_TEXT_SIZE];
    terminal_message(t, "--mistake: %s %s is too small for this one", settings->spoil, wg_shape_text(&shape, text));
    return EXIT_USAGE;
  }
  const char *first = wg_node_name(net->params[0]), *last = wg_node_name(net->params[net->param_count - 1]);
  terminal_message(t, "--spoil '%s': net %s has no such parameter; it has %s to %s", settings->spoil,
                   wg_net_letter(net->spec.kind), first, last);
  return EXIT_USAGE;
}
