/* Files of tensors: what is written is read back, the bytes are those of the format, and no file is believed that claims
 * what does not hold. */
#include "../support.h"
#include "../../models/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Files in memory ---- */

typedef struct bytes {
  unsigned char data[4096];
  size_t size;
} bytes;

/* A file of this header, its length before it, and `size` bytes 0, 1, 2 … after it. */
static bytes file_of(const char *header, size_t size) {
  bytes file = {.size = 8 + strlen(header) + size};
  assert_true(file.size <= sizeof file.data);
  for (int i = 0; i < 8; i++) file.data[i] = (unsigned char)(strlen(header) >> (8 * i) & 255);
  memcpy(file.data + 8, header, strlen(header));
  for (size_t i = 0; i < size; i++) file.data[8 + strlen(header) + i] = (unsigned char)i;
  return file;
}

static wg_status parse(const bytes *file, wg_safetensors **parsed, wg_error *error) {
  return wg_safetensors_parse("f", file->data, file->size, NULL, parsed, error);
}

static void assert_refused(const bytes *file, const char *part) {
  wg_safetensors *parsed;
  wg_error error = {0};
  assert_int_equal(parse(file, &parsed, &error), WG_ERROR_DATA);
  assert_null(parsed);
  assert_int_equal(error.status, WG_ERROR_DATA);
  assert_contains(error.message, "f: ");
  assert_contains(error.message, part);
}

static wg_safetensors *parse_good(const bytes *file) {
  wg_safetensors *parsed;
  wg_error error = {0};
  if (parse(file, &parsed, &error) != WG_OK) fail_msg("%s", error.message);
  return parsed;
}

/* A file with one tensor "t" of these bytes. */
static wg_safetensors *one_tensor(bytes *file, const char *dtype, size_t count, const void *data, size_t size) {
  char header[200];
  snprintf(header, sizeof header, "{\"t\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[0,%zu]}}", dtype, count,
           size);
  *file = file_of(header, size);
  memcpy(file->data + file->size - size, data, size);
  return parse_good(file);
}

/* ---- Files on the disk ---- */

static char path[] = "/tmp/wengert-safetensors-XXXXXX";

static int make_path(void **state) {
  (void)state;
  int file = mkstemp(path);
  return file < 0 ? -1 : close(file);
}

static int remove_path(void **state) {
  (void)state;
  return unlink(path);
}

static bytes read_path(void) {
  bytes file = {0};
  FILE *stream = fopen(path, "rb");
  assert_non_null(stream);
  file.size = fread(file.data, 1, sizeof file.data, stream);
  assert_int_equal(fclose(stream), 0);
  return file;
}

static void write_good(wg_safetensors *file) {
  wg_error error = {0};
  if (wg_safetensors_write(file, path, &error) != WG_OK) fail_msg("%s", error.message);
  wg_safetensors_free(file);
}

/* ---- Writing ---- */

static void the_bytes_are_those_of_the_format(void **state) {
  (void)state;
  const float values[] = {1, -2};
  const int64_t number = 258;
  wg_safetensors *file = wg_safetensors_new(NULL);
  wg_safetensors_add(file, "a", WG_F32, WG_SHAPE(1, 2), values);
  wg_safetensors_add(file, "n", WG_I64, WG_SCALAR, &number);
  wg_safetensors_add_text(file, "by", "a \"b\"\n");
  write_good(file);
  /* By hand: 1 is 0x3F800000, −2 is 0xC0000000, 258 is 0x102. The header is filled up with spaces to 8·k bytes. */
  const char header[] = "{\"__metadata__\":{\"by\":\"a \\\"b\\\"\\u000a\"},"
                        "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                        "\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]}}";
  const unsigned char data[] = {2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0};
  size_t length = strlen(header), padded = (length + 7) / 8 * 8;
  bytes written = read_path();
  assert_int_equal(written.size, 8 + padded + sizeof data);
  assert_int_equal(written.data[0], padded);
  for (int i = 1; i < 8; i++) assert_int_equal(written.data[i], 0);
  assert_memory_equal(written.data + 8, header, length);
  for (size_t i = length; i < padded; i++) assert_int_equal(written.data[8 + i], ' ');
  assert_memory_equal(written.data + 8 + padded, data, sizeof data);
}

static void what_is_written_is_read_back(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  const double f64[] = {0.1, -0.0, INFINITY, NAN, 5e-324, 1.7976931348623157e308};
  const float f32[] = {0.1f, -0.0f, -INFINITY, NAN, 1e-45f, 3.4028235e38f, 7};
  const int64_t i64[] = {INT64_MIN, -1, INT64_MAX};
  const char *odd = "\"\\\x01\x7f \xc3\xa9 \xe2\x88\x82 \xf0\x9f\x99\x82 __metadata__"; /* é ∂ 🙂 */
  wg_safetensors *file = wg_safetensors_new(NULL);
  wg_safetensors_add(file, "f32", WG_F32, WG_SHAPE(7, 1), f32);
  wg_safetensors_add(file, "f64", WG_F64, WG_SHAPE(2, 3), f64);
  wg_safetensors_add(file, odd, WG_I64, WG_SHAPE(3), i64);
  wg_safetensors_add(file, "none", WG_F32, WG_SHAPE(4, 0, 2), NULL);
  wg_safetensors_add(file, "", WG_F64, WG_SCALAR, f64);
  wg_safetensors_add_text(file, odd, odd);
  wg_safetensors_add_text(file, "", "");
  write_good(file);

  wg_error error = {0};
  if (wg_safetensors_read(path, 0, NULL, &file, &error) != WG_OK) fail_msg("%s", error.message);
  double f64_back[6], scalar;
  float f32_back[7];
  int64_t i64_back[3];
  assert_int_equal(wg_safetensors_count(file), 5);
  assert_int_equal(wg_stored_copy(wg_safetensors_find(file, "f64"), WG_F64, f64_back, NULL), WG_OK);
  assert_int_equal(wg_stored_copy(wg_safetensors_find(file, "f32"), WG_F32, f32_back, NULL), WG_OK);
  assert_int_equal(wg_stored_copy(wg_safetensors_find(file, odd), WG_I64, i64_back, NULL), WG_OK);
  assert_int_equal(wg_stored_copy(wg_safetensors_find(file, ""), WG_F64, &scalar, NULL), WG_OK);
  assert_memory_equal(f64_back, f64, sizeof f64);
  assert_memory_equal(f32_back, f32, sizeof f32);
  assert_memory_equal(i64_back, i64, sizeof i64);
  assert_true(scalar == 0.1);
  const wg_stored_tensor *tensor = wg_safetensors_find(file, "f64"), *none = wg_safetensors_find(file, "none");
  assert_true(wg_shape_equal(&tensor->shape, &WG_SHAPE(2, 3)) && tensor->count == 6 && tensor->dtype == WG_STORED_F64);
  assert_true(wg_shape_equal(&none->shape, &WG_SHAPE(4, 0, 2)) && none->count == 0);
  assert_string_equal(wg_safetensors_text(file, odd), odd);
  assert_string_equal(wg_safetensors_text(file, ""), "");
  assert_null(wg_safetensors_find(file, "other"));
  assert_null(wg_safetensors_text(file, "other"));
  for (size_t i = 0; i < 5; i++)
    assert_ptr_equal(wg_safetensors_find(file, wg_safetensors_at(file, i)->name), wg_safetensors_at(file, i));
  assert_null(wg_safetensors_at(file, 5));
  assert_int_equal(wg_safetensors_add_text(file, "k", "v"), WG_ERROR_ARGUMENT); /* one that was read */
  wg_safetensors_free(file);
}

static void a_file_without_tensors_is_a_file(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  write_good(wg_safetensors_new(NULL));
  bytes written = read_path();
  assert_int_equal(written.size, 16);
  wg_safetensors *file = parse_good(&written);
  assert_int_equal(wg_safetensors_count(file), 0);
  wg_safetensors_free(file);
}

static void what_cannot_be_written_is_refused(void **state) {
  (void)state;
  const double value = 1;
  const struct {
    const char *name;
    wg_dtype dtype;
    wg_shape shape;
    wg_status status;
  } bad[] = {
      {"\xff", WG_F64, WG_SCALAR, WG_ERROR_ARGUMENT},         {"\xc3", WG_F64, WG_SCALAR, WG_ERROR_ARGUMENT},
      {"__metadata__", WG_F64, WG_SCALAR, WG_ERROR_ARGUMENT}, {"there", WG_F64, WG_SCALAR, WG_ERROR_ARGUMENT},
      {"t", WG_DTYPE_COUNT, WG_SCALAR, WG_ERROR_DTYPE},       {"t", WG_F64, WG_SHAPE(-1), WG_ERROR_SHAPE},
      {"t", WG_F64, WG_SHAPE(INT64_MAX, 2), WG_ERROR_SHAPE},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    wg_safetensors *file = wg_safetensors_new(NULL);
    assert_int_equal(wg_safetensors_add(file, "there", WG_F64, WG_SCALAR, &value), WG_OK);
    assert_int_equal(wg_safetensors_add(file, bad[i].name, bad[i].dtype, bad[i].shape, &value), bad[i].status);
    assert_int_equal(wg_safetensors_add(file, "later", WG_F64, WG_SCALAR, &value), bad[i].status); /* it stays */
    wg_error error = {0};
    assert_int_equal(wg_safetensors_write(file, path, &error), bad[i].status);
    assert_int_equal(error.status, bad[i].status);
    assert_true(*error.message);
    wg_safetensors_free(file);
  }
  wg_safetensors *file = wg_safetensors_new(NULL);
  assert_int_equal(wg_safetensors_add_text(file, "k", "v"), WG_OK);
  assert_int_equal(wg_safetensors_add_text(file, "k", "w"), WG_ERROR_ARGUMENT);
  wg_safetensors_free(file);
}

/* ---- Elements ---- */

static void sixteen_bits_become_the_numbers_that_they_are(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  /* IEEE 754: 1, −2, the largest, the smallest normal and subnormal, 1/3 rounded, −0, ∞, NaN; sign, 5 and 10 bits */
  const uint16_t half[] = {0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x3555, 0x8000, 0x7C00, 0x7E00};
  const double expected[] = {1, -2, 65504, 0x1p-14, 0x1p-24, 0.333251953125, -0.0, INFINITY, NAN};
  /* the same of an f32's upper half: sign, 8 and 7 bits */
  const uint16_t brain[] = {0x3F80, 0xC000, 0x7F7F, 0x0080, 0x0001, 0x3EAB, 0x8000, 0xFF80, 0x7FC0};
  const double brain_expected[] = {1, -2, 0x1.fep127, 0x1p-126, 0x1p-133, 0.333984375, -0.0, -INFINITY, NAN};
  for (int kind = 0; kind < 2; kind++) {
    const uint16_t *words = kind ? brain : half;
    unsigned char stored[18];
    for (int i = 0; i < 18; i++) stored[i] = (unsigned char)(words[i / 2] >> 8 * (i % 2) & 255);
    bytes file;
    wg_safetensors *parsed = one_tensor(&file, kind ? "BF16" : "F16", 9, stored, 18);
    double wide[9];
    float narrow[9];
    int64_t whole[9];
    assert_int_equal(wg_stored_copy(wg_safetensors_at(parsed, 0), WG_F64, wide, NULL), WG_OK);
    assert_int_equal(wg_stored_copy(wg_safetensors_at(parsed, 0), WG_F32, narrow, NULL), WG_OK);
    assert_int_equal(wg_stored_copy(wg_safetensors_at(parsed, 0), WG_I64, whole, NULL), WG_ERROR_DTYPE);
    for (int i = 0; i < 9; i++) {
      double value = kind ? brain_expected[i] : expected[i];
      if (isnan(value))
        assert_true(isnan(wide[i]) && isnan(narrow[i]));
      else
        assert_true(wide[i] == value && narrow[i] == (float)value && signbit(wide[i]) == signbit(value));
    }
    wg_safetensors_free(parsed);
  }
}

static void whole_numbers_of_every_size_are_read(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  const unsigned char ones[16] = {1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255};
  const struct {
    const char *dtype;
    size_t size;
    double last; /* of all ones */
  } cases[] = {{"BOOL", 1, 1},          {"U8", 1, 255}, {"I8", 1, -1},  {"U16", 2, 65535}, {"I16", 2, -1},
               {"U32", 4, 4294967295.}, {"I32", 4, -1}, {"I64", 8, -1}, {"U64", 8, 0x1p64}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    unsigned char stored[16];
    memcpy(stored, ones, cases[i].size);
    memcpy(stored + cases[i].size, ones + 8, cases[i].size);
    bytes file;
    wg_safetensors *parsed = one_tensor(&file, cases[i].dtype, 2, stored, 2 * cases[i].size);
    const wg_stored_tensor *tensor = wg_safetensors_at(parsed, 0);
    double wide[2];
    float narrow[2];
    int64_t whole[2];
    assert_int_equal(wg_stored_copy(tensor, WG_F64, wide, NULL), WG_OK);
    assert_int_equal(wg_stored_copy(tensor, WG_F32, narrow, NULL), WG_OK);
    assert_true(wide[0] == 1 && wide[1] == cases[i].last && narrow[1] == (float)cases[i].last);
    bool fits = cases[i].last < 0x1p63;
    assert_int_equal(wg_stored_copy(tensor, WG_I64, whole, NULL), fits ? WG_OK : WG_ERROR_DATA);
    if (fits) assert_true(whole[0] == 1 && (double)whole[1] == cases[i].last);
    wg_safetensors_free(parsed);
  }
}

/* ---- Files that claim what does not hold ---- */

static void lengths_beyond_the_file_are_refused(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  bytes file = file_of("{}", 0);
  for (size_t size = 0; size < file.size; size++) assert_refused(&(bytes){.size = size}, "");
  file.data[0] = 3;
  assert_refused(&file, "the header has 3 bytes, and the file ends after 2 of them");
  file.data[4] = 1;
  assert_refused(&file, "a header of 4294967299 bytes");
  memset(file.data, 255, 8);
  assert_refused(&file, "a header of 18446744073709551615 bytes");
  file = file_of("{}", 1);
  assert_refused(&file, "the tensors take 0 bytes, and 1 are there");
}

#define T(name, dtype, shape, offsets)                                                                                 \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void headers_that_claim_what_does_not_hold_are_refused(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  const struct {
    const char *header;
    size_t size;
    const char *part;
  } bad[] = {
      {"{" T("a", "F32", "[2]", "[0,9]") "}", 8, "tensor a: it ends at byte 9 of the data, which has 8"},
      {"{" T("a", "F32", "[2]", "[0,8]") "," T("b", "F32", "[1]", "[4,8]") "}", 8, "tensor b: it overlaps"},
      {"{" T("a", "F32", "[2]", "[0,8]") "," T("b", "F32", "[2]", "[0,8]") "}", 8, "it overlaps"},
      {"{" T("a", "F32", "[1]", "[0,4]") "," T("b", "F32", "[1]", "[8,12]") "}", 12, "tensor b: before it is a gap"},
      {"{" T("a", "F32", "[1]", "[4,8]") "}", 8, "tensor a: before it is a gap"},
      {"{" T("a", "F32", "[1]", "[0,4]") "}", 8, "the tensors take 4 bytes, and 8 are there"},
      {"{" T("a", "F32", "[0]", "[4,4]") "," T("b", "F64", "[1]", "[0,8]") "}", 8, "overlaps"},
      {"{" T("a", "F32", "[3]", "[0,8]") "}", 8, "tensor a: F32 of shape (3) do not take 8 bytes"},
      {"{" T("a", "F64", "[2]", "[0,8]") "}", 8, "do not take 8 bytes"},
      {"{" T("a", "F32", "[1]", "[8,4]") "}", 8, "tensor a: data_offsets"},
      {"{" T("a", "F32", "[1]", "[-4,0]") "}", 8, "data_offsets"},
      {"{" T("a", "F32", "[2]", "[0,8.0]") "}", 8, "data_offsets"},
      {"{" T("a", "F32", "[2]", "[0,8e0]") "}", 8, "data_offsets"},
      {"{" T("a", "F32", "[2]", "[0,\"8\"]") "}", 8, "data_offsets"},
      {"{" T("a", "F32", "[2]", "[0,8,8]") "}", 8, "data_offsets"},
      {"{" T("a", "F32", "[2]", "8") "}", 8, "data_offsets"},
      {"{" T("a", "F32", "[2]", "[0,99999999999999999999]") "}", 8, "a number is too large"},
      {"{" T("a", "F32", "[4294967296,4294967296]", "[0,8]") "}", 8, "the shape is too large"},
      {"{" T("a", "F32", "[-2]", "[0,8]") "}", 8, "size 1 of the shape is not a whole number from 0"},
      {"{" T("a", "F32", "[2,-1]", "[0,8]") "}", 8, "size 2 of the shape"},
      {"{" T("a", "F32", "[2.0]", "[0,8]") "}", 8, "size 1 of the shape"},
      {"{" T("a", "F32", "[true]", "[0,4]") "}", 4, "size 1 of the shape"},
      {"{" T("a", "F32", "[null]", "[0,4]") "}", 4, "size 1 of the shape"},
      {"{" T("a", "F32", "2", "[0,8]") "}", 8, "there is no shape"},
      {"{" T("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "9 axes, and 8 are the most"},
      {"{" T("a", "F99", "[1]", "[0,4]") "}", 4, "unknown element type F99"},
      {"{" T("a", "f32", "[1]", "[0,4]") "}", 4, "unknown element type f32"},
      {"{" T("a\\u001b[2J", "F99\\u001b[2J", "[1]", "[0,4]") "}", 4, "tensor a?[2J: unknown element type F99?[2J"},
      {"{\"a\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "its description"},
      {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "its description"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "its description"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"offsets\":[0,4]}}", 4, "data_offsets"},
      {"{\"a\":[]}", 0, "its description"},
      {"{\"a\":null}", 0, "its description"},
      {"{" T("a", "F32", "[1]", "[0,4]") "," T("a", "F32", "[1]", "[4,8]") "}", 8, "a name is there twice"},
      {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "there twice"},
      {"{\"__metadata__\":{\"k\":\"v\",\"k\":\"v\"}}", 0, "there twice"},
      {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "there twice"},
      {"{\"__metadata__\":{\"k\":1}}", 0, "not a text"},
      {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}", 4, "nests deeper"},
      {"{\"__metadata__\":{\"k\":{\"l\":{}}}}", 0, "nests deeper"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", 4, "not JSON"},
      {"{} {}", 0, "not JSON"},
      {"{}x", 0, "not JSON"},
      {"{'a':1}", 0, "not JSON"},
      {"{\"a\\u0000\":1}", 0, "not JSON"},
      {"{\"\\ud800\":1}", 0, "not JSON"},
      {"{\"a\":NaN}", 0, "not JSON"},
      {"{\"\xff\":1}", 0, "not UTF-8"},
      {"{\"\xc0\xaf\":1}", 0, "not UTF-8"},
      {"{\"\xed\xa0\x80\":1}", 0, "not UTF-8"},
      {" {}", 0, "does not begin with a brace"},
      {"[]", 0, "does not begin with a brace"},
      {"", 0, "does not begin with a brace"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    bytes file = file_of(bad[i].header, bad[i].size);
    assert_refused(&file, bad[i].part);
  }
}

static void odd_files_that_keep_the_rules_are_read(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  static const char *const good[] = {
      "{" T("b", "F32", "[1]", "[4,8]") "," T("a", "F32", "[1]", "[0,4]") "}  \n", /* any order; space at the end */
      "{" T("a", "U8", "[3]", "[0,3]") "," T("b", "F32", "[]", "[3,7]") "," T("c", "I8", "[1]", "[7,8]") "}",
      "{" T("z", "F64", "[0]", "[0,0]") "," T("y", "F64", "[5,0]", "[0,0]") "," T("a", "F64", "[1]", "[0,8]") "}",
      "{" T("\\\"a\\u00E9\\u2202\\ud83d\\ude42\\n\\/", "I64", "[1,1,1,1]", "[0,8]") "}",
      "{" T("a]}", "I64", "[1]", "[0,8]") ",\"__metadata__\":{\"x\":\"[[[[{{{{\\\"[[[\"}}",
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    bytes file = file_of(good[i], 8);
    wg_safetensors *parsed = parse_good(&file);
    const wg_stored_tensor *tensor = wg_safetensors_at(parsed, 0);
    double values[8];
    for (size_t k = 0; k < wg_safetensors_count(parsed); k++)
      assert_int_equal(wg_stored_copy(wg_safetensors_at(parsed, k), WG_F64, values, NULL), WG_OK);
    assert_non_null(tensor);
    wg_safetensors_free(parsed);
  }
  bytes file = file_of(good[1], 8); /* nothing is aligned: b has the bytes 3, 4, 5, 6 */
  wg_safetensors *parsed = parse_good(&file);
  float value;
  const uint32_t expected_bits = 0x06050403;
  float expected;
  memcpy(&expected, &expected_bits, 4);
  assert_int_equal(wg_stored_copy(wg_safetensors_find(parsed, "b"), WG_F32, &value, NULL), WG_OK);
  assert_true(value == expected);
  wg_safetensors_free(parsed);
}

static void files_that_cannot_be_read_are_reported(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  wg_safetensors *file;
  wg_error error = {0};
  assert_int_equal(wg_safetensors_read("/nonexistent/a", 0, NULL, &file, &error), WG_ERROR_FILE);
  assert_null(file);
  assert_contains(error.message, "/nonexistent/a: ");
  assert_int_equal(wg_safetensors_read("/tmp", 0, NULL, &file, &error), WG_ERROR_FILE);
  const double values[100] = {0};
  file = wg_safetensors_new(NULL);
  wg_safetensors_add(file, "a", WG_F64, WG_SHAPE(100), values);
  write_good(file);
  assert_int_equal(wg_safetensors_read(path, 800, NULL, &file, &error), WG_ERROR_FILE);
  assert_contains(error.message, "larger than 800 bytes");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_bytes_are_those_of_the_format),
      cmocka_unit_test(what_is_written_is_read_back),
      cmocka_unit_test(a_file_without_tensors_is_a_file),
      cmocka_unit_test(what_cannot_be_written_is_refused),
      cmocka_unit_test(sixteen_bits_become_the_numbers_that_they_are),
      cmocka_unit_test(whole_numbers_of_every_size_are_read),
      cmocka_unit_test(lengths_beyond_the_file_are_refused),
      cmocka_unit_test(headers_that_claim_what_does_not_hold_are_refused),
      cmocka_unit_test(odd_files_that_keep_the_rules_are_read),
      cmocka_unit_test(files_that_cannot_be_read_are_reported),
  };
  return cmocka_run_group_tests_name(__FILE__, tests, make_path, remove_path);
}
