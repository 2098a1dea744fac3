/* The check as text for people. */
#include "checking.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>

static text_style verdict_style(wg_verdict verdict) {
  return verdict == WG_PASS ? STYLE_GOOD : verdict == WG_FAIL ? STYLE_BAD : STYLE_DOUBT;
}

/* ---- Tables ---- */

static void params_table(text_table *rows, const checking *c) {
  text_table_titles(rows, "parameter|shape|tried|pass|kink|unresolved|fail|largest difference");
  for (size_t k = 0; k < c->net->param_count; k++) {
    param_result result = param_count(c->check, c->net->params[k]);
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

static void worst_table(text_table *rows, const checking *c, const check_settings *settings) {
  text_table_titles(rows, settings->dtype == WG_F32
                              ? "element|reverse sweep in f32|reverse sweep in f64|relative|verdict"
                              : "element|reverse sweep|central difference|relative|verdict");
  for (size_t rank = 0; rank < (size_t)settings->worst && rank < wg_check_count(c->check); rank++) {
    const wg_check_entry *entry = wg_check_worst(c->check, rank);
    char element[128];
    element_text(entry->node, entry->index, element, sizeof element);
    text_table_add(rows, STYLE_PLAIN, "%s", element);
    text_table_add(rows, STYLE_PLAIN, "% .12e", entry->reverse);
    text_table_add(rows, STYLE_PLAIN, "% .12e", entry->difference);
    text_table_add(rows, STYLE_PLAIN, "%.2e", entry->error);
    text_table_add(rows, verdict_style(entry->verdict), "%s", wg_verdict_text(entry->verdict));
  }
}

static void taylor_row(text_table *rows, const wg_taylor_test *taylor) {
  text_table_add(rows, STYLE_STRONG, "Taylor");
  if (isinf(taylor->second_slope))
    text_table_add(rows, STYLE_PLAIN, "slope %.2f, then nothing but rounding", taylor->first_slope);
  else
    text_table_add(rows, STYLE_PLAIN, "slopes %.2f and %.2f", taylor->first_slope, taylor->second_slope);
  text_table_add(rows, STYLE_PLAIN, " ");
  text_table_add(rows, verdict_style(taylor->verdict), "%s", wg_verdict_text(taylor->verdict));
}

static void witness_table(text_table *rows, const wg_witness *witness) {
  const wg_forward_test *forward = wg_witness_forward(witness);
  rules_result rules = rules_count(witness);
  text_table_titles(rows, "witness|what it finds|relative|verdict");
  text_table_add(rows, STYLE_STRONG, "forward mode");
  text_table_add(rows, STYLE_PLAIN, "J·ẋ = %.9g, ⟨∇, ẋ⟩ = %.9g", forward->forward, forward->reverse);
  text_table_add(rows, STYLE_PLAIN, "%.2e", forward->error);
  text_table_add(rows, verdict_style(forward->verdict), "%s", wg_verdict_text(forward->verdict));
  taylor_row(rows, wg_witness_taylor(witness));
  wg_verdict verdict = rules.failed                                          ? WG_FAIL
                       : rules.unresolved && rules.unresolved == rules.tried ? WG_UNRESOLVED
                                                                             : WG_PASS;
  text_table_add(rows, STYLE_STRONG, "rules");
  text_table_add(rows, STYLE_PLAIN, "%zu of %zu right by themselves", rules.tried - rules.failed - rules.unresolved,
                 rules.tried);
  text_table_add(rows, STYLE_PLAIN, "%.2e", rules.error_max);
  text_table_add(rows, verdict_style(verdict), "%s", wg_verdict_text(verdict));
}

/* ---- What is wrong ---- */

static void rule_print(const terminal *t, const wg_node_test *wrong) {
  const char *name = wg_node_name(wrong->node);
  fprintf(t->out, "  The first wrong rule: %s, node %zu%s%s, for input %d: it sends %.9g where %.9g is right.\n",
          wg_node_op(wrong->node), wg_node_id(wrong->node), *name ? ", " : "", name, wrong->input, wrong->reverse,
          wrong->forward);
}

static void diagnosis_print(const terminal *t, const checking *c) {
  fprintf(t->out, "\nDiagnosis:\n");
  for (size_t k = 0; k < c->net->param_count; k++) {
    char text[256];
    wg_diagnosis diagnosis = check_diagnosis(c, c->net->params[k]);
    wg_diagnosis_text(&diagnosis, text, sizeof text);
    if (*text) fprintf(t->out, "  %s.\n", text);
  }
  if (!c->witness) return;
  const wg_node_test *wrong = wg_witness_first_wrong(c->witness);
  if (wrong)
    rule_print(t, wrong);
  else
    fprintf(t->out, "  Every backward rule is right by itself: the mistake is in what is made of them.\n");
}

static void verdict_print(const terminal *t, const checking *c) {
  wg_verdict verdict = check_verdict(c);
  size_t tried = wg_check_count(c->check), pass = wg_check_count_of(c->check, WG_PASS),
         fail = wg_check_count_of(c->check, WG_FAIL);
  fprintf(t->out, "\n%s%s%s: ", terminal_style(t, verdict_style(verdict)), wg_verdict_text(verdict),
          terminal_style(t, STYLE_PLAIN));
  if (verdict == WG_FAIL && !fail)
    fprintf(t->out, "no element differs, but a witness does\n");
  else if (verdict == WG_PASS || verdict == WG_FAIL)
    fprintf(t->out, "%zu of %zu elements %s, largest relative difference %.2e\n", verdict == WG_PASS ? pass : fail,
            tried, verdict == WG_PASS ? "agree" : "differ", wg_check_error_max(c->check));
  else
    fprintf(t->out, "none of %zu elements can be judged\n", tried);
}

/* ---- The whole ---- */

static void head_print(const terminal *t, const checking *c, const check_settings *settings) {
  net_line(t, &c->net->spec);
  fprintf(t->out, "m = %" PRId64 ", seed %" PRIu64 ", ", c->net->spec.samples, settings->library.seed);
  if (settings->dtype == WG_F32)
    fprintf(t->out, "f32, tolerance %.3g (%.0f units of its rounding, %.3g)\n", settings->library.tolerance,
            settings->library.tolerance / FLT_EPSILON, FLT_EPSILON);
  else
    fprintf(t->out, "step %.3g, tolerance %.3g\n", settings->library.step, settings->library.tolerance);
  if (settings->order == 2) fprintf(t->out, "Second order: the gradient of ⟨∇J, v⟩, v drawn by the seed.\n");
  fprintf(t->out, "\n");
}

int check_print(const terminal *t, const checking *c, const check_settings *settings) {
  head_print(t, c, settings);
  text_table params = text_table_new("llrrrrrr"), worst = text_table_new("lllll"), witness = text_table_new("llrl");
  params_table(&params, c);
  worst_table(&worst, c, settings);
  bool printed = text_table_print(&params, t);
  if (settings->worst > 0 && wg_check_count(c->check) > 0) {
    fprintf(t->out, "\nThe largest differences:\n");
    printed = text_table_print(&worst, t) && printed;
  }
  int code = check_map_print(t, c, settings);
  if (c->witness) {
    fprintf(t->out, "\n");
    witness_table(&witness, c->witness);
    printed = text_table_print(&witness, t) && printed;
  }
  text_table_free(&params);
  text_table_free(&worst);
  text_table_free(&witness);
  if (!printed) return failure(t, WG_ERROR_MEMORY, NULL);
  if (check_verdict(c) == WG_FAIL) diagnosis_print(t, c);
  verdict_print(t, c);
  fprintf(t->out, "Again: %s\n", settings->again);
  return code;
}
