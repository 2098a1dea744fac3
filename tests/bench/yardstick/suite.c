/* suite.c: the two problems of ADBench, objective and gradient, by hand and by wengert. */
#include "objectives.h"
#include "workloads.h"

/* The suite's other figures for h, measured beside its hand-written program on one machine: Tapenade's code took 6.8 ms
 * where that took 11.1 ms. */
static const double tapenade = 6.8 / 11.1;

static bool suite_run(const settings *s, report *r, const char *key, const char *title, double plain_goal,
                      double fast_goal) {
  objectives o;
  if (!objectives_start(&o, key)) return o.absent;
  const side engine = {
      .name = "wengert", .context = o.engine.context, .step = o.engine.run, .prepare = o.engine.use, .threads = true};
  const side plain = {
      .name = "by hand, as ADBench", .context = o.plain.context, .step = o.plain.run, .goal = plain_goal};
  const side fast = {.name = "by hand, in vectors", .context = o.fast.context, .step = o.fast.run, .goal = fast_goal};
  const contest c = {key, title, engine, {plain, fast}, 2, 0};
  contest_run(&c, s, r);
  objectives_end(&o);
  return true;
}

bool g_run(const settings *s, report *r) {
  return suite_run(s, r, "g", "Gaussian mixture, 1000 points, d = 10, K = 25, f64", 1, 1);
}
bool h_run(const settings *s, report *r) {
  return suite_run(s, r, "h", "LSTM, two layers of 14, 1024 steps, f64", tapenade, 0);
}
