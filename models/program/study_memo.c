/* wengert study memo: the sweep with and without its memo, on graphs of growing size. */
#include "../growth.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>

enum { SIZES_MAX = 12 };

/* The numbers whose growth is looked at. */
typedef enum memo_column { RULES, RULES_WITHOUT, FACTORS, FACTORS_WITHOUT, PATHS, COLUMNS } memo_column;
static const char *const column_names[COLUMNS] = {"rules", "rules without memo", "factors", "factors without reuse",
                                                  "paths"};
static const char *const column_keys[COLUMNS] = {"rules", "rules_without_memo", "factors", "factors_without_reuse",
                                                 "paths"};

typedef struct memo_rows {
  wg_study_kind kind;
  size_t count;
  int64_t sizes[SIZES_MAX];
  wg_memo_study rows[SIZES_MAX];
  wg_growth growth[COLUMNS];
} memo_rows;

/* 1, 2, 5, 10, 20 … below the largest, and the largest. */
static void sizes_choose(memo_rows *study, int64_t largest) {
  static const int64_t leading[] = {1, 2, 5};
  for (int64_t power = 1; power < largest; power *= 10)
    for (int i = 0; i < 3; i++)
      if (leading[i] * power < largest) study->sizes[study->count++] = leading[i] * power;
  study->sizes[study->count++] = largest;
}

static double column_log2(const wg_memo_study *row, int column) {
  switch (column) {
  case RULES:
    return log2((double)row->with.rules);
  case RULES_WITHOUT:
    return wg_natural_log2(&row->rules);
  case FACTORS:
    return log2((double)row->factors_reused);
  case FACTORS_WITHOUT:
    return wg_natural_log2(&row->factors);
  default:
    return wg_natural_log2(&row->paths);
  }
}

static void growth_find(memo_rows *study) {
  double sizes[SIZES_MAX], logs[SIZES_MAX];
  for (int column = 0; column < COLUMNS; column++) {
    for (size_t i = 0; i < study->count; i++) {
      sizes[i] = (double)study->sizes[i];
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

static void row_print(text_table *lines, int64_t size, const wg_memo_study *row) {
  char text[NATURAL_TEXT_SIZE], time[32];
  text_table_add(lines, STYLE_STRONG, "%" PRId64, size);
  text_table_add(lines, STYLE_PLAIN, "%" PRIu64, row->with.rules);
  text_table_add(lines, STYLE_PLAIN, "%s", natural_short(&row->rules, text));
  text_table_add(lines, STYLE_PLAIN, "%s", natural_short(&row->paths, text));
  text_table_add(lines, STYLE_PLAIN, "%" PRIu64 " / %" PRIu64, row->factors_reused, row->products_reused);
  char products[NATURAL_TEXT_SIZE];
  text_table_add(lines, STYLE_PLAIN, "%s / %s", natural_short(&row->factors, text),
                 natural_short(&row->products, products));
  text_table_add(lines, STYLE_QUIET, "%s", seconds_text(row->with_seconds, time));
  text_table_add(lines, STYLE_QUIET, "%s", row->executed ? seconds_text(row->without_seconds, time) : "counted");
}

static int rows_print(const terminal *t, const memo_rows *study) {
  terminal_heading(t, "%s", wg_study_title(study->kind));
  text_table lines = text_table_new("rrrrrrrr");
  text_table_titles(&lines, "n|rules|without memo|paths|factors / products|without reuse|time|without memo");
  for (size_t i = 0; i < study->count; i++) row_print(&lines, study->sizes[i], &study->rows[i]);
  bool printed = text_table_print(&lines, t);
  text_table_free(&lines);
  if (!printed) return failure(t, WG_ERROR_MEMORY, NULL);
  fputc('\n', t->out);
  for (int column = 0; column < COLUMNS; column++) {
    char text[64];
    fprintf(t->out, "  %-21s  %s\n", column_names[column], growth_formula(&study->growth[column], text));
  }
  return EXIT_GOOD;
}

static bool row_json(json *j, int64_t size, const wg_memo_study *row) {
  json_object_flat(j, NULL);
  json_integer(j, "size", size);
  json_count(j, "rules", row->with.rules);
  json_count(j, "adjoints", row->with.visited);
  json_count(j, "hits", row->with.hits);
  bool good = natural_json(j, "rules_without_memo", &row->rules) && natural_json(j, "paths", &row->paths) &&
              natural_json(j, "factors_without_reuse", &row->factors) &&
              natural_json(j, "products_without_reuse", &row->products);
  json_count(j, "factors", row->factors_reused);
  json_count(j, "products", row->products_reused);
  json_number(j, "seconds", row->with_seconds);
  json_boolean(j, "executed_without_memo", row->executed);
  if (row->executed) {
    json_count(j, "rules_executed_without_memo", row->without.rules);
    json_number(j, "seconds_without_memo", row->without_seconds);
    json_boolean(j, "same_gradient", row->equal);
  }
  json_object_end(j);
  return good;
}

static int rows_json(const terminal *t, json *j, const memo_rows *study) {
  bool good = true;
  json_object(j, NULL);
  json_text(j, "graph", wg_study_name(study->kind));
  json_array(j, "rows");
  for (size_t i = 0; i < study->count; i++) good = row_json(j, study->sizes[i], &study->rows[i]) && good;
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
  return good ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}

/* Both counts of rules against the size, as logarithms. */
static int rows_draw(const terminal *t, const char *file, size_t count, const memo_rows *studies) {
  double x[WG_STUDY_KIND_COUNT][SIZES_MAX], y[2 * WG_STUDY_KIND_COUNT][SIZES_MAX];
  char names[2 * WG_STUDY_KIND_COUNT][40];
  wg_series series[2 * WG_STUDY_KIND_COUNT];
  for (size_t k = 0; k < count; k++) {
    for (size_t i = 0; i < studies[k].count; i++) {
      x[k][i] = log10((double)studies[k].sizes[i]);
      for (size_t s = 0; s < 2; s++)
        y[2 * k + s][i] = column_log2(&studies[k].rows[i], s ? RULES_WITHOUT : RULES) * log10(2);
    }
    for (size_t s = 0; s < 2; s++) {
      snprintf(names[2 * k + s], sizeof names[0], "%s, %s memo", wg_study_name(studies[k].kind), s ? "no" : "with");
      series[2 * k + s] = (wg_series){names[2 * k + s], studies[k].count, x[k], y[2 * k + s]};
    }
  }
  const wg_series_labels labels = {
      .title = "Rules of the reverse sweep, with and without memo",
      .description =
          "Powers of ten on both axes. A straight line is a power of n, its slope the exponent: 1 is linear, "
          "2 quadratic. A line that bends upwards is exponential.",
      .x = "log₁₀ of the size n",
      .y = "log₁₀ of the rules applied"};
  return study_draw(t, file, 2 * count, series, &labels);
}

/* ---- The topic ---- */

static int rows_make(const terminal *t, memo_rows *study, int64_t largest, uint64_t budget) {
  sizes_choose(study, largest);
  for (size_t i = 0; i < study->count; i++) {
    wg_error error = {0};
    wg_status status =
        wg_memo_study_new(&study->rows[i], study->kind, study->sizes[i], budget, clock_seconds, NULL, &error);
    if (status != WG_OK) return study_failure(t, status, &error);
  }
  growth_find(study);
  return EXIT_GOOD;
}

static int studies_print(const terminal *t, size_t count, const memo_rows *studies, bool as_json) {
  int code = EXIT_GOOD;
  json j = json_new(t->out);
  if (as_json) {
    json_object(&j, NULL);
    json_array(&j, "graphs");
  } else {
    terminal_paragraph(
        t, 0,
        "With memo the sweep applies one rule for each edge; without, one for each path to each node that "
        "it passes. Both were executed and gave the same gradient, unless it says 'counted'.");
  }
  for (size_t k = 0; k < count && code == EXIT_GOOD; k++)
    code = as_json ? rows_json(t, &j, &studies[k]) : rows_print(t, &studies[k]);
  if (as_json) {
    json_array_end(&j);
    json_object_end(&j);
  }
  return code;
}

/* A sweep without memo that gives another gradient is an error of the program's own. */
static bool all_equal(size_t count, const memo_rows *studies) {
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < studies[k].count; i++)
      if (studies[k].rows[i].executed && !studies[k].rows[i].equal) return false;
  return true;
}

int study_memo(terminal *t, int argc, char **argv) {
  int graph = 0;
  int64_t largest = 100, budget = 100000;
  const char *svg = NULL;
  bool as_json = false;
  const option options[] = {
      {"graph", OPTION_CHOICE, &graph, "all|chain|residual|doubling|layers", "which graphs to look at", 0, 0},
      {"largest", OPTION_INTEGER, &largest, "N", "size of the largest graph", 1, WG_STUDY_SIZE_MAX},
      {"budget", OPTION_INTEGER, &budget, "RULES", "execute without memo up to so many rules; count beyond", 1, 1e8},
      STUDY_JSON_OPTION(as_json),
      SVG_OPTION(svg),
  };
  const command_usage usage = {
      .synopsis = "wengert study memo [options]",
      .about = "Sweeps over graphs of growing size with memo and without, counts rules, paths, and the factors and "
               "products of the chain rule, and names the law by which each grows.",
      .more =
          "Beyond the budget the sweep without memo is not executed; its rules are counted exactly all the same, by "
          "dynamic programming. In JSON, counts without bound are strings of digits.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  options_result read = options_read(t, &usage, argc, argv, NULL);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  memo_rows studies[WG_STUDY_KIND_COUNT] = {0};
  size_t count = graph ? 1 : WG_STUDY_KIND_COUNT;
  int code = EXIT_GOOD;
  for (size_t k = 0; k < count && code == EXIT_GOOD; k++) {
    studies[k].kind = (wg_study_kind)(graph ? (size_t)graph - 1 : k);
    code = rows_make(t, &studies[k], largest, (uint64_t)budget);
  }
  if (code == EXIT_GOOD && !all_equal(count, studies)) {
    terminal_message(t, "the sweep without memo gave another gradient");
    code = EXIT_INTERNAL;
  }
  if (code == EXIT_GOOD) code = studies_print(t, count, studies, as_json);
  if (code == EXIT_GOOD) code = rows_draw(t, svg, count, studies);
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < studies[k].count; i++) wg_memo_study_free(&studies[k].rows[i]);
  return code;
}
