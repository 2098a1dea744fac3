/* train.h: stochastic gradient descent, W ← W − α·∂W, and what a trained net is worth.
 *
 * Nothing here prints; progress is told to a callback. One seed gives one result, bit for bit. */
#ifndef WG_TRAIN_H
#define WG_TRAIN_H

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to learn with: a kind of net with widths, and its weights. Recorded anew for every number of samples that it
 * meets (microseconds), always on the same weights. */
typedef struct wg_model {
  wg_net_spec spec;    /* widths belong to the model */
  wg_weights *weights; /* may be changed between calls */
  wg_allocator allocator;
} wg_model;

/* A model of that kind of net with initial weights; spec->samples is ignored. Returns WG_OK and *model, which the
 * caller frees, or a status, *error and NULL: what wg_net_new reports, WG_ERROR_MEMORY. */
WG_API wg_status wg_model_new(const wg_net_spec *spec, wg_init init, uint64_t seed, wg_model **model, wg_error *error);
WG_API void wg_model_free(wg_model *model);

/* What is known after an epoch (one pass over all samples). Epoch 0 is before the first step. */
typedef struct wg_epoch {
  int64_t epoch, epochs;
  double loss;     /* J over the whole training table */
  double accuracy; /* right predictions / rows; NaN without rows */
} wg_epoch;

/* Options of training; start from wg_train_options_default. */
typedef struct wg_train_options {
  double rate;    /* α, finite and > 0 */
  int64_t epochs; /* 0 or more */
  int64_t batch;  /* samples per step; 0 means all of them. The last batch of an epoch has what is left */
  uint64_t seed;  /* of the order of samples, new in each epoch; a full batch keeps the table's order */
  /* Told of epoch 0 … epochs; returns false to stop early, which is a success. May be NULL. */
  bool (*progress)(void *context, const wg_epoch *epoch);
  void *context;
  int64_t report_every; /* evaluate and report every so many epochs, and the first and last; 0 means each */
} wg_train_options;

/* Rate 1, 1000 epochs, full batch, seed 1, no callback. */
WG_API wg_train_options wg_train_options_default(void);

/* Trains the model on the table; the weights change in place. *last (may be NULL) gets the last epoch's figures.
 * Errors: WG_ERROR_ARGUMENT (options), WG_ERROR_DATA (the table does not fit the net or has no rows; the loss is not
 * finite, with the epoch in the message; features that are not finite), WG_ERROR_MEMORY. After WG_ERROR_DATA for the
 * loss the weights are those of the failed step. */
WG_API wg_status wg_train(wg_model *model, const wg_table *table, const wg_train_options *options, wg_epoch *last,
                          wg_error *error);

/* The model's predictions for `count` points, row-major, of `columns` features each: labels[i] is the likeliest
 * class (the lower of two that are equal, −1 where a probability is not a number), and probabilities, if not NULL,
 * gets count×classes numbers. Errors: WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. */
WG_API wg_status wg_predict(const wg_model *model, int64_t count, int64_t columns, const double *features,
                            int64_t *labels, double *probabilities, wg_error *error);

/* How good the predictions for a table are. */
typedef struct wg_evaluation {
  int64_t rows, classes, right;
  double loss;        /* J; NaN without rows */
  double accuracy;    /* right / rows; NaN without rows */
  int64_t *confusion; /* classes×classes: how many of class i (row) were predicted as class k (column) */
  wg_allocator allocator;
} wg_evaluation;

/* Evaluates; *evaluation is then to be given to wg_evaluation_clear. On failure it is empty. Errors: WG_ERROR_DATA (the
 * table does not fit the net; a feature or the loss is not finite), WG_ERROR_MEMORY. */
WG_API wg_status wg_evaluate(const wg_model *model, const wg_table *table, wg_evaluation *evaluation, wg_error *error);
WG_API void wg_evaluation_clear(wg_evaluation *evaluation); /* zeroed is fine, and so is twice */

#ifdef __cplusplus
}
#endif
#endif
