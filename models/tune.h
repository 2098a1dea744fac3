/* tune.h: a search for good options of a training: which trials there are, in which order they run, and which of them
 * go on. It knows numbers and names; how a trial is run is its caller's. */
#ifndef WG_TUNE_H
#define WG_TUNE_H

#include "error.h"
#include "random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An option that is searched over. On a grid each of its values is combined with all values of the others; at random a
 * value is drawn for each trial: one of the words, or a number of a range, its logarithm spread evenly (or itself). */
typedef struct wg_tune_axis {
  const char *name;
  bool random;
  size_t count; /* of words; 0, if random, for a range */
  const char *const *words;
  double low, high; /* of a range, low < high */
  bool even;        /* the numbers themselves are spread evenly; otherwise their logarithms are, and low > 0 */
  bool whole;       /* whole numbers, both ends included; others are rounded to four digits */
} wg_tune_axis;

/* Better is the larger accuracy, or the smaller loss; where they are equal, the other one of the two decides, then the
 * number of the trial. */
typedef enum wg_tune_aim { WG_TUNE_ACCURACY, WG_TUNE_LOSS } wg_tune_aim;

/* A search. Names and words must outlive what is made of it. */
typedef struct wg_tune_search {
  size_t axis_count; /* 1 or more */
  const wg_tune_axis *axes;
  int64_t draws; /* trials for each point of the grid, 1 or more; 1 where nothing is random */
  uint64_t seed; /* of the random values */
  int64_t folds; /* trainings of a trial in each rung, 1 or more */
  wg_tune_aim aim;
  /* Successive halving (Jamieson and Talwalkar, AISTATS 2016): all trials train for a part of the epochs, the better half
   * of them, rounded up, for twice as many, and so on, until one is left to train for all epochs; or more than one, if
   * there are not so many epochs to halve. Without, there is one rung, with all epochs. */
  bool halves;
  int64_t epochs; /* 1 or more */
} wg_tune_search;

/* WG_ERROR_ARGUMENT, and what is wrong, for a search that cannot be: of more than a million trials, of options twice or
 * without values, of ranges that are none. */
WG_API wg_status wg_tune_check(const wg_tune_search *search, wg_error *error);

/* For searches that can be: the number of trials; of rungs, and of trials and epochs in rung 0 … rungs−1. */
WG_API int64_t wg_tune_trials(const wg_tune_search *search);
WG_API int wg_tune_rungs(const wg_tune_search *search);
WG_API int64_t wg_tune_rung_trials(const wg_tune_search *search, int rung);
WG_API int64_t wg_tune_rung_epochs(const wg_tune_search *search, int rung);

/* The value of an option in a trial: one of its words, or a number written into `text`. It depends on the search alone,
 * not on what was asked before. */
#define WG_TUNE_VALUE_SIZE 32
WG_API const char *wg_tune_value(const wg_tune_search *search, int64_t trial, size_t axis,
                                 char text[WG_TUNE_VALUE_SIZE]);

/* ---- A search under way ---- */

typedef struct wg_tune wg_tune;

/* A training to be run, and what came out of it. */
typedef struct wg_tune_job {
  int rung;
  int64_t trial, fold; /* fold 0 … folds−1 */
  int64_t epochs;
} wg_tune_job;

typedef struct wg_tune_outcome {
  bool failed; /* it diverged, or could not be run; then the trial has failed, and is worse than all others */
  double loss, accuracy;
} wg_tune_outcome;

/* A search that has not begun. The caller frees it. Errors (*tune is NULL then): those of wg_tune_check,
 * WG_ERROR_MEMORY. */
WG_API wg_status wg_tune_new(const wg_tune_search *search, const wg_allocator *allocator, wg_tune **tune,
                             wg_error *error);
WG_API void wg_tune_free(wg_tune *tune);

/* The next training to run, to be told of later; several may be under way. False where there is none for now: all of
 * this rung are under way, or the search is over. */
WG_API bool wg_tune_next(wg_tune *tune, wg_tune_job *job);

/* Takes what came out of a training, also of one that wg_tune_next did not give: so an interrupted search is told first
 * what was found before. With the last one of a rung, the next rung begins. The order in which outcomes arrive within a
 * rung changes nothing. Errors: WG_ERROR_DATA (it is not of this rung, was told already, or has other epochs). */
WG_API wg_status wg_tune_tell(wg_tune *tune, const wg_tune_job *job, const wg_tune_outcome *outcome, wg_error *error);

WG_API bool wg_tune_over(const wg_tune *tune);

/* How many trainings were told of, and how many there are in all rungs, if none fails in all its trials. */
WG_API int64_t wg_tune_told(const wg_tune *tune);
WG_API int64_t wg_tune_jobs(const wg_tune *tune);

/* What a line of a file of results says, an object of JSON with the members rung, trial and fold (in the file they are
 * counted from 1), epochs, and loss and accuracy, or failed, a text. Errors: WG_ERROR_DATA (it is something else), WG_ERROR_FILE (the library was built without
 * jansson, and cannot read JSON). */
WG_API wg_status wg_tune_read(const char *line, size_t size, wg_tune_job *job, wg_tune_outcome *outcome,
                              wg_error *error);

/* How a trial stands: means and standard deviations over the folds of the last rung that it has completed. */
typedef struct wg_tune_standing {
  int64_t trial;
  int rung; /* −1: none yet, and then nothing else counts */
  int64_t epochs;
  bool failed;
  double loss, accuracy, loss_deviation, accuracy_deviation; /* deviations are 0 for one fold */
} wg_tune_standing;

/* All trials, the best first: those of later rungs before those of earlier ones, failed ones last in their rung. */
WG_API void wg_tune_ranking(const wg_tune *tune, wg_tune_standing *standings);

#ifdef __cplusplus
}
#endif
#endif
