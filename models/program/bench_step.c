/* bench_step.c: a training step of a net as one plan: forward, reverse, update. */
#include "../../engine/memory.h"
#include "../../ops/ops.h"
#include "bench.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- Layers ---- */

/* The number that a name ends in: 2 of "Wqkv2"; 0 where there is none. */
static int64_t number_of(const char *name) {
  size_t length = strlen(name), first = length;
  while (first > 0 && isdigit((unsigned char)name[first - 1])) first--;
  return first < length && length - first < 10 ? strtoll(name + first, NULL, 10) : 0;
}

/* That of the parameter which a node reads, also through a view. */
static int64_t param_number(const wg_node *node) {
  int64_t number = 0;
  for (int i = 0; i < wg_node_input_count(node) && !number; i++) {
    const wg_node *input = wg_node_input(node, i);
    while (input->op->view && wg_node_input_count(input) == 1) input = wg_node_input(input, 0);
    if (wg_node_is_param(input)) number = number_of(wg_node_name(input));
  }
  return number;
}

/* Layers of the net's own nodes: by their names or parameters, else by who uses them first, else by what they use. What
 * comes after the logits without a name of its own is the loss, which is in none. */
static void layers_of_net(const wg_net *net, size_t count, int64_t *layers) {
  for (size_t id = 0; id < count; id++) {
    const wg_node *node = wg_tape_node(net->tape, id);
    int64_t own = number_of(wg_node_name(node));
    layers[id] = own ? own : param_number(node);
  }
  for (size_t id = count; id-- > 0;) {
    const wg_node *node = wg_tape_node(net->tape, id);
    for (int i = 0; i < wg_node_input_count(node) && layers[id]; i++) {
      const wg_node *input = wg_node_input(node, i);
      if (!number_of(wg_node_name(input)) && !param_number(input)) layers[wg_node_id(input)] = layers[id];
    }
  }
  for (size_t id = 0; id <= wg_node_id(net->logits); id++) {
    const wg_node *node = wg_tape_node(net->tape, id);
    for (int i = 0; i < wg_node_input_count(node) && !layers[id]; i++)
      layers[id] = layers[wg_node_id(wg_node_input(node, i))];
  }
}

/* What the sweep records belongs to the layer whose rule it is. */
typedef struct listener {
  wg_tape *tape;
  int64_t *layers;
  size_t seen, room;
  const wg_allocator *allocator;
  bool failed;
} listener;

static void layer_note(listener *l, int64_t layer) {
  size_t count = wg_tape_count(l->tape);
  while (l->seen < count && !l->failed) {
    if (l->seen == l->room) {
      int64_t *moved = wg_grow(l->allocator, l->layers, l->seen, &l->room, sizeof *moved);
      l->failed = moved == NULL;
      if (moved) l->layers = moved;
    }
    if (!l->failed) l->layers[l->seen++] = layer;
  }
}

static void listen(void *context, const wg_event *event) {
  listener *l = context;
  const wg_node *of = event->kind == WG_EVENT_RULE ? event->consumer : event->node;
  if (event->kind == WG_EVENT_RULE || event->kind == WG_EVENT_SUM)
    layer_note(l, wg_node_id(of) < l->seen ? l->layers[wg_node_id(of)] : 0);
  else
    layer_note(l, 0);
}

/* ---- Recording ---- */

void bench_adjoints_name(const wg_net *net, size_t forward) {
  char symbol[64], name[80];
  for (int named = 1; named >= 0; named--)
    for (size_t id = forward; id-- > 0;) {
      wg_node *node = wg_tape_node(net->tape, id), *adjoint = wg_adjoint(net->J, node);
      if (!adjoint || wg_node_id(adjoint) < forward || *wg_node_name(adjoint)) continue;
      if ((*wg_node_name(node) != 0) != named) continue;
      wg_symbol(node, WG_UNICODE, symbol, sizeof symbol);
      snprintf(name, sizeof name, "∂%s", symbol);
      wg_name(adjoint, name);
    }
}

/* α as an input, and for each parameter W − α·∂W. */
static wg_node *updates_record(const wg_net *net, wg_node *const *grad, wg_leaf_update *updates, listener *l) {
  wg_node *rate = wg_input(net->tape, "α", net->spec.dtype, WG_SCALAR);
  layer_note(l, 0);
  for (size_t k = 0; k < net->param_count; k++) {
    updates[k] = (wg_leaf_update){net->params[k], wg_sub(net->params[k], wg_mul(rate, grad[k]))};
    layer_note(l, number_of(wg_node_name(net->params[k])));
  }
  return rate;
}

static wg_status bound(bench_step *step, wg_node *rate) {
  const wg_net *net = step->net;
  wg_status status = wg_bind(step->plan, net->X, step->x);
  if (status == WG_OK) status = wg_bind(step->plan, net->Y, step->y);
  if (status == WG_OK) status = wg_bind(step->plan, rate, step->rate);
  if (status == WG_OK && net->seed) status = wg_bind(step->plan, net->seed, &step->seed);
  for (size_t k = 0; status == WG_OK && k < net->param_count; k++)
    status = wg_bind_updated(step->plan, net->params[k], step->model->weights->data[k]);
  return status;
}

static wg_status step_plan(bench_step *step, wg_node **grad, wg_leaf_update *updates) {
  wg_net *net = step->net;
  listener l = {.tape = net->tape, .allocator = &wg_allocator_default};
  layer_note(&l, 0);
  if (!l.failed) layers_of_net(net, l.seen, l.layers);
  step->parts.forward_end = l.seen;
  const wg_sweep_options options = {.event = listen, .context = &l};
  wg_status status = wg_sweep(net->J, net->param_count, net->params, grad, &options, NULL);
  layer_note(&l, 0);
  step->parts.reverse_end = l.seen;
  if (status == WG_OK) bench_adjoints_name(net, step->parts.forward_end);
  wg_node *rate = updates_record(net, grad, updates, &l);
  step->parts.layers = step->layers = l.layers;
  step->parts.layer_count = l.seen;
  if (status == WG_OK) status = l.failed ? WG_ERROR_MEMORY : wg_tape_status(net->tape);
  if (status != WG_OK) return status;
  step->plan = wg_plan_new_updating(1, &net->J, net->param_count, updates);
  status = wg_plan_status(step->plan);
  return status == WG_OK ? bound(step, rate) : status;
}

static int planned(bench_step *step, const terminal *t) {
  size_t count = step->net->param_count;
  wg_node **grad = wg_allocate(&wg_allocator_default, count, sizeof *grad);
  wg_leaf_update *updates = wg_allocate(&wg_allocator_default, count, sizeof *updates);
  wg_status status = grad && updates ? step_plan(step, grad, updates) : WG_ERROR_MEMORY;
  free(grad);
  free(updates);
  if (status == WG_OK) return EXIT_GOOD;
  return failure(t, status, step->plan ? wg_plan_error(step->plan) : wg_tape_error(step->net->tape));
}

static bool data_room(bench_step *step) {
  const wg_node *X = step->net->X, *Y = step->net->Y;
  step->x = wg_allocate_zeroed(&wg_allocator_default, (size_t)wg_node_size(X), wg_dtype_size(wg_node_dtype(X)));
  step->y = wg_allocate_zeroed(&wg_allocator_default, (size_t)wg_node_size(Y), wg_dtype_size(wg_node_dtype(Y)));
  return step->x && step->y;
}

int bench_step_new(bench_step *step, const terminal *t, const bench_settings *settings, const wg_net_spec *spec,
                   const wg_samples *samples, wg_threads *threads) {
  *step = (bench_step){.seed = settings->seed};
  wg_net_spec learning = *spec;
  wg_error error = {0};
  learning.learning = true;
  int code = net_record(t, &learning, &step->net);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_model_new(spec, (wg_init)settings->init, (uint64_t)settings->seed, &step->model, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  if (!data_room(step)) return failure(t, WG_ERROR_MEMORY, NULL);
  wg_random random = wg_random_new((uint64_t)settings->seed, WG_STREAM_DATA);
  if (samples)
    samples->fill(samples, step->net, 1, NULL, 0, step->x, step->y);
  else
    wg_random_fill(&random, step->net, step->x, step->y);
  code = planned(step, t);
  if (code == EXIT_GOOD) wg_plan_use_threads(step->plan, threads);
  return code;
}

void bench_step_free(bench_step *step) {
  wg_plan_free(step->plan);
  wg_net_free(step->net);
  wg_model_free(step->model);
  free(step->layers);
  free(step->x);
  free(step->y);
}

/* ---- Labels ---- */

/* A name; for a node without one its formula if that is short. */
static void node_text(const wg_node *node, char *text, size_t size) {
  enum { SHORT = 18 };
  char formula[96];
  if (!*wg_node_name(node) && wg_formula(node, WG_UNICODE, formula, sizeof formula) < sizeof formula &&
      text_width(formula) <= SHORT)
    snprintf(text, size, "%s", formula);
  else
    wg_symbol(node, WG_UNICODE, text, size);
}

void bench_label_of(const wg_plan *plan, const wg_profile_line *line, bench_label label) {
  char node[96] = "";
  int used = 0;
  wg_plan_step step;
  const char *last = "";
  for (size_t i = line->begin; i < line->end && wg_plan_step_at(plan, i, &step); i++) {
    const char *op = step.copy ? "copy" : wg_node_op(step.node);
    node_text(step.updates ? step.updates : step.node, node, sizeof node);
    if (used + 80 >= BENCH_LABEL_SIZE || strcmp(op, last) == 0) continue;
    used += snprintf(label + used, BENCH_LABEL_SIZE - (size_t)used, "%s%s", used ? "+" : "", op);
    last = op;
  }
  snprintf(label + used, BENCH_LABEL_SIZE - (size_t)used, " %s", node);
}

const char *bench_kind(const wg_profile_line *line) {
  if (line->end > line->begin + 1) return "pass";
  return line->lead.copy ? "copy" : wg_node_op(line->lead.node);
}

int bench_label_cut(const char *text, int columns, bench_label cut) {
  int used = 0, length;
  size_t bytes = 0;
  const bool whole = text_width(text) <= columns;
  for (; *text && bytes + 8 < BENCH_LABEL_SIZE; text += length) {
    const int width = text_character_width(text_character(text, &length));
    if (used + width > (whole ? columns : columns - 1)) break;
    memcpy(cut + bytes, text, (size_t)length);
    bytes += (size_t)length;
    used += width;
  }
  snprintf(cut + bytes, BENCH_LABEL_SIZE - bytes, "%s", whole ? "" : "…");
  return used + !whole;
}
