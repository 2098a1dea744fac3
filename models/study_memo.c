/* study_memo.c: one graph swept with memo and without, and its chain rule counted. */
#include "study_internal.h"

/* The graph under study and what is to be done with it. */
typedef struct memo_task {
  wg_memo_study *study;
  wg_node *root;
  size_t count;
  wg_node *const *wanted;
  double (*seconds)(void);
  const wg_allocator *allocator;
  wg_error *error;
} memo_task;

static wg_status tape_failure(const memo_task *task, const wg_study_graph *graph) {
  return wg_error_set(task->error, wg_tape_status(graph->tape), "%s", wg_tape_error(graph->tape));
}

static wg_status copy_new(const memo_task *task, wg_study_graph *copy) {
  return wg_study_graph_copy(copy, task->root, task->count, task->wanted, task->allocator, task->error);
}

/* ---- Counting ---- */

/* What is summed over the wanted nodes. */
typedef struct totals {
  wg_natural rules, paths, factors, products;
} totals;

static bool line_fill(wg_memo_study *study, totals *sum, const memo_task *task, size_t k, const wg_natural *rules,
                      const wg_expansion *expansion) {
  wg_memo_line *line = &study->lines[k];
  line->node = task->wanted[k];
  return wg_big_count_of(&line->rules, rules, task->allocator) &&
         wg_big_count_of(&line->paths, &expansion->paths, task->allocator) && wg_natural_add(&sum->rules, rules) &&
         wg_natural_add(&sum->paths, &expansion->paths) && wg_natural_add(&sum->factors, &expansion->factors) &&
         wg_natural_add(&sum->products, &expansion->products);
}

static bool totals_keep(wg_memo_study *study, const totals *sum, const wg_allocator *allocator) {
  return wg_big_count_of(&study->rules, &sum->rules, allocator) &&
         wg_big_count_of(&study->paths, &sum->paths, allocator) &&
         wg_big_count_of(&study->factors, &sum->factors, allocator) &&
         wg_big_count_of(&study->products, &sum->products, allocator);
}

static wg_status count_paths(const memo_task *task, const wg_study_graph *graph) {
  wg_memo_study *study = task->study;
  wg_natural zero = WG_NATURAL_ZERO(task->allocator);
  totals sum = {zero, zero, zero, zero};
  wg_downward *rules = wg_downward_new(graph->root, graph->count, graph->wanted, &wg_semiring_rules);
  wg_downward *expansions = wg_downward_new(graph->root, graph->count, graph->wanted, &wg_semiring_expansion);
  bool good = rules && expansions;
  for (size_t k = 0; good && k < graph->count; k++)
    good = line_fill(study, &sum, task, k, wg_downward_at(rules, graph->wanted[k]),
                     wg_downward_at(expansions, graph->wanted[k]));
  good = good && totals_keep(study, &sum, task->allocator);
  wg_downward_free(rules);
  wg_downward_free(expansions);
  wg_natural_free(&sum.rules);
  wg_natural_free(&sum.paths);
  wg_natural_free(&sum.factors);
  wg_natural_free(&sum.products);
  return good ? WG_OK : wg_error_memory(task->error);
}

/* Rules that the root itself applies: factors that no product stands before. */
typedef struct root_rules {
  const wg_node *root;
  uint64_t count;
} root_rules;

static void root_rules_count(void *context, const wg_event *event) {
  root_rules *rules = context;
  if (event->kind == WG_EVENT_RULE && event->consumer == rules->root) rules->count++;
}

/* One wanted node after the other, so that the memo has what those before it needed. All rules together are the edges
 * between root and wanted nodes, each a factor. */
static wg_status count_rules(const memo_task *task, const wg_study_graph *graph) {
  wg_memo_study *study = task->study;
  root_rules at_root = {.root = graph->root};
  const wg_sweep_options options = {.event = root_rules_count, .context = &at_root};
  for (size_t k = 0; k < graph->count; k++) {
    wg_node *grad;
    wg_sweep_counts counts;
    if (wg_sweep(graph->root, 1, &graph->wanted[k], &grad, &options, &counts) != WG_OK)
      return tape_failure(task, graph);
    study->lines[k].rules_new = counts.rules;
    study->factors_reused += counts.rules;
  }
  study->products_reused = study->factors_reused - at_root.count;
  return WG_OK;
}

static wg_status count_all(const memo_task *task, uint64_t *rules_without) {
  wg_study_graph graph;
  wg_status status = copy_new(task, &graph);
  if (status == WG_OK) status = wg_counts_affordable(graph.root, graph.count, graph.wanted, task->error);
  if (status == WG_OK) status = count_paths(task, &graph);
  if (status == WG_OK && wg_chain_count(graph.root, graph.count, graph.wanted, &task->study->named) != WG_OK)
    status = tape_failure(task, &graph);
  if (status == WG_OK && wg_sweep_rules_without_memo(graph.root, graph.count, graph.wanted, rules_without) != WG_OK)
    status = tape_failure(task, &graph);
  if (status == WG_OK) status = count_rules(task, &graph);
  wg_study_graph_free(&graph);
  return status;
}

/* ---- Executing ---- */

static wg_status sweep_timed(const memo_task *task, const wg_study_graph *graph, const wg_sweep_options *options,
                             wg_node **grad, wg_sweep_counts *counts, double *seconds) {
  double start = task->seconds ? task->seconds() : 0;
  wg_status status = wg_sweep(graph->root, graph->count, graph->wanted, grad, options, counts);
  double taken = task->seconds ? task->seconds() - start : 0;
  if (*seconds == 0 || taken < *seconds) *seconds = taken;
  return status == WG_OK ? WG_OK : tape_failure(task, graph);
}

/* On a new copy, since what a sweep has recorded the next one finds. */
static wg_status with_memo(const memo_task *task, wg_node **grad) {
  wg_study_graph graph;
  wg_status status = copy_new(task, &graph);
  if (status == WG_OK) status = sweep_timed(task, &graph, NULL, grad, &task->study->with, &task->study->with_seconds);
  wg_study_graph_free(&graph);
  return status;
}

/* A sweep with memo after it, on the same tape, finds the nodes that this one recorded, if it formed the same. */
static wg_status without_memo(const memo_task *task, uint64_t budget, wg_node **grad) {
  wg_memo_study *study = task->study;
  const wg_sweep_options options = {.without_memo = true, .rule_budget = budget};
  wg_study_graph graph;
  wg_status status = copy_new(task, &graph);
  if (status == WG_OK) status = sweep_timed(task, &graph, &options, grad, &study->without, &study->without_seconds);
  if (status == WG_OK && wg_sweep(graph.root, graph.count, graph.wanted, grad + graph.count, NULL, NULL) != WG_OK)
    status = tape_failure(task, &graph);
  for (size_t k = 0; status == WG_OK && k < graph.count; k++)
    if (grad[k] != grad[graph.count + k]) study->equal = false;
  wg_study_graph_free(&graph);
  return status;
}

/* In turn, three times, or once if that takes long. */
static wg_status execute(const memo_task *task, uint64_t rules_without, uint64_t budget) {
  enum { ROUNDS = 3 };
  const double long_enough = 0.02;
  wg_memo_study *study = task->study;
  wg_node **grad = wg_allocate(task->allocator, 2 * task->count, sizeof *grad);
  wg_status status = grad ? WG_OK : wg_error_memory(task->error);
  study->executed = study->equal = rules_without <= budget;
  for (int round = 0; round < (task->seconds ? ROUNDS : 1) && status == WG_OK; round++) {
    if (study->with_seconds + study->without_seconds > long_enough) break;
    status = with_memo(task, grad);
    if (status == WG_OK && study->executed) status = without_memo(task, budget, grad);
  }
  wg_release(task->allocator, grad);
  return status;
}

wg_status wg_memo_study_new(wg_memo_study *study, wg_node *root, size_t count, wg_node *const *wanted,
                            uint64_t rule_budget, double (*seconds)(void), const wg_allocator *allocator,
                            wg_error *error) {
  if (!allocator) allocator = &wg_allocator_default;
  *study = (wg_memo_study){.allocator = allocator};
  const memo_task task = {study, root, count, wanted, seconds, allocator, error};
  uint64_t rules_without;
  study->lines = wg_allocate_zeroed(allocator, count, sizeof *study->lines);
  if (!study->lines) return wg_error_memory(error);
  study->count = count;
  wg_status status = count_all(&task, &rules_without);
  return status == WG_OK ? execute(&task, rules_without, rule_budget) : status;
}

wg_status wg_memo_study_of(wg_memo_study *study, wg_study_kind kind, int64_t size, uint64_t rule_budget,
                           double (*seconds)(void), const wg_allocator *allocator, wg_error *error) {
  if (!allocator) allocator = &wg_allocator_default;
  *study = (wg_memo_study){0};
  wg_study_graph graph;
  wg_status status = wg_study_graph_new(&graph, kind, size, allocator, error);
  if (status == WG_OK)
    status = wg_memo_study_new(study, graph.root, graph.count, graph.wanted, rule_budget, seconds, allocator, error);
  for (size_t k = 0; k < study->count; k++) study->lines[k].node = NULL; /* they go with the graph */
  wg_study_graph_free(&graph);
  return status;
}

void wg_memo_study_free(wg_memo_study *study) {
  const wg_allocator *allocator = study->allocator;
  if (!allocator) return;
  for (size_t k = 0; k < study->count; k++) {
    wg_big_count_free(&study->lines[k].paths, allocator);
    wg_big_count_free(&study->lines[k].rules, allocator);
  }
  wg_release(allocator, study->lines);
  wg_big_count_free(&study->rules, allocator);
  wg_big_count_free(&study->paths, allocator);
  wg_big_count_free(&study->factors, allocator);
  wg_big_count_free(&study->products, allocator);
  *study = (wg_memo_study){0};
}
