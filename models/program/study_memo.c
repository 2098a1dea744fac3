/* wengert study memo: the sweep with and without its memo, on graphs of growing size. */
#include "../draw_internal.h"
#include "../growth.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>

enum { SIZES_MAX = 12, POWER_MOST = 8 }; /* a drawing of several graphs ends at 10⁸ rules */

/* The numbers whose growth is looked at. */
typedef enum memo_column { RULES, RULES_WITHOUT, FACTORS, FACTORS_WITHOUT, PATHS, COLUMNS } memo_column;
static const char *const column_names[COLUMNS] = {"rules", "rules without memo", "factors", "factors without reuse",
                                                  "paths"};
static const char *const column_keys[COLUMNS] = {"rules", "rules_without_memo", "factors", "factors_without_reuse",
                                                 "paths"};

/* One size. Factors and products are those that one writes by hand: edges, and in a net what leads from a named node to
 * the next. */
typedef struct memo_row {
  int64_t size;
  wg_memo_study study;
  wg_big_count factors, products; /* of the study, or below */
  uint64_t factors_reused, products_reused;
  char factors_text[BIG_COUNT_TEXT_SIZE], products_text[BIG_COUNT_TEXT_SIZE];
} memo_row;

typedef struct memo_rows {
  wg_study_kind kind;
  size_t count;
  memo_row rows[SIZES_MAX];
  wg_growth growth[COLUMNS];
} memo_rows;

/* 1, 2, 5, 10, 20 … below the largest, and the largest. */
static void sizes_choose(memo_rows *study, int64_t largest) {
  static const int64_t leading[] = {1, 2, 5};
  for (int64_t power = 1; power < largest; power *= 10)
    for (int i = 0; i < 3; i++)
      if (leading[i] * power < largest) study->rows[study->count++].size = leading[i] * power;
  study->rows[study->count++].size = largest;
}

/* Layers of at most WG_STUDY_SIZE_MAX have fewer factors than 64 bits hold. */
static void written_fill(memo_row *row, wg_study_kind kind) {
  const wg_chain_counts *named = &row->study.named;
  if (kind != WG_STUDY_LAYERS) {
    row->factors = row->study.factors;
    row->products = row->study.products;
    row->factors_reused = row->study.factors_reused;
    row->products_reused = row->study.products_reused;
    return;
  }
  row->factors = (wg_big_count){count_text(named->factors, row->factors_text), log2((double)named->factors)};
  row->products = (wg_big_count){count_text(named->products, row->products_text), log2((double)named->products)};
  row->factors_reused = named->factors_reused;
  row->products_reused = named->products_reused;
}

static double column_log2(const memo_row *row, int column) {
  switch (column) {
  case RULES:
    return log2((double)row->study.with.rules);
  case RULES_WITHOUT:
    return row->study.rules.log2;
  case FACTORS:
    return log2((double)row->factors_reused);
  case FACTORS_WITHOUT:
    return row->factors.log2;
  default:
    return row->study.paths.log2;
  }
}

static void growth_find(memo_rows *study) {
  double sizes[SIZES_MAX], logs[SIZES_MAX];
  for (int column = 0; column < COLUMNS; column++) {
    for (size_t i = 0; i < study->count; i++) {
      sizes[i] = (double)study->rows[i].size;
      logs[i] = column_log2(&study->rows[i], column);
    }
    study->growth[column] = wg_growth_fit(study->count, sizes, logs);
  }
}

/* ---- Output ---- */

static char *growth_formula(const wg_growth *growth, char text[64]) {
  if (growth->kind == WG_GROWTH_EXPONENTIAL)
    snprintf(text, 64, "%s, 2^(%.2f·n)", wg_growth_text(growth->kind), growth->rate);
  else if (growth->kind == WG_GROWTH_CONSTANT || growth->kind == WG_GROWTH_UNKNOWN)
    snprintf(text, 64, "%s", wg_growth_text(growth->kind));
  else
    snprintf(text, 64, "%s, n^%.2f", wg_growth_text(growth->kind), growth->rate);
  return text;
}

/* Of nets factors and products, which the lecture counts; of other graphs factors, one product less for each path. */
static void written_print(text_table *lines, wg_study_kind kind, const char *factors, const char *products) {
  bool both = kind == WG_STUDY_LAYERS;
  text_table_add(lines, STYLE_PLAIN, "%s%s%s", factors, both ? "/" : "", both ? products : "");
}

static void row_print(text_table *lines, wg_study_kind kind, const memo_row *row) {
  char text[BIG_COUNT_TEXT_SIZE], products[BIG_COUNT_TEXT_SIZE], time[WG_DIGITS_SIZE];
  const wg_memo_study *study = &row->study;
  text_table_add(lines, STYLE_STRONG, "%" PRId64, row->size);
  text_table_add(lines, STYLE_PLAIN, "%" PRIu64, study->with.rules);
  text_table_add(lines, STYLE_PLAIN, "%s", big_count_text(&study->rules, text));
  text_table_add(lines, STYLE_PLAIN, "%s", big_count_text(&study->paths, text));
  written_print(lines, kind, count_text(row->factors_reused, text), count_text(row->products_reused, products));
  written_print(lines, kind, big_count_text(&row->factors, text), big_count_text(&row->products, products));
  text_table_add(lines, STYLE_QUIET, "%s", wg_draw_seconds(time, study->with_seconds));
  text_table_add(lines, STYLE_QUIET, "%s", study->executed ? wg_draw_seconds(time, study->without_seconds) : "counted");
}

static int rows_print(const terminal *t, const memo_rows *study) {
  terminal_heading(t, "%s", wg_study_title(study->kind));
  text_table lines = text_table_new("rrrrrrrr");
  text_table_titles(&lines, study->kind == WG_STUDY_LAYERS
                                ? "n|rules|no memo|paths|factors/products|no reuse|time|no memo"
                                : "n|rules|no memo|paths|factors|no reuse|time|no memo");
  for (size_t i = 0; i < study->count; i++) row_print(&lines, study->kind, &study->rows[i]);
  int code = table_finish(t, &lines);
  if (code != EXIT_GOOD) return code;
  fputc('\n', t->out);
  for (int column = 0; column < COLUMNS; column++) {
    char text[64];
    fprintf(t->out, "  %-21s  %s\n", column_names[column], growth_formula(&study->growth[column], text));
  }
  return EXIT_GOOD;
}

static void row_json(json *j, const memo_row *row) {
  const wg_memo_study *study = &row->study;
  json_object_flat(j, NULL);
  json_integer(j, "size", row->size);
  json_count(j, "rules", study->with.rules);
  json_count(j, "adjoints", study->with.visited);
  json_count(j, "hits", study->with.hits);
  json_text(j, "rules_without_memo", study->rules.digits);
  json_text(j, "paths", study->paths.digits);
  json_text(j, "factors_without_reuse", row->factors.digits);
  json_text(j, "products_without_reuse", row->products.digits);
  json_count(j, "factors", row->factors_reused);
  json_count(j, "products", row->products_reused);
  json_number(j, "seconds", study->with_seconds);
  json_boolean(j, "executed_without_memo", study->executed);
  if (study->executed) {
    json_count(j, "rules_executed_without_memo", study->without.rules);
    json_number(j, "seconds_without_memo", study->without_seconds);
    json_boolean(j, "same_gradient", study->equal);
  }
  json_object_end(j);
}

static void rows_json(json *j, const memo_rows *study) {
  json_object(j, NULL);
  json_text(j, "graph", wg_study_name(study->kind));
  json_array(j, "rows");
  for (size_t i = 0; i < study->count; i++) row_json(j, &study->rows[i]);
  json_array_end(j);
  json_object(j, "growth");
  for (int column = 0; column < COLUMNS; column++) {
    json_object_flat(j, column_keys[column]);
    json_text(j, "law", wg_growth_text(study->growth[column].kind));
    json_number(j, "rate", study->growth[column].rate);
    json_number(j, "error", study->growth[column].error);
    json_object_end(j);
  }
  json_object_end(j);
  json_object_end(j);
}

/* Both counts of rules against the size, as powers of ten. */
static int rows_draw(const terminal *t, const char *file, size_t count, const memo_rows *studies) {
  double x[WG_STUDY_KIND_COUNT][SIZES_MAX], y[2 * WG_STUDY_KIND_COUNT][SIZES_MAX];
  char names[2 * WG_STUDY_KIND_COUNT][40];
  wg_series series[2 * WG_STUDY_KIND_COUNT];
  for (size_t k = 0; k < count; k++) {
    for (size_t i = 0; i < studies[k].count; i++) {
      x[k][i] = log10((double)studies[k].rows[i].size);
      for (size_t s = 0; s < 2; s++)
        y[2 * k + s][i] = column_log2(&studies[k].rows[i], s ? RULES_WITHOUT : RULES) * log10(2);
    }
    for (size_t s = 0; s < 2; s++) {
      snprintf(names[2 * k + s], sizeof names[0], "%s, %s memo", wg_study_name(studies[k].kind), s ? "no" : "with");
      series[2 * k + s] = (wg_series){names[2 * k + s], studies[k].count, x[k], y[2 * k + s], NULL};
    }
  }
  const wg_series_labels labels = {
      .title = "Rules of the reverse sweep, with and without memo",
      .description =
          "Powers of ten on both axes. A straight line is a power of n, its slope the exponent: 1 is linear, "
          "2 quadratic. A line that bends upwards is exponential, and leaves the drawing at the top.",
      .x = {.label = "size n", .powers = true},
      .y = {.label = "rules applied", .powers = true, .most = count > 1 ? POWER_MOST : 0}};
  return study_draw(t, file, 2 * count, series, &labels);
}

/* ---- The topic ---- */

static int rows_make(const terminal *t, memo_rows *study, int64_t largest, uint64_t budget) {
  sizes_choose(study, largest);
  for (size_t i = 0; i < study->count; i++) {
    wg_error error = {0};
    memo_row *row = &study->rows[i];
    wg_status status = wg_memo_study_of(&row->study, study->kind, row->size, budget, clock_seconds, NULL, &error);
    if (status != WG_OK) return study_failure(t, status, &error);
    written_fill(row, study->kind);
  }
  growth_find(study);
  return EXIT_GOOD;
}

static int studies_print(const terminal *t, size_t count, const memo_rows *studies) {
  int code = EXIT_GOOD;
  terminal_paragraph(t, 0,
                     "With memo the sweep applies one rule for each edge; without, one for each path to each node that "
                     "it passes. Both were executed and gave the same gradient, unless it says 'counted'.");
  for (size_t k = 0; k < count && code == EXIT_GOOD; k++) code = rows_print(t, &studies[k]);
  return code;
}

static void studies_json(const terminal *t, size_t count, const memo_rows *studies) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  json_array(&j, "graphs");
  for (size_t k = 0; k < count; k++) rows_json(&j, &studies[k]);
  json_array_end(&j);
  json_object_end(&j);
}

static bool all_equal(size_t count, const memo_rows *studies) {
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < studies[k].count; i++)
      if (!memo_equal(&studies[k].rows[i].study)) return false;
  return true;
}

static int graphs_study(const terminal *t, const memo_choice *choice) {
  memo_rows studies[WG_STUDY_KIND_COUNT] = {0};
  size_t count = choice->graph ? 1 : WG_STUDY_KIND_COUNT;
  int code = EXIT_GOOD;
  for (size_t k = 0; k < count && code == EXIT_GOOD; k++) {
    studies[k].kind = (wg_study_kind)(choice->graph ? (size_t)choice->graph - 1 : k);
    code = rows_make(t, &studies[k], choice->largest, (uint64_t)choice->budget);
  }
  if (code == EXIT_GOOD && !all_equal(count, studies)) code = memo_differs(t);
  if (code == EXIT_GOOD && choice->json) studies_json(t, count, studies);
  if (code == EXIT_GOOD && !choice->json) code = studies_print(t, count, studies);
  if (code == EXIT_GOOD) code = rows_draw(t, choice->svg, count, studies);
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < studies[k].count; i++) wg_memo_study_free(&studies[k].rows[i].study);
  return code;
}

int study_memo(terminal *t, int argc, char **argv) {
  memo_choice choice = {.net = {.activation = -1}, .largest = 100, .budget = 100000};
  const option options[] = {
      {"graph", OPTION_CHOICE, &choice.graph, "all|chain|residual|doubling|layers", "which growing graphs", 0, 0},
      {"largest", OPTION_INTEGER, &choice.largest, "N", "size of the largest of them", 1, WG_STUDY_SIZE_MAX},
      {"budget", OPTION_INTEGER, &choice.budget, "RULES", "execute without memo up to so many rules; count beyond", 1,
       1e8},
      STUDY_JSON_OPTION(choice.json),
      SVG_OPTION(choice.svg),
      NET_OPTIONS(choice.net),
      SAMPLES_OPTION(choice.net),
  };
  const command_usage usage = {
      .synopsis = "wengert study memo [options]\n       wengert study memo NET [options]",
      .about = "Sweeps over graphs of growing size with memo and without, counts rules, paths, and the factors and "
               "products of the chain rule, and names the law by which each grows; or looks at one net so, parameter "
               "by parameter.",
      .more =
          "Beyond the budget the sweep without memo is not executed; its rules are counted exactly all the same, by "
          "dynamic programming. In JSON, counts without bound are strings of digits.",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1,
      .takes_net = true};
  options_result read = options_read(t, &usage, argc, argv, &choice.net.name);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  if (!is_net(&choice.net)) return graphs_study(t, &choice);
  if (choice.graph) {
    terminal_message(t, "--graph is for growing graphs, and stands instead of a net");
    usage_hint(t);
    return EXIT_USAGE;
  }
  return memo_net(t, &choice);
}
