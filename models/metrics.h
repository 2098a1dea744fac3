/* metrics.h: what predictions are worth, by class and all together, on plain arrays.
 *
 * Everywhere labels[i], 0 … classes − 1, is the class of sample i; predicted[i] is the class that it is taken for, or −1
 * if it was given none, which is counted as wrong; and probabilities[i·classes + k] is how likely it is said to be of
 * class k. Definitions are scikit-learn's (1.3 and later) where it has them, over all classes, whether they come up or
 * not. Errors of all functions: WG_ERROR_ARGUMENT (negative counts, classes < 1, a label or prediction out of range),
 * WG_ERROR_MEMORY; results are as they were then. */
#ifndef WG_METRICS_H
#define WG_METRICS_H

#include "error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a quotient 0/0 is: a class that is never predicted has no precision, one that never comes up no recall. */
typedef enum wg_zero_division {
  WG_ZERO_DIVISION_0,
  WG_ZERO_DIVISION_1,
  WG_ZERO_DIVISION_NAN /* and then it is left out of averages; the average of nothing is NaN */
} wg_zero_division;

/* With TP samples of a class predicted as it, FP of others predicted as it, FN of it predicted as others: */
typedef struct wg_scores {
  double precision; /* TP/(TP + FP) */
  double recall;    /* TP/(TP + FN) */
  double f1;        /* 2·TP/(2·TP + FP + FN), their harmonic mean */
} wg_scores;

typedef struct wg_metrics {
  int64_t rows, classes;
  int64_t right, unknown; /* predicted as their class; predicted as none */
  int64_t *confusion;     /* classes×classes: how many of class i (row) are predicted as class k (column) */
  int64_t *support;       /* of each class: samples */
  int64_t *predicted;     /* of each class: samples predicted as it */
  wg_scores *of_class;
  wg_scores micro;    /* of the sums of TP, FP, FN over the classes */
  wg_scores macro;    /* means over the classes */
  wg_scores weighted; /* means weighted by support */
  double accuracy;    /* right/rows; NaN without rows */
  double balanced;    /* balanced accuracy: the mean recall of the classes that come up; NaN without rows */
  double kappa;       /* Cohen's: (accuracy − p)/(1 − p), p the accuracy by chance; NaN where p = 1 */
  double mcc;         /* Matthews's coefficient for several classes (Gorodkin, 2004); 0 where it is 0/0 */
  wg_allocator allocator;
} wg_metrics;

/* The metrics of `rows` predictions, which the caller frees. `allocator` is copied; NULL means malloc and free. */
WG_API wg_status wg_metrics_new(int64_t rows, int64_t classes, const int64_t *labels, const int64_t *predicted,
                                wg_zero_division zero, const wg_allocator *allocator, wg_metrics **metrics,
                                wg_error *error);
WG_API void wg_metrics_free(wg_metrics *metrics);

/* ---- Of probabilities ---- */

/* *accuracy: the part of the samples whose class is among the k likeliest; of equal probabilities the lower class is
 * first, and NaN is none. NaN without rows. */
WG_API wg_status wg_top_k(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities, int64_t k,
                          double *accuracy, wg_error *error);

/* *loss: the mean of −ln of the probability of the class. ∞ where that is 0; NaN without rows. */
WG_API wg_status wg_log_loss(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities,
                             double *loss, wg_error *error);

/* *score: the mean of Σ_k (p_k − y_k)² over the samples, y being 1 at the class and 0 elsewhere: 0 … 2 (Brier, 1950).
 * NaN without rows. */
WG_API wg_status wg_brier(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities,
                          double *score, wg_error *error);

/* A bin of calibration: the samples whose largest probability is in (low, high]; 0 is in the first. */
typedef struct wg_bin {
  double low, high;
  int64_t count;
  double confidence, accuracy; /* the mean largest probability, and the part that is right; NaN without samples */
} wg_bin;

/* Whether a net is as often right as it says: `count` bins of equal width for the array `bins`, the expected calibration
 * error Σ count/rows·|accuracy − confidence|, and the largest of these differences (Naeini, Cooper, Hauskrecht, AAAI
 * 2015; Guo, Pleiss, Sun, Weinberger, ICML 2017). Either may be NULL; both are NaN without rows and where a probability is
 * NaN. More errors: WG_ERROR_ARGUMENT (count < 1, a largest probability above 1). */
WG_API wg_status wg_calibration(int64_t rows, int64_t classes, const int64_t *labels, const double *probabilities,
                                int64_t count, wg_bin *bins, double *expected, double *largest, wg_error *error);

/* ---- Worst ---- */

/* The places of the `count` largest values, the largest first, NaN before all, of equal ones the earlier first; at most
 * `rows` of them, and their number in *found. */
WG_API wg_status wg_largest(int64_t rows, const double *values, int64_t count, int64_t *places, int64_t *found,
                            wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
