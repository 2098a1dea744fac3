/* predict_questions.c: what a trained net is asked: rows of a table, one sample from the command line, or a text. */
#include "predict.h"
#include "../../engine/memory.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int64_t features_of(const wg_model_file *file) { return wg_net_features(&(wg_net){.spec = file->model->spec}); }

/* ---- Tables ---- */

static int64_t column_find(const wg_table *table, const char *name) {
  for (int64_t i = 0; i < table->columns; i++)
    if (strcmp(table->column_names[i], name) == 0) return i;
  return -1;
}

/* Which column of the table is feature k of the model: that of the same name where both have names, else the k-th.
 * `missing` gets the name of the first that is not there. */
static bool columns_match(const wg_model_file *file, const wg_table *table, int64_t *columns, const char **missing) {
  int64_t count = features_of(file);
  bool named = file->data && file->data->column_names && table->column_names;
  *missing = NULL;
  if (!named && table->columns != count) return false;
  for (int64_t k = 0; k < count; k++) {
    columns[k] = named ? column_find(table, file->data->column_names[k]) : k;
    if (columns[k] >= 0) continue;
    *missing = file->data->column_names[k];
    return false;
  }
  return true;
}

static int take_columns(const terminal *t, const wg_table *table, int64_t count, const int64_t *columns,
                        questions *asked) {
  bool same = count == table->columns;
  for (int64_t k = 0; k < count; k++) same = same && columns[k] == k;
  asked->count = table->rows;
  asked->dtype = same ? table->dtype : WG_F64;
  asked->features = table->features;
  if (same) return EXIT_GOOD;
  size_t size;
  double *features = NULL;
  if (wg_size_multiply((size_t)table->rows, (size_t)count, &size))
    features = wg_allocate(&wg_allocator_default, size, sizeof *features);
  if (!features) return failure(t, WG_ERROR_MEMORY, NULL);
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t k = 0; k < count; k++) features[i * count + k] = wg_table_feature(table, i, columns[k]);
  asked->features = asked->owned = features;
  return EXIT_GOOD;
}

static int delimiter_read(const terminal *t, const char *text, char *delimiter) {
  if (text && strcmp(text, "tab") != 0 && strlen(text) != 1) {
    terminal_message(t, "--delimiter '%s': it must be one character, or the word tab", text);
    return EXIT_USAGE;
  }
  *delimiter = !text ? 0 : strcmp(text, "tab") == 0 ? '\t' : *text;
  return EXIT_GOOD;
}

/* New data may have labels or not: first it is read as if it had none, and if that does not give the net's features, as if
 * it had. What is wrong is told of the reading that came nearer. */
static int table_read(const terminal *t, const predict_settings *s, const wg_model_file *file, int64_t *columns,
                      questions *asked) {
  const char *name = s->data ? s->data : s->test, *missing = NULL;
  wg_error errors[2] = {0};
  int64_t found[2] = {0};
  wg_read_options options = {.test = s->test != NULL, .label = s->label};
  int code = delimiter_read(t, s->delimiter, &options.delimiter);
  if (code != EXIT_GOOD) return code;
  for (int labeled = s->label ? 1 : 0; labeled < 2; labeled++) {
    options.unlabeled = !labeled;
    wg_status status = wg_table_read(name, &options, &asked->table, &errors[labeled]);
    if (status == WG_ERROR_MEMORY) return failure(t, status, NULL);
    if (status != WG_OK) continue;
    if (columns_match(file, asked->table, columns, &missing)) return EXIT_GOOD;
    found[labeled] = asked->table->columns;
    wg_table_free(asked->table);
    asked->table = NULL;
  }
  bool labeled_is_nearer = errors[1].status == WG_OK && (missing || found[1] >= features_of(file));
  int told = s->label || (errors[0].status != WG_OK && labeled_is_nearer) ? 1 : 0;
  if (errors[told].status != WG_OK)
    terminal_message(t, "%s", errors[told].message);
  else if (missing)
    terminal_message(t, "%s: there is no column '%s', which the net was trained on", name, missing);
  else
    terminal_message(t, "%s: the net takes %" PRId64 " features, and here are %" PRId64, name, features_of(file),
                     found[told]);
  return errors[told].status == WG_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_DATA;
}

static int table_ask(const terminal *t, const predict_settings *s, const wg_model_file *file, questions *asked) {
  int64_t count = features_of(file), *columns = wg_allocate(&wg_allocator_default, (size_t)count, sizeof *columns);
  int code = columns ? table_read(t, s, file, columns, asked) : failure(t, WG_ERROR_MEMORY, NULL);
  if (code == EXIT_GOOD) code = take_columns(t, asked->table, count, columns, asked);
  wg_release(&wg_allocator_default, columns);
  return code;
}

/* ---- One sample: --features 5.1,3.5,1.4,0.2 ---- */

static int features_ask(const terminal *t, const predict_settings *s, const wg_model_file *file, questions *asked) {
  int64_t count = features_of(file), found = 0;
  double *features = wg_allocate_zeroed(&wg_allocator_default, (size_t)count, sizeof *features);
  asked->features = asked->owned = features;
  asked->dtype = WG_F64;
  asked->count = 1;
  if (!features) return failure(t, WG_ERROR_MEMORY, NULL);
  for (const char *at = s->features;; at++) {
    char text[64];
    size_t length = strcspn(at, ",");
    double value = 0;
    bool fits = length < sizeof text;
    if (fits) memcpy(text, at, length);
    text[fits ? length : 0] = 0;
    if (!text_number(text, &value)) {
      terminal_message(t, "--features: '%.*s' is not a number", (int)length, at);
      return EXIT_USAGE;
    }
    if (found < count) features[found] = value;
    found++;
    at += length;
    if (!*at) break;
  }
  if (found == count) return EXIT_GOOD;
  terminal_message(t, "--features: the net takes %" PRId64 ", and these are %" PRId64, count, found);
  return EXIT_USAGE;
}

/* ---- A text, of which the end is asked about ---- */

/* Only the last T characters count. Where there are fewer, what stands behind them is no matter: no answer depends on
 * characters after its own. */
static int text_ask(const terminal *t, const predict_settings *s, const wg_model_file *file, questions *asked) {
  int64_t steps = file->model->spec.steps;
  wg_text_data *text = NULL;
  wg_error error = {0};
  wg_status status = s->text ? wg_text_data_new(s->text, strlen(s->text), file->vocabulary, NULL, &text, &error)
                             : wg_text_data_read(s->data, file->vocabulary, NULL, &text, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  int64_t length = text->length < steps ? text->length : steps;
  int64_t *characters = wg_allocate_zeroed(&wg_allocator_default, (size_t)steps, sizeof *characters);
  for (int64_t i = 0; characters && i < length; i++)
    characters[i] = (int64_t)text->characters[text->length - length + i];
  wg_text_data_free(text);
  asked->features = asked->owned = characters;
  asked->dtype = WG_I64;
  asked->count = 1;
  asked->answer = length - 1;
  if (!characters) return failure(t, WG_ERROR_MEMORY, NULL);
  if (length > 0) return EXIT_GOOD;
  terminal_message(t, "the text is empty: there is nothing to go on from");
  return EXIT_DATA;
}

/* ---- Which ---- */

int questions_read(const terminal *t, const predict_settings *s, const wg_model_file *file, questions *asked) {
  bool is_text = wg_net_is_sequence(file->model->spec.kind);
  int given = (s->data != NULL) + (s->test != NULL) + (s->features != NULL) + (s->text != NULL);
  if (given != 1 || (is_text && (s->test || s->features)) || (!is_text && s->text)) {
    terminal_message(t, is_text ? "this net takes a text: give --data FILE or --text TEXT, and only one"
                        : s->text
                            ? "this net takes features, and no text: give --data FILE, --test FILE or --features"
                            : "what shall be predicted? Give --data FILE, --test FILE or --features, and only one");
    usage_hint(t);
    return EXIT_USAGE;
  }
  if (is_text) return text_ask(t, s, file, asked);
  return s->features ? features_ask(t, s, file, asked) : table_ask(t, s, file, asked);
}

void questions_free(questions *asked) {
  wg_table_free(asked->table);
  wg_release(&wg_allocator_default, asked->owned);
}
