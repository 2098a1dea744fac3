/* Every allocation of saving and loading fails in turn, once and for good, jansson's among them: always a status, never a
 * crash, no leak, no file left behind; and what is loaded is all or nothing. */
#include "../support.h"
#include "../../models/models.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef WG_JANSSON
#include <jansson.h>
#endif

static char folder[] = "/tmp/wengert-allocation-XXXXXX";
static char model_path[64], stem[64];

static int make_folder(void **state) {
  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(model_path, sizeof model_path, "%s/model", folder);
  snprintf(stem, sizeof stem, "%s/run", folder);
  return 0;
}

/* How many files there are; with `remove` they go. */
static int count_files(bool remove) {
  DIR *entries = opendir(folder);
  assert_non_null(entries);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(entries));) {
    char path[400];
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (remove) assert_int_equal(unlink(path), 0);
    count++;
  }
  closedir(entries);
  return count;
}

static int remove_folder(void **state) {
  (void)state;
  count_files(true);
  return rmdir(folder);
}

/* ---- A model with all that a file can hold, from memory that does not fail ---- */

static wg_model_file file;

static int make_model(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  if (wg_model_new(&spec, WG_INIT_HE, 1, &file.model, NULL) != WG_OK) return -1;
  const char text[] = "x,\"y \"\"z\"\"\",the kind of flower that it is\n1,2,rose\n3,5,tulip\n4,1,lily\n";
  if (wg_csv_parse("memory", text, sizeof text - 1, NULL, &file.data, NULL) != WG_OK) return -1;
  file.scaler = wg_scaler_new(file.data, NULL);
  return file.scaler ? 0 : -1;
}

static int free_model(void **state) {
  (void)state;
  wg_model_file_clear(&file);
  return 0;
}

static double model_number(const wg_model_file *m) {
  double sum = m->scaler->mean[0] + m->scaler->deviation[1];
  for (size_t k = 0; k < m->model->weights->count; k++)
    for (int64_t i = 0; i < m->model->weights->size[k]; i++)
      sum += ((double *)m->model->weights->data[k])[i] * (double)(i + 1);
  for (int64_t i = 0; i < m->data->columns; i++) sum += (double)strlen(m->data->column_names[i]);
  return sum;
}

/* ---- What is tried ---- */

static wg_status save_model(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_error error = {0};
  wg_model model = *file.model; /* the same weights */
  wg_model_file same = file;
  model.allocator = *allocator;
  same.model = &model;
  wg_status status = wg_model_save(model_path, &same, &error);
  assert_int_equal(error.status, status);
  *number = 1;
  return status;
}

static wg_status load_model(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_model_file loaded;
  wg_error error = {0};
  wg_status status = wg_model_load(model_path, allocator, &loaded, &error);
  assert_int_equal(error.status, status);
  assert_true((status == WG_OK) == (loaded.model != NULL));
  if (status == WG_OK) *number = model_number(&loaded);
  wg_model_file_clear(&loaded);
  return status;
}

typedef struct training {
  int64_t step;
  double momentum[300];
} training;

static wg_status snapshot_of(training *t, const wg_allocator *allocator, wg_snapshot **snapshot) {
  const wg_snapshot_options options = {.path = stem, .keep = 2, .allocator = allocator};
  wg_status status = wg_snapshot_new(&options, snapshot, NULL);
  if (status != WG_OK) return status;
  wg_state_array array = {.name = "momentum", .dtype = WG_F64, .count = 300, .data = t->momentum};
  wg_snapshot_integer(*snapshot, "step", &t->step);
  wg_snapshot_array(*snapshot, "optimizer", &array);
  wg_snapshot_model(*snapshot, &file);
  for (int i = 0; i < 10; i++) wg_snapshot_setting(*snapshot, (const char[]){(char)('a' + i), 0}, "%d", i);
  return WG_OK;
}

static wg_status save_snapshot(const wg_allocator *allocator, void *context, double *number) {
  training t = {.step = *(int64_t *)context};
  fill_f64(t.momentum, 300, -1, 1, (uint64_t)t.step);
  wg_snapshot *snapshot = NULL;
  wg_status status = snapshot_of(&t, allocator, &snapshot);
  if (status == WG_OK) status = wg_snapshot_save(snapshot, t.step, NULL);
  wg_snapshot_free(snapshot);
  *number = 1;
  return status;
}

static wg_status load_snapshot(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  training t = {.step = -5};
  wg_snapshot *snapshot = NULL;
  int64_t loaded = -1;
  wg_status status = snapshot_of(&t, allocator, &snapshot);
  if (status == WG_OK) status = wg_snapshot_load(snapshot, NULL, NULL, &loaded, NULL);
  wg_snapshot_free(snapshot);
  if (status != WG_OK) assert_true(t.step == -5 && t.momentum[0] == 0 && loaded == -1);
  if (status == WG_OK) *number = (double)t.step + t.momentum[17];
  return status;
}

static wg_status predict(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_model model = *file.model;
  wg_predictor *predictor = NULL;
  double probabilities[9];
  const double features[] = {1, 2, 3, 4, 5, 6};
  model.allocator = *allocator;
  wg_status status = wg_predictor_new(&model, 2, file.scaler, &predictor, NULL);
  if (status == WG_OK) status = wg_predictor_run(predictor, 3, WG_F64, features, NULL, probabilities, NULL);
  wg_predictor_free(predictor);
  if (status == WG_OK) *number = probabilities[0] + 2 * probabilities[4] + 3 * probabilities[8];
  return status;
}

/* ---- The statements ---- */

static void report(const char *what, size_t count) { printf("%s: %zu allocations failed in turn\n", what, count); }

static void models_survive_every_failed_allocation(void **state) {
  (void)state;
  report("save a model", assert_survives_failed_allocations("save a model", save_model, NULL));
  assert_int_equal(count_files(false), 1);
  if (wg_safetensors_readable())
    report("load a model", assert_survives_failed_allocations("load a model", load_model, NULL));
  report("predict", assert_survives_failed_allocations("predict", predict, NULL));
}

static void snapshots_survive_every_failed_allocation(void **state) {
  (void)state;
  count_files(true);
  int64_t step = 3;
  report("save a snapshot", assert_survives_failed_allocations("save a snapshot", save_snapshot, &step));
  assert_int_equal(count_files(false), 1);
  double number;
  for (step = 4; step <= 6; step++) assert_int_equal(save_snapshot(NULL, &step, &number), WG_OK);
  assert_int_equal(count_files(false), 2);
  if (wg_safetensors_readable())
    report("load a snapshot", assert_survives_failed_allocations("load a snapshot", load_snapshot, NULL));
}

#ifdef WG_JANSSON
static size_t json_calls, json_fail, json_live;

static void *json_allocate(size_t size) {
  void *memory = ++json_calls == json_fail ? NULL : malloc(size);
  json_live += memory != NULL;
  return memory;
}

static void json_release(void *memory) {
  json_live -= memory != NULL;
  free(memory);
}

/* jansson tells of some of its failures as if the text were wrong, and leaves bytes out of strings: an error nevertheless. */
static void reading_survives_every_failed_allocation_of_jansson(void **state) {
  (void)state;
  count_files(true);
  assert_int_equal(wg_model_save(model_path, &file, NULL), WG_OK);
  json_set_alloc_funcs(json_allocate, json_release);
  wg_status status = WG_ERROR_MEMORY;
  for (json_fail = 1; status != WG_OK; json_fail++) {
    wg_model_file loaded;
    wg_error error = {0};
    json_calls = 0;
    status = wg_model_load(model_path, NULL, &loaded, &error);
    assert_true(status == WG_OK || status == WG_ERROR_MEMORY || status == WG_ERROR_DATA);
    assert_true((status == WG_OK) == (json_calls < json_fail));
    assert_int_equal(json_live, 0);
    if (status == WG_OK) assert_string_equal(loaded.data->label_name, file.data->label_name);
    wg_model_file_clear(&loaded);
  }
  json_set_alloc_funcs(malloc, free);
  report("jansson", json_fail - 2);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(models_survive_every_failed_allocation, make_model, free_model),
      cmocka_unit_test_setup_teardown(snapshots_survive_every_failed_allocation, make_model, free_model),
#ifdef WG_JANSSON
      cmocka_unit_test_setup_teardown(reading_survives_every_failed_allocation_of_jansson, make_model, free_model),
#endif
  };
  return cmocka_run_group_tests_name(__FILE__, tests, make_folder, remove_folder);
}
