/* text_data.h: a text as samples for language models, what simple counting predicts of it, and text that a model writes.
 *
 * A character is a code point of Unicode, and its class is its place in the vocabulary. */
#ifndef WG_TEXT_DATA_H
#define WG_TEXT_DATA_H

#include "samples.h"
#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A text and its vocabulary. Read only. */
typedef struct wg_text_data {
  int64_t length;       /* characters */
  uint32_t *characters; /* the place of each in the vocabulary */
  int64_t classes;      /* characters of the vocabulary */
  char *vocabulary;     /* these, one after another, in UTF-8; by code point, unless it was given */
  wg_allocator allocator;
} wg_text_data;

/* The text in `size` bytes of UTF-8. Its vocabulary is `vocabulary`, or where that is NULL the characters that come up in
 * it. The caller frees it. Errors (*text is NULL then): WG_ERROR_DATA (not UTF-8, with the place; a zero byte; a
 * character that the given vocabulary has not; a vocabulary that has a character twice), WG_ERROR_MEMORY. `allocator` is
 * copied; NULL means malloc and free. */
WG_API wg_status wg_text_data_new(const char *bytes, size_t size, const char *vocabulary, const wg_allocator *allocator,
                                  wg_text_data **text, wg_error *error);

/* The same from a file, which may be packed by gzip. WG_ERROR_FILE besides. */
WG_API wg_status wg_text_data_read(const char *path, const char *vocabulary, const wg_allocator *allocator,
                                   wg_text_data **text, wg_error *error);
WG_API void wg_text_data_free(wg_text_data *text);

/* Character number k of a vocabulary in UTF-8: its bytes, and their number in *size. "" and 0 out of range. */
WG_API const char *wg_vocabulary_at(const char *vocabulary, int64_t k, size_t *size);
WG_API int64_t wg_vocabulary_count(const char *vocabulary);

/* ---- Samples ---- */

/* A stretch of a text, cut into windows of `steps` characters. */
typedef struct wg_text_part {
  const wg_text_data *text;
  int64_t first, length; /* characters */
  int64_t steps;         /* T, 1 or more */
  uint64_t seed;
} wg_text_part;

/* Cuts a text in two by position: the rounded `fraction` (0 … 1) at its end is held out. */
WG_API void wg_text_split(const wg_text_data *text, double fraction, int64_t steps, uint64_t seed, wg_text_part *rest,
                          wg_text_part *held);

/* The windows of a part, one after another, without overlap: sample j is T characters, and its targets are the T that
 * each come next. In epoch 0 the first begins where the part does; in the others somewhere in the first T characters, by
 * seed and epoch, so that windows are cut elsewhere each time. What is left over at the ends is in no sample. `part` must
 * outlive the samples; a net that fits has steps T and the text's vocabulary. */
WG_API wg_samples wg_text_samples(const wg_text_part *part);

/* ---- What counting predicts ---- */

/* The mean of −ln P of `count` characters from `first` on, in nats, by the frequencies of n-grams in the part: P is
 * (c(h,x) + k) / (c(h) + k·V) for the n − 1 characters h before x (add-k smoothing: Lidstone, 1920). n = 1 asks
 * for x alone, 2 for bigrams, 3 for trigrams. Errors: WG_ERROR_ARGUMENT (n not in 1 … 3, k not positive, a range outside
 * the text or with fewer than n − 1 characters before it, no characters), WG_ERROR_MEMORY. */
WG_API wg_status wg_ngram_loss(const wg_text_part *counted, int n, double k, int64_t first, int64_t count, double *loss,
                               wg_error *error);

/* ---- Text that a model writes ---- */

typedef struct wg_writing {
  double
      temperature; /* the softmax is of logits / temperature: 1 as learned, below more of the likely; 0 the likeliest */
  uint64_t seed;
  int64_t count; /* characters to write */
  /* Told each character as it is written; returns false to stop. May be NULL. */
  bool (*progress)(void *context, uint32_t character);
  void *context;
} wg_writing;

/* Lets a language model go on after the `given` characters, of which it sees the last T; there must be one at least.
 * `written` has room for writing->count, and *done says how many there are. Errors: WG_ERROR_ARGUMENT (no language
 * model, nothing to go on from, a character out of range, a temperature below 0), WG_ERROR_DATA (logits that are not
 * numbers), WG_ERROR_MEMORY. */
WG_API wg_status wg_write_text(const wg_model *model, int64_t given_count, const uint32_t *given,
                               const wg_writing *writing, uint32_t *written, int64_t *done, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
