/* Softmax, its logarithm and cross-entropy, which go through many rows at a time: against plain loops in long double, for
 * every number of rows and classes around the number that they take together, whatever the strides. */
#include "../support.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { ROWS_MAX = 100, CLASSES_MAX = 130 };

static const int64_t row_counts[] = {1, 2, 15, 31, 32, 33, 63, 64, 65, 100};
static const int64_t class_counts[] = {1, 2, 3, 10, 32, 33, 64, 65, 130};

/* Logits (rows, classes) as a leaf read in one of these ways. */
enum { PLAIN, TURNED, UPSIDE_DOWN, EVERY_SECOND, WAYS };

typedef struct scene {
  wg_tape *tape;
  wg_dtype dtype;
  int64_t rows, classes;
  wg_node *leaf, *logits, *labels, *targets;
  double z[ROWS_MAX * CLASSES_MAX], y[ROWS_MAX * CLASSES_MAX]; /* row-major */
  int64_t label[ROWS_MAX];
  double memory[2 * ROWS_MAX * CLASSES_MAX];
} scene;

/* Where element (r, k) of the logits lies in the leaf. */
static int64_t place(const scene *s, int way, int64_t r, int64_t k) {
  switch (way) {
  case TURNED:
    return k * s->rows + r;
  case UPSIDE_DOWN:
    return (s->rows - 1 - r) * s->classes + k;
  case EVERY_SECOND:
    return 2 * (r * s->classes + k);
  default:
    return r * s->classes + k;
  }
}

static wg_node *seen(scene *s, int way, const char *name, wg_node **leaf) {
  const wg_shape shape = WG_SHAPE(s->rows, s->classes);
  switch (way) {
  case TURNED:
    return wg_transpose(*leaf = wg_input(s->tape, name, s->dtype, WG_SHAPE(s->classes, s->rows)));
  case UPSIDE_DOWN:
    return wg_flip(*leaf = wg_input(s->tape, name, s->dtype, shape), 1, (const int64_t[]){0});
  case EVERY_SECOND:
    *leaf = wg_input(s->tape, name, s->dtype, WG_SHAPE(s->rows, s->classes, 2));
    return wg_reshape(wg_narrow(*leaf, 2, 0, 1), shape);
  default:
    return *leaf = wg_input(s->tape, name, s->dtype, shape);
  }
}

static void scene_set(scene *s, wg_dtype dtype, int64_t rows, int64_t classes, int way) {
  *s = (scene){.tape = wg_tape_new(), .dtype = dtype, .rows = rows, .classes = classes};
  const size_t n = (size_t)(rows * classes);
  fill_f64(s->z, n, -9, 9, (uint64_t)(rows * 1000 + classes));
  fill_f64(s->y, n, 0, 1, 3);
  fill_i64(s->label, (size_t)rows, 0, classes, 4);
  for (int64_t r = 0; r < rows; r++) {
    double sum = 0;
    for (int64_t k = 0; k < classes; k++) sum += s->y[r * classes + k] *= k % 3 != 1; /* some are 0 */
    for (int64_t k = 0; k < classes; k++) s->y[r * classes + k] /= sum;
  }
  s->logits = seen(s, way, "z", &s->leaf);
  s->labels = wg_constant(s->tape, WG_I64, WG_SHAPE(rows), s->label);
  float *narrow = (float *)s->memory;
  for (size_t i = 0; i < n; i++) {
    s->z[i] = (double)(float)s->z[i], s->y[i] = (double)(float)s->y[i];
    narrow[i] = (float)s->y[i];
  }
  s->targets = wg_constant(s->tape, dtype, WG_SHAPE(rows, classes), dtype == WG_F32 ? (void *)narrow : (void *)s->y);
  for (int64_t r = 0; r < rows; r++)
    for (int64_t k = 0; k < classes; k++)
      if (dtype == WG_F32)
        narrow[place(s, way, r, k)] = (float)s->z[r * classes + k];
      else
        s->memory[place(s, way, r, k)] = s->z[r * classes + k];
}

/* Exponents of up to 18 have been rounded. */
static void assert_near(const scene *s, const char *what, int way, int64_t at, double got, long double expected) {
  const double epsilon = s->dtype == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  if (!(fabs(got - (double)expected) <= 12 * epsilon * fabs((double)expected)))
    fail_msg("%s of (%d,%d), %s, way %d: element %d is %.17g, expected %.17Lg", what, (int)s->rows, (int)s->classes,
             wg_dtype_text(s->dtype), way, (int)at, got, expected);
}

/* ln SM(z)_k = (z_k − M) − ln(1 + Σ_(j≠m) e^(z_j − M)), where M = z_m is the largest element. */
static void log_shares_find(const double *z, int64_t n, long double *log_share) {
  int64_t m = 0;
  for (int64_t k = 1; k < n; k++)
    if (z[k] > z[m]) m = k;
  long double rest = 0;
  for (int64_t k = n; k-- > 0;) rest += k == m ? 0 : expl((long double)z[k] - z[m]);
  for (int64_t k = 0; k < n; k++) log_share[k] = (long double)z[k] - z[m] - log1pl(rest);
}

static void assert_rows(scene *s, int way) {
  static double softmax[ROWS_MAX * CLASSES_MAX], log_softmax[ROWS_MAX * CLASSES_MAX], of_labels[ROWS_MAX],
      of_targets[ROWS_MAX];
  const wg_binding bind = {s->leaf, s->memory};
  run_node(wg_softmax(s->logits, 1), 1, &bind, softmax);
  run_node(wg_log_softmax(s->logits, 1), 1, &bind, log_softmax);
  run_node(wg_cross_entropy_terms(s->logits, s->labels), 1, &bind, of_labels);
  run_node(wg_cross_entropy_terms(s->logits, s->targets), 1, &bind, of_targets);
  for (int64_t r = 0; r < s->rows; r++) {
    const double *z = s->z + r * s->classes, *y = s->y + r * s->classes;
    long double log_share[CLASSES_MAX], total = 0;
    log_shares_find(z, s->classes, log_share);
    for (int64_t k = 0; k < s->classes; k++) {
      assert_near(s, "softmax", way, r * s->classes + k, softmax[r * s->classes + k], expl(log_share[k]));
      assert_near(s, "log_softmax", way, r * s->classes + k, log_softmax[r * s->classes + k], log_share[k]);
      total -= y[k] * log_share[k];
    }
    assert_near(s, "cross-entropy with labels", way, r, of_labels[r], -log_share[s->label[r]]);
    assert_near(s, "cross-entropy with targets", way, r, of_targets[r], total);
  }
}

static void rows_of_every_number_length_and_layout_follow_the_formula(void **state) {
  (void)state;
  scene *s = malloc(sizeof *s);
  assert_non_null(s);
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (size_t r = 0; r < COUNT_OF(row_counts); r++)
      for (size_t c = 0; c < COUNT_OF(class_counts); c++)
        for (int way = 0; way < WAYS; way++) {
          scene_set(s, dtype, row_counts[r], class_counts[c], way);
          assert_rows(s, way);
          wg_tape_free(s->tape);
        }
  free(s);
}

/* Along the middle axis of three, rows are not evenly apart. */
static void rows_along_a_middle_axis_follow_the_formula(void **state) {
  (void)state;
  enum { DEPTH = 5, CLASSES = 7, WIDTH = 9, N = DEPTH * CLASSES * WIDTH };
  double x[N], got[N], turned[N], expected[N];
  fill_f64(x, N, -5, 5, 8);
  wg_tape *tape = wg_tape_new();
  wg_node *leaf = wg_input(tape, "x", WG_F64, WG_SHAPE(DEPTH, CLASSES, WIDTH));
  for (int d = 0; d < DEPTH; d++)
    for (int c = 0; c < CLASSES; c++)
      for (int w = 0; w < WIDTH; w++) turned[(d * WIDTH + w) * CLASSES + c] = x[(d * CLASSES + c) * WIDTH + w];
  wg_node *plain = wg_input(tape, "t", WG_F64, WG_SHAPE(DEPTH * WIDTH, CLASSES));
  for (int logarithm = 0; logarithm < 2; logarithm++) {
    run_node(logarithm ? wg_log_softmax(leaf, 1) : wg_softmax(leaf, 1), 1, &(wg_binding){leaf, x}, got);
    run_node(logarithm ? wg_log_softmax(plain, 1) : wg_softmax(plain, 1), 1, &(wg_binding){plain, turned}, expected);
    for (int d = 0; d < DEPTH; d++)
      for (int c = 0; c < CLASSES; c++)
        for (int w = 0; w < WIDTH; w++)
          assert_true(got[(d * CLASSES + c) * WIDTH + w] == expected[(d * WIDTH + w) * CLASSES + c]);
  }
  wg_tape_free(tape);
}

/* The first wrong label is named, wherever it stands among those that are read together. */
static void a_wrong_label_is_found_at_every_place(void **state) {
  (void)state;
  enum { ROWS = 70, CLASSES = 3 };
  float z[ROWS * CLASSES];
  fill_f32(z, ROWS * CLASSES, -1, 1, 5);
  for (int wrong = 0; wrong < ROWS; wrong++)
    for (int kind = 0; kind < 4; kind++) {
      int64_t label[ROWS] = {0};
      const int64_t values[] = {CLASSES, -1, INT64_MIN, INT64_MAX};
      label[wrong] = values[kind];
      label[ROWS - 1] = values[kind];
      wg_tape *tape = wg_tape_new();
      wg_node *logits = wg_input(tape, "z", WG_F32, WG_SHAPE(ROWS, CLASSES)),
              *y = wg_input(tape, "y", WG_I64, WG_SHAPE(ROWS));
      wg_node *outputs[] = {wg_cross_entropy_terms(logits, y), wg_one_hot(y, CLASSES, WG_F32)};
      for (int k = 0; k < 2; k++) {
        char text[64];
        snprintf(text, sizeof text, "label %lld at index %d is not in 0 … 2", (long long)values[kind], wrong);
        wg_plan *plan = wg_plan_new(1, &outputs[k]);
        wg_bind(plan, logits, z);
        wg_bind(plan, y, label);
        assert_int_equal(wg_run(plan), WG_ERROR_DATA);
        assert_contains(wg_plan_error(plan), text);
        wg_plan_free(plan);
      }
      wg_tape_free(tape);
    }
}

/* So is the first row of targets that do not sum to 1, where rows follow each other and where they lie side by side. */
static void wrong_targets_are_found_at_every_place(void **state) {
  (void)state;
  enum { ROWS = 70, CLASSES = 3 };
  float z[ROWS * CLASSES];
  fill_f32(z, ROWS * CLASSES, -1, 1, 5);
  for (int turned = 0; turned < 2; turned++)
    for (int wrong = 0; wrong < ROWS; wrong++) {
      float targets[ROWS * CLASSES];
      for (int r = 0; r < ROWS; r++)
        for (int k = 0; k < CLASSES; k++)
          targets[turned ? k * ROWS + r : r * CLASSES + k] = k > 0 ? 0.25F : r == wrong || r == ROWS - 1 ? 0.75F : 0.5F;
      wg_tape *tape = wg_tape_new();
      const wg_shape shape = turned ? WG_SHAPE(CLASSES, ROWS) : WG_SHAPE(ROWS, CLASSES);
      wg_node *logits = wg_input(tape, "z", WG_F32, shape), *y = wg_input(tape, "y", WG_F32, shape);
      wg_node *terms =
          turned ? wg_cross_entropy_terms(wg_transpose(logits), wg_transpose(y)) : wg_cross_entropy_terms(logits, y);
      char text[64];
      snprintf(text, sizeof text, "the targets of row %d sum to 1.25, not to 1", wrong);
      wg_plan *plan = wg_plan_new(1, &terms);
      wg_bind(plan, logits, z);
      wg_bind(plan, y, targets);
      assert_int_equal(wg_run(plan), WG_ERROR_DATA);
      assert_contains(wg_plan_error(plan), text);
      wg_plan_free(plan);
      wg_tape_free(tape);
    }
}

/* NaN, +∞ or nothing but −∞ at any place, for a class at any place, also of one class. */
static void rows_without_a_largest_number_are_nan(void **state) {
  (void)state;
  const float wrong[] = {(float)NAN, (float)INFINITY, -(float)INFINITY};
  for (int64_t classes = 1; classes <= 12; classes++)
    for (int64_t at = 0; at < classes; at++)
      for (int kind = 0; kind < 3; kind++) {
        float z[12];
        for (int64_t k = 0; k < classes; k++) z[k] = kind == 2 ? wrong[kind] : (float)k;
        z[at] = wrong[kind];
        int64_t label = classes - 1 - at;
        wg_tape *tape = wg_tape_new();
        wg_node *logits = wg_input(tape, "z", WG_F32, WG_SHAPE(1, classes));
        wg_node *y = wg_constant(tape, WG_I64, WG_SHAPE(1), &label);
        const wg_binding bind = {logits, z};
        double got[12];
        run_node(wg_softmax(logits, 1), 1, &bind, got);
        for (int64_t k = 0; k < classes; k++) assert_true(isnan(got[k]));
        run_node(wg_cross_entropy_terms(logits, y), 1, &bind, got);
        assert_true(isnan(got[0]));
        wg_tape_free(tape);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_of_every_number_length_and_layout_follow_the_formula),
      cmocka_unit_test(rows_along_a_middle_axis_follow_the_formula),
      cmocka_unit_test(a_wrong_label_is_found_at_every_place),
      cmocka_unit_test(wrong_targets_are_found_at_every_place),
      cmocka_unit_test(rows_without_a_largest_number_are_nan),
  };
  return RUN_TESTS(tests);
}
