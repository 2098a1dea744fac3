/* The trials of a search, the values that they draw, and which of them go on. */
#include "../support.h"

#include "../../models/draw_tune.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const three[] = {"a", "b", "c"}, *const two[] = {"0.1", "1"};

static wg_tune_search search_of(size_t count, const wg_tune_axis *axes) {
  return (wg_tune_search){.axis_count = count, .axes = axes, .draws = 1, .seed = 1, .folds = 1, .epochs = 60};
}

static const wg_tune_axis rate = {.name = "rate", .random = true, .low = 1e-4, .high = 1};

/* ---- Trials ---- */

static void a_grid_has_every_combination_once(void **state) {
  (void)state;
  const wg_tune_axis axes[] = {{.name = "x", .count = 3, .words = three}, {.name = "y", .count = 2, .words = two}};
  const wg_tune_search search = search_of(2, axes);
  char text[WG_TUNE_VALUE_SIZE];
  assert_int_equal(wg_tune_check(&search, NULL), WG_OK);
  assert_int_equal(wg_tune_trials(&search), 6);
  for (int64_t trial = 0; trial < 6; trial++) {
    assert_string_equal(wg_tune_value(&search, trial, 0, text), three[trial / 2]);
    assert_string_equal(wg_tune_value(&search, trial, 1, text), two[trial % 2]);
  }
}

static void random_values_are_drawn_anew_for_each_point_of_the_grid(void **state) {
  (void)state;
  const wg_tune_axis axes[] = {{.name = "x", .count = 3, .words = three}, rate};
  wg_tune_search search = search_of(2, axes);
  search.draws = 4;
  char text[WG_TUNE_VALUE_SIZE], values[12][WG_TUNE_VALUE_SIZE];
  assert_int_equal(wg_tune_trials(&search), 12);
  for (int64_t trial = 0; trial < 12; trial++) {
    assert_string_equal(wg_tune_value(&search, trial, 0, text), three[trial % 3]);
    strcpy(values[trial], wg_tune_value(&search, trial, 1, text));
    for (int64_t i = 0; i < trial; i++) assert_string_not_equal(values[i], values[trial]);
  }
  for (int64_t trial = 11; trial >= 0; trial--)
    assert_string_equal(wg_tune_value(&search, trial, 1, text), values[trial]);
  search.seed = 2;
  assert_string_not_equal(wg_tune_value(&search, 0, 1, text), values[0]);
}

/* The share of n draws below a bound, within 5 standard deviations of its probability. */
static void assert_share(const wg_tune_axis *axis, double bound, double probability) {
  wg_tune_search search = search_of(1, axis);
  search.draws = 20000;
  double below = 0, n = 20000;
  for (int64_t trial = 0; trial < 20000; trial++) {
    char text[WG_TUNE_VALUE_SIZE];
    double value = atof(wg_tune_value(&search, trial, 0, text));
    assert_true(value >= axis->low && value <= axis->high);
    below += value < bound;
  }
  if (fabs(below / n - probability) > 5 * sqrt(probability * (1 - probability) / n) + 1e-12)
    fail_msg("%s below %g: %g, not %g", axis->name, bound, below / n, probability);
}

static void a_range_is_drawn_from_evenly_by_its_logarithm(void **state) {
  (void)state;
  assert_share(&rate, 1e-3, 0.25);
  assert_share(&rate, 1e-2, 0.5);
  assert_share(&rate, 0.1, 0.75);
  const wg_tune_axis even = {.name = "dropout", .random = true, .low = -1, .high = 3, .even = true};
  assert_share(&even, 0, 0.25);
  assert_share(&even, 2, 0.75);
}

/* Evenly, each of 3, 4, 5 and 6 is as likely; by logarithms, k has ln((k + ½)/(k − ½)) of ln(6.5/2.5). */
static void whole_numbers_include_both_ends(void **state) {
  (void)state;
  const wg_tune_axis even = {.name = "n", .random = true, .low = 3, .high = 6, .even = true, .whole = true};
  const wg_tune_axis powers = {.name = "n", .random = true, .low = 2.2, .high = 6.9, .whole = true};
  for (int k = 4; k <= 6; k++) {
    assert_share(&even, k, (k - 3) / 4.0);
    assert_share(&powers, k, log((k - 0.5) / 2.5) / log(6.5 / 2.5));
  }
  wg_tune_search search = search_of(1, &even);
  char text[WG_TUNE_VALUE_SIZE];
  assert_int_equal(strlen(wg_tune_value(&search, 0, 0, text)), 1);
}

static void words_are_drawn_evenly(void **state) {
  (void)state;
  const wg_tune_axis axis = {.name = "x", .random = true, .count = 3, .words = three};
  wg_tune_search search = search_of(1, &axis);
  search.draws = 9000;
  int hits[3] = {0};
  for (int64_t trial = 0; trial < 9000; trial++) {
    char text[WG_TUNE_VALUE_SIZE];
    hits[*wg_tune_value(&search, trial, 0, text) - 'a']++;
  }
  for (int k = 0; k < 3; k++) assert_true(abs(hits[k] - 3000) < 5 * sqrt(2000));
}

static void searches_that_cannot_be_are_refused(void **state) {
  (void)state;
  const wg_tune_axis none = {.name = "x"}, empty = {.name = "x", .random = true, .low = 2, .high = 2},
                     zero = {.name = "x", .random = true, .low = 0, .high = 2},
                     gap = {.name = "x", .random = true, .low = 2.1, .high = 2.9, .whole = true},
                     infinite = {.name = "x", .random = true, .low = 1, .high = INFINITY};
  const wg_tune_axis twice[] = {rate, rate};
  const struct {
    size_t count;
    const wg_tune_axis *axes;
    const char *message;
  } cases[] = {
      {0, NULL, "there is nothing to search over"},
      {1, &none, "x has no values"},
      {1, &empty, "x: from 2 to 2 is no range"},
      {1, &infinite, "x: from 1 to inf is no range"},
      {1, &zero, "x: a range that begins at 0 has no logarithms"},
      {1, &gap, "x: there are no whole numbers from 2.1 to 2.9"},
      {2, twice, "rate is searched over twice"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const wg_tune_search search = search_of(cases[i].count, cases[i].axes);
    wg_tune *tune = (wg_tune *)&search;
    wg_error error;
    assert_int_equal(wg_tune_new(&search, NULL, &tune, &error), WG_ERROR_ARGUMENT);
    assert_null(tune);
    assert_string_equal(error.message, cases[i].message);
  }
  const wg_tune_axis grid = {.name = "x", .count = 3, .words = three};
  wg_tune_search search = search_of(1, &grid);
  wg_error error;
  search.draws = 2;
  assert_int_equal(wg_tune_check(&search, &error), WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "nothing is random, so each trial would be run 2 times");
  search.draws = 1000000;
  assert_int_equal(wg_tune_check(&search, &error), WG_ERROR_ARGUMENT);
  search.draws = 1;
  search.epochs = 0;
  assert_int_equal(wg_tune_check(&search, &error), WG_ERROR_ARGUMENT);
}

/* ---- Rungs ---- */

static void assert_rungs(int64_t draws, int64_t epochs, int count, const int64_t *trials, const int64_t *parts) {
  wg_tune_search search = search_of(1, &rate);
  search.draws = draws;
  search.epochs = epochs;
  search.halves = true;
  assert_int_equal(wg_tune_rungs(&search), count);
  for (int rung = 0; rung < count; rung++) {
    assert_int_equal(wg_tune_rung_trials(&search, rung), trials[rung]);
    assert_int_equal(wg_tune_rung_epochs(&search, rung), parts[rung]);
  }
}

static void halving_doubles_the_epochs_of_half_the_trials(void **state) {
  (void)state;
  assert_rungs(16, 60, 5, (int64_t[]){16, 8, 4, 2, 1}, (int64_t[]){3, 7, 15, 30, 60});
  assert_rungs(5, 100, 4, (int64_t[]){5, 3, 2, 1}, (int64_t[]){12, 25, 50, 100});
  assert_rungs(8, 3, 2, (int64_t[]){8, 4}, (int64_t[]){1, 3});
  assert_rungs(1, 60, 1, (int64_t[]){1}, (int64_t[]){60});
  assert_rungs(9, 1, 1, (int64_t[]){9}, (int64_t[]){1});
}

/* What trials are worth in these tests: the accuracy is a number that no two share, the loss the other way round. */
static wg_tune_outcome worth(int64_t trial, int64_t fold) {
  double accuracy = (double)(trial * 7 % 16) / 16;
  return (wg_tune_outcome){false, 2 - accuracy + 0.01 * (double)fold, accuracy + 0.01 * (double)fold};
}

static wg_tune *halving_of(int64_t draws, int64_t folds, const wg_allocator *allocator) {
  static wg_tune_search search;
  search = search_of(1, &rate);
  search.draws = draws;
  search.folds = folds;
  search.halves = true;
  wg_tune *tune;
  wg_status status = wg_tune_new(&search, allocator, &tune, NULL);
  assert_true(status == WG_OK || status == WG_ERROR_MEMORY);
  return tune;
}

/* Runs all that is left, `order` says how: 0 one after the other, else all of a rung together, told from the end. */
static int64_t run(wg_tune *tune, int order) {
  int64_t count = 0;
  wg_tune_job jobs[64];
  while (!wg_tune_over(tune)) {
    size_t given = 0;
    while ((given == 0 || order) && wg_tune_next(tune, &jobs[given])) given++;
    assert_true(given > 0);
    while (given-- > 0) {
      const wg_tune_outcome outcome = worth(jobs[given].trial, jobs[given].fold);
      assert_int_equal(wg_tune_tell(tune, &jobs[given], &outcome, NULL), WG_OK);
      count++;
    }
  }
  assert_false(wg_tune_next(tune, jobs));
  return count;
}

/* By hand: accuracies of trials 0 … 15 are 0 7 14 5 12 3 10 1 8 15 6 13 4 11 2 9, sixteenths. */
static void the_better_half_goes_on(void **state) {
  (void)state;
  const int64_t best_first[] = {9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12, 5, 14, 7, 0};
  const int64_t epochs[] = {3, 7, 15, 30, 60}, rungs[] = {4, 3, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  for (int order = 0; order < 2; order++) {
    wg_tune *tune = halving_of(16, 2, NULL);
    assert_int_equal(wg_tune_jobs(tune), 62);
    assert_int_equal(run(tune, order), 62);
    assert_int_equal(wg_tune_told(tune), 62);
    wg_tune_standing standings[16];
    wg_tune_ranking(tune, standings);
    for (int i = 0; i < 16; i++) {
      assert_int_equal(standings[i].trial, best_first[i]);
      assert_int_equal(standings[i].rung, rungs[i]);
      assert_int_equal(standings[i].epochs, epochs[rungs[i]]);
    }
    /* folds of a and a + 0.01: mean a + 0.005, deviation 0.01/√2 */
    assert_true(fabs(standings[0].accuracy - (15.0 / 16 + 0.005)) < 1e-15);
    assert_true(fabs(standings[0].accuracy_deviation - 0.01 / sqrt(2)) < 1e-15);
    assert_true(fabs(standings[0].loss - (2 - 15.0 / 16 + 0.005)) < 1e-15);
    wg_tune_free(tune);
  }
}

static void of_an_odd_number_the_larger_half_goes_on(void **state) {
  (void)state;
  wg_tune *tune = halving_of(5, 1, NULL);
  assert_int_equal(run(tune, 1), 5 + 3 + 2 + 1);
  wg_tune_free(tune);
}

static void trials_that_fail_do_not_go_on(void **state) {
  (void)state;
  wg_tune *tune = halving_of(4, 1, NULL);
  wg_tune_job job;
  for (int i = 0; i < 4; i++) {
    assert_true(wg_tune_next(tune, &job));
    /* one failed, one has a loss that is not a number, one is perfect, one is bad */
    const wg_tune_outcome outcomes[] = {{true, 0, 1}, {false, NAN, 1}, {false, 0, 1}, {false, 9, 0.1}};
    assert_int_equal(wg_tune_tell(tune, &job, &outcomes[i], NULL), WG_OK);
  }
  assert_true(wg_tune_next(tune, &job));
  assert_int_equal(job.trial, 2);
  assert_true(wg_tune_next(tune, &job));
  assert_int_equal(job.trial, 3);
  assert_false(wg_tune_next(tune, &job));
  wg_tune_free(tune);

  tune = halving_of(4, 1, NULL);
  for (int i = 0; i < 4; i++) {
    assert_true(wg_tune_next(tune, &job));
    assert_int_equal(wg_tune_tell(tune, &job, &(wg_tune_outcome){.failed = true}, NULL), WG_OK);
  }
  assert_true(wg_tune_over(tune));
  wg_tune_standing standings[4];
  wg_tune_ranking(tune, standings);
  assert_true(standings[0].failed && standings[0].trial == 0 && isnan(standings[0].loss));
  wg_tune_free(tune);
}

static void equals_are_decided_by_the_other_figure_and_then_by_number(void **state) {
  (void)state;
  wg_tune_search search = search_of(1, &rate);
  search.draws = 4;
  const wg_tune_outcome outcomes[] = {{false, 0.5, 0.9}, {false, 0.4, 0.9}, {false, 0.4, 0.9}, {false, 0.1, 0.8}};
  const int64_t expected[2][4] = {{1, 2, 0, 3}, {3, 1, 2, 0}};
  for (int aim = 0; aim < 2; aim++) {
    wg_tune *tune;
    wg_tune_job job;
    wg_tune_standing standings[4];
    search.aim = (wg_tune_aim)aim;
    assert_int_equal(wg_tune_new(&search, NULL, &tune, NULL), WG_OK);
    while (wg_tune_next(tune, &job)) assert_int_equal(wg_tune_tell(tune, &job, &outcomes[job.trial], NULL), WG_OK);
    wg_tune_ranking(tune, standings);
    for (int i = 0; i < 4; i++) assert_int_equal(standings[i].trial, expected[aim][i]);
    wg_tune_free(tune);
  }
}

/* ---- Going on ---- */

static void a_search_goes_on_from_what_it_is_told(void **state) {
  (void)state;
  wg_tune_standing whole[16], resumed[16];
  wg_tune_job told[63];
  wg_tune *tune = halving_of(16, 2, NULL);
  for (int i = 0; wg_tune_next(tune, &told[i]); i++) {
    const wg_tune_outcome outcome = worth(told[i].trial, told[i].fold);
    assert_int_equal(wg_tune_tell(tune, &told[i], &outcome, NULL), WG_OK);
  }
  wg_tune_ranking(tune, whole);
  wg_tune_free(tune);
  for (int stop = 0; stop <= 62; stop++) {
    tune = halving_of(16, 2, NULL);
    for (int i = 0; i < stop; i++) {
      const wg_tune_outcome outcome = worth(told[i].trial, told[i].fold);
      assert_int_equal(wg_tune_tell(tune, &told[i], &outcome, NULL), WG_OK);
    }
    assert_int_equal(run(tune, 1), 62 - stop);
    wg_tune_ranking(tune, resumed);
    for (int i = 0; i < 16; i++) assert_memory_equal(&whole[i].trial, &resumed[i].trial, sizeof(int64_t));
    for (int i = 0; i < 16; i++) assert_true(whole[i].loss == resumed[i].loss && whole[i].rung == resumed[i].rung);
    wg_tune_free(tune);
  }
}

static void what_does_not_belong_to_the_search_is_refused(void **state) {
  (void)state;
  wg_tune *tune = halving_of(4, 2, NULL);
  const wg_tune_outcome outcome = {false, 1, 1};
  const wg_tune_job good = {.rung = 0, .trial = 1, .fold = 1, .epochs = 15};
  wg_tune_job wrong[] = {good, good, good, good, good, good};
  wg_error error;
  wrong[0].rung = 1;
  wrong[1].trial = 4;
  wrong[2].trial = -1;
  wrong[3].fold = 2;
  wrong[4].fold = -1;
  wrong[5].epochs = 16;
  for (int i = 0; i < 6; i++) assert_int_equal(wg_tune_tell(tune, &wrong[i], &outcome, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "trial 2, fold 2, rung 1, 16 epochs: does not belong to this search, or not here");
  assert_int_equal(wg_tune_tell(tune, &good, &outcome, NULL), WG_OK);
  assert_int_equal(wg_tune_tell(tune, &good, &outcome, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "trial 2, fold 2, rung 1, 15 epochs: is there twice");
  wg_tune_free(tune);
}

static void lines_of_results_are_read(void **state) {
  (void)state;
  wg_tune_job job;
  wg_tune_outcome outcome;
  wg_error error;
  const char line[] = "{\"rung\": 3, \"trial\": 8, \"fold\": 1, \"epochs\": 15, \"options\": {\"rate\": \"0.1\"}, "
                      "\"seconds\": 0.5, \"loss\": 0.25, \"accuracy\": 1}\n";
  const char failed[] = "{\"rung\": 1, \"trial\": 1, \"fold\": 2, \"epochs\": 3, \"failed\": \"the loss is nan\"}";
#ifndef WG_JANSSON
  assert_int_equal(wg_tune_read(line, sizeof line - 1, &job, &outcome, &error), WG_ERROR_FILE);
  assert_string_equal(error.message, "results cannot be read again: wengert was built without jansson");
  (void)failed;
#else
  assert_int_equal(wg_tune_read(line, sizeof line - 1, &job, &outcome, &error), WG_OK);
  assert_true(job.rung == 2 && job.trial == 7 && job.fold == 0 && job.epochs == 15);
  assert_true(!outcome.failed && outcome.loss == 0.25 && outcome.accuracy == 1);
  assert_int_equal(wg_tune_read(failed, sizeof failed - 1, &job, &outcome, &error), WG_OK);
  assert_true(outcome.failed && job.fold == 1);
  const char *wrong[] = {
      "",
      "{",
      "[]",
      "{\"rung\": 0, \"trial\": 1, \"fold\": 1, \"epochs\": 3, \"loss\": 1, \"accuracy\": 1}",
      "{\"rung\": 1, \"trial\": 1, \"fold\": 1, \"epochs\": 3}",
      "{\"rung\": 1, \"trial\": 1, \"fold\": 1, \"epochs\": 3, \"loss\": \"NaN\", \"accuracy\": 1}",
      "{\"rung\": 0.5, \"trial\": 1, \"fold\": 1, \"epochs\": 3, \"loss\": 1, \"accuracy\": 1}",
      "{\"rung\": 4294967296, \"trial\": 1, \"fold\": 1, \"epochs\": 3, \"loss\": 1, \"accuracy\": 1}",
      "{\"rung\": 1, \"rung\": 1, \"trial\": 1, \"fold\": 1, \"epochs\": 3, \"failed\": \"\"}"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(wg_tune_read(wrong[i], strlen(wrong[i]), &job, &outcome, &error), WG_ERROR_DATA);
    assert_string_equal(error.message, "this is no outcome of a training");
  }
#endif
}

static wg_status with_allocator(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_tune *tune = halving_of(8, 2, allocator);
  if (!tune) return WG_ERROR_MEMORY;
  wg_tune_standing standings[8];
  run(tune, 0);
  wg_tune_ranking(tune, standings);
  *number = standings[0].accuracy;
  const wg_tune_axis axes[] = {rate, {.name = "activation", .random = true, .count = 3, .words = three}};
  wg_tune_search search = search_of(2, axes);
  search.draws = 8;
  search.halves = true;
  wg_drawing *drawing;
  wg_status status = wg_draw_tune_svg(&search, 8, standings, "Trials", allocator, &drawing, NULL);
  assert_true((status == WG_OK) == (drawing != NULL));
  wg_drawing_free(drawing);
  wg_tune_free(tune);
  return status;
}

static void a_search_survives_failed_allocations(void **state) {
  (void)state;
  assert_true(assert_survives_failed_allocations("search", with_allocator, NULL) > 8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_grid_has_every_combination_once),
      cmocka_unit_test(random_values_are_drawn_anew_for_each_point_of_the_grid),
      cmocka_unit_test(a_range_is_drawn_from_evenly_by_its_logarithm),
      cmocka_unit_test(whole_numbers_include_both_ends),
      cmocka_unit_test(words_are_drawn_evenly),
      cmocka_unit_test(searches_that_cannot_be_are_refused),
      cmocka_unit_test(halving_doubles_the_epochs_of_half_the_trials),
      cmocka_unit_test(the_better_half_goes_on),
      cmocka_unit_test(of_an_odd_number_the_larger_half_goes_on),
      cmocka_unit_test(trials_that_fail_do_not_go_on),
      cmocka_unit_test(equals_are_decided_by_the_other_figure_and_then_by_number),
      cmocka_unit_test(a_search_goes_on_from_what_it_is_told),
      cmocka_unit_test(what_does_not_belong_to_the_search_is_refused),
      cmocka_unit_test(lines_of_results_are_read),
      cmocka_unit_test(a_search_survives_failed_allocations),
  };
  return RUN_TESTS(tests);
}
