/* resample.c: an axis of n elements as one of m, each a weighted sum of a few of the n: upsampling, and the mean of m
 * windows of nearly equal size (adaptive pooling).
 *
 *     y_p = Σ_t w_{p,t} · x_{index_{p,t}}
 *
 * with the same number of terms for each p. Axes are done one after another, each recorded as
 * index_select, a product with constant weights, and a sum. */
#include "../engine/memory.h"
#include "../engine/tape_internal.h"
#include "layer.h"
#include "window.h"

#include <math.h>

/* One axis: its sizes before and after, the terms for each element, and how an element's indices and weights come. */
typedef struct resampling resampling;
struct resampling {
  int64_t n, m, terms;
  void (*element)(const resampling *r, int64_t p, int64_t *index, double *weight);
  bool corners; /* linear and cubic: the first and last elements stay where they are */
};

/* A constant (m,terms) of the indices, or of the weights in that dtype. */
static wg_node *constants(wg_tape *tape, wg_dtype dtype, const resampling *r) {
  const wg_allocator *allocator = wg_tape_allocator(tape);
  const wg_shape shape = WG_SHAPE(r->m, r->terms);
  int64_t count;
  wg_node *node = wg_tape_inert(tape);
  if (!wg_shape_count(&shape, &count)) return wg_fill(tape, dtype, shape, 0); /* which says what is wrong */
  char *data = wg_allocate(allocator, (size_t)count, wg_dtype_size(dtype));
  int64_t *index = wg_allocate(allocator, (size_t)r->terms, sizeof *index);
  double *weight = wg_allocate(allocator, (size_t)r->terms, sizeof *weight);
  if (data && index && weight) {
    for (int64_t p = 0; p < r->m; p++) {
      r->element(r, p, index, weight);
      for (int64_t t = 0; t < r->terms; t++) {
        if (dtype == WG_I64)
          ((int64_t *)(void *)data)[p * r->terms + t] = index[t];
        else if (dtype == WG_F32)
          ((float *)(void *)data)[p * r->terms + t] = (float)weight[t];
        else
          ((double *)(void *)data)[p * r->terms + t] = weight[t];
      }
    }
    node = wg_constant(tape, dtype, shape, data);
  } else {
    wg_tape_fail_memory(tape);
  }
  wg_release(allocator, data);
  wg_release(allocator, index);
  wg_release(allocator, weight);
  return node;
}

static wg_node *resampled_axis(wg_node *x, int axis, const resampling *r) {
  int64_t after = axis + 1;
  wg_tape *tape = wg_node_tape(x);
  wg_node *terms = wg_index_select(x, axis, constants(tape, WG_I64, r));
  if (r->terms == 1) return wg_squeeze(terms, 1, &after);
  wg_node *weights = constants(tape, wg_node_dtype(x), r);
  wg_shape shape = {.rank = wg_node_shape(x).rank - axis + 1, .size = {r->m, r->terms}};
  for (int k = 2; k < shape.rank; k++) shape.size[k] = 1;
  return wg_sum(wg_mul(terms, wg_reshape(weights, shape)), 1, &after, false);
}

/* ---- The kinds ---- */

enum { SIZE, CORNERS };

/* The place in x of element p of y; elements have the width 1 and lie in their middle, but with `corners` first and last
 * elements lie on each other. */
static double place_of(const resampling *r, int64_t p) {
  if (r->corners) return r->m > 1 ? (double)p * ((double)(r->n - 1) / (double)(r->m - 1)) : 0;
  return ((double)p + 0.5) * ((double)r->n / (double)r->m) - 0.5;
}

static void nearest(const resampling *r, int64_t p, int64_t *index, double *weight) {
  index[0] = p * r->n / r->m;
  weight[0] = 1;
}

static void linear(const resampling *r, int64_t p, int64_t *index, double *weight) {
  double place = fmax(place_of(r, p), 0), low = fmin(floor(place), (double)r->n - 1);
  index[0] = (int64_t)low;
  index[1] = index[0] + 1 < r->n ? index[0] + 1 : index[0];
  weight[1] = place - low;
  weight[0] = 1 - weight[1];
}

/* Keys' convolution kernel with a = −3/4, at distances d below 1 and below 2 (R. Keys, "Cubic convolution interpolation
 * for digital image processing", 1981). */
static double cubic_near(double d) { return ((1.25 * d) - 2.25) * d * d + 1; }
static double cubic_far(double d) { return ((-0.75 * d + 3.75) * d - 6) * d + 3; }

static void cubic(const resampling *r, int64_t p, int64_t *index, double *weight) {
  double place = place_of(r, p), low = floor(place), d = place - low;
  for (int t = 0; t < 4; t++) {
    int64_t at = (int64_t)low + t - 1;
    index[t] = at < 0 ? 0 : at < r->n ? at : r->n - 1;
  }
  weight[0] = cubic_far(1 + d);
  weight[1] = cubic_near(d);
  weight[2] = cubic_near(1 - d);
  weight[3] = cubic_far(2 - d);
}

/* Windows from p·n/m, rounded down, to before (p + 1)·n/m, rounded up. Where a window is shorter than others, its last
 * element comes several times and they share its weight: no other element has a part, and no infinity meets a 0. */
static void window_mean(const resampling *r, int64_t p, int64_t *index, double *weight) {
  int64_t first = p * r->n / r->m, last = ((p + 1) * r->n - 1) / r->m, count = last + 1 - first;
  for (int64_t t = 0; t < r->terms; t++) {
    index[t] = t < count ? first + t : last;
    weight[t] = 1 / (double)(t < count - 1 ? count : count * (r->terms - count + 1));
  }
}

/* The longest of these windows: ⌈(r + n)/m⌉ elements for the largest remainder r of p·n by m, which is m − gcd(n, m). */
static int64_t longest_window(int64_t n, int64_t m) {
  int64_t divisor = m, rest = n % m;
  while (rest) {
    int64_t next = divisor % rest;
    divisor = rest;
    rest = next;
  }
  return (m - divisor + n + m - 1) / m;
}

/* ---- Operations ---- */

static wg_node *resampled(const wg_draft *draft, resampling kind) {
  wg_node *x = draft->inputs[0];
  for (int axis = 2; axis < draft->shape.rank && !wg_node_inert(x); axis++) {
    resampling r = kind;
    r.n = x->shape->size[axis];
    r.m = draft->attrs[SIZE].integers[axis - 2];
    if (r.terms == 0) r.terms = longest_window(r.n, r.m);
    if (r.n != r.m) x = resampled_axis(x, axis, &r);
  }
  return x;
}

static bool resample_infer_over(wg_draft *draft, int axes) {
  return wg_infer_floats(draft) && wg_infer_spatial(draft, axes) && wg_infer_window_counts(draft, &draft->attrs[SIZE]);
}

static bool upsample_infer(wg_draft *draft) { return resample_infer_over(draft, 0); }

static wg_node *upsample_nearest_compose(const wg_draft *draft) {
  return resampled(draft, (resampling){.terms = 1, .element = nearest});
}

static wg_node *upsample_linear_compose(const wg_draft *draft) {
  bool corners = draft->attrs[CORNERS].integer != 0;
  return resampled(draft, (resampling){.terms = 2, .element = linear, .corners = corners});
}

static wg_node *upsample_cubic_compose(const wg_draft *draft) {
  bool corners = draft->attrs[CORNERS].integer != 0;
  return resampled(draft, (resampling){.terms = 4, .element = cubic, .corners = corners});
}

static wg_node *adaptive_avg_pool_compose(const wg_draft *draft) {
  return resampled(draft, (resampling){.element = window_mean});
}

static const wg_attr size_attrs[] = {[SIZE] = {.name = "size", .kind = WG_ATTR_INTEGERS}, {0}};
static const wg_attr corners_attrs[] = {[SIZE] = {.name = "size", .kind = WG_ATTR_INTEGERS},
                                        [CORNERS] = {.name = "align_corners", .kind = WG_ATTR_INTEGER},
                                        {0}};

const wg_op wg_op_upsample_nearest = {
    .name = "upsample_nearest",
    .doc =
        "x (N,C,…) with the axes after the channels of `size` elements, each the element of x at p·n/m, rounded down, "
        "for m elements instead of n; 1, 2 or 3 axes. It may be downsampling too. As torch.nn.functional.interpolate "
        "with mode='nearest' and a size, but exact where that rounds n/m to a float first.\n"
        "Errors: a rank or list that does not fit, an axis without elements; integers.",
    .arity = 1,
    .attrs = size_attrs,
    .infer = upsample_infer,
    .compose = upsample_nearest_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 1, 2, 3)}, {WG_SAMPLE_LIST("size", 5)}},
            {1, {WG_SAMPLE(-2, 2, 1, 1, 2, 3)}, {WG_SAMPLE_LIST("size", 4, 2)}},
            {1, {WG_SAMPLE(-2, 2, 0, 1, 2, 2)}, {WG_SAMPLE_LIST("size", 3, 4)}},
            {0},
        },
};

wg_node *wg_upsample_nearest(wg_node *x, const int64_t *size) {
  return wg_apply_1(&wg_op_upsample_nearest, x, (wg_attr[]){wg_attr_axes("size", wg_spatial_axes(x), size), {0}});
}

static wg_node *upsample(const wg_op *op, wg_node *x, const int64_t *size, bool align_corners) {
  return wg_apply_1(op, x,
                    (wg_attr[]){wg_attr_axes("size", wg_spatial_axes(x), size),
                                wg_attr_integer("align_corners", align_corners ? 1 : 0),
                                {0}});
}

static const wg_sample corners_samples[] = {
    {1, {WG_SAMPLE(-2, 2, 1, 2, 3)}, {WG_SAMPLE_LIST("size", 5)}},
    {1, {WG_SAMPLE(-2, 2, 1, 1, 2, 3)}, {WG_SAMPLE_LIST("size", 3, 4), WG_SAMPLE_NUMBER("align_corners", 1)}},
    {1, {WG_SAMPLE(-2, 2, 0, 1, 2, 2)}, {WG_SAMPLE_LIST("size", 3, 4)}},
    {0},
};

const wg_op wg_op_upsample_linear = {
    .name = "upsample_linear",
    .doc =
        "x (N,C,…) with the axes after the channels of `size` elements, interpolated between neighbours axis by axis: "
        "linear for one axis, bilinear for two, trilinear for three. Element p of m lies at (p + 1/2)·n/m − 1/2 in x, "
        "not before its first element; with `align_corners` at p·(n − 1)/(m − 1), so that first and last elements are "
        "kept. As torch.nn.functional.interpolate with mode='linear', 'bilinear', 'trilinear' and a size.\n"
        "Errors: a rank or list that does not fit, an axis without elements; integers.",
    .arity = 1,
    .attrs = corners_attrs,
    .infer = upsample_infer,
    .compose = upsample_linear_compose,
    .samples = corners_samples,
};

wg_node *wg_upsample_linear(wg_node *x, const int64_t *size, bool align_corners) {
  return upsample(&wg_op_upsample_linear, x, size, align_corners);
}

const wg_op wg_op_upsample_cubic = {
    .name = "upsample_cubic",
    .doc = "The same as upsample_linear with cubic convolution, of four neighbours along each axis (the first and last "
           "element repeated beyond the ends), a = −3/4. For two axes as torch.nn.functional.interpolate with "
           "mode='bicubic' and a size. Source: Keys, 1981.\n"
           "Errors: those of upsample_linear.",
    .arity = 1,
    .attrs = corners_attrs,
    .infer = upsample_infer,
    .compose = upsample_cubic_compose,
    .samples = corners_samples,
};

wg_node *wg_upsample_cubic(wg_node *x, const int64_t *size, bool align_corners) {
  return upsample(&wg_op_upsample_cubic, x, size, align_corners);
}

static const wg_attr adaptive_attrs[] = {[SIZE] = {.name = "output_size", .kind = WG_ATTR_INTEGERS}, {0}};

#define ADAPTIVE_AVG_POOL(name_, axes, places, ...)                                                                    \
  static bool name_##_infer(wg_draft *draft) { return resample_infer_over(draft, axes); }                              \
  const wg_op wg_op_##name_ = {                                                                                        \
      .name = #name_,                                                                                                  \
      .doc = "The mean of each of `output_size` windows along every axis of x (N,C," places "): of m windows over n "  \
             "elements, number p holds those from p·n/m, rounded down, to before (p + 1)·n/m, rounded up. The list " \
             "has one number for each axis. As torch.nn.functional." #name_ ".\n"                                      \
             "Errors: a rank or list that does not fit, an axis without elements; integers.",                          \
      .arity = 1,                                                                                                      \
      .attrs = adaptive_attrs,                                                                                         \
      .infer = name_##_infer,                                                                                          \
      .compose = adaptive_avg_pool_compose,                                                                            \
      .samples = (const wg_sample[]){__VA_ARGS__, {0}},                                                                \
  };                                                                                                                   \
  wg_node *wg_##name_(wg_node *x, const int64_t *output_size) {                                                        \
    return wg_apply_1(&wg_op_##name_, x, (wg_attr[]){wg_attr_axes("output_size", axes, output_size), {0}});            \
  }

/* clang-format off */
ADAPTIVE_AVG_POOL(adaptive_avg_pool1d, 1, "L",
     {1, {WG_SAMPLE(-2, 2, 2, 1, 5)}, {WG_SAMPLE_LIST("output_size", 3)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4)}, {WG_SAMPLE_LIST("output_size", 2)}})
ADAPTIVE_AVG_POOL(adaptive_avg_pool2d, 2, "H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 2, 4, 3)}, {WG_SAMPLE_LIST("output_size", 3, 1)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4, 3)}, {WG_SAMPLE_LIST("output_size", 2, 2)}})
ADAPTIVE_AVG_POOL(adaptive_avg_pool3d, 3, "D,H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 1, 2, 3, 3)}, {WG_SAMPLE_LIST("output_size", 1, 2, 2)}},
     {1, {WG_SAMPLE(-2, 2, 0, 1, 2, 3, 3)}, {WG_SAMPLE_LIST("output_size", 1, 2, 2)}})
/* clang-format on */
