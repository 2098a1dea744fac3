#include "net_parts.h"

#include "../engine/memory.h"

/* What a net is made of beyond what it shows. */
typedef struct whole_net {
  wg_net net; /* first, so that a pointer to it is one to the whole */
  wg_allocator allocator;
  int64_t *widths;
  wg_error error;
} whole_net;

static wg_status copy_widths(whole_net *whole) {
  wg_net_spec *spec = &whole->net.spec;
  whole->widths = wg_allocate(&whole->allocator, spec->width_count, sizeof(int64_t));
  if (!whole->widths) return wg_error_memory(&whole->error);
  for (size_t i = 0; i < spec->width_count; i++) whole->widths[i] = spec->widths[i];
  spec->widths = whole->widths;
  return WG_OK;
}

static bool is_named(const wg_node *node) { return wg_node_name(node)[0] != 0; }

/* The nodes of the tape that `belongs` says, in tape order, into an array of the net's. */
static wg_status collect(whole_net *whole, bool (*belongs)(const wg_node *node), size_t *count, wg_node ***nodes) {
  const wg_tape *tape = whole->net.tape;
  size_t total = 0;
  for (size_t id = 0; id < wg_tape_count(tape); id++) total += belongs(wg_tape_node(tape, id));
  *nodes = wg_allocate(&whole->allocator, total, sizeof(wg_node *));
  if (!*nodes) return wg_error_memory(&whole->error);
  for (size_t id = 0; id < wg_tape_count(tape); id++) {
    wg_node *node = wg_tape_node(tape, id);
    if (belongs(node)) (*nodes)[(*count)++] = node;
  }
  return WG_OK;
}

static wg_status record(whole_net *whole) {
  wg_net *net = &whole->net;
  net->tape = wg_tape_new_with(&whole->allocator);
  wg_net_nodes nodes = wg_net_kind_of(net->spec.kind)->record(net->tape, &net->spec);
  net->X = nodes.X;
  net->Y = nodes.Y;
  net->seed = nodes.seed;
  net->logits = nodes.logits;
  net->prediction = nodes.prediction;
  net->J = nodes.J;
  wg_status status = wg_tape_status(net->tape);
  if (status != WG_OK)
    return wg_error_set(&whole->error, status, "%s", net->tape ? wg_tape_error(net->tape) : "out of memory");
  status = collect(whole, wg_node_is_param, &net->param_count, &net->params);
  return status == WG_OK ? collect(whole, is_named, &net->named_count, &net->named) : status;
}

wg_net *wg_net_new(const wg_net_spec *spec) {
  const wg_allocator *allocator = spec->allocator ? spec->allocator : &wg_allocator_default;
  whole_net *whole = wg_allocate_zeroed(allocator, 1, sizeof *whole);
  if (!whole) return NULL;
  whole->allocator = *allocator;
  whole->net.spec = *spec;
  whole->net.spec.allocator = NULL;
  if (!spec->widths && !spec->width_count) {
    wg_net_spec lecture = wg_net_spec_of(spec->kind);
    whole->net.spec.width_count = lecture.width_count;
    whole->net.spec.widths = lecture.widths;
  }
  wg_status status = wg_net_spec_check(&whole->net.spec, &whole->error);
  if (status == WG_OK) status = copy_widths(whole);
  if (status == WG_OK) record(whole);
  return &whole->net;
}

void wg_net_free(wg_net *net) {
  if (!net) return;
  whole_net *whole = (whole_net *)net;
  wg_allocator allocator = whole->allocator;
  wg_tape_free(net->tape);
  wg_release(&allocator, net->params);
  wg_release(&allocator, net->named);
  wg_release(&allocator, whole->widths);
  wg_release(&allocator, whole);
}

wg_status wg_net_status(const wg_net *net) { return net ? ((const whole_net *)net)->error.status : WG_ERROR_MEMORY; }
const char *wg_net_error(const wg_net *net) { return net ? ((const whole_net *)net)->error.message : "out of memory"; }

static bool is_sequence(const wg_net *net) { return wg_net_is_sequence(net->spec.kind); }

int64_t wg_net_features(const wg_net *net) { return is_sequence(net) ? net->spec.steps : net->spec.widths[0]; }
int64_t wg_net_labels(const wg_net *net) { return is_sequence(net) ? net->spec.steps : 1; }
int64_t wg_net_outputs(const wg_net *net) { return net->spec.widths[net->spec.width_count - 1]; }
bool wg_net_samples_are_columns(const wg_net *net) { return wg_net_kind_of(net->spec.kind)->samples_are_columns; }

int64_t wg_net_classes(const wg_net *net) {
  int64_t outputs = wg_net_outputs(net);
  return wg_net_samples_are_columns(net) && outputs == 1 ? 2 : outputs;
}

int64_t wg_net_param_elements(const wg_net *net) {
  int64_t elements = 0;
  for (size_t k = 0; k < net->param_count; k++) elements += wg_node_size(net->params[k]);
  return elements;
}
