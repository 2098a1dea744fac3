/* plan_profile.c: the time of each step of a plan's runs. */
#include "plan_profile.h"
#include "plan_internal.h"

struct wg_plan_times {
  double (*seconds)(void); /* NULL once it is stopped */
  double reading;          /* seconds that a reading of the clock takes */
  struct {
    wg_step_time time;
    size_t end; /* the step after those that run together with this one */
  } at[];       /* for every step; those that run together are counted at the first of them */
};

/* The fastest of some series of readings. */
static double reading_of(double (*seconds)(void)) {
  enum { SERIES = 10, READINGS = 100 };
  double fastest = 0;
  for (int series = 0; series < SERIES; series++) {
    const double begin = seconds();
    for (int reading = 1; reading < READINGS; reading++) seconds();
    const double taken = (seconds() - begin) / READINGS;
    if (series == 0 || taken < fastest) fastest = taken;
  }
  return fastest > 0 ? fastest : 0;
}

wg_status wg_plan_profile_start(wg_plan *plan, double (*seconds)(void)) {
  if (!plan) return WG_ERROR_MEMORY;
  if (!plan->made) return plan->status;
  if (!seconds) return wg_plan_fail(plan, WG_ERROR_ARGUMENT, "profile: there is no clock");
  if (!plan->times) {
    const size_t bytes = plan->step_count * sizeof plan->times->at[0]; /* less than its steps take */
    plan->times = wg_allocate(plan->allocator, sizeof *plan->times + bytes, 1);
  }
  if (!plan->times)
    return wg_plan_fail(plan, WG_ERROR_MEMORY, "out of memory for the times of %zu steps", plan->step_count);
  wg_plan_step step;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) {
    plan->times->at[i].time = (wg_step_time){0};
    plan->times->at[i].end = step.pass_end;
  }
  plan->times->reading = reading_of(seconds);
  plan->times->seconds = seconds;
  return WG_OK;
}

void wg_plan_profile_stop(wg_plan *plan) {
  if (plan && plan->times) plan->times->seconds = NULL;
}

bool wg_plan_profile_at(const wg_plan *plan, size_t i, wg_step_time *time) {
  wg_plan_step step;
  if (!plan || !plan->times || !wg_plan_step_at(plan, i, &step)) return false;
  *time = plan->times->at[step.pass_begin].time;
  return true;
}

bool wg_plan_takes_times(const wg_plan *plan) { return plan->times && plan->times->seconds; }

static void step_count(wg_step_time *step, double taken) {
  if (taken < 0) taken = 0;
  step->fastest = step->runs == 0 || taken < step->fastest ? taken : step->fastest;
  step->seconds += taken;
  step->runs++;
}

wg_status wg_plan_run_timed(wg_plan *plan, wg_status (*run)(wg_plan *plan, size_t begin, size_t end)) {
  struct wg_plan_times *times = plan->times;
  wg_status status = WG_OK;
  double before = times->seconds();
  for (size_t i = 0; status == WG_OK && i < plan->step_count; i = times->at[i].end) {
    status = run(plan, i, times->at[i].end);
    const double now = times->seconds();
    if (status == WG_OK) step_count(&times->at[i].time, now - before - times->reading);
    before = now;
  }
  return status;
}
