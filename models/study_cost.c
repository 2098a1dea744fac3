/* study_cost.c: what f costs, and what its derivatives cost beside it. */
#include "../engine/derivative.h"
#include "study_internal.h"

#include <string.h>

static uint64_t sum(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }
static uint64_t product(uint64_t a, uint64_t b) { return b && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

static wg_cost cost_sum(wg_cost a, wg_cost b) {
  return (wg_cost){sum(a.steps, b.steps), sum(a.multiply_adds, b.multiply_adds), sum(a.operations, b.operations),
                   sum(a.bytes, b.bytes)};
}

wg_cost wg_cost_times(wg_cost cost, uint64_t times) {
  return (wg_cost){product(cost.steps, times), product(cost.multiply_adds, times), product(cost.operations, times),
                   product(cost.bytes, times)};
}

/* ---- Counting ---- */

/* A copy of the plan's own reads and writes the node. */
wg_cost wg_step_work(const wg_plan_step *step) {
  if (!step->copy) return wg_work(step->node);
  uint64_t moved = (uint64_t)wg_node_size(step->node);
  return (wg_cost){1, 0, moved, product(2 * moved, wg_dtype_size(wg_node_dtype(step->node)))};
}

/* The line of an operation, made if there is none yet; the study has room for one for each step. */
static wg_cost_line *line_of(wg_cost_study *study, const char *op) {
  for (size_t k = 0; k < study->count; k++)
    if (strcmp(study->lines[k].op, op) == 0) return &study->lines[k];
  study->lines[study->count] = (wg_cost_line){.op = op};
  return &study->lines[study->count++];
}

static void plan_count(wg_cost_study *study, wg_cost_mode mode, const wg_plan *plan) {
  wg_plan_step step;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) {
    wg_cost cost = wg_step_work(&step);
    wg_cost_line *line = line_of(study, step.copy ? "copy" : wg_node_op(step.node));
    line->cost[mode] = cost_sum(line->cost[mode], cost);
    study->total[mode] = cost_sum(study->total[mode], cost);
  }
}

/* ---- Plans ---- */

/* The three plans, and what they are made of: outputs[0] is f, then the gradients; tangent is f's derivative in the
 * direction of the tangents, inputs that are all bound to ones. */
typedef struct cost_plans {
  wg_plan *plan[WG_COST_MODES];
  wg_node **outputs, **tangents;
  double *ones;
} cost_plans;

static bool plans_room(cost_plans *plans, size_t count, wg_node *const *wrt, const wg_allocator *allocator) {
  int64_t largest = 1;
  for (size_t k = 0; k < count; k++)
    if (wg_node_size(wrt[k]) > largest) largest = wg_node_size(wrt[k]);
  plans->outputs = wg_allocate(allocator, count + 1, sizeof *plans->outputs);
  plans->tangents = wg_allocate(allocator, count, sizeof *plans->tangents);
  plans->ones = wg_allocate(allocator, (size_t)largest, sizeof *plans->ones);
  for (int64_t i = 0; plans->ones && i < largest; i++) plans->ones[i] = 1;
  return plans->outputs && plans->tangents && plans->ones;
}

static wg_status plans_record(cost_plans *plans, wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt) {
  wg_tape *tape = wg_node_tape(root);
  wg_node *tangent[2] = {root, NULL};
  const wg_sweep_options options = {.seed = seed};
  plans->outputs[0] = root;
  wg_status status = wg_sweep(root, count, wrt, plans->outputs + 1, &options, NULL);
  for (size_t k = 0; k < count; k++)
    plans->tangents[k] = wg_input(tape, NULL, wg_node_dtype(wrt[k]), wg_node_shape(wrt[k]));
  if (status == WG_OK) status = wg_jvp(1, &root, count, wrt, plans->tangents, &tangent[1]);
  if (status == WG_OK) status = wg_tape_status(tape);
  if (status != WG_OK) return status;
  plans->plan[WG_COST_FORWARD] = wg_plan_new(1, plans->outputs);
  plans->plan[WG_COST_REVERSE] = wg_plan_new(count + 1, plans->outputs);
  plans->plan[WG_COST_TANGENT] = wg_plan_new(2, tangent);
  return WG_OK;
}

static wg_status plan_ready(wg_plan *plan, const cost_plans *plans, size_t count, size_t binding_count,
                            const wg_binding *bindings) {
  wg_status status = wg_plan_status(plan);
  for (size_t k = 0; status == WG_OK && k < count; k++) status = wg_bind(plan, plans->tangents[k], plans->ones);
  for (size_t k = 0; status == WG_OK && k < binding_count; k++)
    status = wg_bind(plan, bindings[k].node, bindings[k].data);
  return status == WG_OK ? wg_run(plan) : status;
}

/* The fastest of some runs of each, 5, or as many as take 5 ms, in turn: so that whatever else the machine does slows
 * all of them down alike. */
static void plans_time(wg_cost_study *study, const cost_plans *plans, double (*seconds)(void)) {
  double first = seconds();
  for (int run = 0; run < 100 && (run < 5 || seconds() - first < 0.015); run++)
    for (int mode = 0; mode < WG_COST_MODES; mode++) {
      double start = seconds();
      wg_run(plans->plan[mode]);
      double taken = seconds() - start;
      if (run == 0 || taken < study->seconds[mode]) study->seconds[mode] = taken;
    }
}

static wg_status plans_study(wg_cost_study *study, const cost_plans *plans, size_t count, size_t binding_count,
                             const wg_binding *bindings, double (*seconds)(void), wg_error *error) {
  size_t steps = 0;
  for (int mode = 0; mode < WG_COST_MODES; mode++) {
    wg_plan *plan = plans->plan[mode];
    wg_status status = plan_ready(plan, plans, count, binding_count, bindings);
    if (status != WG_OK) return wg_error_set(error, status, "%s", plan ? wg_plan_error(plan) : "out of memory");
    steps += wg_plan_step_count(plan);
  }
  study->lines = wg_allocate_zeroed(study->allocator, steps, sizeof *study->lines);
  if (!study->lines) return wg_error_memory(error);
  for (int mode = 0; mode < WG_COST_MODES; mode++) plan_count(study, (wg_cost_mode)mode, plans->plan[mode]);
  if (seconds) plans_time(study, plans, seconds);
  return WG_OK;
}

wg_status wg_cost_study_new(wg_cost_study *study, wg_node *root, wg_node *seed, size_t count, wg_node *const *wrt,
                            size_t binding_count, const wg_binding *bindings, double (*seconds)(void),
                            const wg_allocator *allocator, wg_error *error) {
  *study = (wg_cost_study){.allocator = allocator ? allocator : &wg_allocator_default};
  cost_plans plans = {0};
  for (size_t k = 0; k < count; k++) study->elements += wg_node_size(wrt[k]);
  wg_status status = plans_room(&plans, count, wrt, study->allocator) ? WG_OK : wg_error_memory(error);
  if (status == WG_OK) {
    status = plans_record(&plans, root, seed, count, wrt);
    if (status != WG_OK) wg_error_set(error, status, "%s", wg_tape_error(wg_node_tape(root)));
  }
  if (status == WG_OK) status = plans_study(study, &plans, count, binding_count, bindings, seconds, error);
  for (int mode = 0; mode < WG_COST_MODES; mode++) wg_plan_free(plans.plan[mode]);
  wg_release(study->allocator, plans.outputs);
  wg_release(study->allocator, plans.tangents);
  wg_release(study->allocator, plans.ones);
  return status;
}

void wg_cost_study_free(wg_cost_study *study) {
  if (study->allocator) wg_release(study->allocator, study->lines);
  *study = (wg_cost_study){0};
}
