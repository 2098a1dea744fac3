/* Values and derivatives of the activations, against plain C and long double, and their conventions at kinks. */
#include "../../engine/derivation.h"
#include "functions.h"

/* ---- With attributes, as functions of x alone ---- */

static wg_node *leaky_relu(wg_node *x) { return wg_leaky_relu(x, 0.2); }
static wg_node *elu(wg_node *x) { return wg_elu(x, 0.7); }
static wg_node *celu(wg_node *x) { return wg_celu(x, 2); }
static wg_node *gelu(wg_node *x) { return wg_gelu(x, "none"); }
static wg_node *gelu_tanh(wg_node *x) { return wg_gelu(x, "tanh"); }
static wg_node *hard_tanh(wg_node *x) { return wg_hard_tanh(x, -2, 0.5); }
static wg_node *threshold(wg_node *x) { return wg_threshold(x, 0.5, -1); }
static wg_node *soft_shrink(wg_node *x) { return wg_soft_shrink(x, 0.5); }
static wg_node *hard_shrink(wg_node *x) { return wg_hard_shrink(x, 0.5); }

/* ---- Smooth ones ---- */

static const long double pi = 3.14159265358979323846264338328L;

/* A long double's exponent reaches to e^11356, so the formulas of the papers need no care for overflow here; where they
 * lose digits, at x far below 0, their limit stands instead. */
static long double sigma(long double x) { return 1 / (1 + expl(-x)); }
static long double softplus(long double x) { return log1pl(expl(x)); }
static long double phi(long double x) { return expl(-x * x / 2) / sqrtl(2 * pi); }
static long double tanh_argument(long double x) { return sqrtl(2 / pi) * (x + 0.044715L * x * x * x); }

static long double expected_gelu(long double x) { return x * erfcl(-x / sqrtl(2)) / 2; }
static long double gelu_slope(long double x) { return erfcl(-x / sqrtl(2)) / 2 + x * phi(x); }
static long double expected_gelu_tanh(long double x) { return x / 2 * (1 + tanhl(tanh_argument(x))); }
static long double gelu_tanh_slope(long double x) {
  long double u = tanh_argument(x), inner = sqrtl(2 / pi) * (1 + 3 * 0.044715L * x * x);
  return (1 + tanhl(u)) / 2 + x / 2 / (coshl(u) * coshl(u)) * inner;
}
static long double expected_silu(long double x) { return x * sigma(x); }
static long double silu_slope(long double x) { return sigma(x) + x * sigma(x) * sigma(-x); }
static long double expected_mish(long double x) { return x * tanhl(softplus(x)); }
static long double mish_slope(long double x) {
  long double t = tanhl(softplus(x)), c = coshl(softplus(x));
  return t + x * sigma(x) / (c * c);
}
static long double expected_log_sigmoid(long double x) { return -softplus(-x); }
static long double log_sigmoid_slope(long double x) { return sigma(-x); }
static long double expected_softsign(long double x) { return x / (1 + fabsl(x)); }
static long double softsign_slope(long double x) { return 1 / ((1 + fabsl(x)) * (1 + fabsl(x))); }
static long double expected_tanh_shrink(long double x) { return x - tanhl(x); }
static long double tanh_shrink_slope(long double x) { return tanhl(x) * tanhl(x); }
static long double expected_elu(long double x) { return x > 0 ? x : 0.7L * expm1l(x); }
static long double elu_slope(long double x) { return x > 0 ? 1 : 0.7L * expl(x); }
static long double expected_celu(long double x) { return x > 0 ? x : 2 * expm1l(x / 2); }
static long double celu_slope(long double x) { return x > 0 ? 1 : expl(x / 2); }
static long double expected_selu(long double x) {
  return 1.0507009873554804934L * (x > 0 ? x : 1.6732632423543772848L * expm1l(x));
}
static long double selu_slope(long double x) {
  return 1.0507009873554804934L * (x > 0 ? 1 : 1.6732632423543772848L * expl(x));
}

static const struct {
  const char *name;
  function_1 *f;
  long double (*expected)(long double x), (*slope)(long double x);
  double least; /* below which the function or its formula here is not asked for */
} smooth[] = {
    {"gelu", gelu, expected_gelu, gelu_slope, -35},
    {"gelu, tanh", gelu_tanh, expected_gelu_tanh, gelu_tanh_slope, -3.5},
    {"silu", wg_silu, expected_silu, silu_slope, -700},
    {"mish", wg_mish, expected_mish, mish_slope, -700},
    {"log_sigmoid", wg_log_sigmoid, expected_log_sigmoid, log_sigmoid_slope, -1000},
    {"softsign", wg_softsign, expected_softsign, softsign_slope, -1000},
    {"tanh_shrink", wg_tanh_shrink, expected_tanh_shrink, tanh_shrink_slope, -1000},
    {"elu", elu, expected_elu, elu_slope, -1000},
    {"celu", celu, expected_celu, celu_slope, -1000},
    {"selu", wg_selu, expected_selu, selu_slope, -1000},
};

static void smooth_activations_agree_with_long_double(void **state) {
  (void)state;
  double y[ORDINARY], slope[ORDINARY];
  for (int dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (size_t f = 0; f < COUNT_OF(smooth); f++) {
      run_1(smooth[f].f, (wg_dtype)dtype, ORDINARY, extremes, 1, (double *[ORDERS_MAX]){y, slope});
      for (int i = 0; i < ORDINARY; i++) {
        double x = dtype == WG_F32 ? (double)(float)extremes[i] : extremes[i];
        if (x < (dtype == WG_F32 ? fmax(smooth[f].least, -20) : smooth[f].least)) continue;
        /* exponentials of large numbers have the error of these; near 0, x − tanh(x) has that of x */
        double units = 16 + fabs(x) * fabs(x), epsilon = dtype == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
        double expected = (double)smooth[f].expected(x), expected_slope = (double)smooth[f].slope(x);
        if (smooth[f].f == wg_tanh_shrink && fabs(x) < 1 && fabs(y[i] - expected) <= epsilon * fabs(x)) y[i] = expected;
        assert_number_within(units, smooth[f].name, x, y[i], expected, (wg_dtype)dtype);
        assert_number_within(units, smooth[f].name, x, slope[i], expected_slope, (wg_dtype)dtype);
      }
    }
}

static void no_activation_loses_its_second_derivative_far_out(void **state) {
  (void)state;
  const double x[] = {1000, -1000};
  double y[2], slope[2], curvature[2];
  for (size_t f = 0; f < COUNT_OF(smooth); f++) {
    run_1(smooth[f].f, WG_F64, 2, x, 2, (double *[ORDERS_MAX]){y, slope, curvature});
    for (int i = 0; i < 2; i++)
      if (!(fabs(curvature[i]) < 1e-8)) fail_msg("%s'' at %g is %g", smooth[f].name, x[i], curvature[i]);
  }
}

static void gelu_keeps_its_digits_far_below_zero(void **state) {
  (void)state;
  double y, slope;
  run_1(gelu, WG_F64, 1, &(double){-20}, 1, (double *[ORDERS_MAX]){&y, &slope});
  /* −20·Q(20), where Q(20) = 2.753624118606234e−89 is the tail of the normal distribution */
  assert_number_within(1000, "gelu", -20, y, -20 * 2.753624118606234e-89, WG_F64);
}

/* ---- Kinks ---- */

/* Values and derivatives at the kinks are what PyTorch 2.13 gives; those at NaN are what a comparison with it gives. */
static void kinks_have_the_derivative_of_pytorch(void **state) {
  (void)state;
  const point_1 of_leaky[] = {{0, 0, 0.2}, {3, 3, 1}, {-5, -1, 0.2}, {-INFINITY, -INFINITY, 0.2}, {NAN, NAN, 0.2}};
  const point_1 of_elu[] = {{0, 0, 0.7}, {3, 3, 1}, {INFINITY, INFINITY, 1}, {-INFINITY, -0.7, 0}};
  const point_1 of_celu[] = {{0, 0, 1}, {3, 3, 1}, {INFINITY, INFINITY, 1}, {-INFINITY, -2, 0}};
  const point_1 of_hard_tanh[] = {{-2, -2, 0}, {-1.9, -1.9, 1}, {0.5, 0.5, 0}, {7, 0.5, 0}, {NAN, NAN, 0}};
  const point_1 of_relu6[] = {{0, 0, 0}, {6, 6, 0}, {3, 3, 1}, {8, 6, 0}, {-1, 0, 0}, {NAN, NAN, 0}};
  const point_1 of_hard_sigmoid[] = {{-3, 0, 0}, {3, 1, 0}, {0, 0.5, 1.0 / 6}, {INFINITY, 1, 0}, {-INFINITY, 0, 0}};
  const point_1 of_hard_swish[] = {{-3, 0, 0}, {3, 3, 1}, {0, 0, 0.5}, {-4, 0, 0}, {4, 4, 1}, {1.5, 1.125, 1}};
  const point_1 of_threshold[] = {{0.5, -1, 0}, {0.75, 0.75, 1}, {-INFINITY, -1, 0}, {NAN, NAN, 0}};
  const point_1 of_soft_shrink[] = {{0.5, 0, 0},     {-0.5, 0, 0},      {0.25, 0, 0},
                                    {0.75, 0.25, 1}, {-0.75, -0.25, 1}, {INFINITY, INFINITY, 1},
                                    {NAN, NAN, 1}};
  const point_1 of_hard_shrink[] = {{0.5, 0, 0}, {-0.5, 0, 0}, {0.75, 0.75, 1}, {-0.75, -0.75, 1}, {NAN, NAN, 1}};
#define CHECK(f, points) assert_points_1(#f, f, COUNT_OF(points), points)
  CHECK(leaky_relu, of_leaky);
  CHECK(elu, of_elu);
  CHECK(celu, of_celu);
  CHECK(hard_tanh, of_hard_tanh);
  CHECK(wg_relu6, of_relu6);
  CHECK(wg_hard_sigmoid, of_hard_sigmoid);
  CHECK(wg_hard_swish, of_hard_swish);
  CHECK(threshold, of_threshold);
  CHECK(soft_shrink, of_soft_shrink);
  CHECK(hard_shrink, of_hard_shrink);
#undef CHECK
  assert_points_1("softsign", wg_softsign, 3, (point_1[]){{0, 0, 1}, {1, 0.5, 0.25}, {INFINITY, NAN, 0}});
}

/* ---- Of several elements ---- */

static void prelu_has_a_slope_for_each_channel(void **state) {
  (void)state;
  const double x[] = {-1, 2, -3, 4, 0, -6, -7, 8, -9, 10, -11, 12}, weight[] = {0.5, 0.1, 3};
  double y[12], by_weight[3], one[1];
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3, 2)), *W = wg_param(tape, "W", WG_F64, WG_SHAPE(3)), *grad;
  wg_node *single = wg_param(tape, "w", WG_F64, WG_SHAPE(1));
  const wg_binding values[] = {{X, x}, {W, weight}, {single, weight}};
  wg_node *node = wg_prelu(X, W);
  run_node(node, 2, values, y);
  assert_close("prelu", 12, y, (double[]){-0.5, 2, -0.3, 4, 0, -18, -3.5, 8, -0.9, 10, -33, 12}, 1e-15);
  wg_grad(wg_sum_all(node), 1, &W, &grad);
  run_node(grad, 2, values, by_weight); /* the sum of what is below 0 in each channel */
  assert_close("∂W", 3, by_weight, (double[]){-8, -12, -17}, 0);
  wg_grad(wg_sum_all(wg_prelu(X, single)), 1, &single, &grad);
  run_node(grad, 3, values, one);
  assert_close("∂w", 1, one, (double[]){-37}, 0);
  assert_tape_good(tape);
  wg_tape_free(tape);
}

/* One channel, and a weight for it: the same as one number for all. */
static void prelu_of_one_channel_takes_either_weight(void **state) {
  (void)state;
  const double x[] = {-1, 2, -3, 4}, weight[] = {0.5};
  double y[4];
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(4, 1)), *flat = wg_param(tape, "x", WG_F64, WG_SHAPE(4));
  wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(1)), *scalar = wg_param(tape, "w", WG_F64, WG_SCALAR);
  wg_node *const nodes[] = {wg_prelu(X, W), wg_prelu(X, scalar), wg_prelu(flat, W), wg_prelu(flat, scalar)};
  for (int i = 0; i < 4; i++) {
    run_node(nodes[i], 4, (wg_binding[]){{X, x}, {flat, x}, {W, weight}, {scalar, weight}}, y);
    assert_close("prelu", 4, y, (double[]){-0.5, 2, -1.5, 4}, 0);
  }
  wg_tape_free(tape);
}

static void glu_gates_one_half_by_the_other(void **state) {
  (void)state;
  const double x[] = {1, 2, 0, 1000, 3, 4, -1000, 0};
  double y[4];
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 4));
  run_node(wg_glu(X, -1), 1, &(wg_binding){X, x}, y);
  assert_close("halves of rows", 4, y, (double[]){0.5, 2, 0, 2}, 0);
  run_node(wg_glu(X, 0), 1, &(wg_binding){X, x}, y);
  double sigma_3 = 1 / (1 + exp(-3)), sigma_4 = 1 / (1 + exp(-4));
  assert_close("halves of columns", 4, y, (double[]){sigma_3, 2 * sigma_4, 0, 500}, 1e-15);
  assert_ptr_equal(wg_glu(X, -1), wg_glu(X, 1));
  assert_tape_good(tape);
  wg_tape_free(tape);
}

static void softmin_gives_the_smallest_most(void **state) {
  (void)state;
  const double x[] = {0, log(2), log(4)};
  double y[3];
  wg_tape *tape = wg_tape_new();
  wg_node *X = wg_param(tape, "X", WG_F64, WG_SHAPE(3));
  run_node(wg_softmin(X, -1), 1, &(wg_binding){X, x}, y);
  assert_close("softmin", 3, y, (double[]){4.0 / 7, 2.0 / 7, 1.0 / 7}, 1e-15);
  assert_ptr_equal(wg_softmin(X, 0), wg_softmax(wg_neg(X), 0));
  wg_tape_free(tape);
}

/* ---- Attributes, errors ---- */

static void attributes_have_the_defaults_of_pytorch(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2));
#define DEFAULT(name) wg_apply(wg_op_find(name), 1, &x, NULL)
  assert_ptr_equal(DEFAULT("leaky_relu"), wg_leaky_relu(x, 0.01));
  assert_ptr_equal(DEFAULT("elu"), wg_elu(x, 1));
  assert_ptr_equal(DEFAULT("celu"), wg_celu(x, 1));
  assert_ptr_equal(DEFAULT("gelu"), wg_gelu(x, "none"));
  assert_ptr_equal(DEFAULT("hard_tanh"), wg_hard_tanh(x, -1, 1));
  assert_ptr_equal(DEFAULT("soft_shrink"), wg_soft_shrink(x, 0.5));
  assert_ptr_equal(DEFAULT("hard_shrink"), wg_hard_shrink(x, 0.5));
  assert_ptr_equal(DEFAULT("threshold"), wg_threshold(x, 0, 0));
  assert_ptr_equal(DEFAULT("relu6"), wg_hard_tanh(x, 0, 6));
#undef DEFAULT
  assert_tape_good(tape);
  wg_tape_free(tape);
}

static void every_activation_refuses_integers(void **state) {
  (void)state;
  static const char *const names[] = {"leaky_relu",  "elu",          "celu",        "selu",        "gelu",
                                      "silu",        "mish",         "softsign",    "log_sigmoid", "hard_tanh",
                                      "relu6",       "hard_sigmoid", "hard_swish",  "glu",         "threshold",
                                      "soft_shrink", "hard_shrink",  "tanh_shrink", "softmin"};
  wg_tape *tape = wg_tape_new();
  wg_node *labels = wg_input(tape, "L", WG_I64, WG_SHAPE(2, 4));
  for (size_t f = 0; f < COUNT_OF(names); f++) {
    assert_true(wg_node_inert(wg_apply(wg_op_find(names[f]), 1, &labels, NULL)));
    assert_tape_failed(tape, WG_ERROR_DTYPE, names[f]);
  }
  wg_prelu(labels, labels);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "prelu");
  wg_tape_free(tape);
}

static void arguments_that_make_no_sense_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "X", WG_F64, WG_SHAPE(2, 3)), *scalar = wg_param(tape, "S", WG_F64, WG_SCALAR);
  assert_true(wg_node_inert(wg_gelu(x, "erf")));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "gelu: X (2,3): approximate is 'erf', not none or tanh");
  wg_gelu(x, NULL);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "approximate");
  wg_celu(x, 0);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "celu: X (2,3): alpha is 0, not above 0");
  wg_celu(x, NAN);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "alpha");
  wg_hard_tanh(x, 1, -1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "hard_tanh: X (2,3): low 1 is not ≤ high -1");
  wg_soft_shrink(x, -1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "soft_shrink: X (2,3): lambda is -1, not 0 or more");
  wg_hard_shrink(x, NAN);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "lambda");
  wg_glu(x, -1);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "glu: X (2,3): axis 1 is 3 long, which has no halves");
  wg_glu(x, 2);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "glu: X (2,3): there is no axis 2 in rank 2");
  wg_glu(scalar, -1);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "there is no axis -1 in rank 0");
  wg_softmin(x, 5);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "softmin: X (2,3): there is no axis 5");
  wg_prelu(x, wg_param(tape, "W", WG_F64, WG_SHAPE(2)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "prelu: X (2,3), W (2): the weight is one number");
  wg_prelu(scalar, wg_param(tape, "W", WG_F64, WG_SHAPE(1, 1)));
  assert_tape_failed(tape, WG_ERROR_SHAPE, "prelu");
  wg_tape_free(tape);
}

static void composites_read_as_what_they_are_made_of(void **state) {
  (void)state;
  char text[200];
  wg_tape *tape = wg_tape_new();
  wg_node *Z = wg_param(tape, "Z", WG_F64, WG_SHAPE(3, 4));
  wg_formula(wg_silu(Z), WG_UNICODE, text, sizeof text);
  assert_string_equal(text, "Z ⊙ σ(Z)");
  wg_formula(wg_log_sigmoid(Z), WG_UNICODE, text, sizeof text);
  assert_string_equal(text, "−softplus(−Z)");
  wg_formula(wg_hard_sigmoid(Z), WG_UNICODE, text, sizeof text);
  assert_string_equal(text, "min(max(Z + 3, 0), 6) / 6");
  wg_formula(wg_soft_shrink(Z, 0.5), WG_UNICODE, text, sizeof text);
  assert_string_equal(text, "Z − min(max(Z, −0.5), 0.5)");
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(smooth_activations_agree_with_long_double),
      cmocka_unit_test(no_activation_loses_its_second_derivative_far_out),
      cmocka_unit_test(gelu_keeps_its_digits_far_below_zero),
      cmocka_unit_test(kinks_have_the_derivative_of_pytorch),
      cmocka_unit_test(prelu_has_a_slope_for_each_channel),
      cmocka_unit_test(prelu_of_one_channel_takes_either_weight),
      cmocka_unit_test(glu_gates_one_half_by_the_other),
      cmocka_unit_test(softmin_gives_the_smallest_most),
      cmocka_unit_test(attributes_have_the_defaults_of_pytorch),
      cmocka_unit_test(every_activation_refuses_integers),
      cmocka_unit_test(arguments_that_make_no_sense_are_refused),
      cmocka_unit_test(composites_read_as_what_they_are_made_of),
  };
  return RUN_TESTS(tests);
}
