/* bench_text.c: a measured step for people, in 80 columns. */
#include "../../engine/memory.h"
#include "../draw_internal.h"
#include "bench.h"
#include "study.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 25, BAR_COLUMNS = 6 };

/* ---- Cells ---- */

static void cell_print(FILE *out, const char *text, int columns) {
  bench_label cut;
  int used = bench_label_cut(text, columns, cut);
  fprintf(out, "%s%*s", cut, columns - used, "");
}

/* A share as a bar of eighths of a column. */
static void bar_print(FILE *out, double share) {
  static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  int eighths = (int)lround(share * BAR_COLUMNS * 8), used = 0;
  for (; eighths >= 8 && used < BAR_COLUMNS; eighths -= 8, used++) fputs("█", out);
  if (eighths > 0 && used < BAR_COLUMNS) {
    fputs(parts[eighths], out);
    used++;
  }
  fprintf(out, "%*s", BAR_COLUMNS - used, "");
}

/* Billions in at most six characters. */
static void rate_print(FILE *out, double rate) {
  double billions = rate / 1e9;
  if (isfinite(billions) && billions < 99999)
    fprintf(out, " %6.*f", billions < 99.5 ? billions < 9.95 ? 2 : 1 : 0, billions);
  else
    fprintf(out, " %6s", "–");
}

static void percent_print(FILE *out, double part) {
  if (isfinite(part) && part < 9.995)
    fprintf(out, " %3.0f%%", 100 * part);
  else
    fprintf(out, " %4s", isfinite(part) ? ">999" : "–");
}

static void time_print(FILE *out, double seconds) {
  char text[WG_DIGITS_SIZE];
  wg_draw_seconds(text, seconds);
  fprintf(out, "%*s%s", 8 - text_width(text), "", text);
}

/* One row: `bound` is NULL for several lines together. */
static void row_print(const bench *b, int indent, text_style look, const char *name, const bench_sum *sum,
                      const char *bound) {
  const terminal *t = b->terminal;
  const wg_machine *machine = &b->machine.rates;
  double flops = wg_cost_flops(&sum->cost) / sum->seconds, bytes = (double)sum->cost.bytes / sum->seconds;
  double share = b->total > 0 ? sum->seconds / b->total : 0;
  fprintf(t->out, "%*s%s", indent, "", terminal_style(t, look));
  cell_print(t->out, name, NAME_COLUMNS - indent);
  fprintf(t->out, "%s ", look ? terminal_style(t, STYLE_PLAIN) : "");
  bar_print(t->out, share);
  fprintf(t->out, " %5.1f ", 100 * share);
  time_print(t->out, sum->seconds);
  rate_print(t->out, flops);
  percent_print(t->out, flops / machine->flops);
  rate_print(t->out, bytes);
  percent_print(t->out, bytes / machine->bytes);
  fprintf(t->out, "%s%s\n", bound ? " " : "", bound ? bound : "");
}

/* ---- The table ---- */

static void line_print(const bench *b, size_t i) {
  const wg_profile_line *line = &b->profile.lines[i];
  bench_sum sum = {0};
  double share;
  bench_sum_add(&sum, line);
  wg_bound bound = wg_bound_of(&b->machine.rates, &line->cost, sum.steps, sum.seconds, &share);
  row_print(b, 4, STYLE_PLAIN, b->labels[i], &sum, wg_bound_text(bound));
}

/* The lines of a phase and layer; those below --least are added up, if that says more than the row above. */
static void lines_print(const bench *b, wg_phase phase, int64_t layer, bool has_row) {
  bench_sum small = {0};
  char name[48];
  for (size_t i = 0; i < b->profile.count; i++) {
    const wg_profile_line *line = &b->profile.lines[i];
    if (line->phase != phase || line->layer != layer) continue;
    if (line->time.fastest * 100 >= b->settings->least * b->total)
      line_print(b, i);
    else
      bench_sum_add(&small, line);
  }
  if (!small.lines || (has_row && small.lines == bench_sum_of(b, phase, layer).lines)) return;
  snprintf(name, sizeof name, "%zu small one%s", small.lines, small.lines == 1 ? "" : "s");
  row_print(b, 4, STYLE_QUIET, name, &small, NULL);
}

static void phase_print(const bench *b, wg_phase phase, int64_t layers) {
  char name[32];
  bench_sum all = bench_sum_of(b, phase, -1);
  if (!all.lines) return;
  row_print(b, 0, STYLE_STRONG, wg_phase_text(phase), &all, NULL);
  for (int64_t k = 0; k <= layers; k++) {
    /* from the first to the last, then the loss; backwards in the reverse sweep */
    int64_t layer = phase == WG_PHASE_REVERSE ? (layers - k + 1) % (layers + 1) : (k + 1) % (layers + 1);
    bench_sum sum = bench_sum_of(b, phase, layer);
    if (!sum.lines) continue;
    if (layers) row_print(b, 2, STYLE_PLAIN, bench_layer_text(phase, layer, name), &sum, NULL);
    lines_print(b, phase, layer, layers > 0);
  }
}

/* ---- By kind of operation ---- */

typedef struct kind_sums {
  const char *name;
  bench_sum all, phase[WG_PHASE_COUNT];
} kind_sums;

static int kind_order(const void *a, const void *b) {
  double first = ((const kind_sums *)a)->all.seconds, second = ((const kind_sums *)b)->all.seconds;
  return first > second ? -1 : first < second;
}

/* The kinds into an array with room for one each line, those that take longest first; how many. */
static size_t kinds_sum(const bench *b, kind_sums *kinds) {
  size_t count = 0;
  for (size_t i = 0; i < b->profile.count; i++) {
    const wg_profile_line *line = &b->profile.lines[i];
    const char *name = bench_kind(line);
    size_t k = 0;
    while (k < count && strcmp(kinds[k].name, name) != 0) k++;
    if (k == count) kinds[count++] = (kind_sums){.name = name};
    bench_sum_add(&kinds[k].all, line);
    bench_sum_add(&kinds[k].phase[line->phase], line);
  }
  qsort(kinds, count, sizeof *kinds, kind_order);
  return count;
}

static int kinds_print(const bench *b) {
  kind_sums *kinds = wg_allocate(&wg_allocator_default, b->profile.count, sizeof *kinds);
  if (!kinds) return failure(b->terminal, WG_ERROR_MEMORY, NULL);
  size_t count = kinds_sum(b, kinds);
  char text[WG_DIGITS_SIZE];
  text_table table = text_table_new("lrrrrrr");
  text_table_titles(&table, "by operation|calls|forward|reverse|update|time|share");
  for (const kind_sums *kind = kinds; kind < kinds + count; kind++) {
    text_table_add(&table, STYLE_STRONG, "%s", kind->name);
    text_table_add(&table, STYLE_PLAIN, "%zu", kind->all.lines);
    for (int phase = 0; phase < WG_PHASE_COUNT; phase++)
      if (kind->phase[phase].lines)
        text_table_add(&table, STYLE_PLAIN, "%.1f %%", 100 * kind->phase[phase].seconds / b->total);
      else
        text_table_add(&table, STYLE_PLAIN, "%s", "");
    text_table_add(&table, STYLE_PLAIN, "%s", wg_draw_seconds(text, kind->all.seconds));
    text_table_add(&table, STYLE_PLAIN, "%.1f %%", 100 * kind->all.seconds / b->total);
  }
  free(kinds);
  return table_finish(b->terminal, &table);
}

/* ---- The head ---- */

static void head_print(const bench *b) {
  const terminal *t = b->terminal;
  const wg_net *net = b->step.net;
  char text[WG_DIGITS_SIZE], other[WG_DIGITS_SIZE];
  net_line(t, &net->spec);
  fprintf(t->out, "Widths ");
  for (size_t i = 0; i < net->spec.width_count; i++) fprintf(t->out, "%s%" PRId64, i ? ", " : "", net->spec.widths[i]);
  fprintf(t->out, "; %s; %" PRId64 " samples of %s\n\n", wg_dtype_text(net->spec.dtype), net->spec.samples, b->data);
  terminal_paragraph(t, 0,
                     "A step takes %s (the fastest of %" PRIu64 "; mean %s): %.0f samples a second with %d thread%s.",
                     wg_draw_seconds(text, b->fastest), b->runs, wg_draw_seconds(other, b->mean),
                     (double)net->spec.samples / b->fastest, b->threads, b->threads == 1 ? "" : "s");
  terminal_paragraph(t, 0,
                     "The plan has %zu steps, some of which run together, in %zu lines below, and works in %s. Taken "
                     "one by one, the fastest of each, they take %s; shares are of that.",
                     wg_plan_step_count(b->step.plan), b->profile.count, bytes_text(wg_plan_bytes(b->step.plan), other),
                     wg_draw_seconds(text, b->total));
  terminal_paragraph(t, 0,
                     "This machine (%s), measured: %.4g GFLOP/s by multiply-adds in registers, %.4g GB/s by adding two "
                     "arrays of 64 MiB into a third, and %s for a step that computes one number.",
                     b->machine.level, b->machine.rates.flops / 1e9, b->machine.rates.bytes / 1e9,
                     wg_draw_seconds(text, b->machine.rates.step));
}

int bench_print(const bench *b) {
  const terminal *t = b->terminal;
  head_print(b);
  fprintf(t->out, "\n%s%*s%*s share %%     time GFLOP/s peak   GB/s  mem bound by%s\n", terminal_style(t, STYLE_QUIET),
          NAME_COLUMNS, "", BAR_COLUMNS - 2, "", terminal_style(t, STYLE_PLAIN));
  int64_t layers = bench_layers(b);
  for (int phase = 0; phase < WG_PHASE_COUNT; phase++) phase_print(b, (wg_phase)phase, layers);
  fputc('\n', t->out);
  return kinds_print(b);
}
