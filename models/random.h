/* random.h: seeded random numbers whose bits are the same on every machine, and the usual initial weights.
 *
 * The generator is xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4),
 * 2021), its state filled by SplitMix64 as its authors advise. No function here uses libm: normal numbers are drawn by
 * comparing uniform ones (Karney, "Sampling exactly from the normal distribution", ACM TOMS 42(1), 2016). */
#ifndef WG_RANDOM_H
#define WG_RANDOM_H

#include "../engine/tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A generator; copy it to remember a state. Any state but all zeros is valid. */
typedef struct wg_random {
  uint64_t state[4];
} wg_random;

/* What the numbers of one seed are for, so that drawing more for one purpose changes nothing for the others. */
typedef enum wg_random_stream {
  WG_STREAM_DATA,
  WG_STREAM_WEIGHTS,
  WG_STREAM_SPLIT,
  WG_STREAM_BATCHES,
  WG_STREAM_AUGMENT,
  WG_STREAM_TUNE
} wg_random_stream;

/* The generator of that seed (any 64 bits) and stream. */
WG_API wg_random wg_random_new(uint64_t seed, wg_random_stream stream);

WG_API uint64_t wg_random_next(wg_random *random);                  /* 64 random bits */
WG_API double wg_random_uniform(wg_random *random);                 /* [0, 1), a multiple of 2⁻⁵³ */
WG_API double wg_random_normal(wg_random *random);                  /* N(0, 1) */
WG_API uint64_t wg_random_below(wg_random *random, uint64_t bound); /* 0 … bound−1, each equally likely; 0 for 0 */

/* Puts `count` items into random order (Fisher–Yates). */
WG_API void wg_random_shuffle(wg_random *random, size_t count, size_t *items);

/* ---- Initial weights (init.c) ---- */

/* Initial weights of a layer with fan_in inputs and fan_out outputs. Biases start at zero. */
typedef enum wg_init {
  WG_INIT_HE,     /* N(0, 2/fan_in): keeps the variance through relu (He et al., ICCV 2015, eq. 10) */
  WG_INIT_XAVIER, /* uniform in ±√(6/(fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010, eq. 16) */
  WG_INIT_SMALL,  /* N(0, 0.01²): the lecture's small weights, with which the first loss of a K-class net is ln K */
  WG_INIT_HE_UNIFORM,    /* uniform in ±√(6/fan_in), of He's variance */
  WG_INIT_XAVIER_NORMAL, /* N(0, 2/(fan_in + fan_out)), of Glorot's variance (their eq. 12) */
  WG_INIT_LECUN, /* N(0, 1/fan_in): keeps the variance of a sum (LeCun et al., Efficient BackProp, 1998, eq. 16) */
  WG_INIT_LECUN_UNIFORM, /* uniform in ±√(3/fan_in) */
  WG_INIT_ORTHOGONAL, /* rows, or columns where they are fewer, are orthonormal: keeps lengths (Saxe et al., ICLR 2014);
                            evenly among all such matrices (Mezzadri, Notices of the AMS 54, 2007) */
  WG_INIT_ZEROS,      /* 0: hidden units then stay alike for ever; for a last layer */
  WG_INIT_COUNT
} wg_init;

/* "he", "xavier", "small", "he-uniform", "xavier-normal", "lecun", "lecun-uniform", "orthogonal", "zeros" */
WG_API const char *wg_init_text(wg_init init);             /* "" out of range */
WG_API bool wg_init_find(const char *name, wg_init *init); /* by that text */

/* Fills a matrix of a floating dtype, row-major, with initial weights. Each is drawn in f64 and rounded, so f32 and f64
 * nets of one seed start at the same point (orthogonal ones to rounding errors). Other dtypes are left alone. */
WG_API void wg_init_fill(wg_random *random, wg_init init, int64_t fan_in, int64_t fan_out, int64_t rows,
                         int64_t columns, wg_dtype dtype, void *data);

#ifdef __cplusplus
}
#endif
#endif
