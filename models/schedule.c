#include "schedule.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* ---- Kinds ---- */

static const char *const kind_texts[WG_SCHEDULE_KIND_COUNT] = {"constant", "step",      "exponential",
                                                               "cosine",   "one-cycle", "plateau"};

const char *wg_schedule_text(wg_schedule_kind kind) {
  return (unsigned)kind < WG_SCHEDULE_KIND_COUNT ? kind_texts[kind] : "";
}

bool wg_schedule_find(const char *name, wg_schedule_kind *kind) {
  for (int i = 0; name && i < WG_SCHEDULE_KIND_COUNT; i++) {
    if (strcmp(name, kind_texts[i])) continue;
    *kind = (wg_schedule_kind)i;
    return true;
  }
  return false;
}

wg_schedule_options wg_schedule_options_of(wg_schedule_kind kind) {
  wg_schedule_options options = {.kind = kind, .rate = 0.01, .warmup_from = 0.1, .period = 100, .factor = 0.1};
  if (kind == WG_SCHEDULE_STEP) options.period = 30;
  if (kind == WG_SCHEDULE_EXPONENTIAL) options.factor = 0.95;
  options.divisor = 25;
  options.final_divisor = 1e4;
  options.rise = 0.3;
  options.patience = 10;
  options.threshold = 1e-4;
  return options;
}

/* ---- Ranges ---- */

static wg_status out_of_range(wg_error *error, wg_schedule_kind kind, const char *name, double value,
                              const char *range) {
  return wg_error_set(error, WG_ERROR_ARGUMENT, "schedule %s: %s is %g, and must be %s", kind_texts[kind], name, value,
                      range);
}

static wg_status check_kind(const wg_schedule_options *o, wg_error *error) {
  bool step = o->kind == WG_SCHEDULE_STEP, cosine = o->kind == WG_SCHEDULE_COSINE;
  bool cycle = o->kind == WG_SCHEDULE_ONE_CYCLE, plateau = o->kind == WG_SCHEDULE_PLATEAU;
  if ((step || cosine || cycle) && o->period < 1)
    return out_of_range(error, o->kind, "the period", (double)o->period, "1 or more");
  if ((step || o->kind == WG_SCHEDULE_EXPONENTIAL) && !(o->factor > 0 && isfinite(o->factor)))
    return out_of_range(error, o->kind, "the factor", o->factor, "above 0");
  if (plateau && !(o->factor > 0 && o->factor < 1))
    return out_of_range(error, o->kind, "the factor", o->factor, "above 0 and below 1");
  if ((cosine || plateau) && !(o->minimum >= 0 && o->minimum <= o->rate))
    return out_of_range(error, o->kind, "the least rate", o->minimum, "from 0 to the rate");
  if (cosine && o->restart_factor != 0 && !(o->restart_factor >= 1 && isfinite(o->restart_factor)))
    return out_of_range(error, o->kind, "the factor of restarts", o->restart_factor, "0 (for none) or 1 or more");
  if (cycle && !(o->divisor >= 1 && isfinite(o->divisor)))
    return out_of_range(error, o->kind, "the divisor", o->divisor, "1 or more");
  if (cycle && !(o->final_divisor >= 1 && isfinite(o->final_divisor)))
    return out_of_range(error, o->kind, "the final divisor", o->final_divisor, "1 or more");
  if (cycle && !(o->rise >= 0 && o->rise <= 1)) return out_of_range(error, o->kind, "the rise", o->rise, "from 0 to 1");
  if (plateau && o->patience < 0) return out_of_range(error, o->kind, "the patience", (double)o->patience, "0 or more");
  if (plateau && o->cooldown < 0) return out_of_range(error, o->kind, "the cooldown", (double)o->cooldown, "0 or more");
  if (plateau && !(o->threshold >= 0 && o->threshold < 1))
    return out_of_range(error, o->kind, "the threshold", o->threshold, "from 0 to below 1");
  return WG_OK;
}

wg_status wg_schedule_start(wg_schedule *schedule, const wg_schedule_options *options, wg_error *error) {
  if ((unsigned)options->kind >= WG_SCHEDULE_KIND_COUNT)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "unknown kind of schedule: %d", (int)options->kind);
  if (!(options->rate > 0 && isfinite(options->rate)))
    return out_of_range(error, options->kind, "the rate", options->rate, "above 0");
  if (options->warmup < 0)
    return out_of_range(error, options->kind, "the warm-up", (double)options->warmup, "0 or more");
  if (!(options->warmup_from >= 0 && options->warmup_from <= 1))
    return out_of_range(error, options->kind, "the begin of the warm-up", options->warmup_from, "from 0 to 1");
  wg_status status = check_kind(options, error);
  if (status == WG_OK) *schedule = (wg_schedule){.options = *options, .factor = 1, .best = INFINITY};
  return status;
}

/* ---- The rate ---- */

/* From `from` to `to` along half a cosine, x in [0, 1]. */
static double along_cosine(double from, double to, double x) { return to + (from - to) * (1 + cos(pi * x)) / 2; }

/* Where in its period step t is, in [0, 1]: 1 after the only one, or begun again and again, each `growth` times as long
 * as the last. The first j periods last period·(growth^j − 1)/(growth − 1). */
static double place_in_period(double t, double period, double growth) {
  if (growth == 0) return fmin(t / period, 1);
  if (growth == 1) return fmod(t, period) / period;
  double j = floor(log1p(t / period * (growth - 1)) / log(growth));
  double begin = period * (pow(growth, j) - 1) / (growth - 1), place = (t - begin) / (period * pow(growth, j));
  return place >= 0 && place < 1 ? place : 0; /* rounding leads past an end only where the next one begins */
}

/* Up to the rate during the first rise·period steps, the rest down, both ends counted in. */
static double one_cycle(const wg_schedule_options *o, double t) {
  double low = o->rate / o->divisor, end = low / o->final_divisor;
  double last = (double)o->period - 1, top = o->rise * (double)o->period - 1;
  if (t <= top && top > 0) return along_cosine(low, o->rate, t / top);
  if (t >= last) return end;
  return along_cosine(o->rate, end, (t - top) / (last - top));
}

/* After the warm-up. */
static double rate_at(const wg_schedule *schedule, int64_t step) {
  const wg_schedule_options *o = &schedule->options;
  double t = (double)step;
  int64_t periods = step / (o->period > 0 ? o->period : 1);
  switch (o->kind) {
  case WG_SCHEDULE_STEP:
    return o->rate * pow(o->factor, (double)periods);
  case WG_SCHEDULE_EXPONENTIAL:
    return o->rate * pow(o->factor, t);
  case WG_SCHEDULE_COSINE:
    return along_cosine(o->rate, o->minimum, place_in_period(t, (double)o->period, o->restart_factor));
  case WG_SCHEDULE_ONE_CYCLE:
    return one_cycle(o, t);
  case WG_SCHEDULE_PLATEAU:
    return fmax(o->rate * schedule->factor, o->minimum);
  default:
    return o->rate;
  }
}

double wg_schedule_rate(const wg_schedule *schedule, int64_t step) {
  const wg_schedule_options *o = &schedule->options;
  if (step >= o->warmup) return rate_at(schedule, step - o->warmup);
  double climbed = (double)step / (double)o->warmup;
  return rate_at(schedule, 0) * (o->warmup_from + (1 - o->warmup_from) * climbed);
}

bool wg_schedule_observe(wg_schedule *schedule, double loss) {
  const wg_schedule_options *o = &schedule->options;
  if (o->kind != WG_SCHEDULE_PLATEAU) return false;
  if (loss < schedule->best * (1 - o->threshold)) {
    schedule->best = loss;
    schedule->waited = 0;
  } else if (schedule->waited < INT64_MAX) {
    schedule->waited++;
  }
  if (schedule->cooling > 0) {
    schedule->cooling--;
    schedule->waited = 0;
  }
  if (schedule->waited <= o->patience) return false;
  double before = wg_schedule_rate(schedule, o->warmup);
  schedule->waited = 0;
  schedule->cooling = o->cooldown;
  schedule->factor *= o->factor;
  return wg_schedule_rate(schedule, o->warmup) < before;
}

/* ---- State ---- */

enum { STATE_COUNT = 4 };

size_t wg_schedule_state_count(const wg_schedule *schedule) {
  (void)schedule;
  return STATE_COUNT;
}

bool wg_schedule_state_at(wg_schedule *schedule, size_t i, wg_state_array *array) {
  const wg_state_array arrays[STATE_COUNT] = {{"factor", WG_F64, 1, &schedule->factor},
                                              {"best", WG_F64, 1, &schedule->best},
                                              {"waited", WG_I64, 1, &schedule->waited},
                                              {"cooling", WG_I64, 1, &schedule->cooling}};
  if (i >= STATE_COUNT) return false;
  *array = arrays[i];
  return true;
}

wg_status wg_schedule_state_check(const wg_schedule *schedule, wg_error *error) {
  if (schedule->factor >= 0 && schedule->factor <= 1 && schedule->waited >= 0 && schedule->cooling >= 0) return WG_OK;
  return wg_error_set(error, WG_ERROR_DATA,
                      "the state of the schedule is not one: factor %g, waited %lld, cooling %lld", schedule->factor,
                      (long long)schedule->waited, (long long)schedule->cooling);
}
