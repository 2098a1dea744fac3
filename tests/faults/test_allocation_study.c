/* Every allocation of a study fails in turn, once and for good: always a status, never a crash, and no leak. */
#include "../support.h"

#include "../../engine/bracketing.h"
#include "../../models/draw_series.h"
#include "../../models/study_internal.h"
#include "../../ops/ops.h"

#include <stdio.h>

static double no_clock(void) { return 0; }

static double weight(const wg_big_count *count) { return count->digits && count->log2 > 0 ? count->log2 : 1; }

static wg_status study_memo(const wg_allocator *allocator, void *context, double *number) {
  wg_memo_study study;
  wg_error error = {0};
  wg_status status = wg_memo_study_of(&study, *(const wg_study_kind *)context, 5, 1000, no_clock, allocator, &error);
  if (status == WG_OK) *number = weight(&study.rules) + (double)study.with.rules + (double)study.without.rules;
  assert_int_equal(error.status, status);
  wg_memo_study_free(&study);
  return status;
}

/* A graph with constants, a variadic operation, lists as attributes and names. */
static wg_node *small_graph(wg_tape *tape, wg_node *wanted[2]) {
  const double numbers[] = {1, 2, 3};
  wg_node *x = wanted[0] = wg_param(tape, "x", WG_F64, WG_SHAPE(3));
  wg_node *w = wanted[1] = wg_name(wg_mul(x, wg_constant(tape, WG_F64, WG_SHAPE(3), numbers)), "w");
  wg_node *parts[] = {w, wg_scale(w, 0.5), x};
  return wg_name(wg_sum_all(wg_tanh(wg_concat(3, parts, 0))), "J");
}

static wg_status study_own_graph(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_tape *tape = wg_tape_new_with(allocator);
  wg_node *wanted[2], *J = small_graph(tape, wanted);
  wg_status status = wg_tape_status(tape);
  wg_memo_study study = {0};
  if (status == WG_OK) status = wg_memo_study_new(&study, J, 2, wanted, 1000, NULL, allocator, NULL);
  if (status == WG_OK) *number = weight(&study.factors) + (double)study.named.factors;
  wg_memo_study_free(&study);
  wg_tape_free(tape);
  return status;
}

static wg_status study_paths(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_tape *tape = wg_tape_new_with(allocator);
  wg_node *wanted[2], *J = small_graph(tape, wanted);
  const wg_node *path[8];
  wg_status status = wg_tape_status(tape);
  wg_path_study studies[2] = {{0}, {0}};
  if (status == WG_OK) status = wg_path_study_new(studies, J, 2, wanted, allocator, NULL);
  if (status == WG_OK) status = wg_longest_path(J, &studies[0], path, NULL);
  if (status == WG_OK) *number = weight(&studies[0].paths) + weight(&studies[1].elements) + (double)studies[0].longest;
  wg_path_study_free(studies, 2);
  wg_tape_free(tape);
  return status;
}

static wg_status study_checkpoints(const wg_allocator *allocator, void *context, double *number) {
  const double xs[] = {0.5, -0.25};
  wg_study_graph graph;
  wg_checkpoint_study study = {0};
  wg_checkpoint_row row = {0};
  wg_error error = {0};
  (void)context;
  wg_status status = wg_study_chain_new(&graph, 10, 2, allocator, &error);
  const wg_binding binding = {status == WG_OK ? graph.wanted[0] : NULL, xs};
  if (status == WG_OK)
    status = wg_checkpoint_study_new(&study, graph.root, 1, graph.wanted, 1, &binding, allocator, &error);
  if (status == WG_OK)
    status = wg_checkpoint_study_run(&study, WG_CHECKPOINT_BINOMIAL, 3, 0, 10, no_clock, &row, &error);
  if (status == WG_OK) assert_true(row.equal);
  *number = (double)row.counts.advances + (double)row.alive;
  wg_checkpoint_study_free(&study);
  wg_study_graph_free(&graph);
  return status;
}

static wg_status study_cost(const wg_allocator *allocator, void *context, double *number) {
  const double xs[] = {1, 2, 3};
  wg_cost_study study = {0};
  wg_error error = {0};
  (void)context;
  wg_tape *tape = wg_tape_new_with(allocator);
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *root = wg_sum_all(wg_mul(wg_exp(x), x));
  wg_status status = wg_tape_status(tape);
  if (status == WG_OK)
    status = wg_cost_study_new(&study, root, NULL, 1, &x, 1, &(wg_binding){x, xs}, no_clock, allocator, &error);
  *number = (double)study.total[WG_COST_REVERSE].operations;
  wg_cost_study_free(&study);
  wg_tape_free(tape);
  return status;
}

static wg_status bracket(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_bracketing counts;
  wg_text order = WG_TEXT_EMPTY(allocator);
  wg_status status = wg_bracketing_count(5, (int64_t[]){2, 4, 3, 9, 1}, &counts, &order);
  *number = (double)counts.best;
  wg_text_free(&order);
  return status;
}

static wg_status draw(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  const double x[] = {0, 1, 2}, y[] = {0, 2, 1};
  const char *const notes[] = {"a", "b", "c"};
  const wg_series series[] = {{"one", 3, x, y, NULL}, {"other", 3, y, x, notes}};
  const wg_series_labels labels = {.title = "t", .description = "d", .x = {.label = "x"}, .y = {"y", .powers = true}};
  wg_drawing *drawing;
  wg_status status = wg_draw_series_svg(2, series, &labels, allocator, &drawing, NULL);
  assert_true((status == WG_OK) == (drawing != NULL));
  *number = (double)wg_drawing_size(drawing);
  wg_drawing_free(drawing);
  return status;
}

static void every_study_survives_every_failed_allocation(void **state) {
  (void)state;
  static const struct {
    const char *name;
    attempt *run;
  } studies[] = {{"own graph", study_own_graph}, {"paths", study_paths},  {"checkpoints", study_checkpoints},
                 {"cost", study_cost},           {"bracketing", bracket}, {"drawing", draw}};
  for (size_t k = 0; k < sizeof studies / sizeof *studies; k++)
    printf("%s: %zu allocations failed in turn\n", studies[k].name,
           assert_survives_failed_allocations(studies[k].name, studies[k].run, NULL));
  for (int kind = 0; kind < WG_STUDY_KIND_COUNT; kind++)
    printf("memo: %zu allocations failed in turn\n", assert_survives_failed_allocations("memo", study_memo, &kind));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_study_survives_every_failed_allocation)};
  return RUN_TESTS(tests);
}
