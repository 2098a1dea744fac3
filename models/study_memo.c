/* study_memo.c: one graph swept with memo and without, and its chain rule counted. */
#include "study.h"

typedef struct memo_task {
  wg_memo_study *study;
  wg_study_kind kind;
  int64_t size;
  double (*seconds)(void);
  const wg_allocator *allocator;
  wg_error *error;
} memo_task;

static wg_status tape_failure(const memo_task *task, const wg_study_graph *graph) {
  return wg_error_set(task->error, wg_tape_status(graph->tape), "%s", wg_tape_error(graph->tape));
}

static wg_status count_chain(const memo_task *task, const wg_study_graph *graph) {
  wg_memo_study *study = task->study;
  wg_chain_counts counts;
  if (wg_chain_count(graph->root, graph->count, graph->wanted, &counts) != WG_OK) return tape_failure(task, graph);
  study->factors_reused = counts.factors_reused;
  study->products_reused = counts.products_reused;
  bool added =
      wg_natural_add_count(&study->factors, counts.factors) && wg_natural_add_count(&study->products, counts.products);
  return added ? WG_OK : wg_error_memory(task->error);
}

/* Adds up over the wanted nodes. The sweep with memo has been done: each of its rules is an edge, a factor. */
static wg_status count_paths(const memo_task *task, const wg_study_graph *graph) {
  wg_memo_study *study = task->study;
  wg_downward *rules = wg_downward_new(graph->root, graph->count, graph->wanted, &wg_semiring_rules);
  wg_downward *expansions = wg_downward_new(graph->root, graph->count, graph->wanted, &wg_semiring_expansion);
  bool edges_are_factors = task->kind != WG_STUDY_LAYERS, good = rules && expansions;
  for (size_t k = 0; good && k < graph->count; k++) {
    const wg_expansion *expansion = wg_downward_at(expansions, graph->wanted[k]);
    good = wg_natural_add(&study->rules, wg_downward_at(rules, graph->wanted[k])) &&
           wg_natural_add(&study->paths, &expansion->paths);
    if (good && edges_are_factors)
      good = wg_natural_add(&study->factors, &expansion->factors) &&
             wg_natural_add(&study->products, &expansion->products);
  }
  if (edges_are_factors) {
    study->factors_reused = study->with.rules;
    study->products_reused = study->with.rules - (uint64_t)wg_node_input_count(graph->root);
  }
  wg_downward_free(rules);
  wg_downward_free(expansions);
  if (!good) return wg_error_memory(task->error);
  return edges_are_factors ? WG_OK : count_chain(task, graph);
}

static wg_status sweep_timed(const memo_task *task, const wg_study_graph *graph, const wg_sweep_options *options,
                             wg_node **grad, wg_sweep_counts *counts, double *seconds) {
  double start = task->seconds();
  wg_status status = wg_sweep(graph->root, graph->count, graph->wanted, grad, options, counts);
  *seconds = task->seconds() - start;
  return status == WG_OK ? WG_OK : tape_failure(task, graph);
}

/* The sweep with memo after it, on the same tape, finds the nodes that this one recorded, if it formed the same. */
static wg_status without_memo(const memo_task *task, const wg_study_graph *graph, uint64_t budget) {
  wg_memo_study *study = task->study;
  const wg_sweep_options options = {.without_memo = true, .rule_budget = budget};
  wg_node **grad = wg_allocate(task->allocator, 2 * graph->count, sizeof *grad);
  if (!grad) return wg_error_memory(task->error);
  wg_sweep_counts counts_again;
  double again;
  wg_status status = sweep_timed(task, graph, &options, grad, &study->without, &study->without_seconds);
  if (status == WG_OK) status = sweep_timed(task, graph, NULL, grad + graph->count, &counts_again, &again);
  study->executed = study->equal = status == WG_OK;
  for (size_t k = 0; study->executed && k < graph->count; k++)
    if (grad[k] != grad[graph->count + k]) study->equal = false;
  wg_release(task->allocator, grad);
  return status;
}

static wg_status with_memo(const memo_task *task, const wg_study_graph *graph) {
  wg_node **grad = wg_allocate(task->allocator, graph->count, sizeof *grad);
  if (!grad) return wg_error_memory(task->error);
  wg_status status = sweep_timed(task, graph, NULL, grad, &task->study->with, &task->study->with_seconds);
  wg_release(task->allocator, grad);
  return status == WG_OK ? count_paths(task, graph) : status;
}

wg_status wg_memo_study_new(wg_memo_study *study, wg_study_kind kind, int64_t size, uint64_t rule_budget,
                            double (*seconds)(void), const wg_allocator *allocator, wg_error *error) {
  if (!allocator) allocator = &wg_allocator_default;
  wg_natural zero = WG_NATURAL_ZERO(allocator);
  *study = (wg_memo_study){.rules = zero, .paths = zero, .factors = zero, .products = zero};
  const memo_task task = {study, kind, size, seconds, allocator, error};
  wg_study_graph graph;
  uint64_t rules = UINT64_MAX;
  wg_status status = wg_study_graph_new(&graph, kind, size, allocator, error);
  if (status == WG_OK) status = with_memo(&task, &graph);
  if (status == WG_OK) {
    status = wg_sweep_rules_without_memo(graph.root, graph.count, graph.wanted, &rules);
    if (status != WG_OK) tape_failure(&task, &graph);
  }
  wg_study_graph_free(&graph);
  if (status != WG_OK || rules > rule_budget) return status;
  status = wg_study_graph_new(&graph, kind, size, allocator, error);
  if (status == WG_OK) status = without_memo(&task, &graph, rule_budget);
  wg_study_graph_free(&graph);
  return status;
}

void wg_memo_study_free(wg_memo_study *study) {
  wg_natural_free(&study->rules);
  wg_natural_free(&study->paths);
  wg_natural_free(&study->factors);
  wg_natural_free(&study->products);
}
