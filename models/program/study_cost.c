/* wengert study cost: what a gradient costs beside the function itself, by four ways to it. */
#include "../../engine/memory.h"
#include "../draw_internal.h"
#include "../../ops/ops.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { PRODUCT_MAX = 2000, WAYS = 5 };

/* A way to a derivative: how often which plan runs. */
typedef struct cost_way {
  const char *name, *key;
  wg_cost cost;
  double seconds;
} cost_way;

static void ways_make(const wg_cost_study *study, cost_way ways[WAYS]) {
  static const struct {
    const char *name, *key;
    wg_cost_mode mode;
  } kinds[WAYS] = {{"f alone", "forward", WG_COST_FORWARD},
                   {"f and ∇f, reverse", "reverse", WG_COST_REVERSE},
                   {"f, one direction", "direction", WG_COST_TANGENT},
                   {"∇f, forward mode", "forward_mode", WG_COST_TANGENT},
                   {"∇f, differences", "differences", WG_COST_FORWARD}};
  uint64_t elements = (uint64_t)study->elements;
  const uint64_t times[WAYS] = {1, 1, 1, elements, 2 * elements};
  for (int i = 0; i < WAYS; i++)
    ways[i] = (cost_way){kinds[i].name, kinds[i].key, wg_cost_times(study->total[kinds[i].mode], times[i]),
                         study->seconds[kinds[i].mode] * (double)times[i]};
}

static double ratio(uint64_t a, uint64_t b) { return b ? (double)a / (double)b : NAN; }

/* ---- Output ---- */

static char *amount_text(uint64_t amount, char text[BIG_COUNT_TEXT_SIZE]) {
  if (amount < UINT64_C(10000000000)) return count_text(amount, text);
  snprintf(text, BIG_COUNT_TEXT_SIZE, "%.3e", (double)amount);
  return text;
}

/* Operations, or bytes, by operation. */
static int lines_print(const terminal *t, const wg_cost_study *study, bool bytes) {
  char text[BIG_COUNT_TEXT_SIZE];
  text_table lines = text_table_new("lrrr");
  text_table_titles(&lines,
                    bytes ? "bytes of|f alone|f and ∇f|one direction" : "operations of|f alone|f and ∇f|one direction");
  for (size_t k = 0; k < study->count; k++) {
    text_table_add(&lines, STYLE_STRONG, "%s", study->lines[k].op);
    for (int mode = 0; mode < WG_COST_MODES; mode++) {
      const wg_cost *cost = &study->lines[k].cost[mode];
      text_table_add(&lines, STYLE_PLAIN, "%s", amount_text(bytes ? cost->bytes : cost->operations, text));
    }
  }
  return table_finish(t, &lines);
}

static void ratio_print(text_table *lines, text_style look, double value) {
  if (isfinite(value))
    text_table_add(lines, look, "%.3g", value);
  else
    text_table_add(lines, look, "–");
}

static int counts_print(const terminal *t, const cost_way ways[WAYS]) {
  char text[BIG_COUNT_TEXT_SIZE];
  text_table lines = text_table_new("lrrrr");
  text_table_titles(&lines, "counted|multiply-adds|× f|operations|× f");
  for (int i = 0; i < WAYS; i++) {
    text_table_add(&lines, STYLE_STRONG, "%s", ways[i].name);
    text_table_add(&lines, STYLE_PLAIN, "%s", amount_text(ways[i].cost.multiply_adds, text));
    ratio_print(&lines, STYLE_PLAIN, ratio(ways[i].cost.multiply_adds, ways[0].cost.multiply_adds));
    text_table_add(&lines, STYLE_PLAIN, "%s", amount_text(ways[i].cost.operations, text));
    ratio_print(&lines, STYLE_PLAIN, ratio(ways[i].cost.operations, ways[0].cost.operations));
  }
  return table_finish(t, &lines);
}

static int measures_print(const terminal *t, const cost_way ways[WAYS]) {
  char text[BIG_COUNT_TEXT_SIZE], time[WG_DIGITS_SIZE];
  text_table lines = text_table_new("lrrrr");
  text_table_titles(&lines, "moved and measured|bytes|× f|time|× f");
  for (int i = 0; i < WAYS; i++) {
    text_table_add(&lines, STYLE_STRONG, "%s", ways[i].name);
    text_table_add(&lines, STYLE_PLAIN, "%s", amount_text(ways[i].cost.bytes, text));
    ratio_print(&lines, STYLE_PLAIN, ratio(ways[i].cost.bytes, ways[0].cost.bytes));
    text_table_add(&lines, STYLE_QUIET, "%s", wg_draw_seconds(time, ways[i].seconds));
    ratio_print(&lines, STYLE_QUIET, ways[i].seconds / ways[0].seconds);
  }
  return table_finish(t, &lines);
}

static int cost_print(const terminal *t, const wg_net *net, int64_t factors, const wg_cost_study *study,
                      const cost_way ways[WAYS]) {
  if (net)
    net_line(t, &net->spec);
  else
    fprintf(t->out, "Speelpenning's product of %" PRId64 " numbers\n", factors);
  terminal_paragraph(t, 0,
                     "A gradient by %" PRId64 " variables. Forward mode takes a run for each of them, central "
                     "differences two runs of f; their times are so many times that of one run.",
                     study->elements);
  fputc('\n', t->out);
  int code = lines_print(t, study, false);
  fputc('\n', t->out);
  if (code == EXIT_GOOD) code = lines_print(t, study, true);
  fputc('\n', t->out);
  if (code == EXIT_GOOD) code = counts_print(t, ways);
  fputc('\n', t->out);
  if (code == EXIT_GOOD) code = measures_print(t, ways);
  if (code != EXIT_GOOD) return code;
  fputc('\n', t->out);
  terminal_paragraph(t, 0,
                     "f and ∇f take %.2f times the operations of f, and took %.2f times its time. The cheap gradient "
                     "principle (Baur and Strassen) promises a small constant, 3 to 5, whatever the number of "
                     "variables.",
                     ratio(ways[1].cost.operations, ways[0].cost.operations), ways[1].seconds / ways[0].seconds);
  return EXIT_GOOD;
}

static void cost_members(json *j, const wg_cost *cost) {
  json_count(j, "steps", cost->steps);
  json_count(j, "multiply_adds", cost->multiply_adds);
  json_count(j, "operations", cost->operations);
  json_count(j, "bytes", cost->bytes);
}

static int cost_json(const terminal *t, const wg_net *net, int64_t factors, const wg_cost_study *study,
                     const cost_way ways[WAYS]) {
  static const char *const modes[WG_COST_MODES] = {"forward", "reverse", "direction"};
  json j = json_new(t->out);
  json_object(&j, NULL);
  if (net)
    net_json(&j, &net->spec, wg_net_param_elements(net));
  else
    json_integer(&j, "product", factors);
  json_integer(&j, "variables", study->elements);
  json_object(&j, "operations");
  for (size_t k = 0; k < study->count; k++) {
    json_object(&j, study->lines[k].op);
    for (int mode = 0; mode < WG_COST_MODES; mode++) {
      json_object_flat(&j, modes[mode]);
      cost_members(&j, &study->lines[k].cost[mode]);
      json_object_end(&j);
    }
    json_object_end(&j);
  }
  json_object_end(&j);
  json_object(&j, "total");
  for (int i = 0; i < WAYS; i++) {
    json_object_flat(&j, ways[i].key);
    cost_members(&j, &ways[i].cost);
    if (ways[0].cost.multiply_adds)
      json_number(&j, "multiply_add_ratio", ratio(ways[i].cost.multiply_adds, ways[0].cost.multiply_adds));
    json_number(&j, "operation_ratio", ratio(ways[i].cost.operations, ways[0].cost.operations));
    json_number(&j, "seconds", ways[i].seconds);
    json_number(&j, "time_ratio", ways[i].seconds / ways[0].seconds);
    json_object_end(&j);
  }
  json_object_end(&j);
  json_object_end(&j);
  return EXIT_GOOD;
}

/* The ratios to f, predicted and measured, as powers of ten. */
static int cost_draw(const terminal *t, const char *file, const cost_way ways[WAYS]) {
  static const char *const names[WAYS] = {"f", "reverse", "direction", "forward", "differ."};
  double x[WAYS], predicted[WAYS], measured[WAYS];
  char texts[WAYS][16];
  const char *notes[WAYS];
  for (int i = 0; i < WAYS; i++) {
    double operations = ratio(ways[i].cost.operations, ways[0].cost.operations);
    x[i] = i;
    predicted[i] = log10(operations);
    measured[i] = log10(ways[i].seconds / ways[0].seconds);
    snprintf(texts[i], sizeof texts[i], "%.3g", operations);
    notes[i] = texts[i];
  }
  const wg_series series[] = {{"time, measured", WAYS, x, measured, NULL},
                              {"operations, predicted", WAYS, x, predicted, notes}};
  const wg_series_labels labels = {
      .title = "Cost of a derivative beside the cost of f",
      .description = "From left to right: f alone; f and its gradient in reverse; one direction in forward mode; the "
                     "gradient in forward mode; the gradient by central differences. Multiples of the cost of f, "
                     "predicted by counting operations and measured in time.",
      .x = {.label = "ways to a derivative", .names = names, .name_count = WAYS},
      .y = {.label = "× the cost of f", .powers = true},
      .points = true};
  return study_draw(t, file, 2, series, &labels);
}

/* ---- The topic ---- */

typedef struct cost_choice {
  net_choice net;
  int64_t factors, seed;
  bool inputs, json;
  const char *svg;
} cost_choice;

static int report(const terminal *t, const cost_choice *choice, const wg_net *net, const wg_cost_study *study) {
  cost_way ways[WAYS];
  ways_make(study, ways);
  int code =
      choice->json ? cost_json(t, net, choice->factors, study, ways) : cost_print(t, net, choice->factors, study, ways);
  return code == EXIT_GOOD ? cost_draw(t, choice->svg, ways) : code;
}

static int net_cost(const terminal *t, cost_choice *choice) {
  wg_net_spec spec;
  wg_net *net = NULL;
  int code = net_choose(t, &choice->net, &spec);
  if (code == EXIT_GOOD) code = net_record_small(t, &spec, &net);
  if (code != EXIT_GOOD) return code;
  net_point point = {0};
  wg_cost_study study = {0};
  wg_error error = {0};
  size_t count = net->param_count + (choice->inputs ? 1 : 0);
  wg_node **wrt = wg_allocate(&wg_allocator_default, count, sizeof *wrt);
  wg_status status = wrt ? net_point_new(&point, net, NULL, (uint64_t)choice->seed) : wg_error_memory(&error);
  if (status == WG_OK) {
    for (size_t k = 0; k < net->param_count; k++) wrt[k] = net->params[k];
    if (choice->inputs) wrt[count - 1] = net->X;
    status =
        wg_cost_study_new(&study, net->J, NULL, count, wrt, point.count, point.bindings, clock_seconds, NULL, &error);
  }
  code = status == WG_OK ? report(t, choice, net, &study) : study_failure(t, status, &error);
  wg_cost_study_free(&study);
  net_point_free(&point);
  free(wrt);
  wg_net_free(net);
  return code;
}

/* Π x_i from left to right; the adjoint of the product is a number like any other, not the constant 1 that would save
 * its own products. */
static int product_cost(const terminal *t, const cost_choice *choice) {
  size_t n = (size_t)choice->factors;
  wg_tape *tape = wg_tape_new();
  wg_node **x = wg_allocate(&wg_allocator_default, n, sizeof *x);
  wg_binding *bindings = wg_allocate(&wg_allocator_default, n + 1, sizeof *bindings);
  const double value = 1;
  wg_cost_study study = {0};
  wg_error error = {0};
  wg_status status = tape && x && bindings ? WG_OK : wg_error_memory(&error);
  if (status == WG_OK) {
    for (size_t i = 0; i < n; i++) {
      x[i] = wg_input(tape, "x", WG_F64, WG_SCALAR);
      bindings[i] = (wg_binding){x[i], &value};
    }
    wg_node *product = x[0], *seed = wg_input(tape, "dy", WG_F64, WG_SCALAR);
    for (size_t i = 1; i < n; i++) product = wg_mul(product, x[i]);
    bindings[n] = (wg_binding){seed, &value};
    status = wg_cost_study_new(&study, product, seed, n, x, n + 1, bindings, clock_seconds, NULL, &error);
  }
  int code = status == WG_OK ? report(t, choice, NULL, &study) : study_failure(t, status, &error);
  wg_cost_study_free(&study);
  free(bindings);
  free(x);
  wg_tape_free(tape);
  return code;
}

int study_cost(terminal *t, int argc, char **argv) {
  cost_choice choice = {.net = {.activation = -1}, .seed = 1};
  const option options[] = {
      {"inputs", OPTION_FLAG, &choice.inputs, NULL, "with ∂X, the gradient by the samples", 0, 0},
      {"product", OPTION_INTEGER, &choice.factors, "N", "instead of a net Speelpenning's product of N numbers", 2,
       PRODUCT_MAX},
      {"seed", OPTION_INTEGER, &choice.seed, "N", SEED_HELP, 0, SEED_MAX},
      STUDY_JSON_OPTION(choice.json),
      SVG_OPTION(choice.svg),
      NET_OPTIONS(choice.net),
      SAMPLES_OPTION(choice.net),
  };
  const command_usage usage = {
      .synopsis = "wengert study cost NET [options]\n       wengert study cost --product 100 [options]",
      .about = "Counts multiply-adds, operations and bytes of a net's loss, and of its gradient by the reverse sweep, "
               "by forward mode and by central differences, per operation and in total; and takes their times.",
      .more = "A product (m,k)·(k,n) takes m·k·n multiply-adds, which are operations too; any other step takes one "
              "operation for each element of its result or of its largest input. Views take none.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.net.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  if (choice.factors && (choice.net.name || choice.net.layers)) {
    terminal_message(t, "--product stands instead of a net");
    usage_hint(t);
    return EXIT_USAGE;
  }
  return choice.factors ? product_cost(t, &choice) : net_cost(t, &choice);
}
