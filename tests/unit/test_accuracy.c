/* Nets trained on four well-known sets of data: the accuracy over five folds, the median of seeds.
 *
 * The files (iris.csv, wine_data.csv, breast_cancer.csv, digits.csv.gz) are looked for in the folder csv/ of WENGERT_DATA,
 * or of shared/data beside the checkout; without them the tests are skipped. A net of the same widths in scikit-learn 1.9
 * (MLPClassifier after StandardScaler, StratifiedKFold with shuffling, median of the same number of seeds) reaches 96.0 %
 * on iris, 98.3 on wine, 97.4 on breast cancer and 97.9 on digits; the bounds are about one percentage point below. */
#include "../data_file.h"
#include "../support.h"

#include "../../models/compress.h"
#include "../../models/models.h"

#include <stdio.h>
#include <unistd.h>

enum { FOLDS = 5, SEEDS = 3 };

/* The table of that name, or NULL. */
static wg_table *read_data(const char *name) {
  char path[4096];
  wg_error error;
  wg_table *table;
  if (access(data_path(path, "csv", name, ""), R_OK) != 0) {
    printf("skipped: %s is not there\n", path);
    return NULL;
  }
  if (wg_table_read(path, NULL, &table, &error) != WG_OK) fail_msg("%s", error.message);
  return table;
}

typedef struct training_recipe {
  int64_t hidden, epochs, batch;
  double rate, decay;
} training_recipe;

/* Trains on `rest`, standardized, and counts the right answers on `held`, standardized by the same numbers. */
static int64_t count_right(wg_table *rest, wg_table *held, const training_recipe *recipe, uint64_t seed) {
  wg_error error = {WG_OK, ""};
  wg_scaler *scaler = wg_scaler_new(rest, NULL);
  assert_int_equal(wg_scaler_apply(scaler, rest), WG_OK);
  assert_int_equal(wg_scaler_apply(scaler, held), WG_OK);
  wg_scaler_free(scaler);

  const int64_t widths[] = {rest->columns, recipe->hidden, rest->classes};
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.width_count = 3;
  spec.widths = widths;
  wg_train_options options = wg_train_options_default();
  assert_true(wg_optimizer_find("adam", &options.optimizer));
  options.optimizer.decay = recipe->decay;
  options.rate = recipe->rate;
  options.epochs = options.report_every = recipe->epochs;
  options.batch = recipe->batch;
  options.seed = seed;
  wg_model *model;
  wg_evaluation evaluation;
  assert_int_equal(wg_model_new(&spec, WG_INIT_HE, seed, &model, NULL), WG_OK);
  if (wg_train(model, rest, &options, NULL, &error) != WG_OK) fail_msg("%s", error.message);
  assert_int_equal(wg_evaluate(model, held, &evaluation, NULL), WG_OK);
  int64_t right = evaluation.right;
  wg_evaluation_clear(&evaluation);
  wg_model_free(model);
  return right;
}

static double accuracy(const wg_table *table, const training_recipe *recipe, uint64_t seed) {
  int64_t right = 0;
  for (int64_t fold = 0; fold < FOLDS; fold++) {
    wg_table *rest, *held;
    assert_int_equal(wg_table_fold(table, FOLDS, fold, seed, &rest, &held, NULL), WG_OK);
    right += count_right(rest, held, recipe, seed);
    wg_table_free(rest);
    wg_table_free(held);
  }
  return (double)right / (double)table->rows;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void assert_accuracy(const char *name, const training_recipe *recipe, double bound) {
  wg_table *table = read_data(name);
  if (!table) skip();
  double reached[SEEDS];
  for (int i = 0; i < SEEDS; i++) reached[i] = accuracy(table, recipe, (uint64_t)i + 1);
  wg_table_free(table);
  qsort(reached, SEEDS, sizeof *reached, by_size);
  double median = reached[SEEDS / 2];
  printf("%s: %.2f %% (%.2f to %.2f) over %d folds\n", name, 100 * median, 100 * reached[0], 100 * reached[SEEDS - 1],
         FOLDS);
  if (median < bound) fail_msg("%s: %.2f %%, less than %.2f", name, 100 * median, 100 * bound);
}

static void iris_is_told_apart(void **state) {
  (void)state;
  assert_accuracy("iris.csv", &(training_recipe){8, 100, 16, 0.01, 1e-3}, 0.945);
}

static void wine_is_told_apart(void **state) {
  (void)state;
  assert_accuracy("wine_data.csv", &(training_recipe){16, 60, 16, 0.01, 1e-2}, 0.97);
}

static void breast_cancer_is_told_apart(void **state) {
  (void)state;
  assert_accuracy("breast_cancer.csv", &(training_recipe){16, 40, 32, 0.005, 1e-2}, 0.965);
}

static void digits_are_told_apart(void **state) {
  (void)state;
  if (!wg_has_zlib()) skip();
  assert_accuracy("digits.csv.gz", &(training_recipe){64, 30, 32, 0.003, 1e-3}, 0.97);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(iris_is_told_apart),
      cmocka_unit_test(wine_is_told_apart),
      cmocka_unit_test(breast_cancer_is_told_apart),
      cmocka_unit_test(digits_are_told_apart),
  };
  return RUN_TESTS(tests);
}
