/* max_pool.c: the largest element of each window, and of each of m windows of nearly equal size (adaptive).
 *
 * Where it is, as a whole number, is one operation; the pooling itself gathers the elements there, so that the gradient
 * goes back to the same places, and to any order. Where several elements are equally large, the first has it. */
#include "loop.h"
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
  int64_t inside_begin, inside_end; /* windows along the last axis that lie within it */
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

/* The place, in a plane of x, of the first largest element of a window, or of the first NaN. */
#define MAX_AT(type, suffix)                                                                                           \
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
  }

/* The same for n ≤ WINDOWS_MOST windows in a row, none of which leaves it, the first of which begins at `first`: one
 * element of all of them after the other, so that the compiler makes vectors of windows. */
enum { WINDOWS_MOST = 64 };
#define MAX_ROW(type, place, suffix)                                                                                   \
  WG_SPECIALIZED void max_row_##suffix##_over(const geometry *g, const range *r, const type *x, int64_t first,         \
                                              int64_t stride, int64_t n, int64_t *index) {                             \
    type largest[WINDOWS_MOST];                                                                                        \
    place at[WINDOWS_MOST];                                                                                            \
    const int64_t begin = (r[0].first * g->x[1] + r[1].first) * g->x[2] + first;                                       \
    for (int64_t p = 0; p < n; p++) {                                                                                  \
      largest[p] = x[begin + p * stride];                                                                              \
      at[p] = (place)(begin + p * stride);                                                                             \
    }                                                                                                                  \
    for (int64_t i = 0; i < r[0].count; i++)                                                                           \
      for (int64_t j = 0; j < r[1].count; j++)                                                                         \
        for (int64_t k = 0; k < g->windows.size[2]; k++) {                                                             \
          const int64_t from =                                                                                         \
              begin + (i * r[0].step * g->x[1] + j * r[1].step) * g->x[2] + k * g->windows.dilation[2];                \
          for (int64_t p = 0; p < n; p++) {                                                                            \
            const type next = x[from + p * stride];                                                                    \
            const bool larger = (next > largest[p]) | ((next != next) & (largest[p] == largest[p]));                   \
            largest[p] = larger ? next : largest[p];                                                                   \
            at[p] = larger ? (place)(from + p * stride) : at[p];                                                       \
          }                                                                                                            \
        }                                                                                                              \
    for (int64_t p = 0; p < n; p++) index[p] = at[p];                                                                  \
  }                                                                                                                    \
  WG_LEVELS(max_row_2_##suffix,                                                                                        \
            (const geometry *g, const range *r, const type *x, int64_t first, int64_t n, int64_t *index),              \
            max_row_##suffix##_over(g, r, x, first, 2, n, index))                                                      \
  WG_LEVELS(max_row_##suffix,                                                                                          \
            (const geometry *g, const range *r, const type *x, int64_t first, int64_t n, int64_t *index),              \
            max_row_##suffix##_over(g, r, x, first, g->windows.stride[2], n, index))

/* One plane; windows inside of its rows together, unless places in it are too large for the type that counts them. */
#define MAX_PLANE(type, place, place_max, suffix)                                                                      \
  MAX_AT(type, suffix)                                                                                                 \
  MAX_ROW(type, place, suffix)                                                                                         \
  static void max_plane_##suffix(const geometry *g, const void *data, int64_t *index) {                                \
    const type *x = data;                                                                                              \
    const bool together = g->inside_end > g->inside_begin && g->x[0] * g->x[1] * g->x[2] <= place_max;                 \
    range r[WG_WINDOW_AXES];                                                                                           \
    for (int64_t i = 0; i < g->y[0]; i++)                                                                              \
      for (int64_t j = 0; j < g->y[1]; j++, index += g->y[2]) {                                                        \
        r[0] = window_at(g, 0, i);                                                                                     \
        r[1] = window_at(g, 1, j);                                                                                     \
        for (int64_t k = 0; k < g->y[2]; k++) {                                                                        \
          r[2] = window_at(g, 2, k);                                                                                   \
          if (!together || k < g->inside_begin || k >= g->inside_end) {                                                \
            index[k] = max_at_##suffix(g, r, x);                                                                       \
            continue;                                                                                                  \
          }                                                                                                            \
          const int64_t n = g->inside_end - k < WINDOWS_MOST ? g->inside_end - k : WINDOWS_MOST;                       \
          if (g->windows.stride[2] == 2)                                                                               \
            WG_AT_LEVEL(max_row_2_##suffix, n, (g, r, x, r[2].first, n, index + k));                                   \
          else                                                                                                         \
            WG_AT_LEVEL(max_row_##suffix, n, (g, r, x, r[2].first, n, index + k));                                     \
          k += n - 1;                                                                                                  \
        }                                                                                                              \
      }                                                                                                                \
  }

MAX_PLANE(float, int32_t, INT32_MAX, f32)
MAX_PLANE(double, int64_t, INT64_MAX, f64)

/* The windows along the last axis that lie within it, as far as that is easily said. */
static void inside_find(geometry *g) {
  const int64_t stride = g->windows.stride[2], padding = g->windows.padding[2];
  if (g->adaptive) return;
  const int64_t room = g->x[2] + padding - (g->windows.size[2] - 1) * g->windows.dilation[2] - 1;
  g->inside_begin = (padding + stride - 1) / stride;
  g->inside_end = room < 0 ? 0 : room / stride + 1;
  if (g->inside_end > g->y[2]) g->inside_end = g->y[2];
}

/* Planes in pieces of some ten thousand windows. */
typedef struct planes {
  const geometry *g;
  const wg_tensor *x;
  int64_t *index, together;
} planes;

static void planes_run(void *context, int64_t piece) {
  const planes *all = context;
  const geometry *g = all->g;
  const int64_t begin = piece * all->together;
  const int64_t end = g->planes - begin < all->together ? g->planes : begin + all->together;
  const int64_t bytes = g->x[0] * g->x[1] * g->x[2] * (int64_t)wg_dtype_size(all->x->dtype);
  for (int64_t plane = begin; plane < end; plane++) {
    const void *x = (const unsigned char *)all->x->data + plane * bytes;
    int64_t *index = all->index + plane * g->y[0] * g->y[1] * g->y[2];
    if (all->x->dtype == WG_F32)
      max_plane_f32(g, x, index);
    else
      max_plane_f64(g, x, index);
  }
}

static wg_status max_indices(wg_call *call, geometry *g) {
  const wg_tensor *x = &call->in[0];
  int axes = x->shape->rank - 2;
  g->planes = x->shape->size[0] * x->shape->size[1];
  wg_window_sizes(x->shape, axes, g->x);
  wg_window_sizes(call->out.shape, axes, g->y);
  inside_find(g);
  const int64_t windows = g->y[0] * g->y[1] * g->y[2];
  if (g->planes == 0 || windows == 0) return WG_OK;
  planes all = {.g = g, .x = x, .index = call->out.data, .together = windows < 16384 ? 16384 / windows : 1};
  wg_call_parallel(call, (g->planes - 1) / all.together + 1, planes_run, &all);
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
