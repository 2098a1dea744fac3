/* safetensors_write.c: from tensors and texts to a file. */
#include "safetensors_internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DIGEST_SIZE = 8 };

/* A JSON string (RFC 8259). */
static void print_string(wg_text *json, const char *text) {
  wg_text_add(json, "\"");
  for (const char *at = text; *at; at++) {
    if (*at == '"' || *at == '\\')
      wg_text_print(json, "\\%c", *at);
    else if ((unsigned char)*at < 0x20 || *at == 0x7F)
      wg_text_print(json, "\\u%04x", (unsigned)*at);
    else
      wg_text_add_bytes(json, at, 1);
  }
  wg_text_add(json, "\"");
}

static void print_texts(wg_text *json, const wg_safetensors *file) {
  if (!file->text_count) return;
  wg_text_add(json, "\"__metadata__\":{");
  for (size_t i = 0; i < file->text_count; i++) {
    if (i) wg_text_add(json, ",");
    print_string(json, file->texts[i].key);
    wg_text_add(json, ":");
    print_string(json, file->texts[i].text);
  }
  wg_text_add(json, "}");
}

/* The next tensor of the header; its elements begin at *offset, which moves to where they end. */
static void print_tensor(wg_text *json, const wg_stored_tensor *tensor, size_t *offset) {
  size_t end = *offset + (size_t)tensor->count * wg_stored_dtype_size(tensor->dtype);
  if (json->length > 1) wg_text_add(json, ",");
  print_string(json, tensor->name);
  wg_text_print(json, ":{\"dtype\":\"%s\",\"shape\":[", wg_stored_dtype_text(tensor->dtype));
  for (int i = 0; i < tensor->shape.rank; i++) wg_text_print(json, "%s%" PRId64, i ? "," : "", tensor->shape.size[i]);
  wg_text_print(json, "],\"data_offsets\":[%zu,%zu]}", *offset, end);
  *offset = end;
}

/* The widest elements first, so that each tensor is aligned if the first is. */
static int by_size_and_name(const void *a, const void *b) {
  const wg_stored_tensor *x = a, *y = b;
  size_t left = wg_stored_dtype_size(x->dtype), right = wg_stored_dtype_size(y->dtype);
  return left != right ? (left < right) - (left > right) : strcmp(x->name, y->name);
}

static void put_elements(const wg_stored_tensor *tensor, wg_file_writer *writer) {
  enum { PIECE = 4096 };
  const unsigned char *at = tensor->data;
  size_t size = wg_stored_dtype_size(tensor->dtype), left = (size_t)tensor->count * size;
  if (!wg_big_endian()) wg_file_writer_add(writer, at, left);
  while (wg_big_endian() && left) {
    unsigned char piece[PIECE];
    size_t bytes = left < PIECE ? left : PIECE;
    memcpy(piece, at, bytes);
    wg_bytes_swap(piece, bytes / size, size);
    wg_file_writer_add(writer, piece, bytes);
    at += bytes;
    left -= bytes;
  }
}

static void put_number(wg_file_writer *writer, uint64_t number) {
  unsigned char bytes[8];
  wg_store_32(bytes, (uint32_t)(number & 0xffffffff));
  wg_store_32(bytes + 4, (uint32_t)(number >> 32));
  wg_file_writer_add(writer, bytes, sizeof bytes);
}

wg_status wg_safetensors_put(wg_safetensors *file, bool digest, wg_file_writer *writer, wg_error *error) {
  if (file->status != WG_OK) return wg_error_set(error, file->status, "%s", file->message);
  if (digest && wg_safetensors_find(file, WG_SAFETENSORS_DIGEST))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a tensor is called " WG_SAFETENSORS_DIGEST);
  if (file->tensor_count) qsort(file->tensors, file->tensor_count, sizeof *file->tensors, by_size_and_name);
  wg_text json = WG_TEXT_EMPTY(&file->allocator);
  size_t offset = 0;
  wg_text_add(&json, "{");
  print_texts(&json, file);
  for (size_t i = 0; i < file->tensor_count; i++) print_tensor(&json, &file->tensors[i], &offset);
  if (digest)
    print_tensor(&json,
                 &(wg_stored_tensor){WG_SAFETENSORS_DIGEST, WG_STORED_U8, WG_SHAPE(DIGEST_SIZE), DIGEST_SIZE, NULL},
                 &offset);
  wg_text_add(&json, "}");
  while (json.length % 8 && !json.failed) wg_text_add(&json, " "); /* elements begin aligned, after 8 bytes of length */
  if (!json.failed) {
    put_number(writer, json.length);
    wg_file_writer_add(writer, json.data, json.length);
    for (size_t i = 0; i < file->tensor_count; i++) put_elements(&file->tensors[i], writer);
    if (digest) put_number(writer, wg_file_writer_digest(writer));
  }
  bool complete = !json.failed;
  wg_text_free(&json);
  return complete ? WG_OK : wg_error_memory(error);
}

bool wg_safetensors_sound(const wg_safetensors *file) {
  if (!file->tensor_count || file->bytes.size < DIGEST_SIZE) return false;
  const wg_stored_tensor *last = &file->tensors[file->tensor_count - 1];
  if (strcmp(last->name, WG_SAFETENSORS_DIGEST) != 0 || last->dtype != WG_STORED_U8 || last->count != DIGEST_SIZE)
    return false;
  return wg_load_64(last->data) == wg_digest_of(file->bytes.data, file->bytes.size - DIGEST_SIZE);
}

wg_status wg_safetensors_write(wg_safetensors *file, const char *path, wg_error *error) {
  wg_file_writer *writer;
  wg_status status = wg_file_writer_new(path, NULL, NULL, &file->allocator, &writer, error);
  if (status != WG_OK) return status;
  status = wg_safetensors_put(file, false, writer, error);
  if (status == WG_OK) status = wg_file_writer_finish(writer, error);
  wg_file_writer_free(writer);
  return status;
}
