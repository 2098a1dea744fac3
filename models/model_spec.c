#include "model_spec.h"

#include "../engine/text.h"
#include "csv_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Fields that are whole numbers from 0, and those that are any; absent means 0. */
static const struct {
  const char *key;
  size_t offset, count;
} wholes[] = {
    {"image", offsetof(wg_net_spec, image), 3},   {"filters", offsetof(wg_net_spec, filters), 2},
    {"kernel", offsetof(wg_net_spec, kernel), 1}, {"steps", offsetof(wg_net_spec, steps), 1},
    {"blocks", offsetof(wg_net_spec, blocks), 1}, {"heads", offsetof(wg_net_spec, heads), 1},
};
static const struct {
  const char *key;
  size_t offset;
} numbers[] = {
    {"dropout", offsetof(wg_net_spec, dropout)},
    {"smoothing", offsetof(wg_net_spec, smoothing)},
};
static const struct {
  const char *key;
  size_t offset;
} flags[] = {
    {"class_indices", offsetof(wg_net_spec, class_indices)},
    {"unfused", offsetof(wg_net_spec, unfused)},
};
enum {
  WHOLES = sizeof wholes / sizeof *wholes,
  NUMBERS = sizeof numbers / sizeof *numbers,
  FLAGS = sizeof flags / sizeof *flags,
  STEPS_MAX = 1 << 20 /* no tensor says how many there are, but they take time and memory */
};

static int64_t *wholes_of(wg_net_spec *spec, size_t i) { return (int64_t *)(void *)((char *)spec + wholes[i].offset); }
static double *number_of(wg_net_spec *spec, size_t i) { return (double *)(void *)((char *)spec + numbers[i].offset); }
static bool *flag_of(wg_net_spec *spec, size_t i) { return (bool *)(void *)((char *)spec + flags[i].offset); }

/* ---- Putting ---- */

static void put_wholes(wg_safetensors *stored, const char *key, size_t count, const int64_t *values) {
  char text[WG_SPEC_WIDTHS_MAX * 21];
  size_t length = 0;
  bool any = false;
  if (count > WG_SPEC_WIDTHS_MAX) count = WG_SPEC_WIDTHS_MAX;
  for (size_t i = 0; i < count; i++) {
    any = any || values[i];
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%" PRId64, i ? "," : "", values[i]);
  }
  if (any) wg_safetensors_add_text(stored, key, text);
}

void wg_spec_put(const wg_net_spec *spec, wg_safetensors *stored) {
  wg_net_spec copy = *spec;
  char text[40];
  wg_safetensors_add_text(stored, "net", wg_net_name(spec->kind));
  wg_safetensors_add_text(stored, "dtype", wg_dtype_text(spec->dtype));
  wg_safetensors_add_text(stored, "activation", wg_activation_text(spec->activation));
  put_wholes(stored, "widths", spec->width_count, spec->widths);
  for (size_t i = 0; i < WHOLES; i++) put_wholes(stored, wholes[i].key, wholes[i].count, wholes_of(&copy, i));
  for (size_t i = 0; i < FLAGS; i++)
    if (*flag_of(&copy, i)) wg_safetensors_add_text(stored, flags[i].key, "1");
  for (size_t i = 0; i < NUMBERS; i++) {
    if (*number_of(&copy, i) == 0) continue;
    snprintf(text, sizeof text, "%.17g", *number_of(&copy, i));
    for (char *at = text; *at; at++)
      if (!strchr("0123456789+-e", *at)) *at = '.'; /* whatever the locale's point is */
    wg_safetensors_add_text(stored, numbers[i].key, text);
  }
}

/* ---- Taking ---- */

bool wg_wholes_read(const char *text, size_t max, int64_t *values, size_t *count) {
  for (*count = 0; *count < max; text++) {
    const char *begin = text;
    int64_t value = 0;
    for (; *text >= '0' && *text <= '9' && value <= (int64_t)1 << 40; text++) value = 10 * value + (*text - '0');
    if (text == begin || value > (int64_t)1 << 40) return false;
    values[(*count)++] = value;
    if (!*text) return true;
    if (*text != ',') return false;
  }
  return false;
}

static wg_status fail(const char *name, const char *key, const char *text, wg_error *error) {
  return wg_error_set(error, WG_ERROR_DATA, "%s: %s '%.*s' is none", name, key, wg_text_fit(text, 40), text);
}

static wg_status take_numbers(const wg_safetensors *stored, const char *name, wg_net_spec *spec, wg_error *error) {
  size_t count;
  for (size_t i = 0; i < WHOLES; i++) {
    const char *text = wg_safetensors_text(stored, wholes[i].key);
    if (text && (!wg_wholes_read(text, wholes[i].count, wholes_of(spec, i), &count) || count != wholes[i].count))
      return fail(name, wholes[i].key, text, error);
  }
  for (size_t i = 0; i < NUMBERS; i++) {
    const char *text = wg_safetensors_text(stored, numbers[i].key);
    if (text &&
        wg_csv_number(&(wg_csv_field){.text = text, .length = strlen(text)}, number_of(spec, i)) != WG_CSV_NUMBER)
      return fail(name, numbers[i].key, text, error);
  }
  for (size_t i = 0; i < FLAGS; i++) {
    const char *text = wg_safetensors_text(stored, flags[i].key);
    *flag_of(spec, i) = text != NULL;
    if (text && strcmp(text, "1") != 0) return fail(name, flags[i].key, text, error);
  }
  return WG_OK;
}

wg_status wg_spec_take(const wg_safetensors *stored, const char *name, int64_t widths[WG_SPEC_WIDTHS_MAX],
                       wg_net_spec *spec, wg_error *error) {
  const char *net = wg_safetensors_text(stored, "net"), *dtype = wg_safetensors_text(stored, "dtype"),
             *activation = wg_safetensors_text(stored, "activation"), *list = wg_safetensors_text(stored, "widths");
  *spec = (wg_net_spec){.samples = 1, .widths = widths};
  if (!net || !dtype || !activation || !list)
    return wg_error_set(error, WG_ERROR_DATA, "%s: it does not say what net its tensors are the weights of", name);
  if (!wg_net_find(net, &spec->kind)) return fail(name, "net", net, error);
  if (!wg_activation_find(activation, &spec->activation)) return fail(name, "activation", activation, error);
  bool narrow = strcmp(dtype, "f32") == 0;
  if (!narrow && strcmp(dtype, "f64") != 0) return fail(name, "dtype", dtype, error);
  spec->dtype = narrow ? WG_F32 : WG_F64;
  if (!wg_wholes_read(list, WG_SPEC_WIDTHS_MAX, widths, &spec->width_count)) return fail(name, "widths", list, error);
  wg_status status = take_numbers(stored, name, spec, error);
  if (status != WG_OK) return status;
  if (spec->steps > STEPS_MAX)
    return wg_error_set(error, WG_ERROR_DATA, "%s: samples of %" PRId64 " characters are too long", name, spec->steps);
  size_t tensors = wg_safetensors_count(stored); /* every block has some */
  if (spec->blocks > 0 && (size_t)spec->blocks > tensors)
    return wg_error_set(error, WG_ERROR_DATA, "%s: %" PRId64 " blocks, and only %zu tensors", name, spec->blocks,
                        tensors);
  return WG_OK;
}
