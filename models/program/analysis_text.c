/* analysis_text.c: an analysis on a terminal. */
#include "analysis.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- The whole ---- */

static void number_add(text_table *rows, const char *name, const char *format, double value, const char *note) {
  text_table_add(rows, STYLE_QUIET, "%s", name);
  if (isnan(value))
    text_table_add(rows, STYLE_PLAIN, "none");
  else
    text_table_add(rows, STYLE_PLAIN, format, value);
  text_table_add(rows, STYLE_QUIET, "%s", note);
}

static bool summary_print(const analysis *a) {
  const wg_metrics *m = a->metrics;
  const analyze_settings *s = a->settings;
  char note[128];
  text_table rows = text_table_new("lrl");
  snprintf(note, sizeof note, "%" PRId64 " of %" PRId64 " right", m->right, m->rows);
  number_add(&rows, "accuracy", "%.2f %%", 100 * m->accuracy, note);
  if (s->top < m->classes) {
    char top[32];
    snprintf(top, sizeof top, "top %" PRId64, s->top);
    snprintf(note, sizeof note, "the class is among the %" PRId64 " likeliest", s->top);
    number_add(&rows, top, "%.2f %%", 100 * a->top, note);
  }
  number_add(&rows, "balanced", "%.2f %%", 100 * m->balanced, "accuracy, every class counting the same");
  number_add(&rows, "macro F1", "%.4f", m->macro.f1, "mean over the classes");
  if (a->data.text) {
    snprintf(note, sizeof note, "nats for each character; %.4f bits, perplexity %.3f", a->loss / log(2), exp(a->loss));
    number_add(&rows, "loss", "%.4f", a->loss, note);
  } else {
    number_add(&rows, "loss", "%.4f", a->loss, "J, the mean over the samples");
  }
  number_add(&rows, "Brier", "%.4f", a->brier, "mean squared distance from the truth, 0 … 2");
  snprintf(note, sizeof note, "calibration error over %" PRId64 " bins; the largest %.4f", s->bins,
           a->calibration_largest);
  number_add(&rows, "ECE", "%.4f", a->calibration_error, note);
  number_add(&rows, "kappa", "%.4f", m->kappa, "Cohen's: agreement beyond chance");
  number_add(&rows, "MCC", "%.4f", m->mcc, "Matthews's coefficient");
  for (int n = 1; a->has_ngrams && n <= NGRAMS; n++) {
    static const char *const names[] = {"unigrams", "bigrams", "trigrams"};
    snprintf(note, sizeof note, "nats, by counting in the text before; add-k, k = %g", a->ngram_smoothing[n - 1]);
    number_add(&rows, names[n - 1], "%.4f", a->ngram_loss[n - 1], note);
  }
  bool printed = text_table_print(&rows, a->terminal);
  text_table_free(&rows);
  return printed;
}

/* ---- Classes ---- */

static void score_add(text_table *rows, double score, double least) {
  if (isnan(score))
    text_table_add(rows, STYLE_QUIET, "none");
  else
    text_table_add(rows, score == least ? STYLE_BAD : STYLE_PLAIN, "%.4f", score);
}

static void scores_row(text_table *rows, const char *name, int64_t support, wg_scores scores, double least) {
  text_table_add(rows, STYLE_QUIET, "%s", name);
  text_table_add(rows, STYLE_PLAIN, "%" PRId64, support);
  score_add(rows, scores.precision, NAN);
  score_add(rows, scores.recall, NAN);
  score_add(rows, scores.f1, least);
}

/* Classes that come up or are predicted, at most `most` of them: those with the least F1. */
static bool classes_print(const analysis *a, int64_t most) {
  const wg_metrics *m = a->metrics;
  int64_t present = 0;
  double least = INFINITY;
  text_table rows = text_table_new("lrrrr");
  text_table_titles(&rows, "class|samples|precision|recall|F1");
  for (int64_t k = 0; k < m->classes; k++) {
    present += m->support[k] || m->predicted[k];
    if (m->of_class[k].f1 < least) least = m->of_class[k].f1;
  }
  for (int64_t k = 0; k < m->classes && present <= most; k++)
    if (m->support[k] || m->predicted[k]) scores_row(&rows, a->names[k], m->support[k], m->of_class[k], least);
  scores_row(&rows, "macro", m->rows, m->macro, NAN);
  scores_row(&rows, "weighted", m->rows, m->weighted, NAN);
  scores_row(&rows, "micro", m->rows, m->micro, NAN);
  if (present > most)
    fprintf(a->terminal->out, "  (%" PRId64 " classes are too many for a table here; --csv and --json have it.)\n",
            present);
  bool printed = text_table_print(&rows, a->terminal);
  text_table_free(&rows);
  return printed;
}

static bool confusion_print(const analysis *a) {
  const wg_metrics *m = a->metrics;
  char alignment[TEXT_TABLE_COLUMNS_MAX + 1] = "l";
  for (int64_t k = 0; k < m->classes; k++) strcat(alignment, "r");
  text_table rows = text_table_new(alignment);
  text_table_add(&rows, STYLE_PLAIN, "%s", "");
  for (int64_t k = 0; k < m->classes; k++) text_table_add(&rows, STYLE_QUIET, "%s", a->names[k]);
  for (int64_t i = 0; i < m->classes; i++) {
    text_table_add(&rows, STYLE_QUIET, "%s", a->names[i]);
    for (int64_t k = 0; k < m->classes; k++) {
      int64_t count = m->confusion[i * m->classes + k];
      text_table_add(&rows, i == k ? STYLE_GOOD : count ? STYLE_BAD : STYLE_QUIET, "%" PRId64, count);
    }
  }
  bool printed = text_table_print(&rows, a->terminal);
  text_table_free(&rows);
  return printed;
}

static bool pairs_print(const analysis *a) {
  text_table rows = text_table_new("lllr");
  for (size_t i = 0; i < a->pair_count; i++) {
    const confusion_pair *pair = &a->pairs[i];
    text_table_add(&rows, STYLE_STRONG, "%s", a->names[pair->label]);
    text_table_add(&rows, STYLE_QUIET, "taken for");
    text_table_add(&rows, STYLE_STRONG, "%s", a->names[pair->taken]);
    text_table_add(&rows, STYLE_PLAIN, "%" PRId64 " of %" PRId64, pair->count, a->metrics->support[pair->label]);
  }
  bool printed = text_table_print(&rows, a->terminal);
  text_table_free(&rows);
  return printed;
}

/* ---- Calibration ---- */

static bool calibration_print(const analysis *a) {
  text_table rows = text_table_new("lrrr");
  text_table_titles(&rows, "largest probability|samples|mean|right");
  for (int64_t b = 0; b < a->settings->bins; b++) {
    const wg_bin *bin = &a->bins[b];
    if (!bin->count) continue;
    text_table_add(&rows, STYLE_QUIET, "%.4g to %.4g", bin->low, bin->high);
    text_table_add(&rows, STYLE_PLAIN, "%" PRId64, bin->count);
    text_table_add(&rows, STYLE_PLAIN, "%.4f", bin->confidence);
    text_table_add(&rows, STYLE_PLAIN, "%.4f", bin->accuracy);
  }
  bool printed = text_table_print(&rows, a->terminal);
  text_table_free(&rows);
  return printed;
}

/* ---- Worst ---- */

static bool worst_print(const analysis *a) {
  const wg_predictions *p = a->predictions;
  char about[256];
  text_table rows = text_table_new("rllrrl");
  text_table_titles(&rows,
                    a->data.text ? "character|is|taken for|probability|loss" : "sample|is|taken for|probability|loss");
  text_table_add(&rows, STYLE_QUIET, "%s", analysis_about_title(a));
  for (int64_t w = 0; w < a->worst_count; w++) {
    int64_t i = a->worst[w];
    analysis_about(a, i, about, sizeof about);
    text_table_add(&rows, STYLE_QUIET, "%" PRId64, analysis_number(a, i));
    text_table_add(&rows, STYLE_STRONG, "%s", a->names[p->labels[i]]);
    text_table_add(&rows, STYLE_STRONG, "%s", p->predicted[i] < 0 ? "none" : a->names[p->predicted[i]]);
    text_table_add(&rows, STYLE_PLAIN, "%.4f",
                   p->probabilities[i * p->classes + (p->predicted[i] < 0 ? 0 : p->predicted[i])]);
    text_table_add(&rows, STYLE_BAD, "%.3f", p->loss[i]);
    text_table_add(&rows, STYLE_QUIET, "%s", about);
  }
  bool printed = text_table_print(&rows, a->terminal);
  text_table_free(&rows);
  return printed;
}

enum { PICTURE_COLUMNS = 28, PICTURES_SHOWN = 2, BETWEEN = 6 };

/* Two pixels of an image, one above the other, as a shade; larger images are thinned out. */
static const char *shade_of(const wg_table *table, int64_t row, int64_t line, int64_t column, double low, double high) {
  static const char *const shades[] = {" ", "░", "▒", "▓", "█"};
  int64_t step = (table->width + PICTURE_COLUMNS - 1) / PICTURE_COLUMNS;
  double sum = 0;
  int count = 0;
  for (int64_t y = line * 2 * step; y < (line + 1) * 2 * step && y < table->height; y++)
    for (int64_t x = column * step; x < (column + 1) * step && x < table->width; x++, count++)
      sum += wg_table_feature(table, row, y * table->width + x);
  double share = count && high > low ? (sum / count - low) / (high - low) : 0;
  int shade = (int)(share * 5);
  return shades[shade < 0 ? 0 : shade > 4 ? 4 : shade];
}

static void caption_write(const analysis *a, int64_t i, char *text, size_t size) {
  int64_t predicted = a->predictions->predicted[i];
  snprintf(text, size, "%" PRId64 ": %s, taken for %s", analysis_number(a, i), a->names[a->predictions->labels[i]],
           predicted < 0 ? "none" : a->names[predicted]);
}

/* The worst images, side by side, as shades of their first channel. */
static void pictures_print(const analysis *a) {
  const wg_table *table = a->data.table;
  FILE *out = a->terminal->out;
  if (!table || table->channels == 0 || a->worst_count == 0) return;
  int64_t step = (table->width + PICTURE_COLUMNS - 1) / PICTURE_COLUMNS;
  int64_t columns = (table->width + step - 1) / step, lines = (table->height + 2 * step - 1) / (2 * step);
  int64_t shown = a->worst_count < PICTURES_SHOWN ? a->worst_count : PICTURES_SHOWN;
  char captions[PICTURES_SHOWN][160];
  double low = INFINITY, high = -INFINITY;
  int slot = (int)columns; /* the columns of the screen that a picture and its caption take */
  for (int64_t w = 0; w < shown; w++) {
    caption_write(a, a->worst[w], captions[w], sizeof captions[w]);
    if (text_width(captions[w]) > slot) slot = text_width(captions[w]);
    for (int64_t j = 0; j < table->height * table->width; j++) {
      low = fmin(low, wg_table_feature(table, a->worst[w], j));
      high = fmax(high, wg_table_feature(table, a->worst[w], j));
    }
  }
  fputc('\n', out);
  for (int64_t line = 0; line < lines; line++) {
    for (int64_t w = 0; w < shown; w++) {
      fprintf(out, "%*s", w ? BETWEEN + slot - (int)columns : 2, "");
      for (int64_t column = 0; column < columns; column++)
        fputs(shade_of(table, a->worst[w], line, column, low, high), out);
    }
    fputc('\n', out);
  }
  for (int64_t w = 0; w < shown; w++)
    fprintf(out, "%*s%s", w ? BETWEEN + slot - text_width(captions[w - 1]) : 2, "", captions[w]);
  fputc('\n', out);
}

/* ---- All ---- */

static void held_add(text_table *rows, bool held, const char *format, double value) {
  if (held)
    text_table_add(rows, STYLE_PLAIN, format, value);
  else
    text_table_add(rows, STYLE_PLAIN, "%s", "");
}

static bool learning_print(const analysis *a) {
  if (a->epoch_count == 0) return true;
  text_table rows = text_table_new("rrrrr");
  text_table_titles(&rows, "epoch|loss|accuracy|held out|accuracy");
  size_t every = a->epoch_count > 10 ? (a->epoch_count + 9) / 10 : 1;
  for (size_t i = 0; i < a->epoch_count; i++) {
    const wg_epoch *e = &a->epochs[i];
    if (i % every && i + 1 < a->epoch_count) continue;
    text_table_add(&rows, STYLE_QUIET, "%" PRId64, e->epoch);
    text_table_add(&rows, STYLE_PLAIN, "%.4f", e->loss);
    text_table_add(&rows, STYLE_PLAIN, "%.1f %%", 100 * e->accuracy);
    held_add(&rows, e->held, "%.4f", e->held_loss);
    held_add(&rows, e->held, "%.1f %%", 100 * e->held_accuracy);
  }
  terminal_heading(a->terminal, "Learning");
  bool printed = text_table_print(&rows, a->terminal);
  text_table_free(&rows);
  return printed;
}

int analysis_print(const analysis *a) {
  enum { CLASSES_MAX = 32, CONFUSION_MAX = 16 };
  const terminal *t = a->terminal;
  net_line(t, &a->data.file.model->spec);
  terminal_paragraph(t, 0, "Model: %s; judged by %" PRId64 " %s of %s, %" PRId64 " classes", a->settings->data.model,
                     a->predictions->rows, a->data.text ? "characters" : "samples", a->data.name, a->metrics->classes);
  fputc('\n', t->out);
  bool printed = summary_print(a) && learning_print(a);
  if (printed) terminal_heading(t, "Classes");
  printed = printed && classes_print(a, CLASSES_MAX);
  if (printed && a->metrics->classes <= CONFUSION_MAX) {
    terminal_heading(t, "Confusion (rows: the class, columns: what it is taken for)");
    printed = confusion_print(a);
  }
  if (printed && a->pair_count) {
    terminal_heading(t, "Most often confused");
    printed = pairs_print(a);
  }
  if (printed) terminal_heading(t, "Calibration");
  printed = printed && calibration_print(a);
  if (printed && a->worst_count) {
    terminal_heading(t, "Worst");
    printed = worst_print(a);
    pictures_print(a);
  }
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
}
