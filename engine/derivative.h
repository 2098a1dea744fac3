/* derivative.h: derivatives of several outputs at once, in the forward direction, and of second order, all recorded as
 * nodes out of the operations' one backward rule. Any of them may be differentiated again.
 *
 * Shapes: outputs y and inputs x may be of any shape; J is the matrix of all ∂y_i/∂x_j, elements in row-major order. */
#ifndef WG_DERIVATIVE_H
#define WG_DERIVATIVE_H

#include "grad.h"

#ifdef __cplusplus
extern "C" {
#endif

/* grad[k] = Σ_j seeds[j]ᵀ·∂outputs[j]/∂wrt[k]: one sweep for all outputs, each contracted with a seed of its shape.
 * A seed that is NULL counts as one, for a scalar output. Errors as wg_grad. */
WG_API wg_status wg_vjp_several(size_t output_count, wg_node *const *outputs, wg_node *const *seeds, size_t count,
                                wg_node *const *wrt, wg_node **grad);

/* Forward mode, the Jacobian–vector product: results[j] = Σ_k ∂outputs[j]/∂wrt[k]·tangents[k], of the shape of that
 * output; tangents[k] is of the shape of wrt[k]. Since every backward rule is linear in the cotangent, ȳ ↦ Jᵀ·ȳ can be
 * differentiated by ȳ, which gives J·ẋ without a second rule for any operation (J. Townsend, "A new trick for
 * calculating Jacobian vector products", 2017). The cotangent itself drops out. Errors as wg_grad. */
WG_API wg_status wg_jvp(size_t output_count, wg_node *const *outputs, size_t count, wg_node *const *wrt,
                        wg_node *const *tangents, wg_node **results);

/* The Hessian–vector product of a scalar root: results[k] = Σ_l ∂²root/∂wrt[k]∂wrt[l]·vectors[l], of the shape of
 * wrt[k]: the gradient of ⟨∇root, v⟩. Errors as wg_grad. */
WG_API wg_status wg_hvp(wg_node *root, size_t count, wg_node *const *wrt, wg_node *const *vectors, wg_node **results);

/* Row `element` of the Jacobian of y by x: ∂y_element/∂x, of the shape of x. The row of a gradient is a row of the
 * Hessian. Inert if there is no such element, or as wg_grad. */
WG_API wg_node *wg_jacobian_row(wg_node *y, int64_t element, wg_node *x);

/* The whole Jacobian of y by x as numbers, by rows: y has n elements, x has k, and `values` takes n·k, in the dtype of x.
 * Recorded once and run n times. The bindings cover every leaf that y needs. The caller frees it, before the tape. */
typedef struct wg_jacobian wg_jacobian;
WG_API wg_jacobian *wg_jacobian_new(wg_node *y, wg_node *x); /* NULL without memory; other failures are its status */
WG_API void wg_jacobian_free(wg_jacobian *jacobian);
WG_API wg_status wg_jacobian_status(const wg_jacobian *jacobian);
WG_API const char *wg_jacobian_error(const wg_jacobian *jacobian);
WG_API wg_status wg_jacobian_bind(wg_jacobian *jacobian, const wg_node *leaf, const void *data); /* as wg_bind */
WG_API wg_status wg_jacobian_run(wg_jacobian *jacobian, void *values);

/* Whether the node is zero by construction: the gradient by a node that the root does not depend on. */
WG_API bool wg_node_is_zero(const wg_node *node);

#ifdef __cplusplus
}
#endif
#endif
