/* optimizer.h: from gradients to a step: SGD, Adagrad, RMSprop, Adam, AdamW, Lion and L-BFGS, by their standard
 * definitions. Nothing here is random; the same gradients give the same weights, bit for bit.
 *
 * Of one weight w with gradient g, at step t = 1, 2 …, with learning rate α:
 *
 *   sgd       v ← μ·v + (1−d)·g (v = g at first); w ← w − α·v, with Nesterov w ← w − α·(g + μ·v), without momentum μ
 *             w ← w − α·g (Sutskever et al., ICML 2013, eqs. 1–4, with the rate outside v, as torch.optim.SGD)
 *   adagrad   s ← s + g²; w ← w − α·g/(√s + ε) (Duchi, Hazan, Singer, JMLR 12, 2011; as torch.optim.Adagrad)
 *   rmsprop   s ← γ·s + (1−γ)·g²; u = g/(√s + ε), centered with s − a² for s, a ← γ·a + (1−γ)·g; w ← w − α·u, with
 *             momentum v ← μ·v + u, w ← w − α·v (Tieleman and Hinton, 2012, lecture 6.5; centered: Graves,
 *             arXiv:1308.0850, eqs. 38–41; as torch.optim.RMSprop, ε outside the root)
 *   adam      m ← β₁·m + (1−β₁)·g; s ← β₂·s + (1−β₂)·g²; w ← w − α·m̂/(√ŝ + ε), m̂ = m/(1−β₁ᵗ), ŝ = s/(1−β₂ᵗ)
 *             (Kingma and Ba, ICLR 2015, algorithm 1; amsgrad with the largest s so far: Reddi et al., ICLR 2018; as
 *             torch.optim.Adam)
 *   adamw     the same, with decoupled decay (Loshchilov and Hutter, ICLR 2019, algorithm 2; as torch.optim.AdamW)
 *   lion      w ← w − α·sign(β₁·m + (1−β₁)·g), then m ← β₂·m + (1−β₂)·g (Chen et al., NeurIPS 2023, algorithm 2)
 *   lbfgs     w ← w + τ·d, d = −H·g with H from the last changes of w and g (Nocedal and Wright, Numerical
 *             Optimization, 2006, algorithm 7.4), τ by a search for the strong Wolfe conditions (algorithms 3.5 and 3.6)
 *             or fixed (as torch.optim.LBFGS)
 *
 * Decay λ and l1 λ₁ are coupled: g ← g + λ·w + λ₁·sign(w), the gradient of J + λ/2·|w|² + λ₁·|w|₁; or decoupled: w is
 * multiplied by 1 − α·λ before the step, and moved towards 0 by α·λ₁ after it, but not beyond (which makes weights
 * exactly 0). */
#ifndef WG_OPTIMIZER_H
#define WG_OPTIMIZER_H

#include "../engine/threads.h"
#include "error.h"
#include "net.h"
#include "state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wg_optimizer_kind {
  WG_OPTIMIZER_SGD,
  WG_OPTIMIZER_ADAGRAD,
  WG_OPTIMIZER_RMSPROP,
  WG_OPTIMIZER_ADAM,
  WG_OPTIMIZER_ADAMW,
  WG_OPTIMIZER_LION,
  WG_OPTIMIZER_LBFGS,
  WG_OPTIMIZER_KIND_COUNT
} wg_optimizer_kind;

typedef enum wg_line_search {
  WG_LINE_SEARCH_NONE,  /* τ = α; in the very first step min(1, 1/|g|₁)·α */
  WG_LINE_SEARCH_WOLFE, /* from there, a τ that satisfies the strong Wolfe conditions */
  WG_LINE_SEARCH_COUNT
} wg_line_search;

/* Start from wg_optimizer_options_of. What a kind does not use must be as that leaves it. */
typedef struct wg_optimizer_options {
  wg_optimizer_kind kind;
  double decay;        /* λ, 0 or more */
  double l1;           /* λ₁, 0 or more */
  bool decoupled;      /* decay and l1 act on the weights, not on the gradients; always so for adamw, never for lbfgs */
  double momentum;     /* sgd, rmsprop: μ in [0, 1); 0 means none */
  double dampening;    /* sgd: d in [0, 1] */
  bool nesterov;       /* sgd; needs momentum, and no dampening */
  double beta1, beta2; /* adam, adamw, lion: in [0, 1) */
  double alpha;        /* rmsprop: γ in [0, 1) */
  bool centered;       /* rmsprop */
  bool amsgrad;        /* adam, adamw */
  double epsilon;      /* adagrad, rmsprop, adam, adamw: ε, 0 or more */
  /* lbfgs */
  int64_t history;     /* pairs of changes to keep, 1 … 1000 */
  int64_t iterations;  /* at most so many in a step, 1 or more */
  int64_t evaluations; /* and at most about so many evaluations; 0 means 5/4 of iterations */
  wg_line_search line_search;
  double tolerance_gradient; /* done where no element of the gradient is larger; 0 or more */
  double tolerance_change;   /* done where no weight, or the loss, changes by more; 0 or more */
} wg_optimizer_options;

/* The options of that kind: PyTorch's defaults, but no decay (adamw 0.01), and for lbfgs a history of 10 and the search
 * for Wolfe's conditions. */
WG_API wg_optimizer_options wg_optimizer_options_of(wg_optimizer_kind kind);

/* Options by a name: sgd, momentum (sgd with 0.9), nesterov (that with Nesterov's), adagrad, rmsprop, adam, adamw, lion,
 * lbfgs. False, and *options as they were, if there is none. */
WG_API bool wg_optimizer_find(const char *name, wg_optimizer_options *options);
WG_API const char *wg_optimizer_text(const wg_optimizer_options *options); /* that name; "" for an unknown kind */
WG_API const char *wg_optimizer_name_at(size_t i);                         /* all the names; NULL past the last */
WG_API double wg_optimizer_rate_of(wg_optimizer_kind kind);    /* a usual α: 0.01, adam 0.001, lbfgs 1 … */
WG_API const char *wg_line_search_text(wg_line_search search); /* "none", "wolfe" */
WG_API bool wg_line_search_find(const char *name, wg_line_search *search);

/* Some of the weights, with their own rate and decay: biases without decay, say. */
typedef struct wg_param_group {
  size_t count;
  const size_t *params; /* indices into the weights, in no other group */
  double rate_factor;   /* times the rate of the step, 0 or more; 0 leaves them as they are; 1 for lbfgs */
  double decay, l1;     /* instead of the options' */
} wg_param_group;

typedef struct wg_optimizer wg_optimizer;

/* An optimizer for these weights (f32 or f64), whose memory it changes in each step and which must outlive it. Weights in
 * no group have the options' decay and rate factor 1. Options and groups are copied. The caller frees it; `allocator`
 * is copied, NULL means malloc and free. Errors (*optimizer is NULL then): WG_ERROR_ARGUMENT (options or groups out of
 * range, with the reason), WG_ERROR_DTYPE, WG_ERROR_MEMORY. */
WG_API wg_status wg_optimizer_new(const wg_optimizer_options *options, size_t group_count, const wg_param_group *groups,
                                  wg_weights *weights, const wg_allocator *allocator, wg_optimizer **optimizer,
                                  wg_error *error);
WG_API void wg_optimizer_free(wg_optimizer *optimizer);
WG_API const wg_optimizer_options *wg_optimizer_options_used(const wg_optimizer *optimizer);
WG_API int64_t wg_optimizer_steps(const wg_optimizer *optimizer); /* taken so far */

/* Lends it a pool of threads for the steps of large tensors; NULL, as in the beginning, for none. The pool must outlive it.
 * The weights have the same bits with any pool. lbfgs uses none. */
WG_API void wg_optimizer_use_threads(wg_optimizer *optimizer, wg_threads *threads);

/* True for lbfgs, which takes several evaluations in a step: wg_optimizer_step_by, not wg_optimizer_step. */
WG_API bool wg_optimizer_evaluates(const wg_optimizer *optimizer);

/* One step. gradients[k] are those of weights k, in their dtype and size, only read; NULL leaves weights k alone. A
 * gradient that is not a number makes its weight so. Errors: WG_ERROR_ARGUMENT (lbfgs). */
WG_API wg_status wg_optimizer_step(wg_optimizer *optimizer, const void *const *gradients, double rate);

/* Tells the loss, and the gradients as above, at what the weights are when it is called; the gradients stay valid until
 * the next call. Anything but WG_OK ends the step. */
typedef struct wg_evaluator {
  wg_status (*evaluate)(void *context, double *loss, const void *const **gradients, wg_error *error);
  void *context;
} wg_evaluator;

/* One step of any kind. *loss (may be NULL) gets J before it, for lbfgs with λ/2·|w|², which it evaluates several times
 * in a step and of one batch. Errors: what the evaluator returns (for lbfgs the weights are then those before the
 * iteration that failed); WG_ERROR_DATA (lbfgs begins where the loss or a gradient is not finite; nothing changes). */
WG_API wg_status wg_optimizer_step_by(wg_optimizer *optimizer, const wg_evaluator *evaluator, double rate, double *loss,
                                      wg_error *error);

/* Its state: how many arrays, and array i (false out of range). They and the weights are all there is: with both brought
 * back, an optimizer made from the same options, groups and sizes goes on with the same bits. */
WG_API size_t wg_optimizer_state_count(const wg_optimizer *optimizer);
WG_API bool wg_optimizer_state_at(wg_optimizer *optimizer, size_t i, wg_state_array *array);

/* To be called after the arrays were written: whether they can be a state (counts in range). WG_ERROR_DATA. */
WG_API wg_status wg_optimizer_state_check(const wg_optimizer *optimizer, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
