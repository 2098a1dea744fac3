/* tune_read.c: what came out of a training, from a line of JSON. */
#include "tune.h"

#ifdef WG_JANSSON
#include <jansson.h>
#include <math.h>

/* A whole number of an object, which people count from 1, counted from 0; −1 if it is none. */
static int64_t whole_of(const json_t *line, const char *key) {
  const json_t *value = json_object_get(line, key);
  return json_is_integer(value) && json_integer_value(value) > 0 ? (int64_t)json_integer_value(value) - 1 : -1;
}

static bool take(const json_t *line, wg_tune_job *job, wg_tune_outcome *outcome) {
  const json_t *loss = json_object_get(line, "loss"), *accuracy = json_object_get(line, "accuracy");
  int64_t rung = whole_of(line, "rung");
  *job = (wg_tune_job){.rung = rung < 64 ? (int)rung : -1,
                       .trial = whole_of(line, "trial"),
                       .fold = whole_of(line, "fold"),
                       .epochs = whole_of(line, "epochs") + 1};
  *outcome = (wg_tune_outcome){.failed = true, .loss = NAN, .accuracy = NAN};
  bool placed = job->rung >= 0 && job->trial >= 0 && job->fold >= 0 && job->epochs > 0;
  if (json_is_string(json_object_get(line, "failed"))) return placed;
  *outcome = (wg_tune_outcome){false, json_number_value(loss), json_number_value(accuracy)};
  return placed && json_is_number(loss) && json_is_number(accuracy);
}

wg_status wg_tune_read(const char *line, size_t size, wg_tune_job *job, wg_tune_outcome *outcome, wg_error *error) {
  json_error_t wrong;
  json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &wrong);
  bool taken = object && take(object, job, outcome);
  json_decref(object);
  return taken ? WG_OK : wg_error_set(error, WG_ERROR_DATA, "this is no outcome of a training");
}

#else

wg_status wg_tune_read(const char *line, size_t size, wg_tune_job *job, wg_tune_outcome *outcome, wg_error *error) {
  (void)line, (void)size, (void)job, (void)outcome;
  return wg_error_set(error, WG_ERROR_FILE, "results cannot be read again: wengert was built without jansson");
}

#endif
