/* Sets that are made, folds, scales of images, and images shifted and mirrored. */
#include "../support.h"

#include "../../models/models.h"

#include <math.h>
#include <string.h>

static wg_table *made(wg_made set, int64_t points, double noise) {
  wg_made_options options = wg_made_options_of(set);
  wg_table *table;
  options.points = points;
  options.noise = noise;
  assert_int_equal(wg_made_table(set, &options, NULL, &table, NULL), WG_OK);
  assert_int_equal(table->rows, points * table->classes);
  assert_int_equal(table->columns, 2);
  for (int64_t i = 0; i < table->rows; i++) assert_int_equal(table->labels[i], i / points);
  return table;
}

static double x(const wg_table *table, int64_t row) { return wg_table_feature(table, row, 0); }
static double y(const wg_table *table, int64_t row) { return wg_table_feature(table, row, 1); }

static void assert_near(double a, double b) {
  if (!(fabs(a - b) <= 1e-12)) fail_msg("%.17g, not %.17g", a, b);
}

/* ---- Sets ---- */

/* As sklearn.datasets.make_moons has them: half circles around (0, 0), upward, and (1, ½), downward. */
static void moons_are_two_half_circles(void **state) {
  (void)state;
  wg_table *table = made(WG_MADE_MOONS, 5, 0);
  for (int64_t i = 0; i < 10; i++) {
    bool upper = i < 5;
    assert_near(hypot(x(table, i) - !upper, y(table, i) - (upper ? 0 : 0.5)), 1);
    assert_true(upper ? y(table, i) >= 0 : y(table, i) <= 0.5);
  }
  assert_near(x(table, 0), 1);
  assert_near(x(table, 2), 0);
  assert_near(x(table, 4), -1);
  assert_near(x(table, 5), 0);
  assert_near(y(table, 7), -0.5);
  assert_near(x(table, 9), 2);
  wg_table_free(table);
}

static void circles_lie_inside_each_other(void **state) {
  (void)state;
  wg_table *table = made(WG_MADE_CIRCLES, 4, 0);
  for (int64_t i = 0; i < 8; i++) {
    assert_near(hypot(x(table, i), y(table, i)), i < 4 ? 1 : 0.5);
    assert_near(x(table, i), (i < 4 ? 1 : 0.5) * (double[]){1, 0, -1, 0}[i % 4]);
  }
  wg_table_free(table);
}

static void xor_has_a_class_on_each_diagonal(void **state) {
  (void)state;
  wg_table *table = made(WG_MADE_XOR, 200, 0.2);
  int corners[2][2] = {{0}};
  for (int64_t i = 0; i < 400; i++) {
    assert_true((x(table, i) * y(table, i) > 0) == (table->labels[i] == 0)); /* 5 σ between the corners */
    corners[x(table, i) > 0][y(table, i) > 0]++;
  }
  for (int k = 0; k < 4; k++) assert_int_equal(corners[k / 2][k % 2], 100);
  wg_table_free(table);
}

static void blobs_spread_around_centers_that_the_seed_gives(void **state) {
  (void)state;
  const int64_t n = 2000;
  wg_made_options options = {.classes = 4, .points = n, .noise = 1, .seed = 3};
  wg_table *table, *test, *exact;
  assert_int_equal(wg_made_table(WG_MADE_BLOBS, &options, NULL, &table, NULL), WG_OK);
  options.test = true;
  assert_int_equal(wg_made_table(WG_MADE_BLOBS, &options, NULL, &test, NULL), WG_OK);
  options.noise = 0;
  assert_int_equal(wg_made_table(WG_MADE_BLOBS, &options, NULL, &exact, NULL), WG_OK);
  for (int64_t k = 0; k < 4; k++)
    for (int axis = 0; axis < 2; axis++) {
      double center = wg_table_feature(exact, k * n, axis), sums[2] = {0}, squares = 0;
      assert_true(fabs(center) <= 10);
      for (int64_t i = k * n; i < (k + 1) * n; i++) {
        double away = wg_table_feature(table, i, axis) - center;
        sums[0] += away;
        sums[1] += wg_table_feature(test, i, axis) - center;
        squares += away * away;
      }
      for (int set = 0; set < 2; set++) assert_true(fabs(sums[set] / (double)n) < 5 / sqrt((double)n));
      assert_true(fabs(squares / (double)n - 1) < 5 * sqrt(2 / (double)n));
    }
  wg_table_free(table);
  wg_table_free(test);
  wg_table_free(exact);
}

static void the_made_spiral_is_the_spiral(void **state) {
  (void)state;
  wg_table *table = made(WG_MADE_SPIRAL, 100, 0.2), *spiral = wg_spiral(3, 100, 0.2, 1, NULL);
  assert_memory_equal(table->features, spiral->features, 600 * sizeof(double));
  wg_table_free(table);
  wg_table_free(spiral);
}

static void sets_that_cannot_be_are_refused(void **state) {
  (void)state;
  const struct {
    wg_made set;
    wg_made_options options;
    const char *message;
  } cases[] = {
      {WG_MADE_MOONS, {.classes = 3, .points = 5}, "moons of 3 classes cannot be made"},
      {WG_MADE_BLOBS, {.classes = 0, .points = 5}, "blobs of 0 classes cannot be made"},
      {WG_MADE_BLOBS, {.classes = 3, .points = -5}, "blobs of -5 points a class cannot be made"},
      {WG_MADE_SPIRAL,
       {.classes = INT64_MAX, .points = INT64_MAX},
       "spiral of 9223372036854775807 points a class cannot be made"},
      {WG_MADE_XOR, {.classes = 2, .points = 5, .noise = -1}, "the noise is -1, and must be 0 or more"},
      {WG_MADE_XOR, {.classes = 2, .points = 5, .noise = NAN}, "the noise is nan, and must be 0 or more"},
      {WG_MADE_COUNT, {.classes = 2}, "unknown set: 5"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wg_table *table = (wg_table *)&cases;
    wg_error error;
    assert_int_equal(wg_made_table(cases[i].set, &cases[i].options, NULL, &table, &error), WG_ERROR_ARGUMENT);
    assert_null(table);
    assert_string_equal(error.message, cases[i].message);
  }
  wg_made set = WG_MADE_XOR;
  assert_false(wg_made_find("xors", &set));
  assert_false(wg_made_find(NULL, &set));
  assert_true(wg_made_find("blobs", &set) && set == WG_MADE_BLOBS);
  assert_string_equal(wg_made_text(WG_MADE_COUNT), "");
}

/* ---- Folds ---- */

/* Row i has the feature i; 7 of class 0, 11 of class 1, 2 of class 2. */
static wg_table *numbered(void) {
  wg_table *table = wg_table_new(20, 1, 3, NULL);
  assert_non_null(table);
  for (int64_t i = 0; i < 20; i++) {
    wg_table_set_feature(table, i, 0, (double)i);
    table->labels[i] = i < 7 ? 0 : i < 18 ? 1 : 2;
  }
  return table;
}

static void each_sample_is_held_in_one_fold_and_classes_are_spread_evenly(void **state) {
  (void)state;
  wg_table *table = numbered();
  for (int64_t folds = 2; folds <= 20; folds++) {
    int times[20] = {0};
    for (int64_t fold = 0; fold < folds; fold++) {
      wg_table *rest, *held;
      int64_t counts[3] = {0};
      const int64_t sizes[3] = {7, 11, 2};
      assert_int_equal(wg_table_fold(table, folds, fold, 5, &rest, &held, NULL), WG_OK);
      assert_int_equal(rest->rows + held->rows, 20);
      assert_true(held->rows == 20 / folds || held->rows == 20 / folds + (20 % folds != 0));
      for (int64_t i = 0; i < held->rows; i++) {
        times[(int)x(held, i)]++;
        counts[held->labels[i]]++;
        for (int64_t k = 0; k < rest->rows; k++) assert_true(x(held, i) != x(rest, k));
      }
      for (int k = 0; k < 3; k++)
        assert_true(counts[k] == sizes[k] / folds || counts[k] == sizes[k] / folds + (sizes[k] % folds != 0));
      wg_table_free(rest);
      wg_table_free(held);
    }
    for (int i = 0; i < 20; i++) assert_int_equal(times[i], 1);
  }
  wg_table_free(table);
}

static void folds_depend_on_their_seed_alone(void **state) {
  (void)state;
  wg_table *table = numbered(), *rest[3], *held[3];
  const uint64_t seeds[] = {1, 1, 2};
  for (int i = 0; i < 3; i++) assert_int_equal(wg_table_fold(table, 4, 2, seeds[i], &rest[i], &held[i], NULL), WG_OK);
  assert_memory_equal(held[0]->features, held[1]->features, 5 * sizeof(double));
  assert_true(memcmp(held[0]->features, held[2]->features, 5 * sizeof(double)) != 0);
  for (int i = 0; i < 3; i++) {
    wg_table_free(rest[i]);
    wg_table_free(held[i]);
  }
  wg_table_free(table);
}

static void folds_that_cannot_be_are_refused(void **state) {
  (void)state;
  wg_table *table = numbered(), *rest = table, *held = table;
  wg_error error;
  assert_int_equal(wg_table_fold(table, 1, 0, 1, &rest, &held, &error), WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "1 folds of 20 samples: there must be 2 or more, and a sample for each");
  assert_true(!rest && !held);
  assert_int_equal(wg_table_fold(table, 21, 0, 1, &rest, &held, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_table_fold(table, 5, 5, 1, &rest, &held, &error), WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "fold 5, of the folds 0 to 4");
  assert_int_equal(wg_table_fold(table, 5, -1, 1, &rest, &held, &error), WG_ERROR_ARGUMENT);
  table->labels[3] = 3;
  assert_int_equal(wg_table_fold(table, 5, 0, 1, &rest, &held, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "sample 4 has label 3, of 3 classes");
  wg_table_free(table);
}

/* ---- Tables of f32 and images ---- */

/* Two images of 2 channels, 2×3: pixel values 0 … 23 in f32. */
static wg_table *images(void) {
  wg_table *table = wg_table_new_with(WG_F32, 2, 12, 2, NULL);
  assert_non_null(table);
  for (int64_t i = 0; i < 24; i++) wg_table_set_feature(table, i / 12, i % 12, (double)i);
  table->channels = 2;
  table->height = 2;
  table->width = 3;
  table->labels[1] = 1;
  return table;
}

static void parts_of_images_are_images(void **state) {
  (void)state;
  wg_table *table = images(), *part = wg_table_take(table, 2, (size_t[]){1, 1});
  assert_int_equal(part->dtype, WG_F32);
  assert_true(part->channels == 2 && part->height == 2 && part->width == 3);
  for (int64_t i = 0; i < 24; i++) assert_true(wg_table_feature(part, i / 12, i % 12) == (double)(12 + i % 12));
  assert_int_equal(part->labels[0], 1);
  wg_table_free(part);
  wg_table_free(table);
}

/* Channel 0 has 0 … 5 and 12 … 17: mean 8.5, variance (Σi² over both)/12 − 8.5² = 38 11/12. */
static void images_are_scaled_by_channel(void **state) {
  (void)state;
  wg_table *table = images();
  wg_scaler *scaler = wg_scaler_new(table, NULL);
  for (int64_t j = 0; j < 12; j++) {
    assert_near(scaler->mean[j], j < 6 ? 8.5 : 14.5);
    assert_near(scaler->deviation[j], sqrt(38 + 11.0 / 12));
  }
  wg_scaler *copy = wg_scaler_of(12, scaler->mean, scaler->deviation, NULL);
  assert_int_equal(wg_scaler_apply(copy, table), WG_OK);
  assert_true(wg_table_feature(table, 0, 0) == (float)(-8.5 / sqrt(38 + 11.0 / 12)));
  wg_scaler_free(scaler);
  wg_scaler_free(copy);
  assert_null(wg_scaler_of(-1, NULL, NULL, NULL));
  wg_table_free(table);
}

static wg_net *net_of(wg_dtype dtype, int64_t samples) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.dtype = dtype;
  spec.samples = samples;
  spec.width_count = 2;
  spec.widths = (const int64_t[]){12, 2};
  wg_net *net = wg_net_new(&spec);
  assert_int_equal(wg_net_status(net), WG_OK);
  return net;
}

static void samples_of_f32_are_laid_out_in_either_dtype(void **state) {
  (void)state;
  wg_table *table = images();
  const wg_samples samples = wg_table_samples(table);
  wg_net *wide = net_of(WG_F64, 2), *narrow = net_of(WG_F32, 1);
  double X[24], Y[4];
  float x32[12], y32[2];
  assert_int_equal(samples.rows, 2);
  assert_int_equal(samples.fits(&samples, wide, NULL), WG_OK);
  samples.fill(&samples, wide, 1, (size_t[]){1, 0}, 0, X, Y);
  for (int i = 0; i < 24; i++) assert_true(X[i] == (i + 12) % 24);
  assert_memory_equal(Y, ((double[]){0, 1, 1, 0}), sizeof Y);
  samples.fill(&samples, narrow, 1, NULL, 1, x32, y32);
  for (int i = 0; i < 12; i++) assert_true(x32[i] == (float)(12 + i));
  assert_true(y32[0] == 0 && y32[1] == 1);
  wg_net_free(wide);
  wg_net_free(narrow);
  wg_table_free(table);
}

/* ---- Augmentation ---- */

/* One channel of 3×3 pixels, 1 … 9. */
static wg_table *square(void) {
  wg_table *table = wg_table_new(1, 9, 2, NULL);
  assert_non_null(table);
  table->channels = 1;
  table->height = table->width = 3;
  for (int64_t j = 0; j < 9; j++) wg_table_set_feature(table, 0, j, (double)(j + 1));
  return table;
}

/* Written out: the square, each row of it mirrored; and what moves in when it is shifted repeats the border. */
static const double variants[][9] = {
    {1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 1, 2, 3, 4, 5, 6}, {4, 5, 6, 7, 8, 9, 7, 8, 9}, {1, 1, 2, 4, 4, 5, 7, 7, 8},
    {1, 1, 2, 1, 1, 2, 4, 4, 5}, {4, 4, 5, 7, 7, 8, 7, 7, 8}, {2, 3, 3, 5, 6, 6, 8, 9, 9}, {2, 3, 3, 2, 3, 3, 5, 6, 6},
    {5, 6, 6, 8, 9, 9, 8, 9, 9}, {3, 2, 1, 6, 5, 4, 9, 8, 7}, {3, 2, 1, 3, 2, 1, 6, 5, 4}, {6, 5, 4, 9, 8, 7, 9, 8, 7},
    {3, 3, 2, 6, 6, 5, 9, 9, 8}, {3, 3, 2, 3, 3, 2, 6, 6, 5}, {6, 6, 5, 9, 9, 8, 9, 9, 8}, {2, 1, 1, 5, 4, 4, 8, 7, 7},
    {2, 1, 1, 2, 1, 1, 5, 4, 4}, {5, 4, 4, 8, 7, 7, 8, 7, 7},
};

static wg_net *square_net(int64_t samples) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_SOFTMAX);
  spec.samples = samples;
  spec.widths = (const int64_t[]){9, 2};
  wg_net *net = wg_net_new(&spec);
  assert_int_equal(wg_net_status(net), WG_OK);
  return net;
}

static void images_are_shifted_and_mirrored_evenly(void **state) {
  (void)state;
  wg_table *table = square();
  const wg_augmentation augmentation = {.table = table, .shift = 1, .flip = true, .seed = 4};
  const wg_samples samples = wg_augmented_samples(&augmentation);
  wg_net *net = square_net(1);
  int hits[18] = {0}, epochs = 9000;
  assert_true(samples.varies);
  assert_int_equal(samples.fits(&samples, net, NULL), WG_OK);
  for (int epoch = 1; epoch <= epochs; epoch++) {
    double X[9], Y[2];
    int k = 0;
    samples.fill(&samples, net, epoch, NULL, 0, X, Y);
    while (k < 18 && memcmp(X, variants[k], sizeof X) != 0) k++;
    assert_true(k < 18);
    hits[k]++;
    assert_true(Y[0] == 1 && Y[1] == 0);
  }
  for (int k = 0; k < 18; k++) assert_true(fabs(hits[k] - epochs / 18.0) < 5 * sqrt(epochs / 18.0));
  double X[9];
  samples.fill(&samples, net, 0, NULL, 0, X, NULL);
  assert_memory_equal(X, variants[0], sizeof X);
  wg_net_free(net);
  wg_table_free(table);
}

static void a_variant_depends_on_seed_epoch_and_row_not_on_the_batch(void **state) {
  (void)state;
  const size_t rows[40] = {7, 3};
  wg_table *one = square(), *table = wg_table_take(one, 40, (size_t[40]){0});
  wg_augmentation augmentation = {.table = table, .shift = 2, .flip = true, .seed = 4};
  const wg_samples samples = wg_augmented_samples(&augmentation);
  wg_net *all = square_net(40), *two = square_net(2);
  double X[360], again[360], pair[18];
  samples.fill(&samples, all, 5, NULL, 0, X, NULL);
  samples.fill(&samples, two, 5, rows, 0, pair, NULL);
  assert_memory_equal(pair, X + 63, sizeof pair / 2);
  assert_memory_equal(pair + 9, X + 27, sizeof pair / 2);
  int others = 0;
  for (int row = 1; row < 40; row++) others += memcmp(X, X + (ptrdiff_t)9 * row, 9 * sizeof *X) != 0;
  assert_true(others > 30); /* 50 variants of one image */
  samples.fill(&samples, all, 6, NULL, 0, again, NULL);
  assert_true(memcmp(X, again, sizeof X) != 0);
  augmentation.seed = 5;
  samples.fill(&samples, all, 5, NULL, 0, again, NULL);
  assert_true(memcmp(X, again, sizeof X) != 0);
  wg_net_free(all);
  wg_net_free(two);
  wg_table_free(one);
  wg_table_free(table);
}

static void what_is_no_image_is_not_shifted(void **state) {
  (void)state;
  wg_table *table = square();
  wg_augmentation augmentation = {.table = table, .shift = 3};
  wg_samples samples = wg_augmented_samples(&augmentation);
  wg_net *net = square_net(1);
  wg_error error;
  assert_int_equal(samples.fits(&samples, net, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "images of 3×3 pixels cannot be shifted by up to 3");
  augmentation.shift = -1;
  assert_int_equal(samples.fits(&samples, net, &error), WG_ERROR_DATA);
  table->channels = 0;
  assert_int_equal(samples.fits(&samples, net, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "the samples are no images, and cannot be shifted or mirrored");
  wg_net_free(net);
  wg_table_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moons_are_two_half_circles),
      cmocka_unit_test(circles_lie_inside_each_other),
      cmocka_unit_test(xor_has_a_class_on_each_diagonal),
      cmocka_unit_test(blobs_spread_around_centers_that_the_seed_gives),
      cmocka_unit_test(the_made_spiral_is_the_spiral),
      cmocka_unit_test(sets_that_cannot_be_are_refused),
      cmocka_unit_test(each_sample_is_held_in_one_fold_and_classes_are_spread_evenly),
      cmocka_unit_test(folds_depend_on_their_seed_alone),
      cmocka_unit_test(folds_that_cannot_be_are_refused),
      cmocka_unit_test(parts_of_images_are_images),
      cmocka_unit_test(images_are_scaled_by_channel),
      cmocka_unit_test(samples_of_f32_are_laid_out_in_either_dtype),
      cmocka_unit_test(images_are_shifted_and_mirrored_evenly),
      cmocka_unit_test(a_variant_depends_on_seed_epoch_and_row_not_on_the_batch),
      cmocka_unit_test(what_is_no_image_is_not_shifted),
  };
  return RUN_TESTS(tests);
}
