/* measure.h: two ways of doing the same, timed in turn, so that what else the machine does befalls both. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>

typedef void work(void *context);

/* Medians over the rounds: seconds of one call of each, and of the ratios second/first of the rounds. */
typedef struct comparison {
  double first, second, ratio;
  double low, high; /* the quartiles of the ratios */
} comparison;

/* Calls each long enough for the clock, in turn, for about `seconds` in all. */
comparison measure(work *first, void *first_context, work *second, void *second_context, double seconds);

double clock_now(void); /* seconds */

#endif
