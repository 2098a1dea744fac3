/* Schedules: rates worked out by hand, the losses that plateau watches, and what is refused. */
#include "../support.h"

#include "../../models/schedule.h"

#include <math.h>
#include <string.h>

static wg_schedule started(const wg_schedule_options *options) {
  wg_schedule schedule;
  wg_error error;
  if (wg_schedule_start(&schedule, options, &error) != WG_OK) fail_msg("%s", error.message);
  return schedule;
}

static void assert_rate(const wg_schedule *schedule, int64_t step, double expected) {
  double rate = wg_schedule_rate(schedule, step);
  if (!(fabs(rate - expected) <= 1e-14)) fail_msg("step %lld: %.17g, not %.17g", (long long)step, rate, expected);
}

/* ---- Rates ---- */

static void constant_stays(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_CONSTANT);
  o.rate = 0.3;
  wg_schedule s = started(&o);
  assert_rate(&s, 0, 0.3);
  assert_rate(&s, INT64_MAX, 0.3);
}

static void step_falls_after_each_period(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_STEP);
  o.rate = 1;
  o.period = 10;
  o.factor = 0.5;
  wg_schedule s = started(&o);
  assert_rate(&s, 9, 1);
  assert_rate(&s, 10, 0.5);
  assert_rate(&s, 39, 0.125);
}

static void exponential_falls_in_each_step(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_EXPONENTIAL);
  o.rate = 2;
  o.factor = 0.5;
  wg_schedule s = started(&o);
  assert_rate(&s, 0, 2);
  assert_rate(&s, 3, 0.25);
  o.factor = 1.5; /* the other way, to find a rate */
  s = started(&o);
  assert_rate(&s, 2, 4.5);
}

static void cosine_falls_slowly_fast_slowly_and_stays(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_COSINE);
  o.rate = 1;
  o.period = 12;
  o.minimum = 0.2;
  wg_schedule s = started(&o);
  assert_rate(&s, 0, 1);
  assert_rate(&s, 4, 0.2 + 0.8 * 0.75); /* cos 60° = ½ */
  assert_rate(&s, 6, 0.6);
  assert_rate(&s, 8, 0.2 + 0.8 * 0.25);
  assert_rate(&s, 12, 0.2);
  assert_rate(&s, 1000, 0.2);
}

static void cosine_begins_again(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_COSINE);
  o.rate = 1;
  o.period = 6;
  o.restart_factor = 1;
  wg_schedule s = started(&o);
  assert_rate(&s, 2, 0.75);
  assert_rate(&s, 6, 1);
  assert_rate(&s, 602, 0.75);
  const int factors[] = {2, 3, 5}; /* periods of 6, 6k, 6k² … */
  for (int f = 0; f < 3; f++) {
    int64_t begin = 0, length = 6;
    o.restart_factor = factors[f];
    s = started(&o);
    for (int j = 0; begin < INT64_C(1) << 40; j++) {
      assert_rate(&s, begin, 1);
      assert_rate(&s, begin + length / 3, 0.75);
      assert_rate(&s, begin + length / 2, 0.5);
      assert_true(j == 0 || wg_schedule_rate(&s, begin - 1) < 0.1);
      begin += length;
      length *= factors[f];
    }
  }
}

static void warmup_climbs_to_where_the_schedule_begins(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_STEP);
  o.rate = 1;
  o.period = 5;
  o.factor = 0.1;
  o.warmup = 4;
  o.warmup_from = 0.2;
  wg_schedule s = started(&o);
  const double expected[] = {0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 0.1};
  for (int t = 0; t < 10; t++) assert_rate(&s, t, expected[t]);
}

static void one_cycle_climbs_and_falls(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_ONE_CYCLE);
  o.rate = 1;
  o.period = 21;
  o.rise = 11 / 21.0; /* steps 0 … 10 rise, 10 … 20 fall */
  o.divisor = 10;
  o.final_divisor = 100;
  wg_schedule s = started(&o);
  assert_rate(&s, 0, 0.1);
  assert_rate(&s, 5, 0.55);
  assert_rate(&s, 10, 1);
  assert_rate(&s, 15, (1 + 0.001) / 2);
  assert_rate(&s, 20, 0.001);
  assert_rate(&s, 500, 0.001);
}

static void one_cycle_may_only_fall_or_only_rise(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_ONE_CYCLE);
  o.rate = 1;
  for (int64_t period = 1; period < 12; period++)
    for (double rise = 0; rise <= 1; rise += 0.125) {
      o.period = period;
      o.rise = rise;
      wg_schedule s = started(&o);
      for (int64_t t = 0; t < period + 3; t++) {
        double rate = wg_schedule_rate(&s, t);
        assert_true(rate > 0 && rate <= 1 + 1e-15); /* never NaN */
      }
      assert_rate(&s, period, 1 / 25e4);
    }
}

/* ---- Plateau ---- */

static wg_schedule plateau(int64_t patience, int64_t cooldown) {
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_PLATEAU);
  o.rate = 1;
  o.factor = 0.5;
  o.patience = patience;
  o.cooldown = cooldown;
  o.threshold = 0.1;
  return started(&o);
}

static void plateau_reduces_after_waiting(void **state) {
  (void)state;
  wg_schedule s = plateau(2, 0);
  assert_false(wg_schedule_observe(&s, 10));
  assert_false(wg_schedule_observe(&s, 9.5)); /* no better: not below 9 */
  assert_false(wg_schedule_observe(&s, 9.5));
  assert_rate(&s, 3, 1);
  assert_true(wg_schedule_observe(&s, 9.1));
  assert_rate(&s, 4, 0.5);
  assert_false(wg_schedule_observe(&s, 8.9)); /* better */
  assert_false(wg_schedule_observe(&s, NAN));
  assert_false(wg_schedule_observe(&s, INFINITY));
  assert_true(wg_schedule_observe(&s, NAN));
  assert_rate(&s, 0, 0.25);
}

static void plateau_does_not_count_while_it_cools_down(void **state) {
  (void)state;
  wg_schedule s = plateau(0, 3);
  assert_false(wg_schedule_observe(&s, 1));
  assert_true(wg_schedule_observe(&s, 1));
  for (int i = 0; i < 3; i++) assert_false(wg_schedule_observe(&s, 1));
  assert_true(wg_schedule_observe(&s, 1));
}

static void plateau_keeps_to_its_least_rate(void **state) {
  (void)state;
  wg_schedule_options o = wg_schedule_options_of(WG_SCHEDULE_PLATEAU);
  o.rate = 1;
  o.minimum = 0.03;
  o.patience = 0;
  wg_schedule s = started(&o);
  int reduced = 0;
  for (int i = 0; i < 100; i++) reduced += wg_schedule_observe(&s, 1);
  assert_int_equal(reduced, 2); /* to 0.1, and to 0.03 */
  assert_rate(&s, 0, 0.03);
}

static void only_plateau_minds_the_loss(void **state) {
  (void)state;
  for (wg_schedule_kind kind = 0; kind < WG_SCHEDULE_KIND_COUNT; kind++) {
    wg_schedule_options o = wg_schedule_options_of(kind);
    wg_schedule s = started(&o);
    double before = wg_schedule_rate(&s, 40);
    for (int i = 0; i < 50; i++) wg_schedule_observe(&s, 1);
    assert_true((wg_schedule_rate(&s, 40) == before) == (kind != WG_SCHEDULE_PLATEAU));
  }
}

static void a_restored_state_goes_on_alike(void **state) {
  (void)state;
  wg_schedule s = plateau(2, 1), other = plateau(2, 1);
  for (int i = 0; i < 9; i++) wg_schedule_observe(&s, 10 - i % 4);
  assert_int_equal(wg_schedule_state_count(&s), 4);
  for (size_t i = 0; i < 4; i++) {
    wg_state_array a, b;
    assert_true(wg_schedule_state_at(&s, i, &a) && wg_schedule_state_at(&other, i, &b));
    assert_true(a.count == 1 && strcmp(a.name, b.name) == 0);
    memcpy(b.data, a.data, wg_dtype_size(a.dtype));
  }
  assert_int_equal(wg_schedule_state_check(&other, NULL), WG_OK);
  for (int i = 0; i < 9; i++) assert_true(wg_schedule_observe(&s, 7) == wg_schedule_observe(&other, 7));
  assert_true(wg_schedule_rate(&s, 0) == wg_schedule_rate(&other, 0) && wg_schedule_rate(&s, 0) < 0.5);
  wg_state_array array;
  assert_false(wg_schedule_state_at(&s, 4, &array));
  other.factor = NAN;
  assert_int_equal(wg_schedule_state_check(&other, NULL), WG_ERROR_DATA);
  other = s;
  other.waited = -1;
  assert_int_equal(wg_schedule_state_check(&other, NULL), WG_ERROR_DATA);
  other = s;
  other.cooling = -1;
  assert_int_equal(wg_schedule_state_check(&other, NULL), WG_ERROR_DATA);
}

/* ---- Names and options ---- */

static void names_are_found_again(void **state) {
  (void)state;
  wg_schedule_kind found;
  for (wg_schedule_kind kind = 0; kind < WG_SCHEDULE_KIND_COUNT; kind++) {
    wg_schedule_options o = wg_schedule_options_of(kind);
    started(&o); /* the defaults are in range */
    assert_true(wg_schedule_find(wg_schedule_text(kind), &found) && found == kind);
  }
  assert_false(wg_schedule_find("linear", &found));
  assert_false(wg_schedule_find(NULL, &found));
  assert_string_equal(wg_schedule_text(WG_SCHEDULE_KIND_COUNT), "");
}

#define REFUSE(kind, part, ...)                                                                                        \
  do {                                                                                                                 \
    wg_schedule_options o = wg_schedule_options_of(kind);                                                              \
    wg_schedule s;                                                                                                     \
    wg_error error = {0};                                                                                              \
    __VA_ARGS__;                                                                                                       \
    assert_int_equal(wg_schedule_start(&s, &o, &error), WG_ERROR_ARGUMENT);                                            \
    assert_contains(error.message, part);                                                                              \
  } while (0)

static void options_out_of_range_are_refused_with_the_reason(void **state) {
  (void)state;
  REFUSE(WG_SCHEDULE_CONSTANT, "unknown kind", o.kind = WG_SCHEDULE_KIND_COUNT);
  REFUSE(WG_SCHEDULE_CONSTANT, "the rate is 0, and must be above 0", o.rate = 0);
  REFUSE(WG_SCHEDULE_CONSTANT, "the rate is nan", o.rate = NAN);
  REFUSE(WG_SCHEDULE_CONSTANT, "the warm-up is -1", o.warmup = -1);
  REFUSE(WG_SCHEDULE_CONSTANT, "begin of the warm-up is 1.5", o.warmup_from = 1.5);
  REFUSE(WG_SCHEDULE_STEP, "schedule step: the period is 0", o.period = 0);
  REFUSE(WG_SCHEDULE_STEP, "the factor is 0", o.factor = 0);
  REFUSE(WG_SCHEDULE_EXPONENTIAL, "the factor is inf", o.factor = INFINITY);
  REFUSE(WG_SCHEDULE_COSINE, "the period", o.period = -5);
  REFUSE(WG_SCHEDULE_COSINE, "least rate is 1, and must be from 0 to the rate", o.minimum = 1);
  REFUSE(WG_SCHEDULE_COSINE, "factor of restarts is 0.5", o.restart_factor = 0.5);
  REFUSE(WG_SCHEDULE_ONE_CYCLE, "the divisor is 0.5", o.divisor = 0.5);
  REFUSE(WG_SCHEDULE_ONE_CYCLE, "the final divisor is nan", o.final_divisor = NAN);
  REFUSE(WG_SCHEDULE_ONE_CYCLE, "the rise is 1.1", o.rise = 1.1);
  REFUSE(WG_SCHEDULE_PLATEAU, "the factor is 1, and must be above 0 and below 1", o.factor = 1);
  REFUSE(WG_SCHEDULE_PLATEAU, "the patience is -1", o.patience = -1);
  REFUSE(WG_SCHEDULE_PLATEAU, "the cooldown is -1", o.cooldown = -1);
  REFUSE(WG_SCHEDULE_PLATEAU, "the threshold is 1", o.threshold = 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(constant_stays),
      cmocka_unit_test(step_falls_after_each_period),
      cmocka_unit_test(exponential_falls_in_each_step),
      cmocka_unit_test(cosine_falls_slowly_fast_slowly_and_stays),
      cmocka_unit_test(cosine_begins_again),
      cmocka_unit_test(warmup_climbs_to_where_the_schedule_begins),
      cmocka_unit_test(one_cycle_climbs_and_falls),
      cmocka_unit_test(one_cycle_may_only_fall_or_only_rise),
      cmocka_unit_test(plateau_reduces_after_waiting),
      cmocka_unit_test(plateau_does_not_count_while_it_cools_down),
      cmocka_unit_test(plateau_keeps_to_its_least_rate),
      cmocka_unit_test(only_plateau_minds_the_loss),
      cmocka_unit_test(a_restored_state_goes_on_alike),
      cmocka_unit_test(names_are_found_again),
      cmocka_unit_test(options_out_of_range_are_refused_with_the_reason),
  };
  return RUN_TESTS(tests);
}
