/* wengert check: the gradients of a net against central differences, and what other witnesses say of them. */
#include "../../engine/memory.h"
#include "../../engine/text.h"
#include "../../ops/ops.h"
#include "checking.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Counting what came out ---- */

param_result param_count(const wg_check *check, const wg_node *node) {
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

rules_result rules_count(const wg_witness *witness) {
  rules_result result = {.tried = wg_witness_node_count(witness)};
  for (size_t i = 0; i < result.tried; i++) {
    const wg_node_test *test = wg_witness_node_at(witness, i);
    result.failed += test->verdict == WG_FAIL;
    result.unresolved += test->verdict == WG_KINK || test->verdict == WG_UNRESOLVED;
    if (test->verdict == WG_PASS || test->verdict == WG_FAIL) result.error_max = fmax(result.error_max, test->error);
  }
  return result;
}

wg_verdict check_verdict(const checking *c) {
  return c->witness && wg_witness_verdict(c->witness) == WG_FAIL ? WG_FAIL : wg_check_verdict(c->check);
}

wg_diagnosis check_diagnosis(const checking *c, const wg_node *param) {
  return wg_diagnose(c->check, param, c->root, c->point.count, c->point.bindings);
}

/* ---- The check ---- */

/* v for one parameter: the same numbers in f32 and in f64. */
static wg_node *direction_of(const wg_net *net, const wg_node *param, wg_random *random) {
  size_t n = (size_t)wg_node_size(param);
  double *wide = wg_allocate(&wg_allocator_default, n, sizeof *wide);
  float *single = wg_allocate(&wg_allocator_default, n, sizeof *single);
  wg_node *v = NULL;
  if (wide && single) {
    for (size_t i = 0; i < n; i++) single[i] = (float)wg_random_normal(random), wide[i] = (double)single[i];
    const void *data = net->spec.dtype == WG_F32 ? (const void *)single : (const void *)wide;
    v = wg_constant(net->tape, net->spec.dtype, wg_node_shape(param), data);
  }
  free(wide);
  free(single);
  return v;
}

wg_node *check_root(const wg_net *net, int order, uint64_t seed) {
  if (order == 1) return net->J;
  wg_node *root = NULL, **grad = wg_allocate(&wg_allocator_default, net->param_count, sizeof *grad);
  wg_random random = wg_random_new(seed, WG_STREAM_SPLIT);
  wg_status status = grad ? wg_grad(net->J, net->param_count, net->params, grad) : WG_ERROR_MEMORY;
  for (size_t k = 0; status == WG_OK && k < net->param_count; k++) {
    wg_node *term = wg_sum_all(wg_mul(grad[k], direction_of(net, net->params[k], &random)));
    root = root ? wg_add(root, term) : term;
  }
  free(grad);
  return root;
}

static int check_and_question(const terminal *t, checking *c, const check_settings *settings) {
  const wg_net *net = c->net;
  if (settings->dtype == WG_F32) return check_single(t, c, settings);
  int code = settings->spoil ? gradient_spoil(t, net, c->root, settings, c->grad) : EXIT_GOOD;
  if (code != EXIT_GOOD) return code;
  c->check = wg_check_against(c->root, net->param_count, net->params, c->grad, c->point.count, c->point.bindings,
                              &settings->library);
  if (wg_check_status(c->check) != WG_OK) return failure(t, wg_check_status(c->check), wg_check_error(c->check));
  wg_witness_options options = {.tolerance = settings->library.tolerance, .seed = settings->library.seed};
  c->witness =
      wg_witness_new(c->root, net->param_count, net->params, c->grad, c->point.count, c->point.bindings, &options);
  if (wg_witness_status(c->witness) == WG_OK) return EXIT_GOOD;
  return failure(t, wg_witness_status(c->witness), wg_witness_error(c->witness));
}

static int check_report(const terminal *t, const checking *c, const check_settings *settings, bool as_json) {
  int code = EXIT_GOOD;
  if (as_json)
    check_json(t, c, settings);
  else
    code = check_print(t, c, settings);
  if (code == EXIT_GOOD && settings->svg) code = check_map_draw(t, c, settings);
  return code == EXIT_GOOD && check_verdict(c) != WG_PASS ? EXIT_CHECK : code;
}

static int check_run(const terminal *t, const wg_net *net, const check_settings *settings, bool as_json) {
  checking c = {.net = net, .grad = wg_allocate(&wg_allocator_default, net->param_count, sizeof *c.grad)};
  wg_status status = net_point_new(&c.point, net, NULL, settings->library.seed);
  if (!c.grad) status = WG_ERROR_MEMORY;
  c.root = status == WG_OK ? check_root(net, settings->order, settings->library.seed) : NULL;
  if (status == WG_OK && !c.root) status = WG_ERROR_MEMORY;
  if (status == WG_OK) status = wg_grad(c.root, net->param_count, net->params, c.grad);
  int code = status == WG_OK ? EXIT_GOOD : failure(t, status, wg_tape_error(net->tape));
  if (code == EXIT_GOOD) code = check_and_question(t, &c, settings);
  if (code == EXIT_GOOD) code = check_report(t, &c, settings, as_json);
  wg_witness_free(c.witness);
  wg_check_free(c.check);
  net_point_free(&c.point);
  free(c.grad);
  return code;
}

/* ---- The command ---- */

/* An argument as a shell reads it back. */
static void argument_add(wg_text *text, const char *argument) {
  const char *safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,/+:@%";
  bool plain = *argument && !argument[strspn(argument, safe)];
  wg_text_add(text, plain ? " " : " '");
  for (; *argument; argument++) {
    if (*argument == '\'')
      wg_text_add(text, "'\\''");
    else
      wg_text_add_bytes(text, argument, 1);
  }
  if (!plain) wg_text_add(text, "'");
}

/* Whether an option was given, as "--seed 2" or "--seed=2". */
static bool is_given(int argc, char **argv, const char *name) {
  size_t length = strlen(name);
  for (int i = 0; i < argc; i++)
    if (!strncmp(argv[i], name, length) && (!argv[i][length] || argv[i][length] == '=')) return true;
  return false;
}

/* The command line, with the seed even where it is the default. */
static void again_write(wg_text *text, int argc, char **argv, int64_t seed) {
  wg_text_add(text, "wengert check");
  for (int i = 0; i < argc; i++) argument_add(text, argv[i]);
  if (!is_given(argc, argv, "--seed")) wg_text_print(text, " --seed %" PRId64, seed);
}

/* What the options say together; false after a message. */
static bool settings_valid(const terminal *t, const check_settings *settings) {
  if (settings->mistake >= 0 && !settings->spoil)
    terminal_message(t, "--mistake goes with --spoil, which names a parameter");
  else if (settings->dtype == WG_F32 && settings->library.samples)
    terminal_message(t, "--elements does not go with --dtype f32, which compares all of them");
  else
    return true;
  usage_hint(t);
  return false;
}

int command_check(terminal *t, int argc, char **argv) {
  net_choice choice = {.activation = -1};
  int64_t seed = 1, elements = 0, order = 1;
  int dtype = 1;
  bool as_json = false;
  check_settings settings = {.library = {.step = cbrt(DBL_EPSILON), .tolerance = 1e-6}, .worst = 10, .mistake = -1};
  const option options[] = {
      {"elements", OPTION_INTEGER, &elements, "N", "elements tried of each parameter, drawn by the seed; 0 means all",
       0, 1e9},
      {"order", OPTION_INTEGER, &order, "N", "2: the gradient of ⟨gradient, v⟩, that is Hessian·v", 1, 2},
      {"dtype", OPTION_CHOICE, &dtype, "f32|f64", "f32: gradients in f32 against those in f64", 0, 0},
      {"step", OPTION_NUMBER, &settings.library.step, "H", "the step of the differences, times max(1, |x|)", ABOVE_ZERO,
       1},
      {"tolerance", OPTION_NUMBER, &settings.library.tolerance, "R",
       "the largest relative difference that passes; in f32 1e-4 unless it is given", ABOVE_ZERO, 1},
      {"worst", OPTION_INTEGER, &settings.worst, "N", "how many of the largest differences to list", 0, 1e6},
      {"spoil", OPTION_TEXT, &settings.spoil, "W1",
       "make this parameter's gradient wrong, by a thousandth or as --mistake says, to see the check fail", 0, 0},
      {"mistake", OPTION_CHOICE, &settings.mistake, MISTAKE_CHOICES, "how --spoil makes it wrong", 0, 0},
      {"svg", OPTION_TEXT, &settings.svg, "FILE", "draw the map of errors into this file", 0, 0},
      {"seed", OPTION_INTEGER, &seed, "N", SEED_HELP, 0, SEED_MAX},
      {"json", OPTION_FLAG, &as_json, NULL, JSON_HELP, 0, 0},
      NET_OPTIONS(choice),
      SAMPLES_OPTION(choice),
  };
  const command_usage usage = {
      .synopsis = "wengert check NET [options]\n       wengert check --layers 4,16,3 [options]",
      .about = "Compares the gradients of the reverse sweep with central differences, in f64, on random samples and "
               "weights. The relative difference is |a−b| / max(|a|, |b|), or over a thousandth of the parameter's "
               "largest derivative where that is more. Three witnesses are heard besides: the forward mode, Taylor's "
               "formula, and every backward rule by itself.",
      .more =
          "A kink is a point where the function has two slopes, such as relu at 0; an element is unresolved if the "
          "difference quotient is too uncertain to judge by. Exit code 1 if an element or a witness fails, or if no "
          "element passes.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  settings.order = (int)order;
  settings.dtype = dtype ? WG_F64 : WG_F32;
  if (settings.dtype == WG_F32 && !is_given(argc, argv, "--tolerance")) settings.library.tolerance = 1e-4;
  settings.library.samples = (size_t)elements;
  settings.library.seed = (uint64_t)seed;
  if (!settings_valid(t, &settings)) return EXIT_USAGE;
  wg_text again = WG_TEXT_EMPTY(&wg_allocator_default);
  again_write(&again, argc, argv, seed);
  settings.again = wg_text_string(&again);
  wg_net_spec spec;
  wg_net *net = NULL;
  int code = net_choose(t, &choice, &spec);
  spec.learning = true; /* with dropout, if there is any */
  if (code == EXIT_GOOD) code = net_record(t, &spec, &net);
  if (code == EXIT_GOOD) code = check_run(t, net, &settings, as_json);
  wg_net_free(net);
  wg_text_free(&again);
  return code;
}
