/* text_ngram.c: how well the frequencies of n-grams predict a text, which is what a language model has to beat. */
#include "text_data.h"

#include "../engine/memory.h"

#include <math.h>
#include <stdlib.h>

/* An n-gram as a number: its characters as digits of base V. Three digits fit, since there are 0x110000 characters. */
static uint64_t code_of(const wg_text_data *text, int64_t last, int n) {
  uint64_t code = 0;
  for (int64_t i = last - n + 1; i <= last; i++) code = code * (uint64_t)text->classes + text->characters[i];
  return code;
}

static int by_value(const void *a, const void *b) {
  uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
  return (first > second) - (first < second);
}

/* How many of the sorted codes are below. */
static int64_t below(const uint64_t *codes, int64_t count, uint64_t code) {
  int64_t low = 0, high = count;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (codes[middle] < code)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

wg_status wg_ngram_loss(const wg_text_part *counted, int n, double k, int64_t first, int64_t count, double *loss,
                        wg_error *error) {
  const wg_text_data *text = counted->text;
  if (n < 1 || n > 3 || !(k > 0 && isfinite(k)))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "n-grams of %d characters, smoothed by %g", n, k);
  if (count < 1 || first < n - 1 || first > text->length - count)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%lld characters from number %lld on, of a text of %lld",
                        (long long)count, (long long)first + 1, (long long)text->length);
  int64_t grams = counted->length >= n ? counted->length - n + 1 : 0;
  uint64_t *codes = wg_allocate(&text->allocator, (size_t)grams, sizeof *codes);
  if (!codes) return wg_error_memory(error);
  for (int64_t i = 0; i < grams; i++) codes[i] = code_of(text, counted->first + n - 1 + i, n);
  qsort(codes, (size_t)grams, sizeof *codes, by_value);

  double sum = 0;
  uint64_t V = (uint64_t)text->classes;
  for (int64_t i = first; i < first + count; i++) {
    uint64_t code = code_of(text, i, n), history = code - code % V; /* the smallest code of this history */
    int64_t same = below(codes, grams, code + 1) - below(codes, grams, code);
    int64_t all = below(codes, grams, history + V) - below(codes, grams, history);
    sum -= log(((double)same + k) / ((double)all + k * (double)V));
  }
  wg_release(&text->allocator, codes);
  *loss = sum / (double)count;
  return WG_OK;
}
