/* gradients.h: gradients in memory of one's own: added up over several batches, and clipped. */
#ifndef WG_GRADIENTS_H
#define WG_GRADIENTS_H

#include "net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* data[k] are the gradients of weights k, size[k] elements of the dtype. data is what wg_optimizer_step takes. */
typedef struct wg_gradients {
  wg_dtype dtype;
  size_t count;
  int64_t *size;
  void **data;
} wg_gradients;

/* Zeros for weights of these sizes, or NULL without memory. The caller frees them; the weights may go before. */
WG_API wg_gradients *wg_gradients_new(const wg_weights *weights, const wg_allocator *allocator);
WG_API void wg_gradients_free(wg_gradients *gradients);

/* All zero again, for the next step. */
WG_API void wg_gradients_zero(wg_gradients *gradients);

/* Adds factor·from[k] to each (NULL counts as zeros). For the mean over several batches the factor of each is its
 * samples over those of all. */
WG_API void wg_gradients_add(wg_gradients *gradients, const void *const *from, double factor);

/* Bounds every element to ±limit (≥ 0). What is not a number stays so (as torch.nn.utils.clip_grad_value_). */
WG_API void wg_clip_value(wg_gradients *gradients, double limit);

/* √Σg² over all elements of all gradients. */
WG_API double wg_gradients_norm(const wg_gradients *gradients);

/* Multiplies all by min(1, limit/(norm + 10⁻⁶)) (Pascanu, Mikolov, Bengio, ICML 2013, algorithm 1; as
 * torch.nn.utils.clip_grad_norm_) and returns the norm that they had. A norm that is not a number makes all of them so. */
WG_API double wg_clip_norm(wg_gradients *gradients, double limit);

#ifdef __cplusplus
}
#endif
#endif
