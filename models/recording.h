/* recording.h: a model's net, recorded for some number of samples, planned, and bound to memory; internal. */
#ifndef WG_RECORDING_H
#define WG_RECORDING_H

#include "profile.h"
#include "train.h"

typedef enum wg_purpose { WG_TO_LEARN, WG_TO_EVALUATE, WG_TO_PREDICT } wg_purpose;

/* Outputs of the plan: J and the gradients to learn, J and the prediction to evaluate, the prediction to predict. */
typedef struct wg_recording {
  wg_purpose purpose;
  wg_net *net;
  wg_plan *plan;
  wg_node **grad; /* of the net's params; of the tape */
  wg_tape_parts parts;
  void *x, *y;
  int64_t seed; /* of the dropout masks, where the net has any; to be changed between runs */
  wg_allocator allocator;
} wg_recording;

/* Errors: WG_ERROR_MEMORY, WG_ERROR_SHAPE (sizes that overflow). *recording is NULL then. The model's weights stay
 * bound to it, and must outlive it. */
wg_status wg_recording_new(const wg_model *model, int64_t samples, wg_purpose purpose, wg_recording **recording,
                           wg_error *error);
void wg_recording_free(wg_recording *recording);

/* The samples rows[0], rows[1] …, or first, first + 1 … where `rows` is NULL, laid out for this recording. `epoch` is
 * that of samples.h. */
void wg_recording_fill(wg_recording *recording, const wg_samples *samples, int64_t epoch, const size_t *rows,
                       int64_t first);

wg_status wg_recording_run(wg_recording *recording, wg_error *error);

/* How many predictions a run makes: of sequences one for each character of each sample. */
int64_t wg_recording_predictions(const wg_recording *recording);

/* After a run: the loss; and the class that is predicted for j, −1 if a probability is not a number. */
double wg_recording_loss(const wg_recording *recording);
int64_t wg_recording_class(const wg_recording *recording, int64_t j);
double wg_recording_probability(const wg_recording *recording, int64_t j, int64_t class_index);

/* The class that prediction j should be, as it was laid out. */
int64_t wg_recording_target(const wg_recording *recording, int64_t j);

/* A walk over samples, `size` at a time; the last batch has what is left. Recorded once, walked any number of times. */
typedef struct wg_walk {
  int64_t rows, size;
  wg_recording *batch, *last; /* NULL where the walk has none of that size */
} wg_walk;

wg_status wg_walk_start(wg_walk *walk, const wg_model *model, int64_t rows, int64_t size, wg_purpose purpose,
                        wg_error *error);
void wg_walk_end(wg_walk *walk); /* zeroed is fine */

/* The recording for the batch that begins at sample `first`; its net->spec.samples says how many it takes. */
wg_recording *wg_walk_at(const wg_walk *walk, int64_t first);

/* How many samples are evaluated or predicted at a time, which bounds the memory. */
int64_t wg_evaluation_size(const wg_model *model);

/* Makes an evaluation ready for this model, to be cleared by the caller. */
wg_status wg_evaluation_start(wg_evaluation *evaluation, const wg_model *model, wg_error *error);

/* Evaluates by a walk, started to evaluate walk->rows samples: rows[0], rows[1] …, or the first ones where `rows` is
 * NULL. The loss may come out as not finite. */
wg_status wg_walk_evaluate(const wg_walk *walk, const wg_samples *samples, const size_t *rows,
                           wg_evaluation *evaluation, wg_error *error);

#endif
