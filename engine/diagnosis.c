/* diagnosis.c: signatures of mistakes, looked for from the simplest on. */
#include "diagnosis.h"
#include "grad.h"
#include "plan.h"
#include "tape_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* What the check knows of one parameter; NaN for elements that were not tried, or are at a kink. */
typedef struct evidence {
  const wg_node *param;
  size_t n;
  double *gradient, *right;
  double scale; /* the largest of both */
  bool failed, finite;
} evidence;

/* How far numbers may differ that are to be equal, relative to the parameter's largest: differences are not exact. */
#define SLACK 1e-5

static bool near(const evidence *e, double a, double b) { return fabs(a - b) <= SLACK * e->scale; }

static bool evidence_new(evidence *e, const wg_check *check, const wg_node *param) {
  const wg_allocator *allocator = wg_tape_allocator(param->tape);
  *e = (evidence){.param = param, .n = (size_t)wg_node_size(param), .finite = true};
  e->gradient = wg_allocate(allocator, e->n, sizeof *e->gradient);
  e->right = wg_allocate(allocator, e->n, sizeof *e->right);
  if (!e->gradient || !e->right) return false;
  for (size_t i = 0; i < e->n; i++) e->gradient[i] = e->right[i] = NAN;
  for (size_t i = 0; i < wg_check_count(check); i++) {
    const wg_check_entry *entry = wg_check_entry_at(check, i);
    if (entry->node != param || entry->verdict == WG_KINK || entry->verdict == WG_UNRESOLVED) continue;
    e->gradient[entry->index] = entry->reverse;
    e->right[entry->index] = entry->difference;
    if (isfinite(entry->difference)) e->scale = fmax(e->scale, fmax(fabs(entry->reverse), fabs(entry->difference)));
    e->failed = e->failed || entry->verdict == WG_FAIL;
    e->finite = e->finite && isfinite(entry->reverse);
  }
  return true;
}

static void evidence_free(evidence *e) {
  const wg_allocator *allocator = wg_tape_allocator(e->param->tape);
  wg_release(allocator, e->gradient);
  wg_release(allocator, e->right);
}

/* ---- A constant factor ---- */

/* gradient = factor·right everywhere, the factor by least squares. */
static bool has_factor(const evidence *e, double *factor) {
  double above = 0, below = 0;
  for (size_t i = 0; i < e->n; i++)
    if (!isnan(e->right[i])) above += e->gradient[i] * e->right[i], below += e->right[i] * e->right[i];
  *factor = above / below;
  if (!isfinite(*factor)) return false;
  for (size_t i = 0; i < e->n; i++)
    if (!isnan(e->right[i]) && !near(e, e->gradient[i], *factor * e->right[i])) return false;
  return true;
}

static bool is_about(double factor, double value) { return fabs(factor - value) <= SLACK * fabs(value); }

static bool is_count(double factor, int64_t count, wg_diagnosis *found) {
  if (count < 2 || !(is_about(factor, (double)count) || is_about(factor, 1 / (double)count))) return false;
  found->count = count;
  found->signature = factor > 1 ? WG_SIGNATURE_COUNT : WG_SIGNATURE_COUNT_TWICE;
  return true;
}

/* What a node divides by, or 0. */
static int64_t divisor_of(const wg_node *node) {
  double value;
  int64_t count = 0;
  if (wg_node_is_fill(node, &value, &count)) return count;
  for (int i = 0; node->op->flags & WG_OP_COUNT && node->op->attrs && node->op->attrs[i].kind != WG_ATTR_END; i++)
    if (node->attrs[i].kind == WG_ATTR_INTEGER) return node->attrs[i].integer;
  return 0;
}

static void factor_name(const wg_tape *tape, double factor, wg_diagnosis *found) {
  found->factor = factor;
  found->signature = is_about(factor, -1)  ? WG_SIGNATURE_SIGN
                     : is_about(factor, 2) ? WG_SIGNATURE_TWICE
                                           : WG_SIGNATURE_FACTOR;
  if (found->signature != WG_SIGNATURE_FACTOR) return;
  for (size_t id = 0; id < wg_tape_count(tape); id++)
    if (is_count(factor, divisor_of(wg_tape_node(tape, id)), found)) return;
  for (size_t id = 0; id < wg_tape_count(tape); id++) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int axis = 0; wg_node_is_input(node) && axis < node->shape->rank; axis++)
      if (is_count(factor, node->shape->size[axis], found)) return;
  }
}

/* ---- The right numbers in the wrong place ---- */

/* gradient, read row by row, is `right` read column by column. */
static bool is_transposed(const evidence *e) {
  const wg_shape *shape = e->param->shape;
  if (shape->rank != 2 || shape->size[0] < 2 || shape->size[1] < 2) return false;
  size_t rows = (size_t)shape->size[0], columns = (size_t)shape->size[1], compared = 0;
  for (size_t i = 0; i < e->n; i++) {
    size_t from = i % rows * columns + i / rows;
    if (isnan(e->gradient[i]) || isnan(e->right[from])) continue;
    if (!near(e, e->gradient[i], e->right[from])) return false;
    compared++;
  }
  return compared > 2;
}

/* The one row in which anything arrives, and rightly; −1 if there is none. */
static int64_t only_row(const evidence *e) {
  const wg_shape *shape = e->param->shape;
  if (shape->rank < 1 || shape->size[0] < 2) return -1;
  size_t length = e->n / (size_t)shape->size[0];
  int64_t row = -1;
  for (size_t i = 0; i < e->n; i++) {
    if (isnan(e->gradient[i]) || e->gradient[i] == 0) continue;
    if (row >= 0 && row != (int64_t)(i / length)) return -1;
    row = (int64_t)(i / length);
    if (!near(e, e->gradient[i], e->right[i])) return -1;
  }
  return row;
}

/* The row (or column, for step > 1) of `adjoint` that the gradient is; −1 if it is none of them. */
static int64_t sample_of(const evidence *e, const double *adjoint, size_t samples, bool columns) {
  for (size_t sample = 0; sample < samples; sample++) {
    bool same = true;
    for (size_t i = 0; same && i < e->n; i++)
      same =
          isnan(e->gradient[i]) || near(e, e->gradient[i], adjoint[columns ? i * samples + sample : sample * e->n + i]);
    if (same) return (int64_t)sample;
  }
  return -1;
}

/* Compares with the adjoint of a node that `param` is broadcast into. */
static int64_t sample_at(const evidence *e, wg_node *adjoint, size_t binding_count, const wg_binding *bindings) {
  wg_plan *plan = wg_plan_new(1, &adjoint);
  for (size_t i = 0; i < binding_count; i++) wg_bind(plan, bindings[i].node, bindings[i].data);
  int64_t sample = -1;
  if (wg_run(plan) == WG_OK) {
    size_t samples = (size_t)wg_node_size(adjoint) / e->n;
    sample = sample_of(e, wg_data(plan, adjoint), samples, false);
    if (sample < 0) sample = sample_of(e, wg_data(plan, adjoint), samples, true);
  }
  wg_plan_free(plan);
  return sample;
}

static int64_t only_sample(const evidence *e, wg_node *root, size_t binding_count, const wg_binding *bindings) {
  for (size_t id = e->param->id + 1; e->n && !wg_node_inert(root) && id <= root->id; id++) {
    wg_node *node = wg_tape_node(root->tape, id), *adjoint = NULL;
    for (int i = 0; i < node->input_count && !adjoint; i++)
      if (node->inputs[i] == e->param) adjoint = wg_adjoint(root, node);
    if (!adjoint || adjoint->dtype != WG_F64) continue;
    size_t size = (size_t)wg_node_size(adjoint);
    int64_t sample = size > e->n && size % e->n == 0 ? sample_at(e, adjoint, binding_count, bindings) : -1;
    if (sample >= 0) return sample;
  }
  return -1;
}

/* ---- The diagnosis ---- */

static void signature_find(const evidence *e, wg_diagnosis *found, wg_node *root, size_t binding_count,
                           const wg_binding *bindings) {
  double factor;
  found->signature = e->finite ? WG_SIGNATURE_UNKNOWN : WG_SIGNATURE_NOT_FINITE;
  if (!e->finite) return;
  if (has_factor(e, &factor)) {
    if (fabs(factor) <= SLACK)
      found->signature = WG_SIGNATURE_ZERO;
    else
      factor_name(e->param->tape, factor, found);
  } else if (is_transposed(e)) {
    found->signature = WG_SIGNATURE_TRANSPOSED;
  } else if ((found->row = only_row(e)) >= 0) {
    found->signature = WG_SIGNATURE_ONE_ROW;
  }
  /* the factor of a single number says nothing by itself */
  if (found->signature != WG_SIGNATURE_UNKNOWN && (found->signature != WG_SIGNATURE_FACTOR || e->n > 1)) return;
  found->row = only_sample(e, root, binding_count, bindings);
  if (found->row >= 0) found->signature = WG_SIGNATURE_ONE_SAMPLE;
}

wg_diagnosis wg_diagnose(const wg_check *check, const wg_node *param, wg_node *root, size_t binding_count,
                         const wg_binding *bindings) {
  wg_diagnosis found = {.param = param};
  evidence e;
  if (wg_node_inert(param) || wg_check_status(check) != WG_OK) return found;
  bool known = evidence_new(&e, check, param);
  if (known && e.failed) signature_find(&e, &found, root, binding_count, bindings);
  evidence_free(&e);
  return found;
}

void wg_diagnosis_text(const wg_diagnosis *diagnosis, char *text, size_t size) {
  char name[WG_NODE_TEXT_SIZE];
  if (!size) return;
  *text = 0;
  if (wg_node_inert(diagnosis->param)) return;
  if (diagnosis->param->name)
    snprintf(name, sizeof name, "∂%.80s", diagnosis->param->name);
  else
    snprintf(name, sizeof name, "∂v%zu", diagnosis->param->id);
  switch (diagnosis->signature) {
  case WG_SIGNATURE_NONE:
    break;
  case WG_SIGNATURE_ZERO:
    snprintf(text, size, "%s is zero: the sweep is cut off before it", name);
    break;
  case WG_SIGNATURE_SIGN:
    snprintf(text, size, "%s has the wrong sign: it is −1 times what it should be", name);
    break;
  case WG_SIGNATURE_TWICE:
    snprintf(text, size, "%s is 2 times what it should be: a contribution is counted twice", name);
    break;
  case WG_SIGNATURE_COUNT:
    snprintf(text, size, "%s is %" PRId64 " times what it should be: a factor 1/m is missing, m = %" PRId64, name,
             diagnosis->count, diagnosis->count);
    break;
  case WG_SIGNATURE_COUNT_TWICE:
    snprintf(text, size, "%s is 1/%" PRId64 " of what it should be: a factor 1/m is applied twice, m = %" PRId64, name,
             diagnosis->count, diagnosis->count);
    break;
  case WG_SIGNATURE_FACTOR:
    snprintf(text, size, "%s is %.6g times what it should be, in every element", name, diagnosis->factor);
    break;
  case WG_SIGNATURE_TRANSPOSED:
    snprintf(text, size, "%s is transposed", name);
    break;
  case WG_SIGNATURE_ONE_ROW:
    snprintf(text, size, "%s is right in row %" PRId64 " and zero in all others", name, diagnosis->row);
    break;
  case WG_SIGNATURE_ONE_SAMPLE:
    snprintf(text, size, "%s is what sample %" PRId64 " alone sends: a broadcast is not summed", name, diagnosis->row);
    break;
  case WG_SIGNATURE_NOT_FINITE:
    snprintf(text, size, "%s has elements that are no finite numbers", name);
    break;
  case WG_SIGNATURE_UNKNOWN:
    snprintf(text, size, "%s is wrong, with no signature known here", name);
    break;
  }
}
