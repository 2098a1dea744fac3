/* Layers against their definitions, written out as loops in plain C, and against numbers worked out by hand. */
#include "../support.h"

#include <math.h>
#include <string.h>

/* ---- A tape with a few inputs ---- */

enum { INPUTS_MAX = 6, VALUES_MAX = 256 };

typedef struct net {
  wg_tape *tape;
  size_t count;
  wg_node *x[INPUTS_MAX];
  double values[INPUTS_MAX][VALUES_MAX];
  wg_binding at[INPUTS_MAX];
} net;

static void net_open(net *n) {
  memset(n, 0, sizeof *n);
  n->tape = wg_tape_new();
}

static wg_node *input(net *n, wg_shape shape, double low, double high) {
  size_t i = n->count++;
  n->x[i] = wg_input(n->tape, NULL, WG_F64, shape);
  fill_f64(n->values[i], (size_t)wg_node_size(n->x[i]), low, high, i + 1);
  n->at[i] = (wg_binding){n->x[i], n->values[i]};
  return n->x[i];
}

static wg_node *input_of(net *n, wg_shape shape, const double *values) {
  wg_node *x = input(n, shape, 0, 1);
  memcpy(n->values[n->count - 1], values, (size_t)wg_node_size(x) * sizeof *values);
  return x;
}

static void assert_values(net *n, const char *what, wg_node *y, size_t count, const double *expected, double bound) {
  double actual[VALUES_MAX];
  assert_tape_good(n->tape);
  assert_int_equal(wg_node_size(y), count);
  run_node(y, n->count, n->at, actual);
  assert_close(what, count, actual, expected, bound);
}

static void assert_gradient(net *n, const char *what, wg_node *root, wg_node *x, const double *expected) {
  wg_node *gradient;
  wg_grad(root, 1, &x, &gradient);
  assert_values(n, what, gradient, (size_t)wg_node_size(x), expected, 1e-14);
}

static void assert_shape(wg_node *y, wg_shape expected) {
  wg_shape shape = wg_node_shape(y);
  assert_true(wg_shape_equal(&shape, &expected));
}

static double sigma(double x) { return 1 / (1 + exp(-x)); }

/* ---- Convolution ---- */

/* Two axes, and the sum of convolve.c element by element: all of x, w and y that it has a product for. */
typedef struct plane_case {
  int64_t n, groups, in, out, x[2], k[2], stride[2], padding[2], dilation[2];
} plane_case;

static const plane_case plane_cases[] = {
    {2, 1, 2, 3, {4, 5}, {2, 3}, {1, 1}, {0, 0}, {1, 1}}, {1, 1, 2, 2, {5, 4}, {3, 2}, {2, 1}, {1, 2}, {1, 2}},
    {2, 2, 1, 2, {4, 4}, {3, 3}, {1, 2}, {1, 1}, {1, 1}}, {1, 3, 2, 1, {3, 6}, {1, 2}, {3, 2}, {0, 1}, {2, 3}},
    {1, 1, 1, 1, {1, 1}, {3, 3}, {1, 1}, {1, 1}, {1, 1}}, {1, 1, 1, 2, {2, 3}, {2, 1}, {5, 4}, {3, 2}, {1, 1}},
};

static int64_t places(const plane_case *c, int axis) {
  return (c->x[axis] + 2 * c->padding[axis] - c->dilation[axis] * (c->k[axis] - 1) - 1) / c->stride[axis] + 1;
}

/* y += w·x, x += w·y or w += x·y over the whole sum, as the letter says. */
static void plane_sum(const plane_case *c, char what, double *x, double *w, double *y) {
  int64_t p[2] = {places(c, 0), places(c, 1)};
  for (int64_t n = 0; n < c->n; n++)
    for (int64_t o = 0; o < c->groups * c->out; o++)
      for (int64_t i = 0; i < c->in; i++)
        for (int64_t yr = 0; yr < p[0]; yr++)
          for (int64_t yc = 0; yc < p[1]; yc++)
            for (int64_t kr = 0; kr < c->k[0]; kr++)
              for (int64_t kc = 0; kc < c->k[1]; kc++) {
                int64_t r = yr * c->stride[0] + kr * c->dilation[0] - c->padding[0];
                int64_t s = yc * c->stride[1] + kc * c->dilation[1] - c->padding[1];
                if (r < 0 || r >= c->x[0] || s < 0 || s >= c->x[1]) continue;
                int64_t channel = o / c->out * c->in + i;
                double *xe = &x[((n * c->groups * c->in + channel) * c->x[0] + r) * c->x[1] + s];
                double *we = &w[((o * c->in + i) * c->k[0] + kr) * c->k[1] + kc];
                double *ye = &y[((n * c->groups * c->out + o) * p[0] + yr) * p[1] + yc];
                if (what == 'y')
                  *ye += *we * *xe;
                else if (what == 'x')
                  *xe += *we * *ye;
                else
                  *we += *xe * *ye;
              }
}

static void convolution_and_both_adjoints_are_their_sums(void **state) {
  (void)state;
  for (size_t k = 0; k < sizeof plane_cases / sizeof *plane_cases; k++) {
    const plane_case *c = &plane_cases[k];
    net n;
    net_open(&n);
    wg_node *x = input(&n, WG_SHAPE(c->n, c->groups * c->in, c->x[0], c->x[1]), -2, 2);
    wg_node *w = input(&n, WG_SHAPE(c->groups * c->out, c->in, c->k[0], c->k[1]), -2, 2);
    wg_node *y = input(&n, WG_SHAPE(c->n, c->groups * c->out, places(c, 0), places(c, 1)), -2, 2);
    double sum[VALUES_MAX] = {0};
    plane_sum(c, 'y', n.values[0], n.values[1], sum);
    assert_values(&n, "convolve", wg_convolve(x, w, c->stride, c->padding, c->dilation, c->groups),
                  (size_t)wg_node_size(y), sum, 1e-14);
    memset(sum, 0, sizeof sum);
    plane_sum(c, 'x', sum, n.values[1], n.values[2]);
    assert_values(&n, "by x", wg_convolve_transpose(y, w, c->x, c->stride, c->padding, c->dilation, c->groups),
                  (size_t)wg_node_size(x), sum, 1e-14);
    memset(sum, 0, sizeof sum);
    plane_sum(c, 'w', n.values[0], sum, n.values[2]);
    assert_values(&n, "by w", wg_convolve_weight(x, y, c->k, c->stride, c->padding, c->dilation, c->groups),
                  (size_t)wg_node_size(w), sum, 1e-14);
    wg_tape_free(n.tape);
  }
}

static void a_convolution_by_hand(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input_of(&n, WG_SHAPE(1, 1, 4), (double[]){1, 2, 4, 8});
  wg_node *w = input_of(&n, WG_SHAPE(1, 1, 2), (double[]){10, 1}), *b = input_of(&n, WG_SHAPE(1), (double[]){0.5});
  assert_values(&n, "conv1d", wg_conv1d(x, w, b, NULL, NULL, NULL, 1), 3, (double[]){12.5, 24.5, 48.5}, 0);
  assert_values(&n, "padding", wg_conv1d(x, w, NULL, (int64_t[]){2}, (int64_t[]){1}, NULL, 1), 3, (double[]){1, 24, 80},
                0);
  assert_values(&n, "dilation", wg_conv1d(x, w, NULL, NULL, NULL, (int64_t[]){3}, 1), 1, (double[]){18}, 0);
  assert_values(&n, "conv_transpose1d", wg_conv_transpose1d(x, w, b, NULL, NULL, NULL, 1, NULL), 5,
                (double[]){10.5, 21.5, 42.5, 84.5, 8.5}, 0);
  assert_values(&n, "stride", wg_conv_transpose1d(x, w, NULL, (int64_t[]){3}, (int64_t[]){1}, (int64_t[]){1}, 1, NULL),
                10, (double[]){1, 0, 20, 2, 0, 40, 4, 0, 80, 8}, 0);
  wg_tape_free(n.tape);
}

/* A small image is given its border in memory, a large one is not: the corner of a large one has the same bits. */
static void the_corner_of_a_large_image_is_convolved_like_a_small_one(void **state) {
  (void)state;
  enum { LARGE = 260, SMALL = 12, KERNEL = 3 };
  double *image = random_f64(LARGE * LARGE, -2, 2, 1), corner[SMALL * SMALL], weights[KERNEL * KERNEL];
  fill_f64(weights, KERNEL * KERNEL, -1, 1, 2);
  for (int i = 0; i < SMALL * SMALL; i++) corner[i] = image[i / SMALL * LARGE + i % SMALL];
  wg_tape *tape = wg_tape_new();
  wg_node *large = wg_input(tape, "large", WG_F64, WG_SHAPE(1, 1, LARGE, LARGE));
  wg_node *small = wg_input(tape, "small", WG_F64, WG_SHAPE(1, 1, SMALL, SMALL));
  wg_node *w = wg_input(tape, "w", WG_F64, WG_SHAPE(1, 1, KERNEL, KERNEL)), *y[2];
  y[0] = wg_convolve(large, w, NULL, (int64_t[]){1, 1}, NULL, 1);
  y[1] = wg_convolve(small, w, NULL, (int64_t[]){1, 1}, NULL, 1);
  wg_plan *plan = wg_plan_new(2, y);
  wg_bind(plan, large, image);
  wg_bind(plan, small, corner);
  wg_bind(plan, w, weights);
  assert_int_equal(wg_run(plan), WG_OK);
  const double *y0 = wg_data(plan, y[0]), *y1 = wg_data(plan, y[1]);
  for (int i = 0; i < SMALL - 1; i++) assert_memory_equal(y0 + i * LARGE, y1 + i * SMALL, (SMALL - 1) * sizeof *y0);
  wg_plan_free(plan);
  wg_tape_free(tape);
  free(image);
}

static void convolution_over_one_and_three_axes_is_that_over_two(void **state) {
  (void)state;
  const plane_case c = {1, 1, 2, 2, {1, 5}, {1, 3}, {1, 2}, {0, 1}, {1, 1}};
  net n;
  net_open(&n);
  double sum[VALUES_MAX] = {0};
  wg_node *x = input(&n, WG_SHAPE(1, 2, 5), -2, 2), *w = input(&n, WG_SHAPE(2, 2, 3), -2, 2);
  plane_sum(&c, 'y', n.values[0], n.values[1], sum);
  assert_values(&n, "conv1d", wg_conv1d(x, w, NULL, (int64_t[]){2}, (int64_t[]){1}, NULL, 1), 6, sum, 1e-14);
  wg_node *volume = wg_conv3d(wg_reshape(x, WG_SHAPE(1, 2, 1, 5, 1)), wg_reshape(w, WG_SHAPE(2, 2, 1, 3, 1)), NULL,
                              (int64_t[]){1, 2, 1}, (int64_t[]){0, 1, 0}, NULL, 1);
  assert_shape(volume, WG_SHAPE(1, 2, 1, 3, 1));
  assert_values(&n, "conv3d", volume, 6, sum, 1e-14);
  wg_tape_free(n.tape);
}

/* Σ conv(x, w)³ along v: f(x + h·v) is a cubic in h, whose third derivative is 6·Σ conv(v, w)³. */
static void a_convolution_has_third_derivatives(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input(&n, WG_SHAPE(1, 1, 3, 3), -1, 1), *w = input(&n, WG_SHAPE(2, 1, 2, 2), -1, 1);
  wg_node *v = input(&n, WG_SHAPE(1, 1, 3, 3), -1, 1), *f = wg_convolve(x, w, NULL, NULL, NULL, 1), *gradient;
  double of_v[8] = {0}, third = 0;
  const plane_case c = {1, 1, 1, 2, {3, 3}, {2, 2}, {1, 1}, {0, 0}, {1, 1}};
  plane_sum(&c, 'y', n.values[2], n.values[1], of_v);
  for (int i = 0; i < 8; i++) third += 6 * of_v[i] * of_v[i] * of_v[i];
  f = wg_sum_all(wg_mul(f, wg_square(f)));
  for (int order = 0; order < 3; order++) {
    wg_grad(f, 1, &x, &gradient);
    f = wg_sum_all(wg_mul(gradient, v));
  }
  assert_values(&n, "third derivative", f, 1, &third, 1e-13);
  wg_tape_free(n.tape);
}

static void linear_is_a_product_with_the_transpose(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input_of(&n, WG_SHAPE(2), (double[]){3, 5}), *b = input_of(&n, WG_SHAPE(3), (double[]){7, 8, 9});
  wg_node *w = input_of(&n, WG_SHAPE(3, 2), (double[]){1, 0, 0, 1, 1, 10});
  const double expected[] = {10, 13, 62};
  assert_shape(wg_linear(x, w, b), WG_SHAPE(3));
  assert_values(&n, "linear", wg_linear(x, w, b), 3, expected, 0);
  assert_values(&n, "rows", wg_linear(wg_reshape(x, WG_SHAPE(1, 1, 2)), w, b), 3, expected, 0);
  assert_values(&n, "no bias", wg_linear(x, w, NULL), 3, (double[]){3, 5, 53}, 0);
  wg_tape_free(n.tape);
}

/* ---- Pooling ---- */

static void max_pooling_takes_the_largest_and_its_gradient_goes_to_the_first(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input_of(&n, WG_SHAPE(1, 1, 3, 3), (double[]){1, 5, 5, 5, 2, 0, -3, -4, -4});
  const int64_t two[] = {2, 2}, one[] = {1, 1};
  wg_node *y = wg_max_pool2d(x, two, one, NULL, NULL, false);
  assert_values(&n, "max_pool2d", y, 4, (double[]){5, 5, 5, 2}, 0);
  assert_values(&n, "places", wg_max_pool_index(x, two, one, NULL, NULL, false), 4, (double[]){1, 1, 3, 4}, 0);
  assert_gradient(&n, "to the first", wg_sum_all(y), x, (double[]){0, 2, 0, 1, 1, 0, 0, 0, 0});
  /* a border is never largest, not even beside negative numbers */
  y = wg_max_pool2d(wg_neg(wg_square(x)), two, two, one, NULL, false);
  assert_values(&n, "padding", y, 4, (double[]){-1, -25, -9, 0}, 0);
  assert_values(&n, "up", wg_max_pool2d(x, two, NULL, NULL, NULL, true), 4, (double[]){5, 5, -3, -4}, 0);
  assert_values(&n, "dilation", wg_max_pool2d(x, two, NULL, NULL, two, false), 1, (double[]){5}, 0);
  wg_tape_free(n.tape);
}

static void a_nan_comes_through_pooling(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input_of(&n, WG_SHAPE(1, 1, 4), (double[]){1, NAN, 3, -INFINITY});
  double y[2];
  run_node(wg_max_pool1d(x, (int64_t[]){2}, NULL, NULL, NULL, false), 1, n.at, y);
  assert_true(isnan(y[0]) && y[1] == 3);
  run_node(wg_avg_pool1d(x, (int64_t[]){2}, NULL, NULL, false, true), 1, n.at, y);
  assert_true(isnan(y[0]) && y[1] == -INFINITY);
  wg_tape_free(n.tape);
}

static void average_pooling_counts_its_border_or_not(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input_of(&n, WG_SHAPE(1, 1, 4), (double[]){6, 12, 18, 24});
  const int64_t three[] = {3}, two[] = {2}, one[] = {1};
  assert_values(&n, "plain", wg_avg_pool1d(x, three, one, NULL, false, true), 2, (double[]){12, 18}, 1e-15);
  assert_values(&n, "counted", wg_avg_pool1d(x, three, two, one, false, true), 2, (double[]){6, 18}, 1e-15);
  assert_values(&n, "not counted", wg_avg_pool1d(x, three, two, one, false, false), 2, (double[]){9, 18}, 1e-15);
  /* the third window of the second has 24 and one place of the border; the next is beyond it and never counts */
  assert_values(&n, "up", wg_avg_pool1d(x, three, two, one, true, true), 3, (double[]){6, 18, 12}, 1e-15);
  assert_values(&n, "up, not counted", wg_avg_pool1d(x, three, two, one, true, false), 3, (double[]){9, 18, 24}, 1e-15);
  assert_gradient(&n, "gradient", wg_sum_all(wg_avg_pool1d(x, two, one, NULL, false, true)), x,
                  (double[]){0.5, 1, 1, 0.5});
  wg_tape_free(n.tape);
}

static void adaptive_windows_cover_the_axis(void **state) {
  (void)state;
  net n;
  net_open(&n);
  /* 5 elements in 3 windows: 0 … 1, 1 … 3, 3 … 4; in 7: each of one or two */
  wg_node *x = input_of(&n, WG_SHAPE(1, 1, 5), (double[]){1, 2, 6, 4, 3});
  const int64_t three[] = {3}, seven[] = {7};
  assert_values(&n, "mean", wg_adaptive_avg_pool1d(x, three), 3, (double[]){1.5, 4, 3.5}, 1e-15);
  assert_values(&n, "max", wg_adaptive_max_pool1d(x, three), 3, (double[]){2, 6, 4}, 0);
  assert_values(&n, "more", wg_adaptive_avg_pool1d(x, seven), 7, (double[]){1, 1.5, 4, 6, 5, 3.5, 3}, 1e-15);
  assert_gradient(&n, "gradient", wg_sum_all(wg_adaptive_max_pool1d(x, three)), x, (double[]){0, 1, 1, 1, 0});
  assert_values(&n, "global mean", wg_global_avg_pool(x), 1, (double[]){3.2}, 1e-15);
  assert_values(&n, "global max", wg_global_max_pool(x), 1, (double[]){6}, 0);
  n.values[0][4] = INFINITY; /* shorter windows must not make it 0·∞ */
  n.values[0][1] = INFINITY;
  double y[3];
  run_node(wg_adaptive_avg_pool1d(x, three), 1, n.at, y);
  assert_true(y[0] == INFINITY && y[1] == INFINITY && y[2] == INFINITY);
  wg_tape_free(n.tape);
}

/* ---- Upsampling ---- */

/* The example of torch.nn.Upsample's documentation: [[1,2],[3,4]] twice as large. */
static void upsampling_gives_the_published_numbers(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input_of(&n, WG_SHAPE(1, 1, 2, 2), (double[]){1, 2, 3, 4});
  const int64_t four[] = {4, 4};
  assert_values(&n, "nearest", wg_upsample_nearest(x, four), 16,
                (double[]){1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, 0);
  assert_values(&n, "bilinear", wg_upsample_linear(x, four, false), 16,
                (double[]){1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4}, 1e-15);
  double corners[16];
  for (int i = 0; i < 16; i++) corners[i] = 1 + 2 * (i / 4) / 3. + (i % 4) / 3.;
  assert_values(&n, "corners", wg_upsample_linear(x, four, true), 16, corners, 1e-15);
  wg_tape_free(n.tape);
}

/* Keys' kernel with a = −3/4 is 225/256, 67/256, −27/256 and −9/256 at the distances 1/4, 3/4, 5/4 and 7/4. */
static void cubic_upsampling_has_keys_weights(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input_of(&n, WG_SHAPE(1, 1, 6), (double[]){0, 0, 0, 256, 0, 0});
  assert_values(&n, "cubic", wg_upsample_cubic(x, (int64_t[]){12}, false), 12,
                (double[]){0, 0, 0, -9, -27, 67, 225, 225, 67, -27, -9, 0}, 1e-14);
  wg_tape_free(n.tape);
}

/* ---- Normalization ---- */

/* Element e of (N,C,S) normalized over those elements whose group is the same. */
static void normalize(size_t count, const double *x, const size_t *group, double epsilon, double *y) {
  for (size_t e = 0; e < count; e++) {
    double sum = 0, square = 0, n = 0;
    for (size_t k = 0; k < count; k++)
      if (group[k] == group[e]) sum += x[k], n++;
    for (size_t k = 0; k < count; k++)
      if (group[k] == group[e]) square += (x[k] - sum / n) * (x[k] - sum / n);
    y[e] = (x[e] - sum / n) / sqrt(square / n + epsilon);
  }
}

static void normalizations_differ_in_their_groups(void **state) {
  (void)state;
  enum { N = 2, C = 4, S = 3, COUNT = N * C * S };
  net n;
  net_open(&n);
  wg_node *x = input(&n, WG_SHAPE(N, C, S), -2, 5), *weight = input(&n, WG_SHAPE(C), -2, 2);
  wg_node *bias = input(&n, WG_SHAPE(C), -2, 2), *last = input(&n, WG_SHAPE(S), -2, 2);
  size_t batch[COUNT], pair[COUNT], channel[COUNT], row[COUNT], sample[COUNT];
  double y[COUNT], expected[COUNT];
  for (size_t e = 0; e < COUNT; e++) {
    batch[e] = e / S % C;
    pair[e] = e / (2 * S);
    channel[e] = row[e] = e / S;
    sample[e] = e / (C * S);
  }
  const double *w = n.values[1], *b = n.values[2];
  normalize(COUNT, n.values[0], batch, 0.1, y);
  assert_values(&n, "batch", wg_batch_norm(x, NULL, NULL, 0.1), COUNT, y, 1e-14);
  for (size_t e = 0; e < COUNT; e++) expected[e] = y[e] * w[e / S % C] + b[e / S % C];
  assert_values(&n, "weights", wg_batch_norm(x, weight, bias, 0.1), COUNT, expected, 1e-14);
  for (size_t e = 0; e < COUNT; e++) expected[e] = y[e] + b[e / S % C];
  assert_values(&n, "bias alone", wg_batch_norm(x, NULL, bias, 0.1), COUNT, expected, 1e-14);
  normalize(COUNT, n.values[0], pair, 1e-3, y);
  assert_values(&n, "group", wg_group_norm(x, 2, NULL, NULL, 1e-3), COUNT, y, 1e-14);
  normalize(COUNT, n.values[0], channel, 1e-3, y);
  assert_values(&n, "instance", wg_instance_norm(x, NULL, NULL, 1e-3), COUNT, y, 1e-14);
  assert_values(&n, "group of one", wg_group_norm(x, C, NULL, NULL, 1e-3), COUNT, y, 1e-14);
  normalize(COUNT, n.values[0], row, 1e-3, y);
  for (size_t e = 0; e < COUNT; e++) expected[e] = y[e] * n.values[3][e % S];
  assert_values(&n, "layer", wg_layer_norm(x, 1, last, NULL, 1e-3), COUNT, expected, 1e-14);
  normalize(COUNT, n.values[0], sample, 1e-3, y);
  assert_values(&n, "two axes", wg_layer_norm(x, 2, NULL, NULL, 1e-3), COUNT, y, 1e-14);
  for (size_t e = 0; e < COUNT; e++) {
    const double *r = &n.values[0][e / S * S];
    expected[e] = r[e % S] / sqrt((r[0] * r[0] + r[1] * r[1] + r[2] * r[2]) / 3 + 0.1) * n.values[3][e % S];
  }
  assert_values(&n, "rms", wg_rms_norm(x, 1, last, 0.1), COUNT, expected, 1e-14);
  for (size_t e = 0; e < COUNT; e++) expected[e] = (n.values[0][e] - w[e / S % C]) / sqrt(4 + 0.5);
  wg_node *four = wg_fill(n.tape, WG_F64, WG_SHAPE(C), 4);
  assert_values(&n, "given", wg_batch_norm_inference(x, weight, four, NULL, NULL, 0.5), COUNT, expected, 1e-14);
  wg_tape_free(n.tape);
}

static void the_mean_of_a_batch_is_recorded_once(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *x = input(&n, WG_SHAPE(4, 2), -2, 2);
  wg_batch_norm(x, NULL, NULL, 1e-5);
  size_t count = wg_tape_count(n.tape);
  wg_mean(x, 1, (int64_t[]){0}, true);
  assert_int_equal(wg_tape_count(n.tape), count);
  wg_tape_free(n.tape);
}

/* ---- Dropout ---- */

enum { MANY = 10000 };

static void mask_of(wg_dtype dtype, int64_t seed, double p, int64_t stream, double *values) {
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_fill(tape, dtype, WG_SHAPE(100, MANY / 100), 1), *s = wg_input(tape, "s", WG_I64, WG_SCALAR);
  wg_binding at = {s, &seed};
  wg_node *y = wg_dropout(x, s, p, stream);
  assert_tape_good(tape);
  run_node(y, 1, &at, values);
  wg_tape_free(tape);
}

static size_t differing(const double *a, const double *b) {
  size_t count = 0;
  for (size_t k = 0; k < MANY; k++) count += a[k] != b[k];
  return count;
}

static void dropout_is_random_by_seed_stream_and_place_only(void **state) {
  (void)state;
  double *a = new_f64(MANY), *b = new_f64(MANY);
  mask_of(WG_F64, 7, 0.25, 0, a);
  size_t zeros = 0, pairs = 0;
  for (size_t k = 0; k < MANY; k++) {
    zeros += a[k] == 0;
    pairs += a[k] == 0 && a[(k + 1) % MANY] == 0;
    assert_true(a[k] == 0 || a[k] == 1 / 0.75);
  }
  /* within 5 standard deviations of n·p and, for neighbours, of n·p² */
  assert_true(fabs((double)zeros - 2500) < 5 * sqrt(MANY * 0.25 * 0.75));
  assert_true(fabs((double)pairs - 625) < 5 * sqrt(MANY * 0.0625 * 1.5));
  mask_of(WG_F64, 7, 0.25, 0, b);
  assert_int_equal(differing(a, b), 0);
  mask_of(WG_F32, 7, 0.25, 0, b);
  for (size_t k = 0; k < MANY; k++) assert_int_equal(a[k] == 0, b[k] == 0);
  /* masks that have nothing to do with each other differ in 2·p·(1 − p) of their elements */
  for (int64_t seed = -1; seed < 3; seed++) {
    mask_of(WG_F64, seed, 0.25, seed + 1, b);
    assert_true(fabs((double)differing(a, b) - MANY * 0.375) < 5 * sqrt(MANY * 0.375 * 0.625));
  }
  mask_of(WG_F64, 7, 0.25, 1, b);
  assert_true(fabs((double)differing(a, b) - MANY * 0.375) < 5 * sqrt(MANY * 0.375 * 0.625));
  mask_of(WG_F64, 7, 0, 0, b);
  for (size_t k = 0; k < MANY; k++) assert_true(b[k] == 1);
  mask_of(WG_F64, 7, 1, 0, b);
  for (size_t k = 0; k < MANY; k++) assert_true(b[k] == 0);
  free(a);
  free(b);
}

/* ---- Attention ---- */

static void attention_is_a_mean_of_values_by_softmax(void **state) {
  (void)state;
  enum { L = 3, S = 4, E = 2, F = 2 };
  for (int causal = 0; causal < 2; causal++) {
    net n;
    net_open(&n);
    wg_node *q = input(&n, WG_SHAPE(L, E), -2, 2), *k = input(&n, WG_SHAPE(S, E), -2, 2);
    wg_node *v = input(&n, WG_SHAPE(S, F), -2, 2), *mask = input_of(&n, WG_SHAPE(S), (double[]){1, 0, 1, 1});
    double expected[L * F] = {0};
    for (int l = 0; l < L; l++) {
      double weight[S] = {0}, sum = 0;
      for (int s = 0; s < S; s++) {
        double score = 0;
        for (int e = 0; e < E; e++) score += n.values[0][l * E + e] * n.values[1][s * E + e] / sqrt(E);
        if (s != 1 && (!causal || s <= l)) sum += weight[s] = exp(score);
      }
      for (int s = 0; s < S; s++)
        for (int f = 0; f < F; f++) expected[l * F + f] += weight[s] / sum * n.values[2][s * F + f];
    }
    wg_node *y = wg_scaled_dot_product_attention(q, k, v, mask, false, causal, 0);
    assert_values(&n, "masked", y, L * F, expected, 1e-14);
    wg_node *far = wg_scale(wg_sub(mask, wg_scalar_like(mask, 1)), 1e9); /* −10⁹ where the mask is 0 */
    y = wg_scaled_dot_product_attention(q, k, v, far, true, causal, 0);
    assert_values(&n, "added", y, L * F, expected, 1e-14);
    wg_tape_free(n.tape);
  }
}

static void attention_to_nothing_is_zero_and_large_scores_are_safe(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_node *q = input_of(&n, WG_SHAPE(1, 1), (double[]){1000}),
          *k = input_of(&n, WG_SHAPE(2, 1), (double[]){1000, -1000});
  wg_node *v = input_of(&n, WG_SHAPE(2, 1), (double[]){3, 5}), *none = input_of(&n, WG_SHAPE(2), (double[]){0, 0});
  wg_node *y = wg_scaled_dot_product_attention(q, k, v, none, false, false, 0);
  assert_values(&n, "nothing", y, 1, (double[]){0}, 0);
  assert_gradient(&n, "no gradient", wg_sum_all(y), k, (double[]){0, 0});
  assert_gradient(&n, "none to values", wg_sum_all(y), v, (double[]){0, 0});
  y = wg_scaled_dot_product_attention(q, k, v, NULL, false, false, 0);
  assert_values(&n, "large", y, 1, (double[]){3}, 0);
  assert_gradient(&n, "large", wg_sum_all(y), v, (double[]){1, 0});
  wg_tape_free(n.tape);
}

/* ---- Recurrent layers ---- */

enum { T = 3, B = 2, I = 2, H = 3 };

/* The inputs of a sequence with so many gates; `pair` for a state (2,B,H). */
static void recurrent_open(net *n, int64_t gates, bool pair) {
  net_open(n);
  input(n, WG_SHAPE(T, B, I), -2, 2);
  input(n, pair ? WG_SHAPE(2, B, H) : WG_SHAPE(B, H), -1, 1);
  input(n, WG_SHAPE(gates * H, I), -1, 1);
  input(n, WG_SHAPE(gates * H, H), -1, 1);
  input(n, WG_SHAPE(gates * H), -1, 1);
  input(n, WG_SHAPE(gates * H), -1, 1);
}

/* W_ih·x + b_ih in row r of the weights, and W_hh·h + b_hh. */
static double row_of_x(const net *n, int t, int b, int r) {
  double sum = n->values[4][r];
  for (int i = 0; i < I; i++) sum += n->values[2][r * I + i] * n->values[0][(t * B + b) * I + i];
  return sum;
}
static double row_of_h(const net *n, const double *h, int r) {
  double sum = n->values[5][r];
  for (int i = 0; i < H; i++) sum += n->values[3][r * H + i] * h[i];
  return sum;
}

static wg_node *first_step(const net *n) { return wg_select(n->x[0], 0, 0); }

static void a_recurrent_net_repeats_its_cell(void **state) {
  (void)state;
  net n;
  recurrent_open(&n, 1, false);
  double y[T * B * H];
  for (int t = 0; t < T; t++)
    for (int b = 0; b < B; b++) {
      const double *h = t ? &y[((t - 1) * B + b) * H] : &n.values[1][b * H];
      for (int k = 0; k < H; k++) y[(t * B + b) * H + k] = tanh(row_of_x(&n, t, b, k) + row_of_h(&n, h, k));
    }
  wg_node **x = n.x;
  assert_values(&n, "rnn", wg_rnn(x[0], x[1], x[2], x[3], x[4], x[5], NULL), T * B * H, y, 1e-14);
  assert_values(&n, "rnn_cell", wg_rnn_cell(first_step(&n), x[1], x[2], x[3], x[4], x[5], "tanh"), B * H, y, 1e-14);
  for (int b = 0; b < B; b++)
    for (int k = 0; k < H; k++) y[b * H + k] = fmax(0, row_of_x(&n, 0, b, k) + row_of_h(&n, &n.values[1][b * H], k));
  assert_values(&n, "relu", wg_rnn_cell(first_step(&n), x[1], x[2], x[3], x[4], x[5], "relu"), B * H, y, 1e-14);
  wg_tape_free(n.tape);
}

static void a_gru_is_its_equations(void **state) {
  (void)state;
  net n;
  recurrent_open(&n, 3, false);
  double y[T * B * H];
  for (int t = 0; t < T; t++)
    for (int b = 0; b < B; b++) {
      const double *h = t ? &y[((t - 1) * B + b) * H] : &n.values[1][b * H];
      for (int k = 0; k < H; k++) {
        double r = sigma(row_of_x(&n, t, b, k) + row_of_h(&n, h, k));
        double z = sigma(row_of_x(&n, t, b, H + k) + row_of_h(&n, h, H + k));
        double new = tanh(row_of_x(&n, t, b, 2 * H + k) + r * row_of_h(&n, h, 2 * H + k));
        y[(t * B + b) * H + k] = (1 - z) * new + z *h[k];
      }
    }
  wg_node **x = n.x;
  assert_values(&n, "gru", wg_gru(x[0], x[1], x[2], x[3], x[4], x[5]), T * B * H, y, 1e-14);
  assert_values(&n, "gru_cell", wg_gru_cell(first_step(&n), x[1], x[2], x[3], x[4], x[5]), B * H, y, 1e-14);
  wg_tape_free(n.tape);
}

static void an_lstm_is_its_equations(void **state) {
  (void)state;
  net n;
  recurrent_open(&n, 4, true);
  double y[T][2][B][H];
  for (int t = 0; t < T; t++)
    for (int b = 0; b < B; b++) {
      const double *h = t ? y[t - 1][0][b] : &n.values[1][b * H], *c = t ? y[t - 1][1][b] : &n.values[1][(B + b) * H];
      for (int k = 0; k < H; k++) {
        double a[4];
        for (int g = 0; g < 4; g++) a[g] = row_of_x(&n, t, b, g * H + k) + row_of_h(&n, h, g * H + k);
        y[t][1][b][k] = sigma(a[1]) * c[k] + sigma(a[0]) * tanh(a[2]);
        y[t][0][b][k] = sigma(a[3]) * tanh(y[t][1][b][k]);
      }
    }
  wg_node **x = n.x;
  assert_values(&n, "lstm", wg_lstm(x[0], x[1], x[2], x[3], x[4], x[5]), T * 2 * B * H, &y[0][0][0][0], 1e-14);
  assert_values(&n, "lstm_cell", wg_lstm_cell(first_step(&n), x[1], x[2], x[3], x[4], x[5]), 2 * B * H, &y[0][0][0][0],
                1e-14);
  wg_tape_free(n.tape);
}

/* ---- What does not fit ---- */

static void what_does_not_fit_is_said(void **state) {
  (void)state;
  net n;
  net_open(&n);
  wg_tape *t = n.tape;
  wg_node *x = input(&n, WG_SHAPE(1, 4, 5), 0, 1), *w = input(&n, WG_SHAPE(2, 3, 2), 0, 1),
          *h = input(&n, WG_SHAPE(2, 3), 0, 1);
  wg_node *two = input(&n, WG_SHAPE(2), 0, 1);
  const int64_t none[] = {0}, nine[] = {9}, half[] = {INT64_MIN}, huge[] = {INT64_MAX};
  wg_conv1d(x, w, NULL, NULL, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_SHAPE, "x has 4 channels in each of 1 groups, and the weights 3");
  wg_conv1d(x, w, NULL, NULL, NULL, NULL, 3);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "3 groups do not divide 4 and 2 channels");
  wg_conv2d(x, w, NULL, NULL, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_SHAPE, "x has rank 3, not the 4 of (N,C,…) with 2 more axes");
  wg_node *v = input(&n, WG_SHAPE(2, 4, 6), 0, 1);
  wg_conv1d(x, v, NULL, none, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "stride 0 is not in 1 … 2^31 − 1");
  wg_conv1d(x, v, NULL, huge, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "stride");
  wg_conv1d(x, v, NULL, NULL, half, NULL, 1);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "padding");
  wg_conv1d(x, v, NULL, NULL, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_SHAPE, "a kernel of 6 does not fit into axis 2 of 5 with its border");
  wg_conv1d(x, v, two, NULL, (int64_t[]){1}, NULL, 1);
  assert_tape_good(t);
  wg_conv1d(x, v, x, NULL, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_SHAPE, "the bias has the shape (1,4,5) instead of (2)");
  wg_convolve_transpose(x, w, nine, NULL, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_SHAPE, "y has 4 channels and the weights 2");
  wg_convolve_weight(x, x, nine, NULL, NULL, NULL, 1);
  assert_tape_failed(t, WG_ERROR_SHAPE, "a kernel of 9 does not fit");
  wg_conv_transpose1d(wg_reshape(h, WG_SHAPE(1, 2, 3)), w, NULL, NULL, NULL, nine, 1, NULL);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "an output_padding of 9 is not below the stride of 1");
  wg_max_pool1d(x, NULL, NULL, NULL, NULL, false);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "no size of the windows was given");
  wg_max_pool1d(x, (int64_t[]){2}, NULL, (int64_t[]){2}, NULL, false);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "a padding of 2 is more than half a window of 2");
  wg_avg_pool1d(x, nine, NULL, NULL, false, true);
  assert_tape_failed(t, WG_ERROR_SHAPE, "a window of 9 does not fit into axis 2 of 5");
  wg_adaptive_avg_pool1d(x, none);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "output_size 0 is not in 1 …");
  wg_upsample_nearest(h, nine);
  assert_tape_failed(t, WG_ERROR_SHAPE, "x has rank 2");
  wg_linear(x, h, NULL);
  assert_tape_failed(t, WG_ERROR_SHAPE, "the last axis of x must have the 3 inputs of the weights");
  wg_group_norm(x, 3, NULL, NULL, 1e-5);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "3 groups do not divide 4 channels");
  wg_layer_norm(x, 4, NULL, NULL, 1e-5);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "rank 3 has no 4 last axes");
  wg_batch_norm(x, two, NULL, 1e-5);
  assert_tape_failed(t, WG_ERROR_SHAPE, "the weight has the shape (2) instead of (4)");
  wg_dropout(x, two, 0.5, 0);
  assert_tape_failed(t, WG_ERROR_DTYPE, "the seed is a scalar of type i64");
  wg_dropout(x, wg_fill(t, WG_I64, WG_SCALAR, 3), NAN, 0);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "a probability of nan");
  wg_scaled_dot_product_attention(h, w, w, NULL, false, false, 0);
  assert_tape_failed(t, WG_ERROR_SHAPE, "queries of 3 numbers do not meet keys of 2");
  wg_rnn_cell(h, h, h, h, NULL, NULL, "sine");
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "the activation 'sine' is not tanh or relu");
  wg_lstm_cell(h, h, h, h, NULL, NULL);
  assert_tape_failed(t, WG_ERROR_SHAPE, "the weights of the state are not (4·H,H)");
  wg_rnn_cell(h, h, h, wg_input(t, NULL, WG_F64, WG_SHAPE(3, 3)), NULL, h, NULL);
  assert_tape_failed(t, WG_ERROR_ARGUMENT, "input 5 was given, and input 4 was not");
  wg_tape_free(t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(convolution_and_both_adjoints_are_their_sums),
      cmocka_unit_test(a_convolution_by_hand),
      cmocka_unit_test(the_corner_of_a_large_image_is_convolved_like_a_small_one),
      cmocka_unit_test(convolution_over_one_and_three_axes_is_that_over_two),
      cmocka_unit_test(a_convolution_has_third_derivatives),
      cmocka_unit_test(linear_is_a_product_with_the_transpose),
      cmocka_unit_test(max_pooling_takes_the_largest_and_its_gradient_goes_to_the_first),
      cmocka_unit_test(a_nan_comes_through_pooling),
      cmocka_unit_test(average_pooling_counts_its_border_or_not),
      cmocka_unit_test(adaptive_windows_cover_the_axis),
      cmocka_unit_test(upsampling_gives_the_published_numbers),
      cmocka_unit_test(cubic_upsampling_has_keys_weights),
      cmocka_unit_test(normalizations_differ_in_their_groups),
      cmocka_unit_test(the_mean_of_a_batch_is_recorded_once),
      cmocka_unit_test(dropout_is_random_by_seed_stream_and_place_only),
      cmocka_unit_test(attention_is_a_mean_of_values_by_softmax),
      cmocka_unit_test(attention_to_nothing_is_zero_and_large_scores_are_safe),
      cmocka_unit_test(a_recurrent_net_repeats_its_cell),
      cmocka_unit_test(a_gru_is_its_equations),
      cmocka_unit_test(an_lstm_is_its_equations),
      cmocka_unit_test(what_does_not_fit_is_said),
  };
  return RUN_TESTS(tests);
}
