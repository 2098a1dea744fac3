/* What stands around an optimizer: gradients added up and clipped, averages of weights, and early stopping. */
#include "../support.h"

#include "../../models/average.h"
#include "../../models/early_stopping.h"
#include "../../models/gradients.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- Weights of 3, 0 and 2 elements ---- */

enum { COUNT = 3, SIZE = 3 };

typedef struct fixture {
  wg_weights weights;
  int64_t size[COUNT];
  void *data[COUNT];
  double w[COUNT][SIZE];
  float w32[COUNT][SIZE];
} fixture;

static void fill(fixture *f, wg_dtype dtype, double value) {
  *f = (fixture){.size = {3, 0, 2}};
  f->weights = (wg_weights){.dtype = dtype, .count = COUNT, .size = f->size, .data = f->data};
  for (size_t k = 0; k < COUNT; k++) {
    f->data[k] = dtype == WG_F32 ? (void *)f->w32[k] : f->w[k];
    for (int64_t i = 0; i < f->size[k]; i++) {
      f->w[k][i] = value;
      f->w32[k][i] = (float)value;
    }
  }
}

static wg_gradients *zeros(const fixture *f) {
  wg_gradients *gradients = wg_gradients_new(&f->weights, NULL);
  assert_non_null(gradients);
  return gradients;
}

static double at(const wg_gradients *gradients, size_t k, size_t i) {
  return gradients->dtype == WG_F32 ? (double)((float *)gradients->data[k])[i] : ((double *)gradients->data[k])[i];
}

static void set(wg_gradients *gradients, size_t k, size_t i, double value) {
  if (gradients->dtype == WG_F32)
    ((float *)gradients->data[k])[i] = (float)value;
  else
    ((double *)gradients->data[k])[i] = value;
}

static void assert_near(double actual, double expected, double bound) {
  if (!(fabs(actual - expected) <= bound * fmax(1, fabs(expected)))) fail_msg("%.17g, not %.17g", actual, expected);
}

/* ---- Gradients ---- */

static void gradients_are_added_with_their_share(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    fixture first, second;
    fill(&first, dtype, 3);
    fill(&second, dtype, -1);
    wg_gradients *sum = zeros(&first);
    wg_gradients_add(sum, (const void *const *)first.data, 0.75); /* the mean of 6 samples and 2 */
    wg_gradients_add(sum, (const void *const *)second.data, 0.25);
    assert_near(at(sum, 0, 2), 2, 0);
    assert_near(at(sum, 2, 1), 2, 0);
    second.data[0] = NULL;
    wg_gradients_add(sum, (const void *const *)second.data, 1);
    assert_near(at(sum, 0, 2), 2, 0);
    assert_near(at(sum, 2, 1), 1, 0);
    wg_gradients_zero(sum);
    assert_near(wg_gradients_norm(sum), 0, 0);
    wg_gradients_free(sum);
  }
}

static void clipping_by_value_bounds_each_element(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    fixture f;
    fill(&f, dtype, 0);
    wg_gradients *g = zeros(&f);
    const double values[] = {3, -3, 0.25}, expected[] = {0.5, -0.5, 0.25};
    for (size_t i = 0; i < 3; i++) set(g, 0, i, values[i]);
    set(g, 2, 0, NAN);
    set(g, 2, 1, -INFINITY);
    wg_clip_value(g, 0.5);
    for (size_t i = 0; i < 3; i++) assert_near(at(g, 0, i), expected[i], 0);
    assert_true(isnan(at(g, 2, 0)));
    assert_near(at(g, 2, 1), -0.5, 0);
    wg_gradients_free(g);
  }
}

static void clipping_by_norm_scales_all_alike(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    double bound = dtype == WG_F32 ? 1e-6 : 1e-15;
    fixture f;
    fill(&f, dtype, 0);
    wg_gradients *g = zeros(&f);
    set(g, 0, 1, 3);
    set(g, 2, 0, -4);
    assert_near(wg_clip_norm(g, 10), 5, 0); /* is within */
    assert_near(at(g, 0, 1), 3, 0);
    assert_near(wg_clip_norm(g, 1), 5, 0);
    assert_near(at(g, 0, 1), 3 / (5 + 1e-6), bound);
    assert_near(at(g, 2, 0), -4 / (5 + 1e-6), bound);
    set(g, 2, 1, NAN);
    assert_true(isnan(wg_clip_norm(g, 1)));
    assert_true(isnan(at(g, 0, 1)) && isnan(at(g, 0, 0))); /* a direction that has no length is none */
    wg_gradients_free(g);
  }
}

static void norms_of_extreme_gradients_are_numbers(void **state) {
  (void)state;
  fixture f;
  fill(&f, WG_F64, 0);
  wg_gradients *g = zeros(&f);
  const double scales[] = {1e-320, 1e-300, 1e-200, 1, 1e150, 1e200, 1e300};
  for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
    set(g, 0, 0, 3 * scales[s]);
    set(g, 2, 1, 4 * scales[s]);
    double norm = wg_gradients_norm(g) / scales[s];
    if (!(fabs(norm - 5) < (s ? 1e-14 : 1e-3))) fail_msg("%g of %g", norm, scales[s]);
  }
  set(g, 0, 0, INFINITY);
  assert_true(isinf(wg_gradients_norm(g)));
  wg_gradients_free(g);
}

static void the_norm_covers_every_element(void **state) {
  (void)state;
  int64_t size = 37; /* whole groups of lanes, and a rest */
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    void *data = NULL;
    const wg_weights weights = {.dtype = dtype, .count = 1, .size = &size, .data = &data};
    wg_gradients *g = wg_gradients_new(&weights, NULL);
    assert_non_null(g);
    double squares = 0;
    for (int i = 0; i < size; i++) {
      set(g, 0, (size_t)i, i + 1);
      squares += (i + 1) * (i + 1);
    }
    assert_near(wg_gradients_norm(g), sqrt(squares), 1e-14);
    wg_gradients_free(g);
  }
}

/* ---- Averages ---- */

static wg_average *averaging(wg_average_kind kind, double decay, const fixture *f) {
  wg_average *average;
  wg_error error;
  if (wg_average_new(kind, decay, &f->weights, NULL, &average, &error) != WG_OK) fail_msg("%s", error.message);
  return average;
}

static void become(fixture *f, double value) {
  for (size_t k = 0; k < COUNT; k++)
    for (int64_t i = 0; i < f->size[k]; i++) {
      f->w[k][i] = value;
      f->w32[k][i] = (float)value;
    }
}

static double averaged(const wg_average *average) {
  const wg_weights *weights = wg_average_weights(average);
  return weights->dtype == WG_F32 ? (double)((float *)weights->data[2])[1] : ((double *)weights->data[2])[1];
}

static void averages_are_what_their_formulas_say(void **state) {
  (void)state;
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    double bound = dtype == WG_F32 ? 1e-6 : 1e-15;
    fixture f;
    fill(&f, dtype, 8);
    wg_average *mean = averaging(WG_AVERAGE_SWA, 0, &f), *moving = averaging(WG_AVERAGE_EMA, 0.75, &f);
    assert_int_equal(wg_average_count(mean), 0);
    assert_near(averaged(mean), 8, 0); /* the weights themselves so far */
    const double values[] = {4, 8, 0};
    for (int i = 0; i < 3; i++) {
      become(&f, values[i]);
      wg_average_update(mean);
      wg_average_update(moving);
    }
    assert_int_equal(wg_average_count(mean), 3);
    assert_near(averaged(mean), 4, bound);
    assert_near(averaged(moving), 0.75 * (0.75 * 4 + 0.25 * 8), bound);
    wg_average_apply(mean);
    assert_near(dtype == WG_F32 ? (double)f.w32[0][2] : f.w[0][2], 4, bound);
    wg_average_free(mean);
    wg_average_free(moving);
  }
}

static void nothing_is_applied_before_the_first_update(void **state) {
  (void)state;
  fixture f;
  fill(&f, WG_F64, 8);
  wg_average *average = averaging(WG_AVERAGE_EMA, 0.5, &f);
  wg_average_apply(average);
  assert_near(f.w[0][0], 8, 0);
  f.w[0][0] = NAN;
  wg_average_update(average);
  f.w[0][0] = 1;
  wg_average_update(average);
  assert_true(isnan(((double *)wg_average_weights(average)->data[0])[0])); /* is not hidden */
  wg_average_free(average);
}

static void averages_restored_go_on_with_the_same_bits(void **state) {
  (void)state;
  fixture f, other;
  fill(&f, WG_F64, 1);
  fill(&other, WG_F64, 1);
  wg_average *a = averaging(WG_AVERAGE_SWA, 0, &f), *b = averaging(WG_AVERAGE_SWA, 0, &other);
  for (int i = 0; i < 3; i++) {
    become(&f, 0.1 * i);
    wg_average_update(a);
  }
  assert_int_equal(wg_average_state_count(a), 1 + COUNT);
  for (size_t i = 0; i < wg_average_state_count(a); i++) {
    wg_state_array from, to;
    assert_true(wg_average_state_at(a, i, &from) && wg_average_state_at(b, i, &to));
    assert_string_equal(from.name, to.name);
    memcpy(to.data, from.data, from.count * wg_dtype_size(from.dtype));
  }
  assert_int_equal(wg_average_state_check(b, NULL), WG_OK);
  become(&f, 0.7);
  become(&other, 0.7);
  wg_average_update(a);
  wg_average_update(b);
  assert_true(averaged(a) == averaged(b) && averaged(a) < 0.3);
  wg_state_array array;
  assert_false(wg_average_state_at(b, 1 + COUNT, &array));
  assert_true(wg_average_state_at(b, 0, &array));
  *(int64_t *)array.data = -1;
  assert_int_equal(wg_average_state_check(b, NULL), WG_ERROR_DATA);
  wg_average_free(a);
  wg_average_free(b);
}

static void averages_have_names_and_ranges(void **state) {
  (void)state;
  fixture f;
  fill(&f, WG_F64, 1);
  wg_average_kind found;
  for (wg_average_kind kind = 0; kind < WG_AVERAGE_KIND_COUNT; kind++)
    assert_true(wg_average_find(wg_average_text(kind), &found) && found == kind);
  assert_false(wg_average_find("mean", &found));
  assert_string_equal(wg_average_text(WG_AVERAGE_KIND_COUNT), "");
  wg_average *average;
  wg_error error;
  assert_int_equal(wg_average_new(WG_AVERAGE_EMA, 1, &f.weights, NULL, &average, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "must be from 0 to below 1, not 1");
  assert_int_equal(wg_average_new(WG_AVERAGE_KIND_COUNT, 0, &f.weights, NULL, &average, &error), WG_ERROR_ARGUMENT);
  assert_null(average);
}

/* ---- Early stopping ---- */

static wg_early_stopping *stopping_for(int64_t patience, double min_delta, bool rising, fixture *f) {
  const wg_early_stopping_options options = {patience, min_delta, rising};
  wg_early_stopping *stopping;
  wg_error error;
  if (wg_early_stopping_new(&options, f ? &f->weights : NULL, NULL, &stopping, &error) != WG_OK)
    fail_msg("%s", error.message);
  return stopping;
}

static void it_stops_after_waiting_and_brings_the_best_back(void **state) {
  (void)state;
  fixture f;
  fill(&f, WG_F64, 0);
  wg_early_stopping *s = stopping_for(3, 0, false, &f);
  const double losses[] = {5, 4, 4, NAN, 3, 3.5, 3, 3.2};
  assert_int_equal(wg_early_stopping_best_epoch(s), -1);
  wg_early_stopping_restore(s); /* nothing yet */
  for (int epoch = 0; epoch < 8; epoch++) {
    become(&f, epoch + 1);
    assert_true(wg_early_stopping_observe(s, epoch, losses[epoch]) == (epoch == 7));
    assert_true(wg_early_stopping_over(s) == (epoch == 7));
  }
  assert_near(wg_early_stopping_best(s), 3, 0);
  assert_int_equal(wg_early_stopping_best_epoch(s), 4);
  assert_near(f.w[2][1], 8, 0);
  wg_early_stopping_restore(s);
  assert_near(f.w[2][1], 5, 0);
  assert_near(f.w[0][2], 5, 0);
  wg_early_stopping_free(s);
}

static void a_gain_must_be_larger_than_the_least(void **state) {
  (void)state;
  wg_early_stopping *s = stopping_for(2, 0.5, false, NULL);
  assert_false(wg_early_stopping_observe(s, 0, 4));
  assert_false(wg_early_stopping_observe(s, 1, 3.5)); /* by just the least: no */
  assert_false(wg_early_stopping_observe(s, 2, 3.25));
  assert_int_equal(wg_early_stopping_best_epoch(s), 2);
  wg_early_stopping_free(s);
}

static void accuracy_may_be_watched_too(void **state) {
  (void)state;
  wg_early_stopping *s = stopping_for(1, 0, true, NULL);
  assert_false(wg_early_stopping_observe(s, 0, 0));
  assert_false(wg_early_stopping_observe(s, 1, 0.5));
  assert_true(wg_early_stopping_observe(s, 2, 0.5));
  assert_near(wg_early_stopping_best(s), 0.5, 0);
  wg_early_stopping_restore(s); /* keeps no weights */
  wg_early_stopping_free(s);
}

static void early_stopping_restored_stops_at_the_same_epoch(void **state) {
  (void)state;
  fixture f, other;
  fill(&f, WG_F64, 0);
  fill(&other, WG_F64, 0);
  wg_early_stopping *a = stopping_for(3, 0, false, &f), *b = stopping_for(3, 0, false, &other);
  become(&f, 7);
  wg_early_stopping_observe(a, 0, 1);
  wg_early_stopping_observe(a, 1, 2);
  assert_int_equal(wg_early_stopping_state_count(a), 3 + COUNT);
  for (size_t i = 0; i < wg_early_stopping_state_count(a); i++) {
    wg_state_array from, to;
    assert_true(wg_early_stopping_state_at(a, i, &from) && wg_early_stopping_state_at(b, i, &to));
    assert_string_equal(from.name, to.name);
    memcpy(to.data, from.data, from.count * wg_dtype_size(from.dtype));
  }
  assert_int_equal(wg_early_stopping_state_check(b, NULL), WG_OK);
  assert_false(wg_early_stopping_observe(b, 2, 2));
  assert_true(wg_early_stopping_observe(b, 3, 2));
  wg_early_stopping_restore(b);
  assert_near(other.w[2][0], 7, 0);
  wg_state_array array;
  assert_false(wg_early_stopping_state_at(b, 3 + COUNT, &array));
  for (size_t i = 1; i < 3; i++) {
    assert_true(wg_early_stopping_state_at(b, i, &array));
    *(int64_t *)array.data = -2;
    assert_int_equal(wg_early_stopping_state_check(b, NULL), WG_ERROR_DATA);
    *(int64_t *)array.data = 0;
  }
  wg_early_stopping_free(a);
  wg_early_stopping_free(b);
}

static void early_stopping_refuses_options_out_of_range(void **state) {
  (void)state;
  const wg_early_stopping_options wrong[] = {{0, 0, false}, {1, -1, false}, {1, NAN, false}, {1, INFINITY, true}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    wg_early_stopping *stopping;
    assert_int_equal(wg_early_stopping_new(&wrong[i], NULL, NULL, &stopping, NULL), WG_ERROR_ARGUMENT);
    assert_null(stopping);
  }
}

/* ---- Long tensors, which take vector instructions ---- */

enum { LONG = 1003 };

static void long_tensors_have_the_bits_of_their_elements(void **state) {
  (void)state;
  int64_t size[] = {LONG};
  static double w[LONG], first[LONG];
  void *data[] = {w};
  const void *from[] = {first};
  const wg_weights weights = {.dtype = WG_F64, .count = 1, .size = size, .data = data};
  wg_gradients *gradients = wg_gradients_new(&weights, NULL);
  double *g = gradients->data[0], lane[8] = {0};
  fill_f64(first, LONG, -1, 1, 1);
  wg_gradients_add(gradients, from, 0.3);
  wg_gradients_add(gradients, from, 0.6);
  wg_clip_value(gradients, 0.5);
  for (size_t i = 0; i < LONG; i++) {
    double expected = 0.3 * first[i];
    expected += 0.6 * first[i];
    expected = expected > 0.5 ? 0.5 : expected < -0.5 ? -0.5 : expected;
    assert_memory_equal(&g[i], &expected, sizeof expected);
    lane[i % 8] += expected * expected;
  }
  double norm = sqrt(((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7])));
  assert_true(wg_gradients_norm(gradients) == norm);
  wg_clip_norm(gradients, 1);
  double clipped = first[3] * 0.3;
  clipped += 0.6 * first[3];
  clipped = (clipped > 0.5 ? 0.5 : clipped < -0.5 ? -0.5 : clipped) * (1 / (norm + 1e-6));
  assert_memory_equal(&g[3], &clipped, sizeof clipped);
  wg_gradients_free(gradients);

  wg_average *average;
  assert_int_equal(wg_average_new(WG_AVERAGE_EMA, 0.9, &weights, NULL, &average, NULL), WG_OK);
  memset(w, 0, sizeof w);
  wg_average_update(average);
  memcpy(w, first, sizeof w);
  wg_average_update(average);
  for (size_t i = 0; i < LONG; i++)
    assert_true(((double *)wg_average_weights(average)->data[0])[i] == (1 - 0.9) * first[i]);
  wg_average_free(average);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradients_are_added_with_their_share),
      cmocka_unit_test(clipping_by_value_bounds_each_element),
      cmocka_unit_test(clipping_by_norm_scales_all_alike),
      cmocka_unit_test(norms_of_extreme_gradients_are_numbers),
      cmocka_unit_test(the_norm_covers_every_element),
      cmocka_unit_test(averages_are_what_their_formulas_say),
      cmocka_unit_test(nothing_is_applied_before_the_first_update),
      cmocka_unit_test(averages_restored_go_on_with_the_same_bits),
      cmocka_unit_test(averages_have_names_and_ranges),
      cmocka_unit_test(it_stops_after_waiting_and_brings_the_best_back),
      cmocka_unit_test(a_gain_must_be_larger_than_the_least),
      cmocka_unit_test(accuracy_may_be_watched_too),
      cmocka_unit_test(early_stopping_restored_stops_at_the_same_epoch),
      cmocka_unit_test(early_stopping_refuses_options_out_of_range),
      cmocka_unit_test(long_tensors_have_the_bits_of_their_elements),
  };
  return RUN_TESTS(tests);
}
