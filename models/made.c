#include "made.h"

#include <math.h>
#include <string.h>

static const struct {
  const char *text;
  int64_t classes;
  double noise;
} sets[WG_MADE_COUNT] = {
    [WG_MADE_SPIRAL] = {"spiral", 3, 0.2},    [WG_MADE_MOONS] = {"moons", 2, 0.1},
    [WG_MADE_CIRCLES] = {"circles", 2, 0.05}, [WG_MADE_XOR] = {"xor", 2, 0.3},
    [WG_MADE_BLOBS] = {"blobs", 3, 1},
};

static bool valid(wg_made set) { return (unsigned)set < WG_MADE_COUNT; }
const char *wg_made_text(wg_made set) { return valid(set) ? sets[set].text : ""; }

bool wg_made_find(const char *name, wg_made *set) {
  for (int k = 0; name && k < WG_MADE_COUNT; k++) {
    if (strcmp(name, sets[k].text) != 0) continue;
    *set = (wg_made)k;
    return true;
  }
  return false;
}

wg_made_options wg_made_options_of(wg_made set) {
  if (!valid(set)) return (wg_made_options){0};
  return (wg_made_options){.classes = sets[set].classes, .points = 100, .noise = sets[set].noise, .seed = 1};
}

static const double pi = 3.14159265358979323846;

/* Point i of `count` of a class, without noise. */
static void point_of_moon(int64_t label, int64_t i, int64_t count, double point[2]) {
  double t = count > 1 ? pi * (double)i / (double)(count - 1) : 0;
  point[0] = label == 0 ? cos(t) : 1 - cos(t);
  point[1] = label == 0 ? sin(t) : 0.5 - sin(t);
}

static void point_of_circle(int64_t label, int64_t i, int64_t count, double point[2]) {
  double t = 2 * pi * (double)i / (double)count, radius = label == 0 ? 1 : 0.5;
  point[0] = radius * cos(t);
  point[1] = radius * sin(t);
}

static void point_of_xor(int64_t label, int64_t i, int64_t count, double point[2]) {
  (void)count;
  point[0] = i % 2 ? 1 : -1;
  point[1] = label == 0 ? point[0] : -point[0];
}

typedef void shape_point(int64_t label, int64_t i, int64_t count, double point[2]);

/* The generator of the noise: another one for testing. */
static wg_random noise_of(const wg_made_options *options) {
  wg_random random = wg_random_new(options->seed, WG_STREAM_DATA);
  return options->test ? wg_random_new(wg_random_next(&random), WG_STREAM_DATA) : random;
}

static void fill(wg_table *table, shape_point *shape, const wg_made_options *options) {
  wg_random centers = wg_random_new(options->seed, WG_STREAM_SPLIT), noise = noise_of(options);
  for (int64_t k = 0, row = 0; k < options->classes; k++) {
    double center[2], point[2];
    for (int axis = 0; axis < 2; axis++) center[axis] = 20 * wg_random_uniform(&centers) - 10;
    for (int64_t i = 0; i < options->points; i++, row++) {
      memcpy(point, center, sizeof point);
      if (shape) shape(k, i, options->points, point);
      for (int axis = 0; axis < 2; axis++)
        wg_table_set_feature(table, row, axis, point[axis] + options->noise * wg_random_normal(&noise));
      table->labels[row] = k;
    }
  }
}

static wg_status check(wg_made set, const wg_made_options *options, wg_error *error) {
  if (!valid(set)) return wg_error_set(error, WG_ERROR_ARGUMENT, "unknown set: %d", (int)set);
  bool two = set != WG_MADE_SPIRAL && set != WG_MADE_BLOBS;
  if (options->classes < 1 || (two && options->classes != 2))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s of %lld classes cannot be made", sets[set].text,
                        (long long)options->classes);
  if (options->points < 0 || options->points > INT64_MAX / 2 / options->classes)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%s of %lld points a class cannot be made", sets[set].text,
                        (long long)options->points);
  if (!(options->noise >= 0 && options->noise < INFINITY))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the noise is %g, and must be 0 or more", options->noise);
  return WG_OK;
}

wg_status wg_made_table(wg_made set, const wg_made_options *options, const wg_allocator *allocator, wg_table **table,
                        wg_error *error) {
  static shape_point *const shapes[WG_MADE_COUNT] = {
      [WG_MADE_MOONS] = point_of_moon, [WG_MADE_CIRCLES] = point_of_circle, [WG_MADE_XOR] = point_of_xor};
  *table = NULL;
  wg_status status = check(set, options, error);
  if (status != WG_OK) return status;
  if (set == WG_MADE_SPIRAL) {
    wg_random random = noise_of(options);
    uint64_t seed = options->test ? wg_random_next(&random) : options->seed;
    *table = wg_spiral(options->classes, options->points, options->noise, seed, allocator);
  } else {
    *table = wg_table_new(options->classes * options->points, 2, options->classes, allocator);
    if (*table) fill(*table, shapes[set], options);
  }
  return *table ? WG_OK : wg_error_memory(error);
}
