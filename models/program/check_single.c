/* Gradients in f32 against the same gradients in f64. Differences in f32 would show three digits; the sweep in f64, which
 * differences in f64 have confirmed, shows them all. */
#include "../../engine/check_internal.h"
#include "../../engine/memory.h"
#include "checking.h"
#include <math.h>
#include <stdlib.h>

/* Derivatives far below the parameter's largest carry the rounding of the largest, in f32 sooner than in f64. */
#define FLOOR 1e-2

static void round_to_single(double *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) values[i] = (double)(float)values[i];
}

/* The point rounded to f32, so that both nets stand at the same one. */
static void point_round(checking *c) {
  if (wg_node_dtype(c->net->X) == WG_F64) round_to_single(c->point.x, wg_node_size(c->net->X));
  if (wg_node_dtype(c->net->Y) == WG_F64) round_to_single(c->point.y, wg_node_size(c->net->Y));
  for (size_t k = 0; k < c->net->param_count; k++)
    round_to_single(c->point.weights->data[k], wg_node_size(c->net->params[k]));
}

static wg_status bind_single(wg_plan *plan, const wg_node *leaf, const wg_binding *wide, float **memory) {
  int64_t count = wg_node_size(leaf);
  if (wg_node_dtype(leaf) != WG_F32) return wg_bind(plan, leaf, wide->data);
  *memory = wg_allocate(&wg_allocator_default, (size_t)count, sizeof **memory);
  for (int64_t i = 0; *memory && i < count; i++) (*memory)[i] = (float)((const double *)wide->data)[i];
  return *memory ? wg_bind(plan, leaf, *memory) : WG_ERROR_MEMORY;
}

static wg_status run_single(const checking *c, const wg_net *single, wg_plan *plan, float **memory) {
  wg_status status = wg_plan_status(plan);
  for (size_t i = 0; i < c->point.count && status == WG_OK; i++) {
    bool is_param = i >= 2 && i < single->param_count + 2;
    const wg_node *leaf = i == 0 ? single->X : i == 1 ? single->Y : is_param ? single->params[i - 2] : single->seed;
    status = bind_single(plan, leaf, &c->point.bindings[i], &memory[i]);
  }
  return status == WG_OK ? wg_run(plan) : status;
}

static wg_status run_wide(const checking *c, wg_plan *plan) {
  wg_status status = wg_plan_status(plan);
  for (size_t i = 0; i < c->point.count && status == WG_OK; i++)
    status = wg_bind(plan, c->point.bindings[i].node, c->point.bindings[i].data);
  return status == WG_OK ? wg_run(plan) : status;
}

static void entries_fill(wg_check *check, const wg_node *param, const float *single, const double *wide,
                         double tolerance) {
  int64_t count = wg_node_size(param);
  double scale = 0;
  for (int64_t i = 0; i < count; i++) scale = fmax(scale, fabs(wide[i]));
  for (int64_t i = 0; i < count; i++) {
    double gap = fabs((double)single[i] - wide[i]), size = fmax(fabs(wide[i]), FLOOR * scale);
    double error = gap == 0 ? 0 : gap / size;
    check->entries[check->count++] = (wg_check_entry){.node = param,
                                                      .index = i,
                                                      .reverse = (double)single[i],
                                                      .difference = wide[i],
                                                      .left = NAN,
                                                      .right = NAN,
                                                      .error = error,
                                                      .verdict = error <= tolerance ? WG_PASS : WG_FAIL};
  }
}

static wg_check *check_of(const checking *c, const wg_plan *single, wg_node *const *grad32, const wg_plan *wide,
                          double tolerance) {
  size_t total = (size_t)wg_net_param_elements(c->net);
  wg_check *check = wg_allocate_zeroed(&wg_allocator_default, 1, sizeof *check);
  if (!check) return NULL;
  check->allocator = wg_allocator_default;
  check->entries = wg_allocate_zeroed(&wg_allocator_default, total, sizeof *check->entries);
  check->worst = wg_allocate_zeroed(&wg_allocator_default, total, sizeof *check->worst);
  if (!check->entries || !check->worst) {
    wg_check_free(check);
    return NULL;
  }
  for (size_t k = 0; k < c->net->param_count; k++)
    entries_fill(check, c->net->params[k], wg_data(single, grad32[k]), wg_data(wide, c->grad[k]), tolerance);
  wg_check_sort(check);
  return check;
}

/* Records the gradient of the net in f32, runs both and compares. */
static int compare(const terminal *t, checking *c, const check_settings *settings, const wg_net *single,
                   wg_node **grad32, float **memory) {
  wg_node *root = check_root(single, settings->order, settings->library.seed);
  wg_status status = wg_grad(root, single->param_count, single->params, grad32);
  if (status != WG_OK) return failure(t, status, wg_tape_error(single->tape));
  int code = settings->spoil ? gradient_spoil(t, single, root, settings, grad32) : EXIT_GOOD;
  if (code != EXIT_GOOD) return code;
  wg_plan *plan = wg_plan_new(single->param_count, grad32), *wide = wg_plan_new(c->net->param_count, c->grad);
  status = run_single(c, single, plan, memory);
  if (status != WG_OK) code = failure(t, status, wg_plan_error(plan));
  status = code == EXIT_GOOD ? run_wide(c, wide) : WG_OK;
  if (status != WG_OK) code = failure(t, status, wg_plan_error(wide));
  if (code == EXIT_GOOD) {
    c->check = check_of(c, plan, grad32, wide, settings->library.tolerance);
    if (!c->check) code = failure(t, WG_ERROR_MEMORY, NULL);
  }
  wg_plan_free(plan);
  wg_plan_free(wide);
  return code;
}

int check_single(const terminal *t, checking *c, const check_settings *settings) {
  wg_net_spec spec = c->net->spec;
  wg_net *single = NULL;
  spec.dtype = WG_F32;
  int code = net_record(t, &spec, &single);
  float **memory = wg_allocate_zeroed(&wg_allocator_default, c->point.count, sizeof *memory);
  wg_node **grad32 = wg_allocate_zeroed(&wg_allocator_default, c->net->param_count, sizeof *grad32);
  if (code == EXIT_GOOD && (!memory || !grad32)) code = failure(t, WG_ERROR_MEMORY, NULL);
  if (code == EXIT_GOOD) {
    point_round(c);
    code = compare(t, c, settings, single, grad32, memory);
  }
  for (size_t i = 0; memory && i < c->point.count; i++) free(memory[i]);
  free(memory);
  free(grad32);
  wg_net_free(single);
  return code;
}
