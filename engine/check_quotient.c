/* check_quotient.c: how the gradient check differentiates numerically, and how far that can be trusted. */
#include "check_internal.h"

#include <float.h>
#include <math.h>

double wg_probe_value(wg_probe *probe) {
  if (probe->status == WG_OK) probe->status = wg_run(probe->plan);
  return probe->status == WG_OK ? *(const double *)wg_data(probe->plan, probe->root) : NAN;
}

/* ---- Rounding ---- */

/* Along f₁ … f₉, equally spaced and close together, a smooth f is a straight line, so that fourth differences hold only
 * its rounding errors: 70 = 1² + 4² + 6² + 4² + 1² times their variance (Hamming, Numerical Methods, ch. 6;
 * Moré & Wild, "Estimating computational noise", 2011). All variables move at once, each up or down by chance. The point
 * itself is left out: it may be a kink, and on one side of it a kink is straight. */
enum { NOISE_POINTS = 9 };

static void line_values(wg_probe *probe, size_t count, const wg_variable *variables, uint64_t seed, double spacing,
                        double f[NOISE_POINTS]) {
  for (int point = 0; point < NOISE_POINTS; point++) {
    uint64_t bits = seed;
    for (size_t k = 0; k < count; k++)
      for (size_t i = 0; variables[k].original && i < variables[k].count; i++) {
        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double x = variables[k].original[i], move = (point + 1) * spacing * fmax(1, fabs(x));
        variables[k].values[i] = bits >> 63 ? x + move : x - move;
      }
    f[point] = wg_probe_value(probe);
  }
}

static double scatter_of(const double f[NOISE_POINTS]) {
  double squares = 0;
  for (int i = 0; i + 4 < NOISE_POINTS; i++) {
    double fourth = f[i] - 4 * f[i + 1] + 6 * f[i + 2] - 4 * f[i + 3] + f[i + 4];
    squares += fourth * fourth / 70;
  }
  return sqrt(squares / (NOISE_POINTS - 4));
}

static bool is_flat(const double f[NOISE_POINTS]) {
  for (int point = 1; point < NOISE_POINTS; point++)
    if (f[point] != f[0]) return false;
  return true;
}

/* Spacings relative to max(1, |x|): from some thousand units in the last place on, and wider while f does not change at
 * all: a large intermediate value may round the change away, and then scatters by a unit of its own. */
#define SPACING_LEAST 0x1p-42
#define SPACING_LARGEST 0x1p-10

void wg_probe_measure_noise(wg_probe *probe, size_t count, const wg_variable *variables, uint64_t seed) {
  double f[NOISE_POINTS] = {0};
  for (double spacing = SPACING_LEAST; spacing <= SPACING_LARGEST && is_flat(f); spacing *= 16)
    line_values(probe, count, variables, seed, spacing, f);
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; variables[k].original && i < variables[k].count; i++)
      variables[k].values[i] = variables[k].original[i];
  double measured = scatter_of(f), least = DBL_EPSILON * fabs(probe->base);
  probe->noise = measured > least ? measured : least; /* `least` also where f was not finite */
}

/* ---- Slopes ---- */

typedef struct slopes {
  double left, right, central;
} slopes;

/* Divides by the steps that x really made, not by h: x ± h is rounded. */
static slopes slopes_over(wg_probe *probe, double *x, double h) {
  const double center = *x;
  const volatile double up = center + h, down = center - h;
  *x = up;
  double above = wg_probe_value(probe);
  *x = down;
  double below = wg_probe_value(probe);
  *x = center;
  return (slopes){.left = (probe->base - below) / (center - down),
                  .right = (above - probe->base) / (up - center),
                  .central = (above - below) / (up - down)};
}

/* Richardson's extrapolation from steps 2h and h: central slopes err by h²·f‴/6, one-sided ones by h·f″/2. */
static wg_quotient extrapolate(slopes coarse, slopes fine, double rounding) {
  wg_quotient quotient = {.value = (4 * fine.central - coarse.central) / 3,
                          .left = 2 * fine.left - coarse.left,
                          .right = 2 * fine.right - coarse.right};
  quotient.uncertainty = fabs(quotient.value - fine.central) + 4 * rounding;
  return quotient;
}

/* Takes the quotient over steps h and h/2 instead of the best so far if it is more certain. Returns whether rounding
 * outweighs truncation in it. */
static bool improve(wg_quotient *best, double noise, slopes coarse, slopes fine, double h) {
  double rounding = noise / (h / 2);
  wg_quotient next = extrapolate(coarse, fine, rounding);
  if (next.uncertainty < best->uncertainty) *best = next;
  return next.uncertainty <= 8 * rounding;
}

static bool settled(const wg_quotient *quotient, double accepted, double floor) {
  return quotient->uncertainty <= accepted * fmax(floor, fabs(quotient->value));
}

/* A kink beside x, within the step, is left behind by halving it. Where rounding outweighs truncation, wider steps help,
 * which extrapolation allows: its error is of order h⁴. */
enum { HALVINGS = 11, WIDENINGS = 2, WIDENING = 8 };

wg_quotient wg_quotient_of(wg_probe *probe, double *x, double step, double accepted, double floor) {
  const double first = step * fmax(1, fabs(*x));
  wg_quotient best = {.value = NAN, .left = NAN, .right = NAN, .uncertainty = INFINITY};
  bool rounded = false;
  slopes coarse = slopes_over(probe, x, first);
  for (int halving = 0; halving < HALVINGS && !rounded && !settled(&best, accepted, floor); halving++) {
    double h = ldexp(first, -halving);
    slopes fine = slopes_over(probe, x, h / 2);
    rounded = improve(&best, probe->noise, coarse, fine, h);
    coarse = fine;
  }
  double h = first;
  for (int widening = 0; widening < WIDENINGS && rounded && !settled(&best, accepted, floor); widening++) {
    h *= WIDENING;
    coarse = slopes_over(probe, x, h);
    improve(&best, probe->noise, coarse, slopes_over(probe, x, h / 2), h);
  }
  return best;
}
