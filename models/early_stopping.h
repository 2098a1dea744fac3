/* early_stopping.h: ends a training that no longer gets better, and keeps the best weights that it had (Prechelt, Early
 * stopping – but when?, 1998). */
#ifndef WG_EARLY_STOPPING_H
#define WG_EARLY_STOPPING_H

#include "error.h"
#include "net.h"
#include "state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wg_early_stopping wg_early_stopping;

/* What is watched is a value told once an epoch: the loss of held-out samples, or with `rising` something that is to
 * grow, such as their accuracy. A value is better that beats the best by more than min_delta (finite, 0 or more); NaN
 * never is. After `patience` (1 or more) values in turn that are no better it is time to stop (Goodfellow, Bengio,
 * Courville, Deep Learning, 2016, algorithm 7.1). `weights` are those to keep the best of, and must outlive it; NULL
 * keeps none. The caller frees it. Errors: WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. */
typedef struct wg_early_stopping_options {
  int64_t patience;
  double min_delta;
  bool rising;
} wg_early_stopping_options;

WG_API wg_status wg_early_stopping_new(const wg_early_stopping_options *options, wg_weights *weights,
                                       const wg_allocator *allocator, wg_early_stopping **stopping, wg_error *error);
WG_API void wg_early_stopping_free(wg_early_stopping *stopping);

/* The value of an epoch, its number, and the weights as they are now. True if it is time to stop. */
WG_API bool wg_early_stopping_observe(wg_early_stopping *stopping, int64_t epoch, double value);

WG_API double wg_early_stopping_best(const wg_early_stopping *stopping);        /* ±∞ before there is one */
WG_API int64_t wg_early_stopping_best_epoch(const wg_early_stopping *stopping); /* −1 before there is one */
WG_API bool wg_early_stopping_over(const wg_early_stopping *stopping);          /* as the last observe returned */

/* Puts the best weights where the weights are; nothing before there are any. */
WG_API void wg_early_stopping_restore(const wg_early_stopping *stopping);

/* Its state, as in optimizer.h. */
WG_API size_t wg_early_stopping_state_count(const wg_early_stopping *stopping);
WG_API bool wg_early_stopping_state_at(wg_early_stopping *stopping, size_t i, wg_state_array *array);
WG_API wg_status wg_early_stopping_state_check(const wg_early_stopping *stopping, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
