/* witness.c: making a witness: what the caller gave, the direction, the forward mode; and what came out. */
#include "derivative.h"
#include "text.h"
#include "witness_internal.h"

#include <math.h>
#include <string.h>

typedef struct work {
  wg_witness *witness;
  wg_node *root;
  size_t count;
  wg_node *const *wrt;
  wg_node **grad, **tangents; /* grad is a copy of the caller's, or those of wg_grad */
  size_t binding_count;
  const wg_binding *bindings;
  wg_witness_options options;
  wg_variable *variables;
  double **directions;
  double *numbers; /* memory of both: values, then directions */
} work;

bool wg_witness_fail(wg_witness *witness, wg_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(witness->message, sizeof witness->message, format, arguments);
  va_end(arguments);
  witness->status = status;
  return false;
}

bool wg_witness_fail_memory(wg_witness *witness) {
  return wg_witness_fail(witness, WG_ERROR_MEMORY, "gradient witnesses: out of memory");
}

/* splitmix64 (Steele, Lea & Flood, 2014): 53 bits for the size, one for the sign. */
double wg_witness_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  z ^= z >> 31;
  double size = 0.5 + 0.5 * (double)(z >> 11) * 0x1p-53;
  return z & 1 ? size : -size;
}

/* ---- What the caller gave ---- */

static bool node_valid(const work *w, const wg_node *node, const char *what) {
  char text[WG_NODE_TEXT_SIZE];
  if (wg_node_inert(node) && node && wg_tape_status(node->tape) != WG_OK)
    return wg_witness_fail(w->witness, wg_tape_status(node->tape), "%s", wg_tape_error(node->tape));
  if (wg_node_inert(node))
    return wg_witness_fail(w->witness, WG_ERROR_ARGUMENT,
                           "gradient witnesses: %s is NULL or comes from a call that failed", what);
  if (node->tape != w->root->tape)
    return wg_witness_fail(w->witness, WG_ERROR_ARGUMENT, "gradient witnesses: %s %s is of another tape than the root",
                           what, wg_node_text(node, text));
  if (node->dtype != WG_F64)
    return wg_witness_fail(
        w->witness, WG_ERROR_DTYPE,
        "gradient witnesses: %s %s is %s, and differences need f64; record the same graph with WG_F64", what,
        wg_node_text(node, text), wg_dtype_text(node->dtype));
  return true;
}

static bool arguments_valid(const work *w, wg_node *const *grad) {
  char text[WG_NODE_TEXT_SIZE], other[WG_NODE_TEXT_SIZE];
  if (!(w->options.tolerance > 0 && isfinite(w->options.tolerance)))
    return wg_witness_fail(w->witness, WG_ERROR_ARGUMENT, "gradient witnesses: the tolerance %g is not positive",
                           w->options.tolerance);
  if ((w->count && !w->wrt) || (w->binding_count && !w->bindings))
    return wg_witness_fail(w->witness, WG_ERROR_ARGUMENT, "gradient witnesses: a list of nodes is NULL");
  if (!node_valid(w, w->root, "the root")) return false;
  if (wg_node_size(w->root) != 1)
    return wg_witness_fail(w->witness, WG_ERROR_ARGUMENT, "gradient witnesses: the root %s is not a scalar",
                           wg_node_text(w->root, text));
  for (size_t k = 0; k < w->count; k++) {
    if (!node_valid(w, w->wrt[k], "the parameter") || (grad && !node_valid(w, grad[k], "the gradient"))) return false;
    if (!wg_node_is_input(w->wrt[k]) && !wg_node_is_param(w->wrt[k]))
      return wg_witness_fail(w->witness, WG_ERROR_ARGUMENT,
                             "gradient witnesses: %s is no input or parameter, so it cannot be moved",
                             wg_node_text(w->wrt[k], text));
    if (grad && !wg_shape_equal(grad[k]->shape, w->wrt[k]->shape))
      return wg_witness_fail(w->witness, WG_ERROR_SHAPE, "gradient witnesses: %s has the gradient %s of another shape",
                             wg_node_text(w->wrt[k], text), wg_node_text(grad[k], other));
  }
  return true;
}

static bool gradients_ready(work *w, wg_node *const *grad) {
  const wg_allocator *allocator = &w->witness->allocator;
  w->grad = wg_allocate_zeroed(allocator, w->count, sizeof *w->grad);
  w->tangents = wg_allocate_zeroed(allocator, w->count, sizeof *w->tangents);
  if (!w->grad || !w->tangents) return wg_witness_fail_memory(w->witness);
  if (grad && w->count) memcpy(w->grad, grad, w->count * sizeof *grad);
  wg_status status = grad ? WG_OK : wg_grad(w->root, w->count, w->wrt, w->grad);
  return status == WG_OK || wg_witness_fail(w->witness, status, "%s", wg_tape_error(w->root->tape));
}

/* ---- The point and the direction ---- */

static const double *data_of(const work *w, const wg_node *node) {
  for (size_t i = w->binding_count; i-- > 0;)
    if (w->bindings[i].node == node) return w->bindings[i].data;
  return NULL;
}

/* ẋ_i is of the size of x_i, or of 1 where that is less, so that a step h means the same for every element. */
static bool variables_ready(work *w) {
  const wg_allocator *allocator = &w->witness->allocator;
  size_t total = 0, bytes_twice;
  for (size_t k = 0; k < w->count; k++)
    if (!wg_size_add(total, (size_t)wg_node_size(w->wrt[k]), &total)) return wg_witness_fail_memory(w->witness);
  if (!wg_size_multiply(total, 2, &bytes_twice)) return wg_witness_fail_memory(w->witness);
  w->variables = wg_allocate_zeroed(allocator, w->count, sizeof *w->variables);
  w->directions = wg_allocate_zeroed(allocator, w->count, sizeof *w->directions);
  w->numbers = wg_allocate_zeroed(allocator, bytes_twice, sizeof *w->numbers);
  if (!w->variables || !w->directions || !w->numbers) return wg_witness_fail_memory(w->witness);
  double *numbers = w->numbers;
  uint64_t state = w->options.seed;
  for (size_t k = 0; k < w->count; k++) {
    size_t n = (size_t)wg_node_size(w->wrt[k]);
    wg_variable *variable = &w->variables[k];
    *variable = (wg_variable){.node = w->wrt[k], .original = data_of(w, w->wrt[k]), .values = numbers, .count = n};
    w->directions[k] = numbers + total;
    if (variable->original && n) memcpy(numbers, variable->original, n * sizeof *numbers);
    for (size_t i = 0; i < n; i++) w->directions[k][i] = wg_witness_random(&state) * fmax(1, fabs(numbers[i]));
    numbers += n;
  }
  return true;
}

static bool plan_ready(const work *w, wg_plan *plan) {
  wg_status status = wg_plan_status(plan);
  for (size_t i = 0; i < w->binding_count && status == WG_OK; i++)
    status = wg_bind(plan, w->bindings[i].node, w->bindings[i].data);
  for (size_t k = 0; k < w->count && status == WG_OK; k++) {
    if (w->variables[k].original) status = wg_bind(plan, w->variables[k].node, w->variables[k].values);
    if (status == WG_OK && w->tangents[k]) status = wg_bind(plan, w->tangents[k], w->directions[k]);
  }
  if (status == WG_OK) status = wg_run(plan);
  return status == WG_OK || wg_witness_fail(w->witness, status, "%s", wg_plan_error(plan));
}

/* ---- Forward mode ---- */

/* ⟨∇, ẋ⟩, and Σ|∇_i·ẋ_i| in *size. */
static bool reverse_run(const work *w, double *slope, double *size) {
  wg_plan *plan = w->count ? wg_plan_new(w->count, w->grad) : NULL;
  bool good = !w->count || plan_ready(w, plan);
  *slope = *size = 0;
  for (size_t k = 0; good && k < w->count; k++) {
    const double *values = wg_data(plan, w->grad[k]);
    for (size_t i = 0; i < w->variables[k].count; i++) {
      *slope += values[i] * w->directions[k][i];
      *size += fabs(values[i] * w->directions[k][i]);
    }
  }
  wg_plan_free(plan);
  return good;
}

static bool forward_run(const work *w, double *slope) {
  wg_node *result;
  for (size_t k = 0; k < w->count; k++) w->tangents[k] = wg_input(w->root->tape, NULL, WG_F64, *w->wrt[k]->shape);
  wg_status status = w->count ? wg_jvp(1, &w->root, w->count, w->wrt, w->tangents, &result) : WG_OK;
  *slope = 0;
  if (status != WG_OK) return wg_witness_fail(w->witness, status, "%s", wg_tape_error(w->root->tape));
  if (!w->count) return true;
  wg_plan *plan = wg_plan_new(1, &result);
  bool good = plan_ready(w, plan);
  if (good) *slope = *(const double *)wg_data(plan, result);
  wg_plan_free(plan);
  return good;
}

/* Both directions of the chain rule round; below this a tolerance asks for nothing but luck. */
#define ROUNDING 1e-12

static void forward_judge(wg_forward_test *test, double size, double tolerance) {
  double gap = fabs(test->forward - test->reverse), scale = fmax(size, fabs(test->forward));
  test->error = gap == 0 ? 0 : gap / scale;
  bool finite = isfinite(test->forward) && isfinite(test->reverse);
  if (!finite) test->error = NAN;
  test->verdict = finite && gap <= fmax(tolerance, ROUNDING) * scale ? WG_PASS : WG_FAIL;
}

/* ---- All three ---- */

static bool taylor_run(const work *w, double slope, double size) {
  wg_probe probe = {.plan = wg_plan_new(1, &w->root), .root = w->root};
  bool good = plan_ready(w, probe.plan);
  if (good) {
    probe.base = wg_probe_value(&probe);
    wg_probe_measure_noise(&probe, w->count, w->variables, w->options.seed);
    wg_witness_taylor_run(&w->witness->taylor, &probe, w->count, w->variables, w->directions, slope,
                          w->options.tolerance * size);
    if (probe.status != WG_OK) good = wg_witness_fail(w->witness, probe.status, "%s", wg_plan_error(probe.plan));
  }
  wg_plan_free(probe.plan);
  return good;
}

static bool witness_make(work *w, wg_node *const *grad) {
  wg_forward_test *forward = &w->witness->forward;
  double size;
  if (!arguments_valid(w, grad) || !gradients_ready(w, grad) || !variables_ready(w)) return false;
  if (!reverse_run(w, &forward->reverse, &size) || !taylor_run(w, forward->reverse, size)) return false;
  if (!forward_run(w, &forward->forward)) return false;
  forward_judge(forward, size, w->options.tolerance);
  return wg_witness_nodes_run(w->witness, w->root, w->count, w->wrt, w->binding_count, w->bindings, &w->options);
}

wg_witness *wg_witness_new(wg_node *root, size_t count, wg_node *const *wrt, wg_node *const *grad, size_t binding_count,
                           const wg_binding *bindings, const wg_witness_options *options) {
  const wg_allocator *allocator = wg_tape_allocator(wg_node_tape(root));
  wg_witness *witness = wg_allocate_zeroed(allocator, 1, sizeof *witness);
  if (!witness) return NULL;
  witness->allocator = *allocator;
  work w = {.witness = witness,
            .root = root,
            .count = count,
            .wrt = wrt,
            .binding_count = binding_count,
            .bindings = bindings,
            .options = options ? *options : (wg_witness_options){0}};
  if (w.options.tolerance == 0) w.options.tolerance = 1e-6;
  if (!witness_make(&w, grad)) witness->node_count = 0;
  wg_release(allocator, w.grad);
  wg_release(allocator, w.tangents);
  wg_release(allocator, w.variables);
  wg_release(allocator, w.directions);
  wg_release(allocator, w.numbers);
  return witness;
}

/* ---- What came out ---- */

void wg_witness_free(wg_witness *witness) {
  if (!witness) return;
  const wg_allocator allocator = witness->allocator;
  wg_release(&allocator, witness->nodes);
  wg_release(&allocator, witness);
}

wg_status wg_witness_status(const wg_witness *witness) { return witness ? witness->status : WG_ERROR_MEMORY; }

const char *wg_witness_error(const wg_witness *witness) {
  return witness ? witness->message : "gradient witnesses: out of memory";
}

wg_verdict wg_witness_verdict(const wg_witness *witness) {
  bool wrong = wg_witness_status(witness) != WG_OK || witness->forward.verdict == WG_FAIL ||
               witness->taylor.verdict == WG_FAIL || wg_witness_first_wrong(witness);
  return wrong ? WG_FAIL : WG_PASS;
}

const wg_forward_test *wg_witness_forward(const wg_witness *witness) {
  return wg_witness_status(witness) == WG_OK ? &witness->forward : NULL;
}

const wg_taylor_test *wg_witness_taylor(const wg_witness *witness) {
  return wg_witness_status(witness) == WG_OK ? &witness->taylor : NULL;
}

size_t wg_witness_node_count(const wg_witness *witness) { return witness ? witness->node_count : 0; }

const wg_node_test *wg_witness_node_at(const wg_witness *witness, size_t i) {
  return i < wg_witness_node_count(witness) ? &witness->nodes[i] : NULL;
}

const wg_node_test *wg_witness_first_wrong(const wg_witness *witness) {
  for (size_t i = 0; i < wg_witness_node_count(witness); i++)
    if (witness->nodes[i].verdict == WG_FAIL) return &witness->nodes[i];
  return NULL;
}
