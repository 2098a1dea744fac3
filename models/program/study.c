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

bool is_net(const net_choice *choice) { return choice->name || choice->layers; }

int study_failure(const terminal *t, wg_status status, const wg_error *error) {
  int code = failure(t, status, error->message);
  return status == WG_ERROR_ARGUMENT || status == WG_ERROR_SHAPE ? EXIT_USAGE : code;
}

int too_large(const terminal *t) {
  terminal_message(t, "all values together would take more than %.0f GB: give smaller sizes", STUDY_BYTES_MAX / 1e9);
  return EXIT_USAGE;
}

int net_record_small(const terminal *t, const wg_net_spec *spec, wg_net **net) {
  int code = net_record(t, spec, net);
  double bytes = 0;
  for (size_t id = 0; code == EXIT_GOOD && id < wg_tape_count((*net)->tape); id++) {
    const wg_node *node = wg_tape_node((*net)->tape, id);
    bytes += (double)wg_node_size(node) * (double)wg_dtype_size(wg_node_dtype(node));
  }
  if (bytes <= STUDY_BYTES_MAX) return code;
  wg_net_free(*net);
  *net = NULL;
  return too_large(t);
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

char *big_count_text(const wg_big_count *count, char text[BIG_COUNT_TEXT_SIZE]) {
  size_t length = strlen(count->digits);
  if (length <= 13) {
    snprintf(text, BIG_COUNT_TEXT_SIZE, "%s", count->digits);
    return text;
  }
  char first[16];
  snprintf(first, sizeof first, "%.1s.%.12s", count->digits, count->digits + 1);
  double leading = strtod(first, NULL); /* 9.999… rounds up to the next power */
  bool carries = leading >= 9.995;
  snprintf(text, BIG_COUNT_TEXT_SIZE, "%.2fe%zu", carries ? 1.0 : leading, length - (carries ? 0 : 1));
  return text;
}

char *count_text(uint64_t count, char text[BIG_COUNT_TEXT_SIZE]) {
  if (count == UINT64_MAX)
    snprintf(text, BIG_COUNT_TEXT_SIZE, "2^64 or more");
  else
    snprintf(text, BIG_COUNT_TEXT_SIZE, "%" PRIu64, count);
  return text;
}

int table_finish(const terminal *t, text_table *lines) {
  bool printed = text_table_print(lines, t);
  text_table_free(lines);
  return printed ? EXIT_GOOD : failure(t, WG_ERROR_MEMORY, NULL);
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

char *bytes_text(uint64_t bytes, char text[32]) {
  if (bytes < 10000)
    snprintf(text, 32, "%" PRIu64 " B", bytes);
  else if (bytes < 10000000)
    snprintf(text, 32, "%.1f kB", (double)bytes / 1e3);
  else
    snprintf(text, 32, "%.1f MB", (double)bytes / 1e6);
  return text;
}
