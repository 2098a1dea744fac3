/* max_pool.c: the largest element of each window, and of each of m windows of nearly equal size (adaptive).
 *
 * Where it is, as a whole number, is one operation; the pooling itself gathers the elements there, so that the gradient
 * goes back to the same places, and to any order. Where several elements are equally large, the first has it. */
#include "pool.h"

#include <math.h>

enum { DILATION = WG_POOL_MORE };

/* ---- Where the largest element is ---- */

/* The elements of one window along one axis: first, first + step, …, `count` of them. */
typedef struct range {
  int64_t first, step, count;
} range;

typedef struct geometry {
  wg_windows windows;
  bool adaptive;
  int64_t planes, x[WG_WINDOW_AXES], y[WG_WINDOW_AXES];
} geometry;

static range window_at(const geometry *g, int axis, int64_t p) {
  int64_t n = g->x[axis], step = g->windows.dilation[axis], size = g->windows.size[axis];
  if (g->adaptive) {
    int64_t first = p * n / g->y[axis], end = ((p + 1) * n - 1) / g->y[axis] + 1;
    return (range){first, 1, end - first};
  }
  int64_t begin = p * g->windows.stride[axis] - g->windows.padding[axis];
  int64_t skipped = begin < 0 ? (-begin - 1) / step + 1 : 0, first = begin + skipped * step;
  int64_t present = (n - 1 - first) / step + 1;
  return (range){first, step, present < size - skipped ? present : size - skipped};
}

/* The place, in a plane of x, of the first largest element of a window, or of the first NaN; and of every window. */
#define MAX_POOL_INDEX(type, suffix)                                                                                   \
  static int64_t max_at_##suffix(const geometry *g, const range *r, const type *x) {                                   \
    int64_t at = (r[0].first * g->x[1] + r[1].first) * g->x[2] + r[2].first;                                           \
    for (int64_t i = 0; i < r[0].count; i++)                                                                           \
      for (int64_t j = 0; j < r[1].count; j++)                                                                         \
        for (int64_t k = 0; k < r[2].count && !isnan(x[at]); k++) {                                                    \
          int64_t row = (r[0].first + i * r[0].step) * g->x[1] + r[1].first + j * r[1].step;                           \
          int64_t next = row * g->x[2] + r[2].first + k * r[2].step;                                                   \
          if (x[next] > x[at] || isnan(x[next])) at = next;                                                            \
        }                                                                                                              \
    return at;                                                                                                         \
  }                                                                                                                    \
  static void max_indices_##suffix(const geometry *g, const void *data, int64_t *index) {                              \
    const type *x = data;                                                                                              \
    range r[WG_WINDOW_AXES];                                                                                           \
    for (int64_t plane = 0; plane < g->planes; plane++, x += g->x[0] * g->x[1] * g->x[2])                              \
      for (int64_t i = 0; i < g->y[0]; i++)                                                                            \
        for (int64_t j = 0; j < g->y[1]; j++)                                                                          \
          for (int64_t k = 0; k < g->y[2]; k++) {                                                                      \
            r[0] = window_at(g, 0, i);                                                                                 \
            r[1] = window_at(g, 1, j);                                                                                 \
            r[2] = window_at(g, 2, k);                                                                                 \
            *index++ = max_at_##suffix(g, r, x);                                                                       \
          }                                                                                                            \
  }

MAX_POOL_INDEX(float, f32)
MAX_POOL_INDEX(double, f64)

static wg_status max_indices(wg_call *call, geometry *g) {
  const wg_tensor *x = &call->in[0];
  int axes = x->shape->rank - 2;
  g->planes = x->shape->size[0] * x->shape->size[1];
  wg_window_sizes(x->shape, axes, g->x);
  wg_window_sizes(call->out.shape, axes, g->y);
  if (x->dtype == WG_F32)
    max_indices_f32(g, x->data, call->out.data);
  else
    max_indices_f64(g, x->data, call->out.data);
  return WG_OK;
}

/* ---- Windows ---- */

static bool max_pool_infer_over(wg_draft *draft, int axes) {
  return wg_infer_pool(draft, axes, &draft->attrs[DILATION]);
}

static bool max_pool_index_infer(wg_draft *draft) {
  if (!max_pool_infer_over(draft, 0)) return false;
  draft->dtype = WG_I64;
  return true;
}

static wg_status max_pool_index(wg_call *call) {
  const wg_attr *attrs = call->node->attrs;
  geometry g = {.windows = wg_pool_windows(attrs, call->in[0].shape->rank - 2, &attrs[DILATION])};
  return max_indices(call, &g);
}

static const wg_attr max_pool_attrs[] = {[WG_POOL_SIZE] = {.name = "size", .kind = WG_ATTR_INTEGERS},
                                         [WG_POOL_STRIDE] = {.name = "stride", .kind = WG_ATTR_INTEGERS},
                                         [WG_POOL_PADDING] = {.name = "padding", .kind = WG_ATTR_INTEGERS},
                                         [WG_POOL_CEIL] = {.name = "ceil", .kind = WG_ATTR_INTEGER},
                                         [DILATION] = {.name = "dilation", .kind = WG_ATTR_INTEGERS},
                                         {0}};

const wg_op wg_op_max_pool_index = {
    .name = "max_pool_index",
    .doc =
        "Where in its plane of x (N,C,…) the largest element of each window is, as a whole number that counts the "
        "plane's elements row by row: i64, (N,C,…) with one element for each window. Attributes, order and ties as in "
        "max_pool2d, of which it is what torch returns with return_indices. It has no derivative.\n"
        "Errors: those of max_pool2d.",
    .arity = 1,
    .flags = WG_OP_DENSE,
    .attrs = max_pool_attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = max_pool_index_infer,
    .kernel = {[WG_F32] = max_pool_index, [WG_F64] = max_pool_index},
    .notation = {.unicode = "argmaxpool(%-0)", .ascii = "argmaxpool(%-0)", .latex = "\\operatorname{argmaxpool}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 1, 5)}, {WG_SAMPLE_LIST("size", 2)}},
            {1,
             {WG_SAMPLE(-2, 2, 1, 2, 4, 4)},
             {WG_SAMPLE_LIST("size", 2, 3), WG_SAMPLE_LIST("stride", 1, 2), WG_SAMPLE_LIST("padding", 0, 1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 2, 4)}, {WG_SAMPLE_LIST("size", 2)}},
            {0},
        },
};

wg_node *wg_max_pool_index(wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding,
                           const int64_t *dilation, bool ceil) {
  int64_t sizes[WG_WINDOW_AXES], strides[WG_WINDOW_AXES], paddings[WG_WINDOW_AXES], dilations[WG_WINDOW_AXES];
  int axes = wg_spatial_axes(x);
  return wg_apply_1(&wg_op_max_pool_index, x,
                    (wg_attr[]){size ? wg_attr_axes_or("size", axes, size, 1, sizes) : wg_attr_axes("size", 0, NULL),
                                wg_attr_axes_or("stride", axes, stride ? stride : size, 1, strides),
                                wg_attr_axes_or("padding", axes, padding, 0, paddings),
                                wg_attr_axes_or("dilation", axes, dilation, 1, dilations),
                                wg_attr_integer("ceil", ceil ? 1 : 0),
                                {0}});
}

/* The elements of x at these places of its planes, of the shape of the index. */
static wg_node *elements_at(wg_node *x, wg_node *index) {
  return wg_reshape(wg_gather(wg_flatten(x, 2, -1), 2, wg_flatten(index, 2, -1)), wg_node_shape(index));
}

static const int64_t *list_of(const wg_attr *attr) { return attr->count ? attr->integers : NULL; }

static wg_node *max_pool_compose(const wg_draft *draft) {
  const wg_attr *attrs = draft->attrs;
  wg_node *x = draft->inputs[0];
  return elements_at(x, wg_max_pool_index(x, list_of(&attrs[WG_POOL_SIZE]), list_of(&attrs[WG_POOL_STRIDE]),
                                          list_of(&attrs[WG_POOL_PADDING]), list_of(&attrs[DILATION]),
                                          attrs[WG_POOL_CEIL].integer != 0));
}

#define MAX_POOL(name_, axes, places, ...)                                                                                   \
  static bool name_##_infer(wg_draft *draft) { return max_pool_infer_over(draft, axes); }                                    \
  const wg_op wg_op_##name_ = {                                                                                              \
      .name = #name_,                                                                                                        \
      .doc =                                                                                                                 \
          "The largest element of each window of x (N,C," places "): windows of `size` elements, one every "                 \
          "`stride` (the size, unless given), their elements `dilation` apart (1), over an axis with `padding` "             \
          "more places before and after (0, at most half a window), which are never largest; n elements have (n + "          \
          "2·padding − dilation·(size − 1) − 1)/stride + 1 windows, rounded down, or up with `ceil`, but none that " \
          "begins behind the last element. Lists have one number for each axis. NaN where there is one in the "              \
          "window; where several elements are largest, the first takes the derivative. As "                                  \
          "torch.nn.functional." #name_ ".\n"                                                                                \
          "Errors: a rank or lists that do not fit, a window longer than the axis, too large a padding; integers.",          \
      .arity = 1,                                                                                                            \
      .attrs = max_pool_attrs,                                                                                               \
      .infer = name_##_infer,                                                                                                \
      .compose = max_pool_compose,                                                                                           \
      .samples = (const wg_sample[]){__VA_ARGS__, {0}},                                                                      \
  };                                                                                                                         \
  wg_node *wg_##name_(wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding,                        \
                      const int64_t *dilation, bool ceil) {                                                                  \
    return wg_apply_1(&wg_op_##name_, x,                                                                                     \
                      (wg_attr[]){wg_attr_axes("size", axes, size),                                                          \
                                  wg_attr_axes("stride", axes, stride),                                                      \
                                  wg_attr_axes("padding", axes, padding),                                                    \
                                  wg_attr_axes("dilation", axes, dilation),                                                  \
                                  wg_attr_integer("ceil", ceil ? 1 : 0),                                                     \
                                  {0}});                                                                                     \
  }

/* clang-format off */
MAX_POOL(max_pool1d, 1, "L",
     {1, {WG_SAMPLE(-2, 2, 2, 1, 5)}, {WG_SAMPLE_LIST("size", 2)}},
     {1, {WG_SAMPLE(-2, 2, 1, 2, 6)}, {WG_SAMPLE_LIST("size", 2), WG_SAMPLE_LIST("stride", 3), WG_SAMPLE_LIST("padding", 1),
                                       WG_SAMPLE_LIST("dilation", 2), WG_SAMPLE_NUMBER("ceil", 1)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4)}, {WG_SAMPLE_LIST("size", 2)}})
MAX_POOL(max_pool2d, 2, "H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 2, 4, 4)}, {WG_SAMPLE_LIST("size", 2, 3), WG_SAMPLE_LIST("stride", 2, 1)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4, 4)}, {WG_SAMPLE_LIST("size", 2, 2)}})
MAX_POOL(max_pool3d, 3, "D,H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 1, 2, 2, 3)}, {WG_SAMPLE_LIST("size", 2, 1, 2), WG_SAMPLE_LIST("stride", 1, 1, 1)}},
     {1, {WG_SAMPLE(-2, 2, 0, 1, 2, 2, 3)}, {WG_SAMPLE_LIST("size", 2, 1, 2)}})
/* clang-format on */

/* ---- A given number of windows ---- */

enum { OUTPUT_SIZE };

static const wg_attr adaptive_attrs[] = {[OUTPUT_SIZE] = {.name = "output_size", .kind = WG_ATTR_INTEGERS}, {0}};

static bool adaptive_infer_over(wg_draft *draft, int axes) {
  return wg_infer_floats(draft) && wg_infer_spatial(draft, axes) &&
         wg_infer_window_counts(draft, &draft->attrs[OUTPUT_SIZE]);
}

static bool adaptive_max_pool_index_infer(wg_draft *draft) {
  if (!adaptive_infer_over(draft, 0)) return false;
  draft->dtype = WG_I64;
  return true;
}

static wg_status adaptive_max_pool_index(wg_call *call) {
  geometry g = {.adaptive = true};
  return max_indices(call, &g);
}

const wg_op wg_op_adaptive_max_pool_index = {
    .name = "adaptive_max_pool_index",
    .doc =
        "Where in its plane of x (N,C,…) the largest element of each window of adaptive_max_pool2d is, counted as by "
        "max_pool_index. It has no derivative.\n"
        "Errors: those of adaptive_max_pool2d.",
    .arity = 1,
    .flags = WG_OP_DENSE,
    .attrs = adaptive_attrs,
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = adaptive_max_pool_index_infer,
    .kernel = {[WG_F32] = adaptive_max_pool_index, [WG_F64] = adaptive_max_pool_index},
    .notation = {.unicode = "argmaxpool(%-0)", .ascii = "argmaxpool(%-0)", .latex = "\\operatorname{argmaxpool}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 2, 1, 5)}, {WG_SAMPLE_LIST("output_size", 3)}},
            {1, {WG_SAMPLE(-2, 2, 1, 2, 4, 5)}, {WG_SAMPLE_LIST("output_size", 2, 3)}},
            {1, {WG_SAMPLE(-2, 2, 0, 2, 4)}, {WG_SAMPLE_LIST("output_size", 2)}},
            {0},
        },
};

wg_node *wg_adaptive_max_pool_index(wg_node *x, const int64_t *output_size) {
  return wg_apply_1(&wg_op_adaptive_max_pool_index, x,
                    (wg_attr[]){wg_attr_axes("output_size", wg_spatial_axes(x), output_size), {0}});
}

static wg_node *adaptive_max_pool_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  return elements_at(x, wg_adaptive_max_pool_index(x, draft->attrs[OUTPUT_SIZE].integers));
}

#define ADAPTIVE_MAX_POOL(name_, axes, places, ...)                                                                    \
  static bool name_##_infer(wg_draft *draft) { return adaptive_infer_over(draft, axes); }                              \
  const wg_op wg_op_##name_ = {                                                                                        \
      .name = #name_,                                                                                                  \
      .doc =                                                                                                           \
          "The largest element of each of `output_size` windows along every axis of x (N,C," places "): of m windows " \
          "over n elements, number p holds those from p·n/m, rounded down, to before (p + 1)·n/m, rounded up. The "  \
          "list has one number for each axis. NaN and ties as in max_pool2d. As "                                      \
          "torch.nn.functional." #name_ ".\n"                                                                          \
          "Errors: a rank or list that does not fit, an axis without elements; integers.",                             \
      .arity = 1,                                                                                                      \
      .attrs = adaptive_attrs,                                                                                         \
      .infer = name_##_infer,                                                                                          \
      .compose = adaptive_max_pool_compose,                                                                            \
      .samples = (const wg_sample[]){__VA_ARGS__, {0}},                                                                \
  };                                                                                                                   \
  wg_node *wg_##name_(wg_node *x, const int64_t *output_size) {                                                        \
    return wg_apply_1(&wg_op_##name_, x, (wg_attr[]){wg_attr_axes("output_size", axes, output_size), {0}});            \
  }

/* clang-format off */
ADAPTIVE_MAX_POOL(adaptive_max_pool1d, 1, "L",
     {1, {WG_SAMPLE(-2, 2, 2, 1, 5)}, {WG_SAMPLE_LIST("output_size", 3)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4)}, {WG_SAMPLE_LIST("output_size", 2)}})
ADAPTIVE_MAX_POOL(adaptive_max_pool2d, 2, "H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 2, 4, 3)}, {WG_SAMPLE_LIST("output_size", 3, 1)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4, 3)}, {WG_SAMPLE_LIST("output_size", 2, 2)}})
ADAPTIVE_MAX_POOL(adaptive_max_pool3d, 3, "D,H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 1, 2, 3, 3)}, {WG_SAMPLE_LIST("output_size", 1, 2, 2)}},
     {1, {WG_SAMPLE(-2, 2, 0, 1, 2, 3, 3)}, {WG_SAMPLE_LIST("output_size", 1, 2, 2)}})
/* clang-format on */
