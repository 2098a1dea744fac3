/* net_kinds.c: the kinds of nets: names, how each is recorded, and its specification. */
#include "net_parts.h"

#include "../engine/memory.h"

#include <string.h>

static const int64_t neuron_widths[] = {2, 1}, softmax_widths[] = {2, 3}, columns_widths[] = {2, 4, 1},
                     spiral_widths[] = {2, 4, 3}, layers_widths[] = {2, 16, 16, 3}, cnn_widths[] = {64, 16, 10},
                     sequence_widths[] = {8, 8, 8};

static const net_kind kinds[WG_NET_KIND_COUNT] = {
    [WG_NET_NEURON] = {"A", "neuron", "one neuron: sigmoid and binary cross-entropy", wg_neuron, true, false, 1, 2, 2,
                       2, neuron_widths},
    [WG_NET_SOFTMAX] = {"B", "softmax", "one layer: softmax and cross-entropy over K classes", wg_softmax_classifier,
                        false, false, 300, 2, 2, 2, softmax_widths},
    [WG_NET_COLUMNS] = {"C", "columns", "two layers: sigmoid and binary cross-entropy, samples as columns", wg_columns,
                        true, false, 200, 3, 3, 3, columns_widths},
    [WG_NET_SPIRAL] = {"D", "spiral", "two layers: ReLU and softmax cross-entropy, the main example", wg_two_layer,
                       false, false, 300, 3, 3, 3, spiral_widths},
    [WG_NET_LAYERS] = {"E", "layers", "any number of layers: ReLU, sigmoid or tanh, and softmax cross-entropy",
                       wg_layers, false, false, 300, 2, SIZE_MAX, 4, layers_widths},
    [WG_NET_CNN] = {"", "cnn", "images: two convolutions with ReLU and pooling, then layers", wg_cnn, false, false, 8,
                    2, SIZE_MAX, 3, cnn_widths},
    [WG_NET_RNN] = {"", "rnn", "text: recurrent layers predict the next character", wg_recurrent_net, false, true, 4, 3,
                    SIZE_MAX, 3, sequence_widths},
    [WG_NET_LSTM] = {"", "lstm", "text: long short-term memory predicts the next character", wg_recurrent_net, false,
                     true, 4, 3, SIZE_MAX, 3, sequence_widths},
    [WG_NET_TRANSFORMER] = {"", "transformer", "text: causal attention predicts the next character", wg_transformer,
                            false, true, 4, 3, 3, 3, sequence_widths},
};

static const net_kind nothing = {.letter = "", .name = "", .title = ""};

const net_kind *wg_net_kind_of(wg_net_kind kind) { return (unsigned)kind < WG_NET_KIND_COUNT ? &kinds[kind] : NULL; }

static const net_kind *kind_or_nothing(wg_net_kind kind) {
  const net_kind *found = wg_net_kind_of(kind);
  return found ? found : &nothing;
}

const char *wg_net_letter(wg_net_kind kind) { return kind_or_nothing(kind)->letter; }
const char *wg_net_name(wg_net_kind kind) { return kind_or_nothing(kind)->name; }
const char *wg_net_title(wg_net_kind kind) { return kind_or_nothing(kind)->title; }
bool wg_net_is_sequence(wg_net_kind kind) { return kind_or_nothing(kind)->is_sequence; }

const char *wg_net_label(wg_net_kind kind) {
  const net_kind *found = kind_or_nothing(kind);
  return found->letter[0] ? found->letter : found->name;
}

bool wg_net_find(const char *name, wg_net_kind *kind) {
  for (int i = 0; name && i < WG_NET_KIND_COUNT; i++) {
    char capital = kinds[i].letter[0], small = (char)(capital - 'A' + 'a');
    bool by_letter = capital && (name[0] == capital || name[0] == small) && !name[1];
    if (!by_letter && strcmp(name, kinds[i].name)) continue;
    *kind = (wg_net_kind)i;
    return true;
  }
  return false;
}

/* ---- Specifications ---- */

wg_net_spec wg_net_spec_of(wg_net_kind kind) {
  wg_net_spec spec = {.kind = kind, .dtype = WG_F64};
  const net_kind *found = wg_net_kind_of(kind);
  if (!found) return spec;
  spec.samples = found->samples;
  spec.width_count = found->width_count;
  spec.widths = found->widths;
  if (kind == WG_NET_RNN) spec.activation = WG_ACTIVATION_TANH;
  if (kind == WG_NET_TRANSFORMER) {
    spec.activation = WG_ACTIVATION_GELU_TANH;
    spec.blocks = 1;
    spec.heads = 2;
  }
  if (found->is_sequence) spec.steps = 6;
  if (kind == WG_NET_CNN) {
    spec.filters[0] = 4;
    spec.filters[1] = 8;
    spec.kernel = 3;
  }
  return spec;
}

static wg_status widths_check(const wg_net_spec *spec, const net_kind *kind, wg_error *error) {
  const char *label = wg_net_label(spec->kind);
  size_t count = spec->widths ? spec->width_count : 0;
  if (count < kind->width_min || count > kind->width_max)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "net %s has %zu widths%s, not %zu", label, kind->width_min,
                        kind->width_max > kind->width_min ? " or more" : "", count);
  for (size_t i = 0; i < count; i++)
    if (spec->widths[i] < 1)
      return wg_error_set(error, WG_ERROR_SHAPE, "net %s: width %zu is %lld, and must be 1 or more", label, i + 1,
                          (long long)spec->widths[i]);
  if (spec->kind == WG_NET_NEURON && spec->widths[1] != 1)
    return wg_error_set(error, WG_ERROR_SHAPE, "net A has one output, not %lld", (long long)spec->widths[1]);
  return WG_OK;
}

static wg_status regularization_check(const wg_net_spec *spec, const net_kind *kind, wg_error *error) {
  if (!(spec->dropout >= 0 && spec->dropout < 1))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "dropout of %g: it must be 0 or more and below 1", spec->dropout);
  if (!(spec->smoothing >= 0 && spec->smoothing < 1))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "label smoothing of %g: it must be 0 or more and below 1",
                        spec->smoothing);
  if ((spec->dropout > 0 || spec->smoothing > 0) && spec->kind < WG_NET_LAYERS)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "net %s has no dropout and no label smoothing; net E has",
                        kind->letter);
  return WG_OK;
}

/* The side of a square of n elements, or 0. */
static int64_t square_side(int64_t n) {
  int64_t side = 1;
  while (side < n / side) side++;
  return side * side == n ? side : 0;
}

static wg_status image_check(wg_net_spec *spec, wg_error *error) {
  int64_t *image = spec->image, n = spec->widths[0];
  if (!image[0] && !image[1] && !image[2]) {
    image[0] = 1;
    image[1] = image[2] = square_side(n);
    if (!image[1])
      return wg_error_set(error, WG_ERROR_SHAPE, "net cnn: %lld numbers are no square image; say its size",
                          (long long)n);
  }
  size_t pixels = 0;
  bool fits = image[0] > 0 && image[1] > 0 && image[2] > 0 &&
              wg_size_multiply((size_t)image[0], (size_t)image[1], &pixels) &&
              wg_size_multiply(pixels, (size_t)image[2], &pixels) && pixels == (size_t)n;
  if (!fits)
    return wg_error_set(error, WG_ERROR_SHAPE,
                        "net cnn: an image of %lld×%lld×%lld does not have the %lld numbers of a "
                        "sample",
                        (long long)image[0], (long long)image[1], (long long)image[2], (long long)n);
  if (image[1] < 4 || image[2] < 4)
    return wg_error_set(error, WG_ERROR_SHAPE, "net cnn: an image of %lld×%lld cannot be halved twice",
                        (long long)image[1], (long long)image[2]);
  if (spec->filters[0] < 1 || spec->filters[1] < 1)
    return wg_error_set(error, WG_ERROR_SHAPE, "net cnn: %lld and %lld filters; they must be 1 or more",
                        (long long)spec->filters[0], (long long)spec->filters[1]);
  if (spec->kernel < 1 || spec->kernel % 2 == 0 || spec->kernel > INT32_MAX)
    return wg_error_set(error, WG_ERROR_SHAPE, "net cnn: kernels of side %lld; it must be odd and 1 or more",
                        (long long)spec->kernel);
  return WG_OK;
}

static wg_status sequence_check(const wg_net_spec *spec, wg_error *error) {
  const char *name = wg_net_name(spec->kind);
  size_t characters, last = spec->width_count - 1;
  if (spec->steps < 1 || !wg_size_multiply((size_t)spec->samples, (size_t)spec->steps, &characters) ||
      characters > INT64_MAX)
    return wg_error_set(error, WG_ERROR_SHAPE, "net %s: %lld samples of %lld characters", name,
                        (long long)spec->samples, (long long)spec->steps);
  for (size_t i = 0; i <= last; i++)
    if (spec->widths[i] > INT64_MAX / 4)
      return wg_error_set(error, WG_ERROR_SHAPE, "net %s: width %zu is %lld", name, i + 1, (long long)spec->widths[i]);
  if (spec->widths[0] != spec->widths[last])
    return wg_error_set(error, WG_ERROR_SHAPE, "net %s: it reads %lld different characters and writes %lld", name,
                        (long long)spec->widths[0], (long long)spec->widths[last]);
  if (spec->kind == WG_NET_RNN && spec->activation != WG_ACTIVATION_TANH && spec->activation != WG_ACTIVATION_RELU)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "net rnn: the activation is tanh or relu");
  if (spec->kind != WG_NET_TRANSFORMER) return WG_OK;
  if (spec->blocks < 1 || spec->blocks > INT32_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "net transformer: %lld blocks", (long long)spec->blocks);
  if (spec->heads < 1 || spec->widths[1] % spec->heads)
    return wg_error_set(error, WG_ERROR_SHAPE, "net transformer: %lld heads do not divide a width of %lld",
                        (long long)spec->heads, (long long)spec->widths[1]);
  return WG_OK;
}

wg_status wg_net_spec_check(wg_net_spec *spec, wg_error *error) {
  const net_kind *kind = wg_net_kind_of(spec->kind);
  if (!kind) return wg_error_set(error, WG_ERROR_ARGUMENT, "unknown kind of net: %d", (int)spec->kind);
  if (spec->dtype != WG_F32 && spec->dtype != WG_F64)
    return wg_error_set(error, WG_ERROR_DTYPE, "net %s: the dtype must be f32 or f64", wg_net_label(spec->kind));
  if (spec->samples < 0)
    return wg_error_set(error, WG_ERROR_SHAPE, "the number of samples is %lld", (long long)spec->samples);
  wg_status status = widths_check(spec, kind, error);
  if (status == WG_OK) status = regularization_check(spec, kind, error);
  if (status != WG_OK) return status;
  if (spec->class_indices && kind->samples_are_columns)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "net %s takes probabilities as targets, not class indices",
                        kind->letter);
  if (spec->kind == WG_NET_CNN) return image_check(spec, error);
  return kind->is_sequence ? sequence_check(spec, error) : WG_OK;
}
