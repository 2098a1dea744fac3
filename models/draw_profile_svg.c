/* draw_profile_svg.c: the time of a step as an icicle chart: a bar for the whole, below it its parts as wide as they take
 * time, below each the parts of that (Kruskal & Landwehr, Icicle Plots, The American Statistician 37(2), 1983). */
#include "profile.h"
#include "svg.h"

#include <stdio.h>
#include <string.h>

enum { drawing_width = 940, left = 20, width = 900, top = 56, row_height = 34, legend_height = 64, letter_width = 7 };

typedef struct profile_drawing {
  const wg_profile *profile;
  const char *const *labels;
  const wg_machine *machine;
  double total;
  int64_t layers;
} profile_drawing;

/* A box of the chart: place and size in seconds. */
typedef struct box {
  int row;
  double begin, seconds;
} box;

static const int bound_colors[WG_BOUND_COUNT] = {0, 1, 4, 5, 7};

static double pixels(const profile_drawing *d, double seconds) { return d->total > 0 ? width * seconds / d->total : 0; }

static void add_time(wg_text *text, double seconds) {
  char digits[WG_DIGITS_SIZE];
  wg_text_add(text, wg_draw_seconds(digits, seconds));
}

static void add_percent(wg_text *text, const profile_drawing *d, double seconds) {
  wg_draw_number(text, "%.1f", d->total > 0 ? 100 * seconds / d->total : 0);
  wg_text_add(text, " %");
}

/* A rectangle with its name, cut to fit or left out, and all that is known as a tooltip. */
static void add_box(wg_text *text, const profile_drawing *d, const box *b, int color, const char *name,
                    const char *note) {
  double x = left + pixels(d, b->begin), wide = pixels(d, b->seconds), y = top + b->row * row_height;
  int columns = (int)((wide - 8) / letter_width);
  wg_text_add(text, "<g><title>");
  wg_draw_xml(text, name, 160);
  wg_text_add(text, ": ");
  add_time(text, b->seconds);
  wg_text_add(text, ", ");
  add_percent(text, d, b->seconds);
  wg_text_print(text, "%s%s</title>", *note ? ", " : "", note);
  if (color < 0)
    wg_text_add(text, "<rect class=\"group\" x=\"");
  else
    wg_text_print(text, "<rect class=\"area%d box\" x=\"", color);
  wg_svg_pixel(text, x);
  wg_text_add(text, "\" y=\"");
  wg_svg_pixel(text, y);
  wg_text_add(text, "\" width=\"");
  wg_svg_pixel(text, wide);
  wg_text_print(text, "\" height=\"%d\"/>", row_height);
  if (columns >= 2) {
    wg_text_add(text, "<text class=\"note\" x=\"");
    wg_svg_pixel(text, x + 4);
    wg_text_add(text, "\" y=\"");
    wg_svg_pixel(text, y + 21);
    wg_text_add(text, "\">");
    int used = wg_draw_xml(text, name, columns);
    if (columns - used >= 8) {
      wg_text_add(text, "  ");
      if (b->row > 0)
        add_percent(text, d, b->seconds);
      else
        add_time(text, b->seconds);
    }
    wg_text_add(text, "</text>");
  }
  wg_text_add(text, "</g>\n");
}

static bool belongs(const wg_profile_line *line, int phase, int64_t layer) {
  return (phase < 0 || (int)line->phase == phase) && (layer < 0 || line->layer == layer);
}

static double seconds_of(const profile_drawing *d, int phase, int64_t layer) {
  double seconds = 0;
  for (size_t i = 0; i < d->profile->count; i++)
    if (belongs(&d->profile->lines[i], phase, layer)) seconds += d->profile->lines[i].time.fastest;
  return seconds;
}

static void add_lines(wg_text *text, const profile_drawing *d, int row, double begin, int phase, int64_t layer) {
  for (size_t i = 0; i < d->profile->count; i++) {
    const wg_profile_line *line = &d->profile->lines[i];
    if (!belongs(line, phase, layer)) continue;
    double share;
    wg_bound bound = wg_bound_of(d->machine, &line->cost, line->end - line->begin, line->time.fastest, &share);
    add_box(text, d, &(box){row, begin, line->time.fastest}, bound_colors[bound], d->labels[i], wg_bound_text(bound));
    begin += line->time.fastest;
  }
}

/* The layers of a phase in the order of the run, and their lines. */
static void add_layers(wg_text *text, const profile_drawing *d, double begin, int phase) {
  char name[32];
  for (int64_t k = 0; k <= d->layers; k++) {
    int64_t layer = phase == WG_PHASE_REVERSE ? (d->layers - k + 1) % (d->layers + 1) : (k + 1) % (d->layers + 1);
    double seconds = seconds_of(d, phase, layer);
    if (d->layers && seconds > 0) {
      snprintf(name, sizeof name, layer ? "layer %lld" : "loss", (long long)layer);
      add_box(text, d, &(box){2, begin, seconds}, -1, name, "");
    }
    add_lines(text, d, d->layers ? 3 : 2, begin, phase, layer);
    begin += seconds;
  }
}

static void add_legend(wg_text *text, double y) {
  static const char *const words[WG_BOUND_COUNT] = {"bound by computing", "by memory", "by caches", "by overhead",
                                                    "by none of these"};
  double x = left;
  for (int bound = 0; bound < WG_BOUND_COUNT; bound++) {
    wg_text_print(text, "<rect class=\"area%d box\" x=\"%.0f\" y=\"%.0f\" width=\"18\" height=\"18\"/>",
                  bound_colors[bound], x, y);
    wg_text_print(text, "<text x=\"%.0f\" y=\"%.0f\">%s</text>\n", x + 26, y + 14, words[bound]);
    x += 56 + 7.5 * (double)strlen(words[bound]);
  }
}

static void describe(wg_text *text, const profile_drawing *d) {
  wg_text_add(text, "A bar for the whole step, ");
  add_time(text, d->total);
  wg_text_add(text, "; below it its phases, their layers, and the operations of these, as wide as they take time.");
  for (int phase = 0; phase < WG_PHASE_COUNT; phase++) {
    wg_text_print(text, " %s ", wg_phase_text((wg_phase)phase));
    add_percent(text, d, seconds_of(d, phase, -1));
    wg_text_add(text, ".");
  }
}

wg_status wg_draw_profile_svg(const wg_profile *profile, const char *const *labels, const wg_machine *machine,
                              const char *title, const wg_allocator *allocator, wg_drawing **drawing, wg_error *error) {
  *drawing = NULL;
  if (!allocator) allocator = &wg_allocator_default;
  profile_drawing d = {.profile = profile, .labels = labels, .machine = machine};
  for (size_t i = 0; i < profile->count; i++)
    if (profile->lines[i].layer > d.layers) d.layers = profile->lines[i].layer;
  d.total = seconds_of(&d, -1, -1);
  const int rows = d.layers ? 4 : 3;
  wg_text text = WG_TEXT_EMPTY(allocator), description = WG_TEXT_EMPTY(allocator);
  describe(&description, &d);
  wg_svg_open(&text, "profile", drawing_width, top + rows * row_height + legend_height, title,
              wg_text_string(&description));
  text.failed = text.failed || description.failed;
  wg_text_free(&description);
  wg_text_add(&text, "<style>\n.box,.group{stroke:#59616b;stroke-width:.6}.group{fill:none}.note{font-size:12px}\n"
                     "@media(prefers-color-scheme:dark){.box,.group{stroke:#9aa3ad}}\n</style>\n");
  double begin = 0;
  add_box(&text, &d, &(box){0, 0, d.total}, -1, "the whole step", "");
  for (int phase = 0; phase < WG_PHASE_COUNT; phase++) {
    double seconds = seconds_of(&d, phase, -1);
    if (!(seconds > 0)) continue;
    add_box(&text, &d, &(box){1, begin, seconds}, -1, wg_phase_text((wg_phase)phase), "");
    add_layers(&text, &d, begin, phase);
    begin += seconds;
  }
  add_legend(&text, top + rows * row_height + 22);
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
