/* axis.h: the rows of a strided tensor along one of its axes; for the files of ops/ only.
 *
 * A row along `axis` is the elements that differ in that index only: the rows of a (300,3) tensor along axis 1 are its
 * 300 rows, those along axis 0 are its 3 columns. Rows are numbered row-major over the other axes. */
#ifndef WG_AXIS_H
#define WG_AXIS_H

#include "ops.h"

/* −1 … −rank count from the last axis; other numbers come back as they are, for the shape rule to refuse or take.
 * Operations wrap an axis before they are recorded, so that softmax(x, −1) and softmax(x, 1) are one node. */
static inline int64_t wg_axis_wrap(int64_t axis, int rank) { return axis < 0 && axis >= -rank ? axis + rank : axis; }

static inline int64_t wg_row_count(const wg_shape *shape, int axis) {
  int64_t count = 1;
  for (int i = 0; i < shape->rank; i++)
    if (i != axis) count *= shape->size[i];
  return count;
}

/* The first element of row number `row`, in elements from the tensor's first. An axis of −1 leaves none out: then it
 * is element number `row`. */
static inline int64_t wg_row_start(const wg_shape *shape, const int64_t *stride, int axis, int64_t row) {
  int64_t start = 0;
  for (int i = shape->rank - 1; i >= 0; i--) {
    if (i == axis) continue;
    if (row < shape->size[i]) return start + row * stride[i];
    start += row % shape->size[i] * stride[i];
    row /= shape->size[i];
  }
  return start;
}

/* The shape without an axis, or with size 1 there. */
static inline wg_shape wg_shape_reduced(const wg_shape *shape, int axis, bool keep) {
  wg_shape reduced = {0};
  for (int i = 0; i < shape->rank; i++)
    if (i != axis || keep) reduced.size[reduced.rank++] = i == axis ? 1 : shape->size[i];
  return reduced;
}

/* Shape rule of an operation with the attributes axes and keep, in this order: sum and mean. */
bool wg_infer_reduction(wg_draft *draft);

/* A list of whole numbers as an attribute of a sample: WG_SAMPLE_LIST("axes", 0, 1). */
#define WG_SAMPLE_LIST(label, ...)                                                                                     \
  {                                                                                                                    \
    .name = (label), .kind = WG_ATTR_INTEGERS, .integers = (const int64_t[]){__VA_ARGS__},                             \
    .count = (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))                                           \
  }
#define WG_SAMPLE_NUMBER(label, value)                                                                                 \
  { .name = (label), .kind = WG_ATTR_INTEGER, .integer = (value) }

#endif
