/* optimizer_lbfgs.c: L-BFGS (Nocedal and Wright, Numerical Optimization, 2006, algorithms 7.4 and 7.5; limits and
 * tolerances as in torch.optim.LBFGS). All weights together are one vector w of n elements, in f64.
 *
 * From the last changes s = Δw and y = Δg it goes along d = −H·g, where H approximates the inverse of the second
 * derivatives: H begins as (sᵀy/yᵀy)·I and takes in one pair after the other,
 *
 *     H ← (I − ρ·s·yᵀ)·H·(I − ρ·y·sᵀ) + ρ·s·sᵀ      ρ = 1/(yᵀs) */
#include "optimizer_internal.h"

#include "../engine/memory.h"

#include <math.h>
#include <string.h>

struct wg_lbfgs {
  size_t n;
  /* the state */
  int64_t iterations, evaluations, pairs; /* pairs (s,y) that are there */
  int64_t oldest;                         /* where in the history the first of them is */
  double length, scale;                   /* the last τ; sᵀy/yᵀy */
  double *direction, *gradient;           /* d and g of the last iteration */
  double *s, *y, *rho;                    /* (history,n), (history,n), (history) */
  /* only within a step */
  double *start;      /* w where the iteration began */
  double *search[3];  /* gradients of a line search */
  double *now, *part; /* g at w, and the coefficients of the recursion, (history) */
};

wg_lbfgs *wg_lbfgs_new(const wg_optimizer *optimizer) {
  const wg_allocator *allocator = &optimizer->allocator;
  size_t history = (size_t)optimizer->options.history, n = 0, all;
  for (size_t k = 0; k < optimizer->weights->count; k++)
    if (!wg_size_add(n, (size_t)optimizer->weights->size[k], &n)) return NULL;
  if (!wg_size_multiply(n, history, &all)) return NULL;
  wg_lbfgs *l = wg_allocate_zeroed(allocator, 1, sizeof *l);
  if (!l) return NULL;
  l->n = n;
  l->scale = 1;
  l->direction = wg_allocate_zeroed(allocator, n, sizeof(double));
  l->gradient = wg_allocate_zeroed(allocator, n, sizeof(double));
  l->s = wg_allocate_zeroed(allocator, all, sizeof(double));
  l->y = wg_allocate_zeroed(allocator, all, sizeof(double));
  l->rho = wg_allocate_zeroed(allocator, history, sizeof(double));
  l->start = wg_allocate(allocator, n, sizeof(double));
  for (int i = 0; i < 3; i++) l->search[i] = wg_allocate(allocator, n, sizeof(double));
  l->now = wg_allocate(allocator, n, sizeof(double));
  l->part = wg_allocate(allocator, history, sizeof(double));
  if (l->direction && l->gradient && l->s && l->y && l->rho && l->start && l->search[0] && l->search[1] &&
      l->search[2] && l->now && l->part)
    return l;
  wg_lbfgs_free(l, allocator);
  return NULL;
}

void wg_lbfgs_free(wg_lbfgs *l, const wg_allocator *allocator) {
  if (!l) return;
  wg_release(allocator, l->direction);
  wg_release(allocator, l->gradient);
  wg_release(allocator, l->s);
  wg_release(allocator, l->y);
  wg_release(allocator, l->rho);
  wg_release(allocator, l->start);
  for (int i = 0; i < 3; i++) wg_release(allocator, l->search[i]);
  wg_release(allocator, l->now);
  wg_release(allocator, l->part);
  wg_release(allocator, l);
}

/* ---- Vectors ---- */

/* aᵀb, as 8 interleaved sums, in an order that depends on n alone. */
static double dot(size_t n, const double *a, const double *b) {
  double lane[8] = {0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (size_t j = 0; j < 8; j++) lane[j] += a[i + j] * b[i + j];
  for (size_t j = 0; i + j < n; j++) lane[j] += a[i + j] * b[i + j];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

/* b ← b + factor·a */
static void add(size_t n, double factor, const double *a, double *b) {
  for (size_t i = 0; i < n; i++) b[i] += factor * a[i];
}

/* The largest |element|; NaN if one is, which largest − largest then stays. */
static double reach(size_t n, const double *a) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) largest = fabs(a[i]) <= largest ? largest : fabs(a[i]) + (largest - largest);
  return largest;
}

static double element(wg_dtype dtype, const void *data, int64_t i) {
  return dtype == WG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static void gather_weights(const wg_weights *weights, double *to) {
  for (size_t k = 0; k < weights->count; k++)
    for (int64_t i = 0; i < weights->size[k]; i++) *to++ = element(weights->dtype, weights->data[k], i);
}

/* w ← from + τ·d */
static void set_weights(const wg_weights *weights, const double *from, double length, const double *direction) {
  for (size_t k = 0; k < weights->count; k++)
    for (int64_t i = 0; i < weights->size[k]; i++) {
      double w = *from++ + length * *direction++;
      if (weights->dtype == WG_F32)
        ((float *)weights->data[k])[i] = (float)w;
      else
        ((double *)weights->data[k])[i] = w;
    }
}

/* ---- The function to be minimized ---- */

typedef struct job {
  wg_optimizer *optimizer;
  const wg_evaluator *evaluator;
  wg_error *error;
  wg_status status;
  int64_t evaluations; /* in this step */
} job;

/* J + λ/2·|w|² and its gradient, 0 for what does not move. */
static bool evaluate(job *j, double *loss, double *gradient) {
  const wg_optimizer *o = j->optimizer;
  const wg_weights *weights = o->weights;
  const void *const *gradients;
  j->status = j->evaluator->evaluate(j->evaluator->context, loss, &gradients, j->error);
  if (j->status != WG_OK) return false;
  j->evaluations++;
  o->lbfgs->evaluations++;
  for (size_t k = 0; k < weights->count; k++) {
    bool moves = gradients[k] && o->rate_factor[k] != 0;
    double squares = 0;
    for (int64_t i = 0; i < weights->size[k]; i++) {
      double w = element(weights->dtype, weights->data[k], i);
      *gradient++ = moves ? element(weights->dtype, gradients[k], i) + o->decay[k] * w : 0;
      squares += w * w;
    }
    if (moves && o->decay[k] > 0) *loss += o->decay[k] / 2 * squares;
  }
  return true;
}

static bool look(void *context, wg_line_point *point) {
  job *j = context;
  const wg_lbfgs *l = j->optimizer->lbfgs;
  set_weights(j->optimizer->weights, l->start, point->at, l->direction);
  if (!evaluate(j, &point->loss, point->gradient)) return false;
  point->slope = dot(l->n, point->gradient, l->direction);
  return true;
}

/* ---- The direction ---- */

/* Takes in how w and g changed in the last iteration, if the function is convex along that. */
static void remember(wg_lbfgs *l, int64_t history) {
  int64_t slot = (l->oldest + l->pairs) % history;
  bool full = l->pairs == history;
  const double least = 1e-10;
  double ys = 0, yy = 0;
  /* the scratch of the line search holds the pair until it is known to be one */
  double *s = l->search[0], *y = l->search[1];
  for (size_t i = 0; i < l->n; i++) {
    s[i] = l->length * l->direction[i];
    y[i] = l->now[i] - l->gradient[i];
  }
  ys = dot(l->n, y, s);
  yy = dot(l->n, y, y);
  if (!(ys > least)) return;
  memcpy(l->s + (size_t)slot * l->n, s, l->n * sizeof *s);
  memcpy(l->y + (size_t)slot * l->n, y, l->n * sizeof *y);
  l->rho[slot] = 1 / ys;
  l->scale = ys / yy;
  if (full)
    l->oldest = (l->oldest + 1) % history;
  else
    l->pairs++;
}

/* d = −H·g by two passes over the pairs (algorithm 7.4). */
static void set_direction(wg_lbfgs *l, int64_t history) {
  double *d = l->direction;
  for (size_t i = 0; i < l->n; i++) d[i] = -l->now[i];
  for (int64_t p = l->pairs - 1; p >= 0; p--) {
    size_t slot = (size_t)((l->oldest + p) % history);
    l->part[slot] = dot(l->n, l->s + slot * l->n, d) * l->rho[slot];
    add(l->n, -l->part[slot], l->y + slot * l->n, d);
  }
  for (size_t i = 0; i < l->n; i++) d[i] *= l->scale;
  for (int64_t p = 0; p < l->pairs; p++) {
    size_t slot = (size_t)((l->oldest + p) % history);
    double share = dot(l->n, l->y + slot * l->n, d) * l->rho[slot];
    add(l->n, l->part[slot] - share, l->s + slot * l->n, d);
  }
}

/* ---- A step ---- */

/* Goes along the direction, by the search or by `first`; afterwards `loss` and l->now belong to where the weights are,
 * unless this was the last iteration without a search. */
static bool move(job *j, double first, double slope, bool last, int64_t evaluations_max, double *loss) {
  const wg_optimizer *o = j->optimizer;
  wg_lbfgs *l = o->lbfgs;
  gather_weights(o->weights, l->start);
  l->length = first;
  if (o->options.line_search == WG_LINE_SEARCH_NONE) {
    set_weights(o->weights, l->start, first, l->direction);
    if (last || evaluate(j, loss, l->now)) return true;
  } else {
    const wg_line line = {.zero = {0, *loss, slope, l->gradient},
                          .reach = reach(l->n, l->direction),
                          .tolerance = 1e-9,
                          .trials = evaluations_max - j->evaluations,
                          .look = look,
                          .context = j};
    wg_line_point found;
    if (wg_line_search_run(&line, first, l->n, l->search, &found)) {
      l->length = found.at;
      *loss = found.loss;
      memcpy(l->now, found.gradient, l->n * sizeof *l->now);
      set_weights(o->weights, l->start, found.at, l->direction);
      return true;
    }
  }
  set_weights(o->weights, l->start, 0, l->direction);
  l->length = 0;
  l->iterations--;
  return false;
}

static wg_status run(job *j, double rate, double loss) {
  const wg_optimizer_options *options = &j->optimizer->options;
  wg_lbfgs *l = j->optimizer->lbfgs;
  int64_t iterations = options->iterations;
  int64_t evaluations_max = options->evaluations ? options->evaluations : iterations + iterations / 4;
  double small = options->tolerance_change;
  for (int64_t iteration = 1; iteration <= iterations; iteration++) {
    bool first = l->iterations++ == 0;
    if (!first) remember(l, options->history);
    set_direction(l, options->history);
    memcpy(l->gradient, l->now, l->n * sizeof *l->now);
    double size = 0, before = loss, slope = dot(l->n, l->now, l->direction);
    for (size_t i = 0; i < l->n; i++) size += fabs(l->now[i]);
    l->length = first ? fmin(1, 1 / size) * rate : rate;
    if (slope > -small) {
      l->length = 0; /* it did not move */
      break;
    }
    if (!move(j, l->length, slope, iteration == iterations, evaluations_max, &loss)) return j->status;
    if (j->evaluations >= evaluations_max || reach(l->n, l->now) <= options->tolerance_gradient ||
        fabs(l->length) * reach(l->n, l->direction) <= small || fabs(loss - before) < small)
      break;
  }
  return WG_OK;
}

wg_status wg_lbfgs_step(wg_optimizer *optimizer, const wg_evaluator *evaluator, double rate, double *loss,
                        wg_error *error) {
  job j = {.optimizer = optimizer, .evaluator = evaluator, .error = error};
  wg_lbfgs *l = optimizer->lbfgs;
  double before;
  if (!evaluate(&j, &before, l->now)) return j.status;
  if (loss) *loss = before;
  double steepest = reach(l->n, l->now);
  if (!isfinite(before) || !isfinite(steepest))
    return wg_error_set(error, WG_ERROR_DATA, "lbfgs begins where the loss is %g and the largest gradient %g", before,
                        steepest);
  optimizer->steps++;
  return steepest <= optimizer->options.tolerance_gradient ? WG_OK : run(&j, rate, before);
}

/* ---- State ---- */

enum { STATE_COUNT = 11 };

size_t wg_lbfgs_state_count(void) { return STATE_COUNT; }

bool wg_lbfgs_state_at(const wg_optimizer *optimizer, size_t i, wg_state_array *array) {
  wg_lbfgs *l = optimizer->lbfgs;
  size_t history = (size_t)optimizer->options.history;
  const wg_state_array arrays[STATE_COUNT] = {{"iterations", WG_I64, 1, &l->iterations},
                                              {"evaluations", WG_I64, 1, &l->evaluations},
                                              {"pairs", WG_I64, 1, &l->pairs},
                                              {"oldest", WG_I64, 1, &l->oldest},
                                              {"length", WG_F64, 1, &l->length},
                                              {"scale", WG_F64, 1, &l->scale},
                                              {"direction", WG_F64, l->n, l->direction},
                                              {"gradient", WG_F64, l->n, l->gradient},
                                              {"weight_changes", WG_F64, l->n * history, l->s},
                                              {"gradient_changes", WG_F64, l->n * history, l->y},
                                              {"rho", WG_F64, history, l->rho}};
  if (i >= STATE_COUNT) return false;
  *array = arrays[i];
  return true;
}

wg_status wg_lbfgs_state_check(const wg_optimizer *optimizer, wg_error *error) {
  const wg_lbfgs *l = optimizer->lbfgs;
  int64_t history = optimizer->options.history;
  if (l->iterations >= 0 && l->iterations < INT64_MAX / 2 && l->evaluations >= 0 && l->evaluations < INT64_MAX / 2 &&
      l->pairs >= 0 && l->pairs <= history && l->oldest >= 0 && l->oldest < history)
    return WG_OK;
  return wg_error_set(error, WG_ERROR_DATA, "the state of lbfgs is not one: %lld pairs from number %lld on, of %lld",
                      (long long)l->pairs, (long long)l->oldest, (long long)history);
}
