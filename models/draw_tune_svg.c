/* draw_tune_svg.c: the trials of a search as SVG, a plot for every option. */
#include "draw_tune.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Losses beyond so many powers of ten above the best lie on the upper edge: how bad they are tells nothing. */
enum { decades_max = 3 };

enum { drawing_width = 760, panel_height = 250, panel_top = 50, plot_height = 170, legend_left = 610 };

/* What all plots share. */
typedef struct tune_drawing {
  const wg_tune_search *search;
  int64_t count;
  const wg_tune_standing *standings;
  bool powers; /* upright: logarithms of losses */
  double low, high;
} tune_drawing;

static bool is_shown(const wg_tune_standing *s) { return s->rung >= 0; }

/* ---- Upright: what the search is for ---- */

static double worth(const tune_drawing *d, const wg_tune_standing *s) {
  double value = d->search->aim == WG_TUNE_LOSS ? s->loss : s->accuracy;
  return d->powers ? log10(value) : value;
}

/* The range of what did not fail; losses of very different size get logarithms. */
static void set_range(tune_drawing *d) {
  double low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < d->count; i++) {
    double value = worth(d, &d->standings[i]);
    if (!is_shown(&d->standings[i]) || !isfinite(value)) continue;
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  if (!(low <= high)) low = high = 0;
  if (d->search->aim == WG_TUNE_LOSS && !d->powers && low > 0 && high > 30 * low) {
    d->powers = true;
    set_range(d);
    return;
  }
  if (d->powers && high > low + decades_max) high = low + decades_max;
  double margin = high > low ? 0.08 * (high - low) : 0.05;
  d->low = low - 2 * margin; /* room for those that failed */
  d->high = high + margin;
}

/* ---- Along: the values of an option ---- */

typedef struct value_axis {
  bool numbers, powers;
  size_t index;
  const wg_tune_axis *axis;
} value_axis;

/* Words that are numbers, each larger than the one before or not, lie where their numbers do. */
static bool words_are_numbers(const wg_tune_axis *axis, double *low, double *high) {
  for (size_t k = 0; k < axis->count; k++) {
    char *end;
    double number = strtod(axis->words[k], &end);
    if (end == axis->words[k] || *end || !isfinite(number)) return false;
    if (k == 0 || number < *low) *low = number;
    if (k == 0 || number > *high) *high = number;
  }
  return axis->count > 0;
}

static value_axis value_axis_of(const wg_tune_search *search, size_t index, wg_svg_plot *plot) {
  const wg_tune_axis *axis = &search->axes[index];
  value_axis values = {.index = index, .axis = axis};
  double low = axis->low, high = axis->high;
  values.numbers = axis->count ? words_are_numbers(axis, &low, &high) : true;
  values.powers = values.numbers && low > 0 && (axis->count ? high >= 20 * low : !axis->even && high >= 3 * low);
  if (values.powers) {
    low = log10(low);
    high = log10(high);
  }
  if (!values.numbers) {
    low = -0.5;
    high = (double)axis->count - 0.5;
  }
  double margin = !values.numbers ? 0 : high > low ? 0.05 * (high - low) : 0.5;
  plot->x_min = low - margin;
  plot->x_max = high + margin;
  plot->x_label = axis->name;
  return values;
}

static double place_of(const value_axis *values, const wg_tune_search *search, int64_t trial) {
  char text[WG_TUNE_VALUE_SIZE];
  const char *value = wg_tune_value(search, trial, values->index, text);
  if (values->numbers) return values->powers ? log10(strtod(value, NULL)) : strtod(value, NULL);
  for (size_t k = 0; k < values->axis->count; k++)
    if (values->axis->words[k] == value) return (double)k;
  return 0;
}

static void add_value_ticks(wg_text *text, const wg_svg_plot *plot, const value_axis *values) {
  if (values->powers)
    wg_svg_powers(text, plot, false);
  else if (values->numbers)
    wg_svg_ticks(text, plot, false);
  for (size_t k = 0; !values->numbers && k < values->axis->count; k++)
    wg_svg_tick(text, plot, false, (double)k, values->axis->words[k]);
}

/* ---- Plots ---- */

/* The trials of a rung, or (mark = number of rungs) those that failed, as one path. */
static void add_marks(wg_text *text, const tune_drawing *d, const wg_svg_plot *plot, const value_axis *values,
                      int mark) {
  bool any = false;
  int rungs = wg_tune_rungs(d->search);
  for (int64_t i = 0; i < d->count; i++) {
    const wg_tune_standing *s = &d->standings[i];
    if (!is_shown(s) || (s->failed ? rungs : s->rung) != mark) continue;
    double x = wg_svg_x(plot, place_of(values, d->search, s->trial));
    if (!values->numbers) x += 13 * (mark - rungs / 2.0); /* side by side, where they would hide each other */
    double value = worth(d, s) < d->high ? worth(d, s) : d->high;
    double y = s->failed ? plot->top + plot->height - 8 : wg_svg_y(plot, value);
    if (!any) wg_text_print(text, "<path class=\"mark%d halo\" d=\"", mark % wg_svg_colors);
    any = true;
    wg_svg_mark(text, mark, x, y);
  }
  if (any) wg_text_add(text, "\"/>\n");
}

static void add_panel(wg_text *text, const tune_drawing *d, size_t index) {
  wg_svg_plot plot = {.left = 80, .width = 500, .height = plot_height, .y_min = d->low, .y_max = d->high};
  plot.top = panel_top + (double)index * panel_height;
  plot.y_label = d->search->aim == WG_TUNE_LOSS ? "held-out loss" : "held-out accuracy";
  value_axis values = value_axis_of(d->search, index, &plot);
  wg_svg_frame(text, &plot);
  add_value_ticks(text, &plot, &values);
  if (d->powers)
    wg_svg_powers(text, &plot, true);
  else
    wg_svg_ticks(text, &plot, true);
  for (int mark = 0; mark <= wg_tune_rungs(d->search); mark++) add_marks(text, d, &plot, &values, mark);
}

static void add_legend(wg_text *text, const tune_drawing *d) {
  int rungs = wg_tune_rungs(d->search), line = 0;
  for (int mark = rungs; mark >= 0; mark--) {
    bool any = false;
    for (int64_t i = 0; i < d->count && !any; i++)
      any = is_shown(&d->standings[i]) && (d->standings[i].failed ? rungs : d->standings[i].rung) == mark;
    if (!any) continue;
    double y = panel_top + 15 + 24 * line++;
    wg_text_print(text, "<path class=\"mark%d halo\" d=\"", mark % wg_svg_colors);
    wg_svg_mark(text, mark, legend_left, y - 5);
    wg_text_print(text, "\"/>\n<text x=\"%d\" y=\"%.0f\">", legend_left + 14, y);
    if (mark == rungs)
      wg_text_add(text, "failed");
    else
      wg_text_print(text, "%lld epoch%s", (long long)wg_tune_rung_epochs(d->search, mark),
                    wg_tune_rung_epochs(d->search, mark) == 1 ? "" : "s");
    wg_text_add(text, "</text>\n");
  }
}

static void describe(wg_text *text, const tune_drawing *d) {
  const wg_tune_standing *best = d->count ? d->standings : NULL;
  wg_text_print(text, "%lld trials.", (long long)d->count);
  if (!best || best->rung < 0 || best->failed) return;
  wg_text_add(text, " The best has");
  for (size_t i = 0; i < d->search->axis_count; i++) {
    char value[WG_TUNE_VALUE_SIZE];
    wg_text_print(text, "%s %s %s", i ? "," : "", d->search->axes[i].name,
                  wg_tune_value(d->search, best->trial, i, value));
  }
  wg_text_add(text, "; accuracy ");
  wg_draw_number(text, "%.4g", best->accuracy);
  wg_text_add(text, ", loss ");
  wg_draw_number(text, "%.4g", best->loss);
  wg_text_add(text, ".");
}

wg_status wg_draw_tune_svg(const wg_tune_search *search, int64_t count, const wg_tune_standing *standings,
                           const char *title, const wg_allocator *allocator, wg_drawing **drawing, wg_error *error) {
  tune_drawing d = {.search = search, .count = count, .standings = standings};
  *drawing = NULL;
  if (!allocator) allocator = &wg_allocator_default;
  set_range(&d);
  wg_text text = WG_TEXT_EMPTY(allocator), description = WG_TEXT_EMPTY(allocator);
  describe(&description, &d);
  wg_svg_open(&text, "tune", drawing_width, panel_top + (int)search->axis_count * panel_height,
              title ? title : "Trials", wg_text_string(&description));
  text.failed = text.failed || description.failed;
  wg_text_free(&description);
  for (size_t i = 0; i < search->axis_count; i++) add_panel(&text, &d, i);
  add_legend(&text, &d);
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
