/* predict.h: the parts of `wengert predict`: the questions, and how the answers are printed. */
#ifndef WG_PROGRAM_PREDICT_H
#define WG_PROGRAM_PREDICT_H

#include "../model_file.h"
#include "../predictor.h"
#include "../read.h"
#include "../text_data.h"
#include "program.h"

typedef struct predict_settings {
  const char *model, *data, *test, *features, *text, *label, *delimiter;
  bool probabilities, as_csv, as_json;
} predict_settings;

/* What the net is asked, as it wants it. To be given to questions_free, also after a failure. */
typedef struct questions {
  int64_t count;
  wg_dtype dtype;
  const void *features; /* count×features of the net; indices of characters for a language model */
  int64_t answer;       /* of a language model: which of its T answers counts, that after the last character */
  wg_table *table;      /* what the features are of, or NULL */
  void *owned;          /* memory of features that are not the table's own */
} questions;

/* Reads --data, --test, --features or --text. EXIT_GOOD, or a message and its exit code. */
int questions_read(const terminal *t, const predict_settings *s, const wg_model_file *file, questions *asked);
void questions_free(questions *asked);

/* ---- Answers, one after another ---- */

typedef struct answers {
  const terminal *terminal;
  const predict_settings *settings;
  const wg_model_file *file;
  int64_t classes, printed;
  text_table table;
  char alignment[TEXT_TABLE_COLUMNS_MAX + 1];
} answers;

/* Prints what stands above them. A table is kept until the end, for its widths. */
int answers_begin(answers *a, const terminal *t, const predict_settings *s, const wg_model_file *file, int64_t classes);
void answers_add(answers *a, int64_t label, const double *probabilities);
int answers_end(answers *a, int code);

#endif
