/* contest.h: one workload, done by wengert and by others on the same numbers. */
#ifndef CONTEST_H
#define CONTEST_H

#include "report.h"

enum { SIDES_MAX = 3, THREAD_COUNTS_MAX = 3 };

/* How one of them does it. */
typedef struct side {
  const char *name; /* "by hand, with BLAS" */
  void *context;
  work *step;
  void (*prepare)(void *context,
                  wg_threads *pool); /* before each turn: from the first weights on, with these threads */
  bool threads;                      /* whether it can use several */
  double goal;                       /* what the ratio of wengert's time to its should be at most */
} side;

typedef struct contest {
  const char *key, *title;
  side engine, other[SIDES_MAX];
  int others;
  double threads_goal; /* what the time with two threads over that with one should be at most; 0 for 1 */
} contest;

typedef struct settings {
  double seconds;
  bool turns;          /* nothing is printed; wengert alone takes a turn for every line that comes in */
  const char *product; /* with turns, which of products.c: "512tn" */
  const char *library; /* whose products are used instead of the BLAS's; NULL for none */
  int thread_counts;   /* each of these many is measured */
  int threads[THREAD_COUNTS_MAX];
  wg_threads *pool[THREAD_COUNTS_MAX]; /* NULL for one thread */
} settings;

void contest_run(const contest *c, const settings *s, report *r);

#endif
