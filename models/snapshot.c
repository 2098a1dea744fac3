#include "snapshot.h"

#include "safetensors_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char version[] = "1"; /* the text "snapshot" */
static const char suffix[] = ".safetensors";

/* Registered memory, as a tensor. */
typedef struct piece {
  char *name;
  wg_dtype dtype;
  wg_shape shape;
  void *data;
} piece;

typedef struct setting {
  char *key, *text;
} setting;

struct wg_snapshot {
  wg_allocator allocator;
  const wg_file_system *system;
  char *path;
  int64_t keep;
  size_t piece_count, piece_capacity;
  piece *pieces;
  size_t setting_count, setting_capacity;
  setting *settings;
  wg_model_file model; /* or zeros */
  wg_text file;        /* saved or loaded last */
  bool no_memory;      /* for something that was registered */
};

wg_status wg_snapshot_new(const wg_snapshot_options *options, wg_snapshot **snapshot, wg_error *error) {
  const wg_allocator *allocator = options->allocator ? options->allocator : &wg_allocator_default;
  *snapshot = NULL;
  if (options->keep < 0)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%" PRId64 " snapshots cannot be kept", options->keep);
  if (!options->path || !*wg_file_name(options->path))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "snapshots need a name: a folder and what their names begin with");
  wg_snapshot *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  size_t size = strlen(options->path) + 1;
  char *path = made ? wg_allocate(allocator, size, 1) : NULL;
  if (!path) {
    wg_release(allocator, made);
    return wg_error_memory(error);
  }
  memcpy(path, options->path, size);
  made->allocator = *allocator;
  made->system = options->system;
  made->path = path;
  made->keep = options->keep ? options->keep : 3;
  made->file = WG_TEXT_EMPTY(&made->allocator);
  *snapshot = made;
  return WG_OK;
}

void wg_snapshot_free(wg_snapshot *snapshot) {
  if (!snapshot) return;
  wg_allocator allocator = snapshot->allocator;
  for (size_t i = 0; i < snapshot->piece_count; i++) wg_release(&allocator, snapshot->pieces[i].name);
  for (size_t i = 0; i < snapshot->setting_count; i++) {
    wg_release(&allocator, snapshot->settings[i].key);
    wg_release(&allocator, snapshot->settings[i].text);
  }
  wg_release(&allocator, snapshot->settings);
  wg_release(&allocator, snapshot->pieces);
  wg_text_free(&snapshot->file);
  wg_release(&allocator, snapshot->path);
  wg_release(&allocator, snapshot);
}

const char *wg_snapshot_file(const wg_snapshot *snapshot) { return wg_text_string(&snapshot->file); }

/* ---- Registering ---- */

/* Called prefix.name, or name where there is no prefix. */
static void register_piece(wg_snapshot *snapshot, const char *prefix, const char *name, wg_dtype dtype, wg_shape shape,
                           void *data) {
  wg_text whole = WG_TEXT_EMPTY(&snapshot->allocator);
  wg_text_print(&whole, "%s%s%s", prefix, *prefix ? "." : "", name);
  piece *pieces =
      wg_grow(&snapshot->allocator, snapshot->pieces, snapshot->piece_count, &snapshot->piece_capacity, sizeof *pieces);
  if (pieces) snapshot->pieces = pieces;
  if (pieces && !whole.failed) {
    pieces[snapshot->piece_count++] = (piece){whole.data, dtype, shape, data};
    return;
  }
  snapshot->no_memory = true;
  wg_text_free(&whole);
}

void wg_snapshot_integer(wg_snapshot *snapshot, const char *name, int64_t *value) {
  register_piece(snapshot, "", name, WG_I64, WG_SCALAR, value);
}

void wg_snapshot_number(wg_snapshot *snapshot, const char *name, double *value) {
  register_piece(snapshot, "", name, WG_F64, WG_SCALAR, value);
}

void wg_snapshot_array(wg_snapshot *snapshot, const char *prefix, const wg_state_array *array) {
  register_piece(snapshot, prefix, array->name, array->dtype, WG_SHAPE((int64_t)array->count), array->data);
}

void wg_snapshot_model(wg_snapshot *snapshot, const wg_model_file *file) {
  const wg_weights *weights = file->model->weights;
  snapshot->model = *file;
  for (size_t k = 0; k < weights->count; k++)
    register_piece(snapshot, "", weights->name[k], weights->dtype, weights->shape[k], weights->data[k]);
}

void wg_snapshot_setting(wg_snapshot *snapshot, const char *name, const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(text, sizeof text, format, arguments);
  va_end(arguments);
  wg_text key_text = WG_TEXT_EMPTY(&snapshot->allocator), value_text = key_text;
  wg_text_print(&key_text, "setting.%s", name);
  wg_text_add(&value_text, text);
  setting *settings = wg_grow(&snapshot->allocator, snapshot->settings, snapshot->setting_count,
                              &snapshot->setting_capacity, sizeof *settings);
  if (settings) snapshot->settings = settings;
  if (settings && !key_text.failed && !value_text.failed) {
    settings[snapshot->setting_count++] = (setting){key_text.data, value_text.data};
    return;
  }
  snapshot->no_memory = true;
  wg_text_free(&key_text);
  wg_text_free(&value_text);
}

/* All that is registered, as a file to be written, or to compare one with that was read. */
static wg_status gather(const wg_snapshot *snapshot, wg_safetensors **gathered, wg_error *error) {
  *gathered = NULL;
  if (snapshot->no_memory) return wg_error_memory(error);
  wg_safetensors *file = wg_safetensors_new(&snapshot->allocator);
  if (!file) return wg_error_memory(error);
  wg_status status = WG_OK;
  wg_safetensors_add_text(file, "snapshot", version);
  for (size_t i = 0; i < snapshot->setting_count; i++)
    wg_safetensors_add_text(file, snapshot->settings[i].key, snapshot->settings[i].text);
  if (snapshot->model.model) status = wg_model_describe(&snapshot->model, file, error);
  for (size_t i = 0; i < snapshot->piece_count; i++) {
    const piece *here = &snapshot->pieces[i];
    wg_safetensors_add(file, here->name, here->dtype, here->shape, here->data);
  }
  if (status == WG_OK && file->status != WG_OK) status = wg_error_set(error, file->status, "%s", file->message);
  if (status == WG_OK)
    *gathered = file;
  else
    wg_safetensors_free(file);
  return status;
}

/* ---- The files of a path ---- */

/* The numbers of those that are there. */
typedef struct listing {
  const wg_snapshot *snapshot;
  size_t count, capacity;
  int64_t *numbers;
  bool no_memory;
} listing;

static void print_file(const wg_snapshot *snapshot, int64_t number, wg_text *file) {
  wg_text_print(file, "%s-%06" PRId64 "%s", snapshot->path, number, suffix);
}

/* The number in "spiral-000120.safetensors", if the name is exactly what that number gives. */
static bool read_number(const char *stem, const char *name, int64_t *number) {
  size_t length = strlen(stem), digits = 0;
  if (strncmp(name, stem, length) != 0 || name[length] != '-') return false;
  const char *at = name + length + 1;
  for (*number = 0; at[digits] >= '0' && at[digits] <= '9' && digits < 18; digits++)
    *number = 10 * *number + (at[digits] - '0');
  return digits >= 6 && (digits == 6 || at[0] != '0') && strcmp(at + digits, suffix) == 0;
}

static bool list_one(void *context, const char *name) {
  listing *list = context;
  int64_t number;
  if (!read_number(wg_file_name(list->snapshot->path), name, &number)) return true;
  int64_t *numbers = wg_grow(&list->snapshot->allocator, list->numbers, list->count, &list->capacity, sizeof *numbers);
  list->no_memory = !numbers;
  if (!numbers) return false;
  list->numbers = numbers;
  numbers[list->count++] = number;
  return true;
}

static int newest_first(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x < y) - (x > y);
}

/* The list, the newest first; its numbers are to be released. */
static wg_status list_numbers(const wg_snapshot *snapshot, listing *list, wg_error *error) {
  *list = (listing){.snapshot = snapshot};
  wg_status status = wg_file_list(snapshot->path, &snapshot->allocator, list_one, list, error);
  if (status == WG_OK && list->no_memory) status = wg_error_memory(error);
  if (status == WG_OK && list->count) qsort(list->numbers, list->count, sizeof *list->numbers, newest_first);
  return status;
}

wg_status wg_snapshot_count(const wg_snapshot *snapshot, size_t *count, wg_error *error) {
  listing list;
  wg_status status = list_numbers(snapshot, &list, error);
  *count = status == WG_OK ? list.count : 0;
  wg_release(&snapshot->allocator, list.numbers);
  return status;
}

/* ---- Saving ---- */

/* Removes what is older than the newest `keep` up to this number. Later ones are not this training's: it passed them over
 * because they are damaged, and comes to their numbers again. */
static wg_status remove_old(const wg_snapshot *snapshot, int64_t number, wg_error *error) {
  const wg_file_system *system = snapshot->system ? snapshot->system : &wg_file_system_default;
  listing list;
  int64_t kept = 0;
  wg_status status = list_numbers(snapshot, &list, error);
  for (size_t i = 0; status == WG_OK && i < list.count; i++) {
    if (list.numbers[i] > number || kept++ < snapshot->keep) continue;
    wg_text file = WG_TEXT_EMPTY(&snapshot->allocator);
    print_file(snapshot, list.numbers[i], &file);
    if (file.failed)
      status = wg_error_memory(error);
    else if (system->unlink(system->context, file.data) < 0 && errno != ENOENT)
      status = wg_error_set(error, WG_ERROR_FILE, "%s: cannot be removed: %s", file.data, strerror(errno));
    wg_text_free(&file);
  }
  wg_release(&snapshot->allocator, list.numbers);
  return status;
}

wg_status wg_snapshot_save(wg_snapshot *snapshot, int64_t number, wg_error *error) {
  wg_safetensors *file;
  wg_file_writer *writer = NULL;
  if (number < 0) return wg_error_set(error, WG_ERROR_ARGUMENT, "a snapshot cannot have number %" PRId64, number);
  wg_status status = gather(snapshot, &file, error);
  if (status != WG_OK) return status;
  wg_text_free(&snapshot->file);
  print_file(snapshot, number, &snapshot->file);
  if (snapshot->file.failed) status = wg_error_memory(error);
  if (status == WG_OK)
    status = wg_file_writer_new(snapshot->file.data, wg_file_name(snapshot->path), snapshot->system,
                                &snapshot->allocator, &writer, error);
  if (status == WG_OK) status = wg_safetensors_put(file, true, writer, error);
  if (status == WG_OK) status = wg_file_writer_finish(writer, error);
  wg_file_writer_free(writer);
  wg_safetensors_free(file);
  return status == WG_OK ? remove_old(snapshot, number, error) : status;
}

/* ---- Loading ---- */

/* The name of a text's key for people. */
static const char *setting_name(const char *key) { return strncmp(key, "setting.", 8) == 0 ? key + 8 : key; }

/* Whether the texts of a file that was read are those of this training. */
static wg_status compare_texts(const char *name, const wg_safetensors *read, const wg_safetensors *own,
                               wg_error *error) {
  for (size_t i = 0; i < own->text_count; i++) {
    const char *key = own->texts[i].key, *here = own->texts[i].text, *there = wg_safetensors_text(read, key);
    if (there && strcmp(here, there) == 0) continue;
    return wg_error_set(error, WG_ERROR_DATA, "%s: it was saved with %s %.*s, and this training has %.*s", name,
                        setting_name(key), wg_text_fit(there ? there : "not set", 60), there ? there : "not set",
                        wg_text_fit(here, 60), here);
  }
  for (size_t i = 0; i < read->text_count; i++) {
    const char *key = read->texts[i].key, *there = read->texts[i].text;
    char shown[WG_SAFETENSORS_SHOWN_SIZE];
    if (wg_safetensors_text(own, key)) continue;
    return wg_error_set(error, WG_ERROR_DATA, "%s: it was saved with %s %.*s, which this training does not have", name,
                        wg_safetensors_show(setting_name(key), shown), wg_text_fit(there, 60), there);
  }
  return WG_OK;
}

/* Whether its tensors are those of this training: all, of the same types and shapes, and the digest. */
static wg_status compare_tensors(const char *name, const wg_safetensors *read, const wg_safetensors *own,
                                 wg_error *error) {
  for (size_t i = 0; i < own->tensor_count; i++) {
    const wg_stored_tensor *here = &own->tensors[i], *there = wg_safetensors_find(read, here->name);
    char text[WG_SHAPE_TEXT_SIZE];
    if (!there || there->dtype != here->dtype || !wg_shape_equal(&there->shape, &here->shape))
      return wg_error_set(error, WG_ERROR_DATA, "%s: there is no %s of shape %s, which this training has", name,
                          here->name, wg_shape_text(&here->shape, text));
  }
  for (size_t i = 0; i + 1 < read->tensor_count; i++) {
    char shown[WG_SAFETENSORS_SHOWN_SIZE];
    if (!wg_safetensors_find(own, read->tensors[i].name))
      return wg_error_set(error, WG_ERROR_DATA, "%s: it has %s, which this training does not have", name,
                          wg_safetensors_show(read->tensors[i].name, shown));
  }
  return WG_OK;
}

/* The scaler is not brought back, but made from the data: another one means other data. */
static wg_status compare_scaler(const char *name, const wg_safetensors *read, const wg_scaler *scaler,
                                wg_error *error) {
  const wg_stored_tensor *tensors[] = {wg_safetensors_find(read, "scaler.mean"),
                                       wg_safetensors_find(read, "scaler.deviation")};
  const double *own[] = {scaler ? scaler->mean : NULL, scaler ? scaler->deviation : NULL};
  for (int i = 0; i < 2 && scaler; i++)
    for (int64_t j = 0; j < scaler->columns; j++) {
      wg_stored_tensor element = *tensors[i];
      double value = 0;
      element.data = (const char *)element.data + (size_t)j * sizeof value;
      element.count = 1;
      wg_stored_copy(&element, WG_F64, &value, NULL);
      if (value != own[i][j])
        return wg_error_set(error, WG_ERROR_DATA, "%s: it was saved with other data (column %" PRId64 ")", name, j + 1);
    }
  return WG_OK;
}

/* Puts a file that was read into the registered memory, if all of it fits. */
static wg_status restore(const wg_snapshot *snapshot, const wg_safetensors *read, wg_error *error) {
  const char *name = snapshot->file.data;
  wg_safetensors *own;
  wg_status status = gather(snapshot, &own, error);
  if (status != WG_OK) return status;
  status = compare_texts(name, read, own, error);
  if (status == WG_OK) status = compare_tensors(name, read, own, error);
  if (status == WG_OK) status = compare_scaler(name, read, snapshot->model.scaler, error);
  for (size_t i = 0; status == WG_OK && i < snapshot->piece_count; i++) {
    const piece *here = &snapshot->pieces[i];
    status = wg_stored_copy(wg_safetensors_find(read, here->name), here->dtype, here->data, error);
  }
  wg_safetensors_free(own);
  return status;
}

/* Reads a file that was saved as a snapshot and is whole; a failure here is one of this file alone. */
static wg_status read_sound(const wg_snapshot *snapshot, wg_safetensors **read, wg_error *error) {
  wg_status status = wg_safetensors_read(snapshot->file.data, SIZE_MAX, &snapshot->allocator, read, error);
  if (status != WG_OK || wg_safetensors_sound(*read)) return status;
  wg_safetensors_free(*read);
  return wg_error_set(error, WG_ERROR_DATA, "%s: the file is damaged: its digest is another", snapshot->file.data);
}

static wg_status load_newest(wg_snapshot *snapshot, const listing *list, void (*skipped)(void *, const char *),
                             void *context, int64_t *number, wg_error *error) {
  for (size_t i = 0; i < list->count; i++) {
    wg_error why = {0};
    wg_safetensors *read;
    wg_text_free(&snapshot->file);
    print_file(snapshot, list->numbers[i], &snapshot->file);
    if (snapshot->file.failed) return wg_error_memory(error);
    wg_status status = read_sound(snapshot, &read, &why);
    if (status == WG_ERROR_MEMORY) return wg_error_memory(error);
    if (status == WG_OK) {
      status = restore(snapshot, read, error);
      wg_safetensors_free(read);
      if (status == WG_OK) *number = list->numbers[i];
      return status;
    }
    if (skipped) skipped(context, why.message);
  }
  if (list->count == 0) return WG_OK;
  return wg_error_set(error, WG_ERROR_DATA, "%s: none of %zu snapshots is whole", snapshot->path, list->count);
}

wg_status wg_snapshot_load(wg_snapshot *snapshot, void (*skipped)(void *context, const char *why), void *context,
                           int64_t *number, wg_error *error) {
  listing list;
  *number = -1;
  wg_status status = list_numbers(snapshot, &list, error);
  if (status == WG_OK && list.count && !wg_safetensors_readable())
    status = wg_error_set(error, WG_ERROR_FILE, "this wengert was built without jansson, and reads no snapshots");
  if (status == WG_OK)
    status = wg_file_clean(snapshot->path, wg_file_name(snapshot->path), snapshot->system, &snapshot->allocator, error);
  if (status == WG_OK) status = load_newest(snapshot, &list, skipped, context, number, error);
  wg_release(&snapshot->allocator, list.numbers);
  return status;
}
