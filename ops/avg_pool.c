/* avg_pool.c: the mean of each window, recorded as the sum over windows, a convolution of each channel with ones,
 * divided by the number of elements. */
#include "pool.h"

enum { COUNT_PADDING = WG_POOL_MORE };

static const wg_attr avg_pool_attrs[] = {
    [WG_POOL_SIZE] = {.name = "size", .kind = WG_ATTR_INTEGERS},
    [WG_POOL_STRIDE] = {.name = "stride", .kind = WG_ATTR_INTEGERS},
    [WG_POOL_PADDING] = {.name = "padding", .kind = WG_ATTR_INTEGERS},
    [WG_POOL_CEIL] = {.name = "ceil", .kind = WG_ATTR_INTEGER},
    [COUNT_PADDING] = {.name = "count_padding", .kind = WG_ATTR_INTEGER, .integer = 1},
    {0}};

/* The lists of the convolution, and by how much the last windows (with `ceil`) reach over the border. */
typedef struct extent {
  int axes;
  int64_t size[WG_WINDOW_AXES], stride[WG_WINDOW_AXES], padding[WG_WINDOW_AXES], over[WG_WINDOW_AXES];
  bool padded, reaches_over;
} extent;

static extent extent_of(const wg_draft *draft) {
  const wg_shape *x = draft->inputs[0]->shape;
  extent e = {.axes = x->rank - 2};
  wg_windows windows = wg_pool_windows(draft->attrs, e.axes, NULL);
  for (int k = 0; k < e.axes; k++) {
    int from = k + WG_WINDOW_AXES - e.axes;
    e.size[k] = windows.size[from];
    e.stride[k] = windows.stride[from];
    e.padding[k] = windows.padding[from];
    int64_t end = (draft->shape.size[k + 2] - 1) * e.stride[k] + e.size[k];
    int64_t room = x->size[k + 2] + 2 * e.padding[k];
    e.over[k] = end > room ? end - room : 0;
    e.padded = e.padded || e.padding[k];
    e.reaches_over = e.reaches_over || e.over[k];
  }
  return e;
}

/* The weights of the convolution: a one for each element of a window. */
static wg_shape kernel_of(const extent *e) {
  wg_shape kernel = {.rank = e->axes + 2, .size = {1, 1}};
  for (int k = 0; k < e->axes; k++) kernel.size[k + 2] = e->size[k];
  return kernel;
}

/* The sum of each window of x (N,1,…), with a border of `padding` zeros. */
static wg_node *window_sums(wg_node *x, const extent *e, const int64_t *padding) {
  static const int64_t none[WG_WINDOW_AXES] = {0};
  if (e->reaches_over) x = wg_pad(x, e->axes, none, e->over, 0);
  wg_node *ones = wg_fill(wg_node_tape(x), wg_node_dtype(x), kernel_of(e), 1);
  return wg_convolve(x, ones, e->stride, padding, NULL, 1);
}

/* How many elements each window has: those of x, or those within its border too, but none beyond it. */
static wg_node *window_counts(wg_node *x, const extent *e, bool count_padding) {
  wg_shape plane = *x->shape;
  plane.size[0] = plane.size[1] = 1;
  for (int k = 0; k < e->axes && count_padding; k++) plane.size[k + 2] += 2 * e->padding[k];
  return window_sums(wg_fill(x->tape, x->dtype, plane, 1), e, count_padding ? NULL : e->padding);
}

static wg_node *avg_pool_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0];
  extent e = extent_of(draft);
  bool count_padding = draft->attrs[COUNT_PADDING].integer != 0;
  wg_node *sums = wg_reshape(window_sums(wg_unsqueeze(wg_flatten(x, 0, 1), 1), &e, e.padding), draft->shape);
  if (e.reaches_over || (e.padded && !count_padding)) return wg_div(sums, window_counts(x, &e, count_padding));
  int64_t count;
  wg_shape kernel = kernel_of(&e);
  return wg_shape_count(&kernel, &count) ? wg_div_count(sums, count) : sums; /* the sums have failed if it did not */
}

#define AVG_POOL(name_, axes, places, ...)                                                                             \
  static bool name_##_infer(wg_draft *draft) { return wg_infer_pool(draft, axes, NULL); }                              \
  const wg_op wg_op_##name_ = {                                                                                        \
      .name = #name_,                                                                                                  \
      .doc =                                                                                                           \
          "The mean of each window of x (N,C," places "): windows of `size` elements, one every `stride` (the "        \
          "size, unless given), over an axis with `padding` zeros before and after (0, at most half a window), as "    \
          "many as max_pool2d has with a dilation of 1, rounded up with `ceil`. The zeros count as elements unless "   \
          "`count_padding` is 0; what windows hold beyond them never does. Lists have one number for each axis. "      \
          "Recorded as convolve with ones, and a division. As torch.nn.functional." #name_                             \
          ", where count_padding is count_include_pad.\n"                                                              \
          "Errors: a rank or lists that do not fit, a window longer than the axis, too large a padding; integers.",    \
      .arity = 1,                                                                                                      \
      .attrs = avg_pool_attrs,                                                                                         \
      .infer = name_##_infer,                                                                                          \
      .compose = avg_pool_compose,                                                                                     \
      .samples = (const wg_sample[]){__VA_ARGS__, {0}},                                                                \
  };                                                                                                                   \
  wg_node *wg_##name_(wg_node *x, const int64_t *size, const int64_t *stride, const int64_t *padding, bool ceil,       \
                      bool count_padding) {                                                                            \
    return wg_apply_1(&wg_op_##name_, x,                                                                               \
                      (wg_attr[]){wg_attr_axes("size", axes, size),                                                    \
                                  wg_attr_axes("stride", axes, stride),                                                \
                                  wg_attr_axes("padding", axes, padding),                                              \
                                  wg_attr_integer("ceil", ceil ? 1 : 0),                                               \
                                  wg_attr_integer("count_padding", count_padding ? 1 : 0),                             \
                                  {0}});                                                                               \
  }

/* clang-format off */
AVG_POOL(avg_pool1d, 1, "L",
     {1, {WG_SAMPLE(-2, 2, 2, 1, 5)}, {WG_SAMPLE_LIST("size", 2)}},
     {1, {WG_SAMPLE(-2, 2, 1, 2, 4)}, {WG_SAMPLE_LIST("size", 3), WG_SAMPLE_LIST("stride", 2), WG_SAMPLE_LIST("padding", 1),
                                       WG_SAMPLE_NUMBER("ceil", 1)}},
     {1, {WG_SAMPLE(-2, 2, 1, 2, 4)}, {WG_SAMPLE_LIST("size", 3), WG_SAMPLE_LIST("padding", 1),
                                       WG_SAMPLE_NUMBER("count_padding", 0)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4)}, {WG_SAMPLE_LIST("size", 2)}})
AVG_POOL(avg_pool2d, 2, "H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 2, 3, 4)}, {WG_SAMPLE_LIST("size", 2, 3), WG_SAMPLE_LIST("stride", 1, 2),
                                          WG_SAMPLE_LIST("padding", 1, 0), WG_SAMPLE_NUMBER("ceil", 1)}},
     {1, {WG_SAMPLE(-2, 2, 0, 2, 4, 4)}, {WG_SAMPLE_LIST("size", 2, 2)}})
AVG_POOL(avg_pool3d, 3, "D,H,W",
     {1, {WG_SAMPLE(-2, 2, 1, 1, 2, 2, 3)}, {WG_SAMPLE_LIST("size", 2, 1, 2), WG_SAMPLE_LIST("stride", 1, 1, 1)}},
     {1, {WG_SAMPLE(-2, 2, 0, 1, 2, 2, 3)}, {WG_SAMPLE_LIST("size", 2, 1, 2)}})
/* clang-format on */
