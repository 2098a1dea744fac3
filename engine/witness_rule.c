/* witness_rule.c: the dot-product test of one backward rule, with the operation by itself on a tape of its own. */
#include "witness_internal.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ATTRS_MAX = 32 };

/* The node under test, recorded again with leaves as its inputs. */
typedef struct trial {
  const wg_node *node;
  wg_allocator allocator;
  wg_tape *tape;
  wg_node **x;
  wg_node *y;
  const void *const *data;
  wg_plan *plan; /* of y */
  double tolerance;
  uint64_t state;
  double *at, *direction;                                  /* an input as it is moved, and how */
  double *value, *coarse, *fine, *uncertainty, *cotangent; /* one number for each element of y */
  bool *kink;
  bool out_of_memory;
} trial;

/* ---- The operation by itself ---- */

static bool node_again(trial *t) {
  const wg_node *node = t->node;
  wg_attr attrs[ATTRS_MAX + 1] = {{0}};
  int count = 0;
  for (; node->op->attrs && node->op->attrs[count].kind != WG_ATTR_END; count++) {
    if (count == ATTRS_MAX) return false;
    attrs[count] = node->attrs[count];
  }
  t->tape = wg_tape_new_with(&t->allocator);
  t->x = wg_allocate_zeroed(&t->allocator, (size_t)node->input_count, sizeof *t->x);
  if (!t->tape || !t->x) return false;
  for (int i = 0; i < node->input_count; i++)
    t->x[i] = wg_input(t->tape, NULL, node->inputs[i]->dtype, *node->inputs[i]->shape);
  t->y = wg_apply(node->op, node->input_count, t->x, attrs);
  return !wg_node_inert(t->y) && t->y->dtype == WG_F64;
}

static double *numbers(const trial *t, const wg_node *node) {
  return wg_allocate_zeroed(&t->allocator, (size_t)wg_node_size(node), sizeof(double));
}

static bool trial_new(trial *t) {
  if (!node_again(t)) return false;
  size_t n = (size_t)wg_node_size(t->y);
  t->value = numbers(t, t->y), t->coarse = numbers(t, t->y), t->fine = numbers(t, t->y);
  t->uncertainty = numbers(t, t->y), t->cotangent = numbers(t, t->y);
  t->kink = wg_allocate_zeroed(&t->allocator, n, sizeof *t->kink);
  t->plan = wg_plan_new(1, &t->y);
  if (!t->value || !t->coarse || !t->fine || !t->uncertainty || !t->cotangent || !t->kink) t->out_of_memory = true;
  return !t->out_of_memory && wg_plan_status(t->plan) == WG_OK;
}

static void trial_free(trial *t) {
  wg_plan_free(t->plan);
  double *const arrays[] = {t->value, t->coarse, t->fine, t->uncertainty, t->cotangent};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) wg_release(&t->allocator, arrays[i]);
  wg_release(&t->allocator, t->kink);
  wg_release(&t->allocator, t->x);
  wg_tape_free(t->tape);
}

static bool bind_all(const trial *t, wg_plan *plan, int moved) {
  wg_status status = wg_plan_status(plan);
  for (int i = 0; i < t->node->input_count && status == WG_OK; i++)
    status = wg_bind(plan, t->x[i], i == moved ? t->at : t->data[i]);
  return status == WG_OK;
}

/* ---- J·ẋ by differences ---- */

static const double *run_at(trial *t, int input, double h) {
  const double *from = t->data[input];
  size_t n = (size_t)wg_node_size(t->x[input]);
  for (size_t i = 0; i < n; i++) t->at[i] = from[i] + h * t->direction[i];
  return wg_run(t->plan) == WG_OK ? wg_data(t->plan, t->y) : NULL;
}

/* Central quotients over h into `slopes`, and the gap between the one-sided ones into `gaps`. */
static bool slopes_over(trial *t, int input, const double *base, double h, double *slopes, double *gaps) {
  size_t n = (size_t)wg_node_size(t->y);
  const double *y = run_at(t, input, h);
  for (size_t k = 0; y && k < n; k++) slopes[k] = y[k], gaps[k] = y[k] - base[k];
  y = y ? run_at(t, input, -h) : NULL;
  for (size_t k = 0; y && k < n; k++) {
    slopes[k] = (slopes[k] - y[k]) / (2 * h);
    gaps[k] = (gaps[k] - (base[k] - y[k])) / h;
  }
  return y != NULL;
}

static double largest(size_t n, const double *values) {
  double most = 0;
  for (size_t k = 0; k < n; k++)
    if (isfinite(values[k]) && fabs(values[k]) > most) most = fabs(values[k]);
  return most;
}

/* Steps relative to ∛ε, widest first: an element takes the one at which it is most certain. */
static const double steps[] = {8, 1, 1.0 / 16, 1.0 / 256};

/* Richardson's extrapolation from h and h/2 for every element of y, its uncertainty, and whether the slopes to both
 * sides differ by what does not fall with h. `work` has room for three times the elements of y. */
static bool quotients(trial *t, int input, double *work) {
  size_t n = (size_t)wg_node_size(t->y);
  double *base = work, *gap = work + n, *half_gap = work + 2 * n;
  const double *y = run_at(t, input, 0);
  if (!y) return false;
  if (n) memcpy(base, y, n * sizeof *base);
  const double noise = 4 * DBL_EPSILON * largest(n, base);
  for (size_t k = 0; k < n; k++) t->value[k] = NAN, t->uncertainty[k] = INFINITY, t->kink[k] = false;
  for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
    const double h = cbrt(DBL_EPSILON) * steps[s];
    if (!slopes_over(t, input, base, h, t->coarse, gap) || !slopes_over(t, input, base, h / 2, t->fine, half_gap))
      return false;
    const double scale = largest(n, t->fine);
    for (size_t k = 0; k < n; k++) {
      double value = (4 * t->fine[k] - t->coarse[k]) / 3;
      bool constant = t->fine[k] == 0 && t->coarse[k] == 0 && half_gap[k] == 0;
      double uncertainty = constant ? 0 : fabs(value - t->fine[k]) + 4 * noise / h;
      if (!(uncertainty < t->uncertainty[k])) continue;
      t->value[k] = value, t->uncertainty[k] = uncertainty;
      t->kink[k] = fabs(half_gap[k]) > 1e-3 * scale && fabs(half_gap[k]) > 0.75 * fabs(gap[k]) &&
                   fabs(half_gap[k]) > 64 * noise / h;
    }
  }
  return true;
}

/* ---- ⟨ȳ, J·ẋ⟩ and ⟨Jᵀ·ȳ, ẋ⟩ ---- */

/* Chooses ȳ: random, and 0 where the quotient cannot be trusted. Returns what the uncertainties amount to together. */
static double cotangent_choose(trial *t, wg_node_test *test, double *size) {
  size_t n = (size_t)wg_node_size(t->y);
  double uncertainty = 0, scale = largest(n, t->value);
  for (size_t k = 0; k < n; k++) {
    bool trusted = isfinite(t->value[k]) && !t->kink[k] && t->uncertainty[k] <= 0.1 * t->tolerance * scale;
    t->cotangent[k] = trusted ? wg_witness_random(&t->state) : 0;
    test->left_out += !trusted;
    if (!trusted) continue;
    test->forward += t->cotangent[k] * t->value[k];
    *size += fabs(t->cotangent[k] * t->value[k]);
    uncertainty += fabs(t->cotangent[k]) * t->uncertainty[k];
  }
  return uncertainty;
}

/* Runs the rule for ȳ. The result is NaN if it records nothing of the right kind or does not run. */
static void pull_back(trial *t, wg_node_test *test, double *size) {
  wg_node *dy = wg_input(t->tape, NULL, WG_F64, *t->y->shape);
  wg_node *dx = wg_node_inert(dy) ? NULL : t->y->op->vjp(t->y, dy, test->input), *x = t->x[test->input];
  test->reverse = NAN;
  if (wg_node_inert(dx) || dx->dtype != WG_F64 || !wg_shape_equal(dx->shape, x->shape)) return;
  wg_plan *plan = wg_plan_new(1, &dx);
  bool ran = bind_all(t, plan, -1) && wg_bind(plan, dy, t->cotangent) == WG_OK && wg_run(plan) == WG_OK;
  const double *values = ran ? wg_data(plan, dx) : NULL;
  if (values) test->reverse = 0;
  for (size_t i = 0; values && i < (size_t)wg_node_size(x); i++) {
    test->reverse += values[i] * t->direction[i];
    *size += fabs(values[i] * t->direction[i]);
  }
  t->out_of_memory = wg_plan_status(plan) == WG_ERROR_MEMORY;
  wg_plan_free(plan);
}

static wg_verdict judge(const trial *t, wg_node_test *test, double size, double uncertainty) {
  double gap = fabs(test->forward - test->reverse);
  test->error = gap == 0 ? 0 : gap / size;
  if (!isfinite(test->reverse)) {
    test->error = NAN;
    return test->left_out ? WG_UNRESOLVED : WG_FAIL; /* a rule may have no finite value where the function has none */
  }
  size_t n = (size_t)wg_node_size(t->y), kinks = 0;
  if (gap > t->tolerance * size + 2 * uncertainty) return WG_FAIL;
  for (size_t k = 0; k < n; k++) kinks += t->kink[k];
  return test->left_out < n || !n ? WG_PASS : kinks ? WG_KINK : WG_UNRESOLVED;
}

static void rule_try(trial *t, wg_node_test *test, double *work) {
  const double *from = t->data[test->input];
  size_t n = (size_t)wg_node_size(t->x[test->input]);
  for (size_t i = 0; i < n; i++) t->direction[i] = wg_witness_random(&t->state) * fmax(1, fabs(from[i]));
  if (!bind_all(t, t->plan, test->input) || !quotients(t, test->input, work)) return;
  double size = 0, size_back = 0, uncertainty = cotangent_choose(t, test, &size);
  pull_back(t, test, &size_back);
  test->verdict = judge(t, test, fmax(size, size_back), uncertainty);
}

/* Whether what is not ready lacks memory, and not merely numbers that differences could be taken of. */
static bool lacks_memory(const trial *t) {
  if (!t->tape || !t->x || wg_tape_status(t->tape) == WG_ERROR_MEMORY) return true;
  if (wg_node_inert(t->y) || t->y->dtype != WG_F64) return false;
  return t->out_of_memory || wg_plan_status(t->plan) == WG_ERROR_MEMORY;
}

wg_status wg_witness_rule_run(const wg_node *node, const bool *wanted, const void *const *data,
                              const wg_allocator *allocator, double tolerance, uint64_t seed, wg_node_test *tests,
                              size_t *count) {
  trial t = {.node = node, .allocator = *allocator, .data = data, .tolerance = tolerance, .state = seed};
  bool ready = trial_new(&t), memory = ready || !lacks_memory(&t);
  size_t room;
  double *work = NULL;
  if (ready && wg_size_multiply((size_t)wg_node_size(t.y), 3, &room)) work = wg_allocate(allocator, room, sizeof *work);
  for (int i = 0; i < node->input_count && memory; i++) {
    if (!wanted[i]) continue;
    wg_node_test *test = &tests[(*count)++];
    *test = (wg_node_test){.node = node, .input = i, .verdict = WG_UNRESOLVED};
    if (!ready || !work || node->inputs[i]->dtype != WG_F64) continue;
    t.at = numbers(&t, node->inputs[i]), t.direction = numbers(&t, node->inputs[i]);
    memory = t.at && t.direction;
    if (memory) rule_try(&t, test, work);
    wg_release(allocator, t.at);
    wg_release(allocator, t.direction);
    t.at = t.direction = NULL;
    memory = memory && !lacks_memory(&t);
  }
  if (ready && !work) memory = false;
  wg_release(allocator, work);
  trial_free(&t);
  return memory ? WG_OK : WG_ERROR_MEMORY;
}
