#include "measure.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A turn takes so many seconds, or one step. */
static const double turn_seconds = 8e-3;

/* Steps below this are worth one that is not timed before each turn. */
static const double short_step = 5e-3;

double clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double time_of(const entrant *e, long steps) {
  double start = clock_now();
  for (long i = 0; i < steps; i++) e->step(e->context);
  return (clock_now() - start) / (double)steps;
}

static void prepare(const entrant *e) {
  if (e->prepare) e->prepare(e->context, e->pool);
}

long steps_for(const entrant *e) {
  prepare(e);
  for (long steps = 1;; steps *= 4) {
    double taken = time_of(e, steps);
    if (taken * (double)steps < turn_seconds / 4 && steps < 1L << 30) continue;
    double wanted = turn_seconds / (taken > 0 ? taken : 1e-9);
    return wanted < 1 ? 1 : (long)wanted;
  }
}

/* Threads that wait for work look for it without sleeping, for less than this. */
static void rest(void) { nanosleep(&(struct timespec){.tv_nsec = 1500000}, NULL); }

double take_turn(const entrant *e, long steps) {
  prepare(e);
  rest();
  if ((double)steps * short_step > turn_seconds) e->step(e->context);
  return time_of(e, steps);
}

void measure(int count, const entrant *entrants, double seconds, timings *t) {
  long steps[ENTRANTS_MAX];
  double round_seconds = 0;
  for (int k = 0; k < count; k++) {
    double start = clock_now();
    steps[k] = steps_for(&entrants[k]);
    if (steps[k] == 1) start = clock_now(), entrants[k].step(entrants[k].context);
    double taken = clock_now() - start;
    round_seconds += steps[k] == 1 ? taken : turn_seconds;
  }
  double wanted = seconds / round_seconds;
  t->count = count;
  t->rounds = wanted < ROUNDS_MIN ? ROUNDS_MIN : wanted > ROUNDS_MAX ? ROUNDS_MAX : (int)wanted;
  for (int round = 0; round < t->rounds; round++)
    for (int i = 0; i < count; i++) {
      int k = round % 2 ? count - 1 - i : i;
      t->seconds[k][round] = take_turn(&entrants[k], steps[k]);
    }
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double median(int count, double *values) {
  qsort(values, (size_t)count, sizeof *values, by_size);
  return values[count / 2];
}

comparison compare(const timings *t, int first, int second) {
  double a[ROUNDS_MAX], b[ROUNDS_MAX], ratio[ROUNDS_MAX];
  size_t bytes = (size_t)t->rounds * sizeof(double);
  memcpy(a, t->seconds[first], bytes);
  memcpy(b, t->seconds[second], bytes);
  for (int round = 0; round < t->rounds; round++) ratio[round] = b[round] / a[round];
  comparison c = {median(t->rounds, a), median(t->rounds, b), median(t->rounds, ratio), 0, 0};
  c.low = ratio[t->rounds / 4];
  c.high = ratio[3 * t->rounds / 4];
  return c;
}
