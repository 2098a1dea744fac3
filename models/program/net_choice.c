#include "program.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

int failure(const terminal *t, wg_status status, const char *message) {
  terminal_message(t, "%s", message && *message ? message : wg_status_text(status));
  return status == WG_ERROR_FILE || status == WG_ERROR_DATA ? EXIT_DATA : EXIT_INTERNAL;
}

/* Reads whole numbers from 1 on, with `separator` between; at most `most` of them. */
static int numbers_read(const terminal *t, const char *name, const char *given, char separator, const char *example,
                        size_t most, int64_t *numbers, size_t *count) {
  const char separators[] = {separator, 0};
  const char *at = given;
  for (*count = 0;; at++) {
    char text[24];
    size_t length = strcspn(at, separators);
    int64_t number = 0;
    bool fits = length < sizeof text;
    if (fits) memcpy(text, at, length);
    text[fits ? length : 0] = 0;
    if (!text_integer(text, &number) || number < 1) {
      terminal_message(t, "--%s %s: '%.*s' is not a width; give whole numbers from 1, such as %s", name, given,
                       (int)length, at, example);
      return EXIT_USAGE;
    }
    if (*count == most) {
      terminal_message(t, "--%s: more than %zu %s", name, most, most == NET_WIDTHS_MAX ? "widths" : "numbers");
      return EXIT_USAGE;
    }
    numbers[(*count)++] = number;
    at += length;
    if (!*at) return EXIT_GOOD;
  }
}

/* Exactly `count` of them, into the spec. */
static int sizes_read(const terminal *t, const char *name, const char *given, char separator, const char *example,
                      size_t count, int64_t *sizes) {
  size_t found = 0;
  if (!given) return EXIT_GOOD;
  int code = numbers_read(t, name, given, separator, example, count, sizes, &found);
  if (code != EXIT_GOOD || found == count) return code;
  terminal_message(t, "--%s %s: it takes %zu numbers, such as %s", name, given, count, example);
  return EXIT_USAGE;
}

static int net_unknown(const terminal *t, const char *name) {
  const char *words[WG_NET_KIND_COUNT];
  for (int kind = 0; kind < WG_NET_KIND_COUNT; kind++) words[kind] = wg_net_name(kind);
  const char *nearest = strlen(name) > 1 ? word_nearest(name, WG_NET_KIND_COUNT, words) : NULL;
  if (nearest)
    terminal_message(t, "there is no net '%s'; did you mean '%s'?", name, nearest);
  else
    terminal_message(t, "there is no net '%s'; it must be A, B, C, D, E, cnn, rnn, lstm or transformer", name);
  usage_hint(t);
  return EXIT_USAGE;
}

/* wg_net_find, whatever the case of the letters. */
static bool net_find(const char *name, wg_net_kind *kind) {
  char lower[32];
  size_t length = strlen(name);
  if (length >= sizeof lower) return false;
  for (size_t i = 0; i <= length; i++) lower[i] = (char)tolower((unsigned char)name[i]);
  return wg_net_find(lower, kind);
}

/* The widths of --layers, or those between of --hidden; the choice's, or the kind's own. */
static int widths_choose(const terminal *t, net_choice *choice, wg_net_spec *spec) {
  size_t count = 0;
  if (choice->layers && choice->hidden) {
    terminal_message(t, "--hidden gives the widths between, which are in --layers already");
    return EXIT_USAGE;
  }
  if (choice->layers) {
    int code = numbers_read(t, "layers", choice->layers, ',', "4,16,3", NET_WIDTHS_MAX, choice->widths, &count);
    if (code != EXIT_GOOD) return code;
  } else if (choice->hidden) {
    int code = numbers_read(t, "hidden", choice->hidden, ',', "16,16", NET_WIDTHS_MAX - 2, choice->widths + 1, &count);
    if (code != EXIT_GOOD) return code;
    choice->widths[0] = spec->widths[0];
    choice->widths[count + 1] = spec->widths[spec->width_count - 1];
    count += 2;
  } else {
    return EXIT_GOOD;
  }
  spec->width_count = count;
  spec->widths = choice->widths;
  return EXIT_GOOD;
}

/* An option that another kind of net has. */
static bool option_strange(const terminal *t, const net_choice *choice, wg_net_kind kind) {
  bool is_cnn = kind == WG_NET_CNN, is_sequence = wg_net_is_sequence(kind), is_transformer = kind == WG_NET_TRANSFORMER;
  const char *label = wg_net_label(kind), *strange = NULL, *owner = NULL;
  if (choice->activation >= 0 && (kind < WG_NET_LAYERS || kind == WG_NET_LSTM)) {
    terminal_message(t, "--activation is for net E, cnn, rnn and transformer; net %s has its own", label);
    return true;
  }
  if ((choice->image || choice->filters || choice->kernel) && !is_cnn) {
    strange = choice->image ? "image" : choice->filters ? "filters" : "kernel";
    owner = "net cnn";
  } else if (choice->steps && !is_sequence) {
    strange = "steps";
    owner = "the nets rnn, lstm and transformer";
  } else if ((choice->blocks || choice->heads) && !is_transformer) {
    strange = choice->blocks ? "blocks" : "heads";
    owner = "net transformer";
  }
  if (strange) terminal_message(t, "--%s is for %s, not for net %s", strange, owner, label);
  return strange != NULL;
}

static int sizes_choose(const terminal *t, const net_choice *choice, wg_net_spec *spec) {
  int code = sizes_read(t, "image", choice->image, 'x', "1x28x28", 3, spec->image);
  if (code == EXIT_GOOD) code = sizes_read(t, "filters", choice->filters, ',', "16,32", 2, spec->filters);
  if (choice->kernel) spec->kernel = choice->kernel;
  if (choice->steps) spec->steps = choice->steps;
  if (choice->blocks) spec->blocks = choice->blocks;
  if (choice->heads) spec->heads = choice->heads;
  if (choice->samples) spec->samples = choice->samples;
  return code;
}

int net_choose(const terminal *t, net_choice *choice, wg_net_spec *spec) {
  wg_net_kind kind = WG_NET_LAYERS;
  if (!choice->name && !choice->layers) {
    terminal_message(t, "which net? Name one, A, B, C, D, E, cnn, rnn, lstm or transformer, or give --layers");
    usage_hint(t);
    return EXIT_USAGE;
  }
  if (choice->name && !net_find(choice->name, &kind)) return net_unknown(t, choice->name);
  if (option_strange(t, choice, kind)) return EXIT_USAGE;
  *spec = wg_net_spec_of(kind);
  if (choice->activation >= 0) spec->activation = (wg_activation)choice->activation;
  spec->dropout = choice->dropout;
  spec->smoothing = choice->smoothing;
  int code = widths_choose(t, choice, spec);
  return code == EXIT_GOOD ? sizes_choose(t, choice, spec) : code;
}

int net_record(const terminal *t, const wg_net_spec *spec, wg_net **net) {
  *net = wg_net_new(spec);
  wg_status status = wg_net_status(*net);
  if (status == WG_OK) return EXIT_GOOD;
  int code = failure(t, status, *net ? wg_net_error(*net) : "no memory for the net");
  wg_net_free(*net);
  *net = NULL;
  /* Sizes come from the command line, so it is they that do not fit. */
  return status == WG_ERROR_MEMORY ? code : EXIT_USAGE;
}

/* The members that this kind of net has beside its widths. */
static void kind_json(json *j, const wg_net_spec *spec) {
  bool has_activation = spec->kind >= WG_NET_LAYERS && spec->kind != WG_NET_LSTM;
  if (has_activation) json_text(j, "activation", wg_activation_text(spec->activation));
  if (spec->kind == WG_NET_CNN) {
    json_array_flat(j, "image");
    for (int i = 0; i < 3; i++) json_integer(j, NULL, spec->image[i]);
    json_array_end(j);
    json_array_flat(j, "filters");
    for (int i = 0; i < 2; i++) json_integer(j, NULL, spec->filters[i]);
    json_array_end(j);
    json_integer(j, "kernel", spec->kernel);
  }
  if (wg_net_is_sequence(spec->kind)) json_integer(j, "steps", spec->steps);
  if (spec->kind == WG_NET_TRANSFORMER) {
    json_integer(j, "blocks", spec->blocks);
    json_integer(j, "heads", spec->heads);
  }
  if (spec->dropout > 0) json_number(j, "dropout", spec->dropout);
  if (spec->smoothing > 0) json_number(j, "smoothing", spec->smoothing);
}

void net_json(json *j, const wg_net_spec *spec, int64_t parameters) {
  json_text(j, "net", wg_net_label(spec->kind));
  json_text(j, "name", wg_net_name(spec->kind));
  json_integer(j, "samples", spec->samples);
  json_array_flat(j, "widths");
  for (size_t i = 0; i < spec->width_count; i++) json_integer(j, NULL, spec->widths[i]);
  json_array_end(j);
  kind_json(j, spec);
  json_text(j, "dtype", wg_dtype_text(spec->dtype));
  json_integer(j, "parameters", parameters);
}

void net_line(const terminal *t, const wg_net_spec *spec) {
  fprintf(t->out, "%sNet %s%s: ", terminal_style(t, STYLE_STRONG), wg_net_label(spec->kind),
          terminal_style(t, STYLE_PLAIN));
  text_wrap(t->out, t->width, 6 + (int)strlen(wg_net_label(spec->kind)), wg_net_title(spec->kind));
  fputc('\n', t->out);
}
