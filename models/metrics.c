/* metrics.c: what predicted classes are worth: confusion, precision, recall, F1 and their averages. */
#include "metrics.h"

#include "../engine/memory.h"

#include <math.h>

static double quotient(double over, double under, wg_zero_division zero) {
  if (under != 0) return over / under;
  return zero == WG_ZERO_DIVISION_0 ? 0 : zero == WG_ZERO_DIVISION_1 ? 1 : NAN;
}

/* The scores of a class or of all together: TP, and how many are and are predicted. */
static wg_scores scores_of(int64_t right, int64_t support, int64_t predicted, wg_zero_division zero) {
  double TP = (double)right, FN = (double)(support - right), FP = (double)(predicted - right);
  return (wg_scores){.precision = quotient(TP, TP + FP, zero),
                     .recall = quotient(TP, TP + FN, zero),
                     .f1 = quotient(2 * TP, 2 * TP + FP + FN, zero)};
}

/* ---- Averages ---- */

/* A weighted mean that leaves NaN out. */
typedef struct average {
  double sum, weight;
} average;

static void average_add(average *a, double value, double weight) {
  if (isnan(value)) return;
  a->sum += weight * value;
  a->weight += weight;
}

static double average_of(const average *a, wg_zero_division zero) { return quotient(a->sum, a->weight, zero); }

/* Each class counts 1, or its support. */
static wg_scores scores_average(const wg_metrics *m, bool by_support, wg_zero_division zero) {
  average precision = {0}, recall = {0}, f1 = {0};
  for (int64_t k = 0; k < m->classes; k++) {
    double weight = by_support ? (double)m->support[k] : 1;
    average_add(&precision, m->of_class[k].precision, weight);
    average_add(&recall, m->of_class[k].recall, weight);
    average_add(&f1, m->of_class[k].f1, weight);
  }
  return (wg_scores){average_of(&precision, zero), average_of(&recall, zero), average_of(&f1, zero)};
}

static double balanced_accuracy(const wg_metrics *m) {
  average recall = {0};
  for (int64_t k = 0; k < m->classes; k++)
    if (m->support[k]) average_add(&recall, (double)m->confusion[k * m->classes + k] / (double)m->support[k], 1);
  return average_of(&recall, WG_ZERO_DIVISION_NAN);
}

/* ---- Agreement beyond chance ---- */

static void agreement(wg_metrics *m) {
  double n = (double)m->rows, right = (double)m->right, both = 0, predicted = 0, support = 0;
  for (int64_t k = 0; k < m->classes; k++) {
    double p = (double)m->predicted[k], t = (double)m->support[k];
    both += p * t;
    predicted += p * p;
    support += t * t;
  }
  predicted += (double)m->unknown * (double)m->unknown; /* as a class of its own, which never comes up */
  m->kappa = n * n == both || n == 0 ? NAN : (n * right - both) / (n * n - both);
  double under = sqrt(n * n - predicted) * sqrt(n * n - support);
  m->mcc = under == 0 ? 0 : (n * right - both) / under;
}

/* ---- Counting ---- */

static wg_status count(wg_metrics *m, const int64_t *labels, const int64_t *predicted, wg_error *error) {
  for (int64_t i = 0; i < m->rows; i++) {
    int64_t is = labels[i], seems = predicted[i];
    if (is < 0 || is >= m->classes || seems < -1 || seems >= m->classes)
      return wg_error_set(error, WG_ERROR_ARGUMENT, "sample %lld is of class %lld and predicted as %lld, of %lld",
                          (long long)i, (long long)is, (long long)seems, (long long)m->classes);
    m->support[is]++;
    if (seems < 0) {
      m->unknown++;
      continue;
    }
    m->confusion[is * m->classes + seems]++;
    m->predicted[seems]++;
    m->right += is == seems;
  }
  return WG_OK;
}

static bool metrics_allocate(wg_metrics *m) {
  size_t classes = (size_t)m->classes, cells;
  if (!wg_size_multiply(classes, classes, &cells)) return false;
  m->confusion = wg_allocate_zeroed(&m->allocator, cells, sizeof *m->confusion);
  m->support = wg_allocate_zeroed(&m->allocator, classes, sizeof *m->support);
  m->predicted = wg_allocate_zeroed(&m->allocator, classes, sizeof *m->predicted);
  m->of_class = wg_allocate(&m->allocator, classes, sizeof *m->of_class);
  return m->confusion && m->support && m->predicted && m->of_class;
}

wg_status wg_metrics_new(int64_t rows, int64_t classes, const int64_t *labels, const int64_t *predicted,
                         wg_zero_division zero, const wg_allocator *allocator, wg_metrics **metrics, wg_error *error) {
  if (rows < 0 || classes < 1)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%lld samples of %lld classes", (long long)rows, (long long)classes);
  if (!allocator) allocator = &wg_allocator_default;
  wg_metrics *m = wg_allocate_zeroed(allocator, 1, sizeof *m);
  if (!m) return wg_error_memory(error);
  *m = (wg_metrics){.rows = rows, .classes = classes, .allocator = *allocator};
  wg_status status = metrics_allocate(m) ? count(m, labels, predicted, error) : wg_error_memory(error);
  if (status != WG_OK) {
    wg_metrics_free(m);
    return status;
  }
  for (int64_t k = 0; k < classes; k++)
    m->of_class[k] = scores_of(m->confusion[k * classes + k], m->support[k], m->predicted[k], zero);
  m->micro = scores_of(m->right, rows, rows - m->unknown, zero);
  m->macro = scores_average(m, false, zero);
  m->weighted = scores_average(m, true, zero);
  m->accuracy = quotient((double)m->right, (double)rows, WG_ZERO_DIVISION_NAN);
  m->balanced = balanced_accuracy(m);
  agreement(m);
  *metrics = m;
  return WG_OK;
}

void wg_metrics_free(wg_metrics *metrics) {
  if (!metrics) return;
  wg_allocator allocator = metrics->allocator;
  wg_release(&allocator, metrics->confusion);
  wg_release(&allocator, metrics->support);
  wg_release(&allocator, metrics->predicted);
  wg_release(&allocator, metrics->of_class);
  wg_release(&allocator, metrics);
}
