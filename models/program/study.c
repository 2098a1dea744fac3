/* wengert study: what caching does in the chain rule, topic by topic. */
#include "study.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct topic {
  const char *name, *title;
  int (*run)(terminal *t, int argc, char **argv);
  const char *summary;
} topic;

static const topic topics[] = {
    {"memo", "wengert study memo", study_memo, "the sweep with and without its memo, as graphs grow"},
    {"paths", "wengert study paths", study_paths, "how many paths lead to the loss, how long, and from where"},
    {"checkpoint", "wengert study checkpoint", study_checkpoint,
     "memory against recomputation: store all, √n, halving, Revolve"},
    {"cost", "wengert study cost", study_cost, "operations and bytes of a gradient, by four ways to it"},
    {"order", "wengert study order", study_order, "what bracketing a chain of Jacobians costs"},
};
enum { TOPIC_COUNT = sizeof topics / sizeof *topics };

static void topics_print(FILE *stream) {
  fputs("Usage: wengert study TOPIC [arguments] [options]\n\n"
        "What caching does in the chain rule: counted, executed, and drawn.\n\nTopics:\n",
        stream);
  for (int i = 0; i < TOPIC_COUNT; i++) fprintf(stream, "  %-11s %s\n", topics[i].name, topics[i].summary);
  fputs("\nEvery topic has --json, --svg FILE for a plot, --color, and --help.\n", stream);
}

int command_study(terminal *t, int argc, char **argv) {
  if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
    topics_print(t->out);
    return EXIT_GOOD;
  }
  const char *names[TOPIC_COUNT];
  for (int i = 0; i < TOPIC_COUNT; i++) {
    names[i] = topics[i].name;
    if (argc > 0 && strcmp(argv[0], names[i]) == 0) {
      t->command = topics[i].title;
      return topics[i].run(t, argc - 1, argv + 1);
    }
  }
  if (argc == 0) {
    topics_print(t->messages);
    return EXIT_USAGE;
  }
  const char *nearest = word_nearest(argv[0], TOPIC_COUNT, names);
  terminal_message(t, "there is no topic '%s'%s%s%s", argv[0], nearest ? "; did you mean '" : "",
                   nearest ? nearest : "", nearest ? "'?" : "");
  usage_hint(t);
  return EXIT_USAGE;
}

/* ---- What the topics share ---- */

int study_failure(const terminal *t, wg_status status, const wg_error *error) {
  int code = failure(t, status, error->message);
  return status == WG_ERROR_ARGUMENT || status == WG_ERROR_SHAPE ? EXIT_USAGE : code;
}

int study_draw(const terminal *t, const char *file, size_t count, const wg_series *series,
               const wg_series_labels *labels) {
  if (!file) return EXIT_GOOD;
  wg_drawing *drawing = NULL;
  wg_error error = {0};
  wg_status status = wg_draw_series_svg(count, series, labels, NULL, &drawing, &error);
  if (status == WG_OK) status = wg_drawing_write(drawing, file, &error);
  wg_drawing_free(drawing);
  return status == WG_OK ? EXIT_GOOD : study_failure(t, status, &error);
}

char *natural_short(const wg_natural *number, char text[NATURAL_TEXT_SIZE]) {
  wg_text digits = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_natural_print(number, &digits);
  if (digits.length <= 13) {
    snprintf(text, NATURAL_TEXT_SIZE, "%s", wg_text_string(&digits));
  } else {
    char first[16];
    snprintf(first, sizeof first, "%.1s.%.12s", digits.data, digits.data + 1);
    double leading = strtod(first, NULL); /* 9.999… rounds up to the next power */
    bool carries = leading >= 9.995;
    snprintf(text, NATURAL_TEXT_SIZE, "%.2fe%zu", carries ? 1.0 : leading, digits.length - (carries ? 0 : 1));
  }
  wg_text_free(&digits);
  return text;
}

bool natural_json(json *j, const char *key, const wg_natural *number) {
  wg_text digits = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_natural_print(number, &digits);
  json_text(j, key, wg_text_string(&digits));
  bool good = !digits.failed;
  wg_text_free(&digits);
  return good;
}

int study_numbers(const terminal *t, const char *name, const char *text, size_t most, int64_t *numbers, size_t *count) {
  *count = 0;
  for (const char *at = text;; at++) {
    char digits[24];
    size_t length = strcspn(at, ",");
    bool fits = length < sizeof digits;
    memcpy(digits, at, fits ? length : 0);
    digits[fits ? length : 0] = 0;
    if (*count == most) {
      terminal_message(t, "%s: more than %zu numbers", name, most);
      return EXIT_USAGE;
    }
    if (!text_integer(digits, &numbers[*count]) || numbers[*count] < 1) {
      terminal_message(t, "%s %s: '%.*s' does not do; give whole numbers from 1, separated by commas", name, text,
                       (int)length, at);
      return EXIT_USAGE;
    }
    ++*count;
    at += length;
    if (!*at) return EXIT_GOOD;
  }
}

char *seconds_text(double seconds, char text[32]) {
  static const struct {
    double unit;
    const char *name;
  } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
  int i = 0;
  while (i < 3 && seconds < units[i].unit) i++;
  snprintf(text, 32, "%.3g %s", seconds / units[i].unit, units[i].name);
  return text;
}
