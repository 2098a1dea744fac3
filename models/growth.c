#include "growth.h"

#include <math.h>

const char *wg_growth_text(wg_growth_kind kind) {
  static const char *const words[] = {"unknown", "constant", "linear", "quadratic", "power", "exponential"};
  return words[kind];
}

/* Least squares: y ≈ intercept + slope·x; returns the root of the mean squared distance. */
static double line_fit(size_t count, const double *x, const double *y, double (*scale)(double), double *slope) {
  double x_mean = 0, y_mean = 0, xx = 0, xy = 0, distance = 0;
  for (size_t i = 0; i < count; i++) {
    x_mean += scale(x[i]) / (double)count;
    y_mean += y[i] / (double)count;
  }
  for (size_t i = 0; i < count; i++) {
    double dx = scale(x[i]) - x_mean;
    xx += dx * dx;
    xy += dx * (y[i] - y_mean);
  }
  *slope = xy / xx;
  for (size_t i = 0; i < count; i++) {
    double off = y[i] - y_mean - *slope * (scale(x[i]) - x_mean);
    distance += off * off;
  }
  return sqrt(distance / (double)count);
}

static double itself(double x) { return x; }

static wg_growth_kind power_kind(double exponent) {
  const double near = 0.15;
  if (fabs(exponent) < near) return WG_GROWTH_CONSTANT;
  if (fabs(exponent - 1) < near) return WG_GROWTH_LINEAR;
  if (fabs(exponent - 2) < near) return WG_GROWTH_QUADRATIC;
  return WG_GROWTH_POWER;
}

wg_growth wg_growth_fit(size_t count, const double *sizes, const double *log2_counts) {
  size_t first = count / 2;
  if (count - first < 3) first = count > 3 ? count - 3 : 0;
  size_t used = count - first;
  wg_growth power, exponential = {.kind = WG_GROWTH_EXPONENTIAL};
  if (used < 3) return (wg_growth){0};
  power.error = line_fit(used, sizes + first, log2_counts + first, log2, &power.rate);
  power.kind = power_kind(power.rate);
  exponential.error = line_fit(used, sizes + first, log2_counts + first, itself, &exponential.rate);
  if (!isfinite(power.error) || !isfinite(exponential.error)) return (wg_growth){0};
  return power.error <= exponential.error ? power : exponential;
}
