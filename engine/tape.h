/* tape.h: the tape (Wengert list) on which graph code records its operations.
 *
 * A tape is append-only and its order is topological: every node comes after its inputs. Nodes belong to their tape,
 * never move, and go with it. A node has an operation, inputs, a shape and a name, and no values: those live in plans
 * (plan.h), so a recorded tape may serve several threads. Recording is for one thread at a time.
 *
 * Recording never fails loudly. The first failure stays on the tape (wg_tape_status, wg_tape_error), the failed call
 * returns an inert node, calls on an inert node (or NULL) return an inert node again, and the caller looks once,
 * at the end. Calls on other nodes go on working. */
#ifndef WG_TAPE_H
#define WG_TAPE_H

#include "shape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wg_tape wg_tape;
typedef struct wg_node wg_node;
typedef struct wg_op wg_op;

/* A new, empty tape, or NULL if there is no memory for one. Calls on a NULL tape are harmless and give inert nodes.
 * The caller frees it; all its plans must be freed first. `allocator` is copied; NULL means malloc and free. */
WG_API wg_tape *wg_tape_new(void);
WG_API wg_tape *wg_tape_new_with(const wg_allocator *allocator);
WG_API void wg_tape_free(wg_tape *tape);

/* The first failure since the tape was made or cleared: its status and a message that names the operation, the nodes
 * and their shapes. WG_OK and "" if there was none; WG_ERROR_MEMORY for a NULL tape. */
WG_API wg_status wg_tape_status(const wg_tape *tape);
WG_API const char *wg_tape_error(const wg_tape *tape);
WG_API void wg_tape_clear_error(wg_tape *tape);

/* The number of nodes recorded, and the node number `id` (0 is the oldest; NULL where there is none). */
WG_API size_t wg_tape_count(const wg_tape *tape);
WG_API wg_node *wg_tape_node(const wg_tape *tape, size_t id);

/* Leaves. An input holds data (samples, labels), a parameter what is learned; the two differ in nothing else. Both get
 * their values from wg_bind. Two of them are never the same node, whatever their names and shapes.
 * `name` is copied, and may be NULL. Errors: WG_ERROR_SHAPE, WG_ERROR_DTYPE, WG_ERROR_MEMORY. */
WG_API wg_node *wg_input(wg_tape *tape, const char *name, wg_dtype dtype, wg_shape shape);
WG_API wg_node *wg_param(wg_tape *tape, const char *name, wg_dtype dtype, wg_shape shape);

/* A constant tensor: its elements, row-major, are copied from `data`. Equal constants are one node. */
WG_API wg_node *wg_constant(wg_tape *tape, wg_dtype dtype, wg_shape shape, const void *data);

/* A constant whose every element is `value`; it takes the memory of one element. An i64 takes whole numbers only
 * (WG_ERROR_ARGUMENT). */
WG_API wg_node *wg_fill(wg_tape *tape, wg_dtype dtype, wg_shape shape, double value);

/* A constant whose every element is value/count (count ≥ 1), which prints as such: the 1/m of a mean. */
WG_API wg_node *wg_fill_over(wg_tape *tape, wg_dtype dtype, wg_shape shape, double value, int64_t count);

/* A constant like `node` in dtype, and scalar in shape. */
WG_API wg_node *wg_scalar_like(wg_node *node, double value);

/* Gives the node a name (copied) and returns the node, so that a formula can be named where it is written. A later
 * name replaces an earlier one; note that equal calls are one node. */
WG_API wg_node *wg_name(wg_node *node, const char *name);

/* The most recent node of that name, or NULL. */
WG_API wg_node *wg_tape_find(const wg_tape *tape, const char *name);

/* What a node is. All take NULL and inert nodes: id SIZE_MAX, name and op name "", scalar shape, no inputs. */
WG_API bool wg_node_inert(const wg_node *node); /* also true for NULL */
WG_API size_t wg_node_id(const wg_node *node);
WG_API wg_tape *wg_node_tape(const wg_node *node);
WG_API const char *wg_node_name(const wg_node *node); /* "" if it has none */
WG_API const char *wg_node_op(const wg_node *node);   /* "matmul", "param" … */
WG_API wg_dtype wg_node_dtype(const wg_node *node);
WG_API wg_shape wg_node_shape(const wg_node *node);
WG_API int64_t wg_node_size(const wg_node *node); /* number of elements */
WG_API int wg_node_input_count(const wg_node *node);
WG_API wg_node *wg_node_input(const wg_node *node, int i); /* NULL out of range */
WG_API bool wg_node_is_input(const wg_node *node);
WG_API bool wg_node_is_param(const wg_node *node);

#ifdef __cplusplus
}
#endif
#endif
