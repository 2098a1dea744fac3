/* trainer.h: a training in progress, taken step by step, so that its owner can show it, save it, and go on with it
 * after the machine died.
 *
 * All that is random is a function of the seed and of where the training stands: the order of the samples of the epoch,
 * dropout of the step, varied samples of both. So a training that is brought back from its state goes on with the same
 * bits. */
#ifndef WG_TRAINER_H
#define WG_TRAINER_H

#include "profile.h"
#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wg_trainer wg_trainer;

/* A training of the model that has not begun. Model, samples and what they refer to must outlive it, and only it may
 * change the weights. `held` may be NULL; options are copied. The caller frees it. Errors (*trainer is NULL then):
 * those of wg_train. */
WG_API wg_status wg_trainer_new(wg_model *model, const wg_samples *training, const wg_samples *held,
                                const wg_train_options *options, wg_trainer **trainer, wg_error *error);
WG_API void wg_trainer_free(wg_trainer *trainer);

typedef enum wg_trainer_event {
  WG_TRAINER_STEPPED, /* took a step */
  WG_TRAINER_JUDGED,  /* judged the model at the end of an epoch: wg_trainer_epoch */
  WG_TRAINER_ENDED    /* nothing is left to do; the weights are the final ones */
} wg_trainer_event;

/* Does the next thing. Errors: WG_ERROR_DATA (the loss is not finite), WG_ERROR_MEMORY; the training is over then. */
WG_API wg_status wg_trainer_next(wg_trainer *trainer, wg_trainer_event *event, wg_error *error);

/* The figures of the last judgement; epoch −1 before the first. */
WG_API const wg_epoch *wg_trainer_epoch(const wg_trainer *trainer);

/* Where it stands. */
typedef struct wg_trainer_progress {
  int64_t epoch, epochs;          /* epochs completed, and to come to */
  int64_t step, steps;            /* steps taken, and to come to unless it stops early */
  int64_t samples, epoch_samples; /* of the epoch that it is in: learned from, and all */
  double loss;                    /* J of the last batch; NaN before the first */
  double gradient_norm;           /* before clipping; NaN without clip_norm */
  double rate;                    /* of the last step, or of the first to come */
  bool stopped_early;
  int64_t best_epoch; /* of early stopping; −1 without */
} wg_trainer_progress;

WG_API wg_trainer_progress wg_trainer_where(const wg_trainer *trainer);

/* The plan that computed the last batch, its loss first and then its gradients. After WG_ERROR_DATA it still has the batch
 * and the weights that gave the loss, so that wg_anomaly_find (engine/anomaly.h) can say where it comes from. NULL before
 * the first batch. It belongs to the trainer. */
WG_API wg_plan *wg_trainer_plan(const wg_trainer *trainer);

/* Where the time of a training goes, in seconds. */
typedef struct wg_trainer_times {
  double data;     /* samples picked and laid out */
  double gradient; /* runs of the plans: losses and gradients */
  double update;   /* all else of the steps: adding up, clipping, the optimizer, averages, the order of samples */
  double judging;  /* the model judged at the end of epochs */
  uint64_t batches, steps, judgements;
} wg_trainer_times;

/* From now on the training takes these times by this clock, which only runs forward, and those of the steps of its plans
 * (engine/plan_profile.h). The results have the same bits. Errors: WG_ERROR_ARGUMENT (no clock), WG_ERROR_MEMORY. */
WG_API wg_status wg_trainer_profile(wg_trainer *trainer, double (*seconds)(void), wg_error *error);
WG_API wg_trainer_times wg_trainer_times_taken(const wg_trainer *trainer);

/* What it computes losses and gradients with: for i = 0 a whole batch, for i = 1 what is left at the end of an epoch, if
 * anything is. False beyond. All of it belongs to the trainer. */
typedef struct wg_trainer_batch {
  wg_plan *plan;
  const wg_net *net;
  wg_tape_parts parts; /* for wg_profile_new */
} wg_trainer_batch;
WG_API bool wg_trainer_batch_at(const wg_trainer *trainer, size_t i, wg_trainer_batch *batch);

/* Steps of an epoch: batches over accumulate, rounded up. 0 for options or rows out of range. */
WG_API int64_t wg_trainer_steps(int64_t rows, const wg_train_options *options);

/* Its state, as in optimizer.h, with everything that it remembers: position, figures, weights, optimizer, schedule,
 * average, early stopping. To be saved between two calls of wg_trainer_next, and brought back into a trainer made from
 * the same model spec, samples and options that has not begun. */
WG_API size_t wg_trainer_state_count(const wg_trainer *trainer);
WG_API bool wg_trainer_state_at(wg_trainer *trainer, size_t i, wg_state_array *array);

/* To be called after the arrays were written. WG_ERROR_DATA: they cannot be a state of this training. */
WG_API wg_status wg_trainer_state_check(wg_trainer *trainer, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
