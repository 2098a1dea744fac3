/* The map of errors: each parameter as a grid with one cell for each element, or for several where there are many. */
#include "../../engine/memory.h"
#include "../svg.h"
#include "checking.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* How grave a cell is; of several elements the gravest counts. */
typedef enum gravity { NOT_TRIED, TINY, SMALL, WITHIN, AT_KINK, UNRESOLVED, WRONG, GRAVITY_COUNT } gravity;

static const struct {
  const char *block, *text, *color, *dark;
  text_style look;
} looks[GRAVITY_COUNT] = {
    [NOT_TRIED] = {" ", "not tried", "#ffffff", "#15181c", STYLE_PLAIN},
    [TINY] = {"·", "up to a 10,000th of the tolerance", "#dcefe0", "#12331d", STYLE_GOOD},
    [SMALL] = {"░", "up to a 100th", "#a3d4ae", "#1f5a33", STYLE_GOOD},
    [WITHIN] = {"▒", "up to the tolerance", "#4f9e62", "#3f9a5c", STYLE_GOOD},
    [AT_KINK] = {"k", "kink", "#e8c95a", "#b08d10", STYLE_DOUBT},
    [UNRESOLVED] = {"?", "unresolved", "#b9a6d9", "#7a5fb0", STYLE_DOUBT},
    [WRONG] = {"█", "fails", "#b3261e", "#ff6b5e", STYLE_BAD},
};

static gravity gravity_of(const wg_check_entry *entry, double tolerance) {
  if (entry->verdict == WG_FAIL) return WRONG;
  if (entry->verdict == WG_KINK) return AT_KINK;
  if (entry->verdict == WG_UNRESOLVED) return UNRESOLVED;
  return entry->error <= 1e-4 * tolerance ? TINY : entry->error <= 1e-2 * tolerance ? SMALL : WITHIN;
}

typedef struct grid {
  int64_t rows, columns;             /* of the parameter: its last axis is a row */
  int64_t rows_shown, columns_shown; /* cells */
  unsigned char *cells;              /* gravity, row by row */
} grid;

/* The parameter's grid of at most that many cells; without memory its cells are NULL. */
static grid grid_new(const checking *c, const wg_node *param, double tolerance, int64_t rows_max, int64_t columns_max) {
  wg_shape shape = wg_node_shape(param);
  int64_t size = wg_node_size(param), columns = shape.rank ? shape.size[shape.rank - 1] : 1;
  grid g = {.columns = columns, .rows = columns ? size / columns : 0};
  g.rows_shown = g.rows < rows_max ? g.rows : rows_max;
  g.columns_shown = columns < columns_max ? columns : columns_max;
  g.cells = wg_allocate_zeroed(&wg_allocator_default, (size_t)(g.rows_shown * g.columns_shown), 1);
  for (size_t i = 0; g.cells && i < wg_check_count(c->check); i++) {
    const wg_check_entry *entry = wg_check_entry_at(c->check, i);
    if (entry->node != param) continue;
    int64_t row = entry->index / columns * g.rows_shown / g.rows,
            column = entry->index % columns * g.columns_shown / columns;
    unsigned char *cell = &g.cells[row * g.columns_shown + column], found = (unsigned char)gravity_of(entry, tolerance);
    if (found > *cell) *cell = found;
  }
  return g;
}

static bool grid_has(const grid *g, gravity which) {
  for (int64_t i = 0; i < g->rows_shown * g->columns_shown; i++)
    if (g->cells[i] == which) return true;
  return false;
}

/* ---- On the terminal ---- */

enum { TEXT_ROWS_MAX = 16, TEXT_INDENT = 12 };

static void grid_print(const terminal *t, const wg_node *param, const grid *g) {
  for (int64_t row = 0; row < g->rows_shown; row++) {
    fprintf(t->out, "  %-*s", TEXT_INDENT - 2, row ? "" : wg_node_name(param));
    for (int64_t column = 0; column < g->columns_shown; column++) {
      gravity found = (gravity)g->cells[row * g->columns_shown + column];
      fprintf(t->out, "%s%s%s", terminal_style(t, looks[found].look), looks[found].block,
              terminal_style(t, STYLE_PLAIN));
    }
    fprintf(t->out, "\n");
  }
}

int check_map_print(const terminal *t, const checking *c, const check_settings *settings) {
  bool met[GRAVITY_COUNT] = {false};
  int width = (t->width < 20 ? 20 : t->width) - TEXT_INDENT;
  fprintf(t->out, "\nThe relative difference of every element:\n");
  for (size_t k = 0; k < c->net->param_count; k++) {
    grid g = grid_new(c, c->net->params[k], settings->library.tolerance, TEXT_ROWS_MAX, width);
    if (!g.cells) return failure(t, WG_ERROR_MEMORY, NULL);
    grid_print(t, c->net->params[k], &g);
    for (int i = 0; i < GRAVITY_COUNT; i++) met[i] = met[i] || grid_has(&g, (gravity)i);
    free(g.cells);
  }
  const char *separator = "  ";
  for (int i = TINY; i < GRAVITY_COUNT; i++) {
    if (!met[i]) continue;
    fprintf(t->out, "%s%s %s", separator, looks[i].block, looks[i].text);
    separator = ", ";
  }
  fprintf(t->out, "\n");
  return EXIT_GOOD;
}

/* ---- As SVG ---- */

enum { DRAWING_WIDTH = 760, LEFT = 90, TOP = 60, CELL = 14, CELLS_MAX = 46, GAP = 16, LEGEND_LINE = 22 };

static void svg_style(wg_text *text) {
  wg_text_add(text, "<style>.cell{stroke:#59616b;stroke-width:.5}.cross{stroke:#fff;fill:none}\n");
  for (int i = 0; i < GRAVITY_COUNT; i++) wg_text_print(text, ".e%d{fill:%s}", i, looks[i].color);
  wg_text_add(text, "\n@media(prefers-color-scheme:dark){");
  for (int i = 0; i < GRAVITY_COUNT; i++) wg_text_print(text, ".e%d{fill:%s}", i, looks[i].dark);
  wg_text_add(text, ".cross{stroke:#15181c}}</style>\n");
}

static void svg_cell(wg_text *text, int64_t x, int64_t y, gravity found) {
  wg_text_print(text, "<rect class=\"cell e%d\" x=\"%" PRId64 "\" y=\"%" PRId64 "\" width=\"%d\" height=\"%d\"/>\n",
                (int)found, x, y, CELL, CELL);
  if (found == WRONG) /* a cross, for those who cannot tell the colors apart */
    wg_text_print(text, "<path class=\"cross\" d=\"M%" PRId64 " %" PRId64 "l%d %dm0-%dl-%d %d\"/>\n", x, y, CELL, CELL,
                  CELL, CELL, CELL);
}

static void svg_grid(wg_text *text, const wg_node *param, const grid *g, int64_t top) {
  wg_text_print(text, "<text x=\"20\" y=\"%" PRId64 "\">", top + CELL - 2);
  wg_draw_xml(text, wg_node_name(param), 8);
  wg_text_add(text, "</text>\n");
  for (int64_t row = 0; row < g->rows_shown; row++)
    for (int64_t column = 0; column < g->columns_shown; column++)
      svg_cell(text, LEFT + column * CELL, top + row * CELL, (gravity)g->cells[row * g->columns_shown + column]);
}

static void svg_legend(wg_text *text, int64_t top) {
  for (int i = 0; i < GRAVITY_COUNT; i++) {
    int64_t y = top + (int64_t)i * LEGEND_LINE;
    svg_cell(text, LEFT, y, (gravity)i);
    wg_text_print(text, "<text x=\"%d\" y=\"%" PRId64 "\">%s</text>\n", LEFT + 2 * CELL, y + CELL - 2, looks[i].text);
  }
}

/* The drawing's text; false without memory. */
static bool svg_write(wg_text *text, const checking *c, const check_settings *settings, const grid *grids) {
  int64_t height = TOP + (int64_t)GRAVITY_COUNT * LEGEND_LINE + GAP, top = TOP;
  char title[128], description[256];
  for (size_t k = 0; k < c->net->param_count; k++) height += grids[k].rows_shown * CELL + GAP;
  snprintf(title, sizeof title, "Net %s: its gradient against %s", wg_net_letter(c->net->spec.kind),
           settings->dtype == WG_F32 ? "the one in f64" : "central differences");
  snprintf(description, sizeof description, "%s: of %zu elements %zu fail. Each cell is an element of a parameter.",
           wg_verdict_text(check_verdict(c)), wg_check_count(c->check), wg_check_count_of(c->check, WG_FAIL));
  wg_svg_open(text, "check", DRAWING_WIDTH, (int)height, title, description);
  svg_style(text);
  for (size_t k = 0; k < c->net->param_count; k++) {
    svg_grid(text, c->net->params[k], &grids[k], top);
    top += grids[k].rows_shown * CELL + GAP;
  }
  svg_legend(text, top);
  wg_svg_close(text);
  return !text->failed;
}

int check_map_draw(const terminal *t, const checking *c, const check_settings *settings) {
  wg_text text = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_drawing *drawing = NULL;
  wg_error error = {0};
  grid *grids = wg_allocate_zeroed(&wg_allocator_default, c->net->param_count, sizeof *grids);
  bool good = grids != NULL;
  for (size_t k = 0; good && k < c->net->param_count; k++) {
    grids[k] = grid_new(c, c->net->params[k], settings->library.tolerance, CELLS_MAX, CELLS_MAX);
    good = grids[k].cells != NULL;
  }
  int code = EXIT_GOOD;
  if (!good || !svg_write(&text, c, settings, grids)) {
    wg_text_free(&text);
    code = failure(t, WG_ERROR_MEMORY, NULL);
  } else {
    wg_status status = wg_drawing_finish(&text, &drawing, &error);
    if (status == WG_OK) status = wg_drawing_write(drawing, settings->svg, &error);
    if (status != WG_OK) code = failure(t, status, error.message);
  }
  for (size_t k = 0; grids && k < c->net->param_count; k++) free(grids[k].cells);
  free(grids);
  wg_drawing_free(drawing);
  return code;
}
