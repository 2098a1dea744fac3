/* predict_answers.c: predictions as a table, as CSV, or as lines of JSON. */
#include "predict.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The name of a class: a character, a name of the training data, or its number. */
static const char *class_name(const answers *a, int64_t label, char text[WG_CLASS_TEXT_SIZE]) {
  const wg_table nothing = {0};
  if (a->file->vocabulary) {
    size_t size;
    const char *bytes = wg_vocabulary_at(a->file->vocabulary, label, &size);
    snprintf(text, WG_CLASS_TEXT_SIZE, "%.*s", (int)size, bytes);
    return text;
  }
  return wg_class_text(a->file->data ? a->file->data : &nothing, label, text);
}

/* The same where control characters would do harm: a line break is shown as \n. */
static const char *class_shown(const answers *a, int64_t label, char text[WG_CLASS_TEXT_SIZE]) {
  if (label < 0) return strcpy(text, "none");
  class_name(a, label, text);
  if (a->file->vocabulary && text[0] == ' ' && !text[1]) return strcpy(text, "␣");
  if ((unsigned char)text[0] >= ' ' && text[0] != 0x7F) return text;
  if (text[0] == '\n') return strcpy(text, "\\n");
  if (text[0] == '\t') return strcpy(text, "\\t");
  snprintf(text, WG_CLASS_TEXT_SIZE, "\\x%02x", (unsigned)(unsigned char)text[0]);
  return text;
}

/* The digits that tell numbers of the net's type apart. */
static int digits(const answers *a) { return a->file->model->spec.dtype == WG_F32 ? 9 : 17; }

/* ---- CSV (RFC 4180) ---- */

static void csv_text(FILE *out, const char *prefix, const char *text) {
  if (!strpbrk(text, ",\"\r\n")) {
    fprintf(out, "%s%s", prefix, text);
    return;
  }
  fputc('"', out);
  fputs(prefix, out);
  for (; *text; text++) {
    if (*text == '"') fputc('"', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

static void csv_begin(const answers *a) {
  char name[WG_CLASS_TEXT_SIZE];
  FILE *out = a->terminal->out;
  fputs("sample,class,probability", out);
  for (int64_t k = 0; a->settings->probabilities && k < a->classes; k++) {
    fputc(',', out);
    csv_text(out, "p ", class_name(a, k, name));
  }
  fputc('\n', out);
}

static void csv_add(const answers *a, int64_t label, const double *probabilities) {
  char name[WG_CLASS_TEXT_SIZE];
  FILE *out = a->terminal->out;
  fprintf(out, "%" PRId64 ",", a->printed);
  if (label >= 0) csv_text(out, "", class_name(a, label, name));
  fputc(',', out);
  if (label >= 0) fprintf(out, "%.*g", digits(a), probabilities[label]);
  for (int64_t k = 0; a->settings->probabilities && k < a->classes; k++)
    fprintf(out, ",%.*g", digits(a), probabilities[k]);
  fputc('\n', out);
}

/* ---- JSON ---- */

static void json_add(const answers *a, int64_t label, const double *probabilities) {
  char name[WG_CLASS_TEXT_SIZE];
  json writer = json_new(a->terminal->out), *j = &writer;
  json_object_flat(j, NULL);
  json_integer(j, "sample", a->printed);
  if (label >= 0) {
    json_integer(j, "label", label);
    json_text(j, "class", class_name(a, label, name));
    json_number(j, "probability", probabilities[label]);
  } else {
    json_null(j, "label");
  }
  if (a->settings->probabilities) {
    json_array(j, "probabilities");
    for (int64_t k = 0; k < a->classes; k++) json_number(j, NULL, probabilities[k]);
    json_array_end(j);
  }
  json_object_end(j);
}

/* ---- Tables ---- */

enum { OTHER_COLUMNS = 3 };

static int table_begin(answers *a) {
  char name[WG_CLASS_TEXT_SIZE];
  int64_t shown = a->settings->probabilities ? a->classes : 0;
  if (shown > TEXT_TABLE_COLUMNS_MAX - OTHER_COLUMNS) {
    terminal_message(a->terminal,
                     "--probabilities of %" PRId64 " classes are too many for a table; add --csv or --json", shown);
    return EXIT_USAGE;
  }
  strcpy(a->alignment, "rlr");
  for (int64_t k = 0; k < shown; k++) strcat(a->alignment, "r");
  a->table = text_table_new(a->alignment);
  text_table_titles(&a->table, "sample|class|probability");
  for (int64_t k = 0; k < shown; k++) text_table_add(&a->table, STYLE_QUIET, "%s", class_shown(a, k, name));
  return EXIT_GOOD;
}

static void table_add(answers *a, int64_t label, const double *probabilities) {
  char name[WG_CLASS_TEXT_SIZE];
  text_table_add(&a->table, STYLE_QUIET, "%" PRId64, a->printed);
  text_table_add(&a->table, label < 0 ? STYLE_BAD : STYLE_STRONG, "%s", class_shown(a, label, name));
  if (label < 0)
    text_table_add(&a->table, STYLE_QUIET, "not a number");
  else
    text_table_add(&a->table, STYLE_PLAIN, "%.4f", probabilities[label]);
  for (int64_t k = 0; a->settings->probabilities && k < a->classes; k++)
    text_table_add(&a->table, STYLE_PLAIN, "%.4f", probabilities[k]);
}

/* ---- Any of them ---- */

int answers_begin(answers *a, const terminal *t, const predict_settings *s, const wg_model_file *file,
                  int64_t classes) {
  *a = (answers){.terminal = t, .settings = s, .file = file, .classes = classes};
  if (s->as_csv) csv_begin(a);
  return s->as_csv || s->as_json ? EXIT_GOOD : table_begin(a);
}

void answers_add(answers *a, int64_t label, const double *probabilities) {
  a->printed++;
  if (a->settings->as_csv)
    csv_add(a, label, probabilities);
  else if (a->settings->as_json)
    json_add(a, label, probabilities);
  else
    table_add(a, label, probabilities);
}

int answers_end(answers *a, int code) {
  bool has_table = !a->settings->as_csv && !a->settings->as_json;
  if (code == EXIT_GOOD && has_table && !text_table_print(&a->table, a->terminal))
    code = failure(a->terminal, WG_ERROR_MEMORY, NULL);
  text_table_free(&a->table);
  return code;
}
