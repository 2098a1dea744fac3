/* safetensors.c: what a file holds; elements of every type as f32, f64 or i64. */
#include "safetensors_internal.h"

#include "utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

/* ---- Element types ---- */

typedef struct stored_dtype {
  const char *text;
  size_t size;
} stored_dtype;

static const stored_dtype stored_dtypes[WG_STORED_DTYPE_COUNT] = {
    [WG_STORED_BOOL] = {"BOOL", 1}, [WG_STORED_U8] = {"U8", 1},     [WG_STORED_I8] = {"I8", 1},
    [WG_STORED_U16] = {"U16", 2},   [WG_STORED_I16] = {"I16", 2},   [WG_STORED_U32] = {"U32", 4},
    [WG_STORED_I32] = {"I32", 4},   [WG_STORED_U64] = {"U64", 8},   [WG_STORED_I64] = {"I64", 8},
    [WG_STORED_F16] = {"F16", 2},   [WG_STORED_BF16] = {"BF16", 2}, [WG_STORED_F32] = {"F32", 4},
    [WG_STORED_F64] = {"F64", 8},
};

static bool dtype_valid(wg_stored_dtype dtype) { return (unsigned)dtype < WG_STORED_DTYPE_COUNT; }

size_t wg_stored_dtype_size(wg_stored_dtype dtype) { return dtype_valid(dtype) ? stored_dtypes[dtype].size : 0; }
const char *wg_stored_dtype_text(wg_stored_dtype dtype) { return dtype_valid(dtype) ? stored_dtypes[dtype].text : ""; }

/* ---- A file ---- */

wg_safetensors *wg_safetensors_new(const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  wg_safetensors *file = wg_allocate_zeroed(allocator, 1, sizeof *file);
  if (!file) return NULL;
  file->allocator = *allocator;
  file->bytes.allocator = &file->allocator;
  return file;
}

void wg_safetensors_free(wg_safetensors *file) {
  if (!file) return;
  wg_allocator allocator = file->allocator;
  for (size_t i = 0; i < file->tensor_count; i++) wg_release(&allocator, (void *)file->tensors[i].name);
  for (size_t i = 0; i < file->text_count; i++) {
    wg_release(&allocator, file->texts[i].key);
    wg_release(&allocator, file->texts[i].text);
  }
  wg_release(&allocator, file->tensors);
  wg_release(&allocator, file->texts);
  wg_bytes_free(&file->bytes);
  wg_release(&allocator, file);
}

size_t wg_safetensors_count(const wg_safetensors *file) { return file->tensor_count; }

const wg_stored_tensor *wg_safetensors_at(const wg_safetensors *file, size_t i) {
  return i < file->tensor_count ? &file->tensors[i] : NULL;
}

const wg_stored_tensor *wg_safetensors_find(const wg_safetensors *file, const char *name) {
  for (size_t i = 0; i < file->tensor_count; i++)
    if (strcmp(file->tensors[i].name, name) == 0) return &file->tensors[i];
  return NULL;
}

static int by_key(const void *a, const void *b) {
  return strcmp(((const wg_safetensors_entry *)a)->key, ((const wg_safetensors_entry *)b)->key);
}

void wg_safetensors_sort_texts(wg_safetensors *file) {
  if (file->text_count) qsort(file->texts, file->text_count, sizeof *file->texts, by_key);
}

const char *wg_safetensors_text(const wg_safetensors *file, const char *key) {
  if (file->was_read && file->text_count) { /* sorted: a file may have any number of texts */
    const wg_safetensors_entry wanted = {(char *)key, NULL}, *found;
    found = bsearch(&wanted, file->texts, file->text_count, sizeof wanted, by_key);
    return found ? found->text : NULL;
  }
  for (size_t i = 0; i < file->text_count; i++)
    if (strcmp(file->texts[i].key, key) == 0) return file->texts[i].text;
  return NULL;
}

/* ---- Adding ---- */

static char *copy_text(const wg_safetensors *file, const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = wg_allocate(&file->allocator, size, 1);
  if (copy) memcpy(copy, text, size);
  return copy;
}

bool wg_safetensors_append(wg_safetensors *file, const char *name, const wg_stored_tensor *tensor) {
  wg_stored_tensor *tensors =
      wg_grow(&file->allocator, file->tensors, file->tensor_count, &file->tensor_capacity, sizeof *tensors);
  if (tensors) file->tensors = tensors;
  char *copy = tensors ? copy_text(file, name) : NULL;
  if (!copy) return false;
  tensors[file->tensor_count] = *tensor;
  tensors[file->tensor_count++].name = copy;
  return true;
}

bool wg_safetensors_append_text(wg_safetensors *file, const char *key, const char *text) {
  wg_safetensors_entry *texts =
      wg_grow(&file->allocator, file->texts, file->text_count, &file->text_capacity, sizeof *texts);
  if (texts) file->texts = texts;
  char *key_copy = texts ? copy_text(file, key) : NULL, *text_copy = key_copy ? copy_text(file, text) : NULL;
  if (text_copy)
    texts[file->text_count++] = (wg_safetensors_entry){key_copy, text_copy};
  else
    wg_release(&file->allocator, key_copy);
  return text_copy != NULL;
}

static bool is_utf8(const char *text) {
  size_t size = strlen(text);
  for (size_t at = 0, length; at < size; at += length) {
    length = wg_utf8_length(text + at, size - at);
    if (!length) return false;
  }
  return true;
}

wg_status wg_safetensors_refuse(wg_safetensors *file, wg_status status, const char *format, ...) {
  if (file->status != WG_OK) return file->status;
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(file->message, sizeof file->message, format, arguments);
  va_end(arguments);
  file->status = status;
  return status;
}

wg_status wg_safetensors_add(wg_safetensors *file, const char *name, wg_dtype dtype, wg_shape shape,
                             const void *elements) {
  static const wg_stored_dtype stored[WG_DTYPE_COUNT] = {
      [WG_F32] = WG_STORED_F32, [WG_F64] = WG_STORED_F64, [WG_I64] = WG_STORED_I64};
  if (file->status != WG_OK) return file->status;
  if (file->was_read) return wg_safetensors_refuse(file, WG_ERROR_ARGUMENT, "nothing is added to a file that was read");
  if (!is_utf8(name)) return wg_safetensors_refuse(file, WG_ERROR_ARGUMENT, "the name of a tensor is not UTF-8");
  if ((unsigned)dtype >= WG_DTYPE_COUNT)
    return wg_safetensors_refuse(file, WG_ERROR_DTYPE, "tensor %s: unknown element type", name);
  wg_stored_tensor tensor = {.dtype = stored[dtype], .shape = shape, .data = elements};
  if (!wg_shape_count(&shape, &tensor.count))
    return wg_safetensors_refuse(file, WG_ERROR_SHAPE, "tensor %s: the shape is none", name);
  if (wg_safetensors_find(file, name) || strcmp(name, "__metadata__") == 0)
    return wg_safetensors_refuse(file, WG_ERROR_ARGUMENT, "tensor %s: the name is taken", name);
  return wg_safetensors_append(file, name, &tensor) ? WG_OK
                                                    : wg_safetensors_refuse(file, WG_ERROR_MEMORY, "out of memory");
}

wg_status wg_safetensors_add_text(wg_safetensors *file, const char *key, const char *text) {
  if (file->status != WG_OK) return file->status;
  if (file->was_read) return wg_safetensors_refuse(file, WG_ERROR_ARGUMENT, "nothing is added to a file that was read");
  if (!is_utf8(key) || !is_utf8(text))
    return wg_safetensors_refuse(file, WG_ERROR_ARGUMENT, "a text or its key is not UTF-8");
  if (wg_safetensors_text(file, key))
    return wg_safetensors_refuse(file, WG_ERROR_ARGUMENT, "text %s: the key is taken", key);
  return wg_safetensors_append_text(file, key, text) ? WG_OK
                                                     : wg_safetensors_refuse(file, WG_ERROR_MEMORY, "out of memory");
}

/* ---- Elements ---- */

static bool is_floating(wg_stored_dtype dtype) { return dtype >= WG_STORED_F16; }

/* binary16: 1 sign, 5 exponent and 10 fraction bits; exact in f64. */
static double half_value(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double size = exponent == 31  ? (fraction ? NAN : INFINITY)
                : exponent == 0 ? ldexp(fraction, -24)
                                : ldexp(1024 + fraction, exponent - 25);
  return copysign(size, bits >> 15 ? -1 : 1);
}

static double single_value(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double floating_at(wg_stored_dtype dtype, const unsigned char *at) {
  if (dtype == WG_STORED_F16) return half_value(wg_load_16(at));
  if (dtype == WG_STORED_BF16) return single_value((uint32_t)wg_load_16(at) << 16);
  if (dtype == WG_STORED_F32) return single_value(wg_load_32(at));
  uint64_t bits = wg_load_64(at);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* A whole number as the bits of an i64; those of a U64 beyond it come out negative. */
static int64_t whole_at(wg_stored_dtype dtype, const unsigned char *at) {
  switch (dtype) {
  case WG_STORED_BOOL:
    return *at != 0;
  case WG_STORED_U8:
    return *at;
  case WG_STORED_I8:
    return (int8_t)*at;
  case WG_STORED_U16:
    return wg_load_16(at);
  case WG_STORED_I16:
    return (int16_t)wg_load_16(at);
  case WG_STORED_U32:
    return wg_load_32(at);
  case WG_STORED_I32:
    return (int32_t)wg_load_32(at);
  default:
    return (int64_t)wg_load_64(at);
  }
}

/* A file's name or text for a message: what is not printable becomes '?'. */
const char *wg_safetensors_show(const char *text, char shown[WG_SAFETENSORS_SHOWN_SIZE]) {
  size_t used = 0, size = strlen(text), at = 0;
  while (at < size) {
    size_t length = wg_utf8_printable(text + at, size - at), width = length ? length : 1;
    if (used + width + 4 > WG_SAFETENSORS_SHOWN_SIZE) break;
    memcpy(shown + used, length ? text + at : "?", width);
    used += width;
    at += width;
  }
  memcpy(shown + used, at < size ? "…" : "", at < size ? 4 : 1);
  return shown;
}

/* One element, into place i of the caller's. */
static bool convert(const wg_stored_tensor *tensor, const unsigned char *at, wg_dtype dtype, void *elements,
                    int64_t i) {
  if (is_floating(tensor->dtype)) {
    double value = floating_at(tensor->dtype, at);
    if (dtype == WG_F32)
      ((float *)elements)[i] = (float)value;
    else
      ((double *)elements)[i] = value;
    return true;
  }
  int64_t whole = whole_at(tensor->dtype, at);
  bool beyond = tensor->dtype == WG_STORED_U64 && whole < 0;
  if (dtype == WG_I64)
    ((int64_t *)elements)[i] = whole;
  else if (dtype == WG_F32)
    ((float *)elements)[i] = beyond ? (float)(uint64_t)whole : (float)whole;
  else
    ((double *)elements)[i] = beyond ? (double)(uint64_t)whole : (double)whole;
  return !(beyond && dtype == WG_I64);
}

wg_status wg_stored_copy(const wg_stored_tensor *tensor, wg_dtype dtype, void *elements, wg_error *error) {
  char shown[WG_SAFETENSORS_SHOWN_SIZE];
  if ((unsigned)dtype >= WG_DTYPE_COUNT || (dtype == WG_I64 && is_floating(tensor->dtype)))
    return wg_error_set(error, WG_ERROR_DTYPE, "tensor %s: %s does not become %s",
                        wg_safetensors_show(tensor->name, shown), wg_stored_dtype_text(tensor->dtype),
                        wg_dtype_text(dtype));
  const unsigned char *at = tensor->data;
  size_t size = wg_stored_dtype_size(tensor->dtype);
  bool same = strcmp(wg_stored_dtype_text(tensor->dtype), (const char *[]){"F32", "F64", "I64"}[dtype]) == 0;
  if (same && tensor->count) memcpy(elements, at, (size_t)tensor->count * size);
  if (same && wg_big_endian()) wg_bytes_swap(elements, (size_t)tensor->count, size);
  for (int64_t i = 0; i < tensor->count && !same; i++, at += size)
    if (!convert(tensor, at, dtype, elements, i))
      return wg_error_set(error, WG_ERROR_DATA, "tensor %s: an element is beyond i64",
                          wg_safetensors_show(tensor->name, shown));
  return WG_OK;
}
