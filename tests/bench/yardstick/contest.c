#include "contest.h"

static entrant entrant_of(const side *s, wg_threads *pool) { return (entrant){s->context, s->step, s->prepare, pool}; }

/* Noise alone makes the same work 1.05 times as long now and then. */
static const double never_slower = 1.05;

/* For a program that measures others in between: it writes a line when it is wengert's turn, and reads the seconds of a
 * step. */
static void take_turns(const contest *c, const settings *s) {
  const entrant engine = entrant_of(&c->engine, s->pool[0]);
  const long steps = steps_for(&engine);
  printf("ready\n");
  fflush(stdout);
  for (int letter; (letter = getchar()) != EOF;) {
    if (letter != '\n') continue;
    printf("%.9g\n", take_turn(&engine, steps));
    fflush(stdout);
  }
}

void contest_run(const contest *c, const settings *s, report *r) {
  if (s->turns) {
    take_turns(c, s);
    return;
  }
  entrant entrants[ENTRANTS_MAX];
  int count = 0, engine[THREAD_COUNTS_MAX], other[THREAD_COUNTS_MAX][SIDES_MAX];
  for (int t = 0; t < s->thread_counts; t++) {
    engine[t] = count;
    entrants[count++] = entrant_of(&c->engine, s->pool[t]);
    for (int k = 0; k < c->others; k++) {
      const bool takes_part = s->threads[t] == 1 || c->other[k].threads;
      other[t][k] = takes_part ? count : -1;
      if (takes_part) entrants[count++] = entrant_of(&c->other[k], s->pool[t]);
    }
  }
  timings times;
  measure(count, entrants, s->seconds, &times);

  report_workload(r, c->key, c->title);
  for (int t = 0; t < s->thread_counts; t++) {
    for (int k = 0; k < c->others; k++) {
      if (other[t][k] < 0) continue;
      const comparison beside = compare(&times, other[t][k], engine[t]);
      report_row(r, c->other[k].name, s->threads[t], &beside, c->other[k].goal);
    }
    if (t == 0 || s->threads[0] != 1) continue;
    const comparison alone = compare(&times, engine[0], engine[t]);
    const bool two = s->threads[t] == 2;
    report_row(r, "wengert, one thread", s->threads[t], &alone,
               two && c->threads_goal > 0 ? c->threads_goal : never_slower);
  }
  report_workload_end(r);
}
