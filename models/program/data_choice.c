#include "data_choice.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static int delimiter_read(const terminal *t, const char *text, char *delimiter) {
  if (text && strcmp(text, "tab") != 0 && strlen(text) != 1) {
    terminal_message(t, "--delimiter '%s': it must be one character, or the word tab", text);
    return EXIT_USAGE;
  }
  *delimiter = !text ? 0 : strcmp(text, "tab") == 0 ? '\t' : *text;
  return EXIT_GOOD;
}

static bool has_one_output(const wg_net_spec *spec) {
  return spec->kind == WG_NET_NEURON || spec->kind == WG_NET_COLUMNS;
}

/* A made set has its own noise, and as many classes as the net has outputs. */
static wg_made_options made_options(const data_choice *choice, const net_choice *net, uint64_t seed,
                                    const wg_net_spec *spec, wg_made set) {
  wg_made_options made = wg_made_options_of(set);
  if (choice->points >= 0) made.points = choice->points;
  made.seed = seed;
  if (choice->noise >= 0) made.noise = choice->noise;
  if (made.classes == 2) return made; /* it is one of those that have two */
  if (has_one_output(spec))
    made.classes = 2;
  else if (net->layers)
    made.classes = spec->widths[spec->width_count - 1];
  return made;
}

/* Reads a table: the one to learn from, or with `like` one of held-out samples whose classes are numbered as there. */
static int table_load(const terminal *t, const data_choice *choice, const net_choice *net, uint64_t seed,
                      const wg_net_spec *spec, const char *name, const wg_table *like, wg_table **table) {
  wg_error error = {0};
  wg_read_options options = {.label = choice->label, .like = like, .test = like != NULL};
  if (!like) options.label_file = choice->label_file;
  wg_made set;
  wg_made_options made;
  if (wg_made_find(name, &set)) {
    made = made_options(choice, net, seed, spec, set);
    options.made = &made;
  }
  int code = delimiter_read(t, choice->delimiter, &options.delimiter);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_table_read(name, &options, table, &error);
  if (status == WG_OK) return EXIT_GOOD;
  if (status != WG_ERROR_ARGUMENT) return failure(t, status, error.message);
  terminal_message(t, "%s", error.message);
  return EXIT_USAGE;
}

/* "2/5": the second of five. */
static bool fold_read(const char *text, int64_t *fold, int64_t *folds) {
  char number[24];
  size_t length = strcspn(text, "/");
  if (!text[length] || length >= sizeof number) return false;
  memcpy(number, text, length);
  number[length] = 0;
  return text_integer(number, fold) && text_integer(text + length + 1, folds) && *folds >= 2 && *fold >= 1 &&
         *fold <= *folds;
}

static int fold_hold_out(const terminal *t, const data_choice *choice, uint64_t seed, data_parts *parts) {
  int64_t fold, folds;
  wg_error error = {0};
  wg_table *rest = NULL;
  if (!fold_read(choice->fold, &fold, &folds)) {
    terminal_message(t, "--fold '%s': it must be two numbers such as 2/5, the second of five parts", choice->fold);
    return EXIT_USAGE;
  }
  wg_status status = wg_table_fold(parts->table, folds, fold - 1, seed, &rest, &parts->held_table, &error);
  if (status == WG_OK) parts->training_table = rest;
  if (status == WG_ERROR_ARGUMENT) {
    terminal_message(t, "--fold %s: %s", choice->fold, error.message);
    return EXIT_USAGE;
  }
  return status == WG_OK ? EXIT_GOOD : failure(t, status, error.message);
}

static int split(const terminal *t, const data_choice *choice, const net_choice *net, uint64_t seed,
                 const wg_net_spec *spec, data_parts *parts) {
  wg_error error = {0};
  parts->training_table = parts->table;
  if ((choice->test != NULL) + (choice->hold_out > 0) + (choice->fold != NULL) > 1) {
    terminal_message(t, "--test, --hold-out and --fold each say what is held out: only one of them can");
    return EXIT_USAGE;
  }
  if (choice->fold) return fold_hold_out(t, choice, seed, parts);
  if (choice->test) return table_load(t, choice, net, seed, spec, choice->test, parts->table, &parts->held_table);
  if (choice->hold_out <= 0) return EXIT_GOOD;
  wg_table *rest = NULL;
  wg_status status = wg_table_split(parts->table, choice->hold_out, seed, &rest, &parts->held_table, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  parts->training_table = rest;
  if (parts->held_table->rows > 0 && rest->rows > 0) return EXIT_GOOD;
  terminal_message(t, "--hold-out %g: of %" PRId64 " samples in %" PRId64 " classes that is %s", choice->hold_out,
                   parts->table->rows, parts->table->classes, rest->rows ? "none" : "all");
  return EXIT_USAGE;
}

static int standardize(const terminal *t, data_parts *parts) {
  wg_table *held = parts->held_table;
  if (held && held->columns != parts->training_table->columns) return EXIT_GOOD; /* what does not fit is said later */
  parts->scaler = wg_scaler_new(parts->training_table, NULL);
  if (!parts->scaler) return failure(t, WG_ERROR_MEMORY, NULL);
  wg_scaler_apply(parts->scaler, parts->training_table);
  if (held) wg_scaler_apply(parts->scaler, held);
  return EXIT_GOOD;
}

/* Without --layers the net gets the features and classes of the data, and between them what it was given. */
static void spec_adapt(const net_choice *net, const wg_table *table, wg_net_spec *spec, int64_t *widths) {
  if (net->layers) return;
  memcpy(widths, spec->widths, spec->width_count * sizeof *widths);
  widths[0] = table->columns;
  if (!has_one_output(spec)) widths[spec->width_count - 1] = table->classes;
  spec->widths = widths;
  if (spec->kind == WG_NET_CNN && table->channels > 0 && !net->image) {
    spec->image[0] = table->channels;
    spec->image[1] = table->height;
    spec->image[2] = table->width;
  }
}

void images_mark(const wg_net_spec *spec, wg_table *table) {
  if (spec->kind != WG_NET_CNN || table->channels > 0) return;
  int64_t side = llround(sqrt((double)table->columns)), square[] = {1, side, side};
  const int64_t *image = spec->image[0] > 0 ? spec->image : square;
  if (image[1] == 0 || table->columns % image[0] != 0) return;
  int64_t pixels = table->columns / image[0];
  if (pixels % image[1] != 0 || pixels / image[1] != image[2]) return;
  table->channels = image[0];
  table->height = image[1];
  table->width = image[2];
}

/* The net must take the data, before any work: a message that says what to change. */
static int fit(const terminal *t, const data_choice *choice, const net_choice *net, const wg_net_spec *spec,
               const data_parts *parts) {
  wg_error error = {0};
  wg_net_spec one = *spec;
  one.samples = 1;
  wg_net *recorded = NULL;
  int code = net_record(t, &one, &recorded);
  if (code != EXIT_GOOD) return code;
  const char *name = parts->name;
  wg_status status = parts->training.fits(&parts->training, recorded, &error);
  if (status == WG_OK && parts->has_held) {
    name = choice->test ? choice->test : name;
    status = parts->held.fits(&parts->held, recorded, &error);
  }
  wg_net_free(recorded);
  if (status == WG_OK) return EXIT_GOOD;
  terminal_message(t, "%s: %s", name, error.message);
  if (!choice->data && net->layers)
    terminal_message(t, "give your own data, --data FILE, or let the widths begin with 2: --layers 2,16,3");
  return EXIT_DATA;
}

/* ---- Tables ---- */

/* What makes points says nothing of points that are there. */
static int made_options_check(const terminal *t, const data_choice *choice) {
  wg_made set;
  bool made = !choice->data || wg_made_find(choice->data, &set) || (choice->test && wg_made_find(choice->test, &set));
  if (made || (choice->points < 0 && choice->noise < 0)) return EXIT_GOOD;
  terminal_message(t, "--%s is for made sets, such as spiral, and %s is a file",
                   choice->points < 0 ? "noise" : "points", choice->data);
  return EXIT_USAGE;
}

static int tables_load(const terminal *t, const data_choice *choice, const net_choice *net, uint64_t seed,
                       wg_net_spec *spec, data_parts *parts) {
  const char *name = choice->data ? choice->data : "spiral";
  int code = made_options_check(t, choice);
  if (code == EXIT_GOOD) code = table_load(t, choice, net, seed, spec, name, NULL, &parts->table);
  if (code == EXIT_GOOD) code = split(t, choice, net, seed, spec, parts);
  if (code != EXIT_GOOD) return code;
  spec_adapt(net, parts->table, spec, parts->widths);
  parts->plain = parts->training = wg_table_samples(parts->training_table);
  parts->has_held = parts->held_table != NULL;
  if (parts->has_held) parts->held = wg_table_samples(parts->held_table);
  code = fit(t, choice, net, spec, parts);
  images_mark(spec, parts->table);
  images_mark(spec, parts->training_table);
  if (code == EXIT_GOOD && choice->standardize) code = standardize(t, parts);
  if (code != EXIT_GOOD || (choice->shift == 0 && !choice->flip)) return code;
  if (parts->training_table->channels == 0) {
    terminal_message(t, "--shift and --flip are for images, which %s does not have", parts->name);
    return EXIT_USAGE;
  }
  parts->augmentation =
      (wg_augmentation){.table = parts->training_table, .shift = choice->shift, .flip = choice->flip, .seed = seed};
  parts->training = wg_augmented_samples(&parts->augmentation);
  return EXIT_GOOD;
}

/* ---- Texts ---- */

static int text_options_check(const terminal *t, const data_choice *choice) {
  if (!choice->data) {
    terminal_message(t, "this net learns from a text: --data FILE.txt");
    return EXIT_USAGE;
  }
  bool labels = choice->label || choice->label_file, parts = choice->test || choice->fold;
  bool made = choice->points >= 0 || choice->noise >= 0;
  if (!labels && !parts && !made && !choice->standardize && choice->shift == 0 && !choice->flip) return EXIT_GOOD;
  terminal_message(
      t, "--label, --label-file, --standardize, --test, --fold, --points, --noise, --shift and --flip are for "
         "tables, and this net takes a text");
  return EXIT_USAGE;
}

static int text_load(const terminal *t, const data_choice *choice, const net_choice *net, uint64_t seed,
                     wg_net_spec *spec, data_parts *parts) {
  wg_error error = {0};
  int code = text_options_check(t, choice);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_text_data_read(choice->data, NULL, NULL, &parts->text, &error);
  if (status != WG_OK) return failure(t, status, error.message);
  if (!net->layers) {
    memcpy(parts->widths, spec->widths, spec->width_count * sizeof *parts->widths);
    parts->widths[0] = parts->widths[spec->width_count - 1] = parts->text->classes;
    spec->widths = parts->widths;
  }
  wg_text_split(parts->text, choice->hold_out, spec->steps, seed, &parts->text_parts[0], &parts->text_parts[1]);
  parts->plain = parts->training = wg_text_samples(&parts->text_parts[0]);
  parts->held = wg_text_samples(&parts->text_parts[1]);
  parts->has_held = choice->hold_out > 0;
  if (parts->training.rows > 0 && (parts->held.rows > 0 || !parts->has_held)) return fit(t, choice, net, spec, parts);
  terminal_message(t, "%s: %s part of its %" PRId64 " characters holds no sample of %" PRId64 " (--steps)",
                   choice->data, parts->training.rows > 0 ? "the held-out" : "the training", parts->text->length,
                   spec->steps);
  return EXIT_DATA;
}

int data_load(const terminal *t, const data_choice *choice, const net_choice *net, uint64_t seed, wg_net_spec *spec,
              data_parts *parts) {
  parts->name = choice->data ? choice->data : "the spiral";
  return wg_net_is_sequence(spec->kind) ? text_load(t, choice, net, seed, spec, parts)
                                        : tables_load(t, choice, net, seed, spec, parts);
}

void data_free(data_parts *parts) {
  if (parts->training_table != parts->table) wg_table_free(parts->training_table);
  wg_table_free(parts->held_table);
  wg_table_free(parts->table);
  wg_scaler_free(parts->scaler);
  wg_text_data_free(parts->text);
}
