/* init.c: initial weights. */
#include "random.h"

#include <math.h>
#include <string.h>

static const char *const texts[WG_INIT_COUNT] = {[WG_INIT_HE] = "he",
                                                 [WG_INIT_XAVIER] = "xavier",
                                                 [WG_INIT_SMALL] = "small",
                                                 [WG_INIT_HE_UNIFORM] = "he-uniform",
                                                 [WG_INIT_XAVIER_NORMAL] = "xavier-normal",
                                                 [WG_INIT_LECUN] = "lecun",
                                                 [WG_INIT_LECUN_UNIFORM] = "lecun-uniform",
                                                 [WG_INIT_ORTHOGONAL] = "orthogonal",
                                                 [WG_INIT_ZEROS] = "zeros"};

const char *wg_init_text(wg_init init) { return (unsigned)init < WG_INIT_COUNT ? texts[init] : ""; }

bool wg_init_find(const char *name, wg_init *init) {
  for (int i = 0; name && i < WG_INIT_COUNT; i++) {
    if (strcmp(name, texts[i])) continue;
    *init = (wg_init)i;
    return true;
  }
  return false;
}

/* ---- Each weight by itself ---- */

/* A number of that variance: normal, or uniform, in ±√(3·variance). */
static double normal(wg_random *random, double variance) { return sqrt(variance) * wg_random_normal(random); }
static double uniform(wg_random *random, double variance) {
  return sqrt(3 * variance) * (2 * wg_random_uniform(random) - 1);
}

static double initial_weight(wg_random *random, wg_init init, double fan_in, double fan_out) {
  switch (init) {
  case WG_INIT_HE:
    return normal(random, 2 / fan_in);
  case WG_INIT_HE_UNIFORM:
    return uniform(random, 2 / fan_in);
  case WG_INIT_XAVIER:
    return uniform(random, 2 / (fan_in + fan_out));
  case WG_INIT_XAVIER_NORMAL:
    return normal(random, 2 / (fan_in + fan_out));
  case WG_INIT_LECUN:
    return normal(random, 1 / fan_in);
  case WG_INIT_LECUN_UNIFORM:
    return uniform(random, 1 / fan_in);
  case WG_INIT_SMALL:
    return 0.01 * wg_random_normal(random);
  default:
    return 0;
  }
}

/* ---- Orthonormal vectors ---- */

/* Vectors in a matrix, its rows or its columns. */
typedef struct vectors {
  wg_dtype dtype;
  void *data;
  int64_t count, length;
  int64_t step, stride; /* from one vector to the next, and from one element to the next */
} vectors;

static double get(const vectors *v, int64_t k, int64_t i) {
  int64_t at = k * v->step + i * v->stride;
  return v->dtype == WG_F32 ? (double)((const float *)v->data)[at] : ((const double *)v->data)[at];
}

static void set(const vectors *v, int64_t k, int64_t i, double value) {
  int64_t at = k * v->step + i * v->stride;
  if (v->dtype == WG_F32)
    ((float *)v->data)[at] = (float)value;
  else
    ((double *)v->data)[at] = value;
}

static double dot(const vectors *v, int64_t a, int64_t b) {
  double sum = 0;
  for (int64_t i = 0; i < v->length; i++) sum += get(v, a, i) * get(v, b, i);
  return sum;
}

/* Vector k becomes a normal one, less what of it lies along the vectors before it (Gram and Schmidt, modified; twice is
 * enough: Giraud et al., Numerische Mathematik 101, 2005), of length 1. */
static void draw_orthonormal(wg_random *random, const vectors *v, int64_t k) {
  for (int64_t i = 0; i < v->length; i++) set(v, k, i, wg_random_normal(random));
  for (int turn = 0; turn < 2; turn++)
    for (int64_t before = 0; before < k; before++) {
      double along = dot(v, before, k);
      for (int64_t i = 0; i < v->length; i++) set(v, k, i, get(v, k, i) - along * get(v, before, i));
    }
  double length = sqrt(dot(v, k, k));
  for (int64_t i = 0; i < v->length; i++) set(v, k, i, get(v, k, i) / length);
}

void wg_init_fill(wg_random *random, wg_init init, int64_t fan_in, int64_t fan_out, int64_t rows, int64_t columns,
                  wg_dtype dtype, void *data) {
  if (dtype != WG_F32 && dtype != WG_F64) return;
  if (init == WG_INIT_ORTHOGONAL) {
    vectors v = rows <= columns ? (vectors){dtype, data, rows, columns, columns, 1}
                                : (vectors){dtype, data, columns, rows, 1, columns};
    for (int64_t k = 0; k < v.count; k++) draw_orthonormal(random, &v, k);
    return;
  }
  const vectors all = {dtype, data, 1, rows * columns, 0, 1};
  for (int64_t i = 0; i < all.length; i++)
    set(&all, 0, i, initial_weight(random, init, (double)fan_in, (double)fan_out));
}
