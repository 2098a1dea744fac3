/* metrics_probability.c: what predicted probabilities are worth: top-k, losses, calibration; and the largest of values. */
#include "metrics.h"

#include <math.h>

static wg_status check(int64_t rows, int64_t classes, const int64_t *labels, wg_error *error) {
  if (rows < 0 || classes < 1)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%lld samples of %lld classes", (long long)rows, (long long)classes);
  for (int64_t i = 0; i < rows; i++)
    if (labels[i] < 0 || labels[i] >= classes)
      return wg_error_set(error, WG_ERROR_ARGUMENT, "sample %lld is of class %lld, of %lld", (long long)i,
                          (long long)labels[i], (long long)classes);
  return WG_OK;
}

static double mean(double sum, int64_t rows) { return rows ? sum / (double)rows : NAN; }

wg_status wg_top_k(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities, int64_t k,
                   double *accuracy, wg_error *error) {
  wg_status status = check(rows, classes, labels, error);
  if (status != WG_OK) return status;
  int64_t found = 0;
  for (int64_t i = 0; i < rows; i++) {
    const double *p = probabilities + i * classes;
    int64_t before = 0, own = labels[i];
    bool known = !isnan(p[own]);
    for (int64_t j = 0; j < classes; j++) {
      known = known && !isnan(p[j]);
      before += p[j] > p[own] || (j < own && p[j] == p[own]);
    }
    found += known && before < k;
  }
  *accuracy = mean((double)found, rows);
  return WG_OK;
}

wg_status wg_log_loss(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities, double *loss,
                      wg_error *error) {
  wg_status status = check(rows, classes, labels, error);
  if (status != WG_OK) return status;
  double sum = 0;
  for (int64_t i = 0; i < rows; i++) sum -= log(probabilities[i * classes + labels[i]]);
  *loss = mean(sum, rows);
  return WG_OK;
}

wg_status wg_brier(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities, double *score,
                   wg_error *error) {
  wg_status status = check(rows, classes, labels, error);
  if (status != WG_OK) return status;
  double sum = 0;
  for (int64_t i = 0; i < rows; i++)
    for (int64_t k = 0; k < classes; k++) {
      double difference = probabilities[i * classes + k] - (labels[i] == k);
      sum += difference * difference;
    }
  *score = mean(sum, rows);
  return WG_OK;
}

/* ---- Calibration ---- */

/* The largest probability, and the first class that has it; NaN if one is NaN. */
static double largest_of(const double *p, int64_t classes, int64_t *place) {
  *place = 0;
  for (int64_t k = 0; k < classes; k++) {
    if (isnan(p[k])) return p[k];
    if (p[k] > p[*place]) *place = k;
  }
  return p[*place];
}

/* Puts the samples into bins, where means are still sums; *unknown if one has a probability that is NaN. */
static wg_status bins_fill(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities,
                           int64_t count, wg_bin *bins, bool *unknown, wg_error *error) {
  for (int64_t b = 0; b < count; b++)
    bins[b] = (wg_bin){.low = (double)b / (double)count, .high = (double)(b + 1) / (double)count};
  for (int64_t i = 0; i < rows; i++) {
    int64_t predicted;
    double confidence = largest_of(probabilities + i * classes, classes, &predicted);
    if (isnan(confidence)) {
      *unknown = true;
      continue;
    }
    if (!(confidence >= 0 && confidence <= 1 + 1e-6)) /* by rounding, softmax may exceed 1 a little */
      return wg_error_set(error, WG_ERROR_ARGUMENT, "sample %lld has a probability of %g", (long long)i, confidence);
    int64_t b = (int64_t)ceil(confidence * (double)count) - 1;
    b = b < 0 ? 0 : b >= count ? count - 1 : b;
    if (b > 0 && confidence <= bins[b].low) b--; /* the bounds as they are printed decide, not the product */
    bins[b].count++;
    bins[b].confidence += confidence;
    bins[b].accuracy += predicted == labels[i];
  }
  return WG_OK;
}

wg_status wg_calibration(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities,
                         int64_t count, wg_bin *bins, double *expected, double *largest, wg_error *error) {
  wg_status status = check(rows, classes, labels, error);
  if (status == WG_OK && count < 1) status = wg_error_set(error, WG_ERROR_ARGUMENT, "%lld bins", (long long)count);
  bool unknown = rows == 0;
  if (status == WG_OK) status = bins_fill(rows, classes, labels, probabilities, count, bins, &unknown, error);
  if (status != WG_OK) return status;
  double sum = 0, most = 0;
  for (int64_t b = 0; b < count; b++) {
    double n = (double)bins[b].count;
    bins[b].confidence = bins[b].count ? bins[b].confidence / n : NAN;
    bins[b].accuracy = bins[b].count ? bins[b].accuracy / n : NAN;
    if (!bins[b].count) continue;
    double gap = fabs(bins[b].accuracy - bins[b].confidence);
    sum += n / (double)rows * gap;
    most = fmax(most, gap);
  }
  if (expected) *expected = unknown ? NAN : sum;
  if (largest) *largest = unknown ? NAN : most;
  return WG_OK;
}

/* ---- Worst ---- */

static bool worse(const double *values, int64_t a, int64_t b) {
  if (isnan(values[a]) || isnan(values[b])) return isnan(values[a]) && (!isnan(values[b]) || a < b);
  return values[a] > values[b] || (values[a] == values[b] && a < b);
}

wg_status wg_largest(int64_t rows, const double *values, int64_t count, int64_t *places, int64_t *found,
                     wg_error *error) {
  if (rows < 0 || count < 0)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the largest %lld of %lld", (long long)count, (long long)rows);
  *found = 0;
  for (int64_t i = 0; i < rows && count > 0; i++) { /* each is put in its place among the worst so far */
    if (*found == count && !worse(values, i, places[count - 1])) continue;
    int64_t at = *found < count ? (*found)++ : count - 1;
    for (; at > 0 && worse(values, i, places[at - 1]); at--) places[at] = places[at - 1];
    places[at] = i;
  }
  return WG_OK;
}
