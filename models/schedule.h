/* schedule.h: the learning rate as a function of the step: a pure one, but for the schedule that watches the loss. */
#ifndef WG_SCHEDULE_H
#define WG_SCHEDULE_H

#include "error.h"
#include "state.h"

#ifdef __cplusplus
extern "C" {
#endif

/* With the base rate α and t = 0, 1 … steps taken: */
typedef enum wg_schedule_kind {
  WG_SCHEDULE_CONSTANT,    /* α */
  WG_SCHEDULE_STEP,        /* α·factor^⌊t/period⌋ (as torch.optim.lr_scheduler.StepLR) */
  WG_SCHEDULE_EXPONENTIAL, /* α·factor^t (ExponentialLR) */
  WG_SCHEDULE_COSINE, /* minimum + (α − minimum)·(1 + cos(π·t/period))/2, then the minimum; with restarts it begins
                              again after each period (Loshchilov and Hutter, ICLR 2017, eq. 5; CosineAnnealingLR,
                              CosineAnnealingWarmRestarts) */
  WG_SCHEDULE_ONE_CYCLE, /* from α/divisor up to α, and down to α/(divisor·final_divisor) over `period` steps, both as
                              half a cosine (Smith and Topin, 2019; OneCycleLR without its cycle of the momentum) */
  WG_SCHEDULE_PLATEAU,   /* α·factor each time the watched loss has not fallen for long (ReduceLROnPlateau) */
  WG_SCHEDULE_KIND_COUNT
} wg_schedule_kind;

/* Start from wg_schedule_options_of. A step is whatever the caller counts: steps of the optimizer, or epochs. */
typedef struct wg_schedule_options {
  wg_schedule_kind kind;
  double rate;        /* α, finite and > 0 */
  int64_t warmup;     /* before all of it, so many steps that climb linearly to where it begins (LinearLR); 0: none */
  double warmup_from; /* from this part of it, in [0, 1] */
  int64_t period;     /* step, cosine, one-cycle: 1 or more. Steps after the warm-up */
  double factor;      /* step, exponential, plateau: > 0; plateau: < 1 */
  double minimum;     /* cosine, plateau: the least rate, 0 … α */
  double restart_factor; /* cosine: 0 for no restarts; otherwise ≥ 1, and each period is so much longer than the last */
  double divisor;        /* one-cycle: ≥ 1 */
  double final_divisor; /* one-cycle: ≥ 1 */
  double rise;          /* one-cycle: the part of the period that climbs, in [0, 1] */
  int64_t patience;     /* plateau: so many losses in turn may be no better */
  double threshold;     /* plateau: better is below best·(1 − threshold); [0, 1) */
  int64_t cooldown;     /* plateau: losses not counted after a reduction */
} wg_schedule_options;

/* PyTorch's defaults: step ×0.1 each 30, exponential ×0.95, one-cycle 25 and 10⁴ with a rise of 0.3, plateau ×0.1 after
 * 10 losses by 10⁻⁴; the rate 0.01, the period 100 where PyTorch has none, a warm-up of 0 steps from 0.1. */
WG_API wg_schedule_options wg_schedule_options_of(wg_schedule_kind kind);

/* By name: constant, step, exponential, cosine, one-cycle, plateau. */
WG_API bool wg_schedule_find(const char *name, wg_schedule_kind *kind);
WG_API const char *wg_schedule_text(wg_schedule_kind kind); /* "" out of range */

/* A schedule. To be copied and compared freely; nothing to free. */
typedef struct wg_schedule {
  wg_schedule_options options;
  /* plateau: what it has seen */
  double factor, best;     /* the product of the reductions; the best loss that counted, ∞ at first */
  int64_t waited, cooling; /* losses in turn that were no better; losses not to count yet */
} wg_schedule;

/* Errors: WG_ERROR_ARGUMENT, with the option that is out of range. */
WG_API wg_status wg_schedule_start(wg_schedule *schedule, const wg_schedule_options *options, wg_error *error);

/* The rate of the step after `step` ≥ 0 steps. A function of the options and `step` alone, for plateau also of the losses
 * observed so far. */
WG_API double wg_schedule_rate(const wg_schedule *schedule, int64_t step);

/* Tells plateau the watched loss (once an epoch, say); other kinds do not mind. NaN is no better. True if the rate was
 * reduced. */
WG_API bool wg_schedule_observe(wg_schedule *schedule, double loss);

/* Its state, as in optimizer.h: the same arrays for every kind. */
WG_API size_t wg_schedule_state_count(const wg_schedule *schedule);
WG_API bool wg_schedule_state_at(wg_schedule *schedule, size_t i, wg_state_array *array);
WG_API wg_status wg_schedule_state_check(const wg_schedule *schedule, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
