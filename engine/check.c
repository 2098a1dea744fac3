/* check.c: making a gradient check: what the caller gave, the plans, the elements to try, and the verdicts. */
#include "check_internal.h"
#include "grad.h"
#include "tape_internal.h"
#include "text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a check needs while it is made. */
typedef struct check_work {
  wg_check *check;
  wg_node *root;
  size_t count;
  wg_node *const *wrt;
  wg_node *const *grad;
  size_t binding_count;
  const wg_binding *bindings;
  wg_check_options options;
  wg_variable *variables; /* one for each wrt; two for the same node share their values */
  double *values;         /* memory of the variables */
  wg_plan *grad_plan;
  wg_probe probe;
} check_work;

static bool fail(check_work *work, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

static bool fail(check_work *work, wg_status status, const char *format, ...) {
  wg_check *check = work->check;
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(check->message, sizeof check->message, format, arguments);
  va_end(arguments);
  check->status = status;
  return false;
}

static bool fail_memory(check_work *work) { return fail(work, WG_ERROR_MEMORY, "gradient check: out of memory"); }

/* ---- What the caller gave ---- */

static bool options_resolve(check_work *work, const wg_check_options *options) {
  if (options) work->options = *options;
  wg_check_options *resolved = &work->options;
  if (resolved->step == 0) resolved->step = cbrt(DBL_EPSILON);
  if (resolved->tolerance == 0) resolved->tolerance = 1e-6;
  if (!(resolved->step > 0 && resolved->step <= 1))
    return fail(work, WG_ERROR_ARGUMENT, "gradient check: the step %g is not in (0, 1]", resolved->step);
  if (!(resolved->tolerance > 0 && isfinite(resolved->tolerance)))
    return fail(work, WG_ERROR_ARGUMENT, "gradient check: the tolerance %g is not positive", resolved->tolerance);
  return true;
}

/* Of a call that failed the tape knows more. */
static bool fail_inert(check_work *work, const wg_node *node, const char *what) {
  if (!node || wg_tape_status(node->tape) == WG_OK)
    return fail(work, WG_ERROR_ARGUMENT, "gradient check: %s is NULL or comes from a call that failed", what);
  return fail(work, wg_tape_status(node->tape), "%s", wg_tape_error(node->tape));
}

static bool node_valid(check_work *work, const wg_node *node, const char *what) {
  char text[WG_NODE_TEXT_SIZE];
  if (wg_node_inert(node)) return fail_inert(work, node, what);
  if (node->tape != work->root->tape)
    return fail(work, WG_ERROR_ARGUMENT, "gradient check: %s %s is of another tape than the root", what,
                wg_node_text(node, text));
  if (node->dtype != WG_F64)
    return fail(work, WG_ERROR_DTYPE,
                "gradient check: %s %s is %s, and differences need f64; record the same graph with WG_F64", what,
                wg_node_text(node, text), wg_dtype_text(node->dtype));
  return true;
}

static bool nodes_valid(check_work *work) {
  char text[WG_NODE_TEXT_SIZE];
  if ((work->count && !work->wrt) || (work->binding_count && !work->bindings))
    return fail(work, WG_ERROR_ARGUMENT, "gradient check: a list of nodes is NULL");
  if (!node_valid(work, work->root, "the root")) return false;
  if (wg_node_size(work->root) != 1)
    return fail(work, WG_ERROR_ARGUMENT, "gradient check: the root %s is not a scalar", wg_node_text(work->root, text));
  for (size_t k = 0; k < work->count; k++) {
    const wg_node *node = work->wrt[k];
    if (!node_valid(work, node, "the parameter")) return false;
    if (!wg_node_is_input(node) && !wg_node_is_param(node))
      return fail(work, WG_ERROR_ARGUMENT, "gradient check: %s is no input or parameter, so it cannot be moved",
                  wg_node_text(node, text));
  }
  return true;
}

static bool gradients_valid(check_work *work) {
  char of[WG_NODE_TEXT_SIZE], is[WG_NODE_TEXT_SIZE];
  if (work->count && !work->grad) return fail(work, WG_ERROR_ARGUMENT, "gradient check: a list of nodes is NULL");
  for (size_t k = 0; k < work->count; k++) {
    if (!node_valid(work, work->grad[k], "the gradient")) return false;
    if (!wg_shape_equal(work->grad[k]->shape, work->wrt[k]->shape))
      return fail(work, WG_ERROR_SHAPE, "gradient check: %s has the gradient %s of another shape",
                  wg_node_text(work->wrt[k], of), wg_node_text(work->grad[k], is));
  }
  return true;
}

/* ---- Variables ---- */

static const void *data_of(const check_work *work, const wg_node *node) {
  const void *data = NULL;
  for (size_t i = 0; i < work->binding_count; i++)
    if (work->bindings[i].node == node) data = work->bindings[i].data;
  return data;
}

/* The variable that moves work->wrt[k]: the first one of that node. */
static size_t variable_of(const check_work *work, size_t k) {
  size_t first = 0;
  while (work->wrt[first] != work->wrt[k]) first++;
  return first;
}

static bool variables_new(check_work *work) {
  const wg_allocator *allocator = &work->check->allocator;
  size_t total = 0;
  for (size_t k = 0; k < work->count; k++)
    if (!wg_size_add(total, (size_t)wg_node_size(work->wrt[k]), &total)) return fail_memory(work);
  work->variables = wg_allocate_zeroed(allocator, work->count, sizeof *work->variables);
  work->values = wg_allocate_zeroed(allocator, total, sizeof *work->values);
  if (!work->variables || !work->values) return fail_memory(work);

  double *values = work->values;
  for (size_t k = 0; k < work->count; k++) {
    wg_variable *variable = &work->variables[k];
    size_t first = variable_of(work, k);
    *variable = (wg_variable){.node = work->wrt[k],
                              .original = data_of(work, work->wrt[k]),
                              .values = first == k ? values : work->variables[first].values,
                              .count = (size_t)wg_node_size(work->wrt[k])};
    if (first != k) continue;
    if (variable->original && variable->count) memcpy(values, variable->original, variable->count * sizeof *values);
    values += variable->count;
  }
  return true;
}

/* ---- Plans ---- */

static bool plan_ready(check_work *work, wg_plan *plan) {
  wg_status status = wg_plan_status(plan);
  for (size_t i = 0; i < work->binding_count && status == WG_OK; i++)
    status = wg_bind(plan, work->bindings[i].node, work->bindings[i].data);
  for (size_t k = 0; k < work->count && status == WG_OK; k++)
    if (work->variables[k].original) status = wg_bind(plan, work->variables[k].node, work->variables[k].values);
  if (status == WG_OK) status = wg_run(plan);
  return status == WG_OK || fail(work, status, "%s", wg_plan_error(plan));
}

/* One plan for the value, run at every point, and one for the gradient, run once. */
static bool plans_new(check_work *work) {
  work->probe = (wg_probe){.plan = wg_plan_new(1, &work->root), .root = work->root};
  if (!plan_ready(work, work->probe.plan)) return false;
  work->probe.base = wg_probe_value(&work->probe);
  if (!work->count) return true;
  work->grad_plan = wg_plan_new(work->count, work->grad);
  return plan_ready(work, work->grad_plan);
}

/* ---- Entries ---- */

/* splitmix64 (Steele, Lea & Flood, 2014). */
static uint64_t random_next(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static size_t tried_of(const check_work *work, size_t k) {
  size_t count = work->variables[k].count, samples = work->options.samples;
  return samples && samples < count ? samples : count;
}

/* Chooses the elements of every parameter, in order and none twice: each is taken with the probability
 * (still wanted) / (still to come) (Knuth, The Art of Computer Programming, vol. 2, 3.4.2, algorithm S). */
static bool entries_new(check_work *work) {
  wg_check *check = work->check;
  size_t total = 0;
  for (size_t k = 0; k < work->count; k++)
    if (!wg_size_add(total, tried_of(work, k), &total)) return fail_memory(work);
  check->entries = wg_allocate_zeroed(&check->allocator, total, sizeof *check->entries);
  check->worst = wg_allocate_zeroed(&check->allocator, total, sizeof *check->worst);
  if (!check->entries || !check->worst) return fail_memory(work);

  uint64_t state = work->options.seed;
  for (size_t k = 0; k < work->count; k++) {
    size_t wanted = tried_of(work, k), count = work->variables[k].count;
    const double *reverse = wg_data(work->grad_plan, work->grad[k]);
    for (size_t i = 0; wanted; i++) {
      double chance = (double)(random_next(&state) >> 11) * 0x1p-53;
      if (chance * (double)(count - i) >= (double)wanted) continue;
      check->entries[check->count++] =
          (wg_check_entry){.node = work->wrt[k], .index = (int64_t)i, .reverse = reverse[i]};
      wanted--;
    }
  }
  return true;
}

/* The largest |derivative| of a parameter, by the reverse sweep. */
static double scale_of(const check_work *work, size_t k) {
  const double *reverse = wg_data(work->grad_plan, work->grad[k]);
  double scale = 0;
  for (size_t i = 0; i < work->variables[k].count; i++)
    if (isfinite(reverse[i]) && fabs(reverse[i]) > scale) scale = fabs(reverse[i]);
  return scale;
}

/* ---- Verdicts ---- */

static wg_verdict judge(wg_check_entry *entry, double uncertainty, double floor, double tolerance) {
  const double gap = fabs(entry->reverse - entry->difference);
  const double size = fmax(floor, fmax(fabs(entry->reverse), fabs(entry->difference)));
  entry->error = gap == 0 ? 0 : gap / size;
  if (!isfinite(entry->reverse) || !isfinite(entry->difference)) {
    entry->error = NAN;
    return WG_FAIL;
  }
  const double accepted = tolerance * size;
  if (fabs(entry->right - entry->left) > accepted + 8 * uncertainty) {
    double low = fmin(entry->left, entry->right), high = fmax(entry->left, entry->right);
    double slack = accepted + 2 * uncertainty;
    return entry->reverse >= low - slack && entry->reverse <= high + slack ? WG_KINK : WG_FAIL;
  }
  if (gap <= accepted) return WG_PASS;
  return gap > 2 * uncertainty ? WG_FAIL : WG_UNRESOLVED;
}

/* A derivative far below the parameter's largest is measured against 1/1000 of that one: its own size would be drowned
 * by the rounding errors of the others. */
#define FLOOR 1e-3

static bool entries_judge(check_work *work) {
  wg_check *check = work->check;
  const wg_check_options *options = &work->options;
  wg_check_entry *entry = check->entries;
  for (size_t k = 0; k < work->count; k++) {
    double floor = FLOOR * scale_of(work, k);
    for (size_t tried = tried_of(work, k); tried; tried--, entry++) {
      wg_quotient quotient = wg_quotient_of(&work->probe, &work->variables[k].values[entry->index], options->step,
                                            options->tolerance / 10, fmax(floor, fabs(entry->reverse)));
      if (work->probe.status != WG_OK) return fail(work, work->probe.status, "%s", wg_plan_error(work->probe.plan));
      entry->difference = quotient.value;
      entry->left = quotient.left;
      entry->right = quotient.right;
      entry->verdict = judge(entry, quotient.uncertainty, floor, options->tolerance);
    }
  }
  return true;
}

/* ---- Interface ---- */

static wg_check *check_new(const wg_node *root) {
  const wg_allocator *allocator = wg_tape_allocator(wg_node_tape(root));
  wg_check *check = wg_allocate_zeroed(allocator, 1, sizeof *check);
  if (check) check->allocator = *allocator;
  return check;
}

static void check_make(check_work *work) {
  if (!gradients_valid(work) || !variables_new(work) || !plans_new(work) || !entries_new(work)) return;
  wg_probe_measure_noise(&work->probe, work->count, work->variables, work->options.seed);
  if (entries_judge(work)) wg_check_sort(work->check);
}

static void work_free(check_work *work) {
  const wg_allocator *allocator = &work->check->allocator;
  wg_plan_free(work->probe.plan);
  wg_plan_free(work->grad_plan);
  wg_release(allocator, work->variables);
  wg_release(allocator, work->values);
  if (work->check->status != WG_OK) work->check->count = 0;
}

wg_check *wg_check_against(wg_node *root, size_t count, wg_node *const *wrt, wg_node *const *grad, size_t binding_count,
                           const wg_binding *bindings, const wg_check_options *options) {
  check_work work = {.check = check_new(root),
                     .root = root,
                     .count = count,
                     .wrt = wrt,
                     .grad = grad,
                     .binding_count = binding_count,
                     .bindings = bindings};
  if (!work.check) return NULL;
  if (options_resolve(&work, options) && nodes_valid(&work)) check_make(&work);
  work_free(&work);
  return work.check;
}

wg_check *wg_check_gradient(wg_node *root, size_t count, wg_node *const *wrt, size_t binding_count,
                            const wg_binding *bindings, const wg_check_options *options) {
  check_work work = {.check = check_new(root),
                     .root = root,
                     .count = count,
                     .wrt = wrt,
                     .binding_count = binding_count,
                     .bindings = bindings};
  if (!work.check) return NULL;
  const wg_allocator *allocator = &work.check->allocator;
  wg_node **grad = wg_allocate_zeroed(allocator, count, sizeof *grad);
  work.grad = grad;
  if (!grad)
    fail_memory(&work);
  else if (options_resolve(&work, options) && nodes_valid(&work)) {
    wg_status status = wg_grad(root, count, wrt, grad);
    if (status == WG_OK)
      check_make(&work);
    else
      fail(&work, status, "%s", wg_tape_error(root->tape));
  }
  work_free(&work);
  wg_release(allocator, grad);
  return work.check;
}
