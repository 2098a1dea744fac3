/* train.h: training a model, and what a trained one is worth.
 *
 * Nothing here prints; progress is told to a callback, or asked for step by step (trainer.h). One seed gives one
 * result, bit for bit. */
#ifndef WG_TRAIN_H
#define WG_TRAIN_H

#include "../engine/threads.h"
#include "average.h"
#include "data.h"
#include "early_stopping.h"
#include "optimizer.h"
#include "samples.h"
#include "schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to learn with: a kind of net with widths, and its weights. Recorded anew for every number of samples that it
 * meets (microseconds), always on the same weights. */
typedef struct wg_model {
  wg_net_spec spec;    /* widths belong to the model */
  wg_weights *weights; /* may be changed between calls */
  wg_threads *threads; /* that its plans may borrow, the caller's; NULL for none. The results are the same */
  wg_allocator allocator;
} wg_model;

/* A model of that kind of net with initial weights; spec->samples and spec->learning are ignored. Returns WG_OK and
 * *model, which the caller frees, or a status, *error and NULL: what wg_net_new reports, WG_ERROR_ARGUMENT (init),
 * WG_ERROR_MEMORY. */
WG_API wg_status wg_model_new(const wg_net_spec *spec, wg_init init, uint64_t seed, wg_model **model, wg_error *error);
WG_API void wg_model_free(wg_model *model);

/* What is known after an epoch (one pass over all samples). Epoch 0 is before the first step. The weights that are
 * judged are those a training that ends here would give: with averaging, the average. */
typedef struct wg_epoch {
  int64_t epoch, epochs;
  double loss;                     /* J over the training samples, or as many of them as judged_max allows */
  double accuracy;                 /* right predictions / predictions; NaN without rows */
  int64_t steps;                   /* taken so far */
  bool held;                       /* whether there are held-out samples; their figures are NaN where not */
  double held_loss, held_accuracy; /* over all of them */
  double running_loss;             /* J of the epoch's batches as they were met, with dropout; NaN in epoch 0 */
  double rate;                     /* of the last step; in epoch 0 of the first to come */
} wg_epoch;

/* Options of training; start from wg_train_options_default. */
typedef struct wg_train_options {
  double rate;    /* α, finite and > 0 */
  int64_t epochs; /* 0 or more */
  int64_t batch;  /* samples per step; 0 means all of them. The last batch of an epoch has what is left */
  uint64_t seed;  /* of the order of samples, new in each epoch, and of dropout; a full batch keeps the table's order */
  /* Told of epoch 0 … epochs; returns false to stop early, which is a success. May be NULL. */
  bool (*progress)(void *context, const wg_epoch *epoch);
  void *context;
  int64_t report_every; /* judge and report every so many epochs, and the first and last; 0 means each */
  int64_t judged_max;   /* training samples to judge, evenly picked where there are more; 0 means all */

  wg_optimizer_options optimizer; /* decay and l1 act on matrices, kernels and embeddings, not on biases and gains */
  wg_schedule_options schedule;   /* its rate is not used, but α; its step is one of the optimizer */
  int64_t accumulate;             /* batches whose gradients are averaged for one step; 0 or 1 means each by itself */
  double clip_value, clip_norm;   /* bounds of each element and of the norm of the gradient; 0 means none */
  bool averages;                  /* ends with the average of the weights, from the end of epoch average_from on */
  wg_average_kind average;
  double average_decay;
  int64_t average_from;
  bool stops_early; /* judges every epoch, by held-out samples where there are any, and ends with the best weights */
  wg_early_stopping_options stopping; /* rising: by the accuracy, otherwise by the loss */
  bool
      denormals; /* steps compute with denormal numbers (below 1.2e−38 in f32, 2.2e−308 in f64), as IEEE 754 has it. Otherwise
                     they take them for zero where the processor can: small gradients are full of them, and they cost
                     several times as much. Judging and predicting always keep them */
  bool watches; /* looks at every gradient, and ends with WG_ERROR_DATA before a step into one that is not finite */
} wg_train_options;

/* SGD with rate 1, 1000 epochs, full batch, seed 1, no callback, and nothing of the rest. */
WG_API wg_train_options wg_train_options_default(void);

/* Trains the model on the table; the weights change in place. *last (may be NULL) gets the last epoch's figures.
 * Errors: WG_ERROR_ARGUMENT (options), WG_ERROR_DATA (the table does not fit the net or has no rows; the loss is not
 * finite, with the epoch in the message; features that are not finite), WG_ERROR_MEMORY. After WG_ERROR_DATA for the
 * loss the weights are those that have it. */
WG_API wg_status wg_train(wg_model *model, const wg_table *table, const wg_train_options *options, wg_epoch *last,
                          wg_error *error);

/* The same for samples of any source, and with held-out samples (may be NULL) to judge by. */
WG_API wg_status wg_train_samples(wg_model *model, const wg_samples *training, const wg_samples *held,
                                  const wg_train_options *options, wg_epoch *last, wg_error *error);

/* The model's predictions for `count` points, row-major, of `columns` features each: labels[i] is the likeliest
 * class (the lower of two that are equal, −1 where a probability is not a number), and probabilities, if not NULL,
 * gets count×classes numbers. Errors: WG_ERROR_ARGUMENT, WG_ERROR_MEMORY. */
WG_API wg_status wg_predict(const wg_model *model, int64_t count, int64_t columns, const double *features,
                            int64_t *labels, double *probabilities, wg_error *error);

/* How good the predictions for some samples are. */
typedef struct wg_evaluation {
  int64_t rows, classes, right; /* rows: predictions, one a sample, or one for each character of a text */
  double loss;                  /* J; NaN without rows */
  double accuracy;              /* right / rows; NaN without rows */
  int64_t *confusion;           /* classes×classes: how many of class i (row) were predicted as class k (column) */
  wg_allocator allocator;
} wg_evaluation;

/* Evaluates; *evaluation is then to be given to wg_evaluation_clear. On failure it is empty. Errors: WG_ERROR_DATA (the
 * samples do not fit the net; a feature or the loss is not finite), WG_ERROR_MEMORY. */
WG_API wg_status wg_evaluate(const wg_model *model, const wg_table *table, wg_evaluation *evaluation, wg_error *error);
WG_API wg_status wg_evaluate_samples(const wg_model *model, const wg_samples *samples, wg_evaluation *evaluation,
                                     wg_error *error);
WG_API void wg_evaluation_clear(wg_evaluation *evaluation); /* zeroed is fine, and so is twice */

#ifdef __cplusplus
}
#endif
#endif
