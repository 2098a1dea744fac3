/* explore_training.c: a training, recorded while it runs. */
#include "explore_internal.h"

#include "draw_internal.h"

#include <math.h>
#include <string.h>

/* How many losses and boundaries are kept at most, the cells of a boundary in each direction, and its samples. */
enum { LOSSES = 240, FRAMES_MOST = 48, FRAMES_LEAST = 6, CELLS = 64, POINTS_MAX = 2000 };

typedef struct frame {
  int64_t epoch;
  wg_boundary *boundary;
} frame;

struct wg_explore_training {
  const wg_table *table; /* NULL if there is none */
  int64_t samples;
  wg_epoch epochs[LOSSES + 2];
  frame frames[FRAMES_MOST + 2];
  size_t epoch_count, frame_count, frames_wanted;
  double rate;
  int64_t batch, epochs_wanted;
  uint64_t seed;
  wg_allocator allocator;
  wg_error failure; /* of a loss that is not finite; the status is WG_OK otherwise */
};

/* ---- Recording ---- */

typedef struct recorder {
  wg_explore_training *training;
  const wg_model *model;
  const wg_train_options *options; /* the caller's */
  wg_status status;                /* of drawing a boundary */
  wg_error *error;
} recorder;

/* Boundaries are wanted often at first and seldom later, when little changes: number k of n at epoch E·(k/n)². */
static bool frame_is_due(const wg_explore_training *t, const wg_epoch *now) {
  if (t->frames_wanted == 0 || t->frame_count > FRAMES_MOST) return false;
  double share = (double)t->frame_count / (double)t->frames_wanted;
  return now->epoch == now->epochs || (double)now->epoch >= (double)now->epochs * share * share;
}

static bool record(void *context, const wg_epoch *now) {
  recorder *r = context;
  wg_explore_training *t = r->training;
  if (t->epoch_count < sizeof t->epochs / sizeof *t->epochs) t->epochs[t->epoch_count++] = *now;
  if (frame_is_due(t, now)) {
    frame *next = &t->frames[t->frame_count];
    r->status = wg_boundary_new(r->model, t->table, CELLS, CELLS, &next->boundary, r->error);
    if (r->status != WG_OK) return false;
    next->epoch = now->epoch;
    t->frame_count++;
  }
  return !r->options->progress || r->options->progress(r->options->context, now);
}

/* A boundary takes a prediction for each of its cells: as many boundaries as that work allows. */
static size_t frames_for(const wg_model *model, const wg_table *table) {
  if (!table || table->columns != 2 || model->spec.width_count < 1 || model->spec.widths[0] != 2) return 0;
  double learned = 1;
  for (size_t k = 0; k < model->weights->count; k++) learned += (double)model->weights->size[k];
  double affordable = 4e9 / (learned * CELLS * CELLS);
  return affordable > FRAMES_MOST ? FRAMES_MOST : affordable < FRAMES_LEAST ? FRAMES_LEAST : (size_t)affordable;
}

wg_status wg_explore_train(wg_model *model, const wg_samples *samples, const wg_table *table,
                           const wg_train_options *options, wg_explore_training **training, wg_error *error) {
  *training = NULL;
  wg_explore_training *t = wg_allocate_zeroed(&model->allocator, 1, sizeof *t);
  if (!t) return wg_error_memory(error);
  t->allocator = model->allocator;
  t->table = table;
  t->samples = samples->rows;
  t->rate = options->rate;
  t->batch = options->batch;
  t->seed = options->seed;
  t->epochs_wanted = options->epochs;
  t->frames_wanted = frames_for(model, table);
  recorder r = {.training = t, .model = model, .options = options, .error = error};
  wg_train_options watched = *options;
  watched.progress = record;
  watched.context = &r;
  watched.report_every = options->epochs / LOSSES + 1;
  wg_error failure = {0};
  wg_status status = wg_train_samples(model, samples, NULL, &watched, NULL, &failure);
  if (status == WG_ERROR_DATA && t->epoch_count > 0) {
    t->failure = failure;
    status = WG_OK;
  }
  if (status != WG_OK)
    wg_error_set(error, status, "%s", failure.message);
  else
    status = r.status;
  if (status == WG_OK)
    *training = t;
  else
    wg_explore_training_free(t);
  return status;
}

void wg_explore_training_free(wg_explore_training *training) {
  if (!training) return;
  wg_allocator allocator = training->allocator;
  for (size_t k = 0; k < training->frame_count; k++) wg_boundary_free(training->frames[k].boundary);
  wg_release(&allocator, training);
}

const char *wg_explore_training_failure(const wg_explore_training *training) {
  return training ? training->failure.message : "";
}

/* ---- Writing ---- */

static void write_epochs(wg_json *json, const wg_explore_training *t) {
  wg_json_open(json, "epochs", '[');
  for (size_t k = 0; k < t->epoch_count; k++) {
    wg_json_open(json, NULL, '[');
    wg_json_integer(json, NULL, t->epochs[k].epoch);
    wg_json_number(json, NULL, t->epochs[k].loss);
    wg_json_number(json, NULL, t->epochs[k].accuracy);
    wg_json_close(json, ']');
  }
  wg_json_close(json, ']');
}

/* The samples, or evenly spread ones if they are many. */
static void write_points(wg_json *json, const wg_table *table) {
  int64_t stride = table->rows > POINTS_MAX ? (table->rows + POINTS_MAX - 1) / POINTS_MAX : 1;
  wg_json_open(json, "points", '[');
  for (int64_t i = 0; i < table->rows; i += stride) {
    wg_json_open(json, NULL, '[');
    wg_json_number(json, NULL, wg_table_feature(table, i, 0));
    wg_json_number(json, NULL, wg_table_feature(table, i, 1));
    wg_json_integer(json, NULL, table->labels[i]);
    wg_json_close(json, ']');
  }
  wg_json_close(json, ']');
}

/* The classes of a row of cells as runs: class, length, class, length … */
static void write_cells(wg_json *json, const wg_boundary *boundary) {
  wg_json_open(json, "cells", '[');
  for (int64_t row = 0; row < boundary->height; row++) {
    const int64_t *labels = boundary->labels + row * boundary->width;
    wg_json_open(json, NULL, '[');
    for (int64_t begin = 0, end; begin < boundary->width; begin = end) {
      for (end = begin; end < boundary->width && labels[end] == labels[begin];) end++;
      wg_json_integer(json, NULL, labels[begin]);
      wg_json_integer(json, NULL, end - begin);
    }
    wg_json_close(json, ']');
  }
  wg_json_close(json, ']');
}

/* How many cells each class has. */
static wg_status write_counts(wg_exploration *e, const wg_boundary *boundary) {
  int64_t *counts = wg_allocate_zeroed(e->allocator, (size_t)boundary->classes, sizeof *counts);
  if (!counts) return wg_error_memory(e->error);
  for (int64_t i = 0; i < boundary->height * boundary->width; i++)
    if (boundary->labels[i] >= 0) counts[boundary->labels[i]]++;
  wg_json_open(&e->json, "counts", '[');
  for (int64_t k = 0; k < boundary->classes; k++) wg_json_integer(&e->json, NULL, counts[k]);
  wg_json_close(&e->json, ']');
  wg_release(e->allocator, counts);
  return WG_OK;
}

static wg_status write_frames(wg_exploration *e, const wg_explore_training *t) {
  wg_status status = WG_OK;
  wg_json *json = &e->json;
  const wg_boundary *first = t->frames[0].boundary;
  wg_json_open(json, "features", '[');
  for (int64_t k = 0; k < 2; k++) wg_json_text(json, NULL, wg_draw_feature(t->table, k));
  wg_json_close(json, ']');
  wg_json_open(json, "range", '[');
  wg_json_number(json, NULL, first->x_min);
  wg_json_number(json, NULL, first->x_max);
  wg_json_number(json, NULL, first->y_min);
  wg_json_number(json, NULL, first->y_max);
  wg_json_close(json, ']');
  wg_json_integer(json, "width", first->width);
  wg_json_integer(json, "height", first->height);
  write_points(json, t->table);
  wg_json_open(json, "frames", '[');
  for (size_t k = 0; k < t->frame_count && status == WG_OK; k++) {
    wg_json_open(json, NULL, '{');
    wg_json_integer(json, "epoch", t->frames[k].epoch);
    status = write_counts(e, t->frames[k].boundary);
    write_cells(json, t->frames[k].boundary);
    wg_json_close(json, '}');
  }
  wg_json_close(json, ']');
  return status;
}

wg_status wg_explore_training_write(wg_exploration *e) {
  wg_status status = WG_OK;
  const wg_explore_training *t = e->options->training;
  wg_json *json = &e->json;
  char name[WG_CLASS_TEXT_SIZE];
  wg_json_open(json, "training", '{');
  if (!t) {
    wg_json_text(json, "missing", "This page was written without a training.");
    wg_json_close(json, '}');
    return WG_OK;
  }
  wg_json_number(json, "rate", t->rate);
  wg_json_integer(json, "batch", t->batch);
  wg_json_count(json, "seed", t->seed);
  wg_json_integer(json, "epochs_wanted", t->epochs_wanted);
  wg_json_integer(json, "samples", t->samples);
  if (t->failure.status != WG_OK) wg_json_text(json, "failure", t->failure.message);
  wg_json_open(json, "classes", '[');
  for (int64_t k = 0; t->table && k < t->table->classes; k++)
    wg_json_text(json, NULL, wg_class_text(t->table, k, name));
  wg_json_close(json, ']');
  write_epochs(json, t);
  if (t->frame_count) status = write_frames(e, t);
  wg_json_close(json, '}');
  return status;
}
