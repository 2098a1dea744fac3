/* Training, prediction and evaluation: steps against formulas, what is reached on known data, and what is refused. */
#include "../support.h"

#include "../../models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double *numbers(const wg_table *table) { return table->features; }

static wg_model *new_model(const wg_net_spec *spec, wg_init init, uint64_t seed) {
  wg_model *model;
  wg_error error;
  if (wg_model_new(spec, init, seed, &model, &error) != WG_OK) fail_msg("%s", error.message);
  return model;
}

static wg_model *lecture_model(wg_net_kind kind, uint64_t seed) {
  wg_net_spec spec = wg_net_spec_of(kind);
  return new_model(&spec, WG_INIT_HE, seed);
}

static void train(wg_model *model, const wg_table *table, const wg_train_options *options, wg_epoch *last) {
  wg_error error;
  if (wg_train(model, table, options, last, &error) != WG_OK) fail_msg("%s", error.message);
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(size_t count, double *values) {
  qsort(values, count, sizeof *values, by_size);
  return values[count / 2];
}

/* ---- Steps ---- */

static void a_step_is_w_minus_alpha_times_the_gradient(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 100, 0.2, 1, NULL);
  wg_model *model = lecture_model(WG_NET_SPIRAL, 1);
  double *const *w = (double *const *)model->weights->data;
  double *y = new_f64(900), expected[27];
  for (int i = 0; i < 300; i++) y[3 * i + table->labels[i]] = 1;
  wg_hand *hand = wg_hand_new(300, 2, 4, 3, NULL);
  wg_hand_run(hand, table->features, y, w[0], w[1], w[2], w[3]);
  const double *dw[] = {hand->dW1, hand->db1, hand->dW2, hand->db2};
  int next = 0;
  for (int k = 0; k < 4; k++)
    for (int i = 0; i < model->weights->size[k]; i++) expected[next++] = w[k][i] - 0.3 * dw[k][i];

  wg_train_options options = wg_train_options_default();
  options.rate = 0.3;
  options.epochs = 1;
  train(model, table, &options, NULL);
  next = 0;
  for (int k = 0; k < 4; next += (int)model->weights->size[k++])
    assert_close("weights", (size_t)model->weights->size[k], w[k], expected + next, 1e-12);
  wg_hand_free(hand);
  free(y);
  wg_model_free(model);
  wg_table_free(table);
}

/* Samples that are all alike make every batch's gradient σ(b) − 1, whatever its size. */
static void a_last_smaller_batch_is_a_step_of_its_own(void **state) {
  (void)state;
  wg_table *table = wg_table_new(5, 2, 2, NULL);
  for (int i = 0; i < 5; i++) table->labels[i] = 1;
  const struct {
    int64_t batch;
    int steps;
  } cases[] = {{0, 1}, {1, 5}, {2, 3}, {3, 2}, {4, 2}, {5, 1}, {99, 1}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    wg_model *model = lecture_model(WG_NET_NEURON, 1);
    wg_train_options options = wg_train_options_default();
    options.rate = 0.5;
    options.epochs = 2;
    options.batch = cases[c].batch;
    train(model, table, &options, NULL);
    double b = 0;
    for (int step = 0; step < 2 * cases[c].steps; step++) b += 0.5 * (1 - 1 / (1 + exp(-b)));
    assert_close("b", 1, model->weights->data[1], &b, 1e-14);
    wg_model_free(model);
  }
  wg_table_free(table);
}

static void the_same_seed_gives_the_same_bits(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 30, 0.2, 1, NULL);
  for (int dtype = WG_F32; dtype <= WG_F64; dtype++) {
    double results[3][27];
    for (int run = 0; run < 3; run++) {
      wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
      spec.dtype = (wg_dtype)dtype;
      wg_model *model = new_model(&spec, WG_INIT_HE, 4);
      wg_train_options options = wg_train_options_default();
      options.rate = 0.1;
      options.epochs = 20;
      options.batch = 16;
      options.seed = run < 2 ? 1 : 2;
      train(model, table, &options, NULL);
      memset(results[run], 0, sizeof results[run]);
      size_t at = 0;
      for (size_t k = 0; k < 4; k++) {
        size_t bytes = (size_t)model->weights->size[k] * wg_dtype_size(spec.dtype);
        memcpy((char *)results[run] + at, model->weights->data[k], bytes);
        at += bytes;
      }
      wg_model_free(model);
    }
    assert_memory_equal(results[0], results[1], sizeof results[0]);
    assert_true(memcmp(results[0], results[2], sizeof results[0]) != 0); /* batches in another order */
  }
  wg_table_free(table);
}

/* ---- What is reached ---- */

static double trained_spiral(wg_net_kind kind, const int64_t *widths, int64_t epochs, int64_t batch, uint64_t seed) {
  wg_table *table = wg_spiral(3, 100, 0.2, seed, NULL);
  wg_net_spec spec = wg_net_spec_of(kind);
  spec.dtype = WG_F32;
  spec.widths = widths ? widths : spec.widths;
  wg_model *model = new_model(&spec, WG_INIT_HE, seed);
  wg_train_options options = wg_train_options_default();
  options.epochs = epochs;
  options.batch = batch;
  options.rate = batch ? 0.5 : 1;
  options.report_every = epochs;
  wg_epoch last;
  train(model, table, &options, &last);
  wg_model_free(model);
  wg_table_free(table);
  return last.accuracy;
}

static void a_linear_classifier_gets_half_of_the_spiral(void **state) {
  (void)state;
  double accuracy[3];
  for (int i = 0; i < 3; i++) accuracy[i] = trained_spiral(WG_NET_SOFTMAX, NULL, 300, 0, (uint64_t)i + 1);
  double middle = median(3, accuracy);
  if (middle < 0.45 || middle > 0.6) fail_msg("median accuracy %g", middle);
}

static void four_hidden_units_get_most_of_the_spiral(void **state) {
  (void)state;
  double accuracy[5];
  for (int i = 0; i < 5; i++) accuracy[i] = trained_spiral(WG_NET_SPIRAL, NULL, 1000, 0, (uint64_t)i + 1);
  double middle = median(5, accuracy);
  if (middle < 0.6 || middle > 0.985) fail_msg("median accuracy %g", middle);
}

static void a_hundred_hidden_units_get_nearly_all_of_the_spiral(void **state) {
  (void)state;
  double accuracy[3];
  for (int i = 0; i < 3; i++)
    accuracy[i] = trained_spiral(WG_NET_SPIRAL, (int64_t[]){2, 100, 3}, 80, 30, (uint64_t)i + 1);
  double middle = median(3, accuracy);
  if (middle < 0.96) fail_msg("median accuracy %g", middle);
}

/* Fisher's iris (1936), as it comes with the sources: found beside this file. */
static wg_table *iris(void) {
  const char *here = __FILE__, *name = strrchr(here, '/');
  char path[4096];
  int length = name ? (int)(name - here) : 1;
  snprintf(path, sizeof path, "%.*s/../../models/data/iris.csv", length, name ? here : ".");
  wg_table *table;
  wg_error error;
  if (wg_csv_read(path, NULL, &table, &error) != WG_OK) fail_msg("%s", error.message);
  return table;
}

/* Published: 150 rows, 50 of each class, the first (5.1, 3.5, 1.4, 0.2) a setosa; means 5.843, 3.057, 3.758, 1.199. */
static void iris_is_read_as_published(void **state) {
  (void)state;
  wg_table *table = iris();
  assert_int_equal(table->rows, 150);
  assert_int_equal(table->columns, 4);
  assert_int_equal(table->classes, 3);
  assert_string_equal(table->class_names[2], "virginica");
  assert_memory_equal(table->features, ((double[]){5.1, 3.5, 1.4, 0.2}), 4 * sizeof(double));
  const double means[] = {5.843, 3.057, 3.758, 1.199};
  for (int j = 0; j < 4; j++) {
    double sum = 0;
    for (int i = 0; i < 150; i++) sum += numbers(table)[4 * i + j];
    assert_true(fabs(sum / 150 - means[j]) < 0.0005);
  }
  for (int i = 0; i < 150; i++) assert_int_equal(table->labels[i], i / 50);
  wg_table_free(table);
}

static void iris_is_learned_by_every_net_of_several_classes(void **state) {
  (void)state;
  const struct {
    wg_net_kind kind;
    int64_t widths[3];
    size_t count;
    double rate;
  } nets[] = {{WG_NET_SOFTMAX, {4, 3}, 2, 0.5}, {WG_NET_COLUMNS, {4, 8, 3}, 3, 5}, {WG_NET_SPIRAL, {4, 8, 3}, 3, 0.5}};
  for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) {
    double accuracy[5];
    for (int i = 0; i < 5; i++) {
      wg_table *all = iris(), *rest, *held;
      assert_int_equal(wg_table_split(all, 0.3, (uint64_t)i, &rest, &held, NULL), WG_OK);
      wg_scaler *scaler = wg_scaler_new(rest, NULL);
      wg_scaler_apply(scaler, rest);
      wg_scaler_apply(scaler, held);
      wg_net_spec spec = wg_net_spec_of(nets[n].kind);
      spec.widths = nets[n].widths;
      spec.width_count = nets[n].count;
      wg_model *model = new_model(&spec, WG_INIT_XAVIER, (uint64_t)i);
      wg_train_options options = wg_train_options_default();
      options.rate = nets[n].rate;
      options.epochs = 60;
      options.batch = 32;
      options.report_every = 60;
      train(model, rest, &options, NULL);
      wg_evaluation evaluation;
      assert_int_equal(wg_evaluate(model, held, &evaluation, NULL), WG_OK);
      accuracy[i] = evaluation.accuracy;
      wg_evaluation_clear(&evaluation);
      wg_model_free(model);
      wg_scaler_free(scaler);
      wg_table_free(all);
      wg_table_free(rest);
      wg_table_free(held);
    }
    double middle = median(5, accuracy);
    if (middle < 0.9) fail_msg("net %s: median held-out accuracy %g", wg_net_letter(nets[n].kind), middle);
  }
}

/* ---- Prediction and evaluation ---- */

/* A neuron with w = (1, 0), b = 0: class 1 where the first feature is positive, with probability σ. */
static wg_model *sign_model(void) {
  wg_model *model = lecture_model(WG_NET_NEURON, 1);
  double *w = model->weights->data[0];
  w[0] = 1;
  w[1] = 0;
  return model;
}

static void predictions_are_classes_and_probabilities(void **state) {
  (void)state;
  wg_model *model = sign_model();
  const double points[] = {-log(3), 5, 0, 5, log(3), 5};
  int64_t labels[3];
  double probabilities[6];
  assert_int_equal(wg_predict(model, 3, 2, points, labels, probabilities, NULL), WG_OK);
  assert_memory_equal(labels, ((int64_t[]){0, 0, 1}), sizeof labels);
  assert_close("P", 6, probabilities, (double[]){0.75, 0.25, 0.5, 0.5, 0.25, 0.75}, 1e-15);
  assert_int_equal(wg_predict(model, 0, 2, points, labels, NULL, NULL), WG_OK);
  wg_model_free(model);
}

static void a_prediction_from_nan_is_no_class(void **state) {
  (void)state;
  wg_model *model = sign_model();
  int64_t label;
  double probabilities[2];
  assert_int_equal(wg_predict(model, 1, 2, (double[]){NAN, 0}, &label, probabilities, NULL), WG_OK);
  assert_int_equal(label, -1);
  assert_true(isnan(probabilities[0]) && isnan(probabilities[1]));
  wg_model_free(model);
}

static void points_of_other_features_are_refused(void **state) {
  (void)state;
  wg_model *model = sign_model();
  int64_t label;
  wg_error error;
  assert_int_equal(wg_predict(model, 1, 3, (double[]){1, 2, 3}, &label, NULL, &error), WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "the points have 3 features, the net takes 2");
  wg_model_free(model);
}

/* 3000 samples are more than one batch of evaluation: sample i has the feature i % 5 − 2, and each third one has label 1. */
static void an_evaluation_counts_every_sample_once(void **state) {
  (void)state;
  wg_model *model = sign_model();
  wg_table *table = wg_table_new(3000, 2, 2, NULL);
  int64_t confusion[4] = {0};
  double loss = 0;
  for (int i = 0; i < 3000; i++) {
    double z = i % 5 - 2;
    numbers(table)[2 * i] = z;
    table->labels[i] = i % 3 == 0;
    confusion[2 * (i % 3 == 0) + (z > 0)]++;
    loss += i % 3 == 0 ? log1p(exp(-z)) : log1p(exp(z));
  }
  wg_evaluation evaluation;
  assert_int_equal(wg_evaluate(model, table, &evaluation, NULL), WG_OK);
  assert_int_equal(evaluation.rows, 3000);
  assert_int_equal(evaluation.classes, 2);
  assert_memory_equal(evaluation.confusion, confusion, sizeof confusion);
  assert_int_equal(evaluation.right, confusion[0] + confusion[3]);
  assert_close("accuracy", 1, &evaluation.accuracy, &(double){(double)(confusion[0] + confusion[3]) / 3000}, 1e-15);
  assert_close("loss", 1, &evaluation.loss, &(double){loss / 3000}, 1e-13);
  wg_evaluation_clear(&evaluation);
  assert_null(evaluation.confusion);
  wg_evaluation_clear(&evaluation);
  wg_table_free(table);
  wg_model_free(model);
}

static void an_evaluation_of_no_rows_has_no_accuracy(void **state) {
  (void)state;
  wg_model *model = sign_model();
  wg_table *table = wg_table_new(0, 2, 2, NULL);
  wg_evaluation evaluation;
  assert_int_equal(wg_evaluate(model, table, &evaluation, NULL), WG_OK);
  assert_true(isnan(evaluation.accuracy) && isnan(evaluation.loss));
  assert_int_equal(evaluation.right, 0);
  wg_evaluation_clear(&evaluation);
  wg_table_free(table);
  wg_model_free(model);
}

/* ---- Reports ---- */

typedef struct reports {
  int64_t epochs[64];
  size_t count, stop_at;
} reports;

static bool note(void *context, const wg_epoch *epoch) {
  reports *noted = context;
  noted->epochs[noted->count++] = epoch->epoch;
  assert_true(isfinite(epoch->loss) && epoch->accuracy >= 0 && epoch->accuracy <= 1);
  return noted->count != noted->stop_at;
}

static void assert_reports(int64_t epochs, int64_t every, size_t stop_at, size_t count, const int64_t *expected) {
  wg_table *table = wg_spiral(3, 5, 0.2, 1, NULL);
  wg_model *model = lecture_model(WG_NET_SPIRAL, 1);
  reports noted = {.stop_at = stop_at};
  wg_train_options options = wg_train_options_default();
  options.epochs = epochs;
  options.report_every = every;
  options.progress = note;
  options.context = &noted;
  wg_epoch last;
  train(model, table, &options, &last);
  assert_int_equal(noted.count, count);
  for (size_t i = 0; i < count; i++) assert_int_equal(noted.epochs[i], expected[i]);
  assert_int_equal(last.epoch, expected[count - 1]);
  wg_model_free(model);
  wg_table_free(table);
}

static void epochs_are_reported_from_0_to_the_last(void **state) {
  (void)state;
  assert_reports(3, 0, 0, 4, (int64_t[]){0, 1, 2, 3});
  assert_reports(10, 4, 0, 4, (int64_t[]){0, 4, 8, 10});
  assert_reports(0, 0, 0, 1, (int64_t[]){0});
}

static void the_callback_can_stop_the_training(void **state) {
  (void)state;
  assert_reports(10, 1, 3, 3, (int64_t[]){0, 1, 2});
  assert_reports(10, 1, 1, 1, (int64_t[]){0});
}

/* ---- What is refused ---- */

static void assert_refused(const wg_table *table, const wg_train_options *options, wg_dtype dtype, wg_status status,
                           const char *message) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.dtype = dtype;
  wg_model *model = new_model(&spec, WG_INIT_HE, 1);
  wg_error error = {WG_OK, ""};
  assert_int_equal(wg_train(model, table, options, NULL, &error), status);
  assert_int_equal(error.status, status);
  assert_contains(error.message, message);
  wg_model_free(model);
}

static void a_loss_that_is_not_finite_names_its_epoch(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 20, 0.2, 1, NULL);
  wg_train_options options = wg_train_options_default();
  options.rate = 1e200;
  options.report_every = 1000;
  options.epochs = 1000;
  assert_refused(table, &options, WG_F64, WG_ERROR_DATA, "epoch 2: the loss is ");
  assert_refused(table, &options, WG_F64, WG_ERROR_DATA, "; try a learning rate smaller than 1e+200");
  options.epochs = 1; /* the evaluation after the last step finds it, too */
  assert_refused(table, &options, WG_F64, WG_ERROR_DATA, "epoch 1: the loss is ");
  wg_table_free(table);
}

static void options_out_of_range_are_refused(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 5, 0.2, 1, NULL);
  const double rates[] = {0, -1, NAN, INFINITY};
  for (int i = 0; i < 4; i++) {
    wg_train_options options = wg_train_options_default();
    options.rate = rates[i];
    assert_refused(table, &options, WG_F64, WG_ERROR_ARGUMENT, "the learning rate must be positive, not ");
  }
  wg_train_options options = wg_train_options_default();
  options.epochs = -1;
  assert_refused(table, &options, WG_F64, WG_ERROR_ARGUMENT, "the number of epochs is -1");
  options = wg_train_options_default();
  options.batch = -1;
  assert_refused(table, &options, WG_F64, WG_ERROR_ARGUMENT, "the batch size is -1");
  wg_table_free(table);
}

static void data_that_do_not_fit_are_refused(void **state) {
  (void)state;
  wg_train_options options = wg_train_options_default();
  wg_table *table = wg_table_new(2, 3, 3, NULL);
  assert_refused(table, &options, WG_F64, WG_ERROR_DATA, "the data has 3 features, the net takes 2");
  wg_table_free(table);
  table = wg_table_new(0, 2, 3, NULL);
  assert_refused(table, &options, WG_F64, WG_ERROR_DATA, "there are no samples to learn from");
  wg_table_free(table);
  table = wg_table_new(2, 2, 3, NULL);
  table->labels[1] = 3;
  assert_refused(table, &options, WG_F64, WG_ERROR_DATA, "sample 2 has label 3, outside of 0 to 2");
  table->labels[1] = 0;
  numbers(table)[3] = NAN;
  assert_refused(table, &options, WG_F64, WG_ERROR_DATA, "sample 2, feature 2: nan is not a finite f64 number");
  numbers(table)[3] = 1e300; /* too large for f32, and good for f64 */
  assert_refused(table, &options, WG_F32, WG_ERROR_DATA,
                 "sample 2, feature 2: 1e+300 is not a finite f32 number; f64 takes it");
  wg_table_free(table);
}

static void a_model_of_a_bad_spec_is_refused(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.width_count = 1;
  wg_model *model = (wg_model *)&spec;
  wg_error error;
  assert_int_equal(wg_model_new(&spec, WG_INIT_HE, 1, &model, &error), WG_ERROR_ARGUMENT);
  assert_null(model);
  assert_string_equal(error.message, "net D has 3 widths, not 1");

  const wg_net_spec good = wg_net_spec_of(WG_NET_SPIRAL);
  model = (wg_model *)&spec;
  assert_int_equal(wg_model_new(&good, WG_INIT_COUNT, 1, &model, &error), WG_ERROR_ARGUMENT);
  assert_null(model);
}

static void every_failed_allocation_is_a_status(void **state) {
  (void)state;
  wg_table *table = wg_spiral(2, 3, 0.2, 1, NULL);
  for (int for_good = 0; for_good < 2; for_good++)
    for (size_t n = 1;; n++) {
      failing_memory memory = {.fail = n, .for_good = for_good};
      wg_allocator allocator = failing_allocator(&memory);
      wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
      spec.allocator = &allocator;
      spec.widths = (int64_t[]){2, 2, 2};
      wg_model *model;
      wg_train_options options = wg_train_options_default();
      options.epochs = 1;
      options.batch = 4;
      wg_evaluation evaluation = {0};
      wg_status status = wg_model_new(&spec, WG_INIT_HE, 1, &model, NULL);
      if (status == WG_OK) status = wg_train(model, table, &options, NULL, NULL);
      if (status == WG_OK) status = wg_evaluate(model, table, &evaluation, NULL);
      wg_evaluation_clear(&evaluation);
      assert_int_equal(status, memory.failed ? WG_ERROR_MEMORY : WG_OK);
      wg_model_free(model);
      assert_int_equal(memory.live, 0);
      if (!memory.failed) break;
    }
  wg_table_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_step_is_w_minus_alpha_times_the_gradient),
      cmocka_unit_test(a_last_smaller_batch_is_a_step_of_its_own),
      cmocka_unit_test(the_same_seed_gives_the_same_bits),
      cmocka_unit_test(a_linear_classifier_gets_half_of_the_spiral),
      cmocka_unit_test(four_hidden_units_get_most_of_the_spiral),
      cmocka_unit_test(a_hundred_hidden_units_get_nearly_all_of_the_spiral),
      cmocka_unit_test(iris_is_read_as_published),
      cmocka_unit_test(iris_is_learned_by_every_net_of_several_classes),
      cmocka_unit_test(predictions_are_classes_and_probabilities),
      cmocka_unit_test(a_prediction_from_nan_is_no_class),
      cmocka_unit_test(points_of_other_features_are_refused),
      cmocka_unit_test(an_evaluation_counts_every_sample_once),
      cmocka_unit_test(an_evaluation_of_no_rows_has_no_accuracy),
      cmocka_unit_test(epochs_are_reported_from_0_to_the_last),
      cmocka_unit_test(the_callback_can_stop_the_training),
      cmocka_unit_test(a_loss_that_is_not_finite_names_its_epoch),
      cmocka_unit_test(options_out_of_range_are_refused),
      cmocka_unit_test(data_that_do_not_fit_are_refused),
      cmocka_unit_test(a_model_of_a_bad_spec_is_refused),
      cmocka_unit_test(every_failed_allocation_is_a_status),
  };
  return RUN_TESTS(tests);
}
