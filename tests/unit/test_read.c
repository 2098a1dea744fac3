/* Tables by the names of files of every format, packed by gzip or not, and of sets that are made; tables written as CSV. */
#include "../support.h"

#include "../../models/compress.h"
#include "../../models/models.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files ---- */

static char folder[64], path[256];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/wengert-test-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  return system(command);
}

static const char *in_folder(const char *name) {
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void write_file(const char *name, const void *bytes, size_t size) {
  FILE *file = fopen(in_folder(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

#define WRITE(name, ...)                                                                                               \
  write_file(name, ((const unsigned char[]){__VA_ARGS__}), sizeof((const unsigned char[]){__VA_ARGS__}))

static wg_table *read_with(const char *name, const wg_read_options *options) {
  wg_table *table;
  wg_error error = {WG_OK, ""};
  if (wg_table_read(in_folder(name), options, &table, &error) != WG_OK) fail_msg("%s", error.message);
  return table;
}

/* `message` is what follows the file's name. */
static void refuse_with(const char *name, const wg_read_options *options, wg_status status, const char *message) {
  wg_table *table = (wg_table *)&status;
  wg_error error = {WG_OK, ""};
  assert_int_equal(wg_table_read(in_folder(name), options, &table, &error), status);
  assert_null(table);
  assert_contains(error.message, folder);
  assert_string_equal(error.message + strlen(path), message);
}

static void assert_table(const wg_table *table, int64_t rows, int64_t columns, const double *features,
                         const int64_t *labels) {
  assert_int_equal(table->rows, rows);
  assert_int_equal(table->columns, columns);
  for (int64_t i = 0; i < rows * columns; i++)
    if (wg_table_feature(table, i / columns, i % columns) != features[i])
      fail_msg("feature %d: %g, not %g", (int)i, wg_table_feature(table, i / columns, i % columns), features[i]);
  for (int64_t i = 0; i < rows; i++) assert_int_equal(table->labels[i], labels[i]);
}

/* ---- gzip ---- */

/* printf '1,2,0\n3,4,1\n' | gzip -n9 */
static const unsigned char packed_csv[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x33,
                                           0xd4, 0x31, 0xd2, 0x31, 0xe0, 0x32, 0xd6, 0x31, 0xd1, 0x31, 0xe4,
                                           0x02, 0x00, 0x4d, 0x07, 0xe8, 0xbf, 0x0c, 0x00, 0x00, 0x00};
enum { PACKED = sizeof packed_csv };

static void a_file_packed_by_gzip_is_read_like_any_other(void **state) {
  (void)state;
  write_file("a.csv.gz", packed_csv, PACKED);
  if (!wg_has_zlib()) {
    refuse_with("a.csv.gz", NULL, WG_ERROR_FILE, ": is compressed, and wengert was built without zlib");
    return;
  }
  wg_table *table = read_with("a.csv.gz", NULL);
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
  wg_table_free(table);
  assert_int_equal(wg_csv_read(in_folder("a.csv.gz"), NULL, &table, NULL), WG_OK);
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
  wg_table_free(table);
}

static void packed_files_of_several_members_are_all_of_them(void **state) {
  (void)state;
  unsigned char two[2 * PACKED];
  memcpy(two, packed_csv, PACKED);
  memcpy(two + PACKED, packed_csv, PACKED);
  if (!wg_has_zlib()) skip();
  write_file("a.csv.gz", two, sizeof two);
  wg_table *table = read_with("a.csv.gz", NULL);
  assert_table(table, 4, 2, (double[]){1, 2, 3, 4, 1, 2, 3, 4}, (int64_t[]){0, 1, 0, 1});
  wg_table_free(table);
}

static void packed_files_that_are_damaged_are_refused(void **state) {
  (void)state;
  unsigned char bytes[PACKED + 1];
  if (!wg_has_zlib()) skip();
  for (size_t size = 2; size < PACKED; size++) {
    write_file("a.csv.gz", packed_csv, size);
    refuse_with("a.csv.gz", NULL, WG_ERROR_DATA, ": the compressed data ends too early");
  }
  memcpy(bytes, packed_csv, PACKED);
  bytes[PACKED] = 0;
  write_file("a.csv.gz", bytes, PACKED + 1);
  refuse_with("a.csv.gz", NULL, WG_ERROR_DATA, ": something else follows the compressed data");
  bytes[PACKED - 5] ^= 1;
  write_file("a.csv.gz", bytes, PACKED);
  refuse_with("a.csv.gz", NULL, WG_ERROR_DATA, ": the compressed data is damaged (incorrect data check)");
  write_file("a.csv.gz", packed_csv, PACKED);
  refuse_with("a.csv.gz", &(wg_read_options){.bytes_max = 11}, WG_ERROR_FILE, ": the file is larger than 11 bytes");
}

/* A megabyte of zeros takes a thousand bytes. */
static void a_packed_file_is_not_unpacked_beyond_the_limit(void **state) {
  (void)state;
  if (!wg_has_zlib()) skip();
  enum { ZEROS = 1 << 20 };
  const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
  unsigned char *zeros = calloc(ZEROS, 1), tail[8] = {0, 0, 0, 0, 0, 0, 0x10, 0};
  wg_bytes file = {.allocator = &wg_allocator_default};
  uint32_t crc = wg_crc32(zeros, ZEROS);
  for (int i = 0; i < 4; i++) tail[i] = (unsigned char)(crc >> 8 * i);
  assert_true(wg_bytes_add(&file, head, sizeof head));
  assert_int_equal(wg_deflate(zeros, ZEROS, &file, NULL), WG_OK);
  assert_true(wg_bytes_add(&file, tail, sizeof tail));
  assert_true(file.size < 1200);
  write_file("a.csv.gz", file.data, file.size);
  refuse_with("a.csv.gz", &(wg_read_options){.bytes_max = ZEROS - 1}, WG_ERROR_DATA,
              ": unpacked it is larger than 1048575 bytes");
  refuse_with("a.csv.gz", &(wg_read_options){.bytes_max = ZEROS}, WG_ERROR_DATA,
              ": row 1, column 1: there is a control character in the field");
  wg_bytes_free(&file);
  free(zeros);
}

/* ---- IDX ---- */

static void write_mnist(const char *part, const char *ending, unsigned char first) {
  char name[64];
  snprintf(name, sizeof name, "%s-images%s", part, ending);
  WRITE(name, 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, first, 0, 0, 255);
  snprintf(name, sizeof name, "%s-labels%s", part, strstr(ending, ".idx3") ? ".idx1-ubyte" : "-idx1-ubyte");
  WRITE(name, 0, 0, 8, 1, 0, 0, 0, 2, 7, 0);
}

static void images_find_their_labels_beside_them(void **state) {
  (void)state;
  write_mnist("train", "-idx3-ubyte", 255);
  wg_table *table = read_with("train-images-idx3-ubyte", NULL);
  assert_table(table, 2, 2, (double[]){1, 0, 0, 1}, (int64_t[]){7, 0});
  assert_int_equal(table->classes, 8);
  assert_int_equal(table->dtype, WG_F32);
  wg_table_free(table);
  write_mnist("own", ".idx3-ubyte", 51);
  table = read_with("own-images.idx3-ubyte", NULL);
  assert_table(table, 2, 2, (double[]){0.2f, 0, 0, 1}, (int64_t[]){7, 0});
  wg_table_free(table);
}

static void a_folder_has_a_part_for_training_and_one_for_testing(void **state) {
  (void)state;
  write_mnist("train", "-idx3-ubyte", 255);
  write_mnist("t10k", "-idx3-ubyte", 0);
  wg_table *table = read_with("", NULL);
  assert_table(table, 2, 2, (double[]){1, 0, 0, 1}, (int64_t[]){7, 0});
  wg_table_free(table);
  table = read_with("", &(wg_read_options){.test = true});
  assert_table(table, 2, 2, (double[]){0, 0, 0, 1}, (int64_t[]){7, 0});
  wg_table_free(table);
  remove(in_folder("t10k-images-idx3-ubyte"));
  refuse_with("", &(wg_read_options){.test = true}, WG_ERROR_FILE,
              ": the folder has no file t10k-images-idx3-ubyte, with .gz or without");
}

static void images_without_labels_are_refused_unless_none_are_wanted(void **state) {
  (void)state;
  const unsigned char images[] = {0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 3, 4};
  char message[512];
  write_file("x-images", images, sizeof images);
  snprintf(message, sizeof message, ": there is no file of its labels, %s/x-labels, with .gz or without", folder);
  refuse_with("x-images", NULL, WG_ERROR_FILE, message);
  write_file("x", images, sizeof images);
  refuse_with("x", NULL, WG_ERROR_FILE,
              ": its labels are in another file, which cannot be told from a name without \"images\"");
  wg_table *table = read_with("x", &(wg_read_options){.unlabeled = true});
  assert_table(table, 1, 2, (double[]){3, 4}, (int64_t[]){0});
  assert_int_equal(table->classes, 0);
  wg_table_free(table);
  WRITE("y", 0, 0, 8, 1, 0, 0, 0, 1, 9);
  char labels[256];
  strcpy(labels, in_folder("y"));
  table = read_with("x", &(wg_read_options){.label_file = labels});
  assert_table(table, 1, 2, (double[]){3, 4}, (int64_t[]){9});
  wg_table_free(table);
}

/* ---- NPY and NPZ ---- */

static wg_array *array_of(int rank, const int64_t *size, const double *numbers) {
  wg_array *array = wg_array_new(WG_ELEMENT_F64, rank, size, NULL);
  assert_non_null(array);
  memcpy(array->data, numbers, (size_t)array->count * sizeof(double));
  return array;
}

static void an_npy_file_has_labels_in_a_column_or_in_another_file(void **state) {
  (void)state;
  char labels[256];
  wg_array *x = array_of(2, (int64_t[]){2, 3}, (double[]){1, 2, 0, 3, 4, 1});
  wg_array *y = array_of(1, (int64_t[]){2}, (double[]){5, 2});
  assert_int_equal(wg_npy_write(in_folder("x.npy"), x, NULL), WG_OK);
  assert_int_equal(wg_npy_write(in_folder("y.npy"), y, NULL), WG_OK);
  strcpy(labels, path);
  wg_table *table = read_with("x.npy", NULL);
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 1});
  wg_table_free(table);
  table = read_with("x.npy", &(wg_read_options){.label = "1"});
  assert_table(table, 2, 2, (double[]){2, 0, 4, 1}, (int64_t[]){1, 3});
  wg_table_free(table);
  table = read_with("x.npy", &(wg_read_options){.label_file = labels});
  assert_table(table, 2, 3, (double[]){1, 2, 0, 3, 4, 1}, (int64_t[]){5, 2});
  wg_table_free(table);
  table = read_with("x.npy", &(wg_read_options){.unlabeled = true});
  assert_table(table, 2, 3, (double[]){1, 2, 0, 3, 4, 1}, (int64_t[]){0, 0});
  wg_table_free(table);
  refuse_with("x.npy", &(wg_read_options){.label = "species"}, WG_ERROR_DATA,
              ": the columns of an array have no names, and none is 'species'");
  refuse_with("x.npy", &(wg_read_options){.label = "99999999999999999999"}, WG_ERROR_DATA,
              ": the columns of an array have no names, and none is '99999999999999999999'");
  refuse_with("y.npy", NULL, WG_ERROR_DATA, ": the array has 1 axes; with labels in a column it has two");
  wg_array_free(x);
  wg_array_free(y);
}

static void an_npz_file_has_features_and_labels_by_name(void **state) {
  (void)state;
  wg_array *x = array_of(2, (int64_t[]){2, 1}, (double[]){1, 2}), *z = array_of(2, (int64_t[]){2, 1}, (double[]){3, 4});
  wg_array *y = array_of(1, (int64_t[]){2}, (double[]){1, 0});
  wg_array *const plain[] = {x, y}, *const parts[] = {x, y, z, y}, *const lonely[] = {y};
#define WRITE_NPZ(name, count, arrays, ...)                                                                            \
  assert_int_equal(wg_npz_write(in_folder(name), count, (const char *[]){__VA_ARGS__},                                 \
                                (const wg_array *const *)arrays, false, NULL, NULL),                                   \
                   WG_OK)
  WRITE_NPZ("plain.npz", 2, plain, "data", "target");
  WRITE_NPZ("parts.npz", 4, parts, "x_train", "y_train", "x_test", "y_test");
  WRITE_NPZ("other.npz", 2, plain, "x", "species");
  WRITE_NPZ("lonely.npz", 1, lonely, "y");
  WRITE_NPZ("none.npz", 0, lonely, "y");
  for (int test = 0; test < 2; test++) {
    const wg_read_options options = {.test = test == 1};
    wg_table *table = read_with("plain.npz", &options);
    assert_table(table, 2, 1, (double[]){1, 2}, (int64_t[]){1, 0});
    wg_table_free(table);
    table = read_with("parts.npz", &options);
    assert_table(table, 2, 1, test ? (double[]){3, 4} : (double[]){1, 2}, (int64_t[]){1, 0});
    wg_table_free(table);
  }
  wg_table *table = read_with("other.npz", &(wg_read_options){.label = "species"});
  assert_table(table, 2, 1, (double[]){1, 2}, (int64_t[]){1, 0});
  wg_table_free(table);
  refuse_with("other.npz", NULL, WG_ERROR_DATA, ": there is no array of labels (y); it has: x, species");
  refuse_with("other.npz", &(wg_read_options){.label = "y"}, WG_ERROR_DATA,
              ": there is no array of that name; it has: x, species");
  refuse_with("lonely.npz", NULL, WG_ERROR_DATA, ": there is no array of features (x); it has: y");
  refuse_with("none.npz", NULL, WG_ERROR_DATA, ": there is no array of features (x); it has: nothing");
  wg_array_free(x);
  wg_array_free(y);
  wg_array_free(z);
}

/* ---- CSV ---- */

static void a_file_without_labels_is_all_features(void **state) {
  (void)state;
  write_file("a.csv", "a,b\n1,2\n3,4\n", 12);
  wg_table *table = read_with("a.csv", &(wg_read_options){.unlabeled = true});
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 0});
  assert_int_equal(table->classes, 0);
  assert_string_equal(table->column_names[1], "b");
  assert_null(table->label_name);
  wg_table_free(table);
  write_file("a.csv", "1\n3\n", 4);
  table = read_with("a.csv", &(wg_read_options){.unlabeled = true});
  assert_table(table, 2, 1, (double[]){1, 3}, (int64_t[]){0, 0});
  wg_table_free(table);
  write_file("a.csv", "2,2,cat,dog\n1,2\n3,4\n", 20);
  table = read_with("a.csv", &(wg_read_options){.unlabeled = true});
  assert_table(table, 2, 2, (double[]){1, 2, 3, 4}, (int64_t[]){0, 0});
  wg_table_free(table);
  write_file("a.csv", "1,cat\n", 6);
  refuse_with("a.csv", &(wg_read_options){.unlabeled = true}, WG_ERROR_DATA,
              ": row 1, column 2: 'cat' is not a number (a first line of names has no numbers)");
}

static void classes_are_numbered_as_in_another_table(void **state) {
  (void)state;
  write_file("train.csv", "1,eel\n2,cat\n3,dog\n", 18);
  write_file("test.csv", "1,eel\n2,cat\n", 12);
  wg_table *train = read_with("train.csv", NULL);
  wg_table *test = read_with("test.csv", &(wg_read_options){.like = train});
  assert_table(test, 2, 1, (double[]){1, 2}, (int64_t[]){0, 1});
  assert_int_equal(test->classes, 3);
  assert_string_equal(test->class_names[2], "dog");
  refuse_with("train.csv", &(wg_read_options){.like = NULL, .label = "7"}, WG_ERROR_DATA,
              ": there is no column 7 to take labels from, of 2 columns");
  write_file("other.csv", "1,eel\n2,cow\n", 12);
  refuse_with("other.csv", &(wg_read_options){.like = train}, WG_ERROR_DATA,
              ": sample 2 is of the class 'cow', and the known ones are eel, cat, dog");
  wg_table_free(train);
  wg_table_free(test);
}

static void columns_are_found_by_name_as_in_another_table(void **state) {
  (void)state;
  write_file("train.csv", "a,b,kind\n1,2,eel\n3,4,cat\n", 25);
  write_file("test.csv", "b,more,a,kind\n20,7,10,cat\n40,7,30,eel\n", 38);
  wg_table *train = read_with("train.csv", NULL);
  wg_table *test = read_with("test.csv", &(wg_read_options){.like = train});
  assert_table(test, 2, 2, (double[]){10, 20, 30, 40}, (int64_t[]){1, 0});
  assert_string_equal(test->column_names[0], "a");
  assert_string_equal(test->column_names[1], "b");
  wg_table_free(test);
  write_file("bare.csv", "20,10,cat\n", 10); /* without names they are taken as they come */
  test = read_with("bare.csv", &(wg_read_options){.like = train});
  assert_table(test, 1, 2, (double[]){20, 10}, (int64_t[]){1});
  wg_table_free(test);
  write_file("other.csv", "a,c,kind\n1,2,eel\n", 17);
  refuse_with("other.csv", &(wg_read_options){.like = train}, WG_ERROR_DATA, ": there is no column 'b'");
  wg_table_free(train);
  refuse_with("train.csv", &(wg_read_options){.label_file = "bare.csv"}, WG_ERROR_ARGUMENT,
              ": labels are in a column here, and not in a file of their own");
}

/* Of two columns with one name the first stays the first. */
static void columns_of_one_name_keep_their_order(void **state) {
  (void)state;
  write_file("train.csv", "a,a,b,kind\n1,2,3,eel\n", 21);
  write_file("test.csv", "b,a,a,kind\n3,1,2,eel\n", 21);
  wg_table *train = read_with("train.csv", NULL);
  wg_table *test = read_with("test.csv", &(wg_read_options){.like = train});
  assert_table(test, 1, 3, (double[]){1, 2, 3}, (int64_t[]){0});
  wg_table_free(train);
  wg_table_free(test);
}

/* Classes that have no names are called by their numbers. */
static void classes_are_matched_by_number_where_they_have_no_names(void **state) {
  (void)state;
  write_file("digits.csv", "1,9\n2,3\n", 8);
  wg_table *ten = wg_table_new(0, 1, 10, NULL);
  wg_table *table = read_with("digits.csv", &(wg_read_options){.like = ten});
  assert_table(table, 2, 1, (double[]){1, 2}, (int64_t[]){9, 3});
  assert_int_equal(table->classes, 10);
  assert_null(table->class_names);
  table->labels[0] = 10;
  wg_error error;
  assert_int_equal(wg_table_match_classes(table, ten, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "sample 1 has label 10, of 10 classes");
  assert_int_equal(table->labels[0], 10);
  wg_table_free(table);
  wg_table_free(ten);
}

static void assert_written(const wg_table *table, const char *expected) {
  char text[512] = "";
  wg_error error;
  if (wg_csv_write(in_folder("w.csv"), table, &error) != WG_OK) fail_msg("%s", error.message);
  FILE *file = fopen(path, "rb");
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = 0;
  assert_string_equal(text, expected);
}

static void a_table_is_written_with_its_names_and_read_again(void **state) {
  (void)state;
  const char text[] = "length,\"a \"\"b\"\", c\",species\n"
                      "0.1,1e-300,cat\n"
                      "-3,0.30000000000000004,\"x, y\"\n"
                      "7,8,\" y\"\n"
                      "123456789,2,\"1.5\"\n";
  write_file("a.csv", text, strlen(text));
  wg_table *table = read_with("a.csv", NULL);
  assert_written(table, text);
  wg_table_free(table);
  table = wg_table_new_with(WG_F32, 2, 1, 12, NULL);
  wg_table_set_feature(table, 0, 0, 0.1);
  wg_table_set_feature(table, 1, 0, 16777216);
  table->labels[0] = 11;
  assert_written(table, "0.1,11\n16777216,0\n");
  table->classes = 0;
  assert_written(table, "0.1\n16777216\n");
  wg_error error;
  assert_int_equal(wg_csv_write("/nowhere/a.csv", table, &error), WG_ERROR_FILE);
  wg_table_free(table);
}

static void numbers_are_written_with_a_point_in_every_locale(void **state) {
  (void)state;
  const char *locales[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
  size_t i = 0;
  while (i < 3 && !setlocale(LC_NUMERIC, locales[i])) i++;
  if (i == 3) skip();
  wg_table *table = wg_table_new(1, 2, 0, NULL);
  wg_table_set_feature(table, 0, 0, 0.5);
  assert_written(table, "0.5,0\n");
  wg_table_free(table);
  setlocale(LC_NUMERIC, "C");
}

/* ---- Made sets ---- */

static void a_made_set_is_read_by_its_name(void **state) {
  (void)state;
  for (wg_made set = WG_MADE_SPIRAL; set < WG_MADE_COUNT; set++) {
    wg_table *table, *again, *test;
    assert_int_equal(wg_table_read(wg_made_text(set), NULL, &table, NULL), WG_OK);
    assert_int_equal(wg_table_read(wg_made_text(set), NULL, &again, NULL), WG_OK);
    assert_int_equal(wg_table_read(wg_made_text(set), &(wg_read_options){.test = true}, &test, NULL), WG_OK);
    assert_int_equal(table->rows, 100 * table->classes);
    assert_memory_equal(table->features, again->features, (size_t)table->rows * 16);
    assert_true(memcmp(table->features, test->features, (size_t)table->rows * 16) != 0);
    assert_memory_equal(table->labels, test->labels, (size_t)table->rows * 8);
    wg_table_free(table);
    wg_table_free(again);
    wg_table_free(test);
  }
  const wg_made_options options = {.classes = 2, .points = 3, .noise = 0, .seed = 5};
  wg_table *table;
  assert_int_equal(wg_table_read("xor", &(wg_read_options){.made = &options, .unlabeled = true}, &table, NULL), WG_OK);
  assert_table(table, 6, 2, (double[]){-1, -1, 1, 1, -1, -1, -1, 1, 1, -1, -1, 1}, (int64_t[6]){0});
  assert_int_equal(table->classes, 0);
  wg_table_free(table);
}

static void a_file_that_is_not_there_is_named(void **state) {
  (void)state;
  refuse_with("nothing", NULL, WG_ERROR_FILE, ": cannot be opened: No such file or directory");
  write_file("empty", "", 0);
  refuse_with("empty", NULL, WG_ERROR_DATA, ": the file is empty");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_packed_by_gzip_is_read_like_any_other),
      cmocka_unit_test(packed_files_of_several_members_are_all_of_them),
      cmocka_unit_test(packed_files_that_are_damaged_are_refused),
      cmocka_unit_test(a_packed_file_is_not_unpacked_beyond_the_limit),
      cmocka_unit_test(images_find_their_labels_beside_them),
      cmocka_unit_test(a_folder_has_a_part_for_training_and_one_for_testing),
      cmocka_unit_test(images_without_labels_are_refused_unless_none_are_wanted),
      cmocka_unit_test(an_npy_file_has_labels_in_a_column_or_in_another_file),
      cmocka_unit_test(an_npz_file_has_features_and_labels_by_name),
      cmocka_unit_test(a_file_without_labels_is_all_features),
      cmocka_unit_test(classes_are_numbered_as_in_another_table),
      cmocka_unit_test(columns_are_found_by_name_as_in_another_table),
      cmocka_unit_test(columns_of_one_name_keep_their_order),
      cmocka_unit_test(classes_are_matched_by_number_where_they_have_no_names),
      cmocka_unit_test(a_table_is_written_with_its_names_and_read_again),
      cmocka_unit_test(numbers_are_written_with_a_point_in_every_locale),
      cmocka_unit_test(a_made_set_is_read_by_its_name),
      cmocka_unit_test(a_file_that_is_not_there_is_named),
  };
  return cmocka_run_group_tests_name(__FILE__, tests, make_folder, remove_folder);
}
