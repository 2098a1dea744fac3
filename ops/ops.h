/* ops.h: every operation as a function that records it, and the table of them all. */
#ifndef WG_OPS_H
#define WG_OPS_H

#include "../engine/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a loss is made one number: PyTorch's three. */
typedef enum wg_reduction { WG_MEAN, WG_SUM, WG_NONE } wg_reduction;

/* wg_add(a, b), wg_relu(x) …: see table.h for the list. Each takes nodes of one tape and returns a node of it, inert if
 * the call failed (tape.h says how failures are reported). */
#define WG_OP(name, parameters) WG_API wg_node *wg_##name parameters;
#include "table.h"
#undef WG_OP

WG_API wg_node *wg_softmax_cross_entropy_reduced(wg_node *logits, wg_node *targets, wg_reduction reduction);
WG_API wg_node *wg_binary_cross_entropy_reduced(wg_node *probabilities, wg_node *targets, wg_reduction reduction);
WG_API wg_node *wg_binary_cross_entropy_logits_reduced(wg_node *logits, wg_node *targets, wg_reduction reduction);
WG_API wg_node *wg_mean_squared_error_reduced(wg_node *x, wg_node *targets, wg_reduction reduction);

WG_API wg_node *wg_sum_all(wg_node *x);  /* to a scalar */
WG_API wg_node *wg_mean_all(wg_node *x); /* to a scalar */

/* Constants, of the numbers start, start + step, … before stop (WG_ERROR_ARGUMENT where these are none or without end);
 * of `count` numbers from first to last at equal distances; and with 1 on the diagonal and 0 elsewhere. An i64 takes
 * whole numbers only (WG_ERROR_ARGUMENT). As torch.arange, torch.linspace, torch.eye. Other errors: WG_ERROR_SHAPE,
 * WG_ERROR_DTYPE, WG_ERROR_MEMORY. */
WG_API wg_node *wg_arange(wg_tape *tape, wg_dtype dtype, double start, double stop, double step);
WG_API wg_node *wg_linspace(wg_tape *tape, wg_dtype dtype, double first, double last, int64_t count);
WG_API wg_node *wg_eye(wg_tape *tape, wg_dtype dtype, int64_t rows, int64_t columns);

/* The table: operation i, in the order of table.h, NULL out of range; and an operation by its name, NULL if there is
 * none. Use with wg_apply. */
WG_API size_t wg_op_count(void);
WG_API const wg_op *wg_op_at(size_t i);
WG_API const wg_op *wg_op_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
