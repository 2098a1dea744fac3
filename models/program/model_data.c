#include "model_data.h"
#include <inttypes.h>
#include <string.h>

static int delimiter_read(const terminal *t, const char *text, char *delimiter) {
  if (text && strcmp(text, "tab") != 0 && strlen(text) != 1) {
    terminal_message(t, "--delimiter '%s': it must be one character, or the word tab", text);
    return EXIT_USAGE;
  }
  *delimiter = !text ? 0 : strcmp(text, "tab") == 0 ? '\t' : *text;
  return EXIT_GOOD;
}

/* ---- Tables ---- */

/* The part that train held out. */
static int table_hold_out(const terminal *t, const model_data_choice *choice, model_data *loaded) {
  wg_error error = {0};
  wg_table *rest = NULL, *held = NULL;
  if (choice->hold_out <= 0) return EXIT_GOOD;
  wg_status status = wg_table_split(loaded->table, choice->hold_out, (uint64_t)choice->seed, &rest, &held, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  wg_table_free(rest);
  wg_table_free(loaded->table);
  loaded->table = held;
  return EXIT_GOOD;
}

/* Rows that are images, though their file does not say so: as what the net learned from, or as the net takes them. */
static void image_adopt(const wg_model_file *file, wg_table *table) {
  const int64_t none[3] = {0}, *image = file->model->spec.kind == WG_NET_CNN ? file->model->spec.image : none;
  const wg_table *like = file->data;
  if (table->channels > 0) return;
  if (like && like->channels > 0 && like->columns == table->columns) {
    table->channels = like->channels;
    table->height = like->height;
    table->width = like->width;
  } else if (image[0] > 0 && image[0] * image[1] * image[2] == table->columns) {
    table->channels = image[0];
    table->height = image[1];
    table->width = image[2];
  }
}

static int table_load(const terminal *t, const model_data_choice *choice, model_data *loaded) {
  const wg_model_file *file = &loaded->file;
  wg_error error = {0};
  wg_read_options options = {.label = choice->label, .like = file->data, .test = choice->test != NULL};
  wg_made set;
  wg_made_options made;
  if (wg_made_find(loaded->name, &set)) {
    made = wg_made_options_of(set);
    made.points = choice->points;
    made.seed = (uint64_t)choice->seed;
    if (choice->noise >= 0) made.noise = choice->noise;
    if (file->data && made.classes != 2) made.classes = file->data->classes;
    options.made = &made;
  }
  int code = delimiter_read(t, choice->delimiter, &options.delimiter);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_table_read(loaded->name, &options, &loaded->table, &error);
  if (status == WG_ERROR_ARGUMENT) {
    terminal_message(t, "%s", error.message);
    return EXIT_USAGE;
  }
  if (status != WG_OK) return failure(t, status, error.message);
  code = table_hold_out(t, choice, loaded);
  if (code != EXIT_GOOD) return code;
  if (file->scaler && file->scaler->columns == loaded->table->columns) wg_scaler_apply(file->scaler, loaded->table);
  image_adopt(file, loaded->table);
  loaded->samples = wg_table_samples(loaded->table);
  return EXIT_GOOD;
}

/* ---- Texts ---- */

static int text_load(const terminal *t, const model_data_choice *choice, model_data *loaded) {
  wg_error error = {0};
  int64_t steps = loaded->file.model->spec.steps;
  if (choice->test || choice->label || choice->delimiter) {
    terminal_message(t, "--test, --label and --delimiter are for tables, and this model takes a text: --data FILE");
    return EXIT_USAGE;
  }
  wg_status status = wg_text_data_read(loaded->name, loaded->file.vocabulary, NULL, &loaded->text, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  wg_text_split(loaded->text, choice->hold_out > 0 ? choice->hold_out : 1, steps, 1, &loaded->counted, &loaded->judged);
  loaded->samples = wg_text_samples(&loaded->judged);
  return EXIT_GOOD;
}

/* ---- Both ---- */

static int data_check(const terminal *t, const model_data *loaded) {
  const wg_net net = {.spec = loaded->file.model->spec};
  wg_error error = {0};
  wg_status status = loaded->samples.fits(&loaded->samples, &net, &error);
  if (status != WG_OK) {
    terminal_message(t, "%s: %s", loaded->name, error.message);
    return EXIT_DATA;
  }
  if (loaded->samples.rows > 0) return EXIT_GOOD;
  if (loaded->text)
    terminal_message(t, "%s: its %" PRId64 " characters hold no sample of %" PRId64, loaded->name,
                     loaded->judged.length, loaded->judged.steps);
  else
    terminal_message(t, "%s: there are no samples to judge by", loaded->name);
  return EXIT_DATA;
}

int model_data_load(const terminal *t, const model_data_choice *choice, model_data *loaded) {
  wg_error error = {0};
  *loaded = (model_data){.name = choice->data ? choice->data : choice->test};
  if (!choice->model || !loaded->name || (choice->data && choice->test)) {
    terminal_message(t, "%s",
                     !choice->model  ? "which model? Name a file that train --save has written"
                     : !loaded->name ? "which samples? Give --data FILE or --test FILE"
                                     : "--data and --test name two parts of the samples; give one");
    usage_hint(t);
    return EXIT_USAGE;
  }
  wg_status status = wg_model_load(choice->model, NULL, &loaded->file, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  bool is_text = wg_net_is_sequence(loaded->file.model->spec.kind);
  int code = is_text ? text_load(t, choice, loaded) : table_load(t, choice, loaded);
  return code == EXIT_GOOD ? data_check(t, loaded) : code;
}

void model_data_free(model_data *loaded) {
  wg_table_free(loaded->table);
  wg_text_data_free(loaded->text);
  wg_model_file_clear(&loaded->file);
}

/* A character as it is shown: those that cannot be seen by their names. */
static const char *character_text(const char *vocabulary, int64_t label, char text[WG_CLASS_TEXT_SIZE]) {
  size_t size;
  const char *bytes = wg_vocabulary_at(vocabulary, label, &size);
  static const char *const seen[] = {"\n", "\\n", "\t", "\\t", " ", "␣", "\r", "\\r"};
  for (size_t i = 0; i < sizeof seen / sizeof *seen; i += 2)
    if (size == 1 && *bytes == *seen[i]) return strcpy(text, seen[i + 1]);
  if (size == 1 && (unsigned char)*bytes < ' ')
    snprintf(text, WG_CLASS_TEXT_SIZE, "\\x%02x", (unsigned)(unsigned char)*bytes);
  else
    snprintf(text, WG_CLASS_TEXT_SIZE, "%.*s", (int)size, bytes);
  return text;
}

const char *model_data_class(const model_data *loaded, int64_t label, char text[WG_CLASS_TEXT_SIZE]) {
  if (loaded->text) return character_text(loaded->text->vocabulary, label, text);
  const wg_table *named = loaded->file.data && loaded->file.data->class_names ? loaded->file.data : loaded->table;
  return wg_class_text(named, label, text);
}
