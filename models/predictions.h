/* predictions.h: what a model says of samples whose classes are known, as plain arrays for metrics.h. */
#ifndef WG_PREDICTIONS_H
#define WG_PREDICTIONS_H

#include "samples.h"
#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read only. */
typedef struct wg_predictions {
  int64_t rows; /* one for each sample, in their order; of texts one for each character of each sample */
  int64_t classes;
  int64_t *labels;       /* the class of each */
  int64_t *predicted;    /* the likeliest class, the lower of two that are equal; −1 where a logit is not a number */
  double *probabilities; /* rows×classes */
  double *loss;          /* of each, whose mean is J; taken from the logits, so that it is finite where these are */
  wg_allocator allocator;
} wg_predictions;

/* All samples as they are (epoch 0) with their predictions. The caller frees it. Errors (*predictions is NULL then):
 * WG_ERROR_DATA (the samples do not fit the net), WG_ERROR_SHAPE, WG_ERROR_MEMORY. */
WG_API wg_status wg_predictions_new(const wg_model *model, const wg_samples *samples, wg_predictions **predictions,
                                    wg_error *error);
WG_API void wg_predictions_free(wg_predictions *predictions);

#ifdef __cplusplus
}
#endif
#endif
