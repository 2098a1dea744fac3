#include "learn_choice.h"
#include <math.h>

/* In the order of SCHEDULE_CHOICES. */
static const wg_schedule_kind schedule_kinds[] = {WG_SCHEDULE_CONSTANT, WG_SCHEDULE_STEP,      WG_SCHEDULE_EXPONENTIAL,
                                                  WG_SCHEDULE_COSINE,   WG_SCHEDULE_ONE_CYCLE, WG_SCHEDULE_PLATEAU};

static void given(double value, double *target) {
  if (!isnan(value)) *target = value;
}

static void optimizer_set(const learn_choice *choice, double sgd_rate, wg_train_options *options) {
  wg_optimizer_options *optimizer = &options->optimizer;
  wg_optimizer_find(wg_optimizer_name_at((size_t)choice->optimizer), optimizer);
  options->rate = optimizer->kind == WG_OPTIMIZER_SGD ? sgd_rate : wg_optimizer_rate_of(optimizer->kind);
  given(choice->rate, &options->rate);
  given(choice->momentum, &optimizer->momentum);
  given(choice->beta1, &optimizer->beta1);
  given(choice->beta2, &optimizer->beta2);
  given(choice->decay, &optimizer->decay);
  optimizer->l1 = choice->l1;
  optimizer->decoupled = optimizer->decoupled || choice->decoupled;
}

/* The library counts in steps, people in epochs. */
static void schedule_set(const learn_choice *choice, int64_t steps_per_epoch, wg_train_options *options) {
  wg_schedule_options schedule = wg_schedule_options_of(schedule_kinds[choice->schedule]);
  double epochs = (double)choice->epochs - choice->warmup, per_epoch = (double)steps_per_epoch;
  double period = schedule.kind == WG_SCHEDULE_STEP ? epochs / 3 : epochs;
  given(choice->period, &period);
  double steps = period * per_epoch;
  schedule.warmup = (int64_t)llround(choice->warmup * per_epoch);
  schedule.period = steps < 1 ? 1 : steps > 1e15 ? (int64_t)1e15 : (int64_t)llround(steps);
  given(choice->factor, &schedule.factor);
  if (schedule.kind == WG_SCHEDULE_EXPONENTIAL) schedule.factor = pow(schedule.factor, 1 / per_epoch);
  options->schedule = schedule;
}

static bool schedule_has_period(int kind) {
  return kind == WG_SCHEDULE_STEP || kind == WG_SCHEDULE_COSINE || kind == WG_SCHEDULE_ONE_CYCLE;
}

static bool schedule_has_factor(int kind) {
  return kind == WG_SCHEDULE_STEP || kind == WG_SCHEDULE_EXPONENTIAL || kind == WG_SCHEDULE_PLATEAU;
}

/* What an option belongs to, if that was not chosen and the option was given: it would change nothing. */
static int belonging_check(const terminal *t, const learn_choice *choice) {
  bool stops = choice->patience > 0, averages = choice->average >= 0;
  const struct {
    bool needless;
    const char *option, *owner;
  } checks[] = {
      {!isnan(choice->min_delta) && !stops, "min-delta", "--patience"},
      {choice->watch >= 0 && !stops, "watch", "--patience"},
      {!isnan(choice->average_decay) && choice->average != WG_AVERAGE_EMA, "average-decay", "--average ema"},
      {choice->average_from >= 0 && !averages, "average-from", "--average"},
      {!isnan(choice->period) && !schedule_has_period(schedule_kinds[choice->schedule]), "period",
       "--schedule step, cosine or one-cycle"},
      {!isnan(choice->factor) && !schedule_has_factor(schedule_kinds[choice->schedule]), "factor",
       "--schedule step, exponential or plateau"},
  };
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    if (!checks[i].needless) continue;
    terminal_message(t, "--%s belongs to %s, which was not given", checks[i].option, checks[i].owner);
    return EXIT_USAGE;
  }
  return EXIT_GOOD;
}

int learn_options(const terminal *t, const learn_choice *choice, int64_t rows, double sgd_rate,
                  wg_train_options *options) {
  *options = wg_train_options_default();
  options->epochs = choice->epochs;
  options->batch = choice->batch;
  options->accumulate = choice->accumulate;
  options->clip_norm = choice->clip_norm;
  options->clip_value = choice->clip_value;
  options->judged_max = 10000;
  optimizer_set(choice, sgd_rate, options);
  int code = belonging_check(t, choice);
  if (code != EXIT_GOOD) return code;
  if (choice->warmup > (double)choice->epochs) {
    terminal_message(t, "--warmup %g: that is longer than the training, --epochs %lld", choice->warmup,
                     (long long)choice->epochs);
    return EXIT_USAGE;
  }
  schedule_set(choice, wg_trainer_steps(rows, options), options);
  options->averages = choice->average >= 0;
  if (options->averages) options->average = (wg_average_kind)choice->average;
  options->average_decay = 0.999;
  given(choice->average_decay, &options->average_decay);
  options->average_from = choice->average_from < 0 ? 0 : choice->average_from;
  options->stops_early = choice->patience > 0;
  if (options->stops_early)
    options->stopping = (wg_early_stopping_options){.patience = choice->patience,
                                                    .min_delta = isnan(choice->min_delta) ? 0 : choice->min_delta,
                                                    .rising = choice->watch == 1};
  return EXIT_GOOD;
}
