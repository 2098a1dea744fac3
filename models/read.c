#include "read.h"

#include "bytes.h"
#include "csv.h"
#include "idx.h"
#include "npz.h"
#include "read_names.h"

#include <sys/stat.h>

/* What is read, and how. */
typedef struct read_job {
  const char *name;
  const wg_read_options *options;
  const wg_allocator *allocator;
  size_t bytes_max;
  wg_error *error;
  wg_table *table;
} read_job;

static bool starts_with(const wg_bytes *bytes, const char *mark, size_t size) {
  return bytes->size >= size && memcmp(bytes->data, mark, size) == 0;
}
static bool is_idx(const wg_bytes *bytes) {
  return bytes->size >= 4 && bytes->data[0] == 0 && bytes->data[1] == 0 && bytes->data[2] >= 8 &&
         bytes->data[2] <= 0x0e;
}
static bool is_npy(const wg_bytes *bytes) { return starts_with(bytes, "\x93NUMPY", 6); }
static bool is_npz(const wg_bytes *bytes) {
  return starts_with(bytes, "PK\x03\x04", 4) || starts_with(bytes, "PK\x05\x06", 4);
}

/* ---- Arrays ---- */

/* A file with one array, IDX or NPY. */
static wg_status read_array(read_job *job, const char *path, wg_array **array) {
  wg_bytes bytes = {.allocator = job->allocator};
  *array = NULL;
  wg_status status = wg_bytes_read_unpacked(path, job->bytes_max, &bytes, job->error);
  if (status == WG_OK)
    status = is_npy(&bytes) ? wg_npy_parse(path, bytes.data, bytes.size, job->allocator, array, job->error)
                            : wg_idx_parse(path, bytes.data, bytes.size, job->allocator, array, job->error);
  wg_bytes_free(&bytes);
  return status;
}

/* An array of features, with labels in the file of that name. */
static wg_status join(read_job *job, const wg_array *features, const char *label_file) {
  wg_array *labels = NULL;
  wg_status status = label_file ? read_array(job, label_file, &labels) : WG_OK;
  if (status == WG_OK) status = wg_arrays_table(job->name, features, labels, job->allocator, &job->table, job->error);
  wg_array_free(labels);
  return status;
}

static wg_status read_idx(read_job *job, const wg_bytes *bytes) {
  wg_array *features;
  char *found = NULL;
  const char *label_file = job->options->unlabeled ? NULL : job->options->label_file;
  wg_status status = wg_idx_parse(job->name, bytes->data, bytes->size, job->allocator, &features, job->error);
  if (status == WG_OK && !label_file && !job->options->unlabeled) {
    status = wg_label_file_find(job->name, job->allocator, &found, job->error);
    label_file = found;
  }
  if (status == WG_OK) status = join(job, features, label_file);
  wg_release(job->allocator, found);
  wg_array_free(features);
  return status;
}

/* A column by its number, from 1; 0 for the last one, −1 if the text is none. */
static int64_t column_of(const char *text) {
  int64_t number = 0;
  if (!text) return 0;
  for (const char *c = text; *c; c++) {
    if (*c < '0' || *c > '9' || number > 100000000) return -1;
    number = 10 * number + (*c - '0');
  }
  return number > 0 ? number : -1;
}

static wg_status read_npy(read_job *job, const wg_bytes *bytes) {
  wg_array *array;
  const wg_read_options *options = job->options;
  int64_t column = column_of(options->label);
  wg_status status = wg_npy_parse(job->name, bytes->data, bytes->size, job->allocator, &array, job->error);
  if (status != WG_OK) return status;
  if (options->unlabeled || options->label_file)
    status = join(job, array, options->unlabeled ? NULL : options->label_file);
  else if (column < 0)
    status = wg_error_set(job->error, WG_ERROR_DATA, "%s: the columns of an array have no names, and none is '%s'",
                          job->name, options->label);
  else
    status = wg_array_table(job->name, array, column, job->allocator, &job->table, job->error);
  wg_array_free(array);
  return status;
}

/* ---- NPZ ---- */

static wg_status fail_missing(read_job *job, const wg_npz *npz, const char *what) {
  char names[200] = "";
  for (size_t i = 0; i < npz->count; i++) {
    if (strlen(names) + strlen(npz->names[i]) + 8 > sizeof names) {
      strcat(names, " …");
      break;
    }
    strcat(strcat(names, i ? ", " : " "), npz->names[i]);
  }
  return wg_error_set(job->error, WG_ERROR_DATA, "%s: there is no array of %s; it has:%s", job->name, what,
                      npz->count ? names : " nothing");
}

/* The first of the names that the file has, with this ending. */
static const wg_array *find_any(const wg_npz *npz, const char *const *names, const char *ending) {
  for (; *names; names++) {
    char name[32] = "";
    const wg_array *found = wg_npz_find(npz, strcat(strcat(name, *names), ending));
    if (found) return found;
  }
  return NULL;
}

static wg_status join_npz(read_job *job, const wg_npz *npz) {
  static const char *const x_names[] = {"x", "X", "features", "data", "images", NULL};
  static const char *const y_names[] = {"y", "Y", "labels", "label", "target", "targets", NULL};
  const wg_read_options *options = job->options;
  const char *ending = options->test && find_any(npz, x_names, "_test") ? "_test" : "";
  if (!find_any(npz, x_names, ending)) ending = "_train";
  const wg_array *features = find_any(npz, x_names, ending);
  const wg_array *labels = options->label ? wg_npz_find(npz, options->label) : find_any(npz, y_names, ending);
  if (!features) return fail_missing(job, npz, "features (x)");
  if (!labels && !options->unlabeled) return fail_missing(job, npz, options->label ? "that name" : "labels (y)");
  return wg_arrays_table(job->name, features, options->unlabeled ? NULL : labels, job->allocator, &job->table,
                         job->error);
}

static wg_status read_npz(read_job *job, const wg_bytes *bytes) {
  wg_npz *npz;
  wg_status status =
      wg_npz_parse(job->name, bytes->data, bytes->size, job->bytes_max, job->allocator, &npz, job->error);
  if (status == WG_OK) status = join_npz(job, npz);
  wg_npz_free(npz);
  return status;
}

/* ---- All ---- */

static wg_status read_csv(read_job *job, const wg_bytes *bytes) {
  const wg_csv_options options = {.label = job->options->label,
                                  .unlabeled = job->options->unlabeled,
                                  .delimiter = job->options->delimiter,
                                  .allocator = job->allocator};
  if (job->options->label_file)
    return wg_error_set(job->error, WG_ERROR_ARGUMENT,
                        "%s: labels are in a column here, and not in a file of their own", job->name);
  const size_t most = job->options->bytes_max ? job->options->bytes_max : (size_t)1 << 30;
  if (bytes->size > most)
    return wg_error_set(job->error, WG_ERROR_FILE, "%s: the file is larger than %zu bytes", job->name, most);
  return wg_csv_parse(job->name, (const char *)bytes->data, bytes->size, &options, &job->table, job->error);
}

static wg_status read_file(read_job *job) {
  wg_bytes bytes = {.allocator = job->allocator};
  wg_status status = wg_bytes_read_unpacked(job->name, job->bytes_max, &bytes, job->error);
  if (status == WG_OK)
    status = is_idx(&bytes)   ? read_idx(job, &bytes)
             : is_npy(&bytes) ? read_npy(job, &bytes)
             : is_npz(&bytes) ? read_npz(job, &bytes)
                              : read_csv(job, &bytes);
  wg_bytes_free(&bytes);
  return status;
}

static wg_status make(read_job *job, wg_made set) {
  wg_made_options options = job->options->made ? *job->options->made : wg_made_options_of(set);
  options.test = job->options->test;
  wg_status status = wg_made_table(set, &options, job->allocator, &job->table, job->error);
  if (status == WG_OK && job->options->unlabeled) {
    memset(job->table->labels, 0, (size_t)job->table->rows * sizeof(int64_t));
    job->table->classes = 0;
  }
  return status;
}

static bool is_folder(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static wg_status read_any(read_job *job) {
  wg_made set;
  if (wg_made_find(job->name, &set)) return make(job, set);
  if (!is_folder(job->name)) return read_file(job);
  char *images = NULL;
  const char *folder = job->name;
  wg_status status = wg_image_file_find(folder, job->options->test, job->allocator, &images, job->error);
  job->name = images;
  if (status == WG_OK) status = read_file(job);
  job->name = folder;
  wg_release(job->allocator, images);
  return status;
}

wg_status wg_table_read(const char *name, const wg_read_options *options, wg_table **table, wg_error *error) {
  static const wg_read_options defaults = {0};
  if (!options) options = &defaults;
  read_job job = {.name = name,
                  .options = options,
                  .allocator = options->allocator ? options->allocator : &wg_allocator_default,
                  .bytes_max = options->bytes_max ? options->bytes_max : WG_FILE_BYTES_MAX,
                  .error = error};
  *table = NULL;
  wg_status status = read_any(&job);
  if (status == WG_OK && options->like && !options->unlabeled) {
    wg_error inner = {0};
    status = wg_table_match_columns(job.table, options->like, &inner);
    if (status == WG_OK) status = wg_table_match_classes(job.table, options->like, &inner);
    if (status != WG_OK) wg_error_set(error, status, "%s: %s", name, inner.message);
  }
  if (status == WG_OK)
    *table = job.table;
  else
    wg_table_free(job.table);
  return status;
}
