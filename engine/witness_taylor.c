/* witness_taylor.c: the Taylor test: how fast f(x + h·ẋ) − f(x), and what is left of it, fall with h. */
#include "witness_internal.h"

#include <float.h>
#include <math.h>

#define LARGEST_STEP 0.1
#define RATIO 4.0
/* Slopes are fitted to at most so many steps, the smallest whose remainder is FAR times as large as rounding. */
enum { FITTED_MAX = 4 };
#define FAR 32.0

static double value_at(wg_probe *probe, size_t count, const wg_variable *variables, double *const *directions,
                       double h) {
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < variables[k].count; i++)
      variables[k].values[i] = (variables[k].original ? variables[k].original[i] : 0) + h * directions[k][i];
  return wg_probe_value(probe);
}

/* The slope of log `y` over log h through the steps first … last, by least squares; NaN where one is 0. */
static double slope_of(const wg_taylor_step *steps, int first, int last, bool second) {
  double n = last - first + 1, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (int k = first; k <= last; k++) {
    double x = log(steps[k].h), y = log(second ? steps[k].second : steps[k].first);
    sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

/* A wrong gradient leaves h·δ on one side and −h·δ on the other, a kink h·δ on both. */
static bool is_kink(double remainder, double remainder_behind) {
  return fabs(remainder + remainder_behind) > 0.1 * fmax(fabs(remainder), fabs(remainder_behind));
}

void wg_witness_taylor_run(wg_taylor_test *test, wg_probe *probe, size_t count, const wg_variable *variables,
                           double *const *directions, double slope, double accepted) {
  double ahead[WG_TAYLOR_STEPS], behind[WG_TAYLOR_STEPS], h = LARGEST_STEP;
  int last = -1, first;
  bool finite = isfinite(slope) && isfinite(probe->base);
  wg_taylor_step *steps = test->steps;
  for (int k = 0; k < WG_TAYLOR_STEPS; k++, h /= RATIO) {
    double change = value_at(probe, count, variables, directions, h) - probe->base;
    ahead[k] = change - h * slope;
    behind[k] = value_at(probe, count, variables, directions, -h) - probe->base + h * slope;
    steps[k] = (wg_taylor_step){.h = h, .first = fabs(change), .second = fabs(ahead[k])};
    if (fabs(ahead[k]) > FAR * (probe->noise + DBL_EPSILON * fabs(h * slope))) last = k;
  }
  value_at(probe, count, variables, directions, 0);

  finite = finite && isfinite(steps[WG_TAYLOR_STEPS - 1].second);
  for (first = last; first > 0 && last - first + 1 < FITTED_MAX && isfinite(steps[first - 1].second); first--) continue;
  test->first_slope = slope_of(steps, 0, WG_TAYLOR_STEPS - 1, false);
  test->second_slope = INFINITY;
  test->verdict = WG_PASS;
  if (last > 0) {
    test->first_slope = slope_of(steps, first, last, false);
    test->second_slope = slope_of(steps, first, last, true);
    for (int k = first; k <= last; k++) steps[k].fitted = true;
  }
  /* What falls into rounding from far above it within one step is a kink left behind, beside which f is linear. */
  if (last >= 0 && last + 1 < WG_TAYLOR_STEPS && steps[last].second > 2 * RATIO * FAR * probe->noise)
    test->second_slope = log(steps[last].second / fmax(steps[last + 1].second, probe->noise)) / log(RATIO);
  if (!finite)
    test->second_slope = NAN, test->verdict = isfinite(slope) ? WG_UNRESOLVED : WG_FAIL;
  else if (test->second_slope < 1.5 && steps[last].second > accepted * steps[last].h)
    test->verdict = is_kink(ahead[last], behind[last]) ? WG_KINK : WG_FAIL;
}
