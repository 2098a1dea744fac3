/* data_file.h: the data sets that tests and benchmarks read where they are. They lie in a folder that WENGERT_DATA names, or
 * in shared/data beside the checkout, which WENGERT_ROOT names. */
#ifndef WG_TEST_DATA_FILE_H
#define WG_TEST_DATA_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* "adbench", "gmm_test", ".txt" to the path of that file, which need not be there. */
static inline char *data_path(char path[4096], const char *folder, const char *name, const char *ending) {
  const char *data = getenv("WENGERT_DATA"), *root = getenv("WENGERT_ROOT");
  if (data && *data)
    snprintf(path, 4096, "%s/%s/%s%s", data, folder, name, ending);
  else
    snprintf(path, 4096, "%s/../shared/data/%s/%s%s", root ? root : ".", folder, name, ending);
  return path;
}

static inline bool data_there(const char *folder, const char *name, const char *ending) {
  char path[4096];
  FILE *file = fopen(data_path(path, folder, name, ending), "r");
  if (file) fclose(file);
  return file != NULL;
}

/* All numbers of a file, which the caller frees; NULL if it is not there, has none, or something else is in it. */
static inline double *data_numbers(const char *folder, const char *name, const char *ending, size_t *count) {
  char path[4096];
  FILE *file = fopen(data_path(path, folder, name, ending), "r");
  size_t capacity = 1024;
  double *numbers = file ? malloc(capacity * sizeof *numbers) : NULL, number;
  for (*count = 0; numbers && fscanf(file, "%lf", &number) == 1; ++*count) {
    if (*count == capacity) {
      double *more = realloc(numbers, (capacity *= 2) * sizeof *more);
      if (!more) free(numbers);
      numbers = more;
      if (!more) break;
    }
    numbers[*count] = number;
  }
  if (numbers && (!feof(file) || *count == 0)) {
    free(numbers);
    numbers = NULL;
  }
  if (file) fclose(file);
  return numbers;
}

#endif
