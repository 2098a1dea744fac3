/* predictor.h: predictions without gradients, for a trained net that is asked again and again.
 *
 * The net is recorded and planned once, for a number of samples; asking runs that plan, and allocates nothing. A
 * predictor is for one thread at a time. Several predictors of one model may run in several threads, as long as nobody
 * changes the weights meanwhile; a change between two calls is seen by the next. */
#ifndef WG_PREDICTOR_H
#define WG_PREDICTOR_H

#include "samples.h"
#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wg_predictor wg_predictor;

/* A predictor that runs `samples` (1 or more) at once: 1 for single questions, some hundred for tables. The model, and
 * `scaler` if it is not NULL (applied to features before the net gets them), must outlive it. Its memory comes from the
 * model's allocator; the caller frees it. Errors (*predictor is NULL then): WG_ERROR_ARGUMENT (samples; a scaler of
 * another number of columns), WG_ERROR_SHAPE (sizes that overflow), WG_ERROR_MEMORY. */
WG_API wg_status wg_predictor_new(const wg_model *model, int64_t samples, const wg_scaler *scaler,
                                  wg_predictor **predictor, wg_error *error);
WG_API void wg_predictor_free(wg_predictor *predictor);

/* What it takes for each sample, and what it says: wg_net_features numbers, wg_net_labels answers (1, but for a language
 * model one for each of its T characters), and for each answer wg_net_classes probabilities. */
WG_API int64_t wg_predictor_features(const wg_predictor *predictor);
WG_API int64_t wg_predictor_answers(const wg_predictor *predictor);
WG_API int64_t wg_predictor_classes(const wg_predictor *predictor);

/* Predictions for `count` samples (any number), row-major: `features` are f32 or f64, or i64 indices for a language
 * model; labels[i] is the likeliest class of answer i (the lower of two that are equal, −1 where a probability is not a
 * number), probabilities has those of all classes. Either may be NULL. Errors: WG_ERROR_DTYPE, WG_ERROR_DATA (a
 * character that is none of the vocabulary's). */
WG_API wg_status wg_predictor_run(wg_predictor *predictor, int64_t count, wg_dtype dtype, const void *features,
                                  int64_t *labels, double *probabilities, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
