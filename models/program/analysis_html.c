/* analysis_html.c: an analysis as one page that needs nothing else: no script, no picture from elsewhere. */
#include "../draw_internal.h"
#include "analysis.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--paper:#faf8f4;--card:#fff;--ink:#1b1f24;--quiet:#5a626c;--line:#ddd8cf;"
    "--bar:#cfe3f6;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#15181c;--card:#15181c;--ink:#e8eaed;--quiet:#a4acb6;"
    "--line:#363c45;--bar:#12324d;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,\"Noto Sans\",\"DejaVu Sans\","
    "sans-serif;font-variant-numeric:tabular-nums}\n"
    "header,main,footer{max-width:1240px;margin:0 auto;padding:0 20px}\n"
    "header{padding-top:28px}h1{font-size:1.55rem;margin:0}h2{font-size:1.1rem;margin:0 0 .5rem}\n"
    ".quiet{color:var(--quiet)}p{margin:.35rem 0;max-width:90ch}footer{padding:16px 20px 40px}\n"
    "section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px;margin:16px 0;"
    "overflow-x:auto}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(132px,1fr));gap:12px;margin:16px 0;padding:0}\n"
    ".tiles div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:10px 14px}\n"
    ".tiles dt{color:var(--quiet);font-size:.85rem}.tiles dd{margin:0;font-size:1.5rem;font-weight:600}\n"
    ".tiles small{display:block;font-size:.78rem;font-weight:400;color:var(--quiet)}\n"
    ".side{display:flex;flex-wrap:wrap;gap:8px 28px;align-items:flex-start}\n"
    ".side>*{min-width:0;max-width:100%}svg{max-width:100%;height:auto;display:block}\n"
    "table{border-collapse:collapse}th{font-weight:600;text-align:left;color:var(--quiet)}\n"
    "th,td{padding:3px 12px 3px 0;border-bottom:1px solid var(--line);white-space:nowrap}\n"
    "td.n,th.n{text-align:right}td.score{background:linear-gradient(var(--bar),var(--bar)) no-repeat 0 50%/var(--w) "
    "74%}"
    "\ntd.score{min-width:5em}.pair>div{flex:1 1 460px}.bad{color:var(--bad)}td.wide{white-space:pre-wrap}\n"
    "</style>\n</head>\n";

/* A string as text of the page. */
static void words_add(wg_text *text, const char *string) { wg_draw_xml(text, string, 4000); }

static void number_add(wg_text *text, const char *format, double value) {
  if (isnan(value))
    wg_text_add(text, "none");
  else
    wg_draw_number(text, format, value);
}

/* ---- Tiles ---- */

static void tile_add(wg_text *text, const char *name, const char *format, double value, const char *unit,
                     const char *note) {
  wg_text_print(text, "<div><dt>%s</dt><dd>", name);
  number_add(text, format, value);
  wg_text_print(text, "%s<small>%s</small></dd></div>\n", isnan(value) ? "" : unit, note);
}

static void tiles_add(wg_text *text, const analysis *a) {
  const wg_metrics *m = a->metrics;
  char note[96], name[32];
  wg_text_add(text, "<dl class=\"tiles\">\n");
  snprintf(note, sizeof note, "%" PRId64 " of %" PRId64 " right", m->right, m->rows);
  tile_add(text, "Accuracy", "%.2f", 100 * m->accuracy, " %", note);
  snprintf(name, sizeof name, "Top %" PRId64, a->settings->top);
  if (a->settings->top < m->classes) tile_add(text, name, "%.2f", 100 * a->top, " %", "among the likeliest");
  tile_add(text, "Macro F1", "%.4f", m->macro.f1, "", "mean over the classes");
  snprintf(note, sizeof note, "nats for each character, %.3f bits", a->loss / log(2));
  tile_add(text, "Loss", "%.4f", a->loss, "", a->data.text ? note : "mean cross-entropy");
  tile_add(text, "ECE", "%.4f", a->calibration_error, "", "expected calibration error");
  tile_add(text, "Brier score", "%.4f", a->brier, "", "0 to 2");
  tile_add(text, "Cohen’s κ", "%.4f", m->kappa, "", "agreement beyond chance");
  tile_add(text, "Matthews", "%.4f", m->mcc, "", "correlation, several classes");
  wg_text_add(text, "</dl>\n");
}

/* ---- Drawings ---- */

/* An SVG into the page; its ids get the drawing's number, so that they differ from those of others of its kind. */
static void drawing_add(wg_text *text, const wg_drawing *drawing, int number) {
  static const char kind[] = "wg-series";
  const char *at = wg_drawing_text(drawing), *found;
  for (; (found = strstr(at, kind)); at = found + sizeof kind - 1) {
    wg_text_add_bytes(text, at, (size_t)(found - at));
    wg_text_print(text, "%s%d", kind, number);
  }
  wg_text_add(text, at);
}

/* Draws it, if there is something to draw. */
static void draw_add(wg_text *text, const analysis *a, const char *name, wg_status *status, wg_error *error) {
  for (int number = 0; number < ANALYSIS_DRAWINGS && *status == WG_OK; number++) {
    wg_drawing *drawing = NULL;
    if (strcmp(analysis_drawing_name(number), name)) continue;
    *status = analysis_draw(a, number, &drawing, error);
    if (drawing) drawing_add(text, drawing, number);
    wg_drawing_free(drawing);
  }
}

/* ---- Tables ---- */

static void score_cell(wg_text *text, double score) {
  if (isnan(score)) {
    wg_text_add(text, "<td class=\"n quiet\">none</td>");
    return;
  }
  wg_text_add(text, "<td class=\"n score\" style=\"--w:");
  wg_draw_number(text, "%.1f", 100 * score);
  wg_text_add(text, "%\">");
  wg_draw_number(text, "%.4f", score);
  wg_text_add(text, "</td>");
}

static void scores_row(wg_text *text, const char *name, int64_t samples, int64_t predicted, wg_scores scores) {
  wg_text_add(text, "<tr><th scope=\"row\">");
  words_add(text, name);
  wg_text_print(text, "</th><td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRId64 "</td>", samples, predicted);
  score_cell(text, scores.precision);
  score_cell(text, scores.recall);
  score_cell(text, scores.f1);
  wg_text_add(text, "</tr>\n");
}

static void classes_add(wg_text *text, const analysis *a) {
  const wg_metrics *m = a->metrics;
  int64_t predicted = m->rows - m->unknown;
  wg_text_add(text,
              "<table><thead><tr><th>class</th><th class=\"n\">samples</th><th class=\"n\">predicted</th><th "
              "class=\"n\">precision</th><th class=\"n\">recall</th><th class=\"n\">F1</th></tr></thead><tbody>\n");
  for (int64_t k = 0; k < m->classes; k++)
    if (m->support[k] || m->predicted[k]) scores_row(text, a->names[k], m->support[k], m->predicted[k], m->of_class[k]);
  scores_row(text, "macro", m->rows, predicted, m->macro);
  scores_row(text, "weighted", m->rows, predicted, m->weighted);
  scores_row(text, "micro", m->rows, predicted, m->micro);
  wg_text_add(text, "</tbody></table>\n");
}

static void pairs_add(wg_text *text, const analysis *a) {
  if (a->pair_count == 0) return;
  wg_text_add(text, "<div><h2>Most often confused</h2><table><thead><tr><th>class</th><th>taken for</th><th "
                    "class=\"n\">samples</th><th class=\"n\">of the class</th></tr></thead><tbody>\n");
  for (size_t i = 0; i < a->pair_count; i++) {
    const confusion_pair *pair = &a->pairs[i];
    wg_text_add(text, "<tr><td>");
    words_add(text, a->names[pair->label]);
    wg_text_add(text, "</td><td>");
    words_add(text, a->names[pair->taken]);
    wg_text_print(text, "</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">", pair->count);
    wg_draw_number(text, "%.2f", 100 * (double)pair->count / (double)a->metrics->support[pair->label]);
    wg_text_add(text, " %</td></tr>\n");
  }
  wg_text_add(text, "</tbody></table></div>\n");
}

static void bins_add(wg_text *text, const analysis *a) {
  wg_text_add(text, "<table><thead><tr><th>largest probability</th><th class=\"n\">samples</th><th "
                    "class=\"n\">mean</th><th class=\"n\">right</th></tr></thead><tbody>\n");
  for (int64_t b = 0; b < a->settings->bins; b++) {
    const wg_bin *bin = &a->bins[b];
    if (!bin->count) continue;
    wg_text_add(text, "<tr><td>");
    wg_draw_number(text, "%.4g", bin->low);
    wg_text_add(text, " to ");
    wg_draw_number(text, "%.4g", bin->high);
    wg_text_print(text, "</td><td class=\"n\">%" PRId64 "</td>", bin->count);
    score_cell(text, bin->confidence);
    score_cell(text, bin->accuracy);
    wg_text_add(text, "</tr>\n");
  }
  wg_text_add(text, "</tbody></table>\n");
}

static void ngrams_add(wg_text *text, const analysis *a) {
  static const char *const names[] = {"unigrams", "bigrams", "trigrams"};
  if (!a->has_ngrams) return;
  wg_text_add(text, "<section><h2>Against counting</h2><p class=\"quiet\">What the frequencies of n-grams in the text "
                    "before the judged part predict of the same characters; add-k smoothing with the k that suits "
                    "best.</p><table><thead><tr><th></th><th class=\"n\">nats for each character</th><th "
                    "class=\"n\">k</th></tr></thead><tbody>\n");
  for (int n = 0; n < NGRAMS; n++) {
    wg_text_print(text, "<tr><td>%s</td><td class=\"n\">", names[n]);
    wg_draw_number(text, "%.4f", a->ngram_loss[n]);
    wg_text_add(text, "</td><td class=\"n\">");
    wg_draw_number(text, "%g", a->ngram_smoothing[n]);
    wg_text_add(text, "</td></tr>\n");
  }
  wg_text_add(text, "<tr><td><b>the net</b></td><td class=\"n\"><b>");
  wg_draw_number(text, "%.4f", a->loss);
  wg_text_add(text, "</b></td><td></td></tr></tbody></table></section>\n");
}

static void worst_add(wg_text *text, const analysis *a) {
  const wg_predictions *p = a->predictions;
  char about[256];
  wg_text_print(text,
                "<table><thead><tr><th class=\"n\">%s</th><th>is</th><th>taken for</th><th class=\"n\">with "
                "probability</th><th class=\"n\">its own</th><th class=\"n\">loss</th><th>%s</th></tr></thead>"
                "<tbody>\n",
                a->data.text ? "character" : "sample", analysis_about_title(a));
  for (int64_t w = 0; w < a->worst_count; w++) {
    int64_t i = a->worst[w], predicted = p->predicted[i];
    wg_text_print(text, "<tr><td class=\"n\">%" PRId64 "</td><td>", analysis_number(a, i));
    words_add(text, a->names[p->labels[i]]);
    wg_text_add(text, "</td><td>");
    words_add(text, predicted < 0 ? "none" : a->names[predicted]);
    wg_text_add(text, "</td><td class=\"n\">");
    number_add(text, "%.4f", predicted < 0 ? NAN : p->probabilities[i * p->classes + predicted]);
    wg_text_add(text, "</td><td class=\"n\">");
    number_add(text, "%.2e", p->probabilities[i * p->classes + p->labels[i]]);
    wg_text_add(text, "</td><td class=\"n bad\">");
    number_add(text, "%.3f", p->loss[i]);
    wg_text_add(text, "</td><td class=\"wide\">");
    analysis_about(a, i, about, sizeof about);
    words_add(text, about);
    wg_text_add(text, "</td></tr>\n");
  }
  wg_text_add(text, "</tbody></table>\n");
}

/* ---- The page ---- */

static void top_add(wg_text *text, const analysis *a) {
  const wg_net_spec *spec = &a->data.file.model->spec;
  wg_text_add(text, head);
  wg_text_add(text, "<title>Error analysis: ");
  words_add(text, a->settings->data.model);
  wg_text_add(text, "</title>\n");
  wg_text_add(text, style);
  wg_text_add(text, "<body>\n<header><h1>Error analysis</h1>\n<p>Net ");
  words_add(text, wg_net_label(spec->kind));
  wg_text_add(text, ": ");
  words_add(text, wg_net_title(spec->kind));
  wg_text_add(text, "</p>\n<p class=\"quiet\">Model ");
  words_add(text, a->settings->data.model);
  wg_text_print(text, ", judged by %" PRId64 " %s of ", a->predictions->rows, a->data.text ? "characters" : "samples");
  words_add(text, a->data.name);
  wg_text_print(text, ", %" PRId64 " classes</p></header>\n<main>\n", a->metrics->classes);
}

static wg_status page_write(wg_text *text, const analysis *a, wg_error *error) {
  wg_status status = WG_OK;
  top_add(text, a);
  tiles_add(text, a);
  ngrams_add(text, a);
  wg_text_add(text, "<section class=\"side\"><div>");
  draw_add(text, a, "confusion", &status, error);
  wg_text_add(text, "</div>\n");
  pairs_add(text, a);
  wg_text_add(text, "</section>\n<section class=\"side\"><div><h2>Classes</h2>");
  classes_add(text, a);
  wg_text_add(text, "</div><div>");
  draw_add(text, a, "scores", &status, error);
  wg_text_add(text, "</div></section>\n<section class=\"side\"><div>");
  draw_add(text, a, "calibration", &status, error);
  wg_text_add(text, "</div><div><h2>Bins</h2><p class=\"quiet\">A net is calibrated if of the samples that it is 80 % "
                    "sure of, 80 % are right.</p>");
  bins_add(text, a);
  wg_text_add(text, "</div></section>\n");
  if (a->epoch_count) {
    wg_text_add(text, "<section class=\"side pair\"><div>");
    draw_add(text, a, "loss", &status, error);
    wg_text_add(text, "</div><div>");
    draw_add(text, a, "accuracy", &status, error);
    wg_text_add(text, "</div></section>\n");
  }
  if (a->worst_count) {
    wg_text_add(text, "<section><h2>The largest losses</h2>\n");
    draw_add(text, a, "worst", &status, error);
    worst_add(text, a);
    wg_text_add(text, "</section>\n");
  }
  wg_text_add(text, "</main>\n<footer class=\"quiet\">Precision: of what is taken for the class, the part that is it. "
                    "Recall: of the class, the part that is found. F1: their harmonic mean. A score of no samples is "
                    "“none”, and left out of means.</footer>\n</body>\n</html>\n");
  return status;
}

int analysis_html(const analysis *a, const char *path) {
  wg_error error = {0};
  wg_text text = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_status status = page_write(&text, a, &error);
  int code = status == WG_OK ? analysis_write(a, path, &text) : failure(a->terminal, status, error.message);
  wg_text_free(&text);
  return code;
}
