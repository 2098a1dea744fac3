/* plan_profile.h: where the time of a plan's runs goes, step by step. A plan takes no times unless asked to; results have the
 * same bits either way. */
#ifndef WG_PLAN_PROFILE_H
#define WG_PLAN_PROFILE_H

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What one step took, or the steps that run together as one (pass_begin … pass_end of wg_plan_step_at). */
typedef struct wg_step_time {
  uint64_t runs;
  double seconds; /* all of them together */
  double fastest; /* the fastest of them */
} wg_step_time;

/* From now on runs of the plan take the time of each step by this clock, which only runs forward: `seconds` is the caller's.
 * It is read once a step, and what a reading takes is measured now and left out. Earlier figures of the plan are forgotten.
 * Errors: WG_ERROR_ARGUMENT (no clock, a plan that failed), WG_ERROR_MEMORY. */
WG_API wg_status wg_plan_profile_start(wg_plan *plan, double (*seconds)(void));

/* Runs take no times any more; the figures stay until the next start or wg_plan_free. */
WG_API void wg_plan_profile_stop(wg_plan *plan);

/* The time of step i. Steps that run together have one time, which each of them reports. A run that fails counts for the steps
 * that it came through. False out of range, and for a plan without figures. */
WG_API bool wg_plan_profile_at(const wg_plan *plan, size_t i, wg_step_time *time);

#ifdef __cplusplus
}
#endif
#endif
