#include "objectives.h"
#include "../../data_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double gmm_constant(const gmm_problem *problem) {
  const double D = (double)problem->dimensions, ln_2 = log(2), ln_pi = log(acos(-1));
  const double p = D + (double)problem->m + 1;
  double log_gamma = D * (D - 1) / 4 * ln_pi; /* the multivariate gamma function of p/2 */
  for (int64_t j = 0; j < problem->dimensions; j++) log_gamma += lgamma((p - (double)j) / 2);
  const double C = p * D * (log(problem->gamma) - ln_2 / 2) - log_gamma;
  return -(double)problem->count * D / 2 * (ln_2 + ln_pi) - (double)problem->components * C;
}

/* ---- The same numbers ---- */

/* The suite's own measure: |x − y| / max(1, |x| + |y|). */
static double disagreement(const objective *made, size_t size, double value, const double *gradient) {
  double most = fabs(*made->value - value) / fmax(1, fabs(*made->value) + fabs(value));
  for (size_t k = 0; k < size; k++) {
    const double x = made->gradient[k], y = gradient[k], now = fabs(x - y) / fmax(1, fabs(x) + fabs(y));
    if (!(now <= most)) most = now;
  }
  return most;
}

static bool agree(const objectives *o, const char *file, size_t size) {
  size_t values, gradients;
  double *value = data_numbers("adbench", file, ".F", &values),
         *gradient = data_numbers("adbench", file, ".J", &gradients);
  const objective *made[] = {&o->plain, &o->fast, &o->engine};
  bool good = value && gradient && values == 1 && gradients == size;
  for (int k = 0; k < 3 && good; k++) {
    good = made[k]->context;
    if (!good) break;
    made[k]->run(made[k]->context);
    const double from_file = disagreement(made[k], size, *value, gradient);
    const double from_plain = disagreement(made[k], size, *o->plain.value, o->plain.gradient);
    good = from_file <= 1e-8 && from_plain <= 1e-10; /* the files have as many digits */
    if (!good) fprintf(stderr, "%s: number %d is off by %g, %g\n", o->name, k, from_file, from_plain);
  }
  free(value);
  free(gradient);
  return good;
}

/* ---- The problems ---- */

static bool gmm_start(const double *numbers, size_t count, objectives *o, size_t *size) {
  if (count < 5) return false;
  const gmm_problem problem = {
      .dimensions = (int64_t)numbers[0],
      .components = (int64_t)numbers[1],
      .count = (int64_t)numbers[2],
      .gamma = numbers[count - 2],
      .m = (int64_t)numbers[count - 1],
      .points =
          numbers + 3 + gmm_size(&(gmm_problem){.dimensions = (int64_t)numbers[0], .components = (int64_t)numbers[1]})};
  *size = (size_t)gmm_size(&problem);
  if (count != 5 + *size + (size_t)(problem.dimensions * problem.count)) return false;
  o->plain = gmm_plain(&problem, numbers + 3);
  o->fast = gmm_fast(&problem, numbers + 3);
  o->engine = gmm_engine(&problem, numbers + 3);
  return true;
}

static bool lstm_start(const double *numbers, size_t count, objectives *o, size_t *size) {
  if (count < 3) return false;
  lstm_problem problem = {.layers = (int64_t)numbers[0], .length = (int64_t)numbers[1], .width = (int64_t)numbers[2]};
  *size = (size_t)lstm_size(&problem);
  if (count != 3 + *size + (size_t)((2 * problem.layers + problem.length) * problem.width)) return false;
  problem.state = numbers + 3 + *size;
  problem.sequence = problem.state + 2 * problem.layers * problem.width;
  o->plain = lstm_plain(&problem, numbers + 3);
  o->fast = lstm_fast(&problem, numbers + 3);
  o->engine = lstm_engine(&problem, numbers + 3);
  return true;
}

void objectives_end(objectives *o) {
  const objective *made[] = {&o->plain, &o->fast, &o->engine};
  for (int k = 0; k < 3; k++)
    if (made[k]->context) made[k]->end(made[k]->context);
  free(o->numbers);
  *o = (objectives){0};
}

bool objectives_start(objectives *o, const char *key) {
  const bool gmm = strcmp(key, "g") == 0;
  const char *file = gmm ? "gmm1k_d10_K25" : "lstm_l2_c1024";
  size_t count = 0, size = 0;
  *o = (objectives){.name = gmm ? "g GMM 1k d10 K25, f64" : "h LSTM l2 c1024, f64"};
  o->numbers = data_numbers("adbench", file, ".txt", &count);
  o->absent = !o->numbers;
  if (o->absent) fprintf(stderr, "%s: left out, its files are not here\n", o->name);
  if (o->absent) return false;
  bool good = (gmm ? gmm_start : lstm_start)(o->numbers, count, o, &size);
  if (!good) fprintf(stderr, "%s: its file cannot be read\n", o->name);
  good = good && agree(o, file, size);
  if (!good) objectives_end(o);
  return good;
}
