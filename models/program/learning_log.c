/* learning_log.c: reads what train --log has written: a JSON object in every line, of numbers alone. */
#include "../bytes.h"
#include "analysis.h"
#include <math.h>
#include <stdlib.h>

/* The number of a key in an object of one line; NaN where it has none, or one that JSON has no number for. */
static double number_of(const char *line, const char *end, const char *key) {
  size_t length = strlen(key);
  for (const char *at = line; at + length + 3 < end; at++) {
    if (*at != '"' || strncmp(at + 1, key, length) != 0 || at[length + 1] != '"') continue;
    for (at += length + 2; at < end && (*at == ' ' || *at == ':'); at++) continue;
    char *rest;
    double number = strtod(at, &rest);
    return rest == at || rest > end ? NAN : number;
  }
  return NAN;
}

/* An epoch of a line; false if it is none. */
static bool epoch_of(const char *line, const char *end, wg_epoch *epoch) {
  double number = number_of(line, end, "epoch"), steps = number_of(line, end, "steps");
  if (*line != '{' || !(number >= 0 && number < 1e15)) return false;
  *epoch = (wg_epoch){.epoch = (int64_t)number,
                      .steps = steps >= 0 && steps < 1e15 ? (int64_t)steps : 0,
                      .loss = number_of(line, end, "loss"),
                      .accuracy = number_of(line, end, "accuracy"),
                      .running_loss = number_of(line, end, "running_loss"),
                      .held_loss = number_of(line, end, "held_loss"),
                      .held_accuracy = number_of(line, end, "held_accuracy"),
                      .rate = number_of(line, end, "rate")};
  epoch->held = !isnan(epoch->held_loss) || !isnan(epoch->held_accuracy);
  return true;
}

int learning_log_read(const terminal *t, const char *path, wg_epoch **epochs, size_t *count) {
  wg_error error = {0};
  wg_bytes bytes = {.allocator = &wg_allocator_default};
  *epochs = NULL;
  *count = 0;
  wg_status status = wg_bytes_read(path, WG_FILE_BYTES_MAX, &bytes, &error);
  if (status == WG_OK && !wg_bytes_add(&bytes, "", 1)) status = wg_error_memory(&error);
  size_t lines = 0;
  for (size_t i = 0; status == WG_OK && i < bytes.size; i++) lines += bytes.data[i] == '\n' || !bytes.data[i];
  if (status == WG_OK) *epochs = wg_allocate(&wg_allocator_default, lines, sizeof **epochs);
  if (status == WG_OK && !*epochs) status = wg_error_memory(&error);
  int code = status == WG_OK ? EXIT_GOOD : failure(t, status, error.message);
  const char *line = (const char *)bytes.data;
  for (size_t number = 1; code == EXIT_GOOD && *line; number++) {
    const char *end = line + strcspn(line, "\n");
    wg_epoch epoch;
    if (epoch_of(line, end, &epoch)) {
      while (*count > 0 && (*epochs)[*count - 1].epoch >= epoch.epoch) --*count; /* gone through again */
      (*epochs)[(*count)++] = epoch;
    } else if (end > line && *end) { /* a last line may be cut, where the machine died */
      terminal_message(t, "%s: line %zu is no epoch; a log is what train --log writes", path, number);
      code = EXIT_DATA;
    }
    line = *end ? end + 1 : end;
  }
  wg_bytes_free(&bytes);
  return code;
}
