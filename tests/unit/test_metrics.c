/* Metrics against numbers computed by hand and those in the documentation of scikit-learn. */
#include "../support.h"

#include "../../models/metrics.h"

#include <math.h>

static wg_metrics *metrics_of(int64_t rows, int64_t classes, const int64_t *labels, const int64_t *predicted,
                              wg_zero_division zero) {
  wg_metrics *m = NULL;
  wg_error error;
  if (wg_metrics_new(rows, classes, labels, predicted, zero, NULL, &m, &error) != WG_OK) fail_msg("%s", error.message);
  return m;
}

static void assert_number(const char *what, double found, double expected) {
  if (isnan(expected) ? !isnan(found) : !(fabs(found - expected) < 1e-14))
    fail_msg("%s is %.17g, not %.17g", what, found, expected);
}

static void assert_scores(const char *what, wg_scores found, double precision, double recall, double f1) {
  assert_number(what, found.precision, precision);
  assert_number(what, found.recall, recall);
  assert_number(what, found.f1, f1);
}

/* ---- Classes ---- */

/* 0 → 0, 1 → 0, 2 → 2, 2 → 2, 2 → 1: the example of scikit-learn's classification_report. */
static const int64_t report_labels[] = {0, 1, 2, 2, 2}, report_predicted[] = {0, 0, 2, 2, 1};

static void the_confusion_matrix_has_a_row_for_each_class(void **state) {
  (void)state;
  wg_metrics *m = metrics_of(5, 3, report_labels, report_predicted, WG_ZERO_DIVISION_0);
  const int64_t confusion[] = {1, 0, 0, 1, 0, 0, 0, 1, 2}, support[] = {1, 1, 3}, predicted[] = {2, 1, 2};
  assert_memory_equal(m->confusion, confusion, sizeof confusion);
  assert_memory_equal(m->support, support, sizeof support);
  assert_memory_equal(m->predicted, predicted, sizeof predicted);
  assert_int_equal(m->right, 3);
  wg_metrics_free(m);
}

static void scores_are_those_of_the_classification_report(void **state) {
  (void)state;
  wg_metrics *m = metrics_of(5, 3, report_labels, report_predicted, WG_ZERO_DIVISION_0);
  assert_scores("class 0", m->of_class[0], 0.5, 1, 2.0 / 3);
  assert_scores("class 1", m->of_class[1], 0, 0, 0);
  assert_scores("class 2", m->of_class[2], 1, 2.0 / 3, 0.8);
  assert_scores("macro", m->macro, 1.5 / 3, 5.0 / 9, (2.0 / 3 + 0.8) / 3);       /* 0.50 0.56 0.49 */
  assert_scores("weighted", m->weighted, 3.5 / 5, 3.0 / 5, (2.0 / 3 + 2.4) / 5); /* 0.70 0.60 0.61 */
  assert_scores("micro", m->micro, 0.6, 0.6, 0.6);
  assert_number("accuracy", m->accuracy, 0.6);
  wg_metrics_free(m);
}

/* scikit-learn's f1_score: macro 0.266…, micro 0.33…, weighted 0.266…. */
static void averages_are_those_of_the_f1_example(void **state) {
  (void)state;
  const int64_t labels[] = {0, 1, 2, 0, 1, 2}, predicted[] = {0, 2, 1, 0, 0, 1};
  wg_metrics *m = metrics_of(6, 3, labels, predicted, WG_ZERO_DIVISION_0);
  assert_scores("macro", m->macro, 2.0 / 9, 1.0 / 3, 0.8 / 3);
  assert_scores("micro", m->micro, 1.0 / 3, 1.0 / 3, 1.0 / 3);
  assert_scores("weighted", m->weighted, 2.0 / 9, 1.0 / 3, 0.8 / 3);
  wg_metrics_free(m);
}

/* Class 1 never comes up and is predicted once; class 2 comes up once and is never predicted; class 3 neither. */
static void a_quotient_of_nothing_is_what_was_asked_for(void **state) {
  (void)state;
  const int64_t labels[] = {0, 0, 2}, predicted[] = {0, 1, 0};
  const double values[] = {0, 1, NAN};
  for (int zero = 0; zero < 3; zero++) {
    wg_metrics *m = metrics_of(3, 4, labels, predicted, (wg_zero_division)zero);
    double z = values[zero];
    assert_scores("class 0", m->of_class[0], 0.5, 0.5, 0.5);
    assert_scores("class 1", m->of_class[1], 0, z, 0);
    assert_scores("class 2", m->of_class[2], z, 0, 0);
    assert_scores("class 3", m->of_class[3], z, z, z);
    if (zero < 2) {
      assert_scores("macro", m->macro, (0.5 + 2 * z) / 4, (0.5 + 2 * z) / 4, (0.5 + z) / 4);
      assert_scores("weighted", m->weighted, (1 + z) / 3, 1.0 / 3, 1.0 / 3);
    } else { /* left out */
      assert_scores("macro", m->macro, 0.25, 0.25, 0.5 / 3);
      assert_scores("weighted", m->weighted, 0.5, 1.0 / 3, 1.0 / 3);
    }
    wg_metrics_free(m);
  }
}

static void nothing_has_no_accuracy(void **state) {
  (void)state;
  wg_metrics *m = metrics_of(0, 2, NULL, NULL, WG_ZERO_DIVISION_NAN);
  assert_number("accuracy", m->accuracy, NAN);
  assert_number("balanced", m->balanced, NAN);
  assert_number("kappa", m->kappa, NAN);
  assert_scores("macro", m->macro, NAN, NAN, NAN);
  wg_metrics_free(m);
}

static void a_sample_predicted_as_none_is_wrong(void **state) {
  (void)state;
  const int64_t labels[] = {0, 0, 1, 1}, predicted[] = {0, -1, 1, 0};
  wg_metrics *m = metrics_of(4, 2, labels, predicted, WG_ZERO_DIVISION_0);
  assert_int_equal(m->unknown, 1);
  assert_number("accuracy", m->accuracy, 0.5);
  assert_scores("class 0", m->of_class[0], 0.5, 0.5, 0.5);
  assert_scores("class 1", m->of_class[1], 1, 0.5, 2.0 / 3);
  assert_scores("micro", m->micro, 2.0 / 3, 0.5, 4.0 / 7);
  wg_metrics_free(m);
}

/* The examples of matthews_corrcoef (−0.33), cohen_kappa_score (0.6875) and balanced_accuracy_score (0.625). */
static void agreement_beyond_chance_is_that_of_the_examples(void **state) {
  (void)state;
  const int64_t a[] = {1, 1, 1, 0}, b[] = {1, 0, 1, 1};
  wg_metrics *m = metrics_of(4, 2, a, b, WG_ZERO_DIVISION_0);
  assert_number("MCC", m->mcc, -1.0 / 3);
  wg_metrics_free(m);
  const int64_t first[] = {0, 1, 0, 2, 1}, second[] = {0, 1, 0, 2, 0};
  m = metrics_of(5, 3, first, second, WG_ZERO_DIVISION_0);
  assert_number("kappa", m->kappa, 0.6875);
  wg_metrics_free(m);
  const int64_t labels[] = {0, 1, 0, 0, 1, 0}, predicted[] = {0, 1, 0, 0, 0, 1};
  m = metrics_of(6, 2, labels, predicted, WG_ZERO_DIVISION_0);
  assert_number("balanced accuracy", m->balanced, 0.625);
  wg_metrics_free(m);
}

/* One class, always right: chance is always right too. */
static void agreement_where_chance_cannot_err_is_not_defined(void **state) {
  (void)state;
  const int64_t labels[] = {1, 1};
  wg_metrics *m = metrics_of(2, 2, labels, labels, WG_ZERO_DIVISION_0);
  assert_number("kappa", m->kappa, NAN);
  assert_number("MCC", m->mcc, 0);
  wg_metrics_free(m);
}

static void labels_out_of_range_are_refused(void **state) {
  (void)state;
  const int64_t good[] = {0, 1}, high[] = {0, 2}, low[] = {-1, 0};
  const double p[] = {0.5, 0.5, 0.5, 0.5};
  wg_metrics *m = NULL;
  wg_error error;
  double value;
  assert_int_equal(wg_metrics_new(2, 2, high, good, WG_ZERO_DIVISION_0, NULL, &m, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "sample 1 is of class 2");
  assert_int_equal(wg_metrics_new(2, 2, good, high, WG_ZERO_DIVISION_0, NULL, &m, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_metrics_new(2, 2, low, good, WG_ZERO_DIVISION_0, NULL, &m, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_metrics_new(2, 0, good, good, WG_ZERO_DIVISION_0, NULL, &m, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_metrics_new(-1, 2, good, good, WG_ZERO_DIVISION_0, NULL, &m, &error), WG_ERROR_ARGUMENT);
  assert_null(m);
  assert_int_equal(wg_top_k(2, 2, low, p, 1, &value, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_log_loss(2, 2, high, p, &value, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_brier(2, 2, high, p, &value, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_calibration(2, 2, good, p, 0, NULL, &value, NULL, &error), WG_ERROR_ARGUMENT);
}

/* ---- Probabilities ---- */

/* The example of top_k_accuracy_score: 0.75 for k = 2. */
static void the_class_is_among_the_likeliest(void **state) {
  (void)state;
  const int64_t labels[] = {0, 1, 2, 2};
  const double p[] = {0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1}, expected[] = {0, 0.5, 0.75, 1, 1};
  double accuracy;
  for (int64_t k = 0; k < 5; k++) {
    assert_int_equal(wg_top_k(4, 3, labels, p, k, &accuracy, NULL), WG_OK);
    assert_number("top k", accuracy, expected[k]);
  }
  /* Equal probabilities: the lower class is first. And no class is likely where one is not a number. */
  const double equal[] = {0.4, 0.4, 0.2, 0.4, 0.4, 0.2, 0.5, NAN, 0.5};
  assert_int_equal(wg_top_k(3, 3, (int64_t[]){0, 1, 0}, equal, 1, &accuracy, NULL), WG_OK);
  assert_number("top 1", accuracy, 1.0 / 3);
}

/* The example of log_loss, 0.21616…: classes ham, spam. */
static void the_log_loss_is_that_of_the_example(void **state) {
  (void)state;
  const int64_t labels[] = {1, 0, 0, 1};
  const double p[] = {0.1, 0.9, 0.9, 0.1, 0.8, 0.2, 0.35, 0.65};
  double loss;
  assert_int_equal(wg_log_loss(4, 2, labels, p, &loss, NULL), WG_OK);
  assert_number("log loss", loss, 0.21616187468057912);
  assert_int_equal(wg_log_loss(1, 2, (int64_t[]){0}, (double[]){0, 1}, &loss, NULL), WG_OK);
  assert_true(isinf(loss));
  assert_int_equal(wg_log_loss(1, 2, (int64_t[]){0}, (double[]){NAN, 1}, &loss, NULL), WG_OK);
  assert_number("log loss", loss, NAN);
}

/* (0.3² + 0.2² + 0.1²) for a = (0.7, 0.2, 0.1), y = (1, 0, 0); 2 for a sure mistake. */
static void the_brier_score_is_the_squared_distance(void **state) {
  (void)state;
  double score;
  assert_int_equal(wg_brier(1, 3, (int64_t[]){0}, (double[]){0.7, 0.2, 0.1}, &score, NULL), WG_OK);
  assert_number("Brier", score, 0.14);
  assert_int_equal(wg_brier(2, 2, (int64_t[]){0, 1}, (double[]){0, 1, 0, 1}, &score, NULL), WG_OK);
  assert_number("Brier", score, 1);
}

/* Five bins; largest probabilities 0.6 (right), 0.55 (wrong), 0.9 (right), 1 (right), 0.8 (wrong):
 *   (0.4, 0.6]: 2, confidence 0.575, accuracy 1/2;  (0.6, 0.8]: 1, 0.8, 0;  (0.8, 1]: 2, 0.95, 1
 *   ECE = 2/5·0.075 + 1/5·0.8 + 2/5·0.05 = 0.21; the largest difference is 0.8. */
static void calibration_compares_confidence_with_accuracy(void **state) {
  (void)state;
  const int64_t labels[] = {0, 0, 1, 1, 1};
  const double p[] = {0.6, 0.4, 0.45, 0.55, 0.1, 0.9, 0, 1, 0.8, 0.2};
  wg_bin bins[5];
  double expected, largest;
  assert_int_equal(wg_calibration(5, 2, labels, p, 5, bins, &expected, &largest, NULL), WG_OK);
  const int64_t counts[] = {0, 0, 2, 1, 2};
  const double confidence[] = {NAN, NAN, 0.575, 0.8, 0.95}, accuracy[] = {NAN, NAN, 0.5, 0, 1};
  for (int b = 0; b < 5; b++) {
    assert_int_equal(bins[b].count, counts[b]);
    assert_number("low", bins[b].low, b / 5.0);
    assert_number("high", bins[b].high, (b + 1) / 5.0);
    assert_number("confidence", bins[b].confidence, confidence[b]);
    assert_number("accuracy", bins[b].accuracy, accuracy[b]);
  }
  assert_number("ECE", expected, 0.21);
  assert_number("MCE", largest, 0.8);
}

static void a_confidence_on_a_bound_is_in_the_lower_bin(void **state) {
  (void)state;
  enum { BINS = 10 };
  for (int b = 1; b <= BINS; b++) {
    wg_bin bins[BINS];
    double bound = (double)b / BINS, p[] = {bound, 0};
    assert_int_equal(wg_calibration(1, 2, (int64_t[]){0}, p, BINS, bins, NULL, NULL, NULL), WG_OK);
    for (int at = 0; at < BINS; at++) assert_int_equal(bins[at].count, at == b - 1);
  }
  wg_bin bins[2];
  assert_int_equal(wg_calibration(1, 1, (int64_t[]){0}, (double[]){0}, 2, bins, NULL, NULL, NULL), WG_OK);
  assert_int_equal(bins[0].count, 1);
}

static void calibration_hides_no_nan(void **state) {
  (void)state;
  wg_bin bins[2];
  double expected, largest;
  assert_int_equal(wg_calibration(1, 2, (int64_t[]){0}, (double[]){NAN, 1}, 2, bins, &expected, &largest, NULL), WG_OK);
  assert_number("ECE", expected, NAN);
  assert_int_equal(wg_calibration(0, 2, NULL, NULL, 2, bins, &expected, &largest, NULL), WG_OK);
  assert_number("MCE", largest, NAN);
  assert_int_equal(wg_calibration(1, 2, (int64_t[]){0}, (double[]){3, 1}, 2, bins, &expected, &largest, NULL),
                   WG_ERROR_ARGUMENT);
}

/* ---- Worst ---- */

static void the_largest_come_first_and_nan_before_all(void **state) {
  (void)state;
  const double values[] = {1, 5, NAN, 3, 5, -2, NAN, 0};
  const int64_t expected[] = {2, 6, 1, 4, 3, 0, 7, 5};
  for (int64_t count = 0; count <= 9; count++) {
    int64_t places[9], found = -1;
    assert_int_equal(wg_largest(8, values, count, places, &found, NULL), WG_OK);
    assert_int_equal(found, count < 8 ? count : 8);
    assert_memory_equal(places, expected, (size_t)found * sizeof *places);
  }
}

static wg_status count_metrics(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_metrics *m = NULL;
  wg_status status = wg_metrics_new(5, 3, report_labels, report_predicted, WG_ZERO_DIVISION_0, allocator, &m, NULL);
  if (status == WG_OK) *number = m->macro.f1;
  wg_metrics_free(m);
  return status;
}

static void metrics_survive_every_failed_allocation(void **state) {
  (void)state;
  assert_survives_failed_allocations("metrics", count_metrics, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_confusion_matrix_has_a_row_for_each_class),
      cmocka_unit_test(scores_are_those_of_the_classification_report),
      cmocka_unit_test(averages_are_those_of_the_f1_example),
      cmocka_unit_test(a_quotient_of_nothing_is_what_was_asked_for),
      cmocka_unit_test(nothing_has_no_accuracy),
      cmocka_unit_test(a_sample_predicted_as_none_is_wrong),
      cmocka_unit_test(agreement_beyond_chance_is_that_of_the_examples),
      cmocka_unit_test(agreement_where_chance_cannot_err_is_not_defined),
      cmocka_unit_test(labels_out_of_range_are_refused),
      cmocka_unit_test(the_class_is_among_the_likeliest),
      cmocka_unit_test(the_log_loss_is_that_of_the_example),
      cmocka_unit_test(the_brier_score_is_the_squared_distance),
      cmocka_unit_test(calibration_compares_confidence_with_accuracy),
      cmocka_unit_test(a_confidence_on_a_bound_is_in_the_lower_bin),
      cmocka_unit_test(calibration_hides_no_nan),
      cmocka_unit_test(the_largest_come_first_and_nan_before_all),
      cmocka_unit_test(metrics_survive_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
