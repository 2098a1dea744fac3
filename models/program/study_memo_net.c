/* wengert study memo NET: the sweep with and without its memo on one net, parameter by parameter. */
#include "../../engine/memory.h"
#include "../draw_internal.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

bool memo_equal(const wg_memo_study *study) { return !study->executed || study->equal; }

int memo_differs(const terminal *t) {
  terminal_message(t, "the sweep without memo gave another gradient");
  return EXIT_INTERNAL;
}

/* ---- Text ---- */

static int params_print(const terminal *t, const wg_memo_study *study) {
  char text[BIG_COUNT_TEXT_SIZE], shape_text[WG_SHAPE_TEXT_SIZE];
  text_table lines = text_table_new("llrrr");
  text_table_titles(&lines, "parameter|shape|paths|rules without memo|new with memo");
  for (size_t k = 0; k < study->count; k++) {
    const wg_memo_line *line = &study->lines[k];
    wg_shape shape = wg_node_shape(line->node);
    text_table_add(&lines, STYLE_STRONG, "%s", wg_node_name(line->node));
    text_table_add(&lines, STYLE_PLAIN, "%s", wg_shape_text(&shape, shape_text));
    text_table_add(&lines, STYLE_PLAIN, "%s", big_count_text(&line->paths, text));
    text_table_add(&lines, STYLE_PLAIN, "%s", big_count_text(&line->rules, text));
    text_table_add(&lines, STYLE_PLAIN, "%" PRIu64, line->rules_new);
  }
  return table_finish(t, &lines);
}

static void total_print(text_table *lines, const char *name, uint64_t with, const char *without) {
  char text[BIG_COUNT_TEXT_SIZE];
  text_table_add(lines, STYLE_STRONG, "%s", name);
  text_table_add(lines, STYLE_PLAIN, "%s", count_text(with, text));
  text_table_add(lines, STYLE_PLAIN, "%s", without);
}

static int totals_print(const terminal *t, const wg_memo_study *study) {
  char text[BIG_COUNT_TEXT_SIZE], time[WG_DIGITS_SIZE], visited[BIG_COUNT_TEXT_SIZE];
  const char *unknown = "–";
  text_table lines = text_table_new("lrr");
  text_table_titles(&lines, "in total|with memo|without");
  total_print(&lines, "rules applied", study->with.rules, big_count_text(&study->rules, text));
  total_print(&lines, "adjoints formed", study->with.visited,
              study->executed ? count_text(study->without.visited, visited) : unknown);
  total_print(&lines, "look-ups in the memo", study->with.lookups, unknown);
  total_print(&lines, "… that it answered", study->with.hits, unknown);
  total_print(&lines, "factors: edges", study->factors_reused, big_count_text(&study->factors, text));
  total_print(&lines, "… products of them", study->products_reused, big_count_text(&study->products, text));
  total_print(&lines, "factors: name to name", study->named.factors_reused, count_text(study->named.factors, text));
  total_print(&lines, "… products of them", study->named.products_reused, count_text(study->named.products, text));
  text_table_add(&lines, STYLE_STRONG, "time");
  text_table_add(&lines, STYLE_QUIET, "%s", wg_draw_seconds(time, study->with_seconds));
  text_table_add(&lines, STYLE_QUIET, "%s",
                 study->executed ? wg_draw_seconds(time, study->without_seconds) : "counted");
  return table_finish(t, &lines);
}

static int net_print(const terminal *t, const wg_net *net, const wg_memo_study *study) {
  net_line(t, &net->spec);
  terminal_paragraph(t, 0,
                     "One parameter after the other, from the loss on: without memo the rules down to it are applied "
                     "anew, with memo only those that none before it needed. %s",
                     study->executed ? "Both sweeps were executed and gave the same gradient."
                                     : "The sweep without memo is beyond the budget: its rules were counted.");
  fputc('\n', t->out);
  int code = params_print(t, study);
  fputc('\n', t->out);
  return code == EXIT_GOOD ? totals_print(t, study) : code;
}

/* ---- JSON ---- */

/* A count that ends where 64 bits do is null from there on. */
static void count_json(json *j, const char *key, uint64_t count) {
  if (count == UINT64_MAX)
    json_null(j, key);
  else
    json_count(j, key, count);
}

static void sweep_json(json *j, const char *key, const wg_sweep_counts *counts, double seconds) {
  json_object_flat(j, key);
  json_count(j, "rules", counts->rules);
  json_count(j, "adjoints", counts->visited);
  json_count(j, "sums", counts->sums);
  json_count(j, "lookups", counts->lookups);
  json_count(j, "hits", counts->hits);
  json_number(j, "seconds", seconds);
  json_object_end(j);
}

static void net_study_json(const terminal *t, const wg_net *net, const wg_memo_study *study) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  net_json(&j, &net->spec, wg_net_param_elements(net));
  sweep_json(&j, "with_memo", &study->with, study->with_seconds);
  json_boolean(&j, "executed_without_memo", study->executed);
  if (study->executed) {
    sweep_json(&j, "without_memo", &study->without, study->without_seconds);
    json_boolean(&j, "same_gradient", study->equal);
  }
  json_text(&j, "rules_without_memo", study->rules.digits);
  json_text(&j, "paths", study->paths.digits);
  json_object_flat(&j, "edges");
  json_count(&j, "factors", study->factors_reused);
  json_count(&j, "products", study->products_reused);
  json_text(&j, "factors_without_reuse", study->factors.digits);
  json_text(&j, "products_without_reuse", study->products.digits);
  json_object_end(&j);
  json_object_flat(&j, "named");
  count_json(&j, "factors", study->named.factors_reused);
  count_json(&j, "products", study->named.products_reused);
  count_json(&j, "factors_without_reuse", study->named.factors);
  count_json(&j, "products_without_reuse", study->named.products);
  json_object_end(&j);
  json_array(&j, "by_parameter");
  for (size_t k = 0; k < study->count; k++) {
    json_object_flat(&j, NULL);
    json_text(&j, "name", wg_node_name(study->lines[k].node));
    json_text(&j, "paths", study->lines[k].paths.digits);
    json_text(&j, "rules_without_memo", study->lines[k].rules.digits);
    json_count(&j, "rules_new", study->lines[k].rules_new);
    json_object_end(&j);
  }
  json_array_end(&j);
  json_object_end(&j);
}

/* ---- Drawing ---- */

enum { NAMES_MAX = 12 };

/* Rules applied in all, after so many parameters. */
static int net_draw(const terminal *t, const char *file, const wg_memo_study *study) {
  double *points = wg_allocate(&wg_allocator_default, study->count, 3 * sizeof *points);
  if (!points) return failure(t, WG_ERROR_MEMORY, NULL);
  double *x = points, *with = x + study->count, *without = with + study->count, sum = 0, sum_without = 0;
  const char *names[NAMES_MAX];
  size_t named = study->count <= NAMES_MAX ? study->count : 0; /* more do not fit below an axis */
  for (size_t k = 0; k < named; k++) names[k] = wg_node_name(study->lines[k].node);
  for (size_t k = 0; k < study->count; k++) {
    sum += (double)study->lines[k].rules_new;
    sum_without += exp2(study->lines[k].rules.log2);
    x[k] = (double)k;
    with[k] = sum;
    without[k] = sum_without;
  }
  const wg_series series[] = {{"with memo", study->count, x, with, NULL},
                              {"without memo", study->count, x, without, NULL}};
  const wg_series_labels labels = {
      .title = "Rules applied, one parameter after the other",
      .description = "How many local rules the reverse sweep has applied after each "
                     "parameter, from the loss on, with its memo and without.",
      .x = {.label = "parameters, from the loss on", .names = named ? names : NULL, .name_count = named},
      .y = {.label = "rules applied in all"}};
  int code = study_draw(t, file, 2, series, &labels);
  free(points);
  return code;
}

/* ---- The topic ---- */

static int net_report(const terminal *t, const memo_choice *choice, const wg_net *net, const wg_memo_study *study) {
  if (!memo_equal(study)) return memo_differs(t);
  int code = EXIT_GOOD;
  if (choice->json)
    net_study_json(t, net, study);
  else
    code = net_print(t, net, study);
  return code == EXIT_GOOD && choice->svg ? net_draw(t, choice->svg, study) : code;
}

int memo_net(const terminal *t, memo_choice *choice) {
  wg_net_spec spec;
  wg_net *net = NULL;
  int code = net_choose(t, &choice->net, &spec);
  if (code == EXIT_GOOD) code = net_record(t, &spec, &net);
  if (code != EXIT_GOOD) return code;
  wg_error error = {0};
  wg_memo_study study = {0};
  size_t count = net->param_count;
  wg_node **wanted = wg_allocate(&wg_allocator_default, count, sizeof *wanted);
  wg_status status = wanted ? WG_OK : wg_error_memory(&error);
  for (size_t k = 0; wanted && k < count; k++) wanted[k] = net->params[count - 1 - k];
  if (status == WG_OK)
    status = wg_memo_study_new(&study, net->J, count, wanted, (uint64_t)choice->budget, clock_seconds, NULL, &error);
  code = status == WG_OK ? net_report(t, choice, net, &study) : study_failure(t, status, &error);
  wg_memo_study_free(&study);
  free(wanted);
  wg_net_free(net);
  return code;
}
