/* safetensors_read.c: from a file to tensors and texts, every claim of the file checked before it is believed. */
#include "safetensors_internal.h"

enum {
  HEADER_MAX = 100000000, /* bytes of JSON, the format's own limit */
  DEPTH_MAX = 3,          /* the file, a tensor, its shape */
  VALUES_MAX = 2000000    /* in the JSON, which bounds the memory that reading it takes */
};

#ifdef WG_JANSSON

#include <jansson.h>
#include <stdlib.h>

/* A file being read. */
typedef struct reading {
  const char *path;
  wg_safetensors *file;
  wg_error *error;
  const unsigned char *data; /* where the elements begin */
  size_t size;               /* … and how many bytes they have */
} reading;

static wg_status fail(const reading *job, const char *format, ...) WG_PRINTF(2, 3);
static wg_status fail(const reading *job, const char *format, ...) {
  char message[WG_ERROR_MESSAGE_SIZE];
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(message, sizeof message, format, arguments);
  va_end(arguments);
  return wg_error_set(job->error, WG_ERROR_DATA, "%s: %s", job->path, message);
}

static wg_status fail_tensor(const reading *job, const char *name, const char *format, ...) WG_PRINTF(3, 4);
static wg_status fail_tensor(const reading *job, const char *name, const char *format, ...) {
  char message[WG_ERROR_MESSAGE_SIZE], shown[WG_SAFETENSORS_SHOWN_SIZE];
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(message, sizeof message, format, arguments);
  va_end(arguments);
  return wg_error_set(job->error, WG_ERROR_DATA, "%s: tensor %s: %s", job->path, wg_safetensors_show(name, shown),
                      message);
}

/* ---- One tensor ---- */

static bool find_dtype(const char *text, wg_stored_dtype *dtype) {
  for (int i = 0; i < WG_STORED_DTYPE_COUNT; i++)
    if (strcmp(text, wg_stored_dtype_text((wg_stored_dtype)i)) == 0) {
      *dtype = (wg_stored_dtype)i;
      return true;
    }
  return false;
}

/* A whole number from 0. */
static bool read_size(const json_t *value, int64_t *size) {
  if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
  *size = (int64_t)json_integer_value(value);
  return true;
}

static wg_status read_shape(const reading *job, const char *name, const json_t *sizes, wg_stored_tensor *tensor) {
  if (!json_is_array(sizes)) return fail_tensor(job, name, "there is no shape");
  size_t rank = json_array_size(sizes);
  if (rank > WG_RANK_MAX) return fail_tensor(job, name, "%zu axes, and %d are the most", rank, WG_RANK_MAX);
  tensor->shape.rank = (int)rank;
  for (size_t i = 0; i < rank; i++)
    if (!read_size(json_array_get(sizes, i), &tensor->shape.size[i]))
      return fail_tensor(job, name, "size %zu of the shape is not a whole number from 0", i + 1);
  return wg_shape_count(&tensor->shape, &tensor->count) ? WG_OK : fail_tensor(job, name, "the shape is too large");
}

static wg_status read_place(const reading *job, const char *name, const json_t *offsets, wg_stored_tensor *tensor) {
  int64_t begin, end;
  if (json_array_size(offsets) != 2 || !read_size(json_array_get(offsets, 0), &begin) ||
      !read_size(json_array_get(offsets, 1), &end) || begin > end)
    return fail_tensor(job, name, "data_offsets are not two whole numbers from 0, the first not larger");
  if ((uint64_t)end > job->size)
    return fail_tensor(job, name, "it ends at byte %lld of the data, which has %zu", (long long)end, job->size);
  size_t bytes;
  char shape[WG_SHAPE_TEXT_SIZE];
  if (!wg_size_multiply((size_t)tensor->count, wg_stored_dtype_size(tensor->dtype), &bytes) ||
      bytes != (size_t)(end - begin))
    return fail_tensor(job, name, "%s of shape %s do not take %lld bytes", wg_stored_dtype_text(tensor->dtype),
                       wg_shape_text(&tensor->shape, shape), (long long)(end - begin));
  tensor->data = job->data + begin;
  return WG_OK;
}

static wg_status read_tensor(const reading *job, const char *name, const json_t *description) {
  wg_stored_tensor tensor = {0};
  const char *dtype = json_string_value(json_object_get(description, "dtype"));
  char shown[WG_SAFETENSORS_SHOWN_SIZE];
  if (json_object_size(description) != 3 || !dtype)
    return fail_tensor(job, name, "its description is not dtype, shape and data_offsets");
  if (!find_dtype(dtype, &tensor.dtype))
    return fail_tensor(job, name, "unknown element type %s", wg_safetensors_show(dtype, shown));
  wg_status status = read_shape(job, name, json_object_get(description, "shape"), &tensor);
  if (status == WG_OK) status = read_place(job, name, json_object_get(description, "data_offsets"), &tensor);
  if (status != WG_OK) return status;
  return wg_safetensors_append(job->file, name, &tensor) ? WG_OK : wg_error_memory(job->error);
}

/* ---- The header ---- */

static wg_status read_texts(const reading *job, json_t *texts) {
  const char *key;
  json_t *value;
  if (!json_is_object(texts)) return fail(job, "__metadata__ is not an object");
  json_object_foreach(texts, key, value) {
    if (!json_is_string(value)) return fail(job, "__metadata__ has a value that is not a text");
    if (!wg_safetensors_append_text(job->file, key, json_string_value(value))) return wg_error_memory(job->error);
  }
  return WG_OK;
}

static int by_place(const void *a, const void *b) {
  const wg_stored_tensor *x = a, *y = b;
  const unsigned char *left = x->data, *right = y->data;
  return left != right ? (left > right) - (left < right) : (x->count > y->count) - (x->count < y->count);
}

/* Every byte of the data belongs to exactly one tensor. */
static wg_status check_places(const reading *job) {
  wg_safetensors *file = job->file;
  const unsigned char *next = job->data;
  if (file->tensor_count) qsort(file->tensors, file->tensor_count, sizeof *file->tensors, by_place);
  for (size_t i = 0; i < file->tensor_count; i++) {
    const wg_stored_tensor *tensor = &file->tensors[i];
    const unsigned char *begin = tensor->data;
    if (begin != next)
      return fail_tensor(job, tensor->name, begin < next ? "it overlaps with the one before it" : "before it is a gap");
    next = begin + (size_t)tensor->count * wg_stored_dtype_size(tensor->dtype);
  }
  size_t used = (size_t)(next - job->data);
  if (used != job->size) return fail(job, "the tensors take %zu bytes, and %zu are there", used, job->size);
  return WG_OK;
}

static wg_status read_entries(const reading *job, json_t *header) {
  const char *key;
  json_t *value;
  if (!json_is_object(header)) return fail(job, "the header is not an object");
  json_object_foreach(header, key, value) {
    bool texts = strcmp(key, "__metadata__") == 0;
    wg_status status = texts ? read_texts(job, value) : read_tensor(job, key, value);
    if (status != WG_OK) return status;
  }
  wg_safetensors_sort_texts(job->file);
  return check_places(job);
}

/* ---- The JSON as bytes, before and after jansson has read it ---- */

typedef struct survey {
  size_t values, depth, string_bytes; /* of keys and texts, with escapes resolved */
} survey;

/* Bytes of UTF-8 for the escape at `json`, behind its backslash; those of a surrogate pair count with its first half. */
static size_t escape_bytes(const char *json, size_t size) {
  unsigned code = 0;
  if (json[0] != 'u') return 1;
  for (size_t i = 1; i <= 4 && i < size; i++) {
    const char *digits = "0123456789abcdef", *digit = strchr(digits, json[i] | 0x20);
    code = code * 16 + (digit && json[i] ? (unsigned)(digit - digits) : 0);
  }
  if (code >= 0xD800 && code < 0xE000) return code < 0xDC00 ? 4 : 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
}

static survey look_over(const char *json, size_t size) {
  survey found = {0};
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < size; i++) {
    char c = json[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted && c == '\\' && i + 1 < size) {
      found.string_bytes += escape_bytes(json + i + 1, size - i - 1);
      i += json[i + 1] == 'u' ? 5 : 1;
    } else if (quoted) {
      found.string_bytes++;
    } else {
      bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
      depth += opens;
      depth -= closes && depth;
      if (depth > found.depth) found.depth = depth;
      found.values += opens || c == ',';
    }
  }
  return found;
}

/* jansson leaves bytes of a string out where there is no memory for them, and does not say so (2.14). All strings of a
 * good header are known: names and types of tensors, three keys for each, keys and texts. */
static bool strings_are_whole(const wg_safetensors *file, bool has_texts, size_t string_bytes) {
  size_t bytes = has_texts ? strlen("__metadata__") : 0;
  for (size_t i = 0; i < file->tensor_count; i++)
    bytes += strlen(file->tensors[i].name) + strlen(wg_stored_dtype_text(file->tensors[i].dtype)) +
             strlen("dtype"
                    "shape"
                    "data_offsets");
  for (size_t i = 0; i < file->text_count; i++) bytes += strlen(file->texts[i].key) + strlen(file->texts[i].text);
  return bytes == string_bytes;
}

static wg_status explain(const reading *job, const json_error_t *why) {
  switch (json_error_code(why)) {
  case json_error_unknown: /* other failures have a code */
  case json_error_out_of_memory:
    return wg_error_memory(job->error);
  case json_error_duplicate_key:
    return fail(job, "a name is there twice, the second time at byte %d of the header", why->position);
  case json_error_invalid_utf8:
    return fail(job, "the header is not UTF-8 at its byte %d", why->position);
  case json_error_numeric_overflow:
    return fail(job, "a number is too large, at byte %d of the header", why->position);
  default:
    return fail(job, "the header is not JSON: wrong at its byte %d", why->position);
  }
}

static wg_status read_header(const reading *job, const char *json, size_t length) {
  if (!length || json[0] != '{')
    return fail(job, "the header does not begin with a brace; this is no safetensors file");
  survey found = look_over(json, length);
  if (found.depth > DEPTH_MAX || found.values > VALUES_MAX)
    return fail(job, "the header nests deeper than %d, or has more than %d values", DEPTH_MAX, VALUES_MAX);
  json_error_t why = {0}; /* some failed allocations leave it as it is */
  json_t *header = json_loadb(json, length, JSON_REJECT_DUPLICATES, &why);
  if (!header) return explain(job, &why);
  wg_status status = read_entries(job, header);
  bool has_texts = json_object_get(header, "__metadata__") != NULL;
  json_decref(header);
  if (status == WG_OK && !strings_are_whole(job->file, has_texts, found.string_bytes))
    return wg_error_memory(job->error);
  return status;
}

static wg_status parse(const char *name, const unsigned char *bytes, size_t size, wg_safetensors *file,
                       wg_error *error) {
  reading job = {.path = name, .file = file, .error = error};
  if (size < 8) return fail(&job, "%zu bytes are no safetensors file", size);
  uint64_t length = wg_load_64(bytes);
  if (length > HEADER_MAX)
    return fail(&job, "a header of %llu bytes, and %d are the most; this is no safetensors file",
                (unsigned long long)length, HEADER_MAX);
  if (length > size - 8)
    return fail(&job, "the header has %llu bytes, and the file ends after %zu of them", (unsigned long long)length,
                size - 8);
  file->was_read = true;
  job.data = bytes + 8 + (size_t)length;
  job.size = size - 8 - (size_t)length;
  return read_header(&job, (const char *)bytes + 8, (size_t)length);
}

bool wg_safetensors_readable(void) { return true; }

#else

static wg_status parse(const char *name, const unsigned char *bytes, size_t size, wg_safetensors *file,
                       wg_error *error) {
  (void)bytes, (void)size, (void)file;
  return wg_error_set(error, WG_ERROR_FILE,
                      "%s: this wengert was built without jansson, and reads no safetensors files", name);
}

bool wg_safetensors_readable(void) { return false; }

#endif

wg_status wg_safetensors_parse(const char *name, const void *bytes, size_t size, const wg_allocator *allocator,
                               wg_safetensors **file, wg_error *error) {
  *file = NULL;
  wg_safetensors *made = wg_safetensors_new(allocator);
  if (!made) return wg_error_memory(error);
  wg_status status = parse(name, bytes, size, made, error);
  if (status == WG_OK)
    *file = made;
  else
    wg_safetensors_free(made);
  return status;
}

wg_status wg_safetensors_read(const char *path, size_t bytes_max, const wg_allocator *allocator, wg_safetensors **file,
                              wg_error *error) {
  *file = NULL;
  wg_safetensors *made = wg_safetensors_new(allocator);
  if (!made) return wg_error_memory(error);
  if (!bytes_max) bytes_max = WG_FILE_BYTES_MAX;
  wg_status status = wg_safetensors_readable() ? wg_bytes_read(path, bytes_max, &made->bytes, error) : WG_OK;
  if (status == WG_OK) status = parse(path, made->bytes.data, made->bytes.size, made, error);
  if (status == WG_OK)
    *file = made;
  else
    wg_safetensors_free(made);
  return status;
}
