/* average.h: the average of weights over the steps of a training, which often predicts better than the last ones. */
#ifndef WG_AVERAGE_H
#define WG_AVERAGE_H

#include "error.h"
#include "net.h"
#include "state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wg_average_kind {
  WG_AVERAGE_EMA, /* a ← decay·a + (1−decay)·w, and a = w at first (Polyak and Juditsky, 1992; as
                     torch.optim.swa_utils.get_ema_avg_fn) */
  WG_AVERAGE_SWA, /* a ← a + (w − a)/(n+1), the mean of all so far (Izmailov et al., UAI 2018; AveragedModel) */
  WG_AVERAGE_KIND_COUNT
} wg_average_kind;

WG_API const char *wg_average_text(wg_average_kind kind); /* "ema", "swa"; "" out of range */
WG_API bool wg_average_find(const char *name, wg_average_kind *kind);

typedef struct wg_average wg_average;

/* An average of these weights, of none yet; they must outlive it. `decay` in [0, 1) is for ema. The caller frees it.
 * Errors: WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. */
WG_API wg_status wg_average_new(wg_average_kind kind, double decay, const wg_weights *weights,
                                const wg_allocator *allocator, wg_average **average, wg_error *error);
WG_API void wg_average_free(wg_average *average);

WG_API void wg_average_update(wg_average *average);         /* the weights as they are now are one more */
WG_API int64_t wg_average_count(const wg_average *average); /* how many so far */

/* The average as weights of its own, to predict with (another wg_model with this as its weights); the weights
 * themselves while the count is 0. Read only; valid as long as the average. */
WG_API const wg_weights *wg_average_weights(const wg_average *average);

/* Puts the average where the weights are; nothing while the count is 0. */
WG_API void wg_average_apply(const wg_average *average);

/* Its state, as in optimizer.h. */
WG_API size_t wg_average_state_count(const wg_average *average);
WG_API bool wg_average_state_at(wg_average *average, size_t i, wg_state_array *array);
WG_API wg_status wg_average_state_check(const wg_average *average, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
