/* Every allocation of the readers, the writers and the preparation of data fails in turn, once and for good: always a
 * status, never a crash, and no leak. And files that end, or cannot be read, at the wrong moment. */
#include "../support.h"

#include "../../models/compress.h"
#include "../../models/models.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[64], path[256];

static const char *in_folder(const char *name) {
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static double table_number(const wg_table *table) {
  double sum = (double)table->classes;
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t j = 0; j < table->columns; j++)
      sum += wg_table_feature(table, i, j) * (1 + 0.01 * (double)(i + j)) + (double)table->labels[i];
  return sum;
}

/* ---- Files to read ---- */

static void write_file(const char *name, const void *bytes, size_t size) {
  FILE *file = fopen(in_folder(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static wg_table *two_samples(void) {
  wg_table *table = wg_table_new_with(WG_F32, 2, 6, 2, NULL);
  assert_non_null(table);
  for (int64_t i = 0; i < 12; i++) wg_table_set_feature(table, i / 6, i % 6, 0.1 * (double)i);
  table->labels[1] = 1;
  return table;
}

static void write_arrays(void) {
  wg_table *table = two_samples();
  wg_array *x = wg_table_features(table, NULL), *y = wg_table_labels(table, NULL);
  assert_true(x && y);
  const char *names[] = {"x", "y"};
  const wg_array *arrays[] = {x, y};
  assert_int_equal(wg_npy_write(in_folder("x.npy"), x, NULL), WG_OK);
  assert_int_equal(wg_npz_write(in_folder("stored.npz"), 2, names, arrays, false, NULL, NULL), WG_OK);
  if (wg_has_zlib()) assert_int_equal(wg_npz_write(in_folder("packed.npz"), 2, names, arrays, true, NULL, NULL), WG_OK);
  wg_array_free(x);
  wg_array_free(y);
  wg_table_free(table);
}

static void write_packed_csv(void) {
  const char text[] = "a,b\n1,x\n2,y\n";
  const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
  wg_bytes file = {.allocator = &wg_allocator_default};
  unsigned char tail[8];
  wg_store_32(tail, wg_crc32((const unsigned char *)text, sizeof text - 1));
  wg_store_32(tail + 4, sizeof text - 1);
  assert_true(wg_bytes_add(&file, head, sizeof head));
  assert_int_equal(wg_deflate((const unsigned char *)text, sizeof text - 1, &file, NULL), WG_OK);
  assert_true(wg_bytes_add(&file, tail, sizeof tail));
  write_file("a.csv.gz", file.data, file.size);
  wg_bytes_free(&file);
}

static int make_folder(void **state) {
  (void)state;
  const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 255, 0, 0, 51};
  const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 0};
  strcpy(folder, "/tmp/wengert-test-XXXXXX");
  if (!mkdtemp(folder)) return -1;
  write_file("train-images-idx3-ubyte", images, sizeof images);
  write_file("train-labels-idx1-ubyte", labels, sizeof labels);
  write_arrays();
  if (wg_has_zlib()) write_packed_csv();
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  return system(command);
}

/* ---- Attempts ---- */

static wg_status read_table(const wg_allocator *allocator, void *context, double *number) {
  wg_read_options options = *(const wg_read_options *)context;
  options.allocator = allocator;
  wg_table *table;
  wg_error error;
  wg_status status = wg_table_read(path, &options, &table, &error);
  if (status != WG_OK) {
    assert_null(table);
    assert_int_equal(error.status, status);
    assert_true(*error.message);
    return status;
  }
  *number = table_number(table);
  wg_table_free(table);
  return WG_OK;
}

static wg_status write_all(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_made_options options = wg_made_options_of(WG_MADE_MOONS);
  options.points = 5;
  wg_table *table;
  wg_status status = wg_made_table(WG_MADE_MOONS, &options, allocator, &table, NULL);
  if (status != WG_OK) return status;
  wg_array *x = wg_table_features(table, allocator), *y = wg_table_labels(table, allocator);
  if (!x || !y) status = WG_ERROR_MEMORY;
  if (status == WG_OK) status = wg_csv_write(in_folder("w.csv"), table, NULL);
  if (status == WG_OK) status = wg_npy_write(in_folder("w.npy"), x, NULL);
  if (status == WG_OK)
    status = wg_npz_write(in_folder("w.npz"), 2, (const char *[]){"x", "y"}, (const wg_array *[]){x, y}, wg_has_zlib(),
                          allocator, NULL);
  wg_array_free(x);
  wg_array_free(y);
  wg_table_free(table);
  *number = 1;
  return status;
}

static wg_status prepare(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_csv_options csv = {.allocator = allocator};
  wg_table *table, *like = NULL, *rest = NULL, *held = NULL;
  const char text[] = "u,v,kind\n1,2,a\n3,4,b\n5,7,a\n6,5,b\n", other[] = "1,2,b\n3,4,c\n3,4,a\n";
  wg_status status = wg_csv_parse("t", text, sizeof text - 1, &csv, &table, NULL);
  if (status == WG_OK) status = wg_csv_parse("o", other, sizeof other - 1, &csv, &like, NULL);
  if (status == WG_OK) status = wg_table_match_classes(table, like, NULL);
  if (status == WG_OK) status = wg_table_fold(table, 2, 1, 3, &rest, &held, NULL);
  wg_table *swapped = NULL;
  const char columns[] = "v,w,u,kind\n2,9,1,a\n";
  if (status == WG_OK) status = wg_csv_parse("c", columns, sizeof columns - 1, &csv, &swapped, NULL);
  if (status == WG_OK) status = wg_table_match_columns(swapped, table, NULL);
  wg_table_free(swapped);
  wg_scaler *scaler = status == WG_OK ? wg_scaler_new(rest, allocator) : NULL;
  wg_scaler *copy = scaler ? wg_scaler_of(2, scaler->mean, scaler->deviation, allocator) : NULL;
  if (status == WG_OK) status = copy ? wg_scaler_apply(copy, held) : WG_ERROR_MEMORY;
  if (status == WG_OK) *number = table_number(table) + table_number(rest) + table_number(held);
  wg_scaler_free(copy);
  wg_scaler_free(scaler);
  wg_table_free(rest);
  wg_table_free(held);
  wg_table_free(like);
  wg_table_free(table);
  return status;
}

/* ---- Tests ---- */

static void survives(const char *what, attempt *run, void *context) {
  size_t count = assert_survives_failed_allocations(what, run, context);
  printf("%s: %zu allocations failed in turn\n", what, count);
  assert_true(count > 2);
}

static void readers_survive_failed_allocations(void **state) {
  (void)state;
  wg_read_options plain = {0}, unlabeled = {.unlabeled = true};
  in_folder("");
  survives("folder", read_table, &plain);
  in_folder("x.npy");
  survives("npy", read_table, &unlabeled);
  in_folder("stored.npz");
  survives("npz", read_table, &plain);
  if (!wg_has_zlib()) return;
  in_folder("packed.npz");
  survives("packed npz", read_table, &plain);
  in_folder("a.csv.gz");
  survives("packed csv", read_table, &plain);
}

static void writers_survive_failed_allocations(void **state) {
  (void)state;
  survives("writing", write_all, NULL);
}

static void preparation_survives_failed_allocations(void **state) {
  (void)state;
  survives("preparation", prepare, NULL);
}

static void a_file_that_cannot_be_read_on_is_refused(void **state) {
  (void)state;
  wg_table *table;
  wg_error error;
  assert_int_equal(wg_csv_read(folder, NULL, &table, &error), WG_ERROR_FILE);
  assert_contains(error.message, ": cannot be read: Is a directory");
}

/* Each file cut short after every byte. */
static void a_file_that_ends_early_is_refused(void **state) {
  (void)state;
  const char *names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "x.npy", "stored.npz", "packed.npz"};
  for (int k = 0; k < 4 + (int)wg_has_zlib(); k++) {
    unsigned char bytes[2048];
    FILE *file = fopen(in_folder(names[k]), "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > 0 && size < sizeof bytes);
    for (size_t part = 0; part < size; part++) {
      wg_table *table;
      wg_error error = {WG_OK, ""};
      write_file(names[k], bytes, part);
      assert_int_equal(wg_table_read(in_folder(k < 2 ? names[0] : names[k]), NULL, &table, &error), WG_ERROR_DATA);
      assert_null(table);
    }
    write_file(names[k], bytes, size);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(readers_survive_failed_allocations),
      cmocka_unit_test(writers_survive_failed_allocations),
      cmocka_unit_test(preparation_survives_failed_allocations),
      cmocka_unit_test(a_file_that_cannot_be_read_on_is_refused),
      cmocka_unit_test(a_file_that_ends_early_is_refused),
  };
  return cmocka_run_group_tests_name(__FILE__, tests, make_folder, remove_folder);
}
