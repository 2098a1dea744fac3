/* wengert derive: the gradients of a net as formulas. */
#include "program.h"
#include <inttypes.h>

/* Whether the lines fit on the screen with shapes in a column of their own; elsewhere than on a screen all do. */
static bool derivation_fits(const terminal *t, const wg_derivation *derivation) {
  int left = 0, right = 0;
  for (size_t i = 0; i < wg_derivation_count(derivation); i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    if (text_width(line->left) > left) left = text_width(line->left);
    if (text_width(line->right) > right) right = text_width(line->right);
  }
  enum { NUMBER_AND_GAPS = 14, SHAPE_LEAST = 12 };
  return !t->screen || NUMBER_AND_GAPS + left + right + SHAPE_LEAST <= t->width;
}

int derivation_print(const terminal *t, const wg_derivation *derivation) {
  bool fits = derivation_fits(t, derivation);
  text_table lines = text_table_new(fits ? "rlll" : "rll");
  for (size_t i = 0; i < wg_derivation_count(derivation); i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    text_table_add(&lines, STYLE_QUIET, "%zu", i + 1);
    text_table_add(&lines, STYLE_STRONG, "%s", line->left);
    if (fits) {
      text_table_add(&lines, STYLE_PLAIN, "= %s", line->right);
      text_table_add(&lines, STYLE_QUIET, "%s", line->shapes);
    } else {
      text_table_add(&lines, STYLE_PLAIN, "= %s   %s", line->right, line->shapes);
    }
  }
  bool printed = text_table_print(&lines, t);
  text_table_free(&lines);
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

void derivation_print_json(json *j, const char *key, const wg_derivation *derivation) {
  json_array(j, key);
  for (size_t i = 0; i < wg_derivation_count(derivation); i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    json_object_flat(j, NULL);
    json_text(j, "left", line->left);
    json_text(j, "right", line->right);
    json_text(j, "shapes", line->shapes);
    json_count(j, "adjoint", wg_node_id(line->adjoint));
    json_object_end(j);
  }
  json_array_end(j);
}

static void latex_print(FILE *out, const wg_derivation *derivation) {
  size_t count = wg_derivation_count(derivation);
  fputs("\\begin{align}\n", out);
  for (size_t i = 0; i < count; i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    fprintf(out, "  %s &= %s && %s%s\n", line->left, line->right, line->shapes, i + 1 < count ? " \\\\" : "");
  }
  fputs("\\end{align}\n", out);
}

static void title_print(const terminal *t, const wg_net *net, const wg_derivation *derivation, wg_form form) {
  int64_t m = wg_derivation_samples(derivation);
  net_line(t, &net->spec);
  if (m)
    terminal_paragraph(t, 0, "m = %" PRId64 " samples; 1/m stands %s", m,
                       form == WG_FORM_LECTURE ? "at the parameters, as it is written by hand" : "from the loss on");
  fputc('\n', t->out);
}

static int derive_print(const terminal *t, const wg_net *net, wg_form form, wg_script script, bool as_json) {
  static const char *const forms[] = {"engine", "lecture"}, *const scripts[] = {"unicode", "ascii", "latex"};
  int code = EXIT_GOOD;
  wg_derivation *derivation = wg_derivation_new(net->J, net->param_count, net->params, form, script);
  wg_status status = derivation ? wg_derivation_status(derivation) : WG_ERROR_MEMORY;
  if (status != WG_OK) {
    code = failure(t, status, derivation ? wg_derivation_error(derivation) : NULL);
  } else if (as_json) {
    json j = json_new(t->out);
    json_object(&j, NULL);
    net_json(&j, &net->spec, wg_net_param_elements(net));
    json_text(&j, "form", forms[form]);
    json_text(&j, "script", scripts[script]);
    json_integer(&j, "m", wg_derivation_samples(derivation));
    derivation_print_json(&j, "lines", derivation);
    json_object_end(&j);
  } else if (script == WG_LATEX) {
    latex_print(t->out, derivation);
  } else {
    title_print(t, net, derivation, form);
    code = derivation_print(t, derivation);
  }
  wg_derivation_free(derivation);
  return code;
}

int command_derive(terminal *t, int argc, char **argv) {
  net_choice choice = {.activation = -1};
  int form = WG_FORM_ENGINE, script = WG_UNICODE;
  bool as_json = false;
  const option options[] = {
      {"form", OPTION_CHOICE, &form, "engine|lecture",
       "where 1/m stands: engine, from the loss on, as the chain rule has "
       "it; lecture, at the parameters, as it is written by hand",
       0, 0},
      {"script", OPTION_CHOICE, &script, "unicode|ascii|latex",
       "how formulas are written; latex gives an align environment", 0, 0},
      {"json", OPTION_FLAG, &as_json, NULL, JSON_HELP, 0, 0},
      NET_OPTIONS(choice),
      SAMPLES_OPTION(choice),
  };
  const command_usage usage = {.synopsis =
                                   "wengert derive NET [options]\n       wengert derive --layers 4,16,3 [options]",
                               .about = "Derives the gradients of a net's loss J by its parameters and prints one "
                                        "line for each step, in the order of the reverse sweep, with shapes. ∂V is "
                                        "the derivative of J by V.",
                               .more = "Example, the seven lines of the lecture:\n  wengert derive D --form lecture",
                               .options = options,
                               .option_count = sizeof options / sizeof *options,
                               .argument_max = 1,
                               .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  wg_net_spec spec;
  wg_net *net = NULL;
  int code = net_choose(t, &choice, &spec);
  spec.learning = true; /* with dropout, if there is any */
  if (code == EXIT_GOOD) code = net_record(t, &spec, &net);
  if (code == EXIT_GOOD) code = derive_print(t, net, (wg_form)form, (wg_script)script, as_json);
  wg_net_free(net);
  return code;
}
