/* A training taken step by step: batches and their order, what averages and early stopping leave, and going on from a
 * state with the same bits. */
#include "../support.h"

#include "../../engine/denormals.h"
#include "../../models/models.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static wg_model *layers_model(double dropout) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.widths = (int64_t[]){2, 8, 3};
  spec.width_count = 3;
  spec.dropout = dropout;
  spec.dtype = WG_F32;
  wg_model *model;
  wg_error error;
  if (wg_model_new(&spec, WG_INIT_HE, 3, &model, &error) != WG_OK) fail_msg("%s", error.message);
  return model;
}

static wg_trainer *new_trainer(wg_model *model, const wg_table *table, const wg_table *held,
                               const wg_train_options *options) {
  wg_samples training = wg_table_samples(table), judged = {0};
  if (held) judged = wg_table_samples(held);
  wg_trainer *trainer;
  wg_error error;
  if (wg_trainer_new(model, &training, held ? &judged : NULL, options, &trainer, &error) != WG_OK)
    fail_msg("%s", error.message);
  return trainer;
}

static wg_trainer_event next(wg_trainer *trainer) {
  wg_trainer_event event;
  wg_error error;
  if (wg_trainer_next(trainer, &event, &error) != WG_OK) fail_msg("%s", error.message);
  return event;
}

static void run_to_end(wg_trainer *trainer) {
  while (next(trainer) != WG_TRAINER_ENDED) {
  }
}

static void assert_same_weights(const wg_model *a, const wg_model *b) {
  for (size_t k = 0; k < a->weights->count; k++)
    assert_memory_equal(a->weights->data[k], b->weights->data[k],
                        (size_t)a->weights->size[k] * wg_dtype_size(a->weights->dtype));
}

static wg_train_options quick_options(void) {
  wg_train_options options = wg_train_options_default();
  options.rate = 0.1;
  options.epochs = 3;
  options.batch = 8;
  return options;
}

/* ---- Steps and epochs ---- */

static void events_come_in_their_order(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL); /* 21 samples: batches of 8, 8, 5 */
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  options.epochs = 2;
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  static const char expected[] = "JSSSJSSSJEE";
  for (size_t i = 0; expected[i]; i++) assert_int_equal("SJE"[next(trainer)], expected[i]);
  assert_int_equal(wg_trainer_where(trainer).step, 6);
  assert_int_equal(wg_trainer_where(trainer).steps, 6);
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_table_free(table);
}

/* A rate of 0.1 on samples that are all alike: three batches in one step move as far as all samples in one. */
static void accumulated_batches_are_one_step_of_them_all(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_model *whole = layers_model(0), *parts = layers_model(0);
  wg_train_options options = quick_options();
  options.batch = 0;
  wg_trainer *trainer = new_trainer(whole, table, NULL, &options);
  run_to_end(trainer);
  wg_trainer_free(trainer);
  options.batch = 8;
  options.accumulate = 3;
  trainer = new_trainer(parts, table, NULL, &options);
  run_to_end(trainer);
  assert_int_equal(wg_trainer_where(trainer).step, 3);
  wg_trainer_free(trainer);
  for (size_t k = 0; k < whole->weights->count; k++)
    for (int64_t i = 0; i < whole->weights->size[k]; i++)
      assert_true(fabsf(((float *)whole->weights->data[k])[i] - ((float *)parts->weights->data[k])[i]) < 1e-5f);
  wg_model_free(whole);
  wg_model_free(parts);
  wg_table_free(table);
}

/* What a source is asked for, epoch by epoch. */
typedef struct asked {
  wg_samples of;
  int64_t epoch_met[64][32];
} asked;

static void asked_fill(const wg_samples *samples, const wg_net *net, int64_t epoch, const size_t *rows, int64_t first,
                       void *x, void *y) {
  asked *record = (asked *)samples->source;
  for (int64_t j = 0; j < net->spec.samples && epoch > 0; j++)
    record->epoch_met[epoch][rows ? (int64_t)rows[j] : first + j]++;
  record->of.fill(&record->of, net, epoch, rows, first, x, y);
}

static wg_status asked_fits(const wg_samples *samples, const wg_net *net, wg_error *error) {
  const asked *record = samples->source;
  return record->of.fits(&record->of, net, error);
}

static void every_epoch_meets_every_sample_once(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  asked record = {.of = wg_table_samples(table)};
  wg_samples samples = record.of;
  samples.source = &record;
  samples.fill = asked_fill;
  samples.fits = asked_fits;
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  assert_int_equal(wg_train_samples(model, &samples, NULL, &options, NULL, NULL), WG_OK);
  for (int64_t epoch = 1; epoch <= 3; epoch++)
    for (int i = 0; i < 21; i++) assert_int_equal(record.epoch_met[epoch][i], 1);
  wg_model_free(model);
  wg_table_free(table);
}

/* With a rate that moves nothing, the loss of all samples changes from step to step by the masks alone. */
static void every_step_has_masks_of_its_own(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_train_options options = quick_options();
  options.batch = 0;
  options.rate = 1e-30;
  double judged[2];
  for (int with_dropout = 0; with_dropout < 2; with_dropout++) {
    wg_model *model = layers_model(with_dropout ? 0.5 : 0);
    wg_trainer *trainer = new_trainer(model, table, NULL, &options);
    double losses[3];
    for (int step = 0; step < 3;)
      if (next(trainer) == WG_TRAINER_STEPPED) losses[step++] = wg_trainer_where(trainer).loss;
    assert_int_equal(losses[0] != losses[1] && losses[1] != losses[2] && losses[0] != losses[2], with_dropout);
    judged[with_dropout] = wg_trainer_epoch(trainer)->loss;
    assert_int_equal(losses[0] == judged[with_dropout], !with_dropout);
    wg_trainer_free(trainer);
    wg_model_free(model);
  }
  assert_true(judged[0] == judged[1]); /* without masks */
  wg_table_free(table);
}

/* With a rate that moves nothing, the mean over an epoch's batches is J of all samples. */
static void the_running_loss_is_the_mean_over_the_batches(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  options.rate = 1e-30;
  wg_epoch last;
  assert_int_equal(wg_train(model, table, &options, &last, NULL), WG_OK);
  assert_true(fabs(last.running_loss - last.loss) < 1e-6);
  wg_model_free(model);
  wg_table_free(table);
}

/* … and a loss that does not fall lets plateau reduce the rate after each epoch. */
static void plateau_watches_the_loss_of_each_epoch(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  options.rate = 1e-30;
  options.epochs = 5;
  options.report_every = 100;
  options.schedule = wg_schedule_options_of(WG_SCHEDULE_PLATEAU);
  options.schedule.patience = 0;
  options.schedule.factor = 0.5;
  wg_epoch last;
  assert_int_equal(wg_train(model, table, &options, &last, NULL), WG_OK);
  assert_true(fabs(last.rate / (1e-30 * 0.125) - 1) <
              1e-12); /* the first epoch's loss is the best, the next three are not */
  wg_model_free(model);
  wg_table_free(table);
}

static void samples_to_judge_are_evenly_picked(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL), *picked = wg_table_new(3, 2, 3, NULL);
  for (int i = 0; i < 3; i++) { /* of 21 rows these */
    const int rows[] = {0, 7, 14};
    memcpy((double *)picked->features + 2 * i, (double *)table->features + 2 * rows[i], 2 * sizeof(double));
    picked->labels[i] = table->labels[rows[i]];
  }
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  options.judged_max = 3;
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  wg_evaluation evaluation;
  assert_int_equal(next(trainer), WG_TRAINER_JUDGED);
  assert_int_equal(wg_evaluate(model, picked, &evaluation, NULL), WG_OK);
  assert_true(wg_trainer_epoch(trainer)->loss == evaluation.loss);
  wg_evaluation_clear(&evaluation);
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_table_free(table);
  wg_table_free(picked);
}

static void biases_do_not_decay(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  options.rate = 1e-6; /* with it a decay of 1e5 takes a tenth in a step, and the gradient nothing to speak of */
  options.batch = 0;
  options.epochs = 1;
  options.optimizer.decay = 1e5;
  float *W = model->weights->data[0], *b = model->weights->data[1], before = W[0];
  for (int i = 0; i < 8; i++) b[i] = 1;
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  run_to_end(trainer);
  assert_true(fabsf(W[0] - 0.9f * before) < 1e-4f);
  assert_true(fabsf(b[0] - 1) < 1e-4f);
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_table_free(table);
}

static void a_gradient_that_is_no_number_ends_it_before_the_step(void **state) {
  (void)state;
  wg_table *table = wg_table_new(2, 2, 3, NULL);
  for (int i = 0; i < 4; i++) ((double *)table->features)[i] = 1e30;
  wg_model *model = layers_model(0);
  float *b2 = model->weights->data[3], *W2 = model->weights->data[2];
  for (int i = 0; i < 24; i++) W2[i] = 1e10f; /* the logits overflow */
  b2[0] = 1;
  wg_train_options options = quick_options();
  options.watches = true;
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  wg_trainer_event event;
  wg_error error;
  assert_int_equal(wg_trainer_next(trainer, &event, &error), WG_ERROR_DATA);
  assert_true(b2[0] == 1);
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_table_free(table);
}

/* ---- What it ends with ---- */

static void ends_with_the_best_weights_when_it_stops_early(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL), *held = wg_spiral(3, 7, 0.6, 2, NULL);
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  options.epochs = 2000;
  options.rate = 1;
  options.stops_early = true;
  options.stopping.patience = 20;
  wg_trainer *trainer = new_trainer(model, table, held, &options);
  double best = INFINITY;
  int64_t best_epoch = -1;
  wg_trainer_event event;
  while ((event = next(trainer)) != WG_TRAINER_ENDED) {
    const wg_epoch *epoch = wg_trainer_epoch(trainer);
    if (event == WG_TRAINER_JUDGED && epoch->held_loss < best) best = epoch->held_loss, best_epoch = epoch->epoch;
  }
  wg_trainer_progress at = wg_trainer_where(trainer);
  assert_true(at.stopped_early);
  assert_int_equal(at.best_epoch, best_epoch);
  assert_int_equal(at.epoch, best_epoch + 20);
  wg_evaluation evaluation;
  assert_int_equal(wg_evaluate(model, held, &evaluation, NULL), WG_OK);
  assert_true(evaluation.loss == best);
  wg_evaluation_clear(&evaluation);
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_table_free(table);
  wg_table_free(held);
}

/* With SWA over the ends of epochs 2 and 3, the final weights are the mean of the two. */
static void ends_with_the_average_of_the_weights(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_model *plain = layers_model(0), *averaged = layers_model(0);
  wg_train_options options = quick_options();
  float second[24], third[24];
  wg_trainer *trainer = new_trainer(plain, table, NULL, &options);
  wg_trainer_event event;
  while ((event = next(trainer)) != WG_TRAINER_ENDED) {
    if (event != WG_TRAINER_JUDGED) continue;
    int64_t epoch = wg_trainer_epoch(trainer)->epoch;
    if (epoch == 2) memcpy(second, plain->weights->data[2], sizeof second);
    if (epoch == 3) memcpy(third, plain->weights->data[2], sizeof third);
  }
  wg_trainer_free(trainer);
  options.averages = true;
  options.average = WG_AVERAGE_SWA;
  options.average_from = 2;
  trainer = new_trainer(averaged, table, NULL, &options);
  run_to_end(trainer);
  for (int i = 0; i < 24; i++)
    assert_true(fabsf(((float *)averaged->weights->data[2])[i] - (second[i] + third[i]) / 2) < 1e-6f);
  wg_trainer_free(trainer);
  wg_model_free(plain);
  wg_model_free(averaged);
  wg_table_free(table);
}

/* a ← a/2 + w/2 after each step, from a = w after the first; and the training itself goes on with w. */
static void a_fading_average_leaves_the_training_alone(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_model *plain = layers_model(0), *averaged = layers_model(0);
  wg_train_options options = quick_options();
  wg_trainer *reference = new_trainer(plain, table, NULL, &options);
  options.averages = true;
  options.average = WG_AVERAGE_EMA;
  options.average_decay = 0.5;
  wg_trainer *trainer = new_trainer(averaged, table, NULL, &options);
  float average = 0;
  int steps = 0;
  for (wg_trainer_event event = WG_TRAINER_STEPPED; event != WG_TRAINER_ENDED;) {
    event = next(reference);
    assert_int_equal(next(trainer), event);
    if (event != WG_TRAINER_STEPPED) continue;
    float w = *(float *)plain->weights->data[0];
    average = steps++ ? (average + w) / 2 : w;
    assert_same_weights(plain, averaged);
  }
  assert_int_equal(steps, 9);
  assert_true(fabsf(*(float *)averaged->weights->data[0] - average) < 1e-6f);
  wg_trainer_free(trainer);
  wg_trainer_free(reference);
  wg_model_free(plain);
  wg_model_free(averaged);
  wg_table_free(table);
}

static void the_rate_follows_the_schedule(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 8, 0.2, 1, NULL); /* three steps an epoch */
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  options.schedule = wg_schedule_options_of(WG_SCHEDULE_STEP);
  options.schedule.period = 4;
  options.schedule.factor = 0.5;
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  for (int step = 0; step < 9;) {
    if (next(trainer) != WG_TRAINER_STEPPED) continue;
    assert_true(fabs(wg_trainer_where(trainer).rate - 0.1 * pow(0.5, step / 4)) < 1e-15);
    step++;
  }
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_table_free(table);
}

static void clipping_bounds_the_step(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 8, 0.2, 1, NULL);
  wg_model *model = layers_model(0), *before = layers_model(0);
  wg_train_options options = quick_options();
  options.batch = 0;
  options.epochs = 1;
  options.clip_norm = 0.01;
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  run_to_end(trainer);
  double moved = 0;
  for (size_t k = 0; k < model->weights->count; k++)
    for (int64_t i = 0; i < model->weights->size[k]; i++)
      moved += pow(((float *)model->weights->data[k])[i] - ((float *)before->weights->data[k])[i], 2);
  assert_true(wg_trainer_where(trainer).gradient_norm > 0.01);
  assert_true(fabs(sqrt(moved) - 0.1 * 0.01) < 1e-6);
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_model_free(before);
  wg_table_free(table);
}

/* ---- Going on from a state ---- */

/* Everything that can be remembered: dropout, Adam, warm-up and plateau, an average, early stopping, accumulation. */
static wg_train_options rich_options(void) {
  wg_train_options options = quick_options();
  wg_optimizer_find("adam", &options.optimizer);
  options.rate = 0.02;
  options.schedule = wg_schedule_options_of(WG_SCHEDULE_PLATEAU);
  options.schedule.patience = 0;
  options.schedule.warmup = 2;
  options.accumulate = 2;
  options.clip_norm = 1;
  options.averages = true;
  options.average = WG_AVERAGE_EMA;
  options.average_decay = 0.9;
  options.stops_early = true;
  options.stopping.patience = 50;
  return options;
}

static void state_move(wg_trainer *from, wg_trainer *to) {
  wg_state_array source, target;
  size_t count = wg_trainer_state_count(from);
  assert_int_equal(count, wg_trainer_state_count(to));
  for (size_t i = 0; i < count; i++) {
    assert_true(wg_trainer_state_at(from, i, &source));
    assert_true(wg_trainer_state_at(to, i, &target));
    assert_string_equal(source.name, target.name);
    assert_int_equal(source.count, target.count);
    memcpy(target.data, source.data, source.count * wg_dtype_size(source.dtype));
  }
  assert_false(wg_trainer_state_at(from, count, &source));
  wg_error error;
  if (wg_trainer_state_check(to, &error) != WG_OK) fail_msg("%s", error.message);
}

static void a_training_goes_on_from_its_state_with_the_same_bits(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL), *held = wg_spiral(3, 5, 0.2, 2, NULL);
  wg_train_options options = rich_options();
  wg_model *undisturbed = layers_model(0.25);
  wg_trainer *reference = new_trainer(undisturbed, table, held, &options);
  run_to_end(reference);
  for (int stop = 0; stop <= 10; stop++) { /* after so many events: every place that there is */
    wg_model *first = layers_model(0.25), *second = layers_model(0.25);
    wg_trainer *before = new_trainer(first, table, held, &options);
    for (int i = 0; i < stop; i++) next(before);
    wg_trainer *after = new_trainer(second, table, held, &options);
    state_move(before, after);
    wg_trainer_free(before);
    run_to_end(after);
    assert_same_weights(second, undisturbed);
    assert_true(wg_trainer_epoch(after)->loss == wg_trainer_epoch(reference)->loss);
    assert_true(wg_trainer_epoch(after)->running_loss == wg_trainer_epoch(reference)->running_loss);
    wg_trainer_free(after);
    wg_model_free(first);
    wg_model_free(second);
  }
  wg_trainer_free(reference);
  wg_model_free(undisturbed);
  wg_table_free(table);
  wg_table_free(held);
}

static void a_position_that_cannot_be_is_refused(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_model *model = layers_model(0);
  wg_train_options options = quick_options();
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  wg_state_array position;
  assert_true(wg_trainer_state_at(trainer, 0, &position));
  assert_string_equal(position.name, "position");
  assert_int_equal(position.count, 4);
  const int64_t bad[][4] = {{3, 0, 0, 0},  {-1, 0, 0, 0}, {1, -1, 0, -3},       {1, 0, 21, 3},
                            {1, 0, 3, 0},  {1, 0, 8, 2},  {1, 2, 8, 6},         {0, 0, 8, 1},
                            {1, 0, -8, 0}, {1, 0, 0, -1}, {1, INT64_MAX, 0, 3}, {1, INT64_MAX / 3, 0, 1},
                            {1, 1, 0, 4}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    memcpy(position.data, bad[i], sizeof bad[i]);
    wg_error error;
    assert_int_equal(wg_trainer_state_check(trainer, &error), WG_ERROR_DATA);
  }
  const int64_t good[4] = {1, 1, 8, 4};
  memcpy(position.data, good, sizeof good);
  assert_int_equal(wg_trainer_state_check(trainer, NULL), WG_OK);
  wg_trainer_free(trainer);
  wg_model_free(model);
  wg_table_free(table);
}

static void every_failed_allocation_is_a_status(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL), *held = wg_spiral(3, 5, 0.2, 2, NULL);
  wg_samples training = wg_table_samples(table), judged = wg_table_samples(held);
  for (size_t n = 1;; n++) {
    failing_memory memory = {.fail = n};
    wg_allocator allocator = failing_allocator(&memory);
    wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
    spec.allocator = &allocator;
    spec.widths = (int64_t[]){2, 4, 3};
    spec.width_count = 3;
    spec.dropout = 0.25;
    wg_train_options options = rich_options();
    options.judged_max = 10;
    options.epochs = 1;
    wg_model *model;
    wg_status status = wg_model_new(&spec, WG_INIT_HE, 1, &model, NULL);
    if (status == WG_OK) status = wg_train_samples(model, &training, &judged, &options, NULL, NULL);
    assert_int_equal(status, memory.failed ? WG_ERROR_MEMORY : WG_OK);
    wg_model_free(model);
    assert_int_equal(memory.live, 0);
    if (!memory.failed) break;
  }
  wg_table_free(table);
  wg_table_free(held);
}

/* ---- Where the time goes ---- */

static double now;

static double clock_read(void) { return now += 1; }

/* A clock that moves on at each reading takes the same time for everything that is between two of them. */
static void times_are_taken_and_change_no_bit(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 10, 0.2, 1, NULL);
  wg_train_options options = quick_options();
  wg_model *with = layers_model(0.2), *without = layers_model(0.2);
  wg_trainer *profiled = new_trainer(with, table, NULL, &options), *plain = new_trainer(without, table, NULL, &options);
  wg_trainer_batch batch;
  wg_step_time time;
  wg_error error;
  assert_int_equal(wg_trainer_profile(profiled, NULL, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_trainer_profile(profiled, clock_read, &error), WG_OK);
  run_to_end(profiled);
  run_to_end(plain);
  assert_same_weights(with, without);

  wg_trainer_times times = wg_trainer_times_taken(profiled);
  assert_int_equal(times.batches, 12); /* 30 samples, 8 at a time, three epochs */
  assert_int_equal(times.steps, 12);
  assert_int_equal(times.judgements, 4);
  assert_true(times.data == 12);
  assert_true(times.judging == 4);
  assert_true(times.gradient > 12 && times.update > 0);
  const uint64_t runs[] = {9, 3};
  for (size_t i = 0; i < 2; i++) {
    assert_true(wg_trainer_batch_at(profiled, i, &batch));
    assert_true(wg_plan_profile_at(batch.plan, 0, &time));
    assert_int_equal(time.runs, runs[i]);
    assert_true(batch.parts.forward_end > 0 && batch.parts.forward_end < batch.parts.reverse_end);
  }
  assert_false(wg_trainer_batch_at(profiled, 2, &batch));
  assert_true(wg_trainer_times_taken(plain).data == 0 && wg_trainer_times_taken(plain).batches == 12);
  wg_trainer_free(profiled);
  wg_trainer_free(plain);
  wg_model_free(with);
  wg_model_free(without);
  wg_table_free(table);
}

/* ---- Denormals ---- */

/* The gradients of so many layers of sigmoids that are denormal, after three steps. */
static size_t denormal_gradients(bool kept) {
  enum { LAYERS = 40 };
  int64_t widths[LAYERS + 1];
  for (int i = 0; i <= LAYERS; i++) widths[i] = i == 0 ? 2 : i == LAYERS ? 3 : 8;
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.widths = widths;
  spec.width_count = LAYERS + 1;
  spec.activation = WG_ACTIVATION_SIGMOID;
  spec.dtype = WG_F32;
  wg_model *model;
  assert_int_equal(wg_model_new(&spec, WG_INIT_SMALL, 3, &model, NULL), WG_OK); /* each layer: about 0.0025 times */
  wg_table *table = wg_spiral(3, 7, 0.2, 1, NULL);
  wg_train_options options = quick_options();
  options.batch = 0;
  options.denormals = kept;
  wg_trainer *trainer = new_trainer(model, table, NULL, &options);
  run_to_end(trainer);
  wg_trainer_batch batch;
  wg_trainer_batch_at(trainer, 0, &batch);
  size_t count = 0;
  for (size_t k = 0; k < batch.net->param_count; k++) {
    const float *gradient = wg_data(batch.plan, wg_adjoint(batch.net->J, batch.net->params[k]));
    for (int64_t i = 0; gradient && i < wg_node_size(batch.net->params[k]); i++)
      count += fpclassify(gradient[i]) == FP_SUBNORMAL;
  }
  wg_trainer_free(trainer);
  wg_table_free(table);
  wg_model_free(model);
  return count;
}

static void steps_take_denormals_for_zero_unless_they_are_wanted(void **state) {
  (void)state;
  assert_true(denormal_gradients(true) > 0);
  if (WG_DENORMALS_FLUSH) assert_int_equal(denormal_gradients(false), 0);
  volatile float tiny = FLT_MIN; /* and afterwards everything is as it was */
  assert_true(tiny / 4 > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(events_come_in_their_order),
      cmocka_unit_test(accumulated_batches_are_one_step_of_them_all),
      cmocka_unit_test(every_epoch_meets_every_sample_once),
      cmocka_unit_test(every_step_has_masks_of_its_own),
      cmocka_unit_test(the_running_loss_is_the_mean_over_the_batches),
      cmocka_unit_test(plateau_watches_the_loss_of_each_epoch),
      cmocka_unit_test(samples_to_judge_are_evenly_picked),
      cmocka_unit_test(biases_do_not_decay),
      cmocka_unit_test(a_gradient_that_is_no_number_ends_it_before_the_step),
      cmocka_unit_test(ends_with_the_best_weights_when_it_stops_early),
      cmocka_unit_test(ends_with_the_average_of_the_weights),
      cmocka_unit_test(a_fading_average_leaves_the_training_alone),
      cmocka_unit_test(the_rate_follows_the_schedule),
      cmocka_unit_test(clipping_bounds_the_step),
      cmocka_unit_test(a_training_goes_on_from_its_state_with_the_same_bits),
      cmocka_unit_test(a_position_that_cannot_be_is_refused),
      cmocka_unit_test(every_failed_allocation_is_a_status),
      cmocka_unit_test(times_are_taken_and_change_no_bit),
      cmocka_unit_test(steps_take_denormals_for_zero_unless_they_are_wanted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
