#include "csv.h"

#include "bytes.h"
#include "csv_labels.h"

/* What the first line of a file is. */
typedef enum first_line { FIRST_DATA, FIRST_NAMES, FIRST_COUNTS } first_line;

#define NO_LABEL SIZE_MAX

/* A file being read. */
typedef struct csv_job {
  const char *name;
  const wg_csv_options *options;
  const wg_allocator *allocator;
  wg_error *error;
  wg_csv_cursor head, body; /* the first record, kept; and the one being read */
  first_line first;
  size_t width, label; /* fields in a row, and which of them is the label; NO_LABEL if none is */
  int64_t rows;        /* of data */
  bool labels_whole;   /* every label is a whole number */
  bool mixed_first;    /* the first line has numbers and text among its features, and is taken for data */
  wg_csv_label *labels;
  wg_table *table;
} csv_job;

static wg_status fail_at(csv_job *job, const wg_csv_cursor *cursor, size_t column, const char *what) {
  char shown[WG_CSV_SHOWN_SIZE];
  const char *hint = job->mixed_first && cursor->row == job->head.row ? " (a first line of names has no numbers)" : "";
  return wg_error_set(job->error, WG_ERROR_DATA, "%s: row %lld, column %zu: '%s' %s%s", job->name,
                      (long long)cursor->row, column + 1, wg_csv_show(&cursor->fields[column], shown), what, hint);
}

/* ---- The first line ---- */

static bool is_text(const wg_csv_field *field) {
  double value;
  return wg_csv_number(field, &value) == WG_CSV_TEXT;
}

/* 150,4,setosa,versicolor: and the next line has 4 features and a label. Where that line has as many fields as this one,
 * this one could be data as well; then the label tells. */
static bool announces_counts(const wg_csv_cursor *head, const wg_csv_cursor *next, bool labeled) {
  int64_t rows, columns, label;
  if (head->count < 3 || !wg_csv_whole(&head->fields[0], &rows) || !wg_csv_whole(&head->fields[1], &columns))
    return false;
  for (size_t i = 2; i < head->count; i++)
    if (!is_text(&head->fields[i]) || head->fields[i].length == 0) return false;
  if (next->count < 2 || columns != (int64_t)next->count - labeled || rows < 0) return false;
  if (next->count != head->count || !labeled) return true;
  return wg_csv_whole(&next->fields[next->count - 1], &label) && label >= 0 && label < (int64_t)head->count - 2;
}

/* The label column by number: from 1. False if the option is not a number. */
static bool label_by_number(const char *label, size_t *column) {
  size_t number = 0;
  if (!*label) return false;
  for (const char *c = label; *c; c++) {
    if (*c < '0' || *c > '9') return false;
    number = number > SIZE_MAX / 10 - 1 ? SIZE_MAX : number * 10 + (size_t)(*c - '0');
  }
  *column = number - 1; /* 0 becomes a column that no file has */
  return true;
}

static wg_status label_by_name(csv_job *job) {
  for (size_t i = 0; i < job->head.count; i++) {
    char *name = wg_csv_copy(&job->head.fields[i], job->allocator);
    if (!name) return wg_error_memory(job->error);
    bool found = strcmp(name, job->options->label) == 0;
    wg_release(job->allocator, name);
    if (!found) continue;
    job->label = i;
    job->width = job->head.count;
    job->first = FIRST_NAMES;
    return WG_OK;
  }
  return wg_error_set(job->error, WG_ERROR_DATA, "%s: row %lld has no column named '%s'", job->name,
                      (long long)job->head.row, job->options->label);
}

static void classify_names(csv_job *job) {
  size_t texts = 0, numbers = 0;
  for (size_t i = 0; i < job->width; i++) {
    const wg_csv_field *field = &job->head.fields[i];
    if (i == job->label || field->length == 0) continue;
    if (is_text(field))
      texts++;
    else
      numbers++;
  }
  job->mixed_first = texts > 0 && numbers > 0;
  if (texts > 0 && numbers == 0) job->first = FIRST_NAMES;
}

/* Finds out what the first line is, how many fields a row has, and which is the label. `next` is the second record. */
static wg_status read_first_line(csv_job *job, const wg_csv_cursor *next) {
  const char *label = job->options->label;
  job->first = announces_counts(&job->head, next, !job->options->unlabeled) ? FIRST_COUNTS : FIRST_DATA;
  job->width = job->first == FIRST_COUNTS ? next->count : job->head.count;
  if (job->options->unlabeled) {
    job->label = NO_LABEL;
    if (job->first == FIRST_DATA) classify_names(job);
    return WG_OK;
  }
  if (job->width < 2)
    return wg_error_set(job->error, WG_ERROR_DATA,
                        "%s: row %lld has one column, and needs a label and at least one feature, separated by '%c'",
                        job->name, (long long)job->head.row, job->head.delimiter);
  job->label = job->width - 1;
  if (label && !label_by_number(label, &job->label)) return label_by_name(job);
  if (job->label >= job->width)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: there is no column %s to take labels from, of %zu columns",
                        job->name, label, job->width);
  if (job->first == FIRST_DATA) classify_names(job);
  return WG_OK;
}

/* ---- Rows ---- */

/* Counts the rows, checks that all are of one width, and looks at the labels. */
static wg_status survey(csv_job *job) {
  wg_csv_cursor *body = &job->body;
  int64_t number;
  bool found, first_whole = true, others_whole = true;
  for (;; job->rows++) {
    wg_status status = wg_csv_next(body, &found, job->error);
    if (status != WG_OK) return status;
    if (!found) break;
    if (body->count != job->width)
      return wg_error_set(job->error, WG_ERROR_DATA, "%s: row %lld has %zu column%s, the rows before have %zu",
                          job->name, (long long)body->row, body->count, body->count == 1 ? "" : "s", job->width);
    bool whole = job->label == NO_LABEL || wg_csv_whole(&body->fields[job->label], &number);
    if (job->rows == 0)
      first_whole = whole;
    else
      others_whole = others_whole && whole;
  }
  /* A table whose columns are named 0, 1, 2 … is told by its label: text above whole numbers. */
  if (job->first == FIRST_DATA && job->rows > 1 && !first_whole && others_whole &&
      is_text(&job->head.fields[job->label])) {
    job->first = FIRST_NAMES;
    job->rows--;
    first_whole = true;
  }
  job->labels_whole = first_whole && others_whole;
  if (job->rows == 0)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: there are no rows after the first line of names", job->name);
  return WG_OK;
}

static wg_status read_row(csv_job *job, int64_t row) {
  const wg_csv_cursor *body = &job->body;
  double *feature = (double *)job->table->features + row * job->table->columns;
  for (size_t i = 0; i < job->width; i++) {
    if (i == job->label) continue;
    wg_csv_kind kind = wg_csv_number(&body->fields[i], feature++);
    if (kind == WG_CSV_INFINITE) return fail_at(job, body, i, "is not a finite number");
    if (kind == WG_CSV_TEXT) return fail_at(job, body, i, "is not a number");
  }
  if (job->label == NO_LABEL) return WG_OK;
  wg_csv_label *label = &job->labels[row];
  *label = (wg_csv_label){.field = body->fields[job->label], .row = row};
  if (label->field.length == 0) return fail_at(job, body, job->label, "is no label");
  bool whole = wg_csv_whole(&label->field, &label->number);
  double value;
  if (!whole && job->first == FIRST_COUNTS) return fail_at(job, body, job->label, "is not a class number");
  if (!whole && !label->field.quoted && wg_csv_number(&label->field, &value) != WG_CSV_TEXT)
    return fail_at(job, body, job->label, "is neither a whole number nor a name, and so no label");
  if (job->first == FIRST_COUNTS && (label->number < 0 || label->number >= (int64_t)job->head.count - 2))
    return fail_at(job, body, job->label, "is not the number of a class that row 1 names");
  return WG_OK;
}

static wg_status read_rows(csv_job *job) {
  for (int64_t row = 0; row < job->rows; row++) {
    bool found;
    wg_status status = wg_csv_next(&job->body, &found, job->error);
    if (status == WG_OK) status = read_row(job, row);
    if (status != WG_OK) return status;
  }
  return WG_OK;
}

/* ---- Names ---- */

static wg_status copy_column_names(csv_job *job) {
  wg_table *table = job->table;
  table->column_names = wg_allocate_zeroed(job->allocator, (size_t)table->columns, sizeof(char *));
  if (!table->column_names) return wg_error_memory(job->error);
  size_t column = 0;
  for (size_t i = 0; i < job->width; i++) {
    char *name = wg_csv_copy(&job->head.fields[i], job->allocator);
    if (!name) return wg_error_memory(job->error);
    if (i == job->label)
      table->label_name = name;
    else
      table->column_names[column++] = name;
  }
  return WG_OK;
}

/* The classes that the first line names; labels are their numbers. */
static wg_status take_announced_classes(csv_job *job) {
  wg_table *table = job->table;
  int64_t announced = 0, classes = (int64_t)job->head.count - 2;
  if (!wg_csv_whole(&job->head.fields[0], &announced) || announced != job->rows)
    return wg_error_set(job->error, WG_ERROR_DATA, "%s: row %lld says that %lld rows follow, but there are %lld",
                        job->name, (long long)job->head.row, (long long)announced, (long long)job->rows);
  table->class_names = wg_allocate_zeroed(job->allocator, (size_t)classes, sizeof(char *));
  if (!table->class_names) return wg_error_memory(job->error);
  table->classes = classes;
  for (int64_t k = 0; k < classes; k++) {
    table->class_names[k] = wg_csv_copy(&job->head.fields[k + 2], job->allocator);
    if (!table->class_names[k]) return wg_error_memory(job->error);
  }
  for (int64_t i = 0; i < job->rows && job->label != NO_LABEL; i++) table->labels[i] = job->labels[i].number;
  return WG_OK;
}

/* ---- A file ---- */

static wg_status parse(csv_job *job, const char *text, size_t size, char delimiter) {
  bool found;
  job->head = wg_csv_start(job->name, text, size, delimiter, job->allocator);
  const wg_csv_cursor start = wg_csv_again(&job->head);
  wg_status status = wg_csv_next(&job->head, &found, job->error);
  if (status != WG_OK) return status;
  if (!found) return wg_error_set(job->error, WG_ERROR_DATA, "%s: the file is empty", job->name);

  job->body = wg_csv_again(&job->head);
  status = wg_csv_next(&job->body, &found, job->error);
  if (status == WG_OK) status = read_first_line(job, &job->body);
  if (status != WG_OK) return status;

  wg_csv_stop(&job->body);
  job->body = job->first == FIRST_DATA ? start : wg_csv_again(&job->head);
  status = survey(job);
  if (status != WG_OK) return status;

  job->table = wg_table_new(job->rows, (int64_t)job->width - (job->label != NO_LABEL), 0, job->allocator);
  job->labels = wg_allocate(job->allocator, (size_t)job->rows, sizeof *job->labels);
  if (!job->table || !job->labels) return wg_error_memory(job->error);

  wg_csv_stop(&job->body);
  job->body = job->first == FIRST_DATA ? start : wg_csv_again(&job->head);
  status = read_rows(job);
  if (status == WG_OK && job->first == FIRST_NAMES) status = copy_column_names(job);
  if (status != WG_OK) return status;
  if (job->first == FIRST_COUNTS) return take_announced_classes(job);
  if (job->label == NO_LABEL) return WG_OK;
  bool classified = wg_csv_classify(job->table, (size_t)job->rows, job->labels, job->labels_whole);
  return classified ? WG_OK : wg_error_memory(job->error);
}

static bool can_delimit(char c) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), ascii = c == '\t' || (c >= ' ' && c <= '~');
  return ascii && !letter && !strchr("\"+-.0123456789", c);
}

static const wg_csv_options csv_defaults = {0};

static const wg_allocator *allocator_of(const wg_csv_options *options) {
  return options->allocator ? options->allocator : &wg_allocator_default;
}

wg_status wg_csv_parse(const char *name, const char *text, size_t size, const wg_csv_options *options, wg_table **table,
                       wg_error *error) {
  *table = NULL;
  if (!options) options = &csv_defaults;
  char delimiter = options->delimiter ? options->delimiter : ',';
  if (!can_delimit(delimiter))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "columns cannot be separated by that character");
  csv_job job = {.name = name, .options = options, .allocator = allocator_of(options), .error = error};
  wg_status status = parse(&job, text, size, delimiter);
  wg_csv_stop(&job.head);
  wg_csv_stop(&job.body);
  wg_release(job.allocator, job.labels);
  if (status == WG_OK)
    *table = job.table;
  else
    wg_table_free(job.table);
  return status;
}

wg_status wg_csv_read(const char *path, const wg_csv_options *options, wg_table **table, wg_error *error) {
  *table = NULL;
  if (!options) options = &csv_defaults;
  wg_bytes bytes = {.allocator = allocator_of(options)};
  size_t bytes_max = options->bytes_max ? options->bytes_max : (size_t)1 << 30;
  wg_status status = wg_bytes_read_unpacked(path, bytes_max, &bytes, error);
  if (status == WG_OK) status = wg_csv_parse(path, (const char *)bytes.data, bytes.size, options, table, error);
  wg_bytes_free(&bytes);
  return status;
}
