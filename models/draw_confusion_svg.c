/* draw_confusion_svg.c: a confusion matrix as a heat map, and the scores of each class, as SVG. */
#include "draw_analysis.h"
#include "svg.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- The heat map ---- */

/* How large cells are, and what there is room for, by the number of classes. */
typedef struct heat_look {
  int cell, font;   /* pixels; a font of 0: no names */
  bool numbers;     /* in the cells */
  double left, top; /* of the first cell */
  double strongest; /* opacity: numbers must be read on it */
} heat_look;

enum { WIDTH_LEAST = 490 }; /* of the line below the drawing */

static heat_look look_of(int64_t classes, const char *const *names) {
  heat_look look = {.cell = classes <= 10 ? 50 : classes <= 20 ? 40 : 20, .font = 14, .numbers = classes <= 20};
  if (classes > 32) look.cell = classes <= 64 ? 12 : classes <= 128 ? 6 : 3;
  if (classes > 20) look.font = classes <= 32 ? 11 : classes <= 64 ? 9 : 0;
  size_t longest = 0;
  for (int64_t k = 0; k < classes; k++) longest = strlen(names[k]) > longest ? strlen(names[k]) : longest;
  if (longest > 16) longest = 16;
  double letters = (double)longest * look.font * 0.62;
  look.left = 60 + letters;
  look.top = 80 + letters;
  look.strongest = look.numbers ? 0.5 : 1;
  return look;
}

static void add_names(wg_text *text, const heat_look *look, int64_t classes, const char *const *names) {
  for (int64_t k = 0; k < classes && look->font; k++) {
    double middle = ((double)k + 0.5) * look->cell;
    wg_text_print(text, "<text style=\"font-size:%dpx\" text-anchor=\"end\" x=\"", look->font);
    wg_svg_pixel(text, look->left - 6);
    wg_text_add(text, "\" y=\"");
    wg_svg_pixel(text, look->top + middle + look->font * 0.36);
    wg_text_add(text, "\">");
    wg_draw_xml(text, names[k], 16);
    wg_text_print(text, "</text><text style=\"font-size:%dpx\" transform=\"translate(", look->font);
    wg_svg_point(text, look->left + middle + look->font * 0.36, look->top - 6);
    wg_text_add(text, ")rotate(-90)\">");
    wg_draw_xml(text, names[k], 16);
    wg_text_add(text, "</text>\n");
  }
}

/* The part of its row that a cell has. */
static double part_of(const wg_metrics *m, int64_t i, int64_t k) {
  return (double)m->confusion[i * m->classes + k] / (double)m->support[i];
}

/* The largest part that is a mistake. */
static double worst_part(const wg_metrics *m) {
  double worst = 0;
  for (int64_t i = 0; i < m->classes; i++)
    for (int64_t k = 0; k < m->classes; k++)
      if (i != k && m->support[i]) worst = fmax(worst, part_of(m, i, k));
  return worst;
}

static void add_cell(wg_text *text, const heat_look *look, const wg_metrics *m, double full, const char *const *names,
                     int64_t i, int64_t k) {
  int64_t count = m->confusion[i * m->classes + k];
  double x = look->left + (double)(k * look->cell), y = look->top + (double)(i * look->cell);
  if (!count) return;
  wg_text_print(text, "<rect class=\"mark%d\" fill-opacity=\"", i == k ? 0 : 1);
  wg_draw_number(text, "%.3f", look->strongest * sqrt(part_of(m, i, k) / (i == k ? 1 : full)));
  wg_text_print(text, "\" width=\"%d\" height=\"%d\" x=\"", look->cell, look->cell);
  wg_svg_pixel(text, x);
  wg_text_add(text, "\" y=\"");
  wg_svg_pixel(text, y);
  if (!look->numbers) {
    wg_text_add(text, "\"/>\n");
    return;
  }
  wg_text_add(text, "\"><title>");
  wg_draw_xml(text, names[i], 40);
  wg_text_add(text, i == k ? " is right: " : " taken for ");
  if (i != k) wg_draw_xml(text, names[k], 40);
  wg_text_print(text,
                "%s%" PRId64 " of %" PRId64 "</title></rect><text style=\"font-size:%dpx\" text-anchor=\"middle\" x=\"",
                i == k ? "" : ": ", count, m->support[i], count > 9999 ? 11 : 13);
  wg_svg_pixel(text, x + look->cell / 2.0);
  wg_text_add(text, "\" y=\"");
  wg_svg_pixel(text, y + look->cell / 2.0 + 5);
  wg_text_print(text, "\" pointer-events=\"none\">%" PRId64 "</text>\n", count);
}

wg_status wg_draw_confusion_svg(const wg_metrics *metrics, const char *const *names, const wg_allocator *allocator,
                                wg_drawing **drawing, wg_error *error) {
  int64_t classes = metrics->classes;
  *drawing = NULL;
  if (classes > WG_CONFUSION_CLASSES_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a confusion matrix of %lld classes is too large to draw",
                        (long long)classes);
  heat_look look = look_of(classes, names);
  int side = (int)classes * look.cell, width = (int)look.left + side + 30, height = (int)look.top + side + 50;
  wg_text text = WG_TEXT_EMPTY(allocator ? allocator : &wg_allocator_default);
  wg_svg_open(&text, "confusion", width < WIDTH_LEAST ? WIDTH_LEAST : width, height, "Confusion",
              "Confusion matrix: a row for each class, a column for what it is taken for. Shades grow with the square "
              "root of the part of the row, those of mistakes against the largest mistake.");
  wg_text_print(&text,
                "<text x=\"%.0f\" y=\"56\">taken for</text><text transform=\"translate(28 %.0f)rotate(-90)\" "
                "text-anchor=\"middle\">class</text>\n",
                look.left, look.top + side / 2.0);
  add_names(&text, &look, classes, names);
  double full = worst_part(metrics);
  for (int64_t i = 0; i < classes; i++)
    for (int64_t k = 0; k < classes; k++) add_cell(&text, &look, metrics, full, names, i, k);
  wg_text_print(&text, "<rect class=\"frame\" x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"%d\"/>\n", look.left,
                look.top, side, side);
  wg_text_print(&text,
                "<text style=\"font-size:12px\" x=\"20\" y=\"%d\">blue: right, orange: wrong, the darkest being "
                "the most frequent mistake</text>\n",
                height - 16);
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}

/* ---- Scores ---- */

enum { scores_top = 84, scores_width = 420, legend_step = 110 };

/* Whether the class comes up or is predicted. */
static bool is_present(const wg_metrics *m, int64_t k) { return m->support[k] || m->predicted[k]; }

static double least_score(const wg_metrics *m) {
  double least = 1;
  for (int64_t k = 0; k < m->classes; k++) {
    const double scores[] = {m->of_class[k].precision, m->of_class[k].recall, m->of_class[k].f1};
    for (int i = 0; i < 3; i++)
      if (scores[i] < least) least = scores[i];
  }
  return least;
}

static void add_scores(wg_text *text, const wg_svg_plot *plot, wg_scores scores, double y) {
  const double values[] = {scores.precision, scores.recall, scores.f1};
  for (int i = 0; i < 3; i++) {
    if (isnan(values[i])) continue;
    wg_text_print(text, "<path class=\"mark%d halo\" d=\"", i);
    wg_svg_mark(text, i, wg_svg_x(plot, values[i]), y);
    wg_text_add(text, "\"/>");
  }
  wg_text_add(text, "\n");
}

wg_status wg_draw_scores_svg(const wg_metrics *metrics, const char *const *names, const wg_allocator *allocator,
                             wg_drawing **drawing, wg_error *error) {
  static const char *const score_names[] = {"precision", "recall", "F1"};
  int64_t classes = metrics->classes;
  *drawing = NULL;
  if (classes > WG_SCORES_CLASSES_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the scores of %lld classes are too many to draw",
                        (long long)classes);
  int64_t rows = 0;
  for (int64_t k = 0; k < classes; k++) rows += is_present(metrics, k);
  int row = rows <= 32 ? 26 : 16;
  wg_svg_plot plot = {.left = 150, .top = scores_top, .width = scores_width, .height = (double)rows * row};
  plot.x_min = fmax(0, fmin(floor(least_score(metrics) * 10 - 1e-9) / 10, 0.9));
  plot.x_max = 1 + (1 - plot.x_min) * 0.02;
  plot.y_max = 1;
  plot.x_label = "score";
  plot.y_label = "class";
  wg_text text = WG_TEXT_EMPTY(allocator ? allocator : &wg_allocator_default);
  wg_svg_open(&text, "scores", 150 + scores_width + 30, scores_top + (int)plot.height + 64, "Scores of each class",
              "Precision, recall and F1 of each class that comes up, as marks on a line.");
  for (int i = 0; i < 3; i++) {
    wg_text_print(&text, "<path class=\"mark%d\" d=\"", i);
    wg_svg_mark(&text, i, plot.left + i * legend_step + 8, 57);
    wg_text_print(&text, "\"/><text x=\"%.0f\" y=\"62\">%s</text>\n", plot.left + i * legend_step + 20, score_names[i]);
  }
  wg_svg_frame(&text, &plot);
  wg_svg_ticks(&text, &plot, false);
  double y = plot.top - row / 2.0;
  for (int64_t k = 0; k < classes; k++) {
    if (!is_present(metrics, k)) continue;
    y += row;
    wg_text_print(&text, "<path class=\"tick\" stroke-opacity=\"0.25\" d=\"M%.0f %.1fh%d\"/>", plot.left, y,
                  scores_width);
    wg_text_print(&text, "<text text-anchor=\"end\" x=\"%.0f\" y=\"%.1f\"%s>", plot.left - 8, y + 5,
                  row < 20 ? " style=\"font-size:11px\"" : "");
    wg_draw_xml(&text, names[k], 14);
    wg_text_add(&text, "</text>");
    add_scores(&text, &plot, metrics->of_class[k], y);
  }
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
