/* wengert study order: what bracketing a chain of Jacobians costs. */
#include "../../engine/bracketing.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>

enum { WIDTHS_MAX = WG_BRACKETING_MAX + 1 };

typedef struct order_study {
  size_t width_count;
  int64_t widths[WIDTHS_MAX];
  wg_bracketing counts;
  wg_text best;
} order_study;

static double share(uint64_t cost, uint64_t best) { return best ? (double)cost / (double)best : 1; }

/* A count that 64 bits do not hold is written as such. */
static void row_print(text_table *lines, const char *name, uint64_t cost, uint64_t best, const char *order) {
  char text[BIG_COUNT_TEXT_SIZE];
  text_table_add(lines, STYLE_STRONG, "%s", name);
  text_table_add(lines, STYLE_PLAIN, "%s", count_text(cost, text));
  text_table_add(lines, STYLE_PLAIN, "%.3g", share(cost, best));
  text_table_add(lines, STYLE_QUIET, "%s", order);
}

static int order_print(const terminal *t, const order_study *study) {
  size_t n = study->width_count - 1;
  const wg_bracketing *counts = &study->counts;
  terminal_paragraph(t, 0,
                     "∂y/∂x = J%zu ⋯ J1, each with a row for each output of its layer and a column for each input", n);
  fputc('\n', t->out);
  text_table lines = text_table_new("lrrl");
  text_table_titles(&lines, "order|multiply-adds|× best|brackets");
  row_print(&lines, "reverse", counts->reverse, counts->best, "from the outputs down");
  row_print(&lines, "forward", counts->forward, counts->best, "from the inputs up");
  row_print(&lines, "best", counts->best, counts->best, n <= 64 ? wg_text_string(&study->best) : "(see --json)");
  return table_finish(t, &lines);
}

static int order_json(const terminal *t, const order_study *study) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  json_array_flat(&j, "widths");
  for (size_t i = 0; i < study->width_count; i++) json_integer(&j, NULL, study->widths[i]);
  json_array_end(&j);
  json_count(&j, "reverse", study->counts.reverse);
  json_count(&j, "forward", study->counts.forward);
  json_count(&j, "best", study->counts.best);
  json_text(&j, "order", wg_text_string(&study->best));
  json_object_end(&j);
  return EXIT_GOOD;
}

/* The three costs of the chains J_k ⋯ J_1, for at most 64 of the k. */
static int order_draw(const terminal *t, const char *file, const order_study *study) {
  enum { POINTS_MAX = 64 };
  double x[POINTS_MAX], y[3][POINTS_MAX];
  size_t n = study->width_count - 1, count = n < POINTS_MAX ? n : POINTS_MAX;
  for (size_t i = 0; i < count; i++) {
    size_t k = n < POINTS_MAX ? i + 1 : (i + 1) * n / POINTS_MAX;
    wg_bracketing counts;
    wg_status status = wg_bracketing_count(k + 1, study->widths, &counts, NULL);
    if (status != WG_OK) return failure(t, status, NULL);
    x[i] = (double)k;
    y[0][i] = log10((double)counts.reverse);
    y[1][i] = log10((double)counts.forward);
    y[2][i] = log10((double)counts.best);
  }
  const wg_series series[] = {
      {"reverse", count, x, y[0], NULL}, {"forward", count, x, y[1], NULL}, {"best", count, x, y[2], NULL}};
  const wg_series_labels labels = {.title = "Bracketing a chain of Jacobians",
                                   .description = "The multiply-adds of the chains of the first k "
                                                  "Jacobians, in reverse, forward and best order.",
                                   .x = {.label = "Jacobians, from the inputs on"},
                                   .y = {.label = "multiply-adds", .powers = true}};
  return study_draw(t, file, 3, series, &labels);
}

static int order_run(const terminal *t, order_study *study, bool as_json, const char *svg) {
  wg_status status = wg_bracketing_count(study->width_count, study->widths, &study->counts, &study->best);
  if (status == WG_ERROR_ARGUMENT) {
    terminal_message(t, "a chain has two widths or more: the inputs, and the outputs of each layer");
    return EXIT_USAGE;
  }
  int code = status == WG_OK ? EXIT_GOOD : failure(t, status, NULL);
  if (code == EXIT_GOOD) code = as_json ? order_json(t, study) : order_print(t, study);
  return code == EXIT_GOOD && svg ? order_draw(t, svg, study) : code;
}

int study_order(terminal *t, int argc, char **argv) {
  const char *widths = NULL, *svg = NULL;
  bool as_json = false;
  const option options[] = {STUDY_JSON_OPTION(as_json), SVG_OPTION(svg)};
  const command_usage usage = {
      .synopsis = "wengert study order WIDTHS [options]",
      .about =
          "What it costs to multiply the Jacobians of a chain of layers, in the order of the reverse sweep, in that "
          "of forward mode, and in the best order, found by dynamic programming.",
      .more =
          "WIDTHS are the inputs and the outputs of each layer, such as 2,4,3,1. With one output the reverse sweep is "
          "best: every product is a row times a matrix.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1};
  options_result read = options_read(t, &usage, argc, argv, &widths);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  if (!widths) {
    terminal_message(t, "which widths? Give them, such as 2,4,3,1");
    usage_hint(t);
    return EXIT_USAGE;
  }
  order_study study = {.best = WG_TEXT_EMPTY(&wg_allocator_default)};
  int code = study_numbers(t, "widths", widths, WIDTHS_MAX, study.widths, &study.width_count);
  if (code == EXIT_GOOD) code = order_run(t, &study, as_json, svg);
  wg_text_free(&study.best);
  return code;
}
