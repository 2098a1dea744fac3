/* scan.h: what running sums and products have in common; for the files of ops/ only. */
#ifndef WG_SCAN_H
#define WG_SCAN_H

#include "axis.h"
#include "rule.h"

enum { WG_SCAN_AXIS, WG_SCAN_REVERSE };

#define WG_SCAN_ATTRS                                                                                                  \
  (const wg_attr[]) {                                                                                                  \
    [WG_SCAN_AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER, .integer = -1},                                         \
    [WG_SCAN_REVERSE] = {.name = "reverse", .kind = WG_ATTR_INTEGER}, {                                                \
      0                                                                                                                \
    }                                                                                                                  \
  }

static inline int wg_scan_axis(const wg_node *y) {
  return (int)wg_axis_wrap(y->attrs[WG_SCAN_AXIS].integer, y->inputs[0]->shape->rank);
}

/* Shape rule: all inputs of one shape, which has the axis. */
bool wg_infer_scan(wg_draft *draft);

wg_node *wg_apply_scan(const wg_op *op, int count, wg_node *const *inputs, int64_t axis, bool reverse);

/* x one place further along an axis, y_k = x_{k−1}, or back, y_k = x_{k+1}; `value` comes in where x ends. */
wg_node *wg_shift(wg_node *x, int axis, bool back, double value);

#endif
