/* wengert check: the gradients of a net against central differences. */
#include "../../engine/memory.h"
#include "../../ops/ops.h"
#include "program.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VERDICT_COUNT = WG_UNRESOLVED + 1 };

static text_style verdict_style(wg_verdict verdict) {
  return verdict == WG_PASS ? STYLE_GOOD : verdict == WG_FAIL ? STYLE_BAD : STYLE_DOUBT;
}

/* What became of one parameter's elements. */
typedef struct param_result {
  const wg_node *node;
  size_t tried, of[VERDICT_COUNT];
  const wg_check_entry *worst; /* NULL if none was tried */
} param_result;

static param_result param_count(const wg_check *check, const wg_node *node) {
  param_result result = {.node = node};
  for (size_t rank = 0; rank < wg_check_count(check); rank++) {
    const wg_check_entry *entry = wg_check_worst(check, rank);
    if (entry->node != node) continue;
    if (!result.worst) result.worst = entry;
    result.tried++;
    result.of[entry->verdict]++;
  }
  return result;
}

static void params_print(text_table *rows, const wg_net *net, const wg_check *check) {
  text_table_titles(rows, "parameter|shape|tried|pass|kink|unresolved|fail|largest difference");
  for (size_t k = 0; k < net->param_count; k++) {
    param_result result = param_count(check, net->params[k]);
    wg_shape shape = wg_node_shape(result.node);
    char shape_text[WG_SHAPE_TEXT_SIZE];
    text_table_add(rows, STYLE_STRONG, "%s", wg_node_name(result.node));
    text_table_add(rows, STYLE_PLAIN, "%s", wg_shape_text(&shape, shape_text));
    text_table_add(rows, STYLE_PLAIN, "%zu", result.tried);
    text_table_add(rows, STYLE_PLAIN, "%zu", result.of[WG_PASS]);
    text_table_add(rows, STYLE_PLAIN, "%zu", result.of[WG_KINK]);
    text_table_add(rows, STYLE_PLAIN, "%zu", result.of[WG_UNRESOLVED]);
    text_table_add(rows, result.of[WG_FAIL] ? STYLE_BAD : STYLE_PLAIN, "%zu", result.of[WG_FAIL]);
    if (result.worst)
      text_table_add(rows, STYLE_PLAIN, "%.2e", result.worst->error);
    else
      text_table_add(rows, STYLE_PLAIN, "none tried");
  }
}

static void worst_print(text_table *rows, const wg_check *check, size_t count) {
  text_table_titles(rows, "element|reverse sweep|central difference|relative|verdict");
  for (size_t rank = 0; rank < count && rank < wg_check_count(check); rank++) {
    const wg_check_entry *entry = wg_check_worst(check, rank);
    char element[128];
    element_text(entry->node, entry->index, element, sizeof element);
    text_table_add(rows, STYLE_PLAIN, "%s", element);
    text_table_add(rows, STYLE_PLAIN, "% .12e", entry->reverse);
    text_table_add(rows, STYLE_PLAIN, "% .12e", entry->difference);
    text_table_add(rows, STYLE_PLAIN, "%.2e", entry->error);
    text_table_add(rows, verdict_style(entry->verdict), "%s", wg_verdict_text(entry->verdict));
  }
}

typedef struct check_settings {
  wg_check_options library;
  int64_t worst;
  const char *spoil; /* the parameter whose gradient is made wrong, or NULL */
} check_settings;

static void verdict_print(const terminal *t, const wg_check *check) {
  wg_verdict verdict = wg_check_verdict(check);
  size_t tried = wg_check_count(check), pass = wg_check_count_of(check, WG_PASS),
         fail = wg_check_count_of(check, WG_FAIL);
  fprintf(t->out, "\n%s%s%s: ", terminal_style(t, verdict_style(verdict)), wg_verdict_text(verdict),
          terminal_style(t, STYLE_PLAIN));
  if (verdict == WG_PASS || verdict == WG_FAIL)
    fprintf(t->out, "%zu of %zu elements %s, largest relative difference %.2e\n", verdict == WG_PASS ? pass : fail,
            tried, verdict == WG_PASS ? "agree" : "differ", wg_check_error_max(check));
  else
    fprintf(t->out, "none of %zu elements can be judged\n", tried);
}

static int check_print(const terminal *t, const wg_net *net, const wg_check *check, const check_settings *settings) {
  net_line(t, &net->spec);
  fprintf(t->out, "m = %" PRId64 ", seed %" PRIu64 ", step %.3g, tolerance %.3g\n\n", net->spec.samples,
          settings->library.seed, settings->library.step, settings->library.tolerance);
  text_table params = text_table_new("llrrrrrr"), worst = text_table_new("lllll");
  params_print(&params, net, check);
  worst_print(&worst, check, (size_t)settings->worst);
  bool printed = text_table_print(&params, t);
  if (settings->worst > 0 && wg_check_count(check) > 0) {
    fprintf(t->out, "\nThe largest differences:\n");
    printed = text_table_print(&worst, t) && printed;
  }
  text_table_free(&params);
  text_table_free(&worst);
  if (!printed) return failure(t, WG_ERROR_MEMORY, NULL);
  verdict_print(t, check);
  return EXIT_GOOD;
}

static void params_json(json *j, const wg_net *net, const wg_check *check) {
  json_array(j, "results");
  for (size_t k = 0; k < net->param_count; k++) {
    param_result result = param_count(check, net->params[k]);
    json_object_flat(j, NULL);
    json_text(j, "parameter", wg_node_name(result.node));
    json_count(j, "tried", result.tried);
    json_count(j, "pass", result.of[WG_PASS]);
    json_count(j, "kink", result.of[WG_KINK]);
    json_count(j, "unresolved", result.of[WG_UNRESOLVED]);
    json_count(j, "fail", result.of[WG_FAIL]);
    json_number(j, "error_max", result.worst ? result.worst->error : 0);
    json_object_end(j);
  }
  json_array_end(j);
}

static void check_json(const terminal *t, const wg_net *net, const wg_check *check, const check_settings *settings) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  net_json(&j, &net->spec, wg_net_param_elements(net));
  json_count(&j, "seed", settings->library.seed);
  json_number(&j, "step", settings->library.step);
  json_number(&j, "tolerance", settings->library.tolerance);
  json_text(&j, "verdict", wg_verdict_text(wg_check_verdict(check)));
  json_count(&j, "tried", wg_check_count(check));
  json_number(&j, "error_max", wg_check_error_max(check));
  params_json(&j, net, check);
  json_array(&j, "worst");
  for (size_t rank = 0; rank < (size_t)settings->worst && rank < wg_check_count(check); rank++) {
    const wg_check_entry *entry = wg_check_worst(check, rank);
    char element[128];
    element_text(entry->node, entry->index, element, sizeof element);
    json_object_flat(&j, NULL);
    json_text(&j, "element", element);
    json_text(&j, "parameter", wg_node_name(entry->node));
    json_integer(&j, "index", entry->index);
    json_number(&j, "reverse", entry->reverse);
    json_number(&j, "difference", entry->difference);
    json_number(&j, "left", entry->left);
    json_number(&j, "right", entry->right);
    json_number(&j, "error", entry->error);
    json_text(&j, "verdict", wg_verdict_text(entry->verdict));
    json_object_end(&j);
  }
  json_array_end(&j);
  json_object_end(&j);
}

/* Makes one parameter's gradient wrong by a thousandth, to show that the check sees it. */
static int gradient_spoil(const terminal *t, const wg_net *net, const char *name, wg_node **grad) {
  for (size_t k = 0; k < net->param_count; k++) {
    if (strcmp(wg_node_name(net->params[k]), name) != 0) continue;
    grad[k] = wg_scale(grad[k], 1.001);
    return EXIT_GOOD;
  }
  const char *first = wg_node_name(net->params[0]), *last = wg_node_name(net->params[net->param_count - 1]);
  terminal_message(t, "--spoil '%s': net %s has no such parameter; it has %s to %s", name,
                   wg_net_letter(net->spec.kind), first, last);
  return EXIT_USAGE;
}

static int check_report(const terminal *t, const wg_net *net, const wg_check *check, const check_settings *settings,
                        bool as_json) {
  int code = EXIT_GOOD;
  if (wg_check_status(check) != WG_OK) return failure(t, wg_check_status(check), wg_check_error(check));
  if (as_json)
    check_json(t, net, check, settings);
  else
    code = check_print(t, net, check, settings);
  return code == EXIT_GOOD && wg_check_verdict(check) != WG_PASS ? EXIT_CHECK : code;
}

static int check_run(const terminal *t, const wg_net *net, const check_settings *settings, bool as_json) {
  net_point point;
  wg_check *check = NULL;
  int code = EXIT_GOOD;
  wg_node **grad = wg_allocate(&wg_allocator_default, net->param_count, sizeof *grad);
  wg_status status = net_point_new(&point, net, NULL, settings->library.seed);
  if (!grad) status = WG_ERROR_MEMORY;
  if (status == WG_OK) status = wg_grad(net->J, net->param_count, net->params, grad);
  if (status != WG_OK) code = failure(t, status, wg_tape_error(net->tape));
  if (code == EXIT_GOOD && settings->spoil) code = gradient_spoil(t, net, settings->spoil, grad);
  if (code == EXIT_GOOD) {
    check =
        wg_check_against(net->J, net->param_count, net->params, grad, point.count, point.bindings, &settings->library);
    code = check ? check_report(t, net, check, settings, as_json) : failure(t, WG_ERROR_MEMORY, NULL);
  }
  wg_check_free(check);
  net_point_free(&point);
  free(grad);
  return code;
}

int command_check(terminal *t, int argc, char **argv) {
  net_choice choice = {.activation = -1};
  int64_t seed = 1, elements = 0, worst = 5;
  double step = cbrt(DBL_EPSILON), tolerance = 1e-6;
  const char *spoil = NULL;
  bool as_json = false;
  const option options[] = {
      {"elements", OPTION_INTEGER, &elements, "N", "elements tried of each parameter, drawn by the seed; 0 means all",
       0, 1e9},
      {"step", OPTION_NUMBER, &step, "H", "the step of the differences, times max(1, |x|)", ABOVE_ZERO, 1},
      {"tolerance", OPTION_NUMBER, &tolerance, "R", "the largest relative difference that passes", ABOVE_ZERO, 1},
      {"worst", OPTION_INTEGER, &worst, "N", "how many of the largest differences to list", 0, 1e6},
      {"spoil", OPTION_TEXT, &spoil, "W1",
       "make this parameter's gradient wrong by a thousandth, to see the check fail", 0, 0},
      {"seed", OPTION_INTEGER, &seed, "N", SEED_HELP, 0, SEED_MAX},
      {"json", OPTION_FLAG, &as_json, NULL, JSON_HELP, 0, 0},
      NET_OPTIONS(choice),
      SAMPLES_OPTION(choice),
  };
  const command_usage usage = {
      .synopsis = "wengert check NET [options]\n       wengert check --layers 4,16,3 [options]",
      .about = "Compares the gradients of the reverse sweep with central differences, in f64, on random samples and "
               "weights. The relative difference is |a−b| / max(|a|, |b|), or over a thousandth of the parameter's "
               "largest derivative where that is more.",
      .more = "A kink is a point where the function has two slopes, such as relu at 0; an element is unresolved if the "
              "difference quotient is too uncertain to judge by. Exit code 1 if an element fails, or if none passes.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  check_settings settings = {{step, tolerance, (size_t)elements, (uint64_t)seed}, worst, spoil};
  wg_net_spec spec;
  wg_net *net = NULL;
  int code = net_choose(t, &choice, &spec);
  if (code == EXIT_GOOD) code = net_record(t, &spec, &net);
  if (code == EXIT_GOOD) code = check_run(t, net, &settings, as_json);
  wg_net_free(net);
  return code;
}
