/* Arrays from IDX and NPY files, byte by byte as their formats say, and the tables made of them. */
#include "../support.h"

#include "../../models/models.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef wg_status reader(const char *name, const void *bytes, size_t size, const wg_allocator *allocator,
                         wg_array **array, wg_error *error);

static wg_array *parsed(reader *parse, const void *bytes, size_t size) {
  wg_array *array;
  wg_error error = {WG_OK, ""};
  if (parse("a", bytes, size, NULL, &array, &error) != WG_OK) fail_msg("%s", error.message);
  return array;
}

static void refuse(reader *parse, const void *bytes, size_t size, const char *message) {
  wg_array *array = (wg_array *)&size;
  wg_error error = {WG_OK, ""};
  assert_int_equal(parse("a", bytes, size, NULL, &array, &error), WG_ERROR_DATA);
  assert_null(array);
  assert_int_equal(error.status, WG_ERROR_DATA);
  assert_string_equal(error.message, message);
}

static void assert_array(const wg_array *array, wg_element element, int rank, const int64_t *size,
                         const double *numbers) {
  assert_int_equal(array->element, element);
  assert_int_equal(array->rank, rank);
  for (int axis = 0; axis < rank; axis++) assert_int_equal(array->size[axis], size[axis]);
  for (int64_t i = 0; i < array->count; i++)
    if (wg_array_number(array, i) != numbers[i])
      fail_msg("element %d: %g, not %g", (int)i, wg_array_number(array, i), numbers[i]);
}

#define IDX(...) ((const unsigned char[]){__VA_ARGS__}), sizeof((const unsigned char[]){__VA_ARGS__})

/* ---- IDX: the layout of http://yann.lecun.com/exdb/mnist ---- */

static void idx_sizes_and_numbers_are_big_endian(void **state) {
  (void)state;
  wg_array *array = parsed(wg_idx_parse, IDX(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 7, 128));
  assert_array(array, WG_ELEMENT_U8, 3, (int64_t[]){2, 1, 2}, (double[]){0, 255, 7, 128});
  wg_array_free(array);
  array = parsed(wg_idx_parse, IDX(0, 0, 0x0C, 1, 0, 0, 0, 2, 0, 0, 1, 2, 255, 255, 255, 254));
  assert_array(array, WG_ELEMENT_I32, 1, (int64_t[]){2}, (double[]){258, -2});
  wg_array_free(array);
}

/* 1.5 is 0x3FC00000 and 0x3FF8000000000000 (IEEE 754). */
static void idx_has_six_types(void **state) {
  (void)state;
  wg_array *array = parsed(wg_idx_parse, IDX(0, 0, 9, 1, 0, 0, 0, 1, 0x80));
  assert_array(array, WG_ELEMENT_I8, 1, (int64_t[]){1}, (double[]){-128});
  wg_array_free(array);
  array = parsed(wg_idx_parse, IDX(0, 0, 0x0B, 1, 0, 0, 0, 1, 0x80, 1));
  assert_array(array, WG_ELEMENT_I16, 1, (int64_t[]){1}, (double[]){-32767});
  wg_array_free(array);
  array = parsed(wg_idx_parse, IDX(0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0xC0, 0, 0));
  assert_array(array, WG_ELEMENT_F32, 1, (int64_t[]){1}, (double[]){1.5});
  wg_array_free(array);
  array = parsed(wg_idx_parse, IDX(0, 0, 0x0E, 0, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0));
  assert_array(array, WG_ELEMENT_F64, 0, NULL, (double[]){1.5});
  wg_array_free(array);
}

static void idx_files_that_do_not_fit_their_sizes_are_refused(void **state) {
  (void)state;
  refuse(wg_idx_parse, "", 0, "a: is not an IDX file");
  refuse(wg_idx_parse, IDX(0, 0, 8), "a: is not an IDX file");
  refuse(wg_idx_parse, IDX(0, 1, 8, 1, 0, 0, 0, 0), "a: is not an IDX file");
  refuse(wg_idx_parse, IDX(0, 0, 7, 1, 0, 0, 0, 0), "a: is not an IDX file");
  refuse(wg_idx_parse, IDX(0, 0, 8, 9), "a: the array has more than 8 axes");
  refuse(wg_idx_parse, IDX(0, 0, 8, 2, 0, 0, 0, 1, 0, 0), "a: the file ends inside its sizes");
  refuse(wg_idx_parse, IDX(0, 0, 8, 1, 0, 0, 0, 3, 1, 2), "a: the sizes do not fit the 2 bytes that follow them");
  refuse(wg_idx_parse, IDX(0, 0, 8, 1, 0, 0, 0, 1, 1, 2), "a: the sizes do not fit the 2 bytes that follow them");
  refuse(wg_idx_parse, IDX(0, 0, 8, 1, 0, 0, 0, 0, 1), "a: the sizes do not fit the 1 bytes that follow them");
  /* 2³²−1 three times, times 8 bytes: beyond 64 bits; and a product of exactly 2⁶⁴, which is 0 in them */
  refuse(wg_idx_parse, IDX(0, 0, 14, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
         "a: the sizes do not fit the 0 bytes that follow them");
  refuse(wg_idx_parse, IDX(0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0),
         "a: the sizes do not fit the 0 bytes that follow them");
}

/* ---- NPY: the layout of numpy.lib.format ---- */

/* A file of version 1.0 with this header and these bytes of elements. */
static size_t npy_file(unsigned char *file, const char *header, const void *elements, size_t size) {
  size_t length = strlen(header);
  memcpy(file, "\x93NUMPY\x01\x00", 8);
  file[8] = (unsigned char)(length & 255);
  file[9] = (unsigned char)(length >> 8);
  memcpy(file + 10, header, length);
  if (size) memcpy(file + 10 + length, elements, size);
  return 10 + length + size;
}

static wg_array *npy(const char *header, const void *elements, size_t size) {
  unsigned char file[1024];
  return parsed(wg_npy_parse, file, npy_file(file, header, elements, size));
}

static void refuse_npy(const char *header, size_t size, const char *message) {
  unsigned char file[1024], elements[64] = {0};
  refuse(wg_npy_parse, file, npy_file(file, header, elements, size), message);
}

static void npy_headers_say_type_order_and_shape(void **state) {
  (void)state;
  const unsigned char little[] = {1, 2, 3, 4, 5, 0xFF}, one_and_half[] = {0x3F, 0xF8, 0, 0, 0, 0, 0, 0};
  wg_array *array = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }\n", little, 6);
  assert_array(array, WG_ELEMENT_I16, 1, (int64_t[]){3}, (double[]){0x0201, 0x0403, -251});
  wg_array_free(array);
  array = npy("{'descr': '>u2', 'fortran_order': False, 'shape': (3,), }\n", little, 6);
  assert_array(array, WG_ELEMENT_U16, 1, (int64_t[]){3}, (double[]){0x0102, 0x0304, 0x05FF});
  wg_array_free(array);
  array = npy("{'descr': '>f8', 'fortran_order': False, 'shape': (), }\n", one_and_half, 8);
  assert_array(array, WG_ELEMENT_F64, 0, NULL, (double[]){1.5});
  wg_array_free(array);
  array = npy("{ \"shape\" :(2, 3),\"descr\":\"|u1\" , 'fortran_order':False}  \n", little, 6);
  assert_array(array, WG_ELEMENT_U8, 2, (int64_t[]){2, 3}, (double[]){1, 2, 3, 4, 5, 255});
  wg_array_free(array);
}

/* Column by column: a(0,0), a(1,0), a(0,1) … */
static void fortran_order_is_turned_around(void **state) {
  (void)state;
  const unsigned char bytes[] = {1, 2, 3, 4, 5, 6};
  wg_array *array = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", bytes, 6);
  assert_array(array, WG_ELEMENT_U8, 2, (int64_t[]){2, 3}, (double[]){1, 3, 5, 2, 4, 6});
  wg_array_free(array);
}

static void npy_headers_that_cannot_be_are_refused(void **state) {
  (void)state;
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n", 23,
             "a: the header's shape does not fit the 23 bytes of elements");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n", 25,
             "a: the header's shape does not fit the 25 bytes of elements");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", 0,
             "a: the header's shape does not fit the 0 bytes of elements");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }\n", 0,
             "a: the header's shape is not a list of sizes");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }\n", 0,
             "a: the header's shape is not a list of sizes");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3), }\n", 24,
             "a: the header's shape is not a list of sizes");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }\n", 8,
             "a: the array has more than 8 axes");
  refuse_npy("{'descr': '|f8', 'fortran_order': False, 'shape': (), }\n", 8,
             "a: its elements are of the type '|f8'; f4, f8, i1 to i8 and u1 to u8 are read");
  refuse_npy("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (), }\n", 8,
             "a: the header's descr is not the name of a type of numbers");
  refuse_npy("{'descr': '<f8', 'fortran_order': 0, 'shape': (), }\n", 8,
             "a: the header's fortran_order is neither True nor False");
  refuse_npy("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", 8,
             "a: the header has 'descr' twice");
  refuse_npy("{'descr': '<f8', 'shape': (), }\n", 8, "a: the header has no 'fortran_order'");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': 1}\n", 8,
             "a: the header has an unknown key 'x'");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), } x\n", 8,
             "a: something follows the header's dictionary");
  refuse_npy("{'descr': '<f8', 'fortran_order': False, 'shape': ()", 8, "a: the header cannot be understood");
  refuse_npy("{'descr", 0, "a: the header cannot be understood");
  refuse_npy("", 0, "a: the header is not a dictionary");
}

static void npy_versions_and_lengths_are_checked(void **state) {
  (void)state;
  unsigned char file[200];
  size_t size = npy_file(file, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", "12345678", 8);
  file[8] = 200;
  refuse(wg_npy_parse, file, size, "a: the file ends inside its header");
  refuse(wg_npy_parse, file, 9, "a: is not an NPY file");
  file[6] = 4;
  refuse(wg_npy_parse, file, size, "a: is of version 4.0 of the format; 1.0, 2.0 and 3.0 are read");
  file[6] = 2;
  refuse(wg_npy_parse, file, 11, "a: the file ends inside its header");
  memcpy(file + 8, "\xff\xff\xff\xff", 4);
  refuse(wg_npy_parse, file, size, "a: the header is too long");
  file[0] = 'x';
  refuse(wg_npy_parse, file, size, "a: is not an NPY file");
}

/* The header of numpy.save for arange(3, dtype='i2'): padded to 118 bytes, so that the elements begin at byte 128. */
static void a_written_file_has_the_bytes_that_numpy_gives_it(void **state) {
  (void)state;
  char path[] = "/tmp/wengert-test-XXXXXX", text[200];
  close(mkstemp(path));
  wg_array *array = wg_array_new(WG_ELEMENT_I16, 1, (int64_t[]){3}, NULL);
  memcpy(array->data, (int16_t[]){0, 1, 258}, 6);
  assert_int_equal(wg_npy_write(path, array, NULL), WG_OK);
  FILE *file = fopen(path, "rb");
  assert_int_equal(fread(text, 1, sizeof text, file), 134);
  fclose(file);
  assert_memory_equal(text, "\x93NUMPY\x01\x00\x76\x00{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }", 67);
  for (int i = 67; i < 127; i++) assert_int_equal(text[i], ' ');
  assert_memory_equal(text + 127, "\n\x00\x00\x01\x00\x02\x01", 7);
  wg_array *read;
  assert_int_equal(wg_npy_read(path, 0, NULL, &read, NULL), WG_OK);
  assert_array(read, WG_ELEMENT_I16, 1, (int64_t[]){3}, (double[]){0, 1, 258});
  wg_array_free(read);
  wg_error error;
  assert_int_equal(wg_npy_read(path, 133, NULL, &read, &error), WG_ERROR_FILE);
  assert_contains(error.message, ": the file is larger than 133 bytes");
  remove(path);
  assert_int_equal(wg_npy_read(path, 0, NULL, &read, &error), WG_ERROR_FILE);
  assert_contains(error.message, ": cannot be opened: No such file or directory");
  assert_int_equal(wg_npy_write("/nowhere/a.npy", array, &error), WG_ERROR_FILE);
  wg_array_free(array);
}

/* ---- Arrays ---- */

static void arrays_of_impossible_sizes_are_not_made(void **state) {
  (void)state;
  assert_null(wg_array_new(WG_ELEMENT_F64, 1, (int64_t[]){-1}, NULL));
  assert_null(wg_array_new(WG_ELEMENT_F64, 2, (int64_t[]){INT64_MAX, INT64_MAX}, NULL));
  assert_null(wg_array_new(WG_ELEMENT_F64, 1, (int64_t[]){INT64_MAX / 4}, NULL));
  assert_null(wg_array_new(WG_ELEMENT_COUNT, 0, NULL, NULL));
  assert_null(wg_array_new(WG_ELEMENT_F64, 9, (int64_t[9]){0}, NULL));
  wg_array *array = wg_array_new(WG_ELEMENT_F64, 3, (int64_t[]){INT64_MAX, 0, INT64_MAX}, NULL);
  assert_int_equal(array->count, 0);
  wg_array_free(array);
}

static void integers_are_whole_and_fit_64_bits(void **state) {
  (void)state;
  int64_t value = 5;
  wg_array *array = wg_array_new(WG_ELEMENT_F64, 1, (int64_t[]){6}, NULL);
  memcpy(array->data, (double[]){-3, 0.5, NAN, INFINITY, 0x1p63, -0x1p63}, 48);
  assert_true(wg_array_integer(array, 0, &value) && value == -3);
  for (int i = 1; i < 5; i++) assert_false(wg_array_integer(array, i, &value));
  assert_int_equal(value, -3);
  assert_true(wg_array_integer(array, 5, &value) && value == INT64_MIN);
  wg_array_free(array);
  array = wg_array_new(WG_ELEMENT_U64, 1, (int64_t[]){2}, NULL);
  memcpy(array->data, (uint64_t[]){INT64_MAX, (uint64_t)INT64_MAX + 1}, 16);
  assert_true(wg_array_integer(array, 0, &value) && value == INT64_MAX);
  assert_false(wg_array_integer(array, 1, &value));
  wg_array_free(array);
}

/* ---- Tables ---- */

static wg_array *array_of(wg_element element, int rank, const int64_t *size, const void *data) {
  wg_array *array = wg_array_new(element, rank, size, NULL);
  assert_non_null(array);
  if (array->count) memcpy(array->data, data, (size_t)array->count * wg_element_size(element));
  return array;
}

static wg_table *table_of(wg_array *features, wg_array *labels) {
  wg_table *table;
  wg_error error;
  if (wg_arrays_table("a", features, labels, NULL, &table, &error) != WG_OK) fail_msg("%s", error.message);
  wg_array_free(features);
  wg_array_free(labels);
  return table;
}

static void refuse_table(wg_array *features, wg_array *labels, const char *message) {
  wg_table *table = (wg_table *)features;
  wg_error error;
  assert_int_equal(wg_arrays_table("a", features, labels, NULL, &table, &error), WG_ERROR_DATA);
  assert_null(table);
  assert_string_equal(error.message, message);
  wg_array_free(features);
  wg_array_free(labels);
}

static void assert_table(const wg_table *table, wg_dtype dtype, int64_t rows, int64_t columns, const double *features,
                         const int64_t *labels) {
  assert_int_equal(table->dtype, dtype);
  assert_int_equal(table->rows, rows);
  assert_int_equal(table->columns, columns);
  for (int64_t i = 0; i < rows * columns; i++)
    if (wg_table_feature(table, i / columns, i % columns) != features[i])
      fail_msg("feature %d: %g, not %g", (int)i, wg_table_feature(table, i / columns, i % columns), features[i]);
  for (int64_t i = 0; i < rows; i++) assert_int_equal(table->labels[i], labels[i]);
}

static void images_of_bytes_become_numbers_from_0_to_1_in_f32(void **state) {
  (void)state;
  wg_array *images = array_of(WG_ELEMENT_U8, 3, (int64_t[]){2, 1, 2}, (uint8_t[]){0, 51, 255, 102});
  wg_table *table = table_of(images, array_of(WG_ELEMENT_U8, 1, (int64_t[]){2}, (uint8_t[]){1, 3}));
  assert_table(table, WG_F32, 2, 2, (double[]){0, 0.2f, 1, 0.4f}, (int64_t[]){1, 3});
  assert_int_equal(table->classes, 4);
  assert_true(table->channels == 1 && table->height == 1 && table->width == 2);
  wg_table_free(table);
}

static void channels_come_first_however_they_stand_in_the_file(void **state) {
  (void)state;
  const float last[] = {1, 2, 3, 4, 5, 6}, first[] = {1, 4, 2, 5, 3, 6};
  wg_array *labels = array_of(WG_ELEMENT_I64, 1, (int64_t[]){1}, (int64_t[]){0});
  wg_table *table = table_of(array_of(WG_ELEMENT_F32, 4, (int64_t[]){1, 2, 1, 3}, last), labels);
  assert_table(table, WG_F32, 1, 6, (double[]){1, 4, 2, 5, 3, 6}, (int64_t[]){0});
  assert_true(table->channels == 3 && table->height == 2 && table->width == 1);
  wg_table_free(table);
  table = table_of(array_of(WG_ELEMENT_F32, 4, (int64_t[]){1, 3, 2, 1}, first), NULL);
  assert_table(table, WG_F32, 1, 6, (double[]){1, 4, 2, 5, 3, 6}, (int64_t[]){0});
  assert_true(table->channels == 3 && table->height == 2 && table->width == 1);
  assert_int_equal(table->classes, 0);
  wg_table_free(table);
}

static void labels_are_class_numbers_or_ranked_or_one_hot(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, 4};
  const int64_t four[] = {4, 1};
  wg_table *table =
      table_of(array_of(WG_ELEMENT_F64, 2, four, x), array_of(WG_ELEMENT_F64, 2, four, (double[]){2, 0, 0, 2}));
  assert_table(table, WG_F64, 4, 1, x, (int64_t[]){2, 0, 0, 2});
  assert_int_equal(table->classes, 3);
  assert_null(table->class_names);
  wg_table_free(table);
  table =
      table_of(array_of(WG_ELEMENT_F64, 1, four, x), array_of(WG_ELEMENT_I64, 1, four, (int64_t[]){70000, -1, -1, 5}));
  assert_table(table, WG_F64, 4, 1, x, (int64_t[]){2, 0, 0, 1});
  assert_int_equal(table->classes, 3);
  assert_string_equal(table->class_names[0], "-1");
  assert_string_equal(table->class_names[2], "70000");
  wg_table_free(table);
  table = table_of(array_of(WG_ELEMENT_F64, 1, four, x),
                   array_of(WG_ELEMENT_U8, 2, (int64_t[]){4, 3}, (uint8_t[]){0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0}));
  assert_table(table, WG_F64, 4, 1, x, (int64_t[]){1, 0, 2, 1});
  assert_int_equal(table->classes, 3);
  wg_table_free(table);
}

static void a_column_of_an_array_can_be_its_labels(void **state) {
  (void)state;
  wg_array *array = array_of(WG_ELEMENT_F64, 2, (int64_t[]){2, 3}, (double[]){1, 0, 2, 3, 1, 0});
  wg_table *table;
  wg_error error;
  assert_int_equal(wg_array_table("a", array, 0, NULL, &table, NULL), WG_OK);
  assert_table(table, WG_F64, 2, 2, (double[]){1, 0, 3, 1}, (int64_t[]){2, 0});
  wg_table_free(table);
  assert_int_equal(wg_array_table("a", array, 2, NULL, &table, NULL), WG_OK);
  assert_table(table, WG_F64, 2, 2, (double[]){1, 2, 3, 0}, (int64_t[]){0, 1});
  wg_table_free(table);
  assert_int_equal(wg_array_table("a", array, 4, NULL, &table, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "a: there is no column 4 to take labels from, of 3 columns");
  assert_int_equal(wg_array_table("a", array, -1, NULL, &table, &error), WG_ERROR_DATA);
  wg_array_free(array);
  array = array_of(WG_ELEMENT_F64, 2, (int64_t[]){2, 1}, (double[]){1, 0});
  assert_int_equal(wg_array_table("a", array, 0, NULL, &table, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "a: a label and at least one feature need two columns or more");
  wg_array_free(array);
}

static void arrays_that_make_no_table_are_refused(void **state) {
  (void)state;
  const double x[] = {1, NAN, 3, 4};
  const int64_t two[] = {2, 2};
  refuse_table(array_of(WG_ELEMENT_F64, 0, NULL, x), NULL, "a: a single number is no table of samples");
  refuse_table(array_of(WG_ELEMENT_F64, 2, (int64_t[]){0, 2}, x), NULL, "a: there are no samples");
  refuse_table(array_of(WG_ELEMENT_F64, 2, (int64_t[]){INT64_MAX, 0}, x), NULL, "a: the samples have no features");
  refuse_table(array_of(WG_ELEMENT_F64, 2, two, x), NULL, "a: sample 1, feature 2: nan is not a finite number");
  refuse_table(array_of(WG_ELEMENT_F64, 2, two, x), array_of(WG_ELEMENT_F64, 1, (int64_t[]){3}, x),
               "a: 2 samples, but 3 labels");
  refuse_table(array_of(WG_ELEMENT_F64, 2, two, x), array_of(WG_ELEMENT_F64, 0, NULL, x),
               "a: the labels have 0 axes, and should have one");
  refuse_table(array_of(WG_ELEMENT_I64, 2, two, x), array_of(WG_ELEMENT_F64, 1, two, x + 1),
               "a: sample 1: the label nan is not a whole number");
  refuse_table(array_of(WG_ELEMENT_I64, 2, two, x), array_of(WG_ELEMENT_I8, 2, two, (int8_t[]){0, 1, 1, 1}),
               "a: sample 2: its labels are not a single 1 among zeros");
}

static void a_table_gives_its_arrays_back(void **state) {
  (void)state;
  wg_array *images = array_of(WG_ELEMENT_F32, 4, (int64_t[]){2, 3, 1, 2}, (float[12]){1, 2, 3});
  wg_table *table = table_of(images, array_of(WG_ELEMENT_U8, 1, (int64_t[]){2}, (uint8_t[]){1, 3}));
  wg_array *features = wg_table_features(table, NULL), *labels = wg_table_labels(table, NULL);
  assert_array(features, WG_ELEMENT_F32, 4, (int64_t[]){2, 3, 1, 2}, (double[12]){1, 2, 3});
  assert_array(labels, WG_ELEMENT_I64, 1, (int64_t[]){2}, (double[]){1, 3});
  wg_array_free(features);
  wg_array_free(labels);
  wg_table_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(idx_sizes_and_numbers_are_big_endian),
      cmocka_unit_test(idx_has_six_types),
      cmocka_unit_test(idx_files_that_do_not_fit_their_sizes_are_refused),
      cmocka_unit_test(npy_headers_say_type_order_and_shape),
      cmocka_unit_test(fortran_order_is_turned_around),
      cmocka_unit_test(npy_headers_that_cannot_be_are_refused),
      cmocka_unit_test(npy_versions_and_lengths_are_checked),
      cmocka_unit_test(a_written_file_has_the_bytes_that_numpy_gives_it),
      cmocka_unit_test(arrays_of_impossible_sizes_are_not_made),
      cmocka_unit_test(integers_are_whole_and_fit_64_bits),
      cmocka_unit_test(images_of_bytes_become_numbers_from_0_to_1_in_f32),
      cmocka_unit_test(channels_come_first_however_they_stand_in_the_file),
      cmocka_unit_test(labels_are_class_numbers_or_ranked_or_one_hot),
      cmocka_unit_test(a_column_of_an_array_can_be_its_labels),
      cmocka_unit_test(arrays_that_make_no_table_are_refused),
      cmocka_unit_test(a_table_gives_its_arrays_back),
  };
  return RUN_TESTS(tests);
}
