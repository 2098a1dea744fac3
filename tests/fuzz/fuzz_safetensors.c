/* Tensors and texts in a safetensors file: all elements can be had, what is written of them is read again as the same,
 * and a model is taken out of the file or not. */
#include "fuzz.h"

#include "../../models/safetensors_internal.h"

/* ---- A file in memory, by way of the system calls that a writer makes ---- */

static int memory_open(void *context, const char *path, int flags, mode_t mode) {
  (void)context, (void)path, (void)flags, (void)mode;
  return 0;
}

static ssize_t memory_write(void *context, int file, const void *bytes, size_t size) {
  (void)file;
  require(wg_bytes_add(context, bytes, size));
  return (ssize_t)size;
}

static int memory_done(void *context, int file) {
  (void)context, (void)file;
  return 0;
}

static int memory_rename(void *context, const char *from, const char *to) {
  (void)context, (void)from, (void)to;
  return 0;
}

static int memory_unlink(void *context, const char *path) {
  (void)context, (void)path;
  return 0;
}

static void write_to(wg_bytes *written, wg_safetensors *file) {
  const wg_file_system system = {memory_open,   memory_write,  memory_done, memory_done,
                                 memory_rename, memory_unlink, written};
  wg_file_writer *writer;
  require(wg_file_writer_new("fuzzed", NULL, &system, &fuzz_allocator, &writer, NULL) == WG_OK);
  require(wg_safetensors_put(file, false, writer, NULL) == WG_OK);
  require(wg_file_writer_finish(writer, NULL) == WG_OK);
  wg_file_writer_free(writer);
}

/* ---- The statements ---- */

/* The tensors of a file as f64 in one block each; those that are i64 as that. */
static void require_tensors(const wg_safetensors *file) {
  wg_safetensors *made = wg_safetensors_new(&fuzz_allocator), *again;
  size_t count = wg_safetensors_count(file);
  void **elements = calloc(count + 1, sizeof *elements);
  require(made && elements);
  for (size_t i = 0; i < count; i++) {
    const wg_stored_tensor *tensor = wg_safetensors_at(file, i);
    wg_dtype dtype = tensor->dtype == WG_STORED_I64 ? WG_I64 : tensor->dtype == WG_STORED_F32 ? WG_F32 : WG_F64;
    elements[i] = malloc((size_t)tensor->count * sizeof(double) + 1);
    require(elements[i] && wg_stored_copy(tensor, WG_F32, elements[i], NULL) == WG_OK);
    wg_stored_copy(tensor, WG_I64, elements[i], NULL); /* may be refused */
    require(wg_stored_copy(tensor, dtype, elements[i], NULL) == WG_OK);
    require(wg_safetensors_add(made, tensor->name, dtype, tensor->shape, elements[i]) == WG_OK);
  }
  for (size_t i = 0; i < file->text_count; i++)
    require(wg_safetensors_add_text(made, file->texts[i].key, file->texts[i].text) == WG_OK);

  wg_bytes written = {.allocator = &fuzz_allocator};
  wg_error error = {WG_OK, ""};
  write_to(&written, made);
  require(wg_safetensors_parse("b", written.data, written.size, &fuzz_allocator, &again, &error) == WG_OK);
  require(wg_safetensors_count(again) == count && again->text_count == file->text_count);
  for (size_t i = 0; i < count; i++) {
    const wg_stored_tensor *a = wg_safetensors_at(made, i), *b = wg_safetensors_find(again, a->name);
    require(b && a->dtype == b->dtype && wg_shape_equal(&a->shape, &b->shape) && a->count == b->count);
    require(wg_big_endian() || memcmp(a->data, b->data, (size_t)a->count * wg_stored_dtype_size(a->dtype)) == 0);
  }
  for (size_t i = 0; i < file->text_count; i++)
    require(strcmp(wg_safetensors_text(again, file->texts[i].key), file->texts[i].text) == 0);
  wg_safetensors_free(again);
  wg_bytes_free(&written);
  for (size_t i = 0; i < count; i++) free(elements[i]);
  free(elements);
  wg_safetensors_free(made);
}

static void require_model(const wg_safetensors *file) {
  wg_model_file taken;
  wg_error error = {WG_OK, ""};
  wg_status status = wg_model_take(file, "a", &fuzz_allocator, &taken, &error);
  require_outcome(status, &error, taken.model);
  if (status == WG_OK) {
    wg_safetensors *described = wg_safetensors_new(&fuzz_allocator);
    require(described && wg_model_describe(&taken, described, NULL) == WG_OK);
    wg_safetensors_free(described);
  }
  wg_model_file_clear(&taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  wg_safetensors *file;
  wg_error error = {WG_OK, ""};
  if (!wg_safetensors_readable()) return 0;
  wg_status status = wg_safetensors_parse("a", bytes, size, &fuzz_allocator, &file, &error);
  require_outcome(status, &error, file);
  if (!file) return 0;
  require_tensors(file);
  require_model(file);
  wg_safetensors_free(file);
  return 0;
}
