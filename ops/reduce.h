/* reduce.h: what reductions over several axes have in common; for the files of ops/ only. Their first two attributes
 * are axes and keep, as wg_infer_reduction wants them. */
#ifndef WG_REDUCE_H
#define WG_REDUCE_H

#include "axis.h"
#include "rule.h"

enum { WG_REDUCE_AXES, WG_REDUCE_KEEP, WG_REDUCE_MORE };

#define WG_REDUCE_ATTRS                                                                                                \
  [WG_REDUCE_AXES] = {.name = "axes", .kind = WG_ATTR_INTEGERS}, [WG_REDUCE_KEEP] = {.name = "keep",                   \
                                                                                     .kind = WG_ATTR_INTEGER}

/* x in groups: the elements that become one element of y, which is number `group` of `count`; each of `size` elements.
 * Both are numbered row-major. */
typedef struct wg_groups {
  wg_shape kept, reduced; /* the axes between groups, and those within one */
  int64_t kept_stride[WG_RANK_MAX], reduced_stride[WG_RANK_MAX];
  int64_t count, size;
} wg_groups;

wg_groups wg_groups_of(const wg_node *y, const wg_tensor *x);

/* Places in elements: of a group from the tensor's first, and of element k from the group's first. */
static inline int64_t wg_group_start(const wg_groups *groups, int64_t group) {
  return wg_row_start(&groups->kept, groups->kept_stride, -1, group);
}
static inline int64_t wg_group_at(const wg_groups *groups, int64_t k) {
  return wg_row_start(&groups->reduced, groups->reduced_stride, -1, k);
}

/* Marks the axes of x over which y reduces. */
void wg_reduction_axes(const wg_node *y, bool reduced[WG_RANK_MAX]);

/* y, or its adjoint, with the axes that it reduces over kept, of size 1, so that it broadcasts to the shape of x. */
wg_node *wg_reduction_kept(const wg_node *y, wg_node *like_y);

/* Shape rule of a reduction that nothing at all cannot have. */
bool wg_infer_reduction_of_some(wg_draft *draft);

/* Records a reduction. Axes are recorded counted from the first and in order, and none where all are meant, so that
 * equal calls are one node. `more` is a third attribute, or NULL. */
wg_node *wg_apply_reduction(const wg_op *op, wg_node *x, int count, const int64_t *axes, bool keep,
                            const wg_attr *more);

/* The two kernels of a reduction, by name_group_f32 and name_group_f64: the value of one group. */
#define WG_REDUCTION_OF(name, type, suffix)                                                                            \
  static wg_status name##_##suffix(wg_call *call) {                                                                    \
    const wg_groups groups = wg_groups_of(call->node, &call->in[0]);                                                   \
    const type *x = call->in[0].data;                                                                                  \
    type *y = call->out.data;                                                                                          \
    for (int64_t g = 0; g < groups.count; g++)                                                                         \
      y[g] = (type)name##_group_##suffix(call->node, &groups, x + wg_group_start(&groups, g));                         \
    return WG_OK;                                                                                                      \
  }
#define WG_REDUCTIONS(name) WG_REDUCTION_OF(name, float, f32) WG_REDUCTION_OF(name, double, f64)

#endif
