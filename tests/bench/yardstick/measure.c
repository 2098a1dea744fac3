#include "measure.h"
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 61 };

double clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static double time_of(work *call, void *context, long calls) {
  double start = clock_now();
  for (long i = 0; i < calls; i++) call(context);
  return (clock_now() - start) / (double)calls;
}

/* So many calls that they take a stretch of about this many seconds. */
static long calls_for(work *call, void *context, double seconds) {
  long calls = 1;
  for (;;) {
    double taken = time_of(call, context, calls) * (double)calls;
    if (taken > seconds / 4 || calls > 1L << 30) {
      double wanted = (double)calls * seconds / (taken > 0 ? taken : 1e-9);
      return wanted < 1 ? 1 : (long)wanted;
    }
    calls *= 4;
  }
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

comparison measure(work *first, void *first_context, work *second, void *second_context, double seconds) {
  double stretch = seconds / (2 * ROUNDS), a[ROUNDS], b[ROUNDS], ratio[ROUNDS];
  long first_calls = calls_for(first, first_context, stretch),
       second_calls = calls_for(second, second_context, stretch);
  for (int round = 0; round < ROUNDS; round++) {
    a[round] = time_of(first, first_context, first_calls);
    b[round] = time_of(second, second_context, second_calls);
    ratio[round] = b[round] / a[round];
  }
  qsort(a, ROUNDS, sizeof *a, by_size);
  qsort(b, ROUNDS, sizeof *b, by_size);
  qsort(ratio, ROUNDS, sizeof *ratio, by_size);
  return (comparison){a[ROUNDS / 2], b[ROUNDS / 2], ratio[ROUNDS / 2], ratio[ROUNDS / 4], ratio[3 * ROUNDS / 4]};
}
