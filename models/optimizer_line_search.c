/* optimizer_line_search.c: how far to go in a direction: a τ with the strong Wolfe conditions
 *
 *     φ(τ) ≤ φ(0) + c₁·τ·φ'(0)      |φ'(τ)| ≤ c₂·|φ'(0)|
 *
 * First the step grows until it is one, or a bracket is known to have one (Nocedal and Wright, Numerical Optimization,
 * 2006, algorithm 3.5); then the bracket shrinks around it (algorithm 3.6). New steps come from the cubic through both
 * values and slopes (eq. 3.59). Bounds, limits and ties as in torch.optim.LBFGS, so that both take the same steps. */
#include "optimizer_internal.h"

#include <math.h>
#include <string.h>

static const double sufficient_decrease = 1e-4, curvature = 0.9; /* c₁, c₂ */

/* ---- The cubic ---- */

/* Where the cubic through both points is least between low and high; their middle where there is no such point. */
static double cubic_minimum(const wg_line_point *a, const wg_line_point *b, double low, double high) {
  const wg_line_point *left = a->at <= b->at ? a : b, *right = left == a ? b : a;
  double chord = left->slope + right->slope - 3 * (left->loss - right->loss) / (left->at - right->at);
  double discriminant = chord * chord - left->slope * right->slope;
  double root = sqrt(discriminant);
  double at =
      right->at - (right->at - left->at) * ((right->slope + root - chord) / (right->slope - left->slope + 2 * root));
  if (!(discriminant >= 0) || isnan(at)) return (low + high) / 2;
  return fmin(fmax(at, low), high);
}

/* ---- The search ---- */

typedef struct search {
  const wg_line *line;
  wg_line_point trial;      /* the newest point */
  wg_line_point bracket[2]; /* a minimum is between them */
  int low;                  /* which of the two has the smaller loss */
  int64_t trials;           /* evaluations after the first */
  bool done;                /* bracket[low] satisfies both conditions */
} search;

/* Evaluates at τ. A loss or slope that is not finite is one that is too large. */
static bool look(search *s, double at) {
  s->trial.at = at;
  if (!s->line->look(s->line->context, &s->trial)) return false;
  if (!isfinite(s->trial.loss) || !isfinite(s->trial.slope)) s->trial.loss = INFINITY;
  return true;
}

static bool decreases(const search *s) {
  const wg_line_point *zero = &s->line->zero;
  return s->trial.loss <= zero->loss + sufficient_decrease * s->trial.at * zero->slope;
}

static bool is_flat(const search *s) { return fabs(s->trial.slope) <= -curvature * s->line->zero.slope; }

static void choose_low(search *s) { s->low = s->bracket[0].loss <= s->bracket[1].loss ? 0 : 1; }

/* The trial takes the place of a point, whose gradient's memory serves the next trial. */
static void put_trial(search *s, wg_line_point *place) {
  double *memory = place->gradient;
  *place = s->trial;
  s->trial.gradient = memory;
}

/* Steps grow until bracket[] holds a minimum: the point before and the trial. Both are there, whatever happens. */
static bool find_bracket(search *s, double first, size_t n) {
  wg_line_point *before = &s->bracket[0], *after = &s->bracket[1];
  if (!look(s, first)) return false;
  while (s->trials < s->line->trials) {
    s->done = decreases(s) && !(s->trials > 1 && s->trial.loss >= before->loss) && is_flat(s);
    if (s->done || !decreases(s) || (s->trials > 1 && s->trial.loss >= before->loss) || s->trial.slope >= 0) {
      put_trial(s, after);
      choose_low(s);
      if (s->done) s->low = 1;
      return true;
    }
    double at = s->trial.at;
    double next = cubic_minimum(before, &s->trial, at + 0.01 * (at - before->at), 10 * at);
    put_trial(s, before);
    if (!look(s, next)) return false;
    s->trials++;
  }
  double *memory = before->gradient;
  *before = s->line->zero;
  before->gradient = memcpy(memory, s->line->zero.gradient, n * sizeof *memory);
  put_trial(s, after);
  choose_low(s);
  return true;
}

/* The next τ inside the bracket: by the cubic, but a tenth of its length off its ends if that is where the cubic stays. */
static double next_inside(const search *s, bool *stays) {
  double a = s->bracket[0].at, b = s->bracket[1].at, low = fmin(a, b), high = fmax(a, b), margin = 0.1 * (high - low);
  double at = cubic_minimum(&s->bracket[0], &s->bracket[1], low, high);
  bool close = fmin(high - at, at - low) < margin;
  if (close && (*stays || at >= high || at <= low)) {
    at = high - at < at - low ? high - margin : low + margin;
    close = false;
  }
  *stays = close;
  return at;
}

static bool shrink_bracket(search *s) {
  bool stays = false;
  while (!s->done && s->trials < s->line->trials) {
    wg_line_point *low = &s->bracket[s->low], *high = &s->bracket[1 - s->low];
    if (fabs(high->at - low->at) * s->line->reach < s->line->tolerance) break;
    if (!look(s, next_inside(s, &stays))) return false;
    s->trials++;
    if (!decreases(s) || s->trial.loss >= low->loss) {
      put_trial(s, high);
      choose_low(s);
      continue;
    }
    s->done = is_flat(s);
    if (!s->done && s->trial.slope * (high->at - low->at) >= 0) { /* the minimum is between the trial and low */
      double *memory = high->gradient;
      *high = *low;
      low->gradient = memory;
    }
    put_trial(s, low);
  }
  return true;
}

bool wg_line_search_run(const wg_line *line, double first, size_t n, double *const memory[3], wg_line_point *found) {
  search s = {.line = line};
  s.bracket[0] = line->zero;
  s.bracket[0].gradient = memcpy(memory[0], line->zero.gradient, n * sizeof(double));
  s.bracket[1].gradient = memory[1];
  s.trial.gradient = memory[2];
  if (!find_bracket(&s, first, n) || !shrink_bracket(&s)) return false;
  *found = s.bracket[s.low];
  return true;
}
