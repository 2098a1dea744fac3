/* A training comes back from its newest whole snapshot, bit for bit; a damaged one is passed over, another training's is
 * refused, and nothing changes until all of it is known to fit. */
#include "../support.h"
#include "../../models/models.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- A folder ---- */

static char folder[] = "/tmp/wengert-snapshot-XXXXXX";
static char stem[64];

static int make_folder(void **state) {
  (void)state;
  snprintf(stem, sizeof stem, "%s/net", mkdtemp(folder) ? folder : "");
  return *stem == '/' && stem[1] == 't' ? 0 : -1;
}

static const char *path_of(const char *name) {
  static char path[2000];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static int compare_names(const void *a, const void *b) { return strcmp(a, b); }

/* The names in the folder, in order, with spaces between. With `remove` they go. */
static const char *names(bool remove) {
  static char text[2000];
  char list[20][80];
  size_t count = 0;
  DIR *entries = opendir(folder);
  assert_non_null(entries);
  for (struct dirent *entry; (entry = readdir(entries));)
    if (entry->d_name[0] != '.' && count < 20) snprintf(list[count++], 80, "%.79s", entry->d_name);
  closedir(entries);
  qsort(list, count, sizeof *list, compare_names);
  text[0] = 0;
  for (size_t i = 0; i < count; i++) {
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", list[i]);
    if (remove) assert_int_equal(unlink(path_of(list[i])), 0);
  }
  return text;
}

static int empty_folder(void **state) {
  (void)state;
  names(true);
  return 0;
}

static int remove_folder(void **state) {
  empty_folder(state);
  return rmdir(folder);
}

/* ---- A training ---- */

typedef struct training {
  int64_t step;
  double best;
  float momentum[5];
  wg_model *model;
  wg_table *table;
  wg_scaler *scaler;
  wg_model_file file;
  int batch;
} training;

static training training_new(void) {
  training t = {.batch = 32};
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.dtype = WG_F32;
  assert_int_equal(wg_model_new(&spec, WG_INIT_HE, 1, &t.model, NULL), WG_OK);
  t.table = wg_spiral(3, 5, 0.2, 1, NULL);
  t.scaler = wg_scaler_new(t.table, NULL);
  t.file = (wg_model_file){t.model, t.table, t.scaler, NULL};
  return t;
}

static void training_free(training *t) {
  wg_model_free(t->model);
  wg_table_free(t->table);
  wg_scaler_free(t->scaler);
}

/* Makes it one that has taken so many steps. */
static void training_set(training *t, int64_t step) {
  t->step = step;
  t->best = step % 2 ? NAN : -0.0;
  fill_f32(t->momentum, 5, -1, 1, (uint64_t)step + 1);
  for (size_t k = 0; k < t->model->weights->count; k++)
    fill_f32(t->model->weights->data[k], (size_t)t->model->weights->size[k], -1, 1, (uint64_t)step * 10 + k);
}

static bool training_equal(const training *a, const training *b) {
  bool equal = a->step == b->step && memcmp(&a->best, &b->best, sizeof a->best) == 0 &&
               memcmp(a->momentum, b->momentum, sizeof a->momentum) == 0;
  const wg_weights *x = a->model->weights, *y = b->model->weights;
  for (size_t k = 0; k < x->count; k++)
    equal = equal && memcmp(x->data[k], y->data[k], (size_t)x->size[k] * sizeof(float)) == 0;
  return equal;
}

static void assert_is_step(const training *t, int64_t step) {
  training expected = training_new();
  training_set(&expected, step);
  assert_true(training_equal(t, &expected));
  training_free(&expected);
}

static wg_snapshot *snapshot_of(training *t) {
  wg_snapshot *snapshot;
  assert_int_equal(wg_snapshot_new(&(wg_snapshot_options){.path = stem, .keep = 3}, &snapshot, NULL), WG_OK);
  wg_snapshot_integer(snapshot, "step", &t->step);
  wg_snapshot_number(snapshot, "best", &t->best);
  wg_state_array array = {.name = "momentum.0", .dtype = WG_F32, .count = 5, .data = t->momentum};
  wg_snapshot_array(snapshot, "optimizer", &array);
  wg_snapshot_model(snapshot, &t->file);
  if (t->batch) wg_snapshot_setting(snapshot, "batch", "%d", t->batch);
  return snapshot;
}

static void save(int64_t step) {
  training t = training_new();
  training_set(&t, step);
  wg_snapshot *snapshot = snapshot_of(&t);
  wg_error error = {0};
  if (wg_snapshot_save(snapshot, step, &error) != WG_OK) fail_msg("%s", error.message);
  wg_snapshot_free(snapshot);
  training_free(&t);
}

static void collect(void *context, const char *why) {
  strcat(context, why);
  strcat(context, "\n");
}

/* The number of what is loaded; what was passed over is told in `skipped`. */
static int64_t load(char skipped[2000]) {
  training t = training_new();
  wg_snapshot *snapshot = snapshot_of(&t);
  wg_error error = {0};
  int64_t number;
  skipped[0] = 0;
  if (wg_snapshot_load(snapshot, collect, skipped, &number, &error) != WG_OK) fail_msg("%s", error.message);
  if (number >= 0) assert_is_step(&t, number);
  wg_snapshot_free(snapshot);
  training_free(&t);
  return number;
}

static size_t count(void) {
  training t = training_new();
  wg_snapshot *snapshot = snapshot_of(&t);
  size_t found = 0;
  assert_int_equal(wg_snapshot_count(snapshot, &found, NULL), WG_OK);
  wg_snapshot_free(snapshot);
  training_free(&t);
  return found;
}

/* ---- The statements ---- */

static void a_training_comes_back_bit_for_bit(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  char skipped[2000];
  assert_int_equal(load(skipped), -1); /* none yet */
  save(7);
  assert_int_equal(load(skipped), 7);
  save(8);
  assert_int_equal(load(skipped), 8);
  assert_string_equal(skipped, "");
}

static void the_newest_few_are_kept(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  const char *foreign[] = {"net-12.safetensors",
                           "net-0000012.safetensors",
                           "net-000012.safetensors.old",
                           "nett-000001.safetensors",
                           "net-000001.csv",
                           "net-+00012.safetensors",
                           "net-00001x.safetensors",
                           "net-00000123456789012345678.safetensors"};
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) fclose(fopen(path_of(foreign[i]), "w"));
  for (int64_t step = 999997; step <= 1000002; step++) save(step);
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) assert_contains(names(false), foreign[i]);
  assert_int_equal(count(), 3);
  for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) assert_int_equal(unlink(path_of(foreign[i])), 0);
  assert_string_equal(names(false), "net-1000000.safetensors net-1000001.safetensors net-1000002.safetensors");
  char skipped[2000];
  assert_int_equal(load(skipped), 1000002);
}

static void later_snapshots_do_not_count(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  const char *later[] = {"net-000007.safetensors", "net-000008.safetensors", "net-000009.safetensors"};
  for (int i = 0; i < 3; i++) fclose(fopen(path_of(later[i]), "w"));
  save(1), save(2), save(3), save(4);
  for (int i = 0; i < 3; i++) assert_int_equal(unlink(path_of(later[i])), 0);
  assert_string_equal(names(false), "net-000002.safetensors net-000003.safetensors net-000004.safetensors");
}

static void spoil(int64_t number, long at, bool cut) {
  char name[40];
  snprintf(name, sizeof name, "net-%06d.safetensors", (int)number);
  FILE *file = fopen(path_of(name), "r+b");
  assert_non_null(file);
  assert_int_equal(fseek(file, at, at < 0 ? SEEK_END : SEEK_SET), 0);
  long place = ftell(file);
  int byte = fgetc(file);
  assert_true(byte != EOF);
  assert_int_equal(fseek(file, place, SEEK_SET), 0);
  fputc(byte ^ 1, file);
  assert_int_equal(fclose(file), 0);
  if (cut) assert_int_equal(truncate(path_of(name), place), 0);
}

static void damaged_snapshots_are_passed_over(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  char skipped[2000];
  /* one bit of the length, of the header, of the elements, of the digest; or cut at the front, within, before the end */
  const struct {
    long at;
    bool cut;
  } damages[] = {{0, false}, {12, false}, {-100, false}, {-1, false}, {0, true}, {5, true}, {300, true}, {-1, true}};
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    names(true);
    for (int64_t step = 1; step <= 3; step++) save(step);
    spoil(3, damages[i].at, damages[i].cut);
    assert_int_equal(load(skipped), 2);
    assert_contains(skipped, "net-000003.safetensors: ");
    spoil(2, -9, false);
    assert_int_equal(load(skipped), 1);
    assert_contains(skipped, "net-000002.safetensors: the file is damaged: its digest is another\n");
    save(2); /* the training comes there again; 3 stays until it is passed */
    assert_string_equal(names(false), "net-000001.safetensors net-000002.safetensors net-000003.safetensors");
    assert_int_equal(load(skipped), 2);
    save(3);
    assert_int_equal(load(skipped), 3);
    assert_string_equal(skipped, "");
  }
}

static void none_that_is_whole_is_an_error(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  save(1), save(2);
  spoil(1, -1, false), spoil(2, -1, false);
  training t = training_new();
  wg_snapshot *snapshot = snapshot_of(&t);
  wg_error error = {0};
  int64_t number;
  assert_int_equal(wg_snapshot_load(snapshot, NULL, NULL, &number, &error), WG_ERROR_DATA);
  assert_contains(error.message, "none of 2 snapshots is whole");
  wg_snapshot_free(snapshot);
  training_free(&t);
}

/* Loads into a training that `change` made another one: refused, and it is as it was. */
static void assert_other(void (*change)(training *t, wg_snapshot *snapshot), const char *part) {
  training t = training_new(), before = training_new();
  training_set(&t, 50), training_set(&before, 50);
  change(&t, NULL);
  wg_snapshot *snapshot = snapshot_of(&t);
  change(&t, snapshot);
  wg_error error = {0};
  int64_t number;
  assert_int_equal(wg_snapshot_load(snapshot, NULL, NULL, &number, &error), WG_ERROR_DATA);
  assert_contains(error.message, "net-000009.safetensors: ");
  assert_contains(error.message, part);
  assert_int_equal(number, -1);
  assert_true(training_equal(&t, &before));
  wg_snapshot_free(snapshot);
  training_free(&t), training_free(&before);
}

static double extra[7];
static int64_t extra_whole;

static void other_batch(training *t, wg_snapshot *snapshot) { (void)snapshot, t->batch = 64; }
static void no_batch(training *t, wg_snapshot *snapshot) { (void)snapshot, t->batch = 0; }
static void other_scaler(training *t, wg_snapshot *snapshot) { (void)snapshot, t->scaler->mean[1] += 1; }
static void other_classes(training *t, wg_snapshot *snapshot) { (void)snapshot, t->table->classes = 2; }
static void no_scaler(training *t, wg_snapshot *snapshot) { (void)snapshot, t->file.scaler = NULL; }
static void more_settings(training *t, wg_snapshot *snapshot) {
  (void)t;
  if (snapshot) wg_snapshot_setting(snapshot, "decay", "0.1");
}
static void more_memory(training *t, wg_snapshot *snapshot) {
  (void)t;
  if (snapshot) wg_snapshot_number(snapshot, "average", extra);
}
static void longer_memory(training *t, wg_snapshot *snapshot) {
  (void)t;
  wg_state_array array = {.name = "s", .dtype = WG_F64, .count = 7, .data = extra};
  if (snapshot) wg_snapshot_array(snapshot, "optimizer", &array);
}

static void another_training_is_refused_and_nothing_changes(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  save(9);
  assert_other(other_batch, "it was saved with batch 32, and this training has 64");
  assert_other(no_batch, "it was saved with batch 32, which this training does not have");
  assert_other(other_scaler, "other data (column 2)");
  assert_other(other_classes, "data.classes 3, and this training has 2");
  assert_other(no_scaler, "it has scaler.deviation, which this training does not have");
  assert_other(more_settings, "decay not set, and this training has 0.1");
  assert_other(more_memory, "there is no average of shape ()");
  assert_other(longer_memory, "there is no optimizer.s of shape (7)");
}

static void a_snapshot_is_a_model_file_too(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  save(4);
  wg_model_file file;
  wg_error error = {0};
  if (wg_model_load(path_of("net-000004.safetensors"), NULL, &file, &error) != WG_OK) fail_msg("%s", error.message);
  training t = training_new();
  training_set(&t, 4);
  for (size_t k = 0; k < t.model->weights->count; k++)
    assert_memory_equal(file.model->weights->data[k], t.model->weights->data[k],
                        (size_t)t.model->weights->size[k] * sizeof(float));
  assert_true(file.scaler->mean[0] == t.scaler->mean[0]);
  training_free(&t);
  wg_model_file_clear(&file);
}

static void wrong_calls_are_refused(void **state) {
  (void)state;
  wg_snapshot *snapshot;
  wg_error error = {0};
  assert_int_equal(wg_snapshot_new(&(wg_snapshot_options){.path = "/tmp/"}, &snapshot, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_snapshot_new(&(wg_snapshot_options){.path = ""}, &snapshot, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_snapshot_new(&(wg_snapshot_options){0}, &snapshot, &error), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_snapshot_new(&(wg_snapshot_options){"a", -1, NULL, NULL}, &snapshot, &error), WG_ERROR_ARGUMENT);
  assert_null(snapshot);

  size_t found;
  int64_t number;
  assert_int_equal(wg_snapshot_new(&(wg_snapshot_options){.path = "/nonexistent/a"}, &snapshot, &error), WG_OK);
  assert_string_equal(wg_snapshot_file(snapshot), "");
  assert_int_equal(wg_snapshot_count(snapshot, &found, &error), WG_ERROR_FILE);
  assert_int_equal(wg_snapshot_load(snapshot, NULL, NULL, &number, &error), WG_ERROR_FILE);
  assert_int_equal(wg_snapshot_save(snapshot, 1, &error), WG_ERROR_FILE);
  assert_contains(error.message, "/nonexistent/a-000001.safetensors");
  assert_int_equal(wg_snapshot_save(snapshot, -1, &error), WG_ERROR_ARGUMENT);
  wg_snapshot_integer(snapshot, "twice", &extra_whole);
  wg_snapshot_number(snapshot, "twice", extra);
  assert_int_equal(wg_snapshot_save(snapshot, 1, &error), WG_ERROR_ARGUMENT);
  wg_snapshot_free(snapshot);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(a_training_comes_back_bit_for_bit, empty_folder),
      cmocka_unit_test_setup(the_newest_few_are_kept, empty_folder),
      cmocka_unit_test_setup(later_snapshots_do_not_count, empty_folder),
      cmocka_unit_test_setup(damaged_snapshots_are_passed_over, empty_folder),
      cmocka_unit_test_setup(none_that_is_whole_is_an_error, empty_folder),
      cmocka_unit_test_setup(another_training_is_refused_and_nothing_changes, empty_folder),
      cmocka_unit_test_setup(a_snapshot_is_a_model_file_too, empty_folder),
      cmocka_unit_test(wrong_calls_are_refused),
  };
  return cmocka_run_group_tests_name(__FILE__, tests, make_folder, remove_folder);
}
