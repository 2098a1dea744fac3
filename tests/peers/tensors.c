/* For test_safetensors.py: writes a file of tensors that it knows, and shows one that it has written.
 *
 *     tensors write FILE
 *     tensors show FILE    name, type, shape and elements, with tabs between; then key = text */
#include "../../models/safetensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const wg_error *error) {
  fprintf(stderr, "%s\n", error->message);
  return 1;
}

static int write_file(const char *path) {
  const float f32[] = {0, -0.0f, 1.5f, 1e-45f, 3.4028235e38f, INFINITY};
  const double f64[] = {0.1, -1e300, 5e-324};
  const int64_t i64[] = {INT64_MIN, INT64_MAX, -7, 7};
  wg_error error = {0};
  wg_safetensors *file = wg_safetensors_new(NULL);
  wg_safetensors_add(file, "f32", WG_F32, WG_SHAPE(2, 3), f32);
  wg_safetensors_add(file, "größe 🙂 \"q\"\n", WG_F64, WG_SHAPE(3), f64);
  wg_safetensors_add(file, "i64", WG_I64, WG_SHAPE(2, 1, 2), i64);
  wg_safetensors_add(file, "scalar", WG_F64, WG_SCALAR, f64);
  wg_safetensors_add(file, "none", WG_F32, WG_SHAPE(0, 4), NULL);
  wg_safetensors_add_text(file, "by", "wengert\t∂\\");
  wg_status status = wg_safetensors_write(file, path, &error);
  wg_safetensors_free(file);
  return status == WG_OK ? 0 : complain(&error);
}

static void show_tensor(const wg_stored_tensor *tensor) {
  char shape[WG_SHAPE_TEXT_SIZE];
  bool floating = tensor->dtype >= WG_STORED_F16 || tensor->dtype == WG_STORED_U64;
  double *numbers = malloc((size_t)tensor->count * sizeof *numbers + 1);
  int64_t *wholes = malloc((size_t)tensor->count * sizeof *wholes + 1);
  if (numbers && wholes && wg_stored_copy(tensor, WG_F64, numbers, NULL) == WG_OK) {
    printf("%s\t%s\t%s\t", tensor->name, wg_stored_dtype_text(tensor->dtype), wg_shape_text(&tensor->shape, shape));
    if (!floating) wg_stored_copy(tensor, WG_I64, wholes, NULL);
    for (int64_t i = 0; i < tensor->count; i++)
      if (floating)
        printf("%s%.17g", i ? " " : "", numbers[i]);
      else
        printf("%s%" PRId64, i ? " " : "", wholes[i]);
    putchar('\n');
  }
  free(numbers);
  free(wholes);
}

static int show_file(const char *path) {
  wg_safetensors *file;
  wg_error error = {0};
  if (wg_safetensors_read(path, 0, NULL, &file, &error) != WG_OK) return complain(&error);
  for (size_t i = 0; i < wg_safetensors_count(file); i++) show_tensor(wg_safetensors_at(file, i));
  const char *text = wg_safetensors_text(file, "by");
  if (text) printf("by = %s\n", text);
  wg_safetensors_free(file);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "readable") == 0) return wg_safetensors_readable() ? 0 : 1;
  if (argc == 3 && strcmp(argv[1], "write") == 0) return write_file(argv[2]);
  if (argc == 3 && strcmp(argv[1], "show") == 0) return show_file(argv[2]);
  fprintf(stderr, "tensors write|show FILE\n");
  return 2;
}
