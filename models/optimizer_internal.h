/* optimizer_internal.h: an optimizer's inside, for the files optimizer*.c only. */
#ifndef WG_OPTIMIZER_INTERNAL_H
#define WG_OPTIMIZER_INTERNAL_H

#include "optimizer.h"

enum { WG_SLOTS_MAX = 3 };

/* What a kind remembers of each element: as many arrays as there are names. */
typedef struct wg_slots {
  size_t count;
  const char *names[WG_SLOTS_MAX];
} wg_slots;

typedef struct wg_lbfgs wg_lbfgs;

struct wg_optimizer {
  wg_optimizer_options options;
  wg_allocator allocator;
  wg_weights *weights;
  wg_threads *threads; /* the caller's; NULL for none */
  int64_t steps;
  double *rate_factor, *decay, *l1; /* of each of the weights */
  wg_slots slots;
  void **slot; /* slot[s·weights->count + k]: slot s of weights k, of their size and dtype */
  wg_lbfgs *lbfgs;
};

/* Errors: WG_ERROR_ARGUMENT. */
wg_status wg_optimizer_options_check(const wg_optimizer_options *options, wg_error *error);
wg_slots wg_optimizer_slots(const wg_optimizer_options *options);

/* ---- One pass over the elements of one tensor (optimizer_update.c) ---- */

typedef struct wg_update {
  int64_t size;
  void *weights;
  const void *gradient;
  void *slot[WG_SLOTS_MAX];
  int64_t step; /* t, from 1 */
  double rate;
  double decay, l1;  /* coupled: g ← g + λ·w + λ₁·sign(w) */
  double keep, pull; /* decoupled: w ← keep·w before the step, |w| ← max(|w| − pull, 0) after it */
} wg_update;

void wg_update_run(const wg_optimizer_options *options, wg_dtype dtype, const wg_update *update);

/* ---- L-BFGS (optimizer_lbfgs.c) ---- */

wg_lbfgs *wg_lbfgs_new(const wg_optimizer *optimizer); /* NULL without memory */
void wg_lbfgs_free(wg_lbfgs *lbfgs, const wg_allocator *allocator);
wg_status wg_lbfgs_step(wg_optimizer *optimizer, const wg_evaluator *evaluator, double rate, double *loss,
                        wg_error *error);
size_t wg_lbfgs_state_count(void);
bool wg_lbfgs_state_at(const wg_optimizer *optimizer, size_t i, wg_state_array *array);
wg_status wg_lbfgs_state_check(const wg_optimizer *optimizer, wg_error *error);

/* ---- Line search (optimizer_line_search.c) ---- */

/* A point of φ(τ) = J(w + τ·d): φ, its slope φ' = ∇J·d, and ∇J. */
typedef struct wg_line_point {
  double at, loss, slope;
  double *gradient;
} wg_line_point;

typedef struct wg_line {
  wg_line_point zero; /* τ = 0 */
  double reach;       /* the largest |d| of an element */
  double tolerance;   /* the search ends where no weight differs by more across the bracket */
  int64_t trials;     /* at most so many evaluations, and one */
  /* Fills in the loss, slope and gradient at point->at; false ends the search. */
  bool (*look)(void *context, wg_line_point *point);
  void *context;
} wg_line;

/* Finds a point that satisfies φ(τ) ≤ φ(0) + 10⁻⁴·τ·φ'(0) and |φ'(τ)| ≤ 0.9·|φ'(0)|, or after the last trial the lowest
 * of the bracket. `memory` are three arrays of n elements; found->gradient is one of them. False if look was. */
bool wg_line_search_run(const wg_line *line, double first, size_t n, double *const memory[3], wg_line_point *found);

#endif
