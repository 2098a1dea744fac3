/* conv.c: the convolutional layers, recorded as convolve (or its adjoint) and the sum with a bias. */
#include "layer.h"
#include "window.h"

enum { X, WEIGHT, BIAS, INPUTS };
enum { STRIDE, PADDING, DILATION, GROUPS, OUTPUT_PADDING };

static const int64_t *list_of(const wg_attr *attr) { return attr->count ? attr->integers : NULL; }

static wg_node *with_bias(const wg_draft *draft, wg_node *y) {
  wg_node *bias = wg_input_at(draft, BIAS);
  return bias ? wg_add(y, wg_along_channels(bias, y)) : y;
}

/* ---- Convolution ---- */

static bool conv_infer(wg_draft *draft, int axes) {
  const wg_attr *attrs = draft->attrs;
  if (!wg_infer_layer(draft, BIAS, INPUTS) || !wg_infer_spatial(draft, axes) ||
      !wg_infer_windows(draft, axes, NULL, &attrs[STRIDE], &attrs[PADDING], &attrs[DILATION]))
    return false;
  const wg_shape *weight = draft->inputs[WEIGHT]->shape;
  return weight->rank == 0 || wg_infer_shape_of(draft, BIAS, "the bias", WG_SHAPE(weight->size[0]));
}

static wg_node *conv_compose(const wg_draft *draft) {
  const wg_attr *attrs = draft->attrs;
  return with_bias(draft, wg_convolve(draft->inputs[X], draft->inputs[WEIGHT], list_of(&attrs[STRIDE]),
                                      list_of(&attrs[PADDING]), list_of(&attrs[DILATION]), attrs[GROUPS].integer));
}

static const wg_attr conv_attrs[] = {[STRIDE] = {.name = "stride", .kind = WG_ATTR_INTEGERS},
                                     [PADDING] = {.name = "padding", .kind = WG_ATTR_INTEGERS},
                                     [DILATION] = {.name = "dilation", .kind = WG_ATTR_INTEGERS},
                                     [GROUPS] = {.name = "groups", .kind = WG_ATTR_INTEGER, .integer = 1},
                                     {0}};

static wg_node *conv(const wg_op *op, int axes, wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride,
                     const int64_t *padding, const int64_t *dilation, int64_t groups) {
  return wg_apply_present(op, BIAS, INPUTS, (wg_node *[]){x, weight, bias},
                          (wg_attr[]){wg_attr_axes("stride", axes, stride),
                                      wg_attr_axes("padding", axes, padding),
                                      wg_attr_axes("dilation", axes, dilation),
                                      wg_attr_integer("groups", groups),
                                      {0}});
}

/* conv1d, conv2d and conv3d; `places` stands for the axes in the shapes. */
#define CONV(name_, axes, places, ...)                                                                                 \
  static bool name_##_infer(wg_draft *draft) { return conv_infer(draft, axes); }                                       \
  const wg_op wg_op_##name_ = {                                                                                        \
      .name = #name_,                                                                                                  \
      .doc = "Convolution: convolve of x (N,C," places ") with weights (O,C/groups," places "), plus the bias (O), "   \
             "if given; the lists stride, padding and dilation have one number for each axis (NULL means 1, 0, 1). "   \
             "As torch.nn.functional." #name_ " with numbers for padding.\n"                                           \
             "Errors: those of convolve; a bias of another shape; x of another rank.",                                 \
      .arity = WG_VARIADIC,                                                                                            \
      .attrs = conv_attrs,                                                                                             \
      .infer = name_##_infer,                                                                                          \
      .compose = conv_compose,                                                                                         \
      .samples = (const wg_sample[]){__VA_ARGS__, {0}},                                                                \
  };                                                                                                                   \
  wg_node *wg_##name_(wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,       \
                      const int64_t *dilation, int64_t groups) {                                                       \
    return conv(&wg_op_##name_, axes, x, weight, bias, stride, padding, dilation, groups);                             \
  }

/* clang-format off */
CONV(conv1d, 1, "L",
     {3, {WG_SAMPLE(-2, 2, 2, 2, 4), WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2)}, {WG_SAMPLE_LIST("padding", 1)}},
     {2, {WG_SAMPLE(-2, 2, 1, 2, 5), WG_SAMPLE(-2, 2, 2, 1, 2)},
      {WG_SAMPLE_LIST("stride", 2), WG_SAMPLE_LIST("dilation", 2), WG_SAMPLE_NUMBER("groups", 2)}},
     {3, {WG_SAMPLE(-2, 2, 0, 2, 4), WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2)}, {{0}}})
CONV(conv2d, 2, "H,W",
     {3, {WG_SAMPLE(-2, 2, 1, 2, 3, 3), WG_SAMPLE(-2, 2, 2, 2, 2, 2), WG_SAMPLE(-2, 2, 2)},
      {WG_SAMPLE_LIST("stride", 2, 1), WG_SAMPLE_LIST("padding", 1, 0)}},
     {2, {WG_SAMPLE(-2, 2, 0, 2, 3, 3), WG_SAMPLE(-2, 2, 2, 2, 2, 2)}, {{0}}})
CONV(conv3d, 3, "D,H,W",
     {3, {WG_SAMPLE(-2, 2, 1, 1, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 1, 1, 2, 2), WG_SAMPLE(-2, 2, 2)}, {{0}}},
     {2, {WG_SAMPLE(-2, 2, 0, 1, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 1, 1, 2, 2)}, {{0}}})
/* clang-format on */

/* ---- Its transpose ---- */

/* Of axes up to this and strides below 2³¹, sums of two products stay below 2⁶². */
#define AXIS_MAX (INT64_C(1) << 30)

/* Along an axis of n elements: (n − 1)·stride − 2·padding + dilation·(k − 1) + 1 + output_padding. */
static bool transposed_sizes(const wg_draft *draft, int axes, int64_t size[WG_WINDOW_AXES]) {
  const wg_attr *attrs = draft->attrs, *more = &attrs[OUTPUT_PADDING];
  const wg_shape *x = draft->inputs[X]->shape, *weight = draft->inputs[WEIGHT]->shape;
  wg_windows windows = wg_windows_of(axes, NULL, &attrs[STRIDE], &attrs[PADDING], &attrs[DILATION]);
  for (int k = 0; k < axes; k++) {
    int axis = WG_WINDOW_AXES - axes + k;
    int64_t n = x->size[k + 2], taps = weight->size[k + 2], extra = more->count ? more->integers[k] : 0;
    if (extra >= windows.stride[axis])
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "an output_padding of %lld is not below the stride of %lld",
                           (long long)extra, (long long)windows.stride[axis]);
    if (n < 1 || taps < 1 || n > AXIS_MAX || taps > AXIS_MAX)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "axes of %lld and %lld elements are not in 1 … 2^30", (long long)n,
                           (long long)taps);
    size[k] = (n - 1) * windows.stride[axis] - 2 * windows.padding[axis] + windows.dilation[axis] * (taps - 1) + 1;
    if (size[k] < 1)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "nothing would be left of axis %d without its border", k + 2);
    size[k] += extra;
  }
  return true;
}

static bool conv_transpose_infer(wg_draft *draft, int axes) {
  const wg_attr *attrs = draft->attrs;
  int64_t size[WG_WINDOW_AXES], groups = attrs[GROUPS].integer;
  if (!wg_infer_layer(draft, BIAS, INPUTS) || !wg_infer_spatial(draft, axes) ||
      !wg_infer_windows(draft, axes, NULL, &attrs[STRIDE], &attrs[PADDING], &attrs[DILATION]) ||
      !wg_infer_windows(draft, axes, NULL, NULL, &attrs[OUTPUT_PADDING], NULL))
    return false;
  const wg_shape *weight = draft->inputs[WEIGHT]->shape;
  if (weight->rank != axes + 2)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the weights have rank %d, not %d", weight->rank, axes + 2);
  if (groups < 1 || weight->size[1] > INT64_MAX / groups)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there cannot be %lld groups", (long long)groups);
  return wg_infer_shape_of(draft, BIAS, "the bias", WG_SHAPE(weight->size[1] * groups)) &&
         transposed_sizes(draft, axes, size);
}

static wg_node *conv_transpose_compose(const wg_draft *draft) {
  const wg_attr *attrs = draft->attrs;
  int64_t size[WG_WINDOW_AXES];
  transposed_sizes(draft, draft->inputs[X]->shape->rank - 2, size);
  return with_bias(draft,
                   wg_convolve_transpose(draft->inputs[X], draft->inputs[WEIGHT], size, list_of(&attrs[STRIDE]),
                                         list_of(&attrs[PADDING]), list_of(&attrs[DILATION]), attrs[GROUPS].integer));
}

static const wg_attr conv_transpose_attrs[] = {[STRIDE] = {.name = "stride", .kind = WG_ATTR_INTEGERS},
                                               [PADDING] = {.name = "padding", .kind = WG_ATTR_INTEGERS},
                                               [DILATION] = {.name = "dilation", .kind = WG_ATTR_INTEGERS},
                                               [GROUPS] = {.name = "groups", .kind = WG_ATTR_INTEGER, .integer = 1},
                                               [OUTPUT_PADDING] = {.name = "output_padding", .kind = WG_ATTR_INTEGERS},
                                               {0}};

static wg_node *conv_transpose(const wg_op *op, int axes, wg_node *const inputs[INPUTS], const int64_t *stride,
                               const int64_t *padding, const int64_t *output_padding, int64_t groups,
                               const int64_t *dilation) {
  return wg_apply_present(op, BIAS, INPUTS, inputs,
                          (wg_attr[]){wg_attr_axes("stride", axes, stride),
                                      wg_attr_axes("padding", axes, padding),
                                      wg_attr_axes("dilation", axes, dilation),
                                      wg_attr_integer("groups", groups),
                                      wg_attr_axes("output_padding", axes, output_padding),
                                      {0}});
}

#define CONV_TRANSPOSE(name_, axes, places, ...)                                                                                \
  static bool name_##_infer(wg_draft *draft) { return conv_transpose_infer(draft, axes); }                                      \
  const wg_op wg_op_##name_ = {                                                                                                 \
      .name = #name_,                                                                                                           \
      .doc = "Transposed convolution: convolve_transpose of x (N,C," places ") with weights (C,O/groups," places "), "          \
             "plus the bias (O), if given; axes of n elements become (n − 1)·stride − 2·padding + dilation·(k − 1) + " \
             "1 + output_padding long. Lists have one number for each axis (NULL means 1, 0, 0, 1), and "                       \
             "output_padding is below the stride. As torch.nn.functional." #name_ ".\n"                                         \
             "Errors: those of convolve_transpose; a bias of another shape; x of another rank.",                                \
      .arity = WG_VARIADIC,                                                                                                     \
      .attrs = conv_transpose_attrs,                                                                                            \
      .infer = name_##_infer,                                                                                                   \
      .compose = conv_transpose_compose,                                                                                        \
      .samples = (const wg_sample[]){__VA_ARGS__, {0}},                                                                         \
  };                                                                                                                            \
  wg_node *wg_##name_(wg_node *x, wg_node *weight, wg_node *bias, const int64_t *stride, const int64_t *padding,                \
                      const int64_t *output_padding, int64_t groups, const int64_t *dilation) {                                 \
    return conv_transpose(&wg_op_##name_, axes, (wg_node *[]){x, weight, bias}, stride, padding, output_padding,                \
                          groups, dilation);                                                                                    \
  }

/* clang-format off */
CONV_TRANSPOSE(conv_transpose1d, 1, "L",
     {3, {WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 2, 3), WG_SAMPLE(-2, 2, 2)},
      {WG_SAMPLE_LIST("stride", 2), WG_SAMPLE_LIST("padding", 1), WG_SAMPLE_LIST("output_padding", 1)}},
     {3, {WG_SAMPLE(-2, 2, 1, 2, 2), WG_SAMPLE(-2, 2, 2, 1, 2), WG_SAMPLE(-2, 2, 2)},
      {WG_SAMPLE_LIST("dilation", 2), WG_SAMPLE_NUMBER("groups", 2)}},
     {2, {WG_SAMPLE(-2, 2, 0, 2, 3), WG_SAMPLE(-2, 2, 2, 2, 3)}, {{0}}})
CONV_TRANSPOSE(conv_transpose2d, 2, "H,W",
     {3, {WG_SAMPLE(-2, 2, 1, 2, 2, 2), WG_SAMPLE(-2, 2, 2, 2, 2, 1), WG_SAMPLE(-2, 2, 2)},
      {WG_SAMPLE_LIST("stride", 1, 2), WG_SAMPLE_LIST("padding", 1, 0)}},
     {2, {WG_SAMPLE(-2, 2, 0, 2, 2, 2), WG_SAMPLE(-2, 2, 2, 2, 2, 1)}, {{0}}})
CONV_TRANSPOSE(conv_transpose3d, 3, "D,H,W",
     {3, {WG_SAMPLE(-2, 2, 1, 1, 1, 2, 2), WG_SAMPLE(-2, 2, 1, 2, 2, 1, 2), WG_SAMPLE(-2, 2, 2)}, {{0}}},
     {2, {WG_SAMPLE(-2, 2, 0, 1, 1, 2, 2), WG_SAMPLE(-2, 2, 1, 2, 2, 1, 2)}, {{0}}})
/* clang-format on */
