/* A text as samples: vocabulary, windows, what counting predicts of it, and text that a model writes. */
#include "../support.h"

#include "../../models/text_data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static wg_text_data *text_of(const char *bytes) {
  wg_text_data *text;
  wg_error error;
  if (wg_text_data_new(bytes, strlen(bytes), NULL, NULL, &text, &error) != WG_OK) fail_msg("%s", error.message);
  return text;
}

/* ---- Vocabularies ---- */

static void a_vocabulary_is_what_comes_up_by_code_point(void **state) {
  (void)state;
  wg_text_data *text = text_of("Σb∂a\nb😀");
  const uint32_t expected[] = {3, 2, 4, 1, 0, 2, 5};
  assert_string_equal(text->vocabulary, "\nabΣ∂😀"); /* U+000A, U+0061, U+0062, U+03A3, U+2202, U+1F600 */
  assert_int_equal(text->classes, 6);
  assert_int_equal(text->length, 7);
  assert_memory_equal(text->characters, expected, sizeof expected);
  size_t size;
  assert_string_equal(wg_vocabulary_at(text->vocabulary, 4, &size), "∂😀");
  assert_int_equal(size, 3);
  wg_vocabulary_at(text->vocabulary, 6, &size);
  assert_int_equal(size, 0);
  assert_int_equal(wg_vocabulary_count(text->vocabulary), 6);
  wg_text_data_free(text);
}

static void a_given_vocabulary_keeps_its_order(void **state) {
  (void)state;
  wg_text_data *text;
  assert_int_equal(wg_text_data_new("abab", 4, "zb∂a", NULL, &text, NULL), WG_OK);
  const uint32_t expected[] = {3, 1, 3, 1};
  assert_memory_equal(text->characters, expected, sizeof expected);
  assert_string_equal(text->vocabulary, "zb∂a");
  assert_int_equal(text->classes, 4);
  wg_text_data_free(text);
}

static void what_is_no_text_is_refused_with_the_place(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t size;
    const char *vocabulary, *message;
  } cases[] = {{"ab\xff", 3, NULL, "byte 3 is no UTF-8"},
               {"\xc3", 1, NULL, "byte 1 is no UTF-8"},
               {"a\xed\xa0\x80", 4, NULL, "byte 2 is no UTF-8"},    /* half of a surrogate pair */
               {"\xf4\x90\x80\x80", 4, NULL, "byte 1 is no UTF-8"}, /* above U+10FFFF */
               {"a\0b", 3, NULL, "byte 2 is zero"},
               {"ab∂", 5, "ab", "character 3, '∂', is not in the vocabulary"},
               {"a", 1, "ba∂b", "the vocabulary has 'b' twice"},
               {"a", 1, "a\xff", "byte 2 of the vocabulary is no UTF-8"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wg_text_data *text = (wg_text_data *)&text;
    wg_error error = {0};
    wg_status status = wg_text_data_new(cases[i].bytes, cases[i].size, cases[i].vocabulary, NULL, &text, &error);
    assert_int_equal(status, WG_ERROR_DATA);
    assert_null(text);
    assert_contains(error.message, cases[i].message);
  }
}

static void an_empty_text_has_an_empty_vocabulary(void **state) {
  (void)state;
  wg_text_data *text = text_of("");
  assert_int_equal(text->length, 0);
  assert_int_equal(text->classes, 0);
  wg_text_part part = {.text = text, .steps = 3};
  assert_int_equal(wg_text_samples(&part).rows, 0);
  wg_text_data_free(text);
}

/* ---- Samples ---- */

static wg_net_spec language_spec(int64_t classes, int64_t steps, int64_t samples) {
  static int64_t widths[3];
  widths[0] = widths[2] = classes;
  widths[1] = 4;
  wg_net_spec spec = wg_net_spec_of(WG_NET_LSTM);
  spec.widths = widths;
  spec.steps = steps;
  spec.samples = samples;
  return spec;
}

static void targets_are_the_characters_that_come_next(void **state) {
  (void)state;
  wg_text_data *text = text_of("abcdefghij"); /* places 0 … 9 */
  wg_text_part part = {.text = text, .first = 1, .length = 9, .steps = 3, .seed = 5};
  wg_samples samples = wg_text_samples(&part);
  assert_int_equal(samples.rows, 2);
  assert_int_equal(samples.classes, 10);
  assert_null(samples.labels);
  assert_true(samples.varies);
  wg_net_spec spec = language_spec(10, 3, 2);
  wg_net net = {.spec = spec};
  assert_int_equal(samples.fits(&samples, &net, NULL), WG_OK);
  int64_t x[6], y[6], in_order[] = {1, 2, 3, 4, 5, 6}, next[] = {2, 3, 4, 5, 6, 7}, swapped[] = {4, 5, 6, 1, 2, 3};
  samples.fill(&samples, &net, 0, NULL, 0, x, y);
  assert_memory_equal(x, in_order, sizeof x);
  assert_memory_equal(y, next, sizeof y);
  samples.fill(&samples, &net, 0, (size_t[]){1, 0}, 0, x, NULL);
  assert_memory_equal(x, swapped, sizeof x);

  bool begins[3] = {false};
  for (int64_t epoch = 1; epoch <= 40; epoch++) {
    samples.fill(&samples, &net, epoch, NULL, 0, x, y);
    assert_true(x[0] >= 1 && x[0] <= 3);
    begins[x[0] - 1] = true;
    for (int i = 0; i < 6; i++) assert_true(x[i] == x[0] + i && y[i] == x[i] + 1 && y[i] <= 9);
    int64_t again[6];
    samples.fill(&samples, &net, epoch, NULL, 0, again, NULL);
    assert_memory_equal(again, x, sizeof x);
  }
  assert_true(begins[0] && begins[1] && begins[2]);
  wg_text_data_free(text);
}

static void a_text_fits_a_language_model_of_its_sizes(void **state) {
  (void)state;
  wg_text_data *text = text_of("abcabcabc");
  wg_text_part part = {.text = text, .length = 9, .steps = 4};
  wg_samples samples = wg_text_samples(&part);
  wg_error error;
  wg_net_spec spec = language_spec(3, 4, 1);
  assert_int_equal(samples.fits(&samples, &(wg_net){.spec = spec}, &error), WG_OK);
  spec = language_spec(3, 5, 1);
  assert_int_equal(samples.fits(&samples, &(wg_net){.spec = spec}, &error), WG_ERROR_DATA);
  assert_contains(error.message, "the text is cut into 4 characters, the net takes 5");
  spec = language_spec(4, 4, 1);
  assert_int_equal(samples.fits(&samples, &(wg_net){.spec = spec}, &error), WG_ERROR_DATA);
  assert_contains(error.message, "the text has 3 different characters, the net tells 4 apart");
  spec = wg_net_spec_of(WG_NET_SPIRAL);
  assert_int_equal(samples.fits(&samples, &(wg_net){.spec = spec}, &error), WG_ERROR_DATA);
  assert_contains(error.message, "net D learns from a table, not from a text");
  wg_text_data_free(text);
}

static void the_end_of_a_text_is_held_out(void **state) {
  (void)state;
  wg_text_data *text = text_of("0123456789");
  wg_text_part rest, held;
  wg_text_split(text, 0.3, 2, 1, &rest, &held);
  assert_int_equal(rest.first, 0);
  assert_int_equal(rest.length, 7);
  assert_int_equal(held.first, 7);
  assert_int_equal(held.length, 3);
  assert_int_equal(wg_text_samples(&held).rows, 0); /* two characters, one to begin with, and one left over */
  wg_text_split(text, 0, 2, 1, &rest, &held);
  assert_int_equal(rest.length, 10);
  assert_int_equal(held.length, 0);
  wg_text_data_free(text);
}

/* ---- n-grams ---- */

/* "aab|ab": counts a 2, b 1; aa 1, ab 1; aab 1. V = 2. By hand, with k = 1/2:
 *   unigrams: P(a) = 2.5/4, P(b) = 1.5/4;  bigrams: P(a|b) = 0.5/1, P(b|a) = 1.5/3;  trigrams: P(a|ab) = 1/2,
 *   P(b|ba) = 1/2, of histories that never came. */
static void ngrams_predict_by_their_smoothed_frequencies(void **state) {
  (void)state;
  wg_text_data *text = text_of("aabab");
  wg_text_part counted = {.text = text, .length = 3, .steps = 1};
  double loss,
      expected[] = {-(log(2.5 / 4) + log(1.5 / 4)) / 2, -(log(0.5 / 1) + log(1.5 / 3)) / 2, -(log(0.5) + log(0.5)) / 2};
  for (int n = 1; n <= 3; n++) {
    assert_int_equal(wg_ngram_loss(&counted, n, 0.5, 3, 2, &loss, NULL), WG_OK);
    assert_close("loss", 1, &loss, &expected[n - 1], 1e-14);
  }
  /* In the text that was counted: P(b|aa) = 1.5/2. */
  assert_int_equal(wg_ngram_loss(&counted, 3, 0.5, 2, 1, &loss, NULL), WG_OK);
  assert_close("loss", 1, &loss, &(double){-log(0.75)}, 1e-14);
  wg_text_data_free(text);
}

static void the_probabilities_of_ngrams_sum_to_one(void **state) {
  (void)state;
  wg_text_data *text = text_of("abcabdabcacabcadbc");
  wg_text_part counted = {.text = text, .length = 18, .steps = 1};
  for (int n = 1; n <= 3; n++) {
    double sum = 0;
    for (uint32_t c = 0; c < 4; c++) {
      double loss;
      uint32_t kept = text->characters[9];
      text->characters[9] = c;
      wg_text_part before = counted;
      before.length = 9;
      assert_int_equal(wg_ngram_loss(&before, n, 0.1, 9, 1, &loss, NULL), WG_OK);
      text->characters[9] = kept;
      sum += exp(-loss);
    }
    assert_true(fabs(sum - 1) < 1e-14);
  }
  wg_text_data_free(text);
}

static void ngrams_of_bad_sizes_are_refused(void **state) {
  (void)state;
  wg_text_data *text = text_of("abcabc");
  wg_text_part counted = {.text = text, .length = 6, .steps = 1};
  double loss;
  wg_error error;
  const struct {
    int n;
    double k;
    int64_t first, count;
  } cases[] = {{0, 1, 3, 1}, {4, 1, 3, 1}, {2, 0, 3, 1}, {2, NAN, 3, 1}, {3, 1, 1, 1}, {2, 1, 3, 4}, {2, 1, 3, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(wg_ngram_loss(&counted, cases[i].n, cases[i].k, cases[i].first, cases[i].count, &loss, &error),
                     WG_ERROR_ARGUMENT);
  wg_text_data_free(text);
}

/* ---- Writing ---- */

static double *param(wg_model *model, const char *name) {
  for (size_t k = 0; k < model->weights->count; k++)
    if (!strcmp(model->weights->name[k], name)) return model->weights->data[k];
  fail_msg("there is no parameter %s", name);
  return NULL;
}

/* An rnn that says ln P of the table `next` after each character: E and Wx pass on a one-hot vector, which tanh(20)
 * leaves at 1, and Wy has the logarithms. */
static wg_model *rigged_model(int64_t V, const double *next) {
  int64_t widths[] = {V, V, V};
  wg_net_spec spec = wg_net_spec_of(WG_NET_RNN);
  spec.widths = widths;
  spec.steps = 4;
  wg_model *model;
  assert_int_equal(wg_model_new(&spec, WG_INIT_SMALL, 1, &model, NULL), WG_OK);
  for (size_t k = 0; k < model->weights->count; k++)
    memset(model->weights->data[k], 0, (size_t)model->weights->size[k] * sizeof(double));
  for (int64_t i = 0; i < V; i++) {
    param(model, "E")[i * V + i] = 20;
    param(model, "Wx1")[i * V + i] = 1;
    for (int64_t j = 0; j < V; j++) param(model, "Wy")[i * V + j] = log(next[i * V + j]);
  }
  return model;
}

static void a_model_writes_what_it_predicts(void **state) {
  (void)state;
  const double cycle[] = {1e-9, 1, 1e-9, 1e-9, 1e-9, 1, 1, 1e-9, 1e-9}; /* 0 → 1 → 2 → 0 */
  wg_model *model = rigged_model(3, cycle);
  wg_writing writing = {.temperature = 0, .seed = 1, .count = 10};
  uint32_t written[10], expected[] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
  int64_t done;
  assert_int_equal(wg_write_text(model, 2, (uint32_t[]){1, 2}, &writing, written, &done, NULL), WG_OK);
  assert_int_equal(done, 10);
  assert_memory_equal(written, expected, sizeof expected);
  writing.temperature = 1;
  assert_int_equal(wg_write_text(model, 2, (uint32_t[]){1, 2}, &writing, written, &done, NULL), WG_OK);
  assert_memory_equal(written, expected, sizeof expected);
  wg_model_free(model);
}

/* After 0 comes 1 with P = 0.8; at a temperature of 1/2 with 0.8²/(0.8² + 0.2²) = 16/17. */
static void the_temperature_sharpens_the_choice(void **state) {
  (void)state;
  const double next[] = {0.2, 0.8, 0.2, 0.8};
  wg_model *model = rigged_model(2, next);
  enum { COUNT = 4000 };
  uint32_t *written = malloc(COUNT * sizeof *written);
  const double temperatures[] = {1, 0.5}, expected[] = {0.8, 16.0 / 17};
  for (int i = 0; i < 2; i++) {
    wg_writing writing = {.temperature = temperatures[i], .seed = 3, .count = COUNT};
    int64_t done, ones = 0;
    assert_int_equal(wg_write_text(model, 1, (uint32_t[]){0}, &writing, written, &done, NULL), WG_OK);
    for (int k = 0; k < COUNT; k++) ones += written[k];
    double deviation = sqrt(expected[i] * (1 - expected[i]) / COUNT);
    assert_true(fabs((double)ones / COUNT - expected[i]) < 4 * deviation);
  }
  free(written);
  wg_model_free(model);
}

static bool stop_at_third(void *context, uint32_t character) {
  (void)character;
  return ++*(int *)context < 3;
}

static void writing_stops_when_told(void **state) {
  (void)state;
  const double next[] = {0.5, 0.5, 0.5, 0.5};
  wg_model *model = rigged_model(2, next);
  int told = 0;
  wg_writing writing = {.temperature = 1, .seed = 3, .count = 9, .progress = stop_at_third, .context = &told};
  uint32_t written[9];
  int64_t done;
  assert_int_equal(wg_write_text(model, 1, (uint32_t[]){0}, &writing, written, &done, NULL), WG_OK);
  assert_int_equal(done, 3);
  wg_model_free(model);
}

static void bad_writing_is_refused(void **state) {
  (void)state;
  const double next[] = {0.5, 0.5, 0.5, 0.5};
  wg_model *model = rigged_model(2, next);
  wg_writing good = {.temperature = 1, .count = 3}, writing = good;
  uint32_t written[3], given[] = {0, 2};
  int64_t done;
  wg_error error;
  assert_int_equal(wg_write_text(model, 0, given, &good, written, &done, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "no character to go on from");
  assert_int_equal(wg_write_text(model, 2, given, &good, written, &done, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "character 2 is number 2 of a vocabulary of 2");
  writing.temperature = -1;
  assert_int_equal(wg_write_text(model, 1, given, &writing, written, &done, &error), WG_ERROR_ARGUMENT);
  param(model, "by")[0] = NAN;
  assert_int_equal(wg_write_text(model, 1, given, &good, written, &done, &error), WG_ERROR_DATA);
  assert_contains(error.message, "not numbers");
  wg_model_free(model);

  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  assert_int_equal(wg_model_new(&spec, WG_INIT_HE, 1, &model, NULL), WG_OK);
  assert_int_equal(wg_write_text(model, 1, given, &good, written, &done, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "net D is no language model");
  wg_model_free(model);
}

/* ---- Memory ---- */

static wg_status read_and_count(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_text_data *text;
  wg_status status = wg_text_data_new("abcabcaab", 9, NULL, allocator, &text, NULL);
  if (status != WG_OK) return status;
  wg_text_part part = {.text = text, .length = 9, .steps = 1};
  status = wg_ngram_loss(&part, 2, 1, 1, 8, number, NULL);
  wg_text_data_free(text);
  return status;
}

static wg_status write_some(const wg_allocator *allocator, void *context, double *number) {
  const wg_model *whole = context;
  wg_model model = *whole; /* the same weights, other memory for what is made on the way */
  model.allocator = *allocator;
  wg_writing writing = {.temperature = 1, .seed = 3, .count = 3};
  uint32_t written[3];
  int64_t done;
  wg_status status = wg_write_text(&model, 1, (uint32_t[]){0}, &writing, written, &done, NULL);
  if (status == WG_OK) *number = written[0] + 2 * written[1] + 4 * written[2];
  return status;
}

static void text_survives_every_failed_allocation(void **state) {
  (void)state;
  const double next[] = {0.5, 0.5, 0.5, 0.5};
  wg_model *model = rigged_model(2, next);
  assert_survives_failed_allocations("text", read_and_count, NULL);
  assert_survives_failed_allocations("writing", write_some, model);
  wg_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_vocabulary_is_what_comes_up_by_code_point),
      cmocka_unit_test(a_given_vocabulary_keeps_its_order),
      cmocka_unit_test(what_is_no_text_is_refused_with_the_place),
      cmocka_unit_test(an_empty_text_has_an_empty_vocabulary),
      cmocka_unit_test(targets_are_the_characters_that_come_next),
      cmocka_unit_test(a_text_fits_a_language_model_of_its_sizes),
      cmocka_unit_test(the_end_of_a_text_is_held_out),
      cmocka_unit_test(ngrams_predict_by_their_smoothed_frequencies),
      cmocka_unit_test(the_probabilities_of_ngrams_sum_to_one),
      cmocka_unit_test(ngrams_of_bad_sizes_are_refused),
      cmocka_unit_test(a_model_writes_what_it_predicts),
      cmocka_unit_test(the_temperature_sharpens_the_choice),
      cmocka_unit_test(writing_stops_when_told),
      cmocka_unit_test(bad_writing_is_refused),
      cmocka_unit_test(text_survives_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
