#include "program.h"
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

int failure(const terminal *t, wg_status status, const char *message) {
  terminal_message(t, "%s", message && *message ? message : wg_status_text(status));
  return status == WG_ERROR_FILE || status == WG_ERROR_DATA ? EXIT_DATA : EXIT_INTERNAL;
}

/* Reads "4,16,3" into the choice's widths. */
static int widths_read(const terminal *t, net_choice *choice, size_t *count) {
  const char *at = choice->layers;
  for (*count = 0;; at++) {
    char text[24];
    size_t length = strcspn(at, ",");
    int64_t width = 0;
    bool fits = length < sizeof text;
    if (fits) memcpy(text, at, length);
    text[fits ? length : 0] = 0;
    if (!text_integer(text, &width) || width < 1) {
      terminal_message(t, "--layers %s: '%.*s' is not a width; give whole numbers from 1, such as 4,16,3",
                       choice->layers, (int)length, at);
      return EXIT_USAGE;
    }
    if (*count == NET_WIDTHS_MAX) {
      terminal_message(t, "--layers: more than %d widths", NET_WIDTHS_MAX);
      return EXIT_USAGE;
    }
    choice->widths[(*count)++] = width;
    at += length;
    if (!*at) return EXIT_GOOD;
  }
}

static int net_unknown(const terminal *t, const char *name) {
  const char *words[WG_NET_KIND_COUNT];
  for (int kind = 0; kind < WG_NET_KIND_COUNT; kind++) words[kind] = wg_net_name(kind);
  const char *nearest = strlen(name) > 1 ? word_nearest(name, WG_NET_KIND_COUNT, words) : NULL;
  if (nearest)
    terminal_message(t, "there is no net '%s'; did you mean '%s'?", name, nearest);
  else
    terminal_message(t, "there is no net '%s'; it must be A, B, C, D or E, or one of their names", name);
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

int net_choose(const terminal *t, net_choice *choice, wg_net_spec *spec) {
  wg_net_kind kind = WG_NET_LAYERS;
  size_t count = 0;
  if (!choice->name && !choice->layers) {
    terminal_message(t, "which net? Name one, A, B, C, D or E, or give --layers");
    usage_hint(t);
    return EXIT_USAGE;
  }
  if (choice->name && !net_find(choice->name, &kind)) return net_unknown(t, choice->name);
  if (choice->layers && widths_read(t, choice, &count) != EXIT_GOOD) return EXIT_USAGE;
  if (choice->activation >= 0 && kind != WG_NET_LAYERS) {
    terminal_message(t, "--activation is for net E; net %s has its own", wg_net_letter(kind));
    return EXIT_USAGE;
  }
  *spec = wg_net_spec_of(kind);
  if (choice->activation >= 0) spec->activation = (wg_activation)choice->activation;
  if (choice->samples > 0) spec->samples = choice->samples;
  if (count > 0) {
    spec->width_count = count;
    spec->widths = choice->widths;
  }
  return EXIT_GOOD;
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

void net_json(json *j, const wg_net_spec *spec, int64_t parameters) {
  json_text(j, "net", wg_net_letter(spec->kind));
  json_text(j, "name", wg_net_name(spec->kind));
  json_integer(j, "samples", spec->samples);
  json_array_flat(j, "widths");
  for (size_t i = 0; i < spec->width_count; i++) json_integer(j, NULL, spec->widths[i]);
  json_array_end(j);
  if (spec->kind == WG_NET_LAYERS) json_text(j, "activation", wg_activation_text(spec->activation));
  json_text(j, "dtype", wg_dtype_text(spec->dtype));
  json_integer(j, "parameters", parameters);
}

void net_line(const terminal *t, const wg_net_spec *spec) {
  fprintf(t->out, "%sNet %s%s: ", terminal_style(t, STYLE_STRONG), wg_net_letter(spec->kind),
          terminal_style(t, STYLE_PLAIN));
  text_wrap(t->out, t->width, 7, wg_net_title(spec->kind));
  fputc('\n', t->out);
}
