/* Random numbers, initial weights, the spiral, splitting, standardizing, and laying samples out for a net. */
#include "../support.h"

#include "../../models/models.h"

#include <math.h>
#include <string.h>

static double *numbers(const wg_table *table) { return table->features; }

/* ---- Random numbers ---- */

/* The published sequence of xoshiro256** from the state 1, 2, 3, 4 (test vectors of the Rust crate rand_xoshiro, made
 * with the authors' reference code). */
static void the_generator_is_xoshiro256(void **state) {
  (void)state;
  const uint64_t expected[] = {UINT64_C(11520),
                               UINT64_C(0),
                               UINT64_C(1509978240),
                               UINT64_C(1215971899390074240),
                               UINT64_C(1216172134540287360),
                               UINT64_C(607988272756665600),
                               UINT64_C(16172922978634559625),
                               UINT64_C(8476171486693032832),
                               UINT64_C(10595114339597558777),
                               UINT64_C(2904607092377533576)};
  wg_random random = {{1, 2, 3, 4}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) assert_true(wg_random_next(&random) == expected[i]);
}

static void a_seed_and_a_stream_give_one_sequence(void **state) {
  (void)state;
  wg_random a = wg_random_new(7, WG_STREAM_DATA), again = wg_random_new(7, WG_STREAM_DATA);
  wg_random other_seed = wg_random_new(8, WG_STREAM_DATA), other_stream = wg_random_new(7, WG_STREAM_WEIGHTS);
  for (int i = 0; i < 100; i++) {
    uint64_t bits = wg_random_next(&a);
    assert_true(bits == wg_random_next(&again));
    assert_true(bits != wg_random_next(&other_seed));
    assert_true(bits != wg_random_next(&other_stream));
  }
}

static void the_streams_of_neighboring_seeds_do_not_meet(void **state) {
  (void)state;
  for (uint64_t seed = 0; seed < 20; seed++)
    for (uint64_t other = 0; other < 20; other++) {
      wg_random a = wg_random_new(seed, WG_STREAM_DATA), b = wg_random_new(other, WG_STREAM_SPLIT);
      assert_true(memcmp(&a, &b, sizeof a) != 0);
    }
}

/* The mean of n draws lies within 5 standard deviations of what it should be. */
static void assert_mean(double sum, double n, double mean, double deviation) {
  if (fabs(sum / n - mean) > 5 * deviation / sqrt(n)) fail_msg("mean %g, expected %g", sum / n, mean);
}

static void uniform_numbers_fill_the_interval_evenly(void **state) {
  (void)state;
  wg_random random = wg_random_new(1, WG_STREAM_DATA);
  const int n = 100000;
  double sum = 0, squares = 0, quarters[4] = {0};
  for (int i = 0; i < n; i++) {
    double u = wg_random_uniform(&random);
    assert_true(u >= 0 && u < 1);
    sum += u;
    squares += u * u;
    quarters[(int)(4 * u)]++;
  }
  assert_mean(sum, n, 0.5, sqrt(1.0 / 12));
  assert_mean(squares, n, 1.0 / 3, sqrt(4.0 / 45));
  for (int k = 0; k < 4; k++) assert_mean(quarters[k], n, 0.25, sqrt(3.0 / 16));
}

/* Moments 0, 1, 0, 3 and the probabilities of tables of the normal distribution. */
static void normal_numbers_have_the_moments_and_tails_of_the_normal_distribution(void **state) {
  (void)state;
  wg_random random = wg_random_new(2, WG_STREAM_DATA);
  const int n = 200000;
  double sum[5] = {0}, beyond[4] = {0}, within_quarter = 0, within_one_and_half = 0;
  for (int i = 0; i < n; i++) {
    double x = wg_random_normal(&random);
    for (int power = 1; power <= 4; power++) sum[power] += pow(x, power);
    for (int k = 1; k <= 3; k++) beyond[k] += fabs(x) > k;
    within_quarter += fabs(x) < 0.25;
    within_one_and_half += fabs(x) < 1.5;
  }
  assert_mean(sum[1], n, 0, 1);
  assert_mean(sum[2], n, 1, sqrt(2));
  assert_mean(sum[3], n, 0, sqrt(15));
  assert_mean(sum[4], n, 3, sqrt(96));
  assert_mean(beyond[1], n, 0.317311, sqrt(0.317311));
  assert_mean(beyond[2], n, 0.045500, sqrt(0.045500));
  assert_mean(beyond[3], n, 0.002700, sqrt(0.002700));
  assert_mean(within_quarter, n, 0.197413, sqrt(0.197413 * 0.802587));
  assert_mean(within_one_and_half, n, 0.866386, sqrt(0.866386 * 0.133614));
}

static void numbers_below_a_bound_are_equally_likely(void **state) {
  (void)state;
  wg_random random = wg_random_new(3, WG_STREAM_DATA);
  const int n = 90000;
  double hits[3] = {0}, high = 0;
  for (int i = 0; i < n; i++) hits[wg_random_below(&random, 3)]++;
  for (int k = 0; k < 3; k++) assert_mean(hits[k], n, 1.0 / 3, sqrt(2.0 / 9));
  /* 3·2⁶² does not divide 2⁶⁴: the remainder alone would put half of all numbers into the lower third. */
  const uint64_t bound = UINT64_C(3) << 62;
  for (int i = 0; i < n; i++) high += wg_random_below(&random, bound) >= bound / 3;
  assert_mean(high, n, 2.0 / 3, sqrt(2.0 / 9));
  assert_true(wg_random_below(&random, 0) == 0);
  assert_true(wg_random_below(&random, 1) == 0);
}

static void every_order_of_a_shuffle_is_equally_likely(void **state) {
  (void)state;
  wg_random random = wg_random_new(4, WG_STREAM_DATA);
  const int n = 60000;
  double hits[27] = {0};
  for (int i = 0; i < n; i++) {
    size_t items[] = {0, 1, 2};
    wg_random_shuffle(&random, 3, items);
    hits[items[0] * 9 + items[1] * 3 + items[2]]++;
  }
  const int orders[] = {5, 7, 11, 15, 19, 21}; /* 012, 021, 102, 120, 201, 210 in base 3 */
  for (int k = 0; k < 6; k++) assert_mean(hits[orders[k]], n, 1.0 / 6, sqrt(5.0 / 36));
}

static void initial_weights_have_the_variance_of_their_formula(void **state) {
  (void)state;
  const size_t n = 50000;
  const struct {
    wg_init init;
    double variance, bound; /* of a uniform one: half of the interval; else ∞ */
  } cases[] = {
      {WG_INIT_HE, 2.0 / 50, INFINITY},           {WG_INIT_HE_UNIFORM, 2.0 / 50, sqrt(6.0 / 50)},
      {WG_INIT_XAVIER, 2.0 / 60, sqrt(6.0 / 60)}, {WG_INIT_XAVIER_NORMAL, 2.0 / 60, INFINITY},
      {WG_INIT_LECUN, 1.0 / 50, INFINITY},        {WG_INIT_LECUN_UNIFORM, 1.0 / 50, sqrt(3.0 / 50)},
      {WG_INIT_SMALL, 0.01 * 0.01, INFINITY},
  };
  double *w = new_f64(n);
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    wg_random random = wg_random_new(5, WG_STREAM_WEIGHTS);
    wg_init_fill(&random, cases[c].init, 50, 10, 500, 100, WG_F64, w);
    double sum = 0, squares = 0, fourth = 0, largest = 0, v = cases[c].variance;
    for (size_t i = 0; i < n; i++) {
      sum += w[i];
      squares += w[i] * w[i];
      fourth += w[i] * w[i] * w[i] * w[i] / (v * v);
      largest = fmax(largest, fabs(w[i]));
    }
    /* a normal number's fourth moment is 3 times its variance squared, a uniform one's 9/5; the eighth 105 and 9 */
    bool normal = isinf(cases[c].bound);
    assert_mean(sum, (double)n, 0, sqrt(v));
    assert_mean(squares, (double)n, v, v * sqrt((normal ? 3 : 1.8) - 1));
    assert_mean(fourth, (double)n, normal ? 3 : 1.8, sqrt((normal ? 105 : 9) - (normal ? 9 : 1.8 * 1.8)));
    assert_true(largest <= cases[c].bound && largest >= fmin(0.99 * cases[c].bound, 3 * sqrt(v)));
  }
  free(w);
}

/* (rows,columns)·(rows,columns)ᵀ, or the transpose of the first with the second, is the unit matrix. */
static void assert_orthonormal(int64_t rows, int64_t columns, const double *w, double bound) {
  int64_t count = rows < columns ? rows : columns, length = rows < columns ? columns : rows;
  int64_t step = rows < columns ? columns : 1, stride = rows < columns ? 1 : columns;
  for (int64_t a = 0; a < count; a++)
    for (int64_t b = 0; b < count; b++) {
      double sum = 0;
      for (int64_t i = 0; i < length; i++) sum += w[a * step + i * stride] * w[b * step + i * stride];
      if (!(fabs(sum - (a == b)) <= bound)) fail_msg("vectors %d and %d: %g", (int)a, (int)b, sum);
    }
}

static void orthogonal_weights_are_orthonormal(void **state) {
  (void)state;
  const int64_t sizes[][2] = {{1, 1}, {1, 7}, {7, 1}, {5, 5}, {3, 40}, {40, 3}, {60, 60}, {0, 4}, {4, 0}};
  double w[3600];
  float narrow[3600];
  for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
    int64_t rows = sizes[c][0], columns = sizes[c][1];
    wg_random random = wg_random_new(c, WG_STREAM_WEIGHTS), again = random;
    wg_init_fill(&random, WG_INIT_ORTHOGONAL, rows, columns, rows, columns, WG_F64, w);
    assert_orthonormal(rows, columns, w, 1e-14);
    wg_init_fill(&again, WG_INIT_ORTHOGONAL, rows, columns, rows, columns, WG_F32, narrow);
    for (int64_t i = 0; i < rows * columns; i++) {
      assert_true(fabs((double)narrow[i] - w[i]) < 1e-4);
      w[i] = (double)narrow[i];
    }
    assert_orthonormal(rows, columns, w, 1e-5);
  }
}

/* Of an evenly drawn orthogonal matrix of n rows every element has mean 0 and variance 1/n, and the trace mean 0 and
 * variance 1 (Diaconis and Shahshahani, 1994). */
static void orthogonal_weights_are_evenly_drawn(void **state) {
  (void)state;
  enum { N = 4, DRAWN = 5000 };
  double w[N * N], element = 0, square = 0, trace = 0, trace_square = 0;
  wg_random random = wg_random_new(3, WG_STREAM_WEIGHTS);
  for (int i = 0; i < DRAWN; i++) {
    wg_init_fill(&random, WG_INIT_ORTHOGONAL, N, N, N, N, WG_F64, w);
    element += w[0];
    square += w[N * N - 1] * w[N * N - 1];
    double sum = 0;
    for (int k = 0; k < N; k++) sum += w[k * N + k];
    trace += sum;
    trace_square += sum * sum;
  }
  assert_mean(element, DRAWN, 0, 0.5);
  assert_mean(square, DRAWN, 0.25, 0.25); /* below that of 1/4 ± 1/4 */
  assert_mean(trace, DRAWN, 0, 1);
  assert_mean(trace_square, DRAWN, 1, sqrt(2)); /* as of a normal number */
}

static void zeros_are_zeros(void **state) {
  (void)state;
  double w[6] = {1, 1, 1, 1, 1, 1};
  wg_random random = wg_random_new(1, WG_STREAM_WEIGHTS);
  wg_init_fill(&random, WG_INIT_ZEROS, 2, 3, 2, 3, WG_F64, w);
  for (int i = 0; i < 6; i++) assert_true(w[i] == 0);
}

static void f32_weights_are_the_f64_weights_rounded(void **state) {
  (void)state;
  double wide[100];
  float narrow[100];
  for (wg_init init = 0; init < WG_INIT_COUNT; init++) {
    if (init == WG_INIT_ORTHOGONAL) continue; /* there only nearly */
    wg_random a = wg_random_new(6, WG_STREAM_WEIGHTS), b = a;
    wg_init_fill(&a, init, 3, 4, 4, 25, WG_F64, wide);
    wg_init_fill(&b, init, 3, 4, 4, 25, WG_F32, narrow);
    for (int i = 0; i < 100; i++) assert_true(narrow[i] == (float)wide[i]);
  }
}

static void initializers_are_found_by_name(void **state) {
  (void)state;
  wg_init found;
  for (wg_init init = 0; init < WG_INIT_COUNT; init++) {
    assert_true(wg_init_find(wg_init_text(init), &found));
    assert_int_equal(found, init);
  }
  assert_true(wg_init_find("he", &found) && found == WG_INIT_HE);
  assert_string_equal(wg_init_text(WG_INIT_COUNT), "");
  found = WG_INIT_SMALL;
  assert_false(wg_init_find("He", &found));
  assert_false(wg_init_find(NULL, &found));
  assert_int_equal(found, WG_INIT_SMALL);
}

/* ---- The spiral ---- */

static void the_spiral_without_noise_is_its_formula(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 100, 0, 1, NULL);
  assert_non_null(table);
  assert_int_equal(table->rows, 300);
  assert_int_equal(table->columns, 2);
  assert_int_equal(table->classes, 3);
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < 100; i++) {
      double radius = i / 99.0, angle = 4 * k + 4 * (i / 99.0);
      const double *point = numbers(table) + 2 * (100 * k + i);
      assert_true(fabs(point[0] - radius * sin(angle)) < 1e-14);
      assert_true(fabs(point[1] - radius * cos(angle)) < 1e-14);
      assert_int_equal(table->labels[100 * k + i], k);
    }
  wg_table_free(table);
}

static void the_noise_turns_points_by_its_standard_deviation(void **state) {
  (void)state;
  wg_table *table = wg_spiral(2, 20000, 0.2, 1, NULL);
  double squares = 0;
  int n = 0;
  for (int i = 20; i < 40000; i++) {
    double along = i % 20000 / 19999.0, angle = 4 * (i / 20000) + 4 * along;
    const double *point = numbers(table) + 2 * i;
    if (along == 0) continue;
    assert_true(fabs(hypot(point[0], point[1]) - along) < 1e-14);
    double turned = remainder(atan2(point[0], point[1]) - angle, 2 * acos(-1));
    squares += turned * turned;
    n++;
  }
  assert_mean(squares, n, 0.04, 0.04 * sqrt(2));
  wg_table_free(table);
}

static void a_spiral_depends_on_its_seed_alone(void **state) {
  (void)state;
  wg_table *a = wg_spiral(3, 50, 0.2, 1, NULL), *again = wg_spiral(3, 50, 0.2, 1, NULL);
  wg_table *other = wg_spiral(3, 50, 0.2, 2, NULL);
  assert_memory_equal(a->features, again->features, 300 * sizeof(double));
  assert_true(memcmp(a->features, other->features, 300 * sizeof(double)) != 0);
  wg_table_free(a);
  wg_table_free(again);
  wg_table_free(other);
}

static void spirals_of_odd_sizes_are_made_or_refused(void **state) {
  (void)state;
  wg_table *table = wg_spiral(0, 0, 0.2, 1, NULL);
  assert_int_equal(table->rows, 0);
  wg_table_free(table);
  table = wg_spiral(5, 1, 0.2, 1, NULL); /* one point an arm lies in the center */
  assert_int_equal(table->rows, 5);
  for (int i = 0; i < 10; i++) assert_true(numbers(table)[i] == 0);
  wg_table_free(table);
  assert_null(wg_spiral(-1, 10, 0.2, 1, NULL));
  assert_null(wg_spiral(3, -10, 0.2, 1, NULL));
  assert_null(wg_spiral(INT64_MAX, INT64_MAX, 0.2, 1, NULL));
  assert_null(wg_spiral(INT64_MAX / 4, 1, 0.2, 1, NULL));
}

/* ---- Splitting ---- */

/* A table whose row i has the feature i, and of classes in the given sizes. */
static wg_table *numbered_table(int64_t classes, const int64_t *sizes) {
  int64_t rows = 0;
  for (int64_t k = 0; k < classes; k++) rows += sizes[k];
  wg_table *table = wg_table_new(rows, 1, classes, NULL);
  assert_non_null(table);
  int64_t row = 0;
  for (int64_t k = 0; k < classes; k++)
    for (int64_t i = 0; i < sizes[k]; i++, row++) {
      numbers(table)[row] = (double)row;
      table->labels[row] = k;
    }
  return table;
}

static int64_t count_label(const wg_table *table, int64_t label) {
  int64_t count = 0;
  for (int64_t i = 0; i < table->rows; i++) count += table->labels[i] == label;
  return count;
}

static void a_split_takes_the_same_part_of_each_class(void **state) {
  (void)state;
  wg_table *table = numbered_table(3, (int64_t[]){50, 30, 5}), *rest, *held;
  assert_int_equal(wg_table_split(table, 0.3, 1, &rest, &held, NULL), WG_OK);
  const int64_t expected[] = {15, 9, 2}; /* 0.3·5 = 1.5 is rounded up */
  for (int k = 0; k < 3; k++) assert_int_equal(count_label(held, k), expected[k]);
  assert_int_equal(rest->rows + held->rows, 85);

  bool seen[85] = {false};
  const wg_table *parts[] = {rest, held};
  for (int p = 0; p < 2; p++)
    for (int64_t i = 0; i < parts[p]->rows; i++) {
      int row = (int)numbers(parts[p])[i];
      assert_false(seen[row]);
      seen[row] = true;
      assert_int_equal(parts[p]->labels[i], table->labels[row]);
    }
  wg_table_free(table);
  wg_table_free(rest);
  wg_table_free(held);
}

static void a_split_is_in_random_order_by_its_seed(void **state) {
  (void)state;
  wg_table *table = numbered_table(2, (int64_t[]){40, 40}), *rest[3], *held[3];
  const uint64_t seeds[] = {1, 1, 2};
  for (int i = 0; i < 3; i++) assert_int_equal(wg_table_split(table, 0.5, seeds[i], &rest[i], &held[i], NULL), WG_OK);
  assert_memory_equal(rest[0]->features, rest[1]->features, 40 * sizeof(double));
  assert_memory_equal(held[0]->features, held[1]->features, 40 * sizeof(double));
  assert_true(memcmp(held[0]->features, held[2]->features, 40 * sizeof(double)) != 0);
  bool sorted = true;
  for (int i = 1; i < 40; i++) sorted = sorted && numbers(rest[0])[i - 1] < numbers(rest[0])[i];
  assert_false(sorted);
  for (int i = 0; i < 3; i++) {
    wg_table_free(rest[i]);
    wg_table_free(held[i]);
  }
  wg_table_free(table);
}

static void a_split_may_leave_a_part_empty(void **state) {
  (void)state;
  wg_table *table = numbered_table(2, (int64_t[]){4, 4}), *rest, *held;
  for (int all = 0; all < 2; all++) {
    assert_int_equal(wg_table_split(table, all, 1, &rest, &held, NULL), WG_OK);
    assert_int_equal(rest->rows, all ? 0 : 8);
    assert_int_equal(held->rows, all ? 8 : 0);
    wg_table_free(rest);
    wg_table_free(held);
  }
  wg_table_free(table);
}

static void a_split_keeps_names(void **state) {
  (void)state;
  const char *text = "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n";
  wg_table *table, *rest, *held;
  assert_int_equal(wg_csv_parse("t", text, strlen(text), NULL, &table, NULL), WG_OK);
  assert_int_equal(wg_table_split(table, 0.5, 1, &rest, &held, NULL), WG_OK);
  wg_table_free(table);
  assert_string_equal(held->column_names[1], "b");
  assert_string_equal(held->class_names[1], "y");
  assert_string_equal(rest->label_name, "kind");
  wg_table_free(rest);
  wg_table_free(held);
}

static void splits_that_make_no_sense_are_refused(void **state) {
  (void)state;
  wg_table *table = numbered_table(2, (int64_t[]){4, 4}), *rest, *held;
  wg_error error;
  const double fractions[] = {-0.1, 1.1, NAN};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(wg_table_split(table, fractions[i], 1, &rest, &held, &error), WG_ERROR_ARGUMENT);
    assert_contains(error.message, "the held-out part must be from 0 to 1");
    assert_true(!rest && !held);
  }
  table->labels[3] = 2;
  assert_int_equal(wg_table_split(table, 0.5, 1, &rest, &held, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "sample 4 has label 2, of 2 classes");
  wg_table_free(table);
}

/* ---- Standardizing ---- */

static void standardized_features_have_mean_0_and_deviation_1(void **state) {
  (void)state;
  wg_table *table = wg_table_new(5, 2, 1, NULL), *other = wg_table_new(1, 2, 1, NULL);
  for (int i = 0; i < 5; i++) {
    numbers(table)[2 * i] = i + 1;         /* 1 … 5: mean 3, deviation √2 */
    numbers(table)[2 * i + 1] = 1e9 + 0.5; /* constant */
  }
  numbers(other)[0] = 3 + 2 * sqrt(2);
  numbers(other)[1] = 1e9 + 2.5;
  wg_scaler *scaler = wg_scaler_new(table, NULL);
  assert_int_equal(wg_scaler_apply(scaler, table), WG_OK);
  for (int i = 0; i < 5; i++) {
    assert_true(fabs(numbers(table)[2 * i] - (i - 2) / sqrt(2)) < 1e-15);
    assert_true(numbers(table)[2 * i + 1] == 0);
  }
  assert_int_equal(wg_scaler_apply(scaler, other), WG_OK); /* by the scale of the first table */
  assert_true(fabs(numbers(other)[0] - 2) < 1e-14);
  assert_true(numbers(other)[1] == 2);
  other->columns = 1;
  assert_int_equal(wg_scaler_apply(scaler, other), WG_ERROR_ARGUMENT);
  wg_scaler_free(scaler);
  wg_table_free(table);
  wg_table_free(other);
}

static void a_scaler_of_no_rows_changes_nothing(void **state) {
  (void)state;
  wg_table *none = wg_table_new(0, 1, 1, NULL), *one = wg_table_new(1, 1, 1, NULL);
  numbers(one)[0] = 7;
  wg_scaler *scaler = wg_scaler_new(none, NULL);
  assert_int_equal(wg_scaler_apply(scaler, one), WG_OK);
  assert_true(numbers(one)[0] == 7);
  wg_scaler_free(scaler);
  wg_table_free(none);
  wg_table_free(one);
}

/* ---- Laying out ---- */

static wg_net *new_net(wg_net_kind kind, int64_t samples, wg_dtype dtype, const int64_t *widths, bool indices) {
  wg_net_spec spec = wg_net_spec_of(kind);
  spec.samples = samples;
  spec.dtype = dtype;
  spec.widths = widths ? widths : spec.widths;
  spec.class_indices = indices;
  wg_net *net = wg_net_new(&spec);
  if (wg_net_status(net) != WG_OK) fail_msg("%s", wg_net_error(net));
  return net;
}

static wg_table *three_samples(void) {
  wg_table *table = wg_table_new(3, 2, 3, NULL);
  for (int i = 0; i < 6; i++) numbers(table)[i] = i + 1;
  for (int i = 0; i < 3; i++) table->labels[i] = 2 - i;
  return table;
}

static void rows_of_samples_are_laid_out_as_rows(void **state) {
  (void)state;
  wg_table *table = three_samples();
  wg_net *net = new_net(WG_NET_SPIRAL, 3, WG_F64, NULL, false);
  double x[6], y[9];
  wg_table_fill(table, net, NULL, x, y);
  assert_memory_equal(x, ((double[]){1, 2, 3, 4, 5, 6}), sizeof x);
  assert_memory_equal(y, ((double[]){0, 0, 1, 0, 1, 0, 1, 0, 0}), sizeof y);
  wg_table_fill(table, net, (size_t[]){2, 0, 2}, x, NULL);
  assert_memory_equal(x, ((double[]){5, 6, 1, 2, 5, 6}), sizeof x);
  wg_net_free(net);
  wg_table_free(table);
}

static void columns_nets_get_samples_as_columns(void **state) {
  (void)state;
  wg_table *table = three_samples();
  wg_net *net = new_net(WG_NET_COLUMNS, 3, WG_F32, (int64_t[]){2, 4, 3}, false);
  float x[6], y[9];
  wg_table_fill(table, net, NULL, x, y);
  assert_memory_equal(x, ((float[]){1, 3, 5, 2, 4, 6}), sizeof x);
  assert_memory_equal(y, ((float[]){0, 0, 1, 0, 1, 0, 1, 0, 0}), sizeof y);
  wg_net_free(net);
  wg_table_free(table);
}

static void one_output_gets_0_and_1(void **state) {
  (void)state;
  wg_table *table = three_samples();
  table->labels[0] = 0;
  wg_net *net = new_net(WG_NET_NEURON, 3, WG_F64, NULL, false);
  double x[6], y[3];
  wg_table_fill(table, net, NULL, x, y);
  assert_memory_equal(y, ((double[]){0, 1, 0}), sizeof y);
  wg_net_free(net);
  wg_table_free(table);
}

static void class_indices_are_laid_out_as_integers(void **state) {
  (void)state;
  wg_table *table = three_samples();
  wg_net *net = new_net(WG_NET_SOFTMAX, 3, WG_F32, NULL, true);
  float x[6];
  int64_t y[3];
  wg_table_fill(table, net, NULL, x, y);
  assert_memory_equal(y, ((int64_t[]){2, 1, 0}), sizeof y);
  wg_net_free(net);
  wg_table_free(table);
}

static void a_table_that_does_not_fit_a_net_is_refused(void **state) {
  (void)state;
  wg_table *table = three_samples();
  wg_error error;
  wg_net *net = new_net(WG_NET_SPIRAL, 3, WG_F64, (int64_t[]){3, 4, 3}, false);
  assert_int_equal(wg_table_fits(table, net, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "the data has 2 features, the net takes 3");
  wg_net_free(net);
  net = new_net(WG_NET_NEURON, 3, WG_F64, NULL, false);
  assert_int_equal(wg_table_fits(table, net, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "the data has 3 classes, the net tells 2 apart");
  wg_net_free(net);
  net = new_net(WG_NET_SPIRAL, 3, WG_F64, NULL, false);
  assert_int_equal(wg_table_fits(table, net, &error), WG_OK);
  table->labels[1] = -1;
  assert_int_equal(wg_table_fits(table, net, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "sample 2 has label -1, outside of 0 to 2");
  wg_net_free(net);
  wg_table_free(table);
}

static void random_samples_have_valid_targets(void **state) {
  (void)state;
  wg_net *net = new_net(WG_NET_SPIRAL, 50, WG_F64, NULL, false);
  double x[100], y[150], classes[3] = {0};
  wg_random random = wg_random_new(1, WG_STREAM_DATA);
  wg_random_fill(&random, net, x, y);
  for (int i = 0; i < 50; i++) {
    assert_true(y[3 * i] + y[3 * i + 1] + y[3 * i + 2] == 1);
    for (int k = 0; k < 3; k++) classes[k] += y[3 * i + k];
  }
  for (int k = 0; k < 3; k++) assert_true(classes[k] > 0);
  for (int i = 0; i < 100; i++) assert_true(isfinite(x[i]) && x[i] != 0);
  wg_net_free(net);
}

static void class_names_are_cut_between_characters(void **state) {
  (void)state;
  wg_table *table = wg_table_new(0, 1, 1, NULL);
  char text[WG_CLASS_TEXT_SIZE], name[] = "xääääääääääääääääääääääääääääääääääääääääääääää";
  assert_string_equal(wg_class_text(table, 12, text), "12");
  char *names[] = {name};
  table->class_names = names;
  wg_class_text(table, 0, text);
  size_t length = strlen(text);
  assert_true(length >= WG_CLASS_TEXT_SIZE - 4 && length % 2 == 1); /* x, and characters of two bytes */
  assert_memory_equal(text, name, length);
  assert_string_equal(wg_class_text(table, 1, text), "1"); /* a class without a name */
  table->class_names = NULL;
  wg_table_free(table);
}

static void every_failed_allocation_gives_null_or_a_status(void **state) {
  (void)state;
  for (int for_good = 0; for_good < 2; for_good++)
    for (size_t n = 1;; n++) {
      failing_memory memory = {.fail = n, .for_good = for_good};
      wg_allocator allocator = failing_allocator(&memory);
      wg_table *table = wg_spiral(2, 6, 0.2, 1, &allocator), *rest = NULL, *held = NULL;
      wg_scaler *scaler = table ? wg_scaler_new(table, &allocator) : NULL;
      wg_status status = table ? wg_table_split(table, 0.5, 1, &rest, &held, NULL) : WG_ERROR_MEMORY;
      assert_true((status == WG_OK) == (rest && held));
      if (!memory.failed) assert_true(scaler && status == WG_OK);
      wg_scaler_free(scaler);
      wg_table_free(rest);
      wg_table_free(held);
      wg_table_free(table);
      assert_int_equal(memory.live, 0);
      if (!memory.failed) break;
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_generator_is_xoshiro256),
      cmocka_unit_test(a_seed_and_a_stream_give_one_sequence),
      cmocka_unit_test(the_streams_of_neighboring_seeds_do_not_meet),
      cmocka_unit_test(uniform_numbers_fill_the_interval_evenly),
      cmocka_unit_test(normal_numbers_have_the_moments_and_tails_of_the_normal_distribution),
      cmocka_unit_test(numbers_below_a_bound_are_equally_likely),
      cmocka_unit_test(every_order_of_a_shuffle_is_equally_likely),
      cmocka_unit_test(initial_weights_have_the_variance_of_their_formula),
      cmocka_unit_test(orthogonal_weights_are_orthonormal),
      cmocka_unit_test(orthogonal_weights_are_evenly_drawn),
      cmocka_unit_test(zeros_are_zeros),
      cmocka_unit_test(f32_weights_are_the_f64_weights_rounded),
      cmocka_unit_test(initializers_are_found_by_name),
      cmocka_unit_test(the_spiral_without_noise_is_its_formula),
      cmocka_unit_test(the_noise_turns_points_by_its_standard_deviation),
      cmocka_unit_test(a_spiral_depends_on_its_seed_alone),
      cmocka_unit_test(spirals_of_odd_sizes_are_made_or_refused),
      cmocka_unit_test(a_split_takes_the_same_part_of_each_class),
      cmocka_unit_test(a_split_is_in_random_order_by_its_seed),
      cmocka_unit_test(a_split_may_leave_a_part_empty),
      cmocka_unit_test(a_split_keeps_names),
      cmocka_unit_test(splits_that_make_no_sense_are_refused),
      cmocka_unit_test(standardized_features_have_mean_0_and_deviation_1),
      cmocka_unit_test(a_scaler_of_no_rows_changes_nothing),
      cmocka_unit_test(rows_of_samples_are_laid_out_as_rows),
      cmocka_unit_test(columns_nets_get_samples_as_columns),
      cmocka_unit_test(one_output_gets_0_and_1),
      cmocka_unit_test(class_indices_are_laid_out_as_integers),
      cmocka_unit_test(a_table_that_does_not_fit_a_net_is_refused),
      cmocka_unit_test(random_samples_have_valid_targets),
      cmocka_unit_test(class_names_are_cut_between_characters),
      cmocka_unit_test(every_failed_allocation_gives_null_or_a_status),
  };
  return RUN_TESTS(tests);
}
