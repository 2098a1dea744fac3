/* wengert predict: what a trained net says of new data. */
#include "predict.h"
#include "../../engine/memory.h"

enum { AT_ONCE = 256 }; /* samples that are predicted together */

static int predict_all(answers *a, wg_predictor *predictor, const questions *asked) {
  int64_t per_sample = wg_predictor_answers(predictor), classes = wg_predictor_classes(predictor);
  int64_t features = wg_predictor_features(predictor);
  size_t size = wg_dtype_size(asked->dtype), room = (size_t)(AT_ONCE * per_sample);
  int64_t *labels = wg_allocate(&wg_allocator_default, room, sizeof *labels);
  double *probabilities = wg_allocate(&wg_allocator_default, room, (size_t)classes * sizeof *probabilities);
  wg_status status = labels && probabilities ? WG_OK : WG_ERROR_MEMORY;
  wg_error error = {0};
  for (int64_t first = 0; status == WG_OK && first < asked->count; first += AT_ONCE) {
    int64_t here = asked->count - first < AT_ONCE ? asked->count - first : AT_ONCE;
    const char *at = (const char *)asked->features + (size_t)(first * features) * size;
    status = wg_predictor_run(predictor, here, asked->dtype, at, labels, probabilities, &error);
    for (int64_t j = 0; status == WG_OK && j < here; j++) {
      int64_t answer = j * per_sample + asked->answer;
      answers_add(a, labels[answer], probabilities + answer * classes);
    }
  }
  wg_release(&wg_allocator_default, labels);
  wg_release(&wg_allocator_default, probabilities);
  return status == WG_OK ? EXIT_GOOD : failure(a->terminal, status, error.message);
}

static int predict_run(const terminal *t, const predict_settings *s) {
  wg_model_file file = {0};
  questions asked = {0};
  wg_predictor *predictor = NULL;
  answers a = {.settings = s};
  wg_error error = {0};
  wg_status status = wg_model_load(s->model, NULL, &file, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  int code = questions_read(t, s, &file, &asked);
  if (code == EXIT_GOOD) {
    int64_t at_once = asked.count < AT_ONCE ? asked.count : AT_ONCE;
    status = wg_predictor_new(file.model, at_once ? at_once : 1, file.scaler, &predictor, &error);
    if (status != WG_OK) code = failure(t, status, error.message);
  }
  if (code == EXIT_GOOD) code = answers_begin(&a, t, s, &file, wg_predictor_classes(predictor));
  if (code == EXIT_GOOD) code = answers_end(&a, predict_all(&a, predictor, &asked));
  wg_predictor_free(predictor);
  questions_free(&asked);
  wg_model_file_clear(&file);
  return code;
}

int command_predict(terminal *t, int argc, char **argv) {
  predict_settings s = {0};
  const option options[] = {
      OPTIONS_UNDER("What to predict:"),
      {"data", OPTION_TEXT, &s.data, "FILE",
       "a table (.csv, .npy, .npz, also packed), a folder with MNIST's files, or for a language model a text", 0, 0},
      {"test", OPTION_TEXT, &s.test, "FILE", "of such a folder or .npz its part for testing", 0, 0},
      {"features", OPTION_TEXT, &s.features, "5.1,3.5", "one sample, written out", 0, 0},
      {"text", OPTION_TEXT, &s.text, "TEXT", "a text to go on from, for a language model", 0, 0},
      {"label", OPTION_TEXT, &s.label, "COLUMN",
       "leave this column out, by its name or number [the last, if the rest is what the net takes]", 0, 0},
      {"delimiter", OPTION_TEXT, &s.delimiter, "C", "what separates the fields, or the word tab [,]", 0, 0},
      OPTIONS_UNDER("How it is told:"),
      {"probabilities", OPTION_FLAG, &s.probabilities, NULL, "of all classes", 0, 0},
      {"csv", OPTION_FLAG, &s.as_csv, NULL, "comma-separated values instead of a table", 0, 0},
      {"json", OPTION_FLAG, &s.as_json, NULL, "a line of JSON for each sample", 0, 0},
      OPTIONS_UNDER("General:"),
  };
  const command_usage usage = {
      .synopsis =
          "wengert predict MODEL --data FILE [options]\n       wengert predict MODEL --features 5.1,3.5,1.4,0.2",
      .about =
          "Says what class each sample is of, and how likely that is, by a net that was trained before. Columns are "
          "found by their names where the training data had names, and are scaled as they were then. A language "
          "model says which character comes next.",
      .more = "MODEL is a file that train --save has written, or a snapshot.\n"
              "Example:\n  wengert train E --data iris.csv --standardize --save iris.safetensors\n"
              "  wengert predict iris.safetensors --data new.csv --probabilities",
      .options = options,
      .option_count = sizeof options / sizeof *options,
      .argument_max = 1};
  options_result read = options_read(t, &usage, argc, argv, &s.model);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;
  if (!s.model || (s.as_csv && s.as_json)) {
    terminal_message(t, "%s",
                     s.model ? "--csv and --json: give one of them"
                             : "which model? Name a file that train --save has written");
    usage_hint(t);
    return EXIT_USAGE;
  }
  return predict_run(t, &s);
}
