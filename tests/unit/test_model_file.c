/* A model comes back from its file as it was, with all that is needed to use it; a file that is not one is refused. */
#include "../support.h"
#include "../../models/models.h"
#include "../../models/safetensors_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/wengert-model-XXXXXX";

static int make_path(void **state) {
  (void)state;
  int file = mkstemp(path);
  return file < 0 ? -1 : close(file);
}

static int remove_path(void **state) {
  (void)state;
  return unlink(path);
}

static wg_model *new_model(const wg_net_spec *spec) {
  wg_model *model;
  wg_error error = {0};
  if (wg_model_new(spec, WG_INIT_HE, 3, &model, &error) != WG_OK) fail_msg("%s", error.message);
  return model;
}

static void save(const wg_model_file *file) {
  wg_error error = {0};
  if (wg_model_save(path, file, &error) != WG_OK) fail_msg("%s", error.message);
}

static wg_model_file load(void) {
  wg_error error = {0};
  wg_model_file file;
  if (wg_model_load(path, NULL, &file, &error) != WG_OK) fail_msg("%s", error.message);
  return file;
}

static char *text_copy(const char *text) {
  char *copy = malloc(strlen(text) + 1);
  assert_non_null(copy);
  return strcpy(copy, text);
}

static void name_table(wg_table *table, const char *columns, const char *classes) {
  char name[80];
  table->column_names = calloc((size_t)table->columns, sizeof(char *));
  table->class_names = calloc((size_t)table->classes, sizeof(char *));
  table->label_name = text_copy("kind");
  for (int64_t i = 0; i < table->columns; i++) {
    snprintf(name, sizeof name, "%s%d", columns, (int)i);
    table->column_names[i] = text_copy(name);
  }
  for (int64_t i = 0; i < table->classes; i++) {
    snprintf(name, sizeof name, "%s%d", classes, (int)i);
    table->class_names[i] = text_copy(name);
  }
}

/* ---- Models ---- */

static void assert_same_model(const wg_model *a, const wg_model *b) {
  assert_int_equal(a->spec.kind, b->spec.kind);
  assert_int_equal(a->spec.dtype, b->spec.dtype);
  assert_int_equal(a->spec.activation, b->spec.activation);
  assert_int_equal(a->spec.width_count, b->spec.width_count);
  assert_memory_equal(a->spec.widths, b->spec.widths, a->spec.width_count * sizeof(int64_t));
  assert_memory_equal(a->spec.image, b->spec.image, sizeof a->spec.image);
  assert_memory_equal(a->spec.filters, b->spec.filters, sizeof a->spec.filters);
  assert_true(a->spec.kernel == b->spec.kernel && a->spec.steps == b->spec.steps);
  assert_true(a->spec.blocks == b->spec.blocks && a->spec.heads == b->spec.heads);
  assert_true(a->spec.dropout == b->spec.dropout && a->spec.smoothing == b->spec.smoothing);
  assert_true(a->spec.class_indices == b->spec.class_indices && a->spec.unfused == b->spec.unfused);
  assert_int_equal(a->weights->count, b->weights->count);
  for (size_t k = 0; k < a->weights->count; k++) {
    assert_string_equal(a->weights->name[k], b->weights->name[k]);
    assert_int_equal(a->weights->size[k], b->weights->size[k]);
    assert_memory_equal(a->weights->data[k], b->weights->data[k],
                        (size_t)a->weights->size[k] * wg_dtype_size(a->spec.dtype));
  }
}

static void every_kind_of_net_comes_back(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  for (wg_net_kind kind = 0; kind < WG_NET_KIND_COUNT; kind++)
    for (int narrow = 0; narrow < 2; narrow++) {
      wg_net_spec spec = wg_net_spec_of(kind);
      spec.dtype = narrow ? WG_F32 : WG_F64;
      if (kind == WG_NET_NEURON) spec.unfused = narrow;
      if (kind == WG_NET_LAYERS) spec.activation = WG_ACTIVATION_GELU;
      if (kind == WG_NET_LAYERS || kind == WG_NET_TRANSFORMER) spec.dropout = 0.1, spec.smoothing = 1. / 3;
      if (kind == WG_NET_SPIRAL) spec.class_indices = true;
      wg_model *model = new_model(&spec);
      save(&(wg_model_file){.model = model});
      wg_model_file loaded = load();
      assert_same_model(loaded.model, model);
      assert_true(!loaded.data && !loaded.scaler && !loaded.vocabulary);
      wg_model_file_clear(&loaded);
      wg_model_file_clear(&loaded);
      wg_model_free(model);
    }
}

static void what_new_data_must_look_like_comes_back(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_model *model = new_model(&spec);
  wg_table *table = wg_spiral(3, 10, 0.2, 1, NULL);
  name_table(table, "\xe2\x88\x82 \"q\"\n", "class ");
  wg_scaler *scaler = wg_scaler_new(table, NULL);
  save(&(wg_model_file){.model = model, .data = table, .scaler = scaler});
  wg_model_file loaded = load();
  assert_int_equal(loaded.data->rows, 0);
  assert_true(loaded.data->columns == 2 && loaded.data->classes == 3 && loaded.data->channels == 0);
  for (int i = 0; i < 2; i++) assert_string_equal(loaded.data->column_names[i], table->column_names[i]);
  for (int i = 0; i < 3; i++) assert_string_equal(loaded.data->class_names[i], table->class_names[i]);
  assert_string_equal(loaded.data->label_name, "kind");
  assert_int_equal(loaded.scaler->columns, 2);
  assert_memory_equal(loaded.scaler->mean, scaler->mean, 2 * sizeof(double));
  assert_memory_equal(loaded.scaler->deviation, scaler->deviation, 2 * sizeof(double));
  wg_model_file_clear(&loaded);
  wg_scaler_free(scaler);
  wg_table_free(table);
  wg_model_free(model);
}

static void images_and_vocabularies_come_back(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  wg_net_spec spec = wg_net_spec_of(WG_NET_CNN);
  wg_model *model = new_model(&spec);
  wg_table *table = wg_table_new(0, 64, 10, NULL);
  table->channels = 1, table->height = 4, table->width = 16;
  save(&(wg_model_file){.model = model, .data = table});
  wg_model_file loaded = load();
  assert_true(loaded.data->channels == 1 && loaded.data->height == 4 && loaded.data->width == 16);
  assert_true(!loaded.data->column_names && !loaded.data->class_names && !loaded.data->label_name);
  wg_model_file_clear(&loaded);
  wg_table_free(table);
  wg_model_free(model);

  spec = wg_net_spec_of(WG_NET_RNN); /* of 8 characters */
  model = new_model(&spec);
  char vocabulary[] = "\n ab\"\\\xc3\xa9\xf0\x9f\x99\x82";
  save(&(wg_model_file){.model = model, .vocabulary = vocabulary});
  loaded = load();
  assert_string_equal(loaded.vocabulary, vocabulary);
  wg_model_file_clear(&loaded);
  wg_model_free(model);
}

static void names_that_are_not_utf8_are_saved_as_well_as_they_can(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_model *model = new_model(&spec);
  wg_table *table = wg_spiral(3, 2, 0.2, 1, NULL);
  name_table(table, "caf\xe9", "");
  save(&(wg_model_file){.model = model, .data = table});
  wg_model_file loaded = load();
  assert_string_equal(loaded.data->column_names[1], "caf\xef\xbf\xbd"
                                                    "1");
  wg_model_file_clear(&loaded);
  wg_table_free(table);
  wg_model_free(model);
}

/* ---- Files of other tools ---- */

/* Weights from elsewhere, in f16: 1, −2, 65504 and so on are exact in it. */
static void weights_of_other_types_become_those_of_the_net(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  static const char header[] =
      "{\"__metadata__\":{\"net\":\"softmax\",\"dtype\":\"f32\",\"activation\":\"relu\",\"widths\":\"2,3\"},"
      "\"W\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
      "\"b\":{\"dtype\":\"BF16\",\"shape\":[1,3],\"data_offsets\":[12,18]}}";
  static const uint16_t words[] = {0x3C00, 0xC000, 0x7BFF, 0x0001, 0, 0x4248, 0x3F80, 0xC040, 0};
  static const float expected[] = {1, -2, 65504, 0x1p-24f, 0, 3.140625f, 1, -3, 0};
  unsigned char bytes[512] = {(unsigned char)(sizeof header - 1), (sizeof header - 1) >> 8};
  memcpy(bytes + 8, header, sizeof header - 1);
  for (int i = 0; i < 18; i++) bytes[8 + sizeof header - 1 + i] = (unsigned char)(words[i / 2] >> 8 * (i % 2) & 255);
  wg_safetensors *stored;
  wg_model_file file;
  wg_error error = {0};
  wg_status status = wg_safetensors_parse("m", bytes, 8 + sizeof header - 1 + 18, NULL, &stored, &error);
  if (status == WG_OK) status = wg_model_take(stored, "m", NULL, &file, &error);
  if (status != WG_OK) fail_msg("%s", error.message);
  assert_memory_equal(file.model->weights->data[0], expected, 6 * sizeof(float));
  assert_memory_equal(file.model->weights->data[1], expected + 6, 3 * sizeof(float));
  wg_model_file_clear(&file);
  wg_safetensors_free(stored);
}

/* ---- What is refused ---- */

/* Saves a model, lets `change` spoil what would be written, and takes it. */
static void assert_refused(void (*change)(wg_safetensors *stored), const char *part) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_model *model = new_model(&spec);
  wg_table *table = wg_spiral(3, 2, 0.2, 1, NULL);
  name_table(table, "c", "k");
  wg_scaler *scaler = wg_scaler_new(table, NULL);
  wg_safetensors *stored = wg_safetensors_new(NULL);
  wg_error error = {0};
  assert_int_equal(wg_model_describe(&(wg_model_file){model, table, scaler, NULL}, stored, &error), WG_OK);
  for (size_t k = 0; k < model->weights->count; k++)
    wg_safetensors_add(stored, model->weights->name[k], WG_F64, model->weights->shape[k], model->weights->data[k]);
  change(stored);
  wg_model_file file;
  assert_int_equal(wg_model_take(stored, "m", NULL, &file, &error), WG_ERROR_DATA);
  assert_null(file.model);
  assert_contains(error.message, "m: ");
  assert_contains(error.message, part);
  wg_safetensors_free(stored);
  wg_scaler_free(scaler);
  wg_table_free(table);
  wg_model_free(model);
}

static void set_text(wg_safetensors *stored, const char *key, const char *text) {
  for (size_t i = 0; i < stored->text_count; i++) {
    if (strcmp(stored->texts[i].key, key) != 0) continue;
    free(stored->texts[i].text);
    stored->texts[i].text = text_copy(text);
    return;
  }
  assert_int_equal(wg_safetensors_add_text(stored, key, text), WG_OK);
}

static wg_stored_tensor *tensor_of(wg_safetensors *stored, const char *name) {
  return (wg_stored_tensor *)wg_safetensors_find(stored, name);
}

static void no_name(wg_safetensors *stored) {
  for (size_t i = 0; i < stored->text_count; i++)
    if (strcmp(stored->texts[i].key, "data.column.1") == 0) stored->texts[i].key[5] = 'x';
}

#define CHANGE(name, ...)                                                                                              \
  static void name(wg_safetensors *stored) { __VA_ARGS__; }
CHANGE(newer, set_text(stored, "model", "2"))
CHANGE(unknown_net, set_text(stored, "net", "perceptron"))
CHANGE(no_widths, set_text(stored, "widths", ""))
CHANGE(negative_width, set_text(stored, "widths", "2,-4,3"))
CHANGE(other_width, set_text(stored, "widths", "2,5,3"))
CHANGE(huge_width, set_text(stored, "widths", "2,1099511627776,3"))
CHANGE(more_than_huge_width, set_text(stored, "widths", "2,99999999999999999999999,3"))
CHANGE(trailing_comma, set_text(stored, "widths", "2,4,3,"))
CHANGE(other_separator, set_text(stored, "widths", "2;4;3"))
CHANGE(one_more_width, set_text(stored, "widths", "2,4,4,3"))
CHANGE(other_dtype, set_text(stored, "dtype", "f16"))
CHANGE(other_activation, set_text(stored, "activation", "step"))
CHANGE(many_blocks, set_text(stored, "blocks", "1000000"))
CHANGE(many_steps, set_text(stored, "steps", "100000000"))
CHANGE(odd_dropout, set_text(stored, "dropout", "nan"))
CHANGE(large_dropout, set_text(stored, "dropout", "1"))
CHANGE(odd_flag, set_text(stored, "unfused", "yes"))
CHANGE(no_weights, ((char *)tensor_of(stored, "b2")->name)[0] = 'c')
CHANGE(flat_weights, tensor_of(stored, "W1")->shape = WG_SHAPE(8))
CHANGE(other_columns, set_text(stored, "data.columns", "3"))
CHANGE(huge_columns, set_text(stored, "data.columns", "1099511627776"))
CHANGE(odd_columns, set_text(stored, "data.columns", "2.5"))
CHANGE(more_classes, set_text(stored, "data.classes", "4"))
CHANGE(odd_image, set_text(stored, "data.image", "1,2"))
CHANGE(no_mean, ((char *)tensor_of(stored, "scaler.mean")->name)[0] = 'x')
CHANGE(short_mean, tensor_of(stored, "scaler.mean")->shape = WG_SHAPE(1))
CHANGE(zero_deviation, ((double *)tensor_of(stored, "scaler.deviation")->data)[1] = 0)
CHANGE(odd_mean, ((double *)tensor_of(stored, "scaler.mean")->data)[0] = NAN)
CHANGE(odd_vocabulary, set_text(stored, "vocabulary", "ab"))

static void files_that_are_no_models_are_refused(void **state) {
  (void)state;
  assert_refused(newer, "version 2");
  assert_refused(unknown_net, "net 'perceptron'");
  assert_refused(no_widths, "widths ''");
  assert_refused(negative_width, "widths '2,-4,3'");
  assert_refused(other_width, "no tensor W1 of shape (2,5)");
  assert_refused(huge_width, "");
  assert_refused(more_than_huge_width, "widths");
  assert_refused(trailing_comma, "widths");
  assert_refused(other_separator, "widths");
  assert_refused(one_more_width, "3 widths, not 4");
  assert_refused(other_dtype, "dtype 'f16'");
  assert_refused(other_activation, "activation 'step'");
  assert_refused(many_blocks, "1000000 blocks, and only 6 tensors");
  assert_refused(many_steps, "samples of 100000000 characters");
  assert_refused(odd_dropout, "dropout 'nan'");
  assert_refused(large_dropout, "dropout of 1");
  assert_refused(odd_flag, "unfused 'yes'");
  assert_refused(no_weights, "no tensor b2 of shape (1,3)");
  assert_refused(flat_weights, "no tensor W1 of shape (2,4)");
  assert_refused(other_columns, "the name of a column is missing");
  assert_refused(huge_columns, "");
  assert_refused(odd_columns, "the sizes of the data");
  assert_refused(more_classes, "the name of a class is missing");
  assert_refused(odd_image, "the sizes of the data");
  assert_refused(no_name, "the name of a column is missing");
  assert_refused(no_mean, "scaler.mean and scaler.deviation do not belong together");
  assert_refused(short_mean, "scaler.mean and scaler.deviation do not belong together");
  assert_refused(zero_deviation, "deviation 0");
  assert_refused(odd_mean, "mean nan");
  assert_refused(odd_vocabulary, "a vocabulary of 2 characters");
}

static void parts_that_do_not_belong_together_are_not_saved(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_model *model = new_model(&spec);
  wg_table *table = wg_table_new(5, 3, 3, NULL);
  wg_scaler *scaler = wg_scaler_new(table, NULL);
  wg_error error = {0};
  assert_int_equal(wg_model_save(path, &(wg_model_file){.model = model, .data = table}, &error), WG_ERROR_DATA);
  assert_contains(error.message, "3 columns");
  assert_int_equal(wg_model_save(path, &(wg_model_file){.model = model, .scaler = scaler}, &error), WG_ERROR_DATA);
  assert_contains(error.message, "a scaler of 3 columns");
  assert_int_equal(wg_model_save("/nonexistent/m", &(wg_model_file){.model = model}, &error), WG_ERROR_FILE);
  assert_contains(error.message, "/nonexistent/m: ");
  wg_scaler_free(scaler);
  wg_table_free(table);
  wg_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_of_net_comes_back),
      cmocka_unit_test(what_new_data_must_look_like_comes_back),
      cmocka_unit_test(images_and_vocabularies_come_back),
      cmocka_unit_test(names_that_are_not_utf8_are_saved_as_well_as_they_can),
      cmocka_unit_test(weights_of_other_types_become_those_of_the_net),
      cmocka_unit_test(files_that_are_no_models_are_refused),
      cmocka_unit_test(parts_that_do_not_belong_together_are_not_saved),
  };
  return cmocka_run_group_tests_name(__FILE__, tests, make_path, remove_path);
}
