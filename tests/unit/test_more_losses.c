/* Huber, margin, likelihood and class losses against their definitions, written out in plain C. */
#include "../support.h"

#include <math.h>

enum { N = 12 };

/* Two vectors of N numbers and a vector of signs on a tape, and their values. */
typedef struct data {
  wg_tape *tape;
  wg_node *x, *t, *y;
  double xs[N], ts[N], ys[N];
  wg_binding at[3];
} data;

static void data_make(data *d, double low, double high) {
  d->tape = wg_tape_new();
  d->x = wg_input(d->tape, "x", WG_F64, WG_SHAPE(3, 4));
  d->t = wg_input(d->tape, "t", WG_F64, WG_SHAPE(3, 4));
  d->y = wg_input(d->tape, "y", WG_F64, WG_SHAPE(3, 4));
  fill_f64(d->xs, N, low, high, 1);
  fill_f64(d->ts, N, low, high, 2);
  for (int i = 0; i < N; i++) d->ys[i] = i % 3 ? 1 : -1;
  d->at[0] = (wg_binding){d->x, d->xs};
  d->at[1] = (wg_binding){d->t, d->ts};
  d->at[2] = (wg_binding){d->y, d->ys};
}

static void assert_terms(data *d, const char *what, wg_node *terms, const double expected[N]) {
  assert_tape_good(d->tape);
  double actual[N];
  run_node(terms, 3, d->at, actual);
  assert_close(what, N, actual, expected, 1e-14);
}

static void assert_number(data *d, const char *what, wg_node *loss, double expected) {
  assert_tape_good(d->tape);
  double actual = run_scalar(loss, 3, d->at);
  assert_close(what, 1, &actual, &expected, 1e-14);
}

static void huber_is_a_parabola_inside_and_a_line_outside(void **state) {
  (void)state;
  data d;
  data_make(&d, -2, 2);
  double l1[N], huber[N], smooth[N], sum = 0;
  for (int i = 0; i < N; i++) {
    double size = fabs(d.xs[i] - d.ts[i]);
    sum += l1[i] = size;
    huber[i] = size <= 0.7 ? size * size / 2 : 0.7 * (size - 0.35);
    smooth[i] = size <= 1.5 ? size * size / 3 : size - 0.75;
  }
  assert_terms(&d, "l1", wg_l1_loss(d.x, d.t, WG_NONE), l1);
  assert_terms(&d, "huber", wg_huber_loss(d.x, d.t, 0.7, WG_NONE), huber);
  assert_terms(&d, "smooth l1", wg_smooth_l1_loss(d.x, d.t, 1.5, WG_NONE), smooth);
  assert_terms(&d, "smooth l1, beta 0", wg_smooth_l1_loss(d.x, d.t, 0, WG_NONE), l1);
  assert_number(&d, "l1 sum", wg_l1_loss(d.x, d.t, WG_SUM), sum);
  assert_number(&d, "l1 mean", wg_l1_loss(d.x, d.t, WG_MEAN), sum / N);
  wg_tape_free(d.tape);
}

static void margins_are_as_defined(void **state) {
  (void)state;
  data d;
  data_make(&d, -2, 2);
  double hinge[N], soft[N], embedding[N], ranking[N];
  for (int i = 0; i < N; i++) {
    double x = d.xs[i], y = d.ys[i];
    hinge[i] = fmax(0, 1 - y * x);
    soft[i] = log(1 + exp(-y * x));
    embedding[i] = y > 0 ? x : fmax(0, 0.8 - x);
    ranking[i] = fmax(0, 0.3 - y * (x - d.ts[i]));
  }
  assert_terms(&d, "hinge", wg_hinge_loss(d.x, d.y, WG_NONE), hinge);
  assert_terms(&d, "soft margin", wg_soft_margin_loss(d.x, d.y, WG_NONE), soft);
  assert_terms(&d, "hinge embedding", wg_hinge_embedding_loss(d.x, d.y, 0.8, WG_NONE), embedding);
  assert_terms(&d, "margin ranking", wg_margin_ranking_loss(d.x, d.t, d.y, 0.3, WG_NONE), ranking);
  wg_tape_free(d.tape);
}

static void vectors_are_compared_along_the_last_axis(void **state) {
  (void)state;
  data d;
  data_make(&d, -2, 2);
  double triplet = 0, cosine = 0, signs[3] = {1, -1, 1};
  for (int i = 0; i < 3; i++) {
    double positive = 0, negative = 0, dot = 0, xx = 0, tt = 0;
    for (int k = 0; k < 4; k++) {
      double x = d.xs[4 * i + k], t = d.ts[4 * i + k], y = d.ys[4 * i + k];
      positive += (x - t + 1e-6) * (x - t + 1e-6);
      negative += (x - y + 1e-6) * (x - y + 1e-6);
      dot += x * t, xx += x * x, tt += t * t;
    }
    triplet += fmax(0, sqrt(positive) - sqrt(negative) + 1.5) / 3;
    double c = dot / sqrt((xx + 1e-12) * (tt + 1e-12));
    cosine += (signs[i] > 0 ? 1 - c : fmax(0, c - 0.1)) / 3;
  }
  assert_number(&d, "triplet", wg_triplet_margin_loss(d.x, d.t, d.y, 1.5, WG_MEAN), triplet);
  wg_node *y = wg_constant(d.tape, WG_F64, WG_SHAPE(3), signs);
  assert_number(&d, "cosine", wg_cosine_embedding_loss(d.x, d.t, y, 0.1, WG_MEAN), cosine);
  wg_tape_free(d.tape);
}

static void likelihoods_are_minus_the_logarithms_of_densities(void **state) {
  (void)state;
  data d;
  data_make(&d, 0.2, 3);
  const double pi = 3.14159265358979323846;
  double gaussian[N], poisson[N], poisson_rate[N], kl[N], kl_log[N], variance = 0.6;
  for (int i = 0; i < N; i++) {
    double x = d.xs[i], t = d.ts[i];
    gaussian[i] = -log(exp(-(x - t) * (x - t) / (2 * variance)) / sqrt(2 * pi * variance));
    double stirling = t > 1 ? t * log(t) - t + log(2 * pi * t) / 2 : 0;
    poisson[i] = exp(x) - t * x + stirling;
    poisson_rate[i] = x - t * log(x + 1e-8);
    kl[i] = t * (log(t) - x);
    kl_log[i] = exp(t) * (t - x);
  }
  wg_node *v = wg_scalar_like(d.x, variance);
  assert_terms(&d, "gaussian", wg_gaussian_nll_loss(d.x, d.t, v, true, WG_NONE), gaussian);
  assert_terms(&d, "poisson", wg_poisson_nll_loss(d.x, d.t, true, true, WG_NONE), poisson);
  assert_terms(&d, "poisson of rates", wg_poisson_nll_loss(d.x, d.t, false, false, WG_NONE), poisson_rate);
  assert_terms(&d, "kl", wg_kl_div_loss(d.x, d.t, false, WG_NONE), kl);
  assert_terms(&d, "kl of logarithms", wg_kl_div_loss(d.x, d.t, true, WG_NONE), kl_log);
  wg_tape_free(d.tape);
}

static void kl_counts_a_target_of_zero_as_zero(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_fill(tape, WG_F64, WG_SHAPE(2), -1), *t = wg_fill(tape, WG_F64, WG_SHAPE(2), 0);
  assert_true(run_scalar(wg_kl_div_loss(x, t, false, WG_SUM), 0, NULL) == 0);
  wg_tape_free(tape);
}

/* −Σ_k q_k w_k ln p_k by loops, for logits (3,4), the labels 2, ignored, 0. */
static double cross_entropy_by_hand(const double *z, const int64_t *labels, int64_t ignored, const double *w,
                                    double smoothing) {
  double total = 0, weights = 0;
  for (int i = 0; i < 3; i++) {
    double sum = 0;
    if (labels[i] == ignored) continue;
    for (int k = 0; k < 4; k++) sum += exp(z[4 * i + k]);
    for (int k = 0; k < 4; k++) {
      double q = smoothing / 4 + (labels[i] == k ? 1 - smoothing : 0);
      total -= q * w[k] * (z[4 * i + k] - log(sum));
    }
    weights += w[labels[i]];
  }
  return total / weights;
}

static void cross_entropy_has_weights_an_ignored_label_and_smoothing(void **state) {
  (void)state;
  data d;
  data_make(&d, -2, 2);
  int64_t labels[3] = {2, -100, 0};
  double w[4] = {0.5, 1, 2, 3}, ones[4] = {1, 1, 1, 1};
  wg_node *y = wg_constant(d.tape, WG_I64, WG_SHAPE(3), labels), *W = wg_constant(d.tape, WG_F64, WG_SHAPE(4), w);
  assert_number(&d, "plain", wg_cross_entropy(d.x, y, NULL, 0, WG_MEAN),
                cross_entropy_by_hand(d.xs, labels, -100, ones, 0));
  assert_number(&d, "smoothed", wg_cross_entropy(d.x, y, NULL, 0.2, WG_MEAN),
                cross_entropy_by_hand(d.xs, labels, -100, ones, 0.2));
  assert_number(&d, "weighted", wg_cross_entropy(d.x, y, W, 0.2, WG_MEAN),
                cross_entropy_by_hand(d.xs, labels, -100, w, 0.2));
  wg_node *inputs[] = {wg_log_softmax(d.x, -1), y, W};
  assert_number(&d, "nll", wg_apply(wg_op_find("nll_loss"), 3, inputs, NULL),
                cross_entropy_by_hand(d.xs, labels, -100, w, 0));
  wg_tape_free(d.tape);
}

static void cross_entropy_of_plain_labels_is_softmax_cross_entropy(void **state) {
  (void)state;
  data d;
  data_make(&d, -2, 2);
  int64_t labels[3] = {2, 1, 0};
  wg_node *y = wg_constant(d.tape, WG_I64, WG_SHAPE(3), labels);
  double expected = run_scalar(wg_softmax_cross_entropy(d.x, y), 3, d.at);
  assert_number(&d, "labels", wg_cross_entropy(d.x, y, NULL, 0, WG_MEAN), expected);
  wg_node *rows = wg_one_hot(y, 4, WG_F64);
  assert_number(&d, "rows", wg_cross_entropy(d.x, rows, NULL, 0, WG_MEAN), expected);
  wg_tape_free(d.tape);
}

static void an_infinite_logit_of_another_class_costs_nothing(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  double z[3] = {1, 2, -INFINITY};
  int64_t label = 0;
  wg_node *Z = wg_input(tape, "z", WG_F64, WG_SHAPE(1, 3)), *y = wg_constant(tape, WG_I64, WG_SHAPE(1), &label), *grad;
  wg_node *J = wg_cross_entropy(Z, y, NULL, 0, WG_MEAN);
  wg_grad(J, 1, &Z, &grad);
  double slope[3], expected[3] = {1 / (1 + exp(1)) - 1, 1 / (1 + exp(-1)), 0};
  assert_true(fabs(run_scalar(J, 1, (wg_binding[]){{Z, z}}) - log(1 + exp(1))) < 1e-14);
  run_node(grad, 1, (wg_binding[]){{Z, z}}, slope);
  assert_close("gradient", 3, slope, expected, 1e-14);
  wg_tape_free(tape);
}

/* −Σ y_k ln SM(z)_k is linear in y: a y_k of 0 has the derivative −ln SM(z)_k too, but for a class of probability 0. */
static void cross_entropy_has_a_derivative_by_a_target_of_zero(void **state) {
  (void)state;
  const double z[] = {1, 2, -(double)INFINITY}, y[] = {1, 0, 0};
  const double log_sum = log(exp(1) + exp(2)), expected[] = {log_sum - 1, log_sum - 2, 0};
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_input(tape, "Z", WG_F64, WG_SHAPE(1, 3)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(1, 3)), *dY;
  wg_grad(wg_cross_entropy(Z, Y, NULL, 0, WG_SUM), 1, &Y, &dY);
  assert_tape_good(tape);
  double actual[3];
  run_node(dY, 2, (wg_binding[]){{Z, z}, {Y, y}}, actual);
  assert_close("∂Y", 3, actual, expected, 1e-14);
  wg_tape_free(tape);
}

static void bce_weighs_the_positive_class(void **state) {
  (void)state;
  data d;
  data_make(&d, 0.1, 0.9);
  double expected[N];
  for (int i = 0; i < N; i++) {
    double a = 1 / (1 + exp(-d.xs[i])), y = d.ts[i];
    expected[i] = -(2.5 * y * log(a) + (1 - y) * log(1 - a));
  }
  assert_terms(&d, "bce", wg_bce_logits_weighted(d.x, d.t, wg_scalar_like(d.x, 2.5), WG_NONE), expected);
  wg_tape_free(d.tape);
}

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  data d;
  data_make(&d, -2, 2);
  int64_t labels[3] = {0, 4, 1};
  wg_node *y = wg_constant(d.tape, WG_I64, WG_SHAPE(3), labels), *other = wg_fill(d.tape, WG_F64, WG_SHAPE(3), 1);
  assert_true(wg_node_inert(wg_huber_loss(d.x, d.t, 0, WG_MEAN)));
  assert_tape_failed(d.tape, WG_ERROR_ARGUMENT, "delta is 0");
  assert_true(wg_node_inert(wg_l1_loss(d.x, other, WG_MEAN)));
  assert_tape_failed(d.tape, WG_ERROR_SHAPE, "the shapes differ");
  assert_true(wg_node_inert(wg_l1_loss(d.x, d.t, (wg_reduction)9)));
  assert_tape_failed(d.tape, WG_ERROR_ARGUMENT, "mean, sum or none");
  assert_true(wg_node_inert(wg_cross_entropy(d.x, y, other, 0, WG_MEAN)));
  assert_tape_failed(d.tape, WG_ERROR_SHAPE, "one weight for each class");
  assert_true(wg_node_inert(wg_cross_entropy(d.x, y, NULL, 1.5, WG_MEAN)));
  assert_tape_failed(d.tape, WG_ERROR_ARGUMENT, "smoothing");
  wg_node *J = wg_cross_entropy(d.x, y, NULL, 0, WG_MEAN);
  wg_plan *plan = wg_plan_new(1, &J);
  wg_bind(plan, d.x, d.xs);
  assert_int_equal(wg_run(plan), WG_ERROR_DATA);
  assert_contains(wg_plan_error(plan), "label 4 at index 1");
  wg_plan_free(plan);
  wg_tape_free(d.tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(huber_is_a_parabola_inside_and_a_line_outside),
      cmocka_unit_test(margins_are_as_defined),
      cmocka_unit_test(vectors_are_compared_along_the_last_axis),
      cmocka_unit_test(likelihoods_are_minus_the_logarithms_of_densities),
      cmocka_unit_test(kl_counts_a_target_of_zero_as_zero),
      cmocka_unit_test(cross_entropy_has_weights_an_ignored_label_and_smoothing),
      cmocka_unit_test(cross_entropy_of_plain_labels_is_softmax_cross_entropy),
      cmocka_unit_test(an_infinite_logit_of_another_class_costs_nothing),
      cmocka_unit_test(cross_entropy_has_a_derivative_by_a_target_of_zero),
      cmocka_unit_test(bce_weighs_the_positive_class),
      cmocka_unit_test(what_does_not_fit_is_refused),
  };
  return RUN_TESTS(tests);
}
