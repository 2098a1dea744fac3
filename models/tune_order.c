/* tune_order.c: a search under way: which training is next, and which trials reach the next rung. */
#include "tune.h"

#include "../engine/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A training of the present rung. */
typedef struct tune_slot {
  enum { WAITING, GIVEN, TOLD } state;
  wg_tune_outcome outcome;
} tune_slot;

struct wg_tune {
  wg_tune_search search;
  int rung, rungs;
  int64_t trials, active_count; /* active: in the present rung */
  int64_t *active;              /* their numbers, rising */
  int64_t *place;               /* of each trial in active[], or −1 */
  tune_slot *slots;             /* active_count × folds */
  int64_t next, waiting;        /* where to look for one that waits; how many were not told of */
  int64_t told;
  bool over;
  wg_tune_standing *standings; /* of each trial */
  wg_tune_standing *ranked;    /* room for those of the present rung */
  wg_allocator allocator;
};

wg_status wg_tune_new(const wg_tune_search *search, const wg_allocator *allocator, wg_tune **tune, wg_error *error) {
  *tune = NULL;
  wg_status status = wg_tune_check(search, error);
  if (status != WG_OK) return status;
  if (!allocator) allocator = &wg_allocator_default;
  size_t trials = (size_t)wg_tune_trials(search), folds = (size_t)search->folds;
  wg_tune *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  *made = (wg_tune){.search = *search,
                    .rungs = wg_tune_rungs(search),
                    .trials = (int64_t)trials,
                    .active_count = (int64_t)trials,
                    .waiting = (int64_t)(trials * folds),
                    .allocator = *allocator};
  made->active = wg_allocate(allocator, trials, sizeof *made->active);
  made->place = wg_allocate(allocator, trials, sizeof *made->place);
  made->slots = wg_allocate_zeroed(allocator, trials * folds, sizeof *made->slots);
  made->standings = wg_allocate_zeroed(allocator, trials, sizeof *made->standings);
  made->ranked = wg_allocate(allocator, trials, sizeof *made->ranked);
  if (!made->active || !made->place || !made->slots || !made->standings || !made->ranked) {
    wg_tune_free(made);
    return wg_error_memory(error);
  }
  for (int64_t i = 0; i < made->trials; i++) {
    made->active[i] = made->place[i] = i;
    made->standings[i] = (wg_tune_standing){.trial = i, .rung = -1};
  }
  *tune = made;
  return WG_OK;
}

void wg_tune_free(wg_tune *tune) {
  if (!tune) return;
  wg_allocator allocator = tune->allocator;
  wg_release(&allocator, tune->active);
  wg_release(&allocator, tune->place);
  wg_release(&allocator, tune->slots);
  wg_release(&allocator, tune->standings);
  wg_release(&allocator, tune->ranked);
  wg_release(&allocator, tune);
}

bool wg_tune_next(wg_tune *tune, wg_tune_job *job) {
  int64_t folds = tune->search.folds, count = tune->over ? 0 : tune->active_count * folds;
  while (tune->next < count && tune->slots[tune->next].state != WAITING) tune->next++;
  if (tune->next >= count) return false;
  tune->slots[tune->next].state = GIVEN;
  *job = (wg_tune_job){.rung = tune->rung,
                       .trial = tune->active[tune->next / folds],
                       .fold = tune->next % folds,
                       .epochs = wg_tune_rung_epochs(&tune->search, tune->rung)};
  return true;
}

bool wg_tune_over(const wg_tune *tune) { return tune->over; }
int64_t wg_tune_told(const wg_tune *tune) { return tune->told; }

int64_t wg_tune_jobs(const wg_tune *tune) {
  int64_t jobs = 0;
  for (int rung = 0; rung < tune->rungs; rung++) jobs += wg_tune_rung_trials(&tune->search, rung) * tune->search.folds;
  return jobs;
}

/* ---- Who is better ---- */

/* −1 if a is smaller; NaN is larger than all numbers. */
static int compare(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

static int by_worth(const wg_tune_standing *a, const wg_tune_standing *b, wg_tune_aim aim) {
  if (a->rung != b->rung) return a->rung > b->rung ? -1 : 1;
  if (a->rung >= 0 && a->failed != b->failed) return a->failed ? 1 : -1;
  int by_loss = 0, by_accuracy = 0;
  if (a->rung >= 0 && !a->failed) {
    by_loss = compare(a->loss, b->loss);
    by_accuracy = compare(-a->accuracy, -b->accuracy);
  }
  int first = aim == WG_TUNE_LOSS ? by_loss : by_accuracy, second = aim == WG_TUNE_LOSS ? by_accuracy : by_loss;
  if (first || second) return first ? first : second;
  return (a->trial > b->trial) - (a->trial < b->trial);
}

static int by_accuracy(const void *a, const void *b) { return by_worth(a, b, WG_TUNE_ACCURACY); }
static int by_loss(const void *a, const void *b) { return by_worth(a, b, WG_TUNE_LOSS); }

static void sort(const wg_tune *tune, int64_t count, wg_tune_standing *standings) {
  qsort(standings, (size_t)count, sizeof *standings, tune->search.aim == WG_TUNE_LOSS ? by_loss : by_accuracy);
}

void wg_tune_ranking(const wg_tune *tune, wg_tune_standing *standings) {
  memcpy(standings, tune->standings, (size_t)tune->trials * sizeof *standings);
  sort(tune, tune->trials, standings);
}

/* ---- The end of a rung ---- */

static double deviation(double squares, double n) { return n > 1 ? sqrt(squares / (n - 1)) : 0; }

/* Means over the folds, in their order. */
static void judge(wg_tune *tune, int64_t place) {
  const tune_slot *slots = tune->slots + place * tune->search.folds;
  wg_tune_standing *standing = &tune->standings[tune->active[place]];
  double n = (double)tune->search.folds, loss = 0, accuracy = 0, loss_squares = 0, accuracy_squares = 0;
  bool failed = false;
  for (int64_t k = 0; k < tune->search.folds; k++) {
    failed = failed || slots[k].outcome.failed;
    loss += slots[k].outcome.loss / n;
    accuracy += slots[k].outcome.accuracy / n;
  }
  for (int64_t k = 0; k < tune->search.folds; k++) {
    loss_squares += (slots[k].outcome.loss - loss) * (slots[k].outcome.loss - loss);
    accuracy_squares += (slots[k].outcome.accuracy - accuracy) * (slots[k].outcome.accuracy - accuracy);
  }
  *standing = (wg_tune_standing){.trial = standing->trial,
                                 .rung = tune->rung,
                                 .epochs = wg_tune_rung_epochs(&tune->search, tune->rung),
                                 .failed = failed,
                                 .loss = failed ? NAN : loss,
                                 .accuracy = failed ? NAN : accuracy,
                                 .loss_deviation = failed ? NAN : deviation(loss_squares, n),
                                 .accuracy_deviation = failed ? NAN : deviation(accuracy_squares, n)};
}

static int by_number(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* The better half goes on, without those that failed. */
static void end_rung(wg_tune *tune) {
  for (int64_t i = 0; i < tune->active_count; i++) {
    judge(tune, i);
    tune->ranked[i] = tune->standings[tune->active[i]];
    tune->place[tune->active[i]] = -1;
  }
  sort(tune, tune->active_count, tune->ranked);
  int64_t kept = 0, half = (tune->active_count + 1) / 2;
  while (kept < half && !tune->ranked[kept].failed) kept++;
  tune->rung++;
  tune->next = 0;
  tune->over = tune->rung == tune->rungs || kept == 0;
  tune->active_count = tune->over ? 0 : kept;
  for (int64_t i = 0; i < tune->active_count; i++) tune->active[i] = tune->ranked[i].trial;
  qsort(tune->active, (size_t)tune->active_count, sizeof *tune->active, by_number);
  for (int64_t i = 0; i < tune->active_count; i++) tune->place[tune->active[i]] = i;
  tune->waiting = tune->active_count * tune->search.folds;
  memset(tune->slots, 0, (size_t)tune->waiting * sizeof *tune->slots);
}

wg_status wg_tune_tell(wg_tune *tune, const wg_tune_job *job, const wg_tune_outcome *outcome, wg_error *error) {
  bool inside = !tune->over && job->rung == tune->rung && job->trial >= 0 && job->trial < tune->trials &&
                tune->place[job->trial] >= 0 && job->fold >= 0 && job->fold < tune->search.folds &&
                job->epochs == wg_tune_rung_epochs(&tune->search, tune->rung);
  tune_slot *slot = inside ? &tune->slots[tune->place[job->trial] * tune->search.folds + job->fold] : NULL;
  if (!slot || slot->state == TOLD)
    return wg_error_set(error, WG_ERROR_DATA, "trial %lld, fold %lld, rung %d, %lld epochs: %s",
                        (long long)job->trial + 1, (long long)job->fold + 1, job->rung + 1, (long long)job->epochs,
                        slot ? "is there twice" : "does not belong to this search, or not here");
  slot->state = TOLD;
  slot->outcome = *outcome;
  /* a training that did not fail has numbers */
  slot->outcome.failed = outcome->failed || !isfinite(outcome->loss) || !isfinite(outcome->accuracy);
  tune->told++;
  if (--tune->waiting == 0) end_rung(tune);
  return WG_OK;
}
