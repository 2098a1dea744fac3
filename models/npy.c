/* npy.c: the format is described in NumPy's documentation, numpy.lib.format: the bytes \x93NUMPY, a version, the length
 * of a header, the header, the elements. The header is a literal of Python:
 *
 *     {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }                                                     */
#include "npy_bytes.h"

#include <inttypes.h>
#include <stdio.h>

/* The longest header that is read; that of a plain array has 128 bytes. */
enum { HEADER_MAX = 65535 };

typedef struct npy_job {
  const char *name;
  const wg_allocator *allocator;
  wg_error *error;
  const char *at, *end; /* in the header */
  bool big_endian, columns_first;
  wg_element element;
  int rank;
  int64_t size[WG_RANK_MAX];
} npy_job;

static wg_status fail(npy_job *job, const char *what) {
  return wg_error_set(job->error, WG_ERROR_DATA, "%s: %s", job->name, what);
}

/* ---- The header's literal ---- */

static void skip_spaces(npy_job *job) {
  while (job->at < job->end && (*job->at == ' ' || *job->at == '\n' || *job->at == '\t')) job->at++;
}

/* Over one character, with spaces around it. */
static bool take(npy_job *job, char c) {
  skip_spaces(job);
  if (job->at == job->end || *job->at != c) return false;
  job->at++;
  skip_spaces(job);
  return true;
}

static bool take_word(npy_job *job, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(job->end - job->at) < length || memcmp(job->at, word, length) != 0) return false;
  job->at += length;
  skip_spaces(job);
  return true;
}

/* A string in single or double quotes, without escapes, that fits in `text`. */
static bool take_string(npy_job *job, size_t size, char *text) {
  size_t length = 0;
  if (job->at == job->end || (*job->at != '\'' && *job->at != '"')) return false;
  char quote = *job->at++;
  for (; job->at < job->end && *job->at != quote; job->at++) {
    if (*job->at < ' ' || *job->at > '~' || *job->at == '\\' || length + 1 == size) return false;
    text[length++] = *job->at;
  }
  text[length] = 0;
  return take(job, quote);
}

static bool take_size(npy_job *job, int64_t *size) {
  const char *start = job->at;
  for (*size = 0; job->at < job->end && *job->at >= '0' && *job->at <= '9'; job->at++) {
    int digit = *job->at - '0';
    if (*size > (INT64_MAX - digit) / 10) return false;
    *size = 10 * *size + digit;
  }
  if (job->at == start) return false;
  (void)take(job, 'L'); /* Python 2 wrote long integers so */
  return true;
}

/* (), (5,), (3, 4) */
static wg_status read_shape(npy_job *job) {
  const char *wrong = "the header's shape is not a list of sizes";
  if (!take(job, '(')) return fail(job, wrong);
  while (!take(job, ')')) {
    if (job->rank == WG_RANK_MAX)
      return wg_error_set(job->error, WG_ERROR_DATA, "%s: the array has more than %d axes", job->name, WG_RANK_MAX);
    if (!take_size(job, &job->size[job->rank++])) return fail(job, wrong);
    if (!take(job, ',') && (job->rank == 1 || job->at == job->end || *job->at != ')')) return fail(job, wrong);
  }
  return WG_OK;
}

static const struct {
  const char *text;
  wg_element element;
} types[] = {{"f4", WG_ELEMENT_F32}, {"f8", WG_ELEMENT_F64}, {"i1", WG_ELEMENT_I8}, {"i2", WG_ELEMENT_I16},
             {"i4", WG_ELEMENT_I32}, {"i8", WG_ELEMENT_I64}, {"u1", WG_ELEMENT_U8}, {"u2", WG_ELEMENT_U16},
             {"u4", WG_ELEMENT_U32}, {"u8", WG_ELEMENT_U64}, {"b1", WG_ELEMENT_U8}};
enum { TYPE_COUNT = sizeof types / sizeof *types };

/* <f8: the order of bytes, and the type. */
static wg_status read_type(npy_job *job) {
  char text[16];
  if (!take_string(job, sizeof text, text)) return fail(job, "the header's descr is not the name of a type of numbers");
  char order = text[0];
  int k = 0;
  while (order && k < TYPE_COUNT && strcmp(text + 1, types[k].text) != 0) k++;
  bool ordered = order == '<' || order == '>', single = k < TYPE_COUNT && wg_element_size(types[k].element) == 1;
  if (!order || k == TYPE_COUNT || !(ordered || order == '=' || (order == '|' && single)))
    return wg_error_set(job->error, WG_ERROR_DATA,
                        "%s: its elements are of the type '%s'; f4, f8, i1 to i8 and u1 to u8 are read", job->name,
                        text);
  job->element = types[k].element;
  job->big_endian = order == '>' || (order == '=' && wg_big_endian());
  return WG_OK;
}

static wg_status read_order(npy_job *job) {
  job->columns_first = take_word(job, "True");
  if (job->columns_first || take_word(job, "False")) return WG_OK;
  return fail(job, "the header's fortran_order is neither True nor False");
}

static wg_status read_header(npy_job *job) {
  static const char *const keys[] = {"descr", "fortran_order", "shape"};
  static wg_status (*const readers[])(npy_job *) = {read_type, read_order, read_shape};
  bool seen[3] = {false, false, false};
  if (!take(job, '{')) return fail(job, "the header is not a dictionary");
  while (!take(job, '}')) {
    char key[32];
    int k = 0;
    if (!take_string(job, sizeof key, key) || !take(job, ':')) return fail(job, "the header cannot be understood");
    while (k < 3 && strcmp(key, keys[k]) != 0) k++;
    if (k == 3)
      return wg_error_set(job->error, WG_ERROR_DATA, "%s: the header has an unknown key '%s'", job->name, key);
    if (seen[k]) return wg_error_set(job->error, WG_ERROR_DATA, "%s: the header has '%s' twice", job->name, key);
    seen[k] = true;
    wg_status status = readers[k](job);
    if (status != WG_OK) return status;
    if (!take(job, ',') && (job->at == job->end || *job->at != '}'))
      return fail(job, "the header cannot be understood");
  }
  for (int k = 0; k < 3; k++)
    if (!seen[k]) return wg_error_set(job->error, WG_ERROR_DATA, "%s: the header has no '%s'", job->name, keys[k]);
  return job->at == job->end ? WG_OK : fail(job, "something follows the header's dictionary");
}

/* ---- A file ---- */

/* Finds the header, and returns where the elements begin in *data. */
static wg_status find_header(npy_job *job, const unsigned char *bytes, size_t size, size_t *data) {
  if (size < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0) return fail(job, "is not an NPY file");
  int version = bytes[6];
  if (version < 1 || version > 3 || bytes[7] != 0)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: is of version %d.%d of the format; 1.0, 2.0 and 3.0 are read",
                        job->name, version, bytes[7]);
  size_t start = version == 1 ? 10 : 12;
  if (size < start) return fail(job, "the file ends inside its header");
  size_t length = version == 1 ? wg_load_16(bytes + 8) : wg_load_32(bytes + 8);
  if (length > HEADER_MAX) return fail(job, "the header is too long");
  if (length > size - start) return fail(job, "the file ends inside its header");
  job->at = (const char *)bytes + start;
  job->end = job->at + length;
  *data = start + length;
  return WG_OK;
}

/* Elements of a file in which the first index runs fastest, put so that the last one does. */
static void transpose(const wg_array *array, const unsigned char *from) {
  size_t size = wg_element_size(array->element);
  int64_t index[WG_RANK_MAX] = {0}, stride[WG_RANK_MAX], at = 0, step = 1;
  for (int axis = array->rank - 1; axis >= 0; axis--) {
    stride[axis] = step;
    step *= array->size[axis];
  }
  for (int64_t i = 0; i < array->count; i++) {
    memcpy((unsigned char *)array->data + (size_t)at * size, from + (size_t)i * size, size);
    for (int axis = 0; axis < array->rank; axis++) { /* counts up, the first index first */
      at += stride[axis];
      if (++index[axis] < array->size[axis]) break;
      at -= stride[axis] * array->size[axis];
      index[axis] = 0;
    }
  }
}

static wg_status read_elements(npy_job *job, const unsigned char *bytes, size_t size, wg_array **array) {
  size_t element = wg_element_size(job->element), count = 1, needed;
  bool counted = true, empty = false;
  for (int axis = 0; axis < job->rank; axis++) empty = empty || job->size[axis] == 0;
  for (int axis = 0; axis < job->rank && !empty; axis++)
    counted = counted && wg_size_multiply(count, (size_t)job->size[axis], &count);
  if (empty) count = 0;
  if (!counted || !wg_size_multiply(count, element, &needed) || needed != size)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: the header's shape does not fit the %zu bytes of elements",
                        job->name, size);
  *array = wg_array_new(job->element, job->rank, job->size, job->allocator);
  if (!*array) return wg_error_memory(job->error);
  if (job->columns_first && job->rank > 1)
    transpose(*array, bytes);
  else if (size)
    memcpy((*array)->data, bytes, size);
  if (job->big_endian != wg_big_endian()) wg_bytes_swap((*array)->data, count, element);
  return WG_OK;
}

wg_status wg_npy_parse(const char *name, const void *bytes, size_t size, const wg_allocator *allocator,
                       wg_array **array, wg_error *error) {
  npy_job job = {.name = name, .allocator = allocator ? allocator : &wg_allocator_default, .error = error};
  size_t data = 0;
  *array = NULL;
  wg_status status = find_header(&job, bytes, size, &data);
  if (status == WG_OK) status = read_header(&job);
  if (status == WG_OK) status = read_elements(&job, (const unsigned char *)bytes + data, size - data, array);
  return status;
}

wg_status wg_npy_read(const char *path, size_t bytes_max, const wg_allocator *allocator, wg_array **array,
                      wg_error *error) {
  wg_bytes bytes = {.allocator = allocator ? allocator : &wg_allocator_default};
  *array = NULL;
  wg_status status = wg_bytes_read_unpacked(path, bytes_max ? bytes_max : WG_FILE_BYTES_MAX, &bytes, error);
  if (status == WG_OK) status = wg_npy_parse(path, bytes.data, bytes.size, allocator, array, error);
  wg_bytes_free(&bytes);
  return status;
}

/* ---- Writing ---- */

/* The header, padded with spaces so that the elements begin at a multiple of 64 bytes; a line end closes it. */
static size_t write_header(const wg_array *array, char header[512]) {
  int type = 0;
  while (types[type].element != array->element) type++;
  bool single = wg_element_size(array->element) == 1;
  int length = snprintf(header, 512, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", single ? '|' : '<',
                        types[type].text);
  for (int axis = 0; axis < array->rank; axis++)
    length += snprintf(header + length, 512 - (size_t)length, axis ? ", %" PRId64 : "%" PRId64, array->size[axis]);
  length += snprintf(header + length, 512 - (size_t)length, array->rank == 1 ? ",), }" : "), }");
  while ((10 + length + 1) % 64 != 0) header[length++] = ' ';
  header[length++] = '\n';
  return (size_t)length;
}

bool wg_npy_add(wg_bytes *bytes, const wg_array *array) {
  char header[512];
  size_t length = write_header(array, header), element = wg_element_size(array->element);
  unsigned char start[10] = "\x93NUMPY\x01";
  wg_store_16(start + 8, (uint16_t)length);
  size_t size = (size_t)array->count * element;
  if (!wg_bytes_reserve(bytes, sizeof start + length + size)) return false;
  bool added = wg_bytes_add(bytes, start, sizeof start) && wg_bytes_add(bytes, header, length) &&
               wg_bytes_add(bytes, array->data, size);
  if (added && wg_big_endian()) wg_bytes_swap(bytes->data + bytes->size - size, (size_t)array->count, element);
  return added;
}

wg_status wg_npy_write(const char *path, const wg_array *array, wg_error *error) {
  wg_bytes bytes = {.allocator = &array->allocator};
  bool made = wg_npy_add(&bytes, array);
  wg_status status = made ? wg_bytes_write(&bytes, path, error) : wg_error_memory(error);
  wg_bytes_free(&bytes);
  return status;
}
