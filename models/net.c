#include "net.h"

#include "../engine/text.h"

#include <string.h>

/* ---- The kinds ---- */

typedef struct net_kind {
  const char *letter, *name, *title;
  wg_net_nodes (*record)(wg_tape *tape, const wg_net_spec *spec);
  bool samples_are_columns;
  int64_t samples; /* the lecture's own sizes */
  size_t width_count;
  const int64_t *widths;
} net_kind;

static const int64_t neuron_widths[] = {2, 1}, softmax_widths[] = {2, 3}, columns_widths[] = {2, 4, 1},
                     spiral_widths[] = {2, 4, 3}, layers_widths[] = {2, 16, 16, 3};

static const net_kind kinds[WG_NET_KIND_COUNT] = {
    [WG_NET_NEURON] = {"A", "neuron", "one neuron: sigmoid and binary cross-entropy", wg_neuron, true, 1, 2,
                       neuron_widths},
    [WG_NET_SOFTMAX] = {"B", "softmax", "one layer: softmax and cross-entropy over K classes", wg_softmax_classifier,
                        false, 300, 2, softmax_widths},
    [WG_NET_COLUMNS] = {"C", "columns", "two layers: sigmoid and binary cross-entropy, samples as columns", wg_columns,
                        true, 200, 3, columns_widths},
    [WG_NET_SPIRAL] = {"D", "spiral", "two layers: ReLU and softmax cross-entropy, the main example", wg_two_layer,
                       false, 300, 3, spiral_widths},
    [WG_NET_LAYERS] = {"E", "layers", "any number of layers: ReLU, sigmoid or tanh, and softmax cross-entropy",
                       wg_layers, false, 300, 4, layers_widths},
};

static bool kind_valid(wg_net_kind kind) { return (unsigned)kind < WG_NET_KIND_COUNT; }

const char *wg_net_letter(wg_net_kind kind) { return kind_valid(kind) ? kinds[kind].letter : ""; }
const char *wg_net_name(wg_net_kind kind) { return kind_valid(kind) ? kinds[kind].name : ""; }
const char *wg_net_title(wg_net_kind kind) { return kind_valid(kind) ? kinds[kind].title : ""; }

bool wg_net_find(const char *name, wg_net_kind *kind) {
  for (int i = 0; name && i < WG_NET_KIND_COUNT; i++) {
    char capital = kinds[i].letter[0], small = (char)(capital - 'A' + 'a');
    bool by_letter = (name[0] == capital || name[0] == small) && !name[1];
    if (!by_letter && strcmp(name, kinds[i].name)) continue;
    *kind = (wg_net_kind)i;
    return true;
  }
  return false;
}

static const char *const activation_texts[] = {"relu", "sigmoid", "tanh"};

const char *wg_activation_text(wg_activation activation) {
  return (unsigned)activation < 3 ? activation_texts[activation] : "";
}

bool wg_activation_find(const char *name, wg_activation *activation) {
  for (int i = 0; name && i < 3; i++) {
    if (strcmp(name, activation_texts[i])) continue;
    *activation = (wg_activation)i;
    return true;
  }
  return false;
}

wg_net_spec wg_net_spec_of(wg_net_kind kind) {
  wg_net_spec spec = {.kind = kind, .dtype = WG_F64};
  if (!kind_valid(kind)) return spec;
  spec.samples = kinds[kind].samples;
  spec.width_count = kinds[kind].width_count;
  spec.widths = kinds[kind].widths;
  return spec;
}

/* ---- A net ---- */

/* What a net is made of beyond what it shows. */
typedef struct whole_net {
  wg_net net; /* first, so that a pointer to it is one to the whole */
  wg_allocator allocator;
  int64_t *widths;
  wg_status status;
  char message[256];
} whole_net;

static bool fail(whole_net *whole, wg_status status, const char *format, ...) WG_PRINTF(3, 4);
static bool fail(whole_net *whole, wg_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(whole->message, sizeof whole->message, format, arguments);
  va_end(arguments);
  whole->status = status;
  return false;
}

static bool check_spec(whole_net *whole) {
  const wg_net_spec *spec = &whole->net.spec;
  if (!kind_valid(spec->kind)) return fail(whole, WG_ERROR_ARGUMENT, "unknown kind of net: %d", (int)spec->kind);
  if (spec->dtype != WG_F32 && spec->dtype != WG_F64)
    return fail(whole, WG_ERROR_DTYPE, "net %s: the dtype must be f32 or f64", wg_net_letter(spec->kind));
  if (spec->samples < 0) return fail(whole, WG_ERROR_SHAPE, "the number of samples is %lld", (long long)spec->samples);

  const net_kind *kind = &kinds[spec->kind];
  bool fits = spec->kind == WG_NET_LAYERS ? spec->width_count >= 2 : spec->width_count == kind->width_count;
  if (!fits || !spec->widths)
    return fail(whole, WG_ERROR_ARGUMENT, "net %s has %zu widths%s, not %zu", kind->letter,
                spec->kind == WG_NET_LAYERS ? 2 : kind->width_count, spec->kind == WG_NET_LAYERS ? " or more" : "",
                spec->widths ? spec->width_count : 0);
  for (size_t i = 0; i < spec->width_count; i++)
    if (spec->widths[i] < 1)
      return fail(whole, WG_ERROR_SHAPE, "net %s: width %zu is %lld, and must be 1 or more", kind->letter, i + 1,
                  (long long)spec->widths[i]);
  if (spec->kind == WG_NET_NEURON && spec->widths[1] != 1)
    return fail(whole, WG_ERROR_SHAPE, "net A has one output, not %lld", (long long)spec->widths[1]);
  if (spec->class_indices && kind->samples_are_columns)
    return fail(whole, WG_ERROR_ARGUMENT, "net %s takes probabilities as targets, not class indices", kind->letter);
  return true;
}

static bool copy_widths(whole_net *whole) {
  wg_net_spec *spec = &whole->net.spec;
  whole->widths = wg_allocate(&whole->allocator, spec->width_count, sizeof(int64_t));
  if (!whole->widths) return fail(whole, WG_ERROR_MEMORY, "out of memory");
  for (size_t i = 0; i < spec->width_count; i++) whole->widths[i] = spec->widths[i];
  spec->widths = whole->widths;
  return true;
}

static bool is_named(const wg_node *node) { return wg_node_name(node)[0] != 0; }

/* The nodes of the tape that `belongs` says, in tape order, into an array of the net's. */
static bool collect(whole_net *whole, bool (*belongs)(const wg_node *node), size_t *count, wg_node ***nodes) {
  const wg_tape *tape = whole->net.tape;
  size_t total = 0;
  for (size_t id = 0; id < wg_tape_count(tape); id++) total += belongs(wg_tape_node(tape, id));
  *nodes = wg_allocate(&whole->allocator, total, sizeof(wg_node *));
  if (!*nodes) return fail(whole, WG_ERROR_MEMORY, "out of memory");
  for (size_t id = 0; id < wg_tape_count(tape); id++) {
    wg_node *node = wg_tape_node(tape, id);
    if (belongs(node)) (*nodes)[(*count)++] = node;
  }
  return true;
}

static bool record(whole_net *whole) {
  wg_net *net = &whole->net;
  net->tape = wg_tape_new_with(&whole->allocator);
  wg_net_nodes nodes = kinds[net->spec.kind].record(net->tape, &net->spec);
  net->X = nodes.X;
  net->Y = nodes.Y;
  net->logits = nodes.logits;
  net->prediction = nodes.prediction;
  net->J = nodes.J;
  if (wg_tape_status(net->tape) != WG_OK)
    return fail(whole, wg_tape_status(net->tape), "%s", net->tape ? wg_tape_error(net->tape) : "out of memory");
  return collect(whole, wg_node_is_param, &net->param_count, &net->params) &&
         collect(whole, is_named, &net->named_count, &net->named);
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
  (void)(check_spec(whole) && copy_widths(whole) && record(whole)); /* a failure is its status */
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

wg_status wg_net_status(const wg_net *net) { return net ? ((const whole_net *)net)->status : WG_ERROR_MEMORY; }
const char *wg_net_error(const wg_net *net) { return net ? ((const whole_net *)net)->message : "out of memory"; }

int64_t wg_net_features(const wg_net *net) { return net->spec.widths[0]; }
int64_t wg_net_outputs(const wg_net *net) { return net->spec.widths[net->spec.width_count - 1]; }
bool wg_net_samples_are_columns(const wg_net *net) { return kinds[net->spec.kind].samples_are_columns; }

int64_t wg_net_classes(const wg_net *net) {
  int64_t outputs = wg_net_outputs(net);
  return wg_net_samples_are_columns(net) && outputs == 1 ? 2 : outputs;
}

int64_t wg_net_param_elements(const wg_net *net) {
  int64_t elements = 0;
  for (size_t k = 0; k < net->param_count; k++) elements += wg_node_size(net->params[k]);
  return elements;
}

wg_node *wg_class_targets(wg_tape *t, const wg_net_spec *spec) {
  int64_t m = spec->samples, classes = spec->widths[spec->width_count - 1];
  return spec->class_indices ? wg_input(t, "Y", WG_I64, WG_SHAPE(m))
                             : wg_input(t, "Y", spec->dtype, WG_SHAPE(m, classes));
}
