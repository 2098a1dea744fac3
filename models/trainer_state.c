/* trainer_state.c: all that a training remembers, as one list of arrays. */
#include "trainer_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The training's own numbers, in the order in which they are listed. */
static const struct {
  const char *name;
  wg_dtype dtype;
  size_t offset, count;
} numbers[] = {
    {"position", WG_I64, offsetof(wg_trainer, at), sizeof(trainer_position) / sizeof(int64_t)},
    {"figures", WG_F64, offsetof(wg_trainer, figures), sizeof(trainer_figures) / sizeof(double)},
    {"judged.epoch", WG_I64, offsetof(wg_trainer, judged.epoch), 1},
    {"judged.steps", WG_I64, offsetof(wg_trainer, judged.steps), 1},
    {"judged.loss", WG_F64, offsetof(wg_trainer, judged.loss), 1},
    {"judged.accuracy", WG_F64, offsetof(wg_trainer, judged.accuracy), 1},
    {"judged.held_loss", WG_F64, offsetof(wg_trainer, judged.held_loss), 1},
    {"judged.held_accuracy", WG_F64, offsetof(wg_trainer, judged.held_accuracy), 1},
    {"judged.running_loss", WG_F64, offsetof(wg_trainer, judged.running_loss), 1},
    {"judged.rate", WG_F64, offsetof(wg_trainer, judged.rate), 1},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* Array i of a part whose own list has `count`, with the part's name before it. False if i is beyond, and then less by
 * `count`. */
static bool is_in(size_t *i, size_t count) {
  if (*i < count) return true;
  *i -= count;
  return false;
}

static bool prefixed(const char *prefix, bool found, wg_state_array *array) {
  char name[WG_STATE_NAME_SIZE];
  memcpy(name, array->name, sizeof name);
  snprintf(array->name, sizeof array->name, "%s.%.*s", prefix, (int)(sizeof name - 16), name);
  return found;
}

static size_t average_count(const wg_trainer *trainer) {
  return trainer->average ? wg_average_state_count(trainer->average) : 0;
}

static size_t stopping_count(const wg_trainer *trainer) {
  return trainer->stopping ? wg_early_stopping_state_count(trainer->stopping) : 0;
}

size_t wg_trainer_state_count(const wg_trainer *trainer) {
  return NUMBERS + trainer->model->weights->count + wg_optimizer_state_count(trainer->optimizer) +
         wg_schedule_state_count(&trainer->schedule) + average_count(trainer) + stopping_count(trainer);
}

bool wg_trainer_state_at(wg_trainer *trainer, size_t i, wg_state_array *array) {
  const wg_weights *weights = trainer->model->weights;
  *array = (wg_state_array){.dtype = WG_F64};
  if (is_in(&i, NUMBERS)) {
    snprintf(array->name, sizeof array->name, "%s", numbers[i].name);
    array->dtype = numbers[i].dtype;
    array->count = numbers[i].count;
    array->data = (char *)trainer + numbers[i].offset;
    return true;
  }
  if (is_in(&i, weights->count)) {
    snprintf(array->name, sizeof array->name, "weights.%s", weights->name[i]);
    array->dtype = weights->dtype;
    array->count = (size_t)weights->size[i];
    array->data = weights->data[i];
    return true;
  }
  if (is_in(&i, wg_optimizer_state_count(trainer->optimizer)))
    return prefixed("optimizer", wg_optimizer_state_at(trainer->optimizer, i, array), array);
  if (is_in(&i, wg_schedule_state_count(&trainer->schedule)))
    return prefixed("schedule", wg_schedule_state_at(&trainer->schedule, i, array), array);
  if (is_in(&i, average_count(trainer)))
    return prefixed("average", wg_average_state_at(trainer->average, i, array), array);
  if (is_in(&i, stopping_count(trainer)))
    return prefixed("stopping", wg_early_stopping_state_at(trainer->stopping, i, array), array);
  return false;
}

/* Whether the position is one that this training could have reached. */
static bool position_possible(const wg_trainer *trainer) {
  const trainer_position *at = &trainer->at;
  int64_t rows = trainer->learning.rows, size = trainer->learning.size;
  int64_t group = trainer->options.accumulate > 0 ? trainer->options.accumulate : 1;
  if (at->phase < PHASE_ARRIVED || at->phase > PHASE_ENDED || at->epoch < 0 || at->step < 0) return false;
  if (at->first < 0 || at->first >= rows || (at->first > 0 && at->phase != PHASE_BETWEEN)) return false;
  int64_t per_epoch = wg_trainer_steps(rows, &trainer->options);
  if (at->first % size != 0 || (at->first / size) % group != 0 || at->epoch > INT64_MAX / per_epoch - 1) return false;
  return at->step == at->epoch * per_epoch + at->first / size / group;
}

/* The order of the epoch that it is in is formed anew; the numbers of an epoch are remembered, not which it is. */
wg_status wg_trainer_state_check(wg_trainer *trainer, wg_error *error) {
  if (!position_possible(trainer))
    return wg_error_set(error, WG_ERROR_DATA,
                        "a position of epoch %lld, sample %lld, step %lld is not one of this training",
                        (long long)trainer->at.epoch, (long long)trainer->at.first, (long long)trainer->at.step);
  trainer->judged.held = trainer->has_held;
  trainer->judged.epochs = trainer->options.epochs;
  if (trainer->at.first > 0) wg_trainer_shuffle(trainer);
  wg_status status = wg_optimizer_state_check(trainer->optimizer, error);
  if (status == WG_OK) status = wg_schedule_state_check(&trainer->schedule, error);
  if (status == WG_OK && trainer->average) status = wg_average_state_check(trainer->average, error);
  if (status == WG_OK && trainer->stopping) status = wg_early_stopping_state_check(trainer->stopping, error);
  return status;
}
