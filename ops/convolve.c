/* convolve.c: convolution over one, two or three axes, and its two adjoints.
 *
 *     y_{n,o,p} = Σ_{c,k} w_{o,c,k} · x_{n, c, p·stride + k·dilation − padding}          x is 0 outside
 *
 * for samples n, channels o and c, and places p and k in as many axes. It is linear in x and in w, and so is one sum of
 * products x·w·y with three faces:
 *
 *     y = convolve(x, w)               ∂x = convolve_transpose(∂y, w)    ∂w = convolve_weight(x, ∂y)
 *     x = convolve_transpose(y, w)     ∂y = convolve(∂x, w)              ∂w = convolve_weight(∂x, y)
 *     w = convolve_weight(x, y)        ∂x = convolve_transpose(y, ∂w)    ∂y = convolve(x, ∂w)
 *
 * which is why it can be differentiated to any order. With groups G, channels are cut into G equal parts, each of which
 * sees only its own: x (N,C,…), w (O,C/G,…), y (N,O,…). Layouts are PyTorch's. */
#include "kernels/kernels.h"
#include "move.h"
#include "window.h"

#include <string.h>

enum { STRIDE, PADDING, DILATION, GROUPS, SIZE };

/* ---- The sum ---- */

typedef struct geometry {
  wg_windows windows;
  int64_t samples, groups, inputs, outputs; /* channels: of one group */
  int64_t x[WG_WINDOW_AXES], y[WG_WINDOW_AXES];
} geometry;

static wg_windows windows_of(const wg_attr *attrs, int axes, const wg_shape *weight) {
  wg_windows windows = wg_windows_of(axes, NULL, &attrs[STRIDE], &attrs[PADDING], &attrs[DILATION]);
  wg_window_sizes(weight, axes, windows.size);
  return windows;
}

static geometry geometry_of(const wg_attr *attrs, const wg_shape *x, const wg_shape *weight, const wg_shape *y) {
  int axes = x->rank - 2;
  geometry g = {.windows = windows_of(attrs, axes, weight),
                .samples = x->size[0],
                .groups = attrs[GROUPS].integer,
                .inputs = weight->size[1],
                .outputs = weight->size[0] / attrs[GROUPS].integer};
  wg_window_sizes(x, axes, g.x);
  wg_window_sizes(y, axes, g.y);
  return g;
}

static int64_t volume(const int64_t size[WG_WINDOW_AXES]) { return size[0] * size[1] * size[2]; }

/* ---- Values ----
 *
 * All three are matrix products, of each sample and group by itself: with the windows of x as a matrix X that has a row for
 * each channel c and place k in a window, and a column for each place p of y (im2col),
 *
 *     y_{o,p} = Σ_{ck} w_{o,ck} X_{ck,p}       x = fold(Σ_o w_{o,ck} y_{o,p})       w_{o,ck} = Σ_p y_{o,p} X_{ck,p}
 *
 * where fold adds the elements of a matrix like X to where they would have come from. X is never in memory as a whole: the
 * product unfolds it panel by panel, and what is to be folded is formed a part at a time. */

enum { PART = 12288, PART_COLUMNS = 256 };

/* Parts of one sample and group of x, w and y as matrices, and what multiplies them. */
typedef struct convolution {
  wg_product_kernel *product;
  wg_fold_kernel *fold;
  int64_t element; /* bytes */
  geometry g;
  int64_t taps, places; /* rows and columns of X */
  char *x, *weight, *y;
  char *bordered; /* room of each piece of the work for x with its border; NULL for none */
  int64_t bordered_bytes, pieces;
} convolution;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- Pieces of work, and what they work in ----
 *
 * Small images get their border of zeros in memory, so that no window reaches outside; of large ones it is a small part. */

enum { PIECES = 8, PIECE_PRODUCTS = 1 << 20, BORDERED_MOST = 1 << 18 };

/* One sample and group of x with its border; 0 if it has none or is large. */
static int64_t bordered_bytes(const geometry *g, int64_t element) {
  int64_t bytes = g->inputs * element, borders = 0;
  for (int k = 0; k < WG_WINDOW_AXES && bytes <= BORDERED_MOST; k++) {
    if (g->windows.padding[k] > BORDERED_MOST || g->x[k] > BORDERED_MOST) return 0;
    bytes *= g->x[k] + 2 * g->windows.padding[k];
    borders += g->windows.padding[k];
  }
  return borders && bytes <= BORDERED_MOST ? (bytes + 63) / 64 * 64 : 0;
}

/* As many pieces as threads: any cut has the same bits. `most` is how many there can be. */
static int64_t pieces_of(const geometry *g, int64_t most, int64_t threads) {
  const double products = (double)g->samples * (double)g->groups * (double)g->outputs * (double)g->inputs *
                          (double)volume(g->windows.size) * (double)volume(g->y);
  const int64_t worth = products < PIECES * (double)PIECE_PRODUCTS ? (int64_t)(products / PIECE_PRODUCTS) : PIECES;
  const int64_t pieces = smaller(smaller(worth, most), threads);
  return pieces < 1 ? 1 : pieces;
}

static size_t scratch_of(const wg_node *node, const wg_shape *x, const wg_shape *weight, const wg_shape *y) {
  const geometry g = geometry_of(node->attrs, x, weight, y);
  return (size_t)(PIECES * bordered_bytes(&g, (int64_t)wg_dtype_size(node->dtype)));
}
static size_t convolve_scratch(const wg_node *node) {
  return scratch_of(node, node->inputs[0]->shape, node->inputs[1]->shape, node->shape);
}
static size_t convolve_weight_scratch(const wg_node *node) {
  return scratch_of(node, node->inputs[0]->shape, node->shape, node->inputs[1]->shape);
}

/* Where piece number `at` begins among n things. */
static int64_t piece_start(const convolution *c, int64_t n, int64_t at) {
  return n / c->pieces * at + smaller(n % c->pieces, at);
}

static convolution convolution_of(const wg_call *call, const wg_tensor *x, const wg_tensor *weight,
                                  const wg_tensor *y) {
  const wg_kernels *kernels = wg_kernels_here();
  const bool narrow = call->out.dtype == WG_F32;
  convolution c = {.product = narrow ? kernels->product_f32 : kernels->product_f64,
                   .fold = narrow ? kernels->fold_f32 : kernels->fold_f64,
                   .element = (int64_t)wg_dtype_size(call->out.dtype),
                   .g = geometry_of(call->node->attrs, x->shape, weight->shape, y->shape),
                   .x = x->data,
                   .weight = weight->data,
                   .y = y->data,
                   .bordered = call->scratch};
  c.taps = c.g.inputs * volume(c.g.windows.size);
  c.places = volume(c.g.y);
  if (c.bordered) c.bordered_bytes = bordered_bytes(&c.g, c.element);
  return c;
}

/* Where the channels of a group begin. */
static char *x_at(const convolution *c, int64_t sample, int64_t group) {
  return c->x + (sample * c->g.groups + group) * c->g.inputs * volume(c->g.x) * c->element;
}
static char *y_at(const convolution *c, int64_t sample, int64_t group) {
  return c->y + (sample * c->g.groups + group) * c->g.outputs * c->places * c->element;
}
static char *weight_at(const convolution *c, int64_t group) {
  return c->weight + group * c->g.outputs * c->taps * c->element;
}

/* X of one sample and group. */
static wg_unfolded windows_over(const convolution *c, const void *x) {
  const geometry *g = &c->g;
  wg_unfolded u = {.data = x,
                   .size = {g->inputs},
                   .rows = {.size = {g->inputs}, .step = {1}},
                   .columns = {.size = {1}, .step = {0}}};
  for (int k = 0; k < WG_WINDOW_AXES; k++) {
    u.size[k + 1] = g->x[k], u.start[k + 1] = -g->windows.padding[k];
    u.rows.size[k + 1] = g->windows.size[k], u.rows.step[k + 1] = g->windows.dilation[k];
    u.columns.size[k + 1] = g->y[k], u.columns.step[k + 1] = g->windows.stride[k];
  }
  return u;
}

/* The same over x with its border, written to where this piece of the work has room for it. */
static wg_unfolded windows_in_piece(const convolution *c, int64_t piece, const char *x) {
  wg_unfolded u = windows_over(c, x);
  if (!c->bordered_bytes) return u;
  const int64_t *n = c->g.x, *border = c->g.windows.padding, line = n[2] * c->element;
  char *to = c->bordered + piece * c->bordered_bytes;
  memset(to, 0, (size_t)c->bordered_bytes);
  u.data = to;
  for (int k = 0; k < WG_WINDOW_AXES; k++) u.size[k + 1] += 2 * border[k], u.start[k + 1] = 0;
  for (int64_t channel = 0; channel < c->g.inputs; channel++)
    for (int64_t i = 0; i < n[0]; i++)
      for (int64_t j = 0; j < n[1]; j++, x += line) {
        const int64_t row = (channel * u.size[1] + i + border[0]) * u.size[2] + j + border[1];
        memcpy(to + (row * u.size[3] + border[2]) * c->element, x, (size_t)line);
      }
  return u;
}

static void multiply(const convolution *c, const wg_product *product) {
  wg_product_stack stack;
  const wg_range all = wg_product_range(product);
  c->product(product, &all, &(wg_product_scratch){stack.memory, WG_PRODUCT_COLUMNS, WG_PRODUCT_ROWS});
}

/* ---- y: some samples in each piece ---- */

static void convolve_piece(void *context, int64_t piece) {
  const convolution *c = context;
  const int64_t end = piece_start(c, c->g.samples, piece + 1);
  for (int64_t sample = piece_start(c, c->g.samples, piece); sample < end; sample++)
    for (int64_t group = 0; group < c->g.groups; group++) {
      const wg_unfolded windows = windows_in_piece(c, piece, x_at(c, sample, group));
      const wg_product product = {.rows = c->g.outputs,
                                  .inner = c->taps,
                                  .columns = c->places,
                                  .a = {weight_at(c, group), c->taps, 1},
                                  .b_unfolded = &windows,
                                  .c = y_at(c, sample, group),
                                  .c_row = c->places};
      multiply(c, &product);
    }
}

static wg_status convolve(wg_call *call) {
  convolution c = convolution_of(call, &call->in[0], &call->in[1], &call->out);
  c.pieces = pieces_of(&c.g, c.g.samples, wg_threads_count(call->threads));
  wg_call_parallel(call, c.pieces, convolve_piece, &c);
  return WG_OK;
}

/* ---- w: some taps in each piece ---- */

/* Some weights of a group, for taps and outputs in a range: wᵀ = X·yᵀ, summed over the samples, and then transposed. */
static void convolve_weight_part(const convolution *c, int64_t piece, int64_t group, const wg_range *range) {
  _Alignas(64) char part[PART * sizeof(double)];
  const int64_t taps = range->end_row - range->first_row, outputs = range->end_column - range->first_column;
  for (int64_t sample = 0; sample < c->g.samples; sample++) {
    const wg_unfolded windows = windows_in_piece(c, piece, x_at(c, sample, group));
    char *y = y_at(c, sample, group) + range->first_column * c->places * c->element;
    const wg_product product = {.rows = taps,
                                .inner = c->places,
                                .columns = outputs,
                                .a_unfolded = &windows,
                                .a_first = range->first_row,
                                .b = {y, 1, c->places},
                                .c = part,
                                .c_row = outputs,
                                .add = sample > 0};
    multiply(c, &product);
  }
  char *weight = weight_at(c, group) + (range->first_column * c->taps + range->first_row) * c->element;
  for (int64_t tap = 0; tap < taps; tap++)
    for (int64_t output = 0; output < outputs; output++)
      memcpy(weight + (output * c->taps + tap) * c->element, part + (tap * outputs + output) * c->element,
             (size_t)c->element);
}

static void convolve_weight_piece(void *context, int64_t piece) {
  const convolution *c = context;
  const int64_t outputs = smaller(c->g.outputs, PART_COLUMNS), taps = outputs ? PART / outputs : 1;
  const int64_t first = piece_start(c, c->taps, piece), end = piece_start(c, c->taps, piece + 1);
  for (int64_t group = 0; group < c->g.groups; group++)
    for (int64_t output = 0; output < c->g.outputs; output += outputs)
      for (int64_t tap = first; tap < end; tap += taps)
        convolve_weight_part(
            c, piece, group,
            &(wg_range){tap, smaller(tap + taps, end), output, smaller(output + outputs, c->g.outputs)});
}

static wg_status convolve_weight(wg_call *call) {
  convolution c = convolution_of(call, &call->in[0], &call->out, &call->in[1]);
  if (c.g.samples == 0) wg_tensor_fill(&call->out, 0);
  if (c.g.samples == 0) return WG_OK;
  c.pieces = pieces_of(&c.g, c.taps, wg_threads_count(call->threads));
  wg_call_parallel(call, c.pieces, convolve_weight_piece, &c);
  return WG_OK;
}

/* ---- x: some samples in each piece ---- */

/* The part of a matrix like X that is formed at once has whole rows of taps, if they are not too long. */
static void fold_group(const convolution *c, int64_t sample, int64_t group) {
  _Alignas(64) char part[PART * sizeof(double)];
  char *x = x_at(c, sample, group), *y = y_at(c, sample, group), *weight = weight_at(c, group);
  const wg_unfolded windows = windows_over(c, x);
  const int64_t columns = smaller(c->places, PART_COLUMNS), line = c->g.windows.size[WG_WINDOW_AXES - 1];
  const int64_t most = PART / columns, rows = most > line ? most - most % line : most;
  for (int64_t place = 0; place < c->places; place += columns)
    for (int64_t tap = 0; tap < c->taps; tap += rows) {
      const wg_range range = {tap, smaller(tap + rows, c->taps), place, smaller(place + columns, c->places)};
      const wg_product product = {.rows = range.end_row - tap,
                                  .inner = c->g.outputs,
                                  .columns = range.end_column - place,
                                  .a = {weight + tap * c->element, 1, c->taps},
                                  .b = {y + place * c->element, c->places, 1},
                                  .c = part,
                                  .c_row = columns};
      multiply(c, &product);
      c->fold(&windows, &range, part, columns, x);
    }
}

static void convolve_transpose_piece(void *context, int64_t piece) {
  const convolution *c = context;
  const int64_t end = piece_start(c, c->g.samples, piece + 1);
  for (int64_t sample = piece_start(c, c->g.samples, piece); sample < end; sample++)
    for (int64_t group = 0; group < c->g.groups; group++) fold_group(c, sample, group);
}

static wg_status convolve_transpose(wg_call *call) {
  convolution c = convolution_of(call, &call->out, &call->in[1], &call->in[0]);
  wg_tensor_fill(&call->out, 0);
  c.pieces = pieces_of(&c.g, c.g.samples, wg_threads_count(call->threads));
  wg_call_parallel(call, c.pieces, convolve_transpose_piece, &c);
  return WG_OK;
}

/* ---- Shapes ---- */

static const wg_attr attrs_of_value[] = {[STRIDE] = {.name = "stride", .kind = WG_ATTR_INTEGERS},
                                         [PADDING] = {.name = "padding", .kind = WG_ATTR_INTEGERS},
                                         [DILATION] = {.name = "dilation", .kind = WG_ATTR_INTEGERS},
                                         [GROUPS] = {.name = "groups", .kind = WG_ATTR_INTEGER, .integer = 1},
                                         {0}};

/* The adjoints have, besides, the sizes of the axes of their result, which strides leave open. */
static const wg_attr attrs_of_adjoint[] = {[STRIDE] = {.name = "stride", .kind = WG_ATTR_INTEGERS},
                                           [PADDING] = {.name = "padding", .kind = WG_ATTR_INTEGERS},
                                           [DILATION] = {.name = "dilation", .kind = WG_ATTR_INTEGERS},
                                           [GROUPS] = {.name = "groups", .kind = WG_ATTR_INTEGER, .integer = 1},
                                           [SIZE] = {.name = "size", .kind = WG_ATTR_INTEGERS},
                                           {0}};

/* What holds of all three: ranks, lists, and groups that divide the channels of both. */
static bool convolve_valid(const wg_draft *draft, int64_t outputs, int64_t inputs) {
  int rank = draft->inputs[0]->shape->rank, axes = rank - 2;
  const wg_attr *attrs = draft->attrs;
  int64_t groups = attrs[GROUPS].integer;
  if (!wg_infer_spatial(draft, 0)) return false;
  if (draft->inputs[1]->shape->rank != rank)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "ranks %d and %d differ", rank, draft->inputs[1]->shape->rank);
  if (!wg_infer_windows(draft, axes, NULL, &attrs[STRIDE], &attrs[PADDING], &attrs[DILATION])) return false;
  if (groups < 1 || outputs % groups || inputs % groups)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%lld groups do not divide %lld and %lld channels",
                         (long long)groups, (long long)inputs, (long long)outputs);
  return true;
}

/* How many windows of the weights' size x has along one of its axes. */
static int64_t places(const wg_attr *attrs, const wg_shape *x, const wg_shape *weight, int axis) {
  int axes = x->rank - 2;
  wg_windows windows = windows_of(attrs, axes, weight);
  return weight->size[axis] < 1 ? 0
                                : wg_windows_count(&windows, axis - 2 + WG_WINDOW_AXES - axes, x->size[axis], false);
}

/* Whether windows of the weights' size over x are just as many as y has, along every axis. */
static bool windows_fit(const wg_draft *draft, const wg_shape *x, const wg_shape *weight, const wg_shape *y) {
  for (int axis = 2; axis < x->rank; axis++) {
    int64_t count = places(draft->attrs, x, weight, axis);
    if (count < 1)
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "a kernel of %lld does not fit into axis %d of %lld with its border",
                           (long long)weight->size[axis], axis, (long long)x->size[axis]);
    if (count != y->size[axis])
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "axis %d of %lld has %lld places for a kernel of %lld, not %lld",
                           axis, (long long)x->size[axis], (long long)count, (long long)weight->size[axis],
                           (long long)y->size[axis]);
  }
  return true;
}

static bool convolve_infer(wg_draft *draft) {
  const wg_shape *x = draft->inputs[0]->shape, *weight = draft->inputs[1]->shape;
  if (!wg_infer_floats(draft)) return false;
  if (!convolve_valid(draft, weight->rank ? weight->size[0] : 0, x->rank > 1 ? x->size[1] : 0)) return false;
  int64_t groups = draft->attrs[GROUPS].integer;
  if (x->size[1] / groups != weight->size[1])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "x has %lld channels in each of %lld groups, and the weights %lld",
                         (long long)(x->size[1] / groups), (long long)groups, (long long)weight->size[1]);
  draft->shape = *x;
  draft->shape.size[1] = weight->size[0];
  for (int axis = 2; axis < x->rank; axis++) draft->shape.size[axis] = places(draft->attrs, x, weight, axis);
  return windows_fit(draft, x, weight, &draft->shape);
}

/* The sizes asked for become those of the result. */
static bool size_infer(wg_draft *draft) {
  const wg_attr *size = &draft->attrs[SIZE];
  if (size->count != draft->shape.rank - 2)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "%d axes, but %d numbers as size", draft->shape.rank - 2,
                         size->count);
  for (int axis = 2; axis < draft->shape.rank; axis++) {
    draft->shape.size[axis] = size->integers[axis - 2];
    if (size->integers[axis - 2] < 0)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "a size is %lld", (long long)size->integers[axis - 2]);
  }
  return true;
}

static bool convolve_transpose_infer(wg_draft *draft) {
  const wg_shape *y = draft->inputs[0]->shape, *weight = draft->inputs[1]->shape;
  int64_t groups = draft->attrs[GROUPS].integer, inputs;
  if (!wg_infer_floats(draft)) return false;
  if (!convolve_valid(draft, weight->rank ? weight->size[0] : 0, 0)) return false;
  if (y->size[1] != weight->size[0])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "y has %lld channels and the weights %lld", (long long)y->size[1],
                         (long long)weight->size[0]);
  if (groups > INT64_MAX / (weight->size[1] + 1))
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "%lld groups are too many", (long long)groups);
  inputs = groups * weight->size[1];
  draft->shape = *y;
  draft->shape.size[1] = inputs;
  return size_infer(draft) && windows_fit(draft, &draft->shape, weight, y);
}

static bool convolve_weight_infer(wg_draft *draft) {
  const wg_shape *x = draft->inputs[0]->shape, *y = draft->inputs[1]->shape;
  if (!wg_infer_floats(draft)) return false;
  if (!convolve_valid(draft, y->rank > 1 ? y->size[1] : 0, x->rank > 1 ? x->size[1] : 0)) return false;
  if (x->size[0] != y->size[0])
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "there are %lld and %lld samples", (long long)x->size[0],
                         (long long)y->size[0]);
  draft->shape = *x;
  draft->shape.size[0] = y->size[1];
  draft->shape.size[1] = x->size[1] / draft->attrs[GROUPS].integer;
  return size_infer(draft) && windows_fit(draft, x, &draft->shape, y);
}

/* ---- Recording ---- */

/* The operation with the strides, borders, dilations and groups of another of the three; `like` gives the sizes of the
 * result's axes, NULL where they follow. */
static wg_node *record(const wg_op *op, wg_node *a, wg_node *b, const wg_attr *attrs, const wg_shape *like) {
  wg_attr size = {0};
  if (like) size = wg_attr_integers("size", like->rank - 2, &like->size[2]);
  return wg_apply_2(op, a, b, (wg_attr[]){attrs[STRIDE], attrs[PADDING], attrs[DILATION], attrs[GROUPS], size, {0}});
}

static wg_node *record_with(const wg_op *op, wg_node *a, wg_node *b, const int64_t *size, const int64_t *stride,
                            const int64_t *padding, const int64_t *dilation, int64_t groups) {
  int64_t strides[WG_WINDOW_AXES], paddings[WG_WINDOW_AXES], dilations[WG_WINDOW_AXES];
  int axes = wg_spatial_axes(a);
  return wg_apply_2(op, a, b,
                    (wg_attr[]){wg_attr_axes_or("stride", axes, stride, 1, strides),
                                wg_attr_axes_or("padding", axes, padding, 0, paddings),
                                wg_attr_axes_or("dilation", axes, dilation, 1, dilations),
                                wg_attr_integer("groups", groups),
                                size ? wg_attr_axes("size", axes, size) : (wg_attr){0},
                                {0}});
}

wg_node *wg_convolve(wg_node *x, wg_node *weight, const int64_t *stride, const int64_t *padding,
                     const int64_t *dilation, int64_t groups) {
  return record_with(&wg_op_convolve, x, weight, NULL, stride, padding, dilation, groups);
}

wg_node *wg_convolve_transpose(wg_node *y, wg_node *weight, const int64_t *size, const int64_t *stride,
                               const int64_t *padding, const int64_t *dilation, int64_t groups) {
  return record_with(&wg_op_convolve_transpose, y, weight, size, stride, padding, dilation, groups);
}

wg_node *wg_convolve_weight(wg_node *x, wg_node *y, const int64_t *size, const int64_t *stride, const int64_t *padding,
                            const int64_t *dilation, int64_t groups) {
  return record_with(&wg_op_convolve_weight, x, y, size, stride, padding, dilation, groups);
}

/* ---- Rules ---- */

static wg_node *convolve_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[0], *weight = y->inputs[1];
  if (i == 0) return record(&wg_op_convolve_transpose, dy, weight, y->attrs, x->shape);
  return record(&wg_op_convolve_weight, x, dy, y->attrs, weight->shape);
}

static wg_node *convolve_transpose_vjp(wg_node *x, wg_node *dx, int i) {
  wg_node *y = x->inputs[0], *weight = x->inputs[1];
  if (i == 0) return record(&wg_op_convolve, dx, weight, x->attrs, NULL);
  return record(&wg_op_convolve_weight, dx, y, x->attrs, weight->shape);
}

static wg_node *convolve_weight_vjp(wg_node *weight, wg_node *dw, int i) {
  wg_node *x = weight->inputs[0], *y = weight->inputs[1];
  if (i == 0) return record(&wg_op_convolve_transpose, y, dw, weight->attrs, x->shape);
  return record(&wg_op_convolve, x, dw, weight->attrs, NULL);
}

/* ---- Records ---- */

#define CONVOLVE_DOC_LISTS                                                                                             \
  "stride, dilation (1 by default) and padding (zeros before and after, 0 by default) have one number for each of "    \
  "the 1, 2 or 3 axes after the channels; groups divide the channels of both"

const wg_op wg_op_convolve = {
    .name = "convolve",
    .doc =
        "y = Σ w·x over windows of x (N,C,…) with weights w (O,C/groups,…): y_{n,o,p} = Σ_{c,k} w_{o,c,k} x_{n, c, "
        "p·stride + k·dilation − padding}, (N,O,…), with (n + 2·padding − dilation·(k − 1) − 1)/stride + 1 places, "
        "rounded down, along an axis of n elements. " CONVOLVE_DOC_LISTS
        ". As torch.nn.functional.conv1d, conv2d and conv3d without bias (a cross-correlation: the kernel is not "
        "turned round).\n"
        "Errors: ranks or channels that do not fit, a kernel longer than an axis with its border, groups that do not "
        "divide; integers, two dtypes.",
    .arity = 2,
    .flags = WG_OP_DENSE,
    .attrs = attrs_of_value,
    .linearity = WG_LINEAR_EACH,
    .infer = convolve_infer,
    .kernel = {[WG_F32] = convolve, [WG_F64] = convolve},
    .scratch = convolve_scratch,
    .vjp = convolve_vjp,
    .notation = {.unicode = "conv(%*)", .ascii = "conv(%*)", .latex = "\\operatorname{conv}(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 2, 2, 5), WG_SAMPLE(-2, 2, 3, 2, 2)}, {{0}}},
            {2,
             {WG_SAMPLE(-2, 2, 1, 2, 4, 4), WG_SAMPLE(-2, 2, 2, 2, 2, 3)},
             {WG_SAMPLE_LIST("stride", 2, 1), WG_SAMPLE_LIST("padding", 1, 2), WG_SAMPLE_LIST("dilation", 1, 2)}},
            {2, {WG_SAMPLE(-2, 2, 1, 4, 2, 2), WG_SAMPLE(-2, 2, 2, 2, 1, 2)}, {WG_SAMPLE_NUMBER("groups", 2)}},
            {2,
             {WG_SAMPLE(-2, 2, 1, 1, 2, 3, 2), WG_SAMPLE(-2, 2, 1, 1, 2, 2, 1)},
             {WG_SAMPLE_LIST("padding", 1, 0, 0)}},
            {2, {WG_SAMPLE(-2, 2, 0, 2, 3), WG_SAMPLE(-2, 2, 2, 2, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 0, 3), WG_SAMPLE(-2, 2, 2, 0, 2)}, {{0}}},
            {0},
        },
};

const wg_op wg_op_convolve_transpose = {
    .name = "convolve_transpose",
    .doc = "The adjoint of convolve by its input: x_{n,c,i} = Σ w_{o,c,k} y_{n,o,p} over all o and all (p,k) with "
           "p·stride + k·dilation − padding = i, for y (N,O,…) and weights (O,C/groups,…); (N,C,…) with axes of the "
           "sizes `size`. " CONVOLVE_DOC_LISTS ". As torch.nn.functional.conv_transpose2d and its fellows without "
           "bias; conv_transpose2d has their arguments.\n"
           "Errors: ranks or channels that do not fit, sizes of which convolve would not make y; integers, two dtypes.",
    .arity = 2,
    .flags = WG_OP_DENSE,
    .attrs = attrs_of_adjoint,
    .linearity = WG_LINEAR_EACH,
    .infer = convolve_transpose_infer,
    .kernel = {[WG_F32] = convolve_transpose, [WG_F64] = convolve_transpose},
    .vjp = convolve_transpose_vjp,
    .notation = {.unicode = "convᵀ(%*)", .ascii = "conv^T(%*)", .latex = "\\operatorname{conv}^{\\top}(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 2, 2)}, {WG_SAMPLE_LIST("size", 5)}},
            {2,
             {WG_SAMPLE(-2, 2, 1, 2, 2, 3), WG_SAMPLE(-2, 2, 2, 2, 2, 2)},
             {WG_SAMPLE_LIST("size", 4, 3), WG_SAMPLE_LIST("stride", 2, 1), WG_SAMPLE_LIST("padding", 0, 1),
              WG_SAMPLE_LIST("dilation", 1, 2)}},
            {2,
             {WG_SAMPLE(-2, 2, 1, 2, 3), WG_SAMPLE(-2, 2, 2, 2, 1)},
             {WG_SAMPLE_LIST("size", 3), WG_SAMPLE_NUMBER("groups", 2)}},
            {2, {WG_SAMPLE(-2, 2, 0, 2, 2), WG_SAMPLE(-2, 2, 2, 2, 2)}, {WG_SAMPLE_LIST("size", 3)}},
            {0},
        },
};

const wg_op wg_op_convolve_weight = {
    .name = "convolve_weight",
    .doc =
        "The adjoint of convolve by its weights: w_{o,c,k} = Σ_{n,p} y_{n,o,p} x_{n, c, p·stride + k·dilation − "
        "padding} for x (N,C,…) and y (N,O,…); (O,C/groups,…) with axes of the sizes `size`. " CONVOLVE_DOC_LISTS
        ". As torch.nn.grad.conv2d_weight and its fellows.\n"
        "Errors: ranks, samples or channels that do not fit, sizes of which convolve would not make y; integers, two "
        "dtypes.",
    .arity = 2,
    .flags = WG_OP_DENSE,
    .attrs = attrs_of_adjoint,
    .linearity = WG_LINEAR_EACH,
    .infer = convolve_weight_infer,
    .kernel = {[WG_F32] = convolve_weight, [WG_F64] = convolve_weight},
    .scratch = convolve_weight_scratch,
    .vjp = convolve_weight_vjp,
    .notation = {.unicode = "conv_w(%*)", .ascii = "conv_w(%*)", .latex = "\\operatorname{conv}_w(%*)"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 2, 2, 5), WG_SAMPLE(-2, 2, 2, 3, 4)}, {WG_SAMPLE_LIST("size", 2)}},
            {2,
             {WG_SAMPLE(-2, 2, 1, 2, 4, 3), WG_SAMPLE(-2, 2, 1, 2, 2, 3)},
             {WG_SAMPLE_LIST("size", 2, 2), WG_SAMPLE_LIST("stride", 2, 1), WG_SAMPLE_LIST("padding", 0, 1),
              WG_SAMPLE_LIST("dilation", 1, 2)}},
            {2,
             {WG_SAMPLE(-2, 2, 1, 4, 3), WG_SAMPLE(-2, 2, 1, 2, 3)},
             {WG_SAMPLE_LIST("size", 1), WG_SAMPLE_NUMBER("groups", 2)}},
            {2, {WG_SAMPLE(-2, 2, 0, 2, 3), WG_SAMPLE(-2, 2, 0, 2, 2)}, {WG_SAMPLE_LIST("size", 2)}},
            {0},
        },
};
