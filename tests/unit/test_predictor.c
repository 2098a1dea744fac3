/* A predictor says what wg_predict says, for any number of samples at a time, scaled or not, for every kind of net, in
 * several threads at once, and without memory of its own while it runs. */
#include "../support.h"
#include "../../models/models.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { COUNT = 23 };

static wg_model *new_model(wg_net_kind kind, wg_dtype dtype, const wg_allocator *allocator) {
  wg_net_spec spec = wg_net_spec_of(kind);
  spec.dtype = dtype;
  spec.allocator = allocator;
  wg_model *model;
  wg_error error = {0};
  if (wg_model_new(&spec, WG_INIT_HE, 5, &model, &error) != WG_OK) fail_msg("%s", error.message);
  return model;
}

static wg_predictor *new_predictor(const wg_model *model, int64_t samples, const wg_scaler *scaler) {
  wg_predictor *predictor;
  wg_error error = {0};
  if (wg_predictor_new(model, samples, scaler, &predictor, &error) != WG_OK) fail_msg("%s", error.message);
  return predictor;
}

static void run(wg_predictor *predictor, int64_t count, wg_dtype dtype, const void *features, int64_t *labels,
                double *probabilities) {
  wg_error error = {0};
  if (wg_predictor_run(predictor, count, dtype, features, labels, probabilities, &error) != WG_OK)
    fail_msg("%s", error.message);
}

static void predictions_are_those_of_the_whole_table(void **state) {
  (void)state;
  for (wg_net_kind kind = 0; !wg_net_is_sequence(kind); kind++) {
    wg_model *model = new_model(kind, WG_F64, NULL);
    wg_predictor *predictor = new_predictor(model, 1, NULL);
    int64_t n = wg_predictor_features(predictor), classes = wg_predictor_classes(predictor);
    assert_int_equal(wg_predictor_answers(predictor), 1);
    double *features = random_f64((size_t)(COUNT * n), -2, 2, 9), *expected = new_f64((size_t)(COUNT * classes));
    double *probabilities = new_f64((size_t)(COUNT * classes));
    int64_t labels[COUNT], expected_labels[COUNT];
    assert_int_equal(wg_predict(model, COUNT, n, features, expected_labels, expected, NULL), WG_OK);
    for (int64_t at_once = 1; at_once <= COUNT + 2; at_once++) {
      wg_predictor_free(predictor);
      predictor = new_predictor(model, at_once, NULL);
      memset(labels, 0, sizeof labels);
      run(predictor, COUNT, WG_F64, features, labels, probabilities);
      run(predictor, COUNT, WG_F64, features, NULL, NULL);
      assert_memory_equal(labels, expected_labels, sizeof labels);
      assert_close(wg_net_name(kind), (size_t)(COUNT * classes), probabilities, expected, 1e-14);
    }
    for (int64_t i = 0; i < COUNT; i++) { /* each class's probability, and all together 1 where they are exclusive */
      double sum = 0;
      for (int64_t k = 0; k < classes; k++) sum += probabilities[i * classes + k];
      if (kind != WG_NET_COLUMNS || classes == 2) assert_true(fabs(sum - 1) < 1e-12);
    }
    wg_predictor_free(predictor);
    wg_model_free(model);
    free(features), free(expected), free(probabilities);
  }
}

static void features_may_be_of_32_or_64_bits(void **state) {
  (void)state;
  for (int dtype = WG_F32; dtype <= WG_F64; dtype++) {
    wg_model *model = new_model(WG_NET_LAYERS, (wg_dtype)dtype, NULL);
    wg_predictor *predictor = new_predictor(model, 4, NULL);
    float narrow[2 * COUNT];
    double wide[2 * COUNT], from_narrow[3 * COUNT], from_wide[3 * COUNT];
    fill_f32(narrow, 2 * COUNT, -2, 2, 1);
    for (int i = 0; i < 2 * COUNT; i++) wide[i] = narrow[i];
    run(predictor, COUNT, WG_F32, narrow, NULL, from_narrow);
    run(predictor, COUNT, WG_F64, wide, NULL, from_wide);
    assert_memory_equal(from_narrow, from_wide, sizeof from_wide);
    wg_predictor_free(predictor);
    wg_model_free(model);
  }
}

/* Net A with w = (2, −1) and b = 0.5 at ((3 − 1)/2, (10 − 4)/3) = (1, 2): z = 2 − 2 + 0.5, σ(0.5) = 0.622459… */
static void features_are_scaled_first(void **state) {
  (void)state;
  wg_model *model = new_model(WG_NET_NEURON, WG_F64, NULL);
  ((double *)model->weights->data[0])[0] = 2;
  ((double *)model->weights->data[0])[1] = -1;
  ((double *)model->weights->data[1])[0] = 0.5;
  double mean[] = {1, 4}, deviation[] = {2, 3}, features[] = {3, 10}, probabilities[2];
  const wg_scaler scaler = {.columns = 2, .mean = mean, .deviation = deviation};
  int64_t label;
  wg_predictor *predictor = new_predictor(model, 1, &scaler);
  run(predictor, 1, WG_F64, features, &label, probabilities);
  assert_true(fabs(probabilities[1] - 0.62245933120185456464) < 1e-15);
  assert_true(fabs(probabilities[0] + probabilities[1] - 1) < 1e-15);
  assert_int_equal(label, 1);
  wg_predictor_free(predictor);
  wg_model_free(model);
}

static void a_language_model_answers_for_every_character(void **state) {
  (void)state;
  for (wg_net_kind kind = WG_NET_RNN; kind < WG_NET_KIND_COUNT; kind++) {
    wg_model *model = new_model(kind, WG_F64, NULL);
    wg_predictor *one = new_predictor(model, 1, NULL), *three = new_predictor(model, 3, NULL);
    int64_t steps = wg_predictor_answers(one), classes = wg_predictor_classes(one), text[5 * 6], a[5 * 6], b[5 * 6];
    assert_true(steps == 6 && classes == 8 && wg_predictor_features(one) == 6);
    double p[5 * 6 * 8], q[5 * 6 * 8];
    fill_i64(text, 30, 0, 8, 4);
    run(one, 5, WG_I64, text, a, p);
    run(three, 5, WG_I64, text, b, q);
    assert_memory_equal(a, b, sizeof a);
    assert_close(wg_net_name(kind), 5 * 6 * 8, p, q, 1e-14);
    for (int i = 0; i < 30; i++) {
      double sum = 0;
      for (int k = 0; k < 8; k++) sum += p[8 * i + k];
      assert_true(fabs(sum - 1) < 1e-12);
      assert_true(p[8 * i + a[i]] >= p[8 * i + (a[i] + 1) % 8]);
    }
    wg_error error = {0};
    text[29] = 8; /* none of the vocabulary's */
    assert_int_equal(wg_predictor_run(three, 5, WG_I64, text, a, NULL, &error), WG_ERROR_DATA);
    assert_int_equal(wg_predictor_run(three, 1, WG_I64, text, a, NULL, &error), WG_OK); /* it is not left behind */
    assert_int_equal(wg_predictor_run(three, 1, WG_F64, p, a, NULL, &error), WG_ERROR_DTYPE);
    wg_predictor_free(one), wg_predictor_free(three);
    wg_model_free(model);
  }
}

static void what_is_not_a_number_is_no_class(void **state) {
  (void)state;
  wg_model *model = new_model(WG_NET_SPIRAL, WG_F32, NULL);
  wg_predictor *predictor = new_predictor(model, 8, NULL);
  const double features[] = {1, 1, NAN, 1, 1, 1};
  int64_t labels[3];
  double probabilities[9];
  run(predictor, 3, WG_F64, features, labels, probabilities);
  assert_int_equal(labels[1], -1);
  assert_true(isnan(probabilities[3]));
  assert_true(labels[0] >= 0 && labels[2] == labels[0]);
  run(predictor, 1, WG_F64, features, labels, probabilities); /* what is left over does no harm */
  assert_true(labels[0] == labels[2] && isfinite(probabilities[0]));
  run(predictor, 0, WG_F64, NULL, NULL, NULL);
  wg_predictor_free(predictor);
  wg_model_free(model);
}

static void changed_weights_are_seen_by_the_next_call(void **state) {
  (void)state;
  wg_model *model = new_model(WG_NET_SOFTMAX, WG_F64, NULL);
  wg_predictor *predictor = new_predictor(model, 2, NULL);
  const double x[] = {0, 0};
  int64_t label;
  for (int k = 0; k < 3; k++) {
    double *bias = model->weights->data[1];
    for (int i = 0; i < 3; i++) bias[i] = i == k;
    run(predictor, 1, WG_F64, x, &label, NULL);
    assert_int_equal(label, k);
  }
  wg_predictor_free(predictor);
  wg_model_free(model);
}

static void running_allocates_nothing(void **state) {
  (void)state;
  failing_memory memory = {0};
  wg_allocator allocator = failing_allocator(&memory);
  wg_model *model = new_model(WG_NET_CNN, WG_F32, &allocator);
  wg_predictor *predictor = new_predictor(model, 3, NULL);
  double *features = random_f64(64 * COUNT, -1, 1, 1), probabilities[10 * COUNT];
  int64_t labels[COUNT];
  size_t calls = memory.calls;
  for (int i = 0; i < 3; i++) run(predictor, COUNT, WG_F64, features, labels, probabilities);
  assert_int_equal(memory.calls, calls);
  wg_predictor_free(predictor);
  wg_model_free(model);
  assert_int_equal(memory.live, 0);
  free(features);
}

/* ---- Threads ---- */

typedef struct question {
  const wg_model *model;
  const double *features;
  double *probabilities;
  int64_t labels[COUNT];
  bool good;
} question;

static void *ask(void *context) {
  question *q = context;
  wg_predictor *predictor = NULL;
  q->good = wg_predictor_new(q->model, 5, NULL, &predictor, NULL) == WG_OK;
  for (int i = 0; i < 50 && q->good; i++)
    q->good = wg_predictor_run(predictor, COUNT, WG_F64, q->features, q->labels, q->probabilities, NULL) == WG_OK;
  wg_predictor_free(predictor);
  return NULL;
}

static void several_predictors_of_one_model_run_in_several_threads(void **state) {
  (void)state;
  enum { THREADS = 4 };
  wg_model *model = new_model(WG_NET_LAYERS, WG_F32, NULL);
  double features[2 * COUNT], probabilities[THREADS][3 * COUNT];
  fill_f64(features, 2 * COUNT, -2, 2, 8);
  question questions[THREADS];
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    questions[i] = (question){.model = model, .features = features, .probabilities = probabilities[i]};
    assert_int_equal(pthread_create(&threads[i], NULL, ask, &questions[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(questions[i].good);
    assert_memory_equal(probabilities[i], probabilities[0], sizeof probabilities[0]);
    assert_memory_equal(questions[i].labels, questions[0].labels, sizeof questions[0].labels);
  }
  wg_model_free(model);
}

static void wrong_calls_are_refused(void **state) {
  (void)state;
  wg_model *model = new_model(WG_NET_SPIRAL, WG_F64, NULL), *text = new_model(WG_NET_RNN, WG_F64, NULL);
  double three[] = {1, 1, 1};
  const wg_scaler scaler = {.columns = 3, .mean = three, .deviation = three};
  wg_predictor *predictor;
  wg_error error = {0};
  assert_int_equal(wg_predictor_new(model, 0, NULL, &predictor, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_predictor_new(model, -1, NULL, &predictor, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_predictor_new(model, 1, &scaler, &predictor, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "a scaler of 3 columns, and the net takes 2");
  assert_int_equal(wg_predictor_new(text, 1, &scaler, &predictor, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_predictor_new(model, INT64_MAX / 2, NULL, &predictor, &error), WG_ERROR_SHAPE);
  assert_null(predictor);
  predictor = new_predictor(model, 1, NULL);
  assert_int_equal(wg_predictor_run(predictor, 1, WG_I64, three, NULL, NULL, &error), WG_ERROR_DTYPE);
  wg_predictor_free(predictor);
  wg_model_free(model), wg_model_free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(predictions_are_those_of_the_whole_table),
      cmocka_unit_test(features_may_be_of_32_or_64_bits),
      cmocka_unit_test(features_are_scaled_first),
      cmocka_unit_test(a_language_model_answers_for_every_character),
      cmocka_unit_test(what_is_not_a_number_is_no_class),
      cmocka_unit_test(changed_weights_are_seen_by_the_next_call),
      cmocka_unit_test(running_allocates_nothing),
      cmocka_unit_test(several_predictors_of_one_model_run_in_several_threads),
      cmocka_unit_test(wrong_calls_are_refused),
  };
  return RUN_TESTS(tests);
}
