/* trainer_internal.h: the inside of a training in progress. */
#ifndef WG_TRAINER_INTERNAL_H
#define WG_TRAINER_INTERNAL_H

#include "gradients.h"
#include "recording.h"
#include "trainer.h"

enum {
  PHASE_ARRIVED, /* at the end of an epoch, or at the start: to be judged */
  PHASE_BETWEEN, /* steps are to come, if it is not over */
  PHASE_ENDED
};

/* Where it stands, as numbers that can be saved. */
typedef struct trainer_position {
  int64_t phase;
  int64_t epoch; /* completed */
  int64_t first; /* samples of the next epoch that are behind us */
  int64_t step;  /* taken */
} trainer_position;

typedef struct trainer_figures {
  double loss;             /* of the last batch */
  double norm;             /* of the gradient, before clipping */
  double rate;             /* of the last step */
  double loss_sum, weight; /* over the batches of this epoch */
} trainer_figures;

struct wg_trainer {
  wg_model *model;
  wg_samples training, held;
  bool has_held;
  wg_train_options options;
  trainer_position at;
  trainer_figures figures;
  wg_epoch judged;

  wg_walk learning, judging, judging_held;
  wg_recording *met; /* the last batch; NULL before the first */
  wg_evaluation evaluation;
  size_t *order;  /* of the samples in this epoch; NULL for a full batch, in the source's order */
  size_t *picked; /* the training samples to judge; NULL for all */

  wg_optimizer *optimizer;
  wg_schedule schedule;
  wg_average *average;         /* or NULL */
  wg_early_stopping *stopping; /* or NULL */
  wg_weights *spare;           /* holds the weights while their average is judged; or NULL */
  wg_gradients *gradients;     /* sums and clipped ones; NULL where a step takes them as the plan has them */
  const void **pointers;       /* where the gradients of a batch lie */
  double (*seconds)(void);     /* the clock of a profile; or NULL */
  wg_trainer_times times;
};

/* The generator of an epoch's order and of other things that are numbered. */
wg_random wg_trainer_random(const wg_trainer *trainer, int64_t number);

/* The order of the epoch that it is in, a function of the seed and its number. */
void wg_trainer_shuffle(wg_trainer *trainer);

/* One step of the optimizer, on the next `accumulate` batches of the epoch; moves at.first. */
wg_status wg_trainer_step(wg_trainer *trainer, wg_error *error);

/* What the clock of the profile says; 0 without one. */
double wg_trainer_clock(const wg_trainer *trainer);

wg_status wg_trainer_fail_loss(const wg_trainer *trainer, int64_t epoch, double loss, wg_error *error);

#endif
