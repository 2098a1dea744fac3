#include "hand_images.h"
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, SIDE = 5, BORDER = 2, SIZE_1_WIDE = 36, SIZE_2_WIDE = 18, ROW_1 = 32, ROW_2 = 20 };

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t whole __attribute__((vector_size(64)));

static inline lanes load(const float *from) {
  lanes v;
  memcpy(&v, from, sizeof v);
  return v;
}

/* An image on its way, with borders of zeros. `from_1`, `from_2`: which of a window's four is the largest, or 4 where
 * relu is 0 and nothing goes back. In the second layer a vector is one place of all 16 filters. */
typedef struct hand_image {
  float x[SIZE_1 + 2 * BORDER][SIZE_1_WIDE];
  float p1[FILTERS_1][SIZE_2 + 2 * BORDER][SIZE_2_WIDE];
  int8_t from_1[FILTERS_1][SIZE_2][SIZE_2];
  whole from_2[SIZE_3][SIZE_3];
} hand_image;

bool hand_images_start(hand_images *net) {
  const size_t m = (size_t)net->samples;
  net->images = aligned_alloc(64, m * sizeof(hand_image));
  float *features = aligned_alloc(64, m * FEATURES * sizeof(float));
  net->dense.dx = aligned_alloc(64, m * FEATURES * sizeof(float));
  net->dense.x = features;
  if (!net->images || !features || !net->dense.dx) return false;
  memset(net->images, 0, m * sizeof(hand_image));
  for (size_t i = 0; i < m; i++)
    for (int y = 0; y < SIZE_1; y++)
      memcpy(&net->images[i].x[y + BORDER][BORDER], net->x + (i * SIZE_1 + (size_t)y) * SIZE_1, SIZE_1 * sizeof(float));
  return hand_layers_start(&net->dense);
}

void hand_images_end(hand_images *net) {
  free(net->images);
  free((void *)net->dense.x);
  free(net->dense.dx);
  hand_layers_end(&net->dense);
}

/* ---- Forward ---- */

static void convolve_1(const hand_images *net, const hand_image *image, float z[FILTERS_1][SIZE_1][ROW_1]) {
  for (int y = 0; y < SIZE_1; y++) {
    lanes sum[FILTERS_1][2] = {{{0}}};
    for (int dy = 0; dy < SIDE; dy++)
      for (int dx = 0; dx < SIDE; dx++) {
        const lanes left = load(&image->x[y + dy][dx]), right = load(&image->x[y + dy][dx + SIZE_1 - LANES]);
#pragma GCC unroll 6
        for (int f = 0; f < FILTERS_1; f++) {
          sum[f][0] += left * net->k1[f][dy * SIDE + dx];
          sum[f][1] += right * net->k1[f][dy * SIDE + dx];
        }
      }
    for (int f = 0; f < FILTERS_1; f++) {
      memcpy(&z[f][y][0], &sum[f][0], sizeof(lanes));
      memcpy(&z[f][y][SIZE_1 - LANES], &sum[f][1], sizeof(lanes));
    }
  }
}

static void pool_1(const hand_images *net, hand_image *image, float z[FILTERS_1][SIZE_1][ROW_1]) {
  for (int f = 0; f < FILTERS_1; f++)
    for (int y = 0; y < SIZE_2; y++) {
      const float *above = z[f][2 * y], *below = z[f][2 * y + 1], b = net->b1[f];
      float *p = &image->p1[f][y + BORDER][BORDER];
      int8_t *from = image->from_1[f][y];
      for (int x = 0; x < SIZE_2; x++) {
        const float v0 = above[2 * x], v1 = above[2 * x + 1], v2 = below[2 * x], v3 = below[2 * x + 1];
        const float upper = v1 > v0 ? v1 : v0, lower = v3 > v2 ? v3 : v2;
        const int8_t upper_from = v1 > v0 ? 1 : 0, lower_from = v3 > v2 ? 3 : 2;
        const float largest = (lower > upper ? lower : upper) + b;
        p[x] = largest > 0 ? largest : 0;
        from[x] = largest > 0 ? (lower > upper ? lower_from : upper_from) : 4;
      }
    }
}

static void convolve_2(lanes k2[INPUTS_2], const hand_image *image, lanes z[SIZE_2][SIZE_2]) {
  for (int y = 0; y < SIZE_2; y++) {
    lanes sum[SIZE_2] = {{0}};
    for (int f = 0, k = 0; f < FILTERS_1; f++)
      for (int dy = 0; dy < SIDE; dy++)
        for (int dx = 0; dx < SIDE; dx++, k++) {
          const float *row = &image->p1[f][y + dy][dx];
#pragma GCC unroll 14
          for (int x = 0; x < SIZE_2; x++) sum[x] += k2[k] * row[x];
        }
    memcpy(z[y], sum, sizeof sum);
  }
}

static inline lanes choose(whole where, lanes a, lanes b) { return (lanes)(((whole)a & where) | ((whole)b & ~where)); }
static inline whole choose_whole(whole where, whole a, whole b) { return (a & where) | (b & ~where); }

static void pool_2(const hand_images *net, hand_image *image, lanes z[SIZE_2][SIZE_2], float *features) {
  const lanes b = load(net->b2), zero = {0};
  for (int y = 0; y < SIZE_3; y++)
    for (int x = 0; x < SIZE_3; x++) {
      const lanes v0 = z[2 * y][2 * x], v1 = z[2 * y][2 * x + 1], v2 = z[2 * y + 1][2 * x],
                  v3 = z[2 * y + 1][2 * x + 1];
      const whole right_above = v1 > v0, right_below = v3 > v2;
      const lanes upper = choose(right_above, v1, v0), lower = choose(right_below, v3, v2);
      const whole below = lower > upper;
      const lanes largest = choose(below, lower, upper) + b;
      const whole active = largest > zero, from = choose_whole(below, 2 - right_below, -right_above);
      image->from_2[y][x] = choose_whole(active, from, 0 * from + 4);
      const lanes p = choose(active, largest, zero);
      for (int f = 0; f < FILTERS_2; f++) features[(f * SIZE_3 + y) * SIZE_3 + x] = p[f];
    }
}

/* ---- Backward ---- */

typedef struct gradients {
  lanes k1[FILTERS_1][TAPS]; /* to be summed over the lanes */
  float b1[FILTERS_1];
  lanes k2[INPUTS_2], b2;
} gradients;

/* ∂Z of the second convolution, as vectors of all filters, and filter by filter with a border of zeros. */
static void unpool_2(const hand_image *image, const float *features, lanes dz[SIZE_2][SIZE_2],
                     float apart[FILTERS_2][SIZE_2 + 2 * BORDER][ROW_2], lanes *db) {
  const lanes zero = {0};
  for (int y = 0; y < SIZE_3; y++)
    for (int x = 0; x < SIZE_3; x++) {
      const whole from = image->from_2[y][x];
      lanes d;
      for (int f = 0; f < FILTERS_2; f++) d[f] = features[(f * SIZE_3 + y) * SIZE_3 + x];
      *db += choose(from < 4, d, zero);
      for (int place = 0; place < 4; place++) dz[2 * y + place / 2][2 * x + place % 2] = choose(from == place, d, zero);
    }
  for (int f = 0; f < FILTERS_2; f++)
    for (int y = 0; y < SIZE_2; y++)
      for (int x = 0; x < SIZE_2; x++) apart[f][y + BORDER][x + BORDER] = dz[y][x][f];
}

static void filters_2(const hand_image *image, lanes dz[SIZE_2][SIZE_2], lanes dk[INPUTS_2]) {
  for (int f = 0; f < FILTERS_1; f++) {
    lanes sum[TAPS];
    memcpy(sum, dk + f * TAPS, sizeof sum);
    for (int y = 0; y < SIZE_2; y++)
      for (int x = 0; x < SIZE_2; x++) {
        const lanes d = dz[y][x];
#pragma GCC unroll 5
        for (int dy = 0; dy < SIDE; dy++)
#pragma GCC unroll 5
          for (int dx = 0; dx < SIDE; dx++) sum[dy * SIDE + dx] += d * image->p1[f][y + dy][x + dx];
      }
    memcpy(dk + f * TAPS, sum, sizeof sum);
  }
}

/* ∂P1: each place has the share of all that it was an input of. */
static void inputs_2(const hand_images *net, float apart[FILTERS_2][SIZE_2 + 2 * BORDER][ROW_2],
                     float dp[FILTERS_1][SIZE_2][LANES]) {
  for (int y = 0; y < SIZE_2; y += 2) {
    lanes sum[FILTERS_1][2] = {{{0}}};
    for (int f = 0; f < FILTERS_2; f++)
      for (int dy = 0; dy < SIDE; dy++)
        for (int dx = 0; dx < SIDE; dx++) {
          const lanes upper = load(&apart[f][y + 4 - dy][4 - dx]), lower = load(&apart[f][y + 5 - dy][4 - dx]);
#pragma GCC unroll 6
          for (int c = 0; c < FILTERS_1; c++) {
            sum[c][0] += upper * net->k2[f][c * TAPS + dy * SIDE + dx];
            sum[c][1] += lower * net->k2[f][c * TAPS + dy * SIDE + dx];
          }
        }
    for (int c = 0; c < FILTERS_1; c++) memcpy(dp[c][y], sum[c], sizeof sum[c]);
  }
}

static void unpool_1(const hand_image *image, float dp[FILTERS_1][SIZE_2][LANES], float dz[FILTERS_1][SIZE_1][ROW_1],
                     float *db) {
  for (int f = 0; f < FILTERS_1; f++)
    for (int y = 0; y < SIZE_2; y++)
      for (int x = 0; x < SIZE_2; x++) {
        const int8_t from = image->from_1[f][y][x];
        const float d = from < 4 ? dp[f][y][x] : 0;
        db[f] += d;
        dz[f][2 * y][2 * x] = from == 0 ? d : 0;
        dz[f][2 * y][2 * x + 1] = from == 1 ? d : 0;
        dz[f][2 * y + 1][2 * x] = from == 2 ? d : 0;
        dz[f][2 * y + 1][2 * x + 1] = from == 3 ? d : 0;
      }
}

static void filters_1(const hand_image *image, float dz[FILTERS_1][SIZE_1][ROW_1], lanes dk[FILTERS_1][TAPS]) {
  for (int f = 0; f < FILTERS_1; f++) {
    lanes sum[TAPS];
    memcpy(sum, dk[f], sizeof sum);
    for (int y = 0; y < SIZE_1; y++)
      for (int x = 0; x < ROW_1; x += LANES) {
        const lanes d = load(&dz[f][y][x]);
#pragma GCC unroll 5
        for (int dy = 0; dy < SIDE; dy++)
#pragma GCC unroll 5
          for (int dx = 0; dx < SIDE; dx++) sum[dy * SIDE + dx] += d * load(&image->x[y + dy][x + dx]);
      }
    memcpy(dk[f], sum, sizeof sum);
  }
}

/* ---- A step ---- */

static void update(hand_images *net, const gradients *g) {
  for (int f = 0; f < FILTERS_1; f++) {
    for (int k = 0; k < TAPS; k++) {
      float sum = 0;
      for (int lane = 0; lane < LANES; lane++) sum += g->k1[f][k][lane];
      net->k1[f][k] -= net->rate * sum;
    }
    net->b1[f] -= net->rate * g->b1[f];
  }
  for (int f = 0; f < FILTERS_2; f++) {
    for (int k = 0; k < INPUTS_2; k++) net->k2[f][k] -= net->rate * g->k2[k][f];
    net->b2[f] -= net->rate * g->b2[f];
  }
}

void hand_images_step(void *context) {
  hand_images *net = context;
  float z1[FILTERS_1][SIZE_1][ROW_1] = {{{0}}}, dp1[FILTERS_1][SIZE_2][LANES];
  float apart[FILTERS_2][SIZE_2 + 2 * BORDER][ROW_2] = {{{0}}};
  lanes z2[SIZE_2][SIZE_2], k2[INPUTS_2];
  gradients g = {0};
  for (int k = 0; k < INPUTS_2; k++)
    for (int f = 0; f < FILTERS_2; f++) k2[k][f] = net->k2[f][k];
  for (int i = 0; i < net->samples; i++) {
    hand_image *image = &net->images[i];
    convolve_1(net, image, z1);
    pool_1(net, image, z1);
    convolve_2(k2, image, z2);
    pool_2(net, image, z2, (float *)net->dense.x + (long)i * FEATURES);
  }
  hand_layers_step(&net->dense);
  for (int f = 0; f < FILTERS_1; f++)
    for (int y = 0; y < SIZE_1; y++) memset(&z1[f][y][SIZE_1], 0, (ROW_1 - SIZE_1) * sizeof(float));
  for (int i = 0; i < net->samples; i++) {
    const hand_image *image = &net->images[i];
    unpool_2(image, net->dense.dx + (long)i * FEATURES, z2, apart, &g.b2);
    filters_2(image, z2, g.k2);
    inputs_2(net, apart, dp1);
    unpool_1(image, dp1, z1, g.b1);
    filters_1(image, z1, g.k1);
  }
  update(net, &g);
}
