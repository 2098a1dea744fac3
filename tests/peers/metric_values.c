/* Reads "rows classes zero", then for each sample its class, the class predicted and the probabilities; prints the
 * metrics as one JSON object. For test_sklearn.py. */
#include "../../models/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BINS = 10 };

static void number_print(const char *name, double value) {
  if (isfinite(value))
    printf("\"%s\": %.17g, ", name, value);
  else
    printf("\"%s\": null, ", name);
}

static void scores_print(const char *name, wg_scores scores) {
  printf("\"%s\": {", name);
  number_print("precision", scores.precision);
  number_print("recall", scores.recall);
  number_print("f1", scores.f1);
  printf("\"end\": 0}, ");
}

static void metrics_print(const wg_metrics *m) {
  char name[32];
  for (int64_t k = 0; k < m->classes; k++) {
    snprintf(name, sizeof name, "class %" PRId64, k);
    scores_print(name, m->of_class[k]);
  }
  scores_print("micro", m->micro);
  scores_print("macro", m->macro);
  scores_print("weighted", m->weighted);
  number_print("accuracy", m->accuracy);
  number_print("balanced", m->balanced);
  number_print("kappa", m->kappa);
  number_print("mcc", m->mcc);
  printf("\"confusion\": [");
  for (int64_t i = 0; i < m->classes * m->classes; i++) printf("%s%" PRId64, i ? ", " : "", m->confusion[i]);
  printf("], ");
}

int main(void) {
  int64_t rows, classes;
  int zero;
  if (scanf("%" SCNd64 " %" SCNd64 " %d", &rows, &classes, &zero) != 3) return 2;
  size_t n = (size_t)rows, K = (size_t)classes;
  int64_t *labels = malloc(n * sizeof *labels), *predicted = malloc(n * sizeof *predicted);
  double *p = malloc(n * K * sizeof *p);
  bool complete = labels && predicted && p;
  for (size_t i = 0; complete && i < n; i++) {
    complete = scanf("%" SCNd64 " %" SCNd64, &labels[i], &predicted[i]) == 2;
    for (size_t k = 0; complete && k < K; k++) complete = scanf("%lf", &p[i * K + k]) == 1;
  }
  wg_metrics *metrics = NULL;
  wg_bin bins[BINS];
  double top[3], log_loss, brier, ece, mce;
  wg_error error = {0};
  complete = complete &&
             wg_metrics_new(rows, classes, labels, predicted, (wg_zero_division)zero, NULL, &metrics, &error) == WG_OK;
  for (int k = 0; complete && k < 3; k++)
    complete = wg_top_k(rows, classes, labels, p, k + 1, &top[k], &error) == WG_OK;
  complete = complete && wg_log_loss(rows, classes, labels, p, &log_loss, &error) == WG_OK &&
             wg_brier(rows, classes, labels, p, &brier, &error) == WG_OK &&
             wg_calibration(rows, classes, labels, p, BINS, bins, &ece, &mce, &error) == WG_OK;
  if (!complete) {
    fprintf(stderr, "metric_values: %s\n", error.message);
    return 1;
  }
  printf("{");
  metrics_print(metrics);
  number_print("top 1", top[0]);
  number_print("top 2", top[1]);
  number_print("top 3", top[2]);
  number_print("log loss", log_loss);
  number_print("brier", brier);
  printf("\"bins\": [");
  for (int b = 0; b < BINS; b++)
    printf("%s[%" PRId64 ", %.17g, %.17g]", b ? ", " : "", bins[b].count, bins[b].count ? bins[b].confidence : 0,
           bins[b].count ? bins[b].accuracy : 0);
  printf("], ");
  number_print("mce", mce);
  printf("\"ece\": %.17g}\n", ece);
  wg_metrics_free(metrics);
  free(labels);
  free(predicted);
  free(p);
  return 0;
}
