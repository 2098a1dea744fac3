/* Reads arrays and writes them again: array_copy FROM.npy TO.npy, or FROM.npz TO.npz [packed]. What is wrong with FROM
 * goes to standard error, exit code 1. */
#include "../../models/models.h"

#include <stdio.h>
#include <string.h>

static wg_status copy_npy(const char *from, const char *to, wg_error *error) {
  wg_array *array;
  wg_status status = wg_npy_read(from, 0, NULL, &array, error);
  if (status == WG_OK) status = wg_npy_write(to, array, error);
  wg_array_free(array);
  return status;
}

static wg_status copy_npz(const char *from, const char *to, bool packed, wg_error *error) {
  wg_npz *npz;
  wg_status status = wg_npz_read(from, 0, NULL, &npz, error);
  if (status == WG_OK)
    status = wg_npz_write(to, npz->count, (const char *const *)npz->names, (const wg_array *const *)npz->arrays, packed,
                          NULL, error);
  wg_npz_free(npz);
  return status;
}

int main(int argc, char **argv) {
  wg_error error = {0};
  if (argc < 3) return 2;
  bool npz = strstr(argv[1], ".npz") != NULL;
  wg_status status = npz ? copy_npz(argv[1], argv[2], argc > 3, &error) : copy_npy(argv[1], argv[2], &error);
  if (status != WG_OK) fprintf(stderr, "%s\n", error.message);
  return status == WG_OK ? 0 : 1;
}
