/* wengert sample: text that a language model writes. */
#include "../../engine/memory.h"
#include "../model_file.h"
#include "../text_data.h"
#include "program.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct sample_settings {
  const char *model, *prompt;
  int64_t count, seed;
  double temperature;
  bool as_json;
} sample_settings;

/* What is written goes out at once, character by character. */
typedef struct sample_stream {
  FILE *out; /* NULL where it is kept for JSON */
  const char *vocabulary;
} sample_stream;

static bool character_write(void *context, uint32_t character) {
  const sample_stream *stream = context;
  size_t size;
  const char *bytes = wg_vocabulary_at(stream->vocabulary, character, &size);
  if (!stream->out) return true;
  return fwrite(bytes, 1, size, stream->out) == size && fflush(stream->out) == 0;
}

/* What to go on from: the prompt, or the beginning of a line, or the first character of the vocabulary. */
static int prompt_read(const terminal *t, const sample_settings *s, const char *vocabulary, wg_text_data **prompt) {
  wg_error error = {0};
  size_t size;
  const char *first = wg_vocabulary_at(vocabulary, 0, &size), *given = s->prompt ? s->prompt : "\n";
  size_t length = strlen(given);
  if (!s->prompt && !strchr(vocabulary, '\n')) given = first, length = size;
  wg_status status = wg_text_data_new(given, length, vocabulary, NULL, prompt, &error);
  if (status == WG_OK && (*prompt)->length > 0) return EXIT_GOOD;
  terminal_message(t, "--prompt: %s", status == WG_OK ? "there is no character to go on from" : error.message);
  return status == WG_ERROR_MEMORY ? EXIT_INTERNAL : EXIT_USAGE;
}

static char *written_text(const char *vocabulary, const uint32_t *written, int64_t count) {
  char *text = wg_allocate(&wg_allocator_default, (size_t)count + 1, 4), *end = text;
  for (int64_t i = 0; text && i < count; i++) {
    size_t size;
    const char *bytes = wg_vocabulary_at(vocabulary, written[i], &size);
    memcpy(end, bytes, size);
    end += size;
  }
  if (text) *end = 0;
  return text;
}

static int sample_json(const terminal *t, const sample_settings *s, const char *vocabulary, const uint32_t *written,
                       int64_t count) {
  char *text = written_text(vocabulary, written, count);
  if (!text) return failure(t, WG_ERROR_MEMORY, NULL);
  json writer = json_new(t->out), *j = &writer;
  json_object(j, NULL);
  json_text(j, "model", s->model);
  json_text(j, "prompt", s->prompt);
  json_number(j, "temperature", s->temperature);
  json_integer(j, "seed", s->seed);
  json_integer(j, "count", count);
  json_text(j, "text", text);
  json_object_end(j);
  free(text);
  return EXIT_GOOD;
}

static int sample_write(const terminal *t, const sample_settings *s, const wg_model_file *file) {
  wg_text_data *prompt = NULL;
  wg_error error = {0};
  int code = prompt_read(t, s, file->vocabulary, &prompt);
  uint32_t *written = wg_allocate(&wg_allocator_default, (size_t)s->count, sizeof *written);
  if (code == EXIT_GOOD && !written) code = failure(t, WG_ERROR_MEMORY, NULL);
  if (code == EXIT_GOOD) {
    sample_stream stream = {.out = s->as_json ? NULL : t->out, .vocabulary = file->vocabulary};
    wg_writing writing = {.temperature = s->temperature,
                          .seed = (uint64_t)s->seed,
                          .count = s->count,
                          .progress = character_write,
                          .context = &stream};
    int64_t done = 0;
    if (!s->as_json && s->prompt) fputs(s->prompt, t->out);
    wg_status status = wg_write_text(file->model, prompt->length, prompt->characters, &writing, written, &done, &error);
    if (!s->as_json) fputc('\n', t->out);
    if (status != WG_OK)
      code = failure(t, status, error.message);
    else if (s->as_json)
      code = sample_json(t, s, file->vocabulary, written, done);
  }
  free(written);
  wg_text_data_free(prompt);
  return code;
}

static int sample_run(const terminal *t, const sample_settings *s) {
  wg_model_file file = {0};
  wg_error error = {0};
  if (!s->model) {
    terminal_message(t, "which model? Name a file that train --save has written");
    usage_hint(t);
    return EXIT_USAGE;
  }
  wg_status status = wg_model_load(s->model, NULL, &file, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  int code = EXIT_DATA;
  if (wg_net_is_sequence(file.model->spec.kind) && file.vocabulary)
    code = sample_write(t, s, &file);
  else
    terminal_message(t, "%s: net %s is no language model, such as rnn, lstm or transformer", s->model,
                     wg_net_label(file.model->spec.kind));
  wg_model_file_clear(&file);
  return code;
}

int command_sample(terminal *t, int argc, char **argv) {
  sample_settings s = {.count = 500, .seed = 1, .temperature = 0.8};
  const option options[] = {
      {"prompt", OPTION_TEXT, &s.prompt, "TEXT", "what to go on from [a new line]", 0, 0},
      {"count", OPTION_INTEGER, &s.count, "N", "characters to write", 0, 1e7},
      {"temperature", OPTION_NUMBER, &s.temperature, "T",
       "1: as often as learned; below: rather the likely ones; 0: always the likeliest", 0, 100},
      {"seed", OPTION_INTEGER, &s.seed, "N", SEED_HELP, 0, SEED_MAX},
      {"json", OPTION_FLAG, &s.as_json, NULL, JSON_HELP, 0, 0},
  };
  const command_usage usage = {
      .synopsis = "wengert sample MODEL [options]",
      .about = "Lets a language model write: after each character the next is drawn by the probabilities that the net "
               "gives it.",
      .more = "MODEL is a file that train --save has written, or a snapshot.\n"
              "Example:\n  wengert train lstm --data book.txt --hidden 128 --steps 64 --batch 32 \\\n"
              "      --epochs 10 --optimizer adam --save book.safetensors\n  wengert sample book.safetensors --prompt "
              "\"It was \"",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1};
  options_result read = options_read(t, &usage, argc, argv, &s.model);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  return sample_run(t, &s);
}
