/* measure.h: several ways of doing the same, timed in turn, so that what else the machine does befalls all of them. */
#ifndef MEASURE_H
#define MEASURE_H

#include "../../../engine/threads.h"

typedef void work(void *context);

enum { ENTRANTS_MAX = 12, ROUNDS_MAX = 61, ROUNDS_MIN = 7 };

typedef struct entrant {
  void *context;
  work *step;
  void (*prepare)(void *context, wg_threads *pool); /* before each of its turns, not timed; NULL for nothing */
  wg_threads *pool;                                 /* NULL: one thread */
} entrant;

/* Seconds of one step in each round. */
typedef struct timings {
  int count, rounds;
  double seconds[ENTRANTS_MAX][ROUNDS_MAX];
} timings;

/* All take their turns, there and back again, for about `seconds` in all, but at least ROUNDS_MIN rounds. A turn is as many
 * steps as the clock needs. Before it the machine rests until waiting threads sleep, and one step is not timed. */
void measure(int count, const entrant *entrants, double seconds, timings *t);

/* How many steps a turn is; a turn of so many, which gives the seconds of one. */
long steps_for(const entrant *e);
double take_turn(const entrant *e, long steps);

/* Medians over the rounds: seconds of one step of each, and of the ratios second/first of the rounds. */
typedef struct comparison {
  double first, second, ratio;
  double low, high; /* the quartiles of the ratios */
} comparison;

comparison compare(const timings *t, int first, int second);
double median(int count, double *values); /* which it sorts */

double clock_now(void); /* seconds */

#endif
