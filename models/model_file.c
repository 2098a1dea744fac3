#include "model_file.h"

#include "../engine/text.h"
#include "model_spec.h"
#include "safetensors_internal.h"
#include "text_data.h"
#include "utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char version[] = "1"; /* the text "model" */
enum { KEY_SIZE = 64 };

/* ---- Putting ---- */

/* A text from outside may be no UTF-8; then what is wrong of it becomes U+FFFD. */
static void put_text(wg_safetensors *stored, const char *key, const char *bytes) {
  wg_text text = WG_TEXT_EMPTY(&stored->allocator);
  size_t size = strlen(bytes);
  wg_text_add(&text, "");
  for (size_t at = 0; at < size;) {
    size_t length = wg_utf8_length(bytes + at, size - at);
    wg_text_add_bytes(&text, length ? bytes + at : "\xef\xbf\xbd", length ? length : 3);
    at += length ? length : 1;
  }
  if (text.failed)
    wg_safetensors_refuse(stored, WG_ERROR_MEMORY, "out of memory");
  else
    wg_safetensors_add_text(stored, key, text.data);
  wg_text_free(&text);
}

static void put_names(wg_safetensors *stored, const char *what, int64_t count, char *const *names) {
  char key[KEY_SIZE];
  for (int64_t i = 0; names && i < count; i++) {
    snprintf(key, sizeof key, "data.%s.%" PRId64, what, i);
    if (names[i]) put_text(stored, key, names[i]);
  }
}

static void put_whole(wg_safetensors *stored, const char *key, int64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, value);
  wg_safetensors_add_text(stored, key, text);
}

static void put_data(wg_safetensors *stored, const wg_table *data) {
  put_whole(stored, "data.columns", data->columns);
  put_whole(stored, "data.classes", data->classes);
  put_names(stored, "column", data->columns, data->column_names);
  put_names(stored, "class", data->classes, data->class_names);
  if (data->label_name) put_text(stored, "data.label", data->label_name);
  if (!data->channels) return;
  char text[80];
  snprintf(text, sizeof text, "%" PRId64 ",%" PRId64 ",%" PRId64, data->channels, data->height, data->width);
  wg_safetensors_add_text(stored, "data.image", text);
}

static void put_scaler(wg_safetensors *stored, const wg_scaler *scaler) {
  wg_safetensors_add(stored, "scaler.mean", WG_F64, WG_SHAPE(scaler->columns), scaler->mean);
  wg_safetensors_add(stored, "scaler.deviation", WG_F64, WG_SHAPE(scaler->columns), scaler->deviation);
}

/* Whether the parts of a model file belong together. */
static wg_status check_parts(const char *name, const wg_model_file *file, wg_error *error) {
  const wg_net net = {.spec = file->model->spec};
  int64_t features = wg_net_features(&net), classes = wg_net_classes(&net);
  const wg_table *data = file->data;
  if (data && (data->columns != features || data->classes > classes))
    return wg_error_set(error, WG_ERROR_DATA,
                        "%s: data of %" PRId64 " columns and %" PRId64 " classes, and a net of %" PRId64
                        " and %" PRId64,
                        name, data->columns, data->classes, features, classes);
  if (file->scaler && file->scaler->columns != features)
    return wg_error_set(error, WG_ERROR_DATA, "%s: a scaler of %" PRId64 " columns, and a net of %" PRId64, name,
                        file->scaler->columns, features);
  if (file->vocabulary && wg_vocabulary_count(file->vocabulary) != classes)
    return wg_error_set(error, WG_ERROR_DATA, "%s: a vocabulary of %" PRId64 " characters, and a net of %" PRId64, name,
                        wg_vocabulary_count(file->vocabulary), classes);
  return WG_OK;
}

wg_status wg_model_describe(const wg_model_file *file, wg_safetensors *stored, wg_error *error) {
  wg_status status = check_parts("the model", file, error);
  if (status != WG_OK) return wg_safetensors_refuse(stored, status, "the parts of the model do not belong together");
  wg_safetensors_add_text(stored, "model", version);
  wg_spec_put(&file->model->spec, stored);
  if (file->data) put_data(stored, file->data);
  if (file->scaler) put_scaler(stored, file->scaler);
  if (file->vocabulary) put_text(stored, "vocabulary", file->vocabulary);
  return stored->status == WG_OK ? WG_OK : wg_error_set(error, stored->status, "%s", stored->message);
}

wg_status wg_model_save(const char *path, const wg_model_file *file, wg_error *error) {
  const wg_weights *weights = file->model->weights;
  wg_safetensors *stored = wg_safetensors_new(&file->model->allocator);
  if (!stored) return wg_error_memory(error);
  wg_status status = wg_model_describe(file, stored, error);
  for (size_t k = 0; k < weights->count; k++)
    wg_safetensors_add(stored, weights->name[k], weights->dtype, weights->shape[k], weights->data[k]);
  if (status == WG_OK) status = wg_safetensors_write(stored, path, error);
  wg_safetensors_free(stored);
  return status;
}

/* ---- Taking ---- */

/* A model file being taken out of a file that was read. */
typedef struct taking {
  const wg_safetensors *stored;
  const char *name;
  const wg_allocator *allocator;
  wg_error *error;
} taking;

/* A copy of a text, or NULL with *no_memory or if there is none. */
static char *take_text(const taking *job, const char *key, bool *no_memory) {
  const char *text = wg_safetensors_text(job->stored, key);
  size_t size = text ? strlen(text) + 1 : 0;
  char *copy = text ? wg_allocate(job->allocator, size, 1) : NULL;
  if (copy) memcpy(copy, text, size);
  *no_memory = *no_memory || (text && !copy);
  return copy;
}

/* The names of `count` columns or classes, or NULL if there are none. All of them or none are there. */
static wg_status take_names(const taking *job, const char *what, int64_t count, char ***names) {
  char key[KEY_SIZE];
  bool no_memory = false;
  snprintf(key, sizeof key, "data.%s.0", what);
  if (count < 1 || !wg_safetensors_text(job->stored, key)) return WG_OK;
  if ((uint64_t)count > job->stored->text_count)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: the name of a %s is missing", job->name, what);
  *names = wg_allocate_zeroed(job->allocator, (size_t)count, sizeof **names);
  if (!*names) return wg_error_memory(job->error);
  for (int64_t i = 0; i < count; i++) {
    snprintf(key, sizeof key, "data.%s.%" PRId64, what, i);
    (*names)[i] = take_text(job, key, &no_memory);
    if (no_memory) return wg_error_memory(job->error);
    if (!(*names)[i])
      return wg_error_set(job->error, WG_ERROR_DATA, "%s: the name of a %s is missing", job->name, what);
  }
  return WG_OK;
}

static wg_status take_data(const taking *job, wg_table **data) {
  const char *columns = wg_safetensors_text(job->stored, "data.columns"),
             *classes = wg_safetensors_text(job->stored, "data.classes"),
             *image = wg_safetensors_text(job->stored, "data.image");
  int64_t sizes[2], pixels[3] = {0};
  size_t count;
  bool no_memory = false;
  if (!columns) return WG_OK;
  if (!classes || !wg_wholes_read(columns, 1, &sizes[0], &count) || !wg_wholes_read(classes, 1, &sizes[1], &count) ||
      (image && (!wg_wholes_read(image, 3, pixels, &count) || count != 3)))
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: the sizes of the data are none", job->name);
  *data = wg_table_new(0, sizes[0], sizes[1], job->allocator);
  if (!*data) return wg_error_memory(job->error);
  (*data)->channels = pixels[0], (*data)->height = pixels[1], (*data)->width = pixels[2];
  wg_status status = take_names(job, "column", sizes[0], &(*data)->column_names);
  if (status == WG_OK) status = take_names(job, "class", sizes[1], &(*data)->class_names);
  if (status != WG_OK) return status;
  (*data)->label_name = take_text(job, "data.label", &no_memory);
  return no_memory ? wg_error_memory(job->error) : WG_OK;
}

static wg_status take_scaler(const taking *job, wg_scaler **scaler) {
  const wg_stored_tensor *mean = wg_safetensors_find(job->stored, "scaler.mean"),
                         *deviation = wg_safetensors_find(job->stored, "scaler.deviation");
  if (!mean && !deviation) return WG_OK;
  if (!mean || !deviation || mean->shape.rank != 1 || !wg_shape_equal(&mean->shape, &deviation->shape))
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: scaler.mean and scaler.deviation do not belong together",
                        job->name);
  const wg_table columns = {.dtype = WG_F64, .columns = mean->count};
  *scaler = wg_scaler_new(&columns, job->allocator);
  if (!*scaler) return wg_error_memory(job->error);
  wg_status status = wg_stored_copy(mean, WG_F64, (*scaler)->mean, job->error);
  if (status == WG_OK) status = wg_stored_copy(deviation, WG_F64, (*scaler)->deviation, job->error);
  for (int64_t j = 0; status == WG_OK && j < mean->count; j++)
    if (!isfinite((*scaler)->mean[j]) || !isfinite((*scaler)->deviation[j]) || (*scaler)->deviation[j] <= 0)
      status = wg_error_set(job->error, WG_ERROR_DATA, "%s: the scaler's mean %g and deviation %g of a column are none",
                            job->name, (*scaler)->mean[j], (*scaler)->deviation[j]);
  return status;
}

/* All weights must be there before memory is taken for them: the file says how large they are, and has that many. */
static wg_status check_weights(const taking *job, const wg_net *net) {
  if (wg_net_status(net) == WG_ERROR_MEMORY) return wg_error_memory(job->error);
  if (wg_net_status(net) != WG_OK)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: %s", job->name, wg_net_error(net));
  for (size_t k = 0; k < net->param_count; k++) {
    wg_shape shape = wg_node_shape(net->params[k]);
    const char *param = wg_node_name(net->params[k]);
    char text[WG_SHAPE_TEXT_SIZE];
    const wg_stored_tensor *tensor = wg_safetensors_find(job->stored, param);
    if (!tensor || !wg_shape_equal(&tensor->shape, &shape))
      return wg_error_set(job->error, WG_ERROR_DATA, "%s: there is no tensor %s of shape %s", job->name, param,
                          wg_shape_text(&shape, text));
  }
  return WG_OK;
}

static wg_status take_model(const taking *job, wg_model **model) {
  int64_t widths[WG_SPEC_WIDTHS_MAX];
  wg_net_spec spec;
  wg_status status = wg_spec_take(job->stored, job->name, widths, &spec, job->error);
  if (status != WG_OK) return status;
  spec.allocator = job->allocator;
  wg_net *net = wg_net_new(&spec);
  status = check_weights(job, net);
  wg_net_free(net);
  if (status == WG_OK) status = wg_model_new(&spec, WG_INIT_SMALL, 0, model, job->error);
  for (size_t k = 0; status == WG_OK && k < (*model)->weights->count; k++) {
    const wg_weights *weights = (*model)->weights;
    status = wg_stored_copy(wg_safetensors_find(job->stored, weights->name[k]), weights->dtype, weights->data[k],
                            job->error);
  }
  return status;
}

wg_status wg_model_take(const wg_safetensors *stored, const char *name, const wg_allocator *allocator,
                        wg_model_file *file, wg_error *error) {
  const taking job = {stored, name, allocator ? allocator : &wg_allocator_default, error};
  const char *found = wg_safetensors_text(stored, "model");
  bool no_memory = false;
  *file = (wg_model_file){0};
  if (found && strcmp(found, version) != 0)
    return wg_error_set(error, WG_ERROR_DATA, "%s: a model file of version %.*s, and this wengert knows version %s",
                        name, wg_text_fit(found, 20), found, version);
  wg_status status = take_model(&job, &file->model);
  if (status == WG_OK) status = take_data(&job, &file->data);
  if (status == WG_OK) status = take_scaler(&job, &file->scaler);
  if (status == WG_OK) file->vocabulary = take_text(&job, "vocabulary", &no_memory);
  if (no_memory) status = wg_error_memory(error);
  if (status == WG_OK) status = check_parts(name, file, error);
  if (status != WG_OK) wg_model_file_clear(file);
  return status;
}

wg_status wg_model_load(const char *path, const wg_allocator *allocator, wg_model_file *file, wg_error *error) {
  wg_safetensors *stored;
  *file = (wg_model_file){0};
  wg_status status = wg_safetensors_read(path, 0, allocator, &stored, error);
  if (status != WG_OK) return status;
  status = wg_model_take(stored, path, allocator, file, error);
  wg_safetensors_free(stored);
  return status;
}

void wg_model_file_clear(wg_model_file *file) {
  wg_allocator allocator = file->model ? file->model->allocator : wg_allocator_default;
  wg_table_free(file->data);
  wg_scaler_free(file->scaler);
  if (file->vocabulary) wg_release(&allocator, file->vocabulary);
  wg_model_free(file->model);
  *file = (wg_model_file){0};
}
